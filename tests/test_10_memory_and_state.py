"""Lesson 10: Memory & State.

One class for each task. `answers` are the functions to be graded, `play` makes a model that plays
replies, `text` makes words that differ from seed to seed, and time is virtual: a pause of an hour
takes no time.
"""

from __future__ import annotations

import asyncio
import copy
import itertools
from contextlib import nullcontext, suppress
from typing import Annotated, ClassVar, TypedDict

from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.messages.utils import count_tokens_approximately
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph

from course.fakes.held import held_model
from course.fakes.script import Fail, Hang, Pause, Reply, ToolCall
from course.fakes.sources import Source
from course.grade.differences import same_value
from course.grade.expect import Words, in_process, keeps
from course.grade.model_checks import acheck_model_closed, check_not_asked
from course.grade.scenarios import (
    BLANKS,
    EACH_ASYNC_ENDING,
    EACH_ENDING,
    ERRORS,
    INTERRUPTS,
    TEXTS,
    WIDE,
    Ending,
    any_ending,
    any_text,
    any_tokens,
    each,
    repeated,
)
from course.grade.stream_checks import (
    CLOSE,
    LAZY,
    SAME_ERROR,
    cancel_while_it_waits,
    check_closed,
    check_lazy,
    check_not_ahead,
    check_nothing_runs_on,
    joined,
    not_for_ever,
    passes_on,
    take,
    with_arrival,
)
from course.grade.stream_promises import NOT_BY_ITSELF, StreamPromises
from course.grade.value_checks import Explained, unchanged

KEEPS = StreamPromises(reads_lists=False)

STILL_OPEN = (
    "Not every source ends with its error: a connection does not. Close it in a finally block, "
    "which always runs."
)


class Connection(Source):
    """A stream that an error does not close: only close() does."""

    def _raise(self, error):
        raise error


def kinds(messages):
    """The kinds of messages in their order, to be shown."""
    return Words(", ".join(message.type for message in messages) or "nothing")


def shown(messages):
    """A conversation in short, to be shown."""
    return Words(", ".join(f"{one.type}: {told(one)}" for one in messages) or "nothing")


def told(message):
    """What a message says, in short."""
    calls = [call["id"] for call in getattr(message, "tool_calls", [])]
    calls += [f"{call['id']} (invalid)" for call in getattr(message, "invalid_tool_calls", [])]
    result = getattr(message, "tool_call_id", None)
    parts = [repr(message.text)] if message.text and not result else []
    parts += [f"calls {', '.join(calls)}"] if calls else []
    parts += [f"result of {result}"] if result else []
    return " and ".join(parts) or ("blocks without text" if message.content else "(empty)")


def alike(left, right):
    """Whether two conversations say the same."""
    return [(one.type, told(one)) for one in left] == [(one.type, told(one)) for one in right]


def calling(*ids, content="", invalid=()):
    """A message that calls tools."""
    return AIMessage(
        content,
        tool_calls=[{"name": "search", "args": {}, "id": one} for one in ids],
        invalid_tool_calls=[
            {"name": "search", "args": '{"q', "id": one, "error": None, "type": "invalid_tool_call"}
            for one in invalid
        ],
    )


class TestIsTruncated(Explained):
    """What the provider says about the end of an answer tells whether it was cut off."""

    WHY: ClassVar = {
        "an answer that reached the limit of tokens does not count as cut off": "The reasons in "
        "TRUNCATED mean that there was more to say.",
        "an answer that the model ended itself counts as cut off, or as unknown": '"stop" is not '
        "the only normal end. A model that calls a tool has also ended its answer on its own: all "
        "reasons in COMPLETE say so.",
        "without a reason, an answer counts as complete": "A stream that was cut off also ends "
        "without a reason. Then nobody knows: that is None, not False.",
        "without a reason, it does not return None": "Some providers never give a "
        "reason. What is unknown is None.",
        "it does not find the reason under one of its two names": "OpenAI calls it "
        '"finish_reason", Anthropic "stop_reason". If the first one is missing, None or "", use '
        "the second one.",
        "a reason in capital letters is not understood": "Some write MAX_TOKENS where others write "
        "max_tokens. Compare in lower case.",
        "an unknown reason is taken for a known one": "Providers have other "
        "reasons, and invent new ones. If a reason is neither in TRUNCATED nor in COMPLETE, nobody "
        "knows.",
        "it reads entries that do not tell why the answer ended": "Only finish_reason and "
        "stop_reason tell why an answer ended.",
        "a known reason is not understood": "Compare it in lower case with TRUNCATED and COMPLETE: "
        'finish_reason, or stop_reason if the first one is missing, None or "".',
        "it uses stop_reason although there is a finish_reason": "The second name counts only "
        "if the first one says nothing. An unknown finish_reason does say something: that it is "
        "none of the known ones.",
    }

    @keeps(1)
    def test_the_limit_of_tokens_cuts_an_answer_off(self, answers, text):
        for reason in ("length", "max_tokens"):
            metadata = {"model_name": text.word(), "finish_reason": reason}
            got = answers.is_truncated(metadata)
            self.must(
                got is True,
                "an answer that reached the limit of tokens does not count as cut off",
                True,
            )

    @keeps(2)
    def test_an_answer_that_the_model_ended_is_not_cut_off(self, answers, text):
        for reason in ("stop", "end_turn", "stop_sequence", "tool_calls", "tool_use"):
            got = answers.is_truncated({"model_name": text.word(), "finish_reason": reason})
            self.must(
                got is False,
                "an answer that the model ended itself counts as cut off, or as unknown",
                False,
            )

    @keeps(3)
    def test_no_reason_means_that_nobody_knows(self, answers, text):
        for metadata in ({}, {"model_name": text.word()}, {"finish_reason": None}):
            got = answers.is_truncated(metadata)
            must = self.against(None)
            must(got is not False, "without a reason, an answer counts as complete")
            must(got is None, "without a reason, it does not return None")

    @keeps(5)
    def test_the_reason_has_two_names(self, answers, text):
        for metadata, wanted in (
            ({"stop_reason": "max_tokens"}, True),
            ({"stop_reason": "end_turn"}, False),
            ({"finish_reason": None, "stop_reason": "max_tokens"}, True),
            ({"finish_reason": "", "stop_reason": "end_turn"}, False),
            ({"finish_reason": "length", "stop_reason": None}, True),
        ):
            got = answers.is_truncated({"model_name": text.word(), **metadata})
            self.must(
                got is wanted, "it does not find the reason under one of its two names", wanted
            )

    @keeps(4)
    def test_capital_letters_do_not_matter(self, answers, text):
        for reason, wanted in (("MAX_TOKENS", True), ("STOP", False), ("LENGTH", True)):
            got = answers.is_truncated({"finish_reason": reason})
            self.must(got is wanted, "a reason in capital letters is not understood", wanted)

    @keeps(3)
    def test_another_reason_tells_nothing(self, answers, text):
        for reason in ("content_filter", "stopstop", "lengthlength", text.word()):
            got = answers.is_truncated({"finish_reason": reason})
            self.must(got is None, "an unknown reason is taken for a known one", None)

    @keeps(6)
    def test_other_entries_mean_nothing(self, answers, text):
        metadata = {"note": "length", "max_tokens": 512, "model_name": f"max_tokens-{text.word()}"}
        for reason, wanted in (("stop", False), (None, None)):
            got = answers.is_truncated({**metadata, "finish_reason": reason})
            self.must(
                got is wanted, "it reads entries that do not tell why the answer ended", wanted
            )

    @keeps(5)
    def test_the_first_name_decides(self, answers, text):
        for reason, wanted in (("stop", False), (text.word(), None)):
            got = answers.is_truncated({"finish_reason": reason, "stop_reason": "max_tokens"})
            self.must(
                got is wanted, "it uses stop_reason although there is a finish_reason", wanted
            )

    def test_any_metadata(self, search):
        def promise(answers, metadata):
            is_truncated = answers.is_truncated
            for one in metadata:
                with unchanged(metadata=one):
                    got = is_truncated(one)
                must = self.against(wanted := meaning(one))
                must(
                    got is wanted or wanted is not None,
                    "an unknown reason is taken for a known one",
                )
                must(got is wanted, "a known reason is not understood")

        metadata = [
            {**other, name: reason}
            for reason in (*MEANINGS, *STRANGE)
            for name, other in (
                ("finish_reason", {}),
                ("finish_reason", {"stop_reason": "max_tokens"}),
                ("finish_reason", {"stop_reason": "END_TURN", **OTHERS}),
                ("stop_reason", {}),
                ("stop_reason", {"finish_reason": None}),
                ("stop_reason", {"finish_reason": "", **OTHERS}),
            )
        ]
        reasons = st.none() | st.sampled_from(("", *MEANINGS, *STRANGE))
        entries = dict.fromkeys(("finish_reason", "stop_reason"), reasons)
        others = {name: st.just(value) for name, value in OTHERS.items()}
        any_one = st.fixed_dictionaries({}, optional=entries | others)
        search(promise, {"metadata": [OTHERS, *metadata]}, metadata=st.tuples(any_one))


MEANINGS = {
    spelled: meaning
    for meaning, words in (
        (True, ("length", "max_tokens")),
        (False, ("stop", "end_turn", "stop_sequence", "tool_calls", "tool_use")),
    )
    for word in words
    for spelled in (word, word.upper())
}
"""What each known reason says."""

STRANGE = (
    *(" ", "\n", "0", "None", "null", "true", "content_filter", "SAFETY", "error", "complete"),
    *("stops", "stop ", " stop", "stop\n", "nonstop", "stop,length", "length_limit", "length\n"),
    *("max_token", "max tokens", "MAX-TOKENS", "max_tokens:512", "tool_call", "end_turn.", "end"),
)
"""Reasons that nobody knows; most of them are much like a known one."""

OTHERS = {
    "reason": "length",
    "finishReason": "length",
    "FINISH_REASON": "max_tokens",
    "done_reason": "stop",
    "stop": "stop",
    "state": "interrupted",
    "truncated": True,
    "usage": {"finish_reason": "length"},
}
"""Entries that do not tell why an answer ended."""


def meaning(metadata):
    """What the first reason says."""
    reasons = [metadata.get("finish_reason"), metadata.get("stop_reason")]
    return MEANINGS.get(next(filter(None, reasons), ""))


class TestStripSentinel(Explained):
    """Text comes out up to the sentinel, and no part of the sentinel is ever seen."""

    WHY: ClassVar = {
        "text is lost or changed": "Without a sentinel, all text comes out as it is, spaces "
        "included.",
        "the sentinel is shown": "It is a signal between the program and the model. No user should "
        "see it.",
        "what follows the sentinel is shown, or what comes before it is lost": "The answer ends "
        "where the sentinel begins.",
        "a sentinel that comes in pieces is not found": "The model does not cut its tokens at the "
        "sentinel. Hold back what could be its beginning, and check it together with the next "
        "token.",
        "a sentinel in the middle of a token is not cut out": "A token may hold the end of the "
        "answer, the sentinel, and more. Look for the sentinel inside the text; do not compare "
        "whole tokens with it.",
        "the end of the text is lost": "If the tokens end there, what looked like the beginning of "
        "the sentinel was text. Yield it after the loop.",
        "it holds back text that cannot become the sentinel": "A reader is waiting for it. Hold "
        "back only an end of the text that the sentinel begins with, and hand out all the rest "
        "before you pull the next token.",
        "text is lost": "Whatever turned out not to be the sentinel is text.",
        "it goes on reading after the sentinel": "The answer is over, and each further token costs "
        "time and money.",
        "the source stays open after the sentinel": "Nobody will read the rest. Close the source "
        "in a finally block.",
        "what follows the sentinel is shown": "The answer ends where the first sentinel begins.",
        "text is held back, or shown too early": "Before each pull, all text has to be out but an "
        "end that the sentinel begins with.",
        "an empty sentinel is accepted": "It would be found at once, everywhere: raise ValueError "
        "before you look at the tokens. There may be none.",
    }

    @keeps(1)
    def test_text_without_a_sentinel_is_unchanged(self, answers, text):
        tokens = [*text.tokens(4), "\n", "", "  ", text.word(), "_", text.word(), " "]
        got = list(answers.strip_sentinel(tokens))
        self.equal(joined(got), joined(tokens), "text is lost or changed")
        self.must(
            "" not in got, "it yields empty strings", why="Yield a piece only if it has text."
        )

    @keeps(2)
    def test_the_sentinel_and_what_follows_are_not_shown(self, answers, text):
        first, second = text.tokens(2)
        got = list(answers.strip_sentinel([first, second, "__END__", text.secret()]))
        must = self.against([first, second])
        must("__END__" not in joined(got), "the sentinel is shown")
        must(
            joined(got) == first + second,
            "what follows the sentinel is shown, or what comes before it is lost",
        )

    @keeps(2)
    def test_the_sentinel_comes_in_pieces(self, answers, text):
        word, secret = text.word(), text.secret()
        got = list(answers.strip_sentinel([word, " ", "__", "EN", "D_", "_", secret]))
        self.must(
            joined(got) == f"{word} ", "a sentinel that comes in pieces is not found", [word, " "]
        )

    @keeps(2)
    def test_the_sentinel_has_text_around_it(self, answers, text):
        first, second = text.word(), text.word()
        got = list(answers.strip_sentinel([f"{first} ", f"{second}.__END__ {text.secret()}"]))
        self.must(
            joined(got) == f"{first} {second}.",
            "a sentinel in the middle of a token is not cut out",
            [f"{first} ", f"{second}."],
        )

    @keeps(4)
    def test_what_was_held_back_comes_out_at_the_end(self, answers, text):
        for tail in ("__EN", "_", "__END_"):
            tokens = [*text.tokens(2), tail]
            got = list(answers.strip_sentinel(tokens))
            self.equal(joined(got), joined(tokens), "the end of the text is lost")

    @keeps(2)
    def test_it_does_not_matter_how_the_text_is_cut(self, answers, text):
        why = (
            "After each token, hold back the longest end of the text that the sentinel begins "
            "with: no less, and not only the last token."
        )
        word = text.word()
        for tokens, shown in (
            ([f"{word}__", "END__"], word),
            ([word, "__", "END__"], word),
            ([word, "_", "__END__"], f"{word}_"),
            ([word, "__EN", "__END__"], f"{word}__EN"),
        ):
            got = list(answers.strip_sentinel(tokens))
            self.equal(
                joined(got), shown, "the result depends on how the text is cut into tokens", why=why
            )
        for sentinel, text_before in (
            ("__END__", f"{text.word()} __EN__END {text.word()}_"),
            ("aab", f"{text.word()} aa aba"),
            ("<stop>", f"if a <b and {text.word()} <<stop"),
            ("|", f"{text.word()} {text.word()}\n"),
        ):
            whole = f"{text_before}{sentinel}{text.word()}{sentinel}"
            shown = whole.partition(sentinel)[0]  # "aa" + "aab" has its sentinel earlier
            cuts = [list(whole), [whole]]
            for _ in range(4):
                places = sorted(text.random.sample(range(1, len(whole)), 5))
                ends = zip([0, *places], [*places, len(whole)], strict=True)
                cuts.append([whole[start:end] for start, end in ends])
            for tokens in cuts:
                got = list(answers.strip_sentinel(tokens, sentinel))
                self.equal(
                    joined(got),
                    shown,
                    "the result depends on how the text is cut into tokens",
                    why=why,
                )
                self.must(
                    "" not in got,
                    "it yields empty strings",
                    why="There may be no text before the sentinel. Yield a piece only if it has "
                    "text.",
                )

    @keeps(3)
    def test_only_a_possible_beginning_is_held_back(self, answers, text):
        words = [text.word() for _ in range(3)]
        source = Source([words[0], f"{words[1]}__", f"X{words[2]}", "_", "y", "z"])
        stream = answers.strip_sentinel(source)
        out = ""
        begun = words[0] + words[1]
        more = f"{begun}__X{words[2]}"
        for count, wanted in ((1, words[0]), (2, begun), (3, more), (5, f"{more}_y")):
            before = out
            while out != wanted and source.pulled <= count:
                before = out
                out += next(stream)
            self.in_words(
                source.pulled == count and out == wanted,
                "it holds back text that cannot become the sentinel",
                f"{wanted!r} out before token {count + 1} is pulled",
                f"{before!r} out before token {count + 1} is pulled",
            )
        self.must(
            out + joined(stream) == joined(source.tokens), "text is lost", joined(source.tokens)
        )

    @keeps(5)
    def test_it_stops_and_closes_at_the_sentinel(self, answers, text):
        source = Source([text.word(), "__END", "__", text.secret(), text.secret()])
        got = list(answers.strip_sentinel(source))
        self.in_words(
            source.pulled == 3,
            "it goes on reading after the sentinel",
            "3 tokens pulled",
            f"{source.pulled} tokens pulled",
        )
        self.in_words(
            source.closed and got,
            "the source stays open after the sentinel",
            "closed",
            "still open",
        )

    @keeps(6)
    def test_it_ends_with_its_caller_and_with_its_source(self, answers, text):
        source = Source(text.tokens(5))
        stream = answers.strip_sentinel(source)
        check_lazy(source, "it reads before anybody asks for a token")
        next(stream)
        stream.close()
        check_closed(source)
        error = ConnectionError(text.word())
        source = Connection([text.word(), error])
        with passes_on(error):
            list(answers.strip_sentinel(source))
        check_closed(source, "after an error", STILL_OPEN)
        for tokens in ([text.word()], []):
            with self.raises(ValueError, "an empty sentinel is accepted"):
                list(answers.strip_sentinel(tokens, ""))

    def test_any_tokens(self, search):
        def promise(answers, given, ending):
            sentinel, tokens = given
            options = () if sentinel is None else (sentinel,)
            texts, found = texts_out(sentinel or "__END__", tokens)
            source = Source([*tokens, *([ending.error] if ending.error else [])])
            stream = answers.strip_sentinel(source, *options)
            check_lazy(source, "it reads before anybody asks for a token")
            pieces = []
            fails = ending.error is not None and not found
            with passes_on(ending.error) if fails else nullcontext():
                for piece in stream:
                    pieces.append((source.asked, piece))
                    if len(pieces) == ending.stop_after:
                        stream.close()
                        break
            self.check_pieces(pieces, texts, source, fails, len(pieces) == ending.stop_after)
            when = "after an error of the source" if fails else "at the end"
            check_closed(source, when, NOT_BY_ITSELF)
            if ending == Ending():
                with unchanged(tokens=tokens):
                    got = joined(answers.strip_sentinel(tokens, *options))
                self.equal(got, texts[-1], "text is lost or changed")

        always = (
            *({"given": (None, ["a", one, one, "b"]), "ending": Ending()} for one in ("", *BLANKS)),
            {"given": (None, [*TEXTS, *TEXTS]), "ending": Ending()},
            {"given": (None, ["one", " ", "_", "two", " _", "_"] * 50), "ending": Ending()},
            *({"given": (None, [f"{one}a{one}", one]), "ending": Ending()} for one in BLANKS[:4]),
            {"given": (None, ["x" * 4_000, "_", "y" * 4_000, "_" * 3]), "ending": Ending()},
            *(
                {"given": (sentinel, tokens), "ending": Ending()}
                for sentinel in SENTINELS
                for tokens in cuts_of(sentinel)
            ),
            *each(given=[None, ["a", "b_", "_c", "d__", "e"]], ending=EACH_ENDING),
            *each(given=[None, ["a__END", "__", "b"]], ending=EACH_ENDING),
        )
        given = st.sampled_from(SENTINELS).flatmap(
            lambda one: st.tuples(
                st.just(one), repeated(st.sampled_from(parts_of(one)) | any_text())
            )
        )
        search(promise, *always, given=given, ending=any_ending())

    def check_pieces(self, pieces, texts, source, fails, has_stopped):
        """Check what has come, and when."""
        got, wanted = joined(piece for _, piece in pieces), texts[-1]
        self.must(all(piece for _, piece in pieces), "it yields empty strings", why=NO_EMPTY)
        if fails or has_stopped:
            self.must(wanted.startswith(got), "text is lost or changed", Words(f"{wanted!r} first"))
        else:
            must = self.against(wanted)
            must(got == wanted or not got.startswith(wanted), "what follows the sentinel is shown")
            must(got == wanted, "text is lost or changed")
        self.in_words(
            source.asked <= len(texts),
            "it goes on reading after the sentinel",
            f"{len(texts)} asked for",
            f"{source.asked} asked for",
        )
        for count, text in enumerate(texts[: source.asked], 1):
            out = joined(piece for asked, piece in pieces if asked <= count)
            is_last = count == source.asked
            fits = text.startswith(out) if has_stopped and is_last else text == out
            self.in_words(
                fits or (fails and is_last),
                "text is held back, or shown too early",
                f"{text!r} out before pull {count + 1}",
                f"{out!r} out",
            )


