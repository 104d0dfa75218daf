"""A terminal that knows what people see on it.

It understands what a spinner and `rich.live` write: carriage returns, line feeds, and the
control sequences that move the cursor, erase, and hide the cursor. Colors are ignored. A wide
character takes two columns, and if one of them is overwritten, the other one becomes blank.
"""

from __future__ import annotations

import io
import re
import time

from rich.cells import cell_len

_PIECES = re.compile(r"\x1b\[(?P<args>[?\d;]*)(?P<order>[A-Za-z])|(?P<one>[^\x1b])")
_UNFINISHED = re.compile(r"\x1b(\[[?\d;]*)?\Z")


class Terminal(io.StringIO):
    """A text stream with a screen. `getvalue()` is everything written, with control sequences.

    Attributes:
        width: columns of the screen.
        height: rows of the screen.
        cursor_visible: whether the cursor is shown.
        drawings: one for each flush that changed the screen: the time in seconds, and what was
            then on the screen.
    """

    def __init__(self, width: int = 80, height: int = 24) -> None:
        super().__init__()
        self.width = width
        self.height = height
        self.cursor_visible = True
        self.drawings: list[tuple[float, str]] = []
        self._rows: list[list[str]] = [[]]
        self._row = self._column = 0
        self._unfinished = ""

    def __repr__(self) -> str:
        return "out"

    def isatty(self) -> bool:
        """Say that this is a terminal."""
        return True

    @property
    def screen(self) -> str:
        """What is on the screen, without spaces at the ends of rows or empty rows at the end."""
        return _text(self._rows[self._top :])

    @property
    def everything(self) -> str:
        """The same, including everything that has scrolled off the top of the screen."""
        return _text(self._rows)

    @property
    def column(self) -> int:
        """The column of the cursor, counted from 0."""
        return self._column

    def write(self, text: str) -> int:
        """Show a text, and do what its control sequences say."""
        super().write(text)
        whole = self._unfinished + text
        cut = _UNFINISHED.search(whole)
        self._unfinished = cut[0] if cut else ""
        for piece in _PIECES.finditer(whole, 0, len(whole) - len(self._unfinished)):
            if piece["one"]:
                self._show(piece["one"])
            else:
                self._obey(piece["order"], piece["args"])
        return len(text)

    def flush(self) -> None:
        """Record what is on the screen, if that has changed."""
        super().flush()
        before = self.drawings[-1][1] if self.drawings else ""
        if self.screen != before:
            self.drawings.append((time.monotonic(), self.screen))

    @property
    def _top(self) -> int:
        return max(0, len(self._rows) - self.height)

    def _show(self, one: str) -> None:
        if one == "\r":
            self._column = 0
        elif one == "\n":
            self._down()
        elif one == "\b":
            self._column = max(0, self._column - 1)
        elif one >= " ":
            self._put(one, cell_len(one))

    def _put(self, one: str, width: int) -> None:
        """Write a character; if it is wide, nothing stands in its second column."""
        if self._column + width > self.width:
            self._down()
        row, start, end = self._rows[self._row], self._column, self._column + width
        row += " " * (end - len(row))
        if width == 0:  # it belongs to the character before it
            row[max(0, start - 1) : start] = ["".join(row[max(0, start - 1) : start]) + one]
            return
        if row[start] == "":
            row[start - 1] = " "
        if row[end : end + 1] == [""]:
            row[end] = " "
        row[start:end] = [one, *[""] * (width - 1)]
        self._column = end

    def _down(self) -> None:
        self._row, self._column = self._row + 1, 0
        if self._row == len(self._rows):
            self._rows.append([])

    def _obey(self, order: str, args: str) -> None:
        if args == "?25":
            self.cursor_visible = order == "h"
            return
        number = int(args) if args.isdecimal() else None
        row = self._rows[self._row]
        match order:
            case "A":
                self._row = max(self._top, self._row - (number or 1))
            case "B":
                self._row = min(len(self._rows) - 1, self._row + (number or 1))
            case "C":
                self._column = min(self.width - 1, self._column + (number or 1))
            case "D":
                self._column = max(0, self._column - (number or 1))
            case "G":
                self._column = min(self.width, number or 1) - 1
            case "K" if number == 2:
                row.clear()
            case "K" if number == 1:
                row[: self._column + 1] = " " * min(len(row), self._column + 1)
            case "K":
                del row[self._column :]
            case "J" if number == 2:
                self._rows[self._top :] = [[] for _ in self._rows[self._top :]]
            case "J" if number is None or number == 0:
                del row[self._column :], self._rows[self._row + 1 :]


def _text(rows: list[list[str]]) -> str:
    return "\n".join("".join(row).rstrip() for row in rows).rstrip("\n")
