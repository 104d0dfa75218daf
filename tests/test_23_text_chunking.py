"""Lesson 23: Text Chunking.

One class for each task. `answers` are the functions to be graded, and `text` makes words that
differ from seed to seed.
"""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import date
from itertools import pairwise, product
from typing import ClassVar
from unicodedata import category

from hypothesis import strategies as st
from langchain_core.documents import Document

from course.fakes.sources import Source
from course.grade.differences import same_value
from course.grade.expect import Words, check, keeps
from course.grade.scenarios import BLANKS, EACH_ENDING, TEXTS, any_ending, any_limit, each, repeated
from course.grade.stream_checks import check_closed, check_lazy, check_not_ahead, passes_on
from course.grade.stream_promises import StreamPromises
from course.grade.value_checks import (
    Explained,
    against,
    check_repeats,
    other_hashes,
    refused,
    unchanged,
)

FAMILY = "👩\u200d👩\u200d👧"
FLAGS = "🇩🇪🇫🇷🇮🇹"
BY_POSITION = (
    "Take slices of the text itself, and note where each begins. Strip nothing, replace nothing, "
    "and put nothing between."
)


def texts(chunks):
    """The texts of chunks, to be shown."""
    return [chunk.text for chunk in chunks]


def check_law(text, got):
    """Pass if the result is a list of chunks that stand where they say they do."""
    is_list = isinstance(got, list) and all(
        hasattr(one, "text") and hasattr(one, "start") for one in got
    )
    against(Words("a list of chunks"))(
        is_list, "it does not return a list of chunks", "Each piece becomes Chunk(text, start)."
    )
    for chunk in got:
        against(got=Words(f"{chunk.start!r}, a {type(chunk.start).__name__}"))(
            type(chunk.start) is int,
            "a start is not an int",
            "A position is a whole number, as len gives it.",
        )
        against(got=Words(f"a chunk without text at {chunk.start}"))(
            chunk.text, "a chunk is empty", "Hand out only chunks with text in them."
        )
        there = text[max(chunk.start, 0) :][: len(chunk.text)]
        must = against(Words(f"{there!r}, which stands at {chunk.start}"), Words(f"{chunk.text!r}"))
        begins = text[max(chunk.start, 0) :].lstrip()
        must(
            there == chunk.text or there == there.lstrip() or not begins.startswith(chunk.text),
            "a chunk has lost the white space at its beginning",
            "White space is text. Strip nothing, or the offsets belong to another text.",
        )
        must(
            there == chunk.text or chunk.text not in text,
            "a chunk does not stand where its start says",
            "Keep the position in the whole text from which you cut. A part of it does not begin "
            "at 0, and to look for a text afterwards finds the first place that looks alike.",
        )
        must(there == chunk.text, "a chunk has text that is not in the original", BY_POSITION)
    for before, chunk in pairwise(got):
        against(
            Words(f"a start after {before.start}"), Words(f"{chunk.text!r:.60} at {chunk.start}")
        )(
            before.start < chunk.start,
            "a chunk does not start after the one before it",
            "Chunks come in the order of their starts. The same text may stand in several places, "
            "and find gives the first one: keep the position from which you cut.",
        )


def check_whole(text, got):
    """Pass if the chunks keep the law and, joined, are the text."""
    check_law(text, got)
    at = 0
    for start, end, shown in (
        *((chunk.start, chunk.start + len(chunk.text), chunk.text) for chunk in got),
        (len(text), len(text), ""),
    ):
        gap = text[at:start]
        must = against(text, texts(got))
        must(
            not gap or not gap.isspace(),
            "white space is lost between two chunks",
            "White space is text. It belongs to the chunk before it.",
        )
        must(not gap, "some of the text is lost", f"No chunk has {gap!r:.60}.")
        must(
            start <= at,
            "some of the text comes twice",
            f"{shown!r:.60} begins before the chunk before it ends.",
        )
        must(start == at, "some of the text comes twice", "Each character is in one chunk only.")
        at = end


def check_texts(got, wanted, problem, why):
    """Pass if chunks have these texts, and show both."""
    check(texts(got) == list(wanted), problem, why=why, wanted=list(wanted), got=texts(got))


def check_no_state(call, one, other):
    """Pass if a call gives the same after another one, whatever has become of its results."""

    def called(given):
        got = call(given)
        shown = [(piece.text, piece.start) for piece in got]
        got.clear()
        return shown

    check_repeats(called, one, other)


def in_sizes(text, size, overlap):
    """The chunks of `fixed_chunks`, as pairs of text and start."""
    starts = [0] if text else []
    while starts and starts[-1] + size < len(text):
        starts.append(starts[-1] + size - overlap)
    return [(text[start : start + size], start) for start in starts]


SHORT = "a text that is not longer than `size` is not one chunk"


class TestFixedChunks(Explained):
    """A text is cut into chunks of equal size, each with the end of the one before it."""

    WHY: ClassVar = {
        "a chunk does not have `size` characters": "Each has exactly so many, but for the last "
        "one, which ends with the text.",
        "a chunk does not begin where it should": "Each begins `overlap` characters before the end "
        "of the one before it, so the starts are size - overlap apart.",
        "the last chunk is nothing but overlap": "All that is in it is in the chunk before it, "
        "too. No chunk begins where less than `overlap` and one more character are left, unless it "
        "is the first.",
        "the rest at the end is lost": "The last chunk may be shorter, but it is one.",
        "an empty text has chunks": "Where there is no text, there is no chunk.",
        SHORT: "The first chunk begins with the text, however short it is.",
        "the chunks are not those that the docstring asks for": "Write down the starts for this "
        "text, one by one.",
    }

    def check(self, answers, text, size, overlap):
        got = answers.fixed_chunks(text, size, overlap)
        check_law(text, got)
        wanted = in_sizes(text, size, overlap)
        must = self.against([piece for piece, _ in wanted], texts(got))
        came = [(chunk.text, chunk.start) for chunk in got]
        must(text or not got, "an empty text has chunks")
        must(len(text) > size or len(came) == 1 or not text, SHORT)
        extra = came[len(wanted) :]
        must(
            not extra or came[: len(wanted)] != wanted or len(extra[0][0]) > overlap,
            "the last chunk is nothing but overlap",
        )
        must(not wanted or came != wanted[:-1], "the rest at the end is lost")
        must(
            all(len(piece) == size for piece, _ in came[:-1])
            and all(len(piece) <= size for piece, _ in came[-1:]),
            "a chunk does not have `size` characters",
        )
        starts = [start for _, start in wanted]
        self.must(
            [start for _, start in came[: len(starts)]] == starts,
            "a chunk does not begin where it should",
            Words(f"starts {starts}"),
            Words(f"starts {[start for _, start in came]}"),
        )
        must(came == wanted, "the chunks are not those that the docstring asks for")

    @keeps(1)
    def test_each_chunk_has_the_size(self, answers, text):
        for size in (4, 5, 7):
            self.check(answers, text.sentence(), size, 0)

    @keeps(1)
    def test_without_overlap_nothing_comes_twice(self, answers, text):
        whole = text.sentences(2)
        got = answers.fixed_chunks(whole, 6)
        check_whole(whole, got)
        check_texts(
            got,
            [piece for piece, _ in in_sizes(whole, 6, 0)],
            "without `overlap`, it cuts in other places",
            "Its default is 0: then each chunk begins where the one before it ends.",
        )

    @keeps(2)
    def test_each_chunk_begins_in_the_one_before(self, answers, text):
        for size, overlap in ((6, 2), (5, 4), (4, 1), (9, 8)):
            self.check(answers, text.sentence(), size, overlap)

    @keeps(3)
    def test_the_last_chunk_has_something_new(self, answers, text):
        whole = text.sentence()
        for length, (size, overlap) in product(range(1, 14), ((4, 2), (5, 3), (3, 0), (4, 3))):
            self.check(answers, whole[:length], size, overlap)

    @keeps(4)
    def test_a_text_that_repeats_itself(self, answers, text):
        for whole in ("ab" * 20, text.word() * 6, "a" * 23, " " * 9):
            self.check(answers, whole, 4, 1)
            self.check(answers, whole, 6, 0)

    def test_short_texts(self, answers, text):
        word = text.word()
        for whole in ("", word, word[:1], word[:5]):
            for size, overlap in ((6, 0), (6, 5), (7, 6), (100, 99), (1, 0)):
                self.check(answers, whole, size, overlap)

    def test_wrong_arguments(self, answers, text):
        for whole in (text.sentence(), ""):
            for size, overlap, said, why in (
                (0, 0, "size=0", "A chunk has at least one character"),
                (-3, 0, "size=-3", "A chunk has at least one character"),
                (4, -1, "overlap=-1", "A gap between two chunks loses text"),
                (4, 4, "overlap=4 with size=4", "The next chunk would be the same one for ever"),
                (4, 5, "overlap=5 with size=4", "The next chunk would begin before this one"),
            ):
                with refused(said, why):
                    answers.fixed_chunks(whole, size, overlap)

    def test_nothing_is_kept_between_calls(self, answers, text):
        check_no_state(
            lambda whole: answers.fixed_chunks(whole, 5, 2), text.sentence(), text.word()
        )

    def test_any_text(self, search):
        def promise(answers, text, size, overlap):
            self.check(answers, "".join(text), size, min(overlap, size - 1))

        always = each(text=tuple(["ab", one, one, "c"] for one in TEXTS), size=3, overlap=1)
        search(
            promise,
            *always,
            text=st.lists(st.sampled_from(TEXTS), max_size=8),
            size=any_limit(),
            overlap=st.integers(0, 8),
        )


EXTENDS = ("\u0301", "\u093f", "\ufe0f", "\u20e3", "\U0001f3fd")
"""A mark of each category, a sign that has no combining class, and a skin color."""

