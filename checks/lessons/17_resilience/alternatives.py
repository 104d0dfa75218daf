"""Right answers to lesson 17 that are built differently from the reference.

`course/lesson/variants.py` says how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: F821


# classify_error


def classify_error__recursion_and_match(error):
    """One question after the other in a match, and the cause by recursion."""
    import re

    match error:
        case None:
            return "fatal"
        case _ if not isinstance(error, Exception):
            return "interrupt"
        case object(status_code=int(status)):
            table = {429: "rate_limit", 408: "timeout", 504: "timeout"}
            return table.get(status, "fatal" if status // 100 in (3, 4) else "connection")
        case TimeoutError() | APITimeoutError():
            return "timeout"
        case httpx.TimeoutException() | httpx2.TimeoutException():
            return "timeout"
        case ConnectionError() | APIConnectionError():
            return "connection"
        case httpx.TransportError() | httpx2.TransportError():
            return "connection"
        case APIError(code=str(code)) if re.fullmatch("[0-9]{3}", code):
            table = {"429": "rate_limit", "408": "timeout", "504": "timeout"}
            return table.get(code, "fatal" if code[0] in "34" else "connection")
        case APIError(code=code, type=kind):
            words = f"{code} {kind}".split()
            if any(word.startswith("rate_limit") for word in words):
                return "rate_limit"
            return "fatal" if "invalid_request_error" in words[1:] else "connection"
    return classify_error(error.__cause__)


# backoff_delays


def backoff_delays__exponent_with_a_bound(retries, base=1.0, cap=30.0, rng=None):
    """The power is computed, with an exponent that cannot overflow; the jitter is a factor."""
    if retries < 0 or base < 0 or cap < 0:
        raise ValueError("negative")
    whole = [min(cap, base * 2.0 ** min(index, 900)) for index in range(retries)]
    return whole if rng is None else [rng.random() * wait for wait in whole]


# retry_after


def retry_after__one_reader_for_each_form(headers, now):
    """Three readers in a row; the first one with something useful wins."""
    from contextlib import suppress
    from email.utils import mktime_tz, parsedate_tz

    def value(name):
        return next((text for key, text in headers.items() if key.casefold() == name), "")

    def date(text):
        found = parsedate_tz(text)
        return mktime_tz(found) - now if found else -1.0

    for read, name in (
        (lambda text: float(text) / 1000, "retry-after-ms"),
        (float, "retry-after"),
        (date, "retry-after"),
    ):
        with suppress(ValueError, OverflowError):
            wait = read(value(name))
            if wait >= 0 and wait <= 60:
                return wait
    return None


# stream_with_retry


async def stream_with_retry__while(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """Waits in an iterator, a while loop, and aclosing."""
    from contextlib import aclosing

    waits = iter(backoff_delays(retries, base, cap, rng))
    partial = ""
    while True:
        try:
            async with aclosing(make()) as stream:
                async for token in stream:
                    partial += token
                    if token:
                        yield token
                return
        except Exception as error:
            if partial:
                raise PartialStream(partial) from error
            wait = next(waits, None)
            if wait is None or not retryable(error):
                raise
        if sleep is None:
            await asyncio.sleep(wait)
        else:
            await sleep(wait)


async def stream_with_retry__the_first_token_apart(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """One loop for the tries up to the first token, and then one for the rest of the stream."""
    waits = backoff_delays(retries, base, cap, rng)
    stream, token = None, ""
    try:
        for number in range(retries + 1):
            try:
                stream = make()
                while not token:
                    token = await anext(stream)
                break
            except StopAsyncIteration:
                return
            except Exception as error:
                await aclose_source(stream)
                if number == retries or not retryable(error):
                    raise
                await (sleep or asyncio.sleep)(waits[number])
        shown = [token]
        yield token
        try:
            async for token in stream:
                if token:
                    shown.append(token)
                    yield token
        except Exception as error:
            raise PartialStream("".join(shown)) from error
    finally:
        await aclose_source(stream)


# stream_or_invoke


async def stream_or_invoke__aclosing(model, prompt):
    """The whole answer is requested inside the except block."""
    from contextlib import aclosing

    partial = ""
    try:
        async with aclosing(model.astream(prompt)) as chunks:
            async for chunk in chunks:
                if text := chunk.text:
                    partial += text
                    yield text
    except Exception as error:
        if partial:
            raise PartialStream(partial) from error
        try:
            whole = (await model.ainvoke(prompt)).text
        except Exception as second:
            raise AllFailed([error, second]) from error
        if whole:
            yield whole


# stream_with_fallback


async def stream_with_fallback__first_token_first(models, prompt):
    """Looks for a model with a first token, and then passes on the rest of its stream."""
    if len(models) == 0:
        raise ValueError
    errors = []
    for name in models:
        stream = models[name].astream(prompt)
        try:
            text = ""
            try:
                while not text:
                    text = (await anext(stream)).text
            except StopAsyncIteration:
                yield ModelEvent(type="model", name=name)
                return
            except Exception as error:
                errors.append(error)
            else:
                yield ModelEvent(type="model", name=name)
                yield TokenEvent(type="token", content=text)
                partial = text
                try:
                    async for chunk in stream:
                        if chunk.text:
                            partial += chunk.text
                            yield TokenEvent(type="token", content=chunk.text)
                except Exception as error:
                    raise PartialStream(partial) from error
                return
        finally:
            await aclose_source(stream)
        yield FailedEvent(type="failed", name=name, error=type(errors[-1]).__name__)
    raise AllFailed(errors) from errors[0]


# guard_repetition


def guard_repetition__groupby(tokens, limit=20):
    """itertools finds the rows; the limit is checked at the call."""
    from itertools import groupby

    if limit < 1:
        raise ValueError(limit)

    def passed():
        try:
            for token, row in groupby(tokens):
                free = len(token.strip()) <= 2
                for count, one in enumerate(row):
                    if count >= limit and not free:
                        raise RepetitionError(token)
                    yield one
        finally:
            close_source(tokens)

    return passed()


def guard_repetition__the_last_ones(tokens, limit=20):
    """Keeps the last tokens in a queue that forgets, and checks whether all are the same."""
    from collections import deque

    if limit < 1:
        raise ValueError("limit")
    last = deque(maxlen=limit)
    try:
        for token in tokens:
            if len(token.strip()) > 2 and len(last) == limit and {*last} == {token}:
                raise RepetitionError(token)
            last.append(token)
            yield token
    finally:
        close_source(tokens)
