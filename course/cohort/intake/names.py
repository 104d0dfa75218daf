"""Names that strangers chose, made harmless: for a line of text, a file, or a table."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable

LONGEST = 80
"""Bytes of a file name. 255 are allowed, and endings and prefixes are added to it."""

_RESERVED = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))}


def printable(text: str) -> str:
    r"""Return a text in one line, with invisible characters written as `\x1b` or `\u202e`."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in unicodedata.normalize("NFC", text)
    )


def printable_lines(text: str) -> str:
    """Return a text of several lines with every line made printable."""
    return "\n".join(printable(line) for line in text.split("\n"))


def digest(name: str) -> str:
    """Return eight characters that stand for a name, the same ones every time."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def file_names(names: Iterable[str]) -> dict[str, str]:
    """Return a file name for each name: harmless, unique, without an ending.

    A name that had to be changed, or that some systems could confuse with another one, ends with a
    digest of the whole name.
    """
    possible = {name: possible_file_names(name) for name in names}
    alike = Counter(folded(short) for short, _ in possible.values())
    return {
        name: short if short == name and alike[folded(short)] == 1 else whole
        for name, (short, whole) in possible.items()
    }


def possible_file_names(name: str) -> tuple[str, str]:
    """Return the two names that a file can get for a name: without a digest, and with one."""
    stem = _stem(name)
    return stem, f"{stem}-{digest(name)}"


def _stem(name: str) -> str:
    kept = "".join(char if _is_harmless(char) else "_" for char in name).strip(" .-")
    kept = kept.encode("utf-8", "replace")[:LONGEST].decode("utf-8", "ignore").strip(" .")
    return kept if kept and folded(kept.partition(".")[0]) not in _RESERVED else f"_{kept}"


def _is_harmless(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN" or char in " ._-"


def folded(name: str) -> str:
    """Return a key that is the same for names that a system or a person could confuse."""
    return unicodedata.normalize("NFKC", name).casefold()
