"""Lesson 17: Resilience.

Seven tasks about streams that fail: what kind of failure it is, when to try again and after how
long, what else can be tried, and when to give up. Each docstring is the contract: what it promises
is what the tests check. Four rules hold throughout the lesson.

* The first token with text in it is the line. Before it nobody has seen anything, and another try
  is free. After it nothing is tried again: the text would come twice. An error after it becomes
  `PartialStream`, which keeps the text and has that error as its `__cause__` (`raise ... from`). A
  space is text; an empty token is not, and no stream of this lesson hands out an empty token
  (except `guard_repetition`, which passes on whatever comes).
* An end without an error is an answer, even if there was no text in it.
* Interrupts are obeyed. Anything that is not an `Exception` (`KeyboardInterrupt`,
  `asyncio.CancelledError`) passes through as it is, at once, and nothing is tried after it.
* A stream is lazy: nothing is requested before the first item is wanted, and nothing more than is
  needed for the item that is handed out. A source is closed when it is no longer needed: before
  anything else is tried, after the last token, after an error, and when the caller stops in the
  middle.

What a docstring leaves open is not graded. All of them leave open what happens to an error that the
caller throws in (`throw`, `athrow`), or that closing raises, and to a `PartialStream` that a source
raises itself.
"""

from __future__ import annotations

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-17. Try it: make play-17. Own code below? See line 27.")

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Literal, TypedDict

import httpx
import httpx2
from langchain_core.language_models import BaseChatModel
from openai import APIConnectionError, APIError, APITimeoutError

# Given: nothing to do here except use it.

ErrorKind = Literal["timeout", "connection", "rate_limit", "interrupt", "fatal"]

LONGEST_WAIT = 60.0
"""In seconds. If a server asks for more, do not wait for it."""


class ModelEvent(TypedDict):
    """This model answers."""

    type: Literal["model"]
    name: str


class TokenEvent(TypedDict):
    """Some text of the answer."""

    type: Literal["token"]
    content: str


class FailedEvent(TypedDict):
    """This model has failed, and nobody has seen anything of its answer."""

    type: Literal["failed"]
    name: str
    error: str


Event = ModelEvent | TokenEvent | FailedEvent


class PartialStream(Exception):
    """A stream broke after its first token. `partial` is the text that was handed out."""

    def __init__(self, partial: str) -> None:
        super().__init__(f"the stream broke after {len(partial)} characters")
        self.partial = partial


class AllFailed(Exception):
    """Nothing is left to try. `errors` has everything that was raised, the first one first."""

    def __init__(self, errors: list[Exception]) -> None:
        super().__init__(f"all have failed: {', '.join(type(error).__name__ for error in errors)}")
        self.errors = errors


class RepetitionError(Exception):
    """A model says the same thing again and again. `token` is what it says."""

    def __init__(self, token: str) -> None:
        super().__init__("the model repeats itself")
        self.token = token


def is_retryable(error: BaseException) -> bool:
    """Whether the same request may well succeed a little later."""
    return classify_error(error) in ("timeout", "connection", "rate_limit")


def close_source(source: object) -> None:
    """Close `source` if it can be closed: a generator can, a list cannot."""
    close = getattr(source, "close", None)
    if close is not None:
        close()


async def aclose_source(source: object) -> None:
    """Close the asynchronous `source` if it can be closed, and wait until it is."""
    aclose = getattr(source, "aclose", None)
    if aclose is not None:
        await aclose()


# Your part.


def classify_error(error: BaseException) -> ErrorKind:
    """Say what kind of error it is: by its type and its status, never by its words.

    Ask the five questions of the fine print in order. The first that applies decides.

    * What is not an `Exception` is an "interrupt".
    * An int as `status_code` decides.
    * Timeouts are "timeout" and broken connections "connection", also those of OpenAI's client,
      httpx and httpx2.
    * For another `APIError` of OpenAI's client, its `code` and `type` decide.
    * If none applies, ask about its `__cause__`, and so on.
    * An unknown error is "fatal", whatever it says.

    >>> classify_error(TimeoutError("429 Too Many Requests"))
    'timeout'

    Fine print:
    1. Is it not an `Exception`? Then it is an "interrupt": `KeyboardInterrupt`,
       `asyncio.CancelledError` and others. Somebody wants to stop.
    2. Does it have a `status_code` that is an int, as the errors of OpenAI's client do? 429 is
       "rate_limit", 408 and 504 are "timeout", every other one from 500 on is "connection" (the
       trouble is on the other side). So is one below 300: the answer had begun, and an event in it
       reported the error; other clients report it that way. All others are "fatal": the same
       request would fail again.
    3. Is it a `TimeoutError`, OpenAI's `APITimeoutError`, or a `TimeoutException` of httpx or of
       httpx2? Then it is a "timeout".
    4. Is it a `ConnectionError`, OpenAI's `APIConnectionError`, or a `TransportError` of httpx or
       of httpx2? Then it is a "connection".
    5. Is it any other `APIError` of OpenAI's client? It was an error event in the stream, sent
       after the status 200. Its `code` and its `type` are a string or None. If `code` has three
       digits, it is a status: see 2. Otherwise, if one of them begins with "rate_limit", it is a
       "rate_limit"; if `type` is "invalid_request_error", it is "fatal"; and in all other cases it
       is a "connection": the request had been accepted, so the trouble is on the other side.

    OpenAI's client is built on httpx2, and on httpx in its older versions. Their errors have base
    classes: a `RemoteProtocolError` is a `TransportError`, a `ReadTimeout` is both.

    The `__cause__` is the error that it was raised from; the `__context__` does not count. Ask all
    five questions about it: a `RuntimeError` from a `CancelledError` is an "interrupt". Where no
    cause is left, the error is "fatal": an unknown error is not tried again. (Causes never go in a
    circle here.)
    """
    raise NotImplementedError("Task 1 of 7: classify_error")


