"""A file of answers as text: whether it can be read and parsed, and where things are in it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from course.catalog import STUB_YIELD, Signature, declared
from course.grade.said import bounded

MOST_BYTES = 100_000
"""Bytes in a file of answers. More would take ages only to be parsed."""


class CannotLoad(Exception):
    """The file of answers cannot be run.

    Attributes:
        problem: what is wrong, in one sentence.
        why: what to do about it, or "".
        line: the line in the file, or None.
        column: the column in that line, counted from 1, or None.
        suspicious: why a person should look at it, or "".
    """

    def __init__(
        self,
        problem: str,
        why: str = "",
        line: int | None = None,
        column: int | None = None,
        suspicious: str = "",
    ) -> None:
        super().__init__(problem)
        self.problem = bounded(problem)
        self.why = bounded(why)
        self.line = line
        self.column = column
        self.suspicious = bounded(suspicious)


def compile_answers(path: Path, whole: bool = True) -> Any:
    """Compile a file of answers.

    Args:
        path: the file.
        whole: whether to compile it to the end. If not, it is only parsed: a few nested `finally`
            are enough to make a compiler work for hours.

    Returns:
        The code, or the syntax tree.

    Raises:
        CannotLoad: if it cannot be read, is not UTF-8, or does not parse.
    """
    try:
        source = path.read_bytes()
    except OSError as error:
        raise CannotLoad(f"it cannot be read: {error.strerror or error}.") from error
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise CannotLoad(
            "it is not UTF-8 text.", "Save it with the encoding UTF-8 in your editor.", line
        ) from error
    try:
        flags = 0 if whole else ast.PyCF_ONLY_AST
        return compile(source, str(path), "exec", flags, dont_inherit=True)
    except SyntaxError as error:
        raise CannotLoad(
            f"{type(error).__name__}: {error.msg}.",
            "Nothing can be graded until the file parses.",
            error.lineno,
            error.offset,
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        reason = str(error) or "it is nested too deeply"
        raise CannotLoad(f"it does not parse: {reason}.") from error


def line_of(path: Path, name: str) -> int | None:
    """Return the line in which the file at `path` defines the function or class `name`."""
    found = _declared(_source(path), path).get(name)
    return found.line if found else None


def line_left_from_stub(path: Path, name: str) -> int | None:
    """Return the line of the stub's own `yield` if it is still in the task `name`."""
    source = _source(path)
    found = _declared(source, path).get(name) if STUB_YIELD in source else None
    if found:
        lines = source.splitlines()
        for number in range(found.line, found.end_line + 1):
            if lines[number - 1].strip() == STUB_YIELD:
                return number
    return None


def _source(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _declared(source: str, path: Path) -> Mapping[str, Signature]:
    try:
        return declared(source, path)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
