"""Lesson 12: Buffering.

One class for each task. Words and times come from `text`, other ones for each seed. Text that is
cut in several ways has to give the same pieces, and time is virtual.
"""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from copy import deepcopy
from functools import partial
from itertools import accumulate, combinations, pairwise
from typing import ClassVar

from hypothesis.strategies import none, sampled_from, tuples

from course.fakes.script import Hang, Pause, split_tokens
from course.fakes.sources import AsItem, AsyncSource, Source
from course.grade.differences import check_same
from course.grade.expect import Words, keeps
from course.grade.scenarios import (
    BLANKS,
    EACH_ENDING,
    EACH_TEXT,
    EACH_VALUE,
    Ending,
    Stop,
    any_ending,
    any_limit,
    any_text,
    any_tokens,
    any_value,
    each,
    errors_as_items,
    repeated,
)
from course.grade.stream_checks import (
    END_FIRST,
    cancel_while_it_waits,
    check_closed,
    check_closes,
    check_lazy,
    check_nothing_runs_on,
    check_passes_on,
    check_stops,
    close,
    joined,
    not_for_ever,
    passes_on,
    same,
    seconds,
)
from course.grade.stream_promises import (
    AT_THE_END,
    NOT_BY_ITSELF,
    StreamPromises,
    acheck_apart,
    check_apart,
)
from course.grade.text_checks import TAIL, check_cuts, check_pulled, check_text, cuts
from course.grade.value_checks import BROKEN_DATA, Explained, never, refused, unchanged

KEEPS = StreamPromises()

STOPS = tuple(Ending(stop_after=count) for count in (1, 2, 3))

LONG = [f"{number} {'word' * (number % 40)}" for number in range(150)]
"""Many tokens, some of them long."""

AT_ONCE = "Yield a piece inside the loop, right after what completes it, and start a new one."


class TestBufferByCount(Explained):
    """Every n tokens with text in them are one piece."""

    WHY: ClassVar = {
        "what is left at the end is not joined": "The last piece may have fewer tokens. It is "
        "still one piece: join it.",
        "nothing is joined": "n is the number of tokens in a piece, not of their characters.",
        "a piece has one token too many": "n tokens are enough. Add the token first, then check "
        "whether there are n.",
        "a piece does not have n tokens": "Count the tokens added since the last piece. A space is "
        "a token, too.",
        'None becomes the word "None"': "None means that a delta has no text. Skip it.",
        "a token without text ends it, or takes others with it": "Neither None nor the empty "
        "string is the end. Skip them and go on.",
        "tokens without text are counted": "n counts what people can see. Look at the token before "
        "you count it.",
        "it yields an empty piece": "At the end, yield the buffer only if something is in it.",
        "n=1 does not work": "1 is the smallest n: each token is a piece.",
    }

    def test_each_call_is_a_stream_of_its_own(self, answers, text):
        words = [text.word() for _ in range(10)]
        check_apart(lambda source: answers.buffer_by_count(source, 2), words[:7], words[7:])

    @keeps(4)
    def test_the_tail_comes_out(self, answers, text):
        tokens = [text.word() for _ in range(5)]
        wanted = [joined(tokens[:3]), joined(tokens[3:])]
        got = list(answers.buffer_by_count(tokens, 3))
        self.must(got != wanted[:1], "the end of the text is lost", wanted, why=TAIL)
        check_text(got, joined(tokens))
        self.must(
            got != [*wanted[:1], *tokens[3:]], "what is left at the end is not joined", wanted
        )

    @keeps(1)
    def test_n_tokens_make_a_piece(self, answers, text):
        tokens = [text.word(), " ", text.word(), "\n", f" {text.word()} ", "  ", text.word()]
        wanted = [joined(tokens[:3]), joined(tokens[3:6]), tokens[6]]
        got = list(answers.buffer_by_count(tokens, 3))
        check_text(got, joined(tokens))
        must = self.against(wanted)
        must(got != tokens, "nothing is joined")
        must(got != [joined(tokens[:4]), joined(tokens[4:])], "a piece has one token too many")
        must(got == wanted, "a piece does not have n tokens")

    @keeps(2)
    def test_tokens_without_text_do_not_count(self, answers, text):
        words = [text.word() for _ in range(5)]
        tokens = [None, words[0], None, words[1], "", words[2], "", None, words[3], words[4], None]
        wanted = [words[0] + words[1], words[2] + words[3], words[4]]
        got = list(answers.buffer_by_count(tokens, 2))
        must = self.against(wanted)
        must("None" not in joined(got), 'None becomes the word "None"')
        must(joined(got) == joined(words), "a token without text ends it, or takes others with it")
        must(got == wanted, "tokens without text are counted")

    @keeps(4)
    def test_no_piece_is_empty(self, answers, text):
        word = text.word()
        for tokens, wanted in ([], []), ([None, "", None], []), ([word, "", None, ""], [word]):
            got = list(answers.buffer_by_count(tokens, 2))
            self.must(got == wanted, "it yields an empty piece", wanted)

    @keeps(3)
    def test_a_piece_comes_with_its_last_token(self, answers, text):
        source = Source([text.word() for _ in range(9)])
        stream = answers.buffer_by_count(source, 3)
        check_lazy(source)
        for pulled in (3, 6):
            next(stream)
            check_pulled(source.pulled, pulled, "the piece", AT_ONCE)

    @keeps(5)
    def test_stopping_closes_the_source(self, answers, text):
        source = Source([text.word() for _ in range(5)])
        check_closes(answers.buffer_by_count(source, 2), source)

    @keeps(5)
    def test_an_error_passes_through(self, answers, text):
        error = ConnectionError(text.word())
        source = Source([text.word(), text.word(), text.word(), error])
        check_passes_on(answers.buffer_by_count(source, 2), error)

    def test_n_must_be_positive(self, answers, text):
        tokens = [text.word(), text.word()]
        for wrong, given in (0, tokens), (-1, tokens), (-100, tokens), (0, []):
            with refused(f"n={wrong}", "A piece needs at least one token, whatever comes"):
                next(answers.buffer_by_count(given, wrong), None)
        got = list(answers.buffer_by_count(tokens, 1))
        self.must(got == tokens, "n=1 does not work", tokens)

    def test_any_tokens(self, search):
        def promise(answers, tokens, n, ending):
            KEEPS.check(
                lambda source: answers.buffer_by_count(source, n),
                tokens,
                ending,
                lambda tokens: _in_batches(tokens, n, n),
            )

        deltas = repeated(any_text() | none())
        always = [
            *each(tokens=EACH_TEXT, n=3, ending=Ending()),
            *each(tokens=["a", None, "b", "", "c", "d", "e"], n=2, ending=EACH_ENDING),
            *each(tokens=LONG * 2, n=(290,), ending=Ending()),
            *each(tokens=["a", "b", "c", "d", None, "", "e", "f"], n=(6, 10**9), ending=Ending()),
        ]
        search(promise, *always, tokens=deltas, n=any_limit(), ending=any_ending())


def _in_batches(tokens, first, others):
    """The first piece has `first` tokens with text in them, and each other piece `others`."""
    held = []
    enough = first
    for count, token in enumerate(tokens, 1):
        held += [token] if token else []
        if len(held) == enough:
            yield joined(held), count
            held, enough = [], others
    if held:
        yield joined(held), AT_THE_END


