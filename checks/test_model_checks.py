"""Which conversations would be refused, and what a learner is told about them."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages.tool import invalid_tool_call, tool_call, tool_call_chunk

from course.fakes.chat_models import ScriptedChatModel
from course.fakes.held import held_model
from course.fakes.openai.history import Refused
from course.grade.expect import WrongAnswer
from course.grade.model_checks import check_paired

USER = HumanMessage("Hello?")


def calls(*ids: str | None) -> AIMessage:
    """A message that calls tools."""
    return AIMessage("", tool_calls=[tool_call(name="f", args={}, id=one) for one in ids])


def result(call_id: str) -> ToolMessage:
    """The result of a call."""
    return ToolMessage("x", tool_call_id=call_id)


BROKEN = AIMessage(
    "", invalid_tool_calls=[invalid_tool_call(name="f", args="{", id="k1", error="cut off")]
)
PIECE = AIMessageChunk(
    content="", tool_call_chunks=[tool_call_chunk(name="f", args="{}", id="k1", index=0)]
)

REFUSED: dict[str, tuple[list[BaseMessage], str, str]] = {
    "nothing": ([], "it is empty", "empty array"),
    "a call at the end": ([USER, calls("k1")], "call k1 has no result", "messages: k1"),
    "a call before a question": ([calls("k1"), USER], "call k1 has no result", "messages: k1"),
    "one of three": (
        [USER, calls("k1", "k2", "k3"), result("k1"), USER],
        "call k2 has no result",
        "messages: k2, k3",
    ),
    "broken arguments": ([USER, BROKEN], "call k1 has no result", "messages: k1"),
    "a piece of a stream": ([USER, PIECE], "call k1 has no result", "messages: k1"),
    "a late result": ([calls("k1"), USER, result("k1")], "call k1 has no result", "messages: k1"),
    "a result without a call": (
        [USER, result("k9")],
        "a result for k9, which is not called right before it",
        "must be a response to",
    ),
    "the id of another": (
        [calls("k1"), result("k9")],
        "a result for k9, which is not called right before it",
        "'k9' not found",
    ),
    "two results": (
        [calls("k1"), result("k1"), result("k1")],
        "two results for k1",
        "Duplicate value for 'tool_call_id' of 'k1'",
    ),
    "two calls": (
        [calls("k1", "k1"), result("k1")],
        "two calls with the id k1",
        "Duplicate value for 'id' of 'k1'",
    ),
}

WHOLE: dict[str, list[BaseMessage]] = {
    "a question": [USER],
    "rules only": [SystemMessage("Be kind.")],
    "calls and results": [USER, calls("k1", "k2"), result("k2"), result("k1"), AIMessage("Done.")],
    "one after the other": [USER, calls("k1"), result("k1"), calls("k2"), result("k2")],
    "the same id in another turn": [calls("k1"), result("k1"), USER, calls("k1"), result("k1")],
    "broken arguments": [USER, BROKEN, result("k1")],
    "a call without an id": [USER, calls(None), result("")],
}


@pytest.mark.parametrize(("messages", "plainly", "words"), REFUSED.values(), ids=REFUSED)
class TestRefused:
    def test_the_learner_is_told_which_call(
        self, messages: list[BaseMessage], plainly: str, words: str
    ) -> None:
        with pytest.raises(WrongAnswer, match=r"^this conversation would be refused$") as caught:
            check_paired(messages)
        assert caught.value.got == plainly
        assert words in caught.value.why
        with pytest.raises(WrongAnswer, match=r"^it forgets one$"):
            check_paired(messages, "it forgets one")

    @pytest.mark.parametrize("way", ["invoke", "stream"])
    def test_a_strict_model_says_what_a_provider_says(
        self, messages: list[BaseMessage], plainly: str, words: str, way: str
    ) -> None:
        model = held_model("Hi.", strict=True)
        with pytest.raises(Refused, match=words) as caught:
            [*getattr(model, way)(messages)]
        assert (caught.value.status, caught.value.plainly) == (400, plainly)
        assert model.transcript == []

    async def test_it_does_so_asynchronously(
        self, messages: list[BaseMessage], plainly: str, words: str
    ) -> None:
        with pytest.raises(Refused, match=words):
            await held_model("Hi.", strict=True).ainvoke(messages)


@pytest.mark.parametrize("messages", WHOLE.values(), ids=WHOLE)
def test_a_whole_conversation_is_accepted(messages: list[BaseMessage]) -> None:
    check_paired(messages)
    assert held_model("Hi.", strict=True).invoke(messages).text == "Hi."


def test_other_models_take_what_they_get() -> None:
    assert held_model("Hi.").invoke([]).text == "Hi."
    assert ScriptedChatModel(replies=["Hi."]).invoke([result("k9")]).text == "Hi."


@pytest.mark.parametrize("copy", [lambda model: model.bind_tools([]), lambda model: model.bind()])
def test_a_copy_is_as_strict(copy: Any) -> None:
    with pytest.raises(Refused):
        copy(held_model("Hi.", strict=True)).invoke([])
