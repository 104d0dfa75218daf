"""How the handbook is searched for the chat page, and how it is quoted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeAlias

from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.vectorstores import InMemoryVectorStore

from course.fakes.embeddings import HashedEmbeddings

Retrieve: TypeAlias = Callable[[str], AsyncIterator[Document]]
Generate: TypeAlias = Callable[[str, list[Document]], AsyncIterator[str]]

DIMENSIONS = 8192
"""Enough that different words of the handbook hardly ever collide."""

MOST_FOUND = 4
NEAR_ENOUGH = 0.07
"""The least similarity, from 0 to 1, of a document that counts as found."""

INSTRUCTION = "Answer from these documents.\n\n"


def searching(documents: list[Document], pause: float) -> Retrieve:
    """Return a search that yields the documents nearest to a question, the best first.

    Args:
        documents: all documents. One that was replaced is found only by a question that names its
            year.
        pause: seconds before each document that is found, so that people see them arrive.
    """
    store = InMemoryVectorStore(HashedEmbeddings(DIMENSIONS))
    store.add_documents(documents)

    async def retrieve(query: str) -> AsyncIterator[Document]:
        def fits(one: Document) -> bool:
            return "replaced_by" not in one.metadata or str(one.metadata["year"]) in query

        found = await store.asimilarity_search_with_score(query, MOST_FOUND, filter=fits)
        for document, likeness in found:
            if likeness < NEAR_ENOUGH:
                return
            await asyncio.sleep(pause)
            yield document

    return retrieve


def quoting(make_model: Callable[[], BaseChatModel]) -> Generate:
    """Return a function that answers a question with sentences from the documents, by token.

    Args:
        make_model: called for each answer, because a model remembers all of its calls.
    """

    async def generate(question: str, documents: list[Document]) -> AsyncIterator[str]:
        # A title says where to look, but it does not answer anything.
        texts = [one.page_content.removeprefix(one.metadata["title"]) for one in documents]
        context = INSTRUCTION + "\n\n".join(texts)
        # In one line with a label: so all of it is the question, and none of it is context.
        asked = f"Question: {' '.join(question.split())}"
        stream = make_model().astream([SystemMessage(context), HumanMessage(asked)])
        try:
            async for chunk in stream:
                yield str(chunk.text)
        finally:
            await stream.aclose()  # type: ignore[attr-defined]

    return generate


def breaking(generate: Generate, after: int) -> Generate:
    """Return the same, but with a model that fails in the middle of each answer.

    Args:
        generate: the function that answers.
        after: how many tokens come before the failure.
    """

    async def generate_some(question: str, documents: list[Document]) -> AsyncIterator[str]:
        left = after
        stream = generate(question, documents)
        try:
            async for token in stream:
                if not left:
                    break
                left -= bool(token)
                yield token
        finally:
            await stream.aclose()  # type: ignore[attr-defined]
        raise ConnectionError("the model was lost on purpose")

    return generate_some
