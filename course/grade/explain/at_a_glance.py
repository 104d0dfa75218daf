"""Slips in Python that the code of a task shows by itself, whatever a test has said.

Each is one even where it did no harm, so what is said of it is true whenever it is said.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator
from typing import Any

from course.grade.answers import Answers
from course.grade.explain import effects, excepts
from course.grade.explain.looks import LOOKS
from course.grade.explain.loops import Loop, loops_in
from course.grade.explain.misuse import Code, Slip
from course.grade.explain.nodes import every, name_of
from course.grade.ran import has_value

Check = Callable[[ast.AST, Answers], Iterator[Slip]]


SHRINKING = frozenset(("clear", "discard", "insert", "pop", "popitem", "remove"))


CLOSING = frozenset(("close_source", "aclose_source"))


def seen_in(task: str, answers: Answers) -> Slip | None:
    """Say which slip the code of a task shows, if it stands where something has run."""
    return next(every_slip(task, answers), None)


def every_slip(task: str, answers: Answers) -> Iterator[Slip]:
    """Walk through the slips that the code of a task shows where something has run."""
    tree = answers.file.tree_of(task)
    code = Code(answers.lesson, answers.file, vars(answers.module), answers.ran)
    for check in CHECKS:
        yield from (slip for slip in check(tree, answers) if code.has_run(slip))
    for look in LOOKS:
        yield from (slip for slip in look(tree, code) if code.has_run(slip))


def misleading(task: str, line: int, answers: Answers) -> Slip | None:
    """Say which slip has sent values down a wrong branch, above a line that fails with them."""
    slips = every_slip(task, answers)
    return next((one for one in slips if one.misleads and (one.line or line) < line), None)


def _identity(tree: ast.AST, answers: Answers) -> Iterator[Slip]:
    ran = answers.ran
    for node in every(tree, ast.Compare):
        if ran is not None and node.lineno not in ran.apart:  # it did no harm
            continue
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.Is | ast.IsNot) and has_value(node.left, right):
                sign = "==" if isinstance(operator, ast.Is) else "!="
                yield Slip(
                    "it compares values with `is`",
                    "`is` asks whether both are the very same object, which equal values need not "
                    f"be. Compare with {sign}.",
                    line=node.lineno,
                )


def _closed_in_loop(tree: ast.AST, answers: Answers) -> Iterator[Slip]:
    for loop in loops_in(tree):
        name = ast.unparse(loop.iter)
        for number, statement in enumerate(loop.body):
            ends = [type(one) for one in loop.body[number + 1 :]]
            if name in _closes(statement) and not {*ends} & {ast.Break, ast.Return, ast.Raise}:
                yield Slip(
                    f"it closes {name} inside its loop",
                    "The first round closes it, and nothing comes after that. Close it once: after "
                    "the loop, in finally.",
                    line=statement.lineno,
                )


def _item_closed(tree: ast.AST, answers: Answers) -> Iterator[Slip]:
    for function in every(tree, ast.FunctionDef, ast.AsyncFunctionDef):
        own = list(_own(function))
        loops = [one for one in own if isinstance(one, Loop)]
        read = {loop.target.id: loop for loop in loops if isinstance(loop.target, ast.Name)}
        for block in (one for one in own if isinstance(one, ast.Try)):
            for name, line in ((n, one.lineno) for one in block.finalbody for n in _closes(one)):
                loop = read.get(name)
                if loop and block not in ast.walk(loop):
                    yield Slip(
                        f"it closes {name}, which is an item",
                        f"{name} is what the loop has read last. Close what it reads from: "
                        f"{ast.unparse(loop.iter)}.",
                        line=line,
                    )


def _closes(statement: ast.stmt) -> list[str]:
    """Return what a statement closes, if it is a call that closes something."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    call = call.value if isinstance(call, ast.Await) else call
    if not isinstance(call, ast.Call):
        return []
    if isinstance(call.func, ast.Attribute) and call.func.attr in ("close", "aclose"):
        return [ast.unparse(call.func.value)]
    is_given = isinstance(call.func, ast.Name) and call.func.id in CLOSING
    return [ast.unparse(one) for one in call.args[:1]] if is_given else []


def _joined_with_or(tree: ast.AST, answers: Answers) -> Iterator[Slip]:
    tests = {
        id(node.test) for node in ast.walk(tree) if isinstance(node, ast.If | ast.While | ast.IfExp)
    }
    for node in every(tree, ast.BoolOp):
        if not isinstance(node.op, ast.Or):
            continue
        decisive = node.values if id(node) in tests else node.values[:-1]
        if any(isinstance(one, ast.Constant) and one.value for one in decisive):
            yield Slip(
                f"its `{ast.unparse(node)}` does not try each of them",
                "`or` takes the first side that counts as true, and a text that is not empty does. "
                "Ask for each one: x in (a, b), or x == a or x == b.",
                line=node.lineno,
            )


