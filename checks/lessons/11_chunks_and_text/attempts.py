"""What beginners write first for lesson 11: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: F821, RET503


# chunk_text


def chunk_text__calls_the_text(chunk):
    """The learner believes that text is a function that takes the content."""
    return chunk.text(chunk.content)


def chunk_text__prints(chunk):
    """The learner takes printing for returning."""
    if isinstance(chunk.content, str):
        print(chunk.content)
    else:
        for block in chunk.content:
            if isinstance(block, str):
                print(block, end="")
            elif block["type"] == "text":
                print(block.get("text") or "", end="")


def chunk_text__compares_the_type_with_a_word(chunk):
    """The learner believes that type returns the name of a class."""
    if type(chunk.content) == "str":  # noqa: E721
        return chunk.content
    text = ""
    for block in chunk.content:
        if type(block) == "str":  # noqa: E721
            text += block
        elif block["type"] == "text":
            text += block.get("text") or ""
    return text


def chunk_text__adds_none(chunk):
    """The learner has overlooked that get returns None if a value is None or missing."""
    if isinstance(chunk.content, str):
        return chunk.content
    text = ""
    for block in chunk.content:
        if isinstance(block, str):
            text += block
        elif block["type"] == "text":
            text += block.get("text")
    return text


def chunk_text__returns_in_the_loop(chunk):
    """The learner has overlooked that return ends the loop at its first text."""
    if isinstance(chunk.content, str):
        return chunk.content
    text = ""
    for block in chunk.content:
        if isinstance(block, str):
            text += block
        elif block["type"] == "text":
            text += block.get("text") or ""
        return text


def chunk_text__asks_a_string_for_a_key(chunk):
    """The learner has overlooked that a block may be a string."""
    if isinstance(chunk.content, str):
        return chunk.content
    return "".join(block.get("text") or "" for block in chunk.content if block["type"] == "text")


def chunk_text__passes_a_list_to_isinstance(chunk):
    """The learner believes that isinstance takes a list of types."""
    if isinstance(chunk.content, [str]):
        return chunk.content
    return chunk.text


def chunk_text__asks_is_str(chunk):
    """The learner believes that `is` asks for the type."""
    if chunk.content is str:
        return chunk.content
    return "".join(b["text"] for b in chunk.content if b["type"] == "text")


# to_snapshots


def to_snapshots__adds_to_an_unset_name(deltas):
    """The learner has forgotten to give the text its first value."""
    try:
        for delta in deltas:
            if delta:
                text += delta
                yield text
    finally:
        close_source(deltas)


def to_snapshots__returns_a_list(deltas):
    """The learner believes that a function that is read with for may return a list."""
    snapshots = []
    text = ""
    for delta in deltas:
        if delta:
            text += delta
            snapshots.append(text)
    close_source(deltas)
    return snapshots


def to_snapshots__resets_in_the_loop(deltas):
    """The learner has put the first value inside the loop, where it is set again each time."""
    try:
        for delta in deltas:
            text = ""
            text += delta
            if text:
                yield text
    finally:
        close_source(deltas)


def to_snapshots__closes_the_text(deltas):
    """The learner closes the item of the loop, not the stream."""
    text = ""
    delta = None
    try:
        for delta in deltas:
            if delta:
                text += delta
                yield text
    finally:
        close_source(delta)


def to_snapshots__closes_in_the_loop(deltas):
    """The learner has indented the close too far, so that the first delta closes the stream."""
    text = ""
    for delta in deltas:
        if delta:
            text += delta
            yield text
        close_source(deltas)


# to_deltas


def to_deltas__forgets_to_remember(snapshots):
    """The learner has forgotten to keep the snapshot for the next round."""
    before = ""
    try:
        for snapshot in snapshots:
            if not snapshot.startswith(before):
                raise ValueError("a snapshot does not begin with the one before it")
            delta = snapshot[len(before) :]
            if delta:
                yield delta
    finally:
        close_source(snapshots)


def to_deltas__subtracts(snapshots):
    """The learner believes that strings can be subtracted."""
    before = ""
    try:
        for snapshot in snapshots:
            if not snapshot.startswith(before):
                raise ValueError("a snapshot does not begin with the one before it")
            if snapshot != before:
                yield snapshot - before
            before = snapshot
    finally:
        close_source(snapshots)


def to_deltas__asserts(snapshots):
    """The learner believes that assert is how a wrong argument is refused."""
    before = ""
    try:
        for snapshot in snapshots:
            assert snapshot.startswith(before)
            if snapshot[len(before) :]:
                yield snapshot[len(before) :]
            before = snapshot
    finally:
        close_source(snapshots)


def to_deltas__yields_the_error(snapshots):
    """The learner has forgotten to raise the error that is made."""
    before = ""
    try:
        for snapshot in snapshots:
            if not snapshot.startswith(before):
                ValueError("a snapshot does not begin with the one before it")
            delta = snapshot[len(before) :]
            before = snapshot
            if delta:
                yield delta
    finally:
        close_source(snapshots)


def to_deltas__strips_the_old_text(snapshots):
    """The learner believes that lstrip removes a beginning, though it removes characters."""
    before = ""
    try:
        for snapshot in snapshots:
            if not snapshot.startswith(before):
                raise ValueError("a snapshot does not begin with the one before it")
            delta = snapshot.lstrip(before) if before else snapshot
            if delta:
                yield delta
            before = snapshot
    finally:
        close_source(snapshots)


def to_deltas__remembers_nothing(snapshots):
    """The learner has overlooked that the last snapshot has to be kept."""
    last = ""
    for s in snapshots:
        yield s.replace(last, "")


# decode_utf8


def decode_utf8__makes_a_string_of_bytes(byte_chunks):
    """The learner believes that str of bytes is their text."""
    try:
        for chunk in byte_chunks:
            if chunk:
                yield str(chunk)
    finally:
        close_source(byte_chunks)


def decode_utf8__adds_bytes_to_a_string(byte_chunks):
    """The learner has overlooked that bytes and strings cannot be added."""
    held = ""
    try:
        for chunk in byte_chunks:
            held += chunk
            yield held.decode("utf-8", errors="replace")
            held = ""
    finally:
        close_source(byte_chunks)


def decode_utf8__encodes(byte_chunks):
    """The learner mixes up encode and decode."""
    try:
        for chunk in byte_chunks:
            text = chunk.encode("utf-8", errors="replace")
            if text:
                yield text
    finally:
        close_source(byte_chunks)


def decode_utf8__does_not_make_a_decoder(byte_chunks):
    """The learner has overlooked that getincrementaldecoder returns a class."""
    decoder = codecs.getincrementaldecoder("utf-8")
    try:
        for chunk in byte_chunks:
            text = decoder.decode(chunk)
            if text:
                yield text
        text = decoder.decode(b"", True)
        if text:
            yield text
    finally:
        close_source(byte_chunks)


def decode_utf8__makes_a_decoder_for_each_chunk(byte_chunks):
    """The learner makes a new decoder in each round, which forgets what the last one held back."""
    try:
        for chunk in byte_chunks:
            decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
            text = decoder.decode(chunk)
            if text:
                yield text
    finally:
        close_source(byte_chunks)


def decode_utf8__misspells_the_errors(byte_chunks):
    """The learner has misspelled the keyword argument for errors."""
    decoder = codecs.getincrementaldecoder("utf-8")(error="replace")
    try:
        for chunk in byte_chunks:
            text = decoder.decode(chunk)
            if text:
                yield text
        text = decoder.decode(b"", final=True)
        if text:
            yield text
    finally:
        close_source(byte_chunks)


def decode_utf8__loops_over_bytes(byte_chunks):
    """The learner has overlooked that a loop over bytes gives numbers."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    try:
        for chunk in byte_chunks:
            text = ""
            for byte in chunk:
                text += decoder.decode(byte)
            if text:
                yield text
        text = decoder.decode(b"", final=True)
        if text:
            yield text
    finally:
        close_source(byte_chunks)


