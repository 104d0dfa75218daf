"""`make watch-09`: grade the exercise again after each save.

It keeps looking at the files, instead of waiting for the system to report a change. That works on
network drives, in WSL, and with editors that replace a file instead of writing to it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from course.catalog import Lesson
from course.grade import screen
from course.grade.answer_file import CannotLoad
from course.grade.grader import Grader, TooBusy
from course.grade.outcome import LessonOutcome, Verdict
from course.learn.progress import Progress, fingerprint
from course.wording import place

SECONDS_BETWEEN_LOOKS = 0.05

PATIENCE = 20
"""For so many looks a file may be missing or empty: an editor may be saving it."""

LOOKS_PER_READING = 20
"""A file is read this often, even if it seems unchanged: some drives have coarse clocks."""


def run(lesson: Lesson, *, pause: Callable[[float], object] = time.sleep) -> int:
    """Grade a lesson's exercise now and after each save, until Ctrl-C.

    Args:
        lesson: the lesson.
        pause: waits for a number of seconds.

    Returns:
        The exit status: 0 if all tasks were passed in the end, otherwise 1.
    """
    console = Console(highlight=False, soft_wrap=True)
    watch = Watch(lesson, console)
    try:
        with watch:
            while True:
                watch.look()
                pause(SECONDS_BETWEEN_LOOKS)
    except KeyboardInterrupt:
        console.print()
    return 0 if watch.all_passed else 1


class WatchedFile:
    """A file, and what it held when it was last looked at."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.content: bytes | None = b""
        self._stamp: tuple[int, int, int] | None = None
        self._known = False
        self._looks = 0
        self._looks_away = 0

    def forget(self) -> None:
        """Count whatever is found next as a change."""
        self.content, self._stamp = b"", None

    def has_changed(self) -> bool:
        """Look, and return whether the file's content has changed."""
        self._looks += 1
        stamp, content = None, None
        try:
            status = self.path.stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            if stamp == self._stamp and self._looks % LOOKS_PER_READING:
                self._looks_away = 0
                return False
            content = self.path.read_bytes()
        except OSError:  # on Windows, this also happens while an editor writes to it
            stamp = None
        if content:
            self._looks_away = 0
        else:
            self._looks_away += 1
            if self._known and self._looks_away < PATIENCE:
                return False
        changed = not self._known or content != self.content
        self._known, self._stamp, self.content = True, stamp, content
        return changed


class Watch:
    """Shows the verdict on an exercise whenever the exercise changes. Use it with `with`.

    Attributes:
        all_passed: whether the last verdict was that all tasks passed.
    """

    def __init__(self, lesson: Lesson, console: Console) -> None:
        self.all_passed = False
        self._lesson = lesson
        self._console = console
        self._exercise = WatchedFile(lesson.exercise)
        self._course = [WatchedFile(lesson.tests), WatchedFile(lesson.solution)]
        self._grader = Grader(lesson)
        self._progress = Progress()
        self._verdicts: dict[str, Verdict] = {}
        self._saves = -1  # the first look does not count as a save

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *raised: object) -> None:
        self._grader.close()

    def look(self) -> bool:
        """Look at the files once, and grade if one has changed. Return whether one has."""
        first = self._saves < 0
        new_tests = sum(file.has_changed() for file in self._course) > 0 and not first
        if not self._exercise.has_changed() and not new_tests:
            return False
        if new_tests:
            self._grader.close()
            self._grader = Grader(self._lesson)
        self.all_passed = False
        if self._exercise.content is None:
            self._show(screen.missing(self._lesson))
        else:
            self._grade()
        self._grader.warm_up()
        return True

    def _grade(self) -> None:
        lesson = self._lesson
        if self._console.is_terminal:
            self._console.print(Text(f"Grading {place(lesson.exercise)} ...", "dim"))
        graded = fingerprint(lesson)
        try:
            outcome = self._grader.grade(lesson.exercise)
        except CannotLoad as error:
            if not lesson.exercise.exists():  # it vanished a moment ago, perhaps for a save
                self._exercise.forget()
                return
            self._show(screen.cannot_load(lesson, lesson.exercise, error))
        except (RuntimeError, TooBusy) as error:  # as while an author changes the tests
            self._show([Text(f"Not graded: {error}", "red")])
        else:
            self._show(screen.verdict(outcome, lesson.exercise), self._news(outcome))
            self.all_passed = outcome.all_passed
            self._progress.keep_verdicts(outcome, graded)

    def _news(self, outcome: LessonOutcome) -> Text | None:
        """Say what has changed since the last verdict; nothing about the first one."""
        before = self._verdicts
        self._verdicts = {task.task.name: task.verdict for task in outcome.tasks}
        if not before:
            return None
        passed = {name for name, verdict in self._verdicts.items() if verdict == "passed"}
        new = [name for name in self._verdicts if name in passed and before[name] != "passed"]
        lost = [name for name in self._verdicts if name not in passed and before[name] == "passed"]
        news = Text()
        if new:
            news.append(f"Well done: {_names(new)} {_verb(new, 'passes', 'pass')} now. ", "green")
        if lost:
            news.append(f"{_names(lost)} {_verb(lost, 'does', 'do')} not pass anymore.", "red")
        return news or Text("The same tasks pass as before.")

    def _show(self, lines: list[Text], news: Text | None = None) -> None:
        self._saves += 1
        lines = [*lines, Text()]
        if self._saves:
            lines.append(Text(f"Save {self._saves}. ", "dim") + (news or Text()))
        lines.append(Text(f"Watching {place(self._lesson.exercise)}. Stop with Ctrl-C.", "dim"))
        with self._console:  # all in one piece, so that nothing flickers
            self._console.clear()
            screen.show(self._fitting(lines), self._console)

    def _fitting(self, lines: list[Text]) -> list[Text]:
        """Leave out empty lines if there are more lines than the terminal shows at once."""
        width, height = self._console.size
        rows = sum(max(1, -(-line.cell_len // width)) for line in lines)
        return lines if rows < height else [line for line in lines if line.plain]


def _names(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _verb(names: list[str], one: str, several: str) -> str:
    return one if len(names) == 1 else several
