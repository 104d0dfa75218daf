"""What beginners write first for lesson 12: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: F821, SIM222


# buffer_by_count


def buffer_by_count__yields_lists(tokens, n):
    """The learner has forgotten to join the list of tokens."""
    if n < 1:
        raise ValueError("n must be at least 1")
    group = []
    try:
        for token in tokens:
            if token:
                group.append(token)
                if len(group) == n:
                    yield group
                    group = []
        if group:
            yield group
    finally:
        close_source(tokens)


def buffer_by_count__clears_what_it_has_yielded(tokens, n):
    """The learner joins with a method of the list."""
    if n < 1:
        raise ValueError("n must be at least 1")
    group = []
    try:
        for token in tokens:
            if token:
                group.append(token)
                if len(group) == n:
                    yield group.join("")
                    group.clear()
        if group:
            yield group.join("")
    finally:
        close_source(tokens)


def buffer_by_count__never_resets_the_count(tokens, n):
    """The learner has forgotten to set the count to zero after a piece."""
    if n < 1:
        raise ValueError("n must be at least 1")
    text = ""
    count = 0
    try:
        for token in tokens:
            if token:
                text += token
                count += 1
                if count == n:
                    yield text
                    text = ""
        if text:
            yield text
    finally:
        close_source(tokens)


def buffer_by_count__slices(tokens, n):
    """The learner believes that every iterable can be cut into slices."""
    if n < 1:
        raise ValueError("n must be at least 1")
    try:
        tokens = [token for token in tokens if token]
        for start in range(0, len(tokens), n):
            yield "".join(tokens[start : start + n])
    finally:
        close_source(tokens)


def buffer_by_count__names_no_error(tokens, n):
    """The learner has forgotten that an error has to be raised, and prints it."""
    if n < 1:
        print("n must be at least 1")
        return
    group = []
    try:
        for token in tokens:
            if token:
                group.append(token)
                if len(group) == n:
                    yield "".join(group)
                    group = []
        if group:
            yield "".join(group)
    finally:
        close_source(tokens)


# first_then_batch


def first_then_batch__calls_next_on_a_list(tokens, n):
    """The learner believes that next works on every iterable."""
    if n < 1:
        raise ValueError("n must be at least 1")
    try:
        yield next(tokens)
        group = []
        for token in tokens:
            if token:
                group.append(token)
                if len(group) == n:
                    yield "".join(group)
                    group = []
        if group:
            yield "".join(group)
    finally:
        close_source(tokens)


def first_then_batch__takes_the_first_twice(tokens, n):
    """The learner has overlooked that the first token goes into the buffer, too."""
    if n < 1:
        raise ValueError("n must be at least 1")
    first = True
    text = ""
    count = 0
    try:
        for token in tokens:
            if token == "":
                continue
            if first:
                yield token
                first = False
            text += token
            count += 1
            if count == n:
                yield text
                text, count = "", 0
        if text:
            yield text
    finally:
        close_source(tokens)


def first_then_batch__compares_with_assignment(tokens, n):
    """The learner has written == where a value should be assigned."""
    if n < 1:
        raise ValueError("n must be at least 1")
    first = True
    group = []
    try:
        for token in tokens:
            if not token:
                continue
            if first:
                yield token
                first == False  # noqa: B015, E712
                continue
            group.append(token)
            if len(group) == n:
                yield "".join(group)
                group = []
        if group:
            yield "".join(group)
    finally:
        close_source(tokens)


def first_then_batch__calls_a_generator(tokens, n):
    """The learner believes that calling a generator function runs it."""
    if n < 1:
        raise ValueError("n must be at least 1")
    source = iter(tokens)
    try:
        for token in source:
            if token:
                yield token
                break
        buffer_by_count(source, n)
    finally:
        close_source(tokens)


def first_then_batch__lets_the_end_escape(tokens, n):
    """The learner has overlooked that next raises an error when nothing is left."""
    if n < 1:
        raise ValueError("n must be at least 1")
    source = iter(tokens)
    try:
        token = next(source)
        while not token:
            token = next(source)
        yield token
        yield from buffer_by_count(source, n)
    finally:
        close_source(tokens)


# smooth_words


def smooth_words__calls_isspace_on_nothing(tokens):
    """The learner has forgotten the parentheses that call isspace."""
    buffer = ""
    try:
        for token in tokens:
            for character in token:
                if buffer and buffer[-1].isspace and not character.isspace():
                    yield buffer
                    buffer = ""
                buffer += character
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def smooth_words__asks_the_module_string(tokens):
    """The learner has forgotten to import string."""
    buffer = ""
    try:
        for token in tokens:
            for character in token:
                if buffer and buffer[-1] in string.whitespace and character != " ":
                    yield buffer
                    buffer = ""
                buffer += character
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def smooth_words__looks_at_the_last_of_nothing(tokens):
    """The learner has overlooked that the buffer is empty at first."""
    buffer = ""
    try:
        for token in tokens:
            for character in token:
                if buffer[-1].isspace() and not character.isspace() and buffer.strip():
                    yield buffer
                    buffer = ""
                buffer += character
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def smooth_words__replaces_nothing(tokens):
    """The learner believes that a loop over words keeps the whitespace between them."""
    try:
        text = "".join(tokens)
        for word in text.split():
            yield word + " "
    finally:
        close_source(tokens)


def smooth_words__writes_to_a_string(tokens):
    """The learner believes that a string can be extended like a list."""
    buffer = ""
    try:
        for token in tokens:
            for character in token:
                if buffer.strip() and buffer[-1].isspace() and not character.isspace():
                    yield buffer
                    buffer = ""
                buffer.append(character)
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


# sentence_stream


def sentence_stream__splits_at_a_tuple(tokens, abbreviations=ABBREVIATIONS, max_chars=200):
    """The learner believes that split takes several separators."""
    if max_chars < 1:
        raise ValueError("max_chars must be at least 1")
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            *sentences, buffer = buffer.split(MARKS)
            yield from sentences
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def sentence_stream__looks_for_marks_in_a_mark(tokens, abbreviations=ABBREVIATIONS, max_chars=200):
    """The learner has put a tuple to the left of in."""
    if max_chars < 1:
        raise ValueError("max_chars must be at least 1")
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if MARKS in buffer:
                yield buffer
                buffer = ""
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def sentence_stream__tests_a_constant(tokens, abbreviations=ABBREVIATIONS, max_chars=200):
    """The learner believes that `x or y in z` asks for both x and y."""
    if max_chars < 1:
        raise ValueError("max_chars must be at least 1")
    buffer = ""
    try:
        for token in tokens:
            for character in token:
                if buffer and buffer[-1].isspace() and not character.isspace():
                    words = buffer.split()
                    word = words[-1] if words else ""
                    if word not in abbreviations and ("." or "!" or "?") in word:
                        yield buffer
                        buffer = ""
                buffer += character
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def sentence_stream__takes_the_last_word_of_nothing(
    tokens, abbreviations=ABBREVIATIONS, max_chars=200
):
    """The learner has overlooked that a buffer of blanks has no last word."""
    if max_chars < 1:
        raise ValueError("max_chars must be at least 1")
    known = {one.lower() for one in abbreviations}
    buffer = ""
    try:
        for token in tokens:
            for character in token:
                if not character.isspace() and buffer and buffer[-1].isspace():
                    word = buffer.split()[-1].strip(AROUND)
                    if word.endswith(MARKS) and word.lower() not in known:
                        yield buffer
                        buffer = ""
                buffer += character
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


# flush_on_event


def flush_on_event__adds_to_the_event(events, max_chars):
    """The learner believes that a second name for a dict is a copy of it."""
    if max_chars < 1:
        raise ValueError("max_chars must be at least 1")
    held = None
    try:
        for event in events:
            same = held and event["type"] == "token" and event["id"] == held["id"]
            if same and event.get("metadata") == held.get("metadata"):
                held["content"] += event["content"]
            else:
                if held:
                    yield held
                held = None
                if event["type"] == "token":
                    held = event
                else:
                    yield event
            if held and len(held["content"]) >= max_chars:
                yield held
                held = None
        if held:
            yield held
    finally:
        close_source(events)


def flush_on_event__uses_dots(events, max_chars):
    """The learner believes that the keys of a dict are attributes."""
    if max_chars < 1:
        raise ValueError("max_chars must be at least 1")
    held = None
    try:
        for event in events:
            if event.type == "token":
                held = {**event, "content": (held.content if held else "") + event.content}
                if len(held.content) >= max_chars:
                    yield held
                    held = None
            else:
                if held:
                    yield held
                    held = None
                yield event
        if held:
            yield held
    finally:
        close_source(events)


def flush_on_event__asks_isinstance(events, max_chars):
    """The learner believes that an event is an instance of its TypedDict."""
    if max_chars < 1:
        raise ValueError("max_chars must be at least 1")
    held = None
    try:
        for event in events:
            if isinstance(event, TokenEvent):
                if held and held["id"] == event["id"]:
                    held = {**held, "content": held["content"] + event["content"]}
                else:
                    if held:
                        yield held
                    held = dict(event)
            else:
                if held:
                    yield held
                    held = None
                yield event
        if held:
            yield held
    finally:
        close_source(events)


def flush_on_event__asks_for_metadata(events, max_chars):
    """The learner has overlooked that an event may have no metadata."""
    if max_chars < 1:
        raise ValueError("max_chars must be at least 1")
    held = None
    try:
        for event in events:
            is_token = event["type"] == "token"
            if (
                is_token
                and held
                and event["id"] == held["id"]
                and event["metadata"] == held["metadata"]
            ):
                held = {**held, "content": held["content"] + event["content"]}
            else:
                if held:
                    yield held
                held = dict(event) if is_token else None
                if not is_token:
                    yield event
            if held and len(held["content"]) >= max_chars:
                yield held
                held = None
        if held:
            yield held
    finally:
        close_source(events)


# debounce


async def debounce__sleeps_in_a_blocking_way(source, interval):
    """The learner has overlooked that time.sleep stops the whole event loop."""
    import time

    if interval <= 0:
        raise ValueError("interval must be greater than 0")
    group = []
    try:
        async for item in source:
            group.append(item)
            time.sleep(interval)
            yield group
            group = []
    finally:
        await aclose_source(source)


async def debounce__forgets_the_await(source, interval):
    """The learner has forgotten to await the sleep."""
    if interval <= 0:
        raise ValueError("interval must be greater than 0")
    group = []
    try:
        async for item in source:
            group.append(item)
            asyncio.sleep(interval)
            yield group
            group = []
    finally:
        await aclose_source(source)


async def debounce__clears_the_list(source, interval):
    """The learner has overlooked that the reader still has the list that is cleared."""
    if not interval > 0:
        raise ValueError("interval must be greater than 0")
    now = asyncio.get_running_loop().time
    group = []
    end = 0.0
    pull = None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(source))
            await asyncio.wait({pull}, timeout=end - now() if group else None)
            if pull.done():
                if pull.exception() is not None:
                    break
                if not group:
                    end = now() + interval
                group.append(pull.result())
                pull = None
            if now() >= end:
                yield group
                group.clear()
        if group:
            yield group
        error = pull.exception()
        if error is not None and not isinstance(error, StopAsyncIteration):
            raise error
    finally:
        if pull is not None:
            pull.cancel()
            await asyncio.gather(pull, return_exceptions=True)
        await aclose_source(source)


async def debounce__makes_a_task_of_a_stream(source, interval):
    """The learner believes that a task can be made of a stream."""
    if interval <= 0:
        raise ValueError("interval must be greater than 0")
    task = asyncio.create_task(source)
    try:
        while not task.done():
            await asyncio.sleep(interval)
            yield [task.result()]
    finally:
        task.cancel()


async def debounce__reads_the_clock_of_nothing(source, interval):
    """The learner has forgotten to import time."""
    if interval <= 0:
        raise ValueError("interval must be greater than 0")
    group = []
    start = time.monotonic()
    try:
        async for item in source:
            group.append(item)
            if time.monotonic() - start >= interval:
                yield group
                group = []
                start = time.monotonic()
        if group:
            yield group
    finally:
        await aclose_source(source)


async def debounce__sleeps_between_pulls(
    source: AsyncIterator[T], interval: float
) -> AsyncIterator[list[T]]:
    """Sleeping after an item lets the others join its group."""
    if interval <= 0:
        raise ValueError("interval is not greater than 0")
    group = []
    try:
        async for item in source:
            group.append(item)
            await asyncio.sleep(interval)
            yield group
            group = []
        if group:
            yield group
    finally:
        await aclose_source(source)


async def debounce__looks_when_an_item_comes(
    source: AsyncIterator[T], interval: float
) -> AsyncIterator[list[T]]:
    """Looking at the time whenever an item comes is enough."""
    if interval <= 0:
        raise ValueError("interval is not greater than 0")
    loop = asyncio.get_running_loop()
    group = []
    started = 0.0
    try:
        async for item in source:
            if group and loop.time() - started >= interval:
                yield group
                group = []
            if not group:
                started = loop.time()
            group.append(item)
        if group:
            yield group
    except Exception:
        if group:
            yield group
        raise
    finally:
        await aclose_source(source)
