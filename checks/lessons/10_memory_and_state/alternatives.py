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


def is_truncated__recursive(metadata):
    """Calls itself for the second name, and knows each reason in two spellings."""
    if not metadata.get("finish_reason"):
        second = metadata.get("stop_reason")
        return is_truncated({"finish_reason": second}) if second else None
    reason = metadata["finish_reason"]
    for reasons, meaning in ((TRUNCATED, True), (COMPLETE, False)):
        if reason in reasons or reason in {one.upper() for one in reasons}:
            return meaning
    return None


def is_truncated__match(metadata):
    """Patterns, and the words themselves."""
    match dict(metadata):
        case {"finish_reason": str(reason)} if reason:
            pass
        case {"stop_reason": str(reason)}:
            pass
        case _:
            return None
    match reason.lower():
        case "length" | "max_tokens":
            return True
        case "stop" | "end_turn" | "stop_sequence" | "tool_calls" | "tool_use":
            return False
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


def strip_sentinel__iterator_class(tokens, sentinel=SENTINEL):
    """An iterator with a `close` of its own."""

    class Stripped:
        """Hands text out until the sentinel; closes its source when it is over."""

        def __init__(self, tokens, sentinel):
            self.tokens, self.sentinel = tokens, sentinel
            self.source, self.held, self.over = None, "", False

        def __iter__(self):
            return self

        def __next__(self):
            if self.source is None and not self.over:
                self.source = iter(self.tokens)
            while not self.over:
                try:
                    self.held += next(self.source)
                except StopIteration:
                    self.close()
                    text, self.held = self.held, ""
                except BaseException:
                    self.close()
                    raise
                else:
                    text = self.free()
                if text:
                    return text
            raise StopIteration

        def free(self):
            at = self.held.find(self.sentinel)
            if at >= 0:
                text = self.held[:at]
                self.close()
                return text
            at = 0
            while not self.sentinel.startswith(self.held[at:]):
                at += 1
            text, self.held = self.held[:at], self.held[at:]
            return text

        def close(self):
            self.over = True
            close_source(self.tokens)

    if not sentinel:
        raise ValueError("there is no sentinel")
    return Stripped(tokens, sentinel)


def strip_sentinel__regular_expression(tokens, sentinel=SENTINEL):
    """One pattern for the text that is safe, and a generator that gets a closed source."""
    import re
    from contextlib import ExitStack

    if sentinel == "":
        raise ValueError("there is no sentinel")
    ends = (re.escape(sentinel[:size]) for size in range(len(sentinel), 0, -1))
    rest = re.compile(f"(?:{re.escape(sentinel)})|(?:{'|'.join(ends)})\\Z")
    with ExitStack() as stack:
        stack.callback(close_source, tokens)
        held = ""
        for token in tokens:
            held += token
            found = rest.search(held)
            at = found.start() if found else len(held)
            if at:
                yield held[:at]
            if found and found[0] == sentinel:
                return
            held = held[at:]
        if held:
            yield held


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


def join_continuation__finds_its_beginning(previous, continuation, min_overlap=8):
    """Looks for the beginning with `str.find`, from left to right."""
    if min_overlap <= 0:
        raise ValueError("min_overlap")
    if min(len(previous), len(continuation)) < min_overlap:
        return previous + continuation
    at = previous.find(continuation[:min_overlap])
    while at >= 0:
        if previous[at:] == continuation[: len(previous) - at]:
            return previous + continuation[len(previous) - at :]
        at = previous.find(continuation[:min_overlap], at + 1)
    return previous + continuation


def join_continuation__largest_of_all(previous, continuation, min_overlap=8):
    """All sizes that fit, and the largest of them."""
    if min_overlap < 1:
        raise ValueError("min_overlap")
    most = min(len(previous), len(continuation))
    fitting = [n for n in range(min_overlap, most + 1) if previous.endswith(continuation[:n])]
    return "".join((previous, continuation[max(fitting, default=0) :]))


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


