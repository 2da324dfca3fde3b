"""open and edit: the browser and the editor, and that nothing that was written is ever lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands import Answer, Person, edit_there, person, seed
from memory import MemoryDirectory, MemoryStore
from memory_server import MemoryServer
from mirrors import asked, edit, markdown_on, opened, pages
from nbsync.cli.demo import environment
from nbsync.errors import FormatError, NbsyncError, PreconditionFailed
from nbsync.model import Page
from nbsync.sandbox import Sandbox
from nbsync.sync import Mirror
from nbsync.sync.editing import page_of, take_in

ID, PAGE = "note0001", "note0001.md"
HEAD = ("GET", "?limit=100&offset=0")
Writes = Callable[[str], None]


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody with a mirror of two notebooks, in whose folder she stands."""
    seed(sandbox, ID, "# One\n\nFirst.\n\nSecond.\n\nThird.")
    seed(sandbox, "note0002", "# Two\n\nA line.")
    who = person(tmp_path, sandbox, monkeypatch)
    for name in ("VISUAL", "EDITOR", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(who.folder)
    who.begins()
    return who


@pytest.fixture
def writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Writes:
    """Makes a shell script the editor; `$1` is the file."""

    def write(script: str) -> None:
        (tmp_path / "my editor").write_text(f"set -e\n{script}\n")
        monkeypatch.setenv("EDITOR", f"sh '{tmp_path}/my editor'")

    return write


def change(old: str, new: str, file: str = '"$1"') -> str:
    """A line of shell that changes a file as editors do: a new one takes its place."""
    return f"sed 's/{old}/{new}/' {file} > changed.tmp; mv changed.tmp {file}"


def copies(who: Person) -> dict[str, str]:
    folder = who.folder / ".nbsync" / "edits"
    return {path.name: path.read_text() for path in sorted(folder.glob("*"))}


def kept(who: Person, answer: Answer, *, code: int = 4) -> str:
    """What was written, as it is kept and named; nothing else happened."""
    assert answer.code == code
    [(name, text)] = copies(who).items()
    assert f"What you wrote is kept in .nbsync/edits/{name}" in answer.err
    assert (
        f"next: nbsync edit {ID}   # and take over what you want from .nbsync/edits/{name}\n"
        in (answer.err)
    )
    return text


def page(who: Person, name: str = PAGE) -> str:
    return (who.folder / name).read_text()


# --- edit ------------------------------------------------------------------------------------


def test_an_edit_is_pulled_written_and_pushed_in_two_requests(ana: Person, writes: Writes) -> None:
    writes(change("Second", "Second, here"))
    answer = ana.types("edit", "One")
    assert answer.screen == (
        f"-> update  {PAGE}  One  (version 1)\n"
        "edit: changed 1 in PostHog; 2 notebooks, 2 requests.\n"
    )
    assert (answer.code, asked(ana.sandbox)) == (0, [HEAD, ("PATCH", f"{ID}/")])
    assert "Second, here." in page(ana)
    assert "Second, here." in markdown_on(ana.sandbox, ID)
    assert copies(ana) == {}
    assert "nothing to do" in ana.types("sync").err


def test_what_is_new_in_posthog_is_in_the_copy(ana: Person, writes: Writes) -> None:
    edit_there(ana.sandbox, ID, "First", "First, there")
    writes(change("First, there", "First, there and here"))
    answer = ana.types("edit", ID)
    assert answer.out.startswith(f"<- update  {PAGE}  One  (version 1)\n-> update  {PAGE}")
    assert "First, there and here." in markdown_on(ana.sandbox, ID)


def test_nothing_written_is_nothing_sent(ana: Person, writes: Writes) -> None:
    writes("true")
    answer = ana.types("edit", PAGE)
    assert answer.screen == f"{PAGE}: unchanged, nothing was sent.\n"
    assert (answer.code, asked(ana.sandbox), copies(ana)) == (0, [HEAD], {})
    assert ana.types("edit", ID, "-q").screen == ""


def test_with_json_it_is_one_document_whatever_the_editor_prints(
    ana: Person, writes: Writes, capfd: pytest.CaptureFixture[str]
) -> None:
    edit_there(ana.sandbox, ID, "First", "First, there")
    writes("echo hello from the editor; " + change("Second", "Second, here"))
    said = ana.types("edit", ID, "--json").document
    assert (said["type"], said["problems"], said["requests"]) == ("nbsync.edit", [], 3)
    assert [(each["side"], each["action"]) for each in said["changes"]] == [
        ("local", "update"),
        ("remote", "update"),
    ]
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "hello from the editor\n")
    writes("true")
    assert ana.types("edit", ID, "--json").document["changes"] == []