NO_EMPTY = "There may be no text before the sentinel. Yield a piece only if it has text."

SENTINELS = ("__END__", "aab", "aba", "x", "aa", "\n\n", "END ", "[x]", "a.b", "e\u0301", "👋👋")


def parts_of(sentinel):
    """Texts that have something of the sentinel in them."""
    sizes = range(1, len(sentinel))
    ends = [part for size in sizes for part in (sentinel[:size], sentinel[size:])]
    return (*ends, sentinel, f"a{sentinel}b", sentinel[:1] * 2, sentinel.swapcase(), sentinel[::-1])


def cuts_of(sentinel):
    """Tokens with the sentinel in them, or almost."""
    first, rest = sentinel[:-1], sentinel[-1:]
    yield ["c", sentinel, "d", sentinel]
    yield list(f"c{first}{first}{sentinel}d")
    yield ["c", first, "", rest, "d"]
    yield [f"c{first}", f"{first}c", "", first]
    yield [f"c {sentinel[:1]}", sentinel]
    yield [*"cd" * 20, sentinel[:1], f"{sentinel[1:]}{sentinel}"]
    yield [sentinel.swapcase(), f" {first} {rest}", f"{sentinel[:1]}\n{sentinel[1:]}"]
    yield [sentinel * 2, "c"]
    yield ["c", first]


def texts_out(sentinel, tokens):
    """The text that has to be out after each token and after the end, and whether it is found."""
    texts = []
    for count in range(1, len(tokens) + 1):
        text, found, _ = joined(tokens[:count]).partition(sentinel)
        if found:
            return [*texts, text], True
        sizes = range(min(len(sentinel) - 1, len(text)), 0, -1)
        held = next((size for size in sizes if text.endswith(sentinel[:size])), 0)
        texts.append(text[: len(text) - held])
    return [*texts, joined(tokens)], False


class TestJoinContinuation(Explained):
    """Two halves of an answer become one, and what both have comes only once."""

    WHY: ClassVar = {
        "text is lost or changed where nothing overlaps": "Put one text after the other, with "
        "nothing in between and nothing stripped.",
        "what the model repeated comes twice": "The end of the first text is the beginning of "
        "the second one. Leave it out once, no matter how long it is.",
        "more or less than the overlap is left out": "Leave out exactly those characters that the "
        "first text ends with.",
        "a few equal characters are taken for a repetition": "Two texts may meet in the same "
        "letters by chance: 'class' and 'system'. Anything below min_overlap is chance, also if it "
        "is all of the second text.",
        "an overlap of exactly min_overlap characters is not found": "min_overlap, 8 by default, "
        "is the smallest overlap that counts: try that size, too.",
        "a shorter overlap than the longest is taken": "A text that repeats itself overlaps in "
        "several sizes. Try the largest size first, and stop at the first one that fits.",
        "a passage that both have is taken for an overlap, no matter where it is": "An answer may "
        "say the same thing twice. Only the very end of the first text and the very beginning of "
        "the second one count, and only if they are equal, character by character.",
        "an overlap that is one of the two whole texts is missed": "A model may start all "
        "over, or add nothing. The largest possible overlap is the whole shorter text.",
        "a long overlap is not found, or what is not one": "An overlap may be as long as the texts "
        "are.",
        "it does not put the two texts together as it should": "The longest end of the first text "
        "that is a beginning of the second one comes once, if it has at least min_overlap "
        "characters. Nothing else is left out or added.",
        "a meaningless min_overlap is accepted": "Without a common character there is no "
        "overlap: raise ValueError for less than 1.",
    }

    @keeps(4)
    def test_without_an_overlap_nothing_is_changed(self, answers, text):
        for previous, continuation in (
            (f"{text.sentence()} ", f"--  {text.word()}\n"),
            (text.word(), f": {text.word()}"),
            (text.sentence(), ""),
            ("", text.sentence()),
        ):
            got = answers.join_continuation(previous, continuation)
            self.must(
                got == previous + continuation,
                "text is lost or changed where nothing overlaps",
                previous + continuation,
            )

    @keeps(1)
    def test_an_overlap_comes_once(self, answers, text):
        for sentences in (1, 40):
            before, after = text.sentence(), f" {text.sentence()}"
            both = f" {text.sentences(sentences)}"
            got = answers.join_continuation(before + both, both + after)
            must = self.against(before + both + after)
            must(got != before + both + both + after, "what the model repeated comes twice")
            must(got == before + both + after, "more or less than the overlap is left out")

    @keeps(2)
    def test_a_short_overlap_is_chance(self, answers, text):
        for size in (1, 7):
            both = f"{text.word()}ß"[-size:]
            previous = f"{text.word()} {both}"
            for continuation in (f"{both} {text.word()}", both):
                got = answers.join_continuation(previous, continuation)
                self.must(
                    got == previous + continuation,
                    "a few equal characters are taken for a repetition",
                    previous + continuation,
                )

    def test_min_overlap_itself_is_enough(self, answers, text):
        before, after = f"{text.word()}, ", f"; {text.word()}"
        for both, size in ((f"{text.word()}42", ()), (text.word(), (6,)), ("ß", (1,))):
            got = answers.join_continuation(before + both, both + after, *size)
            self.must(
                got == before + both + after,
                "an overlap of exactly min_overlap characters is not found",
                before + both + after,
            )

    @keeps(1)
    def test_the_longest_overlap_counts(self, answers, text):
        before, word, after = text.sentence(), f"{text.word()}-", text.sentence()
        previous, continuation = before + 3 * word, 3 * word + after
        got = answers.join_continuation(previous, continuation)
        self.must(
            got == previous + after, "a shorter overlap than the longest is taken", previous + after
        )

    @keeps(3)
    def test_elsewhere_is_no_overlap(self, answers, text):
        both, first, second = f"{text.word()}: {text.sentence()}", text.sentence(), text.word()
        for previous, continuation in (
            (f"{both} {first}", f"{both} {second}"),  # the beginning of the second, in the middle
            (f"{both} {second}", f"{both} {first}"),  # the same, and the second is longer
            (f"{first} {both}", f"{second} {both}."),  # the end of the first, in the middle
            (f"{first} {both}\n", f"{both} {second}"),  # a line break behind it
            (f"{first} {both}", f"{both.upper()} {second}"),  # nearly the same
        ):
            got = answers.join_continuation(previous, continuation)
            self.must(
                got == previous + continuation,
                "a passage that both have is taken for an overlap, no matter where it is",
                previous + continuation,
            )

    @keeps(1)
    def test_one_text_may_lie_in_the_other(self, answers, text):
        first, second = text.sentence(), f" {text.sentence()}"
        for previous, continuation in (
            (first, first + second),  # begun all over again
            (first + second, second),  # nothing new
            (first, first),
        ):
            got = answers.join_continuation(previous, continuation)
            wanted = first if previous == continuation else first + second
            self.must(
                got == wanted,
                "an overlap that is one of the two whole texts is missed",
                wanted,
            )

    def test_min_overlap_must_be_positive(self, answers, text):
        for size in (0, -1):
            with self.raises(ValueError, "a meaningless min_overlap is accepted"):
                answers.join_continuation(text.word(), text.word(), size)

    def test_any_texts(self, search):
        def promise(answers, given, size):
            options = () if size is None else (size,)
            got = answers.join_continuation(*given, *options)
            wanted = join_once(*given, 8 if size is None else size)
            self.in_words(
                got == wanted or len(wanted) < 1000,
                "a long overlap is not found, or what is not one",
                f"{len(wanted)} characters",
                f"{len(got)} characters",
            )
            self.must(got == wanted, "it does not put the two texts together as it should", wanted)

        long = joined(f"{number} " for number in range(4_000))
        words = ("12345678", "a b\tc d ", "e\u0301" * 4, "漢👋ß漢👋ß漢👋", "aaaaaaaa", "Ab. Cd. ")
        always = (
            *each(given=tuple((f"c{word}", f"{word}d") for word in words), size=None),
            *each(given=tuple((f"c{word}", f"{word[1:]}d") for word in words), size=None),
            *each(given=tuple((f"c{one}", f"{one}d") for one in (*BLANKS, *WIDE)), size=1),
            *each(given=tuple((f"c{one}\n", f"{one}d") for one in words), size=1),
            *each(given=tuple((f"c{one}", f"\n{one}d") for one in words), size=1),
            *each(given=tuple((f"c {one}", f"{one.swapcase()}d") for one in words), size=1),
            *each(given=tuple((f"c{one}", f"{one}d") for one in BLANKS), size=None),
            *each(given=["abcabcabc", "abcabcabcabcd"], size=(1, 3, 4, 6, 7, 8, 9, 10, 99)),
            *each(given=["abc", "abc"], size=(1, 2, 3, 4)),
            *each(given=(("", ""), ("a", ""), ("", "a"), ("ab", "b"), ("b", "ba")), size=1),
            *each(given=((f"c{long}", f"{long}d"), (long, long), (long, f"d{long}")), size=None),
        )
        some = st.text("ab \né", max_size=6)
        halves = st.tuples(some, some, some).map(lambda n: (n[0] + n[1], n[1] + n[2]))
        search(
            promise, *always, given=halves, size=st.none() | st.sampled_from((1, 2, 3, 4, 7, 8, 9))
        )

    def test_any_wrong_size(self, search):
        def promise(answers, given, size):
            with self.raises(ValueError, "a meaningless min_overlap is accepted"):
                answers.join_continuation(*given, size)

        texts = (("abcdefgh", "abcdefghi"), ("ab", "ab"), ("ab", "c"), ("a", ""), ("", ""))
        sizes = st.sampled_from((0, -1, -8))
        search(promise, *each(given=texts, size=0), given=st.sampled_from(texts), size=sizes)


def join_once(previous, continuation, min_overlap):
    """Both texts, and the largest overlap only once."""
    sizes = range(min(len(previous), len(continuation)), min_overlap - 1, -1)
    size = next((size for size in sizes if previous.endswith(continuation[:size])), 0)
    return previous + continuation[size:]


def asking(*answers):
    """A `stream` for `stream_into_memory` that plays chunks and keeps what it was asked."""
    sources = [Connection(items) for items in answers]
    waiting = iter(sources)

    def stream(messages):
        stream.asked.append(list(messages))
        return next(waiting)

    stream.asked = []
    stream.sources = sources
    return stream


def chunks_of(tokens, **metadata):
    """Chunks as a model sends them: text, and an empty last one with the metadata."""
    return [
        *(AIMessageChunk(token) for token in tokens),
        AIMessageChunk("", response_metadata=metadata),
    ]


def state_of(message):
    """How the stream of an answer ended, as its message says it."""
    return message.response_metadata.get("state")