CHARACTERS = (
    *("a", " ", "\u0301", "👩", "\u200d", "\ufe0f", "\U0001f3fd", "🇩", "🇪", "\r", "\n", "é", "क"),
    *("\u093f", "漢", "👧", "\u20e3", "❤", "1", "x", "+", "\u0308", "☃"),
)


def is_flag(character):
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def safe_positions(text):
    """Where a cut is safe, in one pass; None if the docstring leaves it open."""
    found = {_safe_positions(text, *reading) for reading in product((True, False), repeat=2)}
    return sorted(found.pop()) if len(found) == 1 else None


def _with_neighbors(text, got):
    """A position, and what stands on both sides of it, as marks alone cannot be seen."""
    if type(got) is not int or not 0 < got < len(text):
        return got
    return Words(f"{got}, between {text[got - 1]!a} and {text[got]!a}")


def _safe_positions(text, flags_are_symbols, joiners_are_marks):
    safe, picture, row = {0, len(text)}, "", 0
    for at, one in enumerate(text):
        is_mark = category(one).startswith("M") or "\U0001f3fb" <= one <= "\U0001f3ff"
        is_symbol = category(one) == "So" and (flags_are_symbols or not is_flag(one))
        before = text[at - 1] if at else "\n"
        joins = picture == "joiner" and is_symbol
        if is_mark or one == "\u200d":
            glued = before not in "\r\n"
        elif is_flag(one):
            glued = joins or row % 2 == 1
        else:
            glued = joins or (before == "\r" and one == "\n" and at > 0)
        if not glued:
            safe.add(at)
        row = row + 1 if is_flag(one) else 0
        if is_symbol:
            picture = "symbol"
        elif one == "\u200d":
            kept = picture == "symbol" or (joiners_are_marks and picture == "joiner")
            picture = "joiner" if kept else ""
        elif not is_mark or (picture == "joiner" and not joiners_are_marks):
            picture = ""
    return frozenset(safe)


class TestSafeCut(Explained):
    """The last position up to `at` where no visible character is cut in two."""

    WHY: ClassVar = {
        "it does not return a position": "A position is an int, from 0 to len(text).",
        "it cuts behind `at`": "What is handed out must not become longer than asked: go back, not "
        "forward. 0 is always safe.",
        "it goes back too far": "There is a safe position after that one, and not behind `at`.",
        "a cut at one end of the text is refused": "0 and len(text) are always safe, whatever "
        "stands there.",
        "`at` outside of the text is not taken as its end": "Below 0 is 0, and above len(text) is "
        "len(text).",
        "it cuts between carriage return and line feed": r"\r\n is one line end.",
        "a mark is cut off": "A mark belongs to what is before it. Ask for its category: some "
        "marks have the combining class 0.",
        "a joiner is cut off from what is before it": "A joiner belongs to what is before it, as a "
        "mark does.",
        "a skin color is cut off": "It changes the picture before it: 👋🏽 is one character for a "
        "reader.",
        "a mark after a line break is not taken for itself": "A line break joins nothing: what "
        "comes after it begins anew.",
        "a picture is cut after its joiner": "If a symbol is on both sides, marks and skin colors "
        "between left aside, the joiner makes one picture of them.",
        "it takes any joiner for part of a picture": "After a joiner, a symbol has to come, and "
        "there has to be one before it, too. Between letters it joins nothing.",
        "a flag is cut in two": "Two letters of flags are one flag. Pair them from the beginning "
        "of their row.",
        "two flags are not told apart": "Pair the letters of flags from the beginning of their "
        "row: after each second one a cut is safe.",
        "it refuses a safe cut": "Only what the docstring names is no cut. Everywhere else it is "
        "safe.",
        "it cuts where none of the rules allows it": "Go through the rules one by one for the two "
        "characters at this position.",
    }

    def positions(self, answers, text, problems=(), at_all=None):
        """Check every position; `problems` are how to call a cut too many and a cut too few."""
        wanted = safe_positions(text)
        assert wanted is not None
        many, few = problems or (
            "it cuts where none of the rules allows it",
            "it goes back too far",
        )
        for at in at_all or range(len(text) + 1):
            right = max(position for position in wanted if position <= at)
            got = answers.safe_cut(text, at)
            must = self.against(right, _with_neighbors(text, got))
            must(isinstance(got, int), "it does not return a position")
            must(0 <= got <= len(text), "it does not return a position")
            must(got <= at, "it cuts behind `at`")
            if at in (0, len(text)):
                must(got == at, "a cut at one end of the text is refused")
            must(got <= right, many)
            must(got == right, few)

    @keeps(1)
    def test_the_ends_are_safe(self, answers, text):
        for whole in (
            text.word(),
            "\u0301" + text.word(),
            text.word() + "\u200d",
            "\u200d",
            FAMILY,
        ):
            for at in (0, len(whole)):
                got = answers.safe_cut(whole, at)
                self.equal(got, at, "a cut at one end of the text is refused")

    def test_a_position_outside_of_the_text(self, answers, text):
        for whole in (text.word(), "", FAMILY, "\r\n"):
            for at, right in (
                (-1, 0),
                (-100, 0),
                (len(whole) + 1, len(whole)),
                (10**9, len(whole)),
            ):
                got = answers.safe_cut(whole, at)
                self.equal(got, right, "`at` outside of the text is not taken as its end")

    @keeps(6)
    def test_plain_text_is_cut_anywhere(self, answers, text):
        for whole in (
            text.sentence(),
            "漢字かな",
            "👋👋",
            "éü\t\u00a0x",
            "한글",
            "+-*/",
            "\n\n\t\n",
        ):
            self.positions(answers, whole, ("it refuses a safe cut", "it refuses a safe cut"))

    @keeps(3)
    def test_a_mark_belongs_to_what_is_before_it(self, answers, text):
        word, few = text.word(), "it goes back too far"
        for mark in ("\u0301", "\u093f", "\ufe0f", "\u20e3", "\u0300\u0301\u0302"):
            for before in ("e", " ", "क", "1", "👋", "\u0301"):
                whole = f"{word}{before}{mark}{word}"
                self.positions(answers, whole, ("a mark is cut off", few))
        for color in ("\U0001f3fb", "\U0001f3fd", "\U0001f3ff"):
            self.positions(answers, f"{word}👋{color}{word}", ("a skin color is cut off", few))
            self.positions(answers, f"{word}{color}", ("a skin color is cut off", few))
        near = "\U0001f3fa", "\U0001f400"  # the neighbors of the skin colors
        for one in near:
            self.positions(answers, f"👋{one}", ("it refuses a safe cut",) * 2)

    @keeps(2)
    def test_a_line_end_is_one(self, answers, text):
        word = text.word()
        problems = "it cuts between carriage return and line feed", "it refuses a safe cut"
        for whole in (f"{word}\r\n{word}", "\r\n\r\n", "\r\r\n\n", "\n\r", "\r", "a\rb"):
            self.positions(answers, whole, problems)

    @keeps(3)
    def test_after_a_line_break_a_mark_is_for_itself(self, answers, text):
        problem = "a mark after a line break is not taken for itself"
        for line, mark in product(("\n", "\r", "\r\n"), (*EXTENDS, "\u200d")):
            self.positions(answers, f"{text.random.choice('abc')}{line}{mark}", (problem, problem))

    @keeps(4)
    def test_joined_pictures_are_one(self, answers, text):
        letter = text.word()[0]
        cut, few = "a picture is cut after its joiner", "it goes back too far"
        for picture in (
            "👩\u200d👧",
            FAMILY,
            "❤\ufe0f\u200d🔥",
            "👩🏽\u200d🚀",
            "👁\ufe0f\u200d🗨\ufe0f",
            "🧑🏻\u0301\u200d☃",
        ):
            self.positions(answers, f"{letter}{picture}{letter}", (cut, few))
            self.positions(answers, picture * 2, (cut, few))

    @keeps(4, 6)
    def test_a_joiner_between_letters_joins_nothing(self, answers, text):
        a, b = text.word()[0], text.word()[0]
        problem = "it takes any joiner for part of a picture"
        for whole in (
            f"{a}\u200d{b}",
            f"{a}\u200d👧",
            f"👩\u200d{b}",
            f"{a}\u0301\u200d👧",
            "\u200d👧",
            "👩 \u200d👧",
            "👩\n\u200d👧",
            "👩\u200d 👧",
            "\u0301\u200d👧",
            "+\u200d+",
            "🏽\u200d👧",
        ):
            cut = "a joiner is cut off from what is before it"
            self.positions(answers, whole, (cut, problem))

    @keeps(5)
    def test_flags_are_paired_from_the_left(self, answers, text):
        letter = text.word()[0]
        problems = "a flag is cut in two", "two flags are not told apart"
        for whole in (
            "🇩🇪",
            FLAGS,
            f"{letter}{FLAGS}{letter}",
            FLAGS[:5],
            FLAGS[:3],
            f"🇩{letter}🇪🇫",
            f"👋{FLAGS}👋",
            "🇩\u0301🇪🇫🇷",
            "🇩🇪\ufe0f🇫🇷",
            "🇦🇿🇿🇦",
            "🇩\n🇪",
            FLAGS * 5,
        ):
            self.positions(answers, whole, problems)
        for one in ("\U0001f1e5", "\U0001f200"):  # the neighbors of the letters
            self.positions(answers, f"🇩{one}🇪", problems)

    def test_nothing_is_kept_between_calls(self, answers, text):
        check_repeats(lambda pair: answers.safe_cut(*pair), (FLAGS, 3), (f"a{FAMILY}", 3))

    def test_any_text(self, search):
        def promise(answers, characters):
            text = "".join(characters)
            if safe_positions(text) is not None:
                self.positions(answers, text)

        pairs = tuple([a, b, "a"] for a in CHARACTERS[:14] for b in EXTENDS[:2])
        always = [
            *each(characters=tuple([*"👩\u200d", one, "👧"] for one in CHARACTERS)),
            *each(characters=pairs[::3]),
        ]
        search(
            promise,
            *always,
            characters=st.lists(st.sampled_from(CHARACTERS), max_size=9),
            runs=40,
        )


