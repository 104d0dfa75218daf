"""Live demos of lesson 11. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function named after a task is the demo of that task. The demos
run the reference solution on models that play a script, in real time. Each one stands on its own,
so you can change it and run it again in front of a class.
"""

import asyncio
import time
from itertools import accumulate

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import add_ai_message_chunks
from openai import OpenAI
from pydantic_ai import Agent
from pydantic_ai.models.function import FunctionModel

from course import plots
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.clock import virtual_time
from course.fakes.openai.server import LocalServer
from course.fakes.script import Pause, Reasoning, Reply, ToolCall, split_tokens
from course.fakes.sources import Source
from course.notebook import arrivals, open_lesson

reference = open_lesson("11").reference


def chunk_text() -> None:
    """Here is an answer from a model that reasons and calls a tool. On the left is the text of
    each chunk, on the right what else is in it."""
    call = ToolCall("search", {"for": "refund"})
    reply = Reply(Reasoning("Which rule?"), "Let me", " see.", Pause(0.2), call)
    for chunk in ScriptedChatModel(replies=[reply]).stream("May I return it?"):
        text = reference.chunk_text(chunk)
        pieces = [piece["args"] for piece in chunk.tool_call_chunks]
        print(repr(text).ljust(10), [] if text else chunk.content, pieces, flush=True)


def chunk_by_chunk() -> None:
    """### A look at all chunks of an answer

    There is a bar after each chunk and a new line after twelve. They are for the eye: they belong
    in the display and never in the text. Then come the first ten texts, the words so far, and the
    number of chunks. The last chunk has no text. If you count it as a token, you count one too
    many.
    """
    text = "A qubit is a bit that has not made up its mind. Until it is measured, it is both."
    model = ScriptedChatModel(replies=[Reply.of(text, pause=0.03)])
    chunks = []
    for chunk in model.stream("Explain quantum computing."):
        chunks.append(chunk)
        print(reference.chunk_text(chunk), end="|" if len(chunks) % 12 else "|\n", flush=True)
    texts = [reference.chunk_text(chunk) for chunk in chunks]
    words = [len(snapshot.split()) for snapshot in reference.to_snapshots(texts)]
    print(f"\n\nthe first ten:  {texts[:10]}")
    print(f"words so far:   {words}")
    print(f"chunks:         {len(chunks)}, with text: {sum(map(bool, texts))}")
    print(f"joined:         {''.join(texts) == text}")


def to_snapshots() -> None:
    """Each line is what a page that is redrawn each time would show. The search for sources needs
    the whole text so far: a source in brackets is found even though it came in three pieces."""
    model = ScriptedChatModel(replies=[Reply.of("It is free [guide] for 30 days.", pause=0.1)])
    texts = (chunk.text for chunk in model.stream("May I return it?"))
    for snapshot in reference.to_snapshots(texts):
        print(snapshot.ljust(34), "source: guide" if "[guide]" in snapshot else "", flush=True)


def to_deltas() -> None:
    """Here is a stream of snapshots, printed as it comes and as deltas. Then comes one in which
    text that was already shown is taken back."""
    snapshots = list(accumulate(["Hello", " wor", "ld"]))
    print("as it comes:", "".join(snapshots))
    print("as deltas:  ", "".join(reference.to_deltas(snapshots)))
    try:
        for delta in reference.to_deltas(["Your order", "Your order is lost", "I cannot say"]):
            print(repr(delta))
    except ValueError as error:
        print("ValueError:", error)


async def snapshots_of_pydantic_ai() -> None:
    """### pydantic-ai streams snapshots

    A common first example prints what `stream_text()` yields, one piece after the other. But each
    piece is all of the text so far, unless you ask for deltas. The beginning is printed again and
    again, and the length at the end is the length of all these beginnings together. Here it is
    uncorrected, and then corrected. The result is `get_output()`. The `get_data()` of old examples
    is gone.
    """

    async def explain(messages, info):
        for piece in split_tokens("While one waits, another works."):
            await asyncio.sleep(0.05)
            yield piece

    agent = Agent(FunctionModel(stream_function=explain))
    async with agent.run_stream("Explain async programming.") as run:
        wrong = [text async for text in run.stream_text(debounce_by=None)]
    print("printed as they come:", "".join(wrong))
    print("with to_deltas:      ", "".join(reference.to_deltas(wrong)))
    print("with delta=True:      ", end="")
    async with agent.run_stream("Explain async programming.") as run:
        async for delta in run.stream_text(delta=True, debounce_by=None):
            print(delta, end="", flush=True)
        right = await run.get_output()
    print("\ncharacters:          ", sum(map(len, wrong)), "in place of", len(right))


def decode_utf8() -> None:
    """Four readers read the same bytes, in chunks of three. Only the last one has a memory."""
    text = "Grüße aus 東京 👋"
    encoded = text.encode()
    chunks = [encoded[place : place + 3] for place in range(0, len(encoded), 3)]
    print("cp1252: ", "".join(chunk.decode("cp1252", errors="replace") for chunk in chunks))
    print("ignore: ", "".join(chunk.decode(errors="ignore") for chunk in chunks))
    print("replace:", "".join(chunk.decode(errors="replace") for chunk in chunks))
    print("right:  ", "".join(reference.decode_utf8(chunks)), "\n")
    for chunk in chunks:
        print(chunk.hex(" "), end="  ")
    print("\n\nand as it comes:")
    slow = Source([item for chunk in chunks for item in (Pause(0.1), chunk)])
    for piece in reference.decode_utf8(slow):
        print(piece, end="|", flush=True)