class TestStreamIntoMemory(Explained):
    """An answer is shown as it comes, and remembered with its question, no matter how it ends."""

    WHY: ClassVar = {
        "it yields chunks instead of their text": "The text of a chunk is chunk.text.",
        "it yields empty strings": "The last chunk has no text. It says why the answer ended.",
        "the tokens are not those of the model": "Yield each chunk's text, in order, as it is.",
        "nothing is remembered": "Change the list you are given: history.append, history.extend. "
        "`history = ...` only gives that name to another list.",
        "it does not remember one question and one answer": "A turn is a HumanMessage and an "
        "AIMessage with the whole text, in that order.",
        "what is remembered is not what was said": "Remember the question as it is, and the joined "
        "text of all chunks. Nothing else changes.",
        "what a chunk holds is taken for its text": "The content of a chunk may be a list of "
        "blocks, such as the model's reasoning. Its text is chunk.text, not chunk.content.",
        "the remembered answer is not the text that was shown": "Only text is remembered: "
        "the content is one string, all the text that came.",
        "the model does not see the conversation, and then the question": "A model remembers "
        "nothing on its own. Give it all messages in the history, and the new question once, as "
        "the last message.",
        "the history changes while the answer is still coming": "Anyone who reads it now finds a "
        "question without an answer, or half of one. Append both when the stream is over.",
        "the turn is not in the history after the answer": "Append the question and the "
        "answer when the stream has ended.",
        "a stream that reached its end is not marked as complete": 'Put an entry "state" into '
        "the response_metadata of the answer.",
        "the reason for the end is lost": "It comes in the response_metadata of a chunk, usually "
        "of the last one. Without it, nobody can tell later whether the answer was cut off.",
        "only what one of the chunks said is remembered": "Providers spread it out: the name of "
        "the model comes first, the reason for the end late, and the last chunk may say nothing. "
        "Collect what each chunk says.",
        "a reason that comes in two chunks is not the last one": "Some providers repeat it, or "
        "correct it. If several chunks have the same entry, the last one counts. Adding chunks "
        "would join their words.",
        "an answer that the caller stopped is forgotten": "It was on the screen, and the next "
        "question may be about it. close() raises GeneratorExit at the yield: only a finally runs "
        "then.",
        "it does not remember what was shown": "Remember the text that was handed out, no more and "
        "no less.",
        "an answer that was interrupted has the wrong state": "Here the caller read two tokens and "
        "then called close(). Half an answer has to say so, but nothing went wrong: its state is "
        '"interrupted".',
        "Ctrl-C makes it forget the answer": "KeyboardInterrupt is not an Exception, so `except "
        "Exception` does not see it. A finally does.",
        "an answer stopped by Ctrl-C is not marked as interrupted": "Here a KeyboardInterrupt came "
        "after the last token. The caller stopped it, and nothing went wrong.",
        "a cancellation is swallowed": "asyncio.CancelledError is how a task is told to stop. "
        "Remember the turn, and let it pass.",
        "a cancellation makes it forget the answer": "asyncio.CancelledError is not an Exception. "
        "Remember the turn in a finally block.",
        "an answer that was cancelled has the wrong state": "asyncio.CancelledError is not an "
        "Exception: somebody stopped it, and nothing went wrong.",
        "what the last chunk said is lost when the caller stops": "A caller who stops never comes "
        "back to the line after the yield. Note what a chunk says before you yield its text.",
        "the text before an error is forgotten": "It was already on the screen. Remember it with "
        "its question, then let the error pass.",
        "an answer that broke does not say so": "Here the model raised a ConnectionError after the "
        'last token. If an Exception ended the stream, the state is "error".',
        "the model's stream stays open after an error": STILL_OPEN,
        "it remembers an empty answer": "Providers refuse a conversation with an empty message in "
        "it.",
        "it remembers a question that has no answer": "The next question would come right after "
        "this one. If no text came, nothing happened: append neither of the two.",
        "a model that cannot even be asked raises another error, or leaves something behind": "The "
        "call of `stream` itself may fail. Then there is no stream for a finally to close, and "
        "nothing to remember: let the error pass.",
        "the model does not get the history and the question": "It gets all messages of the "
        "history, and after them HumanMessage(text), as it is.",
        "the history is changed before the answer is over": "Whoever reads it now finds a question "
        "without an answer. Make a new list for the model: [*history, question].",
        "a turn is remembered although nothing was said": "Without any text, neither question nor "
        "answer goes into the history.",
        "what was in the history before is changed": "The turn goes behind the messages that are "
        "there, and these stay as they are.",
        "it does not remember the question and what was shown": "Append a HumanMessage with the "
        "question and an AIMessage with the text, once.",
        "the answer has the wrong state": "complete: the stream reached its own end; error: it "
        "raised an Exception; interrupted: anything else, also at the very last token.",
        "what the chunks said is not remembered as it was": "Each entry of the chunks that were "
        'pulled, and of an entry that comes several times the last one. Only "state" is yours.',
        "two answers at once get mixed up": "Each call needs variables of its own.",
        "Ctrl-C is swallowed": "Somebody wants the program to stop. Remember the turn, and let it "
        "pass.",
    }

    @keeps(2)
    def test_the_answer_comes_as_it_is_made(self, answers, play, text):
        tokens = text.tokens(6)
        model = play(Reply(*tokens))
        history = []
        got = list(answers.stream_into_memory(model.stream, history, text.sentence("?")))
        must = self.against(tokens)
        must(all(isinstance(token, str) for token in got), "it yields chunks instead of their text")
        must("" not in got, "it yields empty strings")
        must(got == tokens, "the tokens are not those of the model")

    @keeps(4)
    def test_question_and_answer_are_remembered(self, answers, text):
        tokens, question = [" ", *text.tokens(4), "\n"], text.sentence("?")
        history = [SystemMessage(text.sentence()), HumanMessage("Hi"), AIMessage("Hello")]
        wanted = [*history, HumanMessage(question), AIMessage(joined(tokens))]
        stream = asking(chunks_of(tokens, finish_reason="stop"))
        list(answers.stream_into_memory(stream, history, question))
        self.must(len(history) != 3, "nothing is remembered", shown(wanted), shown(history))
        self.must(
            [one.type for one in history[3:]] == ["human", "ai"],
            "it does not remember one question and one answer",
            kinds(wanted),
            kinds(history),
        )
        self.must(
            alike(history, wanted),
            "what is remembered is not what was said",
            shown(wanted),
            shown(history),
        )

    @keeps(2, 4)
    def test_only_the_text_of_a_chunk_counts(self, answers, text):
        tokens, secret, history = text.tokens(3), text.secret(), []
        chunks = [AIMessageChunk([{"type": "reasoning", "reasoning": secret, "index": 0}])]
        for token in tokens:
            chunks.append(AIMessageChunk([{"type": "text", "text": token, "index": 1}]))
        got = list(answers.stream_into_memory(asking(chunks), history, text.sentence("?")))
        self.must(got == tokens, "what a chunk holds is taken for its text", tokens)
        kept = history[-1].content if history else ""
        self.equal(kept, joined(tokens), "the remembered answer is not the text that was shown")

    @keeps(1)
    def test_the_model_sees_the_conversation(self, answers, play, text):
        model = play(Reply(text.word()), Reply(text.word()))
        first, second = text.sentence("?"), text.sentence("?")
        history = [SystemMessage(text.sentence())]
        list(answers.stream_into_memory(model.stream, history, first))
        wanted = [*history, HumanMessage(second)]
        list(answers.stream_into_memory(model.stream, history, second))
        seen = model.transcript[-1].messages
        self.must(
            alike(seen, wanted),
            "the model does not see the conversation, and then the question",
            shown(wanted),
            shown(seen),
        )

    @keeps(3)
    def test_nothing_is_remembered_before_the_end(self, answers, text):
        tokens = text.tokens(4)
        history = [HumanMessage("Hi"), AIMessage("Hello")]
        stream = answers.stream_into_memory(asking(chunks_of(tokens)), history, text.sentence("?"))
        for _ in tokens:
            next(stream)
            self.must(
                len(history) == 2,
                "the history changes while the answer is still coming",
                Words("the 2 messages from before"),
                shown(history),
            )
        list(stream)
        self.must(
            len(history) == 4,
            "the turn is not in the history after the answer",
            Words("4 messages"),
            shown(history),
        )

    @keeps(6)
    def test_how_it_ended_is_remembered(self, answers, text):
        for name, reason in (("finish_reason", "length"), ("stop_reason", "end_turn")):
            history = []
            stream = asking(chunks_of(text.tokens(3), **{name: reason}))
            list(answers.stream_into_memory(stream, history, text.sentence("?")))
            said = history[-1].response_metadata
            must = self.against(got=said)
            must(
                said.get("state") == "complete",
                "a stream that reached its end is not marked as complete",
                wanted=Words("'state': 'complete'"),
            )
            must(
                said.get(name) == reason,
                "the reason for the end is lost",
                wanted=Words(f"{name!r}: {reason!r}"),
            )
        model, history = text.word(), []
        began = AIMessageChunk(text.word(), response_metadata={"model_name": model})
        ended = chunks_of(text.tokens(2), finish_reason="stop")
        stream = asking([began, *ended, AIMessageChunk("")])
        list(answers.stream_into_memory(stream, history, text.sentence("?")))
        said, wanted = history[-1].response_metadata, {"model_name": model, "finish_reason": "stop"}
        self.must(
            {**said, **wanted} == said,
            "only what one of the chunks said is remembered",
            {**wanted, "state": "complete"},
            said,
        )
        for first in ("stop", "length"):
            history, again = [], chunks_of([], finish_reason="stop")
            stream = asking([*chunks_of(text.tokens(3), finish_reason=first), *again])
            list(answers.stream_into_memory(stream, history, text.sentence("?")))
            said = history[-1].response_metadata
            self.must(
                said.get("finish_reason") == "stop",
                "a reason that comes in two chunks is not the last one",
                Words("'finish_reason': 'stop'"),
                said,
            )

    @keeps(4, 6)
    def test_a_caller_who_stops_keeps_what_was_shown(self, answers, text):
        tokens, question, history = text.tokens(6), text.sentence("?"), []
        chunks = [AIMessageChunk(one, response_metadata={"last": one}) for one in tokens]
        asked = asking(chunks)
        stream = answers.stream_into_memory(asked, history, question)
        take_two = [next(stream), next(stream)]
        stream.close()
        self.must(
            [one.type for one in history] == ["human", "ai"],
            "an answer that the caller stopped is forgotten",
            Words("human, ai"),
            kinds(history),
        )
        self.equal(history[1].text, joined(take_two), "it does not remember what was shown")
        self.equal(
            state_of(history[1]),
            "interrupted",
            "an answer that was interrupted has the wrong state",
        )
        said, wanted = history[1].response_metadata, {"last": tokens[1], "state": "interrupted"}
        self.equal(said, wanted, "what the last chunk said is lost when the caller stops")
        self.must(asked.sources[0].closed, "the model's stream stays open", why=CLOSE)

    @keeps(6)
    def test_ctrl_c_is_remembered_and_passes(self, answers, text):
        tokens, history = text.tokens(3), []
        stream = asking([*(AIMessageChunk(token) for token in tokens), Fail(KeyboardInterrupt())])
        with self.raises(KeyboardInterrupt, "Ctrl-C is swallowed"):
            list(answers.stream_into_memory(stream, history, text.sentence("?")))
        self.must(
            alike(history[1:], [AIMessage(joined(tokens))]),
            "Ctrl-C makes it forget the answer",
            Words("question and answer"),
            shown(history),
        )
        self.equal(
            state_of(history[1]),
            "interrupted",
            "an answer stopped by Ctrl-C is not marked as interrupted",
        )

    @keeps(6)
    def test_a_cancellation_is_no_error(self, answers, text):
        tokens, history = text.tokens(3), []
        stream = asking([*map(AIMessageChunk, tokens), Fail(asyncio.CancelledError())])
        with self.raises(asyncio.CancelledError, "a cancellation is swallowed"):
            list(answers.stream_into_memory(stream, history, text.sentence("?")))
        self.must(
            alike(history[1:], [AIMessage(joined(tokens))]),
            "a cancellation makes it forget the answer",
            Words("question and answer"),
            shown(history),
        )
        self.equal(
            state_of(history[1]), "interrupted", "an answer that was cancelled has the wrong state"
        )

    @keeps(7)
    def test_an_error_is_remembered_and_passes(self, answers, text):
        tokens, history, error = text.tokens(3), [], ConnectionError(text.word())
        stream = asking([*(AIMessageChunk(token) for token in tokens), error])
        got = []
        with passes_on(error, "the model"):
            got.extend(answers.stream_into_memory(stream, history, text.sentence("?")))
        self.must(
            alike(history[1:], [AIMessage(joined(tokens))]),
            "the text before an error is forgotten",
            Words("question and answer"),
            shown(history),
        )
        self.equal(state_of(history[1]), "error", "an answer that broke does not say so")
        self.must(stream.sources[0].closed, "the model's stream stays open after an error")

    @keeps(5)
    def test_without_text_nothing_is_remembered(self, answers, text):
        error = ConnectionError(text.word())
        for items in ([error], [AIMessageChunk(""), error], chunks_of([], finish_reason="stop")):
            history = [SystemMessage(text.sentence())]
            stream = answers.stream_into_memory(asking(items), history, text.sentence("?"))
            with suppress(ConnectionError):
                list(stream)
            must = self.against(Words("system"), kinds(history))
            must(not any(one.type == "ai" for one in history), "it remembers an empty answer")
            must(len(history) == 1, "it remembers a question that has no answer")

        def refuse(messages):
            raise error

        history, caught = [], None
        try:
            list(answers.stream_into_memory(refuse, history, text.sentence("?")))
        except (ConnectionError, UnboundLocalError, AttributeError) as other:
            caught = other
        self.in_words(
            caught is error and not history,
            "a model that cannot even be asked raises another error, or leaves something behind",
            "ConnectionError, and an empty history",
            f"{type(caught).__name__}, and a history of {len(history)} messages",
        )

    @keeps(2)
    def test_it_is_lazy_and_does_not_read_ahead(self, answers, text):
        asked = asking(chunks_of(text.tokens(5)))
        stream = answers.stream_into_memory(asked, [], text.sentence("?"))
        self.must(not asked.asked, "the model is asked before anybody asks for a token", why=LAZY)
        for count in range(1, 4):
            next(stream)
            check_not_ahead(asked.sources[0].pulled, count)

    def test_any_chunks(self, search):
        def promise(answers, before, question, chunks, ending):
            history, asked = [*before], []

            def read(source):
                def stream(messages):
                    asked.append(list(messages))
                    self.check_untouched(history, before)
                    return source

                stream.__name__ = f"stream of {[one for one, _ in chunks]}"  # to be shown
                found = answers.stream_into_memory(stream, history, question)
                return self.untouched(found, history, before)

            KEEPS.check(read, [chunk_of(*one) for one in chunks], ending, texts_of)
            wanted = [*before, HumanMessage(question)]
            self.must(
                len(asked) == 1 and asked[0] == wanted,
                "the model does not get the history and the question",
                shown(wanted),
                shown(asked[0]) if asked else Words("nothing"),
            )
            self.check_turn(history, before, question, *how_it_ended(chunks, ending))

        said = {"finish_reason": "stop", "n": 0, "list": [1], "deep": {"a": 1}, "none": 5}
        chunks = [
            *(("", {**said, "model_name": "m", "list": [2]}), ("a", {"state": "x"}), ("a", {})),
            *((" ", {"n": 3, "deep": {"b": 2}}), ("", said), ("b", {"finish_reason": "length"})),
            *(("", {"n": 0, "list": [], "deep": {}, "flag": False, "none": None}), ("", {})),
        ]
        before = [SystemMessage("S"), HumanMessage("Hi"), calling("a"), AIMessage("a", id="1")]
        plain = {"before": [], "question": "q"}
        always = (
            *each(chunks=chunks, ending=EACH_ENDING, before=before, question="a"),
            *each(chunks=chunks[:2], ending=EACH_ENDING[-5:], **plain),
            *each(chunks=[("a", {"n": 1}), ("b", {"n": 2})], ending=EACH_ENDING[:11], **plain),
            *each(chunks=[("", {"n": 1})], ending=(Ending(), *EACH_ENDING[-2:]), **plain),
            *each(chunks=[], ending=EACH_ENDING[:5], **plain),
            *(
                {"before": [], "question": text, "chunks": [(text, {})] * 2, "ending": Ending()}
                for text in ("q", *BLANKS)
            ),
            {**plain, "chunks": [(text, {}) for text in TEXTS], "ending": Ending()},
            {**plain, "chunks": [(" a" * 2_000, {}), ("b", {})], "ending": Ending()},
            *each(chunks=tuple([(one, {})] * 2 for one in BLOCKS), ending=Ending(), **plain),
        )
        contents = any_text() | st.sampled_from(BLOCKS)
        values = st.sampled_from(("a", "b", 1, 0, None, "", False, [1], {"a": 1}, {"b": [2]}))
        names = st.sampled_from(("finish_reason", "model_name", "state", "n"))
        said = st.just({}) | st.dictionaries(names, values, max_size=2)
        search(
            promise,
            *always,
            before=st.sampled_from(([], before, before[1:], before[:1])),
            question=any_text(),
            chunks=repeated(st.tuples(contents, said), 6),
            ending=any_ending(),
        )

    def untouched(self, stream, history, before):
        """Read a stream, and look at the history after each piece."""
        try:
            for piece in stream:
                self.check_untouched(history, before)
                yield piece
        except GeneratorExit:
            stream.close()
            raise

    def check_untouched(self, history, before):
        self.must(
            history == before,
            "the history is changed before the answer is over",
            shown(before),
            shown(history),
        )

    def check_turn(self, history, before, question, text, state, metadata):
        """Check what has become of the history."""
        if not text:
            self.must(
                history == before,
                "a turn is remembered although nothing was said",
                shown(before),
                shown(history),
            )
            return
        wanted = [*before, HumanMessage(question), AIMessage(text)]
        must = self.against(shown(wanted), shown(history))
        must(history[: len(before)] == before, "what was in the history before is changed")
        must(
            alike(history, wanted)
            and (history[-2].content, history[-1].content) == (question, text),
            "it does not remember the question and what was shown",
        )
        said = history[-1].response_metadata
        self.equal(said.get("state"), state, "the answer has the wrong state")
        wanted = {**metadata, "state": state}
        up_to_you = [name for name, value in wanted.items() if value in (None, "")]
        self.must(
            same_value(*({**one, **dict.fromkeys(up_to_you)} for one in (said, wanted))),
            "what the chunks said is not remembered as it was",
            wanted,
            said,
        )

    def test_any_error_of_the_first_request(self, search):
        def promise(answers, error):
            def refuse(messages):
                raise error

            history = [HumanMessage("a"), AIMessage("b")]
            with passes_on(error, "the model"):
                list(answers.stream_into_memory(refuse, history, "c"))
            self.check_turn(history, [HumanMessage("a"), AIMessage("b")], "c", "", "", {})

        errors = [kind("refused") for kind in (*ERRORS, *INTERRUPTS)]
        search(promise, *each(error=tuple(errors)), runs=1, error=st.just(errors[0]))

    def test_two_at_once(self, search):
        def promise(answers, tokens):
            histories = [], []
            streams = [
                answers.stream_into_memory(asking(chunks_of(tokens, n=n)), history, f"{n}")
                for n, history in enumerate(histories)
            ]
            pairs = list(itertools.zip_longest(*streams))
            texts = [token for token in tokens if token]
            self.must(pairs == [(one, one) for one in texts], "two answers at once get mixed up")
            for n, history in enumerate(histories):
                self.check_turn(history, [], f"{n}", joined(tokens), "complete", {"n": n})

        search(promise, {"tokens": ["a", "b", "c"]}, runs=2, tokens=any_tokens())


