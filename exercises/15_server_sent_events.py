"""Lesson 15: Server-Sent Events.

Seven tasks about the wire between a server and a browser: writing events, reading them, sending
them while an answer is being made, and continuing after the line was cut. Each docstring is the
contract: what it promises is what the tests check. What a docstring leaves open is not graded.

The format is that of the HTML standard, section 9.2 "Server-sent events". It uses three words:

* a field is a line such as `data: Hello`, with a name, a colon, and a value;
* an event is written as one or more fields and an empty line, which ends it;
* a comment is a line that begins with a colon. It says only that somebody is still there.
"""

from __future__ import annotations

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-15. Try it: make play-15. Own code below? See line 16.")

import asyncio
import codecs
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Literal, TypedDict, assert_never

# Given: nothing to do here except use it.


class SSEEvent(TypedDict):
    """An event as the reader gets it.

    `event` is its type, "message" if it has no other. `id` is the last id that was sent up to this
    event, "" if there was none.
    """

    event: str
    data: str
    id: str


class StatusEvent(TypedDict):
    """Something is about to be done."""

    type: Literal["status"]
    message: str


class TokenEvent(TypedDict):
    """Some text of the answer."""

    type: Literal["token"]
    content: str


class CompleteEvent(TypedDict):
    """The answer is whole."""

    type: Literal["complete"]


class ErrorEvent(TypedDict):
    """The answer broke off. The user reads the message."""

    type: Literal["error"]
    message: str


Event = StatusEvent | TokenEvent | CompleteEvent | ErrorEvent
"""What an answer is made of. The last event of an answer is its only complete or error event."""


BROKEN_OFF: ErrorEvent = {"type": "error", "message": "The answer broke off. Please ask again."}
"""What a reader is told, whatever has happened."""


def is_terminal(event: Event) -> bool:
    """Whether nothing comes after this event."""
    match event["type"]:
        case "complete" | "error":
            return True
        case "status" | "token":
            return False
        case unknown:
            assert_never(unknown)


async def aclose_source(source: object) -> None:
    """Close the asynchronous `source` if it can be closed, and wait until it is."""
    aclose = getattr(source, "aclose", None)
    if aclose is not None:
        await aclose()


DEFAULT_RETRY_MS = 3000
"""Milliseconds until a reader connects again, if the server has not said otherwise.

The standard says "a few seconds"; this is what Chromium uses.
"""

StopReason = Literal["closed", "no content", "status", "content type"]
Plan = tuple[Literal["reconnect"], int] | tuple[Literal["stop"], StopReason]
"""What a reader does when its connection ends: ("reconnect", milliseconds) or ("stop", why)."""

Replayed = tuple[int, Event] | tuple[None, Literal["stale"]]
"""An event with its id, or the mark that something is missing here."""


class WrongSession(PermissionError):
    """Somebody asks for a stream that belongs to another session."""


# Your part.


def encode_sse(
    data: str,
    event: str | None = None,
    id: str | None = None,  # noqa: A002  as the field is called
    retry: int | None = None,
) -> str:
    r"""Write one event, with the empty line that ends it.

    A line of the format ends with LF (`\n`), CR (`\r`) or CRLF (`\r\n`), and with nothing else:
    U+2028 and form feed, at which `str.splitlines` cuts too, are ordinary characters here. So the
    text of `data` is cut at LF, CR and CRLF, and each of its lines becomes a `data` field. A reader
    of the event gets the lines back with LF between them, and all other characters unchanged:
    whitespace at the beginning of a line too, and empty lines, also at both ends. Empty `data` is
    one empty line.

    A reader removes one space after the colon, if there is one. Write that space. (Before an empty
    value, it is up to you.)

    `event`, `id` and `retry` become a field each, even if they are empty or 0; None leaves the
    field out. (An empty id tells the reader to forget the last one.) The order of the fields, and
    which of the three line endings you use, is up to you.

    Args:
        data: any text that UTF-8 can write.
        event: the type of the event.
        id: what a reader sends back when it connects again.
        retry: milliseconds until a reader connects again after the connection was lost.

    Raises:
        ValueError: if `event` or `id` contains LF, CR or NUL, because it would not arrive, or would
        add fields of its own; or if `retry` is negative.
    """
    raise NotImplementedError("Task 1 of 7: encode_sse")


