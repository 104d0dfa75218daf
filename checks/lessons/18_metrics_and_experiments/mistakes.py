"""Wrong answers to lesson 18 that the graders have to reject.

`course/lesson/variants.py` says how these functions are used. Each docstring says what the learner
believes, and which test has to prove it wrong.
"""
# Names come from the solution.
# ruff: noqa: F821


# should_stream


def should_stream__at_two_seconds_too(
    *, expected_seconds, user_facing, needs_complete=False, batch=False
):
    """Two seconds is the limit, so it is long enough.

    Caught by: test_two_seconds_are_not_more_than_two
    """
    return user_facing and expected_seconds >= 2 and not needs_complete and not batch


def should_stream__forgets_batches(
    *, expected_seconds, user_facing, needs_complete=False, batch=False
):
    """If a user is there, somebody is waiting.

    Caught by: test_what_nobody_reads_along_is_not_streamed
    """
    return user_facing and expected_seconds > 2 and not needs_complete


def should_stream__always(*, expected_seconds, user_facing, needs_complete=False, batch=False):
    """Streaming is always better for people who are watching.

    Caught by: test_short_answers_are_not_streamed
    """
    return user_facing and not needs_complete and not batch


def should_stream__not_for_minutes(
    *, expected_seconds, user_facing, needs_complete=False, batch=False
):
    """Nobody watches for ten minutes: that is work in the background.

    Caught by: test_any_answer
    """
    return user_facing and 2 < expected_seconds <= 600 and not needs_complete and not batch


# perceived_speedup


def perceived_speedup__upside_down(total, ttft):
    """The first token in relation to the whole.

    Caught by: test_it_is_the_total_over_the_first_token
    """
    if ttft is None or not 0 < ttft <= total:
        return None
    return ttft / total


def perceived_speedup__only_asks_for_none(total, ttft):
    """The first token may be missing; otherwise there is a figure.

    Caught by: test_without_a_first_token_there_is_no_figure
    """
    if not ttft:
        return 0.0
    return total / ttft


def perceived_speedup__believes_all_times(total, ttft):
    """A measured value is right.

    Caught by: test_a_first_token_after_the_end_is_an_error
    """
    if ttft is None or ttft <= 0:
        return None
    return total / ttft


def perceived_speedup__rounds(total, ttft):
    """Nobody wants to see decimals: 30x.

    Caught by: test_it_is_not_rounded
    """
    if ttft is None or not 0 < ttft <= total:
        return None
    return round(total / ttft)


def perceived_speedup__takes_little_for_nothing(total, ttft):
    """Less than a millisecond is an error of measurement, too.

    Caught by: test_any_times
    """
    if ttft is None or not 0.001 <= ttft <= total:
        return None
    return total / ttft


# summarize


def summarize__rate_with_the_first_token(chunks, clock=time.monotonic):
    """The time per token is the time over the tokens.

    Caught by: test_the_first_token_is_not_in_the_rate
    """
    start = clock()
    times = [clock() - start for chunk in chunks if has_output(chunk)]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return Summary(
        len(times),
        times[0] if times else None,
        times[-1] if times else None,
        times[-1] / len(times) if gaps else None,
        percentile(gaps, 50),
        percentile(gaps, 95),
        max(gaps, default=None),
    )


def summarize__counts_every_chunk(chunks, clock=time.monotonic):
    """A chunk is a token.

    Caught by: test_chunks_without_output_do_not_count
    """
    start = clock()
    times = [clock() - start for _ in chunks]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return Summary(
        len(times),
        times[0] if times else None,
        times[-1] if times else None,
        (times[-1] - times[0]) / len(gaps) if gaps else None,
        percentile(gaps, 50),
        percentile(gaps, 95),
        max(gaps, default=None),
    )


def summarize__divides_by_one_less(chunks, clock=time.monotonic):
    """n tokens have n - 1 gaps: divide by n - 1.

    Caught by: test_without_figures_there_is_none
    """
    start = clock()
    times = [clock() - start for chunk in chunks if has_output(chunk)]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    if not times:
        return Summary(0, None, None, None, None, None, None)
    return Summary(
        len(times),
        times[0],
        times[-1],
        (times[-1] - times[0]) / (len(times) - 1),
        percentile(gaps, 50),
        percentile(gaps, 95),
        max(gaps, default=None),
    )


def summarize__asks_for_the_date(chunks, clock=time.monotonic):
    """time.time() tells the time.

    Caught by: test_only_the_given_clock_is_read
    """
    start = time.time()
    times = [time.time() - start for chunk in chunks if has_output(chunk)]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return Summary(
        len(times),
        times[0] if times else None,
        times[-1] if times else None,
        (times[-1] - times[0]) / len(gaps) if gaps else None,
        percentile(gaps, 50),
        percentile(gaps, 95),
        max(gaps, default=None),
    )


def summarize__looks_for_text(chunks, clock=time.monotonic):
    """A token is what has text; and the mean tells how long a gap is.

    Caught by: test_reasoning_and_tool_calls_are_output
    """
    start = clock()
    times = [clock() - start for chunk in chunks if chunk.text]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    mean = statistics.mean(gaps) if gaps else None
    first, last = (times[0], times[-1]) if times else (None, None)
    return Summary(
        len(times), first, last, mean, mean, percentile(gaps, 95), max(gaps, default=None)
    )


def summarize__takes_the_other_median(chunks, clock=time.monotonic):
    """A median is a median, and `statistics` has one.

    Caught by: test_gaps_have_percentiles
    """
    start = clock()
    times = [clock() - start for chunk in chunks if has_output(chunk)]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return Summary(
        len(times),
        times[0] if times else None,
        times[-1] if times else None,
        (times[-1] - times[0]) / len(gaps) if gaps else None,
        statistics.median(gaps) if gaps else None,
        percentile(gaps, 95),
        max(gaps, default=None),
    )


def summarize__stops_at_the_reason(chunks, clock=time.monotonic):
    """The chunk that says why the model has finished is the last one.

    Caught by: test_any_chunks
    """
    start = clock()
    times = []
    for chunk in chunks:
        if has_output(chunk):
            times.append(clock() - start)
        if chunk.response_metadata.get("finish_reason"):
            break
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return Summary(
        len(times),
        times[0] if times else None,
        times[-1] if times else None,
        (times[-1] - times[0]) / len(gaps) if gaps else None,
        percentile(gaps, 50),
        percentile(gaps, 95),
        max(gaps, default=None),
    )