BLOCKS = (
    [],
    [{"type": "reasoning", "reasoning": "hm", "index": 0}],
    [{"type": "text", "text": "a", "index": 0}, {"type": "text", "text": "b\n", "index": 1}],
    ["a", {"type": "text", "text": "b"}, {"type": "tool_use", "text": "c"}],
    [{"type": "text", "text": ""}],
)
"""What the content of a chunk may be besides a text."""


def chunk_of(content, said):
    return AIMessageChunk(content, response_metadata=said)


def texts_of(chunks):
    """The text of each chunk that has one, and how many chunks it takes."""
    return [(chunk.text, count) for count, chunk in enumerate(chunks, 1) if chunk.text]


def how_it_ended(chunks, ending):
    """What has to be remembered: the text, the state, and what the chunks said."""
    came = [chunk_of(*one) for one in chunks]
    error, state = ending.error, "complete"
    if error is not None:
        state = "error" if isinstance(error, Exception) else "interrupted"
    if ending.stop_after is not None and len(texts_of(came)) >= ending.stop_after:
        state = "interrupted"
        came = came[: texts_of(came)[ending.stop_after - 1][1]]
    metadata = {}
    for chunk in came:
        metadata.update(chunk.response_metadata)
    return joined(chunk.text for chunk in came), state, metadata


class Asked:
    """An `ask` for `continue_until_complete`: plays answers, and keeps what it was asked."""

    def __init__(self, replies, history=()):
        self.messages = []
        self.lengths = []  # of `history`, each time it was asked
        waiting = iter(replies)

        async def ask(messages):
            self.messages.append(list(messages))
            self.lengths.append(len(history))
            await asyncio.sleep(1)
            reply = next(waiting)
            if isinstance(reply, BaseException):
                raise reply
            return reply

        self.ask = ask

    @property
    def rounds(self):
        return len(self.messages)


def broken_off(text, **metadata):
    """A conversation whose last answer broke off."""
    return [
        SystemMessage(text.sentence()),
        HumanMessage(text.sentence("?")),
        AIMessage(text.sentence(" and"), response_metadata=metadata or {"finish_reason": "length"}),
    ]


class TestContinueUntilComplete(Explained):
    """The rest of an answer is asked for, a few times at most, and it all becomes one message."""

    WHY: ClassVar = {
        "the conversation gets longer": "It is still one answer to one question. Neither the rest "
        "nor the prompt is a message of its own: replace the last message with a new one.",
        "the last message is not the whole answer": "Put the new text after the text that is "
        "there, with nothing in between.",
        "it does not return the whole answer": "Return the message that is now the last one in the "
        "history.",
        "it changes the message that was cut off": "Others, such as a log, may hold that message. "
        "Put a new AIMessage in its place, with its own dictionary as response_metadata.",
        "the model is not asked for the rest of this answer": "It has to see the whole "
        "conversation, including its own unfinished answer, and then CONTINUE as a HumanMessage.",
        "the prompt is in the history while the model is asked": "The prompt is never stored, not "
        "even for a while: anyone who reads the history now, or stops this, finds it there. "
        "[*history, prompt] is a new list.",
        "it does not ask until the answer is complete": "While `truncated` is True there is more "
        "to come, even after a period. The text cannot tell.",
        "a later round does not show the model the text so far": "The model goes on where the "
        "answer in the history ends. Replace that message before you ask again.",
        "the parts are not put together in order": "Each round adds its text to all the text "
        "before it.",
        "the sentinel is kept in the answer": "It was meant for the program. Take only the text "
        "before it.",
        "it asks again after the sentinel": "The sentinel means that the model has nothing more to "
        "say.",
        "the text around the sentinel is not handled correctly": "What comes before the "
        "sentinel is new text; what follows it is not.",
        "an answer whose end is unknown counts as complete": "`not answer.truncated` is "
        "also true for None. Only False means that the answer is complete.",
        "a model that says it has nothing to add is not believed": "A `truncated` of False "
        "completes the answer, with or without new text. Only give up after a round that neither "
        "completes it nor adds text.",
        "it does not ask as often as it may": "max_rounds is how often to ask at most; do not give "
        "up earlier.",
        "the error does not carry the text so far": "Everything that came is worth keeping: "
        "TruncatedError(text so far).",
        "the text is lost from the history when the rounds are over": "The last message holds all "
        "the text so far, complete or not.",
        "it goes on asking although nothing new comes": "A model that added nothing will add "
        "nothing again. Compare the joined text with the previous text: if it is the same, give "
        "up.",
        "it takes another text for nothing new, because it is not longer": "`join` may also "
        "replace something, such as the last dots. Nothing new came only if it returned the same.",
        "what came before a cancellation is lost": "Whoever stops it wants to keep what is there. "
        "Replace the last message in each round, before you ask again.",
        "it swallows its cancellation": "asyncio.CancelledError is how a task is told to stop. "
        "What `ask` raises passes through.",
        "it does not put the texts together with `join`": "Call join(text so far, new text) once "
        "in each round. By default it is join_continuation, which leaves out what the model "
        "repeated.",
        "it changes what `join` returned": "The text so far is what `join` returned last.",
        "an answer that is still incomplete does not keep its response_metadata": "Give the new "
        "message those of the one that it replaces, as they are.",
        "the completed answer still says that it was cut off, or loses the rest": "Other code "
        "would ask for the rest again. Change finish_reason and state, and keep the other entries.",
        "what came before an error is lost, or more is stored than the answer": "Replace the last "
        "message in each round, before you ask again.",
        "an answer that is not complete is returned as if it were": "The caller cannot tell it "
        "from a whole one. Raise TruncatedError with the text so far.",
        "it gives up without saying so": "The answer is still not complete: raise TruncatedError.",
        "it does not ask as often as it should": "A sentinel in the new text or a `truncated` of "
        "False completes the answer. Otherwise, ask again as long as `join` returns something new, "
        "max_rounds times at most.",
        "the model is not asked to go on from the text so far": "In each round, ask with all "
        "messages of the history and then HumanMessage(CONTINUE).",
        "it does not call `join` once in each round": "Call join(text so far, new text), even if "
        "the new text is empty. The new text is the answer's text up to the sentinel.",
        "the history is not what it should be after the last round": "Only its last message is "
        "another one: an AIMessage with the whole text.",
        "the response_metadata are wrong": "They are those of the message that broke off. Only if "
        'the answer is complete, finish_reason is "stop" and state "complete".',
        "it does not return the last message of the history": "The caller and the history get the "
        "same message.",
        "it ends in another way": "A sentinel or a `truncated` of False completes the answer. "
        "Otherwise, the last round and a round without progress end in TruncatedError.",
        "it accepts what it cannot do": "For fewer than one round, or a history that does not end "
        "with an AIMessage, raise ValueError before you ask anything.",
    }

    @keeps(3)
    async def test_the_rest_is_put_behind_what_is_there(self, answers, text):
        history, rest = broken_off(text), f" {text.sentence()}"
        wanted = [*history[:2], AIMessage(history[2].text + rest)]
        broken, before = history[2], history[2].model_copy(deep=True)
        asked = Asked([answers.Answer(rest, False)])
        got = await answers.continue_until_complete(asked.ask, history)
        must = self.against(shown(wanted), shown(history))
        must(len(history) == 3, "the conversation gets longer")
        must(alike(history, wanted), "the last message is not the whole answer")
        self.must(
            isinstance(got, AIMessage) and got.text == wanted[2].text,
            "it does not return the whole answer",
            wanted[2],
        )
        self.must(broken == before, "it changes the message that was cut off", before, broken)

    @keeps(1)
    async def test_the_model_is_asked_to_go_on(self, answers, text):
        history = broken_off(text)
        wanted = [*history, HumanMessage(answers.CONTINUE)]
        asked = Asked([answers.Answer(text.word(), False)], history)
        await answers.continue_until_complete(asked.ask, history)
        self.must(
            asked.rounds > 0 and alike(asked.messages[0], wanted),
            "the model is not asked for the rest of this answer",
            shown(wanted),
            shown(asked.messages[0]) if asked.messages else Words("nothing"),
        )
        self.in_words(
            asked.lengths == [3],
            "the prompt is in the history while the model is asked",
            "a history of 3 messages while the model is asked",
            f"a history of {asked.lengths[0]} messages",
        )

    @keeps(3, 4)
    async def test_each_round_goes_on_where_the_last_one_ended(self, answers, text):
        history, parts = broken_off(text), [f" {text.word()}." for _ in range(3)]
        first = history[2].text
        asked = Asked(answers.Answer(part, part != parts[-1]) for part in parts)
        got = await answers.continue_until_complete(asked.ask, history)
        self.in_words(
            asked.rounds == 3,
            "it does not ask until the answer is complete",
            "3 rounds",
            f"{asked.rounds}",
        )
        seen = [[m.text for m in messages[2:-1]] for messages in asked.messages]
        wanted = [[first + joined(parts[:count])] for count in range(3)]
        self.in_words(
            seen == wanted,
            "a later round does not show the model the text so far",
            f"{wanted}",
            f"{seen}",
        )
        self.equal(got.text, first + joined(parts), "the parts are not put together in order")

    @keeps(2, 4)
    async def test_the_sentinel_ends_it_and_is_not_kept(self, answers, text):
        for new in ("", f" {text.word()}."):
            history = broken_off(text)
            wanted = history[2].text + new
            said = f"{new}{answers.SENTINEL} {text.secret()}"
            asked = Asked([answers.Answer(said, True), answers.Answer(text.secret(), False)])
            got = await answers.continue_until_complete(asked.ask, history)
            self.must(
                answers.SENTINEL not in got.text,
                "the sentinel is kept in the answer",
                wanted,
                got.text,
            )
            self.in_words(
                asked.rounds == 1,
                "it asks again after the sentinel",
                "1 round",
                f"{asked.rounds} rounds",
            )
            self.equal(got.text, wanted, "the text around the sentinel is not handled correctly")

    @keeps(4)
    async def test_unknown_is_not_complete(self, answers, text):
        history, parts = broken_off(text), [f" {text.word()}", f" {text.word()}"]
        wanted = history[2].text + joined(parts)
        asked = Asked([answers.Answer(parts[0], None), answers.Answer(parts[1], False)])
        got = await answers.continue_until_complete(asked.ask, history)
        self.equal(got.text, wanted, "an answer whose end is unknown counts as complete")

    @keeps(4)
    async def test_an_empty_rest_can_complete_it(self, answers, text):
        history = broken_off(text)
        wanted, got = history[2].text, None
        asked = Asked([answers.Answer("", False)])
        with suppress(answers.TruncatedError):
            got = await answers.continue_until_complete(asked.ask, history)
        self.in_words(
            got is not None and got.text == wanted,
            "a model that says it has nothing to add is not believed",
            "the answer as it was, complete",
            "TruncatedError" if got is None else repr(got.text),
        )

    @keeps(5)
    async def test_the_rounds_are_bounded(self, answers, text):
        for rounds in (1, 4, None):
            history, start = broken_off(text), text.random.randrange(10**6)
            asked = Asked(answers.Answer(f" {number}", True) for number in itertools.count(start))
            most = rounds or 3
            wanted = history[2].text + joined(f" {start + number}" for number in range(most))
            options = {"max_rounds": rounds} if rounds else {}
            async with not_for_ever(
                "it never stops asking",
                why="A model may be cut off each time, and each round costs money. "
                "Ask max_rounds times at most.",
                wanted=Words(f"{most} rounds at most: max_rounds"),
            ):
                with self.raises(
                    answers.TruncatedError,
                    "an answer that is not complete is returned as if it were",
                ) as caught:
                    await answers.continue_until_complete(asked.ask, history, **options)
            self.in_words(
                asked.rounds == most,
                "it does not ask as often as it may",
                f"{most} rounds",
                f"{asked.rounds} rounds",
            )
            must = self.against(wanted)
            must(
                caught.error.partial == wanted,
                "the error does not carry the text so far",
                got=caught.error.partial,
            )
            must(
                len(history) == 3 and history[-1].text == wanted,
                "the text is lost from the history when the rounds are over",
                got=shown(history),
            )

    @keeps(5)
    async def test_a_round_that_adds_nothing_is_the_last(self, answers, text):
        for nothing in ("", text.secret()):
            history, part = broken_off(text), f" {text.word()}"
            parts = [part, nothing, text.secret(), text.secret()]
            asked = Asked(answers.Answer(part, True) for part in parts)

            def join(previous, continuation, nothing=nothing):
                return previous if continuation == nothing else previous + continuation

            with self.raises(answers.TruncatedError, "it gives up without saying so"):
                await answers.continue_until_complete(asked.ask, history, 4, join)
            self.in_words(
                asked.rounds == 2,
                "it goes on asking although nothing new comes",
                "2 rounds: one that adds text, one that does not",
                f"{asked.rounds} rounds",
            )

    @keeps(5)
    async def test_another_text_is_something_new(self, answers, text):
        for dots in ("..", "...", "....."):
            history, part = broken_off(text), text.word()
            history[-1] = AIMessage(text.sentence(dots))
            asked = Asked([answers.Answer("ab.", True), answers.Answer(part, False)])

            def join(previous, continuation):
                return previous.rstrip(".") + continuation

            wanted, got = f"{history[-1].text.rstrip('.')}ab{part}", None
            with suppress(answers.TruncatedError):
                got = await answers.continue_until_complete(asked.ask, history, join=join)
            self.in_words(
                got is not None and got.text == wanted,
                "it takes another text for nothing new, because it is not longer",
                repr(wanted),
                "TruncatedError" if got is None else repr(got.text),
            )

    @keeps(2)
    async def test_join_puts_the_texts_together(self, answers, text):
        history, parts = broken_off(text), [text.word(), text.word()]
        calls = []

        def join(previous, continuation):
            calls.append((previous, continuation))
            return f"{previous}|{continuation}"

        first = history[2].text
        last = answers.Answer(f"{parts[1]}{answers.SENTINEL}", True)
        asked = Asked([answers.Answer(parts[0], True), last])
        got = await answers.continue_until_complete(asked.ask, history, join=join)
        wanted = [(first, parts[0]), (f"{first}|{parts[0]}", parts[1])]
        self.in_words(
            calls == wanted,
            "it does not put the texts together with `join`",
            f"join called with {wanted}",
            f"{calls or 'no call of join'}",
        )
        self.equal(got.text, f"{first}|{parts[0]}|{parts[1]}", "it changes what `join` returned")

    @keeps(6)
    async def test_the_message_says_whether_it_is_complete(self, answers, text):
        name = text.word()
        known = {"finish_reason": "max_tokens", "state": "interrupted"}
        for metadata in ({"model_name": name}, {"model_name": name, **known}):
            history = broken_off(text, **metadata)
            asked = Asked([answers.Answer(text.word(), True), answers.Answer(text.word(), False)])
            with suppress(answers.TruncatedError):
                await answers.continue_until_complete(asked.ask, history, 1)
            self.equal(
                history[-1].response_metadata,
                metadata,
                "an answer that is still incomplete does not keep its response_metadata",
            )
        got = await answers.continue_until_complete(asked.ask, history, 1)
        wanted = {**metadata, "finish_reason": "stop", "state": "complete"}
        self.must(
            got.response_metadata == wanted and history[-1].response_metadata == wanted,
            "the completed answer still says that it was cut off, or loses the rest",
            wanted,
            got.response_metadata,
        )

    @keeps(7)
    async def test_it_fails_without_losing_text(self, answers, text):
        for error in (ConnectionError(text.word()), TimeoutError(text.word())):
            history, part = broken_off(text), f" {text.word()}"
            wanted = history[2].text + part
            asked = Asked([answers.Answer(part, True), error])
            with passes_on(error):
                await answers.continue_until_complete(asked.ask, history)
            self.must(
                [one.text for one in history[2:]] == [wanted],
                "what came before an error is lost, or more is stored than the answer",
                wanted,
                shown(history),
            )
        history, asked = broken_off(text), Asked([answers.Answer(part, True), error])
        wanted = history[2].text + part
        running = asyncio.create_task(answers.continue_until_complete(asked.ask, history))
        await asyncio.sleep(1.5)
        running.cancel()
        await asyncio.wait([running])
        self.in_words(
            running.cancelled(),
            "it swallows its cancellation",
            "CancelledError",
            "another end",
        )
        self.must(
            [one.text for one in history[2:]] == [wanted],
            "what came before a cancellation is lost",
            wanted,
            shown(history),
        )
        for rounds, wrong in ((0, broken_off(text)), (3, broken_off(text)[:2]), (3, [])):
            asked = Asked([answers.Answer(part, False)])
            with self.raises(ValueError, "it accepts what it cannot do"):
                await answers.continue_until_complete(asked.ask, wrong, rounds)
            self.must(
                asked.rounds == 0, "it asks before it looks", why="Check the arguments first."
            )

    def test_any_rounds(self, search):
        async def promise(answers, clock, first, rounds, most, way, said, error):
            broken = AIMessage(first, response_metadata=said)
            history = [HumanMessage("q"), broken]
            given, wanted = copy.deepcopy(history), Continued(answers, first, rounds, most, way)
            calls = []
            asked = Asked([*itertools.starmap(answers.Answer, rounds), error], history)
            asked.ask.__name__ = f"ask for {rounds}"  # to be shown

            def join(before, new):
                calls.append((before, new))
                return WAYS[way](before, new)

            options = {"max_rounds": most} if most else {}
            options |= {} if way is None else {"join": join}
            got, caught = None, None
            try:
                got = await answers.continue_until_complete(asked.ask, history, **options)
            except (answers.TruncatedError, type(error)) as other:
                caught = other
            self.check_rounds(answers, asked, given, wanted)
            self.must(
                way is None or calls == wanted.calls,
                "it does not call `join` once in each round",
                wanted.calls,
                calls,
            )
            ended = "complete" if caught is None else type(caught).__name__
            ends = wanted.end or type(error).__name__
            self.in_words(ended == ends, "it ends in another way", ends, ended)
            texts = [*given[:1], AIMessage(wanted.texts[-1])]
            self.must(
                alike(history, texts) and history[-1].content == wanted.texts[-1],
                "the history is not what it should be after the last round",
                shown(texts),
                shown(history),
            )
            said |= {"finish_reason": "stop", "state": "complete"} if caught is None else {}
            found = history[-1].response_metadata
            self.equal(found, said, "the response_metadata are wrong")
            if caught is None:
                must = self.against(history[-1], got)
                must(got == history[-1], "it does not return the last message of the history")
            elif wanted.end == "TruncatedError":
                partial = caught.partial
                self.equal(partial, texts[-1].text, "the error does not carry the text so far")
            else:
                self.must(caught is error, "an error of the model is replaced", why=SAME_ERROR)
            must = self.against(given[-1], broken)
            must(broken == given[-1], "it changes the message that was cut off")

        end = "__END__"
        saids = (
            {"finish_reason": "length", "n": 1},
            {},
            {"stop_reason": "max_tokens", "finish_reason": None},
            {"finish_reason": "stop", "state": "error"},
        )
        errors = tuple(kind("of the model") for kind in ERRORS)
        plain = {"said": saids[0], "error": errors[0]}
        rest = {"first": "a", "most": None, "way": "|", **plain}
        always = (
            *each(
                rounds=(
                    *([("b", said), ("c", False)] for said in (True, None, False)),
                    *([(f"b{end}c", said), ("d", False)] for said in (True, None, False)),
                    *([(f"b{end}c{end}d", True)], [(end, True)], [(f"{end} ", None)]),
                    *([("b__EN", True), ("D__c", True), ("", False)], [("__end__", False)]),
                    *([("", True), ("b", False)], [(" ", True), ("\n", None), ("", False)]),
                    *([("b", True), ("b", True), ("b", False)], [("b", None)], [], [("", False)]),
                    [(f"{n}", True) for n in range(9)],
                ),
                **rest,
            ),
            *each(**rest | {"first": (f"a{end}b", end, "a__EN", "")}, rounds=[("D__", True)]),
            {**rest, "first": " ", "rounds": [(one, True) for one in TEXTS], "most": 99},
            *each(
                **rest | {"way": (*WAYS,), "most": 9},
                rounds=[("b", True), ("", True), ("c", False)],
            ),
            *each(
                **rest | {"most": (1, 2, 7, 8), "way": ""},
                rounds=[(f"{n} ", True) for n in range(7)],
            ),
            *each(**rest | {"said": saids}, rounds=[("b", True), ("", True)]),
            *each(**rest | {"error": errors}, rounds=[("b", True)]),
            {
                **rest | {"first": "a, b c d e", "most": 1, "way": None},
                "rounds": [(" b c d e f", False)],
            },
        )
        texts = any_text() | st.sampled_from((end, f"b{end}", f"{end}c", "__EN", "D__", "", ""))
        search(
            promise,
            *always,
            first=texts,
            rounds=st.lists(st.tuples(texts, st.sampled_from((True, None, False))), max_size=4),
            most=st.sampled_from((None, 1, 2, 3, 4, 9)),
            way=st.sampled_from(tuple(WAYS)),
            said=st.sampled_from(saids),
            error=st.sampled_from(errors),
        )

    def check_rounds(self, answers, asked, given, wanted):
        """Check what the model was asked, and that the messages it saw are still the same."""
        self.in_words(
            asked.rounds == wanted.rounds,
            "it does not ask as often as it should",
            f"{wanted.rounds} rounds",
            f"{asked.rounds} rounds",
        )
        prompt = HumanMessage(answers.CONTINUE)
        for text, messages in zip(wanted.texts, asked.messages, strict=False):
            seen = [*given[:1], AIMessage(text), prompt]
            must = self.against(shown(seen[:2]), shown(messages[:-1]))
            must(
                alike(messages, seen),
                "the model is not asked to go on from the text so far",
            )
        self.must(
            all(length == len(given) for length in asked.lengths),
            "the prompt is in the history while the model is asked",
            Words(f"{len(given)} messages in the history"),
            Words(f"{max(asked.lengths, default=0)}"),
        )

    def test_any_wrong_arguments(self, search):
        async def promise(answers, clock, kinds, most):
            history = [NO_ANSWERS[kind] for kind in kinds]
            asked = Asked([answers.Answer("b", False)] * 9)
            with (
                unchanged(history=history),
                self.raises(ValueError, "it accepts what it cannot do"),
            ):
                await answers.continue_until_complete(asked.ask, history, most)
            self.must(
                asked.rounds == 0, "it asks before it looks", why="Check the arguments first."
            )

        wrong = ("", "h", "s", "t", "ah", "as", "at", "aah")
        always = (*each(kinds=wrong, most=3), *each(most=(0, -1, -9), kinds="ha"))
        search(promise, *always, runs=3, kinds=st.sampled_from(wrong), most=st.sampled_from((0, 1)))


