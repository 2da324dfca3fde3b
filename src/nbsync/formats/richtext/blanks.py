"""White space at the ends of lines, which editors take away and nobody means."""

from __future__ import annotations

from nbsync.formats.align import matches

_BLANKS = " \t"


def with_blanks(text: str, like: str) -> str:
    """Give lines back the blanks that they ended in.

    Args:
        text: A text as an editor saved it.
        like: The text that it was before; a line of it that differs in nothing but blanks at
            its end is meant to be the same. So is an empty one between two such lines: of
            others, nobody can tell how far the text that they stand in is indented now.
    """
    if text == like:
        return text
    lines, before = text.split("\n"), like.split("\n")
    cut = [line.rstrip(_BLANKS) for line in before]
    if cut == before:
        return text
    runs = matches([line.rstrip(_BLANKS) for line in lines], cut)
    for here, there, length in runs:
        full = [at for at in range(length) if cut[there + at]]
        start, end = (full[0], full[-1] + 1) if full else (0, 0)
        lines[here + start : here + end] = before[there + start : there + end]
    return "\n".join(lines)
