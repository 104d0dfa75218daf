"""Lesson 16: Cancellation & Backpressure.

One class for each task. Words and times come from `text`, other ones for each seed. Time is
virtual: a source that hangs forever takes no time.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, contextmanager, nullcontext
from copy import copy
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, ClassVar

from hypothesis.strategies import builds, lists, none, sampled_from

from course.fakes.blocking import BlockingSource
from course.fakes.script import Hang, Pause, Reply
from course.fakes.sources import AsItem, AsyncSource, Source
from course.grade.differences import check_same, same_value
from course.grade.expect import Words, check, in_process, keeps, raises
from course.grade.model_checks import acheck_model_closed
from course.grade.scenarios import (
    BLANKS,
    EACH_ENDING,
    EACH_TEXT,
    ERRORS,
    INTERRUPTS,
    LIKE_AN_END,
    TEXTS,
    VALUES,
    WIDE,
    Ending,
    Stop,
    any_ending,
    any_limit,
    any_text,
    any_tokens,
    any_value,
    each,
    repeated,
    together,
)
from course.grade.stream_checks import (
    CLOSE,
    END_FIRST,
    FINITE,
    ONE_BY_ONE,
    SAME_ERROR,
    acheck_passes_on,
    cancel_while_it_waits,
    check_closed,
    check_lazy,
    check_not_ahead,
    check_nothing_runs_on,
    check_stops,
    close,
    joined,
    not_for_ever,
    passes_on,
    same,
    seconds,
    take,
    with_arrival,
)
from course.grade.stream_promises import (
    NOT_BY_ITSELF,
    StreamPromises,
    acheck_apart,
    check_apart,
)
from course.grade.value_checks import Explained, against, refused


def spaced(tokens, wait):
    """A source that takes `wait` seconds for each token."""
    return AsyncSource([item for token in tokens for item in (Pause(wait), token)])


def times(factor, wait):
    """So many times as long, rounded: it is shown as it is."""
    return round(factor * wait, 3)


KEEPS = StreamPromises()

LONG = [f"{number} " for number in range(40)]

ANY_ITEM = (
    *VALUES,
    *(AsItem(kind("an item")) for kind in (ValueError, StopIteration, TimeoutError)),
)
SOME_VALUES = (
    *(["a", "b"], ["a", "a"], [None, None]),
    *([value for value in ANY_ITEM[at::4] for _ in range(2)] for at in range(4)),
    [*range(40)],
    [],
)
"""Items of any kind, each twice in a row."""

SOME_TEXTS = (
    ["a", " b "],
    [" a", " a"],
    *(["", *TEXTS[at::3], TEXTS[at]] for at in range(3)),
    LONG,
)
"""Tokens of any kind."""

ASYNC_ERRORS = (
    *(kind for kind in ERRORS if kind is not Stop),
    *(asyncio.QueueFull, asyncio.QueueEmpty, asyncio.InvalidStateError, OverflowError),
    *(Exception, OSError, EOFError, AttributeError, TypeError, AssertionError),
)
ENDINGS = (
    Ending(),
    *(
        Ending(error=kind("of the source"))
        for kind in (ConnectionError, TimeoutError, RuntimeError, asyncio.QueueFull)
    ),
    *(Ending(stop_after=count) for count in (1, 2, 3)),
)
"""How an asynchronous stream can end: to be tried with every seed."""

ERROR_ENDINGS, STOPS = ENDINGS[1:5], ENDINGS[5:]

ANY_ENDING = (
    *(Ending(),) * 5,
    *(Ending(error=kind("of the source")) for kind in ASYNC_ERRORS),
    *(Ending(stop_after=count) for count in range(1, 6)),
)

WAITS = (0, 0, 0.31, 0.73, 2.61, 13.37)
"""How long an item takes, in units of what is waited for; no sum of them is a whole number of
units, and so nothing happens at the same moment as a beat or at the limit."""

END = "the end"
ANY_NUMBER = 10**9
LONG_ENOUGH = 60
"""Seconds in which a source comes as far ahead as it may."""


class Alike(str):
    """A text that equals everything, as `unittest.mock.ANY` does."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __repr__(self):
        return "ANY"


async def check_alike(read):
    """Pass if an item that equals the one before it, or everything, is one like any other."""
    items = ["a", "a", Alike("b"), "c"]
    got = [item async for item in read(items)]
    check(
        [type(item) is str and item == "a" for item in got[:2]] == [True, True],
        "an item that equals the one before it is lost",
        why="The same item may come twice in a row, and both count.",
        wanted=items,
        got=got,
    )
    check(
        len(got) == len(items),
        "an item that equals everything is taken for the end",
        why="An item says itself what it equals: unittest.mock.ANY equals everything, and an array "
        "compares each of its numbers. Recognize your own object with `is`.",
        wanted=items,
        got=got,
    )


def any_steps(items, waits=WAITS, most=5):
    """What a source gives: how long it takes to each item, and the item, some of them repeated.

    All runs of an item are made first: to draw one of them is quicker than to draw its parts.
    """
    runs = [[(wait, item)] * times for wait in waits for item in items for times in (1, 1, 2)]
    return lists(sampled_from(runs), max_size=most).map(lambda found: [*chain(*found)])


def without_waits(items):
    """Steps of a source that gives everything at once."""
    return [(0, item) for item in items]


def played(steps, unit, ending):
    """The items of a source with such steps."""
    items = [
        part
        for wait, item in [*steps, (last(steps), ending.error)]
        for part in ([Pause(wait * unit)] if wait else []) + [item]
    ]
    return items if ending.error else items[:-1]


def last(steps):
    """How long a source takes to end, or to fail, after its last item."""
    return 0.45 if any(wait for wait, _ in steps) else 0


def taken(item):
    """An item as it is handed out."""
    return item.error if isinstance(item, AsItem) else item


@dataclass
class Course:
    """What has to come of a stream.

    Attributes:
        pieces: each piece, when it has to come, and how many items may have been asked for then.
        error: what ends it, its class if it is one of its own, or None.
        over: when it has to end.
        asked: how many items it may ask for in all, or None if that is not checked.
        late: how many seconds later it may end.
    """

    pieces: list[tuple[Any, float, int]]
    error: BaseException | type[Exception] | None
    over: float
    asked: int | None = None
    late: float = 0.0

    def cancelled(self, at, over=None, late=0.0):
        """The same if its reader is cancelled at some time before its end."""
        if at is None or at >= self.over:
            return self
        pieces = [piece for piece in self.pieces if piece[1] < at]
        error = asyncio.CancelledError()
        return replace(self, pieces=pieces, error=error, over=over or at, late=late)


async def check_course(
    answers, clock, stream, source, course, stop_after=None, work=0.0, cancel_at=None, closing=0.0
):
    """Read a stream, and pass if it takes its course.

    Args:
        answers: the functions to be graded.
        clock: the time.
        stream: what is read.
        source: what it reads.
        course: what has to come.
        stop_after: after how many pieces the reader stops, or None.
        work: for how many seconds the reader works on each piece.
        cancel_at: when the reader is cancelled, or None.
        closing: how many seconds it takes to close the source.
    """
    got, moments, began = [], [], clock.elapsed
    wanted = [piece for piece, _, _ in course.pieces]

    async def read():
        async for piece in stream:
            got.append(piece)
            moments.append(clock.elapsed - began)
            if len(got) <= len(wanted) and same_value(piece, wanted[len(got) - 1]):
                check_asked(source, course.pieces[len(got) - 1][2])
            if len(got) == stop_after or len(got) > len(wanted):
                stopped = clock.elapsed
                await close(stream, "when the caller stops", END_FIRST)
                must = against(Words("the stream closed at once"))
                must(same(clock.elapsed, stopped + closing), "closing it takes time", FINITE)
                return
            await asyncio.sleep(work)

    await asyncio.sleep(0)
    check_lazy(source)
    reader = asyncio.ensure_future(read())
    if cancel_at is not None:
        asyncio.get_running_loop().call_later(cancel_at, reader.cancel)
    await asyncio.wait({reader})
    over = clock.elapsed - began
    has_stopped = len(got) == stop_after
    check_result(reader, None if has_stopped else course.error)
    whole = wanted[: len(got)] if has_stopped else wanted
    check_same(got, whole, wanted, lambda items: items[: len(whole)])
    must = against(
        seconds(moment for _, moment, _ in course.pieces[: len(whole)]), seconds(moments)
    )
    must(
        same(moments, [moment for _, moment, _ in course.pieces[: len(whole)]]),
        "pieces come at other times than they should",
        "Hand out each one the moment it comes: not earlier than the source gives it, and never "
        "later.",
    )
    if not has_stopped:
        must = against(Words(f"the end after {course.over:g} s"), Words(f"{over:g} s"))
        must(
            -1e-6 < over - course.over - closing < course.late + 1e-6,
            "it ends at another time than it should",
            "It ends when its source does, when it is told to, or when its reader is cancelled: at "
            "once, and not before everything is closed.",
        )
        check_asked(source, course.asked)
    check_nothing_runs_on(answers)
    when, why = "at its end", NOT_BY_ITSELF
    if has_stopped:
        when, why = "when the caller stops", CLOSE
    elif course.error is not None:
        is_cancelled = isinstance(course.error, asyncio.CancelledError)
        when, why = "after a cancellation" if is_cancelled else "after an error", CLOSE
    check_closed(source, when, why)


async def check_each_error(answers, read):
    """Pass if errors of all kinds pass through, and leave nothing running and nothing open."""
    for kind in ASYNC_ERRORS:
        error = kind("of the source")
        source = AsyncSource(["a", "b", error])
        await acheck_passes_on(read(source), error, ["a", "b"])
        check_nothing_runs_on(answers)
        check_closed(source, "after an error of the source", NOT_BY_ITSELF)


def check_asked(source, most):
    """Pass if no more than so many items have been asked for."""
    must = against(Words(f"{most} asked for"), Words(f"{source.asked} asked for"))
    must(most is None or source.asked <= most, "it reads ahead of its caller", ONE_BY_ONE)


def check_result(reader, error):
    """Pass if this very error has ended a task, or a cancellation, or nothing at all."""
    if isinstance(error, asyncio.CancelledError):
        must = against(Words("CancelledError for the one who cancels"), Words("a normal end"))
        if not reader.cancelled():
            reader.result()
        must(
            reader.cancelled(),
            "it swallows its cancellation",
            "asyncio.CancelledError is how a task is told to stop. Clean up in finally, and let "
            "it pass.",
        )
        return
    must = against(Words("a stream that comes to its end"), Words("CancelledError"))
    must(
        not reader.cancelled(),
        "it cancels its reader",
        "Only the caller may cancel its own task. Cancel what is yours: the pull.",
    )
    if isinstance(error, type):
        with raises(error, "its own error does not come", why=f"Raise {error.__name__}."):
            reader.result()
        return
    with passes_on(error) if error else nullcontext():
        reader.result()


