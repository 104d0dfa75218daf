"""Right answers to lesson 16 that are built differently from the reference.

`course/lesson/variants.py` says how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: F821


# stop_when


def stop_when__next_and_total(tokens, predicate=None, max_chars=None):
    """next() by hand, a total that grows, and a check at the call."""
    if max_chars is not None and max_chars <= 0:
        raise ValueError("max_chars must be positive")

    def passed():
        iterator, total = iter(tokens), 0
        try:
            while max_chars is None or total < max_chars:
                try:
                    token = next(iterator)
                except StopIteration:
                    return
                if max_chars is not None and total + len(token) > max_chars:
                    if predicate is not None:
                        predicate(token)
                    yield token[: max_chars - total]
                    return
                total += len(token)
                stops = predicate(token) if predicate else False
                yield token
                if stops:
                    return
        finally:
            close_source(tokens)

    return passed()


# first_token_timeout


async def first_token_timeout__counts_down(source, seconds):
    """A limit for each pull, which is what is left of the whole."""
    now = asyncio.get_running_loop().time
    end = now() + seconds
    try:
        while True:
            pull = asyncio.ensure_future(anext(source))
            try:
                await asyncio.wait({pull}, timeout=max(0.0, end - now()))
            finally:
                if not pull.done():
                    await end_tasks(pull)
            if pull.cancelled():
                raise FirstTokenTimeout(seconds)
            try:
                token = pull.result()
            except StopAsyncIteration:
                return
            if token:
                break
        yield token
        async for token in source:
            if token:
                yield token
    finally:
        await aclose_source(source)


async def first_token_timeout__a_function_for_the_first(source, seconds):
    """The wait for the first text is a coroutine of its own; wait_for limits it."""
    from contextlib import aclosing

    async def first():
        try:
            while not (token := await anext(source)):
                pass
        except StopAsyncIteration:
            return ""
        except TimeoutError as error:
            return error
        return token

    async with aclosing(source):
        try:
            token = await asyncio.wait_for(first(), seconds)
        except TimeoutError:
            raise FirstTokenTimeout(seconds) from None
        if isinstance(token, TimeoutError):
            raise token
        if token:
            yield token
            async for token in source:
                if token:
                    yield token


# with_heartbeat


async def with_heartbeat__a_task_reads(source, interval, beat):
    """A task reads the source into a small queue; giving up on the queue is harmless."""
    if interval <= 0:
        raise ValueError("interval must be positive")
    arrived = asyncio.Queue(maxsize=1)

    async def read():
        try:
            async for item in source:
                await arrived.put((item,))
        except Exception as error:
            await arrived.put(End(error))
        else:
            await arrived.put(End())

    reader = asyncio.create_task(read())
    try:
        while True:
            try:
                came = await asyncio.wait_for(arrived.get(), interval)
            except TimeoutError:
                yield beat
                continue
            if isinstance(came, End):
                if came.error:
                    raise came.error
                return
            yield came[0]
    finally:
        await end_tasks(reader)
        await aclose_source(source)


async def with_heartbeat__shields_the_pull(source, interval, beat):
    """wait_for cancels only the shield around the pull."""
    if not interval > 0:
        raise ValueError(interval)
    pull = asyncio.ensure_future(anext(source))
    try:
        while True:
            try:
                item = await asyncio.wait_for(asyncio.shield(pull), interval)
            except TimeoutError:
                if pull.done():
                    raise
                yield beat
            except StopAsyncIteration:
                break
            else:
                yield item
                pull = asyncio.ensure_future(anext(source))
    finally:
        pull.cancel()
        await asyncio.gather(pull, return_exceptions=True)
        await aclose_source(source)


# cancellable


async def cancellable__a_watcher_cancels_the_pull(source, token):
    """A task waits for the token and cancels the pull; the token says who caused it."""
    pull = None

    async def watch():
        await token.wait()
        if pull is not None:
            pull.cancel()

    watcher = asyncio.create_task(watch())
    try:
        while not token.cancelled:
            pull = asyncio.ensure_future(anext(source))
            await asyncio.wait({pull})
            if token.cancelled:
                break
            try:
                item = pull.result()
            except StopAsyncIteration:
                break
            yield item
    finally:
        await end_tasks(watcher, pull)
        await aclose_source(source)


async def cancellable__a_new_wait_for_each_item(source, token):
    """Both tasks are made for each item, and ended after it."""
    try:
        while not token.cancelled:
            pull = asyncio.ensure_future(anext(source))
            stop = asyncio.create_task(token.wait())
            try:
                await asyncio.wait([pull, stop], return_when=asyncio.FIRST_COMPLETED)
            finally:
                stop.cancel()
                if not pull.done() or token.cancelled:
                    pull.cancel()
                await asyncio.gather(pull, stop, return_exceptions=True)
            if token.cancelled or isinstance(pull.exception(), StopAsyncIteration):
                return
            yield pull.result()
    finally:
        await aclose_source(source)


# bounded_pipe


async def bounded_pipe__condition(source, maxsize):
    """A list and a condition instead of a queue."""
    from collections import deque

    if maxsize < 1:
        raise ValueError(maxsize)
    held, changed = deque(), asyncio.Condition()

    async def read():
        end = End()
        try:
            async for item in source:
                async with changed:
                    held.append((item,))
                    changed.notify_all()
                    await changed.wait_for(lambda: len(held) < maxsize)
        except Exception as error:
            end = End(error)
        async with changed:
            held.append(end)
            changed.notify_all()

    reader = asyncio.create_task(read())
    try:
        while True:
            async with changed:
                await changed.wait_for(lambda: held)
                came = held.popleft()
                changed.notify_all()
            if isinstance(came, End):
                if came.error:
                    raise came.error
                return
            yield came[0]
    finally:
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        await aclose_source(source)


async def bounded_pipe__watches_the_reader(source, maxsize):
    """No last item: the task that reads is over, and its result says how."""
    if maxsize < 1:
        raise ValueError(maxsize)
    arrived = asyncio.Queue(maxsize)

    async def read():
        async for item in source:
            await arrived.put(item)

    reader, get = asyncio.create_task(read()), None
    try:
        while True:
            get = asyncio.create_task(arrived.get())
            await asyncio.wait({reader, get}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(0)
            if not get.done():
                reader.result()
                return
            yield get.result()
    finally:
        await end_tasks(reader, get)
        await aclose_source(source)


# run_with_deadline


async def run_with_deadline__a_task_and_a_wait(consume, source, seconds):
    """consume runs in its own task; wait only looks, and a late consume is cancelled."""
    parts = []

    class Noted:
        def __aiter__(self):
            return self

        async def __anext__(self):
            token = await anext(source)
            parts.append(token)
            return token

    work = asyncio.ensure_future(consume(Noted()))
    try:
        done, _ = await asyncio.wait({work}, timeout=seconds)
        if not done:
            await end_tasks(work)
            if not work.cancelled():
                work.result()
            return None, "".join(parts), True
        return work.result(), "".join(parts), False
    finally:
        await end_tasks(work)
        await aclose_source(source)


# iterate_in_thread


async def iterate_in_thread__tries_to_close_again(iterable):
    """The executor's future is abandoned, and closing is tried until the thread has let go."""
    loop = asyncio.get_running_loop()
    iterator, over = iter(iterable), object()
    try:
        while True:
            item = await loop.run_in_executor(None, next, iterator, over)
            if item is over:
                break
            yield item
    finally:
        while True:
            try:
                await loop.run_in_executor(None, close_source, iterator)
                break
            except ValueError as error:
                if "already executing" not in str(error):
                    raise
                await asyncio.sleep(0.05)


