"""What the newest version of every package would do to the course: `python -m course fresh`.

Everything happens in a copy of the checkout, in a temporary folder with its own environment.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree

from course import pins
from course.author.gates import CACHES, GROUPS_OF_GRADERS_PART, NOT_OURS, graders_part
from course.catalog import CourseError
from course.environment import ROOT, Environment, SetUpError, keep_private
from course.files import write_atomically
from course.versions import OLDEST_PYTHON

if TYPE_CHECKING:
    from course.environment import Run

Test = Callable[[Environment, Path], int]
"""Runs the graders' part there, writes pytest's report in XML, and returns the exit status."""


class Failure(NamedTuple):
    """A test that fails: the number of its lesson or "", its name, the first line of its error."""

    lesson: str
    test: str
    message: str


def run(
    pin: bool = False, *, root: Path = ROOT, install: Run | None = None, test: Test | None = None
) -> int:
    """Run the graders' part with the newest versions that fit together, and say what fails.

    Args:
        pin: write the versions to `constraints.txt` if all passed.
        root: folder of the checkout.
        install: runs the commands that create and install; tests pass their own.
        test: runs the graders' part; tests pass their own.

    Returns:
        0 if all passed or nothing is newer, 1 if some failed.

    Raises:
        CourseError: if the versions for this Python must not be pinned for all.
        SetUpError: if it could not be tried, for example without a package index.
    """
    if pin and sys.version_info[:2] != OLDEST_PYTHON:
        raise CourseError(_wrong_python())
    try:
        with _scratch() as folder:
            return _try(pin, root, folder, install, test or _test)
    except OSError as error:
        raise SetUpError(f"The newest versions could not be tried: {error}") from None


def _try(pin: bool, root: Path, folder: Path, install: Run | None, test: Test) -> int:
    shutil.copytree(root, folder / "checkout", symlinks=True, ignore=_ignored)
    place = Environment(folder / "checkout", folder / "venv", install, log=folder / "pip.log")
    constraints = root / "constraints.txt"
    pinned = constraints.read_text(encoding="utf-8")
    newest = _newest(place, pinned)
    rows = _differing(pins.versions(pinned), newest)
    if not rows:
        print(f"Nothing is newer than what {constraints.name} pins.")
        return 0
    print("\n".join(_table([("package", "pinned", "newest"), *rows])), flush=True)
    fresh = pins.moved(pinned, newest)
    write_atomically(place.root / constraints.name, fresh)
    place.prepare(GROUPS_OF_GRADERS_PART)
    if not _passes(place, folder / "report.xml", test):
        return 1
    if pin:
        write_atomically(constraints, fresh)
        project = root / "pyproject.toml"
        write_atomically(project, pins.in_project(project.read_text(encoding="utf-8"), fresh))
        print(f"{constraints.name} now names them. If its comments still hold, run: make test")
    return 0


def _newest(place: Environment, pinned: str) -> dict[str, str]:
    """Ask pip. No package may become older than its pin, so the search is short."""
    print("Asking for the newest versions that fit together (a few minutes).", flush=True)
    bounds = place.root / "oldest.txt"
    bounds.write_text(pins.as_lower_bounds(pinned), encoding="utf-8")
    return place.resolve(bounds)


def _differing(pinned: Mapping[str, str], newest: Mapping[str, str]) -> list[tuple[str, str, str]]:
    rows = [(name, pinned.get(pins.normal(name), "-"), newest[name]) for name in newest]
    return sorted((row for row in rows if row[1] != row[2]), key=lambda row: row[0].lower())


def _table(rows: list[tuple[str, str, str]]) -> list[str]:
    widths = [max(map(len, column)) + 2 for column in zip(*rows, strict=True)]
    return ["".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _passes(place: Environment, report: Path, test: Test) -> bool:
    """Run the graders' part with what is installed there, and report what fails."""
    print("Running the graders' part with them (a few minutes).", flush=True)
    status = test(place, report)
    if status == 0:
        print("All passed with the newest versions.")
        return True
    failed = failures(report) if report.exists() else []
    print("\n".join(_told(failed)) or f"pytest ended with status {status} and named no test.")
    return False


def failures(report: Path) -> list[Failure]:
    """Read what failed from a report of pytest in XML."""
    return [
        Failure(_lesson(case.get("name", "")), case.get("name", ""), _first_line(problem))
        for case in ElementTree.parse(report).iter("testcase")
        for problem in (*case.findall("failure"), *case.findall("error"))
    ]


def _lesson(test: str) -> str:
    found = re.search(r"\[(\d\d)_", test)
    return found[1] if found else ""


def _first_line(problem: ElementTree.Element) -> str:
    """The first line that pytest marks as the error; a file without tests has only that."""
    marked = re.search(r"(?m)^E +(.+)$", problem.text or "")
    message = marked[1] if marked else problem.get("message", "").partition("\n")[0]
    return message if len(message) <= 200 else message[:197] + "..."


def _told(failed: Iterable[Failure]) -> Iterator[str]:
    """Yield each message of each lesson once."""
    tests: dict[tuple[str, str], list[str]] = {}
    for lesson, test, message in sorted(failed):
        tests.setdefault((lesson, message), []).append(test)
    for (lesson, message), names in tests.items():
        yield f"{f'lesson {lesson}' if lesson else 'no lesson'}: {message}"
        others = f" and {len(names) - 1} more" if names[1:] else ""
        yield f"    {names[0]}{others}"


def _test(place: Environment, report: Path) -> int:
    keep_private(reaches_out=True)
    shown = ("--no-summary", "--tb=short", f"--junitxml={report}")
    words, variables = graders_part(place, *shown)
    return subprocess.run(words, cwd=place.root, env=variables).returncode


@contextmanager
def _scratch() -> Iterator[Path]:
    """A temporary folder. After a failure to set up, what pip said stays in it."""
    folder = Path(tempfile.mkdtemp(prefix="streamlings-fresh-"))
    try:
        yield folder
    except SetUpError:
        for part in ("checkout", "venv"):
            shutil.rmtree(folder / part, ignore_errors=True)
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


def _ignored(folder: str, names: list[str]) -> set[str]:
    """Caches and environments, whatever their names."""
    return {
        name
        for name in names
        if name in (*CACHES, *NOT_OURS) or Path(folder, name, "pyvenv.cfg").exists()
    }


def _wrong_python() -> str:
    oldest, here = (f"{major}.{minor}" for major, minor in (OLDEST_PYTHON, sys.version_info[:2]))
    return (
        f"Pins have to fit Python {oldest}, the oldest that the course supports. This is {here}.\n"
        "Run the course with that Python, or try the newest versions without pinning them."
    )
