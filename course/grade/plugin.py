"""The pytest plugin behind `make test-09`: answers, virtual time and a verdict for each test.

It also works in a plain `pytest tests/test_09_streaming.py`, and so in an editor's test panel.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import gc
import logging
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel

from course import catalog
from course.environment import keep_private
from course.fakes import clock as virtual
from course.fakes.held import held_model
from course.fakes.text import TextMaker
from course.grade import RUNGS, SEED, importing
from course.grade.answer_file import AnswerFile, CannotLoad
from course.grade.answers import Answers, load
from course.grade.explain.unawaited import Unawaited, forget_the_last_failure, noting_unawaited
from course.grade.feedback import explain, is_not_started, unfinished
from course.grade.offline import forbid_network
from course.grade.outcome import Feedback, Verdict
from course.grade.search import SPOT_CHECK, WHOLE, Search
from course.grade.stream_checks import check_not_blocked
from course.temporary import TemporaryFolder

keep_private()  # before LangChain asks the environment whether to trace
forbid_network()
logging.getLogger("asyncio").disabled = True  # it tells what is collected, whenever that may be
virtual.install()  # before anybody says `from time import sleep`

_answers = pytest.StashKey[Answers]()
_verdict = pytest.StashKey[tuple[Verdict, Feedback | None]]()
_unawaited = pytest.StashKey[list[Unawaited]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("streamlings")
    group.addoption("--answers", metavar="PATH", help="grade this file, not the exercise")
    group.addoption("--seed", type=int, default=SEED, help="vary the words and durations in tests")
    group.addoption("--rung", choices=RUNGS, default=RUNGS[0], help="where the models are")


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"virtual": virtual.VirtualEventLoop}


def lesson_of(item: pytest.Item) -> catalog.Lesson | None:
    """Return the lesson that a test belongs to, or None if it grades no lesson."""
    return _graded_by().get(item.path)


@functools.cache
def _graded_by() -> dict[Path, catalog.Lesson]:
    """The lessons by their files of tests."""
    return {lesson.tests: lesson for lesson in catalog.lessons()}


def name_of(item: pytest.Item) -> str:
    """Return a test's name within its file: "TestBufferStream::test_the_tail_comes_out"."""
    return item.nodeid.partition("::")[2]


def seed_of(item: pytest.Item) -> str:
    """Return what the words and the scenarios of a test depend on."""
    return f"{item.config.getoption('--seed')} {item.name}"


def task_of(item: pytest.Item, lesson: catalog.Lesson) -> str | None:
    """Return the name of the task that a test grades."""
    names = {task.test_class: task.name for task in lesson.tasks}
    parent = item.getparent(pytest.Class)
    return names.get(parent.name) if parent else None


class Grading:
    """Answers that are loaded once and used by every test of a run.

    Attributes:
        load: imports a file of answers to a lesson.
        given: the file, if it has already been read.
        contained: gives answers that run in another process, if they do.
        kept: the searches in which that process itself has found nothing.
    """

    def __init__(self) -> None:
        self._loaded: dict[Path, Answers | CannotLoad] = {}
        self.load: Callable[[AnswerFile, catalog.Lesson], Answers] = functools.partial(
            load, graded=True
        )
        self.given: AnswerFile | None = None
        self.contained: Callable[[catalog.Lesson, Path], Answers] | None = None
        self.kept: Collection[str] = ()

    def answers(self, lesson: catalog.Lesson, path: Path) -> Answers:
        """Return the answers in `path`.

        Raises:
            CannotLoad: if the file cannot be run.
        """
        if self.contained is not None:
            return self.contained(lesson, path)
        if path not in self._loaded:
            try:
                self._loaded[path] = self._load(lesson, path)
            except CannotLoad as error:
                self._loaded[path] = error
        found = self._loaded[path]
        if isinstance(found, CannotLoad):
            raise found
        found.calls.clear()
        return found

    def _load(self, lesson: catalog.Lesson, path: Path) -> Answers:
        return self._import(lesson, self.given or AnswerFile.read(path))

    def imported_again(self, answers: Answers) -> Answers:
        """Return the same answers, imported once more: nothing in them has been called yet."""
        module = sys.modules[importing.MODULE]
        try:
            return self._import(answers.lesson, answers.file)
        finally:
            sys.modules[importing.MODULE] = module

    def _import(self, lesson: catalog.Lesson, file: AnswerFile) -> Answers:
        with importing.alone(self.folder, file.source):
            return self.load(file, lesson)

    @cached_property
    def folder(self) -> Path:
        """Where the answers are imported, and nothing else is."""
        temporary = TemporaryFolder()
        atexit.register(temporary.close)
        folder = temporary.path / "answers"  # next to the lock
        folder.mkdir()
        return folder


grading = Grading()


