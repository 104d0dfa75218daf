"""`make pythons`: the graders' part of the gates on other Pythons than the one that runs this.

Each has an environment in `.streamlings/pythons`, which is kept: creating one takes longer than
everything that runs in it. A later run uses it as it is, or updates it to the pins of that day.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from course.author.gates import GROUPS_OF_GRADERS_PART, graders_part
from course.catalog import CourseError
from course.environment import ROOT, Environment, SetUpError, keep_private
from course.versions import OLDEST_PYTHON, too_old

KEPT = ROOT / ".streamlings" / "pythons"

_INTRODUCE = """
import os, sys, venv, ensurepip
print(*sys.version_info[:3])
print(os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable))
"""


class Python(NamedTuple):
    """An interpreter: its version, such as `(3, 13, 5)`, and the file that is started."""

    version: tuple[int, ...]
    path: Path

    def __str__(self) -> str:
        return ".".join(map(str, self.version))

    @property
    def minor(self) -> tuple[int, ...]:
        """The version that decides about syntax and packages, such as `(3, 13)`."""
        return self.version[:2]


class Result(NamedTuple):
    """How the graders' part went: what was counted, and the time with the set-up in seconds."""

    python: Python
    passed: bool
    counts: str
    seconds: float

    def __str__(self) -> str:
        verdict = "passed" if self.passed else "FAILED"
        clock = f"{self.seconds // 60:.0f}:{self.seconds % 60:02.0f}"
        return f"{self.python!s:9}{verdict:8}{clock:>6}  {self.counts:40}  {self.python.path}"


def run(pythons: Sequence[str], everything: bool = False) -> int:
    """Run the graders' part on each Python and print how it went, at the end in a table.

    Args:
        pythons: their paths, or names on PATH; with none, all that are found except the one that
            runs this.
        everything: run all of it. Otherwise a sample, the same as in `make test`.

    Returns:
        0 if all passed or none was found, otherwise 1.

    Raises:
        CourseError: if one that is named cannot be used.
    """
    chosen = [named(python) for python in pythons] or found()
    if not chosen:
        print("No other Python was found. To name some: make pythons PYTHONS=/path/to/python3")
        return 0
    keep_private(reaches_out=True)
    results = [examine(python, everything) for python in chosen]
    print("\nThe graders' part on other Pythons:")
    print(*results, sep="\n")
    return 0 if all(result.passed for result in results) else 1


# Which Pythons


def named(path: str) -> Python:
    """Return the Python at a path, or with a name that is on PATH.

    Raises:
        CourseError: if it does not start, cannot make environments, or is too old.
    """
    python = introduced(path)
    if not python:
        raise CourseError(f"{path} is not a Python that starts and can make environments.")
    if problem := too_old((python.version[0], python.version[1]), path):
        raise CourseError(problem)
    return python


def found() -> list[Python]:
    """Return the newest Python of each minor version except the one that runs this, oldest first.

    Looks on PATH and below the folder of pyenv. A file that only says what to install does not
    count.
    """
    known = sorted({python for path in _candidates() if (python := introduced(path))})
    newest = {python.minor: python for python in known}
    return [python for minor, python in newest.items() if minor != sys.version_info[:2]]


def introduced(path: str) -> Python | None:
    """Ask an interpreter what it is; None if it does not start or cannot make environments."""
    try:
        said = subprocess.run([path, "-I", "-c", _INTRODUCE], capture_output=True, text=True)
        version, base = said.stdout.splitlines()
    except (OSError, ValueError):
        return None
    return Python(tuple(map(int, version.split())), Path(base))


def _candidates() -> Iterator[str]:
    pyenv = Path(os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser()
    for folder in (*map(Path, os.get_exec_path()), *pyenv.glob("versions/*/bin")):
        for path in folder.glob("python3.*"):
            number = re.fullmatch(r"python3\.(\d+)", path.name)
            if number and (3, int(number[1])) >= OLDEST_PYTHON:
                yield str(path)


# The graders' part on one of them


def examine(python: Python, everything: bool) -> Result:
    """Run the graders' part on one Python, and show its progress and what failed."""
    print(f"\nPython {python}, {python.path}", flush=True)
    started = time.perf_counter()
    try:
        place = _environment(python)
    except SetUpError as error:
        print(error)
        passed, counts = False, "could not be set up"
    else:
        passed, counts = _passes(place, everything)
    result = Result(python, passed, counts, time.perf_counter() - started)
    print(result, flush=True)
    return result


def _environment(python: Python) -> Environment:
    """Return an environment of exactly this Python that has what is needed."""
    folder = KEPT / ".".join(map(str, python.minor))
    place = Environment(folder=folder, python=python.path)
    if place.base_interpreter() not in ("", str(python.path)):
        shutil.rmtree(folder)
    place.prepare(GROUPS_OF_GRADERS_PART)
    return place


def _passes(place: Environment, everything: bool) -> tuple[bool, str]:
    """Return whether pytest passed, and what it counted."""
    words, variables = graders_part(place, *(() if everything else ("--sample",)))
    with subprocess.Popen(
        words,
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as pytest:
        assert pytest.stdout
        lines = list(_with_progress(pytest.stdout))
    if pytest.returncode:
        print(*summary(lines), sep="\n")
    return pytest.returncode == 0, counts(lines) or f"pytest ended with {pytest.returncode}"


def _with_progress(lines: Iterable[str]) -> Iterator[str]:
    """Pass on what pytest says, and print each tenth of the tests when it is done."""
    tenths = 0
    for line in lines:
        done = re.search(r"\[ *(\d+)%\]$", line.rstrip())
        if done and int(done[1]) // 10 > tenths:
            tenths = int(done[1]) // 10
            print(f"{tenths}0%", end="\n" if tenths == 10 else " ", flush=True)
        yield line.rstrip()


def summary(lines: Sequence[str]) -> Sequence[str]:
    """Return what failed, one line each, or the end of pytest's output if it has no such list."""
    starts = [number for number, line in enumerate(lines) if "short test summary info" in line]
    return lines[starts[-1] + 1 :] if starts else lines[-20:]


def counts(lines: Sequence[str]) -> str:
    """Return what the closing line of pytest counts, such as "1 failed, 9 passed", or ""."""
    closing = re.match(r"(\d+ \w+(?:, \d+ \w+)*) in [\d.]+s", lines[-1] if lines else "")
    return closing[1] if closing else ""
