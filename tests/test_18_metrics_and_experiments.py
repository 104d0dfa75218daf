"""Lesson 18: Metrics & Experiments.

One class for each task. `text` makes durations that differ from seed to seed, and time is virtual:
a pause of an hour takes no time.
"""

from __future__ import annotations

import math
import re
import statistics
import time
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from typing import ClassVar

from langchain_core.messages import AIMessageChunk

from course.fakes.script import Pause
from course.fakes.sources import Source
from course.grade.expect import Words, check, raises
from course.grade.stream_checks import (
    LAZY,
    SAME_ERROR,
    check_closed,
    check_not_ahead,
    joined,
    passes_on,
    same,
)
from course.grade.value_checks import Explained, never, refused

BLOCK = "\u2588"
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


def milliseconds():
    return time.monotonic() * 1_000


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

    def test_short_answers_are_not_streamed(self, answers, text):
        got = answers.should_stream(expected_seconds=text.seconds(0.1, 1.9), user_facing=True)
        self.must(got is False, "an answer that is there at once is streamed", False)

    def test_two_seconds_are_not_more_than_two(self, answers):
        got = answers.should_stream(expected_seconds=2, user_facing=True)
        self.must(got is False, "exactly two seconds are taken for more than two", False)
        got = answers.should_stream(expected_seconds=2.001, user_facing=True)
        self.must(
            got is True,
            "a little more than two seconds is not enough",
            why="It is more than two seconds.",
        )


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
        "an answer that comes all at once does not give 1.0": "Its first token is its last one. "
        "That is possible, and the wait is the same.",
    }

    def test_it_is_the_total_over_the_first_token(self, answers, text):
        ttft = text.random.choice((0.25, 0.5, 0.75, 1.25))
        for times in (30, text.random.randrange(2, 20)):
            total = ttft * times
            got = answers.perceived_speedup(total, ttft)
            must = self.against(total / ttft)
            must(not same(got, ttft / total), "the number is upside down")
            must(same(got, total / ttft), "the figure is wrong")

    def test_it_is_not_rounded(self, answers, text):
        ttft = 3.0
        total = ttft * text.random.randrange(2, 9) + 1
        got = answers.perceived_speedup(total, ttft)
        self.must(
            got is not None and same(got, total / ttft), "the figure is rounded", total / ttft
        )

    def test_without_a_first_token_there_is_no_figure(self, answers, text):
        for ttft in (None, 0, 0.0, -text.seconds()):
            got = answers.perceived_speedup(text.seconds(), ttft)
            self.must(got is None, "it returns a number where there is none", None)

    def test_a_first_token_after_the_end_is_an_error(self, answers, text):
        total = text.seconds()
        got = answers.perceived_speedup(total, total + 0.5)
        self.must(got is None, "a first token after the end of the stream is accepted", None)

    def test_all_at_once_is_no_gain(self, answers, text):
        total = text.seconds()
        got = answers.perceived_speedup(total, total)
        self.must(got == 1.0, "an answer that comes all at once does not give 1.0", 1.0)


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
        "0.0 is taken for nothing": "These chunks came at once. 0.0 is false in an `if`, just like "
        "None: check how many there are.",
        "it reads a clock other than the given one": "Read the time only with clock(). A clock "
        "that shows the date can jump when it is set.",
        "a model's stream has no figures": "What model.stream returns is a stream of chunks.",
    }

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
            same(got.total, sum(waits[:4])) and same(got.gap_max, sum(waits[2:4])),
            "a chunk without output ends a gap, or the stream",
            Words(f"total={sum(waits[:4]):g}, gap_max={sum(waits[2:4]):g}"),
            shown(got, "total", "gap_max"),
        )

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

    def test_the_first_token_is_not_in_the_rate(self, answers, text):
        first, gap = 10 + text.seconds(), text.seconds()
        items = [Pause(first), *([chunk(text.word()), Pause(gap)] * 5)]
        got = answers.summarize(Source(items))
        must = self.against(Words(f"tpot={gap:g}"), shown(got, "tpot"))
        must(
            not same(got.tpot, (first + gap * 4) / 5),
            "the time to the first token is in the time per token",
        )
        must(same(got.tpot, gap), "the time per token is wrong")

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
        got = answers.summarize(Source([chunk(text.word()), chunk(text.word())]))
        self.must(
            (got.ttft, got.tpot, got.gap_p50) == (0.0, 0.0, 0.0),
            "0.0 is taken for nothing",
            Words("ttft=0, tpot=0, gap_p50=0"),
            shown(got, "ttft", "tpot", "gap_p50"),
        )

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
        "a reported 0 is taken for no report": "0 is false in an `if`, just like None. Check "
        "whether usage_metadata is None.",
    }

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

    def test_a_report_of_nothing_is_a_report(self, answers, text):
        asked = []

        def characters(whole):
            asked.append(whole)
            return len(whole)

        got = answers.count_tokens([chunk(text.word()), usage(0)], characters)
        self.must(
            (got.tokens, got.estimated) == (0, False) and not asked,
            "a reported 0 is taken for no report",
            Words("tokens=0, estimated=False"),
            shown(got, "tokens", "estimated"),
        )

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