class TestFirstThenBatch(Explained):
    """The first token comes at once, all others n at a time."""

    WHY: ClassVar = {
        "the first token waits for others": "Until the first piece comes, the screen is empty. One "
        "token is enough for it.",
        "the second token comes alone, too": "Each piece after the first has n tokens. n does not "
        "count characters.",
        "the second piece is too short": "The first token is already out. It is not one of the "
        "next n.",
        "the pieces are not one token, and then n at a time": "One token is enough for the first "
        "piece, n for each of the others.",
        "other tokens come alone, too": "Only the very first piece is an exception. It never "
        "happens again.",
        "it yields an empty piece": "Models often begin with an empty token. Nobody can see it: "
        "skip it.",
        "an empty token is taken for the first": "The first token is the first one with text in "
        "it. That one comes alone.",
        "empty tokens are counted": "n counts what people can see. Look at the token before you "
        "count it.",
        "what is left at the end is not joined": "The last piece may have fewer tokens. It is "
        "still one piece: join it.",
        "the second token is pulled before the first is handed out": "The first token is ready. "
        "Waiting for another one may take a long time.",
        "n=1 does not work": "1 is the smallest n: each token is a piece.",
    }

    def test_each_call_is_a_stream_of_its_own(self, answers, text):
        words = [text.word() for _ in range(10)]
        check_apart(lambda source: answers.first_then_batch(source, 2), words[:7], words[7:])

    @keeps(1)
    def test_the_first_token_comes_alone(self, answers, text):
        tokens = [text.word(), text.word(), " ", text.word(), text.word()]
        wanted = [tokens[0], joined(tokens[1:4]), tokens[4]]
        got = list(answers.first_then_batch(tokens, 3))
        self.must(got[:1] != [joined(tokens[:3])], "the first token waits for others", wanted)
        check_text(got, joined(tokens))
        must = self.against(wanted)
        must(got[1:2] != [tokens[1]], "the second token comes alone, too")
        must(got[1:2] != [joined(tokens[1:3])], "the second piece is too short")
        must(got == wanted, "the pieces are not one token, and then n at a time")

    @keeps(2)
    def test_only_the_first_comes_alone(self, answers, text):
        tokens = [text.word() for _ in range(10)]
        wanted = [tokens[0], *(joined(tokens[at : at + 3]) for at in (1, 4, 7))]
        got = list(answers.first_then_batch(tokens, 3))
        must = self.against(wanted)
        must(tokens[4] not in got[1:] and tokens[1] not in got[1:], "other tokens come alone, too")
        must(got == wanted, "the pieces are not one token, and then n at a time")

    @keeps(3)
    def test_an_empty_token_is_not_the_first(self, answers, text):
        words = [text.word() for _ in range(4)]
        wanted = [words[0], words[1] + words[2], words[3]]
        got = list(answers.first_then_batch(["", "", words[0], words[1], "", *words[2:], ""], 2))
        must = self.against(wanted)
        must("" not in got, "it yields an empty piece")
        must(got[0] == words[0], "an empty token is taken for the first")
        must(got == wanted, "empty tokens are counted")

    @keeps(4)
    def test_the_tail_comes_out(self, answers, text):
        tokens = [text.word() for _ in range(7)]
        for count, wanted in (
            (7, [tokens[0], joined(tokens[1:5]), joined(tokens[5:])]),
            (1, tokens[:1]),
            (0, []),
        ):
            got = list(answers.first_then_batch(tokens[:count], 4))
            check_text(got, joined(tokens[:count]))
            self.must(got == wanted, "what is left at the end is not joined", wanted)

    @keeps(1, 2)
    def test_nobody_waits_for_the_first(self, answers, text):
        source = Source([text.word() for _ in range(9)])
        stream = answers.first_then_batch(source, 4)
        check_lazy(source)
        next(stream)
        self.in_words(
            source.pulled == 1,
            "the second token is pulled before the first is handed out",
            "1 token pulled for the first piece",
            f"{source.pulled} pulled",
        )
        next(stream)
        check_pulled(source.pulled, 5, "the piece", AT_ONCE)

    @keeps(5)
    def test_stopping_closes_the_source(self, answers, text):
        source = Source([text.word() for _ in range(5)])
        check_closes(answers.first_then_batch(source, 2), source)

    @keeps(5)
    def test_an_error_passes_through(self, answers, text):
        error = ConnectionError(text.word())
        source = Source([text.word(), text.word(), error])
        check_passes_on(answers.first_then_batch(source, 2), error)

    def test_n_must_be_positive(self, answers, text):
        tokens = [text.word(), text.word(), text.word()]
        for wrong, given in (0, tokens), (-1, tokens), (-100, tokens), (0, []):
            with refused(f"n={wrong}", "A piece needs at least one token, whatever comes"):
                next(answers.first_then_batch(given, wrong), None)
        got = list(answers.first_then_batch(tokens, 1))
        self.must(got == tokens, "n=1 does not work", tokens)

    def test_any_tokens(self, search):
        def promise(answers, tokens, n, ending):
            KEEPS.check(
                lambda source: answers.first_then_batch(source, n),
                tokens,
                ending,
                lambda tokens: _in_batches(tokens, 1, n),
            )

        always = [
            *each(tokens=EACH_TEXT, n=2, ending=Ending()),
            *each(tokens=([" ", "a", "b"], ["\n", " ", "a"], ["", " "]), n=2, ending=Ending()),
            *each(tokens=["a", "", "b", "c", "d", "e"], n=2, ending=EACH_ENDING),
            *each(tokens=LONG * 2, n=(290,), ending=Ending()),
        ]
        search(promise, *always, tokens=any_tokens(), n=any_limit(), ending=any_ending())


class TestSmoothWords(Explained):
    """Whole words come out, each with the white space that follows it."""

    WHY: ClassVar = {
        "the last word is lost": "No next word follows to show that it is whole, but the end of "
        "the tokens shows that, too.",
        "the pieces are not the words": "A piece is one word and all the white space that follows "
        "it. Where tokens begin and end means nothing.",
        "half words come out": "The end of a token is not the end of a word. Wait for white space, "
        "and then for the next character.",
        "white space is split up": "After one space there may be another. Only a character that "
        "is not white space shows that there are no more.",
        "white space at the beginning does not go with the first word": "Every piece has a word in "
        "it. White space before the first word does not complete a piece.",
        "a text without two words goes wrong": "What is left comes at the end: nothing, white "
        "space, or a word.",
        "words that come together stay together": "A token may hold many words. Yield each of them "
        "separately.",
    }

    def test_each_call_is_a_stream_of_its_own(self, answers, text):
        words = [f"{text.word()} " for _ in range(9)]
        check_apart(answers.smooth_words, words[:5], words[5:])

    @keeps(5)
    def test_the_last_word_comes_out(self, answers, text):
        word, last = text.word(), text.word()
        wanted = [f"{word} ", last]
        got = list(answers.smooth_words([word, f" {last[:2]}", last[2:]]))
        self.must(joined(got) != f"{word} ", "the last word is lost", wanted)
        check_text(got, joined(wanted))
        self.must(got == wanted, "the pieces are not the words", wanted)

    @keeps(1)
    def test_words_come_whole(self, answers, text):
        words = [text.word() for _ in range(4)]
        wanted = [f"{words[0]} ", f"{words[1]} ", f"{words[2]}. ", "- ", f"{words[3]}'s"]
        tokens = [words[0][:1], words[0][1:], " ", words[1][:4], f"{words[1][4:]} {words[2]}"]
        tokens += [".", " ", "- ", words[3], "'s"]
        got = list(answers.smooth_words(tokens))
        self.must(got != tokens, "half words come out", wanted)
        check_text(got, joined(wanted))
        self.must(
            got == wanted,
            "the pieces are not the words",
            wanted,
            why="A piece is one word, with its marks, and all the white space that follows it. "
            "Anything that is not white space makes a word, even a dash.",
        )

    @keeps(1)
    def test_white_space_stays_together(self, answers, text):
        wanted = [f"{text.word()}{space}" for space in ("  ", "\r\n", "\t", "\u2003", " \n ")]
        wanted.append(text.word())
        got = list(answers.smooth_words(list(joined(wanted))))
        check_text(got, joined(wanted))
        must = self.against(wanted)
        must(
            not any(piece.isspace() for piece in got) and not any(p[0].isspace() for p in got),
            "white space is split up",
        )
        must(
            got == wanted,
            "the pieces are not the words",
            why="Line breaks, tabs and wide spaces are white space, too: use str.isspace.",
        )

    @keeps(2)
    def test_white_space_at_the_beginning(self, answers, text):
        word, other = text.word(), text.word()
        wanted = [f"\n  {word} ", other]
        got = list(answers.smooth_words(["\n", "  ", word, " ", other]))
        check_text(got, joined(wanted))
        self.must(
            got == wanted, "white space at the beginning does not go with the first word", wanted
        )
        for tokens, alone in ([], []), ([" ", "\n"], [" \n"]), (["", word, ""], [word]):
            got = list(answers.smooth_words(tokens))
            self.must(got == alone, "a text without two words goes wrong", alone)

    @keeps(6)
    def test_cuts_make_no_difference(self, answers, text):
        whole = f" {text.sentence()}  {text.word()}\r\n- {text.sentence()} 3.14 "
        why = "One token may hold many words, and one word many tokens."
        check_cuts(lambda tokens: list(answers.smooth_words(tokens)), whole, text, why)

    @keeps(3)
    def test_a_word_comes_when_the_next_begins(self, answers, text):
        first, second = text.word(), text.word()
        source = Source([*f"{first}  ", *f"{second} ", *text.word()])
        stream = answers.smooth_words(source)
        check_lazy(source)
        for pulled in (9, 16):
            next(stream)
            check_pulled(source.pulled, pulled, "the white space after the word", AT_ONCE)

    @keeps(4)
    def test_one_token_may_complete_several(self, answers, text):
        words = [f"{text.word()} " for _ in range(4)]
        source = Source([joined(words), text.word()])
        stream = answers.smooth_words(source)
        got = [next(stream) for _ in range(3)]
        self.must(got == words[:3], "words that come together stay together", words[:3])
        check_pulled(source.pulled, 1, "the token", AT_ONCE)

    @keeps(7)
    def test_stopping_closes_the_source(self, answers, text):
        source = Source([f"{text.word()} " for _ in range(5)])
        check_closes(answers.smooth_words(source), source)

    @keeps(7)
    def test_an_error_passes_through(self, answers, text):
        error = ConnectionError(text.word())
        check_passes_on(
            answers.smooth_words(Source([f"{text.word()} ", text.word(), error])), error
        )

    def test_any_tokens(self, search):
        def promise(answers, tokens, ending):
            KEEPS.check(answers.smooth_words, tokens, ending, _words)

        spaces = tuple([space, "a", space, "b c", space] for space in BLANKS)
        several = (["a b  c", "d e f"], ["a" + " " * 70, "\n" * 70 + "b"], LONG[:70])
        always = [
            *each(tokens=(*EACH_TEXT, *spaces, *several), ending=Ending()),
            *each(tokens=["a b", " c", " ", "d", " e"], ending=EACH_ENDING),
        ]
        search(promise, *always, tokens=any_tokens(), ending=any_ending())


