"""A lesson's `play.py`: what the prompt of `make play-09` offers, and a line to try each task.

What the file defines or imports can be used at the prompt. `TRY` has one line for each task.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from course.catalog import IncompleteLesson, Lesson, tree_of

LINES = "TRY"
"""The name of the lines to try, by task."""

LONGEST = 66
"""The most characters in one: it stands in a table of 80 columns."""


@dataclass(frozen=True)
class PlayFile:
    """What the file says.

    Attributes:
        names: everything that can be used at the prompt.
        defined: the names that the file itself makes, in order.
        lines: a line to try, by the name of the task.
    """

    names: dict[str, Any]
    defined: tuple[str, ...]
    lines: dict[str, str]


def read(lesson: Lesson) -> PlayFile:
    """Return what a lesson's `play.py` says.

    Raises:
        IncompleteLesson: if it is not there, or has not one line for each task, in their order.
    """
    path, tree = lesson.play, tree_of(lesson, lesson.play)
    names: dict[str, Any] = {"__name__": "play"}
    exec(compile(tree, str(path), "exec"), names)
    lines = names.pop(LINES, {})
    tasks = [task.name for task in lesson.tasks]
    if [*lines] != tasks:
        wanted = f"needs {LINES}, with a line for each task, in their order: {', '.join(tasks)}"
        raise IncompleteLesson(lesson.number, path, wanted)
    for task, line in lines.items():
        if task not in line or len(line) > LONGEST:
            wanted = f"needs a line for {task} that names it, of at most {LONGEST} characters"
            raise IncompleteLesson(lesson.number, path, wanted)
    public = {name: value for name, value in names.items() if name[:1] != "_"}
    public.pop("annotations", None)
    return PlayFile(public, _defined(tree), lines)


def _defined(tree: ast.Module) -> tuple[str, ...]:
    found: list[str] = []
    for node in tree.body:
        match node:
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                found.append(name)
            case ast.Assign([ast.Name(name)]):
                found.append(name)
    return tuple(name for name in found if name != LINES and name[:1] != "_")
