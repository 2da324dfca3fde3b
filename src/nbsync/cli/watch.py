"""watch: both ways, again and again, until it is stopped."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType

import click

from nbsync import files
from nbsync.cli.endings import INTERRUPTED, explained
from nbsync.cli.options import Settings, common, numbers
from nbsync.cli.show import show_error
from nbsync.cli.speaking import Voice
from nbsync.cli.watched import Watched
from nbsync.config import Config
from nbsync.errors import Busy, NbsyncError
from nbsync.local.ignoring import ignored
from nbsync.store import DiskStore
from nbsync.sync import Mirror
from nbsync.sync.notices import Notice, What
from nbsync.sync.watching import Watch
from nbsync.watch import Hold, Inbox, Observer, Rhythm, observed, ticks

_EVERY = 5.0


@click.command()
@click.option(
    "--every",
    metavar="SECONDS",
    type=numbers(click.FloatRange(min=0.1)),
    default=_EVERY,
    help="Look at the server so often.  [default: 5]",
)
@click.option("--push-only", is_flag=True, help="Send edits; never look at the server.")
@click.option(
    "--log",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Add what happens to FILE as well.",
)
@common
def watch(settings: Settings, *, every: float, push_only: bool, log: Path | None) -> int:
    r"""Keep both sides in step until it is stopped.

    What you save is sent, what others save arrives, through sleep and lost networks. Edits of
    both sides are merged; where they overlap, the conflict waits for `nbsync resolve`, which
    works beside it, as all commands do. Nothing moves while git is at work in the directory.

    \b
    Examples:
      nbsync watch
      nbsync watch --every 60
      nbsync watch --push-only
      nbsync watch -q --log ~/nbsync.log
    """
    voice = Voice(settings, log, every=0.0 if push_only else every)
    rhythm = Rhythm(every=every, push_only=push_only)
    try:
        _watch(settings, voice, rhythm)
    except NbsyncError as error:
        return _end(settings, voice, error)
    except KeyboardInterrupt:
        pass
    except OSError:
        raise  # there is nowhere to tell it
    except Exception as error:  # noqa: BLE001 - a bug ends the lines that programs read in a line
        return _end(settings, voice, explained(error))
    finally:
        voice.close()
    voice.tell(Notice(What.ENDED, "What was done is done whole", details={"exit_code": 130}))
    return INTERRUPTED


def _end(settings: Settings, voice: Voice, error: NbsyncError) -> int:
    """Tell why it cannot go on."""
    voice.close()
    code = error.exit_code
    notice = Notice(What.ENDED, error.message, error.hint, details={"exit_code": code})
    if settings.as_json:
        voice.tell(notice)
    else:
        show_error(error, settings)
        voice.note(notice)
    return code


def _watch(settings: Settings, voice: Voice, rhythm: Rhythm) -> None:
    """Watch until somebody asks to stop.

    Raises:
        NbsyncError: It cannot begin, or cannot go on.
        KeyboardInterrupt: Somebody asked twice.
    """
    with ExitStack() as leave:
        there = Watched(settings, leave)
        leave.enter_context(_alone(there))
        inbox, hold = Inbox(), Hold()
        leave.enter_context(_heeding_signals(inbox))
        backend = there.config.watch_backend
        observer = leave.enter_context(
            observed(
                there.root,
                inbox,
                backend=backend,
                ignore=lambda path: ignored(path, there.config.ignore),
            )
        )
        eyes = _Eyes(there, observer, voice)
        loop = Watch(
            opened=eyes.opened,
            hold=hold,
            tell=voice.tell,
            show=voice.show,
            head=there.head,
            stopping=lambda: inbox.stopped,
            push_only=rhythm.push_only,
        )
        voice.tell(_beginning(there, observer, rhythm))
        loop.follow(ticks(inbox, hold, rhythm=rhythm))


class _Eyes:
    """Opens the mirror for one look, and tells what changed about how it is looked at."""

    def __init__(self, there: Watched, observer: Observer, voice: Voice) -> None:
        self._there = there
        self._observer = observer
        self._voice = voice
        self._trouble = ""

    @contextmanager
    def opened(self) -> Iterator[Mirror]:
        self._observer.check()
        trouble, before = self._observer.trouble, self._trouble
        if trouble and not before:
            self._trouble = trouble
            message = f"The system gives no file events ({trouble}); files are compared instead"
            self._voice.tell(Notice(What.BACKEND, message, details={"backend": "polling"}))
        config = self._there.config
        with self._there.opened() as mirror:
            if self._there.config != config:
                self._voice.tell(Notice(What.CONFIG, _changed(config, self._there.config)))
            yield mirror


def _changed(before: Config, now: Config) -> str:
    if before.watch_backend != now.watch_backend:
        return "nbsync.toml changed, and is obeyed from now on; its backend from the next start on"
    return "nbsync.toml changed, and is obeyed from now on"


def _beginning(there: Watched, observer: Observer, rhythm: Rhythm) -> Notice:
    """What is watched, and how."""
    config, every = there.config, f"{rhythm.every:g} s"
    looks = "edits are sent, nothing is pulled" if rhythm.push_only else f"every {every}"
    return Notice(
        What.WATCHING,
        f"{there.root} and project {config.project} at {config.host} ({looks})",
        details={
            "host": config.host,
            "project": config.project,
            "folder": os.fspath(there.root),
            "backend": observer.backend,
            "every": None if rhythm.push_only else rhythm.every,
        },
    )


@contextmanager
def _alone(there: Watched) -> Iterator[None]:
    """Be the only watch of a mirror.

    Raises:
        Busy: There is another one.
        ConfigError: The mirror's memory is not this project's.
    """
    from filelock import FileLock, Timeout

    config, folder = there.config, there.root / ".nbsync"
    with DiskStore(there.root, host=config.host, project=config.project, read_only=True):
        pass  # it is this project's, and nothing in it leads elsewhere
    lock = FileLock(folder / "watch.lock")
    with files.explained(str(folder / "watch.lock"), "locked"):
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise Busy(
                f"Another nbsync watch is at work in {there.root}.",
                hint="leave it to that one, or end it first",
            ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _heeding_signals(inbox: Inbox) -> Iterator[None]:
    """Stop between two notebooks at the first signal, at once at the second; look at SIGHUP."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = {name: getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP")}
    numbers = [number for number in names.values() if number is not None]
    before = {number: signal.getsignal(number) for number in numbers}
    before = {number: old for number, old in before.items() if old is not signal.SIG_IGN}

    def give_back() -> None:
        for number, old in before.items():
            signal.signal(number, old)

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        give_back()
        inbox.stop()
        with suppress(OSError):  # the terminal may be gone
            os.write(2, b"\nStopping after the notebook in hand; once more stops at once.\n")

    def look(number: int, frame: FrameType | None) -> None:
        del number, frame
        inbox.ask()

    for number in before:
        signal.signal(number, look if number == names["SIGHUP"] else stop)
    try:
        yield
    finally:
        give_back()


COMMANDS = {"watch": watch}
