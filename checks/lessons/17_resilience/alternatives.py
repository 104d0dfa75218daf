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


def classify_error__a_generator_of_causes(error):
    """A generator gives the chain; a function for each question says None if it does not apply."""

    def chain(link):
        while link:
            yield link
            link = link.__cause__

    def of_status(status):
        if status in {408, 504}:
            return "timeout"
        if status == 429:
            return "rate_limit"
        return "fatal" if 300 <= status <= 499 else "connection"

    def interrupt(link):
        return None if isinstance(link, Exception) else "interrupt"

    def status(link):
        code = getattr(link, "status_code", None)
        return of_status(code) if isinstance(code, int) else None

    def timeout(link):
        kinds = (TimeoutError, APITimeoutError, httpx.TimeoutException, httpx2.TimeoutException)
        return "timeout" if isinstance(link, kinds) else None

    def connection(link):
        kinds = ConnectionError | APIConnectionError | httpx.TransportError | httpx2.TransportError
        return "connection" if isinstance(link, kinds) else None

    def event(link):
        if not isinstance(link, APIError):
            return None
        code, kind = link.code or "", link.type or ""
        if len(code) == 3 and code.isdigit():
            return of_status(int(code))
        if "rate_limit" in (code[:10], kind[:10]):
            return "rate_limit"
        return "fatal" if kind == "invalid_request_error" else "connection"

    questions = (interrupt, status, timeout, connection, event)
    found = (question(link) for link in chain(error) for question in questions)
    return next((kind for kind in found if kind), "fatal")


def classify_error__singledispatch(error):
    """functools finds the function for a type; the status is asked first."""
    from functools import singledispatch

    statuses = {429: "rate_limit", 408: "timeout", 504: "timeout"}

    def by_status(status):
        return statuses.get(status, "fatal" if 300 <= status < 500 else "connection")

    @singledispatch
    def kind_of(link):
        return "interrupt"

    @kind_of.register(Exception)
    def _(link):
        return "fatal" if link.__cause__ is None else classify_error(link.__cause__)

    for timeout in (TimeoutError, APITimeoutError, httpx.TimeoutException, httpx2.TimeoutException):
        kind_of.register(timeout, lambda link: "timeout")
    for broken in (
        ConnectionError,
        APIConnectionError,
        httpx.TransportError,
        httpx2.TransportError,
    ):
        kind_of.register(broken, lambda link: "connection")

    @kind_of.register(APIError)
    def _(link):
        code, kind = str(link.code), str(link.type)
        if len(code) == 3 and code.isdecimal():
            return by_status(int(code))
        if code.startswith("rate_limit") or kind.startswith("rate_limit"):
            return "rate_limit"
        return {"invalid_request_error": "fatal"}.get(kind, "connection")

    status = getattr(error, "status_code", None)
    if isinstance(error, Exception) and isinstance(status, int):
        return by_status(status)
    return kind_of(error)


# backoff_delays


def backoff_delays__exponent_with_a_bound(retries, base=1.0, cap=30.0, rng=None):
    """The power is computed, with an exponent that cannot overflow; the jitter is a factor."""
    if retries < 0 or base < 0 or cap < 0:
        raise ValueError("negative")
    whole = [min(cap, base * 2.0 ** min(index, 900)) for index in range(retries)]
    return whole if rng is None else [rng.random() * wait for wait in whole]


def backoff_delays__accumulate(retries, base=1.0, cap=30.0, rng=None):
    """itertools doubles the waits."""
    from itertools import accumulate, islice, repeat

    for number in (retries, base, cap):
        if number < 0:
            raise ValueError(f"{number} is negative")
    first = min(base, cap)
    whole = islice(
        accumulate(repeat(2), lambda wait, two: min(wait * two, cap), initial=first), retries
    )
    return [wait if rng is None else rng.uniform(0.0, wait) for wait in whole]


def backoff_delays__recursion_in_halves(retries, base=1.0, cap=30.0, rng=None):
    """A generator that remembers its last wait; jitter is a number between the ends."""
    if any(number < 0 for number in (cap, base, retries)):
        raise ValueError

    def waits():
        wait = cap if base > cap else base
        while True:
            yield wait
            wait = cap if wait > cap / 2 else wait + wait

    return [
        wait if rng is None else rng.random() * wait
        for wait, _ in zip(waits(), range(retries), strict=False)
    ]


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


