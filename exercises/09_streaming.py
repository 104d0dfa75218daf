"""Lesson 09: Streaming.

Eleven tasks, from one token to a whole streaming RAG answer. Each docstring is the contract: what
it promises is what the tests check. Two rules hold throughout the lesson.

* A stream is lazy. Nothing is requested from the source before somebody asks you for a token, and
  nothing more is requested than you need for the token you yield. (Only `merge_streams` may read a
  little ahead. Its docstring says how far.)
* A stream has an end, and it can come early. A generator closes its source when it is done: after
  the last token, after an error, and when the caller stops in the middle.

Asynchronous code has a third rule: it never blocks the event loop. Anything that a docstring
leaves open is not graded.
"""

from __future__ import annotations

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-09. Try it: make play-09. Own code below? See line 18.")

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TextIO

from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import Runnable

Event = dict[str, Any]


# Given. There is nothing to do here, but use it.


def close_source(source: object) -> None:
    """Close `source` if it can be closed. A generator can, a list cannot."""
    close = getattr(source, "close", None)
    if close is not None:
        close()


async def aclose_source(source: object) -> None:
    """Close the asynchronous `source` if it can be closed, and wait until it is."""
    aclose = getattr(source, "aclose", None)
    if aclose is not None:
        await aclose()


class StreamInterrupted(Exception):
    """A stream broke in the middle. `partial` is the text that had arrived."""

    def __init__(self, partial: str) -> None:
        super().__init__(f"the stream broke after {len(partial)} characters")
        self.partial = partial


class StreamTimeout(TimeoutError):
    """A stream took too long. `kind` says which limit was exceeded."""

    def __init__(self, kind: Literal["idle", "total"]) -> None:
        super().__init__(f"the stream passed its {kind} timeout")
        self.kind = kind


@dataclass
class StreamMetrics:
    """What `monitor_stream` measured. Times are in seconds.

    Attributes:
        ttft: time to first token, or None if there has not been one.
        total: time from the first pull to the end of the stream.
        chunks: number of tokens that were not empty.
        chars: number of characters in them.
        completed: whether the stream came to its own end.
    """

    ttft: float | None = None
    total: float = 0.0
    chunks: int = 0
    chars: int = 0
    completed: bool = False

    @property
    def chars_per_second(self) -> float:
        """Characters divided by total time; 0.0 if no time passed."""
        return self.chars / self.total if self.total > 0 else 0.0

    @property
    def avg_chunk(self) -> float:
        """Characters per token; 0.0 if there was no token."""
        return self.chars / self.chunks if self.chunks else 0.0


# Your part.


def stream_tokens(model: BaseChatModel, prompt: str) -> Iterator[str]:
    """Yield the text of a model's answer, token by token, as it arrives.

    `model.stream(prompt)` gives you chunks, and the text of each one is `chunk.text`.

    * Yield the text of each chunk, in order and unchanged: spaces and line breaks are text too.
    * Do not yield empty strings.
    * Be lazy: ask the model, and pull each chunk, only when the next token is requested.
    * Close the model's stream in every case, even if the caller stops in the middle.
    * Let an error from the model pass through as it is.

    >>> list(stream_tokens(answering("It", " is", "", " free."), "May I return it?"))
    ['It', ' is', ' free.']

    Fine print:
    A chunk may carry no text at all: reasoning, a tool call, usage. It is skipped.
    """
    raise NotImplementedError("Task 1 of 11: stream_tokens")
    yield  # makes this a generator; delete this line with the one above


def write_stream(tokens: Iterable[str], out: TextIO) -> int:
    """Write tokens to `out` so that a person sees each one at once.

    * Each token is written and flushed before the next one is pulled from `tokens`.
    * Nothing is added: no space, no line break.
    * An error in `tokens` passes through; what was written stays written.
    * `out` stays open, because it is not yours to close.

    Returns:
        The number of characters written.
    """
    raise NotImplementedError("Task 2 of 11: write_stream")