@pytest.fixture
def answers(request: pytest.FixtureRequest) -> Answers:
    """The functions to be graded: `answers.stream_tokens(model, prompt)` calls the learner's."""
    lesson = lesson_of(request.node)
    assert lesson is not None, "only the tests of a lesson have answers"
    given = request.config.getoption("--answers")
    path = Path(given).resolve() if given else lesson.exercise
    try:
        found = grading.answers(lesson, path)
    except CannotLoad as error:
        where = f"{path}:{error.line}" if error.line else str(path)
        pytest.fail(f"{where}: {error.problem} {error.why}", pytrace=False)
    request.node.stash[_answers] = found
    return found


@pytest.fixture
def clock() -> Iterator[virtual.VirtualClock]:
    """Virtual time, for all code that runs in the test."""
    with virtual.virtual_time() as active:
        yield active


@pytest.fixture(autouse=True)
def _time_is_virtual(request: pytest.FixtureRequest) -> None:
    if lesson_of(request.node) is not None and not on_the_wire(request.node):
        request.getfixturevalue("clock")


def on_the_wire(item: pytest.Item) -> bool:
    """Whether the models of a test are behind a server. Then time is real."""
    return (
        item.config.getoption("--rung") == "wire"
        and "play" in getattr(item, "fixturenames", ())
        and not hasattr(getattr(item, "function", None), "in_process")
    )


@pytest.fixture
def play(request: pytest.FixtureRequest) -> Callable[..., BaseChatModel]:
    """Make a model that plays replies: `play(Reply("Hel", "lo"))`.

    With `strict=True`, it refuses the conversations that a provider refuses.
    """
    if on_the_wire(request.node):
        from course.fakes.openai.rung import wire_model

        return wire_model
    return held_model


@pytest.fixture
def text(request: pytest.FixtureRequest) -> TextMaker:
    """Words, sentences, tokens and durations, different ones for each test and each seed."""
    return TextMaker(seed_of(request.node))


@pytest.fixture
def search(request: pytest.FixtureRequest, answers: Answers) -> Search:
    """Tries a promise in many scenarios, different ones for each test and each seed."""
    seed = seed_of(request.node)
    if answers.contained is None:
        return Search(answers, seed, functools.partial(grading.imported_again, answers))
    is_kept = name_of(request.node) in grading.kept
    return Search(answers, seed, extent=SPOT_CHECK if is_kept else WHOLE)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    unawaited = item.stash.setdefault(_unawaited, [])
    forget_the_last_failure()
    try:
        with noting_unawaited(unawaited):
            yield
    finally:
        time = getattr(item, "funcargs", {}).get("clock")
        if isinstance(time, virtual.VirtualClock):
            check_not_blocked(time)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if lesson_of(item) is not None:
            item.repr_failure = functools.partial(_failure_as_text, item)  # type: ignore[method-assign]


def _failure_as_text(
    item: pytest.Item, excinfo: pytest.ExceptionInfo[Any], style: Any = None
) -> str:
    """Return the message of a failed test, instead of pytest's traceback."""
    lesson, answers = lesson_of(item), item.stash[_answers]
    assert lesson is not None
    task = task_of(item, lesson) or ""
    unawaited = item.stash.get(_unawaited, [])
    verdict = judge(excinfo.value, answers, task, name_of(item), unawaited)
    item.stash[_verdict] = verdict
    return as_text(task, *verdict, path=answers.path)


def judge(
    error: BaseException,
    answers: Answers,
    task: str,
    test: str,
    unawaited: Sequence[Unawaited] = (),
) -> tuple[Verdict, Feedback | None]:
    """Return the outcome of a test that ended with `error`, and what to say about it."""
    if is_not_started(error, answers, task):
        feedback = unfinished(answers, task, test)
        return ("wrong", feedback) if feedback else ("not_started", None)
    if isinstance(error, virtual.Stuck) and answers.contained is not None:
        error.lines += answers.contained.lines_that_wait()
    with _without_collection():
        return "wrong", explain(error, answers, task, test, unawaited)


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """Collect no garbage in a block that parses Python.

    Answers may leave objects behind that say something when they are collected. If that happens
    within `ast.parse` and parses anything itself, Python 3.11 raises a SystemError.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def verdict_of(item: pytest.Item) -> tuple[Verdict, Feedback | None]:
    """Return the outcome of a test that has run."""
    return item.stash.get(_verdict, ("passed", None))


def as_text(task: str, outcome: str, feedback: Feedback | None, path: Path) -> str:
    """Return a verdict as the message of a failed test."""
    if feedback is None:
        return f"{task} is not started yet: its body still raises NotImplementedError."
    rows = "\n".join(f"  {label:<9} {value}" for label, value in feedback.rows)
    return f"{task}: {feedback.problem}\n{rows}\n  {feedback.why}\n  {path}:{feedback.line}"
