"""conflicts and resolve as they are typed, with merge tools and editors that are real programs."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from commands import Answer, Person, edit_there, person, seed
from mirrors import asked, edit, markdown_on
from nbsync.cli.demo import environment
from nbsync.sandbox import Sandbox

ONE, TWO, THREE = "note0001", "note0002", "note0003"
HOW_TO = Path(__file__).parents[1] / "docs" / "how-to" / "settle-a-conflict.md"
KEEP_BOTH = """awk '/^<<<<<<< /{inside=1; print "A line, settled."}
!inside{print} /^>>>>>>> /{inside=0}' "$M" > "$M.tmp" && mv "$M.tmp" "$M" """
Tool = Callable[[str], str]


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody in whose mirror one of two notebooks is in conflict."""
    seed(sandbox, ONE, "# One\n\nA line.\n\nThe end.")
    seed(sandbox, TWO, "# Two\n\nA line.")
    seed(sandbox, THREE, "# Three\n\nA line.")
    who = person(tmp_path, sandbox, monkeypatch)
    for name in ("VISUAL", "EDITOR", "NBSYNC_MERGETOOL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(who.folder)
    assert who.types("init", "--host", sandbox.url, "--project", sandbox.project).code == 0
    assert who.types("pull").code == 0
    clash(who, ONE)
    return who


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    """Writes a shell script, and gives the command that runs it."""

    def write(script: str) -> str:
        path = tmp_path / "a tool"
        path.write_text(f'set -e\nfor M in "$@"; do :; done\n{script}\n')
        return f"sh {shlex.quote(str(path))}"

    return write


@pytest.fixture
def editor(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a shell script the editor; `$M` is the file."""
    return lambda script: monkeypatch.setenv("EDITOR", tool(script))


def clash(who: Person, *short_ids: str) -> None:
    for short_id in short_ids:
        edit(who.folder / f"{short_id}.md", "A line.", "My line.")
        edit_there(who.sandbox, short_id, "A line.", "His line.")
    assert who.types("sync").code == 5
    asked(who.sandbox)


def laid(who: Person, short_id: str = ONE) -> Path:
    return who.folder / ".nbsync" / "conflicts" / short_id


def merged(who: Person, short_id: str = ONE) -> str:
    return (laid(who, short_id) / "merged.md").read_text()


def page(who: Person, short_id: str = ONE) -> str:
    return (who.folder / f"{short_id}.md").read_text()


def settle(who: Person, *short_ids: str) -> None:
    for short_id in short_ids:
        text = re.sub(r"(?s)<<<<<<< .*?>>>>>>> [^\n]*", "A line, settled.", merged(who, short_id))
        (laid(who, short_id) / "merged.md").write_text(text)


def copies(who: Person) -> dict[str, str]:
    folder = who.folder / ".nbsync" / "edits"
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_text() for path in sorted(found)}


def configure(who: Person, text: str) -> Path:
    path = who.folder.parent / "config" / "nbsync" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def kept(who: Person, answer: Answer, text: str) -> None:
    """What was written is kept where it is said to be, and nothing else happened."""
    where = f".nbsync/edits/{ONE}-merge-1/merged.md"
    assert f"What you wrote is kept in {where}." in answer.err
    assert f"   # and take over what you want from {where}\n" in answer.err
    assert text in copies(who)[f"{ONE}-merge-1/merged.md"]
    assert "is open in an editor" in who.types("status", "--offline").out


# --- conflicts ---------------------------------------------------------------------------------


def test_conflicts_say_who_when_how_much_where_and_what_next(ana: Person) -> None:
    answer = ana.types("conflicts")
    assert answer.code == 5
    assert re.fullmatch(
        rf"conflict: {ONE}\.md  One  \(1 region; version 1 by Ben, [-0-9]+ [:0-9]+ UTC\)\n"
        rf"  look: \.nbsync/conflicts/{ONE}/\n"
        rf"  next: nbsync resolve {ONE} --edit   # or --ours, --theirs\n",
        answer.out,
    )
    [told] = ana.types("conflicts", "--json").document["conflicts"]
    assert (ana.folder / told["files"] / "merged.md").exists()
    assert told["next"] == f"nbsync resolve {ONE} --edit   # or --ours, --theirs"
    assert (told["remote_by"], told["path"], told["title"]) == ("Ben", f"{ONE}.md", "One")
    assert (told["regions"], told["left"], told["outdated"]) == (1, 1, False)


