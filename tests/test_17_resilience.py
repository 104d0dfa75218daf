"""Lesson 17: Resilience.

One class for each task. Streams fail by script, waits are recorded or pass in virtual time, and
words, times and numbers come from `text`, other ones for each seed.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from functools import partial
from http import HTTPStatus
from typing import ClassVar

import httpx
import httpx2
import openai
from hypothesis.strategies import integers, lists, none, sampled_from

from course.fakes.clock import Stuck
from course.fakes.held import HeldModel
from course.fakes.script import Fail, Hang, Pause, Reasoning, Reply
from course.fakes.sources import AsyncSource, Source, describe_items
from course.grade.differences import check_same
from course.grade.expect import Words, WrongAnswer, check, in_process, keeps, raises
from course.grade.model_checks import acheck_model_closed, aended, check_not_asked
from course.grade.scenarios import (
    EACH_ENDING,
    EACH_TEXT,
    TEXTS,
    Ending,
    Stop,
    Stranger,
    any_ending,
    any_limit,
    any_text,
    each,
    repeated,
)
from course.grade.stream_checks import (
    CLOSE,
    LAZY,
    SAME_ERROR,
    cancel_while_it_waits,
    check_closed,
    check_not_ahead,
    check_nothing_runs_on,
    joined,
    same,
    seconds,
    take,
)
from course.grade.stream_promises import StreamPromises, acheck_apart, check_apart, one_by_one
from course.grade.value_checks import Explained, against, refused, unchanged

TWICE = (
    "What was handed out cannot be taken back, and another answer starts from the beginning. Once "
    "a token is out, even a space, raise PartialStream(everything handed out so far) from the "
    "error."
)
CLOSE_EACH = f"{CLOSE} Also around a generator of your own that you read."
NO_ANSWER = "An answer without text is an answer. Only an exception is a failure."
NO_EMPTY = "An empty token shows nothing, so it is not handed out and is not a first token."
WIRE = "an error cannot travel; the client raises its own"


class StatusError(Exception):
    """An error of a provider, as clients raise it."""

    def __init__(self, message, status_code):
        super().__init__(message)
        self.status_code = status_code


def short(error):
    """An error, to be shown."""
    return Words(type(error).__name__)


async def read(stream):
    """Read a stream; return what came, and the error that ended it, or None."""
    got = []
    try:
        async for item in stream:
            got.append(item)
    except NotImplementedError:
        raise
    except Exception as error:
        return got, error
    return got, None


def check_partial(answers, got, error, tokens, cause, again):
    """Pass if `tokens` came and then a PartialStream with them, from `cause`."""
    shown = joined(item if isinstance(item, str) else item.get("content", "") for item in got)
    wanted = Words(f"{joined(tokens)!r}, then PartialStream with that text")
    must = against(wanted)
    must(
        not again,
        "it tries again after the first token",
        TWICE,
        got=Words(f"{shown!r}, and {again} more asked"),
    )
    must(
        error is not None,
        "half of an answer passes for a whole one",
        "The stream broke, and the caller has to know: raise PartialStream.",
        got=Words(f"{shown!r}, and a normal end"),
    )
    must(
        isinstance(error, answers.PartialStream),
        "an error after the first token passes through bare",
        "The caller has to learn that there is half of an answer. " + TWICE,
        got=short(error),
    )
    must = against(joined(tokens))
    must(
        shown == joined(tokens),
        "tokens before an error are lost",
        "Hand out each token at once; then an error cannot take it away.",
        got=shown,
    )
    must(
        error.partial == joined(tokens),
        "`partial` is not the text that was handed out",
        "Keep each token that you hand out, and join them for PartialStream.",
        got=error.partial,
    )
    check(
        error.__cause__ is cause,
        "the reason for the break is lost",
        why="Write raise PartialStream(...) from error, so that its __cause__ is the error.",
        wanted=Words(f"PartialStream from {type(cause).__name__}"),
        got=Words(f"PartialStream from {error.__cause__!r}"),
    )


class TestClassifyError:
    """What kind an error is, by type and status."""

    def kind(self, answers, error, wanted, problem, why):
        got = answers.classify_error(error)
        check(
            got != "interrupt" or not isinstance(error, Exception) or error.__cause__,
            "an Exception without a cause counts as an interrupt",
            why="Only what is not an Exception is an interrupt. Where there is no cause, __cause__ "
            "is None: stop before you ask what kind of error None is.",
            wanted=wanted,
        )
        check(got == wanted, problem, why=why, wanted=wanted)

    @keeps(3)
    def test_the_kinds_of_python(self, answers, text):
        pick = text.random.choice
        got = answers.classify_error(TimeoutError(text.word()))
        check(
            got != "connection",
            "a timeout is taken for a broken connection",
            why="TimeoutError and ConnectionError are both an OSError. Ask for each by its own "
            "name.",
            wanted="timeout",
        )
        self.kind(
            answers,
            TimeoutError(text.word()),
            "timeout",
            "a timeout is not known",
            "Ask for its type: isinstance(error, TimeoutError). Its words may be any.",
        )
        self.kind(
            answers,
            pick([ConnectionResetError, ConnectionRefusedError, BrokenPipeError])(text.word()),
            "connection",
            "a broken connection is not known",
            "All of them are a ConnectionError: isinstance() knows about base classes.",
        )
        self.kind(
            answers,
            pick([FileNotFoundError, PermissionError, IsADirectoryError])(text.word()),
            "fatal",
            "every OSError counts as trouble with the network",
            "A missing file is an OSError too, and is still missing at the next try. Ask for "
            "ConnectionError.",
        )
        self.kind(
            answers,
            pick([ValueError, KeyError, ZeroDivisionError])(text.word()),
            "fatal",
            "an unknown error counts as worth a retry",
            "Most unknown errors are bugs, and come again each time. What is not known is fatal.",
        )

    @keeps(6)
    def test_words_do_not_count(self, answers, text):
        for words in ("429 rate limit", "connection timeout", "Timed out, retry"):
            self.kind(
                answers,
                ValueError(f"{text.word()}: {words}"),
                "fatal",
                "it reads the words of an error",
                "The words are for people; they may quote anything, and change with each release. "
                "Ask for types and for the status.",
            )
        self.kind(
            answers,
            StatusError(text.word(), 429),
            "rate_limit",
            "a rate limit is not known by its status",
            "The status is in error.status_code: 429 says it all.",
        )

    @keeps(2)
    def test_the_status_decides(self, answers, text):
        pick = text.random.choice
        for status, wanted, why in (
            (429, "rate_limit", "429 means: too many requests."),
            (408, "timeout", "408 is a request that took too long: a timeout."),
            (504, "timeout", "504 is a gateway that waited in vain: a timeout."),
            (500, "connection", "From 500 on, 500 included, the trouble is on the server's side."),
            (pick([502, 503]), "connection", "From 500 on, the trouble is on the server's side."),
            (
                text.random.randrange(505, 600),
                "connection",
                "Every status from 500 on is trouble on the server's side, whatever its name.",
            ),
            (pick([400, 404, 422]), "fatal", "The same request would be refused again."),
            (409, "fatal", "All other statuses are fatal."),
            (499, "fatal", "Only from 500 on the trouble is on the server's side."),
            (pick([401, 403]), "fatal", "No retry makes a key right that is wrong."),
        ):
            self.kind(
                answers,
                StatusError(text.word(), status),
                wanted,
                f"the status {status} is understood wrongly",
                why,
            )

    @keeps(2)
    def test_the_status_comes_before_the_type(self, answers, text):
        error = text.random.choice([TimeoutError, ConnectionResetError])(text.word())
        error.status_code = 401
        self.kind(
            answers,
            error,
            "fatal",
            "the type of an error weighs more than its status",
            "This one has the status_code 401. The questions have an order, and the status comes "
            "before the types: a wrong key is still wrong at the next try, whatever the error is "
            "called.",
        )

    @keeps(2)
    def test_only_an_int_is_a_status(self, answers, text):
        for status in (None, "401"):
            error = ConnectionResetError(text.word())
            error.status_code = status
            self.kind(
                answers,
                error,
                "connection",
                f"a status_code that is {status!r} is taken for a status",
                "Some errors have the attribute although no answer came. Only an int is a status: "
                "if it is none, go on to the next question.",
            )

    @keeps(3)
    def test_the_errors_of_openai(self, answers, text):
        request = httpx2.Request("POST", "http://localhost/v1/chat/completions")
        self.kind(
            answers,
            openai.APITimeoutError(request),
            "timeout",
            "a timeout of OpenAI's client is not known as one",
            "APITimeoutError is not Python's TimeoutError. It is an APIConnectionError, so ask for "
            "it first. (openai.Timeout is a setting, and no error at all.)",
        )
        self.kind(
            answers,
            openai.APIConnectionError(message=text.word(), request=request),
            "connection",
            "a broken connection of OpenAI's client is not known as one",
            "APIConnectionError is not Python's ConnectionError. Ask for it as well.",
        )
        for kind, status, wanted in (
            (openai.RateLimitError, 429, "rate_limit"),
            (openai.AuthenticationError, 401, "fatal"),
        ):
            response = httpx2.Response(status, request=request)
            self.kind(
                answers,
                kind(text.word(), response=response, body=None),
                wanted,
                f"{kind.__name__} of OpenAI's client is not known",
                "These errors have a status_code.",
            )

    @keeps(1)
    def test_interrupts_are_no_failures(self, answers):
        for error in (KeyboardInterrupt(), asyncio.CancelledError(), SystemExit(), GeneratorExit()):
            self.kind(
                answers,
                error,
                "interrupt",
                f"{type(error).__name__} is taken for a failure",
                "Somebody wants to stop. Anything that is not an Exception is an interrupt.",
            )

    @keeps(5)
    def test_the_cause_counts_if_the_error_is_not_known(self, answers, text):
        for inner, wanted in (
            (text.random.choice([ConnectionResetError, BrokenPipeError])(), "connection"),
            (TimeoutError(text.word()), "timeout"),
            (StatusError(text.word(), 429), "rate_limit"),
            (KeyboardInterrupt(), "interrupt"),
        ):
            middle, outer = KeyError(text.word()), RuntimeError(text.word())
            outer.__cause__, middle.__cause__ = middle, inner
            self.kind(
                answers,
                outer,
                wanted,
                "it does not look at the cause, or not with all five questions",
                "Libraries wrap errors in errors of their own. If an error is not known, ask all "
                "five questions of its __cause__, and so on, until there is none.",
            )

    @keeps(5)
    def test_the_first_that_is_known_decides(self, answers, text):
        late = TimeoutError(text.word())
        late.__cause__ = asyncio.CancelledError()
        self.kind(
            answers,
            late,
            "timeout",
            "it looks for the last cause",
            "asyncio.timeout raises its TimeoutError from a CancelledError: the last cause would "
            "be an interrupt. Stop at the first one that is known.",
        )
        refused = StatusError(text.word(), 401)
        refused.__cause__ = ConnectionError(text.word())
        self.kind(
            answers,
            refused,
            "fatal",
            "a cause weighs more than the status",
            "A status decides by itself. Only what is not known is asked for its cause.",
        )

    @keeps(5)
    def test_only_the_cause_counts(self, answers, text):
        bug = text.random.choice([KeyError, ValueError, AttributeError])(text.word())
        bug.__context__ = ConnectionError(text.word())
        self.kind(
            answers,
            bug,
            "fatal",
            "it takes the __context__ for the cause",
            "The __context__ is what somebody was busy with when the error came: here a bug in the "
            "cleaning up after a broken connection. Only `raise ... from` names a cause.",
        )

    @keeps(3)
    def test_transport_errors_of_http_libraries(self, answers, text):
        for library in (httpx, httpx2):
            name = library.__name__
            kinds = [library.ReadTimeout, library.ConnectTimeout, library.PoolTimeout]
            self.kind(
                answers,
                text.random.choice(kinds)(text.word()),
                "timeout",
                f"a timeout of {name} is not known as one",
                "It is not a TimeoutError of Python. All timeouts of the library are a "
                "TimeoutException, which is a TransportError as well: ask for the narrow class "
                "first. There are two libraries, httpx and httpx2.",
            )
            for kind in (
                library.RemoteProtocolError,
                text.random.choice([library.ConnectError, library.ReadError, library.WriteError]),
                text.random.choice([library.ProxyError, library.CloseError]),
            ):
                self.kind(
                    answers,
                    kind(text.word()),
                    "connection",
                    f"a broken connection of {name} is not known as one",
                    "It is not a ConnectionError of Python, and there are many kinds. Do not list "
                    "them: all are a TransportError, of httpx or of httpx2.",
                )
            self.kind(
                answers,
                library.TooManyRedirects(text.word()),
                "fatal",
                f"every error of {name} counts as trouble with the network",
                "Others of its errors come again at each try. Ask for its TransportError.",
            )

    @keeps(4)
    def test_error_events_of_a_stream(self, answers, text):
        request = httpx2.Request("POST", "http://localhost/v1/chat/completions")
        pick, server = text.random.choice, "server_error"
        unread = "the code and the type of an error event are not read"
        for code, kind, wanted, problem, why in (
            (
                None,
                pick([server, "service_unavailable_error", "overloaded_error"]),
                "connection",
                "an error event in the stream counts as unknown",
                "The server had accepted the request, said 200, and failed then. Such an error "
                "has no status_code. It is an APIError, and of none of its narrower classes.",
            ),
            (
                pick([None, "eof", "server_is_overloaded"]),
                None,
                "connection",
                "an error event that says little counts as unknown",
                "The server had accepted the request. If nothing says that it was wrong, the "
                "trouble is over there.",
            ),
            ("eof", server, "connection", unread, "Three letters are not a status."),
            (None, None, "connection", unread, "Its code and its type may be None."),
            (
                pick(["context_length_exceeded", None, "4000"]),
                "invalid_request_error",
                "fatal",
                "every error event counts as worth a retry",
                "This one says by its type that the request is wrong. It would be so again.",
            ),
            ("429", None, "rate_limit", unread, "A code of three digits is a status."),
            (pick(["504", "408"]), server, "timeout", unread, "Three digits are a status."),
            (pick(["500", "502"]), None, "connection", unread, "Three digits are a status."),
            ("401", server, "fatal", unread, "Three digits are a status, and that decides."),
            ("rate_limit_exceeded", server, "rate_limit", unread, "The code says it."),
            (None, "rate_limit_error", "rate_limit", unread, "The type says it."),
            (
                pick(["slow_down", "server_error", "4290"]),
                "rate_limit_error",
                "rate_limit",
                "a code hides the type of an error event",
                "The code says nothing that is known, so the type may still say it. Ask both.",
            ),
        ):
            body = {"message": text.word(), "type": kind, "param": None, "code": code}
            error = openai.APIError(text.word(), request, body=body)
            self.kind(answers, error, wanted, problem, f"{why} (code {code!r}, type {kind!r})")

    @keeps(2)
    def test_a_status_of_an_answer_that_had_begun(self, answers, text):
        for status, wanted in (
            (200, "connection"),
            (text.random.randrange(201, 299), "connection"),
            (299, "connection"),
            (300, "fatal"),
            (text.random.randrange(301, 400), "fatal"),
        ):
            self.kind(
                answers,
                StatusError(text.word(), status),
                wanted,
                f"an error with the status {status} is understood wrongly",
                "Below 300 the status says that all is well, and still there is an error: the "
                "answer had begun, and an event in it told of trouble on the server's side.",
            )

    def test_any_chain(self, search):
        def promise(answers, links):
            error = None
            for name in reversed(links):
                made, error = LINKS[name][0](), error
                made.__cause__, error = error, made
            kinds = [LINKS[name][1] for name in links]
            wanted = next((kind for kind in kinds if kind), "fatal")
            chain = " from ".join(links)
            got = answers.classify_error(error)
            number = next((n for n, kind in enumerate(kinds) if kind), len(kinds))
            check(
                got == wanted,
                "an error is understood wrongly"
                if number == 0
                else "a cause is understood wrongly",
                why=f"It is {chain}. Ask the questions in their order, first of the error itself, "
                "then of each cause, and stop at the first one that applies.",
                wanted=wanted,
            )

        unknown = ["ValueError", "KeyError", "OSError", "RuntimeError"]
        always = [
            *({"links": [name]} for name in LINKS),
            *({"links": ["RuntimeError", name]} for name in LINKS),
            *({"links": [*unknown * 5, name]} for name in ("TimeoutError", "status 429", "Stop")),
            *({"links": [*unknown[:count], "ReadTimeout"]} for count in range(4)),
            *({"links": [name, "status 429"]} for name in [*LINKS][::3] if LINKS[name][1]),
        ]
        search(promise, *always, links=lists(sampled_from([*LINKS]), min_size=1, max_size=6))


class TimeoutExpired(Exception):
    """Named like the one of the subprocess module, which is no TimeoutError either."""


class RateLimitError(Exception):
    """An error whose class is called like others."""


class ConnectionLostError(Exception):
    """An error whose class is called like others."""


class RequestTimeoutError(Exception):
    """An error whose class is called like others."""


def with_status(error, status):
    """An error that has a status code."""
    error.status_code = status
    return error


def an_event(code, kind, cls=openai.APIError):
    """An error event of OpenAI's client."""
    request = httpx2.Request("POST", "http://localhost/v1/chat/completions")
    return cls("words", request, body={"message": "words", "type": kind, "code": code})


