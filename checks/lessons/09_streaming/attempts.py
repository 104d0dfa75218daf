"""What beginners write first for lesson 09: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: B016, B018, F821


# visible_text


def visible_text__calls_text(chunks):
    """The learner believes that text is a method that returns the text without its blanks."""
    for chunk in chunks:
        if chunk.text.strip != "":
            yield chunk.text.strip()


def visible_text__returns_a_generator_in_a_list(chunks):
    """The learner has overlooked that brackets around a generator expression make a list of it."""
    yield [chunk.text for chunk in chunks if chunk.text]


def visible_text__compares_with_is(chunks):
    """The learner believes that is compares what two strings say."""
    for chunk in chunks:
        if chunk.text is "":  # noqa: F632
            continue
        yield chunk.text


def visible_text__goes_by_index(chunks):
    """The learner believes that every iterable has a length and can be indexed."""
    for number in range(len(chunks)):
        if chunks[number].text:
            yield chunks[number].text


def visible_text__compares_with_none(chunks):
    """The learner believes that a chunk without text has None as its text."""
    for chunk in chunks:
        if chunk.text is not None:
            yield chunk.text


# stream_tokens


def stream_tokens__uses_the_class(model, prompt):
    """The learner takes the class of a model for the model that was given."""
    for chunk in BaseChatModel.stream(prompt):
        if chunk.text:
            yield chunk.text


def stream_tokens__returns_what_another_generator_makes(model, prompt):
    """The learner yields the whole generator instead of what it yields."""
    yield visible_text(model.stream(prompt))


def stream_tokens__closes_the_model(model, prompt):
    """The learner believes that the model is what has to be closed, not its stream."""
    try:
        for chunk in model.stream(prompt):
            if chunk.text:
                yield chunk.text
    finally:
        model.close()


def stream_tokens__names_the_argument(model, prompt):
    """The learner believes that the parameter of stream is called prompt."""
    chunks = model.stream(prompt=prompt)
    try:
        for chunk in chunks:
            if chunk.text:
                yield chunk.text
    finally:
        close_source(chunks)


def stream_tokens__imports_from_an_old_place(model, prompt):
    """The learner has copied an import from an old tutorial."""
    from langchain.schema import HumanMessage

    for chunk in model.stream([HumanMessage(content=prompt)]):
        if chunk.text:
            yield chunk.text


# write_stream


def write_stream__counts_what_print_returns(tokens, out):
    """The learner believes that print returns the number of characters."""
    count = 0
    for token in tokens:
        count += print(token, end="", file=out, flush=True)
    return count


def write_stream__assigns_plus(tokens, out):
    """The learner has written =+ for +=."""
    count = 0
    for token in tokens:
        out.write(token)
        out.flush()
        count =+ len(token)  # fmt: skip
    return count


def write_stream__leaves_out_closed(tokens, out):
    """The learner believes that with is needed for everything that is written to."""
    count = 0
    with out:
        for token in tokens:
            out.write(token)
            out.flush()
            count += len(token)
    return count


def write_stream__mentions_flush(tokens, out):
    """The learner has forgotten the parentheses that call flush."""
    count = 0
    for token in tokens:
        count += out.write(token)
        out.flush
    return count


def write_stream__counts_after_the_end(tokens, out):
    """The learner has overlooked that an iterator can be read only once."""
    for token in tokens:
        out.write(token)
        out.flush()
    return sum(len(token) for token in tokens)


# buffer_stream


def buffer_stream__loops_over_marks(tokens, max_chars=50, marks=(".", "!", "?")):
    """The learner has overlooked that a list of marks never ends a text, each mark does."""
    if max_chars < 1:
        raise ValueError("max_chars must be at least 1")
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if len(buffer) >= max_chars or buffer.endswith(list(marks)):
                yield buffer
                buffer = ""
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def buffer_stream__joins_a_text(tokens, max_chars=50, marks=(".", "!", "?")):
    """The learner has overlooked that += on a list adds the characters of a string one by one."""
    if max_chars < 1:
        raise ValueError("max_chars must be at least 1")
    buffer = []
    try:
        for token in tokens:
            buffer += token
            if len(buffer) >= max_chars or token.endswith(marks):
                yield buffer
                buffer = []
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def buffer_stream__raises_a_text(tokens, max_chars=50, marks=(".", "!", "?")):
    """The learner believes that a text can be raised."""
    if max_chars < 1:
        raise "max_chars must be at least 1"
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if len(buffer) >= max_chars or buffer.endswith(marks):
                yield buffer
                buffer = ""
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def buffer_stream__yields_the_tail_each_time(tokens, max_chars=50, marks=(".", "!", "?")):
    """The learner has indented the part after the loop too far, so that it runs in each round."""
    if max_chars < 1:
        raise ValueError("max_chars must be at least 1")
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if len(buffer) >= max_chars or buffer.endswith(marks):
                yield buffer
                buffer = ""
            if buffer:
                yield buffer
                buffer = ""
    finally:
        close_source(tokens)


# collect_response


def collect_response__calls_nothing(tokens, on_token=None):
    """The learner has forgotten that on_token may be None."""
    parts = []
    try:
        for token in tokens:
            parts.append(token)
            on_token(token)
    except Exception as error:
        raise StreamInterrupted("".join(parts)) from error
    return "".join(parts)


def collect_response__gives_a_list_to_the_error(tokens, on_token=None):
    """The learner has overlooked that partial is a text and not a list of tokens."""
    parts = []
    try:
        for token in tokens:
            parts.append(token)
            if on_token:
                on_token(token)
    except Exception as error:
        raise StreamInterrupted(parts) from error
    return "".join(parts)


def collect_response__raises_without_the_text(tokens, on_token=None):
    """The learner has overlooked that StreamInterrupted needs its argument."""
    text = ""
    try:
        for token in tokens:
            text += token
            if on_token is not None:
                on_token(token)
    except Exception as error:
        raise StreamInterrupted from error
    return text


def collect_response__returns_in_finally(tokens, on_token=None):
    """The learner has overlooked that return in finally swallows the error."""
    text = ""
    try:
        for token in tokens:
            text += token
            if on_token is not None:
                on_token(token)
    except Exception as error:
        raise StreamInterrupted(text) from error
    finally:
        return text  # noqa: B012


# stream_agent_events


async def stream_agent_events__loops_with_for(agent, query):
    """The learner has forgotten async before for."""
    try:
        for event in agent.astream_events(query, version="v2"):
            if event["event"] == "on_chat_model_stream":
                yield {"type": "token", "content": event["data"]["chunk"].text}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
        return
    yield {"type": "complete"}


async def stream_agent_events__reads_attributes(agent, query):
    """The learner believes that the keys of a dict are attributes."""
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            if event.event == "on_chat_model_stream" and event.data.chunk.text:
                yield {"type": "token", "content": event.data.chunk.text}
            elif event.event == "on_tool_start":
                yield {"type": "tool_start", "name": event.name}
            elif event.event == "on_tool_end":
                yield {"type": "tool_end", "name": event.name}
            elif event.event == "on_custom_event":
                yield {"type": event.name, **event.data}
        yield {"type": "complete"}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
    finally:
        await aclose_source(events)


async def stream_agent_events__yields_a_set(agent, query):
    """The learner has written a comma where a dict needs a colon."""
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            kind = event["event"]
            if kind == "on_chat_model_stream":
                text = event["data"]["chunk"].text
                if text:
                    yield {"type": "token", "content": text}
            elif kind == "on_tool_start":
                yield {"type", "tool_start", "name", event["name"]}
            elif kind == "on_tool_end":
                yield {"type", "tool_end", "name", event["name"]}
            elif kind == "on_custom_event":
                yield {"type": event["name"], **event["data"]}
        yield {"type": "complete"}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
    finally:
        await aclose_source(events)


# dispatch_events


def dispatch_events__counts_from_nothing(events, handlers, default=None):
    """The learner has overlooked that a key has no count before its first event."""
    counts = {}
    for event in events:
        counts[event["type"]] += 1
        handler = handlers.get(event["type"], default)
        if handler:
            handler(event)
    return counts


def dispatch_events__calls_the_default_with_nothing(events, handlers, default=None):
    """The learner has overlooked that get may return None, which cannot be called."""
    counts = {}
    for event in events:
        kind = event["type"]
        counts[kind] = counts.get(kind, 0) + 1
        handlers.get(kind, default)(event)
    return counts


def dispatch_events__does_not_hand_over_the_event(events, handlers, default=None):
    """The learner has forgotten to give the event to the handler."""
    counts = {}
    for event in events:
        kind = event["type"]
        counts[kind] = counts.get(kind, 0) + 1
        if kind in handlers:
            handlers[kind]()
        elif default is not None:
            default()
    return counts


def dispatch_events__shares_its_counts(events, handlers, default=None, counts={}):  # noqa: B006
    """The learner has overlooked that a default value is made only once."""
    for event in events:
        kind = event["type"]
        counts[kind] = counts.get(kind, 0) + 1
        if kind in handlers:
            handlers[kind](event)
        elif default is not None:
            default(event)
    return counts


# monitor_stream


def monitor_stream__keeps_the_clock(tokens, metrics, clock=time.monotonic):
    """The learner has forgotten the parentheses that call the clock."""
    start = clock
    try:
        for token in tokens:
            if token:
                if metrics.ttft is None:
                    metrics.ttft = clock - start
                metrics.chunks += 1
                metrics.chars += len(token)
            yield token
        metrics.completed = True
    finally:
        metrics.total = clock - start
        close_source(tokens)


def monitor_stream__misspells_an_attribute(tokens, metrics, clock=time.monotonic):
    """The learner has overlooked that setting a misspelled attribute makes a new one."""
    start = clock()
    try:
        for token in tokens:
            if token:
                if metrics.ttft is None:
                    metrics.ttft = clock() - start
                metrics.chunk = metrics.chunks + 1
                metrics.chars += len(token)
            yield token
        metrics.completed = True
    finally:
        metrics.total = clock() - start
        close_source(tokens)


def monitor_stream__copies_the_numbers(tokens, metrics, clock=time.monotonic):
    """The learner believes that a name for an attribute's value changes the attribute, too."""
    start = clock()
    chunks, chars = metrics.chunks, metrics.chars
    try:
        for token in tokens:
            if token:
                if metrics.ttft is None:
                    metrics.ttft = clock() - start
                chunks += 1
                chars += len(token)
            yield token
        metrics.completed = True
    finally:
        metrics.total = clock() - start
        close_source(tokens)