MARKS, CLOSERS, OPENERS = ".!?…", "\"')]}”\u2019»", "\"'([{“\u2018«"
WIDE_MARKS, WIDE_CLOSERS = "\u3002\uff01\uff1f", "\u201d\u2019\u300d\u300f\uff09"
COMMON = ("Dr.", "Mr.", "Mrs.", "Ms.", "Prof.", "St.", "e.g.", "i.e.", "etc.", "vs.")


def sentences(text, abbreviations):
    """The sentences of a text, found by character; None if the docstring leaves it open."""
    known = {abbreviation.lower() for abbreviation in abbreviations}
    found, start, at, word_from = [], 0, 0, 0

    def skip(position, characters):
        while position < len(text) and text[position] in characters:
            position += 1
        return position

    def skip_space(position):
        while position < len(text) and text[position].isspace():
            position += 1
        return position

    while at < len(text):
        ends, after = False, at + 1
        if text[at] in WIDE_MARKS:
            word_from = skip(skip(at, WIDE_MARKS), WIDE_CLOSERS)
            ends, after = True, skip_space(word_from)
            word_from = after
        elif text[at].isspace():
            after = skip_space(at)
            ends = at > 0 and text[at:after].count("\n") > 1
            word_from = after
        elif text[at] in MARKS:
            end = skip(at, MARKS)
            closed = skip(end, CLOSERS)
            after = skip_space(closed)
            if after == closed < len(text):
                after = end
            else:
                ends, word_from = True, word_from
                if text[at:end] == "." and text[closed:after].count("\n") < 2:
                    word = text[word_from:end].lstrip(OPENERS)
                    if word.lower() not in known and re.fullmatch(r"(?:[^\W\d_]\.){2,}", word):
                        return None
                    is_letter = len(word) == 2 and word[0].isalpha()
                    follows = text[after : after + 1].islower()
                    ends = not (word.lower() in known or is_letter or follows)
                word_from = after
        if ends:
            found.append(text[start:after])
            start = after
        at = after
    return [*found, *([text[start:]] if text[start:] else [])]


class TestSentenceChunks(Explained):
    """A text is cut into sentences, and each keeps the white space after it."""

    WHY: ClassVar = {
        "a sentence does not end where it should": "It ends after one or more marks and any "
        "closers, if white space or the end of the text follows.",
        "it cuts inside a number, a version or an address": "A mark ends a sentence only if white "
        "space or the end follows it, closers between left aside.",
        "a quotation mark is cut off from its sentence": "Closers after the mark belong to the "
        "sentence.",
        "several marks in a row are not taken as one": "`?!` and `...` are one end.",
        "a Chinese or Japanese sentence does not end where it should": "Wide marks end a sentence "
        "whatever follows: no white space has to come. Wide closers belong to it.",
        "a blank line does not end a sentence": "A heading has no mark, and neither has an item of "
        r"a list. Two `\n` in one run of white space are an end, whatever is before them.",
        "a single line break ends a sentence": r"Long lines are wrapped. Only two `\n` in one run "
        "of white space are a blank line.",
        "it cuts after an abbreviation": "A single period after one of `abbreviations` ends "
        "nothing. Case does not matter, and openers before the word are no part of it.",
        "it looks only at the end of a word": 'The whole word has to be in the list: "Alexandr." '
        'ends with "dr.", but is another word.',
        "other marks than a single period are excused": "Only a single `.` may end nothing: `?`, "
        "`!`, `…` and several marks always end a sentence.",
        "it cuts after a single letter": '"A. Lovelace" is one name.',
        "it cuts before a small letter": "A single period ends nothing if the next word begins "
        "with a small letter.",
        "its own list is used": "The caller says which abbreviations there are.",
        "the sentences are not those that the docstring asks for": "Go through the rules one by "
        "one at the first end that differs.",
        "nothing but white space is not one chunk": "White space at the beginning belongs to the "
        "first sentence, and it is all there is. An empty text has none.",
        "white space at the beginning is a sentence": "It belongs to the first sentence, blank "
        "lines or not.",
    }

    def check(self, answers, whole, wanted, problem, *more):
        assert "".join(wanted) == whole
        got = answers.sentence_chunks(whole, *more)
        check_whole(whole, got)
        check_texts(got, wanted, problem, self.WHY[problem])

    def cut(self, answers, problem, *pieces):
        """Check that a text is cut exactly so; `more` are abbreviations."""
        self.check(answers, "".join(pieces), list(pieces), problem)

    @keeps(1)
    def test_no_white_space_is_lost(self, answers, text):
        a, b, c = (text.sentence() for _ in range(3))
        for space in (" ", "  ", "\n", "\t ", "\u00a0", "\u3000", "\r\n"):
            self.cut(
                answers,
                "a sentence does not end where it should",
                f"{a}{space}",
                f"{b}{space * 2 if chr(10) not in space else space}",
                c + space,
            )
        problem = "white space at the beginning is a sentence"
        for space in (" ", "\n", "\n\n", " \n \n\n"):
            self.cut(answers, problem, f"{space}{a} ", b)

    @keeps(2)
    def test_a_mark_and_white_space_end_a_sentence(self, answers, text):
        a, b = text.word(), text.word().title()
        for mark in MARKS:
            self.cut(
                answers, "a sentence does not end where it should", f"{a}{mark} ", f"{b}{mark}"
            )
        for marks in ("?!", "...", "!!!", "?…", ".?"):
            self.cut(answers, "several marks in a row are not taken as one", f"{a}{marks} ", b)
        for whole in (
            f"{b} is 3.5 m long",
            f"{b} v1.2.3 or {a}.example.com",
            f"{a}!{b}?{a}",
            f".{a} and !{b}",
            f"{a}.”{b}",
        ):
            self.cut(answers, "it cuts inside a number, a version or an address", whole)

    @keeps(2)
    def test_closers_belong_to_the_sentence(self, answers, text):
        a, b = text.word(), text.word().title()
        problem = "a quotation mark is cut off from its sentence"
        for closer in (*CLOSERS, '")', "'\"", "”)]"):
            self.cut(answers, problem, f"({a}!{closer} ", f"{b}.{closer}")
            self.cut(answers, problem, f"{b}.{closer}\n", f"{b}?{closer} ", b)

    @keeps(3)
    def test_wide_marks_need_no_space(self, answers, text):
        word = text.word()
        problem = "a Chinese or Japanese sentence does not end where it should"
        for mark in WIDE_MARKS:
            self.cut(answers, problem, f"漢字{mark}", f"かな{mark} ", f"{word}{mark}")
            self.cut(answers, problem, f"「漢字{mark}」", f"かな{mark}”\n", f"{word}")
        self.cut(answers, problem, "漢字\uff01\uff1f』\uff09", "かな。。 ", "dr。", "a")
        self.cut(answers, problem, "漢字。", "Dr. Lee。", '"か。', '" x')
        self.cut(answers, problem, "3.5。", "a.b\uff1f", "c")

    @keeps(4)
    def test_a_blank_line_ends_a_sentence(self, answers, text):
        title, rest = text.word(), text.word()
        problem = "a blank line does not end a sentence"
        for blank in ("\n\n", "\r\n\r\n", "\n \t\n", "  \n\n\n", "\n\u00a0\n "):
            self.cut(answers, problem, f"{title}{blank}", rest)
            self.cut(
                answers, problem, f"{title},{blank}", f"Dr.{blank}", f"A.{blank}", rest + blank
            )
        problem = "a single line break ends a sentence"
        for line in ("\n", "\r\n", " \n ", "\t", "\u2028", "\x0b\x0c"):
            self.cut(answers, problem, f"{title}{line}{rest}")

    @keeps(5)
    def test_abbreviations_end_nothing(self, answers, text):
        name, problem = text.word().title(), "it cuts after an abbreviation"
        for before in ("Dr.", "dr.", "DR.", "e.g.", "etc.", "(Dr.", '"Mr.', "(“St."):
            self.cut(answers, problem, f"{before} {name}")
            self.cut(answers, problem, f"{name} {before}\n {name}! ", name)
        self.cut(answers, problem, f"{name} (etc.) {name}")
        problem = "it looks only at the end of a word"
        for word in ("Alexandr.", "xe.g.", "non-Dr.", "drx."):
            self.cut(answers, problem, f"{word} ", name)
        problem = "other marks than a single period are excused"
        for end in ("etc..", "Dr!", "Dr?", "etc.!", "etc…", "etc...", "e.g.?"):
            self.cut(answers, problem, f"{end} ", name)

    @keeps(5)
    def test_the_caller_says_which_abbreviations(self, answers, text):
        name, own = text.word().title(), text.word().title()
        problem = "its own list is used"
        for kind in (list, tuple, set, frozenset, dict.fromkeys):
            known = kind([f"{own}."])
            with unchanged(abbreviations=known):
                for word in (own, own.lower(), own.upper()):
                    self.check(answers, f"{word}. {name}", [f"{word}. {name}"], problem, known)
                self.check(answers, f"Dr. {name}", ["Dr. ", name], problem, known)
        self.check(answers, f"Dr. {name}", ["Dr. ", name], problem, ())

    @keeps(5)
    def test_a_single_letter_ends_nothing(self, answers, text):
        name, problem = text.word().title(), "it cuts after a single letter"
        for letter in ("A", "x", "É", "(J", "漢"):
            self.cut(answers, problem, f"{letter}. {name}")
            self.cut(answers, problem, f"{name} {letter}. {name}. ", f"{name}")
        self.cut(answers, problem, f"{name} 7. ", f"{name} AB. ", name)
        problem = "other marks than a single period are excused"
        self.cut(answers, problem, f"{name} B? ", f"{name} B... ", "C! ", name)

    @keeps(6)
    def test_no_sentence_begins_small(self, answers, text):
        word, name = text.word(), text.word().title()
        problem = "it cuts before a small letter"
        for space in (" ", "  ", "\n", "\u00a0"):
            self.cut(answers, problem, f"{name} abbr.{space}{word}. ", name)
        self.cut(answers, problem, f"{name} (ca.) {word}")
        self.cut(answers, problem, f"{name} ca. é{word}")
        problem = "other marks than a single period are excused"
        for marks in ("?", "!", "…", "...", "?."):
            self.cut(answers, problem, f"{name}{marks} ", word)
        problem = "a sentence does not end where it should"
        for follows in (f"({word})", f'"{word}"', "3 m", "漢", "-x", "👋", f"_{word}"):
            self.cut(answers, problem, f"{word}. ", follows)

    def test_no_sentence_at_all(self, answers, text):
        problem = "nothing but white space is not one chunk"
        for blank in (*BLANKS, "\n\n\n"):
            self.check(answers, blank, [blank], problem)
        self.check(answers, "", [], problem)
        for whole in (text.word(), f"{text.word()}, {text.word()}", ".", "?", '"', "a"):
            self.check(answers, whole, [whole], "a sentence does not end where it should")

    def test_nothing_is_kept_between_calls(self, answers, text):
        own, name = text.word().title(), text.word().title()
        check_repeats(
            lambda known: texts(answers.sentence_chunks(f"{own}. {name}", known)),
            [],
            [f"{own}."],
        )
        check_no_state(answers.sentence_chunks, text.sentences(3), text.word())

    def test_any_text(self, search):
        def promise(answers, parts, abbreviations):
            text = "".join(parts)
            wanted = sentences(text, abbreviations)
            if wanted is None:
                return
            problem = "the sentences are not those that the docstring asks for"
            self.check(answers, text, wanted, problem, abbreviations)

        known = st.sampled_from((COMMON, (), ["ab."], {"X.", "One.", "e.g."}))
        always = each(parts=tuple(["Ab. ", one, "B. ab"] for one in TEXTS[::2]), abbreviations=())
        search(
            promise,
            *always,
            parts=st.lists(st.sampled_from(PARTS), max_size=8),
            abbreviations=known,
            runs=50,
        )


