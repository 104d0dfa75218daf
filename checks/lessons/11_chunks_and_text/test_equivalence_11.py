"""Lesson 11 does what the libraries do, and differs from them only where it says so.

`add_ai_message_chunks` is LangChain's own merge. `merge_chunks` is compared with it on generated
chunks; the known deviations are tested one by one in `TestDeviations`. For text, the standard
library is the judge: bytes and halves are cut at every place.
"""

from __future__ import annotations

import codecs
import json
import random
from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, message_chunk_to_message
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.messages.tool import tool_call_chunk

from course import catalog
from course.fakes.nesting import refused_depth
from course.lesson.variants import right_answers

LESSON = catalog.find("11")
TEXT = "aé€👋ü"
BYTES = [
    TEXT.encode(),
    b"a\xff\xc3b\x80",
    b"\xf0\x9f\x91\xf0\x9f\x91\x8b",
    b"\xed\xa0\x80\xe2\x82",
    b"\xc0\xaf\xe0\x80\x80\xf4\x90\x80\x80",
    b"\xef\xbb\xbfBOM \xf8\xfe",
]
HALVES = ["\ud83d", "\udc4b", "👋", "x", "é"]


def answers_to(task: str) -> list[Any]:
    """The reference and all alternatives of one task."""
    return [pytest.param(one, id=name) for name, one in right_answers(LESSON, task)]


def cuts(whole: Any, most: int = 2) -> Iterator[list[Any]]:
    """Cut text or bytes at every place, and at every two places."""
    for count in range(most + 1):
        for places in combinations(range(len(whole) + 1), count):
            yield [whole[a:b] for a, b in pairwise([0, *places, len(whole)])]
    yield [whole[place : place + 1] for place in range(len(whole))]


# Bytes and halves


@pytest.mark.parametrize("decode_utf8", answers_to("decode_utf8"))
class TestDecodeUtf8:
    @pytest.mark.parametrize("whole", BYTES, ids=ascii)
    def test_the_text_is_that_of_the_whole(self, decode_utf8: Any, whole: bytes) -> None:
        for byte_chunks in cuts(whole):
            got = "".join(decode_utf8(byte_chunks))
            assert got == whole.decode("utf-8", errors="replace"), byte_chunks

    def test_good_text_comes_as_from_the_incremental_decoder(self, decode_utf8: Any) -> None:
        for byte_chunks in cuts(TEXT.encode()):
            decoder = codecs.getincrementaldecoder("utf-8")("replace")
            pieces = [decoder.decode(chunk) for chunk in byte_chunks]
            assert list(decode_utf8(byte_chunks)) == [piece for piece in pieces if piece]

    def test_any_bytes(self, decode_utf8: Any) -> None:
        some = random.Random(11)
        for _ in range(300):
            whole = bytes(some.choices(b"a\x80\xa0\xbf\xc3\xe0\xed\xef\xf0\xf4\xff\x9f", k=9))
            place = some.randrange(9)
            got = "".join(decode_utf8([whole[:place], whole[place:]]))
            assert got == whole.decode("utf-8", errors="replace")


@pytest.mark.parametrize("join_surrogates", answers_to("join_surrogates"))
class TestJoinSurrogates:
    def test_it_is_the_round_trip_through_utf_16(self, join_surrogates: Any) -> None:
        some = random.Random(11)
        for _ in range(40):
            whole = "".join(some.choices(HALVES, k=6))
            wanted = whole.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            for tokens in cuts(whole):
                assert "".join(join_surrogates(tokens)) == wanted, tokens

    def test_good_text_stays(self, join_surrogates: Any) -> None:
        for tokens in cuts(TEXT):
            assert list(join_surrogates(tokens)) == [token for token in tokens if token]


@pytest.mark.parametrize("chunk_text", answers_to("chunk_text"))
def test_the_text_of_a_chunk_is_that_of_langchain(chunk_text: Any) -> None:
    some = random.Random(11)
    blocks: list[Any] = [
        {"type": "text", "text": "Hel"},
        {"type": "text", "text": ""},
        {"type": "text", "text": None},
        {"type": "text"},
        {"type": "reasoning", "reasoning": "Hm", "text": "Hm"},
        {"type": "image", "base64": ""},
        "lo ",
    ]
    for _ in range(200):
        chunk = AIMessageChunk(content=some.choices(blocks, k=some.randrange(5)))
        assert chunk_text(chunk) == chunk.text


# Merging


