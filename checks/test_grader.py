"""Grading survives whatever answers do, and gives the same verdict each time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from course import catalog
from course.author.screens import SITUATIONS, instead, solution
from course.grade.answer_file import CannotLoad
from course.grade.grader import Grader
from course.grade.outcome import LessonOutcome, TaskOutcome
from course.lesson.stubs import stub
from course.lesson.variants import spliced

LESSON = catalog.find("09")


class GraderWithoutFork(Grader):
    """A grader as on Windows: a worker serves one request."""

    worker = (
        "-c",
        "import os, sys; del os.fork\n"
        "from course.grade.worker import main; sys.exit(main(sys.argv[1:]))",
    )


@pytest.fixture(
    scope="module",
    params=[
        Grader,
        pytest.param(GraderWithoutFork, marks=pytest.mark.sampled("tests without fork", one_in=4)),
    ],
    ids=["fork", "no fork"],
)
def grader(request: pytest.FixtureRequest) -> Iterator[Grader]:
    with request.param(LESSON, seconds_per_test=2.0) as made:
        yield made


@pytest.fixture
def grade(grader: Grader, tmp_path: Path):  # type: ignore[no-untyped-def]
    def of(source: str | bytes) -> LessonOutcome:
        path = tmp_path / "answers.py"
        path.write_bytes(source if isinstance(source, bytes) else source.encode())
        return grader.grade(path)

    return of


def wrong(outcome: LessonOutcome) -> dict[str, str]:
    return {t.task.name: t.feedback.problem for t in outcome.tasks if t.feedback}


class TestSurvival:
    @pytest.mark.parametrize(
        ("situation", "task", "problem"),
        [
            ("endless_loop", "write_stream", "it loops forever, or takes far too long"),
            ("kills_the_process", "write_stream", "it ended the whole program (exit status 0)"),
            ("exits", "write_stream", "it ends the program"),
            ("recurses_without_end", "write_stream", "it calls itself forever"),
        ],
    )
    def test_a_bad_task_costs_itself_only(self, grade, situation, task, problem) -> None:  # type: ignore[no-untyped-def]
        outcome = grade(SITUATIONS[situation](LESSON))
        assert wrong(outcome) == {task: problem}
        assert outcome.passed == 11

    @pytest.mark.parametrize(
        "situation",
        [
            "syntax_error",
            "not_utf8",
            "import_fails",
            "exit_while_imported",
            "endless_while_imported",
        ],
    )
    def test_what_cannot_be_loaded(self, grade, situation) -> None:  # type: ignore[no-untyped-def]
        with pytest.raises(CannotLoad) as caught:
            grade(SITUATIONS[situation](LESSON))
        assert caught.value.line
        assert grade(solution(LESSON)).all_passed, "the next answers suffer from it"

    def test_what_python_refuses_without_a_word_has_a_reason(self, grade) -> None:  # type: ignore[no-untyped-def]
        with pytest.raises(CannotLoad) as caught:
            grade("-" * 50_000 + "1\n")  # a MemoryError without a text
        assert caught.value.problem.endswith(".")
        assert ": ." not in caught.value.problem

    def test_a_segmentation_fault(self, grade) -> None:  # type: ignore[no-untyped-def]
        source = "def write_stream(tokens, out):\n    import ctypes\n    ctypes.string_at(0)\n"
        outcome = grade(instead("write_stream", source)(LESSON))
        assert list(wrong(outcome)) == ["write_stream"]
        assert outcome.passed == 11

    def test_a_thread_that_never_ends(self, grade) -> None:  # type: ignore[no-untyped-def]
        source = solution(LESSON) + (
            "\nimport threading\n\n"
            "threading.Thread(target=threading.Event().wait, daemon=False).start()\n"
        )
        assert grade(source).all_passed


@pytest.mark.parametrize("situation", ["one_wrong_task", "endless_loop", "all_passed"])
def test_one_wrong_test_can_be_enough(grader: Grader, situation: str, tmp_path: Path) -> None:
    path = tmp_path / "answers.py"
    path.write_bytes(SITUATIONS[situation](LESSON))
    only = "buffer_stream" if situation == "one_wrong_task" else "write_stream"
    whole = [test.verdict for test in grader.grade(path, only=only).tasks[0].tests]
    part = grader.grade(path, only=only, until_wrong=True)
    verdicts = [test.verdict for task in part.tasks for test in task.tests]
    end = whole.index("wrong") + 1 if "wrong" in whole else len(whole)
    assert verdicts == whole[:end]
    assert part.all_passed == ("wrong" not in whole)


def test_too_much_memory_costs_one_task(tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="this system cannot limit memory")
    answers = tmp_path / "answers.py"
    source = "def write_stream(tokens, out):\n    return len('x' * 10**11)\n"
    answers.write_bytes(instead("write_stream", source)(LESSON))
    with Grader(LESSON) as grader:
        outcome = grader.grade(answers)
    assert wrong(outcome) == {"write_stream": "it needs more and more memory"}


@pytest.mark.parametrize(
    ("slip", "problem"),
    [
        ("self", "it uses a name that does not exist"),
        ("await anext(source)", "its TaskGroup wraps the error in a group"),
    ],
)
def test_a_slip_in_a_task_group_is_told_as_the_slip(
    slip: str, problem: str, tmp_path: Path
) -> None:
    function = f"""\
