"""Correct answers to lesson 09 that are written differently from the reference.

`course/lesson/variants.py` explains how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: F821


# visible_text


def visible_text__generator_expression(chunks):
    """A generator expression in place of a loop."""
    return (chunk.text for chunk in chunks if chunk.text)


def visible_text__filter(chunks):
    """`map` and `filter` are lazy too."""
    return filter(None, (chunk.text for chunk in chunks))


def visible_text__length(chunks):
    """The text is looked at twice, and its length says whether there is any."""
    for chunk in chunks:
        if len(chunk.text) == 0:
            continue
        yield str(chunk.text)


def visible_text__closes(chunks):
    """It also closes what it reads, if that can be closed."""
    try:
        for chunk in chunks:
            if text := chunk.text:
                yield text
    finally:
        close_source(chunks)


# stream_tokens


def stream_tokens__closing(model, prompt):
    """`contextlib.closing`, with the empty texts filtered out."""
    from contextlib import closing

    with closing(model.stream(prompt)) as stream:
        yield from filter(None, (chunk.text for chunk in stream))


def stream_tokens__blocks_by_hand(model, prompt):
    """The text is extracted from the content block by block."""
    stream = model.stream(prompt)
    try:
        for chunk in stream:
            blocks = [chunk.content] if isinstance(chunk.content, str) else chunk.content
            for block in blocks:
                text = block if isinstance(block, str) else block.get("text", "")
                if text:
                    yield text
    finally:
        stream.close()


def stream_tokens__iterator_class(model, prompt):
    """A class with __next__ and close in place of a generator."""

    class Tokens:
        def __init__(self):
            self.stream = model.stream(prompt)

        def __iter__(self):
            return self

        def __next__(self):
            try:
                while True:
                    if text := next(self.stream).text:
                        return text
            except BaseException:
                self.close()
                raise

        def close(self):
            self.stream.close()

    return Tokens()


def stream_tokens__next_loop(model, prompt):
    """next() with a default in place of a for loop."""
    stream = model.stream(prompt)
    try:
        while (chunk := next(stream, None)) is not None:
            if chunk.text == "":
                continue
            yield str(chunk.text)
    finally:
        close_source(stream)


# write_stream


def write_stream__print(tokens, out):
    """print() flushes when told to."""
    written = 0
    for token in tokens:
        print(token, end="", flush=True, file=out)
        written += len(token)
    return written


def write_stream__sum(tokens, out):
    """write() returns how much it wrote, and sum() adds it up."""

    def show(token):
        count = out.write(token)
        out.flush()
        return count

    return sum(map(show, tokens))


def write_stream__writelines(tokens, out):
    """A while loop with next(), and one line at a time with writelines()."""
    pending = iter(tokens)
    lengths = []
    while True:
        try:
            token = next(pending)
        except StopIteration:
            return sum(lengths)
        out.writelines([token])
        out.flush()
        lengths.append(len(token))


def write_stream__recursive(tokens, out):
    """One token in each call, the rest in the next one; only for short streams without a loop."""

    def rest(pending, written):
        for token in pending:
            out.write(token)
            out.flush()
            return lambda: rest(pending, written + len(token))
        return written

    state = rest(iter(tokens), 0)
    while callable(state):
        state = state()
    return state


def write_stream__accumulate(tokens, out):
    """`itertools.accumulate` counts, and what is written goes out character by character."""
    from collections import deque
    from itertools import accumulate

    def shown():
        yield 0
        for token in tokens:
            for character in token:
                out.write(character)
            out.flush()
            yield len(token)

    return deque(accumulate(shown()), maxlen=1).pop()


# buffer_stream


def buffer_stream__list_and_length(tokens, max_chars=50, marks=(".", "!", "?")):
    """A list of tokens and their total length, so that nothing is copied twice; the limit is
    checked at the call."""
    if max_chars < 1:
        raise ValueError("max_chars must be positive")

    def pieces():
        parts, length = [], 0
        try:
            for token in tokens:
                parts.append(token)
                length += len(token)
                if length >= max_chars or "".join(parts).endswith(tuple(marks)):
                    yield "".join(parts)
                    parts, length = [], 0
            if length:
                yield "".join(parts)
        finally:
            close_source(tokens)

    return pieces()


def buffer_stream__string_io(tokens, max_chars=50, marks=(".", "!", "?")):
    """io.StringIO as the buffer, and next() in place of a for loop."""
    from io import StringIO

    if not max_chars >= 1:
        raise ValueError(max_chars)
    buffer, pending = StringIO(), iter(tokens)
    try:
        while True:
            token = next(pending, None)
            if token is not None:
                buffer.write(token)
            text = buffer.getvalue()
            full = len(text) >= max_chars or any(text.endswith(mark) for mark in marks)
            if text and (full or token is None):
                yield text
                buffer = StringIO()
            if token is None:
                return
    finally:
        close_source(tokens)


def buffer_stream__iterator_class(tokens, max_chars=50, marks=(".", "!", "?")):
    """A class with __next__ and close in place of a generator."""

    class Pieces:
        def __init__(self):
            self.tokens = iter(tokens)

        def __iter__(self):
            return self

        def __next__(self):
            if max_chars < 1:
                raise ValueError(max_chars)
            buffer = ""
            try:
                for token in self.tokens:
                    buffer += token
                    if len(buffer) >= max_chars or buffer.endswith(marks):
                        return buffer
            except BaseException:
                self.close()
                raise
            if not buffer:
                self.close()
                raise StopIteration
            return buffer

        def close(self):
            close_source(tokens)

    return Pieces()


def buffer_stream__tail_before_an_error(tokens, max_chars=50, marks=(".", "!", "?")):
    """What is left in the buffer comes out before an error does."""
    if max_chars < 1:
        raise ValueError(max_chars)
    buffer = ""
    try:
        for token in tokens:
            buffer = buffer + token
            if buffer.endswith(marks) or not len(buffer) < max_chars:
                whole, buffer = buffer, ""
                yield whole
    except Exception:
        if buffer:
            yield buffer
        raise
    else:
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


# collect_response


def collect_response__string_io(tokens, on_token=None):
    """io.StringIO, and next() in place of a for loop; only the stream is guarded."""
    from io import StringIO

    text, pending = StringIO(), iter(tokens)
    while True:
        try:
            token = next(pending)
        except StopIteration:
            return text.getvalue()
        except Exception as error:
            raise StreamInterrupted(text.getvalue()) from error
        text.write(token)
        if on_token:
            on_token(token)


def collect_response__watched(tokens, on_token=None):
    """A generator that reports each token as it passes, joined by str.join."""
    arrived = []

    def watched():
        for token in tokens:
            arrived.append(token)
            (on_token or len)(token)
            yield token

    try:
        return "".join(watched())
    except Exception as error:
        raise StreamInterrupted("".join(arrived)) from error


def collect_response__adds_strings(tokens, on_token=None):
    """A string that grows, and an error that is kept and raised later."""
    text, broken = "", None
    try:
        for token in tokens:
            text += token
            if on_token is not None:
                on_token(token)
    except Exception as error:
        broken = error
    if broken is not None:
        raise StreamInterrupted(text) from broken
    return text


def collect_response__recursive_generator(tokens, on_token=None):
    """The stream is guarded by a generator that keeps what has passed through it."""
    passed = []

    def guarded():
        try:
            yield from tokens
        except Exception as error:
            raise StreamInterrupted("".join(passed)) from error

    for token in guarded():
        passed.append(token)
        if on_token is not None:
            on_token(token)
    return "".join(passed)


def collect_response__context_manager(tokens, on_token=None):
    """A class whose __exit__ turns the error into another one."""

    class Guard:
        text = ""

        def __enter__(self):
            return self

        def __exit__(self, kind, error, traceback):
            if isinstance(error, Exception):
                raise StreamInterrupted(self.text) from error

    report = on_token or (lambda token: None)
    with Guard() as guard:
        for token in tokens:
            guard.text = f"{guard.text}{token}"
            report(token)
    return guard.text


# stream_agent_events


async def stream_agent_events__if_elif(agent, query):
    """if and elif in place of match, and aclosing in place of finally."""
    from contextlib import aclosing

    try:
        async with aclosing(agent.astream_events(query, version="v2")) as events:
            async for event in events:
                kind = event["event"]
                if kind == "on_chat_model_stream":
                    text = event["data"]["chunk"].text
                    if text:
                        yield {"type": "token", "content": text}
                elif kind in ("on_tool_start", "on_tool_end"):
                    yield {"type": kind[3:], "name": event["name"]}
                elif kind == "on_custom_event":
                    yield {"type": event["name"], **event["data"]}
    except Exception:
        yield {"type": "error", "message": "Something went wrong. Please try again."}
        return
    yield {"type": "complete"}


async def stream_agent_events__table(agent, query):
    """A table of functions, and anext() in place of async for."""

    def token(event):
        text = event["data"]["chunk"].text
        return {"type": "token", "content": text} if text else None

    translate = {
        "on_chat_model_stream": token,
        "on_tool_start": lambda event: {"type": "tool_start", "name": event["name"]},
        "on_tool_end": lambda event: {"type": "tool_end", "name": event["name"]},
        "on_custom_event": lambda event: {"type": event["name"]} | event["data"],
    }
    events = agent.astream_events(query, version="v2")
    last = {"type": "complete"}
    try:
        while True:
            try:
                event = await anext(events)
            except StopAsyncIteration:
                break
            except Exception as error:
                last = {"type": "error", "message": type(error).__name__}
                break
            simple = translate.get(event["event"], lambda event: None)(event)
            if simple is not None:
                yield simple
        yield last
    finally:
        await events.aclose()


async def stream_agent_events__inner_and_outer(agent, query):
    """One generator translates; another one around it says how it ended."""
    from contextlib import aclosing

    async def translated():
        async with aclosing(agent.astream_events(query, version="v2")) as events:
            async for event in events:
                match event:
                    case {"event": "on_chat_model_stream", "data": {"chunk": chunk}} if chunk.text:
                        yield {"type": "token", "content": chunk.text}
                    case {"event": "on_tool_start" | "on_tool_end" as kind, "name": name}:
                        yield {"type": kind.removeprefix("on_"), "name": name}
                    case {"event": "on_custom_event", "name": name, "data": data}:
                        yield {"type": name, **data}

    async with aclosing(translated()) as inner:
        try:
            async for event in inner:
                yield event
        except Exception as error:
            yield {"type": "error", "message": f"failed with {type(error).__name__}"}
        else:
            yield {"type": "complete"}


def stream_agent_events__iterator_class(agent, query):
    """A class with __anext__ and aclose in place of a generator."""

    class Events:
        def __init__(self):
            self.events = agent.astream_events(query, version="v2")
            self.is_over = False

        def __aiter__(self):
            return self

        async def __anext__(self):
            while not self.is_over:
                try:
                    event = await anext(self.events)
                except StopAsyncIteration:
                    await self.aclose()
                    return {"type": "complete"}
                except Exception as error:
                    await self.aclose()
                    return {"type": "error", "message": type(error).__name__}
                except BaseException:
                    await self.aclose()
                    raise
                kind, data = event["event"], event["data"]
                if kind == "on_custom_event":
                    return dict(data, type=event["name"])
                if kind in {"on_tool_start", "on_tool_end"}:
                    return {"type": kind[len("on_") :], "name": event["name"]}
                if kind == "on_chat_model_stream" and len(data["chunk"].text):
                    return {"type": "token", "content": str(data["chunk"].text)}
            raise StopAsyncIteration

        async def aclose(self):
            self.is_over = True
            await aclose_source(self.events)

    return Events()


async def stream_agent_events__exit_stack(agent, query):
    """An AsyncExitStack closes the events, and a list holds none or one translated event."""
    from contextlib import AsyncExitStack

    def translated(event):
        name, data = event["name"], event["data"]
        match event["event"].split("_", 1)[1]:
            case "chat_model_stream":
                return [{"type": "token", "content": text} for text in [data["chunk"].text] if text]
            case "tool_start" | "tool_end" as kind:
                return [{"type": kind, "name": name}]
            case "custom_event":
                return [{"type": name} | data]
        return []

    async with AsyncExitStack() as stack:
        events = agent.astream_events(query, version="v2")
        stack.push_async_callback(aclose_source, events)
        last = {"type": "complete"}
        try:
            async for event in events:
                for simple in translated(event):
                    yield simple
        except Exception as error:
            last = {"type": "error", "message": f"The agent failed: {type(error).__qualname__}."}
        yield last


# dispatch_events


def dispatch_events__counter(events, handlers, default=None):
    """A Counter, and a default that does nothing."""
    from collections import Counter

    counts = Counter()
    for event in events:
        counts[event["type"]] += 1
        handlers.get(event["type"], default or bool)(event)
    return counts


def dispatch_events__asks_first(events, handlers, default=None):
    """`in` in place of get(), and a defaultdict."""
    from collections import defaultdict

    counts = defaultdict(int)
    for event in events:
        kind = event["type"]
        if kind in handlers:
            handlers[kind](event)
        elif default:
            default(event)
        counts[kind] += 1
    return dict(counts)


def dispatch_events__key_error_of_the_lookup(events, handlers, default=None):
    """The KeyError is caught, but only around the lookup."""
    counts = {}
    for event in events:
        try:
            handler = handlers[event["type"]]
        except KeyError:
            handler = default
        if handler is not None:
            handler(event)
        counts.setdefault(event["type"], 0)
        counts[event["type"]] += 1
    return counts


def dispatch_events__chain_map(events, handlers, default=None):
    """A dict that makes its missing values: the default handler, or one that does nothing."""

    class Handlers(dict):
        def __missing__(self, kind):
            return default or (lambda event: None)

    table, counts = Handlers(handlers), {}
    for event in events:
        counts[event["type"]] = 1 + counts.get(event["type"], 0)
        table[event["type"]](event)
    return counts


def dispatch_events__iterator(events, handlers, default=None):
    """A generator that handles events and yields their types, which a Counter counts."""
    from collections import Counter

    def handled():
        for event in events:
            handler = handlers.get(event["type"], default)
            if handler:
                handler(event)
            yield event["type"]

    return dict(Counter(handled()))


# monitor_stream


def monitor_stream__next_loop(tokens, metrics, clock=time.monotonic):
    """next() in place of a for loop, and a list of lengths in place of two counters."""
    begun, pending = clock(), iter(tokens)
    lengths = []
    try:
        while True:
            try:
                token = next(pending)
            except StopIteration:
                metrics.completed = True
                return
            if token:
                if not lengths:
                    metrics.ttft = clock() - begun
                lengths.append(len(token))
            metrics.chunks, metrics.chars = len(lengths), sum(lengths)
            yield token
    finally:
        metrics.total = clock() - begun
        close_source(tokens)


def monitor_stream__except_and_else(tokens, metrics, clock=time.monotonic):
    """except BaseException and else in place of finally; total is kept up to date."""

    def stop():
        metrics.total = clock() - begun
        close_source(tokens)

    begun = clock()
    try:
        for token in tokens:
            metrics.total = clock() - begun
            if len(token) > 0:
                metrics.chunks += 1
                metrics.chars += len(token)
                if metrics.chunks == 1:
                    metrics.ttft = metrics.total
            yield token
    except BaseException:
        stop()
        raise
    else:
        metrics.completed = True
        stop()


def monitor_stream__iterator_class(tokens, metrics, clock=time.monotonic):
    """A class with __next__ and close in place of a generator."""

    class Monitored:
        begun = None
        source = iter(tokens)

        def __iter__(self):
            return self

        def __next__(self):
            if self.begun is None:
                self.begun = clock()
            try:
                token = next(self.source)
            except BaseException as error:
                metrics.completed = isinstance(error, StopIteration)
                self.close()
                raise
            if token:
                if metrics.ttft is None:
                    metrics.ttft = clock() - self.begun
                metrics.chunks += 1
                metrics.chars += len(token)
            return token

        def close(self):
            if self.begun is not None:
                metrics.total = clock() - self.begun
            close_source(tokens)

    return Monitored()


def monitor_stream__context_manager(tokens, metrics, clock=time.monotonic):
    """A context manager measures the total, and the counts are kept in a list."""
    from contextlib import closing, contextmanager

    @contextmanager
    def measured():
        begun = clock()
        try:
            yield lambda: clock() - begun
        finally:
            metrics.total = clock() - begun

    def stream():
        with measured() as elapsed:
            try:
                for token in tokens:
                    moment = elapsed()
                    metrics.ttft = moment if token and metrics.ttft is None else metrics.ttft
                    metrics.chunks += bool(token)
                    metrics.chars += len(token)
                    yield token
                metrics.completed = True
            finally:
                close_source(tokens)

    def outer():
        with closing(stream()) as inner:
            yield from inner

    return outer()


def monitor_stream__map(tokens, metrics, clock=time.monotonic):
    """map() measures each token on its way; a generator around it sees how it ends."""

    def noted(token):
        if token != "":
            if metrics.chunks == 0:
                metrics.ttft = clock() - begun[0]
            metrics.chunks, metrics.chars = metrics.chunks + 1, metrics.chars + len(token)
        return token

    begun = []

    def stream():
        begun.append(clock())
        try:
            yield from map(noted, tokens)
            metrics.completed = True
        finally:
            metrics.total = clock() - begun[0]
            close_source(tokens)

    return stream()


# stream_with_timeout


async def stream_with_timeout__monotonic(source, idle=None, total=None):
    """One timeout for each token, and a budget measured with time.monotonic."""
    deadline = None if total is None else time.monotonic() + total
    try:
        while True:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise StreamTimeout("total")
            limits = [(idle, "idle"), (left, "total")]
            wait, kind = min(
                ((seconds, kind) for seconds, kind in limits if seconds is not None),
                default=(None, "total"),
            )
            begun = time.monotonic()
            try:
                async with asyncio.timeout(wait):
                    token = await anext(source)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                if wait is None or time.monotonic() - begun < wait - 0.001:
                    raise  # too early to be the limit: it is the source's own
                raise StreamTimeout(kind) from error
            yield token
    finally:
        await aclose_source(source)


async def stream_with_timeout__wait(source, idle=None, total=None):
    """One task for each token, asyncio.wait with a timeout, and the task is always ended."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    pull = None
    try:
        while True:
            left = None if total is None else begun + total - loop.time()
            if left is not None and left <= 0:
                raise StreamTimeout("total")
            kind, wait = ("total", left) if idle is None else ("idle", idle)
            if left is not None and idle is not None and left < idle:
                kind, wait = "total", left
            pull = asyncio.ensure_future(anext(source))
            done, _ = await asyncio.wait({pull}, timeout=wait)
            if not done:
                raise StreamTimeout(kind)
            try:
                token = pull.result()
            except StopAsyncIteration:
                return
            yield token
    finally:
        if pull is not None and not pull.done():
            pull.cancel()
            await asyncio.wait({pull})
        await aclose_source(source)


