"""Discussion threads merge reply by reply."""

from __future__ import annotations

import json

import pytest

from nbsync.merge.replies import with_all_replies
from nbsync.merge.texts import merge_text, overlaps

Reply = dict[str, str]


def reply(name: str, text: str = "hi") -> Reply:
    return {"id": name, "text": text, "author": "Ann"}


def thread(*replies: Reply, ref: str = "r", more: str = "") -> str:
    values = json.dumps(replies, ensure_ascii=False, separators=(",", ":"))
    return f'<Comment ref="{ref}" replies={{{values}}}{more} />'


def page(line: str) -> str:
    return f'# Plan\n\n{line}\n\n<ref id="r">text</ref>'


A, B, C, D = reply("a"), reply("b", 'é "}" ]}'), reply("c"), reply("d")


@pytest.mark.parametrize(
    ("base", "local", "remote", "union"),
    [
        ([A], [A, B], [A, C], [A, C, B]),
        ([], [A], [B], [B, A]),
        ([A, B], [B], [A, B, C], [B, C]),
        ([A, B], [A, B, C], [A], [A, C]),
        ([A, B], [A], [B], []),
        ([A], [reply("a", "new")], [A, B], [reply("a", "new"), B]),
        ([A], [A, C], [reply("a", "new")], [reply("a", "new"), C]),
        ([A], [reply("a", "new"), B], [reply("a", "new"), C], [reply("a", "new"), C, B]),
        ([A], [A, B, C], [A, B], [A, B, C]),
    ],
)
def test_replies_of_both_sides_are_united(
    base: list[Reply], local: list[Reply], remote: list[Reply], union: list[Reply]
) -> None:
    pieces = merge_text(*(page(thread(*side, more=" x")) for side in (base, local, remote)))
    assert pieces == [page(thread(*union, more=" x"))]


def test_the_first_replies_to_a_thread_are_united() -> None:
    pieces = merge_text(page('<Comment ref="r" />'), page(thread(A)), page(thread(B)))
    assert pieces == [page(thread(B, A))]


def test_the_rest_of_the_page_merges_beside_them() -> None:
    base, local, remote = page(thread(A)), page(thread(A, B)), page(thread(A, C))
    merged = merge_text(base, local.replace("Plan", "New"), remote.replace(">text<", ">word<"))
    assert merged == [page(thread(A, C, B)).replace("Plan", "New").replace(">text<", ">word<")]


@pytest.mark.parametrize(
    ("base", "local", "remote"),
    [
        # one reply edited differently, or edited and removed
        (thread(A), thread(reply("a", "1")), thread(reply("a", "2"))),
        (thread(A), thread(reply("a", "1")), thread(B)),
        (thread(A), thread(reply("b", "1")), thread(reply("b", "2"))),
        # put in another order
        (thread(A, B), thread(B, A, C), thread(A, B, D)),
        # replies that cannot be told apart, or that are no JSON
        (thread(A), thread(A, A), thread(A, B)),
        (thread(), thread({"text": "1"}), thread({"text": "2"})),
        (thread(), '<Comment ref="r" replies={["a"]} />', '<Comment ref="r" replies={["b"]} />'),
        (thread(), '<Comment ref="r" replies={[1} />', '<Comment ref="r" replies={[2} />'),
        (thread(), '<Comment ref="r" replies={[1]x />', '<Comment ref="r" replies={[2]x />'),
        (thread(), '<Comment ref="r" replies={[NaN]} />', '<Comment ref="r" replies={[1]} />'),
        # of another thread
        (thread(A), thread(A, B, ref="s"), thread(A, C)),
        # no list
        (thread(), '<Comment ref="r" replies="a" />', '<Comment ref="r" replies="b" />'),
        (thread(), '<Comment ref="r" replies={1} />', '<Comment ref="r" replies={{}} />'),
        (thread(), '<Comment ref="r" replies="a" x />', '<Comment ref="r" replies="b" y />'),
        (thread(), '<Comment ref="r" replies={1} x />', '<Comment ref="r" replies={2} y />'),
        ('<Comment text="a">', '<Comment text="b">', '<Comment text="c">'),
    ],
)
def test_what_cannot_be_united_overlaps(base: str, local: str, remote: str) -> None:
    assert overlaps(merge_text(page(base), page(local), page(remote)))


def test_other_props_of_a_thread_merge_beside_its_replies() -> None:
    pieces = merge_text(thread(A), thread(A, B, more=" y"), thread(A, C))
    assert pieces == [thread(A, C, B, more=" y")]
    twice = f"{thread(A)}\n{thread(A)}"
    pieces = merge_text(twice, f"{thread(A)}\n{thread(A, B)}", f"{thread(A)}\n{thread(C)}")
    assert pieces == [f"{thread(A)}\n{thread(C, B)}"]
    began = '<Comment ref="r" y />', '<Comment ref="r" replies={[]} x />'
    assert merge_text('<Comment ref="r" />', *began) == ['<Comment ref="r" replies={[]} x y />']
    both = thread(A, more=" x"), thread(B, more=" y")
    assert merge_text('<Comment ref="r" />', *both) == [thread(B, A, more=" x y")]


def test_threads_that_both_sides_began_on_one_passage_are_one() -> None:
    passage = '<ref id="r">text</ref>'
    for beside in ("\n", "\n\n"):
        here, there = f"{thread(A)}{beside}{passage}", f"{thread(B)}{beside}{passage}"
        assert merge_text(passage, here, there) == [f"{thread(B, A)}{beside}{passage}"]
    here, there = f"{thread(A, ref='s')}\n\n{passage}", f"{thread(B)}\n\n{passage}"
    assert overlaps(merge_text(passage, here, there))


def test_a_reply_that_both_sides_removed_does_not_come_back() -> None:
    base = f"{thread(A, B)}\n\n{thread(A, B)}"
    here, there = f"{thread(A, C)}\n\nx", f"{thread(A, D)}\n\nx"
    texts = base, here, there
    assert with_all_replies(*texts) == texts
    texts = thread(A, B), thread(A, C, more=" x"), thread(A, more=" x")
    assert with_all_replies(*texts) == texts
    assert merge_text(*texts) == [thread(A, C, more=" x")]


def test_a_thread_that_one_side_left_alone_is_not_written_anew() -> None:
    odd = '<Comment ref="r" replies={[ {"id": "a", "x": 1.0} ]} />'
    texts = page(odd), page(odd), page(thread(A, B))
    assert with_all_replies(*texts) == texts
    texts = page(odd), page(thread(A, B)), page(thread(A, B))
    assert with_all_replies(*texts) == texts
