"""Right answers to lesson 20 of another shape than the reference.

`course/lesson/variants.py` says how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: F821


# chain_wrappers


def chain_wrappers__recursion(wrappers, handler):
    """What is inside of a wrapper is a shorter chain, made when it is needed."""

    async def at(place, request):
        if place == len(wrappers):
            return await handler(request)

        async def inside(changed):
            return await at(place + 1, changed)

        return await wrappers[place](request, inside)

    async def chained(request):
        return await at(0, request)

    return chained


def chain_wrappers__reduce(wrappers, handler):
    """partial keeps the inside, and reduce puts one around the other."""
    from functools import partial, reduce

    def link(wrapper, inside, request):
        return wrapper(request, inside)

    return reduce(lambda inside, wrapper: partial(link, wrapper, inside), wrappers[::-1], handler)


def chain_wrappers__first_and_rest(wrappers, handler):
    """The first wrapper stands around the chain of the rest."""

    def chain(left):
        if not left:
            return handler
        first, inside = left[0], chain(left[1:])

        async def chained(request):
            return await first(request, inside)

        return chained

    return chain(tuple(wrappers))


# guard_tool


async def guard_tool__one_except(call, handler):
    """One except, and isinstance in it."""
    status, artifact, name = "success", None, call["name"]
    try:
        content = await handler(call)
    except Exception as error:
        if isinstance(error, Paused):
            raise
        status = "error"
        content = str(error) if isinstance(error, ToolFault) else f"{name} does not work. Go on."
    if isinstance(content, ToolMessage):
        status, artifact, name = content.status, content.artifact, content.name or name
        content = content.content
    elif not isinstance(content, str):
        content = json.dumps(content, default=str, ensure_ascii=False, indent=1)
    return ToolMessage(
        content, name=name, tool_call_id=call["id"], status=status, artifact=artifact
    )


async def guard_tool__match(call, handler):
    """match looks at what came back; a message that fits comes back itself."""

    def answer(content, status="success"):
        return ToolMessage(content, name=call["name"], tool_call_id=call["id"], status=status)

    try:
        result = await handler(call)
    except Paused:
        raise
    except ToolFault as fault:
        return answer(str(fault), "error")
    except Exception as error:
        return answer(f"The tool has failed with a {type(error).__name__}.", "error")
    match result:
        case ToolMessage():
            name = result.name or call["name"]
            if (result.tool_call_id, result.name) == (call["id"], name):
                return result
            return ToolMessage(
                result.content,
                name=name,
                tool_call_id=call["id"],
                status=result.status,
                artifact=result.artifact,
            )
        case str():
            return answer(result)
        case _:
            return answer(json.dumps(result, default=str, separators=(",", ":")))


# limit_calls


def limit_calls__what_is_left(calls, used, limits):
    """It counts down what is left of each limit."""
    left = {name: most - used.get(name, 0) for name, most in limits.items()}
    if "*" in limits:
        left["*"] = limits["*"] - sum(used.values())
    run, refused = [], []
    for call in calls:
        bound = [name for name in (call["name"], "*") if name in left]
        if all(left[name] > 0 for name in bound):
            for name in bound:
                left[name] -= 1
            run.append(call)
        else:
            refused.append(
                ToolMessage(
                    "There have been enough calls.",
                    name=call["name"],
                    tool_call_id=call["id"],
                    status="error",
                )
            )
    return run, refused


def limit_calls__counts_what_runs(calls, used, limits):
    """How often a tool has run is counted in the list of those that run."""
    total = sum(used.values())
    run, refused = [], []
    for call in calls:
        name = call["name"]
        ran = used.get(name, 0) + sum(one["name"] == name for one in run)
        over = name in limits and ran >= limits[name]
        if over or ("*" in limits and total + len(run) >= limits["*"]):
            text = f"Do not call {name} again."
            refused.append(ToolMessage(text, name=name, tool_call_id=call["id"], status="error"))
        else:
            run.append(dict(call))
    return run, refused


# with_fallbacks


def with_fallbacks__recursion(models, is_retryable):
    """What is left to be asked gets shorter."""

    async def wrapper(request, handler):
        async def ask(one, left, first):
            try:
                return await handler(one)
            except Exception as error:
                if isinstance(error, Paused) or not is_retryable(error):
                    raise
                first = first or error
            if not left:
                raise first
            return await ask(request.override(model=left[0]), left[1:], first)

        others = [name for name in dict.fromkeys(models) if name != request.model]
        return await ask(request, others, None)

    return wrapper


def with_fallbacks__an_object(models, is_retryable):
    """A set of those that were asked, and all errors in a list."""

    async def ask_them(request, handler):
        errors, asked = [], set()
        for model in (request.model, *models):
            if model in asked:
                continue
            asked.add(model)
            changed = request if not errors else request.override(model=model)
            try:
                answer = await handler(changed)
            except Paused:
                raise
            except Exception as error:
                errors.append(error)
                if not is_retryable(error):
                    raise
            else:
                return answer
        raise errors[0]

    return ask_them


# compact_history


async def compact_history__in_groups(messages, summarize, trigger, keep):
    """A call and its results are one group, which stays or goes."""
    if not 1 <= keep <= trigger:
        raise ValueError(keep)
    head = [one for one in messages[:1] if isinstance(one, SystemMessage)]
    rest = list(messages[len(head) :])
    if len(rest) <= trigger:
        return head + rest
    groups = []
    for message in rest:
        if isinstance(message, ToolMessage) and groups:
            groups[-1].append(message)
        else:
            groups.append([message])
    newest = []
    while len(newest) < keep:
        group = groups.pop()
        missing = keep - len(newest)
        if len(group) > missing and not isinstance(group[-missing], ToolMessage):
            group, older = group[-missing:], group[:-missing]
            groups.append(older)
        newest = group + newest
    old = [message for group in groups for message in group]
    if not old:
        return head + rest
    try:
        text = await summarize(old[:])
    except Exception as error:
        if isinstance(error, Paused):
            raise
        return head + rest
    if text.isspace() or not text:
        return head + rest
    return [*head, HumanMessage(content=f"{SUMMARY}{text}"), *newest]


async def compact_history__next(messages, summarize, trigger, keep):
    """next finds the place of the cut."""
    if keep < 1 or keep > trigger:
        raise ValueError("keep and trigger do not fit")
    everything = [*messages]
    start = int(bool(everything) and everything[0].type == "system")
    if len(everything) > trigger + start:
        places = range(len(everything) - keep, start, -1)
        cut = next((at for at in places if everything[at].type != "tool"), start)
        if cut > start:
            try:
                text = await summarize(everything[start:cut])
            except Paused:
                raise
            except Exception:
                text = ""
            if text.strip():
                summary = HumanMessage(SUMMARY + text)
                return [*everything[:start], summary, *everything[cut:]]
    return everything


# redact_stream


def redact_stream__a_regular_expression(tokens):
    """A regular expression finds what may still grow."""
    waiting = ""
    try:
        for token in tokens:
            waiting += token
            rest = re.search(r"(?<![A-Za-z0-9._%+@-])[A-Za-z0-9._%+@-]*\Z", waiting)
            decided, waiting = waiting[: rest.start()], waiting[rest.start() :]
            if decided:
                yield ADDRESS.sub(REDACTED, decided)
        if waiting:
            yield ADDRESS.sub(REDACTED, waiting)
    finally:
        close_source(tokens)


def redact_stream__letter_by_letter(tokens):
    """Each letter that is no part of an address sends out what has waited."""
    word = []
    try:
        for token in tokens:
            for letter in token:
                word.append(letter)
                if letter not in PART:
                    yield ADDRESS.sub(REDACTED, "".join(word))
                    word.clear()
        if word:
            yield ADDRESS.sub(REDACTED, "".join(word))
    finally:
        close_source(tokens)


# review_calls


def review_calls__counts(calls, allowed, decisions):
    """A number says which decision is the next."""
    run, refused, number = [], [], 0
    for call in calls:
        name = call["name"]
        if name not in allowed:
            run.append(call)
            continue
        if number == len(decisions):
            raise ValueError("somebody has to decide")
        decision = decisions[number]
        number += 1
        if decision.kind not in allowed[name]:
            raise ValueError(decision.kind)
        if decision.kind == "approve":
            run.append(dict(call))
        elif decision.kind == "edit":
            if decision.args is None:
                raise ValueError("no args")
            run.append({**call, "args": dict(decision.args)})
        else:
            text = decision.reason or "no"
            refused.append(ToolMessage(text, name=name, tool_call_id=call["id"], status="error"))
    if number < len(decisions):
        raise ValueError("too many decisions")
    return Review(run, refused)


def review_calls__checks_first(calls, allowed, decisions):
    """First all is checked, then each call is looked up by its id."""
    waiting = [call for call in calls if call["name"] in allowed]
    by_id = {}
    for call, decision in zip(waiting, decisions, strict=True):
        if decision.kind not in allowed[call["name"]]:
            raise ValueError("this kind is not allowed")
        if decision.kind == "edit" and decision.args is None:
            raise ValueError("an edit needs args")
        by_id[call["id"]] = decision
    yes = Decision("approve")
    kinds = {call["id"]: by_id.get(call["id"], yes).kind for call in calls}
    run = [
        {**call, "args": by_id[call["id"]].args} if kinds[call["id"]] == "edit" else call
        for call in calls
        if kinds[call["id"]] != "reject"
    ]
    refused = [
        ToolMessage(
            f"A person said no: {by_id[call['id']].reason}",
            name=call["name"],
            tool_call_id=call["id"],
            status="error",
        )
        for call in calls
        if kinds[call["id"]] == "reject"
    ]
    return Review(run=run, refused=refused)