async def stream_with_timeout__two_timeouts(source, idle=None, total=None):
    """Two timeout blocks around the wait: total is a point in time, idle is a duration."""
    deadline = None if total is None else asyncio.get_running_loop().time() + total
    try:
        while True:
            if deadline is not None and asyncio.get_running_loop().time() >= deadline:
                raise StreamTimeout("total")
            outer = inner = None
            try:
                async with asyncio.timeout_at(deadline) as outer, asyncio.timeout(idle) as inner:
                    token = await anext(source)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                if outer.expired():
                    raise StreamTimeout("total") from error
                if inner.expired():
                    raise StreamTimeout("idle") from error
                raise
            yield token
    finally:
        await aclose_source(source)


async def stream_with_timeout__wait_for(source, idle=None, total=None):
    """asyncio.wait_for around a coroutine that never raises, so that its TimeoutError is ours."""
    begun = time.monotonic()

    async def pull():
        try:
            return "token", await anext(source)
        except StopAsyncIteration:
            return "end", None
        except TimeoutError as error:
            return "error", error

    try:
        while True:
            left = None if total is None else total - (time.monotonic() - begun)
            if left is not None and left <= 0:
                raise StreamTimeout("total")
            limits = [limit for limit in (idle, left) if limit is not None]
            try:
                what, found = await asyncio.wait_for(pull(), min(limits, default=None))
            except TimeoutError as error:
                raise StreamTimeout("idle" if min(limits) == idle else "total") from error
            if what == "end":
                return
            if what == "error":
                raise found
            yield found
    finally:
        await aclose_source(source)


