"""Reading what a stranger submitted: one ordinary file of it, and nothing else."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from course.catalog import Lesson
from course.cohort.intake.names import printable
from course.grade.answer_file import MOST_BYTES

MOST_FILES = 10_000
"""In one submission."""

NOT_ANSWERS = {"conftest.py", "sitecustomize.py", "usercustomize.py", "setup.py", "__init__.py"}
"""Python would run these without being asked to."""


class Unreadable(Exception):
    """A submission cannot be graded. The text says why, in one sentence that begins with "it"."""


def read_file(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """Return the content of an ordinary file, and touch nothing else.

    Raises:
        Unreadable: if it is not an ordinary file, or too large.
        OSError: if it cannot be read.
    """
    refuse_unlike_file(path.lstat().st_mode)
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):  # where the system has them
        flags |= getattr(os, name, 0)
    with os.fdopen(os.open(path, flags), "rb") as stream:
        refuse_unlike_file(os.fstat(stream.fileno()).st_mode)
        content = stream.read(most_bytes + 1)
    refuse_too_large(len(content), most_bytes)
    return content


def refuse_unlike_file(mode: int) -> None:
    """Raise `Unreadable` unless a file's mode is that of an ordinary file."""
    kinds = {
        stat.S_IFLNK: "a link, and links are not followed",
        stat.S_IFIFO: "a named pipe, not a file",
        stat.S_IFSOCK: "a socket, not a file",
        stat.S_IFCHR: "a device, not a file",
        stat.S_IFBLK: "a device, not a file",
        stat.S_IFDIR: "a folder, not a file",
    }
    if not stat.S_ISREG(mode):
        raise Unreadable(f"it is {kinds.get(stat.S_IFMT(mode), 'not an ordinary file')}.")


def refuse_too_large(size: int, most_bytes: int = MOST_BYTES) -> None:
    """Raise `Unreadable` if `size` is more than `most_bytes`."""
    if size > most_bytes:
        raise Unreadable(f"it has more than {most_bytes:,} bytes.")


def choose(names: Iterable[str], lesson: Lesson) -> str:
    """Return which of the files in a folder or zip is the file of answers.

    That is the one with the name of the exercise: in the folder itself, in the folder `exercises`
    of a checkout of this course, or the only one with that name anywhere. If no file has that name,
    it is the only Python file.

    Args:
        names: paths within the submission, with `/`.
        lesson: the lesson.

    Raises:
        Unreadable: if there is none, or more than one candidate.
    """
    paths = {name: PurePosixPath(name) for name in names}
    paths = {name: path for name, path in paths.items() if not any(map(is_hidden, path.parts))}
    python = {n: p for n, p in paths.items() if p.suffix.lower() == ".py" and not _runs_itself(p)}
    wanted = lesson.exercise.name
    named = {name: path for name, path in python.items() if path.name == wanted}
    within = _shared_folder(paths.values())
    for place in (within / wanted, within / "exercises" / wanted):
        for name, path in named.items():
            if path == place:
                return name
    candidates = named or python
    if len(candidates) == 1:
        return next(iter(candidates))
    if not candidates:
        raise Unreadable(f"it has no file {wanted}, and no other Python file.")
    shown = ", ".join(sorted(printable(name) for name in candidates)[:4])
    more = f" and {len(candidates) - 4} more" if len(candidates) > 4 else ""
    what = f"more than one {wanted}" if named else f"no file {wanted} but several others"
    raise Unreadable(f"it has {what}: {shown}{more}.")


def _shared_folder(paths: Iterable[PurePosixPath]) -> PurePosixPath:
    """Return the folder that everything is in, such as the top folder of many zips."""
    parents = [path.parent.parts for path in paths]
    shared: list[str] = []
    for parts in zip(*parents, strict=False):
        if len(set(parts)) > 1 or parts[0] == "exercises":
            break
        shared.append(parts[0])
    return PurePosixPath(*shared)


def _runs_itself(path: PurePosixPath) -> bool:
    return path.name.lower() in NOT_ANSWERS or path.name.startswith("test_")


def is_hidden(name: str) -> bool:
    """Whether a file or folder is not part of what was submitted."""
    return name.startswith(".") or name in ("__MACOSX", "__pycache__", "node_modules")
