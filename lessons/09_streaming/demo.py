"""Live demos of lesson 09. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function named after a task is the demo of that task. The demos
run the reference solution on models that play a script, in real time. Each one stands on its own,
so you can change it and run it again in front of a class.
"""

import asyncio
import sys
import time
from contextlib import aclosing, closing
from itertools import pairwise

from langchain_core.callbacks import adispatch_custom_event
from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool

from course import plots
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.clock import virtual_time
from course.fakes.quoting import QuotingChatModel
from course.fakes.script import Fail, Hang, Pause, Reasoning, Reply
from course.fakes.sources import AsyncSource, Source
from course.notebook import arrivals, open_lesson

reference = open_lesson("09").reference


def visible_text() -> None:
    """Each line is a chunk: its text on the left, and what it carries on the right. Only what has
    text comes out."""
    reply = Reply(Reasoning("Which rule?"), "Returns", " are", " free", ".")
    model = ScriptedChatModel(replies=[reply])
    chunks = list(model.stream("What is the refund policy?"))
    for chunk in chunks:
        print(repr(chunk.text).ljust(10), chunk.content)
    print(list(reference.visible_text(chunks)))


def stream_tokens() -> None:
    """The bars show where each token ends. The model reasons first, and that chunk has no text."""
    reply = Reply.of("Returns are free for 30 days.", pause=0.15)
    model = ScriptedChatModel(replies=[Reply(Reasoning("Which rule?"), *reply.parts)])
    for token in reference.stream_tokens(model, "What is the refund policy?"):
        print(token, end="|", flush=True)


def stopping_early() -> None:
    """### A reader who stops

    `closing` closes the generator, and the generator closes the model's stream. The model's
    transcript shows it: three pieces were pulled, and then the call was closed.
    """
    model = ScriptedChatModel(replies=[Reply.of("Returns are free for 30 days.", pause=0.1)])
    with closing(reference.stream_tokens(model, "What is the refund policy?")) as tokens:
        for token in tokens:
            print(token, end="|", flush=True)
            if token == " free":
                break
    print(f"\n{model.transcript[0].pulled} pieces pulled, then {model.transcript[0].outcome}")


def time_to_first_token() -> None:
    """### When each token arrived

    The same model gives the same answer, read in both ways. The model thinks for 0.8 seconds and
    then writes. Streaming does not make it faster: both lines reach the top at the same moment.
    What changes is the wait for the **first** text. (The seconds are those of the script, measured
    in virtual time, so this plot is the same each time.)
    """
    question = "What is the refund policy?"
    answer = Reply.of("Returns are free for 30 days. Keep the receipt, it is the proof.", pause=0.2)
    model = ScriptedChatModel(replies=[Reply(Pause(0.6), *answer.parts)] * 2)

    def without_streaming():
        yield model.invoke(question).text

    with virtual_time():
        streamed = arrivals(reference.stream_tokens(model, question))
        whole = arrivals(without_streaming())
    plots.text_on_screen(streamed, whole, "The same answer, with and without streaming")


def write_stream() -> None:
    """Each token is on the screen before the next one is requested. The number of characters comes
    at the end."""
    model = ScriptedChatModel(replies=[Reply.of("One word after the other.", pause=0.2)])
    tokens = reference.stream_tokens(model, "How do people read?")
    written = reference.write_stream(tokens, sys.stdout)
    print(f"\n{written} characters")


def buffer_stream() -> None:
    """Each line is one update of the screen. The last one is the tail. It is too short and does
    not end with a mark, but it is passed on all the same."""
    model = ScriptedChatModel(
        replies=[Reply.of("Returns are free! You have 30 days for it. Ask us about", pause=0.08)]
    )
    tokens = reference.stream_tokens(model, "What is the refund policy?")
    for piece in reference.buffer_stream(tokens, max_chars=20):
        print(repr(piece), flush=True)


def what_buffering_costs() -> None:
    """### What buffering costs

    The answer has 100 tokens and arrives at ten per second. A larger buffer means fewer screen
    updates and a longer wait from one to the next. Somewhere on this curve is the right place for
    your display. (It runs in virtual time, so it is the same each time.)
    """
    tokens = [item for number in range(100) for item in (Pause(0.1), f"word{number % 10} ")]
    points = {}
    for max_chars in (1, 12, 25, 50, 100, 200):
        with virtual_time():
            shown = arrivals(reference.buffer_stream(Source(tokens), max_chars, marks=()))
        times = [0.0, *(when for when, _ in shown)]
        longest = max(later - earlier for earlier, later in pairwise(times))
        points[max_chars] = (longest, len(shown))
    plots.wait_against_updates(points, "Fewer updates, longer waits")


def collect_response() -> None:
    """The connection breaks in the middle. What had arrived is not lost, and neither is the
    reason."""
    answer = Reply.of("Returns are free for 30", pause=0.1)
    model = ScriptedChatModel(
        replies=[Reply(*answer.parts, Fail(ConnectionError("the server went away")))]
    )
    tokens = reference.stream_tokens(model, "What is the refund policy?")
    try:
        reference.collect_response(tokens, on_token=lambda token: print(token, end="", flush=True))
    except reference.StreamInterrupted as error:
        print(f"\n\nwhat happened: {error}")
        print(f"what is left:  {error.partial!r}")
        print(f"the cause:     {error.__cause__!r}")


