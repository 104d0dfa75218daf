"""Wrong answers to lesson 16 that the graders have to reject.

`course/lesson/variants.py` says how these functions are used. Each docstring says what the learner
learner believes, and which test has to prove it wrong.
"""
# Names come from the solution.
# ruff: noqa: F821


# stop_when


def stop_when__drops_the_last_token(tokens, predicate=None, max_chars=None):
    """The token that stops the stream is only a signal.

    Caught by: test_the_token_that_stops_is_the_last
    """
    if max_chars is not None and max_chars < 1:
        raise ValueError(max_chars)
    left = max_chars
    try:
        for token in tokens:
            if predicate is not None and predicate(token):
                break
            yield token[:left]
            if left is not None:
                left = max(0, left - len(token))
                if not left:
                    break
    finally:
        close_source(tokens)


def stop_when__lets_the_last_token_overshoot(tokens, predicate=None, max_chars=None):
    """A limit is reached when the count has reached it.

    Caught by: test_the_text_is_cut_at_max_chars
    """
    if max_chars is not None and max_chars < 1:
        raise ValueError(max_chars)
    count = 0
    try:
        for token in tokens:
            is_last = predicate is not None and predicate(token)
            yield token
            count += len(token)
            if is_last or (max_chars is not None and count >= max_chars):
                break
    finally:
        close_source(tokens)


def stop_when__counts_words(tokens, predicate=None, max_chars=None):
    """Words are close enough to the limit that is meant, and split() counts them.

    Caught by: test_the_text_is_cut_at_max_chars
    """
    count = 0
    for token in tokens:
        yield token
        count += len(token.split())
        if (predicate and predicate(token)) or (max_chars and count >= max_chars):
            break


def stop_when__pulls_one_more(tokens, predicate=None, max_chars=None):
    """The loop checks whether it is over at its beginning.

    Caught by: test_nothing_is_pulled_after_the_last
    """
    if max_chars is not None and max_chars < 1:
        raise ValueError(max_chars)
    left, is_last = max_chars, False
    try:
        for token in tokens:
            if is_last or left == 0:
                break
            is_last = predicate is not None and predicate(token)
            piece = token[:left]
            yield piece
            if left is not None:
                left -= len(piece)
    finally:
        close_source(tokens)


def stop_when__breaks_without_closing(tokens, predicate=None, max_chars=None):
    """break stops the stream.

    Caught by: test_the_source_is_closed
    """
    if max_chars is not None and max_chars < 1:
        raise ValueError(max_chars)
    left = max_chars
    for token in tokens:
        is_last = predicate is not None and predicate(token)
        piece = token[:left]
        yield piece
        if left is not None:
            left -= len(piece)
        if is_last or left == 0:
            break


def stop_when__asks_about_what_is_cut(tokens, predicate=None, max_chars=None):
    """The predicate is about what is handed out.

    Caught by: test_the_predicate_is_asked_once_for_each_token
    """
    if max_chars is not None and max_chars < 1:
        raise ValueError(max_chars)
    left = max_chars
    try:
        for token in tokens:
            piece = token[:left]
            yield piece
            if left is not None:
                left -= len(piece)
            if (predicate is not None and predicate(piece)) or left == 0:
                break
    finally:
        close_source(tokens)


def stop_when__expects_no_interrupts(tokens, predicate=None, max_chars=None):
    """What can come is an Exception, or GeneratorExit when the caller stops.

    Caught by: test_an_error_passes_through
    """
    if max_chars is not None and max_chars < 1:
        raise ValueError(max_chars)
    left = max_chars
    try:
        for token in tokens:
            last = predicate is not None and predicate(token)
            yield token[:left]
            if left is not None:
                left = max(0, left - len(token))
            if last or left == 0:
                close_source(tokens)
                return
    except (Exception, GeneratorExit):
        close_source(tokens)
        raise
    close_source(tokens)


def stop_when__counts_bytes(tokens, predicate=None, max_chars=None):
    """A limit is a number of bytes.

    Caught by: test_max_chars_are_characters
    """
    if max_chars is not None and max_chars < 1:
        raise ValueError(max_chars)
    left = max_chars
    try:
        for token in tokens:
            last = predicate is not None and predicate(token)
            if left is None:
                yield token
            else:
                piece = token.encode()[:left].decode(errors="ignore")
                yield piece
                left -= len(token.encode())
            if last or (left is not None and left <= 0):
                break
    finally:
        close_source(tokens)


def stop_when__takes_an_interrupt_for_the_end(tokens, predicate=None, max_chars=None):
    """Somebody who presses Ctrl-C wants it to stop.

    Caught by: test_an_error_passes_through
    """
    if max_chars is not None and max_chars < 1:
        raise ValueError(max_chars)
    left = max_chars
    try:
        for token in tokens:
            try:
                last = predicate is not None and predicate(token)
            except KeyboardInterrupt:
                return
            yield token[:left]
            if left is not None:
                left = max(0, left - len(token))
            if last or left == 0:
                break
    finally:
        close_source(tokens)


def stop_when__checks_its_limit_with_a_token(tokens, predicate=None, max_chars=None):
    """Without a token nothing has to be checked.

    Caught by: test_max_chars_must_be_positive
    """
    left = max_chars
    try:
        for token in tokens:
            if max_chars is not None and max_chars < 1:
                raise ValueError(max_chars)
            last = predicate is not None and predicate(token)
            yield token[:left]
            if left is not None:
                left = max(0, left - len(token))
            if last or left == 0:
                break
    finally:
        close_source(tokens)


def stop_when__counts_in_a_default(tokens, predicate=None, max_chars=None, count=[0]):  # noqa: B006
    """A default value is made for each call.

    Caught by: test_each_call_is_a_stream_of_its_own
    """
    if max_chars is not None and max_chars < 1:
        raise ValueError(max_chars)
    count[0] = count[0] if max_chars is None else 0
    left = max_chars
    seen = count
    try:
        for token in tokens:
            seen[0] += len(token)
            is_last = predicate is not None and predicate(token)
            yield token[:left]
            if left is not None:
                left = max(0, max_chars - seen[0])
            if is_last or left == 0:
                break
    finally:
        close_source(tokens)


# first_token_timeout


async def first_token_timeout__takes_an_empty_token_for_the_first(source, seconds):
    """The first thing that comes is the first token.

    Caught by: test_empty_tokens_do_not_count
    """
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            token = await anext(source)
        if token:
            yield token
        async for token in source:
            if token:
                yield token
    except StopAsyncIteration:
        return
    except TimeoutError as error:
        if limit.expired():
            raise FirstTokenTimeout(seconds) from error
        raise
    finally:
        await aclose_source(source)