def buffer_stream(
    tokens: Iterable[str],
    max_chars: int = 50,
    marks: tuple[str, ...] = (".", "!", "?"),
) -> Iterator[str]:
    """Join tokens into larger pieces, so that a display is updated less often.

    Add each token to a buffer. After each token, yield the buffer and empty it if

    * it holds `max_chars` characters or more, or
    * it ends with one of `marks`, none of which is empty.

    When the tokens end, yield what is left. Never yield an empty string, and never cut a token in
    two: a piece may be longer than `max_chars`. All pieces joined must equal all tokens joined. Do
    not pull a token before it is needed, and close `tokens` at the end, even if the caller stops
    in the middle. If `tokens` raises an error, let it pass through. Whether you yield what is left
    in the buffer before the error is up to you.

    Raises:
        ValueError: if `max_chars` is less than 1, at the latest when the first piece is requested.
            `tokens` does not have to be closed in that case.
    """
    raise NotImplementedError("Task 3 of 11: buffer_stream")
    yield  # makes this a generator; delete this line with the one above


def collect_response(
    tokens: Iterable[str],
    on_token: Callable[[str], object] | None = None,
) -> str:
    """Return the whole answer, and report each token along the way.

    * The answer is exactly all tokens joined.
    * If `on_token` is a function, it is called with each token, empty or not, before the next one
      is pulled. What happens when `on_token` itself raises is up to you.
    * If `tokens` breaks with an `Exception`, what had arrived is not lost: see below. A
      `KeyboardInterrupt` is not an `Exception`, so it passes through.

    Raises:
        StreamInterrupted: if `tokens` raised an `Exception`. Its `partial` is the text that had
            arrived, and its `__cause__` is that exception (`raise … from …`).
    """
    raise NotImplementedError("Task 4 of 11: collect_response")


async def stream_agent_events(agent: Runnable[Any, Any], query: str) -> AsyncIterator[Event]:
    """Turn the events of a running agent into a few simple ones for a user interface.

    Run the agent with `agent.astream_events(query, version="v2")` and translate, in order and
    as they come:

    * `on_chat_model_stream` into `{"type": "token", "content": text}`, if there is text in
      `event["data"]["chunk"]`;
    * `on_tool_start` into `{"type": "tool_start", "name": event["name"]}`;
    * `on_tool_end` into `{"type": "tool_end", "name": event["name"]}`;
    * `on_custom_event` into `{"type": event["name"], **event["data"]}`; the data is a dict
      without a key `type`.

    Ignore all other events: chains and parsers repeat the same tokens under other names. The last
    event is `{"type": "complete"}`, or, if the agent raised an `Exception`,
    `{"type": "error", "message": ...}`. The message is for the user: the class name of the
    exception or your own sentence, never the exception's own text. There is never both a complete
    event and an error event. When the caller stops early or is cancelled, the agent stops too, and
    nothing more is yielded.
    """
    raise NotImplementedError("Task 5 of 11: stream_agent_events")
    yield  # makes this a generator; delete this line with the one above


def dispatch_events(
    events: Iterable[Event],
    handlers: Mapping[str, Callable[[Event], object]],
    default: Callable[[Event], object] | None = None,
) -> dict[str, int]:
    """Call the right handler for each event.

    * Each event has a type. It goes to `handlers[event["type"]]`, before the next event is pulled.
    * A type without a handler goes to `default` if there is one, and is ignored otherwise.
      It is never an error: tomorrow's agent may send types that nobody knows today.
    * An error that a handler raises passes through immediately.

    Handlers are functions, and `handlers` does not change while you use it.

    Returns:
        How many events of each type there were, including those without a handler.
    """
    raise NotImplementedError("Task 6 of 11: dispatch_events")


