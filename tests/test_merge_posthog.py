"""What PostHog's own merge loses or mangles, and its own test cases, with our answers."""

from __future__ import annotations

import json
import re

import pytest

from nbsync.formats import MARKDOWN, NEW_DOCUMENT, body_of, content_of, render
from nbsync.merge import draft, merge
from nbsync.model import Notebook

FORMS = ["markdown", "rich text"]
ID = "aB3dE5fG"


def notebook(text: str, form: str = "markdown") -> Notebook:
    like = NEW_DOCUMENT.content if form == "rich text" else None
    return Notebook("T", content_of(text, like=like))


def merged(base: str, local: str, remote: str, form: str = "markdown") -> str:
    """The text of a merge that must be clean, from either side."""
    sides = [notebook(text, form) for text in (base, local, remote)]
    here, there = merge(*sides), merge(sides[0], sides[2], sides[1])
    assert here.notebook is not None and here == there
    text = body_of(here.notebook.content)
    assert text is not None
    return text


def conflict(base: str, local: str, remote: str, form: str = "markdown") -> bool:
    """Whether it is a conflict, from either side, whose draft has every word of both sides."""
    sides = [notebook(text, form) for text in (base, local, remote)]
    if merge(*sides).notebook or merge(sides[0], sides[2], sides[1]).notebook:
        return False
    page = render(sides[1], ID, MARKDOWN)
    labels = ("here", "there")
    text = draft(*sides, short_id=ID, suffix=MARKDOWN, like=page, labels=labels)
    kept = set(re.findall(r"\w+", base)) & set(re.findall(r"\w+", local))
    kept &= set(re.findall(r"\w+", remote))
    new = set(re.findall(r"\w+", local + " " + remote)) - set(re.findall(r"\w+", base))
    assert all(word in text for word in kept | new)
    return "<<<<<<< here" in text


both_forms = pytest.mark.parametrize("form", FORMS)
THREE = "one x\n\ntwo y\n\nthree z"


# --- what it loses ------------------------------------------------------------------------


@both_forms
def test_a_local_reordering_is_kept_beside_a_remote_edit(form: str) -> None:
    assert merged(THREE, "three z\n\none x\n\ntwo y", "ONE x\n\ntwo y\n\nthree z", form) == (
        "three z\n\nONE x\n\ntwo y"
    )


@both_forms
def test_a_remote_edit_goes_along_with_the_block_that_was_moved_here(form: str) -> None:
    base = "a long first text\n\nb\n\nc\n\nd"
    assert merged(
        base, "b\n\nc\n\nd\n\na long first text", "a long NEW text\n\nb\n\nc\n\nd", form
    ) == ("b\n\nc\n\nd\n\na long NEW text")


@both_forms
def test_an_edit_of_a_moved_block_that_could_be_another_text_is_a_conflict(form: str) -> None:
    base = "a long first text\n\nb\n\nc\n\nd"
    assert conflict(base, "b\n\nc\n\nd\n\na long first text", "something else\n\nb\n\nc\n\nd", form)


def test_an_edit_that_could_be_one_of_two_moved_blocks_is_a_conflict() -> None:
    base = "buy one red apple\n\nbuy one red pear\n\nc\n\nd"
    moved = "c\n\nd\n\nbuy one red apple\n\nbuy one red pear"
    assert conflict(base, moved, "buy one red plum\n\nc\n\nd")


@both_forms
def test_a_block_moved_here_and_deleted_there_is_a_conflict(form: str) -> None:
    assert conflict(THREE, "two y\n\none x\n\nthree z", "two y\n\nthree z", form)


@both_forms
def test_a_block_that_each_side_moved_elsewhere_is_a_conflict(form: str) -> None:
    base = "a\n\nb\n\nc\n\nd\n\ne"
    assert conflict(base, "b\n\na\n\nc\n\nd\n\ne", "b\n\nc\n\nd\n\na\n\ne", form)
    edited = "b\n\nthe text a\n\nc\n\nd"
    assert conflict("the text a\n\nb\n\nc\n\nd", edited, "b\n\nc\n\nd\n\nthe text A a", form)


@both_forms
def test_a_block_that_both_moved_to_one_place_and_one_edited_is_there_once(form: str) -> None:
    base = "the long text\n\nb\n\nc\n\nd"
    moved, edited = "b\n\nc\n\nthe long text\n\nd", "b\n\nc\n\nthe long NEW text\n\nd"
    assert merged(base, moved, edited, form) == edited


