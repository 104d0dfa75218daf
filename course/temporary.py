"""Temporary folders that do not outlive their process for long. If a process is killed, the next
one removes what it left behind.

Each folder has a lock. The system releases it when the process ends, no matter how. The process
ID would not do: by now, another process may have it.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import stat
import tempfile
from pathlib import Path

PREFIX = "streamlings-"

LOCK = ".lock"
"""The file in each folder that its owner holds."""


class TemporaryFolder:
    """A folder of our own, removed by `close()` or at the end of a `with` block.

    Attributes:
        path: where it is.

    Args:
        kind: what it is for; becomes a part of its name, such as "cell-".
    """

    def __init__(self, kind: str = "") -> None:
        _remove_abandoned(Path(tempfile.gettempdir()))
        lock = None
        while lock is None:  # until it is locked, it looks abandoned and may be removed
            self.path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{kind}")).resolve()
            (self.path / LOCK).touch(mode=0o600)
            lock = _locked(self.path)
        self._lock = lock

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the folder and everything in it."""
        if self._lock != NO_LOCK:
            os.close(self._lock)  # Windows does not delete open files
            self._lock = NO_LOCK
        shutil.rmtree(self.path, ignore_errors=True)


NO_LOCK = -1


@functools.cache
def _remove_abandoned(above: Path) -> None:
    """Remove this user's folders whose owners are gone. Works once per process."""
    for path in above.glob(f"{PREFIX}*"):
        if _is_own_folder(path):
            lock = _locked(path)
            if lock is not None and lock != NO_LOCK:
                shutil.rmtree(path, ignore_errors=True)
                os.close(lock)


def _is_own_folder(path: Path) -> bool:
    """Whether it is a folder, not a link to one, and belongs to this user."""
    with contextlib.suppress(OSError):
        found = path.lstat()
        return stat.S_ISDIR(found.st_mode) and found.st_uid == _user()
    return False


def _user() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else 0


def _locked(folder: Path) -> int | None:
    """Lock a folder; return the open lock, or None if it has none or somebody else holds it.

    `NO_LOCK` if the system has no locks: then no folder ever counts as abandoned.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return NO_LOCK
    try:
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(lock).st_ino == (folder / LOCK).lstat().st_ino:
            return lock
    except OSError:
        pass
    os.close(lock)
    return None
