"""Answers are searched in their own process first, which only says where it is worth searching."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from conftest import OfficialGraders
from fake_process import SOURCE, FakeProcess
from fake_process import channel as channel  # a fixture
from fake_process import process as process  # a fixture
from sampled import each_lesson

from course import catalog
from course.catalog import Lesson
from course.grade.answer_file import AnswerFile
from course.official.marking import OfficialGrader, OfficialOutcome, expected_tests
from course.official.trusted.channel import Channel
from course.official.trusted.scout import Scout, has_searches

LESSONS = catalog.lessons()
LESSON = catalog.find("12")
"""One in which a whole search does not take long."""

SEARCHES = [(f"TestX::test_{name}", name, f"9 test_{name}") for name in ("one", "two", "three")]


def name(lesson: Lesson) -> str:
    return lesson.slug


@pytest.mark.parametrize("lesson", LESSONS, ids=name)
def test_a_search_needs_no_more_than_is_there(lesson: Lesson) -> None:
    """In the process of the answers, there is no pytest to make other fixtures."""
    assert has_searches(lesson)
    found = searches_of(lesson)
    assert found
    for test in found:
        assert not inspect.iscoroutinefunction(test)
        assert {*inspect.signature(test).parameters} <= {"self", "search", "text", "answers"}
        assert not getattr(test, "pytestmark", []), test


def searches_of(lesson: Lesson) -> dict[Callable[..., None], str]:
    """The tests of a lesson's marked tasks that are searches, and their names."""
    module = import_module(f"tests.{lesson.tests.stem}")
    names = [one for tests in expected_tests(lesson.for_marks).values() for one in tests]
    tests = {
        getattr(getattr(module, kind), test): f"{kind}::{test}" for kind, test in map(split, names)
    }
    return {
        test: name for test, name in tests.items() if "search" in inspect.signature(test).parameters
    }


def split(name: str) -> tuple[str, str]:
    kind, _, test = name.partition("::")
    return kind, test


def passed(verdict: OfficialOutcome) -> list[str]:
    return [one.task.name for one in verdict.outcome.tasks if one.verdict == "passed"]


def kept_of(grader: OfficialGrader) -> set[str]:
    """The searches in which nothing was found over there."""
    assert grader._grader._kept is not None
    return {*grader._grader._kept}


@pytest.mark.sampled("references scouted")
@pytest.mark.parametrize("lesson", each_lesson(3, "references scouted"))
def test_a_right_answer_costs_no_whole_search(
    lesson: Lesson, official_graders: OfficialGraders
) -> None:
    grader = official_graders(lesson)
    assert grader.grade(lesson.solution).outcome.all_passed
    assert kept_of(grader) == {*searches_of(lesson).values()}


# What the child says


class Looked:
    """What a scout told after a child had said something."""

    def __init__(
        self, process: FakeProcess, channel: Channel, *says: bytes | dict[str, Any]
    ) -> None:
        self.told: list[dict[str, Any]] = []
        process.says({"ready": True}, *says)
        self.is_clean = Scout(channel, SOURCE, 5.0, self.told.append).look(SEARCHES)

    @property
    def kept(self) -> list[str]:
        return [one["test"] for one in self.told if one["event"] == "kept"]

    @property
    def flags(self) -> list[tuple[str | None, str]]:
        return [(one["task"], one["reason"]) for one in self.told if one["event"] == "flag"]


@pytest.fixture
def look(
    process: FakeProcess, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Looked]:
    monkeypatch.setattr(Channel, "end", lambda self: True)
    return lambda *says: Looked(process, channel, *says)


LOADED: dict[str, Any] = {"loaded": {}}
KEPT, FOUND = {"reply": False}, {"reply": True}


def test_what_is_kept_is_told(look: Callable[..., Looked], process: FakeProcess) -> None:
    looked = look(LOADED, KEPT, FOUND, KEPT)
    assert looked.kept == ["TestX::test_one", "TestX::test_three"]
    assert looked.flags == []
    said = [json.loads(line) for line in process.reads.read(60_000).splitlines()]
    assert [one["seed"] for one in said if one.get("do") == "search"] == [
        seed for _, _, seed in SEARCHES
    ]


@pytest.mark.parametrize(
    "nonsense",
    [{"reply": 0}, {"reply": None}, {"reply": "False"}, {"reply": []}, {"idle": None}, {}, b"x\n"],
    ids=str,
)
def test_nonsense_is_flagged_and_keeps_nothing(nonsense: Any, look: Callable[..., Looked]) -> None:
    looked = look(LOADED, KEPT, nonsense, KEPT, KEPT)
    assert looked.kept == ["TestX::test_one"]
    assert [task for task, _ in looked.flags] == ["two"]


def test_what_cannot_be_loaded_is_not_searched(look: Callable[..., Looked]) -> None:
    looked = look({"cannot_load": {}, "line": 1}, KEPT, KEPT, KEPT)
    assert (looked.kept, looked.flags) == ([], [])


# What answers can do to it

FIRST, *OTHERS = (task.name for task in LESSON.tasks)

AFTER = """
import os, sys

def not_done(*args, **kwargs):
    raise NotImplementedError

globals().update(dict.fromkeys({others}, not_done))  # it would only take time

def find_something(self, test, seed):
    {does}

sys.modules["course.official.contained.searches"].Searches.find_something = find_something
"""


@pytest.mark.parametrize(
    ("does", "keeps_all", "suspicious"),
    [
        ("return False", True, ""),
        ("return True", False, ""),
        ("while True: pass", False, ""),
        ("os._exit(0)", False, "it ended its process with exit status 0"),
        ("return 7", False, "it does not say what a search has found"),
        ("os.kill(os.getppid(), 9)", False, "it"),
        ("print('so far'); raise SystemExit", False, "it"),
    ],
)
def test_what_is_done_there_does_not_change_a_verdict(
    does: str, keeps_all: bool, suspicious: str, official_graders: OfficialGraders
) -> None:
    grader = official_graders(LESSON)
    source = LESSON.solution.read_text(encoding="utf-8")
    source += AFTER.format(others=OTHERS, does=does)
    verdict = grader.grade(AnswerFile.of_text(source, LESSON.exercise))
    assert passed(verdict) == [FIRST]
    assert kept_of(grader) == ({*searches_of(LESSON).values()} if keeps_all else set())
    assert [flag.reason[: len(suspicious)] for flag in verdict.flags] == [suspicious] * bool(
        suspicious
    )
    stub = grader.grade(AnswerFile.of_text(LESSON.exercise.read_text("utf-8"), LESSON.exercise))
    assert (stub.outcome.passed, stub.flags) == (0, ())


def test_endless_answers_cost_little_there(official_graders: OfficialGraders) -> None:
    """Each says that it was given up, and the process lives on."""
    source = LESSON.solution.read_text(encoding="utf-8")
    loop = f"\ndef {FIRST}(*args, **kwargs):\n    while True: pass\n    yield\n"
    grader = official_graders(LESSON)
    verdict = grader.grade(AnswerFile.of_text(source + loop, LESSON.exercise))
    assert passed(verdict) == OTHERS
    assert verdict.flags == ()
    kind = LESSON.tasks[0].test_class
    all_others = {one for one in searches_of(LESSON).values() if not one.startswith(f"{kind}::")}
    assert kept_of(grader) == all_others