def a_status_error(kind, status):
    """An error of OpenAI's client that has a status."""
    request = httpx2.Request("POST", "http://localhost/v1/chat/completions")
    response = httpx2.Response(status, request=request)
    return kind("words", response=response, body=None)


def by_status(status):
    """The kind that a status stands for: written as a table, on purpose."""
    for first, last, kind in (
        *((408, 408, "timeout"), (504, 504, "timeout"), (429, 429, "rate_limit")),
        (300, 499, "fatal"),
    ):
        if first <= status <= last:
            return kind
    return "connection"


def _links():
    """Errors by what they are called in a message: how to make one, and its kind by itself."""
    request = httpx2.Request("POST", "http://localhost/v1/chat/completions")
    for kind in (KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError, Stop):
        yield kind.__name__, kind, "interrupt"
    yield (
        "KeyboardInterrupt with status 429",
        lambda: with_status(KeyboardInterrupt(), 429),
        "interrupt",
    )
    for kind in (
        *(ValueError, KeyError, RuntimeError, OSError, FileNotFoundError, PermissionError),
        *(Stranger, StopIteration, EOFError, MemoryError, UnicodeError, asyncio.QueueFull),
        *(asyncio.InvalidStateError, Exception),
    ):
        yield kind.__name__, kind, None
    yield "TimeoutExpired", lambda: TimeoutExpired("a command", 5), None
    for kind in (RateLimitError, ConnectionLostError, RequestTimeoutError):
        yield f"{kind.__name__} of some library", kind, None
    for kind in (TimeoutError, ConnectionError, ConnectionResetError, BrokenPipeError):
        yield kind.__name__, kind, "timeout" if kind is TimeoutError else "connection"
    for kind in (ConnectionAbortedError, ConnectionRefusedError):
        yield kind.__name__, kind, "connection"
    for words in ("429 rate limit", "timeout", "connection reset", "503", "CancelledError"):
        yield f"ValueError({words!r})", lambda words=words: ValueError(words), None
    for library in (httpx, httpx2):
        for name in ("ReadTimeout", "ConnectTimeout", "WriteTimeout", "PoolTimeout"):
            shown = name if library is httpx else f"httpx2.{name}"
            yield shown, partial(getattr(library, name), "words"), "timeout"
        for name in (
            *("ConnectError", "ReadError", "WriteError", "CloseError", "ProxyError"),
            *("LocalProtocolError", "RemoteProtocolError", "UnsupportedProtocol", "NetworkError"),
            *("TransportError", "ProtocolError"),
        ):
            shown = f"{library.__name__}.{name}"
            yield shown, partial(getattr(library, name), "words"), "connection"
        for name in ("TooManyRedirects", "DecodingError", "InvalidURL"):
            shown = f"{library.__name__}.{name}"
            yield shown, partial(getattr(library, name), "words"), None
    yield "APITimeoutError", lambda: openai.APITimeoutError(request), "timeout"
    yield "APIConnectionError", lambda: openai.APIConnectionError(request=request), "connection"
    for status in (
        *(0, 100, 199, 200, 201, 299, 300, 301, 399, 400, 401, 403, 404, 407, 408, 409, 422, 428),
        *(429, 430, 499, 500, 501, 502, 503, 504, 505, 529, 599, 600, 999),
    ):
        kind = by_status(status)
        yield f"status {status}", lambda status=status: StatusError("words", status), kind
    yield "HTTPStatus 429", lambda: StatusError("words", HTTPStatus.TOO_MANY_REQUESTS), "rate_limit"
    for status in (None, "429", 429.0, [429]):
        shown = f"an error with status_code={status!r}"
        yield shown, lambda status=status: StatusError("words", status), None
    for kind in (TimeoutError, ConnectionError, OSError):
        shown = f"{kind.__name__} with status 401"
        yield shown, lambda kind=kind: with_status(kind(), 401), "fatal"
    for kind, status in (
        (openai.RateLimitError, 429),
        (openai.InternalServerError, 503),
        (openai.BadRequestError, 400),
        (openai.APIStatusError, 504),
    ):
        shown = f"{kind.__name__} {status}"
        yield shown, lambda made=(kind, status): a_status_error(*made), by_status(status)
    for code, kind, wanted in EVENTS:
        shown = f"APIError with code {code!r} and type {kind!r}"
        yield shown, lambda made=(code, kind): an_event(*made), wanted


EVENTS = (
    *((None, None, "connection"), ("eof", None, "connection"), ("", "", "connection")),
    *((str(status), None, by_status(status)) for status in (200, 299, 300, 399, 400, 408, 429)),
    *((str(status), None, by_status(status)) for status in (499, 500, 504, 599, 600)),
    *(("42", None, "connection"), ("4290", None, "connection"), ("42x", None, "connection")),
    *(("-29", None, "connection"), ("4.9", None, "connection")),
    ("4290", "invalid_request_error", "fatal"),
    ("401", "rate_limit_error", "fatal"),
    ("429", "invalid_request_error", "rate_limit"),
    ("503", "invalid_request_error", "connection"),
    *(("rate_limit", None, "rate_limit"), ("rate_limits", "invalid_request_error", "rate_limit")),
    *((None, "rate_limit", "rate_limit"), (None, "rate_limit_error", "rate_limit")),
    *(("", "rate_limit", "rate_limit"), ("slow_down", "rate_limit_error", "rate_limit")),
    *(("no_rate_limit", None, "connection"), (None, "a_rate_limit", "connection")),
    *((None, "invalid_request_error", "fatal"), ("x", "invalid_request_error", "fatal")),
    *(("invalid_request_error", None, "connection"), (None, "invalid_request", "connection")),
    (None, "invalid_request_error_2", "connection"),
    (None, "server_error", "connection"),
)
"""The code and the type of an error event, and its kind."""

LINKS = {name: (make, kind) for name, make, kind in _links()}


