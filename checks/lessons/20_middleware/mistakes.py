"""Wrong answers to lesson 20 that the graders have to reject.

`course/lesson/variants.py` says how these functions are used. Each docstring says what the learner
believes, and which test has to say what is wrong with it.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: F821, B023


# chain_wrappers


def chain_wrappers__closes_over_the_loop(wrappers, handler):
    """A function remembers the variables of the turn in which it was made.

    Caught by: test_they_nest
    """
    inside = handler
    for wrapper in reversed(wrappers):
        before = inside

        async def chained(request):
            return await wrapper(request, before)

        inside = chained
    return inside


def chain_wrappers__last_added_is_outermost(wrappers, handler):
    """What is added last stands at the door.

    Caught by: test_they_nest
    """

    def link(wrapper, inside):
        async def chained(request):
            return await wrapper(request, inside)

        return chained

    for wrapper in wrappers:
        handler = link(wrapper, handler)
    return handler


def chain_wrappers__all_around_the_handler(wrappers, handler):
    """Each wrapper stands around the handler, and the last one's answer counts.

    Caught by: test_they_nest
    """

    async def chained(request):
        answer = None
        for wrapper in wrappers:
            answer = await wrapper(request, handler)
        return answer if wrappers else await handler(request)

    return chained


def chain_wrappers__a_pipeline(wrappers, handler):
    """The answer of one wrapper is what the next one works on.

    Caught by: test_they_nest
    """

    async def chained(request):
        answer = await handler(request)
        for wrapper in wrappers:

            async def done(request, answer=answer):
                return answer

            answer = await wrapper(request, done)
        return answer

    return chained


def chain_wrappers__keeps_the_answer(wrappers, handler):
    """The inside runs once for each request, and its answer is kept.

    Caught by: test_a_wrapper_may_call_twice
    """

    def link(wrapper, inside):
        async def chained(request):
            kept = []

            async def once(request):
                if not kept:
                    kept.append(await inside(request))
                return kept[0]

            return await wrapper(request, once)

        return chained

    for wrapper in reversed(wrappers):
        handler = link(wrapper, handler)
    return handler


def chain_wrappers__uses_an_iterator_up(wrappers, handler):
    """An iterator hands out the wrappers, and begins again for each request.

    Caught by: test_a_wrapper_may_call_twice
    """
    left = iter(wrappers)

    async def chained(request):
        wrapper = next(left, None)
        if wrapper is None:
            return await handler(request)
        return await wrapper(request, chained)

    return chained


def chain_wrappers__sends_its_own_request(wrappers, handler):
    """All wrappers see the request that came.

    Caught by: test_a_wrapper_may_change_the_request
    """

    async def chained(request):
        inside = handler
        for wrapper in reversed(wrappers):

            async def link(changed, wrapper=wrapper, inside=inside):
                return await wrapper(request, inside)

            inside = link
        return await inside(request)

    return chained


def chain_wrappers__no_wrappers_no_handler(wrappers, handler):
    """There is always a wrapper.

    Caught by: test_without_wrappers_it_is_the_handler
    """

    def link(wrapper, inside):
        async def chained(request):
            return await wrapper(request, inside)

        return chained

    chained = link(wrappers[-1], handler)
    for wrapper in reversed(wrappers[:-1]):
        chained = link(wrapper, chained)
    return chained


def chain_wrappers__empties_the_list(wrappers, handler):
    """The list is there to be worked off.

    Caught by: test_they_nest
    """

    def link(wrapper, inside):
        async def chained(request):
            return await wrapper(request, inside)

        return chained

    while wrappers:
        handler = link(wrappers.pop(), handler)
    return handler


def chain_wrappers__answers_errors(wrappers, handler):
    """A chain answers in any case.

    Caught by: test_errors_pass_through
    """

    def link(wrapper, inside):
        async def chained(request):
            try:
                return await wrapper(request, inside)
            except Exception as error:
                return AIMessage(f"error: {error}")

        return chained

    for wrapper in reversed(wrappers):
        handler = link(wrapper, handler)
    return handler


def chain_wrappers__calls_at_once(wrappers, handler):
    """One request at a time: its position is kept beside the chain.

    Caught by: test_it_is_called_at_the_same_time
    """
    place = [0]

    async def chained(request):
        mine = place[0]
        place[0] = mine + 1
        try:
            if mine < len(wrappers):
                return await wrappers[mine](request, chained)
            return await handler(request)
        finally:
            place[0] = mine

    return chained


def chain_wrappers__uses_each_wrapper_once(wrappers, handler):
    """A wrapper that is listed twice is listed by mistake.

    Caught by: test_a_wrapper_that_is_listed_twice
    """

    def link(wrapper: ModelWrapper, inside: ModelHandler) -> ModelHandler:
        async def chained(request: ModelRequest) -> AIMessage:
            return await wrapper(request, inside)

        return chained

    for wrapper in reversed(dict.fromkeys(wrappers)):
        handler = link(wrapper, handler)
    return handler


def chain_wrappers__remembers_answers(wrappers, handler):
    """The same request has the same answer.

    Caught by: test_it_is_called_again_and_again
    """

    def link(wrapper: ModelWrapper, inside: ModelHandler) -> ModelHandler:
        async def chained(request: ModelRequest) -> AIMessage:
            return await wrapper(request, inside)

        return chained

    for wrapper in reversed(wrappers):
        handler = link(wrapper, handler)
    known = {}

    async def remembered(request):
        key = (request.system_prompt, request.model, str(request.messages))
        if key not in known:
            known[key] = await handler(request)
        return known[key]

    return remembered


def chain_wrappers__hands_on_the_content(wrappers, handler):
    """An answer is its text.

    Caught by: test_the_answer_is_handed_on_whole
    """

    def link(wrapper: ModelWrapper, inside: ModelHandler) -> ModelHandler:
        async def chained(request: ModelRequest) -> AIMessage:
            return await wrapper(request, inside)

        return chained

    for wrapper in reversed(wrappers):
        handler = link(wrapper, handler)

    async def text_of(request):
        return AIMessage((await handler(request)).content)

    return text_of


def chain_wrappers__wraps_errors(wrappers, handler):
    """An error should say where it comes from.

    Caught by: test_errors_pass_through
    """

    def link(wrapper: ModelWrapper, inside: ModelHandler) -> ModelHandler:
        async def chained(request: ModelRequest) -> AIMessage:
            try:
                return await wrapper(request, inside)
            except Exception as error:
                raise RuntimeError("a wrapper has failed") from error

        return chained

    for wrapper in reversed(wrappers):
        handler = link(wrapper, handler)
    return handler


# guard_tool


async def guard_tool__swallows_pauses(call, handler):
    """Every Exception is an error of the tool.

    Caught by: test_a_pause_passes_through
    """
    name, key = call["name"], call["id"]
    try:
        result = await handler(call)
    except ToolFault as fault:
        return ToolMessage(str(fault), name=name, tool_call_id=key, status="error")
    except Exception:
        return ToolMessage("It failed.", name=name, tool_call_id=key, status="error")
    if isinstance(result, ToolMessage):
        return result.model_copy(update={"tool_call_id": key, "name": result.name or name})
    content = result if isinstance(result, str) else json.dumps(result, default=str)
    return ToolMessage(content, name=name, tool_call_id=key)


async def guard_tool__asks_for_the_exact_class(call, handler):
    """type(error) is Paused finds all pauses.

    Caught by: test_a_pause_passes_through
    """
    name, key = call["name"], call["id"]
    try:
        result = await handler(call)
    except Exception as error:
        if type(error) is Paused:
            raise
        text = str(error) if isinstance(error, ToolFault) else "It failed."
        return ToolMessage(text, name=name, tool_call_id=key, status="error")
    if isinstance(result, ToolMessage):
        return result.model_copy(update={"tool_call_id": key, "name": result.name or name})
    content = result if isinstance(result, str) else json.dumps(result, default=str)
    return ToolMessage(content, name=name, tool_call_id=key)


async def guard_tool__catches_everything(call, handler):
    """What a tool raises is its error, whatever it is.

    Caught by: test_a_cancellation_passes_through
    """
    name, key = call["name"], call["id"]
    try:
        result = await handler(call)
    except Paused:
        raise
    except ToolFault as fault:
        return ToolMessage(str(fault), name=name, tool_call_id=key, status="error")
    except BaseException:
        return ToolMessage("It failed.", name=name, tool_call_id=key, status="error")
    if isinstance(result, ToolMessage):
        return result.model_copy(update={"tool_call_id": key, "name": result.name or name})
    content = result if isinstance(result, str) else json.dumps(result, default=str)
    return ToolMessage(content, name=name, tool_call_id=key)


async def guard_tool__tells_the_error(call, handler):
    """The model can use the text of any error.

    Caught by: test_other_errors_stay_with_you
    """
    name, key = call["name"], call["id"]
    try:
        result = await handler(call)
    except Paused:
        raise
    except ToolFault as fault:
        return ToolMessage(str(fault), name=name, tool_call_id=key, status="error")
    except Exception as error:
        return ToolMessage(f"Error: {error}", name=name, tool_call_id=key, status="error")
    if isinstance(result, ToolMessage):
        return result.model_copy(update={"tool_call_id": key, "name": result.name or name})
    content = result if isinstance(result, str) else json.dumps(result, default=str)
    return ToolMessage(content, name=name, tool_call_id=key)


async def guard_tool__hides_faults(call, handler):
    """No text of an exception is for the model.

    Caught by: test_a_fault_is_for_the_model
    """
    name, key = call["name"], call["id"]
    try:
        result = await handler(call)
    except Paused:
        raise
    except Exception:
        return ToolMessage("It failed.", name=name, tool_call_id=key, status="error")
    if isinstance(result, ToolMessage):
        return result.model_copy(update={"tool_call_id": key, "name": result.name or name})
    content = result if isinstance(result, str) else json.dumps(result, default=str)
    return ToolMessage(content, name=name, tool_call_id=key)


async def guard_tool__returns_the_text(call, handler):
    """A text that is a text needs no message.

    Caught by: test_a_text_is_the_content
    """
    name, key = call["name"], call["id"]
    try:
        result = await handler(call)
    except Paused:
        raise
    except ToolFault as fault:
        return ToolMessage(str(fault), name=name, tool_call_id=key, status="error")
    except Exception:
        return ToolMessage("It failed.", name=name, tool_call_id=key, status="error")
    if isinstance(result, str):
        return result
    if isinstance(result, ToolMessage):
        return result.model_copy(update={"tool_call_id": key, "name": result.name or name})
    return ToolMessage(json.dumps(result, default=str), name=name, tool_call_id=key)


async def guard_tool__uses_str(call, handler):
    """str makes a text of everything.

    Caught by: test_all_else_becomes_json
    """
    name, key = call["name"], call["id"]
    try:
        result = await handler(call)
    except Paused:
        raise
    except ToolFault as fault:
        return ToolMessage(str(fault), name=name, tool_call_id=key, status="error")
    except Exception:
        return ToolMessage("It failed.", name=name, tool_call_id=key, status="error")
    if isinstance(result, ToolMessage):
        return result.model_copy(update={"tool_call_id": key, "name": result.name or name})
    return ToolMessage(str(result), name=name, tool_call_id=key)


async def guard_tool__trusts_the_id(call, handler):
    """A message of the tool has the right id.

    Caught by: test_a_message_keeps_what_it_has
    """
    name, key = call["name"], call["id"]
    try:
        result = await handler(call)
    except Paused:
        raise
    except ToolFault as fault:
        return ToolMessage(str(fault), name=name, tool_call_id=key, status="error")
    except Exception:
        return ToolMessage("It failed.", name=name, tool_call_id=key, status="error")
    if isinstance(result, ToolMessage):
        return result
    content = result if isinstance(result, str) else json.dumps(result, default=str)
    return ToolMessage(content, name=name, tool_call_id=key)


async def guard_tool__keeps_only_the_content(call, handler):
    """The content of a message is all there is to it.

    Caught by: test_a_message_keeps_what_it_has
    """
    name, key = call["name"], call["id"]
    try:
        result = await handler(call)
    except Paused:
        raise
    except ToolFault as fault:
        return ToolMessage(str(fault), name=name, tool_call_id=key, status="error")
    except Exception:
        return ToolMessage("It failed.", name=name, tool_call_id=key, status="error")
    if isinstance(result, ToolMessage):
        return ToolMessage(result.content, name=result.name or name, tool_call_id=key)
    content = result if isinstance(result, str) else json.dumps(result, default=str)
    return ToolMessage(content, name=name, tool_call_id=key)


async def guard_tool__an_empty_text_is_nothing(call, handler):
    """A tool that says nothing has failed.

    Caught by: test_a_text_is_the_content
    """
    name, key = call["name"], call["id"]
    try:
        result = await handler(call)
    except Paused:
        raise
    except ToolFault as fault:
        return ToolMessage(str(fault), name=name, tool_call_id=key, status="error")
    except Exception:
        return ToolMessage("It failed.", name=name, tool_call_id=key, status="error")
    if isinstance(result, ToolMessage):
        return result.model_copy(update={"tool_call_id": key, "name": result.name or name})
    content = result if isinstance(result, str) else json.dumps(result, default=str)
    return ToolMessage(content or "(nothing)", name=name, tool_call_id=key)


async def guard_tool__tries_again(call, handler):
    """A second try does no harm.

    Caught by: test_other_errors_stay_with_you
    """
    name, key = call["name"], call["id"]
    for _ in range(2):
        try:
            result = await handler(call)
            break
        except Paused:
            raise
        except ToolFault as fault:
            return ToolMessage(str(fault), name=name, tool_call_id=key, status="error")
        except Exception:
            pass
    else:
        return ToolMessage("It failed.", name=name, tool_call_id=key, status="error")
    if isinstance(result, ToolMessage):
        return result.model_copy(update={"tool_call_id": key, "name": result.name or name})
    content = result if isinstance(result, str) else json.dumps(result, default=str)
    return ToolMessage(content, name=name, tool_call_id=key)


async def guard_tool__what_is_false_is_nothing(call, handler):
    """A result that counts as false is no result.

    Caught by: test_all_else_becomes_json
    """
    name, key = call["name"], call["id"]
    try:
        result = await handler(call)
    except Paused:
        raise
    except ToolFault as fault:
        return ToolMessage(str(fault), name=name, tool_call_id=key, status="error")
    except Exception:
        return ToolMessage("The tool has failed.", name=name, tool_call_id=key, status="error")
    if isinstance(result, ToolMessage):
        return result.model_copy(update={"tool_call_id": key, "name": result.name or name})
    content = result if isinstance(result, str) else json.dumps(result, default=str)
    if not result:
        content = ""
    return ToolMessage(content, name=name, tool_call_id=key)


async def guard_tool__tells_the_cause(call, handler):
    """The text is secret, and what it comes from is not.

    Caught by: test_other_errors_stay_with_you
    """
    name, key = call["name"], call["id"]
    try:
        result = await handler(call)
    except Paused:
        raise
    except ToolFault as fault:
        return ToolMessage(str(fault), name=name, tool_call_id=key, status="error")
    except Exception as error:
        return ToolMessage(
            f"The tool has failed: {error.__cause__!r}", name=name, tool_call_id=key, status="error"
        )
    if isinstance(result, ToolMessage):
        return result.model_copy(update={"tool_call_id": key, "name": result.name or name})
    content = result if isinstance(result, str) else json.dumps(result, default=str)
    return ToolMessage(content, name=name, tool_call_id=key)


async def guard_tool__says_nothing_of_a_failure(call, handler):
    """The status says all.

    Caught by: test_other_errors_stay_with_you
    """
    name, key = call["name"], call["id"]
    try:
        result = await handler(call)
    except Paused:
        raise
    except ToolFault as fault:
        return ToolMessage(str(fault), name=name, tool_call_id=key, status="error")
    except Exception:
        return ToolMessage("", name=name, tool_call_id=key, status="error")
    if isinstance(result, ToolMessage):
        return result.model_copy(update={"tool_call_id": key, "name": result.name or name})
    content = result if isinstance(result, str) else json.dumps(result, default=str)
    return ToolMessage(content, name=name, tool_call_id=key)


async def guard_tool__writes_objects_with_repr(call, handler):
    """repr says more than str.

    Caught by: test_all_else_becomes_json
    """
    name, key = call["name"], call["id"]
    try:
        result = await handler(call)
    except Paused:
        raise
    except ToolFault as fault:
        return ToolMessage(str(fault), name=name, tool_call_id=key, status="error")
    except Exception:
        return ToolMessage("The tool has failed.", name=name, tool_call_id=key, status="error")
    if isinstance(result, ToolMessage):
        return result.model_copy(update={"tool_call_id": key, "name": result.name or name})
    content = result if isinstance(result, str) else json.dumps(result, default=repr)
    return ToolMessage(content, name=name, tool_call_id=key)


async def guard_tool__lets_lists_be_blocks(call, handler):
    """The content of a message may be a list.

    Caught by: test_all_else_becomes_json
    """
    name, key = call["name"], call["id"]
    try:
        result = await handler(call)
    except Paused:
        raise
    except ToolFault as fault:
        return ToolMessage(str(fault), name=name, tool_call_id=key, status="error")
    except Exception:
        return ToolMessage("The tool has failed.", name=name, tool_call_id=key, status="error")
    if isinstance(result, ToolMessage):
        return result.model_copy(update={"tool_call_id": key, "name": result.name or name})
    content = result if isinstance(result, (str, list)) else json.dumps(result, default=str)
    return ToolMessage(content, name=name, tool_call_id=key)


async def guard_tool__writes_texts_as_json(call, handler):
    """Everything becomes JSON.

    Caught by: test_a_text_is_the_content
    """
    name, key = call["name"], call["id"]
    try:
        result = await handler(call)
    except Paused:
        raise
    except ToolFault as fault:
        return ToolMessage(str(fault), name=name, tool_call_id=key, status="error")
    except Exception:
        return ToolMessage("The tool has failed.", name=name, tool_call_id=key, status="error")
    if isinstance(result, ToolMessage):
        return result.model_copy(update={"tool_call_id": key, "name": result.name or name})
    content = json.dumps(result, default=str)
    return ToolMessage(content, name=name, tool_call_id=key)


async def guard_tool__announces_a_fault(call, handler):
    """The model has to see that it is an error.

    Caught by: test_a_fault_is_for_the_model
    """
    name, key = call["name"], call["id"]
    try:
        result = await handler(call)
    except Paused:
        raise
    except ToolFault as fault:
        return ToolMessage(f"Error: {fault}", name=name, tool_call_id=key, status="error")
    except Exception:
        return ToolMessage("The tool has failed.", name=name, tool_call_id=key, status="error")
    if isinstance(result, ToolMessage):
        return result.model_copy(update={"tool_call_id": key, "name": result.name or name})
    content = result if isinstance(result, str) else json.dumps(result, default=str)
    return ToolMessage(content, name=name, tool_call_id=key)


async def guard_tool__changes_the_message(call, handler):
    """The message of the handler is there to be filled in.

    Caught by: test_a_message_is_not_changed
    """
    name, key = call["name"], call["id"]
    try:
        result = await handler(call)
    except Paused:
        raise
    except ToolFault as fault:
        return ToolMessage(str(fault), name=name, tool_call_id=key, status="error")
    except Exception:
        return ToolMessage("The tool has failed.", name=name, tool_call_id=key, status="error")
    if isinstance(result, ToolMessage):
        result.tool_call_id, result.name = key, result.name or name
        return result
    content = result if isinstance(result, str) else json.dumps(result, default=str)
    return ToolMessage(content, name=name, tool_call_id=key)


# limit_calls


def limit_calls__looks_only_at_used(calls, used, limits):
    """What ran before decides.

    Caught by: test_many_calls_in_one_message
    """
    run, refused = [], []
    for call in calls:
        name = call["name"]
        free = used.get(name, 0) < limits.get(name, float("inf"))
        if free and sum(used.values()) < limits.get("*", float("inf")):
            run.append(call)
        else:
            refused.append(ToolMessage("no", name=name, tool_call_id=call["id"], status="error"))
    return run, refused


def limit_calls__a_refused_call_counts(calls, used, limits):
    """Each call that the model makes counts.

    Caught by: test_a_refused_call_uses_nothing_up
    """
    counts, run, refused = Counter(used), [], []
    for call in calls:
        name = call["name"]
        free = counts[name] < limits.get(name, float("inf"))
        free = free and counts.total() < limits.get("*", float("inf"))
        counts[name] += 1
        if free:
            run.append(call)
        else:
            refused.append(ToolMessage("no", name=name, tool_call_id=call["id"], status="error"))
    return run, refused


def limit_calls__all_or_nothing(calls, used, limits):
    """If one call is too many, none of them runs.

    Caught by: test_many_calls_in_one_message
    """
    counts = Counter(used)
    for call in calls:
        counts[call["name"]] += 1
    over = counts.total() > limits.get("*", float("inf"))
    for call in calls:
        over = over or counts[call["name"]] > limits.get(call["name"], float("inf"))
    if not over:
        return list(calls), []
    refused = [
        ToolMessage("no", name=call["name"], tool_call_id=call["id"], status="error")
        for call in calls
    ]
    return [], refused


def limit_calls__drops_what_is_refused(calls, used, limits):
    """What does not run needs no answer.

    Caught by: test_many_calls_in_one_message
    """
    counts, run = Counter(used), []
    for call in calls:
        name = call["name"]
        free = counts[name] < limits.get(name, float("inf"))
        if free and counts.total() < limits.get("*", float("inf")):
            counts[name] += 1
            run.append(call)
    return run, []


def limit_calls__off_by_one(calls, used, limits):
    """A limit is exceeded only by more than it.

    Caught by: test_many_calls_in_one_message
    """
    counts, run, refused = Counter(used), [], []
    for call in calls:
        name = call["name"]
        free = counts[name] <= limits.get(name, float("inf"))
        if free and counts.total() < limits.get("*", float("inf")):
            counts[name] += 1
            run.append(call)
        else:
            refused.append(ToolMessage("no", name=name, tool_call_id=call["id"], status="error"))
    return run, refused


def limit_calls__zero_is_no_limit(calls, used, limits):
    """A limit of 0 is none.

    Caught by: test_what_ran_before_counts
    """
    counts, run, refused = Counter(used), [], []
    for call in calls:
        name = call["name"]
        free = counts[name] < (limits.get(name) or float("inf"))
        if free and counts.total() < (limits.get("*") or float("inf")):
            counts[name] += 1
            run.append(call)
        else:
            refused.append(ToolMessage("no", name=name, tool_call_id=call["id"], status="error"))
    return run, refused


def limit_calls__forgets_other_tools(calls, used, limits):
    """Only the tools that are called count for all together.

    Caught by: test_all_tools_together
    """
    names = {call["name"] for call in calls}
    counts = Counter({name: used.get(name, 0) for name in names})
    run, refused = [], []
    for call in calls:
        name = call["name"]
        free = counts[name] < limits.get(name, float("inf"))
        if free and counts.total() < limits.get("*", float("inf")):
            counts[name] += 1
            run.append(call)
        else:
            refused.append(ToolMessage("no", name=name, tool_call_id=call["id"], status="error"))
    return run, refused


def limit_calls__star_for_the_rest(calls, used, limits):
    """The star is the limit of each tool that has none of its own.

    Caught by: test_all_tools_together
    """
    counts, run, refused = Counter(used), [], []
    for call in calls:
        name = call["name"]
        if counts[name] < limits.get(name, limits.get("*", float("inf"))):
            counts[name] += 1
            run.append(call)
        else:
            refused.append(ToolMessage("no", name=name, tool_call_id=call["id"], status="error"))
    return run, refused


def limit_calls__counts_in_used(calls, used, limits):
    """The numbers are there to be counted up.

    Caught by: test_many_calls_in_one_message
    """
    run, refused = [], []
    for call in calls:
        name = call["name"]
        free = used.get(name, 0) < limits.get(name, float("inf"))
        if free and sum(used.values()) < limits.get("*", float("inf")):
            used[name] = used.get(name, 0) + 1
            run.append(call)
        else:
            refused.append(ToolMessage("no", name=name, tool_call_id=call["id"], status="error"))
    return run, refused


def limit_calls__looks_like_a_success(calls, used, limits):
    """The text says that it is an error.

    Caught by: test_a_refusal_answers_its_call
    """
    counts, run, refused = Counter(used), [], []
    for call in calls:
        name = call["name"]
        free = counts[name] < limits.get(name, float("inf"))
        if free and counts.total() < limits.get("*", float("inf")):
            counts[name] += 1
            run.append(call)
        else:
            refused.append(ToolMessage("error: no", name=name, tool_call_id=call["id"]))
    return run, refused


def limit_calls__equal_calls_are_one(calls, used, limits):
    """Who asks twice for the same wants it once.

    Caught by: test_many_calls_in_one_message
    """
    counts = Counter(used)
    run: list[ToolCall] = []
    refused: list[ToolMessage] = []
    seen = []
    for call in calls:
        if (call["name"], call["args"]) in seen:
            continue
        seen.append((call["name"], call["args"]))
        name = call["name"]
        free = counts[name] < limits.get(name, float("inf"))
        if free and counts.total() < limits.get("*", float("inf")):
            counts[name] += 1
            run.append(call)
        else:
            text = f"{name} was not run: no more calls are allowed."
            refused.append(ToolMessage(text, name=name, tool_call_id=call["id"], status="error"))
    return run, refused


def limit_calls__goes_tool_by_tool(calls, used, limits):
    """The calls of one tool belong together.

    Caught by: test_all_tools_together
    """
    counts = Counter(used)
    run: list[ToolCall] = []
    refused: list[ToolMessage] = []
    for call in sorted(calls, key=lambda one: one["name"] != calls[0]["name"]):
        name = call["name"]
        free = counts[name] < limits.get(name, float("inf"))
        if free and counts.total() < limits.get("*", float("inf")):
            counts[name] += 1
            run.append(call)
        else:
            text = f"{name} was not run: no more calls are allowed."
            refused.append(ToolMessage(text, name=name, tool_call_id=call["id"], status="error"))
    return run, refused


def limit_calls__stops_at_the_first_refusal(calls, used, limits):
    """Once the limit is reached, nothing runs.

    Caught by: test_a_refused_call_uses_nothing_up
    """
    counts = Counter(used)
    run: list[ToolCall] = []
    refused: list[ToolMessage] = []
    for call in calls:
        name = call["name"]
        free = not refused and counts[name] < limits.get(name, float("inf"))
        if free and counts.total() < limits.get("*", float("inf")):
            counts[name] += 1
            run.append(call)
        else:
            text = f"{name} was not run: no more calls are allowed."
            refused.append(ToolMessage(text, name=name, tool_call_id=call["id"], status="error"))
    return run, refused


def limit_calls__waits_for_the_exact_number(calls, used, limits):
    """The limit is reached when the numbers are equal.

    Caught by: test_what_ran_before_counts
    """
    counts = Counter(used)
    run: list[ToolCall] = []
    refused: list[ToolMessage] = []
    for call in calls:
        name = call["name"]
        free = counts[name] != limits.get(name, float("inf"))
        if free and counts.total() < limits.get("*", float("inf")):
            counts[name] += 1
            run.append(call)
        else:
            text = f"{name} was not run: no more calls are allowed."
            refused.append(ToolMessage(text, name=name, tool_call_id=call["id"], status="error"))
    return run, refused


def limit_calls__refuses_without_a_name(calls, used, limits):
    """The id says which call it is.

    Caught by: test_a_refusal_answers_its_call
    """
    counts = Counter(used)
    run: list[ToolCall] = []
    refused: list[ToolMessage] = []
    for call in calls:
        name = call["name"]
        free = counts[name] < limits.get(name, float("inf"))
        if free and counts.total() < limits.get("*", float("inf")):
            counts[name] += 1
            run.append(call)
        else:
            text = f"{name} was not run: no more calls are allowed."
            refused.append(ToolMessage(text, tool_call_id=call["id"], status="error"))
    return run, refused


def limit_calls__refuses_without_a_word(calls, used, limits):
    """The status says all.

    Caught by: test_a_refusal_answers_its_call
    """
    counts = Counter(used)
    run: list[ToolCall] = []
    refused: list[ToolMessage] = []
    for call in calls:
        name = call["name"]
        free = counts[name] < limits.get(name, float("inf"))
        if free and counts.total() < limits.get("*", float("inf")):
            counts[name] += 1
            run.append(call)
        else:
            refused.append(ToolMessage("", name=name, tool_call_id=call["id"], status="error"))
    return run, refused


# with_fallbacks


def with_fallbacks__sticks_to_the_fallback(models, is_retryable):
    """A model that has failed is down.

    Caught by: test_each_call_begins_with_its_own_model
    """
    down = set()

    async def wrapper(request, handler):
        first = None
        for model in dict.fromkeys([request.model, *models]):
            if model in down:
                continue
            try:
                return await handler(request.override(model=model))
            except Paused:
                raise
            except Exception as error:
                if not is_retryable(error):
                    raise
                down.add(model)
                first = first or error
        raise first

    return wrapper


def with_fallbacks__raises_the_last_error(models, is_retryable):
    """The newest error says most.

    Caught by: test_the_first_error_passes
    """

    async def wrapper(request, handler):
        last = None
        for model in dict.fromkeys([request.model, *models]):
            try:
                return await handler(request.override(model=model))
            except Paused:
                raise
            except Exception as error:
                if not is_retryable(error):
                    raise
                last = error
        raise last

    return wrapper


def with_fallbacks__after_any_error(models, is_retryable):
    """Another model is better than no answer.

    Caught by: test_other_errors_pass
    """

    async def wrapper(request, handler):
        first = None
        for model in dict.fromkeys([request.model, *models]):
            try:
                return await handler(request.override(model=model))
            except Paused:
                raise
            except Exception as error:
                first = first or error
        raise first

    return wrapper


def with_fallbacks__judges_only_the_first(models, is_retryable):
    """Once it has begun, it goes through all models.

    Caught by: test_other_errors_pass
    """

    async def wrapper(request, handler):
        first = None
        for model in dict.fromkeys([request.model, *models]):
            try:
                return await handler(request.override(model=model))
            except Paused:
                raise
            except Exception as error:
                if first is None and not is_retryable(error):
                    raise
                first = first or error
        raise first

    return wrapper


def with_fallbacks__sends_the_same_request(models, is_retryable):
    """Each try is the same request.

    Caught by: test_each_call_begins_with_its_own_model
    """

    async def wrapper(request, handler):
        first = None
        for _ in [request.model, *models]:
            try:
                return await handler(request)
            except Paused:
                raise
            except Exception as error:
                if not is_retryable(error):
                    raise
                first = first or error
        raise first

    return wrapper


def with_fallbacks__makes_a_new_request(models, is_retryable):
    """A request is its messages and a model.

    Caught by: test_the_next_one_answers
    """

    async def wrapper(request, handler):
        try:
            return await handler(request)
        except Paused:
            raise
        except Exception as error:
            if not is_retryable(error):
                raise
            first = error
        for model in dict.fromkeys(models):
            if model == request.model:
                continue
            try:
                return await handler(ModelRequest(request.messages, model=model))
            except Paused:
                raise
            except Exception as error:
                if not is_retryable(error):
                    raise
        raise first

    return wrapper


def with_fallbacks__a_pause_is_a_failure(models, is_retryable):
    """A pause is an Exception like any other.

    Caught by: test_a_pause_passes
    """

    async def wrapper(request, handler):
        first = None
        for model in dict.fromkeys([request.model, *models]):
            try:
                return await handler(request.override(model=model))
            except Exception as error:
                if not is_retryable(error):
                    raise
                first = first or error
        raise first

    return wrapper


def with_fallbacks__asks_twice(models, is_retryable):
    """The list says whom to ask.

    Caught by: test_no_model_is_asked_twice
    """

    async def wrapper(request, handler):
        first = None
        for model in [request.model, *models]:
            try:
                return await handler(request.override(model=model))
            except Paused:
                raise
            except Exception as error:
                if not is_retryable(error):
                    raise
                first = first or error
        raise first

    return wrapper


def with_fallbacks__begins_with_the_list(models, is_retryable):
    """The models of the list are those to ask.

    Caught by: test_each_call_begins_with_its_own_model
    """

    async def wrapper(request, handler):
        first = None
        for model in dict.fromkeys(models or [request.model]):
            try:
                return await handler(request.override(model=model))
            except Paused:
                raise
            except Exception as error:
                if not is_retryable(error):
                    raise
                first = first or error
        raise first

    return wrapper


def with_fallbacks__catches_everything(models, is_retryable):
    """Whatever stops a model is a failure.

    Caught by: test_a_cancellation_passes
    """

    async def wrapper(request, handler):
        first = None
        for model in dict.fromkeys([request.model, *models]):
            try:
                return await handler(request.override(model=model))
            except Paused:
                raise
            except BaseException as error:
                if isinstance(error, Exception) and not is_retryable(error):
                    raise
                first = first or error
        raise first

    return wrapper


def with_fallbacks__skips_what_has_no_name(models, is_retryable):
    """A model without a name is none.

    Caught by: test_any_models
    """

    async def wrapper(request: ModelRequest, handler: ModelHandler) -> AIMessage:
        first: Exception | None = None
        for model in dict.fromkeys([request.model, *models]):
            if not model.strip():
                continue
            try:
                return await handler(request.override(model=model))
            except Paused:
                raise
            except Exception as error:
                if not is_retryable(error):
                    raise
                first = first or error
        assert first is not None
        raise first

    return wrapper


def with_fallbacks__raises_the_first_of_all(models, is_retryable):
    """The first error is the one to look for, whatever comes.

    Caught by: test_other_errors_pass
    """

    async def wrapper(request: ModelRequest, handler: ModelHandler) -> AIMessage:
        first: Exception | None = None
        for model in dict.fromkeys([request.model, *models]):
            try:
                return await handler(request.override(model=model))
            except Paused:
                raise
            except Exception as error:
                if not is_retryable(error):
                    raise first or error from None
                first = first or error
        assert first is not None
        raise first

    return wrapper


def with_fallbacks__wraps_the_error(models, is_retryable):
    """The caller wants to know that all have failed.

    Caught by: test_the_first_error_passes
    """

    async def wrapper(request: ModelRequest, handler: ModelHandler) -> AIMessage:
        first: Exception | None = None
        for model in dict.fromkeys([request.model, *models]):
            try:
                return await handler(request.override(model=model))
            except Paused:
                raise
            except Exception as error:
                if not is_retryable(error):
                    raise
                first = first or error
        assert first is not None
        raise RuntimeError("all models have failed") from first

    return wrapper


def with_fallbacks__answers_that_all_have_failed(models, is_retryable):
    """A wrapper gives an answer.

    Caught by: test_the_first_error_passes
    """

    async def wrapper(request: ModelRequest, handler: ModelHandler) -> AIMessage:
        first: Exception | None = None
        for model in dict.fromkeys([request.model, *models]):
            try:
                return await handler(request.override(model=model))
            except Paused:
                raise
            except Exception as error:
                if not is_retryable(error):
                    raise
                first = first or error
        assert first is not None
        return AIMessage("No model has answered.")

    return wrapper


def with_fallbacks__asks_about_a_pause(models, is_retryable):
    """The function knows what may be tried again.

    Caught by: test_a_pause_passes
    """

    async def wrapper(request: ModelRequest, handler: ModelHandler) -> AIMessage:
        first: Exception | None = None
        for model in dict.fromkeys([request.model, *models]):
            try:
                return await handler(request.override(model=model))
            except Exception as error:
                if not is_retryable(error) or isinstance(error, Paused):
                    raise
                first = first or error
        assert first is not None
        raise first

    return wrapper


def with_fallbacks__remembers_whom_it_has_asked(models, is_retryable):
    """A model that was asked need not be asked again.

    Caught by: test_each_call_begins_with_its_own_model
    """

    asked = set()

    async def wrapper(request: ModelRequest, handler: ModelHandler) -> AIMessage:
        first: Exception | None = None
        for model in dict.fromkeys([request.model, *models]):
            if model in asked:
                continue
            asked.add(model)
            try:
                return await handler(request.override(model=model))
            except Paused:
                raise
            except Exception as error:
                if not is_retryable(error):
                    raise
                first = first or error
        assert first is not None
        raise first

    return wrapper


def with_fallbacks__goes_on_behind_its_own_model(models, is_retryable):
    """The models are tried from the request's own on.

    Caught by: test_no_model_is_asked_twice
    """

    async def wrapper(request: ModelRequest, handler: ModelHandler) -> AIMessage:
        first: Exception | None = None
        after = models.index(request.model) + 1 if request.model in models else 0
        for model in [request.model, *models[after:]]:
            try:
                return await handler(request.override(model=model))
            except Paused:
                raise
            except Exception as error:
                if not is_retryable(error):
                    raise
                first = first or error
        assert first is not None
        raise first

    return wrapper


# compact_history


async def compact_history__cuts_anywhere(messages, summarize, trigger, keep):
    """The last messages are those that stay.

    Caught by: test_a_result_keeps_its_call
    """
    if keep < 1 or trigger < keep:
        raise ValueError
    start = 1 if messages and isinstance(messages[0], SystemMessage) else 0
    if len(messages) - start <= trigger:
        return list(messages)
    cut = len(messages) - keep
    try:
        text = await summarize(list(messages[start:cut]))
    except Paused:
        raise
    except Exception:
        return list(messages)
    if not text.strip():
        return list(messages)
    return [*messages[:start], HumanMessage(SUMMARY + text), *messages[cut:]]


async def compact_history__cuts_forward(messages, summarize, trigger, keep):
    """A result without its call is left out.

    Caught by: test_a_result_keeps_its_call
    """
    if keep < 1 or trigger < keep:
        raise ValueError
    start = 1 if messages and isinstance(messages[0], SystemMessage) else 0
    if len(messages) - start <= trigger:
        return list(messages)
    cut = len(messages) - keep
    while cut < len(messages) and isinstance(messages[cut], ToolMessage):
        cut += 1
    try:
        text = await summarize(list(messages[start:cut]))
    except Paused:
        raise
    except Exception:
        return list(messages)
    if not text.strip():
        return list(messages)
    return [*messages[:start], HumanMessage(SUMMARY + text), *messages[cut:]]


async def compact_history__goes_back_once(messages, summarize, trigger, keep):
    """The call stands right before its result.

    Caught by: test_a_result_keeps_its_call
    """
    if keep < 1 or trigger < keep:
        raise ValueError
    start = 1 if messages and isinstance(messages[0], SystemMessage) else 0
    if len(messages) - start <= trigger:
        return list(messages)
    cut = len(messages) - keep
    if isinstance(messages[cut], ToolMessage):
        cut -= 1
    if cut <= start:
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


async def compact_history__a_system_message(messages, summarize, trigger, keep):
    """A summary is not what somebody has said.

    Caught by: test_a_result_keeps_its_call
    """
    if keep < 1 or trigger < keep:
        raise ValueError
    start = 1 if messages and isinstance(messages[0], SystemMessage) else 0
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
    return [*messages[:start], SystemMessage(SUMMARY + text), *messages[cut:]]


async def compact_history__summary_at_the_end(messages, summarize, trigger, keep):
    """What was made last stands last.

    Caught by: test_a_result_keeps_its_call
    """
    if keep < 1 or trigger < keep:
        raise ValueError
    start = 1 if messages and isinstance(messages[0], SystemMessage) else 0
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
    return [*messages[:start], *messages[cut:], HumanMessage(SUMMARY + text)]


async def compact_history__no_system_message(messages, summarize, trigger, keep):
    """A system message is a message like any other.

    Caught by: test_a_result_keeps_its_call
    """
    if keep < 1 or trigger < keep:
        raise ValueError
    if len(messages) <= trigger:
        return list(messages)
    cut = len(messages) - keep
    while cut > 0 and isinstance(messages[cut], ToolMessage):
        cut -= 1
    if cut == 0:
        return list(messages)
    try:
        text = await summarize(list(messages[:cut]))
    except Paused:
        raise
    except Exception:
        return list(messages)
    if not text.strip():
        return list(messages)
    return [HumanMessage(SUMMARY + text), *messages[cut:]]


async def compact_history__counts_the_system_message(messages, summarize, trigger, keep):
    """The system message counts.

    Caught by: test_the_system_message_stays
    """
    if keep < 1 or trigger < keep:
        raise ValueError
    start = 1 if messages and isinstance(messages[0], SystemMessage) else 0
    if len(messages) <= trigger:
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


async def compact_history__one_too_early(messages, summarize, trigger, keep):
    """The trigger itself is reached.

    Caught by: test_the_system_message_stays
    """
    if keep < 1 or trigger < keep:
        raise ValueError
    start = 1 if messages and isinstance(messages[0], SystemMessage) else 0
    if len(messages) - start < trigger:
        return list(messages)
    cut = len(messages) - keep
    while cut > start and isinstance(messages[cut], ToolMessage):
        cut -= 1
    if cut <= start:
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


async def compact_history__fails_with_the_summary(messages, summarize, trigger, keep):
    """Who wants a summary has to know that there is none.

    Caught by: test_a_summary_that_fails
    """
    if keep < 1 or trigger < keep:
        raise ValueError
    start = 1 if messages and isinstance(messages[0], SystemMessage) else 0
    if len(messages) - start <= trigger:
        return list(messages)
    cut = len(messages) - keep
    while cut > start and isinstance(messages[cut], ToolMessage):
        cut -= 1
    if cut == start:
        return list(messages)
    text = await summarize(list(messages[start:cut]))
    if not text.strip():
        return list(messages)
    return [*messages[:start], HumanMessage(SUMMARY + text), *messages[cut:]]


async def compact_history__believes_an_empty_summary(messages, summarize, trigger, keep):
    """A summary is a summary.

    Caught by: test_a_summary_of_white_space
    """
    if keep < 1 or trigger < keep:
        raise ValueError
    start = 1 if messages and isinstance(messages[0], SystemMessage) else 0
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
    return [*messages[:start], HumanMessage(SUMMARY + text), *messages[cut:]]


async def compact_history__strips_the_summary(messages, summarize, trigger, keep):
    """White space around a text is worth nothing.

    Caught by: test_the_summary
    """
    if keep < 1 or trigger < keep:
        raise ValueError("keep must be at least 1, and trigger at least keep")
    start = 1 if messages and isinstance(messages[0], SystemMessage) else 0
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
    return [*messages[:start], HumanMessage(SUMMARY + text.strip()), *messages[cut:]]


async def compact_history__takes_a_blank_for_a_summary(messages, summarize, trigger, keep):
    """A text that is not empty says something.

    Caught by: test_a_summary_of_white_space
    """
    if keep < 1 or trigger < keep:
        raise ValueError("keep must be at least 1, and trigger at least keep")
    start = 1 if messages and isinstance(messages[0], SystemMessage) else 0
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
    if not text:
        return list(messages)
    return [*messages[:start], HumanMessage(SUMMARY + text), *messages[cut:]]


async def compact_history__keeps_an_earlier_summary(messages, summarize, trigger, keep):
    """A summary need not be summarized.

    Caught by: test_an_earlier_summary_is_a_message
    """
    if keep < 1 or trigger < keep:
        raise ValueError("keep must be at least 1, and trigger at least keep")
    start = 1 if messages and isinstance(messages[0], SystemMessage) else 0
    if len(messages) > start and str(messages[start].content).startswith(SUMMARY):
        start += 1
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


async def compact_history__keeps_all_system_messages(messages, summarize, trigger, keep):
    """What the system has said stays.

    Caught by: test_the_system_message_stays
    """
    if keep < 1 or trigger < keep:
        raise ValueError("keep must be at least 1, and trigger at least keep")
    start = 1 if messages and isinstance(messages[0], SystemMessage) else 0
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
    rules = [one for one in messages[start:cut] if isinstance(one, SystemMessage)]
    return [*messages[:start], *rules, HumanMessage(SUMMARY + text), *messages[cut:]]


async def compact_history__returns_the_list_it_was_given(messages, summarize, trigger, keep):
    """What is not changed need not be copied.

    Caught by: test_the_system_message_stays
    """
    if keep < 1 or trigger < keep:
        raise ValueError("keep must be at least 1, and trigger at least keep")
    start = 1 if messages and isinstance(messages[0], SystemMessage) else 0
    if len(messages) - start <= trigger:
        return messages
    cut = len(messages) - keep
    while cut > start and isinstance(messages[cut], ToolMessage):
        cut -= 1
    if cut == start:
        return messages
    try:
        text = await summarize(list(messages[start:cut]))
    except Paused:
        raise
    except Exception:
        return messages
    if not text.strip():
        return messages
    return [*messages[:start], HumanMessage(SUMMARY + text), *messages[cut:]]


async def compact_history__swallows_a_pause(messages, summarize, trigger, keep):
    """Whatever summarize raises, the history stays.

    Caught by: test_a_pause_and_a_cancellation_pass
    """
    if keep < 1 or trigger < keep:
        raise ValueError("keep must be at least 1, and trigger at least keep")
    start = 1 if messages and isinstance(messages[0], SystemMessage) else 0
    if len(messages) - start <= trigger:
        return list(messages)
    cut = len(messages) - keep
    while cut > start and isinstance(messages[cut], ToolMessage):
        cut -= 1
    if cut == start:
        return list(messages)
    try:
        text = await summarize(list(messages[start:cut]))
    except Exception:
        return list(messages)
    if not text.strip():
        return list(messages)
    return [*messages[:start], HumanMessage(SUMMARY + text), *messages[cut:]]


async def compact_history__checks_the_numbers_late(messages, summarize, trigger, keep):
    """The numbers matter only for a long history.

    Caught by: test_wrong_numbers
    """
    start = 1 if messages and isinstance(messages[0], SystemMessage) else 0
    if len(messages) - start <= trigger:
        return list(messages)
    if keep < 1 or trigger < keep:
        raise ValueError("keep must be at least 1, and trigger at least keep")
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


async def compact_history__summarizes_one_by_one(messages, summarize, trigger, keep):
    """Each message has a summary of its own.

    Caught by: test_a_result_keeps_its_call
    """
    if keep < 1 or trigger < keep:
        raise ValueError("keep must be at least 1, and trigger at least keep")
    start = 1 if messages and isinstance(messages[0], SystemMessage) else 0
    if len(messages) - start <= trigger:
        return list(messages)
    cut = len(messages) - keep
    while cut > start and isinstance(messages[cut], ToolMessage):
        cut -= 1
    if cut == start:
        return list(messages)
    try:
        text = "".join([await summarize([one]) for one in messages[start:cut]])
    except Paused:
        raise
    except Exception:
        return list(messages)
    if not text.strip():
        return list(messages)
    return [*messages[:start], HumanMessage(SUMMARY + text), *messages[cut:]]


async def compact_history__tells_only_what_was_said(messages, summarize, trigger, keep):
    """What a tool has found is not what somebody has said.

    Caught by: test_a_result_keeps_its_call
    """
    if keep < 1 or trigger < keep:
        raise ValueError("keep must be at least 1, and trigger at least keep")
    start = 1 if messages and isinstance(messages[0], SystemMessage) else 0
    if len(messages) - start <= trigger:
        return list(messages)
    cut = len(messages) - keep
    while cut > start and isinstance(messages[cut], ToolMessage):
        cut -= 1
    if cut == start:
        return list(messages)
    try:
        text = await summarize(
            [one for one in messages[start:cut] if not isinstance(one, ToolMessage)]
        )
    except Paused:
        raise
    except Exception:
        return list(messages)
    if not text.strip():
        return list(messages)
    return [*messages[:start], HumanMessage(SUMMARY + text), *messages[cut:]]


# redact_stream


def redact_stream__each_token_alone(tokens):
    """An address comes in one token.

    Caught by: test_an_address_in_pieces
    """
    try:
        for token in tokens:
            if token:
                yield ADDRESS.sub(REDACTED, token)
    finally:
        close_source(tokens)


def redact_stream__waits_from_the_at(tokens):
    """An address begins with its @.

    Caught by: test_an_address_in_pieces
    """
    waiting = ""
    try:
        for token in tokens:
            waiting += token
            if "@" in waiting and not re.search(r"\s\Z", waiting):
                continue
            if waiting:
                yield ADDRESS.sub(REDACTED, waiting)
            waiting = ""
        if waiting:
            yield ADDRESS.sub(REDACTED, waiting)
    finally:
        close_source(tokens)


def redact_stream__lets_go_at_a_dot(tokens):
    """A full stop ends a sentence.

    Caught by: test_an_address_in_pieces
    """
    waiting = ""
    try:
        for token in tokens:
            waiting += token
            end = max(
                (at for at, one in enumerate(waiting, 1) if one not in PART - {"."}), default=0
            )
            if end:
                yield ADDRESS.sub(REDACTED, waiting[:end])
            waiting = waiting[end:]
        if waiting:
            yield ADDRESS.sub(REDACTED, waiting)
    finally:
        close_source(tokens)


def redact_stream__waits_for_white_space(tokens):
    """Words end with white space.

    Caught by: test_nothing_else_waits
    """
    waiting = ""
    try:
        for token in tokens:
            waiting += token
            end = max((at for at, one in enumerate(waiting, 1) if one.isspace()), default=0)
            if end:
                yield ADDRESS.sub(REDACTED, waiting[:end])
            waiting = waiting[end:]
        if waiting:
            yield ADDRESS.sub(REDACTED, waiting)
    finally:
        close_source(tokens)


def redact_stream__a_window(tokens):
    """Twenty characters are enough for an address.

    Caught by: test_an_address_in_pieces
    """
    waiting = ""
    try:
        for token in tokens:
            waiting = ADDRESS.sub(REDACTED, waiting + token)
            if len(waiting) > 20:
                yield waiting[:-20]
                waiting = waiting[-20:]
        if waiting:
            yield waiting
    finally:
        close_source(tokens)


def redact_stream__reads_all_first(tokens):
    """Only the whole text can be redacted.

    Caught by: test_nothing_else_waits
    """
    try:
        text = "".join(tokens)
        if text:
            yield ADDRESS.sub(REDACTED, text)
    finally:
        close_source(tokens)


def redact_stream__loses_the_end(tokens):
    """All that is finished has come out.

    Caught by: test_an_address_in_pieces
    """
    waiting = ""
    try:
        for token in tokens:
            waiting += token
            end = max((at for at, one in enumerate(waiting, 1) if one not in PART), default=0)
            if end:
                yield ADDRESS.sub(REDACTED, waiting[:end])
            waiting = waiting[end:]
    finally:
        close_source(tokens)


def redact_stream__the_end_as_it_is(tokens):
    """What waits at the end is no address: it would have ended before.

    Caught by: test_an_address_at_the_end
    """
    waiting = ""
    try:
        for token in tokens:
            waiting += token
            end = max((at for at, one in enumerate(waiting, 1) if one not in PART), default=0)
            if end:
                yield ADDRESS.sub(REDACTED, waiting[:end])
            waiting = waiting[end:]
        if waiting:
            yield waiting
    finally:
        close_source(tokens)


def redact_stream__empty_pieces(tokens):
    """A piece for each token.

    Caught by: test_nothing_else_waits
    """
    waiting = ""
    try:
        for token in tokens:
            waiting += token
            end = max((at for at, one in enumerate(waiting, 1) if one not in PART), default=0)
            yield ADDRESS.sub(REDACTED, waiting[:end])
            waiting = waiting[end:]
        yield ADDRESS.sub(REDACTED, waiting)
    finally:
        close_source(tokens)


def redact_stream__never_closes(tokens):
    """A loop that ends has closed its source.

    Caught by: test_it_closes_its_source
    """
    waiting = ""
    for token in tokens:
        waiting += token
        end = max((at for at, one in enumerate(waiting, 1) if one not in PART), default=0)
        if end:
            yield ADDRESS.sub(REDACTED, waiting[:end])
        waiting = waiting[end:]
    if waiting:
        yield ADDRESS.sub(REDACTED, waiting)


def redact_stream__is_over_at_an_error(tokens):
    """A stream that breaks has ended.

    Caught by: test_an_error_passes_through
    """
    waiting = ""
    try:
        for token in tokens:
            waiting += token
            end = max((at for at, one in enumerate(waiting, 1) if one not in PART), default=0)
            if end:
                yield ADDRESS.sub(REDACTED, waiting[:end])
            waiting = waiting[end:]
    except Exception:
        pass
    finally:
        close_source(tokens)
    if waiting:
        yield ADDRESS.sub(REDACTED, waiting)


def redact_stream__waits_for_letters_of_any_language(tokens):
    """An address is made of letters and digits.

    Caught by: test_nothing_else_waits
    """
    waiting: list[str] = []
    try:
        for token in tokens:
            end = max(
                (at for at, one in enumerate(token, 1) if not (one in PART or one.isalnum())),
                default=0,
            )
            if end:
                yield ADDRESS.sub(REDACTED, "".join([*waiting, token[:end]]))
                waiting = []
            waiting.append(token[end:])
        if rest := "".join(waiting):
            yield ADDRESS.sub(REDACTED, rest)
    finally:
        close_source(tokens)


def redact_stream__leaves_a_source_that_has_ended(tokens):
    """A source that has ended is closed.

    Caught by: test_it_closes_its_source
    """
    waiting: list[str] = []
    try:
        for token in tokens:
            end = max((at for at, one in enumerate(token, 1) if one not in PART), default=0)
            if end:
                yield ADDRESS.sub(REDACTED, "".join([*waiting, token[:end]]))
                waiting = []
            waiting.append(token[end:])
        if rest := "".join(waiting):
            yield ADDRESS.sub(REDACTED, rest)
    except BaseException:
        close_source(tokens)
        raise


def redact_stream__stops_at_an_empty_token(tokens):
    """An empty token is the end.

    Caught by: test_no_piece_is_empty
    """
    waiting: list[str] = []
    try:
        for token in tokens:
            if not token:
                break
            end = max((at for at, one in enumerate(token, 1) if one not in PART), default=0)
            if end:
                yield ADDRESS.sub(REDACTED, "".join([*waiting, token[:end]]))
                waiting = []
            waiting.append(token[end:])
        if rest := "".join(waiting):
            yield ADDRESS.sub(REDACTED, rest)
    finally:
        close_source(tokens)


def redact_stream__lets_go_at_an_error(tokens):
    """Nothing may be lost, not even at an error.

    Caught by: test_an_error_passes_through
    """
    waiting: list[str] = []
    try:
        for token in tokens:
            end = max((at for at, one in enumerate(token, 1) if one not in PART), default=0)
            if end:
                yield ADDRESS.sub(REDACTED, "".join([*waiting, token[:end]]))
                waiting = []
            waiting.append(token[end:])
        if rest := "".join(waiting):
            yield ADDRESS.sub(REDACTED, rest)
    except Exception:
        yield "".join(waiting)
        raise
    finally:
        close_source(tokens)


def redact_stream__forgets_a_last_letter(tokens):
    """A single letter that is left over is no text.

    Caught by: test_no_piece_is_empty
    """
    waiting: list[str] = []
    try:
        for token in tokens:
            end = max((at for at, one in enumerate(token, 1) if one not in PART), default=0)
            if end:
                yield ADDRESS.sub(REDACTED, "".join([*waiting, token[:end]]))
                waiting = []
            waiting.append(token[end:])
        if len(rest := "".join(waiting)) > 1:
            yield ADDRESS.sub(REDACTED, rest)
    finally:
        close_source(tokens)


# review_calls


def review_calls__silence_is_a_yes(calls, allowed, decisions):
    """Nobody has said no.

    Caught by: test_nothing_runs_without_a_decision
    """
    left, review = iter(decisions), Review([], [])
    for call in calls:
        name = call["name"]
        decision = next(left, Decision("approve")) if name in allowed else Decision("approve")
        if name in allowed and decision.kind not in allowed[name] and len(decisions):
            raise ValueError
        if decision.kind == "reject":
            message = ToolMessage(
                decision.reason, name=name, tool_call_id=call["id"], status="error"
            )
            review.refused.append(message)
        elif decision.kind == "edit":
            if decision.args is None:
                raise ValueError
            review.run.append({**call, "args": decision.args})
        else:
            review.run.append(call)
    if next(left, None) is not None:
        raise ValueError
    return review


def review_calls__pairs_all_calls(calls, allowed, decisions):
    """Each call has a decision.

    Caught by: test_what_needs_no_decision_runs
    """
    review = Review([], [])
    for call, decision in zip(calls, decisions, strict=True):
        name = call["name"]
        if name not in allowed:
            review.run.append(call)
            continue
        if decision.kind not in allowed[name]:
            raise ValueError
        if decision.kind == "reject":
            message = ToolMessage(
                decision.reason, name=name, tool_call_id=call["id"], status="error"
            )
            review.refused.append(message)
        elif decision.kind == "edit":
            if decision.args is None:
                raise ValueError
            review.run.append({**call, "args": decision.args})
        else:
            review.run.append(call)
    return review


def review_calls__one_for_each_tool(calls, allowed, decisions):
    """A decision is about a tool.

    Caught by: test_each_call_has_its_own_decision
    """
    waiting = [call for call in calls if call["name"] in allowed]
    if len(waiting) != len(decisions):
        raise ValueError
    by_name = {}
    for call, decision in zip(waiting, decisions, strict=True):
        if decision.kind not in allowed[call["name"]]:
            raise ValueError
        if decision.kind == "edit" and decision.args is None:
            raise ValueError
        by_name.setdefault(call["name"], decision)
    review = Review([], [])
    for call in calls:
        name = call["name"]
        decision = by_name.get(name, Decision("approve"))
        if decision.kind == "reject":
            message = ToolMessage(
                decision.reason, name=name, tool_call_id=call["id"], status="error"
            )
            review.refused.append(message)
        elif decision.kind == "edit":
            review.run.append({**call, "args": decision.args})
        else:
            review.run.append(call)
    return review


def review_calls__drops_the_rejected(calls, allowed, decisions):
    """What does not run needs no answer.

    Caught by: test_what_needs_no_decision_runs
    """
    waiting = [call for call in calls if call["name"] in allowed]
    if len(waiting) != len(decisions):
        raise ValueError
    decided = iter(decisions)
    review = Review([], [])
    for call in calls:
        name, _key = call["name"], call["id"]
        if name not in allowed:
            review.run.append(call)
            continue
        decision = next(decided)
        if decision.kind not in allowed[name]:
            raise ValueError
        if decision.kind == "reject":
            continue
        if decision.kind == "edit":
            if decision.args is None:
                raise ValueError
            review.run.append({**call, "args": decision.args})
        else:
            review.run.append(call)
    return review


def review_calls__keeps_the_reason(calls, allowed, decisions):
    """The reason is for the log.

    Caught by: test_a_rejected_call_is_answered
    """
    waiting = [call for call in calls if call["name"] in allowed]
    if len(waiting) != len(decisions):
        raise ValueError
    decided = iter(decisions)
    review = Review([], [])
    for call in calls:
        name, key = call["name"], call["id"]
        if name not in allowed:
            review.run.append(call)
            continue
        decision = next(decided)
        if decision.kind not in allowed[name]:
            raise ValueError
        if decision.kind == "reject":
            text = "A person said no."
            answer = ToolMessage(text, name=name, tool_call_id=key, status="error")
            review.refused.append(answer)
        elif decision.kind == "edit":
            if decision.args is None:
                raise ValueError
            review.run.append({**call, "args": decision.args})
        else:
            review.run.append(call)
    return review


def review_calls__rejects_with_a_success(calls, allowed, decisions):
    """The text says it.

    Caught by: test_a_rejected_call_is_answered
    """
    waiting = [call for call in calls if call["name"] in allowed]
    if len(waiting) != len(decisions):
        raise ValueError
    decided = iter(decisions)
    review = Review([], [])
    for call in calls:
        name, key = call["name"], call["id"]
        if name not in allowed:
            review.run.append(call)
            continue
        decision = next(decided)
        if decision.kind not in allowed[name]:
            raise ValueError
        if decision.kind == "reject":
            text = f"no: {decision.reason}"
            answer = ToolMessage(text, name=name, tool_call_id=key)
            review.refused.append(answer)
        elif decision.kind == "edit":
            if decision.args is None:
                raise ValueError
            review.run.append({**call, "args": decision.args})
        else:
            review.run.append(call)
    return review


def review_calls__gives_edited_calls_a_new_id(calls, allowed, decisions):
    """An edited call is another call.

    Caught by: test_an_edit_changes_the_args
    """
    waiting = [call for call in calls if call["name"] in allowed]
    if len(waiting) != len(decisions):
        raise ValueError
    decided = iter(decisions)
    review = Review([], [])
    for call in calls:
        name, key = call["name"], call["id"]
        if name not in allowed:
            review.run.append(call)
            continue
        decision = next(decided)
        if decision.kind not in allowed[name]:
            raise ValueError
        if decision.kind == "reject":
            text = f"no: {decision.reason}"
            answer = ToolMessage(text, name=name, tool_call_id=key, status="error")
            review.refused.append(answer)
        elif decision.kind == "edit":
            if decision.args is None:
                raise ValueError
            review.run.append({**call, "args": decision.args, "id": f"{key}_edited"})
        else:
            review.run.append(call)
    return review


def review_calls__merges_the_args(calls, allowed, decisions):
    """An edit adds to the args.

    Caught by: test_an_edit_changes_the_args
    """
    waiting = [call for call in calls if call["name"] in allowed]
    if len(waiting) != len(decisions):
        raise ValueError
    decided = iter(decisions)
    review = Review([], [])
    for call in calls:
        name, key = call["name"], call["id"]
        if name not in allowed:
            review.run.append(call)
            continue
        decision = next(decided)
        if decision.kind not in allowed[name]:
            raise ValueError
        if decision.kind == "reject":
            text = f"no: {decision.reason}"
            answer = ToolMessage(text, name=name, tool_call_id=key, status="error")
            review.refused.append(answer)
        elif decision.kind == "edit":
            if decision.args is None:
                raise ValueError
            review.run.append({**call, "args": {**call["args"], **decision.args}})
        else:
            review.run.append(call)
    return review


def review_calls__edits_in_place(calls, allowed, decisions):
    """The call is edited where it is.

    Caught by: test_an_edit_changes_the_args
    """
    waiting = [call for call in calls if call["name"] in allowed]
    if len(waiting) != len(decisions):
        raise ValueError
    decided = iter(decisions)
    review = Review([], [])
    for call in calls:
        name, key = call["name"], call["id"]
        if name not in allowed:
            review.run.append(call)
            continue
        decision = next(decided)
        if decision.kind not in allowed[name]:
            raise ValueError
        if decision.kind == "reject":
            text = f"no: {decision.reason}"
            answer = ToolMessage(text, name=name, tool_call_id=key, status="error")
            review.refused.append(answer)
        elif decision.kind == "edit":
            if decision.args is None:
                raise ValueError
            call["args"] = decision.args
            review.run.append(call)
        else:
            review.run.append(call)
    return review


def review_calls__an_empty_dict_is_none(calls, allowed, decisions):
    """A dict without anything in it says nothing.

    Caught by: test_an_edit_changes_the_args
    """
    waiting = [call for call in calls if call["name"] in allowed]
    if len(waiting) != len(decisions):
        raise ValueError
    decided = iter(decisions)
    review = Review([], [])
    for call in calls:
        name, key = call["name"], call["id"]
        if name not in allowed:
            review.run.append(call)
            continue
        decision = next(decided)
        if decision.kind not in allowed[name]:
            raise ValueError
        if decision.kind == "reject":
            text = f"no: {decision.reason}"
            answer = ToolMessage(text, name=name, tool_call_id=key, status="error")
            review.refused.append(answer)
        elif decision.kind == "edit":
            if not decision.args:
                raise ValueError
            review.run.append({**call, "args": decision.args})
        else:
            review.run.append(call)
    return review


def review_calls__runs_the_old_args(calls, allowed, decisions):
    """Without new args, the old ones are meant.

    Caught by: test_an_edit_without_args
    """
    waiting = [call for call in calls if call["name"] in allowed]
    if len(waiting) != len(decisions):
        raise ValueError
    decided = iter(decisions)
    review = Review([], [])
    for call in calls:
        name, key = call["name"], call["id"]
        if name not in allowed:
            review.run.append(call)
            continue
        decision = next(decided)
        if decision.kind not in allowed[name]:
            raise ValueError
        if decision.kind == "reject":
            text = f"no: {decision.reason}"
            answer = ToolMessage(text, name=name, tool_call_id=key, status="error")
            review.refused.append(answer)
        elif decision.kind == "edit":
            args = call["args"] if decision.args is None else decision.args
            review.run.append({**call, "args": args})
        else:
            review.run.append(call)
    return review


def review_calls__ignores_the_rest(calls, allowed, decisions):
    """What is left over does no harm.

    Caught by: test_too_many_decisions
    """
    waiting = [call for call in calls if call["name"] in allowed]
    if len(waiting) > len(decisions):
        raise ValueError
    decided = iter(decisions)
    review = Review([], [])
    for call in calls:
        name, key = call["name"], call["id"]
        if name not in allowed:
            review.run.append(call)
            continue
        decision = next(decided)
        if decision.kind not in allowed[name]:
            raise ValueError
        if decision.kind == "reject":
            text = f"no: {decision.reason}"
            answer = ToolMessage(text, name=name, tool_call_id=key, status="error")
            review.refused.append(answer)
        elif decision.kind == "edit":
            if decision.args is None:
                raise ValueError
            review.run.append({**call, "args": decision.args})
        else:
            review.run.append(call)
    return review


def review_calls__any_kind(calls, allowed, decisions):
    """A person may decide what they like.

    Caught by: test_a_kind_that_is_not_allowed
    """
    waiting = [call for call in calls if call["name"] in allowed]
    if len(waiting) != len(decisions):
        raise ValueError
    decided = iter(decisions)
    review = Review([], [])
    for call in calls:
        name, key = call["name"], call["id"]
        if name not in allowed:
            review.run.append(call)
            continue
        decision = next(decided)
        if decision.kind == "reject":
            text = f"no: {decision.reason}"
            answer = ToolMessage(text, name=name, tool_call_id=key, status="error")
            review.refused.append(answer)
        elif decision.kind == "edit":
            if decision.args is None:
                raise ValueError
            review.run.append({**call, "args": decision.args})
        else:
            review.run.append(call)
    return review


def review_calls__uses_what_comes_with_an_approval(calls, allowed, decisions):
    """A decision with args changes the call.

    Caught by: test_an_edit_changes_the_args
    """
    waiting = [call for call in calls if call["name"] in allowed]
    if len(waiting) != len(decisions):
        raise ValueError(f"{len(waiting)} decisions are needed, not {len(decisions)}")
    decided = iter(decisions)
    review = Review([], [])
    for call in calls:
        name = call["name"]
        decision = next(decided) if name in allowed else Decision("approve")
        if name in allowed and decision.kind not in allowed[name]:
            raise ValueError(f"{decision.kind} is not allowed for {name}")
        if decision.kind == "reject":
            text = f"A person has refused this call. {decision.reason}"
            answer = ToolMessage(text, name=name, tool_call_id=call["id"], status="error")
            review.refused.append(answer)
        elif decision.kind == "edit":
            if decision.args is None:
                raise ValueError("an edit needs args")
            review.run.append(call | {"args": decision.args})
        else:
            review.run.append(call | {"args": decision.args or call["args"]})
    return review


def review_calls__runs_the_free_calls_first(calls, allowed, decisions):
    """What needs no decision need not wait.

    Caught by: test_each_call_has_its_own_decision
    """
    waiting = [call for call in calls if call["name"] in allowed]
    if len(waiting) != len(decisions):
        raise ValueError(f"{len(waiting)} decisions are needed, not {len(decisions)}")
    decided = iter(decisions)
    review = Review([], [])
    for call in sorted(calls, key=lambda one: one["name"] in allowed):
        name = call["name"]
        decision = next(decided) if name in allowed else Decision("approve")
        if name in allowed and decision.kind not in allowed[name]:
            raise ValueError(f"{decision.kind} is not allowed for {name}")
        if decision.kind == "reject":
            text = f"A person has refused this call. {decision.reason}"
            answer = ToolMessage(text, name=name, tool_call_id=call["id"], status="error")
            review.refused.append(answer)
        elif decision.kind == "edit":
            if decision.args is None:
                raise ValueError("an edit needs args")
            review.run.append(call | {"args": decision.args})
        else:
            review.run.append(call)
    return review


def review_calls__takes_an_empty_list_for_all(calls, allowed, decisions):
    """A tool without kinds allows all of them.

    Caught by: test_a_kind_that_is_not_allowed
    """
    waiting = [call for call in calls if call["name"] in allowed]
    if len(waiting) != len(decisions):
        raise ValueError(f"{len(waiting)} decisions are needed, not {len(decisions)}")
    decided = iter(decisions)
    review = Review([], [])
    for call in calls:
        name = call["name"]
        decision = next(decided) if name in allowed else Decision("approve")
        if name in allowed and allowed[name] and decision.kind not in allowed[name]:
            raise ValueError(f"{decision.kind} is not allowed for {name}")
        if decision.kind == "reject":
            text = f"A person has refused this call. {decision.reason}"
            answer = ToolMessage(text, name=name, tool_call_id=call["id"], status="error")
            review.refused.append(answer)
        elif decision.kind == "edit":
            if decision.args is None:
                raise ValueError("an edit needs args")
            review.run.append(call | {"args": decision.args})
        else:
            review.run.append(call)
    return review


def review_calls__raises_at_a_rejection(calls, allowed, decisions):
    """A rejected call is an error.

    Caught by: test_what_needs_no_decision_runs
    """
    waiting = [call for call in calls if call["name"] in allowed]
    if len(waiting) != len(decisions):
        raise ValueError(f"{len(waiting)} decisions are needed, not {len(decisions)}")
    decided = iter(decisions)
    review = Review([], [])
    for call in calls:
        name = call["name"]
        decision = next(decided) if name in allowed else Decision("approve")
        if name in allowed and decision.kind not in allowed[name]:
            raise ValueError(f"{decision.kind} is not allowed for {name}")
        if decision.kind == "reject":
            raise PermissionError(decision.reason)
        if decision.kind == "nothing":
            text = f"A person has refused this call. {decision.reason}"
            answer = ToolMessage(text, name=name, tool_call_id=call["id"], status="error")
            review.refused.append(answer)
        elif decision.kind == "edit":
            if decision.args is None:
                raise ValueError("an edit needs args")
            review.run.append(call | {"args": decision.args})
        else:
            review.run.append(call)
    return review


def review_calls__lets_a_rejection_stop_the_rest(calls, allowed, decisions):
    """After a no, nothing else runs.

    Caught by: test_what_needs_no_decision_runs
    """
    waiting = [call for call in calls if call["name"] in allowed]
    if len(waiting) != len(decisions):
        raise ValueError(f"{len(waiting)} decisions are needed, not {len(decisions)}")
    decided = iter(decisions)
    review = Review([], [])
    for call in calls:
        name = call["name"]
        decision = next(decided) if name in allowed else Decision("approve")
        if name in allowed and decision.kind not in allowed[name]:
            raise ValueError(f"{decision.kind} is not allowed for {name}")
        if decision.kind == "reject":
            text = f"A person has refused this call. {decision.reason}"
            answer = ToolMessage(text, name=name, tool_call_id=call["id"], status="error")
            review.refused.append(answer)
            break
        if decision.kind == "edit":
            if decision.args is None:
                raise ValueError("an edit needs args")
            review.run.append(call | {"args": decision.args})
        else:
            review.run.append(call)
    return review
