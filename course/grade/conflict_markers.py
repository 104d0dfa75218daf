"""The marks that git leaves in a file when it cannot put two versions of it together.

A line with seven `<` begins one version, a line with seven `=` begins the other, and a line with
seven `>` ends it. With the style diff3, what both came from is between seven `|` and the `=`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MARK = re.compile(r"(?P<mark><{7}|\|{7}|={7}|>{7})(?: (?P<label>.*))?")
_NEXT = {"": "<", "<": "|=", "|": "=", "=": ">"}
"""By the mark that came last, which ones may follow."""


class Sides(NamedTuple):
    """The two versions of a file, each with everything that git did not mark.

    Attributes:
        upper: with the lines above =======.
        lower: with the lines below it.
        line: the line of the first mark.
        lower_label: what git calls the lower version of the last mark: "Stashed changes".
    """

    upper: str
    lower: str
    line: int
    lower_label: str


def sides(source: str) -> Sides | None:
    """Return both versions of a file, or None if its marks are not those of git.

    Args:
        source: its text, with line feeds.
    """
    upper: list[str] = []
    lower: list[str] = []
    first, label, last = 0, "", ""
    for number, line in enumerate(source.split("\n"), start=1):
        found = _MARK.fullmatch(line)
        mark = found["mark"][0] if found else ""
        if found and mark in _NEXT[last]:
            first = first or number
            last = "" if mark == ">" else mark
            label = found["label"] or "" if mark == ">" else label
            continue
        if found and mark != "=" and last:
            return None
        if last in ("", "<"):
            upper.append(line)
        if last in ("", "="):
            lower.append(line)
    if last or not first:
        return None
    return Sides("\n".join(upper), "\n".join(lower), first, label)


def first_line(source: str) -> int | None:
    """Return the line of the first conflict marker, or None. One alone is enough."""
    for number, line in enumerate(source.split("\n"), start=1):
        if (found := _MARK.fullmatch(line)) and found["mark"][0] in "<>":
            return number
    return None