def _words(tokens):
    """Each word with the white space after it; a token shows that the word before is complete."""
    text = joined(tokens)
    pulled = [count for count, token in enumerate(tokens, 1) for _ in token]
    starts = [at for at, character in enumerate(text) if not character.isspace()]
    starts = [at for at in starts if at == starts[0] or text[at - 1].isspace()][1:]
    for start, end in pairwise([0, *starts, len(text)]):
        if start < end:
            yield text[start:end], pulled[end] if end < len(text) else AT_THE_END


class TestSentenceStream(Explained):
    """Whole sentences come out, each with the white space that follows it."""

    WHY: ClassVar = {
        "it misses the end of a sentence": 'A sentence ends with one or more of ".", "!" and "?", '
        "and then white space.",
        "the pieces are not the sentences": "A piece is a sentence and all the white space that "
        "follows it. The next one begins with the first character after that.",
        "a text without a sentence goes wrong": "What is left comes at the end, even if it is "
        "white space, but never an empty piece.",
        "white space at the beginning does not go with the first sentence": "No sentence comes "
        "before it, so it does not complete one.",
        "a number or a name is cut in two": "A period at the end of a token may be a decimal "
        "point. A mark ends a sentence only if white space follows it.",
        "an abbreviation ends a sentence": "Take the last word before the white space, strip the "
        "characters of AROUND from it, and see whether it is one of `abbreviations`. Ignore case, "
        "and remember that line breaks are white space, too.",
        "a word that only ends like an abbreviation ends no sentence": "Compare the whole word "
        "with the abbreviations, not just the end of the text.",
        "it does not use the abbreviations it is given": "They replace the usual ones. Ignore "
        "case on both sides when you compare: both the list and the text may have Ph.D. or PH.D.",
        "a sentence in quotation marks or brackets is missed": "Characters of AROUND "
        "may come between the mark and the white space, and the next sentence may begin with them. "
        "str.strip takes a string with all the characters to remove.",
        "a piece is longer than max_chars": "A voice that waits for an endless sentence stays "
        "silent. When the buffer holds max_chars and one more comes, cut.",
        "a long sentence is cut in the middle of a word": "Cut after the last white space in the "
        "buffer. The rest begins the next piece.",
        "a long sentence is cut in the wrong place": "Cut after the last white space in the "
        "buffer, but not before the buffer holds max_chars characters.",
        "a long word is not cut": "Without white space, hand out all max_chars characters.",
        "a sentence of exactly max_chars is cut": "The next character may show that the sentence "
        "is whole. Check that first; only then is the buffer too full.",
        "without a given limit, it does not use the default": "max_chars is 200 by default, as "
        "the signature says.",
    }

    def test_each_call_is_a_stream_of_its_own(self, answers, text):
        sentences = [f"{text.sentence()} " for _ in range(9)]
        check_apart(answers.sentence_stream, sentences[:5], sentences[5:])

    @keeps(1)
    def test_sentences_come_whole(self, answers, text):
        wanted = [f"{text.sentence('.')} ", f"{text.sentence('?')}  ", f"{text.sentence('!')}\n\n"]
        wanted += [f"{text.sentence('?!')} ", f"{text.sentence('...')} ", text.word()]
        got = list(answers.sentence_stream(split_tokens(joined(wanted))))
        check_text(got, joined(wanted))
        must = self.against(wanted)
        must(len(got) >= len(wanted), "it misses the end of a sentence")
        must(got == wanted, "the pieces are not the sentences")
        for tokens, alone in ([], []), (["", ""], []), ([" ", "\n"], [" \n"]):
            got = list(answers.sentence_stream(tokens))
            self.must(got == alone, "a text without a sentence goes wrong", alone)
        wanted = [f"\n  {text.sentence()} ", text.word()]
        got = list(answers.sentence_stream(wanted))
        self.must(
            got == wanted,
            "white space at the beginning does not go with the first sentence",
            wanted,
        )

    @keeps(2)
    def test_a_mark_inside_a_word_ends_nothing(self, answers, text):
        word = text.word()
        tokens = ["It costs 3.", "14 at ", f"{word}.", "com since v2.", "0.1 of ", f"{word}.py"]
        whole = joined(tokens)
        for cut in (tokens, [whole]):
            got = list(answers.sentence_stream(cut))
            check_text(got, whole)
            self.must(got == [whole], "a number or a name is cut in two", [whole])

    @keeps(3)
    def test_abbreviations_end_nothing(self, answers, text):
        word = text.word()
        whole = f"Dr. {word} was late,\ne.g. («Mrs. {word}» says) at 5\tp.m. on DR. {word} street"
        for tokens in cuts(whole, text).values():
            got = list(answers.sentence_stream(tokens))
            check_text(got, whole)
            self.must(got == [whole], "an abbreviation ends a sentence", [whole])

    @keeps(3)
    def test_a_word_that_ends_like_an_abbreviation_is_none(self, answers, text):
        wanted = [f"{text.word()} is best. ", f"{text.word()} walks. ", text.word()]
        got = list(answers.sentence_stream([joined(wanted)], abbreviations=("St.", "ks.")))
        check_text(got, joined(wanted))
        self.must(
            got == wanted, "a word that only ends like an abbreviation ends no sentence", wanted
        )

    @keeps(3)
    def test_other_abbreviations_can_be_given(self, answers, text):
        own, word = f"{text.word().title()}.{text.word().title()}.", text.word()
        forms = (own, own.upper(), own.lower(), own.swapcase())
        whole = f"{word} {' '.join(forms)} ({own} Dr. {word}"
        wanted = [whole[: whole.index("Dr.") + 4], word]
        for given in forms:
            got = list(answers.sentence_stream([whole], abbreviations={given}))
            check_text(got, whole)
            self.must(got == wanted, "it does not use the abbreviations it is given", wanted)

    @keeps(4)
    def test_quotes_and_brackets_belong_to_the_sentence(self, answers, text):
        pairs = ['""', "()", "\u201c\u201d", "\u2018\u2019", "«»", "**", "__", "``", "[]", "{}"]
        pairs = [*text.random.sample(pairs, len(pairs)), "''"]
        wanted = [f"{before}{text.sentence()}{after} " for before, after in pairs]
        wanted += [f"**({text.sentence()})** ", text.word()]
        got = list(answers.sentence_stream([joined(wanted)]))
        check_text(got, joined(wanted))
        self.must(got == wanted, "a sentence in quotation marks or brackets is missed", wanted)

    def test_cuts_make_no_difference(self, answers, text):
        whole = f'\r\n Dr. {text.sentences(3)} "{text.sentence()}" {text.word() * 9} '
        whole += text.sentences(2)
        why = (
            "One token may hold many sentences, and one sentence many tokens. The limit, too, has "
            "to apply at the same character."
        )
        check_cuts(lambda tokens: list(answers.sentence_stream(tokens)), whole, text, why)
        short = partial(answers.sentence_stream, max_chars=25)
        check_cuts(lambda tokens: list(short(tokens)), whole, text, why)

    @keeps(5)
    def test_a_sentence_comes_when_the_next_begins(self, answers, text):
        first, second = text.sentence(), text.sentence()
        source = Source([*f"{first}  ", *f"{second} ", *text.word()])
        stream = answers.sentence_stream(source)
        check_lazy(source)
        next(stream)
        check_pulled(source.pulled, len(first) + 3, "the white space after the sentence", AT_ONCE)
        next(stream)
        check_pulled(
            source.pulled,
            len(first) + len(second) + 4,
            "the white space after the sentence",
            AT_ONCE,
        )

    @keeps(6)
    def test_a_long_sentence_is_cut_at_a_space(self, answers, text):
        words = [text.word() for _ in range(4)]
        wanted = [f"{words[0]} {words[1]}\n", f"{words[2]} {words[3]}"]
        got = list(answers.sentence_stream([joined(wanted)], max_chars=17))
        check_text(got, joined(wanted))
        must = self.against(wanted)
        must(max(map(len, got)) <= 17, "a piece is longer than max_chars")
        must(
            all(piece.split()[-1] in words for piece in got if piece.strip()),
            "a long sentence is cut in the middle of a word",
        )
        must(got == wanted, "a long sentence is cut in the wrong place")
        long = text.word() * 4
        got = list(answers.sentence_stream(["Hi. ", long], max_chars=10))
        wanted = ["Hi. ", long[:10], long[10:20], long[20:]]
        self.must(got == wanted, "a long word is not cut", wanted)

    @keeps(6)
    def test_white_space_fills_the_buffer_too(self, answers, text):
        word, other, long = text.word(), text.word(), text.word() + text.word()
        for wanted, why in (
            (
                [f"{word} to ", other],
                "The buffer is full, and its last character is white space: cut after that.",
            ),
            (
                [f"{word}    ", f" {other}"],
                "White space counts like any other character: cut, and let the rest of it begin "
                "the next piece.",
            ),
            (
                [f"{' ' * 6}\n{' ' * 3}", f"  {word}"],
                "The buffer may hold nothing but white space. Cut after the last of it.",
            ),
            (
                [" ", long[:10], long[10:]],
                "White space at the very beginning counts, too: cut after it. An index of 0 does "
                "not mean that there is none.",
            ),
        ):
            got = list(answers.sentence_stream([joined(wanted)], max_chars=10))
            check_text(got, joined(wanted))
            must = self.against(wanted)
            must(
                max(map(len, got)) <= 10,
                "a piece is longer than max_chars",
                why="White space counts like any other character: when the buffer holds max_chars "
                "and one more comes, cut.",
            )
            must(got == wanted, "a full buffer is cut in the wrong place", why=why)

    @keeps(6)
    def test_the_limit_is_exact(self, answers, text):
        whole = text.sentence()
        wanted = [f"{whole} ", whole]
        got = list(answers.sentence_stream(joined(wanted), max_chars=len(whole) + 1))
        self.must(got == wanted, "a sentence of exactly max_chars is cut", wanted)
        for wrong, given in (0, [whole]), (-1, [whole]), (-100, [whole]), (0, []):
            with refused(f"max_chars={wrong}", "A limit below one character makes no sense"):
                next(answers.sentence_stream(given, max_chars=wrong), None)
        got = list(answers.sentence_stream(["Hi"], max_chars=1))
        self.must(got == ["H", "i"], "max_chars=1 does not work", why="It is the smallest limit.")
        long = text.word() * 40
        got = list(answers.sentence_stream([long]))
        self.must(
            got == [long[:200], long[200:]],
            "without a given limit, it does not use the default",
            [long[:200], long[200:]],
        )

    @keeps(7)
    def test_its_source_is_closed_and_may_fail(self, answers, text):
        error = ConnectionError(text.word())
        source = Source([f"{text.sentence()} ", text.word(), error])
        check_closes(answers.sentence_stream(source), source)
        source = Source([f"{text.sentence()} ", text.word(), error])
        check_passes_on(answers.sentence_stream(source), error)

    def test_any_text(self, search):
        def promise(answers, tokens, abbreviations, max_chars, ending):
            def read(source):
                return answers.sentence_stream(source, abbreviations, max_chars)

            whole = joined(tokens)
            ends = {*accumulate(map(len, read(list(whole))))} if len(whole) > max_chars else set()
            with unchanged(abbreviations=abbreviations):
                KEEPS.check(
                    read,
                    tokens,
                    ending,
                    lambda tokens: _sentences(tokens, abbreviations, max_chars, ends),
                )

        usual = {"abbreviations": ["Dr.", "e.g.", "Yahoo!"], "max_chars": 200}
        replaced = ((), {"dr."}, ["(e.g."])
        always = [
            *each(tokens=(*EACH_TEXT, *EACH_SENTENCE, LONG[:40]), **usual, ending=Ending()),
            *each(tokens=["A. B", "c. ", "D", ". ", "E"], **usual, ending=EACH_ENDING),
            *each(tokens=["Dr. e.g. B"], abbreviations=replaced, max_chars=99, ending=Ending()),
            *each(tokens=LONG[:70], abbreviations=[], max_chars=(10**9,), ending=Ending()),
            *(
                {**usual, "tokens": [text], "max_chars": limit, "ending": Ending()}
                for text in ("ab. cd\n efg.  hi", "  abcdef g.\tH. i", "Oh no.", "a b ")
                for limit in range(1, len(text) + 1)
            ),
        ]
        word = sampled_from(("A", "b", "Dr.", "DR", "3.14", "end.", "(e.g.) ", "yahoo!", "?!"))
        other = sampled_from((" ", ". ", "! ", "\n ", "... ", '."', ".) ", *AROUND))
        search(
            promise,
            *always,
            tokens=repeated(word | other | any_text()),
            abbreviations=sampled_from((("Dr.", "e.g.", "Yahoo!"), {"Dr."}, [])),
            max_chars=sampled_from((200, 1, 2, 3, 5, 8, 13, 10**9)),
            ending=any_ending(),
        )


