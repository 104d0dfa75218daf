"""Live demos of lesson 18. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function named after a task is the demo of that task. The demos
show the reference solution on models that play a script; where many runs are needed, time is
virtual. Each of them is self-contained, so that it can be changed and run again in front of a
class.
"""

import asyncio
import random
import sys
import time
from itertools import pairwise

import matplotlib.pyplot as plt
from IPython.display import display, update_display
from langchain_core.messages import AIMessageChunk
from pydantic_ai import Agent
from pydantic_ai.models.function import FunctionModel

from course import plots
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.clock import virtual_time
from course.fakes.script import Pause, Reasoning, Reply, split_tokens
from course.fakes.sources import Source
from course.notebook import arrivals, open_lesson

reference = open_lesson("18").reference


def should_stream() -> None:
    """The ten cases that guides list, with an answer of eight seconds. Make it one second and see
    what is left."""
    seconds = 8
    cases = {
        "a long answer": {"user_facing": True},
        "a chat": {"user_facing": True},
        "an explanation or an essay": {"user_facing": True},
        "an interactive app": {"user_facing": True},
        "a tool with a user in front of it": {"user_facing": True},
        "background work": {"user_facing": False},
        "a batch": {"user_facing": True, "batch": True},
        "an answer for another program": {"user_facing": False},
        "JSON that is checked as a whole": {"user_facing": True, "needs_complete": True},
        "a test": {"user_facing": False, "needs_complete": True},
    }
    for case, options in cases.items():
        streams = reference.should_stream(expected_seconds=seconds, **options)
        print(f"{case:34} {'stream' if streams else 'do not stream'}")


def perceived_speedup() -> None:
    """The famous "30 times better" is the wait for the first word. The wait for the last word
    stays as it was."""
    for total, ttft in ((15, 0.5), (15, 14), (1, 0.5), (15, None)):
        times = reference.perceived_speedup(total, ttft)
        said = "no figure" if times is None else f"{times:.1f} times"
        print(f"the first word after {ttft} s, the last after {total} s: {said}")


def summarize() -> None:
    """The model is silent, thinks, stumbles once, and ends with an empty chunk. Each of these
    shows in a different figure."""
    words = split_tokens("Returns are free for thirty days. Keep the receipt, it is the proof.")
    parts = [part for word in words for part in (Pause(0.03), word)]
    parts[12:12] = [Pause(0.3)]
    model = ScriptedChatModel(replies=[Reply(Pause(0.4), Reasoning("Which rule?"), *parts)])
    summary = reference.summarize(model.stream("What is the refund policy?"))
    for name, value in vars(summary).items():
        print(f"{name:8} {value if isinstance(value, int) else round(value, 3)}")


def one_rate_for_three_streams() -> None:
    """### One rate, three streams

    Each of these streams has six tokens in three seconds: all of them have two tokens a second.
    What a reader feels is in the other figures. (The time is virtual, so it is the same on each
    run.)
    """
    waits = {
        "steady": [0.5] * 6,
        "crowds": [0.1, 0.1, 0.1, 2.5, 0.1, 0.1],
        "late": [2.0, 0.2, 0.2, 0.2, 0.2, 0.2],
    }
    came = {}
    for name, seconds in waits.items():
        items = [item for wait in seconds for item in (Pause(wait), AIMessageChunk(content="*"))]
        with virtual_time():
            came[name] = [(when, "") for when, _ in arrivals(Source(items))]
            one = reference.summarize(Source(items), time.monotonic)
        print(f"{name:8} ttft {one.ttft:.1f}  then {one.tpot:.2f} each, longest {one.gap_max:.1f}")
    plots.arrivals_by_source(came, "Six tokens in three seconds")


def count_tokens() -> None:
    """One answer in three ways: with the provider's count, with an estimate, and with counts that
    grow in each chunk. Counting chunks would give a different number each time."""
    text = "Returns are free for thirty days."
    model = ScriptedChatModel(replies=[Reply.of(text), Reply(text, usage=None)])
    for _ in range(2):
        chunks = list(model.stream("What is the refund policy?"))
        print(f"{len(chunks)} chunks:", reference.count_tokens(chunks))
    growing = list(ScriptedChatModel(replies=[Reply.of(text)]).stream("And again?"))[:-1]
    for number, chunk in enumerate(growing, start=1):
        chunk.usage_metadata = {
            "input_tokens": 5,
            "output_tokens": number,
            "total_tokens": 5 + number,
        }
    print(f"{len(growing)} chunks:", reference.count_tokens(growing))


def live_stats() -> None:
    """The text goes to one place and the figures to another. Here both are printed, the figures on
    separate lines; a terminal would have one line just for them."""
    answer = "Returns are free for thirty days. Is a receipt needed? Yes, or $3.14 are kept. "
    model = ScriptedChatModel(replies=[Reply.of(answer, pause=0.03)])
    tokens = (chunk.text for chunk in model.stream("What is the refund policy?"))

    def report(stats):
        speed = "?" if stats.chars_per_second is None else f"{stats.chars_per_second:.0f}"
        print(
            f"\n   [{stats.words} words, {stats.sentences} sentences, {speed} characters/s]",
            flush=True,
        )

    for token in reference.live_stats(tokens, 5, report):
        print(token, end="", flush=True)


