"""Lesson 12: Buffering.

One class for each task. Words and times come from `text`, other ones for each seed. Text that is
cut in several ways has to give the same pieces, and time is virtual.
"""

from __future__ import annotations

import asyncio
from copy import deepcopy
from itertools import pairwise

from course.fakes.script import Hang, Pause, split_tokens
from course.fakes.sources import AsyncSource, Source
from course.grade.expect import Words, WrongAnswer, check, raises
from course.grade.stream_checks import (
    CLOSE,
    LAZY,
    SAME_ERROR,
    cancel_while_it_waits,
    check_nothing_runs_on,
    close,
    joined,
    not_for_ever,
    same,
    seconds,
)

TAIL = "What is still in the buffer when the stream ends is text like any other. Yield it."
AT_ONCE = "Yield a piece inside the loop, directly after what completes it, and start a new one."


def cuts(whole, text):
    """The same text cut in three ways: by character, not at all, and at random."""
    places = sorted(text.random.sample(range(1, len(whole)), len(whole) // 3))
    random = [whole[start:end] for start, end in pairwise([0, *places, len(whole)])]
    return {"by character": list(whole), "in one token": [whole], "at random": random}


def check_text(got, whole):
    """Pass if the pieces joined are the whole text, and none of them is empty."""
    check(
        joined(got) == whole or not whole.startswith(joined(got)),
        "the end of the text is lost",
        why=TAIL,
        wanted=whole,
        got=joined(got),
    )
    check(
        joined(got) == whole or "".join(joined(got).split()) != "".join(whole.split()),
        "white space is lost or added",
        why="White space is text. Do not strip or split it away, and join with nothing between.",
        wanted=whole,
        got=joined(got),
    )
    check(
        joined(got) == whole,
        "the text is not the same any more",
        why="Joined together, the pieces have to be the tokens joined together.",
        wanted=whole,
        got=joined(got),
    )
    check("" not in got, "it yields an empty piece", why="Yield only what has text in it.")


def check_pulled(source, pulled, stream_of):
    """Pass if so much was pulled from the source, and no more, when a piece came."""
    check(
        source.pulled >= pulled,
        "a piece comes before it is certain",
        why=f"With {source.pulled} pulled, {stream_of} may still go on.",
        wanted=Words(f"{pulled} tokens pulled for this piece"),
        got=Words(f"{source.pulled} pulled"),
    )
    check(
        source.pulled == pulled,
        "it reads ahead of its caller",
        why=AT_ONCE,
        wanted=Words(f"{pulled} tokens pulled for this piece"),
        got=Words(f"{source.pulled} pulled"),
    )


def check_lazy(source):
    """Pass if nothing has been pulled yet."""
    check(
        source.asked == 0,
        "it reads before anybody wants a piece",
        why=LAZY,
        wanted=Words("nothing pulled yet"),
        got=Words(f"{source.asked} asked for"),
    )


def check_closes(stream, source):
    """Pass if closing a stream, after its first piece, closes its source."""
    next(stream)
    stream.close()
    check(
        source.closed,
        "its source stays open when the caller stops",
        why=CLOSE,
        wanted=Words("the source closed"),
        got=Words("still open"),
    )


def check_passes_on(stream, error):
    """Pass if reading a stream to its end raises this very error."""
    with raises(type(error), "an error of the source is hidden", why=SAME_ERROR) as caught:
        list(stream)
    check(caught.error is error, "an error of the source is replaced", why=SAME_ERROR)


class TestBufferByCount:
    """Every n tokens with text in them are one piece."""

    def test_the_tail_comes_out(self, answers, text):
        tokens = [text.word() for _ in range(5)]
        wanted = [joined(tokens[:3]), joined(tokens[3:])]
        got = list(answers.buffer_by_count(tokens, 3))
        check(got != wanted[:1], "the end of the text is lost", why=TAIL, wanted=wanted)
        check_text(got, joined(tokens))
        check(
            got != [*wanted[:1], *tokens[3:]],
            "what is left at the end is not joined",
            why="The last piece may have fewer tokens. It is one piece all the same: join it.",
            wanted=wanted,
        )

    def test_n_tokens_make_a_piece(self, answers, text):
        tokens = [text.word(), " ", text.word(), "\n", f" {text.word()} ", "  ", text.word()]
        wanted = [joined(tokens[:3]), joined(tokens[3:6]), tokens[6]]
        got = list(answers.buffer_by_count(tokens, 3))
        check_text(got, joined(tokens))
        check(
            got != tokens,
            "nothing is joined",
            why="n is the number of tokens in a piece, not of their characters.",
            wanted=wanted,
        )
        check(
            got != [joined(tokens[:4]), joined(tokens[4:])],
            "a piece has one token too many",
            why="n tokens are enough. Add the token first, then see whether there are n.",
            wanted=wanted,
        )
        check(
            got == wanted,
            "a piece does not have n tokens",
            why="Count the tokens that were added since the last piece; a space is a token too.",
            wanted=wanted,
        )

    def test_tokens_without_text_do_not_count(self, answers, text):
        words = [text.word() for _ in range(5)]
        tokens = [None, words[0], None, words[1], "", words[2], "", None, words[3], words[4], None]
        wanted = [words[0] + words[1], words[2] + words[3], words[4]]
        got = list(answers.buffer_by_count(tokens, 2))
        check(
            "None" not in joined(got),
            "None is turned into the word None",
            why="None says that a delta has no text. Pass over it.",
            wanted=wanted,
        )
        check(
            joined(got) == joined(words),
            "a token without text ends it, or takes others with it",
            why="None and the empty string are no end. Pass over them, and go on.",
            wanted=wanted,
        )
        check(
            got == wanted,
            "tokens without text are counted",
            why="n counts what somebody can see. Look at the token before you count it.",
            wanted=wanted,
        )

    def test_no_piece_is_empty(self, answers, text):
        word = text.word()
        for tokens, wanted in ([], []), ([None, "", None], []), ([word, "", None, ""], [word]):
            got = list(answers.buffer_by_count(tokens, 2))
            check(
                got == wanted,
                "it yields an empty piece",
                why="At the end, yield the buffer only if something is in it.",
                wanted=wanted,
            )

    def test_a_piece_comes_with_its_last_token(self, answers, text):
        source = Source([text.word() for _ in range(9)])
        stream = answers.buffer_by_count(source, 3)
        check_lazy(source)
        next(stream)
        check_pulled(source, 3, "the piece")
        next(stream)
        check_pulled(source, 6, "the piece")

    def test_stopping_closes_the_source(self, answers, text):
        source = Source([text.word() for _ in range(5)])
        check_closes(answers.buffer_by_count(source, 2), source)

    def test_an_error_passes_through(self, answers, text):
        error = ConnectionError(text.word())
        source = Source([text.word(), text.word(), text.word(), error])
        check_passes_on(answers.buffer_by_count(source, 2), error)

    def test_n_must_be_positive(self, answers, text):
        tokens = [text.word(), text.word()]
        for wrong in (0, -1):
            with raises(
                ValueError,
                f"n={wrong} is accepted",
                why="Pieces of no tokens are no pieces: raise ValueError.",
            ):
                next(answers.buffer_by_count(tokens, wrong))
        got = list(answers.buffer_by_count(tokens, 1))
        check(
            got == tokens,
            "n=1 does not work",
            why="One is the smallest number: each token is a piece.",
            wanted=tokens,
        )


class TestFirstThenBatch:
    """The first token comes at once, all others n at a time."""

    def test_the_first_token_comes_alone(self, answers, text):
        tokens = [text.word(), text.word(), " ", text.word(), text.word()]
        wanted = [tokens[0], joined(tokens[1:4]), tokens[4]]
        got = list(answers.first_then_batch(tokens, 3))
        check(
            got[:1] != [joined(tokens[:3])],
            "the first token waits for others",
            why="Somebody looks at an empty screen until the first piece comes. "
            "One token is enough for it.",
            wanted=wanted,
        )
        check_text(got, joined(tokens))
        check(
            got[1:2] != [tokens[1]],
            "the second token comes alone, too",
            why="Each piece after the first has n tokens. n is no number of characters.",
            wanted=wanted,
        )
        check(
            got[1:2] != [joined(tokens[1:3])],
            "the second piece is too short",
            why="The first token is gone: it is not one of the next n.",
            wanted=wanted,
        )
        check(
            got == wanted,
            "the pieces are not one token, and then n at a time",
            why="One token is enough for the first piece, n for each of the others.",
            wanted=wanted,
        )

    def test_only_the_first_comes_alone(self, answers, text):
        tokens = [text.word() for _ in range(10)]
        wanted = [tokens[0], *(joined(tokens[at : at + 3]) for at in (1, 4, 7))]
        got = list(answers.first_then_batch(tokens, 3))
        check(
            tokens[4] not in got[1:] and tokens[1] not in got[1:],
            "other tokens come alone, too",
            why="The exception is for the very first piece. Nothing brings it back.",
            wanted=wanted,
        )
        check(
            got == wanted,
            "the pieces are not one token, and then n at a time",
            why="One token is enough for the first piece, n for each of the others.",
            wanted=wanted,
        )

    def test_an_empty_token_is_not_the_first(self, answers, text):
        words = [text.word() for _ in range(4)]
        wanted = [words[0], words[1] + words[2], words[3]]
        got = list(answers.first_then_batch(["", "", words[0], words[1], "", *words[2:], ""], 2))
        check(
            "" not in got,
            "it yields an empty piece",
            why="Models often begin with an empty token. Nobody can see it: pass over it.",
            wanted=wanted,
        )
        check(
            got[0] == words[0],
            "an empty token is taken for the first",
            why="The first token is the first one with text in it; that one comes alone.",
            wanted=wanted,
        )
        check(
            got == wanted,
            "empty tokens are counted",
            why="n counts what somebody can see. Look at the token before you count it.",
            wanted=wanted,
        )

    def test_the_tail_comes_out(self, answers, text):
        tokens = [text.word() for _ in range(7)]
        for count, wanted in (
            (7, [tokens[0], joined(tokens[1:5]), joined(tokens[5:])]),
            (1, tokens[:1]),
            (0, []),
        ):
            got = list(answers.first_then_batch(tokens[:count], 4))
            check_text(got, joined(tokens[:count]))
            check(
                got == wanted,
                "what is left at the end is not joined",
                why="The last piece may have fewer tokens. It is one piece all the same: join it.",
                wanted=wanted,
            )

    def test_nobody_waits_for_the_first(self, answers, text):
        source = Source([text.word() for _ in range(9)])
        stream = answers.first_then_batch(source, 4)
        check_lazy(source)
        next(stream)
        check(
            source.pulled == 1,
            "the second token is pulled before the first is handed out",
            why="The first token is ready. To look whether another one comes may take long.",
            wanted=Words("1 token pulled for the first piece"),
            got=Words(f"{source.pulled} pulled"),
        )
        next(stream)
        check_pulled(source, 5, "the piece")

    def test_stopping_closes_the_source(self, answers, text):
        source = Source([text.word() for _ in range(5)])
        check_closes(answers.first_then_batch(source, 2), source)

    def test_an_error_passes_through(self, answers, text):
        error = ConnectionError(text.word())
        source = Source([text.word(), text.word(), error])
        check_passes_on(answers.first_then_batch(source, 2), error)

    def test_n_must_be_positive(self, answers, text):
        tokens = [text.word(), text.word(), text.word()]
        for wrong in (0, -1):
            with raises(
                ValueError,
                f"n={wrong} is accepted",
                why="Pieces of no tokens are no pieces: raise ValueError.",
            ):
                next(answers.first_then_batch(tokens, wrong))
        got = list(answers.first_then_batch(tokens, 1))
        check(
            got == tokens,
            "n=1 does not work",
            why="One is the smallest number: each token is a piece.",
            wanted=tokens,
        )


class TestSmoothWords:
    """Whole words come out, each with the white space that follows it."""

    def test_the_last_word_comes_out(self, answers, text):
        word, last = text.word(), text.word()
        wanted = [f"{word} ", last]
        got = list(answers.smooth_words([word, f" {last[:2]}", last[2:]]))
        check(
            joined(got) != f"{word} ",
            "the last word is lost",
            why="Nothing comes after it that proves that it is whole. But the end of the tokens "
            "proves it too.",
            wanted=wanted,
        )
        check_text(got, joined(wanted))
        check(
            got == wanted,
            "the pieces are not the words",
            why="A piece is one word and all the white space that follows it. Where the tokens "
            "begin and end means nothing.",
            wanted=wanted,
        )

    def test_words_come_whole(self, answers, text):
        words = [text.word() for _ in range(4)]
        wanted = [f"{words[0]} ", f"{words[1]} ", f"{words[2]}. ", "- ", f"{words[3]}'s"]
        tokens = [words[0][:1], words[0][1:], " ", words[1][:4], f"{words[1][4:]} {words[2]}"]
        tokens += [".", " ", "- ", words[3], "'s"]
        got = list(answers.smooth_words(tokens))
        check(
            got != tokens,
            "half words come out",
            why="The end of a token is not the end of a word. Wait for white space, and then for "
            "the next character.",
            wanted=wanted,
        )
        check_text(got, joined(wanted))
        check(
            got == wanted,
            "the pieces are not the words",
            why="A piece is one word, with its marks, and all the white space that follows it. "
            "Whatever is no white space makes a word: a dash is one, too.",
            wanted=wanted,
        )

    def test_white_space_stays_together(self, answers, text):
        wanted = [f"{text.word()}{space}" for space in ("  ", "\r\n", "\t", "\u2003", " \n ")]
        wanted.append(text.word())
        got = list(answers.smooth_words(list(joined(wanted))))
        check_text(got, joined(wanted))
        check(
            not any(piece.isspace() for piece in got) and not any(p[0].isspace() for p in got),
            "white space is torn apart",
            why="After one space there may come another one. Only a character that is no white "
            "space shows that there are no more.",
            wanted=wanted,
        )
        check(
            got == wanted,
            "the pieces are not the words",
            why="Line breaks, tabs and wide spaces are white space as well: ask str.isspace.",
            wanted=wanted,
        )

    def test_white_space_at_the_beginning(self, answers, text):
        word, other = text.word(), text.word()
        wanted = [f"\n  {word} ", other]
        got = list(answers.smooth_words(["\n", "  ", word, " ", other]))
        check_text(got, joined(wanted))
        check(
            got == wanted,
            "white space at the beginning does not go with the first word",
            why="A piece has a word in it. White space before the first word completes nothing.",
            wanted=wanted,
        )
        for tokens, alone in ([], []), ([" ", "\n"], [" \n"]), (["", word, ""], [word]):
            got = list(answers.smooth_words(tokens))
            check(
                got == alone,
                "a text without two words goes wrong",
                why="At the end comes what is left: nothing, or white space, or a word.",
                wanted=alone,
            )

    def test_cuts_make_no_difference(self, answers, text):
        whole = f" {text.sentence()}  {text.word()}\r\n- {text.sentence()} 3.14 "
        wanted = list(answers.smooth_words(whole))
        for name, cut in cuts(whole, text).items():
            got = list(answers.smooth_words(cut))
            check_text(got, whole)
            check(
                got == wanted,
                f"a text that comes {name} gives other pieces than one by character",
                why="Where the tokens begin and end means nothing. One token may hold many words, "
                "and one word many tokens.",
                wanted=wanted,
            )

    def test_a_word_comes_when_the_next_begins(self, answers, text):
        first, second = text.word(), text.word()
        source = Source([*f"{first}  ", *f"{second} ", *text.word()])
        stream = answers.smooth_words(source)
        check_lazy(source)
        next(stream)
        check_pulled(source, 9, "the white space after the word")
        next(stream)
        check_pulled(source, 16, "the white space after the word")

    def test_one_token_may_complete_several(self, answers, text):
        words = [f"{text.word()} " for _ in range(4)]
        source = Source([joined(words), text.word()])
        stream = answers.smooth_words(source)
        got = [next(stream) for _ in range(3)]
        check(
            got == words[:3],
            "words that come together stay together",
            why="A token may hold many words. Yield each of them by itself.",
            wanted=words[:3],
        )
        check_pulled(source, 1, "the token")

    def test_stopping_closes_the_source(self, answers, text):
        source = Source([f"{text.word()} " for _ in range(5)])
        check_closes(answers.smooth_words(source), source)

    def test_an_error_passes_through(self, answers, text):
        error = ConnectionError(text.word())
        check_passes_on(
            answers.smooth_words(Source([f"{text.word()} ", text.word(), error])), error
        )


class TestSentenceStream:
    """Whole sentences come out, each with the white space that follows it."""

    def test_sentences_come_whole(self, answers, text):
        wanted = [f"{text.sentence('.')} ", f"{text.sentence('?')}  ", f"{text.sentence('!')}\n\n"]
        wanted += [f"{text.sentence('?!')} ", f"{text.sentence('...')} ", text.word()]
        got = list(answers.sentence_stream(split_tokens(joined(wanted))))
        check_text(got, joined(wanted))
        check(
            len(got) >= len(wanted),
            "it does not find all ends",
            why='A sentence ends with ".", "!" or "?", one or more of them, and white space.',
            wanted=wanted,
        )
        check(
            got == wanted,
            "the pieces are not the sentences",
            why="A piece is a sentence with all the white space that follows it; the next one "
            "begins with another character.",
            wanted=wanted,
        )
        for tokens, alone in ([], []), (["", ""], []), ([" ", "\n"], [" \n"]):
            got = list(answers.sentence_stream(tokens))
            check(
                got == alone,
                "a text without a sentence goes wrong",
                why="At the end comes what is left, even if it is white space; but no empty piece.",
                wanted=alone,
            )
        wanted = [f"\n  {text.sentence()} ", text.word()]
        got = list(answers.sentence_stream(wanted))
        check(
            got == wanted,
            "white space at the beginning does not go with the first sentence",
            why="There is no sentence before it, so it completes none.",
            wanted=wanted,
        )

    def test_a_mark_inside_a_word_ends_nothing(self, answers, text):
        word = text.word()
        tokens = ["It costs 3.", "14 at ", f"{word}.", "com since v2.", "0.1 of ", f"{word}.py"]
        whole = joined(tokens)
        for cut in (tokens, [whole]):
            got = list(answers.sentence_stream(cut))
            check_text(got, whole)
            check(
                got == [whole],
                "a number or a name is cut in two",
                why="A full stop at the end of a token may be a decimal point. The mark has to be "
                "the end of a word: white space has to follow it.",
                wanted=[whole],
            )

    def test_abbreviations_end_nothing(self, answers, text):
        word = text.word()
        whole = f"Dr. {word} was late,\ne.g. («Mrs. {word}» says) at 5\tp.m. on DR. {word} street"
        for tokens in cuts(whole, text).values():
            got = list(answers.sentence_stream(tokens))
            check_text(got, whole)
            check(
                got == [whole],
                "an abbreviation ends a sentence",
                why="Look at the last word before the white space: take off the characters of "
                "AROUND at its ends, and see whether it is one of `abbreviations`. Capitals do "
                "not count, and line breaks are white space, too.",
                wanted=[whole],
            )

    def test_a_word_that_ends_like_an_abbreviation_is_none(self, answers, text):
        wanted = [f"{text.word()} is best. ", f"{text.word()} walks. ", text.word()]
        got = list(answers.sentence_stream([joined(wanted)], abbreviations=("St.", "ks.")))
        check_text(got, joined(wanted))
        check(
            got == wanted,
            "a word that only ends like an abbreviation ends no sentence",
            why="Compare the whole word with the abbreviations, not the end of the text.",
            wanted=wanted,
        )

    def test_other_abbreviations_can_be_given(self, answers, text):
        own, word = f"{text.word().title()}.", text.word()
        whole = f"{word} {own} {own.upper()} ({own.lower()} Dr. {word}"
        wanted = [whole[: whole.index("Dr.") + 4], word]
        got = list(answers.sentence_stream([whole], abbreviations={own}))
        check_text(got, whole)
        check(
            got == wanted,
            "it does not use the abbreviations that it is given",
            why="They stand in place of the usual ones. Compare them without regard to capitals, "
            "on both sides.",
            wanted=wanted,
        )

    def test_quotes_and_brackets_belong_to_the_sentence(self, answers, text):
        pairs = [
            '""',
            "()",
            "\u201c\u201d",
            "\u2018\u2019",
            "\u00ab\u00bb",
            "**",
            "__",
            "``",
            "[]",
            "{}",
        ]
        pairs = [*text.random.sample(pairs, len(pairs)), "''"]
        wanted = [f"{before}{text.sentence()}{after} " for before, after in pairs]
        wanted += [f"**({text.sentence()})** ", text.word()]
        got = list(answers.sentence_stream([joined(wanted)]))
        check_text(got, joined(wanted))
        check(
            got == wanted,
            "a sentence that stands in quotation marks or brackets is missed",
            why="Between the mark and the white space there may be characters of AROUND, and the "
            "next sentence may begin with them. str.strip takes a whole string of characters to "
            "be taken off.",
            wanted=wanted,
        )

    def test_cuts_make_no_difference(self, answers, text):
        whole = f'\r\n Dr. {text.sentences(3)} "{text.sentence()}" {text.word() * 9} '
        whole += text.sentences(2)
        for limit in (200, 25):
            wanted = list(answers.sentence_stream(whole, max_chars=limit))
            for name, cut in cuts(whole, text).items():
                got = list(answers.sentence_stream(cut, max_chars=limit))
                check_text(got, whole)
                check(
                    got == wanted,
                    f"a text that comes {name} gives other pieces than one by character",
                    why="Where the tokens begin and end means nothing. One token may hold many "
                    "sentences, and one sentence many tokens. The limit too has to strike at the "
                    "same character.",
                    wanted=wanted,
                )

    def test_a_sentence_comes_when_the_next_begins(self, answers, text):
        first, second = text.sentence(), text.sentence()
        source = Source([*f"{first}  ", *f"{second} ", *text.word()])
        stream = answers.sentence_stream(source)
        check_lazy(source)
        next(stream)
        check_pulled(source, len(first) + 3, "the white space after the sentence")
        next(stream)
        check_pulled(source, len(first) + len(second) + 4, "the white space after the sentence")

    def test_a_long_sentence_is_cut_at_a_space(self, answers, text):
        words = [text.word() for _ in range(4)]
        wanted = [f"{words[0]} {words[1]}\n", f"{words[2]} {words[3]}"]
        got = list(answers.sentence_stream([joined(wanted)], max_chars=17))
        check_text(got, joined(wanted))
        check(
            max(map(len, got)) <= 17,
            "a piece is longer than max_chars",
            why="A voice that waits for a sentence without end stays silent. When max_chars are "
            "in the buffer and one more comes, cut.",
            wanted=wanted,
        )
        check(
            all(piece.split()[-1] in words for piece in got if piece.strip()),
            "a long sentence is cut in the middle of a word",
            why="Cut after the last white space that is in the buffer; the rest begins the next "
            "piece.",
            wanted=wanted,
        )
        check(
            got == wanted,
            "a long sentence is cut in the wrong place",
            why="Cut after the last white space that is in the buffer, and not before the buffer "
            "has max_chars characters.",
            wanted=wanted,
        )
        long = text.word() * 4
        got = list(answers.sentence_stream(["Hi. ", long], max_chars=10))
        wanted = ["Hi. ", long[:10], long[10:20], long[20:]]
        check(
            got == wanted,
            "a long word is not cut",
            why="Where there is no white space, hand out all max_chars characters.",
            wanted=wanted,
        )

    def test_white_space_fills_the_buffer_too(self, answers, text):
        word, other, long = text.word(), text.word(), text.word() + text.word()
        for wanted, why in (
            (
                [f"{word} to ", other],
                "The buffer is full, and its last character is white space: cut behind that.",
            ),
            (
                [f"{word}    ", f" {other}"],
                "White space counts like any other character: cut, and the rest of it begins the "
                "next piece.",
            ),
            (
                [f"{' ' * 6}\n{' ' * 3}", f"  {word}"],
                "There may be nothing but white space in the buffer. Cut behind the last of it.",
            ),
            (
                [" ", long[:10], long[10:]],
                "White space at the very beginning is white space, too: cut behind it. That its "
                "place is 0 does not mean that there is none.",
            ),
        ):
            got = list(answers.sentence_stream([joined(wanted)], max_chars=10))
            check_text(got, joined(wanted))
            check(
                max(map(len, got)) <= 10,
                "a piece is longer than max_chars",
                why="White space counts like any other character: when max_chars are in the "
                "buffer and one more comes, cut.",
                wanted=wanted,
            )
            check(got == wanted, "a full buffer is cut in the wrong place", why=why, wanted=wanted)

    def test_the_limit_is_exact(self, answers, text):
        whole = text.sentence()
        wanted = [f"{whole} ", whole]
        got = list(answers.sentence_stream(joined(wanted), max_chars=len(whole) + 1))
        check(
            got == wanted,
            "a sentence of exactly max_chars is cut",
            why="The next character may show that the sentence is whole. Look at that first; "
            "only then is the buffer too full.",
            wanted=wanted,
        )
        for wrong in (0, -1):
            with raises(
                ValueError,
                f"max_chars={wrong} is accepted",
                why="A limit of less than one character makes no sense: raise ValueError.",
            ):
                next(answers.sentence_stream([whole], max_chars=wrong))
        got = list(answers.sentence_stream(["Hi"], max_chars=1))
        check(got == ["H", "i"], "max_chars=1 does not work", why="It is the smallest limit.")
        long = text.word() * 40
        got = list(answers.sentence_stream([long]))
        check(
            got == [long[:200], long[200:]],
            "without a limit of its own, it has not the usual one",
            why="max_chars is 200 if nothing else is said, as the signature says.",
            wanted=[long[:200], long[200:]],
        )

    def test_its_source_is_closed_and_may_fail(self, answers, text):
        error = ConnectionError(text.word())
        source = Source([f"{text.sentence()} ", text.word(), error])
        check_closes(answers.sentence_stream(source), source)
        source = Source([f"{text.sentence()} ", text.word(), error])
        check_passes_on(answers.sentence_stream(source), error)


def token(content, part="a", **rest):
    """A token event."""
    return {"type": "token", "id": part, "content": content, **rest}


def text_of(events, part="a"):
    """All text of one part."""
    return joined(event["content"] for event in events if event.get("id") == part)


class TestFlushOnEvent:
    """Text is joined, and keeps its place among the other events."""

    def test_text_is_joined(self, answers, text):
        words = [text.word() for _ in range(5)]
        wanted = [token(joined(words[:2])), token(joined(words[2:4])), token(words[4])]
        got = list(answers.flush_on_event([token(word) for word in words], 12))
        check(
            got != wanted[:2],
            "the end of the text is lost",
            why=TAIL,
            wanted=wanted,
        )
        check(
            all(event.keys() == {"type", "id", "content"} for event in got),
            "it does not yield events",
            why="What goes out is an event like those that come in, with more text in it.",
            wanted=wanted,
        )
        check(
            text_of(got) == joined(words),
            "text is lost or changed",
            why="Joined together, the contents have to be what they were.",
            wanted=wanted,
        )
        check(
            got != [token(joined(words[:3])), token(joined(words[3:]))],
            "a buffer that is just full does not come out",
            why="max_chars characters are enough: compare with >=.",
            wanted=wanted,
        )
        check(
            got == wanted,
            "text is not joined up to max_chars",
            why="Add the content to the buffer. If it has max_chars characters or more, yield it.",
            wanted=wanted,
        )

    def test_a_content_is_never_cut(self, answers, text):
        short, long = text.word(), text.word() * 4
        wanted = [token(short + long), token(short)]
        got = list(answers.flush_on_event([token(short), token(long), token(short)], 10))
        check(
            got == wanted,
            "a content is cut, or goes out before it is full",
            why="max_chars says when there is enough, not how much there may be. Add first, then "
            "look.",
            wanted=wanted,
        )

    def test_text_keeps_its_place(self, answers, text):
        words = [text.word() for _ in range(5)]
        start = {"type": "tool_start", "name": words[4]}
        end = {"type": "tool_end", "name": words[4]}
        events = [token(words[0]), token(words[1]), start, end, token(words[2]), token(words[3])]
        events.append({"type": "complete"})
        wanted = [token(words[0] + words[1]), start, end, token(words[2] + words[3]), events[-1]]
        got = list(answers.flush_on_event(events, 50))
        check(
            got[:1] != [start],
            "another event overtakes the text before it",
            why="The text came first. Hand out what is held before you pass on another event.",
            wanted=wanted,
        )
        check(
            {"type": "complete"} not in got[:-1],
            "text comes after complete",
            why="Who reads `complete` stops reading. Hand out what is held before it.",
            wanted=wanted,
        )
        check(
            text_of(got) == joined(words[:4]),
            "text is lost or changed",
            why="Each text goes out once, before the event that comes after it.",
            wanted=wanted,
        )
        check(
            got == wanted,
            "the order of the events has changed",
            why="Hand out the text that is held, then the event. The buffer is empty after that.",
            wanted=wanted,
        )

    def test_complete_is_no_end(self, answers, text):
        words, complete = [text.word() for _ in range(3)], {"type": "complete"}
        wanted = [token(words[0]), complete, token(words[1] + words[2])]
        got = list(answers.flush_on_event([*wanted[:2], token(words[1]), token(words[2])], 50))
        check(
            got == wanted,
            "it does not go on after complete",
            why="`complete` is an event like any other. Only the end of the events is the end.",
            wanted=wanted,
        )

    def test_parts_are_kept_apart(self, answers, text):
        words = [text.word() for _ in range(5)]
        events = [token(words[0], "a"), token(words[1], "a"), token(words[2], "b")]
        events += [token(words[3], "b"), token(words[4], "a")]
        wanted = [token(words[0] + words[1], "a"), token(words[2] + words[3], "b")]
        wanted.append(token(words[4], "a"))
        got = list(answers.flush_on_event(events, 50))
        check(
            text_of(got, "b") == words[2] + words[3],
            "text of two parts is mixed",
            why="The id says to which part of the answer a text belongs. When it changes, hand "
            "out what is held, under its own id.",
            wanted=wanted,
        )
        check(
            len(got) >= 3,
            "text overtakes that of another part",
            why="A part that goes on later begins a new piece; do not gather by id.",
            wanted=wanted,
        )
        check(got == wanted, "the parts are wrong", why="One piece for each run.", wanted=wanted)

    def test_metadata_stays_with_its_text(self, answers, text):
        words, page = [text.word() for _ in range(5)], {"page": text.word()}
        events = [token(words[0], metadata=page), token(words[1], metadata=dict(page))]
        events += [token(words[2], metadata={"page": words[2]}), token(words[3]), token(words[4])]
        wanted = [token(words[0] + words[1], metadata=page), events[2], token(words[3] + words[4])]
        got = list(answers.flush_on_event(events, 50))
        check(
            got[0].get("metadata") == page,
            "metadata is lost or replaced",
            why="Keep everything of the events but their content: {**event, ...} copies it.",
            wanted=wanted,
        )
        check(
            got == wanted,
            "text with different metadata is joined",
            why="Then nobody can say any more what it belongs to. Join only events that differ in "
            "nothing but their content.",
            wanted=wanted,
        )

    def test_types_that_nobody_knows_pass(self, answers, text):
        words = [text.word() for _ in range(3)]
        strange = {"type": text.word(), "content": text.word(), "number": 7}
        other = {**strange, "content": text.word()}
        events = [token(words[0]), strange, other, token(words[1]), token(words[2])]
        wanted = [events[0], strange, other, token(words[1] + words[2])]
        try:
            got = list(answers.flush_on_event(events, 50))
        except (AssertionError, TypeError, ValueError) as error:
            check(
                isinstance(error, WrongAnswer),
                "it stops at a type that it does not know",
                why="There may be types that nobody knows today. Pass them through.",
                got=Words(type(error).__name__),
                wanted=wanted,
            )
            raise
        check(
            strange in got and other in got,
            "a type that it does not know is lost or changed",
            why="Tomorrow's agent may send other types, some of them with a content. Whatever is "
            "no token passes as it is.",
            wanted=wanted,
        )
        check(got == wanted, "the order of the events has changed", why=AT_ONCE, wanted=wanted)

    def test_what_is_given_is_not_changed(self, answers, text):
        events = [token(text.word(), metadata={"page": "1"}) for _ in range(3)]
        events += [{"type": "tool_start", "name": text.word()}, token(text.word())]
        before = deepcopy(events)
        list(answers.flush_on_event(events, 50))
        check(
            events == before,
            "it changes the events that it is given",
            why="Somebody else may hold them too: a log, another reader. Make a new dictionary.",
            wanted=before,
            got=events,
        )

    def test_nothing_waits_longer_than_it_must(self, answers, text):
        start = {"type": "tool_start", "name": text.word()}
        source = Source([start, token(text.word()), token(text.word()), start, token("Hi")])
        stream = answers.flush_on_event(source, 50)
        check_lazy(source)
        for pulled, what in (1, "the event"), (4, "the text"), (4, "the event"):
            next(stream)
            check_pulled(source, pulled, what)

    def test_its_source_is_closed_and_may_fail(self, answers, text):
        error = ConnectionError(text.word())
        source = Source([token(text.word()), {"type": "complete"}, error])
        check_closes(answers.flush_on_event(source, 5), source)
        source = Source([token(text.word()), token(text.word()), error])
        check_passes_on(answers.flush_on_event(source, 50), error)

    def test_max_chars_must_be_positive(self, answers, text):
        events = [token(text.word()), token(text.word())]
        for wrong in (0, -1):
            with raises(
                ValueError,
                f"max_chars={wrong} is accepted",
                why="A limit of less than one character makes no sense: raise ValueError.",
            ):
                next(answers.flush_on_event(events, wrong))
        got = list(answers.flush_on_event(events, 1))
        check(got == events, "max_chars=1 does not work", why="It holds nothing.", wanted=events)


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


PULLED = (
    "The caller has stopped, and the source is still being pulled: it cannot be closed. In "
    "finally: cancel the pull, await it, and then close the source."
)


class TestDebounce:
    """What comes within the interval is one list, and nothing is lost."""

    async def read(self, answers, items, interval, clock, count=None):
        """Read `count` groups, or all; return them, and when they came."""
        source = AsyncSource(items)
        stream = answers.debounce(source, interval)
        async with not_for_ever(
            "a group never comes",
            "Wait for the next item only until the time of the group is over. "
            "Then hand the group out, although no item has come.",
            Words(f"a group after {interval:g} s"),
        ):
            groups, copies, moments = [], [], []
            async for group in stream:
                groups.append(group)
                copies.append(list(group))
                moments.append(clock.elapsed)
                if len(groups) == count:
                    break
        await close(stream, "when the caller stops", PULLED)
        check(
            groups == copies,
            "it changes a list that it has handed out",
            why="The list is the caller's now. Begin a new one for the next group: group = [].",
            got=groups,
            wanted=copies,
        )
        return groups, moments

    async def check_stops(self, answers, stream, source, when):
        """Pass if closing a stream is over at once, and leaves nothing behind."""
        async with not_for_ever(
            f"closing it never ends {when}",
            "Closing must not wait for anything that may never come: a pull of a silent source, or "
            "room in a queue that nobody reads any more.",
            Words("the stream closed at once"),
        ):
            await close(stream, when, PULLED)
        check_nothing_runs_on(answers)
        check(
            source.closed,
            "its source stays open when the caller stops",
            why="Close it in finally: await aclose_source(source). First end the pull, for a "
            "source that is being read cannot be closed.",
            wanted=Words("the source closed"),
            got=Words("still open"),
        )

    async def test_a_late_item_is_not_lost(self, answers, text, clock):
        interval, words = text.seconds(), [text.word() for _ in range(3)]
        items = [words[0], Pause(interval * 4.6), words[1], Pause(interval * 2.6), words[2]]
        got, moments = await self.read(answers, items, interval, clock)
        check(
            got != [words[:1]],
            "what comes after the first group is lost",
            why="The pull was cancelled when the time of the group was over, as wait_for does it. "
            "A stream whose pull was cancelled is over. asyncio.wait with a timeout only looks, "
            "and leaves the pull alone.",
            wanted=[[word] for word in words],
            got=got,
        )
        check(
            got != [[word] for word in words[:2]],
            "the last group is lost",
            why="When the source ends, hand out what is held.",
            wanted=[[word] for word in words],
            got=got,
        )
        check(
            [] not in got,
            "silence makes empty groups",
            why="While nothing has come there is no group, and so no time that runs out.",
            wanted=[[word] for word in words],
            got=got,
        )
        check(
            got == [[word] for word in words],
            "the groups are not what came within the interval",
            why="Each of these items comes long after the one before. Each is a group.",
            wanted=[[word] for word in words],
            got=got,
        )
        wanted = [interval, interval * 5.6, interval * 7.2]
        check(
            same(moments, wanted),
            "a group comes at another time than it should",
            why="The time of a group starts with its first item, not when the group before it "
            "was handed out; and the last group need not wait, once the source has ended.",
            wanted=moments_of(wanted, interval),
            got=moments_of(moments, interval),
        )

    async def test_a_steady_stream_comes_out_in_time(self, answers, text, clock):
        interval, words = text.seconds(), [text.word() for _ in range(8)]
        items = [item for word in words for item in (Pause(interval * 0.6), word)]
        got, moments = await self.read(answers, items, interval, clock)
        wanted = [words[at : at + 2] for at in range(0, 8, 2)]
        expected = [interval * time for time in (1.6, 2.8, 4.0, 4.8)]
        check(
            got != [words],
            "a stream that is never silent is held back to its end",
            why="Each item starts the time anew, so it is never over. Only the first item of a "
            "group starts it: nothing is held back for longer than the interval.",
            wanted=wanted,
            got=got,
        )
        check(
            got == wanted and same(moments, expected),
            "an item is held back for longer than the interval",
            why="The first item of a group starts its time, and the others do not change it.",
            wanted=Words(f"{wanted} after {moments_of(expected, interval)}"),
            got=Words(f"{got} after {moments_of(moments, interval)}"),
        )

    async def test_what_comes_within_the_interval_is_one_group(self, answers, text, clock):
        interval, words = text.seconds(), [text.word() for _ in range(5)]
        short, long = Pause(interval / 4), Pause(interval * 3)
        items = [
            words[0],
            short,
            words[1],
            short,
            words[2],
            long,
            words[3],
            short,
            words[4],
            Hang(),
        ]
        got, moments = await self.read(answers, items, interval, clock, count=2)
        wanted = [words[:3], words[3:]]
        check(
            got and all(isinstance(group, list) for group in got),
            "it does not yield lists",
            why="A group is a list of items, not their text joined: items may be anything.",
            wanted=wanted,
            got=got,
        )
        check(
            got == wanted,
            "the groups are not what came within the interval",
            why="The first item of a group starts its time. What comes before that is over joins "
            "it.",
            wanted=wanted,
            got=got,
        )
        expected = [interval, interval * 4.5]
        check(
            same(moments, expected),
            "a group comes at another time than it should",
            why="A group is handed out `interval` seconds after its first item had come; not "
            "after its last one, and not on a beat of its own.",
            wanted=moments_of(expected, interval),
            got=moments_of(moments, interval),
        )

    async def test_the_rest_comes_when_the_source_ends(self, answers, text, clock):
        interval, words = text.seconds(), [text.word() for _ in range(2)]
        items = [words[0], Pause(interval / 4), words[1], Pause(interval / 4)]
        got, moments = await self.read(answers, items, interval, clock)
        check(got, "the end of the stream is lost", why=TAIL, wanted=[words], got=got)
        check(got == [words], "the last group is wrong", why=TAIL, wanted=[words], got=got)
        check(
            same(moments, [interval / 2]),
            "the last group waits for nothing",
            why="Nothing can join it any more once the source has ended. Hand it out at once.",
            wanted=moments_of([interval / 2], interval),
            got=moments_of(moments, interval),
        )

    async def test_silence_makes_no_groups(self, answers, text, clock):
        interval, word = text.seconds(), text.word()
        got, _ = await self.read(answers, [Pause(interval * 4), word], interval, clock)
        check(
            got == [[word]],
            "silence makes empty groups",
            why="While nothing has come there is no group, and so no time that runs out.",
            wanted=[[word]],
            got=got,
        )
        got, _ = await self.read(answers, [Pause(interval * 2)], interval, clock)
        check(got == [], "no items make a group", why="A group has items.", wanted=[], got=got)

    async def test_every_item_counts(self, answers, text, clock):
        items = ["", text.word(), 0, {"type": "complete"}, False]
        got, _ = await self.read(answers, items, text.seconds(), clock)
        check(
            got == [items],
            "some items are passed over",
            why="They are not always text. What is false in an `if` is an item, too.",
            wanted=[items],
            got=got,
        )

    async def test_an_error_comes_after_the_group(self, answers, text, clock):
        interval, words = text.seconds(), [text.word() for _ in range(2)]
        error = ConnectionError(text.word())
        items = [words[0], Pause(interval / 4), words[1], Pause(interval / 4), error]
        source = AsyncSource(items)
        got = []
        with raises(ConnectionError, "an error of the source is hidden", why=SAME_ERROR) as caught:
            async for group in answers.debounce(source, interval):
                got.append(group)
        check(caught.error is error, "an error of the source is replaced", why=SAME_ERROR)
        check(
            got == [words],
            "an error takes the group with it",
            why="These items had come before the error. Hand them out first, then raise it.",
            wanted=[words],
            got=got,
        )
        check(
            same(clock.elapsed, interval / 2),
            "an error waits until the time of the group is over",
            why="Nothing can join the group any more. Hand it out at once, and then the error.",
            wanted=moments_of([interval / 2], interval),
            got=moments_of([clock.elapsed], interval),
        )

    async def test_it_is_lazy_and_not_far_ahead(self, answers, text):
        words = [f"{text.word()} {number}" for number in range(30)]
        source = AsyncSource([words[0], Pause(2), *words[1:]])
        stream = answers.debounce(source, 1)
        await asyncio.sleep(5)
        check_lazy(source)
        got = [await anext(stream)]
        await asyncio.sleep(60)
        check(
            source.pulled <= 11,
            "it reads far ahead of a slow caller",
            why="While the caller works, nothing stops the source, and the memory fills up. Wait "
            "with the next pull, or give the queue a bound.",
            wanted=Words("at most 10 pulled while the caller works on the first one"),
            got=Words(f"{source.pulled - 1} pulled"),
        )
        async for group in stream:
            got.append(group)
        check(
            [item for group in got for item in group] == words,
            "items are lost while the caller works",
            why="What comes in that time begins the next group.",
            wanted=words,
            got=[item for group in got for item in group],
        )

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
            await self.check_stops(answers, stream, source, when)

    async def test_a_source_that_never_waits_comes_out_in_time(self, answers, text, clock):
        interval, items = text.seconds(), list(range(40))
        source = BusySource(items, interval * 0.3, clock)
        stream = answers.debounce(source, interval)
        group = await anext(stream)
        check(
            group != items,
            "a source that never waits is held back to its end",
            why="Whoever waits with a limit looks first whether the item is there. If it always "
            "is, the limit never strikes. Ask the clock after each item, too.",
            wanted=Words(f"several groups; one is over after {interval:g} s"),
            got=Words(f"one group, after {clock.elapsed:g} s"),
        )
        await self.check_stops(answers, stream, source, "while the source is busy")

    async def test_cancellation_passes_through(self, answers, text):
        source = AsyncSource([text.word(), Hang()])
        await cancel_while_it_waits(answers.debounce(source, 1))
        check_nothing_runs_on(answers)
        check(source.closed, "its source stays open after a cancellation", why=CLOSE)

    async def test_the_interval_must_be_positive(self, answers, text):
        for wrong in (0, -1):
            with raises(
                ValueError,
                f"interval={wrong} is accepted",
                why="A group that lasts no time can hold nothing: raise ValueError.",
            ):
                await anext(answers.debounce(AsyncSource([text.word()]), wrong))
