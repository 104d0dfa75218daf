"""Ends the process that runs answers when one thing uses too much of the processor.

What counts is CPU time, which the kernel counts for this process alone: on a busy machine the
same answers get the same verdict. Time in the tests is virtual, so what is right never waits, and
what waits for ever is seen from outside (`patience.py`), which asks where with `SAY_WHERE`.

Before the process ends, it writes into its trace what has happened and where it was, as
`died.py` reads it. Between two steps of Python a signal handler of Python does that. Code in C
lets none run; a second later the kernel sends another signal, and `faulthandler` does.
"""

from __future__ import annotations

import asyncio
import faulthandler
import math
import os
import signal
import time
import traceback
from types import FrameType
from typing import IO

from course.fakes import clock as virtual

TIME_IS_UP = getattr(signal, "SIGPROF", None)
"""What the kernel sends when the CPU time is used up. Windows has no such signal."""

SAY_WHERE = getattr(signal, "SIGUSR1", None)
"""What others send to a process that waits for ever."""

STATUS = 86
"""The exit status of a process that was ended here."""

AT_WORK = "at work"
WAITING = "waiting"
"""What a trace says first: its time was used up, or somebody asked where it waits."""

SECONDS_WITHOUT_CPU_TIME = 60.0
"""Real seconds that one thing may take where the system has no such signal."""


class Watchdog:
    """Guards one thing after another.

    Args:
        seconds: of CPU time that each may use.
        trace: where to write where the process was when it was ended.
    """

    def __init__(self, seconds: float, trace: IO[str]) -> None:
        self._seconds = seconds
        self._trace = trace
        if TIME_IS_UP is not None and SAY_WHERE is not None:
            signal.signal(TIME_IS_UP, self._end)
            signal.signal(SAY_WHERE, self._end)
            faulthandler.register(signal.SIGXCPU, trace, all_threads=False, chain=True)

    def guard(self) -> None:
        """Begin to guard the next thing."""
        if TIME_IS_UP is None:
            faulthandler.dump_traceback_later(SECONDS_WITHOUT_CPU_TIME, exit=True, file=self._trace)
            return
        signal.setitimer(signal.ITIMER_PROF, self._seconds)
        _limit_cpu(time.process_time() + self._seconds + 1)

    def stop(self) -> None:
        """Guard nothing any more."""
        if TIME_IS_UP is None:
            faulthandler.cancel_dump_traceback_later()
            return
        signal.setitimer(signal.ITIMER_PROF, 0)
        _limit_cpu(math.inf)

    def _end(self, number: int, frame: FrameType | None) -> None:
        what = WAITING if number == SAY_WHERE else AT_WORK
        places = [(one.f_code.co_filename, line) for one, line in traceback.walk_stack(frame)]
        rows = [f'File "{file}", line {line}' for file, line in places + _suspended()]
        self._trace.write("\n".join([what, *rows, ""]))
        self._trace.flush()
        os._exit(STATUS)


def _suspended() -> list[tuple[str, int]]:
    """Where the tasks of an event loop wait, if none of them is on the stack."""
    loop = asyncio._get_running_loop()
    if loop is None or asyncio.current_task(loop) is not None:
        return []
    tasks = asyncio.all_tasks(loop)
    return sorted({place for task in tasks for place in virtual._awaiting(task)})


def _limit_cpu(seconds: float) -> None:
    """Have the kernel send SIGXCPU when this process has used so many seconds in all."""
    import resource  # Windows has none

    most = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = resource.RLIM_INFINITY if math.isinf(seconds) else math.ceil(seconds)
    if most != resource.RLIM_INFINITY:
        soft = most if soft == resource.RLIM_INFINITY else min(soft, most)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, most))
