"""`/v1/responses`: what it sends, held against the types of the openai package, and its clients."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any, Literal, cast

import httpx
import openai
import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_openai import ChatOpenAI
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter
from sampled import of_room
from test_openai_clients import (
    ANSWER,
    BROKEN,
    QUESTION,
    SCRIPTS,
    Refund,
    astreamed,
    get_weather,
    streamed,
)
from test_openai_clients import fresh_connections as fresh_connections
from test_openai_server import assert_is_error, post, send
from waiting import SECONDS_FOR_A_HANG, limits

from course.fakes.chat_models import ScriptedChatModel
from course.fakes.openai.faults import FAULTS
from course.fakes.openai.server import LocalServer
from course.fakes.quoting import QuotingChatModel
from course.fakes.script import Cut, Fail, Hang, Pause, Reasoning, Reply, ToolCall, ToolCallPiece

WEATHER = "What is the weather in city: Lübeck?"
EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)

pytestmark = [
    of_room("server"),
    pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """A server with the rule-based model and a script for each way to answer."""
    replies: dict[str, Any] = {f"<{name}>": reply for name, reply in SCRIPTS.items()}
    replies |= {
        "<fails>": Reply("It ", "breaks", Fail(ValueError("no luck")), "!"),
        "<fails at once>": Reply(Fail(ValueError("no luck"))),
        "<drops>": Reply("It ", "breaks", Fail(ConnectionResetError())),
        "<in turn>": Reply(
            ToolCallPiece(name="a", id="one", index=0),
            ToolCallPiece(name="b", id="two", index=1),
            ToolCallPiece('{"x":', index=0),
            ToolCallPiece('{"y":', index=1),
            ToolCallPiece(" 1}", index=0),
            ToolCallPiece(" 2}", index=1),
        ),
        "<nameless>": Reply(ToolCallPiece("{}", index=None), ToolCallPiece("{}", index=None)),
        "": Reply("The", " café", " opens", "."),
    }
    models = {"script": ScriptedChatModel(replies=replies), "quoting": QuotingChatModel()}
    with LocalServer(models, speed=0) as running:
        yield running
        running.settle()


@pytest.fixture
def client(server: LocalServer) -> Iterator[openai.OpenAI]:
    """OpenAI's own client."""
    options: dict[str, Any] = {"max_retries": 0, "timeout": SECONDS_FOR_A_HANG}
    with openai.OpenAI(base_url=server.url, api_key="none", **options) as made:
        yield made


def chat(server: LocalServer, model: str = "quoting", **options: Any) -> ChatOpenAI:
    """Return LangChain's client, which speaks `/v1/responses`."""
    settings = {"api_key": "none", "max_retries": 0, "timeout": SECONDS_FOR_A_HANG}
    return ChatOpenAI(
        model=model, base_url=server.url, use_responses_api=True, **{**settings, **options}
    )


def ask(server: LocalServer, prompt: str = "Hello?", /, **more: Any) -> httpx.Response:
    """Ask the script."""
    return send(server, {"model": "script", "input": prompt, **more}, path="/responses")


def events(answer: httpx.Response) -> list[dict[str, Any]]:
    """Return the JSON of each event; its type stands before it too."""
    made = []
    for block in answer.text.split("\n\n")[:-1]:
        first, second = block.split("\n")
        made.append(json.loads(second.removeprefix("data: ")))
        assert first == f"event: {made[-1]['type']}"
    return made


