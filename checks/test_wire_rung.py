"""The second rung: the same exercise, with ChatOpenAI and a local server instead of the fake."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langchain_core.messages.tool import tool_call
from langchain_core.tools import tool
from openai import BadRequestError
from pydantic import BaseModel

from course import catalog
from course.catalog import Function
from course.fakes.held import held_model
from course.fakes.openai.rung import wire_model
from course.fakes.script import Reply, ToolCall, ToolCallPiece
from course.grade.grader import Grader
from course.lesson.stubs import stub
from course.lesson.variants import mistakes

LESSON = catalog.find("09")
SEEN_THERE = (
    "stream_tokens__asks_for_the_whole_answer",
    "stream_tokens__yields_chunks",
    "stream_tokens__leaves_the_model_open",
    "stream_agent_events__takes_every_stream_event",
    "astream_tokens__leaves_the_model_open",
    "astream_tokens__swallows_cancellation",
)
"""Mistakes that show themselves when a real client meets a real server."""


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(LESSON, seconds_per_test=10.0, rung="wire") as made:
        yield made


def test_the_reference_passes(grader: Grader) -> None:
    outcome = grader.grade(LESSON.solution)
    assert outcome.all_passed, [task.feedback for task in outcome.tasks if task.feedback]


def test_the_stub_is_not_started(grader: Grader, tmp_path: Path) -> None:
    answers = tmp_path / "answers.py"
    answers.write_text(stub(LESSON), encoding="utf-8")
    verdicts = {task.verdict for task in grader.grade(answers).tasks}
    assert verdicts == {"not_started"}


@pytest.mark.sampled("mistakes over the wire", one_in=3)
@pytest.mark.parametrize("name", SEEN_THERE)
def test_a_mistake_is_rejected(name: str, grader: Grader, tmp_path: Path) -> None:
    variant = next(variant for variant in mistakes(LESSON) if variant.name == name)
    answers = tmp_path / "answers.py"
    answers.write_text(variant.answers, encoding="utf-8")
    (outcome,) = grader.grade(answers, only=variant.task).tasks
    assert outcome.verdict == "wrong"


def test_the_wire_is_used() -> None:
    """Most tests with a model cross it; each exception has its reason."""
    tree = ast.parse(LESSON.tests.read_text(encoding="utf-8"))
    crossing: list[str] = []
    staying: list[str] = []
    for node in ast.walk(tree):
        if not isinstance(node, Function):
            continue
        if "play" not in [argument.arg for argument in node.args.args]:
            continue
        reasons = [
            mark.args[0].value
            for mark in node.decorator_list
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "in_process"
            if isinstance(mark.args[0], ast.Constant)
        ]
        (staying if reasons and all(reasons) else crossing).append(node.name)
    assert len(crossing) >= len(staying) > 0


class Person(BaseModel):
    """A person."""

    name: str


@tool
def look_up(name: str) -> str:
    """Look up a name."""
    return name


@pytest.mark.parametrize(
    "ask",
    [
        lambda model: model,
        lambda model: model.bind_tools([look_up]),
        lambda model: model.bind_tools([look_up], tool_choice="look_up"),
        lambda model: model.bind_tools([look_up], tool_choice="any"),
        lambda model: model.with_structured_output(Person, method="function_calling"),
        lambda model: model.with_structured_output(Person, method="json_mode"),
    ],
)
def test_a_call_tells_what_it_was_asked_for(ask: Any) -> None:
    """What a test reads of it is the same on both rungs."""
    told: list[Any] = []
    for make in (held_model, wire_model):
        model = make(Reply(ToolCall("Person", {"name": "Ana"}), '{"name": "Ana"}'))
        ask(model).invoke("Who?")
        [call] = model.transcript
        names = [tool["function"]["name"] for tool in call.tools]
        told.append((names, call.tool_choice, call.response_format))
    assert told[0] == told[1]


def test_the_server_is_strict_anyway() -> None:
    asked = [AIMessage("", tool_calls=[tool_call(name="f", args={}, id="k1")])]
    with pytest.raises(BadRequestError, match="did not have response messages: k1"):
        wire_model("Hi.", strict=True).invoke(asked)


@pytest.mark.parametrize(
    ("args", "wanted"),
    [
        ('{"a": 1}', {"a": 1}),
        ('{"a": "1\n2"}', {"a": "1\n2"}),
        ("", {}),
        (None, {}),
        ("null", {}),
        ('{"a": 1', None),
        ('{"a": 1} and', None),
        ("{'a': 1}", None),
    ],
)
async def test_arguments_that_come_at_once_are_read_strictly(
    args: str | None, wanted: dict[str, Any] | None
) -> None:
    """As ChatOpenAI does: what is cut off is no call."""
    for make in (held_model, wire_model):
        model = make(*[Reply(ToolCallPiece(args, "f", "k1"))] * 2)
        for found in (model.invoke("Hi"), await model.ainvoke("Hi")):
            read = [(one["name"], one["args"], one["id"]) for one in found.tool_calls]
            [*broken] = ((one["name"], one["args"]) for one in found.invalid_tool_calls)
            assert read == ([] if wanted is None else [("f", wanted, "k1")])
            assert broken == ([("f", args)] if wanted is None else [])
            assert all("not valid JSON" in str(one) for one in found.invalid_tool_calls)
