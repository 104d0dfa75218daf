"""Errors of an answer that a broad `except` of its own has hidden.

Such an `except` gets one more statement, which notes what is caught. Its line does not change.
"""

from __future__ import annotations

import ast
import asyncio
import queue
import re
import sys
import traceback
import types
from dataclasses import dataclass

from course.grade.frames import raises_on_purpose

NOTE = "__note_hidden__"
"""What the noting function is called in the module of the answers."""

BROAD = (None, "Exception", "BaseException")
"""What an `except` may name that catches slips, too."""

SLIPS = (TypeError, NameError, AttributeError, LookupError, ValueError)

OF_QUEUES = (asyncio.QueueFull, queue.Full)
"""What says that an item did not fit. A queue raises it for the line that puts it there."""

NEVER_MEANT = re.compile(
    r"^(NameError|UnboundLocalError|(Queue)?Full$|ValueError: .* to unpack|TypeError: .*"
    r"( argument|can only concatenate|unsupported operand|not supported between|not callable"
    r"|'async for' requires|in 'await' expression|context manager protocol|is not an iterator"
    r"|must derive from|expected at most))"
)
"""How errors begin that nobody catches on purpose."""

MOST = 100
"""No more are noted in one call."""


@dataclass(frozen=True)
class Hidden:
    """A slip that was caught.

    Attributes:
        error: its class and its words.
        line: where it was raised.
        is_used: whether what catches it looks at it.
    """

    error: str
    line: int
    is_used: bool

    @property
    def is_never_meant(self) -> bool:
        """Whether it cannot be what the `except` is for."""
        return bool(NEVER_MEANT.match(self.error)) and "NoneType" not in self.error


class _Noting(ast.NodeTransformer):
    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        self.generic_visit(node)
        if (ast.unparse(node.type) if node.type else None) in BROAD:
            names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
            is_used = ast.Constant(node.name in names)
            call = ast.Expr(ast.Call(ast.Name(NOTE, ast.Load()), [is_used], []))
            node.body.insert(0, ast.fix_missing_locations(ast.copy_location(call, node)))
        return node


def noting(tree: ast.Module, path: str, found: list[Hidden]) -> tuple[types.CodeType, object]:
    """Return code that notes in `found` what it hides, and the function that does so.

    Args:
        tree: the syntax tree of the answers; it is changed.
        path: what their file is called in tracebacks.
        found: gets what is hidden.
    """

    def note(is_used: bool) -> None:
        error = sys.exception()
        if not isinstance(error, (*SLIPS, *OF_QUEUES)) or len(found) >= MOST:
            return
        lines = [*traceback.walk_tb(error.__traceback__)]
        if isinstance(error, OF_QUEUES):
            lines = [one for one in lines if one[0].f_code.co_filename == path]
        frame, line = lines[-1]
        if frame.f_code.co_filename == path and not raises_on_purpose(tree, line, error):
            words = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
            found.append(Hidden(words, line, is_used))

    code = compile(_Noting().visit(tree), path, "exec", dont_inherit=True, optimize=0)
    return code, note
