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

    A line ends with LF (`\n`), CR (`\r`) or CRLF (`\r\n`).

    * Each line of `data` becomes a `data` field, empty lines too.
    * A reader gets the lines back unchanged.
    * Write one space after each colon: a reader removes one.
    * `event`, `id` and `retry` become a field each; None leaves it out.
    * An empty `event` or `id` and a `retry` of 0 become fields, too.
    * An `event` or `id` with LF, CR or NUL raises ValueError; a negative `retry` too.

    >>> encode_sse("one\ntwo", id="7")
    'id: 7\ndata: one\ndata: two\n\n'

    Fine print:
    Nothing else ends a line: U+2028 and form feed, at which `str.splitlines` cuts too, are ordinary
    characters here. A reader gets the lines of `data` back with LF between them, and all other
    characters unchanged: whitespace at the beginning of a line too, and empty lines, also at both
    ends. Empty `data` is one empty line.

    The order of the fields, and which of the three line endings you use, is up to you. So is the
    space before an empty value. An empty id tells the reader to forget the last one.

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

    * A chunk may end anywhere.
    * Bytes are UTF-8; unreadable ones become U+FFFD.
    * A line ends with LF, CR or CRLF, nothing else.
    * A value loses one space after its colon, no more.
    * An event with `data` comes out with the byte that ends its empty line.
    * An id counts from its empty line on, also for later events.
    * `retry` takes nothing but ASCII digits.

    >>> SSEDecoder().feed(b"id: 7\ndata: one\ndata: two\n\ndata: cut")
    [{'event': 'message', 'data': 'one\ntwo', 'id': '7'}]

    Fine print:
    The rules are those of a browser. Any bytes are a stream: `feed` never raises.

    * One byte order mark (U+FEFF) at the very beginning of the stream is removed; later ones are
      ordinary characters.
    * A CR ends its line at once; if the next character is an LF, it belongs to the same line
      ending, also when it comes in the next chunk.
    * A line that begins with a colon is a comment and means nothing.
    * In all other lines, what comes before the first colon is the name of the field, and what comes
      after it is the value, without its first character if that is a space. A line without a colon
      is a name with an empty value. Names are case-sensitive, and no other space is removed.
    * `data` adds a line to the event's data, `event` sets the event's type, `id` its id: the last
      one counts. An `id` with a NUL in it is ignored. `retry` is ignored unless its value consists
      only of ASCII digits (and what happens with more than nine of them is up to you). All other
      fields are ignored.
    * An empty line ends the event. If it has at least one `data` field, even an empty one, the
      event comes out: `feed` returns it. Otherwise nothing comes out. In both cases data and type
      are reset, and only the id stays, for this event and for all later ones. A type that is
      missing or empty is "message".
    * What is left when the stream ends, after the last empty line, never comes out.

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
        """Return the events that the next bytes complete, in order."""
        raise NotImplementedError("Task 2 of 7: SSEDecoder")


def sse_headers() -> dict[str, str]:
    """Return the headers of a response that is a stream of server-sent events.

    * Content-Type is `text/event-stream`.
    * Cache-Control says `no-store` or `no-cache`: an answer is made for one reader.
    * X-Accel-Buffering is `no`: it keeps nginx from collecting pieces before it passes them on.
    * Content-Length, Content-Encoding and Transfer-Encoding are not there.

    >>> sse_headers()["Content-Type"]
    'text/event-stream'

    Fine print:
    Capitals and lowercase letters in names and values are up to you, and you may add more headers
    than these.

    * The encoding is always UTF-8: you may say so in Content-Type with `charset=utf-8` after a
      semicolon, which may have spaces around it. Say nothing else.
    * Cache-Control is a list of directives with commas between them, and `no-store` or `no-cache`
      is one of them.
    * X-Accel-Buffering works with servers that follow nginx's example, too.
    * Nobody knows the length; compression collects pieces as well; and the transfer encoding is the
      server's own business.
    """
    raise NotImplementedError("Task 3 of 7: sse_headers")


def last_event_id(headers: Mapping[str, str]) -> int:
    """Return the number in the header Last-Event-ID: the last event that the reader has seen.

    A browser sends this header when it connects again. Our ids are 1, 2, 3 and so on.

    * Return the number as an int.
    * Capitals and lowercase letters in its name do not matter.
    * Without the header, or if it is empty, return 0.
    * Return 0 if it holds anything but ASCII digits. Nothing in it raises an error.
    * More than eighteen digits are 0, too.

    >>> last_event_id({"last-event-id": "17"})
    17

    Fine print:
    A number is written with the ASCII digits 0 to 9, one to eighteen of them, and with nothing
    else: no sign, no point, no underscore, no digits of other scripts. Anybody can send a header
    with anything in it, or with nothing. With 0, the reader gets all events from the first one on.

    Whitespace around the number is up to you; a server strips it off. If the header is there in two
    spellings, which of them counts is up to you.
    """
    raise NotImplementedError("Task 4 of 7: last_event_id")