async def merge_streams(sources):
    async def read(source):
        {slip}

    async with asyncio.TaskGroup() as group:
        for source in sources.values():
            group.create_task(read(source))
    yield "a", "b"
"""
    path = tmp_path / "answers.py"
    path.write_text(spliced(LESSON, {"merge_streams": function}), encoding="utf-8")
    with Grader(LESSON) as grader:
        outcome = grader.grade(path, only="merge_streams")
    tests = {t.feedback.problem: t.feedback.line for t in outcome.tasks[0].tests if t.feedback}
    assert problem in tests
    if problem.startswith("it uses"):
        assert "its TaskGroup wraps the error in a group" not in tests
        assert path.read_text("utf-8").splitlines()[(tests[problem] or 0) - 1].strip() == slip


class TestSameVerdict:
    def test_each_time(self, grade) -> None:  # type: ignore[no-untyped-def]
        answers = SITUATIONS["four_tasks_done_and_one_wrong"](LESSON)
        assert grade(answers) == grade(answers)

    def test_whatever_was_graded_before(self, grade) -> None:  # type: ignore[no-untyped-def]
        first = grade(stub(LESSON))
        grade(SITUATIONS["kills_the_process"](LESSON))
        assert grade(stub(LESSON)) == first
        assert first.passed == 0
        assert {task.verdict for task in first.tasks} == {"not_started"}

    def test_one_task_alone(self, grader: Grader, tmp_path: Path) -> None:
        answers = tmp_path / "answers.py"
        answers.write_bytes(SITUATIONS["one_wrong_task"](LESSON))
        alone = grader.grade(answers, only="buffer_stream")
        whole = grader.grade(answers)
        assert list(alone.tasks) == [t for t in whole.tasks if t.task.name == "buffer_stream"]


def test_a_task_whose_tests_did_not_run_is_not_passed() -> None:
    outcome = TaskOutcome(LESSON.tasks[0], ())
    assert outcome.verdict == "wrong"


def test_nothing_is_left_running_or_lying_about(tmp_path: Path) -> None:
    answers = tmp_path / "answers.py"
    answers.write_text(solution(LESSON), encoding="utf-8")
    grader = Grader(LESSON)
    grader.grade(answers)
    worker, trace = grader._worker, grader._trace
    assert worker is not None
    assert trace.exists()
    grader.close()
    assert worker.has_ended
    assert not trace.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["answers.py"]