def summarize__waits_for_visible_text(chunks, clock=time.monotonic):
    """White space cannot be seen, so it is no output.

    Caught by: test_any_chunks
    """
    start = clock()
    times = [
        clock() - start
        for chunk in chunks
        if has_output(chunk) and (not chunk.text or chunk.text.strip())
    ]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return Summary(
        len(times),
        times[0] if times else None,
        times[-1] if times else None,
        (times[-1] - times[0]) / len(gaps) if gaps else None,
        percentile(gaps, 50),
        percentile(gaps, 95),
        max(gaps, default=None),
    )


def summarize__counts_what_came(chunks, clock=time.monotonic):
    """Whoever presses Ctrl-C wants to see the figures so far.

    Caught by: test_any_chunks
    """
    start, times = clock(), []
    try:
        for chunk in chunks:
            if has_output(chunk):
                times.append(clock() - start)
    except KeyboardInterrupt:
        times = times or []
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return Summary(
        len(times),
        times[0] if times else None,
        times[-1] if times else None,
        (times[-1] - times[0]) / len(gaps) if gaps else None,
        percentile(gaps, 50),
        percentile(gaps, 95),
        max(gaps, default=None),
    )


def summarize__opens_before_it_starts(chunks, clock=time.monotonic):
    """First the iterator, then the clock.

    Caught by: test_opening_the_stream_takes_time
    """
    source = iter(chunks)
    start = clock()
    times = [clock() - start for chunk in source if has_output(chunk)]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return Summary(
        len(times),
        times[0] if times else None,
        times[-1] if times else None,
        (times[-1] - times[0]) / len(gaps) if gaps else None,
        percentile(gaps, 50),
        percentile(gaps, 95),
        max(gaps, default=None),
    )


def summarize__uses_up_a_list(chunks, clock=time.monotonic):
    """What was read can go.

    Caught by: test_a_list_stays_as_it_is
    """
    start, times = clock(), []
    if isinstance(chunks, list):
        chunks.reverse()
        source = iter(lambda: chunks.pop() if chunks else None, None)
    else:
        source = iter(chunks)
    for chunk in source:
        if has_output(chunk):
            times.append(clock() - start)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return Summary(
        len(times),
        times[0] if times else None,
        times[-1] if times else None,
        (times[-1] - times[0]) / len(gaps) if gaps else None,
        percentile(gaps, 50),
        percentile(gaps, 95),
        max(gaps, default=None),
    )


def summarize__takes_zero_for_not_yet(chunks, clock=time.monotonic):
    """As long as nothing has come, the time to the first token is nothing.

    Caught by: test_without_figures_there_is_none
    """
    start = clock()
    ttft, times = None, []
    for chunk in chunks:
        if has_output(chunk):
            times.append(clock() - start)
            ttft = ttft or times[-1]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return Summary(
        chunks=len(times),
        ttft=ttft,
        total=times[-1] if times else None,
        tpot=(times[-1] - ttft) / len(gaps) if gaps else None,
        gap_p50=percentile(gaps, 50),
        gap_p95=percentile(gaps, 95),
        gap_max=max(gaps, default=None),
    )


# count_tokens


def count_tokens__seed(chunks, estimate=None):
    """A chunk is a token.

    Caught by: test_the_report_of_the_provider_counts
    """
    return TokenCount(len(list(chunks)), estimated=False)


def count_tokens__adds_reports(chunks, estimate=None):
    """Each report is about its chunk.

    Caught by: test_a_later_report_replaces_an_earlier_one
    """
    chunks = list(chunks)
    reports = [chunk.usage_metadata["output_tokens"] for chunk in chunks if chunk.usage_metadata]
    if reports:
        return TokenCount(sum(reports), estimated=False)
    text = "".join(chunk.text for chunk in chunks)
    return TokenCount((estimate or estimate_tokens)(text), estimated=True)


def count_tokens__estimates_each_chunk(chunks, estimate=None):
    """The whole is the sum of its parts.

    Caught by: test_without_a_report_the_whole_text_is_estimated
    """
    reported, guess = None, 0
    for chunk in chunks:
        guess += (estimate or estimate_tokens)(chunk.text)
        if chunk.usage_metadata is not None:
            reported = chunk.usage_metadata["output_tokens"]
    if reported is not None:
        return TokenCount(reported, estimated=False)
    return TokenCount(guess, estimated=True)


def count_tokens__takes_0_for_none(chunks, estimate=None):
    """If there is a number, it is the count.

    Caught by: test_a_report_of_nothing_is_a_report
    """
    reported, texts = 0, []
    for chunk in chunks:
        texts.append(chunk.text)
        if chunk.usage_metadata:
            reported = chunk.usage_metadata["output_tokens"]
    if reported:
        return TokenCount(reported, estimated=False)
    return TokenCount((estimate or estimate_tokens)("".join(texts)), estimated=True)


def count_tokens__joins_the_content(chunks, estimate=None):
    """The text of a chunk is its content.

    Caught by: test_without_a_report_the_whole_text_is_estimated
    """
    reported, text = None, ""
    for chunk in chunks:
        text += chunk.content
        if chunk.usage_metadata is not None:
            reported = chunk.usage_metadata["output_tokens"]
    if reported is not None:
        return TokenCount(reported, estimated=False)
    return TokenCount((estimate or estimate_tokens)(text), estimated=True)


def count_tokens__counts_what_came(chunks, estimate=None):
    """When the stream breaks, the count of what came is better than none.

    Caught by: test_an_error_passes
    """
    reported, texts = None, []
    try:
        for chunk in chunks:
            texts.append(chunk.text)
            if chunk.usage_metadata is not None:
                reported = chunk.usage_metadata["output_tokens"]
    except ConnectionError:
        texts.append("")
    if reported is not None:
        return TokenCount(reported, estimated=False)
    return TokenCount((estimate or estimate_tokens)("".join(texts)), estimated=True)


def count_tokens__takes_the_largest(chunks, estimate=None):
    """Counts only grow, so the largest report is the last one.

    Caught by: test_any_chunks
    """
    chunks = list(chunks)
    reports = [one.usage_metadata["output_tokens"] for one in chunks if one.usage_metadata]
    if reports:
        return TokenCount(max(reports), estimated=False)
    text = "".join(chunk.text for chunk in chunks)
    return TokenCount((estimate or estimate_tokens)(text), estimated=True)


