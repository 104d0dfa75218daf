"""What is sent through the reference solutions of lesson 22 to measure them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from langchain_core.documents import Document

from benchmarks.streaming import Run, drain

PASS_THROUGH = ("json_documents",)
NO_STREAM = (
    "decode_text",
    "csv_documents",
    "html_text",
    "FolderLoader",
    "sync_index",
)
"""They take a whole file, or a whole folder, or have to see everything before they begin."""


def runs(answers: Any) -> dict[str, Run]:
    """Return for each task that streams a function that sends a number of items through it."""

    def lines(count: int) -> Iterator[str]:
        return (f'{{"text": "Bell {n}", "price": {n}}}\n' for n in range(count))

    def documents(count: int) -> Iterator[Document]:
        return (Document(f"Bell {n}", metadata={"source": "a"}) for n in range(count))

    return {
        "json_documents": lambda n: drain(answers.json_documents(lines(n), "a", "text", print)),
        "deduplicate": lambda n: drain(answers.deduplicate(documents(n), {})),
    }
