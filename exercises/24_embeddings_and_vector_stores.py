"""Lesson 24: Embeddings and Vector Stores.

Seven tasks that turn texts into vectors, find the nearest ones, and keep them in a file. Each
docstring is the contract: what it promises is what the tests check. Four rules hold throughout the
lesson.

* What you are given is not yours: no list, vector, document or metadata that comes in is changed.
  A document or a vector that you hand out is the caller's: who changes it changes nothing else.
* Where two are equal, the docstring says which one comes first.
* A bad argument is a ValueError. It is raised before anything is embedded, written or deleted.
* Embedding costs money: no text is embedded that does not have to be.

Results are compared with a tolerance of 1e-9. What a docstring leaves open is not graded.
"""

from __future__ import annotations

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-24. Try it: make play-24. Own code below? See line 18.")

import hashlib
import heapq
import json
import math
import sqlite3
import threading
import uuid
from array import array
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import InMemoryVectorStore, VectorStore

# Given. There is nothing to do here, but use it.

Vector: TypeAlias = Sequence[float]
"""What a model makes of a text: as many numbers as the model has dimensions."""

Filter: TypeAlias = Callable[[Document], bool]
"""Says whether a document may be found."""

SAME = 1e-12
"""Two scores that differ by less are equal: they differ only because computers round."""


class ModelMismatch(ValueError):
    """A store has vectors of another model. To compare them with these means nothing."""


def pack(vector: Vector) -> bytes:
    """Return a vector as bytes, with four bytes for each number."""
    return array("f", vector).tobytes()


def unpack(data: bytes) -> list[float]:
    """Return the vector that `pack` has made bytes of. Its numbers have seven digits left."""
    return array("f", data).tolist()


class TinyEmbeddings(Embeddings):
    """Embeddings to try things out: a text becomes the numbers of its characters and spaces."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a text."""
        return [float(len(text)), float(text.count(" "))]


class VectorStoreFromTexts(VectorStore):
    """What LangChain wants of a vector store, and what is the same for each that has a file."""

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        path: str | Path = ":memory:",
        model: str = "",
        **kwargs: Any,
    ) -> Any:
        """Make a store with these texts in it."""
        store: Any = cls(path, embedding, model)  # type: ignore[call-arg]
        store.add_texts(texts, metadatas, ids=ids)
        return store


# Your part.


def cosine_similarity(a: Vector, b: Vector) -> float:
    """Return how alike two vectors are: the cosine of the angle between them.

    * It is the sum of the products, divided by both lengths.
    * Only the direction counts: vectors of any length can be compared.
    * It is never above 1 or below -1.
    * A vector of zeros is like nothing: 0.0.
    * ValueError: different or no dimensions, NaN, infinity.

    >>> cosine_similarity([1, 0], [10, 0]), cosine_similarity([1, 0], [0, 2])
    (1.0, 0.0)

    Fine print:
    * A length is the square root of the sum of the squares. Numbers may be as large as 1e200 and
      as small as 1e-200: their squares are not floats anymore, so scale a vector before you square
      its numbers.
    * It may be rounded, but not so that it goes beyond -1 or 1.
    * The numbers may be integers.

    Raises:
        ValueError: if the vectors have no or different dimensions, or a number is NaN or infinite.
    """
    raise NotImplementedError("Task 1 of 7: cosine_similarity")


def embed_in_batches(
    embeddings: Embeddings, texts: Sequence[str], batch_size: int = 64
) -> list[list[float]]:
    """Return a vector for each text, in the order of the texts.

    * Ask `embeddings.embed_documents` for at most `batch_size` texts at once.
    * Equal texts are embedded once.
    * Texts are embedded in the order in which they first come. All batches but the last are full.
    * Without texts, nothing is asked.
    * ValueError: a call gives more or fewer vectors than it got texts.
    * ValueError: not all vectors have the same dimensions.

    >>> embed_in_batches(TinyEmbeddings(), ["a b", "c", "a b"])
    [[3.0, 1.0], [1.0, 0.0], [3.0, 1.0]]

    Fine print:
    * Equal texts get equal vectors, each a list of its own.
    * After a wrong number of vectors, nothing more is asked. Wrong dimensions may be found at the
      end: also between vectors of different calls.
    * What `embeddings` raises passes through.

    Args:
        embeddings: makes vectors of texts. Only `embed_documents` is for documents: some models
            embed a question in another way.
        texts: any texts, also empty ones.
        batch_size: the most texts that a call may have.

    Raises:
        ValueError: as above, or if `batch_size` is less than 1.
    """
    raise NotImplementedError("Task 2 of 7: embed_in_batches")