def backoff_delays(
    retries: int,
    base: float = 1.0,
    cap: float = 30.0,
    rng: random.Random | None = None,
) -> list[float]:
    """Return how long to wait before each retry, in seconds: exponential back-off.

    * Wait `base` before the first retry, and twice as long before each next one.
    * No wait is longer than `cap`.
    * With `rng` there is full jitter: each wait is a random number between 0 and what it would be
      without jitter, all of them equally likely.
    * Nothing else is random: the same seed gives the same waits.
    * A negative `retries`, `base` or `cap` is a ValueError.

    >>> backoff_delays(6)
    [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]

    Fine print:
    Jitter is there so that clients that failed together do not come back together. (The names are
    those of Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.)

    Args:
        retries: how many waits to return. Thousands are allowed: then most of them are `cap`.
        base: the first wait, in seconds.
        cap: the longest wait, in seconds.
        rng: the only source of randomness.
    """
    raise NotImplementedError("Task 2 of 7: backoff_delays")


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return how many seconds a server asks to wait, or None if it says nothing useful.

    * `Retry-After` may be a number of seconds.
    * Or it is a date: the wait is the time from `now` to then.
    * `Retry-After-Ms` is a number of milliseconds, and comes first.
    * If the first header is useless, the second one is used.
    * Names may be in capitals or not.
    * Only a wait from 0 to `LONGEST_WAIT` seconds, both included, is useful.
    * What cannot be read is useless, and never an error.

    >>> retry_after({"Retry-After": "2", "Retry-After-Ms": "1500"}, now=0.0)
    1.5

    Fine print:
    A date, at which to come back, looks like `Wed, 21 Oct 2026 07:28:00 GMT` (RFC 9110, section
    10.2.3). If it names another zone, such as `+0200`, that counts. A date without a zone, or with
    `-0000`, is in UTC. `Retry-After-Ms` is in no standard; OpenAI's client reads it first. It is
    never a date.

    Both numbers may have decimals; what `float` reads is a number. A date in the past, a negative
    number, "nan", "inf" and a longer wait are useless. What a server sends is never an error,
    however absurd its numbers.

    Args:
        headers: the headers of the answer, by their names.
        now: the current time in Unix seconds, as `time.time()` gives it.
    """
    raise NotImplementedError("Task 3 of 7: retry_after")


async def stream_with_retry(
    make: Callable[[], AsyncIterator[str]],
    retries: int = 3,
    base: float = 1.0,
    cap: float = 30.0,
    retryable: Callable[[BaseException], bool] = is_retryable,
    sleep: Callable[[float], Awaitable[object]] | None = None,
    rng: random.Random | None = None,
) -> AsyncIterator[str]:
    """Pass on the tokens of a stream, and start over if it fails before the first one.

    * The tokens of `make()` pass, empty ones aside.
    * An error before the first token with text, `make()` included: if `retryable(error)` and a
      retry is left, wait, and make a new stream.
    * If not, it passes through as it is, without a wait.
    * An error after that token becomes `PartialStream`: no retry.
    * The waits are those of `backoff_delays`.
    * Be lazy, and close each stream, before a wait too.
    * Nothing is tried after an interrupt.

    >>> make = flaky(2, ["It", " is", " free."])  # its first two streams fail
    >>> [token async for token in stream_with_retry(make)]
    ['It', ' is', ' free.']

    Fine print:
    `make()` gives a stream that nobody has read yet. Ask for a new one for each try. An end without
    an error is an answer, even if there was no text in it. After the first token, it makes no
    difference which error it is.

    There is one wait before each retry: `backoff_delays(retries, base, cap, rng)`.

    Args:
        make: makes a stream.
        retries: how many times to try again at most; 0 for never.
        base: the first wait, in seconds.
        cap: the longest wait, in seconds.
        retryable: says whether an error is worth a retry. It is never asked about interrupts.
        sleep: awaited with the seconds of a wait; `asyncio.sleep` if there is none.
        rng: for the jitter; without it there is none.

    Raises:
        PartialStream: from the error that came after the first token.
        ValueError: if `retries`, `base` or `cap` is negative, at the latest when the first token
            is wanted, and before anything is made.
    """
    raise NotImplementedError("Task 4 of 7: stream_with_retry")
    yield  # makes this a generator; delete this line with the one above


async def stream_or_invoke(model: BaseChatModel, prompt: str) -> AsyncIterator[str]:
    """Stream a model's answer; if that fails before the first token, get it in one piece.

    * Yield the text of each chunk of `model.astream(prompt)`, empty ones aside.
    * If an `Exception` comes before the first text, ask once more with `model.ainvoke(prompt)`, and
      yield its text, if any.
    * An error after the first text becomes `PartialStream`.
    * A stream without text is an answer: `ainvoke` is not called.
    * If `ainvoke` fails too, raise `AllFailed` with both errors.
    * Be lazy, and close the stream, before `ainvoke` too.
    * Nothing is asked after an interrupt.

    >>> [text async for text in stream_or_invoke(no_streams(), PROMPT)]  # it cannot stream
    ['It is free.']

    Fine print:
    It makes no difference which `Exception` it was.

    Raises:
        PartialStream: from the error that came after the first token.
        AllFailed: if `ainvoke` raises an `Exception` too. Its `errors` are the one of the stream
            and that of `ainvoke`, and its `__cause__` is the one of the stream.
    """
    raise NotImplementedError("Task 5 of 7: stream_or_invoke")
    yield  # makes this a generator; delete this line with the one above


async def stream_with_fallback(
    models: Mapping[str, BaseChatModel], prompt: str
) -> AsyncIterator[Event]:
    """Stream the answer of the first model that gives one, and say which one it is.

    * Ask with `model.astream(prompt)`, one at a time, lazily. Close each stream before the next.
    * An answer: the event "model", directly before its first token, and a "token" for each text.
    * An `Exception` before the first text: "failed", before the next model is asked.
    * An error after the first text becomes `PartialStream`.
    * An end without text: only "model".
    * If all fail, raise `AllFailed` after the last event.
    * No model is asked after an interrupt.

    >>> models = {"large": answering(Fail(TimeoutError())), "small": answering("Yes.")}
    >>> [[*event.values()] async for event in stream_with_fallback(models, PROMPT)]
    [['failed', 'large', 'TimeoutError'], ['model', 'small'], ['token', 'Yes.']]

    Fine print:
    The models are asked in their order. After its first token a model is not replaced anymore.
    These are the events:

    * `{"type": "model", "name": ...}` comes once. If a model ends without text and without an
      error, that is its answer: the event comes at its end, before or after its stream is closed.
    * `{"type": "token", "content": ...}` comes for each text of that model.
    * `{"type": "failed", "name": ..., "error": ...}` comes for each model that raised an
      `Exception` before its first text, whichever it was, after its stream is closed. `error` is
      the name of the exception's class. Its words are not for the user: they may reveal secrets.

    Raises:
        PartialStream: from the error that came after the first token.
        AllFailed: its `errors` are those of all models, and its `__cause__` is the first of them.
        ValueError: if there are no models, at the latest when the first event is wanted.
    """
    raise NotImplementedError("Task 6 of 7: stream_with_fallback")
    yield  # makes this a generator; delete this line with the one above


def guard_repetition(tokens: Iterable[str], limit: int = 20) -> Iterator[str]:
    """Pass tokens on, and stop a model that says the same thing again and again.

    * Pass on all tokens as they are.
    * At most `limit` equal tokens in a row are passed on. Instead of one more, raise
      `RepetitionError` with it.
    * Any other token, even an empty one, ends the row.
    * A token of two characters or fewer, without the whitespace at its ends, may come as often as
      it likes.
    * Be lazy, and close `tokens` in every case.
    * An error of `tokens` passes through as it is.

    >>> guarded = guard_repetition(["Yes", " sir", " sir", " sir"], limit=2)
    >>> [next(guarded) for _ in range(3)]  # the fourth one raises RepetitionError
    ['Yes', ' sir', ' sir']

    Fine print:
    Short tokens are left alone because line breaks, indentation and the lines of a table repeat,
    and nothing is wrong. (The rule of the two characters is that of LiteLLM's `safety_checker`; its
    limit is 100.)

    `tokens` are closed once you have asked them for one.

    Raises:
        RepetitionError: if more than `limit` tokens in a row are equal.
        ValueError: if `limit` is less than 1, at the latest when the first token is wanted.
    """
    raise NotImplementedError("Task 7 of 7: guard_repetition")
    yield  # makes this a generator; delete this line with the one above