def test_visual_goes_before_editor_and_an_empty_one_is_none(
    ana: Person, writes: Writes, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes(change("Second", "Second, here"))
    monkeypatch.setenv("VISUAL", "false")
    assert "The editor false ended with 1" in ana.types("edit", ID).err
    monkeypatch.setenv("VISUAL", " ")
    assert ana.types("edit", ID).code == 0
    assert "Second, here." in page(ana)


@pytest.mark.parametrize("usual", ["vi", "nano"])
def test_without_either_it_is_vi_or_else_nano(
    ana: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, usual: str
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / usual).write_text('#!/bin/sh\necho "More." >> "$1"\n')
    (tmp_path / "bin" / usual).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert ana.types("edit", ID).code == 0
    assert page(ana).endswith("More.\n")


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (None, "No editor is known"),
        ("no-such-editor -w", "$EDITOR is 'no-such-editor -w', which cannot be started."),
        ("code '--wait", "$EDITOR cannot be understood"),
    ],
)
def test_without_an_editor_nothing_is_begun(
    ana: Person, monkeypatch: pytest.MonkeyPatch, said: str | None, error: str
) -> None:
    if said is None:
        monkeypatch.setenv("PATH", str(ana.folder))
    else:
        monkeypatch.setenv("EDITOR", said)
    answer = ana.types("edit", "note 1")
    assert answer.code == 2
    assert error in answer.err
    assert "next: EDITOR=nano nbsync edit 'note 1'\n" in answer.err
    assert asked(ana.sandbox) == []


def test_an_editor_that_is_no_program_is_an_error_and_leaves_nothing(
    ana: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken").write_text("#!/no/such/shell\n")
    (tmp_path / "broken").chmod(0o755)
    monkeypatch.setenv("EDITOR", str(tmp_path / "broken"))
    answer = ana.types("edit", ID)
    assert answer.code == 2
    assert "broken cannot be started: No such file or directory." in answer.err
    assert copies(ana) == {}


@pytest.mark.parametrize(
    ("ending", "how"), [("exit 3", "ended with 3"), ("kill -9 $$", "was killed by signal 9")]
)
def test_of_an_editor_that_fails_what_was_written_is_kept(
    ana: Person, writes: Writes, ending: str, how: str
) -> None:
    before = page(ana)
    writes(change("Second", "Second, here") + f"; {ending}")
    answer = ana.types("edit", ID)
    assert "Second, here." in kept(ana, answer)
    assert how in answer.err
    assert page(ana) == before
    assert asked(ana.sandbox) == [HEAD]
    writes(ending)
    assert ana.types("edit", ID).code == 4
    assert list(copies(ana)) == [f"{ID}-1.md"]


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (change("short_id:", "nothing:"), "The short_id is gone"),
        ("echo text > $1", "The short_id is gone"),
        (change(ID, "other"), "has the short_id other, not note0001."),
        (change('"note0001"', "[1"), "-1.md, line 3."),
        ("printf '\\377' >> $1", "is not UTF-8."),
        (": > $1", "What you wrote is empty."),
        (
            "printf '<<<<<<< a\\n=======\\n>>>>>>> b\\n' >> $1",
            "Conflict markers stand in the page.",
        ),
        ("mv $1 $1.x; mkdir $1; mv $1.x $1/", "cannot be read"),
    ],
)
def test_what_is_no_page_is_kept_and_nothing_is_sent(
    ana: Person, writes: Writes, script: str, error: str
) -> None:
    before = page(ana)
    writes(script)
    answer = ana.types("edit", ID)
    assert answer.code == 4
    assert error in answer.err
    assert f"What you wrote is kept in .nbsync/edits/{ID}-1.md" in answer.err
    assert (ana.folder / f".nbsync/edits/{ID}-1.md").exists()
    assert page(ana) == before
    assert asked(ana.sandbox) == [HEAD]


