"""Plays a model's answer to a client, for as long as the client is there."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing

from langchain_core.messages import AIMessageChunk
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from course.fakes.openai.faults import Faults, Item
from course.fakes.openai.reply import Answer, ApiError, Step
from course.fakes.script import Fail, Hang, Pause

_EVENTS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]

# After so many pieces without a pause, others get a turn, and clients that left are noticed.
_TURN = 8


class Pace:
    """How fast answers are played.

    Args:
        speed: how many times faster than written the pauses pass; 0 leaves them out.

    Attributes:
        playing: how many answers are in progress.

    Raises:
        ValueError: the speed is negative.
    """

    def __init__(self, speed: float) -> None:
        if not speed >= 0:
            raise ValueError(f"the speed cannot be {speed}")
        self.speed = speed
        self.playing = 0

    async def wait(self, step: Pause | Hang) -> None:
        """Let a pause pass; a hang lasts until somebody cancels it."""
        if isinstance(step, Hang):
            await asyncio.get_running_loop().create_future()
        elif self.speed:
            await asyncio.sleep(step.seconds / self.speed)


class Playing(Response):
    """An answer that is made while it is sent, and only for as long as somebody is there.

    Each piece is requested when the one before it is on its way. So a client that does not read
    keeps only itself waiting.

    Args:
        pace: how fast it is played.
        pieces: what the model sends. It is closed as soon as the client leaves.
        answer: the form in which it is written.
        faults: what goes wrong in the stream; None sends the whole answer at once.
    """

    def __init__(
        self,
        pace: Pace,
        pieces: Generator[Step, None, None],
        answer: Answer,
        faults: Faults | None,
    ) -> None:
        self._pace = pace
        self._pieces = pieces
        self._answer = answer
        self._faults = faults
        self._started = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        playing = asyncio.create_task(self._play(send))
        leaving = asyncio.create_task(_client_leaves(receive))
        self._pace.playing += 1
        try:
            await asyncio.wait({playing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            playing.cancel()
            leaving.cancel()
            await asyncio.wait({playing, leaving})
            self._pace.playing -= 1
        if not playing.cancelled():
            playing.result()

    async def _play(self, send: Send) -> None:
        chunks: list[AIMessageChunk] = []
        failure: BaseException | None = None
        # Closed before the client can see the end, so that the transcript is right by then.
        with closing(self._pieces):
            for number, item in enumerate(self._items()):
                if isinstance(item, bytes):
                    await self._send_events(send, item)
                    if number % _TURN == 0:
                        await asyncio.sleep(0)
                elif isinstance(item, AIMessageChunk):
                    chunks.append(item)
                elif isinstance(item, Fail):
                    failure = item.exception
                    break
                else:
                    await self._pace.wait(item)
        if failure is not None:
            await self._fail(send, failure)
        elif self._faults is None:
            await self._send_whole(send, 200, self._answer.whole(chunks))
        else:
            await self._send_events(send, b"", more=False)

    def _items(self) -> Iterator[Item | AIMessageChunk]:
        """Yield what to do, step by step. A failure of the model is an item, too."""
        items: Iterator[Item | AIMessageChunk] = self._pieces
        if self._faults is not None:
            items = self._faults.change(self._answer.events(self._pieces), self._answer)
        try:
            yield from items
        except GeneratorExit:
            raise
        except BaseException as error:  # a script may fail with anything
            yield Fail(error)

    async def _fail(self, send: Send, exception: BaseException) -> None:
        if isinstance(exception, ConnectionError):
            # It stays unfinished, so the server closes the connection.
            await self._send_events(send, b"")
        elif self._started:
            failure = self._answer.failure(ApiError.of(exception))
            await self._send_events(send, failure, more=False)
        else:
            error = ApiError.of(exception)
            await self._send_whole(send, error.status, error.body, error.headers)

    async def _send_events(self, send: Send, body: bytes, more: bool = True) -> None:
        if not self._started:
            self._started = True
            await send({"type": "http.response.start", "status": 200, "headers": _EVENTS})
        await send({"type": "http.response.body", "body": body, "more_body": more})

    async def _send_whole(
        self, send: Send, status: int, body: bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        whole = Response(body, status, headers, "application/json")
        await send({"type": "http.response.start", "status": status, "headers": whole.raw_headers})
        await send({"type": "http.response.body", "body": body})


async def _client_leaves(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
