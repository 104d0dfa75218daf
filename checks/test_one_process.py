"""The way of grading for the few tasks whose tests and answers have to be in one process."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from course import catalog
from course.author import readme
from course.author.variants import mistakes
from course.catalog import Function, Lesson
from course.cohort.figures import Cohort
from course.cohort.report import method
from course.grade.died import LOOPS
from course.grade.grader import Grader
from course.grade.outcome import TaskOutcome
from course.official.grader import OfficialGrader, OfficialOutcome, containment
from course.official.one_process import OneProcessGrader, Run, declarations
from course.official.sandbox import CannotContain, strongest

ALONE = ("buffer_stream", "merge_streams")
WHY = "Nothing of it can cross."


HOSTILE = (
    "equal_to_everything",
    "frames",
    "os_exit_after_the_answer",
    "patch_pytest",
    "patch_time",
    "pytest_skip",
)
"""Attacks of `checks/hostile` that are aimed at whoever is in the same process."""


def with_one_process(lesson: Lesson) -> Lesson:
    """The same lesson, with two tasks that are graded in one process."""
    tasks = [
        replace(task, one_process=WHY) if task.name in ALONE else task for task in lesson.tasks
    ]
    return replace(lesson, tasks=tuple(tasks))


LESSON = with_one_process(catalog.find("09"))
SOLUTION = LESSON.solution.read_text(encoding="utf-8")


def _is_contained() -> bool:
    try:
        return strongest() != "limits"
    except CannotContain:
        return False


contained = pytest.mark.skipif(not _is_contained(), reason="nothing contains it here")


@pytest.fixture(scope="module")
def grader() -> Iterator[OfficialGrader]:
    with OfficialGrader(LESSON, seconds_per_test=1.5) as one:
        yield one


@pytest.fixture
def grade(grader: OfficialGrader, tmp_path: Path) -> Callable[[str], OfficialOutcome]:
    def grade(source: str) -> OfficialOutcome:
        path = tmp_path / "answers.py"
        path.write_text(source, encoding="utf-8")
        return grader.grade(path)

    return grade


def wrong_tasks(verdict: OfficialOutcome) -> dict[str, TaskOutcome]:
    return {one.task.name: one for one in verdict.outcome.tasks if one.verdict != "passed"}


@contained
def test_what_is_right_passes_in_both_ways(grader: OfficialGrader) -> None:
    right = grader.grade(LESSON.solution)
    assert (right.outcome.all_passed, right.flags) == (True, ())
    assert len(right.outcome.tasks) == len(LESSON.tasks)
    stub = grader.grade(LESSON.exercise)
    assert {task.verdict for task in stub.outcome.tasks} == {"not_started"}
    assert stub.flags == ()


@contained
@pytest.mark.parametrize("task", ALONE)
def test_a_mistake_is_told_as_usual(
    task: str, grade: Callable[[str], OfficialOutcome], tmp_path: Path
) -> None:
    mistake = next(one for one in mistakes(LESSON) if one.task == task)
    verdict = grade(mistake.answers)
    assert [*wrong_tasks(verdict)] == [task]
    assert verdict.flags == ()
    said = wrong_tasks(verdict)[task].feedback
    with Grader(catalog.find("09")) as fast:
        usual = fast.grade(tmp_path / "answers.py", only=task).tasks[0].feedback
    assert said == usual


LOOP = "\ndef buffer_stream(*args, **kwargs):\n    while True: pass\n"
EXIT = "\ndef buffer_stream(*args, **kwargs):\n    import os; os._exit(0)\n"
CHECKS = """
import sys
def nothing(*args, **kwargs):
    pass
for name, module in [*sys.modules.items()]:
    if getattr(module, "check", None) is not None:
        module.check = nothing
def buffer_stream(tokens, max_chars=50, marks=()):
    yield from tokens
"""
VERDICTS = """
import sys
def buffer_stream(tokens, max_chars=50, marks=()):
    plugin = sys.modules["course.grade.plugin"]
    plugin.judge = lambda *args: ("passed", None)
    yield from tokens
"""
PRINTS = """
import os
def buffer_stream(tokens, max_chars=50, marks=()):
    for file in range(3, 20):
        try:
            os.write(file, b'{"event": "done"}\\n{"event": "exit", "status": 0, "trace": ""}\\n')
        except OSError:
            pass
    yield ""
