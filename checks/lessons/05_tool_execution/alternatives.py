"""Right answers to lesson 05 of another shape than the reference.

`course/lesson/variants.py` says how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution, and a loop may end without a return.
# ruff: noqa: F821, RET503


# error_message


def error_message__keywords(call, reason):
    """Everything has a name."""
    return ToolMessage(
        content=reason,
        tool_call_id=call["id"],
        name=call["name"],
        status="error",
    )


def error_message__from_a_dict(call, reason):
    """The fields are put together first."""
    fields = {"content": reason, "tool_call_id": call.get("id"), "name": call.get("name")}
    return ToolMessage(**fields, status="error")


# shorten


def shorten__from_above(text, limit):
    """It keeps as much as fits: it tries one length after the other."""
    if len(text) <= limit:
        return text
    for kept in range(limit, limit - 41, -1):
        short = f"{text[:kept]} ... ({len(text) - kept} more)"
        if len(short) <= limit:
            return short


def shorten__commas_in_the_number(text, limit):
    """A number that is easy to read, in front of the words of the note."""
    missing = len(text) - limit + 36
    if missing <= 36:
        return text
    return text[: limit - 36] + f"\n{missing:,} characters are missing"


def shorten__number_first(text, limit):
    """The note begins with the number."""
    size = len(text)
    if size > limit:
        kept = limit - 30
        text = text[:kept] + "..." + str(size - kept) + " left out"
    return text


# safe_call


def safe_call__one_except(tool, call):
    """One except, and isinstance in it."""
    try:
        return tool.invoke(call)
    except Exception as error:
        reason = SORRY
        if isinstance(error, ToolException):
            reason = str(error)
        elif isinstance(error, ValidationError):
            lines = []
            for one in error.errors():
                lines.append(f"The argument {one['loc'][0]} is wrong. {one['msg']}.")
            reason = " ".join(lines)
        return error_message(call, reason)


def safe_call__the_text_of_a_validation_error(tool, call):
    """What pydantic says has the name and the reason of each, too."""
    try:
        return tool.invoke(call)
    except ValidationError as error:
        return error_message(call, str(error))
    except ToolException as error:
        return error_message(call, error.args[0])
    except Exception:
        return error_message(call, SORRY)


def safe_call__json(tool, call):
    """A model reads JSON, too."""
    import json

    try:
        return tool.invoke(call)
    except ValidationError as error:
        wrong = [{str(one["loc"][0]): one["msg"]} for one in error.errors()]
        return error_message(call, json.dumps(wrong))
    except ToolException as error:
        return error_message(call, f"{error}")
    except Exception:
        return error_message(call, SORRY)


def safe_call__a_copy_that_handles_errors(tool, call):
    """A copy of the tool turns two kinds of errors into messages."""

    def explain(error):
        return "; ".join(f"{one['loc'][0]}: {one['msg']}" for one in error.errors())

    copy = tool.model_copy(update={"handle_tool_error": True, "handle_validation_error": explain})
    try:
        return copy.invoke(call)
    except Exception:
        return error_message(call, SORRY)


# answer_all_calls


def answer_all_calls__chain(message, tools):
    """One loop over both lists."""
    from itertools import chain

    answers = []
    for call in chain(message.tool_calls, message.invalid_tool_calls):
        if call["type"] == "invalid_tool_call":
            answers.append(error_message(call, f"This is no JSON: {call['args']}"))
        elif call["name"] in tools:
            answers.append(safe_call(tools[call["name"]], call))
        else:
            answers.append(error_message(call, f"no {call['name']} in {list(tools)}"))
    return answers


def answer_all_calls__two_comprehensions(message, tools):
    """A function for one call, and two lists that are added."""

    def answer(call):
        tool = tools.get(call["name"])
        if tool is None:
            return error_message(call, "Choose one of " + " ".join(sorted(tools)) + ".")
        return safe_call(tool, call)

    return [answer(call) for call in message.tool_calls] + [
        error_message(call, "Your arguments could not be read.")
        for call in message.invalid_tool_calls
    ]


def answer_all_calls__asks_for_forgiveness(message, tools):
    """The lookup may fail, and is caught alone."""
    answers = []
    for call in message.tool_calls:
        try:
            tool = tools[call["name"]]
        except KeyError:
            answers.append(error_message(call, str(list(tools)) + " are there"))
        else:
            answers.append(safe_call(tool, call))
    answers.extend(error_message(call, "not JSON") for call in message.invalid_tool_calls)
    return answers


# call_with_retry


def call_with_retry__counts_down(tool, call, attempts=3, wait=1.0):
    """A while loop without an end of its own."""
    while True:
        attempts -= 1
        try:
            return tool.invoke(call)
        except TRANSIENT:
            if attempts < 1:
                raise
        time.sleep(wait)
        wait *= 2


def call_with_retry__a_list_of_waits(tool, call, attempts=3, wait=1.0):
    """The waits are written down first."""
    waits = [wait * 2**number for number in range(attempts - 1)]
    for seconds in waits:
        try:
            return tool.invoke(call)
        except TRANSIENT:
            time.sleep(seconds)
    return tool.invoke(call)


def call_with_retry__calls_itself(tool, call, attempts=3, wait=1.0):
    """One try less each time, and twice the wait."""
    try:
        return tool.invoke(call)
    except (ConnectionError, TimeoutError):
        if attempts == 1:
            raise
    time.sleep(wait)
    return call_with_retry(tool, call, attempts - 1, wait * 2)


# call_together


async def call_together__returns_exceptions(message, tools):
    """gather keeps the exceptions, and they are replaced."""

    async def run(call):
        return await tools[call["name"]].ainvoke(call)

    found = await asyncio.gather(
        *[run(call) for call in message.tool_calls], return_exceptions=True
    )
    return [
        error_message(call, SORRY) if isinstance(one, Exception) else one
        for call, one in zip(message.tool_calls, found, strict=True)
    ]


async def call_together__task_group(message, tools):
    """Tasks in a group, and their results."""

    async def run(call):
        if call["name"] not in tools:
            return error_message(call, SORRY)
        try:
            return await tools[call["name"]].ainvoke(call)
        except Exception:
            return error_message(call, SORRY)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(call)) for call in message.tool_calls]
    return [task.result() for task in tasks]


async def call_together__gathers_tasks(message, tools):
    """Tasks, and one gather of all of them."""

    async def run(call):
        tool = tools.get(call["name"])
        answer = error_message(call, SORRY)
        if tool is not None:
            try:
                answer = await tool.ainvoke(call)
            except Exception as error:
                print("a tool has failed:", type(error).__name__)
        return answer

    tasks = [asyncio.create_task(run(call)) for call in message.tool_calls]
    return list(await asyncio.gather(*tasks))


# is_stuck


def is_stuck__backwards(messages, limit=3):
    """From the newest call backwards, until one differs."""
    newest, count = None, 0
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            return False
        for call in reversed(getattr(message, "tool_calls", [])):
            this = call["name"], call["args"]
            if count and this != newest:
                return False
            newest, count = this, count + 1
            if count == limit:
                return True
    return False


def is_stuck__json_keys(messages, limit=3):
    """Each call as text, with the keys in order."""
    import json

    calls = []
    for message in messages:
        if isinstance(message, HumanMessage):
            calls.clear()
        if isinstance(message, AIMessage):
            for call in message.tool_calls:
                calls.append(json.dumps([call["name"], call["args"]], sort_keys=True))
    return len(calls) >= limit and len(set(calls[-limit:])) == 1


def is_stuck__counts_a_run(messages, limit=3):
    """It counts how often the call that is newest was made in a row."""
    run, last = 0, None
    for message in messages:
        if isinstance(message, HumanMessage):
            run, last = 0, None
        elif isinstance(message, AIMessage):
            for call in message.tool_calls:
                this = [call["name"], call["args"]]
                run = run + 1 if this == last else 1
                last = this
    return run >= limit