MARKS = (".", "!", "?")
NO_MARKS = (",", ":", ";", ".,", "\u2026", "\u3002", "\uff01")
AROUND = "\"'`*_()[]{}\u2018\u2019\u201c\u201d\u00ab\u00bb"
LIKE_ABBREVIATIONS = ("E.G.", "yahoo!", "Dr..", "Dr.!", "xDr.", "Dr", "x.Dr.", "e.g.;", "Dr.e.g.")
NEXT = ("b", "3", "(", "-", ".", "\u6f22", "\U0001f44b", "\u200b", "...", "\u2014")
PARAGRAPHS = ("a\n\nb", "a.x\n\n- b", "a\r\n\r\nB", "1\n2", "a." + " " * 70 + "\n" * 70 + "b")
LIKE_SENTENCES = ("...", "?!", ".", '""', '"."', "-.", "3.14", "x.y", "1.", "\u6f22.", ".x", ".)x")

EACH_SENTENCE = (
    *([f"a {mark}end.{mark} b end{mark}! {mark}b {mark}dr.{mark} c"] for mark in AROUND),
    *([f"A.{space}", f"b!{space}C"] for space in BLANKS),
    *([f"A{mark} b{mark} C"] for mark in (*MARKS, *NO_MARKS)),
    *([f"a {word} b"] for word in (*LIKE_ABBREVIATIONS, *LIKE_SENTENCES)),
    *(["end", mark, " ", "", " B"] for mark in MARKS),
    *([f"A. {after} c"] for after in NEXT),
    *([text] for text in PARAGRAPHS),
)
"""To be tried with every seed: a mark between characters of all kinds, and words like others."""


