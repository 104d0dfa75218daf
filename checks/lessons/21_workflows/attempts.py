"""What beginners write first for lesson 21: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: F821, B007, B015, B018, PERF102, RET503, RET504, SIM102, PIE790


# merge_findings


def merge_findings__returns_extend(left, right):
    """The learner believes that extend returns the longer list."""
    return list(left).extend(right)


def merge_findings__returns_the_view(left, right):
    """The learner takes the values of a dict for a list."""
    found = {}
    for one in [*left, *right]:
        if one.id not in found or one.version > found[one.id].version:
            found[one.id] = one
    return found.values()


def merge_findings__returns_the_keys(left, right):
    """The learner has overlooked that a dict in list() gives its keys."""
    found = {}
    for one in [*left, *right]:
        if one.id not in found or one.version > found[one.id].version:
            found[one.id] = one
    return list(found)


def merge_findings__asks_for_what_is_not_there(left, right):
    """The learner has overlooked that the dict does not know a new id."""
    found = {}
    for one in [*left, *right]:
        if one.version > found[one.id].version:
            found[one.id] = one
    return list(found.values())


def merge_findings__treats_findings_as_dicts(left, right):
    """The learner believes that a finding is a dict."""
    found = {}
    for one in [*left, *right]:
        if one["id"] not in found or one["version"] > found[one["id"]]["version"]:
            found[one["id"]] = one
    return list(found.values())


def merge_findings__puts_them_in_a_set(left, right):
    """The learner has overlooked that a set has no order."""
    return list({*left, *right})


# run_chain


async def run_chain__forgets_await(steps, check, text, tries=2):
    """The learner has forgotten the await in front of a step."""
    for name, step in steps.items():
        feedback = ""
        for _ in range(tries):
            output = step(text, feedback)
            feedback = check(name, output)
            if feedback is None:
                break
        else:
            raise GateError(name, feedback, text)
        text = output
    return text


async def run_chain__awaits_the_gate(steps, check, text, tries=2):
    """The learner believes that check has to be awaited, too."""
    for name, step in steps.items():
        feedback = ""
        for _ in range(tries):
            output = await step(text, feedback)
            feedback = await check(name, output)
            if feedback is None:
                break
        else:
            raise GateError(name, feedback, text)
        text = output
    return text


async def run_chain__goes_through_the_names(steps, check, text, tries=2):
    """The learner has overlooked that a mapping in a loop gives its keys."""
    for step in steps:
        text = await step(text, "")
    return text


async def run_chain__returns_in_the_loop(steps, check, text, tries=2):
    """The learner has put the return into the loop."""
    for name, step in steps.items():
        output = await step(text, "")
        if check(name, output) is None:
            text = output
        return text


async def run_chain__returns_the_error(steps, check, text, tries=2):
    """The learner returns the error that was to be raised."""
    if tries < 1:
        return ValueError("tries")
    for name, step in steps.items():
        feedback = ""
        for _ in range(tries):
            output = await step(text, feedback)
            feedback = check(name, output)
            if feedback is None:
                break
        else:
            return GateError(name, feedback, text)
        text = output
    return text


async def run_chain__never_passes_the_text_on(steps, check, text, tries=2):
    """The learner has forgotten to keep the output for the next step."""
    for name, step in steps.items():
        feedback = ""
        for _ in range(tries):
            output = await step(text, feedback)
            feedback = check(name, output)
            if feedback is None:
                break
        else:
            raise GateError(name, feedback, text)
    return output


async def run_chain__else_of_the_if(steps, check, text, tries=2):
    """The learner has put the else under the if, so the first refusal is the last."""
    for name, step in steps.items():
        feedback = ""
        for _ in range(tries):
            output = await step(text, feedback)
            feedback = check(name, output)
            if feedback is None:
                break
            else:
                raise GateError(name, feedback, text)
        text = output
    return text


# pick_route


def pick_route__prints(answer, routes, default):
    """The learner takes printing for returning."""
    named = [
        route
        for route in routes
        if re.search(rf"(?<![\w-]){re.escape(route)}(?![\w-])", answer, re.I)
    ]
    print(named[0] if len(named) == 1 else default)


def pick_route__strips_in_vain(answer, routes, default):
    """The learner believes that strip and lower change the text itself."""
    answer.strip().lower()
    named = [route for route in routes if route in answer.split()]
    return named[0] if len(named) == 1 else default


def pick_route__returns_in_the_loop(answer, routes, default):
    """The learner has put the return of the default into the loop."""
    for route in routes:
        if re.search(rf"(?<![\w-]){re.escape(route)}(?![\w-])", answer, re.IGNORECASE):
            return route
        else:
            return default


def pick_route__returns_the_match(answer, routes, default):
    """The learner returns the match in place of the route."""
    named = [
        found
        for route in routes
        if (found := re.search(rf"(?<![\w-]){re.escape(route)}(?![\w-])", answer, re.IGNORECASE))
    ]
    return named[0] if len(named) == 1 else default


def pick_route__first_of_none(answer, routes, default):
    """The learner has overlooked that the list may be empty."""
    named = [
        route
        for route in routes
        if re.search(rf"(?<![\w-]){re.escape(route)}(?![\w-])", answer, re.IGNORECASE)
    ]
    if named[0] and len(named) == 1:
        return named[0]
    return default


def pick_route__match_for_search(answer, routes, default):
    """The learner believes that re.match looks everywhere."""
    named = [
        route
        for route in routes
        if re.match(rf"(?<![\w-]){re.escape(route)}(?![\w-])", answer, re.IGNORECASE)
    ]
    return named[0] if len(named) == 1 else default


# assign_work


def assign_work__compares_an_id_with_the_dict(sections, done, limit):
    """The learner believes that a section is done if its id equals the dict."""
    left = [one for one in sections if one.id != done]
    if not left:
        return "join"
    return [Assignment(one.id, one.title, {need: done[need] for need in one.needs}) for one in left]


def assign_work__returns_the_error(sections, done, limit):
    """The learner returns the error that was to be raised."""
    left = [one for one in sections if one.id not in done]
    if not left:
        return "join"
    ready = [one for one in left if all(need in done for need in one.needs)]
    if not ready:
        return ValueError([one.id for one in left])
    return [
        Assignment(one.id, one.title, {need: done[need] for need in one.needs})
        for one in ready[:limit]
    ]


def assign_work__hands_out_sections(sections, done, limit):
    """The learner has forgotten to make Assignments of the sections."""
    left = [one for one in sections if one.id not in done]
    if not left:
        return "join"
    ready = [one for one in left if all(need in done for need in one.needs)]
    if not ready:
        raise ValueError([one.id for one in left])
    return ready[:limit]


def assign_work__yields(sections, done, limit):
    """The learner has made a generator where a list is asked for."""
    left = [one for one in sections if one.id not in done]
    if not left:
        return "join"
    for one in left[:limit]:
        yield Assignment(one.id, one.title, {need: done[need] for need in one.needs})


def assign_work__all_of_a_list(sections, done, limit):
    """The learner asks for the whole tuple where each need is meant."""
    left = [one for one in sections if one.id not in done]
    if not left:
        return "join"
    ready = [one for one in left if one.needs in done]
    if not ready:
        raise ValueError([one.id for one in left])
    return [
        Assignment(one.id, one.title, {need: done[need] for need in one.needs})
        for one in ready[:limit]
    ]


def assign_work__returns_the_first(sections, done, limit):
    """The learner has put the return into the loop."""
    left = [one for one in sections if one.id not in done]
    if not left:
        return "join"
    for one in left:
        if all(need in done for need in one.needs):
            return [Assignment(one.id, one.title, {need: done[need] for need in one.needs})]
    raise ValueError([one.id for one in left])


# improve


async def improve__forgets_await(draft, evaluate, revise, max_rounds=3):
    """The learner has forgotten the await in front of the judge."""
    verdict = evaluate(draft)
    return Best(draft, verdict.score, verdict.accepted, 0)


async def improve__draft_never_changes(draft, evaluate, revise, max_rounds=3):
    """The learner has forgotten to keep what revise returns."""
    rounds = 0
    verdict = await evaluate(draft)
    while not verdict.accepted and rounds < max_rounds:
        await revise(draft, verdict.feedback)
        verdict = await evaluate(draft)
        rounds += 1
    return Best(draft, verdict.score, verdict.accepted, rounds)


async def improve__compares_with_none(draft, evaluate, revise, max_rounds=3):
    """The learner has overlooked that there is no best yet in the first round."""
    best, text, rounds = None, draft, 0
    while rounds <= max_rounds:
        verdict = await evaluate(text)
        if verdict.score > best.score:
            best = Best(text, verdict.score, verdict.accepted, rounds)
        if verdict.accepted:
            break
        rounds += 1
        text = await revise(text, verdict.feedback)
    return best


async def improve__changes_a_frozen_record(draft, evaluate, revise, max_rounds=3):
    """The learner believes that a field of a frozen record can be set."""
    verdict = await evaluate(draft)
    best, text = Best(draft, verdict.score, verdict.accepted, 0), draft
    while not verdict.accepted and best.rounds < max_rounds:
        best.rounds += 1
        text = await revise(text, verdict.feedback)
        verdict = await evaluate(text)
    return best


async def improve__returns_a_tuple(draft, evaluate, revise, max_rounds=3):
    """The learner returns the text and its score without a Best around them."""
    verdict = await evaluate(draft)
    return draft, verdict.score


# run_with_human


async def run_with_human__forgets_await(start, resume, decide, max_pauses=10):
    """The learner has forgotten the await in front of decide."""
    state = await start()
    while isinstance(state, Pause):
        state = await resume({one.id: decide(one.value) for one in state.questions})
    return state.value


async def run_with_human__if_for_while(start, resume, decide, max_pauses=10):
    """The learner has overlooked that a run may pause more than once."""
    state = await start()
    if isinstance(state, Pause):
        answers = {one.id: await decide(one.value) for one in state.questions}
        state = await resume(answers)
    return state.value


async def run_with_human__state_never_changes(start, resume, decide, max_pauses=10):
    """The learner has forgotten to keep what resume returns."""
    state = await start()
    pauses = 0
    while isinstance(state, Pause):
        if pauses == max_pauses:
            raise TooManyPauses
        pauses += 1
        answers = {one.id: await decide(one.value) for one in state.questions}
        await resume(answers)
    return state.value


async def run_with_human__compares_the_type(start, resume, decide, max_pauses=10):
    """The learner compares a state with the class, where isinstance is meant."""
    state = await start()
    while state != Done:
        answers = {one.id: await decide(one.value) for one in state.questions}
        state = await resume(answers)
    return state.value


async def run_with_human__spreads_the_answers(start, resume, decide, max_pauses=10):
    """The learner believes that resume takes the answers as keywords."""
    state = await start()
    while isinstance(state, Pause):
        answers = {one.id: await decide(one.value) for one in state.questions}
        state = await resume(**answers)
    return state.value


# stream_workflow


async def stream_workflow__returns_a_list(parts, speaker):
    """The learner returns a list where a stream is asked for."""
    events = []
    async for mode, part in parts:
        if mode == "custom":
            events.append({"type": "progress", "data": part})
    return [*events, {"type": "complete"}]


async def stream_workflow__for_without_async(parts, speaker):
    """The learner has forgotten the async in front of for."""
    for mode, part in parts:
        if mode == "custom":
            yield {"type": "progress", "data": part}
    yield {"type": "complete"}


async def stream_workflow__node_of_the_message(parts, speaker):
    """The learner looks for the node in the message, not in its metadata."""
    async for mode, part in parts:
        if mode == "messages" and part.metadata["langgraph_node"] == speaker:
            yield {"type": "token", "content": part.text}
        elif mode == "custom":
            yield {"type": "progress", "data": part}
    yield {"type": "complete"}


async def stream_workflow__yields_what_is_empty(parts, speaker):
    """The learner has overlooked that a chunk may be without text."""
    async for mode, part in parts:
        if mode == "messages":
            message, metadata = part
            if metadata["langgraph_node"] == speaker:
                yield {"type": "token", "content": message.content}
        elif mode == "updates":
            for name in part:
                yield {"type": "step", "name": name}
        elif mode == "custom":
            yield {"type": "progress", "data": part}
    yield {"type": "complete"}


async def stream_workflow__unpacks_the_update(parts, speaker):
    """The learner has overlooked that a dict in a loop gives its keys."""
    async for mode, part in parts:
        if mode == "messages" and part[1]["langgraph_node"] == speaker and part[0].text:
            if isinstance(part[0], AIMessageChunk):
                yield {"type": "token", "content": part[0].text}
        elif mode == "updates":
            for name, update in part:
                yield {"type": "step", "name": name}
        elif mode == "custom":
            yield {"type": "progress", "data": part}
    yield {"type": "complete"}


async def stream_workflow__last_event_in_the_loop(parts, speaker):
    """The learner has put the last event into the loop."""
    async for mode, part in parts:
        if mode == "messages" and part[1]["langgraph_node"] == speaker and part[0].text:
            if isinstance(part[0], AIMessageChunk):
                yield {"type": "token", "content": part[0].text}
        elif mode == "updates":
            for name in part:
                yield {"type": "step", "name": name}
        elif mode == "custom":
            yield {"type": "progress", "data": part}
        yield {"type": "complete"}
