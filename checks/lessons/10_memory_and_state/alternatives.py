"""Correct answers to lesson 10 that are written differently from the reference.

`course/lesson/variants.py` explains how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: F821


# is_truncated


def is_truncated__table(metadata):
    """A table from each reason to its meaning, and a loop over the two names."""
    meaning = {**dict.fromkeys(TRUNCATED, True), **dict.fromkeys(COMPLETE, False)}
    for name in ("finish_reason", "stop_reason"):
        if metadata.get(name):
            return meaning.get(str(metadata[name]).casefold())
    return None


# strip_sentinel


def strip_sentinel__character_by_character(tokens, sentinel=SENTINEL):
    """Knuth, Morris and Pratt: each character moves a position in the sentinel."""
    if not sentinel:
        raise ValueError("an empty sentinel")
    back, size = [0] * len(sentinel), 0
    for position in range(1, len(sentinel)):
        while size and sentinel[position] != sentinel[size]:
            size = back[size - 1]
        size += sentinel[position] == sentinel[size]
        back[position] = size

    def pieces():
        held, matched = "", 0
        try:
            for token in tokens:
                for character in token:
                    while matched and character != sentinel[matched]:
                        matched = back[matched - 1]
                    matched += character == sentinel[matched]
                    held += character
                    if matched == len(sentinel):
                        if held[:-matched]:
                            yield held[:-matched]
                        return
                free = len(held) - matched
                if free:
                    yield held[:free]
                    held = held[free:]
            if held:
                yield held
        finally:
            close_source(tokens)

    return pieces()


def strip_sentinel__smallest_pieces(tokens, sentinel=SENTINEL):
    """Yields single characters, as soon as each one is safe."""
    if not sentinel:
        raise ValueError(sentinel)
    held = ""
    try:
        for token in tokens:
            for character in token:
                held += character
                if held == sentinel:
                    return
                while not sentinel.startswith(held):
                    yield held[0]
                    held = held[1:]
        yield from held
    finally:
        close_source(tokens)


# join_continuation


def join_continuation__sizes_from_the_largest(previous, continuation, min_overlap=8):
    """The plain loop over all sizes."""
    if not min_overlap >= 1:
        raise ValueError(min_overlap)
    for size in range(min(len(previous), len(continuation)), min_overlap - 1, -1):
        if previous[-size:] == continuation[:size]:
            return previous + continuation[size:]
    return previous + continuation


def join_continuation__prefix_function(previous, continuation, min_overlap=8):
    """The prefix function, linear for every text."""
    if min_overlap < 1:
        raise ValueError(min_overlap)
    back, size = [0], 0
    for character in continuation[1:]:
        while size and character != continuation[size]:
            size = back[size - 1]
        size += character == continuation[size]
        back.append(size)
    size = 0
    for character in previous if continuation else "":
        if size == len(continuation):
            size = back[size - 1]
        while size and character != continuation[size]:
            size = back[size - 1]
        size += character == continuation[size]
    return previous + continuation[size if size >= min_overlap else 0 :]


# stream_into_memory


def stream_into_memory__explicit_commit(stream, history, text):
    """A function that commits, called at each end, and chunks that are kept."""
    from collections import ChainMap
    from contextlib import closing

    received = []

    def commit(state):
        answer = "".join(chunk.text for chunk in received)
        if answer:
            said = ChainMap({"state": state}, *(c.response_metadata for c in reversed(received)))
            history.append(HumanMessage(content=text))
            history.append(AIMessage(answer, response_metadata=dict(said)))

    messages = list(history)
    messages.append(HumanMessage(content=text))
    try:
        with closing(stream(messages)) as chunks:
            for chunk in chunks:
                received.append(chunk)
                if chunk.text:
                    yield chunk.text
    except Exception:
        commit("error")
        raise
    except BaseException:
        commit("interrupted")
        raise
    else:
        commit("complete")


# continue_until_complete


async def continue_until_complete__while_rounds_are_left(
    ask, history, max_rounds=3, join=join_continuation
):
    """A while loop that counts down, and a slice of the text where the sentinel begins."""
    if not (max_rounds >= 1 and history and isinstance(history[-1], AIMessage)):
        raise ValueError("nothing to continue")
    broken = history[-1]
    whole, grew = str(broken.text), True
    while max_rounds and grew:
        max_rounds -= 1
        prompt = list(history)
        prompt.append(HumanMessage(content=CONTINUE))
        answer = await ask(prompt)
        at = answer.text.find(SENTINEL)
        longer = join(whole, answer.text if at < 0 else answer.text[:at])
        grew = longer != whole
        whole = longer
        history.pop()
        if at >= 0 or (answer.truncated is not None and not answer.truncated):
            end = {"finish_reason": "stop", "state": "complete"}
            history.append(AIMessage(whole, response_metadata=broken.response_metadata | end))
            return history[-1]
        history.append(AIMessage(whole, response_metadata=dict(broken.response_metadata)))
    raise TruncatedError(whole)


# repair_history


def repair_history__in_three_passes(messages):
    """One pass for empty answers, one for calls and results, one for questions."""
    from itertools import groupby

    def calls_of(message):
        if not isinstance(message, AIMessage):
            return []
        return [call["id"] for call in [*message.tool_calls, *message.invalid_tool_calls]]

    spoken = [m for m in messages if not isinstance(m, AIMessage) or m.content or calls_of(m)]
    paired, at = [], 0
    while at < len(spoken):
        message, at = spoken[at], at + 1
        if isinstance(message, ToolMessage):
            continue
        paired.append(message)
        waiting = dict.fromkeys(calls_of(message))
        while at < len(spoken) and isinstance(spoken[at], ToolMessage):
            if spoken[at].tool_call_id in waiting:
                del waiting[spoken[at].tool_call_id]
                paired.append(spoken[at])
            at += 1
        for call in waiting:
            paired.append(ToolMessage(content=INTERRUPTED, tool_call_id=call, status="error"))
    repaired = []
    for is_human, group in groupby(paired, lambda m: isinstance(m, HumanMessage)):
        group = list(group)
        if is_human and len(group) > 1:
            group = [HumanMessage("\n".join(m.content for m in group))]
        repaired.extend(group)
    return repaired


# trim_history


def trim_history__langchains_own(messages, max_tokens, count_tokens=count_tokens_approximately):
    """LangChain's `trim_messages`, plus the two cases in which it does something else."""
    from langchain_core.messages import trim_messages

    if count_tokens(list(messages)) <= max_tokens:
        return list(messages)
    kept = trim_messages(
        list(messages),
        max_tokens=max_tokens,
        token_counter=count_tokens,
        strategy="last",
        include_system=True,
        start_on="human",
    )
    has_turns = any(not isinstance(message, SystemMessage) for message in messages)
    if has_turns and not any(isinstance(message, HumanMessage) for message in kept):
        raise ValueError("the newest turn is too large")
    return kept


