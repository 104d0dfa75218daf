"""Lesson 13: Events.

Seven tasks around one stream of typed events: name what happens, show it, keep it, check it. Each
docstring is the contract: what it promises is what the tests check. What it leaves open is not
graded.

There are two kinds of events here. A `RawEvent` is what LangChain reports about a run, in the form
of `astream_events(..., version="v2")`. A `StreamEvent` is what a page gets to see: a small dict
that can be written as JSON, whose "type" says which other keys it has. `normalize_event` turns the
first kind into the second; all other tasks except `filter_events` and `emit_progress` take the
second.

Three rules hold for all of them.

* An event is read, never changed.
* A type that nobody knows today is not an error. Tomorrow's server may send it, and such an event
  is a dict with a "type" and any other keys.
* A generator is lazy: it pulls an event only when the next one is requested, and passes an event
  on before it pulls another. Once started, it closes its source when it is done: at the end, after
  an error, and when the caller stops in the middle.
"""

from __future__ import annotations

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-13. Try it: make play-13. Own code below? See line 25.")

import json
from base64 import b64decode
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, TypedDict, assert_never

from langchain_core.callbacks import adispatch_custom_event

# Given. There is nothing to do here, but use it.

RawEvent = Mapping[str, Any]
"""One event of `astream_events(..., version="v2")`. Its keys: "event" (the kind), "name", "run_id",
"parent_ids" (the runs around this one, the outermost first; empty for the root), "tags", "data" and
"metadata"."""

Kind = Literal["text", "image", "audio"]


class PartStartEvent(TypedDict):
    """A part of the answer starts: a text, an image or a sound."""

    type: Literal["part_start"]
    id: str
    kind: Kind


class PartDeltaEvent(TypedDict):
    """The next piece of a part: text, or a piece of the base64 text of an image or a sound."""

    type: Literal["part_delta"]
    id: str
    kind: Kind
    data: str


class PartEndEvent(TypedDict):
    """A part is complete."""

    type: Literal["part_end"]
    id: str


class ToolStartEvent(TypedDict):
    """A tool is running. One tool may run several times at once: each run has its own id."""

    type: Literal["tool_start"]
    id: str
    name: str


class ToolEndEvent(TypedDict):
    """A tool is done."""

    type: Literal["tool_end"]
    id: str


class ToolErrorEvent(TypedDict):
    """A tool has failed. This is also an end. The message is for the user."""

    type: Literal["tool_error"]
    id: str
    message: str


class RetrievalStartEvent(TypedDict):
    """A search for documents starts."""

    type: Literal["retrieval_start"]
    id: str
    query: str


class RetrievalEndEvent(TypedDict):
    """A search is done. The event holds the titles of what it found."""

    type: Literal["retrieval_end"]
    id: str
    titles: list[str]


class ProgressEvent(TypedDict):
    """Something that a step reports about itself; see `emit_progress`."""

    type: Literal["progress"]
    name: str
    data: dict[str, Any]


class CompleteEvent(TypedDict):
    """The last event of a run that went well."""

    type: Literal["complete"]


class ErrorEvent(TypedDict):
    """The last event of a run that failed. The message is for the user."""

    type: Literal["error"]
    message: str


StreamEvent = (
    PartStartEvent
    | PartDeltaEvent
    | PartEndEvent
    | ToolStartEvent
    | ToolEndEvent
    | ToolErrorEvent
    | RetrievalStartEvent
    | RetrievalEndEvent
    | ProgressEvent
    | CompleteEvent
    | ErrorEvent
)
"""All that can happen. "complete" and "error" are the terminal events: nothing comes after them."""


class ToolState(TypedDict):
    """What is known about one run of a tool."""

    name: str
    state: Literal["running", "done", "failed"]


class State(TypedDict):
    """What a page shows, kept by `fold_events`.

    Keys: status: what is going on. texts: the text of each text part so far, by its id, in the
        order in which they started. documents: the titles of the documents that were found, in
        order. tools: each run of a tool, by its id. done: whether a terminal event has come.
    """

    status: Literal["waiting", "searching", "writing", "complete", "failed"]
    texts: dict[str, str]
    documents: list[str]
    tools: dict[str, ToolState]
    done: bool


