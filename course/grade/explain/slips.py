"""Slips in Python itself: what is wrong with an answer before its contract matters.

They are looked for once a test has failed. They only change what the learner is told.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from langchain_core.messages import BaseMessage

from course.catalog import Function, kind_of
from course.grade.answers import Answers, Call
from course.grade.expect import Words
from course.grade.explain.misuse import Code
from course.grade.explain.misuse import Slip as Slip
from course.grade.explain.nodes import line_of_only_call

NONE = "None"

STREAMS = ("Iterator", "AsyncIterator")


MESSAGE = " additional_kwargs={"
"""What str() of a message says, and hardly any other text."""

NONE_IN_TEXT = re.compile(r"(?<!\w)None(?![a-z])")
"""What str() says of None."""

BYTES = re.compile(r"b(['\"]).*\1$", re.DOTALL)
"""What str() of bytes says."""


def key_missing(call: Call | None, error: BaseException) -> Slip | None:
    """Say that a dict which comes out lacks the key that its reader looks for."""
    if not call or not isinstance(error, KeyError) or not error.args:
        return None
    result = call.returned if call.items is None else call.items
    came = result if isinstance(result, list) else [result]
    key = error.args[0]
    if any(isinstance(one, dict) and key not in one for one in came):
        return Slip(
            f"what it hands out has no key {key!r}",
            "The caller looks for it there. Is it missing, or written in another way?",
        )
    return None


def same_object_twice(call: Call | None, answers: Answers) -> Slip | None:
    """Say that a list has one and the same dict or list in several places.

    The code has to show it, too: the caller may have handed over the same one twice.
    """
    items = call.returned if call and isinstance(call.returned, list) else []
    changing = [id(item) for item in items if isinstance(item, dict | list)]
    if not call or len(changing) == len(set(changing)):
        return None
    for loop in ast.walk(answers.file.tree_of(call.task)):
        if isinstance(loop, ast.For | ast.AsyncFor):
            inside = [node for statement in loop.body for node in ast.walk(statement)]
            made = {
                n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
            for node in inside:
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
                    value = node.value
                elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".append"):
                    value = node.args[0]
                else:
                    continue
                if isinstance(value, ast.Name) and value.id not in made:
                    return Slip(
                        f"it uses one {value.id} in several places",
                        "It is the same object everywhere: what is changed in one place changes in "
                        "all of them. Make a new one in each round.",
                        line=node.lineno,
                    )
    return None


def in_the_code(task: str, answers: Answers) -> Slip | None:
    """Say what the code of a task shows at a glance, though it is not always wrong."""
    tree = answers.file.tree_of(task)
    code = Code(answers.lesson, answers.file, vars(answers.module), answers.ran)
    looks = (error_returned, _default_shared, _parameter_hidden, _returned_in_loop)
    slips = (look(tree, answers) for look in looks)
    return next((slip for slip in slips if slip and code.has_run(slip)), None)


def error_returned(tree: ast.AST, answers: Answers) -> Slip | None:
    """Say that an error, or a class of errors, is returned."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Call | ast.Name):
            name = ast.unparse(node.value.func if isinstance(node.value, ast.Call) else node.value)
            kind = vars(answers.module).get(name, getattr(builtins, name, None))
            if isinstance(kind, type) and issubclass(kind, BaseException):
                return Slip(
                    "it returns an error instead of raising it",
                    f"return hands it over like any other value. Write raise {name}(...).",
                    line=node.lineno,
                )
    return None


def _default_shared(tree: ast.AST, answers: Answers) -> Slip | None:
    for node in ast.walk(tree):
        if isinstance(node, Function) and not _becomes_something_else(node, tree):
            given = [*node.args.posonlyargs, *node.args.args]
            defaults = [*zip(given[::-1], node.args.defaults[::-1], strict=False)]
            defaults += [*zip(node.args.kwonlyargs, node.args.kw_defaults, strict=False)]  # type: ignore[list-item]
            for argument, default in defaults:
                if isinstance(default, ast.List | ast.Dict | ast.Set) or _makes_collection(default):
                    return Slip(
                        "it keeps something from one call to the next",
                        f"{argument.arg}={ast.unparse(default)} is made once, and every call uses "
                        "the same one. Make a new one inside.",
                        line=default.lineno,
                    )
    return None


def _becomes_something_else(inner: ast.AST, tree: ast.AST) -> bool:
    """Whether a function inside of a task is decorated or handed over: a tool copies defaults."""
    if inner is tree or not isinstance(inner, Function):
        return False
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    handed = [given for call in calls for given in (*call.args, *(k.value for k in call.keywords))]
    names = {given.id for given in handed if isinstance(given, ast.Name)}
    return bool(inner.decorator_list) or inner.name in names


def _makes_collection(default: ast.expr | None) -> bool:
    return isinstance(default, ast.Call) and ast.unparse(default.func) in ("list", "dict", "set")


def _parameter_hidden(tree: ast.AST, answers: Answers) -> Slip | None:
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.AsyncFor) and isinstance(node.target, ast.Name):
            name = node.target.id
            if isinstance(node.iter, ast.Name) and node.iter.id == name:
                return Slip(
                    f"its loop hides {name}",
                    f"From the first round on, {name} is an item, and no longer what was given. "
                    "Give the item a name of its own.",
                    line=node.lineno,
                )
    return None