PARTS = (
    *(" ", ".", "a", "Ab", "! ", ". ", '"', "\n\n", "Dr. ", "dr. ", "(e.g. ", "x", ")", "?", "..."),
    *(
        "\n",
        "\r\n",
        "。",
        "」",
        "\uff01",
        "”",
        "漢",
        "3.5",
        "B. ",
        "ab. ",
        "…",
        "'",
        "é",
        "\t",
        "].",
    ),
    *("  ", "\n \n", "ab", "One", "X", "[", "\u2028", "👋", "e\u0301", "1", "-"),
)


def token_counter():
    """Count tokens as models do: a space before a word belongs to it, and long words have several.

    No part of a text has more than the whole. But the whole may have fewer than its parts
    together ("one" and " two", "ab" and "cd"), or more ("one " and " two", "abcdef" and "abcdef").
    """

    def count(text):
        count.asked.append(text)
        bare = text.rstrip()
        return max(sum(map(_tokens, re.findall(r" ?\w+|\s+|.", bare))), 1 if text else 0)

    count.asked = []
    return count


def _tokens(part):
    return max(len(part.strip()) - 5, 1)


def make_pieces(answers, parts):
    """The text of these parts, and the parts as chunks that lie end to end."""
    chunks, at = [], 0
    for part in parts:
        chunks.append(answers.Chunk(part, at))
        at += len(part)
    return "".join(parts), chunks


def packed(parts, limit, count, overlap):
    """The chunks of `pack_chunks`: from which part to which one."""
    found, end = [], 0
    while end < len(parts):
        new = end
        first = new if not overlap else max(found[-1][0] + 1, 0) if found else 0
        while first < new and (
            count("".join(parts[first:new])) > overlap
            or count("".join(parts[first : new + 1])) > limit
        ):
            first += 1
        end = new + 1
        while end < len(parts) and count("".join(parts[first : end + 1])) <= limit:
            end += 1
        found.append((first, end))
    return found


class TestPackChunks(Explained):
    """Pieces are joined to chunks that fit, and a chunk may repeat the last pieces before it."""

    WHY: ClassVar = {
        "a chunk is filled further than it may be": "Count the joined text: two pieces can have "
        "more tokens together than apart.",
        "the next piece would have fitted": "Count the joined text: two pieces can have fewer "
        "tokens together than apart. And a chunk may have exactly `limit` tokens.",
        "a chunk does not begin and end with whole pieces": "A piece is never cut, and neither is "
        "what is repeated.",
        "a piece is left out": "Each piece is in a chunk, and the first new one of a chunk follows "
        "the last one of the chunk before it.",
        "a chunk has no new piece": "To repeat what is known alone is of no use to anybody.",
        "without `overlap` something is repeated": "Its default is 0: then each piece is in one "
        "chunk only.",
        "more is repeated than `overlap` allows": "Count what is repeated, as one text. It may "
        "have `overlap` tokens, and no more.",
        "less is repeated than would be possible": "As many of the last pieces as have at most "
        "`overlap` tokens together, unless the next new piece does not fit then.",
        "the overlap keeps out pieces that fit": "Once it is known what is repeated, the chunk "
        "takes as many new pieces as fit.",
        "the chunks are not those that the docstring asks for": "Build the first chunk that "
        "differs piece by piece.",
        "without pieces there are chunks": "Nothing can be joined to something.",
    }

    def check(self, answers, parts, limit, count, overlap=0, more=None):
        text, pieces = make_pieces(answers, parts)
        pieces = tuple(pieces) if len(parts) % 2 else pieces
        with unchanged(pieces=pieces):
            got = answers.pack_chunks(text, pieces, limit, count, *(more or [overlap]))
        check_law(text, got)
        size = count.by_itself if hasattr(count, "by_itself") else count
        for chunk in got:
            tokens = size(chunk.text)
            check(
                tokens <= limit,
                f"a chunk has {tokens} tokens, and {limit} are allowed",
                why=self.WHY["a chunk is filled further than it may be"],
                wanted=Words(f"at most {limit} tokens"),
                got=Words(f"{tokens} tokens: {chunk.text!r:.80}"),
            )
        spans = packed(parts, limit, size, overlap)
        wanted = ["".join(parts[first:end]) for first, end in spans]
        must = self.against(wanted, texts(got))
        must(parts or not got, "without pieces there are chunks")
        starts = {piece.start: n for n, piece in enumerate(pieces)} | {len(text): len(pieces)}
        came = [
            (starts.get(chunk.start), starts.get(chunk.start + len(chunk.text))) for chunk in got
        ]
        must(
            all(None not in span for span in came),
            "a chunk does not begin and end with whole pieces",
        )
        before = (0, 0)
        for (first, end), right in zip(came, spans, strict=False):
            if (first, end) != right:
                must(first <= before[1], "a piece is left out")
                must(end > before[1], "a chunk has no new piece")
                if first < right[0]:
                    must(overlap, "without `overlap` something is repeated")
                    repeated = "".join(parts[first : before[1]])
                    must(size(repeated) <= overlap, "more is repeated than `overlap` allows")
                must(first <= right[0], "less is repeated than would be possible")
                must(
                    first != right[0] or end >= right[1] or first == before[1],
                    "the overlap keeps out pieces that fit",
                )
                must(first != right[0] or end >= right[1], "the next piece would have fitted")
            before = (first, end)
        must(before[1] == len(parts) or not parts, "a piece is left out")
        must(came == spans, "the chunks are not those that the docstring asks for")

    @keeps(2)
    def test_each_chunk_is_as_long_as_possible(self, answers, text):
        parts = [f"{text.word()[: text.random.randint(1, 6)]} " for _ in range(12)]
        for limit in (7, 8, 13, 14, 21, 300):
            self.check(answers, parts, limit, len)
        self.check(answers, ["abcd"] * 6, 8, len)
        self.check(answers, ["abcd"] * 6, 4, len)
        self.check(answers, ["abc", "abc", "a", "b", "abc"], 7, len)

    @keeps(2)
    def test_without_an_overlap_nothing_is_repeated(self, answers, text):
        parts = [f"{text.word()} " for _ in range(5)] + ["a", "b", "a", "b"] * 3
        whole, pieces = make_pieces(answers, parts)
        got = answers.pack_chunks(whole, pieces, 8, len)
        check_whole(whole, got)

    @keeps(1)
    def test_the_joined_text_is_counted(self, answers, text):
        words = [text.word() for _ in range(6)]
        self.check(answers, [f"{word} " for word in words], 4, token_counter())
        for parts in (
            [*words],
            [f"{word} " for word in words],
            [f" {word}" for word in words],
            [f" {word} " for word in words],
            ["ab", "cd", "ef", "abc", "a", "b"] * 2,
            [part for word in words for part in (word, " ")],
        ):
            for limit in (2, 3, 4, 7):
                self.check(answers, parts, limit, token_counter())

    @keeps(3)
    def test_the_last_pieces_are_repeated(self, answers, text):
        for parts in (["ab ", "cd ", "ef ", "gh ", "ij "] * 2, ["a", "bc", "d", "efg"] * 3):
            for limit, overlap in ((10, 3), (10, 5), (10, 6), (10, 7), (9, 2), (9, 6), (7, 4)):
                self.check(answers, parts, limit, len, overlap)
        words = [f"{text.word()} " for _ in range(8)]
        for limit, overlap in ((5, 1), (5, 2), (5, 3), (4, 3)):
            self.check(answers, words, limit, token_counter(), overlap)

    @keeps(3)
    def test_an_overlap_near_the_limit(self, answers, text):
        self.check(answers, ["ab", "abcdefgh", "ab", "cd", "abcdefgh"], 8, len, 7)
        self.check(answers, ["a", "b", "abcdefg", "a", "abcdef", "a", "b"], 7, len, 6)
        self.check(answers, ["a", "bcdefgh", "c"], 8, len, 2)

    @keeps(4)
    def test_less_is_repeated_if_the_next_piece_needs_room(self, answers, text):
        for big in (5, 6, 7, 8):
            parts = ["ab", "cd", "ef", "x" * big, "ab", "cd", "y" * big, "ab"]
            for overlap in (2, 3, 4, 6, 7):
                self.check(answers, parts, 8, len, overlap)

    @keeps(5)
    def test_every_piece_is_there(self, answers, text):
        parts = [text.word()[: 1 + n % 5] for n in range(20)]
        for overlap in (0, 1, 3, 4, 5):
            self.check(answers, parts, 6, len, overlap)
        self.check(answers, ["ab"] * 20, 6, len, 4)
        self.check(answers, [" ", "\n", " ", " ", "a", " "] * 3, 3, token_counter(), 1)

    def test_few_pieces(self, answers, text):
        word = text.word()
        for parts in ([], [word], [word, " "], [word, word]):
            for limit, overlap in ((6, 0), (6, 5), (12, 6), (100, 99)):
                self.check(answers, parts, limit, len, overlap)

    def test_wrong_arguments(self, answers, text):
        parts = [text.word() for _ in range(3)]
        for given, (limit, overlap, said, why) in product(
            (parts, []),
            (
                (0, 0, "limit=0", "A chunk has at least one token"),
                (-1, 0, "limit=-1", "A chunk has at least one token"),
                (9, -1, "overlap=-1", "Less than nothing cannot be repeated"),
                (9, 9, "overlap=9 with limit=9", "There would be no room for a new piece"),
                (9, 10, "overlap=10 with limit=9", "There would be no room for a new piece"),
            ),
        ):
            whole, pieces = make_pieces(answers, given)
            with refused(said, why):
                answers.pack_chunks(whole, pieces, limit, len, overlap)
        for at in range(4):
            given = [*parts[:at], "abcdefg", *parts[at:]]
            whole, pieces = make_pieces(answers, given)
            for overlap in (0, 2):
                with refused("a piece of 7 tokens with limit=6", "It fits into no chunk"):
                    answers.pack_chunks(whole, pieces, 6, len, overlap)

    def test_nothing_is_kept_between_calls(self, answers, text):
        def call(parts):
            return answers.pack_chunks(*make_pieces(answers, parts), 6, len, 2)

        check_no_state(call, ["ab", "c", "d", "efg"] * 2, ["abc", "de"])

    def test_any_pieces(self, search):
        def promise(answers, parts, limit, overlap, tokens):
            count = token_counter() if tokens else len
            least = max(map(count, parts), default=1)
            limit = least + limit
            self.check(answers, parts, limit, count, min(overlap, limit - 1))

        kinds = tuple(["ab", one, "ab", one, "c"] for one in TEXTS if one)
        always = each(parts=kinds[::2], limit=3, overlap=2, tokens=True)
        part = st.sampled_from(["a", "b ", " c", "de", "\n", "ab ab", *filter(None, TEXTS)])
        search(
            promise,
            *always,
            parts=repeated(part, 9),
            limit=st.integers(0, 9),
            overlap=st.integers(0, 9),
            tokens=st.booleans(),
            runs=60,
        )