class TestStopWhen(Explained):
    """Tokens pass through, up to the token or the character that ends the stream."""

    WHY: ClassVar = {
        "the token that stops it is lost": "It is the last one, and still part of the text. Hand "
        "it out, then stop.",
        "the predicate does not stop it": "After a token for which predicate(token) is true, "
        "nothing more is handed out.",
        "it stops at the wrong token": "Hand out all tokens up to the first one for which "
        "predicate(token) is true.",
        "more text comes out than max_chars allows": "The token that would exceed the limit is "
        "cut: token[:left] is what still fits.",
        "something else than characters is counted": "len(text) counts characters. Bytes and "
        "columns of the screen are other things.",
        "the last token is dropped whole": "There was still room for a part of it. Hand out what "
        "fits.",
        "the text is not the beginning of the tokens": "Pass each token on as it is, and only cut "
        "the one that does not fit.",
        "tokens are missing although no limit is reached": "None means no limit, a text of exactly "
        "max_chars characters fits, and an empty token is a token.",
        "of two limits, only one counts": "Both may be given. Check both for each token; the first "
        "one reached ends the stream.",
        "it pulls one more token after the last": "The next token may take a long time, and costs "
        "something. Once the last one is handed out, leave the loop before it asks again.",
        "the predicate is asked about a token that was cut": "It may look for a word that the cut "
        "splits. Ask it about the token as it came, and then cut.",
        "the predicate is not asked about each token, once": "It may count, so call it exactly "
        "once for each token that was pulled, including empty ones and the one that is cut.",
        "max_chars=1 does not work": "1 is the smallest number.",
    }

    @keeps(1)
    def test_the_token_that_stops_is_the_last(self, answers, text):
        tokens = [text.word() for _ in range(6)]
        got = list(answers.stop_when(tokens, predicate=lambda token: token == tokens[3]))
        must = self.against(tokens[:4])
        must(got != tokens[:3], "the token that stops it is lost")
        must(got != tokens, "the predicate does not stop it")
        must(got == tokens[:4], "it stops at the wrong token")

    @keeps(2)
    def test_the_text_is_cut_at_max_chars(self, answers, text):
        tokens = [f"{text.word()} " for _ in range(5)]
        most = 2 * len(tokens[0]) + text.random.randrange(1, len(tokens[0]) - 1)
        wanted = [*tokens[:2], tokens[2][: most - 2 * len(tokens[0])]]
        got = list(answers.stop_when(tokens, max_chars=most))
        must = self.against(wanted)
        must(len(joined(got)) <= most, "more text comes out than max_chars allows")
        must(got != tokens[:2], "the last token is dropped whole")
        must(got == wanted, "the text is not the beginning of the tokens")

    @keeps(2)
    def test_max_chars_are_characters(self, answers):
        tokens = ["\u00e4\u00f6\u00fc", "\u6f22\u5b57", "\U0001f44b"]
        got = list(answers.stop_when(tokens, max_chars=4))
        wanted = [tokens[0], tokens[1][0]]
        self.must(got == wanted, "something else than characters is counted", wanted)

    @keeps(3)
    def test_without_a_limit_all_pass(self, answers, text):
        tokens = [*text.tokens(3), "", *text.tokens(3)]
        whole = len(joined(tokens))
        got = [
            list(answers.stop_when(tokens)),
            list(answers.stop_when(tokens, max_chars=whole)),
            list(answers.stop_when(tokens, max_chars=whole + 9)),
            list(answers.stop_when(tokens, predicate=lambda token: token == "no such token")),
            list(answers.stop_when([], max_chars=3)),
        ]
        self.equal(got, [tokens] * 4 + [[]], "tokens are missing although no limit is reached")

    @keeps(3)
    def test_whichever_comes_first_ends_it(self, answers, text):
        tokens = [text.word() for _ in range(6)]
        size = len(tokens[0])
        stops = tokens[2]
        got = [
            joined(answers.stop_when(tokens, lambda token: token == stops, max_chars=most))
            for most in (2 * size - 1, 5 * size)
        ]
        wanted = [joined(tokens)[: 2 * size - 1], joined(tokens[:3])]
        self.must(got == wanted, "of two limits, only one counts", wanted, got)

    @keeps(4)
    def test_nothing_is_pulled_after_the_last(self, answers, text):
        tokens = [text.word() for _ in range(6)]
        for limit in ({"predicate": lambda token: token == tokens[2]}, {"max_chars": 18}):
            source = Source(tokens)
            stream = answers.stop_when(source, **limit)
            check_lazy(source)
            next(stream)
            check_not_ahead(source.asked, 1)
            rest = list(stream)
            self.in_words(
                source.asked <= 3,
                "it pulls one more token after the last",
                "3 tokens pulled",
                f"{source.asked} pulled, {1 + len(rest)} handed out",
            )

    @keeps(6)
    def test_the_source_is_closed(self, answers, text):
        tokens = [text.word() for _ in range(6)]
        for limit in ({"predicate": lambda token: token == tokens[2]}, {"max_chars": 15}):
            source = Source(tokens)
            list(answers.stop_when(source, **limit))
            check_closed(
                source,
                "after the last token",
                "break leaves your loop. It does not tell the source, which keeps producing: that "
                "costs money. Close it in finally.",
            )
        source = Source(tokens)
        stream = answers.stop_when(source, max_chars=30)
        next(stream)
        stream.close()
        check_closed(source, "when the caller stops")

    @keeps(5)
    def test_the_predicate_is_asked_once_for_each_token(self, answers, text):
        tokens = [text.word(), "", *[text.word() for _ in range(4)]]
        asked = []

        def predicate(token):
            asked.append(token)
            return token == tokens[3]

        for most, wanted in (500, tokens[:4]), (len(tokens[0]) + 2, tokens[:3]):
            asked.clear()
            list(answers.stop_when(tokens, predicate, max_chars=most))
            must = self.against(Words(f"asked about {wanted}"), Words(f"asked about {asked}"))
            must(
                len(asked) != len(wanted) or asked == wanted,
                "the predicate is asked about a token that was cut",
            )
            must(asked == wanted, "the predicate is not asked about each token, once")

    @keeps(7)
    def test_an_error_passes_through(self, answers, text):
        error = ConnectionError(text.word())
        source = Source([text.word(), error])
        with passes_on(error):
            list(answers.stop_when(source, max_chars=500))

        def predicate(token):
            raise error

        for kind in (ConnectionError, *ERRORS, *INTERRUPTS):
            source, error = Source([text.word(), text.word()]), kind(text.word())
            with passes_on(error, "the predicate"):
                list(answers.stop_when(source, predicate))
            check_closed(source, "when the predicate raises an error")

    def test_max_chars_must_be_positive(self, answers, text):
        tokens = [text.word(), text.word()]
        for wrong, given in (0, tokens), (-1, tokens), (-100, tokens), (0, []):
            with raises(
                ValueError,
                f"max_chars={wrong} is accepted",
                why="A stop text needs a character: raise ValueError, whatever comes. And 0 is not "
                "None.",
            ):
                next(answers.stop_when(given, max_chars=wrong), None)
        got = list(answers.stop_when(tokens, max_chars=1))
        self.must(got == [tokens[0][0]], "max_chars=1 does not work", [tokens[0][0]])

    def test_each_call_is_a_stream_of_its_own(self, answers, text):
        words = [text.word() for _ in range(12)]
        most = len(joined(words[:4])) - 1
        check_apart(lambda source: answers.stop_when(source, None, most), words[:7], words[7:])

    def test_any_tokens(self, search):
        def promise(answers, tokens, stops_at, max_chars, ending):
            asked, sources = [], []

            def stops(token):
                asked.append(token)
                return token == stops_at

            def read(source):
                asked.clear()
                sources.append(source)
                stops.__name__ = (
                    f"lambda token: token == {stops_at!r}" if stops_at is not None else "never"
                )
                return answers.stop_when(source, stops, max_chars)

            pieces = [*_stopped(tokens, stops_at, max_chars)]
            is_early = _ends_early(tokens, stops_at, max_chars)
            KEEPS.check(
                read,
                tokens,
                replace(ending, error=None) if is_early else ending,
                lambda tokens: _stopped(tokens, stops_at, max_chars),
            )
            if is_early and not ending.stop_after:
                self.in_words(
                    sources[0].asked <= len(pieces),
                    "it pulls one more token after the last",
                    f"{len(pieces)} pulled",
                    f"{sources[0].asked} asked for",
                )
            given = tokens[: ending.stop_after][: len(pieces)]
            self.in_words(
                asked == given or (ending.stop_after and asked == given[:-1]),
                "the predicate is not asked about each token, once",
                f"asked about {given}",
                f"asked about {asked}",
            )

        plain = {"stops_at": None, "max_chars": None, "ending": Ending()}
        always = [
            {**plain, "tokens": ["a", "a"]},
            together(**{**plain, "tokens": EACH_TEXT}),
            *({**plain, "tokens": [f"a{one}b"], "max_chars": 2} for one in (*BLANKS[:4], *WIDE)),
            *({**plain, "tokens": ["a", one, one], "stops_at": one} for one in ("", *TEXTS[7::4])),
            *each(**{**plain, "tokens": ["a", "", " ", "c", "d"], "ending": EACH_ENDING}),
            *(
                {**plain, "tokens": ["ab", "", "cde", "f"], "stops_at": one, "max_chars": most}
                for one in ("ab", "", "cde")
                for most in range(1, 8)
            ),
            *each(**{**plain, "tokens": LONG, "max_chars": (100, 10**9)}),
        ]
        search(
            promise,
            *always,
            tokens=any_tokens(),
            stops_at=none() | any_text(),
            max_chars=none() | any_limit(12),
            ending=any_ending(),
        )


def _stopped(tokens, stops_at, max_chars):
    """The tokens up to the last one, which may be cut."""
    left = max_chars
    for count, token in enumerate(tokens, 1):
        yield token[:left], count
        if left is not None:
            left = max(0, left - len(token))
        if token == stops_at or left == 0:
            return


def _ends_early(tokens, stops_at, max_chars):
    """Whether it ends before its source does."""
    return stops_at in tokens or len(joined(tokens)) >= (max_chars or 10**9)


class TestFirstTokenTimeout(Explained):
    """Tokens pass through, unless the first one takes too long."""

    WHY: ClassVar = {
        "tokens are lost": "Hand out every token.",
        "tokens that come in time do not pass": "Hand out every token as it is; end when the "
        "source ends.",
        "tokens come later than they could": "Hand out each token at once.",
        "it raises a plain TimeoutError": "Catch it and raise FirstTokenTimeout(seconds) from it: "
        "the caller must be able to tell it from other timeouts.",
        "it gives up at the wrong moment": "The time runs from the first pull.",
        "each empty token restarts the time": "There is one limit for the whole wait: the timeout "
        "block contains all pulls up to the first text.",
        "it yields empty strings": "Nobody can see them. Skip them, before the first token and "
        "after it.",
        "white space is taken for an empty token": 'A token is empty if it is "". A space or a '
        "line break is text, and the model has begun.",
        "the time runs before anybody reads": "Any amount of time may pass before a new stream is "
        "read. Start the clock inside the generator.",
        "it gives up although it should not": "The first token that is not empty ends the wait, "
        "whatever is in it. Only an empty one is no token.",
        "a source that ends in time is taken for one that is too slow": "It has answered, with no "
        "text. That is an end like any other.",
        "an answer without text gives tokens": "There is nothing to hand out: end when the source "
        "ends.",
        "an error of the source is taken for a timeout of its own": "A source may also raise "
        "TimeoutError, when its connection is slow. asyncio.timeout(...) returns an object that "
        "knows whether its own time ran out: expired().",
        "later tokens are limited, too": "The limit is for the time that somebody looks at an "
        "empty screen. Once there is text, it no longer applies: end the timeout block before you "
        "yield, and pull the rest without a limit.",
        "a source that never begins is taken for one that has ended": "Raise "
        "FirstTokenTimeout(seconds), so that the caller can ask another model.",
        "its timeout interrupts the caller's work": "During a yield the caller works. A timeout "
        "block must contain only pulls, never a yield.",
    }

    @keeps(4)
    async def test_only_the_first_token_is_limited(self, answers, text):
        tokens, limit = text.tokens(3), text.seconds()
        source = AsyncSource([tokens[0], Pause(limit * 3), tokens[1], Pause(3_600), tokens[2]])
        got = []
        with self.never(TimeoutError, "later tokens are limited, too", tokens):
            async for token in answers.first_token_timeout(source, limit):
                got.append(token)
        self.must(got == tokens, "tokens are lost", tokens)

    @keeps(3)
    async def test_tokens_in_time_pass_through(self, answers, text, clock):
        tokens, wait = text.tokens(4), text.seconds()
        stream = answers.first_token_timeout(spaced(tokens, wait), times(1.5, wait))
        got, moments = await with_arrival(stream, clock)
        self.must(got == tokens, "tokens that come in time do not pass", tokens)
        self.came_at(
            moments, [wait * count for count in range(1, 5)], "tokens come later than they could"
        )

    @keeps(1)
    async def test_a_model_that_does_not_begin_is_given_up(self, answers, text, clock):
        limit = text.seconds()
        with self.raises(
            TimeoutError, "a source that never begins is taken for one that has ended"
        ) as caught:
            async with not_for_ever(
                "it waits forever for a source that never begins",
                "Put the limit on the wait itself: asyncio.timeout around anext.",
                Words(f"FirstTokenTimeout after {limit:g} s"),
            ):
                await with_arrival(answers.first_token_timeout(AsyncSource([Hang()]), limit), clock)
        self.in_words(
            isinstance(caught.error, answers.FirstTokenTimeout),
            "it raises a plain TimeoutError",
            "FirstTokenTimeout",
            type(caught.error).__name__,
        )
        self.in_words(
            same(clock.elapsed, limit) and caught.error.seconds == limit,
            "it gives up at the wrong moment",
            f"after {limit:g} s, and seconds={limit:g}",
            f"after {clock.elapsed:g} s, and seconds={caught.error.seconds:g}",
        )

    @keeps(2)
    async def test_empty_tokens_do_not_count(self, answers, text, clock):
        limit = text.seconds(1.0, 2.0)
        source = AsyncSource(["", *[Pause(limit * 0.4), ""] * 5, Hang()])
        got = []
        with raises(answers.FirstTokenTimeout, "no timeout comes", why="Raise it."):
            async with not_for_ever(
                "an empty token is taken for the first",
                "Many models begin with an empty chunk, which only says that they were asked. Keep "
                "waiting until one has text.",
                Words(f"FirstTokenTimeout after {limit:g} s"),
            ):
                async for token in answers.first_token_timeout(source, limit):
                    got.append(token)
        self.came_at([clock.elapsed], [limit], "each empty token restarts the time")
        source = AsyncSource(["", "", "a", "", "b"])
        got += [token async for token in answers.first_token_timeout(source, limit)]
        self.must(got == ["a", "b"], "it yields empty strings", ["a", "b"], got)

    @keeps(3)
    async def test_white_space_is_a_token(self, answers, text):
        limit, word = text.seconds(), text.word()
        source = AsyncSource(["", "\n", Pause(limit * 3), " ", word])
        got = []
        try:
            async for token in answers.first_token_timeout(source, limit):
                got.append(token)
        except TimeoutError:
            got = None
        self.must(
            got == ["\n", " ", word],
            "white space is taken for an empty token",
            ["\n", " ", word],
            Words("a timeout") if got is None else got,
        )

    @keeps(4)
    async def test_the_callers_time_is_free(self, answers, text):
        tokens = text.tokens(3)
        got = []
        with self.never(
            (answers.FirstTokenTimeout, asyncio.CancelledError),
            "its timeout interrupts the caller's work",
            tokens,
        ):
            async for token in answers.first_token_timeout(AsyncSource(tokens), 1):
                got.append(token)
                await asyncio.sleep(5)
        self.must(got == tokens, "tokens are lost", tokens)

    @keeps(1)
    async def test_the_time_starts_with_the_first_pull(self, answers, text):
        tokens, wait = text.tokens(2), text.seconds()
        source = spaced(tokens, wait)
        stream = answers.first_token_timeout(source, times(1.5, wait))
        await asyncio.sleep(60)
        check_lazy(source)
        try:
            got = [await anext(stream)]
        except answers.FirstTokenTimeout:
            got = None
        self.must(got == tokens[:1], "the time runs before anybody reads", tokens[:1], got)
        check_not_ahead(source.asked, 1)
        await stream.aclose()

    @keeps(5)
    async def test_an_end_is_no_timeout(self, answers):
        for items in ([], [""], ["", Pause(1), ""]):
            stream = answers.first_token_timeout(AsyncSource(items), 5)
            with self.never(
                TimeoutError, "a source that ends in time is taken for one that is too slow", []
            ):
                got = [token async for token in stream]
            self.must(got == [], "an answer without text gives tokens", [])

    @keeps(7)
    async def test_the_source_is_closed(self, answers, text):
        source = AsyncSource([Pause(9), text.word()])
        with raises(answers.FirstTokenTimeout, "no timeout comes", why="Raise it."):
            await anext(answers.first_token_timeout(source, 1))
        check_nothing_runs_on(answers)
        check_closed(source, "after a timeout")
        source = AsyncSource(text.tokens(5))
        stream = answers.first_token_timeout(source, 1)
        await anext(stream)
        await check_stops(answers, stream, source, "when the caller stops")

    @keeps(6)
    async def test_cancellation_passes_through(self, answers, text):
        for items in ([Hang()], [text.word(), Hang()]):
            source = AsyncSource(items)
            await cancel_while_it_waits(answers.first_token_timeout(source, 9))
            check_nothing_runs_on(answers)
            check_closed(source, "after a cancellation")

    @keeps(6)
    async def test_errors_of_the_source_pass_through(self, answers, text):
        token = text.word()
        for error in (ConnectionError(text.word()), TimeoutError(text.word())):
            for before in ([], [token]):
                stream = answers.first_token_timeout(AsyncSource([*before, error]), 9)
                got = []
                with raises(type(error), "an error is hidden", why=SAME_ERROR) as caught:
                    async for item in stream:
                        got.append(item)
                self.in_words(
                    caught.error is error,
                    "an error of the source is taken for a timeout of its own",
                    f"{error!r}, the source's own",
                    f"{caught.error!r}",
                )
                self.must(got == before, "tokens before an error are lost", why=SAME_ERROR)

    @keeps(6)
    async def test_errors_of_any_kind_pass_through(self, answers):
        await check_each_error(answers, lambda source: answers.first_token_timeout(source, 5))

    async def test_each_call_is_a_stream_of_its_own(self, answers, text):
        items = [item for _ in range(5) for item in ("", Pause(0.2), text.word())]
        await acheck_apart(lambda source: answers.first_token_timeout(source, 1), items, items[3:])

    @keeps(6)
    async def test_a_timeout_of_the_same_kind_passes_through(self, answers, text):
        for before in ([], [text.word()]):
            error = answers.FirstTokenTimeout(2)
            stream = answers.first_token_timeout(AsyncSource([*before, error]), 9)
            await acheck_passes_on(stream, error, before)

    def test_any_tokens(self, search):
        async def promise(answers, clock, steps, limit, ending, work=0, cancel_at=None):
            source = AsyncSource(played(steps, limit, ending))
            course = self.course(steps, limit, ending, work, answers.FirstTokenTimeout)
            course = course.cancelled(cancel_at)
            stream = answers.first_token_timeout(source, limit)
            await asyncio.sleep(limit * 7)
            unexpected = () if isinstance(course.error, type) else answers.FirstTokenTimeout
            with self.never(unexpected, "it gives up although it should not"):
                await check_course(
                    answers, clock, stream, source, course, ending.stop_after, work, cancel_at
                )

        words = without_waits(["a", "", "a", " ", "b"])
        slow = [(0.3, ""), (0.3, "\n"), (2.6, " "), (13.3, ""), (0.7, "a"), (0, "a")]
        late = [(0.7, ""), (0.7, ""), (0, "a")]
        plain = {"steps": words, "limit": 1, "ending": Ending()}
        always = [
            *({**plain, "steps": without_waits(tokens)} for tokens in SOME_TEXTS),
            *({**plain, "steps": [(0.3, one), (2.6, "a")]} for one in (*BLANKS, *WIDE[-3:])),
            *each(**{**plain, "steps": slow, "limit": (0.001, 1, 3000)}),
            *each(**{**plain, "steps": late, "limit": (0.001, 1, 3000)}),
            *each(**{**plain, "ending": ENDINGS}),
            *each(**{**plain, "steps": [(0.3, "")], "ending": ERROR_ENDINGS}),
            *each(**{**plain, "steps": late, "ending": ERROR_ENDINGS[:1]}),
            *each(**{**plain, "steps": slow, "work": (0.2, 2, 1000)}),
            *each(**{**plain, "steps": slow, "cancel_at": (0.1, 0.4, 0.65, 10.1)}),
        ]
        search(
            promise,
            *always,
            steps=any_steps(("", "a", "b", "", *BLANKS, *WIDE, *LIKE_AN_END)),
            limit=sampled_from((1, 0.5, 30)),
            ending=sampled_from(ANY_ENDING),
            work=sampled_from((0, 0, 5)),
        )

    def course(self, steps, limit, ending, work, timeout):
        """Each token that is not empty, or a timeout in place of the first one."""
        pieces, now = [], 0
        for count, (wait, token) in enumerate([*steps, (last(steps), None)], 1):
            now += wait * limit
            if not pieces and now > limit:
                return Course([], timeout, limit, count)
            if token:
                pieces.append((token, now, count))
                now += work
        return Course(pieces, ending.error, now, len(steps) + 1)