def stream_into_memory__iterator_class(stream, history, text):
    """An iterator whose `close` commits, too."""

    class Remembering:
        """Hands an answer out, and commits the turn once when it is over."""

        def __init__(self, stream, history, text):
            self.stream, self.history, self.question = stream, history, HumanMessage(text)
            self.chunks, self.texts, self.metadata, self.over = None, [], {}, False

        def __iter__(self):
            return self

        def __next__(self):
            if self.over:
                raise StopIteration
            try:
                if self.chunks is None:
                    self.chunks = self.stream([*self.history, self.question])
                while True:
                    chunk = next(self.chunks)
                    for name, value in chunk.response_metadata.items():
                        self.metadata[name] = value
                    if chunk.text:
                        self.texts.append(str(chunk.text))
                        return self.texts[-1]
            except StopIteration:
                self.commit("complete")
                raise
            except BaseException as error:
                self.commit("error" if isinstance(error, Exception) else "interrupted")
                raise

        def commit(self, state):
            if self.over:
                return
            self.over = True
            if self.texts:
                answer = AIMessage("".join(self.texts), response_metadata=self.metadata)
                answer.response_metadata["state"] = state
                self.history.extend((self.question, answer))
            close_source(self.chunks)

        def close(self):
            self.commit("interrupted")

    return Remembering(stream, history, text)


def stream_into_memory__exit_callback(stream, history, text):
    """An ExitStack whose last callback looks at what is going through."""
    from contextlib import ExitStack

    said, parts = {}, []

    def commit(kind, error, traceback):
        if parts:
            names = {True: "complete", False: "interrupted"}
            state = "error" if kind and issubclass(kind, Exception) else names[kind is None]
            whole = AIMessage(content="".join(parts), response_metadata={**said, "state": state})
            history[len(history) :] = [HumanMessage(text), whole]

    with ExitStack() as stack:
        chunks = stream([*history, HumanMessage(text)])
        stack.push(commit)
        stack.callback(close_source, chunks)
        for chunk in chunks:
            said = {**said, **chunk.response_metadata}
            if part := chunk.text:
                parts += [part]
                yield part


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


async def continue_until_complete__recursive(ask, history, max_rounds=3, join=join_continuation):
    """Each round calls the next one."""
    if max_rounds < 1 or not history or history[-1].type != "ai":
        raise ValueError("there is nothing to continue")

    async def go_on(rounds):
        broken = history[-1]
        answer = await ask([*history, HumanMessage(content=CONTINUE)])
        new, *sentinel = answer.text.split(SENTINEL, 1)
        whole = join(broken.text, new)
        is_complete = bool(sentinel) or answer.truncated is False
        said = broken.response_metadata.copy()
        if is_complete:
            said.update(finish_reason="stop", state="complete")
        history[-1:] = [AIMessage(content=whole, response_metadata=said)]
        if is_complete:
            return history[-1]
        if rounds == 1 or whole == broken.text:
            raise TruncatedError(partial=whole)
        return await go_on(rounds - 1)

    return await go_on(max_rounds)


async def continue_until_complete__rounds_as_a_stream(
    ask, history, max_rounds=3, join=join_continuation
):
    """An async generator asks, and a loop with an else puts the parts together."""
    from contextlib import aclosing
    from itertools import repeat

    if not (history and isinstance(history[-1], AIMessage)) or max_rounds <= 0:
        raise ValueError("there is nothing to continue")

    async def answers():
        for _ in repeat(None, max_rounds):
            yield await ask([*history, HumanMessage(CONTINUE)])

    async with aclosing(answers()) as stream:
        async for answer in stream:
            last = history.pop()
            new = answer.text[: answer.text.index(SENTINEL)] if SENTINEL in answer.text else None
            longer = join(last.text, answer.text if new is None else new)
            history.append(AIMessage(longer, response_metadata={**last.response_metadata}))
            if new is not None or answer.truncated is False:
                history[-1].response_metadata |= {"finish_reason": "stop", "state": "complete"}
                return history[-1]
            if longer == last.text:
                break
    raise TruncatedError(history[-1].text)


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


