"""What beginners write first for lesson 05: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""


# error_message


def error_message__prints(call, reason):
    """The learner takes printing for returning."""
    print(ToolMessage(reason, name=call["name"], tool_call_id=call["id"], status="error"))


def error_message__reads_attributes(call, reason):
    """The learner believes that a call is an object with attributes."""
    return ToolMessage(reason, name=call.name, tool_call_id=call.id, status="error")


def error_message__wrong_key(call, reason):
    """The learner believes that the id of a call stands under tool_call_id."""
    return ToolMessage(reason, name=call["name"], tool_call_id=call["tool_call_id"], status="error")


def error_message__leaves_out_the_id(call, reason):
    """The learner has overlooked that a ToolMessage needs an id."""
    return ToolMessage(reason, name=call["name"], status="error")


def error_message__misspells_a_keyword(call, reason):
    """The learner has misspelt tool_call_id."""
    return ToolMessage(reason, name=call["name"], call_id=call["id"], status="error")


def error_message__quotes_the_reason(call, reason):
    """The learner has put quotes around the name of a variable."""
    return ToolMessage("reason", name=call["name"], tool_call_id=call["id"], status="error")


# shorten


def shorten__compares_the_text(text, limit):
    """The learner has overlooked that a text has to be measured with len."""
    if text <= limit:
        return text
    kept = limit - 40
    return f"{text[:kept]} [{len(text) - kept} characters left out]"


def shorten__adds_a_number_to_a_text(text, limit):
    """The learner believes that + makes a text of a number."""
    if len(text) <= limit:
        return text
    kept = limit - 40
    return text[:kept] + " left out: " + (len(text) - kept)


def shorten__forgets_the_f(text, limit):
    """The learner has forgotten the f in front of a text with braces."""
    if len(text) <= limit:
        return text
    kept = limit - 40
    return text[:kept] + " [{len(text) - kept} left out]"


def shorten__forgets_the_short_text(text, limit):
    """The learner has overlooked that a short text has to be returned, too."""
    if len(text) > limit:
        kept = limit - 40
        return f"{text[:kept]} [{len(text) - kept} characters left out]"


def shorten__gives_a_pair(text, limit):
    """The learner believes that a comma joins two texts."""
    if len(text) <= limit:
        return text
    kept = limit - 40
    return text[:kept], f"[{len(text) - kept} characters left out]"


# safe_call


def safe_call__calls_the_tool(tool, call):
    """The learner believes that a tool is called like a function."""
    try:
        return tool(call)
    except ValidationError as error:
        return error_message(call, str(error))
    except ToolException as error:
        return error_message(call, str(error))
    except Exception:
        return error_message(call, SORRY)


def safe_call__spreads_the_arguments(tool, call):
    """The learner believes that invoke takes the arguments as keywords."""
    try:
        return tool.invoke(**call["args"])
    except ValidationError as error:
        return error_message(call, str(error))
    except ToolException as error:
        return error_message(call, str(error))
    except Exception:
        return error_message(call, SORRY)


def safe_call__forgets_to_return_the_result(tool, call):
    """The learner has forgotten to return what came of the tool."""
    try:
        message = tool.invoke(call)
    except ValidationError as error:
        return error_message(call, str(error))
    except ToolException as error:
        return error_message(call, str(error))
    except Exception:
        return error_message(call, SORRY)


def safe_call__forgets_to_return_the_error(tool, call):
    """The learner has forgotten the return in front of error_message."""
    try:
        return tool.invoke(call)
    except ValidationError as error:
        return error_message(call, str(error))
    except ToolException as error:
        return error_message(call, str(error))
    except Exception:
        error_message(call, SORRY)


def safe_call__errors_is_an_attribute(tool, call):
    """The learner has overlooked that errors is a method."""
    try:
        return tool.invoke(call)
    except ValidationError as error:
        lines = [f"{one['loc'][0]}: {one['msg']}" for one in error.errors]
        return error_message(call, "\n".join(lines))
    except ToolException as error:
        return error_message(call, str(error))
    except Exception:
        return error_message(call, SORRY)


def safe_call__adds_a_text_to_loc(tool, call):
    """The learner has overlooked that loc is a tuple and not a text."""
    try:
        return tool.invoke(call)
    except ValidationError as error:
        lines = [one["loc"] + ": " + one["msg"] for one in error.errors()]
        return error_message(call, "\n".join(lines))
    except ToolException as error:
        return error_message(call, str(error))
    except Exception:
        return error_message(call, SORRY)


def safe_call__asks_for_a_message(tool, call):
    """The learner believes that an exception has its text in an attribute called message."""
    try:
        return tool.invoke(call)
    except ValidationError as error:
        return error_message(call, str(error))
    except ToolException as error:
        return error_message(call, error.message)
    except Exception:
        return error_message(call, SORRY)


def safe_call__swaps_the_arguments(tool, call):
    """The learner has mixed up the order of the arguments of error_message."""
    try:
        return tool.invoke(call)
    except ValidationError as error:
        return error_message(str(error), call)
    except ToolException as error:
        return error_message(str(error), call)
    except Exception:
        return error_message(SORRY, call)


# answer_all_calls


def answer_all_calls__reads_attributes(message, tools):
    """The learner believes that a call is an object with attributes."""
    answers = []
    for call in message.tool_calls:
        if call.name in tools:
            answers.append(safe_call(tools[call.name], call))
        else:
            answers.append(error_message(call, ", ".join(tools)))
    for call in message.invalid_tool_calls:
        answers.append(error_message(call, "This is no JSON."))
    return answers


def answer_all_calls__returns_in_the_loop(message, tools):
    """The learner has indented the return too far."""
    answers = []
    for call in message.tool_calls:
        if call["name"] in tools:
            answers.append(safe_call(tools[call["name"]], call))
        else:
            answers.append(error_message(call, ", ".join(tools)))
    for call in message.invalid_tool_calls:
        answers.append(error_message(call, "This is no JSON."))
        return answers


def answer_all_calls__adds_a_message_to_a_list(message, tools):
    """The learner has overlooked that += adds the parts of what it is given."""
    answers = []
    for call in message.tool_calls:
        if call["name"] in tools:
            answers += safe_call(tools[call["name"]], call)
        else:
            answers += error_message(call, ", ".join(tools))
    for call in message.invalid_tool_calls:
        answers += error_message(call, "This is no JSON.")
    return answers


def answer_all_calls__passes_the_name(message, tools):
    """The learner has overlooked that safe_call needs the tool and not its name."""
    answers = []
    for call in message.tool_calls:
        if call["name"] in tools:
            answers.append(safe_call(call["name"], call))
        else:
            answers.append(error_message(call, ", ".join(tools)))
    for call in message.invalid_tool_calls:
        answers.append(error_message(call, "This is no JSON."))
    return answers


def answer_all_calls__yields(message, tools):
    """The learner believes that several results are handed out with yield."""
    for call in message.tool_calls:
        if call["name"] in tools:
            yield safe_call(tools[call["name"]], call)
        else:
            yield error_message(call, ", ".join(tools))
    for call in message.invalid_tool_calls:
        yield error_message(call, "This is no JSON.")


def answer_all_calls__assigns_append(message, tools):
    """The learner believes that append returns the longer list."""
    answers = []
    for call in message.tool_calls:
        if call["name"] in tools:
            answers = answers.append(safe_call(tools[call["name"]], call))
        else:
            answers = answers.append(error_message(call, ", ".join(tools)))
    for call in message.invalid_tool_calls:
        answers = answers.append(error_message(call, "This is no JSON."))
    return answers


# call_with_retry


def call_with_retry__loops_over_a_number(tool, call, attempts=3, wait=1.0):
    """The learner believes that one can loop over a number."""
    for number in attempts:
        try:
            return tool.invoke(call)
        except TRANSIENT:
            if number == attempts - 1:
                raise
            time.sleep(wait * 2**number)


def call_with_retry__returns_none_in_the_end(tool, call, attempts=3, wait=1.0):
    """The learner has overlooked what comes after the loop."""
    for number in range(attempts):
        try:
            return tool.invoke(call)
        except TRANSIENT:
            if number < attempts - 1:
                time.sleep(wait * 2**number)


def call_with_retry__asyncio_sleep(tool, call, attempts=3, wait=1.0):
    """The learner believes that asyncio.sleep waits in an ordinary function."""
    for number in range(attempts):
        try:
            return tool.invoke(call)
        except TRANSIENT:
            if number == attempts - 1:
                raise
            asyncio.sleep(wait * 2**number)


def call_with_retry__caret_for_a_power(tool, call, attempts=3, wait=1.0):
    """The learner believes that ^ is the sign for a power."""
    for number in range(attempts):
        try:
            return tool.invoke(call)
        except TRANSIENT:
            if number == attempts - 1:
                raise
            time.sleep(wait * (2 ^ number))


def call_with_retry__catches_the_names_as_text(tool, call, attempts=3, wait=1.0):
    """The learner believes that except takes the names of errors as texts."""
    for number in range(attempts):
        try:
            return tool.invoke(call)
        except ("ConnectionError", "TimeoutError"):
            if number == attempts - 1:
                raise
            time.sleep(wait * 2**number)


def call_with_retry__raises_a_text(tool, call, attempts=3, wait=1.0):
    """The learner believes that a text can be raised."""
    for number in range(attempts):
        try:
            return tool.invoke(call)
        except TRANSIENT:
            time.sleep(wait * 2**number)
    raise "the tool has failed too often"


# call_together


async def call_together__forgets_to_await_gather(message, tools):
    """The learner has forgotten the await in front of gather."""

    async def run(call):
        try:
            return await tools[call["name"]].ainvoke(call)
        except Exception:
            return error_message(call, SORRY)

    results = asyncio.gather(*[run(call) for call in message.tool_calls])
    return list(results)


async def call_together__forgets_the_star(message, tools):
    """The learner has overlooked that gather takes the coroutines one by one and not in a list."""

    async def run(call):
        try:
            return await tools[call["name"]].ainvoke(call)
        except Exception:
            return error_message(call, SORRY)

    return await asyncio.gather([run(call) for call in message.tool_calls])


async def call_together__forgets_to_await_the_tool(message, tools):
    """The learner has forgotten the await in front of ainvoke."""

    async def run(call):
        try:
            return tools[call["name"]].ainvoke(call)
        except Exception:
            return error_message(call, SORRY)

    return await asyncio.gather(*[run(call) for call in message.tool_calls])


def call_together__starts_a_loop(message, tools):
    """The learner believes that asyncio.run is needed wherever something is async."""

    async def run(call):
        try:
            return await tools[call["name"]].ainvoke(call)
        except Exception:
            return error_message(call, SORRY)

    async def all_of_them():
        return await asyncio.gather(*[run(call) for call in message.tool_calls])

    return asyncio.run(all_of_them())


async def call_together__awaits_invoke(message, tools):
    """The learner believes that invoke can be awaited, too."""

    async def run(call):
        try:
            return await tools[call["name"]].invoke(call)
        except Exception:
            return error_message(call, SORRY)

    return await asyncio.gather(*[run(call) for call in message.tool_calls])


async def call_together__passes_functions(message, tools):
    """The learner has overlooked that gather takes coroutines, and not functions."""

    async def run(call):
        try:
            return await tools[call["name"]].ainvoke(call)
        except Exception:
            return error_message(call, SORRY)

    return await asyncio.gather(*[run for call in message.tool_calls])


async def call_together__coroutines_in_a_list(message, tools):
    """The learner has overlooked that a coroutine does nothing until somebody awaits it."""

    async def run(call):
        try:
            return await tools[call["name"]].ainvoke(call)
        except Exception:
            return error_message(call, SORRY)

    return [run(call) for call in message.tool_calls]


async def call_together__gather_without_star(
    message: AIMessage, tools: Mapping[str, BaseTool]
) -> list[ToolMessage]:
    """gather takes a collection of coroutines (star forgotten)."""

    async def one(call):
        try:
            return await tools[call["name"]].ainvoke(call)
        except Exception:
            return error_message(call, SORRY)

    return list(await asyncio.gather(one(call) for call in message.tool_calls))


# is_stuck


def is_stuck__reads_calls_of_every_message(messages, limit=3):
    """The learner has overlooked that not every message has tool_calls."""
    calls = []
    for message in messages:
        for call in message.tool_calls:
            calls.append((call["name"], call["args"]))
    newest = calls[-limit:]
    return len(newest) == limit and all(call == newest[0] for call in newest)


def is_stuck__compares_with_is(messages, limit=3):
    """The learner takes `is` for ==."""
    calls = []
    for message in messages:
        if isinstance(message, HumanMessage):
            calls = []
        elif isinstance(message, AIMessage):
            calls += [(call["name"], call["args"]) for call in message.tool_calls]
    newest = calls[-limit:]
    return len(newest) == limit and all(call is newest[0] for call in newest)


def is_stuck__equal_plus(messages, limit=3):
    """The learner has written =+ for +=."""
    calls = []
    for message in messages:
        if isinstance(message, HumanMessage):
            calls = []
        elif isinstance(message, AIMessage):
            calls = +[(call["name"], call["args"]) for call in message.tool_calls]
    newest = calls[-limit:]
    return len(newest) == limit and all(call == newest[0] for call in newest)


def is_stuck__takes_the_oldest(messages, limit=3):
    """The learner has overlooked that a slice without a minus takes the oldest."""
    calls = []
    for message in messages:
        if isinstance(message, HumanMessage):
            calls = []
        elif isinstance(message, AIMessage):
            calls += [(call["name"], call["args"]) for call in message.tool_calls]
    newest = calls[:limit]
    return len(newest) == limit and all(call == newest[0] for call in newest)


def is_stuck__a_set_of_dicts(messages, limit=3):
    """The learner has overlooked that a dict cannot be put into a set."""
    calls = []
    for message in messages:
        if isinstance(message, HumanMessage):
            calls = []
        elif isinstance(message, AIMessage):
            calls += [(call["name"], call["args"]) for call in message.tool_calls]
    return len(calls) >= limit and len(set(calls[-limit:])) == 1


def is_stuck__forgets_to_return_false(messages, limit=3):
    """The learner has overlooked that the other case needs a return, too."""
    calls = []
    for message in messages:
        if isinstance(message, HumanMessage):
            calls = []
        elif isinstance(message, AIMessage):
            calls += [(call["name"], call["args"]) for call in message.tool_calls]
    newest = calls[-limit:]
    if len(newest) == limit and all(call == newest[0] for call in newest):
        return True
