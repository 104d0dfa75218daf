"""What the tests of the chat page share: the server, a model that waits, and a bad cable."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from langchain_core.documents import Document
from waiting import SECONDS_FOR_A_HANG, SECONDS_OF_SILENCE

from course import catalog
from course.grade.answer_file import AnswerFile
from course.grade.answers import load
from course.web.answerer import Answerer
from course.web.app import Chat, Options, _Server
from course.web.wire import LESSON, PARTS, Wire

FAST = Options(speed=1000.0, grace=SECONDS_FOR_A_HANG)
"""Nobody is gone only because the machine is slow."""


class Always:
    """Always chooses the same, without a grader, which takes a second to start."""

    def __init__(self, made: Any) -> None:
        self._made = made

    async def current(self) -> Any:
        return self._made

    async def close(self) -> None:
        pass


def reference_answers() -> Always:
    lesson = catalog.find("09")
    stream = load(lesson.solution, lesson).module.stream_rag_response
    return Always(Answerer("reference", "the reference", "It is the reference.", stream))


def sends(answers: Path | AnswerFile) -> Always:
    """Let these answers to lesson 15 send, ungraded."""
    module = load(answers, catalog.find(LESSON)).module
    return Always(Wire(f"It is {module.__file__}.", *(getattr(module, name) for name in PARTS)))


class Pieces:
    """A model whose tokens come when the test lets them.

    Attributes:
        free: how many tokens may come; None lets all come.
        calls: the questions it was asked.
        endings: how each call ended: "exhausted" or "closed".
    """

    def __init__(self, tokens: list[str], free: int | None = 0) -> None:
        self.tokens = tokens
        self.free = free
        self.calls: list[str] = []
        self.endings: list[str] = []
        self.documents: list[Document] = []

    @property
    def text(self) -> str:
        return "".join(self.tokens)

    async def generate(self, question: str, documents: list[Document]) -> AsyncIterator[str]:
        self.calls.append(question)
        self.documents = documents
        ending = "closed"
        try:
            for number, token in enumerate(self.tokens):
                while self.free is not None and number >= self.free:
                    await asyncio.sleep(0.002)
                yield token
            ending = "exhausted"
        finally:
            self.endings.append(ending)


class RunningChat:
    """The chat page, served from another thread. To be used with `with`."""

    def __init__(self, options: Options = FAST, *, graded: bool = False, **how: Any) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.chat: Chat = None  # type: ignore[assignment]
        self._how = (options, graded, how)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    async def _serve(self) -> None:
        options, graded, how = self._how
        self.chat = Chat(options, **how)
        if not graded:
            self.chat.answerer = reference_answers()  # type: ignore[assignment]
            self.chat.wire = sends(catalog.find(LESSON).solution)  # type: ignore[assignment]
        self.server = _Server(self.chat)
        self.server.config.timeout_graceful_shutdown = None  # `close` finds what does not end
        self._ready.set()
        await self.server.serve(sockets=[self._listening])

    def __enter__(self) -> RunningChat:
        self._thread.start()
        assert self._ready.wait(SECONDS_FOR_A_HANG)
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Shut the server down, as Ctrl-C does."""
        self.server.should_exit = True
        self._thread.join(SECONDS_FOR_A_HANG)
        assert not self._thread.is_alive(), "the server does not end"

    @property
    def running(self) -> int:
        """How many answers are under way."""
        return sum(not one.finished for one in [*self.chat.answers._answers.values()])

    # A client

    def request(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, http.client.HTTPConnection]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_FOR_A_HANG)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        connection.request(method, path, body, headers)
        return connection.getresponse(), connection

    def json(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        response, connection = self.request(method, path, body, headers)
        with contextlib.closing(connection):
            return response.status, json.loads(response.read())

    def ask(self, question: str = "How long?", **more: Any) -> str:
        """Start an answer, and return its id."""
        status, answer = self.json("POST", "/ask", {"question": question, **more})
        assert status == 201, answer
        return str(answer["id"])

    def stop(self, name: str) -> Any:
        return self.json("POST", f"/answers/{name}/stop")[1]

    @contextlib.contextmanager
    def reading(self, name: str, after: int = 0) -> Iterator[Iterator[dict[str, Any]]]:
        """Read an answer's events; leaving the block drops the connection."""
        headers = {"Last-Event-ID": str(after)} if after else {}
        response, connection = self.request("GET", f"/answers/{name}/events", headers=headers)
        assert response.status == 200, response.read()
        with contextlib.closing(connection), contextlib.closing(response):
            yield parse(response)

    def read(self, name: str, after: int = 0) -> list[dict[str, Any]]:
        """Return all events to the end."""
        with self.reading(name, after) as events:
            return list(events)


def parse(lines: Any) -> Iterator[dict[str, Any]]:
    """Read server-sent events as `make chat` documents them: a dict with id, type and the rest.

    The types "document" and "stopped" are for those events that the page shows in their own way.
    """
    fields: dict[str, str] = {}
    for line in lines:
        text = line.decode("utf-8").rstrip("\r\n")
        name, _, value = text.partition(": ")
        if name:
            fields[name] = value
        elif text:
            yield {"type": "heartbeat"}
        elif "data" in fields:
            event = json.loads(fields["data"])
            special = {"document", "stopped"} & {*event}
            yield {"id": int(fields["id"]), **event, "type": [*special, event["type"]][0]}
        if not text:
            fields = {}


class Cable:
    """A way to the server that the test can cut. The page is opened at `url`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.down = False
        self.most: int | None = None
        """Bytes of events after which each connection is cut."""
        self.cuts = 0
        self._last_id = b""
        self._seconds_to_read = SECONDS_OF_SILENCE
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Cut every connection that is open."""
        for end in [*self._open]:
            self._close(end)

    def close(self) -> None:
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                page, _ = self._listening.accept()
                if self.down:
                    page.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._port))
                self._open |= {page, server}
                for ends in ((page, server, False), (server, page, True)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, to_page: bool) -> None:
        left: int | None = None
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not to_page and b"/events HTTP" in data:
                    self._resume(data)
                if to_page and self.most is not None:
                    head, separator, _ = data.partition(b"\r\n\r\n")
                    if b"text/event-stream" in head.lower():
                        left = self.most + len(head + separator)
                if left is not None:
                    data, left = data[:left], left - len(data)
                sink.sendall(data)
                if left is not None and left <= 0:
                    self.cuts += 1
                    time.sleep(self._seconds_to_read)
                    break
        self._close(source)
        self._close(sink)

    def _resume(self, request: bytes) -> None:
        """Set how long a page has to read before a cut: it throws away what comes with the end.

        One that has got no further since the cut before has twice as long.
        """
        found = re.search(rb"(?i)last-event-id: (\d+)", request)
        last_id = found[1] if found else b"0"
        stood_still = last_id == self._last_id
        self._seconds_to_read = 2 * self._seconds_to_read if stood_still else SECONDS_OF_SILENCE
        self._last_id = last_id

    def _close(self, end: socket.socket) -> None:
        self._open.discard(end)
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