def a_line_that_renews_itself() -> None:
    """### A live line

    Guides print the figures with `\\r` into the answer: the next figures overwrite it. Here the
    figures are the only thing on their line, and the answer is kept for later. (`sys.stderr` is
    where a program in a terminal would write them.)
    """
    model = ScriptedChatModel(replies=[Reply.of("One word after the other. " * 5, pause=0.02)])
    tokens = (chunk.text for chunk in model.stream("How do people read?"))

    def line(stats):
        sys.stdout.write(f"\r{stats.words:3} words  {stats.seconds:4.1f} s")
        sys.stdout.flush()

    answer = "".join(reference.live_stats(tokens, 5, line))
    print(f"\nand then the answer: {answer[:26]}...")


async def progress_with_pydantic_ai() -> None:
    """### Progress every ten chunks, with pydantic-ai

    A common example prints its progress into the text, adds up snapshots as if they were deltas,
    uses the wall clock, which may jump, and divides by a time that may be zero. Here the figures
    have their own output, above the text.
    """

    async def explain(messages, info):
        for token in split_tokens("Training means: guess, measure the error, correct. " * 4):
            await asyncio.sleep(0.03)
            yield token

    where = {"raw": True, "display_id": "progress"}
    display({"text/plain": "..."}, **where)
    chunks, characters, start = 0, 0, time.monotonic()
    async with Agent(FunctionModel(stream_function=explain)).run_stream("Explain training.") as run:
        async for delta in run.stream_text(delta=True, debounce_by=None):
            print(delta, end="", flush=True)
            chunks, characters = chunks + 1, characters + len(delta)
            if chunks % 10 == 0:
                seconds = time.monotonic() - start
                speed = f"{characters / seconds:.0f} characters/s" if seconds else "no speed yet"
                text = f"{chunks} chunks, {characters} characters, {speed}"
                update_display({"text/plain": text}, **where)
    print(f"\n{chunks} chunks, {characters} characters, {time.monotonic() - start:.1f} s")


def ascii_histogram() -> None:
    """Speeds of 300 sessions, in tokens per second. You can see the slowest one."""
    pick = random.Random(18)
    speeds = [2.0, *(max(5.0, pick.gauss(16, 5)) for _ in range(300))]
    print(reference.ascii_histogram(speeds, width=50))


def gaps_between_tokens() -> None:
    """### The mean hides the stumble

    The gaps of one stream: most of them are short, and a few are long. The lines show the median,
    the mean, and the 95th percentile. (The time is virtual, so it is the same on each run.)
    """
    pick = random.Random(18)
    gaps = [pick.expovariate(25) for _ in range(190)] + [pick.uniform(0.3, 0.8) for _ in range(10)]
    pick.shuffle(gaps)
    with virtual_time():
        came = arrivals(Source([item for gap in gaps for item in (Pause(gap), "word ")]))
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(came)]
    _, axes = plt.subplots(figsize=(8, 3.2), dpi=110, layout="constrained")
    axes.hist(gaps, bins=40, color="#0072B2")
    for name, value, style in (
        ("median", reference.percentile(gaps, 50), "-"),
        ("mean", sum(gaps) / len(gaps), "--"),
        ("95th percentile", reference.percentile(gaps, 95), ":"),
    ):
        label = f"{name}: {value:.2f} s"
        axes.axvline(value, color="#333333", linestyle=style, label=label)
    axes.set(xlabel="seconds between two tokens", ylabel="how often")
    axes.set_title("The gaps of one stream", loc="left", fontweight="bold")
    axes.legend()
    plt.show()


def session_log() -> None:
    """Forty sessions of a day. Two of them went wrong, some were stopped by their users, and most
    users say nothing about it."""
    pick = random.Random(18)
    log = reference.SessionLog()
    for number in range(40):
        ttft = pick.uniform(0.3, 1.6)
        status = "failed" if number in (7, 23) else pick.choice(["complete"] * 5 + ["interrupted"])
        log.add(
            reference.Session(
                status,
                topic=pick.choice(["refunds", "opening hours"]),
                ttft=ttft,
                seconds=ttft + pick.uniform(2, 6),
                tokens=pick.randrange(40, 160),
                error="TimeoutError" if status == "failed" else None,
                rating=pick.choice([True, True, False, None, None, None]),
            )
        )
    for name, value in log.insights().items():
        print(f"{name:18} {round(value, 3) if isinstance(value, float) else value}")


def ab_test() -> None:
    """Three experiments in virtual time: the same variant under two names, two that differ a
    little, and two that differ clearly. The differences of the means alone would declare a winner
    three times."""
    pick = random.Random(18)

    def variant(mean):
        return lambda: pick.gauss(mean, 0.2)

    for title, a, b in (("the same", 1, 1), ("a little", 1, 1.05), ("clearly", 1, 1.5)):
        report, winner = reference.ab_test({"A": variant(a), "B": variant(b)}, n=12)
        means = "  ".join(
            f"{name} {one.mean:.2f} ± {one.standard_error:.2f} s" for name, one in report.items()
        )
        print(f"{title:10} {means}   winner: {winner}")


def one_after_the_other() -> None:
    """### One after the other

    Both variants are the same function. The server gets slower with each request. If you test all
    of A first and then all of B, you find a winner; in mixed rounds there is none.
    """

    def server():
        seconds = 1.0
        while True:
            yield seconds
            seconds += 0.05

    requests = server()
    in_a_row = {name: [next(requests) for _ in range(12)] for name in "AB"}
    for name, seconds in in_a_row.items():
        print(f"one after the other  {name}: {sum(seconds) / 12:.2f} s")
    requests = server()
    report, winner = reference.ab_test(dict.fromkeys("AB", lambda: next(requests)), n=12)
    for name, one in report.items():
        print(f"in mixed rounds      {name}: {one.mean:.2f} s")
    print("winner:", winner)