def new_state() -> State:
    """Return what a page shows before the first event."""
    return {"status": "waiting", "texts": {}, "documents": [], "tools": {}, "done": False}


class LifecycleError(ValueError):
    """An event came that is not allowed here, or one is missing."""


class TextPart(TypedDict):
    """A whole text."""

    kind: Literal["text"]
    id: str
    text: str


class MediaPart(TypedDict):
    """A whole image or sound: the bytes of its file."""

    kind: Literal["image", "audio"]
    id: str
    data: bytes


Part = TextPart | MediaPart


def close_source(source: object) -> None:
    """Close `source` if it can be closed. A generator can, a list cannot."""
    close = getattr(source, "close", None)
    if close is not None:
        close()


# Your part.


def render_status(event: StreamEvent) -> str | None:
    """Return the line that tells a person what is going on, or None if there is nothing to say.

    The table below has the exact lines.

    * A search has a line when it starts, and when it ends: "Found 3 documents", "Found 1 document".
    * A part has a line when it starts, and so has a tool.
    * The line of `progress` is its message, if that is a string.
    * In names and messages, whitespace of any kind and length becomes one space.
    * All other types give None, including unknown ones.

    >>> render_status({"type": "retrieval_end", "id": "r", "titles": ["Refund policy"]})
    'Found 1 document'

    Fine print:
    | type | line |
    |---|---|
    | `retrieval_start` | `Searching...` |
    | `retrieval_end` | `Found 3 documents`: the number of titles; `Found 1 document` for one |
    | `part_start` | `Generating...`, whatever the kind |
    | `tool_start` | `Running NAME...` with the tool's name |
    | `progress` | `event["data"]["message"]`, if there is such a key |
    | all others, also `error` and `tool_error`, shown elsewhere | None |

    A line has no line break in it, and no whitespace at either end of a name or a message. If
    nothing is left of a message, the result is None; a name is never empty.
    """
    raise NotImplementedError("Task 1 of 7: render_status")


def normalize_event(raw: RawEvent) -> StreamEvent | None:
    """Translate one LangChain event, or return None if a page does not need it.

    The table below has the details.

    * A model's answer becomes a start, a delta for each chunk with text, and an end.
    * A search becomes a start with its query, and an end with titles.
    * A tool becomes a start with its name, and an end.
    * A failed tool's message hides the exception's own text.
    * A custom event becomes `progress` with its data.
    * The id is always `raw["run_id"]`.
    * All others give None, including unknown ones.

    >>> normalize_event({"event": "on_tool_start", "name": "search", "run_id": "7", "data": {}})
    {'type': 'tool_start', 'id': '7', 'name': 'search'}

    Fine print:
    | `raw["event"]` | becomes | its other keys |
    |---|---|---|
    | `on_chat_model_start` | `part_start` | id, kind: "text" |
    | `on_chat_model_stream` | `part_delta` | id, kind: "text", data: the text of the chunk |
    | `on_chat_model_end` | `part_end` | id |
    | `on_retriever_start` | `retrieval_start` | id, query |
    | `on_retriever_end` | `retrieval_end` | id, titles |
    | `on_tool_start` | `tool_start` | id, name |
    | `on_tool_end` | `tool_end` | id |
    | `on_tool_error` | `tool_error` | id, message |
    | `on_custom_event` | `progress` | name, data: as it is (a dict) |
    | all others, whatever they hold | None | |

    * `raw` is an event of `astream_events(..., version="v2")`.
    * The name is always `raw["name"]`.
    * `raw["data"]["chunk"]` is a message chunk. One without text becomes None: reasoning, a tool
      call, or the last one, which carries only the usage.
    * The query is `raw["data"]["input"]["query"]`. If the retriever itself is the root of the run,
      `raw["data"]["input"]` is the query.
    * `raw["data"]["output"]` is the list of documents that were found. A document's title is its
      metadata's "title", always a string, or "untitled" if that key is missing.
    * The message of a `tool_error` is for the user: the class name of the exception
      `raw["data"]["error"]`, or your own sentence.
    * There is no terminal event among these. The code that reads the run adds it, because a
      failure is not an event: it comes as an exception.
    """
    raise NotImplementedError("Task 2 of 7: normalize_event")


