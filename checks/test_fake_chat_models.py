"""What the two chat models promise to the code that uses them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, cast

import pytest
from langchain_core.callbacks import get_usage_metadata_callback
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.runnables import ConfigurableField
from langchain_core.tools import tool
from pydantic import BaseModel, ValidationError

from course.fakes import clock
from course.fakes.chat_models import Script, ScriptedChatModel, ScriptError
from course.fakes.held import held_model
from course.fakes.quoting import NOTHING_FOUND, SENTINEL, QuotingChatModel
from course.fakes.script import (
    Content,
    Cut,
    Fail,
    Hang,
    Image,
    Pause,
    Reasoning,
    Reply,
    ToolCall,
    ToolCallPiece,
    split_tokens,
)


@tool
def get_weather(city: str, days: int = 1) -> str:
    """Tell the weather."""
    return f"Sunny in {city} for {days} days."


@tool
def multiply(a: int, b: int) -> int:
    """Multiply two integers."""
    return a * b


class Person(BaseModel):
    """A person."""

    name: str
    age: int


class Tree(BaseModel):
    """A tree of trees."""

    name: str
    twin: Tree | None = None
    branches: list[Tree] = []


class Garden(BaseModel):
    """A garden with one tree."""

    tree: Tree


def scripted(*parts: Any, **options: Any) -> ScriptedChatModel:
    """Return a model that gives the same reply to every prompt."""
    return ScriptedChatModel(replies={"": Reply(*parts, **options)})


def added(chunks: list[AIMessageChunk]) -> AIMessageChunk:
    return chunks[0] + chunks[1:]


def essence(message: AIMessage) -> dict[str, Any]:
    """Return all of a message but its id, which LangChain draws anew for each run."""
    return {
        "content": message.content,
        "tool_calls": message.tool_calls,
        "usage": message.usage_metadata,
        "metadata": message.response_metadata,
    }


async def collect(stream: AsyncIterator[AIMessageChunk]) -> list[AIMessageChunk]:
    return [chunk async for chunk in stream]


async def read_into(seen: list[str], stream: AsyncIterator[AIMessageChunk]) -> None:
    async for chunk in stream:
        seen.append(chunk.text)


REPLIES = {
    "text": Reply.of("Streams are read piece by piece."),
    "one piece": Reply("All at once."),
    "empty": Reply(),
    "blocks": Reply("In ", "blocks.", blocks=True),
    "reasoning": Reply(Reasoning("I "), Reasoning("think."), "So ", "be it."),
    "image": Reply("See: ", Image("AAAA", "image/png"), "nice"),
    "content": Reply(Content("See", {"type": "thinking", "text": "no"}), Content(" it")),
    "tool call": Reply(ToolCall("get_weather", {"city": "Zürich", "days": 2})),
    "two tool calls": Reply(
        "I ask. ", ToolCall("get_weather", {"city": "Rome"}), ToolCall("multiply", {"a": 1, "b": 2})
    ),
    "cut": Reply("It ends he", Cut(), "never sent"),
    "length": Reply("Too long", finish_reason="length", metadata={"seed": "7"}),
}


class TestSameAnswer:
    """Each way to ask a model gives the same answer."""

    @pytest.mark.parametrize("reply", REPLIES.values(), ids=list(REPLIES))
    async def test_all_ways_agree(self, reply: Reply) -> None:
        model = ScriptedChatModel(replies={"": reply})
        wanted = essence(model.invoke("Hi"))
        assert essence(await model.ainvoke("Hi")) == wanted
        assert essence(added(list(model.stream("Hi")))) == wanted
        assert essence(added(await collect(model.astream("Hi")))) == wanted
        assert [essence(message) for message in model.batch(["Hi", "Hi"])] == [wanted, wanted]
        assert [essence(message) for message in await model.abatch(["Hi", "Hi"])] == [wanted] * 2
        events = [event async for event in model.astream_events("Hi", version="v2")]
        streamed = [
            cast("AIMessageChunk", event["data"]["chunk"])
            for event in events
            if event["event"] == "on_chat_model_stream"
        ]
        assert essence(added(streamed)) == wanted

    @pytest.mark.parametrize("output_version", ["v0", "v1"])
    def test_text_and_tool_calls_do_not_melt_together(self, output_version: str) -> None:
        model = ScriptedChatModel(
            replies={"": REPLIES["two tool calls"]}, output_version=output_version
        )
        streamed = added(list(model.stream("Hi")))
        for message in (streamed, model.invoke("Hi")):
            kinds = [block["type"] for block in message.content_blocks]
            assert kinds == ["text", "tool_call", "tool_call"]
            assert [call["args"] for call in message.tool_calls] == [
                {"city": "Rome"},
                {"a": 1, "b": 2},
            ]

    def test_two_processes_play_the_same_bytes(self) -> None:
        code = (
            "from checks.test_fake_chat_models import REPLIES, essence, ScriptedChatModel\n"
            "from course.fakes.quoting import QuotingChatModel\n"
            "for reply in REPLIES.values():\n"
            "    for chunk in ScriptedChatModel(replies=[reply]).stream('Hi'):\n"
            "        print(essence(chunk), chunk.tool_call_chunks)\n"
            "print(essence(QuotingChatModel().invoke('Rome is old. Milan is rich. Who is?')))\n"
        )
        outputs = [
            subprocess.run(
                [sys.executable, "-c", code],
                env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
                capture_output=True,
                check=True,
            ).stdout
            for seed in ("1", "2")
        ]
        assert len(outputs[0].splitlines()) > 30
        assert outputs[0] == outputs[1]


class TestPieces:
    """A stream has the pieces that a provider would send."""

    def test_one_piece_of_text_is_one_chunk_and_the_last_chunk_is_empty(self) -> None:
        chunks = list(scripted("Hel", "lo", "", "!").stream("Hi"))
        assert [chunk.content for chunk in chunks] == ["Hel", "lo", "", "!", ""]
        assert [chunk.chunk_position for chunk in chunks] == [None] * 4 + ["last"]
        assert [bool(chunk.usage_metadata) for chunk in chunks] == [False] * 4 + [True]
        assert chunks[-1].response_metadata == {"model_name": "scripted", "finish_reason": "stop"}
        assert not any(chunk.response_metadata for chunk in chunks[:-1])

    def test_blocks_are_numbered_by_kind(self) -> None:
        chunks = list(
            scripted(Reasoning("a"), Reasoning("b"), "c", "d", Image("AA", "image/png")).stream(
                "Hi"
            )
        )
        assert [chunk.content for chunk in chunks] == [
            [{"type": "reasoning", "reasoning": "a", "index": 0}],
            [{"type": "reasoning", "reasoning": "b", "index": 0}],
            [{"type": "text", "text": "c", "index": 1}],
            [{"type": "text", "text": "d", "index": 1}],
            [{"type": "image", "base64": "AA", "mime_type": "image/png", "index": 2}],
            [],
        ]
        assert added(chunks).text == "cd"

    def test_content_is_sent_as_it_is(self) -> None:
        part = Content("a", "b", {"type": "text", "text": "c"})
        first, second, _ = scripted(part, Content()).stream("Hi")
        assert first.content == ["a", "b", {"type": "text", "text": "c"}]
        assert first.text == "abc"
        assert second.content == []

    def test_a_tool_call_comes_in_pieces(self) -> None:
        chunks = list(scripted(ToolCall("multiply", {"a": 6, "b": "ü"})).stream("Hi"))
        pieces = [piece for chunk in chunks for piece in chunk.tool_call_chunks]
        assert pieces[0] == {
            "name": "multiply",
            "args": "",
            "id": "call_1",
            "index": 0,
            "type": "tool_call_chunk",
        }
        assert len(pieces) > 3
        assert all(piece["name"] is None and piece["id"] is None for piece in pieces[1:])
        assert "".join(piece["args"] or "" for piece in pieces) == '{"a": 6, "b": "ü"}'
        assert chunks[-1].response_metadata["finish_reason"] == "tool_calls"

    def test_raw_pieces_are_sent_as_they_are(self) -> None:
        raw = ToolCallPiece(args='{"a"', name="multiply", id="x", index=None)
        [chunk, last] = scripted(raw, finish_reason="length").stream("Hi")
        assert chunk.tool_call_chunks == [
            {
                "name": "multiply",
                "args": '{"a"',
                "id": "x",
                "index": None,
                "type": "tool_call_chunk",
            }
        ]
        assert last.response_metadata["finish_reason"] == "length"

    def test_calls_are_numbered_through_a_conversation(self) -> None:
        model = scripted(ToolCall("multiply", {}), ToolCall("multiply", {}, id="mine"))
        first = model.invoke("Hi")
        assert [call["id"] for call in first.tool_calls] == ["call_1", "mine"]
        second = model.invoke([HumanMessage("Hi"), first, HumanMessage("Again")])
        assert [call["id"] for call in second.tool_calls] == ["call_2", "mine"]

    def test_a_cut_stream_has_no_finish_reason_and_no_usage(self) -> None:
        chunks = list(scripted("It ends he", Cut(), "never").stream("Hi"))
        whole = added(chunks)
        assert whole.text == "It ends he"
        assert whole.usage_metadata is None
        assert whole.response_metadata == {}

    @pytest.mark.parametrize(
        "text",
        ["", "Hello, world!", "  two  spaces\n\nand lines ", "x=1.5; 你好, naïve 👍🏽", "\t\r\n"],
    )
    def test_tokens_join_to_the_text(self, text: str) -> None:
        tokens = split_tokens(text)
        assert "".join(tokens) == text
        assert all(tokens)

    def test_tokens_are_words_with_their_space_and_punctuation_apart(self) -> None:
        assert split_tokens("Yes, it works.") == ["Yes", ",", " it", " works", "."]


class TestUsage:
    """Usage is counted, given or absent, and reported once."""

    def test_counted(self) -> None:
        message = scripted("One two", " three.").invoke([SystemMessage("a b"), HumanMessage("c")])
        assert message.usage_metadata == {
            "input_tokens": 3,
            "output_tokens": 4,
            "total_tokens": 7,
        }

    def test_reasoning_is_told_apart(self) -> None:
        usage = scripted(Reasoning("a b"), "c").invoke("Hi").usage_metadata
        assert usage is not None
        assert usage["output_tokens"] == 3
        assert usage["output_token_details"] == {"reasoning": 2}

    def test_given_and_absent(self) -> None:
        given = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
        assert scripted("x", usage=given).invoke("Hi").usage_metadata == given
        assert scripted("x", usage=None).invoke("Hi").usage_metadata is None

    def test_a_callback_adds_it_up(self) -> None:
        model = scripted("x")
        with get_usage_metadata_callback() as counted:
            model.invoke("Hi")
            list(model.stream("Hi", model="other"))
        assert set(counted.usage_metadata) == {"scripted", "other"}


class TestStop:
    """The answer ends before a stop text, also when that comes in pieces."""

    @pytest.mark.parametrize(
        ("pieces", "stop", "wanted"),
        [
            (["one ", "two ", "three"], ["two"], "one "),
            (["one tw", "o three"], ["two"], "one "),
            (["t", "w", "o"], ["two"], ""),
            (["one tw"], ["two"], "one tw"),
            (["aab", "c"], ["ab", "b"], "a"),
            (["abcd"], ["abcd", "c"], "ab"),
            (["a", "b", "c", "d"], ["abcd", "c"], "ab"),
            (["a\n", "\nb"], ["\n\n"], "a"),
            (["no stop ", "here"], ["xyz", ""], "no stop here"),
        ],
    )
    async def test_cut_exactly(self, pieces: list[str], stop: list[str], wanted: str) -> None:
        model = scripted(*pieces)
        assert model.invoke("Hi", stop=stop).text == wanted
        assert "".join(chunk.text for chunk in model.stream("Hi", stop=stop)) == wanted
        assert added(await collect(model.astream("Hi", stop=stop))).text == wanted
        assert ScriptedChatModel(replies=[Reply(*pieces)], stop=stop).invoke("Hi").text == wanted
        assert model.transcript[0].outcome == "exhausted"

    def test_what_follows_is_not_played(self) -> None:
        model = scripted("a stop b", ToolCall("f", {}), Fail(OSError("not reached")))
        message = model.invoke("Hi", stop=["stop"])
        assert message.text == "a "
        assert not message.tool_calls
        assert message.response_metadata["finish_reason"] == "stop"

    def test_held_text_comes_before_a_tool_call(self) -> None:
        chunks = list(scripted("ask st", ToolCall("f", {})).stream("Hi", stop=["stop"]))
        assert [chunk.text for chunk in chunks][:2] == ["ask ", "st"]
        assert chunks[2].tool_call_chunks


class TestTranscript:
    """The transcript knows what was asked, pulled and closed, at once."""

    def test_nothing_starts_before_the_first_pull(self) -> None:
        model = scripted("a", "b", "c")
        stream = model.stream("Hi")
        assert model.transcript == []
        next(stream)
        [call] = model.transcript
        assert (call.pulled, call.outcome, call.closed, call.ended_at) == (1, "open", False, None)
        next(stream)
        assert call.pulled == 2

    def test_a_call_knows_its_prompt(self) -> None:
        model = scripted("a")
        model.bind_tools([multiply], tool_choice="required").invoke("Hi", stop=["."], model="big")
        [call] = model.transcript
        assert [message.text for message in call.messages] == ["Hi"]
        assert [one["function"]["name"] for one in call.tools] == ["multiply"]
        assert (call.tool_choice, call.stop, call.model) == ("any", ["."], "big")

    def test_read_to_the_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(time, "monotonic", lambda: 12.5)
        model = scripted("a", "b")
        list(model.stream("Hi"))
        [call] = model.transcript
        assert (call.pulled, call.outcome, call.ended_at) == (2, "exhausted", 12.5)

    def test_closed_early(self) -> None:
        model = scripted("a", "b")
        stream = cast("Any", model.stream("Hi"))
        next(stream)
        stream.close()
        [call] = model.transcript
        assert (call.pulled, call.outcome, call.closed) == (1, "closed", True)

    async def test_closed_early_async(self) -> None:
        model = scripted("a", "b")
        stream = cast("Any", model.astream("Hi"))
        assert model.transcript == []
        await anext(stream)
        [call] = model.transcript
        assert (call.pulled, call.outcome) == (1, "open")
        await stream.aclose()
        # No turn of the event loop in between.
        assert (call.pulled, call.outcome) == (1, "closed")

    async def test_read_to_the_end_async(self) -> None:
        model = scripted("a", "b")
        await collect(model.astream("Hi"))
        await model.ainvoke("Hi")
        assert [(call.pulled, call.outcome) for call in model.transcript] == [(2, "exhausted")] * 2

    @pytest.mark.parametrize(
        "copied",
        [
            lambda model: model.bind(stop=["x"]),
            lambda model: model.bind_tools([multiply]),
            lambda model: model.with_config(tags=["t"]),
            lambda model: model.model_copy(),
            lambda model: model.configurable_fields(model=ConfigurableField("name")).with_config(
                configurable={"name": "other"}
            ),
        ],
        ids=["bind", "bind_tools", "with_config", "model_copy", "configurable_fields"],
    )
    def test_copies_share_script_and_transcript(
        self, copied: Callable[[ScriptedChatModel], Any]
    ) -> None:
        model = ScriptedChatModel(replies=["first", "second", "third"])
        copy = copied(model)
        texts = [one.invoke("Hi").text for one in (model, copy, model)]
        assert texts == ["first", "second", "third"]
        assert len(model.transcript) == 3

    def test_models_share_nothing(self) -> None:
        one, other = scripted("a"), scripted("a")
        one.invoke("Hi")
        assert (len(one.transcript), len(other.transcript)) == (1, 0)


class TestFaults:
    """A script fails, hangs and waits where it says so."""

    @pytest.mark.parametrize("before", [(), ("partial ", "text")], ids=["at once", "in the middle"])
    async def test_failure(self, before: tuple[str, ...]) -> None:
        model = scripted(*before, Fail(ConnectionError("line is down")), "never")
        seen: list[str] = []
        with pytest.raises(ConnectionError, match="line is down"):
            seen.extend(chunk.text for chunk in model.stream("Hi"))
        async_seen: list[str] = []
        with pytest.raises(ConnectionError, match="line is down"):
            await read_into(async_seen, model.astream("Hi"))
        with pytest.raises(ConnectionError, match="line is down"):
            model.invoke("Hi")
        with pytest.raises(ConnectionError, match="line is down"):
            await model.ainvoke("Hi")
        assert async_seen == list(before)
        assert [call.pulled for call in model.transcript] == [len(before)] * 4
        assert {call.outcome for call in model.transcript} == {"failed"}

    def test_the_traceback_does_not_grow(self) -> None:
        model = scripted(Fail(OSError("again")))
        lengths = []
        for _ in range(3):
            with pytest.raises(OSError, match="again") as caught:
                model.invoke("Hi")
            lengths.append(len(caught.traceback))
        assert len(set(lengths)) == 1

    async def test_a_hang_is_cancelled(self) -> None:
        model = scripted("a", Hang(), "never")
        seen: list[str] = []
        task = asyncio.create_task(read_into(seen, model.astream("Hi")))
        while not seen:
            await asyncio.sleep(0)
        assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        [call] = model.transcript
        assert seen == ["a"]
        assert (call.pulled, call.outcome) == (1, "closed")

    async def test_a_hang_stays_a_hang(self) -> None:
        model = scripted(Hang())
        async with aclosing(cast("Any", model.astream("Hi"))) as stream:
            task = asyncio.ensure_future(anext(stream))
            for _ in range(100):
                await asyncio.sleep(0)
            assert not task.done()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    def test_a_sync_hang_is_left_to_the_clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def hang() -> None:
            raise TimeoutError("hung")

        monkeypatch.setattr(clock, "hang", hang)
        model = scripted("a", Hang())
        stream = model.stream("Hi")
        assert next(stream).text == "a"
        with pytest.raises(TimeoutError, match="hung"):
            next(stream)

    async def test_pauses(self, monkeypatch: pytest.MonkeyPatch) -> None:
        slept: list[tuple[str, float, int]] = []

        def sleep(seconds: float) -> None:
            slept.append(("sync", seconds, model.transcript[-1].pulled))

        async def async_sleep(seconds: float) -> None:
            slept.append(("async", seconds, model.transcript[-1].pulled))

        model = scripted(Pause(0.5), "a", Pause(0), "b", Pause(2), "c")
        with monkeypatch.context() as patch:
            patch.setattr(time, "sleep", sleep)
            patch.setattr(asyncio, "sleep", async_sleep)
            list(model.stream("Hi"))
            model.invoke("Hi")
            await collect(model.astream("Hi"))
            await model.ainvoke("Hi")
        wanted = [("sync", 0.5, 0), ("sync", 2, 2)] * 2 + [("async", 0.5, 0), ("async", 2, 2)] * 2
        assert slept == wanted

    def test_reply_of_paces_each_token(self) -> None:
        assert Reply.of("One two.", pause=0.1).parts == (
            *(Pause(0.1), "One"),
            *(Pause(0.1), " two"),
            *(Pause(0.1), "."),
        )
        assert Reply.of("One two.").parts == ("One", " two", ".")

    @pytest.mark.parametrize("seconds", [-1.0, float("nan")])
    def test_impossible_pauses(self, seconds: float) -> None:
        with pytest.raises(ValueError, match="a pause cannot last"):
            Pause(seconds)

    def test_impossible_parts(self) -> None:
        with pytest.raises(TypeError, match="of type int"):
            Reply(cast("Any", 3))


class TestScript:
    """Replies are chosen in order or by the prompt, and an error says what is wrong."""

    def test_in_order_until_it_runs_out(self) -> None:
        model = ScriptedChatModel(replies=["one", Reply("two")])
        assert [model.invoke("Hi").text, model.invoke("Hi").text] == ["one", "two"]
        with pytest.raises(
            ScriptError, match=r"run out at the prompt 'Third\?'.* 2 .*'one'.*'two'"
        ):
            model.invoke("Third?")
        assert model.transcript[-1].outcome == "failed"

    def test_an_abandoned_stream_used_its_reply(self) -> None:
        model = ScriptedChatModel(replies=["one", "two"])
        model.stream("never read")
        next(model.stream("Hi"))
        assert model.invoke("Hi").text == "two"

    def test_by_the_newest_human_message(self) -> None:
        model = ScriptedChatModel(replies={"old": "A", "new": "B"})
        prompt = [HumanMessage("old"), AIMessage("A"), HumanMessage("new")]
        assert model.invoke(prompt).text == "B"

    def test_else_by_the_whole_prompt(self) -> None:
        model = ScriptedChatModel(replies={"old": "A", "rules": "B", "else": "C"})
        assert model.invoke([SystemMessage("rules"), HumanMessage("Hi")]).text == "B"

    def test_the_first_key_wins(self) -> None:
        model = ScriptedChatModel(replies={"rain": "A", "rain in Spain": "B"})
        assert model.invoke("rain in Spain").text == "A"

    def test_the_empty_key_fits_what_no_other_does(self) -> None:
        model = ScriptedChatModel(replies={"": "A", "rain": "B"})
        assert [model.invoke(text).text for text in ("rain", "sun", "")] == ["B", "A", "A"]
        assert model.invoke([SystemMessage("rain"), HumanMessage("")]).text == "B"

    def test_a_list_under_a_key_is_used_in_order(self) -> None:
        model = ScriptedChatModel(replies={"x": ["1", "2"], "y": "again"})
        assert [model.invoke(text).text for text in "xyxy"] == ["1", "again", "2", "again"]
        with pytest.raises(ScriptError, match=r"the script under 'x' has run out"):
            model.invoke("x")

    def test_no_fit(self) -> None:
        model = ScriptedChatModel(replies={"weather": "Sunny."})
        with pytest.raises(ScriptError, match=r"fits the prompt 'Hi'; .*contain 'weather'"):
            model.invoke("Hi")

    async def test_script_errors_are_the_same_async(self) -> None:
        model = ScriptedChatModel(replies=[])
        with pytest.raises(ScriptError, match="had 0 replies: none"):
            await model.ainvoke("Hi")

    def test_long_scripts_are_shortened(self) -> None:
        model = ScriptedChatModel(replies={f"key {n} " + "x" * 500: "A" for n in range(50)})
        with pytest.raises(ScriptError) as caught:
            model.invoke("y" * 10_000)
        assert len(str(caught.value)) < 2_000
        assert "and 40 more" in str(caught.value)

    @pytest.mark.parametrize("replies", ["text", [3], {"a": 3}, None])
    def test_what_is_no_script_is_refused(self, replies: Script) -> None:
        with pytest.raises(ValidationError):
            ScriptedChatModel(replies=replies)


class TestTools:
    """Tools and schemas are bound in the forms that LangChain knows."""

    @pytest.mark.parametrize(
        ("choice", "wanted"),
        [
            (None, "auto"),
            (False, "auto"),
            (True, "any"),
            ("required", "any"),
            ("none", "none"),
            ("multiply", "multiply"),
            ({"type": "function", "function": {"name": "multiply"}}, "multiply"),
            ({"type": "tool", "name": "multiply"}, "multiply"),
            ({"type": "any"}, "any"),
        ],
    )
    def test_choices(self, choice: Any, wanted: str) -> None:
        model = scripted("a")
        model.bind_tools([multiply], tool_choice=choice).invoke("Hi")
        assert model.transcript[0].tool_choice == wanted

    def test_a_choice_that_is_not_there(self) -> None:
        with pytest.raises(ValueError, match=r"'divide'.*'multiply'"):
            scripted("a").bind_tools([multiply], tool_choice="divide")

    def test_arguments_that_come_at_once_are_read_strictly(self) -> None:
        found = held_model(Reply(ToolCallPiece('{"a": 1', "f", "k1"))).invoke("Hi")
        assert found.tool_calls == []
        [broken] = found.invalid_tool_calls
        assert (broken["name"], broken["args"], broken["id"]) == ("f", '{"a": 1', "k1")

    def test_in_a_stream_they_are_repaired(self) -> None:
        pieces = [ToolCallPiece('{"a": 1', "f", "k1"), ToolCallPiece(', "b')]
        whole = add_ai_message_chunks(*held_model(Reply(*pieces)).stream("Hi"))
        assert [call["args"] for call in whole.tool_calls] == [{"a": 1}]

    def test_structured_output_by_a_tool_call(self) -> None:
        model = scripted(ToolCall("Person", {"name": "Ana", "age": 31}))
        structured = model.with_structured_output(Person, method="function_calling")
        assert structured.invoke("Hi") == Person(name="Ana", age=31)
        assert list(structured.stream("Hi"))[-1] == Person(name="Ana", age=31)
        assert model.transcript[0].tool_choice == "Person"

    @pytest.mark.parametrize("method", ["json_schema", "json_mode"])
    def test_structured_output_by_text(self, method: Any) -> None:
        model = ScriptedChatModel(replies={"": Reply.of('{"name": "Ana", "age": 31}')})
        assert model.with_structured_output(Person, method=method).invoke("Hi") == Person(
            name="Ana", age=31
        )
        plain = model.with_structured_output(Person.model_json_schema(), method=method)
        assert list(plain.stream("Hi"))[-1] == {"name": "Ana", "age": 31}

    @pytest.mark.parametrize("method", ["json_schema", "function_calling"])
    def test_raw_output_keeps_the_error(self, method: Any) -> None:
        structured = scripted("no JSON").with_structured_output(
            Person, method=method, include_raw=True
        )
        result = cast("dict[str, Any]", structured.invoke("Hi"))
        assert result["raw"].text == "no JSON"
        assert result["parsed"] is None
        assert (result["parsing_error"] is None) == (method == "function_calling")

    def test_an_unknown_method(self) -> None:
        with pytest.raises(ValueError, match="method is 'magic'"):
            scripted("a").with_structured_output(Person, method=cast("Any", "magic"))


FACTS = (
    "The Nile flows through Egypt. The Danube flows through ten countries. "
    "The Amazon carries the most water."
)


class TestQuoting:
    """The quoting model follows its rule."""

    @pytest.mark.parametrize(
        "prompt",
        [
            [SystemMessage(FACTS), HumanMessage("Which river carries the most water?")],
            f"{FACTS} Which river carries the most water?",
            f"Context:\n{FACTS}\n\nQuestion: river with most water",
        ],
        ids=["system", "one message", "label"],
    )
    def test_quotes_the_best_sentence(self, prompt: Any) -> None:
        assert QuotingChatModel().invoke(prompt).text == "The Amazon carries the most water."

    def test_quotes_two_sentences_in_their_own_order(self) -> None:
        prompt = [SystemMessage(FACTS), HumanMessage("What flows through what?")]
        assert QuotingChatModel().invoke(prompt).text == (
            "The Nile flows through Egypt. The Danube flows through ten countries."
        )

    def test_remembers_the_conversation(self) -> None:
        prompt = [HumanMessage("My name is Ana."), AIMessage("Hi"), HumanMessage("What's my name?")]
        assert QuotingChatModel().invoke(prompt).text == "My name is Ana."

    def test_quotes_no_question(self) -> None:
        prompt = [HumanMessage("Who is Ana?"), HumanMessage("Ana who?")]
        assert QuotingChatModel().invoke(prompt).text == NOTHING_FOUND

    @pytest.mark.parametrize("prompt", ["Hello", "", f"{FACTS} Who invented the radio?"])
    def test_says_so_when_nothing_matches(self, prompt: str) -> None:
        assert QuotingChatModel().invoke(prompt).text == NOTHING_FOUND

    def test_streams_in_tokens_and_obeys_stop(self) -> None:
        prompt = [SystemMessage(FACTS), HumanMessage("Which river carries the most water?")]
        pieces = [chunk.text for chunk in QuotingChatModel().stream(prompt)]
        assert pieces == ["The", " Amazon", " carries", " the", " most", " water", ".", ""]
        stopped = QuotingChatModel().stream(prompt, stop=["most"])
        assert "".join(chunk.text for chunk in stopped) == "The Amazon carries the "

    def test_pauses_before_each_token(self, monkeypatch: pytest.MonkeyPatch) -> None:
        slept: list[float] = []
        monkeypatch.setattr(time, "sleep", slept.append)
        tokens = [chunk for chunk in QuotingChatModel(pause=0.25).stream("Hello") if chunk.text]
        assert slept == [0.25] * len(tokens)
        assert tokens

    @pytest.mark.parametrize(
        ("question", "name", "args"),
        [
            (
                "What is the weather in San Francisco, CA?",
                "get_weather",
                {"city": "San Francisco, CA"},
            ),
            ("Weather in 'Rio' for 3 days", "get_weather", {"city": "Rio", "days": 3}),
            ("get_weather, city: Rome, days = 2", "get_weather", {"city": "Rome", "days": 2}),
            ("Please multiply 6 by -7.", "multiply", {"a": 6, "b": -7}),
            ("multiply(b=4, a=3)", "multiply", {"a": 3, "b": 4}),
            ("multiply with b: 4, and 5", "multiply", {"a": 5, "b": 4}),
        ],
    )
    def test_calls_the_named_tool(self, question: str, name: str, args: dict[str, Any]) -> None:
        model = QuotingChatModel().bind_tools([get_weather, multiply])
        message = model.invoke(question)
        assert [(call["name"], call["args"]) for call in message.tool_calls] == [(name, args)]
        assert message.response_metadata["finish_reason"] == "tool_calls"

    def test_calls_no_tool_when_none_is_named_or_allowed(self) -> None:
        model = QuotingChatModel()
        assert not model.bind_tools([multiply]).invoke("Hello").tool_calls
        forbidden = model.bind_tools([multiply], tool_choice="none")
        assert not forbidden.invoke("multiply 1 by 2").tool_calls

    def test_answers_from_the_result(self) -> None:
        model = QuotingChatModel().bind_tools([get_weather])
        question = HumanMessage("How is the weather in Rome?")
        asked = model.invoke([question])
        result = get_weather.invoke(asked.tool_calls[0])
        answer = model.invoke([question, asked, result])
        assert not answer.tool_calls
        assert answer.text == "Sunny in Rome for 1 days."

    def test_quotes_the_part_of_a_long_result_that_matches(self) -> None:
        prompt = [
            HumanMessage("Where does the Nile flow?"),
            AIMessage("", tool_calls=[{"name": "search", "args": {}, "id": "call_1"}]),
            ToolMessage(FACTS, tool_call_id="call_1"),
        ]
        assert QuotingChatModel().invoke(prompt).text == "The Nile flows through Egypt."

    def test_arguments_are_not_taken_from_the_instructions(self) -> None:
        model = QuotingChatModel().bind_tools([get_weather], tool_choice="any")
        prompt = [SystemMessage("Tell the weather."), HumanMessage("Weather in Rome?")]
        assert model.invoke(prompt).tool_calls[0]["args"] == {"city": "Rome"}

    def test_a_forced_second_call_goes_to_another_tool(self) -> None:
        model = QuotingChatModel().bind_tools([get_weather, multiply], tool_choice="any")
        question = HumanMessage("How is the weather in Rome?")
        asked = model.invoke([question])
        result = get_weather.invoke(asked.tool_calls[0])
        again = model.invoke([question, asked, result])
        assert [call["name"] for call in asked.tool_calls + again.tool_calls] == [
            "get_weather",
            "multiply",
        ]

    @pytest.mark.parametrize("method", ["json_schema", "function_calling"])
    def test_fills_a_schema(self, method: Any) -> None:
        class Answer(BaseModel):
            answer: str
            countries: int
            sure: bool
            river: str | None = None

        prompt = [SystemMessage(FACTS), HumanMessage("Which of 10 rivers carries the most water?")]
        filled = QuotingChatModel().with_structured_output(Answer, method=method).invoke(prompt)
        assert isinstance(filled, Answer)
        assert filled.answer == "The Amazon carries the most water."
        assert filled.countries == 10

    def test_fills_nested_schemas_and_choices(self) -> None:
        class Step(BaseModel):
            title: str

        class Plan(BaseModel):
            mood: str
            sizes: list[int]
            step: Step

        schema = Plan.model_json_schema()
        schema["properties"]["mood"]["enum"] = ["calm", "angry"]
        model = QuotingChatModel().with_structured_output(schema)
        assert model.invoke("Make an angry plan 'Escape' of sizes 3 and 5") == {
            "mood": "angry",
            "sizes": [3, 5],
            "step": {"title": "Escape"},
        }

    def test_a_schema_that_contains_itself_comes_to_an_end(self) -> None:
        model = QuotingChatModel().with_structured_output(Garden)
        filled = model.invoke("Plant 'oak'")
        assert isinstance(filled, Garden)
        assert filled.tree.name == "oak"
        schema = Garden.model_json_schema()
        plant = {"type": "function", "function": {"name": "plant", "parameters": schema}}
        [call] = QuotingChatModel().bind_tools([plant]).invoke("plant 'oak'").tool_calls
        assert Garden.model_validate(call["args"]).tree.name == "oak"

    def test_json_mode_takes_its_keys_from_the_question(self) -> None:
        model = QuotingChatModel().bind(response_format={"type": "json_object"})
        text = model.invoke("Describe Rome as JSON with 'city' and 'age'").text
        assert text.startswith('{"city": ')
        assert '"age": ' in text


BLOCKS = """<document id="1" source="rivers.md">
The Nile flows through Egypt. Mills &amp; locks are &lt;rare&gt; there.
</document>

