"""Right answers to lesson 18 that are built differently from the reference.

`course/lesson/variants.py` says how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: F821


def should_stream__one_by_one(*, expected_seconds, user_facing, needs_complete=False, batch=False):
    """One reason after the other not to stream."""
    if not user_facing or batch:
        return False
    if needs_complete:
        return False
    return expected_seconds > 2


def perceived_speedup__cases(total, ttft):
    """The cases without a figure one after the other."""
    if ttft is None:
        return None
    if ttft <= 0 or ttft > total:
        return None
    return 1 / (ttft / total) if ttft != total else 1.0


def summarize__in_one_pass(chunks, clock=time.monotonic):
    """The gaps are kept, the times are not; the time per token is the mean of the gaps."""
    start = clock()
    first = last = None
    gaps = []
    for chunk in chunks:
        if not has_output(chunk):
            continue
        now = clock()
        if first is None:
            first = now
        else:
            gaps.append(now - last)
        last = now
    if first is None:
        return Summary(0, None, None, None, None, None, None)
    return Summary(
        chunks=len(gaps) + 1,
        ttft=first - start,
        total=last - start,
        tpot=statistics.fmean(gaps) if gaps else None,
        gap_p50=percentile(gaps, 50),
        gap_p95=percentile(gaps, 95),
        gap_max=max(gaps) if gaps else None,
    )


def count_tokens__backwards(chunks, estimate=estimate_tokens):
    """All chunks in a list, and a search for the last report from the end."""
    chunks = list(chunks)
    for chunk in reversed(chunks):
        if chunk.usage_metadata is not None:
            return TokenCount(tokens=chunk.usage_metadata["output_tokens"], estimated=False)
    text = "".join(chunk.text for chunk in chunks)
    return TokenCount(tokens=(estimate or estimate_tokens)(text), estimated=True)


def live_stats__by_character(tokens, every, sink, clock=time.monotonic):
    """A look at each character, and a goal that moves on when it is passed."""
    if every < 1:
        raise ValueError("every must be positive")

    def stream():
        start = clock()
        count = chars = words = sentences = 0
        goal, before = every, "\n"
        try:
            for token in tokens:
                count += token != ""
                for character in token:
                    chars += 1
                    if character.isspace():
                        sentences += before in MARKS
                    elif before.isspace():
                        words += 1
                    before = character
                if words >= goal:
                    while goal <= words:
                        goal += every
                    passed = clock() - start
                    speed = None if passed == 0 else chars / passed
                    sink(Stats(count, chars, words, sentences, passed, speed))
                yield token
        finally:
            close_source(tokens)

    return stream()


def live_stats__iterator_class(tokens, every, sink, clock=time.monotonic):
    """A class with __next__ and close in place of a generator."""
    if every < 1:
        raise ValueError("every must be positive")

    class Live:
        def __init__(self):
            self.source = self.start = None
            self.count = self.chars = self.words = self.sentences = 0
            self.before, self.goal = " ", every

        def __iter__(self):
            return self

        def __next__(self):
            if self.source is None:
                self.source, self.start = iter(tokens), clock()
            try:
                token = next(self.source)
            except BaseException:
                self.close()
                raise
            self.count += bool(token)
            self.chars += len(token)
            for left, right in pairwise(self.before + token):
                self.words += left.isspace() and not right.isspace()
                self.sentences += left in MARKS and right.isspace()
            self.before = token[-1:] or self.before
            if self.words >= self.goal:
                self.goal = (self.words // every + 1) * every
                self.report(clock() - self.start)
            return token

        def report(self, seconds):
            speed = self.chars / seconds if seconds else None
            sink(Stats(self.count, self.chars, self.words, self.sentences, seconds, speed))

        def close(self):
            close_source(tokens)

    return Live()


def ascii_histogram__bin_by_bin(values, edges=(0, 5, 10, 15, 20), width=40):
    """Bin after bin; labels on the left, bars rounded up, a line break at the end."""
    values = sorted(values)
    if values and values[0] < edges[0]:
        raise ValueError("a value is below all bins")
    rows = []
    for low, high in zip(edges, [*edges[1:], None], strict=True):
        label = f"{low:g}+" if high is None else f"{low:g}-{high:g}"
        rows.append((label, sum(low <= one and (high is None or one < high) for one in values)))
    left = max(len(label) for label, _ in rows)
    most = max(count for _, count in rows) or 1
    return "".join(
        f"{label.ljust(left)} {BLOCK * -(-count * width // most)} {count}\n"
        for label, count in rows
    )


class SessionLog__counts_as_they_come:
    """Figures are collected in add, and copied out."""

    def __init__(self, limits=LIMITS):
        self.limits = limits
        self.kinds, self.errors, self.topics = Counter(), Counter(), Counter()
        self.times, self.rates, self.ratings = [], [], []

    def add(self, session):
        self.kinds[session.status] += 1
        if session.error:
            self.errors[session.error] += 1
        if session.topic:
            self.topics[session.topic] += 1
        for values, value in (
            (self.times, session.ttft),
            (self.rates, session.tokens_per_second),
            (self.ratings, session.rating),
        ):
            if value is not None:
                values.append(value)

    def insights(self):
        total = self.kinds.total()
        if total == 0:
            return Empty(type="empty", message="Nobody has asked anything yet.")
        result = Insights(
            type="insights",
            sessions=total,
            ttft=statistics.median(self.times) if self.times else None,
            tokens_per_second=statistics.median(self.rates) if self.rates else None,
            error_rate=self.kinds["failed"] / total,
            interruption_rate=self.kinds["interrupted"] / total,
            satisfaction=self.ratings.count(True) / len(self.ratings) if self.ratings else None,
            errors=dict(self.errors),
            topics=dict(self.topics),
            recommendations={},
        )
        for limit in self.limits:
            value = result[limit.figure]
            if value is None:
                continue
            if value > limit.most:
                result["recommendations"][limit.figure] = f"more than {limit.most}"
            elif value < limit.least:
                result["recommendations"][limit.figure] = f"less than {limit.least}"
        return result


def ab_test__rotates(variants, n=10, seed=0):
    """Each round begins with a different variant; the figures are computed by hand."""
    if n <= 1:
        raise ValueError("an experiment needs two runs at least")
    names = list(variants)
    times = {name: [] for name in names}
    start = random.Random(seed).randrange(max(1, len(names)))
    for number in range(n):
        at = (number + start) % max(1, len(names))
        for name in names[at:] + names[:at]:
            try:
                time = variants[name]()
            except Exception:
                continue
            times[name].append(time)
    report = {}
    for name in names:
        count = len(times[name])
        mean = math.fsum(times[name]) / count if count else None
        error = None
        if count >= 2:
            squares = math.fsum((time - mean) ** 2 for time in times[name])
            error = math.sqrt(squares / (count - 1) / count)
        report[name] = VariantReport(count, n - count, mean, error)
    if len(names) < 2 or any(one.standard_error is None for one in report.values()):
        return report, None
    for name, one in report.items():
        if all(
            other.mean - one.mean > 2 * math.hypot(one.standard_error, other.standard_error)
            for rival, other in report.items()
            if rival != name
        ):
            return report, name
    return report, None


def ab_test__orders_first(variants, n=10, seed=0):
    """All orders are made before the first run, failures are counted, and variances compared."""
    if n < 2:
        raise ValueError("an experiment needs two runs at least")
    shuffle = random.Random(seed).shuffle
    orders = [[*variants] for _ in range(n)]
    for order in orders:
        shuffle(order)
    times, failures = {name: [] for name in variants}, Counter()
    for name in (name for order in orders for name in order):
        try:
            times[name] += [variants[name]()]
        except Exception:
            failures[name] += 1
    report = {}
    for name, them in times.items():
        mean = sum(them) / len(them) if them else None
        error = math.sqrt(statistics.variance(them) / len(them)) if len(them) > 1 else None
        report[name] = VariantReport(len(them), failures[name], mean, error)
    if len(report) < 2 or None in [one.standard_error for one in report.values()]:
        return report, None
    best = min(report, key=lambda name: report[name].mean)
    for name, one in report.items():
        noise = (one.standard_error**2 + report[best].standard_error ** 2) ** 0.5
        if name != best and one.mean - report[best].mean <= 2 * noise:
            return report, None
    return report, best
