"""Live demos of lesson 14. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function with the name of a task is the demo of that task. The
demos show the reference solution on models that play a script, in real time.
"""

import asyncio
import json
import time

from langchain_core.messages import ToolMessage
from langchain_core.tools import tool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from openai.types.chat import ChatCompletionChunk
from pydantic_ai import Agent
from pydantic_ai.models.function import DeltaToolCall, FunctionModel
from pydantic_ai.models.test import TestModel
from typing_extensions import TypedDict

from course import plots
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.clock import virtual_time
from course.fakes.script import Pause, Reply, ToolCall, ToolCallPiece
from course.fakes.sources import Source
from course.notebook import arrivals, open_lesson

reference = open_lesson("14").reference


def accumulate_tool_calls() -> None:
    """Two calls, written at the same time, by a server that repeats the id and begins to count
    at 1. Each line is a piece; below is what they make."""
    first = {"index": 1, "id": "call_a", "name": "search"}
    second = {"index": 2, "id": "call_b", "name": "search"}
    nothing = {"id": None, "name": None}
    deltas = [
        {**first, "args": ""},
        {**second, "args": '{"que'},
        {**first, "args": '{"query": "ref'},
        {**nothing, "index": 2, "args": 'ry": "parcels"}'},
        {**nothing, "index": 1, "args": 'unds"}'},
    ]
    for delta in deltas:
        print(delta)
    print()
    for call in reference.accumulate_tool_calls(deltas):
        print(call)


def finalize_tool_calls() -> None:
    """The model ran out of tokens in the middle of its second call. LangChain's own reading takes
    what has come of it for a valid call. The strict one does not."""
    model = ScriptedChatModel(
        replies=[
            Reply(
                ToolCallPiece('{"path": "notes.txt"}', name="read", id="call_1", index=0),
                ToolCallPiece('{"cmd": "rm -rf build', name="shell", id="call_2", index=1),
                finish_reason="length",
            )
        ]
    )
    first, *others = model.stream("Clean up.")
    for chunk in others:
        first += chunk
    print("LangChain:", [call["args"] for call in first.tool_calls], first.invalid_tool_calls)
    calls = reference.accumulate_tool_calls(first.tool_call_chunks)
    valid, invalid = reference.finalize_tool_calls(calls)
    print("valid:    ", [call["args"] for call in valid])
    print("invalid:  ", [(call["args"], call["error"]) for call in invalid])


def parse_partial() -> None:
    """A text grows, and with it the value. Numbers, words and keys wait until they are certain;
    nothing that was shown is taken back."""
    text = r'{"name": "Ann\u00e9", "age": 25, "member": true, "orders": [17, 4711]}'
    shown = None
    for length in range(len(text) + 1):
        value = reference.parse_partial(text[:length])
        if value != shown:
            print(f"{text[:length][-16:]:>16} │ {value}", flush=True)
            shown = value
            time.sleep(0.03)


def stream_json_items() -> None:
    """The model writes a report of four findings, and each one is there when it has closed. The
    whole text would have been there after the last line."""
    findings = [
        {"title": f"Finding {number}", "pages": [number, number + 1]} for number in range(4)
    ]
    reply = Reply.of(json.dumps({"report": {"findings": findings}}), pause=0.02)
    model = ScriptedChatModel(replies=[reply])
    tokens = (chunk.text for chunk in model.stream("What did you find?"))
    start = time.monotonic()
    for item in reference.stream_json_items(tokens, "findings"):
        print(f"{time.monotonic() - start:.1f} s", item, flush=True)


def when_each_finding_is_there() -> None:
    """### When each finding is there

    The same report, read in two ways: item by item, and with `json.loads` at the end. (Virtual
    time: it is the same each time.)
    """
    findings = [{"title": str(number), "text": "word " * 5 * number} for number in range(1, 6)]
    tokens = Source([i for letter in json.dumps(findings) for i in (Pause(0.02), letter)])
    with virtual_time():
        titles = (item["title"] for item in reference.stream_json_items(tokens))
        closing = arrivals(titles)
    at_the_end = [(closing[-1][0], "all")]
    rows = {"as they close": closing, "at the end": at_the_end}
    plots.arrivals_by_source(rows, "Five findings of one report")


def tool_progress() -> None:
    """Two calls of one tool, side by side. One of them fails."""
    events = [
        {"type": "tool_start", "id": "call_1", "name": "search"},
        {"type": "tool_arguments", "id": "call_1", "piece": '{"query": "refund'},
        {"type": "tool_start", "id": "call_2", "name": "search"},
        {"type": "tool_arguments", "id": "call_2", "piece": '{"query": "par'},
        {"type": "tool_arguments", "id": "call_1", "piece": ' rules", "limit": 5}'},
        {"type": "tool_arguments", "id": "call_2", "piece": 'cels"}'},
        {"type": "tool_error", "id": "call_2", "error": "TimeoutError"},
        {"type": "tool_end", "id": "call_1"},
    ]
    source = Source([item for event in events for item in (Pause(0.1), event)])
    for line in reference.tool_progress(source):
        print(line, flush=True)


