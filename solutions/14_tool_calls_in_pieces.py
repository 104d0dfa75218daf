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

    def said(word: str | None) -> str:
        return word if word and word != "null" else ""

    calls: list[RawToolCall] = []
    pieces: list[list[str]] = []
    latest: dict[int | str | None, int] = {}  # the call with an index, with an id, or before
    for delta in deltas:
        index, id_ = delta["index"], said(delta["id"]) or None
        name = said(delta["name"])
        args: Any = delta["args"]  # a text, as its type says, or a dict
        number = latest.get(index if index is not None else id_, len(calls))
        if number < len(calls) and id_ and calls[number]["id"] not in ("", id_):
            number = len(calls)
        if number == len(calls):
            calls.append({"id": "", "name": "", "args": ""})
            pieces.append([])
        call = calls[number]
        call["id"] = call["id"] or id_ or ""
        if not call["name"] or (name != call["name"] and not pieces[number]):
            call["name"] += name
        if args:
            pieces[number].append(json.dumps(args) if isinstance(args, dict) else args)
        latest.update(dict.fromkeys((index, id_, None), number))
    for call, parts in zip(calls, pieces, strict=True):
        call["args"] = "".join(parts)
    return calls


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
    valid: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for call in calls:
        name, text, id_ = call["name"], call["args"], call["id"]
        try:
            args = json.loads(text or "{}")
            if not isinstance(args, dict):
                raise ValueError("the arguments are no JSON object")
        except (ValueError, RecursionError) as error:
            invalid.append(invalid_tool_call(name=name, args=text, id=id_, error=str(error)))
        else:
            valid.append(tool_call(name=name, args=args, id=id_))
    return valid, invalid


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
    top: list[Any] = []
    path: list[Any] = [top]  # what is open, the innermost last
    values = {"{", "[", "string", "word"}
    key, wanted = "", values

    def put(value: Any) -> None:
        if isinstance(path[-1], dict):
            path[-1][key] = value
        else:
            path[-1].append(value)

    for token in TOKEN.finditer(text):
        word = token["word"]
        kind = token["mark"] or ("word" if word else "key" if "key" in wanted else "string")
        if kind not in wanted:
            raise ValueError(f"{token[0]!r} cannot stand at {token.start()}")
        match kind:
            case ":":
                wanted = values
                continue
            case ",":
                wanted = {"key"} if isinstance(path[-1], dict) else values
                continue
            case "key":
                key, wanted = json.loads(f'"{token["text"]}"'), {":"}
                continue
            case "{" | "[":
                opened: Any = {} if kind == "{" else []
                put(opened)
                path.append(opened)
                wanted = {"key", "}"} if kind == "{" else {*values, "]"}
                continue
            case "}" | "]":
                path.pop()
            case "string":
                string = json.loads(f'"{token["text"]}"')
                if token["end"] != '"' and "\ud800" <= string[-1:] <= "\udbff":
                    string = string[:-1]  # its second half may still come
                put(string)
            case _ if word in LITERALS:
                put(LITERALS[word])
            case _ if token.end() == len(text) and may_go_on(word):
                break
            case _ if NUMBER.fullmatch(word):
                put(json.loads(word))
            case _:
                raise ValueError(f"{word!r} is no JSON")
        wanted = {",", "}" if isinstance(path[-1], dict) else "]"} if path[1:] else set()
    return top[0] if top else None


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
    text: list[str] = []  # the open element; before the array, the last string
    label = ""  # the key of the value that comes next, with its quotation marks
    begun = quoted = escaped = False
    depth = 0  # how many brackets of the element are open
    try:
        for character in chain.from_iterable(tokens):
            if quoted:
                text.append(character)
                quoted = escaped or character != '"'
                escaped = character == "\\" and not escaped
            elif begun and depth == 0:
                if character == "]":
                    return
                if character == "{":
                    text, depth = [character], 1
                elif character != "," and not character.isspace():
                    raise ValueError(f"no object begins with {character!r}")
            elif begun:
                text.append(character)
                quoted = character == '"'
                depth += (character in "{[") - (character in "}]")
                if depth == 0:
                    yield json.loads("".join(text))
            elif key is None and character != "[" and not character.isspace():
                raise ValueError("the text is not an array")
            elif character == '"':
                text, quoted = [character], True
            elif character == ":":
                label = "".join(text)
            elif character == "[":
                begun = key is None or (label != "" and json.loads(label) == key)
            elif not character.isspace():
                label = ""
        raise ValueError("the text ends before the array does")
    finally:
        close_source(tokens)


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
    running: dict[str, RawToolCall] = {}
    shown: dict[str, object] = {}
    try:
        for event in events:
            id_ = event["id"]
            if event["type"] == "tool_start":
                running[id_] = {"id": id_, "name": event["name"], "args": ""}
                shown[id_] = None
                yield f"{event['name']} ({id_}): started"
                continue
            if id_ not in running:
                raise ValueError(f"the call {id_} has not started, or it is over")
            call = running[id_]
            label = f"{call['name']} ({call['id']})"
            if event["type"] == "tool_arguments":
                call["args"] += event["piece"]
                args: object = None
                with suppress(ValueError):
                    args = parse(call["args"])
                if isinstance(args, dict) and args and args != shown[id_]:
                    shown[id_] = args
                    yield f"{label}: " + ", ".join(f"{k}={v!r}" for k, v in args.items())
            elif event["type"] == "tool_end":
                del running[id_], shown[id_]
                yield f"{label}: done"
            elif event["type"] == "tool_error":
                del running[id_], shown[id_]
                yield f"{label}: failed ({event['error']})"
            else:
                assert_never(event)
    finally:
        close_source(events)


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
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    free = asyncio.Semaphore(limit)

    async def run(call: ToolCall) -> ToolMessage:
        failed = functools.partial(
            ToolMessage, tool_call_id=call["id"], name=call["name"], status="error"
        )
        if call["name"] not in registry:
            return failed("there is no tool of this name")
        async with free:
            try:
                async with asyncio.timeout(timeout):
                    message: ToolMessage = await registry[call["name"]].ainvoke(call)
                    return message
            except TimeoutError:
                return failed("the tool took too long")
            except Exception as error:
                return failed(f"{type(error).__name__}: {error}")

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(call)) for call in calls]
    return [task.result() for task in tasks]
