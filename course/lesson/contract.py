"""The contract of a task: its docstring, in two parts.

The first part says what to do: one promise for each bullet, and one call with its result. What
stands below "Fine print:" has limits and coincidences, and says what is left open.

Each test of a task belongs to a promise, or else to the fine print: `@keeps(2)` stands above a test
of the second bullet. So a wrong answer can be told which promises it keeps.
"""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from course.catalog import Function, IncompleteLesson, Lesson, Task, tree_of

FINE_PRINT = "fine print"
"""What the second part is called, and the promise that its tests belong to."""

SECOND_PART = "Fine print:"
"""The line that begins it."""

MOST_WORDS = 90
"""The most words in the first part, without its example."""

BULLET = re.compile(r"^\* (?P<text>.*(?:\n  .*)*)", re.MULTILINE)

OF_A_SEARCH = "these promises, with other inputs"
"""What takes the place of the fine print where there is none, or only a search found something."""

MARK = "keeps"
"""The decorator that says to which promises a test belongs."""


@dataclass(frozen=True)
class Contract:
    """What a docstring says.

    Attributes:
        promises: the bullets of the first part, each in one line.
        example: the calls that it shows, with their results.
        words: how many words the first part has, without the example.
        has_fine_print: whether there is a second part.
    """

    promises: tuple[str, ...]
    example: tuple[doctest.Example, ...]
    words: int
    has_fine_print: bool


def parse(docstring: str) -> Contract:
    """Return what a docstring says, as `inspect.cleandoc` leaves it."""
    first, fine_print, _ = docstring.partition(f"\n{SECOND_PART}\n")
    parts = doctest.DocTestParser().parse(first)
    prose = "".join(part for part in parts if isinstance(part, str))
    return Contract(
        promises=tuple(" ".join(found["text"].split()) for found in BULLET.finditer(prose)),
        example=tuple(part for part in parts if isinstance(part, doctest.Example)),
        words=len(prose.replace("* ", " ").split()),
        has_fine_print=bool(fine_print),
    )


def contract_of(lesson: Lesson, task: Task) -> Contract:
    """Return the contract of a task.

    Raises:
        IncompleteLesson: if the solution lacks the task, or the task its docstring.
    """
    return _contracts(lesson)[task.name]


@lru_cache(maxsize=32)
def _contracts(lesson: Lesson) -> Mapping[str, Contract]:
    found = {}
    for node in tree_of(lesson, lesson.solution).body:
        if isinstance(node, Function | ast.ClassDef):
            found[node.name] = _of(node)
    for task in lesson.tasks:
        if task.name not in found:
            raise IncompleteLesson(lesson.number, lesson.solution, f"has no {task.name}")
    return found


def _of(node: Function | ast.ClassDef) -> Contract:
    """The contract of a function; to that of a class, its public methods add theirs."""
    inside = node.body if isinstance(node, ast.ClassDef) else []
    methods = [one for one in inside if isinstance(one, Function) and one.name[0] != "_"]
    parts = [parse(ast.get_docstring(one) or "") for one in (node, *methods)]
    return Contract(
        promises=tuple(promise for part in parts for promise in part.promises),
        example=tuple(example for part in parts for example in part.example),
        words=sum(part.words for part in parts),
        has_fine_print=any(part.has_fine_print for part in parts),
    )


@lru_cache(maxsize=32)
def promises_of_tests(lesson: Lesson) -> Mapping[str, tuple[int, ...]]:
    """Return, by "Class::test", the numbers of the promises a test belongs to, counted from 1.

    None of them means that it belongs to the fine print.
    """
    found = {}
    for node in tree_of(lesson, lesson.tests).body:
        if isinstance(node, ast.ClassDef):
            for one in node.body:
                if isinstance(one, Function) and one.name.startswith("test_"):
                    found[f"{node.name}::{one.name}"] = _numbers(one)
    return found


@lru_cache(maxsize=32)
def searches_among_tests(lesson: Lesson) -> frozenset[str]:
    """Return the tests, as "Class::test", that try what the contract says with many inputs."""
    return frozenset(
        f"{node.name}::{one.name}"
        for node in tree_of(lesson, lesson.tests).body
        if isinstance(node, ast.ClassDef)
        for one in node.body
        if isinstance(one, Function) and "search" in (given.arg for given in one.args.args)
    )


def _numbers(test: Function) -> tuple[int, ...]:
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == MARK:
            return tuple(ast.literal_eval(argument) for argument in mark.args)
    return ()


State = Literal["kept", "broken", "unclear"]


@dataclass(frozen=True)
class PromiseState:
    """Whether one promise is kept.

    Attributes:
        text: the promise, as the docstring puts it.
        state: "kept" if all of its tests have passed, and "broken" if one of them found something
            wrong. It is "unclear" if they only found what tests of other promises had found before.
    """

    text: str
    state: State


def promise_states(
    lesson: Lesson, task: Task, problems: Mapping[str, str | None]
) -> tuple[PromiseState, ...]:
    """Return which promises of a task are kept, in their order; the fine print comes last.

    Where only a search has found something else, that takes its place.

    Args:
        lesson: the lesson.
        task: one of its tasks.
        problems: what each test found wrong, or None, by its name: "Class::test", or
            "Class::test[parameter]". They are in the order in which they ran.
    """
    contract = contract_of(lesson, task)
    marked, searches = promises_of_tests(lesson), searches_among_tests(lesson)
    only_a_search = True
    states: dict[int, State] = {}
    found_before: set[str] = set()
    for name, problem in problems.items():
        test = name.partition("[")[0]
        for number in marked.get(test, ()) or (0,):
            if problem is None:
                states.setdefault(number, "kept")
            elif problem not in found_before:
                states[number] = "broken"
                if not number:
                    only_a_search = only_a_search and test in searches
            elif states.get(number) != "broken":
                states[number] = "unclear"
        if problem is not None:
            found_before.add(problem)
    is_fine_print = states.get(0) != "broken" or not only_a_search
    last = FINE_PRINT if contract.has_fine_print and is_fine_print else OF_A_SEARCH
    named = [*enumerate(contract.promises, start=1), (0, last)]
    return tuple(PromiseState(text, states[n]) for n, text in named if n in states)
