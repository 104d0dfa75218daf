"""Correct answers to lesson 11 that are written differently from the reference.

`course/lesson/variants.py` explains how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: F821


# chunk_text


def chunk_text__by_hand(chunk):
    """The text is extracted block by block."""
    content = chunk.content
    if isinstance(content, str):
        return content
    text = ""
    for block in content:
        if isinstance(block, str):
            text += block
        elif block.get("type") == "text":
            text += block.get("text") or ""
    return text


def chunk_text__match(chunk):
    """Patterns for each shape of a block, and recursion over the list."""

    def text_of(content):
        match content:
            case str(text) | {"type": "text", "text": str(text)}:
                return str(text)
            case [first, *rest]:
                return text_of(first) + text_of(rest)
        return ""

    return text_of(chunk.content)


def chunk_text__writes_it_down(chunk):
    """What is text is written to a StringIO."""
    from io import StringIO

    written = StringIO(newline="")
    content = [chunk.content] if isinstance(chunk.content, str) else chunk.content
    for block in content:
        is_text = isinstance(block, str) or block["type"] == "text"
        written.write((block if isinstance(block, str) else block.get("text", "") or "") * is_text)
    return written.getvalue()


# to_snapshots


def to_snapshots__parts(deltas):
    """The pieces are kept in a list and joined again each time."""
    from contextlib import ExitStack

    parts = []
    with ExitStack() as stack:
        stack.callback(close_source, deltas)
        for delta in filter(None, deltas):
            parts.append(delta)
            yield "".join(parts)


def to_snapshots__iterator_class(deltas):
    """A class with __next__ and close."""

    class Snapshots:
        def __init__(self):
            self.text, self.source = "", None

        def __iter__(self):
            return self

        def __next__(self):
            self.source = self.source or iter(deltas)
            try:
                while not (delta := next(self.source)):
                    pass
            except BaseException:
                self.close()
                raise
            self.text = f"{self.text}{delta}"
            return self.text

        def close(self):
            close_source(deltas)

    return Snapshots()


def to_snapshots__accumulate(deltas):
    """`accumulate` adds the deltas up, and groupby leaves out what comes again."""
    from itertools import accumulate, groupby

    try:
        for text, _ in groupby(accumulate(deltas)):
            if text:
                yield text
    finally:
        close_source(deltas)


# to_deltas


def to_deltas__iterator_class(snapshots):
    """A class with __next__ and close in place of a generator; the beginnings are compared."""

    class Deltas:
        def __init__(self):
            self.source = iter(snapshots)
            self.shown = ""

        def __iter__(self):
            return self

        def __next__(self):
            try:
                while True:
                    shown, self.shown = self.shown, next(self.source)
                    if self.shown[: len(shown)] != shown:
                        raise ValueError(f"{shown!r} has been shown already")
                    if len(self.shown) > len(shown):
                        return self.shown[len(shown) :]
            except BaseException:
                self.close()
                raise

        def close(self):
            close_source(snapshots)

    return Deltas()


def to_deltas__pairs(snapshots):
    """`pairwise` gives each snapshot with the one before it."""
    from itertools import chain, pairwise

    try:
        for before, after in pairwise(chain([""], snapshots)):
            if not after.startswith(before):
                raise ValueError(after)
            yield from filter(None, [after.removeprefix(before)])
    finally:
        close_source(snapshots)


def to_deltas__common_prefix(snapshots):
    """What two snapshots have in common has to be all of the first one."""
    from itertools import takewhile

    shown = []
    try:
        for snapshot in snapshots:
            text = "".join(shown)
            same = takewhile(lambda pair: pair[0] == pair[1], zip(text, snapshot, strict=False))
            if len([*same]) < len(text):
                raise ValueError("the text has changed")
            if len(text) != len(snapshot):
                shown.append(snapshot[len(text) :])
                yield shown[-1]
    finally:
        close_source(snapshots)


# decode_utf8


def decode_utf8__holds_back_by_hand(byte_chunks):
    """The beginning of a character is cut off the end of each chunk and kept."""

    def split(data):
        for count in (1, 2, 3):
            if count > len(data):
                break
            byte = data[-count]
            if byte >= 0xC0:  # a first byte: its high bits say how many belong together
                length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
                return (data[:-count], data[-count:]) if count < length else (data, b"")
            if byte < 0x80:
                break
        return data, b""

    waiting = b""
    try:
        for chunk in byte_chunks:
            whole, waiting = split(waiting + chunk)
            if whole:
                yield whole.decode("utf-8", errors="replace")
        if waiting:
            yield waiting.decode("utf-8", errors="replace")
    finally:
        close_source(byte_chunks)


def decode_utf8__iterdecode(byte_chunks):
    """codecs.iterdecode does all of it."""
    try:
        yield from codecs.iterdecode(byte_chunks, "utf-8", errors="replace")
    finally:
        close_source(byte_chunks)


def decode_utf8__iterator_class(byte_chunks):
    """A class with __next__ and close, and the function that the decoder is built on."""

    class Texts:
        def __init__(self):
            self.source, self.waiting, self.over = None, b"", False

        def __iter__(self):
            return self

        def __next__(self):
            if self.source is None:
                self.source = iter(byte_chunks)
            while not self.over:
                try:
                    self.waiting += next(self.source)
                except StopIteration:
                    self.over = True
                    self.close()
                except BaseException:
                    self.close()
                    raise
                text, used = codecs.utf_8_decode(self.waiting, "replace", self.over)
                self.waiting = self.waiting[used:]
                if text:
                    return text
            raise StopIteration

        def close(self):
            self.over = True
            close_source(byte_chunks)

    return Texts()


def decode_utf8__reads_from_a_queue(byte_chunks):
    """A StreamReader that reads from a queue of bytes."""

    class Queue:
        def __init__(self):
            self.data = b""

        def read(self, size=-1):
            data, self.data = self.data, b""
            return data

    queue, rest = Queue(), b""
    reader = codecs.getreader("utf-8")(queue, errors="replace")
    try:
        for queue.data in byte_chunks:
            if text := reader.read():
                yield text
        rest = reader.bytebuffer
        if rest:
            yield rest.decode("utf-8", "replace")
    finally:
        close_source(byte_chunks)


def decode_utf8__believes_each_first_byte(byte_chunks):
    """A first byte says how many belong together, even if no character begins like that."""
    from itertools import chain

    def missing(data):
        for count, byte in enumerate(reversed(data[-3:]), 1):
            if not 0x80 <= byte < 0xC0:
                wanted = sum(byte >= first for first in (0xC0, 0xE0, 0xF0))
                return count if wanted >= count else 0
        return 0

    held = b""
    try:
        for chunk in chain(byte_chunks, [None]):
            held += chunk or b""
            end = len(held) - (0 if chunk is None else missing(held))
            if end:
                yield held[:end].decode("utf-8", errors="replace")
            held = held[end:]
    finally:
        close_source(byte_chunks)


# join_surrogates


def join_surrogates__regular_expressions(tokens):
    """Pairs are computed, leftover halves are replaced; a high half at the end waits."""
    import re

    def pair(found):
        high, low = found[0]
        return chr(0x10000 + (ord(high) - 0xD800) * 0x400 + ord(low) - 0xDC00)

    def mended(text):
        text = re.sub("[\ud800-\udbff][\udc00-\udfff]", pair, text)
        return re.sub("[\ud800-\udfff]", "\ufffd", text)

    waiting = ""
    try:
        for token in tokens:
            waiting += token
            last = waiting[-1:]
            end = len(waiting) - ("\ud800" <= last <= "\udbff")
            if end:
                yield mended(waiting[:end])
            waiting = waiting[end:]
        if waiting:
            yield "\ufffd"
    finally:
        close_source(tokens)


def join_surrogates__utf_16_round_trip(tokens):
    """What is complete goes through UTF-16 as a whole."""
    from contextlib import closing

    def mended(text):
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def pieces():
        held = ""
        for token in tokens:
            text = held + token
            held = text[-1] if text and "\ud800" <= text[-1] < "\udc00" else ""
            yield mended(text[: len(text) - len(held)])
        yield mended(held)

    try:
        with closing(pieces()) as made:
            yield from filter(None, made)
    finally:
        close_source(tokens)


def join_surrogates__iterator_class(tokens):
    """A class with __next__ and close, and one character after the other."""

    class Whole:
        def __init__(self):
            self.source, self.high, self.over = None, "", False

        def __iter__(self):
            return self

        def __next__(self):
            self.source = self.source or iter(tokens)
            while not self.over:
                try:
                    text = "".join(map(self.take, next(self.source)))
                except StopIteration:
                    text = "\ufffd" if self.high else ""
                    self.close()
                except BaseException:
                    self.close()
                    raise
                if text:
                    return text
            raise StopIteration

        def take(self, character):
            high, self.high = self.high, ""
            code = ord(character)
            if high and 0xDC00 <= code < 0xE000:
                return chr(((ord(high) - 0xD800) << 10) + code - 0xDC00 + 0x10000)
            lost = "\ufffd" if high else ""
            if 0xD800 <= code < 0xDC00:
                self.high = character
                return lost
            return lost + ("\ufffd" if 0xDC00 <= code < 0xE000 else character)

        def close(self):
            self.over = True
            close_source(tokens)

    return Whole()


def join_surrogates__json(tokens):
    """JSON joins halves by itself: each token is written and read again."""
    import re

    held = ""
    try:
        for token in tokens:
            text = held + token
            held = text[-1] if re.search("[\ud800-\udbff]\\Z", text) else ""
            read = json.loads(json.dumps(text[: len(text) - len(held)]))
            if read:
                yield "".join("\ufffd" if "\ud800" <= one <= "\udfff" else one for one in read)
        if held:
            yield "\ufffd"
    finally:
        close_source(tokens)


# merge_chunks


def merge_chunks__own_accumulator(chunks, usage="sum"):
    """Chunk after chunk is added, and what addition gets wrong is tracked separately."""
    merged, words, reports = None, {}, []
    for chunk in chunks:
        merged = chunk if merged is None else merged + chunk
        reports.append(chunk.usage_metadata)
        for key, value in chunk.response_metadata.items():
            if isinstance(value, str) and value:
                words[key] = value
    if merged is None:
        raise ValueError("nothing came")
    valid, broken = [], []
    for call in merged.tool_call_chunks:
        raw = call["args"]
        try:
            args = json.loads(raw) if raw else {}
            reason = None if isinstance(args, dict) else f"a {type(args).__name__} has no names"
        except (json.JSONDecodeError, RecursionError) as error:
            reason = str(error)
        if reason is None:
            valid.append({"name": call["name"] or "", "args": args, "id": call["id"]})
        else:
            broken.append({**call, "args": raw, "error": reason, "type": "invalid_tool_call"})
    if usage == "last":
        total = next((report for report in reversed(reports) if report), None)
    else:
        total = merged.usage_metadata
    message = AIMessage(merged.content, id=merged.id, tool_calls=valid)
    message.additional_kwargs = merged.additional_kwargs
    message.response_metadata = {**merged.response_metadata, **words}
    message.usage_metadata = total
    message.invalid_tool_calls = [
        {key: call[key] for key in ("name", "args", "id", "error", "type")} for call in broken
    ]
    return message


def merge_chunks__add_a_list(chunks, usage="sum"):
    """The first chunk's __add__ takes all the others at once; the copy is corrected."""
    from langchain_core.messages import message_chunk_to_message

    chunks = tuple(chunks)
    if len(chunks) < 1:
        raise ValueError("no chunks")
    merged = chunks[0] + list(chunks[1:])
    message = message_chunk_to_message(merged)
    metadata = dict(merged.response_metadata)
    for key, value in metadata.items():
        if isinstance(value, str):
            said = [chunk.response_metadata.get(key) for chunk in chunks]
            metadata[key] = ([word for word in said if word] or [""])[-1]
    used = [chunk.usage_metadata for chunk in chunks if chunk.usage_metadata is not None]
    changes = {"response_metadata": metadata, "tool_calls": [], "invalid_tool_calls": []}
    if usage == "last" and used:
        changes["usage_metadata"] = used[-1]
    for call in merged.tool_call_chunks:
        known = {"name": call["name"] or "", "id": call["id"]}
        error, args = "the arguments are no object", None
        try:
            args = json.loads(call["args"] or "{}")
        except (ValueError, RecursionError) as reason:
            error = str(reason)
        if isinstance(args, dict):
            changes["tool_calls"].append(tool_call(args=args, **known))
        else:
            call = invalid_tool_call(args=call["args"], error=error, **known)
            changes["invalid_tool_calls"].append(call)
    return message.model_copy(update=changes)