def filter_events(
    events: Iterable[RawEvent],
    names: Collection[str] | None = None,
    tags: Collection[str] | None = None,
    root_only: bool = False,
) -> Iterator[RawEvent]:
    """Yield the raw events that pass every filter, in order and unchanged.

    * `names`: let an event pass if its "name" is one of these.
    * `tags`: let an event pass if at least one of its "tags" is one of these.
    * `root_only`: let only events of the root run pass: those without parents.
    * An event has to pass each of several filters.
    * None means no filter; an empty collection lets nothing through.
    * Be lazy, never read ahead, and close `events` in every case.
    * Let an error in `events` pass through.

    >>> search = {"name": "search", "tags": ["web"], "parent_ids": ["run-1"]}
    >>> answer = {"name": "answer", "tags": [], "parent_ids": ["run-1"]}
    >>> list(filter_events([search, answer], names=["answer"]))
    [{'name': 'answer', 'tags': [], 'parent_ids': ['run-1']}]

    Fine print:
    Names and tags are compared as a whole: "search" is not "search_web". `names` and `tags` are
    never a single string.

    Args:
        events: raw events, such as those of a recorded run.
    """
    raise NotImplementedError("Task 3 of 7: filter_events")
    yield  # makes this a generator; delete this line with the one above


def fold_events(state: State, event: StreamEvent) -> State:
    """Return the state after `event`: a reducer, for `reduce(fold_events, events, new_state())`.

    The table below has the details.

    * A text starts empty, and its deltas are added to it.
    * A search changes the status, and adds its titles to the documents.
    * Each run of a tool is "running" under its id, then "done" or "failed".
    * `complete` and `error` change the status, and `done`.
    * Once it is done, raise ValueError for any event.
    * All others change nothing, including unknown types.
    * It is pure: `state` stays as it was, with everything in it.

    >>> before = new_state()
    >>> after = fold_events(before, {"type": "retrieval_start", "id": "r", "query": "returns"})
    >>> before["status"], after["status"]
    ('waiting', 'searching')

    Fine print:
    | type | what changes |
    |---|---|
    | `part_start` of kind "text" | status "writing"; the part's text is "" |
    | `part_delta` of kind "text" | the data is added to the text of its part |
    | `retrieval_start` | status "searching" |
    | `retrieval_end` | the titles are added to the documents |
    | `tool_start` | a tool of this name is "running" under this id |
    | `tool_end`, `tool_error` | the tool of this id is "done", or "failed" |
    | `complete`, `error` | status "complete", or "failed"; done |
    | all others: other kinds of parts, `part_end`, `progress`, unknown types | nothing |

    The result depends only on the arguments. It may share with `state` what has not changed.

    The order of events is not checked here; that is the job of `check_lifecycle`. So a delta whose
    part has not started begins its text; whether it also changes the status is up to you, as is
    what happens at the end of a tool that never started, or at the start of a part that already has
    some text.
    """
    raise NotImplementedError("Task 4 of 7: fold_events")


