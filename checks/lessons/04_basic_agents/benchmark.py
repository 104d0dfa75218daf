"""What is sent through the reference solutions of lesson 04 to measure them.

Each round of an agent sends the whole conversation again, so the cost of many rounds grows with
their square, for every right answer. The loops are therefore measured in conversations of one round
with `CALLS` calls each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import BaseTool, StructuredTool

from course.fakes.chat_models import ScriptedChatModel
from course.fakes.script import Reply, ToolCall

CALLS = 50
"""Calls in one message of a model."""

PASS_THROUGH: tuple[str, ...] = ()
"""The tasks that promise constant memory."""


def search(query: str) -> str:
    """Look something up."""
    return query


TOOL = StructuredTool.from_function(search)
TOOLS: dict[str, BaseTool] = {"search": TOOL}


def runs(answers: Any) -> dict[str, Callable[[int], object]]:
    """Return for each task a function that sends a number of calls through it."""

    def wants_tools(count: int) -> None:
        message = asking(1)
        for _ in range(count):
            answers.wants_tools(message)

    def conversations(ask: Callable[[ScriptedChatModel], object]) -> Callable[[int], None]:
        def run(count: int) -> None:
            for _ in range(count // CALLS):
                ask(ScriptedChatModel(replies=[looking(), "done"]))

        return run

    return {
        "wants_tools": wants_tools,
        "final_answer": lambda n: answers.final_answer([*[asking(1)] * n, AIMessage("done")]),
        "run_calls": lambda n: answers.run_calls(asking(n), TOOLS),
        "agent_turn": conversations(
            lambda model: answers.agent_turn(model, TOOLS, [HumanMessage("a")])
        ),
        "run_agent": conversations(lambda model: answers.run_agent(model, TOOLS, "a")),
        "agent_steps": conversations(lambda model: list(answers.agent_steps(model, TOOLS, "a"))),
        "ask_ready_made": conversations(
            lambda model: answers.ask_ready_made(model, [TOOL], "b", "a")
        ),
    }


def looking() -> Reply:
    """A reply that makes calls."""
    return Reply(*(ToolCall("search", {"query": "a"}, id=f"k{n}") for n in range(CALLS)))


def asking(count: int) -> AIMessage:
    """A message that makes calls."""
    calls = [
        {"name": "search", "args": {"query": "a"}, "id": f"k{n}", "type": "tool_call"}
        for n in range(count)
    ]
    return AIMessage("", tool_calls=calls)
