"""What beginners write first for lesson 14: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""


# accumulate_tool_calls


def accumulate_tool_calls__prints(deltas):
    """The learner takes printing for returning."""
    calls = []
    for delta in deltas:
        calls.append({"id": delta["id"], "name": delta["name"], "args": delta["args"]})
    print(calls)


def accumulate_tool_calls__returns_in_the_loop(deltas):
    """The learner has overlooked that return ends the loop after the first delta."""
    calls = {}
    for delta in deltas:
        call = calls.setdefault(delta["index"], {"id": "", "name": "", "args": ""})
        call["args"] += delta["args"] or ""
        return list(calls.values())


def accumulate_tool_calls__adds_none(deltas):
    """The learner has overlooked that the args of a delta may be None."""
    calls = {}
    for delta in deltas:
        call = calls.setdefault(delta["index"], {"id": "", "name": "", "args": ""})
        call["id"] += delta["id"] or ""
        call["name"] += delta["name"] or ""
        call["args"] += delta["args"]
    return list(calls.values())


def accumulate_tool_calls__index_as_a_position(deltas):
    """The learner believes that the index of a delta is a position in the list."""
    calls = []
    for delta in deltas:
        if delta["index"] == len(calls):
            calls.append({"id": delta["id"], "name": delta["name"], "args": ""})
        calls[delta["index"]]["args"] += delta["args"] or ""
    return calls


def accumulate_tool_calls__gives_the_dict(deltas):
    """The learner returns the dict that finds the calls, not a list of them."""
    calls = {}
    for delta in deltas:
        call = calls.setdefault(delta["index"], {"id": "", "name": "", "args": ""})
        call["id"] = call["id"] or delta["id"] or ""
        call["name"] = call["name"] or delta["name"] or ""
        call["args"] += delta["args"] or ""
    return calls


def accumulate_tool_calls__gives_the_values(deltas):
    """The learner believes that the values of a dict are a list."""
    calls = {}
    for delta in deltas:
        call = calls.setdefault(delta["index"], {"id": "", "name": "", "args": ""})
        call["id"] = call["id"] or delta["id"] or ""
        call["name"] = call["name"] or delta["name"] or ""
        call["args"] += delta["args"] or ""
    return calls.values()


def accumulate_tool_calls__key_of_another_name(deltas):
    """The learner believes that the key is called arguments, as in OpenAI's own format."""
    calls = {}
    for delta in deltas:
        call = calls.setdefault(delta["index"], {"id": "", "name": "", "args": ""})
        call["args"] += delta["arguments"] or ""
    return list(calls.values())


def accumulate_tool_calls__attributes_of_a_dict(deltas):
    """The learner believes that the keys of a dict are its attributes."""
    calls = {}
    for delta in deltas:
        call = calls.setdefault(delta.index, {"id": "", "name": "", "args": ""})
        call["args"] += delta.args or ""
    return list(calls.values())


def accumulate_tool_calls__one_dict_for_all(deltas):
    """The learner has overlooked that one dict in two places is the same dict."""
    empty = {"id": "", "name": "", "args": ""}
    calls = {}
    for delta in deltas:
        if delta["index"] not in calls:
            calls[delta["index"]] = empty
        call = calls[delta["index"]]
        call["id"] = call["id"] or delta["id"] or ""
        call["name"] = call["name"] or delta["name"] or ""
        call["args"] += delta["args"] or ""
    return list(calls.values())


# finalize_tool_calls


def finalize_tool_calls__error_is_hidden(calls):
    """The learner believes that passing over an error is the way to raise nothing."""
    valid, invalid = [], []
    for call in calls:
        try:
            valid.append(tool_call(name=call["name"], args=json.loads(call["args"]), id=call["id"]))
        except Exception:
            pass
    return valid, invalid


def finalize_tool_calls__argument_misspelt(calls):
    """The learner believes that the argument of tool_call is called arguments."""
    valid, invalid = [], []
    for call in calls:
        args = json.loads(call["args"])
        valid.append(tool_call(name=call["name"], arguments=args, id=call["id"]))
    return valid, invalid


