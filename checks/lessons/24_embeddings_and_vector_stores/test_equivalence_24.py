"""What learners build, compared with LangChain.

LangChain's own suite for vector stores runs on the reference of `SqliteVectorStore`. Cosines and
`mmr_select` are compared with the functions that LangChain's stores use.

Known deviations of the lesson:

* a vector of zeros has the similarity 0.0; LangChain gives 0.0 or raises, depending on the others;
* `mmr_select` takes the smaller index of equal ones. LangChain takes that of the first found, and
  differences of rounding count. So random vectors are compared, which have no equal ones.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.vectorstores import VectorStore
from langchain_core.vectorstores.utils import _cosine_similarity, maximal_marginal_relevance
from langchain_tests.integration_tests import VectorStoreIntegrationTests

from course import catalog
from course.lesson.variants import reference

answers = reference(catalog.find("24"))


class TestSqliteVectorStore(VectorStoreIntegrationTests):
    """LangChain's suite, on a file of its own for each test."""

    @pytest.fixture
    def vectorstore(self, tmp_path: Path) -> Iterator[VectorStore]:
        store = answers.SqliteVectorStore(tmp_path / "store.db", self.get_embeddings(), "fake")
        yield store
        store.close()


def some_vectors(seed: int, count: int) -> list[list[float]]:
    numbers = random.Random(seed)
    return [[numbers.uniform(-1, 1) for _ in range(6)] for _ in range(count)]


@pytest.mark.parametrize("seed", range(20))
def test_cosines(seed: int) -> None:
    one, other = some_vectors(seed, 2)
    theirs: Any = _cosine_similarity([one], [other])
    assert answers.cosine_similarity(one, other) == pytest.approx(float(theirs[0][0]))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("relevance", [0.0, 0.3, 0.5, 0.9, 1.0])
def test_maximal_marginal_relevance(seed: int, relevance: float) -> None:
    query, *vectors = some_vectors(seed, 12)
    theirs = maximal_marginal_relevance(np.array(query), vectors, lambda_mult=relevance, k=6)
    assert answers.mmr_select(query, vectors, 6, relevance) == theirs