def stream_with_timeout__iterator_class(source, idle=None, total=None):
    """A class with __anext__ and aclose, and a timer that cancels the pull."""

    class Limited:
        begun = None

        def __aiter__(self):
            return self

        async def __anext__(self):
            try:
                return await self.pull()
            except BaseException:
                await self.aclose()
                raise

        async def pull(self):
            now = asyncio.get_running_loop().time()
            self.begun = now if self.begun is None else self.begun
            ends = {"idle": None if idle is None else now + idle}
            ends["total"] = None if total is None else self.begun + total
            given = {kind: end for kind, end in ends.items() if end is not None}
            if "total" in given and given["total"] <= now:
                raise StreamTimeout("total")
            kind = min(given, key=given.get, default=None)
            async with self.limit(kind, given.get(kind)):
                return await anext(source)

        def limit(self, kind, end):
            from contextlib import asynccontextmanager

            @asynccontextmanager
            async def block():
                timeout = asyncio.timeout_at(end)
                try:
                    async with timeout:
                        try:
                            yield
                        except StopAsyncIteration:
                            self.ended = True
                            raise
                except TimeoutError as error:
                    if timeout.expired():
                        raise StreamTimeout(kind) from error
                    raise

            return block()

        async def aclose(self):
            await aclose_source(source)

    return Limited()


