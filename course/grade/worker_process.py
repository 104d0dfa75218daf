"""The worker process, as seen by the grader: it gets requests, tells events, and may be ended."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from course import catalog, variables
from course.grade import FIXED_VARIABLES
from course.grade.patience import (
    GLANCE,
    TO_SAY_WHERE,
    UNTIL_READY,
    Budget,
    Finding,
    Limits,
    Patience,
)
from course.grade.watchdog import SAY_WHERE
from course.wording import names_make


class WorkerProcess:
    """A worker that grades one request after the other.

    Args:
        words: the arguments for Python that start it.
        limits: the limits between two of its events.
    """

    def __init__(self, words: Sequence[str], limits: Limits) -> None:
        self._limits = limits
        self._process = subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=catalog.ROOT,
            env={
                **variables.coming_in(os.environ),
                **FIXED_VARIABLES,
                **({"MAKELEVEL": "1"} if names_make() else {}),
            },
        )
        self._answers = self._process.pid
        self._rest = b""
        self._patience = Patience(self._process.pid)
        self.is_ready = False
        self.finding: Finding = ""
        self.spent: Finding = ""
        self._budget: Budget | None = None

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def ask(self, request: dict[str, Any], budget: Budget | None = None) -> None:
        """Send a request.

        Args:
            request: what is asked.
            budget: what all requests about the same answers may use together, from when the first
                of them begins to run. If it is used up, the answers are ended, and `spent` says
                what was used up.
        """
        self.finding = self.spent = ""
        self._budget = budget
        self._be_patient()
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield its events until it ends. If it takes too long, end it; `finding` says why."""
        for line in self._lines():
            event = json.loads(line)
            match event["event"]:
                case "ready":
                    self.is_ready = True
                case "child":
                    self._answers = event["process"]
                    if self._budget is not None:
                        self._budget.count(self._process.pid)
                case "exit":
                    self._answers = self._process.pid
                    event["finding"], event["spent"] = self.finding, self.spent
            if not self.finding:
                self._be_patient()
            yield event

    def wait(self) -> int:
        """Return its exit status, or the negative number of a signal, when it has ended."""
        return self._process.wait()

    def stop(self, seconds_to_clean_up: float = 0.0) -> None:
        """End it."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        if seconds_to_clean_up:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds_to_clean_up)
        self._process.kill()
        self._process.wait()

    def _be_patient(self) -> None:
        """Start the time for the next event."""
        self._patience.renew(self._limits if self.is_ready else UNTIL_READY)

    def _lines(self) -> Iterator[bytes]:
        assert self._process.stdout is not None
        out = self._process.stdout.fileno()
        while True:
            *lines, self._rest = self._rest.split(b"\n")
            yield from lines
            self._end_if_spent()
            while not self._can_be_read(out):
                self._end_if_enough()
                self._end_if_spent()
            piece = os.read(out, 65_536)
            if not piece:
                return
            self._rest += piece

    def _can_be_read(self, out: int) -> bool:
        # Windows cannot wait for a pipe with a limit; there, the worker's own watch must do.
        return os.name == "nt" or bool(select.select([out], [], [], GLANCE)[0])

    def _end_if_spent(self) -> None:
        """End the answers if the budget is used up, no matter how much they still have to say."""
        runs = self._answers != self._process.pid
        if self._budget is None or not runs or self.spent or not self._budget.is_due:
            return
        self.spent = self._budget.look()
        if self.spent:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._answers, signal.SIGKILL)

    def _end_if_enough(self) -> None:
        finding = self._patience.look()
        if not finding:
            return
        can_say_where = finding == "waits" and not self.finding and SAY_WHERE is not None
        self.finding = self.finding or finding
        self._patience.renew(TO_SAY_WHERE)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._answers, SAY_WHERE if can_say_where else signal.SIGKILL)  # type: ignore[arg-type]
