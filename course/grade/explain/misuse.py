"""Misuse of coroutines, classes and streams that the code of a task shows by itself.

Like the slips of `at_a_glance.py`, each is one even where it did no harm.
"""

from __future__ import annotations

import ast
import builtins
import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from course import catalog
from course.catalog import Function, Lesson, kind_of
from course.grade.answer_file import AnswerFile
from course.grade.explain.nodes import every
from course.grade.ran import Ran


class Slip(NamedTuple):
    """What the learner did, what to do about it, and where it is, if known.

    One that `misleads` sends values down a wrong branch, so that lines below it may fail.
    """

    problem: str
    why: str
    line: int | None = None
    misleads: bool = False


OF_TEXT = frozenset({"lower", "upper", "casefold", "strip", "lstrip", "rstrip"})
"""Methods of a str that give a new one and need no arguments."""


COROUTINES = ("asyncio.sleep", "asyncio.wait", "asyncio.wait_for", "asyncio.to_thread")

WAITED_FOR = ("asyncio.Event", "asyncio.Condition", "asyncio.Queue", "asyncio.Semaphore")

WAITING = ("wait", "put", "get", "join", "acquire")
"""Methods of these that make a coroutine."""


OLD_METHODS = ("predict", "predict_messages", "apredict", "generate", "chat", "complete", "run")
"""How models were asked in older tutorials."""

ASKS_FOR_CLASS = ("isinstance", "issubclass")


@dataclass(frozen=True)
class Code:
    """What is looked at.

    Attributes:
        lesson: the lesson.
        file: the answers.
        names: what they have defined and imported, as far as that is known.
        ran: what of them has run, if that is known.
    """

    lesson: Lesson
    file: AnswerFile
    names: Mapping[str, Any] = field(default_factory=dict)
    ran: Ran | None = None

    def has_run(self, slip: Slip) -> bool:
        """Whether a slip stands where something has run, as far as that is known."""
        return self.ran is None or self.ran.has(slip.line)