def count_tokens__skips_repetitions(chunks, estimate=None):
    """The same text twice in a row is a chunk that was sent twice.

    Caught by: test_any_chunks
    """
    reported, texts = None, []
    for chunk in chunks:
        if [chunk.text] != texts[-1:]:
            texts.append(chunk.text)
        if chunk.usage_metadata is not None:
            reported = chunk.usage_metadata["output_tokens"]
    if reported is not None:
        return TokenCount(reported, estimated=False)
    return TokenCount((estimate or estimate_tokens)("".join(texts)), estimated=True)


def count_tokens__tidies_the_text(chunks, estimate=None):
    """White space around an answer is not part of it.

    Caught by: test_any_chunks
    """
    reported, texts = None, []
    for chunk in chunks:
        texts.append(chunk.text)
        if chunk.usage_metadata is not None:
            reported = chunk.usage_metadata["output_tokens"]
    if reported is not None:
        return TokenCount(reported, estimated=False)
    return TokenCount((estimate or estimate_tokens)("".join(texts).strip()), estimated=True)


def count_tokens__always_estimates(chunks, estimate=None):
    """First an estimate; it is replaced if there is something better.

    Caught by: test_a_report_of_nothing_is_a_report
    """
    chunks = list(chunks)
    text = "".join(chunk.text for chunk in chunks)
    count = TokenCount((estimate or estimate_tokens)(text), estimated=True)
    for chunk in chunks:
        if chunk.usage_metadata is not None:
            count = TokenCount(chunk.usage_metadata["output_tokens"], estimated=False)
    return count


# live_stats


def live_stats__seed(tokens, every, sink, clock=time.monotonic):
    """Count the words of each token, and report if the number is divisible.

    Caught by: test_each_multiple_is_reported_once
    """
    if every < 1:
        raise ValueError(every)
    start = clock()
    count = chars = words = sentences = 0
    try:
        for token in tokens:
            words += len(token.split())
            count += 1
            chars += len(token)
            sentences += token.count(".") + token.count("!")
            if words % every == 0:
                seconds = clock() - start
                speed = chars / seconds if seconds else None
                sink(Stats(count, chars, words, sentences, seconds, speed))
            yield token
    finally:
        close_source(tokens)


def live_stats__writes_into_the_text(tokens, every, sink, clock=time.monotonic):
    """The reader sees the figures where they belong, in the answer.

    Caught by: test_the_text_is_unchanged
    """
    if every < 1:
        raise ValueError(every)
    words = 0
    try:
        for token in tokens:
            before, words = words, words + len(token.split())
            yield token
            if words // every > before // every:
                yield f"\r[{words} words]"
    finally:
        close_source(tokens)


def live_stats__misses_what_is_passed(tokens, every, sink, clock=time.monotonic):
    """A multiple is reached when there is no remainder.

    Caught by: test_a_multiple_that_is_passed_counts
    """
    if every < 1:
        raise ValueError(every)
    start = clock()
    count = chars = words = sentences = reported = 0
    before = " "
    try:
        for token in tokens:
            if token:
                count += 1
                chars += len(token)
                words += len((before + token).split()) - (not before.isspace())
                sentences += len(re.findall(r"[.!?](?=\s)", before + token))
                before = token[-1]
            if words % every == 0 and words > reported:
                reported = words
                seconds = clock() - start
                speed = chars / seconds if seconds > 0 else None
                sink(Stats(count, chars, words, sentences, seconds, speed))
            yield token
    finally:
        close_source(tokens)


def live_stats__counts_marks(tokens, every, sink, clock=time.monotonic):
    """Wherever there is a mark, a sentence ends; and each token has its own words.

    Caught by: test_words_and_sentences_do_not_depend_on_the_cuts
    """
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
                speed = len(text) / seconds if seconds > 0 else None
                ends = text.count(".") + text.count("!") + text.count("?")
                sink(Stats(count, len(text), words, ends, seconds, speed))
            yield token
    finally:
        close_source(tokens)


def live_stats__divides_by_the_time(tokens, every, sink, clock=time.monotonic):
    """Some time has always passed.

    Caught by: test_no_time_has_no_speed
    """
    if every < 1:
        raise ValueError(every)
    start = clock()
    count = chars = words = sentences = reported = 0
    before = " "
    try:
        for token in tokens:
            if token:
                count += 1
                chars += len(token)
                words += len((before + token).split()) - (not before.isspace())
                sentences += len(re.findall(r"[.!?](?=\s)", before + token))
                before = token[-1]
            if words // every > reported:
                reported = words // every
                seconds = clock() - start
                sink(Stats(count, chars, words, sentences, seconds, chars / max(seconds, 1e-9)))
            yield token
    finally:
        close_source(tokens)


def live_stats__leaves_the_pauses_out(tokens, every, sink, clock=time.monotonic):
    """The model is measured, so only the time spent waiting for it counts.

    Caught by: test_time_comes_from_the_clock
    """
    if every < 1:
        raise ValueError(every)
    source = iter(tokens)
    count = chars = words = sentences = reported = seconds = 0
    before = " "
    try:
        while True:
            asked = clock()
            token = next(source, None)
            seconds += clock() - asked
            if token is None:
                return
            if token:
                count += 1
                chars += len(token)
                words += len((before + token).split()) - (not before.isspace())
                sentences += len(re.findall(r"[.!?](?=\s)", before + token))
                before = token[-1]
            if words // every > reported:
                reported = words // every
                speed = chars / seconds if seconds > 0 else None
                sink(Stats(count, chars, words, sentences, seconds, speed))
            yield token
    finally:
        close_source(tokens)


def live_stats__closes_what_breaks(tokens, every, sink, clock=time.monotonic):
    """A source that has ended by itself need not be closed.

    Caught by: test_any_tokens
    """
    if every < 1:
        raise ValueError(every)
    start = clock()
    count = chars = words = sentences = reported = 0
    before = " "
    try:
        for token in tokens:
            if token:
                count += 1
                chars += len(token)
                words += len((before + token).split()) - (not before.isspace())
                sentences += len(re.findall(r"[.!?](?=\s)", before + token))
                before = token[-1]
            if words // every > reported:
                reported = words // every
                seconds = clock() - start
                speed = chars / seconds if seconds > 0 else None
                sink(Stats(count, chars, words, sentences, seconds, speed))
            yield token
    except BaseException:
        close_source(tokens)
        raise


