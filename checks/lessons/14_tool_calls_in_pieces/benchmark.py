"""What the answers of lesson 14 cost for each piece that they get."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

from langchain_core.messages.tool import ToolCall, ToolCallChunk, tool_call, tool_call_chunk
from langchain_core.tools import tool

from benchmarks.streaming import drain

PASS_THROUGH = ("stream_json_items", "tool_progress")
"""What promises to hold no more than an open element, or the calls that are running."""


def runs(answers: Any) -> dict[str, Callable[[int], object]]:
    """Return for each task a function that sends a number of pieces through it.

    Args:
        answers: the module with the answers.
    """
    return {
        "accumulate_tool_calls": lambda n: answers.accumulate_tool_calls(deltas(n)),
        "finalize_tool_calls": lambda n: answers.finalize_tool_calls(raw_calls(n)),
        "parse_partial": lambda n: answers.parse_partial(beginning(n)),
        "stream_json_items": lambda n: drain(answers.stream_json_items(items(n), "items")),
        "tool_progress": lambda n: drain(answers.tool_progress(events(n))),
        "run_tools": lambda n: asyncio.run(answers.run_tools(calls(n), {"echo": echo})),
    }


def deltas(count: int) -> Iterator[ToolCallChunk]:
    """Give the pieces of two calls, in turns."""
    for number in range(count):
        index, first = number % 2, number < 2
        name, call_id = ("search", f"call_{index}") if first else (None, None)
        yield tool_call_chunk(name=name, id=call_id, args='"text ', index=index)


def raw_calls(count: int) -> Iterator[dict[str, str]]:
    """Give calls, one for each ten pieces, of which one in four was cut off."""
    whole, cut = '{"query": "refunds", "limit": 5}', '{"query": "ref'
    for number in range(count // 10):
        yield {"id": str(number), "name": "search", "args": cut if number % 4 == 0 else whole}


def beginning(count: int) -> str:
    """Return the beginning of a JSON text of so many entries, the last one cut off."""
    return '{"items": ' + json.dumps([{"n": 1, "text": "a\n"}] * (count // 2))[:-4]


def items(count: int) -> Iterator[str]:
    """Give the tokens of a list, five for each of its elements."""
    yield '{"items": ['
    for number in range(count // 5):
        yield from (", " if number else "", '{"tit', 'le": "a ', '}", "n": ', "1}")
    yield "]}"


def events(count: int) -> Iterator[dict[str, str]]:
    """Give the events of one call after the other, four for each."""
    for number in range(count // 4):
        known = {"id": str(number)}
        yield {"type": "tool_start", "name": "search", **known}
        yield {"type": "tool_arguments", "piece": '{"query": "ref', **known}
        yield {"type": "tool_arguments", "piece": 'unds"}', **known}
        yield {"type": "tool_end", **known}


def calls(count: int) -> list[ToolCall]:
    """Return calls of a tool that answers at once, one for each hundred pieces."""
    return [
        tool_call(name="echo", args={"word": "a"}, id=str(number)) for number in range(count // 100)
    ]


@tool
async def echo(word: str) -> str:
    """Say a word again."""
    return word
