"""What answers print: kept for anyone who wants to see it, and never too much of it."""

from __future__ import annotations

import io

from course.grade.said import MOST_SAID


class Printed(io.TextIOBase):
    """Keeps only the beginning of what is printed."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._kept = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self._kept < MOST_SAID:
            self._parts.append(text[: MOST_SAID - self._kept])
            self._kept += len(self._parts[-1])
        return len(text)

    def take(self) -> str:
        """Return what was kept, and start over."""
        text = "".join(self._parts)
        self.clear()
        return text

    def clear(self) -> None:
        """Start over."""
        self._parts.clear()
        self._kept = 0
