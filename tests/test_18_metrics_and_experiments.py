"""Lesson 18: Metrics & Experiments.

One class for each task. `text` makes durations that differ from seed to seed, and time is virtual:
a pause of an hour takes no time.
"""

from __future__ import annotations

import asyncio
import math
import re
import statistics
import time
from contextlib import contextmanager
from functools import partial
from itertools import accumulate, pairwise, product
from typing import ClassVar

from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk

from course.fakes.script import Pause
from course.fakes.sources import Source
from course.grade.expect import Words, check, keeps, raises
from course.grade.scenarios import (
    EACH_ASYNC_ENDING,
    EACH_ENDING,
    EACH_TEXT,
    ERRORS,
    INTERRUPTS,
    TEXTS,
    Ending,
    Stop,
    Stranger,
    any_ending,
    any_text,
    any_tokens,
    each,
    repeated,
    wrong_limits,
)
from course.grade.search import EARLIER_CALL, WHY_EARLIER_CALL
from course.grade.stream_checks import (
    LAZY,
    SAME_ERROR,
    check_closed,
    check_not_ahead,
    joined,
    passes_on,
    same,
)
from course.grade.stream_promises import StreamPromises, one_by_one
from course.grade.value_checks import Explained, never, refused, unchanged

BLOCK = "\u2588"
KEEPS = StreamPromises()
UNKNOWN = "What nobody knows is None. 0 would be a number, and the best one of all."


def chunk(content="", **options):
    return AIMessageChunk(content=content, **options)


def thought(text):
    """A chunk of reasoning, which has no text."""
    return chunk([{"type": "reasoning", "reasoning": text, "index": 0}])


def calling():
    """A chunk of a tool call, which has no text."""
    call = {"name": "search", "args": "", "id": "call_1", "index": 0, "type": "tool_call_chunk"}
    return chunk(tool_call_chunks=[call])


def usage(tokens, content=""):
    """A chunk that reports how many tokens the answer has so far."""
    counts = {"input_tokens": 9, "output_tokens": tokens, "total_tokens": 9 + tokens}
    return chunk(content, usage_metadata=counts)


def block(**fields):
    """A chunk whose content is one block."""
    return chunk([{**fields, "index": 0}])


THOUGHT = "\x02"
"""How a text begins that stands for one of reasoning."""

CHUNKS = {
    "text": lambda: chunk("so"),
    "a blank": lambda: chunk(" "),
    "a 0": lambda: chunk("0"),
    "a block of text": lambda: block(type="text", text="so"),
    "reasoning": lambda: thought("hm"),
    "a tool call": calling,
    "arguments": lambda: chunk(
        tool_call_chunks=[
            {"name": None, "args": "{", "id": None, "index": 0, "type": "tool_call_chunk"}
        ]
    ),
    "text and usage": lambda: usage(3, "so"),
    "text that stops": lambda: chunk("so", response_metadata={"finish_reason": "stop"}),
    "nothing": chunk,
    "usage": lambda: usage(7),
    "a stop": lambda: chunk(response_metadata={"finish_reason": "stop"}),
    "the last one": lambda: chunk(chunk_position="last"),
    "a block of no text": lambda: block(type="text", text=""),
    "no reasoning": lambda: thought(""),
    "an image": lambda: block(type="image", url="https://example.org/cat.png"),
}
"""Chunks of all kinds."""

NO_OUTPUT = {
    *("nothing", "usage", "a stop", "the last one", "a block of no text", "no reasoning"),
    "an image",
}
"""Those that do not count."""


def milliseconds():
    return time.monotonic() * 1_000


def from_zero():
    """A clock that begins at 0, which is false in an `if`."""
    start = time.monotonic()
    return lambda: time.monotonic() - start


def each_error():
    """Each kind of error, and each interrupt, that can come from what has no event loop."""
    return tuple(kind("of the source") for kind in (*ERRORS, *INTERRUPTS))


@contextmanager
def no_division_by_zero(of):
    """Explain a ZeroDivisionError in the block: a figure `of` this has no value."""
    with never(
        ZeroDivisionError,
        f"it divides by zero for {of}",
        f"Check what you divide by before you divide. {UNKNOWN}",
    ):
        yield


