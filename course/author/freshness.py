"""Generated files: writing them, and finding out that one is stale."""

from __future__ import annotations

import sys
from pathlib import Path

from course.files import write_atomically
from course.wording import place


def write_or_check(path: Path, content: str, check: bool) -> bool:
    """Write `content` to `path`, or with `check` leave it alone.

    Returns:
        False if `check` was given and the file has another content or is missing.
    """
    fresh = path.exists() and path.read_text(encoding="utf-8") == content
    if fresh or check:
        return fresh
    write_atomically(path, content)
    return True


class Made:
    """What became of generated files.

    Args:
        command: what to type to have them written.
        check: whether to only look at them.

    Attributes:
        stale: those that are out of date; with `check`, they stay that way.
    """

    def __init__(self, command: str, check: bool) -> None:
        self.check = check
        self.stale: list[Path] = []
        self._command = command
        self._fresh = self._written = 0

    def put(self, path: Path, content: str) -> bool:
        """Write a file, or check whether it is fresh. Return whether it was written."""
        if write_or_check(path, content, check=True):
            self._fresh += 1
            return False
        if self.check:
            self.stale.append(path)
            return False
        write_or_check(path, content, check=False)
        self._written += 1
        return True

    def remove(self, path: Path) -> None:
        """Remove a file that no longer belongs to anything, or count it as stale."""
        self.stale.append(path) if self.check else path.unlink()

    def tell(self) -> int:
        """Say in one line what was done, or which files are stale.

        Returns:
            The exit status: 0, or 1 if something is stale.
        """
        if not self.check:
            print(f"{self._written} written, {self._fresh} already fresh.")
        for path in self.stale:
            print(f"{place(path)} is stale. Run: {self._command}", file=sys.stderr)
        return 1 if self.stale else 0