def _sentences(tokens, abbreviations, max_chars, ends):
    """Each sentence with the white space after it, and no piece longer than `max_chars`.

    A word that a cut has touched ends a sentence if a piece ends there: at one of `ends`.
    """
    text = joined(tokens)
    known = {abbreviation.lower() for abbreviation in abbreviations}
    pulled = [count for count, token in enumerate(tokens, 1) for _ in token]
    start = 0
    for at, character in enumerate(text):
        word, is_touched = "", False
        if not character.isspace() and text[at - 1 : at].isspace():
            before = text[:at].rsplit(maxsplit=1)[-1:]
            word = before[0].rstrip() if before else ""
            is_touched = len(text[:at].rstrip()) - len(word) < start
        bare = word.strip(AROUND)
        if is_touched and at in ends and any(mark in word for mark in MARKS):
            cut, known_at = at, min(start + max_chars, len(text) - 1)
        elif not is_touched and bare.endswith(MARKS) and bare.lower() not in known:
            cut, known_at = at, at
        elif at - start == max_chars:
            spaces = (n for n in range(at, start, -1) if text[n - 1].isspace())
            cut, known_at = next(spaces, at), at
        else:
            continue
        yield text[start:cut], pulled[known_at]
        start = cut
    if text[start:]:
        yield text[start:], AT_THE_END


def token(content, part="a", **rest):
    """A token event."""
    return {"type": "token", "id": part, "content": content, **rest}


def text_of(events, part="a"):
    """All text of one part."""
    return joined(event["content"] for event in events if event.get("id") == part)


class TestFlushOnEvent(Explained):
    """Text is joined, and keeps its place among the other events."""

    WHY: ClassVar = {
        "it does not yield events": "What goes out is an event like the ones that come in, with "
        "more text in it.",
        "text is lost or changed": "Joined together, the contents must be what they were.",
        "a buffer that is just full does not come out": "max_chars characters are enough: compare "
        "with >=.",
        "text is not joined up to max_chars": "Add the content to the buffer. If it has max_chars "
        "characters or more, yield it.",
        "max_chars is not a number of characters": "len(text) counts them. White space counts, and "
        "no character counts twice, however many bytes it has.",
        "content is cut, or goes out before there is enough": "max_chars says when there is "
        "enough, not how much is allowed. Add first, then look.",
        "another event overtakes the text before it": "The text came first. Hand out what is held "
        "before you pass on another event.",
        "text comes after complete": "A reader stops at `complete`. Hand out what is held before "
        "it.",
        "the order of the events has changed": "Hand out the held text, then the event. After "
        "that, the buffer is empty.",
        "it does not go on after complete": "`complete` is an event like any other. Only the end "
        "of the events is the end.",
        "text of two parts is mixed": "The id says which part of the answer a text belongs to. "
        "When it changes, hand out what is held, under its own id.",
        "text overtakes text of another part": "A part that goes on later begins a new piece; do "
        "not group by id.",
        "metadata is lost or replaced": "Keep everything in the events but their content: "
        "{**event, ...} copies it.",
        "text with different metadata is joined": "Then nobody can tell what the metadata belongs "
        "to. Join only events that differ in nothing but their content.",
        "a type it does not know is lost or changed": "Tomorrow's agent may send other types, "
        "some of them with content. Anything that is not a token passes as it is.",
        "it changes the events it is given": "Others may hold them, too: a log, another "
        "reader. Make a new dictionary.",
    }

    def test_each_call_is_a_stream_of_its_own(self, answers, text):
        events = [token(text.word(), part) for part in "aabbaacdd"]
        events[2:2] = events[-1:-1] = [{"type": "complete"}]
        check_apart(lambda source: answers.flush_on_event(source, 50), events[:7], events[7:])

    @keeps(6)
    def test_what_is_given_is_not_changed(self, answers, text):
        events = [token(text.word(), metadata={"page": "1"}) for _ in range(3)]
        events += [{"type": "tool_start", "name": text.word()}, token(text.word())]
        before = deepcopy(events)
        list(answers.flush_on_event(events, 50))
        self.must(events == before, "it changes the events it is given", before, events)

    @keeps(1)
    def test_text_is_joined(self, answers, text):
        words = [text.word() for _ in range(5)]
        wanted = [token(joined(words[:2])), token(joined(words[2:4])), token(words[4])]
        got = list(answers.flush_on_event([token(word) for word in words], 12))
        must = self.against(wanted)
        must(got != wanted[:2], "the end of the text is lost", why=TAIL)
        must(
            all(event.keys() == {"type", "id", "content"} for event in got),
            "it does not yield events",
        )
        must(text_of(got) == joined(words), "text is lost or changed")
        must(
            got != [token(joined(words[:3])), token(joined(words[3:]))],
            "a buffer that is just full does not come out",
        )
        must(got == wanted, "text is not joined up to max_chars")

    @keeps(2)
    def test_a_content_is_never_cut(self, answers, text):
        short, long = text.word(), text.word() * 4
        wanted = [token(short + long), token(short)]
        got = list(answers.flush_on_event([token(short), token(long), token(short)], 10))
        self.must(got == wanted, "content is cut, or goes out before there is enough", wanted)

    @keeps(2)
    def test_every_character_counts(self, answers, text):
        word = text.word()
        events = [token(one) for one in (" \n", "\u00e9", "\u6f22" * 9, word, " ", "  ", word)]
        wanted = [token(joined(event["content"] for event in events[:4])), token(f"   {word}")]
        got = list(answers.flush_on_event(events, len(word) + 12))
        self.must(got == wanted, "max_chars is not a number of characters", wanted)

    @keeps(3)
    def test_text_keeps_its_place(self, answers, text):
        words = [text.word() for _ in range(5)]
        start = {"type": "tool_start", "name": words[4]}
        end = {"type": "tool_end", "name": words[4]}
        events = [token(words[0]), token(words[1]), start, end, token(words[2]), token(words[3])]
        events.append({"type": "complete"})
        wanted = [token(words[0] + words[1]), start, end, token(words[2] + words[3]), events[-1]]
        got = list(answers.flush_on_event(events, 50))
        must = self.against(wanted)
        must(got[:1] != [start], "another event overtakes the text before it")
        must({"type": "complete"} not in got[:-1], "text comes after complete")
        must(
            text_of(got) == joined(words[:4]),
            "text is lost or changed",
            why="Each text goes out once, before the event that comes after it.",
        )
        must(got == wanted, "the order of the events has changed")

    @keeps(5)
    def test_complete_is_no_end(self, answers, text):
        words, complete = [text.word() for _ in range(3)], {"type": "complete"}
        wanted = [token(words[0]), complete, token(words[1] + words[2])]
        got = list(answers.flush_on_event([*wanted[:2], token(words[1]), token(words[2])], 50))
        self.must(got == wanted, "it does not go on after complete", wanted)

    @keeps(4)
    def test_parts_are_kept_apart(self, answers, text):
        words = [text.word() for _ in range(5)]
        events = [token(words[0], "a"), token(words[1], "a"), token(words[2], "b")]
        events += [token(words[3], "b"), token(words[4], "a")]
        wanted = [token(words[0] + words[1], "a"), token(words[2] + words[3], "b")]
        wanted.append(token(words[4], "a"))
        got = list(answers.flush_on_event(events, 50))
        must = self.against(wanted)
        must(text_of(got, "b") == words[2] + words[3], "text of two parts is mixed")
        must(len(got) >= 3, "text overtakes text of another part")
        must(got == wanted, "the parts are wrong", why="Make one piece of each run.")

    @keeps(4)
    def test_metadata_stays_with_its_text(self, answers, text):
        words, page = [text.word() for _ in range(5)], {"page": text.word()}
        events = [token(words[0], metadata=page), token(words[1], metadata=dict(page))]
        events += [token(words[2], metadata={"page": words[2]}), token(words[3]), token(words[4])]
        wanted = [token(words[0] + words[1], metadata=page), events[2], token(words[3] + words[4])]
        got = list(answers.flush_on_event(events, 50))
        must = self.against(wanted)
        must(got[0].get("metadata") == page, "metadata is lost or replaced")
        must(got == wanted, "text with different metadata is joined")

    @keeps(5)
    def test_types_that_nobody_knows_pass(self, answers, text):
        words = [text.word() for _ in range(3)]
        strange = {"type": text.word(), "content": text.word(), "number": 7}
        other = {**strange, "content": text.word()}
        events = [token(words[0]), strange, other, token(words[1]), token(words[2])]
        wanted = [events[0], strange, other, token(words[1] + words[2])]
        why = "New types may appear at any time. Pass them through."
        with never(BROKEN_DATA, "it stops at a type it does not know", why, wanted):
            got = list(answers.flush_on_event(events, 50))
        must = self.against(wanted)
        must(strange in got and other in got, "a type it does not know is lost or changed")
        must(got == wanted, "the order of the events has changed", why=AT_ONCE)

    @keeps(3, 5)
    def test_nothing_waits_longer_than_it_must(self, answers, text):
        start = {"type": "tool_start", "name": text.word()}
        source = Source([start, token(text.word()), token(text.word()), start, token("Hi")])
        stream = answers.flush_on_event(source, 50)
        check_lazy(source)
        for pulled, what in (1, "the event"), (4, "the text"), (4, "the event"):
            next(stream)
            check_pulled(source.pulled, pulled, what, AT_ONCE)

    @keeps(7)
    def test_its_source_is_closed_and_may_fail(self, answers, text):
        error = ConnectionError(text.word())
        source = Source([token(text.word()), {"type": "complete"}, error])
        check_closes(answers.flush_on_event(source, 5), source)
        source = Source([token(text.word()), token(text.word()), error])
        check_passes_on(answers.flush_on_event(source, 50), error)

    def test_max_chars_must_be_positive(self, answers, text):
        events = [token(text.word()), token(text.word())]
        for wrong, given in (0, events), (-1, events), (-100, events), (0, []):
            with refused(f"max_chars={wrong}", "A limit below one character makes no sense"):
                next(answers.flush_on_event(given, wrong), None)
        got = list(answers.flush_on_event(events, 1))
        self.must(got == events, "max_chars=1 does not work", events, why="It holds nothing.")

    def test_any_events(self, search):
        def promise(answers, events, max_chars, ending):
            has_empty = any(event.get("content") == "" for event in events)
            with unchanged(events=events):
                if has_empty:
                    got = [*answers.flush_on_event(Source(events), max_chars)]
                    check_same(_merged(got), _merged(events))
                else:
                    KEEPS.check(
                        lambda source: answers.flush_on_event(source, max_chars),
                        events,
                        ending,
                        lambda events: _in_events(events, max_chars),
                    )

        texts = tuple([token(content) for content in contents] for contents in EACH_TEXT)
        others = tuple([*map(token, "ab"), one, one, *map(token, "cd"), one] for one in OTHERS)
        pairs = tuple([one, one, other, one] for one, other in combinations(TOKENS, 2))
        text_and_tool = [token("a"), token("b"), OTHERS[0], token("c")]
        text = [token("ab"), token("cd"), token("e")]
        long = list(map(token, LONG[:70]))
        always = [
            *each(events=(*texts, *others, *pairs), max_chars=4, ending=Ending()),
            *each(events=text_and_tool, max_chars=9, ending=EACH_ENDING),
            *each(events=text, max_chars=(1, 2, 3, 4, 5, 6), ending=Ending()),
            *each(events=long, max_chars=(4000, 10**9), ending=Ending()),
        ]
        contents = any_text().map(lambda content: token(content or "a"))
        one = contents | sampled_from(TOKENS) | sampled_from(TOKENS) | sampled_from(OTHERS)
        search(
            promise,
            *always,
            events=repeated(one),
            max_chars=any_limit(),
            ending=any_ending(),
        )