# astream_tokens


async def astream_tokens__aclosing(model, prompt):
    """`contextlib.aclosing` in place of finally."""
    from contextlib import aclosing

    async with aclosing(model.astream(prompt)) as stream:
        async for chunk in stream:
            if not chunk.text:
                continue
            yield chunk.text


def astream_tokens__iterator_class(model, prompt):
    """A class with __anext__ and aclose in place of a generator."""

    class Tokens:
        def __init__(self):
            self.stream = model.astream(prompt)

        def __aiter__(self):
            return self

        async def __anext__(self):
            try:
                while True:
                    chunk = await anext(self.stream)
                    if chunk.text:
                        return chunk.text
            except BaseException:
                await self.aclose()
                raise

        async def aclose(self):
            await self.stream.aclose()

    return Tokens()


async def astream_tokens__inner_generator(model, prompt):
    """A generator expression over the texts, with the stream kept so that it can be closed."""
    stream = model.astream(prompt)
    texts = (chunk.text async for chunk in stream)
    try:
        async for text in texts:
            if text:
                yield text
    finally:
        await texts.aclose()
        await stream.aclose()


async def astream_tokens__anext_loop(model, prompt):
    """anext() with a default in place of async for."""
    stream = model.astream(prompt)
    try:
        while (chunk := await anext(stream, None)) is not None:
            if text := str(chunk.text):
                yield text
    finally:
        await stream.aclose()