class TestWithHeartbeat(Explained):
    """Items pass through, and in silence there are beats."""

    WHY: ClassVar = {
        "no beat comes": "A loop over the source sleeps as long as the source does. Something has "
        "to wake up in the meantime: wait for the pull with a time limit.",
        "a beat ends the source": "asyncio.wait_for cancels the pull when the time is up, and a "
        "generator whose pull is cancelled is over. asyncio.wait leaves it alone.",
        "the beats wait for the next item": "Beats are for times of silence. A loop over the "
        "source sleeps as long as the source does: wait for the pull with a time limit.",
        "beats and items do not come in the right order": "Each second that the caller waits "
        "yields one beat. An item ends the wait.",
        "an item waits for the next beat": "Do not sleep for an interval and then look. Wait for "
        "the pull itself: either the item wakes you up, or the limit does.",
        "beats or items come at the wrong moment": "An item is handed out the moment it comes, and "
        "the next beat is due one interval later.",
        "beats come although the source is busy, or items are lost": "The time runs from when the "
        "caller asks. Each item restarts it.",
        "items come later than they could": "Hand out each item the moment it comes.",
        "an item that is false in an if is taken for none": "Items may be anything, and so may the "
        "beat. Check whether the pull is done, not what it returned.",
        "something comes after the end of the source": "Do not wait for the next beat: end when "
        "the source ends.",
        "it reads far ahead of its caller": "A queue without a limit takes everything. Give it a "
        "size, or keep one pull.",
        "a beat comes although nobody was waiting": "The caller was busy, and was not "
        "waiting for anything. The time runs from when it asks, each time.",
    }

    @keeps(1)
    async def test_beats_come_while_it_is_silent(self, answers, text, clock):
        beat, a, b = (text.word() for _ in range(3))
        source = AsyncSource([Pause(3.5), a, Pause(2.5), b])
        got, moments = await with_arrival(answers.with_heartbeat(source, 1, beat), clock)
        wanted = [beat, beat, beat, a, beat, beat, b]
        must = self.against(wanted)
        must(got != [a, b], "no beat comes")
        must(not (b not in got and set(got) <= {a, beat}), "a beat ends the source")
        self.must(
            moments[0] < 3.5,
            "the beats wait for the next item",
            seconds([1, 2, 3, 3.5, 4.5, 5.5, 6]),
            seconds(moments),
        )
        self.must(got == wanted, "beats and items do not come in the right order", wanted)
        must = self.against(seconds([1, 2, 3, 3.5, 4.5, 5.5, 6]), seconds(moments))
        must(moments[3] < 4, "an item waits for the next beat")
        must(same(moments, [1, 2, 3, 3.5, 4.5, 5.5, 6]), "beats or items come at the wrong moment")

    @keeps(2)
    async def test_a_busy_source_has_no_beats(self, answers, text, clock):
        tokens, wait = text.tokens(6), text.seconds()
        stream = answers.with_heartbeat(spaced(tokens, wait), times(1.5, wait), "beat")
        got, moments = await with_arrival(stream, clock)
        self.must(
            got == tokens, "beats come although the source is busy, or items are lost", tokens
        )
        self.came_at(
            moments, [wait * count for count in range(1, 7)], "items come later than they could"
        )

    @keeps(2)
    async def test_any_item_passes_through(self, answers):
        items = [0, None, "", False, [], "end"]
        source = AsyncSource([*items, Pause(3)])
        got = [item async for item in answers.with_heartbeat(source, 2, None)]
        self.must(
            got == [*items, None],
            "an item that is false in an if is taken for none",
            [*items, None],
        )

    @keeps(2)
    async def test_an_item_may_equal_everything(self, answers):
        await check_alike(lambda items: answers.with_heartbeat(AsyncSource(items), 1, "beat"))

    @keeps(3)
    async def test_nothing_comes_after_the_end(self, answers, text, clock):
        token = text.word()
        stream = answers.with_heartbeat(AsyncSource([token, Pause(2.5)]), 1, "beat")
        async with not_for_ever(
            "it keeps beating after the source has ended",
            "The end of the source is the end of the stream: anext raises StopAsyncIteration.",
            Words("the end after 2.5 s"),
        ):
            got = [item async for item in stream]
        self.in_words(
            (got, clock.elapsed) == ([token, "beat", "beat"], 2.5),
            "something comes after the end of the source",
            f"{[token, 'beat', 'beat']}, then the end after 2.5 s",
            f"{got}, then the end after {clock.elapsed:g} s",
        )

    @keeps(4)
    async def test_it_is_lazy_and_hardly_reads_ahead(self, answers, text):
        source = AsyncSource(text.tokens(9))
        stream = answers.with_heartbeat(source, 1, "beat")
        await asyncio.sleep(5)
        check_lazy(source)
        await take(stream, 3)
        await asyncio.sleep(5)
        self.in_words(
            source.pulled <= 5,
            "it reads far ahead of its caller",
            "at most 5 items pulled for 3 handed out",
            f"{source.pulled} pulled",
        )
        await stream.aclose()

    @keeps(5)
    async def test_stopping_closes_the_source(self, answers, text):
        token = text.word()
        for count, when in ((1, "when the caller stops"), (2, "when the caller stops at a beat")):
            source = AsyncSource([token, Hang()])
            stream = answers.with_heartbeat(source, 1, "beat")
            await take(stream, count)
            await check_stops(answers, stream, source, when)

    @keeps(1)
    async def test_the_callers_time_is_no_silence(self, answers, text, clock):
        token, busy = text.word(), text.seconds(3.0, 9.0)
        stream = answers.with_heartbeat(AsyncSource([token, Hang()]), 2, "beat")
        moments = []
        for _ in range(3):
            await anext(stream)
            moments.append(clock.elapsed)
            await asyncio.sleep(busy)
        await stream.aclose()
        wanted = [0, busy + 2, 2 * busy + 4]
        self.came_at(moments, wanted, "a beat comes although nobody was waiting")

    @keeps(3)
    async def test_an_error_passes_through(self, answers, text):
        token, error = text.word(), ConnectionError(text.word())
        source = AsyncSource([token, Pause(1.5), error])
        await acheck_passes_on(answers.with_heartbeat(source, 1, "beat"), error, [token, "beat"])

    @keeps(5)
    async def test_cancellation_passes_through(self, answers, text):
        source = AsyncSource([text.word(), Hang()])
        await cancel_while_it_waits(answers.with_heartbeat(source, 9, "beat"))
        check_nothing_runs_on(answers)
        check_closed(source, "after a cancellation")

    async def test_the_interval_must_be_positive(self, answers, text):
        for wrong, given in (0, [1]), (-1, [1]), (-0.5, [1]), (0, []):
            with refused(f"interval={wrong}", "It would beat forever"):
                await anext(answers.with_heartbeat(AsyncSource(given), wrong, "beat"), None)
        why = "Not a number is not greater than 0, nor is it less: ask `if not interval > 0`"
        with refused("interval=nan", why):
            await anext(answers.with_heartbeat(AsyncSource([1]), float("nan"), "beat"))

    @keeps(3)
    async def test_errors_of_any_kind_pass_through(self, answers):
        await check_each_error(answers, lambda source: answers.with_heartbeat(source, 5, "beat"))

    async def test_each_call_is_a_stream_of_its_own(self, answers, text):
        items = [item for _ in range(4) for item in (text.word(), Pause(1.3))]
        await acheck_apart(lambda source: answers.with_heartbeat(source, 1, ""), items, items[3:])

    def test_any_items(self, search):
        async def promise(answers, clock, steps, interval, beat, ending, cancel_at=None):
            source = AsyncSource(played(steps, interval, ending))
            course = self.course(steps, interval, beat, ending).cancelled(cancel_at)
            stream = answers.with_heartbeat(source, interval, beat)
            await check_course(
                answers, clock, stream, source, course, ending.stop_after, cancel_at=cancel_at
            )

        slow = [(0.3, 1), (2.6, None), (0, None), (13.3, "beat"), (0.7, ""), (0, 0)]
        plain = {"steps": slow, "interval": 1, "beat": "beat", "ending": Ending()}
        always = [
            *({**plain, "steps": without_waits(items)} for items in SOME_VALUES),
            *each(**{**plain, "interval": (0.001, 1000)}),
            *each(**{**plain, "beat": VALUES[2:6]}),
            *each(**{**plain, "ending": ENDINGS}),
            *each(**{**plain, "cancel_at": (0.1, 0.5, 1.5, 2.95)}),
        ]
        search(
            promise,
            *always,
            steps=any_steps(ANY_ITEM),
            interval=sampled_from((1, 0.5, 30)),
            beat=any_value(),
            ending=sampled_from(ANY_ENDING),
        )

    def course(self, steps, interval, beat, ending):
        """Each item when it comes, and before it one beat for each interval."""
        pieces, now = [], 0
        for wait, item in [*steps, (last(steps), None)]:
            pieces += [(beat, now + n * interval, ANY_NUMBER) for n in range(1, int(wait) + 1)]
            now += wait * interval
            pieces.append((taken(item), now, ANY_NUMBER))
        return Course(pieces[:-1], ending.error, now)

    def test_any_pace_of_the_caller(self, search):
        async def promise(answers, clock, steps, work, ending):
            source = AsyncSource(played(steps, 1, ending))
            stream, items, got = answers.with_heartbeat(source, 1, "beat"), [], []
            with passes_on(ending.error) if ending.error else nullcontext():
                while got[-1:] != [END]:
                    asked, has_come = clock.elapsed, source.pulled > len(items)
                    got.append(await anext(stream, END))
                    is_beat = got[-1] == "beat"
                    self.check_wait(is_beat, clock.elapsed - asked, has_come)
                    items += [] if is_beat else got[-1:]
                    await asyncio.sleep(work)
                    self.in_words(
                        source.pulled - len(items) <= 2,
                        "it reads far ahead of its caller",
                        f"at most 2 items more than the {len(items)} handed out",
                        f"{source.pulled} pulled",
                    )
            wanted = [taken(item) for _, item in steps]
            check_same([item for item in items if item != END], wanted, wanted)
            check_nothing_runs_on(answers)
            check_closed(source, "at its end", NOT_BY_ITSELF)

        fast = without_waits([1, 1, 2, None, 3, 4])
        slow = [(0, 1), (2.6, 2), (0.3, None), (13.3, 3), (0, 4), (0, 4), (0.7, 5)]
        always = [
            *each(steps=fast, work=(0.137, 3.137), ending=Ending(ValueError("of the source"))),
            *each(steps=slow, work=(0.137, 0.911, 3.137, 20.319), ending=Ending()),
            *each(steps=slow, work=0.911, ending=ERROR_ENDINGS[:2]),
        ]
        search(
            promise,
            *always,
            steps=any_steps(VALUES),
            work=sampled_from((0.137, 0.911, 3.137, 20.319)),
            ending=sampled_from(ENDINGS[:5]),
        )

    def check_wait(self, is_beat, waited, has_come):
        """Check how long the caller has waited; `has_come` says whether there was an item."""
        if is_beat:
            must = self.against(seconds([1]), seconds([waited]))
            must(same(waited, 1), "a beat comes although nobody was waiting")
            must = self.against(Words("the item that has come"), Words("a beat"))
            must(not has_come, "an item waits for the next beat")
        else:
            must = self.against(Words("something after 1 s at most"), seconds([waited]))
            must(waited < 1.001, "no beat comes")
            must(not has_come or same(waited, 0), "an item waits for the next beat")


