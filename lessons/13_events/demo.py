"""Live demos of lesson 13. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function named after a task is the demo of that task. The demos
run the reference solution on models that play a script, in real time. Each one stands on its own,
so you can change it and run it again in front of a class.
"""

import asyncio
import base64
import json
import time
from contextlib import aclosing
from functools import reduce

from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool

from course import plots
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.script import Fail, Pause, Reply
from course.notebook import open_lesson

reference = open_lesson("13").reference


def render_status() -> None:
    """This is the line that a person sees for each event. No line means: leave the current one."""
    events = [
        {"type": "retrieval_start", "id": "r1", "query": "refunds"},
        {"type": "retrieval_end", "id": "r1", "titles": ["Refund policy"]},
        {"type": "tool_start", "id": "t1", "name": "stock"},
        {"type": "progress", "name": "stock", "data": {"message": "Asking\n the warehouse"}},
        {"type": "tool_end", "id": "t1"},
        {"type": "part_start", "id": "p1", "kind": "text"},
        {"type": "met_a_dog"},
    ]
    for event in events:
        print(event["type"].ljust(16), repr(reference.render_status(event)))


async def normalize_event() -> None:
    """On the left is what LangChain reports about one short answer. On the right is what a page
    gets."""
    model = ScriptedChatModel(replies=[Reply.of("Free for 30 days.", pause=0.05)])
    chain = model | StrOutputParser()
    async for raw in chain.astream_events("May I return it?", version="v2"):
        event = reference.normalize_event(raw)
        shown = {key: value for key, value in (event or {}).items() if key != "id"}
        print(raw["event"].ljust(22), raw["name"].ljust(19), shown or "-")


async def every_event_of_a_model() -> None:
    """### The events of one model

    This is the smallest possible run: a model alone. It shows the kinds of events and what is in
    `data`. A chunk is not a string: its text is `chunk.text`.
    """
    model = ScriptedChatModel(replies=[Reply.of("Hello to you.", pause=0.1)])
    async for event in model.astream_events("hello", version="v2"):
        if event["event"] == "on_chat_model_start":
            print("The model was asked.")
        elif event["event"] == "on_chat_model_stream":
            print("A piece:", repr(event["data"]["chunk"].text), flush=True)
        elif event["event"] == "on_chat_model_end":
            print("The whole:", repr(event["data"]["output"].text))


async def filter_events() -> None:
    """There are two models in one chain: one writes a draft, which nobody needs to see, and one
    writes the answer. Name and tag pick the events of one of them."""
    model = ScriptedChatModel(replies=[Reply.of("30 days?"), Reply.of("It is free for 30 days.")])
    draft = model.with_config(run_name="draft")
    answer = model.with_config(run_name="answer", tags=["for the user"])
    chain = draft | StrOutputParser() | answer
    events = [raw async for raw in chain.astream_events("May I return it?", version="v2")]
    for options in ({}, {"names": ["answer"]}, {"tags": ["for the user"]}, {"root_only": True}):
        picked = list(reference.filter_events(events, **options))
        print(f"{len(picked):3} events", options)


def fold_events() -> None:
    """This is the state after each event. The old state is never changed; a new one is made."""
    events = [
        {"type": "retrieval_start", "id": "r1", "query": "refunds"},
        {"type": "retrieval_end", "id": "r1", "titles": ["Refund policy"]},
        {"type": "tool_start", "id": "t1", "name": "stock"},
        {"type": "part_start", "id": "p1", "kind": "text"},
        {"type": "part_delta", "id": "p1", "kind": "text", "data": "Free for"},
        {"type": "tool_error", "id": "t1", "message": "The tool did not work."},
        {"type": "part_delta", "id": "p1", "kind": "text", "data": " 30 days."},
        {"type": "part_end", "id": "p1"},
        {"type": "complete"},
    ]
    state = reference.new_state()
    for event in events:
        state = reference.fold_events(state, event)
        print(event["type"].ljust(16), state["status"].ljust(10), state["texts"], state["tools"])


def who_joins_late() -> None:
    """### Joining late

    The events of a run are written down as one line of JSON each. Folded again, on another machine
    and a week later, they give the same state. That is what a pure reducer is for.
    """
    events = [
        {"type": "part_start", "id": "p1", "kind": "text"},
        {"type": "part_delta", "id": "p1", "kind": "text", "data": "Free for 30 days."},
        {"type": "part_end", "id": "p1"},
        {"type": "complete"},
    ]
    written = "\n".join(json.dumps(event) for event in events)
    print(written)
    again = [json.loads(line) for line in written.splitlines()]
    now = reduce(reference.fold_events, events, reference.new_state())
    later = reduce(reference.fold_events, again, reference.new_state())
    print("the same state:", now == later)


