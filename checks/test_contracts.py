"""The contracts of all tasks: two parts, an example that is true, and a test for each promise."""

from __future__ import annotations

import ast
import asyncio
import doctest
from typing import Any

import pytest

from course import catalog
from course.catalog import Lesson, Task
from course.fakes import stage
from course.fakes.clock import VirtualEventLoop, virtual_time
from course.lesson import play_file
from course.lesson.contract import (
    MOST_WORDS,
    Contract,
    PromiseState,
    contract_of,
    parse,
    promise_states,
    promises_of_tests,
    searches_among_tests,
)
from course.lesson.variants import reference

TASKS = [
    pytest.param(lesson, task, id=f"{lesson.slug}-{task.name}")
    for lesson in catalog.lessons()
    for task in lesson.tasks
]


@pytest.mark.parametrize(("lesson", "task"), TASKS)
class TestEachContract:
    def test_its_first_part_is_short_and_has_promises(self, lesson: Lesson, task: Task) -> None:
        contract = contract_of(lesson, task)
        assert contract.words <= MOST_WORDS
        assert len(contract.promises) >= 2

    def test_its_example_is_true(self, lesson: Lesson, task: Task) -> None:
        contract = contract_of(lesson, task)
        assert contract.example, "it shows no call"
        assert task.name in "".join(one.source for one in contract.example)
        names = stage.OFFERED | play_file.read(lesson).names | vars(reference(lesson))
        with virtual_time(), asyncio.Runner(loop_factory=VirtualEventLoop) as runner:
            for example in contract.example:
                assert shown(example, names, runner) == example.want

    def test_each_promise_has_a_test(self, lesson: Lesson, task: Task) -> None:
        marks = promises_of_tests(lesson)
        of_task = [
            number
            for test, numbers in marks.items()
            for number in numbers
            if test.startswith(f"{task.test_class}::")
        ]
        promises = contract_of(lesson, task).promises
        assert {*of_task} == {*range(1, len(promises) + 1)}


def shown(example: doctest.Example, names: dict[str, Any], runner: asyncio.Runner) -> str:
    """What a prompt shows for an example: nothing for None."""
    tree = ast.parse(example.source)
    is_value = isinstance(tree.body[-1], ast.Expr)
    code = compile(
        ast.Expression(tree.body[-1].value) if is_value else tree,  # type: ignore[attr-defined]
        "<example>",
        "eval" if is_value else "exec",
        ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
    )
    value = eval(code, names)
    if asyncio.iscoroutine(value):
        value = runner.run(value)
    return "" if value is None else f"{value!r}\n"


DOCSTRING = """\
Do something.

First comes a sentence.

* One: this,
  and that.
* Two.

>>> double(2)
4

Fine print:
* This is no promise.
"""


def test_a_docstring_is_read() -> None:
    contract = parse(DOCSTRING)
    assert contract.promises == ("One: this, and that.", "Two.")
    assert [(one.source, one.want) for one in contract.example] == [("double(2)\n", "4\n")]
    assert contract.has_fine_print
    assert contract.words == 11
    assert parse("Only this.") == Contract((), (), 2, False)


def test_a_promise_is_broken_by_one_test() -> None:
    lesson = catalog.find("09")
    task = lesson.task("stream_tokens")
    marks = promises_of_tests(lesson)
    tests = [name for name in marks if name.startswith(task.test_class)]
    broken = {marks[name]: name for name in reversed(tests)}
    found: dict[str, str | None] = dict.fromkeys(tests)
    found[broken[(1,)]] = found[broken[(4,)]] = "the text is another one"
    found[broken[(5,)]] = "an error is hidden"
    states = [one.state for one in promise_states(lesson, task, found)]
    assert states == ["broken", "kept", "kept", "unclear", "broken", "kept"]
    assert promise_states(lesson, task, found)[-1] == PromiseState("fine print", "kept")


@pytest.mark.parametrize(
    ("is_search", "said"), [(True, "these promises, with other inputs"), (False, "fine print")]
)
def test_what_only_a_search_has_found_is_not_put_down_to_the_fine_print(
    is_search: bool, said: str
) -> None:
    lesson = catalog.find("09")
    task = lesson.task("stream_tokens")
    marks = promises_of_tests(lesson)
    tests = [name for name in marks if name.startswith(task.test_class)]
    searches = searches_among_tests(lesson)
    failing = next(name for name in tests if not marks[name] and (name in searches) == is_search)
    found = {name: "it is wrong" if name == failing else None for name in tests}
    states = promise_states(lesson, task, found)
    assert states[-1] == PromiseState(said, "broken")
    assert {one.state for one in states[:-1]} == {"kept"}