class PressingSource(AsyncSource):
    """A source in which somebody presses stop just before its last item comes."""

    def __init__(self, items, press):
        super().__init__(items)
        self._press = press

    async def __anext__(self):
        if self.pulled == len(self.tokens) - 1:
            self._press()
        return await super().__anext__()


class TestCancellable(Explained):
    """Items pass through until somebody presses the stop button."""

    WHY: ClassVar = {
        "items are lost although nobody presses stop": "While the token is not cancelled, hand out "
        "every item as it is.",
        "items come later than they could": "Wait for the item and for the token at once; "
        "asyncio.wait returns as soon as one of them is done. A loop that checks again and again "
        "comes too late.",
        "it presses stop itself": "Only check the token.",
        "it ends some time after stop was pressed": "Looking at the token again and again keeps "
        "the computer busy, and still comes too late. Wait for token.wait(), and it wakes you up.",
        "it does not end when stop is pressed": "As soon as the token is cancelled, return.",
        "items come after stop was pressed": "Somebody who presses stop does not want to see more, "
        "even if it is there. Check the token before each pull, and once more after it.",
        "it keeps pulling after stop was pressed": "Each pull costs something. Check the token "
        "before you pull.",
        "an item comes after stop was pressed": "The pull may finish at the very moment when stop "
        "is pressed. Then the token counts: check it first.",
        "a source is read although stop was already pressed": "Check the token before the first "
        "pull, too.",
        "not every stream of a token ends": "Many streams may share a token. Wait for it, and do "
        "not change it.",
        "it cancels its reader": "The user stopped the answer, not your caller, who has to show "
        "what there is. End the stream: return.",
        "it cancels the caller in the middle of its own work": "Between two items the task belongs "
        "to the caller, who may be busy with anything. Cancel only what is yours: the pull.",
    }

    @keeps(4)
    async def test_items_pass_through(self, answers, text, clock):
        tokens, wait = text.tokens(5), text.seconds()
        token = answers.CancelToken()
        got, moments = await with_arrival(answers.cancellable(spaced(tokens, wait), token), clock)
        self.must(got == tokens, "items are lost although nobody presses stop", tokens)
        self.came_at(
            moments, [wait * count for count in range(1, 6)], "items come later than they could"
        )
        self.must(not token.cancelled, "it presses stop itself")
        check_nothing_runs_on(answers)

    @keeps(4)
    async def test_an_item_may_equal_everything(self, answers):
        token = answers.CancelToken()
        await check_alike(lambda items: answers.cancellable(AsyncSource(items), token))

    @keeps(1)
    async def test_it_ends_while_the_source_is_silent(self, answers, text, clock):
        first, wait = text.word(), text.seconds() + text.random.randrange(5, 95, 2) / 10_000
        token = answers.CancelToken()
        source = AsyncSource([first, Hang()])
        asyncio.get_running_loop().call_later(wait, token.cancel, text.word())
        got = []
        try:
            async with not_for_ever(
                "the stop button does nothing while the source is silent",
                "It is not enough to check the token when an item comes: no more items come. Wait "
                "for the item and for token.wait() at the same time.",
                Words(f"the end after {wait:g} s"),
            ):
                async for item in answers.cancellable(source, token):
                    got.append(item)
        except asyncio.CancelledError:
            wanted, came = f"{[first]}, then the end", f"{got}, then CancelledError"
            self.in_words(False, "it cancels its reader", wanted, came)
        self.in_words(
            same(clock.elapsed, wait) or not 0 < clock.elapsed - wait < 0.5,
            "it ends some time after stop was pressed",
            f"{[first]}, then the end after {wait:g} s",
            f"{got}, then the end after {clock.elapsed:g} s",
        )
        self.in_words(
            got == [first] and same(clock.elapsed, wait),
            "it does not end when stop is pressed",
            f"{[first]}, then the end after {wait:g} s",
            f"{got}, then the end after {clock.elapsed:g} s",
        )

    @keeps(2)
    async def test_nothing_comes_after_it(self, answers, text):
        tokens = text.tokens(5)
        token, source = answers.CancelToken(), AsyncSource(tokens)
        stream = answers.cancellable(source, token)
        got = await take(stream, 2)
        await asyncio.sleep(1)
        token.cancel(text.word())
        with self.never(
            asyncio.CancelledError,
            "it cancels the caller in the middle of its own work",
            Words("a caller who works on, and then finds the end"),
            got=Words("CancelledError while the caller works"),
        ):
            await asyncio.sleep(1)
        got += [item async for item in stream]
        self.must(got == tokens[:2], "items come after stop was pressed", tokens[:2], got)
        self.in_words(
            source.asked == 2,
            "it keeps pulling after stop was pressed",
            "2 items pulled",
            f"{source.asked} asked for",
        )

    @keeps(2)
    async def test_an_item_of_that_moment_comes_too_late(self, answers, text):
        tokens, token = text.tokens(3), answers.CancelToken()
        source = PressingSource(tokens, token.cancel)
        got = [item async for item in answers.cancellable(source, token)]
        self.must(got == tokens[:2], "an item comes after stop was pressed", tokens[:2], got)

    @keeps(3)
    async def test_it_may_be_pressed_before_the_start(self, answers, text):
        token, source = answers.CancelToken(), AsyncSource(text.tokens(3))
        token.cancel(text.word())
        got = [item async for item in answers.cancellable(source, token)]
        self.in_words(
            (got, source.asked) == ([], 0),
            "a source is read although stop was already pressed",
            "no items, and nothing pulled",
            f"{got}, and {source.asked} asked for",
        )
        check_closed(source, "when stop was pressed before the start")

    @keeps(6)
    async def test_the_source_is_closed(self, answers, text):
        token, source = answers.CancelToken(), AsyncSource([text.word(), Hang()])
        asyncio.get_running_loop().call_later(2, token.cancel, text.word())
        async with not_for_ever("it never ends", FINITE, Words("the end after 2 s")):
            [item async for item in answers.cancellable(source, token)]
        check_nothing_runs_on(answers)
        check_closed(source, "after a press of stop", END_FIRST)
        token, source = answers.CancelToken(), AsyncSource(text.tokens(5))
        stream = answers.cancellable(source, token)
        await anext(stream)
        await check_stops(answers, stream, source, "when the caller stops")

    async def test_one_token_stops_several_streams(self, answers, text):
        token = answers.CancelToken()
        got = {}

        async def read(name):
            source = AsyncSource([name, Hang()])
            got[name] = [item async for item in answers.cancellable(source, token)]

        readers = [asyncio.create_task(read(name)) for name in ("a", "b")]
        await asyncio.sleep(1)
        token.cancel(text.word())
        await asyncio.sleep(1)
        for reader in readers:
            reader.cancel()
        found = await asyncio.gather(*readers, return_exceptions=True)
        for error in found:
            if isinstance(error, Exception):
                raise error
        self.equal(got, {"a": ["a"], "b": ["b"]}, "not every stream of a token ends")

    @keeps(4)
    async def test_it_is_lazy_and_does_not_read_ahead(self, answers, text):
        source = AsyncSource(text.tokens(5))
        stream = answers.cancellable(source, answers.CancelToken())
        await asyncio.sleep(1)
        check_lazy(source)
        await take(stream, 2)
        await asyncio.sleep(1)
        check_not_ahead(source.asked, 2)
        await stream.aclose()

    @keeps(5)
    async def test_an_error_passes_through(self, answers, text):
        token, error = text.word(), ConnectionError(text.word())
        source = AsyncSource([token, Pause(1), error])
        stream = answers.cancellable(source, answers.CancelToken())
        await acheck_passes_on(stream, error, [token])
        check_nothing_runs_on(answers)

    @keeps(5)
    async def test_cancellation_passes_through(self, answers, text):
        token, source = answers.CancelToken(), AsyncSource([text.word(), Hang()])
        await cancel_while_it_waits(answers.cancellable(source, token))
        check_nothing_runs_on(answers)
        check_closed(source, "after a cancellation", END_FIRST)
        self.must(not token.cancelled, "it presses stop itself")

    @keeps(5)
    async def test_errors_of_any_kind_pass_through(self, answers):
        def read(source):
            return answers.cancellable(source, answers.CancelToken())

        await check_each_error(answers, read)

    async def test_each_call_is_a_stream_of_its_own(self, answers, text):
        items = [text.word() for _ in range(6)]

        def read(source):
            return answers.cancellable(source, answers.CancelToken())

        await acheck_apart(read, items, items[2:])

    def test_any_items(self, search):
        async def promise(answers, clock, steps, ending, press_at=None, work=0, cancel_at=None):
            token, source = answers.CancelToken(), AsyncSource(played(steps, 1, ending))
            if press_at == 0:
                token.cancel("pressed")
            elif press_at:
                asyncio.get_running_loop().call_later(press_at, token.cancel, "pressed")
            course = self.course(steps, ending, press_at, work).cancelled(cancel_at)
            stream = answers.cancellable(source, token)
            await check_course(
                answers, clock, stream, source, course, ending.stop_after, work, cancel_at
            )
            is_pressed = press_at is not None and press_at < clock.elapsed + 1e-6
            wanted = (is_pressed, "pressed" if is_pressed else None)
            got = (token.cancelled, token.reason)
            must = self.against(
                Words(f"cancelled={wanted[0]}, reason={wanted[1]}"),
                Words(f"cancelled={got[0]}, reason={got[1]}"),
            )
            must(got == wanted, "it presses stop itself")

        slow = [(0.3, 1), (2.6, None), (0, None), (13.3, 2), (0.7, ""), (0, 0), (2.6, 0)]
        plain = {"steps": slow, "ending": Ending()}
        presses = (0, 0.1, 0.5, 2.91, 10, 17.5, 19.9, 1000)
        always = [
            *({**plain, "steps": without_waits(items)} for items in SOME_VALUES),
            *each(**{**plain, "ending": ENDINGS}),
            *each(**{**plain, "press_at": presses}),
            *each(**{**plain, "press_at": presses[:4], "work": 4}),
            *each(**{**plain, "press_at": 10, "ending": ENDINGS[1:6]}),
            *each(**{**plain, "cancel_at": (0.1, 0.5, 3)}),
        ]
        search(
            promise,
            *always,
            steps=any_steps(ANY_ITEM),
            ending=sampled_from(ANY_ENDING),
            press_at=sampled_from((None, 0, 0.1234, 0.8123, 1.2345, 3.0127, 10.0111)),
            work=sampled_from((0, 0, 0.5507, 5.5507)),
        )

    def course(self, steps, ending, press_at, work):
        """Each item when it comes, until stop is pressed."""
        press_at = float("inf") if press_at is None else press_at
        pieces, now = [], 0
        for count, (wait, item) in enumerate([*steps, (last(steps), None)], 1):
            if press_at <= now:
                return Course(pieces, None, now, count - 1)
            now += wait
            if press_at < now:
                return Course(pieces, None, press_at, count)
            pieces.append((taken(item), now, count))
            now += work
        return Course(pieces[:-1], ending.error, now - work)


