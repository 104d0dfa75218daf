"""Lesson 14 against the libraries: the same on many generated inputs, but for known deviations.

Each deviation has a test of its own. When one of these fails, a library has changed: then the
lesson's "What Surprises People" has to change as well.
"""

from __future__ import annotations

import functools
import json
import random
import re
import runpy
from collections.abc import Iterator
from typing import Any

import jiter
import pytest
from langchain_core.language_models._compat_bridge import finalize_tool_call_chunk
from langchain_core.messages import AIMessageChunk, ToolCallChunk
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.utils.json import parse_partial_json
from openai.lib.streaming._deltas import accumulate_delta

from course import catalog

SEEDS = range(60)
LETTERS = 'ab"\\/{}[]:, \n\té👋\u2028'
NUMBERS = (0, -7, 12, 4711, 12.5, -0.25, 2e-7, 1e30)

reference = runpy.run_path(str(catalog.find("14").solution))
read_jiter = functools.partial(jiter.from_json, partial_mode="trailing-strings")


def some_text(choose: random.Random) -> str:
    return "".join(choose.choice(LETTERS) for _ in range(choose.randrange(9)))


def some_json(choose: random.Random, depth: int = 0) -> Any:
    """A list or an object, and inside of it anything."""
    kind = choose.choice("[{" if depth == 0 else "[{tt#c" if depth < 4 else "t#c")
    match kind:
        case "[":
            return [some_json(choose, depth + 1) for _ in range(choose.randrange(4))]
        case "{":
            keys = {f"{some_text(choose)}{n}" for n in range(choose.randrange(4))}
            return {key: some_json(choose, depth + 1) for key in sorted(keys)}
        case "#":
            return choose.choice(NUMBERS)
        case "c":
            return choose.choice([True, False, None])
    return some_text(choose)


def written(seed: int) -> str:
    """JSON in one of the ways in which it is written."""
    choose = random.Random(seed)
    value = some_json(choose)
    escaped, indent = choose.random() < 0.5, choose.choice([None, 1])
    return json.dumps(value, ensure_ascii=escaped, indent=indent)


def grown(before: Any, now: Any) -> bool:
    """Whether `now` is `before` with more at its end."""
    if isinstance(before, str) and isinstance(now, str):
        return now.startswith(before)
    if isinstance(before, list) and isinstance(now, list):
        return len(before) <= len(now) and all(map(grown, before, now))
    if isinstance(before, dict) and isinstance(now, dict):
        return all(key in now and grown(value, now[key]) for key, value in before.items())
    return type(before) is type(now) and before == now


@pytest.mark.parametrize("seed", SEEDS)
class TestParsePartial:
    def test_a_whole_text_is_that_of_json_and_of_jiter(self, seed: int) -> None:
        text = written(seed)
        assert reference["parse_partial"](text) == json.loads(text) == read_jiter(text.encode())

    def test_nothing_is_taken_back_on_any_prefix(self, seed: int) -> None:
        text, before = written(seed), None
        for length in range(len(text) + 1):
            now = reference["parse_partial"](text[:length])
            assert before is None or grown(before, now), text[:length]
            before = now

    def test_prefixes_are_those_of_jiter_but_for_numbers(self, seed: int) -> None:
        text = written(seed)
        compared = 0
        for length in range(1, len(text) + 1):
            if not ends_in_a_number(text[:length]):
                ours = reference["parse_partial"](text[:length])
                assert ours == read_jiter(text[:length].encode()), text[:length]
                compared += 1
        assert compared

    def test_prefixes_are_those_of_langchain_but_for_numbers_and_escapes(self, seed: int) -> None:
        text = written(seed)
        compared = 0
        for length in range(1, len(text) + 1):
            half = re.search(r"\\(u[0-9a-f]{0,3}|ud[89ab]..\\?(u.{0,3})?)?$", text[:length])
            if not ends_in_a_number(text[:length]) and not half:
                ours = reference["parse_partial"](text[:length])
                assert ours == parse_partial_json(text[:length]), text[:length]
                compared += 1
        assert compared


def ends_in_a_number(text: str) -> bool:
    """Whether the last token may be a number that goes on."""
    *_, last = reference["TOKEN"].finditer(text)
    return (
        bool(last["word"])
        and last["word"] not in reference["LITERALS"]
        and (last.end() == len(text))
    )