class SSEDecoder:
    r"""Read a stream of server-sent events, however it is cut into chunks.

    The rules are those of a browser:

    * The bytes are UTF-8. What cannot be read becomes U+FFFD. One byte order mark (U+FEFF) at the
      very beginning of the stream is removed; later ones are ordinary characters.
    * A line ends with LF, CR or CRLF, and with nothing else. A CR ends its line at once; if the
      next character is an LF, it belongs to the same line ending, also when it comes in the next
      chunk.
    * A line that begins with a colon is a comment and means nothing.
    * In all other lines, what comes before the first colon is the name of the field, and what comes
      after it is the value, without its first character if that is a space. A line without a colon
      is a name with an empty value.
    * `data` adds a line to the event's data, `event` sets the event's type, `id` its id: the last
      one counts. An `id` with a NUL in it is ignored. `retry` is ignored unless its value consists
      only of ASCII digits (and what happens with more than nine of them is up to you). All other
      fields are ignored. Names are case-sensitive, and no other space is removed.
    * An empty line ends the event. If it has at least one `data` field, even an empty one, the
      event comes out: `feed` returns it. Otherwise nothing comes out. In both cases data and type
      are reset, and only the id stays, for this event and for all later ones. A type that is
      missing or empty is "message".
    * What is left when the stream ends, after the last empty line, never comes out.

    Any bytes are a stream: `feed` never raises.

    Attributes:
        last_event_id: the id when the last empty line came; "" before there was any. The id of an
        event that has not ended yet does not count. It is what a reader sends back as
        Last-Event-ID.
        retry: the value of the last `retry` field, in milliseconds; None before there was any. It
        counts as soon as its line has ended.
    """

    last_event_id: str
    retry: int | None

    def __init__(self) -> None:
        raise NotImplementedError("Task 2 of 7: SSEDecoder")

    def feed(self, chunk: bytes) -> list[SSEEvent]:
        """Take the next bytes of the stream, and return the events that they complete, in order.

        An event comes out with the byte that ends its empty line, and no later.
        """
        raise NotImplementedError("Task 2 of 7: SSEDecoder")


def sse_headers() -> dict[str, str]:
    """Return the headers of a response that is a stream of server-sent events.

    Capitals and lowercase letters in names and values are up to you, and you may add more headers
    than these.

    * Content-Type is `text/event-stream`. The encoding is always UTF-8: you may say so with
      `charset=utf-8` after a semicolon, which may have spaces around it. Say nothing else.
    * Cache-Control is a list of directives with commas between them, and `no-store` or `no-cache`
      is one of them: an answer is made for one reader.
    * X-Accel-Buffering is `no`: it keeps nginx, and servers that follow its example, from
      collecting pieces before they pass them on.
    * There is no Content-Length, because nobody knows it; no Content-Encoding, because compression
      collects pieces as well; and no Transfer-Encoding, because that is the server's own business.
    """
    raise NotImplementedError("Task 3 of 7: sse_headers")


def last_event_id(headers: Mapping[str, str]) -> int:
    """Return the number in the header Last-Event-ID: the last event that the reader has seen.

    A browser sends this header when it connects again, with the last id that it got. Our ids are
    the numbers 1, 2, 3 and so on. The name of a header is not case-sensitive.

    A number is written with the ASCII digits 0 to 9, one to eighteen of them, and with nothing
    else: no sign, no point, no underscore, no digits of other scripts. (Whitespace around it is up
    to you; a server strips it off.) Anybody can send a header with anything in it: nothing in it
    raises an error. If the header is there in two spellings, which of them counts is up to you.

    Returns:
        The number; 0 if there is no such header, or no such number in it. Then the reader gets all
        events from the first one on.
    """
    raise NotImplementedError("Task 4 of 7: last_event_id")


async def sse_body(
    events: AsyncIterator[Event], heartbeat: float = 15.0, first_id: int = 1
) -> AsyncIterator[bytes]:
    """Send the events of an answer as the body of a response, in UTF-8.

    Each event becomes one piece, as soon as it comes: its `data` is the event as JSON, and its `id`
    is a number. The first event has the id `first_id`, and each one after it has one more. More
    fields are up to you.

    When the caller has waited for a piece for `heartbeat` seconds, and no event has come, the piece
    is a comment: a line that begins with a colon, and an empty line. So in a long silence there is
    one comment every `heartbeat` seconds. It has no id. If a comment and an event are due at the
    same moment, the order is up to you. A comment never cancels a pull: an async generator whose
    pull was cancelled is over.

    It is best to read the whole source in one task. (What a source opens at its beginning, a
    connection for example, can often be closed only in the same task. This is not graded.)

    The last event is terminal (`is_terminal`), and there is exactly one such event:

    * After the first terminal event of the source the body ends, whatever the source would do next.
      (Whether you pull more than that event is up to you.)
    * If the source raises an error (any `Exception`, including a TimeoutError of its own), or ends
      without a terminal event, send an error event, with an id like any other, and end. Its message
      is up to you. The user reads it, so it contains nothing of the error's text or of its class.
      The error is not raised: the status 200 has long been sent.

    Nothing is pulled before the first piece is wanted, and while the caller works on a piece, at
    most ten more events are pulled. However it ends, leave no task running, and close the source;
    wait until it is closed, however long that takes. The same holds if the source answers the
    cancellation of a pull with an error of its own, or just ends. Cancellation
    (`asyncio.CancelledError`) passes through. (`asyncio.wait_for` of Python 3.11 can swallow one;
    `asyncio.timeout` does not.) It is up to you what happens with an error of the source that is
    not an `Exception`, such as a CancelledError of its own; with a source that ignores being
    cancelled; with an error that it raises while it is being closed; and with a cancellation that
    comes while it is being closed.

    Args:
        events: the events of one answer.
        heartbeat: the longest silence, in seconds. The standard advises about 15; nginx cuts a
        connection after 60.
        first_id: the number of the first event; more than 1 for a body that continues where another
        one was cut.

    Raises:
        ValueError: if `heartbeat` is not greater than 0. It is raised when the first piece is
        wanted, or earlier. The source may then stay as it is.
    """
    raise NotImplementedError("Task 5 of 7: sse_body")
    yield  # makes this a generator; delete this line with the one above