async def astream_tokens__exit_stack(model, prompt):
    """An AsyncExitStack closes the stream, and the blocks are read by hand."""
    from contextlib import AsyncExitStack

    async with AsyncExitStack() as stack:
        stream = model.astream(prompt)
        stack.push_async_callback(aclose_source, stream)
        async for chunk in stream:
            blocks = [chunk.content] if isinstance(chunk.content, str) else chunk.content
            texts = [b if isinstance(b, str) else b.get("text", "") for b in blocks]
            if any(texts):
                yield "".join(texts)


# merge_streams


async def merge_streams__wait(sources):
    """asyncio.wait on one anext() for each source, without a queue."""
    pending = {asyncio.create_task(anext(source)): name for name, source in sources.items()}
    try:
        while pending:
            done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for pull in sorted(done, key=lambda pull: pull.exception() is not None):
                name = pending.pop(pull)
                try:
                    token = pull.result()
                except StopAsyncIteration:
                    continue
                yield name, token
                pending[asyncio.create_task(anext(sources[name]))] = name
    finally:
        for pull in pending:
            pull.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        for source in sources.values():
            await aclose_source(source)


async def merge_streams__condition(sources):
    """A deque with a Condition, room for five pairs, and readers that close their sources."""
    from collections import deque

    changed, arrived = asyncio.Condition(), deque()
    running = len(sources)

    async def read(name, source):
        nonlocal running
        error = None
        try:
            async for token in source:
                async with changed:
                    await changed.wait_for(lambda: len(arrived) < 5)
                    arrived.append((name, token))
                    changed.notify_all()
        except Exception as raised:
            error = raised
        finally:
            await aclose_source(source)
        async with changed:
            running -= 1
            if error is not None:
                await changed.wait_for(lambda: len(arrived) < 5)
                arrived.append(error)
            changed.notify_all()

    tasks = [asyncio.create_task(read(name, source)) for name, source in sources.items()]
    try:
        while True:
            async with changed:
                await changed.wait_for(lambda: arrived or not running)
                if not arrived:
                    return
                item = arrived.popleft()
                changed.notify_all()
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for source in sources.values():
            await aclose_source(source)


