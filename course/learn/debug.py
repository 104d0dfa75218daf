"""`make debug-09 TASK=buffer_stream`: the tests of one task in Python's debugger.

The answers run in this process, with its keyboard and its screen, for as long as it takes.
"""

from __future__ import annotations

import ast
import bdb
import functools
import os
from collections.abc import Iterator
from types import CodeType

import pytest

from course import catalog, current_lesson, variables
from course.catalog import CourseError, Function, Lesson, Task
from course.grade import plugin, screen
from course.grade.answer_file import AnswerFile, CannotLoad
from course.grade.answers import load
from course.wording import command, place

CALLS = ("breakpoint", "set_trace")
"""Calls that stop in a debugger."""

KEYS = "n next line, s step into, p NAME print, w where, c continue, q quit"


def run(lesson: Lesson, task: str | None) -> int:
    """Run the tests of a task in the debugger, until one finds something wrong.

    It stops where the answers call a debugger. If they do not, it stops at each call of the task.

    Args:
        lesson: the lesson.
        task: its name.

    Returns:
        The exit status: 0, even if the learner quit; 1 if a test found something wrong; 2 if
        nothing can be graded.

    Raises:
        CourseError: if no task is named, or no task has that name.
    """
    if task is None:
        wanted = command("debug", lesson.number, lesson.tasks[0].name)
        raise CourseError(f"Which task? For example: {wanted}. {lesson.names_of_tasks}")
    chosen = lesson.task(task)
    current_lesson.note(lesson)
    console = screen.here()
    width = screen.width_of(console)
    if not lesson.exercise.exists():
        screen.show(screen.missing(lesson, width), console)
        return 2
    try:
        file = AnswerFile.read(lesson.exercise)
        code, where = stopping(chosen, file)
    except CannotLoad as error:
        screen.show(screen.cannot_load(lesson, lesson.exercise, error, width), console)
        return 2
    print(f"{place(lesson.exercise)}: the debugger stops {where}.\n{KEYS}\n", flush=True)
    plugin.grading.given = file
    plugin.grading.load = functools.partial(load, graded=True, code=code)
    return _run_tests(lesson, chosen)


def stopping(task: Task, file: AnswerFile) -> tuple[CodeType, str]:
    """Return the code of answers that stop in a debugger, and where they stop.

    Raises:
        CannotLoad: if they do not parse.
    """
    code: CodeType = file.compile()
    tree = file.compile(whole=False)
    if calls_a_debugger(tree):
        return code, "where you call it"
    stop_in(task, tree)
    code = compile(tree, str(file.shown_as), "exec", dont_inherit=True)
    return code, f"in {task.name}, at each call"


class Quitting:
    """Ends the run when the debugger is left with Ctrl-D."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        try:
            yield
        except bdb.BdbQuit:
            pytest.exit("the debugger was left")


def _run_tests(lesson: Lesson, task: Task) -> int:
    variables.remove(os.environ, (*variables.PYTEST, "PYTHONBREAKPOINT"))
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    options = ["-p", "pytest_asyncio.plugin", "--rootdir", str(catalog.ROOT)]
    options += ["--capture=no", "--exitfirst", "-q", "--no-header", "-rN"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # our plugin is there already
    status = pytest.main([*options, f"{lesson.tests}::{task.test_class}"], plugins=[Quitting()])
    return 0 if status in (pytest.ExitCode.OK, pytest.ExitCode.INTERRUPTED) else 1


def calls_a_debugger(tree: ast.AST) -> bool:
    """Whether the answers call a debugger themselves."""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return any(
        (isinstance(called, ast.Name) and called.id in CALLS)
        or (isinstance(called, ast.Attribute) and called.attr in CALLS)
        for called in calls
    )


def stop_in(task: Task, tree: ast.Module) -> None:
    """Make answers stop in a debugger at each call of a task."""
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and node.name == task.name:
            for function in [node] if isinstance(node, Function) else node.body:
                if isinstance(function, Function):
                    _stop_at_the_beginning(function)


def _stop_at_the_beginning(function: Function) -> None:
    """Make a function call the debugger in its first line, so that it stops in the next one."""
    stop = ast.parse("breakpoint()").body[0]
    for node in ast.walk(stop):
        ast.copy_location(node, function)
        if isinstance(node, ast.expr | ast.stmt):
            node.end_lineno, node.end_col_offset = node.lineno, node.col_offset
    has_docstring = ast.get_docstring(function, clean=False) is not None
    function.body.insert(int(has_docstring), stop)
