"""What the prompt of lesson 23 offers: `make play-23`.

Every name here can be used there. TRY has a line for each task.
"""

import re

from langchain_core.documents import Document

TEXT = (
    "# Refunds\n\nAsk Dr. Gray. You may return a bicycle within 30 days. Is it free? Yes.\n\n"
    "## Exceptions\n\nGift cards are excluded. 👩\u200d👧"
)
PAGE = Document(TEXT, metadata={"source": "refunds.md", "year": 2025})


def count(text: str) -> int:
    """Return how many tokens a text has, by a simple rule."""
    return len(re.findall(r" ?\w+|\s|[^\w\s]", text))


TRY = {
    "fixed_chunks": "fixed_chunks(TEXT, 40, 10)",
    "safe_cut": "safe_cut(TEXT, len(TEXT) - 1)",
    "sentence_chunks": "sentence_chunks(TEXT)",
    "pack_chunks": "pack_chunks(TEXT, sentence_chunks(TEXT), 20, count, 8)",
    "split_recursively": "split_recursively(TEXT, 12, count)",
    "markdown_sections": "markdown_sections(TEXT)",
    "chunk_documents": "show(chunk_documents([PAGE], sentence_chunks))",
}
