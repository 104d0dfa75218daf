"""What beginners write first for lesson 10: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: F821


# is_truncated


def is_truncated__asks_for_the_key(metadata):
    """The learner has overlooked that a key may be missing."""
    reason = metadata["finish_reason"] or metadata["stop_reason"]
    if reason.lower() in TRUNCATED:
        return True
    if reason.lower() in COMPLETE:
        return False
    return None


def is_truncated__lowers_none(metadata):
    """The learner has overlooked that get returns None if there is no reason."""
    reason = metadata.get("finish_reason") or metadata.get("stop_reason")
    reason = reason.lower()
    if reason in TRUNCATED:
        return True
    if reason in COMPLETE:
        return False
    return None


def is_truncated__knows_only_yes_and_no(metadata):
    """The learner has overlooked that False is another answer than None."""
    cut_off = False
    reason = metadata.get("finish_reason") or metadata.get("stop_reason") or ""
    if reason.lower() in TRUNCATED:
        cut_off = True
    return cut_off


def is_truncated__forgets_to_call_lower(metadata):
    """The learner has forgotten the parentheses that call lower."""
    reason = metadata.get("finish_reason") or metadata.get("stop_reason") or ""
    if reason.lower in TRUNCATED:
        return True
    if reason.lower in COMPLETE:
        return False
    return None


def is_truncated__drops_what_lower_returns(metadata):
    """The learner believes that lower changes the string itself."""
    reason = metadata.get("finish_reason") or metadata.get("stop_reason") or ""
    reason.lower()
    if reason in TRUNCATED:
        return True
    if reason in COMPLETE:
        return False
    return None


def is_truncated__makes_text_of_none(metadata):
    """The learner has overlooked that str() of None is a text."""
    reason = str(metadata.get("finish_reason")) or str(metadata.get("stop_reason"))
    if reason.lower() in TRUNCATED:
        return True
    if reason.lower() in COMPLETE:
        return False
    return None


# strip_sentinel


def strip_sentinel__breaks_at_once(tokens, sentinel=SENTINEL):
    """The learner has overlooked that in needs a string on its left, not a list on its right."""
    if not sentinel:
        raise ValueError
    parts = []
    try:
        for token in tokens:
            parts.append(token)
            if sentinel in parts:
                return
            if token:
                yield token
    finally:
        close_source(tokens)


def strip_sentinel__strips_characters(tokens, sentinel=SENTINEL):
    """The learner believes that strip removes a whole word, though it removes characters."""
    if not sentinel:
        raise ValueError("no sentinel")
    try:
        for token in tokens:
            text = token.strip(sentinel)
            if text:
                yield text
    finally:
        close_source(tokens)


def strip_sentinel__cuts_by_minus_zero(tokens, sentinel=SENTINEL):
    """The learner has overlooked that text[:-0] is empty."""
    if not sentinel:
        raise ValueError("no sentinel")
    held = ""
    try:
        for token in tokens:
            held += token
            if sentinel in held:
                text = held[: held.index(sentinel)]
                if text:
                    yield text
                return
            keep = 0
            for size in range(1, len(sentinel)):
                if held.endswith(sentinel[:size]):
                    keep = size
            if held[:-keep]:
                yield held[:-keep]
            held = held[-keep:]
        if held:
            yield held
    finally:
        close_source(tokens)


def strip_sentinel__finds_or_not(tokens, sentinel=SENTINEL):
    """The learner believes that find() says whether something is there."""
    if not sentinel:
        raise ValueError("sentinel")
    buffer = ""
    for token in tokens:
        buffer += token
        if buffer.find(sentinel):
            yield buffer[: buffer.find(sentinel)]
            return
    yield buffer


# join_continuation


def join_continuation__counts_one_too_few(previous, continuation, min_overlap=8):
    """The learner has overlooked that range leaves out its end."""
    if min_overlap < 1:
        raise ValueError("min_overlap must be at least 1")
    most = min(len(previous), len(continuation))
    for size in range(most - 1, min_overlap, -1):
        if previous.endswith(continuation[:size]):
            return previous + continuation[size:]
    return previous + continuation


def join_continuation__counts_up(previous, continuation, min_overlap=8):
    """The learner has overlooked that a range from large to small needs a step of -1."""
    if min_overlap < 1:
        raise ValueError("min_overlap must be at least 1")
    for size in range(len(continuation), min_overlap - 1):
        if previous[-size:] == continuation[:size]:
            return previous + continuation[size:]
    return previous + continuation


# stream_into_memory


def stream_into_memory__calls_a_method_of_the_function(stream, history, text):
    """The learner takes the function that asks the model for the model."""
    question = HumanMessage(text)
    answer = ""
    for chunk in stream.stream([*history, question]):
        if chunk.text:
            answer += chunk.text
            yield chunk.text
    history.append(question)
    history.append(AIMessage(answer))


def stream_into_memory__gives_what_append_returns(stream, history, text):
    """The learner believes that append returns the longer list."""
    answer = ""
    chunks = stream(list(history).append(HumanMessage(text)))
    try:
        for chunk in chunks:
            if chunk.text:
                answer += chunk.text
                yield chunk.text
    finally:
        close_source(chunks)
    history += [HumanMessage(text), AIMessage(answer)]


def stream_into_memory__makes_a_new_list(stream, history, text):
    """The learner believes that assigning to the parameter changes the caller's list."""
    question = HumanMessage(text)
    chunks = stream([*history, question])
    answer, metadata, state = "", {}, "interrupted"
    try:
        for chunk in chunks:
            metadata.update(chunk.response_metadata)
            if chunk.text:
                answer += chunk.text
                yield chunk.text
        state = "complete"
    except Exception:
        state = "error"
        raise
    finally:
        close_source(chunks)
        if answer:
            reply = AIMessage(answer, response_metadata={**metadata, "state": state})
            history = [*history, question, reply]


