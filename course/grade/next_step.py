"""The end of the grading screen: what to do next, where it is, and what to read for it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from rich.text import Text

from course.catalog import Lesson, Task
from course.grade.answer_file import AnswerFile
from course.grade.outcome import LessonOutcome, TaskOutcome
from course.lesson.reading import sections_for
from course.lesson.stubs import unwritten
from course.wording import command, place

Mode = Literal["once", "watch", "keys"]
"""Who shows the screen: a command that ends, `watch`, or `watch` where keys can be pressed."""

FIRST, THEN = "Next: ", "      "


def next_step(
    outcome: LessonOutcome,
    answers: Path | AnswerFile,
    explained: str | None,
    mode: Mode,
    width: int,
) -> list[Text]:
    """Return the lines that say what to do next.

    Args:
        outcome: what came of the grading, of all tasks or of some.
        answers: what was graded. Only a file that was read tells the lines of its tasks.
        explained: the name of the wrong task that the screen explains, if any; or else of the one
            to be written next.
        mode: who shows the screen.
        width: characters in a line.
    """
    lesson = outcome.lesson
    if explained is None:
        return _done(lesson) if outcome.is_whole else _part_done(outcome, answers, width)
    task = lesson.task(explained)
    if outcome.verdicts[explained] == "wrong":
        only = None if outcome.is_whole else explained
        return _paragraph(_after_a_failure(lesson, task, only, mode))
    if all(verdict == "not_started" for verdict in outcome.verdicts.values()):
        return _paragraph(_at_the_start(outcome, task, answers, mode, width))
    return _paragraph(begin(lesson, task, answers, width))


def begin(lesson: Lesson, task: Task, answers: Path | AnswerFile, width: int) -> list[str]:
    """Return what to know before a task is written: its place, and the sections about it."""
    lines = [f"write {task.name}, task {task.number} of {len(lesson.tasks)}"]
    if isinstance(answers, AnswerFile):
        lines.append(place(answers.shown_as, answers.line_of(task.name)))
    else:
        lines.append(place(answers))
    sections = sections_for(lesson, task)
    if sections:
        lines.append("Read for it:")
    _, concepts, _ = lesson.texts
    for section in sections:
        where = place(concepts, section.line)
        if len(f"{THEN}{where}  {section.title}") <= width:
            lines.append(f"{where}  {section.title}")
        else:
            lines += [where, f"  {section.title}"]
    return lines


def _after_a_failure(lesson: Lesson, task: Task, only: str | None, mode: Mode) -> list[str]:
    again = "save it" if mode != "once" else command("test", lesson.number, only)
    hint = "Press h." if mode == "keys" else command("hint", lesson.number, task.name)
    return [f"change it, then {again}", f"Stuck? {hint}"]


def _at_the_start(
    outcome: LessonOutcome, task: Task, answers: Path | AnswerFile, mode: Mode, width: int
) -> list[str]:
    lesson = outcome.lesson
    connections, _, _ = lesson.texts
    lines = begin(lesson, task, answers, width)
    if outcome.is_whole and task.number == 1:
        lines = [f"read {place(connections)}", f"then {lines[0]}", *lines[1:]]
    if mode == "once":
        lines.append(f"{command('watch', lesson.number)} grades it each time you save.")
    return lines


def _part_done(outcome: LessonOutcome, answers: Path | AnswerFile, width: int) -> list[Text]:
    """What was graded has passed, and nobody has looked at the other tasks."""
    lesson = outcome.lesson
    passed = [task.task.name for task in outcome.tasks]
    lines = [Text(f"{_named(passed)} {'passes' if len(passed) == 1 else 'pass'}.", "bold green")]
    test = f"{command('test', lesson.number)} grades all {len(lesson.tasks)} tasks."
    following = _unwritten_after(outcome.tasks, lesson, answers)
    begun = [] if following is None else begin(lesson, following, answers, width)
    return [*lines, *_paragraph([*begun, test])]


def _unwritten_after(
    graded: Iterable[TaskOutcome], lesson: Lesson, answers: Path | AnswerFile
) -> Task | None:
    """The first task that is not written, of those after the graded ones and then of the others."""
    if not isinstance(answers, AnswerFile):
        return None
    names = unwritten(answers.source, lesson)
    last = max(task.task.number for task in graded)
    around = sorted(lesson.tasks, key=lambda task: (task.number <= last, task.number))
    return next((task for task in around if task.name in names), None)


def _done(lesson: Lesson) -> list[Text]:
    _, _, conclusions = lesson.texts
    lines = [
        f"read {place(conclusions)}",
        f"compare with the reference: {command('solution', lesson.number)}",
        f"and see your functions at work: {command('demo', lesson.number)}",
    ]
    return [Text("All tasks are done.", "bold green"), *_paragraph(lines)]


def _paragraph(lines: Iterable[str]) -> list[Text]:
    first, *others = lines
    return [Text(f"{FIRST}{first}"), *(Text(f"{THEN}{line}") for line in others)]


def _named(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