def test_conflicts_follow_what_somebody_has_done_so_far(ana: Person) -> None:
    settle(ana, ONE)
    assert f"next: nbsync resolve {ONE} --merged   # no markers" in ana.types("conflicts").out
    edit(ana.folder / f"{ONE}.md", "The end.", "The end of it.")
    assert "next: nbsync sync   # the page was edited since" in ana.types("conflicts").out
    [told] = ana.types("conflicts", "--json").document["conflicts"]
    assert (told["left"], told["outdated"]) == (0, True)


def test_without_a_conflict_there_is_nothing_to_say(ana: Person) -> None:
    assert ana.types("resolve", "--all", "--theirs").code == 0
    assert ana.types("conflicts").screen == "No conflicts.\n"
    assert ana.types("conflicts", "-q").screen == ""
    assert ana.types("resolve", "--all", "--merged").screen == "No conflicts.\n"


# --- resolve -----------------------------------------------------------------------------------


def test_the_merged_text_is_taken_without_a_request_and_pushed(ana: Person) -> None:
    settle(ana, ONE)
    answer = ana.types("resolve", ONE, "--merged")
    assert answer.screen == f"<- merged  {ONE}.md  One  (version 1)\n  next: nbsync push\n"
    assert (answer.code, asked(ana.sandbox)) == (0, [])
    assert ana.types("push").code == 0
    assert markdown_on(ana.sandbox, ONE) == "# One\n\nA line, settled.\n\nThe end."
    assert not laid(ana).exists()


def test_marks_that_are_left_are_refused_with_their_line_and_what_to_type(ana: Person) -> None:
    before = page(ana)
    answer = ana.types("resolve", ONE, "--merged")
    assert answer.code == 4
    assert answer.err == (
        f"problem: .nbsync/conflicts/{ONE}/merged.md:7: Conflict markers are left in the text.\n"
        f"  next: nbsync resolve {ONE} --edit\n"
        "1 conflict left (nbsync conflicts).\n"
    )
    assert page(ana) == before


def test_in_bulk_each_is_settled_that_can_be(ana: Person) -> None:
    clash(ana, TWO, THREE)
    settle(ana, ONE, THREE)
    said = ana.types("resolve", "--all", "--merged", "--json")
    assert said.code == 4
    assert [each["short_id"] for each in said.document["changes"]] == [ONE, THREE]
    assert [each["short_id"] for each in said.document["problems"]] == [TWO]
    assert [each["short_id"] for each in said.document["conflicts"]] == [TWO]


def test_named_notebooks_are_settled_and_the_others_wait(ana: Person) -> None:
    clash(ana, TWO, THREE)
    settle(ana, ONE)
    answer = ana.types("resolve", ONE, "one", f"{ONE}.md", "--merged")
    assert answer.code == 5
    assert answer.err == "2 conflicts left (nbsync conflicts).\n  next: nbsync push\n"
    answer = ana.types("resolve", TWO, THREE, "--theirs", "-q")
    assert (answer.code, answer.screen) == (0, "")
    assert "His line." in page(ana, TWO)


@pytest.mark.parametrize(
    "words", [(), ("--ours", "--merged"), ("--edit", "--theirs"), ("--merged", "--edit")]
)
def test_there_is_exactly_one_way_to_settle(ana: Person, words: tuple[str, ...]) -> None:
    answer = ana.types("resolve", ONE, *words)
    assert answer.code == 2
    assert "takes one of --ours" in answer.err
    assert f"next: nbsync resolve {ONE} --edit   # or --merged, --ours, --theirs\n" in answer.err


# --- resolve --edit ------------------------------------------------------------------------------


def test_the_editor_is_given_the_draft_and_what_it_makes_of_it_is_taken(
    ana: Person, editor: Callable[[str], None]
) -> None:
    editor(KEEP_BOTH)
    answer = ana.types("resolve", ONE, "--edit")
    assert answer.screen == f"<- merged  {ONE}.md  One  (version 1)\n  next: nbsync push\n"
    assert (answer.code, asked(ana.sandbox)) == (0, [])
    assert "A line, settled." in page(ana)
    assert copies(ana) == {}
    assert not laid(ana).exists()


def test_it_needs_no_terminal_where_the_editor_needs_none(ana: Person, tool: Tool) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nbsync", "resolve", ONE, "--edit", "--json", "--no-input"],
        cwd=ana.folder,
        env=environment(ana.sandbox) | {"EDITOR": tool(f"echo hello; {KEEP_BOTH}")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "hello\n")
    assert '"action": "merged"' in done.stdout
    assert "A line, settled." in page(ana)


