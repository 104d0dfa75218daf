"""Lesson 23: Text Chunking.

Seven tasks that cut a text so that nothing is lost, every piece fits, and everything can be found
again in the original. Each docstring is the contract: what it promises is what the tests check.
Three rules hold throughout the lesson.

* The law: `text[chunk.start : chunk.end] == chunk.text`, for every chunk. No chunk is empty, and
  the chunks come in the order of their starts. Nothing in a text is replaced, and no white space is
  stripped: an offset is worth nothing in another text.
* What you are given is not yours: no list, document or metadata that comes in is changed.
* A wrong argument raises ValueError, at the latest when the first result is wanted.

White space is what `str.isspace` says it is. What a docstring leaves open is not graded.
"""

from __future__ import annotations

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-23. Try it: make play-23. Own code below? See line 18.")

import hashlib
import json
import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import category

from langchain_core.documents import Document

# Given. There is nothing to do here, but use it.

Count = Callable[[str], int]
"""How many tokens a text has: at least one, unless it is empty. No part of a text has more than the
whole. But a whole may have fewer tokens than its parts together, or more."""

JOINER = "\u200d"
"""The zero width joiner. It makes one picture of two: a woman, a joiner and a girl are a family."""

SKIN_COLORS = frozenset(map(chr, range(0x1F3FB, 0x1F3FF + 1)))
"""They change the color of the picture before them."""

FLAG_LETTERS = frozenset(map(chr, range(0x1F1E6, 0x1F1FF + 1)))
"""The regional indicators. Two of them are one flag: D and E are the flag of Germany."""

MARKS = ".!?…"
"""A sentence ends with one or more of them, if white space follows."""

OPENERS = "\"'([{\u201c\u2018\u00ab"
CLOSERS = "\"')]}\u201d\u2019\u00bb"
"""What may stand before the first letter of a word, and after the mark of a sentence."""

WIDE_MARKS = "\u3002\uff01\uff1f"
WIDE_CLOSERS = "\u201d\u2019\u300d\u300f\uff09"
"""Marks of Chinese and Japanese, where no white space follows, and what may stand after them."""

ABBREVIATIONS = (
    *("Dr.", "Mr.", "Mrs.", "Ms.", "Prof.", "St.", "No.", "Fig."),
    *("e.g.", "i.e.", "etc.", "vs.", "cf.", "approx.", "a.m.", "p.m."),
)
"""Words that end with a period but do not end a sentence. No list of them is ever complete."""

SEPARATORS = ("\n\n", "\n", ". ", " ")
"""Where to cut a text, the best place first: paragraphs, lines, sentences, words."""


@dataclass(frozen=True)
class Chunk:
    """A piece of a text, and where it stands there."""

    text: str
    start: int

    @property
    def end(self) -> int:
        """Where the text goes on after the chunk."""
        return self.start + len(self.text)


@dataclass(frozen=True)
class Section:
    """A part of a Markdown text, where it stands, and the titles of all headings it is under."""

    text: str
    start: int
    path: tuple[str, ...]


def close_source(source: object) -> None:
    """Close `source` if it can be closed. A generator can, a list cannot."""
    close = getattr(source, "close", None)
    if close is not None:
        close()


# Your part.


def fixed_chunks(text: str, size: int, overlap: int = 0) -> list[Chunk]:
    """Cut a text into chunks of equal size.

    * Each chunk has `size` characters; only the last one may have fewer.
    * Each begins `overlap` characters before the end of the one before it.
    * The last one ends with the text: no chunk lies inside another one.
    * `start` says where a chunk stands, also in a text that repeats itself.

    >>> fixed_chunks("abcdefgh", size=4, overlap=2)
    [Chunk(text='abcd', start=0), Chunk(text='cdef', start=2), Chunk(text='efgh', start=4)]

    Fine print:
    The first chunk begins with the text. An empty text has no chunks. Characters are what `len`
    counts here.

    Raises:
        ValueError: if `size` is less than 1, or `overlap` is negative or not less than `size`.
    """
    raise NotImplementedError("Task 1 of 7: fixed_chunks")