class TestBackoffDelays(Explained):
    """Waits that double, up to a cap, with jitter on request."""

    WHY: ClassVar = {
        "what is done to a result changes the next one": "A result belongs to the caller. Make a "
        "new list for each call: no cache, no list in a default.",
        "it returns something else than a list": "The first line says list[float].",
        "a wait is not the one that is due": "base before the first retry, twice as long before "
        "each next one, and never longer than cap.",
        "the number of waits is not the number of retries": "There is one wait before each retry, "
        "and none after the last.",
        "the first wait is too long": "Before the first retry, the wait is base. Count from 0: "
        "base * 2 ** 0 is base.",
        "the waits do not double": "Begin with base, and take twice as long each time.",
        "the cap is not kept": "A wait that would be longer than cap is cap.",
        "the first wait is not capped": "The cap holds for all waits, even the first one.",
        "many retries end in an OverflowError": "base * 2 ** 4000 is too large for a float. Double "
        "the wait each time, and limit it to the cap right away.",
        "many retries make wrong waits": "Sooner or later each wait is the cap, and stays there.",
        "a base or a cap of 0 is not kept": "0 is not negative. It means: try again at once.",
        "without base and cap the waits are not the default ones": "The defaults are in the first "
        "line of the function: base=1.0, cap=30.0.",
        "jitter makes a wait longer than it would be without, or negative": "Full jitter only ever "
        "shortens a wait: it is a number between 0 and the wait.",
        "many waits are the same despite the jitter": "First the cap, then the random number. "
        "The other way around, most waits are exactly the cap, and the clients come back together.",
        "the jitter is not full": "All numbers from 0 to the wait are equally likely: "
        "rng.uniform(0, wait).",
        "the same seed gives different waits": "Take the random numbers from rng only: then a test "
        "can repeat them.",
        "another seed gives the same waits": "Take the random numbers from rng, as it is.",
    }

    @keeps(1)
    def test_each_wait_is_twice_the_one_before(self, answers, text):
        base, retries = text.seconds(), text.random.randrange(4, 7)
        got = answers.backoff_delays(retries, base, base * 1000)
        wanted = [base * 2**index for index in range(retries)]
        must = self.against(wanted)
        must(len(got) == retries, "the number of waits is not the number of retries")
        must(not same(got, [2 * wait for wait in wanted]), "the first wait is too long")
        must(same(got, wanted), "the waits do not double")

    @keeps(2)
    def test_no_wait_is_longer_than_the_cap(self, answers, text):
        base = text.seconds()
        got = answers.backoff_delays(6, base, base * 5)
        wanted = [base, base * 2, base * 4, base * 5, base * 5, base * 5]
        self.must(same(got, wanted), "the cap is not kept", wanted)
        got = answers.backoff_delays(2, base, base / 2)
        self.must(same(got, [base / 2] * 2), "the first wait is not capped", [base / 2] * 2)

    def test_thousands_of_retries_are_allowed(self, answers, text):
        retries, cap = text.random.randrange(3000, 5000), text.seconds()
        try:
            got = answers.backoff_delays(retries, text.seconds(), cap)
        except OverflowError:
            got = None
        self.in_words(
            got is not None,
            "many retries end in an OverflowError",
            f"{retries} waits, most of them {cap:g}",
            "OverflowError",
        )
        self.in_words(
            len(got) == retries and same(got[-1], cap),
            "many retries make wrong waits",
            f"{retries} waits, the last one {cap:g}",
            f"{len(got)} waits, the last one {got[-1]:g}",
        )

    def test_nothing_may_be_0(self, answers, text):
        got = answers.backoff_delays(0)
        self.must(
            got == [], "there are waits without retries", [], why="There is nothing to wait for."
        )
        for base, cap in ((0.0, text.seconds()), (text.seconds(), 0.0)):
            got = answers.backoff_delays(2, base, cap)
            self.must(same(got, [0.0, 0.0]), "a base or a cap of 0 is not kept", [0.0, 0.0])

    def test_base_is_1_and_cap_is_30_by_default(self, answers, text):
        retries = text.random.randrange(6, 9)
        got = answers.backoff_delays(retries)
        wanted = [min(2.0**index, 30.0) for index in range(retries)]
        self.must(
            same(got, wanted), "without base and cap the waits are not the default ones", wanted
        )

    @keeps(3)
    def test_jitter_lies_between_nothing_and_the_wait(self, answers, text):
        base, seed = text.seconds(0.2, 0.8), text.random.randrange(10**6)
        whole = [min(base * 2**index, base * 16) for index in range(400)]
        got = answers.backoff_delays(400, base, base * 16, random.Random(seed))
        self.in_words(
            all(0 <= wait <= most + 1e-9 for wait, most in zip(got, whole, strict=True)),
            "jitter makes a wait longer than it would be without, or negative",
            f"numbers up to {base:g}, {base * 2:g}, {base * 4:g}, ...",
            ", ".join(f"{wait:g}" for wait in got[:5]) + ", ...",
        )
        common = Counter(got).most_common(1)[0][1]
        self.in_words(
            common < 20,
            "many waits are the same despite the jitter",
            "400 waits that differ",
            f"one of the waits comes {common} times",
        )
        late = [wait / (base * 16) for wait in got[4:]]
        quarters = Counter(int(wait * 4) for wait in late)
        shares = [quarters[number] / len(late) for number in range(4)]
        self.in_words(
            all(0.15 < share < 0.35 for share in shares) and min(late) < 0.1 and max(late) > 0.9,
            "the jitter is not full",
            "about 25 % of the waits in each quarter between 0 and the cap",
            ", ".join(f"{share:.0%}" for share in shares),
        )

    @keeps(4)
    def test_only_rng_is_random(self, answers, text):
        first, second = text.random.sample(range(10**6), 2)
        once, again, other = (
            answers.backoff_delays(4, 1, 30, random.Random(seed)) for seed in (first, first, second)
        )
        self.must(once == again, "the same seed gives different waits", once, again)
        self.must(once != other, "another seed gives the same waits", Words("other waits"), other)

    @keeps(5)
    def test_negative_arguments_are_refused(self, answers, text):
        less = -text.seconds(0.2, 0.9)
        for args in (
            *((-1,), (3, less), (3, 1.0, less), (0, -1.0), (0, 1.0, -1.0), (0, -1e-9)),
            (-1, 1.0, 30.0, random.Random(1)),
        ):
            with refused("a negative argument", "It is a mistake of the caller"):
                answers.backoff_delays(*args)

    def test_each_result_is_a_list_of_its_own(self, answers):
        wanted = [1.0, 2.0, 4.0, 8.0]
        first = answers.backoff_delays(4, 1.0, 17.0)
        got = answers.backoff_delays(4, 1.0, 17.0)
        first.append("changed")
        self.equal(got, wanted, "what is done to a result changes the next one")

    def test_any_arguments(self, search):
        def promise(answers, retries, base, cap, seed):
            rng = None if seed is None else random.Random(seed)
            got = answers.backoff_delays(retries, base, cap, rng)
            most = [min(base * 2**index, cap) for index in range(retries)]
            must = self.against(most, got)
            must(isinstance(got, list), "it returns something else than a list")
            must(len(got) == retries, "the number of waits is not the number of retries")
            if rng is None:
                must(
                    all(close_to(*pair) for pair in zip(got, most, strict=True)),
                    "a wait is not the one that is due",
                )
                return
            must(
                all(0 <= wait <= limit * (1 + 1e-9) for wait, limit in zip(got, most, strict=True)),
                "jitter makes a wait longer than it would be without, or negative",
            )
            again = answers.backoff_delays(retries, base, cap, random.Random(seed))
            must = self.against(got, again)
            must(got == again, "the same seed gives different waits")
            must = self.against(Words("waits that differ"), got)
            must(
                len({*got}) == retries or not min(base, cap),
                "many waits are the same despite the jitter",
            )

        usual = {"retries": 5, "base": 1.0, "cap": 30.0, "seed": None}
        always = [
            *each(**{**usual, "retries": (0, 1, 2, 20, 64)}),
            *each(**{**usual, "base": (0, 0.0, 1, 0.001, 0.1, 29.9, 30, 31, 1e9, -0.0)}),
            *each(**{**usual, "cap": (0, 1, 1.0, 2, 3.9, 16, 1e12, 10**30)}),
            *each(**{**usual, "seed": (0, 1, "a")}),
            {"retries": 40, "base": 0.5, "cap": 10.0**15, "seed": None},
            {"retries": 40, "base": 0.5, "cap": 3, "seed": 7},
        ]
        number = sampled_from((0, 0.1, 0.5, 1, 1.0, 3, 7.25, 30, 1000))
        search(
            promise,
            *always,
            retries=integers(0, 12),
            base=number,
            cap=number,
            seed=none() | integers(0, 9),
        )


def close_to(left, right):
    """Whether two numbers are equal up to rounding."""
    return abs(left - right) <= 1e-9 * max(abs(left), abs(right), 1e-3)


