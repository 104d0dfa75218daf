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


def buffer_by_count__multiples(tokens, n):
    """A piece is over when the number of the token is a multiple of n; an empty tail is dropped."""
    if n < 1:
        raise ValueError(n)

    def pieces():
        held = ""
        count = 0
        for token in tokens:
            if token is None or token == "":
                continue
            held += token
            count += 1
            if count % n == 0:
                yield held
                held = ""
        yield held

    try:
        yield from filter(None, pieces())
    finally:
        close_source(tokens)


class buffer_by_count__iterator:
    """An object with __next__ and close instead of a generator."""

    def __init__(self, tokens, n):
        if n < 1:
            raise ValueError(n)
        self._source = tokens
        self._tokens = None
        self._n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self._tokens is None:
            self._tokens = iter(self._source)
        held = []
        try:
            while len(held) < self._n:
                if token := next(self._tokens):
                    held.append(token)
        except StopIteration:
            self.close()
            if not held:
                raise
        except BaseException:
            self.close()
            raise
        return "".join(held)

    def close(self):
        self._tokens = iter(())
        close_source(self._source)


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


def first_then_batch__sizes(tokens, n):
    """An endless iterator says how many tokens each piece has: 1, n, n, n, ..."""
    from contextlib import closing
    from itertools import chain, islice, repeat

    if n < 1:
        raise ValueError(n)
    words = (token for token in tokens if token != "")
    try:
        with closing(words):
            for size in chain([1], repeat(n)):
                piece = [*islice(words, size)]
                if not piece:
                    return
                yield "".join(piece)
    finally:
        close_source(tokens)


def first_then_batch__recursive(tokens, n):
    """The first token, and then what remains is read by a generator inside."""
    if n < 1:
        raise ValueError(n)

    def batches(words, left, held=""):
        for word in words:
            held, left = held + word, left - 1
            if not left:
                yield held
                held, left = "", n
        if held:
            yield held

    def start():
        try:
            words = iter(word for word in tokens if word)
            yield from batches(words, 1)
        finally:
            close_source(tokens)

    return start()


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


def smooth_words__split_keeps_spaces(tokens):
    """re.split with a group keeps the whitespace; the last word with what follows is held."""
    held = ""
    try:
        for token in tokens:
            held += token
            beginning = held[: len(held) - len(held.lstrip())]
            runs = re.split(r"(\s+)", held.lstrip())
            words = ["".join(runs[at : at + 2]) for at in range(0, len(runs), 2)]
            if len(words) > 1 and not words[-1]:
                words.pop()
            words[0] = beginning + words[0]
            yield from words[:-1]
            held = words[-1]
        if held:
            yield held
    finally:
        close_source(tokens)


def smooth_words__one_stream_of_characters(tokens):
    """All tokens chained into one stream of characters; the word and its whitespace apart."""
    from itertools import chain

    try:
        word, space = "", ""
        for character in chain.from_iterable(tokens):
            if character.isspace():
                space += character
            elif word and space:
                yield word + space
                word, space = character, ""
            else:
                word, space = space + word + character if not word else word + character, ""
        if word or space:
            yield word + space
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


def sentence_stream__list_of_characters(tokens, abbreviations=ABBREVIATIONS, max_chars=200):
    """Reads characters into a list, and remembers where the last whitespace and word are."""
    if max_chars < 1:
        raise ValueError(max_chars)
    known = [abbreviation.casefold() for abbreviation in abbreviations]
    held, after_space, word_start = [], 0, 0

    def ends():
        word = "".join(held[word_start:]).strip().strip(AROUND)
        return word != "" and word[-1] in ".!?" and word.casefold() not in known

    def take(count):
        nonlocal held, after_space, word_start
        piece, held = "".join(held[:count]), held[count:]
        after_space, word_start = max(0, after_space - count), max(0, word_start - count)
        return piece

    try:
        for character in (character for token in tokens for character in token):
            is_space = character.isspace()
            begins = not is_space and held and after_space == len(held)
            if begins and ends():
                yield take(len(held))
            elif len(held) == max_chars:
                yield take(after_space or max_chars)
            if not is_space and after_space == len(held):
                word_start = len(held)
            held.append(character)
            if is_space:
                after_space = len(held)
        if held:
            yield "".join(held)
    finally:
        close_source(tokens)


