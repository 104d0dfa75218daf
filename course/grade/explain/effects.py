"""What has no effect in the answers, and results of what has only an effect."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from course.grade.answers import Answers
from course.grade.explain.misuse import Slip
from course.grade.explain.nodes import every, name_of

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


ONLY_GIVES = frozenset(("sorted", "reversed", "escape", "model_copy", "sub"))
"""Functions that do nothing but return something."""


IN_PLACE = frozenset(
    ("append", "clear", "discard", "extend", "insert", "remove", "reverse", "shuffle", "sort")
)
"""Methods that change a collection and return None."""


CALLED = (
    NEW_TEXT
    | ABOUT_TEXT
    | IN_PLACE
    | frozenset(
        (
            *("acquire", "aclose", "add", "cancel", "close", "copy", "decode", "encode", "flush"),
            *("get", "items", "join", "keys", "pop", "put", "read", "release", "set", "sleep"),
            *("start", "stop", "update", "values", "wait", "write", "writelines"),
        )
    )
)
"""Methods by whose names nothing else is called in the lessons."""


def plus_assigned(tree: ast.AST, answers: Answers) -> Iterator[Slip]:
    """Say that =+ is written for +=."""
    for node in every(tree, ast.Assign):
        value = node.value
        if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.UAdd):
            yield Slip(
                "it assigns with =+",
                "That is = and then a plus sign: the old value is gone. To add to it, write +=.",
                line=node.lineno,
            )


def without_effect(tree: ast.AST, answers: Answers) -> Iterator[Slip]:
    for node in every(tree, ast.Expr):
        value = node.value
        if isinstance(value, ast.Attribute) and value.attr in CALLED:
            shown = ast.unparse(value)
            yield Slip(
                f"it does not call {shown}",
                f"Its name alone does nothing. Write {shown}().",
                line=node.lineno,
            )
        if isinstance(value, ast.Compare) and isinstance(value.ops[0], ast.Eq):
            yield Slip(
                "it compares where it should assign",
                "== only compares, and nobody uses the result here. Assign with =.",
                line=node.lineno,
            )
        if isinstance(value, ast.Call) and (slip := _result_ignored(value, answers)):
            yield slip
        is_constant = isinstance(value, ast.Constant) and isinstance(value.value, bool | int)
        is_a_part = (isinstance(value, ast.Attribute) and value.attr not in CALLED) or (
            isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice)
        )
        is_computed = isinstance(value, ast.BinOp | ast.BoolOp | ast.JoinedStr | ast.List)
        if is_constant or is_a_part or is_computed or id(node) in _texts_alone(tree):
            shown = ast.unparse(value)
            yield Slip(
                f"it does nothing with {'what it computes' if is_computed else shown}",
                "A value that stands alone in its line is thrown away. Hand it out with return or "
                "yield, or give it a name.",
                line=node.lineno,
            )


def _texts_alone(tree: ast.AST) -> set[int]:
    """Return which statements are a text, and the only thing that is done in some case."""
    return {
        id(node.body[0])
        for node in every(tree, ast.If, ast.ExceptHandler)
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


def called_again_in_vain(tree: ast.AST, answers: Answers) -> Iterator[Slip]:
    """Say that a function calls itself, and lets go of what it gets."""
    own = getattr(tree, "name", "")
    signature = answers.lesson.signatures.get(own)
    if signature is None or signature.kind not in ("function", "coroutine"):
        return
    if not any(node.value for node in every(tree, ast.Return)):
        return
    for node in every(tree, ast.Expr):
        value = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(value, ast.Call) and name_of(value.func) == own:
            yield Slip(
                f"it calls {own} again, and does not use what comes back",
                "The call inside returns to this line, not to the caller. Write return before it.",
                line=node.lineno,
            )


def nothing_used(tree: ast.AST, answers: Answers) -> Iterator[Slip]:
    """Say that something is done with the None that a call returns."""
    inner = {
        id(node)
        for function in every(tree, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
        if function is not tree
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        used: list[ast.expr | None] = []
        if isinstance(node, ast.Call):
            used = [*node.args, *(keyword.value for keyword in node.keywords)]
        elif isinstance(node, ast.For):
            used = [node.iter]
        elif isinstance(node, ast.Dict):
            used = [*node.values]
        elif isinstance(
            node, ast.Attribute | ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Yield
        ) or (isinstance(node, ast.Return) and id(node) not in inner):
            used = [node.value]
        for value in used:
            if (name := _changes(value)) and not _is_own(name, answers):
                yield Slip(
                    f"it uses what {name} returns",
                    f"{name}() does its work and returns None. Call it in a line of its own."
                    + ("" if name == "print" else " Then use what it has changed."),
                    line=value.lineno if value else None,
                )


def _changes(value: ast.expr | None) -> str:
    """Return the name of the method that is called, if it returns None."""
    if not isinstance(value, ast.Call):
        return ""
    if name_of(value.func) == "print":
        return "print"
    if not isinstance(value.func, ast.Attribute):
        return ""
    owner, name = value.func.value, value.func.attr
    makes_dict = isinstance(owner, ast.Dict | ast.Subscript) or (
        isinstance(owner, ast.Call) and ast.unparse(owner.func) in ("dict", "set")
    )
    return name if name in IN_PLACE or (name == "update" and makes_dict) else ""


def not_called(tree: ast.AST, answers: Answers) -> Iterator[Slip]:
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
                yield Slip(
                    f"it does not call {shown}",
                    f"Without parentheses it is the method, and not its result: {shown}(...).",
                    line=operand.lineno,
                )


def _is_own(method: str, answers: Answers) -> bool:
    """Whether a class of the answers has such a method, which may do anything."""
    return any(
        isinstance(one, type) and one.__module__ == answers.module.__name__ and method in vars(one)
        for one in vars(answers.module).values()
    )
