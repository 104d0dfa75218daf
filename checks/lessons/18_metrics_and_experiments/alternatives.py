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


def should_stream__all(*, expected_seconds, user_facing, needs_complete=False, batch=False):
    """All conditions in one tuple."""
    return all((user_facing, not needs_complete, not batch, expected_seconds > 2))


def should_stream__matches(*, expected_seconds, user_facing, needs_complete=False, batch=False):
    """A pattern for the only case that streams."""
    match (user_facing, needs_complete, batch):
        case (True, False, False):
            return not expected_seconds <= 2
        case _:
            return False


def perceived_speedup__cases(total, ttft):
    """The cases without a figure one after the other."""
    if ttft is None:
        return None
    if ttft <= 0 or ttft > total:
        return None
    return 1 / (ttft / total) if ttft != total else 1.0


def perceived_speedup__catches(total, ttft):
    """It calculates first, and looks at the result."""
    try:
        times = total / ttft
    except (TypeError, ZeroDivisionError):
        return None
    return None if ttft < 0 or ttft > total else times


def perceived_speedup__fractions(total, ttft):
    """With exact fractions, and one division at the end."""
    from fractions import Fraction

    if ttft is None or ttft <= 0 or total < ttft:
        return None
    return float(Fraction(total) / Fraction(ttft))


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


