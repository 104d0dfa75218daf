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

    Ask these questions in this order. The first one that applies decides.

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

    If none applies, ask all five about the error that it was raised from (its `__cause__`; the
    `__context__` does not count), and so on: a `RuntimeError` from a `CancelledError` is an
    "interrupt". Where no cause is left, it is "fatal": an unknown error is not tried again. (Causes
    never go in a circle here.)
    """
    raise NotImplementedError("Task 1 of 7: classify_error")


def backoff_delays(
    retries: int,
    base: float = 1.0,
    cap: float = 30.0,
    rng: random.Random | None = None,
) -> list[float]:
    """Return how long to wait before each retry, in seconds.

    Exponential back-off: `base` before the first retry, twice as long before each next one, and
    never longer than `cap`. With `rng` there is full jitter: each wait is a random number between 0
    and what it would be without jitter, all of them equally likely, so that clients that failed
    together do not come back together. (The names are those of Marc Brooker, "Exponential Backoff
    And Jitter", AWS Architecture Blog, 2015.)

    Args:
        retries: how many waits to return. Thousands are allowed: then most of them are `cap`.
        base: the first wait, in seconds.
        cap: the longest wait, in seconds.
        rng: the only source of randomness, so that the same seed gives the same waits.

    Raises:
        ValueError: if `retries`, `base` or `cap` is negative.
    """
    raise NotImplementedError("Task 2 of 7: backoff_delays")


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return how many seconds a server asks to wait, or None if it says nothing useful.

    Two headers say it. Their names may be written in capitals or not.

    * `Retry-After-Ms`: milliseconds. (It is in no standard; OpenAI's client reads it first.)
    * `Retry-After`: seconds, or the date at which to come back, such as
      `Wed, 21 Oct 2026 07:28:00 GMT` (RFC 9110, section 10.2.3). If it names another zone, such as
      `+0200`, that counts. A date without a zone, or with `-0000`, is in UTC.

    Both numbers may have decimals; what `float` reads is a number. A wait from 0 to `LONGEST_WAIT`
    seconds, both included, is useful. What cannot be read, a date in the past, a negative number,
    "nan", "inf" and a longer wait are useless. If the first header is useless, the second one is
    used. What a server sends is never an error, however absurd its numbers.

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

    * `make()` gives a stream that nobody has read yet. Ask for a new one for each try.
    * An error before the first token with text, `make()` included: close the stream; if
      `retryable(error)` is true and a retry is left, wait and try again. If not, the error passes
      through as it is, without a wait.
    * An error after it is a `PartialStream`: no retry, whatever the error is.
    * The waits are those of `backoff_delays(retries, base, cap, rng)`, one before each retry.

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

    Yield the text of each chunk of `model.astream(prompt)`. If an error comes before the first
    text, close the stream and ask once more with `model.ainvoke(prompt)`; yield its text if it has
    any. It makes no difference which `Exception` it was.

    A stream that ends without text is an answer: `ainvoke` is not called.

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

    Ask the models in order with `model.astream(prompt)`, one at a time.

    * `{"type": "model", "name": ...}` comes once, directly before the first token. If a model ends
      without text and without an error, that is its answer: the event comes at its end, before or
      after its stream is closed.
    * `{"type": "token", "content": ...}` comes for each text of that model.
    * `{"type": "failed", "name": ..., "error": ...}` comes for each model that raised an
      `Exception` before its first text, whichever it was, after its stream is closed and before the
      next model is asked. `error` is the name of the exception's class. Its words are not for the
      user: they may reveal secrets.

    After its first token a model is not replaced anymore.

    Raises:
        PartialStream: from the error that came after the first token.
        AllFailed: after the event of the last one, if all models have failed. Its `errors` are
            theirs, and its `__cause__` is the first of them.
        ValueError: if there are no models, at the latest when the first event is wanted.
    """
    raise NotImplementedError("Task 6 of 7: stream_with_fallback")
    yield  # makes this a generator; delete this line with the one above


def guard_repetition(tokens: Iterable[str], limit: int = 20) -> Iterator[str]:
    """Pass tokens on, and stop a model that says the same thing again and again.

    All tokens are passed on as they are. At most `limit` tokens in a row may be equal; the next one
    that is equal to them is not passed on: raise `RepetitionError` with it instead. Any other
    token, even an empty one, ends the row.

    A token of two characters or fewer, not counting whitespace at its ends, may come as often as it
    likes: line breaks, indentation and the lines of a table repeat, and nothing is wrong.

    Once you have asked `tokens` for one, close them in every case. Their errors pass through as
    they are. (The rule of the two characters is that of LiteLLM's `safety_checker`; its limit is
    100.)

    Raises:
        RepetitionError: if more than `limit` tokens in a row are equal.
        ValueError: if `limit` is less than 1, at the latest when the first token is wanted.
    """
    raise NotImplementedError("Task 7 of 7: guard_repetition")
    yield  # makes this a generator; delete this line with the one above