def _compared_with_class(tree: ast.AST, answers: Answers) -> Iterator[Slip]:
    items = {
        loop.target.id
        for loop in loops_in(tree)
        if isinstance(loop.target, ast.Name) and not isinstance(loop.iter, ast.Tuple | ast.List)
    }
    for node in every(tree, ast.Compare):
        right = node.comparators[0]
        if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.Is):
            continue
        shown = ast.unparse(node)
        kind = vars(answers.module).get(ast.unparse(right), getattr(builtins, name_of(right), None))
        value = (isinstance(node.left, ast.Attribute) and node.left.attr != "__class__") or (
            isinstance(node.left, ast.Name) and node.left.id in items
        )
        of_type = isinstance(node.left, ast.Call) and ast.unparse(node.left.func) == "type"
        is_text = isinstance(right, ast.Constant) and isinstance(right.value, str)
        if (value and isinstance(kind, type)) or (of_type and is_text):
            yield Slip(
                f"`{shown}` does not ask for the type",
                "A class is equal only to itself: not to one of its objects, and not to its name. "
                "Ask with isinstance(x, TheClass).",
                line=node.lineno,
                misleads=True,
            )
        if of_type and kind in (Exception, BaseException):
            yield Slip(
                f"`{shown}` is never true",
                "Each error is of a class of its own, such as ValueError. "
                f"isinstance(x, {name_of(right)}) is true for all of them.",
                line=node.lineno,
                misleads=True,
            )


def _unknown_attribute(tree: ast.AST, answers: Answers) -> Iterator[Slip]:
    """An attribute is set that a given class does not have, and all others of it are known."""
    used: dict[str, dict[str, ast.Attribute]] = {}
    for node in every(tree, ast.Attribute):
        if isinstance(node.value, ast.Name):
            found = used.setdefault(node.value.id, {})
            if node.attr not in found or isinstance(node.ctx, ast.Store):
                found[node.attr] = node
    given = [one for one in vars(answers.module).values() if _is_given(one, answers)]
    for owner, attributes in used.items():
        for kind in given if owner != "self" else []:
            lacking = [one for name, one in attributes.items() if not _has(kind, name)]
            stored = lacking and isinstance(lacking[0].ctx, ast.Store)
            if stored and len(lacking) == 1 and len(attributes) > 2:
                yield Slip(
                    f"it sets {owner}.{lacking[0].attr}, which {kind.__name__} does not have",
                    "Python makes a new attribute of that name, and nobody reads it. "
                    f"{kind.__name__} has these: {', '.join(kind.__dataclass_fields__)}.",
                    line=lacking[0].lineno,
                )


def _is_given(one: Any, answers: Answers) -> bool:
    own = isinstance(one, type) and one.__name__ in answers.lesson.signatures
    return own and hasattr(one, "__dataclass_fields__")


def _has(kind: Any, name: str) -> bool:
    return name in kind.__dataclass_fields__ or hasattr(kind, name)


def _changed_while_read(tree: ast.AST, answers: Answers) -> Iterator[Slip]:
    for loop in loops_in(tree):
        if not isinstance(loop.iter, ast.Name):
            continue
        for block in _blocks(loop):
            for number, statement in enumerate(block):
                ends = {type(one) for one in block[number:]} & {ast.Break, ast.Return, ast.Raise}
                if not ends and _shrinks(statement, loop.iter.id):
                    name = loop.iter.id
                    yield Slip(
                        f"it changes {name} while its loop reads it",
                        "Then the loop skips items, or fails. Make a new collection of what you "
                        f"keep, or loop over a copy: list({name}).",
                        line=statement.lineno,
                    )


def _blocks(loop: Loop) -> Iterator[list[ast.stmt]]:
    yield loop.body
    for statement in loop.body:
        for node in ast.walk(statement):
            for name in ("body", "orelse", "finalbody"):
                block = getattr(node, name, None)
                if isinstance(block, list):
                    yield block


def _shrinks(statement: ast.stmt, name: str) -> bool:
    if isinstance(statement, ast.Delete):
        return any(
            isinstance(one, ast.Subscript) and ast.unparse(one.value) == name
            for one in statement.targets
        )
    if not isinstance(statement, ast.Expr | ast.Assign):
        return False
    return any(
        isinstance(call.func, ast.Attribute)
        and call.func.attr in SHRINKING
        and ast.unparse(call.func.value) == name
        for call in every(statement, ast.Call)
    )


def _stripped_of_a_text(tree: ast.AST, answers: Answers) -> Iterator[Slip]:
    for call in every(tree, ast.Call):
        is_strip = isinstance(call.func, ast.Attribute) and call.func.attr in (
            "strip",
            "lstrip",
            "rstrip",
        )
        given = name_of(call.args[0]) if is_strip and len(call.args) == 1 else ""
        if given and given not in vars(answers.module):
            yield Slip(
                f"its {call.func.attr}({given}) removes characters, not a text",
                f"It removes every character that occurs anywhere in {given}, in any order. "
                "removeprefix and removesuffix remove a whole text.",
                line=call.lineno,
            )


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """Walk through a function, but not into those that are inside of it."""
    for node in ast.iter_child_nodes(function):
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _own(node)


CHECKS: tuple[Check, ...] = (
    _identity,
    effects.plus_assigned,
    effects.without_effect,
    effects.called_again_in_vain,
    effects.not_called,
    effects.nothing_used,
    _joined_with_or,
    _compared_with_class,
    excepts.returned_in_finally,
    _closed_in_loop,
    _item_closed,
    _unknown_attribute,
    _changed_while_read,
    _stripped_of_a_text,
)
"""The surest first."""
