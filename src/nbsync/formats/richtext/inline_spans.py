"""One line of leaves as text: each with its marks, or neighbours within one pair of delimiters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from nbsync.formats.richtext.inline_forms import Form, Leaf, in_order, leaf_text
from nbsync.formats.richtext.pieces import by_space
from nbsync.formats.richtext.schema import UNSEEN_ON_SPACES

_STARRED = frozenset({"bold", "italic"})


def as_posthog(leaves: Sequence[Leaf], *, pipes: bool) -> str:
    """Write each leaf on its own, as PostHog's converter does.

    Its marks are around it in their order, the first innermost, comments outermost
    (dialect.md 13).
    """
    parts = []
    for leaf in leaves:
        text = leaf_text(leaf, pipes=pipes, tildes=False)
        for form in sorted(leaf.forms, key=lambda form: form.kind == "comment"):
            if form.kind != "code":
                text = f"{form.opener}{text}{form.closer}"
        parts.append(text)
    return "".join(parts)


def as_spans(leaves: Sequence[Leaf], *, pipes: bool) -> str:
    """Write leaves so that a mark which neighbours share is opened once, longest stretch first.

    White space is moved out of bold, italic and strike.
    """
    return _Spans(list(_parted(leaves)), pipes=pipes).text()


def _parted(leaves: Sequence[Leaf]) -> Iterator[Leaf]:
    """Part white space from text where marks are not seen on it, and join what is alike."""
    parts = (part for leaf in leaves for part in _edges(leaf))
    for (_, _, is_text), group in groupby(parts, key=_alike):
        members = list(group)
        if is_text:
            text = "".join(part.text for part in members)
            yield Leaf(text, "", members[0].forms, members[0].unseen)
        else:
            yield from members


def _alike(leaf: Leaf) -> tuple[frozenset[Form], frozenset[Form], bool]:
    return frozenset(leaf.forms), frozenset(leaf.unseen), bool(leaf.text)


def _edges(leaf: Leaf) -> Iterator[Leaf]:
    unseen = tuple(form for form in leaf.forms if form.kind in UNSEEN_ON_SPACES)
    if not leaf.text or not unseen:
        yield leaf
        return
    seen = tuple(form for form in leaf.forms if form not in unseen)
    stretches = list(by_space(leaf.text))
    last = len(stretches) - 1
    inner = "".join(text for text, _ in stretches[stretches[0][1] : last + (not stretches[-1][1])])
    if stretches[0][1]:
        yield Leaf(stretches[0][0], "", seen, unseen)
    if inner:
        yield Leaf(inner, "", leaf.forms)
    if last and stretches[-1][1]:
        yield Leaf(stretches[-1][0], "", seen, unseen)


class _Spans:
    """The text of one line as it grows."""

    def __init__(self, leaves: list[Leaf], *, pipes: bool) -> None:
        self._leaves = leaves
        self._pipes = pipes
        self._tildes = any(form.kind == "strike" for leaf in leaves for form in leaf.forms)
        self._parts: list[str] = []

    def text(self) -> str:
        self._write(0, len(self._leaves), frozenset())
        return "".join(self._parts)

    def _write(self, start: int, end: int, opened: frozenset[Form]) -> None:
        at = start
        while at < end:
            leaf = self._leaves[at]
            waiting = [form for form in leaf.forms if form not in opened and form.kind != "code"]
            if not waiting:
                self._parts.append(leaf_text(leaf, pipes=self._pipes, tildes=self._tildes))
                at += 1
                continue
            ends = {form: self._stretch(at, end, form) for form in in_order(waiting)}
            form = max(ends, key=lambda form: ends[form])
            # ***x*** is bold with a star in it, to PostHog's editor
            both = form.kind == "italic" and len(_emphasis(leaf)) > 1
            self._parts.append("_" if both else form.opener)
            self._write(at, ends[form], opened | {form})
            self._parts.append("_" if both else form.closer)
            at = ends[form]

    def _stretch(self, start: int, end: int, form: Form) -> int:
        """Where the stretch of leaves ends that a form can be around.

        What is bold and italic is not shared with what is only one of them: stars within stars
        read as something else.
        """
        found = start + 1
        emphasis = _emphasis(self._leaves[start]) if form.kind in _STARRED else None
        for at in range(start + 1, end):
            leaf = self._leaves[at]
            if form in leaf.forms and emphasis in {None, _emphasis(leaf)}:
                found = at + 1
            elif form not in leaf.unseen:
                break
        return self._without_half_a_link(start, found, end)

    def _without_half_a_link(self, start: int, found: int, end: int) -> int:
        """Where a stretch ends if it ends within no link that begins in it."""
        links = self._links(found - 1) & self._links(found) if found < end else frozenset()
        if not links or links & self._links(start):
            return found
        while links & self._links(found - 1):
            found -= 1
        return found

    def _links(self, at: int) -> frozenset[Form]:
        return frozenset(form for form in self._leaves[at].forms if form.kind == "link")


def _emphasis(leaf: Leaf) -> frozenset[str]:
    return _STARRED & {form.kind for form in leaf.forms}