async def first_token_timeout__limits_every_token(source, seconds):
    """A timeout applies to every wait.

    Caught by: test_only_the_first_token_is_limited
    """
    try:
        while True:
            limit = asyncio.timeout(seconds)
            token = ""
            try:
                async with limit:
                    while not token:
                        token = await anext(source)
            except TimeoutError as error:
                if limit.expired():
                    raise FirstTokenTimeout(seconds) from error
                raise
            yield token
    except StopAsyncIteration:
        return
    finally:
        await aclose_source(source)


async def first_token_timeout__restarts_for_each_pull(source, seconds):
    """The limit is for a pull, and an empty token shows that somebody is there.

    Caught by: test_empty_tokens_do_not_count
    """
    token = ""
    try:
        while not token:
            limit = asyncio.timeout(seconds)
            try:
                async with limit:
                    token = await anext(source)
            except TimeoutError as error:
                if limit.expired():
                    raise FirstTokenTimeout(seconds) from error
                raise
        yield token
        async for token in source:
            if token:
                yield token
    except StopAsyncIteration:
        return
    finally:
        await aclose_source(source)


async def first_token_timeout__spans_the_yield(source, seconds):
    """One timeout around the loop, which is switched off after the first token.

    Caught by: test_the_callers_time_is_free
    """
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            async for token in source:
                if token:
                    yield token
                    limit.reschedule(None)
    except TimeoutError as error:
        if limit.expired():
            raise FirstTokenTimeout(seconds) from error
        raise
    finally:
        await aclose_source(source)


async def first_token_timeout__looks_only_when_a_token_comes(source, seconds):
    """Look at the clock at each token.

    Caught by: test_a_model_that_does_not_begin_is_given_up
    """
    now = asyncio.get_running_loop().time
    end, has_begun = now() + seconds, False
    try:
        async for token in source:
            if not has_begun and now() > end:
                raise FirstTokenTimeout(seconds)
            if token:
                has_begun = True
                yield token
    finally:
        await aclose_source(source)


async def first_token_timeout__takes_every_cancellation_for_its_own(source, seconds):
    """A timer cancels the task; so a task that is cancelled was too late.

    Caught by: test_cancellation_passes_through
    """
    loop, token = asyncio.get_running_loop(), ""
    timer = loop.call_later(seconds, asyncio.current_task().cancel)
    try:
        try:
            while not token:
                token = await anext(source)
        except asyncio.CancelledError:
            raise FirstTokenTimeout(seconds) from None
        finally:
            timer.cancel()
        yield token
        async for token in source:
            if token:
                yield token
    except StopAsyncIteration:
        return
    finally:
        await aclose_source(source)


async def first_token_timeout__yields_in_the_block(source, seconds):
    """One timeout block around everything.

    Caught by: test_only_the_first_token_is_limited
    """
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            async for token in source:
                if token:
                    yield token
    except TimeoutError as error:
        if limit.expired():
            raise FirstTokenTimeout(seconds) from error
        raise
    finally:
        await aclose_source(source)


async def first_token_timeout__waits_for_something_visible(source, seconds):
    """A character without width is not the beginning.

    Caught by: test_any_tokens
    """
    limit = asyncio.timeout(seconds)
    token = ""
    try:
        async with limit:
            while not token.strip("\u200b"):
                token = await anext(source)
        yield token
        async for token in source:
            if token:
                yield token
    except StopAsyncIteration:
        return
    except TimeoutError as error:
        if limit.expired():
            raise FirstTokenTimeout(seconds) from error
        raise
    finally:
        await aclose_source(source)


async def first_token_timeout__leaves_an_ended_source_open(source, seconds):
    """A source that has ended is closed.

    Caught by: test_any_tokens
    """
    limit = asyncio.timeout(seconds)
    token = ""
    try:
        async with limit:
            while not token:
                token = await anext(source)
        yield token
        async for token in source:
            if token:
                yield token
    except StopAsyncIteration:
        return
    except TimeoutError as error:
        await aclose_source(source)
        if limit.expired():
            raise FirstTokenTimeout(seconds) from error
        raise
    except BaseException:
        await aclose_source(source)
        raise


async def first_token_timeout__knows_its_error_by_its_class(source, seconds):
    """Nobody else raises FirstTokenTimeout.

    Caught by: test_a_timeout_of_the_same_kind_passes_through
    """
    limit = asyncio.timeout(seconds)
    token = ""
    try:
        async with limit:
            while not token:
                token = await anext(source)
        yield token
        async for token in source:
            if token:
                yield token
    except StopAsyncIteration:
        return
    except TimeoutError as error:
        if limit.expired() or isinstance(error, FirstTokenTimeout):
            raise FirstTokenTimeout(seconds) from error
        raise
    finally:
        await aclose_source(source)


# with_heartbeat


async def with_heartbeat__cancels_the_pull(source, interval, beat):
    """wait_for waits for the next item, and gives up after a time.

    Caught by: test_beats_come_while_it_is_silent
    """
    if not interval > 0:
        raise ValueError(interval)
    try:
        while True:
            try:
                item = await asyncio.wait_for(anext(source), interval)
            except TimeoutError:
                item = beat
            except StopAsyncIteration:
                return
            yield item
    finally:
        await aclose_source(source)


async def with_heartbeat__beats_when_an_item_comes(source, interval, beat):
    """If an item comes late, a beat goes before it.

    Caught by: test_beats_come_while_it_is_silent
    """
    if not interval > 0:
        raise ValueError(interval)
    now = asyncio.get_running_loop().time
    last = now()
    try:
        async for item in source:
            for _ in range(int((now() - last) / interval)):
                yield beat
            yield item
            last = now()
    finally:
        await aclose_source(source)


async def with_heartbeat__looks_once_in_an_interval(source, interval, beat):
    """Sleep for an interval, and then see whether something has come.

    Caught by: test_beats_come_while_it_is_silent
    """
    if not interval > 0:
        raise ValueError(interval)
    pull = None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(source))
            await asyncio.sleep(interval)
            if not pull.done():
                yield beat
                continue
            try:
                item = pull.result()
            except StopAsyncIteration:
                return
            pull = None
            yield item
    finally:
        await end_tasks(pull)
        await aclose_source(source)


async def with_heartbeat__takes_none_for_silence(source, interval, beat):
    """None says that nothing has come.

    Caught by: test_any_item_passes_through
    """
    if not interval > 0:
        raise ValueError(interval)
    pull = None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(source))
            await asyncio.wait({pull}, timeout=interval)
            try:
                item = pull.result() if pull.done() else None
            except StopAsyncIteration:
                return
            if pull.done():
                pull = None
            yield beat if not item and item != "" else item
    finally:
        await end_tasks(pull)
        await aclose_source(source)


