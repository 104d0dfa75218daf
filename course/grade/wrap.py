"""How a value that is wider than the screen is broken into lines."""

from __future__ import annotations

import re
import textwrap
from itertools import accumulate, pairwise

LITERAL = re.compile(
    r"""(?<![\w'"]) (?P<begin> b? (?P<mark> ['"] ) )
    (?P<text> (?: \\. | (?! (?P=mark) ) [^\\] )* ) (?P=mark) (?![\w'"])""",
    re.VERBOSE,
)
"""A str or bytes as Python writes them. An apostrophe inside a word does not begin one."""

CHARACTER = re.compile(r"\\(?:x..|u.{4}|U.{8}|.)|[^\\]")
"""One character as it is written in a literal; a whole escape counts as one."""

WORD = re.compile(r"[^\0\s]*\0*[^\0\s]*\s*")
"""A word after each literal has been replaced by NULs: it has at most one literal."""


def wrap_value(value: str, width: int) -> list[str]:
    """Break a value into lines: after commas, then between words, then inside a literal.

    A literal that is too long becomes several, one below the other. Python reads them as one, so
    you can paste the lines, and no line break looks like a part of the text.

    Args:
        value: as `repr` writes it, or in words.
        width: characters in a line.
    """
    masked = LITERAL.sub(lambda found: "\0" * len(found[0]), value)
    commas = [found.end() for found in re.finditer(r", (?=\S)", masked)]
    lines = [""]
    for start, end in pairwise([0, *commas, len(value)]):
        piece = value[start:end]
        if _width(piece) > width:
            words = WORD.finditer(masked, start, end)
            lines += _wrap_words([value[slice(*word.span())] for word in words], width)
        elif _width(lines[-1] + piece) > width:
            lines.append(piece)
        else:
            lines[-1] += piece
    return [line.rstrip() for line in lines if line] or [""]


def _width(text: str) -> int:
    return len(text.rstrip())


def _wrap_words(words: list[str], width: int) -> list[str]:
    lines = [""]
    for word in words:
        literal = LITERAL.search(word)
        if _width(lines[-1] + word) <= width:
            lines[-1] += word
        elif _width(word) <= width:
            lines.append(word)
        elif literal:
            if 2 * len(lines[-1]) > width:
                lines.append("")
            lines[-1:] = _break_literal(lines[-1] + word[: literal.start()], literal, width)
            lines[-1] += word[literal.end() :]
        else:
            lines += textwrap.wrap(word, width)
    return lines


def _break_literal(before: str, literal: re.Match[str], width: int) -> list[str]:
    """Split one literal into several, if possible after a space or a line's end."""
    begin, mark = literal["begin"], literal["mark"]
    after = len(literal.string.rstrip()) - literal.end()
    head, rest = before + begin, CHARACTER.findall(literal["text"])
    lines = []
    while len(head) + len("".join(rest)) + len(mark) + after > width:
        room = width - len(head) - len(mark)
        most = sum(end <= room for end in accumulate(map(len, rest[:-1])))
        ends = [n for n in range(most // 2 + 1, most + 1) if rest[n - 1] in (" ", r"\n")]
        most = ends[-1] if ends else most
        if most == 0:
            break
        lines.append(head + "".join(rest[:most]) + mark)
        head, rest = begin, rest[most:]
    return [*lines, head + "".join(rest) + mark]
