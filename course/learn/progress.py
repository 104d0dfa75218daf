"""What a learner has done so far. It is kept in `.streamlings/progress.json`.

    {"lessons": {"09_streaming": {
        "hints": {"buffer_stream": 2},
        "graded": {"fingerprint": "5f0c...", "verdicts": {"stream_tokens": "passed"}}}}}

Keys that this version does not know are kept. Grading needs nothing from here. So if the file
cannot be read or written, a line says so, and the command goes on.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from typing import Any, get_args

from rich.console import Console

from course import catalog
from course.backups import folder, next_name
from course.catalog import Lesson, Task
from course.files import write_atomically
from course.grade import screen
from course.grade.answer_file import CannotLoad, read
from course.grade.grader import Grader
from course.grade.outcome import LessonOutcome, Verdict
from course.lesson.stubs import stub
from course.wording import place


class Progress:
    """The progress file. It is read again each time: another command may write to it, too."""

    def __init__(self) -> None:
        self.path = folder() / "progress.json"
        self._told: set[str] = set()
        self._writable = True

    def hints(self, lesson: Lesson, task: Task) -> int:
        """Return how many hints for a task have been shown."""
        part = self._part(self._read(), lesson, "hints")
        shown = [part.get(name) for name in (task.name, *task.was)]
        return max((one for one in shown if isinstance(one, int)), default=0)

    def keep_hints(self, lesson: Lesson, task: Task, shown: int) -> None:
        """Remember how many hints for a task have been shown."""
        self._change(lesson, "hints", {task.name: shown})

    def verdicts(self, lesson: Lesson, graded: str) -> dict[str, Verdict] | None:
        """Return the verdict on each task, or None if it is not known.

        Args:
            lesson: whose exercise was graded.
            graded: the `fingerprint` that the verdicts must be for.
        """
        entry = self._part(self._read(), lesson, "graded")
        verdicts = entry.get("verdicts")
        if entry.get("fingerprint") != graded or not isinstance(verdicts, dict):
            return None
        found: dict[str, Verdict] = {
            task.name: verdicts[task.name]
            for task in lesson.tasks
            if verdicts.get(task.name) in get_args(Verdict)
        }
        return found if len(found) == len(lesson.tasks) else None

    def keep_verdicts(self, outcome: LessonOutcome, graded: str) -> None:
        """Remember verdicts, unless something was saved while they were found.

        Args:
            outcome: the verdicts on an exercise.
            graded: its `fingerprint`, taken before grading.
        """
        if fingerprint(outcome.lesson) == graded:
            verdicts = {task.task.name: task.verdict for task in outcome.tasks}
            self._change(outcome.lesson, "graded", {"fingerprint": graded, "verdicts": verdicts})

    def _part(self, data: Mapping[str, Any], lesson: Lesson, name: str) -> dict[str, Any]:
        part: dict[str, Any] = data.get("lessons", {}).get(lesson.slug, {}).get(name, {})
        return part

    def _change(self, lesson: Lesson, name: str, news: Mapping[str, object]) -> None:
        data = self._read()
        before = self._part(data, lesson, name)
        after = {**before, **news}
        if after == before or not self._writable:
            return
        data.setdefault("lessons", {}).setdefault(lesson.slug, {})[name] = after
        try:
            write_atomically(self.path, json.dumps(data, indent=2) + "\n")
        except OSError as error:
            self._tell(f"Progress is not saved: {place(self.path)}: {error.strerror or error}.")

    def _read(self) -> dict[str, Any]:
        try:
            data = json.loads(self.path.read_bytes())
            if _is_ours(data):
                return dict(data)
        except FileNotFoundError:
            return {}
        except OSError as error:
            self._writable = False
            self._tell(f"{place(self.path)} cannot be read: {error.strerror or error}.")
            return {}
        except (ValueError, RecursionError):
            pass
        self._put_aside()
        return {}

    def _put_aside(self) -> None:
        aside = next_name(self.path.parent, "progress-unreadable", ".json")
        try:
            self.path.rename(aside)
        except OSError:
            self._writable = False  # better to forget progress than to overwrite the file
            self._tell(f"{place(self.path)} is damaged. It was left unchanged.")
        else:
            self._tell(f"{place(self.path)} was damaged. It was moved to {place(aside)}.")

    def _tell(self, line: str) -> None:
        if line not in self._told:
            self._told.add(line)
            Console(stderr=True, highlight=False, soft_wrap=True).print(line, markup=False)


def _is_ours(data: object) -> bool:
    if not isinstance(data, dict) or not isinstance(lessons := data.get("lessons", {}), dict):
        return False
    return all(
        isinstance(entry, dict)
        and isinstance(entry.get("hints", {}), dict)
        and isinstance(entry.get("graded", {}), dict)
        for entry in lessons.values()
    )


def fingerprint(lesson: Lesson) -> str:
    """Return a hash of what decides the verdicts: the exercise, its tests, and the grader."""
    course = catalog.ROOT / "course"
    files = [
        lesson.exercise,
        lesson.tests,
        lesson.solution,
        lesson.folder / "lesson.toml",
        catalog.ROOT / "constraints.txt",
        *sorted(course.glob("grade/*.py")),
        *sorted(course.glob("fakes/*.py")),
    ]
    whole = hashlib.sha256(sys.version.encode())
    for file in files:
        try:
            whole.update(hashlib.sha256(file.read_bytes()).digest())
        except OSError:
            whole.update(b"not there")
    return whole.hexdigest()


def is_untouched(lesson: Lesson) -> bool:
    """Whether the exercise is still the stub. Its encoding does not count."""
    try:
        return read(lesson.exercise).source == stub(lesson)
    except CannotLoad:
        return False


def verdicts(lesson: Lesson, progress: Progress) -> dict[str, Verdict]:
    """Return the verdict on each task of the exercise as it is now.

    It is graded only if something has changed since last time.

    Raises:
        CannotLoad: if the exercise cannot be read, parsed or imported.
    """
    graded = fingerprint(lesson)
    if known := progress.verdicts(lesson, graded):
        return known
    if is_untouched(lesson):
        return {task.name: "not_started" for task in lesson.tasks}
    with Grader(lesson) as grader:
        outcome = grader.grade(lesson.exercise)
    progress.keep_verdicts(outcome, graded)
    return {task.task.name: task.verdict for task in outcome.tasks}


def verdicts_or_screen(lesson: Lesson, progress: Progress) -> dict[str, Verdict] | None:
    """Return the verdicts, or show why the exercise cannot be graded and return None."""
    console = screen.here()
    width = screen.width_of(console)
    if not lesson.exercise.exists():
        screen.show(screen.missing(lesson, width), console)
        return None
    try:
        return verdicts(lesson, progress)
    except CannotLoad as error:
        screen.show(screen.cannot_load(lesson, lesson.exercise, error, width), console)
        return None
