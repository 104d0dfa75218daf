"""What a loop in the answers gets wrong, as its code shows it.

Each look may only find what is wrong in any program: no right answer shows it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from itertools import pairwise

from course.grade.explain.misuse import Code, Slip, declared_types
from course.grade.explain.nodes import every

Loop = ast.For | ast.AsyncFor

ASKS_AT_ONCE = ("invoke", "ainvoke")
"""Methods of a model that give one message."""

DICTS_OF_MESSAGES = ("response_metadata", "usage_metadata", "additional_kwargs")

WAITS_FOR_MANY = ("asyncio.gather", "asyncio.wait", "gather")
"""What is awaited, and not read."""

LOCKS = ("Semaphore", "BoundedSemaphore", "Lock")

ADDS = ("append", "add", "extend", "update", "insert")
"""Methods that put something into a collection."""


def _left_in_each_case(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A loop whose first round always ends it: `if` returns, and so does `else`."""
    for loop in loops_in(tree):
        inside = [node for statement in loop.body for node in ast.walk(statement)]
        if any(isinstance(node, ast.Continue | ast.Break | ast.Yield) for node in inside):
            continue
        last = loop.body[-1]
        if isinstance(last, ast.If) and _leaves(last):
            returned = [node for node in inside if isinstance(node, ast.Return)]
            if returned:
                yield Slip(
                    "it returns inside its loop",
                    "Whatever comes first, the function ends in the first round. Below the loop is "
                    "the place for what is true when nothing was found.",
                    last.lineno,
                )


def _leaves(statement: ast.stmt) -> bool:
    """Whether a statement always ends the function."""
    if isinstance(statement, ast.If) and statement.orelse:
        return _leaves(statement.body[-1]) and _leaves(statement.orelse[-1])
    return isinstance(statement, ast.Return | ast.Raise)


def _returned_with_the_first(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A list is returned as soon as the first item is in it."""
    for loop in loops_in(tree):
        names = [name for statement in loop.body for name in _filled(statement)]
        for node in (one for statement in loop.body for one in ast.walk(statement)):
            block = getattr(node, "body", None)
            for before, after in pairwise(block if isinstance(block, list) else []):
                if not isinstance(after, ast.Return) or not isinstance(after.value, ast.Name):
                    continue
                name = after.value.id
                if list(_filled(before)) == [name] and names.count(name) == 1:
                    yield Slip(
                        "it returns inside its loop",
                        f"The function ends as soon as the first item is in {name}. Move the "
                        "return below the loop, so far left that the loop ends first.",
                        after.lineno,
                    )


def _emptied_in_each_round(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A collection that is returned, and is made again in each round."""
    for loop in loops_in(tree):
        filled = {name for statement in loop.body for name in _filled(statement)}
        for statement in loop.body:
            if not isinstance(statement, ast.Assign) or not _is_empty(statement.value):
                continue
            name = ast.unparse(statement.targets[0])
            if name in filled and _returned_below(name, loop, tree):
                done = "sets" if ast.unparse(statement.value) == "0" else "empties"
                to_zero = " to 0" if done == "sets" else ""
                yield Slip(
                    f"it {done} {name}{to_zero} in each round",
                    "What was collected before is lost. Do that once, above the loop.",
                    statement.lineno,
                )


def _is_empty(value: ast.expr) -> bool:
    return ast.unparse(value) in ("[]", "{}", "''", "0", "set()", "list()", "dict()")


def _filled(statement: ast.stmt) -> Iterator[str]:
    for node in ast.walk(statement):
        if isinstance(node, ast.AugAssign):
            yield ast.unparse(node.target)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ADDS:
                yield ast.unparse(node.func.value)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            yield ast.unparse(node.value)


def _returned_below(name: str, loop: Loop, tree: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Return)
        and node.value is not None
        and node.lineno > (loop.end_lineno or 0)
        and any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node.value))
        for node in ast.walk(tree)
    )