def _never_awaited(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A call that makes a coroutine stands alone in its line."""
    every = [node for node in ast.walk(tree) if isinstance(node, Function)]
    inner = {node.name for node in every if kind_of(node) == "coroutine"}
    given = {name for name, one in code.lesson.signatures.items() if one.kind == "coroutine"}
    made = {
        ast.unparse(target)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _makes_waiting_thing(node.value)
        for target in node.targets
    }
    known = {*COROUTINES, *inner, *given} - {getattr(tree, "name", "")}
    known |= {f"{one}.{method}" for one in made for method in WAITING}
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            name = ast.unparse(node.value.func)
            if name in known:
                yield Slip(
                    f"it never awaits {name.rpartition('.')[2]}(...)",
                    "The call only makes a coroutine: nothing in it runs until it is awaited. "
                    "Write await before it, or make a task of it and await the task.",
                    node.lineno,
                )


def _makes_waiting_thing(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func) in WAITED_FOR


def _compared_with_a_class(tree: ast.AST, code: Code) -> Iterator[Slip]:
    for left, operator, right in _comparisons(tree):
        if not isinstance(right, ast.Name):
            continue
        kind = code.names.get(right.id, getattr(builtins, right.id, None))
        if not isinstance(kind, type) or not isinstance(
            operator, ast.Is | ast.IsNot | ast.Eq | ast.NotEq
        ):
            continue
        is_same = isinstance(operator, ast.Is | ast.IsNot)
        if isinstance(left, ast.Name | ast.NamedExpr):
            shown = _name(left)
            if _may_be_a_class(left, right.id, tree):
                continue
        elif isinstance(left, ast.Subscript) and is_same:
            shown = ast.unparse(left)
        else:
            continue
        never = "No object is its class." if is_same else "An object never equals its class."
        yield Slip(
            f"it compares with the class {right.id}",
            f"{never} Write isinstance({shown}, {right.id}).",
            left.lineno,
            misleads=True,
        )


def _name(node: ast.Name | ast.NamedExpr) -> str:
    return (node.target if isinstance(node, ast.NamedExpr) else node).id


def _may_be_a_class(left: ast.Name | ast.NamedExpr, kind: str, tree: ast.AST) -> bool:
    """Whether a name may stand for a class: `type(error)`, or one that was handed over."""
    name = _name(left)
    values = [left.value] if isinstance(left, ast.NamedExpr) else []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            named = [ast.unparse(target) for target in node.targets]
            values += [node.value] if name in named else []
            handed_over = ast.unparse(node.value) == kind
        elif isinstance(node, ast.For | ast.comprehension):
            handed_over = name in ast.unparse(node.target)
        elif isinstance(node, Function | ast.Lambda):
            handed_over = node is not tree and name in [one.arg for one in node.args.args]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) not in ASKS_FOR_CLASS:
            handed_over = kind in map(ast.unparse, node.args)
        else:
            continue
        if handed_over:
            return True
    texts = [ast.unparse(value) for value in values]
    return any("type(" in text or "__class__" in text for text in texts)


def _method_not_called(tree: ast.AST, code: Code) -> Iterator[Slip]:
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign) or ast.unparse(node.targets[0]) in called:
            continue
        if isinstance(node.value, ast.Attribute) and node.value.attr in OF_TEXT:
            shown = ast.unparse(node.value)
            yield Slip(
                f"it does not call {shown}",
                f"Without parentheses it is the method, and not its result: {shown}().",
                node.lineno,
            )


def _no_power(tree: ast.AST, code: Code) -> Iterator[Slip]:
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor):
            first, second = ast.unparse(node.left), ast.unparse(node.right)
            if first in ("2", "10") or first.endswith((" * 2", "* 10")):
                first = first.rpartition("* ")[2]
                yield Slip(
                    "it takes ^ for a power",
                    f"In Python, ^ combines the bits of two numbers. Write {first}**{second}.",
                    node.lineno,
                )


def _never_that_case(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """What lower() gives, compared with a text that has capitals."""
    for left, operator, right in _comparisons(tree):
        if not isinstance(operator, ast.Eq | ast.NotEq):
            continue
        for made, fixed in ((left, right), (right, left)):
            if not isinstance(made, ast.Call) or not isinstance(made.func, ast.Attribute):
                continue
            method = made.func.attr
            text = fixed.value if isinstance(fixed, ast.Constant) else None
            if method not in ("lower", "casefold", "upper") or not isinstance(text, str):
                continue
            right_case = text.upper() if method == "upper" else text.lower()
            if text != right_case:
                yield Slip(
                    f"it compares what {method}() gives with {text!r}",
                    f"They are never equal: write {right_case!r}.",
                    made.lineno,
                )


def _letters_added(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A text that is added to a list with +=."""
    lists = {
        ast.unparse(target)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.List)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.AugAssign) or ast.unparse(node.target) not in lists:
            continue
        is_text = isinstance(node.value, ast.JoinedStr) or (
            isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        )
        if is_text or (isinstance(node.value, ast.Attribute) and node.value.attr == "text"):
            name = ast.unparse(node.target)
            yield Slip(
                f"it adds the letters of a text to {name}",
                f"+= adds each item of what stands behind it, and the items of a text are its "
                f"letters. {name}.append(...) adds the text.",
                node.lineno,
            )


