"""Correct answers to lesson 12 that are written differently from the reference.

`course/lesson/variants.py` explains how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: F821


# buffer_by_count


def buffer_by_count__islice(tokens, n):
    """itertools does the counting; the limit is checked at the call."""
    from itertools import islice

    if n < 1:
        raise ValueError("n must be positive")

    def pieces():
        try:
            words = filter(None, tokens)
            while piece := "".join(islice(words, n)):
                yield piece
        finally:
            close_source(tokens)

    return pieces()


def buffer_by_count__text_and_count(tokens, n):
    """A text that grows and a number that counts down; the tail comes out before an error."""
    if n < 1:
        raise ValueError(n)
    text, left = "", n
    try:
        try:
            for token in tokens:
                if not token:
                    continue
                text, left = text + token, left - 1
                if left == 0:
                    yield text
                    text, left = "", n
        except Exception:
            if text:
                yield text
            raise
        if text:
            yield text
    finally:
        close_source(tokens)


# first_then_batch


def first_then_batch__two_stages(tokens, n):
    """The first token by itself, and then a plain batch over the same iterator."""
    from itertools import islice

    if n < 1:
        raise ValueError(n)
    try:
        words = filter(None, tokens)
        yield from islice(words, 1)
        while piece := "".join(islice(words, n)):
            yield piece
    finally:
        close_source(tokens)


def first_then_batch__remainder(tokens, n):
    """A token is the last of its piece if its number, counted from 0, is a multiple of n."""
    if n < 1:
        raise ValueError(n)
    text = ""
    try:
        for number, token in enumerate(token for token in tokens if token):
            text += token
            if number % n == 0:
                yield text
                text = ""
        if text:
            yield text
    finally:
        close_source(tokens)


# smooth_words


def smooth_words__regular_expression(tokens):
    """A word, its whitespace and a look at what follows, as one expression."""
    held = ""
    try:
        for token in tokens:
            held += token
            while match := re.match(r"\s*\S+\s+(?=\S)", held):
                yield match.group()
                held = held[match.end() :]
        if held:
            yield held
    finally:
        close_source(tokens)


def smooth_words__character_loop(tokens):
    """Character by character: a new word begins where a space ends."""
    held = ""
    try:
        for token in tokens:
            for character in token:
                if held[-1:].isspace() and held.strip() and not character.isspace():
                    yield held
                    held = ""
                held += character
        if held:
            yield held
    finally:
        close_source(tokens)


# sentence_stream


def sentence_stream__regular_expression(tokens, abbreviations=ABBREVIATIONS, max_chars=200):
    """The buffer is searched again at each token for places where a word begins."""
    if max_chars < 1:
        raise ValueError(max_chars)
    around = "[" + re.escape(AROUND) + "]*"
    known = "|".join(map(re.escape, abbreviations)) or "(?!)"
    whole = re.compile(rf"(\S*[.!?]{around})\s+(?=\S)")
    exempt = re.compile(rf"{around}(?:{known}){around}", re.IGNORECASE)
    held = ""
    try:
        for token in tokens:
            held += token
            while True:
                ends = (m.end() for m in whole.finditer(held) if not exempt.fullmatch(m[1]))
                cut = next(ends, 0)
                if not 0 < cut <= max_chars:
                    if len(held) <= max_chars:
                        break
                    spaces = [m.end() for m in re.finditer(r"\s", held[:max_chars])]
                    cut = spaces[-1] if spaces else max_chars
                yield held[:cut]
                held = held[cut:]
        if held:
            yield held
    finally:
        close_source(tokens)


def sentence_stream__words_in_a_list(tokens, abbreviations=ABBREVIATIONS, max_chars=200):
    """Keeps the text before the last word separate from the word, and tracks both lengths."""
    if max_chars < 1:
        raise ValueError(max_chars)
    known = {word.casefold() for word in abbreviations}
    before, word, space = "", "", ""
    try:
        for character in (character for token in tokens for character in token):
            if not character.isspace() and space:
                bare = word.strip(AROUND)
                before, word, space = before + word + space, "", ""
                if bare[-1:] in set(MARKS) and bare.casefold() not in known:
                    yield before
                    before = ""
            if len(before) + len(word) + len(space) == max_chars:
                if space:
                    yield before + word + space
                    before, word, space = "", "", ""
                elif before:
                    yield before
                    before = ""
                else:
                    yield word
                    word = ""
            if character.isspace():
                space += character
            else:
                word += character
        if before + word + space:
            yield before + word + space
    finally:
        close_source(tokens)


# flush_on_event


def flush_on_event__parts_in_a_list(events, max_chars):
    """The parts of the text in a list with their length, and what they belong to next to it."""
    if max_chars < 1:
        raise ValueError(max_chars)
    parts, length, rest = [], 0, {}

    def flushed():
        nonlocal parts, length
        joined = [{**rest, "content": "".join(parts)}] if length else []
        parts, length = [], 0
        return joined

    try:
        for event in events:
            if event["type"] == "token":
                of_event = {key: value for key, value in event.items() if key != "content"}
                if of_event != rest:
                    yield from flushed()
                    rest = of_event
                parts.append(event["content"])
                length += len(event["content"])
                if length >= max_chars:
                    yield from flushed()
            else:
                yield from flushed()
                yield event
        yield from flushed()
    finally:
        close_source(events)


def flush_on_event__joins_dictionaries(events, max_chars):
    """Holds the joined event, and a match statement tells the types apart."""
    if max_chars < 1:
        raise ValueError(max_chars)
    held = None
    try:
        for event in events:
            match event:
                case {"type": "token", "content": str(content)}:
                    if held is not None and held | {"content": content} == event:
                        held = held | {"content": held["content"] + content}
                    else:
                        if held is not None:
                            yield held
                        held = dict(event)
                    if len(held["content"]) >= max_chars:
                        yield held
                        held = None
                case _:
                    if held is not None:
                        yield held
                        held = None
                    yield event
        if held is not None:
            yield held
    finally:
        close_source(events)


# debounce


async def debounce__queue(source, interval):
    """A task reads the source into a bounded queue; giving up on a queue is harmless."""
    if interval <= 0:
        raise ValueError(interval)
    arrived = asyncio.Queue(maxsize=4)
    ended = object()

    async def read():
        try:
            async for item in source:
                await arrived.put((item, None))
        except Exception as error:
            await arrived.put((ended, error))
        else:
            await arrived.put((ended, None))

    reading = asyncio.create_task(read())
    now = asyncio.get_running_loop().time
    try:
        while True:
            item, error = await arrived.get()
            group = []
            end = now() + interval
            while item is not ended:
                group.append(item)
                try:
                    async with asyncio.timeout_at(end):
                        item, error = await arrived.get()
                except TimeoutError:
                    break
            if group:
                yield group
            if item is ended:
                break
        if error is not None:
            raise error
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await aclose_source(source)


async def debounce__shielded(source, interval):
    """A timeout around a shield: it cancels the shield, not the pull behind it."""
    if interval <= 0:
        raise ValueError(interval)
    pull = None
    try:
        error = None
        while error is None:
            group = []
            loop = asyncio.get_running_loop()
            end = None
            while error is None and (end is None or loop.time() < end):
                pull = pull or asyncio.ensure_future(anext(source))
                try:
                    left = None if end is None else end - loop.time()
                    async with asyncio.timeout(left):
                        group.append(await asyncio.shield(pull))
                except TimeoutError as raised:
                    if pull.done():
                        error = raised
                    break
                except (Exception, StopAsyncIteration) as raised:
                    error = raised
                else:
                    end = end or loop.time() + interval
                    pull = None
            if group:
                yield group
        if not isinstance(error, StopAsyncIteration):
            raise error
    finally:
        if pull is not None:
            pull.cancel()
            await asyncio.gather(pull, return_exceptions=True)
        await aclose_source(source)
