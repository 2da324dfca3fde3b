"""Every error raised on purpose: what happened, where, and what to do next.

The tree, with the exit code that each ends a command with::

    NbsyncError (4)
    ├─ ConfigError (2)          nbsync.toml, options, environment, a foreign .nbsync/
    ├─ FormatError              a page or a value that cannot be read or sent
    ├─ PreconditionFailed       what was to be replaced has changed in the meantime
    ├─ Busy                     another nbsync, or git, is at work in the directory
    ├─ GuardTripped (6)         a run would delete or overwrite too much at once
    └─ APIError
       ├─ AuthError (3)         401, and 403 where it is the key's fault
       │  └─ Forbidden (3)      403 about one notebook
       ├─ NotFound              404
       ├─ Rejected              400 and other refusals of what was sent
       ├─ VersionConflict       409 to an update
       ├─ Unavailable (7)       offline, 5xx, an answer that is no answer
       │  └─ RateLimited (7)    429
       └─ AnswerLost            a write was sent and no answer came: look it up
"""


class NbsyncError(Exception):
    """An expected failure; its text is for the user and complete.

    Args:
        message: What happened and where, in one or two sentences.
        hint: What to do next, a command that can be run where there is one.
    """

    exit_code = 4

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(NbsyncError):
    """The configuration or the command line cannot be used as it is."""

    exit_code = 2


class FormatError(NbsyncError):
    """A text or a value that cannot be read, or cannot be sent as it is.

    Args:
        message: What is wrong with it.
        line: The line of the page where it is wrong, counted from 1, if it has one.
        hint: What to do next.
    """

    def __init__(self, message: str, *, line: int | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.line = line


class PreconditionFailed(NbsyncError):  # noqa: N818 - HTTP's own name for it
    """What was to be replaced is no longer what the plan was made from."""


class Busy(NbsyncError):  # noqa: N818 - says what the directory is
    """Another process is at work in the directory."""


class GuardTripped(NbsyncError):  # noqa: N818 - says what happened
    """A run would delete or overwrite too much at once.

    Args:
        message: What it would do.
        count: How many notebooks that are.
        hint: How to confirm it.
    """

    exit_code = 6

    def __init__(self, message: str, *, count: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.count = count


class APIError(NbsyncError):
    """The server refused, or could not be understood."""


class AuthError(APIError):
    """The key is missing, wrong, or may not do this (401, 403)."""

    exit_code = 3


class Forbidden(AuthError):  # noqa: N818 - HTTP's own name for it
    """The key's user may not do this with one notebook (403); the others are no matter of it."""


class NotFound(APIError):  # noqa: N818 - HTTP's own name for it
    """There is no such thing, or it is deleted (404)."""


class Rejected(APIError):  # noqa: N818 - says what the server did
    """The server refuses what it was sent (400 and its like)."""


class VersionConflict(APIError):  # noqa: N818 - the field's own name for it
    """The notebook has another version than the one that was sent (409)."""


class Unavailable(APIError):  # noqa: N818 - HTTP's own name for it
    """The server cannot be reached, or does not answer as a server does."""

    exit_code = 7


class RateLimited(Unavailable):
    """The server asks to wait (429).

    Args:
        message: What it said.
        wait: Seconds to wait, as it said.
        hint: What to do next.
    """

    def __init__(self, message: str, *, wait: float, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.wait = wait


class AnswerLost(APIError):  # noqa: N818 - says what happened
    """A write was sent, and whether it took effect is not known.

    Args:
        message: What happened.
        hint: What to do next.
        refused: Whether the server itself answered, and said that it failed: most likely it
            did nothing, and will not do it later.
    """

    def __init__(self, message: str, *, hint: str = "", refused: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.refused = refused