def live_stats__skips_repetitions(tokens, every, sink, clock=time.monotonic):
    """The same token twice in a row is one that was sent twice.

    Caught by: test_the_text_is_unchanged
    """
    if every < 1:
        raise ValueError(every)
    start = clock()
    count = chars = words = sentences = reported = 0
    before, last = " ", None
    try:
        for token in tokens:
            if token == last:
                continue
            last = token
            if token:
                count += 1
                chars += len(token)
                words += len((before + token).split()) - (not before.isspace())
                sentences += len(re.findall(r"[.!?](?=\s)", before + token))
                before = token[-1]
            if words // every > reported:
                reported = words // every
                seconds = clock() - start
                speed = chars / seconds if seconds > 0 else None
                sink(Stats(count, chars, words, sentences, seconds, speed))
            yield token
    finally:
        close_source(tokens)


def live_stats__does_not_count_blanks(tokens, every, sink, clock=time.monotonic):
    """A token that is only white space is empty.

    Caught by: test_any_tokens
    """
    if every < 1:
        raise ValueError(every)
    start = clock()
    count = chars = words = sentences = reported = 0
    before = " "
    try:
        for token in tokens:
            count += bool(token.strip())
            if token:
                chars += len(token)
                words += len((before + token).split()) - (not before.isspace())
                sentences += len(re.findall(r"[.!?](?=\s)", before + token))
                before = token[-1]
            if words // every > reported:
                reported = words // every
                seconds = clock() - start
                speed = chars / seconds if seconds > 0 else None
                sink(Stats(count, chars, words, sentences, seconds, speed))
            yield token
    finally:
        close_source(tokens)


def live_stats__remembers_the_last_text(
    tokens,
    every,
    sink,
    clock=time.monotonic,
    _last={"before": " "},  # noqa: B006
):
    """A default value is a place to keep what is needed at the next token.

    Caught by: test_an_earlier_call_changes_nothing
    """
    if every < 1:
        raise ValueError(every)
    start = clock()
    count = chars = words = sentences = reported = 0
    try:
        for token in tokens:
            if token:
                before = _last["before"]
                count += 1
                chars += len(token)
                words += len((before + token).split()) - (not before.isspace())
                sentences += len(re.findall(r"[.!?](?=\s)", before + token))
                _last["before"] = token[-1]
            if words // every > reported:
                reported = words // every
                seconds = clock() - start
                speed = chars / seconds if seconds > 0 else None
                sink(Stats(count, chars, words, sentences, seconds, speed))
            yield token
        _last["before"] = " "
    finally:
        close_source(tokens)


# ascii_histogram


def ascii_histogram__seed(values, edges=(0, 5, 10, 15, 20), width=40):
    """Two blocks for each value show clearly how many there are.

    Caught by: test_bars_are_in_proportion
    """
    lines = []
    ends = [*edges[1:], math.inf]
    values = list(values)
    if min(values, default=edges[0]) < edges[0]:
        raise ValueError(values)
    for low, high in zip(edges, ends, strict=True):
        count = sum(1 for value in values if low <= value < high)
        label = f"{low:g}+" if high == math.inf else f"{low:g}-{high:g}"
        lines.append(f"{label:8} {BLOCK * (count * 2)} {count}")
    return "\n".join(lines)


def ascii_histogram__ends_with_its_edge(values, edges=(0, 5, 10, 15, 20), width=40):
    """A bin from 0 to 5 contains the 5.

    Caught by: test_an_edge_begins_its_bin
    """
    from bisect import bisect_left

    counts = [0] * len(edges)
    for value in values:
        if value < edges[0]:
            raise ValueError(value)
        counts[max(0, bisect_left(edges, value) - 1)] += 1
    labels = [f"{low:g}-{high:g}" for low, high in pairwise(edges)] + [f"{edges[-1]:g}+"]
    most = max(1, *counts)
    return "\n".join(
        f"{label:>12} {BLOCK * math.ceil(width * count / most)} {count}"
        for label, count in zip(labels, counts, strict=True)
    )


def ascii_histogram__puts_all_others_last(values, edges=(0, 5, 10, 15, 20), width=40):
    """Values in no other bin go into the last one: Python's index -1 does it.

    Caught by: test_what_has_no_bin_is_an_error
    """
    counts = [0] * len(edges)
    for value in values:
        counts[bisect_right(edges, value) - 1] += 1
    labels = [f"{low:g}-{high:g}" for low, high in pairwise(edges)] + [f"{edges[-1]:g}+"]
    most = max(1, *counts)
    return "\n".join(
        f"{label:>12} {BLOCK * math.ceil(width * count / most)} {count}"
        for label, count in zip(labels, counts, strict=True)
    )


def ascii_histogram__rounds_to_nothing(values, edges=(0, 5, 10, 15, 20), width=40):
    """The bar is the count over the largest one, times the width.

    Caught by: test_the_rarest_value_can_be_seen
    """
    counts = [0] * len(edges)
    for value in values:
        if value < edges[0]:
            raise ValueError(value)
        counts[bisect_right(edges, value) - 1] += 1
    labels = [f"{low:g}-{high:g}" for low, high in pairwise(edges)] + [f"{edges[-1]:g}+"]
    return "\n".join(
        f"{label:>12} {BLOCK * round(width * count / max(counts))} {count}"
        for label, count in zip(labels, counts, strict=True)
    )


def ascii_histogram__divides_by_no_values(values, edges=(0, 5, 10, 15, 20), width=40):
    """There are values, or nobody would draw them.

    Caught by: test_no_values_are_no_error
    """
    counts = [0] * len(edges)
    for value in values:
        if value < edges[0]:
            raise ValueError(value)
        counts[bisect_right(edges, value) - 1] += 1
    labels = [f"{low:g}-{high:g}" for low, high in pairwise(edges)] + [f"{edges[-1]:g}+"]
    longest = max(map(len, labels))
    return "\n".join(
        f"{label:>{longest}} {BLOCK * math.ceil(width * count / max(counts))} {count}"
        for label, count in zip(labels, counts, strict=True)
    )


def ascii_histogram__reads_twice(values, edges=(0, 5, 10, 15, 20), width=40):
    """First check for values that are too small, then count.

    Caught by: test_values_may_come_one_by_one
    """
    if any(value < edges[0] for value in values):
        raise ValueError("a value has no bin")
    counts = [0] * len(edges)
    for value in values:
        counts[bisect_right(edges, value) - 1] += 1
    labels = [f"{low:g}-{high:g}" for low, high in pairwise(edges)] + [f"{edges[-1]:g}+"]
    longest, most = max(map(len, labels)), max(1, *counts)
    return "\n".join(
        f"{label:>{longest}} {BLOCK * math.ceil(width * count / most)} {count}"
        for label, count in zip(labels, counts, strict=True)
    )


