"""Lesson 27: RAG Evaluation.

Seven tasks that say "better" with a number, and distrust the number first. Each docstring is the
contract: what it promises is what the tests check. Three rules hold throughout the lesson.

* What you are given is not yours: no dict, list or text that comes in is changed.
* A bad argument is a ValueError, and it is raised before a model is asked.
* The same input gives the same result, whatever order dicts and sets have, and in each process.

Numbers are compared with a tolerance of 1e-9, if nothing else is said. What a docstring leaves open
is not graded.
"""

from __future__ import annotations

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-27. Try it: make play-27. Own code below? See line 16.")

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal, TypeAlias
from unicodedata import normalize

from langchain_core.language_models import BaseChatModel

# Given. There is nothing to do here, but use it.

TOKEN = re.compile(r"\d+(?:[.,]\d+)*|\w+")
"""A number, with all of its digits, or a word."""

ARTICLES = frozenset({"a", "an", "the"})

NOT_FOUND = "I did not find that in the documents."
"""What an assistant says that has no answer."""

JUDGE_PROMPT = """Compare two answers to this question: {question}

Answer 1: {first}

Answer 2: {second}

Say in a few sentences what speaks for each of them. The order says nothing, nor does
the length. End with one line: "Winner: 1", "Winner: 2" or "Winner: tie"."""

Winner: TypeAlias = Literal["first", "second", "tie"]

Outcome: TypeAlias = Literal["passed", "unsure", "failed"]

Scores: TypeAlias = Mapping[str, float]
"""The id of a question -> how good its answer is."""


@dataclass(frozen=True)
class Metrics:
    """How good rankings are, on average over `queries` questions. All from 0 to 1."""

    recall: float
    precision: float
    mrr: float
    ndcg: float
    queries: int


@dataclass(frozen=True)
class QuoteReport:
    """The quotations of an answer, each in one of four lists."""

    supported: list[str]
    missing: list[str]
    misplaced: list[str]
    uncited: list[str]

    @property
    def share(self) -> float | None:
        """The share of quotations that are supported, or None if there are none."""
        lists = (self.supported, self.missing, self.misplaced, self.uncited)
        count = sum(map(len, lists))
        return len(self.supported) / count if count else None


@dataclass(frozen=True)
class AnswerScore:
    """Whether an answer has the same words as a reference, and how many they share (0 to 1)."""

    exact: bool
    f1: float


@dataclass(frozen=True)
class Verdict:
    """Which answer a judge prefers, and whether it says so in both orders. None: nobody knows."""

    winner: Winner | None
    consistent: bool | None


@dataclass(frozen=True)
class Interval:
    """By how much something is better, and between which values that may be by chance."""

    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class Gate:
    """Whether a new version may be released, and what speaks against it."""

    outcome: Outcome
    reasons: list[str]


@dataclass(frozen=True)
class Leak:
    """A text of the test data that is in the training data, too: two indexes, and how alike."""

    test: int
    train: int
    similarity: float


def words_of(text: str) -> list[str]:
    """Return the words and numbers of a text, without capitals and other ways to write the same."""
    return TOKEN.findall(normalize("NFKC", text).casefold())


def is_refusal(text: str) -> bool:
    """Whether an answer says that there is none."""
    return words_of(text)[:6] == words_of(NOT_FOUND)[:6]


# Your part.


def ranking_metrics(
    qrels: Mapping[str, Mapping[str, int]], run: Mapping[str, Sequence[str]], k: int
) -> Metrics:
    """Return how good the first `k` documents of each ranking are, on average.

    * `qrels` has grades, by question and document. Above 0 is relevant.
    * Recall: found relevant ones, over all relevant ones.
    * Precision: found relevant ones, over `k`.
    * MRR: 1 / rank of the first relevant one, or 0.
    * nDCG: the DCG, which is the sum of `grade / log2(rank + 1)`, over the best possible DCG.
    * The average is over all questions with a relevant document; without a ranking: zeros.

    >>> ranking_metrics({"q": {"a": 1, "b": 2}}, {"q": ["c", "a"]}, k=2)
    Metrics(recall=0.5, precision=0.5, mrr=0.5, ndcg=0.23981246656813146, queries=1)

    Fine print:
    * `run` has the ranking of each question, the best document first. Ranks begin with 1, and only
      the first `k` count. Precision is over `k` also if fewer came.
    * The best possible ranking has all relevant documents of the question, the highest grades
      first, and is cut at `k`, too. A grade of 0 or below is 0, like that of a document that has
      none.
    * `queries` is the number of questions that the average is over. Questions that only `run` has,
      and those without a relevant document, do not count.

    Raises:
        ValueError: if `k` is less than 1, a ranking that counts has a document twice, or no
            question has a relevant document.
    """
    raise NotImplementedError("Task 1 of 7: ranking_metrics")


