"""What each level of containment costs, in turn in one run: to start, and to grade."""

from __future__ import annotations

import contextlib
import functools
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.progress import Progress

from benchmarks.cohort import WORKERS, hand_in, with_crew
from benchmarks.fast_grader import FastGrader
from benchmarks.measure import Result, in_turn, ratio
from course import catalog
from course.catalog import Lesson
from course.cohort.workers.crew import Crew
from course.cohort.workers.worker import GraderFactory
from course.official.marking import OfficialGrader
from course.sandbox.levels import LEVELS, Level
from course.sandbox.sandbox import Sandbox, why_not

SAMPLE = 8
ROUNDS = 5
STARTS = 15

NOTHING = "import json"
"""What is run to see how long a start takes: Python, and a module."""


class InBubblewrap(OfficialGrader):
    def __init__(self, lesson: Lesson) -> None:
        super().__init__(lesson, sandbox_level="bubblewrap")


class InNamespaces(OfficialGrader):
    def __init__(self, lesson: Lesson) -> None:
        super().__init__(lesson, sandbox_level="namespaces")


class WithLimits(OfficialGrader):
    def __init__(self, lesson: Lesson) -> None:
        super().__init__(lesson, sandbox_level="limits")


MAKES: dict[Level, GraderFactory] = {
    "bubblewrap": InBubblewrap,
    "namespaces": InNamespaces,
    "limits": WithLimits,
}


def measure(progress: Progress) -> list[Result]:
    """Measure the levels that work here, each beside no containment at all."""
    levels = [level for level in LEVELS if not why_not(level)]
    for level in LEVELS:
        if level not in levels:
            progress.console.print(f"{level} does not work here: {why_not(level)}")
    step = progress.add_task("Containment", total=2)
    results = _starts(levels)
    progress.advance(step)
    results += _gradings(levels)
    progress.advance(step)
    return results


def _starts(levels: list[Level]) -> list[Result]:
    """Once for each worker: how much longer a contained Python takes to start."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        bare, *contained = in_turn(
            lambda: subprocess.run([sys.executable, "-c", NOTHING], check=True),
            *(functools.partial(_start, level, Path(name)) for level in levels),
            rounds=STARTS,
        )
    results = []
    for level, times in zip(levels, contained, strict=True):
        more = statistics.median(a - b for a, b in zip(times, bare, strict=True))
        note = f"{statistics.median(bare):.3f} s without"
        results.append(Result(f"{level}: more time to start Python", more, 0.2, "s", note))
    return results


def _start(level: Level, above: Path) -> None:
    with tempfile.TemporaryDirectory(dir=above, ignore_cleanup_errors=True) as work:
        argv = [sys.executable, "-c", NOTHING]
        process = Sandbox(level).start(argv, readable=[], work=Path(work).resolve())
        _, trouble = process.communicate()
        assert process.returncode == 0, trouble


def _gradings(levels: list[Level]) -> list[Result]:
    """For each submission: official grading at each level, over fast grading, which has none."""
    lesson = catalog.find("09")
    with tempfile.TemporaryDirectory() as name:
        paths = hand_in(Path(name), SAMPLE)
        makes: list[GraderFactory] = [FastGrader, *(MAKES[level] for level in levels)]
        with contextlib.ExitStack() as stack:
            crews = [stack.enter_context(Crew(lesson, make, WORKERS)) for make in makes]
            ways = [functools.partial(with_crew, crew, paths) for crew in crews]
            none, *times = in_turn(*ways, rounds=ROUNDS)
    results = []
    for level, taken in zip(levels, times, strict=True):
        each = statistics.median(taken) / SAMPLE
        note = f"{each:.2f} s a submission; {statistics.median(none) / SAMPLE:.2f} s without"
        name = f"{level}: official grading / fast grading"
        results.append(Result(name, ratio(taken, none), 4.0, note=note))
    return results
