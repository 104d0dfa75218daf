"""Lesson 09: Streaming.

Twelve tasks, from one piece of text to a whole streaming RAG answer. Each docstring is the
contract: what it promises is what the tests check. It says first what to do, and shows one call.
Below "Fine print:" it names the limits. The calls run at the prompt of `make play-09`. There,
`answering("It", " is")` is a model that answers with these chunks, and `atokens(["It", " is"])` is
an asynchronous stream of these tokens.

Two rules hold from the second task on.

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
    raise SystemExit("Grade it: make test-09. Try it: make play-09. Own code below? See line 23.")

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TextIO

from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk
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


def visible_text(chunks: Iterable[AIMessageChunk]) -> Iterator[str]:
    """Yield the text of each chunk that has any.

    A model sends its answer in chunks. The text of a chunk is `chunk.text`, a string. It is empty
    if the chunk carries something else, such as the model's reasoning.

    * Yield the text of each chunk, in order and unchanged: a space is text too.
    * Skip a chunk whose text is empty.
    * Yield each text before you take the next chunk: `yield` in a loop does that.

    >>> chunks = [AIMessageChunk("It"), AIMessageChunk(""), AIMessageChunk(" is free.")]
    >>> list(visible_text(chunks))
    ['It', ' is free.']

    Fine print:
    An error that `chunks` raises passes through. You do not have to close `chunks`.
    """
    raise NotImplementedError("Task 1 of 12: visible_text")
    yield  # makes this a generator; delete this line with the one above


def stream_tokens(model: BaseChatModel, prompt: str) -> Iterator[str]:
    """Yield the text of a model's answer, token by token, as it arrives.

    The loop is that of `visible_text`. The chunks come from `model.stream(prompt)`.

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
    raise NotImplementedError("Task 2 of 12: stream_tokens")
    yield  # makes this a generator; delete this line with the one above


def write_stream(tokens: Iterable[str], out: TextIO) -> int:
    """Write tokens to `out` so that a person sees each one at once.

    * Write each token as it is, and nothing else: no space, no line break. Leave `out` open.
    * Flush `out` after each token, before the next one is pulled from `tokens`.
    * Return the number of characters written.
    * If `tokens` raises an error, let it pass through; what was written stays written.

    >>> import io
    >>> out = io.StringIO()
    >>> write_stream(["It", " is", " free."], out)
    11
    >>> out.getvalue()
    'It is free.'

    Fine print:
    `out` is not yours to close. You do not have to close `tokens` either: it is read to its end.
    """
    raise NotImplementedError("Task 3 of 12: write_stream")


def buffer_stream(
    tokens: Iterable[str],
    max_chars: int = 50,
    marks: tuple[str, ...] = (".", "!", "?"),
) -> Iterator[str]:
    """Join tokens into larger pieces, so that a display is updated less often.

    Add each token to a buffer.

    * Yield and empty it when it holds `max_chars` characters or more.
    * Do the same when it ends with one of `marks`.
    * When the tokens end, yield what is left.
    * Lose nothing, add nothing, and never cut a token in two.
    * Pull a token only when the next piece needs it.
    * Close `tokens` in every case, even if the caller stops in the middle.
    * Refuse a `max_chars` below 1 with a ValueError.

    >>> list(buffer_stream(["It is", " free", ".", " Send it", " back", " soon"], max_chars=12))
    ['It is free.', ' Send it back', ' soon']

    Fine print:
    All pieces joined are all tokens joined. A piece is never empty, and it may be longer than
    `max_chars`, because no token is cut. None of `marks` is empty. If `tokens` raises an error, let
    it pass through. Whether you yield what is left in the buffer before the error is up to you.

    Raises:
        ValueError: if `max_chars` is less than 1, at the latest when the first piece is requested.
            `tokens` does not have to be closed in that case.
    """
    raise NotImplementedError("Task 4 of 12: buffer_stream")
    yield  # makes this a generator; delete this line with the one above


def collect_response(
    tokens: Iterable[str],
    on_token: Callable[[str], object] | None = None,
) -> str:
    """Return the whole answer, and report each token along the way.

    * Return all tokens joined.
    * Call `on_token`, if there is one, with each token before the next one is pulled.
    * If `tokens` raises an `Exception`, raise `StreamInterrupted` from it, with the text that had
      arrived as `partial`.
    * Let what is no `Exception`, such as a `KeyboardInterrupt`, pass through.

    >>> seen = []
    >>> collect_response(["It", " is", " free."], on_token=seen.append)
    'It is free.'
    >>> seen
    ['It', ' is', ' free.']

    Fine print:
    An empty token is reported too. What happens when `on_token` itself raises is up to you.

    Raises:
        StreamInterrupted: if `tokens` raised an `Exception`, which becomes its `__cause__`
            (`raise … from …`).
    """
    raise NotImplementedError("Task 5 of 12: collect_response")