@contextmanager
def accepted(problem, why):
    """Fail with these words if the block raises an error that has to do with its data."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        got = Words(f"{type(error).__name__}: {error}")
        check(False, problem, why=why, got=got, wanted=Words("no error"))


def shown(record, *names):
    """Some fields of a record or a dict, to be shown."""
    get = record.__getitem__ if isinstance(record, dict) else partial(getattr, record)
    return Words(", ".join(f"{name}={told(get(name))}" for name in names))


def told(value):
    return f"{value:g}" if isinstance(value, float) else repr(value)


class TestShouldStream(Explained):
    """Stream what somebody waits for, and not otherwise."""

    WHY: ClassVar = {
        "an answer that is there at once is streamed": "Somebody who waits for less than two "
        "seconds hardly notices the wait.",
        "exactly two seconds are taken for more than two": "Exactly two seconds is not more than "
        "two seconds.",
    }

    @keeps(3)
    def test_long_answers_for_people_are_streamed(self, answers, text):
        for case in ("a long answer", "a chat", "an essay", "an app with buttons", "a tool"):
            seconds = 2 + text.seconds()
            got = answers.should_stream(expected_seconds=seconds, user_facing=True)
            self.must(
                got is True,
                f"{case} is not streamed to the person who waits for it",
                True,
                why="Somebody is watching, can read the first half, and would wait for more than "
                "two seconds: then stream.",
            )

    @keeps(1)
    def test_what_nobody_reads_along_is_not_streamed(self, answers, text):
        seconds = 2 + text.seconds()
        for case, options in (
            ("work in the background", {"user_facing": False}),
            ("an answer for another program", {"user_facing": False, "needs_complete": True}),
            ("one of a batch", {"user_facing": True, "batch": True}),
            ("what has to be complete", {"user_facing": True, "needs_complete": True}),
            ("a batch in the background", {"user_facing": False, "batch": True}),
        ):
            got = answers.should_stream(expected_seconds=seconds, **options)
            self.must(
                got is False,
                f"{case} is streamed",
                False,
                why="Streaming shortens the wait for a person who can use the first half. Without "
                "such a person it only costs.",
            )

    @keeps(2)
    def test_short_answers_are_not_streamed(self, answers, text):
        got = answers.should_stream(expected_seconds=text.seconds(0.1, 1.9), user_facing=True)
        self.must(got is False, "an answer that is there at once is streamed", False)

    @keeps(2)
    def test_two_seconds_are_not_more_than_two(self, answers):
        got = answers.should_stream(expected_seconds=2, user_facing=True)
        self.must(got is False, "exactly two seconds are taken for more than two", False)
        got = answers.should_stream(expected_seconds=2.001, user_facing=True)
        self.must(
            got is True,
            "a little more than two seconds is not enough",
            why="It is more than two seconds.",
        )

    def test_any_answer(self, search):
        def promise(answers, seconds):
            should_stream = answers.should_stream
            for one, *flags in product(seconds, (True, False), (False, True), (False, True)):
                user_facing, needs_complete, batch = flags
                reasons = {
                    "nobody waits for it": not user_facing,
                    "half of it is useless": needs_complete,
                    "it is one of a batch": batch,
                    f"{one!r} seconds are not more than two": not one > 2,
                }
                against = next((reason for reason, holds in reasons.items() if holds), None)
                got = should_stream(
                    expected_seconds=one,
                    user_facing=user_facing,
                    needs_complete=needs_complete,
                    batch=batch,
                )
                self.must(
                    got is False or against is None,
                    f"an answer is streamed although {against}",
                    False,
                    why="One reason not to stream is enough, whatever else holds.",
                )
                self.must(
                    got is True or against is not None,
                    "an answer is not streamed although nothing speaks against it",
                    True,
                    why="Somebody waits for more than two seconds, however much more, and can use "
                    "the first half.",
                )

        few = [0, 0.5, 1, 1.999, 2, 2.0, math.nextafter(2, 0)]
        many = [3, math.nextafter(2, 3), 2.0001, 2.4, 2.5, 10, 60, 3600.0, 1e12, math.inf]
        search(promise, {"seconds": [*many, *few]}, seconds=st.lists(st.floats(0, 99)))


class TestPerceivedSpeedup(Explained):
    """The wait without streaming, over the wait with it."""

    WHY: ClassVar = {
        "the number is upside down": "Streaming makes the wait shorter, so the number is more than "
        "1.",
        "the figure is wrong": "How many times does the short wait fit into the long one?",
        "the figure is rounded": "Round only where it is displayed: others calculate with it.",
        "it returns a number where there is none": "Without a first token, or without any time "
        "before it (0 or less), nothing can be compared. That is None, not 0 and not infinity.",
        "a first token after the end of the stream is accepted": "That is impossible: one of the "
        "two times was not measured correctly. Do not calculate with it.",
        "there is no figure where there is one": "The first token came after some time, however "
        "short, and not after the end.",
        "an answer that comes all at once does not give 1.0": "Its first token is its last one. "
        "That is possible, and the wait is the same.",
    }

    @keeps(1)
    def test_it_is_the_total_over_the_first_token(self, answers, text):
        ttft = text.random.choice((0.25, 0.5, 0.75, 1.25))
        for times in (30, text.random.randrange(2, 20)):
            total = ttft * times
            got = answers.perceived_speedup(total, ttft)
            must = self.against(total / ttft)
            must(not same(got, ttft / total), "the number is upside down")
            must(same(got, total / ttft), "the figure is wrong")

    @keeps(2)
    def test_it_is_not_rounded(self, answers, text):
        ttft = 3.0
        total = ttft * text.random.randrange(2, 9) + 1
        got = answers.perceived_speedup(total, ttft)
        self.must(
            got is not None and same(got, total / ttft), "the figure is rounded", total / ttft
        )

    @keeps(3)
    def test_without_a_first_token_there_is_no_figure(self, answers, text):
        for ttft in (None, 0, 0.0, -text.seconds()):
            got = answers.perceived_speedup(text.seconds(), ttft)
            self.must(got is None, "it returns a number where there is none", None)

    @keeps(4)
    def test_a_first_token_after_the_end_is_an_error(self, answers, text):
        total = text.seconds()
        got = answers.perceived_speedup(total, total + 0.5)
        self.must(got is None, "a first token after the end of the stream is accepted", None)

    @keeps(4)
    def test_all_at_once_is_no_gain(self, answers, text):
        total = text.seconds()
        got = answers.perceived_speedup(total, total)
        self.must(got == 1.0, "an answer that comes all at once does not give 1.0", 1.0)

    def test_any_times(self, search):
        def promise(answers, pairs):
            perceived_speedup = answers.perceived_speedup
            for total, ttft in pairs:
                got = perceived_speedup(total, ttft)
                if ttft is None or ttft <= 0:
                    self.must(got is None, "it returns a number where there is none", None)
                elif ttft > total:
                    problem = "a first token after the end of the stream is accepted"
                    self.must(got is None, problem, None)
                else:
                    wanted = total / ttft
                    must = self.against(wanted)
                    must(got is not None, "there is no figure where there is one")
                    near = math.isclose(got, wanted, rel_tol=1e-12)
                    must(near or got != round(wanted), "the figure is rounded")
                    must(near, "the figure is wrong")

        times = (0.001, 0.1, 0.3, 0.5, 0.7, 1, 2, 3, 7, 9.99, 15, 60.0, 1e6, 1e-9)
        nothing = (None, 0, 0.0, -0.0, -1, -0.5, -1e9)
        late = [(total, math.nextafter(total, 99)) for total in (0, 0.0, 2, 15.0)]
        pairs = [*product(times, times), *product((0, 0.0, 2, 15.0), nothing), *late]
        time = st.integers(-9_999, 99_999).map(lambda number: number / 1_000)
        drawn = st.tuples(time, time)
        search(promise, {"pairs": pairs}, pairs=st.lists(drawn))


class TestSummarize(Explained):
    """How fast a stream came: the first token, and the rest without it."""

    WHY: ClassVar = {
        "the time to the first token is wrong": "It runs from the call until the first chunk with "
        "output was pulled.",
        "the total is wrong": "It runs from the call until the last chunk with output was pulled.",
        "an empty first chunk is taken for the first token": "It only says whose turn it is, and "
        "there is nothing to read. has_output tells them apart.",
        "chunks without output are counted": "The last chunk of most streams is empty: it has the "
        "usage, or nothing at all. has_output tells them apart.",
        "the time to the first token is taken for a gap": "A gap lies between two chunks with "
        "output. The first one begins with the first of them.",
        "a chunk without output ends a gap, or the stream": "Leave it out before you calculate, "
        "and not only where you count.",
        "only text counts as output": "A model that thinks or calls a tool has begun to write. "
        "has_output looks for all three.",
        "the time to the first token is in the time per token": "Before the first token the model "
        "reads; after it, it writes. Those are two separate numbers. Leave out the time to the "
        "first token, and that token, too.",
        "the time per token is wrong": "Five tokens have four gaps between them: (total - ttft) / "
        "(chunks - 1).",
        "the time to the first token counts as a gap": "A gap lies between two chunks. Before the "
        "first one there is none.",
        "the mean is taken for the median": "One long gap moves the mean and not the median. Use "
        "percentile(gaps, 50).",
        "the median is not one of the gaps": "statistics.median goes halfway between the two in "
        "the middle. Use percentile, which does not make up values in between.",
        "the figures of the gaps are wrong": "percentile(gaps, 50), percentile(gaps, 95) and the "
        "longest one.",
        "a stream without output has figures": UNKNOWN,
        "a stream without output has gaps": UNKNOWN,
        "0.0 is taken for nothing": "The first chunk came at once. 0.0 is false in an `if`, just "
        "like None: check how many chunks there are, or whether a time `is None`.",
        "it reads a clock other than the given one": "Read the time only with clock(). A clock "
        "that shows the date can jump when it is set.",
        "chunks is wrong": "Count the chunks that have output, whatever else they have, and no "
        "others. Two that are equal are two.",
        "ttft is wrong": "It runs from the call until the first chunk with output was pulled.",
        "total is wrong": "It runs from the call until the last chunk with output was pulled.",
        "tpot is wrong": "(total - ttft) / (chunks - 1), and None with fewer than two chunks.",
        "gap_p50 is wrong": "percentile(gaps, 50) of the times between two chunks with output.",
        "gap_p95 is wrong": "percentile(gaps, 95) of the times between two chunks with output.",
        "gap_max is wrong": "The longest of the times between two chunks with output.",
        "it does not read the stream to its end": "More may follow what looks like the last chunk, "
        "and nobody else closes the stream.",
        "the time before the stream is open is left out": "Time starts when summarize is called. "
        "iter(chunks) is the first thing that may take some.",
        "a model's stream has no figures": "What model.stream returns is a stream of chunks.",
    }

    @keeps(1)
    def test_the_first_token_is_timed(self, answers, text):
        first = text.seconds()
        source = Source([Pause(first), chunk(text.word()), Pause(9), chunk(text.word())])
        got = answers.summarize(source)
        self.must(
            same(got.ttft, first) and got.chunks == 2,
            "the time to the first token is wrong",
            Words(f"ttft={first:g}, chunks=2"),
            shown(got, "ttft", "chunks"),
        )
        self.must(
            same(got.total, first + 9),
            "the total is wrong",
            Words(f"total={first + 9:g}"),
            shown(got, "total"),
        )

    @keeps(2)
    def test_chunks_without_output_do_not_count(self, answers, text):
        waits = [text.seconds() for _ in range(5)]
        chunks = [chunk(), chunk(text.word()), chunk(), chunk(text.word()), usage(7)]
        items = [one for pair in zip(map(Pause, waits), chunks, strict=True) for one in pair]
        got = answers.summarize(Source(items))
        self.must(
            not same(got.ttft, waits[0]),
            "an empty first chunk is taken for the first token",
            Words(f"ttft={sum(waits[:2]):g}"),
            shown(got, "ttft"),
        )
        self.must(
            got.chunks == 2,
            "chunks without output are counted",
            Words("chunks=2"),
            shown(got, "chunks"),
        )
        self.must(
            not same(got.gap_max, sum(waits[:2])),
            "the time to the first token is taken for a gap",
            Words(f"gap_max={sum(waits[2:4]):g}"),
            shown(got, "gap_max"),
        )
        self.must(
            same(got.total, sum(waits[:4])) and same(got.gap_max, sum(waits[2:4])),
            "a chunk without output ends a gap, or the stream",
            Words(f"total={sum(waits[:4]):g}, gap_max={sum(waits[2:4]):g}"),
            shown(got, "total", "gap_max"),
        )

    @keeps(2)
    def test_reasoning_and_tool_calls_are_output(self, answers, text):
        first, second = text.seconds(), text.seconds()
        for output in (thought(text.word()), calling()):
            items = [chunk(), Pause(first), output, Pause(second), chunk(text.word()), chunk()]
            got = answers.summarize(Source(items))
            self.must(
                got.chunks == 2 and same(got.ttft, first),
                "only text counts as output",
                Words(f"ttft={first:g}, chunks=2"),
                shown(got, "ttft", "chunks"),
            )

    @keeps(3)
    def test_the_first_token_is_not_in_the_rate(self, answers, text):
        first, gap = 10 + text.seconds(), text.seconds()
        items = [Pause(first)]
        items += [one for _ in range(5) for one in (chunk(text.word()), Pause(gap))]
        got = answers.summarize(Source(items))
        must = self.against(Words(f"tpot={gap:g}"), shown(got, "tpot"))
        must(
            not same(got.tpot, (first + gap * 4) / 5),
            "the time to the first token is in the time per token",
        )
        must(same(got.tpot, gap), "the time per token is wrong")

    @keeps(3)
    def test_gaps_have_percentiles(self, answers, text):
        gaps = [number / 100 for number in text.random.sample(range(20, 200), 99)] + [60.0]
        text.random.shuffle(gaps)
        items = [Pause(90), chunk("so")]
        items += [one for gap in gaps for one in (Pause(gap), chunk(" on"))]
        got = answers.summarize(Source(items))
        middle, rare = sorted(gaps)[49], sorted(gaps)[94]
        names = ("gap_p50", "gap_p95", "gap_max")
        wanted = Words(f"gap_p50={middle:g}, gap_p95={rare:g}, gap_max=60")
        must = self.against(wanted, shown(got, *names))
        must(not same(got.gap_max, 90), "the time to the first token counts as a gap")
        must(not same(got.gap_p50, statistics.mean(gaps)), "the mean is taken for the median")
        must(not same(got.gap_p50, statistics.median(gaps)), "the median is not one of the gaps")
        must(
            same([got.gap_p50, got.gap_p95, got.gap_max], [middle, rare, 60.0]),
            "the figures of the gaps are wrong",
        )

    @keeps(4)
    def test_without_figures_there_is_none(self, answers, text):
        wait = text.seconds()
        with no_division_by_zero("a stream without output"):
            got = answers.summarize(Source([chunk(), Pause(wait), usage(0)]))
        self.must(
            (got.chunks, got.ttft, got.total, got.tpot) == (0, None, None, None),
            "a stream without output has figures",
            Words("chunks=0, ttft=None, total=None, tpot=None"),
            shown(got, "chunks", "ttft", "total", "tpot"),
        )
        self.must(
            (got.gap_p50, got.gap_p95, got.gap_max) == (None, None, None),
            "a stream without output has gaps",
            Words("gap_p50=None, gap_p95=None, gap_max=None"),
            shown(got, "gap_p50", "gap_p95", "gap_max"),
        )
        with no_division_by_zero("a single chunk, which has no gap"):
            got = answers.summarize(Source([Pause(wait), chunk(text.word())]))
        self.must(
            same(got.ttft, wait)
            and (got.tpot, got.gap_p50, got.gap_p95, got.gap_max) == (None, None, None, None),
            "a single chunk has a rate, or gaps",
            Words(f"ttft={wait:g}, tpot=None, gap_p50=None, gap_p95=None, gap_max=None"),
            shown(got, "ttft", "tpot", "gap_p50", "gap_p95", "gap_max"),
            why=f"One chunk has no gap. {UNKNOWN}",
        )
        for later in (0.0, wait):
            source = Source([chunk(text.word()), Pause(later), chunk(text.word())])
            got = answers.summarize(source)
            self.must(
                got.ttft == 0.0
                and None not in (got.tpot, got.gap_p50)
                and same([got.tpot, got.gap_p50], [later, later]),
                "0.0 is taken for nothing",
                Words(f"ttft=0, tpot={later:g}, gap_p50={later:g}"),
                shown(got, "ttft", "tpot", "gap_p50"),
            )

    @keeps(5)
    def test_only_the_given_clock_is_read(self, answers, text):
        first, gap = text.seconds(), text.seconds()
        source = Source([Pause(first), chunk(text.word()), Pause(gap), chunk(text.word())])
        got = answers.summarize(source, clock=milliseconds)
        self.must(
            same([got.ttft, got.total, got.tpot], [x * 1_000 for x in (first, first + gap, gap)]),
            "it reads a clock other than the given one",
            Words(f"ttft={first * 1_000:g}, total={(first + gap) * 1_000:g}, tpot={gap * 1_000:g}"),
            shown(got, "ttft", "total", "tpot"),
        )

    @keeps(6)
    def test_a_model_is_measured_and_its_error_passes(self, answers, play, text):
        got = answers.summarize(play(text.sentence()).stream(text.word()))
        self.must(
            got.chunks >= 1 and got.ttft is not None,
            "a model's stream has no figures",
            got=shown(got, "chunks", "ttft"),
        )
        error = ConnectionError(text.word())
        with passes_on(error, "the stream"):
            answers.summarize(Source([chunk(text.word()), error]))

    def test_a_list_stays_as_it_is(self, answers, text):
        chunks = [chunk(), chunk(text.word()), usage(3)]
        with unchanged(chunks=chunks):
            got = answers.summarize(chunks)
        self.must(got.chunks == 1, "chunks is wrong", Words("chunks=1"), shown(got, "chunks"))

    @keeps(1)
    def test_opening_the_stream_takes_time(self, answers, text):
        first, opening = text.seconds(), text.seconds()

        class Opens:
            def __iter__(self):
                time.sleep(opening)
                return Source([Pause(first), chunk(text.word())])

        got = answers.summarize(Opens())
        self.must(
            same(got.ttft, opening + first),
            "the time before the stream is open is left out",
            Words(f"ttft={opening + first:g}"),
            shown(got, "ttft"),
        )

    def test_any_chunks(self, search):
        def promise(answers, chunks, clock, error):
            items = [one for wait, kind in chunks for one in (Pause(wait), CHUNKS[kind]())]
            source = Source([*items, *([error] if error else [])])
            options = {} if clock is None else {"clock": clock()}
            if error:
                with passes_on(error, "the stream"):
                    answers.summarize(source, **options)
                return
            self.check_summary(answers.summarize(source, **options), chunks, clock)
            self.must(
                source.asked == len(chunks) + 1,
                "it does not read the stream to its end",
                Words(f"{len(chunks)} chunks and the end asked for"),
                Words(f"{source.asked} asked for"),
            )

        both = [(2.0, "text"), (1 / 3, "text")]
        always = (
            *each(
                chunks=tuple([both[0], (3.0, kind), *both] for kind in CHUNKS),
                clock=None,
                error=None,
            ),
            *each(
                chunks=tuple([(1.0, kind), *both, (3.0, kind)] for kind in NO_OUTPUT),
                clock=from_zero,
                error=None,
            ),
            *each(chunks=tuple([(0.5, kind)] for kind in CHUNKS), clock=from_zero, error=None),
            *each(
                chunks=tuple(
                    [(90.0, "text"), *((gap / 4, "text") for gap in range(count, 0, -1))]
                    for count in (2, 3, 10, 19, 20, 21, 39, 40)
                ),
                clock=None,
                error=None,
            ),
            *each(chunks=both, clock=None, error=each_error()),
            {"chunks": [(0, "text")] * 3, "clock": from_zero, "error": None},
            {"chunks": [], "clock": None, "error": None},
        )
        waits, kinds = (1.0, 0, 0.25, 1 / 3, 60.0), (*CHUNKS, *(set(CHUNKS) - NO_OUTPUT))
        one = st.sampled_from([*product(waits, sorted(kinds))])
        search(
            promise,
            *always,
            chunks=repeated(one, 6),
            clock=st.sampled_from((None, from_zero, lambda: milliseconds)),
            error=st.none(),
        )

    def check_summary(self, got, chunks, clock):
        """Check each figure, in thousandths where the clock counts those."""
        scale = 1 if clock in (None, from_zero) else 1_000
        passed = [wait * scale for wait in accumulate(wait for wait, _ in chunks)]
        kinds = [kind for _, kind in chunks]
        times = [at for at, kind in zip(passed, kinds, strict=True) if kind not in NO_OUTPUT]
        gaps = sorted(later - earlier for earlier, later in pairwise(times))

        def rank(percent):
            return next((x for n, x in enumerate(gaps, 1) if n * 100 >= percent * len(gaps)), None)

        wanted = {
            "chunks": len(times),
            "ttft": times[0] if times else None,
            "total": times[-1] if times else None,
            "tpot": (times[-1] - times[0]) / len(gaps) if gaps else None,
            "gap_p50": rank(50),
            "gap_p95": rank(95),
            "gap_max": max(gaps, default=None),
        }
        for name, figure in wanted.items():
            came = getattr(got, name)
            self.must(
                came is None if figure is None else same(came, figure),
                f"{name} is wrong",
                Words(f"{name}={told(figure)}"),
                shown(got, name),
            )


class TestCountTokens(Explained):
    """The provider's count if there is one, and an estimate that says so if not."""

    WHY: ClassVar = {
        "chunks are counted": "A chunk is not a token. It may have several, or none, as the last "
        "one here. The provider reports how many there were.",
        "the provider's count is not what it says": "It is in "
        'chunk.usage_metadata["output_tokens"], and it is not an estimate. The other counts there '
        "are about the question, or about both.",
        "reports are added up": "Each of them says how many there were so far. The last one "
        "includes the others.",
        "it is not the last report that counts": "Chunks without a report may follow. They change "
        "nothing.",
        "the estimator is not asked once": "Estimators round. Asking them for each chunk adds up "
        "rounded numbers.",
        "the estimator does not get the whole text": "Join chunk.text of all chunks, with nothing "
        "in between. Reasoning is not text.",
        "an estimate is not what it says": "What the estimator returns is the count, and estimated "
        "is True.",
        "without an estimator, the count is wrong": "Then estimate_tokens guesses, from the whole "
        "text at once.",
        "a stream without chunks is not an estimate of 0": "Nobody has reported anything, and the "
        "text is empty.",
        "it estimates what the provider has reported": "estimate is only for an answer whose "
        "tokens nobody has reported. It may be slow, or cost something.",
        "a reported 0 is taken for no report": "0 is false in an `if`, just like None. Check "
        "whether usage_metadata is None.",
    }

    @keeps(1)
    def test_the_report_of_the_provider_counts(self, answers, text):
        tokens = text.random.randrange(50, 90)
        chunks = [chunk(), chunk(text.word()), chunk(" " + text.word()), usage(tokens)]
        got = answers.count_tokens(chunks)
        must = self.against(
            Words(f"tokens={tokens}, estimated=False"), shown(got, "tokens", "estimated")
        )
        must(got.tokens not in (len(chunks), len(chunks) - 2), "chunks are counted")
        must(
            (got.tokens, got.estimated) == (tokens, False),
            "the provider's count is not what it says",
        )

    @keeps(2)
    def test_a_later_report_replaces_an_earlier_one(self, answers, text):
        start = text.random.randrange(3, 9)
        reports = [start, start + 4, start + 11]
        chunks = [usage(tokens, text.word()) for tokens in reports]
        got = answers.count_tokens([*chunks, chunk(text.word()), chunk()])
        came = f"after reports of {reports[0]}, {reports[1]} and {reports[2]}"
        self.in_words(
            got.tokens != sum(reports),
            "reports are added up",
            f"tokens={reports[-1]}",
            f"tokens={got.tokens} {came}",
        )
        self.must(
            (got.tokens, got.estimated) == (reports[-1], False),
            "it is not the last report that counts",
            Words(f"tokens={reports[-1]}, estimated=False"),
            shown(got, "tokens", "estimated"),
        )

    @keeps(3)
    def test_without_a_report_the_whole_text_is_estimated(self, answers, text):
        pieces = [text.word()[:3], "!", " ", text.word(), "", text.word()[:5]]
        asked = []

        def characters(whole):
            asked.append(whole)
            return len(whole) * 7

        chunks = [*map(chunk, pieces[:3]), thought(text.secret()), *map(chunk, pieces[3:])]
        with accepted(
            "it assumes that content is a string",
            "The content of a chunk may be a list of blocks, when the model reasons for example. "
            "chunk.text is always a string.",
        ):
            got = answers.count_tokens(Source(chunks), characters)
        self.in_words(
            len(asked) == 1,
            "the estimator is not asked once",
            "asked once, with the whole text",
            f"asked {len(asked)} times",
        )
        self.equal(asked, [joined(pieces)], "the estimator does not get the whole text")
        self.must(
            (got.tokens, got.estimated) == (len(joined(pieces)) * 7, True),
            "an estimate is not what it says",
            Words(f"tokens={len(joined(pieces)) * 7}, estimated=True"),
            shown(got, "tokens", "estimated"),
        )

    @keeps(3)
    def test_estimate_tokens_is_the_default(self, answers, text):
        pieces = list(text.sentences(2))
        wanted = math.ceil(len(pieces) / 4)
        got = answers.count_tokens([chunk(piece) for piece in pieces])
        self.must(
            (got.tokens, got.estimated) == (wanted, True),
            "without an estimator, the count is wrong",
            Words(f"tokens={wanted}, estimated=True"),
            shown(got, "tokens", "estimated"),
        )
        got = answers.count_tokens([])
        self.must(
            (got.tokens, got.estimated) == (0, True),
            "a stream without chunks is not an estimate of 0",
            Words("tokens=0, estimated=True"),
            shown(got, "tokens", "estimated"),
        )

    @keeps(1)
    def test_a_report_of_nothing_is_a_report(self, answers, text):
        asked = []

        def characters(whole):
            asked.append(whole)
            return len(whole)

        got = answers.count_tokens([chunk(text.word()), usage(0)], characters)
        self.must(
            (got.tokens, got.estimated) == (0, False),
            "a reported 0 is taken for no report",
            Words("tokens=0, estimated=False"),
            shown(got, "tokens", "estimated"),
        )
        self.must(not asked, "it estimates what the provider has reported", [], asked)

    @keeps(4)
    def test_an_error_passes(self, answers, text):
        error = ConnectionError(text.word())
        source = Source([usage(text.random.randrange(3, 9), text.word()), error])
        with raises(
            ConnectionError,
            "an error of the stream is hidden",
            why="The count of half an answer looks like that of a whole one. " + SAME_ERROR,
        ) as caught:
            answers.count_tokens(source)
        self.must(caught.error is error, "an error of the stream is replaced", why=SAME_ERROR)

    def test_a_list_stays_as_it_is(self, answers, text):
        chunks = [chunk(), chunk(text.word()), usage(3)]
        with unchanged(chunks=chunks):
            answers.count_tokens(chunks)

    def test_any_chunks(self, search):
        def promise(answers, texts, reports, estimated, error):
            asked = []

            def estimate(whole):
                asked.append(whole)
                return estimated

            chunks = [
                thought(text[1:]) if text.startswith(THOUGHT) else chunk(text) for text in texts
            ] + [chunk() if count is None else usage(count, text) for count, text in reports]
            source = Source([*chunks, *([error] if error else [])])
            given = {} if estimated is None else {"estimate": estimate}
            if error:
                with passes_on(error, "the stream"):
                    answers.count_tokens(source, **given)
                return
            got = answers.count_tokens(source, **given)
            whole = joined(text for text in texts if not text.startswith(THOUGHT))
            counts = [count for count, _ in reports if count is not None]
            if counts:
                self.must(
                    (got.tokens, got.estimated) == (counts[-1], False),
                    "it is not the last report that counts",
                    Words(f"tokens={counts[-1]}, estimated=False"),
                    shown(got, "tokens", "estimated"),
                )
                self.must(not asked, "it estimates what the provider has reported", [], asked)
                return
            guess = math.ceil(len(whole) / 4) if estimated is None else estimated
            if estimated is not None:
                self.must(
                    asked == [whole], "the estimator does not get the whole text", [whole], asked
                )
            self.must(
                (got.tokens, got.estimated) == (guess, True),
                "an estimate is not what it says",
                Words(f"tokens={guess}, estimated=True"),
                shown(got, "tokens", "estimated"),
            )

        plain = {"estimated": 9, "error": None}
        counts = ([7, 3], [5, 0], [0], [0, 4], [4, 4], [3, None], [None, 6, None, None], [1, 2, 9])
        always = (
            *each(texts=tuple([f"a{text}b", text] for text in TEXTS), reports=[], **plain),
            *each(texts=(["a", f"{THOUGHT}b", "c"], [f"{THOUGHT}b"], []), reports=[], **plain),
            *each(
                texts=["a", "b"],
                reports=tuple([(n, "c") for n in some] for some in counts),
                **plain,
            ),
            *each(texts=["a"], reports=[(5, "")], estimated=3, error=each_error()),
            *each(texts=(["a"] * 3, ["a"] * 4, ["a"] * 5), reports=[], estimated=None, error=None),
            {"texts": ["a"], "reports": [], "estimated": 0, "error": None},
        )
        report = st.sampled_from([*product((5, None, 0, 2, 900), ("", "a"))])
        search(
            promise,
            *always,
            texts=repeated(any_text() | st.just(f"{THOUGHT}b"), 5),
            reports=st.just([]) | repeated(report, 3),
            estimated=st.sampled_from((7, None, 0)),
            error=st.none(),
        )


