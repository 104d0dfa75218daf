"""Wrong answers to lesson 11 that a learner might well give.

`course/lesson/variants.py` explains how these functions are used. Each docstring says what the
learner believes, and which test has to prove them wrong.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: F821


# chunk_text


def chunk_text__makes_a_string_of_content(chunk):
    """Whatever content is, str() turns it into text.

    Caught by: test_blocks_of_text_are_joined
    """
    return str(chunk.content)


def chunk_text__takes_content_for_text(chunk):
    """The text of a chunk is chunk.content; only None has to be caught.

    Caught by: test_blocks_of_text_are_joined
    """
    return chunk.content or ""


def chunk_text__reads_the_first_block(chunk):
    """A chunk is one piece of text, so a list has one block in it.

    Caught by: test_blocks_of_text_are_joined
    """
    if isinstance(chunk.content, str):
        return chunk.content
    return chunk.content[0].get("text") or "" if chunk.content else ""


def chunk_text__takes_every_block_with_a_text(chunk):
    """A block that has a "text" in it is a text block.

    Caught by: test_what_is_no_text_is_left_out
    """
    if isinstance(chunk.content, str):
        return chunk.content
    blocks = [{"text": b} if isinstance(b, str) else b for b in chunk.content]
    return "".join(block.get("text") or "" for block in blocks)


def chunk_text__expects_a_text_in_each_block(chunk):
    """A block of the type "text" has a "text".

    Caught by: test_a_block_may_lack_its_text
    """
    if isinstance(chunk.content, str):
        return chunk.content
    blocks = [{"type": "text", "text": b} if isinstance(b, str) else b for b in chunk.content]
    return "".join(block["text"] for block in blocks if block["type"] == "text")


def chunk_text__drops_what_comes_twice(chunk):
    """The same text twice in a row is a mistake of the provider.

    Caught by: test_any_content
    """
    if isinstance(chunk.content, str):
        return chunk.content
    seen = []
    for b in chunk.content:
        t = b if isinstance(b, str) else b.get("text") or "" if b["type"] == "text" else ""
        if t and [t] == seen[-1:]:
            continue
        if t:
            seen.append(t)
    return "".join(seen)


def chunk_text__drops_blank_blocks(chunk):
    """White space between two blocks is not text.

    Caught by: test_any_content
    """
    content = chunk.content
    if isinstance(content, str):
        return content
    return "".join(
        b if isinstance(b, str) else b.get("text") or ""
        for b in content
        if (isinstance(b, str) and b.strip()) or (not isinstance(b, str) and b["type"] == "text")
    )


def chunk_text__knows_other_types_of_text(chunk):
    """Every type that has text in its name is text.

    Caught by: test_any_content
    """
    content = chunk.content
    if isinstance(content, str):
        return content
    return "".join(
        b if isinstance(b, str) else b.get("text") or ""
        for b in content
        if isinstance(b, str) or b["type"].endswith("text")
    )


def chunk_text__stops_at_an_image(chunk):
    """After an image there is nothing more to read.

    Caught by: test_any_content
    """
    if isinstance(chunk.content, str):
        return chunk.content
    out = ""
    for b in chunk.content:
        if isinstance(b, str):
            out += b
        elif b["type"] == "text":
            out += b.get("text") or ""
        elif b["type"] == "image_url":
            break
    return out


def chunk_text__tidies_the_chunk(chunk):
    """A block without text is of no use to anybody.

    Caught by: test_any_content
    """
    text = chunk.text
    if isinstance(chunk.content, list):
        chunk.content = [b for b in chunk.content if not isinstance(b, dict) or b.get("text")]
    return text


def chunk_text__shows_reasoning_in_place_of_text(chunk):
    """If there is no text, the reasoning is better than nothing.

    Caught by: test_any_content
    """
    return chunk.text or chunk.additional_kwargs.get("reasoning_content", "")


def chunk_text__shows_a_refusal(chunk):
    """A refusal is what the model has to say.

    Caught by: test_what_is_no_text_is_left_out
    """
    if isinstance(chunk.content, str):
        return chunk.content
    texts = []
    for block in chunk.content:
        if isinstance(block, str):
            texts.append(block)
        elif block["type"] in ("text", "refusal"):
            texts.append(block.get(block["type"]) or "")
    return "".join(texts)


# to_snapshots


def to_snapshots__passes_deltas_on(deltas):
    """A delta is a snapshot of the stream at that moment.

    Caught by: test_each_snapshot_is_the_whole_text_so_far
    """
    try:
        for delta in deltas:
            if delta:
                yield delta
    finally:
        close_source(deltas)


def to_snapshots__begins_with_nothing(deltas):
    """The text is empty at the beginning, and that is the first snapshot.

    Caught by: test_each_snapshot_is_the_whole_text_so_far
    """
    text = ""
    yield text
    try:
        for delta in deltas:
            if delta:
                text += delta
                yield text
    finally:
        close_source(deltas)


def to_snapshots__yields_a_list(deltas):
    """All pieces so far are the text so far.

    Caught by: test_each_snapshot_is_the_whole_text_so_far
    """
    parts = []
    try:
        for delta in deltas:
            if delta:
                parts.append(delta)
                yield list(parts)
    finally:
        close_source(deltas)


def to_snapshots__repeats_itself(deltas):
    """Each delta makes a snapshot, whatever is in it.

    Caught by: test_an_empty_delta_makes_no_snapshot
    """
    text = ""
    try:
        for delta in deltas:
            text += delta
            yield text
    finally:
        close_source(deltas)


def to_snapshots__collects_first(deltas):
    """itertools.accumulate over all deltas does it.

    Caught by: test_a_snapshot_comes_with_its_delta
    """
    from itertools import accumulate

    yield from accumulate([delta for delta in deltas if delta])


def to_snapshots__drops_what_comes_twice(deltas):
    """The same delta twice in a row is a mistake of the network.

    Caught by: test_any_deltas
    """
    text = last = ""
    try:
        for delta in deltas:
            if delta and (not (text and text.endswith(delta) and (delta == last))):
                last = delta
                text += delta
                yield text
    finally:
        close_source(deltas)


def to_snapshots__leaves_a_whole_stream_open(deltas):
    """A stream that is read to its end closes itself.

    Caught by: test_stopping_closes_the_source
    """
    text = ""
    try:
        for delta in deltas:
            if delta:
                text += delta
                yield text
    except BaseException:
        close_source(deltas)
        raise


def to_snapshots__stops_at_done(deltas):
    """[DONE] is how a stream ends.

    Caught by: test_any_deltas
    """
    text = ""
    try:
        for delta in deltas:
            if delta == "[DONE]":
                return
            if delta:
                text += delta
                yield text
    finally:
        close_source(deltas)


def to_snapshots__swallows_ctrl_c(deltas):
    """Whoever stops it has seen enough.

    Caught by: test_any_deltas
    """
    text = ""
    try:
        for delta in deltas:
            if delta:
                text += delta
                yield text
    except KeyboardInterrupt:
        return
    finally:
        close_source(deltas)


def to_snapshots__strips_the_beginning(deltas):
    """An answer does not begin with a space.

    Caught by: test_any_deltas
    """
    text = ""
    try:
        for delta in deltas:
            if delta:
                text += delta if text else delta.lstrip() or delta
                yield text
    finally:
        close_source(deltas)


def to_snapshots__shows_the_end_only(deltas):
    """Nobody needs more than the last 500 characters.

    Caught by: test_any_deltas
    """
    text = ""
    try:
        for delta in deltas:
            if delta:
                text += delta
                yield text[-500:]
    finally:
        close_source(deltas)


def to_snapshots__closes_its_iterator(deltas):
    """The iterator is what was read, so it is what has to be closed.

    Caught by: test_stopping_closes_the_source
    """
    text, source = "", iter(deltas)
    try:
        for delta in source:
            if delta:
                text += delta
                yield text
    finally:
        close_source(source)


# to_deltas


def to_deltas__seed(snapshots):
    """A stream of text yields new text.

    Caught by: test_a_delta_is_what_is_new
    """
    try:
        yield from snapshots
    finally:
        close_source(snapshots)


def to_deltas__replaces_the_old_text(snapshots):
    """What is new is the snapshot with the old text taken out.

    Caught by: test_text_may_repeat_itself
    """
    text = ""
    try:
        for snapshot in snapshots:
            if not snapshot.startswith(text):
                raise ValueError("the text changed")
            delta = snapshot.replace(text, "") if text else snapshot
            if delta:
                yield delta
            text = snapshot
    finally:
        close_source(snapshots)


def to_deltas__yields_empty_deltas(snapshots):
    """Each snapshot makes a delta.

    Caught by: test_nothing_new_is_no_delta
    """
    text = ""
    try:
        for snapshot in snapshots:
            if not snapshot.startswith(text):
                raise ValueError("the text changed")
            yield snapshot[len(text) :]
            text = snapshot
    finally:
        close_source(snapshots)


def to_deltas__looks_at_lengths_only(snapshots):
    """A snapshot that is not shorter begins with the one before it.

    Caught by: test_text_that_changes_is_an_error
    """
    shown = 0
    try:
        for snapshot in snapshots:
            if len(snapshot) < shown:
                raise ValueError("the text got shorter")
            if len(snapshot) > shown:
                yield snapshot[shown:]
            shown = len(snapshot)
    finally:
        close_source(snapshots)


def to_deltas__lets_text_shrink(snapshots):
    """A snapshot with less text has nothing new in it, so there is nothing to do.

    Caught by: test_text_that_shrinks_is_an_error
    """
    text = ""
    try:
        for snapshot in snapshots:
            if text.startswith(snapshot):
                continue
            if not snapshot.startswith(text):
                raise ValueError("the text changed")
            yield snapshot[len(text) :]
            text = snapshot
    finally:
        close_source(snapshots)


def to_deltas__looks_for_the_old_text_anywhere(snapshots):
    """What is new comes after the old text, wherever that is.

    Caught by: test_text_that_changes_is_an_error
    """
    text = ""
    try:
        for snapshot in snapshots:
            _, found, delta = snapshot.partition(text) if text else ("", True, snapshot)
            if not found:
                raise ValueError("the text changed")
            if delta:
                yield delta
            text = snapshot
    finally:
        close_source(snapshots)


def to_deltas__compares_the_beginning(snapshots):
    """If the first 50 characters are the same, so is the rest.

    Caught by: test_any_fault
    """
    text = ""
    try:
        for snapshot in snapshots:
            if len(snapshot) < len(text) or (
                snapshot[-1:] and (not snapshot.startswith(text[:50]))
            ):
                raise ValueError(f"the text changed within its first {len(text)} characters")
            if delta := snapshot[len(text) :]:
                yield delta
            text = snapshot
    finally:
        close_source(snapshots)


def to_deltas__forgives_white_space(snapshots):
    """White space at the end may come and go.

    Caught by: test_any_fault
    """
    text = ""
    try:
        for snapshot in snapshots:
            if not snapshot.startswith(text.rstrip()):
                raise ValueError(f"the text changed within its first {len(text)} characters")
            if delta := snapshot[len(text) :]:
                yield delta
            text = snapshot
    finally:
        close_source(snapshots)


def to_deltas__minds_no_capitals(snapshots):
    """Capitals do not change what was said.

    Caught by: test_any_fault
    """
    text = ""
    try:
        for snapshot in snapshots:
            if not snapshot.lower().startswith(text.lower()):
                raise ValueError(f"the text changed within its first {len(text)} characters")
            if delta := snapshot[len(text) :]:
                yield delta
            text = snapshot
    finally:
        close_source(snapshots)


def to_deltas__drops_what_comes_twice(snapshots):
    """The same delta twice in a row is a mistake of the network.

    Caught by: test_text_may_repeat_itself
    """
    text = last = ""
    try:
        for snapshot in snapshots:
            if not snapshot.startswith(text):
                raise ValueError(f"the text changed within its first {len(text)} characters")
            if delta := snapshot[len(text) :]:
                if delta != last:
                    yield delta
                last = delta
            text = snapshot
    finally:
        close_source(snapshots)


def to_deltas__closes_its_iterator(snapshots):
    """The iterator is what was read, so it is what has to be closed.

    Caught by: test_stopping_closes_the_source
    """
    text, source = "", iter(snapshots)
    try:
        for snapshot in source:
            if not snapshot.startswith(text):
                raise ValueError("the text changed")
            if delta := snapshot[len(text) :]:
                yield delta
            text = snapshot
    finally:
        close_source(source)


def to_deltas__canonical_equivalence(snapshots: Iterable[str]) -> Iterator[str]:
    """What looks alike is the same text.

    Caught by: test_any_fault
    """
    try:
        before = ""
        for snapshot in snapshots:
            import unicodedata

            delta = snapshot[len(before) :]
            if not snapshot.startswith(before):
                new, old = (unicodedata.normalize("NFC", text) for text in (snapshot, before))
                if not new.startswith(old):
                    raise ValueError("the text was changed")
                delta = new[len(old) :]
            before = snapshot
            if delta:
                yield delta
    finally:
        close_source(snapshots)


# decode_utf8


def decode_utf8__seed(byte_chunks):
    """Text is text: the usual encoding of this machine reads it.

    Caught by: test_a_character_may_be_cut_in_two
    """
    try:
        for chunk in byte_chunks:
            if chunk:
                yield chunk.decode("cp1252", errors="replace")
    finally:
        close_source(byte_chunks)


def decode_utf8__replaces_in_each_chunk(byte_chunks):
    """With errors="replace" no chunk can go wrong.

    Caught by: test_a_character_may_be_cut_in_two
    """
    try:
        for chunk in byte_chunks:
            if text := chunk.decode("utf-8", errors="replace"):
                yield text
    finally:
        close_source(byte_chunks)


def decode_utf8__waits_until_all_of_it_can_be_read(byte_chunks):
    """A chunk that cannot be decoded waits for the next one, as a whole.

    Caught by: test_what_is_complete_comes_at_once
    """
    waiting = b""
    try:
        for chunk in byte_chunks:
            waiting += chunk
            try:
                text = waiting.decode("utf-8")
            except UnicodeDecodeError:
                continue
            if text:
                yield text
            waiting = b""
        if waiting:
            yield waiting.decode("utf-8", errors="replace")
    finally:
        close_source(byte_chunks)


def decode_utf8__gives_up_at_a_bad_byte(byte_chunks):
    """An incremental decoder takes care of everything.

    Caught by: test_bytes_that_are_no_utf8_are_replaced
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in byte_chunks:
            if text := decoder.decode(chunk):
                yield text
        if tail := decoder.decode(b"", final=True):
            yield tail
    finally:
        close_source(byte_chunks)