class TestRetryAfter(Explained):
    """How long the server asks to wait."""

    WHY: ClassVar = {
        "a date is read where milliseconds should be": "Retry-After-Ms holds a number. What cannot "
        "be read as one is useless: go on with Retry-After.",
        "the headers are understood wrongly": "First the milliseconds, then seconds, then a date. "
        "Only a wait from 0 to LONGEST_WAIT, both included, is useful.",
        "without the first header it does not look for the second": "Servers may send only "
        "Retry-After. Then that is the one to read.",
        "decimals are not read": "Servers send 0.5, too. float() reads that, int() does not.",
        "the name of a header is compared letter by letter": "In HTTP the names of headers may be "
        "written in capitals or not. Compare them in lower case.",
        "milliseconds are taken for seconds": "A second has a thousand of them.",
        "the milliseconds are not used first": "Retry-After-Ms is more precise, so use it before "
        "Retry-After.",
        "a date is not read, or not compared with `now`": "The header may say when to come back. "
        "parsedate_to_datetime of email.utils reads it, and its timestamp() minus now is the wait.",
        "a wait just at the limit is refused": "Both 0 and LONGEST_WAIT are valid. And 0 is not "
        "None: test `is None`, because 0 is false in an `if`.",
        "a useless first header hides the second one": "If Retry-After-Ms is useless, go on with "
        "Retry-After.",
        "a date without a zone is not taken for UTC": "parsedate_to_datetime then gives a date "
        "without tzinfo, and timestamp() takes that for the local time of your machine, which no "
        "server knows.",
        "the zone of a date is ignored": "Only a date that names no zone is in UTC. One with a "
        "zone has a tzinfo, and its timestamp() is right as it is.",
        "a header with an absurd number is used, or raises an error": "What a server sends is "
        "never an error. A number that no date can hold is an OverflowError, and that is not a "
        "ValueError.",
    }

    NOW = 1_750_000_000.0

    @keeps(1)
    def test_seconds(self, answers, text):
        whole, part = text.random.randrange(1, 50), text.seconds()
        both = {"retry-after-ms": f"{whole}000", "retry-after": str(whole)}
        of_both = answers.retry_after(both, self.NOW)
        got = answers.retry_after({"retry-after": str(whole)}, self.NOW)
        must = self.against(float(whole), got)
        gives_up = got is None and of_both == whole
        must(not gives_up, "without the first header it does not look for the second")
        why = "Look for the header in any case, such as retry-after, and use float()."
        self.must(got == whole, "the seconds are not read", float(whole), why=why)
        got = answers.retry_after({"retry-after": f"{part}"}, self.NOW)
        self.must(same(got, part), "decimals are not read", part)

    @keeps(5)
    def test_names_may_be_in_capitals(self, answers, text):
        wait = text.random.randrange(1, 50)
        for name in ("Retry-After", "RETRY-AFTER"):
            got = answers.retry_after({"Date": "today", name: str(wait)}, self.NOW)
            self.must(got == wait, "the name of a header is compared letter by letter", float(wait))

    @keeps(3)
    def test_milliseconds_come_first(self, answers, text):
        wait = text.seconds()
        headers = {"retry-after": "7", "retry-after-ms": f"{wait * 1000:.0f}"}
        got = answers.retry_after(headers, self.NOW)
        must = self.against(wait)
        must(got is not None and not same(got, wait * 1000), "milliseconds are taken for seconds")
        must(same(got, wait), "the milliseconds are not used first")

    @keeps(2)
    def test_a_date(self, answers, text):
        wait, now = text.random.randrange(5, 55), text.random.randrange(10**9, 2 * 10**9)
        date = format_datetime(datetime.fromtimestamp(now + wait, UTC), usegmt=True)
        got = answers.retry_after({"retry-after": date}, float(now))
        self.must(same(got, wait), "a date is not read, or not compared with `now`", float(wait))

    @keeps(6)
    def test_what_is_of_no_use_is_none(self, answers, text):
        past = datetime.fromtimestamp(self.NOW - text.random.randrange(10, 10**6), UTC)
        far = datetime.fromtimestamp(self.NOW + text.random.randrange(70, 10**6), UTC)
        negative = -text.random.randrange(1, 60)
        for value, why in (
            (None, "Without the header there is nothing to read."),
            (str(negative), "Nobody can wait for a negative time."),
            (format_datetime(past, usegmt=True), "A date that is over says nothing any more."),
            (str(text.random.randrange(61, 9999)), "Nobody waits that long: see LONGEST_WAIT."),
            (format_datetime(far, usegmt=True), "Nobody waits that long: see LONGEST_WAIT."),
            ("nan", "float() reads 'nan', which is not a number to wait for: no comparison holds."),
            ("inf", "float() reads 'inf', and nobody waits forever."),
            (text.word(), "What cannot be read is of no use, and no error."),
            ("", "What cannot be read is of no use, and no error."),
        ):
            headers = {"content-type": "text/plain"}
            if value is not None:
                headers["retry-after"] = value
            try:
                got = answers.retry_after(headers, self.NOW)
            except (ValueError, TypeError, OverflowError, KeyError) as error:
                got = short(error)
            self.must(
                got is None, "a useless header is used, or raises an error", None, got, why=why
            )

    @keeps(6)
    def test_the_limits_are_of_use(self, answers):
        for value in ("0", "60"):
            got = answers.retry_after({"retry-after": value}, self.NOW)
            self.must(
                got is not None and got == float(value),
                "a wait just at the limit is refused",
                float(value),
            )

    @keeps(4)
    def test_the_second_header_is_asked_if_the_first_is_of_no_use(self, answers, text):
        wait = text.random.randrange(1, 50)
        for bad in ("-5", "nan", text.word(), "99999999"):
            got = answers.retry_after({"Retry-After-Ms": bad, "Retry-After": str(wait)}, self.NOW)
            self.must(got == wait, "a useless first header hides the second one", float(wait))

    def test_a_date_without_a_zone_is_in_utc(self, answers, text):
        wait, now = text.random.randrange(5, 55), text.random.randrange(10**9, 2 * 10**9)
        date = datetime.fromtimestamp(now + wait, UTC)
        bare = format_datetime(date, usegmt=True).removesuffix(" GMT")
        for value in (bare, f"{bare} -0000", date.ctime()):
            got = answers.retry_after({"retry-after": value}, float(now))
            self.in_words(
                same(got, wait),
                "a date without a zone is not taken for UTC",
                f"{wait:.1f} for {value!r}",
                f"{got} for {value!r}",
            )

    def test_a_date_may_have_another_zone(self, answers, text):
        wait, now = text.random.randrange(5, 55), text.random.randrange(10**9, 2 * 10**9)
        hours = text.random.choice([-5, 2, 9])
        date = datetime.fromtimestamp(now + wait, timezone(timedelta(hours=hours)))
        got = answers.retry_after({"retry-after": format_datetime(date)}, float(now))
        self.must(same(got, wait), "the zone of a date is ignored", float(wait))

    @keeps(7)
    def test_absurd_numbers_are_no_error(self, answers, text):
        huge, time = "9" * text.random.randrange(20, 30), "07:28:00"
        for value in (
            f"Wed, 21 Oct 2026 {huge}:28:00 GMT",
            f"Wed, 21 Oct {huge} {time} GMT",
            f"Wed, 21 Oct 2026 {time} +{huge}",
            f"Wed, 21 Oct 0001 {time}",
            f"{huge}{huge}",
        ):
            try:
                got = answers.retry_after({"retry-after": value}, self.NOW)
            except NotImplementedError:
                raise
            except Exception as error:
                got = short(error)
            self.in_words(
                got is None,
                "a header with an absurd number is used, or raises an error",
                f"None for {value!r}",
                f"{got} for {value!r}",
            )

    def test_a_date_is_not_a_number_of_milliseconds(self, answers, text):
        wait, now = text.random.randrange(5, 55), text.random.randrange(10**9, 2 * 10**9)
        date = format_datetime(datetime.fromtimestamp(now + wait, UTC), usegmt=True)
        for headers, wanted in (
            ({"Retry-After-Ms": date}, None),
            ({"Retry-After-Ms": date, "Retry-After": "60"}, 60.0),
        ):
            got = answers.retry_after(headers, float(now))
            self.must(got == wanted, "a date is read where milliseconds should be", wanted, got)

    def test_any_headers(self, search):
        def promise(answers, ms, seconds_or_date, names, now, others=()):
            headers = dict(others)
            text, wait = seconds_or_date
            if callable(text):
                text, wait = text(now), wait + int(now) - now
            wanted = useful(wait)
            if text is not None:
                headers[names[0]] = text
            if ms[0] is not None:
                headers[names[1]] = ms[0]
                if useful(ms[1] and ms[1] / 1000) is not None:
                    wanted = ms[1] / 1000
            with unchanged(headers=headers):
                got = answers.retry_after(headers, now)
            is_right = same(got, wanted) if None not in (got, wanted) else got is wanted
            self.must(is_right, "the headers are understood wrongly", wanted, got)

        nothing, others = (None, None), {"Date": "5", "x-retry-after": "7", "retry-after-s": "9"}
        usual = {"ms": nothing, "seconds_or_date": ("5", 5), "names": NAMES[0], "now": 1.75e9}
        always = [
            *({**usual, "seconds_or_date": one} for one in (*NUMBERS, *DATES, nothing)),
            *({**usual, "ms": one} for one in (*MILLISECONDS, *NUMBERS[-12:])),
            *({**usual, "ms": one, "seconds_or_date": nothing} for one in MILLISECONDS),
            *({**usual, "ms": ("7000", 7000), "names": names} for names in NAMES),
            {**usual, "others": others},
            {**usual, "others": others, "seconds_or_date": nothing},
            *(
                {**usual, "seconds_or_date": DATES[33], "now": now}
                for now in (0.0, 1e9, 1.75e9 + 0.5)
            ),
        ]
        search(
            promise,
            *always,
            ms=sampled_from((nothing, *MILLISECONDS)),
            seconds_or_date=sampled_from((nothing, *NUMBERS, *DATES)),
            names=sampled_from(NAMES),
            now=sampled_from((1.75e9, 0.0, 2e9)),
        )


def useful(wait):
    """A wait, if it is useful."""
    return wait if wait is not None and 0 <= wait <= 60 else None


NAMES = (
    ("retry-after", "retry-after-ms"),
    ("Retry-After", "Retry-After-Ms"),
    ("RETRY-AFTER", "RETRY-AFTER-MS"),
    ("rEtry-afteR", "Retry-after-mS"),
)
"""How the two headers may be called."""

NUMBERS = (
    *(("0", 0), ("0.0", 0), ("1", 1), ("0.5", 0.5), (" 7 ", 7), ("1e1", 10), ("+3", 3), ("5.", 5)),
    *((".5", 0.5), ("59.999", 59.999), ("60", 60), ("60.0", 60), ("60.001", None), ("61", None)),
    *(("-0.001", None), ("-5", None), ("nan", None), ("-nan", None), ("inf", None), ("1_0", 10)),
    *(("-Infinity", None), ("1e400", None), ("9" * 400, None), ("", None), (" ", None)),
    *(("soon", None), ("5 seconds", None), ("0x10", None), ("1,5", None), ("5s", None)),
    *(("None", None), ("true", None)),
)
"""What a header may say, and what number that is, if it is useful."""

MILLISECONDS = (
    *(("0", 0), ("1", 1), ("0.5", 0.5), ("1500", 1500), (" 250 ", 250), ("6e4", 60_000)),
    *(("60000", 60_000), ("60001", None), ("-1", None), ("nan", None), ("inf", None), ("", None)),
    *(("soon", None), ("1e400", None), ("Wed, 21 Oct 2026 07:28:00 GMT", None)),
)
"""The same for milliseconds."""


def _date(wait, style):
    """Return a function that writes the date which is so many seconds later than now."""

    def at(now):
        moment = datetime.fromtimestamp(int(now) + wait, UTC)
        bare = format_datetime(moment, usegmt=True).removesuffix(" GMT")
        if style == "ctime":
            return moment.ctime()
        if isinstance(style, int):
            return format_datetime(moment.astimezone(timezone(timedelta(minutes=style))))
        return bare + style

    at.__name__ = f"{wait} s from now, {style}"
    return at


DATES = tuple(
    (_date(wait, style), wait)
    for wait in (-86_400, -1, 0, 1, 30, 60, 61, 10**6)
    for style in (" GMT", "", " -0000", " +0000", "ctime", 120, -330, 765)
)
"""Dates of several forms, and when they are."""


def streams(*scripts):
    """Return a `make` that gives a stream for each script, then empty ones, and what it made."""
    made = []

    def make():
        script = scripts[len(made)] if len(made) < len(scripts) else []
        made.append(AsyncSource(script))
        return made[-1]

    return make, made


class AsyncConnection(AsyncSource):
    """A stream that an error does not close: only aclose() does."""

    def _raise(self, error):
        raise error


class Waits(list):
    """Records the waits that somebody asks for, and does not wait."""

    async def sleep(self, wait):
        self.append(wait)


KEEPS = StreamPromises()

NAMES_OF_MODELS = ("first", "second", "third", "fourth")

SOME_ERRORS = tuple(
    kind("of the source")
    for kind in (ConnectionError, TimeoutError, ValueError, RuntimeError, KeyError)
)
ANY_ERROR = (
    *(Exception, OSError, LookupError, AttributeError, TypeError, AssertionError, Stranger),
    *(EOFError, MemoryError, asyncio.QueueFull, *map(type, SOME_ERRORS)),
)

SOME_TEXTS = (*(["", *TEXTS[at::3], TEXTS[at]] for at in range(3)), ["a", "a"], ["", ""], [])
"""Tokens of any kind."""


@dataclass
class Try:
    """What one stream does.

    Attributes:
        tokens: what it gives.
        error: what it raises after them, or None.
        in_make: whether it is already raised by what makes the stream.
    """

    tokens: list[str] = field(default_factory=list)
    error: BaseException | None = None
    in_make: bool = False

    @property
    def items(self):
        """The items of a source."""
        return [*self.tokens, *([self.error] if self.error else [])]

    @property
    def reply(self):
        """The same as the reply of a model, which begins with a thought."""
        return Reply(Reasoning("Hm."), *self.tokens, *([Fail(self.error)] if self.error else []))


def any_try(*interrupts):
    """A stream that works, or fails before its first token, or after it."""
    texts = ([], [""], ["", ""], ["a"], ["", "a", "a", ""], [" "], ["\n", "b"], ["one", " ", "two"])
    errors = (None, None, *SOME_ERRORS, *interrupts)
    return sampled_from([Try(tokens, error) for tokens in texts for error in errors])


def ends(tokens, error):
    """The tokens that a stream hands out, and what ends it; a list stands for PartialStream."""
    shown = [token for token in tokens if token]
    return shown, [error] if shown and isinstance(error, Exception) else error


def plain(item):
    """A token or an event with its text as a plain string; a chunk has one that can be called."""
    if isinstance(item, dict):
        return {key: plain(value) for key, value in item.items()}
    return str(item) if isinstance(item, str) else item


async def read_all(stream, stop_after=None, look=lambda item: None):
    """Read a stream, and look at each item; return what came, and what ended it, or None."""
    got = []
    try:
        async for item in stream:
            got.append(plain(item))
            look(item)
            if len(got) == stop_after:
                await stream.aclose()
                break
    except (NotImplementedError, WrongAnswer, Stuck):
        raise
    except BaseException as error:
        return got, error
    return got, None


def check_end(answers, got, came, wanted, error):
    """Pass if this has come, and if this has ended it.

    Args:
        answers: the functions to be graded.
        got: what has come.
        came: what has ended it.
        wanted: what should have come.
        error: what should have ended it: the very error, a list with the cause of a PartialStream,
            a tuple with the errors of AllFailed, or None.
    """
    if isinstance(error, list):
        check_partial(answers, got, came, [text_of(item) for item in wanted], error[0], 0)
    must = against(wanted, got)
    must(
        came is None or error is not None,
        "it fails although it should not",
        "Go through it step by step: what is worth another try, and is one left?",
        got=Words(f"{got}, then {type(came).__name__}"),
    )
    if isinstance(error, BaseException) and not isinstance(error, Exception):
        must = against(Words(type(error).__name__), short(came))
        must(
            # a cancellation is made new for each task that it passes through
            came is error or type(came) is type(error) is asyncio.CancelledError,
            "an interrupt is not obeyed",
            "Somebody wants to stop. Let everything pass that is not an Exception.",
        )
    check_same(got, wanted, wanted, lambda items: [*items])
    if isinstance(error, tuple):
        must = against(Words("AllFailed"), short(came))
        must(
            isinstance(came, answers.AllFailed),
            "AllFailed does not come",
            "Nothing is left to try.",
        )
        must = against([*error], [*came.errors])
        must(
            len(came.errors) == len(error)
            and all(one is other for one, other in zip(came.errors, error, strict=True)),
            "AllFailed does not have all errors",
            "Its errors are all that were raised, the first one first, each as it is.",
        )
        must = against(error[0], came.__cause__)
        must(
            came.__cause__ is error[0], "the first error is not the cause", "Write raise ... from."
        )
    elif isinstance(error, Exception):
        must = against(Words(type(error).__name__), short(came))
        must(came is error, "an error is replaced or hidden", SAME_ERROR)
        name = type(error).__name__
        must = against(Words(f"{name} with no cause"), Words(f"{name} from {came.__cause__!r}"))
        must(
            came.__cause__ is None,
            "an error gets another cause",
            "It passes through as it is: write raise, with nothing after it.",
        )