class TestBoundedPipe(Explained):
    """The source works while the caller does, and is never far ahead."""

    WHY: ClassVar = {
        "items are lost, or come in the wrong order": "A queue keeps the order. Take items out "
        "until you get the end of the source.",
        "the source rests while the caller works": "That is a plain loop over the source. Let a "
        "task read it into a queue.",
        "it takes longer than necessary": "The first item takes 1 s, and from then on both work at "
        "the same time.",
        "the source runs far ahead of a slow caller": "What nobody has read yet fills the memory. "
        "Give the queue a size: then put() waits while it is full. And count what is held "
        "elsewhere.",
        "the source does not work ahead": "While the caller is busy, up to maxsize items can be "
        "fetched for it.",
        "a slow caller does not get every item": "The end goes after the last item, and does not "
        "replace any.",
        "an item of the source is taken for its end": "Items may be anything, even None or the "
        "empty string. Mark the end with something that no source can yield; End is made for that.",
        "an error overtakes the items that came before it": "They came before the error. Hand them "
        "out first: put the error into the queue, after them.",
        "items come later than they could": "The queue need not be full first. Hand out what is "
        "there.",
        "a source that broke is taken for one that has ended": "The caller would take half an "
        "answer for a whole one. Pass the error on.",
    }

    @keeps(1)
    async def test_source_and_caller_work_at_the_same_time(self, answers, text, clock):
        tokens = text.tokens(5)
        got = []
        async for item in answers.bounded_pipe(spaced(tokens, 1), 3):
            got.append(item)
            await asyncio.sleep(1)
        self.must(got == tokens, "items are lost, or come in the wrong order", tokens)
        must = self.against(seconds([6]), seconds([clock.elapsed]))
        must(clock.elapsed < 9.5, "the source rests while the caller works")
        must(same(clock.elapsed, 6), "it takes longer than necessary")

    @keeps(6)
    async def test_it_can_be_closed_at_any_time(self, answers, text):
        for items, when in (
            ([text.word(), Hang()], "while the source is silent"),
            (list(range(9)), "while the source waits for room"),
            ([text.word()], "when the source has ended"),
        ):
            source = AsyncSource(items)
            stream = answers.bounded_pipe(source, 2)
            await anext(stream)
            await asyncio.sleep(1)
            await check_stops(answers, stream, source, when)

    @keeps(2)
    async def test_the_source_waits_for_a_slow_caller(self, answers, text):
        for maxsize in (text.random.randrange(3, 9), 1):
            source = AsyncSource(list(range(20)))
            stream = answers.bounded_pipe(source, maxsize)
            for handed_out in (1, 2, 3):
                await anext(stream)
                await asyncio.sleep(1)
                ahead = source.pulled - handed_out
                self.in_words(
                    ahead <= maxsize + 1,
                    "the source runs far ahead of a slow caller",
                    f"{maxsize} or {maxsize + 1} items ahead",
                    f"{ahead} items ahead",
                )
                self.in_words(
                    ahead >= maxsize,
                    "the source does not work ahead",
                    f"{maxsize} or {maxsize + 1} items ahead",
                    f"{ahead} items ahead",
                )
            await stream.aclose()

    @keeps(3)
    async def test_the_end_waits_for_room_too(self, answers, text):
        tokens, got = [text.word() for _ in range(4)], []
        async with not_for_ever(
            "a slow caller never learns of the end",
            "When the source ends, the queue may be full. `await arrived.put(...)` waits for room; "
            "put_nowait raises QueueFull, in a task that nobody watches.",
            Words("the items, then the end"),
        ):
            async for item in answers.bounded_pipe(AsyncSource(tokens), 1):
                got.append(item)
                await asyncio.sleep(1)
        self.must(got == tokens, "a slow caller does not get every item", tokens, got)

    @keeps(3)
    async def test_any_item_passes_through(self, answers):
        items = [0, None, "", False, [], "end"]
        got = [item async for item in answers.bounded_pipe(AsyncSource(items), 2)]
        self.must(got == items, "an item of the source is taken for its end", items)

    @keeps(3)
    async def test_an_item_may_equal_everything(self, answers):
        await check_alike(lambda items: answers.bounded_pipe(AsyncSource(items), 2))

    @keeps(4)
    async def test_items_before_an_error_come_first(self, answers, text):
        tokens = text.tokens(3)
        for error in (ConnectionError(text.word()), ValueError(text.word())):
            stream = answers.bounded_pipe(AsyncSource([*tokens, error]), 9)
            got = [await anext(stream)]
            await asyncio.sleep(1)
            with self.raises(
                type(error), "a source that broke is taken for one that has ended"
            ) as caught:
                async with not_for_ever(
                    "nobody notices the error of the source, and the caller waits forever",
                    "Any error ends the task that reads, and nothing more comes. Put the error "
                    "after the items: End(error).",
                    Words(type(error).__name__),
                ):
                    async for item in stream:
                        got.append(item)
            self.equal(got, tokens, "an error overtakes the items that came before it")
            self.must(caught.error is error, "an error of the source is replaced", why=SAME_ERROR)

    @keeps(5)
    async def test_nothing_is_read_before_the_first_pull(self, answers, text):
        source = AsyncSource(text.tokens(5))
        stream = answers.bounded_pipe(source, 2)
        await asyncio.sleep(1)
        check_lazy(source)
        await anext(stream)
        await stream.aclose()

    @keeps(3)
    async def test_an_item_comes_as_soon_as_it_is_there(self, answers, text, clock):
        tokens, wait = text.tokens(3), text.seconds()
        got, moments = await with_arrival(answers.bounded_pipe(spaced(tokens, wait), 2), clock)
        self.must(got == tokens, "items are lost", tokens, why="Hand out every item.")
        self.came_at(moments, [wait, 2 * wait, 3 * wait], "items come later than they could")

    @keeps(6)
    async def test_cancellation_passes_through(self, answers, text):
        source = AsyncSource([text.word(), Hang()])
        await cancel_while_it_waits(answers.bounded_pipe(source, 2))
        check_nothing_runs_on(answers)
        check_closed(source, "after a cancellation", END_FIRST)

    async def test_maxsize_must_be_positive(self, answers, text):
        for wrong, given in (0, [1]), (-1, [1]), (-100, [1]), (0, []):
            with raises(
                ValueError,
                f"maxsize={wrong} is accepted",
                why='To asyncio.Queue, 0 means "no limit". Here it is a mistake: raise ValueError.',
            ):
                await anext(answers.bounded_pipe(AsyncSource(given), wrong), None)

    @keeps(4)
    async def test_errors_of_any_kind_pass_through(self, answers):
        await check_each_error(answers, lambda source: answers.bounded_pipe(source, 2))

    async def test_each_call_is_a_stream_of_its_own(self, answers, text):
        items = [item for _ in range(4) for item in (text.word(), Pause(1))]
        await acheck_apart(lambda source: answers.bounded_pipe(source, 2), items, items[3:])

    def test_any_items(self, search):
        async def promise(answers, clock, steps, maxsize, ending, cancel_at=None):
            source = AsyncSource(played(steps, 1, ending))
            moments = self.moments(steps, maxsize, 0)
            pieces = [
                (taken(item), moment, ANY_NUMBER)
                for (_, item), moment in zip(steps, moments, strict=True)
            ]
            over = sum(wait for wait, _ in steps) + last(steps)
            course = Course(pieces, ending.error, over).cancelled(cancel_at)
            stream = answers.bounded_pipe(source, maxsize)
            await check_course(
                answers, clock, stream, source, course, ending.stop_after, cancel_at=cancel_at
            )

        slow = [(0.3, 1), (2.6, None), (0, None), (13.3, 2), (0.7, ""), (0, 0)]
        plain = {"steps": slow, "maxsize": 2, "ending": Ending()}
        always = [
            *({**plain, "steps": without_waits(items)} for items in SOME_VALUES),
            *each(**{**plain, "maxsize": (1, 10**9)}),
            *each(**{**plain, "ending": ENDINGS}),
            *each(**{**plain, "cancel_at": (0.1, 0.5, 3)}),
        ]
        search(
            promise,
            *always,
            steps=any_steps(ANY_ITEM),
            maxsize=any_limit(4),
            ending=sampled_from(ANY_ENDING),
        )

    def test_any_pace_of_the_caller(self, search):
        async def promise(answers, clock, steps, maxsize, work, ending):
            source, got = AsyncSource(played(steps, 1, ending)), []
            stream = answers.bounded_pipe(source, maxsize)
            items, latest = [taken(item) for _, item in steps], self.moments(steps, maxsize, work)
            with passes_on(ending.error) if ending.error else nullcontext():
                async for item in stream:
                    got.append(item)
                    self.check_late(clock.elapsed, latest[len(got) - 1 :])
                    if len(got) == ending.stop_after:
                        stopped = clock.elapsed
                        await check_stops(answers, stream, source, "when the caller stops")
                        self.came_at([clock.elapsed], [stopped], "closing it takes time", FINITE)
                        return
                    await asyncio.sleep(work)
                    self.check_ahead(source, len(got), len(items), maxsize, work)
            check_same(got, items, items)
            check_nothing_runs_on(answers)
            check_closed(source, "at its end", NOT_BY_ITSELF)

        fast = without_waits([1, 1, 2, None, 3, 4, 5, 6, 7])
        slow = [(0.3, 1), (2.6, None), (0, None), (13.3, 2), (0.7, ""), (0, 0)]
        always = [
            *each(steps=fast, maxsize=(1, 2, 3, 8, 9, 100), work=LONG_ENOUGH, ending=Ending()),
            *each(steps=fast, maxsize=2, work=LONG_ENOUGH, ending=ENDINGS[1:6]),
            *each(steps=slow, maxsize=2, work=(0.2, 1, 5, LONG_ENOUGH), ending=Ending()),
            *each(steps=slow, maxsize=1, work=5, ending=ERROR_ENDINGS[:2]),
        ]
        search(
            promise,
            *always,
            steps=any_steps(ANY_ITEM),
            maxsize=any_limit(4),
            work=sampled_from((0.2, 1, 5, LONG_ENOUGH)),
            ending=sampled_from(ANY_ENDING),
        )

    def moments(self, steps, maxsize, work):
        """When each item comes at the latest, if the source may be `maxsize` items ahead."""
        pulled, come, asked = 0.0, [], 0.0
        for count, (wait, _) in enumerate(steps):
            has_room = come[count - maxsize] if count >= maxsize else 0.0
            pulled = max(pulled, has_room) + wait
            come.append(max(asked, pulled))
            asked = come[-1] + work
        return come

    def check_late(self, now, latest):
        """Pass if an item is not later than the first of these moments."""
        must = self.against(seconds(latest[:1]), seconds([now]))
        must(not latest or now < latest[0] + 1e-6, "the source rests while the caller works")

    def check_ahead(self, source, handed_out, whole, maxsize, work):
        """Check how far the source is ahead of a caller who has worked for a time."""
        ahead = source.pulled - handed_out
        must = self.against(
            Words(f"{maxsize} or {maxsize + 1} items ahead"), Words(f"{ahead} items ahead")
        )
        must(ahead <= maxsize + 1, "the source runs far ahead of a slow caller")
        has_time = work >= LONG_ENOUGH
        must(
            not has_time or ahead >= min(maxsize, whole - handed_out),
            "the source does not work ahead",
        )


