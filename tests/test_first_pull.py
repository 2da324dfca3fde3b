"""A first pull of 130 notebooks with odd titles and bodies, and the quiet that follows it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mirrors import asked, go, opened, pages, sync, touched
from nbsync import formats
from nbsync.model import Json, Notebook, Page
from nbsync.sandbox import Sandbox
from nbsync.sync import Mirror, run

TITLES: list[str | None] = [
    None,
    "",
    "null",
    "~",
    "123",
    "0x12ab34",
    "01234567",
    "1e3",
    "yes",
    "2024-01-01",
    "2024-01-01T00:00:00Z",
    "a: b",
    "- a list?",
    "# a heading",
    "'single' \"double\"",
    "back\\slash",
    "#hash",
    "@at `tick` %percent &and *star !bang",
    "{curly} [square]",
    "two\nlines",
    "tab\there",
    "crlf\r\nhere",
    "emoji 🦔 and 👩‍👩‍👧‍👦",
    "variation ❤️",
    "ünïcödé ﬁ ΑΩ 日本語",
    "right-to-left \u202eevil\u202c",
    "line separator \u2028 here",
    "next line \x85 and bell \x07 and delete \x7f",
    "no-break\u00a0space",
    "\ufeffbom",
    "x" * 256,
    "🦔" * 256,
    "---",
    "...",
    "con",
    "../../etc/passwd",
    "a/b\\c",
    "<script>alert(1)</script>",
    "trailing dot.",
]
BODIES = [
    "",
    "\n",
    "\n\n\n",
    " ",
    "text",
    "text\n",
    "text\n\n",
    "# Heading\n\nText",
    "# Heading with *marks* and `code`\n\nText\n",
    "windows\r\nline\r\nends",
    "windows to the end\r\n",
    "mixed\r\nline\nends\r",
    "\r",
    "---\nshort_id: other\n---\n\nfront matter in the body",
    "---",
    "a line of one space\n \nis an empty paragraph",
    "ends in one space line\n\n ",
    "trailing spaces   \nand tabs\t\n",
    "line\u2028separator\u2029and\x85next line",
    "\ufeffbom at the start",
    "zero width\u200b joiner\u200d",
    "🦔" * 500,
    "```\n# not a heading\n```\n",
    '<Query query={{"kind":"DataTableNode"}} />',
    "<Query\n\n\nquery={1}\n/>",
    "# One\n\n# Two\n",
    "> # quoted",
    "<!-- # comment -->\n\n# Real",
    "a\x0bvertical\x0cform",
    "<<<<<<< only the start of a marker",
    "=======\n",
    "\\# escaped",
    "x" * 100_000,
]


def seed(sandbox: Sandbox, number: int = 130) -> dict[str, str]:
    """Notebooks with every odd title and every odd body; the bodies by id."""
    bodies = {}
    for index in range(number):
        short_id = f"n{index:04}Xy"
        body = BODIES[index % len(BODIES)]
        title = TITLES[index % len(TITLES)]
        sandbox.seed(short_id=short_id, title=title, content=sandbox.markdown(body))
        bodies[short_id] = body
    return bodies


@pytest.mark.parametrize("form", ["markdown", "json"])
def test_130_odd_notebooks_make_a_page_each_and_a_second_pull_is_one_request(
    sandbox: Sandbox, tmp_path: Path, form: str
) -> None:
    bodies = seed(sandbox)
    report = go(tmp_path, sandbox, "pull", form=form)
    assert report.problems == () == report.unreadable
    assert len(report.changes) == 130 == len(pages(tmp_path))
    assert len(asked(sandbox)) == 1 + 1 + 130

    with opened(tmp_path, sandbox) as mirror:
        for short_id, body in bodies.items():
            suffix = ".md" if form == "markdown" else ".json"
            page = mirror.local.read(short_id, f"{short_id}{suffix}")
            base = mirror.store.base(short_id)
            assert isinstance(page, Page)
            assert base is not None
            notebook = formats.parse(page.text, suffix, like=base.record.notebook)
            assert formats.markdown_of(notebook.content) == body
            assert notebook.title == sandbox.record(short_id)["title"]
            if form == "markdown":
                raw = (tmp_path / page.path).read_bytes().decode()
                assert raw.endswith(body if body.endswith(("\n", "\r")) else f"{body}\n")
    asked(sandbox)

    before = touched(tmp_path)
    assert quiet(tmp_path, sandbox, form)
    assert asked(sandbox) == [("GET", f"?{HEAD}")]
    after = touched(tmp_path)
    assert without_cache(before) == without_cache(after)

    for path in tmp_path.glob(".nbsync/index.sqlite3*"):
        path.unlink()
    assert quiet(tmp_path, sandbox, form)
    assert [method for method, _ in asked(sandbox)] == ["GET"]
    assert without_cache(before) == without_cache(touched(tmp_path))


@pytest.mark.parametrize("form", ["markdown", "json"])
def test_the_page_of_a_new_notebook_is_of_the_kind_that_is_chosen_for_it(form: str) -> None:
    bodies = [formats.document_of(body) for body in BODIES]
    odd: list[Json] = [None, [], {"type": "doc", "content": [{"type": "x"}]}, {"type": "y"}, 1]
    for index, content in enumerate([*bodies, *odd]):
        notebook = Notebook(TITLES[index % len(TITLES)], content)
        suffix, text = formats.page_for(notebook, "nb1", form)
        assert suffix == formats.suffix_for(notebook, form)
        assert text == formats.render(notebook, "nb1", suffix)
        assert formats.parse(text, suffix, like=notebook) == notebook


HEAD = "limit=100&offset=0"


def quiet(root: Path, sandbox: Sandbox, form: str) -> bool:
    report = sync(root, sandbox, form=form)
    return not (report.changes or report.problems or report.unreadable or report.conflicts)


def without_cache(
    files: dict[str, tuple[int, int, int, str]],
) -> dict[str, tuple[int, int, int, str]]:
    cache = ("index.sqlite3", "lock")
    return {name: stat for name, stat in files.items() if not any(part in name for part in cache)}


def test_base_records_hold_what_the_api_returned(sandbox: Sandbox, tmp_path: Path) -> None:
    bodies = seed(sandbox)
    go(tmp_path, sandbox, "pull")
    for short_id in bodies:
        base = json.loads((tmp_path / ".nbsync/base" / f"{short_id}.json").read_bytes())
        record = sandbox.record(short_id)
        kept = base["record"]
        assert kept["content"] == record["content"]
        for name in ("id", "short_id", "title", "text_content", "version", "deleted"):
            assert kept[name] == record[name]
        for name in ("created_at", "last_modified_at", "parent_resource"):
            assert kept[name] == record[name]
        assert kept["created_by"] == {
            "uuid": record["created_by"]["uuid"],
            "name": "Ana",
            "email": "ana@example.com",
        }
        assert "user_access_level" not in kept


def test_losing_all_of_the_state_costs_requests_and_touches_no_page(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    import shutil

    seed(sandbox)
    go(tmp_path, sandbox, "pull")
    before = {path: stat for path, stat in touched(tmp_path).items() if ".nbsync" not in path}
    shutil.rmtree(tmp_path / ".nbsync")
    report = sync(tmp_path, sandbox)
    assert not (report.problems or report.conflicts or report.changes)
    after = {path: stat for path, stat in touched(tmp_path).items() if ".nbsync" not in path}
    assert before == after
    asked(sandbox)
    assert quiet(tmp_path, sandbox, "markdown")
    assert len(asked(sandbox)) == 1


class Editing:
    """A server on which a notebook is edited right after the first one was fetched."""

    def __init__(self, remote: Any, sandbox: Sandbox, which: str = "") -> None:
        self._remote = remote
        self._sandbox = sandbox
        self._which = which
        self._done = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._remote, name)

    def fetch(self, short_ids: Iterable[str]) -> Iterator[tuple[str, Any]]:
        for short_id, answer in self._remote.fetch(short_ids):
            yield short_id, answer
            if not self._done:
                self._done = True
                edited = self._which or short_id
                self._sandbox.write(edited, content=self._sandbox.markdown("Edited meanwhile."))


def test_what_is_edited_during_a_first_pull_is_there_at_its_end(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    seed(sandbox, 5)
    with opened(tmp_path, sandbox) as mirror:
        remote: Any = Editing(mirror.remote, sandbox)
        run(Mirror(mirror.local, remote, mirror.store), pull=True)
    assert sum("Edited meanwhile." in text for text in pages(tmp_path).values()) == 1
    asked(sandbox)
    assert quiet(tmp_path, sandbox, "markdown")
    assert len(asked(sandbox)) == 1


def test_a_first_pull_of_one_notebook_brings_no_other_that_was_edited_meanwhile(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    one, other = seed(sandbox, 2)
    with opened(tmp_path, sandbox) as mirror:
        remote: Any = Editing(mirror.remote, sandbox, other)
        run(Mirror(mirror.local, remote, mirror.store), pull=True, only=[one])
    assert list(pages(tmp_path)) == [f"{one}.md"]
