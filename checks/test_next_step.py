"""The end of each screen is right: the next task, its line, what to read for it, and which hint."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from course import catalog
from course.author import missing
from course.catalog import Lesson
from course.grade import screen
from course.grade.answer_file import AnswerFile
from course.grade.outcome import Feedback, LessonOutcome, TaskOutcome, TestOutcome, Verdict
from course.lesson.lesson_text import read
from course.lesson.reading import sections_for
from course.lesson.stubs import stub, unwritten
from course.wording import as_from_make

LESSONS = catalog.lessons()
LESSON = catalog.find("09")
NAMES = [task.name for task in LESSON.tasks]
BY_LETTER: dict[str, Verdict] = {"p": "passed", "w": "wrong", "-": "not_started"}
LONG = Feedback(
    "the pieces are not what the docstring says about them, and they come in another order too",
    (("called", f"buffer_stream({['a longer word'] * 9})"), ("returned", repr("x" * 500))),
    "Read the third sentence of the docstring again, and try it on paper. " * 2,
    line=136,
)


def outcome(letters: str, lesson: Lesson = LESSON, only: Sequence[str] = ()) -> LessonOutcome:
    """An outcome from one letter for each task: p passed, w wrong, - not started."""
    tasks = [task for task in lesson.tasks if not only or task.name in only]
    tests = []
    for task, letter in zip(tasks, letters.ljust(len(tasks), "-"), strict=True):
        feedback = LONG if letter == "w" else None
        test = TestOutcome("test_it", task.name, BY_LETTER[letter], feedback, "printed " * 40)
        tests.append(TaskOutcome(task, (test,)))
    return LessonOutcome(lesson, tuple(tests), 9)


def stub_file(lesson: Lesson = LESSON) -> AnswerFile:
    return AnswerFile.of_text(stub(lesson), lesson.exercise)


def solved(lesson: Lesson = LESSON) -> AnswerFile:
    return AnswerFile.read(lesson.solution)


def told(
    found: LessonOutcome, answers: Path | AnswerFile | None = None, chosen: str | None = None
) -> str:
    """The last paragraph of the screen."""
    with as_from_make():
        lines = screen.verdict(found, answers or stub_file(found.lesson), chosen=chosen)
    return screen.as_plain(lines).rpartition("\n\n")[2]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
class TestEachLesson:
    def test_each_task_has_something_to_read(self, lesson: Lesson) -> None:
        headings = read(lesson.texts[1]).headings
        for task in lesson.tasks:
            sections = sections_for(lesson, task)
            assert sections, task.name
            assert {*sections} <= {*headings}

    def test_after_a_pass_the_next_task_its_line_and_what_to_read(self, lesson: Lesson) -> None:
        lines = stub(lesson).splitlines()
        for done, task in enumerate(lesson.tasks):
            text = told(outcome("p" * done, lesson))
            assert f"write {task.name}, task {done + 1} of {len(lesson.tasks)}\n" in text
            number = int(text.partition(f"{lesson.exercise.name}:")[2].split()[0])
            assert any(task.name in line for line in lines[number - 1 : number + 3])
            for section in sections_for(lesson, task):
                assert f"/{lesson.slug}/CONCEPTS.md:{section.line}\n" in text.replace("  ", "\n")
                assert section.title in text
            assert ("CONNECTIONS.md" in text) is (done == 0)


def test_a_task_without_a_section_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missing, "sections_for", lambda lesson, task: ())
    found = [str(one) for one in missing.missing(LESSON)]
    for name in NAMES:
        assert any(f"CONCEPTS.md has no row for {name} " in one for one in found)


def test_a_text_that_is_not_there_or_broken_is_nothing_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "ROOT", tmp_path)
    concepts = LESSON.texts[1]
    concepts.parent.mkdir(parents=True)
    assert sections_for(LESSON, LESSON.tasks[0]) == ()
    for content in (b"```python\n", b"\xff", b"| `stream_tokens` | [Gone](#gone) |\n"):
        concepts.write_bytes(content)
        assert sections_for(LESSON, LESSON.tasks[0]) == ()


@pytest.mark.parametrize(
    ("letters", "about"), [("w", 0), ("pw", 1), ("--w", 2), ("pp-ww", 3), ("w" * 12, 0)]
)
def test_after_a_failure_the_hint_is_for_what_is_explained(letters: str, about: int) -> None:
    name = NAMES[about]
    assert told(outcome(letters)) == (
        f"Next: change it, then make test-09\n      Stuck? make hint-09 TASK={name}\n"
    )


def test_another_task_can_be_chosen() -> None:
    assert "TASK=collect_response" in told(outcome("wwwww"), chosen="collect_response")
    assert "Next: write merge_streams, task 11" in told(outcome("wp"), chosen="merge_streams")


class TestOneTask:
    def test_a_failure_repeats_the_same_command(self) -> None:
        text = told(outcome("w", only=["buffer_stream"]))
        assert "then make test-09 TASK=buffer_stream\n" in text
        assert text.endswith("make hint-09 TASK=buffer_stream\n")

    def test_one_that_is_not_written_is_the_next_one(self) -> None:
        text = told(outcome("-", only=["buffer_stream"]))
        assert text.startswith("Next: write buffer_stream, task 4 of 12\n")
        assert "stream_tokens" not in text

    @pytest.mark.parametrize(("name", "following"), [(NAMES[2], NAMES[3]), (NAMES[-1], NAMES[0])])
    def test_a_pass_leads_to_the_next_that_is_not_written(self, name: str, following: str) -> None:
        text = told(outcome("p", only=[name]))
        assert text.startswith(f"{name} passes.\nNext: write {following}, task ")
        assert text.endswith("make test-09 grades all 12 tasks.\n")
        assert "All tasks are done" not in text

    def test_a_pass_where_all_is_written_leads_to_grading_all(self) -> None:
        for answers in (solved(), LESSON.solution):
            text = told(outcome("p", only=["buffer_stream"]), answers)
            assert text == "buffer_stream passes.\nNext: make test-09 grades all 12 tasks.\n"

    def test_several_are_named(self) -> None:
        text = told(outcome("ppp", only=NAMES[:3]), solved())
        assert text.startswith(f"{NAMES[0]}, {NAMES[1]} and {NAMES[2]} pass.\n")


def test_all_tasks_are_done_only_when_they_are() -> None:
    assert told(outcome("p" * 12), solved()).startswith("All tasks are done.\nNext: read ")
    for letters in ("p" * 11, "p" * 11 + "w", "-" + "p" * 11):
        assert "All tasks are done" not in told(outcome(letters), solved())


def test_what_is_not_written_yet() -> None:
    assert unwritten(stub(LESSON), LESSON) == NAMES
    assert unwritten(solved().source, LESSON) == []
    assert unwritten("def (", LESSON) == []
    label = LESSON.task("collect_response").label(12)
    begun = stub(LESSON).replace(f'raise NotImplementedError("{label}")', "return ''")
    assert unwritten(begun, LESSON) == [name for name in NAMES if name != "collect_response"]


class TestWidth:
    @pytest.mark.parametrize("width", [40, 60, 80, 88])
    @pytest.mark.parametrize("letters", ["", "pppw", "pww", "pp", "p" * 11])
    @pytest.mark.parametrize("verbose", [False, True])
    def test_lines_fit(self, width: int, letters: str, verbose: bool) -> None:
        with as_from_make():
            lines = screen.verdict(outcome(letters), stub_file(), verbose, width=width)
        above, _, below = screen.as_plain(lines).rpartition("\n\n")
        for line in above.splitlines():
            assert len(line) <= width or "(cut here: " in line
        for line in below.splitlines():  # paths and commands stay whole
            assert len(line) <= max(width, 80)

    def test_no_word_of_the_explanation_is_lost_in_a_narrow_one(self) -> None:
        lines = screen.verdict(outcome("pwww"), stub_file(), width=50)
        words = " ".join(screen.as_plain(lines).split())
        assert f"stream_tokens: {LONG.problem} called " in words
        assert LONG.why.strip() in words
        assert words.count(LONG.problem) == 3

    @pytest.mark.parametrize(
        ("columns", "width"), [(80, 80), (60, 60), (200, screen.WIDTH), (20, screen.NARROWEST)]
    )
    def test_a_terminal_says_how_wide_it_is(self, columns: int, width: int) -> None:
        terminal = Console(file=io.StringIO(), force_terminal=True, width=columns)
        assert screen.width_of(terminal) == width
        assert screen.width_of(Console(file=io.StringIO(), width=columns)) == screen.WIDTH