class TestRunWithDeadline(Explained):
    """Somebody reads a stream until the time is over, and what came is kept."""

    WHY: ClassVar = {
        "consume does not get all tokens, once": "Call consume(stream) once, with a stream that "
        "passes the tokens of the source on.",
        "the result is not what consume returned, with all its tokens": "Return three values: the "
        "result, all tokens joined, and False if it was in time.",
        "a result of None is taken for a timeout": "Many functions return nothing, and finish in "
        "time. Only the deadline itself knows whether it has passed.",
        "what came before the deadline is lost": "consume is cancelled and returns nothing. Record "
        "each token on its way to consume, in a list of your own.",
        "it does not say that time was up": "Then there is no result: None. The third value "
        "is True.",
        "it gives up at the wrong moment": "One limit for all the work. Tokens do not restart it.",
        "only the wait for tokens is limited": "The deadline is for everything that consume does. "
        "A timeout around the pulls does not see how long consume works on each token.",
        "partial is not what consume received": "Record a token when it goes to consume: not "
        "earlier, and not after consume is done with it.",
        "it does not wait until consume has cleaned up": "Await consume itself: asyncio.timeout "
        "cancels it and waits for its end. A shield keeps the cancellation away from it, and it "
        "keeps running.",
        "it does not give up at the deadline": "Cancel consume at the deadline, and then wait "
        "until it has cleaned up.",
        "consume keeps running after a cancellation": "Await consume itself, in the same task: "
        "then it is cancelled with you.",
        "it raises an error when time is up": "What came before would be lost. Catch "
        "TimeoutError, and return what there is.",
        "its timeout interrupts consume, and nobody catches it": "A timeout block in "
        "a generator must not contain a yield: the reader works there, and would be cancelled. Put "
        "the deadline around `await consume(...)`, outside of all generators.",
        "two calls at the same time disturb each other": "Each call has its own tokens. Keep them "
        "in a local variable.",
        "it says that time was up although it was not": "Only the deadline itself knows whether it "
        "has passed: neither what consume returns nor what it raises says so.",
        "it does not return three values": "Return a tuple: the result, the text that consume "
        "got, and whether the time was up.",
        "another timeout is taken for its own": "consume may raise TimeoutError too, long before "
        "the deadline. The object that asyncio.timeout(...) returns knows whether its own time ran "
        "out: expired().",
    }

    @keeps(1)
    async def test_whoever_is_done_in_time_gives_a_result(self, answers, text):
        tokens, wait, calls = text.tokens(4), text.seconds(), []

        async def consume(stream):
            calls.append([token async for token in stream])
            return len(calls[-1])

        source = spaced(tokens, wait)
        got = await answers.run_with_deadline(consume, source, times(5, wait))
        self.in_words(
            calls == [tokens],
            "consume does not get all tokens, once",
            f"consume was called with {[tokens]}",
            f"consume was called with {calls}",
        )
        self.must(
            tuple(got) == (4, joined(tokens), False),
            "the result is not what consume returned, with all its tokens",
            (4, joined(tokens), False),
        )
        check_closed(source, "at the end")

        async def show(stream):
            calls.append([token async for token in stream])

        got = await answers.run_with_deadline(show, AsyncSource(tokens), 9)
        self.must(
            tuple(got) == (None, joined(tokens), False),
            "a result of None is taken for a timeout",
            (None, joined(tokens), False),
        )

    @keeps(2)
    async def test_what_came_before_the_deadline_is_kept(self, answers, text, clock):
        tokens, wait = text.tokens(3), text.seconds()

        async def consume(stream):
            return [token async for token in stream]

        source = AsyncSource([tokens[0], tokens[1], Pause(wait), tokens[2], Hang()])
        async with not_for_ever(
            "it waits forever for a source that falls silent",
            "Put asyncio.timeout(seconds) around `await consume(...)`.",
            Words(f"the end after {3 * wait:g} s"),
        ):
            with self.never(
                TimeoutError,
                "it raises an error when time is up",
                (None, joined(tokens), True),
            ):
                got = await answers.run_with_deadline(consume, source, times(3, wait))
        must = self.against((None, joined(tokens), True))
        must(tuple(got)[1] == joined(tokens), "what came before the deadline is lost")
        must(tuple(got) == (None, joined(tokens), True), "it does not say that time was up")
        self.came_at([clock.elapsed], [3 * wait], "it gives up at the wrong moment")
        check_nothing_runs_on(answers)
        check_closed(source, "when the time is over")

    @keeps(4)
    async def test_the_work_counts_as_well(self, answers, text, clock):
        tokens = text.tokens(6)
        finished = []

        async def consume(stream):
            async for token in stream:
                await asyncio.sleep(1)
                finished.append(token)
            return "all of it"

        with self.never(
            asyncio.CancelledError,
            "its timeout interrupts consume, and nobody catches it",
            (None, joined(tokens[:3]), True),
        ):
            got = await answers.run_with_deadline(consume, AsyncSource(tokens), 2.5)
        self.in_words(
            tuple(got)[2] and same(clock.elapsed, 2.5),
            "only the wait for tokens is limited",
            "timed out after 2.5 s",
            f"{'timed out' if tuple(got)[2] else 'done'} after {clock.elapsed:g} s",
        )
        self.must(
            tuple(got) == (None, joined(tokens[:3]), True),
            "partial is not what consume received",
            (None, joined(tokens[:3]), True),
        )

    @keeps(3)
    async def test_consume_is_cancelled_and_cleans_up(self, answers, text, clock):
        seen = []

        async def consume(stream):
            try:
                async for _ in stream:
                    pass
            except asyncio.CancelledError:
                seen.append("cancelled")
                raise
            finally:
                await asyncio.sleep(1)
                seen.append("cleaned up")

        await answers.run_with_deadline(consume, AsyncSource([text.word(), Hang()]), 2)
        self.in_words(
            seen == ["cancelled", "cleaned up"],
            "it does not wait until consume has cleaned up",
            "consume was cancelled and cleaned up",
            f"consume was {' and '.join(seen) or 'left running'}",
        )
        self.came_at([clock.elapsed], [3], "it does not give up at the deadline")
        check_nothing_runs_on(answers)

    @keeps(5)
    async def test_consume_may_stop_early(self, answers, text):
        tokens = text.tokens(6)

        async def consume(stream):
            while await anext(stream) != tokens[1]:
                pass
            return "enough"

        source = AsyncSource(tokens)
        got = await answers.run_with_deadline(consume, source, 9)
        check_closed(source, "when consume has read enough")
        self.must(
            tuple(got) == ("enough", joined(tokens[:2]), False),
            "partial is not what consume received",
            ("enough", joined(tokens[:2]), False),
            why="consume took two tokens, and so partial has two. Do not read on without it.",
        )
        check_not_ahead(source.asked, 2)

    @keeps(6)
    async def test_other_errors_pass_through(self, answers, text):
        async def read(stream):
            return [token async for token in stream]

        error = ConnectionError(text.word())
        source = AsyncSource([text.word(), error])
        with passes_on(error):
            await answers.run_with_deadline(read, source, 9)

        late = TimeoutError(text.word())

        async def fail(stream):
            await anext(stream)
            raise late

        source = AsyncSource(text.tokens(3))
        with self.raises(TimeoutError, "another timeout is taken for its own") as caught:
            await answers.run_with_deadline(fail, source, 9)
        self.must(caught.error is late, "an error of consume is replaced", why=SAME_ERROR)
        check_closed(source, "when consume raises an error")

    @keeps(6)
    async def test_cancellation_passes_through(self, answers, text):
        ended = []

        async def consume(stream):
            try:
                return [token async for token in stream]
            finally:
                ended.append(True)

        source = AsyncSource([text.word(), Hang()])

        async def as_stream():
            yield await answers.run_with_deadline(consume, source, 60)

        await cancel_while_it_waits(as_stream())
        self.must(ended, "consume keeps running after a cancellation")
        check_nothing_runs_on(answers)
        check_closed(source, "after a cancellation")

    @keeps(6)
    async def test_errors_of_any_kind_pass_through(self, answers):
        async def read(stream):
            return [token async for token in stream]

        for kind in ASYNC_ERRORS:
            error = kind("of the source")
            source = AsyncSource(["a", "b", error])
            with passes_on(error):
                await answers.run_with_deadline(read, source, 9)
            check_closed(source, "after an error of the source", NOT_BY_ITSELF)

    async def test_two_at_once(self, answers, text):
        tokens, others = text.tokens(4), text.tokens(4)

        async def consume(stream):
            return len([token async for token in stream])

        sources = spaced(tokens, 0.3), spaced(others, 0.4)
        calls = [answers.run_with_deadline(consume, source, 9) for source in sources]
        got = [tuple(result) for result in await asyncio.gather(*calls)]
        wanted = [(4, joined(tokens), False), (4, joined(others), False)]
        self.equal(got, wanted, "two calls at the same time disturb each other")

    def test_any_consume(self, search):
        async def promise(answers, clock, steps, ending, consumer, deadline=1, cancel_at=None):
            source = AsyncSource(played(steps, deadline, ending))
            consumer.deadline = deadline
            outcome, partial, over = self.course(steps, ending, consumer, deadline)
            if cancel_at is not None and cancel_at < over:
                outcome, over = asyncio.CancelledError(), cancel_at
            if outcome is TIME_IS_UP or isinstance(outcome, asyncio.CancelledError):
                over += consumer.cleanup
            running = asyncio.ensure_future(
                answers.run_with_deadline(consumer.consume, source, deadline)
            )
            if cancel_at is not None:
                asyncio.get_running_loop().call_later(cancel_at, running.cancel)
            await asyncio.wait({running})
            check_result(running, outcome if isinstance(outcome, BaseException) else None)
            self.in_words(
                consumer.calls == 1,
                "consume does not get all tokens, once",
                "1 call of consume",
                f"{consumer.calls} calls",
            )
            if not isinstance(outcome, BaseException):
                self.check_returned(running.result(), outcome, partial)
            self.came_at([clock.elapsed], [over], "it gives up at the wrong moment")
            check_asked(source, consumer.asked)
            check_nothing_runs_on(answers)
            check_closed(source, "at its end", NOT_BY_ITSELF)

        words = without_waits(["a", "", " b", " b", "c"])
        slow = [(0.1, "a"), (0.2, ""), (0, "b"), (0.3, " b"), (13.3, "c")]
        plain = {"steps": words, "ending": Ending(), "consumer": Consumer()}
        kinds = [type(ending.error) for ending in ERROR_ENDINGS]
        its_own = tuple(Consumer(error=kind("of consume")) for kind in kinds)
        always = [
            *({**plain, "steps": without_waits(tokens)} for tokens in (*SOME_TEXTS, [])),
            *each(**{**plain, "ending": ERROR_ENDINGS}),
            *each(**{**plain, "consumer": its_own}),
            *each(**{**plain, "ending": ERROR_ENDINGS, "consumer": Consumer(catches=True)}),
            *each(**{**plain, "consumer": tuple(Consumer(result=value) for value in VALUES[:10])}),
            *each(**{**plain, "consumer": tuple(Consumer(take=count) for count in range(5))}),
            *each(**{**plain, "steps": slow, "deadline": (0.01, 1, 3000)}),
            *each(**{**plain, "consumer": (Consumer(work=0.3), Consumer(after=2, cleanup=5))}),
            *each(**{**plain, "steps": slow, "cancel_at": (0.05, 0.25, 0.5)}),
            {**plain, "consumer": Consumer(take=0, after=2)},
            {**plain, "steps": slow, "consumer": Consumer(cleanup=0.3), "cancel_at": 0.5},
        ]
        search(
            promise,
            *always,
            steps=any_steps(TEXTS, (0, 0, 0.1103, 0.2907, 13.3)),
            ending=sampled_from(ENDINGS[:5]),
            consumer=builds(
                Consumer,
                take=sampled_from((None, None, 0, 1, 3)),
                work=sampled_from((0, 0, 0.0131, 0.3119)),
                after=sampled_from((0, 0, 0.0717, 7)),
                cleanup=sampled_from((0, 0, 2)),
                result=any_value(),
                error=sampled_from((None, None, *(consumer.error for consumer in its_own))),
                catches=sampled_from((False, True)),
            ),
        )

    def course(self, steps, ending, consumer, deadline):
        """What comes of it, which tokens consume is handed, and when it is over."""
        now, handed = 0, ""
        for count, (wait, token) in enumerate([*steps, (last(steps), None)]):
            if count == consumer.take:
                break
            now += wait * deadline
            if now > deadline:
                return TIME_IS_UP, handed, deadline
            if token is None:
                if ending.error and not consumer.catches:
                    return ending.error, handed, now
                break
            handed += token
            now += consumer.work * deadline
            if now > deadline:
                return TIME_IS_UP, handed, deadline
        now += consumer.after * deadline
        if now > deadline:
            return TIME_IS_UP, handed, deadline
        return consumer.error or consumer.result, handed, now

    def check_returned(self, got, outcome, partial):
        """Check what it has returned, piece by piece."""
        is_late = outcome is TIME_IS_UP
        wanted = (None if is_late else outcome, partial, is_late)
        must = self.against(wanted, got)
        must(isinstance(got, tuple) and len(got) == 3, "it does not return three values")
        must(got[2] or not is_late, "it does not say that time was up")
        must(got[2] is is_late, "it says that time was up although it was not")
        must(got[1] == partial, "partial is not what consume received")
        must(
            same_value(got[0], wanted[0]),
            "the result is not what consume returned, with all its tokens",
        )


TIME_IS_UP = object()


@dataclass
class Consumer:
    """Somebody who reads a stream. All times are in units of the deadline, but for `cleanup`.

    Attributes:
        take: how many tokens it reads, or None for all of them.
        work: how long it works on each.
        after: how long it works after the last one.
        cleanup: how many seconds it takes to clean up when it is cancelled.
        result: what it returns.
        error: what it raises instead, or None.
        catches: whether it catches the errors of its stream.
        calls: how many times it was called.
        asked: how many tokens it has asked for.
    """

    take: int | None = None
    work: float = 0
    after: float = 0
    cleanup: float = 0
    result: Any = "done"
    error: Exception | None = None
    catches: bool = False
    deadline: float = 1
    calls: int = 0
    asked: int = 0

    async def consume(self, stream):
        """Read the stream."""
        self.calls += 1
        try:
            await self._read(stream)
            await asyncio.sleep(self.after * self.deadline)
        except asyncio.CancelledError:
            await asyncio.sleep(self.cleanup)
            raise
        if self.error:
            raise self.error
        return self.result

    async def _read(self, stream):
        while self.asked != self.take:
            self.asked += 1
            try:
                await anext(stream)
            except StopAsyncIteration:
                return
            except Exception:
                if self.catches:
                    return
                raise
            await asyncio.sleep(self.work * self.deadline)