async def merge_streams__one_slot_each(sources):
    """Each reader waits until its token has been taken; an unbounded queue carries the turns."""
    arrived = asyncio.Queue()

    async def read(name, source):
        try:
            async for token in source:
                taken = asyncio.Event()
                arrived.put_nowait(((name, token), taken))
                await taken.wait()
        except Exception as error:
            arrived.put_nowait((error, None))
        else:
            arrived.put_nowait((None, None))

    readers = {asyncio.create_task(read(*item)) for item in sources.items()}
    open_sources = len(readers)
    try:
        while open_sources:
            item, taken = await arrived.get()
            if isinstance(item, Exception):
                raise item
            if item is None:
                open_sources -= 1
                continue
            yield item
            taken.set()
    finally:
        for reader in readers:
            reader.cancel()
        if readers:
            await asyncio.wait(readers)
        await asyncio.gather(*map(aclose_source, sources.values()))


async def merge_streams__futures(sources):
    """Tasks of one pull each, which put themselves into a deque when they are done."""
    from collections import deque

    finished, names = deque(), {}
    has_more = asyncio.Event()

    def note(pull):
        finished.append(pull)
        has_more.set()

    def ask(name):
        pull = asyncio.ensure_future(anext(sources[name]))
        names[pull] = name
        pull.add_done_callback(note)

    try:
        for name in sources:
            ask(name)
        while names:
            await has_more.wait()
            pull = finished.popleft()
            if not finished:
                has_more.clear()
            name = names.pop(pull)
            try:
                token = pull.result()
            except StopAsyncIteration:
                continue
            yield name, token
            ask(name)
    finally:
        for pull in names:
            pull.remove_done_callback(note)
            pull.cancel()
        await asyncio.gather(*names, return_exceptions=True)
        for source in sources.values():
            await aclose_source(source)