def trim_history__starts_of_turns(messages, max_tokens, count_tokens=count_tokens_approximately):
    """Tries each start of a turn, oldest first, and counts everything from there on."""
    system = [message for message in messages[:1] if isinstance(message, SystemMessage)]
    body = list(messages[len(system) :])
    starts = [at for at, message in enumerate(body) if at == 0 or message.type == "human"]
    for start in starts:
        if count_tokens([*system, *body[start:]]) <= max_tokens:
            return [*system, *body[start:]]
    if body:
        raise ValueError(max_tokens)
    return system


# chat_graph


def chat_graph__sequence(model):
    """`add_sequence` with names in place of constants, and an answer that is not in a list."""

    async def model_step(state):
        answer = await model.ainvoke(list(state["messages"]))
        return {"messages": answer}

    builder = StateGraph(MessagesState).add_sequence([("model", model_step)])
    builder.add_edge("__start__", "model")
    builder.add_edge("model", "__end__")
    return builder.compile(InMemorySaver())


def chat_graph__chain(model):
    """A graph made from a runnable: a function that extracts the messages, then the model."""
    from langchain_core.runnables import RunnableLambda

    def messages_of(state):
        return state["messages"]

    def as_update(message):
        return {"messages": [message]}

    graph = StateGraph(MessagesState)
    graph.add_node("chat", RunnableLambda(messages_of) | model | RunnableLambda(as_update))
    graph.set_entry_point("chat")
    graph.set_finish_point("chat")
    return graph.compile(checkpointer=InMemorySaver(), name="chat")


# stream_thread


async def stream_thread__aclosing(graph, thread_id, text):
    """`aclosing`, two modes at once, and the texts of each message in one table."""
    from contextlib import aclosing

    texts = {}  # by the step's name and the message's id
    async with aclosing(
        graph.astream(
            {"messages": HumanMessage(content=text)},
            config={"configurable": {"thread_id": thread_id}},
            stream_mode=["updates", "messages"],
        )
    ) as stream:
        async for mode, item in stream:
            if mode != "messages" or item[0].type not in ("ai", "AIMessageChunk"):
                continue
            message, key = item[0], (item[1]["langgraph_checkpoint_ns"], item[0].id)
            if message.type == "ai" and message.text in (
                known for (step, _), known in texts.items() if step == key[0]
            ):
                continue
            texts[key] = texts.get(key, "") + message.text
            if message.text != "":
                yield str(message.text)


async def stream_thread__counts_in_the_whole_run(graph, thread_id, text):
    """The texts of all steps in one table: equal texts from different steps are up to us."""
    config = {"configurable": {"thread_id": thread_id}}
    chunks = graph.astream({"messages": [HumanMessage(text)]}, config, stream_mode="messages")
    texts = {}
    try:
        async for message, _ in chunks:
            if not isinstance(message, AIMessage):
                continue
            if message.id not in texts and message.text in texts.values():
                continue
            texts[message.id] = texts.get(message.id, "") + message.text
            if message.text:
                yield message.text
    finally:
        await aclose_source(chunks)
