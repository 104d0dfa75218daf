"""Live demos of lesson 14. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function named after a task is the demo of that task. The demos
show the reference solution on models that play a script, in real time.
"""

import asyncio
import json
import time

from langchain_core.messages import (
    AIMessage,
    HumanMessage,
    ToolMessage,
    convert_to_openai_messages,
)
from langchain_core.tools import tool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from openai import AsyncOpenAI
from pydantic_ai import Agent, RunContext
from pydantic_ai.messages import ModelResponse
from pydantic_ai.models.function import DeltaToolCall, FunctionModel
from typing_extensions import TypedDict

from course import plots
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.clock import virtual_time
from course.fakes.openai.server import LocalServer
from course.fakes.script import Pause, Reply, ToolCall, ToolCallPiece
from course.fakes.sources import Source
from course.notebook import arrivals, open_lesson

reference = open_lesson("14").reference


def accumulate_tool_calls() -> None:
    """Two calls, written at the same time, by a server that repeats the id and starts counting
    at 1. Each line is a piece; the calls that they form are below."""
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
    """The model ran out of tokens in the middle of its second call. LangChain's own parsing takes
    what has arrived of it for a valid call. The strict one does not."""
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
    """A text grows, and the value grows with it. Numbers, words and keys wait until they are
    certain; nothing that was shown is taken back."""
    text = r'{"name": "Ann\u00e9", "age": 25, "member": true, "orders": [17, 4711]}'
    shown = None
    for length in range(len(text) + 1):
        value = reference.parse_partial(text[:length])
        if value != shown:
            print(f"{text[:length][-16:]:>16} │ {value}", flush=True)
            shown = value
            time.sleep(0.03)