def ascii_histogram__aligns_the_counts(values, edges=(0, 5, 10, 15, 20), width=40):
    """Counts are easier to read if they are in one column.

    Caught by: test_an_edge_begins_its_bin
    """
    counts = [0] * len(edges)
    for value in values:
        if value < edges[0]:
            raise ValueError(value)
        counts[bisect_right(edges, value) - 1] += 1
    labels = [f"{low:g}-{high:g}" for low, high in pairwise(edges)] + [f"{edges[-1]:g}+"]
    longest, most = max(map(len, labels)), max(1, *counts)
    return "\n".join(
        f"{label:>{longest}} {BLOCK * math.ceil(width * count / most):<{width}} {count}"
        for label, count in zip(labels, counts, strict=True)
    )


def ascii_histogram__makes_the_common_case_fit(values, edges=(0, 5, 10, 15, 20), width=40):
    """A room of ten characters is enough for all labels.

    Caught by: test_the_bars_begin_in_one_column
    """
    counts = [0] * len(edges)
    for value in values:
        if value < edges[0]:
            raise ValueError(value)
        counts[bisect_right(edges, value) - 1] += 1
    labels = [f"{low:g}-{high:g}" for low, high in pairwise(edges)] + [f"{edges[-1]:g}+"]
    most = max(1, *counts)
    return "\n".join(
        f"{label:<6} {BLOCK * math.ceil(width * count / most)} {count}"
        for label, count in zip(labels, counts, strict=True)
    )


def ascii_histogram__rounds_the_values(values, edges=(0, 5, 10, 15, 20), width=40):
    """Bins are for whole numbers.

    Caught by: test_the_bars_begin_in_one_column
    """
    counts = [0] * len(edges)
    for value in values:
        if value < edges[0]:
            raise ValueError(value)
        counts[max(0, bisect_right(edges, int(value)) - 1)] += 1
    labels = [f"{low:g}-{high:g}" for low, high in pairwise(edges)] + [f"{edges[-1]:g}+"]
    longest, most = max(map(len, labels)), max(1, *counts)
    return "\n".join(
        f"{label:>{longest}} {BLOCK * math.ceil(width * count / most)} {count}"
        for label, count in zip(labels, counts, strict=True)
    )


def ascii_histogram__sorts_in_place(values, edges=(0, 5, 10, 15, 20), width=40):
    """Sorted values show at once whether one is too small.

    Caught by: test_an_edge_begins_its_bin
    """
    if not isinstance(values, list):
        values = list(values)
    values.sort()
    if values and values[0] < edges[0]:
        raise ValueError(values[0])
    counts = [0] * len(edges)
    for value in values:
        counts[bisect_right(edges, value) - 1] += 1
    labels = [f"{low:g}-{high:g}" for low, high in pairwise(edges)] + [f"{edges[-1]:g}+"]
    longest, most = max(map(len, labels)), max(1, *counts)
    return "\n".join(
        f"{label:>{longest}} {BLOCK * math.ceil(width * count / most)} {count}"
        for label, count in zip(labels, counts, strict=True)
    )


def ascii_histogram__longest_bar_is_cut_by_floats(values, edges=(0, 5, 10, 15, 20), width=40):
    """A number divided and multiplied by the same is the same.

    Caught by: test_any_values
    """
    counts = [0] * len(edges)
    for value in values:
        if value < edges[0]:
            raise ValueError(f"{value} is below the first edge")
        counts[bisect_right(edges, value) - 1] += 1
    labels = [f"{low:g}-{high:g}" for low, high in pairwise(edges)] + [f"{edges[-1]:g}+"]
    margin = max(map(len, labels))
    unit = 1 / max(1, *counts, 1)
    lines = []
    for label, count in zip(labels, counts, strict=True):
        blocks = max(1, int(count * unit * width)) if count else 0
        lines.append(f"{label:>{margin}} {BLOCK * blocks} {count}")
    return "\n".join(lines)


# SessionLog


class SessionLog__seed:
    """A session that failed says nothing about the speed, and a mean is as good as a median.

    Caught by: test_rates_are_over_all_sessions
    """

    def __init__(self, limits=LIMITS):
        self.sessions = []

    def add(self, session):
        if session.status != "failed":
            self.sessions.append(session)

    def insights(self):
        if not self.sessions:
            return {"type": "empty", "message": "No sessions to analyze"}
        total = len(self.sessions)
        times = [one.ttft for one in self.sessions if one.ttft]
        return {
            "type": "insights",
            "sessions": total,
            "ttft": statistics.mean(times) if times else None,
            "tokens_per_second": None,
            "error_rate": 0.0,
            "interruption_rate": sum(x.status == "interrupted" for x in self.sessions) / total,
            "satisfaction": None,
            "errors": {},
            "topics": {},
            "recommendations": {},
        }


class SessionLog__divides_by_nothing:
    """There is always a session when somebody asks.

    Caught by: test_no_sessions_are_no_error
    """

    def __init__(self, limits=LIMITS):
        self.sessions = []

    def add(self, session):
        self.sessions.append(session)

    def insights(self):
        failed = [one for one in self.sessions if one.status == "failed"]
        return {"type": "insights", "error_rate": len(failed) / len(self.sessions)}


class SessionLog__means:
    """The mean is what is usual.

    Caught by: test_the_middle_session_speaks_for_all
    """

    def __init__(self, limits=LIMITS):
        self.sessions = []

    def add(self, session):
        self.sessions.append(session)

    def insights(self):
        if not self.sessions:
            return {"type": "empty", "message": "There are no sessions yet."}
        total = len(self.sessions)
        status = Counter(one.status for one in self.sessions)
        times = [one.ttft for one in self.sessions if one.ttft is not None]
        rates = [x.tokens_per_second for x in self.sessions if x.tokens_per_second is not None]
        return {
            "type": "insights",
            "sessions": total,
            "ttft": statistics.mean(times) if times else None,
            "tokens_per_second": statistics.mean(rates) if rates else None,
            "error_rate": status["failed"] / total,
            "interruption_rate": status["interrupted"] / total,
            "satisfaction": None,
            "errors": {},
            "topics": {},
            "recommendations": {},
        }