def test_marks_that_are_left_stay_in_the_merged_file_as_it_was_written(
    ana: Person, editor: Callable[[str], None]
) -> None:
    before = page(ana)
    editor('echo "A remark." >> "$M"')
    answer = ana.types("resolve", ONE, "--edit")
    assert answer.code == 4
    assert f"next: nbsync resolve {ONE} --edit\n" in answer.err
    assert merged(ana).endswith("A remark.\n")
    assert (page(ana), copies(ana)) == (before, {})
    editor(KEEP_BOTH)
    assert ana.types("resolve", ONE, "--edit").code == 0
    assert page(ana).endswith("A remark.\n")


@pytest.mark.parametrize(
    ("ending", "how"), [("exit 3", "ended with 3"), ("kill -9 $$", "was killed by signal 9")]
)
def test_an_editor_that_fails_changes_nothing_and_what_it_wrote_is_kept(
    ana: Person, editor: Callable[[str], None], ending: str, how: str
) -> None:
    before = page(ana), merged(ana)
    editor(ending)
    answer = ana.types("resolve", ONE, "--edit")
    assert answer.code == 4
    assert how in answer.err
    assert copies(ana) == {}
    editor(f"{KEEP_BOTH}; {ending}")
    answer = ana.types("resolve", ONE, "--edit")
    assert how in answer.err
    assert (page(ana), merged(ana)) == before
    kept(ana, answer, "A line, settled.")
    editor(KEEP_BOTH)
    answer = ana.types("resolve", ONE, "--edit")
    assert f"An earlier merge of this page is still in .nbsync/edits/{ONE}-merge-1." in answer.err
    assert answer.code == 0


def test_an_editor_that_cannot_be_started_begins_nothing(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "no-such-editor")
    answer = ana.types("resolve", ONE, "--edit")
    assert answer.code == 2
    assert f"next: EDITOR=nano nbsync resolve {ONE} --edit\n" in answer.err
    monkeypatch.setenv("NBSYNC_MERGETOOL", "no-such-tool {MERGED}")
    answer = ana.types("resolve", "--all", "--edit")
    assert answer.code == 2
    assert "$NBSYNC_MERGETOOL is no-such-tool" in answer.err
    assert "next: NBSYNC_MERGETOOL=nano nbsync resolve --all --edit\n" in answer.err