async def with_heartbeat__closes_while_it_pulls(source, interval, beat):
    """Closing the source ends the pull, too.

    Caught by: test_stopping_closes_the_source
    """
    if not interval > 0:
        raise ValueError(interval)
    pull = None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(source))
            await asyncio.wait({pull}, timeout=interval)
            if not pull.done():
                yield beat
                continue
            try:
                item = pull.result()
            except StopAsyncIteration:
                return
            pull = None
            yield item
    finally:
        await aclose_source(source)


async def with_heartbeat__counts_from_the_last(source, interval, beat):
    """A beat is due one interval after whatever was yielded last.

    Caught by: test_the_callers_time_is_no_silence
    """
    if not interval > 0:
        raise ValueError(interval)
    now = asyncio.get_running_loop().time
    last, pull = now(), None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(source))
            await asyncio.wait({pull}, timeout=max(0.0, last + interval - now()))
            last = now()
            if not pull.done():
                yield beat
                continue
            try:
                item = pull.result()
            except StopAsyncIteration:
                return
            pull = None
            yield item
    finally:
        await end_tasks(pull)
        await aclose_source(source)


async def with_heartbeat__compares_the_other_way(source, interval, beat):
    """What is not greater than 0 is less than 0, or 0.

    Caught by: test_the_interval_must_be_positive
    """
    if interval <= 0:
        raise ValueError(interval)
    pull = None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(source))
            await asyncio.wait({pull}, timeout=interval)
            if not pull.done():
                yield beat
                continue
            try:
                item = pull.result()
            except StopAsyncIteration:
                return
            pull = None
            yield item
    finally:
        await end_tasks(pull)
        await aclose_source(source)


async def with_heartbeat__drops_what_looks_like_a_beat(source, interval, beat):
    """An item that equals the beat is one.

    Caught by: test_any_item_passes_through
    """
    if not interval > 0:
        raise ValueError(interval)
    pull = None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(source))
            await asyncio.wait({pull}, timeout=interval)
            if not pull.done():
                yield beat
                continue
            try:
                item = pull.result()
            except StopAsyncIteration:
                return
            pull = None
            if item != beat:
                yield item
    finally:
        await end_tasks(pull)
        await aclose_source(source)


async def with_heartbeat__lets_an_error_overtake(source, interval, beat):
    """There is no need to wait with an error.

    Caught by: test_errors_of_any_kind_pass_through
    """
    if not interval > 0:
        raise ValueError(interval)
    queue, broken = asyncio.Queue(1), []

    async def read():
        try:
            async for item in source:
                await queue.put((item,))
            await queue.put(None)
        except Exception as error:
            broken.append(error)
            if not queue.full():
                queue.put_nowait(None)

    reader = asyncio.create_task(read())
    next_item = asyncio.create_task(queue.get())
    try:
        while True:
            if broken:
                raise broken[0]
            await asyncio.wait({next_item}, timeout=interval)
            if not next_item.done():
                yield beat
                continue
            if next_item.result() is None:
                if broken:
                    raise broken[0]
                return
            yield next_item.result()[0]
            next_item = asyncio.create_task(queue.get())
    finally:
        await end_tasks(reader, next_item)
        await aclose_source(source)


async def with_heartbeat__compares_with_the_end(source, interval, beat):
    """An object that nobody else has equals no item.

    Caught by: test_an_item_may_equal_everything
    """
    if not interval > 0:
        raise ValueError("interval must be greater than 0")
    end, pull = object(), None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(source, end))
            await asyncio.wait({pull}, timeout=interval)
            if not pull.done():
                yield beat
                continue
            item, pull = pull.result(), None
            if item == end:
                return
            yield item
    finally:
        await end_tasks(pull)
        await aclose_source(source)


# cancellable


async def cancellable__looks_only_when_an_item_comes(source, token):
    """Look at the token at each item.

    Caught by: test_it_ends_while_the_source_is_silent
    """
    try:
        if token.cancelled:
            return
        async for item in source:
            if token.cancelled:
                break
            yield item
            if token.cancelled:
                break
    finally:
        await aclose_source(source)


async def cancellable__cancels_the_caller(source, token):
    """Code that is cancelled gets CancelledError.

    Caught by: test_it_ends_while_the_source_is_silent
    """
    stop = asyncio.ensure_future(token.wait())
    pull = None
    try:
        while True:
            pull = asyncio.ensure_future(anext(source))
            await asyncio.wait({pull, stop}, return_when=asyncio.FIRST_COMPLETED)
            if token.cancelled:
                raise asyncio.CancelledError(token.reason)
            try:
                item = pull.result()
            except StopAsyncIteration:
                return
            yield item
    finally:
        await end_tasks(pull, stop)
        await aclose_source(source)