def text_of(item):
    """The text of a token or of its event."""
    return item if isinstance(item, str) else item.get("content", "")


class OpenStream:
    """The stream of a model that stays open until somebody closes it, as a connection does."""

    def __init__(self, stream):
        self._stream = stream
        self.closed = False
        self.is_late = False

    def __aiter__(self):
        return self

    async def __anext__(self):
        return await anext(self._stream)

    async def aclose(self):
        self.closed = True
        await self._stream.aclose()


class OpenModel(HeldModel):
    """A scripted model whose streams stay open, and which looks for them when it is asked."""

    def astream(self, *args, **kwargs):
        """Stream as every model does, and keep the stream."""
        super().astream(*args, **kwargs)
        self.held[-1] = OpenStream(self.held[-1])
        return self.held[-1]

    async def ainvoke(self, *args, **kwargs):
        """Answer as every model does, and note which streams are still open."""
        for stream in self.held:
            stream.is_late = not stream.closed
        return await super().ainvoke(*args, **kwargs)


def open_model(*tries):
    """Return a model that does these things."""
    return OpenModel(replies=[one.reply for one in tries])


def check_streams_closed(models, when):
    """Pass if all streams of these models are closed."""
    streams = [stream for model in models for stream in model.held]
    must = against(Words("the stream closed"), Words("still open"))
    must(all(stream.closed for stream in streams), f"a model's stream stays open {when}", CLOSE)
    is_late = any(stream.is_late for stream in streams)
    must(not is_late, "a stream that has failed is open when something else is tried", CLOSE)


def check_calls(models, calls, problem, why):
    """Pass if each model was asked so often, with the right question, and nothing is left open."""
    asked = [len(model.transcript) for model in models]
    must = against(Words(f"{calls} calls"), Words(f"{asked} calls"))
    must(asked == calls, problem, why.get(problem, "Ask one after the other."))
    for model in models:
        said = [call.messages[-1].text for call in model.transcript]
        must = against("Hello?", said)
        must({*said} <= {"Hello?"}, "the prompt is changed", "Hand it on.")
    check_streams_closed(models, "at the end")


def always(error):
    """Every error is worth a retry."""
    return True


def never(error):
    """No error is worth a retry."""
    return False


class TestStreamWithRetry(Explained):
    """A stream may start over, but only before its first token."""

    WHY: ClassVar = {
        "a working stream is not passed on as it is": "Hand out its tokens in order, and end when "
        "it ends.",
        "it waits although it does not try again": "A wait comes before a retry. Here there is "
        "none.",
        "an empty token counts as the first one": NO_EMPTY,
        "a failure before the first token is not retried": "Nobody has seen anything yet: make a "
        "new stream and start over.",
        "the retry does not yield the answer": "Ask make() for a new stream for each try. One that "
        "has failed is over.",
        "it waits wrongly between the tries": "Before each retry comes one of backoff_delays(...), "
        "through `sleep`.",
        "after the last try it ends as if all went well": "No answer is not an empty answer. Let "
        "the last error pass through.",
        "it tries too often, or not often enough": "`retries` counts the tries after the first.",
        "it waits after the last try": "After that there is no other try, so there is no need to "
        "wait.",
        "the defaults are not the given ones": "Without arguments: retries=3, base=1.0, "
        "cap=30.0, as the first line says.",
        "a stream that has failed is still open when it waits or tries again": "Not every stream "
        "ends with its error; an open one keeps costing money. First close it, then wait, then "
        "make another one.",
        "it retries, or waits for, what is not worth it": "Ask retryable(error) before you wait. A "
        "wrong key is still wrong in a second.",
        "an error of make() is not retried": "Opening a connection is part of a try. Call make() "
        "inside try.",
        "an answer without text is taken for a failure": NO_ANSWER,
        "it makes streams and waits in another order": "A wait comes before each retry, and only "
        "there: make, wait, make, and so on.",
        "retryable is asked about what it should not be asked about": "Ask it about the error of "
        "this try, if that is an Exception.",
        "the waits are not those of backoff_delays": "Pass `base`, `cap` and `rng` on to "
        "backoff_delays.",
        "without `sleep` it does not wait": "If no `sleep` is given, await asyncio.sleep.",
        "it blocks the event loop while it waits": "time.sleep() stops all other tasks, too. Await "
        "asyncio.sleep.",
        "it tries again although it was stopped": "asyncio.CancelledError is not an "
        "Exception. Do not catch BaseException.",
        "a stream is made although an argument is negative": "Check the arguments first: finding "
        "the mistake now costs nothing.",
        "a negative argument is accepted": "It is a mistake of the caller: raise ValueError, as "
        "backoff_delays does.",
    }

    @keeps(1)
    async def test_a_stream_that_works_passes(self, answers, text):
        tokens = text.tokens(4)
        make, made = streams(["", tokens[0], "", *tokens[1:]], tokens)
        waits = Waits()
        got, error = await read(answers.stream_with_retry(make, sleep=waits.sleep))
        must = self.against(tokens)
        must(error is None, "a stream that works fails", why="Pass its tokens on.")
        must("" not in got, "it yields empty tokens", got=got, why=NO_EMPTY)
        must(
            got == tokens and len(made) == 1, "a working stream is not passed on as it is", got=got
        )

    @keeps(4)
    async def test_after_the_first_token_nothing_is_tried_again(self, answers, text):
        several = text.tokens(3)
        for retryable, tokens in ((always, several), (never, several), (always, [" "])):
            cause = ConnectionError(text.word())
            make, made = streams([*tokens, cause], [*tokens, "!"])
            waits = Waits()
            got, error = await read(
                answers.stream_with_retry(make, retryable=retryable, sleep=waits.sleep)
            )
            check_partial(answers, got, error, tokens, cause, len(made) - 1)
            self.must(not waits, "it waits although it does not try again", [], [*waits])

    @keeps(2)
    async def test_a_failure_before_the_first_token_is_retried(self, answers, text):
        tokens, base = text.tokens(3), text.seconds()
        failures = [ConnectionError(text.word()), TimeoutError(text.word())]
        make, made = streams([failures[0]], ["", "", failures[1]], tokens)
        waits = Waits()
        got, error = await read(
            answers.stream_with_retry(make, base=base, retryable=always, sleep=waits.sleep)
        )
        must = self.against(tokens, short(error))
        must(not isinstance(error, answers.PartialStream), "an empty token counts as the first one")
        must(error is None, "a failure before the first token is not retried")
        self.in_words(
            got == tokens and len(made) == 3,
            "the retry does not yield the answer",
            f"{tokens} from the third stream",
            f"{got} after {len(made)} streams",
        )
        wanted = answers.backoff_delays(3, base, 30.0)[:2]
        self.must(
            same([*waits], wanted),
            "it waits wrongly between the tries",
            seconds(wanted),
            seconds(waits),
        )

    @keeps(3)
    async def test_after_the_last_try_it_gives_up_at_once(self, answers, text):
        for retries in (text.random.randrange(1, 4), 0):
            base = text.seconds()
            failures = [ConnectionError(text.word()) for _ in range(retries + 1)]
            make, made = streams(*[[failure] for failure in failures])
            waits = Waits()
            got, error = await read(
                answers.stream_with_retry(make, retries, base, 99, always, waits.sleep)
            )
            self.must(
                error is not None,
                "after the last try it ends as if all went well",
                Words("the last ConnectionError"),
                got,
            )
            self.in_words(
                len(made) == retries + 1,
                "it tries too often, or not often enough",
                f"{retries + 1} tries with retries={retries}",
                f"{len(made)} tries",
            )
            wanted = answers.backoff_delays(retries, base, 99)
            must = self.against(seconds(wanted), seconds(waits))
            must(len(waits) <= retries, "it waits after the last try")
            must(
                same([*waits], wanted),
                "it waits wrongly between the tries",
                why="Before each retry comes one of backoff_delays(...).",
            )
            self.must(error is failures[-1], "the last error is replaced", why=SAME_ERROR)

    async def test_the_defaults_are_those_of_the_first_line(self, answers, text):
        for options in ({}, {"base": 20.0}):
            make, made = streams(*[[ConnectionError(text.word())] for _ in range(9)])
            waits = Waits()
            await read(
                answers.stream_with_retry(make, retryable=always, sleep=waits.sleep, **options)
            )
            wanted = answers.backoff_delays(3, options.get("base", 1.0), 30.0)
            self.in_words(
                len(made) == 4 and same([*waits], wanted),
                "the defaults are not the given ones",
                f"4 tries, with waits of {seconds(wanted)}",
                f"{len(made)} tries, with waits of {seconds(waits)}",
            )

    @keeps(6)
    async def test_a_failed_stream_is_closed_before_anything_else(self, answers, text):
        scripts = [[ConnectionError()], ["", ConnectionError()], [*text.tokens(2), TimeoutError()]]
        made, late = [], []

        def look(when):
            late.extend(when for stream in made if not stream.closed)

        def make():
            look("at the next try")
            made.append(AsyncConnection(scripts[len(made)]))
            return made[-1]

        async def sleep(wait):
            look("during the wait")

        await read(answers.stream_with_retry(make, retryable=always, sleep=sleep))
        self.in_words(
            not late,
            "a stream that has failed is still open when it waits or tries again",
            "closed during the wait",
            f"open {late[0]}" if late else "",
        )
        self.must(
            all(stream.closed for stream in made), "a stream that broke stays open", why=CLOSE
        )

    @keeps(3)
    async def test_what_is_not_worth_a_retry_passes_at_once(self, answers, text):
        for failure, retryable in (
            (ConnectionError(text.word()), {"retryable": never}),
            (ValueError(text.word()), {}),
        ):
            make, made = streams([failure], text.tokens(2))
            waits = Waits()
            _, error = await read(answers.stream_with_retry(make, sleep=waits.sleep, **retryable))
            self.in_words(
                len(made) == 1 and not waits,
                "it retries, or waits for, what is not worth it",
                "one try and no wait",
                f"{len(made)} tries and waits of {seconds(waits)}",
            )
            self.must(error is failure, "an error is replaced or hidden", why=SAME_ERROR)

    @keeps(2)
    async def test_make_may_fail_too(self, answers, text):
        tokens, tries = text.tokens(2), []

        def make():
            tries.append(1)
            if len(tries) < 3:
                raise ConnectionError(text.word())
            return AsyncSource(tokens)

        waits = Waits()
        got, error = await read(
            answers.stream_with_retry(make, retryable=always, sleep=waits.sleep)
        )
        self.must(
            error is None and got == tokens,
            "an error of make() is not retried",
            tokens,
            got if error is None else short(error),
        )

    async def test_an_answer_without_text_is_an_answer(self, answers, text):
        make, made = streams([""], text.tokens(2))
        waits = Waits()
        got, error = await read(
            answers.stream_with_retry(make, retryable=always, sleep=waits.sleep)
        )
        self.in_words(
            got == [] and error is None and len(made) == 1,
            "an answer without text is taken for a failure",
            "nothing, from one stream",
            f"{got}, from {len(made)} streams",
        )

    @keeps(5)
    async def test_it_waits_with_asyncio_and_with_jitter(self, answers, text, clock):
        seed = text.random.randrange(10**6)
        make, _ = streams(*[[ConnectionError()] for _ in range(3)], ["done"])
        waits = Waits()
        stream = answers.stream_with_retry(
            make, 3, 2.0, 5.0, always, waits.sleep, random.Random(seed)
        )
        await read(stream)
        wanted = answers.backoff_delays(3, 2.0, 5.0, random.Random(seed))
        self.must(
            same([*waits], wanted),
            "the waits are not those of backoff_delays",
            seconds(wanted),
            seconds(waits),
        )
        make, _ = streams(*[[ConnectionError()] for _ in range(3)], ["done"])
        await read(answers.stream_with_retry(make, 3, 2.0, 5.0, always))
        wanted = sum(answers.backoff_delays(3, 2.0, 5.0))
        self.came_at([clock.elapsed], [wanted], "without `sleep` it does not wait")
        self.in_words(
            clock.blocked == 0,
            "it blocks the event loop while it waits",
            "other tasks run on",
            f"nothing else ran for {clock.blocked:g} s",
        )

    @keeps(6)
    async def test_it_is_lazy_and_closes_its_stream(self, answers, text):
        make, made = streams(text.tokens(9))
        stream = answers.stream_with_retry(make)
        self.must(
            not made, "a stream is made before anybody asks for a token", got=Words("one"), why=LAZY
        )
        await take(stream, 2)
        check_not_ahead(made[0].pulled, 2)
        await stream.aclose()
        check_closed(made[0], why=CLOSE_EACH)

    @keeps(7)
    async def test_cancellation_is_no_failure(self, answers, text):
        for script, base in (([Hang()], 1.0), ([ConnectionError()], 60.0)):
            make, made = streams(script, text.tokens(2))
            await cancel_while_it_waits(
                answers.stream_with_retry(make, base=base, retryable=always)
            )
            self.in_words(
                len(made) == 1 and made[0].closed,
                "it tries again although it was stopped",
                "one stream, closed",
                f"{len(made)} streams",
            )
        check_nothing_runs_on(answers)

    async def test_negative_arguments_are_refused(self, answers, text):
        less = -text.random.randrange(1, 9)
        for args in ((less,), (3, less), (3, 1.0, less)):
            make, made = streams(text.tokens(2))
            with self.raises(ValueError, "a negative argument is accepted"):
                await anext(answers.stream_with_retry(make, *args), None)
            self.in_words(
                not made, "a stream is made although an argument is negative", "none", "one"
            )

    async def test_each_call_is_a_stream_of_its_own(self, answers, text):
        words = [text.word() for _ in range(6)]
        await acheck_apart(
            lambda source: answers.stream_with_retry(lambda: source), words, words[3:]
        )

    async def test_errors_of_any_kind(self, answers):
        for kind in ANY_ERROR:
            for before in ([], [""], ["a"]):
                failure = kind("of the source")
                make, made = streams([*before, failure], ["b"])
                got, error = await read_all(answers.stream_with_retry(make, retryable=never))
                check_end(answers, got, error, *ends([*before], failure))
                self.must(len(made) == 1, "it retries, or waits for, what is not worth it")
                check_closed(made[0], "after an error", CLOSE)

    def test_any_tries(self, search):
        async def promise(
            answers, clock, tries, refuses=(), stop_after=None, own_sleep=True, **options
        ):
            log, made, asked = [], [], []
            options = {"retries": 3, "base": 1.0, "cap": 30.0, **options}

            def make():
                log.append("make")
                script = tries[len(made)] if len(made) < len(tries) else Try(["more"])
                made.append(None if script.in_make else AsyncSource(script.items))
                if script.in_make:
                    raise script.error
                return made[-1]

            def retryable(error):
                asked.append(error)
                return type(error) not in refuses

            async def sleep(wait):
                log.append(wait)
                left = sum(source is not None and not source.closed for source in made)
                self.in_words(
                    left == 0,
                    "a stream that has failed is still open when it waits or tries again",
                    "closed before the wait",
                    "open during the wait",
                )

            wanted, error, wanted_log, may_ask = self.course(tries, refuses, **options)
            sleeps = {"sleep": sleep} if own_sleep else {}
            make.__name__ = "make: " + ", then ".join(describe_items(one.items) for one in tries)
            stream = answers.stream_with_retry(make, retryable=retryable, **options, **sleeps)
            await asyncio.sleep(0)
            self.must(not log, "a stream is made before anybody asks for a token", why=LAZY)
            got, came = await read_all(stream, stop_after)
            if stop_after and stop_after <= len(wanted):
                wanted, error = wanted[:stop_after], None
            check_end(answers, got, came, wanted, error)
            if log != wanted_log:
                wanted_log = self.with_own_waits(answers, wanted_log, options)
            if own_sleep:
                self.equal(log, wanted_log, "it makes streams and waits in another order")
            else:
                waits = [one for one in wanted_log if one != "make"]
                self.came_at([clock.elapsed], [sum(waits)], "without `sleep` it does not wait")
            self.must(
                all(one in may_ask for one in asked),
                "retryable is asked about what it should not be asked about",
                [type(one).__name__ for one in may_ask],
                [type(one).__name__ for one in asked],
            )
            for source in made:
                if source is not None:
                    check_closed(source, "at the end", CLOSE)

        broken = Try(error=ConnectionError("of the source"))
        empty = Try(["", ""], TimeoutError("of the source"))
        no_make = Try(error=ValueError("of make"), in_make=True)
        answer = Try(["", "a", "a", "", " ", "b"])
        usual = [broken, empty, no_make, answer]
        interrupts = [kind("of the source") for kind in (Stop, asyncio.CancelledError)]
        always = [
            *({"tries": [Try(tokens)]} for tokens in SOME_TEXTS),
            *({"tries": [Try(["", "a"], error), answer]} for error in SOME_ERRORS),
            *(
                {"tries": [Try(["", one], error=SOME_ERRORS[0]), answer]}
                for one in (" ", "\n", "\u200b")
            ),
            *({"tries": [Try([""], error), answer]} for error in (*SOME_ERRORS, *interrupts)),
            *({"tries": [Try(["", "a"], error), answer]} for error in interrupts),
            *({"tries": [broken, Try([], error, in_make=True), answer]} for error in interrupts),
            *({"tries": usual, "retries": count} for count in range(5)),
            *({"tries": [broken] * count + [answer], "retries": 9} for count in (0, 1, 8, 9, 10)),
            *(
                {"tries": usual, "base": base, "cap": cap}
                for base, cap in ((0, 30), (2, 0), (5, 7))
            ),
            *({"tries": usual, "stop_after": count} for count in (1, 2, 3)),
            {"tries": usual, "refuses": (TimeoutError,)},
            {"tries": usual, "refuses": (ValueError,)},
            {"tries": usual, "own_sleep": False},
            {"tries": [Try(["", ""]), answer]},
            {"tries": [broken, Try([]), answer]},
        ]
        search(
            promise,
            *always,
            tries=lists(any_try(Stop("of the source")), min_size=1, max_size=4),
            retries=sampled_from((3, 0, 1, 2)),
            base=sampled_from((1, 0, 0.5, 20)),
            cap=sampled_from((30, 0, 1)),
            refuses=sampled_from(((), (ConnectionError,), (ValueError, TimeoutError))),
            stop_after=sampled_from((None, None, 1, 2)),
        )

    def with_own_waits(self, answers, log, options):
        """The log with the waits of the answers' own `backoff_delays`, which is another task."""
        arguments = (options["retries"], options["base"], options["cap"])
        try:
            waits = iter(answers.backoff_delays(*arguments))
            return [one if one == "make" else next(waits) for one in log]
        except Exception:
            return log

    def course(self, tries, refuses, retries, base, cap):
        """The tokens, what ends them, all that is made and waited for, and what may be asked."""
        log, asked = [], []
        for number, one in enumerate(tries):
            log.append("make")
            shown = [token for token in one.tokens if token]
            if shown or one.error is None or not isinstance(one.error, Exception):
                return *ends(one.tokens, one.error), log, asked
            asked.append(one.error)
            if number == retries or type(one.error) in refuses:
                return [], one.error, log, asked
            log.append(min(base * 2**number, cap))
        return ["more"], None, [*log, "make"], asked