async def stream_agent_events(agent: Runnable[Any, Any], query: str) -> AsyncIterator[Event]:
    """Turn an agent's many events into a few simple ones for a user interface.

    Read `agent.astream_events(query, version="v2")`.

    * Yield each text of the model as a token event.
    * Yield the start and the end of each tool, and the agent's custom events.
    * Ignore all others: chains and parsers repeat tokens.
    * Keep the order, and yield each event as it comes.
    * End with complete or, if the agent raised an `Exception`, with error, without the exception's
      own text.
    * If the caller stops or is cancelled, stop the agent, and yield nothing more.

    >>> agent = answering("It", " is")
    >>> [event async for event in stream_agent_events(agent, "Is it free?")]
    [{'type': 'token', 'content': 'It'}, {'type': 'token', 'content': ' is'}, {'type': 'complete'}]

    Fine print:
    A model alone is an agent too. This is how events are translated, by `event["event"]`:

    * `on_chat_model_stream` into `{"type": "token", "content": text}`, if there is text in
      `event["data"]["chunk"]`;
    * `on_tool_start` into `{"type": "tool_start", "name": event["name"]}`;
    * `on_tool_end` into `{"type": "tool_end", "name": event["name"]}`;
    * `on_custom_event` into `{"type": event["name"], **event["data"]}`; the data is a dict
      without a key `type`.

    The last event is `{"type": "complete"}` or `{"type": "error", "message": ...}`, never both. The
    message is for the user: the class name of the exception or your own sentence, never the
    exception's own text.
    """
    raise NotImplementedError("Task 6 of 12: stream_agent_events")
    yield  # makes this a generator; delete this line with the one above


def dispatch_events(
    events: Iterable[Event],
    handlers: Mapping[str, Callable[[Event], object]],
    default: Callable[[Event], object] | None = None,
) -> dict[str, int]:
    """Call the right handler for each event, and count the events of each type.

    * Give each event to `handlers[event["type"]]`, before the next one is pulled.
    * Give an event whose type has no handler to `default`, if there is one; otherwise ignore it.
    * Return how many events of each type there were, including those without a handler.
    * If a handler raises an error, let it pass through immediately.

    >>> tokens = []
    >>> events = [{"type": "token", "content": "It"}, {"type": "complete"}]
    >>> dispatch_events(events, {"token": tokens.append})
    {'token': 1, 'complete': 1}
    >>> tokens
    [{'type': 'token', 'content': 'It'}]

    Fine print:
    A type without a handler is never an error: tomorrow's agent may send types that nobody knows
    today. Each event has a type. Handlers are functions, and `handlers` does not change while you
    use it.
    """
    raise NotImplementedError("Task 7 of 12: dispatch_events")


