"""What is kept for the person who works here: a folder, and copies that are never overwritten."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from course import catalog
from course.catalog import CourseError
from course.wording import place


def folder() -> Path:
    """Return the folder for the learner's own files; git ignores it."""
    return catalog.ROOT / ".streamlings"


def next_name(inside: Path, stem: str, suffix: str) -> Path:
    """Return the first free name after all that are there: "09_streaming-0003.py"."""
    taken = [
        int(number)
        for path in inside.glob(f"{stem}-*{suffix}")
        if (number := path.name[len(stem) + 1 : len(path.name) - len(suffix)]).isdecimal()
    ]
    return inside / f"{stem}-{max(taken, default=0) + 1:04}{suffix}"


def back_up(path: Path) -> Path:
    """Copy a file to a new one, and return the path of the copy.

    Raises:
        CourseError: if it cannot be read, or the copy cannot be written.
    """
    backups = folder() / "backups"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise failed(path, "read", error) from error
    try:
        backups.mkdir(parents=True, exist_ok=True)
        while True:
            backup = next_name(backups, path.stem, path.suffix)
            with contextlib.suppress(FileExistsError):
                _write_new(backup, content)
                return backup
    except OSError as error:
        raise failed(backups, "written", error) from error


def back_up_once(path: Path) -> Path:
    """The same, but if the newest copy has the same content, return that one.

    Raises:
        CourseError: if it cannot be read, or the copy cannot be written.
    """
    copies = sorted((folder() / "backups").glob(f"{path.stem}-*{path.suffix}"))
    try:
        if copies and copies[-1].read_bytes() == path.read_bytes():
            return copies[-1]
    except OSError as error:
        raise failed(path, "read", error) from error
    return back_up(path)


def failed(path: Path, what: str, error: OSError) -> CourseError:
    """Say why a file cannot be read or written before anything was changed."""
    reason = error.strerror or error
    return CourseError(f"{place(path)} cannot be {what}: {reason}. Nothing was changed.")


def _write_new(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