def check_lifecycle(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
    """Pass events on, and raise LifecycleError at the first one that is not allowed.

    * `part_start`, `tool_start` and `retrieval_start` open an id, which is used only once.
    * A `part_delta` needs an open part under its id.
    * An end closes an open part, tool or retrieval, as its type says.
    * Exactly one `complete` or `error` comes, and nothing after it.
    * Before `complete`, every id is closed; `error` may come at any time.
    * What is in order, also unknown types, passes unchanged, before the next event is pulled.
    * Close `events` in every case.

    >>> events = check_lifecycle([{"type": "complete"}, {"type": "complete"}])
    >>> next(events)  # The next one would raise a LifecycleError: it comes after the end.
    {'type': 'complete'}

    Fine print:
    * An id must not have been opened before, by any type, even if it is closed by now. Many ids may
      be open at the same time, and they close in any order.
    * The kind of a `part_delta` is not compared here.
    * The ends are `part_end`, `tool_end`, `tool_error` and `retrieval_end`. Each one closes what is
      open under its id.
    * `complete` and `error` are terminal: nothing comes after them, of any type. What was open at
      an `error` stays unfinished.
    * `progress` and unknown types may come at any time before the terminal event.
    * An event that is not in order is never passed on.
    * As said at the top, it is lazy. An error in `events` passes through as it is; a caller that
      stops early does not get an error.

    Raises:
        LifecycleError: at the first event that breaks a rule, or when the events end without a
            terminal one.
    """
    raise NotImplementedError("Task 5 of 7: check_lifecycle")
    yield  # makes this a generator; delete this line with the one above


def collect_parts(events: Iterable[StreamEvent]) -> list[Part]:
    """Put the parts of an answer together from their pieces, and return them.

    * Join the data of a text; the id says which part a piece belongs to.
    * Decode an image or a sound to bytes: its data, joined, is one base64 text, cut anywhere.
    * Parts come in the order in which their ids first appeared.
    * A part without data is "", or b"".
    * Ignore all events except `part_start` and `part_delta`.
    * Raise ValueError if an id comes with two different kinds.
    * Raise ValueError if what should be base64 is not.

    >>> collect_parts([
    ...     {"type": "part_delta", "id": "p", "kind": "text", "data": "It is"},
    ...     {"type": "part_delta", "id": "p", "kind": "text", "data": " free."},
    ... ])
    [{'kind': 'text', 'id': 'p', 'text': 'It is free.'}]

    Fine print:
    * There is one part for each id. Pieces of several parts may be interleaved.
    * A part without data has started, and that is all.
    * Base64 is in the standard alphabet (with `+` and `/`). A piece alone may not be base64.
    * A text is not base64 if it contains other characters, such as whitespace, or has a wrong
      length. What happens to more "=" at its end than needed is up to you.
    * This is not a generator: it does not have to close `events`.

    Returns:
        The parts: `{"kind": "text", "id": ..., "text": ...}`, or
        `{"kind": "image", "id": ..., "data": ...}`, or "audio", with bytes.
    """
    raise NotImplementedError("Task 6 of 7: collect_parts")


async def emit_progress(name: str, /, **data: Any) -> None:
    """Report something from inside a run: a tool, or a step of a chain.

    * A reader of the run's `astream_events` gets it as `on_custom_event`, with this name and
      `data`, in order.
    * When `emit_progress` returns, the event has been sent.
    * It belongs to the run in which it was sent.
    * Outside a run nothing happens: no error, and nothing is printed.
    * A cancellation passes through.
    * What is sent is a copy, including everything in it.
    * Raise TypeError if `json.dumps` raises one for `data`; then nothing is sent.

    >>> # A step that reports three pages, and what a reader of its run gets:
    >>> [event async for event in reports(emit_progress)]
    [('page', {'number': 1}), ('page', {'number': 2}), ('page', {'number': 3})]

    Fine print:
    * `data` arrives as a dict, immediately and in the order in which it is sent.
    * Inside a tool, the event's "run_id" is that of the tool. A retriever does not count as a
      sender: what it reports belongs to the run around it, and without one it is outside a run.
    * "name" may also be a key of the data.
    * Outside a run nobody can receive it. Data that `json.dumps` rejects is a TypeError there, too.
    * What the caller changes later does not change the event. Anything that JSON has no exact form
      for (a tuple, NaN, a key that is not a string, a list that contains itself) may be changed or
      rejected.
    """
    raise NotImplementedError("Task 7 of 7: emit_progress")
