"""Ends the process that runs answers when one step uses too much of the processor.

What counts is CPU time, which the kernel counts for this process alone. So on a busy machine, the
same answers get the same verdict. Time in the tests is virtual, so right answers never wait.
Answers that wait forever are seen from outside by `patience.py`, which asks where they wait with
`SAY_WHERE`.

Before the process ends, it writes what happened and where it was to its trace, which `died.py`
reads. Between two steps of Python, a Python signal handler does that. During C code no such
handler runs; a second later the kernel sends another signal, and `faulthandler` does it.
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
"""The signal that the kernel sends when the CPU time is used up. Windows has none."""

SAY_WHERE = getattr(signal, "SIGUSR1", None)
"""The signal that others send to a process that waits forever."""

STATUS = 86
"""The exit status of a process that was ended here."""

AT_WORK = "at work"
WAITING = "waiting"
"""What a trace says first: the time was used up, or somebody asked where the process waits."""

SECONDS_WITHOUT_CPU_TIME = 60.0
"""Real seconds that one step may take if the system has no such signal."""


class Watchdog:
    """Guards one step after another.

    Args:
        seconds: how much CPU time each step may use.
        trace: the file for the place where the process was when it was ended.
    """

    def __init__(self, seconds: float, trace: IO[str]) -> None:
        self._seconds = seconds
        self._trace = trace
        if TIME_IS_UP is not None and SAY_WHERE is not None:
            signal.signal(TIME_IS_UP, self._end)
            signal.signal(SAY_WHERE, self._end)
            faulthandler.register(signal.SIGXCPU, trace, all_threads=False, chain=True)

    def guard(self) -> None:
        """Start guarding the next step."""
        if TIME_IS_UP is None:
            faulthandler.dump_traceback_later(SECONDS_WITHOUT_CPU_TIME, exit=True, file=self._trace)
            return
        signal.setitimer(signal.ITIMER_PROF, self._seconds)
        _limit_cpu(time.process_time() + self._seconds + 1)

    def stop(self) -> None:
        """Stop guarding."""
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
    """Where the tasks of an event loop are waiting, if none of them is on the stack."""
    loop = asyncio._get_running_loop()
    if loop is None or asyncio.current_task(loop) is not None:
        return []
    tasks = asyncio.all_tasks(loop)
    return sorted({place for task in tasks for place in virtual._awaiting(task)})


def _limit_cpu(seconds: float) -> None:
    """Have the kernel send SIGXCPU when this process has used so many seconds in total."""
    import resource  # Windows does not have it

    most = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = resource.RLIM_INFINITY if math.isinf(seconds) else math.ceil(seconds)
    if most != resource.RLIM_INFINITY:
        soft = most if soft == resource.RLIM_INFINITY else min(soft, most)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, most))
