"""Lesson 26: Advanced RAG.

Seven tasks that find what one search misses. Each docstring is the contract: what it promises is
what the tests check. Four rules hold throughout the lesson.

* What you are given is not yours: no document, list or metadata that comes in is changed. A
  document that you make shares its metadata with no other one.
* A wrong argument raises ValueError, at the latest when the first result is wanted, and before
  anything is asked. Where a number is wanted, NaN is wrong, too.
* Cancellation (`asyncio.CancelledError`) passes through, and no task is left running: all that was
  started has ended before it passes.
* "Fails" means: raises an `Exception`. Left open is what happens with other errors.

White space is what `str.isspace` says it is; blank is what has nothing else, or nothing at all.
Scores are compared to nine digits. What a docstring leaves open is not graded.
"""

from __future__ import annotations

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-26. Try it: make play-26. Own code below? See line 20.")

import asyncio
import json
import math
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, Literal, cast

from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from langchain_core.runnables import Runnable, RunnableConfig
from pydantic import BaseModel, Field

# Given. There is nothing to do here, but use it.

Search = Callable[[str], Awaitable[list[Document]]]
"""Finds documents for a question, the best one first."""

Rewrite = Callable[[str], Awaitable[list[str]]]
"""Says a question in other words: a model is behind it."""

Fuse = Callable[[list[list[str]]], list[tuple[str, float]]]
"""Makes one ranking of several, as `reciprocal_rank_fusion` does."""

Score = Callable[[str, str], Awaitable[float]]
"""Says how well a text answers a question: the larger, the better."""

SearchPieces = Callable[[str, int], list[Document]]
"""Finds at most so many pieces for a question, the best one first."""

GAP = " … "
"""What stands where something was left out."""


@dataclass(frozen=True)
class Chunk:
    """A piece of a text, and where it stands there."""

    text: str
    start: int

    @property
    def end(self) -> int:
        """Where the text goes on after the chunk."""
        return self.start + len(self.text)


class SearchPlan(BaseModel):
    """What to search for, and in which documents."""

    query: str = Field(description="the words to search for")
    source: str | None = Field(None, description="the one source to search in")
    year_from: int | None = Field(None, description="the first year, included")
    year_to: int | None = Field(None, description="the last year, included")


def key_of(document: Document) -> str:
    """Return what tells a document from others: its id, or else its source and its text."""
    if document.id is not None:
        return document.id
    return json.dumps([document.metadata.get("source"), document.page_content])


def sentence_chunks(text: str) -> list[Chunk]:
    """Cut a text into its sentences, each with the white space after it. A blank text has none.

    Joined, they are the text. White space at its beginning belongs to the first one. Lesson 23
    knows more about where a sentence ends.
    """
    if not text.strip():
        return []
    sentence = re.compile(r"\S.*?(?:[.!?]+[\"')\]]*(?=\s)|(?=\n\s*\n)|\Z)\s*", re.DOTALL)
    cuts = sorted({0, *(match.end() for match in sentence.finditer(text))})
    return [Chunk(text[start:end], start) for start, end in pairwise(cuts)]


def close_source(source: object) -> None:
    """Close `source` if it can be closed. A generator can, a list cannot."""
    close = getattr(source, "close", None)
    if close is not None:
        close()


def plan_messages(question: str, sources: Iterable[str]) -> list[BaseMessage]:
    """Return what a model is asked that plans a search."""
    rules = "Plan a search. Name a source or years only if the question does. The sources: "
    return [SystemMessage(rules + ", ".join(sorted(sources))), HumanMessage(question)]


# Your part.


