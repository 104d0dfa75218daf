"""What is sent through the reference solutions of lesson 23 to measure them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from langchain_core.documents import Document

from benchmarks.streaming import Run, drain

PASS_THROUGH = ("chunk_documents",)
NO_STREAM = (
    "fixed_chunks",
    "safe_cut",
    "sentence_chunks",
    "pack_chunks",
    "split_recursively",
    "markdown_sections",
)
"""They take a whole text, and return a whole list."""


def runs(answers: Any) -> dict[str, Run]:
    """Return for each task that streams a function that sends a number of documents through it."""

    def documents(count: int) -> Iterator[Document]:
        return (Document("One. Two.", metadata={"source": str(n)}) for n in range(count))

    return {
        "chunk_documents": lambda n: drain(
            answers.chunk_documents(documents(n), answers.sentence_chunks)
        )
    }
