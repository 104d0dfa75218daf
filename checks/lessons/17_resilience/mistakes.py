"""Wrong answers to lesson 17 that a learner might well give.

`course/lesson/variants.py` says how these functions are used. Each docstring says what the
learner believes, and which test has to prove it wrong.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: F821


# classify_error


def classify_error__reads_the_words(error):
    """The message says what happened.

    Caught by: test_words_do_not_count
    """
    if not isinstance(error, Exception):
        return "interrupt"
    if isinstance(error, TimeoutError):
        return "timeout"
    words = str(error).lower()
    if "429" in words or "rate limit" in words:
        return "rate_limit"
    if "timeout" in words or "timed out" in words:
        return "timeout"
    if isinstance(error, ConnectionError) or "connection" in words:
        return "connection"
    return "fatal"


def classify_error__takes_an_oserror_for_the_network(error):
    """Trouble with the network is an OSError.

    Caught by: test_the_kinds_of_python
    """
    if not isinstance(error, Exception):
        return "interrupt"
    status = getattr(error, "status_code", None)
    if status == 429:
        return "rate_limit"
    if isinstance(error, OSError | APIConnectionError):
        return "connection"
    return "timeout" if isinstance(error, TimeoutError) else "fatal"


def classify_error__asks_for_openai_timeout(error):
    """openai.Timeout is what OpenAI's client raises when it has waited too long.

    Caught by: test_the_errors_of_openai
    """
    import openai

    link = error
    while link is not None:
        if not isinstance(link, Exception):
            return "interrupt"
        status = getattr(link, "status_code", None)
        if isinstance(status, int):
            if status == 429:
                return "rate_limit"
            if status in (408, 504):
                return "timeout"
            return "connection" if status >= 500 else "fatal"
        if isinstance(link, TimeoutError | openai.Timeout):
            return "timeout"
        if isinstance(link, ConnectionError | APIConnectionError):
            return "connection"
        link = link.__cause__
    return "fatal"


def classify_error__asks_for_types_first(error):
    """The type says what it is; the status is for errors whose type says nothing.

    Caught by: test_the_status_comes_before_the_type
    """
    link = error
    while link is not None:
        if not isinstance(link, Exception):
            return "interrupt"
        if isinstance(link, TimeoutError | APITimeoutError):
            return "timeout"
        if isinstance(link, ConnectionError | APIConnectionError):
            return "connection"
        status = getattr(link, "status_code", None)
        if isinstance(status, int):
            table = {429: "rate_limit", 408: "timeout", 504: "timeout"}
            return table.get(status, "connection" if status >= 500 else "fatal")
        link = link.__cause__
    return "fatal"


def classify_error__counts_interrupts_as_unknown(error):
    """An error that is in no table is fatal.

    Caught by: test_interrupts_are_no_failures
    """
    link = error
    while link is not None:
        status = getattr(link, "status_code", None)
        if isinstance(status, int):
            table = {429: "rate_limit", 408: "timeout", 504: "timeout"}
            return table.get(status, "connection" if status >= 500 else "fatal")
        if isinstance(link, TimeoutError | APITimeoutError):
            return "timeout"
        if isinstance(link, ConnectionError | APIConnectionError):
            return "connection"
        link = link.__cause__
    return "fatal"


def classify_error__looks_for_the_last_cause(error):
    """The very first error is the true reason.

    Caught by: test_the_first_that_is_known_decides
    """
    while error.__cause__ is not None:
        error = error.__cause__
    if not isinstance(error, Exception):
        return "interrupt"
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        table = {429: "rate_limit", 408: "timeout", 504: "timeout"}
        return table.get(status, "connection" if status >= 500 else "fatal")
    if isinstance(error, TimeoutError | APITimeoutError):
        return "timeout"
    return "connection" if isinstance(error, ConnectionError | APIConnectionError) else "fatal"


def classify_error__takes_the_context_for_the_cause(error):
    """What was going on when the error came is what caused it.

    Caught by: test_only_the_cause_counts
    """
    link = error
    while link is not None:
        if not isinstance(link, Exception):
            return "interrupt"
        status = getattr(link, "status_code", None)
        if isinstance(status, int):
            table = {429: "rate_limit", 408: "timeout", 504: "timeout"}
            return table.get(status, "connection" if status >= 500 else "fatal")
        if isinstance(link, TimeoutError | APITimeoutError):
            return "timeout"
        if isinstance(link, ConnectionError | APIConnectionError):
            return "connection"
        link = link.__cause__ or link.__context__
    return "fatal"


def classify_error__knows_one_client(error):
    """The client wraps what its HTTP library raises.

    Caught by: test_transport_errors_of_http_libraries
    """
    link = error
    while link is not None:
        if not isinstance(link, Exception):
            return "interrupt"
        status = getattr(link, "status_code", None)
        if isinstance(status, int):
            table = {429: "rate_limit", 408: "timeout", 504: "timeout"}
            return table.get(status, "connection" if status >= 500 or status < 300 else "fatal")
        if isinstance(link, TimeoutError | APITimeoutError):
            return "timeout"
        if isinstance(link, ConnectionError | APIConnectionError):
            return "connection"
        link = link.__cause__
    return "fatal"


def classify_error__lists_what_it_has_seen(error):
    """The errors of a library can be listed, as they turn up in the log.

    Caught by: test_transport_errors_of_http_libraries
    """
    link = error
    while link is not None:
        if not isinstance(link, Exception):
            return "interrupt"
        status = getattr(link, "status_code", None)
        if isinstance(status, int):
            table = {429: "rate_limit", 408: "timeout", 504: "timeout"}
            return table.get(status, "connection" if status >= 500 or status < 300 else "fatal")
        if isinstance(
            link, TimeoutError | APITimeoutError | httpx.TimeoutException | httpx2.TimeoutException
        ):
            return "timeout"
        if isinstance(
            link,
            ConnectionError
            | APIConnectionError
            | httpx.RemoteProtocolError
            | httpx2.RemoteProtocolError,
        ):
            return "connection"
        link = link.__cause__
    return "fatal"


def classify_error__takes_all_of_httpx_for_the_network(error):
    """An HTTP library does nothing but talk over the network.

    Caught by: test_transport_errors_of_http_libraries
    """
    link = error
    while link is not None:
        if not isinstance(link, Exception):
            return "interrupt"
        status = getattr(link, "status_code", None)
        if isinstance(status, int):
            table = {429: "rate_limit", 408: "timeout", 504: "timeout"}
            return table.get(status, "connection" if status >= 500 or status < 300 else "fatal")
        if isinstance(
            link, TimeoutError | APITimeoutError | httpx.TimeoutException | httpx2.TimeoutException
        ):
            return "timeout"
        if isinstance(
            link, ConnectionError | APIConnectionError | httpx.HTTPError | httpx2.HTTPError
        ):
            return "connection"
        link = link.__cause__
    return "fatal"


def classify_error__takes_an_event_for_unknown(error):
    """An error without a status and without a known class is unknown.

    Caught by: test_error_events_of_a_stream
    """
    link = error
    while link is not None:
        if not isinstance(link, Exception):
            return "interrupt"
        status = getattr(link, "status_code", None)
        if isinstance(status, int):
            table = {429: "rate_limit", 408: "timeout", 504: "timeout"}
            return table.get(status, "connection" if status >= 500 or status < 300 else "fatal")
        if isinstance(
            link, TimeoutError | APITimeoutError | httpx.TimeoutException | httpx2.TimeoutException
        ):
            return "timeout"
        if isinstance(
            link,
            ConnectionError | APIConnectionError | httpx.TransportError | httpx2.TransportError,
        ):
            return "connection"
        link = link.__cause__
    return "fatal"


def classify_error__retries_every_event(error):
    """The server had said 200, so the request was right.

    Caught by: test_error_events_of_a_stream
    """
    link = error
    while link is not None:
        if not isinstance(link, Exception):
            return "interrupt"
        status = getattr(link, "status_code", None)
        if isinstance(status, int):
            table = {429: "rate_limit", 408: "timeout", 504: "timeout"}
            return table.get(status, "connection" if status >= 500 or status < 300 else "fatal")
        if isinstance(
            link, TimeoutError | APITimeoutError | httpx.TimeoutException | httpx2.TimeoutException
        ):
            return "timeout"
        if isinstance(
            link,
            ConnectionError | APIConnectionError | httpx.TransportError | httpx2.TransportError,
        ):
            return "connection"
        if isinstance(link, APIError):
            return "connection"
        link = link.__cause__
    return "fatal"


def classify_error__takes_200_for_fatal(error):
    """A status that is not on the list is fatal.

    Caught by: test_a_status_of_an_answer_that_had_begun
    """
    link = error
    while link is not None:
        if not isinstance(link, Exception):
            return "interrupt"
        status = getattr(link, "status_code", None)
        if isinstance(status, int):
            table = {429: "rate_limit", 408: "timeout", 504: "timeout"}
            return table.get(status, "connection" if status >= 500 else "fatal")
        if isinstance(
            link, TimeoutError | APITimeoutError | httpx.TimeoutException | httpx2.TimeoutException
        ):
            return "timeout"
        if isinstance(
            link,
            ConnectionError | APIConnectionError | httpx.TransportError | httpx2.TransportError,
        ):
            return "connection"
        if isinstance(link, APIError):
            code, kind = str(link.code), str(link.type)
            if len(code) == 3 and code.isdecimal():
                table = {"429": "rate_limit", "408": "timeout", "504": "timeout"}
                return table.get(code, "connection" if code >= "500" else "fatal")
            if code.startswith("rate_limit") or kind.startswith("rate_limit"):
                return "rate_limit"
            return "fatal" if kind == "invalid_request_error" else "connection"
        link = link.__cause__
    return "fatal"


def classify_error__looks_three_causes_deep(error):
    """Nobody wraps an error more than three times.

    Caught by: test_any_chain
    """

    def by_status(status: int) -> ErrorKind:
        if status == 429:
            return "rate_limit"
        if status in (408, 504):
            return "timeout"
        return "connection" if status < 300 or status >= 500 else "fatal"

    def by_event(code: str, kind: str) -> ErrorKind:
        if len(code) == 3 and code.isdecimal():
            return by_status(int(code))
        if code.startswith("rate_limit") or kind.startswith("rate_limit"):
            return "rate_limit"
        return "fatal" if kind == "invalid_request_error" else "connection"

    timeouts = (TimeoutError, APITimeoutError, httpx.TimeoutException, httpx2.TimeoutException)
    broken = (ConnectionError, APIConnectionError, httpx.TransportError, httpx2.TransportError)
    link: BaseException | None = error
    depth = 0
    while link is not None and depth < 4:
        depth += 1
        if not isinstance(link, Exception):
            return "interrupt"
        status = getattr(link, "status_code", None)
        if isinstance(status, int):
            return by_status(status)
        if isinstance(link, timeouts):
            return "timeout"
        if isinstance(link, broken):
            return "connection"
        if isinstance(link, APIError):
            return by_event(str(link.code), str(link.type))
        link = link.__cause__
    return "fatal"


def classify_error__asks_for_the_name(error):
    """The name of a class says what it is.

    Caught by: test_any_chain
    """

    def by_status(status: int) -> ErrorKind:
        if status == 429:
            return "rate_limit"
        if status in (408, 504):
            return "timeout"
        return "connection" if status < 300 or status >= 500 else "fatal"

    def by_event(code: str, kind: str) -> ErrorKind:
        if len(code) == 3 and code.isdecimal():
            return by_status(int(code))
        if code.startswith("rate_limit") or kind.startswith("rate_limit"):
            return "rate_limit"
        return "fatal" if kind == "invalid_request_error" else "connection"

    broken = (ConnectionError, APIConnectionError, httpx.TransportError, httpx2.TransportError)
    link: BaseException | None = error
    while link is not None:
        if not isinstance(link, Exception):
            return "interrupt"
        status = getattr(link, "status_code", None)
        if isinstance(status, int):
            return by_status(status)
        if "Timeout" in type(link).__name__:
            return "timeout"
        if isinstance(link, broken):
            return "connection"
        if isinstance(link, APIError):
            return by_event(str(link.code), str(link.type))
        link = link.__cause__
    return "fatal"


def classify_error__starts_at_the_root(error):
    """The first cause is the real one.

    Caught by: test_any_chain
    """

    def by_status(status: int) -> ErrorKind:
        if status == 429:
            return "rate_limit"
        if status in (408, 504):
            return "timeout"
        return "connection" if status < 300 or status >= 500 else "fatal"

    def by_event(code: str, kind: str) -> ErrorKind:
        if len(code) == 3 and code.isdecimal():
            return by_status(int(code))
        if code.startswith("rate_limit") or kind.startswith("rate_limit"):
            return "rate_limit"
        return "fatal" if kind == "invalid_request_error" else "connection"

    timeouts = (TimeoutError, APITimeoutError, httpx.TimeoutException, httpx2.TimeoutException)
    broken = (ConnectionError, APIConnectionError, httpx.TransportError, httpx2.TransportError)
    link: BaseException | None = error
    while (
        not hasattr(link, "status_code")
        and link.__cause__ is not None
        and isinstance(link.__cause__, Exception)
    ):
        link = link.__cause__
    while link is not None:
        if not isinstance(link, Exception):
            return "interrupt"
        status = getattr(link, "status_code", None)
        if isinstance(status, int):
            return by_status(status)
        if isinstance(link, timeouts):
            return "timeout"
        if isinstance(link, broken):
            return "connection"
        if isinstance(link, APIError):
            return by_event(str(link.code), str(link.type))
        link = link.__cause__
    return "fatal"


def classify_error__knows_no_status_from_600_on(error):
    """A status ends at 599.

    Caught by: test_any_chain
    """

    def by_status(status: int) -> ErrorKind:
        if status == 429:
            return "rate_limit"
        if status in (408, 504):
            return "timeout"
        return "connection" if status < 300 or 500 <= status < 600 else "fatal"

    def by_event(code: str, kind: str) -> ErrorKind:
        if len(code) == 3 and code.isdecimal():
            return by_status(int(code))
        if code.startswith("rate_limit") or kind.startswith("rate_limit"):
            return "rate_limit"
        return "fatal" if kind == "invalid_request_error" else "connection"

    timeouts = (TimeoutError, APITimeoutError, httpx.TimeoutException, httpx2.TimeoutException)
    broken = (ConnectionError, APIConnectionError, httpx.TransportError, httpx2.TransportError)
    link: BaseException | None = error
    while link is not None:
        if not isinstance(link, Exception):
            return "interrupt"
        status = getattr(link, "status_code", None)
        if isinstance(status, int):
            return by_status(status)
        if isinstance(link, timeouts):
            return "timeout"
        if isinstance(link, broken):
            return "connection"
        if isinstance(link, APIError):
            return by_event(str(link.code), str(link.type))
        link = link.__cause__
    return "fatal"


def classify_error__takes_a_code_for_a_type(error):
    """code and type say the same.

    Caught by: test_any_chain
    """

    def by_status(status: int) -> ErrorKind:
        if status == 429:
            return "rate_limit"
        if status in (408, 504):
            return "timeout"
        return "connection" if status < 300 or status >= 500 else "fatal"

    def by_event(code: str, kind: str) -> ErrorKind:
        if len(code) == 3 and code.isdecimal():
            return by_status(int(code))
        if code.startswith("rate_limit") or kind.startswith("rate_limit"):
            return "rate_limit"
        return "fatal" if "invalid_request_error" in (kind, code) else "connection"

    timeouts = (TimeoutError, APITimeoutError, httpx.TimeoutException, httpx2.TimeoutException)
    broken = (ConnectionError, APIConnectionError, httpx.TransportError, httpx2.TransportError)
    link: BaseException | None = error
    while link is not None:
        if not isinstance(link, Exception):
            return "interrupt"
        status = getattr(link, "status_code", None)
        if isinstance(status, int):
            return by_status(status)
        if isinstance(link, timeouts):
            return "timeout"
        if isinstance(link, broken):
            return "connection"
        if isinstance(link, APIError):
            return by_event(str(link.code), str(link.type))
        link = link.__cause__
    return "fatal"


def classify_error__asks_for_a_status_first(error):
    """The status always comes first.

    Caught by: test_any_chain
    """

    def by_status(status: int) -> ErrorKind:
        if status == 429:
            return "rate_limit"
        if status in (408, 504):
            return "timeout"
        return "connection" if status < 300 or status >= 500 else "fatal"

    def by_event(code: str, kind: str) -> ErrorKind:
        if len(code) == 3 and code.isdecimal():
            return by_status(int(code))
        if code.startswith("rate_limit") or kind.startswith("rate_limit"):
            return "rate_limit"
        return "fatal" if kind == "invalid_request_error" else "connection"

    timeouts = (TimeoutError, APITimeoutError, httpx.TimeoutException, httpx2.TimeoutException)
    broken = (ConnectionError, APIConnectionError, httpx.TransportError, httpx2.TransportError)
    link: BaseException | None = error
    while link is not None:
        status = getattr(link, "status_code", None)
        if isinstance(status, int):
            return by_status(status)
        if isinstance(link, timeouts):
            return "timeout"
        if isinstance(link, broken):
            return "connection"
        if isinstance(link, APIError):
            return by_event(str(link.code), str(link.type))
        if not isinstance(link, Exception):
            return "interrupt"
        link = link.__cause__
    return "fatal"


def classify_error__reads_the_type_if_there_is_no_code(error):
    """The code says more than the type, so the type is for errors without one.

    Caught by: test_error_events_of_a_stream
    """
    link = error
    while link is not None:
        if not isinstance(link, Exception):
            return "interrupt"
        status = getattr(link, "status_code", None)
        is_event = isinstance(link, APIError) and not isinstance(link, APIConnectionError)
        if is_event and len(link.code or "") == 3 and link.code.isdigit():
            status = int(link.code)
        if isinstance(status, int):
            table = {429: "rate_limit", 408: "timeout", 504: "timeout"}
            return table.get(status, "connection" if status >= 500 or status < 300 else "fatal")
        if isinstance(
            link, TimeoutError | APITimeoutError | httpx.TimeoutException | httpx2.TimeoutException
        ):
            return "timeout"
        if isinstance(
            link,
            ConnectionError | APIConnectionError | httpx.TransportError | httpx2.TransportError,
        ):
            return "connection"
        if is_event:
            if (link.code or link.type or "").startswith("rate_limit"):
                return "rate_limit"
            return "fatal" if link.type == "invalid_request_error" else "connection"
        link = link.__cause__
    return "fatal"


# backoff_delays


def backoff_delays__seed(retries, base=1.0, cap=30.0, rng=None):
    """The first retry has the number 1, so its wait is base * 2 ** 1.

    Caught by: test_each_wait_is_twice_the_one_before
    """
    if min(retries, base, cap) < 0:
        raise ValueError
    waits = [min(cap, base * 2 ** (index + 1)) for index in range(retries)]
    return [rng.uniform(0, wait) for wait in waits] if rng else waits


def backoff_delays__caps_after_the_jitter(retries, base=1.0, cap=30.0, rng=None):
    """The cap comes last, so that nothing gets past it.

    Caught by: test_jitter_lies_between_nothing_and_the_wait
    """
    if min(retries, base, cap) < 0:
        raise ValueError
    waits, wait = [], base
    for _ in range(retries):
        waits.append(min(cap, rng.uniform(0, wait) if rng else wait))
        wait = min(wait * 2, 1e300)
    return waits


def backoff_delays__adds_the_jitter(retries, base=1.0, cap=30.0, rng=None):
    """Jitter is a bit of time on top.

    Caught by: test_jitter_lies_between_nothing_and_the_wait
    """
    if min(retries, base, cap) < 0:
        raise ValueError
    waits, wait = [], base
    for _ in range(retries):
        wait = min(wait, cap)
        waits.append(wait + rng.random() if rng else wait)
        wait *= 2
    return waits


def backoff_delays__computes_the_power(retries, base=1.0, cap=30.0, rng=None):
    """base * 2 ** i is a number like any other, and min() makes it small.

    Caught by: test_thousands_of_retries_are_allowed
    """
    if min(retries, base, cap) < 0:
        raise ValueError
    waits = [min(cap, base * 2**index) for index in range(retries)]
    return [rng.uniform(0, wait) for wait in waits] if rng else waits


def backoff_delays__keeps_its_results(retries, base=1.0, cap=30.0, rng=None, known={}):  # noqa: B006
    """The same arguments give the same waits, and so the same list.

    Caught by: test_each_result_is_a_list_of_its_own
    """
    if min(retries, base, cap) < 0:
        raise ValueError("retries, base and cap must not be negative")
    if rng is None and (retries, base, cap) in known:
        return known[retries, base, cap]
    delays, delay = [], base
    for _ in range(retries):
        delay = min(delay, cap)
        delays.append(rng.uniform(0, delay) if rng else delay)
        delay *= 2
    if rng is None:
        known[retries, base, cap] = delays
    return delays


def backoff_delays__rounds(retries, base=1.0, cap=30.0, rng=None):
    """Two decimals are enough.

    Caught by: test_any_arguments
    """
    if min(retries, base, cap) < 0:
        raise ValueError("retries, base and cap must not be negative")
    delays: list[float] = []
    delay = base
    for _ in range(retries):
        delay = min(delay, cap)
        delays.append(round(rng.uniform(0, delay) if rng else delay, 2))
        delay *= 2
    return delays


def backoff_delays__takes_0_for_no_cap(retries, base=1.0, cap=30.0, rng=None):
    """Without a cap it is 0.

    Caught by: test_nothing_may_be_0
    """
    if min(retries, base, cap) < 0:
        raise ValueError("retries, base and cap must not be negative")
    delays: list[float] = []
    delay = base
    for _ in range(retries):
        delay = min(delay, cap) if cap else delay
        delays.append(rng.uniform(0, delay) if rng else delay)
        delay *= 2
    return delays


# retry_after


def retry_after__reads_whole_seconds_only(headers, now):
    """The header is a number of seconds.

    Caught by: test_seconds
    """
    for name, value in headers.items():
        if name.lower() == "retry-after" and value.isdigit() and int(value) <= LONGEST_WAIT:
            return float(value)
    return None


def retry_after__ignores_dates(headers, now):
    """What is not a number cannot be read.

    Caught by: test_a_date
    """
    lower = {name.lower(): value for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            wait = float(lower[name]) * unit
        except (KeyError, ValueError):
            continue
        if 0 <= wait <= LONGEST_WAIT:
            return wait
    return None


def retry_after__refuses_only_what_is_negative(headers, now):
    """Whatever the server asks for has to be waited for, if it is not negative.

    Caught by: test_what_is_of_no_use_is_none
    """
    lower = {name.lower(): value for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = lower.get(name, "")
        try:
            wait = float(text) * unit
        except ValueError:
            try:
                wait = parsedate_to_datetime(text).timestamp() - now
            except ValueError:
                continue
        if not wait < 0:
            return wait
    return None


def retry_after__takes_zero_for_nothing(headers, now):
    """No wait and no header are the same.

    Caught by: test_the_limits_are_of_use
    """
    lower = {name.lower(): value for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = lower.get(name, "")
        try:
            wait = float(text) * unit
        except ValueError:
            try:
                wait = parsedate_to_datetime(text).timestamp() - now
            except ValueError:
                continue
        if wait and 0 <= wait <= LONGEST_WAIT:
            return wait
    return None


def retry_after__trusts_the_local_clock(headers, now):
    """timestamp() knows what a date means.

    Caught by: test_a_date_without_a_zone_is_in_utc
    """
    lower = {name.lower(): value for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = lower.get(name, "")
        try:
            wait = float(text) * unit
        except ValueError:
            try:
                wait = parsedate_to_datetime(text).timestamp() - now
            except (ValueError, OverflowError):
                continue
        if 0 <= wait <= LONGEST_WAIT:
            return wait
    return None


def retry_after__takes_every_date_for_utc(headers, now):
    """Servers give dates in UTC, whatever comes after them.

    Caught by: test_a_date_may_have_another_zone
    """
    lower = {name.lower(): value for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = lower.get(name, "")
        try:
            wait = float(text) * unit
        except ValueError:
            try:
                wait = parsedate_to_datetime(text).replace(tzinfo=UTC).timestamp() - now
            except (ValueError, OverflowError):
                continue
        if 0 <= wait <= LONGEST_WAIT:
            return wait
    return None


def retry_after__reads_a_date_as_milliseconds(headers, now):
    """Both headers are read in the same way.

    Caught by: test_a_date_is_not_a_number_of_milliseconds
    """

    def milliseconds(text: str) -> float:
        try:
            return float(text) * 0.001
        except ValueError:
            return until(text)

    def until(text: str) -> float:
        date = parsedate_to_datetime(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now

    lower = {name.lower(): value for name, value in headers.items()}
    for name, read in (
        ("retry-after-ms", milliseconds),
        ("retry-after", float),
        ("retry-after", until),
    ):
        try:
            wait = read(lower.get(name, ""))
        except (ValueError, OverflowError):
            continue
        if 0 <= wait <= LONGEST_WAIT:
            return wait
    return None


def retry_after__refuses_a_minute_of_milliseconds(headers, now):
    """A minute is the limit, and no longer useful.

    Caught by: test_any_headers
    """

    def milliseconds(text: str) -> float:
        return float(text) * 0.001 if float(text) < 60000 else -1.0

    def until(text: str) -> float:
        date = parsedate_to_datetime(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now

    lower = {name.lower(): value for name, value in headers.items()}
    for name, read in (
        ("retry-after-ms", milliseconds),
        ("retry-after", float),
        ("retry-after", until),
    ):
        try:
            wait = read(lower.get(name, ""))
        except (ValueError, OverflowError):
            continue
        if 0 <= wait <= LONGEST_WAIT:
            return wait
    return None


def retry_after__reads_a_unit(headers, now):
    """5s are five seconds.

    Caught by: test_any_headers
    """

    def milliseconds(text: str) -> float:
        return float(text) * 0.001

    def until(text: str) -> float:
        date = parsedate_to_datetime(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now

    lower = {name.lower(): value for name, value in headers.items()}
    for name, read in (
        ("retry-after-ms", milliseconds),
        ("retry-after", lambda text: float(text.rstrip("s"))),
        ("retry-after", until),
    ):
        try:
            wait = read(lower.get(name, ""))
        except (ValueError, OverflowError):
            continue
        if 0 <= wait <= LONGEST_WAIT:
            return wait
    return None


def retry_after__changes_the_headers(headers, now):
    """Nobody needs the other headers.

    Caught by: test_any_headers
    """

    def milliseconds(text: str) -> float:
        return float(text) * 0.001

    def until(text: str) -> float:
        date = parsedate_to_datetime(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now

    headers.pop("Date", None)
    lower = {name.lower(): value for name, value in headers.items()}
    for name, read in (
        ("retry-after-ms", milliseconds),
        ("retry-after", float),
        ("retry-after", until),
    ):
        try:
            wait = read(lower.get(name, ""))
        except (ValueError, OverflowError):
            continue
        if 0 <= wait <= LONGEST_WAIT:
            return wait
    return None


# stream_with_retry


async def stream_with_retry__seed(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """Whatever happens, start over; in the end there is something on the screen.

    Caught by: test_after_the_first_token_nothing_is_tried_again
    """
    tries = 0
    while tries <= retries:
        try:
            async for token in make():
                if token:
                    yield token
            return
        except Exception:
            tries += 1
            await (sleep or asyncio.sleep)(2**tries)


async def stream_with_retry__counts_empty_tokens(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """Once anything has come, the stream has begun.

    Caught by: test_a_failure_before_the_first_token_is_retried
    """
    for delay in [*backoff_delays(retries, base, cap, rng), None]:
        stream, begun, shown = None, False, ""
        try:
            stream = make()
            async for token in stream:
                begun, shown = True, shown + token
                if token:
                    yield token
            return
        except Exception as error:
            if begun:
                raise PartialStream(shown) from error
            if delay is None or not retryable(error):
                raise
        finally:
            await aclose_source(stream)
        await (sleep or asyncio.sleep)(delay)


async def stream_with_retry__takes_a_space_for_nothing(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """As long as only whitespace has come, nobody has seen anything.

    Caught by: test_after_the_first_token_nothing_is_tried_again
    """
    for delay in [*backoff_delays(retries, base, cap, rng), None]:
        stream, shown = None, ""
        try:
            stream = make()
            async for token in stream:
                if token:
                    shown += token
                    yield token
            return
        except Exception as error:
            if shown.strip():
                raise PartialStream(shown) from error
            if delay is None or not retryable(error):
                raise
        finally:
            await aclose_source(stream)
        await (sleep or asyncio.sleep)(delay)


async def stream_with_retry__waits_before_it_closes(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """The wait belongs to the error, so it goes into the except block.

    Caught by: test_a_failed_stream_is_closed_before_anything_else
    """
    shown = []
    for delay in [*backoff_delays(retries, base, cap, rng), None]:
        stream = None
        try:
            stream = make()
            async for token in stream:
                if token:
                    shown.append(token)
                    yield token
            return
        except Exception as error:
            if shown:
                raise PartialStream("".join(shown)) from error
            if delay is None or not retryable(error):
                raise
            await (sleep or asyncio.sleep)(delay)
        finally:
            await aclose_source(stream)


async def stream_with_retry__waits_after_the_last_try(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """After each failure comes a wait.

    Caught by: test_after_the_last_try_it_gives_up_at_once
    """
    shown, last = [], None
    for delay in backoff_delays(retries + 1, base, cap, rng):
        stream = None
        try:
            stream = make()
            async for token in stream:
                if token:
                    shown.append(token)
                    yield token
            return
        except Exception as error:
            if shown:
                raise PartialStream("".join(shown)) from error
            if not retryable(error):
                raise
            last = error
        finally:
            await aclose_source(stream)
        await (sleep or asyncio.sleep)(delay)
    raise last


async def stream_with_retry__catches_everything(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """An error is an error, and so is a cancellation.

    Caught by: test_cancellation_is_no_failure
    """
    shown = []
    for delay in [*backoff_delays(retries, base, cap, rng), None]:
        stream = None
        try:
            stream = make()
            async for token in stream:
                if token:
                    shown.append(token)
                    yield token
            return
        except GeneratorExit:
            raise
        except BaseException as error:
            if shown:
                raise PartialStream("".join(shown)) from error
            if delay is None or not retryable(error):
                raise
        finally:
            await aclose_source(stream)
        await (sleep or asyncio.sleep)(delay)


async def stream_with_retry__makes_one_stream(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """A stream that has failed can still be read.

    Caught by: test_a_failure_before_the_first_token_is_retried
    """
    shown, stream = [], make()
    try:
        for delay in [*backoff_delays(retries, base, cap, rng), None]:
            try:
                async for token in stream:
                    if token:
                        shown.append(token)
                        yield token
                return
            except Exception as error:
                if shown:
                    raise PartialStream("".join(shown)) from error
                if delay is None or not retryable(error):
                    raise
            await (sleep or asyncio.sleep)(delay)
    finally:
        await aclose_source(stream)


async def stream_with_retry__takes_a_wait_of_0_for_none(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """No wait is left if there is none.

    Caught by: test_any_tries
    """
    shown: list[str] = []
    for delay in [*backoff_delays(retries, base, cap, rng), None]:
        stream: AsyncIterator[str] | None = None
        try:
            stream = make()
            async for token in stream:
                if token:
                    shown.append(token)
                    yield token
            return
        except Exception as error:
            if shown:
                raise PartialStream("".join(shown)) from error
            if not delay or not retryable(error):
                raise
        finally:
            await aclose_source(stream)
        await (sleep or asyncio.sleep)(delay)


async def stream_with_retry__makes_an_interrupt_partial(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """Whatever comes after the first token makes the answer partial.

    Caught by: test_any_tries
    """
    shown: list[str] = []
    for delay in [*backoff_delays(retries, base, cap, rng), None]:
        stream: AsyncIterator[str] | None = None
        try:
            stream = make()
            async for token in stream:
                if token:
                    shown.append(token)
                    yield token
            return
        except BaseException as error:
            if shown and not isinstance(error, (GeneratorExit, asyncio.CancelledError)):
                raise PartialStream("".join(shown)) from error
            if delay is None or not isinstance(error, Exception) or not retryable(error):
                raise
        finally:
            await aclose_source(stream)
        await (sleep or asyncio.sleep)(delay)


async def stream_with_retry__leaves_an_ended_stream_open(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """A stream that has ended is closed.

    Caught by: test_any_tries
    """
    shown: list[str] = []
    for delay in [*backoff_delays(retries, base, cap, rng), None]:
        stream: AsyncIterator[str] | None = None
        try:
            stream = make()
            async for token in stream:
                if token:
                    shown.append(token)
                    yield token
            return
        except Exception as error:
            await aclose_source(stream)
            if shown:
                raise PartialStream("".join(shown)) from error
            if delay is None or not retryable(error):
                raise
        except BaseException:
            await aclose_source(stream)
            raise
        await (sleep or asyncio.sleep)(delay)


async def stream_with_retry__gives_the_error_a_cause(
    make, retries=3, base=1.0, cap=30.0, retryable=is_retryable, sleep=None, rng=None
):
    """The last error should say that there were others.

    Caught by: test_errors_of_any_kind
    """
    shown: list[str] = []
    for delay in [*backoff_delays(retries, base, cap, rng), None]:
        stream: AsyncIterator[str] | None = None
        try:
            stream = make()
            async for token in stream:
                if token:
                    shown.append(token)
                    yield token
            return
        except Exception as error:
            if shown:
                raise PartialStream("".join(shown)) from error
            if delay is None or not retryable(error):
                raise error from (error.__cause__ or ValueError("retries"))
        finally:
            await aclose_source(stream)
        await (sleep or asyncio.sleep)(delay)


# stream_or_invoke


async def stream_or_invoke__after_output_too(model, prompt):
    """Showing the text twice is better than showing half of it.

    Caught by: test_after_the_first_token_nothing_is_tried_again
    """
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.text:
                yield chunk.text
        return
    except Exception as error:
        first = error
    finally:
        await aclose_source(stream)
    try:
        message = await model.ainvoke(prompt)
    except Exception as second:
        raise AllFailed([first, second]) from first
    if message.text:
        yield message.text


async def stream_or_invoke__takes_thoughts_for_text(model, prompt):
    """A chunk that holds something has been shown.

    Caught by: test_a_failure_before_the_first_token_asks_for_the_whole
    """
    shown, begun = "", False
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            begun = begun or bool(chunk.content)
            if chunk.text:
                shown += chunk.text
                yield chunk.text
        return
    except Exception as error:
        if begun:
            raise PartialStream(shown) from error
        first = error
    finally:
        await aclose_source(stream)
    try:
        message = await model.ainvoke(prompt)
    except Exception as second:
        raise AllFailed([first, second]) from first
    if message.text:
        yield message.text


async def stream_or_invoke__on_an_empty_answer(model, prompt):
    """If nothing came, something must have gone wrong.

    Caught by: test_an_answer_without_text_is_an_answer
    """
    shown, first = [], None
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.text:
                shown.append(chunk.text)
                yield chunk.text
    except Exception as error:
        if shown:
            raise PartialStream("".join(shown)) from error
        first = error
    finally:
        await aclose_source(stream)
    if not shown:
        try:
            message = await model.ainvoke(prompt)
        except Exception as second:
            raise AllFailed([first, second]) from first
        if message.text:
            yield message.text


async def stream_or_invoke__only_if_a_retry_is_worth_it(model, prompt):
    """What a retry cannot fix, ainvoke cannot fix either.

    Caught by: test_a_failure_before_the_first_token_asks_for_the_whole
    """
    shown = []
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.text:
                shown.append(chunk.text)
                yield chunk.text
        return
    except Exception as error:
        if shown:
            raise PartialStream("".join(shown)) from error
        if not is_retryable(error):
            raise
        first = error
    finally:
        await aclose_source(stream)
    try:
        message = await model.ainvoke(prompt)
    except Exception as second:
        raise AllFailed([first, second]) from first
    if message.text:
        yield message.text


async def stream_or_invoke__hides_the_first_error(model, prompt):
    """Only the last error matters.

    Caught by: test_if_both_fail_both_are_told
    """
    shown = []
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.text:
                shown.append(chunk.text)
                yield chunk.text
        return
    except Exception as error:
        if shown:
            raise PartialStream("".join(shown)) from error
    finally:
        await aclose_source(stream)
    message = await model.ainvoke(prompt)
    if message.text:
        yield message.text


async def stream_or_invoke__on_cancellation(model, prompt):
    """Whatever ended the stream, an answer is better than none.

    Caught by: test_cancellation_is_no_failure
    """
    shown = []
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.text:
                shown.append(chunk.text)
                yield chunk.text
        return
    except GeneratorExit:
        raise
    except BaseException as error:
        if shown:
            raise PartialStream("".join(shown)) from error
        first = error
    finally:
        await aclose_source(stream)
    try:
        message = await model.ainvoke(prompt)
    except Exception as second:
        raise AllFailed([first, second]) from first
    if message.text:
        yield message.text


async def stream_or_invoke__strips_the_whole_answer(model, prompt):
    """White space at the ends is not text.

    Caught by: test_any_answer
    """
    shown: list[str] = []
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.text:
                shown.append(chunk.text)
                yield chunk.text
        return
    except Exception as error:
        if shown:
            raise PartialStream("".join(shown)) from error
        first = error
    finally:
        await aclose_source(stream)
    try:
        message = await model.ainvoke(prompt)
    except Exception as second:
        raise AllFailed([first, second]) from first
    if message.text.strip():
        yield message.text.strip()


async def stream_or_invoke__closes_in_the_end(model, prompt):
    """It is enough to close the stream in the end.

    Caught by: test_any_answer
    """
    shown: list[str] = []
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.text:
                shown.append(chunk.text)
                yield chunk.text
        await aclose_source(stream)
        return
    except Exception as error:
        if shown:
            await aclose_source(stream)
            raise PartialStream("".join(shown)) from error
        first = error
    except BaseException:
        await aclose_source(stream)
        raise
    try:
        message = await model.ainvoke(prompt)
    except Exception as second:
        raise AllFailed([first, second]) from first
    await aclose_source(stream)
    if message.text:
        yield message.text


async def stream_or_invoke__drops_repetitions(model, prompt):
    """The same token twice is one too many.

    Caught by: test_any_answer
    """
    shown: list[str] = []
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.text and [chunk.text] != shown[-1:]:
                shown.append(chunk.text)
                yield chunk.text
        return
    except Exception as error:
        if shown:
            raise PartialStream("".join(shown)) from error
        first = error
    finally:
        await aclose_source(stream)
    try:
        message = await model.ainvoke(prompt)
    except Exception as second:
        raise AllFailed([first, second]) from first
    if message.text:
        yield message.text


# stream_with_fallback


async def stream_with_fallback__changes_in_the_middle(models, prompt):
    """When a model breaks, the next one continues.

    Caught by: test_after_the_first_token_no_model_is_replaced
    """
    if not models:
        raise ValueError
    errors = []
    for name, model in models.items():
        begun = False
        stream = model.astream(prompt)
        try:
            async for chunk in stream:
                if chunk.text:
                    if not begun:
                        yield {"type": "model", "name": name}
                    begun = True
                    yield {"type": "token", "content": chunk.text}
            if not begun:
                yield {"type": "model", "name": name}
            return
        except Exception as error:
            errors.append(error)
        finally:
            await aclose_source(stream)
        yield {"type": "failed", "name": name, "error": type(errors[-1]).__name__}
    raise AllFailed(errors) from errors[0]


async def stream_with_fallback__with_fallbacks(models, prompt):
    """LangChain has that already: with_fallbacks.

    Caught by: test_the_next_one_is_asked_after_a_failure
    """
    if not models:
        raise ValueError
    name, *others = models
    chain = models[name].with_fallbacks([models[other] for other in others])
    shown = []
    stream = chain.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.text:
                if not shown:
                    yield {"type": "model", "name": name}
                shown.append(chunk.text)
                yield {"type": "token", "content": chunk.text}
        if not shown:
            yield {"type": "model", "name": name}
    except Exception as error:
        if shown:
            raise PartialStream("".join(shown)) from error
        raise AllFailed([error]) from error
    finally:
        await aclose_source(stream)


async def stream_with_fallback__names_the_model_too_soon(models, prompt):
    """The model that is asked is the one that answers.

    Caught by: test_the_next_one_is_asked_after_a_failure
    """
    if not models:
        raise ValueError
    errors = []
    for name, model in models.items():
        shown = []
        yield {"type": "model", "name": name}
        stream = model.astream(prompt)
        try:
            async for chunk in stream:
                if chunk.text:
                    shown.append(chunk.text)
                    yield {"type": "token", "content": chunk.text}
            return
        except Exception as error:
            if shown:
                raise PartialStream("".join(shown)) from error
            errors.append(error)
        finally:
            await aclose_source(stream)
        yield {"type": "failed", "name": name, "error": type(errors[-1]).__name__}
    raise AllFailed(errors) from errors[0]


async def stream_with_fallback__takes_no_text_for_a_failure(models, prompt):
    """A model that says nothing has failed.

    Caught by: test_an_answer_without_text_is_an_answer
    """
    if not models:
        raise ValueError
    errors = []
    for name, model in models.items():
        shown = []
        stream = model.astream(prompt)
        try:
            async for chunk in stream:
                if chunk.text:
                    if not shown:
                        yield {"type": "model", "name": name}
                    shown.append(chunk.text)
                    yield {"type": "token", "content": chunk.text}
            if shown:
                return
            errors.append(StopIteration())
        except Exception as error:
            if shown:
                raise PartialStream("".join(shown)) from error
            errors.append(error)
        finally:
            await aclose_source(stream)
        yield {"type": "failed", "name": name, "error": type(errors[-1]).__name__}
    raise AllFailed(errors) from errors[0]


async def stream_with_fallback__tells_failures_with_the_answer(models, prompt):
    """Which model has failed matters only when it is clear which one answers.

    Caught by: test_it_asks_for_no_more_than_it_tells
    """
    if not models:
        raise ValueError
    errors, failed = [], []
    for name, model in models.items():
        shown = []
        stream = model.astream(prompt)
        try:
            async for chunk in stream:
                if chunk.text:
                    if not shown:
                        for event in failed:
                            yield event
                        yield {"type": "model", "name": name}
                    shown.append(chunk.text)
                    yield {"type": "token", "content": chunk.text}
            if not shown:
                for event in failed:
                    yield event
                yield {"type": "model", "name": name}
            return
        except Exception as error:
            if shown:
                raise PartialStream("".join(shown)) from error
            errors.append(error)
            failed.append({"type": "failed", "name": name, "error": type(error).__name__})
        finally:
            await aclose_source(stream)
    for event in failed:
        yield event
    raise AllFailed(errors) from errors[0]


async def stream_with_fallback__asks_all_at_once(models, prompt):
    """The fastest one wins, so ask all of them.

    Caught by: test_the_first_model_answers
    """
    if not models:
        raise ValueError
    streams = {name: model.astream(prompt) for name, model in models.items()}
    first = {name: asyncio.ensure_future(anext(stream)) for name, stream in streams.items()}
    await asyncio.wait(first.values(), return_when=asyncio.FIRST_COMPLETED)
    for name, pull in first.items():
        if pull.done() and pull.exception() is None:
            yield {"type": "model", "name": name}
            if pull.result().text:
                yield {"type": "token", "content": pull.result().text}
            async for chunk in streams[name]:
                if chunk.text:
                    yield {"type": "token", "content": chunk.text}
            return


async def stream_with_fallback__tells_before_it_closes(models, prompt):
    """The user should know as soon as possible.

    Caught by: test_any_models
    """
    if not models:
        raise ValueError("there are no models")
    errors: list[Exception] = []
    for name, model in models.items():
        shown: list[str] = []
        stream = model.astream(prompt)
        try:
            async for chunk in stream:
                if chunk.text:
                    if not shown:
                        yield {"type": "model", "name": name}
                    shown.append(chunk.text)
                    yield {"type": "token", "content": chunk.text}
            if not shown:
                yield {"type": "model", "name": name}
            return
        except Exception as error:
            if shown:
                raise PartialStream("".join(shown)) from error
            errors.append(error)
            yield {"type": "failed", "name": name, "error": type(errors[-1]).__name__}
        finally:
            await aclose_source(stream)
    raise AllFailed(errors) from errors[0]


async def stream_with_fallback__knows_a_bug(models, prompt):
    """A KeyError is a bug, and comes again with each model.

    Caught by: test_if_all_fail_all_are_told
    """
    if not models:
        raise ValueError("there are no models")
    errors: list[Exception] = []
    for name, model in models.items():
        shown: list[str] = []
        stream = model.astream(prompt)
        try:
            async for chunk in stream:
                if chunk.text:
                    if not shown:
                        yield {"type": "model", "name": name}
                    shown.append(chunk.text)
                    yield {"type": "token", "content": chunk.text}
            if not shown:
                yield {"type": "model", "name": name}
            return
        except KeyError:
            raise
        except Exception as error:
            if shown:
                raise PartialStream("".join(shown)) from error
            errors.append(error)
        finally:
            await aclose_source(stream)
        yield {"type": "failed", "name": name, "error": type(errors[-1]).__name__}
    raise AllFailed(errors) from errors[0]


# guard_repetition


def guard_repetition__one_too_few(tokens, limit=20):
    """Reaching the limit is enough.

    Caught by: test_the_row_is_ended
    """
    if limit < 1:
        raise ValueError
    last, row = "", 0
    try:
        for token in tokens:
            row = row + 1 if token == last else 1
            last = token
            if row >= limit and len(token.strip()) > 2:
                raise RepetitionError(token)
            yield token
    finally:
        close_source(tokens)


def guard_repetition__counts_all_of_the_text(tokens, limit=20):
    """A word that comes too often is a repetition.

    Caught by: test_only_a_row_counts
    """
    from collections import Counter

    if limit < 1:
        raise ValueError
    seen = Counter()
    try:
        for token in tokens:
            seen[token] += 1
            if seen[token] > limit and len(token.strip()) > 2:
                raise RepetitionError(token)
            yield token
    finally:
        close_source(tokens)


def guard_repetition__counts_white_space(tokens, limit=20):
    """Equal is equal, whatever it is.

    Caught by: test_short_tokens_and_white_space_may_repeat
    """
    if limit < 1:
        raise ValueError
    last, row = "", 0
    try:
        for token in tokens:
            row = row + 1 if token == last else 1
            last = token
            if row > limit and len(token) > 2:
                raise RepetitionError(token)
            yield token
    finally:
        close_source(tokens)


def guard_repetition__compares_without_white_space(tokens, limit=20):
    """Whitespace does not count, so it does not tell two tokens apart either.

    Caught by: test_only_a_row_counts
    """
    if limit < 1:
        raise ValueError
    last, row = "", 0
    try:
        for token in tokens:
            row = row + 1 if token.strip() == last else 1
            last = token.strip()
            if row > limit and len(last) > 2:
                raise RepetitionError(token)
            yield token
    finally:
        close_source(tokens)


def guard_repetition__passes_over_short_tokens(tokens, limit=20):
    """Short tokens do not count, so they do not end a row either.

    Caught by: test_only_a_row_counts
    """
    if limit < 1:
        raise ValueError
    last, row = "", 0
    try:
        for token in tokens:
            if len(token.strip()) > 2:
                row = row + 1 if token == last else 1
                last = token
                if row > limit:
                    raise RepetitionError(token)
            yield token
    finally:
        close_source(tokens)


def guard_repetition__knows_four_kinds_of_white_space(tokens, limit=20):
    """White space is a space, a tab, and two ends of a line.

    Caught by: test_any_tokens
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    last, row = "", 0
    try:
        for token in tokens:
            row = row + 1 if token == last else 1
            last = token
            if row > limit and len(token.strip(" \n\t\r")) > 2:
                raise RepetitionError(token)
            yield token
    finally:
        close_source(tokens)


