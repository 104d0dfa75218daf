"""Live demos of lesson 19. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function named after a task is the demo of that task. The demos
show the reference solution on models that play a script, in real time. Each of them is
self-contained, so that it can be changed and run again in front of a class.
"""

import asyncio
import time

from rich.console import Console
from rich.live import Live
from rich.text import Text

from course import plots
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.clock import virtual_time
from course.fakes.script import Pause, Reply, split_tokens
from course.fakes.sources import Source
from course.fakes.terminal import Terminal
from course.notebook import arrivals, open_lesson

reference = open_lesson("19").reference


def choose_strategy() -> None:
    """One conversation. Each line shows what "auto" chooses, and which rule it comes from: a word
    of the message, a short message after an analyzed answer, a stopped answer."""
    history = []
    for message, stopped in (
        ("Why are returns free for such a long time?", False),
        ("Show me a table of all prices, please, with the old ones", False),
        ("And of last year?", True),
        ("What does the guarantee say about batteries and lamps?", False),
        ("Who pays for the parcel when I send it back?", False),
    ):
        strategy = reference.choose_strategy(message, history)
        print(f"{strategy:12} {message}{'   (stopped)' if stopped else ''}")
        history.append(reference.Turn(message, strategy, stopped))


def close_markdown() -> None:
    """An answer grows. Each line is what Markdown is given for one drawing: as soon as a fence is
    open, it is closed at the end of the text, until the model closes it."""
    text = ""
    for token in ["Like so:\n", "```", "python", "\nprint(", '"~~~")', "\n``", "`\n", "Done."]:
        text += token
        print(repr(reference.close_markdown(text)))


def interactive() -> None:
    """Every four tokens somebody is asked. The answers are prepared here; in a terminal, `input`
    asks. The model's stream is closed at the "n": see how much was pulled."""
    model = ScriptedChatModel(replies=[Reply.of("Returns are free for thirty days in all shops.")])
    replies = iter(["y", "s", "n"])

    def ask(question):
        answer = next(replies)
        print(f"\n{question}{answer}")
        return answer

    tokens = (chunk.text for chunk in model.stream("What is the refund policy?"))
    for token in reference.interactive(tokens, 4, ask):
        print(token, end="", flush=True)
    print(f"\npulled: {model.transcript[0].pulled}, {model.transcript[0].outcome}")


async def spinner() -> None:
    """A search takes a second. Each line is what was on the terminal, and since when. At the end
    nothing is left of it."""
    out = Terminal()
    start = time.monotonic()
    async with reference.spinner("Searching ...", out, interval=0.1):
        await asyncio.sleep(0.95)
    for when, shown in out.drawings:
        print(f"{when - start:.1f} s  {shown or '(a clear line)'}")


async def the_spinner_that_spins_first() -> None:
    """### The spinner that spins first

    This one is often copied: eight frames with `time.sleep` between them, and only then the work.
    It takes longer than without it, and while the work runs nothing moves.
    """
    out, start = Terminal(), time.monotonic()
    for frame in reference.FRAMES:
        out.write(f"\r{frame} Searching ...")
        out.flush()
        time.sleep(0.1)
    print(f"the work begins after {time.monotonic() - start:.1f} s")
    await asyncio.sleep(0.5)
    print(f"and ends after {time.monotonic() - start:.1f} s, {len(out.drawings)} pictures")
    print("left on the line:", out.screen)


def render_live() -> None:
    """A screen of 30 columns and 4 rows, and an answer that is longer. Each box is one drawing:
    always the end of the text, four times a second. At the end all of it is shown."""
    out = Terminal(width=30, height=4)
    console = Console(
        file=out, width=30, height=4, force_terminal=True, force_jupyter=False, _environ={}
    )
    text = "Sizes are a list[int].\n" + "".join(f"Row {number}\n" for number in range(1, 9))
    tokens = [item for token in split_tokens(text) for item in (Pause(0.04), token)]
    reference.render_live(Source(tokens), console, refresh=4)
    for _, shown in out.drawings[:-1]:
        print(f"{'-' * 30}\n{shown}")
    print(f"{'=' * 30}\n{out.everything}")


def brackets_and_rich() -> None:
    """### What rich does with brackets

    The same answer, once as a string and once as a `Text`. The string loses its brackets, and
    everything beyond the screen is three dots while it is live.
    """
    answer = "values: list[int]\n" + "\n".join(f"row {number}" for number in range(1, 7))
    for content in (answer, Text(answer)):
        out = Terminal(width=30, height=4)
        console = Console(
            file=out, width=30, height=4, force_terminal=True, force_jupyter=False, _environ={}
        )
        with Live(console=console, auto_refresh=False) as live:
            live.update(content, refresh=True)
            during = out.screen
        print(f"{type(content).__name__}:\n{during}\n")


def segment_stream() -> None:
    """The model sends tokens, and the fences come in pieces. Each line is one segment: text as soon
    as it cannot be a mark anymore, code and tables line by line."""
    answer = (
        "Prices, from $5:\n| lamp | 5 |\n| bulb | 1 |\n\n"
        "```python\nprices = [5, 1]\n```\nIn all:\n$$\n5 + 1 = 6\n$$\n"
    )
    pieces = [answer[at : at + 4] for at in range(0, len(answer), 4)]
    for segment in reference.segment_stream(pieces):
        print(f"{segment['block']} {segment['type']:6}{segment['content']!r}")


def what_holding_back_costs() -> None:
    """### What holding back costs

    When the model sends its tokens, and when a reader sees them. `segment_stream` waits where a
    line may become a fence, and inside code for the end of each line. A display that waits for
    whole lines everywhere is late with the text as well. (The time is virtual, so it is the same on
    each run.)
    """
    tokens = [
        "It",
        " is",
        " `5`",
        " now",
        ":",
        "\n",
        "``",
        "`",
        "\n",
        "x=5",
        "\n",
        "```",
        "\n",
        "So",
    ]
    items = [item for token in tokens for item in (Pause(0.2), token)]

    def whole_lines(tokens):
        held = ""
        for token in tokens:
            held += token
            if token == "\n":
                yield held
                held = ""
        yield held

    with virtual_time():
        rows = {"the model": arrivals(Source(items))}
    with virtual_time():
        segments = reference.segment_stream(Source(items))
        rows["segment_stream"] = arrivals(segment["content"] for segment in segments)
    with virtual_time():
        rows["whole lines"] = arrivals(whole_lines(Source(items)))
    plots.arrivals_by_source(rows, "When text can be seen")


async def compare_modes() -> None:
    """The same question, in one piece and as a stream, from the same model. The totals are the
    same; what differs is how long somebody looks at an empty screen. Examples call this "30 times
    better": that is a ratio of two waits for the first word, and nothing finishes sooner."""
    reply = Reply(Pause(0.3), *Reply.of("Returns are free for thirty days.", pause=0.2).parts)
    model = ScriptedChatModel(replies=[reply, reply])
    result = await reference.compare_modes(model, "What is the refund policy?")
    for name, timing in (("blocking", result.blocking), ("streaming", result.streaming)):
        waits = "." * round(timing.first_visible * 20)
        reads = "#" * round((timing.total - timing.first_visible) * 20)
        print(f"{name:10}{timing.first_visible:.1f} s of {timing.total:.1f} s  {waits}{reads}|")
    print("the same text:", result.same_text)