def _keys_unpacked(tree: ast.AST, code: Code) -> Iterator[Slip]:
    declared = declared_types(getattr(tree, "name", ""), code)
    dicts = {
        name for name, kind in declared.items() if kind.startswith(("Mapping[str", "dict[str"))
    }
    for target, given in _readings(tree):
        is_sorted = isinstance(given, ast.Call) and ast.unparse(given.func) in ("sorted", "list")
        read = given.args[0] if is_sorted and given.args else given  # type: ignore[attr-defined]
        is_dict = (
            (isinstance(read, ast.Name) and read.id in dicts)
            or (isinstance(read, ast.Attribute) and read.attr in DICTS_OF_MESSAGES)
            or isinstance(read, ast.Dict)
        )
        if is_dict and isinstance(target, ast.Tuple):
            name = ast.unparse(read)
            yield Slip(
                f"it takes the keys of {name} for pairs",
                f"A loop over a dict gives its keys alone. {name}.items() gives keys with values.",
                given.lineno,
            )


def _over_a_message(tree: ast.AST, code: Code) -> Iterator[Slip]:
    declared = declared_types(getattr(tree, "name", ""), code)
    messages = {
        name for name, kind in declared.items() if kind.endswith(("Message", "MessageChunk"))
    }
    for _, given in _readings(tree):
        read = given.value if isinstance(given, ast.Await) else given
        if isinstance(read, ast.Name) and read.id in messages:
            yield Slip(
                f"it goes through the fields of {read.id}",
                f"{read.id} is one message, and no list. What it has is found with a dot: "
                f"{read.id}.text, {read.id}.tool_calls.",
                read.lineno,
            )
        if isinstance(read, ast.Call) and _is_asked_at_once(read.func):
            yield Slip(
                "it goes through the fields of one message",
                "invoke gives one whole message. What comes in pieces is model.stream(...).",
                read.lineno,
            )


def _is_asked_at_once(called: ast.expr) -> bool:
    return isinstance(called, ast.Attribute) and (
        called.attr in ASKS_AT_ONCE and ast.unparse(called.value) == "model"
    )


def _over_a_future(tree: ast.AST, code: Code) -> Iterator[Slip]:
    for _, read in _readings(tree):
        if isinstance(read, ast.Call) and ast.unparse(read.func) in WAITS_FOR_MANY:
            yield Slip(
                "it reads gather without awaiting it",
                "await asyncio.gather(...) gives an ordinary list, when all are done.",
                read.lineno,
            )


def _side_by_side(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """`for a, b in x, y` with parameters x and y."""
    declared = declared_types(getattr(tree, "name", ""), code)
    for target, read in _readings(tree):
        if isinstance(target, ast.Tuple) and isinstance(read, ast.Tuple):
            names = [ast.unparse(one) for one in read.elts]
            if len(names) > 1 and any(name in declared for name in names):
                both = ", ".join(names)
                yield Slip(
                    f"its loop goes through {names[0]} as a whole, and then through {names[1]}",
                    f"To go through them side by side: zip({both}).",
                    read.lineno,
                )


def _lock_for_each(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A semaphore or a lock is made where it is waited for, and so one for each task."""
    for node in every(tree, ast.AsyncWith):
        for made in (item.context_expr for item in node.items):
            name = ast.unparse(made.func).rpartition(".")[2] if isinstance(made, ast.Call) else ""
            if name in LOCKS:
                yield Slip(
                    f"each task makes a {name} of its own",
                    "It keeps nobody waiting, for nobody else has it. Make one for all, before "
                    "the tasks are made.",
                    made.lineno,
                )


def _decoder_for_each(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A decoder that is to remember the beginning of a character is made in a loop."""
    for loop in loops_in(tree):
        for call in (node for statement in loop.body for node in every(statement, ast.Call)):
            made = call.func.func if isinstance(call.func, ast.Call) else call.func
            if "getincrementaldecoder" in ast.unparse(made):
                yield Slip(
                    "it makes a new decoder for each chunk",
                    "A decoder remembers the beginning of a character. A new one knows of "
                    "nothing. Make one, before the loop.",
                    call.lineno,
                )


def _readings(tree: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Walk through what is looped over, also in comprehensions, with the target of each."""
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            yield node.target, node.iter


def loops_in(tree: ast.AST) -> Iterator[Loop]:
    """Walk through the loops in a tree, without those of comprehensions."""
    return (node for node in ast.walk(tree) if isinstance(node, Loop))


LOOKS: tuple[Callable[[ast.AST, Code], Iterator[Slip]], ...] = (
    _left_in_each_case,
    _returned_with_the_first,
    _emptied_in_each_round,
    _keys_unpacked,
    _over_a_message,
    _over_a_future,
    _side_by_side,
    _lock_for_each,
    _decoder_for_each,
)