def repair_history__recursive(messages):
    """The first message with its results, then the rest."""

    def ids_of(message):
        calls = getattr(message, "tool_calls", []) + getattr(message, "invalid_tool_calls", [])
        return [call["id"] for call in calls]

    def without_noise(rest):
        return [m for m in rest if m.type != "ai" or m.content or ids_of(m)]

    def repaired(rest):
        if not rest:
            return []
        first, rest = rest[0], rest[1:]
        if first.type == "tool":
            return repaired(rest)
        size = next((n for n, m in enumerate(rest) if m.type != "tool"), len(rest))
        results, rest = rest[:size], rest[size:]
        if first.type == "human" and rest and rest[0].type == "human":
            both = HumanMessage(f"{first.content}\n{rest[0].content}")
            return repaired([both, *rest[1:]])
        kept = {}
        for result in results:
            if result.tool_call_id in ids_of(first):
                kept.setdefault(result.tool_call_id, result)
        missing = [
            ToolMessage(INTERRUPTED, tool_call_id=one, status="error")
            for one in reversed(ids_of(first))
            if one not in kept
        ]
        return [first, *kept.values(), *missing, *repaired(rest)]

    return repaired(without_noise(messages))


def repair_history__queue(messages):
    """A queue of what is left, and a buffer of questions."""
    from collections import deque

    left, done, questions = deque(messages), [], []

    def ask():
        if len(questions) == 1:
            done.append(questions[0])
        elif questions:
            texts = [question.content for question in questions]
            done.append(questions[-1].model_copy(update={"content": "\n".join(texts)}))
        questions.clear()

    while left:
        message = left.popleft()
        match message:
            case ToolMessage():
                continue
            case HumanMessage():
                questions.append(message)
                continue
            case AIMessage(content="" | [], tool_calls=[], invalid_tool_calls=[]):
                continue
        ask()
        done.append(message)
        if not isinstance(message, AIMessage):
            continue
        waiting = {call["id"] for call in message.tool_calls + message.invalid_tool_calls}
        while left and waiting:
            after = left[0]
            if isinstance(after, ToolMessage):
                if after.tool_call_id in waiting:
                    waiting.discard(after.tool_call_id)
                    done.append(after)
            elif not (
                after.type == "ai"
                and not after.content
                and not (after.tool_calls or after.invalid_tool_calls)
            ):
                break
            left.popleft()
        for call in sorted(waiting):
            done.append(ToolMessage(INTERRUPTED, tool_call_id=call, status="error"))
    ask()
    return done


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
    has_turns = len(messages) > isinstance(messages[0] if messages else None, SystemMessage)
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


def trim_history__drops_the_oldest(messages, max_tokens, count_tokens=count_tokens_approximately):
    """Takes one message after another away from the beginning, until a question is first."""
    from collections import deque

    first = [m for m in messages[:1] if m.type == "system"]
    rest = deque(messages[len(first) :])
    if not rest:
        return first
    while count_tokens([*first, *rest]) > max_tokens:
        rest.popleft()
        while rest and rest[0].type != "human":
            rest.popleft()
        if not rest:
            raise ValueError("the newest turn is too long")
    return first + list(rest)


def trim_history__sums_from_the_end(messages, max_tokens, count_tokens=count_tokens_approximately):
    """`accumulate` counts the turns from the newest on, and `takewhile` keeps what fits."""
    from itertools import accumulate, chain, takewhile

    head = list(messages[:1]) if messages and isinstance(messages[0], SystemMessage) else []
    turns = []
    for message in messages[len(head) :]:
        if message.type == "human" or not turns:
            turns.append([message])
        else:
            turns[-1].append(message)
    sums = accumulate(map(count_tokens, reversed(turns)), initial=count_tokens(head))
    fits = sum(1 for _ in takewhile(lambda total: total <= max_tokens, sums)) - 1
    if turns and fits < 1:
        raise ValueError("nothing fits")
    return [*head, *chain.from_iterable(turns[len(turns) - max(fits, 0) :])]


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