class TestDeviationsOfOtherPartialParsers:
    @pytest.mark.parametrize("read", [read_jiter, parse_partial_json])
    def test_they_show_numbers_that_grow(self, read: Any) -> None:
        shown = [read(text) for text in _bytes_or_text(read, '[{"a": 2', '[{"a": 25', '[{"a": 25,')]
        assert shown == [[{"a": 2}], [{"a": 25}], [{"a": 25}]]
        assert reference["parse_partial"]('[{"a": 25') == [{}]

    def test_jiter_takes_a_number_back(self) -> None:
        assert [read_jiter(text) for text in (b"[2", b"[2.", b"[2.5")] == [[2], [], [2.5]]

    @pytest.mark.parametrize("text", ["", " ", "t"])
    def test_jiter_has_no_value_for_nothing_yet(self, text: str) -> None:
        with pytest.raises(ValueError, match="EOF"):
            read_jiter(text.encode())
        assert reference["parse_partial"](text) is None

    def test_jiter_drops_open_strings_unless_it_is_told_not_to(self) -> None:
        assert jiter.from_json(b'{"a": "b', partial_mode="on") == {}

    def test_langchain_loses_what_it_has_shown_at_half_an_escape(self) -> None:
        texts = ('{"a": "x', r'{"a": "x\u0', r'{"a": "x\u00e9')
        assert [parse_partial_json(text) for text in texts] == [{"a": "x"}, {}, {"a": "xé"}]

    def test_langchain_shows_half_a_character(self) -> None:
        assert parse_partial_json(r'["\ud83d') == ["\ud83d"]
        assert reference["parse_partial"](r'["\ud83d') == [""]

    def test_langchain_shows_the_beginning_of_what_is_no_json(self) -> None:
        assert parse_partial_json('{"a" 1') == {}
        with pytest.raises(ValueError, match="cannot stand"):
            reference["parse_partial"]('{"a" 1')


def _bytes_or_text(read: Any, *texts: str) -> list[Any]:
    return [text.encode() if read is read_jiter else text for text in texts]


def well_behaved(seed: int) -> Iterator[ToolCallChunk]:
    """Pieces of some calls: an index in each, id and name once, the calls mixed."""
    choose = random.Random(seed)
    left: dict[int, list[str]] = {}
    for index in range(choose.randrange(1, 5)):
        text = json.dumps({some_text(choose): some_json(choose)})
        cuts = sorted(choose.sample(range(len(text)), k=min(3, len(text))))
        left[index] = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    for index in left:
        yield tool_call_chunk(name=f"tool_{index}", args="", id=f"call_{index}", index=index)
    while any(left.values()):
        index = choose.choice([index for index, pieces in left.items() if pieces])
        yield tool_call_chunk(args=left[index].pop(0), index=index)


def added(deltas: list[ToolCallChunk]) -> list[dict[str, Any]]:
    """What LangChain makes of the pieces."""
    total = AIMessageChunk(content="")
    for delta in deltas:
        total += AIMessageChunk(content="", tool_call_chunks=[delta])
    return [
        {key: chunk[key] or "" for key in ("id", "name", "args")}
        for chunk in total.tool_call_chunks
    ]


def accumulated(deltas: list[ToolCallChunk]) -> list[dict[str, Any]]:
    """What the OpenAI client makes of the pieces."""
    total: dict[object, object] = {}
    for delta in deltas:
        function = {"name": delta["name"] or "", "arguments": delta["args"] or ""}
        known: dict[object, object] = {"index": delta["index"], "function": function}
        if delta["id"]:
            known["id"] = delta["id"]
        total = accumulate_delta(total, {"tool_calls": [known]})
    calls: Any = total["tool_calls"]
    return [
        {
            "id": call.get("id", ""),
            "name": call["function"]["name"],
            "args": call["function"]["arguments"],
        }
        for call in calls
    ]