TOKENS = (
    token("ab"),
    token("c", "b"),
    token("d", ""),
    token("e", "A"),
    token("f", metadata={"page": "1"}),
    token("g", metadata={"page": "1", "x": "2"}),
    token("h", "b", metadata={"page": "1"}),
    {"content": "i", "metadata": {"x": "2", "page": "1"}, "id": "a", "type": "token"},
)
"""Tokens of several parts, with and without metadata."""

OTHERS = (
    {"type": "tool_start", "name": "search"},
    {"type": "tool_end", "name": "search"},
    {"type": "complete"},
    {"type": "end"},
    {"type": ""},
    {"type": "Token", "id": "a", "content": "x"},
    {"type": "tokens", "id": "a", "content": "x", "metadata": None},
    {"type": "reasoning", "id": "a", "content": ""},
    {"type": "text_end", "id": "a"},
    {"type": "error", "content": None},
    {"type": "image", "content": ["x"]},
)
"""Events that are not tokens."""


def _rest(event):
    return {key: value for key, value in event.items() if key != "content"}


def _in_events(events, max_chars):
    """Joined tokens that differ only in their content, and all other events as they are."""
    held = []
    for count, event in enumerate(events, 1):
        if held and _rest(held[0]) != _rest(event):
            yield _joined(held), count
            held = []
        if event["type"] != "token":
            yield event, count
            continue
        held.append(event)
        if sum(len(one["content"]) for one in held) >= max_chars:
            yield _joined(held), count
            held = []
    if held:
        yield _joined(held), AT_THE_END


def _joined(events):
    return {**events[0], "content": joined(event["content"] for event in events)}


def _merged(events):
    """The same with all text joined that is not separated; tokens without text do not count."""
    events = [event for event in events if event["type"] != "token" or event["content"]]
    return [event for event, _ in _in_events(events, AT_THE_END)]


class BusySource(AsyncSource):
    """A source that works for some seconds on each item, and never waits."""

    def __init__(self, items, seconds, clock):
        super().__init__(items)
        self._seconds = seconds
        self._clock = clock

    async def __anext__(self):
        self._clock.advance(self._seconds)
        return await super().__anext__()


def moments_of(moments, interval):
    """Times as multiples of the interval, to be shown with it."""
    return Words(f"{seconds(moments)}, with an interval of {interval:g} s")


