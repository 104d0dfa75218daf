"""Exercises are the reference solutions with the tasks' bodies taken out."""

from __future__ import annotations

import ast
import sys

from course import catalog
from course.author.freshness import write_or_check
from course.catalog import STUB_YIELD, Lesson


def run(check: bool) -> int:
    """Write the stub of every lesson; with `check`, only say which ones are stale.

    An exercise with answers in it is left alone: they may be all that somebody has.

    Returns:
        The exit status: 0, or 1 if something is stale.
    """
    stale = []
    for lesson in catalog.lessons():
        path, text = lesson.exercise, stub(lesson)
        answered = path.exists() and not is_untouched(path.read_text(encoding="utf-8"), lesson)
        if not write_or_check(path, text, check or answered):
            stale.append((path, answered))
    for path, answered in stale:
        mend = "It has answers in it: make reset backs them up" if answered else "Run: make stubs"
        print(f"{path.relative_to(catalog.ROOT)} is stale. {mend}", file=sys.stderr)
    return 1 if stale else 0


def is_untouched(source: str, lesson: Lesson) -> bool:
    """Whether no task in `source`, perhaps an older stub, has been started."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return False
    tasks = {task.name for task in lesson.tasks}
    return all(
        ast.unparse(node.body[1] if len(node.body) > 1 else node).startswith(
            "raise NotImplementedError("
        )
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in tasks
    )


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
