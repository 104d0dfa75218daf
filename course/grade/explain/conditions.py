"""Conditions in the answers that do not ask what they are meant to ask.

Each look may only find what is wrong in any program: no right answer shows it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from course.grade.explain.misuse import Code, Slip
from course.grade.explain.nodes import every, name_of

COLLECTIONS = (tuple, list, set, frozenset, dict)

GIVES_NUMBER = ("find", "rfind")
"""Methods of a text that give -1 where they find nothing."""


def _same_as_a_collection(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A value is compared with a collection, by `is` or `==`, instead of looked for in it."""
    for node in every(tree, ast.Compare):
        right = node.comparators[0]
        if len(node.ops) != 1 or not isinstance(right, ast.Name):
            continue
        collection = code.names.get(right.id)
        if isinstance(node.ops[0], ast.Is | ast.IsNot):
            never = "is the collection"
            is_it = isinstance(collection, COLLECTIONS) and right.id.isupper()
        else:
            never = "equals a set"
            is_it = (
                isinstance(node.ops[0], ast.Eq | ast.NotEq)
                and isinstance(collection, set | frozenset)
                and _is_of_a_dict(node.left)
            )
        if is_it:
            sign = "in" if isinstance(node.ops[0], ast.Is | ast.Eq) else "not in"
            yield Slip(
                f"it compares with all of {right.id}",
                f"A single value never {never}. Look for it there: "
                f"{ast.unparse(node.left)} {sign} {right.id}.",
                node.lineno,
            )


def _is_of_a_dict(value: ast.expr) -> bool:
    """Whether a value is looked up: x["key"] or x.get("key")."""
    called = value.func if isinstance(value, ast.Call) else None
    is_get = isinstance(called, ast.Attribute) and called.attr == "get"
    return is_get or isinstance(value, ast.Subscript)


def _capitals_among_small_letters(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """All names of a dict were put in small letters, and one is looked for in capitals."""
    small = {
        target.id
        for node in every(tree, ast.Assign)
        if isinstance(node.value, ast.DictComp)
        and ast.unparse(node.value.key).endswith((".lower()", ".casefold()"))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        owner: ast.AST | None = None
        key: ast.AST | None = None
        if isinstance(node, ast.Subscript):
            owner, key = node.value, node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            if node.func.attr == "get":
                owner, key = node.func.value, node.args[0]
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            owner, key = node.comparators[0], node.left
        named = key.value if isinstance(key, ast.Constant) else ""
        if isinstance(owner, ast.Name) and owner.id in small and named != str(named).lower():
            yield Slip(
                f"it looks for {named!r} among names in small letters",
                f"{owner.id} has each name in small letters. Look for {str(named).lower()!r}.",
                node.lineno,  # type: ignore[attr-defined]
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
    _capitals_among_small_letters,
    _only_the_last_is_looked_for,
    _found_nothing_counts_as_true,
    _text_of_none,
    _one_of_two_errors,
    _empty_range,
)