def only(seen: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Return the events of one type."""
    return [event for event in seen if event["type"] == f"response.{kind}"]


def told(seen: list[dict[str, Any]]) -> str:
    """Return the text of a stream."""
    return "".join(event["delta"] for event in only(seen, "output_text.delta"))


# The shape


def assert_is_exact(value: object) -> None:
    """Fail if a model of the openai package has read a field that it does not know."""
    if isinstance(value, BaseModel):
        assert not value.model_extra, (type(value).__name__, value.model_extra)
        for name in type(value).model_fields:
            assert_is_exact(getattr(value, name))
    elif isinstance(value, list):
        for one in value:
            assert_is_exact(one)


def without_ids(value: Any) -> Any:
    """Return JSON without what is another one in each answer."""
    if isinstance(value, dict):
        return {
            key: without_ids(one) for key, one in value.items() if key not in ("id", "created_at")
        }
    return [without_ids(one) for one in value] if isinstance(value, list) else value


NAMES = [*SCRIPTS, "in turn", "fails"]


@pytest.mark.parametrize("name", NAMES)
def test_every_event_is_one_of_openai(server: LocalServer, name: str) -> None:
    seen = events(ask(server, f"<{name}>", stream=True))
    for event in seen:
        assert_is_exact(EVENT.validate_python(event))
    assert [event["sequence_number"] for event in seen] == list(range(len(seen)))
    assert [event["type"] for event in seen[:2]] == ["response.created", "response.in_progress"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_body_is_a_response(server: LocalServer, name: str) -> None:
    body = ask(server, f"<{name}>").json()
    assert_is_exact(Response.model_validate(body))
    seen = events(ask(server, f"<{name}>", stream=True))
    if "cut" in name:
        assert body["status"] == "incomplete"
        assert body["usage"] is None
        assert not only(seen, "completed")
        return
    assert without_ids(seen[-1]["response"]) == without_ids(body)


@pytest.mark.parametrize("name", [*SCRIPTS, "in turn"])
def test_items_grow_from_added_to_done(server: LocalServer, name: str) -> None:
    """Each item is added once, in order, and what its deltas tell is what it is at the end."""
    seen = events(ask(server, f"<{name}>", stream=True))
    added = only(seen, "output_item.added")
    assert [event["output_index"] for event in added] == list(range(len(added)))
    assert {event["item"]["status"] for event in added} <= {"in_progress"}
    done = {event["output_index"]: event["item"] for event in only(seen, "output_item.done")}
    if "cut" in name:
        assert len(done) < len(added)
        return
    assert [done[place] for place in range(len(added))] == seen[-1]["response"]["output"]
    for event in added:
        about = [one for one in seen if one.get("item_id") == event["item"]["id"]]
        assert {one["output_index"] for one in about} <= {event["output_index"]}
        grown = "".join(one["delta"] for one in about if one["type"].endswith(".delta"))
        assert grown == text_of(done[event["output_index"]])


def text_of(item: dict[str, Any]) -> str:
    """Return what an item has grown to."""
    if item["type"] == "function_call":
        return str(item["arguments"])
    [part] = item["content" if item["type"] == "message" else "summary"]
    return str(part["text"])


def test_the_events_of_a_text(server: LocalServer) -> None:
    seen = events(ask(server, stream=True))
    assert [event["type"].removeprefix("response.") for event in seen] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        *["output_text.delta"] * 4,
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]


def test_the_events_of_reasoning_and_a_call(server: LocalServer) -> None:
    server.models["thinking"] = ScriptedChatModel(
        replies=[Reply(Reasoning("Hm"), ToolCall("a", {}))]
    )
    body = {"model": "thinking", "input": "Hello?", "stream": True}
    seen = events(send(server, body, path="/responses"))
    assert [event["type"].removeprefix("response.") for event in seen[2:-1]] == [
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
    ]


def test_calls_in_turn_are_kept_apart(server: LocalServer) -> None:
    [one, two] = ask(server, "<in turn>").json()["output"]
    assert [one["arguments"], two["arguments"]] == ['{"x": 1}', '{"y": 2}']


def test_a_call_without_an_id_gets_one(server: LocalServer) -> None:
    output = ask(server, "<nameless>").json()["output"]
    assert len({call["call_id"] for call in output}) == 2
    seen = events(ask(server, "<nameless>", stream=True))
    assert all(event["item"]["call_id"] for event in only(seen, "output_item.added"))


def test_the_limit_of_an_answer_is_told(server: LocalServer) -> None:
    [last] = only(events(ask(server, "<length>", stream=True)), "incomplete")
    assert last["response"]["incomplete_details"] == {"reason": "max_output_tokens"}
    assert last["response"]["output"][0]["status"] == "incomplete"


def test_usage_is_told_in_full(server: LocalServer) -> None:
    assert ask(server, "<usage>").json()["usage"] == {
        "input_tokens": 9,
        "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 3},
        "total_tokens": 14,
    }


def test_a_response_repeats_what_was_asked(server: LocalServer) -> None:
    tool = {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": True}
    asked = {
        "instructions": "Be kind.",
        "tools": [tool],
        "tool_choice": {"type": "function", "name": "f"},
        "text": {"format": {"type": "json_schema", "name": "a", "schema": {"properties": {}}}},
        "temperature": 0.5,
        "metadata": {"a": "b"},
        "max_output_tokens": 50,
        "parallel_tool_calls": False,
    }
    body = ask(server, **asked).json()
    assert_is_exact(Response.model_validate(body))
    assert {key: body[key] for key in asked} == asked


# What is asked


def test_items_become_messages(server: LocalServer) -> None:
    call = {"type": "function_call", "name": "f", "call_id": "a"}
    items: list[dict[str, Any]] = [
        {"role": "developer", "content": "Be brief."},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"role": "assistant", "content": [{"type": "output_text", "text": "I ask."}]},
        {**call, "arguments": '{"x": 1}'},
        {**call, "call_id": "b", "arguments": "{broken"},
        {"type": "function_call_output", "call_id": "b", "output": "no"},
        {
            "type": "function_call_output",
            "call_id": "a",
            "output": [{"type": "input_text", "text": "1"}],
        },
        {**call, "call_id": "c", "arguments": ""},
        {"type": "function_call_output", "call_id": "c", "output": ""},
        {"role": "user", "content": [{"type": "input_image", "image_url": "data:,"}]},
    ]
    assert ask(server, input=items, instructions="Be kind.").is_success
    messages = server.models["script"].transcript[-1].messages
    kinds = ["system", "system", "human", "ai", "tool", "tool", "ai", "tool", "human"]
    assert [message.type for message in messages] == kinds
    assert [message.text for message in messages[:6]] == [
        *["Be kind.", "Be brief.", "Hi", "I ask.", "no", "1"]
    ]
    first, second = (message for message in messages if isinstance(message, AIMessage))
    assert [made["args"] for made in first.tool_calls] == [{"x": 1}]
    assert [made["args"] for made in first.invalid_tool_calls] == ["{broken"]
    assert [made["args"] for made in second.tool_calls] == [{}]


def test_tools_and_forms_reach_the_model_as_from_a_chat(server: LocalServer) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "default": None}}}
    tool = {"name": "f", "description": "d", "parameters": schema, "strict": True}
    form = {"name": "n", "schema": schema, "strict": True}
    assert ask(
        server,
        tools=[{"type": "function", **tool}],
        tool_choice="required",
        text={"format": {"type": "json_schema", **form}, "verbosity": "low"},
    ).is_success
    body = {
        "model": "script",
        "messages": [{"role": "user", "content": "Hello?"}],
        "tools": [{"type": "function", "function": tool}],
        "tool_choice": "required",
        "response_format": {"type": "json_schema", "json_schema": form},
    }
    assert send(server, body).is_success
    here, there = server.models["script"].transcript[-2:]
    assert here.tools == there.tools
    assert here.tool_choice == there.tool_choice == "any"
    assert here.response_format == there.response_format
    assert here.tools[0]["function"]["parameters"] == schema


FUNCTION = {"type": "function", "name": "f"}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no input": ({"input": None}, "input"),
    "an empty input": ({"input": []}, "at least 1 item"),
    "an empty model": ({"model": None}, "model"),
    "an unknown role": ({"input": [{"role": "tool", "content": "x"}]}, "input.0.message.role: "),
    "an item of text": ({"input": ["Hello"]}, "an item is a message"),
    "a reference to an item": (
        {"input": [{"type": "item_reference", "id": "msg_1"}]},
        "keeps nothing to which an item could refer",
    ),
    "a part of a chat": (
        {"input": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]},
        "Invalid value: 'text'. Supported values are: 'input_text'",
    ),
    "a part of somebody else": (
        {"input": [{"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}]},
        "Supported values are: 'output_text', 'refusal'.",
    ),
    "a tool of a chat": (
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
        "not under function",
    ),
    "a tool that is built in": ({"tools": [{"type": "web_search"}]}, "tools.0"),
    "a schema of text": ({"tools": [{**FUNCTION, "parameters": "x"}]}, "parameters"),
    "a choice of no tool": (
        {"tools": [FUNCTION], "tool_choice": {"type": "function", "name": "g"}},
        "tool_choice",
    ),
    "a forced call of nothing": ({"tool_choice": "required"}, "there are no tools"),
    "a form without a schema": ({"text": {"format": {"type": "json_schema"}}}, "a schema"),
    "no tokens": ({"max_output_tokens": 0}, "max_output_tokens"),
    "options of no stream": ({"stream_options": {}}, "stream: true"),
    "messages": ({"messages": []}, "moved to 'input'"),
    "a response_format": ({"response_format": {"type": "json_object"}}, "moved to 'text.format'"),
    "max_tokens": ({"max_tokens": 5}, "moved to 'max_output_tokens'"),
    "stop": ({"stop": ["x"]}, "Unknown parameter: 'stop'."),
    "an earlier response": (
        {"previous_response_id": "resp_1"},
        "Previous response with id 'resp_1' not found. This server keeps nothing: send the whole "
        "conversation as input.",
    ),
    "a kept conversation": ({"conversation": {"id": "conv_1"}}, "send the whole conversation"),
    "in the background": ({"background": True}, "cannot be fetched later"),
    "a kept prompt": ({"prompt": {"id": "pmpt_1"}}, "'pmpt_1' not found"),
    "an odd kept prompt": ({"prompt": {"name": 1}}, "not found"),
    "a fault of streams": ({"model": "script+cut-after-1"}, "only for stream: true"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_request_is_refused(server: LocalServer, name: str) -> None:
    more, words = WRONG[name]
    answer = ask(server, **more)
    assert_is_error(answer, 400)
    assert words in answer.json()["error"]["message"]


def test_what_has_no_effect_is_accepted(server: LocalServer) -> None:
    more = {
        "store": True,
        "background": False,
        "stop": None,
        "previous_response_id": None,
        "reasoning": {"effort": "high", "summary": "auto"},
        "include": ["reasoning.encrypted_content"],
        "truncation": "auto",
        "max_output_tokens": 16,
        "service_tier": "auto",
        "user": "me",
    }
    assert_is_exact(Response.model_validate(ask(server, **more).json()))


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_nothing_is_kept(server: LocalServer, method: str) -> None:
    address = f"{server.url}/responses/resp_1"
    answer = httpx.request(method, address, timeout=SECONDS_FOR_A_HANG)
    assert_is_error(answer, 404)
    assert "keeps no responses" in answer.text


def test_other_errors_are_as_on_the_other_route(server: LocalServer) -> None:
    assert_is_error(ask(server, model="gpt-9"), 404)
    assert_is_error(ask(server, "<fails at once>"), 500)
    assert_is_error(ask(server, "<fails at once>", stream=True), 500)
    assert_is_error(post(f"{server.url}/responses", content=b"{", headers={}), 415)


# What goes wrong


def faulty(server: LocalServer, fault: str, text: str = "Hello?") -> httpx.Response:
    """Return a stream with a fault."""
    return ask(server, text, model=f"script+{fault}", stream=True)


def test_an_error_of_the_server_is_an_event(server: LocalServer) -> None:
    *seen, last = events(faulty(server, "error-after-2"))
    assert told(seen) == "The café"
    assert_is_exact(EVENT.validate_python(last))
    assert (last["type"], last["code"]) == ("error", "server_error")


def test_a_failure_of_the_model_is_a_failed_response(server: LocalServer) -> None:
    *seen, last = events(ask(server, "<fails>", stream=True))
    assert told(seen) == "It breaks"
    assert last["type"] == "response.failed"
    assert last["response"]["error"] == {"code": "server_error", "message": "no luck"}
    assert last["response"]["output"][0]["content"][0]["text"] == "It breaks"


@pytest.mark.parametrize("fault", ["cut-after-2", "cut-after-0", "cut-in-arguments"])
def test_a_cut_stream_has_no_end(server: LocalServer, fault: str) -> None:
    text = "<tool call>" if "arguments" in fault else "Hello?"
    seen = events(faulty(server, fault, text))
    assert not only(seen, "completed")
    wanted = {"cut-after-2": "The café", "cut-after-0": "", "cut-in-arguments": '{"city'}
    kind = "function_call_arguments.delta" if "arguments" in fault else "output_text.delta"
    assert "".join(event["delta"] for event in only(seen, kind)) == wanted[fault]


def test_a_character_of_the_answer_is_cut(server: LocalServer) -> None:
    """And not one of what was asked, which the first event repeats."""
    more = {"instructions": "Sei höflich.", "model": "script+cut-in-character"}
    body = ask(server, stream=True, **more).content
    assert body.endswith("caf\N{LATIN SMALL LETTER E WITH ACUTE}".encode()[:-1])


def test_a_dropped_connection(server: LocalServer) -> None:
    for text, fault in (("Hello?", "+drop-after-2"), ("<drops>", "")):
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            ask(server, text, model=f"script{fault}", stream=True)


def test_an_event_without_anything_of_the_answer(server: LocalServer) -> None:
    seen = events(faulty(server, "empty-choices-2"))
    assert [event["type"] for event in seen].count("keepalive") == 1
    assert [event["sequence_number"] for event in seen] == list(range(len(seen)))
    assert told(seen) == "The café opens."


def test_comments_single_bytes_and_usage(server: LocalServer) -> None:
    plain = faulty(server, "keep-alive+one-byte+usage-only")
    whole = plain.content.replace(b": keep-alive\n\n", b"")
    assert plain.content.count(b": keep-alive\n\n") == 5
    seen = events(httpx.Response(200, content=whole))
    assert told(seen) == "The café opens."
    assert seen[-1]["response"]["usage"]["output_tokens"] > 0


def test_refusals_before_the_answer(server: LocalServer) -> None:
    for streaming in (False, True):
        limited = ask(server, model="script+rate-limit-7", stream=streaming)
        assert_is_error(limited, 429)
        assert limited.headers["retry-after"] == "7"
        assert_is_error(ask(server, model="script+server-error", stream=streaming), 500)


CLIENT_FAULTS: dict[str, tuple[type[BaseException] | None, str]] = {
    "rate-limit": (openai.RateLimitError, ""),
    "server-error": (openai.InternalServerError, ""),
    "cut-after-2": (None, "The café"),
    "drop-after-2": (openai.APIConnectionError, "The café"),
    "cut-in-character": (UnicodeDecodeError, "The"),
    "stall-after-2": (openai.APITimeoutError, "The café"),
    "error-after-2": (ValueError, "The café"),
    "empty-choices-2": (None, "The café opens."),
    "usage-only": (None, "The café opens."),
    "keep-alive": (None, "The café opens."),
    "one-byte": (None, "The café opens."),
    "cut-in-arguments": (None, "The café opens."),
    "rate-limit+once": (openai.RateLimitError, ""),
}


@pytest.mark.parametrize("fault", CLIENT_FAULTS)
def test_chat_openai_meets_a_fault(server: LocalServer, fault: str) -> None:
    error, text = CLIENT_FAULTS[fault]
    for patience in limits() if "stall" in fault else [SECONDS_FOR_A_HANG]:
        model = chat(server, f"script+{fault}", timeout=patience)
        seen: list[str] = []
        raised: BaseException | None = None
        try:
            for chunk in model.stream("Hello?"):
                seen.append(chunk.text)
        except Exception as caught:
            raised = caught
        assert isinstance(raised, error or type(None)), raised
        if "".join(seen) == text:
            return
    assert "".join(seen) == text


def test_every_fault_is_met_here_too() -> None:
    met = {name for written in CLIENT_FAULTS for name in written.split("+")}
    assert {name.rstrip("-0123456789") for name in met} == set(FAULTS)


def test_a_client_that_tries_again_gets_its_answer(server: LocalServer) -> None:
    model = chat(server, "script+rate-limit-0+once", max_retries=1)
    assert model.invoke("Hello?").text == "The café opens."


# The openai package


def test_openai_gets_an_answer(client: openai.OpenAI) -> None:
    answer = client.responses.create(model="quoting", input=QUESTION, instructions="Be kind.")
    assert (answer.output_text, answer.status, answer.model) == (ANSWER, "completed", "quoting")
    assert answer.usage is not None
    assert answer.usage.output_tokens == 6


def test_openai_streams(client: openai.OpenAI) -> None:
    with client.responses.create(model="quoting", input=QUESTION, stream=True) as stream:
        pieces = [event.delta for event in stream if event.type == "response.output_text.delta"]
    assert pieces == ["The", " refund", " takes", " 14", " days", "."]


async def test_openai_works_asynchronously(server: LocalServer) -> None:
    async with openai.AsyncOpenAI(base_url=server.url, api_key="none") as client:
        create = client.responses.create
        assert (await create(model="quoting", input=QUESTION)).output_text == ANSWER
        kinds = [
            event.type async for event in await create(model="quoting", input=QUESTION, stream=True)
        ]
        assert kinds[-1] == "response.completed"
        async with client.responses.stream(
            model="quoting", input=QUESTION, text_format=Refund
        ) as stream:
            assert (await stream.get_final_response()).output_parsed == Refund(
                days=14, reason=ANSWER
            )
        parsed = await client.responses.parse(model="quoting", input=QUESTION, text_format=Refund)
        assert parsed.output_parsed == Refund(days=14, reason=ANSWER)


def test_openai_parses_an_object(client: openai.OpenAI) -> None:
    answer = client.responses.parse(model="quoting", input=QUESTION, text_format=Refund)
    assert answer.output_parsed == Refund(days=14, reason=ANSWER)
    with client.responses.stream(model="quoting", input=QUESTION, text_format=Refund) as stream:
        kinds = [event.type for event in stream]
        assert stream.get_final_response().output_parsed == Refund(days=14, reason=ANSWER)
    assert kinds.count("response.output_text.delta") > 5


def test_openai_calls_a_tool_and_gives_the_result(client: openai.OpenAI) -> None:
    function = convert_to_openai_tool(get_weather, strict=True)["function"]
    tools: Any = [{"type": "function", **function}]
    asked: list[Any] = [{"role": "user", "content": WEATHER}]
    with client.responses.stream(model="quoting", input=asked, tools=tools) as stream:
        deltas = [
            event.delta
            for event in stream
            if event.type == "response.function_call_arguments.delta"
        ]
        [call] = stream.get_final_response().output
    assert call.type == "function_call"
    assert call.arguments == "".join(deltas) == '{"city": "Lübeck"}'
    result: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "Sunny."}
    sent: Any = call.model_dump(exclude={"parsed_arguments"}, exclude_none=True)
    answer = client.responses.create(model="quoting", input=[*asked, sent, result], tools=tools)
    assert answer.output_text == "Sunny."


def test_output_may_be_sent_back_as_it_is(server: LocalServer, client: openai.OpenAI) -> None:
    """As a client does that keeps the conversation itself."""
    server.models["once"] = ScriptedChatModel(replies=[Reply(Reasoning("Hm"), "One."), "Two."])
    first = client.responses.create(model="once", input="Hello?")
    sent: list[Any] = [{"role": "user", "content": "Hello?"}, *first.output]
    second = client.responses.create(model="once", input=[*sent, {"role": "user", "content": "?"}])
    assert second.output_text == "Two."


def test_openai_raises_its_own_errors(client: openai.OpenAI) -> None:
    create = client.responses.create
    with pytest.raises(openai.NotFoundError, match="'gpt' does not exist"):
        create(model="gpt", input="Hello?")
    with pytest.raises(openai.BadRequestError) as kept:
        create(model="quoting", input="Hello?", previous_response_id="resp_1")
    assert (kept.value.code, kept.value.param) == (
        "previous_response_not_found",
        "previous_response_id",
    )
    with pytest.raises(openai.NotFoundError, match="keeps no responses"):
        client.responses.retrieve("resp_1")
    events = list(create(model="quoting+error-after-2", input=QUESTION, stream=True))
    assert events[-1].type == "error"


# ChatOpenAI


def test_chat_openai_gets_an_answer(server: LocalServer) -> None:
    assert chat(server).invoke(QUESTION).text == ANSWER
    pieces = [chunk.text for chunk in chat(server).stream(QUESTION) if chunk.text]
    assert pieces == ["The", " refund", " takes", " 14", " days", "."]


@pytest.mark.parametrize("output_version", ["v0", "v1", "responses/v1"])
def test_chat_openai_calls_tools(server: LocalServer, output_version: str) -> None:
    model = chat(server, output_version=output_version).bind_tools([get_weather])
    question = HumanMessage(WEATHER)
    for called in (model.invoke([question]), streamed_from(model, [question])):
        [call] = called.tool_calls
        assert call["args"] == {"city": "Lübeck"}
        result = get_weather.invoke(call)
        assert isinstance(result, ToolMessage)
        assert model.invoke([question, called, result]).text == "Sunny in Lübeck."


def streamed_from(model: Any, messages: list[Any]) -> AIMessage:
    """Return the sum of what a model streams."""
    first, *others = list(model.stream(messages))
    return cast("AIMessage", first + others)


@pytest.mark.parametrize("choice", ["get_weather", "any", "required", "none"])
def test_tool_choice_is_obeyed(server: LocalServer, choice: str) -> None:
    model = chat(server).bind_tools([get_weather], tool_choice=choice)
    names = [call["name"] for call in model.invoke(QUESTION).tool_calls]
    assert names == ([] if choice == "none" else ["get_weather"])


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
async def test_chat_openai_fills_a_schema(
    server: LocalServer, method: Literal["json_schema", "function_calling"]
) -> None:
    model = chat(server).with_structured_output(Refund, method=method)
    wanted = Refund(days=14, reason=ANSWER)
    assert model.invoke(QUESTION) == wanted
    assert list(model.stream(QUESTION))[-1] == wanted
    assert await model.ainvoke(QUESTION) == wanted


def test_chat_openai_gets_json(server: LocalServer) -> None:
    model = chat(server).with_structured_output(None, method="json_mode")
    assert model.invoke(f"{QUESTION} Which 'days'?") == {"days": ANSWER}


def story(message: AIMessage) -> dict[str, Any]:
    """Return what has to be the same, however the answer came."""
    usage: Any = message.usage_metadata
    return {
        "text": str(message.text),
        "calls": [(call["name"], call["args"], call["id"]) for call in message.tool_calls],
        "invalid": [(call["name"], call["args"]) for call in message.invalid_tool_calls],
        "usage": usage and [usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]],
    }


@pytest.mark.parametrize("name", SCRIPTS)
async def test_a_script_is_the_same_over_the_wire(server: LocalServer, name: str) -> None:
    reply = SCRIPTS[name] if name != "pauses" else Reply("a", "b")
    here = ScriptedChatModel(replies=[reply] * 2)
    there = ScriptedChatModel(replies=[SCRIPTS[name]] * 3)
    server.models["scripted"] = there
    model = chat(server, "scripted")
    whole, wanted = story(model.invoke(QUESTION)), story(here.invoke(QUESTION))
    if name in BROKEN:  # LangChain mends the arguments in a stream, and ChatOpenAI nowhere else
        assert whole["invalid"] == [("a", BROKEN[name])]
    else:
        assert whole == wanted
    wanted = story(streamed(here))
    assert story(streamed(model)) == wanted
    assert story(await astreamed(model)) == wanted


async def test_the_producer_ends_when_a_client_breaks_off(server: LocalServer) -> None:
    behind = ScriptedChatModel(replies=[Reply("word ", Hang())])
    with LocalServer({"slow": behind}) as slow:
        async with aclosing(cast("Any", chat(slow, "slow").astream(QUESTION))) as stream:
            async for chunk in stream:
                if chunk.text:
                    break
        await asyncio.to_thread(slow.settle)
    assert [call.outcome for call in behind.transcript] == ["closed"]


def test_nothing_at_all_has_no_events(server: LocalServer) -> None:
    server.models["nothing"] = ScriptedChatModel(replies=[Reply(Pause(1), Cut())])
    body = {"model": "nothing", "input": "Hello?", "stream": True}
    assert send(server, body, path="/responses").content == b""
