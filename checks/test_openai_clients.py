"""Clients that are not ours meet the local server: ChatOpenAI, the openai package and curl."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import aclosing, nullcontext
from types import SimpleNamespace
from typing import Any, Literal, cast

import httpx
import httpx2
import openai
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from langchain_openai.chat_models import _client_utils
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests
from pydantic import BaseModel
from pytest_benchmark.fixture import BenchmarkFixture
from sampled import of_room
from waiting import SECONDS_FOR_A_HANG, limits

from course.fakes.chat_models import ScriptedChatModel
from course.fakes.embeddings import HashedEmbeddings
from course.fakes.openai.server import LocalServer
from course.fakes.quoting import QuotingChatModel
from course.fakes.script import (
    Cut,
    Fail,
    Hang,
    Image,
    Pause,
    Reasoning,
    Reply,
    ToolCall,
    ToolCallPiece,
)

FACTS = "The refund takes 14 days. The café in Lübeck opens at 9."
QUESTION = f"{FACTS} How long does the refund take?"
ANSWER = "The refund takes 14 days."

pytestmark = [  # what the clients say about themselves, not about the server
    of_room("server"),
    pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning"),
    pytest.mark.filterwarnings("ignore:Received a Pydantic BaseModel V1 schema:UserWarning"),
    pytest.mark.filterwarnings("ignore:OpenAI may require a filename:UserWarning"),
]


@tool
def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"Sunny in {city}."


class Refund(BaseModel):
    """A refund."""

    days: int
    reason: str


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """A server with the rule-based model, without pauses."""
    with LocalServer(speed=0) as running:
        yield running


@pytest.fixture(autouse=True)
def fresh_connections() -> None:
    """Forget connections that belong to the event loop of an earlier test."""
    _client_utils._cached_async_httpx_client.cache_clear()


Play = Callable[..., ChatOpenAI]


@pytest.fixture
def play(server: LocalServer) -> Play:
    """Put a script behind the server, and return a client for it."""

    def put(*replies: Reply | str, **options: Any) -> ChatOpenAI:
        server.models["scripted"] = ScriptedChatModel(replies=list(replies), model="scripted")
        return chat(server, "scripted", **options)

    return put


def chat(server: LocalServer, model: str = "quoting", **options: Any) -> ChatOpenAI:
    """Return LangChain's client of OpenAI."""
    settings = {"api_key": "none", "stream_usage": True, "max_retries": 0}
    settings["timeout"] = SECONDS_FOR_A_HANG
    return ChatOpenAI(model=model, base_url=server.url, **{**settings, **options})


@pytest.fixture
def client(server: LocalServer) -> Iterator[openai.OpenAI]:
    """OpenAI's own client."""
    settings = {"api_key": "none", "max_retries": 0, "timeout": SECONDS_FOR_A_HANG}
    with openai.OpenAI(base_url=server.url, **settings) as made:  # type: ignore[arg-type]
        yield made


# ChatOpenAI


def test_chat_openai_gets_an_answer(server: LocalServer) -> None:
    assert chat(server).invoke(QUESTION).content == ANSWER


def test_chat_openai_streams(server: LocalServer) -> None:
    pieces = [str(chunk.content) for chunk in chat(server).stream(QUESTION)]
    assert "".join(pieces) == ANSWER
    assert [piece for piece in pieces if piece] == [
        *["The", " refund", " takes", " 14", " days", "."]
    ]


async def test_chat_openai_streams_asynchronously(server: LocalServer) -> None:
    assert "".join([str(chunk.content) async for chunk in chat(server).astream(QUESTION)]) == ANSWER


@pytest.mark.parametrize(
    ("own_client", "failed"), [(False, [False, True, False, True]), (True, [False] * 4)]
)
def test_each_asyncio_run_needs_a_client_of_its_own(
    server: LocalServer, own_client: bool, failed: list[bool]
) -> None:
    """Lesson 09 says so, under "The event loop is closed"."""

    async def ask() -> str:
        async with openai.DefaultAsyncHttpxClient() if own_client else nullcontext() as client:
            model = chat(server, http_async_client=client)
            return "".join([chunk.text async for chunk in model.astream(QUESTION)])

    def run() -> str:
        try:
            return asyncio.run(ask())
        except RuntimeError as error:
            return str(error)

    wanted = ["Event loop is closed" if fails else ANSWER for fails in failed]
    assert [run() for _ in range(4)] == wanted


