"""Walks through syntax trees that several looks at the answers need."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any


def every(tree: ast.AST, *kinds: type[ast.AST]) -> Iterator[Any]:
    """Walk through the nodes of some kinds in a tree."""
    return (node for node in ast.walk(tree) if isinstance(node, kinds))


def name_of(node: ast.expr) -> str:
    """Return the name that an expression is, or "" if it is something else."""
    return node.id if isinstance(node, ast.Name) else ""


def line_of_only_call(tree: ast.AST, name: str) -> int | None:
    """Return the line of the only call of a function in a tree; None if there is not just one."""
    found = [one.lineno for one in every(tree, ast.Call) if name_of(one.func) == name]
    return found[0] if len(found) == 1 else None