class TestLiveStats(Explained):
    """Tokens pass through, and figures go elsewhere."""

    WHY: ClassVar = {
        "the text is changed on the way": "Figures go to sink, and never into the text. Pass on "
        "every token as it is, empty ones too.",
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
        "the report comes after its token, or at the end": "Call sink before you yield the token "
        "that reached the multiple.",
        "the words of a long text are miscounted": "Each of the short tokens adds a word.",
    }

    def run(self, answers, tokens, every, **options):
        """All tokens that come out, and all reports."""
        reports = []
        return list(answers.live_stats(tokens, every, reports.append, **options)), reports

    def test_the_text_is_unchanged(self, answers, text):
        tokens = ["", *text.tokens(9), "\n", "  ", ""]
        got, _ = self.run(answers, tokens, 2)
        self.must(got == tokens, "the text is changed on the way", tokens, got)

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

    def test_a_multiple_that_is_passed_counts(self, answers, text):
        def words(count):
            return "".join(f"{text.random.choice(['so', 'on'])} " for _ in range(count))

        _, reports = self.run(answers, [words(4), words(3), words(8), words(1), words(3)], 5)
        got = [report.words for report in reports]
        self.equal(
            got, [7, 15], "multiples that are jumped over are missed, or reported late or too often"
        )

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

    def test_any_white_space_ends_a_word(self, answers, text):
        spaces = ("\t", "\r\n", "\u00a0", "\u2003", "\u2028", "\u3000")
        pieces = [piece for space in spaces for piece in (f"{text.word()}.", space)]
        _, reports = self.run(answers, [*pieces, text.word()], 1)
        got = [(one.words, one.sentences) for one in reports]
        wanted = [(number + 1, number) for number in range(len(spaces) + 1)]
        self.must(got == wanted, "only some whitespace ends a word or a sentence", wanted, got)

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
            match = re.fullmatch(rf" *(\S+) +({BLOCK}*) *(\d+) *", line)
            self.must(
                match, "a line is not label, bar and count", Words(f"5-10 {BLOCK * 3} 3"), line
            )
            rows.append((match[1], len(match[2]), int(match[3])))
        return rows

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

    def test_the_largest_values_are_in_the_last_bin(self, answers, text):
        most = text.random.randrange(1_000, 9_999)
        got = self.rows(answers.ascii_histogram([20.5, most, most + 1]))
        self.equal([count for _, _, count in got], [0, 0, 0, 0, 3], "the largest values are lost")

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
                all(abs(bar - ideal) < 1 for bar, ideal in zip(bars, wanted, strict=False)),
                "the bars are not in proportion to the counts",
                wanted,
                bars,
            )
            self.must(bars[3:] == [0, 0], "a bin without values has a bar", [0, 0], bars[3:])

    def test_the_rarest_value_can_be_seen(self, answers, text):
        values = [1] * text.random.randrange(90, 120) + [30]
        got = self.rows(answers.ascii_histogram(values))
        self.in_words(
            got[-1][1:] == (1, 1),
            "a single value among many cannot be seen",
            "1 block, count 1",
            f"{got[-1][1]} blocks, count {got[-1][2]}",
        )

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

    def test_what_has_no_bin_is_an_error(self, answers, text):
        low = text.random.randrange(2, 9)
        for values, edges in (([3, -0.1], (0, 5)), ([low + 1, low - 1], (low, 30))):
            with self.raises(ValueError, "a value below the first edge is accepted"):
                answers.ascii_histogram(values, edges)


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
        "changing a report changes the log, or changes the next report": "Make new "
        "dictionaries for each report, from the sessions.",
        "two logs share their sessions": "Each has its own: make the list in __init__.",
    }

    def log_of(self, answers, sessions, *limits):
        log = answers.SessionLog(limits)
        for session in sessions:
            log.add(session)
        return log.insights()

    def test_no_sessions_are_no_error(self, answers):
        with no_division_by_zero("no sessions"):
            got = answers.SessionLog().insights()
        self.must(
            got["type"] == "empty" and isinstance(got["message"], str) and got["message"].strip(),
            "an empty log has no message",
            Words('{"type": "empty", "message": "..."}'),
            got,
        )

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

    def test_figures_that_nobody_has_are_none(self, answers, text):
        got = self.log_of(answers, [answers.Session("failed"), answers.Session("interrupted")])
        names = ("ttft", "tokens_per_second", "satisfaction")
        self.must(
            [got[name] for name in names] == [None] * 3,
            "there is a figure that no session has",
            shown(dict.fromkeys(names), *names),
            shown(got, *names),
        )

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
        self.must(
            got["errors"] == {session.error: 2} and got["topics"] == {session.topic: 2},
            "changing a report changes the log, or changes the next report",
            {"errors": {session.error: 2}, "topics": {session.topic: 2}},
            {"errors": got["errors"], "topics": got["topics"]},
        )
        other = answers.SessionLog().insights()
        self.must(
            other["type"] == "empty",
            "two logs share their sessions",
            Words("an empty second log"),
            other,
        )


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

    def test_others_do_not_disturb_the_order(self, answers, text):
        names, seed, seen = [text.word() for _ in range(3)], text.random.randrange(1_000), []

        def experimenting(variant):
            def run():
                answers.ab_test(dict.fromkeys(names, lambda: 1.0), n=2, seed=len(runs))
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

    def test_the_winner_has_to_beat_all(self, answers, text):
        near = self.spread(text, 3)
        wild = [one + sign * 9 for one in self.spread(text, 6, 5) for sign in (1, -1)]
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

    def test_ctrl_c_is_no_failure(self, answers, text):
        good, stopped = text.word(), text.word()
        variants = {
            good: self.playing(self.spread(text, 3)),
            stopped: self.playing([*self.spread(text, 5, 4), KeyboardInterrupt()]),
        }
        with self.raises(KeyboardInterrupt, "Ctrl-C is counted as a failed run"):
            answers.ab_test(variants)

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

    def test_one_run_is_no_experiment(self, answers, text):
        for wrong in (1, 0):
            with raises(
                ValueError, f"n={wrong} is accepted", why="One run says nothing about noise."
            ):
                answers.ab_test({text.word(): lambda: 1.0, text.word(): lambda: 2.0}, n=wrong)