async def stream_agent_events() -> None:
    """An agent searches, reports, and answers. Dozens of LangChain's events become these few."""
    model = ScriptedChatModel(replies=[Reply.of("It is free for 30 days.", pause=0.1)])

    @tool
    async def search(query: str) -> str:
        """Search the shop's documents."""
        await asyncio.sleep(0.3)
        await adispatch_custom_event("found", {"count": 2})
        return "Returns are free for 30 days."

    async def answer(question: str) -> str:
        found = await search.ainvoke(question)
        message = await model.ainvoke(f"{found}\nQuestion: {question}")
        return message.text

    agent = RunnableLambda(answer)
    async for event in reference.stream_agent_events(agent, "May I return it?"):
        print(event, flush=True)


def dispatch_events() -> None:
    """There is one handler for each type. `found` has none, so it goes to the default."""
    events = [
        {"type": "tool_start", "name": "search"},
        {"type": "found", "count": 2},
        {"type": "tool_end", "name": "search"},
        {"type": "token", "content": "Returns"},
        {"type": "token", "content": " are free."},
    ]
    handlers = {
        "tool_start": lambda event: print(f"[{event['name']} ...]"),
        "tool_end": lambda event: print(f"[{event['name']} is done]"),
        "token": lambda event: print(event["content"], end=""),
    }
    counts = reference.dispatch_events(events, handlers, default=lambda event: print("?", event))
    print("\n", counts)


def monitor_stream() -> None:
    """The tokens pass through unchanged; the figures are ready when the stream ends."""
    answer = Reply.of("Returns are free for 30 days.", pause=0.1)
    model = ScriptedChatModel(replies=[Reply(Pause(0.5), *answer.parts)])
    metrics = reference.StreamMetrics()
    tokens = reference.stream_tokens(model, "What is the refund policy?")
    for token in reference.monitor_stream(tokens, metrics):
        print(token, end="", flush=True)
    print(f"\n\ntime to first token  {metrics.ttft:.2f} s")
    print(f"total                {metrics.total:.2f} s")
    print(f"characters           {metrics.chars} in {metrics.chunks} tokens")
    print(f"speed                {metrics.chars_per_second:.0f} characters per second")
    print(f"completed            {metrics.completed}")


async def stream_with_timeout() -> None:
    """There are two sources. One goes silent. The other is never silent and never done."""
    silent = AsyncSource([Pause(0.2), "I", Pause(0.2), " am", Hang()])
    endless = AsyncSource([item for _ in range(100) for item in (Pause(0.2), "la ")])
    for source in (silent, endless):
        start = time.monotonic()
        try:
            async for token in reference.stream_with_timeout(source, idle=0.5, total=1.5):
                print(token, end="", flush=True)
        except reference.StreamTimeout as error:
            print(f"   <- {error.kind} timeout after {time.monotonic() - start:.1f} s")


async def astream_tokens() -> None:
    """While the model writes, a clock keeps ticking. The dots come from another task in the same
    thread."""
    model = ScriptedChatModel(replies=[Reply.of("Returns are free for 30 days.", pause=0.2)])

    async def tick():
        while True:
            print(".", end="", flush=True)
            await asyncio.sleep(0.05)

    ticking = asyncio.create_task(tick())
    async for token in reference.astream_tokens(model, "What is the refund policy?"):
        print(token, end="", flush=True)
    ticking.cancel()
    print()


async def merge_streams() -> None:
    """Three shelves are searched at the same time. Each line appears when its token arrives, and
    the whole search takes as long as the slowest shelf: about 1.2 seconds, not 2.6."""
    shelves = {
        "guide": AsyncSource([Pause(0.3), "G1", Pause(0.3), "G2", Pause(0.3), "G3"]),
        "policy": AsyncSource([Pause(0.1), "P1", Pause(0.1), "P2", Pause(0.3), "P3"]),
        "forum": AsyncSource([Pause(1.2), "F1"]),
    }
    came = {name: [] for name in shelves}
    start = time.monotonic()
    async for name, token in reference.merge_streams(shelves):
        came[name].append((time.monotonic() - start, token))
        print(f"{time.monotonic() - start:.1f} s  {name:7} {token}", flush=True)
    plots.arrivals_by_source(came, "Three streams, read at the same time")


async def stream_rag_response() -> None:
    """Here is everything together. `retrieve` finds a document every 0.3 seconds; the answer comes
    from a model that quotes the documents it is given."""
    shelf = {
        "Refund policy": "Returns are free for 30 days.",
        "Customer service guide": "We answer within one day.",
        "Opening hours": "The shop is open from 9 to 5.",
    }
    model = QuotingChatModel(pause=0.1)

    async def retrieve(query):
        for title, text in shelf.items():
            await asyncio.sleep(0.3)
            yield Document(text, metadata={"title": title})

    def generate(query, documents):
        context = "\n".join(document.page_content for document in documents)
        return reference.astream_tokens(model, f"{context}\nQuestion: {query}")

    question = "Are returns free?"
    async with aclosing(reference.stream_rag_response(question, retrieve, generate)) as events:
        async for event in events:
            print(event, flush=True)
