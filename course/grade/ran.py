"""Which parts of the answers have run in a call, so that no slip is blamed that did nothing in it.

Each block of the code gets one more statement, which marks the block. No line of it changes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

MARK = "__mark_block__"
SAME = "__told_by_is__"
"""What the functions are called, in the module of the answers, that note what runs."""

Lines = tuple[int, int]
"""The first and the last line of something."""


class Ran:
    """What has run since a call began.

    Attributes:
        names: what the code needs to note it.
        apart: the lines in which `is` has told equal values apart.
    """

    def __init__(self) -> None:
        self._blocks: list[Lines] = []
        self._ran: set[int] = set()
        self.apart: set[int] = set()
        self.names: Mapping[str, Any] = {MARK: self._ran.add, SAME: self._is}

    def forget(self, lines: Lines) -> None:
        """Forget what has run in some lines: a call of what stands there begins."""
        first, last = lines
        self._ran -= {n for n in self._ran if first <= self._blocks[n][0] <= last}
        self.apart -= {line for line in self.apart if first <= line <= last}

    def has(self, line: int | None) -> bool:
        """Whether a line may have run. It is not known of a line without a block."""
        around = [
            (last - first, number)
            for number, (first, last) in enumerate(self._blocks)
            if line is not None and first <= line <= last
        ]
        return not around or min(around)[1] in self._ran

    def noting(self, tree: ast.Module) -> ast.Module:
        """Return a syntax tree of answers that notes what runs. The tree itself changes."""
        changed: ast.Module = _ByValue().visit(tree)
        at_the_top = {id(changed), *map(id, changed.body)}  # these run when they are called
        for node in list(ast.walk(changed)):
            if id(node) not in at_the_top:
                for block in _blocks(node):
                    self._mark(block)
        return changed

    def _mark(self, block: list[ast.stmt]) -> None:
        at = 1 if _is_text(block[0]) else 0
        first = block[min(at, len(block) - 1)]
        mark = _call(MARK, [ast.Constant(len(self._blocks))], first)
        self._blocks.append((block[0].lineno, block[-1].end_lineno or first.lineno))
        block.insert(at, ast.copy_location(ast.Expr(mark), first))

    def _is(self, left: object, right: object, line: int) -> bool:
        if left is right:
            return True
        try:
            if left == right:
                self.apart.add(line)
        except Exception:  # of an == of its own
            pass
        return False


class _ByValue(ast.NodeTransformer):
    """Notes what `is` says about values that == is for."""

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        operator, right = node.ops[0], node.comparators[0]
        if len(node.ops) > 1 or not isinstance(operator, ast.Is | ast.IsNot):
            return node
        if not has_value(node.left, right):
            return node
        told = _call(SAME, [node.left, right, ast.Constant(node.lineno)], node)
        if isinstance(operator, ast.Is):
            return told
        return ast.copy_location(ast.UnaryOp(ast.Not(), told), node)


def has_value(*sides: ast.expr) -> bool:
    """Whether one side of a comparison is a value written down, such as a text or a number."""
    return any(
        isinstance(side, ast.List | ast.Dict | ast.Set)
        or (isinstance(side, ast.Constant) and isinstance(side.value, str | bytes | int | float))
        for side in sides
        if not (isinstance(side, ast.Constant) and isinstance(side.value, bool))
    )


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of a statement that stand on lines of their own."""
    if isinstance(node, ast.ClassDef):
        return
    head = node.pattern if isinstance(node, ast.match_case) else node
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list) and block and block[0].lineno != getattr(head, "lineno", 0):
            yield block


def _is_text(statement: ast.stmt) -> bool:
    """Whether a statement may be a docstring, which has to stay the first one."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _call(name: str, given: list[ast.expr], place: ast.AST) -> ast.Call:
    called = ast.copy_location(ast.Call(ast.Name(name, ast.Load()), given, []), place)
    return ast.fix_missing_locations(called)
