"""Coroutines that nobody has awaited, as Python notes them while a test runs."""

from __future__ import annotations

import ast
import gc
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from course.catalog import Function
from course.grade.answers import Answers
from course.grade.explain.misuse import Slip as Slip

UNAWAITED = re.compile(
    r"""coroutine(?:\ method)?\ '(?P<name>[^']+)'.*\ was\ never\ awaited
    (?:.*File\ "(?P<file>[^"]+)",\ line\ (?P<line>\d+))?""",
    re.VERBOSE | re.DOTALL,
)
"""What Python warns of, with the place in which the coroutine was made."""


@dataclass(frozen=True)
class Unawaited:
    """A coroutine that nobody has awaited.

    Attributes:
        name: of its function.
        file: where it was made.
        line: the line there.
    """

    name: str
    file: str
    line: int


@contextmanager
def noting_unawaited(found: list[Unawaited]) -> Iterator[None]:
    """Note the coroutines that are thrown away in the block before anybody has awaited them."""
    depth = sys.get_coroutine_origin_tracking_depth()
    sys.set_coroutine_origin_tracking_depth(1)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", RuntimeWarning)
            try:
                yield
            except BaseException:
                gc.collect()  # else it depends on the collector whether it is noted
                raise
    finally:
        sys.set_coroutine_origin_tracking_depth(depth)
        for one in caught:
            said = UNAWAITED.match(str(one.message))
            if said and said["line"]:
                found.append(Unawaited(said["name"], said["file"], int(said["line"])))
            elif not said:
                warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)


def forget_the_last_failure() -> None:
    """Let go of what a failed test has left behind, so that it is not noted in the next test."""
    if hasattr(sys, "last_value"):
        for name in ("last_type", "last_value", "last_traceback", "last_exc"):
            vars(sys).pop(name, None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            gc.collect()


def never_awaited(found: Sequence[Unawaited], answers: Answers) -> Slip | None:
    """Say which coroutine of the answers nobody has awaited."""
    for one in found:
        if one.file == str(answers.path):
            name = one.name.rpartition(".")[2]
            if name == "sleep" and _in_plain_function(one.line, answers):
                return Slip(
                    "it never awaits sleep(...)",
                    "asyncio.sleep waits only with await, and that works only in an async "
                    "function. In an ordinary one, time.sleep waits.",
                    line=one.line,
                )
            return Slip(
                f"it never awaits {name}(...)",
                "The call only makes a coroutine: nothing in it runs until it is awaited. "
                "Write await before the call, or make a task of it and await the task.",
                line=one.line,
            )
    return None


def _in_plain_function(line: int, answers: Answers) -> bool:
    """Whether a line of the answers stands in a function of a task that is not async."""
    around = [
        node
        for task in answers.lesson.tasks
        for node in ast.walk(answers.file.tree_of(task.name))
        if isinstance(node, Function) and node.lineno <= line <= (node.end_lineno or line)
    ]
    innermost = max(around, key=lambda node: node.lineno, default=None)
    return isinstance(innermost, ast.FunctionDef)
