"""`make solution-09`: the learner's answers compared with the reference, task by task."""

from __future__ import annotations

import ast
from difflib import SequenceMatcher
from itertools import takewhile
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from course import catalog
from course.catalog import Lesson
from course.grade import screen
from course.grade.answer_file import read
from course.grade.outcome import Verdict
from course.learn.progress import Progress, verdicts_or_screen
from course.learn.reset import confirmed
from course.wording import command, place

ALIKE = 0.5
"""With a smaller share of common lines, the answer and the reference are shown one by one."""


def run(lesson: Lesson, yes: bool = False) -> int:
    """Show how the reference solves each task, and how the learner's answer differs from it.

    Args:
        lesson: the lesson.
        yes: whether to skip the question, even if tasks are open.

    Returns:
        The exit status: 0, even if the learner says no; 2 if the exercise cannot be graded.

    Raises:
        CourseError: if there is nobody to ask.
    """
    verdicts = verdicts_or_screen(lesson, Progress())
    if verdicts is None:
        return 2
    open_tasks = [name for name, verdict in verdicts.items() if verdict != "passed"]
    if open_tasks:
        state = f"{len(open_tasks)} of {len(lesson.tasks)} tasks are open, first {open_tasks[0]}."
        question = "Show the reference anyway?"
        if not confirmed(state, question, yes, f"solution {lesson.number}"):
            print(f"It stays hidden. A hint is here: {command('hint', lesson.number)}")
            return 0
    console = Console(highlight=False, soft_wrap=True)
    screen.show(comparison(lesson, verdicts), console)
    return 0


def comparison(lesson: Lesson, verdicts: dict[str, Verdict]) -> list[Text]:
    """Return the screen: what differs in each task, and what to read next."""
    mine = read(lesson.exercise).source
    reference = catalog.text_of(lesson, lesson.solution)
    lines = [
        Text(f"Lesson {lesson.number}  {lesson.title}: your answers and the reference", "bold"),
        Text("  - only yours", "red"),
        Text("  + only in the reference", "green"),
    ]
    together = False  # tasks without a difference share a paragraph
    for task in lesson.tasks:
        verdict = verdicts[task.name]
        answer, wanted = function(mine, task.name), function(reference, task.name)
        if verdict == "not_started":
            note, difference = "not written yet", _difference([], wanted.lines)
        elif answer.tree == wanted.tree:
            note, difference = "the same", []
        else:
            note = "" if verdict == "passed" else "not passed yet"
            difference = _difference(answer.lines, wanted.lines)
        heading = Text(task.name, "bold") + Text(f"  {note}" if note else "", "dim")
        if difference or not together:
            lines.append(Text())
        lines += [heading, *difference]
        together = not difference
    _, _, conclusions = lesson.texts
    return [
        *lines,
        Text(),
        Text("There is more than one right answer; the reference is only one of them."),
        Text(f"It is in {place(lesson.solution)}"),
        Text(f"Next: read {place(conclusions)}"),
    ]


class Answer(NamedTuple):
    """A task without its docstring: its lines, and their meaning without comments."""

    lines: list[str]
    tree: str


def function(source: str, name: str) -> Answer:
    """Return the function or class `name` of a module; it has no lines if there is none."""
    found = None
    for node in ast.parse(source).body:
        if isinstance(node, catalog.Function | ast.ClassDef) and node.name == name:
            found = node  # the last one counts
    if found is None:
        return Answer([], "")
    numbered = dict(enumerate(source.split("\n"), start=1))
    first = catalog.first_line(found)
    wanted = set(range(first, (found.end_lineno or first) + 1))
    if ast.get_docstring(found) is not None:
        docstring = found.body.pop(0)
        if docstring.lineno > found.lineno:
            wanted -= set(range(docstring.lineno, (docstring.end_lineno or 0) + 1))
    return Answer([numbered[number] for number in sorted(wanted)], ast.dump(found))


def _difference(answer: list[str], wanted: list[str]) -> list[Text]:
    matcher = SequenceMatcher(None, answer, wanted, autojunk=False)
    if matcher.ratio() >= ALIKE:
        steps = matcher.get_opcodes()
    else:  # few lines in common: easier to read as a whole
        pairs = zip(answer, wanted, strict=False)
        same = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
        steps = [
            ("equal", 0, same, 0, same),
            ("replace", same, len(answer), same, len(wanted)),
        ]
    lines = []
    for step, start, end, from_, to in steps:
        if step == "equal":
            lines += [Text(f"    {line}") for line in answer[start:end]]
        else:
            lines += [Text(f"  - {line}", "red") for line in answer[start:end]]
            lines += [Text(f"  + {line}", "green") for line in wanted[from_:to]]
    return lines
