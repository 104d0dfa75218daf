"""A stream that blocks its thread, as a model's ordinary stream does."""

from __future__ import annotations

import time
from collections.abc import Iterable

from course.fakes.sources import Item, Source


class BlockingSource(Source):
    """A synchronous stream that cannot be closed while somebody is pulling from it.

    A generator in a thread behaves like that. In virtual time there are no threads. A pull in a
    thread happens at once, and counts as in progress until the moment when it would have ended.

    Args:
        items: what `Source` plays.
        closing: how many seconds it takes to close it.
    """

    def __init__(self, items: Iterable[Item], closing: float = 0.0) -> None:
        super().__init__(items)
        self._closing = closing
        self._busy_until = time.monotonic()

    def __next__(self) -> Item:
        self._busy_until = float("inf")
        try:
            return super().__next__()
        finally:
            self._busy_until = time.monotonic()

    def close(self) -> None:
        """Close it, as `generator.close()` does.

        Raises:
            ValueError: during a pull.
        """
        if time.monotonic() < self._busy_until:
            raise ValueError("generator already executing")
        if not self.closed:
            time.sleep(self._closing)
        super().close()
