"""Mutants: the reference solution with one small change.

A comparison turned around, a statement left out, a number off by one. `mutation.py` tries them.
"""

from __future__ import annotations

import ast
import copy
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from course.catalog import Function, Lesson, tree_of

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
}
"""An operator -> what replaces it."""

AROUND = 30
"""Characters shown on each side of a change."""

NO_BEHAVIOUR = ("annotation", "returns", "decorator_list", "bases", "target")
"""Fields in which nothing is changed."""


@dataclass(frozen=True)
class Mutant:
    """A small change of one task.

    Attributes:
        task: the name of the task.
        line: where the change is, in the solution.
        was: what was changed, with some code around it.
        now: what replaces it.
        number: 2 for the second mutant of this task with the same change in another place.
        function: the source of the changed task.
    """

    task: str
    line: int
    was: str
    now: str
    number: int
    function: str

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What identifies it, even after lines have moved."""
        return (self.task, self.was, self.now, self.number)


def mutants(lesson: Lesson) -> Iterator[Mutant]:
    """Give every mutant of a lesson, task by task."""
    tasks = {task.name for task in lesson.tasks}
    for node in _Undocumented().visit(tree_of(lesson, lesson.solution)).body:
        if isinstance(node, Function | ast.ClassDef) and node.name in tasks:
            yield from _of(node)


class _Undocumented(ast.NodeTransformer):
    """Removes docstrings: changes are shown without them."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        return None if isinstance(node.value, ast.Constant) else node


def _of(task: Function | ast.ClassDef) -> Iterator[Mutant]:
    source = ast.unparse(task) + "\n"
    seen = {source}
    changes: Counter[tuple[str, str]] = Counter()
    for place in [*_places(task)]:
        old = _at(*place)
        for new in [*_replacements(old)]:
            _put(*place, new)
            function = ast.unparse(task) + "\n"
            _put(*place, old)
            if function not in seen and _compiles(function):
                seen.add(function)
                was, now = _difference(source, function)
                changes[was, now] += 1
                yield Mutant(task.name, old.lineno, was, now, changes[was, now], function)


Place = tuple[ast.AST, str, int | None]
"""Where an expression or a statement stands: in which field of what, and its index in a list."""


def _places(node: ast.AST) -> Iterator[Place]:
    """Give the places of all expressions and statements in which a change can matter."""
    for field, value in ast.iter_fields(node):
        if field in NO_BEHAVIOUR:
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or _is_words(child):
                continue
            if isinstance(child, ast.expr | ast.stmt):
                yield node, field, index
            yield from _places(child)


def _is_words(node: ast.AST) -> bool:
    """Whether a node is a formatted text, an error or for the type checker."""
    match node:
        case ast.JoinedStr() | ast.Raise() | ast.Import():
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.AnnAssign(value=None):
            return True
    return False


def _at(holder: ast.AST, field: str, index: int | None) -> Any:
    value = getattr(holder, field)
    return value if index is None else value[index]


def _put(holder: ast.AST, field: str, index: int | None, new: ast.AST) -> None:
    if index is None:
        setattr(holder, field, new)
    else:
        getattr(holder, field)[index] = new


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _difference(old: str, new: str) -> tuple[str, str]:
    """Return what is different in two texts, each with a few characters around it."""
    start = _same_beginning(old, new)
    end = _same_beginning(old[start:][::-1], new[start:][::-1])
    before = old[max(0, start - AROUND) : start]
    after = old[len(old) - end :][:AROUND]
    was, now = (before + text[start : len(text) - end] + after for text in (old, new))
    return " ".join(was.split()), " ".join(now.split())


def _same_beginning(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(one), len(other)))


def _compiles(source: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("error", SyntaxWarning)
        try:
            compile(source, "answers.py", "exec")
        except SyntaxError:
            return False
    return True


def _but(node: ast.AST, **fields: Any) -> Any:
    """Return a node with some of its fields changed."""
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def _without(items: Sequence[Any]) -> Iterator[list[Any]]:
    """Give the items without the first, without the second, and so on."""
    for index in range(len(items)):
        yield [*items[:index], *items[index + 1 :]]


def _replacements(node: ast.AST) -> Iterator[ast.AST]:
    """Give what a node may be changed into."""
    if isinstance(node, ast.stmt):
        yield from _statements(node)
    else:
        yield from _expressions(node)


def _statements(node: ast.stmt) -> Iterator[ast.AST]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Pass():
            return
        case ast.Return(value=value):
            if value is not None and not _is_none(value):
                yield _but(node, value=None)
            return
        case ast.If(test=test, orelse=orelse):
            yield _but(node, test=ast.UnaryOp(ast.Not(), test))
            yield _but(node, test=ast.Constant(True))
            if orelse:
                yield _but(node, orelse=[])
        case ast.While(test=test) if not isinstance(test, ast.Constant):
            yield _but(node, test=ast.UnaryOp(ast.Not(), test))
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
            if finalbody:
                yield _but(node, finalbody=[ast.Pass()])
            for fewer in _without(handlers):
                if fewer or finalbody:
                    yield _but(node, handlers=fewer, orelse=orelse if fewer else [])
                else:
                    yield ast.If(ast.Constant(True), [*body, *orelse], [])
        case ast.With(body=body) | ast.AsyncWith(body=body):
            yield ast.If(ast.Constant(True), body, [])
        case ast.Match(cases=cases):
            for fewer in _without(cases):
                if fewer:
                    yield _but(node, cases=fewer)
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()
        case ast.AugAssign(op=op) if type(op) in OPERATORS:
            yield _but(node, op=OPERATORS[type(op)]())
    yield ast.Pass()


def _expressions(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=ops):
            for index, op in enumerate(ops):
                for other in COMPARISONS[type(op)]:
                    yield _but(node, ops=[*ops[:index], other(), *ops[index + 1 :]])
        case ast.BoolOp(op=op, values=values):
            yield _but(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
            for fewer in _without(values):
                yield _but(node, values=fewer) if len(fewer) > 1 else fewer[0]
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.BinOp(left=left, op=op, right=right):
            if type(op) in OPERATORS:
                yield _but(node, op=OPERATORS[type(op)]())
            yield from (left, right)
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        case ast.Constant(value=str() as value):
            yield ast.Constant("" if value else "x")
        case ast.IfExp(body=body, orelse=orelse):
            yield from (body, orelse)
        case ast.Call(args=args, keywords=keywords):
            for fewer in _without(keywords):
                yield _but(node, keywords=fewer)
            if args and not isinstance(args[0], ast.Starred):
                yield args[0]
            if len(args) > 1:
                yield args[1]
        case ast.Slice(lower=lower, upper=upper):
            if lower:
                yield _but(node, lower=None)
            if upper:
                yield _but(node, upper=None)
        case (
            ast.ListComp(generators=parts)
            | ast.GeneratorExp(generators=parts)
            | ast.DictComp(generators=parts)
            | ast.SetComp(generators=parts)
        ):
            for index, part in enumerate(parts):
                if part.ifs:
                    fewer = [*parts[:index], _but(part, ifs=[]), *parts[index + 1 :]]
                    yield _but(node, generators=fewer)
        case ast.List(elts=items) | ast.Tuple(elts=items, ctx=ast.Load()):
            for fewer in _without(items):
                yield _but(node, elts=fewer)