def stream_into_memory__appends_a_pair(stream, history, text):
    """The learner has overlooked that append adds one thing, here a list."""
    question = HumanMessage(text)
    chunks = stream([*history, question])
    answer, metadata, state = "", {}, "interrupted"
    try:
        for chunk in chunks:
            metadata.update(chunk.response_metadata)
            if chunk.text:
                answer += chunk.text
                yield chunk.text
        state = "complete"
    except Exception:
        state = "error"
        raise
    finally:
        close_source(chunks)
        if answer:
            reply = AIMessage(answer, response_metadata={**metadata, "state": state})
            history.append([question, reply])


def stream_into_memory__collects_chunks(stream, history, text):
    """The learner has overlooked that a list of chunks has no text."""
    question = HumanMessage(text)
    chunks = []
    source = stream([*history, question])
    try:
        for chunk in source:
            chunks.append(chunk)
            if chunk.text:
                yield chunk.text
    finally:
        close_source(source)
        history.append(question)
        history.append(AIMessage(chunks.text))


# continue_until_complete


async def continue_until_complete__forgets_the_await(
    ask, history, max_rounds=3, join=join_continuation
):
    """The learner has forgotten to await ask."""
    if max_rounds < 1 or not history or not isinstance(history[-1], AIMessage):
        raise ValueError("no rounds, or no answer")
    text = history[-1].text
    for _ in range(max_rounds):
        answer = ask([*history, HumanMessage(CONTINUE)])
        text = join(text, answer.text)
        history[-1] = AIMessage(text)
        if answer.truncated is False:
            return history[-1]
    raise TruncatedError(text)


async def continue_until_complete__makes_a_string_of_a_message(
    ask, history, max_rounds=3, join=join_continuation
):
    """The learner believes that str of a message is its text."""
    if max_rounds < 1 or not history or not isinstance(history[-1], AIMessage):
        raise ValueError("no rounds, or no answer")
    old = history[-1]
    text = str(old)
    for _ in range(max_rounds):
        answer = await ask([*history, HumanMessage(CONTINUE)])
        new, found, _ = answer.text.partition(SENTINEL)
        before, text = text, join(text, new)
        metadata = dict(old.response_metadata)
        if found or answer.truncated is False:
            metadata |= {"finish_reason": "stop", "state": "complete"}
            history[-1] = AIMessage(text, response_metadata=metadata)
            return history[-1]
        history[-1] = AIMessage(text, response_metadata=metadata)
        if text == before:
            break
    raise TruncatedError(text)


async def continue_until_complete__returns_the_text(
    ask, history, max_rounds=3, join=join_continuation
):
    """The learner has overlooked that the whole message is wanted, not its text."""
    if max_rounds < 1 or not history or not isinstance(history[-1], AIMessage):
        raise ValueError("no rounds, or no answer")
    old = history[-1]
    text = old.text
    for _ in range(max_rounds):
        answer = await ask([*history, HumanMessage(CONTINUE)])
        new, found, _ = answer.text.partition(SENTINEL)
        before, text = text, join(text, new)
        metadata = dict(old.response_metadata)
        if found or answer.truncated is False:
            metadata |= {"finish_reason": "stop", "state": "complete"}
            history[-1] = AIMessage(text, response_metadata=metadata)
            return text
        history[-1] = AIMessage(text, response_metadata=metadata)
        if text == before:
            break
    raise TruncatedError(text)


