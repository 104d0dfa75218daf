"""How checks wait: for an event, with a limit that only a real hang reaches.

How fast the machine is decides nothing. `test_house.py` refuses other limits, and sleeping.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

SECONDS_FOR_A_HANG = 300.0
"""Real seconds after which a check gives up: hundreds of times what a slow machine needs."""

SECONDS_OF_SILENCE = 0.05
"""Real seconds in which nothing may come, or after which a limit of the course is to strike.

A slow machine cannot make such a check fail: it only makes the silence longer.
"""

SECONDS_BETWEEN_LOOKS = 0.005


def until(condition: Callable[[], object], what: str) -> None:
    """Wait until something is true, where nothing tells of it.

    Raises:
        AssertionError: if it does not become so.
    """
    end = time.monotonic() + SECONDS_FOR_A_HANG
    while not condition():
        assert time.monotonic() < end, f"this never became true: {what}"
        time.sleep(SECONDS_BETWEEN_LOOKS)


def limits() -> Iterator[float]:
    """Yield limits in seconds, each twice the one before, up to that of a hang.

    They are for what has to run out, but not before something else has come: a check tries them
    until one was long enough on this machine.
    """
    seconds = 4 * SECONDS_OF_SILENCE
    while seconds < SECONDS_FOR_A_HANG:
        yield seconds
        seconds *= 2
