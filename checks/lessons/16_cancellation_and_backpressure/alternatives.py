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


def stop_when__an_iterator_class(tokens, predicate=None, max_chars=None):
    """An object with __next__ that knows whether it is over, and closes the iterator it pulls."""
    if max_chars is not None and max_chars < 1:
        raise ValueError(max_chars)

    class Passed:
        def __init__(self):
            self.iterator, self.left, self.is_over = None, max_chars, False

        def __iter__(self):
            return self

        def __next__(self):
            if self.is_over:
                raise StopIteration
            try:
                if self.iterator is None:
                    self.iterator = iter(tokens)
                token = next(self.iterator)
                last = predicate is not None and predicate(token)
            except BaseException:
                self.close()
                raise
            piece = token if self.left is None else token[: self.left]
            if self.left is not None:
                self.left -= len(piece)
            if last or self.left == 0:
                self.close()
            return piece

        def close(self):
            self.is_over = True
            close_source(tokens)

    return Passed()


def stop_when__two_generators(tokens, predicate=None, max_chars=None):
    """One generator for each limit; the predicate is asked after its token was handed out."""
    from contextlib import closing

    def until(items):
        for token in items:
            yield token
            if predicate is not None and predicate(token):
                return

    def cut(items):
        left = max_chars
        for token in items:
            if left is not None and len(token) >= left:
                if predicate is not None:
                    predicate(token)
                yield token[:left]
                return
            yield token
            left = left and left - len(token)

    if max_chars is not None and max_chars < 1:
        raise ValueError("at least one character")
    source = iter(tokens)
    try:
        with closing(until(source)) as passed:
            yield from cut(passed)
    finally:
        close_source(source)


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


async def first_token_timeout__a_handle_that_cancels_the_pull(source, seconds):
    """call_later cancels the pull itself, and a flag says so."""
    expired, pull = [], None

    def expire():
        expired.append(True)
        if pull is not None:
            pull.cancel()

    handle = asyncio.get_running_loop().call_later(seconds, expire)
    try:
        while True:
            pull = asyncio.ensure_future(anext(source))
            try:
                await asyncio.wait([pull])
            finally:
                if not pull.done():
                    await end_tasks(pull)
            if expired and pull.cancelled():
                raise FirstTokenTimeout(seconds)
            try:
                token = pull.result()
            except StopAsyncIteration:
                return
            if token:
                handle.cancel()
                yield token
    finally:
        handle.cancel()
        await aclose_source(source)


async def first_token_timeout__skips_in_a_generator_of_its_own(source, seconds):
    """Empty tokens are left out first; then only one pull has a limit."""

    async def with_text():
        async for token in source:
            if token != "":
                yield token

    texts = with_text()
    try:
        first = asyncio.ensure_future(anext(texts))
        try:
            await asyncio.wait({first}, timeout=seconds)
        finally:
            if not first.done():
                await end_tasks(first)
        if first.cancelled():
            raise FirstTokenTimeout(seconds)
        if isinstance(first.exception(), StopAsyncIteration):
            return
        yield first.result()
        async for token in texts:
            yield token
    finally:
        await texts.aclose()
        await aclose_source(source)


# with_heartbeat


async def with_heartbeat__a_task_reads(source, interval, beat):
    """A task reads the source into a small queue; giving up on the queue is harmless."""
    if not interval > 0:
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


async def with_heartbeat__a_timer_wakes_it_up(source, interval, beat):
    """A future is set by the pull, or by a timer that runs while the caller waits."""
    if not interval > 0:
        raise ValueError(interval)
    loop = asyncio.get_running_loop()
    pull = None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(source))
            wake = loop.create_future()

            def ring(_=None, wake=wake):
                if not wake.done():
                    wake.set_result(None)

            timer = loop.call_later(interval, ring)
            pull.add_done_callback(ring)
            try:
                await wake
            finally:
                timer.cancel()
            if not pull.done():
                yield beat
            elif isinstance(pull.exception(), StopAsyncIteration):
                return
            else:
                item, pull = pull.result(), None
                yield item
    finally:
        await end_tasks(pull)
        await aclose_source(source)


async def with_heartbeat__races_a_sleep(source, interval, beat):
    """Two tasks race: the pull, and a sleep that is made for each wait."""
    if not interval > 0:
        raise ValueError("there must be some time between two beats")
    pull = sleep = None

    async def one():
        async for item in source:
            return [item]
        return []

    try:
        while True:
            if pull is None:
                pull = asyncio.create_task(one())
            sleep = asyncio.create_task(asyncio.sleep(interval))
            await asyncio.wait({pull, sleep}, return_when=asyncio.FIRST_COMPLETED)
            await end_tasks(sleep)
            if pull.done():
                found, pull = pull.result(), None
                if not found:
                    break
                yield found[0]
            else:
                yield beat
    finally:
        await end_tasks(pull, sleep)
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


