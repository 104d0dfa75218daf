"""Whether a busy machine changes what is said of answers.

All known variants of two lessons, and all attacks, are graded twice, locally and officially: once
with nothing beside them, and once with four processes for each core that do nothing but use it.
Verdicts, flags and texts have to be the same, byte for byte.
"""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.progress import Progress

from benchmarks.measure import Result
from course import catalog
from course.catalog import Lesson
from course.grade.answer_file import CannotLoad
from course.grade.grader import Grader
from course.grade.outcome import LessonOutcome
from course.lesson.variants import alternatives, mistakes, rounds, spliced
from course.official.marking import OfficialGrader

LESSONS = ("09", "12")
HOSTILE = catalog.ROOT / "checks" / "hostile"
BESIDE = 4
"""Processes for each core that do nothing but use it."""

SECONDS_PER_TEST = 1.0
"""Of CPU time. The fewer, the more a busy machine would show."""

SPIN = "while True: pass"
MOST_SHOWN = 3


def measure(progress: Progress) -> list[Result]:
    """Grade everything twice."""
    results = []
    for number in LESSONS:
        lesson = catalog.find(number)
        results.append(
            _compared(f"variants of lesson {number}", lesson, _variants(lesson), progress)
        )
    lesson = catalog.find("09")
    attacks = {path.stem: path.read_bytes() for path in sorted(HOSTILE.glob("*.py"))}
    results.append(_compared("attacks", lesson, attacks, progress, official_only=True))
    return results


def _variants(lesson: Lesson) -> dict[str, bytes]:
    """Files with a variant in the place of as many functions as possible, by name."""
    dealt = [*rounds(mistakes(lesson)), *rounds(alternatives(lesson))]
    return {
        one[0].name: spliced(lesson, {variant.task: variant.function for variant in one}).encode()
        for one in dealt
    }


def _compared(
    name: str,
    lesson: Lesson,
    files: dict[str, bytes],
    progress: Progress,
    official_only: bool = False,
) -> Result:
    bar = progress.add_task(name, total=2 * len(files))
    said = functools.partial(
        _said, lesson, files, official_only, functools.partial(progress.advance, bar)
    )
    quiet = said()
    with company():
        busy = said()
    changed = [file for file in files if quiet[file] != busy[file]]
    for file in changed[:MOST_SHOWN]:
        told = f"{file}\n  quiet: {quiet[file]}\n  busy:  {busy[file]}"
        progress.console.print(told, markup=False)
    what = f"{name}: files of {len(files)} of which a busy machine says something else"
    return Result(what, len(changed), 0, "files")


def _said(
    lesson: Lesson, files: dict[str, bytes], official_only: bool, advance: Callable[[], None]
) -> dict[str, str]:
    """Return all that is said of each file."""
    found = {}
    with (
        Grader(lesson, SECONDS_PER_TEST) as local,
        OfficialGrader(lesson, seconds_per_test=SECONDS_PER_TEST) as official,
        tempfile.TemporaryDirectory() as folder,
    ):
        path = Path(folder) / lesson.exercise.name
        for name, content in files.items():
            path.write_bytes(content)
            found[name] = _of_official(official, path)
            if not official_only:
                found[name] += _of_local(local, path)
            advance()
    return {name: text.replace(folder, "") for name, text in found.items()}


def _of_official(grader: OfficialGrader, path: Path) -> str:
    try:
        verdict = grader.grade(path)
    except CannotLoad as error:
        return repr(vars(error))
    return f"{_of_outcome(verdict.outcome)} {verdict.flags}"


def _of_local(grader: Grader, path: Path) -> str:
    try:
        return _of_outcome(grader.grade(path))
    except CannotLoad as error:
        return repr(vars(error))


def _of_outcome(outcome: LessonOutcome) -> str:
    return " ".join(test.as_json() for task in outcome.tasks for test in task.tests)


@contextlib.contextmanager
def company() -> Iterator[None]:
    """Have processes use every core of this machine while a block runs."""
    count = BESIDE * (os.cpu_count() or 1)
    started = [subprocess.Popen([sys.executable, "-S", "-c", SPIN]) for _ in range(count)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()