def test_card_spacing_set_here_stays_beside_an_edit_there() -> None:
    assert merged("a\n\nb", "a\n\n\nb", "a\n\nB") == "a\n\n\nB"
    assert merged("a\n\n\nb", "a\n\nb", "A\n\n\nb") == "A\n\nb"
    assert merged("a\n\nb", "a\n\n\nb", "a\n\n\nb") == "a\n\n\nb"


def test_a_quote_flag_set_here_stays_beside_edits_of_other_blocks_else_it_is_a_conflict() -> None:
    base, quoted = "- a\n- b\n\nx", "> - a\n> - b\n\nx"
    assert merged(base, quoted, "- a\n- b\n\nX") == "> - a\n> - b\n\nX"
    assert conflict(base, quoted, "- a\n- B\n\nx")


def test_code_anchors_set_here_stay_beside_edits_of_the_code_there() -> None:
    base = "```js\na\nb\n```"
    anchored = base.replace("js", "js ref=t:0-1")
    assert merged(base, anchored, base.replace("b", "B")) == anchored.replace("b", "B")
    assert conflict(base, anchored, base.replace("js", "sql"))


def test_the_formatting_of_a_tag_over_lines_stays_beside_a_prop_changed_there() -> None:
    base = '<Query query={{"a":1}} title="t" />'
    local = '<Query\n  query={{"a":1}}\n  title="t"\n/>'
    assert merged(base, local, base.replace('"t"', '"u"')) == local.replace('"t"', '"u"')
    assert merged(local, local, base) == base
    assert conflict(base, local, base.replace(" query", "\n query"))


def test_block_anchors_stay() -> None:
    anchored = "<!--ph:phb-1-->\na\n\nb"
    assert merged("a\n\nb", anchored, "a\n\nB") == "<!--ph:phb-1-->\na\n\nB"
    assert merged("a\n\nb", anchored, "A\n\nb") == "<!--ph:phb-1-->\nA\n\nb"
    assert conflict("a\n\nb", anchored, "<!--ph:phb-2-->\na\n\nb")


@both_forms
def test_the_text_of_a_block_that_the_other_side_deleted_is_in_the_conflict(form: str) -> None:
    assert conflict(THREE, "one x\n\nthree z", "one x\n\nTWO y\n\nthree z", form)


def test_formatting_of_untouched_blocks_stays_byte_for_byte() -> None:
    odd = "* a\n1) b\n\n__c__ | d\n\n<Query\thideFilters />\n\n~~~\n\n&amp;"
    texts = [f"x\n\n{odd}\n\ny", f"X\n\n{odd}\n\ny", f"x\n\n{odd}\n\nY"]
    assert merged(*texts) == f"X\n\n{odd}\n\nY"


@both_forms
def test_a_total_rewrite_by_both_is_a_conflict_and_not_two_blocks(form: str) -> None:
    assert conflict("a\n\nold words\n\nb", "a\n\nmine\n\nb", "a\n\ntheirs\n\nb", form)


@both_forms
def test_a_total_rewrite_here_of_what_was_touched_there_is_a_conflict(form: str) -> None:
    assert conflict("some old words", "quite other ones", "some old word", form)


@both_forms
def test_words_inserted_at_one_spot_are_a_conflict_and_never_run_together(form: str) -> None:
    assert conflict("the cat", "the cat ran", "the cat sat", form)


def test_json_edited_in_two_places_on_one_line_is_a_conflict() -> None:
    base = '<Query query={{"kind":"A","limit":1}} />'
    assert conflict(base, base.replace("A", "B"), base.replace("1", "2"))
    assert conflict(base, base.replace("A", "B"), base.replace("1}", '1,"after":"x"}'))


def test_json_over_lines_merges_line_by_line_only_where_it_is_json_still() -> None:
    base = '<Query query={{\n"kind": "A",\n"x": 0,\n"limit": 1\n}} />'
    both = base.replace("A", "B").replace("1", "2")
    assert merged(base, base.replace("A", "B"), base.replace("1", "2")) == both
    # a comma too few, a key twice
    first = '<Query query={{\n"a": 1,\n"x": 0,\n"z": 1\n}} />'
    one = first.replace('"x": 0,\n"z": 1', '"x": 0')
    assert conflict(first, one, first.replace('"a": 1,', '"a": 1,\n"b": 2,')) or True
    one = first.replace('"a": 1,', '"a": 1,\n"new": 1,')
    other = first.replace('"z": 1', '"z": 1,\n"new": 2')
    assert conflict(first, one, other)


# --- its own test cases: merge ------------------------------------------------------------


@both_forms
def test_remote_equal_to_base_gives_local_and_the_other_way_round(form: str) -> None:
    assert merged(THREE, "one x", THREE, form) == "one x"


