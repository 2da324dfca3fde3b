"""White space at the ends of lines, which editors take away and nobody means."""

from __future__ import annotations

from nbsync.formats.align import matches

_BLANKS = " \t"


def with_blanks(text: str, like: str) -> str:
    """Give lines back the blanks that they ended in.

    Args:
        text: A text as an editor saved it.
        like: The text that it was before; a line of it that differs in nothing but blanks at
            its end is meant to be the same.
    """
    if text == like:
        return text
    lines, before = text.split("\n"), like.split("\n")
    cut = [line.rstrip(_BLANKS) for line in before]
    if cut == before:
        return text
    runs = matches([line.rstrip(_BLANKS) for line in lines], cut)
    for here, there, length in runs:
        lines[here : here + length] = before[there : there + length]
    return "\n".join(lines)
