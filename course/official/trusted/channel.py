"""Lines of JSON to and from a contained process, all of them limited and none of them trusted."""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import subprocess
import time
from collections import deque
from dataclasses import replace
from typing import Any

from course.grade import died
from course.grade.died import (
    COSTLY,
    ENDS,
    ENDS_WHY,
    FOUND,
    LOOPS,
    LOOPS_WHY,
    ContainedDied,
    Death,
)
from course.grade.patience import (
    GLANCE,
    TO_SAY_WHERE,
    UNTIL_READY,
    Limits,
    Patience,
    activity,
)
from course.grade.watchdog import SAY_WHERE

TO_END = Limits(cpu=4, asleep=2, wall=300)
"""How long a contained process may take to be gone after it is told to end."""

MOST_BYTES = 1_000_000
"""Bytes in a message."""

MOST_BYTES_PER_TEST = 32_000_000
"""Bytes in all messages of a test."""

MOST_MESSAGES = 200_000
"""Messages in a test."""


class Channel:
    """Messages to and from a contained process.

    The children that run answers use the same pipes as the first process. None of them may speak
    for it. So it is told a secret word after each fork, and says it when that child and everything
    it started are gone.

    Args:
        process: the first process, which forks a child for each file of answers.
        file: how tracebacks over there name the file of answers.

    Attributes:
        left: how many processes the last child left running.
        size: bytes in the message that was heard last.
    """

    def __init__(self, process: subprocess.Popen[bytes], file: str) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._out = process.stdin.fileno()
        self._in = process.stdout.fileno()
        os.set_blocking(self._out, False)
        self._lines: deque[bytes] = deque()
        self._rest = b""
        self._word = ""
        self._file = file
        self._source = ""
        self.left = 0
        self.size = 0
        self._patience = Patience(process.pid)
        self._was_asked_where = False
        self._first: tuple[int, ...] = ()

    def wait_until_up(self) -> None:
        """Wait until the first process can fork.

        Raises:
            ContainedDied: if it does not start.
        """
        if not self._first:
            self.hear_first()

    def hear_first(self) -> dict[str, Any]:
        """Return the first message of the first process, when it has imported everything.

        Raises:
            ContainedDied: if it does not start.
        """
        self.allow(UNTIL_READY)
        message = self.hear()
        self._first = self._processes() or (self._patience.process,)
        return message

    def allow(self, limits: Limits, ours: float = math.inf) -> None:
        """Count from zero again.

        Args:
            limits: how much the next step may take.
            ours: seconds of CPU time that it may cost this process.
        """
        self._patience.renew(limits)
        self._was_asked_where = False
        self._heard = 0
        self._bytes = 0
        self._ours = ours
        self._began = time.process_time()

    def start(self, seconds: float, source: str) -> None:
        """Fork a child that allows itself so many seconds of CPU time for one test.

        Args:
            seconds: of CPU time.
            source: the answers that will run there.
        """
        self._source = source
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
                raise _odd(ENDS, ENDS_WHY, FIRST_ENDED) from None

    def hear(self) -> dict[str, Any]:
        """Return the next message.

        Raises:
            ContainedDied: if none comes, or it cannot be read.
        """
        self._heard += 1
        if self._heard > MOST_MESSAGES:
            raise _odd(LOOPS, LOOPS_WHY, "it sends messages without end")
        self.look_at_own_work()
        if self._patience.is_due:
            self._look(is_awaited=False)
        line = self._line()
        self.size = len(line)
        message = _as_message(line)
        if message is None:
            raise disturbed(f"it writes into the channel: {line[:80]!r}")
        if "gone" in message:
            if not self._is_gone(message):
                raise disturbed("it pretends to be gone")
            raise self.ended(message["gone"], str(message["trace"]))
        return message

    def ended(self, status: int, trace: str) -> ContainedDied:
        """Return why a child ended, from its exit status and what its watchdog wrote."""
        return ContainedDied(died.of(status, trace, self._file, self._source))

    def end(self) -> bool:
        """End the child, and discard what it left to read.

        Returns:
            Whether it and everything it started are gone. If not, the first process is no longer
            usable.
        """
        if not self._word:
            return True
        self.allow(TO_END)
        try:
            self.say({"do": "end"})
            while True:
                message = _as_message(self._line())
                if message is not None and self._is_gone(message):
                    return True
        except ContainedDied:
            return False

    def what_is_left(self, is_clean: bool) -> str:
        """Return what is suspicious about what is left after the end of the child, or "".

        Args:
            is_clean: what `end` has returned.
        """
        if not is_clean:
            return "it disturbs the process that starts others"
        what = "a process" if self.left == 1 else f"{self.left} processes"
        return f"it left {what} running" if self.left else ""

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
                raise _odd(TOO_MUCH, LOOPS_WHY, "it sends a message without end")
            if self._bytes > MOST_BYTES_PER_TEST:
                raise _odd(TOO_MUCH, LOOPS_WHY)
            self._wait([self._in], [])
            piece = os.read(self._in, 65_536)
            if not piece:
                raise _odd(ENDS, ENDS_WHY, FIRST_ENDED)
            self._bytes += len(piece)
            *lines, self._rest = (self._rest + piece).split(b"\n")
            self._lines += lines

    def _wait(self, to_read: list[int], to_write: list[int]) -> None:
        while not any(select.select(to_read, to_write, [], GLANCE)):
            self._look(is_awaited=True)

    def look_at_own_work(self) -> None:
        """Check how long we have worked on what was sent.

        Raises:
            ContainedDied: if it was too long: it may not take us longer than the sender.
        """
        if time.process_time() - self._began > self._ours:
            raise ContainedDied(COSTLY)

    def look_at_size(self, held: int) -> None:
        """Check how much a test may hold of what was sent.

        Args:
            held: bytes, where what came again counts again.

        Raises:
            ContainedDied: if it is more than may be sent.
        """
        if held > MOST_BYTES_PER_TEST:
            raise _odd(TOO_MUCH, LOOPS_WHY)

    def _look(self, is_awaited: bool) -> None:
        """Check what the other side is doing.

        Raises:
            ContainedDied: if it has used up its limits.
        """
        finding = self._patience.look(is_awaited)
        if finding == "waits" and not self._was_asked_where and self._ask_where():
            self._patience.renew(TO_SAY_WHERE)
        elif finding:
            suspicious = "" if finding == "busy" else "it outlives its own time limit"
            raise ContainedDied(replace(FOUND[finding], suspicious=suspicious))

    def _ask_where(self) -> bool:
        """Make the child say where it waits, and end. False if it cannot be asked."""
        self._was_asked_where = True
        children = [one for one in self._processes() if one not in self._first]
        with contextlib.suppress(OSError, IndexError):
            os.kill(children[0], SAY_WHERE)  # type: ignore[arg-type]
            return True
        return False

    def _processes(self) -> tuple[int, ...]:
        """The numbers of all processes on the other side; those that were there before come first.

        The child that we had forked is older than what it started itself.
        """
        seen = activity(self._patience.process)
        return seen.processes if seen else ()


FIRST_ENDED = "it ended the process that starts others"
TOO_MUCH = "it hands out far too much"


def _as_message(line: bytes) -> dict[str, Any] | None:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def _odd(problem: str, why: str, suspicious: str = "") -> ContainedDied:
    return ContainedDied(Death(problem, why, suspicious=suspicious))


def disturbed(how: BaseException | str) -> ContainedDied:
    """Say that a process sent what it must not: a reason, or the error when reading it."""
    if isinstance(how, BaseException):
        how = f"it sends nonsense: {how!r:.200}"
    return _odd(
        "it disturbs its own grading",
        "An answer talks to its caller only through what it returns, yields or raises.",
        how,
    )