def test_a_tool_that_is_no_program_is_an_error_and_leaves_nothing(
    ana: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken").write_text("#!/no/such/shell\n")
    (tmp_path / "broken").chmod(0o755)
    monkeypatch.setenv("NBSYNC_MERGETOOL", str(tmp_path / "broken"))
    answer = ana.types("resolve", ONE, "--edit")
    assert answer.code == 2
    assert "broken cannot be started: No such file" in answer.err
    assert copies(ana) == {}


def test_the_conflict_may_be_settled_while_it_is_merged(
    ana: Person, editor: Callable[[str], None]
) -> None:
    nbsync = shlex.join([sys.executable, "-m", "nbsync"])
    editor(f"{nbsync} resolve {ONE} --theirs -q; {KEEP_BOTH}")
    answer = ana.types("resolve", ONE, "--edit")
    assert answer.code == 4
    assert f"The conflict about notebook {ONE} was settled while you merged it." in answer.err
    assert "His line." in page(ana)
    kept(ana, answer, "A line, settled.")
    assert f"next: nbsync edit {ONE}   # and take over" in answer.err


def test_the_conflict_may_be_laid_out_anew_while_it_is_merged(
    ana: Person, editor: Callable[[str], None]
) -> None:
    edit_there(ana.sandbox, ONE, "His line.", "His other line.")
    nbsync = shlex.join([sys.executable, "-m", "nbsync"])
    editor(f"{nbsync} sync -q || true; {KEEP_BOTH}")
    answer = ana.types("resolve", ONE, "--edit")
    assert answer.code == 4
    assert "was laid out anew while you merged it" in answer.err
    assert "My line." in page(ana)
    kept(ana, answer, "A line, settled.")


def test_the_page_may_be_edited_while_it_is_merged(
    ana: Person, editor: Callable[[str], None]
) -> None:
    path = shlex.quote(str(ana.folder / f"{ONE}.md"))
    editor(f'{KEEP_BOTH}; echo "More." >> {path}')
    answer = ana.types("resolve", ONE, "--edit")
    assert answer.code == 4
    assert f"{ONE}.md was edited since" in answer.err
    assert page(ana).endswith("More.\n")
    kept(ana, answer, "A line, settled.")
    answer = ana.types("resolve", ONE, "--edit")
    assert f"{ONE}.md was edited since" in answer.err
    assert "next: nbsync sync   # makes it anew" in answer.err


def test_no_lock_is_held_while_it_is_merged_and_what_nobody_wrote_is_not_kept(
    ana: Person, editor: Callable[[str], None]
) -> None:
    nbsync = shlex.join([sys.executable, "-m", "nbsync"])
    editor(f"{nbsync} resolve {ONE} --ours -q")
    answer = ana.types("resolve", ONE, "--edit")
    assert "was settled while you merged it" in answer.err
    assert "kept" not in answer.err
    assert copies(ana) == {}


def test_a_draft_that_the_editor_removed_is_not_taken(
    ana: Person, editor: Callable[[str], None]
) -> None:
    editor('rm "$M"')
    answer = ana.types("resolve", ONE, "--edit")
    assert answer.code == 4
    assert "merged.md cannot be read: No such file" in answer.err
    assert "<<<<<<<" in merged(ana)
    assert copies(ana) == {}


def test_a_link_in_place_of_the_draft_is_not_followed(
    ana: Person, editor: Callable[[str], None]
) -> None:
    editor('cp "$M" "$M.other"; ln -sf "$M.other" "$M"')
    answer = ana.types("resolve", ONE, "--edit")
    assert answer.code == 4
    assert "is a symbolic link" in answer.err
    assert copies(ana) != {}


def test_several_are_merged_one_after_the_other_until_the_tool_fails(
    ana: Person, editor: Callable[[str], None]
) -> None:
    clash(ana, TWO, THREE)
    editor(f"grep -q '# Two' \"$M\" && exit 3; {KEEP_BOTH}")
    answer = ana.types("resolve", ONE, TWO, THREE, "--edit")
    assert answer.code == 4
    assert answer.out == f"<- merged  {ONE}.md  One  (version 1)\n"
    assert f"ended with 3: nothing was taken into the page. Not begun: {THREE}.\n" in answer.err
    assert f"next: nbsync resolve {TWO} {THREE} --edit\n" in answer.err
    assert "2 conflicts left (nbsync conflicts).\n" in answer.err


def test_one_that_cannot_be_merged_holds_up_no_other(
    ana: Person, editor: Callable[[str], None]
) -> None:
    clash(ana, TWO)
    edit(ana.folder / f"{ONE}.md", "The end.", "The end of it.")
    editor(KEEP_BOTH)
    answer = ana.types("resolve", "--all", "--edit")
    assert answer.code == 4
    assert f"{ONE}.md was edited since" in answer.err
    assert "A line, settled." in page(ana, TWO)


def test_an_interrupted_merge_is_kept(ana: Person, tool: Tool) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "nbsync", "resolve", ONE, "--edit"],
        cwd=ana.folder,
        env=environment(ana.sandbox)
        | {"EDITOR": tool(f"{KEEP_BOTH}; echo written; while kill -0 $PPID; do sleep 0.1; done")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "written\n"
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate()
    assert process.returncode == 130
    assert f"What you wrote is kept in .nbsync/edits/{ONE}-merge-1.\n" in err
    assert "A line, settled." in copies(ana)[f"{ONE}-merge-1/merged.md"]
    assert "My line." in page(ana)


# --- merge tools -------------------------------------------------------------------------------

SHOWS = 'for F in "$@"; do echo "$F:"; tail -n +5 "$F"; done > all; cat "$REMOTE" > "$MERGED"'


def test_the_users_merge_tool_gets_all_four_files(ana: Person, tool: Tool) -> None:
    configure(ana, f"[merge]\ntool = '''{tool(SHOWS)} {{BASE}} {{LOCAL}} {{REMOTE}} {{MERGED}}'''")
    assert ana.types("resolve", ONE, "--edit").code == 0
    assert "His line." in page(ana)
    shown = (ana.folder / "all").read_text()
    where = f"{ana.folder}/.nbsync/edits/{ONE}-merge-1"
    assert [line for line in shown.splitlines() if line.startswith("/")] == [
        f"{where}/{name}.md:" for name in ("base", "local", "remote", "merged")
    ]
    assert "A line." in shown and "My line." in shown and "His line." in shown


def test_without_a_base_its_file_is_empty(ana: Person, tool: Tool) -> None:
    (ana.folder / ".nbsync" / "base" / f"{ONE}.json").unlink()
    assert ana.types("sync").code == 5
    assert not (laid(ana) / "base.md").exists()
    words = shlex.split(tool('test -f "$1" && ! test -s "$1"; cat "$REMOTE" > "$M"'))
    configure(ana, f"[merge]\ntool = {[*words, '{BASE}', '{MERGED}']}")
    assert ana.types("resolve", ONE, "--edit").code == 0
    assert "His line." in page(ana)


def test_the_variable_goes_before_the_configuration_and_that_before_the_editor(
    ana: Person, tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "false")
    configure(ana, '[merge]\ntool = "true"')
    assert "Conflict markers are left" in ana.types("resolve", ONE, "--edit").err
    monkeypatch.setenv("NBSYNC_MERGETOOL", "false")
    assert "The merge tool false ended with 1" in ana.types("resolve", ONE, "--edit").err
    monkeypatch.setenv("NBSYNC_MERGETOOL", tool(KEEP_BOTH))
    assert ana.types("resolve", ONE, "--edit").code == 0


def test_what_was_written_into_another_file_than_the_merged_one_is_not_thrown_away(
    ana: Person, tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBSYNC_MERGETOOL", tool('echo Oops. >> "$LOCAL"; cat "$REMOTE" > "$M"'))
    answer = ana.types("resolve", ONE, "--edit")
    assert answer.code == 0
    where = f".nbsync/edits/{ONE}-merge-1/local.md"
    assert f"What you wrote in local was not taken; it is in {where}.\n" in answer.err
    assert (ana.folder / where).read_text().endswith("Oops.\n")


def test_no_tool_is_read_from_the_mirror(ana: Person, tmp_path: Path) -> None:
    path = ana.folder / "nbsync.toml"
    path.write_text(path.read_text() + f'[merge]\ntool = ["touch", "{tmp_path}/ran"]\n')
    answer = ana.types("resolve", ONE, "--edit")
    assert answer.code == 2
    assert "`merge` is no key of nbsync.toml" in answer.err
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[merge", "is no TOML"),
        ("[merge]\ntool = 1", "`tool` is 1"),
        ("[merge]\ntool = []", "`tool` is []"),
        ("[merge]\ntool = ['']", "`tool` is ['']"),
        ("[merge]\ntool = ''", "is empty"),
        ('[merge]\ntool = "meld \'x"', "cannot be understood"),
        ("[merge]\ntools = 'meld'", "`tools` is no key of nbsync's.\n  next: did you mean `tool`"),
        ("[colour]\nred = 1", "`colour` is no key of nbsync's.\n  next: the only key is `merge`"),
        ("merge = 'meld'", "`merge` is no table"),
        ("[merge]\ntool = 'no-such-tool'", "is no-such-tool, which cannot be started"),
        ("[merge]\ntool = 'true {LOCAL}'", "does not name {MERGED}"),
        ("[merge]\ntool = 'true {OUTPUT} {MERGED}'", "names {OUTPUT}, which is none of {BASE}"),
        ("\xff", "is not UTF-8"),
    ],
)
def test_a_configuration_that_cannot_be_meant_is_told_and_nothing_is_begun(
    ana: Person, text: str, error: str
) -> None:
    path = configure(ana, "")
    path.write_bytes(text.encode("latin-1"))
    answer = ana.types("resolve", ONE, "--edit")
    assert answer.code == 2
    assert error in answer.err
    assert "config.toml" in answer.err
    assert copies(ana) == {}


def test_a_configuration_that_cannot_be_read_is_told(ana: Person) -> None:
    path = configure(ana, "")
    path.unlink()
    path.mkdir()
    answer = ana.types("resolve", ONE, "--edit")
    assert answer.code == 2
    assert "config.toml cannot be read: Is a directory." in answer.err


def test_a_configuration_without_a_tool_leaves_it_to_the_editor(
    ana: Person, editor: Callable[[str], None]
) -> None:
    configure(ana, "[merge]\n")
    editor(KEEP_BOTH)
    assert ana.types("resolve", ONE, "--edit").code == 0


# --- the how-to ----------------------------------------------------------------------------------


def documented() -> list[str]:
    found = re.findall(
        r"^    (\S.*?)(?:  +#.*)?$", HOW_TO.read_text(encoding="utf-8"), re.MULTILINE
    )
    return list(dict.fromkeys(line for line in found if "nbsync " in line))


def test_the_how_to_has_commands() -> None:
    assert len(documented()) > 5


@pytest.mark.parametrize("line", documented())
def test_every_command_of_the_how_to_does_what_it_says(ana: Person, tool: Tool, line: str) -> None:
    settle(ana, ONE)
    done = subprocess.run(
        ["/bin/sh", "-c", line.replace("aB3dE5fG", ONE).replace("meld", tool(KEEP_BOTH))],
        cwd=ana.folder,
        env=environment(ana.sandbox)
        | {"EDITOR": tool(KEEP_BOTH), "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (5 if line.startswith("nbsync conflicts") else 0), done.stderr