def test_a_copy_that_was_removed_is_an_error(ana: Person, writes: Writes) -> None:
    writes("rm $1")
    answer = ana.types("edit", ID)
    assert answer.code == 4
    assert f".nbsync/edits/{ID}-1.md cannot be read" in answer.err


def test_kept_copies_are_never_overwritten(ana: Person, writes: Writes) -> None:
    writes("echo one > $1")
    ana.types("edit", ID)
    writes("echo two > $1")
    ana.types("edit", ID)
    writes(change("Second", "Second, here"))
    assert ana.types("edit", ID).code == 0
    assert copies(ana) == {f"{ID}-1.md": "one\n", f"{ID}-2.md": "two\n"}


def test_what_comes_into_the_page_meanwhile_is_merged(ana: Person, writes: Writes) -> None:
    writes(change("Third", "Third, mine") + f"; {change('First', 'First, meanwhile', PAGE)}")
    assert ana.types("edit", ID).code == 0
    assert "First, meanwhile.\n\nSecond.\n\nThird, mine." in page(ana)
    assert "First, meanwhile.\n\nSecond.\n\nThird, mine." in markdown_on(ana.sandbox, ID)
    history = (ana.folder / ".nbsync/history" / ID).glob("page-*")
    assert any("First, meanwhile.\n\nSecond.\n\nThird.\n" in each.read_text() for each in history)
    assert copies(ana) == {}


def test_the_lock_is_free_while_the_editor_runs(ana: Person, writes: Writes) -> None:
    command = f"'{sys.executable}' -m nbsync push"
    writes(f"{change('First', 'First, meanwhile', PAGE)}; {command}; {change('Third', 'Mine')}")
    assert ana.types("edit", ID).code == 0
    assert ana.sandbox.record(ID)["version"] == 2
    assert "First, meanwhile.\n\nSecond.\n\nMine." in markdown_on(ana.sandbox, ID)


def test_what_overlaps_is_kept_and_the_page_stays(ana: Person, writes: Writes) -> None:
    writes(change("First", "Mine") + f"; {change('First', 'Meanwhile', PAGE)}")
    answer = ana.types("edit", ID)
    assert "Mine." in kept(ana, answer)
    assert f"{PAGE} was changed in the same places while you wrote." in answer.err
    assert "Meanwhile." in page(ana)


def test_keys_of_ones_own_in_the_front_matter_are_merged_too(ana: Person, writes: Writes) -> None:
    edit(ana.folder / PAGE, "---\n\n", "mine: a\nours: a\n---\n\n")
    writes(change("mine: a", "mine: b") + f"; {change('Third', 'Third, meanwhile', PAGE)}")
    assert ana.types("edit", ID).code == 0
    assert "mine: b\nours: a\n---" in page(ana)
    assert "Third, meanwhile." in page(ana)
    writes(change("First", "First, mine") + f"; {change('ours: a', 'ours: b', PAGE)}")
    assert ana.types("edit", ID).code == 0
    assert "mine: b\nours: b\n---" in page(ana)
    assert "First, mine." in page(ana)
    writes(change("mine: b", "mine: c") + f"; {change('mine: b', 'mine: d', PAGE)}")
    assert "mine: c" in kept(ana, ana.types("edit", ID))
    assert "mine: d" in page(ana)


def test_a_page_that_went_missing_meanwhile_is_not_made_anew(ana: Person, writes: Writes) -> None:
    writes(f"rm {PAGE}; " + change("First", "Mine"))
    answer = ana.types("edit", ID)
    assert "Mine." in kept(ana, answer)
    assert f"The page of notebook {ID} is missing." in answer.err


def test_an_edit_of_the_same_place_in_posthog_meanwhile_leaves_the_page_with_the_edit(
    ana: Person, writes: Writes
) -> None:
    writes(change("First", "Mine"))
    ana.sandbox.fault(method="PATCH", status=409)
    answer = ana.types("edit", ID)
    assert answer.code == 0  # fetched, equal to base, sent again
    ana.sandbox.clear()
    writes(change("Mine", "Mine, again") + "; " + ben_writes(ana, "Mine.", "Theirs."))
    answer = ana.types("edit", ID)
    assert answer.code == 5
    assert "conflict:" in answer.err
    assert f"Your edit is in {PAGE}.\n" in answer.err
    assert "Mine, again." in page(ana)
    assert copies(ana) == {}
    answer = ana.types("edit", ID)
    assert answer.code == 5
    assert f"nbsync resolve {ID} --edit" in answer.err
    assert copies(ana) == {}