async def cancellable__hands_out_what_it_has_fetched(source, token):
    """What was fetched before stop was pressed may still be handed out.

    Caught by: test_nothing_comes_after_it
    """
    if token.cancelled:
        await aclose_source(source)
        return
    stop = asyncio.ensure_future(token.wait())
    pull = asyncio.ensure_future(anext(source))
    try:
        while True:
            await asyncio.wait({pull, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not pull.done():
                return
            try:
                item = pull.result()
            except StopAsyncIteration:
                return
            pull = asyncio.ensure_future(anext(source))
            yield item
    finally:
        await end_tasks(pull, stop)
        await aclose_source(source)


async def cancellable__swallows_the_callers_cancellation(source, token):
    """CancelledError means that somebody has pressed stop; that is a good end.

    Caught by: test_cancellation_passes_through
    """
    stop = asyncio.ensure_future(token.wait())
    pull = None
    try:
        while not token.cancelled:
            pull = asyncio.ensure_future(anext(source))
            await asyncio.wait({pull, stop}, return_when=asyncio.FIRST_COMPLETED)
            if token.cancelled:
                return
            try:
                item = pull.result()
            except StopAsyncIteration:
                return
            yield item
    except asyncio.CancelledError:
        return
    finally:
        await end_tasks(pull, stop)
        await aclose_source(source)


async def cancellable__leaves_a_task(source, token):
    """A task that only waits does no harm.

    Caught by: test_items_pass_through
    """
    stop = asyncio.ensure_future(token.wait())
    pull = None
    try:
        while not token.cancelled:
            pull = asyncio.ensure_future(anext(source))
            await asyncio.wait({pull, stop}, return_when=asyncio.FIRST_COMPLETED)
            if token.cancelled:
                return
            try:
                item = pull.result()
            except StopAsyncIteration:
                return
            yield item
    finally:
        await end_tasks(pull)
        await aclose_source(source)


async def cancellable__looks_again_and_again(source, token):
    """Twenty times a second is soon enough.

    Caught by: test_it_ends_while_the_source_is_silent
    """
    pull = None
    try:
        while not token.cancelled:
            pull = pull or asyncio.ensure_future(anext(source))
            await asyncio.wait({pull}, timeout=0.05)
            if token.cancelled:
                return
            if pull.done():
                try:
                    item = pull.result()
                except StopAsyncIteration:
                    return
                pull = None
                yield item
    finally:
        await end_tasks(pull)
        await aclose_source(source)


async def cancellable__cancels_its_own_task(source, token):
    """The task that pulls is this one. Cancel it, and catch that here.

    Caught by: test_nothing_comes_after_it
    """
    task = asyncio.current_task()

    async def watch():
        await token.wait()
        task.cancel()

    watcher = asyncio.create_task(watch())
    try:
        if token.cancelled:
            return
        async for item in source:
            yield item
            if token.cancelled:
                return
    except asyncio.CancelledError:
        if not token.cancelled:
            raise
    finally:
        await end_tasks(watcher)
        await aclose_source(source)


async def cancellable__counts_the_item_of_that_moment(source, token):
    """What has come before the stream ends is handed out.

    Caught by: test_an_item_of_that_moment_comes_too_late
    """
    stop = asyncio.ensure_future(token.wait())
    pull = None
    try:
        while not token.cancelled:
            pull = asyncio.ensure_future(anext(source))
            await asyncio.wait({pull, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not pull.done():
                return
            try:
                item = pull.result()
            except StopAsyncIteration:
                return
            yield item
    finally:
        await end_tasks(pull, stop)
        await aclose_source(source)


async def cancellable__takes_a_runtime_error_for_the_end(source, token):
    """RuntimeError is what a generator raises that is closed during a pull.

    Caught by: test_errors_of_any_kind_pass_through
    """
    stop = asyncio.ensure_future(token.wait())
    pull = None
    try:
        while not token.cancelled:
            pull = asyncio.ensure_future(anext(source))
            await asyncio.wait({pull, stop}, return_when=asyncio.FIRST_COMPLETED)
            if token.cancelled:
                return
            try:
                item = pull.result()
            except (StopAsyncIteration, RuntimeError):
                return
            yield item
    finally:
        await end_tasks(pull, stop)
        await aclose_source(source)


async def cancellable__presses_stop_after_an_error(source, token):
    """A stream that is broken has been stopped.

    Caught by: test_any_items
    """
    stop = asyncio.ensure_future(token.wait())
    pull = None
    try:
        while not token.cancelled:
            pull = asyncio.ensure_future(anext(source))
            await asyncio.wait({pull, stop}, return_when=asyncio.FIRST_COMPLETED)
            if token.cancelled:
                return
            try:
                item = pull.result()
            except StopAsyncIteration:
                return
            yield item
    except ConnectionError:
        token.cancel("broken")
        raise
    finally:
        await end_tasks(pull, stop)
        await aclose_source(source)


async def cancellable__leaves_an_ended_source_open(source, token):
    """A source that has ended is closed.

    Caught by: test_any_items
    """
    stop = asyncio.ensure_future(token.wait())
    pull = None
    try:
        while not token.cancelled:
            pull = asyncio.ensure_future(anext(source))
            await asyncio.wait({pull, stop}, return_when=asyncio.FIRST_COMPLETED)
            if token.cancelled:
                break
            try:
                item = pull.result()
            except StopAsyncIteration:
                source = None
                return
            yield item
    finally:
        await end_tasks(pull, stop)
        await aclose_source(source)


async def cancellable__compares_with_the_end(source, token):
    """An object that nobody else has equals no item.

    Caught by: test_an_item_may_equal_everything
    """
    stop = asyncio.ensure_future(token.wait())
    end, pull = object(), None
    try:
        while not token.cancelled:
            pull = asyncio.ensure_future(anext(source, end))
            await asyncio.wait({pull, stop}, return_when=asyncio.FIRST_COMPLETED)
            if token.cancelled or (item := pull.result()) == end:
                return
            yield item
    finally:
        await end_tasks(pull, stop)
        await aclose_source(source)


# bounded_pipe


async def bounded_pipe__has_no_bound(source, maxsize):
    """Typed as an AsyncIterator, the stream controls its flow by itself.

    Caught by: test_the_source_waits_for_a_slow_caller
    """
    if maxsize < 1:
        raise ValueError(maxsize)
    arrived = asyncio.Queue()

    async def read():
        end = End()
        try:
            async for item in source:
                await arrived.put(item)
        except Exception as error:
            end = End(error)
        await arrived.put(end)

    reader = asyncio.create_task(read())
    try:
        while not isinstance(item := await arrived.get(), End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        await end_tasks(reader)
        await aclose_source(source)


async def bounded_pipe__is_a_plain_loop(source, maxsize):
    """An asynchronous loop lets others work while it waits.

    Caught by: test_source_and_caller_work_at_the_same_time
    """
    if maxsize < 1:
        raise ValueError(maxsize)
    try:
        async for item in source:
            yield item
    finally:
        await aclose_source(source)


async def bounded_pipe__takes_none_for_the_end(source, maxsize):
    """None is not an item, so it can mark the end.

    Caught by: test_any_item_passes_through
    """
    if maxsize < 1:
        raise ValueError(maxsize)
    arrived = asyncio.Queue(maxsize)

    async def read():
        async for item in source:
            await arrived.put(item)
        await arrived.put(None)

    reader = asyncio.create_task(read())
    try:
        while (item := await arrived.get()) is not None:
            yield item
    finally:
        await end_tasks(reader)
        await aclose_source(source)


async def bounded_pipe__puts_the_end_in_finally(source, maxsize):
    """The end has to be announced in every case, so it belongs in finally.

    Caught by: test_it_can_be_closed_at_any_time
    """
    if maxsize < 1:
        raise ValueError(maxsize)
    arrived = asyncio.Queue(maxsize)

    async def read():
        end = End()
        try:
            async for item in source:
                await arrived.put(item)
        except Exception as error:
            end = End(error)
        finally:
            await arrived.put(end)

    reader = asyncio.create_task(read())
    try:
        while not isinstance(item := await arrived.get(), End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        await end_tasks(reader)
        await aclose_source(source)


async def bounded_pipe__loses_the_error(source, maxsize):
    """An error in a task comes to light by itself.

    Caught by: test_items_before_an_error_come_first
    """
    if maxsize < 1:
        raise ValueError(maxsize)
    arrived = asyncio.Queue(maxsize)

    async def read():
        async for item in source:
            await arrived.put(item)
        await arrived.put(End())

    reader = asyncio.create_task(read())
    try:
        while not isinstance(item := await arrived.get(), End):
            yield item
    finally:
        await end_tasks(reader)
        await aclose_source(source)


async def bounded_pipe__puts_the_end_without_waiting(source, maxsize):
    """The end is not an item, so it needs no room.

    Caught by: test_the_end_waits_for_room_too
    """
    if maxsize < 1:
        raise ValueError(maxsize)
    arrived = asyncio.Queue(maxsize)

    async def read():
        end = End()
        try:
            async for item in source:
                await arrived.put(item)
        except Exception as error:
            end = End(error)
        arrived.put_nowait(end)

    reader = asyncio.create_task(read())
    try:
        while not isinstance(item := await arrived.get(), End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        await end_tasks(reader)
        await aclose_source(source)


async def bounded_pipe__expects_one_kind_of_error(source, maxsize):
    """A source breaks when its connection does.

    Caught by: test_items_before_an_error_come_first
    """
    if maxsize < 1:
        raise ValueError(maxsize)
    arrived = asyncio.Queue(maxsize)

    async def read():
        end = End()
        try:
            async for item in source:
                await arrived.put(item)
        except ConnectionError as error:
            end = End(error)
        await arrived.put(end)

    reader = asyncio.create_task(read())
    try:
        while not isinstance(item := await arrived.get(), End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        await end_tasks(reader)
        await aclose_source(source)


async def bounded_pipe__knows_errors_by_their_kind(source, maxsize):
    """QueueFull can only come from the queue.

    Caught by: test_errors_of_any_kind_pass_through
    """
    if maxsize < 1:
        raise ValueError(maxsize)
    arrived = asyncio.Queue(maxsize)

    async def read():
        end = End()
        try:
            async for item in source:
                await arrived.put(item)
        except asyncio.QueueFull:
            pass
        except Exception as error:
            end = End(error)
        await arrived.put(end)

    reader = asyncio.create_task(read())
    try:
        while not isinstance(item := await arrived.get(), End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        await end_tasks(reader)
        await aclose_source(source)


async def bounded_pipe__raises_what_is_an_item(source, maxsize):
    """An exception in the queue is what broke the source.

    Caught by: test_any_items
    """
    if maxsize < 1:
        raise ValueError(maxsize)
    arrived = asyncio.Queue(maxsize)

    async def read():
        end = End()
        try:
            async for item in source:
                await arrived.put(item)
        except Exception as error:
            await arrived.put(error)
            return
        await arrived.put(end)

    reader = asyncio.create_task(read())
    try:
        while not isinstance(item := await arrived.get(), End):
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        await end_tasks(reader)
        await aclose_source(source)


async def bounded_pipe__lets_the_reader_finish(source, maxsize):
    """Give the reader some time before it is cancelled.

    Caught by: test_any_items
    """
    if maxsize < 1:
        raise ValueError(maxsize)
    arrived = asyncio.Queue(maxsize)
    stopped = False

    async def read():
        end = End()
        try:
            async for item in source:
                if stopped:
                    return
                await arrived.put(item)
        except Exception as error:
            end = End(error)
        await arrived.put(end)

    reader = asyncio.create_task(read())
    try:
        while not isinstance(item := await arrived.get(), End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stopped = True
        await asyncio.wait({reader}, timeout=5)
        await end_tasks(reader)
        await aclose_source(source)


async def bounded_pipe__drops_repetitions(source, maxsize):
    """The same item twice is one too many.

    Caught by: test_an_item_may_equal_everything
    """
    if maxsize < 1:
        raise ValueError(maxsize)
    arrived = asyncio.Queue(maxsize)

    async def read():
        end, last = End(), End()
        try:
            async for item in source:
                if item != last:
                    await arrived.put(item)
                last = item
        except Exception as error:
            end = End(error)
        await arrived.put(end)

    reader = asyncio.create_task(read())
    try:
        while not isinstance(item := await arrived.get(), End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        await end_tasks(reader)
        await aclose_source(source)


async def bounded_pipe__compares_with_the_end(source, maxsize):
    """An object that nobody else has equals no item.

    Caught by: test_an_item_may_equal_everything
    """
    if maxsize < 1:
        raise ValueError("maxsize must be at least 1")
    arrived, end, errors = asyncio.Queue(maxsize), object(), []

    async def read():
        try:
            async for item in source:
                await arrived.put(item)
        except Exception as error:
            errors.append(error)
        await arrived.put(end)

    reader = asyncio.create_task(read())
    try:
        while (item := await arrived.get()) != end:
            yield item
        if errors:
            raise errors[0]
    finally:
        await end_tasks(reader)
        await aclose_source(source)


# run_with_deadline


async def run_with_deadline__spans_the_yield(consume, source, seconds):
    """The stream knows the deadline, and ends when it is over.

    Caught by: test_the_work_counts_as_well
    """
    taken = []

    async def noted():
        async with asyncio.timeout(seconds):
            async for token in source:
                taken.append(token)
                yield token

    stream = noted()
    try:
        result = await consume(stream)
    except TimeoutError:
        return None, "".join(taken), True
    finally:
        await aclose_source(stream)
        await aclose_source(source)
    return result, "".join(taken), False


async def run_with_deadline__limits_each_pull(consume, source, seconds):
    """A source that is on time is all that can be asked for.

    Caught by: test_what_came_before_the_deadline_is_kept
    """
    taken = []

    async def noted():
        while True:
            try:
                async with asyncio.timeout(seconds):
                    token = await anext(source)
            except StopAsyncIteration:
                return
            taken.append(token)
            yield token

    stream = noted()
    try:
        result = await consume(stream)
    except TimeoutError:
        return None, "".join(taken), True
    finally:
        await aclose_source(stream)
        await aclose_source(source)
    return result, "".join(taken), False


async def run_with_deadline__loses_what_came(consume, source, seconds):
    """When the time is up there is nothing to return.

    Caught by: test_what_came_before_the_deadline_is_kept
    """
    taken = []

    async def noted():
        async for token in source:
            taken.append(token)
            yield token

    stream = noted()
    try:
        result = await asyncio.wait_for(consume(stream), seconds)
    except TimeoutError:
        return None, "", True
    finally:
        await aclose_source(stream)
        await aclose_source(source)
    return result, "".join(taken), False


async def run_with_deadline__shields_it(consume, source, seconds):
    """Code in the middle of something must not be disturbed.

    Caught by: test_what_came_before_the_deadline_is_kept
    """
    taken = []

    async def noted():
        async for token in source:
            taken.append(token)
            yield token

    task = asyncio.ensure_future(consume(noted()))
    try:
        result = await asyncio.wait_for(asyncio.shield(task), seconds)
    except TimeoutError:
        if task.done():
            raise
        return None, "".join(taken), True
    await aclose_source(source)
    return result, "".join(taken), False


async def run_with_deadline__takes_every_cancellation_for_its_own(consume, source, seconds):
    """When consume is cancelled, the time is up.

    Caught by: test_cancellation_passes_through
    """
    taken = []

    async def noted():
        async for token in source:
            taken.append(token)
            yield token

    stream = noted()
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            result = await consume(stream)
    except (TimeoutError, asyncio.CancelledError) as error:
        if isinstance(error, TimeoutError) and not limit.expired():
            raise
        return None, "".join(taken), True
    finally:
        await aclose_source(stream)
        await aclose_source(source)
    return result, "".join(taken), False


async def run_with_deadline__takes_none_for_a_timeout(consume, source, seconds):
    """If there is no result, the time is up.

    Caught by: test_whoever_is_done_in_time_gives_a_result
    """
    taken, result = [], None

    async def noted():
        async for token in source:
            taken.append(token)
            yield token

    stream = noted()
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            result = await consume(stream)
    except TimeoutError:
        if not limit.expired():
            raise
    finally:
        await aclose_source(stream)
        await aclose_source(source)
    return result, "".join(taken), result is None


async def run_with_deadline__strips_the_text(consume, source, seconds):
    """White space at the ends is not text.

    Caught by: test_any_consume
    """
    taken = []

    async def noted():
        async for token in source:
            taken.append(token)
            yield token

    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            result = await consume(noted())
    except TimeoutError:
        if not limit.expired():
            raise
        return None, "".join(taken).strip(), True
    finally:
        await aclose_source(source)
    return result, "".join(taken).strip(), False


async def run_with_deadline__replaces_an_error(consume, source, seconds):
    """consume should not have to know the errors of a source.

    Caught by: test_errors_of_any_kind_pass_through
    """
    taken = []

    async def noted():
        try:
            async for token in source:
                taken.append(token)
                yield token
        except KeyError as error:
            raise RuntimeError("source") from error

    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            result = await consume(noted())
    except TimeoutError:
        if not limit.expired():
            raise
        return None, "".join(taken), True
    finally:
        await aclose_source(source)
    return result, "".join(taken), False


async def run_with_deadline__returns_none_for_nothing(consume, source, seconds):
    """An empty result is none.

    Caught by: test_any_consume
    """
    taken = []

    async def noted():
        async for token in source:
            taken.append(token)
            yield token

    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            result = await consume(noted())
    except TimeoutError:
        if not limit.expired():
            raise
        return None, "".join(taken), True
    finally:
        await aclose_source(source)
    return result or None, "".join(taken), False


async def run_with_deadline__collects_in_a_default(consume, source, seconds, taken=[]):  # noqa: B006
    """A list in a default, emptied at the beginning, belongs to the call.

    Caught by: test_two_at_once
    """

    async def noted():
        async for token in source:
            taken.append(token)
            yield token

    taken.clear()
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            result = await consume(noted())
    except TimeoutError:
        if not limit.expired():
            raise
        return None, "".join(taken), True
    finally:
        await aclose_source(source)
    return result, "".join(taken), False


# iterate_in_thread


async def iterate_in_thread__makes_a_list_in_a_thread(iterable):
    """Everything that blocks belongs in a thread: all of it.

    Caught by: test_others_run_meanwhile
    """
    try:
        for item in await asyncio.to_thread(list, iterable):
            yield item
    finally:
        await asyncio.to_thread(close_source, iterable)


async def iterate_in_thread__loops_with_for(iterable):
    """A yield in an async function makes anything asynchronous.

    Caught by: test_others_run_meanwhile
    """
    try:
        for item in iterable:
            yield item
            await asyncio.sleep(0)
    finally:
        close_source(iterable)


async def iterate_in_thread__lets_the_end_travel(iterable):
    """The end of an iterator is a StopIteration, in a thread too.

    Caught by: test_items_pass_through
    """
    iterator = iter(iterable)
    try:
        while True:
            try:
                item = await asyncio.to_thread(next, iterator)
            except StopIteration:
                return
            yield item
    finally:
        await asyncio.to_thread(close_source, iterator)


async def iterate_in_thread__closes_in_the_event_loop(iterable):
    """Closing something takes no time.

    Caught by: test_stopping_closes_it_in_a_thread
    """
    iterator, end, pull = iter(iterable), object(), None
    try:
        while True:
            pull = asyncio.ensure_future(asyncio.to_thread(next, iterator, end))
            item = await asyncio.shield(pull)
            if item is end:
                return
            yield item
    finally:
        await asyncio.gather(*[pull] if pull else [], return_exceptions=True)
        close_source(iterator)


async def iterate_in_thread__closes_while_the_thread_pulls(iterable):
    """Code that is cancelled is not in next() anymore.

    Caught by: test_a_pull_is_waited_for_before_closing
    """
    iterator, end = iter(iterable), object()
    try:
        while (item := await asyncio.to_thread(next, iterator, end)) is not end:
            yield item
    finally:
        await asyncio.to_thread(close_source, iterator)


async def iterate_in_thread__awaits_the_pull(iterable):
    """Waiting for a pull means awaiting it.

    Caught by: test_an_error_that_comes_too_late_is_dropped
    """
    iterator, end, pull = iter(iterable), object(), None
    try:
        while True:
            pull = asyncio.ensure_future(asyncio.to_thread(next, iterator, end))
            item = await asyncio.shield(pull)
            if item is end:
                return
            yield item
    finally:
        try:
            if pull is not None and not pull.done():
                await pull
        finally:
            await asyncio.to_thread(close_source, iterator)


async def iterate_in_thread__takes_an_item_for_the_end(iterable):
    """StopIteration can mark the end.

    Caught by: test_any_items
    """
    iterator = iter(iterable)
    end = StopIteration
    try:
        while True:
            pull = asyncio.ensure_future(asyncio.to_thread(next, iterator, end))
            item = await asyncio.shield(pull)
            if item is end or isinstance(item, StopIteration):
                return
            yield item
    finally:
        await asyncio.gather(pull, return_exceptions=True)
        await asyncio.to_thread(close_source, iterator)


async def iterate_in_thread__leaves_an_ended_source_open(iterable):
    """A source that has ended is closed.

    Caught by: test_any_items
    """
    iterator = iter(iterable)
    end = object()
    pull = None
    try:
        while True:
            pull = asyncio.ensure_future(asyncio.to_thread(next, iterator, end))
            item = await asyncio.shield(pull)
            if item is end:
                return
            yield item
    except BaseException:
        await asyncio.gather(pull, return_exceptions=True)
        await asyncio.to_thread(close_source, iterator)
        raise


async def iterate_in_thread__pulls_two_at_a_time(iterable):
    """One thread for two items is cheaper.

    Caught by: test_others_run_meanwhile
    """
    import itertools

    iterator = iter(iterable)
    try:
        while True:
            pull = asyncio.ensure_future(
                asyncio.to_thread(lambda: list(itertools.islice(iterator, 2)))
            )
            items = await asyncio.shield(pull)
            if not items:
                return
            for item in items:
                yield item
    finally:
        await asyncio.gather(pull, return_exceptions=True)
        await asyncio.to_thread(close_source, iterator)


async def iterate_in_thread__compares_with_the_end(iterable):
    """An object that nobody else has equals no item.

    Caught by: test_an_item_may_equal_everything
    """
    iterator, end = iter(iterable), object()
    try:
        while True:
            pull = asyncio.ensure_future(asyncio.to_thread(next, iterator, end))
            if (item := await asyncio.shield(pull)) == end:
                return
            yield item
    finally:
        await asyncio.gather(pull, return_exceptions=True)
        await asyncio.to_thread(close_source, iterator)


# Broadcast


class Broadcast__shares_one_queue:
    """A queue takes in what is published, and the readers take it out.

    Caught by: test_everybody_gets_everything
    """

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError(maxsize)
        self._queue = asyncio.Queue(maxsize)
        self._readers = 0

    @property
    def readers(self):
        return self._readers

    @contextmanager
    def join(self):
        self._readers += 1
        try:
            yield self._items()
        finally:
            self._readers -= 1

    def publish(self, item, role):
        if role != "owner":
            raise PermissionError(role)
        self._queue.put_nowait(item)

    def close(self):
        for _ in range(self._readers):
            self._queue.put_nowait(End())

    async def _items(self):
        while not isinstance(item := await self._queue.get(), End):
            yield item


class Broadcast__joins_at_the_first_read:
    """A reader begins when it reads.

    Caught by: test_a_reader_belongs_to_it_from_the_start_of_its_block
    """

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError(maxsize)
        self._maxsize, self._queues, self._closed = maxsize, set(), False

    @property
    def readers(self):
        return len(self._queues)

    @contextmanager
    def join(self):
        yield self._items()

    def publish(self, item, role):
        if role != "owner":
            raise PermissionError(role)
        if self._closed:
            raise RuntimeError("closed")
        for queue in [*self._queues]:
            if queue.qsize() < self._maxsize:
                queue.put_nowait(item)
            else:
                self._queues.remove(queue)
                queue.put_nowait(End(OverflowError()))

    def close(self):
        self._closed = True
        for queue in self._queues:
            queue.put_nowait(End())
        self._queues.clear()

    async def _items(self):
        if self._closed:
            return
        queue = asyncio.Queue()
        self._queues.add(queue)
        try:
            while not isinstance(item := await queue.get(), End):
                yield item
            if item.error is not None:
                raise item.error
        finally:
            self._queues.discard(queue)


class Broadcast__has_no_bound:
    """Each reader has its own queue, so nobody holds up anybody.

    Caught by: test_a_slow_reader_is_dropped
    """

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError(maxsize)
        self._queues, self._closed = set(), False

    @property
    def readers(self):
        return len(self._queues)

    @contextmanager
    def join(self):
        queue = asyncio.Queue()
        if self._closed:
            queue.put_nowait(End())
        self._queues.add(queue)
        try:
            yield self._items(queue)
        finally:
            self._queues.discard(queue)

    def publish(self, item, role):
        if role != "owner":
            raise PermissionError(role)
        if self._closed:
            raise RuntimeError("closed")
        for queue in self._queues:
            queue.put_nowait(item)

    def close(self):
        self._closed = True
        for queue in self._queues:
            queue.put_nowait(End())

    async def _items(self, queue):
        while not isinstance(item := await queue.get(), End):
            yield item


class Broadcast__drops_items_silently:
    """A reader that is too slow misses something and will not notice.

    Caught by: test_a_slow_reader_is_dropped
    """

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError(maxsize)
        self._maxsize, self._queues, self._closed = maxsize, set(), False

    @property
    def readers(self):
        return len(self._queues)

    @contextmanager
    def join(self):
        queue = asyncio.Queue()
        if self._closed:
            queue.put_nowait(End())
        else:
            self._queues.add(queue)
        try:
            yield self._items(queue)
        finally:
            self._queues.discard(queue)

    def publish(self, item, role):
        if role != "owner":
            raise PermissionError(role)
        if self._closed:
            raise RuntimeError("closed")
        for queue in [*self._queues]:
            if queue.qsize() < self._maxsize:
                queue.put_nowait(item)
            else:
                self._queues.remove(queue)
                queue.put_nowait(End())

    def close(self):
        self._closed = True
        for queue in self._queues:
            queue.put_nowait(End())
        self._queues.clear()

    async def _items(self, queue):
        while not isinstance(item := await queue.get(), End):
            yield item


class Broadcast__keeps_whoever_fails:
    """What comes after a yield runs at the end of the block.

    Caught by: test_a_reader_leaves_with_its_block
    """

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError(maxsize)
        self._maxsize, self._queues, self._closed = maxsize, set(), False

    @property
    def readers(self):
        return len(self._queues)

    @contextmanager
    def join(self):
        queue = asyncio.Queue()
        if self._closed:
            queue.put_nowait(End())
        else:
            self._queues.add(queue)
        yield self._items(queue)
        self._queues.discard(queue)

    def publish(self, item, role):
        if role != "owner":
            raise PermissionError(role)
        if self._closed:
            raise RuntimeError("closed")
        for queue in [*self._queues]:
            if queue.qsize() < self._maxsize:
                queue.put_nowait(item)
            else:
                self._queues.remove(queue)
                queue.put_nowait(End(OverflowError("too slow")))

    def close(self):
        self._closed = True
        for queue in self._queues:
            queue.put_nowait(End())
        self._queues.clear()

    async def _items(self, queue):
        while not isinstance(item := await queue.get(), End):
            yield item
        if item.error is not None:
            raise item.error


class Broadcast__takes_none_for_the_end:
    """Nobody publishes None, so it can mark the end.

    Caught by: test_any_item_passes_through
    """

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError(maxsize)
        self._maxsize, self._queues, self._closed = maxsize, set(), False

    @property
    def readers(self):
        return len(self._queues)

    @contextmanager
    def join(self):
        queue = asyncio.Queue()
        if self._closed:
            queue.put_nowait(None)
        else:
            self._queues.add(queue)
        try:
            yield self._items(queue)
        finally:
            self._queues.discard(queue)

    def publish(self, item, role):
        if role != "owner":
            raise PermissionError(role)
        if self._closed:
            raise RuntimeError("closed")
        for queue in [*self._queues]:
            if queue.qsize() < self._maxsize:
                queue.put_nowait(item)
            else:
                self._queues.remove(queue)
                queue.put_nowait(OverflowError())

    def close(self):
        self._closed = True
        for queue in self._queues:
            queue.put_nowait(None)
        self._queues.clear()

    async def _items(self, queue):
        while (item := await queue.get()) is not None:
            if isinstance(item, OverflowError):
                raise item
            yield item


class Broadcast__passes_over_the_next_reader:
    """A reader that is too slow is taken out of the list on the way.

    Caught by: test_a_slow_reader_is_dropped
    """

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError(maxsize)
        self._maxsize, self._queues, self._closed = maxsize, [], False

    @property
    def readers(self):
        return len(self._queues)

    @contextmanager
    def join(self):
        queue = asyncio.Queue()
        if self._closed:
            queue.put_nowait(End())
        else:
            self._queues.append(queue)
        try:
            yield self._items(queue)
        finally:
            if queue in self._queues:
                self._queues.remove(queue)

    def publish(self, item, role):
        if role != "owner":
            raise PermissionError(role)
        if self._closed:
            raise RuntimeError("closed")
        for queue in self._queues:
            if queue.qsize() < self._maxsize:
                queue.put_nowait(item)
            else:
                self._queues.remove(queue)
                queue.put_nowait(End(OverflowError()))

    def close(self):
        self._closed = True
        for queue in self._queues:
            queue.put_nowait(End())
        self._queues.clear()

    async def _items(self, queue):
        while not isinstance(item := await queue.get(), End):
            yield item
        if item.error is not None:
            raise item.error


class Broadcast__refuses_viewers_only:
    """There are two roles, and one of them may not publish.

    Caught by: test_only_an_owner_publishes
    """

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError(maxsize)
        self._maxsize, self._queues, self._closed = maxsize, set(), False

    @property
    def readers(self):
        return len(self._queues)

    @contextmanager
    def join(self):
        queue = asyncio.Queue()
        if self._closed:
            queue.put_nowait(End())
        else:
            self._queues.add(queue)
        try:
            yield self._items(queue)
        finally:
            self._queues.discard(queue)

    def publish(self, item, role):
        if role == "viewer":
            raise PermissionError(role)
        if self._closed:
            raise RuntimeError("closed")
        for queue in [*self._queues]:
            if queue.qsize() < self._maxsize:
                queue.put_nowait(item)
            else:
                self._queues.remove(queue)
                queue.put_nowait(End(OverflowError()))

    def close(self):
        self._closed = True
        for queue in self._queues:
            queue.put_nowait(End())
        self._queues.clear()

    async def _items(self, queue):
        while not isinstance(item := await queue.get(), End):
            yield item
        if item.error is not None:
            raise item.error


class Broadcast__counts_what_was_read:
    """A reader that was slow and has caught up a little is still slow.

    Caught by: test_any_course
    """

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError
        self._maxsize = maxsize
        self._queues = {}
        self._closed = False

    @property
    def readers(self):
        return len(self._queues)

    @contextmanager
    def join(self):
        queue = asyncio.Queue()
        if self._closed:
            queue.put_nowait(End())
        else:
            self._queues[queue] = 0
        try:
            yield self._items(queue)
        finally:
            self._queues.pop(queue, None)

    def publish(self, item, role):
        if role != "owner":
            raise PermissionError(role)
        if self._closed:
            raise RuntimeError
        for queue in [*self._queues]:
            if queue.empty():
                self._queues[queue] = 0
            self._queues[queue] += 1
            if self._queues[queue] <= self._maxsize:
                queue.put_nowait(item)
            else:
                self._queues.pop(queue)
                queue.put_nowait(End(OverflowError()))

    def close(self):
        self._closed = True
        for queue in self._queues:
            queue.put_nowait(End())
        self._queues.clear()

    async def _items(self, queue):
        while not isinstance(item := await queue.get(), End):
            yield item
        if item.error is not None:
            raise item.error


class Broadcast__checks_the_role_too_late:
    """It is enough to check the role before an item is handed over.

    Caught by: test_any_course
    """

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError
        self._maxsize = maxsize
        self._queues = set()
        self._closed = False

    @property
    def readers(self):
        return len(self._queues)

    @contextmanager
    def join(self):
        queue = asyncio.Queue()
        if self._closed:
            queue.put_nowait(End())
        else:
            self._queues.add(queue)
        try:
            yield self._items(queue)
        finally:
            self._queues.discard(queue)

    def publish(self, item, role):
        if self._closed:
            raise RuntimeError
        for queue in [*self._queues]:
            if queue.qsize() < self._maxsize:
                if role != "owner":
                    raise PermissionError(role)
                queue.put_nowait(item)
            else:
                self._queues.remove(queue)
                queue.put_nowait(End(OverflowError()))
        if role != "owner":
            raise PermissionError(role)

    def close(self):
        self._closed = True
        for queue in self._queues:
            queue.put_nowait(End())
        self._queues.clear()

    async def _items(self, queue):
        while not isinstance(item := await queue.get(), End):
            yield item
        if item.error is not None:
            raise item.error


class Broadcast__drops_repetitions:
    """The same item twice is one too many.

    Caught by: test_an_item_may_equal_everything
    """

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError
        self._maxsize = maxsize
        self._queues = set()
        self._closed = False
        self._last = object()

    @property
    def readers(self):
        return len(self._queues)

    @contextmanager
    def join(self):
        queue = asyncio.Queue()
        if self._closed:
            queue.put_nowait(End())
        else:
            self._queues.add(queue)
        try:
            yield self._items(queue)
        finally:
            self._queues.discard(queue)

    def publish(self, item, role):
        if role != "owner":
            raise PermissionError(role)
        if self._closed:
            raise RuntimeError
        if item == self._last:
            return
        self._last = item
        for queue in [*self._queues]:
            if queue.qsize() < self._maxsize:
                queue.put_nowait(item)
            else:
                self._queues.remove(queue)
                queue.put_nowait(End(OverflowError()))

    def close(self):
        self._closed = True
        for queue in self._queues:
            queue.put_nowait(End())
        self._queues.clear()

    async def _items(self, queue):
        while not isinstance(item := await queue.get(), End):
            yield item
        if item.error is not None:
            raise item.error


class Broadcast__raises_what_is_published:
    """An exception in a queue is how a reader ends.

    Caught by: test_any_course
    """

    def __init__(self, maxsize):
        if maxsize < 1:
            raise ValueError(maxsize)
        self._maxsize = maxsize
        self._queues = set()
        self._closed = False

    @property
    def readers(self):
        return len(self._queues)

    @contextmanager
    def join(self):
        queue = asyncio.Queue()
        if self._closed:
            queue.put_nowait(StopAsyncIteration())
        else:
            self._queues.add(queue)
        try:
            yield self._items(queue)
        finally:
            self._queues.discard(queue)

    def publish(self, item, role):
        if role != "owner":
            raise PermissionError(role)
        if self._closed:
            raise RuntimeError
        for queue in [*self._queues]:
            if queue.qsize() < self._maxsize:
                queue.put_nowait(item)
            else:
                self._queues.remove(queue)
                queue.put_nowait(OverflowError())

    def close(self):
        self._closed = True
        for queue in self._queues:
            queue.put_nowait(StopAsyncIteration())
        self._queues.clear()

    async def _items(self, queue):
        while not isinstance(item := await queue.get(), StopAsyncIteration):
            if isinstance(item, Exception):
                raise item
            yield item
