"""What `BM25Index` scores is what bm25s scores, with its method "lucene".

bm25s is not needed for this: its figures are stored in `bm25_figures.json`. Run this file as a
program, with bm25s installed, to make them anew:

    python checks/lessons/26_advanced_rag/test_equivalence_26.py

Known deviations of bm25s 0.3.16:

* its figures have 32 bits, so seven digits are compared;
* it knows no empty documents and no empty index, and neither are there words that no document has.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FIGURES = Path(__file__).parent / "bm25_figures.json"

SHOP = (
    ("refund", "in", "14", "days"),
    ("warehouse", "open", "monday"),
    ("refund", "for", "bike"),
    ("lamp",),
)

SCORES = (0.2302, 0.0, 0.2664, 0.0)
"""Of the documents of the shop for the query "refund", to four digits."""


def cases() -> list[dict[str, Any]]:
    """Documents and queries: a small shop, and some that are drawn, always the same ones."""
    pick = random.Random(26)
    found: list[dict[str, Any]] = [
        {"documents": SHOP, "query": query, "k1": 1.5, "b": 0.75}
        for query in (["refund"], ["refund", "refund"], ["lamp", "days"])
    ]
    for _ in range(20):
        documents = [
            [pick.choice("abcdefgh") for _ in range(pick.randrange(1, 12))]
            for _ in range(pick.randrange(1, 9))
        ]
        known = sorted({word for words in documents for word in words})
        query = [pick.choice(known) for _ in range(pick.randrange(1, 5))]
        k1, b = pick.choice((0.5, 1.2, 1.5, 2.0)), pick.choice((0.0, 0.3, 0.75, 1.0))
        found.append({"documents": documents, "query": query, "k1": k1, "b": b})
    return found


def scored_by_bm25s(
    documents: Sequence[Sequence[str]], query: Sequence[str], k1: float, b: float
) -> list[float]:
    """Return the scores that bm25s gives."""
    import bm25s  # type: ignore[import-not-found, unused-ignore]

    vocabulary: dict[str, int] = {}
    numbers = [[vocabulary.setdefault(word, len(vocabulary)) for word in one] for one in documents]
    index = bm25s.BM25(method="lucene", k1=k1, b=b)
    index.index((numbers, vocabulary), show_progress=False)
    return [round(float(score), 7) for score in index.get_scores(list(query))]


def are_close(got: Sequence[float], wanted: Sequence[float]) -> bool:
    pairs = zip(got, wanted, strict=True)
    return all(abs(one - other) < 1e-6 * max(1, abs(other)) for one, other in pairs)


def test_scores_are_those_of_bm25s() -> None:
    from course import catalog
    from course.lesson.variants import reference

    answers = reference(catalog.find("26"))
    stored = json.loads(FIGURES.read_text(encoding="utf-8"))
    assert len(stored) == len(cases())
    for case, wanted in zip(cases(), stored, strict=True):
        index = answers.BM25Index(case["documents"], case["k1"], case["b"])
        assert are_close(index.scores(case["query"]), wanted), case


def test_the_figures_of_a_small_shop() -> None:
    stored = json.loads(FIGURES.read_text(encoding="utf-8"))
    assert [round(score, 4) for score in stored[0]] == [*SCORES]
    assert are_close(stored[1], [2 * score for score in stored[0]])  # twice the word


if __name__ == "__main__":
    made = [scored_by_bm25s(**case) for case in cases()]
    FIGURES.write_text("[\n" + ",\n".join(map(json.dumps, made)) + "\n]\n", encoding="utf-8")