def _fields_added(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A message that is added to a list with +=."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.AugAssign) or not isinstance(node.op, ast.Add):
            continue
        made = node.value.func if isinstance(node.value, ast.Call) else None
        if isinstance(made, ast.Name) and made.id.endswith("Message") and made.id[:1].isupper():
            name = ast.unparse(node.target)
            yield Slip(
                f"it adds the fields of a message to {name}",
                f"+= adds each item of what stands behind it. {name}.append(...) adds the message.",
                node.lineno,
            )


def _bytes_opened(tree: ast.AST, code: Code) -> Iterator[Slip]:
    held = declared_types(getattr(tree, "name", ""), code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "open" and node.args:
            name = ast.unparse(node.args[0])
            if held.get(name) == "bytes":
                yield Slip(
                    f"it opens {name} as if it were the name of a file",
                    f"{name} is what would be in the file, its bytes. Use it as it is.",
                    node.lineno,
                )


def _raw_line_end(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A text with an r in front, in which a line end was meant."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            written = code.file.line(node.lineno).encode()[node.col_offset :].decode()
            if set(node.value) == {"\\", "n"} and written[:2].lower() in ('r"', "r'"):
                yield Slip(
                    "its line end has an r in front",
                    "In a text with r in front, \\n is two characters, and no line end. Leave out "
                    "the r.",
                    node.lineno,
                )


def _asked_the_old_way(tree: ast.AST, code: Code) -> Iterator[Slip]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            method = node.func.attr
            if ast.unparse(node.func.value) == "model" and method in OLD_METHODS:
                yield Slip(
                    f"it asks the model with {method}",
                    "That is from an older LangChain. A model is asked with model.invoke(...), and "
                    "in pieces with model.stream(...).",
                    node.lineno,
                )


def _handed_out_again(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A loop changes one dict or list, and yields it each time."""
    for loop in ast.walk(tree):
        if not isinstance(loop, ast.For | ast.AsyncFor):
            continue
        inside = [node for statement in loop.body for node in ast.walk(statement)]
        names = [node for node in inside if isinstance(node, ast.Name)]
        bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        bound |= {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
        changed = {
            ast.unparse(node.value)
            for node in inside
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
        }
        for node in inside:
            if isinstance(node, ast.Yield) and isinstance(node.value, ast.Name):
                name = node.value.id
                if name in changed - bound:
                    yield Slip(
                        f"it hands out the same {name} each time",
                        "It is one object: what changes in it changes in all that was handed out "
                        "before. Make a new one in each round.",
                        node.lineno,
                    )


def _closed_the_ordinary_way(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """`close_source` of a parameter that the stub says is asynchronous."""
    if not isinstance(tree, Function) or "aclose_source" not in code.lesson.signatures:
        return
    stub = declared_types(tree.name, code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "close_source":
            name = ast.unparse(node.args[0]) if node.args else ""
            if stub.get(name, "").startswith("Async"):
                yield Slip(
                    "it closes an asynchronous source the ordinary way",
                    f"{name} has no close, so close_source does nothing. "
                    f"Write await aclose_source({name}).",
                    node.lineno,
                )


def _read_twice(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """Two loops, one after the other, over a parameter that may be read only once."""
    if not isinstance(tree, Function):
        return
    stub = declared_types(tree.name, code)
    once = {name for name, kind in stub.items() if kind.startswith(("Iterable", "Iterator"))}
    stored = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    for name in once - stored:
        reading = [
            statement
            for statement in tree.body
            if isinstance(statement, ast.For | ast.Assign | ast.Return | ast.Expr | ast.If)
            and any(_uses_up(node, name) for node in ast.walk(_always_done(statement)))
        ]
        if len(reading) > 1 and not _breaks(reading[0]):
            yield Slip(
                f"it reads {name} twice",
                f"{name} may be a stream: what has read it once leaves nothing for the next. Do "
                "all of it in one loop, or begin with a list, and use only that.",
                reading[1].lineno,
                misleads=True,
            )


def _breaks(tree: ast.AST) -> bool:
    return any(isinstance(node, ast.Break) for node in ast.walk(tree))


def _always_done(statement: ast.stmt) -> ast.AST:
    """Return the part of a statement that no condition leaves out."""
    return statement.test if isinstance(statement, ast.If) else statement


USES_UP = frozenset(("dict", "join", "list", "max", "min", "set", "sorted", "sum", "tuple"))
"""Functions and methods that read all of what they are given."""


def _uses_up(node: ast.AST, name: str) -> bool:
    """Whether a loop, or a call, reads all that a name stands for."""
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func).rpartition(".")[2]
        return called in USES_UP and [ast.unparse(one) for one in node.args] == [name]
    return isinstance(node, ast.For | ast.comprehension) and ast.unparse(node.iter) == name


def _same_everywhere(tree: ast.AST, code: Code) -> Iterator[Slip]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "dict.fromkeys":
            value = node.args[1] if len(node.args) > 1 else None
            if isinstance(value, ast.List | ast.Dict | ast.Set):
                yield Slip(
                    "all its keys share one value",
                    f"dict.fromkeys gives the same {ast.unparse(value)} to each key. Make one for "
                    f"each: {{key: {ast.unparse(value)} for key in ...}}.",
                    node.lineno,
                )


def functions_of(tree: ast.AST) -> Iterator[tuple[str, Function]]:
    for node in tree.body if isinstance(tree, ast.ClassDef) else [tree]:
        if isinstance(node, Function):
            yield node.name, node


def declared_types(task: str, code: Code) -> dict[str, str]:
    """What the stub says about the parameters of a function, by their names."""
    found = dict(functions_of(reference_of(task, code)))
    if task not in found:
        return {}
    arguments = found[task].args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    return {one.arg: ast.unparse(one.annotation) for one in every if one.annotation}


def reference_of(task: str, code: Code) -> ast.AST:
    return _named_in(catalog.text_of(code.lesson, code.lesson.solution)).get(
        task, ast.Module([], [])
    )


@functools.lru_cache(maxsize=2)
def _named_in(source: str) -> Mapping[str, ast.AST]:
    """What a file defines at its top level. It is read for each look, so it is kept."""
    body = ast.parse(source).body
    return {one.name: one for one in body if isinstance(one, Function | ast.ClassDef)}


def _comparisons(tree: ast.AST) -> Iterator[tuple[ast.expr, ast.cmpop, ast.expr]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            yield from zip((node.left, *node.comparators), node.ops, node.comparators, strict=False)


def _model_closed(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A model is closed, and not the stream that it has given."""
    declared = declared_types(getattr(tree, "name", ""), code)
    for node in every(tree, ast.Call):
        if len(node.args) != 1:
            continue
        closed = ast.unparse(node.args[0])
        is_model = declared.get(closed, "").endswith("ChatModel")
        if is_model and ast.unparse(node.func) in ("close_source", "aclose_source"):
            yield Slip(
                f"it closes {closed}, and not its stream",
                f"What is open is what {closed}.stream(...) or {closed}.astream(...) has returned. "
                "Give that a name, and close it.",
                node.lineno,
            )


def nobody_else_can_run(tree: ast.AST) -> Iterator[Slip]:
    """Say of an endless loop in a coroutine that nothing in it waits."""
    for function in every(tree, ast.AsyncFunctionDef):
        for loop in every(function, ast.While):
            waits = next(every(loop, ast.Await, ast.AsyncFor, ast.AsyncWith), None)
            if isinstance(loop.test, ast.Constant) and waits is None:
                yield Slip(
                    "its loop runs, and nobody else can",
                    "Nothing in this loop awaits, so what could end it never gets a turn. Wait for "
                    "something in it, such as an asyncio.Event that they set.",
                    loop.lineno,
                )


LOOKS: tuple[Callable[[ast.AST, Code], Iterator[Slip]], ...] = (
    _never_awaited,
    _compared_with_a_class,
    _method_not_called,
    _no_power,
    _never_that_case,
    _letters_added,
    _fields_added,
    _bytes_opened,
    _raw_line_end,
    _asked_the_old_way,
    _closed_the_ordinary_way,
    _model_closed,
    _read_twice,
    _handed_out_again,
    _same_everywhere,
)
"""What is looked for, the surest signs first."""