class BM25Index:
    """Score documents by the words that they share with a query, rare words more than common ones.

    * A score is the sum of `idf * f / (f + k1 * long)` over the words of the query.
    * The fewer documents have a word, the larger its `idf`; it is never negative.
    * The longer a document, the larger its `long`.
    * A word that the query repeats counts again.
    * A word that a document does not have adds nothing.

    >>> index = BM25Index([["refund", "in", "14", "days"], ["red", "lamp"]])
    >>> [round(score, 4) for score in index.scores(["refund"])]
    [0.2411, 0.0]

    Fine print:
    * `idf` is `ln(1 + (N - n + 0.5) / (n + 0.5))`, if `n` of `N` documents have the word.
    * `f` is how often the document has it.
    * `long` is `1 - b + b * length / average`, where `length` is how many words the document has,
      and `average` how many all have on average, empty ones included.
    * Words are compared as they are: "Refund" is not "refund", and "refunds" is another word.
    * An empty document has the score 0.
    * A document that is changed afterwards changes nothing.
    * Left open: a number that is infinite.

    Args:
        documents: each one as its words.
        k1: how much it helps if a word comes again. With 0, it does not.
        b: how much a long document is held back. With 0, it is not.

    Raises:
        ValueError: if `k1` is negative, or `b` is not from 0 to 1.
    """

    def __init__(
        self, documents: Sequence[Sequence[str]], k1: float = 1.5, b: float = 0.75
    ) -> None:
        raise NotImplementedError("Task 1 of 7: BM25Index")

    def scores(self, query: Sequence[str]) -> list[float]:
        """Return a score for each document, in the order of the documents.

        Fine print:
        Without documents, the list is empty. The index may be asked any number of times.
        """
        raise NotImplementedError("Task 1 of 7: BM25Index")


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[str]], k: float = 60, weights: Sequence[float] | None = None
) -> list[tuple[str, float]]:
    """Make one ranking of several, by the places that each id has in them.

    * The score of an id is the sum of `weight / (k + rank)` over the rankings that have it. Ranks
      begin with 1. Without `weights`, each weight is 1.
    * Return each id once, with its score, the highest score first.
    * Ids with equal scores come in the order of the ids.
    * If an id comes again in a ranking, only its first place counts, and the others move up: ranks
      count different ids.

    >>> reciprocal_rank_fusion([["a", "b"], ["b", "c"]], k=1)
    [('b', 0.8333333333333333), ('a', 0.5), ('c', 0.3333333333333333)]

    Fine print:
    * Scores are equal that differ by rounding only, by less than 1e-12. Left open: the order where
      they really differ, and by less than 1e-9.
    * An id in a ranking with weight 0 is in the result, too. A ranking may be empty. Without
      rankings, the result is empty.

    Args:
        rankings: ids, the best one first.
        k: the larger, the less the first places matter.
        weights: one for each ranking.

    Raises:
        ValueError: if `k` or a weight is negative, or there is not one weight for each ranking.
    """
    raise NotImplementedError("Task 2 of 7: reciprocal_rank_fusion")


async def multi_query(
    question: str, rewrite: Rewrite, search: Search, fuse: Fuse, n: int = 3
) -> list[Document]:
    """Search for a question in several wordings, and make one ranking of it.

    * Search for the question as it is, and for at most `n` rewrites.
    * Strip rewrites. Leave out blank ones and, whatever their case, repeated ones.
    * All searches run at the same time.
    * If `rewrite` fails, search for the question alone.
    * Leave out searches that fail. If all do, raise the error of the question's.
    * `fuse` gets the keys (`key_of`) that each search found, and says the order.
    * Of documents with one key, return the first.

    >>> [one.id for one in await multi_query("refund", rewrite, search, reciprocal_rank_fusion)]
    ['policy', 'bikes', 'lamps']

    Fine print:
    * `rewrite` is asked once. It may give nothing, and more than `n`: then the first ones count
      that are neither blank nor there already, the question included. Left open: two texts whose
      `lower` and `casefold` do not agree, and a blank question.
    * The first search is the question's, then come the rewrites in their order, whichever ends
      first. `fuse` gets one list for each search that did not fail, in this order, and is asked
      once. A list may be empty.
    * The search for the question may begin before the rewrites are there.

    Raises:
        ValueError: if `n` is negative.
    """
    raise NotImplementedError("Task 3 of 7: multi_query")


async def rerank(
    question: str,
    documents: Sequence[Document],
    score: Score,
    top_n: int,
    order: Literal["best_first", "edges"] = "best_first",
    limit: int = 4,
) -> list[Document]:
    """Have a better judge look at each document, and keep the best ones.

    * Await `score` once for each document, with its text; at most `limit` at the same time, and no
      fewer while some are left.
    * Return the `top_n` best. Equal scores leave the order as it was.
    * A score that fails or is NaN is behind all others.
    * Return copies, with the score, or None, as `"rerank_score"` in the metadata.
    * `"edges"`: the best of them is first, the second best last, the third second, and so on.

    >>> found = [Document("a lamp"), Document("a refund"), Document("refund, refund")]
    >>> [one.page_content for one in await rerank("refund", found, score, top_n=2)]
    ['refund, refund', 'a refund']

    Fine print:
    * `score` gets the question and a text, and is asked once for each document, even if two are
      equal. It may take any time, and end in any order. A score may be infinite.
    * Several without a score stay in the order as it was.
    * If there are fewer than `top_n`, return them all. `"edges"` orders those that are returned: of
      five, 1 3 5 4 2. Models read the middle of a long prompt worst (Liu et al., 2023).

    Raises:
        ValueError: if `top_n` or `limit` is less than 1, or `order` is neither of the two.
    """
    raise NotImplementedError("Task 4 of 7: rerank")


