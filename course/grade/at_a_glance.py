"""Slips in Python that the code of a task shows by itself, whatever a test has said.

Each is one even where it did no harm, so what is said of it is true whenever it is said.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator
from typing import Any

from course.grade import conditions, loops, misuse, names
from course.grade.answers import Answers
from course.grade.loops import Loop, loops_in
from course.grade.misuse import Code, Slip
from course.grade.ran import has_value

Check = Callable[[ast.AST, Answers], Slip | None]

NEW_TEXT = frozenset(
    (
        *("capitalize", "casefold", "lower", "lstrip", "removeprefix", "removesuffix"),
        *("replace", "rstrip", "strip", "title", "upper"),
    )
)
"""Methods of a str that return another one. A str itself never changes."""

ABOUT_TEXT = NEW_TEXT - {"title", "replace"} | frozenset(
    ("endswith", "isalpha", "isdigit", "isspace", "isupper", "split", "splitlines", "startswith")
)
"""Methods of a str by whose names nothing else is called."""

ONLY_GIVES = frozenset(("sorted", "reversed", "escape", "model_copy"))
"""Functions that do nothing but return something."""

IN_PLACE = frozenset(
    ("append", "clear", "discard", "extend", "insert", "remove", "reverse", "shuffle", "sort")
)
"""Methods that change a collection and return None."""

SHRINKING = frozenset(("clear", "discard", "insert", "pop", "popitem", "remove"))

HIDES = "it hides every error, also one of its own"

CLOSING = frozenset(("close_source", "aclose_source"))


def seen_in(task: str, answers: Answers) -> Slip | None:
    """Say which slip the code of a task shows, if it stands where something has run."""
    return next(every_slip(task, answers), None)


def every_slip(task: str, answers: Answers) -> Iterator[Slip]:
    """Walk through the slips that the code of a task shows where something has run."""
    tree = answers.file.tree_of(task)
    code = Code(answers.lesson, answers.file, vars(answers.module), answers.ran)
    found = (check(tree, answers) for check in CHECKS)
    yield from (slip for slip in found if slip and code.has_run(slip))
    for look in LOOKS:
        yield from (slip for slip in look(tree, code) if code.has_run(slip))


def misleading(task: str, line: int, answers: Answers) -> Slip | None:
    """Say which slip has sent values down a wrong branch, above a line that fails with them."""
    slips = every_slip(task, answers)
    return next((one for one in slips if one.misleads and (one.line or line) < line), None)


def _identity(tree: ast.AST, answers: Answers) -> Slip | None:
    ran = answers.ran
    for node in _all(tree, ast.Compare):
        if ran is not None and node.lineno not in ran.apart:  # it did no harm
            continue
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.Is | ast.IsNot) and has_value(node.left, right):
                sign = "==" if isinstance(operator, ast.Is) else "!="
                return Slip(
                    "it compares values with `is`",
                    "`is` asks whether both are the very same object, which equal values need not "
                    f"be. Compare with {sign}.",
                    line=node.lineno,
                )
    return None


def plus_assigned(tree: ast.AST, answers: Answers) -> Slip | None:
    """Say that =+ is written for +=."""
    for node in _all(tree, ast.Assign):
        value = node.value
        if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.UAdd):
            return Slip(
                "it assigns with =+",
                "That is = and then a plus sign: the old value is gone. To add to it, write +=.",
                line=node.lineno,
            )
    return None


def _without_effect(tree: ast.AST, answers: Answers) -> Slip | None:
    for node in _all(tree, ast.Expr):
        value = node.value
        if isinstance(value, ast.Attribute):
            shown = ast.unparse(value)
            return Slip(
                f"it does not call {shown}",
                f"Its name alone does nothing. Write {shown}().",
                line=node.lineno,
            )
        if isinstance(value, ast.Compare) and isinstance(value.ops[0], ast.Eq):
            return Slip(
                "it compares where it should assign",
                "== only compares, and nobody uses the result here. Assign with =.",
                line=node.lineno,
            )
        if isinstance(value, ast.Call) and (slip := _result_ignored(value, answers)):
            return slip
        is_constant = isinstance(value, ast.Constant) and isinstance(value.value, bool | int)
        is_slice = isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice)
        is_computed = isinstance(value, ast.BinOp | ast.BoolOp | ast.JoinedStr | ast.List)
        if is_constant or is_slice or is_computed or id(node) in _texts_alone(tree):
            shown = ast.unparse(value)
            return Slip(
                f"it does nothing with {'what it computes' if is_computed else shown}",
                "A value that stands alone in its line is thrown away. Hand it out with return or "
                "yield, or give it a name.",
                line=node.lineno,
            )
    return None


def _texts_alone(tree: ast.AST) -> set[int]:
    """Return which statements are a text, and the only thing that is done in some case."""
    return {
        id(node.body[0])
        for node in _all(tree, ast.If, ast.ExceptHandler)
        if len(node.body) == 1
        and isinstance(node.body[0], ast.Expr)
        and isinstance(node.body[0].value, ast.Constant)
        and isinstance(node.body[0].value.value, str)
    }


def _result_ignored(call: ast.Call, answers: Answers) -> Slip | None:
    name = ast.unparse(call.func)
    known = vars(answers.module).get(name, getattr(builtins, name, None))
    if isinstance(known, type) and issubclass(known, BaseException):
        return Slip(
            "it makes an error and does not raise it",
            f"An error that is only made goes nowhere. Write raise {name}(...).",
            line=call.lineno,
        )
    signature = answers.lesson.signatures.get(name)
    if signature and signature.kind.endswith("generator"):
        how = "yield from it" if signature.kind == "generator" else "read it with async for"
        return Slip(
            f"it calls {name} and does not read what that yields",
            f"The call only makes a stream: nothing in it runs until it is read. Write {how}.",
            line=call.lineno,
        )
    is_text = isinstance(call.func, ast.Attribute) and call.func.attr in NEW_TEXT
    is_text = is_text and not _is_own(name.rpartition(".")[2], answers)
    if name.rpartition(".")[2] in ONLY_GIVES or is_text:
        return Slip(
            f"it does not use what {name.rpartition('.')[2]} returns",
            "That changes nothing by itself: it returns a new value. Give it a name, or use it "
            "right here.",
            line=call.lineno,
        )
    return None


def nothing_used(tree: ast.AST, answers: Answers) -> Slip | None:
    """Say that something is done with the None that a call returns."""
    inner = {
        id(node)
        for function in _all(tree, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
        if function is not tree
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        used: list[ast.expr | None] = []
        if isinstance(node, ast.Call):
            used = [*node.args, *(keyword.value for keyword in node.keywords)]
        elif isinstance(node, ast.For):
            used = [node.iter]
        elif isinstance(
            node, ast.Attribute | ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Yield
        ) or (isinstance(node, ast.Return) and id(node) not in inner):
            used = [node.value]
        for value in used:
            if (name := _changes(value)) and not _is_own(name, answers):
                return Slip(
                    f"it uses what {name} returns",
                    f"{name}() does its work and returns None. Call it in a line of its own."
                    + ("" if name == "print" else " Then use what it has changed."),
                    line=value.lineno if value else None,
                )
    return None


def _changes(value: ast.expr | None) -> str:
    """Return the name of the method that is called, if it returns None."""
    if not isinstance(value, ast.Call):
        return ""
    if _name(value.func) == "print":
        return "print"
    if not isinstance(value.func, ast.Attribute):
        return ""
    owner, name = value.func.value, value.func.attr
    makes_dict = isinstance(owner, ast.Dict | ast.Subscript) or (
        isinstance(owner, ast.Call) and ast.unparse(owner.func) in ("dict", "set")
    )
    return name if name in IN_PLACE or (name == "update" and makes_dict) else ""


def _not_called(tree: ast.AST, answers: Answers) -> Slip | None:
    for node in ast.walk(tree):
        operands: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
        elif isinstance(node, ast.BoolOp):
            operands = node.values
        elif isinstance(node, ast.UnaryOp):
            operands = [node.operand]
        elif isinstance(node, ast.If | ast.While | ast.IfExp):
            operands = [node.test]
        for operand in operands:
            if (
                isinstance(operand, ast.Attribute)
                and operand.attr in ABOUT_TEXT
                and not _is_own(operand.attr, answers)
            ):
                shown = ast.unparse(operand)
                return Slip(
                    f"it does not call {shown}",
                    f"Without parentheses it is the method, and not its result: {shown}(...).",
                    line=operand.lineno,
                )
    return None


def _is_own(method: str, answers: Answers) -> bool:
    """Whether a class of the answers has such a method, which may do anything."""
    return any(
        isinstance(one, type) and one.__module__ == answers.module.__name__ and method in vars(one)
        for one in vars(answers.module).values()
    )


def _closed_in_loop(tree: ast.AST, answers: Answers) -> Slip | None:
    for loop in loops_in(tree):
        name = ast.unparse(loop.iter)
        for number, statement in enumerate(loop.body):
            ends = [type(one) for one in loop.body[number + 1 :]]
            if name in _closes(statement) and not {*ends} & {ast.Break, ast.Return, ast.Raise}:
                return Slip(
                    f"it closes {name} inside its loop",
                    "The first round closes it, and nothing comes after that. Close it once: after "
                    "the loop, in finally.",
                    line=statement.lineno,
                )
    return None


def _item_closed(tree: ast.AST, answers: Answers) -> Slip | None:
    for function in _all(tree, ast.FunctionDef, ast.AsyncFunctionDef):
        own = list(_own(function))
        loops = [one for one in own if isinstance(one, Loop)]
        read = {loop.target.id: loop for loop in loops if isinstance(loop.target, ast.Name)}
        for block in (one for one in own if isinstance(one, ast.Try)):
            for name, line in ((n, one.lineno) for one in block.finalbody for n in _closes(one)):
                loop = read.get(name)
                if loop and block not in ast.walk(loop):
                    return Slip(
                        f"it closes {name}, which is an item",
                        f"{name} is what the loop has read last. Close what it reads from: "
                        f"{ast.unparse(loop.iter)}.",
                        line=line,
                    )
    return None


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


def _returned_in_finally(tree: ast.AST, answers: Answers) -> Slip | None:
    for block in _all(tree, ast.Try):
        for statement in block.finalbody:
            if isinstance(statement, ast.Return):
                return Slip(
                    "it returns in finally",
                    "A return there swallows whatever error was on its way. Move it below the try.",
                    line=statement.lineno,
                )
    return None


def hidden_in(task: str, answers: Answers, only_pass: bool = False) -> Slip | None:
    """Say which `except` of a task hides all errors. That is no slip where something came.

    Args:
        task: the task.
        answers: the answers.
        only_pass: whether one that returns something is none of them.
    """
    for handler in _all(answers.file.tree_of(task), ast.ExceptHandler):
        silent = all(
            isinstance(one, ast.Pass | ast.Continue | ast.Break)
            or (
                not only_pass
                and isinstance(one, ast.Return)
                and not isinstance(one.value, ast.Call)
            )
            for one in handler.body
        )
        if _is_broad(handler) and silent and _has_caught(handler, answers):
            return Slip(
                HIDES,
                "Nothing comes, and this `except` keeps the reason to itself. To see it, put a "
                "bare `raise` there for a moment. Then catch only what you expect.",
                line=handler.lineno,
            )
    return None


def own_raise_caught(task: str, answers: Answers) -> Slip | None:
    """Say that a task raises an error, and catches it itself."""
    for block in _all(answers.file.tree_of(task), ast.Try):
        inside = [node for statement in block.body for node in ast.walk(statement)]
        raises = [node for node in inside if isinstance(node, ast.Raise) and node.exc]
        for handler in block.handlers:
            again = any(isinstance(one, ast.Raise) for one in ast.walk(handler))
            if raises and _is_broad(handler) and not again and _has_caught(handler, answers):
                return Slip(
                    "its own except catches what it raises",
                    "An except of Exception catches each error that is raised in its try, this one "
                    "too. Let it name only the error that it is for, or raise below the try.",
                    line=handler.lineno,
                )
    return None


def _is_broad(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or _name(handler.type) in ("Exception", "BaseException")


def _has_caught(handler: ast.ExceptHandler, answers: Answers) -> bool:
    """Whether an `except` may have caught something in the last call."""
    return answers.ran is None or answers.ran.has(handler.body[0].lineno)


def _joined_with_or(tree: ast.AST, answers: Answers) -> Slip | None:
    tests = {
        id(node.test) for node in ast.walk(tree) if isinstance(node, ast.If | ast.While | ast.IfExp)
    }
    for node in _all(tree, ast.BoolOp):
        if not isinstance(node.op, ast.Or):
            continue
        decisive = node.values if id(node) in tests else node.values[:-1]
        if any(isinstance(one, ast.Constant) and one.value for one in decisive):
            return Slip(
                f"its `{ast.unparse(node)}` does not try each of them",
                "`or` takes the first side that counts as true, and a text that is not empty does. "
                "Ask for each one: x in (a, b), or x == a or x == b.",
                line=node.lineno,
            )
    return None


def _compared_with_class(tree: ast.AST, answers: Answers) -> Slip | None:
    items = {
        loop.target.id
        for loop in loops_in(tree)
        if isinstance(loop.target, ast.Name) and not isinstance(loop.iter, ast.Tuple | ast.List)
    }
    for node in _all(tree, ast.Compare):
        right = node.comparators[0]
        if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.Is):
            continue
        shown = ast.unparse(node)
        kind = vars(answers.module).get(ast.unparse(right), getattr(builtins, _name(right), None))
        value = (isinstance(node.left, ast.Attribute) and node.left.attr != "__class__") or (
            isinstance(node.left, ast.Name) and node.left.id in items
        )
        of_type = isinstance(node.left, ast.Call) and ast.unparse(node.left.func) == "type"
        is_text = isinstance(right, ast.Constant) and isinstance(right.value, str)
        if (value and isinstance(kind, type)) or (of_type and is_text):
            return Slip(
                f"`{shown}` does not ask for the type",
                "A class is equal only to itself: not to one of its objects, and not to its name. "
                "Ask with isinstance(x, TheClass).",
                line=node.lineno,
                misleads=True,
            )
        if of_type and kind in (Exception, BaseException):
            return Slip(
                f"`{shown}` is never true",
                "Each error is of a class of its own, such as ValueError. "
                f"isinstance(x, {_name(right)}) is true for all of them.",
                line=node.lineno,
                misleads=True,
            )
    return None


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _unknown_attribute(tree: ast.AST, answers: Answers) -> Slip | None:
    """An attribute is set that a given class does not have, and all others of it are known."""
    used: dict[str, dict[str, ast.Attribute]] = {}
    for node in _all(tree, ast.Attribute):
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
                return Slip(
                    f"it sets {owner}.{lacking[0].attr}, which {kind.__name__} does not have",
                    "Python makes a new attribute of that name, and nobody reads it. "
                    f"{kind.__name__} has these: {', '.join(kind.__dataclass_fields__)}.",
                    line=lacking[0].lineno,
                )
    return None


def _is_given(one: Any, answers: Answers) -> bool:
    own = isinstance(one, type) and one.__name__ in answers.lesson.signatures
    return own and hasattr(one, "__dataclass_fields__")


def _has(kind: Any, name: str) -> bool:
    return name in kind.__dataclass_fields__ or hasattr(kind, name)


def _changed_while_read(tree: ast.AST, answers: Answers) -> Slip | None:
    for loop in loops_in(tree):
        if not isinstance(loop.iter, ast.Name):
            continue
        for block in _blocks(loop):
            for number, statement in enumerate(block):
                ends = {type(one) for one in block[number:]} & {ast.Break, ast.Return, ast.Raise}
                if not ends and _shrinks(statement, loop.iter.id):
                    name = loop.iter.id
                    return Slip(
                        f"it changes {name} while its loop reads it",
                        "Then the loop skips items, or fails. Make a new collection of what you "
                        f"keep, or loop over a copy: list({name}).",
                        line=statement.lineno,
                    )
    return None


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
        for call in _all(statement, ast.Call)
    )


def _stripped_of_a_text(tree: ast.AST, answers: Answers) -> Slip | None:
    for call in _all(tree, ast.Call):
        is_strip = isinstance(call.func, ast.Attribute) and call.func.attr in (
            "strip",
            "lstrip",
            "rstrip",
        )
        given = _name(call.args[0]) if is_strip and len(call.args) == 1 else ""
        if given and given not in vars(answers.module):
            return Slip(
                f"its {call.func.attr}({given}) removes characters, not a text",
                f"It removes every character that occurs anywhere in {given}, in any order. "
                "removeprefix and removesuffix remove a whole text.",
                line=call.lineno,
            )
    return None


def _all(tree: ast.AST, *kinds: type[ast.AST]) -> Iterator[Any]:
    return (node for node in ast.walk(tree) if isinstance(node, kinds))


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """Walk through a function, but not into those that are inside of it."""
    for node in ast.iter_child_nodes(function):
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _own(node)


CHECKS: tuple[Check, ...] = (
    _identity,
    plus_assigned,
    _without_effect,
    _not_called,
    nothing_used,
    _joined_with_or,
    _compared_with_class,
    _returned_in_finally,
    _closed_in_loop,
    _item_closed,
    _unknown_attribute,
    _changed_while_read,
    _stripped_of_a_text,
)
"""The surest first."""

LOOKS = (*misuse.LOOKS, *loops.LOOKS, *names.LOOKS, *conditions.LOOKS)
"""What only needs the code."""
