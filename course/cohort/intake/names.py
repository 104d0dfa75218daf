"""Names that strangers chose, made harmless: for a line of text, a file, or a table."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable

LONGEST = 80
"""Bytes of a name of a file. 255 are allowed, and endings and prefixes still come to it."""

_RESERVED = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))}


def printable(text: str) -> str:
    r"""Return a text in one line: what cannot be seen in it is written as `\x1b` or `\u202e`."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in unicodedata.normalize("NFC", text)
    )


def printable_lines(text: str) -> str:
    """Return a text of lines in which every line is printable."""
    return "\n".join(printable(line) for line in text.split("\n"))


def digest(name: str) -> str:
    """Return eight characters that stand for a name, always the same ones."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def file_names(names: Iterable[str]) -> dict[str, str]:
    """Return for each name one to call a file by: harmless, unique, without an ending.

    A name that had to be changed, or that some systems would not tell from another one, ends
    with a digest of the whole name.
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
    """Return what is the same for names that some system, or a person, would not tell apart."""
    return unicodedata.normalize("NFKC", name).casefold()