class SessionLog__silence_is_discontent:
    """Satisfaction is the share of all users who said that it was good.

    Caught by: test_only_ratings_are_satisfaction
    """

    def __init__(self, limits=LIMITS):
        self.sessions = []

    def add(self, session):
        self.sessions.append(session)

    def insights(self):
        if not self.sessions:
            return {"type": "empty", "message": "There are no sessions yet."}
        total = len(self.sessions)
        status = Counter(one.status for one in self.sessions)
        times = [one.ttft for one in self.sessions if one.ttft is not None]
        rates = [x.tokens_per_second for x in self.sessions if x.tokens_per_second is not None]
        happy = [one for one in self.sessions if one.rating]
        return {
            "type": "insights",
            "sessions": total,
            "ttft": statistics.median(times) if times else None,
            "tokens_per_second": statistics.median(rates) if rates else None,
            "error_rate": status["failed"] / total,
            "interruption_rate": status["interrupted"] / total,
            "satisfaction": len(happy) / total if happy else None,
            "errors": {},
            "topics": {},
            "recommendations": {},
        }


class SessionLog__reports_once:
    """What was computed once need not be computed again.

    Caught by: test_the_log_goes_on_and_cannot_be_changed_from_outside
    """

    def __init__(self, limits=LIMITS):
        self.limits, self.sessions, self.report = limits, [], None

    def add(self, session):
        self.sessions.append(session)

    def insights(self):
        if not self.sessions:
            return {"type": "empty", "message": "There are no sessions yet."}
        if self.report is None:
            self.report = self.compute()
        return self.report

    def compute(self):
        total = len(self.sessions)
        status = Counter(one.status for one in self.sessions)
        ratings = [one.rating for one in self.sessions if one.rating is not None]
        times = [one.ttft for one in self.sessions if one.ttft is not None]
        rates = [x.tokens_per_second for x in self.sessions if x.tokens_per_second is not None]
        figures = {
            "ttft": statistics.median(times) if times else None,
            "tokens_per_second": statistics.median(rates) if rates else None,
            "error_rate": status["failed"] / total,
            "satisfaction": sum(ratings) / len(ratings) if ratings else None,
        }
        return {
            "type": "insights",
            "sessions": total,
            **figures,
            "interruption_rate": status["interrupted"] / total,
            "errors": dict(Counter(one.error for one in self.sessions if one.error)),
            "topics": dict(Counter(one.topic for one in self.sessions if one.topic)),
            "recommendations": {
                limit.figure: "This is outside of its limit."
                for limit in self.limits
                if figures[limit.figure] is not None
                and not limit.least <= figures[limit.figure] <= limit.most
            },
        }


class SessionLog__takes_the_other_median:
    """percentile is given, so the median is percentile(values, 50).

    Caught by: test_an_even_number_of_sessions_has_a_middle
    """

    def __init__(self, limits=LIMITS):
        self.limits, self.sessions = limits, []

    def add(self, session):
        self.sessions.append(session)

    def insights(self):
        if not self.sessions:
            return {"type": "empty", "message": "There are no sessions yet."}
        total = len(self.sessions)
        status = Counter(one.status for one in self.sessions)
        ratings = [one.rating for one in self.sessions if one.rating is not None]
        times = [one.ttft for one in self.sessions if one.ttft is not None]
        rates = [x.tokens_per_second for x in self.sessions if x.tokens_per_second is not None]
        figures = {
            "ttft": percentile(times, 50),
            "tokens_per_second": percentile(rates, 50),
            "error_rate": status["failed"] / total,
            "satisfaction": sum(ratings) / len(ratings) if ratings else None,
        }
        return {
            "type": "insights",
            "sessions": total,
            **figures,
            "interruption_rate": status["interrupted"] / total,
            "errors": dict(Counter(one.error for one in self.sessions if one.error)),
            "topics": dict(Counter(one.topic for one in self.sessions if one.topic)),
            "recommendations": {
                limit.figure: "This is outside of its limit."
                for limit in self.limits
                if figures[limit.figure] is not None
                and not limit.least <= figures[limit.figure] <= limit.most
            },
        }


class SessionLog__one_limit_for_each_figure:
    """A dictionary finds the limit of a figure at once.

    Caught by: test_what_is_outside_of_its_limit_is_recommended
    """

    def __init__(self, limits=LIMITS):
        self.limits, self.sessions = {limit.figure: limit for limit in limits}, []

    def add(self, session):
        self.sessions.append(session)

    def insights(self):
        if not self.sessions:
            return {"type": "empty", "message": "There are no sessions yet."}
        total = len(self.sessions)
        status = Counter(one.status for one in self.sessions)
        ratings = [one.rating for one in self.sessions if one.rating is not None]
        times = [one.ttft for one in self.sessions if one.ttft is not None]
        rates = [x.tokens_per_second for x in self.sessions if x.tokens_per_second is not None]
        figures = {
            "ttft": statistics.median(times) if times else None,
            "tokens_per_second": statistics.median(rates) if rates else None,
            "error_rate": status["failed"] / total,
            "satisfaction": sum(ratings) / len(ratings) if ratings else None,
        }
        return {
            "type": "insights",
            "sessions": total,
            **figures,
            "interruption_rate": status["interrupted"] / total,
            "errors": dict(Counter(one.error for one in self.sessions if one.error)),
            "topics": dict(Counter(one.topic for one in self.sessions if one.topic)),
            "recommendations": {
                figure: "This is outside of its limit."
                for figure, limit in self.limits.items()
                if figures[figure] is not None and not limit.least <= figures[figure] <= limit.most
            },
        }


class SessionLog__shares_its_sessions:
    """A list at the top of a class belongs to each of its objects.

    Caught by: test_no_sessions_are_no_error
    """

    sessions = []  # noqa: RUF012

    def __init__(self, limits=LIMITS):
        self.limits = limits

    def add(self, session):
        self.sessions.append(session)

    def insights(self):
        if not self.sessions:
            return {"type": "empty", "message": "There are no sessions yet."}
        total = len(self.sessions)
        status = Counter(one.status for one in self.sessions)
        ratings = [one.rating for one in self.sessions if one.rating is not None]
        times = [one.ttft for one in self.sessions if one.ttft is not None]
        rates = [x.tokens_per_second for x in self.sessions if x.tokens_per_second is not None]
        figures = {
            "ttft": statistics.median(times) if times else None,
            "tokens_per_second": statistics.median(rates) if rates else None,
            "error_rate": status["failed"] / total,
            "satisfaction": sum(ratings) / len(ratings) if ratings else None,
        }
        return {
            "type": "insights",
            "sessions": total,
            **figures,
            "interruption_rate": status["interrupted"] / total,
            "errors": dict(Counter(one.error for one in self.sessions if one.error)),
            "topics": dict(Counter(one.topic for one in self.sessions if one.topic)),
            "recommendations": {
                limit.figure: "This is outside of its limit."
                for limit in self.limits
                if figures[limit.figure] is not None
                and not limit.least <= figures[limit.figure] <= limit.most
            },
        }


