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

from course import current_lesson
from course.catalog import Lesson
from course.grade import screen
from course.grade.answer_file import AnswerFile, CannotLoad, read
from course.grade.grader import Grader, TooBusy
from course.grade.next_step import Mode
from course.grade.outcome import LessonOutcome, Verdict, next_open
from course.learn import hints, keys, reveal
from course.learn.keys import Keyboard
from course.learn.progress import Progress, fingerprint
from course.wording import place

KEYS = "h hint   n next task   r run again   s solution of a passed task   q quit"

SECONDS_BETWEEN_LOOKS = 0.05

PATIENCE = 20
"""For so many looks a file may be missing or empty: an editor may be saving it."""

LOOKS_PER_READING = 20
"""A file is read this often, even if it seems unchanged: some drives have coarse clocks."""


def run(
    lesson: Lesson,
    *,
    pause: Callable[[float], object] = time.sleep,
    keyboard: Keyboard | None = None,
) -> int:
    """Grade a lesson's exercise now and after each save, until Ctrl-C or the key `q`.

    Args:
        lesson: the lesson.
        pause: waits for a number of seconds.
        keyboard: where keys come from; by default, from the terminal, if this is one.

    Returns:
        The exit status: 0 if all tasks were passed in the end or the learner quit with `q`,
        otherwise 1.
    """
    current_lesson.note(lesson)
    console = screen.here()
    if keyboard is None:
        keyboard = keys.keyboard(pause) if console.is_terminal else keys.Silent(pause)
    watch = Watch(lesson, console, has_keys=keyboard.is_there)
    try:
        with watch, keyboard:
            while True:
                watch.look()
                if not watch.press(keyboard.pressed(SECONDS_BETWEEN_LOOKS)):
                    return 0
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

    def __init__(self, lesson: Lesson, console: Console, has_keys: bool = False) -> None:
        self.all_passed = False
        self._lesson = lesson
        self._console = console
        self._mode: Mode = "keys" if has_keys else "watch"
        self._exercise = WatchedFile(lesson.exercise)
        self._course = [WatchedFile(lesson.tests), WatchedFile(lesson.solution)]
        self._grader = Grader(lesson)
        self._progress = Progress()
        self._verdicts: dict[str, Verdict] = {}
        self._last: tuple[LessonOutcome, AnswerFile] | None = None
        self._chosen: str | None = None
        self._newest: str | None = None
        self._revealed: str | None = None
        self._saves = -1  # the first look does not count as a save
        self._label = ""

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
        self._saves += 1
        self._label = f"Save {self._saves}. " if self._saves else ""
        self._run()
        return True

    def press(self, key: str) -> bool:
        """Do what a key stands for; "" and other keys do nothing. Return whether to go on."""
        if key in ("h", "n", "s") and self._last is None:
            self._tell("Nothing is graded now: the screen above says why.")
            return True
        match key:
            case "h":
                self._hint()
            case "n":
                self._choose_next()
            case "r":
                self._label = "Run again. "
                self._run()
            case "s":
                self._solution()
            case "q" | keys.END:
                return False
        return True

    def _run(self) -> None:
        self.all_passed = False
        if self._exercise.content is None:
            self._last = None
            self._show(screen.missing(self._lesson, self._width))
        else:
            self._grade()
        self._grader.warm_up()

    def _grade(self) -> None:
        lesson = self._lesson
        if self._console.is_terminal:
            self._console.print(Text(f"Grading {place(lesson.exercise)} ...", "dim"))
        graded = fingerprint(lesson)
        self._last = None
        try:
            file = read(lesson.exercise)
            outcome = self._grader.grade(file)
        except CannotLoad as error:
            if not lesson.exercise.exists():  # it vanished a moment ago, perhaps for a save
                self._exercise.forget()
                self._saves -= 1
                return
            self._show(screen.cannot_load(lesson, lesson.exercise, error, self._width))
        except (RuntimeError, TooBusy) as error:  # as while an author changes the tests
            self._show([Text(f"Not graded: {error}", "red")])
        else:
            news = self._news(outcome)
            self._last = outcome, file
            if self._verdicts.get(self._chosen or "") in (None, "passed"):
                self._chosen = None
            self._show(self._screen(outcome, file), news)
            self.all_passed = outcome.all_passed
            self._progress.keep_verdicts(outcome, graded)

    def _screen(self, outcome: LessonOutcome, file: AnswerFile) -> list[Text]:
        return screen.verdict(
            outcome, file, width=self._width, mode=self._mode, chosen=self._chosen
        )

    @property
    def _width(self) -> int:
        return screen.width_of(self._console)

    def _news(self, outcome: LessonOutcome) -> Text | None:
        """Say what has changed since the last verdict; nothing about the first one."""
        before = self._verdicts
        self._verdicts = outcome.verdicts
        if not before:
            return None
        passed = {name for name, verdict in self._verdicts.items() if verdict == "passed"}
        new = [name for name in self._verdicts if name in passed and before[name] != "passed"]
        lost = [name for name in self._verdicts if name not in passed and before[name] == "passed"]
        news = Text()
        if new:
            self._revealed, self._newest = None, new[-1]
            news.append(f"Well done: {_names(new)} {_verb(new, 'passes', 'pass')} now. ", "green")
        if lost:
            news.append(f"{_names(lost)} {_verb(lost, 'does', 'do')} not pass anymore.", "red")
        return news or Text("The same tasks pass as before.")

    # What keys do, below the screen that is there

    def _hint(self) -> None:
        """Show one more hint for the task that the screen is about."""
        name = self._chosen or next_open(self._verdicts)
        if name is None:
            self._tell("All tasks are done: you need no hint.")
            return
        task = self._lesson.task(name)
        with self._console:
            self._console.print()
            hints.show_one_more(self._lesson, task, self._progress, self._console, "press h")
            screen.show([Text(), *self._footer()], self._console)

    def _choose_next(self) -> None:
        """Turn to the next task that has not passed; after the last one, to the first."""
        open_tasks = [name for name, verdict in self._verdicts.items() if verdict != "passed"]
        now = self._chosen or next_open(self._verdicts)
        if now is None or self._last is None:
            self._tell("All tasks are done.")
        elif len(open_tasks) == 1:
            self._tell(f"{now} is the only task left.")
        else:
            self._chosen = open_tasks[(open_tasks.index(now) + 1) % len(open_tasks)]
            self._label = ""
            self._show(self._screen(*self._last), Text(f"Now for {self._chosen}."))

    def _solution(self) -> None:
        """Compare the newest passed task with the reference; after that, the one before it."""
        passed = [name for name, verdict in self._verdicts.items() if verdict == "passed"]
        if not passed or self._last is None:
            self._tell("No task has passed yet. The key s shows the reference for those that have.")
            return
        if self._revealed in passed:
            self._revealed = passed[passed.index(self._revealed) - 1]
        else:
            self._revealed = self._newest if self._newest in passed else passed[-1]
        _, file = self._last
        tasks = [self._lesson.task(self._revealed)]
        compared = reveal.comparison(self._lesson, file, self._verdicts, tasks)
        self._below(compared)

    def _tell(self, sentence: str) -> None:
        self._below([Text(sentence)])

    def _below(self, lines: list[Text]) -> None:
        with self._console:
            screen.show([Text(), *lines, Text(), *self._footer()], self._console)

    # The screen

    def _show(self, lines: list[Text], news: Text | None = None) -> None:
        lines = [*lines, Text()]
        if self._label or news:
            lines.append(Text(self._label, "dim") + (news or Text()))
        lines += self._footer()
        with self._console:  # all in one piece, so that nothing flickers
            self._console.clear()
            screen.show(self._fitting(lines), self._console)

    def _footer(self) -> list[Text]:
        watching = f"Watching {place(self._lesson.exercise)}."
        if self._mode != "keys":
            return [Text(f"{watching} Stop with Ctrl-C.", "dim")]
        return [Text(watching, "dim"), Text(KEYS)]

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