class TestIterateInThread(Explained):
    """An ordinary stream is read, and everybody else goes on."""

    WHY: ClassVar = {
        "it lets StopIteration out of the thread": "next() raises it at the end, and it cannot "
        "travel from a thread to the one who waits. Give next a second value: that is returned at "
        "the end instead.",
        "items are lost": "Items may be anything, even None. What next() returns at the end must "
        "be something that no iterable can yield.",
        "items come later than they could": "Pull one item in a thread and hand it out at once. A "
        "thread that makes a list of all of them has nothing to hand over until the end.",
        "nothing else runs while it pulls": "Pull in a thread: asyncio.to_thread.",
        "the chunks of a model are lost": "Hand out each chunk as it is.",
        "closing it blocks the event loop": "The stream of a LangChain chain reads everything that "
        "is left when it is closed. That takes time, so it belongs in a thread, too: await "
        "asyncio.to_thread(...).",
        "it does not wait for the pull that is still running in the thread": "While the thread is "
        "in next(), the generator cannot be closed. Keep the pull, shield it from the "
        "cancellation, and await it in finally.",
        "it keeps pulling after a cancellation": "Wait only for the pull that was running.",
        "it closes a generator that is still executing": "Your task is cancelled, the thread is "
        "not: it is still in next(). Wait until that pull is over, and then close.",
        "an error of the source takes the place of the cancellation": "A caller who was cancelled "
        "no longer wants anything from the pull, neither its item nor its error. asyncio.gather "
        "with return_exceptions=True waits for it and raises nothing.",
    }

    @keeps(3)
    async def test_items_pass_through(self, answers, text):
        items = [text.word(), None, "", 0, None, text.word()]
        for iterable in (items, Source(items), tuple(items)):
            try:
                got = [item async for item in answers.iterate_in_thread(iterable)]
            except RuntimeError as error:
                self.must(
                    "StopIteration" not in str(error),
                    "it lets StopIteration out of the thread",
                    items,
                    Words(f"RuntimeError: {error}"),
                )
                raise
            self.must(got == items, "items are lost", items)

    @keeps(3)
    async def test_an_item_may_equal_everything(self, answers):
        await check_alike(answers.iterate_in_thread)

    @keeps(1)
    async def test_others_run_meanwhile(self, answers, text, clock):
        tokens, wait = text.tokens(3), text.seconds(1.0, 2.0)
        source = BlockingSource([item for token in tokens for item in (Pause(wait), token)])
        ticks = []

        async def tick():
            while True:
                await asyncio.sleep(0.1)
                ticks.append(clock.elapsed)

        ticking = asyncio.create_task(tick())
        got, moments = await with_arrival(answers.iterate_in_thread(source), clock)
        ticking.cancel()
        self.must(got == tokens, "items are lost", tokens, why="Hand out every item.")
        self.came_at(moments, [wait, 2 * wait, 3 * wait], "items come later than they could")
        self.in_words(
            len(ticks) >= 20 * wait,
            "nothing else runs while it pulls",
            f"another task that runs every 0.1 s for {3 * wait:g} s",
            f"it ran {len(ticks)} times",
        )

    @keeps(3)
    async def test_a_models_stream_passes_through(self, answers, play, text):
        tokens = text.tokens(5)
        model = play(Reply(*tokens))
        stream = answers.iterate_in_thread(model.stream("Hello?"))
        got = [chunk.text async for chunk in stream]
        self.must(
            [token for token in got if token] == tokens,
            "the chunks of a model are lost",
            tokens,
            got,
        )

    @keeps(2)
    async def test_one_item_is_pulled_at_a_time(self, answers, text):
        source = Source(text.tokens(9))
        stream = answers.iterate_in_thread(source)
        await asyncio.sleep(1)
        check_lazy(source)
        await take(stream, 2)
        await asyncio.sleep(1)
        check_not_ahead(source.asked, 2)
        await stream.aclose()

    @keeps(4)
    async def test_stopping_closes_it_in_a_thread(self, answers, text, clock):
        source = BlockingSource(text.tokens(9), closing=2)
        stream = answers.iterate_in_thread(source)
        await anext(stream)
        await stream.aclose()
        check_closed(source, "when the caller stops")
        blocked, clock.blocked = clock.blocked, 0.0  # said here, in better words
        self.in_words(
            not blocked, "closing it blocks the event loop", "0 s blocked", f"{blocked:g} s blocked"
        )
        check_nothing_runs_on(answers)

    @keeps(4)
    @in_process("its transcript is looked at")
    async def test_stopping_closes_a_model(self, answers, play, text):
        model = play(Reply(*text.tokens(5)))
        stream = answers.iterate_in_thread(model.stream("Hello?"))
        await take(stream, 2)
        await stream.aclose()
        await acheck_model_closed(model.transcript[0])

    @keeps(5)
    async def test_a_pull_is_waited_for_before_closing(self, answers, text, clock):
        source = BlockingSource([text.word(), Pause(5), text.word(), text.word()])
        with self.never(
            ValueError,
            "it closes a generator that is still executing",
            Words("the pull ends after 5 s, and then the source is closed"),
            got=Words("ValueError: generator already executing"),
        ):
            await cancel_while_it_waits(answers.iterate_in_thread(source))
        self.in_words(
            clock.elapsed > 4.9,
            "it does not wait for the pull that is still running in the thread",
            "the end after 5 s, with the source closed",
            f"the end after {clock.elapsed:g} s, with the source "
            f"{'closed' if source.closed else 'open'}",
        )
        check_nothing_runs_on(answers)
        check_closed(
            source,
            "after a cancellation",
            "The first try to close it may come while the thread is still pulling. Wait for "
            "the pull, or try again.",
        )
        self.in_words(
            source.asked <= 2,
            "it keeps pulling after a cancellation",
            "2 items pulled",
            f"{source.asked} asked for",
        )

    @keeps(5)
    async def test_an_error_that_comes_too_late_is_dropped(self, answers, text):
        source = BlockingSource([text.word(), Pause(5), ConnectionError(text.word())])
        with self.never(
            ConnectionError,
            "an error of the source takes the place of the cancellation",
            Words("CancelledError for the one who cancels"),
        ):
            await cancel_while_it_waits(answers.iterate_in_thread(source))
        check_nothing_runs_on(answers)

    @keeps(6)
    async def test_an_error_passes_through(self, answers, text):
        token, error = text.word(), ConnectionError(text.word())
        await acheck_passes_on(answers.iterate_in_thread(Source([token, error])), error, [token])

    @keeps(6)
    async def test_errors_of_any_kind_pass_through(self, answers):
        for kind in ASYNC_ERRORS:
            error = kind("of the source")
            source = Source(["a", "b", error])
            await acheck_passes_on(answers.iterate_in_thread(source), error, ["a", "b"])
            check_closed(source, "after an error of the source", NOT_BY_ITSELF)

    @keeps(3)
    async def test_an_iterable_and_its_iterator(self, answers, text):
        class Iterable:
            """Gives an iterator that is something else."""

            def __init__(self, items):
                self.source = Source(items)

            def __iter__(self):
                return self.source

        iterable = Iterable(text.tokens(3))
        got = [item async for item in answers.iterate_in_thread(iterable)]
        self.must(got == iterable.source.tokens, "items are lost", iterable.source.tokens)
        for given in (iter(text.tokens(3)), range(3), "abc", {"a": 1}, []):
            wanted = list(copy(given))
            got = [item async for item in answers.iterate_in_thread(given)]
            self.must(got == wanted, "items are lost", wanted)

    async def test_each_call_is_a_stream_of_its_own(self, answers, text):
        items = [text.word() for _ in range(6)]

        def read(source):
            return answers.iterate_in_thread(source.items)

        await acheck_apart(read, items, items[2:])

    def test_any_items(self, search):
        async def promise(answers, clock, steps, ending, closing=0, work=0, cancel_at=None):
            source = BlockingSource(played(steps, 1, ending), closing)
            pieces, now = [], 0
            for count, (wait, item) in enumerate([*steps, (last(steps), None)], 1):
                now += wait
                pieces.append((taken(item), now, count))
                now += work
            course = Course(pieces[:-1], ending.error, now - work, len(pieces))
            ends_of_pulls = (moment for _, moment, _ in pieces if moment > (cancel_at or 0))
            course = course.cancelled(cancel_at, next(ends_of_pulls, None), late=0.5)
            stream = answers.iterate_in_thread(source)
            await check_course(
                *(answers, clock, stream, source, course, ending.stop_after, work, cancel_at),
                closing,
            )

        slow = [(0.3, 1), (2.6, None), (0, None), (13.3, 2), (0.7, ""), (0, 0)]
        plain = {"steps": slow, "ending": Ending()}
        cancelled = (0.1, 0.5, 10, 17)
        always = [
            *({**plain, "steps": without_waits(items)} for items in SOME_VALUES),
            *each(**{**plain, "ending": ENDINGS}),
            *each(**{**plain, "closing": 2, "ending": (*ENDINGS[:2], *STOPS)}),
            *each(**{**plain, "cancel_at": cancelled}),
            *each(**{**plain, "cancel_at": cancelled, "closing": 2}),
            *each(**{**plain, "cancel_at": 17, "ending": ERROR_ENDINGS}),
        ]
        search(
            promise,
            *always,
            steps=any_steps(ANY_ITEM),
            ending=sampled_from(ANY_ENDING),
            closing=sampled_from((0, 0, 2)),
            work=sampled_from((0, 0, 1)),
        )


NOT_STARTED = (
    "A generator does nothing before it is read. Make the reader's queue in the context manager, "
    "before its yield, and not in the generator that reads it."
)


@contextmanager
def room_for_all():
    """Say in better words what an error of `publish` or `close` means."""
    try:
        yield
    except Exception as error:
        must = against(got=Words(type(error).__name__))
        must(
            not isinstance(error, asyncio.QueueFull),
            "a full queue raises an error",
            "A reader whose queue is full is dropped, and the end has to go after what waits for "
            "it. Give the queue no bound, and count yourself.",
            wanted=Words("no error for the one who publishes or closes"),
        )
        must(
            not isinstance(error, OverflowError),
            "the publisher gets the error of a slow reader",
            "publish goes on to the other readers. Only the `items` of the slow one raises "
            "OverflowError.",
            wanted=Words("no error for the one who publishes"),
        )
        raise


async def listen(broadcast, heard):
    """Read along to the end."""
    with broadcast.join() as items:
        async for item in items:
            heard.append(item)