def finalize_tool_calls__one_list(calls):
    """The learner puts valid and invalid calls into one list."""
    done = []
    for call in calls:
        try:
            args = json.loads(call["args"] or "{}")
            done.append(tool_call(name=call["name"], args=args, id=call["id"]))
        except ValueError as error:
            done.append(
                invalid_tool_call(
                    name=call["name"], args=call["args"], id=call["id"], error=str(error)
                )
            )
    return done


def finalize_tool_calls__error_as_an_object(calls):
    """The learner hands over the error itself where its text is wanted."""
    valid, invalid = [], []
    for call in calls:
        name, text, id_ = call["name"], call["args"], call["id"]
        try:
            args = json.loads(text or "{}")
            if not isinstance(args, dict):
                raise ValueError("no object")
            valid.append(tool_call(name=name, args=args, id=id_))
        except (ValueError, RecursionError) as error:
            invalid.append(invalid_tool_call(name=name, args=text, id=id_, error=error))
    return valid, invalid


def finalize_tool_calls__loads_of_nothing(calls):
    """The learner has overlooked that json.loads cannot read an empty text."""
    valid, invalid = [], []
    for call in calls:
        args = json.loads(call["args"])
        valid.append(tool_call(name=call["name"], args=args, id=call["id"]))
    return valid, invalid


def finalize_tool_calls__type_compared_with_text(calls):
    """The learner believes that a type equals its name as a text."""
    valid, invalid = [], []
    for call in calls:
        name, text, id_ = call["name"], call["args"], call["id"]
        try:
            args = json.loads(text or "{}")
        except (ValueError, RecursionError) as error:
            invalid.append(invalid_tool_call(name=name, args=text, id=id_, error=str(error)))
            continue
        if type(args) == "dict":
            valid.append(tool_call(name=name, args=args, id=id_))
        else:
            invalid.append(invalid_tool_call(name=name, args=text, id=id_, error="no object"))
    return valid, invalid


def finalize_tool_calls__makes_one_list(calls):
    """The learner believes that two names make two lists."""
    valid = invalid = []
    for c in calls:
        try:
            args = json.loads(c["args"] or "{}")
            valid.append(tool_call(name=c["name"], args=args, id=c["id"]))
        except json.JSONDecodeError as e:
            invalid.append(
                invalid_tool_call(name=c["name"], args=c["args"], id=c["id"], error=str(e))
            )
    return valid, invalid


def finalize_tool_calls__asks_is_dict(calls):
    """The learner believes that `is` asks for the type."""
    valid, invalid = [], []
    for c in calls:
        if c["args"] == "":
            args = {}
        else:
            args = json.loads(c["args"])
        if args is dict:
            valid.append(tool_call(name=c["name"], args=args, id=c["id"]))
        else:
            invalid.append(
                invalid_tool_call(name=c["name"], args=c["args"], id=c["id"], error="not a dict")
            )
    return (valid, invalid)


def finalize_tool_calls__reads_a_file(calls):
    """The learner has left out the s of json.loads."""
    valid, invalid = [], []
    for c in calls:
        try:
            args = json.load(c["args"])
            valid.append(tool_call(name=c["name"], args=args, id=c["id"]))
        except ValueError:
            invalid.append(invalid_tool_call(name=c["name"], args=c["args"], id=c["id"], error="x"))
    return valid, invalid


