"""What beginners write first for lesson 18: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""


# should_stream


def should_stream__text_for_truth(
    *, expected_seconds, user_facing, needs_complete=False, batch=False
):
    """The learner takes the text "False" for the value False."""
    if not user_facing or needs_complete or batch:
        return "False"
    return "True" if expected_seconds > 2 else "False"


def should_stream__not_of_an_or(
    *, expected_seconds, user_facing, needs_complete=False, batch=False
):
    """The learner believes that 'not' reaches over the whole 'or'."""
    return expected_seconds > 2 and user_facing and not needs_complete or batch


def should_stream__ends_without_return(
    *, expected_seconds, user_facing, needs_complete=False, batch=False
):
    """The learner has overlooked that a function that ends without return gives None."""
    if user_facing and expected_seconds > 2 and not needs_complete and not batch:
        return True


def should_stream__joins_with_an_ampersand(
    *, expected_seconds, user_facing, needs_complete=False, batch=False
):
    """The learner believes that & joins conditions."""
    if user_facing == True & expected_seconds > 2:
        return "True"
    return "False"


# perceived_speedup


def perceived_speedup__whole_numbers(total, ttft):
    """The learner takes // for the division."""
    if ttft is None or ttft <= 0 or ttft > total:
        return None
    return total // ttft


def perceived_speedup__divides_by_none(total, ttft):
    """The learner has overlooked that there may be no first token."""
    if ttft > total:
        return None
    return total / ttft


def perceived_speedup__divides_by_zero(total, ttft):
    """The learner has overlooked that nothing can be divided by zero."""
    if ttft is None or ttft > total:
        return None
    return total / ttft


def perceived_speedup__text(total, ttft):
    """The learner returns a text that is good to read and not a number."""
    if ttft is None or ttft <= 0 or ttft > total:
        return None
    return f"{total / ttft:.1f}"


# summarize


def summarize__clock_not_called(chunks, clock=time.monotonic):
    """The learner has forgotten the parentheses after clock."""
    start = clock
    times = [clock - start for chunk in chunks if has_output(chunk)]
    gaps = [b - a for a, b in pairwise(times)]
    return Summary(
        len(times), times[0], times[-1], None, percentile(gaps, 50), percentile(gaps, 95), max(gaps)
    )


def summarize__index_of_an_empty_list(chunks, clock=time.monotonic):
    """The learner has overlooked that there may be no chunk with output."""
    start = clock()
    times = [clock() - start for chunk in chunks if has_output(chunk)]
    gaps = [b - a for a, b in pairwise(times)]
    return Summary(
        chunks=len(times),
        ttft=times[0],
        total=times[-1],
        tpot=(times[-1] - times[0]) / (len(times) - 1) if gaps else None,
        gap_p50=percentile(gaps, 50),
        gap_p95=percentile(gaps, 95),
        gap_max=max(gaps, default=None),
    )


def summarize__max_of_nothing(chunks, clock=time.monotonic):
    """The learner has overlooked that max cannot find anything in an empty list."""
    start = clock()
    times = [clock() - start for chunk in chunks if has_output(chunk)]
    gaps = [b - a for a, b in pairwise(times)]
    return Summary(
        chunks=len(times),
        ttft=times[0] if times else None,
        total=times[-1] if times else None,
        tpot=(times[-1] - times[0]) / (len(times) - 1) if gaps else None,
        gap_p50=percentile(gaps, 50),
        gap_p95=percentile(gaps, 95),
        gap_max=max(gaps),
    )


def summarize__a_dict(chunks, clock=time.monotonic):
    """The learner returns a dict and not a Summary."""
    start = clock()
    times = [clock() - start for chunk in chunks if has_output(chunk)]
    return {"chunks": len(times), "ttft": times[0], "total": times[-1]}


def summarize__arguments_left_out(chunks, clock=time.monotonic):
    """The learner has overlooked that a Summary needs all of its values."""
    start = clock()
    times = [clock() - start for chunk in chunks if has_output(chunk)]
    return Summary(chunks=len(times), ttft=times[0], total=times[-1])


def summarize__stream_read_twice(chunks, clock=time.monotonic):
    """The learner has overlooked that a stream can be read only once."""
    start = clock()
    count = len([chunk for chunk in chunks if has_output(chunk)])
    times = [clock() - start for chunk in chunks if has_output(chunk)]
    gaps = [b - a for a, b in pairwise(times)]
    return Summary(
        chunks=count,
        ttft=times[0] if times else None,
        total=times[-1] if times else None,
        tpot=(times[-1] - times[0]) / (len(times) - 1) if gaps else None,
        gap_p50=percentile(gaps, 50),
        gap_p95=percentile(gaps, 95),
        gap_max=max(gaps, default=None),
    )