def merge_chunks__reduce(chunks, usage="sum"):
    """`reduce` adds the chunks, and dictionaries of their own hold what is corrected."""
    from functools import reduce
    from operator import add

    chunks = [*chunks]
    if chunks == []:
        raise ValueError("there is nothing to merge")
    whole = reduce(add, chunks)
    metadata = dict(whole.response_metadata)
    for chunk in chunks:
        for key in chunk.response_metadata:
            if isinstance(chunk.response_metadata[key], str) and chunk.response_metadata[key] != "":
                metadata[key] = chunk.response_metadata[key]
    calls = {True: [], False: []}
    for call in whole.tool_call_chunks:
        problem = ""
        try:
            read = json.loads(call["args"]) if call["args"] else {}
        except RecursionError:
            problem = "nested too deeply"
        except ValueError:
            problem = "no JSON"
        if not problem and type(read) is not dict:
            problem = "no object"
        if problem:
            made = {"type": "invalid_tool_call", "args": call["args"], "error": problem}
        else:
            made = {"type": "tool_call", "args": read}
        name = call["name"] if problem else call["name"] or ""
        calls[not problem].append({**made, "name": name, "id": call["id"]})
    used = whole.usage_metadata
    if usage == "last":
        for chunk in chunks:
            used = chunk.usage_metadata if chunk.usage_metadata is not None else used
    return AIMessage(
        whole.content,
        additional_kwargs=whole.additional_kwargs,
        response_metadata=metadata,
        id=whole.id,
        usage_metadata=used,
        tool_calls=calls[True],
        invalid_tool_calls=calls[False],
    )