class TestStreamOrInvoke(Explained):
    """The answer streams, or comes in one piece if that fails at once."""

    WHY: ClassVar = {
        "it yields something other than text": "The content of a chunk may be a list of blocks, "
        "such as the model's reasoning. Its text is chunk.text.",
        "the answer comes in one piece although it could stream": "Ask with model.astream(prompt) "
        "first, and yield the text of each chunk.",
        "the answer is not the model's, or it is asked twice": "A stream that has ended was the "
        "answer. Do not ask again.",
        "a chunk without text counts as the first token": "Many models begin with an empty chunk, "
        "or with their reasoning. Nobody has seen anything until there is some chunk.text.",
        "a stream that fails at once ends everything": "Nobody has seen anything yet. Ask for the "
        "whole answer: model.ainvoke(prompt). Which exception it was makes no difference.",
        "the whole answer is not handed out as it is": "Await model.ainvoke(prompt), and yield the "
        "text of the message.",
        "it asks too often, or asks something else": "One stream, and one ainvoke with the same "
        "prompt.",
        "an answer without text is taken for a failure": NO_ANSWER,
        "two failures do not become AllFailed": "Catch the error of ainvoke too, and raise "
        "AllFailed from the first one.",
        "`errors` does not have both errors in order": "Keep the first error: Python deletes the "
        "name in `except ... as` at the block's end. Then raise AllFailed([first, second]).",
        "the first error is not the cause": "What started it is the cause: raise AllFailed(...) "
        "from the first error.",
        "the model's stream stays open when the caller stops": CLOSE_EACH,
        "it asks again although it was stopped": "asyncio.CancelledError is not an "
        "Exception. Do not catch BaseException.",
    }

    @keeps(1)
    async def test_a_stream_that_works_passes(self, answers, play, text):
        tokens, prompt = text.tokens(4), text.sentence()
        model = play(Reply(Reasoning(text.word()), tokens[0], "", *tokens[1:]), Reply("no"))
        got, error = await read(answers.stream_or_invoke(model, prompt))
        must = self.against(tokens)
        must(error is None, "a stream that works fails", why="Pass it on.")
        must(
            all(isinstance(token, str) for token in got),
            "it yields something other than text",
            got=got,
        )
        must("" not in got, "it yields empty strings", got=got, why=NO_EMPTY)
        must(len(got) > 1, "the answer comes in one piece although it could stream", got=got)
        must(
            got == tokens and len(model.transcript) == 1,
            "the answer is not the model's, or it is asked twice",
            got=got,
        )
        asked = model.transcript[0].messages[-1].text
        self.must(asked == prompt, "the prompt is changed", prompt, asked, why="Hand it on.")

    @keeps(3)
    @in_process(WIRE)
    async def test_after_the_first_token_nothing_is_tried_again(self, answers, play, text):
        for tokens in (text.tokens(3), [" "]):
            cause = ConnectionError(text.word())
            model = play(Reply(*tokens, Fail(cause)), Reply(*tokens, "!"))
            got, error = await read(answers.stream_or_invoke(model, "Hello?"))
            check_partial(answers, got, error, tokens, cause, len(model.transcript) - 1)

    @keeps(2)
    async def test_a_failure_before_the_first_token_asks_for_the_whole(self, answers, play, text):
        prompt = text.sentence()
        for kind in (text.random.choice([ConnectionError, TimeoutError]), ValueError):
            whole = text.sentence()
            fails = Reply("", Reasoning(text.word()), Fail(kind(text.word())))
            model = play(fails, Reply(Reasoning(text.word()), whole))
            got, error = await read(answers.stream_or_invoke(model, prompt))
            must = self.against([whole])
            must(
                not isinstance(error, answers.PartialStream),
                "a chunk without text counts as the first token",
                got=short(error),
            )
            must(error is None, "a stream that fails at once ends everything", got=short(error))
            must(got == [whole], "the whole answer is not handed out as it is", got=got)
            asked = [call.messages[-1].text for call in model.transcript]
            self.equal(asked, [prompt, prompt], "it asks too often, or asks something else")
        model = play(Reply(Fail(ConnectionError(text.word()))), Reply())
        got, error = await read(answers.stream_or_invoke(model, prompt))
        self.must(
            got == [] and error is None,
            "a whole answer without text is handed out, or is a failure",
            [],
            got if error is None else short(error),
            why=NO_ANSWER + " An empty token is not handed out.",
        )

    @keeps(4)
    async def test_an_answer_without_text_is_an_answer(self, answers, play, text):
        model = play(Reply(), Reply(text.word()))
        got, error = await read(answers.stream_or_invoke(model, "Say nothing."))
        self.in_words(
            got == [] and error is None and len(model.transcript) == 1,
            "an answer without text is taken for a failure",
            "nothing, and the model asked once",
            f"{got}, and the model asked {len(model.transcript)} times",
        )

    @keeps(5)
    @in_process(WIRE)
    async def test_if_both_fail_both_are_told(self, answers, play, text):
        first, second = ConnectionError(text.word()), TimeoutError(text.word())
        model = play(Reply(Fail(first)), Reply(Fail(second)))
        got, error = await read(answers.stream_or_invoke(model, "Hello?"))
        self.must(
            isinstance(error, answers.AllFailed),
            "two failures do not become AllFailed",
            Words("AllFailed"),
            short(error) if error else got,
        )
        self.must(
            [*error.errors] == [first, second],
            "`errors` does not have both errors in order",
            [first, second],
            error.errors,
        )
        self.must(
            error.__cause__ is first, "the first error is not the cause", first, error.__cause__
        )

    @keeps(6)
    @in_process("a network reads ahead")
    async def test_it_is_lazy_and_closes_the_model(self, answers, play, text):
        model = play(Reply(*text.tokens(9)), Reply("no"))
        stream = answers.stream_or_invoke(model, "Hello?")
        check_not_asked(model)
        await take(stream, 2)
        pulled = model.transcript[0].pulled
        check_not_ahead(pulled, 2)
        await stream.aclose()
        self.must(
            await aended(model.transcript[0]) and len(model.transcript) == 1,
            "the model's stream stays open when the caller stops",
        )

    @keeps(7)
    async def test_cancellation_is_no_failure(self, answers, play, text):
        for before in ([], [Reply(Fail(ConnectionError(text.word())))]):
            model = play(*before, Reply(Hang()), Reply(text.word()))
            await cancel_while_it_waits(answers.stream_or_invoke(model, "Hello?"))
            calls = len(before) + 1
            self.in_words(
                len(model.transcript) == calls and await aended(model.transcript[-1]),
                "it asks again although it was stopped",
                f"{calls} calls, the last one closed" if before else "1 call, closed",
                f"{len(model.transcript)} calls",
            )

    @in_process(WIRE)
    def test_any_answer(self, search):
        async def promise(answers, clock, first, second, stop_after=None):
            model = open_model(first, second)
            wanted, error = ends(first.tokens, first.error)
            calls = 1
            if not wanted and isinstance(first.error, Exception):
                calls, error, whole = 2, second.error, joined(second.tokens)
                if isinstance(error, Exception):
                    error = (first.error, error)
                wanted = [whole] if whole and error is None else []
            stream = answers.stream_or_invoke(model, "Hello?")
            await asyncio.sleep(0)
            check_not_asked(model)
            got, came = await read_all(stream, stop_after)
            if stop_after and stop_after <= len(wanted):
                wanted, error = wanted[:stop_after], None
            check_end(answers, got, came, wanted, error)
            check_calls([model], [calls], "it asks too often, or asks something else", self.WHY)

        words = Try(["", "a", "a", " ", "", "b"])
        whole = Try(["", "one", " ", "two"])
        fails = Try([""], ConnectionError("of the stream"))
        interrupts = [kind("of the model") for kind in (Stop, asyncio.CancelledError)]
        errors = (*SOME_ERRORS, *interrupts)
        always = [
            *({"first": Try(tokens), "second": whole} for tokens in SOME_TEXTS),
            *({"first": Try([""], error), "second": whole} for error in errors),
            *({"first": Try(["", " "], error), "second": whole} for error in SOME_ERRORS[:3]),
            *({"first": Try(["a"], error), "second": whole} for error in interrupts),
            *({"first": fails, "second": Try(["a"], error)} for error in SOME_ERRORS),
            *({"first": fails, "second": Try(one)} for one in ([], [""], [" "], ["\n", " a "])),
            *({"first": words, "second": whole, "stop_after": count} for count in (1, 2, 3)),
            {"first": fails, "second": whole, "stop_after": 1},
        ]
        search(
            promise,
            *always,
            first=any_try(Stop("of the model")),
            second=any_try(),
            stop_after=sampled_from((None, None, 1, 2)),
        )