class TestAccumulateToolCalls:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_well_behaved_pieces_are_added_as_in_langchain_and_openai(self, seed: int) -> None:
        deltas = list(well_behaved(seed))
        calls = reference["accumulate_tool_calls"](deltas)
        assert calls
        assert calls == added(deltas) == accumulated(deltas)

    def test_both_join_a_name_that_comes_again(self) -> None:
        delta = tool_call_chunk(name="f", args="", id="a", index=0)
        assert added([delta, delta])[0]["name"] == "ff"
        assert accumulated([delta, delta])[0] == {"id": "aa", "name": "ff", "args": ""}
        assert reference["accumulate_tool_calls"]([delta, delta])[0]["name"] == "f"

    def test_langchain_never_joins_pieces_without_an_index(self) -> None:
        deltas = [tool_call_chunk(name="f", args="{", id="a"), tool_call_chunk(args="}", id="a")]
        assert [call["args"] for call in added(deltas)] == ["{", "}"]
        assert [call["args"] for call in reference["accumulate_tool_calls"](deltas)] == ["{}"]

    def test_langchain_adds_to_the_older_call_after_the_id_has_changed(self) -> None:
        deltas = [tool_call_chunk(name="f", args="", id=id_, index=0) for id_ in ("a", "b")]
        deltas.append(tool_call_chunk(args="{}", index=0))
        assert [call["args"] for call in added(deltas)] == ["{}", ""]
        assert [call["args"] for call in reference["accumulate_tool_calls"](deltas)] == ["", "{}"]

    def test_a_name_in_two_pieces_is_joined_as_in_both(self) -> None:
        deltas = [tool_call_chunk(name="get_", args="", id="a", index=0)]
        deltas.append(tool_call_chunk(name="weather", args="{}", index=0))
        calls = reference["accumulate_tool_calls"](deltas)
        assert calls == [{"id": "a", "name": "get_weather", "args": "{}"}]
        assert calls == added(deltas) == accumulated(deltas)

    def test_langchain_takes_null_for_the_id_of_another_call(self) -> None:
        deltas = [tool_call_chunk(name="f", args="", id="a", index=0)]
        deltas.append(tool_call_chunk(args="{}", id="null", index=0))
        assert [call["id"] for call in added(deltas)] == ["a", "null"]
        assert accumulated(deltas)[0]["id"] == "anull"
        assert reference["accumulate_tool_calls"](deltas)[0]["args"] == "{}"

    def test_langchain_refuses_arguments_that_are_a_dict(self) -> None:
        delta: Any = {"index": 0, "id": "a", "name": "f", "args": {"a": None}}
        with pytest.raises(ValueError, match="valid string"):
            added([delta])
        assert reference["accumulate_tool_calls"]([delta])[0]["args"] == '{"a": null}'

    def test_openai_takes_the_index_for_a_place(self) -> None:
        deltas = [tool_call_chunk(name="f", id="a", index=1), tool_call_chunk(args="{}", index=1)]
        assert len(accumulated(deltas)) == 2
        assert len(reference["accumulate_tool_calls"](deltas)) == 1


def finalized(text: str) -> bool:
    """Whether the reference takes the text for the arguments of a valid call."""
    valid, _ = reference["finalize_tool_calls"]([{"id": "a", "name": "f", "args": text}])
    return bool(valid)


def bridged(text: str) -> bool:
    """Whether LangChain's new streaming protocol does."""
    block = finalize_tool_call_chunk(
        raw_args=text, id_="a", name="f", extras={}, finalized_type="tool_call"
    )
    return block["type"] == "tool_call"


class TestFinalizeToolCalls:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_objects_and_their_beginnings_are_judged_as_in_langchain(self, seed: int) -> None:
        text = json.dumps({"a": some_json(random.Random(seed))})
        for length in range(len(text) + 1):
            assert finalized(text[:length]) == bridged(text[:length]) == (length in (0, len(text)))

    @pytest.mark.parametrize("text", ["[1]", "17", "null"])
    def test_langchain_takes_json_that_is_no_object(self, text: str) -> None:
        assert bridged(text)
        assert not finalized(text)

    def test_langchain_fails_on_a_number_of_many_digits(self) -> None:
        text = '{"a": ' + "7" * 10_000 + "}"
        with pytest.raises(ValueError, match="digits"):
            bridged(text)
        assert not finalized(text)

    def test_adding_chunks_takes_a_call_that_was_cut_off(self) -> None:
        cut = tool_call_chunk(name="shell", args='{"cmd": "rm -rf build', id="a", index=0)
        chunk = AIMessageChunk(content="", tool_call_chunks=[cut], chunk_position="last")
        assert [call["args"] for call in chunk.tool_calls] == [{"cmd": "rm -rf build"}]
        assert chunk.invalid_tool_calls == []
        assert not finalized('{"cmd": "rm -rf build')


@pytest.mark.parametrize("seed", SEEDS)
def test_items_are_those_of_json(seed: int) -> None:
    choose = random.Random(seed)
    items = [{"item": some_json(choose), "text": some_text(choose)} for _ in range(4)]
    text = json.dumps({"before": some_text(choose), "items": items, "after": some_text(choose)})
    size = choose.randrange(1, 9)
    tokens = [text[start : start + size] for start in range(0, len(text), size)]
    assert list(reference["stream_json_items"](tokens, "items")) == json.loads(text)["items"]
