"""Keys are read one by one in a terminal, without Enter; elsewhere nothing is read."""

from __future__ import annotations

import contextlib
import io
import os
import select
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from copied_course import Copy, copy_of_the_course
from waiting import SECONDS_FOR_A_HANG

from course import catalog
from course.learn import keys, watch

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
termios = pytest.importorskip("termios")

LESSON = catalog.find("09")
FIRST = catalog.lessons()[0]


class Ends(NamedTuple):
    """The two ends of a terminal: that of the person, and that of the program."""

    person: int
    program: int


@pytest.fixture
def ends() -> Iterator[Ends]:
    made = Ends(*pty.openpty())
    yield made
    for end in made:
        with contextlib.suppress(OSError):  # the test has closed it
            os.close(end)


def modes(terminal: int) -> tuple[bool, bool, bool]:
    """Whether a terminal collects lines, echoes, and makes Ctrl-C interrupt."""
    flags = termios.tcgetattr(terminal)[3]
    return bool(flags & termios.ICANON), bool(flags & termios.ECHO), bool(flags & termios.ISIG)


class TestTerminal:
    @pytest.mark.parametrize(
        ("typed", "key"),
        [
            (b"h", "h"),
            (b"Q", "q"),
            (b"hint\n", "h"),
            (b"\x1b[A", ""),
            (b"\x1bOQ", ""),
            (b"\x1b", ""),
            (b"\x1b[1;5Cn", "n"),
            ("\u00e9".encode(), "\u00e9"),
            (b"\xff", ""),
            (b"\x04", keys.END),
        ],
    )
    def test_a_key_needs_no_enter(self, typed: bytes, key: str, ends: Ends) -> None:
        with keys.OfTerminal(ends.program) as keyboard:
            os.write(ends.person, typed)
            assert keyboard.pressed(SECONDS_FOR_A_HANG) == key

    def test_nothing_was_pressed(self, ends: Ends) -> None:
        with keys.OfTerminal(ends.program) as keyboard:
            assert keyboard.pressed(0) == ""

    def test_a_terminal_that_is_gone_is_the_end(self, ends: Ends) -> None:
        with keys.OfTerminal(ends.program) as keyboard:
            os.close(ends.person)
            assert keyboard.pressed(SECONDS_FOR_A_HANG) == keys.END

    @pytest.mark.parametrize("error", [None, KeyboardInterrupt, ValueError])
    def test_it_is_left_as_it_was(self, error: type[BaseException] | None, ends: Ends) -> None:
        before = modes(ends.program)
        assert before == (True, True, True)
        try:
            with keys.OfTerminal(ends.program):
                assert modes(ends.program) == (False, False, True)
                if error:
                    raise error
        except (KeyboardInterrupt, ValueError):
            pass
        assert modes(ends.program) == before

    def test_after_a_shell_had_it_keys_are_read_again(self, ends: Ends) -> None:
        before = termios.tcgetattr(ends.program)
        with keys.OfTerminal(ends.program) as keyboard:
            termios.tcsetattr(ends.program, termios.TCSANOW, before)
            keyboard.pressed(0)
            assert modes(ends.program) == (False, False, True)

    def test_in_the_background_it_is_not_touched(
        self, ends: Ends, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "tcgetpgrp", lambda terminal: os.getpgrp() + 1)
        with keys.OfTerminal(ends.program) as keyboard:
            assert modes(ends.program) == (True, True, True)
            os.write(ends.person, b"h\n")
            assert keyboard.pressed(0) == ""


class TestWhoIsThere:
    def test_somebody_at_a_terminal(self, ends: Ends) -> None:
        with os.fdopen(os.dup(ends.program)) as stream:
            assert keys.keyboard(stream=stream).is_there

    def test_nobody_at_a_pipe_or_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pauses: list[float] = []
        closed = io.StringIO()
        closed.close()
        for stream in (io.StringIO("q"), closed, None):
            monkeypatch.setattr("sys.stdin", stream)
            keyboard = keys.keyboard(pauses.append)
            assert not keyboard.is_there
            assert keyboard.pressed(7) == ""
        assert pauses == [7, 7, 7]


def test_watch_obeys_them(ends: Ends, tmp_path: Path) -> None:
    """All of it: a person starts it at a terminal of 80 columns, asks for a hint, and quits."""
    copied = Copy(copy_of_the_course(tmp_path / "course"))
    termios.tcsetwinsize(ends.program, (24, 80))
    process = subprocess.Popen(
        ["python3", "-m", "course", "watch"],
        cwd=copied.folder,
        env={**copied.environment, "TERM": "xterm"},
        stdin=ends.program,
        stdout=ends.program,
        stderr=ends.program,
        start_new_session=True,
    )
    try:
        seen = read_until(ends.person, watch.KEYS)
        number, title = FIRST.number, FIRST.title
        assert f"Lesson {number}, {title}: the first one, because you have not begun any." in seen
        os.write(ends.person, b"h")
        hint = read_until(ends.person, watch.KEYS)
        task = FIRST.tasks[0]
        of = f"task 1 of {len(FIRST.tasks)}, hint 1 of {len(task.hints)}"
        assert f"{task.name}  {of}" in hint
        os.write(ends.person, b"q")
        assert process.wait(SECONDS_FOR_A_HANG) == 0
    finally:
        process.kill()
        process.wait()


def read_until(terminal: int, wanted: str) -> str:
    """Return what comes from a terminal, without colors, up to some text."""
    seen = ""
    while wanted not in seen:
        ready, _, _ = select.select([terminal], [], [], SECONDS_FOR_A_HANG)
        assert ready, f"this never came: {wanted}; only: {seen}"
        seen += keys.ESCAPES.sub("", os.read(terminal, 65536).decode("utf-8"))
    return seen
