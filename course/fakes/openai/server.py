"""A server on this machine that speaks OpenAI's protocol and plays the scripts of the fakes.

Clients of OpenAI's API cannot tell it from a provider: `ChatOpenAI`, the `openai` package and
curl work with it. It needs no key, and only programs on this machine can reach it.
"""

from __future__ import annotations

import asyncio
import base64
import struct
import threading
import time
from collections.abc import Generator, Mapping

from langchain_core.embeddings import Embeddings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from course.fakes.chat_models import FakeChatModel
from course.fakes.embeddings import HashedEmbeddings
from course.fakes.openai.background_server import BackgroundServer
from course.fakes.openai.chat_reply import ChatAnswer
from course.fakes.openai.chat_request import ChatRequest
from course.fakes.openai.faults import Faults
from course.fakes.openai.http import EXCEPTION_HANDLERS, LocalNamesOnly, read_json
from course.fakes.openai.playing import Pace, Playing
from course.fakes.openai.reply import Answer, ApiError, Step, dumps
from course.fakes.openai.request import AnswerRequest, EmbeddingRequest, parse
from course.fakes.openai.responses_reply import ResponsesAnswer
from course.fakes.openai.responses_request import ResponsesRequest
from course.fakes.quoting import QuotingChatModel

Models = Mapping[str, FakeChatModel]


class OpenAIService:
    """What the routes of the app share.

    Args:
        models: the chat models by the names that clients ask for.
        speed: how many times faster than written the pauses of a script pass; 0 leaves them out.
        most_calls: how many calls the transcript of each model keeps; None keeps all.

    Attributes:
        models: the chat models; more may be added while the server runs.
        embeddings: the embedding models by name.
        pace: how fast answers are played, and how many are in progress.

    Raises:
        ValueError: the speed is negative.
    """

    def __init__(self, models: Models, speed: float = 1.0, most_calls: int | None = None) -> None:
        self.models = dict(models)
        self.embeddings: dict[str, Embeddings] = {"hashed": HashedEmbeddings()}
        self.pace = Pace(speed)
        self.most_calls = most_calls

    def routes(self) -> list[Route]:
        """Return the routes of the API."""
        return [
            Route("/v1/chat/completions", self.chat, methods=["POST"]),
            Route("/v1/responses", self.respond, methods=["POST"]),
            Route("/v1/responses/{name:path}", self.show_response, methods=["GET", "DELETE"]),
            Route("/v1/embeddings", self.embed, methods=["POST"]),
            Route("/v1/models", self.list_models),
            Route("/v1/models/{name:path}", self.show_model),
        ]

    async def chat(self, request: Request) -> Response:
        """Answer a conversation with a chat completion."""
        wanted = parse(ChatRequest, await read_json(request))
        name, faults = self._asked(wanted, request)
        answer = ChatAnswer(name, wanted.include_usage or "usage-only" in faults)
        return self._playing(name, wanted, answer, faults)

    async def respond(self, request: Request) -> Response:
        """Answer a conversation with a response."""
        wanted = parse(ResponsesRequest, await read_json(request))
        name, faults = self._asked(wanted, request)
        return self._playing(name, wanted, ResponsesAnswer(name, wanted.repeated), faults)

    async def show_response(self, request: Request) -> Response:
        """Say that no responses are stored."""
        name = request.path_params["name"][:200]
        raise ApiError(404, f"Response with id {name!r} not found: this server keeps no responses.")

    async def embed(self, request: Request) -> Response:
        """Turn texts into vectors."""
        wanted = parse(EmbeddingRequest, await read_json(request))
        name = wanted.model.partition("+")[0]
        if name not in self.embeddings:
            raise self._unknown(wanted.model)
        Faults(wanted.model[len(name) :], request.headers).refuse(streamed=False)
        model = self.embeddings[name]
        if wanted.dimensions is not None:
            model = HashedEmbeddings(wanted.dimensions)
        texts = wanted.texts
        vectors = await asyncio.to_thread(model.embed_documents, texts)
        data = [
            {"object": "embedding", "index": at, "embedding": _encoded(vector, wanted)}
            for at, vector in enumerate(vectors)
        ]
        count = sum(len(text.split()) for text in texts)
        usage = {"prompt_tokens": count, "total_tokens": count}
        return _reply({"object": "list", "data": data, "model": name, "usage": usage})

    async def list_models(self, request: Request) -> Response:
        """List the models."""
        names = [*self.models, *self.embeddings]
        return _reply({"object": "list", "data": [_model(name) for name in names]})

    async def show_model(self, request: Request) -> Response:
        """Describe one model."""
        name = request.path_params["name"]
        if name not in self.models and name not in self.embeddings:
            raise self._unknown(name)
        return _reply(_model(name))

    def _asked(self, wanted: AnswerRequest, request: Request) -> tuple[str, Faults]:
        """Return the name of the requested model, and the faults for later."""
        name = wanted.model if wanted.model in self.models else wanted.model.partition("+")[0]
        if name not in self.models:
            raise self._unknown(wanted.model)
        faults = Faults(wanted.model[len(name) :], request.headers)
        faults.refuse(streamed=bool(wanted.stream))
        return name, faults

    def _playing(
        self, name: str, wanted: AnswerRequest, answer: Answer, faults: Faults
    ) -> Response:
        pieces = self._pieces(name, wanted)
        return Playing(self.pace, pieces, answer, faults if wanted.stream else None)

    def _unknown(self, name: str) -> ApiError:
        known = ", ".join([*self.models, *self.embeddings])
        message = f"The model {name[:200]!r} does not exist. This server has: {known}."
        return ApiError(404, message, code="model_not_found", param="model")

    def _pieces(self, name: str, wanted: AnswerRequest) -> Generator[Step, None, None]:
        """Play the model's answer. The call in its transcript ends when this is closed."""
        model = self.models[name]
        options = {**wanted.options, "model": name}
        with model._start(wanted.prompt, wanted.stop_texts, options) as call:
            if self.most_calls is not None:
                del model.transcript[: -self.most_calls]
            yield from model._steps(call)


