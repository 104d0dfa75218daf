"""Lesson 19: Presentation.

Seven tasks between a stream and the person who looks at it: which way to show an answer,
half-finished Markdown, a pause to ask, a spinner, a live display, segments, and a comparison. Each
docstring is the contract: what it promises is what the tests check. Three rules hold throughout the
lesson.

* Presentation changes what is seen and never what was said. Text that goes through comes out
  unchanged.
* A stream is lazy. Nothing is pulled before somebody wants it, and nothing more than is needed. The
  code that reads a stream closes it when done: at its end, after an error, and when the caller
  stops.
* An error of the source passes through as it is, and leaves the terminal in order.

A wrong argument raises its error at the call, or when the first item is wanted. What a docstring
leaves open is not graded.
"""

from __future__ import annotations

if __name__ == "__main__":  # to run code of your own below, delete these two lines
    raise SystemExit("Grade it: make test-19. Try it: make play-19. Own code below? See line 21.")

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import Literal, TextIO, TypedDict

from langchain_core.language_models import BaseChatModel
from rich.console import Console
from rich.live import Live
from rich.text import Text

# Given: nothing to do here except use it.

Strategy = Literal["fast", "analyzed", "interactive"]
"""How an answer is shown: as it comes, cut into segments, or with pauses that ask."""

STRATEGIES: tuple[Strategy, ...] = ("fast", "analyzed", "interactive")

STRUCTURED = frozenset({"code", "function", "script", "table", "formula", "equation", "csv", "sql"})
"""Words of a question whose answer will probably contain code, a table or mathematics."""

FOLLOW_UP = 4
"""A message of this many words or fewer is taken to continue what came before: "And in Rust?"."""


@dataclass(frozen=True)
class Turn:
    """One question of the past, and how its answer was shown.

    Attributes:
        message: the question.
        strategy: how its answer was shown.
        stopped: whether somebody stopped the answer before its end.
    """

    message: str
    strategy: Strategy
    stopped: bool = False


FENCE = re.compile(r" {0,3}(?P<marks>`{3,}(?=[^`]*$)|~{3,})(?P<info>.*)", re.DOTALL)
"""Matches a line that may open a fence: its marks, and the info string after them.

There may be up to three spaces before the marks. After backticks, no other backtick may follow on
the line. (https://spec.commonmark.org/0.31.2/#fenced-code-blocks)
"""

QUESTION = "[Continue? y/n/s for a summary] "


def summarize(text: str) -> str:
    """Say how much text there is."""
    return f"[{len(text.split())} words so far]"


FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧"
"""The frames of a spinner, one after the other."""


class TextSegment(TypedDict):
    """Some ordinary text."""

    type: Literal["text"]
    block: int
    content: str


class CodeSegment(TypedDict):
    """A line of fenced code; its fences are lines of it, too."""

    type: Literal["code"]
    block: int
    language: str
    content: str


class TableSegment(TypedDict):
    """A row of a table."""

    type: Literal["table"]
    block: int
    content: str


class MathSegment(TypedDict):
    """A line of displayed mathematics; the lines with its marks are lines of it, too."""

    type: Literal["math"]
    block: int
    content: str


Segment = TextSegment | CodeSegment | TableSegment | MathSegment

MATH = re.compile(r" {0,3}\$\$[ \t]*")
"""Matches the whole of a line that begins or ends displayed mathematics."""

UNDECIDED = re.compile(r" {0,3}((`{0,2}|~{0,2}|\$?)\Z|```|~~~|\$\$)")
"""Matches the beginning of a line, as far as it has come, while it may still become a line that
opens a fence or mathematics: `UNDECIDED.match("``")`, but not `UNDECIDED.match("``a")`."""


@dataclass(frozen=True)
class Timing:
    """How one answer came.

    Attributes:
        text: the whole text.
        first_visible: seconds until the first text could be shown, or None if there was none.
        total: seconds until the end.
    """

    text: str
    first_visible: float | None
    total: float