async def continue_until_complete__adds_two_dicts(
    ask, history, max_rounds=3, join=join_continuation
):
    """The learner believes that dicts are joined with a plus sign."""
    if max_rounds < 1 or not history or not isinstance(history[-1], AIMessage):
        raise ValueError("no rounds, or no answer")
    old = history[-1]
    text = old.text
    for _ in range(max_rounds):
        answer = await ask([*history, HumanMessage(CONTINUE)])
        new, found, _ = answer.text.partition(SENTINEL)
        before, text = text, join(text, new)
        metadata = old.response_metadata
        if found or answer.truncated is False:
            metadata = metadata + {"finish_reason": "stop", "state": "complete"}
            history[-1] = AIMessage(text, response_metadata=metadata)
            return history[-1]
        history[-1] = AIMessage(text, response_metadata=metadata)
        if text == before:
            break
    raise TruncatedError(text)


async def continue_until_complete__stores_without_the_metadata(
    ask, history, max_rounds=3, join=join_continuation
):
    """The learner believes that the metadata of a message can be set in its constructor by name."""
    if max_rounds < 1 or not history or not isinstance(history[-1], AIMessage):
        raise ValueError("no rounds, or no answer")
    text = history[-1].text
    for _ in range(max_rounds):
        answer = await ask([*history, HumanMessage(CONTINUE)])
        new, found, _ = answer.text.partition(SENTINEL)
        before, text = text, join(text, new)
        if found or answer.truncated is False:
            history[-1] = AIMessage(text, finish_reason="stop", state="complete")
            return history[-1]
        history[-1] = AIMessage(text)
        if text == before:
            break
    raise TruncatedError(text)


async def continue_until_complete__asks_with_a_text(
    ask, history, max_rounds=3, join=join_continuation
):
    """The learner has overlooked that what is asked is a list of messages."""
    if max_rounds < 1 or history[-1].type != "ai":
        raise ValueError("bad arguments")
    for i in range(max_rounds):
        answer = await ask(history + [CONTINUE])
        new = answer.text.split(SENTINEL)[0]
        text = join(history[-1].text, new)
        history[-1] = AIMessage(text)
        if SENTINEL in answer.text or answer.truncated is False:
            return AIMessage(text, response_metadata={"state": "complete", "finish_reason": "stop"})
        raise TruncatedError()


# repair_history


def repair_history__removes_while_looping(messages):
    """The learner removes items from the very list that the loop goes through."""
    for message in messages:
        if isinstance(message, AIMessage) and not message.content and not message.tool_calls:
            messages.remove(message)
    return messages


def repair_history__compares_the_type_with_a_class(messages):
    """The learner believes that the type of a message is its class."""
    kept = []
    for message in messages:
        if message.type == AIMessage and not message.content:
            continue
        kept.append(message)
    return kept


def repair_history__adds_a_message_without_an_id(messages):
    """The learner has overlooked that a ToolMessage cannot be made without its tool_call_id."""
    kept = []
    for message in messages:
        kept.append(message)
        if isinstance(message, AIMessage):
            for _ in message.tool_calls:
                kept.append(ToolMessage(INTERRUPTED, status="error"))
    return kept


def repair_history__takes_a_call_for_an_object(messages):
    """The learner believes that the keys of a tool call are attributes."""
    kept = []
    for message in messages:
        if isinstance(message, AIMessage) and not message.content and not message.tool_calls:
            continue
        kept.append(message)
        if isinstance(message, AIMessage):
            for call in message.tool_calls:
                missing = ToolMessage(INTERRUPTED, tool_call_id=call.id, status="error")
                kept.append(missing)
    return kept


# trim_history


def trim_history__takes_the_last_of_nothing(messages, max_tokens, count_tokens=len):
    """The learner has overlooked that an empty list has no first item."""
    system = [messages[0]] if isinstance(messages[0], SystemMessage) else []
    turns = []
    for message in messages[len(system) :]:
        if isinstance(message, HumanMessage) or not turns:
            turns.append([])
        turns[-1].append(message)
    kept = list(system)
    used = count_tokens(kept)
    for turn in reversed(turns):
        used += count_tokens(turn)
        if used > max_tokens:
            break
        kept[len(system) : len(system)] = turn
    if turns and len(kept) == len(system):
        raise ValueError("the newest turn does not fit")
    return kept


def trim_history__counts_one_message(messages, max_tokens, count_tokens=count_tokens_approximately):
    """The learner has overlooked that count_tokens wants a list of messages."""
    kept = []
    used = 0
    for message in reversed(messages):
        used += count_tokens(message)
        if used > max_tokens:
            break
        kept.append(message)
    return kept[::-1]