def monitor_stream(
    tokens: Iterable[str],
    metrics: StreamMetrics,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[str]:
    """Pass tokens through unchanged, and measure them along the way.

    Fill in the empty `metrics` that you are given. Read the time only from `clock`.

    * Time starts when the first token is requested, not when `monitor_stream` is called.
    * `ttft` is the time until the arrival of the first token that is not empty.
    * `chunks` and `chars` count tokens that are not empty. Empty ones are passed on but not
      counted.
    * `total` is the time until the end of the stream, and `completed` is True only if the tokens
      reached their own end. Both must also be right when the caller stops in the middle (then
      `completed` stays False), and when `tokens` raises an error, which passes through.
    * Close `tokens` at the end in each of these cases, and do not pull a token before it is
      requested.
    """
    raise NotImplementedError("Task 7 of 11: monitor_stream")
    yield  # makes this a generator; delete this line with the one above


async def stream_with_timeout(
    source: AsyncIterator[str],
    idle: float | None = None,
    total: float | None = None,
) -> AsyncIterator[str]:
    """Pass tokens through, and give up when the source takes too long.

    Args:
        source: the tokens.
        idle: the longest time to wait for one token, in seconds. It starts over with each token.
            It does not run while the caller works on a token. None means no limit; 0 is a limit.
        total: the longest time for the whole stream, in seconds, counted from when the first token
            was requested. It runs all the time, including the caller's time. Once it is over, do
            not ask the source again, even if its next token is ready. None means no limit.

    Tokens that arrive in time are yielded immediately, including empty ones. Other errors from the
    source, and cancellation (`asyncio.CancelledError`), pass through as they are. The source is
    closed at the end in every case, even if the caller stops in the middle.

    A token that is ready at the very moment when a limit ends (with 0, that is immediately) may be
    yielded or not. A source that blocks the event loop or swallows its cancellation cannot be
    limited. What you do with its late token is up to you.

    Raises:
        StreamTimeout: with `kind` "idle" or "total", when that limit is exceeded. If both are
            exceeded at the same moment, either will do.
    """
    raise NotImplementedError("Task 8 of 11: stream_with_timeout")
    yield  # makes this a generator; delete this line with the one above


async def astream_tokens(model: BaseChatModel, prompt: str) -> AsyncIterator[str]:
    """Yield the text of a model's answer, token by token, without blocking the event loop.

    The contract is the same as for `stream_tokens`, with `model.astream(prompt)`: the text of each
    chunk in order and unchanged, no empty strings, lazy, errors passed through. Other tasks keep
    running while the model thinks. The model's stream is closed in every case, even if the caller
    stops in the middle or is cancelled. Cancellation passes through.
    """
    raise NotImplementedError("Task 9 of 11: astream_tokens")
    yield  # makes this a generator; delete this line with the one above


async def merge_streams(
    sources: Mapping[str, AsyncIterator[str]],
) -> AsyncIterator[tuple[str, str]]:
    """Read several streams at once, and yield `(name, token)` pairs as they arrive.

    * Pairs come in order of arrival, whichever source they are from, as long as the caller keeps
      up. The tokens of one source stay in order in any case, and none are left out, not even empty
      ones.
    * Sources are read at the same time: together they take as long as the slowest one.
    * No source is read far ahead of a slow caller: at most ten tokens of each have been pulled but
      not yet yielded.
    * When a source raises an `Exception`, the pairs that arrived before it come first, and then it
      passes through as it is.
    * However the merge ends (it runs out, an error is raised, or the caller stops), every source
      is closed, and no task is left running. What happens when closing itself raises is up to you.
    * No sources: no pairs.
    """
    raise NotImplementedError("Task 10 of 11: merge_streams")
    yield  # makes this a generator; delete this line with the one above


async def stream_rag_response(
    query: str,
    retrieve: Callable[[str], AsyncIterator[Document]],
    generate: Callable[[str, list[Document]], AsyncIterator[str]],
) -> AsyncIterator[Event]:
    """Answer a question from documents, and show each step as it happens.

    `retrieve(query)` gives you documents one by one. `generate(query, documents)` gives you the
    tokens of the answer, once all documents are known. Yield these events, each as soon as
    possible:

    1. `{"type": "status", "message": ...}`, before the search starts (before `retrieve` is
       called or anything is pulled from it);
    2. `{"type": "document", "title": document.metadata["title"]}` for each document (each has a
       title), the moment it is found, while the search is still running;
    3. `{"type": "status", "message": ...}`, before the answer starts (before anything is pulled
       from what `generate` returns);
    4. `{"type": "token", "content": token}` for each token that is not empty;
    5. `{"type": "complete"}`, once, as the last event.

    The wording of the messages is up to you, but they must not be empty. More status events are
    allowed ("Found 3 documents"). Finding no documents is not an error: the answer is generated
    from an empty list. If the search or the answer raises an `Exception`, either when it is called
    or later, what was shown stays, and the last event is `{"type": "error", "message": ...}`
    instead of complete. Its message is in your own words, never the exception's own text. After an
    error in the search, no token is generated. When the caller stops in the middle or is
    cancelled, what `retrieve` and `generate` returned is closed, and nothing more is yielded. What
    happens when closing itself raises is up to you.
    """
    raise NotImplementedError("Task 11 of 11: stream_rag_response")
    yield  # makes this a generator; delete this line with the one above