def summarize__never_asks(chunks, clock=time.monotonic):
    """The learner has overlooked that has_output is a function."""
    start = clock()
    times = []
    for chunk in chunks:
        if has_output:
            times.append(clock() - start)
    gaps = [b - a for a, b in pairwise(times)]
    ttft = times[0]
    total = times[-1]
    return Summary(
        len(times),
        ttft,
        total,
        (total - ttft) / (len(times) - 1),
        percentile(gaps, 50),
        percentile(gaps, 95),
        max(gaps),
    )


def summarize__first_token_as_a_gap(
    chunks: Iterable[AIMessageChunk], clock: Callable[[], float] = time.monotonic
) -> Summary:
    """The times between the chunks begin with the time from the start to the first chunk."""
    start = clock()
    times = [start]
    for chunk in chunks:
        if has_output(chunk):
            times.append(clock())
    count = len(times) - 1
    if count == 0:
        return Summary(0, None, None, None, None, None, None)
    ttft = times[1] - start
    total = times[-1] - start
    if count == 1:
        return Summary(1, ttft, total, None, None, None, None)
    gaps = [after - before for before, after in pairwise(times)]
    return Summary(
        chunks=count,
        ttft=ttft,
        total=total,
        tpot=(total - ttft) / (count - 1),
        gap_p50=percentile(gaps, 50),
        gap_p95=percentile(gaps, 95),
        gap_max=max(gaps),
    )


# count_tokens


def count_tokens__a_number(chunks, estimate=None):
    """The learner returns a number and not a TokenCount."""
    count = 0
    for chunk in chunks:
        if chunk.usage_metadata:
            count = chunk.usage_metadata["output_tokens"]
    return count


def count_tokens__usage_is_none(chunks, estimate=None):
    """The learner has overlooked that most chunks have no usage."""
    count = 0
    for chunk in chunks:
        count = chunk.usage_metadata["output_tokens"]
    return TokenCount(count, False)


def count_tokens__attribute_of_a_dict(chunks, estimate=None):
    """The learner believes that the keys of a dict are its attributes."""
    count, text = None, ""
    for chunk in chunks:
        text += chunk.text
        if chunk.usage_metadata is not None:
            count = chunk.usage_metadata.output_tokens
    if count is None:
        return TokenCount((estimate or estimate_tokens)(text), True)
    return TokenCount(count, False)


def count_tokens__estimate_is_none(chunks, estimate=None):
    """The learner has overlooked that there may be no function that estimates."""
    count, text = None, ""
    for chunk in chunks:
        text += chunk.text
        if chunk.usage_metadata is not None:
            count = chunk.usage_metadata["output_tokens"]
    if count is None:
        return TokenCount(estimate(text), True)
    return TokenCount(count, False)


def count_tokens__content_added(chunks, estimate=None):
    """The learner has overlooked that content may be a list."""
    count, text = None, ""
    for chunk in chunks:
        text += chunk.content
        if chunk.usage_metadata is not None:
            count = chunk.usage_metadata["output_tokens"]
    if count is None:
        return TokenCount((estimate or estimate_tokens)(text), True)
    return TokenCount(count, False)


def count_tokens__calls_what_it_has_called(
    chunks: Iterable[AIMessageChunk], estimate: Callable[[str], int] | None = None
) -> TokenCount:
    """`estimate or estimate_tokens(text)` is the function to call."""
    text = ""
    tokens = None
    for chunk in chunks:
        text += chunk.text
        if chunk.usage_metadata is not None:
            tokens = chunk.usage_metadata["output_tokens"]
    if tokens is not None:
        return TokenCount(tokens, False)
    estimate = estimate or estimate_tokens(text)
    return TokenCount(estimate(text), True)


# live_stats


def live_stats__class_for_an_instance(tokens, every, sink, clock=time.monotonic):
    """The learner sets values in the class and hands it over."""
    if every < 1:
        raise ValueError(every)
    start = clock()
    text, count, reported = "", 0, 0
    try:
        for token in tokens:
            text += token
            count += bool(token)
            words = len(text.split())
            if words // every > reported:
                reported = words // every
                Stats.tokens = count
                Stats.chars = len(text)
                Stats.words = words
                Stats.sentences = len(re.findall(r"[.!?]\s", text))
                Stats.seconds = clock() - start
                sink(Stats)
            yield token
    finally:
        close_source(tokens)


