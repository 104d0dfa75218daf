"""Lines of JSON to a contained process and from it, all of them limited and none believed."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import time
from collections import deque
from typing import Any

from course.grade.died import ENDS, LOOPS, LOOPS_WHY, ContainedDied

SECONDS_TO_START = 60.0
"""Real seconds until the first process has imported everything. It takes one or two."""

SECONDS_TO_END = 2.0
"""Real seconds until a contained process that was told to end is gone."""

MOST_BYTES = 1_000_000
"""Bytes in a message."""

MOST_BYTES_PER_TEST = 32_000_000
"""Bytes in all messages of a test."""

MOST_MESSAGES = 200_000
"""Messages in a test."""

LINE = re.compile(r'File "(?:answers|/\S*/answers/\w+)\.py", line (\d{1,6})', re.ASCII)
"""A line of answers in a traceback."""

real_monotonic = getattr(time.monotonic, "__wrapped__", time.monotonic)


class Channel:
    """Messages to a contained process and from it.

    The children that run answers use the same pipes as the first process. So that none of them
    can speak for it, it is told a secret word after each fork, and says it when that child and
    all that it has started are gone.

    Args:
        process: the first process, which forks a child for each file of answers.

    Attributes:
        left: how many processes the last child has left running.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._out = process.stdin.fileno()
        self._in = process.stdout.fileno()
        os.set_blocking(self._out, False)
        self._lines: deque[bytes] = deque()
        self._rest = b""
        self._word = ""
        self.left = 0
        self._is_up = False
        self.allow(0.0)

    def wait_until_up(self) -> None:
        """Wait until the first process can fork.

        Raises:
            ContainedDied: if it does not start.
        """
        if not self._is_up:
            self.allow(SECONDS_TO_START)
            self._is_up = "up" in self.hear()

    def allow(self, seconds: float) -> None:
        """Count anew: what comes next may take so many real seconds."""
        self._until = real_monotonic() + seconds
        self._heard = 0
        self._bytes = 0

    def start(self, seconds: float) -> None:
        """Have a child forked that allows itself so many real seconds for one test."""
        self._word = os.urandom(16).hex()
        self.say({"do": "start", "seconds": seconds})
        self.say({"word": self._word})
        if "ready" not in self.hear():
            raise disturbed("it speaks before it is asked")

    def say(self, message: dict[str, Any]) -> None:
        """Send a message.

        Raises:
            ContainedDied: if nobody reads it.
        """
        left = json.dumps(message).encode() + b"\n"
        while left:
            try:
                left = left[os.write(self._out, left) :]
            except BlockingIOError:
                self._wait([], [self._out])
            except OSError:
                raise ContainedDied(ENDS, suspicious=FIRST_ENDED) from None

    def hear(self) -> dict[str, Any]:
        """Return the next message.

        Raises:
            ContainedDied: if none comes, or none that is fit to be read.
        """
        self._heard += 1
        if self._heard > MOST_MESSAGES:
            raise ContainedDied(LOOPS, LOOPS_WHY, "it sends messages without end")
        line = self._line()
        message = _as_message(line)
        if message is None:
            raise disturbed(f"it writes into the channel: {line[:80]!r}")
        if "gone" in message:
            if not self._is_gone(message):
                raise disturbed("it pretends to be gone")
            raise ended(message["gone"], str(message["trace"]))
        return message

    def end(self) -> bool:
        """End the child, and read away what it has left.

        Returns:
            Whether it and all that it has started are gone. If not, the first process is of no
            more use.
        """
        if not self._word:
            return True
        self.allow(SECONDS_TO_END)
        try:
            self.say({"do": "end"})
            while True:
                message = _as_message(self._line())
                if message is not None and self._is_gone(message):
                    return True
        except ContainedDied:
            return False

    def _is_gone(self, message: dict[str, Any]) -> bool:
        gone = bool(self._word) and message.get("word") == self._word
        if gone:
            self._word = ""
            self.left = int(message["left"])
        return gone

    def _line(self) -> bytes:
        """Return the next line that is not empty."""
        while True:
            while self._lines:
                line = self._lines.popleft()
                if line:
                    return line
            if len(self._rest) > MOST_BYTES:
                raise ContainedDied(TOO_MUCH, LOOPS_WHY, "it sends a message without end")
            if self._bytes > MOST_BYTES_PER_TEST:
                raise ContainedDied(TOO_MUCH, LOOPS_WHY)
            self._wait([self._in], [])
            piece = os.read(self._in, 65_536)
            if not piece:
                raise ContainedDied(ENDS, suspicious=FIRST_ENDED)
            self._bytes += len(piece)
            *lines, self._rest = (self._rest + piece).split(b"\n")
            self._lines += lines

    def _wait(self, to_read: list[int], to_write: list[int]) -> None:
        left = max(0.0, self._until - real_monotonic())  # after that, what is there still counts
        if not any(select.select(to_read, to_write, [], left)):
            raise ContainedDied(LOOPS, LOOPS_WHY, "it outlives its own limit of time")


FIRST_ENDED = "it ended the process that starts others"
TOO_MUCH = "it hands out far too much"


def _as_message(line: bytes) -> dict[str, Any] | None:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def ended(status: int, trace: str) -> ContainedDied:
    """Say why a child has ended that should not have.

    Args:
        status: its exit status, or the negative number of a signal.
        trace: what its watchdog has written, if its time had run out.
    """
    # To look at frames that are being changed can crash, so the watchdog itself may.
    if status in (1, -signal.SIGSEGV) and trace.startswith("Timeout ("):
        found = LINE.search(trace)
        return ContainedDied(LOOPS, LOOPS_WHY, line=int(found[1]) if found else None)
    cause = f"signal {-status}" if status < 0 else f"exit status {status}"
    return ContainedDied(f"{ENDS} ({cause})", suspicious=f"it ended its process with {cause}")


def disturbed(how: BaseException | str) -> ContainedDied:
    """Say that a process has sent what it must not: an error in reading it, or a reason."""
    if isinstance(how, BaseException):
        how = f"it sends nonsense: {how!r:.200}"
    return ContainedDied(
        "it disturbs its own grading",
        "An answer talks to its caller only by what it returns, yields or raises.",
        how,
    )
