"""Exercises are the reference solutions without the bodies of the tasks."""

from __future__ import annotations

import ast

from course.catalog import STUB_YIELD, Function, IncompleteLesson, Lesson, kind_of, text_of, tree_of

GUARD = """\
if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("{said}")

"""
TO_DO = "Grade it: make test-{number}. Try it: make play-{number}. Own code below? See line {line}."


def is_untouched(source: str, lesson: Lesson) -> bool:
    """Whether no task in `source`, which may be an older stub, has been started."""
    tree = _parsed(source)
    return tree is not None and all(
        _is_empty(one) for functions in _of_tasks(tree, lesson).values() for one in functions
    )


def unwritten(source: str, lesson: Lesson) -> list[str]:
    """Return the tasks that `source` defines without an answer, in teaching order.

    What stands below the line that raises is no answer: it is never reached. A class is written as
    soon as one of its methods is. There are none if `source` does not parse.
    """
    tree = _parsed(source)
    found = _of_tasks(tree, lesson) if tree else {}
    return [
        task.name
        for task in lesson.tasks
        if task.name in found
        and all(_is_empty(one) or _only_yields(one) for one in found[task.name])
    ]


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _of_tasks(tree: ast.Module, lesson: Lesson) -> dict[str, list[Function]]:
    """The functions of each task; of a class, its methods."""
    tasks = {task.name for task in lesson.tasks}
    return {
        node.name: _functions(node)
        for node in tree.body
        if isinstance(node, Function | ast.ClassDef) and node.name in tasks
    }


def stub(lesson: Lesson) -> str:
    """Return the stub of a lesson.

    It keeps everything in the solution except the bodies of the tasks, and private functions and
    classes: imports, given code, signatures and docstrings. A generator stays a generator. A class
    keeps its public parts and `__init__`. Who runs it as a program is told what to do instead.

    Raises:
        IncompleteLesson: if there is no solution, or it lacks a task, or a task its docstring.
    """
    tree = tree_of(lesson, lesson.solution)
    lines = text_of(lesson, lesson.solution).splitlines()
    found = {node.name: node for node in tree.body if isinstance(node, Function | ast.ClassDef)}
    missing = [task.name for task in lesson.tasks if task.name not in found]
    if missing:
        raise IncompleteLesson(lesson.number, lesson.solution, f"has no {', '.join(missing)}")
    label = {task.name: task.label(len(lesson.tasks)) for task in lesson.tasks}
    for name, node in sorted(found.items(), key=lambda item: item[1].lineno, reverse=True):
        if name.startswith("_"):
            _leave_out(lines, node)
        if name not in label:
            continue
        if ast.get_docstring(node) is None:
            problem = f"has no docstring for {node.name}"
            raise IncompleteLesson(lesson.number, lesson.solution, problem)
        if isinstance(node, ast.ClassDef):
            _empty_class(lines, node, label[node.name])
        else:
            _empty(lines, node, label[node.name])
    above = _line_of_guard(lesson) - 1
    lines[above:above] = guard(lesson).splitlines()
    return "\n".join(lines) + "\n"


def guard(lesson: Lesson) -> str:
    """Return the lines of a stub that say what to do when it is run as a program.

    They stand above all imports, so that a Python without the course's packages gets no further.
    Nothing that grades or imports the file gets there.
    """
    said = TO_DO.format(number=lesson.number, line=_line_of_guard(lesson))
    return GUARD.format(said=said)


def _line_of_guard(lesson: Lesson) -> int:
    return next(
        node.lineno
        for node in tree_of(lesson, lesson.solution).body[1:]
        if not (isinstance(node, ast.ImportFrom) and node.module == "__future__")
    )


def _is_empty(function: Function) -> bool:
    first = ast.unparse(_without_docstring(function)[0])
    return first.startswith("raise NotImplementedError(")


def _only_yields(function: Function) -> bool:
    """Whether all that is left of the stub is the line that makes it a generator."""
    return [ast.unparse(one) for one in _without_docstring(function)] == ["yield"]


def _functions(node: Function | ast.ClassDef) -> list[Function]:
    if isinstance(node, ast.ClassDef):
        return [one for one in node.body if isinstance(one, Function)]
    return [node]


def _without_docstring(function: Function) -> list[ast.stmt]:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return body or function.body


def _leave_out(lines: list[str], node: Function | ast.ClassDef) -> None:
    """Remove a private part of the solution, and the blank lines above it."""
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)]) - 1
    while first and not lines[first - 1].strip():
        first -= 1
    del lines[first : node.end_lineno]


def _empty_class(lines: list[str], node: ast.ClassDef, label: str) -> None:
    """Empty the methods of a class. Leave out its private parts: they show how it works."""
    for position in range(len(node.body) - 1, 0, -1):
        part, before = node.body[position], node.body[position - 1]
        names = {one.id for one in ast.walk(part) if isinstance(one, ast.Name)}
        private = (
            part.name.startswith("_") and not part.name.startswith("__")
            if isinstance(part, Function)
            else any(name.startswith("_") for name in names)
        )
        if private:
            assert before.end_lineno is not None
            del lines[before.end_lineno : part.end_lineno]
        elif isinstance(part, Function):
            _empty(lines, part, label)


def _empty(lines: list[str], function: Function, label: str) -> None:
    """Replace the body of a function with the line that raises; its docstring stays."""
    indent = " " * function.body[0].col_offset
    body = [f'{indent}raise NotImplementedError("{label}")']
    if kind_of(function).endswith(("generator", "context manager")):
        body.append(f"{indent}{STUB_YIELD}")
    start = function.body[0].lineno - 1
    if ast.get_docstring(function) is not None:
        start = function.body[0].end_lineno or start
    lines[start : function.end_lineno] = body
