"""What was looked for and is not there: a key of a dict, an attribute, a name."""

from __future__ import annotations

import ast
import builtins
import difflib
import re
import sys
import types
from collections.abc import Iterator, Mapping
from typing import Any

from course.grade.answers import Answers
from course.grade.frames import innermost, top_level_name
from course.grade.said import text_of

Said = tuple[str, str]
"""What the learner did, and what to do about it."""

MOST_KEYS = 8
"""So many keys of a dict are named."""

OF_MESSAGES = {
    "role": "Whose a message is says its class, and its type: isinstance(x, AIMessage), x.type.",
    "finish_reason": "It is a key of the dict response_metadata, if it is there: use get().",
    "stop_reason": "It is a key of the dict response_metadata, if it is there: use get().",
    "model_name": "It is a key of the dict response_metadata, if it is there: use get().",
    "usage": "What was used is in usage_metadata, which is a dict, or None.",
    "total_tokens": "It is a key of usage_metadata, which is a dict, or None.",
    "output_tokens": "It is a key of usage_metadata, which is a dict, or None.",
    "message": "It is the message itself: its text is x.text.",
    "messages": 'It is one message. The state of an agent has a list of them: state["messages"].',
    "choices": "A message of LangChain is the answer itself: its text is x.text.",
    "delta": "A chunk of LangChain is the delta itself: its text is x.text.",
}
"""What is looked for in messages, and where it is."""


def key_not_found(error: KeyError, answers: Answers) -> Said | None:
    """Say which keys the dict has, if it is at hand."""
    frame = innermost(error, answers.path)
    if frame is None or not error.args or error.__traceback__ is None:
        return None
    key = error.args[0]
    line = _line_of(error, frame)
    for node in ast.walk(answers.file.tree_of(top_level_name(frame))):
        is_here = isinstance(node, ast.Subscript) and node.lineno <= line <= (node.end_lineno or 0)
        if not isinstance(node, ast.Subscript) or not is_here:
            continue
        owner = frame.f_locals.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if type(owner) is not dict or key in owner or not all(type(one) is str for one in owner):
            continue
        if not _may_be(node.slice, key, frame):
            continue
        name = ast.unparse(node.value)
        if _is_filled(node, answers.file.tree_of(top_level_name(frame))):
            first = f"{name}[{ast.unparse(node.slice)}]"
            return (
                "it uses a key that has no value yet",
                f"{name} has no {key!r} so far, and nothing can be added to what is not there. "
                f"Give {first} a first value, or ask with get().",
            )
        some = ", ".join(map(repr, list(owner)[:MOST_KEYS]))
        more = ", ..." if len(owner) > MOST_KEYS else ""
        has = f"has these keys: {some}{more}" if owner else "is empty here"
        return (
            "it asks for a key that is not there",
            f"{name} {has}. Where a key may be missing, use get().",
        )
    return None


def _may_be(written: ast.expr, key: object, frame: types.FrameType) -> bool:
    """Whether what is written between brackets may stand for a key."""
    if isinstance(written, ast.Constant):
        return bool(written.value == key)
    if isinstance(written, ast.Name):
        return written.id not in frame.f_locals or frame.f_locals[written.id] is key
    if isinstance(written, ast.Subscript) and isinstance(written.value, ast.Name):
        owner = frame.f_locals.get(written.value.id)
        inner = written.slice.value if isinstance(written.slice, ast.Constant) else None
        return type(owner) is not dict or owner.get(inner) is key
    return True


def _line_of(error: BaseException, frame: types.FrameType) -> int:
    """Return the line in which a frame has raised an error."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame is not frame:
        trace = trace.tb_next
    return trace.tb_lineno if trace else 0


def _is_filled(node: ast.Subscript, tree: ast.AST) -> bool:
    """Whether something is added to what stands under a key."""
    return any(
        (isinstance(one, ast.AugAssign) and one.target is node)
        or (isinstance(one, ast.Attribute) and one.value is node and one.attr == "append")
        or (isinstance(one, ast.Subscript) and one.value is node and _is_filled(one, tree))
        for one in ast.walk(tree)
    )


def attribute_not_found(owner: str, name: str, answers: Answers) -> Said | None:
    """Say where an attribute is that an object of a class does not have."""
    there = vars(answers.module).get(name)
    if isinstance(there, types.FunctionType):
        return f"it asks an object for {name}", f"{name} is a function: {name}(...)."
    if owner.endswith(("Message", "MessageChunk")) and name in OF_MESSAGES:
        return f"it asks a message for {name}", OF_MESSAGES[name]
    kind = vars(answers.module).get(owner)
    if isinstance(kind, type) and owner in answers.lesson.signatures:
        has = sorted(_public(kind))
        close = difflib.get_close_matches(name, has, n=1, cutoff=0.8)
        is_it = f" Is it {close[0]}?" if close else ""
        return (
            "it asks for an attribute that is not there",
            f"{owner} has these: {', '.join(has)}.{is_it}",
        )
    return None


def _public(kind: type) -> Iterator[str]:
    """Yield what objects of a class of the stub have."""
    fields: Mapping[str, Any] | None = getattr(kind, "model_fields", None)
    if fields is not None:  # of pydantic, whose classes have much else
        yield from fields
        return
    for one in {*vars(kind), *getattr(kind, "__annotations__", ())}:
        if not one.startswith("_"):
            yield one


def name_not_found(error: NameError) -> Said | None:
    """Say that a name belongs to Python, and has to be imported."""
    found = re.match(r"name '(\w+)' is not defined", text_of(error))
    if found and found[1] in sys.stdlib_module_names:
        return (
            f"it uses {found[1]} and does not import it",
            f"Write it at the top of the file: import {found[1]}.",
        )
    if found and found[1] not in dir(builtins) and found[1] in MODULES:
        module = MODULES[found[1]]
        return (
            f"it uses {found[1]} and does not import it",
            f"Write it at the top of the file: from {module} import {found[1]}.",
        )
    return None


MODULES = {
    "b64encode": "base64",
    "b64decode": "base64",
    "Counter": "collections",
    "defaultdict": "collections",
    "deque": "collections",
    "dataclass": "dataclasses",
    "datetime": "datetime",
    "deepcopy": "copy",
    "partial": "functools",
    "cycle": "itertools",
    "islice": "itertools",
    "chain": "itertools",
    "pairwise": "itertools",
    "sleep": "time",
    "perf_counter": "time",
    "monotonic": "time",
    "escape": "html",
    "Path": "pathlib",
    "Enum": "enum",
    "Optional": "typing",
    "Any": "typing",
    "Literal": "typing",
    "suppress": "contextlib",
}
"""Names that answers often use without importing them, and from where they come."""
