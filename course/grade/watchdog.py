"""Ends this process when one thing takes too long, and leaves a trace of where it was."""

from __future__ import annotations

import faulthandler
import time
from typing import IO

REAL_TIME = getattr(time.monotonic, "__wrapped__", time.monotonic)
"""Real time also where the time of the tests is virtual."""

SECONDS_UNGUARDED = 0.5
"""Starting the watch costs half a millisecond, so it is not done anew for each quick test."""


class Watchdog:
    """Guards one thing after another.

    Args:
        seconds: real seconds that each may take, up to `SECONDS_UNGUARDED` less.
        trace: where to write where the process was when it was ended.
    """

    def __init__(self, seconds: float, trace: IO[str]) -> None:
        self._seconds = seconds
        self._trace = trace
        self._since: float | None = None

    def guard(self) -> None:
        """Begin to guard the next thing."""
        now = REAL_TIME()
        if self._since is None or now - self._since > SECONDS_UNGUARDED:
            faulthandler.dump_traceback_later(self._seconds, exit=True, file=self._trace)
            self._since = now

    def stop(self) -> None:
        """Guard nothing any more."""
        faulthandler.cancel_dump_traceback_later()
        self._since = None