def trim_history__returns_an_iterator(
    messages, max_tokens, count_tokens=count_tokens_approximately
):
    """The learner believes that reversed returns a list."""
    kept = []
    for message in reversed(messages):
        if count_tokens([*kept, message]) > max_tokens:
            break
        kept.append(message)
    return reversed(kept)


def trim_history__pops_from_the_callers_list(
    messages, max_tokens, count_tokens=count_tokens_approximately
):
    """The learner believes that a second name for a list is a copy of it."""
    kept = messages
    while kept and count_tokens(kept) > max_tokens:
        kept.pop(0)
    return kept


# chat_graph


def chat_graph__returns_the_builder(model):
    """The learner has forgotten to compile the graph."""

    async def answer(state):
        return {"messages": [await model.ainvoke(state["messages"])]}

    builder = StateGraph(MessagesState)
    builder.add_node("answer", answer)
    builder.add_edge(START, "answer")
    return builder


def chat_graph__forgets_the_await(model):
    """The learner has forgotten to await the model."""

    async def answer(state):
        return {"messages": [model.ainvoke(state["messages"])]}

    builder = StateGraph(MessagesState)
    builder.add_node("answer", answer)
    builder.add_edge(START, "answer")
    return builder.compile(checkpointer=InMemorySaver())


def chat_graph__gives_the_class_of_the_memory(model):
    """The learner gives the class of the memory instead of a memory."""

    async def answer(state):
        return {"messages": [await model.ainvoke(state["messages"])]}

    builder = StateGraph(MessagesState)
    builder.add_node("answer", answer)
    builder.add_edge(START, "answer")
    return builder.compile(checkpointer=InMemorySaver)


def chat_graph__calls_the_step(model):
    """The learner calls the step instead of handing the function over."""

    async def answer(state):
        return {"messages": [await model.ainvoke(state["messages"])]}

    builder = StateGraph(MessagesState)
    builder.add_node("answer", answer(MessagesState))
    builder.add_edge(START, "answer")
    return builder.compile(checkpointer=InMemorySaver())


def chat_graph__reads_an_attribute_of_the_state(model):
    """The learner believes that the keys of the state are attributes."""

    async def answer(state):
        return {"messages": [await model.ainvoke(state.messages)]}

    builder = StateGraph(MessagesState)
    builder.add_node("answer", answer)
    builder.add_edge(START, "answer")
    return builder.compile(checkpointer=InMemorySaver())


def chat_graph__has_no_start(model):
    """The learner has overlooked that a graph needs an edge from its start."""

    async def answer(state):
        return {"messages": [await model.ainvoke(state["messages"])]}

    builder = StateGraph(MessagesState)
    builder.add_node("answer", answer)
    return builder.compile(checkpointer=InMemorySaver())


def chat_graph__calls_the_node_otherwise(model):
    """The learner has given the node another name than its edge."""

    async def call(state):
        answer = await model.ainvoke(state["messages"])
        return {"messages": [AIMessage(answer.text)]}

    g = StateGraph(MessagesState)
    g.add_node(call)
    g.add_edge(START, "call_model")
    return g.compile(checkpointer=InMemorySaver())


# stream_thread


async def stream_thread__takes_the_pair_for_a_message(graph, thread_id, text):
    """The learner has overlooked that the stream gives pairs."""
    config = {"configurable": {"thread_id": thread_id}}
    state = {"messages": [HumanMessage(text)]}
    async for message in graph.astream(state, config, stream_mode="messages"):
        if message.text:
            yield message.text


async def stream_thread__gives_the_text_alone(graph, thread_id, text):
    """The learner believes that the graph takes a message, though it takes a state."""
    config = {"configurable": {"thread_id": thread_id}}
    stream = graph.astream(HumanMessage(text), config, stream_mode="messages")
    try:
        async for message, _ in stream:
            if isinstance(message, AIMessage) and message.text:
                yield message.text
    finally:
        await aclose_source(stream)


async def stream_thread__gives_a_name_for_a_config(graph, thread_id, text):
    """The learner has overlooked that the name of the thread belongs in a config."""
    state = {"messages": [HumanMessage(text)]}
    stream = graph.astream(state, thread_id, stream_mode="messages")
    try:
        async for message, _ in stream:
            if isinstance(message, AIMessage) and message.text:
                yield message.text
    finally:
        await aclose_source(stream)


async def stream_thread__closes_inside_the_loop(graph, thread_id, text):
    """The learner has indented the close too far, so that the first token closes the stream."""
    config = {"configurable": {"thread_id": thread_id}}
    state = {"messages": [HumanMessage(text)]}
    stream = graph.astream(state, config, stream_mode="messages")
    async for message, _ in stream:
        if isinstance(message, AIMessage) and message.text:
            yield message.text
        await aclose_source(stream)