def stream_json_items() -> None:
    """The model writes a report of four findings, and each one is available once it has closed.
    The whole text would have been available only after the last line."""
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

    The same report, read in two ways: item by item, and with `json.loads` at the end. (The time is
    virtual, so it is the same on each run.)
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
    gets its answer, in the order of the calls."""

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


async def a_task_of_several_turns() -> None:
    """### A complex task: several tools, several turns

    In the first turn the model makes two calls, which run at the same time. The next turn needs
    their results. The last turn is the answer, token by token. Many examples promise this and show
    `asyncio.gather(*tool_calls)`, but a call is data and cannot be awaited. Here is the whole loop.
    The number of turns is limited, and each call is answered, even an invalid one.
    """

    @tool
    async def weather(city: str) -> str:
        """Say what the weather in a city is."""
        await asyncio.sleep(0.3)
        return {"Basel": "rain", "Bern": "sun"}[city]

    @tool
    async def train(city: str) -> str:
        """Say when the next train to a city leaves."""
        await asyncio.sleep(0.3)
        return "9:04"

    looks = Reply("Weather?", *(ToolCall("weather", {"city": city}) for city in ("Basel", "Bern")))
    end = Reply.of("Go to Bern: the sun shines, and the train leaves at 9:04.", pause=0.04)
    model = ScriptedChatModel(replies=[looks, Reply(ToolCall("train", {"city": "Bern"})), end])
    model, messages = model.bind_tools([weather, train]), [HumanMessage("Plan a day out.")]
    for turn in range(1, 6):
        print(f"turn {turn}: ", end="")
        text, deltas = "", []
        async for chunk in model.astream(messages):
            print(chunk.text, end="", flush=True)
            text += chunk.text
            deltas += chunk.tool_call_chunks
        calls, invalid = reference.finalize_tool_calls(reference.accumulate_tool_calls(deltas))
        print("", *[f"{call['name']}({call['args']['city']})" for call in calls])
        results = await reference.run_tools(calls, {"weather": weather, "train": train})
        results += [ToolMessage(c["error"], tool_call_id=c["id"], status="error") for c in invalid]
        messages += [AIMessage(text, tool_calls=calls, invalid_tool_calls=invalid), *results]
        if not results:
            break
        print("   results:", [result.content for result in results], flush=True)


def an_example_of_a_tool() -> None:
    """### An example of a tool

    Going from 0 to 12 is not a growth of 0 %: there is no percentage. And the result has the same
    keys in both cases, so code that reads it does not have to check first.
    """

    def growth(previous: float, current: float) -> dict[str, float | None]:
        amount = current - previous
        return {"amount": amount, "percent": 100 * amount / previous if previous else None}

    for previous in (10, 0):
        print(previous, "to 12:", growth(previous, 12))


async def in_the_openai_client() -> None:
    """### In the OpenAI client

    A question, a tool, and the answer as a stream, from a local server. The pieces are in a
    different place and follow the same rules. Many examples leave out how the pieces are put
    together, and take `choices[0]`. But a chunk may have no choices, like the last one here, and a
    delta may have no tool calls.
    """

    @tool
    async def stock(item: str) -> str:
        """Say how many are left."""
        return "three"

    call = Reply("Let me see.", ToolCall("stock", {"item": "lamp"}))
    model = ScriptedChatModel(replies=[call, Reply.of("Three lamps are left.", pause=0.1)])
    options = {"model": "shop", "stream": True, "stream_options": {"include_usage": True}}
    options["tools"] = [convert_to_openai_tool(stock)]
    messages = [HumanMessage("Any lamps?")]
    with LocalServer({"shop": model}) as server:
        for _ in range(2):
            text, pieces = "", []
            client = AsyncOpenAI(base_url=server.url, api_key="not-needed-here")
            sent = convert_to_openai_messages(messages)
            request = client.chat.completions.create(messages=sent, **options)
            async with client, await request as stream:
                async for chunk in stream:
                    for delta in (choice.delta for choice in chunk.choices):
                        print(delta.content or "", end="", flush=True)
                        text += delta.content or ""
                        pieces += delta.tool_calls or []
            deltas = [
                {"index": piece.index, "id": piece.id, "name": part.name, "args": part.arguments}
                for piece in pieces
                for part in [piece.function]
            ]
            calls, _ = reference.finalize_tool_calls(reference.accumulate_tool_calls(deltas))
            results = await reference.run_tools(calls, {"stock": stock})
            messages += [AIMessage(text, tool_calls=calls), *results]
            print("", *[result.content for result in results], sep="\n   stock: ")


async def in_pydantic_ai() -> None:
    """### In pydantic-ai: an analysis with three tools

    One common example looks for calls among the outputs of a run. There are none: they are events
    of `run_stream_events`. Also corrected: a tool without a context is made with `tool_plain`,
    `any` is not a type, and the growth from zero has the same keys as any other. The model asks for
    two figures at once, then for the growth, and ends with a structured analysis.
    """

    sales_and_customers = [("sales", {"year": 2024}), ("customers", {})]
    since_zero = [("growth", {"previous": 0, "current": 15})]
    end = [("final_result", {"summary": "Sales began.", "findings": ["180 customers"]})]

    async def analyst(messages, info):
        turn = sum(isinstance(message, ModelResponse) for message in messages)
        for number, (name, args) in enumerate([sales_and_customers, since_zero, end][turn]):
            yield {number: DeltaToolCall(name, json.dumps(args))}

    class Analysis(TypedDict):
        summary: str
        findings: list[str]

    agent = Agent(FunctionModel(stream_function=analyst), deps_type=str, output_type=Analysis)

    @agent.tool
    async def sales(context: RunContext[str], year: int) -> str:
        await asyncio.sleep(0.3)
        return f"15 million in {year}, says the database of {context.deps}"

    @agent.tool_plain
    async def customers() -> int:
        return 180

    @agent.tool_plain
    async def growth(previous: float, current: float) -> dict[str, float | None]:
        amount = current - previous
        return {"amount": amount, "percent": 100 * amount / previous if previous else None}

    async with agent.run_stream_events("Analyze our sales.", deps="session 456") as events:
        async for event in events:
            if event.event_kind == "function_tool_call":
                print(f"{event.part.tool_name}: started", flush=True)
            elif event.event_kind == "function_tool_result":
                print(f"{event.part.tool_name}: {event.part.content}", flush=True)
            elif event.event_kind == "agent_run_result":
                print(event.result.output)


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

    `stream_mode="messages"` yields the pieces of the calls, then the results. Both calls run at the
    same time: 0.3 seconds, not 0.6.
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
