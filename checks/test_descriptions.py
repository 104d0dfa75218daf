"""How a call and its values are shown to learners: as one would write them, in short."""

from __future__ import annotations

from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.messages.tool import invalid_tool_call, tool_call, tool_call_chunk
from langchain_core.tools import tool

from course.grade.describe import describe, describe_call


@tool
def search(words: str) -> str:
    """Search for words."""
    return words


class TestMessages:
    def test_a_text_is_all_there_is_to_show(self) -> None:
        assert describe([HumanMessage("Hi"), AIMessage("")]) == (
            "[HumanMessage(content='Hi'), AIMessage(content='')]"
        )

    def test_calls_show_their_names_and_ids(self) -> None:
        broken = invalid_tool_call(name="count", args='{"q', id="b", error=None)
        whole = tool_call(name="search", args={}, id="a")
        message = AIMessage("", tool_calls=[whole], invalid_tool_calls=[broken])
        assert describe(message) == (
            "AIMessage(tool_calls=[search id=a], invalid_tool_calls=[count id=b args='{\"q'])"
        )

    def test_a_result_shows_its_call_and_whether_it_failed(self) -> None:
        assert describe(ToolMessage("4", tool_call_id="a")) == (
            "ToolMessage(content='4', tool_call_id='a')"
        )
        assert describe(ToolMessage("4", tool_call_id="a", status="error")) == (
            "ToolMessage(content='4', tool_call_id='a', status='error')"
        )

    def test_a_chunk_shows_pieces_of_calls_and_not_what_is_guessed_from_them(self) -> None:
        pieces = [tool_call_chunk(name="search", args="{}", id="a", index=0)]
        chunk = AIMessageChunk(
            content="", tool_call_chunks=[*pieces, tool_call_chunk(args="1}", index=1)]
        )
        assert chunk.tool_calls
        assert describe(chunk) == (
            "AIMessageChunk(tool_call_chunks=[search id=a args='{}' index=0, args='1}' index=1])"
        )

    def test_metadata_and_usage_are_shown_where_there_are_some(self) -> None:
        chunk = AIMessageChunk(
            content="Hi",
            response_metadata={"finish_reason": "stop", "model_name": None},
            usage_metadata={"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
        )
        assert describe(chunk) == (
            "AIMessageChunk(content='Hi', finish_reason='stop', model_name=None, usage=1+2)"
        )
        assert describe(AIMessageChunk(content="Hi")) == "AIMessageChunk(content='Hi')"


def test_a_tool_is_shown_by_its_name() -> None:
    assert describe_call("run", ({"search": search},), {}) == "run({'search': search})"
