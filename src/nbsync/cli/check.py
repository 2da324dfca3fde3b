"""check: what should not be committed, found offline."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nbsync.cli.completing import files as suggest_files
from nbsync.cli.mirror import Access, Opened, opened
from nbsync.cli.naming import relative
from nbsync.cli.options import Settings, common
from nbsync.cli.show import counted, distinct, plain, problems, sentence, show_json
from nbsync.errors import ConfigError, NbsyncError

if TYPE_CHECKING:
    from nbsync.local.commits import Repository

_INDEX = "GIT_INDEX_FILE"


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...", shell_complete=suggest_files)
@common
def check(settings: Settings, files: tuple[str, ...]) -> int:
    r"""Check that pages can be read, sent and committed.

    Pages read back as they are, no conflict markers are in them, titles are ones that PostHog
    keeps, no two pages have one short_id; and no base record is staged without its page, or a
    page without its base. Files that are neither are passed over. Made for git's pre-commit
    hook: exit code 4 says that something is wrong. Asks the server nothing.

    \b
    Examples:
      nbsync check
      nbsync check weekly.md
    """
    with opened(settings, online=False, access=Access.READ) as there:
        from nbsync.store.texts import base_in
        from nbsync.sync import checking

        paths = [_path(name, there, settings) for name in files]
        found = checking.check(
            there.mirror, _repository(there.root), read_base=base_in, paths=paths or None
        )
    if settings.as_json:
        show_json("check", problems=problems(found))
        return NbsyncError.exit_code if found else 0
    told = distinct(found)
    for each in told:
        hint = f" Next: {each.hint}" if each.hint else ""
        click.echo(plain(f"{sentence(each.error)}{hint}"))
    if settings.chats:
        click.echo(f"check: {counted(len(told), 'problem')}.", err=True)
    return NbsyncError.exit_code if found else 0


def _path(name: str, there: Opened, settings: Settings) -> str:
    """A file as it was typed, relative to the mirror; "" for one of somebody else's.

    Raises:
        ConfigError: There is no such file.
    """
    if not os.path.lexists(settings.start / name):
        raise ConfigError(f"There is no file {name}.", hint="nbsync check")
    return relative(name, there.root, settings)


def _repository(root: Path) -> Repository | None:
    """The git repository, with the index that is about to be committed where a hook runs this."""
    from nbsync.local.commits import Repository
    from nbsync.local.git import checkout_of

    index = os.environ.get(_INDEX)
    if checkout_of(root) is None:
        return None
    return Repository(root, index=Path(index).absolute() if index else None)


COMMANDS = {"check": check}
