"""Recording sources: streams of tokens that know what has been done to them.

A source plays a list of items. An item is a token (`str`) or any other value, a `Pause`, a `Fail`
or the exception itself, or a `Hang`. It counts the pulls, and remembers whether it was closed. Like
the response of an HTTP client, it stays open after its last item and after an error: only its
reader can close it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course.fakes import clock
from course.fakes.script import Fail, Hang, Pause

if TYPE_CHECKING:  # streams need no LangChain, and it takes a while to import
    from langchain_core.documents import Document

Item = Any

MANY = 8
"""A list of at least so many single characters is shown as a text that was cut into them."""


@dataclass(frozen=True)
class AsItem:
    """An exception that is handed out like any other item, and not raised."""

    error: BaseException


class _Source:
    """What both kinds of sources record.

    Attributes:
        pulled: how many items were handed out.
        asked: how many times somebody asked for an item.
        closed: whether somebody has closed it.
        waiting: whether somebody is waiting for an item right now.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = list(items)
        self._next = 0
        self.pulled = 0
        self.asked = 0
        self.closed = False
        self.waiting = False
        self._is_over = False

    def __repr__(self) -> str:
        return describe_items(self._items)

    @property
    def items(self) -> list[Item]:
        """All items of the source, including those that are not tokens."""
        return list(self._items)

    @property
    def tokens(self) -> list[str]:
        """All tokens of the source."""
        return [item for item in self._items if isinstance(item, str)]

    def _take(self) -> Item:
        """Return the next item; `StopIteration` at the end."""
        if self.closed or self._is_over or self._next >= len(self._items):
            self._is_over = True
            return StopIteration
        item = self._items[self._next]
        self._next += 1
        if isinstance(item, Fail):
            item = item.exception
        if not isinstance(item, Pause | Hang):
            self.pulled += 1
        return item

    def _handed_out(self, item: Item) -> Item:
        return item.error if isinstance(item, AsItem) else item

    def _raise(self, error: BaseException) -> None:
        self._is_over = True
        raise error


class Source(_Source):
    """A synchronous stream, like a generator."""

    def __iter__(self) -> Source:
        return self

    def __next__(self) -> Item:
        self.asked += 1
        while True:
            item = self._take()
            if item is StopIteration:
                raise StopIteration
            if isinstance(item, Pause):
                time.sleep(item.seconds)
            elif isinstance(item, Hang):
                clock.hang()
            elif isinstance(item, BaseException):
                self._raise(item)
            else:
                return self._handed_out(item)

    def close(self) -> None:
        """Stop the stream, as `generator.close()` does."""
        self.closed = True


class AsyncSource(_Source):
    """An asynchronous stream, like an async generator.

    Like one, it allows only one pull at a time, and it is dead after a pull was canceled.
    """

    def __aiter__(self) -> AsyncSource:
        return self

    async def __anext__(self) -> Item:
        self.asked += 1
        if self.waiting:
            raise RuntimeError("anext(): asynchronous generator is already running")
        self.waiting = True
        try:
            while True:
                item = self._take()
                if item is StopIteration:
                    raise StopAsyncIteration
                if isinstance(item, Pause):
                    await asyncio.sleep(item.seconds)
                elif isinstance(item, Hang):
                    await asyncio.get_running_loop().create_future()
                elif isinstance(item, BaseException):
                    self._raise(item)
                else:
                    return self._handed_out(item)
        except asyncio.CancelledError:
            self._is_over = True
            raise
        finally:
            self.waiting = False

    async def aclose(self) -> None:
        """Stop the stream, as `async_generator.aclose()` does."""
        if self.waiting:
            raise RuntimeError("aclose(): asynchronous generator is already running")
        self.closed = True


class SearchSource:
    """An asynchronous search that knows its results beforehand, and what has been done to it.

    Any number of searches may run at the same time.

    Args:
        results: what happens for each question: documents, and `Pause`, `Fail` or `Hang` between
            them. All documents come at once, at the end. For any other question nothing is found.

    Attributes:
        questions: what was asked, in order, each time that it was.
        running: how many searches run right now.
        peak: the largest number of searches that have ever run at the same time.
        finished: the questions of the searches that gave their documents, as they did.
        failed: those of the searches that raised their own error.
        cancelled: those of the searches that were cancelled.
    """

    def __init__(self, results: Mapping[str, Sequence[Document | Pause | Fail | Hang]]) -> None:
        self._results = {question: list(items) for question, items in results.items()}
        self.questions: list[str] = []
        self.running = 0
        self.peak = 0
        self.finished: list[str] = []
        self.failed: list[str] = []
        self.cancelled: list[str] = []

    async def __call__(self, question: str) -> list[Document]:
        """Search.

        Args:
            question: any text.

        Returns:
            The very documents of the question, in a new list.

        Raises:
            BaseException: the exception of a `Fail`.
        """
        self.questions.append(question)
        self.running += 1
        self.peak = max(self.peak, self.running)
        try:
            found = await self._found(question)
        except asyncio.CancelledError:
            self.cancelled.append(question)
            raise
        except BaseException:
            self.failed.append(question)
            raise
        finally:
            self.running -= 1
        self.finished.append(question)
        return found

    async def _found(self, question: str) -> list[Document]:
        found: list[Document] = []
        await asyncio.sleep(0)  # others get their turn, as with each real search
        for item in self._results.get(question, ()):
            if isinstance(item, Pause):
                await asyncio.sleep(item.seconds)
            elif isinstance(item, Hang):
                await asyncio.get_running_loop().create_future()
            elif isinstance(item, Fail):
                raise item.exception
            else:
                found.append(item)
        return found


def describe_characters(items: Sequence[Item]) -> str | None:
    """Return `list('the text')` if there are at least `MANY` items, all single characters."""
    if len(items) < MANY or not all(isinstance(item, str) and len(item) == 1 for item in items):
        return None
    return f"list({''.join(items)!r})"


def describe_items(items: Sequence[Item], describe: Callable[[Any], str] = repr) -> str:
    """Return the items of a source as a list; `describe` shows those that are handed out."""

    def shown(item: Item) -> str:
        if isinstance(item, Pause):
            return f"<{item.seconds:g} s>"
        if isinstance(item, Hang):
            return "<silence>"
        if isinstance(item, AsItem):
            return describe(item.error)
        if isinstance(item, Fail):
            item = item.exception
        if isinstance(item, BaseException):
            return f"<{type(item).__name__}>"
        return describe(item)

    return describe_characters(items) or f"[{', '.join(map(shown, items))}]"
