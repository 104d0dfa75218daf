"""Results of another type than the stub says."""

from __future__ import annotations

import ast
import asyncio
import inspect
from collections.abc import Iterator, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, is_typeddict

from langchain_core import messages
from langchain_core.documents import Document
from langchain_core.messages import BaseMessage

from course import catalog
from course.grade.answers import Answers, Call
from course.grade.explain.misuse import Slip as Slip
from course.grade.explain.slips import NONE, STREAMS, a_or_an

PLAIN: Mapping[str, type | tuple[type, ...]] = {
    "None": type(None),
    "bool": bool,
    "int": int,
    "float": (int, float),
    "str": str,
    "bytes": (bytes, bytearray),
    "list": list,
    "tuple": tuple,
    "dict": dict,
    "set": (set, frozenset),
}
"""What stands in an annotation -> what it allows. Another name may be a class of the stub."""


IMPORTED: Mapping[str, type] = {
    "Document": Document,
    **{
        name: getattr(messages, name)
        for name in (
            *("BaseMessage", "SystemMessage", "HumanMessage", "ToolMessage"),
            *("AIMessage", "AIMessageChunk"),
        )
    },
}
"""The same for what answers import that run in another process: their module is not here."""


LIVE = ("BaseTool", "Runnable")
"""In official grading, something else stands for these. Only plain values are surely not one."""


def of_another_type(call: Call | None, answers: Answers) -> Slip | None:
    """Say that what came is of another type than the stub says."""
    if call is None or call.task not in answers.lesson.signatures:
        return None
    if made := _coroutine_in(call.items or call.returned):
        name = getattr(made, "__qualname__", "").rpartition(".")[2]
        of_what = f" of {name}" if name else ""
        return Slip(
            f"it hands out a coroutine{of_what}, not its result",
            "The call only makes a coroutine: nothing in it runs until it is awaited. "
            "Write await before the call, or await asyncio.gather(...) for many.",
            line=_line_that_calls(name, call.task, answers),
        )
    declared = answers.lesson.signatures[call.task].returns
    if not declared:
        return None
    tree = ast.parse(declared, mode="eval").body
    if call.items is not None:
        if not (isinstance(tree, ast.Subscript) and ast.unparse(tree.value) in STREAMS):
            return None
        odd = [item for item in call.items if not _fits(item, tree.slice, answers)]
        if not odd:
            return None
        wanted = ast.unparse(tree.slice)
        bare = _bare_yield(answers.file.tree_of(call.task)) if odd[0] is None else None
        how = " A yield with nothing behind it hands out None." if bare else _how(odd[0], wanted)
        return Slip(
            f"it yields {_not(odd[0], wanted)}",
            f"The stub says what each item is: {wanted}.{how}",
            bare,
        )
    if not call.has_returned:
        return None
    if _fits(call.returned, tree, answers):
        return _items_of_another_type(call.returned, tree, answers)
    alias = _alias(declared, answers)
    return Slip(
        f"it returns {_not(call.returned, declared)}",
        f"The stub says what comes back: -> {declared}.{alias}{_how(call.returned, declared)}",
    )


def _bare_yield(tree: ast.AST) -> int | None:
    """Return the line of a `yield` without a value."""
    found = (one for one in ast.walk(tree) if isinstance(one, ast.Yield) and one.value is None)
    return next((one.lineno for one in found), None)


def _alias(name: str, answers: Answers) -> str:
    """A sentence on what a name of the stub stands for, or ""."""
    for node in catalog.tree_of(answers.lesson, answers.lesson.solution).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return f" {name} is {ast.unparse(node.value)}."
    return ""


def _coroutine_in(value: object) -> object:
    """Return the first coroutine in a result, which may be a list or a tuple."""
    found = value if isinstance(value, list | tuple) else [value]
    return next((one for one in found if inspect.iscoroutine(one)), None)


def _line_that_calls(name: str, task: str, answers: Answers) -> int | None:
    for node in ast.walk(answers.file.tree_of(task)):
        if isinstance(node, ast.Call) and name:
            called = node.func
            if getattr(called, "attr", getattr(called, "id", None)) == name:
                return node.lineno
    return None


