"""What errors say of attributes, keys, names and arguments."""

from __future__ import annotations

NAMES: tuple[tuple[str, str, str], ...] = (
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
        r"(must be|left operand).*, not re\.Pattern",
        "it takes a pattern for a text",
        "Methods of a text look for a text as it is. A pattern has methods of its own: "
        "pattern.sub(new, text), pattern.search(text), pattern.split(text).",
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
        "The line that gives it a value did not run in this case: it stands in an if, a try or a "
        "loop. Give it a value before that.",
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
        r"positional-only arguments passed as keyword arguments",
        "it names arguments that are told apart by their place",
        "The caller's function may call its parameters anything. Give it the values alone, in "
        "their order.",
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
