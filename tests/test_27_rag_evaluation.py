"""Lesson 27: RAG Evaluation.

One class for each task. Words come from `text`, other ones for each seed.
"""

from __future__ import annotations

from course.grade.differences import check_same
from course.grade.expect import check, keeps
from course.grade.scenarios import EACH_TEXT, any_tokens, each


def some_words(text):
    """A few words, not always as many."""
    return [text.word() for _ in range(text.random.randint(3, 6))]


class TestCountWords:
    """The words of a text are counted, wherever its tokens end."""

    @keeps(2)
    def test_a_word_may_come_in_pieces(self, answers, text):
        words = some_words(text)
        got = answers.count_words(list(" ".join(words)))
        check(
            got == len(words),
            "it counts the pieces of a word as words",
            why="A token may end in the middle of a word. Only the whole text has words in it.",
            wanted=len(words),
        )

    @keeps(1)
    def test_white_space_may_be_long(self, answers, text):
        words = some_words(text)
        got = answers.count_words(["\n ", *(f"{word} \n" for word in words)])
        check(
            got == len(words),
            "it counts white space in place of words",
            why="There may be several spaces and line breaks between words, or around all of them.",
            wanted=len(words),
        )

    def test_without_words_there_are_none(self, answers):
        for tokens in ([], [""], [" ", "\n"]):
            got = answers.count_words(tokens)
            check(
                got == 0,
                "it finds words where there are none",
                why="A text may be empty, or all white space. Then the number is 0.",
                wanted=0,
            )

    def test_any_tokens(self, search):
        def promise(answers, tokens):
            check_same([answers.count_words(tokens)], [len("".join(tokens).split())])

        search(promise, *each(tokens=EACH_TEXT), tokens=any_tokens())
