"""The draft of a merge that needs somebody: what merges is merged, the rest is marked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from nbsync.formats import (
    JSON,
    body_of,
    document_of,
    is_document,
    page_tokens,
    render,
    title_of,
)
from nbsync.formats.blocks import block_tokens, cut_line_end, lines_of
from nbsync.formats.frontmatter import TITLE, split
from nbsync.formats.inplace import quoted, with_lines
from nbsync.merge.documents import merge_content
from nbsync.merge.texts import Overlap, TextPiece, merge_lines, merge_text, overlaps
from nbsync.merge.titles import follow_headings, merge_title
from nbsync.model import Notebook

_LINE_ENDS = ("\n", "\r")


def draft(
    base: Notebook | None,
    local: Notebook,
    remote: Notebook,
    *,
    short_id: str,
    suffix: str,
    like: str,
    labels: tuple[str, str],
) -> str:
    """Write the page that a human makes the merged one of.

    Args:
        base: The notebook that both come from; without it every difference is marked, and
            the marks have no base section.
        local: The one, which the page at hand says.
        remote: The other.
        short_id: The notebook's id.
        suffix: The page's, `.md` or `.json`.
        like: The page's text, whose front matter the draft keeps.
        labels: What the marks call local and remote.

    Returns:
        A page in which every region that overlaps, and the title if it does, stands between
        lines of `<<<<<<<`, `|||||||`, `=======` and `>>>>>>>`.

    Raises:
        FormatError: The front matter of like cannot be changed in place.
    """
    if suffix == JSON:
        return _json_draft(base, local, remote, short_id, labels)
    content, regions = merge_content(base, local, remote)
    title, clash = merge_title(base, local, remote, content)
    body = _marked(_pieces(base, local, remote), labels) if regions else body_of(content) or ""
    if clash or follow_headings(local, remote):
        title = title_of(body)
    page = render(Notebook(title, document_of(body)), short_id, suffix, like=like)
    return _with_titles(page, base, local, remote, labels) if clash else page


def _pieces(base: Notebook | None, local: Notebook, remote: Notebook) -> list[TextPiece]:
    here, there = body_of(local.content), body_of(remote.content)
    was = None if base is None else body_of(base.content)
    sides = [side.content for side in (base, local, remote) if side is not None]
    cut = page_tokens if any(map(is_document, sides)) else block_tokens
    pieces = [] if here is None or there is None else merge_text(was, here, there, cut=cut)
    return pieces if overlaps(pieces) else [Overlap(was, _body(local), _body(remote))]


def _body(notebook: Notebook) -> str:
    body = body_of(notebook.content)
    return json.dumps(notebook.content, indent=2, ensure_ascii=False) if body is None else body


def _with_titles(
    page: str, base: Notebook | None, local: Notebook, remote: Notebook, labels: tuple[str, str]
) -> str:
    sheet = split(page)
    assert sheet is not None  # render has just written it
    lines = Overlap(None if base is None else _title(base), _title(local), _title(remote))
    marked = _marked([lines], labels).replace("\n", sheet.line_end)
    return replace(sheet, front=with_lines(sheet.front, marked)).text


def _title(notebook: Notebook) -> str:
    return f"{TITLE}: {quoted(notebook.title)}"


def _json_draft(
    base: Notebook | None,
    local: Notebook,
    remote: Notebook,
    short_id: str,
    labels: tuple[str, str],
) -> str:
    content, regions = merge_content(base, local, remote)
    title, clash = merge_title(base, local, remote, content)

    def page(side: Notebook) -> str:
        settled = Notebook(side.title if clash else title, side.content if regions else content)
        return render(settled, short_id, JSON)

    here, there = page(local), page(remote)
    pieces = merge_lines(None if base is None else page(base), here, there)
    return _marked(pieces if overlaps(pieces) else merge_lines(None, here, there), labels)


def _marked(pieces: Iterable[TextPiece], labels: tuple[str, str]) -> str:
    """Write merged text and overlaps as one text; each mark has a line of its own."""
    text, cut = "", False
    for piece in pieces:
        if isinstance(piece, str):
            # the line end that closed the region stands before the last mark already
            text += _without_line_end(piece) if cut else piece
            continue
        inside = bool(text) and not text.endswith(_LINE_ENDS)
        cut = not (piece.local or piece.remote).endswith(_LINE_ENDS)
        text += ("\n" if inside else "") + _region(piece, labels, inside=inside)
    return text


def _region(piece: Overlap, labels: tuple[str, str], *, inside: bool) -> str:
    def section(mark: str, text: str) -> str:
        part = _without_line_end(text) if inside else text
        return f"{mark}\n{part}" + ("\n" if part and not part.endswith(_LINE_ENDS) else "")

    sections = [section(f"<<<<<<< {labels[0]}", piece.local)]
    if piece.base is not None:
        sections.append(section("||||||| base", piece.base))
    sections.append(section("=======", piece.remote))
    return "".join((*sections, f">>>>>>> {labels[1]}\n"))


def _without_line_end(text: str) -> str:
    first = next(iter(lines_of(text)), "")
    return text[len(first) :] if first and not cut_line_end(first)[0] else text
