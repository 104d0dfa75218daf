"""Which lesson is meant where none is named: the one that was worked on last."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from course import catalog, current_lesson
from course.backups import folder
from course.catalog import Lesson
from course.grade import SEED
from course.grade import command as grade
from course.grade.outcome import LessonOutcome, TaskOutcome, TestOutcome
from course.learn import lessons
from course.lesson.stubs import stub
from course.wording import command

FIRST = catalog.lessons()[0]
NINE, TEN, TWELVE = (catalog.find(number) for number in ("09", "10", "12"))
SECOND = 10**9
"""In the unit of file times."""


@pytest.fixture(autouse=True)
def _house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A house in which nothing has been begun."""
    for name in ("lessons", "solutions"):
        (tmp_path / name).symlink_to(catalog.ROOT / name)
    (tmp_path / "exercises").mkdir()
    monkeypatch.setattr(catalog, "ROOT", tmp_path)
    for time, lesson in enumerate(catalog.lessons(), start=1):
        lesson.exercise.write_text(stub(lesson), encoding="utf-8")
        set_time(lesson.exercise, time)


def set_time(path: Path, seconds: int) -> None:
    os.utime(path, ns=(seconds * SECOND, seconds * SECOND))


def save(lesson: Lesson, seconds: int) -> None:
    lesson.exercise.write_text(f"{stub(lesson)}\nmine = 1\n", encoding="utf-8")
    set_time(lesson.exercise, seconds)


def note(lesson: Lesson, seconds: int) -> None:
    current_lesson.note(lesson)
    set_time(folder() / "lesson", seconds)


def meant(task: str | None = None) -> Lesson:
    return current_lesson.meant(task).lesson


def test_at_first_it_is_the_first_one_whatever_a_checkout_has_written_last() -> None:
    assert meant() == FIRST
    assert str(current_lesson.meant()) == (
        f"Lesson {FIRST.number}, {FIRST.title}: the first one, because you have not begun any."
    )


def test_who_is_new_and_not_at_the_beginning_is_told_where_that_is() -> None:
    assert current_lesson.beginning(FIRST) is None
    assert current_lesson.beginning(TEN) == FIRST
    note(TEN, 100)
    assert current_lesson.beginning(TEN) == FIRST, "to look is not to begin"
    save(TEN, 101)
    assert current_lesson.beginning(TWELVE) is None


class GraderOfStubs:
    """Stands in for the grader: nothing has been written."""

    def __init__(self, lesson: Lesson, *_: object) -> None:
        tests = [(TestOutcome("test", one.name, "not_started"),) for one in lesson.tasks]
        tasks = tuple(map(TaskOutcome, lesson.tasks, tests))
        self.grade = lambda *_: LessonOutcome(lesson, tasks, SEED)

    def __enter__(self) -> GraderOfStubs:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def test_a_newcomer_sees_it_below_the_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(grade, "Grader", GraderOfStubs)
    grade.run(TEN)
    told = f"New here? {command('test', FIRST.number)}"
    assert told in capsys.readouterr().out
    lessons.run()
    assert told in capsys.readouterr().out
    save(TEN, 100)
    grade.run(TEN)
    assert "New here?" not in capsys.readouterr().out
    lessons.run()
    assert f"You are at lesson 10: {command('test', '10')}" in capsys.readouterr().out


def test_a_save_after_a_command_counts_and_a_command_after_a_save() -> None:
    save(TEN, 100)
    assert meant() == TEN
    note(TWELVE, 101)
    assert meant() == TWELVE
    save(NINE, 102)
    assert meant() == NINE
    save(TEN, 103)
    assert meant() == TEN
    note(TWELVE, 104)
    assert str(current_lesson.meant()) == "Lesson 12, Buffering: you worked on it last."


def test_a_stub_that_is_written_again_is_not_work() -> None:
    save(TEN, 100)
    for line_end in ("\n", "\r\n"):
        NINE.exercise.write_bytes(stub(NINE).replace("\n", line_end).encode())
        set_time(NINE.exercise, 200)
        assert meant() == TEN


def test_a_file_that_does_not_parse_is_work() -> None:
    TWELVE.exercise.write_bytes(b"def (\xff")
    set_time(TWELVE.exercise, 300)
    assert meant() == TWELVE


def test_a_task_names_its_lesson() -> None:
    note(TEN, 100)
    assert meant("debounce") == TWELVE
    why = str(current_lesson.meant("debounce"))
    assert why == "Lesson 12, Buffering: the one with the task debounce."
    assert meant("chat_graph") == TEN
    assert meant("nope") == TEN


@pytest.mark.parametrize("content", [b"", b"77_future", b"\xff", b"../09_streaming"])
def test_a_note_that_makes_no_sense_is_not_believed(content: bytes) -> None:
    save(TEN, 100)
    note(TWELVE, 200)
    (folder() / "lesson").write_bytes(content)
    assert meant() == TEN


def test_a_folder_that_cannot_be_written_to_and_an_exercise_that_is_gone_are_no_crash() -> None:
    folder().write_text("a file where the folder should be", "utf-8")
    current_lesson.note(TEN)
    shutil.rmtree(catalog.ROOT / "exercises")
    assert meant() == FIRST
