"""How commands and paths are named to the person who uses them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course.catalog import ROOT
from course.environment import PROGRAM


def command(name: str, lesson: str | None = None, task: str | None = None) -> str:
    """Return what to type: "make hint-09", or without make "python3 -m course hint 09"."""
    with_make = "MAKELEVEL" in os.environ  # set by make for all that it runs
    words = [f"make {name}" if with_make else f"{PROGRAM} {name}"]
    words += [f"-{lesson}" if with_make else f" {lesson}"] if lesson else []
    words += [f" TASK={task}" if with_make else f" --task {task}"] if task else []
    return "".join(words)


@contextmanager
def as_from_make() -> Iterator[None]:
    """Name commands as make does, whoever asks: what is kept in files must not vary."""
    before = os.environ.get("MAKELEVEL")
    os.environ["MAKELEVEL"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["MAKELEVEL"]
        else:
            os.environ["MAKELEVEL"] = before


def place(path: Path, line: int | None = None) -> str:
    """Return a path as one would type it here, with a line number that editors understand."""
    shown = path.resolve()
    for folder in (ROOT, Path.cwd()):
        if shown.is_relative_to(folder):
            shown = shown.relative_to(folder)
            break
    return f"{shown.as_posix()}:{line}" if line else shown.as_posix()
