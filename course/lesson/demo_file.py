"""A lesson's `demo.py`: what of it learners need in the terminal."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from course.catalog import Function, Lesson, tree_of

ANSWERS = "reference"
"""What the functions of the lesson are called in its demos."""


def demos_of_tasks(lesson: Lesson) -> ast.Module:
    """Return the demos of the tasks, and what they need.

    The rest is for the notebook: it draws plots, and compares with other libraries, for which
    learners need not wait.

    Raises:
        IncompleteLesson: if there is no such file, or it does not parse.
    """
    tree = tree_of(lesson, lesson.demo)
    needed, waiting = {ANSWERS}, [task.demo for task in lesson.tasks]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            for node in tree.body:
                if name in _bound(node) and not isinstance(node, ast.Import | ast.ImportFrom):
                    waiting += [one.id for one in ast.walk(node) if isinstance(one, ast.Name)]
    kept = [node for node in tree.body if ANSWERS not in _bound(node)]
    for node in kept:
        if isinstance(node, ast.Import | ast.ImportFrom):
            node.names = [one for one in node.names if _name(one) in needed]
    tree.body = [node for node in kept if needed.intersection(_bound(node))]
    return tree


def _bound(node: ast.stmt) -> Iterator[str]:
    """The names that a statement at the top level binds."""
    if isinstance(node, Function | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from map(_name, node.names)
    elif isinstance(node, ast.Assign):
        yield from (one.id for one in node.targets if isinstance(one, ast.Name))


def _name(imported: ast.alias) -> str:
    return (imported.asname or imported.name).partition(".")[0]
