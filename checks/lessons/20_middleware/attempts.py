"""What beginners write first for lesson 20: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: F821


# chain_wrappers


def chain_wrappers__forgets_await(wrappers, handler):
    """The learner has forgotten the await in front of the wrapper."""

    def link(wrapper, inside):
        async def chained(request):
            return wrapper(request, inside)

        return chained

    for wrapper in reversed(wrappers):
        handler = link(wrapper, handler)
    return handler


def chain_wrappers__forgets_to_return_the_answer(wrappers, handler):
    """The learner has overlooked that the inner function has to return the answer."""

    def link(wrapper, inside):
        async def chained(request):
            await wrapper(request, inside)

        return chained

    for wrapper in reversed(wrappers):
        handler = link(wrapper, handler)
    return handler


def chain_wrappers__calls_the_link(wrappers, handler):
    """The learner believes that the inner function has to be called before it is returned."""

    def link(wrapper, inside):
        async def chained(request):
            return await wrapper(request, inside)

        return chained()

    for wrapper in reversed(wrappers):
        handler = link(wrapper, handler)
    return handler


def chain_wrappers__forgets_the_return(wrappers, handler):
    """The learner has forgotten to return the chain."""

    def link(wrapper, inside):
        async def chained(request):
            return await wrapper(request, inside)

        return chained

    for wrapper in reversed(wrappers):
        handler = link(wrapper, handler)


def chain_wrappers__swaps_the_arguments(wrappers, handler):
    """The learner believes that a wrapper gets the handler first."""

    def link(wrapper, inside):
        async def chained(request):
            return await wrapper(inside, request)

        return chained

    for wrapper in reversed(wrappers):
        handler = link(wrapper, handler)
    return handler


# guard_tool


async def guard_tool__forgets_await(call, handler):
    """The learner has forgotten the await in front of the handler."""
    result = handler(call)
    return ToolMessage(str(result), name=call["name"], tool_call_id=call["id"])


async def guard_tool__spreads_the_call(call, handler):
    """The learner believes that a handler takes the arguments of the call as keywords."""
    result = await handler(**call["args"])
    return ToolMessage(str(result), name=call["name"], tool_call_id=call["id"])


async def guard_tool__reads_attributes(call, handler):
    """The learner believes that a call is an object with attributes."""
    result = await handler(call)
    return ToolMessage(str(result), name=call.name, tool_call_id=call.id)


async def guard_tool__prints(call, handler):
    """The learner takes printing for returning."""
    result = await handler(call)
    print(ToolMessage(str(result), name=call["name"], tool_call_id=call["id"]))


async def guard_tool__gives_the_value_as_content(call, handler):
    """The learner believes that a ToolMessage takes any value as its content."""
    try:
        result = await handler(call)
    except Paused:
        raise
    except Exception:
        return ToolMessage("no", name=call["name"], tool_call_id=call["id"], status="error")
    return ToolMessage(result, name=call["name"], tool_call_id=call["id"])


# limit_calls


def limit_calls__asks_for_each_limit(calls, used, limits):
    """The learner has overlooked that a tool may have no limit."""
    counts = Counter(used)
    run, refused = [], []
    for call in calls:
        name = call["name"]
        if counts[name] < limits[name] and counts.total() < limits["*"]:
            counts[name] += 1
            run.append(call)
        else:
            message = ToolMessage("no", name=name, tool_call_id=call["id"], status="error")
            refused.append(message)
    return run, refused


def limit_calls__returns_in_the_loop(calls, used, limits):
    """The learner has put the return into the loop."""
    run, refused = [], []
    for call in calls:
        run.append(call)
        return run, refused


def limit_calls__gives_one_list(calls, used, limits):
    """The learner believes that + gives two lists back."""
    run, refused = [], []
    for call in calls:
        if used.get(call["name"], 0) < limits.get(call["name"], 99):
            run.append(call)
        else:
            refused.append(ToolMessage("no", tool_call_id=call["id"], status="error"))
    return run + refused


def limit_calls__counts_with_plus_plus(calls, used, limits):
    """The learner believes that a dict begins to count at 0 by itself."""
    counts = dict(used)
    run, refused = [], []
    for call in calls:
        counts[call["name"]] += 1
        run.append(call)
    return run, refused


# with_fallbacks


async def with_fallbacks__is_async_itself(models, is_retryable):
    """The learner believes that what makes an async function is async, too."""

    async def wrapper(request, handler):
        return await handler(request)

    return wrapper


def with_fallbacks__raises_a_deleted_name(models, is_retryable):
    """The learner believes that the name of an error lives on after its except block."""

    async def wrapper(request, handler):
        for model in dict.fromkeys([request.model, *models]):
            try:
                return await handler(request.override(model=model))
            except Paused:
                raise
            except Exception as error:
                if not is_retryable(error):
                    raise
        raise error

    return wrapper


def with_fallbacks__changes_a_frozen_record(models, is_retryable):
    """The learner believes that a request can be changed in place."""

    async def wrapper(request, handler):
        for model in dict.fromkeys([request.model, *models]):
            request.model = model
            return await handler(request)

    return wrapper


def with_fallbacks__forgets_await(models, is_retryable):
    """The learner has forgotten the await in front of the handler."""

    async def wrapper(request, handler):
        for model in dict.fromkeys([request.model, *models]):
            try:
                return handler(request.override(model=model))
            except Exception as error:
                if not is_retryable(error):
                    raise

    return wrapper


# compact_history


async def compact_history__forgets_await(messages, summarize, trigger, keep):
    """The learner has forgotten the await in front of summarize."""
    if keep < 1 or trigger < keep:
        raise ValueError
    if len(messages) <= trigger:
        return list(messages)
    text = summarize(list(messages[:-keep]))
    return [HumanMessage(SUMMARY + text), *messages[-keep:]]


async def compact_history__asks_the_first_message(messages, summarize, trigger, keep):
    """The learner has overlooked that an empty list has no first message."""
    if keep < 1 or trigger < keep:
        raise ValueError("keep must be at least 1, and trigger at least keep")
    start = 1 if isinstance(messages[0], SystemMessage) else 0
    if len(messages) - start <= trigger:
        return list(messages)
    cut = len(messages) - keep
    while cut > start and isinstance(messages[cut], ToolMessage):
        cut -= 1
    if cut == start:
        return list(messages)
    try:
        text = await summarize(list(messages[start:cut]))
    except Paused:
        raise
    except Exception:
        return list(messages)
    if not text.strip():
        return list(messages)
    return [*messages[:start], HumanMessage(SUMMARY + text), *messages[cut:]]


async def compact_history__nests_the_lists(messages, summarize, trigger, keep):
    """The learner has forgotten the star in front of a list in a list."""
    if keep < 1 or trigger < keep:
        raise ValueError
    start = 1 if messages and isinstance(messages[0], SystemMessage) else 0
    if len(messages) - start <= trigger:
        return list(messages)
    text = await summarize(list(messages[start:-keep]))
    return [*messages[:start], HumanMessage(SUMMARY + text), messages[-keep:]]


# redact_stream


def redact_stream__returns_a_list(tokens):
    """The learner believes that a list of all pieces is a stream."""
    pieces = [ADDRESS.sub(REDACTED, "".join(tokens))]
    close_source(tokens)
    return pieces


def redact_stream__replaces_the_pattern(tokens):
    """The learner believes that replace takes a pattern."""
    waiting = ""
    for token in tokens:
        waiting += token
    yield waiting.replace(ADDRESS, REDACTED)


def redact_stream__forgets_the_result_of_sub(tokens):
    """The learner believes that sub changes the text that it is given."""
    waiting = ""
    try:
        for token in tokens:
            waiting += token
            end = max((at for at, one in enumerate(waiting, 1) if one not in PART), default=0)
            decided, waiting = waiting[:end], waiting[end:]
            ADDRESS.sub(REDACTED, decided)
            if decided:
                yield decided
        if waiting:
            yield waiting
    finally:
        close_source(tokens)


# review_calls


def review_calls__lets_the_iterator_run_out(calls, allowed, decisions):
    """The learner believes that next raises a ValueError when nothing is left."""
    left = iter(decisions)
    review = Review([], [])
    for call in calls:
        if call["name"] in allowed:
            next(left)
        review.run.append(call)
    return review


def review_calls__returns_a_tuple(calls, allowed, decisions):
    """The learner believes that two lists are a Review."""
    run = [call for call in calls if call["name"] not in allowed]
    return run, []


def review_calls__compares_the_decision(calls, allowed, decisions):
    """The learner believes that a decision is equal to the name of its kind."""
    waiting = [call for call in calls if call["name"] in allowed]
    if len(waiting) != len(decisions):
        raise ValueError
    left = iter(decisions)
    review = Review([], [])
    for call in calls:
        if call["name"] in allowed and next(left) == "reject":
            message = ToolMessage("no", name=call["name"], tool_call_id=call["id"], status="error")
            review.refused.append(message)
        else:
            review.run.append(call)
    return review
