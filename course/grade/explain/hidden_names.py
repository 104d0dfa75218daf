"""What a name stands for in the answers, and what it was taken for.

Each look may only find what is wrong in any program: no right answer shows it.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Iterator

from course.catalog import Function
from course.grade.explain.loops import loops_in
from course.grade.explain.misuse import Code, Slip, declared_types

HANDS_ON = frozenset(("append", "put", "put_nowait", "add", "insert"))
"""Methods that keep an object for somebody else."""

PARTS_OF_TEXT = frozenset(("line", "word", "sentence", "paragraph"))
"""What nobody calls a single letter."""

FIRST_VALUES = ("''", "None", "0", "[]", "{}")


def _one_list_for_two_names(tree: ast.AST, code: Code) -> Iterator[Slip]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign) or len(node.targets) < 2:
            continue
        are_names = all(isinstance(target, ast.Name) for target in node.targets)
        if are_names and isinstance(node.value, ast.List | ast.Dict | ast.Set):
            first, second = map(ast.unparse, node.targets[:2])
            made = ast.unparse(node.value)
            yield Slip(
                f"{first} and {second} are one and the same",
                f"What is put into the one is in the other, too. Make two: {first} = {made}, and "
                f"{second} = {made} in another line.",
                node.lineno,
            )


def _function_taken_for_its_answer(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A function stands in a condition, where it always counts as true."""
    own = stored_in(tree)
    for test in _conditions(tree):
        name = test.id if isinstance(test, ast.Name) else ""
        if name not in own and isinstance(code.names.get(name), types.FunctionType):
            yield Slip(
                f"it does not call {name}",
                f"The function itself always counts as true. Call it: {name}(...).",
                test.lineno,
            )


