"""Component tags read back as they were written, and what is no tag is refused with its line."""

from __future__ import annotations

import json
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nbsync.errors import FormatError
from nbsync.formats.richtext.tags import Tag, are_props, read_tag, tag_end, write_tag
from nbsync.model import Json, canonical, parse_json

NAMES = st.from_regex(r"[A-Z][A-Za-z0-9]{0,8}", fullmatch=True)
PROP_NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,8}", fullmatch=True)
ODD = "`\\\n\r\t \"'{}[]<>/|&;*_é\x00\x85\u2028\ud83d🦔"
TEXTS = (
    st.text()
    | st.text(ODD)
    | st.lists(st.sampled_from(["&lt;", "&amp;", "&quot;", "&", "amp;", "/>", "x", "\n"])).map(
        "".join
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-1e9, 1e9) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
).map(lambda value: parse_json(json.dumps(value)))
PROPS = st.dictionaries(PROP_NAMES, VALUES, max_size=5)
LAYOUTS = st.booleans()


def only(source: str) -> dict[str, Json]:
    """The props of a source that is one tag and nothing else."""
    tag = read_tag(source, 0)
    assert tag.end == len(source) == tag_end(source, 0)
    return tag.props


def read_or_refusal(source: str) -> Tag | FormatError:
    try:
        return read_tag(source, 0)
    except FormatError as error:
        return error


def refusal(source: str, start: int = 0) -> FormatError:
    with pytest.raises(FormatError) as caught:
        read_tag(source, start)
    assert caught.value.hint
    return caught.value


@given(NAMES, PROPS, LAYOUTS, LAYOUTS, st.sampled_from(["", "x", '"\n', "<A {`\n\n"]))
@example("Query", {"query": {"a": "b\n\n  /> } c"}, "t": "a\n&lt;"}, True, True, "")
def test_a_tag_that_was_written_reads_as_itself(
    name: str,
    props: dict[str, Json],
    closed: bool,  # noqa: FBT001 - hypothesis passes it by name
    over_lines: bool,  # noqa: FBT001
    before: str,
) -> None:
    text = write_tag(name, props, closed=closed, over_lines=over_lines)
    source = f'{before}{text} x="1"/>'
    tag = read_tag(source, len(before))
    assert (tag.name, tag.closed, tag.end) == (name, closed, len(before) + len(text))
    assert canonical(tag.props) == canonical(props)
    assert list(tag.props) == list(props)
    assert tag_end(source, len(before)) == tag.end
    assert over_lines or "\n" not in text


@given(st.text(string.printable) | st.text("<A /=\"'{}`\\\n 1>"))
@example(" a={1} b='x' c=2 d {`}`} />")
def test_the_end_of_a_tag_is_where_it_was_read_to(text: str) -> None:
    source = f"<A {text}"
    read = read_or_refusal(source)
    if isinstance(read, Tag):
        assert tag_end(source, 0) == read.end
    else:
        assert read.line in range(1, source.count("\n") + 2)


def test_a_tag_on_one_line_is_as_posthog_writes_it() -> None:
    props: dict[str, Json] = {
        "query": {"kind": "EventsQuery", "select": ["event"]},
        "title": 'a "b"\nc',
        "height": 200,
        "isDefault": True,
        "open": False,
        "children": None,
    }
    assert write_tag("Query", props) == (
        '<Query query={{"kind":"EventsQuery","select":["event"]}} title="a \\"b\\"\\nc"'
        " height={200} isDefault open={false} children={null} />"
    )
    assert write_tag("Paragraph", {}) == "<Paragraph />"
    assert write_tag("Cell", {"colspan": 2}, closed=False) == "<Cell colspan={2}>"


def test_a_tag_over_lines_is_as_a_person_would_write_it() -> None:
    props: dict[str, Json] = {
        "query": {"kind": "DataTableNode", "source": {"kind": "HogQLQuery", "query": "a\n\n b"}},
        "title": "a short one",
        "code": "x = `1`\nif x:\n    y = '\\n'\n",
        "small": ["a", "b"],
        "ids": ["0123456789" * 3, "0123456789" * 3],
        "lines": ["\n"],
        "raw": "a\r\nb",
    }
    text = write_tag("Query", props, over_lines=True)
    assert (
        text
        == r"""<Query query={{
  "kind": "DataTableNode",
  "source": {
    "kind": "HogQLQuery",
    "query": `
      a

       b
    `
  }
}} title="a short one" code={`
  x = \`1\`
  if x:
      y = '\\n'

`} small={["a","b"]} ids={[
  "012345678901234567890123456789",
  "012345678901234567890123456789"
]} lines={[
  `


  `
]} raw="a\r\nb" />"""
    )
    assert only(text) == props