NO_ANSWERS = {
    "a": AIMessage("a"),
    "h": HumanMessage("a"),
    "s": SystemMessage("a"),
    "t": ToolMessage("a", tool_call_id="a"),
}

WAYS = {
    "|": lambda before, new: f"{before}|{new}",
    "": lambda before, new: before + new,
    "instead of the last": lambda before, new: before[:-1] + new,
    "nothing new": lambda before, new: before if new in before else before + new,
    None: None,
}
"""Ways to put two texts together; None is the default."""


class Continued:
    """What should become of an answer that broke off.

    Attributes:
        texts: the text at first, and after each round.
        rounds: how often the model is asked.
        calls: how `join` is called.
        end: "complete" or "TruncatedError"; None if the model fails.
    """

    def __init__(self, answers, first, rounds, most, way):
        join = WAYS[way] or answers.join_continuation
        self.texts, self.calls, self.rounds, self.end = [first], [], 0, "TruncatedError"
        for text, truncated in rounds[: most or 3]:
            self.rounds += 1
            new = text.split("__END__")[0]
            self.calls.append((self.texts[-1], new))
            self.texts.append(join(self.texts[-1], new))
            if "__END__" in text or truncated is False:
                self.end = "complete"
                return
            if self.texts[-1] == self.texts[-2]:
                return
        if len(rounds) < (most or 3):
            self.rounds, self.end = self.rounds + 1, None


CHANGED = "it changes the history that it is given"


def refused(messages):
    """Why a provider would refuse this history, or None."""
    waiting = []
    for before, message in zip([None, *messages], messages, strict=False):
        if message.type == "tool":
            if message.tool_call_id not in waiting:
                return f"a result that nobody waits for: {message.tool_call_id}"
            waiting.remove(message.tool_call_id)
            continue
        if waiting:
            return f"no result for the call {waiting[0]}"
        if message.type == "ai":
            calls = [*message.tool_calls, *message.invalid_tool_calls]
            waiting = [call["id"] for call in calls]
            if not message.content and not waiting:
                return "an empty answer"
        if before is not None and before.type == message.type == "human":
            return "two questions in a row"
    return f"no result for the call {waiting[0]}" if waiting else None


def broken_history(text):
    """A history with many faults, another one each time."""
    makers = (
        lambda: HumanMessage(text.sentence("?")),
        lambda: AIMessage(text.sentence()),
        lambda: AIMessage(text.random.choice(["", []])),
        lambda: calling("a", "b"),
        lambda: calling("c", content=text.sentence()),
        lambda: calling("a", invalid=["d"]),
        lambda: ToolMessage(text.sentence(), tool_call_id=text.random.choice("abcd")),
    )
    return [text.random.choice(makers)() for _ in range(12)]


