"""What the prompt of lesson 14 offers: `make play-14`.

Every name here can be used there. TRY has a line for each task.
"""

import asyncio

from langchain_core.tools import tool

from course.fakes import script
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.stage import tokens

caller = ScriptedChatModel(
    replies={
        "": script.Reply(
            script.ToolCall("weather", {"city": "Rome"}),
            script.ToolCall("weather", {"city": "Oslo"}),
        )
    }
)


@tool
async def weather(city: str) -> str:
    """Say what the weather is like."""
    await asyncio.sleep(0.5)
    return f"It is warm in {city}."


def deltas():
    """The pieces of two calls, as they come from `caller`."""
    return [piece for chunk in caller.stream("Hot?") for piece in chunk.tool_call_chunks]


WHOLE = {"id": "a", "name": "weather", "args": '{"city": "Rome"}'}
CUT = {"id": "b", "name": "weather", "args": '{"city": "Os'}
CALLS = [
    {"type": "tool_call", "id": "a", "name": "weather", "args": {"city": "Rome"}},
    {"type": "tool_call", "id": "b", "name": "weather", "args": {"city": "Oslo"}},
]
EVENTS = [
    {"type": "tool_start", "id": "a", "name": "weather"},
    {"type": "tool_arguments", "id": "a", "piece": '{"city": "Ro'},
    {"type": "tool_arguments", "id": "a", "piece": 'me"}'},
    {"type": "tool_end", "id": "a"},
]
REPORT = '[{"city": "Rome", "warm": true}, {"city": "Oslo", "warm": false}]'

TRY = {
    "accumulate_tool_calls": "accumulate_tool_calls(deltas())",
    "finalize_tool_calls": "finalize_tool_calls([WHOLE, CUT])",
    "parse_partial": """parse_partial('{"city": "Ro')""",
    "stream_json_items": "show(stream_json_items(tokens(REPORT)))",
    "tool_progress": "show(tool_progress(EVENTS))",
    "run_tools": 'await run_tools(CALLS, {"weather": weather})',
}
