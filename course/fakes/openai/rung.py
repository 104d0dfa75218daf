"""The same scripts over the wire: ChatOpenAI, and a local server that speaks OpenAI's protocol."""

from __future__ import annotations

import atexit
import itertools
from functools import lru_cache
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_openai import ChatOpenAI
from openai import DefaultAsyncHttpxClient
from pydantic import PrivateAttr

from course.fakes.chat_models import Call, ScriptedChatModel
from course.fakes.held import HoldsStreams
from course.fakes.openai.server import LocalServer
from course.fakes.script import Reply

_names = itertools.count(1)


class WireCall:
    """A call as the server saw it.

    Attributes:
        patience: hundredths of a second that the server may take to notice that its client has
            left.
    """

    patience = 200

    def __init__(self, call: Call) -> None:
        self._call = call

    @property
    def messages(self) -> list[BaseMessage]:
        """The prompt."""
        return self._call.messages

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The bound tools in OpenAI's format."""
        return self._call.tools

    @property
    def tool_choice(self) -> str:
        """Which tool: "auto", "none", "any" or the name of the one to call."""
        return self._call.tool_choice

    @property
    def response_format(self) -> dict[str, Any] | None:
        """The requested form of the answer in OpenAI's format, or None."""
        return self._call.response_format

    @property
    def pulled(self) -> int:
        """How many pieces the server has sent."""
        return self._call.pulled

    @property
    def closed(self) -> bool:
        """Whether the server knows that the call has ended."""
        return self._call.closed


class WireModel(HoldsStreams, ChatOpenAI):
    """ChatOpenAI, with the transcript of the model that answers behind the server."""

    _behind: ScriptedChatModel = PrivateAttr()

    @property
    def transcript(self) -> list[WireCall]:
        """The calls that have reached the server."""
        return [WireCall(call) for call in self._behind.transcript]


def wire_model(*replies: Reply | str, strict: bool = True) -> WireModel:
    """Return a client of a model that plays replies, in real time, behind a server.

    Args:
        *replies: what it plays, in order.
        strict: has no effect. The server always refuses the conversations that a provider refuses.
    """
    name = f"script-{next(_names)}"
    behind = ScriptedChatModel(replies=list(replies), model=name)
    server = _server()
    server.models[name] = behind
    client = WireModel(
        model=name,
        base_url=server.url,
        api_key=lambda: "not needed",
        max_retries=0,
        http_async_client=DefaultAsyncHttpxClient(),  # a pool must not outlive its event loop
    )
    client._behind = behind
    return client


@lru_cache(maxsize=1)
def _server() -> LocalServer:
    server = LocalServer()
    server.start()
    atexit.register(server.stop)
    return server