class TestRepairHistory(Explained):
    """A history is repaired so that every provider accepts it, with as few changes as possible."""

    WHY: ClassVar = {
        "it does not return a list": "Return the repaired history as a new list.",
        "it changes a history that is valid": "Only repair what a provider refuses. Results of "
        "several calls may come in any order, and an id may be used again in a later turn.",
        "an answer that calls a tool is left out": "It has no text, but it says something: it "
        "calls a tool.",
        "an empty answer stays in the history": "Providers refuse a message without content. An "
        'answer that was interrupted before its first word leaves one: its content is "" or [].',
        "more than the empty answers is changed": "Leave out the empty ones, and keep all the "
        "others in their order.",
        "a message without text is taken for an empty answer": "The result of a tool may be empty "
        "and is still a result. And an answer without text does have content if it has a block of "
        "another kind, such as reasoning.",
        "it drops messages to get rid of a call": "An answer with a call may also have text, and "
        "other calls that have their results. Keep it, and add the result that is missing.",
        "a call without a result stays open": "Providers refuse it. Add a ToolMessage saying that "
        "there is no result.",
        "more than the missing results is changed": "The results that came stay; add the missing "
        "ones after them.",
        "a missing result looks like a real one": "The model would take it for the tool's answer. "
        'Its status is "error", and its content is INTERRUPTED.',
        "a result that came too late counts as a result": "The question comes in between. So no "
        "result follows the call, and it gets one, and the late one is left out.",
        "a result that came too late is moved": "When that result came, the conversation had gone "
        "on. Add one with INTERRUPTED.",
        "two questions come one right after the other": "Some providers refuse that. Two questions "
        "may also end up next to each other when what is between them is left out.",
        "the questions are not joined correctly": "Join all of them, in order, with a line "
        "break in between.",
        "questions of two people stay apart": "A provider still sees two questions in a row. "
        "Join them, whatever `name` they have.",
        "a call with broken arguments stays open": "A stream that was cut in the middle of a call "
        "leaves it in invalid_tool_calls. It is still sent to the provider, so it needs a result.",
        "a message with nothing but an invalid call is not treated as a call": "Its content and "
        "its tool_calls are empty, but the message is not.",
        "it changes the history that it is given": "The caller may still need it, for a log, for "
        "example. Build a new list, and a new message where one is merged: "
        "message.model_copy(update=...).",
        "a second repair changes the history again": "What one repair leaves out may bring two "
        "other messages together. Compare each message with the ones that are kept.",
        "a message is lost or changed that should stay": "Everything that no provider refuses "
        "stays as it is, in order.",
        "something stays or is added that should not be there": "Only what is missing is added, "
        "and what has to be left out is left out.",
        "the repair loses something that was said": "Questions are merged, never dropped, and an "
        "answer that says or calls something is kept.",
    }

    @keeps(5)
    def test_what_is_in_order_stays(self, answers, text):
        messages = [
            SystemMessage(text.sentence()),
            HumanMessage(text.sentence("?")),
            calling("a", "b"),
            ToolMessage(text.sentence(), tool_call_id="b"),
            ToolMessage(text.sentence(), tool_call_id="a"),
            AIMessage(text.sentence()),
            HumanMessage(text.sentence("?")),
            calling("a", content=text.sentence()),
            ToolMessage(text.sentence(), tool_call_id="a"),
            AIMessage(text.sentence()),
        ]
        got = answers.repair_history(tuple(messages))
        must = self.against(shown(messages))
        must(isinstance(got, list), "it does not return a list")
        must(got == messages, "it changes a history that is valid", got=shown(got))

    @keeps(1)
    def test_empty_answers_are_left_out(self, answers, text):
        for nothing in ("", []):
            question, call = HumanMessage(text.sentence("?")), calling("a")
            result = ToolMessage(text.word(), tool_call_id="a")
            end, half = AIMessage(text.sentence()), AIMessage(text.sentence(" and"))
            messages = [question, AIMessage(nothing), call, result, end]
            messages += [AIMessage(nothing), half, AIMessage(nothing)]
            wanted = [question, call, result, end, half]
            got = answers.repair_history(messages)
            must = self.against(shown(wanted), shown(got))
            must(
                any(getattr(one, "tool_calls", None) for one in got),
                "an answer that calls a tool is left out",
            )
            must(
                not [one for one in got if told(one) == "(empty)"],
                "an empty answer stays in the history",
            )
            must(alike(got, wanted), "more than the empty answers is changed")

    @keeps(5)
    def test_only_an_empty_answer_is_empty(self, answers, text):
        thought = AIMessage([{"type": "reasoning", "reasoning": text.sentence()}])
        question, nothing = HumanMessage(text.word()), ToolMessage("", tool_call_id="a")
        messages = [question, calling("a"), nothing, thought]
        got = answers.repair_history(messages)
        self.must(
            got == messages,
            "a message without text is taken for an empty answer",
            shown(messages),
            shown(got),
        )

    @keeps(2)
    def test_a_call_without_result_gets_one(self, answers, text):
        question, again = HumanMessage(text.sentence("?")), HumanMessage(text.sentence("?"))
        result = ToolMessage(text.word(), tool_call_id="b")
        for after in ([], [again], [AIMessage(text.sentence())]):
            messages = [question, calling("a", "b", "c", content=text.word()), result, *after]
            added = [ToolMessage("...", tool_call_id=one, status="error") for one in "ac"]
            wanted = [*messages[:3], *added, *after]
            got = answers.repair_history(messages)
            must = self.against(shown(wanted), shown(got))
            must(len(got) >= len(messages), "it drops messages to get rid of a call")
            must(len(got) > len(messages), "a call without a result stays open")
            must(
                refused(got) is None,
                "the results do not follow their calls",
                why="All results come right after the message with the calls, before any other "
                f"message. Here: {refused(got)}.",
            )
            closing = [one for one in got if one.type == "tool" and one != result]
            self.must(
                alike(got[:3], wanted[:3]) and alike(got[5:], after) and len(closing) == 2,
                "more than the missing results is changed",
                shown(wanted),
                shown(got),
            )
            self.in_words(
                all((one.status, one.content) == ("error", answers.INTERRUPTED) for one in closing),
                "a missing result looks like a real one",
                f"{('error', answers.INTERRUPTED)}, twice",
                f"{[(one.status, one.content) for one in closing]}",
            )

    @keeps(3)
    def test_a_result_without_call_is_left_out(self, answers, text):
        def result(call):
            return ToolMessage(text.word(), tool_call_id=call)

        question, answer = HumanMessage(text.sentence("?")), AIMessage(text.sentence())
        known, other = result("a"), AIMessage(text.sentence())
        for messages, wanted, why in (
            (
                [result("a"), question, answer],
                [question, answer],
                "The message with the call is gone, perhaps trimmed away.",
            ),
            (
                [question, calling("a"), known, result("b"), answer],
                [question, calling("a"), known, answer],
                "Nobody has called with this id.",
            ),
            (
                [question, calling("a"), known, result("a"), answer],
                [question, calling("a"), known, answer],
                "Each call has one result; a second one is left out.",
            ),
            (
                [question, calling("a"), known, answer, result("a"), other],
                [question, calling("a"), known, answer, other],
                "Another message stands between the call and this result.",
            ),
            (
                [question, calling("a"), AIMessage(""), result("z"), known, answer],
                [question, calling("a"), known, answer],
                "Only what is kept stands between: an empty answer does not, nor a stray result.",
            ),
        ):
            got = answers.repair_history(messages)
            self.must(
                alike(got, wanted),
                "a result stays that belongs to no call, or one that belongs to a call goes",
                shown(wanted),
                shown(got),
                why=f"{why} A result counts only right after the message that calls.",
            )
            self.in_words(
                known in got or known not in wanted,
                "a result that came is replaced",
                f"the result of a is {known.content!r}",
                f"it is {[one.content for one in got if one.type == 'tool']}",
                why=f"{why} So the call has its result, and needs no other one.",
            )

    @keeps(2, 3)
    def test_a_late_result_is_too_late(self, answers, text):
        question, again = HumanMessage(text.sentence("?")), HumanMessage(text.sentence("?"))
        late = ToolMessage(text.secret(), tool_call_id="a")
        got = answers.repair_history([question, calling("a"), again, late])
        must = self.against(got=shown(got))
        must(
            refused(got) is None and [one.type for one in got] == ["human", "ai", "tool", "human"],
            "a result that came too late counts as a result",
            wanted=Words("human, ai, tool, human"),
        )
        must(
            got[2].text != late.text,
            "a result that came too late is moved",
            wanted=Words("status 'error'"),
        )

    @keeps(4)
    def test_questions_in_a_row_become_one(self, answers, text):
        first, second, third = (text.sentence("?") for _ in range(3))
        for between in ([], [AIMessage("")], [ToolMessage("4", tool_call_id="z")]):
            messages = [HumanMessage(first), *between, HumanMessage(second), HumanMessage(third)]
            got = answers.repair_history([*messages, AIMessage("Yes.")])
            self.must(
                [one.type for one in got] == ["human", "ai"],
                "two questions come one right after the other",
                Words("human, ai"),
                kinds(got),
            )
            self.equal(
                got[0].content,
                f"{first}\n{second}\n{third}",
                "the questions are not joined correctly",
            )
        messages = [HumanMessage(first, name="Ann"), HumanMessage(second, name="Bo")]
        got = kinds(answers.repair_history(messages))
        self.must(got == Words("human"), "questions of two people stay apart", Words("human"), got)

    def test_an_invalid_call_is_a_call(self, answers, text):
        question, cut = HumanMessage(text.sentence("?")), calling("a", invalid=["b"])
        known = ToolMessage(text.word(), tool_call_id="a")
        wanted = [question, cut, known, ToolMessage("...", tool_call_id="b")]
        got = answers.repair_history([question, cut, known])
        self.must(
            alike(got, wanted), "a call with broken arguments stays open", shown(wanted), shown(got)
        )
        messages = [question, calling(invalid=["b"])]
        self.must(
            alike(answers.repair_history(messages), [*messages, wanted[3]]),
            "a message with nothing but an invalid call is not treated as a call",
            shown([*messages, wanted[3]]),
        )

    @keeps(7)
    def test_the_given_history_is_not_changed(self, answers, text):
        messages = [HumanMessage(text.word()), AIMessage(""), HumanMessage(text.word())]
        messages += [calling("a"), HumanMessage(text.word())]
        before = [one.model_copy(deep=True) for one in messages]
        answers.repair_history(messages)
        self.must(
            messages == before,
            "it changes the history that it is given",
            shown(before),
            shown(messages),
        )

    @keeps(6)
    def test_once_is_enough(self, answers, text):
        for _ in range(25):
            messages = broken_history(text)
            once = answers.repair_history(messages)
            self.must(
                refused(once) is None,
                "a history is still broken after the repair",
                Words("a history that every provider accepts"),
                shown(once),
                why=f"A provider would refuse: {refused(once)}.",
            )
            self.must(
                answers.repair_history(once) == once,
                "a second repair changes the history again",
                shown(once),
            )
            kept = [one for one in messages if one.type == "ai" and told(one) != "(empty)"]
            self.must(
                alike([one for one in once if one.type == "ai"], kept)
                and "\n".join(one.text for one in once if one.type == "human")
                == "\n".join(one.text for one in messages if one.type == "human"),
                "the repair loses something that was said",
                Words(f"all of {shown(messages)}"),
                shown(once),
            )

    def test_any_history(self, search):
        def promise(answers, codes):
            repair_history = answers.repair_history
            messages = [message_of(*code) for code in codes]
            given = copy.deepcopy(messages)
            got = repair_history(messages)
            self.must(messages == given, CHANGED, shown(given), shown(messages))
            self.must(isinstance(got, list), "it does not return a list")
            self.check_repaired(answers, list(repaired(messages)), got)
            once = shown(got)
            again = repair_history(copy.copy(got))
            self.must(again == got, "a second repair changes the history again", once)

        question, calls = ("h", "q"), ("c", "ab", "d")
        always = each(
            codes=(
                *(
                    [("h", "a"), (kind, text), ("h", "b")]
                    for kind in "hasb"
                    for text in ("", " ", "a", "\n")
                ),
                *([("c", "ab"), ("t", one), ("t", two)] for one in "abz" for two in "abz"),
                *([("c", "a"), (kind, "b"), ("t", "a"), ("t", "a")] for kind in "hasbtc"),
                *([("c", "a", "b"), (kind, ""), ("t", "b"), ("h", "")] for kind in "hasbtc"),
                *([(kind, "a")] * 3 for kind in "hasbtc"),
                *([(kind, "")] for kind in "hasbtc"),
                [question, calls] * 2,
                [question, calls, ("t", "d"), question, calls, ("t", "a"), ("t", "d"), ("t", "b")],
                [question, *[calls, ("t", "a"), ("t", "b"), ("t", "d")] * 9, ("a", "x")],
                [("h", str(number)) for number in range(9)],
                [("c", "", "dab"), ("t", "d"), ("c", "ab", "d"), ("t", "b"), ("s", "")],
                [("c", "a", "", "text"), ("t", "A"), ("t", "a "), ("t", "aa"), ("t", "")],
                [question, ("t", "a"), ("a", ""), ("t", "b"), question, ("b", ""), ("h", "")],
                [],
            )
        )
        texts = st.sampled_from(("a", "b", "", " ", "\n"))
        ids = st.sampled_from(("a", "", "ab", "bc"))
        one = st.one_of(
            st.tuples(st.sampled_from("hasb"), texts),
            st.tuples(st.just("t"), st.sampled_from("aabcz")),
            st.tuples(st.just("c"), ids, st.sampled_from(("", "z")), texts),
        )
        search(promise, *always, codes=repeated(one, 7))

    def check_repaired(self, answers, wanted, got):
        """Check what has become of each message."""
        must = self.against(Words(", ".join(map(self.in_short, wanted)) or "nothing"), shown(got))
        left = list(got)
        for kind, one in wanted:
            if kind == "added":
                closing, left = left[: len(one)], left[len(one) :]
                ids = sorted(getattr(added, "tool_call_id", "") for added in closing)
                must(ids == sorted(one), "a call without a result stays open")
                said = {(added.status, added.content) for added in closing}
                must(
                    said == {("error", answers.INTERRUPTED)},
                    "a missing result looks like a real one",
                )
                continue
            first, left = left[:1], left[1:]
            if kind == "same":
                changed = "a message is lost or changed that should stay"
                must(alike(first, [one]), changed)
                self.must(first == [one], changed, one, *first)
            else:
                must(
                    [m.type for m in first] == ["human"],
                    "a message is lost or changed that should stay",
                )
                must(first[0].content == one, "the questions are not joined correctly")
        must(not left, "something stays or is added that should not be there")

    def in_short(self, entry):
        kind, one = entry
        if kind == "same":
            return shown([one])
        return f"human: {one!r}" if kind == "joined" else f"results added of {', '.join(one)}"


def message_of(kind, text, invalid="", content=""):
    """A message from its first letter, but b for an answer in blocks; c calls these tools."""
    if kind == "c":
        return calling(*text, invalid=invalid, content=content)
    if kind == "t":
        status = "error" if text == "b" else "success"
        return ToolMessage(f"of {text}", tool_call_id=text, status=status, name="search")
    if kind == "b":
        return AIMessage([{"type": "text", "text": text}] if text else [])
    made = {"h": HumanMessage, "a": AIMessage, "s": SystemMessage}[kind]
    return made(text, id=f"id of {text}", name=f"name of {text}")


def calls_in(message):
    """The ids of all calls in a message."""
    if message.type != "ai":
        return []
    return [call["id"] for call in (*message.tool_calls, *message.invalid_tool_calls)]


def repaired(messages):
    """What has to come: the "same" messages, texts that are "joined", results that are "added"."""
    groups = []  # a message that is not a result, and the results right after it
    for message in messages:
        if message.type == "tool":
            groups[-1:] = [(first, [*results, message]) for first, results in groups[-1:]]
        elif message.type != "ai" or message.content or calls_in(message):
            groups.append((message, []))
    for is_human, some in itertools.groupby(groups, lambda group: group[0].type == "human"):
        some = list(some)
        if is_human and len(some) > 1:
            yield "joined", "\n".join(message.content for message, _ in some)
            continue
        for message, results in some:
            yield "same", message
            open_calls = calls_in(message)
            for result in results:
                if result.tool_call_id in open_calls:
                    open_calls.remove(result.tool_call_id)
                    yield "same", result
            if open_calls:
                yield "added", open_calls


def count_characters(messages):
    """A token counter for which a token is a character, so that sums are easy."""
    return sum(len(message.text) for message in messages)


def chat(text, turns):
    """Turns of a question and an answer, each one shorter than the one before."""
    return [
        [HumanMessage(" ".join(text.word() for _ in range(words))), AIMessage(text.word())]
        for words in range(turns, 0, -1)
    ]


def flat(*turns):
    return [message for turn in turns for message in turn]