def split_at(text, separators, limit, count):
    """The pieces of `split_recursively`; None if a separator ends inside a visible character."""
    if count(text) <= limit:
        return [text]
    if separators:
        first, *rest = separators
        ends = [found.end() for found in re.finditer(re.escape(first), text)]
        safe = safe_positions(text)
        if safe is None or not {*ends} <= {*safe}:
            return None
        parts = [text[a:b] for a, b in pairwise(sorted({0, *ends, len(text)}))]
        found = [split_at(part, rest, limit, count) for part in parts]
        return None if None in found else [piece for pieces in found for piece in pieces]
    safe = safe_positions(text)
    if safe is None:
        return None
    pieces, start = [], 0
    while start < len(text):
        ends = [at for at in safe if at > start]
        start_of_next = max([at for at in ends if count(text[start:at]) <= limit] or ends[:1])
        pieces.append(text[start:start_of_next])
        start = start_of_next
    return pieces


def filled_up(pieces, limit, count):
    """Join pieces from the left; one that is too long stays alone."""
    found = []
    for piece in pieces:
        if found and count(found[-1] + piece) <= limit:
            found[-1] += piece
        else:
            found.append(piece)
    return found


class TestSplitRecursively(Explained):
    """A text is cut at the best places, and the pieces are joined until no more fits."""

    WHY: ClassVar = {
        "a text that fits is cut": "A text that fits is one piece, and one chunk.",
        "a paragraph that fits is cut": "A part that fits stays whole. Only the others go on with "
        "the next separator.",
        "a chunk is longer than it may be": "Cut every part that does not fit with the rest of the "
        "separators, and without any left by safe_cut. Count the joined text.",
        "a visible character is cut in two": "Where no separators are left, ask safe_cut where a "
        "cut is safe.",
        "a visible character that is too long alone is not alone": "Nothing fits beside it. It "
        "becomes a chunk by itself.",
        "two neighbors would fit together": "Join all the pieces in order, from the first to the "
        "last, and not only those of one part.",
        "it cuts at another separator than it should": "Take the separators in the order in which "
        "they are given, and each as it is written. It stays at the end of its part.",
        "without separators a piece is shorter than possible": "As long as possible: the largest "
        "safe position up to which the text fits.",
        "count is asked too often": "Look for the largest position that fits by halves: each try "
        "rules out half of what is left. bisect can do that.",
        "an empty text has chunks": "Where there is no text, there is no chunk.",
        "the chunks are not those that the docstring asks for": "Write down the pieces first, and "
        "then join them.",
    }

    def check(self, answers, text, limit, count=len, separators=None, problem=""):
        more = [] if separators is None else [separators]
        separators = ("\n\n", "\n", ". ", " ") if separators is None else separators
        pieces = split_at(text, separators, limit, count) if text else []
        if pieces is None:
            return
        wanted = filled_up(pieces, limit, count)
        with unchanged(separators=separators):
            got = answers.split_recursively(text, limit, count, *more)
        check_whole(text, got)
        must = self.against(wanted, texts(got))
        must(text or not got, "an empty text has chunks")
        must(count(text) > limit or len(got) <= 1, "a text that fits is cut")
        safe = safe_positions(text)
        if safe is not None:
            must({chunk.start for chunk in got} <= {*safe}, "a visible character is cut in two")
            for chunk in got:
                inside = [at for at in safe if chunk.start < at < chunk.start + len(chunk.text)]
                tokens = count(chunk.text)
                self.in_words(
                    tokens <= limit or not inside or count(text[chunk.start : inside[0]]) <= limit,
                    "a visible character that is too long alone is not alone",
                    "a chunk with nothing but this character",
                    f"{chunk.text!r:.80}",
                )
                self.in_words(
                    tokens <= limit or not inside,
                    "a chunk is longer than it may be",
                    f"at most {limit} tokens",
                    f"{tokens} tokens: {chunk.text!r:.80}",
                )
        for a, b in pairwise(got):
            must(count(a.text + b.text) > limit, "two neighbors would fit together")
        if problem:
            must(texts(got) == wanted, problem)
        must(texts(got) == wanted, "the chunks are not those that the docstring asks for")

    @keeps(1)
    def test_what_fits_stays_whole(self, answers, text):
        whole = text.sentences(2)
        for limit in (len(whole), len(whole) + 1):
            self.check(answers, whole, limit)
        self.check(answers, "\n\n. \n\n", 6)
        paragraphs = f"{text.sentence()}\n\n{text.sentences(3)}\n\n{text.sentence()}"
        longest = max(len(part) + 2 for part in paragraphs.split("\n\n"))
        got = answers.split_recursively(paragraphs, longest, len)
        for part in paragraphs.split("\n\n"):
            whole = any(part in one.text for one in got)
            self.must(whole, "a paragraph that fits is cut", part, texts(got))
        problem = "it cuts at another separator than it should"
        self.check(answers, paragraphs, longest, problem=problem)

    @keeps(2)
    def test_the_best_separator_comes_first(self, answers, text):
        a, b, c = (text.word() for _ in range(3))
        problem = "it cuts at another separator than it should"
        for whole in (
            f"{a} {b}\n{c}. {a}\n\n{b}",
            f"{a}. {b}. {c}\n{a} {b}",
            f"\n\n\n{a}\n\n\n{b} ",
        ):
            for limit in (9, 12, 16, 20):
                self.check(answers, whole, limit, problem=problem)
        for separators in (["|", ";"], (";", "|"), ["."], [".*", "."], ("ab", "a"), [a]):
            whole = f"{a};{b}|{c}.*{a}.;ab{b}|aab.{c};{a}"
            for limit in (5, 8, 14):
                self.check(answers, whole, limit, len, separators, problem)
        self.check(answers, "aaaaaaaa", 3, len, ["aa"], problem)
        self.check(answers, f"{a}\r\n{b}\n{c}\r\n", 12, len, ["\r\n"], problem)

    @keeps(4)
    def test_all_pieces_are_joined_in_one_go(self, answers, text):
        a, b = text.word(), text.word()
        for whole in (
            f"{a} {b} x\n\ny {a}. {b}\n\nz\n\nz",
            f"{a}{b}xyz\n\nz\n{a} {b}. x\n\n" * 3,
            " ".join(text.sentences(1) for _ in range(4)),
        ):
            for limit in (8, 10, 13, 17, 25):
                self.check(answers, whole, limit)
                self.check(answers, whole, limit // 2, token_counter())

    @keeps(3)
    def test_without_separators_no_visible_character_is_cut(self, answers, text):
        word = text.word()
        problem = "without separators a piece is shorter than possible"
        for whole in (
            word * 4,
            FAMILY * 3,
            FLAGS * 3,
            f"{word}{FAMILY}{word}",
            "e\u0301" * 9,
            "a\r\nb\r\n",
        ):
            for limit in (1, 2, 3, 4, 5, 7, 11):
                self.check(answers, whole, limit, problem=problem)
                self.check(answers, whole, limit, len, (), problem)
        self.check(answers, f"{FAMILY} {word} {FAMILY}{FAMILY}\n\n{FLAGS}", 3)

    @keeps(5)
    def test_no_text_is_lost(self, answers, text):
        whole = f"  # {text.word()}\n\n\n  * {text.sentence()}\n\t* {text.sentence()}  \n \n\n"
        for limit in (1, 5, 12, 30):
            self.check(answers, whole, limit)
        for blank in (*BLANKS, " \n" * 10):
            self.check(answers, blank * 3, 2)

    @keeps(6)
    def test_count_is_asked_seldom(self, answers, text):
        for letters in (text.word()[0], text.word()):
            count = token_counter_of_letters(text.random.choice((3, 4)))
            whole = (letters * 3000)[:3000]
            got = answers.split_recursively(whole, 20, count)
            check_whole(whole, got)
            asked = len(count.asked)
            most = 16 * len(got)
            self.in_words(
                asked <= most,
                "count is asked too often",
                f"at most {most} times for {len(got)} chunks",
                f"{asked} times",
            )
            self.must(
                all(count(chunk.text) <= 20 for chunk in got), "a chunk is longer than it may be"
            )

    def test_an_empty_text(self, answers, text):
        for limit, separators in ((1, ()), (9, [" "])):
            self.check(answers, "", limit, len, separators)

    def test_wrong_arguments(self, answers, text):
        for whole in (text.sentences(2), text.word(), ""):
            for limit in (0, -1):
                with refused(f"limit={limit}", "A chunk has at least one token"):
                    answers.split_recursively(whole, limit, len)
            for separators in (["\n", ""], ("",), ["", " "]):
                with refused("an empty separator", "It stands everywhere, even inside of an emoji"):
                    answers.split_recursively(whole, 20, len, separators)

    def test_nothing_is_kept_between_calls(self, answers, text):
        def call(whole):
            return answers.split_recursively(whole, 9, len)

        check_no_state(call, text.sentences(2), text.word() * 5)

    def test_any_text(self, search):
        def promise(answers, parts, limit, separators, tokens):
            count = token_counter() if tokens else len
            self.check(answers, "".join(parts), limit, count, separators)

        defaults = ("\n\n", "\n", ". ", " ")
        always = each(
            parts=tuple(["ab", one, "b. c", one, "\n\nd"] for one in TEXTS[::2]),
            limit=4,
            separators=defaults,
            tokens=False,
        )
        pieces = (
            "a",
            "b ",
            " c",
            "ab. ",
            "\n",
            "\n\n",
            "ab",
            " ",
            "e\u0301",
            "👩\u200d👧",
            "🇩🇪",
            "\r\n",
        )
        search(
            promise,
            *always,
            parts=st.lists(st.sampled_from((*pieces, *TEXTS)), max_size=10),
            limit=any_limit(),
            separators=st.sampled_from((defaults, (), (" ",), ["b", "a"], (". ", "\n"))),
            tokens=st.booleans(),
            runs=50,
        )


def token_counter_of_letters(letters):
    """Count one token for so many characters."""

    def count(text):
        count.asked.append(len(text))
        return -(-len(text) // letters)

    count.asked = []
    return count


def outline(text):
    """The sections of a Markdown text, as tuples of text, start and path."""
    found, start, at, path, fence = [], 0, 0, {}, None
    for line in text.split("\n"):
        whole = line + "\n" if at + len(line) < len(text) else line
        bare = line.removesuffix("\r")
        indent = len(bare) - len(bare.lstrip(" "))
        words = bare.lstrip(" ")
        if fence:
            if (
                words.strip(" ")
                and set(words.strip(" ")) == {fence[0]}
                and len(words.strip(" ")) >= fence[1]
            ):
                fence = None
        elif indent < 4 and words[:3] in ("```", "~~~"):
            fence = words[0], len(words) - len(words.lstrip(words[0]))
        elif indent < 4 and words[:1] == "#":
            level = len(words) - len(words.lstrip("#"))
            rest = words[level:]
            if level <= 6 and (not rest or rest[0] in " \t"):
                if text[start:at]:
                    found.append((text[start:at], start, tuple(path.values())))
                title = re.sub(r"(^|\s)#+$", "", rest.strip()).strip()
                path = {one: known for one, known in path.items() if one < level} | {level: title}
                start = at
        at += len(whole)
    return [*found, *([(text[start:], start, tuple(path.values()))] if text[start:] else [])]


class TestMarkdownSections(Explained):
    """A Markdown text is cut before each heading, and each section knows what it is under."""

    WHY: ClassVar = {
        "it does not return a list of sections": "Each part becomes Section(text, start, path).",
        "a section does not stand where its start says": "Keep the position of each line, and take "
        "slices of the text.",
        "the sections are not all of the text": "Joined, they are the text: keep the line ends, "
        "blank lines and spaces as they are.",
        "a heading is not seen": "One to six #, with at most three spaces before them, and then a "
        "space, a tab or the end of the line.",
        "something is taken for a heading that is none": "One to six # at the beginning of a line, "
        "and then a space, a tab or the end of the line.",
        "a comment in a code block is taken for a heading": "Nothing is a heading inside of a "
        "fence.",
        "a fence ends where it does not": "Only a line of at least as many of the same characters, "
        "and nothing else, ends a fence.",
        "a fence does not end where it should": "It ends with a line of at least as many of the "
        "same characters. What comes after it is text again.",
        "something is taken for a fence that is none": "Three of the same at the beginning of a "
        "line, with at most three spaces before them.",
        "the title is wrong": "It is the rest of the line without white space at its ends. #s at "
        "the end go too, if white space is before them or nothing is left.",
        "a path is not a tuple": "The stub says what it is: tuple[str, ...]. Brackets around one "
        "text make no tuple, a comma does: (title,). And tuple(titles) makes one of a list.",
        "the path is wrong": "A heading closes all of its level or deeper, and stands under what "
        "is left. Levels that are left out are not filled in.",
        "the text before the first heading is lost, or has a path": "It is a section with the path "
        "(). Without text before the first heading there is none.",
        "a line ends where it does not": r"Lines end with \n or \r\n, and with nothing else: "
        "splitlines knows other ends, too.",
        "the sections are not those that the docstring asks for": "Go through the lines, one "
        "by one.",
    }

    def check(self, answers, text, problem, paths=True):
        got = answers.markdown_sections(text)
        is_list = isinstance(got, list) and all(
            hasattr(one, "text") and hasattr(one, "path") for one in got
        )
        self.must(is_list, "it does not return a list of sections", Words("a list of sections"))
        wanted = outline(text)
        shown = [one.text for one in got]
        self.must(
            "".join(shown) == text, "the sections are not all of the text", text, "".join(shown)
        )
        for one in got:
            there = text[max(one.start, 0) :][: len(one.text)]
            problem_here = "a section does not stand where its start says"
            self.must(there == one.text, problem_here, there, one.text)
        self.must(
            shown == [piece for piece, _, _ in wanted],
            problem,
            [one for one, _, _ in wanted],
            shown,
        )
        for one, (_, start, path) in zip(got, wanted if paths else (), strict=paths):
            self.must(
                one.start == start,
                "a section does not stand where its start says",
                start,
                one.start,
            )
            named = problem in ("the path is wrong", "the title is wrong")
            must = self.against(path, one.path)
            must(isinstance(one.path, tuple), "a path is not a tuple")
            must(
                one.path == path,
                "the text before the first heading is lost, or has a path"
                if not path or not one.path
                else problem
                if named
                else "the title is wrong"
                if len(path) == len(one.path)
                else "the path is wrong",
            )

    @keeps(5)
    def test_text_before_the_first_heading(self, answers, text):
        problem = "the text before the first heading is lost, or has a path"
        for before in (text.sentence(), "\n", " ", "\n\n", f"{text.word()}\n{text.word()}"):
            for after in ("", f"\n# {text.word()}\n", f"\n\n# {text.word()}"):
                self.check(answers, before + after, problem)
        self.check(answers, "", problem)

    @keeps(1)
    def test_headings_begin_sections(self, answers, text):
        a, b = text.word(), text.word()
        for mark in ("#", "##", "######", " #", "   ##"):
            for line in (f"{mark} {a}", f"{mark}\t{a}", mark, f"{mark} ", f"{mark}   {a}  "):
                self.check(answers, f"{b}\n{line}\n{b}\n", "a heading is not seen", paths=False)
                self.check(
                    answers, f"{line}\r\n{b}\r\n{line}", "a heading is not seen", paths=False
                )
        for line in (f"#{a}", f"#######  {a}", f"    # {a}", f"{a} # {b}", f"\\# {a}", f"> # {a}"):
            problem = "something is taken for a heading that is none"
            self.check(answers, f"{b}\n{line}\n{b}", problem)
        self.check(
            answers, f"{a}\n\t# {b}\n#!{b}\n#{b} #", "something is taken for a heading that is none"
        )

    @keeps(4)
    def test_a_path_has_what_is_open(self, answers, text):
        words = [text.word() for _ in range(6)]
        for levels in (
            (1, 2, 3, 3, 2, 1),
            (1, 3, 2, 3, 1),
            (3, 2, 1, 2),
            (2, 2, 2),
            (1, 6, 5, 6, 4),
            (1, 2, 4, 3, 6, 1),
        ):
            lines = [
                f"{'#' * level} {word}\n{word}\n"
                for level, word in zip(levels, words, strict=False)
            ]
            self.check(answers, "".join(lines), "the path is wrong")
        self.check(answers, "# \n## \n### a\n# a\n## a\n## a\n", "the path is wrong")

    @keeps(2)
    def test_the_title_has_no_marks(self, answers, text):
        a, b = text.word(), text.word()
        for title in (
            *(f"{a} {b}", f"  {a}  ", f"{a} #", f"{a} ####   ", f"{a}#", f"{a} #{b}", f"#{a}"),
            *("", "#", "##", "   ", f"{a} # #", f"{a} \\#", f"C# {a} C#", f"*{a}*", f"{a}\t##\t"),
            f"{a}: {b}?",
        ):
            for end in ("\n", "\r\n", ""):
                self.check(answers, f"## {title}{end}", "the title is wrong")

    @keeps(3)
    def test_nothing_is_a_heading_in_a_fence(self, answers, text):
        a, b = text.word(), text.word()
        problem = "a comment in a code block is taken for a heading"
        for fence in ("```", "~~~", "````", "   ~~~~", " ```"):
            for language in ("", "python", f" {a} {b}"):
                self.check(answers, f"# {a}\n{fence}{language}\n# {b}\n{fence}\n## {b}\n", problem)
        self.check(answers, f"# {a}\n```\n# {b}\n## {b}", problem)
        self.check(answers, f"```\r\n# {b}\r\n```\r\n# {a}\r\n", problem)

    @keeps(3)
    def test_a_fence_ends_only_with_its_like(self, answers, text):
        a, b = text.word(), text.word()
        for fence, inside in (
            ("````", "```"),
            ("```", "~~~"),
            ("~~~", "```"),
            ("```", "``"),
            ("```", f"```{a}"),
            ("~~~~", "~~~"),
            ("```", f"{a} ```"),
            ("```", "``` #"),
            ("~~~", "~~~```"),
            ("```", "``` ```"),
        ):
            whole = f"{fence}\n{inside}\n# {a}\n{fence}\n# {b}\n"
            self.check(answers, whole, "a fence ends where it does not")
        for fence, end in (("```", "````"), ("~~~", "~~~~~ "), ("```", "  ```"), ("```", "```\r")):
            whole = f"{fence}\n# {a}\n{end}\n# {b}\n{fence}\n# {a}\n{fence}\n# {b}"
            self.check(answers, whole, "a fence does not end where it should")
        for line in ("``", f"{a} ```", "    ```", "~~", "`` `", "\t```", f"{a}~~~", "~`~"):
            problem = "something is taken for a fence that is none"
            self.check(answers, f"{line}\n# {b}\n", problem)

    @keeps(6)
    def test_lines_end_with_line_feeds_only(self, answers, text):
        a, b = text.word(), text.word()
        for odd in ("\u2028", "\x0b", "\x0c", "\x85", "\x1c", "\u2029"):
            whole = f"# {a}{odd}# {b}\n{a}{odd}# {b}\n"
            self.check(answers, whole, "a line ends where it does not")
        for whole in (f"# {a}\n\n\n  {b}  \n\n", f"# {a}\r\n\r\n{b}\n", f"\t{a}\n# {b}"):
            self.check(answers, whole, "the sections are not those that the docstring asks for")

    def test_nothing_is_kept_between_calls(self, answers, text):
        one, other = f"# {text.word()}\n## {text.word()}\n", f"### {text.word()}\n```\n"
        check_no_state(answers.markdown_sections, one, other)

    def test_any_text(self, search):
        def promise(answers, lines, end):
            problem = "the sections are not those that the docstring asks for"
            self.check(answers, end.join(lines), problem)

        always = each(
            lines=tuple(
                ["# a", f"x{one}", f"## b{one}c", "d", "# e"] for one in TEXTS if "\r" not in one
            ),
            end="\n",
        )
        search(
            promise,
            *always,
            lines=st.lists(st.sampled_from(LINES), max_size=9),
            end=st.sampled_from(("\n", "\r\n")),
            runs=40,
        )


LINES = (
    *("", "# a", "## b", "### c", "text", "```", "~~~", "````", "```py", "# a #", "#a", "    # no"),
    *("#", "###### f", "####### g", " ## i", "   ~~~", "~~~~", "  ```  ", "# c#", "## #", "\t# t"),
    *("> # q", "``` x", "~~~ #", "``", "    ```", " ", "####  deep  ##", "##\tt", "# \u2028 #"),
)


def cutter(answers, size=None):
    """Split a text at its spaces, or after so many characters; blanks are chunks, too."""

    def split(text):
        split.asked.append(text)
        pattern = r"\s+|\S+" if size is None else rf"(?s:.{{1,{size}}})"
        found = re.finditer(pattern, text)
        chunks = [answers.Chunk(one[0], one.start()) for one in found]
        return tuple(chunks) if len(text) % 2 else chunks

    split.asked = []
    return split


def cut_up(document):
    """What has to come of a document with `cutter`: text and metadata of each chunk."""
    words = list(re.finditer(r"\S+", document.page_content))
    return [
        (
            word[0],
            {**document.metadata, "start_index": word.start(), "end_index": word.end(), "chunk": n},
        )
        for n, word in enumerate(words)
    ]


KEEPS = StreamPromises()


class TestChunkDocuments(Explained):
    """Chunks become documents that can be found again, told apart and replaced."""

    WHY: ClassVar = {
        "it does not yield documents": "Each chunk becomes a Document with page_content, metadata "
        "and id.",
        "a document does not have the text of its chunk": "page_content is the text of the chunk, "
        "unchanged.",
        "a chunk with nothing but white space becomes a document": "Nobody looks for it. Leave it "
        "out.",
        "a chunk is left out, or comes twice": "Each chunk that is not blank becomes one document.",
        "what the document knew is lost": "The metadata of a chunk begins with a copy of the "
        "document's.",
        "start_index or end_index is wrong": "They are start and end of the chunk. With them, the "
        "text can be found in the original.",
        "the metadata is wrong": "A deep copy of the document's metadata, and three entries more, "
        "which replace what was there under their names.",
        "chunks share what is in their metadata": "A copy of a dict has the same lists inside. "
        "Make a deep copy for each chunk.",
        "a chunk shares what is in its metadata with the document": "A copy of a dict has the same "
        "lists inside. Make a deep copy for each chunk.",
        "the numbers are not 0, 1, 2": "Count the documents that you hand out, anew for each "
        "document. A blank chunk has no number.",
        "a document has no id": "A store that gets a text again replaces it by its id.",
        "an id is another one in the next run": "Make it from source, start and text alone, so "
        "that the next run replaces what is there and does not double it.",
        "an id depends on what came before": "Make it from source, start and text alone, and keep "
        "no count of all documents.",
        "an id is made with hash": "hash gives other numbers for texts in each process. hashlib "
        "does not.",
        "two chunks have the same id": "In a store, the second would replace the first. Source, "
        "start and text all count, and it has to be clear where one ends and the next begins.",
        "a document without a source is refused": "Not every document has one: "
        "metadata.get says None then.",
        "split is asked more than once, or with another text": "Once for each document, with its "
        "page_content as it is.",
        "the documents are not those that the docstring asks for": "Compare the first that "
        "differs.",
    }

    def documents(self, text, count=2):
        return [
            Document(
                text.sentence().replace(" ", "  ", 1),
                metadata={"source": text.secret(), "tags": [text.secret(), [n]], "year": 2025},
            )
            for n in range(count)
        ]

    def check(self, got, wanted):
        """Compare documents with pairs of text and metadata."""
        is_document = all(isinstance(one, Document) for one in got)
        self.must(is_document, "it does not yield documents", Words("documents"))
        shown, right = [one.page_content for one in got], [content for content, _ in wanted]
        must = self.against(right, shown)
        must(
            not any(one.isspace() or not one for one in shown),
            "a chunk with nothing but white space becomes a document",
        )
        must(len(shown) == len(right), "a chunk is left out, or comes twice")
        must(shown == right, "a document does not have the text of its chunk")
        for one, (_, metadata) in zip(got, wanted, strict=True):
            came = one.metadata
            must = self.against(metadata, came)
            own = ("start_index", "end_index", "chunk")
            must({*metadata} <= {*came, *own}, "what the document knew is lost")
            must(
                all(came.get(name) == metadata[name] for name in own[:2]),
                "start_index or end_index is wrong",
            )
            must(came.get("chunk") == metadata["chunk"], "the numbers are not 0, 1, 2")
            must(same_value(came, metadata), "the metadata is wrong")
            must(isinstance(one.id, str) and one.id, "a document has no id")

    def ids(self, answers, document, size=None):
        return [one.id for one in answers.chunk_documents([document], cutter(answers, size))]

    @keeps(1, 2)
    def test_each_chunk_becomes_a_document(self, answers, text):
        documents = self.documents(text)
        wanted = [pair for document in documents for pair in cut_up(document)]
        with unchanged(documents=documents):
            got = list(answers.chunk_documents(documents, cutter(answers)))
        self.check(got, wanted)
        for document in documents:
            mine = [one for one in got if one.metadata["source"] == document.metadata["source"]]
            for one in mine:
                start, end = one.metadata["start_index"], one.metadata["end_index"]
                there = document.page_content[start:end]
                self.equal(one.page_content, there, "start_index or end_index is wrong")

    @keeps(1, 3)
    def test_blank_chunks_are_left_out(self, answers, text):
        for blank in BLANKS:
            whole = f"{blank}{text.random.choice('abc')}{blank}b{blank}"
            document = Document(whole, metadata={"source": "a"})
            self.check(list(answers.chunk_documents([document], cutter(answers))), cut_up(document))
        for nothing in ("", " \n"):
            document = Document(nothing, metadata={"source": "a"})
            got = list(answers.chunk_documents([document], cutter(answers)))
            self.check(got, [])
        for visible in ("\u200b", "\x00", "0"):
            document = Document(visible, metadata={"source": "a"})
            got = list(answers.chunk_documents([document], cutter(answers, 9)))
            self.equal(
                [one.page_content for one in got], [visible], "a chunk is left out, or comes twice"
            )

    @keeps(2)
    def test_metadata_is_not_shared(self, answers, text):
        documents = self.documents(text)
        before = deepcopy(documents)
        got = list(answers.chunk_documents(documents, cutter(answers)))
        first, *others = got
        after = deepcopy(others)
        first.metadata["tags"].append(text.word())
        first.metadata["tags"][1].append(text.word())
        first.metadata["year"] = 1
        shown = [one.metadata for one in others]
        right = [one.metadata for one in after]
        self.must(shown == right, "chunks share what is in their metadata", right, shown)
        shown, right = documents[0].metadata, before[0].metadata
        self.must(
            shown == right, "a chunk shares what is in its metadata with the document", right, shown
        )

    @keeps(2)
    def test_metadata_of_any_kind(self, answers, text):
        for metadata in (
            {"source": "a", "day": date(2025, 1, 2), "raw": b"x", "none": None, "set": {1}},
            {"source": "a", "start_index": 77, "end_index": 78, "chunk": 79, "start": 80},
            {"source": "", "text": "x", "page_content": "y", "id": "z"},
            {"chunk": "three", "source": "é👋"},
        ):
            document = Document(f"{text.word()} {text.word()}", metadata=metadata)
            with unchanged(metadata=document.metadata):
                got = list(answers.chunk_documents([document], cutter(answers)))
            self.check(got, cut_up(document))

    def test_a_document_without_a_source(self, answers, text):
        for metadata in ({}, {"title": text.word()}):
            document = Document(f"{text.word()} {text.word()}", metadata=metadata)
            with self.never(KeyError, "a document without a source is refused"):
                got = list(answers.chunk_documents([document], cutter(answers)))
            self.check(got, cut_up(document))

    @keeps(3)
    def test_each_document_is_numbered_anew(self, answers, text):
        documents = [
            Document(" ".join("abcdefghijklm"[: n % 4]), metadata={"source": f"{n}"})
            for n in range(15)
        ]
        got = list(answers.chunk_documents(documents, cutter(answers)))
        self.check(got, [pair for document in documents for pair in cut_up(document)])

    @keeps(1)
    def test_equal_documents_all_count(self, answers, text):
        one = Document(text.word(), metadata={"source": text.secret()})
        for documents in ([one, one, one], [one, deepcopy(one), *self.documents(text), one]):
            got = list(answers.chunk_documents(Source(documents), cutter(answers)))
            self.check(got, [pair for document in documents for pair in cut_up(document)])

    @keeps(4)
    def test_an_id_stays_the_same(self, answers, text):
        documents = [*self.documents(text, 3), Document(text.word(), metadata={})]
        first = [one.id for one in answers.chunk_documents(documents, cutter(answers))]
        again = [one.id for one in answers.chunk_documents(deepcopy(documents), cutter(answers))]
        ids = Words("the same ids"), Words("other ids")
        self.must(first == again, "an id is another one in the next run", *ids)
        back = [self.ids(answers, document) for document in reversed(documents)]
        back = [one for ids in reversed(back) for one in ids]
        self.must(first == back, "an id depends on what came before", *ids)
        where = [
            (document.metadata.get("source"), metadata["start_index"], content)
            for document in documents
            for content, metadata in cut_up(document)
        ]
        for got, (source, start, content) in zip(first, where, strict=True):
            for made in (
                *((source, start, content), (source, content, start), (source, content), content),
                *(
                    f"{source}{start}{content}",
                    f"{source}:{start}:{content}",
                    f"{source}|{start}|{content}",
                ),
            ):
                number = hash(made)
                shown = str(abs(number)), f"{number & (1 << 64) - 1:x}", f"{abs(number):x}"
                self.must(not any(one in got for one in shown), "an id is made with hash")
        for key in (1, 2**40):
            with other_hashes(key):
                other = [one.id for one in answers.chunk_documents(documents, cutter(answers))]
            self.must(first == other, "an id is made with hash", *ids)

    @keeps(4)
    def test_no_two_chunks_have_one_id(self, answers, text):
        word = text.word()
        twins = Document(" ".join([word] * 5), metadata={"source": "a"})
        plain = Document(f"{word} {word}x", metadata={"source": "a"})
        elsewhere = Document(twins.page_content, metadata={"source": "b"})
        for documents in (
            [twins],
            [twins, elsewhere],
            [Document("abc", metadata={"source": source}) for source in ("a", "b", "A", "a ", "")],
            [Document("ab", metadata={"source": "a"}), Document("ac", metadata={"source": "a"})],
            [plain, Document(f"{word} {word}y", metadata={"source": "a2"})],
        ):
            ids = [one.id for one in answers.chunk_documents(documents, cutter(answers))]
            if documents[0] is plain:
                ids = ids[1:]
            self.must(len({*ids}) == len(ids), "two chunks have the same id", got=ids)
        blank = " " * 12
        for one, other in (
            (("a1", f"{blank[:2]}x"), ("a", f"{blank}x")),
            (("a", f"{blank[:1]}2x"), ("a", f"{blank}x")),
            *(
                ((f"a{mark}1", f"{blank[:2]}x"), ("a", f"{blank[:1]}2{mark}x"))
                for mark in (*"-_:|/#,;. \n\t\x00", "", "::", "||")
            ),
            *((("a", f"x{mark}x"), (f"a{mark}0{mark}x", "x")) for mark in "-_:|/#,;. \x00"),
        ):
            ids = [
                self.ids(answers, Document(content, metadata={"source": source}), 99)[0]
                for source, content in (one, other)
            ]
            self.must(ids[0] != ids[1], "two chunks have the same id", got=ids)
            ids = [
                one.id
                for source, content in (one, other)
                for one in answers.chunk_documents(
                    [Document(content, metadata={"source": source})], cutter(answers)
                )
                if one.page_content
            ]
            self.must(len({*ids}) == len(ids), "two chunks have the same id", got=ids)

    @keeps(5)
    def test_it_is_lazy(self, answers, text):
        documents = self.documents(text, 3)
        source, split = Source(documents), cutter(answers)
        stream = answers.chunk_documents(source, split)
        check_lazy(source)
        for n, document in enumerate(documents, 1):
            for _ in cut_up(document):
                next(stream)
                check_not_ahead(source.asked, n)
                wanted = [one.page_content for one in documents[:n]]
                problem = "split is asked more than once, or with another text"
                self.must(split.asked == wanted, problem, wanted, split.asked)
        stream.close()

    @keeps(6)
    def test_documents_are_closed(self, answers, text):
        for count in (0, 1, 4):
            source = Source(self.documents(text, 3))
            stream = answers.chunk_documents(source, cutter(answers))
            for _ in range(count):
                next(stream)
            if count:
                stream.close()
                check_closed(source)
            else:
                list(stream)
                check_closed(source, "at its end")

    @keeps(6)
    def test_an_error_of_split_passes_through(self, answers, text):
        for kind in (ValueError, KeyError, RuntimeError, TypeError):
            error = kind(text.word())
            documents = self.documents(text, 2)

            def split(whole, second=documents[1].page_content, error=error):
                if whole == second:
                    raise error
                return cutter(answers)(whole)

            source, got = Source(documents), []
            with passes_on(error, "split"):
                for one in answers.chunk_documents(source, split):
                    got.append(one.page_content)
            wanted = [content for content, _ in cut_up(documents[0])]
            self.must(got == wanted, "a chunk is left out, or comes twice", wanted, got)
            check_closed(source, "after an error of split")

    def test_what_cannot_be_closed(self, answers, text):
        documents = self.documents(text)
        wanted = [pair for document in documents for pair in cut_up(document)]
        for given in (documents, tuple(documents), iter(documents)):
            self.check(list(answers.chunk_documents(given, cutter(answers))), wanted)

    def test_any_documents(self, search):
        def promise(answers, contents, ending):
            documents = [
                Document("".join(content), metadata={"source": f"{n}", "tags": [n]})
                for n, content in enumerate(contents)
            ]

            def read(source):
                stream = answers.chunk_documents(source, cutter(answers))
                return Shown(stream)

            def pieces(documents):
                return [
                    (pair, n)
                    for n, document in enumerate(documents, 1)
                    for pair in cut_up(document)
                ]

            KEEPS.check(read, documents, ending, pieces)

        always = each(contents=[["a b"], [" "], ["c", "\n", "d"]], ending=EACH_ENDING)
        content = st.lists(st.sampled_from(("a", " b", "ab ", *TEXTS)), max_size=4)
        search(promise, *always, contents=st.lists(content, max_size=4), ending=any_ending())


class Shown:
    """A stream of documents, as pairs of text and metadata."""

    def __init__(self, stream):
        self._stream = stream

    def __iter__(self):
        return self

    def __next__(self):
        document = next(self._stream)
        return document.page_content, document.metadata

    def close(self):
        self._stream.close()
