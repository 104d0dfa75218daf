"""Live demos of lesson 16. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function named after a task is the demo of that task. The demos
show the reference solution on models that play a script, in real time. Each of them is
self-contained, so that it can be changed and run again in front of a class.
"""

import asyncio
import time
from contextlib import aclosing, closing

from pydantic_ai import Agent
from pydantic_ai.models.function import FunctionModel

from course import plots
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.script import Hang, Pause, Reply
from course.fakes.sources import AsyncSource, Source
from course.notebook import open_lesson

reference = open_lesson("16").reference


def stop_when() -> None:
    """Two limits on the same answer: a sentence, and 25 characters. The model was pulled only as
    far as needed, and then it was closed."""
    model = ScriptedChatModel(replies=[Reply.of("Yes. It is free for 30 days. Keep it.")] * 2)
    for limit in ({"predicate": lambda token: token == "."}, {"max_chars": 25}):
        with closing(model.stream("May I return it?")) as chunks:
            tokens = (chunk.text for chunk in chunks)
            print(list(reference.stop_when(tokens, **limit)))
        call = model.transcript[-1]
        print(f"{call.pulled} pieces pulled, {call.outcome}")


def stop_after_a_hundred_tokens() -> None:
    """### "Stop after 100 tokens"

    A common pattern adds up `len(content.split())` until it reaches a hundred, and then calls
    `break`. It counts words in pieces, not tokens; the last piece is never cut; and the response
    stays open. Here it is with a limit of 10, and the same answer cut in two ways.
    """
    answer = "Streaming lets people read along while the answer is still being written."
    half_words = [answer[place : place + 4] for place in range(0, len(answer), 4)]
    whole_words = [f"{word} " for word in answer.split()]
    for tokens in (half_words, whole_words):
        source = Source(tokens)
        text, count = "", 0
        for content in source:
            text += content
            count += len(content.split())
            if count >= 10:
                break
        print(f"{len(text)} characters, {len(text.split())} words, closed: {source.closed}")
    for tokens in (half_words, whole_words):
        source = Source(tokens)
        text = "".join(reference.stop_when(source, max_chars=40))
        print(f"stop_when: {len(text)} characters, closed: {source.closed}")


async def first_token_timeout() -> None:
    """Three models: one begins late and is slow, one sends only empty chunks, one is silent. The
    first is read to its end: the limit is for the first token only."""
    models = {
        "slow": AsyncSource(["", Pause(0.1), "Good", Pause(0.4), " morning"]),
        "empty": AsyncSource(["", *[Pause(0.1), ""] * 9]),
        "silent": AsyncSource([Hang()]),
    }
    for name, source in models.items():
        start = time.monotonic()
        try:
            async for token in reference.first_token_timeout(source, 0.25):
                print(f"{name:7} {time.monotonic() - start:.2f} s  {token!r}")
        except reference.FirstTokenTimeout as error:
            print(f"{name:7} {time.monotonic() - start:.2f} s  {error}")


async def with_heartbeat() -> None:
    """The model thinks for a second, and the page gets a sign of life four times. The model
    does not notice."""
    answer = Reply.of("Returns are free.", pause=0.1)
    model = ScriptedChatModel(replies=[Reply(Pause(0.9), *answer.parts)])

    async def texts():
        async with aclosing(model.astream("May I return it?")) as chunks:
            async for chunk in chunks:
                yield chunk.text

    start = time.monotonic()
    async for token in reference.with_heartbeat(texts(), 0.22, "(still here)"):
        print(f"{time.monotonic() - start:.2f} s  {token!r}")


async def a_beat_that_kills() -> None:
    """### A beat that kills the stream

    The same with `wait_for` around the pull. It looks right, and it passes every test in which the
    source is fast. After the first beat the stream is over, without any error.
    """

    async def beating(source, interval):
        while True:
            try:
                yield await asyncio.wait_for(anext(source), interval)
            except TimeoutError:
                yield "(still here)"
            except StopAsyncIteration:
                return

    async def numbers(pause):
        for number in ("one", "two", "three"):
            await asyncio.sleep(pause)
            yield number

    for pause in (0.05, 0.3):
        print(f"every {pause} s:", [item async for item in beating(numbers(pause), 0.2)])


async def cancellable() -> None:
    """Somebody presses stop while the model is silent. The stream ends at that moment, the caller
    continues, and the model's stream is closed."""
    model = ScriptedChatModel(replies=[Reply("Let", " me", " think", Hang())])
    token = reference.CancelToken()
    asyncio.get_running_loop().call_later(0.5, token.cancel, "the reader has gone")
    start = time.monotonic()
    async for chunk in reference.cancellable(model.astream("Hello?"), token):
        print(f"{time.monotonic() - start:.1f} s  {chunk.text!r}")
    print(f"{time.monotonic() - start:.1f} s  {token.reason}; {model.transcript[0].outcome}")


