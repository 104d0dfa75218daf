"""How fast a cohort is graded, in how much memory, and how both grow.

STREAMLINGS_COHORT=20,200,2000 measures these sizes in place of the first two.
"""

from __future__ import annotations

import contextlib
import functools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice, pairwise
from pathlib import Path

from rich.progress import Progress

from benchmarks.fast_grader import FastGrader
from benchmarks.measure import Result, in_turn, ratio
from course import catalog
from course.cohort import command
from course.cohort.intake.submissions import Submission
from course.cohort.workers.crew import Crew, Job
from course.cohort.workers.worker import GraderFactory
from course.lesson.variants import alternatives, mistakes
from course.official.marking import OfficialGrader

SIZES = tuple(map(int, os.environ.get("STREAMLINGS_COHORT", "20,200").split(",")))
SAMPLE = 12
"""Submissions that are also graded with a cold pytest each."""

WORKERS = 2
ROUNDS = 3
SEED = 5
SECONDS_BETWEEN_LOOKS = 0.1


def measure(progress: Progress) -> list[Result]:
    """Compare three ways to grade the same submissions, then grade cohorts of several sizes."""
    step = progress.add_task("Cohort", total=1 + len(SIZES))
    results = _ways()
    progress.advance(step)
    runs = []
    for size in SIZES:
        runs.append(_run(size))
        progress.advance(step)
    for few, many in pairwise(runs):
        sizes = f"{many.size:,} / {few.size:,} submissions"
        note = f"{few.rate:.1f} and {many.rate:.1f} a second; {many.core:.2f} s of one core each"
        name = f"make grade: time, {sizes}"
        results.append(Result(name, many.seconds / few.seconds, many.size / few.size, note=note))
        note = f"{few.peak / 2**20:.0f} and {many.peak / 2**20:.0f} MiB with {WORKERS} workers"
        name = f"make grade: peak memory, {sizes}"
        results.append(Result(name, many.peak / few.peak, 1.5, note=note))
    return results


@dataclass(frozen=True)
class Run:
    """A cohort that was graded.

    Attributes:
        size: how many submissions.
        seconds: how long it took.
        processor: seconds of one core that all processes took together.
        peak: bytes that all processes had at most, together.
    """

    size: int
    seconds: float
    processor: float
    peak: int

    @property
    def rate(self) -> float:
        """Submissions a second."""
        return self.size / self.seconds

    @property
    def core(self) -> float:
        """Seconds of one core for a submission."""
        return self.processor / self.size


def sources(count: int) -> list[str]:
    """Return files of answers: the reference, known right and known wrong ones, over and over."""
    lesson = catalog.find("09")
    answers = [lesson.solution.read_text(encoding="utf-8")]
    answers += [variant.answers for variant in (*alternatives(lesson), *mistakes(lesson))]
    spread = answers[:: max(1, len(answers) // count)]
    return list(islice(cycle(spread), count))


def _ways() -> list[Result]:
    lesson = catalog.find("09")
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        paths = hand_in(folder, SAMPLE)
        crews = {
            kind: stack.enter_context(Crew(lesson, make, WORKERS))
            for kind, make in (("official", OfficialGrader), ("fast", FastGrader))
        }
        ways: list[Callable[[], object]] = [
            functools.partial(with_crew, crew, paths) for crew in crews.values()
        ]
        official, fast, cold = in_turn(*ways, lambda: _with_pytest(paths), rounds=ROUNDS)
    note = f"{SAMPLE / statistics.median(cold):.1f} a second with pytest"

    def rate(seconds: list[float]) -> str:
        return f"{SAMPLE / statistics.median(seconds):.1f} a second; {note}"

    return [
        Result("official grading / cold pytest", ratio(official, cold), 1 / 4, note=rate(official)),
        Result("fast grading / cold pytest", ratio(fast, cold), 1 / 8, note=rate(fast)),
    ]


def hand_in(folder: Path, count: int) -> list[Path]:
    """Write so many submissions into a folder."""
    paths = []
    for number, source in enumerate(sources(count)):
        paths.append(folder / f"learner-{number:05}.py")
        paths[-1].write_text(source, encoding="utf-8")
    return paths


def jobs_of(paths: Sequence[Path]) -> list[Job]:
    """Return the submissions as jobs for a crew."""
    return [Job(Submission(path.stem, path), path.read_bytes(), "", SEED) for path in paths]


def with_crew(crew: Crew, paths: Sequence[Path]) -> None:
    """Grade submissions, each of which can be loaded."""
    replies = [reply["event"] for _, reply in crew(jobs_of(paths))]
    assert replies == ["graded"] * len(paths), replies


def _with_pytest(paths: Sequence[Path]) -> None:
    lesson = catalog.find("09")
    tests = str(lesson.tests.relative_to(catalog.ROOT))

    def grade(path: Path) -> None:
        words = ["-m", "pytest", "-q", "--answers", str(path), "--seed", str(SEED), tests]
        subprocess.run([sys.executable, *words], cwd=catalog.ROOT, capture_output=True, check=False)

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(grade, paths))


def _run(size: int) -> Run:
    """Grade a cohort as `make grade` does."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "submissions"
        folder.mkdir()
        hand_in(folder, size)
        start, processor = time.perf_counter(), _processor()
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.cohort", str(folder), str(Path(name) / "out")],
            cwd=catalog.ROOT,
            stdout=subprocess.DEVNULL,
        )
        peak = _watch_memory(process)
        assert process.returncode == 0
        return Run(size, time.perf_counter() - start, _processor() - processor, peak)


def _processor() -> float:
    """Seconds that all processes have taken that we and ours have waited for."""
    times = os.times()
    return times.children_user + times.children_system


def _watch_memory(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process; return the bytes that it and its descendants had at most, together."""
    peak = 1
    while True:
        try:
            process.wait(SECONDS_BETWEEN_LOOKS)
            return peak
        except subprocess.TimeoutExpired:
            peak = max(peak, sum(map(_memory_of, _tree(process.pid))))


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.parent.name))
    found = [root]
    for process in found:
        found += children.get(process, [])
    return found


def _memory_of(process: int) -> int:
    """Bytes of one process; what several share is divided among them."""
    with contextlib.suppress(OSError, ValueError, StopIteration):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) * 1024
    return 0


def main(submissions: str, out: str) -> int:
    """Grade a folder officially."""
    make: GraderFactory = OfficialGrader
    lesson = catalog.find("09")
    return command.run(Path(submissions), lesson, Path(out), workers=WORKERS, make=make)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
