"""Lets the contained process look for mistakes itself, to know where it is worth searching.

From here, a step of the answers is a message, so a whole search takes long. A child of its own
does the same in its own process first, and says one word for each search: whether something was
found. What is kept there is tried here in a spot check only. Everything else is tried whole, here,
and only that makes the verdict. So who lies can make grading slower, or spare a search some
scenarios: there is no other way in which that child counts.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from course.catalog import Lesson
from course.grade.died import ContainedDied
from course.grade.patience import for_a_test
from course.official.trusted.channel import Channel, disturbed

SECONDS = 4.0
"""Seconds of CPU time, and of sleep, in which a search has to give itself up over there."""


def has_searches(lesson: Lesson) -> bool:
    """Whether one of the tests of a lesson is a search."""
    return any(
        isinstance(node, ast.arg) and node.arg == "search"
        for node in ast.walk(ast.parse(lesson.tests.read_bytes()))
    )


class Scout:
    """A child in which answers are searched.

    Args:
        channel: to the contained process.
        source: the answers.
        seconds: of CPU time for one test.
        tell: takes events: which searches are kept, and anything suspicious.
    """

    def __init__(
        self,
        channel: Channel,
        source: str,
        seconds: float,
        tell: Callable[[dict[str, Any]], None],
    ) -> None:
        self._channel = channel
        self._source = source
        self._seconds = min(seconds, SECONDS)
        self._tell = tell

    def look(self, searches: Iterable[tuple[str, str, str]]) -> bool:
        """Search, and tell of each search that is kept, until the child dies.

        Args:
            searches: the test, its task and its seed.

        Returns:
            Whether the contained process is still the same as in the beginning.
        """
        task: str | None = None
        suspicious = ""
        try:
            if self._can_load():
                for test, task, seed in searches:  # noqa: B007 - in which it died
                    if self._is_kept(test, seed):
                        self._tell({"event": "kept", "test": test})
                task = None
        except ContainedDied as error:
            suspicious = "" if error.death.is_busy else error.death.suspicious
        is_clean = self._channel.end()
        suspicious = suspicious or self._channel.what_is_left(is_clean)
        if suspicious:
            self._tell({"event": "flag", "task": task, "reason": suspicious})
        return is_clean

    def _can_load(self) -> bool:
        """Import the answers. If that fails, their tests will say why."""
        self._channel.allow(for_a_test(self._seconds), ours=self._seconds)
        self._channel.start(self._seconds, self._source)
        self._channel.say({"do": "load", "source": self._source, "given": []})
        return "loaded" in self._channel.hear()

    def _is_kept(self, test: str, seed: str) -> bool:
        self._channel.allow(for_a_test(self._seconds), ours=self._seconds)
        self._channel.say({"do": "search", "test": test, "seed": seed})
        found = self._channel.hear().get("reply")
        if type(found) is not bool:
            raise disturbed("it does not say what a search has found")
        return not found
