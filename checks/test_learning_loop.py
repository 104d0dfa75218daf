"""The learner's loop: watch, hints, status, lessons, reset and solution.

All of it runs on a copy, so that nobody's answers and progress are touched. Most tests put a
grader in place of the real one that takes its verdicts from a comment in the exercise.
"""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from course import catalog, current_lesson
from course import start as start_program
from course.backups import folder, next_name
from course.catalog import CourseError, Lesson, UnknownTask
from course.fakes.nesting import refused_depth
from course.grade.answer_file import AnswerFile, read
from course.grade.grader import Grader
from course.grade.outcome import Feedback, LessonOutcome, TaskOutcome, TestOutcome, Verdict
from course.grade.worker_process import WorkerProcess
from course.learn import hints, keys, lessons, progress, reset, reveal, status, watch
from course.learn.progress import Progress, fingerprint
from course.learn.watch import LOOKS_PER_READING, PATIENCE, Watch
from course.lesson.stubs import stub

LESSON = catalog.find("09")
FIRST, SECOND, THIRD = (task.name for task in LESSON.tasks[:3])


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lesson:
    """The lesson, in a copy of the house, untouched."""
    for name in ("lessons", "solutions", "tests"):
        shutil.copytree(catalog.ROOT / name, tmp_path / name)
    shutil.copy(catalog.ROOT / "constraints.txt", tmp_path)
    monkeypatch.setattr(catalog, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAKELEVEL", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    write(LESSON, stub(LESSON))
    return LESSON


def write(lesson: Lesson, text: str) -> None:
    lesson.exercise.parent.mkdir(exist_ok=True)
    lesson.exercise.write_text(text, encoding="utf-8")


def with_verdicts(lesson: Lesson, passed: str = "", wrong: str = "") -> str:
    """An exercise that gets these verdicts from the grader below."""
    return f"{stub(lesson)}# passed: {passed}\n# wrong: {wrong}\n"


def everything(lesson: Lesson) -> str:
    return with_verdicts(lesson, " ".join(task.name for task in lesson.tasks))


class CommentGrader(Grader):
    """Believes the exercise: `# passed: stream_tokens write_stream`."""

    started = closed = graded = 0
    meanwhile: Callable[[], object] | None = None

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        type(self).started += 1

    def close(self) -> None:
        type(self).closed += 1

    def warm_up(self) -> None:
        pass

    def grade(
        self,
        answers: Path | AnswerFile,
        seed: int = 9,
        only: str | None = None,
        until_wrong: bool = False,
    ) -> LessonOutcome:
        type(self).graded += 1
        self._meanwhile()
        file = read(answers)
        file.compile()
        source = file.source
        self._meanwhile()
        tasks = tuple(TaskOutcome(task, (self._test(source, task.name),)) for task in LESSON.tasks)
        return LessonOutcome(LESSON, tasks, seed)

    def _meanwhile(self) -> None:
        """What somebody else does while the grading goes on."""
        action, type(self).meanwhile = type(self).meanwhile, None
        if action:
            action()

    def _test(self, source: str, name: str) -> TestOutcome:
        verdict: Verdict = "not_started"
        for line in source.splitlines():
            if line.startswith("# passed:") and name in line.split():
                verdict = "passed"
            if line.startswith("# wrong:") and name in line.split():
                verdict = "wrong"
        feedback = Feedback("it is wrong", (), "Why.") if verdict == "wrong" else None
        return TestOutcome(f"test_{name}", name, verdict, feedback)


@pytest.fixture
def grader(monkeypatch: pytest.MonkeyPatch) -> type[CommentGrader]:
    class Fresh(CommentGrader):
        pass

    monkeypatch.setattr(progress, "Grader", Fresh)
    monkeypatch.setattr(watch, "Grader", Fresh)
    return Fresh


def kept(lesson: Lesson) -> Any:
    """The progress file as it is on the disk."""
    return json.loads((catalog.ROOT / ".streamlings" / "progress.json").read_text("utf-8"))


def files(folder: str) -> list[str]:
    return sorted(path.name for path in (catalog.ROOT / ".streamlings" / folder).glob("*"))


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], list[str]]:
    """A person at the terminal who gives one answer; None is Ctrl-D."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def sit_down(answer: str | None) -> list[str]:
        asked: list[str] = []

        def reply(question: str) -> str:
            asked.append(question)
            if answer is None:
                raise EOFError
            return answer

        monkeypatch.setattr("sys.stdin", Terminal())
        monkeypatch.setattr("builtins.input", reply)
        return asked

    return sit_down


@pytest.mark.usefixtures("grader")
class TestHints:
    def test_each_call_shows_one_more(
        self, lesson: Lesson, capsys: pytest.CaptureFixture[str]
    ) -> None:
        task = lesson.tasks[0]
        for shown in range(1, len(task.hints) + 1):
            assert hints.run(lesson) == 0
            text = " ".join(capsys.readouterr().out.split())
            assert f"{task.name} task 1 of {len(lesson.tasks)}" in text
            assert f"hint {shown} of {len(task.hints)}" in text
            for number, hint in enumerate(task.hints, start=1):
                assert (" ".join(hint.split()) in text) is (number <= shown)

    def test_the_last_one_says_where_to_read_and_stays(
        self, lesson: Lesson, capsys: pytest.CaptureFixture[str]
    ) -> None:
        task = lesson.tasks[2]
        for _ in range(len(task.hints) - 1):
            hints.run(lesson, task.name)
        assert "That is the last hint" not in capsys.readouterr().out
        for _ in range(2):
            hints.run(lesson, task.name)
            text = capsys.readouterr().out
            assert f"hint {len(task.hints)} of {len(task.hints)}" in text
            assert "That is the last hint" in text
            assert "CONCEPTS.md:" in text
            assert f"solution {lesson.number}" in text
            assert "One more" not in text
        assert kept(lesson)["lessons"][lesson.slug]["hints"] == {task.name: len(task.hints)}

    @pytest.mark.parametrize(
        ("passed", "wrong", "about"),
        [("", "", 0), (FIRST, "", 1), (FIRST, THIRD, 2), ("", SECOND, 1)],
    )
    def test_are_for_the_task_that_grading_explains(
        self,
        passed: str,
        wrong: str,
        about: int,
        lesson: Lesson,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        write(lesson, with_verdicts(lesson, passed, wrong))
        assert hints.run(lesson) == 0
        assert capsys.readouterr().out.startswith(lesson.tasks[about].name)

    def test_for_a_named_task_need_no_grading(
        self, lesson: Lesson, grader: type[CommentGrader], capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(lesson, "def (")
        assert hints.run(lesson, THIRD) == 0
        text = capsys.readouterr().out
        assert text.startswith(THIRD)
        assert f"--task {THIRD}" in text
        assert grader.graded == 0

    def test_are_named_as_make_wants_them(
        self, lesson: Lesson, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("MAKELEVEL", "1")
        hints.run(lesson, THIRD)
        assert f"make hint-{lesson.number} TASK={THIRD}\n" in capsys.readouterr().out

    def test_none_is_needed_when_all_is_done(
        self, lesson: Lesson, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(lesson, everything(lesson))
        assert hints.run(lesson) == 0
        assert "you need no hint" in capsys.readouterr().out
        assert "hints" not in kept(lesson)["lessons"][lesson.slug]

    def test_a_syntax_error_comes_first(
        self, lesson: Lesson, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(lesson, "import time\ndef (\n")
        assert hints.run(lesson) == 2
        assert f"exercises/{lesson.slug}.py:2: SyntaxError" in capsys.readouterr().out

    def test_a_task_that_does_not_exist(self, lesson: Lesson) -> None:
        with pytest.raises(UnknownTask, match=f"Did you mean {FIRST}"):
            hints.run(lesson, FIRST[:-1])


@pytest.mark.usefixtures("grader")
class TestProgress:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b'{"lessons": {',
            b"[]",
            b'{"lessons": []}',
            b'{"lessons": {"09": 3}}',
            b'{"lessons": {"09": {"hints": 4}}}',
            b"\xff\xfe",
            b"[" * refused_depth(),
        ],
    )
    def test_a_damaged_file_is_kept_and_a_new_one_begun(
        self, content: bytes, lesson: Lesson, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for number in (1, 2):
            path = folder() / "progress.json"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            assert hints.run(lesson) == 0
            captured = capsys.readouterr()
            aside = f".streamlings/progress-unreadable-{number:04}.json"
            assert f"hint 1 of {len(lesson.tasks[0].hints)}" in captured.out
            assert captured.err.count("\n") == 1
            assert captured.err.endswith(f"It was moved to {aside}.\n")
            assert Path(aside).read_bytes() == content
            assert kept(lesson)["lessons"][lesson.slug]["hints"] == {FIRST: 1}

    def test_a_damaged_file_that_cannot_be_moved_is_not_overwritten(
        self, lesson: Lesson, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def refuse(self: Path, target: Path) -> None:
            raise PermissionError(13, "Permission denied")

        path = folder() / "progress.json"
        path.parent.mkdir()
        path.write_bytes(b"{")
        monkeypatch.setattr(Path, "rename", refuse)
        assert hints.run(lesson) == 0
        assert path.read_bytes() == b"{"
        assert capsys.readouterr().err.count("\n") == 1

    def test_what_a_newer_version_has_written_survives(self, lesson: Lesson) -> None:
        path = folder() / "progress.json"
        path.parent.mkdir()
        data: dict[str, Any] = {
            "version": 7,
            "lessons": {
                "77_future": {"stars": 3},
                lesson.slug: {"badge": "x", "hints": {"flying": 2}, "graded": {"when": 1}},
            },
        }
        path.write_text(json.dumps(data), "utf-8")
        write(lesson, with_verdicts(lesson, passed=FIRST))
        hints.run(lesson)
        found = kept(lesson)
        entry = found["lessons"].pop(lesson.slug)
        assert found == {"version": 7, "lessons": {"77_future": {"stars": 3}}}
        assert entry["badge"] == "x"
        assert entry["hints"] == {"flying": 2, SECOND: 1}
        assert entry["graded"]["when"] == 1
        assert entry["graded"]["verdicts"][FIRST] == "passed"

    def test_a_folder_that_cannot_be_written_to_is_no_crash(
        self, lesson: Lesson, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder().write_text("a file where the folder should be", "utf-8")
        write(lesson, with_verdicts(lesson, passed=FIRST))
        assert hints.run(lesson) == 0
        captured = capsys.readouterr()
        assert captured.out.startswith(SECOND)
        assert "progress.json" in captured.err
        assert captured.err.count("\n") == 1

    def test_two_commands_do_not_undo_each_other(self, lesson: Lesson) -> None:
        one, other = Progress(), Progress()
        one.keep_hints(lesson, lesson.tasks[0], 1)
        other.keep_hints(lesson, lesson.tasks[1], 2)
        one.keep_hints(lesson, lesson.tasks[2], 3)
        assert kept(lesson)["lessons"][lesson.slug]["hints"] == {FIRST: 1, SECOND: 2, THIRD: 3}

    def test_verdicts_that_make_no_sense_are_not_believed(self, lesson: Lesson) -> None:
        path = folder() / "progress.json"
        path.parent.mkdir()
        names = [task.name for task in lesson.tasks]
        mark = fingerprint(lesson)
        for verdicts, believed in [
            (dict.fromkeys(names, "passed"), True),
            (dict.fromkeys(names, "excellent"), False),
            (dict.fromkeys(names[1:], "passed"), False),
            (None, False),
        ]:
            entry = {"graded": {"fingerprint": mark, "verdicts": verdicts}}
            path.write_text(json.dumps({"lessons": {lesson.slug: entry}}), "utf-8")
            assert (Progress().verdicts(lesson, mark) is not None) is believed


class TestStatus:
    def test_grades_only_what_has_changed(
        self, lesson: Lesson, grader: type[CommentGrader], capsys: pytest.CaptureFixture[str]
    ) -> None:
        def shown() -> str:
            assert status.run() == 0
            return capsys.readouterr().out

        write(lesson, with_verdicts(lesson, passed=FIRST))
        total = len(lesson.tasks)
        for _ in range(2):
            text = shown()
            assert f"1 of {total}" in text
            assert f"next: {SECOND}" in text
            assert grader.graded == 1
        write(lesson, with_verdicts(lesson, passed=f"{FIRST} {SECOND}"))
        assert f"2 of {total}" in shown()
        assert grader.graded == 2
        lesson.tests.write_text("# other tests", "utf-8")
        shown()
        shown()
        assert grader.graded == 3
        assert grader.closed == grader.started

    def test_a_save_while_grading_is_not_mistaken_for_what_was_graded(
        self, lesson: Lesson, grader: type[CommentGrader], capsys: pytest.CaptureFixture[str]
    ) -> None:
        before, total = with_verdicts(lesson, passed=FIRST), len(lesson.tasks)
        write(lesson, before)
        grader.meanwhile = lambda: write(lesson, with_verdicts(lesson))
        status.run()
        assert f"0 of {total}" in capsys.readouterr().out
        write(lesson, before)
        status.run()
        assert f"1 of {total}" in capsys.readouterr().out

    def test_an_untouched_stub_need_not_be_graded(
        self, lesson: Lesson, grader: type[CommentGrader], capsys: pytest.CaptureFixture[str]
    ) -> None:
        status.run()
        assert f"0 of {len(lesson.tasks)}  next: {FIRST}" in capsys.readouterr().out
        assert grader.graded == 0

    @pytest.mark.usefixtures("grader")
    def test_counts_the_hints(self, lesson: Lesson, capsys: pytest.CaptureFixture[str]) -> None:
        for name, expected in [(FIRST, ", 1 hint 10 "), (THIRD, ", 2 hints 10 ")]:
            hints.run(lesson, name)
            capsys.readouterr()
            status.run()
            assert expected in " ".join(capsys.readouterr().out.split())  # it may be wrapped

    @pytest.mark.usefixtures("grader")
    def test_says_which_exercise_cannot_be_graded(
        self, lesson: Lesson, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(lesson, "import time\ndef (\n")
        assert status.run() == 0
        assert f"exercises/{lesson.slug}.py:2: SyntaxError" in capsys.readouterr().out
        lesson.exercise.unlink()
        assert status.run() == 0
        text = " ".join(capsys.readouterr().out.split())
        assert "is missing" in text
        assert f"reset {lesson.number}" in text

    @pytest.mark.usefixtures("grader")
    def test_next_is_the_lesson_that_was_worked_on_last(
        self, lesson: Lesson, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for number in ("09", "12"):
            current_lesson.note(catalog.find(number))
            status.run()
            assert f"Next: python3 -m course watch {number}\n" in capsys.readouterr().out

    @pytest.mark.usefixtures("grader")
    def test_all_done(
        self, lesson: Lesson, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(catalog, "lessons", lambda: (lesson,))
        write(lesson, everything(lesson))
        status.run()
        text = capsys.readouterr().out
        assert "All lessons are done." in text
        assert "next" not in text.lower()
        assert "─" not in text
        assert "\x1b" not in text


class TestLessons:
    def test_shows_every_lesson(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert lessons.run() == 0
        text = capsys.readouterr().out
        assert len(catalog.lessons()) > 0
        for each in catalog.lessons():
            line = next(line for line in text.splitlines() if line.startswith(f"{each.number} "))
            row = f"{line} "
            for value in (each.title, each.level, str(each.minutes), str(len(each.tasks))):
                assert f" {value} " in row
            assert each.part in text
        assert "\x1b" not in text

    def test_a_wide_terminal_shows_what_to_know(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for columns, shown in [(80, False), (200, True)]:
            monkeypatch.setenv("COLUMNS", str(columns))
            assert lessons.run() == 0
            text = " ".join(capsys.readouterr().out.split())
            for each in catalog.lessons():
                assert (each.prerequisites[0] in text) == shown


class TestReset:
    def test_asks_first(self, lesson: Lesson, answering: Callable[[str | None], list[str]]) -> None:
        for answer in ("", "n", "never", None):
            write(lesson, "mine = 1\n")
            asked = answering(answer)
            assert reset.run(lesson) == 0
            assert len(asked) == 1
            assert lesson.exercise.read_text("utf-8") == "mine = 1\n"
            assert files("backups") == []
        answering("Y")
        assert reset.run(lesson) == 0
        assert lesson.exercise.read_text("utf-8") == stub(lesson)

    def test_refuses_when_nobody_can_be_asked(self, lesson: Lesson) -> None:
        write(lesson, "mine = 1\n")
        with pytest.raises(CourseError, match=rf"reset {lesson.number} --yes"):
            reset.run(lesson)
        assert lesson.exercise.read_text("utf-8") == "mine = 1\n"
        assert files("backups") == []

    def test_keeps_every_byte_under_a_new_number(
        self, lesson: Lesson, capsys: pytest.CaptureFixture[str]
    ) -> None:
        contents = [b"mine = 1\r\n", b"\xff not UTF-8", b"", b"mine = 1\r\n"]
        for number, content in enumerate(contents, start=1):
            lesson.exercise.write_bytes(content)
            assert reset.run(lesson, yes=True) == 0
            backup = f".streamlings/backups/{lesson.slug}-{number:04}.py"
            assert f"saved in {backup}\n" in capsys.readouterr().out
            assert Path(backup).read_bytes() == content
            assert lesson.exercise.read_text("utf-8") == stub(lesson)
        assert len(files("backups")) == len(contents)

    def test_numbers_go_on_after_the_highest(self, lesson: Lesson) -> None:
        backups = folder() / "backups"
        backups.mkdir(parents=True)
        (backups / f"{lesson.slug}-9999.py").write_text("old", "utf-8")
        (backups / f"{lesson.slug}-mine.py").write_text("named by hand", "utf-8")
        write(lesson, "mine = 1\n")
        reset.run(lesson, yes=True)
        assert (backups / f"{lesson.slug}-10000.py").read_text("utf-8") == "mine = 1\n"
        assert (backups / f"{lesson.slug}-9999.py").read_text("utf-8") == "old"

    def test_a_backup_that_appears_meanwhile_is_not_overwritten(
        self, lesson: Lesson, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        backups = folder() / "backups"
        backups.mkdir(parents=True)
        taken = backups / f"{lesson.slug}-0001.py"
        names = iter([taken])

        def name(inside: Path, stem: str, suffix: str) -> Path:
            return next(names, None) or next_name(inside, stem, suffix)

        monkeypatch.setattr("course.backups.next_name", name)
        taken.write_text("somebody else's", "utf-8")
        write(lesson, "mine = 1\n")
        reset.run(lesson, yes=True)
        assert taken.read_text("utf-8") == "somebody else's"
        assert (backups / f"{lesson.slug}-0002.py").read_text("utf-8") == "mine = 1\n"

    @pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
    def test_nothing_is_lost_if_it_ends_half_way(
        self, error: Any, lesson: Lesson, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def die(path: Path, content: str) -> None:
            raise error

        monkeypatch.setattr(reset, "write_atomically", die)
        write(lesson, "mine = 1\n")
        with pytest.raises((KeyboardInterrupt, CourseError)):
            reset.run(lesson, yes=True)
        assert lesson.exercise.read_text("utf-8") == "mine = 1\n"
        assert files("backups") == [f"{lesson.slug}-0001.py"]

    def test_without_a_backup_nothing_is_touched(self, lesson: Lesson) -> None:
        folder().write_text("a file where the folder should be", "utf-8")
        write(lesson, "mine = 1\n")
        with pytest.raises(CourseError, match=r"Nothing was changed\."):
            reset.run(lesson, yes=True)
        assert lesson.exercise.read_text("utf-8") == "mine = 1\n"

    def test_a_folder_in_place_of_the_exercise_is_left_alone(self, lesson: Lesson) -> None:
        lesson.exercise.unlink()
        lesson.exercise.mkdir()
        with pytest.raises(CourseError, match=rf"{lesson.slug}\.py cannot be read"):
            reset.run(lesson, yes=True)
        assert lesson.exercise.is_dir()
        assert files("backups") == []

    def test_gives_back_a_deleted_exercise_without_asking(self, lesson: Lesson) -> None:
        lesson.exercise.unlink()
        assert reset.run(lesson) == 0
        assert lesson.exercise.read_text("utf-8") == stub(lesson)
        assert files("backups") == []

    @pytest.mark.parametrize("line_end", ["\n", "\r\n"])
    def test_an_untouched_exercise_is_left_alone(
        self, line_end: str, lesson: Lesson, capsys: pytest.CaptureFixture[str]
    ) -> None:
        content = stub(lesson).replace("\n", line_end).encode()
        lesson.exercise.write_bytes(content)
        assert reset.run(lesson) == 0
        assert "nothing to reset" in capsys.readouterr().out
        assert lesson.exercise.read_bytes() == content
        assert files("backups") == []


def notices(watched: Watch) -> bool:
    """Whether a save is seen, however coarse the clock of the drive is."""
    return any(watched.look() for _ in range(LOOKS_PER_READING))


class TestWatch:
    @pytest.fixture
    def out(self) -> io.StringIO:
        return io.StringIO()

    @pytest.fixture
    def watched(self, lesson: Lesson, grader: type[CommentGrader], out: io.StringIO) -> Watch:
        write(lesson, with_verdicts(lesson, passed=FIRST))
        return Watch(lesson, Console(file=out, highlight=False, soft_wrap=True))

    def test_shows_the_verdict_at_once_and_then_only_after_a_change(
        self, lesson: Lesson, watched: Watch, out: io.StringIO
    ) -> None:
        assert watched.look()
        assert f"1 of {len(lesson.tasks)} tasks" in out.getvalue()
        assert out.getvalue().endswith(f"Watching exercises/{lesson.slug}.py. Stop with Ctrl-C.\n")
        assert "Save" not in out.getvalue()
        assert not any(watched.look() for _ in range(3 * LOOKS_PER_READING))
        assert out.getvalue().count("Watching") == 1
        assert "\x1b" not in out.getvalue()

    @pytest.mark.parametrize(
        ("passed", "news"),
        [
            (f"{FIRST} {SECOND}", f"Save 1. Well done: {SECOND} passes now."),
            (f"{FIRST} {SECOND} {THIRD}", f"Well done: {SECOND} and {THIRD} pass now."),
            ("", f"Save 1. {FIRST} does not pass anymore."),
            (SECOND, f"{SECOND} passes now. {FIRST} does not pass anymore."),
            (f"{FIRST} ", "Save 1. The same tasks pass as before."),
        ],
    )
    def test_says_what_a_save_has_changed(
        self, passed: str, news: str, lesson: Lesson, watched: Watch, out: io.StringIO
    ) -> None:
        watched.look()
        write(lesson, with_verdicts(lesson, passed=passed))
        assert notices(watched)
        assert news in out.getvalue()

    def test_a_replaced_file_with_the_same_size_and_time(
        self, lesson: Lesson, watched: Watch, out: io.StringIO
    ) -> None:
        watched.look()
        before = lesson.exercise.stat()
        other = lesson.exercise.with_suffix(".new")
        text = with_verdicts(lesson, passed=FIRST)
        other.write_text(text.replace(f"passed: {FIRST}", f"wrong:  {FIRST}"), "utf-8")
        os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
        other.replace(lesson.exercise)
        assert lesson.exercise.stat().st_size == before.st_size
        assert watched.look()
        assert f"{FIRST} does not pass anymore." in out.getvalue()

    def test_a_change_that_the_clock_of_the_drive_does_not_show(
        self, lesson: Lesson, watched: Watch
    ) -> None:
        watched.look()
        before = lesson.exercise.stat()
        text = lesson.exercise.read_text("utf-8")
        write(lesson, text.replace("# passed", "# Passed"))
        os.utime(lesson.exercise, ns=(before.st_atime_ns, before.st_mtime_ns))
        looks = [watched.look() for _ in range(2 * LOOKS_PER_READING)]
        assert looks.count(True) == 1
        assert looks.index(True) < LOOKS_PER_READING

    def test_a_touched_file_is_no_change(self, lesson: Lesson, watched: Watch) -> None:
        watched.look()
        os.utime(lesson.exercise, ns=(0, 0))
        assert not any(watched.look() for _ in range(2 * LOOKS_PER_READING))

    @pytest.mark.parametrize("emptied", [False, True])
    def test_a_file_that_is_away_or_empty_for_a_moment_is_being_saved(
        self, emptied: bool, lesson: Lesson, watched: Watch, out: io.StringIO
    ) -> None:
        watched.look()
        lesson.exercise.write_text("") if emptied else lesson.exercise.unlink()
        assert not any(watched.look() for _ in range(PATIENCE - 1))
        write(lesson, with_verdicts(lesson, passed=SECOND))
        assert notices(watched)
        assert out.getvalue().count("Watching") == 2
        assert "is not there" not in out.getvalue()

    def test_a_file_that_is_often_away_is_not_missing(self, lesson: Lesson, watched: Watch) -> None:
        watched.look()
        away = lesson.exercise.with_suffix(".away")
        for _ in range(3):
            lesson.exercise.rename(away)
            assert not any(watched.look() for _ in range(PATIENCE - 1))
            away.rename(lesson.exercise)
            assert not watched.look()

    def test_a_file_that_stays_away_is_missing_until_it_is_back(
        self, lesson: Lesson, watched: Watch, out: io.StringIO
    ) -> None:
        content = everything(lesson)
        write(lesson, content)
        watched.look()
        assert watched.all_passed
        lesson.exercise.unlink()
        looks = [watched.look() for _ in range(4 * PATIENCE)]
        assert looks.index(True) == PATIENCE - 1
        assert looks.count(True) == 1
        assert f"exercises/{lesson.slug}.py is not there" in out.getvalue()
        assert not watched.all_passed
        write(lesson, content)
        assert notices(watched)
        assert watched.all_passed

    def test_a_save_while_grading_is_graded_too(
        self, lesson: Lesson, watched: Watch, grader: type[CommentGrader]
    ) -> None:
        saves = [lambda: write(lesson, everything(lesson))]
        grader.meanwhile = lambda: setattr(grader, "meanwhile", saves[0])
        watched.look()
        assert not watched.all_passed
        assert notices(watched)
        assert watched.all_passed
        assert not watched.look()

    def test_a_file_that_goes_away_while_it_is_graded(
        self,
        lesson: Lesson,
        watched: Watch,
        out: io.StringIO,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        content = lesson.exercise.read_text("utf-8")

        def vanish(_: Lesson) -> str:
            monkeypatch.setattr(watch, "fingerprint", fingerprint)
            lesson.exercise.unlink()
            return fingerprint(lesson)

        monkeypatch.setattr(watch, "fingerprint", vanish)
        watched.look()
        assert out.getvalue() == ""
        write(lesson, content)
        assert watched.look()
        assert f"1 of {len(lesson.tasks)} tasks" in out.getvalue()

    def test_a_syntax_error_is_shown_and_then_forgotten(
        self, lesson: Lesson, watched: Watch, out: io.StringIO
    ) -> None:
        watched.look()
        write(lesson, "def (\n")
        assert notices(watched)
        assert "SyntaxError" in out.getvalue()
        write(lesson, with_verdicts(lesson, passed=FIRST))
        assert notices(watched)
        assert "Save 2. The same tasks pass as before." in out.getvalue()

    def test_new_tests_get_a_new_grader(
        self, lesson: Lesson, watched: Watch, grader: type[CommentGrader]
    ) -> None:
        watched.look()
        assert (grader.started, grader.closed, grader.graded) == (1, 0, 1)
        for file in (lesson.tests, lesson.solution):
            file.write_text(file.read_text("utf-8") + "# changed\n", "utf-8")
            assert notices(watched)
            assert not watched.look()
        assert (grader.started, grader.closed, grader.graded) == (3, 2, 3)

    def test_broken_tests_do_not_end_it(
        self, lesson: Lesson, watched: Watch, grader: type[CommentGrader], out: io.StringIO
    ) -> None:
        def fail() -> None:
            raise RuntimeError("the tests cannot be collected")

        grader.meanwhile = fail
        watched.look()
        assert "Not graded: the tests cannot be collected" in out.getvalue()
        write(lesson, everything(lesson))
        assert notices(watched)
        assert watched.all_passed

    def test_verdicts_are_remembered_for_the_status(
        self, lesson: Lesson, watched: Watch, grader: type[CommentGrader]
    ) -> None:
        watched.look()
        status.run()
        assert grader.graded == 1

    @pytest.mark.parametrize("done", [False, True])
    def test_ctrl_c_ends_it(
        self,
        done: bool,
        lesson: Lesson,
        grader: type[CommentGrader],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        def press_ctrl_c(seconds: float) -> None:
            assert 0 < seconds <= 0.1
            raise KeyboardInterrupt

        write(lesson, everything(lesson) if done else stub(lesson))
        assert watch.run(lesson, pause=press_ctrl_c) == (0 if done else 1)
        assert grader.started == grader.closed == 1
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        assert ("All tasks are done." in captured.out) is done

    def test_a_terminal_shows_one_screen_at_a_time_and_all_of_it(
        self, lesson: Lesson, grader: type[CommentGrader]
    ) -> None:
        def screen_of(height: int) -> str:
            out = io.StringIO()
            console = Console(
                file=out, force_terminal=True, width=100, height=height, soft_wrap=True
            )
            write(lesson, with_verdicts(lesson, *FULL))
            Watch(lesson, console).look()
            assert out.getvalue().count("\x1b[2J") == 1
            return out.getvalue().rpartition("\x1b[2J")[2]

        FULL = (" ".join(task.name for task in lesson.tasks[1:]), FIRST)  # noqa: N806
        large, small = screen_of(60), screen_of(20)
        assert "\n\n" in large
        assert "\n\n" not in small
        assert small.count("\n") < 20
        assert [line for line in large.splitlines() if line] == small.splitlines()


@pytest.mark.usefixtures("grader")
class TestKeys:
    """What keys do in `watch`; `test_keys.py` has how they are read."""

    @pytest.fixture
    def out(self) -> io.StringIO:
        return io.StringIO()

    @pytest.fixture
    def watched(self, lesson: Lesson, out: io.StringIO) -> Watch:
        write(lesson, with_verdicts(lesson, passed=FIRST, wrong=THIRD))
        made = Watch(lesson, Console(file=out, highlight=False, soft_wrap=True), has_keys=True)
        made.look()
        return made

    @staticmethod
    def shown(out: io.StringIO) -> str:
        """What has been shown since the last time."""
        text = out.getvalue()
        out.seek(0)
        out.truncate()
        return text

    def test_a_line_names_them_and_the_screen_uses_them(
        self, watched: Watch, out: io.StringIO
    ) -> None:
        text = self.shown(out)
        assert text.endswith(f"{watch.KEYS}\n")
        assert "Next: change it, then save it\n      Stuck? Press h.\n" in text
        assert len(watch.KEYS) <= 80

    def test_a_hint_is_for_the_task_that_is_explained(
        self, lesson: Lesson, watched: Watch, out: io.StringIO
    ) -> None:
        self.shown(out)
        for number in (1, 2):
            assert watched.press("h")
            text = self.shown(out)
            assert text.strip().startswith(f"{THIRD}  task 3 of {len(lesson.tasks)}, hint {number}")
            assert "One more: press h" in text
            assert text.endswith(f"{watch.KEYS}\n")
        assert kept(lesson)["lessons"][lesson.slug]["hints"] == {THIRD: 2}

    def test_the_next_task_is_another_open_one_round_and_round(
        self, lesson: Lesson, watched: Watch, out: io.StringIO
    ) -> None:
        tasks = [task.name for task in lesson.tasks]
        self.shown(out)
        for name in [*tasks[3:], SECOND]:
            watched.press("n")
            text = self.shown(out)
            assert f"Next: write {name}, task " in text
            assert f"Now for {name}." in text
        watched.press("h")
        assert self.shown(out).strip().startswith(f"{SECOND}  task 2")
        watched.press("n")
        assert f"{THIRD}: it is wrong" in self.shown(out)

    def test_the_chosen_task_stays_until_it_has_passed(
        self, lesson: Lesson, watched: Watch, out: io.StringIO
    ) -> None:
        for _ in lesson.tasks[3:]:
            watched.press("n")
        watched.press("n")
        self.shown(out)
        for passed, following in [(FIRST, f"write {SECOND}"), (f"{FIRST} {SECOND}", "change it")]:
            write(lesson, with_verdicts(lesson, passed, THIRD) + "# saved\n")
            assert notices(watched)
            assert f"Next: {following}" in self.shown(out)

    def test_it_runs_again(
        self, watched: Watch, out: io.StringIO, grader: type[CommentGrader]
    ) -> None:
        self.shown(out)
        watched.press("r")
        assert grader.graded == 2
        assert "Run again. The same tasks pass as before." in self.shown(out)

    def test_the_solution_is_of_passed_tasks_only(
        self, lesson: Lesson, watched: Watch, out: io.StringIO
    ) -> None:
        write(lesson, with_verdicts(lesson, f"{FIRST} {SECOND}", THIRD))
        assert notices(watched)
        self.shown(out)
        for name in (SECOND, FIRST, SECOND):
            watched.press("s")
            text = self.shown(out)
            assert f"\n{name}\n" in text
            assert "  + " in text
            assert THIRD not in text
        write(lesson, with_verdicts(lesson))
        assert notices(watched)
        self.shown(out)
        watched.press("s")
        text = self.shown(out)
        assert "No task has passed yet." in text
        assert "  + " not in text

    def test_where_nothing_is_graded_or_all_is_done_they_say_so(
        self, lesson: Lesson, watched: Watch, out: io.StringIO
    ) -> None:
        for content, said in [
            ("def (\n", "Nothing is graded now"),
            (everything(lesson), "All tas"),
        ]:
            write(lesson, content)
            assert notices(watched)
            self.shown(out)
            for key in "hn":
                assert watched.press(key)
                assert said in self.shown(out)

    def test_the_last_open_task_has_no_next_one(
        self, lesson: Lesson, watched: Watch, out: io.StringIO
    ) -> None:
        others = [task.name for task in lesson.tasks if task.name != SECOND]
        write(lesson, with_verdicts(lesson, " ".join(others)))
        assert notices(watched)
        self.shown(out)
        watched.press("n")
        assert f"{SECOND} is the only task left." in self.shown(out)

    @pytest.mark.parametrize("key", ["", "x", "\n", " "])
    def test_others_do_nothing(self, key: str, watched: Watch, out: io.StringIO) -> None:
        self.shown(out)
        assert watched.press(key)
        assert self.shown(out) == ""

    @pytest.mark.parametrize("key", ["q", keys.END])
    def test_quitting_is_no_failure(self, key: str, lesson: Lesson) -> None:
        class Pressed(keys.Silent):
            def pressed(self, seconds: float) -> str:
                return key

        write(lesson, stub(lesson))
        assert watch.run(lesson, keyboard=Pressed(lambda seconds: None)) == 0


class TestWatchForReal:
    def test_grades_a_save_and_leaves_no_process_behind(
        self, lesson: Lesson, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        house = Path(reset.__file__).parents[2]
        shutil.copytree(house / "course", catalog.ROOT / "course")
        shutil.copy(house / "pyproject.toml", catalog.ROOT)
        processes: list[WorkerProcess] = []
        start = Grader._start

        def note(self: Grader) -> WorkerProcess:
            processes.append(start(self))
            return processes[-1]

        monkeypatch.setattr(Grader, "_start", note)
        monkeypatch.setattr(start_program, "__file__", str(catalog.ROOT / "course" / "start.py"))
        monkeypatch.setattr(Grader, "worker", start_program.words("course.grade.worker"))
        steps = iter([lambda: write(lesson, lesson.solution.read_text("utf-8"))])

        def pause(seconds: float) -> None:
            step = next(steps, None)
            if step is None:
                raise KeyboardInterrupt
            step()

        assert watch.run(lesson, pause=pause) == 0
        text = capsys.readouterr().out
        total = len(lesson.tasks)
        assert f"0 of {total} tasks" in text
        assert f"{total} of {total} tasks" in text
        assert f"{lesson.tasks[-1].name} pass now." in text
        assert len(processes) == 1
        assert processes[0].has_ended


@pytest.mark.usefixtures("grader")
class TestSolution:
    SECRET = "if chunk.text:"
    """A line of the reference that no stub and no hint has."""

    def test_compares_after_passing_without_asking(
        self, lesson: Lesson, capsys: pytest.CaptureFixture[str]
    ) -> None:
        reference = lesson.solution.read_text("utf-8")
        names = " ".join(task.name for task in lesson.tasks)
        mine = reference.replace("written += len(token)", "written = written + len(token)")
        assert mine != reference
        write(lesson, f"{mine}# passed: {names}\n")
        assert reveal.run(lesson) == 0
        text = capsys.readouterr().out
        assert "  -         written = written + len(token)\n" in text
        assert "  +         written += len(token)\n" in text
        assert "            out.flush()\n" in text
        assert "        return written\n" in text
        assert text.count("  the same\n") == len(lesson.tasks) - 1
        assert "Returns:" not in text
        assert "CONCLUSIONS.md" in text
        assert "\x1b" not in text

    def test_hides_the_reference_when_nobody_can_be_asked(
        self, lesson: Lesson, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.SECRET in lesson.solution.read_text("utf-8")
        with pytest.raises(CourseError, match=f"solution {lesson.number} --yes"):
            reveal.run(lesson)
        assert self.SECRET not in capsys.readouterr().out

    @pytest.mark.parametrize(("answer", "shown"), [("", False), (None, False), ("yes", True)])
    def test_asks_before_passing(
        self,
        answer: str | None,
        shown: bool,
        lesson: Lesson,
        answering: Callable[[str | None], list[str]],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        write(lesson, with_verdicts(lesson, passed=THIRD, wrong=SECOND))
        asked = answering(answer)
        assert reveal.run(lesson) == 0
        text = capsys.readouterr().out
        total = len(lesson.tasks)
        assert f"{total - 1} of {total} tasks are open, first {FIRST}." in text
        assert len(asked) == 1
        assert (self.SECRET in text) is shown
        assert (f"{SECOND}  not passed yet" in text) is shown
        assert (f"{FIRST}  not written yet" in text) is shown
        assert (f"hint {lesson.number}" in text) is not shown

    def test_of_one_task_shows_no_other(
        self, lesson: Lesson, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(lesson, with_verdicts(lesson, passed=SECOND, wrong=THIRD))
        assert reveal.run(lesson, SECOND) == 0
        text = capsys.readouterr().out
        assert f"\n{SECOND}\n" in text
        assert f"It is in solutions/{lesson.slug}.py:{lesson.signatures[SECOND].line}\n" in text
        for task in lesson.tasks:
            assert (f"\n{task.name}" in text) is (task.name == SECOND)
        with pytest.raises(CourseError, match=f"solution {lesson.number} --task {THIRD} --yes"):
            reveal.run(lesson, THIRD)
        assert reveal.run(lesson, THIRD, yes=True) == 0
        assert f"\n{THIRD}  not passed yet\n" in capsys.readouterr().out
        with pytest.raises(UnknownTask, match=f"\n  {FIRST}\n"):
            reveal.run(lesson, "nope", yes=True)

    def test_yes_is_an_answer(self, lesson: Lesson, capsys: pytest.CaptureFixture[str]) -> None:
        assert reveal.run(lesson, yes=True) == 0
        assert self.SECRET in capsys.readouterr().out

    def test_a_syntax_error_comes_first(
        self, lesson: Lesson, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(lesson, "def (\n")
        assert reveal.run(lesson, yes=True) == 2
        text = capsys.readouterr().out
        assert "SyntaxError" in text
        assert self.SECRET not in text

    def test_two_ways_that_share_little_stand_one_after_the_other(
        self, lesson: Lesson, capsys: pytest.CaptureFixture[str]
    ) -> None:
        names = " ".join(task.name for task in lesson.tasks)
        mine = (
            "def write_stream(tokens, out):\n    written = 0\n    for char in ''.join(tokens):\n"
            "        print(char, end='', file=out)\n        written = written + 1\n"
            "    out.flush()\n    return written\n"
        )
        write(lesson, f"{mine}# passed: {names}\n")
        reveal.run(lesson)
        lines = capsys.readouterr().out.splitlines()
        start = lines.index("write_stream") + 1
        marks = "".join(line[2] for line in lines[start : lines.index("", start)])
        assert marks.strip("-") == "+" * marks.count("+")
        assert marks.count("-") == mine.count("\n")

    def test_what_a_function_is_made_of(self) -> None:
        source = (
            '"""Text."""\n\n\ndef one():\n    return 0\n\n\n@wraps\ndef one():\n'
            '    """Two\n    lines."""\n    # why\n    return 1  # one\n\n\n'
            'def two(): "text"; pass\n'
        )
        one = reveal.function(source, "one")
        assert one.lines == ["@wraps", "def one():", "    # why", "    return 1  # one"]
        assert reveal.function(source, "two").lines == ['def two(): "text"; pass']
        assert reveal.function(source, "three").lines == []
        same = reveal.function("@wraps\ndef one():\n    'Other text.'\n    return 1\n", "one")
        assert same.tree == one.tree
        other = reveal.function("@wraps\ndef one():\n    return 2\n", "one")
        assert other.tree != one.tree
