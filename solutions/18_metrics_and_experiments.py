"""Lesson 18: Metrics & Experiments.

Eight tasks: when to stream, how fast a stream is, what many of them say together, and which of two
ways is better. Each docstring is the contract: what it promises is what the tests check. Three
rules hold throughout the lesson.

* What nobody knows is None, never 0: a stream without a first token has no time to it.
* Durations come from a clock that only goes forward. Where a `clock` is given, read the time with
  it and with nothing else. How often you read it is up to you.
* Measuring changes nothing. An error of what is measured passes through as it is. (Only `ab_test`
  counts errors instead; it says so.)

All times are in seconds; no number is NaN. What a docstring leaves open is not graded.
"""

from __future__ import annotations

import math
import random
import re
import statistics
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypedDict

from langchain_core.messages import AIMessageChunk

# Given: nothing to do here except use it.

BLOCK = "\u2588"
"""What the bars of a histogram are made of."""

MARKS = (".", "!", "?")
"""What a sentence ends with."""


def close_source(source: object) -> None:
    """Close `source` if it can be closed: a generator can, a list cannot."""
    close = getattr(source, "close", None)
    if close is not None:
        close()


def has_output(chunk: AIMessageChunk) -> bool:
    """Whether the model has made something in `chunk`: text, reasoning, or a part of a tool call.

    The first chunk of a stream may only say whose turn it is, and the last one only how it ended
    and what it cost. Those have no output. A reasoning block without text does not count as output
    either, and images or other media do not count here.
    """
    return bool(chunk.text or chunk.tool_call_chunks) or any(
        block["type"] == "reasoning" and block.get("reasoning") for block in chunk.content_blocks
    )


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Return the smallest of `values` that at least `percent` % of them do not exceed.

    This is the nearest-rank definition, which does not make up values in between. None if there are
    no values.
    """
    rank = max(1, math.ceil(len(values) * percent / 100))
    return sorted(values)[rank - 1] if values else None


def estimate_tokens(text: str) -> int:
    """Estimate how many tokens a text has: one for every four characters, rounded up.

    A rule of thumb for English. Other languages and program code need more tokens.
    """
    return math.ceil(len(text) / 4)


@dataclass(frozen=True)
class Summary:
    """How fast a stream came. A chunk counts if it has output; all others do not.

    Attributes:
        chunks: how many chunks counted.
        ttft: time to the first of them, or None without one.
        total: time to the last of them, or None without one.
        tpot: time per output token after the first, with each chunk counted as one token: (total -
        ttft) / (chunks - 1), or None with fewer than two chunks.
        gap_p50: the median of the times between two consecutive chunks, by `percentile`.
        gap_p95: their 95th percentile.
        gap_max: the longest of them. All three are None with fewer than two chunks.
    """

    chunks: int
    ttft: float | None
    total: float | None
    tpot: float | None
    gap_p50: float | None
    gap_p95: float | None
    gap_max: float | None


@dataclass(frozen=True)
class TokenCount:
    """How many tokens an answer has, and whether that is only an estimate."""

    tokens: int
    estimated: bool


@dataclass(frozen=True)
class Stats:
    """What is known about an answer while it streams.

    Attributes:
        tokens: how many tokens have come that are not empty.
        chars: how many characters.
        words: how many words have begun: `len(text.split())` of the text so far.
        sentences: how many sentences have ended: one of `MARKS` with whitespace after it. It needs
        no words, so `"... "` is one.
        seconds: time from asking for the first token until the report, including all pauses of the
        caller.
        chars_per_second: characters over that time, or None if no time has passed.
    """

    tokens: int
    chars: int
    words: int
    sentences: int
    seconds: float
    chars_per_second: float | None


@dataclass(frozen=True)
class Session:
    """One stream, as it is remembered.

    Attributes:
        status: how it ended. "interrupted" means that the user stopped it: that is not a failure.
        topic: what it was about.
        ttft: time to the first token, or None if none came.
        seconds: time to the last token.
        tokens: how many output tokens there were.
        error: the class name of the error, which is never "", or None without one.
        rating: what the user said: True for good, False for bad, None for nothing.
    """

    status: Literal["complete", "interrupted", "failed"]
    topic: str = ""
    ttft: float | None = None
    seconds: float = 0.0
    tokens: int = 0
    error: str | None = None
    rating: bool | None = None

    @property
    def tokens_per_second(self) -> float | None:
        """Tokens after the first one, over the time after it; None where that is undefined."""
        if self.ttft is None or self.tokens < 2 or self.seconds <= self.ttft:
            return None
        return (self.tokens - 1) / (self.seconds - self.ttft)


@dataclass(frozen=True)
class Limit:
    """Where a figure should be: not below `least`, not above `most`. The bounds are included."""

    figure: Literal["ttft", "tokens_per_second", "error_rate", "satisfaction"]
    least: float = -math.inf
    most: float = math.inf


LIMITS = (
    Limit("ttft", most=0.8),
    Limit("tokens_per_second", least=10),
    Limit("error_rate", most=0.01),
    Limit("satisfaction", least=0.9),
)
"""Rules of thumb that circulate without a source. Measure, and set your own."""


class Empty(TypedDict):
    """There is nothing to report, and `message` says so to a person."""

    type: Literal["empty"]
    message: str


class Insights(TypedDict):
    """What many sessions say together: see `SessionLog`."""

    type: Literal["insights"]
    sessions: int
    ttft: float | None
    tokens_per_second: float | None
    error_rate: float
    interruption_rate: float
    satisfaction: float | None
    errors: dict[str, int]
    topics: dict[str, int]
    recommendations: dict[str, str]


Report = Empty | Insights


@dataclass(frozen=True)
class VariantReport:
    """What the runs of one variant said.

    Attributes:
        successes: how many runs gave a figure.
        failures: how many runs raised an `Exception`.
        mean: the mean of the figures, or None without one.
        standard_error: how uncertain the mean is: `statistics.stdev` of the figures over the square
        root of how many there are. None with fewer than two.
    """

    successes: int
    failures: int
    mean: float | None
    standard_error: float | None


# Your part.


def should_stream(
    *,
    expected_seconds: float,
    user_facing: bool,
    needs_complete: bool = False,
    batch: bool = False,
) -> bool:
    """Say whether an answer should be streamed.

    It should if somebody is waiting for it, can use the first half of it, and would wait for long.

    * False if nobody is watching, if half of it is useless, or if it is one of a batch.
    * False if the whole answer takes two seconds or less.
    * Otherwise True.

    >>> should_stream(expected_seconds=8, user_facing=True)
    True

    Fine print:
    Two seconds is a rule of thumb.

    Args:
        expected_seconds: how long the whole answer will take.
        user_facing: whether a person is watching while it comes.
        needs_complete: whether half of it is useless, like half of a JSON text that has to be
            checked.
        batch: whether it is one of many that are processed together.
    """
    return user_facing and expected_seconds > 2 and not needs_complete and not batch


def perceived_speedup(total: float, ttft: float | None) -> float | None:
    """Return how many times shorter the wait is with streaming than without.

    Without streaming, the first text is seen after `total` seconds; with it, after `ttft`.

    * The figure is how many times `ttft` fits into `total`.
    * Do not round.
    * Without a first token (`ttft` is None), or without time before it (0 or less), it is None.
    * If the first token came after the end, it is None, too. Exactly at the end makes 1.0.

    >>> perceived_speedup(15, 0.5)
    30.0

    Fine print:
    The whole answer does not come any sooner. A first token after the end is an error of
    measurement.
    """
    if ttft is None or not 0 < ttft <= total:
        return None
    return total / ttft


def summarize(
    chunks: Iterable[AIMessageChunk], clock: Callable[[], float] = time.monotonic
) -> Summary:
    """Read a model's stream to its end, and say how fast it came.

    `Summary` says what each figure is.

    * Time starts when `summarize` is called, before `iter(chunks)`.
    * Only chunks with output count (see `has_output`), wherever they stand.
    * `tpot` and the gaps leave out the time to the first token.
    * A time that nobody knows is None, never 0.
    * Read the time only from `clock`.
    * An error of the stream passes through as it is.

    >>> chunks = [AIMessageChunk(text) for text in ("", "It", " is")]
    >>> summarize(tokens(chunks, pause=0.5))  # half a second before each
    Summary(chunks=2, ttft=1.0, total=1.5, tpot=0.5, gap_p50=0.5, gap_p95=0.5, gap_max=0.5)

    Fine print:
    With `model.stream(prompt)`, time starts when the model is asked. A chunk has come when it was
    pulled. Chunks without output do not count anywhere: not at the beginning, in the middle, or at
    the end. `chunks` is read to its end, so you need not close it.

    With the time to the first token, `tpot` and the gaps would be about the question and not about
    the writing.
    """
    start = clock()
    times = [clock() - start for chunk in chunks if has_output(chunk)]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return Summary(
        chunks=len(times),
        ttft=times[0] if times else None,
        total=times[-1] if times else None,
        tpot=(times[-1] - times[0]) / len(gaps) if gaps else None,
        gap_p50=percentile(gaps, 50),
        gap_p95=percentile(gaps, 95),
        gap_max=max(gaps, default=None),
    )


def count_tokens(
    chunks: Iterable[AIMessageChunk], estimate: Callable[[str], int] | None = None
) -> TokenCount:
    """Return how many output tokens an answer has.

    A chunk is not a token: it may have several, or none. Only the provider knows, and says so in
    `chunk.usage_metadata["output_tokens"]`.

    * If usage was reported, that is the count, even if it is 0.
    * Do not add up: the last report is the count.
    * Only if no chunk reports usage, call `estimate` once, with the whole text. Then the count is
      `estimated`.
    * An error of the stream passes through as it is.

    >>> usage = {"input_tokens": 9, "output_tokens": 4, "total_tokens": 13}
    >>> count_tokens([AIMessageChunk("It is free."), AIMessageChunk("", usage_metadata=usage)])
    TokenCount(tokens=4, estimated=False)

    Fine print:
    On most chunks, `usage_metadata` is None. Usage here is cumulative.

    If `estimate` is None, call `estimate_tokens`. The whole text is `chunk.text` of all chunks,
    joined.
    """
    reported: int | None = None
    texts: list[str] = []
    for chunk in chunks:
        texts.append(chunk.text)
        if chunk.usage_metadata is not None:
            reported = chunk.usage_metadata["output_tokens"]
    if reported is not None:
        return TokenCount(reported, estimated=False)
    return TokenCount((estimate or estimate_tokens)("".join(texts)), estimated=True)


def live_stats(
    tokens: Iterable[str],
    every: int,
    sink: Callable[[Stats], object],
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[str]:
    """Pass tokens on, and report figures on the way.

    * All tokens pass unchanged, empty ones too.
    * Call `sink` with new `Stats` when the number of words reaches or passes a multiple of `every`.
    * The figures are those of the text so far, however it is cut into tokens.
    * Time starts when the first token is asked for. Read it only from `clock`.
    * The work for a token does not grow with the text before it.
    * Pull nothing early, report a token before you hand it on, and always close `tokens`.

    >>> reports = []
    >>> list(live_stats(["It", " is", " free. ", "Keep", " it."], 2, reports.append))
    ['It', ' is', ' free. ', 'Keep', ' it.']
    >>> [(stats.words, stats.sentences) for stats in reports]
    [(2, 0), (4, 1)]

    Fine print:
    It reports at `every` words, at twice as many, and so on. Never at 0, and at most once for each
    token, even if it passes several multiples. A report includes the token that caused it.

    A word that comes in two tokens is one word, and "3.14" does not end a sentence. Empty tokens do
    not count anywhere.

    Nothing is pulled before it is asked for. Close `tokens` at the end in every case, also when the
    caller stops in the middle. What happens to an error of `sink`, and to `tokens` after the
    ValueError, is up to you.

    Raises:
        ValueError: if `every` is less than 1, at the latest when the first token is wanted.
    """
    if every < 1:
        raise ValueError(f"every must be at least 1, not {every}")
    start = clock()
    count = chars = words = sentences = reported = 0
    before = " "
    try:
        for token in tokens:
            if token:
                count += 1
                chars += len(token)
                words += len((before + token).split()) - (not before.isspace())
                sentences += len(re.findall(r"[.!?](?=\s)", before + token))
                before = token[-1]
            if words // every > reported:
                reported = words // every
                seconds = clock() - start
                speed = chars / seconds if seconds > 0 else None
                sink(Stats(count, chars, words, sentences, seconds, speed))
            yield token
    finally:
        close_source(tokens)


def ascii_histogram(
    values: Iterable[float],
    edges: Sequence[float] = (0, 5, 10, 15, 20),
    width: int = 40,
) -> str:
    """Draw how many values are in each bin, one line for each.

    A line is the label, a space, a bar of `BLOCK`, a space, and the count.

    * Each edge begins a bin: 5 is in "5-10", not in "0-5".
    * The last bin has no end: "20+".
    * All bars begin in the same column.
    * The longest bar has `width` blocks. The others are in proportion.
    * Each count but 0 has at least one block.
    * Without values, all counts are 0.
    * A value below the first edge is a ValueError.

    >>> ascii_histogram([1, 2, 7], edges=(0, 5), width=4).splitlines()
    ['0-5 ████ 2', ' 5+ ██ 1']

    Fine print:
    The lines are in the order of the bins. A bin ends just before the next edge. An edge in a label
    is written as `format(edge, "g")` does. Pad the labels with spaces, on whichever side you like.
    The lines are joined with a line break; whether there is one more at the end is up to you.

    The shorter bars are as long in proportion to their counts, give or take one block at most. A
    count of 0 has no block: `10-15  0`.

    A value below the first edge has no bin, and dropping it silently would be a lie.

    Args:
        values: what is counted; any order.
        edges: where the bins begin, at least one, in ascending order.
        width: blocks of the longest bar, at least 1.
    """
    counts = [0] * len(edges)
    for value in values:
        if value < edges[0]:
            raise ValueError(f"{value} is less than the first edge, {edges[0]}")
        counts[bisect_right(edges, value) - 1] += 1
    labels = [f"{low:g}-{high:g}" for low, high in pairwise(edges)] + [f"{edges[-1]:g}+"]
    longest = max(len(label) for label in labels)
    most = max(counts)
    lines = []
    for label, count in zip(labels, counts, strict=True):
        blocks = max(1, round(width * count / most)) if count else 0
        lines.append(f"{label:>{longest}} {BLOCK * blocks} {count}")
    return "\n".join(lines)


class SessionLog:
    """Remembers sessions, and says what they have in common.

    * Without sessions, the report is `Empty`. A figure that no session has is None.
    * The rates are over all sessions.
    * `ttft` and `tokens_per_second` are medians over the sessions that have them.
    * `satisfaction`: True ratings over all ratings.
    * `errors` and `topics` say how often each one came.
    * `recommendations` has a sentence for each figure outside a limit.
    * Each report is new, and has all sessions so far.

    >>> log = SessionLog()
    >>> log.add(Session("complete", ttft=0.5))
    >>> log.add(Session("failed", error="TimeoutError"))
    >>> report = log.insights()
    >>> report["error_rate"], report["ttft"], report["errors"]
    (0.5, 0.5, {'TimeoutError': 1})

    Fine print:
    * `sessions`: how many there are, however they ended.
    * `ttft` and `tokens_per_second`: the median is `statistics.median`, however the sessions ended.
      Half of the users had it better than the median, half worse; a mean belongs to nobody.
    * `error_rate` and `interruption_rate`: failed sessions and interrupted sessions, each over all
      sessions, as a number from 0 to 1.
    * `satisfaction`: ratings that are True, over all ratings, or None without a rating. A user who
      says nothing counts as neither satisfied nor dissatisfied.
    * `errors`: how often each `error` came, by its name. Sessions without one do not count.
    * `topics`: how many sessions each topic had. Topics that are "" do not count.
    * `recommendations`: for each figure that is outside a limit, the figure's name, and why: one
      sentence of yours, even if it breaks several limits. A figure that is None is never outside a
      limit.

    Changing a report does not change the log.

    Args:
        limits: where the figures should be; nobody changes them later.
    """

    def __init__(self, limits: Sequence[Limit] = LIMITS) -> None:
        self._limits = limits
        self._sessions: list[Session] = []

    def add(self, session: Session) -> None:
        """Remember one more session, even if it equals another one."""
        self._sessions.append(session)

    def insights(self) -> Report:
        """Report on the sessions."""
        if not self._sessions:
            return {"type": "empty", "message": "There are no sessions yet."}
        total = len(self._sessions)
        status = Counter(session.status for session in self._sessions)
        ratings = [one.rating for one in self._sessions if one.rating is not None]
        figures = {
            "ttft": self._median(one.ttft for one in self._sessions),
            "tokens_per_second": self._median(one.tokens_per_second for one in self._sessions),
            "error_rate": status["failed"] / total,
            "satisfaction": sum(ratings) / len(ratings) if ratings else None,
        }
        outside: dict[str, str] = {}
        for limit in self._limits:
            if (value := figures[limit.figure]) is None:
                continue
            if value < limit.least:
                outside[limit.figure] = f"{value:g} is below {limit.least:g}"
            elif value > limit.most:
                outside[limit.figure] = f"{value:g} is above {limit.most:g}"
        return {
            "type": "insights",
            "sessions": total,
            "ttft": figures["ttft"],
            "tokens_per_second": figures["tokens_per_second"],
            "error_rate": status["failed"] / total,
            "interruption_rate": status["interrupted"] / total,
            "satisfaction": figures["satisfaction"],
            "errors": dict(Counter(one.error for one in self._sessions if one.error)),
            "topics": dict(Counter(one.topic for one in self._sessions if one.topic)),
            "recommendations": outside,
        }

    @staticmethod
    def _median(values: Iterable[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return statistics.median(known) if known else None


def ab_test(
    variants: Mapping[str, Callable[[], float]],
    n: int = 10,
    seed: int = 0,
) -> tuple[dict[str, VariantReport], str | None]:
    """Run each variant `n` times, and name a winner only if the difference is more than noise.

    * Go in rounds: one run of each variant in each, in an order that changes.
    * The same `seed` gives the same orders.
    * A failed run (an `Exception`) is counted, in no mean, and not repeated.
    * A `KeyboardInterrupt` passes through.
    * The winner beats each other mean by more than two standard errors of the difference.
    * Nobody wins alone, or if any variant has no standard error.
    * An `n` below 2 is a ValueError.

    >>> report, winner = ab_test({"old": lambda: 1.0, "new": lambda: 0.5})
    >>> winner, report["new"].mean
    ('new', 0.5)

    Fine print:
    A variant is a function: one call is one run, and returns a time in seconds, of which less is
    better. A `KeyboardInterrupt` is not an `Exception`.

    With rounds, a network that gets slower makes all of them slower. And let no variant keep its
    place in all rounds, or the same one always goes first: shuffle each round with a
    `random.Random(seed)`, or rotate. A shuffle may repeat an order by chance; that is fine.

    If a variant raises an `Exception`, the run has failed. The winner is the variant with the
    smallest mean. The standard error of a difference is `math.hypot(a, b)`, where a and b are the
    standard errors of the two means. Any variant without a standard error prevents a
    winner, the fastest included.

    One run says nothing about noise.

    Returns:
        A report for each variant, in their order, and the name of the winner or None.
    """
    if n < 2:
        raise ValueError(f"n must be at least 2, not {n}")
    order = random.Random(seed)
    figures: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(n):
        for name in order.sample(list(variants), len(variants)):
            try:
                figures[name].append(variants[name]())
            except Exception:
                continue  # it is missing in the figures, and so is counted below
    report: dict[str, VariantReport] = {}
    for name, seconds in figures.items():
        error = statistics.stdev(seconds) / math.sqrt(len(seconds)) if len(seconds) > 1 else None
        mean = statistics.mean(seconds) if seconds else None
        report[name] = VariantReport(len(seconds), n - len(seconds), mean, error)
    measured = [
        (one.mean, one.standard_error, name)
        for name, one in report.items()
        if one.mean is not None and one.standard_error is not None
    ]
    if len(measured) < max(2, len(report)):
        return report, None
    (least, its_error, best), *others = sorted(measured)
    clear = all(mean - least > 2 * math.hypot(error, its_error) for mean, error, _ in others)
    return report, best if clear else None
