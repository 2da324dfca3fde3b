"""Telling what the server made of what was sent from what somebody else wrote."""

from __future__ import annotations

import re

from nbsync import formats
from nbsync.model import Notebook, Record

_MARKS = re.compile(r"[*_~`\\]|</?[a-z]+>")


def is_markdown(notebook: Notebook) -> bool:
    """Whether a notebook is of PostHog's current form, Markdown."""
    return formats.markdown_of(notebook.content) is not None


def is_ours(record: Record, sent: Notebook) -> bool:
    """Whether a record is what was sent, or what the server made Markdown of (contract section 3).

    Every word that was sent is then in it, in the same order: to take it for ours loses none.
    """
    if record.notebook == sent:
        return True
    if record.version or is_markdown(sent) or not is_markdown(record.notebook):
        return False
    held, said = iter(_words(record.notebook)), _words(sent)
    return all(word in held for word in said) and (bool(said) or next(held, None) is None)


def _words(notebook: Notebook) -> list[str]:
    """The words of a text; marks of Markdown may stand within them."""
    return re.findall(r"\w+", _MARKS.sub("", formats.text_content(notebook.content)))
