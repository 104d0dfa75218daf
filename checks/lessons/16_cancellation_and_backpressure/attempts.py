"""What beginners write first for lesson 16: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""


# stop_when


def stop_when__calls_none(tokens, predicate=None, max_chars=None):
    """The learner has overlooked that there may be no predicate."""
    if max_chars is not None and max_chars < 1:
        raise ValueError(max_chars)
    try:
        for token in tokens:
            yield token
            if predicate(token):
                return
    finally:
        close_source(tokens)


def stop_when__compares_none(tokens, predicate=None, max_chars=None):
    """The learner has overlooked that None cannot be compared with a number."""
    sent = 0
    try:
        for token in tokens:
            if sent + len(token) >= max_chars:
                yield token[: max_chars - sent]
                return
            sent += len(token)
            yield token
            if predicate and predicate(token):
                return
    finally:
        close_source(tokens)


def stop_when__predicate_never_called(tokens, predicate=None, max_chars=None):
    """The learner asks whether there is a predicate and not what it says."""
    if max_chars is not None and max_chars < 1:
        raise ValueError(max_chars)
    sent = 0
    try:
        for token in tokens:
            if max_chars is not None and sent + len(token) >= max_chars:
                yield token[: max_chars - sent]
                return
            sent += len(token)
            yield token
            if predicate:
                return
    finally:
        close_source(tokens)


def stop_when__raises_stop_iteration(tokens, predicate=None, max_chars=None):
    """The learner believes that a generator ends by raising StopIteration."""
    if max_chars is not None and max_chars < 1:
        raise ValueError(max_chars)
    sent = 0
    try:
        for token in tokens:
            if max_chars is not None and sent + len(token) >= max_chars:
                yield token[: max_chars - sent]
                raise StopIteration
            sent += len(token)
            yield token
            if predicate and predicate(token):
                raise StopIteration
    finally:
        close_source(tokens)


def stop_when__returns_a_list(tokens, predicate=None, max_chars=None):
    """The learner collects the tokens and returns them at the end."""
    if max_chars is not None and max_chars < 1:
        raise ValueError(max_chars)
    result = []
    for token in tokens:
        result.append(token)
        if predicate and predicate(token):
            break
    return result


def stop_when__closes_in_the_loop(tokens, predicate=None, max_chars=None):
    """The learner closes the source in each round, so that it surely happens."""
    if max_chars is not None and max_chars < 1:
        raise ValueError(max_chars)
    sent = 0
    for token in tokens:
        if max_chars is not None and sent + len(token) >= max_chars:
            yield token[: max_chars - sent]
            return
        sent += len(token)
        yield token
        if predicate and predicate(token):
            return
        close_source(tokens)


def stop_when__yields_all_so_far(tokens, predicate=None, max_chars=None):
    """The learner yields the text so far and not the token."""
    if max_chars is not None and max_chars < 1:
        raise ValueError(max_chars)
    text = ""
    try:
        for token in tokens:
            text += token
            if max_chars is not None and len(text) >= max_chars:
                yield text[:max_chars]
                return
            yield text
            if predicate and predicate(token):
                return
    finally:
        close_source(tokens)


def stop_when__never_asks(tokens, predicate=None, max_chars=None):
    """The learner has overlooked that the predicate is a function."""
    for token in tokens:
        if predicate is not None and predicate:
            yield token
            return
        if max_chars is not None and len(token) > max_chars:
            yield token[:max_chars]
            return
        yield token
    tokens.close()


# first_token_timeout


async def first_token_timeout__for_without_async(source, seconds):
    """The learner reads an asynchronous stream with an ordinary loop."""
    for token in source:
        yield token


async def first_token_timeout__awaits_the_stream(source, seconds):
    """The learner believes that await reads a whole stream."""
    tokens = await source
    for token in tokens:
        yield token


async def first_token_timeout__timeout_with_with(source, seconds):
    """The learner writes with for a timeout that needs async with."""
    try:
        with asyncio.timeout(seconds):
            first = await anext(source)
        yield first
        async for token in source:
            if token:
                yield token
    finally:
        await aclose_source(source)


async def first_token_timeout__class_raised_without_its_argument(source, seconds):
    """The learner has overlooked that the error wants to know the seconds."""
    try:
        try:
            async with asyncio.timeout(seconds):
                token = ""
                while not token:
                    token = await anext(source)
        except TimeoutError:
            raise FirstTokenTimeout
        except StopAsyncIteration:
            return
        yield token
        async for token in source:
            if token:
                yield token
    finally:
        await aclose_source(source)


async def first_token_timeout__end_escapes(source, seconds):
    """The learner has overlooked that anext raises an error at the end of a stream."""
    try:
        token = ""
        try:
            async with asyncio.timeout(seconds):
                while not token:
                    token = await anext(source)
        except TimeoutError as error:
            raise FirstTokenTimeout(seconds) from error
        yield token
        async for token in source:
            if token:
                yield token
    finally:
        await aclose_source(source)


async def first_token_timeout__close_not_awaited(source, seconds):
    """The learner has forgotten the await before aclose_source."""
    try:
        token = ""
        scope = asyncio.timeout(seconds)
        try:
            async with scope:
                while not token:
                    token = await anext(source)
        except TimeoutError as error:
            if scope.expired():
                raise FirstTokenTimeout(seconds) from error
            raise
        except StopAsyncIteration:
            return
        yield token
        async for token in source:
            if token:
                yield token
    finally:
        aclose_source(source)


async def first_token_timeout__closes_the_ordinary_way(source, seconds):
    """The learner closes an asynchronous stream with the function for ordinary ones."""
    try:
        token = ""
        scope = asyncio.timeout(seconds)
        try:
            async with scope:
                while not token:
                    token = await anext(source)
        except TimeoutError as error:
            if scope.expired():
                raise FirstTokenTimeout(seconds) from error
            raise
        except StopAsyncIteration:
            return
        yield token
        async for token in source:
            if token:
                yield token
    finally:
        close_source(source)


async def first_token_timeout__hides_the_wrong_with(source, seconds):
    """The learner has caught every error, also that of the wrong with."""
    try:
        with asyncio.timeout(seconds):
            first = await anext(source)
    except:
        raise FirstTokenTimeout(seconds)
    yield first


# with_heartbeat


async def with_heartbeat__wait_for(source, interval, beat):
    """The learner has overlooked that wait_for cancels what it has waited for."""
    if interval <= 0:
        raise ValueError(interval)
    try:
        while True:
            try:
                yield await asyncio.wait_for(anext(source), interval)
            except TimeoutError:
                yield beat
            except StopAsyncIteration:
                return
    finally:
        await aclose_source(source)


async def with_heartbeat__no_task_for_wait(source, interval, beat):
    """The learner hands asyncio.wait a coroutine and not a task."""
    if interval <= 0:
        raise ValueError(interval)
    while True:
        done, _ = await asyncio.wait([anext(source)], timeout=interval)
        if not done:
            yield beat
            continue
        yield done.pop().result()


async def with_heartbeat__a_task_for_wait(source, interval, beat):
    """The learner hands asyncio.wait one task and not a list of tasks."""
    if interval <= 0:
        raise ValueError(interval)
    pull = asyncio.ensure_future(anext(source))
    while True:
        done, _ = await asyncio.wait(pull, timeout=interval)
        if not done:
            yield beat
            continue
        yield pull.result()
        pull = asyncio.ensure_future(anext(source))


async def with_heartbeat__a_new_pull_each_time(source, interval, beat):
    """The learner has overlooked that the first pull still runs when the next one begins."""
    if interval <= 0:
        raise ValueError(interval)
    try:
        while True:
            pull = asyncio.ensure_future(anext(source))
            done, _ = await asyncio.wait([pull], timeout=interval)
            if done:
                try:
                    yield pull.result()
                except StopAsyncIteration:
                    return
            else:
                yield beat
    finally:
        await aclose_source(source)


async def with_heartbeat__sleeps_between_items(source, interval, beat):
    """The learner believes that a beat comes after each item."""
    if interval <= 0:
        raise ValueError(interval)
    try:
        async for item in source:
            yield item
            await asyncio.sleep(interval)
            yield beat
    finally:
        await aclose_source(source)


async def with_heartbeat__limits_all(source, interval, beat):
    """The learner has overlooked that the time limit raises an error."""
    async with asyncio.timeout(interval):
        async for item in source:
            yield item
    yield beat


async def with_heartbeat__asks_anew_after_a_beat(
    source: AsyncIterator[T], interval: float, beat: T
) -> AsyncIterator[T]:
    """After a beat, one asks for the next item anew."""
    if interval <= 0:
        raise ValueError("interval is not greater than 0")
    task = None
    try:
        while True:
            task = asyncio.ensure_future(anext(source))
            done, _ = await asyncio.wait({task}, timeout=interval)
            if not done:
                yield beat
                continue
            try:
                yield task.result()
            except StopAsyncIteration:
                return
    finally:
        await end_tasks(task)
        await aclose_source(source)


# cancellable


async def cancellable__a_method_of_another_name(source, token):
    """The learner believes that the property is called is_cancelled."""
    try:
        async for item in source:
            if token.is_cancelled:
                return
            yield item
    finally:
        await aclose_source(source)


async def cancellable__property_called(source, token):
    """The learner calls a property as if it were a method."""
    try:
        async for item in source:
            if token.cancelled():
                return
            yield item
    finally:
        await aclose_source(source)


async def cancellable__presses_the_button(source, token):
    """The learner takes the method that presses the button for the question about it."""
    try:
        async for item in source:
            if token.cancel():
                return
            yield item
    finally:
        await aclose_source(source)


async def cancellable__looks_only_between_items(source, token):
    """The learner has overlooked that the source may be silent when the button is pressed."""
    try:
        if token.cancelled:
            return
        async for item in source:
            if token.cancelled:
                return
            yield item
            if token.cancelled:
                return
    finally:
        await aclose_source(source)


async def cancellable__wait_never_awaited(source, token):
    """The learner takes a coroutine for a truth value."""
    try:
        async for item in source:
            if token.wait():
                return
            yield item
    finally:
        await aclose_source(source)


# bounded_pipe


async def bounded_pipe__put_never_awaited(source, maxsize):
    """The learner has forgotten the await before put."""
    if maxsize < 1:
        raise ValueError(maxsize)
    queue = asyncio.Queue(maxsize)

    async def fill():
        try:
            async for item in source:
                queue.put(item)
        finally:
            await aclose_source(source)
        queue.put(End())

    task = asyncio.create_task(fill())
    try:
        while not isinstance(item := await queue.get(), End):
            yield item
    finally:
        await end_tasks(task)


async def bounded_pipe__does_not_wait_for_room(source, maxsize):
    """The learner has overlooked that put_nowait fails when there is no room."""
    if maxsize < 1:
        raise ValueError(maxsize)
    queue = asyncio.Queue(maxsize)

    async def fill():
        try:
            async for item in source:
                queue.put_nowait(item)
            queue.put_nowait(End())
        except Exception as error:
            queue.put_nowait(End(error))
        finally:
            await aclose_source(source)

    task = asyncio.create_task(fill())
    try:
        while not isinstance(item := await queue.get(), End):
            yield item
        if item.error:
            raise item.error
    finally:
        await end_tasks(task)


async def bounded_pipe__no_end(source, maxsize):
    """The learner has forgotten to say at the end that nothing more comes."""
    if maxsize < 1:
        raise ValueError(maxsize)
    queue = asyncio.Queue(maxsize)

    async def fill():
        try:
            async for item in source:
                await queue.put(item)
        finally:
            await aclose_source(source)

    task = asyncio.create_task(fill())
    try:
        while True:
            yield await queue.get()
    finally:
        await end_tasks(task)


async def bounded_pipe__compares_with_the_class(source, maxsize):
    """The learner compares an instance with its class."""
    if maxsize < 1:
        raise ValueError(maxsize)
    queue = asyncio.Queue(maxsize)

    async def fill():
        try:
            async for item in source:
                await queue.put(item)
            await queue.put(End())
        except Exception as error:
            await queue.put(End(error))
        finally:
            await aclose_source(source)

    task = asyncio.create_task(fill())
    try:
        while (item := await queue.get()) != End:
            yield item
    finally:
        await end_tasks(task)


async def bounded_pipe__raises_none(source, maxsize):
    """The learner has overlooked that there may be no error at the end."""
    if maxsize < 1:
        raise ValueError(maxsize)
    queue = asyncio.Queue(maxsize)

    async def fill():
        try:
            async for item in source:
                await queue.put(item)
            await queue.put(End())
        except Exception as error:
            await queue.put(End(error))
        finally:
            await aclose_source(source)

    task = asyncio.create_task(fill())
    try:
        while not isinstance(item := await queue.get(), End):
            yield item
        raise item.error
    finally:
        await end_tasks(task)


async def bounded_pipe__task_of_a_function(source, maxsize):
    """The learner hands create_task the function and not the coroutine that it makes."""
    if maxsize < 1:
        raise ValueError(maxsize)
    queue = asyncio.Queue(maxsize)

    async def fill():
        async for item in source:
            await queue.put(item)
        await queue.put(End())

    task = asyncio.create_task(fill)
    try:
        while not isinstance(item := await queue.get(), End):
            yield item
    finally:
        await end_tasks(task)


async def bounded_pipe__puts_the_class(source, maxsize):
    """The learner has left out the parentheses after a class."""
    q = asyncio.Queue(maxsize=maxsize)

    async def reader():
        async for item in source:
            await q.put(item)
        await q.put(End)

    task = asyncio.create_task(reader())
    while True:
        item = await q.get()
        if isinstance(item, End):
            break
        yield item


# run_with_deadline


async def run_with_deadline__consume_not_awaited(consume, source, seconds):
    """The learner has forgotten the await before consume."""
    partial = []

    async def stream():
        async for token in source:
            partial.append(token)
            yield token

    async with asyncio.timeout(seconds):
        result = consume(stream())
    return result, "".join(partial), False


async def run_with_deadline__hands_over_the_function(consume, source, seconds):
    """The learner hands over the inner function and not the stream that it makes."""
    partial = []

    async def stream():
        async for token in source:
            partial.append(token)
            yield token

    try:
        async with asyncio.timeout(seconds):
            result = await consume(stream)
    except TimeoutError:
        return None, "".join(partial), True
    return result, "".join(partial), False


async def run_with_deadline__assigns_to_an_outer_name(consume, source, seconds):
    """The learner believes that an inner function can add to a text of the outer one."""
    partial = ""

    async def stream():
        async for token in source:
            partial += token
            yield token

    try:
        async with asyncio.timeout(seconds):
            result = await consume(stream())
    except TimeoutError:
        return None, partial, True
    finally:
        await aclose_source(source)
    return result, partial, False


async def run_with_deadline__list_for_text(consume, source, seconds):
    """The learner has forgotten to join the tokens."""
    partial = []

    async def stream():
        async for token in source:
            partial.append(token)
            yield token

    try:
        async with asyncio.timeout(seconds):
            result = await consume(stream())
    except TimeoutError:
        return None, partial, True
    finally:
        await aclose_source(source)
    return result, partial, False


async def run_with_deadline__only_the_result(consume, source, seconds):
    """The learner has overlooked that three things come back."""
    try:
        async with asyncio.timeout(seconds):
            return await consume(source)
    except TimeoutError:
        return None
    finally:
        await aclose_source(source)


# iterate_in_thread


async def iterate_in_thread__calls_next_itself(iterable):
    """The learner hands to_thread the result of next and not the function."""
    iterator = iter(iterable)
    while True:
        yield await asyncio.to_thread(next(iterator))


async def iterate_in_thread__end_in_a_thread(iterable):
    """The learner has overlooked that StopIteration cannot leave a future."""
    iterator = iter(iterable)
    try:
        while True:
            try:
                yield await asyncio.to_thread(next, iterator)
            except StopIteration:
                return
    finally:
        await asyncio.to_thread(close_source, iterable)


async def iterate_in_thread__none_as_the_end(iterable):
    """The learner has overlooked that None may be an item."""
    iterator = iter(iterable)
    try:
        while (item := await asyncio.to_thread(next, iterator, None)) is not None:
            yield item
    finally:
        await asyncio.to_thread(close_source, iterable)


async def iterate_in_thread__async_for_over_a_list(iterable):
    """The learner believes that async for reads an ordinary stream without blocking."""
    async for item in iterable:
        yield item


async def iterate_in_thread__next_of_a_list(iterable):
    """The learner has overlooked that next needs an iterator."""
    end = object()
    try:
        while (item := await asyncio.to_thread(next, iterable, end)) is not end:
            yield item
    finally:
        await asyncio.to_thread(close_source, iterable)


async def iterate_in_thread__not_awaited(iterable):
    """The learner has forgotten the await before to_thread."""
    end = object()
    iterator = iter(iterable)
    while True:
        item = asyncio.to_thread(next, iterator, end)
        if item is end:
            return
        yield item


# Broadcast


class Broadcast__readers_not_a_property:
    """The learner has forgotten that readers is read without parentheses."""

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError(maxsize)
        self.maxsize = maxsize
        self.queues = []
        self.closed = False

    def readers(self):
        return len(self.queues)

    @contextmanager
    def join(self):
        queue = asyncio.Queue()
        if self.closed:
            queue.put_nowait(End())
        else:
            self.queues.append(queue)
        try:
            yield self.read(queue)
        finally:
            if queue in self.queues:
                self.queues.remove(queue)

    async def read(self, queue):
        while not isinstance(item := await queue.get(), End):
            yield item
        if item.error:
            raise item.error

    def publish(self, item, role):
        if role != "owner":
            raise PermissionError(role)
        if self.closed:
            raise RuntimeError("it is closed")
        for queue in list(self.queues):
            if queue.qsize() >= self.maxsize:
                queue.put_nowait(End(OverflowError("too slow")))
                self.queues.remove(queue)
            else:
                queue.put_nowait(item)

    def close(self):
        self.closed = True
        for queue in self.queues:
            queue.put_nowait(End())
        self.queues.clear()


class Broadcast__join_without_its_decorator:
    """The learner has left out the decorator that makes a context manager."""

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError(maxsize)
        self.maxsize = maxsize
        self.queues = []
        self.closed = False

    @property
    def readers(self):
        return len(self.queues)

    def join(self):
        queue = asyncio.Queue()
        if self.closed:
            queue.put_nowait(End())
        else:
            self.queues.append(queue)
        try:
            yield self.read(queue)
        finally:
            if queue in self.queues:
                self.queues.remove(queue)

    async def read(self, queue):
        while not isinstance(item := await queue.get(), End):
            yield item
        if item.error:
            raise item.error

    def publish(self, item, role):
        if role != "owner":
            raise PermissionError(role)
        if self.closed:
            raise RuntimeError("it is closed")
        for queue in list(self.queues):
            if queue.qsize() >= self.maxsize:
                queue.put_nowait(End(OverflowError("too slow")))
                self.queues.remove(queue)
            else:
                queue.put_nowait(item)

    def close(self):
        self.closed = True
        for queue in self.queues:
            queue.put_nowait(End())
        self.queues.clear()


class Broadcast__publish_is_async:
    """The learner has made a coroutine of a method that does not wait."""

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError(maxsize)
        self.maxsize = maxsize
        self.queues = []
        self.closed = False

    @property
    def readers(self):
        return len(self.queues)

    @contextmanager
    def join(self):
        queue = asyncio.Queue()
        self.queues.append(queue)
        try:
            yield self.read(queue)
        finally:
            self.queues.remove(queue)

    async def read(self, queue):
        while not isinstance(item := await queue.get(), End):
            yield item

    async def publish(self, item, role):
        for queue in self.queues:
            await queue.put(item)

    def close(self):
        for queue in self.queues:
            queue.put_nowait(End())


class Broadcast__removes_while_it_loops:
    """The learner removes readers from the list that the loop goes over."""

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError(maxsize)
        self.maxsize = maxsize
        self.queues = []
        self.closed = False

    @property
    def readers(self):
        return len(self.queues)

    @contextmanager
    def join(self):
        queue = asyncio.Queue()
        if self.closed:
            queue.put_nowait(End())
        else:
            self.queues.append(queue)
        try:
            yield self.read(queue)
        finally:
            if queue in self.queues:
                self.queues.remove(queue)

    async def read(self, queue):
        while not isinstance(item := await queue.get(), End):
            yield item
        if item.error:
            raise item.error

    def publish(self, item, role):
        if role != "owner":
            raise PermissionError(role)
        if self.closed:
            raise RuntimeError("it is closed")
        for queue in self.queues:
            if queue.qsize() >= self.maxsize:
                queue.put_nowait(End(OverflowError("too slow")))
                self.queues.remove(queue)
            else:
                queue.put_nowait(item)

    def close(self):
        self.closed = True
        for queue in self.queues:
            queue.put_nowait(End())
        self.queues.clear()


class Broadcast__a_queue_for_all:
    """The learner believes that several readers of one queue each get all items."""

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError(maxsize)
        self.queue = asyncio.Queue(maxsize)
        self.readers = 0

    @contextmanager
    def join(self):
        self.readers += 1
        try:
            yield self.read()
        finally:
            self.readers -= 1

    async def read(self):
        while not isinstance(item := await self.queue.get(), End):
            yield item

    def publish(self, item, role):
        if role != "owner":
            raise PermissionError(role)
        self.queue.put_nowait(item)

    def close(self):
        self.queue.put_nowait(End())


class Broadcast__misses_a_self:
    """The learner has forgotten self in front of an attribute."""

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError(maxsize)
        self.maxsize = maxsize
        queues = []
        self.closed = False

    @property
    def readers(self):
        return len(self.queues)

    @contextmanager
    def join(self):
        queue = asyncio.Queue()
        self.queues.append(queue)
        try:
            yield self.read(queue)
        finally:
            self.queues.remove(queue)

    async def read(self, queue):
        while not isinstance(item := await queue.get(), End):
            yield item

    def publish(self, item, role):
        for queue in self.queues:
            queue.put_nowait(item)

    def close(self):
        for queue in self.queues:
            queue.put_nowait(End())