async def cancellable__one_generator_in_a_task(source, token):
    """The pull is a coroutine that gives a tuple; done callbacks take the place of wait."""
    loop = asyncio.get_running_loop()
    stop = loop.create_task(token.wait())
    pull = None

    async def one():
        try:
            return (await anext(source),)
        except StopAsyncIteration:
            return ()

    try:
        while not token.cancelled:
            pull = loop.create_task(one())
            woken = asyncio.Event()
            for task in (pull, stop):
                task.add_done_callback(lambda _, woken=woken: woken.set())
            await woken.wait()
            if token.cancelled:
                break
            found = pull.result()
            if not found:
                break
            yield found[0]
    finally:
        for task in (pull, stop):
            if task is not None and not task.done():
                task.cancel()
        await asyncio.gather(*filter(None, (pull, stop)), return_exceptions=True)
        await aclose_source(source)


async def cancellable__recursive(source, token):
    """Each item is followed by the rest of the stream, which is the same again."""
    from contextlib import aclosing

    async def rest(depth):
        while not token.cancelled:
            pull, stop = asyncio.ensure_future(anext(source)), asyncio.ensure_future(token.wait())
            try:
                await asyncio.wait((pull, stop), return_when=asyncio.FIRST_COMPLETED)
            finally:
                await end_tasks(stop, pull if not pull.done() else None)
            if token.cancelled or isinstance(pull.exception(), StopAsyncIteration):
                return
            yield pull.result()
            if depth < 20:
                async with aclosing(rest(depth + 1)) as others:
                    async for item in others:
                        yield item
                return

    try:
        async with aclosing(rest(0)) as items:
            async for item in items:
                yield item
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


async def bounded_pipe__semaphores(source, maxsize):
    """An unbounded queue; a semaphore says how many items may be ahead."""
    if not maxsize >= 1:
        raise ValueError("maxsize")
    room, arrived = asyncio.Semaphore(maxsize), asyncio.Queue()

    async def read():
        try:
            while True:
                await room.acquire()
                arrived.put_nowait((await anext(source), None))
        except StopAsyncIteration:
            arrived.put_nowait(None)
        except Exception as error:
            arrived.put_nowait((None, error))

    reader = asyncio.ensure_future(read())
    try:
        while (came := await arrived.get()) is not None:
            item, error = came
            if error is not None:
                raise error
            room.release()
            yield item
    finally:
        await end_tasks(reader)
        await aclose_source(source)


async def bounded_pipe__futures(source, maxsize):
    """A deque, and one event for each direction."""
    from collections import deque

    if maxsize <= 0:
        raise ValueError(maxsize)
    held, filled, emptied = deque(), asyncio.Event(), asyncio.Event()
    is_over = False

    async def read():
        nonlocal is_over
        try:
            async for item in source:
                held.append(item)
                filled.set()
                while len(held) >= maxsize:
                    emptied.clear()
                    await emptied.wait()
        finally:
            is_over = True
            filled.set()

    reader = asyncio.create_task(read())
    try:
        while True:
            while not held and not is_over:
                filled.clear()
                await filled.wait()
            if not held:
                await reader
                return
            item = held.popleft()
            emptied.set()
            yield item
    finally:
        reader.cancel()
        await asyncio.wait({reader})
        if not reader.cancelled():
            reader.exception()
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


async def run_with_deadline__wait_for(consume, source, seconds):
    """wait_for around a coroutine that never lets an error out: so a timeout is its own."""
    text = ""

    async def noted():
        nonlocal text
        async for token in source:
            text += token
            yield token

    async def outcome():
        try:
            return await consume(noted()), None
        except Exception as error:
            return None, error

    try:
        try:
            result, error = await asyncio.wait_for(outcome(), timeout=seconds)
        except TimeoutError:
            return None, text, True
        if error is not None:
            raise error
        return result, text, False
    finally:
        await aclose_source(source)


async def run_with_deadline__a_timer_cancels_it(consume, source, seconds):
    """A timer cancels the task of consume, and notes that it did."""
    parts, late = [], []

    class Noted:
        def __init__(self):
            self.stream = aiter(source)

        def __aiter__(self):
            return self

        async def __anext__(self):
            parts.append(await anext(self.stream))
            return parts[-1]

        async def aclose(self):
            await aclose_source(source)

    async def work():
        return await consume(Noted())

    task = asyncio.ensure_future(work())

    def expire():
        late.append(True)
        task.cancel()

    timer = asyncio.get_running_loop().call_later(seconds, expire)
    try:
        try:
            result = await task
        except asyncio.CancelledError:
            if not (late and task.cancelled()):
                raise
            return None, "".join(parts), True
        return result, "".join(parts), False
    finally:
        timer.cancel()
        await end_tasks(task)
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


