"""The grading screen: what a learner sees after `make test-09`, at most 24 lines of it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from rich.console import Console
from rich.text import Text

from course.catalog import Lesson
from course.environment import PROGRAM
from course.grade.answer_file import AnswerFile, CannotLoad
from course.grade.next_step import Mode, next_step
from course.grade.outcome import LessonOutcome, TaskOutcome, next_open
from course.grade.said import MOST_SAID
from course.grade.wrap import wrap_value
from course.lesson.contract import PromiseState
from course.wording import command, place

WIDTH = 88
"""The most characters in a line."""

NARROWEST = 40
"""On a terminal with fewer columns than this, the terminal breaks the lines."""

HEIGHT = 24
"""Lines that fit on the smallest terminal. Longer screens only with `verbose`."""

MOST_PROMISES = 10
"""The most promises that are shown one by one."""

PRINTED_LINES = 2
"""Lines that are shown of what a task has printed, unless `verbose` asks for all that is kept."""

LABEL = 11
"""Characters for the label of a row, with the space around it."""

STYLES = {"passed": "green", "wrong": "red", "not_started": "dim"}
STYLES_OF_PROMISES = {"kept": "green", "broken": "red", "unclear": "dim"}
WORDS = {"passed": "ok", "wrong": "wrong", "not_started": "todo"}


def show(lines: list[Text], console: Console | None = None) -> None:
    """Print lines, in color if the terminal has it."""
    console = console or here()
    for line in lines:
        console.print(line)


def width_of(console: Console) -> int:
    """Return how wide the lines of a screen may be: a terminal has only so many columns."""
    if not console.is_terminal:
        return WIDTH
    return max(NARROWEST, min(WIDTH, console.width))


def here() -> Console:
    """Return the console that screens are shown on."""
    return Console(highlight=False, soft_wrap=True)


def as_plain(lines: list[Text]) -> str:
    """Return lines as plain text."""
    return "".join(f"{line.plain.rstrip()}\n" for line in lines)


def verdict(
    outcome: LessonOutcome,
    answers: Path | AnswerFile,
    verbose: bool = False,
    *,
    width: int = WIDTH,
    mode: Mode = "once",
    chosen: str | None = None,
) -> list[Text]:
    """Return the screen for a lesson that was graded.

    Args:
        outcome: what came of it.
        answers: the file that was graded; where it was read, the screen names the lines of tasks.
        verbose: explain every wrong task, not only the first, and show all that is kept of
            what was printed.
        width: the most characters in a line.
        mode: who shows the screen.
        chosen: the name of the task to explain, or to be written next, instead of the first one.
    """
    path = answers.shown_as if isinstance(answers, AnswerFile) else answers
    about = chosen or next_open(outcome.verdicts)
    wrong = [task for task in outcome.tasks if task.verdict == "wrong"]
    explained = wrong if verbose else [task for task in wrong if task.task.name == about]
    header = _header(outcome.lesson, _how_many(outcome), width)
    end: list[Text] = []
    if verbose:
        end += _all_printed(outcome, explained, width)
        end += [Text(), Text(f"The tests used the seed {outcome.seed}.", "dim")]
    end += [Text(), *next_step(outcome, answers, about, mode, width)]
    for most_promises, short in product((MOST_PROMISES, 0), (False, True)):
        lines = [header, *_list_of_tasks(outcome, explained, width, short)]
        for task in explained:
            lines += [Text(), *_explanation(outcome, task, path, verbose, width, most_promises)]
        lines += end
        if verbose or len(lines) <= HEIGHT:
            break
    return lines


def cannot_load(lesson: Lesson, answers: Path, error: CannotLoad, width: int = WIDTH) -> list[Text]:
    """Return the screen for a file that cannot be graded at all."""
    where = place(answers, error.line)
    lines = [
        _header(lesson, "not graded", width),
        Text(),
        *(Text(line, "red") for line in textwrap.wrap(f"{where}: {error.problem}", width)),
    ]
    source = error.text.rstrip()[: width - 2]
    if source:
        lines.append(Text(f"  {source}"))
        if error.column:
            before = min(error.column - 1, len(source))
            indent = "".join("\t" if char == "\t" else " " for char in source[:before])
            lines.append(Text(f"  {indent}^", "red"))
    lines += [Text(f"  {line}") for line in textwrap.wrap(error.why, width - 2)]
    return lines


def missing(lesson: Lesson, width: int = WIDTH) -> list[Text]:
    """Return the screen for an exercise that was deleted."""
    return [
        _header(lesson, "not graded", width),
        Text(),
        Text(f"{place(lesson.exercise)} is not there.", "red"),
        Text(f"  Get the stub back: {command('reset', lesson.number)}"),
    ]


def _header(lesson: Lesson, right: str, width: int) -> Text:
    left = f"Lesson {lesson.number}  {lesson.title}"
    return Text(f"{left}{right:>{max(width - 15 - len(left), len(right) + 2)}}", "bold")


def _how_many(outcome: LessonOutcome) -> str:
    of = len(outcome.lesson.tasks)
    if outcome.is_whole:
        return f"{outcome.passed} of {of} tasks"
    if len(outcome.tasks) == 1:
        return f"only task {outcome.tasks[0].task.number} of {of}"
    return f"{outcome.passed} of {len(outcome.tasks)} graded"


def _list_of_tasks(
    outcome: LessonOutcome, explained: list[TaskOutcome], width: int, short: bool = False
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
        first, *rest = textwrap.wrap(name + note, width - LABEL)
        lines.append(word + Text(name) + Text(first.removeprefix(name), "dim"))
        lines += [Text(" " * LABEL + line, "dim") for line in rest]
    return lines


def _explanation(
    outcome: LessonOutcome,
    task: TaskOutcome,
    answers: Path,
    verbose: bool,
    width: int,
    most_promises: int,
) -> list[Text]:
    feedback = task.feedback
    assert feedback is not None
    problem = textwrap.wrap(f"{task.task.name}: {feedback.problem}", width)
    lines = [Text(line, "bold red") for line in problem]
    lines += _promises(outcome.promises(task), width, most_promises)
    for label, value in feedback.rows:
        lines += _row(label, value, width)
    lines += _printed("printed", task, outcome, verbose, width)
    lines += [Text(f"  {line}") for line in textwrap.wrap(feedback.why, width - 2)]
    return [*lines, Text(f"  {place(answers, feedback.line)}", "cyan")]


def _promises(promises: Sequence[PromiseState], width: int, most: int) -> list[Text]:
    """How many promises are kept, and which, each in one line; only how many if they are many."""
    if not promises:
        return []
    kept = sum(one.state == "kept" for one in promises)
    how_many = f"  {kept} of {len(promises)} promises kept"
    if len(promises) > most:
        return [Text(how_many)]
    lines = [Text(f"{how_many}:")]
    for one in promises:
        text = textwrap.shorten(one.text, width - LABEL, placeholder=" ...")
        state = Text(f"  {one.state:<{LABEL - 2}}", STYLES_OF_PROMISES[one.state])
        lines.append(state + Text(text, "dim"))
    return lines


def _row(label: str, value: str, width: int, most_lines: int = 4) -> list[Text]:
    wrapped = wrap_value(value, width - LABEL)
    if len(wrapped) > most_lines:
        last = wrapped[most_lines - 1][: width - LABEL - 4]
        wrapped = [*wrapped[: most_lines - 1], f"{last} ..."]
    first = Text(f"  {label:<{LABEL - 2}}", "dim") + Text(wrapped[0])
    return [first, *(Text(" " * LABEL + line) for line in wrapped[1:])]


def _printed(
    label: str, task: TaskOutcome, outcome: LessonOutcome, verbose: bool, width: int
) -> list[Text]:
    """What a task has printed; where that is cut, a line says so."""
    if not task.printed:
        return []
    value, note = repr(task.printed), ""
    lines = len(wrap_value(value, width - LABEL))
    if verbose:
        if len(task.printed) >= MOST_SAID:
            note = f"(cut here: only the first {MOST_SAID:,} characters are kept)"
    elif lines > PRINTED_LINES:
        note = f"(cut here: -v shows more, {PROGRAM} test {outcome.lesson.number} -v)"
    rows = _row(label, value, width, most_lines=lines if verbose else PRINTED_LINES)
    return [*rows, Text(" " * LABEL + note, "dim")] if note else rows


def _all_printed(outcome: LessonOutcome, explained: list[TaskOutcome], width: int) -> list[Text]:
    lines: list[Text] = []
    for task in outcome.tasks:
        if task.printed and task not in explained:
            lines += [Text(), Text(f"{task.task.name} has printed")]
            lines += _printed("", task, outcome, verbose=True, width=width)
    return lines
