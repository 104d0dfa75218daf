"""`make chat`: a page on which you see an answer arrive, on this machine only.

    POST /ask                    {"question": ...} starts an answer; returns its ID, and whose code
                                 answers
    GET  /answers/{id}/events    its events, after the one that Last-Event-ID names
    POST /answers/{id}/stop      stops it
    GET  /answerer               whose code answers

The events are those of lesson 15, sent by its functions. Some have more in them: the status event
of a document that was found has its title as `document`, and the error event of an answer that was
stopped has `stopped`.

Errors are JSON: {"error": "what is wrong, in plain words"}.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
import webbrowser
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from course import catalog
from course.fakes import handbook
from course.fakes.openai.background_server import serve_until_interrupted
from course.fakes.quoting import QuotingChatModel
from course.web import rag
from course.web.answerer import Answerer, answerers
from course.web.answers_under_way import Answer, Answers, TooManyAnswers, close
from course.web.rag import Generate, Retrieve
from course.web.wire import Wire, wires

HOST = "127.0.0.1"
HOST_NAMES = ("127.0.0.1", "localhost")
"""Other host names are refused: somebody else's page may have a name that points here."""

FOLDER = Path(__file__).parent
FILES = {
    "/": ("page.html", "text/html"),
    "/look.css": ("../look.css", "text/css"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
"""Files that are served as they are. Types are not guessed: some systems guess wrong."""

MOST_IN_QUESTION = 20_000
"""Characters."""

MOST_IN_BODY = 300_000
"""In bytes; JSON may take twelve for one character."""

SECONDS_FOR_BODY = 60.0
SECONDS_FOR_READER = 60.0
"""A reader that accepts nothing for this long counts as gone."""

SECONDS_TO_SHUT_DOWN = 30
"""For what is left to send at shutdown. Only a reader that accepts nothing takes this long."""

TOKENS_BEFORE_FAULT = 8

SECURITY = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass(frozen=True)
class Options:
    """How the page behaves. Times are in seconds.

    Attributes:
        speed: how many times faster than a comfortable pace documents and tokens come.
        token_pause: time before each token, at speed 1.
        document_pause: time before each document, at speed 1.
        grace: how long an answer goes on while nobody is reading it.
        keep: how long a finished answer is remembered.
        heartbeat: after this much silence, something is sent to show that the connection is alive.
        folder: where the documents are.
        exercises: where the learner's files are.
    """

    speed: float = 1.0
    token_pause: float = 0.05
    document_pause: float = 0.35
    grace: float = 10.0
    keep: float = 600.0
    heartbeat: float = 10.0
    folder: Path = handbook.FOLDER
    exercises: Path = catalog.ROOT / "exercises"


DEFAULT_OPTIONS = Options()


class Chat:
    """The state of the page: who answers and sends, from which documents, and the answers.

    Args:
        options: how it behaves.
        retrieve: a search to use instead of the handbook's.
        generate: a model to use instead of the one that quotes.
    """

    def __init__(
        self,
        options: Options = DEFAULT_OPTIONS,
        retrieve: Retrieve | None = None,
        generate: Generate | None = None,
    ) -> None:
        documents = handbook.read_documents(options.folder)
        pause = options.token_pause / options.speed
        self.heartbeat = options.heartbeat
        importing = asyncio.Lock()
        self.answerer = answerers(options.exercises, importing)
        self.wire = wires(options.exercises, importing)
        self.answers = Answers(options.grace, options.keep)
        self.retrieve = retrieve or rag.searching(documents, options.document_pause / options.speed)
        self.generate = generate or rag.quoting(lambda: QuotingChatModel(pause=pause))

    def app(self) -> ASGIApp:
        """Return the whole application."""
        app = Starlette(
            routes=[
                *(Route(path, _file) for path in FILES),
                Route("/answerer", self._answerer),
                Route("/ask", self._ask, methods=["POST"]),
                Route("/answers/{id}/events", self._events),
                Route("/answers/{id}/stop", self._stop, methods=["POST"]),
            ],
            exception_handlers={HTTPException: _refuse, Exception: _broken},
            lifespan=self._lifespan,
        )
        return _Guard(app)

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        # Grading takes a second the first time; the page need not wait for it.
        first = asyncio.create_task(self._current())
        yield
        await asyncio.gather(first, return_exceptions=True)
        await self.answers.close()
        await asyncio.gather(self.answerer.close(), self.wire.close())

    async def _current(self) -> tuple[Answerer, Wire]:
        return await asyncio.gather(self.answerer.current(), self.wire.current())

    async def _answerer(self, request: Request) -> Response:
        return JSONResponse(_told(*await self._current()))

    async def _ask(self, request: Request) -> Response:
        question, generate = _asked(await _json(request)), self.generate
        if question.fault:
            generate = rag.breaking(generate, TOKENS_BEFORE_FAULT)
        answerer, wire = await self._current()
        try:
            answer = self.answers.start(wire, answerer, question.text, self.retrieve, generate)
        except TooManyAnswers:
            raise HTTPException(
                503, "Too many answers are in progress. Stop one, or wait a moment."
            ) from None
        told = {"id": answer.id, "answerer": _told(answerer, wire)}
        return JSONResponse(told, status_code=201)

    async def _events(self, request: Request) -> Response:
        answer = self._find(request)
        after = answer.wire.last_event_id(dict(request.headers))
        if answer.finished and after >= answer.last_id:
            return Response(status_code=204)
        if request.method == "HEAD":
            return Response(headers=answer.wire.sse_headers())
        return _EventStream(self.answers, answer, answer.body(after, self.heartbeat))

    async def _stop(self, request: Request) -> Response:
        return JSONResponse({"stopped": await self.answers.stop(self._find(request))})

    def _find(self, request: Request) -> Answer:
        answer = self.answers.get(request.path_params["id"])
        if answer is None:
            raise HTTPException(
                404, "There is no such answer. It is too old, or the server was restarted."
            )
        return answer


def _told(answerer: Answerer, wire: Wire) -> dict[str, str]:
    """What the page is told about who answers, and who sends."""
    return {
        "owner": answerer.owner,
        "label": answerer.label,
        "note": answerer.note,
        "wire": wire.note,
    }


@dataclass(frozen=True)
class _Question:
    text: str
    fault: bool


def _asked(body: object) -> _Question:
    fault = False
    match body:
        case {"question": str(text), "fault": bool(fault)}:
            pass
        case {"question": str(text), **others} if "fault" not in others:
            pass
        case _:
            raise HTTPException(
                422, 'The body must look like {"question": "How ...?", "fault": false}.'
            )
    if not text.strip():
        raise HTTPException(422, "The question is empty.")
    if len(text) > MOST_IN_QUESTION:
        raise HTTPException(
            422,
            f"The question has {len(text):,} characters. The limit is {MOST_IN_QUESTION:,}.",
        )
    # Half an emoji is legal JSON, but it is not text.
    return _Question(text.encode("utf-8", "replace").decode("utf-8"), fault)


async def _json(request: Request) -> object:
    """Return the body of a request.

    Raises:
        HTTPException: if it is not JSON, is too large, or does not arrive.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(415, "The body must be JSON: Content-Type: application/json.")
    body = bytearray()
    try:
        async with asyncio.timeout(SECONDS_FOR_BODY):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_IN_BODY:
                    raise HTTPException(413, f"The body is larger than {MOST_IN_BODY:,} bytes.")
        return json.loads(body)
    except TimeoutError:
        raise HTTPException(408, "The body did not arrive.") from None
    except ClientDisconnect:
        raise HTTPException(400, "The connection was closed.") from None
    except (ValueError, RecursionError):
        raise HTTPException(400, "The body is not JSON.") from None


async def _file(request: Request) -> Response:
    name, media_type = FILES[request.url.path]
    return FileResponse(FOLDER / name, media_type=media_type)


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words = {404: "There is nothing at this address.", 405: "This address needs another method."}
    known = error.detail if error.detail not in ("Not Found", "Method Not Allowed") else None
    message = known or words[error.status_code]
    return JSONResponse({"error": message}, error.status_code, headers=error.headers)


async def _broken(request: Request, error: Exception) -> Response:
    message = "The course has a bug. The terminal shows where."
    return JSONResponse({"error": message}, 500)


class _EventStream(StreamingResponse):
    """Sends what an answer sends, and counts as its reader for as long."""

    def __init__(self, answers: Answers, answer: Answer, events: AsyncIterator[bytes]) -> None:
        super().__init__(events, headers=answer.wire.sse_headers())
        self._answers = answers
        self._answer = answer

    async def stream_response(self, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(SECONDS_FOR_READER):
                await send(message)

        with self._answers.reading(self._answer), contextlib.suppress(TimeoutError):
            try:
                await super().stream_response(send_in_time)
            finally:
                await close(self.body_iterator)


class _Guard:
    """Accepts only requests from this machine, and sends the headers that protect it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(SECURITY)
                headers["Cache-Control"] = "no-store"
            await send(message)

        problem = _foreign(Headers(scope=scope))
        app = JSONResponse({"error": problem}, 403) if problem else self._app
        await app(scope, receive, send_guarded)


def _foreign(headers: Headers) -> str | None:
    """Say what is wrong with the origin of a request, if anything is."""
    host = headers.get("host", "")
    if host.rpartition(":")[0] not in HOST_NAMES and host not in HOST_NAMES:
        return f"Open this page at {HOST}, not under another name."
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return "Requests from other pages are not allowed."
    return None


class _Server(uvicorn.Server):
    """Ends the answers before the connections, which would otherwise wait for them."""

    def __init__(self, chat: Chat, open_browser: str | None = None) -> None:
        config = uvicorn.Config(
            chat.app(),
            http="h11",
            loop="asyncio",
            ws="none",
            lifespan="on",
            log_level="warning",
            access_log=False,
            server_header=False,
            limit_concurrency=200,
            timeout_graceful_shutdown=SECONDS_TO_SHUT_DOWN,
        )
        super().__init__(config)
        self._chat = chat
        self._open_browser = open_browser

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self._open_browser:
            webbrowser.open(self._open_browser)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._chat.answers.close()
        await super().shutdown(sockets=sockets)


def run(port: int, open_browser: bool = False, *, options: Options = DEFAULT_OPTIONS) -> int:
    """Serve the page until Ctrl-C.

    Args:
        port: where, on 127.0.0.1; 0 takes any free port.
        open_browser: whether to open the page in the browser of this machine.
        options: how it behaves.

    Returns:
        The exit status: 0, or 2 if the port is not available.
    """
    try:
        listening = socket.create_server((HOST, port))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        print(f"Port {port} is not available: {reason}. Try another one.", file=sys.stderr)
        return 2
    address = f"http://{HOST}:{listening.getsockname()[1]}"
    server = _Server(Chat(options), address if open_browser else None)
    said = f"Streaming RAG chat: {address}\nStop with Ctrl-C."
    serve_until_interrupted(server, listening, said)
    return 0