def monitor_stream(
    tokens: Iterable[str],
    metrics: StreamMetrics,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[str]:
    """Pass tokens through unchanged, measure them, and fill in the empty `metrics`.

    * Yield each token as it is, and pull it only when it is requested.
    * Read the time only from `clock`. It starts when the first token is requested.
    * `ttft`: the time until the first token that is not empty arrives.
    * `chunks` and `chars`: how many tokens are not empty, and their characters.
    * `total`: the time until the end, however the stream ends.
    * `completed`: True only if the tokens reached their own end.
    * Close `tokens` in every case.

    >>> metrics = StreamMetrics()
    >>> list(monitor_stream(["It", "", " is"], metrics))
    ['It', '', ' is']
    >>> metrics.chunks, metrics.chars, metrics.completed
    (2, 5, True)

    Fine print:
    Time does not start when `monitor_stream` is called. Empty tokens are passed on, but not
    counted. A stream may also end because the caller stops in the middle, or because `tokens`
    raises an error, which passes through. `total` is right in these cases too, `completed` stays
    False, and `tokens` is closed.
    """
    raise NotImplementedError("Task 8 of 12: monitor_stream")
    yield  # makes this a generator; delete this line with the one above


async def stream_with_timeout(
    source: AsyncIterator[str],
    idle: float | None = None,
    total: float | None = None,
) -> AsyncIterator[str]:
    """Pass tokens through, and give up when the source takes too long.

    * Yield each token that comes in time immediately, an empty one too.
    * Raise `StreamTimeout("idle")` if one token takes longer than `idle` seconds.
    * Raise `StreamTimeout("total")` once `total` seconds have passed since the first request, the
      caller's time included.
    * None means no limit; 0 is a limit.
    * Let other errors from the source, and cancellation, pass through as they are.
    * Close the source in every case, even if the caller stops in the middle.

    >>> got, source = [], atokens(["It", " is", " free."], pause=2)  # a token every 2 seconds
    >>> try:
    ...     async for token in stream_with_timeout(source, total=5):
    ...         got.append(token)
    ... except StreamTimeout as error:
    ...     got.append(error.kind)
    >>> got
    ['It', ' is', 'total']

    Fine print:
    Cancellation is `asyncio.CancelledError`. A token that is ready at the very moment when a limit
    ends (with 0, that is immediately) may be yielded or not. A source that blocks the event loop or
    swallows its cancellation cannot be limited. What you do with its late token is up to you.

    Args:
        source: the tokens.
        idle: the longest time to wait for one token, in seconds. It starts over with each token.
            It does not run while the caller works on a token.
        total: the longest time for the whole stream, in seconds. It runs all the time. Once it is
            over, do not ask the source again, even if its next token is ready.

    Raises:
        StreamTimeout: with `kind` "idle" or "total", when that limit is exceeded. If both are
            exceeded at the same moment, either will do.
    """
    raise NotImplementedError("Task 9 of 12: stream_with_timeout")
    yield  # makes this a generator; delete this line with the one above


async def astream_tokens(model: BaseChatModel, prompt: str) -> AsyncIterator[str]:
    """Yield the text of a model's answer, token by token, without blocking the event loop.

    It is `stream_tokens` again, with `model.astream(prompt)`.

    * Yield the text of each chunk, in order and unchanged, but no empty strings.
    * Let other tasks run while the model thinks.
    * Be lazy: ask the model, and pull each chunk, only when the next token is requested.
    * Close the model's stream in every case, even if the caller stops in the middle or is
      cancelled.
    * Let errors and cancellation pass through as they are.

    >>> [token async for token in astream_tokens(answering("It", "", " is."), "Is it free?")]
    ['It', ' is.']

    Fine print:
    As in `stream_tokens`, a chunk may carry no text at all. It is skipped.
    """
    raise NotImplementedError("Task 10 of 12: astream_tokens")
    yield  # makes this a generator; delete this line with the one above


async def merge_streams(
    sources: Mapping[str, AsyncIterator[str]],
) -> AsyncIterator[tuple[str, str]]:
    """Read several streams at once, and yield `(name, token)` pairs as they arrive.

    * Read all sources at the same time, and yield pairs in order of arrival.
    * Yield every token of every source, those of one source in their order.
    * Wait for a slow caller: at most ten tokens of each source are pulled but not yet yielded.
    * When a source raises an `Exception`, yield the pairs that arrived before it, and then let it
      pass through.
    * However the merge ends, close every source, and leave no task running.

    >>> sources = {"a": atokens(["1", "2"], pause=2), "b": atokens(["x"], pause=3)}
    >>> [pair async for pair in merge_streams(sources)]
    [('a', '1'), ('b', 'x'), ('a', '2')]

    Fine print:
    The order of arrival holds as long as the caller keeps up; the order within one source holds in
    any case. Empty tokens are tokens too. Together, the sources take as long as the slowest one.
    The exception passes through as it is. The merge may end because the sources run out, because
    an error is raised, or because the caller stops. What happens when closing itself raises is up
    to you. No sources: no pairs.
    """
    raise NotImplementedError("Task 11 of 12: merge_streams")
    yield  # makes this a generator; delete this line with the one above


async def stream_rag_response(
    query: str,
    retrieve: Callable[[str], AsyncIterator[Document]],
    generate: Callable[[str, list[Document]], AsyncIterator[str]],
) -> AsyncIterator[Event]:
    """Answer a question from documents, and show each step as it happens.

    `retrieve(query)` gives you documents one by one, `generate(query, documents)` the tokens of the
    answer.

    * Yield a status before the search starts, and one before the answer starts.
    * Yield each document while the search is still running.
    * Yield each token that is not empty.
    * End with complete or, if the search or the answer raised an `Exception`, with error in your
      own words.
    * If the caller stops or is cancelled, close what the two returned, and yield nothing more.

    >>> found = Document("Returns are free.", metadata={"title": "Refunds"})
    >>> events = stream_rag_response(
    ...     "Is it free?", lambda query: atokens([found]), lambda query, documents: atokens(["Yes"])
    ... )
    >>> [event["type"] async for event in events]
    ['status', 'document', 'status', 'token', 'complete']

    Fine print:
    These are the events, in order, each as soon as possible:

    1. `{"type": "status", "message": ...}`, before `retrieve` is called or anything is pulled from
       it;
    2. `{"type": "document", "title": document.metadata["title"]}` for each document (each has a
       title), the moment it is found;
    3. `{"type": "status", "message": ...}`, before anything is pulled from what `generate` returns;
    4. `{"type": "token", "content": token}` for each token that is not empty;
    5. `{"type": "complete"}`, once, as the last event.

    `generate` is called once all documents are known. The wording of the messages is up to you, but
    they must not be empty. More status events are allowed ("Found 3 documents"). Finding no
    documents is not an error: the answer is generated from an empty list. If the search or the
    answer raises an `Exception`, either when it is called or later, what was shown stays, and the
    last event is `{"type": "error", "message": ...}` instead of complete. Its message is in your
    own words, never the exception's own text. After an error in the search, no token is generated.
    What happens when closing itself raises is up to you.
    """
    raise NotImplementedError("Task 12 of 12: stream_rag_response")
    yield  # makes this a generator; delete this line with the one above