async def sse_body(
    events: AsyncIterator[Event], heartbeat: float = 15.0, first_id: int = 1
) -> AsyncIterator[bytes]:
    r"""Send the events of an answer as the body of a response.

    * Each event becomes one piece at once, with the event as JSON in `data`.
    * Ids count up from `first_id`.
    * After `heartbeat` seconds of waiting, the piece is a comment, and the source must not notice.
    * The body ends after the first terminal event (`is_terminal`).
    * If the source fails, or ends without one, send an error event in your own words.
    * Be lazy: pull at most ten events ahead.
    * However it ends, close the source; leave no task running.

    >>> [piece async for piece in sse_body(atokens([{"type": "complete"}], pause=0))]
    [b'id: 1\ndata: {"type": "complete"}\n\n']

    Fine print:
    The pieces are in UTF-8. The first event has the id `first_id`, and each one after it has one
    more. More fields are up to you.

    A comment is a line that begins with a colon, and an empty line. It has no id. It comes when the
    caller has waited for a piece for `heartbeat` seconds, and no event has come: so in a long
    silence there is one every `heartbeat` seconds. If a comment and an event are due at the same
    moment, the order is up to you. A comment never cancels a pull: an async generator whose pull
    was cancelled is over.

    The last event is terminal, and there is exactly one such event:

    * After the first terminal event of the source the body ends, whatever the source would do next.
      (Whether you pull more than that event is up to you.)
    * If the source raises an error (any `Exception`, including a TimeoutError of its own), or ends
      without a terminal event, send an error event, with an id like any other, and end. Its message
      is up to you. The user reads it, so it contains nothing of the error's text or of its class.
      The error is not raised: the status 200 has long been sent.

    Nothing is pulled before the first piece is wanted, and while the caller works on a piece, at
    most ten more events are pulled. However it ends, wait until the source is closed, however long
    that takes. The same holds if the source answers the cancellation of a pull with an error of its
    own, or just ends. Cancellation (`asyncio.CancelledError`) passes through. (`asyncio.wait_for`
    of Python 3.11 can swallow one; `asyncio.timeout` does not.)

    It is best to read the whole source in one task. (What a source opens at its beginning, a
    connection for example, can often be closed only in the same task. This is not graded.)

    It is up to you what happens with an error of the source that is not an `Exception`, such as a
    CancelledError of its own; with a source that ignores being cancelled; with an error that it
    raises while it is being closed; and with a cancellation that comes while it is being closed.

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

    * The reader has closed it itself: ("stop", "closed").
    * No response ever came: ("reconnect", milliseconds).
    * The status is 204: ("stop", "no content").
    * The status is not 200: ("stop", "status").
    * The type is not `text/event-stream`: ("stop", "content type").
    * Otherwise: ("reconnect", milliseconds).
    * The milliseconds are `retry_ms`, or `DEFAULT_RETRY_MS` if it is None.

    >>> reconnect_plan(200, "text/event-stream", False, retry_ms=500)
    ('reconnect', 500)

    Fine print:
    * A reader closes the connection when it has seen a terminal event, or when the user has left.
    * No response: `status` is None.
    * With 204 the server says that there is nothing more. Redirects have already been followed.
    * Of the type, capitals do not matter, nor does whitespace around it, nor what comes after a
      semicolon.
    * Otherwise it was a good stream, and it ended, or it was cut. The reader cannot tell these
      apart.

    Args:
        status: the status of the response, or None if none came.
        content_type: its Content-Type, or None if it has none.
        closed_by_client: whether the reader has closed the connection.
        retry_ms: the last `retry` that the server has sent, in milliseconds, perhaps 0; None if it
            has sent none.
    """
    raise NotImplementedError("Task 6 of 7: reconnect_plan")


class ReplayLog:
    """The events of one answer, for any number of readers, who may come late.

    * A reader gets `(id, event)` for each event after `last_event_id`, in order.
    * What is appended later comes at once; after `finish`, the stream ends.
    * Readers take nothing from each other, and hold nobody up.
    * If a reader's next event is gone, `(None, "stale")` comes first, then all that is kept.
    * Another session gets WrongSession.

    >>> log = ReplayLog("ana")
    >>> log.append({"type": "complete"})
    1
    >>> log.finish()
    >>> [item async for item in log.subscribe("ana")]
    [(1, {'type': 'complete'})]

    Fine print:
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
        """Add an event, and return its id.

        Fine print:
        It wakes up everyone who is reading along.

        Raises:
            RuntimeError: if the log is finished.
        """
        raise NotImplementedError("Task 7 of 7: ReplayLog")

    def finish(self) -> None:
        """Say that nothing more comes.

        Fine print:
        Saying it again changes nothing.
        """
        raise NotImplementedError("Task 7 of 7: ReplayLog")

    async def subscribe(self, session_id: str, last_event_id: int = 0) -> AsyncIterator[Replayed]:
        """Read along, from after `last_event_id`.

        Fine print:
        First come the events that are there, then each one as it is appended. When the log is
        finished, the stream ends after the last event. Every reader gets all of its events: one
        that is slow, stops or is cancelled does not hold up the log or the others.

        If the events directly after `last_event_id` are no longer kept, `(None, "stale")` comes
        once, and then all that is kept, whatever its ids. It comes first as well if the log has
        never given that id, because it is greater than all ids so far (a log without events has
        given none, and 0 is not an id): the server was restarted, and the reader remembers another
        log.

        Suppose a reader falls so far behind while it reads that events are gone before it wants
        them. Then it either gets them all the same, or gets `(None, "stale")` in their place:
        nothing is left out silently. If more is gone before it continues from there, whether it is
        told once more is up to you.

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