def decode_utf8__decoder_for_each_chunk(byte_chunks: Iterable[bytes]) -> Iterator[str]:
    """An incremental decoder for each chunk remembers what is cut."""
    try:
        for chunk in byte_chunks:
            decoder = codecs.getincrementaldecoder("utf-8")("replace")
            text = decoder.decode(chunk)
            if text:
                yield text
        rest = decoder.decode(b"", final=True)
        if rest:
            yield rest
    finally:
        close_source(byte_chunks)


# join_surrogates


def join_surrogates__compares_with_a_number(tokens):
    """The learner has overlooked that a character is not a number."""
    held = ""
    try:
        for token in tokens:
            text = held + token
            held = ""
            if text and 0xD800 <= text[-1] <= 0xDBFF:
                held = text[-1]
                text = text[:-1]
            if text:
                yield text
        if held:
            yield chr(0xFFFD)
    finally:
        close_source(tokens)


def join_surrogates__looks_at_the_last_of_nothing(tokens):
    """The learner has overlooked that an empty token has no last character."""
    held = ""
    try:
        for token in tokens:
            text = held + token
            held = ""
            if 0xD800 <= ord(text[-1]) <= 0xDBFF:
                held = text[-1]
                text = text[:-1]
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            if text:
                yield text
        if held:
            yield chr(0xFFFD)
    finally:
        close_source(tokens)


