"""What an error means in these answers: what its text says, and the code in which it came up."""

from __future__ import annotations

import ast
import builtins
import difflib
import re

from pydantic.errors import PydanticUserError

from course.catalog import Function
from course.grade.answers import OURS, Answers
from course.grade.explain import effects
from course.grade.explain.classes import not_quite_init
from course.grade.explain.hidden_names import stored_in
from course.grade.explain.meanings import COROUTINE, PLAINLY, meaning
from course.grade.explain.not_found import attribute_not_found, key_not_found, name_not_found
from course.grade.explain.slips import a_or_an
from course.grade.frames import frames_of, is_raised_in
from course.grade.said import text_of

SLIPS = (TypeError, NameError, AttributeError, LookupError, AssertionError)
"""Errors that nobody raises on purpose."""


def meaning_here(error: BaseException, answers: Answers) -> tuple[str, str]:
    """Return what an error means, with what only these answers can tell."""
    text = text_of(error)
    missing = re.search(r"'(\w+)' object has no attribute '(\w+)'", text)
    if isinstance(error, AttributeError) and missing:
        owner, name = missing.groups()
        if any(task.name == owner for task in answers.lesson.tasks):
            if said := _own_attribute(owner, name, answers):
                return said
            return (
                f"it uses self.{name} before it has a value",
                f"Give it its first value in __init__: self.{name} = ...",
            )
        if said := attribute_not_found(owner, name, answers):
            return said
        if name in ("close", "aclose"):
            if owner not in ("list", "tuple", "str", "dict", "set", "NoneType"):
                return (
                    f"it closes something that has no {name}",
                    "Close the stream that it reads: what the call has returned, not what has made "
                    "it.",
                )
            given = f"{'a' if name == 'aclose' else ''}close_source"
            instead = f"use {given}(...)" if given in answers.lesson.signatures else "look first"
            return (
                f"it closes something that has no {name}",
                f"A list cannot be closed, and a generator can. Only some sources can: {instead}.",
            )
    stop = error.__cause__
    stopped = frames_of(stop, answers.path) if isinstance(stop, StopIteration) else ([], False)
    if stopped[1] and answers.file.line(stopped[0][0][0]).strip().startswith("raise StopIteration"):
        return (
            "it ends with raise StopIteration",
            "That is not how a generator ends. Write return, and its reader's loop is over.",
        )
    frames, raised_there = frames_of(error, answers.path)
    if isinstance(error, KeyError) and (said := key_not_found(error, answers)):
        return said
    if isinstance(error, NameError) and (said := name_not_found(error)):
        return said
    problem, why = meaning(error)
    if why.startswith(COROUTINE) and frames and not _awaits(*frames[0], answers):
        return problem, f"{COROUTINE} and a plain function cannot await it. {PLAINLY}"
    if frames and (found := _slip_in_line(error, *frames[0], raised_there, answers)):
        return found
    if not frames and re.search(r"'(coroutine|NoneType)' object is not an (async )?iterator", text):
        return (
            "its body never yields",
            "What is done inside of 'with' runs at the yield of a context manager: write one, "
            "between what comes before it and what comes after.",
        )
    if isinstance(error, KeyError) and frames and not raised_there:
        return (
            "something that it calls misses a key",
            "The error names the key. Look at what you hand over in this line.",
        )
    if isinstance(error, UnboundLocalError) and (outer := _of_outer(error, answers)):
        return (
            f"it assigns to {outer} of the function around it",
            f"Without more, an assignment makes a new local {outer}. Give what you assign another "
            f"name; or, if {outer} itself is to change, write nonlocal {outer} first.",
        )
    line = answers.file.line(frames[0][0]) if frames else ""
    if isinstance(error, TypeError) and "sum(" in line and "for +: 'int' and 'N" in text:
        return (
            "it adds up values of which one is None",
            "Leave those out: sum(x for x in values if x is not None).",
        )
    if isinstance(error, TypeError) and "sum(" in line and "for +: 'int' and" in text:
        return (
            "it adds something with sum() that is not a number",
            "sum() begins with the number 0. Text is joined with join(), and other things are "
            "added in a loop that begins with the first one.",
        )
    if isinstance(error, TypeError) and (owner := _class_called(error, answers)):
        return (
            f"it calls a method of the class {owner}, not of an object",
            "The method needs an object to work on. Make one, or use what you were given.",
        )
    unknown = re.search(r"^(\w+)\(\) got an unexpected keyword argument '(\w+)'", text)
    if unknown and unknown[1] in answers.lesson.signatures:
        return (
            f"it does not take {unknown[2]}",
            "Callers rely on the parameters of the stub. Restore its first line.",
        )
    if isinstance(error, KeyError) and ".remove(" in line:
        return (
            "it removes something that is not there",
            "remove() fails then. discard() does not, and `in` says whether something is there.",
        )
    absent = (error.name or "") if isinstance(error, ModuleNotFoundError) else ""
    if "." in absent and not absent.startswith("course."):
        return (
            f"it imports {absent}, which is not there",
            "Old tutorials import from places that are gone. What the task needs is imported at "
            "the top of the stub.",
        )
    on_purpose = raised_there and not isinstance(error, SLIPS) and is_raise(answers, frames[0])
    if on_purpose and not hasattr(error, "wanted_instead"):
        return (
            f"it raises {a_or_an(type(error).__name__)}",
            "If an error is right in this case, the docstring names its class. If none is, find "
            "out why this line is reached.",
        )
    lacks = re.search(r"^(\w+)\(\) missing .*: '(\w+)'", text)
    if lacks and isinstance(error, TypeError) and lacks[1] in answers.lesson.signatures:
        return (
            f"its parameter {lacks[2]} has no default value",
            "The stub gives it one, and callers rely on it. Restore the first line of the stub.",
        )
    if isinstance(error, AssertionError):
        return (
            "its own assert fails",
            "assert is for what cannot happen. For what a caller may do wrong, raise the error "
            "that the docstring names.",
        )
    return _refused(error, raised_there, answers) or (problem, why)


