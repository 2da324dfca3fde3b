"""What the system has for watching a folder: its kind of file system, and how many watches."""

from __future__ import annotations

import re
from pathlib import Path

_MOUNTS = Path("/proc/self/mounts")
_INOTIFY = Path("/proc/sys/fs/inotify")
_OCTAL = re.compile(r"\\([0-7]{3})")
# Others write there, and nobody tells this machine of it.
_ELSEWHERE = re.compile(
    "9p|afs|ceph|cifs|coda|drvfs|fakeowner|glusterfs|grpcfuse|lustre|ncpfs|nfs4?|prl_fs|rclone"
    "|smb3|smbfs|sshfs|vboxsf|virtiofs|vmhgfs"
)


def kind_of(folder: Path, mounts: Path = _MOUNTS) -> str:
    """The kind of file system that a folder lies on, such as "ext4"; "" where it is not told.

    Args:
        folder: Where to look.
        mounts: Linux's list of what is mounted; other systems have none.
    """
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    here, longest, kind = folder.resolve(), -1, ""
    for line in lines:
        _, _, rest = line.partition(" ")
        place, _, rest = rest.partition(" ")
        top = Path(_OCTAL.sub(lambda found: chr(int(found[1], 8)), place))
        # Of two in one place, the later one covers the other.
        if here.is_relative_to(top) and len(top.parts) >= longest:
            longest, kind = len(top.parts), rest.partition(" ")[0]
    return kind


def is_elsewhere(kind: str) -> bool:
    """Whether a file system's files may be changed by others than this machine."""
    return _ELSEWHERE.fullmatch(kind.removeprefix("fuse.").partition("-")[0]) is not None


def watch_limits(where: Path = _INOTIFY) -> tuple[int, int] | None:
    """How many folders, and by how many programs, one user may have watched; None if not told.

    Args:
        where: Linux's settings; other systems have none.
    """
    try:
        watches, instances = (
            int((where / name).read_text("ascii"))
            for name in ("max_user_watches", "max_user_instances")
        )
    except (OSError, ValueError):
        return None
    return watches, instances