async def merge_streams__semaphores(sources):
    """Each source may be two tokens ahead, which a semaphore counts; one queue has no limit."""
    arrived, room = asyncio.Queue(), {name: asyncio.Semaphore(2) for name in sources}
    end = object()

    async def read(name):
        try:
            await room[name].acquire()
            async for token in sources[name]:
                arrived.put_nowait((name, token))
                await room[name].acquire()
        except Exception as error:
            arrived.put_nowait((end, error))
        else:
            arrived.put_nowait((end, None))

    readers = [asyncio.create_task(read(name)) for name in sources]
    try:
        for _ in sources:
            while True:
                name, found = await arrived.get()
                if name is end:
                    break
                yield name, found
                room[name].release()
            if found is not None:
                raise found
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        await asyncio.gather(*(aclose_source(source) for source in sources.values()))


# stream_rag_response


async def stream_rag_response__aclosing(query, retrieve, generate):
    """aclosing for each stage, and one more status with the number of documents."""
    from contextlib import aclosing

    try:
        yield {"type": "status", "message": "Searching..."}
        documents = []
        async with aclosing(retrieve(query)) as found:
            async for document in found:
                documents += [document]
                yield {"type": "document", "title": document.metadata["title"]}
        yield {"type": "status", "message": f"Found {len(documents)} documents"}
        yield {"type": "status", "message": "Generating..."}
        async with aclosing(generate(query, documents)) as tokens:
            async for token in tokens:
                if token:
                    yield {"type": "token", "content": token}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
        return
    yield {"type": "complete"}