def sentence_stream__remembers_the_word(tokens, abbreviations=ABBREVIATIONS, max_chars=200):
    """Judges the whole word, even if a cut has split it or taken its whitespace away."""
    if max_chars < 1:
        raise ValueError(max_chars)
    known = {abbreviation.lower() for abbreviation in abbreviations}
    held, word, has_space = "", "", False
    try:
        for token in tokens:
            for character in token:
                if not character.isspace() and has_space:
                    bare = word.strip(AROUND)
                    if bare.endswith(MARKS) and bare.lower() not in known and held:
                        yield held
                        held = ""
                    word, has_space = "", False
                if len(held) == max_chars:
                    rest = "" if held[-1].isspace() else re.split(r"\s", held)[-1]
                    cut = len(held) - len(rest) or max_chars
                    yield held[:cut]
                    held = held[cut:]
                held += character
                if character.isspace():
                    has_space = bool(word)
                else:
                    word += character
        if held:
            yield held
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


def flush_on_event__copies(events, max_chars):
    """A copy of the first event grows; tokens without text pass by themselves."""
    from copy import deepcopy

    if max_chars < 1:
        raise ValueError(max_chars)
    held = None
    try:
        for event in events:
            is_text = event["type"] == "token" and event["content"] != ""
            same = (
                is_text
                and held is not None
                and held["id"] == event["id"]
                and held.get("metadata") == event.get("metadata")
            )
            if same:
                held["content"] += event["content"]
            else:
                if held is not None:
                    yield held
                held = deepcopy(event) if is_text else None
                if not is_text:
                    yield event
            if held is not None and len(held["content"]) >= max_chars:
                ready, held = held, None
                yield ready
        if held is not None:
            yield held
    finally:
        close_source(events)


def flush_on_event__skips_empty(events, max_chars):
    """Tokens without text are dropped, and an empty metadata counts as none."""
    if max_chars < 1:
        raise ValueError(max_chars)
    key, first, parts = None, None, []
    try:
        for event in events:
            if event["type"] == "token":
                if not event["content"]:
                    continue
                metadata = event.get("metadata") or {}
                of_event = event["id"], tuple(sorted(metadata.items()))
            else:
                of_event = None
            if parts and of_event != key:
                yield dict(first, content="".join(parts))
                parts = []
            if of_event is None:
                yield event
                continue
            key, first = of_event, event
            parts += [event["content"]]
            if sum(map(len, parts)) >= max_chars:
                yield dict(first, content="".join(parts))
                parts = []
        if parts:
            yield dict(first, content="".join(parts))
    finally:
        close_source(events)


# debounce


async def debounce__queue(source, interval):
    """A task reads the source into a bounded queue; giving up on a queue is harmless."""
    if not interval > 0:
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
    if not interval > 0:
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


async def debounce__timer(source, interval):
    """A timer sets an event when the time is up; the pull and the event are awaited together."""
    if not interval > 0:
        raise ValueError(interval)
    loop = asyncio.get_running_loop()
    group, up, timer, pull, alarm = [], asyncio.Event(), None, None, None
    try:
        while True:
            pull = pull or asyncio.create_task(anext(source))
            alarm = alarm or asyncio.create_task(up.wait())
            await asyncio.wait([pull, alarm], return_when=asyncio.FIRST_COMPLETED)
            if pull.done():
                try:
                    item = pull.result()
                except StopAsyncIteration:
                    break
                except Exception:
                    if group:
                        yield group
                    raise
                pull = None
                group.append(item)
                timer = timer or loop.call_later(interval, up.set)
            if up.is_set() or (timer and timer.when() <= loop.time()):
                timer.cancel()
                up.clear()
                if alarm.done():
                    alarm = None
                ready, group, timer = group, [], None
                yield ready
        if group:
            yield group
    finally:
        left = [task for task in (pull, alarm) if task]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if timer:
            timer.cancel()
        await aclose_source(source)


async def debounce__condition(source, interval):
    """A task fills a list that has room for ten, and a condition wakes the reader."""
    if not interval > 0:
        raise ValueError(interval)
    arrived, over, changed = [], [], asyncio.Condition()
    now = asyncio.get_running_loop().time

    async def fill():
        try:
            async for item in source:
                async with changed:
                    await changed.wait_for(lambda: len(arrived) < 9)
                    arrived.append((now(), item))
                    changed.notify_all()
        except BaseException as error:
            over.append(error)
            if isinstance(error, asyncio.CancelledError):
                raise
        else:
            over.append(None)
        async with changed:
            changed.notify_all()

    filling = asyncio.create_task(fill())
    try:
        while True:
            async with changed:
                await changed.wait_for(lambda: arrived or over)
                if not arrived:
                    break
                end = max(arrived[0][0] + interval, now())
                group = []
                while not (over and not arrived):
                    group += [item for _, item in arrived]
                    arrived.clear()
                    changed.notify_all()
                    try:
                        async with asyncio.timeout_at(end):
                            await changed.wait_for(lambda: arrived or over)
                    except TimeoutError:
                        break
                    if now() >= end:
                        break
            yield group
        if over[0] is not None:
            raise over[0]
    finally:
        filling.cancel()
        await asyncio.gather(filling, return_exceptions=True)
        await aclose_source(source)
