"""Submissions: which ones a folder has, whose they are, and the one file to grade.

A submission is a file, a zip, or a folder, which may be a git checkout. Nothing in it is run or
unpacked here, no link is followed, and only one file is ever taken: the answers. A conftest.py or
any other module next to them stays where it is.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from course.catalog import CourseError, Lesson
from course.cohort.intake import archive
from course.cohort.intake.names import digest, folded, printable
from course.cohort.intake.safe_reading import (
    MOST_FILES,
    Unreadable,
    choose,
    is_hidden,
    read_file,
    refuse_unlike_file,
)

MOST_FOLDERS_DEEP = 8


@dataclass(frozen=True)
class Submission:
    """What one learner submitted.

    Attributes:
        learner: who it is, in printable characters; no two submissions have the same.
        path: where it is.
        name: its name without `.py` or `.zip`. That is the learner, unless another one has the same
            name. It depends on this submission alone.
        is_shared: whether another one has the same name, or one that is easily confused with it.
    """

    learner: str
    path: Path
    name: str = ""
    is_shared: bool = False

    @property
    def entry(self) -> str:
        """Its name in the submissions folder, in printable characters."""
        return printable(self.path.name)


def find(folder: Path) -> list[Submission]:
    """Return the submissions in a folder, in the order of the learners' names.

    Raises:
        CourseError: if there is no such folder, or nothing in it.
    """
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if not is_hidden(entry.name))
    except OSError as error:
        why = "does not exist" if error.errno == errno.ENOENT else f"cannot be read: {_said(error)}"
        raise CourseError(
            f"{printable(str(folder))} {why}. Name the folder that holds the submissions, "
            "for example: make grade SUBMISSIONS=folder"
        ) from error
    if not names:
        raise CourseError(
            f"There are no submissions in {printable(str(folder))}. "
            "Put one file, folder or zip for each learner into it."
        )
    short = {name: printable(_without_ending(folder, name)).strip() for name in names}
    learners = _learners(short)
    how_often = Counter(map(folded, short.values()))
    found = [
        Submission(learners[name], folder / name, short[name], how_often[folded(short[name])] > 1)
        for name in names
    ]
    return sorted(found, key=lambda submission: submission.learner)


def clashes(submissions: Iterable[Submission]) -> list[list[Submission]]:
    """Return the groups of submissions that share a name."""
    alike: dict[str, list[Submission]] = {}
    for one in submissions:
        if one.is_shared:
            alike.setdefault(folded(one.name), []).append(one)
    return [alike[name] for name in sorted(alike)]


def _learners(short: dict[str, str]) -> dict[str, str]:
    """Return the learner of each entry: its name, with just enough added to make it unique.

    Args:
        short: the name of each entry without its ending.
    """
    whole = {name: printable(name).strip() for name in short}
    how_often = Counter(map(folded, short.values()))
    how_often += Counter(folded(whole[name]) for name in short if whole[name] != short[name])
    found: dict[str, str] = {}
    for name in short:
        found[name] = f"{whole[name]}~{digest(name)}"
        for wish in (whole[name], short[name]):
            if wish and how_often[folded(wish)] == 1 and "~" not in wish:
                found[name] = wish
    return found


def _without_ending(folder: Path, name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    is_folder = stat.S_ISDIR(_mode(folder / name))
    return stem if dot and ending.lower() in ("py", "zip") and not is_folder else name


def _mode(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except OSError:
        return 0


def read(submission: Submission, lesson: Lesson) -> bytes:
    """Return the content of the file of answers to a lesson.

    Raises:
        Unreadable: if there is none, it is not clear which, or it cannot be trusted.
    """
    path = submission.path
    with _unreadable():
        match _kind(path):
            case "folder":
                names = dict(_files(path))
                return read_file(names[choose(names, lesson)])
            case "zip":
                return archive.read(path, lesson)
        return read_file(path)


def python_files(submission: Submission) -> set[str]:
    """Return the names of the Python files in a submission, without their folders.

    Raises:
        Unreadable: if it cannot be read or trusted.
    """
    path = submission.path
    with _unreadable():
        match _kind(path):
            case "folder":
                return {PurePosixPath(name).name for name, _ in _files(path)}
            case "zip":
                return {PurePosixPath(name).name for name in archive.names(path)}
        return {path.name}


def _kind(path: Path) -> str:
    """Return what a submission is: "folder", "zip" or "file"."""
    mode = path.lstat().st_mode
    if stat.S_ISDIR(mode):
        return "folder"
    refuse_unlike_file(mode)
    kinds = {".py": "file", ".zip": "zip"}
    if path.suffix.lower() not in kinds:
        raise Unreadable("it is neither a Python file nor a folder nor a zip.")
    return kinds[path.suffix.lower()]


@contextlib.contextmanager
def _unreadable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unreadable(f"it cannot be read: {_said(error)}.") from error
    except RecursionError as error:
        raise Unreadable("its folders are nested too deeply.") from error


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the path of each Python file within a folder, and where it is. Links are left out."""
    left = [(folder, PurePosixPath())]
    count = 0
    while left:
        here, inside = left.pop()
        for entry in os.scandir(here):
            count += 1
            if count > MOST_FILES:
                raise Unreadable(f"it has more than {MOST_FILES:,} files.")
            name = inside / entry.name
            if entry.is_dir(follow_symlinks=False):
                if not is_hidden(entry.name) and len(name.parts) <= MOST_FOLDERS_DEEP:
                    left.append((Path(entry.path), name))
            elif entry.name.lower().endswith(".py"):
                yield str(name), Path(entry.path)


def _said(error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return "it is no longer there"
    return error.strerror or type(error).__name__
