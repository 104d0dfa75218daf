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
from course.web.handbook import Generate, Retrieve
from course.web.replay import ReplayLog

MOST_RUNNING = 32
MOST_KEPT = 50
"""How many finished answers are remembered."""

MOST_EVENTS = 10_000
MOST_CHARACTERS = 200_000
"""An answer that sends more than this counts as endless."""

SECONDS_TO_CLOSE = 30.0
"""How long an answer may take to clean up: a last resort, even on a busy machine."""

STOPPED = ("stopped", "Stopped.")
NOBODY_LISTENS = ("stopped", "Stopped, because nobody was listening anymore.")
SHUT_DOWN = ("error", "The server was shut down in the middle of this answer.")


class TooManyAnswers(Exception):
    """The greatest number of answers is already in progress."""


@dataclass
class Answer:
    """One answer.

    Attributes:
        id: its name in addresses.
        log: what it has sent.
        readers: how many connections are reading it.
    """

    id: str
    log: ReplayLog
    readers: int = 0
    ending: tuple[str, str] = STOPPED
    task: asyncio.Task[None] | None = None
    timer: asyncio.TimerHandle | None = field(default=None, repr=False)


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
        self, answerer: Answerer, question: str, retrieve: Retrieve, generate: Generate
    ) -> Answer:
        """Start answering a question, in a separate task.

        Raises:
            TooManyAnswers: if too many are in progress.
        """
        running = sum(not answer.log.finished for answer in self._answers.values())
        if running >= MOST_RUNNING:
            raise TooManyAnswers
        answer = Answer(secrets.token_urlsafe(16), ReplayLog())
        self._answers[answer.id] = answer
        answer.log.append("answerer", answerer.as_data())
        answer.task = asyncio.create_task(
            self._produce(answer, answerer, question, retrieve, generate)
        )
        self._wait_for_readers(answer)
        return answer

    async def stop(self, answer: Answer, ending: tuple[str, str] = STOPPED) -> bool:
        """Stop an answer, and wait until it has cleaned up. Return whether it was running."""
        if answer.log.finished or answer.task is None:
            return False
        if not answer.task.cancelling():
            answer.ending = ending
            answer.task.cancel()
        await asyncio.wait([answer.task], timeout=SECONDS_TO_CLOSE)
        # A task that refuses to end is ignored from here on.
        self._finish(answer, *ending)
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
        if answer.log.finished:
            return
        if answer.timer:
            answer.timer.cancel()
        answer.timer = asyncio.get_running_loop().call_later(self.grace, self._abandon, answer)

    def _abandon(self, answer: Answer) -> None:
        if not answer.readers and not answer.log.finished and answer.task is not None:
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
            ending = await _pass_on(stream, answer.log)
        except BaseException as error:  # a learner's code may raise anything, even SystemExit
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task and task.cancelling():
                ending = answer.ending
            else:
                traceback.print_exception(error, file=sys.stderr)
                ending = ("error", _in_plain_words(error, answerer))
        await _close(stream)
        self._finish(answer, *ending)

    def _finish(self, answer: Answer, kind: str, message: str) -> None:
        if answer.log.finished:
            return
        answer.log.append(kind, {"message": message}, last=True)
        if answer.timer:
            answer.timer.cancel()
        loop = asyncio.get_running_loop()
        answer.timer = loop.call_later(self._keep, self._answers.pop, answer.id, None)
        finished = [one for one in self._answers.values() if one.log.finished]
        for old in finished[: max(0, len(finished) - MOST_KEPT)]:
            del self._answers[old.id]
            if old.timer:
                old.timer.cancel()


async def _pass_on(stream: AsyncIterator[dict[str, Any]], log: ReplayLog) -> tuple[str, str]:
    """Put the events of a stream into the log. Return the last one: its type and message."""
    task = asyncio.current_task()
    async for event in stream:
        if task and task.cancelling():  # a stream may swallow its cancellation
            raise asyncio.CancelledError
        match event:
            case {"type": "status", "message": str(message)}:
                log.append("status", {"message": message})
            case {"type": "document", "title": title}:
                log.append("document", {"title": str(title)})
            case {"type": "token", "content": str(content)}:
                log.append("token", {"content": content})
            case {"type": "complete"}:
                return "complete", ""
            case {"type": "error", "message": message}:
                return "error", str(message)
            case _:
                pass  # a type that the page does not know
        if log.last_id >= MOST_EVENTS or log.characters >= MOST_CHARACTERS:
            return "error", "The answer did not end. It was stopped."
        await asyncio.sleep(0)  # let others run, even if the stream never waits
    return "error", "The answer ended without its last event: neither complete nor error came."


async def _close(stream: object) -> None:
    aclose = getattr(stream, "aclose", None)
    if aclose is None:
        return
    try:
        async with asyncio.timeout(SECONDS_TO_CLOSE):
            await aclose()
    except Exception as error:
        traceback.print_exception(error, file=sys.stderr)


def _in_plain_words(error: BaseException, answerer: Answerer) -> str:
    kind = type(error).__name__
    if answerer.owner == "learner":
        return f"Your stream_rag_response raised {kind}. The terminal shows where."
    return f"The course has a bug ({kind}). The terminal shows where."
