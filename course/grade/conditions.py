"""Conditions in the answers that do not ask what they are meant to ask.

Each look may only find what is wrong in any program: no right answer shows it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from course.grade.misuse import Code, Slip
from course.grade.nodes import name_of

COLLECTIONS = (tuple, list, set, frozenset, dict)

GIVES_NUMBER = ("find", "rfind")
"""Methods of a text that give -1 where they find nothing."""


def _same_as_a_collection(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A value is compared with a collection, by `is`, instead of looked for in it."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare) or len(node.ops) != 1:
            continue
        right = node.comparators[0]
        if not isinstance(node.ops[0], ast.Is | ast.IsNot) or not isinstance(right, ast.Name):
            continue
        if isinstance(code.names.get(right.id), COLLECTIONS) and right.id.isupper():
            sign = "in" if isinstance(node.ops[0], ast.Is) else "not in"
            shown = ast.unparse(node.left)
            yield Slip(
                f"it compares with all of {right.id}",
                f"A single value never is the collection. Look for it there: "
                f"{shown} {sign} {right.id}.",
                node.lineno,
            )


def _only_the_last_is_looked_for(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """`a or b in C`, where both are asked of the same object in the same way."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.BoolOp) or not isinstance(node.op, ast.Or):
            continue
        last = node.values[-1]
        if not isinstance(last, ast.Compare) or not isinstance(last.ops[0], ast.In):
            continue
        read = last.comparators[0]
        if not isinstance(read, ast.Tuple | ast.List | ast.Set) and not name_of(read).isupper():
            continue
        alike = [one for one in node.values[:-1] if _is_alike(one, last.left)]
        if alike and len(alike) == len(node.values) - 1:
            yield Slip(
                f"its `in` looks only for {ast.unparse(last.left)}",
                "Each side of `and` and `or` is asked on its own, and the others only whether "
                "they count as true. Write `in` with each of them.",
                node.lineno,
            )


def _is_alike(one: ast.expr, other: ast.expr) -> bool:
    """Whether two expressions differ only in a text, as two keys of one dict."""
    if isinstance(one, ast.Compare) or type(one) is not type(other):
        return False
    texts = [
        {node.value for node in ast.walk(side) if isinstance(node, ast.Constant)}
        for side in (one, other)
    ]
    return texts[0] != texts[1] and _without_texts(one) == _without_texts(other)


def _without_texts(side: ast.expr) -> str:
    shown = ast.unparse(side)
    for node in ast.walk(side):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            shown = shown.replace(repr(node.value), "''")
    return shown


def _found_nothing_counts_as_true(tree: ast.AST, code: Code) -> Iterator[Slip]:
    for node in ast.walk(tree):
        test = node.test if isinstance(node, ast.If | ast.While | ast.IfExp) else None
        call = test.func if isinstance(test, ast.Call) else None
        if isinstance(call, ast.Attribute) and call.attr in GIVES_NUMBER:
            looked_for = ast.unparse(test.args[0]) if isinstance(test, ast.Call) else ""
            yield Slip(
                f"it takes what {call.attr} gives for yes or no",
                f"{call.attr} gives a place: -1 if there is none, which counts as true, and 0 at "
                f"the beginning, which does not. Ask: {looked_for} in {ast.unparse(call.value)}.",
                node.lineno,  # type: ignore[attr-defined]
            )


def _text_of_none(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """`str(x.get(...)) or ...`, which never tries what stands behind the `or`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.BoolOp) or not isinstance(node.op, ast.Or):
            continue
        for one in node.values[:-1]:
            made = one.args[0] if isinstance(one, ast.Call) and one.args else None
            called = made.func if isinstance(made, ast.Call) else None
            may_be_none = isinstance(called, ast.Attribute) and called.attr == "get"
            if may_be_none and ast.unparse(one).startswith("str("):
                yield Slip(
                    "it makes a text of None before it looks at it",
                    "str(None) is the text 'None', and every text that is not empty counts as "
                    "true: what stands behind `or` is never tried. Call str() at the end.",
                    node.lineno,
                )


def _one_of_two_errors(tree: ast.AST, code: Code) -> Iterator[Slip]:
    for node in ast.walk(tree):
        kind = node.type if isinstance(node, ast.ExceptHandler) else None
        if isinstance(kind, ast.BoolOp):
            both = ", ".join(map(ast.unparse, kind.values))
            first = ast.unparse(kind.values[0 if isinstance(kind.op, ast.Or) else -1])
            yield Slip(
                f"its except catches only {first}",
                f"`and` and `or` choose one of them. For several, write a tuple: except ({both}).",
                kind.lineno,
            )


def _empty_range(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A range that is to count down, and has no step."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "range" and len(node.args) == 2:
            first, last = map(ast.unparse, node.args)
            if last in ("0", "-1", "1") and ("len(" in first or _is_higher(first, last)):
                yield Slip(
                    f"its range({first}, {last}) is empty",
                    f"range counts up, if it has no step. To count down: range({first}, {last}, "
                    "-1).",
                    node.lineno,
                )


def _is_higher(first: str, last: str) -> bool:
    return first.isdigit() and int(first) > int(last)


LOOKS: tuple[Callable[[ast.AST, Code], Iterator[Slip]], ...] = (
    _same_as_a_collection,
    _only_the_last_is_looked_for,
    _found_nothing_counts_as_true,
    _text_of_none,
    _one_of_two_errors,
    _empty_range,
)
