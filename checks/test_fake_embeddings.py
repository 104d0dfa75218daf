"""What the hashed embeddings promise."""

from __future__ import annotations

import math
import os
import subprocess
import sys

import pytest
from langchain_core.vectorstores import InMemoryVectorStore

from course.fakes.embeddings import HashedEmbeddings, stems


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
