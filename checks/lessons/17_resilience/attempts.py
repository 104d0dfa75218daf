"""What beginners write first for lesson 17: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""


# classify_error


def classify_error__attribute_that_is_missing(error):
    """The learner believes that every error has a status code."""
    if not isinstance(error, Exception):
        return "interrupt"
    if error.status_code == 429:
        return "rate_limit"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ConnectionError):
        return "connection"
    return "fatal"


def classify_error__type_is_the_class(error):
    """The learner has overlooked that an error may be of a subclass."""
    if not isinstance(error, Exception):
        return "interrupt"
    status = getattr(error, "status_code", None)
    if type(status) is int:
        if status == 429:
            return "rate_limit"
        if status in (408, 504):
            return "timeout"
        return "connection" if status >= 500 or status < 300 else "fatal"
    if type(error) in (TimeoutError, APITimeoutError):
        return "timeout"
    if type(error) in (ConnectionError, APIConnectionError):
        return "connection"
    if error.__cause__:
        return classify_error(error.__cause__)
    return "fatal"


def classify_error__compares_an_error_with_a_class(error):
    """The learner compares an error with a class of errors."""
    if not isinstance(error, Exception):
        return "interrupt"
    if error == TimeoutError:
        return "timeout"
    if error == ConnectionError:
        return "connection"
    return "fatal"


def classify_error__is_for_equals(error):
    """The learner believes that 'is' compares a number with one that is written out."""
    if not isinstance(error, Exception):
        return "interrupt"
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        if status is 429:
            return "rate_limit"
        if status is 408 or status is 504:
            return "timeout"
        return "connection" if status >= 500 or status < 300 else "fatal"
    if isinstance(error, (TimeoutError, httpx.TimeoutException, httpx2.TimeoutException)):
        return "timeout"
    if isinstance(error, (ConnectionError, httpx.TransportError, httpx2.TransportError)):
        return "connection"
    return classify_error(error.__cause__) if error.__cause__ else "fatal"


def classify_error__looks_for_words(error):
    """The learner asks the words of an error and not its type."""
    text = str(error).lower()
    if "timeout" in text or "timed out" in text:
        return "timeout"
    if "429" in text:
        return "rate_limit"
    if "connection" in text:
        return "connection"
    return "fatal"


def classify_error__asks_about_none(error):
    """The learner has overlooked that there may be no cause."""
    if not isinstance(error, Exception):
        return "interrupt"
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        if status == 429:
            return "rate_limit"
        if status in (408, 504):
            return "timeout"
        return "connection" if status >= 500 or status < 300 else "fatal"
    if isinstance(error, TimeoutError | APITimeoutError | httpx.TimeoutException):
        return "timeout"
    if isinstance(error, ConnectionError | APIConnectionError | httpx.TransportError):
        return "connection"
    return classify_error(error.__cause__)


def classify_error__result_not_returned(error):
    """The learner has forgotten to return the result of the call to itself."""
    if not isinstance(error, Exception):
        return "interrupt"
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        if status == 429:
            return "rate_limit"
        if status in (408, 504):
            return "timeout"
        return "connection" if status >= 500 or status < 300 else "fatal"
    if isinstance(error, TimeoutError | APITimeoutError):
        return "timeout"
    if isinstance(error, httpx.TimeoutException | httpx2.TimeoutException):
        return "timeout"
    if isinstance(error, ConnectionError | APIConnectionError):
        return "connection"
    if isinstance(error, httpx.TransportError | httpx2.TransportError):
        return "connection"
    if isinstance(error, APIError):
        return "connection"
    if error.__cause__ is None:
        return "fatal"
    classify_error(error.__cause__)


# backoff_delays


def backoff_delays__wrong_operator(retries, base=1.0, cap=30.0, rng=None):
    """The learner takes ^ for a power."""
    if retries < 0 or base < 0 or cap < 0:
        raise ValueError("negative")
    waits = [min(cap, base * (2 ^ number)) for number in range(retries)]
    return [rng.uniform(0, wait) for wait in waits] if rng else waits


def backoff_delays__off_by_one(retries, base=1.0, cap=30.0, rng=None):
    """The learner believes that range counts from 1 and includes its end."""
    if retries < 0 or base < 0 or cap < 0:
        raise ValueError("negative")
    waits = []
    for number in range(1, retries):
        waits.append(min(cap, base * 2**number))
    return [rng.uniform(0, wait) for wait in waits] if rng else waits


def backoff_delays__yields(retries, base=1.0, cap=30.0, rng=None):
    """The learner yields the waits that should be returned in a list."""
    if retries < 0 or base < 0 or cap < 0:
        raise ValueError("negative")
    wait = base
    for _ in range(retries):
        yield min(wait, cap)
        wait *= 2


def backoff_delays__a_generator_expression(retries, base=1.0, cap=30.0, rng=None):
    """The learner takes a generator expression for a list."""
    if retries < 0 or base < 0 or cap < 0:
        raise ValueError("negative")
    return (min(cap, base * 2**number) for number in range(retries))


def backoff_delays__rng_is_none(retries, base=1.0, cap=30.0, rng=None):
    """The learner has overlooked that there may be no rng."""
    if retries < 0 or base < 0 or cap < 0:
        raise ValueError("negative")
    return [rng.uniform(0, min(cap, base * 2**number)) for number in range(retries)]


def backoff_delays__append_gives_nothing(retries, base=1.0, cap=30.0, rng=None):
    """The learner believes that append returns the longer list."""
    if retries < 0 or base < 0 or cap < 0:
        raise ValueError("negative")
    waits = []
    for number in range(retries):
        waits = waits.append(min(cap, base * 2**number))
    return waits


# retry_after


def retry_after__key_that_is_missing(headers, now):
    """The learner has overlooked that the header may be missing."""
    return float(headers["Retry-After"])


def retry_after__text_compared_with_a_number(headers, now):
    """The learner has overlooked that headers are text."""
    value = headers.get("Retry-After")
    if value is not None and 0 <= value <= LONGEST_WAIT:
        return value
    return None


def retry_after__dates_subtracted(headers, now):
    """The learner subtracts a number from a date."""
    found = {name.lower(): value for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        value = found.get(name)
        if value is None:
            continue
        try:
            wait = float(value) / unit
        except ValueError:
            wait = parsedate_to_datetime(value) - now
        if 0 <= wait <= LONGEST_WAIT:
            return wait
    return None


def retry_after__float_of_none(headers, now):
    """The learner has overlooked that get gives None where there is no header."""
    found = {name.lower(): value for name, value in headers.items()}
    wait = float(found.get("retry-after-ms")) / 1000
    return wait if 0 <= wait <= LONGEST_WAIT else None


def retry_after__names_hidden_by_an_except(headers, now):
    """The learner has misspelt a name, and an except hides it."""
    found = {name.lower(): value for name, value in headers.items()}
    try:
        wait = float(found["retry-after-ms"]) / 1000
        if 0 <= wait <= LONGEST_WAIT:
            return wait
    except Exception:
        pass
    try:
        wait = float(fuond["retry-after"])
        if 0 <= wait <= LONGEST_WAIT:
            return wait
    except Exception:
        pass
    return None


def retry_after__gives_up_without_the_first(headers: Mapping[str, str], now: float) -> float | None:
    """If the first header cannot be read, nothing useful was said."""
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        wait = float(lower["retry-after-ms"]) / 1000
    except (KeyError, ValueError):
        return None
    if wait is None:
        try:
            wait = float(lower["retry-after"])
        except ValueError:
            wait = parsedate_to_datetime(lower["retry-after"]).timestamp() - now
    return wait if 0 <= wait <= LONGEST_WAIT else None


# stream_with_retry


async def stream_with_retry__awaits_the_stream(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """The learner awaits what make gives."""
    stream = await make()
    async for token in stream:
        if token:
            yield token


async def stream_with_retry__make_is_not_called(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """The learner has forgotten the parentheses after make."""
    async for token in make:
        if token:
            yield token


async def stream_with_retry__sleep_is_none(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """The learner has overlooked that there may be no sleep."""
    waits = backoff_delays(retries, base, cap, rng)
    while True:
        partial = ""
        source = None
        try:
            source = make()
            async for token in source:
                if token:
                    partial += token
                    yield token
            return
        except Exception as error:
            if partial:
                raise PartialStream(partial) from error
            if not waits or not retryable(error):
                raise
        finally:
            await aclose_source(source)
        await sleep(waits.pop(0))


async def stream_with_retry__sleep_never_awaited(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """The learner has forgotten the await before sleep."""
    sleep = sleep or asyncio.sleep
    waits = backoff_delays(retries, base, cap, rng)
    while True:
        partial = ""
        source = None
        try:
            source = make()
            async for token in source:
                if token:
                    partial += token
                    yield token
            return
        except Exception as error:
            if partial:
                raise PartialStream(partial) from error
            if not waits or not retryable(error):
                raise
        finally:
            await aclose_source(source)
        sleep(waits.pop(0))


async def stream_with_retry__last_error_is_lost(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """The learner has overlooked that the name of an error is gone after its except."""
    sleep = sleep or asyncio.sleep
    for wait in [*backoff_delays(retries, base, cap, rng), None]:
        partial = ""
        source = None
        try:
            source = make()
            async for token in source:
                if token:
                    partial += token
                    yield token
            return
        except Exception as error:
            if partial:
                raise PartialStream(partial) from error
            if not retryable(error):
                raise
        finally:
            await aclose_source(source)
        if wait is not None:
            await sleep(wait)
    raise error


async def stream_with_retry__raises_without_parentheses(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """The learner has overlooked that PartialStream wants the text."""
    sleep = sleep or asyncio.sleep
    waits = backoff_delays(retries, base, cap, rng)
    while True:
        begun = False
        source = None
        try:
            source = make()
            async for token in source:
                if token:
                    begun = True
                    yield token
            return
        except Exception as error:
            if begun:
                raise PartialStream from error
            if not waits or not retryable(error):
                raise
        finally:
            await aclose_source(source)
        await sleep(waits.pop(0))


# stream_or_invoke


async def stream_or_invoke__yields_chunks(model, prompt):
    """The learner yields the chunk and not its text."""
    async for chunk in model.astream(prompt):
        yield chunk


async def stream_or_invoke__invoke_never_awaited(model, prompt):
    """The learner has forgotten the await before ainvoke."""
    try:
        async for chunk in model.astream(prompt):
            if chunk.text:
                yield chunk.text
    except Exception:
        message = model.ainvoke(prompt)
        yield message.text


async def stream_or_invoke__yields_the_message(model, prompt):
    """The learner yields the message and not its text."""
    stream = model.astream(prompt)
    partial = ""
    try:
        async for chunk in stream:
            if chunk.text:
                partial += chunk.text
                yield chunk.text
        return
    except Exception as error:
        if partial:
            raise PartialStream(partial) from error
        failed = error
    finally:
        await aclose_source(stream)
    try:
        answer = await model.ainvoke(prompt)
    except Exception as error:
        raise AllFailed([failed, error]) from failed
    yield answer


async def stream_or_invoke__loops_over_the_message(model, prompt):
    """The learner believes that ainvoke gives a stream."""
    stream = model.astream(prompt)
    partial = ""
    try:
        async for chunk in stream:
            if chunk.text:
                partial += chunk.text
                yield chunk.text
        return
    except Exception as error:
        if partial:
            raise PartialStream(partial) from error
        failed = error
    finally:
        await aclose_source(stream)
    async for chunk in model.ainvoke(prompt):
        yield chunk.text


async def stream_or_invoke__one_error_for_many(model, prompt):
    """The learner hands AllFailed two arguments and not a list."""
    stream = model.astream(prompt)
    partial = ""
    try:
        async for chunk in stream:
            if chunk.text:
                partial += chunk.text
                yield chunk.text
        return
    except Exception as error:
        if partial:
            raise PartialStream(partial) from error
        failed = error
    finally:
        await aclose_source(stream)
    try:
        text = (await model.ainvoke(prompt)).text
    except Exception as error:
        raise AllFailed(failed, error) from failed
    if text:
        yield text


# stream_with_fallback


async def stream_with_fallback__loops_over_the_names(models, prompt):
    """The learner believes that a loop over a dict gives its values."""
    for model in models:
        async for chunk in model.astream(prompt):
            yield {"type": "token", "content": chunk.text}
        return


async def stream_with_fallback__items_not_called(models, prompt):
    """The learner has forgotten the parentheses after items."""
    for name, model in models.items:
        yield {"type": "model", "name": name}
        async for chunk in model.astream(prompt):
            yield {"type": "token", "content": chunk.text}
        return


async def stream_with_fallback__error_as_an_object(models, prompt):
    """The learner puts the error itself where the name of its class is wanted."""
    if not models:
        raise ValueError("no models")
    errors = []
    for name, model in models.items():
        stream = model.astream(prompt)
        partial = ""
        try:
            async for chunk in stream:
                if chunk.text:
                    if not partial:
                        yield {"type": "model", "name": name}
                    partial += chunk.text
                    yield {"type": "token", "content": chunk.text}
            if not partial:
                yield {"type": "model", "name": name}
            return
        except Exception as error:
            if partial:
                raise PartialStream(partial) from error
            errors.append(error)
        finally:
            await aclose_source(stream)
        yield {"type": "failed", "name": name, "error": errors[-1]}
    raise AllFailed(errors) from errors[0]


async def stream_with_fallback__type_is_not_a_name(models, prompt):
    """The learner writes str(type(error)) where the name of the class is wanted."""
    if not models:
        raise ValueError("no models")
    errors = []
    for name, model in models.items():
        stream = model.astream(prompt)
        partial = ""
        try:
            async for chunk in stream:
                if chunk.text:
                    if not partial:
                        yield {"type": "model", "name": name}
                    partial += chunk.text
                    yield {"type": "token", "content": chunk.text}
            if not partial:
                yield {"type": "model", "name": name}
            return
        except Exception as error:
            if partial:
                raise PartialStream(partial) from error
            errors.append(error)
        finally:
            await aclose_source(stream)
        yield {"type": "failed", "name": name, "error": str(type(errors[-1]))}
    raise AllFailed(errors) from errors[0]


async def stream_with_fallback__awaits_astream(models, prompt):
    """The learner awaits a stream before reading it."""
    for name, model in models.items():
        stream = await model.astream(prompt)
        yield {"type": "model", "name": name}
        async for chunk in stream:
            yield {"type": "token", "content": chunk.text}
        return


# guard_repetition


def guard_repetition__name_without_a_value(tokens, limit=20):
    """The learner has overlooked that there is no token before the first one."""
    count = 0
    try:
        for token in tokens:
            if token == last:
                count += 1
            else:
                count = 1
            last = token
            if count > limit and len(token.strip()) > 2:
                raise RepetitionError(token)
            yield token
    finally:
        close_source(tokens)


def guard_repetition__index_of_an_iterator(tokens, limit=20):
    """The learner believes that a stream has positions like a list."""
    for number in range(len(tokens)):
        if number and tokens[number] == tokens[number - 1]:
            raise RepetitionError(tokens[number])
        yield tokens[number]


def guard_repetition__error_returned(tokens, limit=20):
    """The learner returns an error where it should be raised."""
    if limit < 1:
        raise ValueError(limit)
    last, count = None, 0
    try:
        for token in tokens:
            count = count + 1 if token == last else 1
            last = token
            if count > limit and len(token.strip()) > 2:
                return RepetitionError(token)
            yield token
    finally:
        close_source(tokens)


def guard_repetition__strip_result_ignored(tokens, limit=20):
    """The learner believes that strip changes the text itself."""
    if limit < 1:
        raise ValueError(limit)
    last, count = None, 0
    try:
        for token in tokens:
            count = count + 1 if token == last else 1
            last = token
            token.strip()
            if count > limit and len(token) > 2:
                raise RepetitionError(token)
            yield token
    finally:
        close_source(tokens)


def guard_repetition__list_read_first(tokens, limit=20):
    """The learner reads the whole stream before the first token is handed out."""
    if limit < 1:
        raise ValueError(limit)
    tokens = list(tokens)
    count = 1
    for number, token in enumerate(tokens):
        count = count + 1 if number and token == tokens[number - 1] else 1
        if count > limit and len(token.strip()) > 2:
            raise RepetitionError(token)
        yield token
