"""Time as it is told from outside: a clock and an event loop that do not keep time."""

from __future__ import annotations

from typing import Any, Protocol

from course.fakes import clock as virtual
from course.grade.importing import FILE


class Cell(Protocol):
    """What they need from the cell that they are in."""

    has_result: bool

    def ask(self, what: str, *arguments: Any) -> Any:
        """Ask the other side, and wait for its answer."""

    def be_idle(self, until: float | None) -> None:
        """Say that there is nothing to do, and do what comes next."""

    def be_stuck(self, why: str) -> None:
        """Say that there will always be something to do, and do what comes next."""


class ContainedClock(virtual.VirtualClock):
    """The time that we were told. Sleeping means asking for another one."""

    def __init__(self, cell: Cell) -> None:
        super().__init__()
        self._cell = cell

    @property
    def in_a_thread(self) -> bool:
        """Whether what runs now would run in a thread, beside the event loop."""
        return self._elsewhere is not None

    def set(self, now: float, date: float) -> None:
        self._now, self.date = now, date

    def sleep(self, seconds: float) -> None:
        if self.in_a_thread:
            super().sleep(seconds)
        else:
            lines = [[line] for file, line in virtual._stack() if file == FILE]
            self._now = self._cell.ask("sleep", seconds, lines)

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass, as a loop does that the answers have started themselves."""
        self.sleep(seconds)


class ContainedLoop(virtual.VirtualEventLoop):
    """An event loop that says when it is idle, instead of waiting."""

    def __init__(self, cell: Cell) -> None:
        super().__init__()
        self._cell = cell
        self._selector_of_time.select = self._select  # type: ignore[method-assign]
        self._turns = 0

    def _select(self, timeout: float | None = None) -> list[Any]:
        if timeout is not None and timeout <= 0 and self._cell.has_result:
            self._cell.be_idle(self.time())  # those who wait for it go on first
            return []
        if timeout is not None and timeout <= 0:
            self._turns += 1
            if self._turns > virtual.MOST_TURNS:
                self._turns = 0
                self._cell.be_stuck("it keeps looping without waiting for anything")
            return []
        self._turns = 0
        self._cell.be_idle(None if timeout is None else self.time() + timeout)
        return []