class SessionLog__tidies_the_topics:
    """Topics that differ only in capitals, or in white space, are the same.

    Caught by: test_any_sessions
    """

    def __init__(self, limits=LIMITS):
        self.limits, self.sessions = limits, []

    def add(self, session):
        self.sessions.append(session)

    def insights(self):
        if not self.sessions:
            return {"type": "empty", "message": "There are no sessions yet."}
        total = len(self.sessions)
        status = Counter(one.status for one in self.sessions)
        ratings = [one.rating for one in self.sessions if one.rating is not None]
        times = [one.ttft for one in self.sessions if one.ttft is not None]
        rates = [x.tokens_per_second for x in self.sessions if x.tokens_per_second is not None]
        topics = [one.topic.strip().lower() for one in self.sessions]
        figures = {
            "ttft": statistics.median(times) if times else None,
            "tokens_per_second": statistics.median(rates) if rates else None,
            "error_rate": status["failed"] / total,
            "satisfaction": sum(ratings) / len(ratings) if ratings else None,
        }
        return {
            "type": "insights",
            "sessions": total,
            **figures,
            "interruption_rate": status["interrupted"] / total,
            "errors": dict(Counter(one.error for one in self.sessions if one.error)),
            "topics": dict(Counter(topic for topic in topics if topic)),
            "recommendations": {
                limit.figure: "This is outside of its limit."
                for limit in self.limits
                if figures[limit.figure] is not None
                and not limit.least <= figures[limit.figure] <= limit.most
            },
        }


# ab_test


def ab_test__seed(variants, n=10, seed=0):
    """First all runs of one, then all runs of the other; a failure is a run of no time.

    Caught by: test_each_variant_runs_in_each_round
    """
    if n < 2:
        raise ValueError(n)
    report = {}
    for name, variant in variants.items():
        times, failures = [], 0
        for _ in range(n):
            try:
                times.append(variant())
            except Exception:
                failures += 1
                times.append(0.0)
        error = statistics.stdev(times) / math.sqrt(n)
        report[name] = VariantReport(n - failures, failures, statistics.mean(times), error)
    return report, min(report, key=lambda name: report[name].mean)


def ab_test__crowns_the_smallest_mean(variants, n=10, seed=0):
    """The smallest mean wins.

    Caught by: test_noise_has_no_winner
    """
    if n < 2:
        raise ValueError(n)
    shuffle = random.Random(seed).shuffle
    times = {name: [] for name in variants}
    for _ in range(n):
        names = list(variants)
        shuffle(names)
        for name in names:
            try:
                times[name].append(variants[name]())
            except Exception:
                continue
    report = {}
    for name, them in times.items():
        error = statistics.stdev(them) / math.sqrt(len(them)) if len(them) > 1 else None
        mean = statistics.mean(them) if them else None
        report[name] = VariantReport(len(them), n - len(them), mean, error)
    best = min(report, key=lambda name: report[name].mean or math.inf)
    return report, best


def ab_test__beats_only_the_worst(variants, n=10, seed=0):
    """The best and the worst are far enough apart.

    Caught by: test_the_winner_has_to_beat_all
    """
    if n < 2:
        raise ValueError(n)
    shuffle = random.Random(seed).shuffle
    times = {name: [] for name in variants}
    for _ in range(n):
        names = list(variants)
        shuffle(names)
        for name in names:
            try:
                times[name].append(variants[name]())
            except Exception:
                continue
    report = {}
    for name, them in times.items():
        error = statistics.stdev(them) / math.sqrt(len(them)) if len(them) > 1 else None
        mean = statistics.mean(them) if them else None
        report[name] = VariantReport(len(them), n - len(them), mean, error)
    if len(report) < 2 or any(one.standard_error is None for one in report.values()):
        return report, None
    order = sorted(report, key=lambda name: report[name].mean)
    best, worst = report[order[0]], report[order[-1]]
    noise = math.hypot(best.standard_error, worst.standard_error)
    return report, order[0] if worst.mean - best.mean > 2 * noise else None


def ab_test__averages_failures(variants, n=10, seed=0):
    """A failed run is a run that took no time.

    Caught by: test_failures_are_in_no_mean
    """
    if n < 2:
        raise ValueError(n)
    order = random.Random(seed)
    times = {name: [] for name in variants}
    failures = dict.fromkeys(variants, 0)
    for _ in range(n):
        for name in order.sample(list(variants), len(variants)):
            try:
                times[name].append(variants[name]())
            except Exception:
                failures[name] += 1
                times[name].append(0.0)
    report = {
        name: VariantReport(
            n - failures[name],
            failures[name],
            statistics.mean(them),
            statistics.stdev(them) / math.sqrt(n),
        )
        for name, them in times.items()
    }
    (best, *others) = sorted(report, key=lambda name: report[name].mean)
    clear = others and all(
        report[name].mean - report[best].mean
        > 2 * math.hypot(report[name].standard_error, report[best].standard_error)
        for name in others
    )
    return report, best if clear else None


def ab_test__always_in_the_same_order(variants, n=10, seed=0):
    """In each round, the first variant goes first.

    Caught by: test_each_variant_runs_in_each_round
    """
    if n < 2:
        raise ValueError(n)
    times = {name: [] for name in variants}
    for _ in range(n):
        for name, variant in variants.items():
            try:
                times[name].append(variant())
            except Exception:
                continue
    report = {}
    for name, them in times.items():
        error = statistics.stdev(them) / math.sqrt(len(them)) if len(them) > 1 else None
        mean = statistics.mean(them) if them else None
        report[name] = VariantReport(len(them), n - len(them), mean, error)
    if len(report) < 2 or any(one.standard_error is None for one in report.values()):
        return report, None
    best, *others = sorted(report, key=lambda name: report[name].mean)
    clear = all(
        report[name].mean - report[best].mean
        > 2 * math.hypot(report[name].standard_error, report[best].standard_error)
        for name in others
    )
    return report, best if clear else None