def ben_writes(who: Person, old: str, new: str) -> str:
    """A line of shell by which Ben edits the notebook in his browser."""
    del old
    body = who.sandbox.markdown(f"# One\n\n{new}\n\nSecond.\n\nThird.")
    url = f"{who.sandbox.url}/api/projects/{who.sandbox.project}/notebooks/{ID}/"
    version = who.sandbox.record(ID)["version"]
    script = (
        f"import httpx; httpx.patch({url!r}, json=dict(content={body!r}, version={version}), "
        f"headers=dict(Authorization={'Bearer ' + who.sandbox.second_key!r})).raise_for_status()"
    )
    return f"'{sys.executable}' -c \"{script}\""


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_without_a_server_the_page_holds_the_edit(
    ana: Person, writes: Writes, words: tuple[str, ...]
) -> None:
    answer = offline(ana, writes, *words)
    assert answer.code == 7
    assert "Second, here." in page(ana)
    assert "Second." in markdown_on(ana.sandbox, ID)
    assert f"Your edit is in {PAGE}." in answer.screen
    assert f"; then: nbsync push {ID}" in answer.screen
    assert ("You edit the page as it is here." in answer.err) is (not words)
    assert copies(ana) == {}
    ana.sandbox.clear()
    assert ana.types("push").code == 0
    assert "Second, here." in markdown_on(ana.sandbox, ID)


def offline(who: Person, writes: Writes, *words: str) -> Answer:
    who.sandbox.fault(status=429, headers={"Retry-After": "3600"}, times=None)
    writes(change("Second", "Second, here"))
    return who.types("edit", ID, *words)


def test_without_a_server_and_without_a_page_there_is_nothing_to_edit(
    ana: Person, writes: Writes
) -> None:
    (ana.folder / PAGE).unlink()
    answer = offline(ana, writes)
    assert answer.code == 7
    assert "kept" not in answer.err


def test_a_push_that_is_refused_is_told_and_the_page_holds_the_edit(
    ana: Person, writes: Writes
) -> None:
    writes(change("Second", "Second, here"))
    ana.sandbox.fault(method="PATCH", status=409, times=None)
    answer = ana.types("edit", ID)
    assert answer.code == 4
    assert f"Your edit is in {PAGE}.\n" in answer.err
    assert "Second, here." in page(ana)


def test_a_json_page_is_edited_as_json(ana: Person, writes: Writes) -> None:
    odd = {"type": "page", "content": [{"type": "paragraph", "content": []}]}
    ana.sandbox.seed(short_id="odd00001", title="Old", content=odd)
    writes('case "$1" in *.json) ;; *) exit 1; esac; ' + change('"Old"', '"New"'))
    assert ana.types("edit", "odd00001").code == 0
    assert ana.sandbox.record("odd00001")["title"] == "New"
    writes(change('"New"', '"Newer"') + "; " + change("paragraph", "heading", "odd00001.json"))
    assert ana.types("edit", "odd00001").code == 0
    assert ana.sandbox.record("odd00001")["title"] == "Newer"
    assert ana.sandbox.record("odd00001")["content"]["content"][0]["type"] == "heading"


def test_a_rich_text_page_is_edited_as_markdown(ana: Person, writes: Writes) -> None:
    words = [{"type": "text", "text": "Old"}]
    heading = {"type": "heading", "attrs": {"level": 1, "id": "t1"}, "content": words}
    content = {"type": "doc", "content": [heading, {"type": "paragraph"}]}
    ana.sandbox.seed(short_id="rich0001", title="Old", content=content)
    writes('case "$1" in *.md) ;; *) exit 1; esac; ' + change("# Old", "# New"))
    assert ana.types("edit", "rich0001").code == 0
    record = ana.sandbox.record("rich0001")
    assert record["title"] == "New"
    assert record["content"]["content"][0] == {**heading, "content": [{**words[0], "text": "New"}]}
    assert record["content"]["content"][1] == {"type": "paragraph"}