"""


@contained
@pytest.mark.parametrize(
    ("attack", "problem", "flagged"),
    [
        (LOOP, LOOPS, False),
        (EXIT, "it disturbs its own grading", True),
        (CHECKS, "it disturbs its own grading", True),
        (VERDICTS, "its test did not run to its end", False),
        (PRINTS, "it disturbs its own grading", True),
    ],
    ids=["a loop", "an exit", "no check fails", "no verdict is wrong", "a forged end"],
)
def test_an_attack_costs_its_own_task(
    attack: str, problem: str, flagged: bool, grade: Callable[[str], OfficialOutcome]
) -> None:
    verdict = grade(SOLUTION + attack)
    wrong = wrong_tasks(verdict)
    assert "buffer_stream" in wrong
    assert set(wrong) <= {*ALONE}, "whoever is apart from the tests cannot be harmed"
    feedback = wrong["buffer_stream"].feedback
    assert feedback is not None
    assert feedback.problem == problem
    assert ("buffer_stream" in [flag.task for flag in verdict.flags]) == flagged
    if problem == LOOPS:
        assert feedback.line == len(SOLUTION.splitlines()) + 3


@contained
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_submission_gets_nothing(
    name: str, grade: Callable[[str], OfficialOutcome]
) -> None:
    source = (Path(__file__).with_name("hostile") / f"{name}.py").read_text(encoding="utf-8")
    assert grade(source).outcome.passed == 0


@contained
def test_the_next_one_is_graded_as_if_nothing_had_been(
    grade: Callable[[str], OfficialOutcome],
) -> None:
    grade(SOLUTION + CHECKS)
    assert grade(SOLUTION).outcome.all_passed


@contained
def test_no_solution_is_there() -> None:
    from course.official.grader import expected_tests

    made = OneProcessGrader(LESSON, strongest(), 1.0, expected_tests(LESSON))
    try:
        text = "\n".join(
            path.read_text(encoding="utf-8")
            for path in made.folder.rglob("*")
            if path.is_file() and path.suffix in (".py", ".toml")
        )
    finally:
        made.close()
    bodies = [
        ast.get_source_segment(SOLUTION, node.body[-1])
        for node in ast.parse(SOLUTION).body
        if isinstance(node, Function) and node.name in {task.name for task in LESSON.tasks}
    ]
    long = [body for body in bodies if body is not None and len(body) > 40]
    assert long
    assert [body for body in long if body in text] == []


def test_all_is_declared_as_in_the_solution() -> None:
    for lesson in catalog.lessons():
        kept = catalog.declared(declarations(lesson.solution.read_text("utf-8")), lesson.solution)
        assert {name: (one.kind, one.parameters, [*one.methods]) for name, one in kept.items()} == {
            name: (one.kind, one.parameters, [*one.methods])
            for name, one in lesson.signatures.items()
        }


# What is heard is not believed

TASK = LESSON.tasks[0]
EXPECTED = frozenset({"T::test_a", "T::test_b"})
CANARIES = frozenset({"T::test_0"})


def start(test: str) -> dict[str, Any]:
    return {"event": "start", "test": test, "task": TASK.name}


def outcome(test: str, verdict: str = "passed", **more: Any) -> dict[str, Any]:
    known = {"event": "test", "test": test, "task": TASK.name, "verdict": verdict}
    return {**known, "feedback": None, "printed": "", **more}


def both(test: str, verdict: str = "passed") -> list[dict[str, Any]]:
    return [start(test), outcome(test, verdict)]


END: list[dict[str, Any]] = [{"event": "done"}, {"event": "exit", "status": 0, "trace": ""}]
CANARY = both("T::test_0", "wrong")
A, B = both("T::test_a"), both("T::test_b")


def verdict_of(events: list[dict[str, Any]], nonce: str = "n") -> tuple[bool, str]:
    run = Run(TASK, EXPECTED, CANARIES, "n")
    for event in events:
        if not run.is_over:
            run.hear({**event, "nonce": nonce})
    verdict = run.verdict()
    return all(test.verdict == "passed" for test in verdict.tests), verdict.suspicious


@pytest.mark.parametrize(
    ("events", "passed", "suspicious"),
    [
        ([*A, *B, *CANARY, *END], True, False),
        ([*A, *both("T::test_b", "wrong"), *CANARY, *END], False, False),
        ([*both("T::test_a[1]"), *both("T::test_a[2]"), *B, *CANARY, *END], True, False),
        ([*A, *B, *END], False, True),
        ([*A, *CANARY, *END], False, True),
        ([*A, *B, *both("T::test_0"), *END], False, True),
        ([*A, *A, *B, *CANARY, *END], False, True),
        ([*A, *both("T::test_c"), *B, *CANARY, *END], False, True),
        ([*A, outcome("T::test_b"), *CANARY, *END], False, True),
        ([*A, *B, *CANARY, END[1]], False, True),
        ([*A, *B, *CANARY, {"event": "dance"}, *END], False, True),
        ([*A, start("T::test_b"), outcome("T::test_b", "splendid"), *CANARY, *END], False, True),
        ([*A, start("T::test_b"), outcome("T::test_b", task="other"), *CANARY, *END], False, True),
        ([*A, start("T::test_b"), {"event": "test"}, *CANARY, *END], False, True),
        ([*A, start("T::test_b"), {**END[1], "status": 7}], False, True),
        ([start("T::test_a"), {**END[1], "status": 1, "trace": "Timeout (0)"}], False, False),
        ([], False, True),
        ([{"event": "cannot_load", "problem": "it fails"}, END[1]], False, False),
    ],
)
def test_what_is_heard_is_checked(
    events: list[dict[str, Any]], passed: bool, suspicious: bool
) -> None:
    found = verdict_of(events)
    assert (found[0], bool(found[1])) == (passed, suspicious), found


def test_a_result_without_the_word_is_forged() -> None:
    assert verdict_of([*A, *B, *CANARY, *END], nonce="m") == (False, "a result was forged")


# Who is told of it


def test_the_tasks_are_named() -> None:
    text = readme.one_process([LESSON])
    assert [line for line in text.splitlines() if WHY in line] == [
        f"| 09 | `{name}` | {WHY} |" for name in ALONE
    ]
    assert readme.one_process([catalog.find("09")]) == "There are no such tasks now.\n"
    said = containment("bubblewrap", LESSON)
    assert said == "bubblewrap; in one process with their tests: buffer_stream, merge_streams"
    assert containment("bubblewrap", catalog.find("09")) == "bubblewrap"
    shown = method(Cohort.of(LESSON, []))
    assert all(f"{name}: {WHY}" in shown for name in ALONE)
    assert WHY not in method(Cohort.of(catalog.find("09"), []))


def test_each_reason_is_a_sentence() -> None:
    reasons = [task.one_process for lesson in catalog.lessons() for task in lesson.tasks]
    for reason in reasons:
        assert reason is None or (reason[:1].isupper() and reason.endswith(".")), reason
