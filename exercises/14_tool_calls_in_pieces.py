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
    """Put the pieces of tool calls together: each delta is one.

    * A delta belongs to the latest call with its `index`: a name, not a position.
    * If that call has another `id`, a new one begins.
    * Without an index, the `id` finds the call; without both, take the one before.
    * Join the pieces of `args`; a dict becomes JSON.
    * The first `id` counts; a repeated `name` adds nothing.
    * A different `name` is its next piece, before any `args`.
    * None, "", and "null" as an `id` or a `name`, say nothing.

    >>> first = {"index": 0, "id": "a", "name": "weather", "args": '{"city": '}
    >>> more = {"index": 0, "id": None, "name": None, "args": '"Rome"}'}
    >>> accumulate_tool_calls([first, more])
    [{'id': 'a', 'name': 'weather', 'args': '{"city": "Rome"}'}]

    Fine print:
    A model writes its calls piece by piece, sometimes several at once. Each delta is a dict as in
    `chunk.tool_call_chunks`, with the keys `index`, `id`, `name` and `args`. Any of the values may
    be None, and some servers turn JSON's null into a string. The deltas are not changed. An error
    of `deltas` passes through.

    Which call does a delta belong to?

    * A new call begins at a different id only if the delta and the call both have one: some models
      count wrongly.
    * Only without an index does an id find a call. "The one before" is the call of the delta before
      this one.
    * If there is no such call yet, the delta begins one.
    * The first index may be 1, and some may be missing.
    * Up to you: a delta with neither before the first call, and two calls that have the same id.

    What happens to the values?

    * `id`: the first one that says something counts. Some models repeat it in every delta.
    * `name`: so does the first name. Some models repeat it, too: repeated is a name that equals the
      whole name so far. Others cut it into pieces: a different name is joined to it, but only if no
      earlier delta has brought args of this call. After that it is ignored.
    * `args`: the pieces are joined in their order. Some servers send the arguments not as a string
      but as a dict, in one delta: then the text is what `json.dumps` makes of it. (Up to you: "" or
      "{}" for an empty dict, and what happens to other args of that call, or to later names.)

    Returns:
        The calls, in the order in which they began. They were not checked in any way.
    """
    raise NotImplementedError("Task 1 of 6: accumulate_tool_calls")


