"""Lesson 26: Advanced RAG.

One class for each task. `answers` are the functions to be graded, `text` makes words that differ
from seed to seed, and time is virtual.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from fractions import Fraction
from itertools import groupby, pairwise, permutations, product
from typing import ClassVar

from hypothesis import strategies as st
from langchain_core.documents import Document

from course.fakes.held import HeldModel, held_model
from course.fakes.script import Fail, Hang, Pause, Reply, ToolCall
from course.fakes.sources import SearchSource, Source
from course.grade.expect import Words, WrongAnswer, check, keeps
from course.grade.scenarios import EACH_ENDING, TEXTS, Stranger, any_ending, each
from course.grade.stream_checks import (
    cancelled_while_it_waits,
    check_closed,
    check_lazy,
    check_not_ahead,
    check_nothing_runs_on,
    passes_on,
)
from course.grade.stream_promises import StreamPromises
from course.grade.value_checks import Explained, in_calls, refused, unchanged

NAN = float("nan")
INFINITE = float("inf")
ERRORS = (ValueError, KeyError, TimeoutError, ConnectionError, ArithmeticError, Stranger)
STOPPED = "CancelledError is how a task is told to stop. It is no Exception: let it pass."
COPY = (
    "It belongs to the caller, who may need it as it was. Make a copy, a deep one, and change it."
)


async def result_of(awaitable):
    """What it returns. A coroutine that is handed out is let go: Python says where it was made."""
    got = await awaitable
    if inspect.iscoroutine(got):
        check(
            False,
            "it hands out a coroutine, not its result",
            why="The call only makes a coroutine: nothing in it runs until it is awaited.",
            wanted=Words("its result"),
            got=Words("a coroutine"),
        )
    return got


def check_documents(got):
    """Pass if a list of documents came."""
    check(
        isinstance(got, list) and all(isinstance(one, Document) for one in got),
        "it does not return a list of documents",
        why="What is wanted is a list, and each item in it is a Document.",
        wanted=Words("a list of documents"),
        got=Words(f"a list of {type(got[0]).__name__}") if isinstance(got, list) and got else got,
    )


def texts(documents):
    """The texts of documents, to be shown."""
    return [one.page_content for one in documents]


def close_to(one, other):
    """Whether two scores are the same to nine digits."""
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


def rounded(scores):
    """Scores, to be shown."""
    return [round(score, 4) for score in scores]


def are_numbers(values):
    """Whether these are numbers, and no bools."""
    return all(isinstance(one, int | float) and not isinstance(one, bool) for one in values)


NEGATIVE = "a word that is in most documents got a negative score"
FIGURES = (["refund", "in", "14", "days"], ["open", "monday"], ["refund", "for", "bikes"], ["lamp"])


def usual_idf(n, having):
    """What a word is worth."""
    return math.log(1 + (n - having + 0.5) / (having + 0.5))


def bm25(
    documents,
    query,
    k1=1.5,
    b=0.75,
    idf=usual_idf,
    factor=1.0,
    most=99,
    length=len,
    count=None,
):
    """The scores, in the slowest and plainest way."""
    lengths = [length(words) for words in documents]
    average = sum(lengths) / max(len(lengths) if count is None else count, 1)
    scores = []
    for words in documents:
        score = 0.0
        for word in query:
            f = min(list(words).count(word), most)
            having = sum(word in other for other in documents)
            if f:
                long = length(words) / average
                score += idf(len(documents), having) * f * factor / (f + k1 * (1 - b + b * long))
        scores.append(score)
    return scores


class TestBM25Index(Explained):
    """Documents are scored by the words that they share with a query."""

    WHY: ClassVar = {
        "it does not return a list of numbers": "scores returns one number for each document.",
        "there is not one score for each document": "Each document has a score, in the order of "
        "the documents, also if it is 0.",
        NEGATIVE: "The 1 + inside of the logarithm keeps idf above 0, however common a word is. A "
        "document must not lose by having a word of the query.",
        "a word that all documents have is worth nothing": "It is worth little, but not nothing: "
        "look at the 1 + and the 0.5 in idf.",
        "a common word is worth as much as a rare one": "idf is smaller, the more documents have "
        "the word.",
        "it counts how often a word comes in place of the documents that have it": "n is the "
        "number of documents with the word. One that has it five times counts once.",
        "a word that the query repeats counts once": "The sum is over the words of the query, each "
        "as often as it stands there.",
        "a part of a word counts as the word": "Compare whole words: `in` finds parts only in a "
        "str, not in a list of words.",
        "a word is compared in another case": "Words are compared as they are. Whoever makes the "
        "index decides about small letters.",
        "a document without the word gets a score": "What a document does not have adds nothing to "
        "its score.",
        "the scores have the factor k1 + 1": "Some books have it in the numerator. It changes no "
        "order, but the docstring has another formula.",
        "the length of a document does not count as it should": "length is the number of words of "
        "this document, and average that of all documents, empty ones included.",
        "a word that comes again does not count as it should": "f is how often the word is in "
        "the document, in the numerator and in the denominator.",
        "the scores are not in the order of the documents": "The first score is that of the first "
        "document. Who sorts them no longer knows whose they are.",
        "a score is not what the formula says": "Work it out for one document on paper, and "
        "compare each part: f, n, idf, length, average.",
        "without words it fails": "There may be no documents, or only empty ones. Then there is "
        "nothing to divide by.",
        "k1=0 or b at an end of its range fails": "Both are allowed. With k1=0 a document without "
        "the word would be 0 / 0.",
        "a document that is changed afterwards changes the index": "Count everything when the "
        "index is made, and keep what you have counted, not the lists.",
        "asking changes the index": "A question only reads what was counted.",
    }

    def scores(self, answers, documents, query, *args, **kwargs):
        got = answers.BM25Index(documents, *args, **kwargs).scores(query)
        return self.shaped(got, documents)

    def shaped(self, got, documents):
        must = self.against(Words(f"{len(documents)} scores"))
        must(isinstance(got, list) and are_numbers(got), "it does not return a list of numbers")
        must(len(got) == len(documents), "there is not one score for each document")
        return got

    def compare(self, got, documents, query, k1=1.5, b=0.75):
        wanted = bm25(documents, query, k1, b)

        def is_like(other):
            return all(map(close_to, got, other)) and not all(map(close_to, other, wanted))

        must = self.against(rounded(wanted), rounded(got))
        must(all(score > -1e-12 for score in got), NEGATIVE)
        has_one = [any(word in words for word in query) for words in documents]
        must(
            all(has or abs(score) < 1e-12 for has, score in zip(has_one, got, strict=True)),
            "a document without the word gets a score",
        )
        once = bm25(documents, [*dict.fromkeys(query)], k1, b)
        must(not is_like(once), "a word that the query repeats counts once")
        paper = bm25(documents, query, k1, b, factor=k1 + 1)
        must(not is_like(paper), "the scores have the factor k1 + 1")
        for other in (
            bm25(documents, query, k1, 0),
            bm25(documents, query, k1, b, length=lambda words: len({*words})),
            bm25(documents, query, k1, b, count=sum(map(bool, documents))),
        ):
            must(not is_like(other), "the length of a document does not count as it should")
        must(
            not is_like(bm25(documents, query, k1, b, most=1)),
            "a word that comes again does not count as it should",
        )
        must(
            not is_like(bm25(documents, query, k1, b, idf=lambda n, having: 1.0)),
            "a common word is worth as much as a rare one",
        )
        is_sorted = all(map(close_to, sorted(got), sorted(wanted)))
        must(
            not is_sorted or all(map(close_to, got, wanted)),
            "the scores are not in the order of the documents",
        )
        must(all(map(close_to, got, wanted)), "a score is not what the formula says")

    def check(self, answers, documents, query, k1=1.5, b=0.75):
        got = self.scores(answers, documents, query, k1, b)
        self.compare(got, documents, query, k1, b)

    @keeps(2)
    def test_a_common_word_is_still_worth_something(self, answers, text):
        common, rare = text.word(), text.word()
        for others in (1, 2, 5):
            documents = [[common, text.word()] for _ in range(others)] + [[common, rare]]
            got = self.scores(answers, documents, [common])
            must = self.against(Words("scores above 0"), rounded(got))
            must(all(score >= 0 for score in got), NEGATIVE)
            must(all(score > 0 for score in got), "a word that all documents have is worth nothing")
            got = self.scores(answers, documents, [common, rare])
            self.compare(got, documents, [common, rare])

    @keeps(2)
    def test_a_document_counts_once(self, answers, text):
        word, other = text.word(), text.word()
        documents = [[word] * 3, [word, other], *[[other]] * 4]
        got = self.scores(answers, documents, [word])
        as_often = bm25(documents, [word], idf=lambda n, _: usual_idf(n, 4))
        self.must(
            not all(map(close_to, got, as_often)),
            "it counts how often a word comes in place of the documents that have it",
            rounded(bm25(documents, [word])),
            rounded(got),
        )
        self.compare(got, documents, [word])

    @keeps(4)
    def test_the_query_may_repeat_a_word(self, answers, text):
        word, other = text.word(), text.word()
        documents = [[word, other], [other], [word]]
        for query in ([word, word], [word, other, word], [other, word, word, word]):
            self.check(answers, documents, query)

    @keeps(5)
    def test_a_word_is_not_a_part_of_another(self, answers, text):
        word = text.word()
        documents = [[f"{word}s", "a"], [f"re{word}", "b"], [word, "c"], [word[:3], word[3:]]]
        got = self.scores(answers, documents, [word])
        must = self.against(rounded(bm25(documents, [word])), rounded(got))
        must(got[0] == got[1] == 0, "a part of a word counts as the word")
        self.compare(got, documents, [word])

    @keeps(5)
    def test_case_counts(self, answers, text):
        word = text.word()
        documents = [[word.upper()], [word], [word.title(), "x"]]
        got = self.scores(answers, documents, [word])
        must = self.against(rounded(bm25(documents, [word])), rounded(got))
        must(got[0] == got[2] == 0, "a word is compared in another case")
        self.compare(got, documents, [word])

    @keeps(1, 3)
    def test_the_ends_of_the_ranges(self, answers, text):
        word, other = text.word(), text.word()
        documents = [[word, word, other], [other], [word], []]
        for k1, b in product((0, 0.0, 1, 100.0), (0, 1, 0.0, 1.0, 0.5)):
            with self.never(
                (ZeroDivisionError, ValueError), "k1=0 or b at an end of its range fails"
            ):
                got = self.scores(answers, documents, [word, other, "x"], k1=k1, b=b)
            self.compare(got, documents, [word, other, "x"], k1, b)

    def test_an_index_may_be_asked_again(self, answers, text):
        words = [text.word() for _ in range(3)]
        documents = [[words[0]], [words[1], words[0]], [words[2]]]
        index, other = answers.BM25Index(documents), answers.BM25Index([[words[2]]] * 2)
        for query in ([words[0]], [words[1]], [words[0]], [words[2], "x"], []):
            for asked, known in ((index, documents), (other, [[words[2]]] * 2)):
                got = asked.scores(query)
                wanted = bm25(known, query)
                must = self.against(rounded(wanted), rounded(got))
                must(
                    len(got) == len(wanted) and all(map(close_to, got, wanted)),
                    "asking changes the index",
                )
                got.clear()

    @keeps(1)
    def test_a_word_that_comes_again(self, answers, text):
        word, other = text.word(), text.word()
        documents = [[word] * n + [other] * (6 - n) for n in range(7)]
        self.check(answers, documents, [word])
        self.check(answers, documents, [word], 0.4, 0.0)

    @keeps(3)
    def test_long_documents_are_held_back(self, answers, text):
        word, other = text.word(), text.word()
        documents = [[word, *[other] * n] for n in (0, 1, 4, 20)] + [[], [other]]
        for b in (0.75, 0.0, 0.3, 1.0):
            self.check(answers, documents, [word], 1.5, b)
        got = self.scores(answers, documents, [word])
        self.compare(got, documents, [word])

    @keeps(1)
    def test_some_documents_of_a_shop(self, answers, text):
        word = text.word()
        for documents in (FIGURES, [[word], *FIGURES, [word, word, "lamp"]]):
            for query in (["refund"], ["refund", "days"], ["bikes", word], ["the", "lamp"]):
                self.check(answers, documents, query)
                self.check(answers, documents, tuple(query), 2.0, 0.5)

    def test_without_words(self, answers, text):
        word = text.word()
        for documents, query in product(
            ([], [[]], [[], []], [[], [word]], [[word]]), ([], [word], ["other"])
        ):
            with self.never(ZeroDivisionError, "without words it fails"):
                got = self.scores(answers, documents, query)
            self.compare(got, documents, query)

    def test_wrong_arguments(self, answers, text):
        for documents in ([[text.word()]], []):
            for name, value, why in (
                ("k1", -0.1, "It is not negative"),
                ("k1", NAN, "It is no number"),
                ("b", -0.1, "It is from 0 to 1"),
                ("b", 1.1, "It is from 0 to 1"),
                ("b", NAN, "It is no number"),
            ):
                with refused(f"{name}={value}", why):
                    answers.BM25Index(documents, **{name: value}).scores(["a"])

    def test_documents_belong_to_the_caller(self, answers, text):
        words = [text.word() for _ in range(5)]
        documents, query = [[words[0], words[1]], [words[2]], [words[0]]], [words[0], words[2]]
        before = deepcopy(documents)
        with unchanged(documents=documents, query=query):
            index = answers.BM25Index(documents)
            self.compare(self.shaped(index.scores(query), before), before, query)
        documents[1].extend(words)
        documents.append([words[0]])
        wanted = bm25(before, query)
        got = index.scores(query)
        must = self.against(rounded(wanted), rounded(got))
        must(
            len(got) == len(wanted) and all(map(close_to, got, wanted)),
            "a document that is changed afterwards changes the index",
        )

    def test_any_documents(self, search):
        def promise(answers, documents, query, k1, b):
            self.check(answers, documents, query, k1, b)

        always = [
            {**one, "query": ["a", one["documents"][0][0]], "k1": 1.2, "b": 0.75}
            for one in each(
                documents=tuple([[one, "a"], ["a"], [one]] for one in TEXTS), query=["a"]
            )
        ]
        words = st.lists(st.sampled_from(("a", "b", "ab", "A", "", " ", "é")), max_size=6)
        search(
            promise,
            *always,
            documents=st.lists(words, max_size=6),
            query=words,
            k1=st.sampled_from((1.5, 0, 0.5, 2.0)),
            b=st.sampled_from((0.75, 0, 1, 0.3)),
        )


def fused(rankings, k=60, weights=None, first=1, last_place=False, keeps_twins=False):
    """The ids and their exact scores, in order."""
    scores = Counter()
    for ranking, weight in zip(rankings, weights or [1] * len(rankings), strict=True):
        ids = list(ranking) if keeps_twins or last_place else [*dict.fromkeys(ranking)]
        places = {}
        for rank, name in enumerate(ids, first):
            if last_place or name not in places:
                places[name] = rank
        for name, rank in places.items():
            scores[name] += Fraction(weight) / (Fraction(k) + rank) if k + rank else Fraction(0)
    return sorted(scores.items(), key=lambda one: (-one[1], one[0]))


class TestReciprocalRankFusion(Explained):
    """Several rankings become one, by the places alone."""

    WHY: ClassVar = {
        "it does not return a list of pairs": "Each item is a tuple of an id and its score.",
        "an id is lost": "Each id that is in at least one ranking is in the result.",
        "an id comes twice": "Return each id once, with the sum of what it got in all rankings.",
        "ranks begin with 0": "The best one has the rank 1, so it gets weight / (k + 1). enumerate "
        "begins with 0 if nobody tells it otherwise.",
        "the last place of an id counts": "If an id comes again in one ranking, its first place "
        "counts.",
        "an id that comes again counts twice": "Within one ranking, an id gets something once: for "
        "its first place.",
        "an id that comes again takes a rank from others": "Ranks count different ids. What comes "
        "after a repeated one moves up.",
        "the weights do not count": "Each ranking's part is its weight / (k + rank).",
        "a score is not the sum of its parts": "Add weight / (k + rank) over all rankings that "
        "have the id. Other rankings add nothing.",
        "the highest score is not first": "Sort by the score, the largest one first.",
        "ids with equal scores are not in the order of the ids": "Where scores are equal, sort by "
        "the id. Neither the order of the rankings nor that of a set decides.",
        "sums that are equal but for rounding are told apart": "0.1 + 0.2 is not 0.3 for a "
        "computer. Scores that differ by less than 1e-12 are equal: round them for the comparison.",
        "without rankings the result is not empty": "Nothing to fuse, nothing found: [].",
    }

    def look(self, got, rankings, k=60, weights=None):
        wanted = fused(rankings, k, weights)
        shown = [(name, round(float(score), 6)) for name, score in wanted]
        is_list = isinstance(got, list) and all(
            isinstance(one, tuple) and len(one) == 2 and isinstance(one[0], str) for one in got
        )
        self.must(
            is_list and are_numbers(score for _, score in got),
            "it does not return a list of pairs",
            shown,
        )
        came = [(name, round(score, 6)) for name, score in got]
        must = self.against(shown, came)
        names = [name for name, _ in got]
        must(wanted or not got, "without rankings the result is not empty")
        must({*names} >= {name for name, _ in wanted}, "an id is lost")
        must(len({*names}) == len(names), "an id comes twice")
        scores, right = dict(got), dict(wanted)

        def is_like(other):
            other = dict(other)
            differs = any(abs(other[name] - right[name]) > 1e-9 for name in right)
            return differs and all(close_to(scores[name], other[name]) for name in right)

        must(not is_like(fused(rankings, k, weights, first=0)), "ranks begin with 0")
        must(
            not is_like(fused(rankings, k, weights, last_place=True)),
            "the last place of an id counts",
        )
        must(
            not is_like(fused(rankings, k, weights, keeps_twins=True)),
            "an id that comes again takes a rank from others",
        )
        must(not weights or not is_like(fused(rankings, k)), "the weights do not count")
        twice = Counter()
        for ranking, weight in zip(rankings, weights or [1] * len(rankings), strict=True):
            for rank, name in enumerate(ranking, 1):
                twice[name] += Fraction(weight) / (Fraction(k) + rank)
        must(not is_like(twice), "an id that comes again counts twice")
        must(
            all(close_to(scores[name], right[name]) for name in right),
            "a score is not the sum of its parts",
        )
        order = [right[name] for name in names]
        must(order == sorted(order, reverse=True), "the highest score is not first")
        must(
            names == [name for name, _ in wanted],
            "ids with equal scores are not in the order of the ids",
        )

    def check(self, answers, rankings, *args):
        with unchanged(rankings=rankings):
            got = answers.reciprocal_rank_fusion(rankings, *args)
        self.look(got, rankings, *args)

    @keeps(1)
    def test_the_first_rank_is_one(self, answers, text):
        a, b, c = (text.word() for _ in range(3))
        self.check(answers, [[a, b, c]], 1)
        self.check(answers, [[a, b], [b, c]], 1)
        self.check(answers, [[a, b, c], [c, a]])

    @keeps(2)
    def test_each_id_comes_once(self, answers, text):
        words = sorted(text.word() for _ in range(5))
        for rankings in (
            [words[:2], words[2:]],
            [words, words[::-1], words[:1]],
            [[words[0]], [words[0]], [words[0], words[1]]],
            [words[3:], [], words],
        ):
            self.check(answers, rankings)
            self.check(answers, [tuple(one) for one in rankings], 10)

    @keeps(4)
    def test_an_id_comes_again_in_a_ranking(self, answers, text):
        a, b, c, d = (text.word() for _ in range(4))
        for rankings in (
            [[a, a, b]],
            [[a, b, a, c]],
            [[a, b, a], [b, d]],
            [[a, a, a, b], [c, d, d, d, b]],
            [[a, b], [a, b, a, a, d]],
        ):
            self.check(answers, rankings, 1)
            self.check(answers, rankings)

    @keeps(1)
    def test_weights(self, answers, text):
        a, b, c = (text.word() for _ in range(3))
        self.check(answers, [[a, b], [b, c]], 60, [3, 1])
        self.check(answers, [[a, b], [b, c]], 60, [1.0, 2.5])
        self.check(answers, [[a, b, c], [c], [c, b]], 0, (0.5, 0.25, 2))
        got = answers.reciprocal_rank_fusion([[a, b], [c, b]], weights=[0, 1])
        self.look(got, [[a, b], [c, b]], 60, [0, 1])

    @keeps(3)
    def test_equal_scores(self, answers, text):
        names = [text.word() for _ in range(6)]
        for some in (names, sorted(names), sorted(names, reverse=True)):
            self.check(answers, [[name] for name in some])
            self.check(answers, [some[:2], some[:2][::-1], some[2:4], some[2:4][::-1]])
            self.check(answers, [[one] for one in some], 0, [1] * 6)

    @keeps(3)
    def test_equal_but_for_rounding(self, answers, text):
        a, b = sorted((text.word(), text.word()))
        for places in permutations((0, 1, 6)):
            for shift in permutations((0, 1, 6)):
                fillers = iter(f"{a}{n}" for n in range(99))
                rankings = []
                for one, other in zip(places, shift, strict=True):
                    ranking = [next(fillers) for _ in range(7)]
                    ranking[one] = b
                    rankings.append(ranking)
                    ranking = [next(fillers) for _ in range(7)]
                    ranking[other] = a
                    rankings.append(ranking)
                got = answers.reciprocal_rank_fusion(rankings)
                names = [name for name, _ in got if name in (a, b)]
                must = self.against(Words(f"{a!r} before {b!r}"), Words(f"{b!r} before {a!r}"))
                must(
                    names != [b, a],
                    "sums that are equal but for rounding are told apart",
                )
                self.look(got, rankings)

    @keeps(3)
    def test_equal_sums_of_other_parts(self, answers, text):
        a, b = sorted((text.word(), text.word()))
        for one, other in ((a, b), (b, a)):
            for ranks in (((2, 12), (3, 4)), ((4, 20), (5, 10)), ((9, 18), (10, 15))):
                rankings, fillers = [], iter(f"{a}{n}" for n in range(999))
                for name, places in zip((one, other), ranks, strict=True):
                    for place in places:
                        rankings.append([next(fillers) for _ in range(place - 1)] + [name])
                got = answers.reciprocal_rank_fusion(rankings, k=0)
                names = [name for name, _ in got if name in (a, b)]
                problem = "sums that are equal but for rounding are told apart"
                self.must(names != [b, a], problem, [a, b], names)
                self.look(got, rankings, 0)

    def test_nothing_to_fuse(self, answers, text):
        word = text.word()
        for rankings in ([], [[]], [[], []], [[], [word]]):
            self.check(answers, rankings)
        self.check(answers, [], 60, [])

    def test_wrong_arguments(self, answers, text):
        a, b = text.word(), text.word()
        for rankings, arguments, said, why in (
            ([[a]], {"k": -1}, "k=-1", "It would divide by 0"),
            ([[a]], {"k": -0.5}, "k=-0.5", "It is not negative"),
            ([], {"k": -1}, "k=-1", "It is not negative"),
            ([[a]], {"k": NAN}, "k=nan", "It is no number"),
            (
                [[a], [b]],
                {"weights": [1, -1]},
                "a negative weight",
                "It would punish what is found",
            ),
            ([[a], [b]], {"weights": [1, NAN]}, "the weight nan", "It is no number"),
            ([[a], [b]], {"weights": [1]}, "one weight for two rankings", "Each has one"),
            ([[a]], {"weights": [1, 1]}, "two weights for one ranking", "Each has one"),
            ([[a]], {"weights": []}, "no weight for a ranking", "Each has one"),
            ([], {"weights": [1]}, "a weight without a ranking", "Each has one"),
        ):
            with refused(said, why):
                answers.reciprocal_rank_fusion(rankings, **arguments)

    def test_nothing_is_kept_between_calls(self, answers, text):
        a, b, c = (text.word() for _ in range(3))
        for rankings in ([[a, b]], [[c]], [[a, b]], [], [[b, a], [c]]):
            got = answers.reciprocal_rank_fusion(rankings)
            self.look(got, rankings)
            again = answers.reciprocal_rank_fusion(rankings)
            got.clear()
            self.look(again, rankings)

    def test_any_rankings(self, search):
        def promise(answers, rankings, k, weights):
            self.check(answers, rankings, k, weights and weights[: len(rankings)])

        always = each(
            rankings=tuple([["a", one, "b"], [one, "a", "a"]] for one in TEXTS), k=60, weights=None
        )
        ids = st.lists(st.sampled_from(("a", "b", "c", "d", "", " ", "A", "é")), max_size=6)
        search(
            promise,
            *always,
            rankings=st.lists(ids, max_size=4),
            k=st.sampled_from((60, 0, 1, 10, 0.5)),
            weights=st.one_of(
                st.none(), st.lists(st.sampled_from((1, 0, 0.5, 2)), min_size=4, max_size=4)
            ),
        )


def pages(*names, text=""):
    """Documents with these ids."""
    return [Document(f"{text}{name}", id=name) for name in names]


def ids(documents):
    """The ids of documents, to be shown."""
    return [one.id for one in documents]


def searching(source):
    """A search, as a function."""

    async def search(question):
        return await source(question)

    return search


def saying(rewrites, wait=0.0):
    """What rewrites a question: always in these words."""

    async def rewrite(question):
        await asyncio.sleep(wait)
        if isinstance(rewrites, BaseException):
            raise rewrites
        return list(rewrites)

    return rewrite


def fusing(asked=None, order=None):
    """What fuses rankings, and notes what it was asked."""

    def fuse(rankings):
        if asked is not None:
            asked.append([list(ranking) for ranking in rankings])
        got = [(name, float(score)) for name, score in fused(rankings)]
        return got if order is None else order(got)

    return fuse


def wordings(question, rewrites, n):
    """What has to be searched for."""
    found = [question]
    for one in rewrites:
        one = one.strip()
        if one and one.lower() not in {other.strip().lower() for other in found} and n > 0:
            found.append(one)
            n -= 1
    return found


class TestMultiQuery(Explained):
    """A question is searched for in several wordings at once."""

    WHY: ClassVar = {
        "the question itself is not searched for": "The rewrites may all miss what was meant. The "
        "question as it was asked always counts, and comes first.",
        "the question is changed": "Search for the question as it is. Only rewrites are stripped.",
        "a rewrite is not searched for": "Search for each rewrite that is left, up to n of them.",
        "it searches for more than it should": "At most n rewrites, no blank ones, and nothing "
        "twice: each search costs.",
        "a blank rewrite is searched for": "What is blank asks nothing. Leave it out before you "
        "count to n.",
        "a rewrite is not stripped": "Models write white space around their lines. Strip each.",
        "the same wording is searched for twice": "A rewrite that was there before, or is the "
        "question itself, finds nothing new. Capitals make no difference.",
        "what is left out counts as one of the n": "First leave out what is blank or was there, "
        "then count to n.",
        "the searches run one after the other": "While one search waits, the others could already "
        "be on their way.",
        "without rewrites nothing is found": "A failed rewrite is no failed search: the question "
        "alone is enough.",
        "one failed search lost the others": "What the others have found is there. Catch the error "
        "of each search, inside of what runs at the same time.",
        "all searches fail, and no error comes": "An empty list says that there is nothing. Nobody "
        "knows that: raise the error of the search for the question itself.",
        "all searches fail, and another error comes": "Raise the error of the search for the "
        "question itself, as it is. Others are about rewrites that nobody has asked.",
        "fuse is not asked, or more than once": "The caller says how rankings become one: call "
        "fuse, once.",
        "fuse does not get the keys that each search found": "It gets a list of lists: for each "
        "search that did not fail, the keys of its documents, in the order found.",
        "the rankings come in the order in which the searches ended": "The first one is that of "
        "the question, then come the rewrites in their order. fuse may have a weight for each.",
        "the order is not what fuse says": "Return the documents in the order of the ids that fuse "
        "gives.",
        "a document is lost, or comes twice": "Each key that fuse gives stands for one document.",
        "another document stands for its key": "Two searches may find one document in two "
        "versions. That of the first search counts: the question's, then the rewrites' in order.",
        "a cancellation is swallowed": STOPPED,
        "a search runs on after a cancellation": "Whoever is cancelled stops what it has started, "
        "and waits until it has ended.",
        "rewrite is not asked, or more than once": "It is a call of a model: ask it once, with the "
        "question.",
        "something is searched for although n is wrong": "Look at the arguments before anything "
        "that costs.",
    }

    def check_asked(self, source, wanted, question):
        came = source.questions
        must = self.against(wanted, came)
        if question not in came:
            must(question.strip() not in came, "the question is changed")
            must(False, "the question itself is not searched for")
        must(all(one.strip() for one in came if one != question), "a blank rewrite is searched for")
        must(
            all(one == one.strip() for one in came if one != question), "a rewrite is not stripped"
        )
        lower = [one.strip().lower() for one in came]
        must(len({*lower}) == len(lower), "the same wording is searched for twice")
        must(len(came) <= len(wanted), "it searches for more than it should")
        must({*came} == {*wanted}, "a rewrite is not searched for")

    async def ask(self, answers, question, rewrites, source, *args, asked=None):
        rewrite, search = saying(rewrites), searching(source)
        got = await result_of(answers.multi_query(question, rewrite, search, fusing(asked), *args))
        if asked is not None:
            problem = "fuse is not asked, or more than once"
            self.in_words(len(asked) == 1, problem, "one call", in_calls(len(asked)))
        check_documents(got)
        return got

    def came(self, got, wanted, problem):
        """Check which documents came, and in which order."""
        shown = ids(got) or Words("no document")
        self.must(ids(got) == wanted, problem, wanted, shown)

    @keeps(1)
    async def test_the_question_is_searched_for_too(self, answers, text):
        for question in (text.sentence("?"), f"  {text.sentence('?')}\n", text.word().upper()):
            rewrites = [text.word(), text.word()]
            source = SearchSource({question: pages("a"), rewrites[0]: pages("b")})
            await self.ask(answers, question, rewrites, source)
            self.check_asked(source, [question, *rewrites], question)

    async def test_rewrite_is_asked_once(self, answers, text):
        question, asked = text.sentence("?"), []

        async def rewrite(given):
            asked.append(given)
            return [text.word()]

        source = SearchSource({question: pages("a")})
        await result_of(answers.multi_query(question, rewrite, searching(source), fusing()))
        self.equal(asked, [question], "rewrite is not asked, or more than once")

    @keeps(1)
    async def test_no_more_than_n(self, answers, text):
        question, rewrites = text.word(), [text.word() for _ in range(5)]
        for args in ((), (0,), (1,), (2,), (5,), (9,)):
            n = args[0] if args else 3
            source = SearchSource({question: pages("a")})
            await self.ask(answers, question, rewrites, source, *args)
            self.check_asked(source, [question, *rewrites[:n]], question)

    @keeps(2)
    async def test_what_is_left_out(self, answers, text):
        question, one, two = text.word(), text.word(), text.word()
        for rewrites in (
            ["", one],
            [" \n", "\u3000", one, two],
            [f"  {one}\n", f"{two} "],
            [one, one, two],
            [one, one.upper(), two],
            [one.title(), one, f" {one} ", two],
            [question, one],
            [f"{question.upper()} ", one],
            [one, question.title(), one, "", two, two],
        ):
            source = SearchSource({question: pages("a")})
            await self.ask(answers, question, rewrites, source, 2)
            wanted = wordings(question, rewrites, 2)
            self.must(
                len(source.questions) >= len(wanted),
                "what is left out counts as one of the n",
                wanted,
                source.questions,
            )
            self.check_asked(source, wanted, question)
        spaced = f" {question} "
        source = SearchSource({})
        await self.ask(answers, spaced, [question, one], source, 2)
        self.check_asked(source, [spaced, one], spaced)

    @keeps(3)
    async def test_all_run_at_the_same_time(self, answers, text, clock):
        question, rewrites = text.word(), [text.word() for _ in range(3)]
        waits = [text.seconds() for _ in range(4)]
        source = SearchSource(
            {
                one: [Pause(wait), *pages(one)]
                for one, wait in zip([question, *rewrites], waits, strict=True)
            }
        )
        before = clock.elapsed
        await self.ask(answers, question, rewrites, source)
        took = clock.elapsed - before
        self.check_asked(source, [question, *rewrites], question)
        self.in_words(
            took < max(waits) + 1e-6,
            "the searches run one after the other",
            f"{max(waits):g} s, as the slowest",
            f"{took:g} s",
        )

    @keeps(6)
    async def test_fuse_gets_the_keys(self, answers, text):
        question, one, two = text.word(), text.word(), text.word()
        nameless = Document(text.word(), metadata={"source": "s"})
        twin = Document(nameless.page_content, metadata={"source": "t"})
        results = {
            question: [Pause(2), *pages("b", "a"), nameless],
            one: [],
            two: [Pause(1), *pages("a"), nameless, twin, *pages("c")],
        }
        keys = [
            json.dumps([page.metadata["source"], page.page_content]) for page in (nameless, twin)
        ]
        wanted = [["b", "a", keys[0]], [], ["a", *keys, "c"]]
        asked = []
        source = SearchSource(results)
        got = await self.ask(answers, question, [one, two], source, asked=asked)
        self.check_asked(source, [question, one, two], question)
        problem = "fuse is not asked, or more than once"
        self.in_words(len(asked) == 1, problem, "one call", in_calls(len(asked)))
        self.must(
            asked[0] == wanted or sorted(asked[0]) != sorted(wanted),
            "the rankings come in the order in which the searches ended",
            wanted,
            asked[0],
        )
        self.equal(asked[0], wanted, "fuse does not get the keys that each search found")
        order = [name for name, _ in fused(wanted)]
        known = {"a": "a", "b": "b", "c": "c", keys[0]: nameless.page_content}
        self.equal(
            texts(got),
            [known.get(name, twin.page_content) for name in order],
            "the order is not what fuse says",
        )

    @keeps(6)
    async def test_the_order_is_what_fuse_says(self, answers, text):
        question, other = text.word(), text.word()
        for order in (
            lambda pairs: pairs[::-1],
            lambda pairs: sorted(pairs),
            lambda pairs: sorted(pairs, reverse=True)[:2],
            lambda pairs: [(name, 0.0) for name, _ in pairs[1:]],
            lambda pairs: [],
        ):
            found = pages(*(text.random.sample("abcdef", 4)))
            source = SearchSource({question: found, other: found[1:3]})
            rankings = [ids(found), ids(found[1:3])]
            wanted = [name for name, _ in fusing(order=order)(rankings)]
            got = await result_of(
                answers.multi_query(
                    question, saying([other]), searching(source), fusing(order=order)
                )
            )
            check_documents(got)
            must = self.against(wanted, ids(got))
            must(sorted(ids(got)) == sorted(wanted), "a document is lost, or comes twice")
            must(ids(got) == wanted, "the order is not what fuse says")

    @keeps(4)
    async def test_rewrite_fails(self, answers, text):
        for rewrites in ([], *(kind("of the model") for kind in ERRORS)):
            question = text.secret()
            source = SearchSource({question: pages("a", "b")})
            with self.never(ERRORS, "without rewrites nothing is found"):
                got = await self.ask(answers, question, rewrites, source)
            self.came(got, ["a", "b"], "without rewrites nothing is found")
            self.check_asked(source, [question], question)

    @keeps(5)
    async def test_a_search_fails(self, answers, text):
        for failing in ((1,), (0,), (2,), (0, 2), (1, 2)):
            question, rewrites = text.secret(), [text.secret(), text.secret()]
            results = {}
            for place, one in enumerate([question, *rewrites]):
                kind = text.random.choice(ERRORS)
                results[one] = (
                    [Fail(kind("of a search"))] if place in failing else pages(f"{place}")
                )
            source, asked = SearchSource(results), []
            lost = "one failed search lost the others"
            wanted = [f"{place}" for place in range(3) if place not in failing]
            with self.never(ERRORS, lost, wanted):
                got = await self.ask(answers, question, rewrites, source, asked=asked)
            self.check_asked(source, [question, *rewrites], question)
            self.came(got, wanted, lost)
            problem = "fuse does not get the keys that each search found"
            self.equal(asked, [[[name] for name in wanted]], problem)

    @keeps(5)
    async def test_a_search_fails_early(self, answers, text):
        question, rewrites = text.secret(), [text.secret(), text.secret()]
        results = {
            question: [Pause(2), *pages("a")],
            rewrites[0]: [Fail(ConnectionError("early"))],
            rewrites[1]: [Pause(3), *pages("b")],
        }
        source = SearchSource(results)
        with self.never(ERRORS, "one failed search lost the others", ["a", "b"]):
            got = await self.ask(answers, question, rewrites, source)
        self.came(got, ["a", "b"], "one failed search lost the others")

    @keeps(5)
    async def test_all_searches_fail(self, answers, text):
        for count, kind in product((0, 1, 2), ERRORS):
            question, rewrites = text.secret(), [text.secret() for _ in range(count)]
            error = kind("of the question")
            results = {one: [Fail(LookupError("another"))] for one in rewrites}
            source = SearchSource({**results, question: [Pause(1), Fail(error)]})
            came = "all searches fail, and no error comes"
            anything = (*ERRORS, LookupError, ExceptionGroup)
            with self.raises(anything, came, Words(kind.__name__)) as caught:
                await self.ask(answers, question, rewrites, source)
            self.must(
                caught.error is error,
                "all searches fail, and another error comes",
                Words(kind.__name__),
                Words(type(caught.error).__name__),
            )

    @keeps(7)
    async def test_the_first_document_stands_for_its_key(self, answers, text):
        question, one, two = text.word(), text.word(), text.word()
        results = {
            question: [Pause(3), *pages("a", text="question ")],
            one: [Pause(2), *pages("b", "a", text="first ")],
            two: [Pause(1), *pages("c", "b", "a", text="second ")],
        }
        got = await self.ask(answers, question, [one, two], SearchSource(results))
        wanted = ["question a", "first b", "second c"]
        must = self.against(wanted, texts(got))
        must(len(got) == 3, "a document is lost, or comes twice")
        must(sorted(texts(got)) == sorted(wanted), "another document stands for its key")
        shown = {page.id: page.page_content for page in got}
        must(shown["a"] == "question a", "another document stands for its key")
        problem = "the order is not what fuse says"
        self.equal(
            ids(got), [name for name, _ in fused([["a"], ["b", "a"], ["c", "b", "a"]])], problem
        )

    async def test_a_cancellation_stops_all(self, answers, text, clock):
        question, rewrites = text.word(), [text.word(), text.word()]
        ended = []

        async def search(wording):
            try:
                await asyncio.sleep(100 if wording != rewrites[0] else 0.5)
            finally:
                await asyncio.sleep(0.25)
                ended.append(wording)
            return pages(wording)

        passed = await cancelled_while_it_waits(
            answers.multi_query(question, saying(rewrites), search, fusing())
        )
        done = sorted(ended)
        self.in_words(
            passed, "a cancellation is swallowed", "CancelledError", "a result, or an error"
        )
        self.in_words(
            done == sorted([question, *rewrites]),
            "a search runs on after a cancellation",
            "three searches that have ended",
            f"{len(done)} that have ended",
        )
        check_nothing_runs_on(answers)

    async def test_a_cancellation_of_rewrite(self, answers, text):
        question = text.word()
        source = SearchSource({question: pages("a")})
        passed = await cancelled_while_it_waits(
            answers.multi_query(question, saying([], wait=100), searching(source), fusing())
        )
        self.in_words(
            passed, "a cancellation is swallowed", "CancelledError", "a result, or an error"
        )
        check_nothing_runs_on(answers)

    async def test_wrong_arguments(self, answers, text):
        for n in (-1, -7):
            source = SearchSource({})
            with refused(f"n={n}", "There are no fewer rewrites than none"):
                await answers.multi_query(
                    text.word(), saying([text.word()]), searching(source), fusing(), n
                )
            self.in_words(
                not source.questions,
                "something is searched for although n is wrong",
                "no search",
                f"{len(source.questions)} searches",
            )

    async def test_each_call_is_new(self, answers, text):
        question = text.word()
        for names in ("ab", "c", "ab", ""):
            source = SearchSource({question: pages(*names)})
            got = await self.ask(answers, question, [], source)
            self.came(got, [*names], "a document is lost, or comes twice")
            again = await self.ask(answers, question, [], source)
            got.clear()
            self.came(again, [*names], "a document is lost, or comes twice")

    def test_any_wordings(self, search):
        async def promise(answers, clock, question, rewrites, n, waits, failing):
            wanted = wordings(question, rewrites, n)
            results = {}
            for place, one in enumerate(wanted):
                names = ["ab", "bc", "", "cad", "e"][place % 5]
                found = [Fail(ValueError(one))] if place in failing else pages(*names)
                results[one] = [Pause(waits[place % len(waits)]), *found]
            source, asked = SearchSource(results), []
            whole = [one for place, one in enumerate(wanted) if place not in failing]
            if not whole:
                return
            with self.never(ValueError, "one failed search lost the others"):
                got = await self.ask(answers, question, rewrites, source, n, asked=asked)
            self.check_asked(source, wanted, question)
            keys = [ids(results[one][1:]) for one in whole]
            self.equal(asked, [keys], "fuse does not get the keys that each search found")
            order = [name for name, _ in fused(keys)]
            self.came(got, order, "the order is not what fuse says")
            check_nothing_runs_on(answers)

        plain = [one for one in TEXTS if one.strip() and one.lower() == one.casefold()]
        always = each(
            rewrites=tuple([one, f" {one}", "x"] for one in TEXTS if one.lower() == one.casefold()),
            question="q",
            n=2,
            waits=[0],
            failing=(),
        )
        always = [{**one, "failing": []} for one in always]
        search(
            promise,
            *always,
            question=st.sampled_from(("q", *plain)),
            rewrites=st.lists(
                st.sampled_from(("a", "A", " a ", "b", "", " ", "Q", "c c", "d")), max_size=6
            ),
            n=st.integers(0, 5),
            waits=st.lists(st.sampled_from((0, 1, 0.5)), min_size=1, max_size=4),
            failing=st.lists(st.integers(0, 5), max_size=3),
        )


class Judge:
    """Scores texts, and notes how it was asked.

    Attributes:
        asked: the pairs of question and text.
        peak: how many scores ran at the same time at most.
        idle: whether fewer ran than were allowed while some were left, for any time at all.
    """

    def __init__(self, outcomes, limit=4, waits=None, count=None):
        self._outcomes, self._waits = outcomes, waits or {}
        self._limit, self._count = limit, len(outcomes) if count is None else count
        self.asked, self.peak, self.idle = [], 0, False
        self.running, self.ended, self._since = 0, 0, None

    def _looks(self):
        now = asyncio.get_running_loop().time()
        if self._since is not None and now > self._since + 1e-9:
            left = self._count - len(self.asked)
            self.idle = self.idle or (self.running < self._limit and left > 0)
        self._since = now

    async def score(self, question, text):
        self._looks()
        self.asked.append((question, text))
        self.running += 1
        self.peak = max(self.peak, self.running)
        try:
            await asyncio.sleep(self._waits.get(text, 0))
            outcome = self._outcomes[text]
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome
        finally:
            self._looks()
            self.running -= 1
            self.ended += 1


def scoring(judge):
    """A judge, as a function."""

    async def score(question, text):
        return await judge.score(question, text)

    return score


def best_first(pairs):
    """The places of documents by their scores: those without one last."""

    def key(place):
        score = pairs[place]
        is_none = not isinstance(score, int | float) or math.isnan(score)
        return is_none, 0 if is_none else -score

    return sorted(range(len(pairs)), key=key)


def to_the_edges(places):
    """The best at the beginning and at the end, the worst in the middle."""
    left, right = [], []
    for number, place in enumerate(places):
        (right if number % 2 else left).append(place)
    return left + right[::-1]


class TestRerank(Explained):
    """The documents that a better judge finds best, a few of them judged at a time."""

    WHY: ClassVar = {
        "a document is not scored, or more than once": "Each document is scored once: no more, "
        "since it costs, and no fewer, since the best may be the last.",
        "score gets something else than question and text": "score(question, text): the text is "
        "page_content.",
        "more scores run at once than are allowed": "Nobody is allowed to begin while `limit` are "
        "under way. Making all coroutines first is fine, running them is not.",
        "fewer scores run than are allowed": "Whenever one ends, the next can begin. Who waits for "
        "a whole group waits for its slowest.",
        "the scores run one after the other": "Up to `limit` may run at the same time.",
        "the best are not returned": "Sort by the score, the largest first, and take top_n.",
        "there are not `top_n` documents": "Return as many as are asked for, or all if there are "
        "fewer.",
        "equal scores change the order": "The order in which documents came is that of an earlier "
        "search. Keep it where the scores are equal.",
        "equal scores make it fail": "Documents cannot be compared with <. Sort with a key that "
        "has none of them in it.",
        "the results come in the order in which they were finished": "Which score came first says "
        "nothing. Keep each with its document.",
        "a score that fails ends it": "One document could not be judged. The others could: catch "
        "the Exception where the score is awaited.",
        "a document without a score is not behind all others": "No score is less than any, also "
        "than a negative one or minus infinity. And NaN cannot be sorted.",
        "a document without a score is lost": "It is behind the others, but still there, if top_n "
        "is large enough.",
        "documents without a score change their order": "Among them, the order stays as it was.",
        "`rerank_score` is not the score": "Put the score into metadata, or None if there is none.",
        "other metadata, the text or the id is lost": "A copy has all that the original has.",
        "it changes the documents that it is given": COPY,
        "a copy shares what is in its metadata": "A list in the metadata is the same list in a "
        "shallow copy. Make a deep one.",
        '"edges" has another order': "The best at the beginning, the second best at the end, the "
        "third after the first, and so on inwards: 1 3 5 4 2.",
        '"edges" orders before it takes the best': "First take the top_n best, then order those.",
        "a score of 0 is taken for none": "0 is a score like any other. Ask whether it is None.",
        "something is scored although an argument is wrong": "Look at the arguments before "
        "anything that costs.",
        "a cancellation is swallowed": STOPPED,
        "a score runs on after a cancellation": "Whoever is cancelled stops what it has started, "
        "and waits until it has ended.",
    }

    async def rank(self, answers, judge, question, documents, *args, **kwargs):
        with unchanged(documents=documents):
            got = await result_of(
                answers.rerank(question, documents, scoring(judge), *args, **kwargs)
            )
        check_documents(got)
        wanted = sorted((question, one) for one in texts(documents))
        came = sorted(judge.asked)
        problem = "score gets something else than question and text"
        self.must({*came} <= {*wanted}, problem, wanted[:1], [*{*came} - {*wanted}][:1])
        self.in_words(
            came == wanted,
            "a document is not scored, or more than once",
            in_calls(len(wanted)),
            in_calls(len(came)),
        )
        return got

    def look(self, got, documents, outcomes, top_n, order="best_first"):
        scores = [
            None if isinstance(one, BaseException) or one != one else one
            for one in (outcomes[one] for one in texts(documents))
        ]
        best = best_first([NAN if one is None else one for one in scores])
        places = best[:top_n] if order == "best_first" else to_the_edges(best[:top_n])
        wanted = [documents[place].page_content for place in places]
        came = texts(got)
        by_text = dict(zip(texts(documents), scores, strict=True))
        must = self.against(
            [(one, by_text[one]) for one in wanted], [(one, by_text.get(one)) for one in came]
        )
        nothing = {
            one for one, score in zip(texts(documents), scores, strict=True) if score is None
        }
        must(
            len(got) >= len(wanted) or {*wanted} - {*came} - nothing,
            "a document without a score is lost",
        )
        must(len(got) == len(wanted), "there are not `top_n` documents")
        if order == "edges":
            early = [documents[place].page_content for place in to_the_edges(best)[:top_n]]
            must(
                came == wanted or came != early,
                '"edges" orders before it takes the best',
            )
            must(sorted(came) == sorted(wanted), "the best are not returned")
            must(came == wanted, '"edges" has another order')
        without = [one for one in wanted if by_text[one] is None]
        found = [one for one in came if by_text[one] is None]
        if order == "best_first":
            must(
                sorted(found) == sorted(without) and came[len(came) - len(found) :] == found,
                "a document without a score is not behind all others",
            )
            must(found == without, "documents without a score change their order")
        by_score = [by_text[one] for one in came] == [by_text[one] for one in wanted]
        must(by_score, "the best are not returned")
        must(came == wanted, "equal scores change the order")
        found = [one.metadata.get("rerank_score", "nothing") for one in got]
        right = [by_text[one] for one in wanted]
        self.must(
            all(
                (one is None) == (other is None) and (one is None or one == other)
                for one, other in zip(found, right, strict=True)
            ),
            "`rerank_score` is not the score",
            right,
            found,
        )
        for one, place in zip(got, places, strict=True):
            before = documents[place]
            rest = {name: one.metadata[name] for name in one.metadata if name != "rerank_score"}
            old = {key: before.metadata[key] for key in before.metadata if key != "rerank_score"}
            self.must(
                rest == old and one.id == before.id,
                "other metadata, the text or the id is lost",
                (before.id, old),
                (one.id, rest),
            )

    def documents(self, text, count, **metadata):
        return [
            Document(text.secret(), id=f"d{n}", metadata={"n": n, "tags": [n], **metadata})
            for n in range(count)
        ]

    async def check(self, answers, text, scores, top_n, *args, waits=None, **kwargs):
        documents = self.documents(text, len(scores))
        outcomes = dict(zip(texts(documents), scores, strict=True))
        judge = Judge(outcomes, waits=dict(zip(texts(documents), waits or [], strict=False)))
        got = await self.rank(answers, judge, text.word(), documents, top_n, *args, **kwargs)
        order = args[0] if args else kwargs.get("order", "best_first")
        self.look(got, documents, outcomes, top_n, order)

    @keeps(2)
    async def test_the_best_come_first(self, answers, text):
        for scores in (
            [1, 3, 2],
            [0.1, 0.2, 0.9, 0.5],
            [-1, -3.5, -2, 4],
            [INFINITE, 1, -INFINITE],
        ):
            for top_n in (1, 2, 3, 10):
                await self.check(answers, text, scores, top_n)

    @keeps(4)
    async def test_a_score_of_zero(self, answers, text):
        documents = self.documents(text, 3)
        outcomes = dict(zip(texts(documents), (0, -1, 3.0), strict=True))
        got = await self.rank(answers, Judge(outcomes), "q", documents, 3)
        found = [one.metadata.get("rerank_score") for one in got]
        self.must(None not in found, "a score of 0 is taken for none", [3.0, 0, -1], found)
        self.look(got, documents, outcomes, 3)

    @keeps(2)
    async def test_equal_scores_keep_the_order(self, answers, text):
        for scores in ([1, 1, 1], [1, 2, 2, 1, 2], [0.5, 0, 0.5, 0, 0], [0] * 5, [1, 1.0, True]):
            with self.never(TypeError, "equal scores make it fail"):
                await self.check(answers, text, scores, 5)
                await self.check(answers, text, scores, 2)

    @keeps(2)
    async def test_the_order_in_which_they_end(self, answers, text):
        documents = self.documents(text, 4)
        outcomes = dict.fromkeys(texts(documents), 1)
        waits = dict(zip(outcomes, (4, 3, 2, 1), strict=True))
        got = await self.rank(answers, Judge(outcomes, 4, waits), "q", documents, 4)
        wanted, came = texts(documents), texts(got)
        problem = "the results come in the order in which they were finished"
        self.must(came != wanted[::-1], problem, wanted, came)
        self.look(got, documents, outcomes, 4)
        scores = [3, 1, 2, 4, 9, 2, 3]
        await self.check(answers, text, scores, 7, waits=[3, 1, 2, 0, 5, 4, 1])

    @keeps(3)
    async def test_a_score_that_fails(self, answers, text):
        for kind in ERRORS:
            for scores in (
                [1, kind("?"), 2],
                [kind("?"), -5, -INFINITE],
                [kind("?"), kind("!"), 0],
            ):
                with self.never(ERRORS, "a score that fails ends it"):
                    await self.check(answers, text, scores, 3)
                    await self.check(answers, text, scores, 1)

    @keeps(3)
    async def test_a_score_that_is_not_a_number(self, answers, text):
        for scores in (
            [1, NAN, 2],
            [NAN, 3, NAN, 1, 2],
            [NAN, -1, -INFINITE],
            [2, NAN, KeyError("?"), 3, NAN],
            [NAN] * 3,
            [NAN, 0, -0.5],
        ):
            for top_n in (len(scores), 2):
                with self.never(ERRORS, "a score that fails ends it"):
                    await self.check(answers, text, scores, top_n)

    @keeps(1)
    async def test_no_more_than_the_limit(self, answers, text):
        for args in ((), (1,), (2,), (3,), (20,)):
            limit = args[0] if args else 4
            documents = self.documents(text, 9)
            waits = {one: text.seconds() for one in texts(documents)}
            judge = Judge(dict.fromkeys(waits, 1), limit, waits)
            await self.rank(
                answers, judge, "q", documents, 3, **({"limit": args[0]} if args else {})
            )
            most = min(limit, 9)
            allowed = "1 is" if limit == 1 else f"{limit} are"
            if judge.peak > limit:
                self.in_words(
                    False,
                    "more scores run at once than are allowed",
                    f"at most {limit} at once",
                    f"{judge.peak} at once, and {allowed} allowed",
                )
            said = f"{most} at once", f"{judge.peak} at once"
            self.in_words(judge.peak > 1 or most == 1, "the scores run one after the other", *said)
            self.in_words(judge.peak == most, "fewer scores run than are allowed", *said)
            self.in_words(
                not judge.idle,
                "fewer scores run than are allowed",
                "the next one begins when one ends",
                "some wait although there is room",
            )

    @keeps(1)
    async def test_a_failed_score_makes_room(self, answers, text):
        documents = self.documents(text, 7)
        outcomes = {one: Stranger(one) for one in texts(documents)}
        judge = Judge(outcomes, 2, dict.fromkeys(outcomes, 1))
        with self.never(Stranger, "a score that fails ends it"):
            got = await self.rank(answers, judge, "q", documents, 9, limit=2)
        said = "the next one begins when one ends", "some wait although there is room"
        self.in_words(not judge.idle, "fewer scores run than are allowed", *said)
        self.look(got, documents, outcomes, 9)

    @keeps(1)
    async def test_equal_documents_are_scored_each(self, answers, text):
        twin = Document(text.word(), metadata={"n": 1})
        documents = [twin, Document(text.secret()), deepcopy(twin), twin]
        outcomes = {twin.page_content: 2, documents[1].page_content: 3}
        judge = Judge(outcomes, count=4)
        got = await self.rank(answers, judge, text.word(), documents, 4)
        self.look(got, documents, outcomes, 4)

    @keeps(4)
    async def test_copies(self, answers, text):
        documents = self.documents(text, 3, rerank_score="old", year=2025)
        before = deepcopy(documents)
        outcomes = dict(zip(texts(documents), (1, 2, NAN), strict=True))
        got = await self.rank(answers, Judge(outcomes), "q", documents, 3)
        self.look(got, documents, outcomes, 3)
        for one in got:
            one.metadata["tags"].append("mine")
            one.metadata["year"] = 0
        problem = "a copy shares what is in its metadata"
        self.must(documents == before, problem, before[0].metadata, documents[0].metadata)

    @keeps(5)
    async def test_edges(self, answers, text):
        for count in range(1, 9):
            scores = text.random.sample(range(20), count)
            await self.check(answers, text, scores, count, "edges")
        for scores in ([1, 5, 3, 2, 4, 6], [1, NAN, 1, 2, ValueError("?"), 0]):
            for top_n in (1, 2, 3, 4, 5):
                await self.check(answers, text, scores, top_n, order="edges")

    async def test_each_call_is_new(self, answers, text):
        documents = self.documents(text, 3)
        outcomes = dict(zip(texts(documents), (1, 3, 2), strict=True))
        first = await self.rank(answers, Judge(outcomes), "q", documents, 2)
        again = await self.rank(answers, Judge(outcomes), "q", documents, 2)
        first.clear()
        self.look(again, documents, outcomes, 2)

    async def test_without_documents(self, answers, text):
        for order in ("best_first", "edges"):
            await self.check(answers, text, [], 3, order)

    async def test_wrong_arguments(self, answers, text):
        for arguments, said, why in (
            ({"top_n": 0}, "top_n=0", "Nothing is no result"),
            ({"top_n": -1}, "top_n=-1", "Nothing is no result"),
            ({"top_n": 1, "limit": 0}, "limit=0", "Nothing could ever begin"),
            ({"top_n": 1, "limit": -2}, "limit=-2", "Nothing could ever begin"),
            ({"top_n": 1, "order": "worst"}, "order='worst'", "There are two orders"),
            ({"top_n": 1, "order": ""}, "order=''", "There are two orders"),
        ):
            for count in (0, 2):
                documents = self.documents(text, count)
                judge = Judge(dict.fromkeys(texts(documents), 1))
                with refused(said, why):
                    await answers.rerank("q", documents, scoring(judge), **arguments)
                self.in_words(
                    not judge.asked,
                    "something is scored although an argument is wrong",
                    "no score",
                    in_calls(len(judge.asked)),
                )

    async def test_a_cancellation_stops_all(self, answers, text):
        documents = self.documents(text, 5)
        outcomes = dict.fromkeys(texts(documents), 1)
        judge = Judge(outcomes, 3, dict.fromkeys(outcomes, 100))
        passed = await cancelled_while_it_waits(
            answers.rerank("q", documents, scoring(judge), 2, limit=3)
        )
        self.in_words(
            passed, "a cancellation is swallowed", "CancelledError", "a result, or an error"
        )
        self.in_words(
            judge.running == 0,
            "a score runs on after a cancellation",
            "no score runs",
            f"{judge.running} still running",
        )
        check_nothing_runs_on(answers)

    def test_any_scores(self, search):
        async def promise(answers, clock, scores, top_n, order, limit, waits):
            documents = [
                Document(f"text {n}", metadata={"tags": [n]}) for n, _ in enumerate(scores)
            ]
            outcomes = {
                one: ValueError("?") if score is None else score
                for one, score in zip(texts(documents), scores, strict=True)
            }
            pauses = {one: waits[n % len(waits)] for n, one in enumerate(outcomes)}
            judge = Judge(outcomes, limit, pauses)
            with self.never(ValueError, "a score that fails ends it"):
                got = await self.rank(answers, judge, "q", documents, top_n, order, limit)
            said = f"at most {limit} at once", f"{judge.peak} at once"
            self.in_words(judge.peak <= limit, "more scores run at once than are allowed", *said)
            self.look(got, documents, outcomes, top_n, order)
            check_nothing_runs_on(answers)

        scores = (0, 1, 2, -1, 0.5, NAN, None, INFINITE, -INFINITE)
        always = each(
            scores=tuple([1, one, 0, one] for one in scores),
            top_n=3,
            order="best_first",
            limit=2,
            waits=[0],
        )
        search(
            promise,
            *always,
            scores=st.lists(st.sampled_from(scores), max_size=8),
            top_n=st.integers(1, 9),
            order=st.sampled_from(("best_first", "edges")),
            limit=st.integers(1, 5),
            waits=st.lists(st.sampled_from((0, 1, 0.5)), min_size=1, max_size=4),
        )


def so_many(count):
    """How many documents, to be shown."""
    return "one document" if count == 1 else f"{count} documents"


def piece(parent, **metadata):
    """A small piece of a document."""
    return Document("...", metadata={"parent": parent, **metadata})


class Pieces:
    """A search for pieces that has so many of them, and notes what it was asked."""

    def __init__(self, pieces):
        self._pieces, self.asked = pieces, []

    def search(self, question, n):
        self.asked.append((question, n))
        assert len(self.asked) < 50, "it asks without end"
        return deepcopy(self._pieces[:n])


def finding(pieces):
    """A search for pieces, as a function."""

    def search(question, n):
        return pieces.search(question, n)

    return search


def parents_of(pieces, known, k):
    """The parents that have to come, and how many pieces have to be asked for."""
    counts = [4 * k]
    while True:
        found = []
        for one in pieces[: counts[-1]]:
            name = one.metadata.get("parent")
            if name in known and name not in found:
                found.append(name)
        if len(found) >= k or len(pieces) < counts[-1]:
            return found[:k], counts
        counts.append(2 * counts[-1])


class TestParentRetriever(Explained):
    """Small pieces are searched, and the whole documents that they are from come back."""

    WHY: ClassVar = {
        "fewer documents came than were there": "Six pieces of one document are one document: ask "
        "for more pieces.",
        "it returns pieces": "A piece is too small to answer from. Return its parent.",
        "a parent comes twice": "Several pieces are often from one document. Return each once.",
        "more than `k` documents came": "k is how many documents are wanted, at most.",
        "the order is not that of the best pieces": "The document whose piece comes first comes "
        "first. A set has no order.",
        "a piece without a parent ends it": "The index may be older than the documents. Leave out "
        "a piece whose parent nobody knows.",
        "a piece without a parent takes a place": "What is left out is no document: others move "
        "up.",
        "a document without text, or with an empty name, is left out": "Both are there. Ask `in`, "
        "and not whether something is true.",
        "it asks for another number of pieces": "First 4 * k. Then twice as many each time, while "
        "there are fewer than k parents and as many pieces came as were asked for.",
        "it asks again although enough came": "With k parents there is nothing left to look for. "
        "Each search costs.",
        "it asks again although there are no more pieces": "Fewer pieces than asked for: that was "
        "all there is.",
        "it gives up too early": "As many pieces came as were asked for, so there may be more of "
        "them. Ask for twice as many.",
        "it asks without end": "Stop if there are no more pieces, even if there are fewer than k "
        "parents.",
        "it asks for the same number of pieces again and again": "Twice as many each time: keep "
        "the number in a variable, and change it.",
        "the method is async": "invoke calls it without await. Write def, not async def.",
        "search gets another question": "Ask with the query, as it is.",
        "what it returns is not a copy": COPY,
        "an earlier call changes what this one finds": "Each call is a new search. Keep nothing in "
        "between.",
    }

    def ask(self, answers, pieces, known, k=None, question="q"):
        source = Pieces(pieces)
        fields = {} if k is None else {"k": k}
        retriever = answers.ParentRetriever(finding(source), known, **fields)
        try:
            got = retriever.invoke(question)
        except AssertionError as error:
            if "without end" not in str(error):
                raise
            is_same = len({n for _, n in source.asked}) == 1
            same = "it asks for the same number of pieces again and again"
            problem = same if is_same else "it asks without end"
            self.in_words(False, problem, "an end", "50 searches")
        is_async = inspect.isawaitable(got)
        self.in_words(not is_async, "the method is async", "a list", "a coroutine")
        check_documents(got)
        wanted, counts = parents_of(pieces, known, k or 4)
        right = [known[name].page_content for name in wanted]
        came = texts(got)
        must = self.against(right, came)
        asked = [n for _, n in source.asked]
        must(all(one != "..." for one in came), "it returns pieces")
        must(len({*came}) == len(came), "a parent comes twice")
        must(len(came) <= (k or 4), "more than `k` documents came")
        if len(came) < len(right):
            self.must(
                asked[-1:] == counts[-1:] and came == [one for one in right if one in came],
                "fewer documents came than were there",
                Words(f"{so_many(len(right))}, for {counts} pieces asked for"),
                Words(f"{so_many(len(came))}, for {asked} pieces asked for"),
            )
        if all(one.metadata.get("parent") in known for one in pieces):
            must(came == right, "the order is not that of the best pieces")
        must({*came} == {*right}, "a piece without a parent takes a place")
        must(came == right, "the order is not that of the best pieces")
        must = self.against(counts, asked)
        is_more = len(asked) > len(counts) and asked[: len(counts)] == counts
        must(not is_more or len(right) < (k or 4), "it asks again although enough came")
        must(not is_more, "it asks again although there are no more pieces")
        must(counts[: len(asked)] != asked or asked == counts, "it gives up too early")
        must(asked == counts, "it asks for another number of pieces")
        problem = "search gets another question"
        self.must({one for one, _ in source.asked} == {question}, problem, question)
        return got

    def known(self, text, count):
        return {
            f"p{n}": Document(text.secret(), id=f"p{n}", metadata={"n": n, "tags": [n]})
            for n in range(count)
        }

    @keeps(1)
    def test_whole_documents_come(self, answers, text):
        known = self.known(text, 6)
        for k in (None, 1, 2, 3):
            self.ask(answers, [piece(name) for name in ("p3", "p0", "p5")], known, k, text.word())
            self.ask(answers, [], known, k)

    @keeps(2)
    def test_each_comes_once_in_the_order_of_its_best_piece(self, answers, text):
        known = self.known(text, 6)
        names = [f"p{n}" for n in (4, 4, 1, 4, 0, 1, 5, 2, 0, 3)]
        for k in (1, 2, 3, 4, 9):
            self.ask(answers, [piece(name) for name in names], known, k)
            self.ask(answers, [piece(name) for name in names[::-1]], known, k)

    @keeps(3)
    def test_many_pieces_of_one_document(self, answers, text):
        known = self.known(text, 5)
        for k, many in ((1, 9), (2, 6), (2, 8), (2, 9), (3, 30), (4, 100), (5, 20)):
            pieces = [piece("p0")] * many + [piece(f"p{n}") for n in (1, 2, 3, 4)]
            self.ask(answers, pieces, known, k)

    @keeps(3)
    def test_there_are_no_more(self, answers, text):
        known = self.known(text, 2)
        for k, many in product((2, 3, 4), (3, 8, 16, 20, 33)):
            self.ask(answers, [piece("p1")] * many, known, k)

    @keeps(3)
    def test_exactly_as_many_as_asked_for(self, answers, text):
        known = self.known(text, 8)
        for k, shift in product((1, 2, 3), (-1, 0, 1)):
            for base in (4 * k, 8 * k):
                pieces = [piece(f"p{n % (k - 1) if k > 1 else 7}") for n in range(base + shift)]
                self.ask(answers, pieces, known, k)
                pieces[-1:] = [piece("p6")]
                self.ask(answers, pieces, known, k)

    @keeps(4)
    def test_a_piece_without_a_parent(self, answers, text):
        known = self.known(text, 3)
        for pieces in (
            [piece("gone"), piece("p1"), piece("p0")],
            [Document("...", metadata={}), piece("p2"), piece("p1")],
            [Document("...", metadata={"source": "p0"}), piece("gone"), piece("gone")],
            [piece(""), piece(None), piece("P1"), piece("p1")],
            [piece("gone")] * 9 + [piece("p1")],
        ):
            for k in (1, 2, 4):
                problem = "a piece without a parent ends it"
                with self.never((KeyError, AttributeError), problem):
                    self.ask(answers, pieces, known, k)
            self.ask(answers, pieces, {}, 2)
            self.ask(answers, pieces, {"": Document(text.secret())}, 2)

    @keeps(4)
    def test_a_parent_without_text(self, answers, text):
        known = {"a": Document(""), "b": Document(text.word()), "": Document(text.secret())}
        pieces = [piece("a"), piece("b"), piece("")]
        retriever = answers.ParentRetriever(finding(Pieces(pieces)), known)
        got = retriever.invoke(text.word())
        check_documents(got)
        wanted = texts(known.values())
        must = self.against(wanted, texts(got))
        must(len(got) == 3, "a document without text, or with an empty name, is left out")
        self.ask(answers, pieces, known)

    @keeps(5)
    def test_copies(self, answers, text):
        known = self.known(text, 3)
        before = deepcopy(known)
        pieces = [piece("p1"), piece("p0")]
        retriever = answers.ParentRetriever(finding(Pieces(pieces)), known)
        for _ in range(2):
            got = retriever.invoke(text.word())
            check_documents(got)
            shown = [(one.id, one.metadata) for one in got]
            right = [(before[name].id, before[name].metadata) for name in ("p1", "p0")]
            self.equal(shown, right, "what it returns is not a copy")
            got[0].metadata["tags"].append("mine")
            got[0].metadata["score"] = 1
        self.must(known == before, "what it returns is not a copy")

    def test_it_may_be_asked_again(self, answers, text):
        known = self.known(text, 4)
        found = {"one": [piece("p1")], "two": [piece("p2"), piece("p0")]}

        def search(question, n):
            return found[question][:n]

        retriever = answers.ParentRetriever(search=search, parents=known, k=2)
        for question in ("one", "two", "one"):
            wanted = [known[one.metadata["parent"]].page_content for one in found[question]]
            got = texts(retriever.invoke(question))
            self.equal(got, wanted, "an earlier call changes what this one finds")

    def test_an_error_of_the_search(self, answers, text):
        for kind in ERRORS:
            error = kind("of the search")

            def search(question, n, error=error):
                raise error

            retriever = answers.ParentRetriever(search, {})
            with passes_on(error, "the search"):
                retriever.invoke(text.word())

    def test_wrong_arguments(self, answers, text):
        for k in (0, -1):
            with refused(f"k={k}", "No document is no result"):
                answers.ParentRetriever(
                    search=finding(Pieces([])), parents=self.known(text, 1), k=k
                ).invoke(text.word())

    def test_any_pieces(self, search):
        def promise(answers, names, k):
            known = {name: Document(f"page {name}") for name in "abcdef"}
            with self.never(KeyError, "a piece without a parent ends it"):
                self.ask(answers, [piece(name) for name in names], known, k)

        always = each(names=([*"aab"], [*"a" * 40, "b"], [], [*"xyzab"], [None, "a", "b"]), k=2)
        names = st.lists(
            st.tuples(st.sampled_from([*"abcdefx", None]), st.integers(1, 9)), max_size=7
        )
        search(
            promise,
            *always,
            names=names.map(lambda runs: [name for name, times in runs for _ in range(times)]),
            k=st.integers(1, 4),
        )


KEEPS = StreamPromises()
GAP = " … "


def sentences_of(text):
    """The sentences, as pairs of start and end."""
    pattern = r"\S.*?(?:[.!?]+[\"')\]]*(?=\s)|(?=\n\s*\n)|\Z)\s*"
    ends = [match.end() for match in re.finditer(pattern, text, re.DOTALL)]
    return [*pairwise([0, *ends])] if text.strip() else []


def spans_of(text, keep):
    """Where the runs of sentences stand that are kept."""
    spans = []
    kept = ((keep(text[start:end].strip()), start, end) for start, end in sentences_of(text))
    for is_kept, run in groupby(kept, key=lambda one: one[0]):
        places = [*run]
        if is_kept:
            start, end = places[0][1], places[-1][2]
            inside = text[start:end]
            left = len(inside) - len(inside.lstrip())
            spans.append((start + left, start + len(inside.rstrip())))
    return spans


class TestCompressDocuments(Explained):
    """Only the sentences that a question needs stay, and it is known where they were."""

    WHY: ClassVar = {
        "a sentence is kept that is not needed": "Only what keep says True of stays.",
        "a sentence is lost that is needed": "Whatever keep says True of stays.",
        "what counts as true is not taken for true": "keep may return anything. What `if` takes "
        "for true is true.",
        "what is between neighbors is changed": "Neighbors stay as they are in the text: take one "
        "slice from the first to the last, line breaks included.",
        "where something was left out, there is no mark": "A reader has to see that two sentences "
        "were not neighbors: put GAP between them.",
        "a mark stands where nothing was left out": "Between neighbors, and at the ends, there is "
        "none.",
        "the text of a document is not what its sentences are": "Runs of neighbors, as they stand "
        "in the text, without white space at their ends, joined by GAP.",
        "a document without such a sentence comes": "A document in which nothing is needed is left "
        "out.",
        "a document is lost": "Each document with a sentence that is needed comes, in order.",
        "there are no spans": 'metadata["spans"] is a list with a tuple for each run.',
        "a span is not where its text stands": "Keep the positions from which you cut. Whoever "
        "looks for a text afterwards finds the first one that looks alike.",
        "a span has white space at its ends": "Move the ends inwards, past the white space.",
        "there is not one span for each run": "Neighbors are one run, and have one span.",
        "keep gets white space around a sentence": "Ask without it: strip what you ask about, but "
        "not what you cut.",
        "keep gets another question": "keep(question, sentence), in this order.",
        "keep is not asked once for each sentence": "Ask once for each, in order: a model may be "
        "behind it.",
        "other metadata or the id is lost": "A document stays the one it was: copy its id and its "
        "metadata.",
        "it changes the documents that it is given": COPY,
        "a copy shares what is in its metadata": "A list in the metadata is the same list in a "
        "shallow copy. Make a deep one.",
        "what was under `spans` before is not replaced": "The spans are those of this text.",
    }

    def look(self, got, documents, keep):
        wanted = [(one, spans_of(one.page_content, keep)) for one in documents]
        right = [
            GAP.join(one.page_content[start:end] for start, end in spans)
            for one, spans in wanted
            if spans
        ]
        came = texts(got)
        must = self.against(right, came)
        must(len(came) <= len(right), "a document without such a sentence comes")
        must(len(came) == len(right), "a document is lost")
        pairs = [(one, spans) for one, spans in wanted if spans]
        for new, (old, spans) in zip(got, pairs, strict=True):
            self.look_at_text(new.page_content, old.page_content, spans, keep)
            self.look_at_spans(new, old, spans)
            rest = {name: new.metadata[name] for name in new.metadata if name != "spans"}
            before = {name: old.metadata[name] for name in old.metadata if name != "spans"}
            self.must(
                (rest, new.id) == (before, old.id),
                "other metadata or the id is lost",
                (old.id, before),
                (new.id, rest),
            )

    def look_at_text(self, came, text, spans, keep):
        runs = [text[start:end] for start, end in spans]
        right = GAP.join(runs)
        must = self.against(right, came)
        sentences = [text[start:end].strip() for start, end in sentences_of(text)]
        needed = {one for one in sentences if keep(one)}
        inside = [
            one for one in sentences if one not in needed and one in came and one not in right
        ]
        must(not inside, "a sentence is kept that is not needed")
        must(all(one in came for one in needed), "a sentence is lost that is needed")
        must(
            "…" in text or came.count("…") >= len(runs) - 1,
            "where something was left out, there is no mark",
        )
        must(
            "…" in text or came.count("…") <= len(runs) - 1,
            "a mark stands where nothing was left out",
        )
        must(came == right or came.split() != right.split(), "what is between neighbors is changed")
        must(came == right, "the text of a document is not what its sentences are")

    def look_at_spans(self, new, old, spans):
        text, found = old.page_content, new.metadata.get("spans")
        must = self.against(spans, found)
        must(isinstance(found, list), "there are no spans")
        must(
            found != old.metadata.get("spans") or found == spans,
            "what was under `spans` before is not replaced",
        )
        are_pairs = all(isinstance(one, tuple) and len(one) == 2 for one in found)
        must(are_pairs and are_numbers(at for one in found for at in one), "there are no spans")
        must(len(found) == len(spans), "there is not one span for each run")
        for (start, end), (first, last) in zip(found, spans, strict=True):
            cut = text[start:end]
            must(
                cut.strip() != text[first:last] or cut == cut.strip() or start > first,
                "a span has white space at its ends",
            )
            must((start, end) == (first, last), "a span is not where its text stands")

    def check(self, answers, question, documents, keep):
        asked = []

        def noted(given, sentence):
            asked.append((given, sentence))
            return keep(sentence)

        with unchanged(documents=documents):
            got = list(answers.compress_documents(question, documents, noted))
        check_documents(got)
        wanted = [
            one.page_content[start:end].strip()
            for one in documents
            for start, end in sentences_of(one.page_content)
        ]
        came = [sentence for _, sentence in asked]
        must = self.against(wanted, came)
        must({given for given, _ in asked} <= {question}, "keep gets another question")
        must(all(one == one.strip() for one in came), "keep gets white space around a sentence")
        must(came == wanted, "keep is not asked once for each sentence")
        self.look(got, documents, keep)

    def page(self, text, count, **metadata):
        ends = [" ", "  ", "\n", "\n\n", " \n "]
        parts = [f"{text.sentence()}{text.random.choice(ends)}" for _ in range(count)]
        known = {"source": text.secret(), "tags": [count], **metadata}
        return Document("".join(parts), id=text.secret(), metadata=known)

    @keeps(1)
    def test_what_is_needed_stays(self, answers, text):
        for _ in range(3):
            needed, other = f"{text.secret()} is here.", text.sentence()
            for content in (f"{needed} {other}", f"{other} {needed}", f"{other}\n{needed} {other}"):
                page = Document(content, metadata={"source": "a"})
                self.check(answers, text.word(), [page], lambda one, needed=needed: one == needed)

    @keeps(2)
    def test_neighbors_stay_as_they_are(self, answers, text):
        a, b, c, d = (f"{text.secret()}." for _ in range(4))
        for content in (f"{a}  {b}\n{c} {d}", f" {a}\n\n{b}\t{c} \n{d}  ", f"{a} {b} {c} {d}"):
            for kept in ((a, b), (a, b, c, d), (b, c), (a, c), (a, c, d), (a, d), (b,), (d,)):
                page = Document(content)
                self.check(answers, "q", [page], lambda one, kept=kept: one in kept)

    @keeps(3)
    def test_documents_without_such_a_sentence(self, answers, text):
        word = text.secret()
        documents = [
            self.page(text, 3),
            Document(f"{text.sentence()} {word}."),
            Document(""),
            Document(" \n"),
            self.page(text, 1),
            Document(f"{word}!"),
        ]
        self.check(answers, "q", documents, lambda one: word in one)
        self.check(answers, "q", documents, lambda one: False)
        self.check(answers, "q", [], lambda one: True)
        self.check(answers, "q", [self.page(text, 1) for _ in range(13)], lambda one: True)

    @keeps(4)
    def test_a_text_that_repeats_itself(self, answers, text):
        twin, other = text.sentence("."), text.sentence("?")
        documents = [Document(f"{twin} {other} {twin} {twin} {other} {twin}")]
        asked = []

        def every_second(question, sentence):
            asked.append(sentence)
            return len(asked) in (3, 6)

        got = list(answers.compress_documents("q", documents, every_second))
        check_documents(got)
        content, numbers = documents[0].page_content, iter(range(1, 9))
        wanted = spans_of(content, lambda one: next(numbers) in (3, 6))
        found = [one.metadata.get("spans") for one in got]
        self.equal(found, [wanted], "a span is not where its text stands")
        self.check(answers, "q", documents, lambda one: one == twin)

    @keeps(4)
    def test_spans_of_any_page(self, answers, text):
        for count in (1, 2, 5, 9):
            page = self.page(text, count, spans=[(0, 1)])
            for keep in (
                lambda one: True,
                lambda one: one.endswith("."),
                lambda one: len(one) % 2 == 0,
            ):
                self.check(answers, text.word(), [page, page], keep)

    @keeps(4)
    def test_metadata_is_not_shared(self, answers, text):
        documents = [self.page(text, 2) for _ in range(2)]
        before = deepcopy(documents)
        got = list(answers.compress_documents("q", documents, lambda *_: True))
        check_documents(got)
        self.look(got, documents, lambda one: True)
        got[0].metadata["tags"].append("mine")
        problem = "a copy shares what is in its metadata"
        self.must(documents == before, problem, before[0].metadata, documents[0].metadata)

    @keeps(1)
    def test_what_counts_as_true(self, answers, text):
        page = self.page(text, 4)
        for keep in (lambda one: 1, lambda one: "yes", lambda one: 0, lambda one: None):
            got = list(answers.compress_documents("q", [page], lambda _, one, keep=keep: keep(one)))
            self.must(
                len(got) == bool(keep("")),
                "what counts as true is not taken for true",
                Words("one document" if keep("") else "no document"),
                Words("one document" if got else "no document"),
            )
            self.check(answers, "q", [page], keep)
        counts = iter((1, 2, 2, 0))
        got = list(answers.compress_documents("q", [page], lambda *_: next(counts)))
        check_documents(got)
        numbers = iter((True, True, True, False))
        self.look_at_spans(got[0], page, spans_of(page.page_content, lambda _: next(numbers)))

    @keeps(5)
    def test_it_is_lazy(self, answers, text):
        source = Source([self.page(text, 2) for _ in range(3)])
        stream = answers.compress_documents("q", source, lambda *_: True)
        check_lazy(source)
        for n in range(1, 4):
            next(stream)
            check_not_ahead(source.asked, n)
        stream.close()

    @keeps(6)
    def test_documents_are_closed(self, answers, text):
        for count in (0, 1, 3):
            source = Source([self.page(text, 2) for _ in range(3)])
            stream = answers.compress_documents("q", source, lambda *_: True)
            for _ in range(count):
                next(stream)
            if count:
                stream.close()
                check_closed(source)
            else:
                list(stream)
                check_closed(source, "at its end")

    @keeps(6)
    def test_an_error_of_keep(self, answers, text):
        for kind in ERRORS:
            error = kind("of keep")
            documents = [self.page(text, 2) for _ in range(3)]
            second = documents[1].page_content

            def keep(question, sentence, error=error, second=second):
                if sentence in second:
                    raise error
                return True

            source, got = Source(documents), []
            with passes_on(error, "keep"):
                for one in answers.compress_documents("q", source, keep):
                    got.append(one)
            check_closed(source, "after an error of keep")

    def test_any_documents(self, search):
        def promise(answers, contents, letter, ending):
            documents = [
                Document("".join(content), metadata={"source": f"{n}"})
                for n, content in enumerate(contents)
            ]

            def keep(sentence):
                return letter in sentence

            def read(source):
                return Shown(answers.compress_documents("q", source, lambda q, s: keep(s)))

            def pieces(documents):
                found = []
                for n, one in enumerate(documents, 1):
                    spans = spans_of(one.page_content, keep)
                    if spans:
                        whole = GAP.join(one.page_content[start:end] for start, end in spans)
                        found.append(((whole, spans), n))
                return found

            KEEPS.check(read, documents, ending, pieces)

        always = each(
            contents=[["a b. ", "b. "], [" "], ["a! ", "c. ", "\n", "a"]],
            letter="a",
            ending=EACH_ENDING,
        )
        content = st.lists(st.sampled_from(("a. ", "b. ", "a", " ", "\n\n", *TEXTS)), max_size=6)
        search(
            promise,
            *always,
            contents=st.lists(content, max_size=4),
            letter=st.sampled_from(("a", "b", ".", "")),
            ending=any_ending(),
        )


class Shown:
    """A stream of documents, as pairs of text and spans."""

    def __init__(self, stream):
        self._stream = stream

    def __iter__(self):
        return self

    def __next__(self):
        document = next(self._stream)
        return document.page_content, document.metadata.get("spans")

    def close(self):
        self._stream.close()


SOURCES = ("policy", "blog", "shop")


def plan_of(query="refund", source=None, year_from=None, year_to=None):
    """The fields of a plan."""
    return {"query": query, "source": source, "year_from": year_from, "year_to": year_to}


def planned(plan, **options):
    """A reply that has a plan as text and as a call: it fits each method."""
    return Reply(json.dumps(plan), ToolCall("SearchPlan", plan, id="k1"), **options)


def page_of(source=None, year=None):
    """A document with this metadata, or without."""
    known = {"source": source, "year": year}
    return Document("...", metadata={key: one for key, one in known.items() if one is not None})


class TestPlanSearch(Explained):
    """A model reads from a question what to search for, and is not trusted."""

    WHY: ClassVar = {
        "it does not return a query and a function": "Return a tuple of two: a text, and a "
        "function that takes a document.",
        "the model is not asked, or more than once": "One call is enough, and each one costs.",
        "the model does not see the question and the sources": "plan_messages(question, sources) "
        "makes what it is asked.",
        "the model is not told what a plan is": "model.with_structured_output(SearchPlan) tells it "
        "which fields there are. It makes another model, and the one to ask is what it returns.",
        "the query is not the one of the plan": "plan.query, unchanged.",
        "a document of another source fits": 'If the plan has a source, metadata["source"] has '
        "to be equal to it.",
        "a document outside of the years fits": "From year_from to year_to, if they are there.",
        "a year at the end of the range does not fit": "Both years are included.",
        "a year of 0 is taken for none": "0 is a year, but it counts as false. Ask whether it is "
        "None.",
        "a document that fits is refused": "What is None in the plan is not asked of a document.",
        "a document without a year, or without a source, makes it fail": "It does not fit if one "
        "is wanted, and fits if none is. Take it with get.",
        "a year that is no int makes it fail, or fits": "A text cannot be compared with a number, "
        "and 2025.0 is no int. Ask isinstance first.",
        "a source that does not exist is believed": "The model may make one up, and then nothing "
        "is found at all. Look whether it is in sources.",
        "years the wrong way round are believed": "Nothing is ever from 2025 to 2023. Such a plan "
        "is no good: search for the question.",
        "a blank query is believed": "It finds nothing. Such a plan is no good.",
        "half of a plan that is no good is used": "Where one part is wrong, the others may be, "
        "too. Use nothing of it: the question, and a function that all documents fit.",
        "without a plan that is good, no document fits": "Nobody has said what to leave out. "
        "Without a plan, everything fits.",
        "an answer that is no plan makes it fail": "A model may write anything. Whatever Exception "
        "comes of reading it, search for the question.",
        "a model that fails makes it fail": "Planning only makes a search better. Without a plan, "
        "search for the question.",
        "a cancellation is swallowed": STOPPED,
        "an earlier plan changes this one": "Keep nothing between two calls.",
    }

    fields: ClassVar[Mapping] = {}

    def planner(self, play, *values, **fields):
        """A model that makes this plan."""
        self.fields = plan_of(*values, **fields)
        return play(planned(self.fields))

    async def plan(self, answers, model, question, sources=SOURCES):
        got = await result_of(answers.plan_search(model, question, sources))
        self.in_words(
            isinstance(got, tuple) and len(got) == 2 and callable(got[1]),
            "it does not return a query and a function",
            "a text and a function",
            f"a tuple of {', '.join(type(one).__name__ for one in got)}"
            if isinstance(got, tuple)
            else type(got).__name__,
        )
        calls = list(model.transcript)
        problem = "the model is not asked, or more than once"
        self.in_words(len(calls) == 1, problem, "one call", in_calls(len(calls)))
        return got

    def fits(self, fits, page):
        problem = "a document without a year, or without a source, makes it fail"
        if isinstance(page.metadata.get("year", 0), int):
            with self.never((KeyError, TypeError), problem):
                return bool(fits(page))
        problem = "a year that is no int makes it fail, or fits"
        with self.never((KeyError, TypeError, ValueError), problem):
            return bool(fits(page))

    def check_fits(self, fits, page, wanted, problem):
        got = self.fits(fits, page)
        fields = {name: one for name, one in self.fields.items() if one is not None}
        for_plan = "".join(f", for {name}={one!r}" for name, one in fields.items())
        shown = (
            f"{page.metadata} fits{for_plan}",
            f"{page.metadata} does not fit{for_plan}",
        )
        self.in_words(got == wanted, problem, *(shown if wanted else shown[::-1]))

    def check_all_fit(self, fits, problem):
        for source, year in product(("policy", "wiki", None), (1990, 2024, "2024", None)):
            self.check_fits(fits, page_of(source, year), True, problem)

    @keeps(1)
    async def test_the_model_is_asked(self, answers, text, play):
        for question in (text.sentence("?"), f" {{x}} {text.secret()}\n"):
            model = self.planner(play)
            sources = [text.word(), text.word()]
            await self.plan(answers, model, question, sources)
            call = model.transcript[0]
            said = "\n".join(str(one.text) for one in call.messages)
            self.must(
                question in said and all(one in said for one in sources),
                "the model does not see the question and the sources",
                Words(f"{question!r} and {', '.join(sorted(sources))}"),
                Words(f"{said!r:.80}"),
            )
            form = json.dumps([call.tools, call.response_format], default=str)
            self.in_words(
                "year_from" in form and "query" in form,
                "the model is not told what a plan is",
                "a form with query, source, year_from, year_to",
                "no form, or another one",
            )

    @keeps(2)
    async def test_the_query_is_that_of_the_plan(self, answers, text, play):
        for query in (text.word(), f" {text.word()} ", "{x}", text.sentence()):
            model = self.planner(play, query)
            got, fits = await self.plan(answers, model, text.sentence("?"))
            self.equal(got, query, "the query is not the one of the plan")
            self.check_all_fit(fits, "a document that fits is refused")

    @keeps(2)
    async def test_each_plan_is_its_own(self, answers, text, play):
        found = []
        for query, source in (("a", "blog"), ("b", "shop"), ("c", None)):
            model = self.planner(play, query, source)
            found.append((self.fields, *await self.plan(answers, model, text.sentence("?"))))
        for fields, _, fits in found:
            self.fields = fields
            for other in SOURCES:
                wanted = fields["source"] in (other, None)
                self.check_fits(fits, page_of(other), wanted, "an earlier plan changes this one")

    @keeps(3)
    async def test_a_source(self, answers, text, play):
        for sources in (SOURCES, [*SOURCES], {*SOURCES}, frozenset(SOURCES)):
            model = self.planner(play, source="blog")
            query, fits = await self.plan(answers, model, text.sentence("?"), sources)
            self.equal(query, "refund", "the query is not the one of the plan")
            fine = "a document that fits is refused"
            self.check_fits(fits, page_of("blog"), True, fine)
            self.check_fits(fits, page_of("blog", 2020), True, fine)
            self.check_fits(fits, page_of("blog", "soon"), True, fine)
            for source in ("policy", "Blog", "blog ", "blogs", None, ""):
                self.check_fits(fits, page_of(source), False, "a document of another source fits")

    @keeps(4)
    async def test_years(self, answers, text, play):
        for first, last in ((2023, 2025), (2023, None), (None, 2025), (2024, 2024), (2024, None)):
            model = self.planner(play, year_from=first, year_to=last)
            _, fits = await self.plan(answers, model, text.sentence("?"))
            for year in range(2021, 2028):
                wanted = (first is None or first <= year) and (last is None or year <= last)
                is_end = year in (first, last)
                problem = (
                    "a year at the end of the range does not fit"
                    if is_end
                    else "a document that fits is refused"
                    if wanted
                    else "a document outside of the years fits"
                )
                self.check_fits(fits, page_of("policy", year), wanted, problem)
            self.check_fits(fits, page_of("policy"), False, "a document outside of the years fits")

    @keeps(4)
    async def test_a_year_of_zero(self, answers, text, play):
        for first, last in ((0, None), (None, 0), (-5, 0), (0, 0), (0, 10), (-9, -3)):
            model = self.planner(play, year_from=first, year_to=last)
            _, fits = await self.plan(answers, model, text.sentence("?"))
            for year in (-10, -9, -4, -1, 0, 1, 10, 11):
                wanted = (first is None or first <= year) and (last is None or year <= last)
                problem = "a year of 0 is taken for none"
                if 0 not in (first, last, year):
                    problem = "a document outside of the years fits"
                self.check_fits(fits, page_of(None, year), wanted, problem)
            self.check_fits(fits, page_of("blog"), False, "a year of 0 is taken for none")

    @keeps(4)
    async def test_a_year_that_is_no_int(self, answers, text, play):
        for first, last in ((2020, None), (None, 2030), (2020, 2030)):
            model = self.planner(play, year_from=first, year_to=last)
            _, fits = await self.plan(answers, model, text.sentence("?"))
            problem = "a year that is no int makes it fail, or fits"
            for year in ("2025", 2025.0, [2025], "soon", {"year": 2025}, NAN):
                self.check_fits(fits, page_of("blog", year), False, problem)
            known = Document("...", metadata={"year": None})
            self.check_fits(fits, known, False, "a document outside of the years fits")

    @keeps(3, 4)
    async def test_a_source_and_years(self, answers, text, play):
        model = self.planner(play, "x", "shop", 2023, 2024)
        query, fits = await self.plan(answers, model, text.sentence("?"))
        self.equal(query, "x", "the query is not the one of the plan")
        for source, year in product((*SOURCES, None), (2022, 2023, 2024, 2025, None)):
            wanted = source == "shop" and year in (2023, 2024)
            problem = (
                "a document that fits is refused"
                if wanted
                else "a document outside of the years fits"
                if source == "shop"
                else "a document of another source fits"
            )
            self.check_fits(fits, page_of(source, year), wanted, problem)

    async def no_good(self, answers, text, model, problem, error=Exception):
        question = text.sentence("?")
        try:
            got, fits = await self.plan(answers, model, question)
        except (NotImplementedError, WrongAnswer):
            raise
        except error as raised:
            shown = f"{type(raised).__name__}: {' '.join(str(raised).split()):.60}"
            self.in_words(False, problem, "the question as the query", shown)
        self.must(got == question, problem, question, Words(repr(got)))
        pages = [page_of(source, year) for source in ("wiki", None) for year in (1990, None)]
        nothing = "without a plan that is good, no document fits"
        self.must(
            any(self.fits(fits, page) for page in pages) or fits(page_of("blog", 2023)), nothing
        )
        self.check_all_fit(fits, "half of a plan that is no good is used")

    @keeps(5)
    async def test_a_source_that_does_not_exist(self, answers, text, play):
        for source in ("wiki", "Blog", "blog ", "", "blogs", "b", "policy, blog"):
            model = self.planner(play, source=source)
            await self.no_good(answers, text, model, "a source that does not exist is believed")
        model = self.planner(play, "x", "wiki", 2023, 2024)
        await self.no_good(answers, text, model, "a source that does not exist is believed")

    @keeps(5)
    async def test_years_the_wrong_way_round(self, answers, text, play):
        for first, last in ((2025, 2023), (2025, 2024), (1, 0), (0, -1)):
            for source in ("blog", None):
                model = self.planner(play, "x", source, first, last)
                await self.no_good(answers, text, model, "years the wrong way round are believed")

    @keeps(5)
    async def test_a_blank_query(self, answers, text, play):
        for query in ("", " ", "\n\t", "\u3000"):
            model = self.planner(play, query, "blog", 2023)
            await self.no_good(answers, text, model, "a blank query is believed")

    @keeps(5)
    async def test_what_is_no_plan(self, answers, text, play):
        problem = "an answer that is no plan makes it fail"
        for said in (
            "I would search for refunds.",
            "",
            "null",
            "[]",
            "{}",
            '{"query": "refund", "year_from": "soon"}',
            '{"query": ["refund"]}',
            '{"query": null, "source": "blog"}',
        ):
            await self.no_good(answers, text, play(Reply(said)), problem)

    @keeps(5)
    async def test_no_plan_at_all(self, answers, text):
        """A model that is to make a call, and says something in its place: what comes is None."""
        model = HeldModel(
            replies=[Reply("I would search for it.")], structured_method="function_calling"
        )
        await self.no_good(answers, text, model, "an answer that is no plan makes it fail")

    @keeps(5)
    async def test_a_model_that_fails(self, answers, text, play):
        problem = "a model that fails makes it fail"
        for kind in ERRORS:
            await self.no_good(answers, text, play(Reply(Fail(kind("of the model")))), problem)

    async def test_a_cancellation(self, answers, text, play):
        passed = await cancelled_while_it_waits(
            answers.plan_search(play(Reply(Hang())), text.sentence("?"), SOURCES)
        )
        self.in_words(
            passed, "a cancellation is swallowed", "CancelledError", "a result, or an error"
        )
        check_nothing_runs_on(answers)

    def test_any_plan(self, search):
        async def promise(answers, clock, query, source, years, pages):
            first, last = years
            model = self.planner(held_model, query, source, first, last)
            got, fits = await self.plan(answers, model, "the question?", ["blog", "shop"])
            is_good = (
                query.strip()
                and source in ("blog", "shop", None)
                and (first is None or last is None or first <= last)
            )
            if not is_good:
                self.equal(got, "the question?", "half of a plan that is no good is used")
            else:
                self.equal(got, query, "the query is not the one of the plan")
            for known, year in pages:
                wanted = not is_good or (
                    source in (known, None)
                    and (
                        (first is None and last is None)
                        or (
                            isinstance(year, int)
                            and (first is None or first <= year)
                            and (last is None or year <= last)
                        )
                    )
                )
                problem = (
                    "a document that fits is refused"
                    if is_good and wanted
                    else "a document outside of the years fits"
                    if is_good
                    else "half of a plan that is no good is used"
                )
                if is_good and not wanted and source not in (known, None):
                    problem = "a document of another source fits"
                self.check_fits(fits, page_of(known, year), wanted, problem)

        pages = [("blog", 1), ("shop", 0), (None, None), ("wiki", "1"), ("blog", 3)]
        years = [*product((None, 0, 1, 2), (None, 0, 1, 3))]
        always = [
            {"query": one, "source": "blog", "years": [1, 3], "pages": pages} for one in TEXTS
        ]
        search(
            promise,
            *always,
            query=st.sampled_from(("refund", "", " ", "a")),
            source=st.sampled_from(("blog", "shop", None, "wiki", "")),
            years=st.sampled_from(years),
            pages=st.just(pages),
        )
