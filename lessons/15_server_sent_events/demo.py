"""Live demos of lesson 15. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function named after a task is the demo of that task. The demos
show the reference solution in real time; some of them serve a stream on this machine and read it
over HTTP. Each of them is self-contained, so that it can be changed and run again in front of a
class.
"""

import asyncio
import json
import time

import httpx
import httpx_sse
from pydantic_ai import Agent
from pydantic_ai.models.function import FunctionModel
from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from course import plots
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.clock import virtual_time
from course.fakes.openai.background_server import BackgroundServer
from course.fakes.script import Fail, Pause, Reply, split_tokens
from course.fakes.sources import AsyncSource, Source
from course.notebook import arrivals, open_lesson

reference = open_lesson("15").reference


def encode_sse() -> None:
    """Two lines of text, written the way most examples do it and then so that they arrive whole.
    Below each is what the reader gets."""
    data = " two\n lines"
    for name, frame in (
        ("an f-string", f"id: 1\nevent: message\ndata: {data}\n\n"),
        ("encode_sse", reference.encode_sse(data, event="message", id="1")),
    ):
        print(f"{name}\n{frame}arrives as {reference.SSEDecoder().feed(frame.encode())}\n")


def sse_decoder() -> None:
    """A stream of bytes, five in each chunk. What the chunks complete comes out at once: look at
    the last byte of each event."""
    stream = (
        "\ufeffid: 7\r\ndata: für\r\ndata: 👋\r\n\r\n: beat\n\ndata: next\r\rdata: lost".encode()
    )
    decoder = reference.SSEDecoder()
    for place in range(0, len(stream), 5):
        chunk = stream[place : place + 5]
        print(f"{chunk!r:32}", *decoder.feed(chunk))
    print("last_event_id:", repr(decoder.last_event_id))


def sse_headers() -> None:
    """What the response says about itself."""
    for name, value in reference.sse_headers().items():
        print(f"{name}: {value}")


def collected_on_the_way() -> None:
    """### What a collecting proxy does

    The same answer, directly and through a proxy that passes data on whenever it has 300 bytes. The
    server sends at once, the page shows at once, and still nothing is visible for a long time. This
    is what `X-Accel-Buffering: no` is for, and why there is no compression. (Virtual time.)
    """

    def proxy(frames, size):
        held = []
        for frame in frames:
            held.append(frame)
            if sum(map(len, held)) >= size:
                yield from held
                held = []
        yield from held

    text = "Returns are free for thirty days. Keep the receipt, it is the proof."
    frames = [reference.encode_sse(token) for token in split_tokens(text)]
    came = {}
    for name, size in (("straight", 0), ("collected", 300)):
        with virtual_time():
            source = Source([item for frame in frames for item in (Pause(0.1), frame)])
            passed_on = arrivals(proxy(source, size))
        came[name] = [(when, frame[len("data: ") :].rstrip("\n")) for when, frame in passed_on]
    plots.arrivals_by_source(came, "One answer, two ways to the page")


def last_event_id() -> None:
    """What a request may contain, and what it leads to. Anybody can send anything."""
    for headers in (
        {"Last-Event-ID": "42"},
        {"last-event-id": "42"},
        {},
        {"last-event-id": "-1"},
        {"last-event-id": "1_000"},
        {"last-event-id": "9" * 5000},
    ):
        shown = str(headers)
        print(f"{shown[:50] + '...' if len(shown) > 50 else shown:55}", end="")
        print(reference.last_event_id(headers))


async def sse_body() -> None:
    """An answer with a silence in it, then one that breaks. Each line is one piece of the body,
    with the time at which it was sent. The comments fill the silence, and the user never sees the
    error's text."""
    token = {"type": "token", "content": "Wait"}
    for end in ({"type": "complete"}, Fail(ConnectionError("10.0.0.7:5432 refused"))):
        start = time.monotonic()
        source = AsyncSource([token, Pause(0.35), end])
        async for piece in reference.sse_body(source, heartbeat=0.15):
            print(f"{time.monotonic() - start:.2f} s  {piece}", flush=True)
        print()


def served_and_read() -> None:
    """### Served and read

    A model's answer behind a GET route, as a page would ask for it: with ids, heartbeats, the right
    headers, and a terminal event. It is served by uvicorn on this machine, and read twice: with
    httpx-sse, and with `SSEDecoder` over the bytes of httpx. A Flask or FastAPI route looks the
    same, since neither the body nor the headers depend on the framework. Nothing in it sleeps: the
    pauses are the model's.

    httpx-sse yields an empty event for each heartbeat once it has seen an id. Code that parses the
    JSON has to skip these.
    """
    reply = Reply.of("REST is a style.\nIt has resources.", pause=0.03)
    model = ScriptedChatModel(replies=[reply, reply])

    async def events():
        async for chunk in model.astream("Explain REST APIs."):
            if chunk.text:
                yield {"type": "token", "content": chunk.text}
        yield {"type": "complete"}

    async def answer(request):
        body = reference.sse_body(events(), heartbeat=0.02)
        return StreamingResponse(body, headers=reference.sse_headers())

    app = Starlette(routes=[Route("/answer", answer)])
    with BackgroundServer(app) as server, httpx.Client() as client:
        with httpx_sse.connect_sse(client, "GET", f"{server.origin}/answer") as source:
            for event in source.iter_sse():
                if event.data:
                    print(json.loads(event.data).get("content", ""), end="", flush=True)
        print("\n")
        decoder = reference.SSEDecoder()
        with client.stream("GET", f"{server.origin}/answer") as response:
            print(response.headers["content-type"], "\n")
            for chunk in response.iter_raw():
                for event in decoder.feed(chunk):
                    print(event["id"], json.loads(event["data"]))


