"""Semantic mutants: the reference solution inside of a wrapper that gets one thing wrong.

A small change of the code rarely is what a person gets wrong. These are: equal neighbors dropped,
a blank taken for the end, an error swallowed, a result that is shared, a source left open. Each
kind is written once, and applied to every task that reads a stream, gives one, or returns a value.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from course.author.mutants import Mutant
from course.catalog import Function, Kind, Lesson, tree_of

THE_SOURCE = "its source"
THE_STREAM = "its stream"
THE_RESULT = "its result"
THE_ARGUMENTS = "its arguments"
"""What a kind is about: it takes the place of the changed code in the list of survivors."""

STREAMS = ("Iterable", "Iterator", "AsyncIterable", "AsyncIterator")
"""How the annotation of a parameter begins that is a source."""

OF_ANY_SOURCE: Mapping[str, str] = {
    "an item equal to the one before is dropped": "if [item] == self.seen[-1:]: continue",
    "the tenth item is the last": "if len(self.seen) == 10: self.end()",
}
OF_TEXTS: Mapping[str, str] = {
    "a text that is empty is the end": "if item == '': self.end()",
    "a blank is dropped": "if isinstance(item, str) and item.isspace(): continue",
    "a blank is the end": "if isinstance(item, str) and item.isspace(): self.end()",
    "white space around a text is removed": "item = item.strip() if type(item) is str else item",
}
OF_VALUES: Mapping[str, str] = {
    "an item that counts as false is dropped": "if not item: continue",
    "an item that counts as false is the end": "if not item: self.end()",
    "an item that is an exception is raised": "if isinstance(item, BaseException): raise item",
}
"""What happens to each item of a source, before the task sees it. The last two are for sources of
texts, and of values of any kind."""

OF_ITS_ERRORS: Mapping[str, str] = {
    "an error is the end": "except Exception: self.end()",
    "an interrupt is the end": "except (KeyboardInterrupt, SystemExit): self.end()",
    "an error is replaced": "except Exception as error: raise RuntimeError(str(error)) from error",
}
"""What happens to an error of a source, before the task sees it."""

OF_A_STREAM: Mapping[str, str] = {
    "a piece equal to the one before is dropped": "if [item] == seen[-1:]: continue",
    "after ten pieces it ends": "if len(seen) == 10: return",
}
"""What happens to each piece of a stream, before the caller sees it."""

OF_A_RESULT: Mapping[str, str] = {
    "a list becomes a tuple": "result = tuple(result) if type(result) is list else result",
    "an integer becomes a float": "result = float(result) if type(result) is int else result",
    "it is the same object as last time": (
        "last = globals().setdefault('_last', [result]); "
        "result = last[0] if type(result) in (list, dict, set) and last[0] == result else result; "
        "last[0] = result"
    ),
    "what counts as false becomes None": "result = result or None",
}
"""What happens to what a function returns."""

OF_THE_ARGUMENTS: Mapping[str, str] = {
    "a list among them is emptied": "[one.clear() for one in given if type(one) is list]",
    "a dict among them is marked": "[one.update(seen=True) for one in given if type(one) is dict]",
    "a dict in a list among them is marked": (
        "[one.update(seen=True) for many in given if type(many) is list "
        "for one in many if type(one) is dict]"
    ),
}
"""What happens to what a task was given, when it has done its work."""

SOURCE = """
class _Reads:
    def __init__(self, source):
        self.source, self.stream, self.seen, self.over = source, None, [], False

    def end(self):
        self.over = True
        raise {stop}

    def __{a}iter__(self):
        return self

    {async_def} __{a}next__(self):
        if self.stream is None:
            self.stream = {a}iter(self.source)
        while True:
            if self.over:
                raise {stop}
            try:
                item = {await_}{a}next(self.stream)
            except {stop}:
                self.over = True
                raise
            {on_error}
            {on_item}
            self.seen.append(item)
            return item

    {async_def} {a}close(self):
        {on_close}

    def __getattr__(self, name):
        return getattr(self.source, name)
