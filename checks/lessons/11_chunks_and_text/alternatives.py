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
            for snapshot in self.source:
                shown, self.shown = self.shown, snapshot
                if snapshot[: len(shown)] != shown:
                    self.close()
                    raise ValueError(f"{shown!r} has been shown already")
                if len(snapshot) > len(shown):
                    return snapshot[len(shown) :]
            raise StopIteration

        def close(self):
            close_source(snapshots)

    return Deltas()


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