def retry_after__candidates(headers, now):
    """A generator gives all that the headers may mean, and next takes the first useful one."""
    import math
    from datetime import datetime, timedelta, timezone
    from email.utils import parsedate_tz

    def number(text):
        try:
            return float(text)
        except ValueError:
            return math.nan

    def date(text):
        try:
            parts = parsedate_tz(text)
            zone = timezone(timedelta(seconds=parts[9] or 0))
            return datetime(*parts[:6], tzinfo=zone).timestamp() - now
        except (TypeError, ValueError, OverflowError, IndexError):
            return math.nan

    def waits():
        for name, text in headers.items():
            if name.lower() == "retry-after-ms":
                yield number(text) / 1000
        for name, text in headers.items():
            if name.lower() == "retry-after":
                yield number(text)
                yield date(text)

    return next((wait for wait in waits() if 0 <= wait <= LONGEST_WAIT), None)


def retry_after__httpx(headers, now):
    """httpx knows that names may be written in capitals or not."""
    found = httpx.Headers(dict(headers))

    def useful(wait):
        return wait if 0 <= wait <= LONGEST_WAIT else None

    def read(name, unit):
        try:
            return useful(float(found.get(name, "")) * unit)
        except ValueError:
            return None

    wait = read("retry-after-ms", 0.001)
    if wait is None:
        wait = read("retry-after", 1)
    if wait is None:
        try:
            date = parsedate_to_datetime(found.get("retry-after", ""))
            if date.tzinfo is None:
                date = date.replace(tzinfo=UTC)
            return useful(date.timestamp() - now)
        except Exception:
            return None
    return wait


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