REFUSALS = (TypeError, ValueError, PydanticUserError)
"""With these, Python and libraries refuse what they are given; their subclasses say more."""

ELSEWHERE = (
    "it asks for an attribute that is not there",
    "it takes a function for an object",
    "it takes a text for another object",
    "it asks a dict for an attribute",
    "it asks a collection for an attribute that it does not have",
)
"""What is true of the line that fails, which is not one of the answers here."""


def _refused(error: BaseException, raised_there: bool, answers: Answers) -> tuple[str, str] | None:
    """Say that something refuses what it is given, if no more is known about an error."""
    problem, _ = meaning(error)
    missing = re.search(r"'(\w+)' object has no attribute '(\w+)'", text_of(error))
    frames, _ = frames_of(error, answers.path)
    called = bool(frames) and not raised_there
    code = answers.file.line(frames[0][0]) if frames else ""
    if called and missing and problem in ELSEWHERE and f".{missing[2]}" not in code:
        came = a_or_an(missing[1])
        return (
            f"it hands over {came} where something else is wanted",
            f"What is called in this line looks for {missing[2]}, and {came} has none. Compare "
            "what you hand over with what it takes.",
        )
    is_unknown = problem == f"it raises {a_or_an(type(error).__name__)}"
    if type(error) not in REFUSALS or not is_unknown:
        return None
    if hasattr(error, "wanted_instead") or is_raised_in(error, OURS):
        return None
    if raised_there:
        return (
            "a value in this line cannot be used like this",
            "The error says what is wrong with it. Print what goes in, and its type.",
        )
    if called:
        return (
            "what it calls refuses what it hands over",
            "The error says what is wrong with it. Compare what you hand over in this line with "
            "what is wanted.",
        )
    return None


