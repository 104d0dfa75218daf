"""Lesson 14: Tool Calls in Pieces.

Six tasks, from the pieces of a tool call to the results of the tools. Each docstring is the
contract: what it promises is what the tests check. Two rules hold throughout the lesson.

* Show early, act late. What has arrived may be shown at once, if none of it has to be taken back.
  What is acted on is whole, and was read strictly.
* A stream is lazy, and it is closed. A generator asks its source for nothing until somebody asks
  for the first item, never for more than the next item needs, and closes it in every case.

JSON is what `json.loads` reads. It is up to you what happens with `NaN` and `Infinity`, which it
reads although they are not JSON; with the same key twice; and (except in `finalize_tool_calls`)
with integers of more than 4,300 digits, and with values nested too deeply for `json.loads` or
`repr`. What a docstring leaves open is not graded. The imports are for convenience: use those that
you need.
"""

from __future__ import annotations

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-14. Try it: make play-14. Own code below? See line 20.")

import asyncio
import functools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any, Literal, TypedDict, assert_never

from langchain_core.messages import InvalidToolCall, ToolCall, ToolCallChunk, ToolMessage
from langchain_core.messages.tool import invalid_tool_call, tool_call
from langchain_core.tools import BaseTool

# Given: nothing to do here except use it.


class RawToolCall(TypedDict):
    """A tool call whose pieces have been put together, but not read yet.

    All three are strings, "" if nothing came. `args` should be a JSON object, but nobody has
    checked.
    """

    id: str
    name: str
    args: str


class ToolStart(TypedDict):
    """The model has begun to write a call of the tool `name`."""

    type: Literal["tool_start"]
    id: str
    name: str


class ToolArguments(TypedDict):
    """Another piece of the JSON text of the arguments of a call."""

    type: Literal["tool_arguments"]
    id: str
    piece: str


class ToolEnd(TypedDict):
    """The tool has run, and all went well."""

    type: Literal["tool_end"]
    id: str


class ToolError(TypedDict):
    """The call failed. `error` is the name of an exception's class."""

    type: Literal["tool_error"]
    id: str
    error: str


ToolEvent = ToolStart | ToolArguments | ToolEnd | ToolError

TOKEN = re.compile(
    r"""
      (?P<mark> [{}\[\],:] )
    | " (?P<text> (?: [^"\\\x00-\x1f] | \\ (?: ["\\/bfnrt] | u[0-9a-fA-F]{4} ) )*+ )
        (?P<end> " | (?: \\ (?: u[0-9a-fA-F]{0,3} )? )? \Z )
    | (?P<word> [^ \t\n\r{}\[\],:]+ )
    """,
    re.VERBOSE,
)
"""One token of a JSON text: a mark, a string, or a word; whitespace is between tokens.

The text may end in the middle of a string. Then `end` is not a quotation mark, and `text` is what
has come, without the half of an escape at its end. A word is a number, `true`, `false` or `null`,
the beginning of one of these, or nonsense.
"""

NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
"""A whole number, in the sense that no part of it is missing."""

LITERALS = {"true": True, "false": False, "null": None}


def may_go_on(word: str) -> bool:
    """Whether `word` is the beginning of a number or of a literal, or a whole one."""
    numbers = any(NUMBER.fullmatch(word + more) for more in ("", "0"))
    return numbers or any(literal.startswith(word) for literal in LITERALS)


def close_source(source: object) -> None:
    """Close `source` if it can be closed: a generator can, a list cannot."""
    close = getattr(source, "close", None)
    if close is not None:
        close()


# Your part.


def accumulate_tool_calls(deltas: Iterable[ToolCallChunk]) -> list[RawToolCall]:
    """Put the pieces of tool calls together.

    A model writes its calls piece by piece, sometimes several calls at once. Each delta is a dict
    as in `chunk.tool_call_chunks`, with the keys `index`, `id`, `name` and `args`. Any of the
    values may be None. An empty id, name or args says as little as None, and so does "null" as an
    id or a name: some servers turn JSON's null into a string.

    Which call does a delta belong to?

    * If it has an `index`: the latest call with this index. But if it also has an `id`, and that
      call already has a different one, a new call begins: some models count wrongly.
    * If it has no index, but an `id`: the call with this id. (Only then does an id find a call.)
    * If it has neither: the same call as the delta before it.
    * If there is no such call yet, the delta begins one.

    Up to you: a delta with neither before the first call, and two calls that have the same id.

    An index is a name, not a position in a list: the first one may be 1, and some may be missing.

    What happens to the values?

    * `id`: the first one that says something counts. Some models repeat it in every delta.
    * `name`: the first one that says something counts. Some models repeat it, too: a name that
      equals the whole name so far adds nothing. Others cut it into pieces: a different name is the
      next piece and is joined to it, but only if no earlier delta has brought args of this call.
      After that it is ignored.
    * `args`: all pieces are joined in their order. Some servers send the arguments not as a string
      but as a dict, in one delta: then the text is what `json.dumps` makes of it. (Up to you: "" or
      "{}" for an empty dict, and what happens to other args of that call, or to later names.)

    The deltas are not changed. An error of `deltas` passes through.

    Returns:
        The calls, in the order in which they began. They were not checked in any way.
    """
    raise NotImplementedError("Task 1 of 6: accumulate_tool_calls")


