"""Conversations whose tool calls and results do not belong together are refused, as by OpenAI."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_openai import ChatOpenAI
from openai import BadRequestError
from pydantic import SecretStr
from test_openai_server import assert_is_error, send

from course.fakes.chat_models import ScriptedChatModel
from course.fakes.openai.server import LocalServer

USER = {"role": "user", "content": "Hello?"}
SILENT: dict[str, Any] = {"role": "assistant", "content": None}


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """A server with one script."""
    with LocalServer({"script": ScriptedChatModel(replies={"": "Hello."})}) as running:
        yield running


def calls(*ids: str, **more: Any) -> dict[str, Any]:
    """Return a message that calls tools."""
    made = [
        {"id": one, "type": "function", "function": {"name": "f", "arguments": "{}"}} for one in ids
    ]
    return {**SILENT, "tool_calls": made, **more}


def result(call_id: str) -> dict[str, Any]:
    """Return a message with the result of a call."""
    return {"role": "tool", "tool_call_id": call_id, "content": "x"}


WAITING = (
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
    "'tool_call_id'. The following tool_call_ids did not have response messages: "
)
ORPHAN = (
    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with "
    "'tool_calls'."
)

CHATS: dict[str, tuple[list[Any], str, str]] = {
    "a call without a result": ([USER, calls("a"), USER], f"{WAITING}a", "messages.[2].role"),
    "a call at the end": ([USER, calls("a")], f"{WAITING}a", "messages"),
    "one of three results": (
        [calls("a", "b", "c"), result("b"), USER],
        f"{WAITING}a, c",
        "messages.[2].role",
    ),
    "a second call before the result of the first": (
        [calls("a"), calls("b"), result("a"), result("b")],
        f"{WAITING}a",
        "messages.[1].role",
    ),
    "a late result": ([calls("a"), USER, result("a")], f"{WAITING}a", "messages.[1].role"),
    "an answer before the result": (
        [calls("a"), {"role": "assistant", "content": "Hm."}, result("a")],
        f"{WAITING}a",
        "messages.[1].role",
    ),
    "a call with broken arguments": (
        [{**SILENT, "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{"}}]}],
        f"{WAITING}a",
        "messages",
    ),
    "a result without a call": ([USER, result("a")], ORPHAN, "messages.[1].role"),
    "a result at the beginning": ([result("a"), USER], ORPHAN, "messages.[0].role"),
    "a result behind an answer": (
        [USER, {"role": "assistant", "content": "Hm."}, result("a")],
        ORPHAN,
        "messages.[2].role",
    ),
    "a result of a call that has one": (
        [calls("a"), result("a"), USER, result("a")],
        ORPHAN,
        "messages.[3].role",
    ),
    "a result of another call": (
        [calls("a"), result("b")],
        "Invalid parameter: 'tool_call_id' of 'b' not found in 'tool_calls' of previous message.",
        "messages.[1].tool_call_id",
    ),
    "two results": (
        [USER, calls("a"), result("a"), result("a")],
        "Invalid parameter: Duplicate value for 'tool_call_id' of 'a', in messages[2] and "
        "messages[3].",
        "messages.[3].tool_call_id",
    ),
    "two calls with one id": (
        [USER, calls("a", "a"), result("a")],
        "Invalid parameter: Duplicate value for 'id' of 'a', in messages[1].tool_calls.",
        "messages[1].tool_calls",
    ),
}

MALFORMED: dict[str, tuple[Any, str]] = {
    "no calls": (calls(), "tool_calls"),
    "neither text nor calls": (SILENT, "Invalid value for 'content': expected a string, got null."),
    "a result of nothing": (
        {"role": "tool", "content": "x"},
        "Missing parameter 'tool_call_id': messages with role 'tool' must have a 'tool_call_id'.",
    ),
}

WHOLE: dict[str, list[Any]] = {
    "results in another order": [USER, calls("a", "b"), result("b"), result("a")],
    "text beside the call": [USER, calls("a", content="I ask."), result("a"), USER],
    "one call behind the other": [calls("a"), result("a"), calls("b"), result("b")],
    "the same id in another turn": [calls("a"), result("a"), USER, calls("a"), result("a")],
    "a refusal": [USER, {**SILENT, "refusal": "No."}, USER],
    "empty text": [USER, {"role": "assistant", "content": ""}, USER],
}


@pytest.mark.parametrize("name", CHATS)
@pytest.mark.parametrize("streamed", [False, True])
def test_a_broken_chat_is_refused(server: LocalServer, name: str, streamed: bool) -> None:
    messages, words, param = CHATS[name]
    answer = send(server, {"model": "script", "messages": messages, "stream": streamed})
    assert_is_error(answer, 400)
    assert answer.json()["error"] == {
        "message": words,
        "type": "invalid_request_error",
        "param": param,
        "code": None,
    }


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_message_is_refused(server: LocalServer, name: str) -> None:
    message, words = MALFORMED[name]
    answer = send(server, {"model": "script", "messages": [USER, message]})
    assert_is_error(answer, 400)
    assert words in answer.json()["error"]["message"]


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_chat_is_answered(server: LocalServer, name: str) -> None:
    assert send(server, {"model": "script", "messages": WHOLE[name]}).status_code == 200


# The same for the items of /v1/responses, where a result need not come right behind its call


def item(call_id: str, **more: Any) -> dict[str, Any]:
    """Return a call as an item."""
    return {"type": "function_call", "call_id": call_id, "name": "f", "arguments": "{}", **more}


def output(call_id: str) -> dict[str, Any]:
    """Return the result of a call as an item."""
    return {"type": "function_call_output", "call_id": call_id, "output": "x"}


ITEMS: dict[str, tuple[list[Any], str]] = {
    "a call without a result": (
        [USER, item("a"), USER],
        "No tool output found for function call a.",
    ),
    "a call at the end": ([item("a")], "No tool output found for function call a."),
    "one of two results": (
        [item("a"), item("b"), output("a")],
        "No tool output found for function call b.",
    ),
    "a result without a call": (
        [USER, output("a")],
        "No tool call found for function call output with call_id a.",
    ),
    "a result before its call": (
        [output("a"), item("a")],
        "No tool call found for function call output with call_id a.",
    ),
    "two results": (
        [item("a"), output("a"), output("a")],
        "Invalid parameter: Duplicate value for 'call_id' of 'a', in input.",
    ),
    "two calls with one id": (
        [item("a"), item("a"), output("a")],
        "Invalid parameter: Duplicate value for 'call_id' of 'a', in input.",
    ),
    "an item twice": (
        [item("a", id="fc_1"), output("a"), item("b", id="fc_1"), output("b")],
        "Duplicate item found with id fc_1. Remove duplicate items from your input and try again.",
    ),
}

WHOLE_ITEMS: dict[str, list[Any]] = {
    "results in another order": [USER, item("a"), item("b"), output("b"), output("a")],
    "a late result": [item("a"), USER, output("a")],
    "one call behind the other": [item("a"), output("a"), item("b"), output("b")],
    "the same id in another turn": [item("a"), output("a"), USER, item("a"), output("a")],
}


@pytest.mark.parametrize("name", ITEMS)
def test_a_broken_input_is_refused(server: LocalServer, name: str) -> None:
    items, words = ITEMS[name]
    answer = send(server, {"model": "script", "input": items}, path="/responses")
    assert_is_error(answer, 400)
    error = answer.json()["error"]
    assert (error["message"], error["param"], error["code"]) == (words, "input", None)


@pytest.mark.parametrize("name", WHOLE_ITEMS)
def test_a_whole_input_is_answered(server: LocalServer, name: str) -> None:
    items = WHOLE_ITEMS[name]
    assert send(server, {"model": "script", "input": items}, path="/responses").is_success


# Who sees it

HISTORY = [
    HumanMessage("Hello?"),
    AIMessage("", tool_calls=[{"name": "f", "args": {}, "id": "a"}]),
    HumanMessage("Well?"),
]


@pytest.mark.parametrize("use_responses_api", [False, True])
def test_the_client_raises_its_own_error(server: LocalServer, use_responses_api: bool) -> None:
    model = ChatOpenAI(
        model="script",
        base_url=server.url,
        api_key=SecretStr("none"),
        use_responses_api=use_responses_api,
    )
    with pytest.raises(BadRequestError, match=r"tool_call_ids did not have|No tool output found"):
        model.invoke(HISTORY)
    answered = [*HISTORY[:2], ToolMessage("x", tool_call_id="a"), HISTORY[2]]
    assert model.invoke(answered).text == "Hello."


def test_nothing_is_played_for_a_broken_chat(server: LocalServer) -> None:
    transcript = server.models["script"].transcript
    before = len(transcript)
    send(server, {"model": "script", "messages": [result("a")]})
    assert len(transcript) == before


def test_a_long_id_is_not_repeated_whole(server: LocalServer) -> None:
    for messages in (
        [result("a" * 9_000)],
        [calls("a" * 9_000)],
        [calls("b"), result("a" * 9_000)],
    ):
        answer = send(server, {"model": "script", "messages": messages})
        assert_is_error(answer, 400)
        assert len(answer.content) < 1_000


def test_the_fakes_themselves_take_any_history() -> None:
    """What a grader plays in process is not refused: its tests say what is wrong."""
    assert ScriptedChatModel(replies=["Hello."]).invoke(HISTORY).text == "Hello."
