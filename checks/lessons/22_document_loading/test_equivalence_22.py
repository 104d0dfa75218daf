"""What `sync_index` leaves in a store is what LangChain's `index` leaves there.

Compared are many runs in a row over random documents: what the store has, and the numbers. `index`
gets keys that do not look at what is volatile, as `sync_index` does by itself.

Known deviations of the lesson:

* a complete run without documents is an error, and with `cleanup="full"` it empties the store;
* `index` counts a document that comes twice in one run as skipped, or not at all, depending on the
  batch. So the numbers are compared for runs in which each entry comes once.
"""

from __future__ import annotations

import hashlib
import json
import random

from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.indexing import InMemoryRecordManager, index
from langchain_core.vectorstores import InMemoryVectorStore

from course import catalog
from course.lesson.variants import reference

SERIES, RUNS = 40, 5

answers = reference(catalog.find("22"))


def entry(document: Document) -> str:
    kept = {k: v for k, v in document.metadata.items() if k not in answers.VOLATILE}
    return json.dumps([document.page_content, kept], sort_keys=True)


def key(document: Document) -> str:
    return hashlib.sha256(entry(document).encode()).hexdigest()


def some_documents(pick: random.Random, once: bool) -> list[Document]:
    made = [
        Document(
            pick.choice("abcd"),
            metadata={"source": pick.choice("xyz"), "year": pick.choice((1, 2)), "mtime": number},
        )
        for number in range(pick.randrange(1, 7))
    ]
    return list({entry(one): one for one in made}.values()) if once else made


class Both:
    """Two stores that are brought up to date in two ways."""

    def __init__(self) -> None:
        self.records = InMemoryRecordManager("pages")
        self.records.create_schema()
        self.theirs = InMemoryVectorStore(DeterministicFakeEmbedding(size=2))
        self.ours: dict[str, Document] = {}
        self.known: dict[str, str] = {}

    def run(self, documents: list[Document], complete: bool) -> tuple[list[int], list[int]]:
        cleanup = "full" if complete else "scoped_full"
        theirs = index(
            documents,
            self.records,
            self.theirs,
            cleanup=cleanup,  # type: ignore[arg-type]
            source_id_key="source",
            key_encoder=key,
        )
        ours = answers.sync_index(documents, self.known, self.add, self.delete, complete)
        numbers = [theirs["num_added"], theirs["num_skipped"], theirs["num_deleted"]]
        return numbers, [ours.added, ours.kept, ours.deleted]

    def add(self, documents: list[Document], ids: list[str]) -> None:
        self.ours |= zip(ids, documents, strict=True)

    def delete(self, ids: list[str]) -> None:
        for one in ids:
            del self.ours[one]

    def entries(self) -> tuple[list[str], list[str]]:
        theirs = [
            entry(Document(held["text"], metadata=held["metadata"]))
            for held in self.theirs.store.values()
        ]
        return sorted(theirs), sorted(map(entry, self.ours.values()))


def test_the_stores_have_the_same() -> None:
    sizes = []
    for seed in range(SERIES):
        pick, both = random.Random(seed), Both()
        for _ in range(RUNS):
            both.run(some_documents(pick, once=False), pick.random() < 0.3)
            theirs, ours = both.entries()
            assert theirs == ours
            sizes.append(len(ours))
    assert max(sizes) > 6


def test_the_numbers_are_the_same() -> None:
    found = []
    for seed in range(SERIES):
        pick, both = random.Random(seed), Both()
        for _ in range(RUNS):
            theirs, ours = both.run(some_documents(pick, once=True), pick.random() < 0.3)
            assert theirs == ours
            found.append(ours)
    assert all(any(numbers[place] > 1 for numbers in found) for place in range(3))


def test_a_complete_run_of_nothing_is_another_thing() -> None:
    both = Both()
    both.run([Document("a", metadata={"source": "x"})], complete=True)
    index([], both.records, both.theirs, cleanup="full", source_id_key="source", key_encoder=key)
    theirs, ours = both.entries()
    assert theirs == []
    assert len(ours) == 1
