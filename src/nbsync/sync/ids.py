"""Ids for pages that are to become notebooks: they follow from what the page is."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Collection

_ALPHABET = string.digits + string.ascii_letters
_LENGTH = 10


def derive_id(*parts: str, taken: Collection[str] = ()) -> str:
    """An id of ten letters and digits that follows from the parts alone.

    Two clones that take in the same file choose the same id, and create one notebook.
    """
    for attempt in range(len(taken) + 1):
        text = "\0".join((*parts, str(attempt) if attempt else ""))
        number = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
        letters = []
        for _ in range(_LENGTH):
            number, digit = divmod(number, len(_ALPHABET))
            letters.append(_ALPHABET[digit])
        short_id = "".join(letters)
        if short_id not in taken:
            return short_id
    raise AssertionError("more ids are taken than there are")
