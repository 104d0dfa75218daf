"""The levels of containment that a grader can have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

Level = Literal["bubblewrap", "namespaces", "limits"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""The levels of a `Sandbox`, the strongest first."""

_STRONGEST_FIRST: tuple[str, ...] = (*LEVELS, "none")
_MEANINGS = (
    "answers run in a bubblewrap sandbox, without network or your files",
    "answers run in their own namespaces, without network or your files",
    "limits only: answers can read every file that anyone may read",
    "nothing: answers can do everything that you can",
)
_MEANING = dict(zip(_STRONGEST_FIRST, _MEANINGS, strict=True))

WEAK: tuple[Level | Literal["none"], ...] = ("limits", "none")
"""The levels that are not a sandbox."""


def in_words(level: str) -> str:
    """Return one line that tells people how answers are contained."""
    return f"Containment: {level}: {_MEANING.get(level, 'unknown')}."


def strength(level: str) -> int:
    """Return a number that is larger the more a level contains; 0 for an unknown one."""
    weakest_first = _STRONGEST_FIRST[::-1]
    return weakest_first.index(level) + 1 if level in weakest_first else 0


def weakest(levels: Iterable[str]) -> str:
    """Return the weakest of some levels."""
    return min(levels, key=strength)