async def cancel_after_three_seconds() -> None:
    """### "Cancel after 3 seconds", with pydantic-ai

    A common pattern checks the clock at each chunk, and prints the text so far again and again,
    since `stream_text()` yields snapshots. Here it is with deltas and a stop button that does not
    need a chunk. (The times are tenths of a second, and the model falls silent.) Afterwards
    `cancel()` tells the provider, and marks the answer in the history as interrupted; a `break`
    does neither. And no `except CancelledError` swallows the cancellation of the task itself.
    """

    async def essay(messages, info):
        for word in ("Python", " is", " a", " language"):
            yield word
            await asyncio.sleep(0.1)
        await asyncio.sleep(60)

    agent = Agent(FunctionModel(stream_function=essay))
    stop = reference.CancelToken()
    asyncio.get_running_loop().call_later(0.6, stop.cancel, "three tenths twice")
    async with agent.run_stream("Write a very long essay.") as result:
        deltas = result.stream_text(delta=True, debounce_by=None)
        async for text in reference.cancellable(deltas, stop):
            print(text, end="", flush=True)
        await result.cancel()
    print(f"\n{stop.reason}: the answer is {result.response.state}")


async def bounded_pipe() -> None:
    """The source makes an item every 0.05 s, the caller takes 0.1 s for each. In a plain loop that
    would be 1.2 seconds. The source gets at most three items ahead, and then waits."""
    source = AsyncSource([item for number in range(8) for item in (Pause(0.05), number)])
    start = time.monotonic()
    async for item in reference.bounded_pipe(source, 2):
        await asyncio.sleep(0.1)
        ahead = source.pulled - item - 1
        print(f"{time.monotonic() - start:.2f} s  item {item}, and {ahead} more are waiting")


async def how_far_ahead() -> None:
    """### How far ahead is the source?

    A fast source in front of a slow reader, with a large bound and with a small one. Each mark is
    an item that is made. With the large bound, all are made before the reader has read half of
    them: that is what fills the memory.
    """

    async def made(maxsize):
        start, moments = time.monotonic(), []

        async def source():
            for number in range(15):
                await asyncio.sleep(0.02)
                moments.append((time.monotonic() - start, ""))
                yield number

        async for _ in reference.bounded_pipe(source(), maxsize):
            await asyncio.sleep(0.06)
        return moments

    large, small = await asyncio.gather(made(1_000), made(3))
    came = {"maxsize=1000": large, "maxsize=3": small}
    plots.arrivals_by_source(came, "When a quick source makes its items")


async def run_with_deadline() -> None:
    """The reader is slow, and the time is up in the middle. What had been passed to it until then
    is kept."""
    model = ScriptedChatModel(replies=[Reply.of("One word after another, forever.", pause=0.1)])

    async def read_aloud(words):
        async for word in words:
            print(word, end="", flush=True)
            await asyncio.sleep(0.1)
        return "all of it was read"

    async def texts():
        async with aclosing(model.astream("How do people read?")) as chunks:
            async for chunk in chunks:
                yield chunk.text

    outcome = await reference.run_with_deadline(read_aloud, texts(), 0.9)
    print(f"\n{outcome}, and the model is {model.transcript[0].outcome}")


async def iterate_in_thread() -> None:
    """A chain that has no asynchronous side is read in a thread, and a clock keeps ticking: the
    dots come from another task."""
    model = ScriptedChatModel(replies=[Reply.of("Returns are free for 30 days.", pause=0.1)])

    async def tick():
        while True:
            print(".", end="", flush=True)
            await asyncio.sleep(0.03)

    ticking = asyncio.create_task(tick())
    async for chunk in reference.iterate_in_thread(model.stream("May I return it?")):
        print(chunk.text, end="", flush=True)
    ticking.cancel()
    print()


async def cancelled_in_a_pull() -> None:
    """### Cancelled in the middle of a pull

    The reader is cancelled after 0.1 s, in the middle of a pull that takes 0.4 s. A thread cannot
    be interrupted: the pull ends, then the generator is closed, then the reader's task ends.
    """
    start = time.monotonic()

    def note(what):
        print(f"{time.monotonic() - start:.1f} s  {what}")

    def slow():
        try:
            for number in range(9):
                time.sleep(0.4)
                note(f"the thread has made {number}")
                yield number
        finally:
            note("the generator is closed")

    async def read():
        async with aclosing(reference.iterate_in_thread(slow())) as numbers:
            async for number in numbers:
                note(f"read {number}")

    reader = asyncio.create_task(read())
    await asyncio.sleep(0.1)
    note("the reader is cancelled")
    reader.cancel()
    await asyncio.wait([reader])
    note("its task is over")


async def broadcast() -> None:
    """One answer, two readers. The second one falls asleep, gets what was waiting for it, and is
    told that it was dropped. The first one does not notice."""
    channel = reference.Broadcast(maxsize=3)

    async def read(name, pause):
        with channel.join() as items:
            try:
                async for item in items:
                    print(f"{name} {item!r}", flush=True)
                    await asyncio.sleep(pause)
                print(f"{name} the end")
            except OverflowError as error:
                print(f"{name} dropped: {error}")

    readers = [asyncio.create_task(read("quick ", 0)), asyncio.create_task(read("asleep", 0.2))]
    await asyncio.sleep(0)
    for word in ("Returns", " are", " free", " for", " 30", " days."):
        channel.publish(word, "owner")
        await asyncio.sleep(0.02)
    channel.close()
    await asyncio.gather(*readers)
