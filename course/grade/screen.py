"""The grading screen: what a learner sees after `make test-09`, at most 24 lines of it."""

from __future__ import annotations

import textwrap
from pathlib import Path

from rich.console import Console
from rich.text import Text

from course.catalog import Lesson
from course.environment import PROGRAM
from course.grade.answer_file import CannotLoad
from course.grade.outcome import LessonOutcome, TaskOutcome
from course.grade.said import MOST_SAID
from course.grade.wrap import wrap_value
from course.wording import command, place

WIDTH = 88
"""Characters in a line."""

HEIGHT = 24
"""Lines that fit on the smallest terminal. Longer screens only with `verbose`."""

PRINTED_LINES = 2
"""Lines that are shown of what a task has printed, unless `verbose` asks for all that is kept."""

LABEL = 11
"""Characters for the label of a row, with the space around it."""

STYLES = {"passed": "green", "wrong": "red", "not_started": "dim"}
WORDS = {"passed": "ok", "wrong": "wrong", "not_started": "todo"}


def show(lines: list[Text], console: Console | None = None) -> None:
    """Print lines, in color if the terminal has it."""
    console = console or Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(line)


def as_plain(lines: list[Text]) -> str:
    """Return lines as plain text."""
    return "".join(f"{line.plain.rstrip()}\n" for line in lines)


def verdict(outcome: LessonOutcome, answers: Path, verbose: bool = False) -> list[Text]:
    """Return the screen for a lesson that was graded.

    Args:
        outcome: what came of it.
        answers: the file that was graded.
        verbose: explain every wrong task, not only the first, and show all that is kept of
            what was printed.
    """
    wrong = [task for task in outcome.tasks if task.verdict == "wrong"]
    explained = wrong if verbose else wrong[:1]
    below: list[Text] = []
    for task in explained:
        below += [Text(), *_explanation(outcome, task, answers, verbose)]
    if verbose:
        below += _all_printed(outcome, explained)
        below += [Text(), Text(f"The tests used the seed {outcome.seed}.", "dim")]
    below += [Text(), *_next(outcome)]
    header = _header(outcome.lesson, f"{outcome.passed} of {len(outcome.tasks)} tasks")
    above = _list_of_tasks(outcome, explained)
    if not verbose and 1 + len(above) + len(below) > HEIGHT:
        above = _list_of_tasks(outcome, explained, short=True)
    return [header, *above, *below]


def cannot_load(lesson: Lesson, answers: Path, error: CannotLoad) -> list[Text]:
    """Return the screen for a file that cannot be graded at all."""
    where = place(answers, error.line)
    lines = [
        _header(lesson, "not graded"),
        Text(),
        *(Text(line, "red") for line in textwrap.wrap(f"{where}: {error.problem}", WIDTH)),
    ]
    source = error.text.rstrip()[:WIDTH]
    if source:
        lines.append(Text(f"  {source}"))
        if error.column:
            before = min(error.column - 1, len(source))
            indent = "".join("\t" if char == "\t" else " " for char in source[:before])
            lines.append(Text(f"  {indent}^", "red"))
    lines += [Text(f"  {line}") for line in textwrap.wrap(error.why, WIDTH - 2)]
    return lines


def missing(lesson: Lesson) -> list[Text]:
    """Return the screen for an exercise that was deleted."""
    return [
        _header(lesson, "not graded"),
        Text(),
        Text(f"{place(lesson.exercise)} is not there.", "red"),
        Text(f"  Get the stub back: {command('reset', lesson.number)}"),
    ]


def _header(lesson: Lesson, right: str) -> Text:
    left = f"Lesson {lesson.number}  {lesson.title}"
    return Text(f"{left}{right:>{max(WIDTH - 15 - len(left), len(right) + 2)}}", "bold")


def _list_of_tasks(
    outcome: LessonOutcome, explained: list[TaskOutcome], short: bool = False
) -> list[Text]:
    """One line for each task; those to do share one, and with `short` also those that are ok."""
    together = {"not_started", "passed"} if short else {"not_started"}
    lines = []
    for task in outcome.tasks:
        name, note = task.task.name, ""
        if task.verdict in together:
            alike = [other for other in outcome.tasks if other.verdict == task.verdict]
            if task is not alike[0]:
                continue
            note = f"  and {len(alike) - 1} more" if len(alike) > 1 else ""
        elif task.feedback and task not in explained:
            note = f"  {task.feedback.problem}"
        word = Text(f"  {WORDS[task.verdict]:<{LABEL - 2}}", STYLES[task.verdict])
        lines.append(word + Text(name) + Text(note, "dim"))
    return lines


def _explanation(
    outcome: LessonOutcome, task: TaskOutcome, answers: Path, verbose: bool
) -> list[Text]:
    feedback = task.feedback
    assert feedback is not None
    lines = [Text(f"{task.task.name}: {feedback.problem}", "bold red")]
    for label, value in feedback.rows:
        lines += _row(label, value)
    lines += _printed("printed", task, outcome, verbose)
    lines += [Text(f"  {line}") for line in textwrap.wrap(feedback.why, WIDTH - 2)]
    return [*lines, Text(f"  {place(answers, feedback.line)}", "cyan")]


def _row(label: str, value: str, most_lines: int = 4) -> list[Text]:
    wrapped = wrap_value(value, WIDTH - LABEL)
    if len(wrapped) > most_lines:
        last = wrapped[most_lines - 1][: WIDTH - LABEL - 4]
        wrapped = [*wrapped[: most_lines - 1], f"{last} ..."]
    first = Text(f"  {label:<{LABEL - 2}}", "dim") + Text(wrapped[0])
    return [first, *(Text(" " * LABEL + line) for line in wrapped[1:])]


def _printed(label: str, task: TaskOutcome, outcome: LessonOutcome, verbose: bool) -> list[Text]:
    """What a task has printed; where that is cut, a line says so."""
    if not task.printed:
        return []
    value, note = repr(task.printed), ""
    lines = len(wrap_value(value, WIDTH - LABEL))
    if verbose:
        if len(task.printed) >= MOST_SAID:
            note = f"(cut here: only the first {MOST_SAID:,} characters are kept)"
    elif lines > PRINTED_LINES:
        note = f"(cut here: -v shows more, {PROGRAM} test {outcome.lesson.number} -v)"
    rows = _row(label, value, most_lines=lines if verbose else PRINTED_LINES)
    return [*rows, Text(" " * LABEL + note, "dim")] if note else rows


def _all_printed(outcome: LessonOutcome, explained: list[TaskOutcome]) -> list[Text]:
    lines: list[Text] = []
    for task in outcome.tasks:
        if task.printed and task not in explained:
            lines += [Text(), Text(f"{task.task.name} has printed")]
            lines += _printed("", task, outcome, verbose=True)
    return lines


def _next(outcome: LessonOutcome) -> list[Text]:
    lesson = outcome.lesson
    number = lesson.number
    connections, _, conclusions = lesson.texts
    if outcome.all_passed:
        return [
            Text("All tasks are done.", "bold green"),
            Text(f"Next: read {place(conclusions)}"),
            Text(f"      compare with the reference: {command('solution', number)}"),
            Text(f"      and see your functions at work: {command('demo', number)}"),
        ]
    if all(task.verdict == "not_started" for task in outcome.tasks):
        return [
            Text(f"Next: read {place(connections)}"),
            Text(f"      and write {lesson.tasks[0].name} in {place(lesson.exercise)}"),
            Text(f"      {command('watch', number)} grades it each time you save."),
        ]
    hint, test = command("hint", number), command("test", number)
    return [Text(f"Next: {hint}, then {test}")]
