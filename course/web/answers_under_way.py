"""Answers that are in progress or finished recently. Each has an ID that nobody can guess."""

from __future__ import annotations

import asyncio
import secrets
import sys
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from course.web.answerer import Answerer
from course.web.rag import Generate, Retrieve
from course.web.wire import Event, ReplayLog, Wire

MOST_RUNNING = 32
MOST_KEPT = 50
"""How many finished answers are remembered."""

MOST_EVENTS = 10_000
MOST_CHARACTERS = 200_000
"""An answer that sends more than this counts as endless."""

SECONDS_TO_CLOSE = 30.0
"""How long an answer may take to clean up: a last resort, even on a busy machine."""


def _error(message: str, **more: Any) -> Event:
    return {"type": "error", "message": message, **more}


COMPLETE: Event = {"type": "complete"}
STOPPED = _error("Stopped.", stopped=True)
NOBODY_LISTENS = _error("Stopped, because nobody was listening anymore.", stopped=True)
SHUT_DOWN = _error("The server was shut down in the middle of this answer.")
"""Last events. The page shows one that says `stopped` as a note, and not as a problem."""


class TooManyAnswers(Exception):
    """The greatest number of answers is already in progress."""


@dataclass
class Answer:
    """One answer: what it has sent, and how a reader gets it.

    Attributes:
        id: its name in addresses. Anyone who knows it may read the answer.
        wire: the functions that send it.
        last_id: the ID of its newest event; 0 if there is none yet.
        characters: how much text is in its events.
        finished: whether its last event was sent.
        readers: how many connections are reading it.
    """

    id: str
    wire: Wire
    last_id: int = 0
    characters: int = 0
    finished: bool = False
    readers: int = 0
    ending: Event = field(default_factory=lambda: STOPPED)
    task: asyncio.Task[None] | None = None
    timer: asyncio.TimerHandle | None = field(default=None, repr=False)
    log: ReplayLog = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.log = self.wire.replay_log(self.id, MOST_EVENTS + 1)  # so it forgets none

    def append(self, event: Event) -> None:
        """Send an event to all readers. After the last one, nothing is sent."""
        if not self.finished:
            sent = {name: _writable(value) for name, value in event.items()}
            self.last_id = self.log.append(sent)
            self.characters += sum(len(value) for value in sent.values() if isinstance(value, str))

    def finish(self, last: Event) -> None:
        """Send the last event."""
        self.append(last)
        self.finished = True
        self.log.finish()

    def body(self, after: int, heartbeat: float) -> AsyncIterator[bytes]:
        """Return what is sent to a reader that has seen the events up to the ID `after`.

        Args:
            after: the ID. One that no event has had yet counts as 0.
            heartbeat: seconds of silence after which a comment is sent.
        """
        seen = after if after <= self.last_id else 0
        return self.wire.sse_body(self._events(seen), heartbeat, seen + 1)

    async def _events(self, seen: int) -> AsyncIterator[Event]:
        numbered = self.log.subscribe(self.id, seen)
        try:
            async for _, event in numbered:
                yield event
        finally:
            await close(numbered)