def models_of(play, text, *replies):
    """Return models that answer with these replies, by names that differ from seed to seed."""
    return {text.word(): play(reply) for reply in replies}


class TestStreamWithFallback(Explained):
    """The first model that gives an answer gives all of it."""

    WHY: ClassVar = {
        "a second model is asked although the first one answers": "Every model that is asked costs "
        "money. Ask the next one only after a failure.",
        "the events are not those of the first model": "Before the first token say which model it "
        "is; then each text that is not empty.",
        "the failure of one model ends everything": "Nobody has seen anything yet, and another "
        "provider may not have this problem: ask the next one, no matter which exception it was. A "
        "chunk without text is not a token.",
        "it names a model that has not answered": "The event says who answers. You know it when "
        "the first text is there.",
        "the events after a failure are wrong": "First the failed model with the class name of its "
        "error, then the one that answers, then its tokens.",
        "an answer without text is taken for a failure": NO_ANSWER,
        "it does not say which model answered": "If a model ends without text, its event comes "
        "at its end.",
        "it ends without AllFailed although all models have failed": "Keep the errors; when no "
        "model is left, raise AllFailed from the first of them, even if there was only one.",
        "AllFailed does not have all errors": "Its errors are those of the models in their order, "
        "and the first is its cause.",
        "failures are not reported as they happen": "Yield an event for each model that failed, "
        "even the last one, before the error.",
        "the models race": "A slow model has not failed. Ask them one after the other.",
        "a failure is reported only after the next model was asked": "It may take long until that "
        "one answers, and the user should know why. Hand the event out first, and ask when the "
        "next one is wanted.",
        "it asks the next model although it was stopped": "asyncio.CancelledError is not "
        "an Exception. Do not catch BaseException.",
    }

    def model(self, name):
        return {"type": "model", "name": name}

    def tokens(self, tokens):
        return [{"type": "token", "content": token} for token in tokens]

    @keeps(2)
    async def test_the_first_model_answers(self, answers, play, text):
        tokens = text.tokens(3)
        models = models_of(play, text, Reply("", Reasoning(text.word()), *tokens), Reply("no"))
        first, second = models
        got, error = await read(answers.stream_with_fallback(models, "Hello?"))
        wanted = [self.model(first), *self.tokens(tokens)]
        self.must(error is None, "a model that works fails", wanted, why="Pass on its answer.")
        self.must(
            not models[second].transcript,
            "a second model is asked although the first one answers",
            Words(f"only {first!r} asked"),
        )
        self.must(got == wanted, "the events are not those of the first model", wanted, got)

    @keeps(3)
    @in_process(WIRE)
    async def test_the_next_one_is_asked_after_a_failure(self, answers, play, text):
        tokens = text.tokens(3)
        for kind in (TimeoutError, ValueError):
            fails = Reply("", Reasoning(text.word()), Fail(kind(text.word())))
            models = models_of(play, text, fails, Reply(*tokens), Reply("no"))
            first, second, _ = models
            got, error = await read(answers.stream_with_fallback(models, "Hello?"))
            told = [{"type": "failed", "name": first, "error": kind.__name__}]
            wanted = [*told, self.model(second), *self.tokens(tokens)]
            self.must(
                error is None, "the failure of one model ends everything", wanted, short(error)
            )
            named = [event["name"] for event in got if event["type"] == "model"]
            self.must(
                named == [second],
                "it names a model that has not answered",
                [self.model(second)],
                [self.model(name) for name in named],
            )
            self.must(got == wanted, "the events after a failure are wrong", wanted, got)

    @keeps(4)
    @in_process(WIRE)
    async def test_after_the_first_token_no_model_is_replaced(self, answers, play, text):
        for tokens in (text.tokens(3), [" "]):
            cause = ConnectionError(text.word())
            models = models_of(play, text, Reply(*tokens, Fail(cause)), Reply(*tokens, "!"))
            _, second = models
            got, error = await read(answers.stream_with_fallback(models, "Hello?"))
            again = len(models[second].transcript)
            check_partial(answers, got, error, tokens, cause, again)

    @keeps(5)
    async def test_an_answer_without_text_is_an_answer(self, answers, play, text):
        models = models_of(play, text, Reply(), Reply(text.word()))
        first, second = models
        got, error = await read(answers.stream_with_fallback(models, "Say nothing."))
        must = self.against([self.model(first)])
        must(
            error is None and not models[second].transcript,
            "an answer without text is taken for a failure",
            got=short(error) if error else got,
        )
        must(got == [self.model(first)], "it does not say which model answered", got=got)

    @keeps(6)
    @in_process(WIRE)
    async def test_if_all_fail_all_are_told(self, answers, play, text):
        several = [ConnectionError(text.word()), TimeoutError(text.word()), KeyError(text.word())]
        for errors in (several, several[:1]):
            models = models_of(play, text, *[Reply(Fail(error)) for error in errors])
            got, error = await read(answers.stream_with_fallback(models, "Hello?"))
            self.must(
                isinstance(error, answers.AllFailed),
                "it ends without AllFailed although all models have failed",
                Words("AllFailed"),
                short(error) if error else got,
            )
            self.must(
                [*error.errors] == errors and error.__cause__ is errors[0],
                "AllFailed does not have all errors",
                errors,
                error.errors,
            )
            wanted = [
                {"type": "failed", "name": name, "error": type(error).__name__}
                for name, error in zip(models, errors, strict=True)
            ]
            self.must(got == wanted, "failures are not reported as they happen", wanted, got)

    @keeps(1)
    async def test_models_do_not_race(self, answers, play, text):
        wait, tokens = text.seconds(0.2, 0.4), text.tokens(2)
        slow = Reply(Pause(wait), *tokens, Hang())
        models = models_of(play, text, slow, Reply("no"))
        first, second = models
        stream = answers.stream_with_fallback(models, "Hello?")
        self.must(
            not models[first].transcript, "a model is asked before an event is wanted", why=LAZY
        )
        got = await take(stream, 2)
        self.must(
            got == [self.model(first), *self.tokens(tokens[:1])] and not models[second].transcript,
            "the models race",
            Words(f"only {first!r} asked"),
            got,
        )
        await stream.aclose()
        await acheck_model_closed(
            models[first].transcript[0],
            "a model's stream stays open when the caller stops",
            why=CLOSE_EACH,
        )

    @keeps(1, 3)
    @in_process("a network reads ahead")
    async def test_it_asks_for_no_more_than_it_tells(self, answers, play, text):
        fails, works = Reply(Fail(ConnectionError(text.word()))), Reply(*text.tokens(9))
        models = models_of(play, text, fails, works)
        first, second = models
        stream = answers.stream_with_fallback(models, "Hello?")
        got = await take(stream, 1)
        told = {"type": "failed", "name": first, "error": "ConnectionError"}
        self.in_words(
            got == [told] and not models[second].transcript,
            "a failure is reported only after the next model was asked",
            f"the event of {first!r}, and {second!r} not asked yet",
            f"{got}, and {len(models[second].transcript)} more asked",
        )
        await take(stream, 3)
        pulled = models[second].transcript[0].pulled
        check_not_ahead(pulled, 2)
        await stream.aclose()

    @keeps(7)
    async def test_cancellation_is_no_failure(self, answers, play, text):
        models = models_of(play, text, Reply(Hang()), Reply(text.word()))
        first, second = models
        await cancel_while_it_waits(answers.stream_with_fallback(models, "Hello?"))
        self.must(
            not models[second].transcript and await aended(models[first].transcript[0]),
            "it asks the next model although it was stopped",
        )

    async def test_there_must_be_a_model(self, answers):
        with raises(ValueError, "without models there is no error", why="Raise ValueError."):
            await anext(answers.stream_with_fallback({}, "Hello?"))

    @in_process(WIRE)
    def test_any_models(self, search):
        async def promise(answers, clock, tries, names=NAMES_OF_MODELS, stop_after=None):
            models = {name: open_model(one) for name, one in zip(names, tries, strict=False)}
            tries = tries[: len(models)]
            wanted, error, calls = self.course(tries, [*models])

            def look(event):
                if event["type"] == "failed":
                    check_streams_closed(models.values(), "when its failure is reported")

            stream = answers.stream_with_fallback(models, "Hello?")
            await asyncio.sleep(0)
            for model in models.values():
                check_not_asked(model)
            with unchanged(names=[*models]):
                got, came = await read_all(stream, stop_after, look)
            if stop_after and stop_after <= len(wanted):
                wanted, error = wanted[:stop_after], None
                calls = 1 + sum(event["type"] == "failed" for event in wanted[:-1])
            check_end(answers, got, came, wanted, error)
            count = [1] * calls + [0] * (len(models) - calls)
            check_calls(models.values(), count, "it asks other models than it should", self.WHY)

        answer = Try(["", "a", "a", " ", "", "b"])
        fails = [Try([""], error) for error in SOME_ERRORS]
        interrupts = [kind("of the model") for kind in (Stop, asyncio.CancelledError)]
        always = [
            *({"tries": [Try(tokens), answer]} for tokens in SOME_TEXTS),
            *({"tries": [one, answer, answer]} for one in fails),
            *({"tries": fails[:count]} for count in (1, 2, 4)),
            *({"tries": [Try([""], error), answer]} for error in interrupts),
            *({"tries": [Try(["a"], error), answer]} for error in (*SOME_ERRORS[:2], *interrupts)),
            *(
                {"tries": [*fails[:2], answer, answer], "stop_after": count}
                for count in range(1, 7)
            ),
            {"tries": [*fails[:1], Try([" "], SOME_ERRORS[1]), answer]},
            {"tries": [*fails[:1], Try(["", ""]), answer]},
            {"tries": [*fails[:1], answer], "names": ("", " ")},
        ]
        search(
            promise,
            *always,
            tries=lists(any_try(Stop("of the source")), min_size=1, max_size=4),
            stop_after=sampled_from((None, None, 1, 2, 3)),
        )

    def course(self, tries, names):
        """The events, what ends them, and how many models are asked."""
        events = []
        for number, (one, name) in enumerate(zip(tries, names, strict=True), 1):
            tokens, error = ends(one.tokens, one.error)
            if tokens or one.error is None:
                said = [self.model(name), *self.tokens(tokens)]
                return [*events, *said], error, number
            if not isinstance(one.error, Exception):
                return events, one.error, number
            events.append({"type": "failed", "name": name, "error": type(one.error).__name__})
        return events, tuple(one.error for one in tries), len(tries)