class TestDebounce(Explained):
    """What comes within the interval is one list, and nothing is lost."""

    WHY: ClassVar = {
        "it changes a list that it has already handed out": "The list is the caller's now. Start a "
        "new one for the next group: group = [].",
        "what comes after the first group is lost": "The pull was cancelled when the group's time "
        "was up, as wait_for does. A stream whose pull is cancelled is over. asyncio.wait with a "
        "timeout only looks, and leaves the pull alone.",
        "the last group is lost": "When the source ends, hand out what is held.",
        "silence makes empty groups": "As long as nothing has come there is no group, and so no "
        "time to run out.",
        "the groups are not what came within the interval": "Each of these items comes long after "
        "the one before it. Each is a group.",
        "a group waits for the item after it": "Its time may be over long before the next item "
        "comes, and then it goes out. Wait for both at once: the next item, and the group's time.",
        "nothing is read while a group waits": "A sleep between two pulls holds up the source, so "
        "each item comes later. Wait for the next item while the group's time runs.",
        "a group comes at another time than it should": "A group's time starts with its first "
        "item, not when the previous group was handed out. And once the source has ended, the last "
        "group need not wait.",
        "a stream that is never silent is held back to its end": "Each item restarts the time, so "
        "it never runs out. Only the first item of a group starts it: nothing is held back for "
        "longer than the interval.",
        "an item is held back for longer than the interval": "The first item of a group starts its "
        "time. The others do not change it.",
        "it does not yield lists": "A group is a list of items, not their joined text: items may "
        "be anything.",
        "the last group waits in vain": "Once the source has ended, nothing can join it. Hand "
        "it out at once.",
        "some items are passed over": "Items are not always text. One that is false in an `if` "
        "counts, too.",
        "an error takes the group with it": "These items came before the error. Hand them out "
        "first, then raise it.",
        "an error waits until the group's time is up": "Nothing can join the group now. "
        "Hand it out at once, and then raise the error.",
        "it reads far ahead of a slow caller": "While the caller works, nothing stops the source, "
        "and memory fills up. Delay the next pull, or give the queue a maximum size.",
        "items are lost while the caller works": "What comes during that time begins the next "
        "group.",
        "a source that never waits is held back to its end": "A wait with a limit first checks "
        "whether the item is there. If it always is, the limit never takes effect. Check the clock "
        "after each item, too.",
    }

    async def read(self, answers, items, interval, clock, count=None):
        """Read `count` groups, or all; return them, and when they came."""
        source = AsyncSource(items)
        stream = answers.debounce(source, interval)
        async with not_for_ever(
            "a group never comes",
            "Wait for the next item only until the group's time is up. Then hand the group out, "
            "even though no item has come.",
            Words(f"a group after {interval:g} s"),
        ):
            groups, copies, moments = [], [], []
            async for group in stream:
                groups.append(group)
                copies.append(list(group))
                moments.append(clock.elapsed)
                if len(groups) == count:
                    break
        await close(stream, "when the caller stops", f"The caller has stopped. {END_FIRST}")
        is_list = all(isinstance(group, list) for group in groups)
        self.must(is_list, "it does not yield lists", copies, groups)
        self.equal(groups, copies, "it changes a list that it has already handed out")
        return groups, moments

    def at(self, moments, wanted, interval, problem, why=""):
        """Pass if groups came at these moments."""
        shown = [moments_of(each, interval) for each in (wanted, moments)]
        self.must(same(moments, wanted), problem, *shown, why=why)

    async def test_each_call_is_a_stream_of_its_own(self, answers, text):
        items = [item for _ in range(6) for item in (text.word(), Pause(0.6))]
        await acheck_apart(lambda source: answers.debounce(source, 1), items[:7], items[7:])

    @keeps(5)
    async def test_a_late_item_is_not_lost(self, answers, text, clock):
        interval, words = text.seconds(), [text.word() for _ in range(3)]
        items = [words[0], Pause(interval * 4.6), words[1], Pause(interval * 2.6), words[2]]
        got, moments = await self.read(answers, items, interval, clock)
        must = self.against([[word] for word in words], got)
        must(got != [words[:1]], "what comes after the first group is lost")
        must(got != [[word] for word in words[:2]], "the last group is lost")
        must([] not in got, "silence makes empty groups")
        must(got == [[word] for word in words], "the groups are not what came within the interval")
        wanted = [interval, interval * 5.6, interval * 7.2]
        shown = [moments_of(each, interval) for each in (wanted, moments)]
        for problem, times in (
            ("a group waits for the item after it", (4.6, 7.2, 7.2)),
            ("nothing is read while a group waits", (1.0, 6.6, 10.2)),
        ):
            self.must(not same(moments, [interval * time for time in times]), problem, *shown)
        self.at(moments, wanted, interval, "a group comes at another time than it should")

    @keeps(2)
    async def test_a_steady_stream_comes_out_in_time(self, answers, text, clock):
        interval, words = text.seconds(), [text.word() for _ in range(8)]
        items = [item for word in words for item in (Pause(interval * 0.6), word)]
        got, moments = await self.read(answers, items, interval, clock)
        wanted = [words[at : at + 2] for at in range(0, 8, 2)]
        expected = [interval * time for time in (1.6, 2.8, 4.0, 4.8)]
        self.must(
            got != [words], "a stream that is never silent is held back to its end", wanted, got
        )
        self.in_words(
            got == wanted and same(moments, expected),
            "an item is held back for longer than the interval",
            f"{wanted} after {moments_of(expected, interval)}",
            f"{got} after {moments_of(moments, interval)}",
        )

    @keeps(1)
    async def test_what_comes_within_the_interval_is_one_group(self, answers, text, clock):
        interval, (a, b, c, d, e) = text.seconds(), [text.word() for _ in range(5)]
        short, long = Pause(interval / 4), Pause(interval * 3)
        items = [a, short, b, short, c, long, d, short, e, Hang()]
        got, moments = await self.read(answers, items, interval, clock, count=2)
        wanted = [[a, b, c], [d, e]]
        must = self.against(wanted, got)
        must(got and all(isinstance(group, list) for group in got), "it does not yield lists")
        must(
            got == wanted,
            "the groups are not what came within the interval",
            why="The first item of a group starts its time. What comes before the time is up joins "
            "it.",
        )
        expected = [interval, interval * 4.5]
        why = (
            "A group is handed out `interval` seconds after its first item came, not after its "
            "last one, and not at fixed times."
        )
        problem = "a group comes at another time than it should"
        self.at(moments, expected, interval, problem, why)

    @keeps(3)
    async def test_the_rest_comes_when_the_source_ends(self, answers, text, clock):
        interval, words = text.seconds(), [text.word() for _ in range(2)]
        items = [words[0], Pause(interval / 4), words[1], Pause(interval / 4)]
        got, moments = await self.read(answers, items, interval, clock)
        must = self.against([words], got)
        must(got, "the end of the stream is lost", why=TAIL)
        must(got == [words], "the last group is wrong", why=TAIL)
        self.at(moments, [interval / 2], interval, "the last group waits in vain")

    @keeps(5)
    async def test_silence_makes_no_groups(self, answers, text, clock):
        interval, word = text.seconds(), text.word()
        got, _ = await self.read(answers, [Pause(interval * 4), word], interval, clock)
        self.must(got == [[word]], "silence makes empty groups", [[word]], got)
        got, _ = await self.read(answers, [Pause(interval * 2)], interval, clock)
        self.must(got == [], "no items make a group", [], got, why="A group has items.")

    @keeps(1)
    async def test_every_item_counts(self, answers, text, clock):
        items = ["", text.word(), 0, {"type": "complete"}, False]
        got, _ = await self.read(answers, items, text.seconds(), clock)
        self.must(got == [items], "some items are passed over", [items], got)

    @keeps(4)
    async def test_an_error_comes_after_the_group(self, answers, text, clock):
        interval, words = text.seconds(), [text.word() for _ in range(2)]
        error = ConnectionError(text.word())
        items = [words[0], Pause(interval / 4), words[1], Pause(interval / 4), error]
        source = AsyncSource(items)
        got = []
        with passes_on(error):
            async for group in answers.debounce(source, interval):
                got.append(group)
        self.must(got == [words], "an error takes the group with it", [words], got)
        problem = "an error waits until the group's time is up"
        self.at([clock.elapsed], [interval / 2], interval, problem)

    @keeps(6)
    async def test_it_is_lazy_and_not_far_ahead(self, answers, text):
        words = [f"{text.word()} {number}" for number in range(30)]
        source = AsyncSource([words[0], Pause(2), *words[1:]])
        stream = answers.debounce(source, 1)
        await asyncio.sleep(5)
        check_lazy(source)
        got = [await anext(stream)]
        await asyncio.sleep(60)
        self.in_words(
            source.pulled <= 11,
            "it reads far ahead of a slow caller",
            "at most 10 pulled while the caller works on the first one",
            f"{source.pulled - 1} pulled",
        )
        async for group in stream:
            got.append(group)
        self.equal(
            [item for group in got for item in group],
            words,
            "items are lost while the caller works",
        )

    @keeps(7)
    async def test_stopping_closes_the_source(self, answers, text):
        for items, when in (
            ([text.word(), Hang()], "while the source is silent"),
            ([text.word(), Pause(1.5), text.word(), Hang()], "while the source goes on"),
            ([text.word(), Pause(1.5), *range(30)], "while the source waits for room"),
        ):
            source = AsyncSource(items)
            stream = answers.debounce(source, 1)
            await anext(stream)
            await asyncio.sleep(2)
            await check_stops(answers, stream, source, when, END_FIRST)

    @keeps(2)
    async def test_a_source_that_never_waits_comes_out_in_time(self, answers, text, clock):
        interval, items = text.seconds(), list(range(40))
        source = BusySource(items, interval * 0.3, clock)
        stream = answers.debounce(source, interval)
        group = await anext(stream)
        self.in_words(
            group != items,
            "a source that never waits is held back to its end",
            f"several groups; the first one is over after {interval:g} s",
            f"one group, after {clock.elapsed:g} s",
        )
        await check_stops(answers, stream, source, "while the source is busy", END_FIRST)

    @keeps(7)
    async def test_cancellation_passes_through(self, answers, text):
        for interval in (1, 20):
            source = AsyncSource([text.word(), Hang()])
            await cancel_while_it_waits(answers.debounce(source, interval))
            check_nothing_runs_on(answers)
            check_closed(source, "after a cancellation")

    async def test_the_interval_must_be_positive(self, answers, text):
        why = "A group that lasts no time cannot hold anything"
        for wrong, given in (0, [1]), (-1, [1]), (-0.5, [1]), (0, []):
            with refused(f"interval={wrong}", why):
                await anext(answers.debounce(AsyncSource(given), wrong), None)
        why = "Not a number is not greater than 0, nor is it less: ask `if not interval > 0`"
        with refused("interval=nan", why):
            await anext(answers.debounce(AsyncSource([]), float("nan")), None)

    async def test_a_source_that_cannot_be_closed(self, answers, text):
        words = [text.word() for _ in range(2)]

        class Words:
            """An asynchronous iterator with nothing but what one needs."""

            def __aiter__(self):
                return self

            async def __anext__(self):
                if not words:
                    raise StopAsyncIteration
                return words.pop(0)

        wanted = [list(words)]
        got = [group async for group in answers.debounce(Words(), 1)]
        self.must(got == wanted, "the groups are not what came within the interval", wanted)

    def test_any_items(self, search):
        async def promise(answers, clock, steps, interval, ending):
            source = AsyncSource(_played(steps, interval, ending))
            got, moments = await self.read_all(answers, source, interval, ending, clock)
            items = [_taken(item) for _, item in steps]
            wanted = [*_groups(steps, interval)]
            if len(got) == ending.stop_after:
                del wanted[len(got) :]
            else:
                check_same([item for group in got for item in group], items, items)
            check_same(got, [group for group, _ in wanted])
            problem = "a group comes at another time than it should"
            self.at(moments, [moment for _, moment in wanted], interval, problem)
            if ending.error:
                over = sum(tenths for tenths, _ in steps) * interval / 10 + interval * LAST / 10
                self.at([clock.elapsed], [over], interval, "an error comes too late", LATE_ERROR)

        words = [*((0, one) for one in LONG[:20]), (12, "a")]
        values = tuple([(0, one) for one in items] for items in EACH_VALUE)
        errors = tuple(Ending(error=kind("of the source")) for kind in (ValueError, TimeoutError))
        always = [
            *each(steps=(*values, words), interval=2, ending=Ending()),
            *each(steps=STEPS, interval=(0.01, 1, 100), ending=Ending()),
            *each(steps=STEPS[:3], interval=1, ending=errors),
            *each(steps=STEPS[:8], interval=1, ending=STOPS),
        ]
        search(
            promise,
            *always,
            steps=_any_steps(),
            interval=sampled_from((1, 0.5, 20)),
            ending=any_ending().filter(lambda ending: not isinstance(ending.error, Stop)),
        )

    def test_any_pace_of_the_caller(self, search):
        async def promise(answers, clock, steps, interval, work):
            source = AsyncSource(_played(steps, interval, Ending()))
            got, _ = await self.read_all(answers, source, interval, Ending(), clock, work)
            items = [_taken(item) for _, item in steps]
            check_same([item for group in got for item in group], items, items)

        always = each(steps=STEPS * 2, interval=1, work=(0.2, 2, 100))
        search(
            promise,
            *always,
            steps=_any_steps(),
            interval=sampled_from((1, 5)),
            work=sampled_from((0.1, 2, 30)),
        )

    async def read_all(self, answers, source, interval, ending, clock, work=0):
        """Read a stream to an ending, and work so many seconds on each group; return both.

        Check what holds at any pace: no group is empty, none is late, nothing is left.
        """
        stream = answers.debounce(source, interval)
        await asyncio.sleep(0)
        check_lazy(source)
        got, moments, waits_since = [], [], None
        with passes_on(ending.error) if ending.error else nullcontext():
            async for group in stream:
                got.append(group)
                moments.append(clock.elapsed)
                self.must(len(group) > 0, "silence makes empty groups")
                self.must(
                    waits_since is None or clock.elapsed < waits_since + interval * 1.001,
                    "an item is held back for longer than the interval",
                    why="It had come while the caller was working. From the moment the caller "
                    "asks again, it may wait for others no longer than that.",
                )
                if len(got) == ending.stop_after:
                    break
                if not work:
                    continue
                pulled = source.pulled
                await asyncio.sleep(work)
                self.in_words(
                    source.pulled - pulled <= 10,
                    "it reads far ahead of a slow caller",
                    "at most 10 pulled while the caller works",
                    f"{source.pulled - pulled} pulled",
                )
                has_come = source.pulled > sum(map(len, got))
                waits_since = clock.elapsed if has_come else None
        await close(stream, "when the caller stops", f"The caller has stopped. {END_FIRST}")
        check_nothing_runs_on(answers)
        if len(got) == ending.stop_after:
            check_closed(source, "when the caller stops", END_FIRST)
        when = "after an error of the source" if ending.error else "at its end"
        check_closed(source, when, NOT_BY_ITSELF)
        return got, moments