class Answers:
    """Starts answers, stops them, and forgets them after a while.

    Attributes:
        grace: seconds for which an answer goes on while nobody is reading it.

    Args:
        grace: the same.
        keep: seconds for which a finished answer is remembered.
    """

    def __init__(self, grace: float, keep: float) -> None:
        self.grace = grace
        self._keep = keep
        self._answers: dict[str, Answer] = {}

    def get(self, name: str) -> Answer | None:
        """Return the answer with this ID, or None if there is none or it was forgotten."""
        return self._answers.get(name)

    def start(
        self,
        wire: Wire,
        answerer: Answerer,
        question: str,
        retrieve: Retrieve,
        generate: Generate,
    ) -> Answer:
        """Start answering a question, in a separate task.

        Raises:
            TooManyAnswers: if too many are in progress.
        """
        running = sum(not answer.finished for answer in self._answers.values())
        if running >= MOST_RUNNING:
            raise TooManyAnswers
        answer = Answer(secrets.token_urlsafe(16), wire)
        self._answers[answer.id] = answer
        answer.task = asyncio.create_task(
            self._produce(answer, answerer, question, retrieve, generate)
        )
        self._wait_for_readers(answer)
        return answer

    async def stop(self, answer: Answer, ending: Event = STOPPED) -> bool:
        """Stop an answer, and wait until it has cleaned up. Return whether it was running."""
        if answer.finished or answer.task is None:
            return False
        if not answer.task.cancelling():
            answer.ending = ending
            answer.task.cancel()
        await asyncio.wait([answer.task], timeout=SECONDS_TO_CLOSE)
        # A task that refuses to end is ignored from here on.
        self._finish(answer, ending)
        return True

    @contextmanager
    def reading(self, answer: Answer) -> Iterator[None]:
        """Count a reader for as long as the block runs."""
        answer.readers += 1
        try:
            yield
        finally:
            answer.readers -= 1
            self._wait_for_readers(answer)

    async def close(self) -> None:
        """Stop all answers."""
        await asyncio.gather(*(self.stop(one, SHUT_DOWN) for one in [*self._answers.values()]))

    def _wait_for_readers(self, answer: Answer) -> None:
        """Stop the answer after the grace period, unless somebody is reading it by then."""
        if answer.finished:
            return
        if answer.timer:
            answer.timer.cancel()
        answer.timer = asyncio.get_running_loop().call_later(self.grace, self._abandon, answer)

    def _abandon(self, answer: Answer) -> None:
        if not answer.readers and not answer.finished and answer.task is not None:
            answer.ending = NOBODY_LISTENS
            answer.task.cancel()

    async def _produce(
        self,
        answer: Answer,
        answerer: Answerer,
        question: str,
        retrieve: Retrieve,
        generate: Generate,
    ) -> None:
        stream: AsyncIterator[dict[str, Any]] | None = None
        try:
            stream = answerer.stream(question, retrieve, generate)
            ending = await _pass_on(stream, answer)
        except BaseException as error:  # a learner's code may raise anything, even SystemExit
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task and task.cancelling():
                ending = answer.ending
            else:
                traceback.print_exception(error, file=sys.stderr)
                ending = _error(_in_plain_words(error, answerer))
        await close(stream)
        self._finish(answer, ending)

    def _finish(self, answer: Answer, ending: Event) -> None:
        if answer.finished:
            return
        answer.finish(ending)
        if answer.timer:
            answer.timer.cancel()
        loop = asyncio.get_running_loop()
        answer.timer = loop.call_later(self._keep, self._answers.pop, answer.id, None)
        finished = [one for one in self._answers.values() if one.finished]
        for old in finished[: max(0, len(finished) - MOST_KEPT)]:
            del self._answers[old.id]
            if old.timer:
                old.timer.cancel()


async def _pass_on(stream: AsyncIterator[dict[str, Any]], answer: Answer) -> Event:
    """Send the events of a stream. Return the last one, which is not sent yet."""
    task = asyncio.current_task()
    async for event in stream:
        if task and task.cancelling():  # a stream may swallow its cancellation
            raise asyncio.CancelledError
        match event:
            case {"type": "status", "message": str(message)}:
                answer.append({"type": "status", "message": message})
            case {"type": "document", "title": title}:
                found = {"type": "status", "message": f"Found: {title}", "document": str(title)}
                answer.append(found)
            case {"type": "token", "content": str(content)}:
                answer.append({"type": "token", "content": content})
            case {"type": "complete"}:
                return COMPLETE
            case {"type": "error", "message": message}:
                return _error(str(message))
            case _:
                pass  # a type that the page does not know
        if answer.last_id >= MOST_EVENTS or answer.characters >= MOST_CHARACTERS:
            return _error("The answer did not end. It was stopped.")
        await asyncio.sleep(0)  # let others run, even if the stream never waits
    return _error("The answer ended without its last event: neither complete nor error came.")


async def close(stream: object) -> None:
    """Close a stream if it can be closed. What it raises is shown in the terminal."""
    aclose = getattr(stream, "aclose", None)
    if aclose is None:
        return
    try:
        async with asyncio.timeout(SECONDS_TO_CLOSE):
            await aclose()
    except Exception as error:
        traceback.print_exception(error, file=sys.stderr)


def _writable(value: object) -> object:
    """Return text that UTF-8 can write: an answer may yield half an emoji."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _in_plain_words(error: BaseException, answerer: Answerer) -> str:
    kind = type(error).__name__
    if answerer.owner == "learner":
        return f"Your stream_rag_response raised {kind}. The terminal shows where."
    return f"The course has a bug ({kind}). The terminal shows where."