class TestTrimHistory(Explained):
    """The newest whole turns are kept, as many as fit, and always the system message."""

    WHY: ClassVar = {
        "messages are dropped although all of them fit": "Together they have exactly max_tokens, "
        "and that fits.",
        "it keeps the oldest turns": "The next question is about what was said last.",
        "it does not keep the newest turns, as many as fit, in their order": "Go from the newest "
        "turn to the oldest, as long as max_tokens allows; a turn that uses up exactly what is "
        "left still fits. Keep the original order.",
        "a greeting that does not fit is kept, or takes another turn with it": "What comes before "
        "the first HumanMessage is a turn of its own, the oldest one. So it is dropped first.",
        "more is kept than fits": "The provider refuses a prompt that is too long, even by one "
        "token.",
        "a part of a turn is kept": "An answer without its question is useless. Keep whole turns.",
        "the system message is trimmed away": "It says how to answer, and every prompt needs it.",
        "with a system message, it does not keep the newest turns that fit": "The system message "
        "comes first and its tokens count, once.",
        "the system message does not count": "Subtract its tokens from max_tokens before you look "
        "at the turns.",
        "a system message alone is not kept": "It is always kept. Without turns, nothing can fail "
        "to fit.",
        "a turn is left out, and an older one kept": "A conversation with a hole in it makes no "
        "sense. Stop at the first turn that does not fit.",
        "a later system message is kept without its turn": "Only a SystemMessage that is the very "
        "first message is always kept. Any other one goes with its turn.",
        "a turn with tools is cut": "A turn is everything from one HumanMessage up to the next.",
        "without a counter, it does not use count_tokens_approximately": "That LangChain "
        "function is the default for count_tokens.",
        "it changes the history that it is given": "The whole history is still needed, to be shown "
        "or saved. Return a new list.",
        "it does not keep what it should": "Keep the system message if it comes first, and the "
        "newest whole turns, as many as fit. A turn of 0 tokens fits, too.",
        "it fails although the newest turn fits": "Exactly max_tokens still fits, and without a "
        "turn nothing can fail to fit.",
        "it returns a prompt without its question": "If not even the newest turn fits, there is "
        "nothing to ask. Say so.",
    }

    @keeps(3)
    def test_what_fits_stays(self, answers, text):
        turns = chat(text, 3)
        for messages in (
            [],
            [SystemMessage(text.sentence())],
            flat(*turns),
            [SystemMessage(text.sentence()), *flat(*turns)],
            [AIMessage(text.sentence()), *flat(*turns)],
            [*turns[0], SystemMessage(text.sentence()), *flat(*turns[1:])],
        ):
            enough = count_characters(messages)
            got = answers.trim_history(tuple(messages), enough, count_characters)
            self.must(
                got == messages,
                "messages are dropped although all of them fit",
                shown(messages),
                shown(got),
            )

    @keeps(2)
    def test_the_newest_turns_are_kept(self, answers, text):
        turns = chat(text, 4)
        for keep in (1, 2, 3):
            wanted = flat(*turns[-keep:])
            got = answers.trim_history(flat(*turns), count_characters(wanted), count_characters)
            must = self.against(shown(wanted), shown(got))
            must(got != flat(*turns[:keep]), "it keeps the oldest turns")
            must(got == wanted, "it does not keep the newest turns, as many as fit, in their order")

    def test_what_stands_before_the_first_question_is_a_turn(self, answers, text):
        greeting, turns = AIMessage(text.sentence()), chat(text, 2)
        limit = count_characters(flat(*turns))
        got = answers.trim_history([greeting, *flat(*turns)], limit, count_characters)
        self.must(
            got == flat(*turns),
            "a greeting that does not fit is kept, or takes another turn with it",
            shown(flat(*turns)),
            shown(got),
        )

    @keeps(1, 3)
    def test_one_token_less_costs_a_turn(self, answers, text):
        turns = chat(text, 3)
        limit = count_characters(flat(*turns[1:])) - 1
        got = answers.trim_history(flat(*turns), limit, count_characters)
        must = self.against(shown(turns[2]), shown(got))
        must(count_characters(got) <= limit, "more is kept than fits")
        must(got == turns[2], "a part of a turn is kept")

    @keeps(4)
    def test_the_system_message_is_always_kept_and_counts(self, answers, text):
        system, turns = SystemMessage(text.sentence()), chat(text, 3)
        wanted = [system, *flat(*turns[1:])]
        limit = count_characters(wanted)
        got = answers.trim_history([system, *flat(*turns)], limit, count_characters)
        must = self.against(shown(wanted), shown(got))
        must(system in got, "the system message is trimmed away")
        must(got == wanted, "with a system message, it does not keep the newest turns that fit")
        got = answers.trim_history([system, *flat(*turns)], limit - 1, count_characters)
        self.must(
            got == [system, *turns[2]],
            "the system message does not count",
            shown([system, *turns[2]]),
            shown(got),
        )
        got = answers.trim_history([system], 0, count_characters)
        self.must(
            got == [system], "a system message alone is not kept", shown([system]), shown(got)
        )

    @keeps(2)
    def test_no_gap_is_left(self, answers, text):
        small, newest = chat(text, 2)
        large = [HumanMessage(text.sentences(9)), AIMessage(text.sentence())]
        limit = count_characters(flat(small, newest))
        got = answers.trim_history(flat(small, large, newest), limit, count_characters)
        self.must(
            got == newest, "a turn is left out, and an older one kept", shown(newest), shown(got)
        )

    @keeps(4)
    def test_a_later_system_message_belongs_to_its_turn(self, answers, text):
        first, turns = SystemMessage(text.sentence()), chat(text, 3)
        later = SystemMessage(text.sentence())
        turns[1].append(later)
        for start in ([], [first], [first, later]):
            wanted = [*start[:1], *turns[2]]
            limit = count_characters([*start[:1], later, *turns[2]])
            got = answers.trim_history([*start, *flat(*turns)], limit, count_characters)
            self.must(
                got == wanted,
                "a later system message is kept without its turn",
                shown(wanted),
                shown(got),
            )

    @keeps(1)
    def test_a_turn_with_tools_stays_whole(self, answers, text):
        long = [
            HumanMessage(text.sentence("?")),
            calling("a", "b", content=text.word()),
            ToolMessage(text.sentence(), tool_call_id="a"),
            ToolMessage(text.sentence(), tool_call_id="b"),
            AIMessage(text.sentence()),
        ]
        newest = chat(text, 1)[0]
        messages = [*chat(text, 1)[0], *long, *newest]
        for cut in range(1, len(long) + 1):
            kept = [*long[-cut:], *newest]
            limit = count_characters(kept)
            got = answers.trim_history(messages, limit, count_characters)
            wanted = kept if cut == len(long) else newest
            must = self.against(shown(wanted), shown(got))
            must(
                refused(got) is None,
                "a tool's result is kept without its call",
                why=f"A provider would refuse: {refused(got)}. A turn is dropped or kept as a "
                "whole.",
            )
            must(got == wanted, "a turn with tools is cut")

    @keeps(5)
    def test_the_newest_turn_has_to_fit(self, answers, text):
        system, turns = SystemMessage(text.sentence()), chat(text, 2)
        for start in ([], [system]):
            limit = count_characters([*start, *turns[1]]) - 1
            with self.raises(ValueError, "it returns a prompt without its question"):
                answers.trim_history([*start, *flat(*turns)], limit, count_characters)

    def test_tokens_are_estimated_if_nobody_counts(self, answers, text):
        turns = chat(text, 6)
        limit = count_tokens_approximately(flat(*turns[3:])) + 1
        got = answers.trim_history(flat(*turns), limit)
        self.must(
            got == flat(*turns[3:]),
            "without a counter, it does not use count_tokens_approximately",
            shown(flat(*turns[3:])),
            shown(got),
        )

    @keeps(6)
    def test_the_given_history_is_not_changed(self, answers, text):
        messages = [SystemMessage(text.sentence()), *flat(*chat(text, 3))]
        before = list(messages)
        answers.trim_history(messages, count_characters(messages) - 1, count_characters)
        self.must(
            messages == before,
            "it changes the history that it is given",
            shown(before),
            shown(messages),
        )

    def test_any_history(self, search):
        def promise(answers, codes, count):
            trim_history, count_tokens = answers.trim_history, COUNTERS[count]
            messages = [message_of(*code) for code in codes]
            given = copy.deepcopy(messages)
            for limit in limits_of(given, count_tokens):
                wanted, got = newest_part(given, limit, count_tokens), None
                with suppress(ValueError):
                    got = trim_history(messages, limit, count_tokens)
                if got != wanted or messages != given:
                    self.check_trimmed(got, wanted, messages, given)

        tools = [("h", "ab"), ("c", "ab", "", "c"), ("t", "a"), ("t", "b"), ("a", "d")]
        chats = (
            *([], [("s", "abc")], [("s", "a"), ("s", "b")], [("a", "ab")], [("t", "a")]),
            [("s", "a"), ("a", "b"), *tools, ("h", "a"), ("h", "a"), ("a", "b")],
            [("h", "a"), ("s", "b"), ("h", ""), ("a", ""), ("h", "c"), ("s", "")],
            [("h", "a"), ("a", "bcd"), ("h", ""), ("h", "a")],
            [("s", "ab"), ("h", "a"), ("a", "a"), ("h", "a"), ("a", "a")],
            [("s", ""), ("s", "ab"), *tools, *tools],
        )
        always = each(codes=chats, count="characters")
        texts = st.sampled_from(("a", "abc", "", "b"))
        one = st.one_of(
            st.tuples(st.sampled_from("hhasb"), texts),
            st.tuples(st.sampled_from("tc"), st.sampled_from("ab")),
        )
        search(
            promise,
            *always,
            codes=repeated(one, 8),
            count=st.sampled_from(tuple(COUNTERS)),
        )

    def check_trimmed(self, got, wanted, messages, given):
        """Say what is wrong."""
        must = self.against(Words("ValueError") if wanted is None else shown(wanted))
        must(wanted is not None, "it returns a prompt without its question")
        must(got is not None, "it fails although the newest turn fits", got=Words("ValueError"))
        self.must(messages == given, CHANGED, shown(given), shown(messages))
        must(False, "it does not keep what it should", got=shown(got))


COUNTERS = {"characters": count_characters, "messages": len}


def limits_of(messages, count_tokens):
    """What each end of a history counts, and one less."""
    counts = {count_tokens(messages[start:]) for start in range(len(messages) + 1)}
    system = count_tokens(messages[:1])
    return sorted({count + some for count in counts for some in (-1, 0, system - 1, system)})


def newest_part(messages, limit, count_tokens):
    """Of all ends of a history that begin with a turn, the longest that fits, or None."""
    system = [one for one in messages[:1] if one.type == "system"]
    rest = messages[len(system) :]
    starts = [at for at, one in enumerate(rest) if at == 0 or one.type == "human"]
    parts = ([*system, *rest[start:]] for start in starts)
    fitting = (part for part in parts if count_tokens(part) <= limit)
    return next(fitting, None if rest else system)


def thread(name):
    """The config that says which conversation is meant."""
    return {"configurable": {"thread_id": name}}


def saying(words):
    """The input of a chat graph: one new message."""
    return {"messages": [HumanMessage(words)]}


class TestChatGraph(Explained):
    """A graph answers, and remembers each conversation under its thread."""

    WHY: ClassVar = {
        "what it returns cannot be run": "A StateGraph is a plan; graph.compile(...) turns it into "
        "something that can be run.",
        "the state is not the question and the model's answer": "The one step asks the model with "
        "state['messages'], and returns {\"messages\": [answer]}. MessagesState puts it after the "
        "others.",
        "the third question finds nothing remembered, or not all of it": "With "
        "compile(checkpointer=InMemorySaver()), the graph keeps its state for each thread, and "
        "MessagesState appends to it. The model has to be asked with all of it.",
        "one conversation shows up in another": "Two people would read each other's messages. "
        "Keep nothing outside the state: the checkpointer keeps the threads apart.",
        "two graphs share one memory": "Make a new InMemorySaver in each call of chat_graph, not "
        "once for all.",
        "the answer comes twice in the mode 'messages'": "AIMessage(response.content) is another "
        "message than the model's, with another id, so LangGraph hands it out as well. Return the "
        "model's own message.",
        "the model's tokens do not come one by one in the mode 'messages'": "LangGraph listens to "
        "the models that are asked inside a step. Ask it there with `await model.ainvoke(...)`.",
        "two conversations wait for each other": "While one model writes, the others must be able "
        "to go on: await model.ainvoke(...).",
        "the model does not see what was said in this thread": "It is asked with all messages of "
        "the state, as they are, and only with those.",
        "the thread does not hold question and answer": "Add the model's own message, whatever is "
        "in it, and nothing else.",
        "the model's message loses something": "It is the very message that the model answered "
        "with, with its id, and with what the model said about it.",
        "the model goes on when the graph is cancelled": "Nobody can stop a thread. Write the step "
        "async, and await the model.",
        "there is more than one step": "One step asks the model, and that is all.",
        "an error of the model becomes an answer": "What the step returns is remembered: an "
        "apology would be shown to the model in each later turn, as its own words. Let the error "
        "pass through.",
    }

    @keeps(1)
    async def test_it_answers_with_the_model(self, answers, play, text):
        question, reply = text.sentence("?"), text.sentence()
        model = play(Reply.of(reply))
        graph = answers.chat_graph(model)
        self.must(
            hasattr(graph, "ainvoke"), "what it returns cannot be run", Words("a compiled graph")
        )
        state = await graph.ainvoke(saying(question), thread(text.word()))
        wanted = [HumanMessage(question), AIMessage(reply)]
        self.must(
            alike(state["messages"], wanted),
            "the state is not the question and the model's answer",
            shown(wanted),
            shown(state["messages"]),
        )

    @keeps(2)
    async def test_a_thread_remembers(self, answers, play, text):
        replies, questions = [text.sentence() for _ in "abc"], [text.word() for _ in "abc"]
        model, name = play(*map(Reply.of, replies)), text.word()
        graph = answers.chat_graph(model)
        for question in questions:
            await graph.ainvoke(saying(question), thread(name))
        said = zip(questions, replies, strict=True)
        wanted = flat(*([HumanMessage(one), AIMessage(other)] for one, other in said))[:-1]
        seen = model.transcript[-1].messages
        self.must(
            alike(seen, wanted),
            "the third question finds nothing remembered, or not all of it",
            shown(wanted),
            shown(seen),
        )

    @keeps(3)
    async def test_other_threads_know_nothing(self, answers, play, text):
        secret, question = text.secret(), text.sentence("?")
        model = play(Reply(text.word()), Reply(text.word()))
        graph = answers.chat_graph(model)
        await graph.ainvoke(saying(secret), thread("a"))
        await graph.ainvoke(saying(question), thread("b"))
        seen = model.transcript[-1].messages
        self.must(
            alike(seen, [HumanMessage(question)]),
            "one conversation shows up in another",
            shown([HumanMessage(question)]),
            shown(seen),
        )

    @keeps(3)
    async def test_other_graphs_know_nothing(self, answers, play, text):
        secret, question, name = text.secret(), text.sentence("?"), text.word()
        first, second = play(Reply(text.word())), play(Reply(text.word()))
        graphs = answers.chat_graph(first), answers.chat_graph(second)
        await graphs[0].ainvoke(saying(secret), thread(name))
        await graphs[1].ainvoke(saying(question), thread(name))
        self.must(
            len(second.transcript) == 1
            and alike(second.transcript[0].messages, [HumanMessage(question)]),
            "two graphs share one memory",
            shown([HumanMessage(question)]),
            shown(second.transcript[0].messages) if second.transcript else Words("nothing"),
        )

    @keeps(4)
    async def test_its_tokens_can_be_streamed(self, answers, play, text):
        tokens = text.tokens(5)
        graph = answers.chat_graph(play(Reply(*tokens)))
        stream = graph.astream(saying(text.word()), thread("a"), stream_mode="messages")
        got = [chunk.text async for chunk, _ in stream if chunk.text]
        must = self.against(tokens, got)
        must(got != [*tokens, joined(tokens)], "the answer comes twice in the mode 'messages'")
        must(got == tokens, "the model's tokens do not come one by one in the mode 'messages'")

    @in_process("an error cannot travel; the client raises its own")
    @keeps(6)
    async def test_an_error_passes_through(self, answers, play, text):
        error = ConnectionError(text.word())
        graph = answers.chat_graph(play(Reply(text.word(), Fail(error))))
        with self.raises(ConnectionError, "an error of the model becomes an answer"):
            await graph.ainvoke(saying(text.word()), thread("a"))

    @in_process("time is real on a network")
    @keeps(5)
    async def test_it_blocks_nobody(self, answers, play, text, clock):
        wait = text.seconds()
        graph = answers.chat_graph(play(Reply(Pause(wait), "a"), Reply(Pause(wait), "b")))
        runs = [graph.ainvoke(saying(text.word()), thread(name)) for name in "ab"]
        await asyncio.gather(*runs)
        self.came_at([clock.elapsed], [wait], "two conversations wait for each other")

    def test_any_conversation(self, search):
        async def promise(answers, clock, turns):
            model = held_model(*(Reply(*parts) for _, _, parts in turns))
            graph, threads = answers.chat_graph(model), {}
            for name, question, parts in turns:
                said = threads.setdefault(name, [])
                said.append(HumanMessage(question))
                chunks, updates = [], []
                modes = ["messages", "updates"]
                stream = graph.astream(saying(question), thread(name), stream_mode=modes)
                async for mode, item in stream:
                    (chunks if mode == "messages" else updates).append(item)
                seen = model.transcript[-1].messages
                self.must(
                    alike(seen, said),
                    "the model does not see what was said in this thread",
                    shown(said),
                    shown(seen),
                )
                tokens = [part for part in parts if isinstance(part, str) and part]
                got = [chunk.text for chunk, _ in chunks if chunk.text]
                self.must(
                    got == tokens,
                    "the model's tokens do not come one by one in the mode 'messages'",
                    tokens,
                    got,
                )
                calls = [part.id for part in parts if isinstance(part, ToolCall)]
                said.append(calling(*calls, content=joined(tokens)))
                kept = (await graph.aget_state(thread(name))).values["messages"]
                must = self.against(shown(said), shown(kept))
                must(alike(kept, said), "the thread does not hold question and answer")
                whole = add_ai_message_chunks(*(chunk for chunk, _ in chunks))
                for name in ("id", "response_metadata", "usage_metadata"):
                    has, should = getattr(kept[-1], name), getattr(whole, name)
                    self.equal(has, should, "the model's message loses something")
                self.in_words(
                    [len(update) for update in updates] == [1],
                    "there is more than one step",
                    "1 step",
                    f"{sum(map(len, updates))} steps",
                )

        call = ToolCall("search", {"a": 1}, id="a")
        turns = [
            *(
                ("a", "a", ["a"]),
                ("a", "a", ["a"]),
                ("b", "q", ["a"]),
                ("a", " ", [" ", "a", "\n"]),
            ),
            *(
                ("a", "", [call]),
                ("", "a\n", ["a", "a", call]),
                ("a", "q", ["b"]),
                ("a", "r", ["c"]),
            ),
        ]
        parts = st.lists(any_text(), min_size=1, max_size=2)
        turn = st.tuples(st.sampled_from(("a", "b")), any_text(), parts)
        search(
            promise,
            {"turns": turns},
            {"turns": [("a", f"q{number}", ["a"]) for number in range(25)]},
            runs=2,
            turns=st.lists(turn, min_size=1, max_size=3),
        )

    @keeps(5)
    async def test_cancelling_stops_the_model(self, answers, play, text):
        model = play(Reply(text.word(), Hang()))
        graph = answers.chat_graph(model)
        stream = graph.astream(saying(text.word()), thread("a"), stream_mode="messages")
        await cancel_while_it_waits(stream)
        await acheck_model_closed(
            model.transcript[0],
            "the model goes on when the graph is cancelled",
            why=self.WHY["the model goes on when the graph is cancelled"],
        )


def all_of(old, new):
    """What a graph remembered, and behind it what it is given."""
    return [*old, *(new if isinstance(new, list) else [new])]


class AllMessages(TypedDict):
    """A state like MessagesState, but for messages that come twice: they are there twice."""

    messages: Annotated[list, all_of]


def remembering(step, state=MessagesState):
    """A graph of one step, with a memory."""
    graph = StateGraph(state)
    graph.add_node("step", step)
    graph.add_edge(START, "step")
    return graph.compile(checkpointer=InMemorySaver())


def chatting(model):
    """A graph that asks a model."""

    async def step(state):
        return {"messages": [await model.ainvoke(state["messages"])]}

    return remembering(step)