def chat_graph__object(model):
    """A step that is an object with an async `__call__`."""

    class Step:
        """A step that is an object."""

        def __init__(self, model):
            self.model = model

        async def __call__(self, state: MessagesState):
            return {"messages": await self.model.ainvoke(state["messages"])}

    graph = StateGraph(MessagesState)
    graph.add_node("chat", Step(model))
    graph.add_edge(START, "chat")
    return graph.compile(InMemorySaver())


def chat_graph__command(model):
    """A step that says itself what comes next, and that it is the end."""
    from langgraph.graph import END
    from langgraph.types import Command

    async def chat(state: MessagesState) -> Command:
        answer = await model.ainvoke([*state["messages"]])
        return Command(goto=END, update={"messages": [answer]})

    graph = StateGraph(MessagesState)
    graph.add_node(chat)
    graph.set_entry_point("chat")
    return graph.compile(checkpointer=InMemorySaver())


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


def stream_thread__iterator_class(graph, thread_id, text):
    """An iterator with an `aclose` of its own."""

    class Thread:
        """Reads a graph, and closes it."""

        def __init__(self, graph, thread_id, text):
            self.graph, self.thread_id, self.text = graph, thread_id, text
            self.stream, self.known = None, {}

        def __aiter__(self):
            return self

        async def __anext__(self):
            if self.stream is None:
                self.stream = self.graph.astream(
                    input={"messages": [HumanMessage(content=self.text)]},
                    config={"configurable": {"thread_id": self.thread_id}},
                    stream_mode="messages",
                )
            try:
                while True:
                    message, about = await anext(self.stream)
                    if self.is_new(message, about["langgraph_checkpoint_ns"]) and message.text:
                        return message.text
            except BaseException:
                await self.aclose()
                raise

        def is_new(self, message, run):
            if not isinstance(message, AIMessage):
                return False
            texts = self.known.setdefault(run, {})
            if isinstance(message, AIMessageChunk):
                texts[message.id] = texts.get(message.id, "") + message.text
                return True
            known = message.text in texts.values()
            texts[message.id] = message.text
            return not known

        async def aclose(self):
            await aclose_source(self.stream)

    return Thread(graph, thread_id, text)


async def stream_thread__pump(graph, thread_id, text):
    """A task reads the graph, and a queue of one place is between them."""
    import asyncio

    config = {"configurable": {"thread_id": thread_id}}
    queue, room = asyncio.Queue(), asyncio.Semaphore(1)

    async def pump():
        stream = graph.astream({"messages": [HumanMessage(text)]}, config, stream_mode="messages")
        try:
            async for pair in stream:
                await room.acquire()
                queue.put_nowait(("pair", pair))
            queue.put_nowait(("end", None))
        except BaseException as error:
            queue.put_nowait(("error", error))
        finally:
            await aclose_source(stream)

    task, said = asyncio.create_task(pump()), []
    try:
        while True:
            kind, item = await queue.get()
            if kind == "end":
                return
            if kind == "error":
                raise item
            (message, _), run = item, item[1]["langgraph_checkpoint_ns"]
            if isinstance(message, AIMessageChunk):
                if not said or said[-1][:2] != [run, message.id]:
                    same = [one for one in said if one[:2] == [run, message.id]]
                    said.extend([] if same else [[run, message.id, ""]])
                next(one for one in said if one[:2] == [run, message.id])[2] += message.text
                if message.text:
                    yield message.text
            elif isinstance(message, AIMessage):
                known = {one[2] for one in said if one[0] == run} | {""}
                if message.text not in known:
                    said.append([run, message.id, message.text])
                    yield message.text
            room.release()
    finally:
        task.cancel()
        await asyncio.wait([task])
