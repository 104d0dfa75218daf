"""Exercises are the reference solutions with the tasks' bodies taken out."""

from __future__ import annotations

import ast
import sys

from course import catalog
from course.author.freshness import write_or_check
from course.catalog import STUB_YIELD, Lesson


def run(check: bool) -> int:
    """Write the stub of every lesson; with `check`, only say which ones are stale.

    Returns:
        The exit status: 0, or 1 if something is stale.
    """
    stale = [
        lesson.exercise
        for lesson in catalog.lessons()
        if not write_or_check(lesson.exercise, stub(lesson), check)
    ]
    for path in stale:
        print(f"{path.relative_to(catalog.ROOT)} is stale. Run: make stubs", file=sys.stderr)
    return 1 if stale else 0


def stub(lesson: Lesson) -> str:
    """Return the stub of a lesson.

    It keeps all of the solution but the bodies of the tasks: imports, what is given, signatures
    and docstrings. A generator stays a generator.

    Raises:
        ValueError: if the solution lacks a task or a task lacks a docstring.
    """
    source = lesson.solution.read_text(encoding="utf-8")
    lines = source.splitlines()
    functions = {
        node.name: node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    missing = [task.name for task in lesson.tasks if task.name not in functions]
    if missing:
        raise ValueError(f"{lesson.solution.name} has no {', '.join(missing)}")
    for task in reversed(lesson.tasks):
        function = functions[task.name]
        if ast.get_docstring(function) is None:
            raise ValueError(f"{task.name} in {lesson.solution.name} has no docstring")
        docstring = function.body[0]
        assert docstring.end_lineno is not None
        assert function.end_lineno is not None
        body = [f'    raise NotImplementedError("{task.label(len(lesson.tasks))}")']
        if lesson.signatures[task.name].kind.endswith("generator"):
            body.append(f"    {STUB_YIELD}")
        lines[docstring.end_lineno : function.end_lineno] = body
    return "\n".join(lines) + "\n"
