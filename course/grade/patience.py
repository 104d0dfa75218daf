"""How long to wait for a process that runs answers, as seen from outside of it.

On a busy machine a process may get no processor for seconds. So what counts is what it does. There
is a limit on its CPU time, and a limit on its sleep while it is not waiting for us. The wall clock
is the last resort, and says nothing about the answers.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

REAL_TIME = getattr(time.monotonic, "__wrapped__", time.monotonic)
"""Real time, even if the time of the tests is virtual."""

NO_PROCESS = 0
"""A number that no process has."""

GLANCE = 0.1
"""Real seconds between two looks at a process. One that ends sooner is never looked at."""

PROC = Path("/proc")

STATE, OWN_CPU_TIME, CPU_TIME, BEGAN = 0, slice(11, 13), slice(11, 15), slice(19, 20)
"""Fields of a process after its name, as in proc(5). CPU time in ticks: its own, in user mode and
in the kernel, and that of the child processes that it has waited for."""

Finding = Literal["", "loops", "waits", "busy"]


@dataclass(frozen=True)
class Limits:
    """Limits for one step of a process.

    Attributes:
        cpu: seconds of CPU time.
        asleep: seconds in which none of its threads runs, or would run if it got a processor.
        wall: real seconds. After them the machine is too busy, unless the process was asleep for
            most of them. If nobody can tell, a fifth of them has to be enough.
    """

    cpu: float
    asleep: float
    wall: float


UNTIL_READY = Limits(cpu=120, asleep=60, wall=1200)
"""Limits until a process has imported everything, which takes one or two seconds."""

TO_SAY_WHERE = Limits(cpu=2, asleep=2, wall=300)
"""Limits for answers that are waiting and have been asked to say where."""


OF_A_SUBMISSION = Limits(cpu=45, asleep=40, wall=1800)
"""Limits for all tests of a submission together, in all of its processes. Right answers take two
to ten seconds of CPU time, and sleep is rare: time in the tests is virtual. What the grader spends
after the last look comes on top: `benchmarks/costly.py` promises 60 s in all."""

SECONDS_FOR_OTHERS = 3.0
"""Seconds of CPU time, and of sleep, for each further test of a submission that has already used up
a whole test's limits. So several of its tasks can be endless, and each still gets a verdict. The
tests of right answers take up to one second."""


def for_a_test(seconds: float) -> Limits:
    """Return the limits for a test that may use `seconds` of CPU time, which it counts itself.

    They are wider than that: a process that ends itself in time leaves a trace.
    """
    return Limits(2 * seconds + 5, seconds, 60 * max(seconds, 5.0))


def of_tests_apart(seconds: float) -> float:
    """Return the seconds of CPU time for the process of a test, if the answers, which may use
    `seconds`, are in another one. The answers are ended first."""
    return 2 * seconds + 5


@dataclass(frozen=True)
class Activity:
    """What a process, and all processes that it has started, are doing.

    Attributes:
        cpu: seconds of CPU time that they have used.
        is_asleep: whether each of their threads is waiting for something other than a processor
            or a disk.
        processes: the ID of the process, and those of all that it has started, the nearest ones
            first.
        own: the seconds of CPU time that each of these has used itself, by its ID and the moment
            when it began.
    """

    cpu: float
    is_asleep: bool
    processes: tuple[int, ...]
    own: Mapping[tuple[int, str], float] = field(default_factory=dict, compare=False)


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
    whole = {number: stat for number in found if (stat := _stat(PROC / str(number)))}
    used = sum(_seconds(stat[CPU_TIME]) for stat in whole.values())
    own = {(n, *stat[BEGAN]): _seconds(stat[OWN_CPU_TIME]) for n, stat in whole.items()}
    is_asleep = not any(stat[STATE] in "RD" for stat in stats)
    return Activity(used, is_asleep, tuple(found), own)  # type: ignore[arg-type]


def _seconds(ticks: Iterable[str]) -> float:
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


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
    """Says when a process has used enough for one step; it does one step after the other.

    Args:
        process: its ID.
        limits: the limits for the first step.
    """

    def __init__(self, process: int, limits: Limits = UNTIL_READY) -> None:
        self.process = process
        self.renew(limits)

    def renew(self, limits: Limits) -> None:
        """Start counting for the next step."""
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
        """Look at the process. Return what it has used too much of; "" if it has not.

        Args:
            is_awaited: whether nothing has come from the process for `GLANCE` seconds, and it is
                not waiting for us.
        """
        now = REAL_TIME()
        since, self._looked = now - self._looked, now
        seen = activity(self.process)
        if seen is not None:
            if self._cpu_of(seen) > self._limits.cpu:
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

    def _cpu_of(self, seen: Activity) -> float:
        """Return the seconds of CPU time used since we started counting."""
        if self._had is None:
            self._had = seen.cpu
        return seen.cpu - self._had


class Budget(Patience):
    """Says when everything done for a submission has used enough.

    If a process ends and nobody waits for it, its CPU time is missing from the kernel's sums. So
    each process is counted separately, for as long as it was seen.

    Attributes:
        limits: the limits for everything together.
    """

    def __init__(self, limits: Limits = OF_A_SUBMISSION) -> None:
        super().__init__(NO_PROCESS, limits)
        self.limits = limits
        self._own: dict[tuple[int, str], float] = {}
        self._cpu = 0.0

    @property
    def used(self) -> float:
        """Seconds of CPU time used so far, or seconds of sleep if there are more of them."""
        return max(self._cpu, self._asleep)

    def count(self, process: int) -> None:
        """Count a process from now on, and each process that it starts from its beginning."""
        if self.process != process and (seen := activity(process)):
            self._own.update(seen.own)
        self.process = process

    def _cpu_of(self, seen: Activity) -> float:
        self._cpu += sum(max(0.0, now - self._own.get(one, 0.0)) for one, now in seen.own.items())
        self._own.update(seen.own)
        return self._cpu
