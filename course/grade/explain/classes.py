"""Classes in the answers that do not do what classes do.

Like the slips of `at_a_glance.py`, each is one even where it did no harm.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from course.catalog import Function, decorators, kind_of
from course.grade.explain.misuse import Code, Slip, functions_of, reference_of

CHANGES = frozenset({"append", "extend", "insert", "clear", "sort", "reverse", "update", "add"})
"""Methods that change a list, a dict or a set, and return None."""


DECORATORS = ("property", "contextmanager", "asynccontextmanager")


def not_quite_init(tree: ast.AST) -> Slip | None:
    """Say that a method is meant to be `__init__`, and has another name."""
    methods = dict(functions_of(tree)) if isinstance(tree, ast.ClassDef) else {}
    found = [name for name in methods if name.strip("_") in ("init", "int")]
    if not found or "__init__" in found:
        return None
    return Slip(
        f"{found[0]} is not __init__",
        "Python calls only __init__ when an object is made: two underscores on each side.",
        methods[found[0]].lineno,
    )


def _shared_by_the_class(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A list in the body of a class that its methods change, and none of them makes a new one."""
    if not isinstance(tree, ast.ClassDef):
        return
    made = {
        ast.unparse(node.targets[0]): node
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List | ast.Dict | ast.Set)
    }
    changed = {
        ast.unparse(node.func.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CHANGES
    }
    given = {
        ast.unparse(target)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
    }
    for name, node in made.items():
        if f"self.{name}" in changed and f"self.{name}" not in given:
            yield Slip(
                f"all its objects share one {name}",
                f"What the body of a class makes belongs to the class. Make it in __init__: "
                f"self.{name} = {ast.unparse(node.value)}.",
                node.lineno,
            )


def _class_changed(tree: ast.AST, code: Code) -> Iterator[Slip]:
    """A value is set in a class of the stub, and not in an object of it."""
    tasks = {task.name for task in code.lesson.tasks}
    given = {name for name, one in code.lesson.signatures.items() if one.kind == "class"}
    for target in _assigned(tree):
        owner = target.value if isinstance(target, ast.Attribute) else None
        if isinstance(owner, ast.Name) and owner.id in given - tasks:
            yield Slip(
                f"it changes the class {owner.id}",
                f"{owner.id} is only the plan: {owner.id}(...) makes an object, with the values "
                "between the parentheses.",
                target.lineno,
            )


def _assigned(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            yield from node.targets


def _attribute_hides_a_method(tree: ast.AST, code: Code) -> Iterator[Slip]:
    if not isinstance(tree, ast.ClassDef):
        return
    methods = {
        node.name for node in tree.body if isinstance(node, Function) and not node.decorator_list
    }
    for target in _assigned(tree):
        owner, _, name = ast.unparse(target).partition(".")
        if owner == "self" and name in methods:
            yield Slip(
                f"its attribute {name} hides its method {name}",
                f"An object has one thing of each name. Call the attribute _{name}, for example.",
                target.lineno,
            )


def _decorator_lost(tree: ast.AST, code: Code) -> Iterator[Slip]:
    declared = dict(functions_of(reference_of(getattr(tree, "name", ""), code)))
    for name, node in functions_of(tree):
        wanted = decorators(declared[name]) if name in declared else []
        lost = next((one for one in DECORATORS if one in wanted), None)
        if node.decorator_list or not lost:
            continue
        if lost == "property" or kind_of(node).endswith("generator"):
            yield Slip(
                f"it has lost the @{lost} above {name}",
                f"That line of the stub makes of {name} what its callers use. Restore it.",
                node.lineno,
            )


LOOKS: tuple[Callable[[ast.AST, Code], Iterator[Slip]], ...] = (
    _shared_by_the_class,
    _class_changed,
    _attribute_hides_a_method,
    _decorator_lost,
)
"""What is looked for, the surest signs first."""
