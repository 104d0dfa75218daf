"""The terminal shows what a real one would show."""

from __future__ import annotations

import pytest
from rich.console import Console
from rich.live import Live
from rich.text import Text

from course.fakes.clock import virtual_time
from course.fakes.terminal import Terminal


@pytest.mark.parametrize(
    ("written", "screen"),
    [
        ("one\ntwo", "one\ntwo"),
        ("one\rto", "toe"),
        ("abc\b\bX", "aXc"),
        ("one\r\x1b[K", ""),
        ("one\x1b[2D\x1b[K", "o"),
        ("one\x1b[2D\x1b[1Kx", " xe"),
        ("one\r\x1b[2Ctwo", "ontwo"),
        ("one\ntwo\x1b[A\r\x1b[2Kup", "up\ntwo"),
        ("one\ntwo\x1b[A\x1b[Jup", "oneup"),
        ("one\ntwo\x1b[2Jx", "\n   x"),
        ("one\x1b[1Gx\x1b[By", "xye"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("a  \n\n", "a"),
        ("漢字b\r    ", "    b"),
        ("漢字b\r x", " x字b"),
        ("a漢b\r漢", "漢 b"),
        ("e\u0301x\r漢", "漢"),
    ],
)
def test_it_does_what_is_written(written: str, screen: str) -> None:
    whole, by_character = Terminal(), Terminal()
    whole.write(written)
    for character in written:
        by_character.write(character)
    assert whole.screen == by_character.screen == screen
    assert whole.getvalue() == by_character.getvalue() == written


def test_long_lines_go_on_in_the_next_row() -> None:
    terminal = Terminal(width=4)
    terminal.write("abcd")
    assert (terminal.screen, terminal.column) == ("abcd", 4)
    terminal.write("ef")
    assert terminal.screen == "abcd\nef"


def test_what_leaves_the_screen_cannot_be_reached() -> None:
    terminal = Terminal(height=2)
    terminal.write("a\nb\nc\x1b[9A\rX")
    assert terminal.screen == "X\nc"
    assert terminal.everything == "a\nX\nc"


def test_only_what_is_flushed_and_new_is_a_drawing() -> None:
    terminal = Terminal()
    with virtual_time() as clock:
        start = clock.now
        terminal.write("a")
        clock.advance(1)
        terminal.flush()
        terminal.flush()
        terminal.write("b")
        clock.advance(1)
        terminal.flush()
    assert terminal.drawings == [(start + 1, "a"), (start + 2, "ab")]


def test_rich_draws_on_it() -> None:
    terminal = Terminal(width=20, height=3)
    console = Console(
        file=terminal, width=20, height=3, force_terminal=True, force_jupyter=False, _environ={}
    )
    console.print("before")
    with Live(Text("one"), console=console, auto_refresh=False) as live:
        assert not terminal.cursor_visible
        live.update(Text("1\n2\n3\n4\n5"), refresh=True)
        assert terminal.screen.splitlines()[:2] == ["1", "2"]
        assert "..." in terminal.screen, "rich shows the beginning"
    assert terminal.cursor_visible
    assert terminal.everything == "before\n1\n2\n3\n4\n5"