# stream_with_timeout


async def stream_with_timeout__does_not_await_the_wait(source, idle=None, total=None):
    """The learner has forgotten to await asyncio.wait."""
    try:
        while True:
            pull = asyncio.ensure_future(anext(source))
            done, _ = asyncio.wait({pull}, timeout=idle)
            if not done:
                raise StreamTimeout("idle")
            yield pull.result()
    except StopAsyncIteration:
        return
    finally:
        await aclose_source(source)


async def stream_with_timeout__catches_the_end_nowhere(source, idle=None, total=None):
    """The learner has overlooked that anext raises an error at the end of the stream."""
    try:
        while True:
            try:
                token = await asyncio.wait_for(anext(source), idle)
            except TimeoutError:
                raise StreamTimeout("idle") from None
            yield token
    finally:
        await aclose_source(source)


async def stream_with_timeout__subtracts_none(source, idle=None, total=None):
    """The learner has overlooked that None cannot be compared or calculated with."""
    start = time.monotonic()
    try:
        while True:
            left = total - (time.monotonic() - start)
            try:
                token = await asyncio.wait_for(anext(source), min(idle, left))
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise StreamTimeout("idle" if idle < left else "total") from None
            yield token
    finally:
        await aclose_source(source)


# astream_tokens


async def astream_tokens__reads_the_text_of_a_coroutine(model, prompt):
    """The learner has forgotten that ainvoke has to be awaited."""
    yield model.ainvoke(prompt).text


