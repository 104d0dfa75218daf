"""Right answers to lesson 21 of another shape than the reference.

`course/lesson/variants.py` says how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: F821


# merge_findings


def merge_findings__by_places(left, right):
    """A copy of the left list, and a dict that knows at which place an id stands."""
    merged, places = [], {}
    for one in (*left, *right):
        at = places.setdefault(one.id, len(merged))
        if at == len(merged):
            merged.append(one)
        elif merged[at].version < one.version:
            merged[at] = one
    return merged


def merge_findings__max_of_each_group(left, right):
    """Findings are collected by id; max takes the first of those with the highest version."""
    groups = {}
    for one in left + right:
        groups.setdefault(one.id, []).append(one)
    return [max(group, key=lambda one: one.version) for group in groups.values()]


def merge_findings__sorted_first(left, right):
    """Sorted by version from high to low, which is stable; the order of the ids comes last."""
    ids = list(dict.fromkeys(one.id for one in [*left, *right]))
    newest = {}
    for one in sorted([*left, *right], key=lambda one: -one.version):
        newest.setdefault(one.id, one)
    return [newest[key] for key in ids]


# run_chain


async def run_chain__recursive(steps, check, text, tries=2):
    """A function runs the rest of the steps, and another one tries one of them."""
    if not tries >= 1:
        raise ValueError("no tries")

    async def attempt(name, step, text, feedback, left):
        output = await step(text, feedback)
        reason = check(name, output)
        if reason is None:
            return output
        if left == 1:
            raise GateError(name, reason, text)
        return await attempt(name, step, text, reason, left - 1)

    async def rest(items, text):
        if not items:
            return text
        (name, step), *others = items
        return await rest(others, await attempt(name, step, text, "", tries))

    return await rest(list(steps.items()), text)


async def run_chain__one_loop(steps, check, text, tries=2):
    """One loop over all tries; an index says which step has its turn."""
    if tries <= 0:
        raise ValueError(f"{tries=}")
    names = list(steps)
    at, tried, feedback = 0, 0, ""
    while at < len(names):
        name = names[at]
        output = await steps[name](text, feedback)
        tried += 1
        reason = check(name, output)
        if reason is None:
            at, tried, feedback, text = at + 1, 0, "", output
        elif tried < tries:
            feedback = reason
        else:
            raise GateError(step=name, reason=reason, partial=text)
    return text


async def run_chain__subclass(steps, check, text, tries=2):
    """The error is of a class of its own, which is a GateError."""

    class Refused(GateError):
        pass

    if tries < 1:
        raise ValueError("at least one try")
    for name in steps:
        reason = ""
        for left in reversed(range(tries)):
            output = await steps[name](text, reason)
            reason = check(name, output)
            if reason is None:
                text = output
                break
            if not left:
                raise Refused(name, reason, text)
    return text


# pick_route


def pick_route__scan(answer, routes, default):
    """It looks at each place where a route stands, and at the characters next to it."""

    def closes(edge):
        return edge != "" and (edge.isalnum() or edge in "-_")

    def is_named(route):
        low, small = answer.casefold(), route.casefold()
        at = low.find(small)
        while at >= 0:
            end = at + len(small)
            before = low[at - 1] if at else ""
            if not closes(before) and not closes(low[end : end + 1]):
                return True
            at = low.find(small, at + 1)
        return False

    found = [*filter(is_named, routes)]
    if len(found) != 1:
        return default
    return found[0]


def pick_route__pieces(answer, routes, default):
    """The answer is cut at each route; what is next to the cuts says whether it is named."""
    found = set()
    for route in routes:
        pieces = re.split(f"(?={re.escape(route)})", answer, flags=re.IGNORECASE)
        for at in range(1, len(pieces)):
            after = pieces[at]
            left, right = pieces[at - 1][-1:], after[len(route) : len(route) + 1]
            if not re.search(r"[\w-]", left + right):
                found.add(route)
    return found.pop() if len(found) == 1 else default


def pick_route__lower_pattern(answer, routes, default):
    """Both sides in small letters, and a pattern that takes the edges along."""
    low = answer.lower()
    named = []
    for route in routes:
        pattern = rf"(?:^|[^\w-]){re.escape(route.lower())}(?=$|[^\w-])"
        if re.search(pattern, low):
            named.append(route)
    return next(iter(named)) if len(named) == 1 else default


# assign_work


def assign_work__loop(sections, done, limit):
    """One loop that stops when there are enough; it remembers what waits."""
    if limit <= 0:
        raise ValueError("nothing may be assigned")
    found, waiting = [], []
    for section in sections:
        if section.id in done:
            continue
        waiting.append(section.id)
        if set(section.needs) <= done.keys():
            context = {key: text for key, text in done.items() if key in section.needs}
            found.append(Assignment(section.id, section.title, context))
        if len(found) == limit:
            return found
    if not waiting:
        return "join"
    if not found:
        raise ValueError("stuck: " + " ".join(waiting))
    return found


def assign_work__islice(sections, done, limit):
    """A generator says what is ready, and islice takes the first of it."""
    from itertools import islice

    if limit < 1:
        raise ValueError(limit)

    def ready():
        for one in sections:
            if one.id not in done and not [need for need in one.needs if need not in done]:
                yield Assignment(one.id, one.title, {need: done[need] for need in one.needs})

    if {one.id for one in sections} <= {*done}:
        return "join"
    batch = list(islice(ready(), limit))
    if batch:
        return batch
    raise ValueError(sorted(one.id for one in sections if one.id not in done))


# improve


async def improve__list_and_max(draft, evaluate, revise, max_rounds=3):
    """All verdicts are kept, and max finds the best of them at the end."""
    judged = [(draft, await evaluate(draft))]
    rounds = 0
    while not judged[-1][1].accepted and rounds < max_rounds:
        text, verdict = judged[-1]
        rounds += 1
        try:
            newer = await revise(text, verdict.feedback)
            if any(newer == old for old, _ in judged):
                break
            judged.append((newer, await evaluate(newer)))
        except Exception:
            break
    text, verdict = judged[-1]
    if not verdict.accepted:
        text, verdict = max(judged, key=lambda pair: pair[1].score)
    return Best(text, verdict.score, verdict.accepted, rounds)


async def improve__generator(draft, evaluate, revise, max_rounds=3):
    """A generator gives text and verdict in each round; the caller keeps the best."""
    rounds = 0

    async def course():
        nonlocal rounds
        text, seen = draft, []
        while text not in seen:
            seen.append(text)
            verdict = await evaluate(text)
            yield text, verdict
            if verdict.accepted or rounds >= max_rounds:
                return
            rounds += 1
            text = await revise(text, verdict.feedback)

    best = None
    try:
        async for text, verdict in course():
            if verdict.accepted or best is None or verdict.score > best[1].score:
                best = text, verdict
    except Exception as error:
        if best is None:
            raise error
    text, verdict = best
    return Best(text=text, score=verdict.score, accepted=verdict.accepted, rounds=rounds)


async def improve__for_loop(draft, evaluate, revise, max_rounds=3):
    """A loop over the rounds; errors are caught around each call."""
    verdict = await evaluate(draft)
    best, text, seen = Best(draft, verdict.score, verdict.accepted, 0), draft, {draft}
    for rounds in range(1, max_rounds + 1):
        if verdict.accepted:
            break
        best = replace(best, rounds=rounds)
        try:
            text = await revise(text, verdict.feedback)
        except Exception:
            break
        if text in seen:
            break
        seen.add(text)
        try:
            verdict = await evaluate(text)
        except Exception:
            break
        if verdict.accepted or verdict.score > best.score:
            best = Best(text, verdict.score, verdict.accepted, rounds)
    return best


# run_with_human


async def run_with_human__match(start, resume, decide, max_pauses=10):
    """A loop over the pauses that are allowed, with a match on the state."""
    state = await start()
    for left in range(max_pauses, -1, -1):
        match state:
            case Done(value):
                return value
            case Pause(questions) if left:
                answers = {}
                for question in questions:
                    answers[question.id] = await decide(question.value)
                state = await resume(answers)
    raise TooManyPauses


async def run_with_human__recursive(start, resume, decide, max_pauses=10):
    """Each pause is handled by a call of its own."""

    async def handle(state, left):
        if isinstance(state, Done):
            return state.value
        if left == 0:
            raise TooManyPauses("that is enough")
        given = [(one.id, await decide(one.value)) for one in state.questions]
        return await handle(await resume(dict(given)), left - 1)

    return await handle(await start(), max_pauses)


async def run_with_human__until_done(start, resume, decide, max_pauses=10):
    """It counts down, and goes on until there is a Done."""
    run = start()
    while not isinstance(state := await run, Done):
        max_pauses -= 1
        if max_pauses < 0:
            raise TooManyPauses
        answers = dict.fromkeys(one.id for one in state.questions)
        for one in state.questions:
            answers[one.id] = await decide(one.value)
        run = resume(answers)
    return state.value


# stream_workflow


async def stream_workflow__handlers(parts, speaker):
    """A function for each mode gives a list of events; a dict finds it."""
    seen = []

    def message_events(part):
        message, metadata = part
        if metadata["langgraph_node"] != speaker:
            return []
        if isinstance(message, AIMessageChunk):
            if message.id is not None:
                seen.append(message.id)
        elif not isinstance(message, AIMessage) or message.id in seen:
            return []
        return [{"type": "token", "content": str(message.text)}] if message.text else []

    def update_events(part):
        events = []
        for name, update in part.items():
            if name == "__interrupt__":
                events += [{"type": "question", "id": i.id, "value": i.value} for i in update]
            else:
                events.append({"type": "step", "name": name})
        return events

    handlers = {
        "messages": message_events,
        "updates": update_events,
        "custom": lambda part: [{"type": "progress", "data": part}],
    }
    asked = False
    try:
        async for mode, part in parts:
            for event in handlers.get(mode, lambda part: [])(part):
                asked = asked or event["type"] == "question"
                yield event
        end = {"type": "paused" if asked else "complete"}
    except Exception:
        end = {"type": "error", "message": "The run has failed."}
    finally:
        await aclose_source(parts)
    yield end


async def stream_workflow__pulls_by_hand(parts, speaker):
    """It pulls each part itself, and looks at errors in that place only."""
    source, ids, paused = aiter(parts), {}, False
    try:
        while True:
            try:
                mode, part = await anext(source)
            except StopAsyncIteration:
                yield {"type": "paused"} if paused else {"type": "complete"}
                return
            except Exception:
                yield {"type": "error", "message": "It did not work. Ask again later."}
                return
            if mode == "custom":
                yield {"type": "progress", "data": part}
            elif mode == "updates":
                for name in part:
                    if name != "__interrupt__":
                        yield {"type": "step", "name": name}
                for item in part.get("__interrupt__", ()):
                    paused = True
                    yield {"type": "question", "id": item.id, "value": item.value}
            elif mode == "messages" and part[1].get("langgraph_node") == speaker:
                message = part[0]
                is_chunk = type(message) is AIMessageChunk
                if is_chunk:
                    ids[message.id] = message.id is not None
                if (is_chunk or (message.type == "ai" and not ids.get(message.id))) and (
                    said := message.text
                ):
                    yield {"type": "token", "content": said}
    finally:
        await aclose_source(parts)


async def stream_workflow__two_generators(parts, speaker):
    """An inner generator translates, and the outer one takes care of the end."""
    shown = set()

    async def translate():
        async for mode, part in parts:
            match mode, part:
                case "messages", (AIMessageChunk() as message, {"langgraph_node": node}):
                    if node == speaker:
                        shown.add(message.id or object())
                        yield "token", {"content": message.text}
                case "messages", (AIMessage() as message, {"langgraph_node": node}):
                    if node == speaker and message.id not in shown:
                        yield "token", {"content": message.text}
                case "updates", _:
                    for name, update in part.items():
                        if name == "__interrupt__":
                            for item in update:
                                yield "question", {"id": item.id, "value": item.value}
                        else:
                            yield "step", {"name": name}
                case "custom", data:
                    yield "progress", {"data": data}

    end = {"type": "complete"}
    try:
        async for kind, rest in translate():
            if kind == "question":
                end = {"type": "paused"}
            if kind != "token" or rest["content"]:
                yield {"type": kind, **rest}
    except Exception:
        end = {"type": "error", "message": "Sorry, that did not work."}
    finally:
        await aclose_source(parts)
    yield end
