"""Contained processes: how they are started, and one file of answers after another in them."""

from __future__ import annotations

import shutil
import sys
import tempfile
import types
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from course import catalog
from course.catalog import Lesson
from course.grade.answers import Answers
from course.grade.died import ContainedDied
from course.grade.official import Channel, ContainedAnswers
from course.grade.outcome import TestOutcome
from course.grade.sandbox import Level, Sandbox

FILES = (
    "course/__init__.py",
    "course/fakes/__init__.py",
    "course/fakes/clock.py",
    "course/grade/__init__.py",
    "course/grade/contained.py",
    "course/grade/plain_data.py",
    "course/grade/watchdog.py",
)
"""All of the course that the contained process gets to see."""


class ContainedProcess:
    """A process that runs files of answers, one after the other, each in a child of its own.

    Args:
        level: how it is contained; None is the strongest way that works here.

    Raises:
        CannotContain: if that level does not work on this machine.
    """

    def __init__(self, level: Level | None = None) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="streamlings-cell-")).resolve()
        code, work = self._folder / "code", self._folder / "work"
        for name in FILES:
            target = code / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(catalog.ROOT / name, target)
        work.mkdir()
        for path in (self._folder, *self._folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)  # another user has to read it
        sandbox = Sandbox(level)
        alone = [] if sandbox.level == "limits" else ["alone"]
        self._process = sandbox.start(
            [sys.executable, "-m", "course.grade.contained", *alone],
            readable=[code],
            work=work,
            python_path=[code],
        )
        self.channel = Channel(self._process)

    def is_clean(self) -> bool:
        """Whether it waits for the next file of answers, and nothing of the last one is left."""
        return self._process.poll() is None and self.channel.synchronise()

    def close(self) -> None:
        """End it and all that runs in it."""
        Sandbox.kill(self._process)
        shutil.rmtree(self._folder, ignore_errors=True)

    def answers(self, lesson: Lesson, path: Path, source: str, seconds: float) -> AnswersInside:
        """Return one file of answers, to be run in a child."""
        return AnswersInside(self.channel, lesson, path, source, seconds)


class AnswersInside:
    """One file of answers in a contained process, in as many children as it takes."""

    def __init__(
        self, channel: Channel, lesson: Lesson, path: Path, source: str, seconds: float
    ) -> None:
        self._channel = channel
        self._arguments = (lesson, path, source, _given(lesson), seconds)
        self._running: ContainedAnswers | None = None

    def for_test(self, lesson: Lesson, path: Path) -> Answers:
        """Return the answers for one test.

        Raises:
            CannotLoad: if they cannot be imported.
        """
        if self._running is None:
            self._running = ContainedAnswers(self._channel, *self._arguments)
        self._running.begin_test()
        self._running.answers.calls.clear()
        return self._running.answers

    def after_test(
        self, outcome: TestOutcome, tell: Callable[[dict[str, Any]], None]
    ) -> TestOutcome:
        """Add what was printed; say what is suspicious; let go of a child that is of no use."""
        if self._running is None:
            return outcome
        died = self._running.died
        if died is None:
            try:
                return replace(outcome, printed=self._running.printed())
            except ContainedDied as error:
                died = error
        self._running = None
        if died.suspicious:
            tell({"event": "flag", "task": outcome.task, "reason": died.suspicious})
        self._channel.synchronise()
        return outcome


def _given(lesson: Lesson) -> types.ModuleType:
    """Return the reference solution as a module, for the classes that the stub gives."""
    module = types.ModuleType("given")
    sys.modules["given"] = module
    source = lesson.solution.read_text(encoding="utf-8")
    exec(compile(source, str(lesson.solution), "exec", dont_inherit=True), vars(module))
    return module