def _awaits(line: int, task: str, answers: Answers) -> bool:
    """Whether a line of a task is in a function that may await."""
    around = [
        node
        for node in ast.walk(answers.file.tree_of(task))
        if isinstance(node, Function) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    innermost = max(around, key=lambda node: node.lineno, default=None)
    return innermost is None or isinstance(innermost, ast.AsyncFunctionDef)


def is_raise(answers: Answers, frame: tuple[int, str]) -> bool:
    """Whether a line of a task is a raise of something new."""
    line, task = frame
    nodes = ast.walk(answers.file.tree_of(task))
    return any(isinstance(one, ast.Raise) and one.exc and one.lineno == line for one in nodes)


def _class_called(error: TypeError, answers: Answers) -> str:
    """Return the name of the class whose method is called without an object, or ""."""
    lacks = re.search(r"^(\w+)\.(\w+)\(\) missing 1 required", text_of(error))
    frames, _ = frames_of(error, answers.path)
    if not lacks or not frames:
        return ""
    line, task = frames[0]
    for call in ast.walk(answers.file.tree_of(task)):
        if isinstance(call, ast.Call) and call.lineno == line and call.args:
            function = call.func
            if isinstance(function, ast.Attribute) and function.attr == lacks[2]:
                owner = ast.unparse(function.value)
                if isinstance(vars(answers.module).get(owner), type):
                    return owner
    return ""


def _own_attribute(owner: str, name: str, answers: Answers) -> tuple[str, str] | None:
    """Say that an attribute of a task is there under another name, or as a local variable."""
    tree = answers.file.tree_of(owner)
    if slip := not_quite_init(tree):
        return slip.problem, slip.why
    makers = [one for one in getattr(tree, "body", []) if getattr(one, "name", "") == "__init__"]
    local = {
        node.id
        for maker in makers
        for node in ast.walk(maker)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    if name in local:
        return (
            f"it sets {name} and asks for self.{name}",
            f"{name} is a variable of one function, and gone at its end. Write self.{name} = ...",
        )
    stored = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    if close := difflib.get_close_matches(name, sorted(stored - {name}), n=1, cutoff=0.7):
        return (
            f"it asks for self.{name}, which was never set",
            f"There is self.{close[0]}: is that the one you mean?",
        )
    return None


def _slip_in_line(
    error: BaseException, line: int, task: str, raised_there: bool, answers: Answers
) -> tuple[str, str] | None:
    """Return what the code in and around a line says about its error."""
    text, code = text_of(error), answers.file.line(line)
    tree = answers.file.tree_of(task)
    if raised_there and (found := _own_name_called(error, line, tree, answers)):
        return found
    if raised_there and (found := _inner_called_with_nothing(text, line, tree)):
        return found
    if (
        isinstance(error, ValueError)
        and "to unpack" in text
        and re.search(r" in \(\w+, \w+\)", code)
    ):
        return (
            "it loops over two lists, and not over their items",
            "(a, b) is a pair of lists. zip(a, b) gives the first items of both, then the second "
            "ones, and so on.",
        )
    if "'NoneType'" in text and (found := _made_none(line, tree, text)):
        return found
    if "is not an iterator" in text and "async" in text.lower() and " next(" in f" {code}":
        return (
            "it calls next() on an asynchronous stream",
            "The next item of one is awaited: await anext(stream).",
        )
    if "bad operand type for unary +" in text and (
        slip := next(effects.plus_assigned(tree, answers), None)
    ):
        return slip.problem, slip.why
    if "is not callable" in text and not raised_there:
        return (
            "it hands over a value where a function is wanted",
            "Somebody else calls the function later. Hand it over without parentheses, and what "
            "it needs after it.",
        )
    if re.search(r"gather\(.*\bawait\b", code):
        return (
            "it awaits each call before it hands it to gather",
            "Then they run one after the other, and gather gets results. Hand over the calls "
            "without await: gather does the waiting.",
        )
    not_one_by_one = ("unhashable type: 'list'", "Task got bad yield")
    if "gather(" in code and any(one in text for one in not_one_by_one):
        return (
            "it hands gather all of them as one",
            "asyncio.gather takes what it waits for one by one: gather(*many).",
        )
    called = re.search(r"\.(\w+)\(\)", code)
    if "is not callable" in text and called and _is_property(called[1], answers):
        return (
            f"it calls {called[1]}, which is a property",
            "It is a value: leave out the parentheses.",
        )
    if ".format(" in code and isinstance(error, KeyError | IndexError | ValueError):
        return (
            "it fills in the braces of a text",
            "For format, braces are places that it has to fill in. To change the braces of a text, "
            "use replace.",
        )
    local = re.search(r"variable '(\w+)'", text)
    if local and local[1] == task:
        return (
            f"a variable of it is called {task}, like itself",
            "So the function can no longer be seen inside. Give the variable another name.",
        )
    if local and _hides_its_decorator(local[1], tree):
        return (
            f"its function {local[1]} hides the decorator {local[1]}",
            "Both have the same name. Give the function another one.",
        )
    handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
    if local and local[1] in [one.name for one in handlers if (one.end_lineno or line) < line]:
        return (
            f"it uses {local[1]} after the end of its except",
            f"There, Python deletes the name {local[1]}. Give the error another name inside of "
            "the except, and use that one.",
        )
    unset = local or re.search(r"^name '(\w+)' is not defined", text)
    if unset and isinstance(tree, ast.ClassDef) and f"self.{unset[1]}" in ast.unparse(tree):
        return f"it leaves out self before {unset[1]}", f"Write self.{unset[1]}."
    return None


def _own_name_called(
    error: BaseException, line: int, tree: ast.AST, answers: Answers
) -> tuple[str, str] | None:
    """Say that a variable has the name of a function that is called in a line."""
    known = {*dir(builtins), *vars(answers.module), *_parameters(tree)}
    stored = stored_in(tree) & known
    named = re.search(r"variable '(\w+)'", text_of(error))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.lineno <= line <= (node.end_lineno or 0):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        is_it = name in stored and name not in _only_parameters(tree)
        refused = "not callable" in text_of(error) or "positional arg" in text_of(error)
        if is_it and (refused or (named and named[1] == name)):
            if name in _parameters(tree) and _is_chosen(name, tree):
                return (
                    f"it calls {name}, which is no function any more",
                    f"What was assigned to {name} is the result of a call. To choose between two "
                    "functions, leave out the parentheses there.",
                )
            return (
                f"its variable {name} hides the function {name}",
                f"In the whole function, {name} is what was assigned to it. Give the variable "
                "another name.",
            )
    return None


def _inner_called_with_nothing(text: str, line: int, tree: ast.AST) -> tuple[str, str] | None:
    """Say that an inner function is called without the arguments that it needs."""
    lacks = re.search(r"<locals>\.(\w+)\(\) missing .* argument", text)
    name = lacks[1] if lacks else ""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.lineno == line)
    if name and any(ast.unparse(call) == f"{name}()" for call in calls):
        return (
            f"it calls {name} with nothing in the parentheses",
            f"Is the function itself wanted here, to be called later? Then leave out the "
            f"parentheses: {name}. If its result is, hand over what it needs.",
        )
    return None


def _is_chosen(name: str, tree: ast.AST) -> bool:
    """Whether one of two values is assigned to a name: `name = a or b`."""
    return any(
        isinstance(node.value, ast.BoolOp | ast.IfExp)
        and any(isinstance(one, ast.Name) and one.id == name for one in node.targets)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
    )


def _parameters(tree: ast.AST) -> set[str]:
    return {one.arg for one in ast.walk(tree) if isinstance(one, ast.arg)}


def _only_parameters(tree: ast.AST) -> set[str]:
    """Return the parameters that get no other value."""
    nodes = [one for one in ast.walk(tree) if isinstance(one, ast.Name)]
    return _parameters(tree) - {one.id for one in nodes if not isinstance(one.ctx, ast.Load)}


GIVES_NONE = {
    "match": "where the pattern does not fit",
    "search": "where the pattern is not found",
    "fullmatch": "where the pattern does not fit",
    "get": "where the key is missing",
    "pop": "where that was given as its default",
}
"""Methods that may give None, and when."""


def _may_be_left_out(tree: ast.AST) -> set[str]:
    """Return the parameters of a task that are None by default, and are not replaced."""
    if not isinstance(tree, Function):
        return set()
    given = [*tree.args.posonlyargs, *tree.args.args]
    pairs = [*zip(given[::-1], tree.args.defaults[::-1], strict=False)]
    pairs += [(a, d) for a, d in zip(tree.args.kwonlyargs, tree.args.kw_defaults, strict=True) if d]
    names = {one.arg for one, default in pairs if ast.unparse(default) == "None"}
    return names & _only_parameters(tree)


def _made_none(line: int, tree: ast.AST, said: str) -> tuple[str, str] | None:
    """Say what in a line is None, and where it comes from, if the code shows that.

    Args:
        line: the line.
        tree: the code of the task.
        said: what Python says: that None has no such attribute, or cannot be called.
    """
    asked = re.search(r"has no attribute '(\w+)'", said)
    may_be: list[ast.expr] = []
    for node in ast.walk(tree):
        if getattr(node, "lineno", 0) != line:
            continue
        if isinstance(node, ast.Attribute | ast.Subscript):
            if asked is None or getattr(node, "attr", "") == asked[1]:
                may_be.append(node.value)
        elif isinstance(node, ast.Call) and "not callable" in said:
            may_be.append(node.func)
    used = {one.id for one in may_be if isinstance(one, ast.Name)}
    if optional := used & _may_be_left_out(tree):
        name = min(optional)
        return (
            "it does not expect None",
            f"{name} is a parameter that a caller may leave out: then it is None. Decide first "
            f"what to do: if {name} is None.",
        )
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign | ast.NamedExpr) or node.lineno > line:
            continue
        target = node.target if isinstance(node, ast.NamedExpr) else node.targets[0]
        called = node.value.func if isinstance(node.value, ast.Call) else None
        method = called.attr if isinstance(called, ast.Attribute) else ""
        if ast.unparse(target) in used and method in GIVES_NONE:
            return (
                "it does not expect None",
                f"{method}() gives None {GIVES_NONE[method]}. Ask for that first: "
                f"if {ast.unparse(target)} is not None.",
            )
    if asked and len({ast.unparse(one) for one in may_be}) == 1:
        shown = ast.unparse(may_be[0])
        return (
            "it does not expect None",
            f"{shown} is None in this line. Find out where it comes from, and what to do then.",
        )
    return None


