"""How much of what answers say is taken: names, texts of errors, printed lines, results of tests.

Everything that comes from answers, and is kept or shown, is bounded where it enters: where an
error arrives, and in the records that hold what is told about answers. Nobody has to do it again.
"""

from __future__ import annotations

MOST_SAID = 2_000
"""Characters in one text."""

MOST_NAME = 100
"""Characters in a name, and one more."""

CUT = " ..."


def bounded(text: object) -> str:
    """Return a text, the end of which is left out if it is too long."""
    text = str(text)
    return text if len(text) <= MOST_SAID else text[: MOST_SAID - len(CUT)] + CUT


def text_of(error: BaseException) -> str:
    """Return what an error says, or "" if it cannot say it."""
    try:
        return bounded(error)
    except Exception:
        return ""