def generated(some: random.Random) -> list[AIMessageChunk]:
    """The chunks of an answer in which LangChain's merge and ours agree.

    Words are reported once, usage is a share, and all tool calls are whole.
    """
    fields: list[dict[str, Any]] = []
    blocks = some.random() < 0.4
    for _ in range(some.randrange(1, 6)):
        text = some.choice(["Hel", "lo ", "", "\n", "👋"])
        block = {"type": "text", "text": text, "index": some.randrange(2)}
        fields.append({"content": [block] if blocks else text})
    for index in range(some.randrange(3)):
        args = some.choice(['{"for": "tea", "n": [1, 2]}', "{}", "", '{"a": {"b": null}}'])
        place = some.randrange(len(args) + 1)
        pieces = [
            tool_call_chunk(name="search", args=args[:place], id=f"call-{index}", index=index),
            tool_call_chunk(args=args[place:], index=index),
        ]
        fields += [{"content": [] if blocks else "", "tool_call_chunks": [p]} for p in pieces]
    for number in range(some.randrange(3)):
        used = {"input_tokens": number, "output_tokens": 2, "total_tokens": number + 2}
        some.choice(fields)["usage_metadata"] = used
    some.choice(fields)["response_metadata"] = {"finish_reason": "stop", "seed": 7}
    some.choice(fields)["additional_kwargs"] = {"note": "x"}
    name = some.choice([None, "msg-1", "lc_run--1"])
    return [AIMessageChunk(id=name, **one) for one in fields]


@pytest.mark.parametrize("merge_chunks", answers_to("merge_chunks"))
class TestMergeChunks:
    def test_it_is_the_message_that_langchain_makes(self, merge_chunks: Any) -> None:
        some = random.Random(11)
        calls = 0
        for _ in range(300):
            chunks = generated(some)
            wanted = message_chunk_to_message(add_ai_message_chunks(*chunks))
            got = merge_chunks(chunks)
            assert got == wanted
            calls += len(got.tool_calls)
        assert calls > 100

    def test_one_merge_of_all_is_as_good_as_one_after_the_other(self, merge_chunks: Any) -> None:
        some = random.Random(12)
        for _ in range(100):
            chunks = generated(some)
            merged = chunks[0]
            for chunk in chunks[1:]:
                merged += chunk
            assert merge_chunks(chunks) == message_chunk_to_message(merged)


MergeChunks = Callable[..., AIMessage]


def theirs(chunks: list[AIMessageChunk]) -> AIMessage:
    message = message_chunk_to_message(add_ai_message_chunks(*chunks))
    assert isinstance(message, AIMessage)
    return message


@pytest.mark.parametrize("merge_chunks", answers_to("merge_chunks"))
class TestDeviations:
    """Both sides of each difference between `merge_chunks` and LangChain's merge."""

    def test_stopstop(self, merge_chunks: MergeChunks) -> None:
        chunks = [AIMessageChunk(content="", response_metadata={"finish_reason": "stop"})] * 2
        assert theirs(chunks).response_metadata == {"finish_reason": "stopstop"}
        assert merge_chunks(chunks).response_metadata == {"finish_reason": "stop"}

    def test_usage_that_grows(self, merge_chunks: MergeChunks) -> None:
        reports: list[Any] = [
            {"input_tokens": 5, "output_tokens": written, "total_tokens": 5 + written}
            for written in (1, 2)
        ]
        chunks = [AIMessageChunk(content="", usage_metadata=report) for report in reports]
        summed = theirs(chunks).usage_metadata
        assert summed is not None
        assert summed["total_tokens"] == 13
        assert merge_chunks(chunks).usage_metadata == summed
        assert merge_chunks(chunks, usage="last").usage_metadata == reports[-1]

    @pytest.mark.parametrize("args", ['{"target": "a", "dry_r', '{"a": 1', '{"a": "x', "{"])
    def test_half_a_tool_call(self, merge_chunks: MergeChunks, args: str) -> None:
        piece = tool_call_chunk(name="delete", args=args, id="call-1", index=0)
        chunks = [AIMessageChunk(content="", tool_call_chunks=[piece])]
        assert len(theirs(chunks).tool_calls) == 1
        assert theirs(chunks).invalid_tool_calls == []
        got = merge_chunks(chunks)
        assert got.tool_calls == []
        assert [call["args"] for call in got.invalid_tool_calls] == [args]

    def test_arguments_with_a_raw_line_break(self, merge_chunks: MergeChunks) -> None:
        """LangChain reads JSON with strict=False; a raw line break in a string passes there."""
        piece = tool_call_chunk(name="say", args='{"a": "x\ny"}', id="call-1", index=0)
        chunks = [AIMessageChunk(content="", tool_call_chunks=[piece])]
        assert theirs(chunks).tool_calls[0]["args"] == {"a": "x\ny"}
        assert merge_chunks(chunks).tool_calls == []

    def test_arguments_that_are_nested_very_deep(self, merge_chunks: MergeChunks) -> None:
        args = '{"a":' * refused_depth() + "1" + "}" * refused_depth()
        with pytest.raises(RecursionError):
            json.loads(args)
        piece = tool_call_chunk(name="say", args=args, id="call-1", index=0)
        got = merge_chunks([AIMessageChunk(content="", tool_call_chunks=[piece])])
        assert got.tool_calls == []
        assert [call["args"] for call in got.invalid_tool_calls] == [args]

    def test_no_chunks(self, merge_chunks: MergeChunks) -> None:
        with pytest.raises(TypeError):
            add_ai_message_chunks()  # type: ignore[call-arg]
        with pytest.raises(ValueError, match=r"."):
            merge_chunks([])