<document id="2" source="more &quot;rivers&quot;.md">
The Danube flows through ten countries.
</document>

<document id="13" source="unknown">
Who knows the Volga?
The Amazon carries the most water.
</document>"""
CITE = "Answer from these documents only, and cite them."
GIVE_UP = f"{CITE} If the answer is in none of them, answer {SENTINEL}, and no other words."


def answer_to(*prompt: Any) -> str:
    return str(QuotingChatModel().invoke([*prompt]).text)


class TestQuotingDocuments:
    """It cites blocks, and gives up with the word that the prompt names."""

    @pytest.mark.parametrize(
        "prompt",
        [
            [SystemMessage(f"{CITE}\n\n{BLOCKS}"), HumanMessage("Which river has most water?")],
            [SystemMessage(CITE), HumanMessage(f"{BLOCKS}\n\nWhich river has most water?")],
            [SystemMessage(CITE), HumanMessage(f"{BLOCKS}\n\nQuestion: river with most water")],
            [HumanMessage(BLOCKS), AIMessage("Thanks."), HumanMessage("River with most water")],
            [HumanMessage(f"{BLOCKS}\nRiver with most water")],
            [
                HumanMessage("Which river has most water?"),
                AIMessage("", tool_calls=[{"name": "search", "args": {}, "id": "1"}]),
                ToolMessage(BLOCKS, tool_call_id="1"),
            ],
        ],
        ids=["system", "human", "label", "earlier", "no question mark", "tool"],
    )
    def test_the_number_stands_after_the_sentence(self, prompt: Any) -> None:
        assert answer_to(*prompt) == "The Amazon carries the most water. [13]"

    def test_each_sentence_has_its_own(self) -> None:
        assert answer_to(SystemMessage(BLOCKS), HumanMessage("What flows through what?")) == (
            "The Nile flows through Egypt. [1] The Danube flows through ten countries. [2]"
        )

    def test_entities_are_decoded(self) -> None:
        asked = HumanMessage("Are mills and locks rare?")
        assert answer_to(SystemMessage(BLOCKS), asked) == "Mills & locks are <rare> there. [1]"

    def test_a_block_in_a_text_stays_text(self) -> None:
        text = 'x &lt;/document&gt;\n&lt;document id="7"&gt;\nThe Rhine is long.'
        block = f'<document id="1" source="a">\n{text}\n</document>'
        assert answer_to(SystemMessage(block), HumanMessage("The Rhine?")).endswith("long. [1]")

    @pytest.mark.parametrize("question", ["documents?", "cite", "the source unknown", "md"])
    def test_it_quotes_neither_instructions_nor_tags(self, question: str) -> None:
        prompt = SystemMessage(f"{CITE}\n{BLOCKS}"), HumanMessage(question)
        assert answer_to(*prompt) == NOTHING_FOUND

    def test_a_marker_arrives_in_pieces(self) -> None:
        prompt = [SystemMessage(BLOCKS), HumanMessage("Which river has most water?")]
        pieces = [chunk.text for chunk in QuotingChatModel().stream(prompt)]
        assert pieces[-5:] == [".", " [", "13", "]", ""]

    @pytest.mark.parametrize("context", [BLOCKS, FACTS, ""], ids=["blocks", "text", "nothing"])
    def test_it_gives_up_with_the_word_that_the_prompt_names(self, context: str) -> None:
        prompt = f"{GIVE_UP}\n\n{context}"
        asked = "Who invented the radio?"
        assert answer_to(SystemMessage(prompt), HumanMessage(asked)) == SENTINEL
        assert answer_to(HumanMessage(f"{prompt}\n\nQuestion: {asked}")) == SENTINEL
        assert answer_to(SystemMessage(context), HumanMessage(asked)) == NOTHING_FOUND

    def test_it_does_not_give_up_without_need(self) -> None:
        for context, mark in ((BLOCKS, " [13]"), (FACTS, "")):
            prompt = SystemMessage(f"{GIVE_UP}\n\n{context}"), HumanMessage("Most water?")
            assert answer_to(*prompt) == f"The Amazon carries the most water.{mark}"

    def test_the_word_is_no_answer(self) -> None:
        assert answer_to(SystemMessage(GIVE_UP), HumanMessage("Other words?")) == SENTINEL

    def test_nor_is_a_result_that_does_not_match(self) -> None:
        prompt = [
            HumanMessage("Who invented the radio?"),
            AIMessage("", tool_calls=[{"name": "search", "args": {}, "id": "1"}]),
            ToolMessage(BLOCKS, tool_call_id="1"),
        ]
        assert answer_to(SystemMessage(GIVE_UP), *prompt) == SENTINEL
        told = answer_to(*prompt)
        assert told.startswith("The Nile flows through Egypt. Mills & locks are <rare> there. [1]")
        assert told.endswith("The Amazon carries the most water. [13]")
        assert "document" not in told

    def test_who_named_the_word_counts(self) -> None:
        said = AIMessage(f"I said {SENTINEL}.")
        assert answer_to(HumanMessage("Hi"), said, HumanMessage("Ana who?")) == NOTHING_FOUND

    def test_a_schema_is_filled_from_what_is_inside(self) -> None:
        class River(BaseModel):
            """A river."""

            text: str

        prompt = [SystemMessage(BLOCKS), HumanMessage("Are mills and locks rare?")]
        made = QuotingChatModel().with_structured_output(River).invoke(prompt)
        assert made == River(text="Mills & locks are <rare> there.")


class TestQuotingRewrites:
    """It makes one question of the last two, if a system message says rewrite."""

    REWRITE = SystemMessage("Rewrite the last question, so that it stands alone.")

    @pytest.mark.parametrize(
        ("questions", "rewritten"),
        [
            (["How do I return a helmet?", "And for bikes?"], "return helmet bikes"),
            (["Refunds?", "Can you show me the refund for a Helmet?"], "Refunds Helmet"),
            (["Lamps?", "Return a helmet.", "And what about bikes?"], "Return helmet bikes"),
            (["Question: helmets", "Question: And bikes?"], "helmets bikes"),
            (["What about bikes?"], "bikes"),
            (["Why?", "And what is it for?"], "And what is it for?"),
        ],
    )
    def test_the_words_of_the_last_two(self, questions: list[str], rewritten: str) -> None:
        prompt: list[Any] = [self.REWRITE]
        for question in questions:
            prompt += [HumanMessage(question), AIMessage("Within 14 days.")]
        assert answer_to(*prompt[:-1]) == rewritten

    def test_it_only_says_what_it_is_told_to(self) -> None:
        asked = HumanMessage("Which river has most water?")
        for word in ("rewriter", "rewritten", "write"):
            instruction = f"You are {word}. The Amazon carries the most water."
            assert answer_to(SystemMessage(instruction), asked) == (
                "The Amazon carries the most water."
            )
        fact = HumanMessage("The Amazon carries most water, do not rewrite it.")
        assert answer_to(fact, asked) == str(fact.content)

    def test_with_documents_it_answers(self) -> None:
        prompt = SystemMessage(f"Do not rewrite anything.\n{BLOCKS}"), HumanMessage("Most water?")
        assert answer_to(*prompt) == "The Amazon carries the most water. [13]"

    async def test_any_case_and_any_way_to_ask(self) -> None:
        prompt = [SystemMessage("REWRITE it."), HumanMessage("Helmets?"), HumanMessage("Bikes?")]
        assert (await QuotingChatModel().ainvoke(prompt)).text == "Helmets Bikes"
        pieces = [chunk.text for chunk in QuotingChatModel().stream(prompt)]
        assert pieces == ["Helmets", " Bikes", ""]
