"""Variants of a reference solution: the same file with one function replaced.

A mistake is a wrong answer that the graders must reject. An alternative is a right answer of a
different shape that they must accept. An attempt is what a beginner writes first: it goes wrong as
Python itself goes wrong (a forgotten await, a print for a return), whatever the contract says. Each
is a function in `mistakes.py`, `alternatives.py` or `attempts.py` in `checks/lessons/NN_slug`, or a
class if the task is one:

    def buffer_stream__loses_the_tail(tokens, max_chars=50, marks=(".", "!", "?")):
        '''A piece goes out when it is full, so in the end all of them are out.

        Caught by: test_the_tail_comes_out
        '''
        ...

These files are read and never imported. The function may use everything that the solution defines
at its top level. Anything else it must import itself.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from course.catalog import Function, IncompleteLesson, Lesson, first_line, text_of, tree_of

SEPARATOR = "__"
"""Separates the task in a variant's name from what is special about the variant."""

FEWEST_MISTAKES = 2
FEWEST_ALTERNATIVES = 1
"""For each task."""

FEWEST_ATTEMPTS = 25
"""For each lesson; five times the tasks in a lesson that has fewer than five."""

_CAUGHT_BY = re.compile(r"^Caught by: (\w+)$", re.MULTILINE)


@dataclass(frozen=True)
class Variant:
    """One function that replaces the reference's.

    Attributes:
        name: "buffer_stream__loses_the_tail".
        task: "buffer_stream".
        note: what the learner believes, or what is different here, in one paragraph.
        caught_by: the test that must say what is wrong; "" for an alternative.
        function: the source of the function, with the task's name and without its docstring.
        answers: the source of the whole file.
    """

    name: str
    task: str
    note: str
    caught_by: str
    function: str
    answers: str


def mistakes(lesson: Lesson) -> tuple[Variant, ...]:
    """Return the wrong answers of a lesson, in the order of its tasks.

    Raises:
        IncompleteLesson: if the solution is not there, or one is not made as described above.
    """
    found = _read(lesson, lesson.mistakes)
    for variant in found:
        if not variant.caught_by:
            said = f"does not say 'Caught by: test_...' of {variant.name}"
            raise IncompleteLesson(lesson.number, lesson.mistakes, said)
    return found


def alternatives(lesson: Lesson) -> tuple[Variant, ...]:
    """Return the right answers of a different shape, in the order of the lesson's tasks.

    Raises:
        IncompleteLesson: if the solution is not there, or one is not made as described above.
    """
    return _read(lesson, lesson.alternatives)


def attempts(lesson: Lesson) -> tuple[Variant, ...]:
    """Return what beginners write first, in the order of the lesson's tasks.

    The note says in one sentence what the learner believes, or has overlooked.

    Raises:
        IncompleteLesson: if the solution is not there, or one is not made as described above.
    """
    return _read(lesson, lesson.attempts)


def fewest_attempts(lesson: Lesson) -> int:
    """Return how many attempts a lesson must have."""
    return min(FEWEST_ATTEMPTS, 5 * len(lesson.tasks))


def _read(lesson: Lesson, path: Path) -> tuple[Variant, ...]:
    if not path.exists():
        return ()
    solution = text_of(lesson, lesson.solution)
    every = _parsed(lesson, path, path.read_text(encoding="utf-8"), solution)
    graded = {task.name for task in lesson.tasks}
    return tuple(variant for variant in every if variant.task in graded)