def ab_test__counts_every_stop(variants, n=10, seed=0):
    """However a run ends, it is a failure of this run.

    Caught by: test_ctrl_c_is_no_failure
    """
    if n < 2:
        raise ValueError(n)
    order = random.Random(seed)
    times = {name: [] for name in variants}
    for _ in range(n):
        for name in order.sample(list(variants), len(variants)):
            try:
                times[name].append(variants[name]())
            except BaseException:
                continue
    report = {}
    for name, them in times.items():
        error = statistics.stdev(them) / math.sqrt(len(them)) if len(them) > 1 else None
        mean = statistics.mean(them) if them else None
        report[name] = VariantReport(len(them), n - len(them), mean, error)
    known = [name for name, one in report.items() if one.standard_error is not None]
    if len(known) < 2 or len(known) < len(report):
        return report, None
    best, *others = sorted(known, key=lambda name: report[name].mean)
    clear = all(
        report[name].mean - report[best].mean
        > 2 * math.hypot(report[name].standard_error, report[best].standard_error)
        for name in others
    )
    return report, best if clear else None


def ab_test__seeds_everybody(variants, n=10, seed=0):
    """random.seed makes random repeatable.

    Caught by: test_others_do_not_disturb_the_order
    """
    if n < 2:
        raise ValueError(n)
    random.seed(seed)
    times = {name: [] for name in variants}
    for _ in range(n):
        for name in random.sample(list(variants), len(variants)):
            try:
                times[name].append(variants[name]())
            except Exception:
                continue
    report = {}
    for name, them in times.items():
        error = statistics.stdev(them) / math.sqrt(len(them)) if len(them) > 1 else None
        mean = statistics.mean(them) if them else None
        report[name] = VariantReport(len(them), n - len(them), mean, error)
    known = [name for name, one in report.items() if one.standard_error is not None]
    if len(known) < 2 or len(known) < len(report):
        return report, None
    best, *others = sorted(known, key=lambda name: report[name].mean)
    clear = all(
        report[name].mean - report[best].mean
        > 2 * math.hypot(report[name].standard_error, report[best].standard_error)
        for name in others
    )
    return report, best if clear else None


def ab_test__leaves_the_broken_out(variants, n=10, seed=0):
    """A variant without a mean does not take part; the others are still compared.

    Caught by: test_without_a_comparison_there_is_no_winner
    """
    if n < 2:
        raise ValueError(n)
    order = random.Random(seed)
    times = {name: [] for name in variants}
    for _ in range(n):
        for name in order.sample(list(variants), len(variants)):
            try:
                times[name].append(variants[name]())
            except Exception:
                continue
    report = {}
    for name, them in times.items():
        error = statistics.stdev(them) / math.sqrt(len(them)) if len(them) > 1 else None
        mean = statistics.mean(them) if them else None
        report[name] = VariantReport(len(them), n - len(them), mean, error)
    known = [name for name, one in report.items() if one.standard_error is not None]
    if len(known) < 2:
        return report, None
    best, *others = sorted(known, key=lambda name: report[name].mean)
    clear = all(
        report[name].mean - report[best].mean
        > 2 * math.hypot(report[name].standard_error, report[best].standard_error)
        for name in others
    )
    return report, best if clear else None


def ab_test__turns_the_order_around(variants, n=10, seed=0):
    """Forwards and backwards in turns is fair.

    Caught by: test_any_figures
    """
    if n < 2:
        raise ValueError(n)
    times = {name: [] for name in variants}
    for number in range(n):
        for name in list(variants)[:: -1 if number % 2 else 1]:
            try:
                times[name].append(variants[name]())
            except Exception:
                continue
    report = {}
    for name, them in times.items():
        error = statistics.stdev(them) / math.sqrt(len(them)) if len(them) > 1 else None
        mean = statistics.mean(them) if them else None
        report[name] = VariantReport(len(them), n - len(them), mean, error)
    if len(report) < 2 or any(one.standard_error is None for one in report.values()):
        return report, None
    best, *others = sorted(report, key=lambda name: report[name].mean)
    clear = all(
        report[name].mean - report[best].mean
        > 2 * math.hypot(report[name].standard_error, report[best].standard_error)
        for name in others
    )
    return report, best if clear else None


def ab_test__tries_again(variants, n=10, seed=0):
    """A timeout says nothing about a variant: run it once more.

    Caught by: test_any_figures
    """
    if n < 2:
        raise ValueError(n)
    order = random.Random(seed)
    times = {name: [] for name in variants}
    for _ in range(n):
        for name in order.sample(list(variants), len(variants)):
            try:
                try:
                    times[name].append(variants[name]())
                except OSError:
                    times[name].append(variants[name]())
            except Exception:
                continue
    report = {}
    for name, them in times.items():
        error = statistics.stdev(them) / math.sqrt(len(them)) if len(them) > 1 else None
        mean = statistics.mean(them) if them else None
        report[name] = VariantReport(len(them), n - len(them), mean, error)
    if len(report) < 2 or any(one.standard_error is None for one in report.values()):
        return report, None
    best, *others = sorted(report, key=lambda name: report[name].mean)
    clear = all(
        report[name].mean - report[best].mean
        > 2 * math.hypot(report[name].standard_error, report[best].standard_error)
        for name in others
    )
    return report, best if clear else None


def ab_test__survives_an_exit(variants, n=10, seed=0):
    """A variant that calls sys.exit has failed, and only Ctrl-C stops the experiment.

    Caught by: test_any_figures
    """
    if n < 2:
        raise ValueError(n)
    order = random.Random(seed)
    times = {name: [] for name in variants}
    for _ in range(n):
        for name in order.sample(list(variants), len(variants)):
            try:
                times[name].append(variants[name]())
            except (Exception, SystemExit):
                continue
    report = {}
    for name, them in times.items():
        error = statistics.stdev(them) / math.sqrt(len(them)) if len(them) > 1 else None
        mean = statistics.mean(them) if them else None
        report[name] = VariantReport(len(them), n - len(them), mean, error)
    if len(report) < 2 or any(one.standard_error is None for one in report.values()):
        return report, None
    best, *others = sorted(report, key=lambda name: report[name].mean)
    clear = all(
        report[name].mean - report[best].mean
        > 2 * math.hypot(report[name].standard_error, report[best].standard_error)
        for name in others
    )
    return report, best if clear else None