@dataclass(frozen=True)
class Comparison:
    """The same question, answered in one piece and as a stream."""

    blocking: Timing
    streaming: Timing

    @property
    def same_text(self) -> bool:
        """Whether both answers have the same text. A real model may not say the same thing
        twice."""
        return self.blocking.text == self.streaming.text


def close_source(source: object) -> None:
    """Close `source` if it can be closed: a generator can, a list cannot."""
    close = getattr(source, "close", None)
    if close is not None:
        close()


async def aclose_source(source: object) -> None:
    """Close the asynchronous `source` if it can be closed, and wait until it is."""
    aclose = getattr(source, "aclose", None)
    if aclose is not None:
        await aclose()


# Your part.


def choose_strategy(message: str, history: Sequence[Turn], requested: str = "auto") -> Strategy:
    r"""Choose how the answer to a message is shown.

    The first of these that applies decides. Words are what `\w+` finds.

    * If one of `STRATEGIES` is requested, it is that one, whatever else there is.
    * If anything other than "auto" is requested, raise ValueError.
    * The last answer was stopped: "interactive".
    * A word of `message` is in `STRUCTURED`, in capitals or not: "analyzed".
    * `message` has `FOLLOW_UP` words or fewer, and the last answer was "analyzed": "analyzed".
    * Otherwise "fast".

    >>> choose_strategy("Write a function in Python, please", [])
    'analyzed'

    Fine print:
    "decode" is not the word "code". Somebody who stops answers wants to be asked.

    Args:
        message: the new question.
        history: the turns before, the last one at the end; there may be none.
        requested: "auto" or one of `STRATEGIES`.
    """
    raise NotImplementedError("Task 1 of 7: choose_strategy")


def close_markdown(text: str) -> str:
    r"""Return an unfinished answer so that Markdown shows it right: close a fence that is open.

    * Only a line that `FENCE` matches opens a fence.
    * It closes with a line of only marks of the same kind, at least as many as it opened with.
    * If none is open at the end, return the text as it is.
    * If one is open, add a line feed and the marks that it opened with.
    * But if the last line has begun to close it, add only the missing marks.

    >>> close_markdown("~~~python\nprint(1)")
    '~~~python\nprint(1)\n~~~'

    Fine print:
    A closing line has up to three spaces before its marks, and after them nothing but spaces or
    tabs. Between opening and closing everything is code, including lines with other marks. Lines
    end with a line feed. The last line may be unfinished; it opens or closes as it is.

    A closing line has begun if the last line is up to three spaces and then marks of the same kind,
    fewer than the fence opened with, or none. (After a line feed there is nothing on the last line
    yet, and all the marks are missing.) Half a closing line would be shown as code, and be gone a
    moment later.

    The text itself is never changed, and inline marks (`code`, **bold**) are left alone. Fences
    inside quotations and list items are not graded, nor are carriage returns.
    """
    raise NotImplementedError("Task 2 of 7: close_markdown")


def interactive(tokens: Iterable[str], every: int, ask: Callable[[str], str]) -> Iterator[str]:
    r"""Hand out tokens, and ask from time to time whether to continue.

    * Empty tokens are skipped: not handed out, not counted.
    * When `every` tokens have been handed out since the last pause, the next `next()` first calls
      `ask(QUESTION)`, before it pulls anything.
    * "y": continue.
    * "n", or an EOFError of `ask`: stop, pull no more, and close `tokens`.
    * "s": ask again at once, with `summarize` of all text so far before the question.
    * Anything else: ask again, with `QUESTION`.
    * Other errors pass through. `tokens` is closed in every case.

    >>> list(interactive(["One", " two", " three"], 2, lambda question: "n"))
    ['One', ' two']

    Fine print:
    The tokens are passed through one by one. The first pause is counted from the beginning. It is
    also asked when the tokens happen to be over, since nobody can know that yet.

    An answer may be in capitals or not, and whitespace around it does not count. After an "s" it
    calls `ask(summary + "\n" + QUESTION)`, with a summary of all text handed out so far. Nothing is
    pulled for that.

    If `ask` raises EOFError, nobody is there anymore. Any other error that it raises passes
    through, including KeyboardInterrupt. `tokens` is closed once reading has begun.

    Raises:
        ValueError: if `every` is less than 1.
    """
    raise NotImplementedError("Task 3 of 7: interactive")
    yield  # makes this a generator; delete this line with the one above