def safe_cut(text: str, at: int) -> int:
    r"""Return the last position up to `at` where a cut breaks no character that a reader sees.

    * 0 and `len(text)` are always safe.
    * Between carriage return and line feed is no cut.
    * No cut is before a mark, a joiner or a skin color, unless a line break is before it.
    * No cut is after a joiner that stands between two symbols.
    * No cut is inside a flag: the letters of flags are paired from the beginning of their row.
    * Everywhere else a cut is safe.

    >>> safe_cut("Cafe\u0301!", 4), safe_cut("Cafe\u0301!", 5)
    (3, 5)

    Fine print:
    * An `at` below 0 is taken as 0, one above `len(text)` as `len(text)`.
    * A mark has a category (`unicodedata.category`) that begins with "M". A line break is `\r` or
      `\n`. The joiner, the skin colors and the letters of flags are given above.
    * A symbol has the category "So". Between it and the joiner after it, marks and skin colors may
      stand. Left open: several joiners with no symbol between them, and one beside a flag.
    * A row of flag letters has nothing in between, not even a mark.
    * Left open: other characters of the category Cf but the joiner, marks after control characters
      other than line breaks, Hangul in single letters, and Indic conjuncts.
    """
    raise NotImplementedError("Task 2 of 7: safe_cut")


def sentence_chunks(text: str, abbreviations: Collection[str] = ABBREVIATIONS) -> list[Chunk]:
    r"""Cut a text into its sentences, each with all the white space after it.

    * Joined, the chunks are the text.
    * A sentence ends after `MARKS`, and `CLOSERS` after them, if white space or the end follows.
    * It ends after `WIDE_MARKS`, and `WIDE_CLOSERS` after them, whatever follows.
    * It ends at a blank line, whatever is before it.
    * A single `.` ends none after a word in `abbreviations`, or after a single letter.
    * A single `.` ends none if the next word begins with a small letter.

    >>> [chunk.text for chunk in sentence_chunks('Ask Dr. Lee. "Is it 3.5 m?" Yes!')]
    ['Ask Dr. Lee. ', '"Is it 3.5 m?" ', 'Yes!']

    Fine print:
    * One or more marks, of either kind, then any number of closers, also none.
    * White space at the beginning of the text belongs to the first sentence. A text of nothing but
      white space is one chunk, an empty one has none.
    * A blank line: two or more `\n` in one run of white space, in which `\r` may stand, too.
    * The word of a period is what stands before it, from the white space or the wide end before it,
      without `OPENERS` at its beginning. `abbreviations` have the period, and case does not matter.
      A letter is what `str.isalpha` says it is. So "plan B. Next" stays one; that is accepted.
      Left open: words of several letters with a period each (`U.S.`) that are not in the list.
    * A small letter: `str.islower`, for the first character after the white space. Closers may
      stand between the period and the white space, here and in the rule above.
    """
    raise NotImplementedError("Task 3 of 7: sentence_chunks")


def pack_chunks(
    text: str, pieces: Sequence[Chunk], limit: int, count: Count, overlap: int = 0
) -> list[Chunk]:
    """Join neighbors among the pieces of a text to chunks of at most `limit` tokens.

    * How many tokens a chunk has is `count` of its text, never the sum of its pieces.
    * From the left, each chunk takes as many whole pieces as fit.
    * Each chunk but the first repeats the last pieces of the one before it: as many as have at most
      `overlap` tokens together.
    * It repeats fewer if the next piece would not fit.
    * Each chunk has at least one new piece, and none is left out.

    >>> pieces = [Chunk("one ", 0), Chunk("two ", 4), Chunk("three ", 8)]
    >>> pack_chunks("one two three ", pieces, limit=10, count=len, overlap=5)
    [Chunk(text='one two ', start=0), Chunk(text='two three ', start=4)]

    Fine print:
    The pieces lie end to end, none is empty, and together they are all of `text`. So the first new
    piece of a chunk is the one after the last piece of the chunk before it. With `overlap=0`
    nothing is repeated. Without pieces there are no chunks.

    Raises:
        ValueError: if `limit` is less than 1, `overlap` is negative or not less than `limit`, or a
            piece alone has more than `limit` tokens.
    """
    raise NotImplementedError("Task 4 of 7: pack_chunks")


