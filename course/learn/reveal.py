"""`make solution-09`: the learner's answers compared with the reference, task by task."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import NamedTuple

from rich.text import Text

from course import catalog, current_lesson
from course.catalog import Lesson, Task
from course.grade import screen
from course.grade.answer_file import AnswerFile, read
from course.grade.outcome import Verdict
from course.learn.progress import Progress, verdicts_or_screen
from course.learn.reset import confirmed
from course.wording import command, place

ALIKE = 0.5
"""With a smaller share of common lines, the answer and the reference are shown one by one."""


def run(lesson: Lesson, task: str | None = None, yes: bool = False) -> int:
    """Show how the reference solves each task, and how the learner's answer differs from it.

    Args:
        lesson: the lesson.
        task: the name of the one task to show; None shows all.
        yes: whether to skip the question, even if tasks are open.

    Returns:
        The exit status: 0, even if the learner says no; 2 if the exercise cannot be graded.

    Raises:
        CourseError: if there is nobody to ask, or no such task.
    """
    tasks = lesson.tasks if task is None else (lesson.task(task),)
    current_lesson.note(lesson)
    verdicts = verdicts_or_screen(lesson, Progress())
    if verdicts is None:
        return 2
    open_tasks = [one.name for one in tasks if verdicts[one.name] != "passed"]
    if open_tasks:
        state = f"{len(open_tasks)} of {len(tasks)} tasks are open, first {open_tasks[0]}."
        if task is not None:
            state = f"{task} has not passed yet."
        question = "Show the reference anyway?"
        arguments = f"solution {lesson.number}" + (f" --task {task}" if task else "")
        if not confirmed(state, question, yes, arguments):
            print(f"It stays hidden. A hint is here: {command('hint', lesson.number, task)}")
            return 0
    screen.show(comparison(lesson, read(lesson.exercise), verdicts, tasks))
    return 0


def comparison(
    lesson: Lesson, answers: AnswerFile, verdicts: Mapping[str, Verdict], tasks: Sequence[Task]
) -> list[Text]:
    """Return the screen: what differs in each of some tasks, and what to do next."""
    lines = [
        Text(f"Lesson {lesson.number}  {lesson.title}: your answers and the reference", "bold"),
        Text("  - only yours", "red"),
        Text("  + only in the reference", "green"),
        *_differences(lesson, answers.source, verdicts, tasks),
        Text(),
        Text("There is more than one right answer; the reference is only one of them."),
    ]
    if len(tasks) < len(lesson.tasks):
        where = place(lesson.solution, lesson.signatures[tasks[0].name].line)
        return [*lines, Text(f"It is in {where}")]
    _, _, conclusions = lesson.texts
    return [
        *lines,
        Text(f"It is in {place(lesson.solution)}"),
        Text(f"Next: read {place(conclusions)}"),
    ]


def _differences(
    lesson: Lesson, mine: str, verdicts: Mapping[str, Verdict], tasks: Sequence[Task]
) -> list[Text]:
    reference = catalog.text_of(lesson, lesson.solution)
    lines: list[Text] = []
    together = False  # tasks without a difference share a paragraph
    for task in tasks:
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
    return lines


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
