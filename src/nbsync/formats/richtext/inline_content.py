"""Inline nodes as they are read: text gathered by its marks, nodes between."""

from __future__ import annotations

from nbsync.formats.richtext.inline_marks import Marks
from nbsync.formats.richtext.inline_tags import Atom
from nbsync.model import Json


class Content:
    """What was read so far; neighbours with the same marks become one text node."""

    def __init__(self) -> None:
        self._paragraphs: list[list[Json]] = [[]]
        self._text: list[str] = []
        self._marks = Marks()

    def add_text(self, text: str, marks: Marks) -> None:
        """Add text, of which there may be none."""
        if not text:
            return
        if marks is not self._marks:
            self._flush()
            self._marks = marks
        self._text.append(text)

    def add_lines(self, text: str, marks: Marks) -> None:
        """Add text whose line ends are line breaks."""
        for number, line in enumerate(text.split("\n")):
            if number:
                self.add_break()
            self.add_text(line, marks)

    def add_break(self) -> None:
        """Add a line break; it has no marks."""
        self._add_node({"type": "hardBreak"})

    def add(self, atom: Atom, marks: Marks) -> None:
        """Add what a tag stands for."""
        if atom.text:
            self.add_text(atom.text, marks)
        elif atom.markable and marks.marks and isinstance(atom.node, dict):
            self._add_node({**atom.node, "marks": marks.as_json()})
        else:
            self._add_node(atom.node)

    def add_paragraph(self) -> None:
        """Begin another paragraph."""
        self._flush()
        self._paragraphs.append([])

    def paragraphs(self) -> list[list[Json]]:
        """The nodes of each paragraph."""
        self._flush()
        return self._paragraphs

    def _add_node(self, node: Json) -> None:
        self._flush()
        self._paragraphs[-1].append(node)

    def _flush(self) -> None:
        if not self._text:
            return
        node: dict[str, Json] = {"type": "text", "text": "".join(self._text)}
        if self._marks.marks:
            node["marks"] = self._marks.as_json()
        self._paragraphs[-1].append(node)
        self._text = []