def live_stats__changes_what_is_frozen(tokens, every, sink, clock=time.monotonic):
    """The learner has overlooked that a frozen object cannot be changed."""
    if every < 1:
        raise ValueError(every)
    stats = Stats(0, 0, 0, 0, 0.0, None)
    try:
        for token in tokens:
            stats.tokens += 1
            stats.chars += len(token)
            yield token
    finally:
        close_source(tokens)


def live_stats__sink_not_called(tokens, every, sink, clock=time.monotonic):
    """The learner believes that sink is a list."""
    if every < 1:
        raise ValueError(every)
    start = clock()
    text, count, reported = "", 0, 0
    try:
        for token in tokens:
            text += token
            count += bool(token)
            words = len(text.split())
            if words // every > reported:
                reported = words // every
                seconds = clock() - start
                sink.append(Stats(count, len(text), words, 0, seconds, None))
            yield token
    finally:
        close_source(tokens)


def live_stats__divides_by_zero(tokens, every, sink, clock=time.monotonic):
    """The learner has overlooked that no time may have passed."""
    if every < 1:
        raise ValueError(every)
    start = clock()
    text, count, reported = "", 0, 0
    try:
        for token in tokens:
            text += token
            count += bool(token)
            words = len(text.split())
            if words // every > reported:
                reported = words // every
                seconds = clock() - start
                ended = len(re.findall(r"[.!?]\s", text))
                sink(Stats(count, len(text), words, ended, seconds, len(text) / seconds))
            yield token
    finally:
        close_source(tokens)


def live_stats__reports_the_class(tokens, every, sink, clock=time.monotonic):
    """The learner has handed over the class and not an object."""
    words = 0
    for token in tokens:
        words += 1
        if words % every == 0:
            sink(Stats)
        yield token


# ascii_histogram


def ascii_histogram__prints(values, edges=(0, 5, 10, 15, 20), width=40):
    """The learner takes printing for returning."""
    for left, right in pairwise(edges):
        count = len([value for value in values if left <= value < right])
        print(f"{left:g}-{right:g} {BLOCK * count} {count}")


def ascii_histogram__a_list_of_lines(values, edges=(0, 5, 10, 15, 20), width=40):
    """The learner has forgotten to join the lines."""
    values = list(values)
    lines = []
    for left, right in pairwise([*edges, math.inf]):
        count = len([value for value in values if left <= value < right])
        lines.append(f"{left:g}-{right:g} {BLOCK * count} {count}")
    return lines


def ascii_histogram__stream_read_twice(values, edges=(0, 5, 10, 15, 20), width=40):
    """The learner has overlooked that an iterator is empty after it was read once."""
    lines = []
    for left, right in pairwise([*edges, math.inf]):
        count = len([value for value in values if left <= value < right])
        label = f"{left:g}+" if right == math.inf else f"{left:g}-{right:g}"
        lines.append(f"{label:<8} {BLOCK * min(count, width)} {count}")
    return "\n".join(lines)


def ascii_histogram__float_for_a_count(values, edges=(0, 5, 10, 15, 20), width=40):
    """The learner has overlooked that a text can be repeated only a whole number of times."""
    counts = [0] * len(edges)
    for value in values:
        if value < edges[0]:
            raise ValueError(value)
        counts[bisect_right(edges, value) - 1] += 1
    most = max(counts) or 1
    labels = [f"{a:g}-{b:g}" for a, b in pairwise(edges)] + [f"{edges[-1]:g}+"]
    longest = max(map(len, labels))
    return "\n".join(
        f"{label:>{longest}} {BLOCK * (count * width / most)} {count}"
        for label, count in zip(labels, counts)
    )


def ascii_histogram__divides_by_zero(values, edges=(0, 5, 10, 15, 20), width=40):
    """The learner has overlooked that there may be no values at all."""
    counts = [0] * len(edges)
    for value in values:
        if value < edges[0]:
            raise ValueError(value)
        counts[bisect_right(edges, value) - 1] += 1
    labels = [f"{a:g}-{b:g}" for a, b in pairwise(edges)] + [f"{edges[-1]:g}+"]
    longest = max(map(len, labels))
    return "\n".join(
        f"{label:>{longest}} {BLOCK * math.ceil(count * width / max(counts))} {count}"
        for label, count in zip(labels, counts)
    )


