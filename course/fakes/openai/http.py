"""What can go wrong before a request is understood, reported as OpenAI's API does."""

from __future__ import annotations

import json
import logging
import re

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from course.fakes.openai.reply import ApiError

MOST_BYTES = 1024 * 1024
"""The longest request that is accepted."""

NAMES = ("127.0.0.1", "localhost", "[::1]")
"""The names by which this machine calls itself."""

_MOST_THROWN_AWAY = 64 * MOST_BYTES
_log = logging.getLogger(__name__)


class LocalNamesOnly:
    """Refuses requests that use somebody else's host name.

    The owner of a web page can make its name point to this machine. Then the page could read what
    this server says, as if the server were its own.

    Args:
        app: gets all other requests.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.app
        if scope["type"] == "http":
            host = Headers(scope=scope).get("host", "")
            if re.sub(r":\d*$", "", host.lower()) not in NAMES:
                message = f"This server answers to {', '.join(NAMES)}, not to {host[:200]!r}."
                app = error_response(ApiError(403, message, code="unknown_host"))
        await app(scope, receive, send)


async def read_json(request: Request) -> object:
    """Read the JSON of a request.

    Raises:
        ApiError: it has the wrong type, is too long, or is not JSON.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ApiError(415, "The content type must be application/json.")
    body = bytearray()
    length = 0
    async for part in request.stream():
        length += len(part)
        if length <= MOST_BYTES:
            body += part
        elif length > _MOST_THROWN_AWAY:
            break
    if length > MOST_BYTES:
        # The rest was read, too: a client that is still writing would not see the answer.
        raise ApiError(413, f"The request is longer than {MOST_BYTES} bytes.")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, f"The request is not valid JSON: {error}") from None


def error_response(error: ApiError) -> Response:
    """Return the response that reports an error."""
    return Response(error.body, error.status, error.headers, "application/json")


async def _api_error(request: Request, error: Exception) -> Response:
    return error_response(ApiError.of(error))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = request.url.path[:200]
    messages = {
        404: f"There is nothing at {path}. There are /v1/chat/completions, /v1/responses, "
        "/v1/embeddings and /v1/models.",
        405: f"{path} does not take {request.method[:20]}.",
    }
    message = messages.get(error.status_code, error.detail)
    return error_response(ApiError(error.status_code, message, headers=error.headers))


async def _mistake(request: Request, error: Exception) -> Response:
    _log.error("a bug in the server", exc_info=error)
    return error_response(ApiError(500, "The server has a bug.", kind="server_error"))


EXCEPTION_HANDLERS = {ApiError: _api_error, HTTPException: _http_error, Exception: _mistake}
"""For Starlette."""