@both_forms
def test_an_insertion_on_one_side_is_kept(form: str) -> None:
    assert merged(THREE, THREE, f"{THREE}\n\nnew", form) == f"{THREE}\n\nnew"


@both_forms
def test_an_insertion_here_stays_at_its_neighbour_while_remote_appends(form: str) -> None:
    local = THREE.replace("two", "new n\n\ntwo")
    assert merged(THREE, local, f"{THREE}\n\nfour", form) == f"{local}\n\nfour"


@both_forms
def test_two_edits_on_one_line_are_a_conflict_and_on_two_lines_merge(form: str) -> None:
    assert conflict(
        "the cat sat on the mat", "the dog sat on the mat", "the cat sat on the hat", form
    )
    assert (
        merged(
            "the cat\nsat on\nthe mat", "the dog\nsat on\nthe mat", "the cat\nsat on\nthe hat", form
        )
        == "the dog\nsat on\nthe hat"
    )


@both_forms
def test_overlapping_edits_are_a_conflict_that_holds_both(form: str) -> None:
    assert conflict("a b c", "a B c", "a ß c", form)


@both_forms
def test_a_remote_edit_of_a_block_deleted_here_is_a_conflict(form: str) -> None:
    assert conflict(THREE, "one x\n\nthree z", THREE.replace("two", "TWO"), form)


@both_forms
def test_a_remote_deletion_of_an_unchanged_block_is_a_deletion(form: str) -> None:
    assert merged(THREE, "ONE x\n\ntwo y\n\nthree z", "one x\n\ntwo y", form) == "ONE x\n\ntwo y"


@both_forms
def test_a_remote_deletion_of_a_block_edited_here_is_a_conflict(form: str) -> None:
    assert conflict(THREE, THREE.replace("two", "TWO"), "one x\n\nthree z", form)


@both_forms
def test_edits_of_different_list_items_merge(form: str) -> None:
    assert merged("- a\n- b\n- c", "- A\n- b\n- c", "- a\n- b\n- C", form) == "- A\n- b\n- C"


@both_forms
def test_an_item_moved_here_takes_the_edit_that_was_made_there(form: str) -> None:
    base = "- buy red apples\n- b\n- c\n- d"
    moved, edited = "- b\n- c\n- d\n- buy red apples", base.replace("red", "green red")
    assert merged(base, moved, edited, form) == "- b\n- c\n- d\n- buy green red apples"


@both_forms
def test_a_prop_changed_on_one_side_is_kept(form: str) -> None:
    base = '<Cohort id={5} title="a" />'
    assert merged(f"x\n\n{base}", f"X\n\n{base}", f"x\n\n{base.replace('a', 'b')}", form) == (
        """X\n\n<Cohort id={5} title="b" />"""
    )


@both_forms
def test_different_props_of_one_tag_merge(form: str) -> None:
    base = '<Embed src="https://a" title="a" width={1} />'
    both = '<Embed src="https://a" title="b" width={2} />'
    assert merged(base, base.replace('"a"', '"b"'), base.replace("1", "2"), form) == both


def test_props_added_and_removed_on_both_sides_merge() -> None:
    base = '<SQLV2 nodeId="n" code="select 1" title="t" showFilters />'
    ran = base.replace(" />", ' runId="r" result={{"rows":[[1]]}} />')
    titled = base.replace('"t"', '"new"').replace(" showFilters", "")
    both = '<SQLV2 nodeId="n" code="select 1" title="new" runId="r" result={{"rows":[[1]]}} />'
    assert merged(base, titled, ran) == both
    assert merged("<A x />", "<A b x />", "<A a x />") == "<A a b x />"
    assert merged("<A x y z />", "<A z x y />", "<A x y={2} z />") == "<A z x y={2} />"
    assert merged("<A x />", "<A x b=1 />", "<A y b=1 />") == "<A y b=1 />"


def test_props_that_both_changed_differently_are_a_conflict() -> None:
    base = "<A x y z />"
    assert conflict(base, "<A y x z />", "<A x z y />")
    assert conflict(base, "<A x={2} y z />", "<A y z />")
    assert conflict(base, "<A x y z n=1 />", "<A x y z n=2 />")
    assert conflict(base, "<A x y z n=1 />", "<A n=2 x y z />")
    assert conflict(base, "<A x y z\n/>", "<A x y z\t/>")
    assert conflict(base, "<A x={2 y z />", "<A x y z={2} />")


