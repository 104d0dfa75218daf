"""What errors say of coroutines, streams, bytes and chunks."""

from __future__ import annotations

COROUTINE = "The call has only made a coroutine,"

WAITING: tuple[tuple[str, str, str], ...] = (
    (
        r"(unsupported operand|not supported between).*'(builtin_)?(function|method)"
        r"|'(builtin_)?(function|method)(_or_method)?' object is not (iterable|subscriptable)"
        r"|can't convert type 'function'",
        "it takes a function for its result",
        "Without parentheses it is the function itself. Call it: name().",
    ),
    (
        r"'async for' requires an object with __aiter__ method, got (function|method)",
        "it loops over a function",
        "The call makes the stream. Write the parentheses: name(...).",
    ),
    (
        r"a coroutine was expected, got <?(function|bound method)",
        "it makes a task of a function",
        "A task runs a coroutine, which the call makes. Write the parentheses: name(...).",
    ),
    (
        r"a coroutine was expected, got|An asyncio.Future, a coroutine or an awaitable is required",
        "it makes a task of something that is no coroutine",
        "create_task() and gather() run coroutines, which calls of async functions make. A stream "
        "is none: write an async function that reads it with async for.",
    ),
    (
        r"Expected a Runnable, callable or dict.*coroutine",
        "it calls a function that it should hand over",
        "Here the function itself is wanted, which is then called for each step. Leave out the "
        "parentheses.",
    ),
    (
        r"asyncio.run\(\) cannot be called from a running event loop",
        "it starts a second event loop",
        "An async function already runs in one. Await a coroutine there, and read a stream with "
        "async for.",
    ),
    (
        r"exceptions must derive from BaseException",
        "it raises something that is not an error",
        "Neither a text nor None can be raised. Raise an error, which may hold a text: "
        'raise ValueError("...").',
    ),
    (
        r"'AIMessage(Chunk)?' object is not subscriptable",
        "it takes a message for a dict",
        "What it holds are attributes, such as x.text and x.content.",
    ),
    (
        r"object of type '(Source|AsyncSource|\w*generator|\w*iterator|map|filter|zip)' has no len"
        r"|'(Source|AsyncSource|\w*generator|\w*iterator|map|filter|zip)' object is not "
        r"subscriptable",
        "it takes a stream for a list",
        "A stream has no length, and no items by number: they come one after the other. Read it "
        "with a loop.",
    ),
    (
        r"can't concat int to bytes|a bytes-like object is required, not 'int'",
        "it takes a number for bytes",
        "A loop over bytes gives numbers, and so does b[0]. A slice gives bytes: b[0:1].",
    ),
    (
        r"can only concatenate str \(not \"bytes\"\)|can't concat str to bytes"
        r"|a bytes-like object is required, not 'str'|must be str, not bytes",
        "it mixes bytes and text",
        "decode() makes text of bytes, and encode() bytes of text. Join only things of one kind.",
    ),
    (
        r"can only concatenate str \(not \"(int|float)\"\)",
        "it joins a text and a number",
        'str(...) makes text of a number, and so does f"{...}".',
    ),
    (
        r"(concatenate str|unsupported operand(?!.*NoneType)|must be str|expected str)"
        r".*AIMessageChunk",
        "it treats a chunk as if it were text",
        "model.stream() gives AIMessageChunk objects. The text of one is chunk.text.",
    ),
    (
        r"can only concatenate str \(not \"list\"\)|sequence item \d+: expected str instance, list",
        "it assumes that content is a string",
        "chunk.content may be a list of blocks. chunk.text is always the text.",
    ),
    (
        r"'(coroutine|\w*asend)' object (has no attribute|is not subscriptable|does not support)"
        r"|unsupported operand.*'coroutine'|cannot unpack non-iterable coroutine",
        "it takes a coroutine for its result",
        f"{COROUTINE} and nothing in it has run. Write await before it.",
    ),
    (
        r"'async for' requires an object with __aiter__ method, got coroutine",
        "it loops over a coroutine",
        "A coroutine has one result, which await returns. Only something that yields can be read "
        "with async for.",
    ),
    (
        r"'async for' requires an object with __aiter__",
        "it reads an ordinary stream with 'async for'",
        "Read it with for. If there is an asynchronous one, such as model.astream(...), take that.",
    ),
    (
        r"'coroutine' object is not iterable",
        "it reads a coroutine with 'for'",
        f"{COROUTINE} whose one result await returns.",
    ),
    (
        r"'(async_generator|\w*Async\w*)' object is not (iterable|an iterator)",
        "it reads an asynchronous stream with 'for'",
        "An asynchronous stream is read with async for, in an async function.",
    ),
    (
        r"object (async_generator|AsyncSource) can't be used in 'await' expression"
        r"|'(async_generator|AsyncSource)' object can't be awaited",  # from Python 3.14 on
        "it awaits a stream",
        "A stream has many results, not one. Read it with async for.",
    ),
    (
        r"object \w+ can't be used in 'await' expression|'\w+' object can't be awaited",
        "it awaits something that is already there",
        "Only something that is still to come can be awaited: a coroutine, a task, a future.",
    ),
    (
        r"asynchronous generator is already running|generator already executing",
        "it uses a source while something is still waiting for its next token",
        "Only one reader at a time. Keep the task of a pull that is still waiting, and wait for "
        "that one again. At the end, cancel it and await it before the source is closed.",
    ),
    (
        r"asynchronous generator ignored GeneratorExit|generator ignored GeneratorExit",
        "it yields while it is being closed",
        "After close() nobody is listening. Remove any yield in finally or after catching "
        "GeneratorExit.",
    ),
    (
        r"generator raised StopIteration|generator raised StopAsyncIteration",
        "it lets the end of the source escape as an error",
        "At the end, next() raises StopIteration and anext() raises StopAsyncIteration. Catch it, "
        "or let a for loop do so.",
    ),
    (
        r"object is not an iterator|object is not an async iterator",
        "it calls next() on something that is not an iterator",
        "A for loop reads anything iterable, even a list. next() needs an iterator: make one with "
        "iter(...).",
    ),
    (
        r"ExceptionGroup: unhandled errors in a TaskGroup",
        "its TaskGroup wraps the error in a group",
        "The caller expects the error itself and cannot catch it in a group. Catch it in the task "
        "and hand it over, or use tasks that you end yourself in finally.",
    ),
)
"""Patterns of error texts: what the learner most likely did, and what to do about it."""