@asynccontextmanager
async def spinner(message: str, out: TextIO, interval: float = 0.1) -> AsyncIterator[None]:
    """Show on a terminal that work is going on, while the body of `async with` runs.

    A frame is one of `FRAMES`, a space and `message`.

    * The spinner never makes the body wait.
    * Draw a frame at the beginning and every `interval` seconds, over the one before.
    * When the body is done, clear the line, write nothing more, and leave no task running.
    * It is the same if the body raises or is cancelled: both pass through.
    * If `out.isatty()` is false (a file, a pipe), write nothing at all.

    >>> out = Terminal()  # it remembers what people see
    >>> async with spinner("Searching ...", out):
    ...     await asyncio.sleep(0.25)
    >>> [screen for moment, screen in out.drawings]
    ['⠋ Searching ...', '⠙ Searching ...', '⠹ Searching ...', '']

    Fine print:
    The body decides how long it takes. A frame is all on one line, and nothing else is on it. Write
    the first one before the body begins, or at the latest when the body first waits, and the others
    as long as the body runs. They follow each other in the order of `FRAMES`; after the last one
    comes the first again. Each is written on the same line, and flushed at once.

    Clear the line, and flush: nothing of the frame can be seen, and the cursor is at the beginning
    of the line. (An error or a cancellation that comes only while you clean up is not graded.)

    The frames come from a task of the event loop, not from a thread. `message` contains no line
    break, and fits on the line. An error of `out.write` is not graded.

    Args:
        message: what is being done: "Searching ...".
        out: where to write.
        interval: from one frame to the next, in seconds.

    Raises:
        ValueError: if `interval` is not greater than 0, whatever `out` is.
    """
    raise NotImplementedError("Task 4 of 7: spinner")
    yield  # makes this a generator; delete this line with the one above


def render_live(tokens: Iterable[str], console: Console, refresh: float = 8.0) -> str:
    """Show an answer on a terminal while it grows, with `rich.live.Live`.

    * Show the text as it is: `list[int]` is no markup.
    * Draw when a token has come, at most every `1 / refresh` seconds.
    * A drawing shows all text so far, or its end if it is longer than the screen.
    * At the end the whole text is shown, and stays.
    * The same holds after an error of `tokens` or a KeyboardInterrupt, which passes through.
    * Afterwards the cursor is visible, and `tokens` is closed.
    * Return the whole text, unchanged.

    >>> render_live(["Use ", "list", "[int]", "."], Console())
    'Use list[int].'

    Fine print:
    Control characters aside, the text is shown as it is: as a `rich.text.Text`, or what draws one.
    It parses no markup, and Live interprets a `str` as markup: it shows `list[int]` as `list`. What
    is written for no text at all is not graded. Let Live draw only when you say so:
    `Live(..., auto_refresh=False)`, and `live.update(..., refresh=True)`. (Otherwise a thread
    draws, by a clock that no test can control.)

    * If the last drawing began `1 / refresh` seconds ago or longer, a token is drawn when it has
      come (`time.monotonic`). The first token is drawn at once. What is not drawn is seen with the
      next drawing. Whether empty tokens draw is not
      graded.
    * While it is live, a text that has more rows than the screen (`console.height`) shows its end,
      as much of it as fits: the text that came last is always on the screen, and is not replaced by
      "...".
    * At the end the whole text is shown below what was there before; that may take one more
      drawing, however soon. After an error, it stays as far as it has come.
    * The cursor is visible again, and `tokens` is closed, in each of these cases.

    On a console that is not a terminal, only the whole text is written, at the end: Live takes care
    of that.

    Args:
        tokens: the text, cut anywhere.
        console: where to draw.
        refresh: drawings per second, at most. The one at the end does not count.

    Raises:
        ValueError: if `refresh` is not greater than 0.
    """
    raise NotImplementedError("Task 5 of 7: render_live")