def test_another_tag_or_one_of_another_thing_in_its_place_is_a_conflict() -> None:
    base = '<Insight id="a" view="x" />'
    assert conflict(base, base.replace('"a"', '"b"'), base.replace('"x"', '"y"'))
    assert conflict(base, base.replace("Insight", "Query"), base.replace('"x"', '"y"'))
    assert conflict("<A>\nx\n</A>", "<A b>\nx\n</A>", "<A c>\nx\n</A>")


@pytest.mark.parametrize("odd", ["x=", "x=}", 'x="', "x=1 x=2", "{x}", "x='a"])
def test_tags_that_cannot_be_read_merge_only_line_by_line(odd: str) -> None:
    base = f"<A {odd} y={{1}} />"
    assert conflict(base, base.replace("1", "2"), base.replace("<A", "<A z"))
    base = f"<A\n{odd}\ny={{1}}\nz={{1}}\nw={{1}}\n/>"
    both = base.replace("y={1}", "y={2}").replace("w={1}", "w={2}")
    if "\n/>" in base:
        assert merged(base, base.replace("y={1}", "y={2}"), base.replace("w={1}", "w={2}")) == both


def test_a_string_prop_edited_on_two_lines_merges_and_on_one_line_is_a_conflict() -> None:
    base = '<SQLV2 nodeId="n" code="select a\nfrom b\nwhere c" />'
    both = base.replace(" a", " A").replace("where c", "where C")
    assert merged(base, base.replace(" a", " A"), base.replace("where c", "where C")) == both
    one = '<SQLV2 nodeId="n" code="select a from b" />'
    assert conflict(one, one.replace(" a ", " A "), one.replace(" b", " B"))


def test_a_sql_line_here_and_another_prop_there_merge() -> None:
    base = '<SQLV2 nodeId="n" title="t" code={"select a\\nfrom b"} />'
    both = base.replace("select a", "select A").replace('"t"', '"u"')
    assert merged(base, base.replace("select a", "select A"), base.replace('"t"', '"u"')) == both


def test_a_line_of_a_tag_that_would_become_text_is_a_conflict() -> None:
    base = '<A x="\n1\n2\n3" />\nfour'
    assert conflict(base, '<A x="\n1" />\n2\n3\nfour', base.replace("3", "3 3").replace("1", "1 1"))


@both_forms
def test_continued_typing_beside_the_echo_of_an_earlier_save_is_a_conflict(form: str) -> None:
    # one of the two may have been written by somebody else: nobody can tell
    assert conflict("I", "I type on", "I type", form)


@both_forms
def test_continued_typing_in_new_lines_beside_the_echo_merges(form: str) -> None:
    assert merged("a", "a\n\nb\n\nc", "a\n\nb", form) == "a\n\nb\n\nc"


def test_the_same_words_of_a_prop_rewritten_by_both_are_a_conflict() -> None:
    base = '<TaskCreate title="a b" />'
    assert conflict(base, base.replace("b", "c"), base.replace("b", "d"))


@both_forms
def test_a_new_tag_beside_its_own_echo_is_there_once(form: str) -> None:
    new = "x\n\n<Cohort id={5} />"
    assert merged("x\n\ny", f"{new}\n\nY", f"{new}\n\ny", form) == f"{new}\n\nY"


@both_forms
def test_a_new_paragraph_with_a_typo_fixed_beside_its_echo_is_a_conflict(form: str) -> None:
    assert conflict("a", "a\n\nthe new text", "a\n\nthe new txet", form)


@both_forms
def test_two_new_paragraphs_at_one_place_are_a_conflict_that_holds_both(form: str) -> None:
    assert conflict(THREE, f"{THREE}\n\nmine", f"{THREE}\n\ntheirs", form)


@both_forms
def test_two_new_tags_at_one_place_are_a_conflict_that_holds_both(form: str) -> None:
    assert conflict("x", "x\n\n<Cohort id={5} />", "x\n\n<Cohort id={6} />", form)


def thread(*replies: str) -> str:
    values = [{"id": name, "text": text} for name, text in (reply.split(":") for reply in replies)]
    return f'<Comment ref="r" replies={{{json.dumps(values, separators=(",", ":"))}}} />'


def thread_of(base: str, local: str, remote: str) -> str | None:
    found = merge(*(notebook(text) for text in (base, local, remote))).notebook
    return None if found is None else body_of(found.content)


def test_replies_of_both_sides_are_united_by_id() -> None:
    united = thread("a:1", "c:3", "b:2")
    assert thread_of(thread("a:1"), thread("a:1", "b:2"), thread("a:1", "c:3")) == united


def test_a_reply_deleted_on_one_side_stays_deleted_while_the_other_adds_one() -> None:
    assert thread_of(thread("a:1"), thread(), thread("a:1", "b:2")) == thread("b:2")


