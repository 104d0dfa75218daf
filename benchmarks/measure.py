"""How things are timed: in turn, several times, and the median counts."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """One promise and what was measured.

    Attributes:
        name: what was measured.
        value: the figure.
        limit: the largest value that keeps the promise.
        unit: what follows the figure: "times" or "s".
        note: what else to say.
    """

    name: str
    value: float
    limit: float
    unit: str = "times"
    note: str = ""

    @property
    def holds(self) -> bool:
        return self.value <= self.limit

    @property
    def measured(self) -> str:
        return f"{self.value:.2f} {self.unit}" + (f"  ({self.note})" if self.note else "")

    @property
    def promised(self) -> str:
        return f"at most {self.limit:g} {self.unit}"


def in_turn(*actions: Callable[[], object], rounds: int = 5) -> list[list[float]]:
    """Run actions A B C, A B C, ..., and return the seconds that each took in each round.

    A first round, which does not count, warms up.
    """
    times: list[list[float]] = [[] for _ in actions]
    for number in range(rounds + 1):
        for action, taken in zip(actions, times, strict=True):
            gc.collect()
            gc.disable()
            start = time.perf_counter()
            action()
            seconds = time.perf_counter() - start
            gc.enable()
            if number:
                taken.append(seconds)
    return times


def ratio(left: list[float], right: list[float]) -> float:
    """Return the median of the ratios, round by round."""
    return statistics.median(a / b for a, b in zip(left, right, strict=True))