def summarize__by_hand(chunks, clock=time.monotonic):
    """An iterator that is asked by hand, and ranks that are counted here."""
    start = clock()
    source, moments = iter(chunks), []
    while True:
        try:
            chunk = next(source)
        except StopIteration:
            break
        moment = clock()
        if has_output(chunk):
            moments.append(moment)
    if not moments:
        return Summary(chunks=0, **dict.fromkeys(list(Summary.__dataclass_fields__)[1:]))
    gaps = sorted(moments[at + 1] - moments[at] for at in range(len(moments) - 1))

    def rank(percent):
        return gaps[-(-percent * len(gaps) // 100) - 1] if gaps else None

    rate = (moments[-1] - moments[0]) / (len(moments) - 1) if gaps else None
    ends = (moments[0] - start, moments[-1] - start)
    return Summary(len(moments), *ends, rate, rank(50), rank(95), rank(100))


def summarize__timed_pairs(chunks, clock=time.monotonic):
    """A generator of moments, filtered afterwards."""
    from itertools import starmap
    from operator import sub

    def timed():
        for chunk in chunks:
            yield clock(), chunk

    begin = clock()
    came = [at - begin for at, chunk in list(timed()) if has_output(chunk)]
    gaps = list(starmap(sub, zip(came[1:], came[:-1], strict=True)))
    first, last = (came[0], came[-1]) if came else (None, None)
    return Summary(
        chunks=len(came),
        ttft=first,
        total=last,
        tpot=statistics.mean(gaps) if gaps else None,
        gap_p50=percentile(gaps, 50),
        gap_p95=percentile(gaps, 95),
        gap_max=percentile(gaps, 100),
    )


def count_tokens__backwards(chunks, estimate=estimate_tokens):
    """All chunks in a list, and a search for the last report from the end."""
    chunks = list(chunks)
    for chunk in reversed(chunks):
        if chunk.usage_metadata is not None:
            return TokenCount(tokens=chunk.usage_metadata["output_tokens"], estimated=False)
    text = "".join(chunk.text for chunk in chunks)
    return TokenCount(tokens=(estimate or estimate_tokens)(text), estimated=True)


def count_tokens__folds(chunks, estimate=None):
    """A fold: the text so far, and the last report."""
    from functools import reduce

    def add(state, chunk):
        text, report = state
        return text + chunk.text, chunk.usage_metadata or report

    text, report = reduce(add, chunks, ("", None))
    if report is None:
        estimate = estimate_tokens if estimate is None else estimate
        return TokenCount(estimate(text), True)
    return TokenCount(report["output_tokens"], False)


def count_tokens__reports_first(chunks, estimate=None):
    """A list of reports, and a text that is only joined if there are none."""
    chunks = list(chunks)
    reports = [one.usage_metadata for one in chunks if one.usage_metadata is not None]
    if reports:
        return TokenCount(reports.pop()["output_tokens"], estimated=False)
    if estimate is None:
        estimate = estimate_tokens
    return TokenCount(estimate("".join([one.text for one in chunks])), estimated=True)


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


def live_stats__accumulates(tokens, every, sink, clock=time.monotonic):
    """Small counters for words and sentences, and a generator that delegates."""
    if every < 1:
        raise ValueError(every)

    class Words:
        count, inside = 0, False

        def add(self, text):
            for character in text:
                if character.isspace():
                    self.inside = False
                elif not self.inside:
                    self.inside = True
                    self.count += 1

    class Sentences:
        count, marked = 0, False

        def add(self, text):
            for character in text:
                self.count += self.marked and character.isspace()
                self.marked = character in MARKS

    def stream():
        words, sentences = Words(), Sentences()
        number = length = 0
        began = clock()
        for token in tokens:
            before = words.count // every
            words.add(token)
            sentences.add(token)
            number, length = number + (len(token) > 0), length + len(token)
            if words.count // every != before:
                passed = clock() - began
                speed = length / passed if passed else None
                sink(Stats(number, length, words.count, sentences.count, passed, speed))
            yield token

    def closing():
        try:
            yield from stream()
        finally:
            close_source(tokens)

    return closing()


def live_stats__closing(tokens, every, sink, clock=time.monotonic):
    """An exit stack closes; the tail of the text since the last border is counted again."""
    from contextlib import ExitStack

    if not every >= 1:
        raise ValueError("every must be positive")
    with ExitStack() as stack:
        stack.callback(close_source, tokens)
        start = clock()
        told = count = chars = words = sentences = 0
        held = ""
        for token in tokens:
            count += 1 if token else 0
            chars += len(token)
            before, now = held, held + token
            words += len(now.split()) - len(before.split())
            ends = re.compile(r"[.!?]\s")
            sentences += len(ends.findall(now)) - len(ends.findall(before))
            held = now[-1:]
            if (multiple := words // every) > told:
                told = multiple
                seconds = clock() - start
                speed = chars / seconds if seconds else None
                sink(Stats(count, chars, words, sentences, seconds, speed))
            yield token


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


def ascii_histogram__counter(values, edges=(0, 5, 10, 15, 20), width=40):
    """A Counter of bins; labels in the middle, bars rounded down."""
    counts = Counter()
    for value in values:
        place = sum(edge <= value for edge in edges)
        if place == 0:
            raise ValueError("too small")
        counts[place - 1] += 1
    ends = [f"-{edge:g}" for edge in edges[1:]] + ["+"]
    labels = [format(edge, "g") + end for edge, end in zip(edges, ends, strict=True)]
    column = max(map(len, labels)) + 2
    most = max(counts.values(), default=1)
    return "\n".join(
        f"{label:^{column}} {BLOCK * max(min(counts[at], 1), counts[at] * width // most)} "
        f"{counts[at]}"
        for at, label in enumerate(labels)
    )


def ascii_histogram__floats(values, edges=(0, 5, 10, 15, 20), width=40):
    """A factor for all bars, which may be a block off for all but the longest one."""
    values = list(values)
    if any(value < edges[0] for value in values):
        raise ValueError("too small")
    counts = [0] * len(edges)
    for value in values:
        at = max(at for at, edge in enumerate(edges) if edge <= value)
        counts[at] += 1
    labels = [f"{low:g}-{high:g}" for low, high in pairwise(edges)] + [f"{edges[-1]:g}+"]
    room, most = max(map(len, labels)), max(counts)
    factor = width / most if most else 0
    text = ""
    for label, count in zip(labels, counts, strict=True):
        bar = width if count == most else int(count * factor)
        bar = max(bar, 1) if count else 0
        text += label.rjust(room) + " " + bar * BLOCK + " " + str(count) + "\n"
    return text


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


class SessionLog__asks_each_figure:
    """A method for each figure, and a tuple of sessions that is replaced."""

    def __init__(self, limits=LIMITS):
        self.limits = tuple(limits)
        self.sessions = ()

    def add(self, session):
        self.sessions = (*self.sessions, session)

    def share(self, status):
        return sum(one.status == status for one in self.sessions) / len(self.sessions)

    def middle(self, name):
        values = sorted(value for one in self.sessions if (value := getattr(one, name)) is not None)
        half = len(values) // 2
        if not values:
            return None
        return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2

    def names(self, name):
        found = {}
        for one in self.sessions:
            if value := getattr(one, name):
                found[value] = found.get(value, 0) + 1
        return found

    def insights(self):
        if len(self.sessions) == 0:
            return {"type": "empty", "message": "Nothing has been streamed so far."}
        rated = [one.rating for one in self.sessions if one.rating is not None]
        report = {
            "type": "insights",
            "sessions": len(self.sessions),
            "ttft": self.middle("ttft"),
            "tokens_per_second": self.middle("tokens_per_second"),
            "error_rate": self.share("failed"),
            "interruption_rate": self.share("interrupted"),
            "satisfaction": statistics.mean(rated) if rated else None,
            "errors": self.names("error"),
            "topics": self.names("topic"),
        }
        report["recommendations"] = {
            limit.figure: f"It should be from {limit.least} to {limit.most}."
            for limit in self.limits
            if report[limit.figure] is not None
            and (report[limit.figure] < limit.least or report[limit.figure] > limit.most)
        }
        return report


class SessionLog__copies_a_report:
    """A report that is made when a session is added, and copied when it is asked for."""

    def __init__(self, limits=LIMITS):
        self.limits, self.sessions = limits, []
        self.report = {"type": "empty", "message": "No session yet."}

    def add(self, session):
        self.sessions.append(session)
        of = {
            name: [getattr(one, name) for one in self.sessions]
            for name in ("status", "topic", "ttft", "tokens_per_second", "error", "rating")
        }
        known = {name: [x for x in values if x is not None] for name, values in of.items()}
        count = len(self.sessions)
        self.report = {
            "type": "insights",
            "sessions": count,
            "error_rate": of["status"].count("failed") / count,
            "interruption_rate": of["status"].count("interrupted") / count,
            "satisfaction": known["rating"].count(True) / len(known["rating"])
            if known["rating"]
            else None,
            "errors": {name: of["error"].count(name) for name in set(known["error"])},
            "topics": {name: of["topic"].count(name) for name in set(of["topic"]) - {""}},
            "recommendations": {},
        }
        for name in ("ttft", "tokens_per_second"):
            self.report[name] = statistics.median(known[name]) if known[name] else None
        for limit in self.limits:
            value = self.report[limit.figure]
            if value is not None and not limit.least <= value <= limit.most:
                self.report["recommendations"][limit.figure] = f"It is {value}."

    def insights(self):
        from copy import deepcopy

        return deepcopy(self.report)


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


def ab_test__latin_square(variants, n=10, seed=0):
    """Rotation with a deque, figures in a table, and the winner by elimination."""
    from collections import deque

    if n < 2:
        raise ValueError("n is too small")
    queue, runs = deque(variants), {name: [] for name in variants}
    queue.rotate(seed % max(1, len(queue)))
    for _ in range(n):
        for name in tuple(queue):
            try:
                runs[name].append((True, variants[name]()))
            except Exception as error:
                runs[name].append((False, error))
        queue.rotate(1)
    report = {}
    for name, results in runs.items():
        good = [time for worked, time in results if worked]
        report[name] = VariantReport(
            successes=len(good),
            failures=len(results) - len(good),
            mean=statistics.fmean(good) if good else None,
            standard_error=statistics.stdev(good) * len(good) ** -0.5 if len(good) > 1 else None,
        )
    left = list(report)
    if len(left) < 2 or any(report[name].standard_error is None for name in left):
        return report, None
    for name in list(left):
        one = report[name]
        for other in report.values():
            noise = math.hypot(one.standard_error, other.standard_error)
            if other is not one and not other.mean - one.mean > 2 * noise:
                left.remove(name)
                break
    return report, left[0] if left else None


def ab_test__shuffles_by_key(variants, n=10, seed=0):
    """Each round sorts the names by random numbers; Welford's method keeps mean and variance."""
    if n < 2:
        raise ValueError("n is too small")
    random_key = random.Random(seed).random
    sums = {name: [0, 0.0, 0.0] for name in variants}
    for _ in range(n):
        for _, name in sorted((random_key(), name) for name in variants):
            try:
                time = variants[name]()
            except Exception:
                continue
            count, mean, squares = sums[name]
            count += 1
            step = time - mean
            mean += step / count
            sums[name] = [count, mean, squares + step * (time - mean)]
    report = {}
    for name, (count, mean, squares) in sums.items():
        error = math.sqrt(squares / (count - 1) / count) if count > 1 else None
        report[name] = VariantReport(count, n - count, mean if count else None, error)
    ranked = sorted(report, key=lambda name: math.inf if (m := report[name].mean) is None else m)
    if len(ranked) < 2 or any(report[name].standard_error is None for name in ranked):
        return report, None
    best = report[ranked[0]]
    for name in ranked[1:]:
        other = report[name]
        if other.mean - best.mean <= 2 * math.hypot(other.standard_error, best.standard_error):
            return report, None
    return report, ranked[0]
