"""Where nobody names the lesson, submissions and gradebooks tell it, or somebody has to."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from cohort_fakes import FakeGrader, nothing_is_known

from course import catalog
from course.catalog import UnknownLesson
from course.cohort import command, join
from course.cohort.intake.submissions import find
from course.cohort.intake.which_lesson import lesson_of, lessons_in
from course.lesson.stubs import stub

NINE, TEN = catalog.find("09"), catalog.find("10")
LESSONS = catalog.lessons()


def put(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def zipped(path: Path, *names: str) -> None:
    with zipfile.ZipFile(path, "w") as made:
        for name in names:
            made.writestr(name, "")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_each_lesson_is_told_by_what_a_file_defines(lesson: catalog.Lesson, folder: Path) -> None:
    put(folder / "ana.py", stub(lesson))
    put(folder / "ben.py", lesson.solution.read_text(encoding="utf-8"))
    assert lesson_of(find(folder)) == lesson


def test_a_file_need_not_parse(folder: Path) -> None:
    put(folder / "ana.py", "import (\n\nasync  def astream_tokens(model, prompt):\n")
    assert lesson_of(find(folder)) == NINE


def test_the_lesson_with_most_tasks_counts(folder: Path) -> None:
    put(folder / "ana.py", f"{stub(TEN)}\ndef stream_tokens():\n    pass\n")
    assert lesson_of(find(folder)) == TEN


def test_names_of_files_count_before_what_they_define(folder: Path) -> None:
    put(folder / "ana" / "exercises" / NINE.exercise.name, stub(TEN))
    zipped(folder / "ben.zip", f"ben/{NINE.exercise.name}", "ben/notes.txt", "ben/other.py")
    assert lesson_of(find(folder)) == NINE


def test_what_tells_nothing_leaves_it_to_the_others(folder: Path) -> None:
    put(folder / "ana.py", stub(NINE))
    put(folder / "ben.docx", "notes")
    put(folder / "cleo.zip", "not a zip")
    put(folder / "dan.py", "print('hello')")
    (folder / "eve.py").symlink_to(NINE.solution)
    for lesson in LESSONS:
        put(folder / "fay" / "exercises" / lesson.exercise.name)
    assert lesson_of(find(folder)) == NINE


def test_a_name_that_two_lessons_have_is_left_to_the_others(folder: Path) -> None:
    zipped(folder / "ana.zip", NINE.exercise.name, TEN.exercise.name)
    with pytest.raises(UnknownLesson, match="do not say"):
        lesson_of(find(folder))
    put(folder / "ben.py", stub(TEN))
    assert lesson_of(find(folder)) == TEN


def test_several_are_named_with_an_example(folder: Path) -> None:
    put(folder / "ana.py", stub(TEN))
    put(folder / "ben.py", stub(NINE))
    put(folder / "cleo.py", stub(NINE))
    with pytest.raises(UnknownLesson, match=r"several: 09 \(ben.py\), 10 \(ana.py\)\. Name it"):
        lesson_of(find(folder))


def test_nothing_is_run(folder: Path, tmp_path: Path) -> None:
    put(folder / "ana.py", f"open({str(tmp_path / 'ran')!r}, 'w')\n{stub(NINE)}")
    (one,) = find(folder)
    assert lessons_in(one) == {"09"}
    assert not (tmp_path / "ran").exists()


def test_a_cohort_and_its_parts_need_no_name(
    folder: Path, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(folder / "ana.py", f"passed=3\n{stub(TEN)}")
    known = nothing_is_known
    assert command.run(folder, None, out, 1, seed=5, make=FakeGrader, known=known) == 0
    assert "Lesson 10, 1 submission," in capsys.readouterr().out
    assert join.run([out], None, tmp_path / "all", known=known) == 0
    assert (tmp_path / "all" / "grades.csv").read_bytes() == (out / "grades.csv").read_bytes()
    put(folder / "ana.py", f"passed=3\n{stub(NINE)}")
    assert command.run(folder, NINE, out, 1, seed=5, make=FakeGrader, known=known) == 0
    with pytest.raises(UnknownLesson, match="gradebooks have several: 09, 10"):
        join.run([out], None, tmp_path / "all", known=known)
