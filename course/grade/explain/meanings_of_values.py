"""What errors say of values that are used as if they were others."""

from __future__ import annotations

from course.grade.answers import ANOTHER_FILE, ONE_FILE
from course.grade.explain.meanings_of_waiting import COROUTINE

VALUES: tuple[tuple[str, str, str], ...] = (
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
        r"Unsupported message type(?!.*(ModelMetaclass|coroutine))",
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
        r"'\w+(Error|Exception)' object has no attribute (?!'__name__')",
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
        r"can only concatenate list "
        r'\(not "(filter|map|zip|reversed|range|tuple|generator|dict_\w+)"',
        "it adds something to a list that is not a list",
        "list(...) makes a list of what can be read in a loop.",
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
        r"unhashable type: '\w+'",
        "it looks for something by its value that cannot be found that way",
        "Only what can be a key of a dict can be looked for in a dict or a set. What is meant may "
        "be something in it, such as its name or its id.",
    ),
    (
        r"dump\(\) missing 1 required positional argument: 'fp'",
        "it calls json.dump, which writes into a file",
        "json.dumps, with an s, gives the text.",
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
        r"^StopIteration: $",
        "it takes the next item of something that has none left",
        "next() needs an item. Give it a second value, which comes in place of one: next(x, None).",
    ),
    (
        r"can't multiply sequence by non-int of type '(list|tuple)'",
        "it multiplies two lists",
        "A list can only be repeated. Go through both, pair by pair: for x, y in zip(a, b).",
    ),
    (
        r"can't multiply sequence by non-int of type 'str'",
        "it multiplies two texts",
        "A text can only be repeated, by a whole number. Is one of them a number that is still a "
        "text? int() or float() makes a number of it.",
    ),
    (
        r"must be (real number|a real number|float), not (list|tuple|dict|set|generator|map)",
        "it hands over many values where one number is wanted",
        "Go through them: math.isfinite(x) for each x. Some functions take many numbers one by "
        "one: math.hypot(*many).",
    ),
    (
        r"Strings must be encoded before hashing",
        "it hashes a text, not bytes",
        "hashlib takes bytes: text.encode().",
    ),
    (
        r"can't multiply sequence by non-int",
        "it repeats a text a fraction of times",
        "Make a whole number of it first: round(...), int(...) or math.ceil(...).",
    ),
)
"""Patterns of error texts: what the learner most likely did, and what to do about it."""
