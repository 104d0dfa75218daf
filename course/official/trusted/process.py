"""Contained processes: how they start, and how they run one file of answers after another."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import types
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from course import catalog
from course.catalog import Lesson
from course.grade import FIXED_VARIABLES, died
from course.grade.answer_file import AnswerFile, CannotLoad
from course.grade.answers import Answers
from course.grade.died import ContainedDied
from course.grade.importing import FILE
from course.grade.outcome import Feedback, TestOutcome
from course.official.trusted.channel import Channel
from course.official.trusted.session import ContainedAnswers
from course.sandbox.levels import Level
from course.sandbox.sandbox import Sandbox
from course.temporary import TemporaryFolder

FOLDERS = ("course/official/contained", "course/official/protocol")
FILES = (
    "course/__init__.py",
    "course/fakes/__init__.py",
    "course/fakes/binding.py",
    "course/fakes/clock.py",
    "course/fakes/thread_pools.py",
    "course/grade/__init__.py",
    "course/grade/frames.py",
    "course/grade/importing.py",
    "course/grade/printed.py",
    "course/grade/said.py",
    "course/grade/watchdog.py",
    "course/official/__init__.py",
)
"""All of the course that the contained process gets to see: two folders, and what they import."""

FILES_FOR_SEARCHES = (
    "course/catalog.py",
    "course/environment.py",
    "course/fakes/blocking.py",
    "course/fakes/chat_models.py",
    "course/fakes/display.py",
    "course/fakes/embeddings.py",
    "course/fakes/held.py",
    "course/fakes/nesting.py",
    "course/fakes/openai/__init__.py",
    "course/fakes/openai/history.py",
    "course/fakes/openai/reply.py",
    "course/fakes/replay.py",
    "course/fakes/script.py",
    "course/fakes/sources.py",
    "course/fakes/terminal.py",
    "course/fakes/text.py",
    "course/grade/answer_file.py",
    "course/grade/answers.py",
    "course/grade/conflict_markers.py",
    "course/grade/describe.py",
    "course/grade/died.py",
    "course/grade/differences.py",
    "course/grade/expect.py",
    "course/grade/hidden.py",
    "course/grade/model_checks.py",
    "course/grade/patience.py",
    "course/grade/ran.py",
    "course/grade/scenarios.py",
    "course/grade/search.py",
    "course/grade/stream_checks.py",
    "course/grade/stream_promises.py",
    "course/grade/text_checks.py",
    "course/grade/value_checks.py",
    "course/grade/warm.py",
    "course/pins.py",
    "course/variables.py",
    "course/versions.py",
    "course/wording.py",
)
"""What searches import in addition. They also need a lesson's tests and its `lesson.toml`: all of
that is what each learner has. A solution is not among it."""

SIGNATURES = "signatures.json"
"""The file that says how the tasks are declared: otherwise, that is read from the solution."""


class ContainedProcess:
    """A process that runs files of answers, one after another, each in its own child.

    Args:
        level: how it is contained; None means the strongest way that works here.
        modules: what it imports once, for all children.
        searched: the lesson whose searches it can run itself.

    Raises:
        CannotContain: if that level does not work on this machine.
    """

    def __init__(
        self,
        level: Level | None = None,
        modules: Iterable[str] = (),
        searched: Lesson | None = None,
    ) -> None:
        self._arguments = [*(["--searches"] if searched else []), *sorted(modules)]
        self._temporary = TemporaryFolder("cell-")
        self._folder = self._temporary.path
        code = self._folder / "code"
        for source in visible(searched):
            target = code / source.relative_to(catalog.ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
        if searched is not None:
            (code / SIGNATURES).write_text(_signatures(searched), encoding="utf-8")
        for path in (self._folder, code, *code.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)  # another user has to read it
        self._sandbox = Sandbox(level)
        self._start()

    def _start(self) -> None:
        work = Path(tempfile.mkdtemp(prefix="work-", dir=self._folder))
        alone = [] if self._sandbox.level == "limits" else ["--alone"]
        words = ["course.official.contained", *alone, *self._arguments]
        self._process = self._sandbox.start(
            # Answers can write to its current folder. So -P: import nothing from there.
            [sys.executable, "-P", "-m", *words],
            readable=[self._folder / "code"],
            work=work,
            variables={**FIXED_VARIABLES, "PYTHONPATH": str(self._folder / "code")},
        )
        self.channel = Channel(self._process, FILE)

    def wait_until_up(self) -> None:
        """Wait until it can run answers.

        Raises:
            ContainedDied: if it does not start.
        """
        self.channel.wait_until_up()

    def restart(self) -> None:
        """End it and everything that runs in it, and start it again."""
        self._end()
        self._start()

    def close(self) -> None:
        """End it and everything that runs in it."""
        self._end()
        self._temporary.close()

    def _end(self) -> None:
        Sandbox.kill(self._process)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


def visible(searched: Lesson | None = None) -> list[Path]:
    """Return the files of the course that the contained process gets to see.

    Args:
        searched: the lesson whose searches it runs.
    """
    found = [catalog.ROOT / name for name in FILES]
    found += sorted(path for name in FOLDERS for path in (catalog.ROOT / name).glob("*.py"))
    if searched is not None:
        found += [catalog.ROOT / name for name in FILES_FOR_SEARCHES]
        found += [searched.folder / "lesson.toml", searched.tests]
    return found


def _signatures(lesson: Lesson) -> str:
    """Return how the tasks of a lesson are declared, as JSON."""
    return json.dumps({task.name: asdict(lesson.signatures[task.name]) for task in lesson.tasks})


class AnswersInside:
    """One file of answers in a contained process, in as many children as it takes.

    Args:
        process: the contained process.
        lesson: the lesson.
        file: the answers.
        seconds: of CPU time for one test.
        tell: takes events about anything suspicious.

    Attributes:
        is_clean: whether the contained process is still the same as in the beginning, and has
            nothing left to say.
    """

    def __init__(
        self,
        process: ContainedProcess,
        lesson: Lesson,
        file: AnswerFile,
        seconds: float,
        tell: Callable[[dict[str, Any]], None],
    ) -> None:
        self._process = process
        self._arguments = (lesson, file, _given(lesson), seconds)
        self._file = file
        self._tell = tell
        self._running: ContainedAnswers | None = None
        self._died: ContainedDied | None = None
        self.is_clean = True

    @property
    def has_died(self) -> bool:
        """Whether it died in the test that ran last."""
        return self._died is not None

    @property
    def is_too_busy(self) -> bool:
        """Whether the machine was too busy for the test that ran last."""
        return self._died is not None and self._died.death.is_busy

    def load(self) -> None:
        """Import the answers.

        Raises:
            CannotLoad: if they cannot be imported.
        """
        try:
            self._running = ContainedAnswers(self._process.channel, *self._arguments)
            return
        except ContainedDied as error:
            self._died = error
            cannot_load = died.while_loading(error.death)
        except CannotLoad as error:
            cannot_load = error
        cannot_load.suspicious = self._end(cannot_load.suspicious)
        raise cannot_load

    def for_test(self, lesson: Lesson, path: Path) -> Answers:
        """Return the answers for one test. If there are none, the tasks fail when called.

        Raises:
            CannotLoad: if they cannot be imported.
        """
        self._died = None
        try:
            if self._running is None:
                self._running = ContainedAnswers(self._process.channel, *self._arguments)
            self._running.begin_test()
        except ContainedDied as error:
            self._died = error
            return Answers(lesson, _dead(lesson, error), self._file)
        except CannotLoad as error:  # although it worked the first time
            self._flag(None, self._end(error.suspicious))
            raise
        self._running.answers.calls.clear()
        return self._running.answers

    def after_test(self, outcome: TestOutcome) -> TestOutcome:
        """Add what was printed, and drop a child that is no longer usable.

        A test in which the child died is not passed, whatever the test itself says.
        """
        if self._running is not None and self._died is None:
            try:
                outcome = outcome.with_printed(self._running.end_test())
            except ContainedDied as error:
                self._died = error
        if self._died is None:
            return outcome
        death = self._died.death
        self._running = None
        suspicious = self._end(death.suspicious)
        if not death.is_busy:
            self._flag(outcome.task, suspicious)
        if outcome.verdict == "wrong":
            return outcome
        feedback = Feedback(death.problem, (), death.why, death.line, outcome.test)
        return replace(outcome, verdict="wrong", feedback=feedback)

    def close(self) -> None:
        """End the child."""
        self._flag(None, self._end())

    def _end(self, suspicious: str = "") -> str:
        """End the child; return what is suspicious, or ""."""
        channel = self._process.channel
        self.is_clean = channel.end()
        return suspicious or channel.what_is_left(self.is_clean)

    def _flag(self, task: str | None, suspicious: str) -> None:
        if suspicious:
            self._tell({"event": "flag", "task": task, "reason": suspicious})


def _dead(lesson: Lesson, error: ContainedDied) -> types.ModuleType:
    """Return a module in which every task raises that it has died."""

    def call(*args: Any, **kwargs: Any) -> None:
        raise error

    module = types.ModuleType("answers")
    vars(module).update(dict.fromkeys((task.name for task in lesson.tasks), call))
    return module


def _given(lesson: Lesson) -> types.ModuleType:
    """Return the reference solution as a module, for the classes that the stub gives."""
    module = types.ModuleType("given")
    sys.modules["given"] = module
    source = lesson.solution.read_text(encoding="utf-8")
    exec(compile(source, str(lesson.solution), "exec", dont_inherit=True), vars(module))
    return module