def test_a_notebook_that_is_not_here_yet_is_pulled_first(ana: Person, writes: Writes) -> None:
    seed(ana.sandbox, "new00001", "# New\n\nText.")
    writes(change("Text", "Words"))
    answer = ana.types("edit", "new00001")
    assert answer.out.startswith("<- create  new00001.md  New")
    assert "Words." in markdown_on(ana.sandbox, "new00001")


def test_a_new_page_is_edited_and_created(ana: Person, writes: Writes) -> None:
    assert ana.types("new", "Launch review").code == 0
    [name] = pages(ana.folder).keys() - {PAGE, "note0002.md"}
    writes('echo "Words." >> "$1"')
    assert ana.types("edit", name).out.startswith(f"-> create  {name}  Launch review")


@pytest.mark.parametrize(
    ("name", "code", "error", "hint"),
    [
        ("zzzzzzzz", 2, "No notebook is called 'zzzzzzzz'", "nbsync list"),
        ("note0002", 4, "The page of notebook note0002 is missing.", "nbsync restore note0002"),
        ("note0003", 4, "Notebook note0003 was deleted in PostHog.", "nbsync log note0003"),
        ("note0004", 4, "note0004.md", "save"),
    ],
)
def test_what_is_no_page_is_not_edited(
    ana: Person, writes: Writes, name: str, code: int, error: str, hint: str
) -> None:
    seed(ana.sandbox, "note0003", "# Three")
    seed(ana.sandbox, "note0004", "# Four")
    assert ana.types("pull").code == 0
    (ana.folder / "note0002.md").unlink()
    (ana.folder / "note0004.md").write_bytes(b"\xff")
    ana.sandbox.write("note0003", deleted=True)
    writes("echo nobody should see this")
    answer = ana.types("edit", name)
    assert (answer.code, error in answer.err, f"next: {hint}" in answer.err) == (code, True, True)
    assert copies(ana) == {}


def test_a_linked_folder_of_copies_is_refused(ana: Person, writes: Writes, tmp_path: Path) -> None:
    (ana.folder / ".nbsync/edits").symlink_to(tmp_path)
    writes("true")
    answer = ana.types("edit", ID)
    assert answer.code == 2
    assert "symbolic link" in answer.err


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_ended_while_the_editor_runs_says_where_the_text_is(
    ana: Person, writes: Writes, ending: signal.Signals
) -> None:
    writes(change("Second", "Second, here") + "; echo ready; exec sleep 60")
    with subprocess.Popen(
        [sys.executable, "-m", "nbsync", "edit", ID],
        env=environment(ana.sandbox) | {"EDITOR": os.environ["EDITOR"]},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)  # the editor's own business
        process.send_signal(ending)
        _, said = process.communicate()
    assert process.returncode == 130
    assert f"What you wrote is kept in .nbsync/edits/{ID}-1.md.\n" in said
    assert "Second, here." in copies(ana)[f"{ID}-1.md"]
    assert f".nbsync/edits/{ID}-1.md is open in an editor, or" in ana.types("status").out
    writes(change("Third", "Third, here"))
    said = ana.types("edit", ID).err
    assert f"An earlier copy of this page is still in .nbsync/edits/{ID}-1.md." in said


# --- taking a text in ------------------------------------------------------------------------


def test_a_text_that_changes_nothing_writes_nothing(ana: Person) -> None:
    before = (ana.folder / PAGE).stat()
    with opened(ana.folder, ana.sandbox) as mirror:
        copied = Page(ID, PAGE, page(ana))
        assert take_in(mirror, copied, page(ana)) == copied
    after = (ana.folder / PAGE).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_page_that_became_one_of_another_kind_takes_no_text_in(ana: Person) -> None:
    text = page(ana)
    with opened(ana.folder, ana.sandbox) as mirror:
        (ana.folder / PAGE).rename(ana.folder / "note0001.json")
        (ana.folder / "note0001.json").write_text(
            '{"short_id": "note0001", "title": "One", "content": {}}'
        )
        with pytest.raises(PreconditionFailed, match="same places"):
            take_in(mirror, Page(ID, PAGE, text), text.replace("First", "Mine"))


def test_a_text_of_another_notebook_is_refused(ana: Person) -> None:
    with opened(ana.folder, ana.sandbox) as mirror:
        text = page(ana)
        with pytest.raises(FormatError, match="note0002"):
            take_in(mirror, Page(ID, PAGE, text), page(ana, "note0002.md"))