async def sse_of_pydantic_ai() -> None:
    """### pydantic-ai to server-sent events

    A common example, corrected in four places. `stream_text()` yields all of the text so far, so it
    has to be `delta=True`. The text is sent as JSON, so that its lines arrive. Nothing sleeps "to
    simulate the network". And the terminal event ends with one empty line: `print` of a finished
    frame adds another one.
    """

    async def explain(messages, info):
        for token in split_tokens("REST is a style.\nIt has resources."):
            await asyncio.sleep(0.03)
            yield token

    async def events():
        async with Agent(FunctionModel(stream_function=explain)).run_stream("Explain REST.") as run:
            yield {"type": "status", "message": "Generating..."}
            async for delta in run.stream_text(delta=True, debounce_by=None):
                yield {"type": "token", "content": delta}
        yield {"type": "complete"}

    async for piece in reference.sse_body(events()):
        print(piece.decode(), end="", flush=True)


def reconnect_plan() -> None:
    """How a connection ended, and what a browser does then."""
    stream = "text/event-stream"
    for said, case in {
        "the stream is over": (200, stream, False, None),
        "the server wants 500 ms": (200, stream, False, 500),
        "no response at all": (None, None, False, 500),
        "the page has seen `complete`": (200, stream, True, 500),
        "nothing more to send": (204, None, False, 500),
        "the server is overloaded": (503, "text/html", False, 500),
        "a proxy's own page": (200, "text/html", False, 500),
    }.items():
        print(f"{said:30} {reference.reconnect_plan(*case)}")


async def replay_log() -> None:
    """One answer, three readers: one from the beginning, one that comes late, and one that comes
    back after event 3. A fourth one belongs to another session."""
    log = reference.ReplayLog("session of Ada", keep=100)

    async def read(name, after):
        async for number, event in log.subscribe("session of Ada", after):
            print(f"{name:8} {number}  {event}", flush=True)

    readers = [asyncio.create_task(read("first", 0))]
    for number, token in enumerate(split_tokens("It is free for 30 days"), start=1):
        await asyncio.sleep(0.05)
        log.append({"type": "token", "content": token})
        if number == 4:
            readers += [asyncio.create_task(read("late", 0)), asyncio.create_task(read("back", 3))]
    log.append({"type": "complete"})
    log.finish()
    await asyncio.gather(*readers)
    try:
        await anext(log.subscribe("session of Eve"))
    except reference.WrongSession as error:
        print("Eve:    ", error)


def cut_and_resumed() -> None:
    """### Cut, and resumed

    The answer is made once, by a task of the server, and kept in a `ReplayLog`. The reader loses
    its connection after every third event. It connects again as `reconnect_plan` says, with the
    last id that it has seen, and misses nothing. When there is nothing more, the server answers
    204.
    """
    tokens = split_tokens("Returns are free for thirty days.")
    logs = {}

    async def produce(log):
        for token in tokens:
            await asyncio.sleep(0.02)
            log.append({"type": "token", "content": token})
        log.append({"type": "complete"})
        log.finish()

    async def answer(request):
        if not logs:
            logs["answer"] = reference.ReplayLog("me")
            logs["task"] = asyncio.create_task(produce(logs["answer"]))
        after = reference.last_event_id(request.headers)
        if after > len(tokens):
            return Response(status_code=204)

        async def body():
            async for number, event in logs["answer"].subscribe("me", after):
                frame = reference.encode_sse(json.dumps(event), id=str(number), retry=50)
                yield frame.encode()

        return StreamingResponse(body(), headers=reference.sse_headers())

    last, plan = "", ("reconnect", 0)
    with BackgroundServer(Starlette(routes=[Route("/answer", answer)])) as server:
        while plan[0] == "reconnect":
            time.sleep(plan[1] / 1000)
            decoder, seen = reference.SSEDecoder(), []
            headers = {"Last-Event-ID": last} if last else {}
            with httpx.stream("GET", f"{server.origin}/answer", headers=headers) as response:
                for chunk in response.iter_raw():
                    seen += decoder.feed(chunk)
                    if len(seen) >= 3:
                        break  # the train enters a tunnel
            last = seen[-1]["id"] if seen else last
            texts = [json.loads(event["data"]).get("content") for event in seen]
            kind = response.headers.get("content-type")
            plan = reference.reconnect_plan(response.status_code, kind, False, decoder.retry)
            print(response.status_code, texts, plan, flush=True)