def merge_chunks__recursive(chunks, usage="sum"):
    """Each kind of field has a function of its own; words are found from the end."""

    def last_word(key):
        said = (chunk.response_metadata.get(key) for chunk in reversed(received))
        return next((word for word in said if isinstance(word, str) and word), None)

    def sorted_out(left, valid, invalid):
        if not left:
            return valid, invalid
        call, *left = left
        text = call["args"] or "{}"
        try:
            args = json.loads(text)
            args.keys()
        except (ValueError, AttributeError, RecursionError) as error:
            why = f"{type(error).__name__}: {error}"
            broken = invalid_tool_call(
                name=call["name"], args=call["args"], id=call["id"], error=why
            )
            return sorted_out(left, valid, [*invalid, broken])
        name = call["name"] if call["name"] is not None else ""
        return sorted_out(left, [*valid, tool_call(name=name, args=args, id=call["id"])], invalid)

    received = tuple(chunks)
    if not received:
        raise ValueError("there are no chunks")
    first, *others = received
    merged = add_ai_message_chunks(first, *others)
    words = {key: last_word(key) for key in merged.response_metadata}
    valid, invalid = sorted_out(merged.tool_call_chunks, [], [])
    reports = list(filter(None, (chunk.usage_metadata for chunk in received)))
    counted = reports[-1:] if usage == "last" else [merged.usage_metadata]
    fields = {
        "content": merged.content,
        "id": merged.id,
        "additional_kwargs": {**merged.additional_kwargs},
        "response_metadata": {
            key: value if words[key] is None else words[key]
            for key, value in merged.response_metadata.items()
        },
        "usage_metadata": counted[0] if counted else None,
    }
    return AIMessage(**fields, tool_calls=valid, invalid_tool_calls=invalid)
