"""demo: the whole tool in one screen, against a sandbox of its own."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nbsync.cli.endings import INTERRUPTED
from nbsync.cli.options import Settings, common
from nbsync.cli.sandbox import need_extra
from nbsync.cli.show import show_json
from nbsync.errors import NbsyncError

if TYPE_CHECKING:
    from nbsync.sandbox import Sandbox

WEEKLY = """\
# Weekly numbers

Signups grew by 4 % this week.

## What we tried

- A shorter form
- A video on the front page

## Next week

Ask five people who left.
"""
NOTEBOOKS = {
    "aB3dE5fG": WEEKLY,
    "cH4eck1n": "# Check-in questions\n\n1. What went well?\n2. What is in your way?\n",
    "fUnn3l42": "# Checkout funnel\n\n"
    '<Query query={{"kind":"DataTableNode","source":{"kind":"EventsQuery","select":["event"]}}} />'
    "\n\nThe step before payment loses most people.\n",
    "r3l3as3s": "# Release notes 📝\n\n- 1.4: faster start\n- 1.5: offline status\n",
}


@click.command()
@click.option("--keep", is_flag=True, help="Leave the directory behind.")
@click.option("--serve", is_flag=True, help="Keep the server up, to go on by hand.")
@common
def demo(settings: Settings, *, keep: bool, serve: bool) -> int:
    r"""Show edits on both sides merged, in conflict, and settled.

    Everything happens on this machine, in a temporary directory.

    \b
    Examples:
      nbsync demo
      nbsync demo --serve
    """
    need_extra()
    from nbsync.sandbox import Sandbox

    folder = Path(tempfile.mkdtemp(prefix="nbsync-demo-"))
    stays = keep or serve
    try:
        with Sandbox() as sandbox:
            _seed(sandbox)
            stage = Stage(folder, sandbox, err=settings.as_json)
            stage.play()
            if settings.as_json:
                show_json("demo", commands=stage.commands, folder=str(folder) if stays else None)
            if serve:
                _serve(folder, sandbox)
    finally:
        if not stays:
            shutil.rmtree(folder, ignore_errors=True)
        elif not settings.as_json:
            click.echo(f"\nThe files are still in {folder}")
    return 0


def _seed(sandbox: Sandbox) -> None:
    for short_id, text in NOTEBOOKS.items():
        title = text.splitlines()[0].removeprefix("# ")
        content = sandbox.markdown(text.removesuffix("\n"))
        sandbox.seed(short_id=short_id, title=title, content=content)


class Stage:
    """Where the demo is played: a directory, a server, and a colleague called Ben."""

    def __init__(self, folder: Path, sandbox: Sandbox, *, err: bool) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.page = folder / "aB3dE5fG.md"
        self.commands: list[dict[str, object]] = []
        self._err = err

    def play(self) -> None:
        """The three scenes."""
        self._say("A project with 4 notebooks becomes a directory of pages:")
        self.run("init", "--host", self.sandbox.url, "--project", self.sandbox.project, "-q")
        self.run("pull", "-q")
        self._tell("  " + "  ".join(sorted(path.name for path in self.folder.glob("*.md"))))

        self._say("You edit a page. Meanwhile Ben edits the same notebook in PostHog:")
        self._here("Signups grew by 4 % this week.", "Signups grew by 7 % this week.")
        self._there("Ask five people who left.", "Ask ten people who left.")
        self.run("sync")
        self._show("Signups", "Ask ")

        self._say("Now both rewrite the same line. Nothing is overwritten, nothing is guessed:")
        self._here("Signups grew by 7 % this week.", "Signups grew by 7 %, mostly from search.")
        self._there("Signups grew by 7 % this week.", "Signups grew by 7 %, thanks to the video.")
        self.run("sync", ends=5)
        self._show("Signups")

        self._say("You decide; the other text stays in .nbsync/history/:")
        self.run("resolve", "Weekly numbers", "--ours")
        self.run("push")
        self.run("status")

    def run(self, *words: str, ends: int = 0) -> None:
        """Run a command as a person would, and show it with what it prints.

        Args:
            *words: What is typed after `nbsync`; with -q it is not shown.
            ends: The exit code that the story says.

        Raises:
            NbsyncError: It ended otherwise than the story says.
        """
        shown = " ".join(f'"{word}"' if " " in word else word for word in words)
        if "-q" not in words:
            self._tell(click.style(f"  $ nbsync {shown}", bold=True))
        code, screen = self._typed(*words)
        for line in screen.splitlines():
            self._tell(f"    {line}")
        self.commands.append({"command": f"nbsync {shown}", "exit_code": code})
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        if code != ends:
            raise NbsyncError(
                f"The demo failed: `nbsync {words[0]}` ended with {code}.",
                hint="nbsync demo --keep",
            )

    def _typed(self, *words: str) -> tuple[int, str]:
        """Run a command in this process, which is faster; how it ended, and all that it printed."""
        from nbsync.cli import run

        screen, before = StringIO(), dict(os.environ)
        try:
            _surround(environment(self.sandbox))
            with redirect_stdout(screen), redirect_stderr(screen):
                code = run(["-C", str(self.folder), "--no-input", *words])
        finally:
            _surround(before)
        return code, screen.getvalue()

    def _here(self, old: str, new: str) -> None:
        self._edit("you", old, new)
        text = self.page.read_text(encoding="utf-8")
        self.page.write_text(text.replace(old, new), encoding="utf-8", newline="")

    def _there(self, old: str, new: str) -> None:
        self._edit("Ben", old, new)
        record = self.sandbox.record("aB3dE5fG")
        text: str = record["content"]["content"][0]["attrs"]["markdown"]
        content = self.sandbox.markdown(text.replace(old, new))
        self.sandbox.write("aB3dE5fG", content=content, user="ben")

    def _edit(self, who: str, old: str, new: str) -> None:
        self._tell(f"  {who}: {click.style(old, fg='red')} → {click.style(new, fg='green')}")

    def _show(self, *starts: str) -> None:
        for line in self.page.read_text(encoding="utf-8").splitlines():
            if line.startswith(starts):
                self._tell(f"  {self.page.name}: {line}")

    def _say(self, line: str) -> None:
        self._tell(f"\n{click.style(line, fg='cyan')}")

    def _tell(self, line: str) -> None:
        click.echo(line, err=self._err)


def _surround(variables: dict[str, str]) -> None:
    """Let these be the environment, and nothing else."""
    os.environ.clear()
    os.environ.update(variables)


def environment(sandbox: Sandbox) -> dict[str, str]:
    """An environment in which commands speak to a sandbox, as its user Ana."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("POSTHOG")}
    return others | {
        "POSTHOG_HOST": sandbox.url,
        "POSTHOG_PERSONAL_API_KEY": sandbox.key,
        "PYTHONIOENCODING": "utf-8",
    }


def _serve(folder: Path, sandbox: Sandbox) -> None:
    click.echo("\nGo on by hand, in another terminal:\n", err=True)
    click.echo(f"  export POSTHOG_HOST={sandbox.url}", err=True)
    click.echo(f"  export POSTHOG_PERSONAL_API_KEY={sandbox.key}", err=True)
    click.echo(f"  cd {folder} && nbsync status", err=True)
    click.echo("\nPress Enter to end the server.", err=True)
    sys.stdin.readline()


COMMANDS = {"demo": demo}