async def stream_with_retry__recursive(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """A try is a generator, which reads the next try when it has failed."""
    from contextlib import aclosing

    waits = backoff_delays(retries, base, cap, rng)

    async def one(number):
        partial = []
        try:
            stream = make()
            try:
                async for token in stream:
                    if token:
                        partial.append(token)
                        yield token
            finally:
                await aclose_source(stream)
            return
        except Exception as error:
            if partial:
                raise PartialStream("".join(partial)) from error
            if number >= len(waits) or not retryable(error):
                raise
        await (asyncio.sleep if sleep is None else sleep)(waits[number])
        async with aclosing(one(number + 1)) as rest:
            async for token in rest:
                yield token

    async with aclosing(one(0)) as tokens:
        async for token in tokens:
            yield token


def stream_with_retry__an_iterator_class(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """An object with __anext__ that remembers where it is."""
    waits = iter(backoff_delays(retries, base, cap, rng))

    class Tries:
        def __init__(self):
            self.stream, self.text, self.is_over = None, "", False

        def __aiter__(self):
            return self

        async def aclose(self):
            self.is_over = True
            stream, self.stream = self.stream, None
            await aclose_source(stream)

        async def __anext__(self):
            while not self.is_over:
                try:
                    if self.stream is None:
                        self.stream = make()
                    token = await anext(self.stream)
                except StopAsyncIteration:
                    await self.aclose()
                except Exception as error:
                    await self.aclose()
                    if self.text:
                        raise PartialStream(self.text) from error
                    wait = next(waits, None)
                    if wait is None or not retryable(error):
                        raise
                    await (sleep or asyncio.sleep)(wait)
                    self.is_over = False
                except BaseException:
                    await self.aclose()
                    raise
                else:
                    if token:
                        self.text += token
                        return token
            raise StopAsyncIteration

    return Tries()


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


async def stream_or_invoke__the_first_chunk_apart(model, prompt):
    """Looks for the first text alone; after it, there is no way back."""
    stream, first, failure = model.astream(prompt), "", None
    try:
        while not first:
            first = (await anext(stream)).text
    except StopAsyncIteration:
        await aclose_source(stream)
        return
    except Exception as error:
        failure = error
    except BaseException:
        await aclose_source(stream)
        raise
    if failure is not None:
        await aclose_source(stream)
        try:
            text = (await model.ainvoke(prompt)).text
        except Exception as second:
            raise AllFailed([failure, second]) from failure
        if text != "":
            yield text
        return
    parts = [first]
    try:
        yield first
        async for chunk in stream:
            if chunk.text:
                parts.append(chunk.text)
                yield chunk.text
    except Exception as error:
        raise PartialStream("".join(parts)) from error
    finally:
        await aclose_source(stream)


async def stream_or_invoke__an_exit_stack(model, prompt):
    """An exit stack closes the stream; a list tells whether there was a failure."""
    from contextlib import AsyncExitStack

    shown, failures = [], []
    async with AsyncExitStack() as stack:
        stream = model.astream(prompt)
        stack.push_async_callback(aclose_source, stream)
        try:
            async for chunk in stream:
                text = str(chunk.text)
                if len(text):
                    shown.append(text)
                    yield text
        except Exception as error:
            failures.append(error)
            if shown:
                raise PartialStream("".join(shown)) from error
    if not failures:
        return
    try:
        answer = await model.ainvoke(prompt)
    except Exception as error:
        raise AllFailed([*failures, error]) from failures[0]
    if answer.text:
        yield str(answer.text)


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


async def stream_with_fallback__one_generator_for_each_model(models, prompt):
    """A generator for each model gives its texts; the loop around them makes the events."""
    from contextlib import aclosing

    async def texts(model):
        async with aclosing(model.astream(prompt)) as chunks:
            async for chunk in chunks:
                if chunk.text:
                    yield chunk.text

    if not models:
        raise ValueError("no models")
    failed = {}
    for name, model in models.items():
        partial = ""
        try:
            async with aclosing(texts(model)) as stream:
                async for text in stream:
                    if not partial:
                        yield {"type": "model", "name": name}
                    partial += text
                    yield {"type": "token", "content": text}
        except Exception as error:
            if partial:
                raise PartialStream(partial) from error
            failed[name] = error
        else:
            if not partial:
                yield {"type": "model", "name": name}
            return
        yield {"type": "failed", "name": name, "error": failed[name].__class__.__name__}
    errors = list(failed.values())
    raise AllFailed(errors) from errors[0]


async def stream_with_fallback__recursive(models, prompt):
    """The first model, and then the same with the others."""
    from contextlib import aclosing

    async def rest(left, errors):
        (name, model), *others = left
        stream, partial = model.astream(prompt), []
        try:
            async for chunk in stream:
                if chunk.text:
                    if not partial:
                        yield ModelEvent(type="model", name=name)
                    partial.append(chunk.text)
                    yield TokenEvent(type="token", content=chunk.text)
        except Exception as error:
            if partial:
                raise PartialStream("".join(partial)) from error
            errors = [*errors, error]
        else:
            if not partial:
                yield ModelEvent(type="model", name=name)
            return
        finally:
            await aclose_source(stream)
        yield FailedEvent(type="failed", name=name, error=type(errors[-1]).__name__)
        if not others:
            raise AllFailed(errors) from errors[0]
        async with aclosing(rest(others, errors)) as events:
            async for event in events:
                yield event

    if not models:
        raise ValueError(models)
    async with aclosing(rest([*models.items()], [])) as events:
        async for event in events:
            yield event


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


def guard_repetition__an_iterator_class(tokens, limit=20):
    """An object with __next__ that counts, and closes what it reads."""
    if limit < 1:
        raise ValueError(limit)

    class Guard:
        def __init__(self):
            self.iterator, self.last, self.row, self.is_over = None, None, 0, False

        def __iter__(self):
            return self

        def close(self):
            self.is_over = True
            close_source(tokens)

        def __next__(self):
            if self.is_over:
                raise StopIteration
            try:
                if self.iterator is None:
                    self.iterator = iter(tokens)
                token = next(self.iterator)
                self.row = self.row + 1 if token == self.last else 1
                self.last = token
                if self.row > limit and len(token.strip()) > 2:
                    raise RepetitionError(token)
            except BaseException:
                self.close()
                raise
            return token

    return Guard()


def guard_repetition__counts_down(tokens, limit=20):
    """Counts down how often a token may still come; what may repeat sets no count."""
    if not limit > 0:
        raise ValueError("limit")
    expected, left = None, 0
    iterator = iter(tokens)
    try:
        while True:
            try:
                token = next(iterator)
            except StopIteration:
                return
            bare = token.strip()
            if len(bare) < 3 or token != expected:
                expected, left = (token, limit) if len(bare) >= 3 else (None, 0)
            if expected is not None:
                if left == 0:
                    raise RepetitionError(token)
                left -= 1
            yield token
    finally:
        close_source(tokens)
