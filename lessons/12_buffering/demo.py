"""Live demos of lesson 12. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function named after a task is the demo of that task. The demos
run the reference solution on models that play a script, in real time. Each one stands on its own,
so you can change it and run it again in front of a class.
"""

import asyncio
import json
import time
from itertools import pairwise

from openai.types.chat import ChatCompletionChunk
from pydantic_ai import Agent
from pydantic_ai.models.function import FunctionModel

from course import plots
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.clock import virtual_time
from course.fakes.script import Pause, Reply, split_tokens
from course.fakes.sources import AsyncSource, Source
from course.notebook import arrivals, open_lesson

reference = open_lesson("12").reference


def buffer_by_count() -> None:
    """Each line is one update of the screen. The model's last chunk is empty and does not count.
    The last piece has fewer tokens, but it comes out all the same."""
    model = ScriptedChatModel(replies=[Reply.of("Returns are free for thirty days.", pause=0.05)])
    tokens = (chunk.text for chunk in model.stream("What is the refund policy?"))
    for piece in reference.buffer_by_count(tokens, 3):
        print(repr(piece), flush=True)


def every_five_chunks() -> None:
    """### Every five chunks, with OpenAI's own objects

    A common tip is to collect the `content` of five deltas and print them joined. But the first
    delta has only a role, the last one has only a finish_reason, and the chunk with the usage has
    no choices at all. So `content` is None twice, `"".join` fails, and `choices[0]` fails as well.
    """
    deltas = [
        {"role": "assistant"},
        *({"content": token} for token in split_tokens("One, two, 3!")),
    ]
    choices = [[{"index": 0, "delta": delta}] for delta in deltas]
    choices += [[{"index": 0, "delta": {}, "finish_reason": "stop"}], []]
    envelope = {"id": "1", "created": 0, "model": "m", "object": "chat.completion.chunk"}
    stream = [ChatCompletionChunk.model_validate({**envelope, "choices": one}) for one in choices]

    contents = [chunk.choices[0].delta.content if chunk.choices else None for chunk in stream]
    print(contents)
    print(list(reference.buffer_by_count(contents, 5)))


async def every_fifty_characters() -> None:
    """### Every fifty characters, with pydantic-ai

    A common example collects what `stream_text()` yields until it has 50 characters. But these are
    snapshots, so its first buffer contains the beginning many times over. And it joins its buffer
    again for each chunk just to learn how long it is. This version uses deltas and a running
    count, and the rest comes out at the end. Nothing is visible until there are 50 characters.
    `first_then_batch`, below, does better.
    """

    async def explain(messages, info):
        for token in split_tokens("An index is a sorted copy of one column. " * 4):
            await asyncio.sleep(0.02)
            yield token

    buffer, size, updates = [], 0, 0
    async with Agent(FunctionModel(stream_function=explain)).run_stream("Explain indexes.") as run:
        async for delta in run.stream_text(delta=True, debounce_by=None):
            buffer.append(delta)
            size += len(delta)
            if size >= 50:
                print(f"{size:2} characters: {''.join(buffer)!r}", flush=True)
                buffer, size, updates = [], 0, updates + 1
        if buffer:
            print(f"{size:2} characters: {''.join(buffer)!r}")
            updates += 1
        tokens = split_tokens(await run.get_output())
    print(f"{updates} updates in place of {len(tokens)}")


def first_then_batch() -> None:
    """The first token is on the screen as soon as it arrives. After that, there are fewer
    updates."""
    model = ScriptedChatModel(replies=[Reply.of("Returns are free for thirty days.", pause=0.1)])
    start = time.monotonic()
    tokens = (chunk.text for chunk in model.stream("What is the refund policy?"))
    for piece in reference.first_then_batch(tokens, 3):
        print(f"{time.monotonic() - start:.1f} s  {piece!r}", flush=True)


def when_the_pieces_come() -> None:
    """### When the pieces come

    Here is the same answer in four ways. Look at the first mark in each row: that is how long the
    screen stays empty. Then look at the gaps. (It runs in virtual time, so it is the same each
    time.)
    """
    answer = "Yes, you may. Send it back by post."
    items = [item for token in split_tokens(answer) for item in (Pause(0.25), token)]
    ways = {
        "each token": list,
        "first_then_batch": lambda tokens: reference.first_then_batch(tokens, 3),
        "buffer_by_count": lambda tokens: reference.buffer_by_count(tokens, 3),
        "sentence_stream": reference.sentence_stream,
    }
    came = {}
    for name, way in ways.items():
        with virtual_time():
            source = Source(items)
            came[name] = arrivals(way(source) if name != "each token" else source)
    plots.arrivals_by_source(came, "One answer, four buffers")


