"""Wrong answers to lesson 09 that a learner might well give.

`course/lesson/variants.py` explains how these functions are used. Each docstring says what the
learner believes, and which test has to prove them wrong.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: B006, B904, F821


# visible_text


def visible_text__yields_chunks(chunks):
    """A chunk is its text.

    Caught by: test_the_text_of_each_chunk_comes
    """
    for chunk in chunks:
        if chunk.text:
            yield chunk


def visible_text__joins_first(chunks):
    """An answer is one text.

    Caught by: test_the_text_of_each_chunk_comes
    """
    text = ""
    for chunk in chunks:
        if chunk.text:
            text += chunk.text
    yield text


def visible_text__yields_the_text_so_far(chunks):
    """Each piece is the answer as it stands then.

    Caught by: test_the_text_of_each_chunk_comes
    """
    text = ""
    for chunk in chunks:
        if chunk.text:
            text += chunk.text
            yield text


def visible_text__returns_after_the_first(chunks):
    """return hands out a value, and the loop goes on.

    Caught by: test_the_text_of_each_chunk_comes
    """
    for chunk in chunks:
        if chunk.text:
            yield chunk.text
            return


def visible_text__yields_empty_strings(chunks):
    """Every chunk has text.

    Caught by: test_a_chunk_without_text_is_skipped
    """
    for chunk in chunks:
        yield chunk.text


def visible_text__stops_at_a_chunk_without_text(chunks):
    """No text means that the answer is over.

    Caught by: test_a_chunk_without_text_is_skipped
    """
    begun = False
    for chunk in chunks:
        if begun and not chunk.text:
            break
        if chunk.text:
            begun = True
            yield chunk.text


def visible_text__yields_every_block(chunks):
    """What is in chunk.content is text.

    Caught by: test_a_chunk_without_text_is_skipped
    """
    for chunk in chunks:
        if isinstance(chunk.content, str):
            if chunk.content:
                yield chunk.content
        else:
            for block in chunk.content:
                yield block.get("text") or block.get("reasoning")


def visible_text__drops_white_space(chunks):
    """A text without letters is no text.

    Caught by: test_a_space_is_text
    """
    for chunk in chunks:
        if chunk.text.strip():
            yield chunk.text


def visible_text__strips_each_text(chunks):
    """Spaces at the edges are not a part of the text.

    Caught by: test_the_text_of_each_chunk_comes
    """
    for chunk in chunks:
        text = chunk.text.strip()
        if text:
            yield text


def visible_text__makes_a_list_first(chunks):
    """A list of all texts has to be made before they can be handed out.

    Caught by: test_each_text_comes_before_the_next_chunk_is_taken
    """
    texts = [chunk.text for chunk in chunks if chunk.text]
    yield from texts


def visible_text__drops_what_comes_twice(chunks):
    """The same text twice in a row is a fault.

    Caught by: test_a_space_is_text
    """
    last = ""
    for chunk in chunks:
        if chunk.text and chunk.text != last:
            yield chunk.text
        last = chunk.text


def visible_text__hides_errors(chunks):
    """An error is the end of the text.

    Caught by: test_any_chunks
    """
    try:
        for chunk in chunks:
            if chunk.text:
                yield chunk.text
    except Exception:
        return


# stream_tokens


def stream_tokens__asks_for_the_whole_answer(model, prompt):
    """invoke() gives the answer, and yield makes a stream of it.

    Caught by: test_text_comes_token_by_token
    """
    yield model.invoke(prompt).text


def stream_tokens__cuts_the_whole_answer_into_words(model, prompt):
    """A stream is an answer that comes word by word.

    Caught by: test_text_comes_token_by_token
    """
    for word in model.invoke(prompt).text.split():
        yield word + " "


def stream_tokens__yields_chunks(model, prompt):
    """What model.stream() yields are tokens.

    Caught by: test_text_comes_token_by_token
    """
    yield from model.stream(prompt)


def stream_tokens__adds_chunks_to_text(model, prompt):
    """A chunk is a string, so it can be added to one.

    Caught by: test_text_comes_token_by_token
    """
    text = ""
    for token in model.stream(prompt):
        text += token
        yield text


def stream_tokens__yields_the_text_so_far(model, prompt):
    """The display is redrawn each time, so each piece holds all of the text so far.

    Caught by: test_text_comes_token_by_token
    """
    stream = model.stream(prompt)
    text = ""
    try:
        for chunk in stream:
            text += chunk.text
            yield text
    finally:
        close_source(stream)


def stream_tokens__yields_empty_strings(model, prompt):
    """Every chunk has text.

    Caught by: test_text_comes_token_by_token
    """
    stream = model.stream(prompt)
    try:
        for chunk in stream:
            yield chunk.text
    finally:
        close_source(stream)


def stream_tokens__reads_content_as_text(model, prompt):
    """The text of a chunk is chunk.content.

    Caught by: test_content_may_be_a_list_of_blocks
    """
    stream = model.stream(prompt)
    try:
        for chunk in stream:
            if chunk.content:
                yield chunk.content
    finally:
        close_source(stream)


def stream_tokens__takes_every_block(model, prompt):
    """Content that is a list is a list of texts.

    Caught by: test_only_text_counts
    """
    stream = model.stream(prompt)
    try:
        for chunk in stream:
            content = chunk.content
            if isinstance(content, list):
                content = "".join(str(b.get("text") or b.get("reasoning") or "") for b in content)
            if content:
                yield content
    finally:
        close_source(stream)


def stream_tokens__drops_white_space(model, prompt):
    """A token without letters is an empty token.

    Caught by: test_spaces_and_line_breaks_are_text
    """
    stream = model.stream(prompt)
    try:
        for chunk in stream:
            if chunk.text.strip():
                yield chunk.text
    finally:
        close_source(stream)


def stream_tokens__starts_at_once(model, prompt):
    """The model should start as early as possible, before the first token is requested.

    Caught by: test_nothing_happens_before_the_first_token
    """
    chunks = list(model.stream(prompt))
    return (chunk.text for chunk in chunks if chunk.text)


def stream_tokens__collects_first(model, prompt):
    """A generator with yield in it streams, whatever it does before that.

    Caught by: test_one_chunk_is_pulled_for_one_token
    """
    chunks = list(model.stream(prompt))
    for chunk in chunks:
        if chunk.text:
            yield chunk.text


def stream_tokens__holds_one_back(model, prompt):
    """To know which token is the last one, you have to look one ahead.

    Caught by: test_one_chunk_is_pulled_for_one_token
    """
    stream = model.stream(prompt)
    held = ""
    try:
        for chunk in stream:
            if chunk.text:
                if held:
                    yield held
                held = chunk.text
        if held:
            yield held
    finally:
        close_source(stream)


def stream_tokens__leaves_the_model_open(model, prompt):
    """A loop that ends closes what it was reading.

    Caught by: test_stopping_closes_the_model
    """
    for chunk in model.stream(prompt):
        if chunk.text:
            yield chunk.text


def stream_tokens__hides_errors(model, prompt):
    """An error in the middle is the end of the text.

    Caught by: test_an_error_passes_through
    """
    stream = model.stream(prompt)
    try:
        for chunk in stream:
            if chunk.text:
                yield chunk.text
    except Exception:
        return
    finally:
        close_source(stream)


def stream_tokens__tries_again(model, prompt):
    """A stream that broke can be started again.

    Caught by: test_an_error_passes_through
    """
    for _ in range(3):
        stream = model.stream(prompt)
        try:
            for chunk in stream:
                if chunk.text:
                    yield chunk.text
            return
        except ConnectionError:
            continue
        finally:
            close_source(stream)


def stream_tokens__stops_at_a_chunk_without_text(model, prompt):
    """The last chunk has no text, so a chunk without text is the last one.

    Caught by: test_only_text_counts
    """
    stream = model.stream(prompt)
    begun = False
    try:
        for chunk in stream:
            if begun and not chunk.text:
                break
            if chunk.text:
                begun = True
                yield chunk.text
    finally:
        close_source(stream)


def stream_tokens__closes_only_when_it_is_stopped(model, prompt):
    """A stream that has ended is closed.

    Caught by: test_any_chunks
    """
    stream = model.stream(prompt)
    try:
        for chunk in stream:
            if chunk.text:
                yield chunk.text
    except GeneratorExit:
        close_source(stream)
        raise


def stream_tokens__drops_what_comes_twice(model, prompt):
    """The same text twice in a row is a fault of the provider.

    Caught by: test_spaces_and_line_breaks_are_text
    """
    stream = model.stream(prompt)
    last = None
    try:
        for chunk in stream:
            if chunk.text and chunk.text != last:
                yield chunk.text
            last = chunk.text
    finally:
        close_source(stream)


def stream_tokens__stops_at_a_finish_reason(model, prompt):
    """The chunk that says why the answer ends is the last one.

    Caught by: test_a_finish_reason_is_not_the_end
    """
    stream = model.stream(prompt)
    try:
        for chunk in stream:
            if chunk.text:
                yield chunk.text
            if chunk.response_metadata.get("finish_reason"):
                break
    finally:
        close_source(stream)


def stream_tokens__skips_chunks_with_tool_calls(model: BaseChatModel, prompt: str) -> Iterator[str]:
    """A chunk has either text or a tool call.

    Caught by: test_any_chunks
    """
    stream = model.stream(prompt)
    try:
        for chunk in stream:
            if chunk.tool_call_chunks:
                continue
            if chunk.text:
                yield chunk.text
    finally:
        close_source(stream)


def stream_tokens__repairs_line_breaks(model, prompt):
    """A line break is a line feed, whatever the model sends.

    Caught by: test_any_chunks
    """
    stream = model.stream(prompt)
    try:
        for chunk in stream:
            if chunk.text:
                yield chunk.text.replace("\r\n", "\n")
    finally:
        close_source(stream)


def stream_tokens__ends_at_an_interrupt(model, prompt):
    """Who presses Ctrl-C wants the stream to end.

    Caught by: test_any_chunks
    """
    stream = model.stream(prompt)
    try:
        for chunk in stream:
            if chunk.text:
                yield chunk.text
    except KeyboardInterrupt:
        pass
    finally:
        close_source(stream)


def stream_tokens__reads_the_rest_when_it_is_stopped(model, prompt):
    """A stream has to be read to its end before it can be closed.

    Caught by: test_stopping_closes_the_model
    """
    stream = model.stream(prompt)
    try:
        for chunk in stream:
            if chunk.text:
                yield chunk.text
    finally:
        for _ in stream:
            pass
        close_source(stream)


# write_stream


def write_stream__does_not_flush(tokens, out):
    """What is written is on the screen.

    Caught by: test_each_token_is_seen_before_the_next_is_pulled
    """
    return sum(out.write(token) for token in tokens)


def write_stream__flushes_at_the_end(tokens, out):
    """One flush is enough, and faster.

    Caught by: test_each_token_is_seen_before_the_next_is_pulled
    """
    written = 0
    for token in tokens:
        written += out.write(token)
    out.flush()
    return written


def write_stream__collects_first(tokens, out):
    """Writing once is the same as writing often.

    Caught by: test_each_token_is_seen_before_the_next_is_pulled
    """
    text = "".join(tokens)
    print(text, end="", flush=True, file=out)
    return len(text)


def write_stream__starts_a_line_for_each_token(tokens, out):
    """print() writes what it is given and nothing more.

    Caught by: test_the_text_is_written_unchanged
    """
    written = 0
    for token in tokens:
        print(token, flush=True, file=out)
        written += len(token)
    return written


def write_stream__ends_with_a_line_break(tokens, out):
    """An answer has to end with a line break, so that the prompt appears below it.

    Caught by: test_the_text_is_written_unchanged
    """
    written = 0
    for token in tokens:
        print(token, end="", flush=True, file=out)
        written += len(token)
    print(file=out, flush=True)
    return written


def write_stream__prints_on_the_screen(tokens, out):
    """print() writes to the right place by itself.

    Caught by: test_the_text_is_written_unchanged
    """
    written = 0
    for token in tokens:
        print(token, end="", flush=True)
        written += len(token)
    return written


def write_stream__counts_tokens(tokens, out):
    """What was written is the number of tokens.

    Caught by: test_it_returns_the_number_of_characters
    """
    written = 0
    for token in tokens:
        print(token, end="", flush=True, file=out)
        written += 1
    return written


def write_stream__counts_bytes(tokens, out):
    """A character is a byte.

    Caught by: test_it_returns_the_number_of_characters
    """
    written = 0
    for token in tokens:
        print(token, end="", flush=True, file=out)
        written += len(token.encode())
    return written


def write_stream__returns_nothing(tokens, out):
    """It writes, so there is nothing to return.

    Caught by: test_it_returns_the_number_of_characters
    """
    for token in tokens:
        print(token, end="", flush=True, file=out)


def write_stream__hides_errors(tokens, out):
    """When the stream breaks, what was written so far is the result.

    Caught by: test_what_was_written_stays_when_the_stream_breaks
    """
    written = 0
    try:
        for token in tokens:
            print(token, end="", flush=True, file=out)
            written += len(token)
    except Exception:
        pass
    return written


def write_stream__drops_what_comes_twice(tokens: Iterable[str], out: TextIO) -> int:
    """The same text twice in a row is a fault of the provider.

    Caught by: test_any_tokens
    """
    written = 0
    last = None
    for token in tokens:
        if token == last:
            continue
        last = token
        out.write(token)
        out.flush()
        written += len(token)
    return written


def write_stream__flushes_only_what_can_be_seen(tokens, out):
    """White space cannot be seen, so it need not be flushed.

    Caught by: test_any_tokens
    """
    n = 0
    for token in tokens:
        out.write(token)
        if token.strip():
            out.flush()
        n += len(token)
    out.flush()
    return n


def write_stream__stops_at_an_empty_token(tokens, out):
    """An empty token means that the stream is over.

    Caught by: test_any_tokens
    """
    n = 0
    for token in tokens:
        if not token:
            break
        out.write(token)
        out.flush()
        n += len(token)
    return n


def write_stream__closes_the_screen_after_an_error(tokens, out):
    """After an error, nothing more will be written.

    Caught by: test_any_tokens
    """
    n = 0
    try:
        for token in tokens:
            out.write(token)
            out.flush()
            n += len(token)
    except BaseException:
        out.close()
        raise
    return n


def write_stream__drops_carriage_returns(tokens, out):
    """A carriage return does harm on a screen.

    Caught by: test_any_tokens
    """
    n = 0
    for token in tokens:
        out.write(token.replace("\r", ""))
        out.flush()
        n += len(token)
    return n


def write_stream__counts_by_position(tokens, out):
    """How far the position in a file has moved is how much was written.

    Caught by: test_it_returns_the_number_of_characters
    """
    start = out.tell() if out.seekable() else None
    written = 0
    for token in tokens:
        out.write(token)
        out.flush()
        written += len(token)
    return written if start is None else out.tell() - start


# buffer_stream


def buffer_stream__seed(tokens, max_chars=50, marks=(".", "!", "?")):
    """A buffer that is long enough or ends a sentence goes out; nothing else is needed.

    Caught by: test_the_tail_comes_out
    """
    buffer = ""
    for token in tokens:
        buffer += token
        if len(buffer) > max_chars or buffer.endswith(marks):
            yield buffer
            buffer = ""


def buffer_stream__loses_the_tail(tokens, max_chars=50, marks=(".", "!", "?")):
    """All text goes out in the loop.

    Caught by: test_the_tail_comes_out
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if len(buffer) >= max_chars or buffer.endswith(marks):
                yield buffer
                buffer = ""
    finally:
        close_source(tokens)