def test_what_was_never_heard_of_has_no_page(ana: Person) -> None:
    with (
        opened(ana.folder, ana.sandbox) as mirror,
        pytest.raises(NbsyncError, match="There is no notebook zzz here") as found,
    ):
        page_of(mirror, "zzz")
    assert found.value.hint == "nbsync list"


LINES = [f"Line {number}." for number in range(6)]
Edits = st.dictionaries(st.integers(0, 5), st.sampled_from(["", "Else.", "One.\n\nTwo."]))


def edited(edits: dict[int, str], by: str) -> tuple[str, set[str]]:
    """A page with some of its lines replaced, and the words that only it has."""
    lines = [f"{edits[at]} ({by} {at})" if edits.get(at) else LINES[at] for at in range(6)]
    kept = [line for at, line in enumerate(lines) if edits.get(at) != ""]
    return f'---\nshort_id: "{ID}"\n---\n\n' + "\n\n".join(kept) + "\n", {
        f"({by} {at})" for at, text in edits.items() if text
    }


@given(mine=Edits, theirs=Edits)
def test_taken_in_are_both_sides_words_or_nothing(
    mine: dict[int, str], theirs: dict[int, str]
) -> None:
    copied = Page(ID, PAGE, edited({}, "nobody")[0])
    written, my_words = edited(mine, "me")
    now, their_words = edited(theirs, "they")
    directory, store = MemoryDirectory({PAGE: now}), MemoryStore()
    try:
        page = take_in(Mirror(directory, MemoryServer(), store), copied, written)
    except (FormatError, PreconditionFailed):
        assert directory.files == {PAGE: now}
        return
    assert directory.files == {PAGE: page.text}
    assert all(word in page.text for word in my_words | their_words)
    untouched = [line for at, line in enumerate(LINES) if at not in mine.keys() | theirs.keys()]
    assert all(line in page.text for line in untouched)
    assert page.text == now or now in store.history[ID][0]


# --- open ------------------------------------------------------------------------------------


def address(who: Person, short_id: str = ID) -> str:
    return f"{who.sandbox.url}/project/1/notebooks/{short_id}"


def test_the_address_is_printed_without_a_key_or_a_request(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POSTHOG_PERSONAL_API_KEY")
    answer = ana.types("open", "One", "--print")
    assert (answer.code, answer.screen) == (0, f"{address(ana)}\n")
    said = ana.types("open", PAGE, "--json").document
    assert said == {
        "type": "nbsync.open",
        "schema": 1,
        "short_id": ID,
        "url": address(ana),
    }
    assert asked(ana.sandbox) == []


def test_the_browser_is_given_the_address(ana: Person, tmp_path: Path) -> None:
    (tmp_path / "browser").write_text(f'#!/bin/sh\necho "$1" > "{tmp_path}/opened"\n')
    (tmp_path / "browser").chmod(0o755)
    done = opens(ana, BROWSER=str(tmp_path / "browser"))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{address(ana)}\n", "")
    assert (tmp_path / "opened").read_text() == f"{address(ana)}\n"


def test_without_a_browser_the_address_is_printed_and_it_is_no_failure(
    ana: Person, tmp_path: Path
) -> None:
    done = opens(ana, PATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (0, f"{address(ana)}\n")
    assert done.stderr == "No browser could be started; set BROWSER to the one you use.\n"


def opens(who: Person, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `nbsync open` as a process of its own: Python looks for browsers once in each."""
    env = environment(who.sandbox) | variables
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        env.pop(name, None)
    return subprocess.run(
        [sys.executable, "-m", "nbsync", "open", ID],
        env=env,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_a_notebook_that_was_never_sent_has_no_address(ana: Person) -> None:
    assert ana.types("new", "Launch review").code == 0
    [name] = pages(ana.folder).keys() - {PAGE, "note0002.md"}
    answer = ana.types("open", name, "--print")
    assert (answer.code, answer.out) == (4, "")
    assert f"next: nbsync push {name.removesuffix('.md')}\n" in answer.err


def test_a_notebook_that_is_only_listed_has_one(ana: Person) -> None:
    seed(ana.sandbox, "new00001", "# New")
    assert ana.types("status").code == 0
    assert ana.types("open", "new00001", "--print").out == f"{address(ana, 'new00001')}\n"