def ascii_histogram__one_bin_missing(values, edges=(0, 5, 10, 15, 20), width=40):
    """The learner has overlooked that there is one bin more than there are pairs of edges."""
    counts = [0] * (len(edges) - 1)
    for value in values:
        if value < edges[0]:
            raise ValueError(value)
        counts[bisect_right(edges, value) - 1] += 1
    most = max(counts) or 1
    labels = [f"{a:g}-{b:g}" for a, b in pairwise(edges)] + [f"{edges[-1]:g}+"]
    longest = max(map(len, labels))
    return "\n".join(
        f"{label:>{longest}} {BLOCK * math.ceil(count * width / most)} {count}"
        for label, count in zip(labels, counts)
    )


# SessionLog


class SessionLog__self_forgotten:
    """The learner has forgotten self in front of an attribute."""

    def __init__(self, limits=LIMITS):
        sessions = []
        self.limits = limits

    def add(self, session):
        self.sessions.append(session)

    def insights(self):
        return {"type": "empty", "message": "nothing yet"}


class SessionLog__a_list_for_all:
    """The learner keeps the sessions in the class, where all logs share them."""

    sessions = []

    def __init__(self, limits=LIMITS):
        self.limits = limits

    def add(self, session):
        self.sessions.append(session)

    def insights(self):
        if not self.sessions:
            return {"type": "empty", "message": "nothing yet"}
        return {"type": "insights", "sessions": len(self.sessions)}


class SessionLog__median_of_nothing:
    """The learner has overlooked that nothing has no median."""

    def __init__(self, limits=LIMITS):
        self.sessions = []
        self.limits = limits

    def add(self, session):
        self.sessions.append(session)

    def insights(self):
        if not self.sessions:
            return {"type": "empty", "message": "nothing yet"}
        count = len(self.sessions)
        rated = [one.rating for one in self.sessions if one.rating is not None]
        speeds = [one.tokens_per_second for one in self.sessions if one.tokens_per_second]
        return {
            "type": "insights",
            "sessions": count,
            "ttft": statistics.median(s.ttft for s in self.sessions if s.ttft is not None),
            "tokens_per_second": statistics.median(speeds),
            "error_rate": sum(s.status == "failed" for s in self.sessions) / count,
            "interruption_rate": sum(s.status == "interrupted" for s in self.sessions) / count,
            "satisfaction": sum(rated) / len(rated) if rated else None,
            "errors": dict(Counter(s.error for s in self.sessions if s.error)),
            "topics": dict(Counter(s.topic for s in self.sessions if s.topic)),
            "recommendations": {},
        }


class SessionLog__session_is_a_dict:
    """The learner takes a session for a dict."""

    def __init__(self, limits=LIMITS):
        self.sessions = []
        self.limits = limits

    def add(self, session):
        self.sessions.append(session)

    def insights(self):
        if not self.sessions:
            return {"type": "empty", "message": "nothing yet"}
        failed = [session for session in self.sessions if session["status"] == "failed"]
        return {"type": "insights", "error_rate": len(failed) / len(self.sessions)}


class SessionLog__property_called:
    """The learner calls a property as if it were a method."""

    def __init__(self, limits=LIMITS):
        self.sessions = []
        self.limits = limits

    def add(self, session):
        self.sessions.append(session)

    def insights(self):
        if not self.sessions:
            return {"type": "empty", "message": "nothing yet"}
        speeds = [session.tokens_per_second() for session in self.sessions]
        return {"type": "insights", "tokens_per_second": statistics.median(speeds)}


class SessionLog__adds_one_as_if_many:
    """The learner believes that += adds one thing to a list."""

    def __init__(self, limits=LIMITS):
        self.sessions = []
        self.limits = limits

    def add(self, session):
        self.sessions += session

    def insights(self):
        if not self.sessions:
            return {"type": "empty", "message": "nothing yet"}
        return {"type": "insights", "sessions": len(self.sessions)}


