"""Grading of the few tasks whose tests and answers run in one process, contained and alone.

Answers can do more harm there than where they are apart from their tests. So there are canaries
among the tests: tests that must fail. Whoever makes all tests pass makes these pass too. And each
result has to carry a word that only this run was told.
"""

from __future__ import annotations

import ast
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course import catalog
from course.catalog import Function, Lesson, Task
from course.grade import RUNGS, died
from course.grade.answer_file import AnswerFile
from course.grade.died import ContainedDied, Death
from course.grade.grader import TRIES, TooBusy
from course.grade.outcome import Feedback, TestOutcome
from course.grade.patience import for_a_test
from course.official.channel import Channel
from course.official.sandbox import Level, Sandbox

MOST_TEXT = 2_000
"""Characters in each part of what is said about a test."""

CANARIES = """

class {test_class}({test_class}):
    def test_{names[0]}(self, answers):
        check(False, "this must fail", why="It always does.")

    def test_{names[1]}(self, answers):
        assert answers is None

    def test_{names[2]}(self, answers, text):
        check(text.tokens(3) == ["no", "such", "tokens"], "this must fail", why="It always does.")

    def test_{names[3]}(self, answers):
        with raises_nothing(ValueError):
            raise KeyError("this must fail")

    async def test_{names[4]}(self, answers, clock):
        await sleep(7)
        check(clock.elapsed < 7, "this must fail", why="It always does.", wanted=7, got=0)
"""
"""Tests that must fail, each for another reason."""

IMPORTS = """
from asyncio import sleep
from contextlib import suppress as raises_nothing

from course.grade.expect import check
"""

TAMPERED = Feedback(
    "it disturbs its own grading",
    (),
    "An answer talks to its caller only by what it returns, yields or raises.",
)


@dataclass(frozen=True)
class Verdict:
    """What came of a task.

    Attributes:
        tests: what came of each of its tests.
        suspicious: why a person should look at it, or "".
    """

    tests: tuple[TestOutcome, ...]
    suspicious: str = ""


class OneProcessGrader:
    """Grades those tasks of a lesson that say `one_process`, each file in a new process.

    Args:
        lesson: the lesson.
        level: how the process is contained.
        seconds_per_test: seconds of CPU time after which a test is taken for an endless loop.
        expected: the names of the tests of each task.
    """

    def __init__(
        self,
        lesson: Lesson,
        level: Level,
        seconds_per_test: float,
        expected: Mapping[str, frozenset[str]],
    ) -> None:
        self._tasks = tuple(task for task in lesson.tasks if task.one_process)
        self._seconds = seconds_per_test
        self._expected = expected
        self._canaries = {
            task.name: [f"test_{os.urandom(4).hex()}" for _ in range(5)] for task in self._tasks
        }
        self.folder = Path(tempfile.mkdtemp(prefix="streamlings-one-")).resolve()
        self._tests = _copy_course(lesson, self.folder / "code", self._with_canaries(lesson))
        self._answers = self.folder / lesson.exercise.name
        for path in (self.folder, *self.folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)  # another user has to read it
        self._sandbox = Sandbox(level)
        self._start()

    def _with_canaries(self, lesson: Lesson) -> str:
        parts = [lesson.tests.read_text(encoding="utf-8"), IMPORTS]
        for task in self._tasks:
            names = [name.removeprefix("test_") for name in self._canaries[task.name]]
            parts.append(CANARIES.format(test_class=task.test_class, names=names))
        return "\n".join(parts)

    def _start(self) -> None:
        self._work = Path(tempfile.mkdtemp(prefix="work-", dir=self.folder))
        self._process = self._sandbox.start(
            [sys.executable, "-P", "-m", "course.grade.worker", str(self._tests), RUNGS[0]],
            readable=[self.folder / "code"],
            work=self._work,
            python_path=[self.folder / "code"],
        )
        self._channel = Channel(self._process, str(self._answers))
        self._is_ready = False

    def close(self) -> None:
        """End the process."""
        self._end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self) -> None:
        Sandbox.kill(self._process)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        shutil.rmtree(self._work, ignore_errors=True)

    def grade(self, file: AnswerFile, seed: int) -> dict[str, Verdict]:
        """Grade one file of answers; return what came of each task, by name."""
        found = {}
        for task in self._tasks:
            found[task.name] = self._grade(task, file.source, seed)
            if found[task.name].suspicious:
                self._restart()
        self._restart()  # for the next one: who was graded in this one may have changed it
        return found

    def _restart(self) -> None:
        self._end()
        self._start()

    def _wait_until_ready(self) -> None:
        if not self._is_ready:
            self._is_ready = self._channel.hear_first() == {"event": "ready"}

    def _grade(self, task: Task, source: str, seed: int) -> Verdict:
        for _ in range(TRIES):
            verdict = self._try(task, source, seed)
            if verdict is not None:
                return verdict
            self._restart()
        raise TooBusy

    def _try(self, task: Task, source: str, seed: int) -> Verdict | None:
        """Return what came of a task; None if the machine is too busy."""
        names = (self._expected[task.name], self._names(task))
        run = Run(task, *names, os.urandom(16).hex(), str(self._answers), source)
        request: dict[str, Any] = {
            "answers": str(self._answers),
            "source": source,
            "folder": str(self._work),
            "contained": None,
            "seed": seed,
            "only": task.name,
            "skip_tests": [],
            "skip_tasks": [],
            "seconds": self._seconds,
            "trace": str(self._work / "trace.txt"),
            "nonce": run.nonce,
        }
        try:
            self._wait_until_ready()
            self._channel.allow(for_a_test(self._seconds))
            self._channel.say(request)
            while not run.is_over:
                run.hear(self._channel.hear())
                self._channel.allow(for_a_test(self._seconds))
        except ContainedDied as error:
            if error.death.is_busy:
                return None
            run.died(error.death)
        return run.verdict()

    def _names(self, task: Task) -> frozenset[str]:
        return frozenset(f"{task.test_class}::{name}" for name in self._canaries[task.name])