class TestLiveStats(Explained):
    """Tokens pass through, and figures go elsewhere."""

    WHY: ClassVar = {
        "the text is changed on the way": "Figures go to sink, and never into the text. Pass on "
        "every token as it is, also one that is empty, or equal to the one before.",
        "it reports before there is anything to report": "0 is a multiple of every number, and 0 "
        "words are nothing new.",
        "a multiple is reported more than once": "A token may come without a new word: whitespace, "
        "or the rest of a word. Remember which multiple was reported last.",
        "the reports do not come at the multiples": "Report when the number of words reaches one "
        "more multiple.",
        "multiples that are jumped over are missed, or reported late or too often": "A token may "
        "jump over a multiple, or over two. Compare the number of whole multiples with that of the "
        "last report: words // every. One token, one report.",
        "the number of words depends on the tokens": "'Hel' and 'lo' are one word. To know whether "
        "a token goes on with a word, you need the last character before it.",
        "sentences are miscounted": "A sentence has ended when one of the three MARKS has "
        "whitespace after it; '3.14' ends none, and '...' ends one. The whitespace may come in the "
        "next token.",
        "characters are miscounted": "Count all characters of the text so far, including this "
        "token.",
        "only some whitespace ends a word or a sentence": "There is more of it than spaces and "
        "line breaks: a no-break space, for example. split() without an argument, isspace() and "
        "\\s know all of it.",
        "the second word is not reported once": "A word counts as soon as it has begun.",
        "the pauses of the caller are left out": "The time runs from the first request until the "
        "report, including all pauses: read the clock once at the beginning, and once for each "
        "report.",
        "the time is wrong": "It starts when the first token is asked for, not when the stream is "
        "made, and only clock() tells the time.",
        "the speed or the number of tokens is wrong": "Characters over the time so far. Empty "
        "tokens do not count.",
        "after less than a second the speed is missing or wrong": "You can divide by any time "
        "greater than 0. Without a clock in the call, the default is time.monotonic.",
        "tokens are miscounted": "Count every token that is not empty: white space, too.",
        "the speed is wrong": "All characters so far, over all the time so far; None if no time "
        "has passed.",
        "streams that are read in turns disturb each other": "Each call is a stream of its own. "
        "Keep what it counts in local variables.",
        "the report comes after its token, or at the end": "Call sink before you yield the token "
        "that reached the multiple.",
        "the words of a long text are miscounted": "Each of the short tokens adds a word.",
    }

    def run(self, answers, tokens, every, **options):
        """All tokens that come out, and all reports."""
        reports = []
        return list(answers.live_stats(tokens, every, reports.append, **options)), reports

    @keeps(1)
    def test_the_text_is_unchanged(self, answers, text):
        tokens = ["", *text.tokens(9), "\n", "\n", "  ", "", ""]
        got, _ = self.run(answers, tokens, 2)
        self.must(got == tokens, "the text is changed on the way", tokens, got)

    def test_an_earlier_call_changes_nothing(self, answers, text):
        tokens = [f"{text.word()}. ", text.word(), f" {text.word()}"]
        _, first = self.run(answers, tokens, 1)
        stopped = answers.live_stats(tokens, 1, lambda stats: None)
        next(stopped), next(stopped), stopped.close()
        _, again = self.run(answers, tokens, 1)
        self.must(again == first, EARLIER_CALL, first, again, why=WHY_EARLIER_CALL)

    @keeps(2)
    def test_each_multiple_is_reported_once(self, answers, text):
        every = text.random.randrange(2, 5)
        tokens = [piece for _ in range(3 * every + 1) for piece in (text.word(), " ")]
        _, reports = self.run(answers, tokens, every)
        got = [report.words for report in reports]
        wanted = [every, 2 * every, 3 * every]
        must = self.against(wanted, got)
        must(0 not in got, "it reports before there is anything to report")
        must(len(got) == len(set(got)), "a multiple is reported more than once")
        must(got == wanted, "the reports do not come at the multiples")

    @keeps(2)
    def test_a_multiple_that_is_passed_counts(self, answers, text):
        def words(count):
            return "".join(f"{text.random.choice(['so', 'on'])} " for _ in range(count))

        _, reports = self.run(answers, [words(4), words(3), words(8), words(1), words(3)], 5)
        got = [report.words for report in reports]
        self.equal(
            got, [7, 15], "multiples that are jumped over are missed, or reported late or too often"
        )

    @keeps(3)
    def test_words_and_sentences_do_not_depend_on_the_cuts(self, answers, text):
        whole = f"{text.sentences(2)} Is it 3.14? Yes...  {text.sentence()}\n{text.sentence()} e"
        for cut in (list(whole), re.findall(r"\s*\S{1,3}", whole), whole.splitlines(True)):
            _, reports = self.run(answers, [*cut[:4], "", *cut[4:]], 1)
            so_far, wanted = "", []
            for piece in cut:
                before, so_far = so_far, so_far + piece
                if len(so_far.split()) > len(before.split()):
                    ends = len(re.findall(r"[.!?](?=\s)", so_far))
                    wanted.append((len(so_far.split()), ends, len(so_far)))
            got = [(one.words, one.sentences, one.chars) for one in reports]
            self.equal(
                [words for words, _, _ in got],
                [words for words, _, _ in wanted],
                "the number of words depends on the tokens",
            )
            self.equal(
                [ends for _, ends, _ in got],
                [ends for _, ends, _ in wanted],
                "sentences are miscounted",
            )
            self.must(got == wanted, "characters are miscounted", wanted, got)

    @keeps(3)
    def test_any_white_space_ends_a_word(self, answers, text):
        spaces = ("\t", "\r\n", "\u00a0", "\u2003", "\u2028", "\u3000")
        pieces = [piece for space in spaces for piece in (f"{text.word()}.", space)]
        _, reports = self.run(answers, [*pieces, text.word()], 1)
        got = [(one.words, one.sentences) for one in reports]
        wanted = [(number + 1, number) for number in range(len(spaces) + 1)]
        self.must(got == wanted, "only some whitespace ends a word or a sentence", wanted, got)

    @keeps(4)
    def test_time_comes_from_the_clock(self, answers, text):
        waits, reading = [text.seconds() for _ in range(2)], text.seconds()
        tokens = [text.word() + " ", "", text.word()]
        source = Source([Pause(waits[0]), *tokens[:2], Pause(waits[1]), tokens[2]])
        reports = []
        stream = answers.live_stats(source, 2, reports.append, clock=milliseconds)
        time.sleep(text.seconds())
        next(stream)
        time.sleep(reading)
        list(stream)
        chars, passed = len(joined(tokens)), (sum(waits) + reading) * 1_000
        names = ("tokens", "seconds", "chars_per_second")
        self.in_words(
            len(reports) == 1,
            "the second word is not reported once",
            "1 report",
            f"{len(reports)} reports",
        )
        must = self.against(got=shown(reports[0], *names))
        must(
            not same(reports[0].seconds, sum(waits) * 1_000),
            "the pauses of the caller are left out",
            wanted=Words(f"seconds={passed:g}"),
        )
        must(
            same(reports[0].seconds, passed),
            "the time is wrong",
            wanted=Words(f"seconds={passed:g}"),
        )
        must(
            reports[0].tokens == 2 and same(reports[0].chars_per_second, chars / passed),
            "the speed or the number of tokens is wrong",
            wanted=Words(f"tokens=2, chars_per_second={chars / passed:g}"),
        )

    def test_no_time_has_no_speed(self, answers, text):
        wait, tokens = text.seconds(0.2, 0.8), [text.word(), f" {text.word()}"]
        with no_division_by_zero("a token that is there at once"):
            _, reports = self.run(answers, Source([tokens[0], Pause(wait), tokens[1]]), 1)
        got = [(one.seconds, one.chars_per_second) for one in reports]
        speed = len(joined(tokens)) / wait
        self.in_words(
            got[:1] == [(0.0, None)],
            "a first token that is there at once has a speed",
            f"after 0 s: None; after {wait:g} s: {speed:g}",
            "; ".join(f"after {time:g} s: {told(speed)}" for time, speed in got),
            why=f"No time has passed. {UNKNOWN}",
        )
        self.in_words(
            len(got) == 2 and same(list(got[1]), [wait, speed]),
            "after less than a second the speed is missing or wrong",
            f"after 0 s: None; after {wait:g} s: {speed:g}",
            "; ".join(f"after {time:g} s: {told(speed)}" for time, speed in got),
        )

    @keeps(6)
    def test_it_is_lazy_and_reports_in_time(self, answers, text):
        source, reports = Source([f"{text.word()} " for _ in range(6)]), []
        stream = answers.live_stats(source, 2, reports.append)
        self.must(source.asked == 0 and not reports, "it reads before anybody asks", why=LAZY)
        next(stream), next(stream)
        check_not_ahead(source.pulled, 2)
        self.in_words(
            [report.words for report in reports] == [2],
            "the report comes after its token, or at the end",
            "a report of 2 words, when the second word is there",
            f"{len(reports)} reports",
        )
        stream.close()
        check_closed(source)

    def test_an_error_passes_and_no_number_less_than_one(self, answers, text):
        error = ConnectionError(text.word())
        with passes_on(error):
            self.run(answers, Source([text.word(), error]), 1)
        for wrong in (0, -1):
            with refused(f"every={wrong}", "It has no multiples to report"):
                self.run(answers, [text.word()], wrong)

    @keeps(5)
    def test_a_long_text_makes_it_no_slower(self, answers):
        tokens = ["so " * 300_000, *["on "] * 2_000]
        _, reports = self.run(answers, tokens, 1)
        got = [report.words for report in reports]
        self.in_words(
            got == [*range(300_000, 302_001)],
            "the words of a long text are miscounted",
            "300000 words, then one more for each token",
            f"{len(got)} reports",
        )

    def test_any_tokens(self, search):
        def promise(answers, tokens, every, ending, waits, reading, clock):
            logs = []

            def read(source):
                logs.append([])
                return answers.live_stats(source, every, logs[-1].append)

            KEEPS.check(read, tokens, ending, one_by_one)
            wanted = _reports(tokens[: ending.stop_after], every)
            for log in logs:
                self.check_reports(log, [figures for _, figures in wanted])
            if ending == Ending() and waits:
                self.check_times(answers, tokens, every, waits, reading, clock)

        plain = {"waits": [1 / 3, 2.0, 0], "reading": 4.0, "clock": None}
        at_once = {"waits": [0], "reading": 0, "clock": from_zero}
        untimed = {"waits": [], "reading": 0, "clock": None}
        words = ["one ", "two. ", "three", " four"]
        always = (
            *each(tokens=EACH_TEXT, every=1, ending=Ending(), **untimed),
            *each(tokens=words, every=(1, 2), ending=Ending(), **at_once),
            *each(tokens=words, every=1, ending=EACH_ENDING, **plain),
            *each(tokens=words, every=2, ending=EACH_ASYNC_ENDING[-2:], **plain),
            *each(tokens=words, every=(1, 2, 3, 4, 5, 10**9), ending=Ending(), **plain),
            *each(tokens=tuple(JUMPS), every=2, ending=Ending(), **plain),
        )
        search(
            promise,
            *always,
            tokens=any_tokens() | any_tokens().map(lambda some: [one + " " for one in some]),
            every=st.sampled_from((1, 2, 3, 7)),
            ending=any_ending(),
            waits=st.sampled_from(([0.25], [0], [0, 1 / 3, 2.0])),
            reading=st.sampled_from((1.0, 0)),
            clock=st.sampled_from((None, from_zero)),
        )

    def check_reports(self, reports, wanted):
        """Check all figures but those that have to do with time."""
        for number, (name, problem) in enumerate(
            {
                "words": "the reports do not come at the multiples",
                "tokens": "tokens are miscounted",
                "chars": "characters are miscounted",
                "sentences": "sentences are miscounted",
            }.items()
        ):
            came = [getattr(one, name) for one in reports]
            should = [one[number] for one in wanted]
            self.in_words(came == should, problem, f"{name}={should}", f"{name}={came}")

    def check_times(self, answers, tokens, every, waits, reading, clock):
        """Check the times where the source pauses, and its reader, too."""
        pauses = [waits[number % len(waits)] for number in range(len(tokens))]
        items = [one for pair in zip(map(Pause, pauses), tokens, strict=True) for one in pair]
        reports, others = [], []
        other = answers.live_stats([f"{token} and" for token in tokens], 1, others.append)
        options = {} if clock is None else {"clock": clock()}
        stream = answers.live_stats(Source(items), every, reports.append, **options)
        time.sleep(reading)
        for _ in stream:
            next(other, None)
            time.sleep(reading)
        wanted = _reports(tokens, every)
        self.equal(
            [(one.words, one.tokens, one.chars, one.sentences) for one in reports],
            [figures for _, figures in wanted],
            "streams that are read in turns disturb each other",
        )
        for report, (at, (_, _, chars, _)) in zip(reports, wanted, strict=True):
            passed = sum(pauses[:at]) + reading * (at - 1)
            speed = chars / passed if passed else None
            self.in_words(
                same(report.seconds, passed),
                "the time is wrong",
                f"seconds={passed:g} when token {at} comes",
                f"seconds={told(report.seconds)}",
            )
            self.must(
                (report.chars_per_second is None and speed is None)
                or (speed is not None and same(report.chars_per_second, speed)),
                "the speed is wrong",
                Words(f"chars_per_second={told(speed)}"),
                shown(report, "chars_per_second"),
            )

    def test_any_wrong_every(self, search):
        def promise(answers, every):
            with refused(f"every={every}", "There are no multiples of it to be reached"):
                next(answers.live_stats(["a "], every, lambda stats: None))

        search(promise, *each(every=(0, -1, -3)), every=wrong_limits(), runs=3)


