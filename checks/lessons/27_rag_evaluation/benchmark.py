"""What is sent through the reference solutions of lesson 27 to measure them."""

from __future__ import annotations

from typing import Any

from benchmarks.streaming import Run

PASS_THROUGH = ()
NO_STREAM = (
    "ranking_metrics",
    "check_quotes",
    "answer_score",
    "judge_pair",
    "paired_bootstrap",
    "regression_gate",
)
"""They say something about all of their input, so nothing can come before its end."""


def runs(answers: Any) -> dict[str, Run]:
    """Return a function for the task whose cost grows with the number of texts."""

    def texts(count: int) -> list[str]:
        return [f"bell number {n} of many costs {n}" for n in range(count)]

    return {
        "find_leaks": lambda n: answers.find_leaks(texts(n), texts(n // 10 + 1)),
    }
