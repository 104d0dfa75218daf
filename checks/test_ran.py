"""What has run in a call is known, and nothing else changes by noting it."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from course.grade.ran import Ran

CODE = '''\
def ask(value):
    """Say something."""
    if value == 1:
        return "one"
    elif value == 2:
        return "two"
    for item in range(value):
        def inner():
            """Say the item."""
            return item
        if item is "a":
            return None
    try:
        raise KeyError(value)
    except KeyError:
        return inner
'''


@pytest.fixture
def ran() -> Ran:
    return Ran()


def run(ran: Ran) -> dict[str, Any]:
    names: dict[str, Any] = {}
    names.update(ran.names)
    exec(compile(ran.noting(ast.parse(CODE)), "answers.py", "exec"), names)
    return names


def lines(ran: Ran) -> list[int]:
    """Return the lines that have not run."""
    return [line for line in range(1, CODE.count("\n") + 1) if not ran.has(line)]


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_only_the_branches_that_were_taken_have_run(ran: Ran) -> None:
    ask = run(ran)["ask"]
    assert ask(1) == "one"
    assert lines(ran) == [5, 6, 8, 9, 10, 11, 12, 14, 16]
    ran.forget((1, 16))
    assert ask(3)() == 2
    assert lines(ran) == [4, 6, 12]
    assert ask(3).__doc__ == "Say the item."


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_is_that_tells_equals_apart_is_noted(ran: Ran) -> None:
    names = run(ran)
    told = names["__told_by_is__"]
    assert told("a", "a", 7)
    assert not told(["a"], ["a"], 8)
    assert not told("b", "a", 9)
    assert ran.apart == {8}


def test_a_line_outside_of_blocks_may_have_run(ran: Ran) -> None:
    assert ran.has(None)
    assert ran.has(99)