class ParentRetriever(Runnable[str, list[Document]]):
    """Search small pieces, which match well, and return the whole documents that they are from.

    * For each piece that is found, return `parents[piece.metadata["parent"]]`.
    * Return each parent once, in the order of its best piece, and at most `k` of them.
    * Ask for `4 * k` pieces. While there are fewer than `k` parents, and as many pieces came as you
      asked for, ask again for twice as many.
    * Leave out pieces without a parent in `parents`.
    * Return copies.

    >>> pages = {"policy": Document("Refunds: ..."), "lamps": Document("Lamps: ...")}
    >>> retriever = ParentRetriever(find_pieces, pages, k=1)
    >>> [one.page_content for one in retriever.invoke("refund")]
    ['Refunds: ...']

    Fine print:
    A piece may name no parent, or one that is not there. What the last search finds counts: it
    begins with what the one before it has found. A search may find fewer pieces than it is asked
    for, then there are no more; it never finds more. Each call of `invoke` is a new search.

    Args:
        search: finds pieces.
        parents: the whole documents, by their names.
        k: how many documents are wanted.

    Raises:
        ValueError: if `k` is less than 1.
    """

    def __init__(self, search: SearchPieces, parents: Mapping[str, Document], k: int = 4) -> None:
        raise NotImplementedError("Task 5 of 7: ParentRetriever")

    def invoke(
        self,
        input: str,  # noqa: A002
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> list[Document]:
        """Return the documents for a question, which is called `input` in all runnables.

        Fine print:
        An error of `search` passes through. Nothing is to be done with `config` and `kwargs`. The
        rest, such as `ainvoke` and `batch`, comes from `Runnable`: do not write it.
        """
        raise NotImplementedError("Task 5 of 7: ParentRetriever")


def compress_documents(
    question: str, documents: Iterable[Document], keep: Callable[[str, str], bool]
) -> Iterator[Document]:
    """Yield documents with only those sentences that a question needs, word for word.

    * Keep the sentences (`sentence_chunks`) for which `keep(question, sentence)` is true. It is
      asked without the white space around them.
    * Neighbors stay as they are in the text, with what is between them. Where something was left
      out between two of them, `GAP` stands.
    * Without such a sentence, there is no document.
    * `metadata["spans"]` has `(start, end)` in the original text for each run of neighbors.
    * Lazy: one document is read at a time.
    * Close `documents`, however it ends.

    >>> page = Document("Bikes: 30 days. We are closed. Lamps: 14 days.", metadata={"year": 2025})
    >>> [one.page_content for one in compress_documents("days", [page], lambda q, s: q in s)]
    ['Bikes: 30 days. … Lamps: 14 days.']

    Fine print:
    * A span is without white space at its ends: the text of a document is
      `GAP.join(text[start:end] for start, end in spans)`, where `text` is the original one.
    * `keep` is asked once for each sentence, in their order. Its errors pass through, and so do
      those of `documents`.
    * The id and all other metadata stay, in a copy. What was under `"spans"` is replaced.
    * A document whose text is all kept is no exception: it has one span, and is a new one.
    * A generator that never started running does not have to close anything.
    """
    raise NotImplementedError("Task 6 of 7: compress_documents")
    yield  # makes this a generator; delete this line with the one above


async def plan_search(
    model: BaseChatModel, question: str, sources: Collection[str]
) -> tuple[str, Callable[[Document], bool]]:
    """Have a model read from a question what to search for, and where.

    * Ask it once, with `plan_messages(question, sources)`, for a `SearchPlan`.
    * Return the query of the plan, and a function that says whether a document fits.
    * If the plan has a source, a document fits only if its `metadata["source"]` is equal.
    * If it has years, only if `metadata["year"]` is an int from the first to the last, both
      included.
    * If the call or the plan is no good, return the question, and a function that all documents
      fit.

    >>> query, fits = await plan_search(planner(), "Refunds since 2024?", ["policy", "blog"])
    >>> query, fits(Document("", metadata={"year": 2025})), fits(Document(""))
    ('refund', True, False)

    Fine print:
    * `with_structured_output` makes a model that answers with a SearchPlan.
    * A plan is no good if its source is not in `sources`, its first year is after its last one, or
      its query is blank. So is one that does not parse. Then nothing of it is used.
    * A call that fails is no good either, whatever the `Exception` is.
    * What is None in the plan is not asked of a document: it may be missing there. A year may be 0
      or less. Left open: whether True is an int.
    * A document for which the function is false is no error.
    """
    raise NotImplementedError("Task 7 of 7: plan_search")