def _items_of_another_type(value: object, tree: ast.expr, answers: Answers) -> Slip | None:
    if not isinstance(value, list) or not isinstance(tree, ast.Subscript):
        return None
    odd = [item for item in value if not _fits(item, tree.slice, answers)]
    if not odd:
        return None
    wanted = ast.unparse(tree.slice)
    how = _how(odd[0], wanted)
    if isinstance(odd[0], list) and wanted != "str":
        how = " A list inside of it stays a list: += and extend add each item, and append does not."
    if isinstance(odd[0], tuple) and odd[0][:1] == ("content",):  # the first field of a message
        how = " += adds the fields of one message, and append adds the message."
    return Slip(
        f"its list holds {_not(odd[0], wanted)}",
        f"The stub says what comes back: -> {ast.unparse(tree)}.{how}",
    )


def _fits(value: object, declared: ast.expr, answers: Answers) -> bool:
    """Whether a value may be what an annotation says, as far as that is known."""
    if isinstance(declared, ast.BinOp):
        return any(_fits(value, side, answers) for side in (declared.left, declared.right))
    name = ast.unparse(declared.value if isinstance(declared, ast.Subscript) else declared)
    if name in LIVE:
        return not isinstance(value, (type(None), str, int, float, list, tuple, dict, set))
    return _is_one_of(
        value, PLAIN.get(name) or vars(answers.module).get(name) or IMPORTED.get(name)
    )


def _is_one_of(value: object, known: Any) -> bool:
    """Whether a value may be what a type or its alias says, as far as that is known."""
    origin = get_origin(known)
    if origin in (Union, UnionType):
        return any(_is_one_of(value, one) for one in get_args(known))
    if origin is Literal:
        return type(value) in {type(one) for one in get_args(known)}
    if is_typeddict(known):
        known = dict
    known = origin if isinstance(origin, type) else known
    return isinstance(value, known) if isinstance(known, type | tuple) else True


def _how(value: object, declared: str) -> str:
    """What to do about a value of the wrong type, if it is one that comes often."""
    if value is None:
        return " A function that ends without return gives back None."
    if isinstance(value, BuiltinFunctionType | FunctionType | MethodType):
        return " Without parentheses it is the function itself. Call it: name()."
    if isinstance(value, type):
        return " A class makes an object when it is called: write parentheses after its name."
    if inspect.iscoroutine(value):
        return " Its call has only made a coroutine: write await before it."
    if isinstance(value, Iterator) and not declared.startswith(("Iterator", "Iterable")):
        return " It has yet to be read: yield from hands on its items, and list(...) collects them."
    if declared.startswith("list") and isinstance(value, dict):
        return " list(x.values()) makes one of the values of a dict."
    if type(value).__name__ in ("dict_values", "dict_keys", "dict_items"):
        return " list(...) makes one of it."
    if isinstance(value, asyncio.Future):
        return " It is still at work: await it, or await asyncio.gather(...) for many."
    if isinstance(value, list) and declared == "str" and any(map(_is_block, value)):
        return " The content of a message may be a list of blocks. Its attribute text is the text."
    if isinstance(value, list) and declared == "str" and any(isinstance(x, dict) for x in value):
        return " If JSON is wanted, json.dumps(...) makes text of lists and dicts."
    if isinstance(value, list) and declared == "str" and any(map(_is_message, value)):
        return " These are messages. The text of each is its attribute text."
    if type(value).__name__ == "ChatPromptTemplate" and declared.startswith("list"):
        return " A message with a + makes a prompt template. Put the message in brackets first."
    if declared == "ToolMessage":
        return " Only a ToolMessage says which call it answers, by the id of the call."
    if isinstance(value, list | tuple) and declared == "str":
        return ' "".join(...) makes one text of many.'
    if isinstance(value, BaseMessage) and declared == "str":
        return f" The text of {a_or_an(type(value).__name__)} is its attribute text."
    if isinstance(value, tuple) and declared.startswith("list"):
        return " list(...) makes one of a tuple."
    return ""


def _is_block(value: object) -> bool:
    return isinstance(value, dict) and value.get("type") in ("text", "reasoning", "image")


def _is_message(value: object) -> bool:
    return isinstance(value, BaseMessage)


def _not(value: object, wanted: str) -> str:
    """Say what came, and what did not: "None, not a str"."""
    came = NONE if value is None else type(value).__name__
    came = "str" if isinstance(value, str) else came  # LangChain has a class of its own
    return f"{a_or_an(came)}, not {a_or_an(wanted)}"
