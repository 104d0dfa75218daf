"""Generated files: writing them, and finding out that one is stale."""

from __future__ import annotations

from pathlib import Path

from course.files import write_atomically


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
