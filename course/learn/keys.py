"""Single keys from a terminal, read while something else goes on, and without Enter.

Where there is no terminal, nothing is read: what comes through a pipe is not for us.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
from collections.abc import Callable
from typing import Protocol, TextIO

END = "\x04"
"""Ctrl-D, or a terminal that is gone."""

MOST_BYTES = 1024
"""That many are read at once: more than anybody types between two looks."""

ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|.)?")
"""What a terminal sends for keys that are no characters, such as an arrow."""


class Keyboard(Protocol):
    """Where keys come from. Use it with `with`.

    Attributes:
        is_there: whether anybody can press a key.
    """

    is_there: bool

    def __enter__(self) -> Keyboard: ...

    def __exit__(self, *raised: object) -> None: ...

    def pressed(self, seconds: float) -> str:
        """Wait for so long, or until a key is pressed. Return the key in small letters, or ""."""


def keyboard(
    pause: Callable[[float], object] = time.sleep, stream: TextIO | None = None
) -> Keyboard:
    """Return the keyboard of the person at this terminal, or one that is silent.

    Args:
        pause: waits for a number of seconds where there is no terminal.
        stream: what to read; by default, standard input.
    """
    stream = stream or sys.stdin
    try:
        if stream is None or not stream.isatty():
            return Silent(pause)
        return OfWindows(pause) if os.name == "nt" else OfTerminal(stream.fileno())
    except (OSError, ValueError):  # it is closed, or only looks like a terminal
        return Silent(pause)


class Silent:
    """Nobody is there. It only waits."""

    is_there = False

    def __init__(self, pause: Callable[[float], object]) -> None:
        self._pause = pause

    def __enter__(self) -> Silent:
        return self

    def __exit__(self, *raised: object) -> None:
        pass

    def pressed(self, seconds: float) -> str:
        self._pause(seconds)
        return ""


class OfTerminal:
    """A terminal of POSIX. Ctrl-C still interrupts, and the terminal gets back its old state."""

    is_there = True

    def __init__(self, terminal: int) -> None:
        import termios

        self._terminal = terminal
        self._before = termios.tcgetattr(terminal)

    def __enter__(self) -> OfTerminal:
        self._listen()
        return self

    def __exit__(self, *raised: object) -> None:
        import termios

        with contextlib.suppress(termios.error, OSError):
            if self._is_in_front():
                termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._before)

    def pressed(self, seconds: float) -> str:
        import select

        self._listen()
        ready, _, _ = select.select([self._terminal], [], [], seconds)
        if not ready or not self._is_in_front():
            return ""
        try:
            typed = os.read(self._terminal, MOST_BYTES)
        except OSError:
            return END
        return ESCAPES.sub("", typed.decode(errors="ignore"))[:1].lower() if typed else END

    def _listen(self) -> None:
        """Ask for single keys without an echo. A shell undoes that when it stops a process."""
        import termios
        import tty

        with contextlib.suppress(termios.error, OSError):
            flags = termios.tcgetattr(self._terminal)[3]
            if flags & (termios.ICANON | termios.ECHO) and self._is_in_front():
                tty.setcbreak(self._terminal, termios.TCSADRAIN)

    def _is_in_front(self) -> bool:
        """Whether the terminal is ours: a process in the background may not touch it."""
        try:
            return os.tcgetpgrp(self._terminal) == os.getpgrp()
        except OSError:  # it controls no process, so it is nobody else's
            return True


class OfWindows:
    """The console of Windows. It tells only whether there is a key, so it is asked again."""

    is_there = True

    def __init__(self, pause: Callable[[float], object]) -> None:
        self._pause = pause

    def __enter__(self) -> OfWindows:
        return self

    def __exit__(self, *raised: object) -> None:
        pass

    def pressed(self, seconds: float) -> str:
        import msvcrt

        if not msvcrt.kbhit():  # type: ignore[attr-defined,unused-ignore]
            self._pause(seconds)
            return ""
        key: str = msvcrt.getwch()  # type: ignore[attr-defined,unused-ignore]
        if key in ("\x00", "\xe0"):  # an arrow or the like: what follows says which
            msvcrt.getwch()  # type: ignore[attr-defined,unused-ignore]
            return ""
        if key == "\x03":
            raise KeyboardInterrupt
        return key.lower()