@pytest.mark.parametrize("text", ["&lt;", "a &amp;lt; b", "&#39;", "&quot;&apos;&gt;"])
def test_a_text_with_an_entity_stands_in_braces(text: str) -> None:
    written = write_tag("Embed", {"title": text})
    assert written == f'<Embed title={{"{text}"}} />'
    assert only(written) == {"title": text}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('"a \\"b\\" \\u00e9\\n"', 'a "b" é\n'),
        ('"&lt;a&gt; &amp;lt; &quot;&#39;&apos; &nbsp;"', "<a> &lt; \"'' &nbsp;"),
        ('"C:\\path \\"x\\""', 'C:path "x"'),
        ('"a\nb"', "a\nb"),
        ("'a \"b\" \\n &lt;'", 'a "b" n <'),
        ("''", ""),
        ('{"&lt;"}', "&lt;"),
        ('{ "a" }', "a"),
        ("{true}", True),
        ("{\n null\n}", None),
        ("{-1.50}", -1.5),
        ('{{"a": "}"}}', {"a": "}"}),
        ("{[1, `}`]}", [1, "}"]),
        ("{`\n  a 'b' {\n`}", "a 'b' {"),
        ("12", 12),
        ("-1.5", -1.5),
        ("true", True),
        ("null", None),
        ("word", "word"),
        ("sql_df.x", "sql_df.x"),
    ],
)
def test_a_prop_is_read_as_posthog_reads_it(source: str, value: Json) -> None:
    for tag in (f"<A x={source} />", f"<A x = {source}/>", f"<A\nx=\n{source}\n>"):
        assert canonical(only(tag)) == canonical({"x": value})


def test_props_may_stand_on_lines_of_their_own() -> None:
    assert read_tag('<Query\n  id="a"\n\tpinned\n  height=2\n/> x', 0) == Tag(
        "Query", {"id": "a", "pinned": True, "height": 2}, closed=True, end=37
    )


def test_a_name_alone_is_true() -> None:
    assert only("<A b c/>") == {"b": True, "c": True}
    assert only("<A b= 'x'c>") == {"b": "x", "c": True}


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("<", 1, "begins no tag"),
        ("<query />", 1, "<query /> begins no tag"),
        ("<Query", 1, "begins no tag"),
        ("<Query-x />\nmore", 1, "<Query-x /> begins no tag"),
        ("</Query>", 1, "begins no tag"),
        ("<Query ", 1, "<Query> never ends"),
        ('<Query a="b"', 1, "<Query> never ends"),
        ('<Query a="b"\n\nc />', 1, "<Query> never ends"),
        ('<Query a="b"\n<Query />', 2, "stands <Query /> where"),
        ("<Query a={1}\n / >", 2, "stands / > where"),
        ("<Query 1a />", 1, "stands 1a /> where"),
        ("<Query a=\n/>", 2, "The prop a of <Query> has no value"),
        ("<Query\na=`x` />", 2, "The prop a of <Query> has no value"),
        ('<Query a="b />', 1, "or one that never ends"),
        ("<Query a=007 />", 1, "The prop a of <Query> is no number"),
        ("<Query\na={oops} />", 2, "The prop a of <Query> is no JSON"),
        ("<Query a={} />", 1, "The prop a of <Query> is empty"),
        ('<Query a={{\n"b": 1,\n}} />', 3, "The prop a of <Query> is no JSON"),
        ("<Query a={{\n}", 1, "The prop a of <Query> never ends"),
        ('<Query a={\n"b} />', 2, "a quote that is never closed"),
        ("<Query a={1\n 2} />", 1, "more than one value"),
        ("<Query a={[\n1e999]} />", 2, "1e999"),
        ("<Query a={1}\nb a />", 2, "The prop a stands twice in <Query>"),
    ],
)
def test_what_is_no_tag_is_refused_with_its_line(source: str, line: int, words: str) -> None:
    for before in ("", "x\n\n"):
        error = refusal(before + source, len(before))
        assert words in error.message
        assert error.line == line + before.count("\n")


def test_the_end_of_a_tag_needs_no_values_that_can_be_read() -> None:
    assert tag_end("<A a={oops} a={1 2} /> x", 0) == 22


def test_names_of_props_begin_with_a_letter_and_have_no_odd_characters() -> None:
    assert are_props({"nodeId": 1, "_a-b": 2, "__init": None})
    for name in ("", "1a", "a b", "é", "a.b", "a\n", "-a"):
        assert not are_props({"a": 1, name: 1})


@pytest.mark.parametrize("filler", ['"', "{", "`", "\\", "<A ", "}", "a ", "a=", "\n", "{}", "''"])
def test_a_long_line_of_anything_is_read_or_refused(filler: str) -> None:
    many = filler * (200_000 // len(filler))
    for source in (f"<A {many}", f"<A a={{{many}}} />", f'<A a="{many}" />', f"<A a={{`{many}`}}>"):
        read = read_or_refusal(source)
        assert tag_end(source, 0) == read.end if isinstance(read, Tag) else read.line


@pytest.mark.parametrize("over_lines", [False, True])
def test_a_prop_of_a_megabyte_makes_the_trip(*, over_lines: bool) -> None:
    props: dict[str, Json] = {
        "code": '`"\\{\n' * 200_000,
        "rows": [{"a": [1, "b\nc"]}] * 10_000,
        "title": "x" * 1_000_000,
    }
    assert only(write_tag("Query", props, over_lines=over_lines)) == props
