"""JSON that is nested too deeply for `json.loads` in any Python."""

from __future__ import annotations

import json
from functools import lru_cache

DEEPEST = 1_000_000  # lists in lists; an unlimited stack never refuses


@lru_cache(maxsize=1)
def refused_depth() -> int:
    """Return how many nested lists are certainly too many for `json.loads`, at most 1,600,000.

    Python 3.11 counts its own frames, 3.12 and 3.13 have a constant, and from 3.14 on the size of
    the stack decides. The answers may have a different stack from their tests. So this is a
    quarter more than what was refused here.
    """
    depth = 1_000
    while depth < DEEPEST and _is_read("[" * depth + "]" * depth):
        depth += depth // 4
    return depth + depth // 4


def _is_read(text: str) -> bool:
    try:
        json.loads(text)
    except RecursionError:
        return False
    return True