async def stream_rag_response__inner_and_outer(query, retrieve, generate):
    """One generator does the work; another one around it says how it ended."""
    from contextlib import aclosing

    async def body():
        yield {"type": "status", "message": "Searching the knowledge base"}
        documents, found = [], retrieve(query)
        try:
            async for document in found:
                yield {"type": "document", "title": document.metadata["title"]}
                documents.append(document)
        finally:
            await aclose_source(found)
        yield {"type": "status", "message": "Writing"}
        tokens = generate(query, documents)
        try:
            async for token in tokens:
                if token != "":
                    yield {"type": "token", "content": token}
        finally:
            await aclose_source(tokens)

    async with aclosing(body()) as events:
        last = {"type": "complete"}
        try:
            async for event in events:
                yield event
        except Exception:
            last = {"type": "error", "message": "Sorry, that did not work."}
        yield last


async def stream_rag_response__exit_stack(query, retrieve, generate):
    """An AsyncExitStack closes what has been opened so far."""
    from contextlib import AsyncExitStack

    async with AsyncExitStack() as stack:
        try:
            yield {"type": "status", "message": "Searching"}
            found = retrieve(query)
            stack.push_async_callback(aclose_source, found)
            documents = []
            while (document := await anext(found, None)) is not None:
                documents.append(document)
                yield {"type": "document", "title": document.metadata["title"]}
            yield {"type": "status", "message": "Generating"}
            tokens = generate(query, documents)
            stack.push_async_callback(aclose_source, tokens)
            async for token in tokens:
                if token:
                    yield {"type": "token", "content": token}
        except Exception as error:
            yield {"type": "error", "message": f"A {type(error).__name__} happened."}
        else:
            yield {"type": "complete"}


async def stream_rag_response__stages(query, retrieve, generate):
    """Two generators, one for each stage, and a loop over both of them."""
    documents, opened = [], []

    def open_stream(stream):
        opened.append(stream)
        return stream

    async def search():
        async for document in open_stream(retrieve(query)):
            documents.append(document)
            yield {"type": "document", "title": document.metadata["title"]}

    async def answer():
        async for token in open_stream(generate(query, documents)):
            if len(token) > 0:
                yield {"type": "token", "content": token}

    try:
        for stage, message in ((search, "Looking it up"), (answer, "Writing the answer")):
            yield {"type": "status", "message": message}
            async for event in open_stream(stage()):
                yield event
        last = {"type": "complete"}
    except Exception as error:
        last = {"type": "error", "message": f"Sorry: {type(error).__name__}"}
    else:
        yield last
        return
    finally:
        for stream in reversed(opened):
            await stream.aclose()
    yield last


async def stream_rag_response__pump(query, retrieve, generate):
    """A task does the work and puts events into a queue of one; each is taken before the next."""
    events, taken = asyncio.Queue(), asyncio.Semaphore(0)

    async def show(event):
        events.put_nowait(event)
        await taken.acquire()

    async def work():
        found = tokens = None
        try:
            await show({"type": "status", "message": "Searching"})
            documents, found = [], retrieve(query)
            async for document in found:
                documents.append(document)
                await show({"type": "document", "title": document.metadata["title"]})
            await show({"type": "status", "message": f"Reading {len(documents)} documents"})
            tokens = generate(query, documents)
            async for token in tokens:
                if token:
                    await show({"type": "token", "content": token})
        except Exception:
            last = {"type": "error", "message": "That did not work."}
        else:
            last = {"type": "complete"}
        finally:
            await aclose_source(found)
            await aclose_source(tokens)
        events.put_nowait(last)

    worker = asyncio.create_task(work())
    try:
        while True:
            waiting = asyncio.create_task(events.get())
            await asyncio.wait({waiting, worker}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                await asyncio.sleep(0)
            if not waiting.done():
                waiting.cancel()
                await asyncio.gather(waiting, return_exceptions=True)
                await worker
                return
            event = waiting.result()
            yield event
            if event["type"] in ("complete", "error"):
                return
            taken.release()
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
