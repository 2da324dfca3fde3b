"""What a server could not keep is refused before it is sent."""

from __future__ import annotations

import pytest

from nbsync.errors import FormatError
from nbsync.formats import check_sendable, document_of
from nbsync.model import Json, Notebook


def refusal(title: str | None, content: Json) -> str:
    with pytest.raises(FormatError) as caught:
        check_sendable(Notebook(title, content))
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize("title", [None, "", "t" * 256, "🦔" * 256, " " * 300 + "t" + "\n" * 300])
def test_a_title_of_256_characters_makes_the_trip(title: str | None) -> None:
    check_sendable(Notebook(title, document_of("# Plan\u2028\x07")))


def test_a_title_of_257_characters_is_refused() -> None:
    assert "257" in refusal("🦔" * 257 + " ", None)


@pytest.mark.parametrize(
    ("title", "content", "words"),
    [
        ("a\0b", None, "title: the character U+0000"),
        ("a\ud800", None, "title: the character U+D800"),
        ("t", document_of("a\nb\n\ud800"), "content.content[0].attrs.markdown, line 3 of"),
        ("t", {"a": ["x", {"b c": "\udfff"}]}, 'content.a[1]["b c"]: the character U+DFFF'),
        ("t", {"a": {"\0": 1}}, "a key in content.a: the character U+0000"),
        ("t", {"a": [1.5, float("nan")]}, "content.a[1] is nan"),
        ("t", [float("-inf"), float("nan")], "content[0] is -inf"),
        ("t", "\0", "content: the character"),
    ],
)
def test_the_place_of_what_cannot_be_sent_is_named(title: str, content: Json, words: str) -> None:
    assert words in refusal(title, content)


def test_content_that_is_nested_deeper_than_servers_can_take_is_refused() -> None:
    content: Json = 1
    for _ in range(800):
        content = [content]
    check_sendable(Notebook("t", content))
    assert "800 levels" in refusal("t", [content])
