"""The progress of a cohort on the screen: how many are done, how fast, and with what outcomes."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TextIO, TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
    track,
)
from rich.text import Text

from course.catalog import Lesson
from course.cohort.workers.crew import Step

LINES = 20
"""About how many lines a whole cohort prints if there is no terminal."""

Item = TypeVar("Item")

OUTCOMES = ("complete", "partial", "none", "cannot load", "unreadable", "not graded", "flagged")
STYLES = dict(zip(OUTCOMES, ["green", "yellow", "", "red", "red", "red", "magenta"], strict=True))


class Tally:
    """Counts the outcomes of submissions."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson
        self.counts: Counter[str] = Counter()
        self.done = 0
        self.unchanged = 0
        self.problems: list[str] = []

    def add(self, step: Step) -> None:
        """Count one more."""
        self.done += 1
        self.unchanged += not step.is_new
        grading = step.grading
        self.counts[self._outcome(step)] += 1
        self.counts["flagged"] += bool(grading.flags)
        if step.problem:
            self.problems.append(f"{grading.learner}: {step.problem}")

    def _outcome(self, step: Step) -> str:
        if step.problem:
            return "not graded"
        if step.grading.status != "graded":
            return step.grading.status.replace("_", " ")
        passed = step.grading.outcome(self._lesson).passed
        if passed == len(self._lesson.tasks):
            return "complete"
        return "partial" if passed else "none"

    @property
    def missing(self) -> int:
        """How many have no mark."""
        return self.counts["unreadable"] + self.counts["not graded"]

    def as_text(self) -> Text:
        """Return the count of each outcome that has occurred."""
        parts = [
            Text(f"{self.counts[name]} {name}", STYLES[name])
            for name in OUTCOMES
            if self.counts[name]
        ]
        return Text("  ").join(parts)


class Watched:
    """Shows a `Tally` as it grows: as a bar in a terminal, elsewhere as a line now and then.

    Args:
        lesson: the lesson.
        total: how many submissions there are.
        output: where to show it.
    """

    def __init__(self, lesson: Lesson, total: int, output: TextIO | None = None) -> None:
        self.tally = Tally(lesson)
        self._total = total
        self._output = output or sys.stdout
        self._start = time.monotonic()
        self._bar: Progress | None = None
        console = Console(file=self._output, highlight=False)
        if console.is_terminal:
            columns = (TextColumn("Grading"), BarColumn(20), MofNCompleteColumn(), _Rate())
            self._bar = Progress(
                *columns, TimeRemainingColumn(), _Counts(self.tally), console=console
            )
            self._step = self._bar.add_task("Grading", total=total)

    def __enter__(self) -> Watched:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *raised: object) -> None:
        if self._bar:
            self._bar.stop()

    def add(self, step: Step) -> None:
        """Show that one more is done."""
        self.tally.add(step)
        if self._bar:
            self._bar.advance(self._step)
        elif self.tally.done % max(1, self._total // LINES) == 0 or self.tally.done == self._total:
            self._print()

    def _print(self) -> None:
        done = self.tally.done
        seconds = time.monotonic() - self._start
        rate = done / seconds if seconds else 0.0
        left = f"{(self._total - done) / rate:.0f} s left" if rate else ""
        counts = self.tally.as_text().plain
        line = f"{done} of {self._total}   {rate:.1f} a second   {left}   {counts}"
        print(line, file=self._output, flush=True)


def shown(items: Sequence[Item], what: str, output: TextIO | None = None) -> Iterator[Item]:
    """Yield slow items, and show how many are done: in a bar, or without a terminal in lines.

    Args:
        items: what to yield.
        what: a label for the work.
        output: where to show it.
    """
    console = Console(file=output or sys.stdout, highlight=False)
    if console.is_terminal:
        yield from track(items, what, console=console, transient=True)
        return
    for number, item in enumerate(items, start=1):
        yield item
        if number % max(1, len(items) // LINES) == 0 or number == len(items):
            print(f"{what}: {number} of {len(items)}", file=console.file, flush=True)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f} a second" if speed else "", "dim")


class _Counts(ProgressColumn):
    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self._tally = tally

    def render(self, task: Task) -> Text:
        return self._tally.as_text()