def reconnect_plan(
    status: int | None, content_type: str | None, closed_by_client: bool, retry_ms: int | None
) -> Plan:
    """Say what a reader does when its connection ends, the way `EventSource` in a browser does.

    The first of these rules that applies decides:

    1. The reader has closed it itself, because it has seen a terminal event or the user has left:
       ("stop", "closed").
    2. No response ever came (`status` is None): ("reconnect", milliseconds).
    3. The status is 204. The server says that there is nothing more: ("stop", "no content").
    4. The status is anything other than 200: ("stop", "status"). (Redirects have already been
       followed.)
    5. The response is not of the type `text/event-stream`: ("stop", "content type"). Capitals do
       not matter, nor does whitespace around the type, nor what comes after a semicolon.
    6. It was a good stream, and it ended, or it was cut: ("reconnect", milliseconds). The reader
       cannot tell these apart.

    Args:
        status: the status of the response, or None if none came.
        content_type: its Content-Type, or None if it has none.
        closed_by_client: whether the reader has closed the connection.
        retry_ms: the last `retry` that the server has sent, in milliseconds, perhaps 0; None if it
        has sent none. Then it is `DEFAULT_RETRY_MS`.
    """
    raise NotImplementedError("Task 6 of 7: reconnect_plan")


class ReplayLog:
    """The events of one answer, for any number of readers, each of whom may come late.

    The events get the ids 1, 2, 3 and so on. The log does not know who reads, and waits for nobody:
    an answer continues to be made when its reader is gone, and can be read later.

    Args:
        session_id: whose answer it is.
        keep: how many events are kept, the last ones; older ones are gone.

    Raises:
        ValueError: if `keep` is less than 1.
    """

    def __init__(self, session_id: str, keep: int = 1000) -> None:
        raise NotImplementedError("Task 7 of 7: ReplayLog")

    def append(self, event: Event) -> int:
        """Add an event, wake up everyone who is reading along, and return its id.

        Raises:
            RuntimeError: if the log is finished.
        """
        raise NotImplementedError("Task 7 of 7: ReplayLog")

    def finish(self) -> None:
        """Say that there will be no more events. Saying it again changes nothing."""
        raise NotImplementedError("Task 7 of 7: ReplayLog")

    async def subscribe(self, session_id: str, last_event_id: int = 0) -> AsyncIterator[Replayed]:
        """Yield `(id, event)` for all events after `last_event_id`, in order.

        First come those that are there, then each one as it is appended. When the log is finished,
        the stream ends after the last event. Every reader gets all of its events: readers take
        nothing away from each other, and one that is slow, stops or is cancelled does not hold up
        the log or the others.

        If the events directly after `last_event_id` are no longer kept, `(None, "stale")` comes
        first, once, and then all that is kept, whatever its ids. It comes first as well if the log
        has never given that id, because it is greater than all ids so far (a log without events
        has given none, and 0 is not an id): the server was restarted, and the reader remembers
        another log. Suppose a reader falls so far behind while
        it reads that events are gone before it wants them. Then it either gets them all the same,
        or gets `(None, "stale")` in their place: nothing is left out silently. If more is gone
        before it continues from there, whether it is told once more is up to you.

        Args:
            session_id: who asks.
            last_event_id: the last id that the reader has seen; 0 if none, and never less. (In here
            the name hides the function.)

        Raises:
            WrongSession: if the log belongs to another session. It is raised when the first event
            is wanted, or earlier.
        """
        raise NotImplementedError("Task 7 of 7: ReplayLog")
        yield  # makes this a generator; delete this line with the one above