class TestStreamThread(Explained):
    """The answer in one thread of a graph comes token by token, and only there."""

    WHY: ClassVar = {
        "nothing comes": "A stream mode that does not exist yields nothing, and no error. Use "
        '"messages".',
        "it yields something other than text": 'In the mode "messages", each item is a pair. The '
        "text is in its first half: message.text.",
        "it yields empty strings": "The last chunk has no text. Skip a message without text.",
        "the tokens are not those of the model": 'The mode "values" gives the whole state, '
        '"updates" what a step has returned. Tokens come in the mode "messages".',
        "the graph gets another question": 'The input is {"messages": [HumanMessage(text)]}.',
        "the tokens do not come as soon as they are made": "Yield each one inside the `async for`, "
        "and wait for nothing else.",
        "the second question is not asked in the conversation of the first": "The thread is "
        'named by {"configurable": {"thread_id": thread_id}}, and the graph remembers the rest: '
        "give it the new message alone.",
        "the conversation is not kept in the named thread": "Looking it up "
        'under its thread_id finds nothing. The config is {"configurable": {"thread_id": '
        "thread_id}}.",
        "the thread does not hold what was said in it": "The graph appends what it is given. Give "
        "it the new message alone, once.",
        "the graph gets something other than the new message": "This graph appends whatever it is "
        "given. What it already remembers would come twice, and a plain string would stay a "
        "string. Give it HumanMessage(text), and no more.",
        "one thread shows up in another": "Two people would read each other's messages. Use the "
        "thread_id you are given.",
        "other messages are shown as if they were the answer": 'The mode "messages" gives all '
        "messages, such as the result of a tool. Yield only the text of an AIMessage; its chunks "
        "are AIMessages, too.",
        "an answer that does not come in chunks is lost": "A step may answer without a model. Then "
        "a whole AIMessage comes instead of chunks, and it counts, too.",
        "an answer comes twice, in pieces and then whole": "This step makes its own message from "
        "what the model said. LangGraph hands it out, too, since its id is new. Do not yield a "
        "message that is not a chunk if its text already came from this step.",
        "after the model's pieces, what a step says itself is lost": "A step may add a message "
        "that no model wrote. Leave out a whole message only if its text has already come.",
        "the pieces of an answer are not yielded as they come": "A piece may say the same as an "
        "earlier one. Only a whole message can repeat an answer.",
        "a piece is lost because it has come before": "An answer may say a word twice. Only a "
        "whole message can repeat an answer, so check whether it is an AIMessageChunk.",
        "what comes is not the answer": "Every piece of a model comes, and of whole messages each "
        "AIMessage whose text has not come before in this run of a step.",
        "the conversation is not what the graph was given": "It remembers by itself. Give it "
        "HumanMessage(text) and the thread, each time.",
        "several answers in one step are taken for one": "A step may ask several times. The chunks "
        "of one answer share an id: join those with the same id, and compare a whole message with "
        "each of the texts.",
    }

    @keeps(3)
    async def test_tokens_come_one_by_one(self, answers, play, text):
        tokens, question = text.tokens(5), text.sentence("?")
        model = play(Reply(*tokens))
        stream = answers.stream_thread(chatting(model), "a", question)
        got = [token async for token in stream]
        must = self.against(tokens)
        must(got != [], "nothing comes")
        must(all(isinstance(token, str) for token in got), "it yields something other than text")
        must("" not in got, "it yields empty strings")
        must(got == tokens, "the tokens are not those of the model")
        seen = model.transcript[0].messages
        self.must(
            alike(seen, [HumanMessage(question)]),
            "the graph gets another question",
            shown([HumanMessage(question)]),
            shown(seen),
        )

    @in_process("time is real on a network")
    @keeps(3)
    async def test_each_token_comes_when_it_is_made(self, answers, play, text, clock):
        wait = text.seconds()
        reply = [item for token in text.tokens(3) for item in (Pause(wait), token)]
        graph = chatting(play(Reply(*reply)))
        _, moments = await with_arrival(answers.stream_thread(graph, "a", text.word()), clock)
        wanted = [wait, 2 * wait, 3 * wait]
        self.came_at(moments, wanted, "the tokens do not come as soon as they are made")

    @keeps(2)
    async def test_the_conversation_goes_on(self, answers, play, text):
        replies, questions = [text.sentence(), text.sentence()], [text.word(), text.word()]
        model, name = play(*map(Reply.of, replies)), text.word()
        graph = chatting(model)
        for question in questions:
            async for _ in answers.stream_thread(graph, name, question):
                pass
        wanted = [
            message
            for question, reply in zip(questions, replies, strict=True)
            for message in (HumanMessage(question), AIMessage(reply))
        ]
        seen = model.transcript[-1].messages
        self.must(
            alike(seen, wanted[:3]),
            "the second question is not asked in the conversation of the first",
            shown(wanted[:3]),
            shown(seen),
        )
        kept = (await graph.aget_state(thread(name))).values.get("messages", [])
        must = self.against(shown(wanted), shown(kept))
        must(kept, "the conversation is not kept in the named thread")
        must(alike(kept, wanted), "the thread does not hold what was said in it")

    @keeps(1)
    async def test_the_input_is_the_new_message_alone(self, answers, text):
        reply, questions, seen = text.sentence(), [text.word(), text.word()], []

        async def step(state):
            seen.append(list(state["messages"]))
            return {"messages": [AIMessage(reply)]}

        graph = remembering(step, AllMessages)
        for question in questions:
            async for _ in answers.stream_thread(graph, "a", question):
                pass
        wanted = [("human", questions[0]), ("ai", reply), ("human", questions[1])]
        got = [(getattr(one, "type", "str"), getattr(one, "text", one)) for one in seen[-1]]
        self.in_words(
            got == wanted,
            "the graph gets something other than the new message",
            ", ".join(f"{kind}: {said!r}" for kind, said in wanted),
            ", ".join(f"{kind}: {said!r}" for kind, said in got),
        )

    @keeps(2)
    async def test_threads_are_kept_apart(self, answers, play, text):
        secret, question = text.secret(), text.sentence("?")
        model = play(Reply(text.word()), Reply(text.word()))
        graph = chatting(model)
        for name, words in (("a", secret), ("b", question)):
            async for _ in answers.stream_thread(graph, name, words):
                pass
        seen = model.transcript[-1].messages
        self.must(
            alike(seen, [HumanMessage(question)]),
            "one thread shows up in another",
            shown([HumanMessage(question)]),
            shown(seen),
        )

    @keeps(3, 4)
    async def test_only_the_answer_is_yielded(self, answers, text):
        secret, reply = text.secret(), text.sentence()

        async def step(state):
            found = ToolMessage(secret, tool_call_id="a")
            thought = {"type": "reasoning", "reasoning": secret}
            answer = AIMessage([thought, {"type": "text", "text": reply}])
            return {"messages": [calling("a"), found, HumanMessage(secret), answer]}

        stream = answers.stream_thread(remembering(step), "a", text.word())
        got = [token async for token in stream]
        must = self.against([reply])
        must(
            all(isinstance(token, str) for token in got),
            "it yields something other than text",
            why="The content of a message may be a list of blocks, such as the model's reasoning. "
            "Its text is message.text, not message.content.",
        )
        must(secret not in joined(got), "other messages are shown as if they were the answer")
        must(got == [reply], "an answer that does not come in chunks is lost")

    @keeps(7)
    async def test_an_error_passes_through(self, answers, play, text):
        for replies in ([], [Reply(*text.tokens(2))]):
            error, model = ConnectionError(text.word()), play(*replies)

            async def step(state, error=error, model=model, replies=replies):
                if replies:
                    await model.ainvoke(state["messages"])
                raise error

            with passes_on(error, "the graph"):
                async for _ in answers.stream_thread(remembering(step), "a", text.word()):
                    pass

    @keeps(6)
    async def test_stopping_stops_the_graph(self, answers, play, text):
        model = play(Reply(*text.tokens(2), Hang()))
        stream = answers.stream_thread(chatting(model), "a", text.word())
        check_not_asked(model, "the graph runs before anybody asks for a token")
        await take(stream, 2)
        await stream.aclose()
        await acheck_model_closed(
            model.transcript[0],
            "the graph goes on when the caller stops",
            why="It works in the background, and does not know that nobody is reading. Close its "
            "stream in a finally block: await aclose_source(...).",
        )
        check_nothing_runs_on(answers)

    @keeps(6)
    async def test_cancelling_stops_the_graph(self, answers, play, text):
        model = play(Reply(*text.tokens(2), Hang()))
        await cancel_while_it_waits(answers.stream_thread(chatting(model), "a", text.word()))
        await acheck_model_closed(
            model.transcript[0],
            "the graph goes on when its reader is cancelled",
            why="Close its stream in a finally block: await aclose_source(...).",
        )
        check_nothing_runs_on(answers)

    @keeps(5)
    async def test_an_answer_that_is_handed_on_comes_once(self, answers, play, text):
        tokens, more = text.tokens(5), text.sentence()

        async def step(state):
            response = await play(Reply(*tokens)).ainvoke(state["messages"])
            return {"messages": [AIMessage(response.content), AIMessage(more)]}

        stream = answers.stream_thread(remembering(step), "a", text.word())
        got, wanted = [token async for token in stream], [*tokens, more]
        must = self.against(wanted)
        must(
            got != [*tokens, joined(tokens), more],
            "an answer comes twice, in pieces and then whole",
        )
        must(got != tokens, "after the model's pieces, what a step says itself is lost")
        must(got == wanted, "the pieces of an answer are not yielded as they come")

    @keeps(3, 5)
    async def test_pieces_that_are_alike_all_come(self, answers, play, text):
        tokens, words = ["no", " ", "no", " ", "no"], [text.word(), text.word()]

        async def step(state):
            responses = [await play(Reply(*tokens)).ainvoke(state["messages"])]
            responses += [await play(Reply(word)).ainvoke(state["messages"]) for word in words]
            return {"messages": [AIMessage(response.content) for response in responses]}

        stream = answers.stream_thread(remembering(step), "a", text.word())
        got, wanted = [token async for token in stream], [*tokens, *words]
        must = self.against(wanted)
        must(got[: len(tokens)] == tokens, "a piece is lost because it has come before")
        must(got == wanted, "several answers in one step are taken for one")

    def test_any_steps(self, search):
        async def promise(answers, clock, steps, question, ending):
            if are_up_to_you(steps):
                return
            seen, error = [], ending.error
            graph = playing(steps, error, seen)
            for turn in (1, 2) if (question, ending) == (" ", Ending()) else (1,):
                stream, got = answers.stream_thread(graph, f" {question}", question), []
                self.must(
                    len(seen) < turn, "the graph runs before anybody asks for a token", why=LAZY
                )
                with passes_on(error, "the graph") if error is not None else nullcontext():
                    async for piece in stream:
                        got.append(piece)
                        if len(got) == ending.stop_after:
                            await stream.aclose()
                            break
                fails = [error is not None and step is steps[-1] for step in steps]
                pieces = itertools.chain.from_iterable(map(pieces_of, steps, fails))
                wanted = list(pieces)[: ending.stop_after]
                problem = "what comes is not the answer"
                why = f"{self.WHY[problem]} Here {'; then '.join(map(in_words, steps))}."
                self.must(got == wanted, problem, wanted, got, why)
                check_nothing_runs_on(answers)
                asked = [one.text for one in seen[turn - 1] if one.type == "human"]
                self.must(
                    asked == [question] * turn,
                    "the conversation is not what the graph was given",
                    Words(f"the questions {[question] * turn}"),
                    Words(f"{asked}"),
                )
            kept = (await graph.aget_state(thread(f" {question}"))).values
            self.must(
                kept.get("messages"),
                "the conversation is not kept in the named thread",
                Words(f"a conversation under {f' {question}'!r}"),
                Words("nothing"),
            )

        own, copied = ("ask", ["no", " ", "no"]), ("copy", ["no", " ", "no"])
        one_step = (
            *([own, own], [copied, own, copied]),
            [("say", "no"), ("say", "no"), ("say", "No")],
            [own, ("say", "no"), ("say", "no no"), ("say", "no no no"), ("say", "o")],
            [copied, ("copy", ["a", "a"]), ("say", "no noaa"), ("say", "a"), ("say", "aa")],
            [("say", "a"), ("tool", "b"), ("ask", ["a"]), ("say", "b"), ("say", "a"), ("say", "")],
            [("copy", ["", "\n", "", "a"]), ("say", "b"), ("think", "c"), ("tool", "a")],
            [("both", [["a", "b", "c"], ["x", "y", "z"]]), ("say", "abc"), ("say", "axby")],
        )
        always = (
            *each(steps=tuple([step] for step in one_step), question="q", ending=Ending()),
            {
                "steps": [[copied], [("say", "x")], [("ask", ["b"])]],
                "question": " ",
                "ending": Ending(),
            },
            {"steps": [[("ask", ["a", " "] * 20)]], "question": "q", "ending": Ending()},
            *each(steps=[[copied, ("say", "b")]], question="q", ending=EACH_ASYNC_ENDING[3:]),
        )
        texts = st.sampled_from(("a", "b", "ab", "aa", " a", "漢", "a\n", ""))
        answers = st.tuples(st.sampled_from(("ask", "copy")), st.lists(texts, max_size=3))
        op = answers | st.tuples(st.sampled_from(("say", "say", "tool", "think")), texts)
        search(
            promise,
            *always,
            runs=5,
            steps=st.lists(st.lists(op, min_size=1, max_size=4), min_size=1, max_size=2),
            question=any_text(),
            ending=any_ending(3),
        )


def playing(steps, error, seen):
    """A graph with these steps; the last one fails with the error, if there is one."""

    def step_of(number, ops):
        async def step(state):
            if number == 0:
                seen.append(state["messages"])
            messages = []
            for kind, given in ops:
                messages += await made(kind, given)
            if error is not None and number == len(steps) - 1:
                raise error
            return {"messages": messages}

        return step

    graph = StateGraph(MessagesState)
    graph.add_sequence([(f"step {n}", step_of(n, ops)) for n, ops in enumerate(steps)])
    graph.add_edge(START, "step 0")
    return graph.compile(checkpointer=InMemorySaver())


def in_words(step):
    """What a step does."""
    names = {
        "ask": "a model says {}",
        "copy": "a model says {}, and the step hands it on as an AIMessage of its own",
        "both": "two models say {} at once",
        "say": "the step adds AIMessage({})",
        "tool": "it adds ToolMessage({})",
        "think": "it adds a thought",
    }
    return ", ".join(names[kind].format(repr(given)) for kind, given in step)


async def made(kind, given):
    """The messages that a step makes: an answer, a copy of it, two at once, or one of its own."""
    if kind in ("ask", "copy", "both"):
        replies = given if kind == "both" else [given]
        parts = [[part for token in one for part in (token, Pause(1))] for one in replies]
        asked = (held_model(Reply(*one)).ainvoke("Hello?") for one in parts)
        responses = await asyncio.gather(*asked)
        return [AIMessage(one.content) if kind == "copy" else one for one in responses]
    if kind == "think":
        return [AIMessage([{"type": "reasoning", "reasoning": given}])]
    return [ToolMessage(given, tool_call_id="a") if kind == "tool" else AIMessage(given)]


def texts_said(step):
    """The texts of the answers in a step, and those of its own messages."""
    answers = [
        one
        for kind, given in step
        for one in ([given] if kind != "both" else given)
        if kind in ("ask", "copy", "both")
    ]
    return [joined(one) for one in answers], [given for kind, given in step if kind == "say"]


def pieces_of(step, fails):
    """What comes of a step: the tokens of models, and then what the step itself says."""
    for kind, given in step:
        if kind in ("ask", "copy"):
            yield from filter(None, given)
        elif kind == "both":
            yield from itertools.chain.from_iterable(zip(*given, strict=True))
    said, own = texts_said(step)
    for text in own if not fails else ():
        if text and text not in said:
            yield text
        said.append(text)


def are_up_to_you(steps):
    """Whether texts differ only in white space at their ends, or come in several steps."""
    said = [
        (number, text)
        for number, step in enumerate(steps)
        for text in itertools.chain(*texts_said(step))
    ]
    return any(
        one != other and one[1].strip() == other[1].strip()
        for one, other in itertools.combinations(said, 2)
    )
