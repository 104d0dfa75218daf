"""Which sentences of a text are about a question, and what is in quotation marks."""

from __future__ import annotations

import re
from collections.abc import Iterable

from course.fakes.embeddings import stems

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
# An apostrophe inside a word does not open a quotation.
QUOTATION = re.compile(r"(?<!\w)'([^'\n]+)'(?!\w)|\"([^\"\n]+)\"|“([^”\n]+)”|`([^`\n]+)`")

# Words that ask for something without saying what.
_ASKING_WORDS = """
ask call called create find generate get give look make named need run search show tell tool try
up use using value want
"""
ASKING = frozenset(_ASKING_WORDS.split())


def sentences(texts: Iterable[str]) -> list[str]:
    """Cut texts into sentences and lines."""
    return [
        sentence
        for text in texts
        for part in _SENTENCE_END.split(text)
        if (sentence := part.strip())
    ]


def ranked(question: str, texts: Iterable[str]) -> list[tuple[int, int, str]]:
    """Return (shared words, position, sentence), best first, if any words are shared."""
    wanted = set(stems(question)) - ASKING
    found = [
        (len(wanted.intersection(stems(sentence))), at, sentence)
        for at, sentence in enumerate(sentences(texts))
        if not sentence.endswith("?")
    ]
    return sorted((item for item in found if item[0]), key=lambda item: (-item[0], item[1]))


def quotations(text: str) -> list[str]:
    """Return the texts in quotation marks."""
    return ["".join(groups) for groups in QUOTATION.findall(text)]
