"""Grades a file of answers: asks a worker process, and survives anything that happens to it.

The worker is another process, because answers may loop forever, exit, or crash. When it dies in
the middle of a test, that test's task is wrong, and the other tasks are graded in a new worker.
If it had to be ended only because the machine is too busy, that says nothing about the answers,
and the test is run again.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from course import catalog, start
from course.catalog import CourseError, Lesson
from course.grade import RUNGS, SEED, died
from course.grade.answer_file import AnswerFile, CannotLoad, read
from course.grade.died import TOO_BUSY, TOO_BUSY_WHY, Death
from course.grade.explain.looks import misuse_in
from course.grade.explain.misuse import Code
from course.grade.outcome import Feedback, LessonOutcome, TaskOutcome, TestOutcome
from course.grade.patience import (
    SECONDS_FOR_OTHERS,
    Budget,
    Finding,
    for_a_test,
    of_tests_apart,
)
from course.grade.worker_process import WorkerProcess
from course.temporary import TemporaryFolder

SECONDS_TO_CLEAN_UP = 60.0
"""Real seconds that a worker gets to end its contained process."""

TRIES = 3
"""How many times a test is started on a machine that is too busy."""


class TooBusy(CourseError):
    """The machine is too busy to grade. That says nothing about the answers."""

    def __init__(self) -> None:
        super().__init__(f"{TOO_BUSY.capitalize()}. {TOO_BUSY_WHY}")


class Grader:
    """Grades one lesson, as often as you like. The first time takes a second; then it is warm.

    Use it with `with`, or close it with `close()`.

    Args:
        lesson: the lesson.
        seconds_per_test: after so many seconds of CPU time, a test counts as an endless loop, and
            after so many seconds of sleep, as waiting forever. Tests take a few milliseconds; on
            the rung "wire", a few seconds.
        rung: where the models are, one of `RUNGS`.
        contained: the level at which answers are contained in a process apart from the tests.
            None is for your own answers, which run in the process of the tests.
    """

    worker: ClassVar = start.words("course.grade.worker")
    """The arguments that make Python a worker."""

    def __init__(
        self,
        lesson: Lesson,
        seconds_per_test: float = 5.0,
        rung: str = RUNGS[0],
        contained: str | None = None,
    ) -> None:
        self.lesson = lesson
        self._rung = rung
        self._contained = contained
        self._seconds = seconds_per_test
        self._worker: WorkerProcess | None = None
        self._budget: Budget | None = None
        self.flags: list[tuple[str | None, str]] = []
        self._temporary = TemporaryFolder()
        self._trace = self._temporary.path / "trace.txt"
        self._trace.touch()

    def __enter__(self) -> Grader:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker."""
        self._stop()
        self._temporary.close()

    def warm_up(self) -> None:
        """Start the worker, so that the next verdict comes quickly."""
        if self._worker is None or self._worker.has_ended:
            self._worker = self._start()

    def grade(
        self,
        answers: Path | AnswerFile,
        seed: int = SEED,
        only: str | None = None,
        until_wrong: bool = False,
    ) -> LessonOutcome:
        """Run the tests of the lesson on a file of answers.

        Args:
            answers: the file.
            seed: varies the words and durations in the tests.
            only: the name of the one task to grade; None grades all.
            until_wrong: whether to stop after a test that finds something wrong.

        Raises:
            CannotLoad: if the file cannot be read, parsed or imported.
            TooBusy: if this machine is too busy, time and again.
        """
        file = read(answers)
        file.compile(whole=self._contained is None)
        self.flags.clear()
        outcomes: dict[str, TestOutcome] = {}
        try:
            self._grade(file, seed, only, until_wrong, outcomes)
        except CannotLoad as error:
            error.text = error.text or file.line(error.line)
            raise
        except BaseException:
            self._stop()  # it may still be about to say something
            raise
        tasks = tuple(
            TaskOutcome(task, tuple(test for test in outcomes.values() if test.task == task.name))
            for task in self.lesson.tasks
            if only in (None, task.name)
        )
        return LessonOutcome(self.lesson, tasks, seed)

    def _grade(
        self,
        file: AnswerFile,
        seed: int,
        only: str | None,
        until_wrong: bool,
        outcomes: dict[str, TestOutcome],
    ) -> None:
        """Fill in `outcomes`, in as many processes as it takes.

        A task that killed one is wrong, no matter what its other tests would say. They are skipped.
        """
        wanted = [task.name for task in self.lesson.tasks if only in (None, task.name)]
        dead: set[str] = set()
        tries = 0
        while True:
            request = {
                "contained": self._contained,
                "answers": str(file.shown_as.resolve()),
                "source": file.source,
                "seed": seed,
                "tasks": [task for task in wanted if task not in dead],
                "until_wrong": until_wrong,
                "skip_tests": sorted(outcomes),
                "seconds": self._seconds_for_next,
                "trace": str(self._trace),
            }
            end = self._run(file, request, outcomes)
            if end is None:
                return
            test, task, death = end
            if death.is_busy:
                tries += 1
                if tries == TRIES or death.is_last:
                    raise TooBusy
                continue
            if death.is_last:
                self._note_left_over(death)
                return
            if not test:
                raise died.while_loading(death)
            if test not in outcomes or outcomes[test].verdict != "wrong":
                line = death.line or file.line_of(task)
                feedback = Feedback(death.problem, (), death.why, line, test)
                if slip := misuse_in(task, Code(self.lesson, file)):
                    feedback = Feedback(slip.problem, (), slip.why, slip.line or line, test)
                outcomes[test] = TestOutcome(test, task, "wrong", feedback)
            if until_wrong:
                return
            dead.add(task)

    def _run(
        self, file: AnswerFile, request: dict[str, Any], outcomes: dict[str, TestOutcome]
    ) -> tuple[str, str, Death] | None:
        """Fill in `outcomes`; return the test in which the process died, its task, and why.

        None means that all tests have run. An empty name means that it died during loading.
        """
        test = task = ""
        cannot_load: CannotLoad | None = None
        done = busy = False
        status, finding = 0, ""
        spent: Finding = ""
        for event in self._events_in_a_folder(request):
            match event.pop("event"):
                case "cannot_load":
                    cannot_load = CannotLoad(**event)
                case "start":
                    test, task = event["test"], event["task"]
                case "test":
                    outcome = TestOutcome.from_data(event)
                    outcomes[outcome.test] = outcome
                case "done":
                    done = True
                case "flag":
                    self.flags.append((event["task"], event["reason"]))
                case "busy":
                    busy = True
                case "exit":
                    status, finding, spent = event["status"], event["finding"], event["spent"]
        if cannot_load:
            raise cannot_load
        if done:
            return None
        if spent and self._budget is not None:
            return test, task, died.spent(spent, self._budget.limits)
        return test, task, self._death(file, status, "busy" if busy else finding)

    def _events_in_a_folder(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Do the same with an empty folder for the answers."""
        above = self._temporary.path
        with tempfile.TemporaryDirectory(dir=above, ignore_cleanup_errors=True) as folder:
            yield from self._events({**request, "folder": folder})

    @property
    def _seconds_for_next(self) -> float:
        """Seconds of CPU time, and of sleep, for each of the tests that run next."""
        if self._budget is None or self._budget.used < self._seconds:
            return self._seconds
        return min(self._seconds, SECONDS_FOR_OTHERS)

    def _note_left_over(self, death: Death) -> None:
        """Record that the remaining tests will not run."""

    def _events(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Send a request, and yield the events until it is done."""
        self.warm_up()
        worker = self._worker
        assert worker is not None
        worker.ask(request, self._budget)
        for event in worker.events():
            kind = event["event"]
            if kind == "broken_tests":
                break
            yield event
            if kind == "exit":
                return
        status = worker.wait()
        if not worker.is_ready and worker.finding != "busy":
            tests = self.lesson.tests.relative_to(catalog.ROOT)
            raise RuntimeError(f"the tests cannot be collected. To see why: pytest {tests}")
        if self._contained and not worker.finding:  # the answers cannot have caused that
            raise RuntimeError(f"the process that grades has ended ({died.cause_of(status)})")
        yield {"event": "exit", "status": status, "finding": worker.finding, "spent": worker.spent}
        self._stop()
        self.warm_up()

    def _start(self) -> WorkerProcess:
        words = (*self.worker, str(self.lesson.tests), self._rung)
        seconds = of_tests_apart(self._seconds) if self._contained else self._seconds
        return WorkerProcess(words, for_a_test(seconds))

    def _stop(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.stop(SECONDS_TO_CLEAN_UP if self._contained else 0.0)

    def _death(self, file: AnswerFile, status: int, finding: str) -> Death:
        """Say why the process that ran the answers has ended, or had to be ended."""
        trace = ""
        with contextlib.suppress(OSError):
            trace = self._trace.read_text(encoding="utf-8", errors="replace")
        death = died.of(status, trace, str(file.shown_as.resolve()), file.source)
        found = died.FOUND.get(finding)
        return replace(found, line=death.line) if found else death
