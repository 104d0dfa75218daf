"""What is sent through the reference solutions of lesson 06 to measure them.

The loop is measured in conversations of one round with `CALLS` calls each: each round of an agent
sends the whole conversation again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from langchain_core.messages import AIMessage
from langchain_core.tools import BaseTool, InjectedToolArg, StructuredTool

from course.fakes.chat_models import ScriptedChatModel
from course.fakes.script import Reply, ToolCall

CALLS = 50
"""Calls in one message of a model."""

PASS_THROUGH: tuple[str, ...] = ()
"""The tasks that promise constant memory."""


def search(word: str) -> str:
    """Look something up."""
    return word


def search_for(word: str, user_id: Annotated[str, InjectedToolArg]) -> str:
    """Look something up for somebody."""
    return f"{word} {user_id}"


TOOL = StructuredTool.from_function(search)
FOR_USER = StructuredTool.from_function(search_for)
TOOLS: dict[str, BaseTool] = {"search": TOOL}


def runs(answers: Any) -> dict[str, Callable[[int], object]]:
    """Return for each task a function that sends a number of items through it."""

    def call_for_user(count: int) -> None:
        for _ in range(count):
            answers.call_for_user(FOR_USER, a_call("search_for", "a"), "ann")

    def ask_as(count: int) -> None:
        for _ in range(count // CALLS):
            calls = (ToolCall("find_order", {"word": "a"}, id=f"k{n}") for n in range(CALLS))
            model = ScriptedChatModel(replies=[Reply(*calls), "done"])
            answers.ask_as(model, {"ann": ["a"]}, "ann", "a")

    def force_call(count: int) -> None:
        for _ in range(count // CALLS):
            calls = (ToolCall("search", {"word": "a"}, id=f"k{n}") for n in range(CALLS))
            answers.force_call(ScriptedChatModel(replies=[Reply(*calls)]), [TOOL], "search", "a")

    return {
        "allowed_tools": lambda n: answers.allowed_tools([TOOL] * n, "a", {"search": ["a"]}),
        "force_call": force_call,
        "make_orders_tool": lambda n: answers.make_orders_tool({"ann": ["lamp"] * n}, "ann").invoke(
            {"word": "a"}
        ),
        "call_for_user": call_for_user,
        "make_lookup_tool": lambda n: answers.make_lookup_tool(
            lambda query: [{"title": "a"}] * n
        ).invoke(a_call("lookup", "a", "query")),
        "run_with_approval": lambda n: answers.run_with_approval(
            AIMessage("", tool_calls=[a_call("search", "a")] * n),
            TOOLS,
            {"search"},
            lambda call: True,
        ),
        "ask_as": ask_as,
    }


def a_call(name: str, value: str, argument: str = "word") -> dict[str, Any]:
    """A call as a model makes it."""
    return {"name": name, "args": {argument: value}, "id": "k1", "type": "tool_call"}