"""

CLOSES = "if hasattr(self.source, '{a}close'): {await_}self.source.{a}close()"
LEAVES_OPEN: Mapping[str, str] = {
    "it is not closed": "pass",
    "it is closed only if it has not ended": "if not self.over: {await_}self.source.{a}close()",
}


NOTHING = "nothing"
"""A wrapper that gets nothing wrong: what the tests say of it, they would say of any wrapper."""


def semantic_mutants(lesson: Lesson) -> Iterator[Mutant]:
    """Give those of each task of a lesson, in its order."""
    return (one for one in _wrapped(lesson) if one.now != NOTHING)


def neutral_mutants(lesson: Lesson) -> Iterator[Mutant]:
    """Give each task of a lesson in wrappers that change nothing."""
    return (one for one in _wrapped(lesson) if one.now == NOTHING)


def _wrapped(lesson: Lesson) -> Iterator[Mutant]:
    nodes = {
        node.name: node
        for node in tree_of(lesson, lesson.solution).body
        if isinstance(node, Function)
    }
    for task in lesson.tasks:
        kind = lesson.signatures[task.name].kind
        if task.name in nodes and not kind.endswith("context manager"):
            node = nodes[task.name]
            right = ast.unparse(node).replace(f"def {task.name}(", "def _right(", 1)
            for about, what, wrapper in _wrappers(node, kind):
                yield Mutant(task.name, node.lineno, about, what, 1, f"{right}\n{wrapper}\n")


def _wrappers(
    node: ast.FunctionDef | ast.AsyncFunctionDef, kind: Kind
) -> Iterator[tuple[str, str, str]]:
    """Give what each wrapper is about, what it gets wrong, and its source."""
    nothing = {NOTHING: "pass"}
    annotations = [ast.unparse(one.annotation or one) for one in node.args.args]
    if annotations and annotations[0].startswith(STREAMS):
        for what, source in _sources(annotations[0]):
            yield THE_SOURCE, what, source + _reading(node.name, kind)
    if kind in ("generator", "async generator"):
        for what, line in {**OF_A_STREAM, **nothing}.items():
            yield THE_STREAM, what, _streaming(node.name, kind, line, "pass")
    else:
        for what, line in {**OF_A_RESULT, **nothing}.items():
            yield THE_RESULT, what, _returning(node.name, kind, line)
    for what, line in {**_of_arguments(annotations), **nothing}.items():
        yield THE_ARGUMENTS, what, _afterwards(node.name, kind, line)


def _of_arguments(annotations: Sequence[str]) -> Mapping[str, str]:
    """Return what can happen to arguments of such types."""
    lists = any(re.search("list|Sequence|Iterable", one) for one in annotations)
    plain = r"(\W|str|bytes|tuple|int|float|bool|T|None|Iterable|(Async)?Iterator|Collection)*"
    dicts = not all(re.fullmatch(plain, one) for one in annotations)
    return {
        what: line
        for what, line in OF_THE_ARGUMENTS.items()
        if (lists or not what.startswith("a list")) and (dicts or not what.startswith("a dict"))
    }


def _sources(annotation: str) -> Iterator[tuple[str, str]]:
    """Give what a source with this annotation may be taken for, and the source that is."""
    is_async = annotation.startswith("Async")
    words = {
        "a": "a" if is_async else "",
        "await_": "await " if is_async else "",
        "async_def": "async def" if is_async else "def",
        "stop": "StopAsyncIteration" if is_async else "StopIteration",
    }
    right = {"on_error": "", "on_item": "", "on_close": CLOSES.format(**words)}
    items = annotation.partition("[")[2]
    of_values = re.match(r"(T|Any|object)\b", items)
    of_items = {
        **OF_ANY_SOURCE,
        **(OF_TEXTS if of_values or "str" in items else {}),
        **(OF_VALUES if of_values else {}),
    }
    for what, line in of_items.items():
        yield what, SOURCE.format(**words, **{**right, "on_item": line})
    for what, line in OF_ITS_ERRORS.items():
        if not (is_async and "KeyboardInterrupt" in line):  # asyncio raises that itself
            yield what, SOURCE.format(**words, **{**right, "on_error": line})
    for what, line in LEAVES_OPEN.items():
        yield what, SOURCE.format(**words, **{**right, "on_close": line.format(**words)})
    yield NOTHING, SOURCE.format(**words, **right)


def _function(name: str, kind: Kind, body: str) -> str:
    word = "async def" if kind in ("async generator", "coroutine") else "def"
    return f"\n{word} {name}(*given, **named):\n{textwrap.indent(textwrap.dedent(body), '    ')}"


def _reading(name: str, kind: Kind) -> str:
    call = "_right(_Reads(given[0]), *given[1:], **named)"
    if kind in ("generator", "async generator"):
        return f"\ndef {name}(*given, **named):\n    return {call}\n"
    return _function(name, kind, f"return {'await ' if kind == 'coroutine' else ''}{call}")


def _streaming(name: str, kind: Kind, on_item: str, at_the_end: str) -> str:
    a, async_, await_ = ("a", "async ", "await ") if kind == "async generator" else ("", "", "")
    body = f"""\
        stream, seen = _right(*given, **named), []
        try:
            {async_}for item in stream:
                {on_item}
                seen.append(item)
                yield item
        finally:
            {await_}stream.{a}close()
            {at_the_end}
    """
    return _function(name, kind, body)


def _returning(name: str, kind: Kind, line: str) -> str:
    await_ = "await " if kind == "coroutine" else ""
    body = f"result = {await_}_right(*given, **named)\n{line}\nreturn result\n"
    return _function(name, kind, body)


def _afterwards(name: str, kind: Kind, line: str) -> str:
    if kind in ("generator", "async generator"):
        return _streaming(name, kind, "pass", line)
    return _returning(name, kind, line)
