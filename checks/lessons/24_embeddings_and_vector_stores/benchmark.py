"""What is sent through the reference solutions of lesson 24 to measure them."""

from __future__ import annotations

from typing import Any

from benchmarks.streaming import Run

PASS_THROUGH = ()
NO_STREAM = (
    "cosine_similarity",
    "embed_in_batches",
    "CachedEmbeddings",
    "mmr_select",
    "search_where",
    "SqliteVectorStore",
)
"""They have a list of vectors, or a store."""


def runs(answers: Any) -> dict[str, Run]:
    """Return for each task that streams a function that sends a number of entries through it."""
    return {
        "top_k": lambda n: answers.top_k(((f"{i}", i * 7919 % n) for i in range(n)), 10),
    }