async def iterate_in_thread__one_step_that_never_raises(iterable):
    """The step in the thread gives the item in a tuple, or an empty one at the end."""
    iterator = await asyncio.to_thread(iter, iterable)

    def step():
        for item in iterator:
            return (item,)
        return ()

    pull = None
    try:
        while True:
            pull = asyncio.create_task(asyncio.to_thread(step))
            found = await asyncio.shield(pull)
            if not found:
                return
            yield found[0]
    finally:
        if pull is not None and not pull.done():
            await asyncio.wait([pull])
        await asyncio.to_thread(close_source, iterator)


# Broadcast


class Broadcast__a_bounded_queue_and_a_flag:
    """A bounded queue for each reader; what does not fit into it is recorded separately."""

    class Reader:
        def __init__(self, maxsize):
            self.queue = asyncio.Queue(maxsize)
            self.end = None

        def finish(self, error=None):
            self.end = End(error)
            if not self.queue.full():
                self.queue.put_nowait(self.end)

        async def items(self):
            while True:
                waits = self.end is not None and self.queue.empty()
                item = self.end if waits else await self.queue.get()
                if not isinstance(item, End):
                    yield item
                elif item.error is not None:
                    raise item.error
                else:
                    return

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError(maxsize)
        self._maxsize, self._members, self._closed = maxsize, [], False

    @property
    def readers(self):
        return len(self._members)

    @contextmanager
    def join(self):
        reader = self.Reader(self._maxsize)
        if self._closed:
            reader.finish()
        else:
            self._members.append(reader)
        try:
            yield reader.items()
        finally:
            if reader in self._members:
                self._members.remove(reader)

    def publish(self, item, role):
        if role != "owner":
            raise PermissionError("only an owner publishes")
        if self._closed:
            raise RuntimeError("closed")
        for reader in list(self._members):
            try:
                reader.queue.put_nowait(item)
            except asyncio.QueueFull:
                self._members.remove(reader)
                reader.finish(OverflowError("too slow"))

    def close(self):
        self._closed = True
        while self._members:
            self._members.pop().finish()


class Broadcast__lists_and_events:
    """A list and an event for each reader, in a context manager that is a class."""

    class Reader:
        def __init__(self, broadcast):
            self.broadcast, self.waiting, self.changed = broadcast, [], asyncio.Event()

        def __enter__(self):
            if self.broadcast._closed:
                self.put(End())
            else:
                self.broadcast._members.append(self)
            return self

        def __exit__(self, *error):
            self.broadcast._leave(self)

        def put(self, item):
            self.waiting.append(item)
            self.changed.set()

        def __aiter__(self):
            return self

        async def __anext__(self):
            while not self.waiting:
                self.changed.clear()
                await self.changed.wait()
            if not isinstance(self.waiting[0], End):
                return self.waiting.pop(0)
            raise self.waiting[0].error or StopAsyncIteration

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError("maxsize must be positive")
        self._maxsize, self._members, self._closed = maxsize, [], False

    @property
    def readers(self):
        return len(self._members)

    def join(self):
        return self.Reader(self)

    def publish(self, item, role):
        if role != "owner":
            raise PermissionError(role)
        if self._closed:
            raise RuntimeError("it is over")
        for reader in self._members[:]:
            if len(reader.waiting) == self._maxsize:
                self._leave(reader)
                reader.put(End(OverflowError()))
            else:
                reader.put(item)

    def close(self):
        self._closed = True
        for reader in self._members[:]:
            self._leave(reader)
            reader.put(End())

    def _leave(self, reader):
        if reader in self._members:
            self._members.remove(reader)