def openai_app(
    models: Models | None = None, speed: float = 1.0, most_calls: int | None = None
) -> Starlette:
    """Return the server as an app that can be served alone or mounted in another app.

    Args:
        models: the chat models by name; without any, "quoting" answers, the rule-based model.
        speed: how many times faster than written the pauses of a script pass; 0 leaves them out.
        most_calls: how many calls the transcript of each model keeps; None keeps all.

    Returns:
        The app. Its `state.service` is the `OpenAIService`.

    Raises:
        ValueError: the speed is negative.
    """
    if models is None:
        models = {"quoting": QuotingChatModel()}
    service = OpenAIService(models, speed, most_calls)
    app = Starlette(
        routes=service.routes(),
        middleware=[Middleware(LocalNamesOnly)],
        exception_handlers=EXCEPTION_HANDLERS,
    )
    app.router.redirect_slashes = False
    app.state.service = service
    return app


class LocalServer(BackgroundServer):
    """A server with OpenAI's protocol that runs alongside a test or a program.

        with LocalServer({"scripted": ScriptedChatModel(replies=["Hello."])}) as server:
            ChatOpenAI(model="scripted", base_url=server.url, api_key="none").invoke("Hi")

    Args:
        models: the chat models by name; without any, "quoting" answers, the rule-based model.
        speed: how many times faster than written the pauses of a script pass; 0 leaves them out.

    Attributes:
        url: what clients need as `base_url`.
        models: the chat models; more may be added. What clients did is in the `transcript` of
            each.

    Raises:
        ValueError: the speed is negative.
    """

    def __init__(self, models: Models | None = None, speed: float = 1.0) -> None:
        app = openai_app(models, speed)
        super().__init__(app)
        self.service: OpenAIService = app.state.service
        self.models = self.service.models
        self.url = f"{self.origin}/v1"

    def settle(self, seconds: float = 300.0) -> None:
        """Wait until no answer is in progress.

        Args:
            seconds: how long at most, in real time. By default, only a hang takes that long.

        Raises:
            TimeoutError: an answer is still in progress.
        """
        waiting = threading.Event()  # its seconds are real, even if time is virtual
        for _ in range(max(1, round(seconds / 0.005))):
            if not self.service.pace.playing:
                return
            waiting.wait(0.005)
        raise TimeoutError(f"{self.service.pace.playing} answers are still in progress")


def _reply(value: object) -> Response:
    return Response(dumps(value), media_type="application/json")


def _model(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": int(time.time()), "owned_by": "streamlings"}


def _encoded(vector: list[float], wanted: EmbeddingRequest) -> list[float] | str:
    if wanted.encoding_format == "float":
        return vector
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
