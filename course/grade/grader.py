"""Grades a file of answers: asks a worker process, and survives whatever happens to it.

The worker is another process, because answers may loop for ever, exit, or crash. When it dies
in the middle of a test, that test's task is wrong, and the other tasks are graded in a new one.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from course import catalog
from course.catalog import Lesson
from course.grade import LOCAL_TIME, RUNGS, SEED
from course.grade.answer_file import CannotLoad, compile_answers, line_of
from course.grade.died import ENDS, ENDS_WHY, LOOPS, LOOPS_WHY
from course.grade.outcome import Feedback, LessonOutcome, TaskOutcome, TestOutcome

SECONDS_TO_CLEAN_UP = 10.0
"""Real seconds that a worker gets to end its contained process."""


class Grader:
    """Grades one lesson, as often as one likes: the first time takes a second, then it is warm.

    To be used with `with`, or closed with `close()`.

    Args:
        lesson: the lesson.
        seconds_per_test: real seconds after which a test is taken for an endless loop. Tests
            take some milliseconds; on the rung "wire", some seconds.
        rung: where the models are, one of `RUNGS`.
        contained: the level at which answers are contained in another process than the tests.
            None is for one's own answers, which run in the process of the tests.
        left_out: the names of tasks that somebody else grades.
    """

    worker: ClassVar = ("-m", "course.grade.worker")
    """How Python is told to be a worker."""

    def __init__(
        self,
        lesson: Lesson,
        seconds_per_test: float = 5.0,
        rung: str = RUNGS[0],
        contained: str | None = None,
        left_out: frozenset[str] = frozenset(),
    ) -> None:
        self._left_out = left_out
        self.lesson = lesson
        self._rung = rung
        self._contained = contained
        self._seconds = seconds_per_test
        self._process: subprocess.Popen[str] | None = None
        self._ready = False
        self.flags: list[tuple[str, str]] = []
        self._trace = Path(tempfile.mkstemp(prefix="streamlings-", suffix=".txt")[1])

    def __enter__(self) -> Grader:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker."""
        self._stop()
        self._trace.unlink(missing_ok=True)

    def warm_up(self) -> None:
        """Start the worker, so that the next verdict comes fast."""
        if self._process is None or self._process.poll() is not None:
            self._process, self._ready = self._start(), False

    def grade(self, answers: Path, seed: int = SEED, only: str | None = None) -> LessonOutcome:
        """Run the tests of the lesson on a file of answers.

        Args:
            answers: the file.
            seed: varies the words and durations in the tests.
            only: the name of the one task to grade; None grades all.

        Raises:
            CannotLoad: if the file cannot be read, parsed or imported.
        """
        compile_answers(answers, whole=self._contained is None)
        self.flags.clear()
        outcomes: dict[str, TestOutcome] = {}
        try:
            self._grade(answers, seed, only, outcomes)
        except CannotLoad:
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
        self, answers: Path, seed: int, only: str | None, outcomes: dict[str, TestOutcome]
    ) -> None:
        """Fill in `outcomes`, in as many processes as it takes.

        A task that killed one is wrong, whatever its other tests would say: they are left out.
        """
        dead = {*self._left_out}
        while True:
            request = {
                "contained": self._contained,
                "answers": str(answers.resolve()),
                "seed": seed,
                "only": only,
                "skip_tests": sorted(outcomes),
                "skip_tasks": sorted(dead),
                "seconds": self._seconds,
                "trace": str(self._trace),
            }
            died = self._run(answers, request, outcomes)
            if died is None:
                return
            test, task, status = died
            if test not in outcomes or outcomes[test].verdict != "wrong":
                outcomes[test] = self._post_mortem(answers, test, task, status)
            dead.add(task)

    def _run(
        self, answers: Path, request: dict[str, Any], outcomes: dict[str, TestOutcome]
    ) -> tuple[str, str, int] | None:
        """Fill in `outcomes`; return the test in which the process died, its task and status.

        None means that all tests have run.
        """
        running: tuple[str, str] | None = None
        cannot_load: CannotLoad | None = None
        done = False
        status = 0
        for event in self._events(request):
            match event.pop("event"):
                case "cannot_load":
                    cannot_load = CannotLoad(**event)
                case "start":
                    running = (event["test"], event["task"])
                case "test":
                    outcome = TestOutcome.from_data(event)
                    outcomes[outcome.test] = outcome
                case "done":
                    done = True
                case "flag":
                    self.flags.append((event["task"], event["reason"]))
                case "exit":
                    status = event["status"]
        if cannot_load:
            raise cannot_load
        if done:
            return None
        if running is None:
            raise self._died_while_loading(answers, status)
        return (*running, status)

    def _events(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Send a request, and give the events until it is done."""
        self.warm_up()
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
        for line in process.stdout:
            event = json.loads(line)
            kind = event["event"]
            if kind == "broken_tests":
                break
            if kind == "ready":
                self._ready = True
            else:
                yield event
            if kind == "exit":
                return
        status = process.wait()
        self._stop()
        if not self._ready:
            tests = self.lesson.tests.relative_to(catalog.ROOT)
            raise RuntimeError(f"the tests cannot be collected. To see why: pytest {tests}")
        if self._contained:  # whatever the answers do, they cannot have done that
            raise RuntimeError(f"the process that grades has ended ({_cause(status)})")
        self.warm_up()
        yield {"event": "exit", "status": status}

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *self.worker, str(self.lesson.tests), self._rung],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=catalog.ROOT,
            env=_environment(),
            text=True,
            encoding="utf-8",
        )

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        if self._contained:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(SECONDS_TO_CLEAN_UP)
        process.kill()
        process.wait()

    def _post_mortem(self, answers: Path, test: str, task: str, status: int) -> TestOutcome:
        """Say what killed the process that ran `test`."""
        lines = _lines_in_trace(self._trace, answers)
        if lines:
            problem, why = LOOPS, LOOPS_WHY
        else:
            problem, why = f"{ENDS} ({_cause(status)})", ENDS_WHY
        line = lines[0] if lines else line_of(answers, task)
        return TestOutcome(test, task, "wrong", Feedback(problem, (), why, line, test))

    def _died_while_loading(self, answers: Path, status: int) -> CannotLoad:
        lines = _lines_in_trace(self._trace, answers)
        if lines:
            return CannotLoad(
                "it never finishes being imported.",
                "A loop outside of functions runs at once, before anything can be graded.",
                lines[-1],
            )
        reason = f"it ends the program while it is imported ({_cause(status)})"
        return CannotLoad(f"{reason}.", suspicious=reason)


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONUTF8": "1", "PYTHONHASHSEED": "0", "TZ": LOCAL_TIME}


def _lines_in_trace(trace: Path, answers: Path) -> list[int]:
    """The learner's lines in what faulthandler wrote, the innermost first."""
    with contextlib.suppress(OSError):
        text = trace.read_text(encoding="utf-8", errors="replace")
        pattern = rf'File "{re.escape(str(answers.resolve()))}", line (\d+)'
        return [int(number) for number in re.findall(pattern, text)]
    return []


def _cause(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"