def guard_repetition__counts_bytes(tokens, limit=20):
    """The length of a text is a number of bytes.

    Caught by: test_any_tokens
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    last, row = "", 0
    try:
        for token in tokens:
            row = row + 1 if token == last else 1
            last = token
            if row > limit and len(token.strip().encode()) > 2:
                raise RepetitionError(token)
            yield token
    finally:
        close_source(tokens)


def guard_repetition__leaves_an_ended_source_open(tokens, limit=20):
    """A source that has ended is closed.

    Caught by: test_any_tokens
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    last, row = "", 0
    try:
        for token in tokens:
            row = row + 1 if token == last else 1
            last = token
            if row > limit and len(token.strip()) > 2:
                raise RepetitionError(token)
            yield token
    except BaseException:
        close_source(tokens)
        raise


def guard_repetition__takes_an_interrupt_for_the_end(tokens, limit=20):
    """Somebody who presses Ctrl-C wants it to stop.

    Caught by: test_any_tokens
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    last, row = "", 0
    try:
        for token in tokens:
            row = row + 1 if token == last else 1
            last = token
            if row > limit and len(token.strip()) > 2:
                raise RepetitionError(token)
            yield token
    except KeyboardInterrupt:
        return
    finally:
        close_source(tokens)


def guard_repetition__checks_its_limit_with_a_token(tokens, limit=20):
    """Without a token nothing has to be checked.

    Caught by: test_the_limit_is_at_least_1
    """
    last, row = "", 0
    try:
        for token in tokens:
            if limit < 1:
                raise ValueError(limit)
            row = row + 1 if token == last else 1
            last = token
            if row > limit and len(token.strip()) > 2:
                raise RepetitionError(token)
            yield token
    finally:
        close_source(tokens)