def test_chat_openai_calls_tools(server: LocalServer) -> None:
    model = chat(server).bind_tools([get_weather])
    question = HumanMessage("What is the weather in city: Lübeck?")
    called = model.invoke([question])
    assert called.tool_calls[0]["args"] == {"city": "Lübeck"}
    result = get_weather.invoke(called.tool_calls[0])
    assert isinstance(result, ToolMessage)
    assert model.invoke([question, called, result]).content == "Sunny in Lübeck."


@pytest.mark.parametrize("choice", ["get_weather", "any", "required", "none"])
def test_tool_choice_is_obeyed(server: LocalServer, choice: str) -> None:
    model = chat(server).bind_tools([get_weather], tool_choice=choice)
    names = [call["name"] for call in model.invoke(QUESTION).tool_calls]
    assert names == ([] if choice == "none" else ["get_weather"])


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_chat_openai_fills_a_schema(
    server: LocalServer, method: Literal["json_schema", "function_calling"]
) -> None:
    model = chat(server).with_structured_output(Refund, method=method)
    assert model.invoke(QUESTION) == Refund(days=14, reason=ANSWER)
    assert list(model.stream(QUESTION))[-1] == Refund(days=14, reason=ANSWER)


def test_chat_openai_gets_json(server: LocalServer) -> None:
    model = chat(server).with_structured_output(None, method="json_mode")
    assert model.invoke(f"{FACTS} Which 'days' of the refund?") == {
        "days": "The refund takes 14 days."
    }


def test_stop_is_obeyed(server: LocalServer) -> None:
    assert chat(server).invoke(QUESTION, stop=[" 14"]).content == "The refund takes"
    assert chat(server, stop_sequences=["days"]).invoke(QUESTION).content == "The refund takes 14 "


def test_embeddings_are_the_same_over_the_wire(server: LocalServer) -> None:
    texts = ["The refund takes 14 days.", "Ünïcode", ""]
    wire = OpenAIEmbeddings(
        model="hashed",
        base_url=server.url,
        api_key="none",  # type: ignore[arg-type]
        check_embedding_ctx_length=False,
    )
    for ours, theirs in zip(
        HashedEmbeddings().embed_documents(texts), wire.embed_documents(texts), strict=True
    ):
        assert theirs == pytest.approx(ours, abs=1e-6)


# The openai package


def asked(text: str = QUESTION) -> Any:
    """Return a prompt."""
    return [{"role": "user", "content": text}]


def test_openai_gets_an_answer(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="quoting", messages=asked())
    assert answer.choices[0].message.content == ANSWER
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 6
    assert answer.model == "quoting"