def segment_stream(tokens: Iterable[str]) -> Iterator[Segment]:
    r"""Cut a stream of Markdown into text, code, tables and mathematics, for a display.

    * Code begins with a line that `FENCE` matches, and lasts to the line that closes it.
    * Mathematics lies between lines that `MATH` matches. Lines that begin with `|` are a table, all
      others text.
    * What never closes lasts to the end.
    * How the tokens are cut makes no difference.
    * Text comes as soon as it is known to be text.
    * All else comes in lines, each when it is whole.
    * `tokens` is closed in every case.

    >>> segments = segment_stream(["So:\n", "~~~py\nx =", " 1\n~~~"])
    >>> [(one["block"], one["type"], one["content"]) for one in segments]
    [(0, 'text', 'So:\n'), (1, 'code', '~~~py\n'), (1, 'code', 'x = 1\n'), (1, 'code', '~~~')]

    Fine print:
    A block is a run of lines that belong together. The first line of a block says what it is, and
    marks count only at the beginning of a line:

    * code: a line that `FENCE` matches. It lasts to the line that closes the fence, both lines
      included; `close_markdown` says which line that is. Its language is the first word of the info
      string, or "". (Spaces and tabs separate words; other whitespace there is not graded.)
    * math: a line that `MATH` matches as a whole. It lasts to the next such line, both included. A
      line with `$` in it, or with more than `$$`, is text.
    * table: a line that begins with `|`, without spaces before it. It lasts as long as lines begin
      that way.
    * text: all other lines. It lasts as long as no line begins a block of another type.

    Code and mathematics without an end are still code and mathematics. Lines end with a line feed;
    `FENCE` and `MATH` are matched against the line without it.

    Yield the blocks in segments. All have the `type` of their block, and its number, `block`,
    counted from 0; those of code have its `language`, the others do not. Joined, the contents are
    the tokens joined: marks, line feeds and whitespace included. No content is empty.

    * Code, mathematics and tables: each line is one segment, as soon as its line feed has come, or
      the end of the stream.
    * Text comes as early as these rules allow. A line that begins with `|` is held to its end; of
      any other line, what has come is held while `UNDECIDED` matches it, until its end at most
      (even if a later backtick shows that it opens no fence). Once a line is known to be text, hand
      out what has come of it at once, and the rest of it as it comes. A segment of text may be any
      part of a line, however small. No segment has text of two lines.

    Nothing is pulled as long as there is something to hand out. Blocks, their types, languages and
    contents depend on the text only. `tokens` is closed once reading has begun. If it raises an
    error, what happens to the text that is held is not graded.
    """
    raise NotImplementedError("Task 6 of 7: segment_stream")
    yield  # makes this a generator; delete this line with the one above


async def compare_modes(
    model: BaseChatModel, prompt: str, clock: Callable[[], float] = time.monotonic
) -> Comparison:
    """Ask a model the same question twice, in one piece and as a stream, and measure the times.

    * First `await model.ainvoke(prompt)`, and then, when that is done, `model.astream(prompt)`:
      each exactly once.
    * `total` is the time from directly before the model is asked to the end of the answer.
    * `first_visible` is the time until there is text to show, or None if no text came at all.
    * Read the time only from `clock`.
    * Errors and cancellation pass through, and the model's stream is closed in every case.

    >>> both = await compare_modes(model, PROMPT)
    >>> both.streaming.first_visible < both.blocking.first_visible
    True

    Fine print:
    At the same time they would slow each other down. Each is asked with this prompt. The text of a
    message or of a chunk is its `.text`. The event loop is not blocked.

    Times are in seconds. For the answer in one piece, `first_visible` is the same as `total`; for
    the stream it is when the first chunk with text in it has come. (LangChain's last chunk, which
    is empty, comes at the end of the answer: the clock may be read with it, or after it.)
    """
    raise NotImplementedError("Task 7 of 7: compare_modes")
