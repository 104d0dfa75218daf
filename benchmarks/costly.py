"""What attacks cost, and how long a cohort takes with some of them in it.

    python3 -m benchmarks.costly                 the CPU time of each attack
    python3 -m benchmarks.costly NAME ...        of some
    python3 -m benchmarks costly                 the cohort

CPU time is what the kernel has counted for all processes that were at work on the file. The cohort
is graded in turn with and without the attacks; STREAMLINGS_COSTLY=300,20 says how many of each.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path

from rich.progress import Progress

from benchmarks.cohort import WORKERS, jobs_of
from benchmarks.measure import Result
from benchmarks.mixed_cohort import HOSTILE, cohort
from course import catalog
from course.catalog import Lesson
from course.cohort.workers.crew import Crew
from course.grade.answer_file import CannotLoad
from course.grade.patience import GLANCE, Budget, Limits
from course.official.marking import OfficialGrader

HONEST, COSTLY = map(int, os.environ.get("STREAMLINGS_COSTLY", "30,2").split(","))

KINDS = (
    "sleep_in_each_test",
    "quadratic_error_text",
    "nested_arguments",
    "messages_sent_ahead",
    "long_f_string",
    "error_text_joined",
    "work_in_each_test",
)
"""Attacks that cost as much as they can."""

MOST_CPU = 60.0
"""Seconds that one submission may cost."""

MOST_TIMES = 1.5
"""How many times as long a cohort may take with them."""

SECONDS_PER_TEST = 5.0
FIELDS = 32_000
"""In an f-string, if a test may take that long. They are read within the limit, if only just."""


def source_of(path: Path, seconds: float = SECONDS_PER_TEST) -> str:
    """Return an attack as it is meant: aimed at a limit, and as long as it likes to be.

    Args:
        path: the file.
        seconds: of CPU time for a test.
    """
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^SECONDS_PER_TEST = 1\.0$", f"SECONDS_PER_TEST = {seconds}", text)
    fields = "{1}" * int(FIELDS * seconds / SECONDS_PER_TEST)
    return text.replace('f"{1}"', f'f"{fields}"')


@contextlib.contextmanager
def counting() -> Iterator[Budget]:
    """Count the CPU time that this process and all that it has started use within a block."""
    counted = Budget(Limits(math.inf, math.inf, math.inf))
    counted.count(os.getpid())
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(GLANCE):
            counted.look(is_awaited=False)

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        try:
            yield counted
        finally:
            is_over.set()
        looking.result()
    counted.look(is_awaited=False)


def measure(progress: Progress) -> list[Result]:
    """Grade the same cohort without costly submissions and with them."""
    lesson = catalog.find("09")
    step = progress.add_task("Costly submissions", total=2)
    with tempfile.TemporaryDirectory() as name, Crew(lesson, OfficialGrader, WORKERS) as crew:
        honest, costly = _hand_in(Path(name), lesson)
        _grade(crew, honest[:WORKERS])  # warms up
        with counting() as cpu_without:
            without = _grade(crew, honest)
        progress.advance(step)
        with counting() as cpu_with_them:
            with_them = _grade(crew, [*costly, *honest])
        progress.advance(step)
    what = f"a cohort of {HONEST} with {COSTLY} costly submissions / without"
    used = f"{cpu_with_them.used:.0f} and {cpu_without.used:.0f} s of CPU time"
    note = f"{with_them:.0f} and {without:.0f} s; {used}"
    return [Result(what, with_them / without, MOST_TIMES, note=note)]


def _hand_in(folder: Path, lesson: Lesson) -> tuple[list[Path], list[Path]]:
    honest = [one for one in cohort(lesson) if "hostile" not in one.name]
    sources = {f"honest-{n:03}": one.source for n, one in enumerate(islice(cycle(honest), HONEST))}
    for number, kind in enumerate(islice(cycle(KINDS), COSTLY)):
        sources[f"costly-{number:03}"] = source_of(HOSTILE / f"{kind}.py")
    paths = []
    for name, source in sources.items():
        paths.append(folder / f"{name}.py")
        paths[-1].write_text(source, encoding="utf-8")
    return paths[:HONEST], paths[HONEST:]


def _grade(crew: Crew, paths: list[Path]) -> float:
    """Grade submissions; return the seconds that it took."""
    start = time.perf_counter()
    events = {reply["event"] for _, reply in crew(jobs_of(paths))}
    assert events <= {"graded", "cannot_load"}, events
    return time.perf_counter() - start


def _costs(names: list[str]) -> Iterator[tuple[str, float]]:
    """Give the CPU time of attacks, each as soon as it is known."""
    lesson = catalog.find("09")
    with tempfile.TemporaryDirectory() as name, OfficialGrader(lesson) as grader:
        grader.grade(lesson.solution)
        for path in sorted(HOSTILE.glob("*.py")):
            text = source_of(path)
            if (names and path.stem not in names) or re.search(r"(?m)^Lesson: ", text):
                continue
            answers = Path(name) / path.name
            answers.write_text(text, encoding="utf-8")
            with counting() as counted, contextlib.suppress(CannotLoad):
                grader.grade(answers)
            yield path.stem, counted.used


def main(words: list[str]) -> int:
    """Say what attacks cost. Status 1 if one costs too much."""
    most = 0.0
    for name, seconds in _costs(words):
        print(f"{seconds:6.1f} s  {name}", flush=True)
        most = max(most, seconds)
    print(f"{most:6.1f} s  is the most; at most {MOST_CPU:g} s is promised")
    return 0 if most <= MOST_CPU else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
