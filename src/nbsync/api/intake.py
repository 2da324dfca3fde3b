"""What is taken in of an answer: no more, and for no longer, than any answer of PostHog's takes."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable

import httpx

from nbsync.api.question import Question

MAX_NOTEBOOK = 64 * 1024 * 1024
"""Bytes of an answer about one notebook, unpacked. PostHog takes 20 MiB in (observed.md 14), and
numbers and escapes may come back longer than they went."""

MAX_PAGE = 256 * 1024 * 1024
"""Bytes of a page of a list or of a log, unpacked: those of servers of 2023 hold a thousand whole
notebooks, and a log holds each twice (observed.md 15)."""

MAX_SECONDS = 600.0
"""Seconds that one answer may take, however steadily it drips: ten minutes are enough for the
largest page over half a megabyte a second."""

ACCEPTED = "gzip"
"""The one way of packing that is asked for, and that is unpacked."""


class TooMuchError(Exception):
    """An answer is larger than any that is wanted."""


class TooSlowError(Exception):
    """An answer takes longer than anybody waits."""


class GarbledError(Exception):
    """An answer is packed in a way that cannot be undone."""


def take_in(
    asked: Question,
    response: httpx.Response,
    *,
    started: float,
    timer: Callable[[], float] = time.monotonic,
) -> bytes:
    """Read the body of an answer, piece by piece and unpacked as it comes.

    Args:
        asked: The question that it answers.
        response: The answer, of which nothing but the head was read.
        started: When the question was put, by the timer, in seconds.
        timer: A clock that is never set.

    Raises:
        TooMuchError: It is larger than an answer to this question can be; most of it was not read.
        TooSlowError: It takes too long.
        GarbledError: It cannot be unpacked.
        httpx.RequestError: It was broken off.
    """
    most = MAX_NOTEBOOK if asked.one else MAX_PAGE
    too_much = TooMuchError(f"it is larger than {most // 1024 // 1024} MiB")
    if _said_size(response) > most:
        raise too_much
    if response.is_stream_consumed:  # some transports hand answers over that they have read
        return response.content
    unpacker = _unpacker(response.headers.get("content-encoding", ""))
    body = bytearray()
    for piece in response.iter_raw():
        body += _unpacked(unpacker, piece, most + 1 - len(body))
        if len(body) > most:
            raise too_much
        if timer() - started > MAX_SECONDS:
            raise TooSlowError(f"it was not complete after {MAX_SECONDS / 60:.0f} minutes")
    if unpacker is not None and body and not unpacker.eof:
        raise GarbledError("it ends before it is complete")
    return bytes(body)


def _said_size(response: httpx.Response) -> int:
    said = response.headers.get("content-length", "")
    return int(said[:18]) if said.isascii() and said.isdecimal() else 0


def _unpacker(coding: str) -> zlib._Decompress | None:
    coding = coding.strip().lower()
    if coding in {"", "identity"}:
        return None
    if coding not in {ACCEPTED, f"x-{ACCEPTED}"}:
        # Other ways, or several at once, unpack to more than can be told in advance.
        raise GarbledError("it is packed in a way that was not asked for")
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)


def _unpacked(unpacker: zlib._Decompress | None, piece: bytes, most: int) -> bytes:
    if unpacker is None:
        return piece
    try:
        return unpacker.decompress(piece, most)
    except zlib.error as error:
        raise GarbledError(f"it cannot be unpacked ({error})") from error
