"""Markdown pages: a notebook as front matter and its text, byte for byte or as a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nbsync.errors import FormatError
from nbsync.formats.bodies import body_of, content_of, heading_of
from nbsync.formats.frontmatter import (
    SHORT_ID,
    TITLE,
    Entry,
    Sheet,
    id_in,
    read,
    same_text,
    split,
)
from nbsync.formats.inplace import with_keys
from nbsync.formats.markers import refuse_markers
from nbsync.model import Notebook

_NEW = Sheet(opening="---\n", front="", closing="---\n", gap="\n", body="")


def parse_page(text: str, *, like: Notebook | None) -> Notebook:
    """Read the notebook that a Markdown page says.

    Args:
        text: All of the page, its line ends untouched.
        like: The notebook that the page stands on, if there is one.

    Raises:
        FormatError: There are conflict markers in it, its front matter is not in order, or its
            text cannot be understood as the rich text that like is; the error has the line.
    """
    known = body_of(like.content) if like else None
    refuse_markers(text, known=known or "")
    sheet = split(text)
    if sheet is None:
        raise FormatError(
            "The page has no front matter.",
            line=1,
            hint="put the lines `---`, `short_id: …`, `---` back at its very start",
        )
    entries = read(sheet.front)
    id_in(entries)
    body = _body(sheet.body, known)
    try:
        content = content_of(body, like=like.content if like else None)
    except FormatError as error:
        above = text.count("\n") - sheet.body.count("\n")
        line = None if error.line is None else error.line + above
        raise FormatError(error.message, line=line, hint=error.hint) from None
    return Notebook(_title(entries, heading_of(content, body), like), content)


def _body(rest: str, known: str | None) -> str:
    """Part the stored Markdown from what editors and git make of line ends (design.md 3)."""
    if "\r" not in (known or "") and rest.count("\r\n") == rest.count("\n") == rest.count("\r"):
        rest = rest.replace("\r\n", "\n")
    if known is not None and known.endswith("\n"):
        return rest
    if rest.endswith("\r\n") and not (known or "").endswith("\r"):
        return rest[:-2]
    return rest.removesuffix("\n")


def _title(entries: Mapping[str, Entry], heading: str | None, like: Notebook | None) -> str | None:
    title = entries[TITLE].value if TITLE in entries else heading
    if like is not None:
        # deleting the heading does not erase the title
        kept = title is None and TITLE not in entries
        if kept or same_text(title, like.title):
            return like.title
    return stripped(title)


def stripped(title: str | None) -> str | None:
    """Strip a title as PostHog's server does (observed.md 14)."""
    return None if title is None else title.strip()


def render_page(notebook: Notebook, short_id: str, *, like: str | None = None) -> str:
    """Write a notebook as a Markdown page.

    Args:
        notebook: A Markdown notebook, or a rich-text one.
        short_id: Its id.
        like: The page's current text: all in its front matter but short_id and title stays.

    Raises:
        FormatError: The notebook is neither, or like's front matter cannot be read, or not be
            changed in place.
    """
    body = body_of(notebook.content)
    if body is None:
        raise FormatError(
            "A notebook whose content is no document cannot be written as a Markdown page.",
            hint="its page is a JSON page; `nbsync status` says why",
        )
    heading = heading_of(notebook.content, body)
    title = None if same_text(notebook.title, heading) else (notebook.title,)
    return write_page(body, short_id, title=title, like=like)


def write_page(
    body: str, short_id: str, *, title: tuple[str | None] | None, like: str | None
) -> str:
    """Write a page.

    Args:
        body: Its text.
        short_id: The notebook's id.
        title: What `title:` is to say; None where there is to be no such line, because the
            first heading says it.
        like: The page's current text, as for `render_page`.
    """
    wanted: dict[str, str | None] = {SHORT_ID: short_id}
    if title is not None:
        wanted[TITLE] = stripped(title[0])
    sheet = (split(like) if like else None) or _NEW
    front = with_keys(sheet.front, wanted, line_end=sheet.line_end)
    text = f"{sheet.opening}{front}{_closing(sheet, body)}{body}{_final(body)}"
    if "\r" not in body and like and _is_crlf(like):
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return text


def _is_crlf(text: str) -> bool:
    """Whether every line of a page ends in CRLF, as some editors and git settings have it."""
    return text.count("\r\n") == text.count("\n") == text.count("\r") > 0


def _closing(sheet: Sheet, body: str) -> str:
    closing = sheet.closing if sheet.closing.endswith("\n") else sheet.closing + sheet.line_end
    # without an empty line before it, the body's own first empty line would be taken for it
    needed = not sheet.gap and body.startswith(("\n", "\r\n"))
    return closing + (sheet.line_end if needed else sheet.gap)


def _final(body: str) -> str:
    return "" if not body or body.endswith(("\n", "\r")) else "\n"


def adopt_page(text: str, short_id: str) -> str:
    """Give a text the front matter of a page; what is in it already stays.

    Args:
        text: Any Markdown, with front matter or without.
        short_id: The id that it gets; it replaces one that is there.

    Raises:
        FormatError: Its front matter cannot be read, or not be changed in place.
    """
    sheet = split(text)
    if sheet is None:
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        body = text.removeprefix(mark)
        head = f'---\nshort_id: "{short_id}"\n---\n\n'
        # line ends of one kind: else git's and the editor's CRLF would be taken for the text's own
        line_end = "\r\n" if "\r\n" in body else "\n"
        return mark + head.replace("\n", line_end) + body + _final(body).replace("\n", line_end)
    said = read(sheet.front)
    wanted = {name: entry.value for name, entry in said.items()} | {SHORT_ID: short_id}
    front = with_keys(sheet.front, wanted, line_end=sheet.line_end)
    return replace(sheet, front=front).text