def buffer_stream__waits_for_one_more(tokens, max_chars=50, marks=(".", "!", "?")):
    """max_chars characters may be in the buffer; only more than that is too many.

    Caught by: test_a_full_buffer_comes_out
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if len(buffer) > max_chars or buffer.endswith(marks):
                yield buffer
                buffer = ""
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def buffer_stream__lets_nothing_be_longer(tokens, max_chars=50, marks=(".", "!", "?")):
    """max_chars is the longest that a piece may be, so the buffer goes out before it overflows.

    Caught by: test_a_token_is_never_cut
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    buffer = ""
    try:
        for token in tokens:
            if buffer and len(buffer) + len(token) > max_chars:
                yield buffer
                buffer = ""
            buffer += token
            if buffer.endswith(marks):
                yield buffer
                buffer = ""
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def buffer_stream__cuts_tokens(tokens, max_chars=50, marks=(".", "!", "?")):
    """Each piece has exactly max_chars characters.

    Caught by: test_a_token_is_never_cut
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            while len(buffer) > max_chars:
                yield buffer[:max_chars]
                buffer = buffer[max_chars:]
            if len(buffer) == max_chars or buffer.endswith(marks):
                yield buffer
                buffer = ""
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def buffer_stream__looks_for_marks_anywhere(tokens, max_chars=50, marks=(".", "!", "?")):
    """A mark anywhere in the buffer ends a sentence.

    Caught by: test_a_mark_in_the_middle_ends_nothing
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if len(buffer) >= max_chars or any(mark in buffer for mark in marks):
                yield buffer
                buffer = ""
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def buffer_stream__knows_only_its_own_marks(tokens, max_chars=50, marks=(".", "!", "?")):
    """The marks are always the same.

    Caught by: test_other_marks_can_be_given
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if len(buffer) >= max_chars or buffer.endswith((".", "!", "?")):
                yield buffer
                buffer = ""
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def buffer_stream__compares_the_last_character(tokens, max_chars=50, marks=(".", "!", "?")):
    """A mark is one character.

    Caught by: test_other_marks_can_be_given
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if len(buffer) >= max_chars or buffer[-1:] in marks:
                yield buffer
                buffer = ""
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def buffer_stream__ignores_length(tokens, max_chars=50, marks=(".", "!", "?")):
    """A piece is a sentence.

    Caught by: test_a_full_buffer_comes_out
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if buffer.endswith(marks):
                yield buffer
                buffer = ""
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def buffer_stream__strips(tokens, max_chars=50, marks=(".", "!", "?")):
    """White space around a piece is not needed.

    Caught by: test_nothing_is_changed
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if len(buffer) >= max_chars or buffer.endswith(marks):
                yield buffer.strip()
                buffer = ""
        if buffer.strip():
            yield buffer.strip()
    finally:
        close_source(tokens)


def buffer_stream__joins_with_spaces(tokens, max_chars=50, marks=(".", "!", "?")):
    """A token is a word, and there are spaces between words.

    Caught by: test_nothing_is_changed
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    buffer = []
    try:
        for token in tokens:
            buffer.append(token)
            text = " ".join(buffer)
            if len(text) >= max_chars or text.endswith(marks):
                yield text
                buffer = []
        if buffer:
            yield " ".join(buffer)
    finally:
        close_source(tokens)


def buffer_stream__yields_an_empty_tail(tokens, max_chars=50, marks=(".", "!", "?")):
    """The buffer goes out at the end, whatever is in it.

    Caught by: test_no_piece_is_empty
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if len(buffer) >= max_chars or buffer.endswith(marks):
                yield buffer
                buffer = ""
        yield buffer
    finally:
        close_source(tokens)


def buffer_stream__collects_first(tokens, max_chars=50, marks=(".", "!", "?")):
    """The pieces can be made when all tokens are there.

    Caught by: test_it_asks_for_no_more_than_it_needs
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    pieces = [""]
    for token in tokens:
        pieces[-1] += token
        if len(pieces[-1]) >= max_chars or pieces[-1].endswith(marks):
            pieces.append("")
    yield from filter(None, pieces)


def buffer_stream__yields_the_tail_in_finally(tokens, max_chars=50, marks=(".", "!", "?")):
    """What must never be lost belongs in finally.

    Caught by: test_stopping_closes_the_source
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if len(buffer) >= max_chars or buffer.endswith(marks):
                yield buffer
                buffer = ""
    finally:
        close_source(tokens)
        if buffer:
            yield buffer