def _hides_its_decorator(name: str, tree: ast.AST) -> bool:
    """Whether a function in a tree has the name of its own decorator."""
    return any(
        name in ast.unparse(decorator)
        for node in ast.walk(tree)
        if isinstance(node, Function) and node.name == name
        for decorator in node.decorator_list
    )


def _is_property(name: str, answers: Answers) -> bool:
    """Whether a class of the answers has a property of this name."""
    kinds = [one for one in vars(answers.module).values() if isinstance(one, type)]
    return any(isinstance(vars(kind).get(name), property) for kind in kinds)


def _of_outer(error: UnboundLocalError, answers: Answers) -> str | None:
    """Return the name that has no value, if a function around the one that uses it assigns it."""
    named = re.search(r"'(\w+)'", text_of(error))
    frames, _ = frames_of(error, answers.path)
    if not named or not frames:
        return None
    line, task = frames[0]
    around = [
        node
        for node in ast.walk(answers.file.tree_of(task))
        if isinstance(node, Function) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    innermost = max(around, key=lambda node: node.lineno, default=None)
    for node in around:
        if node is not innermost:
            own = [one for one in node.body if not isinstance(one, Function)]
            stored = {
                one.id
                for statement in own
                for one in ast.walk(statement)
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
            }
            if named[1] in stored | {one.arg for one in node.args.args}:
                return named[1]
    return None