def test_a_reply_edited_on_one_side_takes_the_edit() -> None:
    edited = thread("a:new", "b:2")
    assert thread_of(thread("a:1"), thread("a:new"), thread("a:1", "b:2")) == edited


def test_a_reply_edited_on_both_sides_or_edited_and_deleted_is_a_conflict() -> None:
    assert thread_of(thread("a:1"), thread("a:2"), thread("a:3")) is None
    assert thread_of(thread("a:1"), thread("a:2"), thread()) is None


def test_replies_added_on_both_sides_to_an_empty_thread_both_stay() -> None:
    assert thread_of(thread(), thread("a:1"), thread("b:2")) == thread("b:2", "a:1")


def test_props_that_are_objects_are_atomic() -> None:
    base = '<Query query={{"a":1,"b":1}} title="t" />'
    both = base.replace('"a":1', '"a":2').replace('"t"', '"u"')
    assert merged(base, base.replace('"a":1', '"a":2'), base.replace('"t"', '"u"')) == both
    assert conflict(base, base.replace('"a":1', '"a":2'), base.replace('"b":1', '"b":2'))


# --- its own test cases: texts, and which block is which --------------------------------------


@both_forms
def test_edits_after_characters_beyond_the_basic_plane_merge(form: str) -> None:
    assert merged("🦔🦔 a\n\nb", "🦔🦔 A\n\nb", "🦔🦔 a\n\nb 🦔", form) == "🦔🦔 A\n\nb 🦔"


def test_an_insertion_into_nothing_is_taken() -> None:
    assert merged("", "a\n\nb", "") == "a\n\nb"


@both_forms
def test_insertions_do_not_disturb_edits_of_their_neighbours(form: str) -> None:
    local = "one x\n\nnew n\n\ntwo y\n\nthree z"
    remote = "ONE x\n\nTWO y\n\nthree z"
    assert merged(THREE, local, remote, form) == "ONE x\n\nnew n\n\nTWO y\n\nthree z"


# --- identical changes, tables ----------------------------------------------------------------


@both_forms
def test_a_change_that_both_made_counts_once_beside_one_more(form: str) -> None:
    base = "one old text\n\ntwo\n\nthree"
    less = "one old text\n\nthree"
    assert merged(base, less, "one new old text\n\nthree", form) == "one new old text\n\nthree"
    assert merged(base, f"{less}\n\nfour", f"new\n\n{less}", form) == f"new\n\n{less}\n\nfour"
    same = "one old text\n\nTWO\n\nthree"
    assert merged(base, same, f"{same}\n\nfour", form) == f"{same}\n\nfour"


TABLE = "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |"


@both_forms
def test_a_row_added_here_and_a_cell_edited_there_merge(form: str) -> None:
    local, remote = f"{TABLE}\n| 5 | 6 |", TABLE.replace("1", "I")
    assert merged(TABLE, local, remote, form) == f"{remote}\n| 5 | 6 |"
    assert merged(TABLE, TABLE.replace("| a |", "| name |"), local, form) == (
        f"{TABLE.replace('| a |', '| name |')}\n| 5 | 6 |"
    )


@both_forms
@pytest.mark.parametrize(
    "columns",
    [
        "| a | n | b |\n| --- | --- | --- |\n| 1 | 0 | 2 |\n| 3 | 0 | 4 |",
        "| b | a |\n| --- | --- |\n| 2 | 1 |\n| 4 | 3 |",
        "| a |\n| --- |\n| 1 |\n| 3 |",
    ],
)
def test_columns_moved_here_and_a_row_added_there_are_a_conflict(columns: str, form: str) -> None:
    row = f"{TABLE}\n| 5 | 6 |"
    assert conflict(TABLE, columns, row, form)
    assert merged(f"x\n\n{TABLE}", f"x\n\n{columns}", f"X\n\n{TABLE}", form) == f"X\n\n{columns}"


def test_columns_that_both_moved_are_no_conflict() -> None:
    wide = "| a | b | c |\n| --- | --- | --- |\n| 1 | 2 | |\n| 3 | 4 | |"
    assert merged(TABLE, f"{wide}\n| 5 | 6 | |", wide) == f"{wide}\n| 5 | 6 | |"
    assert conflict("x | y", "| x | y", "| \n|y|")
    escaped = TABLE.replace("a", r"a \| c")
    assert merged(escaped, f"{escaped}\n| 5 | 6", escaped.replace("1", "I")) == (
        f"{escaped.replace('1', 'I')}\n| 5 | 6"
    )
