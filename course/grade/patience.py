"""How long to wait for a process that runs answers, as seen from outside of it.

On a busy machine a process may get no processor for seconds. So what counts is what it does: it
may use so much CPU time, and it may be asleep for so long while nothing is asked of us. The clock
on the wall is the last resort, and says nothing about the answers.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

REAL_TIME = getattr(time.monotonic, "__wrapped__", time.monotonic)
"""Real time also where the time of the tests is virtual."""

GLANCE = 0.1
"""Real seconds between two looks at a process. What ends sooner is never looked at."""

PROC = Path("/proc")

STATE, CPU_TIME = 0, slice(11, 15)
"""Fields of a process after its name, as proc(5) has them. CPU time, in ticks: its own for
programs and in the kernel, and the same of those that it has seen end."""

Finding = Literal["", "loops", "waits", "busy"]


@dataclass(frozen=True)
class Limits:
    """What one thing may take.

    Attributes:
        cpu: seconds of CPU time.
        asleep: seconds in which none of its threads runs or would run if it got a processor.
        wall: real seconds. After them the machine is too busy, unless the process was asleep for
            most of them. Where nobody can tell, a fifth of them has to do.
    """

    cpu: float
    asleep: float
    wall: float


UNTIL_READY = Limits(cpu=120, asleep=60, wall=1200)
"""What a process may take until it has imported everything. It uses one or two seconds."""

TO_SAY_WHERE = Limits(cpu=2, asleep=2, wall=300)
"""What answers that wait may take to say where they do, when they were asked."""


def for_a_test(seconds: float) -> Limits:
    """Return the limits for a test that may use `seconds` of CPU time, which it counts itself.

    They are wider than that: whoever keeps a watch of its own ends with a trace.
    """
    return Limits(2 * seconds + 5, seconds, 60 * max(seconds, 5.0))


def of_tests_apart(seconds: float) -> float:
    """Return the seconds of CPU time for the process of a test, if the answers, which may use
    `seconds`, are in another one. They are ended first."""
    return 3 * seconds + 15


@dataclass(frozen=True)
class Activity:
    """What a process, and all that it has started, are doing.

    Attributes:
        cpu: seconds of CPU time that they have used.
        is_asleep: whether each of their threads waits for something else than a processor or a
            disk.
        processes: the number of the process, and those of all that it has started: whoever is
            nearer to it comes first.
    """

    cpu: float
    is_asleep: bool
    processes: tuple[int, ...]


def activity(process: int) -> Activity | None:
    """Return what a process and all that it has started are doing; None if nobody can tell."""
    if not (PROC / f"{process}/task/{process}/children").exists():
        return None
    found: list[int] = []
    stats: list[list[str]] = []
    new = [process]
    while new:
        found += new
        threads = [one for number in new for one in _threads(number)]
        stats += [stat for one in threads if (stat := _stat(one))]
        new = sorted(int(child) for one in threads for child in _read(one / "children").split())
    ticks = sum(int(f) for one in found for f in _stat(PROC / str(one))[CPU_TIME])
    is_asleep = not any(stat[STATE] in "RD" for stat in stats)
    return Activity(ticks / os.sysconf("SC_CLK_TCK"), is_asleep, tuple(found))


def _stat(folder: Path) -> list[str]:
    """Return the fields of a process or a thread after its name."""
    return _read(folder / "stat").rpartition(") ")[2].split()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # it has ended
        return ""


def _threads(process: int) -> list[Path]:
    try:
        return [*(PROC / str(process) / "task").iterdir()]
    except OSError:
        return []


class Patience:
    """Says when it is enough, of one thing after the other that a process does.

    Args:
        process: its number.
        limits: for the first of these things.
    """

    def __init__(self, process: int, limits: Limits = UNTIL_READY) -> None:
        self.process = process
        self.renew(limits)

    def renew(self, limits: Limits) -> None:
        """Begin to count for the next thing."""
        self._limits = limits
        self._began = self._looked = REAL_TIME()
        self._had: float | None = None
        self._asleep = 0.0
        self._awake = 0.0

    @property
    def is_due(self) -> bool:
        """Whether nobody has looked for a while."""
        return bool(REAL_TIME() - self._looked >= GLANCE)

    def look(self, is_awaited: bool = True) -> Finding:
        """Look at the process: whether it is enough, and of what. "" if it is not.

        Args:
            is_awaited: whether nothing has come from the process for `GLANCE` seconds, and
                nothing is asked of us.
        """
        now = REAL_TIME()
        since, self._looked = now - self._looked, now
        seen = activity(self.process)
        if seen is not None:
            if self._had is None:
                self._had = seen.cpu
            if seen.cpu - self._had > self._limits.cpu:
                return "loops"
            if is_awaited and seen.is_asleep:
                self._asleep += min(since, GLANCE)
            elif is_awaited:
                self._awake += min(since, GLANCE)
            if self._asleep >= self._limits.asleep:
                return "waits"
        wall = self._limits.wall if seen is not None else self._limits.wall / 5
        if now - self._began < wall:
            return ""
        return "busy" if seen is not None and self._awake >= self._asleep else "waits"