def test_openai_streams(client: openai.OpenAI) -> None:
    events = list(
        client.chat.completions.create(
            model="quoting",
            messages=asked(),
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    *others, last = events
    assert [event.usage for event in others] == [None] * len(others)
    assert last.usage is not None
    assert last.usage.total_tokens == last.usage.prompt_tokens + 6
    assert last.choices == []
    assert others[0].choices[0].delta.role == "assistant"
    assert "".join(event.choices[0].delta.content or "" for event in others) == ANSWER
    assert [event.choices[0].finish_reason for event in others[-2:]] == [None, "stop"]


def test_usage_comes_only_when_asked_for(client: openai.OpenAI) -> None:
    events = client.chat.completions.create(model="quoting", messages=asked(), stream=True)
    assert all(event.choices and event.usage is None for event in events)


async def test_openai_streams_asynchronously(server: LocalServer) -> None:
    async with openai.AsyncOpenAI(base_url=server.url, api_key="none") as client:
        whole = await client.chat.completions.create(model="quoting", messages=asked())
        assert whole.choices[0].message.content == ANSWER
        stream = await client.chat.completions.create(
            model="quoting", messages=asked(), stream=True
        )
        pieces = [event.choices[0].delta.content or "" async for event in stream]
        assert "".join(pieces) == ANSWER


def test_openai_streams_a_tool_call(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(
        model="quoting",
        messages=asked("What is the weather in city: Lübeck?"),
        tools=cast("Any", [convert_to_openai_tool(get_weather, strict=True)]),
    ) as stream:
        kinds = [event.type for event in stream]
        message = stream.get_final_completion().choices[0].message
    assert kinds.count("tool_calls.function.arguments.delta") > 3
    assert message.tool_calls is not None
    assert json.loads(message.tool_calls[0].function.arguments) == {"city": "Lübeck"}


def test_openai_parses_an_object(client: openai.OpenAI) -> None:
    answer = client.chat.completions.parse(
        model="quoting", messages=asked(), response_format=Refund
    )
    assert answer.choices[0].message.parsed == Refund(days=14, reason=ANSWER)


def test_openai_lists_models(client: openai.OpenAI) -> None:
    assert "quoting" in [model.id for model in client.models.list()]
    assert client.models.retrieve("quoting").id == "quoting"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt")


def test_openai_embeds(client: openai.OpenAI) -> None:
    for encoding in ("float", "base64"):
        made = client.embeddings.create(
            model="hashed", input="refund", dimensions=8, encoding_format=cast("Any", encoding)
        )
        vector: Any = made.data[0].embedding
        if encoding == "base64":
            assert len(base64.b64decode(vector)) == 8 * 4
        else:
            assert vector == HashedEmbeddings(8).embed_query("refund")


def test_openai_raises_its_own_errors(client: openai.OpenAI) -> None:
    create = client.chat.completions.create
    with pytest.raises(openai.NotFoundError, match="'gpt' does not exist") as missing:
        create(model="gpt", messages=asked())
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as wrong:
        create(model="quoting", messages=[])
    assert wrong.value.param == "messages"
    with pytest.raises(openai.RateLimitError) as limited:
        create(model="quoting+rate-limit-7", messages=asked())
    assert limited.value.response.headers["retry-after"] == "7"
    with pytest.raises(openai.InternalServerError):
        create(model="quoting+server-error", messages=asked(), stream=True)


def test_openai_tries_again(server: LocalServer) -> None:
    client = openai.OpenAI(base_url=server.url, api_key="none", max_retries=1)
    faulty = "quoting+rate-limit-0+once"
    answer = client.chat.completions.create(model=faulty, messages=asked())
    assert answer.choices[0].message.content == ANSWER
    with pytest.raises(openai.RateLimitError):
        client.with_options(max_retries=0).chat.completions.create(model=faulty, messages=asked())


# curl


def curl(server: LocalServer, model: str, *options: str) -> subprocess.CompletedProcess[bytes]:
    """Ask with curl, and return how it ended."""
    program = shutil.which("curl")
    if program is None:
        pytest.skip("there is no curl on this machine")
    request = json.dumps({"model": model, "stream": True, "messages": asked()})
    head = ["-H", "content-type: application/json", "-d", request, "--max-time", "5"]
    return subprocess.run(
        [program, "-sN", f"{server.url}/chat/completions", *head, *options],
        capture_output=True,
        check=False,
    )


def test_curl_shows_the_events(server: LocalServer) -> None:
    ended = curl(server, "quoting")
    assert ended.returncode == 0
    *events, done, nothing = ended.stdout.decode().split("\n\n")
    assert (done, nothing) == ("data: [DONE]", "")
    deltas = [json.loads(event.removeprefix("data: "))["choices"][0]["delta"] for event in events]
    assert deltas[0]["role"] == "assistant"
    assert "".join(delta.get("content", "") for delta in deltas) == ANSWER


def test_curl_sees_that_a_connection_was_dropped(server: LocalServer) -> None:
    assert curl(server, "quoting", "-H", "X-Fault: drop-after=2").returncode == 18
    assert curl(server, "quoting", "-H", "X-Fault: cut-after=2").returncode == 0


# The same script in process and over the wire

USAGE = {
    "input_tokens": 9,
    "output_tokens": 5,
    "total_tokens": 14,
    "input_token_details": {"cache_read": 4, "audio": 1, "cache_creation": 2},
    "output_token_details": {"reasoning": 3, "audio": 1},
}
SCRIPTS: dict[str, Reply] = {
    "text": Reply.of("Two words, and the café; 你好 🙂.\n\nDone."),
    "one piece": Reply("Hello."),
    "empty": Reply(),
    "empty pieces": Reply("", "a", "", "b", ""),
    "line ends": Reply("a\n\n", "data: [DONE]\n\n", "\r\n", "\u2028", "\x85", '"}\\'),
    "blocks": Reply("One", " two", blocks=True),
    # OpenAI's protocol has no place for reasoning and images: the text is the same.
    "reasoning": Reply(Reasoning("I"), Reasoning(" think"), "Four", "."),
    "image": Reply("Look: ", Image("AAAA", "image/png"), "there."),
    "tool call": Reply(ToolCall("get_weather", {"city": "Lübeck", "days": [1, 2]})),
    "text and call": Reply("I ask. ", ToolCall("get_weather", {"city": "Rome"}, id="abc")),
    "several calls": Reply(ToolCall("a", {"x": 1}), ToolCall("b", {}), ToolCall("a", {"x": 2})),
    "calls in blocks": Reply("I ask.", ToolCall("a", {"x": 1}), ToolCall("b", {}), blocks=True),
    "raw pieces": Reply(
        ToolCallPiece(name="a", id="one", index=3),
        ToolCallPiece('{"x"', index=3),
        ToolCallPiece(': "y"}', index=3),
    ),
    "broken arguments": Reply(ToolCallPiece("[1", name="a", id="one")),
    "pauses": Reply(Pause(3600), "a", Pause(3600), "b"),
    "length": Reply("Too", " lo", finish_reason="length"),
    "no finish_reason": Reply("Hm", finish_reason=None),
    "cut": Reply("It ends", " in the", Cut(), " middle."),
    "cut in a call": Reply(ToolCallPiece('{"x": [1, ', name="a", id="one"), Cut()),
    "usage": Reply("a", usage=USAGE),
    "no usage": Reply("a", usage=None),
    "metadata": Reply("a", metadata={"system_fingerprint": "fp_1"}),
}

BROKEN = {"broken arguments": "[1", "cut in a call": '{"x": [1, '}


def story(message: AIMessage) -> dict[str, Any]:
    """Return what has to be the same, however the answer came."""
    usage: Any = message.usage_metadata
    if usage is not None:
        usage = {key: value for key, value in usage.items() if value != {}}
    return {
        "text": str(message.text),
        "calls": [(call["name"], call["args"], call["id"]) for call in message.tool_calls],
        "invalid": [(call["name"], call["args"]) for call in message.invalid_tool_calls],
        "finish_reason": message.response_metadata.get("finish_reason"),
        "fingerprint": message.response_metadata.get("system_fingerprint"),
        "usage": usage,
    }


def streamed(model: BaseChatModel, stop: list[str] | None = None) -> AIMessage:
    """Return the sum of what a model streams."""
    first, *others = cast("list[AIMessageChunk]", list(model.stream(QUESTION, stop=stop)))
    return first + others


async def astreamed(model: BaseChatModel) -> AIMessage:
    """Return the sum of what a model streams asynchronously."""
    first, *others = [chunk async for chunk in model.astream(QUESTION)]
    return first + others


@pytest.mark.parametrize("name", SCRIPTS)
async def test_a_script_is_the_same_over_the_wire(play: Play, name: str) -> None:
    reply = SCRIPTS[name]
    here = ScriptedChatModel(replies=[reply if name != "pauses" else Reply("a", "b")] * 2)
    there = play(reply, reply, reply)
    whole, wanted = story(there.invoke(QUESTION)), story(here.invoke(QUESTION))
    if name in BROKEN:  # LangChain mends the arguments in a stream, and ChatOpenAI nowhere else
        assert whole["invalid"] == [("a", BROKEN[name])]
    else:
        assert whole == wanted
    wanted = story(streamed(here))
    assert story(streamed(there)) == wanted
    assert story(await astreamed(there)) == wanted


def test_nothing_at_all_is_an_error_on_both_sides(play: Play) -> None:
    for model in (ScriptedChatModel(replies=[Reply(Cut())]), play(Reply(Cut()))):
        with pytest.raises(ValueError, match="No generation chunks were returned"):
            streamed(model)


def test_stop_is_the_same_over_the_wire(play: Play) -> None:
    reply = Reply.of("One, two, three, four.")
    for stop in (["three"], [" th", "two,"], ["five"]):
        here = ScriptedChatModel(replies=[reply])
        assert story(streamed(play(reply), stop)) == story(streamed(here, stop))


FAULTS = {
    "rate-limit": (openai.RateLimitError, ""),
    "server-error": (openai.InternalServerError, ""),
    "cut-after-2": (None, "The café"),
    "drop-after-2": (openai.APIConnectionError, "The café"),
    "cut-in-character": (UnicodeDecodeError, "The"),
    "stall-after-2": (openai.APITimeoutError, "The café"),
    "error-after-2": (openai.APIError, "The café"),
    "empty-choices-2": (None, "The café opens."),
    "usage-only": (None, "The café opens."),
    "keep-alive": (None, "The café opens."),
    "one-byte": (None, "The café opens."),
    "one-byte+keep-alive+empty-choices": (None, "The café opens."),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("asynchronously", [False, True])
async def test_chat_openai_meets_a_fault(play: Play, fault: str, asynchronously: bool) -> None:
    error, text = FAULTS[fault]
    for patience in limits() if "stall" in fault else [SECONDS_FOR_A_HANG]:
        reply = Reply("The", " café", " opens", ".")
        model = play(reply, stream_usage=False, timeout=patience)
        model.model_name += f"+{fault}"
        seen: list[str] = []
        with nullcontext() if error is None else pytest.raises(error):
            if asynchronously:
                await aread(model, seen)
            else:
                read(model, seen)
        if "".join(seen) == text:
            return
    assert "".join(seen) == text


def test_chat_openai_mends_arguments_that_were_cut(play: Play) -> None:
    model = play(Reply(ToolCall("get_weather", {"city": "Rome"})))
    model.model_name += "+cut-in-arguments-5"
    answer = streamed(model)
    assert answer.tool_calls[0]["args"] == {"city": "Rome"}
    assert "finish_reason" not in answer.response_metadata


def read(model: BaseChatModel, seen: list[str]) -> None:
    """Put what a model streams into a list, piece by piece."""
    for chunk in model.stream(QUESTION):
        seen.append(str(chunk.content))


async def aread(model: BaseChatModel, seen: list[str]) -> None:
    """Put what a model streams asynchronously into a list, piece by piece."""
    async for chunk in model.astream(QUESTION):
        seen.append(str(chunk.content))


@pytest.mark.parametrize("method", ["stream", "invoke"])
def test_a_failure_at_once_is_a_status(play: Play, method: str) -> None:
    model = play(Reply(Fail(ValueError("no luck"))))
    with pytest.raises(openai.InternalServerError, match="no luck"):
        list(getattr(model, method)(QUESTION))


async def test_a_failure_in_the_middle_is_an_event(play: Play) -> None:
    reply = Reply("It ", "breaks", Fail(ValueError("no luck")), "!")
    model = play(reply, reply)
    seen: list[str] = []
    with pytest.raises(openai.APIError, match="no luck"):
        read(model, seen)
    assert "".join(seen) == "It breaks"
    seen.clear()
    with pytest.raises(openai.APIError, match="no luck"):
        await aread(model, seen)
    assert "".join(seen) == "It breaks"


def test_an_exception_with_a_status_keeps_it(play: Play) -> None:
    class Busy(Exception):
        status_code = 503

    with pytest.raises(openai.InternalServerError) as raised:
        play(Reply(Fail(Busy("later")))).invoke(QUESTION)
    assert raised.value.status_code == 503


def test_a_connection_error_drops_the_connection(play: Play) -> None:
    seen: list[str] = []
    reply = Reply("It ", "breaks", Fail(ConnectionResetError()))
    model = play(reply, reply)
    with pytest.raises((openai.APIConnectionError, httpx2.RemoteProtocolError)):
        read(model, seen)
    assert "".join(seen) == "It breaks"
    with pytest.raises((openai.APIConnectionError, httpx2.RemoteProtocolError)):
        model.invoke(QUESTION)


def test_a_script_that_has_run_out_says_so(play: Play) -> None:
    model = play("Only once.")
    model.invoke(QUESTION)
    with pytest.raises(openai.BadRequestError, match="has run out"):
        model.invoke(QUESTION)


async def test_the_producer_ends_when_a_client_breaks_off(server: LocalServer) -> None:
    behind = ScriptedChatModel(replies=[Reply("word ", Hang())] * 2)
    with LocalServer({"slow": behind}) as slow:
        async with aclosing(cast("Any", chat(slow, "slow").astream(QUESTION))) as stream:
            async for chunk in stream:
                if chunk.content:
                    break
        await asyncio.to_thread(slow.settle)
        sync = chat(slow, "slow").stream(QUESTION)
        next(sync)
        sync.close()  # type: ignore[attr-defined]
        slow.settle()
    assert [call.outcome for call in behind.transcript] == ["closed", "closed"]


async def test_a_chain_streams_over_the_wire(server: LocalServer) -> None:
    facts: RunnableLambda[str, str] = RunnableLambda(lambda question: f"{FACTS} {question}")
    chain = facts | chat(server)
    events = [
        event async for event in chain.astream_events("When does the café open?", version="v2")
    ]
    tokens = [
        event["data"]["chunk"].content
        for event in events
        if event["event"] == "on_chat_model_stream"
    ]
    assert "".join(tokens) == "The café in Lübeck opens at 9."


# LangChain's standard suites: no test of them is overridden, and none is skipped

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAG7buVgAAAABJRU5ErkJggg=="
)


@pytest.fixture(autouse=True)
def no_skips(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test of the suites fail that would skip itself."""
    if request.cls is not None:
        monkeypatch.setattr(pytest, "skip", pytest.fail)


@pytest.fixture(autouse=True)
def fetched_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the suites a file instead of the network."""
    monkeypatch.setattr(httpx, "get", lambda *_, **__: SimpleNamespace(content=PIXEL))
    monkeypatch.setenv("LANGCHAIN_TESTS_USER_AGENT", "offline")


@pytest.fixture
def benchmark(benchmark: BenchmarkFixture) -> BenchmarkFixture:
    """Run what is to be timed once: the suites set no limit."""
    benchmark.disabled = True
    return benchmark


@pytest.fixture
def vcr() -> SimpleNamespace:
    """Stand for a cassette that is recorded already."""
    return SimpleNamespace(responses=["nothing"])


class TestChatOpenAIUnit(ChatModelUnitTests):
    """LangChain's client in the unit suite."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatOpenAI

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "quoting", "base_url": "http://127.0.0.1:1/v1", "api_key": "none"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return {"OPENAI_API_KEY": "any"}, {"model": "quoting"}, {"openai_api_key": "any"}

    @pytest.fixture
    def snapshot(self) -> Callable[..., Any]:
        """Return what the serialized model has to be."""
        return lambda name: {
            "lc": 1,
            "type": "constructor",
            "id": ["langchain", "chat_models", "openai", "ChatOpenAI"],
            "kwargs": {
                "model_name": "quoting",
                "openai_api_base": "http://127.0.0.1:1/v1",
                "openai_api_key": {"lc": 1, "type": "secret", "id": ["OPENAI_API_KEY"]},
                "temperature": 0.0,
                "max_tokens": 100,
                "request_timeout": 60.0,
                "max_retries": 2,
                "stop": [],
            },
            "name": "ChatOpenAI",
        }


class TestChatOpenAIIntegration(ChatModelIntegrationTests):
    """LangChain's client and the local server in the integration suite."""

    @pytest.fixture(autouse=True)
    def _serve(self, server: LocalServer) -> None:
        server.models["another-model"] = QuotingChatModel()
        type(self).url = server.url

    url = ""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatOpenAI

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {
            "model": "quoting",
            "base_url": self.url,
            "api_key": "none",
            "stream_usage": True,
        }

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def supports_image_inputs(self) -> bool:
        return True

    @property
    def supports_image_urls(self) -> bool:
        return True

    @property
    def supports_pdf_inputs(self) -> bool:
        return True

    @property
    def supports_audio_inputs(self) -> bool:
        return True

    @property
    def supports_anthropic_inputs(self) -> bool:
        return True

    @property
    def supports_image_tool_message(self) -> bool:
        return True

    @property
    def supports_pdf_tool_message(self) -> bool:
        return True

    @property
    def enable_vcr_tests(self) -> bool:
        return True

    @property
    def model_override_value(self) -> str:
        return "another-model"


class TestChatOpenAIWithFunctionCallingIntegration(TestChatOpenAIIntegration):
    """The same again, with schemas filled by tool calls."""

    @property
    def structured_output_kwargs(self) -> dict[str, Any]:
        return {"method": "function_calling"}


class TestChatOpenAIWithResponsesIntegration(TestChatOpenAIIntegration):
    """The same again, over `/v1/responses`."""

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {**super().chat_model_params, "use_responses_api": True}