async def run_tools() -> None:
    """Five calls, two at a time: one tool fails, one takes too long, one does not exist. Each call
    has its answer, in the order of the calls."""

    @tool
    async def search(query: str, seconds: float) -> str:
        """Search the documents."""
        await asyncio.sleep(seconds)
        if query == "broken":
            raise ConnectionError("no answer")
        return f"3 documents about {query}"

    wishes = [("refunds", 0.3), ("parcels", 0.1), ("broken", 0.1), ("everything", 60)]
    calls = [
        {"type": "tool_call", "id": f"call_{number}", "name": "search", "args": args}
        for number, (query, seconds) in enumerate(wishes)
        for args in [{"query": query, "seconds": seconds}]
    ]
    calls.append({"type": "tool_call", "id": "call_4", "name": "serch", "args": {}})
    start = time.monotonic()
    messages = await reference.run_tools(calls, {"search": search}, limit=2, timeout=0.5)
    for message in messages:
        print(message.tool_call_id, message.status, message.content)
    print(f"{time.monotonic() - start:.1f} s")


def an_example_of_a_tool() -> None:
    """### An example of a tool

    From 0 to 12 is no growth of 0 %: there is no percentage. And the result has the same keys in
    both cases, so that whoever reads it need not ask first.
    """

    def growth(previous: float, current: float) -> dict[str, float | None]:
        amount = current - previous
        return {"amount": amount, "percent": 100 * amount / previous if previous else None}

    for previous in (10, 0):
        print(previous, "to 12:", growth(previous, 12))


def in_the_openai_client() -> None:
    """### In the OpenAI client

    The pieces have another place and the same rules. A chunk may have no choices, and a delta no
    tool calls. (These chunks are made by hand; those of a server are of the same class.)
    """

    def sent(*choices, **known):
        fields = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
        return ChatCompletionChunk.model_validate({**fields, "choices": choices, **known})

    name = {"index": 0, "id": "call_1", "function": {"name": "growth", "arguments": ""}}
    arguments = [
        {"index": 0, "function": {"arguments": piece}}
        for piece in ('{"previous": 0, "cur', 'rent": 12}')
    ]
    usage = {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}
    chunks = [
        sent({"index": 0, "delta": {"content": "Let me see."}}),
        *[sent({"index": 0, "delta": {"tool_calls": [piece]}}) for piece in (name, *arguments)],
        sent(usage=usage),
    ]
    deltas = [
        {
            "index": piece.index,
            "id": piece.id,
            "name": piece.function.name,
            "args": piece.function.arguments,
        }
        for chunk in chunks
        for choice in chunk.choices
        for piece in choice.delta.tool_calls or []
    ]
    print(reference.accumulate_tool_calls(deltas))


async def in_pydantic_ai() -> None:
    """### In pydantic-ai

    A tool without a context is made with `tool_plain`, and its calls are watched with
    `run_stream_events`. The test model calls it with arguments that fit.
    """
    agent = Agent(TestModel(custom_output_text="Nothing to compare with."))

    @agent.tool_plain
    async def growth(previous: float, current: float) -> dict[str, float | None]:
        """How much a figure has grown, absolutely and in percent."""
        amount = current - previous
        return {"amount": amount, "percent": 100 * amount / previous if previous else None}

    async with agent.run_stream_events("How did sales grow?") as events:
        async for event in events:
            match event.event_kind:
                case "function_tool_call":
                    print(f"{event.part.tool_name}: started")
                case "function_tool_result":
                    print(f"{event.part.tool_name}: {event.part.content}")
                case "part_delta":
                    print(event.delta.content_delta, end="")


async def a_report_that_grows() -> None:
    """### A report that grows

    Structured output in pydantic-ai: each line is a snapshot of the same object, read with a
    partial parser. The last one was validated strictly.
    """

    class Report(TypedDict, total=False):
        title: str
        points: list[str]

    async def write(messages, info):
        name = info.output_tools[0].name
        for piece in ('{"title": "Sa', 'les", "points": ["up', ' 50 %", "no', ' returns"]}'):
            await asyncio.sleep(0.1)
            yield {0: DeltaToolCall(name, piece, tool_call_id="call_1")}
            name = None

    agent = Agent(FunctionModel(stream_function=write), output_type=Report)
    async with agent.run_stream("Report.") as run:
        async for report in run.stream_output(debounce_by=None):
            print(report, flush=True)


async def in_langgraph() -> None:
    """### In LangGraph

    `stream_mode="messages"` hands out the pieces of the calls, then the results. Both calls run at
    the same time: 0.3 seconds, not 0.6.
    """

    @tool
    async def growth(previous: float, current: float) -> dict[str, float | None]:
        """How much a figure has grown, absolutely and in percent."""
        await asyncio.sleep(0.3)
        amount = current - previous
        return {"amount": amount, "percent": 100 * amount / previous if previous else None}

    wishes = [ToolCall("growth", {"previous": before, "current": 12}) for before in (0, 10)]
    model = ScriptedChatModel(replies=[Reply(*wishes)])

    async def ask(state: MessagesState):
        return {"messages": [await model.ainvoke(state["messages"])]}

    graph = StateGraph(MessagesState).add_node("model", ask).add_node("tools", ToolNode([growth]))
    graph = graph.add_edge(START, "model").add_edge("model", "tools").compile()
    async for message, _ in graph.astream({"messages": ["Hi"]}, stream_mode="messages"):
        if isinstance(message, ToolMessage):
            print(f"\n{message.tool_call_id}: {message.content}", end="", flush=True)
        else:
            print("".join(piece["args"] or " " for piece in message.tool_call_chunks), end="")
    print()