def read_now(stream):
    """Read a stream; return what came, and the error that ended it, or None."""
    got = []
    try:
        for item in stream:
            got.append(item)
    except NotImplementedError:
        raise
    except Exception as error:
        return got, error
    return got, None


class Connection(Source):
    """A stream that an error does not close: only close() does."""

    def _raise(self, error):
        raise error


class TestGuardRepetition(Explained):
    """A model that says the same again and again is stopped."""

    WHY: ClassVar = {
        "a model that repeats itself is not stopped": "Count how many tokens in a row are equal, "
        "and raise when there are too many.",
        "it raises another error": "Raise RepetitionError with the token.",
        "it stops a token too early or too late": "`limit` equal tokens in a row are handed out; "
        "the next one is not.",
        "the error does not say which token it was": "Raise RepetitionError(token).",
        "an ordinary text is not passed on as it is": "Hand out every token, even an empty one.",
        "the same token here and there counts as repetition": "A word comes many times in a long "
        "text. Any other token, even a space, an empty one or nearly the same, ends the row, and "
        "the count starts over.",
        "white space or a short token counts as a repetition": "Indentation and lines of tables "
        "repeat, and nothing is wrong. Only tokens of more than two characters count, without the "
        "white space around them.",
        "a token of three characters may repeat forever": "Only two characters or fewer are free, "
        "and only white space at the ends of a token does not count.",
        "an error is replaced, or takes tokens with it": SAME_ERROR,
        "without a limit it stops a token too early or too late": "The default is in the first "
        "line of the function: limit=20.",
        "a limit of 1 does not work": "Then even the first repetition is too many.",
    }

    @keeps(2)
    def test_the_row_is_ended(self, answers, text):
        limit, word, before = text.random.randrange(3, 7), f" {text.word()}", text.tokens(3)
        row = ["".join([*word]) for _ in range(limit + 3)]  # equal, but not one and the same
        source = Source([*before, *row])
        got, error = read_now(answers.guard_repetition(source, limit))
        wanted = Words(f"{limit} times {word!r}, then RepetitionError")
        must = self.against(wanted)
        must(
            error is not None,
            "a model that repeats itself is not stopped",
            got=Words(f"{got.count(word)} times {word!r}, and a normal end"),
        )
        must(
            isinstance(error, answers.RepetitionError), "it raises another error", got=short(error)
        )
        must(
            got == [*before, *[word] * limit],
            "it stops a token too early or too late",
            got=Words(f"{got.count(word)} times {word!r}, then RepetitionError"),
        )
        self.equal(error.token, word, "the error does not say which token it was")
        self.must(
            source.closed and source.pulled == len(before) + limit + 1,
            "the source stays open, or is read further",
            why="A model in a loop never ends by itself. " + CLOSE,
        )

    @keeps(1)
    def test_an_ordinary_text_passes(self, answers, text):
        tokens = ["", *text.tokens(9), "", "\n", *text.tokens(9)]
        source = Source(tokens)
        got, error = read_now(answers.guard_repetition(source, 3))
        self.must(
            error is None and got == tokens,
            "an ordinary text is not passed on as it is",
            tokens,
            got,
        )

    @keeps(3)
    def test_only_a_row_counts(self, answers, text):
        limit, word, other = 3, " " + text.word(), " " + text.word()
        rows = [[word] * limit + [one] for one in (other, " ", "", word.strip(), word.upper())]
        for row in (*rows, [word, other], [word, word, other]):
            tokens = row * 5
            got, error = read_now(answers.guard_repetition(tokens, limit))
            self.in_words(
                error is None and got == tokens,
                "the same token here and there counts as repetition",
                f"all {len(tokens)} tokens",
                f"{len(got)} tokens, then {type(error).__name__}",
            )

    @keeps(4)
    def test_short_tokens_and_white_space_may_repeat(self, answers, text):
        letter = text.random.choice("aeiou")
        for token in ("\n", "--", letter, "        ", "\n\n\n", f"  {letter}. "):
            tokens = [token] * 9
            got, error = read_now(answers.guard_repetition(tokens, 4))
            self.in_words(
                error is None and got == tokens,
                "white space or a short token counts as a repetition",
                f"9 times {token!r}",
                f"{len(got)} times {token!r}, then {type(error).__name__}",
            )
        for between in (text.random.choice("bcd"), " "):
            word = letter + between + letter
            _, error = read_now(answers.guard_repetition([word] * 9, 4))
            self.in_words(
                error is not None,
                "a token of three characters may repeat forever",
                "RepetitionError",
                f"9 times {word!r}",
            )

    @keeps(5)
    def test_it_is_lazy_and_closes_its_source(self, answers, text):
        source = Source(text.tokens(9))
        stream = answers.guard_repetition(source, 3)
        self.must(source.asked == 0, "the source is read before a token is wanted", why=LAZY)
        next(stream), next(stream)
        check_not_ahead(source.pulled, 2)
        stream.close()
        check_closed(source)

    @keeps(6)
    def test_an_error_passes_through(self, answers, text):
        tokens, failure = text.tokens(3), ConnectionError(text.word())
        source = Connection([*tokens, failure])
        got, error = read_now(answers.guard_repetition(source, 3))
        self.in_words(
            error is failure and got == tokens,
            "an error is replaced, or takes tokens with it",
            f"{tokens}, then the ConnectionError",
            f"{got}, then {type(error).__name__}",
        )
        check_closed(
            source,
            "after an error",
            "Not every source ends with its error: a connection does not. Close it in a finally "
            "block, which always runs.",
        )

    def test_the_limit_is_20_by_default(self, answers, text):
        word = text.word()
        got, error = read_now(answers.guard_repetition([word] * 30))
        self.in_words(
            len(got) == 20 and isinstance(error, answers.RepetitionError),
            "without a limit it stops a token too early or too late",
            f"20 times {word!r}, then RepetitionError",
            f"{len(got)} times {word!r}, then {type(error).__name__}",
        )

    def test_the_limit_is_at_least_1(self, answers, text):
        word = text.word()
        got, error = read_now(answers.guard_repetition([word, word], 1))
        self.in_words(
            got == [word] and isinstance(error, answers.RepetitionError),
            "a limit of 1 does not work",
            "one token, then RepetitionError",
            f"{got}, then {type(error).__name__}",
        )
        with raises(ValueError, "a limit of 0 is accepted", why="Raise ValueError."):
            next(answers.guard_repetition([word], 0))
        for wrong, tokens in (-1, [word]), (-100, [word]), (0, []):
            with raises(ValueError, f"a limit of {wrong} is accepted", why="Raise ValueError."):
                next(answers.guard_repetition(tokens, wrong), None)

    def test_each_call_is_a_stream_of_its_own(self, answers, text):
        words = [text.word()] * 3
        check_apart(lambda source: answers.guard_repetition(source, 3), words, words[:2])

    def test_any_tokens(self, search):
        def promise(answers, tokens, limit, ending):
            def pieces(tokens):
                return one_by_one(self.course(tokens, limit)[0])

            wanted, last = self.course(tokens, limit)
            sources = []

            def stream(source):
                sources.append(source)
                return answers.guard_repetition(source, limit)

            if last is None or (ending.stop_after and ending.stop_after <= len(wanted)):
                problem = "white space or a short token counts as a repetition"
                if any(len(token.strip()) > 2 for token in tokens):
                    problem = "the same token here and there counts as repetition"
                with self.never(answers.RepetitionError, problem, wanted):
                    KEEPS.check(stream, tokens, ending, pieces)
                return
            got, error = read_now(stream(Source(tokens)))
            self.must(error is not None, "a model that repeats itself is not stopped", wanted)
            self.must(
                isinstance(error, answers.RepetitionError),
                "it raises another error",
                got=short(error),
            )
            self.must(got == wanted, "it stops a token too early or too late", wanted, got)
            self.equal(error.token, last, "the error does not say which token it was")
            check_not_ahead(sources[0].asked, len(wanted) + 1)
            check_closed(sources[0], "after a repetition", CLOSE)

        rows = tuple([one] * 4 + ["e"] for one in (*TEXTS, *SHORT, *THREE))
        texts = ["one", "one", "", "one", "one", " one", " one", "one", "one", "one", "two", "two"]
        mixed = ["a", "abc", "abc", "\n", "\n", "\n", "\n", "\n", "abc", "abc", "abc", "abc", "abc"]
        always = [
            *({"tokens": row, "limit": 3, "ending": Ending()} for row in rows),
            *({"tokens": tokens, "limit": 20, "ending": Ending()} for tokens in EACH_TEXT[::4]),
            *({"tokens": texts, "limit": limit, "ending": Ending()} for limit in range(1, 5)),
            *({"tokens": mixed, "limit": limit, "ending": Ending()} for limit in range(1, 7)),
            *({"tokens": ["one"] * 3, "limit": 3, "ending": ending} for ending in EACH_ENDING),
            *({"tokens": ["one"] * count, "limit": 50, "ending": Ending()} for count in (50, 51)),
        ]
        search(
            promise,
            *always,
            tokens=repeated(any_text() | sampled_from(("one", " one", "abc", "a b", "----")), 6),
            limit=any_limit(4),
            ending=any_ending(),
        )

    def course(self, tokens, limit):
        """The tokens that come, and the one that ends them, or None."""
        for at in range(limit, len(tokens)):
            row = tokens[at - limit : at + 1]
            if all(token == row[0] for token in row) and len(row[0].strip()) > 2:
                return tokens[:at], row[0]
        return tokens, None


SHORT = ("ab", " ab ", "\u3000a\u00a0", "\n\t \n", "--", "e\u0301", "\U0001f44b", "| ", "\x1f\x1fa")
THREE = ("abc", "a b", " abc ", "...", "---", "\u200b\u200b\u200b", "\u6f22\u5b57\u3002", "a\nb")
"""Tokens of two characters or fewer, and of three, without the white space at their ends."""
