"""What the hashed embeddings promise, and those that count."""

from __future__ import annotations

import math
import os
import subprocess
import sys

import pytest
from langchain_core.vectorstores import InMemoryVectorStore

from course.fakes.embeddings import (
    CountingEmbeddings,
    HashedEmbeddings,
    OtherDimensions,
    TooFew,
    content_words,
    stems,
)
from course.fakes.script import Fail


def likeness(one: str, other: str, dimensions: int = 256) -> float:
    """Return the cosine of two texts."""
    first, second = HashedEmbeddings(dimensions).embed_documents([one, other])
    return sum(a * b for a, b in zip(first, second, strict=True))


TEXTS = [
    "",
    "   ",
    "the of and",
    "cats",
    "Streams are read piece by piece.",
    "你好",
    "!?",
    "a" * 9999,
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("dimensions", [1, 7, 256])
def test_every_vector_has_length_one(text: str, dimensions: int) -> None:
    vector = HashedEmbeddings(dimensions).embed_query(text)
    assert len(vector) == dimensions
    assert math.sqrt(sum(number * number for number in vector)) == pytest.approx(1.0)


def test_words_that_cancel_out_still_have_a_direction() -> None:
    embeddings = HashedEmbeddings(1)
    word = {embeddings.embed_query(word)[0]: word for word in ("red", "green", "blue", "black")}
    assert set(word) == {1.0, -1.0}
    assert embeddings.embed_query(f"{word[1.0]} {word[-1.0]}") == [1.0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a cat", "cats"),
        ("Two boxes!", "two BOX"),
        ("city stories", "cities: a story"),
        ("the rain in Spain", "Spain, rain"),
    ],
)
def test_the_same_words_are_the_same(one: str, other: str) -> None:
    assert likeness(one, other) == pytest.approx(1.0)


def test_shared_words_are_near_and_others_far() -> None:
    question = "How do streams handle errors?"
    near = likeness(question, "Errors in streams are raised in the middle.")
    far = likeness(question, "The cook salts the soup.")
    assert near > 0.4 > 0.2 > abs(far)


def test_stop_words_do_not_make_texts_near() -> None:
    assert likeness("the cat and the dog", "the rain and the sun") == pytest.approx(0.0, abs=0.3)
    assert stems("The classes of the class, boxes and cities") == ["class", "class", "box", "city"]


def test_a_query_is_embedded_like_a_document() -> None:
    embeddings = HashedEmbeddings()
    assert [embeddings.embed_query(text) for text in TEXTS] == embeddings.embed_documents(TEXTS)


def test_a_vector_store_finds_the_text() -> None:
    store = InMemoryVectorStore(HashedEmbeddings())
    store.add_texts(["Buffers hold text back.", "Timeouts end a hang.", "Events have names."])
    [found] = store.similarity_search("Which timeout ends hangs?", k=1)
    assert found.page_content == "Timeouts end a hang."


def test_two_processes_agree() -> None:
    code = (
        "from course.fakes.embeddings import HashedEmbeddings\n"
        "print(HashedEmbeddings(64).embed_query('Streams are read piece by piece.'))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_known_places() -> None:
    """The hash is fixed for good, so that stored vectors keep their meaning."""
    vector = HashedEmbeddings(16).embed_query("slow streams break")
    part = 1 / math.sqrt(3)
    assert {place: number for place, number in enumerate(vector) if number} == pytest.approx(
        {1: part, 2: part, 4: -part}
    )


@pytest.mark.parametrize("dimensions", [0, -1])
def test_no_dimensions(dimensions: int) -> None:
    with pytest.raises(ValueError, match="at least one dimension"):
        HashedEmbeddings(dimensions)


def test_content_words_are_written_as_they_were() -> None:
    assert content_words("The Classes of the class: Boxes!") == ["Classes", "class", "Boxes"]


class TestCountingEmbeddings:
    INNER = HashedEmbeddings(16)

    def test_it_embeds_like_the_inner_ones(self) -> None:
        counting = CountingEmbeddings(self.INNER)
        assert counting.embed_documents(TEXTS) == self.INNER.embed_documents(TEXTS)
        assert counting.embed_query("cats") == self.INNER.embed_query("cats")

    async def test_it_remembers_each_call(self) -> None:
        counting = CountingEmbeddings(self.INNER)
        texts = ["one", "two"]
        counting.embed_documents(texts)
        texts.append("three")
        counting.embed_query("why?")
        await counting.aembed_documents([])
        await counting.aembed_query("how?")
        assert counting.calls == [["one", "two"], []]
        assert counting.queries == ["why?", "how?"]

    def test_a_call_fails(self) -> None:
        error = ConnectionError("gone")
        counting = CountingEmbeddings(self.INNER, {2: Fail(error), 4: Fail(error)})
        assert len(counting.embed_documents(["one"])) == 1
        with pytest.raises(ConnectionError) as raised:
            counting.embed_documents(["two"])
        assert raised.value is error
        assert len(counting.embed_documents(["two"])) == 1
        with pytest.raises(ConnectionError):
            counting.embed_query("why?")
        assert counting.embed_query("why?")
        assert counting.calls == [["one"], ["two"], ["two"]]
        assert counting.queries == ["why?", "why?"]

    @pytest.mark.parametrize(("missing", "left"), [(1, 2), (2, 1), (3, 0), (9, 0)])
    def test_vectors_are_missing(self, missing: int, left: int) -> None:
        counting = CountingEmbeddings(self.INNER, {1: TooFew(missing), 2: TooFew(missing)})
        texts = ["one", "two", "three"]
        assert counting.embed_documents(texts) == self.INNER.embed_documents(texts[:left])
        assert counting.embed_query("why?") == []

    @pytest.mark.parametrize("dimensions", [1, 15, 17, 64])
    def test_vectors_have_another_length(self, dimensions: int) -> None:
        fault = OtherDimensions(dimensions)
        counting = CountingEmbeddings(self.INNER, {2: fault, 3: fault})
        assert [len(vector) for vector in counting.embed_documents(["one"])] == [16]
        assert [len(vector) for vector in counting.embed_documents(["a", "b"])] == [dimensions] * 2
        assert len(counting.embed_query("why?")) == dimensions