def what_may_wait() -> None:
    """### What may wait, and what may not

    Three readers get the same bytes, three at a time, five times a second. Each Greek letter takes
    two bytes. The first reader holds back half a letter. The second holds back a whole chunk as
    long as it cannot be decoded. The third decodes when everything is there. All of them are right
    in the end. (It runs in virtual time, so it is the same each time.)
    """
    encoded = "Καλημέρα σας".encode()
    chunks = [encoded[place : place + 3] for place in range(0, len(encoded), 3)]

    def held_whole(source):
        waiting = b""
        for chunk in source:
            waiting += chunk
            try:
                yield waiting.decode()
                waiting = b""
            except UnicodeDecodeError:
                continue

    def joined_first(source):
        yield b"".join(source).decode()

    came = {}
    for name, reader in {
        "half a letter": reference.decode_utf8,
        "a whole chunk": held_whole,
        "everything": joined_first,
    }.items():
        with virtual_time():
            items = [item for chunk in chunks for item in (Pause(0.2), chunk)]
            came[name] = arrivals(reader(Source(items)))
    plots.arrivals_by_source(came, "What is held back, and when text is seen")


def join_surrogates() -> None:
    """The halves of an emoji come in two tokens. Then one half comes alone."""
    for tokens in (["See you ", "\ud83d", "\udc4b", " soon"], ["See you \ud83d", " soon"]):
        print(ascii(tokens))
        try:
            print("".join(tokens).encode())
        except UnicodeEncodeError as error:
            print("joined as they are:", error.reason)
        print("joined as they belong:", "|".join(reference.join_surrogates(tokens)), "\n")


def merge_chunks() -> None:
    """An answer is cut off while it calls a tool, and it is merged by LangChain and by the
    reference. Look at the words, at the tool call, and at the usage."""
    args = '{"folder": "old", "dry_run": tr'
    said = {"finish_reason": "length", "model_name": "m-1"}
    used = [
        {"input_tokens": 100, "output_tokens": count, "total_tokens": 100 + count}
        for count in (2, 9)
    ]
    first = {"name": "delete", "args": args[:12], "id": "call-1", "index": 0}
    second = {"name": None, "args": args[12:], "id": None, "index": 0}
    chunks = [
        AIMessageChunk(content="I will tidy up.", usage_metadata=used[0]),
        AIMessageChunk(content="", tool_call_chunks=[first]),
        AIMessageChunk(content="", tool_call_chunks=[second]),
        AIMessageChunk(content="", response_metadata=said, usage_metadata=used[1]),
        AIMessageChunk(content="", response_metadata=said, chunk_position="last"),
    ]
    theirs = add_ai_message_chunks(*chunks)
    mine = reference.merge_chunks(chunks, usage="last")
    for name, message in (("LangChain", theirs), ("the reference", mine)):
        print(name)
        print("  words:  ", message.response_metadata)
        print("  usage:  ", message.usage_metadata)
        print("  valid:  ", [(call["name"], call["args"]) for call in message.tool_calls])
        print("  invalid:", [(call["name"], call["args"]) for call in message.invalid_tool_calls])


def joined_again_and_again() -> None:
    """### One merge, or one for each chunk

    The message is the same. The time is not. Adding chunk after chunk copies what is there and
    parses the arguments of the tool call again each time. (This is measured live, so the figures
    are those of this machine.)
    """
    for count in (250, 500, 1000):
        call = ToolCall("write", {"text": "word " * count})
        chunks = list(ScriptedChatModel(replies=[Reply(call)]).stream("Write."))
        start = time.perf_counter()
        one_by_one = chunks[0]
        for chunk in chunks[1:]:
            one_by_one += chunk
        middle = time.perf_counter()
        reference.merge_chunks(chunks)
        end = time.perf_counter()
        print(f"{len(chunks):5} chunks   one by one {(middle - start) * 1000:7.1f} ms", end="   ")
        print(f"all at once {(end - middle) * 1000:5.1f} ms", flush=True)


def chunks_of_the_openai_client() -> None:
    """### The OpenAI client, without LangChain

    A local server answers a simple question. Many examples take `choices[0]` and never close the
    response. But a chunk from this client may have no choices, and a choice may have no text.
    Check each one before you use it. `with` closes the response even when you leave the loop
    early.
    """
    model = ScriptedChatModel(replies=[Reply.of("AI agents are programs that act.", pause=0.05)])
    with (
        LocalServer({"demo": model}) as server,
        OpenAI(base_url=server.url, api_key="not-needed-here") as client,
        client.chat.completions.create(
            model="demo",
            messages=[{"role": "user", "content": "Explain what AI agents are."}],
            stream=True,
            stream_options={"include_usage": True},
        ) as stream,
    ):
        for chunk in stream:
            for choice in chunk.choices:
                print(choice.delta.content or "", end="", flush=True)
            if chunk.usage:
                print(f"\n\n{chunk.usage.completion_tokens} tokens, in a separate chunk:")
                print(f"choices={chunk.choices}")