async def astream_tokens__runs_a_loop_in_the_loop(model, prompt):
    """The learner believes that asyncio.run is how every coroutine is run."""
    for token in asyncio.run(model.astream(prompt)):
        if token.text:
            yield token.text


async def astream_tokens__does_not_await_the_close(model, prompt):
    """The learner has forgotten to await what closes the stream."""
    chunks = model.astream(prompt)
    try:
        async for chunk in chunks:
            if chunk.text:
                yield chunk.text
    finally:
        aclose_source(chunks)


async def astream_tokens__delegates(model, prompt):
    """The learner believes that an async for can loop over the generator function itself."""

    async def texts():
        async for chunk in model.astream(prompt):
            if chunk.text:
                yield chunk.text

    async for text in texts:
        yield text


# merge_streams


async def merge_streams__loops_over_the_names(sources):
    """The learner has overlooked that a loop over a dict gives only its keys."""
    for name, source in sources:
        async for token in source:
            yield name, token


async def merge_streams__gathers_generators(sources):
    """The learner believes that gather can run async generators."""
    for name, tokens in zip(sources, await asyncio.gather(*sources.values()), strict=True):
        for token in tokens:
            yield name, token


async def merge_streams__hands_over_the_function(sources):
    """The learner has forgotten the call that makes a coroutine for the task."""
    queue = asyncio.Queue(maxsize=10)

    async def read(name, source):
        async for token in source:
            await queue.put((name, token))

    tasks = [asyncio.create_task(read) for name, source in sources.items()]
    try:
        while not all(task.done() for task in tasks) or not queue.empty():
            yield await queue.get()
    finally:
        for task in tasks:
            task.cancel()