def finalize_tool_calls__error_as_it_is(
    calls: Iterable[RawToolCall],
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """The error is the exception itself."""
    valid = []
    invalid = []
    for call in calls:
        try:
            args = json.loads(call["args"] or "{}")
            if not isinstance(args, dict):
                raise ValueError("no object")
            valid.append(tool_call(name=call["name"], args=args, id=call["id"]))
        except (ValueError, RecursionError) as error:
            invalid.append(
                invalid_tool_call(name=call["name"], args=call["args"], id=call["id"], error=error)
            )
    return valid, invalid


# parse_partial


def parse_partial__only_whole_texts(text):
    """The learner believes that json.loads reads the beginning of a text, too."""
    return json.loads(text)


def parse_partial__error_is_hidden(text):
    """The learner believes that what json.loads cannot read is simply nothing yet."""
    try:
        return json.loads(text)
    except Exception:
        return None


def parse_partial__adds_brackets(text):
    """The learner believes that a quotation mark and a bracket at the end make any text whole."""
    for end in ("", '"', '"}', "}", '"]', "]", '"]}', "]}"):
        try:
            return json.loads(text + end)
        except ValueError:
            continue
    return None


def parse_partial__returns_the_text(text):
    """The learner returns the repaired text and forgets to read it."""
    return text + "}" * (text.count("{") - text.count("}"))


def parse_partial__runs_the_text(text):
    """The learner believes that JSON can be read by eval."""
    return eval(text)


# stream_json_items


def stream_json_items__one_list(tokens, key=None):
    """The learner yields the whole list and not its elements."""
    try:
        yield json.loads("".join(tokens))
    finally:
        close_source(tokens)


def stream_json_items__returns_a_list(tokens, key=None):
    """The learner believes that returning a list is the same as yielding its elements."""
    return json.loads("".join(tokens))


def stream_json_items__reads_each_token(tokens, key=None):
    """The learner believes that each token is a whole JSON text."""
    for token in tokens:
        yield json.loads(token)


def stream_json_items__buffer_never_emptied(tokens, key=None):
    """The learner has overlooked that the text of an element has to go once it is yielded."""
    text = ""
    depth = 0
    try:
        for character in chain.from_iterable(tokens):
            if character == "{":
                depth += 1
            if depth > 0:
                text += character
            if character == "}":
                depth -= 1
                if depth == 0:
                    yield json.loads(text)
    finally:
        close_source(tokens)


def stream_json_items__adds_with_the_signs_swapped(tokens, key=None):
    """The learner writes =+ where += is meant."""
    text = ""
    depth = 0
    try:
        for character in chain.from_iterable(tokens):
            if character == "{":
                depth += 1
            if depth > 0:
                text = +character
            if character == "}":
                depth -= 1
                if depth == 0:
                    yield json.loads(text)
                    text = ""
    finally:
        close_source(tokens)


# tool_progress


def tool_progress__prints(events, parse=parse_partial):
    """The learner prints the lines that a generator should yield."""
    for event in events:
        if event["type"] == "tool_start":
            print(f"{event['name']} ({event['id']}): started")
        elif event["type"] == "tool_end":
            print(f"{event['id']}: done")


def tool_progress__name_in_every_event(events, parse=parse_partial):
    """The learner believes that every event has a name."""
    try:
        for event in events:
            label = f"{event['name']} ({event['id']})"
            if event["type"] == "tool_start":
                yield f"{label}: started"
            elif event["type"] == "tool_end":
                yield f"{label}: done"
    finally:
        close_source(events)


def tool_progress__braces_forgotten(events, parse=parse_partial):
    """The learner has forgotten the f in front of a text with braces."""
    names = {}
    try:
        for event in events:
            id_ = event["id"]
            if event["type"] == "tool_start":
                names[id_] = event["name"]
                yield "{names[id_]} ({id_}): started"
                continue
            if id_ not in names:
                raise ValueError(id_)
            if event["type"] == "tool_end":
                yield "{names.pop(id_)} ({id_}): done"
            if event["type"] == "tool_error":
                yield "{names.pop(id_)} ({id_}): failed ({event['error']})"
    finally:
        close_source(events)


def tool_progress__changes_what_it_loops_over(events, parse=parse_partial):
    """The learner changes a dict while a loop goes over it."""
    running = {}
    try:
        for event in events:
            if event["type"] == "tool_start":
                running[event["id"]] = event["name"]
                yield f"{event['name']} ({event['id']}): started"
                continue
            for id_ in running:
                if id_ == event["id"] and event["type"] == "tool_end":
                    yield f"{running[id_]} ({id_}): done"
                    del running[id_]
    finally:
        close_source(events)


def tool_progress__loops_over_a_dict_for_pairs(events, parse=parse_partial):
    """The learner believes that a loop over a dict gives pairs."""
    running, pieces = {}, {}
    try:
        for event in events:
            id_ = event["id"]
            if event["type"] == "tool_start":
                running[id_] = event["name"]
                pieces[id_] = ""
                yield f"{event['name']} ({id_}): started"
            elif event["type"] == "tool_arguments":
                pieces[id_] += event["piece"]
                args = parse(pieces[id_])
                if args:
                    shown = ", ".join(f"{k}={v!r}" for k, v in args)
                    yield f"{running[id_]} ({id_}): {shown}"
            else:
                yield f"{running[id_]} ({id_}): done"
    finally:
        close_source(events)


# run_tools


async def run_tools__never_awaits(calls, registry, limit=4, timeout=None):
    """The learner has forgotten the await before ainvoke."""
    if limit < 1:
        raise ValueError(limit)
    return [registry[call["name"]].ainvoke(call) for call in calls]


async def run_tools__gathers_and_never_awaits(calls, registry, limit=4, timeout=None):
    """The learner has forgotten that asyncio.gather has to be awaited."""
    if limit < 1:
        raise ValueError(limit)
    return asyncio.gather(*[registry[call["name"]].ainvoke(call) for call in calls])


async def run_tools__a_list_for_gather(calls, registry, limit=4, timeout=None):
    """The learner hands asyncio.gather a list and not its elements."""
    if limit < 1:
        raise ValueError(limit)
    return await asyncio.gather([registry[call["name"]].ainvoke(call) for call in calls])


async def run_tools__tasks_never_awaited(calls, registry, limit=4, timeout=None):
    """The learner believes that a task gives its result without being awaited."""
    if limit < 1:
        raise ValueError(limit)
    tasks = [asyncio.create_task(registry[call["name"]].ainvoke(call)) for call in calls]
    return [task.result() for task in tasks]


async def run_tools__runs_the_loop_inside_it(calls, registry, limit=4, timeout=None):
    """The learner believes that asyncio.run can be called inside a coroutine."""
    if limit < 1:
        raise ValueError(limit)
    return [asyncio.run(registry[call["name"]].ainvoke(call)) for call in calls]


async def run_tools__unknown_name(calls, registry, limit=4, timeout=None):
    """The learner has overlooked that the name may be missing in the registry."""
    if limit < 1:
        raise ValueError(limit)
    messages = []
    for call in calls:
        tool = registry[call["name"]]
        messages.append(await tool.ainvoke(call))
    return messages


async def run_tools__with_for_async_with(calls, registry, limit=4, timeout=None):
    """The learner writes with for a semaphore that needs async with."""
    if limit < 1:
        raise ValueError(limit)
    free = asyncio.Semaphore(limit)

    async def run(call):
        with free:
            return await registry[call["name"]].ainvoke(call)

    return await asyncio.gather(*(run(call) for call in calls))


async def run_tools__a_message_without_its_id(calls, registry, limit=4, timeout=None):
    """The learner has overlooked that a ToolMessage needs the id of its call."""
    if limit < 1:
        raise ValueError(limit)
    messages = []
    for call in calls:
        try:
            messages.append(await registry[call["name"]].ainvoke(call))
        except Exception as error:
            messages.append(ToolMessage(str(error), status="error"))
    return messages


def run_tools__not_async(calls, registry, limit=4, timeout=None):
    """The learner writes def for a task that is async def."""
    if limit < 1:
        raise ValueError(limit)
    return [registry[call["name"]].invoke(call) for call in calls]


async def run_tools__semaphore_for_each(
    calls: Sequence[ToolCall],
    registry: Mapping[str, BaseTool],
    limit: int = 4,
    timeout: float | None = None,
) -> list[ToolMessage]:
    """A semaphore of `limit` in each call limits them all."""
    if limit < 1:
        raise ValueError("limit is less than 1")

    async def run(call):
        async with asyncio.Semaphore(limit):
            try:
                async with asyncio.timeout(timeout):
                    return await registry[call["name"]].ainvoke(call)
            except Exception as error:
                return ToolMessage(
                    f"failed: {type(error).__name__}", tool_call_id=call["id"], status="error"
                )

    return list(await asyncio.gather(*[run(call) for call in calls]))