def join_surrogates__encodes_plainly(tokens):
    """The learner has overlooked that a lone half cannot be encoded."""
    held = ""
    try:
        for token in tokens:
            text = held + token
            held = ""
            if text and 0xD800 <= ord(text[-1]) <= 0xDBFF:
                held = text[-1]
                text = text[:-1]
            if text:
                yield text.encode("utf-16").decode("utf-16", "replace")
        if held:
            yield chr(0xFFFD)
    finally:
        close_source(tokens)


def join_surrogates__forgets_the_last(tokens):
    """The learner has forgotten what is held back when the tokens end."""
    held = ""
    try:
        for token in tokens:
            text = held + token
            held = ""
            if text and 0xD800 <= ord(text[-1]) <= 0xDBFF:
                held = text[-1]
                text = text[:-1]
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            if text:
                yield text
    finally:
        close_source(tokens)


def join_surrogates__never_lets_go(tokens: Iterable[str]) -> Iterator[str]:
    """What is held back is put before the token; forgot to empty it."""
    held = ""
    try:
        for token in tokens:
            text = held + token
            if text and 0xD800 <= ord(text[-1]) <= 0xDBFF:
                held = text[-1]
                text = text[:-1]
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            if text:
                yield text
        if held:
            yield "\ufffd"
    finally:
        close_source(tokens)


# merge_chunks


def merge_chunks__gives_the_list(chunks, usage="sum"):
    """The learner has forgotten the star that makes arguments of a list."""
    chunks = list(chunks)
    if not chunks:
        raise ValueError("no chunks")
    return add_ai_message_chunks(chunks)


def merge_chunks__returns_a_chunk(chunks, usage="sum"):
    """The learner has overlooked that the sum of chunks is a chunk."""
    chunks = list(chunks)
    if not chunks:
        raise ValueError("no chunks")
    return add_ai_message_chunks(*chunks)


def merge_chunks__sums(chunks, usage="sum"):
    """The learner has overlooked that sum begins with the number 0."""
    return sum(chunks)


def merge_chunks__reads_the_first_of_an_iterator(chunks, usage="sum"):
    """The learner believes that every iterable can be indexed."""
    if len(chunks) == 0:
        raise ValueError("no chunks")
    merged = chunks[0]
    for chunk in chunks[1:]:
        merged = merged + chunk
    words = {}
    last_usage = None
    for chunk in chunks:
        words |= {k: v for k, v in chunk.response_metadata.items() if isinstance(v, str) and v}
        last_usage = chunk.usage_metadata or last_usage
    calls, invalid = [], []
    for call in merged.tool_call_chunks:
        name, args, id_ = call["name"], call["args"], call["id"]
        try:
            arguments = json.loads(args or "{}")
            if not isinstance(arguments, dict):
                raise ValueError("the arguments are no JSON object")
        except (ValueError, RecursionError) as error:
            invalid.append(invalid_tool_call(name=name, args=args, id=id_, error=str(error)))
        else:
            calls.append(tool_call(name=name or "", args=arguments, id=id_))
    return AIMessage(
        content=merged.content,
        additional_kwargs=merged.additional_kwargs,
        response_metadata=merged.response_metadata | words,
        id=merged.id,
        usage_metadata=merged.usage_metadata if usage == "sum" else last_usage,
        tool_calls=calls,
        invalid_tool_calls=invalid,
    )


def merge_chunks__reads_an_iterator_twice(chunks, usage="sum"):
    """The learner has overlooked that an iterator has nothing left for the second loop."""
    if not chunks:
        raise ValueError("no chunks")
    merged = add_ai_message_chunks(*chunks)
    words = {}
    last_usage = None
    for chunk in chunks:
        words |= {k: v for k, v in chunk.response_metadata.items() if isinstance(v, str) and v}
        last_usage = chunk.usage_metadata or last_usage
    calls, invalid = [], []
    for call in merged.tool_call_chunks:
        name, args, id_ = call["name"], call["args"], call["id"]
        try:
            arguments = json.loads(args or "{}")
            if not isinstance(arguments, dict):
                raise ValueError("the arguments are no JSON object")
        except (ValueError, RecursionError) as error:
            invalid.append(invalid_tool_call(name=name, args=args, id=id_, error=str(error)))
        else:
            calls.append(tool_call(name=name or "", args=arguments, id=id_))
    return AIMessage(
        content=merged.content,
        additional_kwargs=merged.additional_kwargs,
        response_metadata=merged.response_metadata | words,
        id=merged.id,
        usage_metadata=merged.usage_metadata if usage == "sum" else last_usage,
        tool_calls=calls,
        invalid_tool_calls=invalid,
    )


def merge_chunks__hands_over_the_list(chunks, usage="sum"):
    """The learner has overlooked that the chunks are handed over one by one."""
    if len(chunks) == 0:
        raise ValueError("no chunks")
    return add_ai_message_chunks(chunks)
