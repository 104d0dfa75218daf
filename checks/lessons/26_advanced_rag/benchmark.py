"""What is sent through the reference solutions of lesson 26 to measure them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from langchain_core.documents import Document

from benchmarks.streaming import Run, drain

PASS_THROUGH = ("compress_documents",)
NO_STREAM = (
    "BM25Index",
    "reciprocal_rank_fusion",
    "multi_query",
    "rerank",
    "ParentRetriever",
    "plan_search",
)
"""They take whole lists, and return whole lists."""


def runs(answers: Any) -> dict[str, Run]:
    """Return for each task that streams a function that sends a number of documents through it."""

    def documents(count: int) -> Iterator[Document]:
        return (Document("One. Two. Three.", metadata={"source": str(n)}) for n in range(count))

    def keep(question: str, sentence: str) -> bool:
        return sentence != question

    return {
        "compress_documents": lambda n: drain(
            answers.compress_documents("Two.", documents(n), keep)
        )
    }