class TestBroadcast(Explained):
    """Each item goes to all readers, and nobody holds up the others."""

    WHY: ClassVar = {
        "each item goes to one reader only": "A queue that all share gives each item once. Every "
        "reader needs one of its own.",
        "not everybody gets every item, live and in order": "publish puts the item into the queue "
        "of each reader; the reader waits at its own.",
        "readers wait forever after close": "A queue has no end of its own. Put an end marker into "
        "each one: End().",
        "a reader does not get what is published during its block": "From the start of its block, "
        "each item goes into its queue.",
        "any number of items wait for a slow reader": "Memory fills up with what nobody reads. If "
        "maxsize items are already waiting, drop the reader.",
        "a dropped reader does not get what was waiting for it": "First come the maxsize items "
        "that were waiting, in order, and then the error.",
        "with a slow reader, the others miss something": "publish goes over all readers, no matter "
        "what happens to one of them. Removing one from a list while going over that list passes "
        "over the next one: go over a copy.",
        "a dropped reader is still counted": "It gets no more items, so it is not a reader any "
        "more.",
        "a reader is dropped too early": "maxsize items may wait. Only one more is too many, and "
        "close does not count as an item.",
        "an item that is published is taken for the end": "Items may be anything, even None or the "
        "empty string. Mark the end with something that nobody can publish; End is made for that.",
        "two broadcasts share their readers": "What is defined in the class is shared by all of "
        "its objects. Create what belongs to one of them in __init__.",
        "a reader is counted before its block begins": "join() only makes the context manager, "
        "which may never be entered. Count the reader from the start of the block.",
        "readers are not counted": "readers says how many readers would get an item now.",
        "readers who have left are still served": "A reader who leaves is removed at the end of "
        "the block, whether or not anything was read: in the context manager, after its yield.",
        "a reader whose block fails is still served": "An error in the block is raised at the "
        "yield. Remove the reader in finally.",
        "what waited for a reader is lost by close": "The end comes after the items that wait.",
        "readers are still counted after close": "readers says how many would get an item now, and "
        "there will be none. A reader who joins after close is not counted, either.",
        "what a viewer publishes is handed out": "Check the role before you do anything else.",
        "items are lost silently": "A reader that misses something has to know. Give it what "
        "is waiting for it, and then raise OverflowError.",
        "somebody who may not publish changes who is counted": "Check the role before you do "
        "anything else: nobody gets the item, and so nobody is too slow for it.",
        "a reader is at its end although nothing has ended": "It waits while there is nothing to "
        "read. Only close ends it, after what waits, or being too slow.",
        "an error in the block is hidden": SAME_ERROR,
        "something can be published after close": "Nobody would get it, and nobody would notice. "
        "Raise RuntimeError.",
    }

    @keeps(1)
    async def test_everybody_gets_everything(self, answers, text):
        words = [text.word() for _ in range(4)]
        broadcast = answers.Broadcast(9)
        heard = [[], [], []]
        readers = [asyncio.create_task(listen(broadcast, one)) for one in heard]
        await asyncio.sleep(1)
        for word in words:
            broadcast.publish(word, "owner")
            await asyncio.sleep(1)
        live = [list(one) for one in heard]
        broadcast.close()
        await asyncio.sleep(1)
        ended = sum(reader.done() for reader in readers)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        must = self.against([words] * 3, live)
        must(sorted(map(len, live)) != [1, 1, 2], "each item goes to one reader only")
        must(live == [words] * 3, "not everybody gets every item, live and in order")
        self.in_words(
            ended == 3,
            "readers wait forever after close",
            "3 readers at their end",
            f"{ended} readers at their end",
        )

    @keeps(1)
    async def test_a_reader_belongs_to_it_from_the_start_of_its_block(self, answers, text):
        early, first, second = (text.word() for _ in range(3))
        broadcast = answers.Broadcast(9)
        broadcast.publish(early, "owner")
        with broadcast.join() as items:
            broadcast.publish(first, "owner")
            broadcast.publish(second, "owner")
            broadcast.close()
            async with not_for_ever(
                "items never end if they are first read after close",
                NOT_STARTED,
                Words("the end after two items"),
            ):
                got = [item async for item in items]
        must = self.against([first, second], got)
        must(got != [], "what is published before the first read is lost", why=NOT_STARTED)
        must(got == [first, second], "a reader does not get what is published during its block")

    @keeps(3)
    async def test_a_slow_reader_is_dropped(self, answers, text):
        words = [text.word() for _ in range(6)]
        broadcast, quick, got = answers.Broadcast(3), [[], []], []
        readers = [asyncio.create_task(listen(broadcast, quick[0]))]
        await asyncio.sleep(1)
        with broadcast.join() as items:
            readers.append(asyncio.create_task(listen(broadcast, quick[1])))
            await asyncio.sleep(1)
            for word in words:
                with room_for_all():
                    broadcast.publish(word, "owner")
                await asyncio.sleep(1)
            left = broadcast.readers
            with self.raises(OverflowError, "items are lost silently"):
                async with not_for_ever(
                    "a slow reader never learns that it was dropped",
                    "Put an end marker into its queue: End(OverflowError(...)).",
                    Words("OverflowError after three items"),
                ):
                    async for item in items:
                        got.append(item)
                        self.must(
                            len(got) < 6,
                            "any number of items wait for a slow reader",
                            words[:3],
                            got,
                        )
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        self.equal(got, words[:3], "a dropped reader does not get what was waiting for it")
        self.equal(quick, [words] * 2, "with a slow reader, the others miss something")
        self.in_words(
            left == 2,
            "a dropped reader is still counted",
            "readers=2, the quick ones",
            f"readers={left}",
        )

    @keeps(3)
    async def test_maxsize_items_may_wait(self, answers, text):
        for maxsize in (text.random.randrange(2, 6), 1):
            words = [text.word() for _ in range(maxsize)]
            broadcast = answers.Broadcast(maxsize)
            with broadcast.join() as items:
                for word in words:
                    broadcast.publish(word, "owner")
                with room_for_all():
                    broadcast.close()
                async with not_for_ever(
                    "a reader with a full queue never learns of the end",
                    "The end needs room after the last item, even if maxsize items are waiting.",
                    Words("the items, then the end"),
                ):
                    try:
                        got = [item async for item in items]
                    except OverflowError:
                        got = None
            self.must(
                got == words,
                "a reader is dropped too early",
                words,
                Words("OverflowError") if got is None else got,
            )

    @keeps(1)
    async def test_any_item_passes_through(self, answers):
        items = [0, None, "", False, [], "end"]
        broadcast = answers.Broadcast(9)
        with broadcast.join() as stream:
            for item in items:
                broadcast.publish(item, "owner")
            broadcast.close()
            got = [item async for item in stream]
        self.must(got == items, "an item that is published is taken for the end", items, got)

    @keeps(1)
    async def test_an_item_may_equal_everything(self, answers):
        broadcast = answers.Broadcast(9)

        async def read(items):
            with broadcast.join() as stream:
                for item in items:
                    broadcast.publish(item, "owner")
                broadcast.close()
                async for item in stream:
                    yield item

        await check_alike(read)

    async def test_two_broadcasts_have_nothing_in_common(self, answers, text):
        word, other = text.word(), text.word()
        first, second = answers.Broadcast(3), answers.Broadcast(3)
        with first.join() as items, second.join():
            counts = [first.readers, second.readers]
            second.publish(other, "owner")
            second.close()
            first.publish(word, "owner")
            first.close()
            got = [item async for item in items]
        self.in_words(
            (got, counts) == ([word], [1, 1]),
            "two broadcasts share their readers",
            f"readers=1 and 1, and {[word]} for a reader of the first",
            f"readers={counts[0]} and {counts[1]}, and {got} for a reader of the first",
        )

    @keeps(2)
    async def test_a_reader_leaves_with_its_block(self, answers, text):
        broadcast, counts = answers.Broadcast(3), []
        block = broadcast.join()
        counts.append(broadcast.readers)
        with block, broadcast.join() as items:
            counts.append(broadcast.readers)
            broadcast.publish(text.word(), "owner")
            await anext(items)
        counts.append(broadcast.readers)
        with (
            raises(ConnectionError, "an error in the block is hidden", why=SAME_ERROR),
            broadcast.join(),
        ):
            raise ConnectionError(text.word())
        counts.append(broadcast.readers)
        self.in_words(
            counts[0] == 0,
            "a reader is counted before its block begins",
            "readers=0 before the block",
            f"readers={counts[0]} before the block",
        )
        self.in_words(
            counts[1] == 2,
            "readers are not counted",
            "readers=2 in two blocks",
            f"readers={counts[1]} in two blocks",
        )
        self.in_words(
            counts[2] == 0,
            "readers who have left are still served",
            "readers=0 after both blocks",
            f"readers={counts[2]} after both blocks",
        )
        self.in_words(
            counts[3] == 0,
            "a reader whose block fails is still served",
            "readers=0 after a block that failed",
            f"readers={counts[3]} after a block that failed",
        )

    @keeps(4)
    async def test_it_can_be_closed(self, answers, text):
        word = text.word()
        broadcast = answers.Broadcast(3)
        with broadcast.join() as items:
            broadcast.publish(word, "owner")
            broadcast.close()
            broadcast.close()
            left = broadcast.readers
            async with not_for_ever(
                "items never end",
                "close puts the end after what waits, even if the reader has read nothing yet.",
                Words("the end after one item"),
            ):
                got = [item async for item in items]
        self.must(got == [word], "what waited for a reader is lost by close", [word], got)
        with broadcast.join() as items:
            left += broadcast.readers
            async with not_for_ever(
                "a reader who joins after close waits forever",
                "Nothing will come: such a reader must find the end at once.",
                Words("the end at once"),
            ):
                got = [item async for item in items]
        self.must(got == [], "items come after close", [], got, why="It is over.")
        with self.raises(RuntimeError, "something can be published after close"):
            broadcast.publish(word, "owner")
        self.in_words(
            left == 0, "readers are still counted after close", "readers=0", f"readers={left}"
        )

    @keeps(5)
    async def test_only_an_owner_publishes(self, answers, text):
        secret, word = text.secret(), text.word()
        broadcast = answers.Broadcast(3)
        with broadcast.join() as items:
            for role, problem in (
                ("viewer", "a viewer can publish"),
                (text.word(), "somebody with a role that it does not know can publish"),
            ):
                with raises(
                    PermissionError,
                    problem,
                    why="Only an owner may publish: not a viewer, and not a role that is added "
                    'tomorrow. If role is not "owner", raise PermissionError.',
                ):
                    broadcast.publish(secret, role)
            broadcast.publish(word, "owner")
            broadcast.close()
            got = [item async for item in items]
        self.must(got == [word], "what a viewer publishes is handed out", [word], got)

    async def test_maxsize_must_be_positive(self, answers):
        for wrong in (0, -1):
            with raises(
                ValueError,
                f"maxsize={wrong} is accepted",
                why='To asyncio.Queue, 0 means "no limit". Here it is a mistake: raise ValueError '
                "in __init__.",
            ):
                answers.Broadcast(wrong)

    def test_any_course(self, search):
        async def promise(answers, clock, maxsize, steps):
            broadcast, readers, model = answers.Broadcast(maxsize), [], Model(maxsize)
            try:
                for step, value in (*steps, ("listen to all", None)):
                    await self.take_step(broadcast, readers, model, step, value)
                    await asyncio.sleep(0.1)
                    self.check_readers(broadcast.readers, model, step)
                    for reader, expected in zip(readers, model.readers, strict=True):
                        if not expected.has_left:
                            self.check_reader(reader, expected)
            finally:
                for reader in readers:
                    await reader.leave()

        join, listen, close, fail = ("join", 0), ("listen", 0), ("close", 0), ("fail", 0)
        items = [("publish", taken(value)) for value in ANY_ITEM]
        many = [("publish", number) for number in range(4)]
        twice = [("publish", "a"), ("publish", "a")]
        always = [
            {"steps": [join, *twice, close], "maxsize": 3},
            *each(maxsize=40, steps=([join, listen, *items], [join, *items * 2, close])),
            *each(steps=[join, join, *many, ("read", 0)], maxsize=(1, 2, 3, 4, 5)),
            *each(steps=[join, *many[:2], ("read", 0), *many, close], maxsize=(1, 2, 3, 4, 5, 6)),
            *each(
                maxsize=2,
                steps=(
                    [join, join, ("listen", 1), *many, join, *many],
                    [join, join, join, listen, *many, ("leave", 1), fail, *many, close],
                    [*many, join, *many[:1], close, close, join, ("publish", 1)],
                    [join, ("publish", "a"), ("publish", "a"), close, ("read", 0), ("leave", 0)],
                    [join, *many[:3], close, ("read", 0)],
                    [join, join, ("leave", 0), ("leave", 0), *many[:2], close],
                    [join, listen, ("as", "viewer"), ("as", "Owner"), ("as", ""), *many, close],
                    [join, listen, ("as", None), ("publish", 1), close, close, join],
                    [join, *many[:2], ("as", "viewer"), ("as", "guest"), close],
                    [join, *many[:1], ("as", "viewer"), *many[:1], ("as", "viewer")],
                    [join, *many[:3], fail, join, *many[:1]],
                ),
            ),
            {"steps": [join, listen, *[("publish", 1)] * 20, close], "maxsize": 1},
        ]
        step = sampled_from(
            (
                *[join] * 3,
                *(("publish", value) for value in ("a", "a", None, 0, "", 1)),
                *((name, index) for name in ("read", "listen", "leave") for index in (0, 1)),
                *(fail, ("as", "viewer"), close),
            )
        )
        search(promise, *always, maxsize=any_limit(3), steps=repeated(step, 7))

    async def take_step(self, broadcast, readers, model, step, value):
        """Do something with a broadcast, and the same with the model of it."""
        present = [n for n, expected in enumerate(model.readers) if not expected.has_left]
        if step == "join":
            readers.append(Reader(broadcast))
            model.join()
        elif step == "publish" and model.is_over:
            with self.raises(RuntimeError, "something can be published after close"):
                broadcast.publish(value, "owner")
        elif step == "publish":
            with room_for_all():
                broadcast.publish(value, "owner")
            model.publish(value)
        elif step == "as" and not model.is_over:
            with self.raises(PermissionError, "what a viewer publishes is handed out"):
                broadcast.publish("secret", value)
        elif step == "close":
            with room_for_all():
                broadcast.close()
            model.close()
        elif step == "listen to all":
            for index in present:
                readers[index].listen()
                model.readers[index].listen()
        elif step != "as" and present:
            reader, expected = (
                (x[present[value % len(present)]]) for x in (readers, model.readers)
            )
            if step == "listen":
                reader.listen()
                expected.listen()
            elif step == "read" and expected.has_something:
                await reader.read()
                expected.read()
            elif step in ("leave", "fail"):
                model.leave(expected)
                is_hidden = await reader.leave(ConnectionError() if step == "fail" else None)
                self.must(not is_hidden, "an error in the block is hidden")

    def check_readers(self, readers, model, step):
        """Check how many are counted after a step."""
        problem = {
            "leave": "readers who have left are still served",
            "fail": "a reader whose block fails is still served",
            "close": "readers are still counted after close",
            "publish": "a dropped reader is still counted",
            "as": "somebody who may not publish changes who is counted",
        }.get(step, "readers are not counted")
        if readers < len(model.joined) and step == "publish":
            problem = "a reader is dropped too early"
        wanted, got = f"readers={len(model.joined)}", f"readers={readers}"
        self.in_words(readers == len(model.joined), problem, wanted, got)

    def check_reader(self, reader, expected):
        """Check what a reader has got, and how it has ended."""
        if reader.got[: len(expected.got)] == expected.got == reader.got:
            problem = {
                OverflowError: "a reader is dropped too early",
                StopAsyncIteration: "a reader is at its end although nothing has ended",
            }.get(reader.end, "readers wait forever after close")
            if expected.end is OverflowError:
                problem = "items are lost silently"
            wanted, got = (
                {None: "it waits"}.get(x, x and x.__name__) for x in (expected.end, reader.end)
            )
            self.in_words(reader.end is expected.end, problem, wanted, got)
        check_same(reader.got, expected.got, expected.got)


class Reader:
    """Somebody who is in a block of a broadcast.

    Attributes:
        got: what it has read.
        end: the class of what has ended its stream, or None.
    """

    def __init__(self, broadcast):
        self._block = ExitStack()
        self._items = self._block.enter_context(broadcast.join())
        self._task = None
        self.got = []
        self.end = None

    async def read(self):
        """Wait for an item, or for the end."""
        try:
            self.got.append(await anext(self._items))
        except (StopAsyncIteration, OverflowError) as error:
            self.end = type(error)

    def listen(self):
        """From now on, read what comes."""
        if self._task is None:
            self._task = asyncio.ensure_future(self._read_on())

    async def _read_on(self):
        while self.end is None:
            await self.read()

    async def leave(self, error=None):
        """Leave the block, with an error or without one; return whether the error is hidden."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        return self._block.__exit__(error and type(error), error, None)


class Model:
    """What a broadcast has to do."""

    def __init__(self, maxsize):
        self._maxsize = maxsize
        self.readers = []
        self.joined = []
        self.is_over = False

    def join(self):
        """Somebody begins to read."""
        reader = ModelReader()
        self.readers.append(reader)
        if self.is_over:
            reader.ends(StopAsyncIteration)
        else:
            self.joined.append(reader)

    def publish(self, item):
        """All get an item who have room for it."""
        for reader in list(self.joined):
            if len(reader.waiting) < self._maxsize:
                reader.gets(item)
            else:
                self.joined.remove(reader)
                reader.ends(OverflowError)

    def close(self):
        """Nothing more comes."""
        self.is_over = True
        for reader in self.joined:
            reader.ends(StopAsyncIteration)
        self.joined.clear()

    def leave(self, reader):
        """Somebody leaves."""
        reader.has_left = True
        if reader in self.joined:
            self.joined.remove(reader)


@dataclass(eq=False)
class ModelReader:
    """What a reader has to get."""

    got: list = field(default_factory=list)
    waiting: list = field(default_factory=list)
    coming_end: Any = None
    end: Any = None
    is_listening: bool = False
    has_left: bool = False

    @property
    def has_something(self):
        """Whether a read is over at once."""
        return bool(self.waiting or (self.coming_end and not self.end))

    def gets(self, item):
        """An item comes."""
        self.waiting.append(item)
        self._go_on()

    def ends(self, kind):
        """Nothing comes after what waits."""
        self.coming_end = kind
        self._go_on()

    def read(self):
        """Take what is next."""
        if self.waiting:
            self.got.append(self.waiting.pop(0))
        else:
            self.end = self.coming_end

    def listen(self):
        """Take all that is there, and whatever comes."""
        self.is_listening = True
        self._go_on()

    def _go_on(self):
        while self.is_listening and self.has_something:
            self.read()