class Run:
    """What is heard of the tests of one task, none of it believed before it was checked.

    Args:
        task: the task.
        expected: the names of its tests.
        canaries: the names of the tests that must fail.
        nonce: what each result has to carry.
        file: how tracebacks name the file of answers.
        source: the answers.
    """

    def __init__(
        self,
        task: Task,
        expected: frozenset[str],
        canaries: frozenset[str],
        nonce: str,
        file: str = "",
        source: str = "",
    ) -> None:
        self.nonce = nonce
        self._answers = (file, source)
        self.is_over = False
        self._task = task
        self._expected = expected
        self._canaries = canaries
        self._heard: dict[str, TestOutcome] = {}
        self._running = ""
        self._done = False
        self._suspicious = ""

    def hear(self, event: dict[str, Any]) -> None:
        """Take one event."""
        try:
            self._hear(event)
        except Exception:
            self._suspect("it sends nonsense")

    def _hear(self, event: dict[str, Any]) -> None:
        if event.pop("nonce", None) != self.nonce:
            self._suspect("a result was forged")
            return
        match event.pop("event"):
            case "child":
                pass
            case "start":
                self._running = str(event["test"])
            case "test":
                self._take(_bounded(TestOutcome.from_data(event)))
            case "cannot_load":
                self._fail(Feedback(str(event["problem"])[:MOST_TEXT], (), "It has to load."))
                self._done = True
            case "done":
                self._done = True
            case "exit":
                self.is_over = True
                if not self._done:
                    self.died(died.of(int(event["status"]), str(event["trace"]), *self._answers))
            case _:
                self._suspect("it sends nonsense")

    def _take(self, outcome: TestOutcome) -> None:
        name = outcome.test
        if name in self._heard or name != self._running or outcome.task != self._task.name:
            self._suspect("a result was given twice, or of a test that did not run")
        elif name.partition("[")[0] not in self._expected | self._canaries:
            self._suspect("a result was given of a test that there is not")
        elif name in self._canaries and outcome.verdict == "passed":
            self._suspect("a test that must fail has passed")
        self._heard[name] = outcome

    def _suspect(self, reason: str) -> None:
        self._suspicious = self._suspicious or reason
        self.is_over = True

    def died(self, death: Death) -> None:
        """Take note that the process has ended."""
        self.is_over = True
        self._suspicious = self._suspicious or death.suspicious
        self._fail(Feedback(death.problem, (), death.why, death.line, self._running))

    def _fail(self, feedback: Feedback) -> None:
        name = self._running or min(self._expected)
        self._heard[name] = TestOutcome(name, self._task.name, "wrong", feedback)

    def verdict(self) -> Verdict:
        """Return what came of it."""
        tests = tuple(one for one in self._heard.values() if one.test not in self._canaries)
        names = {test.test.partition("[")[0] for test in tests}
        passed = all(test.verdict == "passed" for test in tests)
        missing = names != self._expected or not self._heard.keys() >= self._canaries
        if passed and (missing or not self._done):
            self._suspect("a result is missing")
        if not self._suspicious:
            return Verdict(tests)
        test = min(self._expected)
        outcome = TestOutcome(test, self._task.name, "wrong", TAMPERED)
        return Verdict((outcome,), self._suspicious)


def _bounded(outcome: TestOutcome) -> TestOutcome:
    """Return an outcome that is of the right types, and not too long."""
    feedback = outcome.feedback
    if outcome.verdict not in ("passed", "wrong", "not_started"):
        raise ValueError(outcome.verdict)
    if feedback is not None:
        line = feedback.line if type(feedback.line) is int and feedback.line > 0 else None
        rows = tuple((one[:MOST_TEXT], two[:MOST_TEXT]) for one, two in feedback.rows[:20])
        feedback = Feedback(
            str(feedback.problem)[:MOST_TEXT],
            rows,
            str(feedback.why)[:MOST_TEXT],
            line,
            str(feedback.test)[:MOST_TEXT],
        )
    return TestOutcome(
        str(outcome.test),
        str(outcome.task),
        outcome.verdict,
        feedback,
        str(outcome.printed)[:MOST_TEXT],
    )


def _copy_course(lesson: Lesson, code: Path, tests: str) -> Path:
    """Copy what tests need, and no solution; return the path of the tests."""
    folders = ("course", "course/fakes", "course/grade")
    files = [path for name in folders for path in (catalog.ROOT / name).glob("*.py")]
    files += [catalog.ROOT / "pyproject.toml", lesson.folder / "lesson.toml"]
    for path in files:
        target = code / path.relative_to(catalog.ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    declared = declarations(lesson.solution.read_text(encoding="utf-8"))
    for path, text in ((lesson.solution, declared), (lesson.tests, tests)):
        target = code / path.relative_to(catalog.ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return target


def declarations(source: str) -> str:
    """Return what a solution declares, and nothing that it does: every body only raises."""
    module = ast.parse(source)
    kept = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for node in ast.walk(module):
        if isinstance(node, Function):
            yields = catalog.kind_of(node).endswith(("generator", "context manager"))
            node.body = ast.parse("raise NotImplementedError" + "\nyield" * yields).body
        elif isinstance(node, ast.ClassDef | ast.Module):
            node.body = [one for one in node.body if isinstance(one, kept)] or [ast.Pass()]
    return ast.unparse(module)
