"""How commands and paths are named to the person who uses them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from course.environment import PROGRAM, ROOT

_as_from_make = ContextVar("as_from_make", default=False)


def names_make() -> bool:
    """Whether to name commands as make does: make sets a variable for everything that it runs."""
    return _as_from_make.get() or "MAKELEVEL" in os.environ


def command(name: str, lesson: str | None = None, task: str | None = None) -> str:
    """Return what to type: "make hint-09", or without make "python3 -m course hint 09"."""
    with_make = names_make()
    words = [f"make {name}" if with_make else f"{PROGRAM} {name}"]
    words += [f"-{lesson}" if with_make else f" {lesson}"] if lesson else []
    words += [f" TASK={task}" if with_make else f" --task {task}"] if task else []
    return "".join(words)


@contextmanager
def as_from_make() -> Iterator[None]:
    """Always name commands as make does: what is kept in files must not vary."""
    token = _as_from_make.set(True)
    try:
        yield
    finally:
        _as_from_make.reset(token)


def place(path: Path, line: int | None = None) -> str:
    """Return a path as you would type it here, with a line number that editors understand."""
    shown = path.resolve()
    for folder in (ROOT, Path.cwd()):
        if shown.is_relative_to(folder):
            shown = shown.relative_to(folder)
            break
    return f"{shown.as_posix()}:{line}" if line else shown.as_posix()