class SessionLog__counters_kept_in_the_log:
    """The counters belong to the log and can be filled in each report; that the second report
    counts all sessions once more is overlooked.
    """

    def __init__(self, limits: Sequence[Limit] = LIMITS) -> None:
        self.limits = limits
        self.sessions = []
        self.errors = Counter()
        self.topics = Counter()

    def add(self, session: Session) -> None:
        self.sessions.append(session)

    def insights(self) -> Report:
        if not self.sessions:
            return {"type": "empty", "message": "There are no sessions yet."}
        for session in self.sessions:
            if session.error is not None:
                self.errors[session.error] += 1
            if session.topic:
                self.topics[session.topic] += 1
        count = len(self.sessions)
        ttfts = [one.ttft for one in self.sessions if one.ttft is not None]
        speeds = [
            one.tokens_per_second for one in self.sessions if one.tokens_per_second is not None
        ]
        ratings = [one.rating for one in self.sessions if one.rating is not None]
        failed = [one for one in self.sessions if one.status == "failed"]
        stopped = [one for one in self.sessions if one.status == "interrupted"]
        figures = {
            "ttft": statistics.median(ttfts) if ttfts else None,
            "tokens_per_second": statistics.median(speeds) if speeds else None,
            "error_rate": len(failed) / count,
            "satisfaction": sum(ratings) / len(ratings) if ratings else None,
        }
        advice = {}
        for limit in self.limits:
            value = figures[limit.figure]
            if value is not None and not limit.least <= value <= limit.most:
                advice[limit.figure] = f"{limit.figure} is {value:g}, which is out of bounds."
        return {
            "type": "insights",
            "sessions": count,
            **figures,
            "interruption_rate": len(stopped) / count,
            "errors": dict(self.errors),
            "topics": dict(self.topics),
            "recommendations": advice,
        }


# ab_test


def ab_test__variants_not_called(variants, n=10, seed=0):
    """The learner has forgotten to call the variant."""
    if n < 2:
        raise ValueError(n)
    report = {}
    for name, variant in variants.items():
        figures = [variant for _ in range(n)]
        error = statistics.stdev(figures) / math.sqrt(n)
        report[name] = VariantReport(n, 0, statistics.mean(figures), error)
    return report, min(report, key=lambda name: report[name].mean)


def ab_test__shuffles_nothing(variants, n=10, seed=0):
    """The learner believes that shuffle returns the shuffled list."""
    if n < 2:
        raise ValueError(n)
    rng = random.Random(seed)
    figures = {name: [] for name in variants}
    for _ in range(n):
        for name in rng.shuffle(list(variants)):
            figures[name].append(variants[name]())
    report = {}
    for name, found in figures.items():
        error = statistics.stdev(found) / math.sqrt(len(found))
        report[name] = VariantReport(len(found), 0, statistics.mean(found), error)
    return report, None


def ab_test__shuffles_a_dict(variants, n=10, seed=0):
    """The learner believes that a dict can be shuffled."""
    if n < 2:
        raise ValueError(n)
    rng = random.Random(seed)
    figures = {name: [] for name in variants}
    for _ in range(n):
        rng.shuffle(variants)
        for name in variants:
            figures[name].append(variants[name]())
    return {}, None


def ab_test__only_the_report(variants, n=10, seed=0):
    """The learner has overlooked that two things come back."""
    if n < 2:
        raise ValueError(n)
    rng = random.Random(seed)
    figures = {name: [] for name in variants}
    for _ in range(n):
        order = list(variants)
        rng.shuffle(order)
        for name in order:
            figures[name].append(variants[name]())
    report = {}
    for name, found in figures.items():
        error = statistics.stdev(found) / math.sqrt(len(found))
        report[name] = VariantReport(len(found), 0, statistics.mean(found), error)
    return report


def ab_test__one_list_for_all(variants, n=10, seed=0):
    """The learner has overlooked that fromkeys puts the same list everywhere."""
    if n < 2:
        raise ValueError(n)
    rng = random.Random(seed)
    figures = dict.fromkeys(variants, [])
    failures = dict.fromkeys(variants, 0)
    for _ in range(n):
        order = list(variants)
        rng.shuffle(order)
        for name in order:
            try:
                figures[name].append(variants[name]())
            except Exception:
                failures[name] += 1
    report = {}
    for name, found in figures.items():
        mean = statistics.mean(found) if found else None
        error = statistics.stdev(found) / math.sqrt(len(found)) if len(found) > 1 else None
        report[name] = VariantReport(len(found), failures[name], mean, error)
    return report, None


def ab_test__stdev_of_one(variants, n=10, seed=0):
    """The learner has overlooked that a single figure has no standard deviation."""
    if n < 2:
        raise ValueError(n)
    rng = random.Random(seed)
    figures = {name: [] for name in variants}
    for _ in range(n):
        order = list(variants)
        rng.shuffle(order)
        for name in order:
            try:
                figures[name].append(variants[name]())
            except Exception:
                pass
    report = {}
    for name, found in figures.items():
        error = statistics.stdev(found) / math.sqrt(len(found))
        report[name] = VariantReport(len(found), n - len(found), statistics.mean(found), error)
    best = min(report, key=lambda name: report[name].mean)
    for name, other in report.items():
        if name != best:
            noise = math.hypot(other.standard_error, report[best].standard_error)
            if other.mean - report[best].mean <= 2 * noise:
                return report, None
    return report, best if len(report) > 1 else None
