"""A task may be a function, a context manager or a class: its stub, and how it is called."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from course import catalog
from course.catalog import Minutes, Signature, Task
from course.grade.answers import Answers, load
from course.grade.expect import WrongAnswer
from course.grade.feedback import explain, is_not_started
from course.lesson import stubs

SOLUTION = '''\
"""A lesson."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager


class WordLog:
    """Keeps words."""

    _most = 3

    def __init__(self, size: int) -> None:
        self._size = size
        self._words: list[str] = []

    @property
    def size(self) -> int:
        """How many words fit."""
        return self._size

    def add(self, word: str) -> int:
        """Keep a word."""
        self._check(word)
        self._words.append(word)
        return len(self._words)

    def _check(self, word: str) -> None:
        if not word:
            raise ValueError(word)

    def words(self) -> Iterator[str]:
        """Yield all words."""
        yield from self._words

    def __len__(self) -> int:
        return len(self._words)


@asynccontextmanager
async def spinner(message: str) -> AsyncIterator[None]:
    """Turn while a block runs."""
    yield
'''

STUB = '''\
"""A lesson."""

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-99. Try it: make play-99. Own code below? See line 3.")

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager


class WordLog:
    """Keeps words."""

    def __init__(self, size: int) -> None:
        raise NotImplementedError("Task 1 of 2: WordLog")

    @property
    def size(self) -> int:
        """How many words fit."""
        raise NotImplementedError("Task 1 of 2: WordLog")

    def add(self, word: str) -> int:
        """Keep a word."""
        raise NotImplementedError("Task 1 of 2: WordLog")

    def words(self) -> Iterator[str]:
        """Yield all words."""
        raise NotImplementedError("Task 1 of 2: WordLog")
        yield  # makes this a generator; delete this line with the one above

    def __len__(self) -> int:
        raise NotImplementedError("Task 1 of 2: WordLog")


@asynccontextmanager
async def spinner(message: str) -> AsyncIterator[None]:
    """Turn while a block runs."""
    raise NotImplementedError("Task 2 of 2: spinner")
    yield  # makes this a generator; delete this line with the one above
'''


@dataclass(frozen=True)
class SmallLesson:
    """As much of a lesson as is needed here."""

    solution: Path
    number: str = "99"
    tasks: tuple[Task, ...] = tuple(
        Task(name, "", Minutes(1, 1), (), number)
        for number, name in enumerate(("WordLog", "spinner"), 1)
    )

    @property
    def signatures(self) -> dict[str, Signature]:
        return catalog.declared(self.solution.read_text(encoding="utf-8"), self.solution)


@pytest.fixture
def lesson(tmp_path: Path) -> Any:
    path = tmp_path / "solution.py"
    path.write_text(SOLUTION, encoding="utf-8")
    return SmallLesson(path)


def answers_of(source: str, lesson: Any, tmp_path: Path) -> Answers:
    path = tmp_path / "mine.py"
    path.write_text(source, encoding="utf-8")
    return load(path, lesson)


def test_kinds_and_parameters_are_known(lesson: Any) -> None:
    log, spinner = lesson.signatures["WordLog"], lesson.signatures["spinner"]
    assert (log.kind, log.parameters) == ("class", ("size",))
    kinds = {name: method.kind for name, method in log.methods.items() if name[:1] != "_"}
    assert kinds == {"add": "function", "words": "generator"}
    assert log.methods["add"].parameters == ("word",)
    assert (spinner.kind, spinner.parameters) == ("async context manager", ("message",))
    assert SOLUTION.splitlines()[spinner.line - 1] == "@asynccontextmanager"


@pytest.mark.parametrize(
    ("name", "tests", "demo"),
    [
        ("buffer_stream", "TestBufferStream", "buffer_stream"),
        ("SSEDecoder", "TestSSEDecoder", "sse_decoder"),
        ("ReplayLog", "TestReplayLog", "replay_log"),
    ],
)
def test_names_follow_from_the_task(name: str, tests: str, demo: str) -> None:
    task = Task(name, "", Minutes(1, 1), (), 1)
    assert (task.test_class, task.demo) == (tests, demo)


def test_a_stub_shows_what_is_public_and_empty(lesson: Any) -> None:
    assert stubs.stub(lesson) == STUB
    assert stubs.is_untouched(STUB, lesson)
    assert not stubs.is_untouched(SOLUTION, lesson)
    begun = STUB.replace(
        '"""Keep a word."""\n        raise', '"""Keep a word."""\n        pass; raise'
    )
    assert begun != STUB
    assert not stubs.is_untouched(begun, lesson)


def test_calls_of_methods_are_recorded(lesson: Any, tmp_path: Path) -> None:
    answers = answers_of(SOLUTION, lesson, tmp_path)
    log = answers.WordLog(3)
    assert log.add("one") == 1
    assert [*log.words()] == ["one"]
    assert (len(log), log.size) == (1, 3)
    told = explain(WrongAnswer("problem", "why"), answers, "WordLog", "test")
    assert told.rows[0] == ("called", "WordLog(3); .add('one'); .words(); .__len__()")


def test_an_empty_class_is_not_started(lesson: Any, tmp_path: Path) -> None:
    answers = answers_of(STUB, lesson, tmp_path)
    with pytest.raises(NotImplementedError) as caught:
        answers.WordLog(3)
    assert is_not_started(caught.value, answers, "WordLog")
    assert not is_not_started(caught.value, answers, "spinner")


def use(answers: Answers) -> None:
    log = answers.WordLog(3)
    log.add("one")
    assert [*log.words()] == ["one"]


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ("class WordLog:", "class OtherLog:", "there is no class WordLog"),
        ("def add(", "def put(", "it has no method add"),
        ("def add(self, word", "def add(self, more, word", "its parameters are not those"),
        ("yield from self._words", "return list(self._words)", "it returns a finished list"),
    ],
)
def test_what_is_missing_is_said(
    right: str, wrong: str, problem: str, lesson: Any, tmp_path: Path
) -> None:
    assert right in SOLUTION
    answers = answers_of(SOLUTION.replace(right, wrong), lesson, tmp_path)
    with pytest.raises(WrongAnswer, match=problem):
        use(answers)


async def test_a_context_manager_is_used(lesson: Any, tmp_path: Path) -> None:
    answers = answers_of(SOLUTION, lesson, tmp_path)
    async with answers.spinner("..."):
        pass
    plain = answers_of(SOLUTION.replace("@asynccontextmanager\n", ""), lesson, tmp_path)
    with pytest.raises(WrongAnswer, match="'async with'"):
        plain.spinner("...")


def test_the_stub_parses() -> None:
    assert ast.parse(STUB)
