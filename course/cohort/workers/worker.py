"""The process that grades one submission after another, with a grader that stays warm.

It talks to `crew.py` in JSON messages: it gets two for each submission, and sends one for each
verdict. It never sees the gradebook.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import pkgutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection
from typing import Any, Protocol

from course import catalog, environment
from course.catalog import Lesson
from course.cohort.intake.names import printable, printable_lines
from course.grade import screen
from course.grade.answer_file import AnswerFile, CannotLoad
from course.grade.died import TOO_BUSY
from course.grade.grader import TooBusy
from course.grade.outcome import LessonOutcome
from course.wording import as_from_make

SECONDS_TO_CLEAN_UP = 60.0
"""How long to clean up after the end of the parent: a last resort."""


class Verdict(Protocol):
    """What a grader says about one submission."""

    @property
    def outcome(self) -> LessonOutcome: ...

    @property
    def flags(self) -> Any: ...

    @property
    def seconds(self) -> float: ...


class SubmissionGrader(Protocol):
    """Grades submissions; `level` says how it contains them."""

    @property
    def level(self) -> str: ...

    def grade(self, answers: AnswerFile, seed: int) -> Verdict: ...


GraderFactory = Callable[[Lesson], AbstractContextManager[SubmissionGrader]]
"""Makes a grader. Another process imports it by its name."""


def name_of(make: GraderFactory) -> str:
    """Return the name by which another process can import it: `module:name`."""
    return f"{make.__module__}:{make.__name__}"


def factory(name: str) -> GraderFactory:
    """Return what has the name `module:name`."""
    make: GraderFactory = pkgutil.resolve_name(name)
    return make


def _wait_for_end_of_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()


def serve(
    parent: Connection,
    number: str,
    make: GraderFactory,
    wait_for_end_of_parent: Callable[[], object] = _wait_for_end_of_parent,
) -> None:
    """Grade what comes from `parent` until nothing more comes, or the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    threading.Thread(target=_end_with_parent, args=(wait_for_end_of_parent,), daemon=True).start()
    lesson = catalog.find(number)
    try:
        with as_from_make(), make(lesson) as grader:  # stored texts must not vary
            _tell(parent, {"event": "ready", "level": grader.level})
            with contextlib.suppress(EOFError):
                while True:
                    seed = json.loads(parent.recv_bytes())["seed"]
                    _tell(parent, _grade(grader, lesson, parent.recv_bytes(), seed))
    except Exception as error:
        _tell(parent, {"event": "failed", "reason": _said(error)})
        sys.exit(1)  # whatever state the grader is in, a new one is better


def _end_with_parent(wait_for_end_of_parent: Callable[[], object]) -> None:
    """End with the parent: nobody is waiting for the result anymore."""
    wait_for_end_of_parent()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SECONDS_TO_CLEAN_UP)
    os._exit(1)


def _grade(grader: SubmissionGrader, lesson: Lesson, content: bytes, seed: int) -> dict[str, Any]:
    start = time.monotonic()
    try:
        file = AnswerFile.of(content, lesson.exercise)
        verdict = grader.grade(file, seed)
    except CannotLoad as error:
        feedback = screen.as_plain(screen.cannot_load(lesson, lesson.exercise, error))
        where = f"line {error.line}: " if error.line else ""
        return {
            "event": "cannot_load",
            "reason": printable(where + error.problem),
            "flags": [[None, printable(error.suspicious)]] if error.suspicious else [],
            "feedback": printable_lines(feedback),
            "seconds": time.monotonic() - start,
        }
    feedback = screen.as_plain(screen.verdict(verdict.outcome, file))
    tests = [test for task in verdict.outcome.tasks for test in task.tests]
    return {
        "event": "graded",
        "tests": [json.loads(test.as_json()) for test in tests],
        "flags": [[flag.task, printable(flag.reason)] for flag in verdict.flags],
        "feedback": printable_lines(feedback),
        "seconds": verdict.seconds,
        "level": grader.level,
    }


def _said(error: Exception) -> str:
    if isinstance(error, TooBusy):
        return TOO_BUSY
    return printable(f"{type(error).__name__}: {error}")[:300]


def _tell(parent: Connection, message: dict[str, Any]) -> None:
    with contextlib.suppress(BrokenPipeError):
        parent.send_bytes(json.dumps(message).encode())


def main(number: str, make: str, connection: str) -> None:
    """Serve a parent that did not start this process with `multiprocessing`.

    Args:
        number: of the lesson.
        make: the grader, as `module:name`.
        connection: the number of the open file to talk through. The parent holds standard input
            open, so that it ends with the parent.
    """
    environment.keep_private()
    serve(Connection(int(connection)), number, factory(make), lambda: os.read(0, 1))


if __name__ == "__main__":
    main(*sys.argv[1:])