def smooth_words() -> None:
    """The bars show where each piece ends. A model cuts words anywhere, but a reader never sees
    half of one. Try other texts, with tabs and line breaks in them."""
    tokens = ["Ret", "urn", "s ar", "e fr", "ee.", "\n\n", "Ask", " u", "s"]
    print("tokens  ", *map(repr, tokens))
    print("words   ", *map(repr, reference.smooth_words(tokens)))


def sentence_stream() -> None:
    """This is how a voice would speak it: one line for each sentence, as soon as the next one
    begins. The last line waits for the end of the stream, because nothing follows it."""
    text = (
        'Dr. Gray (e.g.) says "No!" and means it. It costs 3.14 at example.com. Is it **new?** Yes'
    )
    model = ScriptedChatModel(replies=[Reply.of(text, pause=0.02)])
    tokens = (chunk.text for chunk in model.stream("What does it cost?"))
    for sentence in reference.sentence_stream(tokens):
        print(repr(sentence), flush=True)


def what_a_limit_does() -> None:
    """### What the limit does

    This is one sentence of 120 words that never ends. Without a limit, a voice would stay silent
    until the last word. With `max_chars` the longest wait is bounded. (It runs in virtual time, at
    ten words a second.)
    """
    items = [item for number in range(120) for item in (Pause(0.1), f"word{number % 10} ")]
    points = {}
    for max_chars in (30, 60, 120, 240, 1000):
        with virtual_time():
            shown = arrivals(reference.sentence_stream(Source(items), max_chars=max_chars))
        times = [0.0, *(when for when, _ in shown)]
        points[max_chars] = (max(later - before for before, later in pairwise(times)), len(shown))
    plots.wait_against_updates(points, "A sentence without end")


def flush_on_event() -> None:
    """Text is joined, and no text is overtaken: what was said before the tool started comes before
    it. The two parts stay separate, and so does the text that quotes page 7."""
    events = [
        *({"type": "token", "id": "a", "content": token} for token in ("Let", " me", " look", ".")),
        {"type": "tool_start", "name": "search"},
        {"type": "tool_end", "name": "search"},
        *({"type": "token", "id": "b", "content": token} for token in ("It", " is", " free")),
        {"type": "token", "id": "b", "content": " (30 days).", "metadata": {"page": "7"}},
        {"type": "complete"},
    ]
    for event in reference.flush_on_event(events, max_chars=40):
        print(event)


async def debounce() -> None:
    """Tokens come in bursts. Each line is one group, 0.2 seconds after its first token. The
    silence in the middle does not make any groups, and it does not end the stream."""
    burst = [item for word in ("one", "two", "three") for item in (Pause(0.05), word)]
    source = AsyncSource([*burst, Pause(0.6), *burst])
    start = time.monotonic()
    async for group in reference.debounce(source, interval=0.2):
        print(f"{time.monotonic() - start:.1f} s  {group}", flush=True)


async def fewer_frames() -> None:
    """### Fewer frames over the network

    Each update that goes to a browser has an envelope around it. Here pydantic-ai's model streams
    an answer, and the same text is sent token by token and in groups. `stream_text(delta=True)`
    matters: without it, each item is all the text so far. pydantic-ai has its own debounce, which
    `debounce_by=None` turns off.
    """
    words = split_tokens("Returns are free for thirty days. Keep the receipt, it is the proof. ")

    async def answer(messages, info):
        for word in words:
            await asyncio.sleep(0.02)
            yield word

    async def sent(interval):
        agent = Agent(FunctionModel(stream_function=answer))
        async with agent.run_stream("What is the refund policy?") as result:
            tokens = result.stream_text(delta=True, debounce_by=None)
            async for group in reference.debounce(tokens, interval):
                yield f"data: {json.dumps({'type': 'token', 'content': ''.join(group)})}\n\n"

    for interval in (0.001, 0.2):
        frames = [frame async for frame in sent(interval)]
        print(
            f"interval {interval:5} s: {len(frames):2} frames, {len(''.join(frames)):3} characters"
        )
