"""What an error of Python or of a library says about the code that raised it."""

from __future__ import annotations

import re

from course.grade.answers import ANOTHER_FILE, ONE_FILE
from course.grade.said import text_of
from course.grade.slips import a_or_an

COROUTINE = "The call has only made a coroutine,"
PLAINLY = "Call what does its work at once: invoke for ainvoke, batch for abatch."

USUALLY: tuple[tuple[str, str, str], ...] = (
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
        "Only one reader at a time. Cancel the waiting task and await it; then close the source.",
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
    (ANOTHER_FILE, "it needs another file", ONE_FILE),
    (
        r"(dict|TypedDict) expected at most 1 argument, got",
        "it gives the values of a dict without their names",
        "A TypedDict is a dict. Say which value is which: Name(key=value, other=value).",
    ),
    (
        r"^(SyntaxError|IndentationError|NameError): .*(<string>|'(true|false|null)')",
        "it runs a text as if it were Python",
        "eval and exec read Python, and run whatever a stranger may have written. json.loads reads "
        "JSON.",
    ),
    (
        r"'str' object has no attribute 'read'",
        "it reads a text as if it were a file",
        "json.load reads a file, and json.loads, with an s, reads a text.",
    ),
    (
        r"'\w*iterator' object has no attribute 'next'",
        "it calls next as a method",
        "The next item of an iterator comes from a function: next(iterator).",
    ),
    (
        r"'(Source|AsyncSource|\w*generator|\w*iterator|map|filter|zip)' object has no attribute",
        "it takes a stream for a list, or for one of its items",
        "Its items come one after the other: read it with a loop. What it looks for may be in an "
        "item.",
    ),
    (
        r"'dict_(keys|values|items)' object has no attribute|'dict_(keys|values|items)' object is "
        r"not subscriptable",
        "it takes what a dict gives for a list",
        "keys(), values() and items() only look into the dict. sorted(x) and list(x) make a list.",
    ),
    (
        r"argument of type '\w*(Error|Exception)' is not",
        "it looks into an exception as if it were text",
        "Ask for its class: isinstance(error, TimeoutError). Its words are str(error), and may "
        "change.",
    ),
    (
        r"no such group",
        "it asks a match for a group that its pattern does not have",
        "A group is called as the pattern says: (?P<name>...). Without a name, it has a number.",
    ),
    (
        r"empty separator",
        "it splits a text at an empty text",
        "split() needs something to split at. Look first whether it is empty.",
    ),
    (
        r"takes exactly \w+ arguments? \(\d+ given\)",
        "it hands over more things, or fewer, than the method takes",
        "The error says how many it takes. append adds one thing; extend([...]) adds many.",
    ),
    (
        r"type '\w+' is not subscriptable|'type' object is not subscriptable",
        "it writes square brackets after a class",
        "Round parentheses make an object of a class: Name(...).",
    ),
    (
        r"argument after \*\* must be a mapping",
        "it takes an object apart with **",
        "** hands over what is in a dict. Name what you need: key=x.key.",
    ),
    (
        r"argument after \* must be an iterable",
        "it takes something apart with * that has no items",
        "One star hands over the items of a list, one by one. A single thing needs none.",
    ),
    (
        r"ord\(\) expected a character",
        "it asks for the number of a whole text",
        "ord() takes one character: loop over the text, or take one with text[0].",
    ),
    (
        r"unsupported operand type\(s\) for [&|]: (?!'str' and 'str').*'(bool|float|str|NoneType)'",
        "it joins conditions with & or |",
        "These combine sets and the bits of numbers, before anything is compared. Conditions are "
        "joined with `and` and `or`.",
    ),
    (
        r"the JSON object must be str",
        "it reads as JSON what is no text",
        "json.loads takes one text. Is it parsed already, or are there many texts? Print it.",
    ),
    (
        r"^TimeoutError",
        "its time limit strikes, and nothing catches that",
        "asyncio.timeout and wait_for raise TimeoutError when time is up. Catch it around the "
        "block, and decide what happens then.",
    ),
    (
        r"Can't instantiate abstract class \w*(Model|Saver|Retriever|Tool)",
        "it makes an object of a class that is only a plan",
        "Nobody can use it as it is. Use what you were given as a parameter.",
    ),
    (
        r"Invalid input type <class",
        "it asks the model with something that is no question",
        "A model is asked with a text, or with a list of messages.",
    ),
    (
        r"Unsupported message type(?!.*ModelMetaclass)",
        "it has something among its messages that is no message",
        "Make a message of it: HumanMessage(...), with a text inside.",
    ),
    (
        r"Found edge (ending|starting) at unknown node",
        "its edge names a node that is not there",
        'A node is called as add_node says: add_node("name", function). Without a name, it has '
        "that of the function.",
    ),
    (
        r"^ValidationError: \d+ validation errors? for (?!\w*Message\b)\w+.*Field required"
        r".*input_value=\{\}",
        "it makes an object without its values",
        "The error names the fields that it needs. If the class itself is wanted, leave out the "
        "parentheses.",
    ),
    (
        r"string indices must be integers",
        "it takes a text for something else",
        "A loop over a str gives its characters. Look at the type first: isinstance(x, str).",
    ),
    (
        r"Calling \.text\(\) as a method is deprecated",
        "it calls the text of a message",
        "The text is an attribute, not a method: leave out the parentheses.",
    ),
    (
        r"'(bool|str|int|float|list|dict|property)' object is not callable",
        "it calls something that is not a function",
        "It is a value: leave out the parentheses.",
    ),
    (
        r"(NotImplementedError|TypeError|ValueError|ValidationError).*\bcoroutine\b",
        "it takes a coroutine for its result",
        f"{COROUTINE} and nothing in it has run. Write await before it.",
    ),
    (
        r"'\w*Model' object is not callable",
        "it calls a model as if it were a function",
        "A model is an object with methods: model.invoke(question) asks it.",
    ),
    (
        r"'\w*Tool' object is not callable",
        "it calls a tool as if it were a function",
        "A tool is an object with methods: tool.invoke(...) runs it, with a dict of its arguments.",
    ),
    (
        r"Function must have a docstring if description not provided",
        "it makes a tool without a description",
        "The description that the model reads is the docstring of the function: a text in quotes, "
        "as the first thing in it. A comment is none.",
    ),
    (
        r"Cannot instantiate typing\.\w+|Type Annotated cannot be instantiated",
        "it calls a type",
        "Types such as Literal and Annotated take what belongs to them in square brackets.",
    ),
    (
        r"unsupported operand type\(s\) for \|: 'str' and 'str'",
        "it takes a text for a type",
        "Only types can stand side by side with a bar. If the values of a parameter are texts: "
        'Literal["one", "two"].',
    ),
    (
        r"'(?!NoneType|module)\w+' object is not callable",
        "it calls something that is not a function",
        "Only functions, methods and classes can be called. Print it, and its type.",
    ),
    (
        r"OpenAIError.*credentials",
        "it makes a model of its own",
        "The model to ask is handed in, so that it can be any model: one that needs no key, too.",
    ),
    (
        r"^FrozenInstanceError",
        "it changes a record that is frozen",
        "Its fields get their values when it is made, and keep them. Find all values first, and "
        "then make it.",
    ),
    (
        r"catching classes that do not inherit from BaseException",
        "its except names something that is no class of errors",
        "After except comes a class of errors, or a tuple of them: (KeyError, ValueError).",
    ),
    (
        r"'\w+(Error|Exception)' object has no attribute '(message|msg|content)'",
        "it looks for the text of an exception in an attribute",
        "The text of an exception is str(error).",
    ),
    (
        r"await wasn't used with future",
        "it reads a future without awaiting it",
        "A future is a result that is still to come. Write await in front of it, and then use "
        "what that gives.",
    ),
    (
        r"'\w+(Error|Exception)' object has no attribute 'status_code'",
        "it asks every error for its status",
        'Not every error has one: getattr(error, "status_code", None).',
    ),
    (
        r"'\w+(Error|Exception)' object has no attribute",
        "it takes an exception for a result",
        "What stands here is an exception. If it may be one, look first: isinstance(x, Exception).",
    ),
    (
        r"'module' object is not callable",
        "it calls a module",
        "A module only holds functions. Call one of them: module.function(...).",
    ),
    (
        r"Message as a sequence must be",
        "it has a list among its messages",
        "Each item has to be a message. A star takes the items out of a list: [*messages, one].",
    ),
    (
        r"Unsupported message type: <class '.*ModelMetaclass'>",
        "it has a class among its messages",
        "A class is not a message. Calling it makes one: HumanMessage(...), with the text inside.",
    ),
    (
        r"validation errors? for \w*Message\s+content\b",
        "it makes a message of what is no content",
        "A message takes one text, or one list of blocks: as its first argument, or as content=.",
    ),
    (
        r"NoneType",
        "it does not expect None",
        "A value in this line is None. Find out which one, and where it comes from: print it.",
    ),
    (
        r"expected str instance, \w+ found",
        "it joins something that is no text",
        "join() takes texts only, and the error says what came. Join the text of each item: its "
        "attribute, such as x.text, or its key; str(x) for a number.",
    ),
    (
        r"unsupported operand type\(s\) for \+=?: 'dict' and 'dict'",
        "it adds two dicts",
        "Dicts are joined with |, or in a new one: {**a, **b}.",
    ),
    (
        r"not supported between instances of '(int|str)' and '(int|str)'",
        "it compares a text with a number",
        "They have no order. int() makes a number of digits, and ord() gives the number of a "
        "character.",
    ),
    (
        r"unsupported operand type\(s\) for -=?: 'str' and 'str'",
        "it subtracts a text from a text",
        "Text knows no minus. A slice such as text[3:] takes a part of it.",
    ),
    (
        r"can only concatenate list \(not",
        "it adds something to a list that is not a list",
        "Brackets make a list of one thing: things + [thing].",
    ),
    (
        r"'(str|bytes|tuple|range)' object does not support item (assignment|deletion)",
        "it changes what cannot be changed",
        "A text and a tuple stay as they were made. Make a new one, or collect the parts in a list "
        "and join them.",
    ),
    (
        r"unsupported operand type|can only concatenate|not supported between instances of",
        "its operator does not go with these types",
        "The error names them. Turn one into what you need first, or do it in another way.",
    ),
    (
        r"cannot unpack non-iterable (?!int|float|bool|NoneType)[A-Z]\w* object",
        "it unpacks an object",
        "It is one object, and no pair. Its parts have names: x.name.",
    ),
    (
        r"not enough values to unpack|too many values to unpack|cannot unpack non-iterable",
        "it unpacks something that has another number of parts",
        "Print what comes. A loop over a dict gives only its keys, and items() gives pairs; with "
        "enumerate() come pairs, too.",
    ),
    (
        r"^JSONDecodeError: Extra data",
        "it reads two JSON texts as one",
        "There is more after the end of a whole value. Hand over one value only: is the text that "
        "was read before still in it?",
    ),
    (
        r"^JSONDecodeError",
        "it reads as JSON what is not JSON",
        "json.loads reads whole texts only, and raises this error for any other, an empty one "
        "too. Print the text in this line.",
    ),
    (
        r"does not support the (asynchronous )?context manager protocol",
        "it uses the wrong kind of 'with'",
        "Some things need async with, such as asyncio.timeout, Semaphore and Lock; others, such "
        "as files, need with.",
    ),
    (
        r"Passing coroutines is forbidden",
        "it hands over a coroutine where a task is wanted",
        "asyncio.ensure_future(...) makes a task of it.",
    ),
    (
        r"expect a list of futures, not",
        "it hands over one task where several are wanted",
        "Put it into a list or a set: [task].",
    ),
    (
        r"unhashable type: '(list|dict|set)'",
        "it uses a list, a dict or a set where it has to find it again by its value",
        "A key of a dict and an item of a set must never change, so it cannot be one of these.",
    ),
    (
        r"^ZeroDivisionError",
        "it divides by zero",
        "Look at what it divides by in this line, and decide what comes out when that is 0.",
    ),
    (
        r"(empty (sequence|iterable|data|range)|iterable argument is empty"
        r"|at least (one|two) data points?|pop from (an )?empty)",
        "it has not expected that there is so little",
        "There may be nothing here, or only one. Ask for that before this line.",
    ),
    (
        r"can't multiply sequence by non-int",
        "it repeats a text a fraction of times",
        "Make a whole number of it first: round(...), int(...) or math.ceil(...).",
    ),
    (
        r"^EOFError: EOF when reading",
        "it asks with input()",
        "Nobody is at the keyboard while it is graded. If you were given a function that asks, "
        "call that one.",
    ),
    (
        r"'(int|float|bool)' object is not (iterable|subscriptable)",
        "it takes a number for many values",
        "A number cannot be looped over, and has no positions. range(n) counts up to n.",
    ),
    (
        r"object is not iterable",
        "it goes through the items of something that has none",
        "Print its type. (To add one thing to a list, use append: += and extend loop over it.)",
    ),
    (
        r"object is not subscriptable",
        "it looks into something with [...] that is no list and no dict",
        'Print its type. What an object has is found with a dot: x.name, and not x["name"].',
    ),
    (
        r"'\w*Message(Chunk)?' has no len\(\)",
        "it takes a message for its text",
        "Hand over the text of the message: message.text.",
    ),
    (
        r"has no len\(\)",
        "it asks for the length of something that has none",
        "Only what is all there has a length: a list, a dict, a text. A stream has none, and no "
        "positions: read it with a loop.",
    ),
    (
        r"does not support sync invocation",
        "it calls a tool in the ordinary way",
        "This tool works only asynchronously: in an async function, await its ainvoke(...).",
    ),
    (
        r"^IndexError",
        "it asks for an item that is not there",
        "What it looks in is shorter than it thinks, perhaps empty. Check that first.",
    ),
    (
        r"changed size during iteration",
        "it changes what its loop reads",
        "Nothing may be added or removed meanwhile. Loop over a copy: list(...).",
    ),
    (
        r"unexpected keyword argument",
        "it calls a function with a name that it does not know",
        "The error says which one. Look up what its parameters are called.",
    ),
    (
        r"TypedDict does not support instance and class checks",
        "it asks whether something is a TypedDict",
        "While it runs, that is an ordinary dict, and nothing says which one. Look at what is in "
        "it.",
    ),
    (
        r"\bReceived (ABCMeta|type|ModelMetaclass)\b",
        "it gives a class where an object is wanted",
        "Make one: write parentheses after the name of the class.",
    ),
    (
        r"arg 2 must be a type|first arg must be str|requires string as left operand"
        r"|must be str or None, not|must be str, not|must be \w+, not \w+$",
        "it gives something of a wrong type",
        "The error says what is wanted, and what came.",
    ),
    (
        r"^UnicodeEncodeError.*surrogates not allowed",
        "it encodes half a character",
        "A surrogate alone has no bytes. Look for it first, or say with errors= what to do.",
    ),
    (
        r"^ImportError: cannot import name",
        "it imports a name that is not there",
        "It may have moved in a newer version. What the task needs is imported at the top of the "
        "stub.",
    ),
    (
        r"object has no attribute '__name__'",
        "it asks an object for the name of its class",
        "Only functions and classes have it. A tool says its name with x.name, and the class of an "
        "object is type(x).__name__.",
    ),
    (
        r"'dict' object has no attribute '(add|append)'",
        "it takes a dict for another collection",
        "{} is an empty dict. An empty set is set(), and an empty list is [].",
    ),
    (
        r"'list' object has no attribute 'join'",
        "it joins with a method of the list",
        'join is a method of the text that comes between the items: "".join(items).',
    ),
    (
        r"'list' object has no attribute '(add)'",
        "it takes a list for another collection",
        "A list has append(), and a set has add().",
    ),
    (
        r"'str' object has no attribute '(append|extend|add|insert|pop|remove|sort|reverse|clear)'",
        "it takes a text for a list",
        "A str never changes. += makes a longer one, and a slice such as text[:3] a shorter one.",
    ),
    (
        r"'bytes' object has no attribute 'encode'|'str' object has no attribute 'decode'",
        "it mixes up encode and decode",
        "decode() makes text of bytes, and encode() makes bytes of text.",
    ),
    (
        r"'(function|method|builtin_function_or_method)' object has no attribute",
        "it takes a function for an object",
        "A function is called: name(...). Does its result have what you look for?",
    ),
    (
        r"'list' object has no attribute '(lower|upper|strip|split|startswith|endswith|replace"
        r"|encode|join|casefold|removeprefix|removesuffix|isdigit|splitlines|partition)'",
        "it treats a list as if it were text",
        "Only a text has this method. Call it for each item of the list, or join the list first.",
    ),
    (
        r"'(list|tuple)' object has no attribute",
        "it asks a collection for an attribute that it does not have",
        "Does an item of it have it? Take one out first: with a loop, by its number, or by "
        "unpacking.",
    ),
    (
        r"'str' object has no attribute",
        "it takes a text for another object",
        "Where does it come from? Perhaps something has to be made of it first. (A loop over a "
        "dict gives its keys: what it holds comes from values(), and pairs from items().)",
    ),
    (
        r"'dict' object has no attribute '(lower|upper|strip|split|startswith|endswith|replace"
        r"|casefold|join|isdigit)'",
        "it treats a dict as if it were text",
        "Its keys are texts, and so may be its values: for name, value in x.items().",
    ),
    (
        r"'dict' object has no attribute '(sort|append|extend|insert|remove|add|reverse)'",
        "it treats a dict as if it were a list",
        "sorted(x) gives its keys in order, and x[key] = value puts something in.",
    ),
    (
        r"'dict' object has no attribute",
        "it asks a dict for an attribute",
        'What a dict holds are keys: x["name"], or x.get("name") where it may be missing.',
    ),
    (
        r"^KeyError",
        "it asks for a key that is not there",
        "Print the dict to see which keys it has, and how they are written. Where a key may be "
        "missing, use get().",
    ),
    (
        r"^AttributeError",
        "it asks for an attribute that is not there",
        "It is another object than you think, the name is another one, or only some objects have "
        "it: getattr(x, name, None). Print it, and its type.",
    ),
    (
        r"^GraphRecursionError",
        "the limit of its agent strikes",
        "recursion_limit counts steps: to ask the model is one, to run its tools another. When it "
        "strikes, LangGraph raises GraphRecursionError. Catch it if that may happen.",
    ),
    (
        r"^InvalidUpdateError: Expected dict",
        "it asks an agent with something that is no dict",
        'An agent is asked with a dict, such as {"messages": [HumanMessage(...)]}.',
    ),
    (
        r"Unsupported function\s+\w+\s+Functions must be passed in",
        "it binds something that is no tool",
        "What is wanted is the tool or the class itself, and not its name. To loop over a dict "
        "gives only its keys: the tools are list(tools.values()).",
    ),
    (
        r"^UnboundLocalError",
        "it uses a variable that has no value yet",
        "The line that gives it a value did not run in this case. Give it a value before the try "
        "or the loop.",
    ),
    (
        r"^NameError: name '(true|false|null|none|nil|undefined)' is not defined",
        "it writes a value as another language does",
        "In Python: True, False and None.",
    ),
    (
        r"^NameError: name '(LLMChain|initialize_agent|ChatOpenAI|OpenAI|AgentExecutor|LLM"
        r"|ConversationChain|ConversationBufferMemory|RetrievalQA|StrOutputParser)' is not defined",
        "it uses a name that is not imported here",
        "Older tutorials work with it. What the task needs is imported at the top of the stub.",
    ),
    (
        r"^NameError",
        "it uses a name that does not exist",
        "Look for a typo or a missing import.",
    ),
    (
        r"\w+\.(?!__init__)\w+\(\) missing 1 required positional argument",
        "it calls a function with the wrong arguments",
        "Compare the call in this line with what the function expects. And is what stands before "
        "the dot an object, or only its class?",
    ),
    (
        r"\bBaseModel\.__init__\(\) takes 1 positional argument",
        "it gives a class its values without their names",
        "Say which value is which: Name(key=value). What makes one from a text is a method, such "
        "as from_template.",
    ),
    (
        r"^ValidationError: \d+ validation errors? for BaseMessage\b",
        "it makes a message of no kind",
        "A message has a role: SystemMessage, HumanMessage, AIMessage or ToolMessage makes one.",
    ),
    (
        r"missing \d+ required (positional|keyword-only) argument|takes .*positional arguments? but"
        r"|is an invalid keyword argument|got multiple values for argument",
        "it calls a function with the wrong arguments",
        "Compare the call in this line with what the function expects.",
    ),
    (
        r"No active exception to reraise",
        "it raises nothing",
        "raise alone raises again what an except has caught, and works only inside of it. Keep the "
        "error there: except Exception as error: last = error.",
    ),
    (
        r"__init__\(\) should return None",
        "its __init__ returns something",
        "__init__ fills in an object that is there already. Leave out its return.",
    ),
    (
        r"^UnicodeDecodeError: .*(unexpected end of data|truncated data)",
        "it decodes bytes that end inside of a character",
        "The rest of the character is still to come. Keep its beginning until then.",
    ),
    (
        r"^UnicodeDecodeError",
        "it takes bytes for text",
        "Not all bytes are text: those of a picture are not. base64 makes text of any bytes.",
    ),
    (
        r"argument of type '(builtin_function_or_method|function|method)' is not",
        "it looks into a function, and not into its result",
        "Is there a method without parentheses in this line? Call it: keys().",
    ),
    (
        r"expected string or bytes-like object",
        "it gives something of a wrong type",
        "A pattern is matched with a text. Which attribute of this object is the text?",
    ),
    (
        r"QueueFull|QueueEmpty",
        "it does not wait for the queue",
        "put_nowait() and get_nowait() fail where put() and get() wait. Await those instead.",
    ),
    (
        r"InvalidStateError|Result is not set",
        "it asks a task for its result too early",
        "A task that is still running has no result. Await it, or check done() first.",
    ),
)
"""Patterns of error texts: what the learner most likely did, and what to do about it."""


def meaning(error: BaseException) -> tuple[str, str]:
    """Return what the learner most likely did, and what to do about it."""
    text = f"{type(error).__name__}: {text_of(error)}"
    for pattern, problem, why in USUALLY:
        if re.search(pattern, text):
            return problem, why
    if isinstance(error, SystemExit):
        return "it ends the program", "Let it return; the caller decides when to exit."
    if isinstance(error, RecursionError):
        return "it calls itself forever", "Look for a function that calls itself: use a loop."
    if isinstance(error, MemoryError):
        return "it needs more and more memory", "Something keeps growing: look at your loops."
    if isinstance(error, NotImplementedError):
        return (
            "it uses something that does not exist",
            "A library raised this: it does not support what is called in this line.",
        )
    wanted = getattr(error, "wanted_instead", None)
    why = (
        f"What is wanted is {a_or_an(wanted)}."
        if wanted
        else "No error is wanted in this case. Look at the values in this line: print them."
    )
    return f"it raises {a_or_an(type(error).__name__)}", why