class CachedEmbeddings(Embeddings):
    """Embeddings that ask for each text only once, also over many runs.

    * `embed_documents` asks `inner` for texts that are not in the cache, in one call, each once.
    * If all are there, it asks nothing.
    * `embed_query` keeps its vectors, too.
    * Document and query are two entries, and each model has its own.
    * A key is a `str` that does not show the text.
    * What fails leaves nothing in the cache.

    >>> cache = {}
    >>> CachedEmbeddings(TinyEmbeddings(), "tiny-1", cache).embed_documents(["four", "four"])
    [[4.0, 0.0], [4.0, 0.0]]
    >>> len(cache)
    1

    Fine print:
    * Texts are asked for in the order in which they first come.
    * A cache belongs to the caller, and other objects may use it at the same time: ask it again
      each time. It may be a file or a server: it does no more than a `MutableMapping`.
    * The same model, kind and text have the same key in another process. Different ones have
      different keys, whatever characters they are made of.
    * Neither what comes from `inner` nor what is handed out is the list in the cache: whoever
      changes one of them does not change the others.
    * If `inner` gives another number of vectors than it got texts, that is a ValueError.

    Args:
        inner: makes the vectors.
        model: the name of its model, and its version.
        cache: key -> vector.
    """

    def __init__(
        self, inner: Embeddings, model: str, cache: MutableMapping[str, list[float]]
    ) -> None:
        raise NotImplementedError("Task 3 of 7: CachedEmbeddings")

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text, in order."""
        raise NotImplementedError("Task 3 of 7: CachedEmbeddings")

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a question."""
        raise NotImplementedError("Task 3 of 7: CachedEmbeddings")


def top_k(
    scores: Iterable[tuple[str, float]], k: int, at_least: float | None = None
) -> list[tuple[str, float]]:
    """Return the `k` entries with the highest scores, the best first.

    * An entry is an id and its score, and comes back as it is.
    * Equal scores stand in the ascending order of their ids.
    * If there are fewer than `k`, all of them come.
    * With `at_least`, only entries with this score or a higher one count.
    * ValueError: `k` is less than 1.
    * ValueError with the id in its message: a score is NaN.

    >>> top_k([("b", 0.5), ("a", 0.5), ("c", 0.9)], 2)
    [('c', 0.9), ('a', 0.5)]

    Fine print:
    * `scores` may be a stream, which can be read only once.
    * A limit of 0.0 is a limit. Scores may be negative, and infinite.
    * A score that is NaN is an error wherever it stands, also if `k` others would come first.
      What `scores` raises passes through.
    * Left open: an id that comes twice.
    """
    raise NotImplementedError("Task 4 of 7: top_k")


def mmr_select(
    query: Vector, vectors: Sequence[Vector], k: int, relevance: float = 0.5
) -> list[int]:
    """Choose up to `k` vectors that are like the query, and not all like each other.

    * First comes the one most like `query`.
    * Then, again and again, the one with the highest `relevance * q - (1 - relevance) * c`: `q` is
      its similarity to the query, `c` the greatest of those to what was chosen.
    * Of equal ones, the smaller index comes first.
    * Each comes once. If there are fewer than `k`, all come.
    * ValueError: `k` is less than 1, or `relevance` not from 0 to 1.

    >>> mmr_select([1, 0.2], [[1, 0], [1, 0], [0, 1]], 2)
    [0, 2]

    Fine print:
    * A similarity is what `cosine_similarity` says, and two values are equal if they differ by less
      than `SAME`. The result has indexes of `vectors`, in the order in which they were chosen.
    * This is maximal marginal relevance (Carbonell and Goldstein, 1998).

    Raises:
        ValueError: as above, or as `cosine_similarity` does.
    """
    raise NotImplementedError("Task 5 of 7: mmr_select")