def decode_utf8__forgets_the_end(byte_chunks):
    """When the chunks are over, all text has been yielded.

    Caught by: test_the_end_may_cut_a_character
    """
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    try:
        for chunk in byte_chunks:
            if text := decoder.decode(chunk):
                yield text
    finally:
        close_source(byte_chunks)


def decode_utf8__drops_the_byte_order_mark(byte_chunks):
    """What a file begins with is not part of the text.

    Caught by: test_a_byte_order_mark_is_text
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    try:
        for chunk in byte_chunks:
            if text := decoder.decode(chunk):
                yield text
        if tail := decoder.decode(b"", final=True):
            yield tail
    finally:
        close_source(byte_chunks)


def decode_utf8__shares_one_decoder(byte_chunks):
    """A decoder is a tool like any other: one for the whole program is enough.

    Caught by: test_each_stream_has_its_own_memory
    """
    new = codecs.getincrementaldecoder("utf-8")(errors="replace")
    decoder = globals().setdefault("DECODER", new)
    try:
        for chunk in byte_chunks:
            if text := decoder.decode(chunk):
                yield text
        if tail := decoder.decode(b"", final=True):
            yield tail
    finally:
        close_source(byte_chunks)


def decode_utf8__cuts_at_line_breaks(byte_chunks):
    """A line is a piece.

    Caught by: test_any_text
    """
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    try:
        for chunk in byte_chunks:
            if text := decoder.decode(chunk):
                yield from text.splitlines(keepends=True)
        if tail := decoder.decode(b"", final=True):
            yield tail
    finally:
        close_source(byte_chunks)


def decode_utf8__drops_zeros(byte_chunks):
    """A zero byte is not text.

    Caught by: test_any_text
    """
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    try:
        for chunk in byte_chunks:
            if text := decoder.decode(chunk).replace("\x00", ""):
                yield text
        if tail := decoder.decode(b"", final=True):
            yield tail
    finally:
        close_source(byte_chunks)


def decode_utf8__leaves_a_whole_stream_open(byte_chunks):
    """A stream that is read to its end closes itself.

    Caught by: test_stopping_closes_the_source
    """
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    try:
        for chunk in byte_chunks:
            if text := decoder.decode(chunk):
                yield text
        if tail := decoder.decode(b"", final=True):
            yield tail
    except BaseException:
        close_source(byte_chunks)
        raise


def decode_utf8__translates_line_breaks(byte_chunks):
    """A line break is a line feed.

    Caught by: test_the_cuts_make_no_difference
    """
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    try:
        for chunk in byte_chunks:
            if text := decoder.decode(chunk).replace("\r\n", "\n"):
                yield text
        if tail := decoder.decode(b"", final=True):
            yield tail
    finally:
        close_source(byte_chunks)


def decode_utf8__closes_its_iterator(byte_chunks):
    """The iterator is what was read, so it is what has to be closed.

    Caught by: test_stopping_closes_the_source
    """
    decoder, source = codecs.getincrementaldecoder("utf-8")(errors="replace"), iter(byte_chunks)
    try:
        for chunk in source:
            if text := decoder.decode(chunk):
                yield text
        if tail := decoder.decode(b"", final=True):
            yield tail
    finally:
        close_source(source)


def decode_utf8__waits_for_a_long_gap(byte_chunks):
    """As long as a chunk ends with bytes that are not ASCII, more of them may follow.

    Caught by: test_what_is_complete_comes_at_once
    """
    held = b""
    try:
        for chunk in byte_chunks:
            held += chunk
            end = len(held.rstrip(bytes(range(0x80, 0x100))))
            if held[:end]:
                yield held[:end].decode("utf-8", errors="replace")
            held = held[end:]
        if held:
            yield held.decode("utf-8", errors="replace")
    finally:
        close_source(byte_chunks)


# join_surrogates


def join_surrogates__passes_halves_on(tokens):
    """Joined in the end, two halves are a character by themselves.

    Caught by: test_two_halves_become_one_character
    """
    try:
        for token in tokens:
            if token:
                yield token
    finally:
        close_source(tokens)


def join_surrogates__replaces_at_once(tokens):
    """A half is not a character, so it becomes U+FFFD.

    Caught by: test_two_halves_become_one_character
    """
    try:
        for token in tokens:
            encoded = token.encode("utf-16-le", errors="surrogatepass")
            if text := encoded.decode("utf-16-le", errors="replace"):
                yield text
    finally:
        close_source(tokens)


def join_surrogates__drops_halves(tokens):
    """What cannot be encoded is not text.

    Caught by: test_two_halves_become_one_character
    """
    try:
        for token in tokens:
            if text := token.encode(errors="ignore").decode():
                yield text
    finally:
        close_source(tokens)


def join_surrogates__holds_all_that_is_not_ascii(tokens):
    """Anything that is not plain English may be half of something.

    Caught by: test_what_is_complete_comes_at_once
    """
    waiting = ""
    try:
        for token in tokens:
            waiting += token
            if not waiting or not waiting[-1].isascii():
                continue
            encoded = waiting.encode("utf-16-le", errors="surrogatepass")
            yield encoded.decode("utf-16-le", errors="replace")
            waiting = ""
        if waiting:
            encoded = waiting.encode("utf-16-le", errors="surrogatepass")
            yield encoded.decode("utf-16-le", errors="replace")
    finally:
        close_source(tokens)


def join_surrogates__forgets_the_end(tokens):
    """A half whose other half never comes is nothing.

    Caught by: test_a_half_may_wait_in_vain
    """
    decoder = codecs.getincrementaldecoder("utf-16-le")(errors="replace")
    try:
        for token in tokens:
            if text := decoder.decode(token.encode("utf-16-le", errors="surrogatepass")):
                yield text
    finally:
        close_source(tokens)


def join_surrogates__writes_a_mark(tokens):
    """The encoding of halves is UTF-16.

    Caught by: test_two_halves_become_one_character
    """
    decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
    try:
        for token in tokens:
            if text := decoder.decode(token.encode("utf-16", errors="surrogatepass")):
                yield text
        if tail := decoder.decode(b"", final=True):
            yield tail
    finally:
        close_source(tokens)


def join_surrogates__takes_all_above_for_halves(tokens):
    """Halves begin at U+D800, so anything at or above it is one.

    Caught by: test_other_text_stays_as_it_is
    """
    waiting = ""
    try:
        for token in tokens:
            text = ""
            for character in token:
                if "\ud800" <= waiting <= "\udbff" and "\udc00" <= character <= "\udfff":
                    pair = (waiting + character).encode("utf-16-le", errors="surrogatepass")
                    text += pair.decode("utf-16-le")
                    waiting = ""
                    continue
                text += "\ufffd" if waiting else ""
                waiting = ""
                if character <= "\ud7ff":
                    text += character
                elif character <= "\uffff":
                    waiting = character
                else:
                    text += character
            if text:
                yield text
        if waiting:
            yield "\ufffd"
    finally:
        close_source(tokens)


def join_surrogates__drops_what_comes_twice(tokens):
    """The same token twice in a row is a mistake of the network.

    Caught by: test_a_half_without_its_other_half_is_replaced
    """
    decoder = codecs.getincrementaldecoder("utf-16-le")(errors="replace")
    try:
        last = None
        for token in tokens:
            if token == last:
                continue
            last = token
            if text := decoder.decode(token.encode("utf-16-le", errors="surrogatepass")):
                yield text
        if tail := decoder.decode(b"", final=True):
            yield tail
    finally:
        close_source(tokens)


def join_surrogates__gives_up_at_an_empty_token(tokens):
    """If nothing comes, the other half will not come any more.

    Caught by: test_two_halves_become_one_character
    """
    decoder = codecs.getincrementaldecoder("utf-16-le")(errors="replace")
    try:
        for token in tokens:
            if token == "" and (t := decoder.decode(b"", final=True)):
                yield t
            if text := decoder.decode(token.encode("utf-16-le", errors="surrogatepass")):
                yield text
        if tail := decoder.decode(b"", final=True):
            yield tail
    finally:
        close_source(tokens)


def join_surrogates__closes_its_iterator(tokens):
    """The iterator is what was read, so it is what has to be closed.

    Caught by: test_stopping_closes_the_source
    """
    decoder, source = codecs.getincrementaldecoder("utf-16-le")(errors="replace"), iter(tokens)
    try:
        for token in source:
            if text := decoder.decode(token.encode("utf-16-le", errors="surrogatepass")):
                yield text
        if tail := decoder.decode(b"", final=True):
            yield tail
    finally:
        close_source(source)


# merge_chunks


def merge_chunks__joins_words(chunks, usage="sum"):
    """LangChain adds chunks, so adding them is all there is to do.

    Caught by: test_words_are_not_joined
    """
    from langchain_core.messages import message_chunk_to_message

    received = list(chunks)
    if not received:
        raise ValueError("no chunks")
    merged = received[0]
    for chunk in received[1:]:
        merged += chunk
    return message_chunk_to_message(merged)


def merge_chunks__adds_up_every_report(chunks, usage="sum"):
    """What the chunks report is added up; that is what merging means.

    Caught by: test_the_last_report_counts_if_usage_grows
    """
    received = list(chunks)
    if not received:
        raise ValueError("no chunks")
    merged = add_ai_message_chunks(*received)
    words = {}
    for chunk in received:
        words |= {k: v for k, v in chunk.response_metadata.items() if isinstance(v, str) and v}
    calls, invalid = [], []
    for call in merged.tool_call_chunks:
        known = {"name": call["name"] or "", "id": call["id"]}
        try:
            args = json.loads(call["args"] or "{}")
        except ValueError as error:
            invalid.append(invalid_tool_call(args=call["args"], error=str(error), **known))
            continue
        if isinstance(args, dict):
            calls.append(tool_call(args=args, **known))
        else:
            invalid.append(invalid_tool_call(args=call["args"], error="no object", **known))
    return AIMessage(
        content=merged.content,
        additional_kwargs=merged.additional_kwargs,
        response_metadata={**merged.response_metadata, **words},
        id=merged.id,
        usage_metadata=merged.usage_metadata,
        tool_calls=calls,
        invalid_tool_calls=invalid,
    )


def merge_chunks__keeps_only_the_text(chunks, usage="sum"):
    """An answer is its text; the rest of a chunk is bookkeeping.

    Caught by: test_a_tool_call_is_put_together
    """
    received = list(chunks)
    if not received:
        raise ValueError("no chunks")
    merged = add_ai_message_chunks(*received)
    words, last = {}, None
    for chunk in received:
        words |= {k: v for k, v in chunk.response_metadata.items() if isinstance(v, str) and v}
        last = chunk.usage_metadata or last
    return AIMessage(
        content=merged.content,
        response_metadata=words,
        id=merged.id,
        usage_metadata=merged.usage_metadata if usage == "sum" else last,
    )


def merge_chunks__believes_in_half_a_call(chunks, usage="sum"):
    """LangChain has already found out which tool calls are valid.

    Caught by: test_half_a_tool_call_is_no_tool_call
    """
    received = list(chunks)
    if not received:
        raise ValueError("no chunks")
    merged = add_ai_message_chunks(*received)
    words, last = {}, None
    for chunk in received:
        words |= {k: v for k, v in chunk.response_metadata.items() if isinstance(v, str) and v}
        last = chunk.usage_metadata or last
    return AIMessage(
        content=merged.content,
        additional_kwargs=merged.additional_kwargs,
        response_metadata={**merged.response_metadata, **words},
        id=merged.id,
        usage_metadata=merged.usage_metadata if usage == "sum" else last,
        tool_calls=merged.tool_calls,
        invalid_tool_calls=merged.invalid_tool_calls,
    )


def merge_chunks__changes_the_first_chunk(chunks, usage="sum"):
    """The first chunk is the beginning of the message, and the others are added to it.

    Caught by: test_the_chunks_are_not_changed
    """
    first, *others = chunks or [None]
    if first is None:
        raise ValueError("no chunks")
    added = add_ai_message_chunks(first, *others)
    words, last = {}, None
    for chunk in [first, *others]:
        words |= {k: v for k, v in chunk.response_metadata.items() if isinstance(v, str) and v}
        last = chunk.usage_metadata or last
    first.content = added.content
    first.response_metadata = {**added.response_metadata, **words}
    calls, invalid = [], []
    for call in added.tool_call_chunks:
        known = {"name": call["name"] or "", "id": call["id"]}
        try:
            args = json.loads(call["args"] or "{}")
            if not isinstance(args, dict):
                raise ValueError("no object")
            calls.append(tool_call(args=args, **known))
        except (ValueError, RecursionError) as error:
            invalid.append(invalid_tool_call(args=call["args"], error=str(error), **known))
    return AIMessage(
        content=first.content,
        additional_kwargs=added.additional_kwargs,
        response_metadata=first.response_metadata,
        id=added.id,
        usage_metadata=added.usage_metadata if usage == "sum" else last,
        tool_calls=calls,
        invalid_tool_calls=invalid,
    )


def merge_chunks__knows_two_words(chunks, usage="sum"):
    """Only finish_reason and model_name come twice; the rest can be added.

    Caught by: test_words_are_not_joined
    """
    received = list(chunks)
    if not received:
        raise ValueError("no chunks")
    merged = add_ai_message_chunks(*received)
    words, last = {}, None
    for chunk in received:
        for key in ("finish_reason", "model_name"):
            if chunk.response_metadata.get(key):
                words[key] = chunk.response_metadata[key]
        last = chunk.usage_metadata or last
    calls, invalid = [], []
    for call in merged.tool_call_chunks:
        known = {"name": call["name"] or "", "id": call["id"]}
        try:
            args = json.loads(call["args"] or "{}")
            if not isinstance(args, dict):
                raise ValueError("no object")
            calls.append(tool_call(args=args, **known))
        except (ValueError, RecursionError) as error:
            invalid.append(invalid_tool_call(args=call["args"], error=str(error), **known))
    return AIMessage(
        content=merged.content,
        additional_kwargs=merged.additional_kwargs,
        response_metadata={**merged.response_metadata, **words},
        id=merged.id,
        usage_metadata=merged.usage_metadata if usage == "sum" else last,
        tool_calls=calls,
        invalid_tool_calls=invalid,
    )


def merge_chunks__groups_by_index(chunks, usage="sum"):
    """Pieces with the same index are pieces of the same call.

    Caught by: test_a_new_id_is_a_new_call
    """
    received = list(chunks)
    if not received:
        raise ValueError("no chunks")
    merged = add_ai_message_chunks(*received)
    words, last, by_index = {}, None, {}
    for chunk in received:
        words |= {k: v for k, v in chunk.response_metadata.items() if isinstance(v, str) and v}
        last = chunk.usage_metadata or last
        for piece in chunk.tool_call_chunks:
            call = by_index.setdefault(piece["index"], {"name": None, "args": "", "id": None})
            call["name"] = call["name"] or piece["name"]
            call["id"] = call["id"] or piece["id"]
            call["args"] += piece["args"] or ""
    calls, invalid = [], []
    for call in by_index.values():
        known = {"name": call["name"] or "", "id": call["id"]}
        try:
            args = json.loads(call["args"] or "{}")
            if not isinstance(args, dict):
                raise ValueError("no object")
            calls.append(tool_call(args=args, **known))
        except (ValueError, RecursionError) as error:
            invalid.append(invalid_tool_call(args=call["args"], error=str(error), **known))
    return AIMessage(
        content=merged.content,
        additional_kwargs=merged.additional_kwargs,
        response_metadata={**merged.response_metadata, **words},
        id=merged.id,
        usage_metadata=merged.usage_metadata if usage == "sum" else last,
        tool_calls=calls,
        invalid_tool_calls=invalid,
    )


def merge_chunks__reads_a_stream_twice(chunks, usage="sum"):
    """You can go through chunks as often as you like.

    Caught by: test_a_stream_is_read_once
    """
    if not chunks:
        raise ValueError("no chunks")
    merged = add_ai_message_chunks(*chunks)
    words, last = {}, None
    for chunk in chunks:
        words |= {k: v for k, v in chunk.response_metadata.items() if isinstance(v, str) and v}
        last = chunk.usage_metadata or last
    calls, invalid = [], []
    for call in merged.tool_call_chunks:
        known = {"name": call["name"] or "", "id": call["id"]}
        try:
            args = json.loads(call["args"] or "{}")
            if not isinstance(args, dict):
                raise ValueError("no object")
            calls.append(tool_call(args=args, **known))
        except (ValueError, RecursionError) as error:
            invalid.append(invalid_tool_call(args=call["args"], error=str(error), **known))
    return AIMessage(
        content=merged.content,
        additional_kwargs=merged.additional_kwargs,
        response_metadata={**merged.response_metadata, **words},
        id=merged.id,
        usage_metadata=merged.usage_metadata if usage == "sum" else last,
        tool_calls=calls,
        invalid_tool_calls=invalid,
    )


def merge_chunks__takes_a_blank_for_nothing(chunks, usage="sum"):
    """White space is not a word.

    Caught by: test_any_chunks
    """
    received = list(chunks)
    if not received:
        raise ValueError("there are no chunks to merge")
    merged = add_ai_message_chunks(*received)
    words = {}
    last_usage = None
    for chunk in received:
        words |= {
            k: v for k, v in chunk.response_metadata.items() if isinstance(v, str) and v.strip()
        }
        last_usage = chunk.usage_metadata or last_usage
    calls = []
    invalid = []
    for call in merged.tool_call_chunks:
        name, args, id_ = (call["name"], call["args"], call["id"])
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


def merge_chunks__ignores_a_report_of_zero(chunks, usage="sum"):
    """A report of 0 tokens reports nothing.

    Caught by: test_any_chunks
    """
    received = list(chunks)
    if not received:
        raise ValueError("there are no chunks to merge")
    merged = add_ai_message_chunks(*received)
    words = {}
    last_usage = None
    for chunk in received:
        words |= {k: v for k, v in chunk.response_metadata.items() if isinstance(v, str) and v}
        last_usage = (
            chunk.usage_metadata
            if chunk.usage_metadata and chunk.usage_metadata["total_tokens"]
            else None
        ) or last_usage
    calls = []
    invalid = []
    for call in merged.tool_call_chunks:
        name, args, id_ = (call["name"], call["args"], call["id"])
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


def merge_chunks__removes_a_fence(chunks, usage="sum"):
    """A model may put JSON into a Markdown fence.

    Caught by: test_any_chunks
    """
    received = list(chunks)
    if not received:
        raise ValueError("there are no chunks to merge")
    merged = add_ai_message_chunks(*received)
    words = {}
    last_usage = None
    for chunk in received:
        words |= {k: v for k, v in chunk.response_metadata.items() if isinstance(v, str) and v}
        last_usage = chunk.usage_metadata or last_usage
    calls = []
    invalid = []
    for call in merged.tool_call_chunks:
        name, args, id_ = (call["name"], call["args"], call["id"])
        try:
            arguments = json.loads((args or "{}").removeprefix("```json").removesuffix("```"))
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


def merge_chunks__reads_numbers_as_floats(chunks, usage="sum"):
    """A number is a number.

    Caught by: test_any_chunks
    """
    received = list(chunks)
    if not received:
        raise ValueError("there are no chunks to merge")
    merged = add_ai_message_chunks(*received)
    words = {}
    last_usage = None
    for chunk in received:
        words |= {k: v for k, v in chunk.response_metadata.items() if isinstance(v, str) and v}
        last_usage = chunk.usage_metadata or last_usage
    calls = []
    invalid = []
    for call in merged.tool_call_chunks:
        name, args, id_ = (call["name"], call["args"], call["id"])
        try:
            arguments = json.loads(args or "{}", parse_int=float)
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


def merge_chunks__ignores_what_follows(chunks, usage="sum"):
    """What comes after the object does not matter.

    Caught by: test_arguments_are_an_object
    """
    received = list(chunks)
    if not received:
        raise ValueError("there are no chunks to merge")
    merged = add_ai_message_chunks(*received)
    words = {}
    last_usage = None
    for chunk in received:
        words |= {k: v for k, v in chunk.response_metadata.items() if isinstance(v, str) and v}
        last_usage = chunk.usage_metadata or last_usage
    calls = []
    invalid = []
    for call in merged.tool_call_chunks:
        name, args, id_ = (call["name"], call["args"], call["id"])
        try:
            arguments = json.JSONDecoder().raw_decode((args or "{}").lstrip())[0]
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


def merge_chunks__drops_what_comes_twice(chunks, usage="sum"):
    """The same call twice is a mistake of the model.

    Caught by: test_any_chunks
    """
    received = list(chunks)
    if not received:
        raise ValueError("there are no chunks to merge")
    merged = add_ai_message_chunks(*received)
    words = {}
    last_usage = None
    for chunk in received:
        words |= {k: v for k, v in chunk.response_metadata.items() if isinstance(v, str) and v}
        last_usage = chunk.usage_metadata or last_usage
    calls = []
    invalid = []
    for call in merged.tool_call_chunks:
        name, args, id_ = (call["name"], call["args"], call["id"])
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
        tool_calls=[c for i, c in enumerate(calls) if c not in calls[:i]],
        invalid_tool_calls=invalid,
    )


def merge_chunks__tidies_the_chunks(chunks, usage="sum"):
    """An entry without a value is of no use to anybody.

    Caught by: test_any_chunks
    """
    received = list(chunks)
    for c in received:
        c.response_metadata = {k: v for k, v in c.response_metadata.items() if v not in (None, "")}
    if not received:
        raise ValueError("there are no chunks to merge")
    merged = add_ai_message_chunks(*received)
    words = {}
    last_usage = None
    for chunk in received:
        words |= {k: v for k, v in chunk.response_metadata.items() if isinstance(v, str) and v}
        last_usage = chunk.usage_metadata or last_usage
    calls = []
    invalid = []
    for call in merged.tool_call_chunks:
        name, args, id_ = (call["name"], call["args"], call["id"])
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


def merge_chunks__keeps_half_an_answer(chunks, usage="sum"):
    """Half an answer is better than none.

    Caught by: test_what_is_no_whole_answer_is_no_message
    """
    received = []
    try:
        received.extend(chunks)
    except ConnectionError:
        if not received:
            raise
    if not received:
        raise ValueError("there are no chunks to merge")
    merged = add_ai_message_chunks(*received)
    words = {}
    last_usage = None
    for chunk in received:
        words |= {k: v for k, v in chunk.response_metadata.items() if isinstance(v, str) and v}
        last_usage = chunk.usage_metadata or last_usage
    calls = []
    invalid = []
    for call in merged.tool_call_chunks:
        name, args, id_ = (call["name"], call["args"], call["id"])
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


def merge_chunks__sorts_the_calls(chunks, usage="sum"):
    """The index of a call is its place.

    Caught by: test_the_order_of_the_calls_is_kept
    """
    received = list(chunks)
    if not received:
        raise ValueError("there are no chunks to merge")
    merged = add_ai_message_chunks(*received)
    words = {}
    last_usage = None
    for chunk in received:
        words |= {k: v for k, v in chunk.response_metadata.items() if isinstance(v, str) and v}
        last_usage = chunk.usage_metadata or last_usage
    calls = []
    invalid = []
    for call in sorted(merged.tool_call_chunks, key=lambda call: call["index"] or 0):
        name, args, id_ = (call["name"], call["args"], call["id"])
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