def _returned_in_loop(tree: ast.AST, answers: Answers) -> Slip | None:
    """The first round of a for loop ends the function, and nothing decides about it."""
    for loop in ast.walk(tree):
        if isinstance(loop, ast.For | ast.AsyncFor) and not _decides(loop):
            for statement in loop.body:
                if isinstance(statement, ast.Return):
                    if _should_yield(tree, answers):
                        return Slip(
                            "it returns where it should yield",
                            "return ends the function, with one value. yield hands out a value, "
                            "and the loop goes on when the next one is asked for.",
                            line=statement.lineno,
                        )
                    return Slip(
                        "it returns inside its loop",
                        "A return there ends the function in the first round. Move it below the "
                        "loop, so far left that the loop ends first.",
                        line=statement.lineno,
                    )
                if isinstance(statement, ast.Raise) and _returns(loop):
                    return Slip(
                        "it raises inside its loop",
                        "A raise there ends the function in the first round. If it is for what "
                        "comes after the last round, move it below the loop.",
                        line=statement.lineno,
                    )
    return None


def _returns(loop: ast.For | ast.AsyncFor) -> bool:
    """Whether a round may return: then what stands below it is for the end of the loop."""
    return any(isinstance(one, ast.Return) for one in ast.walk(loop))


def _should_yield(tree: ast.AST, answers: Answers) -> bool:
    """Whether the stub asks for a stream, and nothing in a task yields."""
    own = answers.lesson.signatures.get(getattr(tree, "name", ""))
    is_stream = own is not None and (own.returns or "").partition("[")[0] in STREAMS
    return is_stream and not any(isinstance(x, ast.Yield | ast.YieldFrom) for x in ast.walk(tree))


def _decides(loop: ast.For | ast.AsyncFor) -> bool:
    """Whether a round may end early, or something inside may fail and be caught."""
    inside = [node for statement in loop.body for node in ast.walk(statement)]
    return any(
        isinstance(node, ast.Continue | ast.Try | ast.For | ast.AsyncFor | ast.While)
        for node in inside
    )


def stream_not_returned(task: str, answers: Answers) -> Slip | None:
    """Say that the stream of an inner function is made, and not handed out."""
    for outer in ast.walk(answers.file.tree_of(task)):
        if isinstance(outer, Function):
            for inner in outer.body:
                if isinstance(inner, Function) and kind_of(inner).endswith("generator"):
                    return Slip(
                        f"it does not return the stream that {inner.name} makes",
                        f"The yield is in the inner function. Write return {inner.name}(...).",
                        line=inner.lineno,
                    )
    return None


def in_the_result(
    call: Call | None, got: object, wanted: object, task: str, answers: Answers
) -> Slip | None:
    """Say what a result shows that is no result but a text about it."""
    came = [got, call.items if call and call.items is not None else call and call.returned]
    texts = list(_texts(came))
    if any(MESSAGE in one for one in texts) and MESSAGE not in str(wanted):
        return Slip(
            "it takes str() of a message for its text",
            "str() shows all that a message holds, for programmers. Take its attribute text.",
            line=line_of_only_call(answers.file.tree_of(task), "str"),
        )
    if any(BYTES.match(one) for one in texts):
        return Slip(
            "it takes str() of bytes for their text",
            "str() shows bytes as you would write them, with a b in front. decode() makes text of "
            "them.",
            line=line_of_only_call(answers.file.tree_of(task), "str"),
        )
    said = [] if isinstance(got, Words) else list(_texts([got])) or texts
    given = call.text if call else ""
    said = [one for one in said if not one.lstrip().startswith(("[", "{", "("))]  # str() of a list
    if any(map(NONE_IN_TEXT.search, said)) and not re.search(NONE, f"{given}{wanted}"):
        return Slip(
            "it makes a text of None",
            "str() and an f before a text give the word None for it. Find out which value is "
            "missing here: leave it out, or fill it in first.",
        )
    return _without_f(" ".join(texts), task, answers)


def _texts(value: object) -> Iterator[str]:
    """Yield the texts in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, BaseMessage):
        yield from _texts(value.content)
    elif isinstance(value, dict | list | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _without_f(text: str, task: str, answers: Answers) -> Slip | None:
    """A text with braces came out as it is written."""
    tree = answers.file.tree_of(task)
    inside = {
        id(one) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for one in node.values
    }
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in inside
        ):
            field = re.search(r"\{([a-z_]\w*)[^{}]*\}", node.value)
            if field and field[1] in names and node.value in text:
                return Slip(
                    "it leaves out the f before a text with braces",
                    f'Without it, {field[0]} is text like any other. Write f"...".',
                    line=node.lineno,
                )
    return None


def never_emptied(call: Call | None, wanted: object) -> Slip | None:
    """Say that each piece begins with all that came before, though that is not wanted."""
    items = call.items if call and call.items else []
    pieces = [item for item in items if isinstance(item, str)]
    if len(pieces) < 2 or len(pieces) != len(items) or not _grow(pieces):
        return None
    if not isinstance(wanted, str | list) or (isinstance(wanted, list) and _grow(wanted)):
        return None
    return Slip(
        "the same text comes again and again",
        "Each piece begins with the one before. Hand out only what is new, and empty a buffer "
        "once its text is handed out.",
    )


def _grow(pieces: Sequence[Any]) -> bool:
    pairs = pairwise(pieces)
    return all(isinstance(b, str) and a and a != b and b.startswith(a) for a, b in pairs)


def a_or_an(name: str) -> str:
    """Return a name with its article. None has no article, and neither have several names."""
    if name == NONE or " | " in name:
        return name
    sounds_like_you = name.startswith(("Uni", "Use"))
    return f"{'an' if name[0] in 'AEIOUaeiou' and not sounds_like_you else 'a'} {name}"