@lru_cache(maxsize=128)  # hundreds of checks ask for them
def _parsed(lesson: Lesson, path: Path, source: str, solution: str) -> tuple[Variant, ...]:
    order = [task.name for task in (*lesson.tasks, *lesson.unmarked_tasks)]
    variants = _variants(lesson, path, source)
    found = sorted(variants, key=lambda variant: order.index(variant.task))
    names = [variant.name for variant in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        said = f"has two functions called {', '.join(sorted(twice))}"
        raise IncompleteLesson(lesson.number, path, said)
    return tuple(found)


def _variants(lesson: Lesson, path: Path, source: str) -> Iterator[Variant]:
    tasks = {task.name for task in (*lesson.tasks, *lesson.unmarked_tasks)}
    for node in tree_of(lesson, path).body:
        if not isinstance(node, Function | ast.ClassDef):
            continue
        task, separator, _ = node.name.partition(SEPARATOR)
        docstring = ast.get_docstring(node)
        if task not in tasks or not separator:
            said = f"has {node.name} in line {node.lineno}, which does not begin with TASK__"
            raise IncompleteLesson(lesson.number, path, said)
        if not docstring:
            raise IncompleteLesson(lesson.number, path, f"has no docstring for {node.name}")
        function = _renamed(source, node, task)
        caught = _CAUGHT_BY.search(docstring)
        note = " ".join(_CAUGHT_BY.sub("", docstring).split())
        yield Variant(
            name=node.name,
            task=task,
            note=inspect.cleandoc(note),
            caught_by=caught[1] if caught else "",
            function=function,
            answers=spliced(lesson, {task: function}),
        )


def _renamed(source: str, node: Function | ast.ClassDef, task: str) -> str:
    """Return a function or a class under another name and without its docstring."""
    lines = source.splitlines()
    docstring = node.body[0]
    head = lines[first_line(node) - 1 : docstring.lineno - 1]
    named = node.lineno - first_line(node)
    head[named] = head[named].replace(node.name, task, 1)
    body = lines[docstring.end_lineno : node.end_lineno]
    return "\n".join([*head, *body]) + "\n"


def spliced(lesson: Lesson, functions: Mapping[str, str]) -> str:
    """Return the reference solution with some of its functions replaced, by task.

    Raises:
        IncompleteLesson: if there is no solution, or it lacks one of them.
    """
    if lacks := functions.keys() - lesson.signatures.keys():
        said = f"has no {', '.join(sorted(lacks))}"
        raise IncompleteLesson(lesson.number, lesson.solution, said)
    lines = text_of(lesson, lesson.solution).splitlines(keepends=True)
    for task in sorted(functions, key=lambda task: lesson.signatures[task].line, reverse=True):
        own = lesson.signatures[task]
        lines[own.line - 1 : own.end_line] = [functions[task]]
    return "".join(lines)


def together(lesson: Lesson, dealt: Iterable[Variant]) -> str:
    """Return the reference solution with several variants in it, each of another task.

    Raises:
        IncompleteLesson: if there is no solution, or it lacks one of their tasks.
    """
    return spliced(lesson, {variant.task: variant.function for variant in dealt})


def may_be_wrong(lesson: Lesson, dealt: Iterable[Variant]) -> frozenset[str]:
    """Return the tasks of variants, and those that rest on them."""
    tasks = frozenset(variant.task for variant in dealt)
    return tasks.union(*(resting_on(lesson, task) for task in tasks))


def resting_on(lesson: Lesson, task: str) -> frozenset[str]:
    """Return the tasks whose reference uses that of a task, or of what rests on it.

    A mistake in it may be one in them, too. What is given may be in between.
    """
    tasks = {one.name for one in (*lesson.tasks, *lesson.unmarked_tasks)}
    uses = {
        node.name: {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
        for node in tree_of(lesson, lesson.solution).body
        if isinstance(node, Function | ast.ClassDef)
    }
    found: set[str] = set()
    while more := {name for name, used in uses.items() if used & {task, *found}} - found - {task}:
        found |= more
    return frozenset(found & tasks)


def as_module(answers: str, name: str = "answers", path: str = "answers.py") -> ModuleType:
    """Return the source of answers as a module.

    Args:
        answers: the source.
        name: what the module is called.
        path: what its file is called in tracebacks.
    """
    module = ModuleType(name)
    sys.modules[name] = module  # dataclasses look their module up there
    exec(compile(answers, path, "exec"), vars(module))
    return module


def reference(lesson: Lesson) -> ModuleType:
    """Return the reference solution of a lesson as a module."""
    return as_module(text_of(lesson, lesson.solution))


def right_answers(lesson: Lesson, task: str) -> Iterator[tuple[str, Any]]:
    """Yield the names and the functions of all right answers to a task, the reference first."""
    yield "reference", getattr(reference(lesson), task)
    for variant in alternatives(lesson):
        if variant.task == task:
            yield variant.name, getattr(as_module(variant.answers), task)


def rounds(variants: Iterable[Variant]) -> list[tuple[Variant, ...]]:
    """Deal variants into rounds with at most one per task, so that each fits into one file."""
    dealt: list[dict[str, Variant]] = []
    for variant in variants:
        free = next((one for one in dealt if variant.task not in one), None)
        if free is None:
            dealt.append(free := {})
        free[variant.task] = variant
    return [tuple(one.values()) for one in dealt]