JUMPS = (
    ["a b c d e", " f"],
    ["a", "b", " ", " ", "c"],
    ["a b", " ", "c d", "d", "", " e f g h i ", " ", "j"],
    [" ", "\n", " a", "\u00a0", "b.", "\x85", "3.", "1 ", "...", " ", "... ", "?! ", "!", "\x1f"],
)
"""Tokens that reach a multiple in the middle, pass two at once, or stay at one."""


def _reports(tokens, every):
    """After how many tokens a report comes, and its words, tokens, characters and sentences."""
    found = []
    before = 0
    for at in range(1, len(tokens) + 1):
        text = "".join(tokens[:at])
        words = len(text.split())
        if words // every > before // every:
            sentences = sum(one in ".!?" and after.isspace() for one, after in pairwise(text))
            count = sum(token != "" for token in tokens[:at])
            found.append((at, (words, count, len(text), sentences)))
        before = words
    return found


class TestAsciiHistogram(Explained):
    """One line for each bin: its label, its bar, its count."""

    WHY: ClassVar = {
        "a line is not label, bar and count": "Label, space, bar, space, count. The bar is made of "
        "BLOCK.",
        "the bins are not those of the edges": "One line for each edge, in order. Each bin goes up "
        "to the next edge, and the last one has no end.",
        "values are lost, or counted twice": "Each value is in one bin. What is above the last "
        "edge is in the last bin.",
        "a value that is an edge is in the wrong bin": "Each edge begins a bin: 5 is in 5-10. A "
        "bin includes its lower edge, not its upper one.",
        "it changes the list of values": "Measuring must not change anything. sorted(values) makes "
        "a new list; values.sort() changes the caller's.",
        "it reads the values more than once": "Here they come one by one, as from a generator: the "
        "second time there are none. Count in one loop, or make a list of the values first.",
        "a single edge is not one bin with all values": "Each edge begins a bin, and the last one "
        "has no end.",
        "the largest values are lost": "The last bin has no end.",
        "the longest bar is not as long as the width": "One block for each value runs off the "
        "screen when there are many. Divide by the largest count.",
        "the bars are not in proportion to the counts": "Half as many values, half as long a bar.",
        "a bin without values has a bar": "No values, no bar.",
        "a single value among many cannot be seen": "Its bar was rounded to nothing. A count of 1 "
        "or more has at least one block; the rare values are often the ones you are looking for.",
        "the labels are not those of the edges": 'Write each edge as format(edge, "g") does, and '
        "the last one with a plus.",
        "bins of different widths are miscounted": "Edges may lie anywhere. A value is in the bin "
        "of the last edge that is not greater than it.",
        "a value is in the wrong bin, or lost": "Each edge begins a bin, which ends just before "
        "the next one; the last bin has no end.",
        "the bars do not begin in the same column": "Lengths can be compared only side by side. "
        "Pad the labels to the longest one.",
        "without values there are counts": "All bins are there, and all of them are empty.",
        "values of 0 are lost": "0.0 is a value like any other.",
        "a value below the first edge is accepted": "It is not in any bin. Dropping it, or "
        "counting it elsewhere, would be a lie.",
    }

    def rows(self, got):
        """The lines, taken apart: (label, length of the bar, count)."""
        rows = []
        for line in got.removesuffix("\n").split("\n"):
            match = re.fullmatch(rf" *(\S+) * ({BLOCK}*) (\d+)", line)
            self.must(
                match, "a line is not label, bar and count", Words(f"5-10 {BLOCK * 3} 3"), line
            )
            rows.append((match[1], len(match[2]), int(match[3])))
        return rows

    @keeps(1)
    def test_an_edge_begins_its_bin(self, answers, text):
        few, many = text.random.randrange(1, 4), text.random.randrange(4, 9)
        values = [0] * few + [5] * many + [9.99] + [10] * few + [20] * many + [19.99]
        text.random.shuffle(values)
        before = [*values]
        got = self.rows(answers.ascii_histogram(values))
        counts = [count for _, _, count in got]
        wanted = [few, many + 1, few, 1, many]
        self.equal(
            [label for label, _, _ in got],
            ["0-5", "5-10", "10-15", "15-20", "20+"],
            "the bins are not those of the edges",
        )
        must = self.against(wanted, counts)
        must(sum(counts) == len(values), "values are lost, or counted twice")
        must(counts == wanted, "a value that is an edge is in the wrong bin")
        self.must(values == before, "it changes the list of values", before, values)

    def test_values_may_come_one_by_one(self, answers, text):
        values = [text.random.randrange(30) for _ in range(text.random.randrange(9, 20))]
        with accepted(
            "it cannot take values that come one by one",
            "A generator has no length and cannot be sorted. Go through it once, with for, or make "
            "a list of it first.",
        ):
            got = self.rows(answers.ascii_histogram(Source(values)))
        self.in_words(
            sum(count for _, _, count in got) == len(values),
            "it reads the values more than once",
            f"{len(values)} values",
            f"{sum(count for _, _, count in got)} values",
        )

    @keeps(2)
    def test_one_edge_is_one_bin(self, answers, text):
        low, count = text.random.randrange(2, 9), text.random.randrange(2, 9)
        values = [low + number for number in range(count)]
        with accepted(
            "a single edge is refused",
            "It begins the last bin, which has no end.",
        ):
            got = self.rows(answers.ascii_histogram(values, (low,)))
        self.equal(
            [(label, count) for label, _, count in got],
            [(f"{low}+", count)],
            "a single edge is not one bin with all values",
        )

    @keeps(2)
    def test_the_largest_values_are_in_the_last_bin(self, answers, text):
        most = text.random.randrange(1_000, 9_999)
        got = self.rows(answers.ascii_histogram([20.5, most, most + 1]))
        self.equal([count for _, _, count in got], [0, 0, 0, 0, 3], "the largest values are lost")

    @keeps(4)
    def test_bars_are_in_proportion(self, answers, text):
        scale, width = text.random.randrange(3, 9), text.random.randrange(13, 30)
        counts = [scale, 4 * scale, 2 * scale]
        values = [
            edge for edge, count in zip((0, 5, 10), counts, strict=True) for _ in range(count)
        ]
        for options, most in (({}, 40), ({"width": width}, width)):
            got = self.rows(answers.ascii_histogram(values, **options))
            bars = [bar for _, bar, _ in got]
            self.in_words(
                max(bars) == most,
                "the longest bar is not as long as the width",
                f"{most} blocks",
                f"{max(bars)} blocks",
            )
            wanted = [count * most / max(counts) for count in counts]
            self.must(
                all(abs(bar - ideal) <= 1 for bar, ideal in zip(bars, wanted, strict=False)),
                "the bars are not in proportion to the counts",
                wanted,
                bars,
            )
            self.must(bars[3:] == [0, 0], "a bin without values has a bar", [0, 0], bars[3:])

    @keeps(5)
    def test_the_rarest_value_can_be_seen(self, answers, text):
        values = [1] * text.random.randrange(90, 120) + [30]
        got = self.rows(answers.ascii_histogram(values))
        self.in_words(
            got[-1][1:] == (1, 1),
            "a single value among many cannot be seen",
            "1 block, count 1",
            f"{got[-1][1]} blocks, count {got[-1][2]}",
        )

    @keeps(3)
    def test_the_bars_begin_in_one_column(self, answers, text):
        edges = (0, 0.5, 100, text.random.randrange(1_000, 9_999))
        got = answers.ascii_histogram([0, 0.5, 100, 10_000], edges)
        labels = ["0-0.5", "0.5-100", f"100-{edges[-1]}", f"{edges[-1]}+"]
        rows = self.rows(got)
        self.equal([label for label, _, _ in rows], labels, "the labels are not those of the edges")
        self.equal(
            [count for _, _, count in rows], [1, 1, 1, 1], "bins of different widths are miscounted"
        )
        columns = {line.find(BLOCK) for line in got.removesuffix("\n").split("\n")}
        self.in_words(
            len(columns) == 1,
            "the bars do not begin in the same column",
            "one column",
            f"columns {', '.join(map(str, sorted(columns)))}",
        )

    @keeps(6)
    def test_no_values_are_no_error(self, answers):
        with no_division_by_zero("no values"):
            got = self.rows(answers.ascii_histogram([]))
        self.must(
            [row[1:] for row in got] == [(0, 0)] * 5,
            "without values there are counts",
            Words("five bins, each with no bar and count 0"),
        )
        got = self.rows(answers.ascii_histogram([0.0, 0.0, 0.0]))
        self.must(
            [row[2] for row in got] == [3, 0, 0, 0, 0], "values of 0 are lost", [3, 0, 0, 0, 0]
        )

    @keeps(7)
    def test_what_has_no_bin_is_an_error(self, answers, text):
        low = text.random.randrange(2, 9)
        for values, edges in (([3, -0.1], (0, 5)), ([low + 1, low - 1], (low, 30))):
            with self.raises(ValueError, "a value below the first edge is accepted"):
                answers.ascii_histogram(values, edges)

    def test_an_error_of_the_values_passes(self, answers, text):
        for error in each_error():
            with passes_on(error, "the values"):
                answers.ascii_histogram(Source([text.random.randrange(9), error]))

    def test_any_values(self, search):
        def promise(answers, found, edges, width, by_one):
            near = [_near(edges[at % len(edges)])[how] for at, how, _ in found]
            values = [
                one for one, (*_, times) in zip(near, found, strict=True) for _ in range(times)
            ]
            options = {} if edges == EDGES else {"edges": list(edges)}
            options |= {} if width == 40 else {"width": width}
            given = Source(values) if by_one else values
            if any(value < edges[0] for value in values):
                with self.raises(ValueError, "a value below the first edge is accepted"):
                    answers.ascii_histogram(given, **options)
                return
            with unchanged(values=values, **options):
                got = answers.ascii_histogram(given, **options)
            self.check_chart(got, values, edges, width)

        sizes = (1, 3, 39, 41, 49, 77, 98, 154)
        plain = {"edges": EDGES, "width": 40, "by_one": False}
        always = (
            *(
                {"found": [(0, 0, few), (1, 0, most)], **plain}
                for most in sizes
                for few in {0, 1, most // 2, most - 1, most}
            ),
            *(
                {"found": [(at, 0, 2), (at, how, 1)], "edges": EDGES, "width": 7, "by_one": True}
                for at in range(5)
                for how in range(6)
            ),
            *({**plain, "found": [(2, 5, 3)], "edges": edges} for edges in EACH_EDGES),
            *({**plain, "found": [], "edges": edges} for edges in EACH_EDGES),
        )
        one = st.sampled_from([*product(range(5), range(6), (1, 2, 3, 40))])
        search(
            promise,
            *always,
            found=st.lists(one, max_size=6),
            edges=st.sampled_from(EACH_EDGES),
            width=st.sampled_from((10, 1, 2, 40, 100)),
            by_one=st.booleans(),
        )

    def check_chart(self, got, values, edges, width):
        """Check each line, and that the bars are side by side."""
        rows = self.rows(got)
        bins = [*pairwise([*edges, math.inf])]
        labels = [f"{low:g}+" if high == math.inf else f"{low:g}-{high:g}" for low, high in bins]
        self.equal([row[0] for row in rows], labels, "the labels are not those of the edges")
        counts = [sum(low <= one < high for one in values) for low, high in bins]
        self.equal([row[2] for row in rows], counts, "a value is in the wrong bin, or lost")
        most = max(counts)
        for (label, bar, _), count in zip(rows, counts, strict=True):
            ideal = width * count / most if most else 0
            of = f"{label}, which has {count} of the values, where {most} are the most"
            for holds, problem, wanted in (
                (bar == 0 or count > 0, "a bin without values has a bar", "no bar"),
                (
                    bar >= 1 or count == 0,
                    "a single value among many cannot be seen",
                    "at least a block",
                ),
                (
                    bar == width or count < most or count == 0,
                    "the longest bar is not as long as the width",
                    f"{width} blocks",
                ),
                (
                    abs(bar - ideal) <= 1,
                    "the bars are not in proportion to the counts",
                    f"about {ideal:.4g} blocks",
                ),
            ):
                self.in_words(holds, problem, f"{wanted} at {of}", f"{bar} blocks")
        columns = {
            len(line) - len(f"{count}") - bar
            for line, (_, bar, count) in zip(got.removesuffix("\n").split("\n"), rows, strict=True)
        }
        self.in_words(
            len(columns) == 1,
            "the bars do not begin in the same column",
            "one column, for empty bars, too",
            f"columns {', '.join(map(str, sorted(columns)))}",
        )


EDGES = (0, 5, 10, 15, 20)
EACH_EDGES = (
    *(EDGES, (0,), (1, 2), (-5, -1.5, 0, 2.5), (0.5, 1_000, 1_234_567), (0.001, 1, 1e9), (-3,)),
    tuple(range(100, 112)),
)


def _near(edge):
    """Values at an edge, and on both sides of it."""
    below, above = math.nextafter(edge, -math.inf), math.nextafter(edge, math.inf)
    return edge, float(edge), edge + 0.25, above, below, edge + 10**9


CHANGED = "changing a report, or adding a session, changes another report"


class TestSessionLog(Explained):
    """Many sessions, and what they have in common."""

    WHY: ClassVar = {
        "an empty log has no message": "You cannot divide by zero sessions. Return an Empty: its "
        'type is "empty", and its message is for people.',
        "not all sessions count": "Every session counts, no matter how it ended. If those that "
        "failed were left out, nothing would ever fail.",
        "a session that the user stopped counts as failed": "The user had read enough. That "
        "deserves its own number.",
        "the rates are wrong": "Failed over all, and interrupted over all.",
        "the mean is taken for the median": "One session of a minute makes the mean a figure that "
        "no user has seen. Use statistics.median.",
        "the median of the times is wrong": "It is over all sessions that have the figure, those "
        "that failed later included; a session without one is not a session of 0 seconds.",
        "the median of the rates is wrong": "Each session knows its own: "
        "session.tokens_per_second. The median of those, not all tokens over all seconds.",
        "a first token that was there at once does not count": "0.0 is a time, and false in an "
        "`if`, like None. Test `is not None`.",
        "with an even number of sessions the median is wrong": "statistics.median goes halfway "
        "between the two in the middle. percentile is another median: it takes one of the two.",
        "there is a figure that no session has": UNKNOWN,
        "users who said nothing count as satisfied, or as dissatisfied": "Nobody knows what they "
        "think. Only explicit ratings count.",
        "a satisfaction of 0 is lost": "If all users are dissatisfied, it is 0.0, which is false "
        "in an `if`, just like None. Check whether there are ratings.",
        "errors or topics are miscounted": "Count how often each name came, no matter how the "
        "session ended. Sessions without an error, or with no topic, add none.",
        "the recommendations are not about the figures outside their limits": "A figure below "
        "`least` or above `most` is outside; one that equals its bound is not. Check each limit, "
        "even where a figure has several.",
        "a recommendation has no reason": "The reader wants to know why. One sentence is enough.",
        "a figure of 0.0 is taken for None": "0.0 is false in an `if`, just like None. Test `is "
        "not None`.",
        "a figure that is None is outside its limit": UNKNOWN,
        "LIMITS are not the default": "Every session failed: that is above the limit of the error "
        "rate in LIMITS.",
        "sessions that come after a report are missing in the next one": "A report does not end "
        "the log: compute it again each time. And two equal sessions are two sessions.",
        "a report counts again what an earlier report has counted": "It counts all "
        "sessions each time, so the counts have to begin with nothing: make them in insights.",
        "changing a report changes the log, or changes the next report": "Make new "
        "dictionaries for each report, from the sessions.",
        CHANGED: "Make new dictionaries for each report. The caller may do with them as it likes.",
        "a report lacks a part": "See Insights: all of these belong in it.",
        "a report is not of type insights": "See Insights: its type tells it from Empty.",
        "sessions is not what the sessions say": "All of them, however they ended; two that are "
        "equal are two.",
        "ttft is not what the sessions say": "The statistics.median over the sessions that have "
        "it, however they ended. 0.0 is a time.",
        "tokens_per_second is not what the sessions say": "The statistics.median of "
        "session.tokens_per_second over the sessions that have it, however they ended.",
        "error_rate is not what the sessions say": "Sessions whose status is failed, over all.",
        "interruption_rate is not what the sessions say": "Sessions whose status is interrupted, "
        "over all.",
        "satisfaction is not what the sessions say": "Ratings that are True, over those that are "
        "not None.",
        "errors is not what the sessions say": "How often each name came, as it is, however the "
        "session ended. None does not count.",
        "topics is not what the sessions say": 'How many sessions had each topic. Only "" does not '
        "count.",
        "two logs share their sessions": "Each has its own: make the list in __init__.",
    }

    def log_of(self, answers, sessions, *limits):
        log = answers.SessionLog(limits)
        for session in sessions:
            log.add(session)
        return log.insights()

    @keeps(1)
    def test_no_sessions_are_no_error(self, answers):
        with no_division_by_zero("no sessions"):
            got = answers.SessionLog().insights()
        self.must(
            got["type"] == "empty" and isinstance(got["message"], str) and got["message"].strip(),
            "an empty log has no message",
            Words('{"type": "empty", "message": "..."}'),
            got,
        )
        answers.SessionLog().add(answers.Session("failed"))
        got = answers.SessionLog().insights()
        self.must(
            got["type"] == "empty", "two logs share their sessions", Words("an empty log"), got
        )

    @keeps(2)
    def test_rates_are_over_all_sessions(self, answers, text):
        failed, interrupted, complete = text.random.sample(range(1, 9), 3)
        counts = {"failed": failed, "interrupted": interrupted, "complete": complete}
        sessions = [answers.Session(kind) for kind, count in counts.items() for _ in range(count)]
        text.random.shuffle(sessions)
        got = self.log_of(answers, sessions)
        total = sum(counts.values())
        names = ("type", "sessions", "error_rate", "interruption_rate")
        wanted = ("insights", total, failed / total, interrupted / total)
        of = f"of {complete} complete, {failed} failed and {interrupted} interrupted ones"
        self.must(
            got["sessions"] == total,
            "not all sessions count",
            Words(f"sessions={total}, {of}"),
            shown(got, "sessions"),
        )
        self.must(
            not same(got["error_rate"], (failed + interrupted) / total),
            "a session that the user stopped counts as failed",
            Words(f"error_rate={failed / total:g}, {of}"),
            shown(got, "error_rate"),
        )
        self.must(
            got["type"] == "insights"
            and same([got["error_rate"], got["interruption_rate"]], list(wanted[2:])),
            "the rates are wrong",
            Words(f"{shown(dict(zip(names, wanted, strict=True)), *names)}, {of}"),
            shown(got, *names),
        )

    @keeps(3)
    def test_the_middle_session_speaks_for_all(self, answers, text):
        times = [text.seconds(0.2, 0.4), text.seconds(0.5, 0.8), 60.0]
        rates = [text.random.randrange(5, 10), text.random.randrange(20, 40), 300]
        sessions = [
            answers.Session(status, ttft=ttft, seconds=ttft + 2.0, tokens=2 * rate + 1)
            for status, ttft, rate in zip(
                ("complete", "failed", "interrupted"), times, rates, strict=True
            )
        ]
        unknown = answers.Session("failed")
        got = self.log_of(answers, [*sessions, unknown])
        must = self.against(Words(f"ttft={times[1]:g}"), shown(got, "ttft"))
        must(not same(got["ttft"], statistics.mean(times)), "the mean is taken for the median")
        must(
            got["ttft"] is not None and same(got["ttft"], times[1]),
            "the median of the times is wrong",
        )
        self.must(
            got["tokens_per_second"] is not None and same(got["tokens_per_second"], rates[1]),
            "the median of the rates is wrong",
            Words(f"tokens_per_second={rates[1]}"),
            shown(got, "tokens_per_second"),
        )

    @keeps(3)
    def test_an_even_number_of_sessions_has_a_middle(self, answers, text):
        ttft, tokens = text.seconds(), text.random.randrange(3, 20)
        sessions = [
            answers.Session("complete", ttft=0.0, seconds=1.0, tokens=2 * tokens + 1),
            answers.Session("complete", ttft=ttft, seconds=ttft + 1.0, tokens=4 * tokens + 1),
        ]
        got = self.log_of(answers, sessions)
        self.must(
            not same(got["ttft"], ttft),
            "a first token that was there at once does not count",
            Words(f"ttft={ttft / 2:g}"),
            shown(got, "ttft"),
        )
        self.must(
            same(got["ttft"], ttft / 2) and same(got["tokens_per_second"], 3 * tokens),
            "with an even number of sessions the median is wrong",
            Words(f"ttft={ttft / 2:g}, tokens_per_second={3 * tokens:g}"),
            shown(got, "ttft", "tokens_per_second"),
        )

    @keeps(1)
    def test_figures_that_nobody_has_are_none(self, answers, text):
        got = self.log_of(answers, [answers.Session("failed"), answers.Session("interrupted")])
        names = ("ttft", "tokens_per_second", "satisfaction")
        self.must(
            [got[name] for name in names] == [None] * 3,
            "there is a figure that no session has",
            shown(dict.fromkeys(names), *names),
            shown(got, *names),
        )

    @keeps(4)
    def test_only_ratings_are_satisfaction(self, answers, text):
        good, bad, silent = (text.random.randrange(2, 9) for _ in range(3))
        ratings = [True] * good + [False] * bad + [None] * silent
        text.random.shuffle(ratings)
        got = self.log_of(answers, [answers.Session("complete", rating=one) for one in ratings])
        self.must(
            same(got["satisfaction"], good / (good + bad)),
            "users who said nothing count as satisfied, or as dissatisfied",
            Words(
                f"satisfaction={good / (good + bad):g}, of {good} ratings that are True, {bad} "
                f"that are False and {silent} that are None"
            ),
            shown(got, "satisfaction"),
        )
        got = self.log_of(answers, [answers.Session("complete", rating=False)] * bad)
        self.must(
            got["satisfaction"] == 0.0,
            "a satisfaction of 0 is lost",
            Words("satisfaction=0"),
            shown(got, "satisfaction"),
        )

    @keeps(5)
    def test_errors_and_topics_are_counted(self, answers, text):
        first, second, topic = text.word(), text.word(), text.word()
        sessions = [
            *[answers.Session("failed", error=first) for _ in range(2)],
            answers.Session("interrupted", error=first),
            answers.Session("failed", error=second, topic=topic),
            *[answers.Session("complete", topic=topic) for _ in range(2)],
        ]
        got = self.log_of(answers, sessions)
        self.must(
            got["errors"] == {first: 3, second: 1} and got["topics"] == {topic: 3},
            "errors or topics are miscounted",
            {"errors": {first: 3, second: 1}, "topics": {topic: 3}},
            {"errors": got["errors"], "topics": got["topics"]},
        )

    @keeps(6)
    def test_what_is_outside_of_its_limit_is_recommended(self, answers, text):
        ttft = text.seconds()
        sessions = [
            answers.Session("complete", ttft=ttft, seconds=ttft + 1, tokens=21, rating=rating)
            for rating in (True, False, None)
        ]
        sessions.insert(text.random.randrange(4), answers.Session("failed"))
        slow, fast, failing, content = ("ttft", "tokens_per_second", "error_rate", "satisfaction")
        for limits, wanted in (
            ([(slow, {"most": ttft / 2})], {slow}),
            ([(slow, {"most": ttft})], set()),
            ([(slow, {"least": ttft})], set()),
            ([(slow, {"least": ttft * 2})], {slow}),
            ([(fast, {"least": 30}), (slow, {"most": ttft / 2})], {fast, slow}),
            ([(slow, {"most": ttft / 2}), (slow, {"most": ttft * 2})], {slow}),
            ([(fast, {"least": 15}), (failing, {"most": 0.3})], set()),
            ([(content, {"most": 0.4}), (failing, {"most": 0.2})], {content, failing}),
            ([(content, {"least": 0.4}), (failing, {"least": 0.3})], {failing}),
        ):
            bounds = [answers.Limit(figure, **bound) for figure, bound in limits]
            got = self.log_of(answers, sessions, *bounds)["recommendations"]
            names = ", ".join(sorted(wanted)) or "nothing"
            self.in_words(
                set(got) == wanted,
                "the recommendations are not about the figures outside their limits",
                f"{names}, as ttft={ttft:g}, tokens_per_second=20, error_rate=0.25, "
                "satisfaction=0.5",
                ", ".join(sorted(got)) or "nothing",
            )
            self.must(
                all(isinstance(reason, str) and reason.strip() for reason in got.values()),
                "a recommendation has no reason",
                got=got,
            )

    @keeps(6)
    def test_a_rate_of_0_has_limits_too(self, answers):
        limits = [answers.Limit(name, least=0.1) for name in ("error_rate", "satisfaction")]
        sessions = [answers.Session("complete", rating=False)]
        got = self.log_of(answers, sessions, *limits)["recommendations"]
        self.must(
            set(got) == {"error_rate", "satisfaction"},
            "a figure of 0.0 is taken for None",
            ["error_rate", "satisfaction"],
            sorted(got),
        )

    @keeps(6)
    def test_nobody_knows_is_outside_of_nothing(self, answers, text):
        limits = [answers.Limit(name, least=5) for name in ("ttft", "satisfaction")]
        got = self.log_of(answers, [answers.Session("failed")], *limits)["recommendations"]
        self.must(not got, "a figure that is None is outside its limit", {}, got)
        got = self.log_of(answers, [answers.Session("failed")])["recommendations"]
        self.must(
            not got, "without limits there are recommendations", why="Limits are what you set."
        )
        log = answers.SessionLog()
        log.add(answers.Session("failed"))
        got = log.insights()["recommendations"]
        self.must(
            set(got) == {"error_rate"}, "LIMITS are not the default", ["error_rate"], sorted(got)
        )

    @keeps(7)
    def test_the_log_goes_on_and_cannot_be_changed_from_outside(self, answers, text):
        log = answers.SessionLog()
        session = answers.Session("failed", error=text.word(), topic=text.word())
        log.add(session)
        first = log.insights()
        for part in ("errors", "topics", "recommendations"):
            first[part].clear()
        log.add(session)
        got = log.insights()
        self.must(
            got["sessions"] == 2,
            "sessions that come after a report are missing in the next one",
            Words("sessions=2"),
            shown(got, "sessions"),
        )
        counted = got["errors"].get(session.error, 0)
        self.must(
            counted <= 2,
            "a report counts again what an earlier report has counted",
            {"errors": {session.error: 2}},
            {"errors": got["errors"]},
        )
        self.must(
            got["errors"] == {session.error: 2} and got["topics"] == {session.topic: 2},
            "changing a report changes the log, or changes the next report",
            {"errors": {session.error: 2}, "topics": {session.topic: 2}},
            {"errors": got["errors"], "topics": got["topics"]},
        )

    def test_any_sessions(self, search):
        def promise(answers, sessions, bounds):
            sessions = [answers.Session(*fields) for fields in sessions]
            figures = _figures(sessions) if sessions else {}
            limits = [answers.Limit(*_bound(figures, *bound)) for bound in bounds]
            log, other = answers.SessionLog(limits), answers.SessionLog()
            reports = []
            for count, session in enumerate([None, *sessions]):
                if session:
                    log.add(session)
                    other.add(answers.Session("failed", topic="other"))
                if count in (0, 1, len(sessions)):
                    reports.append((log.insights(), sessions[:count]))
                    self.check_report(*reports[-1], limits)
            for report, so_far in reports:
                self.check_report(report, so_far, limits, CHANGED)
                for part in (*report.values(), report):
                    if isinstance(part, dict):
                        part.clear()
            with unchanged(limits=limits):
                self.check_report(log.insights(), sessions, limits, CHANGED)

        slow = ("complete", "a", 2.0, 4.0, 9, None, True)
        stopped = ("interrupted", "A", 0.0, 1.0, 3, "TimeoutError", None)
        failed = ("failed", "", None, 0.0, 0, "timeout", False)
        figures = ("ttft", "tokens_per_second", "error_rate", "satisfaction")
        each_bound = tuple(product(figures, ("least", "most"), (-0.125, 0, 0.125)))
        wide, narrow = ("ttft", "most", 1), ("ttft", "most", -1)
        always = (
            *each(sessions=[slow, stopped, failed, stopped], bounds=tuple([b] for b in each_bound)),
            *each(sessions=[failed], bounds=tuple([b] for b in each_bound)),
            *each(sessions=[slow, failed], bounds=([wide, narrow], [narrow, wide])),
            *each(
                sessions=tuple(
                    [(status, topic, 1.0, 2.0, 5, error, None)]
                    for status in ("complete", "interrupted", "failed")
                    for topic, error in ((" ", "Error"), ("0", None), ("", "None"))
                ),
                bounds=[],
            ),
            *each(sessions=tuple([slow] * count for count in (2, 3, 12)), bounds=[]),
        )
        session = st.sampled_from(
            [
                *product(
                    ("complete", "interrupted", "failed"),
                    ("", "a", "A"),
                    (1 / 3, None, 0.0, 60.0),
                    (2.5, 0.0, 64.5),
                    (9, 1, 2, 65),
                    (None, "TimeoutError", "timeouterror"),
                    (None, True, False),
                )
            ]
        )
        search(
            promise,
            *always,
            sessions=repeated(session, 6),
            bounds=st.lists(st.sampled_from(each_bound), max_size=3),
        )

    def check_report(self, got, sessions, limits, problem=""):
        """Check a report of these sessions; `problem` is what is wrong if it is not right."""
        if not sessions:
            self.must(
                got["type"] == "empty" and isinstance(got["message"], str) and got["message"],
                "an empty log has no message",
                Words('{"type": "empty", "message": "..."}'),
                got,
            )
            return
        wanted = _figures(sessions)
        missing = {*wanted, "type", "recommendations"} - {*got}
        self.must(not missing, problem or "a report lacks a part", sorted(missing), sorted(got))
        self.equal(got["type"], "insights", problem or "a report is not of type insights")
        for name, figure in wanted.items():
            came = got[name]
            self.must(
                same(came, figure) if isinstance(figure, float) else came == figure,
                problem or f"{name} is not what the sessions say",
                Words(f"{name}={told(figure)}"),
                Words(f"{name}={told(came)}"),
            )
        outside = {
            limit.figure
            for limit in limits
            if (figure := wanted[limit.figure]) is not None
            and not limit.least <= figure <= limit.most
        }
        found = got["recommendations"]
        limited = {f"{limit.figure}={told(wanted[limit.figure])}" for limit in limits}
        self.in_words(
            {*found} == outside,
            problem or "the recommendations are not about the figures outside their limits",
            f"{', '.join(sorted(outside)) or 'nothing'}, as {', '.join(sorted(limited))}",
            ", ".join(sorted(found)) or "nothing",
        )
        self.must(
            all(isinstance(reason, str) and reason.strip() for reason in found.values()),
            problem or "a recommendation has no reason",
            got=found,
        )


def _figures(sessions):
    """What a report of these sessions says, without its recommendations."""
    count = len(sessions)

    def median(values):
        known = [value for value in values if value is not None]
        return float(statistics.median(known)) if known else None

    def counted(names):
        names = [name for name in names if name]
        return {name: names.count(name) for name in names}

    ratings = [one.rating for one in sessions if one.rating is not None]
    return {
        "sessions": count,
        "ttft": median(one.ttft for one in sessions),
        "tokens_per_second": median(one.tokens_per_second for one in sessions),
        "error_rate": sum(one.status == "failed" for one in sessions) / count,
        "interruption_rate": sum(one.status == "interrupted" for one in sessions) / count,
        "satisfaction": ratings.count(True) / len(ratings) if ratings else None,
        "errors": counted(one.error for one in sessions),
        "topics": counted(one.topic for one in sessions),
    }


def _bound(figures, name, side, distance):
    """A limit near a figure. At the figure itself only if that is the same however calculated."""
    figure = figures.get(name) or 0.0
    exact = (figure * 1024).is_integer()
    bound = figure + (distance or (0 if exact else 0.125))
    return (name, bound, math.inf) if side == "least" else (name, -math.inf, bound)


class TestAbTest(Explained):
    """Variants take turns, and one wins only if chance cannot explain it."""

    WHY: ClassVar = {
        "the variants do not run n times each": "Run each of them n times, and not more.",
        "one variant runs after the other": "If the network gets slower in the meantime, the "
        "second one pays for it. Go in rounds: each variant once, then each again.",
        "every round has the same order": "The first one may warm a cache for the next one. "
        "Shuffle each round again, or rotate.",
        "the same seed gives a different order": "An experiment should be repeatable. Make a "
        "random.Random(seed), and shuffle with that.",
        "other code that uses random changes the order": "random.seed is about one generator that "
        "the whole program shares: here the variants seed it, too. A random.Random(seed) of your "
        "own is not disturbed.",
        "without a seed, the order is not that of seed=0": "Leave the signature as it "
        "is: an experiment can be repeated by default.",
        "the fastest variant does not win": "Its mean is smaller than every other mean, by far "
        "more than two standard errors. The figures are times: smaller is better.",
        "the report is not about all variants": "One report for each, in the order in which they "
        "were given.",
        "a report is wrong": "The mean of the figures, and their statistics.stdev over the square "
        "root of how many there are.",
        "what is no Exception is counted as a failed run": "It asks the program to stop. Catch "
        "Exception, and nothing else.",
        "it goes on after an interrupt": "Whoever presses Ctrl-C wants no further run.",
        "it changes the variants": "They belong to the caller. Shuffle a list of their names.",
        "a variant keeps its place in every round": "What comes right after the slowest one may "
        "always suffer from it. Shuffle each round, or rotate.",
        "successes is wrong": "How many runs gave a figure. 0.0 is one.",
        "failures is wrong": "How many runs raised an Exception, of whatever kind.",
        "mean is wrong": "The mean of the figures, without the runs that failed; None without one.",
        "standard_error is wrong": "statistics.stdev of the figures, over the square root of how "
        "many figures there are; None with fewer than two.",
        "the wrong variant wins, or none": "Its mean is smaller than each other one by more than "
        "two standard errors of the difference.",
        "there is a winner without a clear difference": "It has to beat each other one by more "
        "than two standard errors of the difference, and all of them need a standard error.",
        "noise decides the winner": "One of two means is always smaller. Here the difference is "
        "only 1.5 times its standard error: the next experiment may well say the opposite.",
        "a difference beyond the noise has no winner": "The standard error of a difference is the "
        "hypotenuse of the two errors, and not their sum. The difference has to be more than two "
        "of it, and here it is 2.5.",
        "the standard error of runs that all take the same time is not 0": "Nothing is uncertain "
        "here: the standard error is 0.0, which is a figure.",
        "a standard error of 0.0 is taken for none": "0.0 is false in an `if`, just like None. "
        "Test `is None`.",
        "there is a winner without a difference": "More than two standard errors of 0 are more "
        "than 0: equal means are not a difference.",
        "it finds a winner although both variants are the same": "Everything got slower while the "
        "test ran, and the same variant was first each time. Mix the runs.",
        "if one variant fails, the other one loses a run": "A failed run ends neither its round "
        "nor the experiment: go on with the next one.",
        "failed runs are not reported, or are repeated": "A variant that fails often is not a good "
        "one, no matter how fast it is. Count the failures, and go on.",
        "a failed run is in the mean": "It has no time: 0 would make a variant that fails the "
        "fastest one.",
        "failed runs make the mean more certain": "Only the runs that gave a figure say something "
        "about the noise: divide by the square root of how many figures there are.",
        "failures hide the winner": "Eight runs are enough to compare.",
        "a variant wins against one that has no standard error": "With fewer than two figures, "
        "nobody knows how much noise there is. The report of its failures says enough.",
        "a variant that always fails is left out of the comparison": "The winner has to beat each "
        "of the others, and nobody knows how fast this one is. Without its standard error there is "
        "no winner.",
        "if all runs fail, there is a winner or a mean": UNKNOWN,
        "a single variant wins": "Against whom?",
        "a time of 0 is taken for a failure": "0.0 is a time, and false in an `if`. Only an "
        "exception is a failure.",
        "two figures have no standard error, or a wrong one": "statistics.stdev needs two figures, "
        "and two are there.",
        "two runs have no winner": "The difference is far more than two standard errors.",
        "Ctrl-C is counted as a failed run": 'KeyboardInterrupt means "stop the program". Catch '
        "Exception, which does not include it.",
    }

    def spread(self, text, mean, count=10):
        """Times with this mean, and a standard error of about 0.1."""
        offsets = [text.seconds(0.1, 0.5) for _ in range(count // 2)]
        times = [mean + sign * offset for offset in offsets for sign in (1, -1)]
        text.random.shuffle(times)
        return times

    def playing(self, times, name="", runs=None):
        """A variant that takes these times, and notes its runs."""
        left = iter(times)

        def variant():
            if runs is not None:
                runs.append(name)
            time = next(left)
            if isinstance(time, BaseException):
                raise time
            return time

        return variant

    def winner(self, name, times=None):
        """The winner, and the means that decide it, with their standard errors, to be shown."""
        means = [
            f"{one} {statistics.mean(them):.3g} ± {statistics.stdev(them) / len(them) ** 0.5:.2g} s"
            for one, them in (times or {}).items()
        ]
        return Words(f"winner={name!r}{': ' if means else ''}{', '.join(means)}")

    @keeps(1)
    def test_each_variant_runs_in_each_round(self, answers, text):
        names, runs, n = [text.word() for _ in range(3)], [], 20
        variants = {name: self.playing(self.spread(text, 3, n), name, runs) for name in names}
        answers.ab_test(variants, n=n, seed=text.random.randrange(1_000))
        self.in_words(
            sorted(runs) == sorted(names * n),
            "the variants do not run n times each",
            f"{n} runs of each",
            ", ".join(f"{name}: {runs.count(name)}" for name in names),
        )
        rounds = [runs[at : at + 3] for at in range(0, len(runs), 3)]
        must = self.against(got=Words(", ".join(runs[:6]) + ", ..."))
        must(
            all(sorted(one) == sorted(names) for one in rounds),
            "one variant runs after the other",
            wanted=Words("each variant once in each round"),
        )
        must(
            any(one != other for one, other in pairwise(rounds)),
            "every round has the same order",
            wanted=Words("an order that changes"),
        )

    @keeps(2)
    def test_the_seed_repeats_the_order(self, answers, text):
        names, seed, seen = [text.word() for _ in range(3)], text.random.randrange(1_000), []
        for _ in range(2):
            runs = []
            variants = {name: self.playing(range(12), name, runs) for name in names}
            answers.ab_test(variants, n=12, seed=seed)
            seen.append(runs)
        self.in_words(
            seen[0] == seen[1],
            "the same seed gives a different order",
            ", ".join(seen[0][:6]) + ", ...",
            ", ".join(seen[1][:6]) + ", ...",
        )

    @keeps(2)
    def test_others_do_not_disturb_the_order(self, answers, text):
        names, seed, seen = [text.word() for _ in range(3)], text.random.randrange(1_000), []

        def experimenting(variant):
            def run():
                answers.ab_test(dict.fromkeys(names, lambda: 1.0), n=3, seed=len(runs))
                return variant()

            return run

        for others in (True, False):
            runs = []
            variants = {name: self.playing(range(12), name, runs) for name in names}
            if others:
                variants = {name: experimenting(variant) for name, variant in variants.items()}
            answers.ab_test(variants, n=12, seed=seed)
            seen.append(runs)
        self.in_words(
            seen[0] == seen[1],
            "other code that uses random changes the order",
            ", ".join(seen[1][:6]) + ", ...",
            ", ".join(seen[0][:6]) + ", ...",
        )

    def test_the_seed_is_0_by_default(self, answers, text):
        names, seen = [text.word() for _ in range(3)], []
        for options in ({"seed": 0}, {}):
            runs = []
            variants = {name: self.playing(range(12), name, runs) for name in names}
            answers.ab_test(variants, n=12, **options)
            seen.append(runs)
        self.in_words(
            seen[0] == seen[1],
            "without a seed, the order is not that of seed=0",
            ", ".join(seen[0][:6]) + ", ...",
            ", ".join(seen[1][:6]) + ", ...",
        )

    @keeps(5)
    def test_a_clear_difference_has_a_winner(self, answers, text):
        fast, slow, slower = text.word(), text.word(), text.word()
        times = {
            slow: self.spread(text, 5),
            fast: self.spread(text, 3),
            slower: self.spread(text, 7),
        }
        variants = {name: self.playing(them) for name, them in times.items()}
        report, winner = answers.ab_test(variants)
        self.must(
            winner == fast,
            "the fastest variant does not win",
            self.winner(fast, times),
            self.winner(winner),
        )
        self.equal(list(report), list(times), "the report is not about all variants")
        for name, them in times.items():
            one = report[name]
            wanted = (statistics.mean(them), statistics.stdev(them) / math.sqrt(len(them)))
            self.must(
                (one.successes, one.failures) == (10, 0)
                and one.mean is not None
                and same([one.mean, one.standard_error], list(wanted)),
                "a report is wrong",
                Words(f"mean={wanted[0]:g}, standard_error={wanted[1]:g}"),
                shown(one, "successes", "failures", "mean", "standard_error"),
            )

    @keeps(5)
    def test_noise_has_no_winner(self, answers, text):
        first, second = text.word(), text.word()
        times = self.spread(text, 3)
        for factor, winner in ((1.5, None), (2.5, True)):
            error = statistics.stdev(times) / math.sqrt(len(times))
            later = [one + factor * math.hypot(error, error) for one in times]
            variants = {second: self.playing(later), first: self.playing(times)}
            _, got = answers.ab_test(variants)
            wanted = first if winner else None
            means = self.winner(wanted, {second: later, first: times})
            must = self.against(means, self.winner(got))
            must(winner or got is None, "noise decides the winner")
            must(got == wanted, "a difference beyond the noise has no winner")

    @keeps(5)
    def test_the_winner_has_to_beat_all(self, answers, text):
        near = self.spread(text, 3)
        wild = [one + sign * 9 for one in self.spread(text, 6)[:5] for sign in (1, -1)]
        for times, why in (
            (
                [[one + 0.01 for one in near], near, self.spread(text, 9)],
                "The second best is as good, apart from noise. Compare the best one with each of "
                "the others.",
            ),
            (
                [wild, near, self.spread(text, 5)],
                "The one with the largest mean is so uncertain that it may be the best. The second "
                "best is not the only rival: compare the best one with each of the others.",
            ),
        ):
            names = [text.word() for _ in range(3)]
            variants = {name: self.playing(them) for name, them in zip(names, times, strict=True)}
            _, got = answers.ab_test(variants)
            self.must(
                got is None,
                "the winner has beaten only some of the others",
                self.winner(None, dict(zip(names, times, strict=True))),
                self.winner(got),
                why=why,
            )

    @keeps(5)
    def test_without_noise_every_difference_counts(self, answers, text):
        first, second, time = text.word(), text.word(), text.seconds()
        for later, wanted in ((time + 0.01, first), (time, None)):
            variants = {second: self.playing([later] * 10), first: self.playing([time] * 10)}
            report, got = answers.ab_test(variants)
            self.must(
                all(same(one.standard_error, 0.0) for one in report.values()),
                "the standard error of runs that all take the same time is not 0",
                Words("standard_error=0, twice"),
                shown(report[first], "standard_error"),
            )
            must = self.against(self.winner(wanted), self.winner(got))
            must(got is not None or wanted is None, "a standard error of 0.0 is taken for none")
            must(got == wanted, "there is a winner without a difference")

    @keeps(1)
    def test_what_drifts_has_no_winner(self, answers, text):
        names, passed = [text.word() for _ in range(2)], []

        def slower_each_time():
            passed.append(None)
            return len(passed) * 0.1

        _, got = answers.ab_test(dict.fromkeys(names, slower_each_time), n=12)
        self.must(
            got is None,
            "it finds a winner although both variants are the same",
            self.winner(None),
            self.winner(got),
        )

    @keeps(3)
    def test_failures_are_in_no_mean(self, answers, text):
        good, weak = text.word(), text.word()
        times = self.spread(text, 5, 8)
        failed = [TimeoutError(), ConnectionError()]
        variants = {
            good: self.playing(self.spread(text, 3)),
            weak: self.playing([failed[0], *times[:4], failed[1], *times[4:]]),
        }
        report, got = answers.ab_test(variants)
        one = report[weak]
        self.must(
            (report[good].successes, report[good].failures) == (10, 0),
            "if one variant fails, the other one loses a run",
            Words("successes=10, failures=0"),
            shown(report[good], "successes", "failures"),
        )
        self.must(
            (one.successes, one.failures) == (8, 2),
            "failed runs are not reported, or are repeated",
            Words("successes=8, failures=2"),
            shown(one, "successes", "failures"),
        )
        self.must(
            one.mean is not None and same(one.mean, statistics.mean(times)),
            "a failed run is in the mean",
            Words(f"mean={statistics.mean(times):g}"),
            shown(one, "mean"),
        )
        error = statistics.stdev(times) / math.sqrt(8)
        self.must(
            one.standard_error is not None and same(one.standard_error, error),
            "failed runs make the mean more certain",
            Words(f"standard_error={error:g}"),
            shown(one, "standard_error"),
        )
        self.must(got == good, "failures hide the winner", self.winner(good), self.winner(got))

    @keeps(4)
    def test_ctrl_c_is_no_failure(self, answers, text):
        good, stopped = text.word(), text.word()
        variants = {
            good: self.playing(self.spread(text, 3)),
            stopped: self.playing([*self.spread(text, 5, 4), KeyboardInterrupt()]),
        }
        with self.raises(KeyboardInterrupt, "Ctrl-C is counted as a failed run"):
            answers.ab_test(variants)

    @keeps(6)
    def test_without_a_comparison_there_is_no_winner(self, answers, text):
        good, broken, slow = text.word(), text.word(), text.word()
        for count in (0, 1):
            bad = [*([9.0] * count), *([OSError()] * (10 - count))]
            variants = {good: self.playing(self.spread(text, 3)), broken: self.playing(bad)}
            report, got = answers.ab_test(variants)
            self.in_words(
                got is None and report[broken].standard_error is None,
                "a variant wins against one that has no standard error",
                f"{self.winner(None)}, standard_error=None",
                f"{self.winner(got)}, {shown(report[broken], 'standard_error')}",
            )
        times = {good: self.spread(text, 3), broken: [OSError()] * 10, slow: self.spread(text, 5)}
        _, got = answers.ab_test({name: self.playing(them) for name, them in times.items()})
        self.must(
            got is None,
            "a variant that always fails is left out of the comparison",
            self.winner(None),
            self.winner(got),
        )
        variants = {name: self.playing([OSError()] * 10) for name in (good, broken)}
        report, got = answers.ab_test(variants)
        self.in_words(
            got is None and [one.mean for one in report.values()] == [None, None],
            "if all runs fail, there is a winner or a mean",
            f"{self.winner(None)}, mean=None, twice",
            f"{self.winner(got)}, mean={[one.mean for one in report.values()]}",
        )
        _, got = answers.ab_test({good: self.playing(self.spread(text, 3))})
        self.must(got is None, "a single variant wins", self.winner(None), self.winner(got))

    @keeps(7)
    def test_two_runs_are_enough(self, answers, text):
        fast, slow, least = text.word(), text.word(), 5 + text.seconds()
        times = {slow: [least, least + 0.5], fast: [0.5, 0.0]}
        variants = {name: self.playing(them) for name, them in times.items()}
        with accepted("two runs are refused", "n has to be at least 2, and 2 is not less than 2."):
            report, got = answers.ab_test(variants, n=2)
        self.must(
            (report[fast].successes, report[fast].failures) == (2, 0),
            "a time of 0 is taken for a failure",
            Words("successes=2, failures=0"),
            shown(report[fast], "successes", "failures"),
        )
        self.must(
            all(one.standard_error is not None for one in report.values())
            and same([one.standard_error for one in report.values()], [0.25, 0.25]),
            "two figures have no standard error, or a wrong one",
            Words("standard_error=0.25"),
            shown(report[fast], "standard_error"),
        )
        self.must(got == fast, "two runs have no winner", self.winner(fast), self.winner(got))

    @keeps(7)
    def test_one_run_is_no_experiment(self, answers, text):
        for wrong in (1, 0):
            with raises(
                ValueError, f"n={wrong} is accepted", why="One run says nothing about noise."
            ):
                answers.ab_test({text.word(): lambda: 1.0, text.word(): lambda: 2.0}, n=wrong)

    def test_any_figures(self, search):
        def promise(answers, figures, n, seed, stop):
            figures = {name: row[:n] for name, row in zip(NAMES, figures, strict=False)}
            runs = []

            def variant(name, times):
                left = iter(times)

                def run():
                    runs.append(name)
                    if stop and len(runs) == stop[0]:
                        raise stop[1]
                    time = next(left)
                    if isinstance(time, type):
                        raise time("of a run")
                    return time

                return run

            variants = {name: variant(name, times) for name, times in figures.items()}
            if stop:
                with self.raises(type(stop[1]), "what is no Exception is counted as a failed run"):
                    answers.ab_test(variants, n, seed)
                got = f"{len(runs)} runs"
                self.in_words(
                    len(runs) == stop[0], "it goes on after an interrupt", f"{stop[0]} runs", got
                )
                return
            before = [*variants.items()]
            report, winner = answers.ab_test(variants, n, seed)
            self.must(
                [*variants.items()] == before, "it changes the variants", [*figures], [*variants]
            )
            self.check_order(runs, [*figures], n)
            self.check_figures(report, winner, figures)
            order = [*runs]
            runs.clear()
            variants = {name: variant(name, [ValueError] * n) for name in figures}
            answers.ab_test(variants, n, seed)
            self.in_words(
                runs == order,
                "the same seed gives a different order",
                ", ".join(map(repr, order[:6])),
                ", ".join(map(repr, runs[:6])),
            )

        near, far, broken = [1.0, 1.25] * 3, [8.0, 9.0] * 3, [ValueError] * 6
        once, twice = [2.0, *broken], [2.0, ValueError, 2.5, *broken]
        tables = (
            *([near, far], [far, near], [near, near], [near, once], [twice, far], [far, twice]),
            *([near], [broken], [near, broken], [far, near, far, far], [near, far, near]),
            *([[0.0] * 6, [1] * 6], [[0, 1] * 3, [3, 2] * 3], [far, twice, broken]),
            *([near, [1.0, 1.0, kind, 1.5, 1.0, 2.0]] for kind in EACH_FAILURE),
        )
        plain = {"n": 5, "seed": 0, "stop": None}
        stops = tuple((at, kind()) for at in (1, 4) for kind in EACH_STOP)
        always = (
            *each(figures=tables, **plain),
            *each(figures=tables[:4], **{**plain, "n": 2}),
            *each(figures=tuple([[1.0] * 40] * count for count in (2, 3, 4)), **{**plain, "n": 40}),
            *each(figures=[[1.0] * 40] * 3, n=40, seed=(1, -1, 7), stop=None),
            *each(figures=[near, far], n=3, seed=1, stop=stops),
        )
        row = st.sampled_from([*product((1.0, 2, 1 / 3, 0.0, ValueError), repeat=5)])
        slower = row.map(lambda times: [one if one is ValueError else one + 4 for one in times])
        search(
            promise,
            *always,
            figures=st.lists(row | slower, min_size=1, max_size=4),
            n=st.integers(2, 5),
            seed=st.sampled_from((0, 1, 12)),
            stop=st.none(),
        )

    def check_order(self, runs, names, n):
        """Check that the variants run in rounds, and that none is always in the same place."""
        rounds = [runs[at : at + len(names)] for at in range(0, len(runs), len(names))]
        must = self.against(got=Words(", ".join(map(repr, runs[:6])) + ", ..."))
        must(
            len(runs) == n * len(names),
            "the variants do not run n times each",
            got=Words(", ".join(f"{name!r}: {runs.count(name)}" for name in names)),
            wanted=Words(f"{n} runs of each"),
        )
        must(
            all(sorted(one) == sorted(names) for one in rounds), "one variant runs after the other"
        )
        if n < 40 or len(names) < 2:
            return  # a shuffle may repeat itself so often by chance
        for place in range(len(names)):
            must(
                len({one[place] for one in rounds}) > 1,
                "a variant keeps its place in every round",
                wanted=Words(f"different ones in place {place + 1}"),
            )

    def check_figures(self, report, winner, figures):
        """Check the report of each variant, and who has won where that is clear."""
        self.equal([*report], [*figures], "the report is not about all variants")
        known = {}
        for name, row in figures.items():
            times = [one for one in row if not isinstance(one, type)]
            enough = len(times) > 1
            wanted = {
                "successes": len(times),
                "failures": len(row) - len(times),
                "mean": statistics.mean(times) if times else None,
                "standard_error": statistics.stdev(times) / len(times) ** 0.5 if enough else None,
            }
            runs = ", ".join(one.__name__ if isinstance(one, type) else f"{one:g}" for one in row)
            for field, figure in wanted.items():
                came = getattr(report[name], field)
                self.must(
                    came is None if figure is None else same(came, figure),
                    f"{field} is wrong",
                    Words(f"{field}={told(figure)}, of {runs}"),
                    Words(f"{field}={told(came)}"),
                )
            known[name] = (wanted["mean"], wanted["standard_error"])
        wanted = _winner(known)
        if _winner(known, 1e-9) != wanted or _winner(known, -1e-9) != wanted:
            return  # a matter of rounding
        means = (f"{name!r} {told(mean)} ± {told(error)}" for name, (mean, error) in known.items())
        self.in_words(
            winner is None if wanted is None else winner == wanted,
            "there is a winner without a clear difference"
            if wanted is None
            else "the wrong variant wins, or none",
            f"{wanted!r}, of {', '.join(means)}",
            repr(winner),
        )


NAMES = ("b", "", "a", "None")
EACH_FAILURE = (ValueError, StopIteration, Stranger, TimeoutError, OSError)
EACH_STOP = (KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError, Stop)


def _winner(known, margin=0.0):
    """The variant that beats each other one, from the mean and the standard error of each."""
    if len(known) < 2 or any(error is None for _, error in known.values()):
        return None
    for name, (mean, error) in known.items():
        others = [pair for other, pair in known.items() if other != name]
        if all(rival - mean > 2 * math.hypot(error, noise) + margin for rival, noise in others):
            return name
    return None