def check_lifecycle() -> None:
    """There are three streams. Everything that is in order comes through, up to the first
    fault."""
    start = {"type": "part_start", "id": "p1", "kind": "text"}
    delta = {"type": "part_delta", "id": "p1", "kind": "text", "data": "Free"}
    end = {"type": "part_end", "id": "p1"}
    complete = {"type": "complete"}
    for events in ([start, delta, end, complete], [start, end, delta], [start, delta, complete]):
        try:
            for event in reference.check_lifecycle(events):
                print(event["type"], end="  ")
            print("in order")
        except reference.LifecycleError as error:
            print("->", error)


async def start_delta_end() -> None:
    """### Start, delta, end

    Here are the same rules on a timeline: two runs of one tool at the same time, then the answer.
    Each row is one id. Open spans may overlap. A delta comes between its start and its end.
    """
    reply = Reply.of("Three lamps left", pause=0.2)
    model = ScriptedChatModel(replies=[Reply(*reply.parts, Pause(0.2))])

    @tool
    async def stock(seconds: float) -> str:
        """Say how many there are."""
        await asyncio.sleep(seconds)
        return "three"

    async def answer(question):
        await asyncio.sleep(0.1)
        await asyncio.gather(*(stock.ainvoke({"seconds": seconds}) for seconds in (0.3, 0.6)))
        return str((await model.ainvoke(question)).text)

    rows = {}
    start = time.monotonic()
    async for raw in RunnableLambda(answer).astream_events("Any lamps?", version="v2"):
        event = reference.normalize_event(raw)
        if event is not None:
            what, _, step = event["type"].partition("_")
            rows.setdefault(event["id"], (what, []))[1].append((time.monotonic() - start, step))
    lanes = {f"{what} {number}": came for number, (what, came) in enumerate(rows.values(), start=1)}
    plots.arrivals_by_source(lanes, "Three ids, and what came under each of them")


def collect_parts() -> None:
    """The pieces of a text and a picture are interleaved. One piece of the picture alone is not
    base64."""
    picture = base64.b64encode(b"GIF89a, let us say").decode()
    events = [
        {"type": "part_start", "id": "t", "kind": "text"},
        {"type": "part_start", "id": "i", "kind": "image"},
        {"type": "part_delta", "id": "t", "kind": "text", "data": "This lamp"},
        {"type": "part_delta", "id": "i", "kind": "image", "data": picture[:7]},
        {"type": "part_delta", "id": "t", "kind": "text", "data": " is left:"},
        {"type": "part_delta", "id": "i", "kind": "image", "data": picture[7:]},
    ]
    for part in reference.collect_parts(events):
        print(part)


async def emit_progress() -> None:
    """A retriever reports what it does: that it starts, each document as it is found, and how many
    there are. The reader sees each report right away."""

    class Shelf(BaseRetriever):
        def _get_relevant_documents(self, query, *, run_manager):
            raise NotImplementedError

        async def _aget_relevant_documents(self, query, *, run_manager):
            await reference.emit_progress("retrieval_start", query=query)
            found = []
            for title in ("Refund policy", "Customer service guide"):
                await asyncio.sleep(0.2)
                found.append(Document("...", metadata={"title": title}))
                await reference.emit_progress("document", title=title)
            await reference.emit_progress("retrieval_complete", count=len(found))
            return found

    search = RunnableLambda(str.lower) | Shelf()
    async for event in search.astream_events("Refunds", version="v2"):
        if event["event"] == "on_custom_event":
            print(event["name"].ljust(19), event["data"], flush=True)
    print("outside a run:", await reference.emit_progress("retrieval_start", query="nobody"))


async def the_whole_pipeline() -> None:
    """### All together, twice

    Detect, translate, act, and keep the state. The first run goes well. In the second one the
    model fails. No event says so; the exception does, and the reader adds the terminal event. The
    model's part stays open, and the text that had arrived stays in the state.
    """

    @tool
    async def stock(item: str) -> str:
        """Say how many there are."""
        await reference.emit_progress("stock", message="Asking the warehouse")
        return "three"

    async def events_of(agent):
        try:
            async with aclosing(agent.astream_events("Any lamps?", version="v2")) as raws:
                async for raw in raws:
                    event = reference.normalize_event(raw)
                    if event is not None:
                        yield event
        except Exception:
            yield {"type": "error", "message": "Something went wrong."}
        else:
            yield {"type": "complete"}

    good = Reply.of("Three lamps are left.", pause=0.05)
    for reply in (good, Reply(*good.parts[:5], Fail(ConnectionError("secret address")))):
        model = ScriptedChatModel(replies=[reply])

        async def answer(question, model=model):
            await stock.ainvoke({"item": "lamp"})
            return str((await model.ainvoke(question)).text)

        state = reference.new_state()
        async for event in events_of(RunnableLambda(answer)):
            state = reference.fold_events(state, event)
            line = reference.render_status(event)
            if line is not None:
                print(line, flush=True)
        print(state["status"].upper(), [*state["texts"].values()], "\n")