def buffer_stream__leaves_the_source_open(tokens, max_chars=50, marks=(".", "!", "?")):
    """The code that made the tokens closes them.

    Caught by: test_stopping_closes_the_source
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    buffer = ""
    for token in tokens:
        buffer += token
        if len(buffer) >= max_chars or buffer.endswith(marks):
            yield buffer
            buffer = ""
    if buffer:
        yield buffer


def buffer_stream__accepts_any_limit(tokens, max_chars=50, marks=(".", "!", "?")):
    """Nobody asks for pieces of no characters.

    Caught by: test_max_chars_must_be_positive
    """
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if len(buffer) >= max_chars or buffer.endswith(marks):
                yield buffer
                buffer = ""
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def buffer_stream__looks_at_the_token(tokens, max_chars=50, marks=(".", "!", "?")):
    """A piece ends with the token that is a mark.

    Caught by: test_other_marks_can_be_given
    """
    if max_chars < 1:
        raise ValueError
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if len(buffer) >= max_chars or token.endswith(marks):
                yield buffer
                buffer = ""
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def buffer_stream__counts_bytes(tokens, max_chars=50, marks=(".", "!", "?")):
    """A buffer holds bytes.

    Caught by: test_fifty_characters_are_a_full_buffer
    """
    if max_chars < 1:
        raise ValueError
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if len(buffer.encode()) >= max_chars or buffer.endswith(marks):
                yield buffer
                buffer = ""
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def buffer_stream__closes_unless_it_fails(tokens, max_chars=50, marks=(".", "!", "?")):
    """A source that raises an error is closed.

    Caught by: test_any_tokens
    """
    if max_chars < 1:
        raise ValueError
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if len(buffer) >= max_chars or buffer.endswith(marks):
                yield buffer
                buffer = ""
    except GeneratorExit:
        close_source(tokens)
        raise
    if buffer:
        yield buffer
    close_source(tokens)


def buffer_stream__drops_a_blank_tail(tokens, max_chars=50, marks=(".", "!", "?")):
    """White space at the end is nothing that is left.

    Caught by: test_any_tokens
    """
    if max_chars < 1:
        raise ValueError
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if len(buffer) >= max_chars or buffer.endswith(marks):
                yield buffer
                buffer = ""
        if buffer.strip():
            yield buffer
    finally:
        close_source(tokens)


def buffer_stream__takes_no_marks_for_the_usual_ones(tokens, max_chars=50, marks=(".", "!", "?")):
    """An argument that is empty was not given.

    Caught by: test_any_tokens
    """
    if max_chars < 1:
        raise ValueError
    marks = marks or (".", "!", "?")
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if len(buffer) >= max_chars or buffer.endswith(marks):
                yield buffer
                buffer = ""
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def buffer_stream__has_a_highest_limit(
    tokens: Iterable[str],
    max_chars: int = 50,
    marks: tuple[str, ...] = (".", "!", "?"),
) -> Iterator[str]:
    """Nobody wants pieces of more than 100 characters.

    Caught by: test_any_tokens
    """
    if max_chars < 1:
        raise ValueError(f"max_chars must be at least 1, not {max_chars}")
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if len(buffer) >= min(max_chars, 100) or buffer.endswith(marks):
                yield buffer
                buffer = ""
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


def buffer_stream__ends_at_some_errors(
    tokens: Iterable[str],
    max_chars: int = 50,
    marks: tuple[str, ...] = (".", "!", "?"),
) -> Iterator[str]:
    """A missing key is not the end of the world.

    Caught by: test_any_tokens
    """
    if max_chars < 1:
        raise ValueError(f"max_chars must be at least 1, not {max_chars}")
    buffer = ""
    try:
        for token in tokens:
            buffer += token
            if len(buffer) >= max_chars or buffer.endswith(marks):
                yield buffer
                buffer = ""
        if buffer:
            yield buffer
    except KeyError:
        pass
    finally:
        close_source(tokens)


# collect_response


def collect_response__makes_a_list_first(tokens, on_token=None):
    """A stream becomes easy to handle when it is a list.

    Caught by: test_each_token_is_reported_before_the_next_is_pulled
    """
    answer = ""
    try:
        for token in list(tokens):
            if on_token:
                on_token(token)
            answer += token
    except Exception as error:
        raise StreamInterrupted(answer) from error
    return answer


def collect_response__reports_only_text(tokens, on_token=None):
    """Nobody wants to hear about an empty token.

    Caught by: test_each_token_is_reported_before_the_next_is_pulled
    """
    answer = ""
    try:
        for token in tokens:
            if token and on_token:
                on_token(token)
            answer += token
    except Exception as error:
        raise StreamInterrupted(answer) from error
    return answer


def collect_response__stops_at_an_empty_token(tokens, on_token=None):
    """An empty token means that the stream is over.

    Caught by: test_it_returns_the_whole_text
    """
    answer = ""
    try:
        for token in tokens:
            if not token:
                break
            answer += token
            if on_token:
                on_token(token)
    except Exception as error:
        raise StreamInterrupted(answer) from error
    return answer


def collect_response__tidies_white_space(tokens, on_token=None):
    """Spaces at the ends and double spaces are noise.

    Caught by: test_it_returns_the_whole_text
    """
    answer = ""
    try:
        for token in tokens:
            answer += token
            if on_token:
                on_token(token)
    except Exception as error:
        raise StreamInterrupted(answer) from error
    return " ".join(answer.split())


def collect_response__takes_a_list_for_an_iterator(tokens, on_token=None):
    """next() works on everything that a for loop can read.

    Caught by: test_it_returns_the_whole_text
    """
    answer = ""
    try:
        while True:
            try:
                token = next(tokens)
            except StopIteration:
                return answer
            answer += token
            if on_token:
                on_token(token)
    except ConnectionError as error:
        raise StreamInterrupted(answer) from error


def collect_response__returns_half_an_answer(tokens, on_token=None):
    """When the stream breaks, what had arrived is the answer.

    Caught by: test_a_broken_stream_keeps_what_had_arrived
    """
    answer = ""
    try:
        for token in tokens:
            answer += token
            if on_token:
                on_token(token)
    except Exception:
        pass
    return answer


def collect_response__loses_what_had_arrived(tokens, on_token=None):
    """An error passes through, as everywhere.

    Caught by: test_a_broken_stream_keeps_what_had_arrived
    """
    answer = ""
    for token in tokens:
        answer += token
        if on_token:
            on_token(token)
    return answer


def collect_response__keeps_only_the_last_token(tokens, on_token=None):
    """`partial` is the token at which it broke.

    Caught by: test_a_broken_stream_keeps_what_had_arrived
    """
    answer = token = ""
    try:
        for token in tokens:
            answer += token
            if on_token:
                on_token(token)
    except Exception as error:
        raise StreamInterrupted(token) from error
    return answer


def collect_response__forgets_the_cause(tokens, on_token=None):
    """An exception that is raised in an except block knows its cause.

    Caught by: test_a_broken_stream_keeps_what_had_arrived
    """
    answer = ""
    try:
        for token in tokens:
            answer += token
            if on_token:
                on_token(token)
    except Exception:
        raise StreamInterrupted(answer)
    return answer


def collect_response__expects_one_kind_of_error(tokens, on_token=None):
    """Streams break with a ConnectionError.

    Caught by: test_any_exception_counts
    """
    answer = ""
    try:
        for token in tokens:
            answer += token
            if on_token:
                on_token(token)
    except ConnectionError as error:
        raise StreamInterrupted(answer) from error
    return answer


def collect_response__catches_everything(tokens, on_token=None):
    """`except:` and `except Exception:` are the same.

    Caught by: test_a_stop_by_the_user_passes_through
    """
    answer = ""
    try:
        for token in tokens:
            answer += token
            if on_token:
                on_token(token)
    except BaseException as error:
        raise StreamInterrupted(answer) from error
    return answer


def collect_response__interrupts_only_what_has_begun(tokens, on_token=None):
    """A stream that has produced nothing is not interrupted: it failed to start.

    Caught by: test_a_stream_may_break_at_once
    """
    parts = []
    try:
        for token in tokens:
            parts.append(token)
            if on_token is not None:
                on_token(token)
    except Exception as error:
        if not parts:
            raise
        raise StreamInterrupted("".join(parts)) from error
    return "".join(parts)


def collect_response__takes_an_exit_for_a_broken_stream(tokens, on_token=None):
    """Only Ctrl-C is not an error of the stream.

    Caught by: test_a_stop_by_the_user_passes_through
    """
    parts = []
    try:
        for token in tokens:
            parts.append(token)
            if on_token is not None:
                on_token(token)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise StreamInterrupted("".join(parts)) from error
    return "".join(parts)


def collect_response__passes_on_its_own_error(tokens, on_token=None):
    """A StreamInterrupted already says what is to be said.

    Caught by: test_a_stream_may_itself_read_a_broken_one
    """
    parts = []
    try:
        for token in tokens:
            parts.append(token)
            if on_token is not None:
                on_token(token)
    except StreamInterrupted:
        raise
    except Exception as error:
        raise StreamInterrupted("".join(parts)) from error
    return "".join(parts)


def collect_response__takes_the_cause_from_a_group(tokens, on_token=None):
    """A group is not an error; the errors in it are.

    Caught by: test_any_tokens
    """
    parts = []
    try:
        for token in tokens:
            parts.append(token)
            if on_token is not None:
                on_token(token)
    except ExceptionGroup as group:
        raise StreamInterrupted("".join(parts)) from group.exceptions[0]
    except Exception as error:
        raise StreamInterrupted("".join(parts)) from error
    return "".join(parts)


def collect_response__lets_on_token_stop_it(tokens, on_token=None):
    """A callback that returns False wants no more.

    Caught by: test_any_tokens
    """
    parts = []
    try:
        for token in tokens:
            parts.append(token)
            if on_token is not None and on_token(token) is False:
                break
    except Exception as error:
        raise StreamInterrupted("".join(parts)) from error
    return "".join(parts)


def collect_response__takes_a_cancellation_for_a_broken_stream(tokens, on_token=None):
    """A read that is cancelled breaks the stream, too.

    Caught by: test_a_stop_by_the_user_passes_through
    """
    parts = []
    try:
        for token in tokens:
            parts.append(token)
            if on_token is not None:
                on_token(token)
    except (Exception, asyncio.CancelledError) as error:
        raise StreamInterrupted("".join(parts)) from error
    return "".join(parts)


# stream_agent_events


async def stream_agent_events__seed(agent, query):
    """An agent has stream_events(), and an event's "type" says what it is.

    Caught by: test_each_token_comes_once
    """
    for event in agent.stream_events(query):
        if event["type"] == "retrieval":
            yield {"type": "retrieval_start", "query": query}
        elif event["type"] == "token":
            yield {"type": "token", "content": event["content"]}


async def stream_agent_events__reads_type(agent, query):
    """An event's "type" says what it is.

    Caught by: test_each_token_comes_once
    """
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            if event["type"] == "on_chat_model_stream" and event["data"]["chunk"].text:
                yield {"type": "token", "content": event["data"]["chunk"].text}
            elif event["type"] in ("on_tool_start", "on_tool_end"):
                yield {"type": event["type"].removeprefix("on_"), "name": event["name"]}
            elif event["type"] == "on_custom_event":
                yield {"type": event["name"], **event["data"]}
        yield {"type": "complete"}
    except ConnectionError:
        yield {"type": "error", "message": "ConnectionError"}
    finally:
        await aclose_source(events)


async def stream_agent_events__uses_version_1(agent, query):
    """The version does not matter.

    Caught by: test_each_token_comes_once
    """
    events = agent.astream_events(query, version="v1")
    try:
        async for event in events:
            if event["event"] == "on_chat_model_stream" and event["data"]["chunk"].text:
                yield {"type": "token", "content": event["data"]["chunk"].text}
            elif event["event"] in ("on_tool_start", "on_tool_end"):
                yield {"type": event["event"].removeprefix("on_"), "name": event["name"]}
            elif event["event"] == "on_custom_event":
                yield {"type": event["name"], **event["data"]}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(events)


async def stream_agent_events__takes_every_stream_event(agent, query):
    """Everything that ends with _stream brings new tokens.

    Caught by: test_each_token_comes_once
    """
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            kind = event["event"]
            if kind.endswith("_stream"):
                chunk = event["data"]["chunk"]
                text = chunk if isinstance(chunk, str) else chunk.text
                if text:
                    yield {"type": "token", "content": text}
            elif kind in ("on_tool_start", "on_tool_end"):
                yield {"type": kind.removeprefix("on_"), "name": event["name"]}
            elif kind == "on_custom_event":
                yield {"type": event["name"], **event["data"]}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(events)


async def stream_agent_events__reads_content_as_text(agent, query):
    """The text of a chunk is chunk.content.

    Caught by: test_only_text_is_a_token
    """
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            kind = event["event"]
            if kind == "on_chat_model_stream" and event["data"]["chunk"].content:
                yield {"type": "token", "content": event["data"]["chunk"].content}
            elif kind in ("on_tool_start", "on_tool_end"):
                yield {"type": kind.removeprefix("on_"), "name": event["name"]}
            elif kind == "on_custom_event":
                yield {"type": event["name"], **event["data"]}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(events)


async def stream_agent_events__sends_empty_tokens(agent, query):
    """Every chunk of the model has text.

    Caught by: test_each_token_comes_once
    """
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            kind = event["event"]
            if kind == "on_chat_model_stream":
                yield {"type": "token", "content": event["data"]["chunk"].text}
            elif kind in ("on_tool_start", "on_tool_end"):
                yield {"type": kind.removeprefix("on_"), "name": event["name"]}
            elif kind == "on_custom_event":
                yield {"type": event["name"], **event["data"]}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(events)


async def stream_agent_events__passes_all_on(agent, query):
    """What is not translated is passed on, so that nothing is lost.

    Caught by: test_what_the_agent_does_is_told
    """
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            kind = event["event"]
            if kind == "on_chat_model_stream":
                if event["data"]["chunk"].text:
                    yield {"type": "token", "content": event["data"]["chunk"].text}
            elif kind in ("on_tool_start", "on_tool_end"):
                yield {"type": kind.removeprefix("on_"), "name": event["name"]}
            elif kind == "on_custom_event":
                yield {"type": event["name"], **event["data"]}
            else:
                yield {"type": kind.removeprefix("on_")}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(events)


async def stream_agent_events__keeps_data_in_a_box(agent, query):
    """The data of a custom event stays together, under "data".

    Caught by: test_what_the_agent_does_is_told
    """
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            kind = event["event"]
            if kind == "on_chat_model_stream" and event["data"]["chunk"].text:
                yield {"type": "token", "content": event["data"]["chunk"].text}
            elif kind in ("on_tool_start", "on_tool_end"):
                yield {"type": kind.removeprefix("on_"), "name": event["name"]}
            elif kind == "on_custom_event":
                yield {"type": event["name"], "data": event["data"]}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(events)


async def stream_agent_events__forgets_complete(agent, query):
    """A stream that ends is complete; nobody needs to be told.

    Caught by: test_what_the_agent_does_is_told
    """
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            kind = event["event"]
            if kind == "on_chat_model_stream" and event["data"]["chunk"].text:
                yield {"type": "token", "content": event["data"]["chunk"].text}
            elif kind in ("on_tool_start", "on_tool_end"):
                yield {"type": kind.removeprefix("on_"), "name": event["name"]}
            elif kind == "on_custom_event":
                yield {"type": event["name"], **event["data"]}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
    finally:
        await aclose_source(events)


async def stream_agent_events__completes_in_finally(agent, query):
    """The last event belongs in finally, because finally comes last.

    Caught by: test_an_error_is_the_last_event
    """
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            kind = event["event"]
            if kind == "on_chat_model_stream" and event["data"]["chunk"].text:
                yield {"type": "token", "content": event["data"]["chunk"].text}
            elif kind in ("on_tool_start", "on_tool_end"):
                yield {"type": kind.removeprefix("on_"), "name": event["name"]}
            elif kind == "on_custom_event":
                yield {"type": event["name"], **event["data"]}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
    finally:
        await aclose_source(events)
        yield {"type": "complete"}


async def stream_agent_events__lets_errors_escape(agent, query):
    """An error passes through, as everywhere.

    Caught by: test_an_error_is_the_last_event
    """
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            kind = event["event"]
            if kind == "on_chat_model_stream" and event["data"]["chunk"].text:
                yield {"type": "token", "content": event["data"]["chunk"].text}
            elif kind in ("on_tool_start", "on_tool_end"):
                yield {"type": kind.removeprefix("on_"), "name": event["name"]}
            elif kind == "on_custom_event":
                yield {"type": event["name"], **event["data"]}
        yield {"type": "complete"}
    finally:
        await aclose_source(events)


async def stream_agent_events__leaks_the_error(agent, query):
    """The text of the exception tells the user best what went wrong.

    Caught by: test_an_error_is_the_last_event
    """
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            kind = event["event"]
            if kind == "on_chat_model_stream" and event["data"]["chunk"].text:
                yield {"type": "token", "content": event["data"]["chunk"].text}
            elif kind in ("on_tool_start", "on_tool_end"):
                yield {"type": kind.removeprefix("on_"), "name": event["name"]}
            elif kind == "on_custom_event":
                yield {"type": event["name"], **event["data"]}
    except Exception as error:
        yield {"type": "error", "message": str(error)}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(events)


async def stream_agent_events__collects_first(agent, query):
    """The events can be translated when all of them are there.

    Caught by: test_events_come_while_the_agent_works
    """
    translated = []
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            kind = event["event"]
            if kind == "on_chat_model_stream" and event["data"]["chunk"].text:
                translated.append({"type": "token", "content": event["data"]["chunk"].text})
            elif kind in ("on_tool_start", "on_tool_end"):
                translated.append({"type": kind.removeprefix("on_"), "name": event["name"]})
            elif kind == "on_custom_event":
                translated.append({"type": event["name"], **event["data"]})
        translated.append({"type": "complete"})
    except Exception as error:
        translated.append({"type": "error", "message": type(error).__name__})
    finally:
        await aclose_source(events)
    for event in translated:
        yield event


async def stream_agent_events__leaves_the_agent_running(agent, query):
    """A loop that ends closes what it was reading.

    Caught by: test_stopping_stops_the_agent
    """
    try:
        async for event in agent.astream_events(query, version="v2"):
            kind = event["event"]
            if kind == "on_chat_model_stream" and event["data"]["chunk"].text:
                yield {"type": "token", "content": event["data"]["chunk"].text}
            elif kind in ("on_tool_start", "on_tool_end"):
                yield {"type": kind.removeprefix("on_"), "name": event["name"]}
            elif kind == "on_custom_event":
                yield {"type": event["name"], **event["data"]}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
    else:
        yield {"type": "complete"}


async def stream_agent_events__takes_a_stop_for_an_error(agent, query):
    """Anything that stops the run early is an error, including a cancellation.

    Caught by: test_cancellation_passes_through
    """
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            kind = event["event"]
            if kind == "on_chat_model_stream" and event["data"]["chunk"].text:
                yield {"type": "token", "content": event["data"]["chunk"].text}
            elif kind in ("on_tool_start", "on_tool_end"):
                yield {"type": kind.removeprefix("on_"), "name": event["name"]}
            elif kind == "on_custom_event":
                yield {"type": event["name"], **event["data"]}
    except (Exception, asyncio.CancelledError) as error:
        yield {"type": "error", "message": type(error).__name__}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(events)


async def stream_agent_events__ends_with_the_model(agent, query):
    """When the model is done, the agent is done.

    Caught by: test_an_agent_goes_on_until_it_ends
    """
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            match event["event"]:
                case "on_chat_model_stream" if text := event["data"]["chunk"].text:
                    yield {"type": "token", "content": text}
                case "on_chat_model_end":
                    break
                case "on_tool_start":
                    yield {"type": "tool_start", "name": event["name"]}
                case "on_tool_end":
                    yield {"type": "tool_end", "name": event["name"]}
                case "on_custom_event":
                    yield {"type": event["name"], **event["data"]}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(events)


async def stream_agent_events__takes_a_failed_tool_for_a_failed_agent(agent, query):
    """When a tool fails, the agent fails.

    Caught by: test_an_agent_goes_on_until_it_ends
    """
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            match event["event"]:
                case "on_chat_model_stream" if text := event["data"]["chunk"].text:
                    yield {"type": "token", "content": text}
                case "on_tool_error":
                    yield {"type": "error", "message": "A tool has failed."}
                    return
                case "on_tool_start":
                    yield {"type": "tool_start", "name": event["name"]}
                case "on_tool_end":
                    yield {"type": "tool_end", "name": event["name"]}
                case "on_custom_event":
                    yield {"type": event["name"], **event["data"]}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(events)


async def stream_agent_events__tells_what_the_cause_was(agent, query):
    """The cause of an error is not its own text.

    Caught by: test_no_error_says_its_own_text
    """
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            match event["event"]:
                case "on_chat_model_stream" if text := event["data"]["chunk"].text:
                    yield {"type": "token", "content": text}
                case "on_tool_start":
                    yield {"type": "tool_start", "name": event["name"]}
                case "on_tool_end":
                    yield {"type": "tool_end", "name": event["name"]}
                case "on_custom_event":
                    yield {"type": event["name"], **event["data"]}
    except Exception as error:
        yield {"type": "error", "message": f"{type(error).__name__} {error.__cause__ or ''}"}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(events)


async def stream_agent_events__leaves_the_agent_open_at_its_end(agent, query):
    """An agent that has ended is closed.

    Caught by: test_any_events
    """
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            match event["event"]:
                case "on_chat_model_stream" if text := event["data"]["chunk"].text:
                    yield {"type": "token", "content": text}
                case "on_tool_start":
                    yield {"type": "tool_start", "name": event["name"]}
                case "on_tool_end":
                    yield {"type": "tool_end", "name": event["name"]}
                case "on_custom_event":
                    yield {"type": event["name"], **event["data"]}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
    except BaseException:
        await aclose_source(events)
        raise
    else:
        yield {"type": "complete"}


async def stream_agent_events__drops_custom_events_without_data(agent, query):
    """An event without data says nothing.

    Caught by: test_any_events
    """
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            match event["event"]:
                case "on_chat_model_stream" if text := event["data"]["chunk"].text:
                    yield {"type": "token", "content": text}
                case "on_tool_start":
                    yield {"type": "tool_start", "name": event["name"]}
                case "on_tool_end":
                    yield {"type": "tool_end", "name": event["name"]}
                case "on_custom_event" if event["data"]:
                    yield {"type": event["name"], **event["data"]}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(events)


async def stream_agent_events__drops_what_comes_twice(agent, query):
    """An event that equals the one before it was reported twice.

    Caught by: test_any_events
    """
    events = agent.astream_events(query, version="v2")
    last = None
    try:
        async for event in events:
            simple = None
            match event["event"]:
                case "on_chat_model_stream" if text := event["data"]["chunk"].text:
                    simple = {"type": "token", "content": text}
                case "on_tool_start":
                    simple = {"type": "tool_start", "name": event["name"]}
                case "on_tool_end":
                    simple = {"type": "tool_end", "name": event["name"]}
                case "on_custom_event":
                    simple = {**event["data"], "type": event["name"]}
            if simple and simple != last:
                yield simple
                last = simple
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(events)


async def stream_agent_events__reports_what_is_no_exception(agent, query):
    """Whatever ends the agent early is an error.

    Caught by: test_any_events
    """
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            match event["event"]:
                case "on_chat_model_stream" if text := event["data"]["chunk"].text:
                    yield {"type": "token", "content": text}
                case "on_tool_start":
                    yield {"type": "tool_start", "name": event["name"]}
                case "on_tool_end":
                    yield {"type": "tool_end", "name": event["name"]}
                case "on_custom_event":
                    yield {"type": event["name"], **event["data"]}
    except (GeneratorExit, asyncio.CancelledError):
        raise
    except BaseException as error:
        yield {"type": "error", "message": type(error).__name__}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(events)


async def stream_agent_events__explains_a_wrong_value(agent, query):
    """A ValueError is a mistake of the user, who needs to know what it says.

    Caught by: test_no_error_says_its_own_text
    """
    events = agent.astream_events(query, version="v2")
    try:
        async for event in events:
            match event["event"]:
                case "on_chat_model_stream" if text := event["data"]["chunk"].text:
                    yield {"type": "token", "content": text}
                case "on_tool_start":
                    yield {"type": "tool_start", "name": event["name"]}
                case "on_tool_end":
                    yield {"type": "tool_end", "name": event["name"]}
                case "on_custom_event":
                    yield {"type": event["name"], **event["data"]}
    except ValueError as error:
        yield {"type": "error", "message": f"Please check your question: {error}"}
    except Exception as error:
        yield {"type": "error", "message": type(error).__name__}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(events)


# dispatch_events


def dispatch_events__knows_all_types(events, handlers, default=None):
    """There is a handler for each type.

    Caught by: test_an_unknown_type_is_ignored
    """
    counts = {}
    for event in events:
        kind = event["type"]
        counts[kind] = counts.get(kind, 0) + 1
        handlers[kind](event)
    return counts


def dispatch_events__matches_prefixes(events, handlers, default=None):
    """A handler for "token" also handles "token_usage".

    Caught by: test_an_unknown_type_is_ignored
    """
    counts = {}
    for event in events:
        kind = event["type"]
        counts[kind] = counts.get(kind, 0) + 1
        for prefix, handler in handlers.items():
            if kind.startswith(prefix):
                handler(event)
                break
        else:
            if default is not None:
                default(event)
    return counts


def dispatch_events__groups_by_type(events, handlers, default=None):
    """Events of one type belong together.

    Caught by: test_each_event_goes_to_its_handler
    """
    groups = {}
    for event in events:
        groups.setdefault(event["type"], []).append(event)
    for kind, group in groups.items():
        handler = handlers.get(kind, default)
        for event in group:
            if handler is not None:
                handler(event)
    return {kind: len(group) for kind, group in groups.items()}


def dispatch_events__makes_a_list_first(events, handlers, default=None):
    """A stream becomes easy to handle when it is a list.

    Caught by: test_an_event_is_handled_before_the_next_is_pulled
    """
    events = list(events)
    for event in events:
        handler = handlers.get(event["type"], default)
        if handler is not None:
            handler(event)
    kinds = [event["type"] for event in events]
    return {kind: kinds.count(kind) for kind in kinds}


def dispatch_events__hands_over_the_content(events, handlers, default=None):
    """A handler wants the content of the event, not the event.

    Caught by: test_each_event_goes_to_its_handler
    """
    counts = {}
    for event in events:
        kind = event["type"]
        counts[kind] = counts.get(kind, 0) + 1
        handler = handlers.get(kind, default)
        if handler is not None:
            handler(event.get("content"))
    return counts


def dispatch_events__gives_all_to_the_default(events, handlers, default=None):
    """The default handler always runs.

    Caught by: test_the_default_gets_the_rest
    """
    counts = {}
    for event in events:
        kind = event["type"]
        counts[kind] = counts.get(kind, 0) + 1
        if kind in handlers:
            handlers[kind](event)
        if default is not None:
            default(event)
    return counts


def dispatch_events__ignores_the_default(events, handlers, default=None):
    """Events without a handler are ignored.

    Caught by: test_the_default_gets_the_rest
    """
    counts = {}
    for event in events:
        kind = event["type"]
        counts[kind] = counts.get(kind, 0) + 1
        if kind in handlers:
            handlers[kind](event)
    return counts


def dispatch_events__takes_any_key_error(events, handlers, default=None):
    """A KeyError in this block means that there is no handler.

    Caught by: test_an_error_in_a_handler_is_no_missing_handler
    """
    counts = {}
    for event in events:
        kind = event["type"]
        counts[kind] = counts.get(kind, 0) + 1
        try:
            handlers[kind](event)
        except KeyError:
            if default is not None:
                default(event)
    return counts


def dispatch_events__counts_only_what_it_handles(events, handlers, default=None):
    """An event that nobody handles does not count.

    Caught by: test_an_unknown_type_is_ignored
    """
    counts = {}
    for event in events:
        kind = event["type"]
        handler = handlers.get(kind, default)
        if handler is not None:
            handler(event)
            counts[kind] = counts.get(kind, 0) + 1
    return counts


def dispatch_events__counts_all_together(events, handlers, default=None):
    """What is wanted is the number of events.

    Caught by: test_it_counts_events_by_type
    """
    count = 0
    for event in events:
        handler = handlers.get(event["type"], default)
        if handler is not None:
            handler(event)
        count += 1
    return count


def dispatch_events__goes_on_after_an_error(events, handlers, default=None):
    """One bad handler must not keep the others from their events.

    Caught by: test_an_error_of_a_handler_passes_through
    """
    counts = {}
    for event in events:
        kind = event["type"]
        counts[kind] = counts.get(kind, 0) + 1
        handler = handlers.get(kind, default)
        if handler is not None:
            try:
                handler(event)
            except Exception as error:
                print("a handler failed:", error)
    return counts


def dispatch_events__stops_at_the_last_event(events, handlers, default=None):
    """Nothing comes after complete.

    Caught by: test_any_events
    """
    counts = {}
    for event in events:
        kind = event["type"]
        counts[kind] = counts.get(kind, 0) + 1
        h = handlers.get(kind, default)
        if h is not None:
            h(event)
        if kind in ("complete", "error"):
            break
    return counts


def dispatch_events__lets_a_handler_stop_it(events, handlers, default=None):
    """A handler that returns False wants no more.

    Caught by: test_any_events
    """
    counts = {}
    for event in events:
        kind = event["type"]
        counts[kind] = counts.get(kind, 0) + 1
        h = handlers.get(kind, default)
        if h is not None and h(event) is False:
            break
    return counts


def dispatch_events__marks_what_is_handled(
    events: Iterable[Event],
    handlers: Mapping[str, Callable[[Event], object]],
    default: Callable[[Event], object] | None = None,
) -> dict[str, int]:
    """An event knows best whether it was handled.

    Caught by: test_each_event_goes_to_its_handler
    """
    counts: dict[str, int] = {}
    for event in events:
        kind = event["type"]
        counts[kind] = counts.get(kind, 0) + 1
        handler = handlers.get(kind, default)
        event.setdefault("handled", True)
        if handler is not None:
            handler(event)
    return counts


def dispatch_events__hands_out_the_same_dict_again(events, handlers, default=None, counts={}):
    """A dict that is cleared is as good as a new one.

    Caught by: test_counts_stay_as_they_were
    """
    counts.clear()
    for event in events:
        kind = event["type"]
        counts[kind] = counts.get(kind, 0) + 1
        h = handlers.get(kind, default)
        if h is not None:
            h(event)
    return counts


def dispatch_events__ignores_errors_of_a_kind(events, handlers, default=None):
    """A LookupError means that there is no handler.

    Caught by: test_any_events
    """
    counts = {}
    for event in events:
        kind = event["type"]
        counts[kind] = counts.get(kind, 0) + 1
        h = handlers.get(kind, default)
        if h is not None:
            try:
                h(event)
            except LookupError:
                continue
    return counts


def dispatch_events__takes_stop_iteration_for_the_end(events, handlers, default=None):
    """StopIteration means that there are no more events.

    Caught by: test_an_error_in_a_handler_is_not_the_end
    """
    counts = {}
    source = iter(events)
    while True:
        try:
            event = next(source)
            kind = event["type"]
            counts[kind] = counts.get(kind, 0) + 1
            handler = handlers.get(kind, default)
            if handler is not None:
                handler(event)
        except StopIteration:
            return counts


# monitor_stream


def monitor_stream__drops_empty_tokens(tokens, metrics, clock=time.monotonic):
    """Empty tokens do not count, so they can go.

    Caught by: test_tokens_pass_through_unchanged
    """
    start = clock()
    try:
        for token in tokens:
            if not token:
                continue
            if metrics.ttft is None:
                metrics.ttft = clock() - start
            metrics.chunks += 1
            metrics.chars += len(token)
            yield token
        metrics.completed = True
    finally:
        metrics.total = clock() - start
        close_source(tokens)


def monitor_stream__counts_empty_tokens(tokens, metrics, clock=time.monotonic):
    """Every token is a chunk.

    Caught by: test_it_counts_chunks_and_characters
    """
    start = clock()
    try:
        for token in tokens:
            if token and metrics.ttft is None:
                metrics.ttft = clock() - start
            metrics.chunks += 1
            metrics.chars += len(token)
            yield token
        metrics.completed = True
    finally:
        metrics.total = clock() - start
        close_source(tokens)


def monitor_stream__fills_in_metrics_of_its_own(tokens, metrics, clock=time.monotonic):
    """A measurement begins with new metrics.

    Caught by: test_it_counts_chunks_and_characters
    """
    metrics = StreamMetrics()
    start = clock()
    try:
        for token in tokens:
            if token:
                if metrics.ttft is None:
                    metrics.ttft = clock() - start
                metrics.chunks += 1
                metrics.chars += len(token)
            yield token
        metrics.completed = True
    finally:
        metrics.total = clock() - start
        close_source(tokens)


def monitor_stream__takes_the_first_chunk(tokens, metrics, clock=time.monotonic):
    """The first token is the first token, empty or not.

    Caught by: test_the_first_token_that_is_not_empty_counts
    """
    start = clock()
    try:
        for token in tokens:
            if metrics.ttft is None:
                metrics.ttft = clock() - start
            if token:
                metrics.chunks += 1
                metrics.chars += len(token)
            yield token
        metrics.completed = True
    finally:
        metrics.total = clock() - start
        close_source(tokens)


def monitor_stream__never_sets_ttft(tokens, metrics, clock=time.monotonic):
    """metrics.ttft can be worked out later by anyone who wants it.

    Caught by: test_the_given_clock_is_used
    """
    start = clock()
    try:
        for token in tokens:
            if token:
                metrics.chunks += 1
                metrics.chars += len(token)
            yield token
        metrics.completed = True
    finally:
        metrics.total = clock() - start
        close_source(tokens)


def monitor_stream__takes_zero_for_nothing(tokens, metrics, clock=time.monotonic):
    """A ttft that is falsy has not been set yet.

    Caught by: test_a_first_token_that_is_there_at_once_counts
    """
    start = clock()
    try:
        for token in tokens:
            if token:
                if not metrics.ttft:
                    metrics.ttft = clock() - start
                metrics.chunks += 1
                metrics.chars += len(token)
            yield token
        metrics.completed = True
    finally:
        metrics.total = clock() - start
        close_source(tokens)


def monitor_stream__starts_the_clock_early(tokens, metrics, clock=time.monotonic):
    """Time starts when monitor_stream is called.

    Caught by: test_the_callers_time_is_not_the_models
    """
    start = clock()

    def run():
        try:
            for token in tokens:
                if token:
                    if metrics.ttft is None:
                        metrics.ttft = clock() - start
                    metrics.chunks += 1
                    metrics.chars += len(token)
                yield token
            metrics.completed = True
        finally:
            metrics.total = clock() - start
            close_source(tokens)

    return run()


def monitor_stream__reads_the_clock_after_yield(tokens, metrics, clock=time.monotonic):
    """The token goes out first, and then it is measured.

    Caught by: test_the_callers_time_is_not_the_models
    """
    start = clock()
    try:
        for token in tokens:
            yield token
            if token:
                if metrics.ttft is None:
                    metrics.ttft = clock() - start
                metrics.chunks += 1
                metrics.chars += len(token)
        metrics.completed = True
    finally:
        metrics.total = clock() - start
        close_source(tokens)


def monitor_stream__ends_with_the_last_token(tokens, metrics, clock=time.monotonic):
    """The stream ends when its last token has come.

    Caught by: test_the_total_is_the_whole_time
    """
    start = clock()
    try:
        for token in tokens:
            metrics.total = clock() - start
            if token:
                if metrics.ttft is None:
                    metrics.ttft = metrics.total
                metrics.chunks += 1
                metrics.chars += len(token)
            yield token
        metrics.completed = True
    finally:
        close_source(tokens)


def monitor_stream__adds_up_the_waits(tokens, metrics, clock=time.monotonic):
    """The total is the time that was spent waiting for the source.

    Caught by: test_the_callers_time_is_not_the_models
    """
    begun = clock()
    try:
        for token in tokens:
            metrics.total += clock() - begun
            if token:
                if metrics.ttft is None:
                    metrics.ttft = metrics.total
                metrics.chunks += 1
                metrics.chars += len(token)
            yield token
            begun = clock()
        metrics.total += clock() - begun
        metrics.completed = True
    finally:
        close_source(tokens)


def monitor_stream__finishes_after_the_loop(tokens, metrics, clock=time.monotonic):
    """The lines after the loop run no matter how the loop ends.

    Caught by: test_a_caller_who_stops_gets_true_figures
    """
    start = clock()
    for token in tokens:
        if token:
            if metrics.ttft is None:
                metrics.ttft = clock() - start
            metrics.chunks += 1
            metrics.chars += len(token)
        yield token
    metrics.total = clock() - start
    metrics.completed = True
    close_source(tokens)


def monitor_stream__completes_in_finally(tokens, metrics, clock=time.monotonic):
    """What must always be set belongs in finally, including `completed`.

    Caught by: test_a_caller_who_stops_gets_true_figures
    """
    start = clock()
    try:
        for token in tokens:
            if token:
                if metrics.ttft is None:
                    metrics.ttft = clock() - start
                metrics.chunks += 1
                metrics.chars += len(token)
            yield token
    finally:
        metrics.total = clock() - start
        metrics.completed = True
        close_source(tokens)


def monitor_stream__leaves_the_source_open(tokens, metrics, clock=time.monotonic):
    """The code that made the tokens closes them.

    Caught by: test_a_caller_who_stops_gets_true_figures
    """
    start = clock()
    try:
        for token in tokens:
            if token:
                if metrics.ttft is None:
                    metrics.ttft = clock() - start
                metrics.chunks += 1
                metrics.chars += len(token)
            yield token
        metrics.completed = True
    finally:
        metrics.total = clock() - start


def monitor_stream__hides_errors(tokens, metrics, clock=time.monotonic):
    """An error must not disturb a measurement.

    Caught by: test_an_error_leaves_true_figures
    """
    start = clock()
    try:
        for token in tokens:
            if token:
                if metrics.ttft is None:
                    metrics.ttft = clock() - start
                metrics.chunks += 1
                metrics.chars += len(token)
            yield token
        metrics.completed = True
    except Exception:
        pass
    finally:
        metrics.total = clock() - start
        close_source(tokens)


def monitor_stream__reads_its_own_clock(tokens, metrics, clock=time.monotonic):
    """time.time() tells the time.

    Caught by: test_the_given_clock_is_used
    """
    start = time.time()
    try:
        for token in tokens:
            if token:
                if metrics.ttft is None:
                    metrics.ttft = time.time() - start
                metrics.chunks += 1
                metrics.chars += len(token)
            yield token
        metrics.completed = True
    finally:
        metrics.total = time.time() - start
        close_source(tokens)


def monitor_stream__asks_for_the_date(tokens, metrics, clock=time.monotonic):
    """datetime.now() tells the time.

    Caught by: test_the_given_clock_is_used
    """
    from datetime import datetime

    start = datetime.now()
    try:
        for token in tokens:
            if token:
                if metrics.ttft is None:
                    metrics.ttft = (datetime.now() - start).total_seconds()
                metrics.chunks += 1
                metrics.chars += len(token)
            yield token
        metrics.completed = True
    finally:
        metrics.total = (datetime.now() - start).total_seconds()
        close_source(tokens)


def monitor_stream__makes_a_list_first(tokens, metrics, clock=time.monotonic):
    """A stream becomes easy to handle when it is a list.

    Caught by: test_it_asks_for_no_more_than_it_needs
    """
    start = clock()
    tokens = list(tokens)
    for token in tokens:
        if token:
            if metrics.ttft is None:
                metrics.ttft = clock() - start
            metrics.chunks += 1
            metrics.chars += len(token)
        yield token
    metrics.total = clock() - start
    metrics.completed = True


def monitor_stream__closes_only_when_it_is_stopped(tokens, metrics, clock=time.monotonic):
    """A source that has ended, or failed, is closed.

    Caught by: test_any_tokens
    """
    start = clock()
    try:
        for token in tokens:
            if token:
                if metrics.ttft is None:
                    metrics.ttft = clock() - start
                metrics.chunks += 1
                metrics.chars += len(token)
            yield token
        metrics.completed = True
    except GeneratorExit:
        close_source(tokens)
        raise
    finally:
        metrics.total = clock() - start


def monitor_stream__waits_for_visible_text(tokens, metrics, clock=time.monotonic):
    """White space cannot be seen, so it is not the first token.

    Caught by: test_any_tokens
    """
    start = clock()
    try:
        for token in tokens:
            if token:
                if metrics.ttft is None and token.strip():
                    metrics.ttft = clock() - start
                metrics.chunks += 1
                metrics.chars += len(token)
            yield token
        metrics.completed = True
    finally:
        metrics.total = clock() - start
        close_source(tokens)


def monitor_stream__takes_an_interrupt_for_the_end(tokens, metrics, clock=time.monotonic):
    """Who presses Ctrl-C has seen enough: the stream is complete.

    Caught by: test_any_tokens
    """
    start = clock()
    try:
        for token in tokens:
            if token:
                if metrics.ttft is None:
                    metrics.ttft = clock() - start
                metrics.chunks += 1
                metrics.chars += len(token)
            yield token
        metrics.completed = True
    except KeyboardInterrupt:
        metrics.completed = True
        raise
    finally:
        metrics.total = clock() - start
        close_source(tokens)


def monitor_stream__starts_at_zero(
    tokens: Iterable[str],
    metrics: StreamMetrics,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[str]:
    """A clock begins at 0.

    Caught by: test_any_tokens
    """
    start = max(clock(), 0)
    try:
        for token in tokens:
            if token:
                if metrics.ttft is None:
                    metrics.ttft = clock() - start
                metrics.chunks += 1
                metrics.chars += len(token)
            yield token
        metrics.completed = True
    finally:
        metrics.total = clock() - start
        close_source(tokens)


# stream_with_timeout


async def stream_with_timeout__limits_the_whole_loop(source, idle=None, total=None):
    """asyncio.timeout around the loop limits the stream.

    Caught by: test_each_token_restarts_the_idle_time
    """
    try:
        async with asyncio.timeout(idle or total):
            async for token in source:
                yield token
    except TimeoutError as error:
        raise StreamTimeout("idle" if idle else "total") from error
    finally:
        await aclose_source(source)


async def stream_with_timeout__has_a_timeout_around_yield(source, idle=None, total=None):
    """The total is a timeout around everything, the yield included.

    Caught by: test_total_includes_the_callers_time
    """
    try:
        async with asyncio.timeout(total) as whole:
            while True:
                try:
                    async with asyncio.timeout(idle) as one:
                        token = await anext(source)
                except StopAsyncIteration:
                    return
                except TimeoutError as error:
                    if one.expired():
                        raise StreamTimeout("idle") from error
                    raise
                yield token
    except StreamTimeout:
        raise
    except TimeoutError as error:
        if whole.expired():
            raise StreamTimeout("total") from error
        raise
    finally:
        await aclose_source(source)


async def stream_with_timeout__looks_only_when_a_token_comes(source, idle=None, total=None):
    """Looking at the clock after each token is enough.

    Caught by: test_silence_is_ended_by_idle
    """
    start = last = time.monotonic()
    try:
        async for token in source:
            now = time.monotonic()
            if total is not None and now - start > total:
                raise StreamTimeout("total")
            if idle is not None and now - last > idle:
                raise StreamTimeout("idle")
            yield token
            last = time.monotonic()
    finally:
        await aclose_source(source)


async def stream_with_timeout__has_one_limit_for_both(source, idle=None, total=None):
    """idle and total are two names for the longest wait.

    Caught by: test_total_limits_the_whole_stream
    """
    try:
        while True:
            limit = asyncio.timeout(idle if idle is not None else total)
            try:
                async with limit:
                    token = await anext(source)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                if limit.expired():
                    raise StreamTimeout("idle" if idle is not None else "total") from error
                raise
            yield token
    finally:
        await aclose_source(source)


async def stream_with_timeout__counts_idle_from_the_start(source, idle=None, total=None):
    """idle runs until the stream ends.

    Caught by: test_each_token_restarts_the_idle_time
    """
    now = asyncio.get_running_loop().time
    ends = {"idle": idle, "total": total}
    ends = {kind: now() + seconds for kind, seconds in ends.items() if seconds is not None}
    kind = min(ends, key=ends.get) if ends else "total"
    try:
        while True:
            limit = asyncio.timeout_at(ends.get(kind))
            try:
                async with limit:
                    token = await anext(source)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                if limit.expired():
                    raise StreamTimeout(kind) from error
                raise
            yield token
    finally:
        await aclose_source(source)


async def stream_with_timeout__looks_at_total_between_tokens(source, idle=None, total=None):
    """A total that is checked after each token limits the stream.

    Caught by: test_total_limits_the_whole_stream
    """
    start = time.monotonic()
    try:
        while True:
            limit = asyncio.timeout(idle)
            try:
                async with limit:
                    token = await anext(source)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                if limit.expired():
                    raise StreamTimeout("idle") from error
                raise
            if total is not None and time.monotonic() - start >= total:
                raise StreamTimeout("total")
            yield token
    finally:
        await aclose_source(source)


async def stream_with_timeout__adds_up_the_waits(source, idle=None, total=None):
    """Only the time that was spent waiting counts for the total.

    Caught by: test_total_includes_the_callers_time
    """
    left = float("inf") if total is None else total
    try:
        while True:
            kind, wait = "total", left
            if idle is not None and idle < wait:
                kind, wait = "idle", idle
            begun = time.monotonic()
            limit = asyncio.timeout(wait if wait < float("inf") else None)
            try:
                async with limit:
                    token = await anext(source)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                if limit.expired():
                    raise StreamTimeout(kind) from error
                raise
            left -= time.monotonic() - begun
            yield token
    finally:
        await aclose_source(source)


async def stream_with_timeout__measures_with_the_date(source, idle=None, total=None):
    """datetime.now() is a clock.

    Caught by: test_total_limits_the_whole_stream
    """
    from datetime import datetime

    start = datetime.now()
    try:
        while True:
            left = float("inf")
            if total is not None:
                left = total - (datetime.now() - start).total_seconds()
            if left <= 0:
                raise StreamTimeout("total")
            kind, wait = "total", left
            if idle is not None and idle < wait:
                kind, wait = "idle", idle
            limit = asyncio.timeout(wait if wait < float("inf") else None)
            try:
                async with limit:
                    token = await anext(source)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                if limit.expired():
                    raise StreamTimeout(kind) from error
                raise
            yield token
    finally:
        await aclose_source(source)


def stream_with_timeout__starts_the_clock_early(source, idle=None, total=None):
    """The total starts when stream_with_timeout is called.

    Caught by: test_total_starts_with_the_first_pull
    """
    end = time.monotonic() + (float("inf") if total is None else total)

    async def run():
        try:
            while True:
                kind, wait = "total", end - time.monotonic()
                if wait <= 0:
                    raise StreamTimeout("total")
                if idle is not None and idle < wait:
                    kind, wait = "idle", idle
                limit = asyncio.timeout(wait if wait < float("inf") else None)
                try:
                    async with limit:
                        token = await anext(source)
                except StopAsyncIteration:
                    return
                except TimeoutError as error:
                    if limit.expired():
                        raise StreamTimeout(kind) from error
                    raise
                yield token
        finally:
            await aclose_source(source)

    return run()


async def stream_with_timeout__ends_quietly(source, idle=None, total=None):
    """A stream that takes too long is over.

    Caught by: test_silence_is_ended_by_idle
    """
    end = time.monotonic() + (float("inf") if total is None else total)
    try:
        while True:
            left = end - time.monotonic()
            wait = left if idle is None else min(idle, left)
            try:
                async with asyncio.timeout(wait if wait < float("inf") else None):
                    token = await anext(source)
            except (StopAsyncIteration, TimeoutError):
                return
            yield token
    finally:
        await aclose_source(source)


async def stream_with_timeout__raises_a_plain_timeout(source, idle=None, total=None):
    """asyncio raises the right error by itself.

    Caught by: test_silence_is_ended_by_idle
    """
    end = time.monotonic() + (float("inf") if total is None else total)
    try:
        while True:
            left = end - time.monotonic()
            wait = left if idle is None else min(idle, left)
            try:
                async with asyncio.timeout(wait if wait < float("inf") else None):
                    token = await anext(source)
            except StopAsyncIteration:
                return
            yield token
    finally:
        await aclose_source(source)


async def stream_with_timeout__needs_both_limits(source, idle=None, total=None):
    """Both limits are always given.

    Caught by: test_each_token_restarts_the_idle_time
    """
    end = time.monotonic() + total
    try:
        while True:
            left = end - time.monotonic()
            limit = asyncio.timeout(min(idle, left))
            try:
                async with limit:
                    token = await anext(source)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise StreamTimeout("idle" if idle < left else "total") from error
            yield token
    finally:
        await aclose_source(source)


async def stream_with_timeout__leaves_a_task_behind(source, idle=None, total=None):
    """When the wait is over, the task that waits is over too.

    Caught by: test_the_source_is_closed
    """
    end = time.monotonic() + (float("inf") if total is None else total)
    while True:
        kind, wait = "total", end - time.monotonic()
        if wait <= 0:
            raise StreamTimeout("total")
        if idle is not None and idle < wait:
            kind, wait = "idle", idle
        task = asyncio.ensure_future(anext(source))
        await asyncio.wait([task], timeout=wait if wait < float("inf") else None)
        if not task.done():
            raise StreamTimeout(kind)
        try:
            token = task.result()
        except StopAsyncIteration:
            return
        yield token


async def stream_with_timeout__closes_while_somebody_reads(source, idle=None, total=None):
    """Closing the source also stops any task that is still reading it.

    Caught by: test_silence_is_ended_by_idle
    """
    end = time.monotonic() + (float("inf") if total is None else total)
    try:
        while True:
            kind, wait = "total", end - time.monotonic()
            if wait <= 0:
                raise StreamTimeout("total")
            if idle is not None and idle < wait:
                kind, wait = "idle", idle
            task = asyncio.ensure_future(anext(source))
            await asyncio.wait([task], timeout=wait if wait < float("inf") else None)
            if not task.done():
                raise StreamTimeout(kind)
            try:
                token = task.result()
            except StopAsyncIteration:
                return
            yield token
    finally:
        await aclose_source(source)


async def stream_with_timeout__blames_itself(source, idle=None, total=None):
    """Every TimeoutError comes from one of my limits.

    Caught by: test_a_timeout_of_the_source_is_its_own
    """
    end = time.monotonic() + (float("inf") if total is None else total)
    try:
        while True:
            kind, wait = "total", end - time.monotonic()
            if wait <= 0:
                raise StreamTimeout("total")
            if idle is not None and idle < wait:
                kind, wait = "idle", idle
            try:
                async with asyncio.timeout(wait if wait < float("inf") else None):
                    token = await anext(source)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise StreamTimeout(kind) from error
            yield token
    finally:
        await aclose_source(source)


async def stream_with_timeout__takes_a_stop_for_a_timeout(source, idle=None, total=None):
    """Being cancelled means that time has run out.

    Caught by: test_cancellation_passes_through
    """
    end = time.monotonic() + (float("inf") if total is None else total)
    try:
        while True:
            kind, wait = "total", end - time.monotonic()
            if wait <= 0:
                raise StreamTimeout("total")
            if idle is not None and idle < wait:
                kind, wait = "idle", idle
            limit = asyncio.timeout(wait if wait < float("inf") else None)
            try:
                async with limit:
                    token = await anext(source)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                if limit.expired():
                    raise StreamTimeout(kind) from error
                raise
            except asyncio.CancelledError as error:
                raise StreamTimeout(kind) from error
            yield token
    finally:
        await aclose_source(source)


async def stream_with_timeout__takes_zero_for_no_limit(source, idle=None, total=None):
    """A limit that is falsy was not given.

    Caught by: test_zero_is_a_limit
    """
    now = asyncio.get_running_loop().time
    end = now() + (total or float("inf"))
    try:
        while True:
            kind, wait = "total", end - now()
            if wait <= 0:
                raise StreamTimeout(kind)
            if idle and idle < wait:
                kind, wait = "idle", idle
            limit = asyncio.timeout(wait)
            try:
                async with limit:
                    token = await anext(source)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                if limit.expired():
                    raise StreamTimeout(kind) from error
                raise
            yield token
    finally:
        await aclose_source(source)


async def stream_with_timeout__fetches_the_next_one_early(source, idle=None, total=None):
    """While the caller works on a token, the next one can be on its way.

    Caught by: test_it_asks_for_no_more_than_it_needs
    """
    now = asyncio.get_running_loop().time
    end = now() + (float("inf") if total is None else total)
    task = asyncio.ensure_future(anext(source))
    try:
        while True:
            kind, wait = "total", end - now()
            if wait <= 0:
                raise StreamTimeout(kind)
            if idle is not None and idle < wait:
                kind, wait = "idle", idle
            await asyncio.wait([task], timeout=wait if wait < float("inf") else None)
            if not task.done():
                raise StreamTimeout(kind)
            try:
                token = task.result()
            except StopAsyncIteration:
                return
            task = asyncio.ensure_future(anext(source))
            yield token
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await aclose_source(source)


async def stream_with_timeout__closes_only_when_it_is_stopped(source, idle=None, total=None):
    """A source that has ended, or failed, is closed.

    Caught by: test_any_tokens
    """
    now = asyncio.get_running_loop().time
    end = now() + total if total is not None else float("inf")
    try:
        while True:
            kind = "total"
            wait = end - now()
            if wait <= 0:
                raise StreamTimeout(kind)
            if idle is not None and idle < wait:
                kind, wait = "idle", idle
            limit = asyncio.timeout(wait)
            try:
                async with limit:
                    token = await anext(source)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                if limit.expired():
                    await aclose_source(source)
                    raise StreamTimeout(kind) from error
                raise
            yield token
    except (GeneratorExit, asyncio.CancelledError, StreamTimeout):
        await aclose_source(source)
        raise


async def stream_with_timeout__takes_every_stream_timeout_for_its_own(
    source, idle=None, total=None
):
    """A StreamTimeout can only be mine.

    Caught by: test_any_tokens
    """
    now = asyncio.get_running_loop().time
    end = now() + total if total is not None else float("inf")
    try:
        while True:
            kind = "total"
            wait = end - now()
            if wait <= 0:
                raise StreamTimeout(kind)
            if idle is not None and idle < wait:
                kind, wait = "idle", idle
            limit = asyncio.timeout(wait)
            try:
                async with limit:
                    token = await anext(source)
            except StopAsyncIteration:
                return
            except StreamTimeout:
                raise StreamTimeout(kind)
            except TimeoutError as error:
                if limit.expired():
                    raise StreamTimeout(kind) from error
                raise
            yield token
    finally:
        await aclose_source(source)


async def stream_with_timeout__pulls_once_more_when_total_is_over(source, idle=None, total=None):
    """A timeout of 0 stops a source that is ready, too.

    Caught by: test_total_includes_the_callers_time
    """
    now = asyncio.get_running_loop().time
    end = now() + total if total is not None else float("inf")
    try:
        while True:
            kind = "total"
            wait = max(end - now(), 0)
            if idle is not None and idle < wait:
                kind, wait = "idle", idle
            limit = asyncio.timeout(wait)
            try:
                async with limit:
                    token = await anext(source)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                if limit.expired():
                    raise StreamTimeout(kind) from error
                raise
            if now() > end:
                raise StreamTimeout("total")
            yield token
    finally:
        await aclose_source(source)


async def stream_with_timeout__restarts_idle_only_for_text(source, idle=None, total=None):
    """A token without text is silence.

    Caught by: test_any_tokens
    """
    now = asyncio.get_running_loop().time
    end = now() + total if total is not None else float("inf")
    seen = now()
    try:
        while True:
            kind = "total"
            wait = end - now()
            if wait <= 0:
                raise StreamTimeout(kind)
            if idle is not None and idle < wait:
                kind, wait = "idle", seen + idle - now()
            limit = asyncio.timeout(wait)
            try:
                async with limit:
                    token = await anext(source)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                if limit.expired():
                    raise StreamTimeout(kind) from error
                raise
            yield token
            if token:
                seen = now()
    finally:
        await aclose_source(source)


# astream_tokens


async def astream_tokens__reads_an_ordinary_stream(model, prompt):
    """async def makes it asynchronous.

    Caught by: test_others_work_while_the_model_thinks
    """
    stream = model.stream(prompt)
    try:
        for chunk in stream:
            if chunk.text:
                yield chunk.text
    finally:
        close_source(stream)


async def astream_tokens__reads_in_a_thread(model, prompt):
    """A thread makes an ordinary stream asynchronous.

    Caught by: test_cancellation_passes_through
    """
    stream = model.stream(prompt)
    try:
        while (chunk := await asyncio.to_thread(next, stream, None)) is not None:
            if chunk.text:
                yield chunk.text
    finally:
        close_source(stream)


async def astream_tokens__loops_with_for(model, prompt):
    """A loop is a loop.

    Caught by: test_text_comes_token_by_token
    """
    for chunk in model.astream(prompt):
        if chunk.text:
            yield chunk.text


async def astream_tokens__awaits_the_stream(model, prompt):
    """What is asynchronous has to be awaited.

    Caught by: test_text_comes_token_by_token
    """
    async for chunk in await model.astream(prompt):
        if chunk.text:
            yield chunk.text


async def astream_tokens__asks_for_the_whole_answer(model, prompt):
    """ainvoke() gives the answer, and yield makes a stream of it.

    Caught by: test_text_comes_token_by_token
    """
    answer = await model.ainvoke(prompt)
    yield answer.text


async def astream_tokens__collects_first(model, prompt):
    """A generator with yield in it streams, whatever it does before that.

    Caught by: test_others_work_while_the_model_thinks
    """
    for chunk in [chunk async for chunk in model.astream(prompt)]:
        if chunk.text:
            yield chunk.text


async def astream_tokens__returns_a_list(model, prompt):
    """A list of tokens is as good as a stream of them.

    Caught by: test_text_comes_token_by_token
    """
    return [chunk.text async for chunk in model.astream(prompt) if chunk.text]


async def astream_tokens__reads_content_as_text(model, prompt):
    """The text of a chunk is chunk.content.

    Caught by: test_text_comes_token_by_token
    """
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.content:
                yield chunk.content
    finally:
        await aclose_source(stream)


async def astream_tokens__sleeps(model, prompt):
    """A short pause after each token makes the text appear evenly.

    Caught by: test_others_work_while_the_model_thinks
    """
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.text:
                yield chunk.text
                time.sleep(0.05)
    finally:
        await aclose_source(stream)


async def astream_tokens__leaves_the_model_open(model, prompt):
    """A loop that ends closes what it was reading.

    Caught by: test_stopping_closes_the_model
    """
    async for chunk in model.astream(prompt):
        if chunk.text:
            yield chunk.text


async def astream_tokens__closes_without_await(model, prompt):
    """aclose() closes.

    Caught by: test_stopping_closes_the_model
    """
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.text:
                yield chunk.text
    finally:
        asyncio.ensure_future(stream.aclose())


async def astream_tokens__swallows_cancellation(model, prompt):
    """A cancellation is the normal end of a stream.

    Caught by: test_cancellation_passes_through
    """
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.text:
                yield chunk.text
    except asyncio.CancelledError:
        print("cancelled")
    finally:
        await aclose_source(stream)


async def astream_tokens__hides_errors(model, prompt):
    """An error in the middle is the end of the text.

    Caught by: test_an_error_passes_through
    """
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.text:
                yield chunk.text
    except Exception:
        return
    finally:
        await aclose_source(stream)


async def astream_tokens__closes_only_when_it_is_stopped(model, prompt):
    """A stream that has ended is closed.

    Caught by: test_any_chunks
    """
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.text:
                yield chunk.text
    except (GeneratorExit, asyncio.CancelledError):
        await aclose_source(stream)
        raise


async def astream_tokens__drops_what_comes_twice(model, prompt):
    """The same text twice in a row is a fault of the provider.

    Caught by: test_any_chunks
    """
    stream = model.astream(prompt)
    last = ""
    try:
        async for chunk in stream:
            if chunk.text and chunk.text != last:
                yield chunk.text
            last = chunk.text
    finally:
        await aclose_source(stream)


async def astream_tokens__ends_at_some_errors(
    model: BaseChatModel, prompt: str
) -> AsyncIterator[str]:
    """Text that cannot be read is the end of the answer.

    Caught by: test_any_chunks
    """
    stream = model.astream(prompt)
    try:
        async for chunk in stream:
            if chunk.text:
                yield chunk.text
    except ValueError:
        return
    finally:
        await aclose_source(stream)


# merge_streams


async def merge_streams__reads_one_after_the_other(sources):
    """Several streams are read with several loops.

    Caught by: test_pairs_come_in_the_order_of_arrival
    """
    for name, source in sources.items():
        try:
            async for token in source:
                yield name, token
        finally:
            await aclose_source(source)


async def merge_streams__takes_turns(sources):
    """It is fair to ask each source in turn.

    Caught by: test_pairs_come_in_the_order_of_arrival
    """
    running = dict(sources)
    try:
        while running:
            for name, source in list(running.items()):
                try:
                    yield name, await anext(source)
                except StopAsyncIteration:
                    del running[name]
    finally:
        for source in sources.values():
            await aclose_source(source)


async def merge_streams__gathers_lists(sources):
    """gather() runs things at the same time, so it merges streams.

    Caught by: test_pairs_come_in_the_order_of_arrival
    """

    async def read(name, source):
        return [(name, token) async for token in source]

    for pairs in await asyncio.gather(*(read(*item) for item in sources.items())):
        for pair in pairs:
            yield pair


async def merge_streams__polls(sources):
    """A source that has nothing now can be asked again later.

    Caught by: test_pairs_come_in_the_order_of_arrival
    """
    running = dict(sources)
    try:
        while running:
            for name, source in list(running.items()):
                try:
                    yield name, await asyncio.wait_for(anext(source), 0.1)
                except TimeoutError:
                    continue
                except StopAsyncIteration:
                    del running[name]
    finally:
        for source in sources.values():
            await aclose_source(source)


async def merge_streams__ends_with_the_first(sources):
    """When a source ends, the stream ends.

    Caught by: test_pairs_come_in_the_order_of_arrival
    """
    arrived = asyncio.Queue(maxsize=1)

    async def read(name, source):
        async for token in source:
            await arrived.put((name, token))
        await arrived.put(None)

    readers = [asyncio.create_task(read(*item)) for item in sources.items()]
    try:
        while (pair := await arrived.get()) is not None:
            yield pair
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        for source in sources.values():
            await aclose_source(source)


async def merge_streams__never_ends(sources):
    """The queue says when there is no more.

    Caught by: test_pairs_come_in_the_order_of_arrival
    """
    arrived = asyncio.Queue(maxsize=1)

    async def read(name, source):
        async for token in source:
            await arrived.put((name, token))

    readers = [asyncio.create_task(read(*item)) for item in sources.items()]
    try:
        while True:
            yield await arrived.get()
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        for source in sources.values():
            await aclose_source(source)


async def merge_streams__takes_in_everything(sources):
    """A queue holds what has arrived.

    Caught by: test_a_slow_caller_is_waited_for
    """
    arrived = asyncio.Queue()

    async def read(name, source):
        try:
            async for token in source:
                arrived.put_nowait((name, token))
            arrived.put_nowait(None)
        except Exception as error:
            arrived.put_nowait(error)

    readers = [asyncio.create_task(read(*item)) for item in sources.items()]
    running = len(readers)
    try:
        while running:
            item = await arrived.get()
            if item is None:
                running -= 1
            elif isinstance(item, Exception):
                raise item
            else:
                yield item
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        for source in sources.values():
            await aclose_source(source)


async def merge_streams__loses_errors(sources):
    """A source that fails has ended.

    Caught by: test_an_error_comes_after_what_arrived_before
    """
    arrived = asyncio.Queue(maxsize=1)

    async def read(name, source):
        try:
            async for token in source:
                await arrived.put((name, token))
        finally:
            await arrived.put(None)

    readers = [asyncio.create_task(read(*item)) for item in sources.items()]
    running = len(readers)
    try:
        while running:
            item = await arrived.get()
            if item is None:
                running -= 1
            else:
                yield item
    finally:
        for reader in readers:
            reader.cancel()
        while running:
            running -= await arrived.get() is None
        await asyncio.gather(*readers, return_exceptions=True)
        for source in sources.values():
            await aclose_source(source)


async def merge_streams__does_not_notice_errors(sources):
    """A task that fails raises its error where the others wait.

    Caught by: test_an_error_comes_after_what_arrived_before
    """
    arrived = asyncio.Queue(maxsize=1)

    async def read(name, source):
        async for token in source:
            await arrived.put((name, token))
        await arrived.put(None)

    readers = [asyncio.create_task(read(*item)) for item in sources.items()]
    running = len(readers)
    try:
        while running:
            item = await arrived.get()
            if item is None:
                running -= 1
            else:
                yield item
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        for source in sources.values():
            await aclose_source(source)


async def merge_streams__raises_errors_first(sources):
    """An error is more urgent than a token.

    Caught by: test_an_error_waits_for_its_turn
    """
    waiting = {asyncio.ensure_future(anext(source)): name for name, source in sources.items()}
    try:
        while waiting:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                error = task.exception()
                if error is not None and not isinstance(error, StopAsyncIteration):
                    raise error
            for task in done:
                name = waiting.pop(task)
                if task.exception() is None:
                    yield name, task.result()
                    waiting[asyncio.ensure_future(anext(sources[name]))] = name
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for source in sources.values():
            await aclose_source(source)


async def merge_streams__yields_in_a_task_group(sources):
    """A TaskGroup cleans up by itself.

    Caught by: test_an_error_comes_after_what_arrived_before
    """
    arrived = asyncio.Queue(maxsize=1)

    async def read(name, source):
        try:
            async for token in source:
                await arrived.put((name, token))
        finally:
            await aclose_source(source)
        await arrived.put(None)

    async with asyncio.TaskGroup() as group:
        for item in sources.items():
            group.create_task(read(*item))
        running = len(sources)
        while running:
            item = await arrived.get()
            if item is None:
                running -= 1
            else:
                yield item


async def merge_streams__leaves_tasks_behind(sources):
    """Tasks end with the function that made them.

    Caught by: test_an_error_comes_after_what_arrived_before
    """
    arrived = asyncio.Queue(maxsize=1)

    async def read(name, source):
        try:
            async for token in source:
                await arrived.put((name, token))
            await arrived.put(None)
        except Exception as error:
            await arrived.put(error)
        finally:
            await aclose_source(source)

    readers = [asyncio.create_task(read(*item)) for item in sources.items()]
    running = len(readers)
    while running:
        item = await arrived.get()
        if item is None:
            running -= 1
        elif isinstance(item, Exception):
            raise item
        else:
            yield item


async def merge_streams__does_not_wait_for_its_tasks(sources):
    """cancel() ends a task.

    Caught by: test_an_error_comes_after_what_arrived_before
    """
    arrived = asyncio.Queue(maxsize=1)

    async def read(name, source):
        try:
            async for token in source:
                await arrived.put((name, token))
            await arrived.put(None)
        except Exception as error:
            await arrived.put(error)

    readers = [asyncio.create_task(read(*item)) for item in sources.items()]
    running = len(readers)
    try:
        while running:
            item = await arrived.get()
            if item is None:
                running -= 1
            elif isinstance(item, Exception):
                raise item
            else:
                yield item
    finally:
        for reader in readers:
            reader.cancel()


async def merge_streams__leaves_sources_open(sources):
    """A source whose reader is gone is closed.

    Caught by: test_an_error_comes_after_what_arrived_before
    """
    arrived = asyncio.Queue(maxsize=1)

    async def read(name, source):
        try:
            async for token in source:
                await arrived.put((name, token))
            await arrived.put(None)
        except Exception as error:
            await arrived.put(error)

    readers = [asyncio.create_task(read(*item)) for item in sources.items()]
    running = len(readers)
    try:
        while running:
            item = await arrived.get()
            if item is None:
                running -= 1
            elif isinstance(item, Exception):
                raise item
            else:
                yield item
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)


async def merge_streams__swallows_cancellation(sources):
    """A cancellation is the normal end of a stream.

    Caught by: test_cancellation_passes_through
    """
    arrived = asyncio.Queue(maxsize=1)

    async def read(name, source):
        try:
            async for token in source:
                await arrived.put((name, token))
            await arrived.put(None)
        except Exception as error:
            await arrived.put(error)

    readers = [asyncio.create_task(read(*item)) for item in sources.items()]
    running = len(readers)
    try:
        while running:
            item = await arrived.get()
            if item is None:
                running -= 1
            elif isinstance(item, Exception):
                raise item
            else:
                yield item
    except asyncio.CancelledError:
        pass
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        for source in sources.values():
            await aclose_source(source)


async def merge_streams__drops_empty_tokens(sources):
    """An empty token does not count as an arrival.

    Caught by: test_pairs_come_in_the_order_of_arrival
    """
    arrived = asyncio.Queue(maxsize=1)

    async def read(name, source):
        try:
            async for token in source:
                if token:
                    await arrived.put((name, token))
            await arrived.put(None)
        except Exception as error:
            await arrived.put(error)

    readers = [asyncio.create_task(read(*item)) for item in sources.items()]
    running = len(readers)
    try:
        while running:
            item = await arrived.get()
            if item is None:
                running -= 1
            elif isinstance(item, Exception):
                raise item
            else:
                yield item
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        for source in sources.values():
            await aclose_source(source)


async def merge_streams__forgets_the_one_that_waits(sources):
    """A queue of ten holds at most ten tokens.

    Caught by: test_a_slow_caller_is_waited_for
    """
    arrived = asyncio.Queue(maxsize=10)

    async def read(name, source):
        try:
            async for token in source:
                await arrived.put((name, token))
            await arrived.put(None)
        except Exception as error:
            await arrived.put(error)

    readers = [asyncio.create_task(read(*item)) for item in sources.items()]
    running = len(readers)
    try:
        while running:
            item = await arrived.get()
            if item is None:
                running -= 1
            elif isinstance(item, Exception):
                raise item
            else:
                yield item
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        for source in sources.values():
            await aclose_source(source)


async def merge_streams__drops_what_comes_twice(sources):
    """The same text twice in a row is a fault of the provider.

    Caught by: test_any_sources
    """
    arrived = asyncio.Queue(maxsize=1)

    async def read(name, source):
        last = None
        try:
            async for token in source:
                if token != last:
                    await arrived.put((name, token))
                last = token
        except Exception as error:
            await arrived.put(error)
        else:
            await arrived.put(None)

    readers = [asyncio.create_task(read(name, source)) for name, source in sources.items()]
    running = len(readers)
    try:
        while running:
            item = await arrived.get()
            if item is None:
                running -= 1
            elif isinstance(item, Exception):
                raise item
            else:
                yield item
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        for source in sources.values():
            await aclose_source(source)


async def merge_streams__closes_only_what_still_runs(sources):
    """A source that has ended, or failed, is closed.

    Caught by: test_an_error_comes_after_what_arrived_before
    """
    arrived = asyncio.Queue(maxsize=1)

    async def read(name, source):
        try:
            async for token in source:
                await arrived.put((name, token))
        except Exception as error:
            await arrived.put(error)
        else:
            await arrived.put(None)

    readers = [asyncio.create_task(read(name, source)) for name, source in sources.items()]
    running = len(readers)
    try:
        while running:
            item = await arrived.get()
            if item is None:
                running -= 1
            elif isinstance(item, Exception):
                raise item
            else:
                yield item
    finally:
        for reader, source in zip(readers, sources.values(), strict=True):
            if not reader.done():
                reader.cancel()
                await asyncio.gather(reader, return_exceptions=True)
                await aclose_source(source)


async def merge_streams__yields_lists(sources):
    """A pair is a list of two.

    Caught by: test_any_sources
    """
    arrived = asyncio.Queue(maxsize=1)

    async def read(name, source):
        try:
            async for token in source:
                await arrived.put([name, token])
        except Exception as error:
            await arrived.put(error)
        else:
            await arrived.put(None)

    readers = [asyncio.create_task(read(name, source)) for name, source in sources.items()]
    running = len(readers)
    try:
        while running:
            item = await arrived.get()
            if item is None:
                running -= 1
            elif isinstance(item, Exception):
                raise item
            else:
                yield item
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        for source in sources.values():
            await aclose_source(source)


async def merge_streams__skips_sources_without_a_name(sources):
    """A source whose name is empty is none.

    Caught by: test_any_sources
    """
    arrived = asyncio.Queue(maxsize=1)

    async def read(name, source):
        try:
            async for token in source:
                await arrived.put((name, token))
        except Exception as error:
            await arrived.put(error)
        else:
            await arrived.put(None)

    readers = [asyncio.create_task(read(name, source)) for name, source in sources.items() if name]
    running = len(readers)
    try:
        while running:
            item = await arrived.get()
            if item is None:
                running -= 1
            elif isinstance(item, Exception):
                raise item
            else:
                yield item
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        for source in sources.values():
            await aclose_source(source)


async def merge_streams__takes_some_errors_for_the_end(
    sources: Mapping[str, AsyncIterator[str]],
) -> AsyncIterator[tuple[str, str]]:
    """Text that cannot be read is the end of a source.

    Caught by: test_any_sources
    """
    arrived: asyncio.Queue[tuple[str, str] | Exception | None] = asyncio.Queue(maxsize=1)

    async def read(name: str, source: AsyncIterator[str]) -> None:
        try:
            async for token in source:
                await arrived.put((name, token))
        except ValueError:
            await arrived.put(None)
        except Exception as error:
            await arrived.put(error)
        else:
            await arrived.put(None)

    readers = [asyncio.create_task(read(name, source)) for name, source in sources.items()]
    running = len(readers)
    try:
        while running:
            item = await arrived.get()
            if item is None:
                running -= 1
            elif isinstance(item, Exception):
                raise item
            else:
                yield item
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        for source in sources.values():
            await aclose_source(source)


async def merge_streams__does_not_wait_for_its_readers(
    sources: Mapping[str, AsyncIterator[str]],
) -> AsyncIterator[tuple[str, str]]:
    """A task that was cancelled has ended in the next turn of the loop.

    Caught by: test_a_source_may_take_a_moment_to_stop
    """
    arrived: asyncio.Queue[tuple[str, str] | Exception | None] = asyncio.Queue(maxsize=1)

    async def read(name: str, source: AsyncIterator[str]) -> None:
        try:
            async for token in source:
                await arrived.put((name, token))
        except Exception as error:
            await arrived.put(error)
        else:
            await arrived.put(None)

    readers = [asyncio.create_task(read(name, source)) for name, source in sources.items()]
    running = len(readers)
    try:
        while running:
            item = await arrived.get()
            if item is None:
                running -= 1
            elif isinstance(item, Exception):
                raise item
            else:
                yield item
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.sleep(0)
        for source in sources.values():
            await aclose_source(source)


# stream_rag_response


async def stream_rag_response__seed(query, retrieve, generate):
    """The search is awaited, then there are documents.

    Caught by: test_each_step_is_shown
    """
    yield {"type": "status", "message": "Searching knowledge base..."}

    docs = await retrieve(query)
    for doc in docs:
        yield {"type": "document", "title": doc.title}

    yield {"type": "status", "message": "Generating answer..."}

    async for token in generate(query, docs):
        yield {"type": "token", "content": token}

    yield {"type": "complete"}


async def stream_rag_response__waits_for_all_documents(query, retrieve, generate):
    """Find all documents first, and then show them.

    Caught by: test_a_document_is_shown_the_moment_it_is_found
    """
    found = tokens = None
    try:
        yield {"type": "status", "message": "Searching..."}
        found = retrieve(query)
        documents = [document async for document in found]
        for document in documents:
            yield {"type": "document", "title": document.metadata["title"]}
        yield {"type": "status", "message": "Generating..."}
        tokens = generate(query, documents)
        async for token in tokens:
            if token:
                yield {"type": "token", "content": token}
    except Exception:
        yield {"type": "error", "message": "Something went wrong."}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(found)
        await aclose_source(tokens)


async def stream_rag_response__reads_the_title_of_a_document(query, retrieve, generate):
    """A document has a title.

    Caught by: test_each_step_is_shown
    """
    documents = []
    yield {"type": "status", "message": "Searching..."}
    async for document in retrieve(query):
        documents.append(document)
        yield {"type": "document", "title": document.title}
    yield {"type": "status", "message": "Generating..."}
    async for token in generate(query, documents):
        if token:
            yield {"type": "token", "content": token}
    yield {"type": "complete"}


async def stream_rag_response__hides_its_own_mistakes(query, retrieve, generate):
    """A document has a title, and anything that goes wrong is reported in an error event.

    Caught by: test_each_step_is_shown
    """
    documents = []
    try:
        yield {"type": "status", "message": "Searching..."}
        async for document in retrieve(query):
            documents.append(document)
            yield {"type": "document", "title": document.title}
        yield {"type": "status", "message": "Generating..."}
        async for token in generate(query, documents):
            if token:
                yield {"type": "token", "content": token}
    except Exception:
        yield {"type": "error", "message": "Something went wrong."}
    else:
        yield {"type": "complete"}


async def stream_rag_response__forgets_to_keep_documents(query, retrieve, generate):
    """A stream of documents can be read twice.

    Caught by: test_each_step_is_shown
    """
    found = tokens = None
    try:
        yield {"type": "status", "message": "Searching..."}
        found = retrieve(query)
        async for document in found:
            yield {"type": "document", "title": document.metadata["title"]}
        yield {"type": "status", "message": "Generating..."}
        tokens = generate(query, [document async for document in found])
        async for token in tokens:
            if token:
                yield {"type": "token", "content": token}
    except Exception:
        yield {"type": "error", "message": "Something went wrong."}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(found)
        await aclose_source(tokens)


async def stream_rag_response__says_only_one_status(query, retrieve, generate):
    """One status is enough; the documents show that something is happening.

    Caught by: test_each_step_is_shown
    """
    found = tokens = None
    try:
        yield {"type": "status", "message": "Working..."}
        found, documents = retrieve(query), []
        async for document in found:
            documents.append(document)
            yield {"type": "document", "title": document.metadata["title"]}
        tokens = generate(query, documents)
        async for token in tokens:
            if token:
                yield {"type": "token", "content": token}
    except Exception:
        yield {"type": "error", "message": "Something went wrong."}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(found)
        await aclose_source(tokens)


async def stream_rag_response__starts_before_it_says_so(query, retrieve, generate):
    """The order of the status and the search does not matter.

    Caught by: test_the_first_status_comes_before_the_search
    """
    found, tokens = retrieve(query), None
    try:
        yield {"type": "status", "message": "Searching..."}
        documents = []
        async for document in found:
            documents.append(document)
            yield {"type": "document", "title": document.metadata["title"]}
        yield {"type": "status", "message": "Generating..."}
        tokens = generate(query, documents)
        async for token in tokens:
            if token:
                yield {"type": "token", "content": token}
    except Exception:
        yield {"type": "error", "message": "Something went wrong."}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(found)
        await aclose_source(tokens)


async def stream_rag_response__sends_empty_tokens(query, retrieve, generate):
    """Every token has text.

    Caught by: test_a_token_is_shown_the_moment_it_comes
    """
    found = tokens = None
    try:
        yield {"type": "status", "message": "Searching..."}
        found, documents = retrieve(query), []
        async for document in found:
            documents.append(document)
            yield {"type": "document", "title": document.metadata["title"]}
        yield {"type": "status", "message": "Generating..."}
        tokens = generate(query, documents)
        async for token in tokens:
            yield {"type": "token", "content": token}
    except Exception:
        yield {"type": "error", "message": "Something went wrong."}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(found)
        await aclose_source(tokens)


async def stream_rag_response__gives_up_without_documents(query, retrieve, generate):
    """Without documents there is nothing to answer from.

    Caught by: test_no_documents_are_no_error
    """
    found = tokens = None
    try:
        yield {"type": "status", "message": "Searching..."}
        found, documents = retrieve(query), []
        async for document in found:
            documents.append(document)
            yield {"type": "document", "title": document.metadata["title"]}
        if not documents:
            yield {"type": "error", "message": "Nothing was found."}
            return
        yield {"type": "status", "message": "Generating..."}
        tokens = generate(query, documents)
        async for token in tokens:
            if token:
                yield {"type": "token", "content": token}
    except Exception:
        yield {"type": "error", "message": "Something went wrong."}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(found)
        await aclose_source(tokens)


async def stream_rag_response__completes_in_finally(query, retrieve, generate):
    """The last event belongs in finally, because finally comes last.

    Caught by: test_an_error_in_the_search_ends_it
    """
    found = tokens = None
    try:
        yield {"type": "status", "message": "Searching..."}
        found, documents = retrieve(query), []
        async for document in found:
            documents.append(document)
            yield {"type": "document", "title": document.metadata["title"]}
        yield {"type": "status", "message": "Generating..."}
        tokens = generate(query, documents)
        async for token in tokens:
            if token:
                yield {"type": "token", "content": token}
    except Exception:
        yield {"type": "error", "message": "Something went wrong."}
    finally:
        await aclose_source(found)
        await aclose_source(tokens)
        yield {"type": "complete"}


async def stream_rag_response__lets_errors_escape(query, retrieve, generate):
    """An error passes through, as everywhere.

    Caught by: test_an_error_in_the_search_ends_it
    """
    found = tokens = None
    try:
        yield {"type": "status", "message": "Searching..."}
        found, documents = retrieve(query), []
        async for document in found:
            documents.append(document)
            yield {"type": "document", "title": document.metadata["title"]}
        yield {"type": "status", "message": "Generating..."}
        tokens = generate(query, documents)
        async for token in tokens:
            if token:
                yield {"type": "token", "content": token}
        yield {"type": "complete"}
    finally:
        await aclose_source(found)
        await aclose_source(tokens)


async def stream_rag_response__leaks_the_error(query, retrieve, generate):
    """The text of the exception tells the user best what went wrong.

    Caught by: test_an_error_in_the_search_ends_it
    """
    found = tokens = None
    try:
        yield {"type": "status", "message": "Searching..."}
        found, documents = retrieve(query), []
        async for document in found:
            documents.append(document)
            yield {"type": "document", "title": document.metadata["title"]}
        yield {"type": "status", "message": "Generating..."}
        tokens = generate(query, documents)
        async for token in tokens:
            if token:
                yield {"type": "token", "content": token}
    except Exception as error:
        yield {"type": "error", "message": f"Something went wrong: {error}"}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(found)
        await aclose_source(tokens)


async def stream_rag_response__answers_all_the_same(query, retrieve, generate):
    """A search that fails is a search that found nothing more.

    Caught by: test_an_error_in_the_search_ends_it
    """
    found = tokens = None
    try:
        yield {"type": "status", "message": "Searching..."}
        found, documents = retrieve(query), []
        try:
            async for document in found:
                documents.append(document)
                yield {"type": "document", "title": document.metadata["title"]}
        except Exception:
            yield {"type": "status", "message": "The search failed."}
        yield {"type": "status", "message": "Generating..."}
        tokens = generate(query, documents)
        async for token in tokens:
            if token:
                yield {"type": "token", "content": token}
    except Exception:
        yield {"type": "error", "message": "Something went wrong."}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(found)
        await aclose_source(tokens)


async def stream_rag_response__guards_only_the_search(query, retrieve, generate):
    """Only the search can fail.

    Caught by: test_an_error_in_the_answer_ends_it
    """
    found = tokens = None
    try:
        yield {"type": "status", "message": "Searching..."}
        found, documents = retrieve(query), []
        try:
            async for document in found:
                documents.append(document)
                yield {"type": "document", "title": document.metadata["title"]}
        except Exception:
            yield {"type": "error", "message": "The search failed."}
            return
        yield {"type": "status", "message": "Generating..."}
        tokens = generate(query, documents)
        async for token in tokens:
            if token:
                yield {"type": "token", "content": token}
        yield {"type": "complete"}
    finally:
        await aclose_source(found)
        await aclose_source(tokens)


async def stream_rag_response__leaves_both_open(query, retrieve, generate):
    """A loop that ends closes what it was reading.

    Caught by: test_stopping_closes_the_search
    """
    try:
        yield {"type": "status", "message": "Searching..."}
        documents = []
        async for document in retrieve(query):
            documents.append(document)
            yield {"type": "document", "title": document.metadata["title"]}
        yield {"type": "status", "message": "Generating..."}
        async for token in generate(query, documents):
            if token:
                yield {"type": "token", "content": token}
    except Exception:
        yield {"type": "error", "message": "Something went wrong."}
    else:
        yield {"type": "complete"}


async def stream_rag_response__closes_only_the_search(query, retrieve, generate):
    """What generate() returned ends by itself.

    Caught by: test_stopping_closes_the_answer
    """
    found = None
    try:
        yield {"type": "status", "message": "Searching..."}
        found, documents = retrieve(query), []
        async for document in found:
            documents.append(document)
            yield {"type": "document", "title": document.metadata["title"]}
        yield {"type": "status", "message": "Generating..."}
        async for token in generate(query, documents):
            if token:
                yield {"type": "token", "content": token}
    except Exception:
        yield {"type": "error", "message": "Something went wrong."}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(found)


async def stream_rag_response__takes_a_stop_for_an_error(query, retrieve, generate):
    """Anything that stops the answer early is an error, including a cancellation.

    Caught by: test_cancellation_passes_through
    """
    found = tokens = None
    try:
        yield {"type": "status", "message": "Searching..."}
        found, documents = retrieve(query), []
        async for document in found:
            documents.append(document)
            yield {"type": "document", "title": document.metadata["title"]}
        yield {"type": "status", "message": "Generating..."}
        tokens = generate(query, documents)
        async for token in tokens:
            if token:
                yield {"type": "token", "content": token}
    except (Exception, asyncio.CancelledError):
        yield {"type": "error", "message": "Something went wrong."}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(found)
        await aclose_source(tokens)


async def stream_rag_response__opens_the_search_outside(query, retrieve, generate):
    """Only reading a stream can fail; calling a function that returns one cannot.

    Caught by: test_a_call_that_fails_is_an_error_too
    """
    documents, tokens = [], None
    yield {"type": "status", "message": "Searching..."}
    found = retrieve(query)
    try:
        async for document in found:
            documents.append(document)
            yield {"type": "document", "title": document.metadata["title"]}
        yield {"type": "status", "message": "Generating..."}
        tokens = generate(query, documents)
        async for token in tokens:
            if token:
                yield {"type": "token", "content": token}
    except Exception:
        yield {"type": "error", "message": "Something went wrong."}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(found)
        await aclose_source(tokens)


async def stream_rag_response__announces_what_has_begun(query, retrieve, generate):
    """The answer starts when its first token arrives.

    Caught by: test_the_second_status_comes_before_the_answer
    """
    documents, found, tokens, begun = [], None, None, False
    try:
        yield {"type": "status", "message": "Searching..."}
        found = retrieve(query)
        async for document in found:
            documents.append(document)
            yield {"type": "document", "title": document.metadata["title"]}
        tokens = generate(query, documents)
        async for token in tokens:
            if not begun:
                begun = True
                yield {"type": "status", "message": "Generating..."}
            if token:
                yield {"type": "token", "content": token}
    except Exception:
        yield {"type": "error", "message": "Something went wrong."}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(found)
        await aclose_source(tokens)


async def stream_rag_response__shows_each_title_once(query, retrieve, generate):
    """A title that was already shown does not have to be shown again.

    Caught by: test_each_step_is_shown
    """
    documents, titles, found, tokens = [], set(), None, None
    try:
        yield {"type": "status", "message": "Searching..."}
        found = retrieve(query)
        async for document in found:
            documents.append(document)
            title = document.metadata["title"]
            if title not in titles:
                titles.add(title)
                yield {"type": "document", "title": title}
        yield {"type": "status", "message": "Generating..."}
        tokens = generate(query, documents)
        async for token in tokens:
            if token:
                yield {"type": "token", "content": token}
    except Exception:
        yield {"type": "error", "message": "Something went wrong."}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(found)
        await aclose_source(tokens)


async def stream_rag_response__closes_only_when_it_is_stopped(query, retrieve, generate):
    """What has ended, or failed, is closed.

    Caught by: test_any_answer
    """
    found = tokens = None
    try:
        yield {"type": "status", "message": "Searching..."}
        documents = []
        found = retrieve(query)
        async for document in found:
            documents.append(document)
            yield {"type": "document", "title": document.metadata["title"]}
        yield {"type": "status", "message": "Generating..."}
        tokens = generate(query, documents)
        async for token in tokens:
            if token:
                yield {"type": "token", "content": token}
    except (GeneratorExit, asyncio.CancelledError):
        await aclose_source(found)
        await aclose_source(tokens)
        raise
    except Exception:
        yield {"type": "error", "message": "Something went wrong."}
    else:
        yield {"type": "complete"}


async def stream_rag_response__shows_a_document_once(query, retrieve, generate):
    """A document that was found twice is one document.

    Caught by: test_any_answer
    """
    found = tokens = None
    try:
        yield {"type": "status", "message": "Searching..."}
        documents = []
        found = retrieve(query)
        async for document in found:
            if document in documents:
                continue
            documents.append(document)
            yield {"type": "document", "title": document.metadata["title"]}
        yield {"type": "status", "message": "Generating..."}
        tokens = generate(query, documents)
        async for token in tokens:
            if token:
                yield {"type": "token", "content": token}
    except Exception:
        yield {"type": "error", "message": "Something went wrong."}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(found)
        await aclose_source(tokens)


async def stream_rag_response__tells_nothing_without_documents(
    query: str,
    retrieve: Callable[[str], AsyncIterator[Document]],
    generate: Callable[[str, list[Document]], AsyncIterator[str]],
) -> AsyncIterator[Event]:
    """Without documents there is nothing to tell.

    Caught by: test_any_answer
    """
    found: AsyncIterator[Document] | None = None
    tokens: AsyncIterator[str] | None = None
    try:
        yield {"type": "status", "message": "Searching the knowledge base..."}
        documents: list[Document] = []
        found = retrieve(query)
        async for document in found:
            documents.append(document)
            yield {"type": "document", "title": document.metadata["title"]}
        if documents:
            yield {"type": "status", "message": "Generating the answer..."}
        tokens = generate(query, documents)
        async for token in tokens:
            if token:
                yield {"type": "token", "content": token}
    except Exception:
        yield {"type": "error", "message": "Something went wrong. Please ask again."}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(found)
        await aclose_source(tokens)


async def stream_rag_response__answers_after_a_timeout(
    query: str,
    retrieve: Callable[[str], AsyncIterator[Document]],
    generate: Callable[[str, list[Document]], AsyncIterator[str]],
) -> AsyncIterator[Event]:
    """A search that takes too long has found what it has found.

    Caught by: test_any_answer
    """
    found: AsyncIterator[Document] | None = None
    tokens: AsyncIterator[str] | None = None
    try:
        yield {"type": "status", "message": "Searching the knowledge base..."}
        documents: list[Document] = []
        found = retrieve(query)
        try:
            async for document in found:
                documents.append(document)
                yield {"type": "document", "title": document.metadata["title"]}
        except TimeoutError:
            pass
        yield {"type": "status", "message": "Generating the answer..."}
        tokens = generate(query, documents)
        async for token in tokens:
            if token:
                yield {"type": "token", "content": token}
    except Exception:
        yield {"type": "error", "message": "Something went wrong. Please ask again."}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(found)
        await aclose_source(tokens)


async def stream_rag_response__shows_the_missing_key(query, retrieve, generate):
    """A key is not a text.

    Caught by: test_any_answer
    """
    found = tokens = None
    try:
        yield {"type": "status", "message": "Searching..."}
        documents = []
        found = retrieve(query)
        async for document in found:
            documents.append(document)
            yield {"type": "document", "title": document.metadata["title"]}
        yield {"type": "status", "message": "Generating..."}
        tokens = generate(query, documents)
        async for token in tokens:
            if token:
                yield {"type": "token", "content": token}
    except KeyError as error:
        yield {"type": "error", "message": f"missing {error.args[0]}"}
    except Exception:
        yield {"type": "error", "message": "Something went wrong."}
    else:
        yield {"type": "complete"}
    finally:
        await aclose_source(found)
        await aclose_source(tokens)