async def iterate_in_thread__waits_in_a_loop(iterable):
    """The pull is waited for until it is done, however often that is interrupted."""
    loop = asyncio.get_running_loop()
    iterator = iter(iterable)

    def step():
        try:
            return True, next(iterator)
        except StopIteration:
            return False, None

    async def finish(pull):
        cancelled = None
        while not pull.done():
            try:
                await asyncio.wait({pull})
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            pull.exception()
            raise cancelled
        return pull.result()

    try:
        while True:
            goes_on, item = await finish(loop.run_in_executor(None, step))
            if not goes_on:
                break
            yield item
    finally:
        await loop.run_in_executor(None, close_source, iterator)


async def iterate_in_thread__closes_what_it_was_given(iterable):
    """iter() is called in a thread, a list marks the end, and the iterable itself is closed."""
    iterator, end, pull = None, [], None
    try:
        iterator = await asyncio.to_thread(iter, iterable)
        while True:
            pull = asyncio.create_task(asyncio.to_thread(next, iterator, end))
            item = await asyncio.shield(pull)
            if item is end:
                return
            yield item
    finally:
        if pull is not None:
            await asyncio.gather(pull, return_exceptions=True)
        await asyncio.to_thread(close_source, iterable)


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


class Broadcast__deques_and_futures:
    """A deque for each reader, and a future for the one that waits."""

    class Reader:
        def __init__(self):
            from collections import deque

            self.items, self.end, self.waiter = deque(), None, None

        def wake(self):
            if self.waiter is not None and not self.waiter.done():
                self.waiter.set_result(None)

        async def read(self):
            while True:
                while not self.items:
                    if self.end is not None:
                        if self.end.error is not None:
                            raise self.end.error
                        return
                    self.waiter = asyncio.get_running_loop().create_future()
                    await self.waiter
                yield self.items.popleft()

    def __init__(self, maxsize):
        if not maxsize >= 1:
            raise ValueError("there must be room for an item")
        self._maxsize, self._present, self._over = maxsize, {}, False

    @property
    def readers(self):
        return len(self._present)

    @contextmanager
    def join(self):
        reader = self.Reader()
        if self._over:
            reader.end = End()
        else:
            self._present[id(reader)] = reader
        try:
            yield reader.read()
        finally:
            self._present.pop(id(reader), None)

    def publish(self, item, role):
        if self._over and role == "owner":
            raise RuntimeError("it has been closed")
        if role != "owner":
            raise PermissionError("for owners only")
        for key, reader in list(self._present.items()):
            if len(reader.items) >= self._maxsize:
                del self._present[key]
                reader.end = End(OverflowError("it did not keep up"))
            else:
                reader.items.append(item)
            reader.wake()

    def close(self):
        self._over, present, self._present = True, self._present, {}
        for reader in present.values():
            reader.end = End()
            reader.wake()


class Broadcast__one_log_for_all:
    """One list of all items; a reader knows how far it has read, and from where to where."""

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError(maxsize)
        self._maxsize, self._log, self._members = maxsize, [], []
        self._closed, self._changed = False, asyncio.Event()

    @property
    def readers(self):
        return 0 if self._closed else len(self._members)

    @contextmanager
    def join(self):
        place = {"at": len(self._log), "last": len(self._log) if self._closed else None}
        place["error"] = None
        self._members.append(place)
        try:
            yield self._read(place)
        finally:
            self._members = [member for member in self._members if member is not place]

    def publish(self, item, role):
        if role != "owner":
            raise PermissionError(role)
        if self._closed:
            raise RuntimeError("closed")
        for member in self._members[:]:
            if len(self._log) - member["at"] >= self._maxsize:
                member["last"], member["error"] = len(self._log), OverflowError("too slow")
                self._members = [other for other in self._members if other is not member]
        self._log.append(item)
        self._wake()

    def close(self):
        if not self._closed:
            self._closed = True
            for member in self._members:
                member["last"] = len(self._log)
            self._wake()

    def _wake(self):
        self._changed.set()
        self._changed = asyncio.Event()

    async def _read(self, place):
        while True:
            if place["at"] == place["last"]:
                if place["error"] is not None:
                    raise place["error"]
                return
            if place["at"] < len(self._log):
                place["at"] += 1
                yield self._log[place["at"] - 1]
            else:
                await self._changed.wait()
