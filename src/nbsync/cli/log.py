"""log: what is known of a notebook's past, here and in PostHog."""

from __future__ import annotations

import dataclasses

import click

from nbsync.cli.columns import line, lined_up
from nbsync.cli.completing import notebooks as suggest
from nbsync.cli.mirror import Access, Opened, opened
from nbsync.cli.naming import find, known_ids, may_be_id
from nbsync.cli.options import Settings, common, numbers
from nbsync.cli.show import plain, sentence, show_json, show_next, titled
from nbsync.errors import APIError, AuthError, NotFound
from nbsync.sync.past import Entry, Past, Where, look_back

_WORDS = {
    Where.HERE: "here",
    Where.THERE: "in PostHog",
    Where.BOTH: "here and in PostHog",
}
_SCOPE = "activity_log:read"


@click.command()
@click.argument("notebook", shell_complete=suggest)
@click.option(
    "-n",
    "--limit",
    default=20,
    show_default=True,
    metavar="N",
    type=numbers(click.IntRange(min=1)),
    help="Show the newest N entries.",
)
@click.option("--offline", is_flag=True, help="Ask the server nothing.")
@common
def log(settings: Settings, notebook: str, *, limit: int, offline: bool) -> int:
    r"""Show a notebook's past: what can be brought back.

    Versions and page texts that are kept here, and, where the key may read it, PostHog's own
    log. Times are UTC. What stands first in a line is what `nbsync restore NOTEBOOK --version`
    takes.

    \b
    Examples:
      nbsync log aB3dE5fG
      nbsync log "Weekly numbers" -n 5
      nbsync log weekly.md --offline
    """
    short_id, past, requests = _read(settings, notebook, limit=limit, offline=offline)
    if settings.as_json:
        entries = [_fields(entry) for entry in past.entries]
        notes = [] if past.trouble is None else [_note(past.trouble, short_id)]
        show_json("log", short_id=short_id, entries=entries, notes=notes, requests=requests)
        return 0
    _show(past.entries)
    if settings.chats and past.trouble is not None:
        note = _note(past.trouble, short_id)
        click.echo(f"note: PostHog's log is not in this: {plain(note['error'])}", err=True)
        show_next(note["hint"])
    if settings.chats and not past.entries:
        click.echo("Nothing is known of its past.", err=True)
    return 0


def _read(settings: Settings, notebook: str, *, limit: int, offline: bool) -> tuple[str, Past, int]:
    """The notebook's id, its past, and how many requests it took."""
    trouble: APIError | None = None
    if not offline:
        try:
            with opened(settings, access=Access.READ) as there:
                short_id = named(notebook, there, settings)
                past = look_back(there.mirror, short_id, limit=limit)
                return short_id, past, there.mirror.remote.requests
        except AuthError as error:  # there is no key
            trouble = error
    with opened(settings, online=False, access=Access.READ) as there:
        short_id = named(notebook, there, settings)
        past = look_back(there.mirror, short_id, limit=limit, ask=False)
    return short_id, dataclasses.replace(past, trouble=trouble), 0


def named(name: str, there: Opened, settings: Settings) -> str:
    """The id of the notebook that was named, also where only the history has anything of it.

    Raises:
        ConfigError: It means no notebook, or several.
    """
    if name not in known_ids(there) and may_be_id(name) and there.mirror.store.kept(name):
        return name
    (short_id,) = find((name,), there, settings)
    return short_id


def _note(trouble: APIError, short_id: str) -> dict[str, str]:
    """Why PostHog's log is missing, and what to do about it."""
    hint = trouble.hint
    if isinstance(trouble, AuthError) and _SCOPE in trouble.message:
        hint = f"give the key the scope {_SCOPE} in PostHog, or: nbsync log {short_id} --offline"
    if isinstance(trouble, NotFound):
        return {
            "error": "PostHog has none: the notebook is deleted, or the server is too old.",
            "hint": f"nbsync log {short_id} --offline",
        }
    return {"error": sentence(trouble.message), "hint": hint}


def _fields(entry: Entry) -> dict[str, object]:
    return dataclasses.asdict(entry) | {"key": f"@{entry.key}" if entry.key else ""}


def _show(entries: tuple[Entry, ...]) -> None:
    """Tell the entries, a line each."""
    table = lined_up(
        map(plain, (_name(one), one.at[:16].replace("T", " "), one.by, one.what, ""))
        for one in entries
    )
    for entry, (name, *between, _) in zip(entries, table, strict=True):
        title = f"{titled(entry.title)}  ({_WORDS[entry.where]})"
        click.echo(line([click.style(name, fg="yellow"), *between, title]))


def _name(entry: Entry) -> str:
    if entry.version is not None:
        return str(entry.version)
    return f"@{entry.key}" if entry.key else "-"


COMMANDS = {"log": log}