def finalize_tool_calls(
    calls: Iterable[RawToolCall],
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """Read the arguments of calls that have ended, and tell the valid from the invalid ones.

    The arguments of a valid call are a whole JSON object. The empty text, "", stands for no
    arguments, `{}`. Everything else is invalid: text that breaks off, other text, JSON that is not
    an object. Nothing is repaired: a call that was cut off may look like a different one. And
    nothing is raised, whatever a model may have written. Names and ids are passed on unread. The
    calls are not changed.

    Returns:
        The valid calls, made with `tool_call(name=..., args=..., id=...)`, where `args` is a dict.
        And the invalid ones, made with `invalid_tool_call(name=..., args=..., id=..., error=...)`,
        where `args` is the text as it was, and `error` says what is wrong in your own words. Both
        are in the order of `calls`.
    """
    raise NotImplementedError("Task 2 of 6: finalize_tool_calls")


def parse_partial(text: str) -> object:
    r"""Read a JSON text of which only the beginning has arrived.

    It is read again after each piece, so that a person can watch the value grow. What was shown is
    never taken back: a string may get longer, a list or an object may get more entries, and nothing
    else changes.

    * An object or a list is shown from its opening bracket on, a string from its quotation mark on,
      as far as it has arrived.
    * Held back at the end of an open string: half of an escape (`\`, `\u00e`), and, before it or
      alone, `\ud83d`, the first half of a character that takes two escapes.
    * A number is not shown before another character, such as a space, proves that it is complete: 2
      may become 25, or 2.5. `true`, `false` and `null` are shown when they are whole.
    * A key is not shown before its value is.
    * A whole text gives what `json.loads` gives, with or without whitespace around it. (A text that
      is nothing but a number may always continue. What it gives is up to you.)

    Returns:
        The value so far; None while there is nothing to show (and for a whole `null`).

    Raises:
        ValueError: if nothing that `json.loads` can read begins like this, whatever comes next.
    """
    raise NotImplementedError("Task 3 of 6: parse_partial")


def stream_json_items(tokens: Iterable[str], key: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield the elements of a JSON array, each as soon as it is whole.

    `tokens` are the pieces of one JSON text, cut anywhere. Without a `key`, the text is an array of
    objects. With one, such an array is somewhere in the text, at any depth, as the value of this
    key, which may be written with escapes; if there are several, the one that opens first is meant.
    The key itself may also turn up where it is not the key of an array: in a string, or with
    another value.

    * Yield each object of the array, in order, read by `json.loads`. It is whole when its closing
      bracket has arrived: yield it then, before the next token is pulled. One token may complete
      several of them.
    * Brackets and quotation marks inside strings are text.
    * When the array closes, it is over: whatever follows is not pulled.
    * Close `tokens` in every case, also when the caller stops in the middle. Let an error of
      `tokens` pass through as it is.

    Up to you: elements that are JSON but not objects, and wrong commas between elements.

    Raises:
        ValueError: if an element is not JSON, such as `{"a" 1}` or `oops`; if the tokens end before
        the array does; and if there is no such array: without a key, if the text is anything else.
        (How early you say so is up to you.) What was whole before that is yielded first.
    """
    raise NotImplementedError("Task 4 of 6: stream_json_items")
    yield  # makes this a generator; delete this line with the one above


def tool_progress(
    events: Iterable[ToolEvent], parse: Callable[[str], object] = parse_partial
) -> Iterator[str]:
    """Report in lines of text what the calls of tools are doing.

    Each call has an `id`; a tool may be called several times at once. A line begins with the name
    of the tool and the id of the call, and continues as follows:

    * `search (call_1): started` at its `tool_start`;
    * `search (call_1): query='refu', limit=5` at a `tool_arguments`, if there is more to see than
      before. Join all pieces of this call so far, let `parse` read them, and show each argument as
      `key=value`, with the `repr` of its value;
    * `search (call_1): done` at its `tool_end`;
    * `search (call_1): failed (TimeoutError)` at its `tool_error`, which is an end as well.

    Pieces give no line if `parse` gives anything but a dict (nothing is there yet), if the dict is
    empty, if it equals (`==`) the one that was shown last for this call, and if `parse` raises
    ValueError (the model writes nonsense; the code that runs the tools will say so). `parse` gives
    a new value each time.

    Yield each line before the next event is pulled. Close `events` in every case, and let an error
    of `events`, or any other one of `parse`, pass through as it is.

    Raises:
        ValueError: at any event but `tool_start`, if its call has not started or is over. (What
        happens at a second `tool_start` with the same id is up to you.)
    """
    raise NotImplementedError("Task 5 of 6: tool_progress")
    yield  # makes this a generator; delete this line with the one above


async def run_tools(
    calls: Sequence[ToolCall],
    registry: Mapping[str, BaseTool],
    limit: int = 4,
    timeout: float | None = None,
) -> list[ToolMessage]:
    """Run the tools that a model has called, several at once, and answer each call.

    Every call is as `tool_call(...)` makes it, and has an `id`.

    * `await registry[name].ainvoke(call)` runs a call; it gives a `ToolMessage` with the result. It
      also runs tools that are plain functions, in a thread, so that the event loop keeps going.
    * Up to `limit` of them run at the same time. As soon as one ends, the next one starts.
    * The messages come in the order of `calls`, whichever tool ends first.
    * Each call gets its message. If its name is not in `registry`, if its tool raises an
      `Exception`, or if it runs for more than `timeout` seconds (None: no limit), the message is a
      `ToolMessage` with the `tool_call_id` of the call and `status="error"`. What it says is up to
      you, but it must say something. The other calls are not disturbed. (A tool that takes exactly
      `timeout` seconds may be in time or late: with a timeout of 0, one that takes no time.)
    * The time of a call begins when it starts to run, not while it waits for its turn.
    * When you are cancelled, everything that is still running is stopped; when all of it has ended,
      the cancellation passes through. (What happens with a tool that ignores being cancelled, or
      raises CancelledError by itself, is up to you.)
    * No calls: no messages. The calls and the registry are not changed.

    Raises:
        ValueError: if `limit` is less than 1.
    """
    raise NotImplementedError("Task 6 of 6: run_tools")