def check_quotes(answer: str, documents: Mapping[str, str]) -> QuoteReport:
    """Sort the quotations of an answer by whether the documents have them.

    * A quotation stands between “ and ”, or between two ". An `[id]` after it names its document.
    * supported: the named document has it.
    * misplaced: only other documents have it.
    * missing: no document has it.
    * uncited: no `[id]` comes right after it.
    * It may not begin or end inside of a word of the document.
    * At … or ..., something is left out: the parts come in this order.

    >>> check_quotes('It says “14 days” [a], and "free" [b].', {"a": "In 14 days.", "b": "Freely."})
    QuoteReport(supported=['14 days'], missing=['free'], misplaced=[], uncited=[])

    Fine print:
    * Only white space may stand between a quotation and its `[id]`. An id that is unknown names no
      document: what others have is misplaced then.
    * The lists have the quotations as they are in the answer, in order, without the marks around
      them. One that comes twice is there twice.
    * Compared are answer and document in NFC, with each run of white space as one space and none at
      the ends of a part, and curly quotation marks and apostrophes as straight ones. Capitals and
      punctuation count.
    * Words are letters, digits and underscores. A part that begins or ends with something else,
      such as a bracket, may do so anywhere.
    * Parts do not overlap. Blank quotations are none, also those of nothing but white space and
      ellipses.
    * Left open: quotation marks in quotations, and marks that are not closed.
    """
    raise NotImplementedError("Task 2 of 7: check_quotes")


def answer_score(answer: str, references: Sequence[str]) -> AnswerScore:
    """Compare an answer with the right ones, word by word.

    * Words are what `words_of` gives, without `ARTICLES`.
    * `exact`: it has the same words in the same order as a reference.
    * `f1`: twice the number of words that both have, over the number of all words of both.
    * A word counts as often as both have it.
    * Of several references, the best counts for each.
    * Without references, a refusal has 1.0 and True, all else 0.0 and False.
    * With references, a refusal has 0.0 and False.

    >>> answer_score("In 14 days", ["14 days", "two weeks"])
    AnswerScore(exact=False, f1=0.8)

    Fine print:
    * A refusal is what `is_refusal` says. If neither answer nor reference has words, they are the
      same: 1.0 and True.
    * This is what the SQuAD data set has for answers (Rajpurkar et al., 2016), with better words.
    """
    raise NotImplementedError("Task 3 of 7: answer_score")


async def judge_pair(judge: BaseChatModel, question: str, first: str, second: str) -> Verdict:
    """Let a model say which of two answers is better, in both orders.

    * Ask with `JUDGE_PROMPT` twice, the second time with the answers swapped.
    * Only the last line of a reply that is not blank counts.
    * Both mean the same answer, or a tie: that wins, and `consistent` is True.
    * They differ: a tie, and `consistent` is False.
    * A reply cannot be read, or the judge raises an `Exception`: None and None.
    * Equal texts: a tie and True, and the judge is not asked.

    >>> import asyncio
    >>> from langchain_core.language_models import FakeListChatModel
    >>> judge = FakeListChatModel(responses=["Winner: 1", "The second one.\\nwinner: 2"])
    >>> asyncio.run(judge_pair(judge, "How long?", "14 days", "Long"))
    Verdict(winner='first', consistent=True)

    Fine print:
    * A line is "Winner: 1", "Winner: 2" or "Winner: tie", in capitals or not, with white space
      around it or without. Anything else cannot be read.
    * `await judge.ainvoke(...)` gets the prompt as a text. Nothing in the answers is changed: they
      may have braces in them.
    * If you are cancelled, the cancellation passes through.
    """
    raise NotImplementedError("Task 4 of 7: judge_pair")