STEPS = [
    *((0, 1), (3, 1), (3, 2), (6, 2), (45, None), (9, 3), (3, 3), (0, 4), (12, 5)),
    *((0, number) for number in range(6, 20)),
]
"""Items, each with how many tenths of the interval pass before it comes: multiples of three, so
that no two moments are an interval apart. To be tried with every seed."""

LAST = 3
"""So many tenths of the interval pass between the last item and the end, or the error."""

LATE_ERROR = "Hand out the group as soon as the error is there, and then raise it."


def _any_steps():
    return repeated(tuples(sampled_from((0, 3, 6, 12, 45)), any_value() | errors_as_items()))


def _played(steps, interval, ending):
    """What a source has to play."""
    timed = ((Pause(tenths * interval / 10), item) for tenths, item in steps)
    items = [each for pair in timed for each in pair if each != Pause(0)]
    return [*items, Pause(LAST * interval / 10), *([ending.error] if ending.error else [])]


def _taken(item):
    return item.error if isinstance(item, AsItem) else item


def _groups(steps, interval):
    """Each group and when it comes: an interval after its first item, or at the end."""
    moments = [*accumulate(tenths * interval / 10 for tenths, _ in steps)]
    over = (moments[-1] if moments else 0) + LAST * interval / 10
    group, up = [], 0
    for (_, item), moment in zip(steps, moments, strict=True):
        if group and moment > up:
            yield group, up
            group = []
        if not group:
            up = moment + interval
        group.append(_taken(item))
    if group:
        yield group, min(up, over)
