"""The levels of containment that a grader can have, in words."""

from __future__ import annotations

from collections.abc import Iterable

LEVELS = {
    "bubblewrap": "answers run in a bubblewrap sandbox, without network or your files",
    "namespaces": "answers run in their own namespaces, without network or your files",
    "limits": "limits only: answers can read every file that anyone may read",
    "none": "nothing: answers can do everything that you can",
}
"""The levels of containment, the strongest first, in words."""

WEAK = ("limits", "none")
"""The levels that are not a sandbox."""


def strength(level: str) -> int:
    """Return a number that is larger the more a level contains; 0 for an unknown one."""
    weakest_first = [*reversed(LEVELS)]
    return weakest_first.index(level) + 1 if level in LEVELS else 0


def weakest(levels: Iterable[str]) -> str:
    """Return the weakest of some levels."""
    return min(levels, key=strength)