def split_recursively(
    text: str, limit: int, count: Count, separators: Sequence[str] = SEPARATORS
) -> list[Chunk]:
    r"""Cut a text at the best places into chunks of at most `limit` tokens.

    * A text that fits is one piece.
    * Cut any other after each of the first separator, and treat each part in the same way with the
      rest of them.
    * Where no separators are left, cut by `safe_cut`: each piece as long as possible, but at least
      one visible character, even if that is too long.
    * Then join all pieces, in order, as `pack_chunks` does.
    * Joined, the chunks are the text.
    * Ask `count` seldom.

    >>> [chunk.text for chunk in split_recursively("One two.\n\nThree four five.", 12, len)]
    ['One two.\n\n', 'Three four ', 'five.']

    Fine print:
    * Separators are found from the left and do not overlap. If one does not occur, the whole part
      goes on with the rest. They stay at the end of their parts, and no part is empty.
    * All pieces of all parts are joined in one go, without overlap. A visible character that is too
      long stays alone.
    * Seldom: for 3,000 letters without a separator and a limit of 20 tokens, at most 16 times for
      each chunk.
    * An empty text has no chunks.
    * Left open: separators that end inside of a visible character.

    Raises:
        ValueError: if `limit` is less than 1, or a separator is empty.
    """
    raise NotImplementedError("Task 5 of 7: split_recursively")


def markdown_sections(text: str) -> list[Section]:
    r"""Cut a Markdown text before each heading.

    * A heading is a line that begins with one to six `#`, and then white space or its end.
    * Its title is the rest, without white space and `#`s at the end.
    * Inside a fence (```` ``` ```` or `~~~`) nothing is a heading.
    * `path` has the titles of all open headings, its own last. A heading closes all others of its
      level or deeper.
    * Text before the first heading has the path `()`.
    * Joined, the sections are the text.

    >>> [(one.text, one.path) for one in markdown_sections("# A\nhi\n### B\n# C")]
    [('# A\nhi\n', ('A',)), ('### B\n', ('A', 'B')), ('# C', ('C',))]

    Fine print:
    * Lines end with `\n` or `\r\n`, and with nothing else.
    * At most three spaces may stand before a heading, and before a fence.
    * White space after the `#`s of a heading is a space, a tab or the end of the line. `#`s at the
      end of the title are left out only if white space is before them, or nothing: `# C#` has the
      title "C#". A title may be empty.
    * In a path, the outermost title comes first.
    * A fence begins with a line of three or more `` ` `` or `~`, and anything may follow. It ends
      with a line of at least as many of the same and nothing else but spaces, or with the text.
    * Left open: underlined headings, HTML, indented code, a fence with a `` ` `` after its first
      ones, and more than three spaces before the end of a fence.
    """
    raise NotImplementedError("Task 6 of 7: markdown_sections")


def chunk_documents(
    documents: Iterable[Document], split: Callable[[str], Sequence[Chunk]]
) -> Iterator[Document]:
    """Yield a document for each chunk of each document, with all that is needed to find it again.

    * `page_content` is the text of the chunk. Blank chunks are left out.
    * `metadata` is a deep copy of the document's, and `"start_index"`, `"end_index"`, `"chunk"`.
    * `"chunk"` counts 0, 1, 2 and so on in each document, without gaps.
    * `id` is the same in each run, and differs if source, start or text does.
    * Be lazy: read a document when its first chunk is wanted.
    * However it ends, close `documents`; errors pass through.

    >>> document = Document("Hi you", metadata={"source": "a"})
    >>> next(chunk_documents([document], lambda text: [Chunk("you", 3)])).metadata
    {'source': 'a', 'start_index': 3, 'end_index': 6, 'chunk': 0}

    Fine print:
    * A blank chunk has nothing but white space.
    * `split` is called once for each document, with its text. `"start_index"` and `"end_index"` are
      `start` and `end` of the chunk, and replace what a document may have under these names.
    * The source is `metadata["source"]`, a str; a document may have none. How you make the id is up
      to you, but it is a str that depends on nothing but the document and the chunk: not on the
      process, the machine, or what came before.
    * A document without chunks gives nothing. A generator that never started running does not have
      to close anything.
    """
    raise NotImplementedError("Task 7 of 7: chunk_documents")
    yield  # makes this a generator; delete this line with the one above