def search_where(
    store: InMemoryVectorStore, query: str, k: int, where: Mapping[str, object]
) -> list[Document]:
    """Return the `k` documents most like the query among those that fit `where`, the best first.

    * A document fits if, for each key in `where`, its metadata has an equal value.
    * If a list, tuple or set is wanted, the value equals one of its items.
    * Without the key, a document does not fit, even if None is wanted.
    * True and 1 are different, and so are False and 0.
    * Where `k` documents fit, `k` come.
    * What comes are copies, metadata included.

    >>> store = InMemoryVectorStore(TinyEmbeddings())
    >>> _ = store.add_documents([Document(text, metadata={"year": 2025}) for text in ("a", "b c")])
    >>> [one.page_content for one in search_where(store, "a", 1, {"year": (2024, 2025)})]
    ['a']

    Fine print:
    * `store.similarity_search` takes a function as its `filter`. It is asked before the best are
      chosen.
    * An empty `where` fits each document. An empty list fits none.
    * The metadata may have lists and dicts in it: they are copied, too. Texts and ids stay.
    * The store does not change, and the query is embedded once.
    * Left open: the order of equal scores.

    Raises:
        ValueError: if `k` is less than 1.
    """
    raise NotImplementedError("Task 6 of 7: search_where")


class SqliteVectorStore(VectorStoreFromTexts):
    """A vector store in one file.

    * Another object for the same file finds all that was added.
    * `add_documents` is all or nothing.
    * An id that is there already is replaced.
    * `similarity_search` filters before it chooses the `k` best.
    * A file with another `model`, or vectors of other dimensions: ModelMismatch, and nothing is
      written.
    * It can be used from any thread, one at a time.

    >>> store = SqliteVectorStore(":memory:", TinyEmbeddings(), "tiny-1")
    >>> store.add_documents([Document("Hello", metadata={"year": 2025})], ids=["one"])
    ['one']
    >>> [one.metadata for one in store.similarity_search("Bells")]
    [{'year': 2025}]

    Fine print:
    * Use `sqlite3` from the standard library, and nothing else that keeps files. The file belongs
      to you alone: its tables are up to you.
    * After an error of `add_documents`, the store is as it was.
    * A file that is not there, or that is empty, is made. Its model is that of the first object.
    * `ModelMismatch` is raised when the object is made, or when it first embeds something.
    * A document that is found has the text, the metadata and the id with which it was added.
      Metadata is what JSON has: texts, numbers, True, False, None, and lists and dicts of these.
      Anything else in it is a TypeError, as `json.dumps` raises it.
    * LangChain calls a store from another thread in `asimilarity_search` and the like, and a
      connection of `sqlite3` refuses that: see `check_same_thread`. Only one call at a time may use
      the connection.
    * Left open: what happens after `close`, an empty id, and two objects that write to one file at
      the same time.

    Args:
        path: the file, or ":memory:" for a store that is gone in the end.
        embedding: makes the vectors.
        model: the name of its model.
    """

    def __init__(self, path: str | Path, embedding: Embeddings, model: str) -> None:
        raise NotImplementedError("Task 7 of 7: SqliteVectorStore")

    def add_documents(
        self, documents: list[Document], ids: list[str] | None = None, **kwargs: Any
    ) -> list[str]:
        """Add documents.

        Fine print:
        * The ids come back, in order.
        * Without `ids`, a document has its own id, or else a new one that no other has.
        * All texts are embedded in one call of `embed_documents`, before anything is written.
          Without documents, nothing is asked.
        * Of equal ids, the last document stays.

        Raises:
            ValueError: if there are not as many ids as documents, or vectors.
            ModelMismatch: if the vectors have different dimensions, or others than the file.
        """
        raise NotImplementedError("Task 7 of 7: SqliteVectorStore")

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return documents by their ids.

        Fine print:
        * They may come in any order. Unknown ids are left out.
        """
        raise NotImplementedError("Task 7 of 7: SqliteVectorStore")

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool | None:
        """Delete documents.

        Fine print:
        * Those with these ids go, all or none. Unknown ids are no error.
        * Without `ids`, nothing is deleted. What comes back is left open.
        """
        raise NotImplementedError("Task 7 of 7: SqliteVectorStore")

    def similarity_search(
        self,
        query: str,
        k: int = 4,
        filter: Filter | None = None,  # noqa: A002
        **kwargs: Any,
    ) -> list[Document]:
        """Return the nearest documents.

        Fine print:
        * They are the `k` documents most like the query, the best first.
        * Likeness is the cosine of the vectors. Equal ones stand in the ascending order of their
          ids.
        * With `filter`, only documents count for which it returns something true.
        * The query is embedded once, with `embed_query`. If the store is empty, it need not be.

        Raises:
            ValueError: if `k` is less than 1.
            ModelMismatch: if the vector of the query has other dimensions than the file.
        """
        raise NotImplementedError("Task 7 of 7: SqliteVectorStore")

    def close(self) -> None:
        """Close the file."""
        raise NotImplementedError("Task 7 of 7: SqliteVectorStore")
