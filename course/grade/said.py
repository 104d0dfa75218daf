"""How much of what answers say is kept: names, texts of errors, printed lines, results of tests.

Everything that comes from answers, and is kept or shown, is limited where it enters: where an
error arrives, and in the records about answers. No other code has to do it again.
"""

from __future__ import annotations

MOST_SAID = 2_000
"""The most characters in one text."""

MOST_NAME = 100
"""The most characters in a name, plus one."""

CUT = " ..."


def bounded(text: object) -> str:
    """Return a text; if it is too long, its end is cut off."""
    text = str(text)
    return text if len(text) <= MOST_SAID else text[: MOST_SAID - len(CUT)] + CUT


def text_of(error: BaseException) -> str:
    """Return the text of an error, or "" if the error cannot give it."""
    try:
        return bounded(error)
    except Exception:
        return ""
