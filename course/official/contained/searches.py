"""Searches in the process of the answers, where a step is a call and not a message.

They say for each search of the lesson whether it is worth doing from outside. That is all: answers
can change everything here, so what is found here is no verdict.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import inspect
import json
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, NoReturn

from course import catalog
from course.catalog import Lesson, Signature
from course.fakes import clock as virtual
from course.fakes.text import TextMaker
from course.grade.answer_file import AnswerFile
from course.grade.answers import Answers
from course.grade.importing import FILE, MODULE
from course.grade.scenarios import any_ending, any_tokens
from course.grade.search import UNTIL_ONE_FAILS, Search
from course.grade.warm import warm_up

SIGNATURES = "signatures.json"
"""The file that says how the tasks are declared."""

TESTS = "tests_of_the_lesson"
"""The module name of the tests."""

SECONDS = 3.0
"""Seconds of CPU time for one search. Most take a tenth of a second; those that call LangChain
often, up to one second."""

SECONDS_TOGETHER = 12.0
"""The same for all of them, so that many endless answers cost no more than a few."""

TIME_IS_UP = getattr(signal, "SIGVTALRM", None)
"""Another signal than that of the watchdog, which ends the process."""


class TakesTooLong(BaseException):
    """A search is given up. This is no Exception: answers may catch those."""


@functools.cache
def _lesson() -> Lesson:
    """The lesson that is here. Its solution is not: how the tasks are declared stands in a file."""
    [lesson] = catalog.lessons()
    declared = json.loads((catalog.ROOT / SIGNATURES).read_text(encoding="utf-8"))
    vars(lesson)["signatures"] = {name: _signature(data) for name, data in declared.items()}
    return lesson


def _signature(data: dict[str, Any]) -> Signature:
    methods = {name: _signature(method) for name, method in data["methods"].items()}
    return Signature(**{**data, "methods": methods})


def get_ready() -> None:
    """Import the tests, and do once what every search would do again."""
    lesson = _lesson()
    spec = importlib.util.spec_from_file_location(TESTS, lesson.tests)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[TESTS] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[TESTS])
    warm_up(lesson)
    nothing = Answers(lesson, ModuleType(MODULE), AnswerFile("", Path(FILE)))
    Search(nothing, 0)(lambda *_, **__: None, tokens=any_tokens(), ending=any_ending())


class Searches:
    """Runs the searches of the lesson, one after another.

    Args:
        module: the answers.
        source: their text.
    """

    def __init__(self, module: ModuleType, source: str) -> None:
        self._answers = Answers(_lesson(), module, AnswerFile(source, Path(FILE)))
        self._left = SECONDS_TOGETHER
        # Throughout: what answers leave running in a thread must not ask the other side for time.
        virtual.virtual_time().__enter__()

    def find_something(self, test: str, seed: str) -> bool:
        """Say whether a promise is broken in some scenario, or whether that takes too long to say.

        Args:
            test: "TestBufferStream::test_any_tokens".
            seed: which scenarios are drawn.
        """
        began = time.process_time()
        try:
            with _limited(min(SECONDS, self._left)):
                self._run(test, seed)
        except BaseException:
            return True
        finally:
            self._left -= time.process_time() - began
        return False

    def _run(self, test: str, seed: str) -> None:
        kind, _, name = test.partition("::")
        method = getattr(vars(sys.modules[TESTS])[kind](), name)
        fixtures = {
            "search": Search(self._answers, seed, extent=UNTIL_ONE_FAILS),
            "text": TextMaker(seed),
            "answers": self._answers,
        }
        method(**{name: fixtures[name] for name in inspect.signature(method).parameters})


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise `TakesTooLong` in a block that uses more CPU time than that."""
    if seconds <= 0:
        raise TakesTooLong
    if TIME_IS_UP is None:
        yield
        return
    signal.signal(TIME_IS_UP, _give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _give_up(number: int, frame: FrameType | None) -> NoReturn:
    raise TakesTooLong