def finalize_tool_calls(
    calls: Iterable[RawToolCall],
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """Read the arguments of calls that have ended, and tell the valid from the invalid ones.

    * A call is valid if its arguments are a whole JSON object, which becomes a dict.
    * The empty text, "", stands for no arguments, `{}`.
    * Text that breaks off is invalid; nothing is repaired.
    * So is other text, and JSON that is not an object.
    * Nothing is raised, whatever a model may have written.
    * Both lists are in the order of `calls`.
    * Names and ids are passed on unread.

    >>> whole = {"id": "a", "name": "weather", "args": '{"city": "Rome"}'}
    >>> cut = {"id": "b", "name": "weather", "args": '{"city": "Os'}
    >>> valid, invalid = finalize_tool_calls([whole, cut])
    >>> valid[0]["args"], invalid[0]["args"]
    ({'city': 'Rome'}, '{"city": "Os')

    Fine print:
    A call that was cut off may look like a different one: that is why nothing is repaired. The
    calls are not changed.

    Returns:
        The valid calls, made with `tool_call(name=..., args=..., id=...)`, where `args` is a dict.
        And the invalid ones, made with `invalid_tool_call(name=..., args=..., id=..., error=...)`,
        where `args` is the text as it was, and `error` says what is wrong in your own words.
    """
    raise NotImplementedError("Task 2 of 6: finalize_tool_calls")


def parse_partial(text: str) -> object:
    r"""Read a JSON text of which only the beginning has arrived.

    * Show an object, a list or a string from its first character on, as far as it has arrived.
    * Show a number when another character proves it complete; `true`, `false` and `null` when they
      are whole.
    * Show no key before its value.
    * Hold back half of an escape at the end of an open string.
    * Never take back what was shown.
    * A whole text gives what `json.loads` gives.
    * Raise ValueError if nothing that `json.loads` can read begins like this.

    >>> parse_partial('{"city": "Ro')
    {'city': 'Ro'}

    Fine print:
    * The text is read again after each piece, so that a person can watch the value grow. A string
      may get longer, a list or an object may get more entries, and nothing else changes.
    * Half of an escape: `\`, `\u00e`, and, before it or alone, `\ud83d`, the first half of a
      character that takes two escapes.
    * The other character may be a space. Without it, 2 may become 25, or 2.5.
    * A whole text may have whitespace around it. (A text that is nothing but a number may always
      continue. What it gives is up to you.)
    * ValueError is raised only if nothing can be read whatever comes next.

    Returns:
        The value so far; None while there is nothing to show (and for a whole `null`).
    """
    raise NotImplementedError("Task 3 of 6: parse_partial")


def stream_json_items(tokens: Iterable[str], key: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield the elements of a JSON array, each as soon as it is whole.

    `tokens` are the pieces of one JSON text, cut anywhere.

    * Yield each object, in order, read by `json.loads`.
    * Yield it before another token is pulled.
    * Brackets and quotation marks inside strings are text.
    * With a `key`, the array is its value, anywhere in the text.
    * When the array closes, pull nothing more.
    * Be lazy, and close `tokens` in every case.
    * Raise ValueError if an element is not JSON, the array breaks off, or there is none.

    >>> list(stream_json_items(['[{"city": "Ro', 'me"}, {"ci', 'ty": "Oslo"}]']))
    [{'city': 'Rome'}, {'city': 'Oslo'}]

    Fine print:
    * The key may be at any depth, and it may be written with escapes. If there are several such
      arrays, the one that opens first is meant. The key itself may also turn up where it is not the
      key of an array: in a string, or with another value.
    * Without a key, the text is an array of objects.
    * An object is whole when its closing bracket has arrived. One token may complete several.
    * `tokens` is closed also when the caller stops in the middle. An error of `tokens` passes
      through as it is.
    * Elements that are not JSON: `{"a" 1}` or `oops`, for example. Up to you: elements that are
      JSON but not objects, and wrong commas between elements.
    * The array breaks off if the tokens end before it does. Without a key, there is no array if the
      text is anything else.
    * How early you raise ValueError is up to you, but what was whole before is yielded first.
    """
    raise NotImplementedError("Task 4 of 6: stream_json_items")
    yield  # makes this a generator; delete this line with the one above


def tool_progress(
    events: Iterable[ToolEvent], parse: Callable[[str], object] = parse_partial
) -> Iterator[str]:
    """Report in lines of text what the calls of tools are doing.

    * A call has a line when it starts and when it ends: `search (call_1): started`, then `done` or
      `failed (TimeoutError)`.
    * In between, show what `parse` reads in all its pieces so far: `key=value`.
    * Give no line if there is nothing more to see.
    * Keep calls apart by their ids.
    * Raise ValueError for a call that has not started, or is over.
    * Yield each line before the next event is pulled; close `events` in every case.

    >>> events = [
    ...     {"type": "tool_start", "id": "a", "name": "weather"},
    ...     {"type": "tool_arguments", "id": "a", "piece": '{"city": "Ro'},
    ...     {"type": "tool_arguments", "id": "a", "piece": 'me"}'},
    ... ]
    >>> list(tool_progress(events))
    ['weather (a): started', "weather (a): city='Ro'", "weather (a): city='Rome'"]

    Fine print:
    * A line begins with the name of the tool and the id of the call. A tool may be called several
      times at once.
    * `started` comes at a `tool_start`, `done` at a `tool_end`, and `failed (...)` at a
      `tool_error`, which is an end as well: `search (call_1): failed (TimeoutError)`.
    * A line of arguments, at a `tool_arguments`: `search (call_1): query='refu', limit=5`. Join all
      pieces of this call so far, let `parse` read them, and show the `repr` of each value.
    * There is nothing more to see if `parse` gives anything but a dict (nothing is there yet), if
      the dict is empty, if it equals (`==`) the one that was shown last for this call, and if
      `parse` raises ValueError (the model writes nonsense; the code that runs the tools will say
      so). `parse` gives a new value each time.
    * An error of `events`, or any other one of `parse`, passes through as it is.
    * ValueError comes at any event but `tool_start`. (What happens at a second `tool_start` with
      the same id is up to you.)
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

    * `await registry[name].ainvoke(call)` gives the message of a call.
    * Up to `limit` run at the same time; when one ends, the next starts.
    * The messages come in the order of `calls`.
    * A call that fails gets a message with `status="error"`; the others are not disturbed.
    * So does one that takes more than `timeout` seconds, not counting its wait.
    * When you are cancelled, stop all that is running.
    * Raise ValueError if `limit` is less than 1.

    >>> call = {"type": "tool_call", "id": "a", "name": "weather", "args": {"city": "Rome"}}
    >>> unknown = {"type": "tool_call", "id": "b", "name": "sing", "args": {}}
    >>> messages = await run_tools([call, unknown], {"weather": weather})
    >>> [(message.tool_call_id, message.status) for message in messages]
    [('a', 'success'), ('b', 'error')]

    Fine print:
    * Every call is as `tool_call(...)` makes it, and has an `id`.
    * `ainvoke` also runs tools that are plain functions, in a thread, so that the event loop keeps
      going.
    * A call fails if its name is not in `registry`, or if its tool raises an `Exception`. The
      message of one that fails, or takes too long, is a `ToolMessage` with its `tool_call_id`. What
      it says is up to you, but it must say something.
    * A `timeout` of None is no limit. The time of a call begins when it starts to run. (A tool that
      takes exactly `timeout` seconds may be in time or late: with a timeout of 0, one that takes no
      time.)
    * The cancellation passes through when everything that was running has ended. (What happens
      with a tool that ignores being cancelled, or raises CancelledError by itself, is up to you.)
    * No calls: no messages. The calls and the registry are not changed.
    """
    raise NotImplementedError("Task 6 of 6: run_tools")