async def merge_streams__yields_in_the_inner_function(sources):
    """The learner believes that a yield in an inner function yields from the outer one."""

    async def read(name, source):
        async for token in source:
            yield name, token

    async with asyncio.TaskGroup() as group:
        for name, source in sources.items():
            group.create_task(read(name, source))
    return
    yield


# stream_rag_response


async def stream_rag_response__awaits_the_search(query, retrieve, generate):
    """The learner believes that whatever is asynchronous has to be awaited."""
    yield {"type": "status", "message": "Searching..."}
    documents = await retrieve(query)
    for document in documents:
        yield {"type": "document", "title": document.metadata["title"]}
    yield {"type": "status", "message": "Answering..."}
    async for token in generate(query, documents):
        if token:
            yield {"type": "token", "content": token}
    yield {"type": "complete"}


async def stream_rag_response__swaps_the_arguments(query, retrieve, generate):
    """The learner has given the arguments of generate in the wrong order."""
    yield {"type": "status", "message": "Searching..."}
    documents = []
    found = retrieve(query)
    answer = None
    try:
        async for document in found:
            documents.append(document)
            yield {"type": "document", "title": document.metadata["title"]}
        yield {"type": "status", "message": "Answering..."}
        answer = generate(documents, query)
        async for token in answer:
            if token:
                yield {"type": "token", "content": token}
        yield {"type": "complete"}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
    finally:
        await aclose_source(found)
        await aclose_source(answer)


async def stream_rag_response__closes_what_was_never_made(query, retrieve, generate):
    """The learner has overlooked that answer has no value yet when the search fails."""
    yield {"type": "status", "message": "Searching..."}
    documents = []
    try:
        found = retrieve(query)
        async for document in found:
            documents.append(document)
            yield {"type": "document", "title": document.metadata["title"]}
        yield {"type": "status", "message": "Answering..."}
        answer = generate(query, documents)
        async for token in answer:
            if token:
                yield {"type": "token", "content": token}
        yield {"type": "complete"}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
    finally:
        await aclose_source(found)
        await aclose_source(answer)


async def stream_rag_response__swallows_its_own_name_error(query, retrieve, generate):
    """The learner has misspelled a variable, and the broad except hides it."""
    yield {"type": "status", "message": "Searching..."}
    documents = []
    found = retrieve(query)
    try:
        async for document in found:
            documents.append(document)
            yield {"type": "document", "title": document.metadata["title"]}
        yield {"type": "status", "message": "Answering..."}
        async for token in generate(query, document):
            if tokens:
                yield {"type": "token", "content": token}
        yield {"type": "complete"}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
    finally:
        await aclose_source(found)