def _parameter_never_called(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A parameter that is a function is only asked whether it is there."""
    if not isinstance(tree, Function):
        return
    declared = declared_types(tree.name, code)
    given = {name for name, kind in declared.items() if kind.startswith("Callable")}
    tests = {id(test): test for test in _conditions(tree)}
    compared = {
        id(node.left)
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Is | ast.IsNot)
    }
    for name in sorted(given):
        uses = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == name]
        if uses and all(id(use) in tests or id(use) in compared for use in uses):
            last = [use for use in uses if id(use) in tests]
            if last:
                yield Slip(
                    f"it never calls {name}",
                    f"{name} is a function: {name}(...) gives the answer.",
                    last[-1].lineno,
                )


def _conditions(tree: ast.AST) -> Iterator[ast.expr]:
    """Walk through what is asked whether it is true."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.While | ast.IfExp):
            yield from _operands(node.test)


def _operands(test: ast.expr) -> Iterator[ast.expr]:
    if isinstance(test, ast.BoolOp):
        for one in test.values:
            yield from _operands(one)
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yield from _operands(test.operand)
    else:
        yield test


def _class_handed_out(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A class of the stub is handed out where an object of it is looked for."""
    asked_for = {
        ast.unparse(call.args[1])
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) == "isinstance"
        and len(call.args) == 2
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            given = node.args if node.func.attr in HANDS_ON else []
        elif isinstance(node, ast.Yield):
            given = [node.value] if node.value else []
        else:
            continue
        for one in given:
            name = one.id if isinstance(one, ast.Name) else ""
            if name in asked_for and isinstance(code.names.get(name), type):
                yield Slip(
                    f"it hands out the class {name}, and no object of it",
                    f"isinstance(x, {name}) is true for objects, which the class makes when it is "
                    f"called: {name}().",
                    one.lineno,
                )


def _never_changed(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A variable that is to remember something in a loop keeps its first value."""
    if not isinstance(tree, Function):
        return
    first: dict[str, ast.Assign] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.value) in FIRST_VALUES:
            for target in node.targets:
                if isinstance(target, ast.Name):
                    first[target.id] = node
    used = list(ast.walk(tree))
    compared = {
        id(side)
        for one in used
        if isinstance(one, ast.Compare) and isinstance(one.ops[0], ast.Eq | ast.NotEq | ast.In)
        for side in (one.left, *one.comparators)
    }
    for name, node in first.items():
        uses = [one for one in used if isinstance(one, ast.Name) and one.id == name]
        stores = [one for one in uses if not isinstance(one.ctx, ast.Load)]
        declared = [n for n in used if isinstance(n, ast.Nonlocal | ast.Global) and name in n.names]
        if len(stores) != 1 or declared or name in _may_change(used):
            continue
        while_loops = [one for one in used if isinstance(one, ast.While)]
        for loop in (*loops_in(tree), *while_loops):
            inside = [
                one
                for one in uses
                if loop.lineno < one.lineno + isinstance(loop, ast.While)
                and one.lineno <= (loop.end_lineno or 0)
                and id(one) not in compared
            ]
            if inside and node.lineno < loop.lineno:
                yield Slip(
                    f"its {name} never changes",
                    f"{name} stays {ast.unparse(node.value)} in all rounds of the loop. Give it "
                    "its new value there.",
                    min(inside[-1].lineno, loop.end_lineno or 0),
                )


def _may_change(nodes: list[ast.AST]) -> set[str]:
    """Names whose objects may change, because something is done with them or handed them."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.value, ast.Name):
            found.add(node.value.id)
        elif isinstance(node, ast.Call):
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            if not ast.unparse(node.func).endswith(("len", "startswith", "print", "replace")):
                found |= {one.id for one in given if isinstance(one, ast.Name)}
        elif isinstance(node, ast.List | ast.Tuple | ast.Dict | ast.Set | ast.JoinedStr):
            found |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
        elif isinstance(node, ast.Return | ast.Yield | ast.Assign) and isinstance(
            node.value, ast.Name
        ):
            found.add(node.value.id)
    return found


def _only_the_item_changes(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A loop does nothing but give its item another value."""
    for loop in loops_in(tree):
        name = loop.target.id if isinstance(loop.target, ast.Name) else ""
        simple = [one for one in _statements(loop.body) if not isinstance(one, ast.If)]
        if simple and all(
            isinstance(one, ast.Assign | ast.AugAssign)
            and [ast.unparse(t) for t in getattr(one, "targets", [getattr(one, "target", None)])]
            == [name]
            for one in simple
        ):
            yield Slip(
                f"it gives {name} another value, and nobody uses it",
                f"That changes only what {name} stands for in this round, and not what the loop "
                "reads. Collect the new values, in a list or in a text.",
                simple[0].lineno,
            )


def _statements(block: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in block:
        yield statement
        if isinstance(statement, ast.If):
            yield from _statements([*statement.body, *statement.orelse])


def _letters_read(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A loop over a text takes its letters for lines or words."""
    declared = declared_types(getattr(tree, "name", ""), code)
    for loop in loops_in(tree):
        read = loop.iter.id if isinstance(loop.iter, ast.Name) else ""
        item = loop.target.id if isinstance(loop.target, ast.Name) else ""
        stored = {ast.unparse(n) for n in ast.walk(tree) if _is_stored(n)}
        if declared.get(read) == "str" and item in PARTS_OF_TEXT and read not in stored:
            how = f"{read}.splitlines()" if item == "line" else "split() or re.findall()"
            yield Slip(
                f"it goes through the letters of {read}",
                f"A loop over a text gives one letter after the other, and no {item}s. Make a list "
                f"of {item}s first, such as with {how}.",
                loop.lineno,
            )


def _is_stored(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)


def stored_in(tree: ast.AST) -> set[str]:
    """Return the names that some code gives a value to, parameters included."""
    nodes = list(ast.walk(tree))
    names = {ast.unparse(n) for n in nodes if _is_stored(n)}
    names |= {n.arg for n in nodes if isinstance(n, ast.arg)}
    return names | {n.name for n in nodes if isinstance(n, Function) and n is not tree}


LOOKS: tuple[Callable[[ast.AST, Code], Iterator[Slip]], ...] = (
    _one_list_for_two_names,
    _function_taken_for_its_answer,
    _parameter_never_called,
    _class_handed_out,
    _letters_read,
    _only_the_item_changes,
    _never_changed,
)