def paired_bootstrap(
    base: Scores, new: Scores, rounds: int = 2000, level: float = 0.95, seed: int = 0
) -> Interval:
    """Return by how much `new` is better than `base`, and how sure that is.

    * `difference` is the mean of `new - base` over the questions.
    * A sample has as many questions as there are, drawn at random, each as often as it comes.
    * `low` and `high` are the borders between which the middle `level` of the means of `rounds`
      samples lies.
    * Both scores of a question stay together.
    * The same seed gives the same result, and the random numbers of others are left alone.

    >>> paired_bootstrap({"a": 0.5, "b": 0.25}, {"a": 0.75, "b": 0.5})
    Interval(difference=0.25, low=0.25, high=0.25)

    Fine print:
    * The result does not depend on the order of the dicts.
    * With `level=0.95`, 2.5 % of the means are below `low`, and 2.5 % above `high`.
    * Left open: which generator draws, and whether borders between two means are one of them or in
      between. So the borders are compared with some tolerance.
    * This is the percentile bootstrap (Efron, 1979).

    Raises:
        ValueError: if the questions of both are not the same, or there are none, a score is NaN,
            `rounds` is less than 100, or `level` is not between 0 and 1.
    """
    raise NotImplementedError("Task 5 of 7: paired_bootstrap")


def regression_gate(
    base: Mapping[str, Scores],
    new: Mapping[str, Scores],
    tolerance: Mapping[str, float],
    slices: Mapping[str, Collection[str]],
    seed: int = 0,
) -> Gate:
    """Decide whether a new version may be released.

    * For each metric in `tolerance`, compare all questions, and those of each slice, with
      `paired_bootstrap`.
    * failed: `high` is below 0, and `difference` below minus the tolerance.
    * failed: `new` lacks the metric, or a score that `base` has. NaN is no score.
    * unsure: not failed, and `low` is below minus the tolerance.
    * Everything else has passed. The worst is the outcome.
    * Each that has not passed has a reason, which names metric and slice.

    >>> base = {"recall": {f"q{n}": n % 2 for n in range(40)}}
    >>> regression_gate(base, base, {"recall": 0.05}, {"short": ["q1", "q2"]})
    Gate(outcome='passed', reasons=[])

    Fine print:
    * `base` and `new` have scores by metric and question, `slices` has questions by name. The slice
      of all questions is called "all".
    * Failed is worse than unsure, and unsure is worse than passed.
    * Metrics without a tolerance are not looked at, nor are questions that only `new` has. What is
      missing in `new` counts in each slice that has the question, and in "all".
    * What else a reason says is up to you, and so is their order.

    Raises:
        ValueError: if a slice has no questions, or one that `base` lacks for a metric; if `base`
            lacks a metric; or if a tolerance is negative.
    """
    raise NotImplementedError("Task 6 of 7: regression_gate")


def find_leaks(train: Sequence[str], test: Sequence[str], threshold: float = 0.8) -> list[Leak]:
    """Find the texts of the test data that are in the training data, too.

    * Texts are compared by their sets of three words in a row, as `words_of` gives them.
    * The similarity is the size of what both sets have, over that of what at least one has.
    * A text of fewer than three words is like one with the same words, 1.0, and no other.
    * For each text of `test`, the most similar of `train` counts, if it reaches `threshold`.
    * Of equally similar ones, the smaller index counts.

    >>> find_leaks(["Open on Monday and Friday.", "Free"], ["open on monday, and friday", "Paid"])
    [Leak(test=0, train=0, similarity=1.0)]

    Fine print:
    * The result is in the order of `test`. Texts of `test` are not compared with each other.
    * A text without any word is like nothing, not even another one.
    * Your code has to look only at texts that share something: 2,000 texts are no problem for it.

    Raises:
        ValueError: if `threshold` is not above 0 and at most 1.
    """
    raise NotImplementedError("Task 7 of 7: find_leaks")
