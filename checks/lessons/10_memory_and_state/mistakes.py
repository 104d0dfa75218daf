"""Wrong answers to lesson 10 that a learner might well give.

`course/lesson/variants.py` explains how these functions are used. Each docstring says what the
learner believes, and which test has to prove them wrong.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: B008, F821


# is_truncated


def is_truncated__takes_silence_for_complete(metadata):
    """An answer is complete unless somebody says otherwise.

    Caught by: test_no_reason_means_that_nobody_knows
    """
    reason = metadata.get("finish_reason") or metadata.get("stop_reason") or ""
    return reason.lower() in TRUNCATED


def is_truncated__only_stop_is_complete(metadata):
    """ "stop" is the only good end; every other reason means that something is missing.

    Caught by: test_an_answer_that_the_model_ended_is_not_cut_off
    """
    reason = metadata.get("finish_reason") or metadata.get("stop_reason")
    return None if not reason else reason.lower() != "stop"


def is_truncated__knows_one_name(metadata):
    """All providers call it finish_reason.

    Caught by: test_the_reason_has_two_names
    """
    reason = (metadata.get("finish_reason") or "").lower()
    return True if reason in TRUNCATED else False if reason in COMPLETE else None


def is_truncated__asks_both_names(metadata):
    """If either of the two has a known value, that value counts.

    Caught by: test_the_first_name_decides
    """
    reasons = {str(metadata.get(name)).lower() for name in ("finish_reason", "stop_reason")}
    return True if reasons & TRUNCATED else False if reasons & COMPLETE else None


def is_truncated__minds_capital_letters(metadata):
    """A reason is one of the words in the list, letter by letter.

    Caught by: test_capital_letters_do_not_matter
    """
    reason = metadata.get("finish_reason") or metadata.get("stop_reason")
    return True if reason in TRUNCATED else False if reason in COMPLETE else None


def is_truncated__searches_everywhere(metadata):
    """If any entry says "length", the answer was cut off.

    Caught by: test_other_entries_mean_nothing
    """
    values = {str(value).lower() for value in metadata.values()}
    return True if values & TRUNCATED else False if values & COMPLETE else None


def is_truncated__forgives_white_space(metadata):
    """White space around a word says nothing.

    Caught by: test_any_metadata
    """
    reason = metadata.get("finish_reason") or metadata.get("stop_reason") or ""
    reason = reason.strip()
    if reason.lower() in TRUNCATED:
        return True
    return False if reason.lower() in COMPLETE else None


def is_truncated__takes_the_reason_out(metadata):
    """Once the reason is known, nobody needs it any more.

    Caught by: test_any_metadata
    """
    reason = metadata.pop("finish_reason", None) or metadata.get("stop_reason") or ""
    if reason.lower() in TRUNCATED:
        return True
    return False if reason.lower() in COMPLETE else None


# strip_sentinel


def strip_sentinel__looks_at_each_token_alone(tokens, sentinel=SENTINEL):
    """The sentinel comes as one token, or inside one.

    Caught by: test_the_sentinel_comes_in_pieces
    """
    if not sentinel:
        raise ValueError
    try:
        for token in tokens:
            text, found, _ = token.partition(sentinel)
            if text:
                yield text
            if found:
                return
    finally:
        close_source(tokens)


def strip_sentinel__loses_the_tail(tokens, sentinel=SENTINEL):
    """What was held back was the sentinel, so it is not text.

    Caught by: test_what_was_held_back_comes_out_at_the_end
    """
    if not sentinel:
        raise ValueError
    held = ""
    try:
        for token in tokens:
            text, found, _ = (held + token).partition(sentinel)
            sizes = range(min(len(text), len(sentinel) - 1), 0, -1)
            start = next((size for size in sizes if text.endswith(sentinel[:size])), 0)
            shown = len(text) if found else len(text) - start
            if shown:
                yield text[:shown]
            held = text[shown:]
            if found:
                return
    finally:
        close_source(tokens)


def strip_sentinel__waits_only_for_whole_tokens(tokens, sentinel=SENTINEL):
    """Text has to wait only if all of it is a beginning of the sentinel.

    Caught by: test_it_does_not_matter_how_the_text_is_cut
    """
    if not sentinel:
        raise ValueError
    held = ""
    try:
        for token in tokens:
            text, found, _ = (held + token).partition(sentinel)
            if not found and sentinel.startswith(text):
                held = text
                continue
            held = ""
            if text:
                yield text
            if found:
                return
        if held:
            yield held
    finally:
        close_source(tokens)


def strip_sentinel__holds_back_a_fixed_window(tokens, sentinel=SENTINEL):
    """The last characters could belong to the sentinel, so they always wait.

    Caught by: test_only_a_possible_beginning_is_held_back
    """
    if not sentinel:
        raise ValueError
    held, window = "", len(sentinel) - 1
    try:
        for token in tokens:
            text, found, _ = (held + token).partition(sentinel)
            shown = len(text) if found else max(0, len(text) - window)
            if shown:
                yield text[:shown]
            held = text[shown:]
            if found:
                return
        if held:
            yield held
    finally:
        close_source(tokens)


def strip_sentinel__reads_on_to_the_end(tokens, sentinel=SENTINEL):
    """A stream should be read to its end, even if nothing more of it is shown.

    Caught by: test_it_stops_and_closes_at_the_sentinel
    """
    if not sentinel:
        raise ValueError
    held, over = "", False
    try:
        for token in tokens:
            if over:
                continue
            text, found, _ = (held + token).partition(sentinel)
            sizes = range(min(len(text), len(sentinel) - 1), 0, -1)
            start = next((size for size in sizes if text.endswith(sentinel[:size])), 0)
            shown = len(text) if found else len(text) - start
            if shown:
                yield text[:shown]
            held = text[shown:]
            over = bool(found)
        if held and not over:
            yield held
    finally:
        close_source(tokens)


def strip_sentinel__closes_only_when_stopped(tokens, sentinel=SENTINEL):
    """A source that is not stopped comes to its own end, which closes it.

    Caught by: test_it_stops_and_closes_at_the_sentinel
    """
    if not sentinel:
        raise ValueError("the sentinel must not be empty")
    held = ""
    try:
        for token in tokens:
            text, found, _ = (held + token).partition(sentinel)
            sizes = (size for size in range(len(sentinel)) if text.endswith(sentinel[:size]))
            shown = len(text) if found else len(text) - max(sizes)
            if shown:
                yield text[:shown]
            held = text[shown:]
            if found:
                return
        if held:
            yield held
    except GeneratorExit:
        close_source(tokens)
        raise


def strip_sentinel__takes_an_empty_token_for_the_end(tokens, sentinel=SENTINEL):
    """A model that sends nothing has nothing more to say.

    Caught by: test_text_without_a_sentinel_is_unchanged
    """
    if not sentinel:
        raise ValueError("the sentinel must not be empty")
    held = ""
    try:
        for token in tokens:
            if token == "":
                break
            text, found, _ = (held + token).partition(sentinel)
            sizes = (size for size in range(len(sentinel)) if text.endswith(sentinel[:size]))
            shown = len(text) if found else len(text) - max(sizes)
            if shown:
                yield text[:shown]
            held = text[shown:]
            if found:
                return
        if held:
            yield held
    finally:
        close_source(tokens)


def strip_sentinel__drops_a_blank_tail(tokens, sentinel=SENTINEL):
    """White space at the very end is not worth showing.

    Caught by: test_any_tokens
    """
    if not sentinel:
        raise ValueError("the sentinel must not be empty")
    held = ""
    try:
        for token in tokens:
            text, found, _ = (held + token).partition(sentinel)
            sizes = (size for size in range(len(sentinel)) if text.endswith(sentinel[:size]))
            shown = len(text) if found else len(text) - max(sizes)
            if shown:
                yield text[:shown]
            held = text[shown:]
            if found:
                return
        if held.strip():
            yield held
    finally:
        close_source(tokens)


def strip_sentinel__minds_no_capitals(tokens, sentinel=SENTINEL):
    """A model may write the sentinel in small letters.

    Caught by: test_any_tokens
    """
    if not sentinel:
        raise ValueError("the sentinel must not be empty")
    held = ""
    try:
        for token in tokens:
            low = (held + token).lower().find(sentinel.lower())
            found = low >= 0
            text = (held + token)[:low] if found else held + token
            sizes = (size for size in range(len(sentinel)) if text.endswith(sentinel[:size]))
            shown = len(text) if found else len(text) - max(sizes)
            if shown:
                yield text[:shown]
            held = text[shown:]
            if found:
                return
        if held:
            yield held
    finally:
        close_source(tokens)


# join_continuation


def join_continuation__only_concatenates(previous, continuation, min_overlap=8):
    """The prompt says that nothing must be repeated, so nothing is.

    Caught by: test_an_overlap_comes_once
    """
    if min_overlap < 1:
        raise ValueError
    return previous + continuation


def join_continuation__one_character_is_enough(previous, continuation, min_overlap=8):
    """Anything that is equal was repeated.

    Caught by: test_a_short_overlap_is_chance
    """
    if min_overlap < 1:
        raise ValueError
    for size in range(min(len(previous), len(continuation)), 0, -1):
        if previous.endswith(continuation[:size]):
            return previous + continuation[size:]
    return previous + continuation


def join_continuation__wants_more_than_the_least(previous, continuation, min_overlap=8):
    """range includes the end that it is given.

    Caught by: test_min_overlap_itself_is_enough
    """
    if min_overlap < 1:
        raise ValueError
    for size in range(min(len(previous), len(continuation)), min_overlap, -1):
        if previous.endswith(continuation[:size]):
            return previous + continuation[size:]
    return previous + continuation


def join_continuation__takes_the_shortest(previous, continuation, min_overlap=8):
    """One overlap is as good as another, so the first one will do.

    Caught by: test_the_longest_overlap_counts
    """
    if min_overlap < 1:
        raise ValueError
    for size in range(min_overlap, min(len(previous), len(continuation)) + 1):
        if previous.endswith(continuation[:size]):
            return previous + continuation[size:]
    return previous + continuation


def join_continuation__matches_anywhere(previous, continuation, min_overlap=8):
    """The second text continues wherever its beginning appears in the first one.

    Caught by: test_elsewhere_is_no_overlap
    """
    if min_overlap < 1:
        raise ValueError
    at = previous.find(continuation[:min_overlap]) if len(continuation) >= min_overlap else -1
    return previous[:at] + continuation if at >= 0 else previous + continuation


def join_continuation__forgives_white_space(previous, continuation, min_overlap=8):
    """An extra or missing line break makes no difference to what was said.

    Caught by: test_elsewhere_is_no_overlap
    """
    if min_overlap < 1:
        raise ValueError
    before, after = previous.rstrip(), continuation.lstrip()
    for size in range(min(len(before), len(after)), min_overlap - 1, -1):
        if before.endswith(after[:size]):
            return before + after[size:]
    return previous + continuation


def join_continuation__looks_at_2000_characters(previous, continuation, min_overlap=8):
    """No model repeats more than that.

    Caught by: test_any_texts
    """
    if min_overlap < 1:
        raise ValueError(f"min_overlap must be at least 1, not {min_overlap}")
    beginning = continuation[:min_overlap]
    for start in range(max(0, len(previous) - 2000), len(previous) - min_overlap + 1):
        if previous.startswith(beginning, start) and continuation.startswith(previous[start:]):
            return previous[:start] + continuation
    return previous + continuation


def join_continuation__joins_line_breaks(previous, continuation, min_overlap=8):
    """Two line breaks in a row are one too many.

    Caught by: test_any_texts
    """
    if min_overlap < 1:
        raise ValueError(f"min_overlap must be at least 1, not {min_overlap}")
    beginning = continuation[:min_overlap]
    for start in range(len(previous) - min_overlap + 1):
        if previous.startswith(beginning, start) and continuation.startswith(previous[start:]):
            return previous[:start] + continuation
    return previous + (continuation.lstrip("\n") if previous.endswith("\n") else continuation)


def join_continuation__checks_only_what_it_uses(previous, continuation, min_overlap=8):
    """An argument matters only if there is something to compare.

    Caught by: test_any_wrong_size
    """
    if min_overlap < 1 and previous and continuation:
        raise ValueError(f"min_overlap must be at least 1, not {min_overlap}")
    beginning = continuation[:min_overlap]
    for start in range(len(previous) - min_overlap + 1):
        if previous.startswith(beginning, start) and continuation.startswith(previous[start:]):
            return previous[:start] + continuation
    return previous + continuation


# stream_into_memory


def stream_into_memory__asks_and_remembers_like_the_guides(stream, history, text):
    """The question goes into memory first, then the answer, whatever became of it.

    Caught by: test_nothing_is_remembered_before_the_end
    """
    history.append(HumanMessage(text))
    parts, metadata = [], {}
    try:
        for chunk in stream(history):
            metadata.update(chunk.response_metadata)
            if chunk.text:
                parts.append(chunk.text)
                yield chunk.text
    except KeyboardInterrupt:
        pass
    metadata["state"] = "complete"
    history.append(AIMessage("".join(parts), response_metadata=metadata))


def stream_into_memory__remembers_only_whole_answers(stream, history, text):
    """An answer that did not reach its end was not said.

    Caught by: test_a_caller_who_stops_keeps_what_was_shown
    """
    question, parts, metadata = HumanMessage(text), [], {}
    chunks = stream([*history, question])
    try:
        for chunk in chunks:
            metadata.update(chunk.response_metadata)
            if chunk.text:
                parts.append(chunk.text)
                yield chunk.text
    finally:
        close_source(chunks)
    if parts:
        metadata["state"] = "complete"
        history.extend([question, AIMessage("".join(parts), response_metadata=metadata)])


def stream_into_memory__calls_everything_complete(stream, history, text):
    """In the finally the stream is over, so the answer is complete.

    Caught by: test_a_caller_who_stops_keeps_what_was_shown
    """
    question, parts, metadata = HumanMessage(text), [], {}
    chunks = stream([*history, question])
    try:
        for chunk in chunks:
            metadata.update(chunk.response_metadata)
            if chunk.text:
                parts.append(chunk.text)
                yield chunk.text
    finally:
        if parts:
            metadata["state"] = "complete"
            history.extend([question, AIMessage("".join(parts), response_metadata=metadata)])
        close_source(chunks)


def stream_into_memory__does_not_tell_errors_apart(stream, history, text):
    """An answer that did not reach its end was interrupted.

    Caught by: test_an_error_is_remembered_and_passes
    """
    question, parts, metadata, state = HumanMessage(text), [], {}, "interrupted"
    chunks = stream([*history, question])
    try:
        for chunk in chunks:
            metadata.update(chunk.response_metadata)
            if chunk.text:
                parts.append(chunk.text)
                yield chunk.text
        state = "complete"
    finally:
        if parts:
            metadata["state"] = state
            history.extend([question, AIMessage("".join(parts), response_metadata=metadata)])
        close_source(chunks)


def stream_into_memory__adds_the_chunks_up(stream, history, text):
    """LangChain can add chunks, so their sum has everything that they say.

    Caught by: test_how_it_ended_is_remembered
    """
    question, whole, state = HumanMessage(text), None, "interrupted"
    chunks = stream([*history, question])
    try:
        for chunk in chunks:
            whole = chunk if whole is None else whole + chunk
            if chunk.text:
                yield chunk.text
        state = "complete"
    except Exception:
        state = "error"
        raise
    finally:
        if whole is not None and whole.text:
            metadata = {**whole.response_metadata, "state": state}
            history.extend([question, AIMessage(str(whole.text), response_metadata=metadata)])
        close_source(chunks)


def stream_into_memory__takes_the_content_for_the_text(stream, history, text):
    """The content of a chunk is its text.

    Caught by: test_only_the_text_of_a_chunk_counts
    """
    question, parts, metadata, state = HumanMessage(text), [], {}, "interrupted"
    chunks = stream([*history, question])
    try:
        for chunk in chunks:
            metadata.update(chunk.response_metadata)
            if chunk.content:
                parts.append(chunk)
                yield chunk.content
        state = "complete"
    except Exception:
        state = "error"
        raise
    finally:
        if parts:
            whole = "".join(chunk.text for chunk in parts)
            metadata["state"] = state
            history.extend([question, AIMessage(whole, response_metadata=metadata)])
        close_source(chunks)


def stream_into_memory__asks_only_the_last_chunk(stream, history, text):
    """Everything there is to know comes with the last chunk.

    Caught by: test_how_it_ended_is_remembered
    """
    question, parts, last, state = HumanMessage(text), [], None, "interrupted"
    chunks = stream([*history, question])
    try:
        for chunk in chunks:
            last = chunk
            if chunk.text:
                parts.append(chunk.text)
                yield chunk.text
        state = "complete"
    except Exception:
        state = "error"
        raise
    finally:
        if parts:
            metadata = {**last.response_metadata, "state": state}
            history.extend([question, AIMessage("".join(parts), response_metadata=metadata)])
        close_source(chunks)


def stream_into_memory__remembers_empty_answers(stream, history, text):
    """Each question gets an answer in memory, even if nothing came.

    Caught by: test_without_text_nothing_is_remembered
    """
    question, parts, metadata, state = HumanMessage(text), [], {}, "interrupted"
    chunks = stream([*history, question])
    try:
        for chunk in chunks:
            metadata.update(chunk.response_metadata)
            if chunk.text:
                parts.append(chunk.text)
                yield chunk.text
        state = "complete"
    except Exception:
        state = "error"
        raise
    finally:
        metadata["state"] = state
        history.extend([question, AIMessage("".join(parts), response_metadata=metadata)])
        close_source(chunks)


def stream_into_memory__drops_what_comes_twice(stream, history, text):
    """The same token twice in a row is a mistake of the network.

    Caught by: test_any_chunks
    """
    question = HumanMessage(text)
    parts = []
    metadata = {}
    state = "interrupted"
    chunks = stream([*history, question])
    try:
        for chunk in chunks:
            metadata |= chunk.response_metadata
            if chunk.text and [chunk.text] != parts[-1:]:
                parts.append(chunk.text)
                yield chunk.text
        state = "complete"
    except Exception:
        state = "error"
        raise
    finally:
        if parts:
            metadata["state"] = state
            history += [question, AIMessage("".join(parts), response_metadata=metadata)]
        close_source(chunks)


def stream_into_memory__forgets_blank_answers(stream, history, text):
    """White space is no answer.

    Caught by: test_any_chunks
    """
    question = HumanMessage(text)
    parts = []
    metadata = {}
    state = "interrupted"
    chunks = stream([*history, question])
    try:
        for chunk in chunks:
            metadata |= chunk.response_metadata
            if chunk.text:
                parts.append(chunk.text)
                yield chunk.text
        state = "complete"
    except Exception:
        state = "error"
        raise
    finally:
        if "".join(parts).strip():
            metadata["state"] = state
            history += [question, AIMessage("".join(parts), response_metadata=metadata)]
        close_source(chunks)


def stream_into_memory__takes_ctrl_c_for_an_error(stream, history, text):
    """Whatever is raised is an error.

    Caught by: test_ctrl_c_is_remembered_and_passes
    """
    question = HumanMessage(text)
    parts = []
    metadata = {}
    state = "interrupted"
    chunks = stream([*history, question])
    try:
        for chunk in chunks:
            metadata |= chunk.response_metadata
            if chunk.text:
                parts.append(chunk.text)
                yield chunk.text
        state = "complete"
    except (Exception, KeyboardInterrupt):
        state = "error"
        raise
    finally:
        if parts:
            metadata["state"] = state
            history += [question, AIMessage("".join(parts), response_metadata=metadata)]
        close_source(chunks)


def stream_into_memory__leaves_a_whole_stream_open(stream, history, text):
    """A stream that is read to its end closes itself.

    Caught by: test_any_chunks
    """
    question = HumanMessage(text)
    parts = []
    metadata = {}
    state = "interrupted"
    chunks = stream([*history, question])
    try:
        for chunk in chunks:
            metadata |= chunk.response_metadata
            if chunk.text:
                parts.append(chunk.text)
                yield chunk.text
        state = "complete"
    except Exception:
        state = "error"
        raise
    finally:
        if parts:
            metadata["state"] = state
            history += [question, AIMessage("".join(parts), response_metadata=metadata)]
        if state != "complete":
            close_source(chunks)


def stream_into_memory__skips_what_counts_as_false(stream, history, text):
    """An entry of 0 or False says nothing.

    Caught by: test_any_chunks
    """
    question = HumanMessage(text)
    parts = []
    metadata = {}
    state = "interrupted"
    chunks = stream([*history, question])
    try:
        for chunk in chunks:
            metadata |= {k: v for k, v in chunk.response_metadata.items() if v}
            if chunk.text:
                parts.append(chunk.text)
                yield chunk.text
        state = "complete"
    except Exception:
        state = "error"
        raise
    finally:
        if parts:
            metadata["state"] = state
            history += [question, AIMessage("".join(parts), response_metadata=metadata)]
        close_source(chunks)


def stream_into_memory__keeps_a_state_of_the_chunks(stream, history, text):
    """An entry that is there already is right.

    Caught by: test_any_chunks
    """
    question = HumanMessage(text)
    parts = []
    metadata = {}
    state = "interrupted"
    chunks = stream([*history, question])
    try:
        for chunk in chunks:
            metadata |= chunk.response_metadata
            if chunk.text:
                parts.append(chunk.text)
                yield chunk.text
        state = "complete"
    except Exception:
        state = "error"
        raise
    finally:
        if parts:
            metadata.setdefault("state", state)
            history += [question, AIMessage("".join(parts), response_metadata=metadata)]
        close_source(chunks)


def stream_into_memory__notes_what_a_chunk_said_after_the_yield(stream, history, text):
    """First the reader, then the books.

    Caught by: test_a_caller_who_stops_keeps_what_was_shown
    """
    question = HumanMessage(text)
    parts, metadata, state = [], {}, "interrupted"
    chunks = stream([*history, question])
    try:
        for chunk in chunks:
            if chunk.text:
                parts.append(chunk.text)
                yield chunk.text
            metadata |= chunk.response_metadata
        state = "complete"
    except Exception:
        state = "error"
        raise
    finally:
        if parts:
            metadata["state"] = state
            history += [question, AIMessage("".join(parts), response_metadata=metadata)]
        close_source(chunks)


def stream_into_memory__takes_a_cancellation_for_an_error(stream, history, text):
    """What is raised is an error, and a cancellation is raised.

    Caught by: test_a_cancellation_is_no_error
    """
    import asyncio

    question = HumanMessage(text)
    parts, metadata, state = [], {}, "interrupted"
    chunks = stream([*history, question])
    try:
        for chunk in chunks:
            metadata |= chunk.response_metadata
            if chunk.text:
                parts.append(chunk.text)
                yield chunk.text
        state = "complete"
    except (Exception, asyncio.CancelledError):
        state = "error"
        raise
    finally:
        if parts:
            metadata["state"] = state
            history += [question, AIMessage("".join(parts), response_metadata=metadata)]
        close_source(chunks)


# continue_until_complete


async def continue_until_complete__keeps_prompt_and_rest_as_messages(
    ask, history, max_rounds=3, join=join_continuation
):
    """The request to continue is a question like any other, and the rest is its answer.

    Caught by: test_the_rest_is_put_behind_what_is_there
    """
    if max_rounds < 1 or not history or not isinstance(history[-1], AIMessage):
        raise ValueError
    for _ in range(max_rounds):
        history.append(HumanMessage(CONTINUE))
        answer = await ask(list(history))
        history.append(AIMessage(answer.text))
        if SENTINEL in answer.text or answer.truncated is False:
            return history[-1]
    raise TruncatedError("".join(one.text for one in history if one.type == "ai"))


async def continue_until_complete__keeps_the_sentinel(
    ask, history, max_rounds=3, join=join_continuation
):
    """The sentinel says that the answer is over, and needs no further handling.

    Caught by: test_the_sentinel_ends_it_and_is_not_kept
    """
    if max_rounds < 1 or not history or not isinstance(history[-1], AIMessage):
        raise ValueError
    text, metadata = history[-1].text, history[-1].response_metadata
    for _ in range(max_rounds):
        answer = await ask([*history, HumanMessage(CONTINUE)])
        before, text = text, join(text, answer.text)
        complete = SENTINEL in answer.text or answer.truncated is False
        if complete:
            metadata = {**metadata, "finish_reason": "stop", "state": "complete"}
        history[-1] = AIMessage(text, response_metadata=metadata)
        if complete:
            return history[-1]
        if text == before:
            break
    raise TruncatedError(text)


async def continue_until_complete__goes_by_the_full_stop(
    ask, history, max_rounds=3, join=join_continuation
):
    """An answer that ends with a period is complete.

    Caught by: test_each_round_goes_on_where_the_last_one_ended
    """
    if max_rounds < 1 or not history or not isinstance(history[-1], AIMessage):
        raise ValueError
    text, metadata = history[-1].text, history[-1].response_metadata
    for _ in range(max_rounds):
        answer = await ask([*history, HumanMessage(CONTINUE)])
        new, sentinel, _ = answer.text.partition(SENTINEL)
        before, text = text, join(text, new)
        complete = sentinel or answer.truncated is False or text.strip().endswith(".")
        if complete:
            metadata = {**metadata, "finish_reason": "stop", "state": "complete"}
        history[-1] = AIMessage(text, response_metadata=metadata)
        if complete:
            return history[-1]
        if text == before:
            break
    raise TruncatedError(text)


async def continue_until_complete__takes_unknown_for_complete(
    ask, history, max_rounds=3, join=join_continuation
):
    """What is not truncated is complete.

    Caught by: test_unknown_is_not_complete
    """
    if max_rounds < 1 or not history or not isinstance(history[-1], AIMessage):
        raise ValueError
    text, metadata = history[-1].text, history[-1].response_metadata
    for _ in range(max_rounds):
        answer = await ask([*history, HumanMessage(CONTINUE)])
        new, sentinel, _ = answer.text.partition(SENTINEL)
        before, text = text, join(text, new)
        complete = sentinel or not answer.truncated
        if complete:
            metadata = {**metadata, "finish_reason": "stop", "state": "complete"}
        history[-1] = AIMessage(text, response_metadata=metadata)
        if complete:
            return history[-1]
        if text == before:
            break
    raise TruncatedError(text)


async def continue_until_complete__asks_for_ever(
    ask, history, max_rounds=3, join=join_continuation
):
    """Sooner or later every answer is complete.

    Caught by: test_the_rounds_are_bounded
    """
    if max_rounds < 1 or not history or not isinstance(history[-1], AIMessage):
        raise ValueError
    text, metadata = history[-1].text, history[-1].response_metadata
    while True:
        answer = await ask([*history, HumanMessage(CONTINUE)])
        new, sentinel, _ = answer.text.partition(SENTINEL)
        before, text = text, join(text, new)
        complete = sentinel or answer.truncated is False
        if complete:
            metadata = {**metadata, "finish_reason": "stop", "state": "complete"}
        history[-1] = AIMessage(text, response_metadata=metadata)
        if complete:
            return history[-1]
        if text == before:
            raise TruncatedError(text)


async def continue_until_complete__asks_on_without_progress(
    ask, history, max_rounds=3, join=join_continuation
):
    """As long as there are rounds left, it is worth asking again.

    Caught by: test_a_round_that_adds_nothing_is_the_last
    """
    if max_rounds < 1 or not history or not isinstance(history[-1], AIMessage):
        raise ValueError
    text, metadata = history[-1].text, history[-1].response_metadata
    for _ in range(max_rounds):
        answer = await ask([*history, HumanMessage(CONTINUE)])
        new, sentinel, _ = answer.text.partition(SENTINEL)
        text = join(text, new)
        complete = sentinel or answer.truncated is False
        if complete:
            metadata = {**metadata, "finish_reason": "stop", "state": "complete"}
        history[-1] = AIMessage(text, response_metadata=metadata)
        if complete:
            return history[-1]
    raise TruncatedError(text)


async def continue_until_complete__changes_the_message(
    ask, history, max_rounds=3, join=join_continuation
):
    """It is the same answer, so it is the same message.

    Caught by: test_the_rest_is_put_behind_what_is_there
    """
    if max_rounds < 1 or not history or not isinstance(history[-1], AIMessage):
        raise ValueError
    message = history[-1]
    for _ in range(max_rounds):
        answer = await ask([*history, HumanMessage(CONTINUE)])
        new, sentinel, _ = answer.text.partition(SENTINEL)
        before, message.content = message.text, join(message.text, new)
        if sentinel or answer.truncated is False:
            message.response_metadata.update(finish_reason="stop", state="complete")
            return message
        if message.text == before:
            break
    raise TruncatedError(message.text)


async def continue_until_complete__stores_the_prompt_for_a_while(
    ask, history, max_rounds=3, join=join_continuation
):
    """Something that is removed again was never stored.

    Caught by: test_the_model_is_asked_to_go_on
    """
    if max_rounds < 1 or not history or not isinstance(history[-1], AIMessage):
        raise ValueError
    text, metadata = history[-1].text, history[-1].response_metadata
    for _ in range(max_rounds):
        history.append(HumanMessage(CONTINUE))
        try:
            answer = await ask(history)
        finally:
            history.pop()
        new, sentinel, _ = answer.text.partition(SENTINEL)
        before, text = text, join(text, new)
        complete = sentinel or answer.truncated is False
        if complete:
            metadata = {**metadata, "finish_reason": "stop", "state": "complete"}
        history[-1] = AIMessage(text, response_metadata=metadata)
        if complete:
            return history[-1]
        if text == before:
            break
    raise TruncatedError(text)


async def continue_until_complete__takes_a_blank_for_nothing(
    ask, history, max_rounds=3, join=join_continuation
):
    """White space is no progress.

    Caught by: test_any_rounds
    """
    if max_rounds < 1:
        raise ValueError(f"max_rounds must be at least 1, not {max_rounds}")
    if not history or not isinstance(history[-1], AIMessage):
        raise ValueError("the history must end with the answer that broke off")
    text = history[-1].text
    metadata = history[-1].response_metadata
    for _ in range(max_rounds):
        answer = await ask([*history, HumanMessage(CONTINUE)])
        new, sentinel, _ = answer.text.partition(SENTINEL)
        before, text = (text, join(text, new))
        complete = sentinel or answer.truncated is False
        if complete:
            metadata = {**metadata, "finish_reason": "stop", "state": "complete"}
        history[-1] = message = AIMessage(text, response_metadata=metadata)
        if complete:
            return message
        if text == before or not new.strip():
            break
    raise TruncatedError(text)


async def continue_until_complete__searches_the_whole_text(
    ask, history, max_rounds=3, join=join_continuation
):
    """The sentinel may be cut in two, so all of the text is searched for it.

    Caught by: test_any_rounds
    """
    if max_rounds < 1:
        raise ValueError(f"max_rounds must be at least 1, not {max_rounds}")
    if not history or not isinstance(history[-1], AIMessage):
        raise ValueError("the history must end with the answer that broke off")
    text = history[-1].text
    metadata = history[-1].response_metadata
    for _ in range(max_rounds):
        answer = await ask([*history, HumanMessage(CONTINUE)])
        new, sentinel, _ = answer.text.partition(SENTINEL)
        before, text = (text, join(text, new))
        complete = sentinel or SENTINEL in text or answer.truncated is False
        if complete:
            metadata = {**metadata, "finish_reason": "stop", "state": "complete"}
        history[-1] = message = AIMessage(text, response_metadata=metadata)
        if complete:
            return message
        if text == before:
            break
    raise TruncatedError(text)


async def continue_until_complete__joins_only_what_is_there(
    ask, history, max_rounds=3, join=join_continuation
):
    """Without new text there is nothing to put together.

    Caught by: test_any_rounds
    """
    if max_rounds < 1:
        raise ValueError(f"max_rounds must be at least 1, not {max_rounds}")
    if not history or not isinstance(history[-1], AIMessage):
        raise ValueError("the history must end with the answer that broke off")
    text = history[-1].text
    metadata = history[-1].response_metadata
    for _ in range(max_rounds):
        answer = await ask([*history, HumanMessage(CONTINUE)])
        new, sentinel, _ = answer.text.partition(SENTINEL)
        before, text = (text, join(text, new) if new else text)
        complete = sentinel or answer.truncated is False
        if complete:
            metadata = {**metadata, "finish_reason": "stop", "state": "complete"}
        history[-1] = message = AIMessage(text, response_metadata=metadata)
        if complete:
            return message
        if text == before:
            break
    raise TruncatedError(text)


async def continue_until_complete__asks_five_times_at_most(
    ask, history, max_rounds=3, join=join_continuation
):
    """Nobody needs more rounds than five.

    Caught by: test_any_rounds
    """
    if max_rounds < 1:
        raise ValueError(f"max_rounds must be at least 1, not {max_rounds}")
    if not history or not isinstance(history[-1], AIMessage):
        raise ValueError("the history must end with the answer that broke off")
    text = history[-1].text
    metadata = history[-1].response_metadata
    for _ in range(min(max_rounds, 5)):
        answer = await ask([*history, HumanMessage(CONTINUE)])
        new, sentinel, _ = answer.text.partition(SENTINEL)
        before, text = (text, join(text, new))
        complete = sentinel or answer.truncated is False
        if complete:
            metadata = {**metadata, "finish_reason": "stop", "state": "complete"}
        history[-1] = message = AIMessage(text, response_metadata=metadata)
        if complete:
            return message
        if text == before:
            break
    raise TruncatedError(text)


async def continue_until_complete__adds_by_default(
    ask, history, max_rounds=3, join=lambda a, b: a + b
):
    """By default, the new text comes behind the text so far.

    Caught by: test_any_rounds
    """
    if max_rounds < 1:
        raise ValueError(f"max_rounds must be at least 1, not {max_rounds}")
    if not history or not isinstance(history[-1], AIMessage):
        raise ValueError("the history must end with the answer that broke off")
    text = history[-1].text
    metadata = history[-1].response_metadata
    for _ in range(max_rounds):
        answer = await ask([*history, HumanMessage(CONTINUE)])
        new, sentinel, _ = answer.text.partition(SENTINEL)
        before, text = (text, join(text, new))
        complete = sentinel or answer.truncated is False
        if complete:
            metadata = {**metadata, "finish_reason": "stop", "state": "complete"}
        history[-1] = message = AIMessage(text, response_metadata=metadata)
        if complete:
            return message
        if text == before:
            break
    raise TruncatedError(text)


async def continue_until_complete__takes_the_length_for_the_text(
    ask, history, max_rounds=3, join=join_continuation
):
    """New text makes the answer longer.

    Caught by: test_another_text_is_something_new
    """
    if max_rounds < 1:
        raise ValueError(max_rounds)
    if not history or not isinstance(history[-1], AIMessage):
        raise ValueError("the history must end with the answer that broke off")
    text, metadata = history[-1].text, history[-1].response_metadata
    for _ in range(max_rounds):
        answer = await ask([*history, HumanMessage(CONTINUE)])
        new, sentinel, _ = answer.text.partition(SENTINEL)
        before, text = text, join(text, new)
        complete = sentinel or answer.truncated is False
        if complete:
            metadata = {**metadata, "finish_reason": "stop", "state": "complete"}
        history[-1] = message = AIMessage(text, response_metadata=metadata)
        if complete:
            return message
        if len(text) <= len(before):
            break
    raise TruncatedError(text)


async def continue_until_complete__undoes_all_when_cancelled(
    ask, history, max_rounds=3, join=join_continuation
):
    """Whoever cancels it wants nothing of it.

    Caught by: test_it_fails_without_losing_text
    """
    import asyncio

    first = history[-1] if history else None
    if max_rounds < 1:
        raise ValueError(max_rounds)
    if not history or not isinstance(history[-1], AIMessage):
        raise ValueError("the history must end with the answer that broke off")
    text, metadata = history[-1].text, history[-1].response_metadata
    for _ in range(max_rounds):
        try:
            answer = await ask([*history, HumanMessage(CONTINUE)])
        except asyncio.CancelledError:
            history[-1] = first
            raise
        new, sentinel, _ = answer.text.partition(SENTINEL)
        before, text = text, join(text, new)
        complete = sentinel or answer.truncated is False
        if complete:
            metadata = {**metadata, "finish_reason": "stop", "state": "complete"}
        history[-1] = message = AIMessage(text, response_metadata=metadata)
        if complete:
            return message
        if text == before:
            break
    raise TruncatedError(text)


async def continue_until_complete__gives_up_with_a_new_reason(
    ask, history, max_rounds=3, join=join_continuation
):
    """An answer that is still not complete has reached the limit.

    Caught by: test_the_message_says_whether_it_is_complete
    """
    if max_rounds < 1:
        raise ValueError(max_rounds)
    if not history or not isinstance(history[-1], AIMessage):
        raise ValueError("the history must end with the answer that broke off")
    text, metadata = history[-1].text, history[-1].response_metadata
    for _ in range(max_rounds):
        answer = await ask([*history, HumanMessage(CONTINUE)])
        new, sentinel, _ = answer.text.partition(SENTINEL)
        before, text = text, join(text, new)
        complete = sentinel or answer.truncated is False
        if complete:
            metadata = {**metadata, "finish_reason": "stop", "state": "complete"}
        else:
            metadata = {**metadata, "finish_reason": "length"}
        history[-1] = message = AIMessage(text, response_metadata=metadata)
        if complete:
            return message
        if text == before:
            break
    raise TruncatedError(text)


async def continue_until_complete__knows_a_reason_where_there_was_none(
    ask, history, max_rounds=3, join=join_continuation
):
    """An answer that broke off has reached the limit, whether it says so or not.

    Caught by: test_the_message_says_whether_it_is_complete
    """
    if max_rounds < 1:
        raise ValueError(max_rounds)
    if not history or not isinstance(history[-1], AIMessage):
        raise ValueError("the history must end with the answer that broke off")
    text, metadata = history[-1].text, history[-1].response_metadata
    for _ in range(max_rounds):
        answer = await ask([*history, HumanMessage(CONTINUE)])
        new, sentinel, _ = answer.text.partition(SENTINEL)
        before, text = text, join(text, new)
        complete = sentinel or answer.truncated is False
        if complete:
            metadata = {**metadata, "finish_reason": "stop", "state": "complete"}
        else:
            metadata = {"finish_reason": "length", **metadata}
        history[-1] = message = AIMessage(text, response_metadata=metadata)
        if complete:
            return message
        if text == before:
            break
    raise TruncatedError(text)


async def continue_until_complete__undoes_all_on_a_timeout(
    ask, history, max_rounds=3, join=join_continuation
):
    """After a timeout, the answer is as it was.

    Caught by: test_it_fails_without_losing_text
    """
    first = history[-1] if history else None
    if max_rounds < 1:
        raise ValueError(max_rounds)
    if not history or not isinstance(history[-1], AIMessage):
        raise ValueError("the history must end with the answer that broke off")
    text, metadata = history[-1].text, history[-1].response_metadata
    for _ in range(max_rounds):
        try:
            answer = await ask([*history, HumanMessage(CONTINUE)])
        except TimeoutError:
            history[-1] = first
            raise
        new, sentinel, _ = answer.text.partition(SENTINEL)
        before, text = text, join(text, new)
        complete = sentinel or answer.truncated is False
        if complete:
            metadata = {**metadata, "finish_reason": "stop", "state": "complete"}
        history[-1] = message = AIMessage(text, response_metadata=metadata)
        if complete:
            return message
        if text == before:
            break
    raise TruncatedError(text)


# repair_history


def repair_history__drops_all_that_has_no_text(messages):
    """A message without text is an empty message, whatever its type.

    Caught by: test_only_an_empty_answer_is_empty
    """
    repaired, waiting = [], []

    def close():
        for call in waiting:
            repaired.append(ToolMessage(INTERRUPTED, tool_call_id=call, status="error"))
        waiting.clear()

    for message in messages:
        calls = []
        if isinstance(message, AIMessage):
            calls = [call["id"] for call in (*message.tool_calls, *message.invalid_tool_calls)]
        if not message.text and not calls:
            continue
        if isinstance(message, ToolMessage):
            if message.tool_call_id in waiting:
                waiting.remove(message.tool_call_id)
                repaired.append(message)
            continue
        close()
        if isinstance(message, HumanMessage) and repaired and repaired[-1].type == "human":
            joined = f"{repaired[-1].content}\n{message.content}"
            repaired[-1] = repaired[-1].model_copy(update={"content": joined})
        else:
            repaired.append(message)
        waiting += calls
    close()
    return repaired


def repair_history__drops_what_calls(messages):
    """A call without a result is best forgotten, with the message that it is in.

    Caught by: test_a_call_without_result_gets_one
    """
    results = {one.tool_call_id for one in messages if isinstance(one, ToolMessage)}
    repaired = []
    for message in messages:
        if isinstance(message, AIMessage):
            ids = {call["id"] for call in (*message.tool_calls, *message.invalid_tool_calls)}
            if ids - results or (not message.content and not ids):
                continue
        repaired.append(message)
    return repaired


def repair_history__adds_results_at_the_end(messages):
    """A missing result is a new message, and new messages come last.

    Caught by: test_a_call_without_result_gets_one
    """
    results = {one.tool_call_id for one in messages if isinstance(one, ToolMessage)}
    repaired, missing = [], []
    for message in messages:
        if isinstance(message, AIMessage):
            calls = [call["id"] for call in (*message.tool_calls, *message.invalid_tool_calls)]
            if not message.content and not calls:
                continue
            missing += [call for call in calls if call not in results]
        repaired.append(message)
    added = [ToolMessage(INTERRUPTED, tool_call_id=call, status="error") for call in missing]
    return [*repaired, *added]


def repair_history__repairs_one_direction(messages):
    """Calls need results. Results that nobody asked for do no harm.

    Caught by: test_a_result_without_call_is_left_out
    """
    repaired, waiting = [], []

    def close():
        for call in waiting:
            repaired.append(ToolMessage(INTERRUPTED, tool_call_id=call, status="error"))
        waiting.clear()

    for message in messages:
        if isinstance(message, ToolMessage):
            if message.tool_call_id in waiting:
                waiting.remove(message.tool_call_id)
            repaired.append(message)
            continue
        calls = []
        if isinstance(message, AIMessage):
            calls = [call["id"] for call in (*message.tool_calls, *message.invalid_tool_calls)]
            if not message.content and not calls:
                continue
        close()
        repaired.append(message)
        waiting += calls
    close()
    return repaired


def repair_history__looks_at_the_old_neighbour(messages):
    """Two questions are adjacent if they were adjacent in the history.

    Caught by: test_questions_in_a_row_become_one
    """
    repaired, waiting, before = [], [], None

    def close():
        for call in waiting:
            repaired.append(ToolMessage(INTERRUPTED, tool_call_id=call, status="error"))
        waiting.clear()

    for message in messages:
        neighbour, before = before, message
        if isinstance(message, ToolMessage):
            if message.tool_call_id in waiting:
                waiting.remove(message.tool_call_id)
                repaired.append(message)
            continue
        calls = []
        if isinstance(message, AIMessage):
            calls = [call["id"] for call in (*message.tool_calls, *message.invalid_tool_calls)]
            if not message.content and not calls:
                continue
        close()
        if isinstance(message, HumanMessage) and isinstance(neighbour, HumanMessage):
            joined = f"{repaired[-1].content}\n{message.content}"
            repaired[-1] = repaired[-1].model_copy(update={"content": joined})
        else:
            repaired.append(message)
        waiting += calls
    close()
    return repaired


def repair_history__lets_an_empty_answer_stand_between(messages):
    """The results end with the first message that is not a result.

    Caught by: test_a_result_without_call_is_left_out
    """
    repaired, waiting = [], []

    def close():
        for call in waiting:
            repaired.append(ToolMessage(INTERRUPTED, tool_call_id=call, status="error"))
        waiting.clear()

    for message in messages:
        if isinstance(message, ToolMessage):
            if message.tool_call_id in waiting:
                waiting.remove(message.tool_call_id)
                repaired.append(message)
            continue
        close()
        if isinstance(message, AIMessage):
            calls = [call["id"] for call in (*message.tool_calls, *message.invalid_tool_calls)]
            if message.content or calls:
                repaired.append(message)
            waiting += calls
        elif isinstance(message, HumanMessage) and repaired and repaired[-1].type == "human":
            joined = f"{repaired[-1].content}\n{message.content}"
            repaired[-1] = repaired[-1].model_copy(update={"content": joined})
        else:
            repaired.append(message)
    close()
    return repaired


def repair_history__changes_what_it_is_given(messages):
    """The broken history is no use to anyone, so it can be changed.

    Caught by: test_the_given_history_is_not_changed
    """
    repaired, waiting = [], []

    def close():
        for call in waiting:
            repaired.append(ToolMessage(INTERRUPTED, tool_call_id=call, status="error"))
        waiting.clear()

    for message in messages:
        if isinstance(message, ToolMessage):
            if message.tool_call_id in waiting:
                waiting.remove(message.tool_call_id)
                repaired.append(message)
            continue
        calls = []
        if isinstance(message, AIMessage):
            calls = [call["id"] for call in (*message.tool_calls, *message.invalid_tool_calls)]
            if not message.content and not calls:
                continue
        close()
        if isinstance(message, HumanMessage) and repaired and repaired[-1].type == "human":
            repaired[-1].content += f"\n{message.content}"
        else:
            repaired.append(message)
        waiting += calls
    close()
    return repaired


def repair_history__drops_what_comes_twice(messages):
    """The same message twice in a row is a mistake.

    Caught by: test_any_history
    """
    repaired = []
    unanswered = []

    def answer_calls() -> None:
        for call in unanswered:
            repaired.append(ToolMessage(INTERRUPTED, tool_call_id=call or "", status="error"))
        unanswered.clear()

    for message in messages:
        calls = []
        if isinstance(message, AIMessage):
            calls = [call["id"] for call in (*message.tool_calls, *message.invalid_tool_calls)]
            if not message.content and (not calls):
                continue
        if isinstance(message, ToolMessage):
            if message.tool_call_id in unanswered:
                unanswered.remove(message.tool_call_id)
                repaired.append(message)
            continue
        answer_calls()
        last = repaired[-1] if repaired else None
        if last == message and (not isinstance(message, HumanMessage)):
            continue
        if isinstance(message, HumanMessage) and isinstance(last, HumanMessage):
            joined = f"{last.content}\n{message.content}"
            repaired[-1] = last.model_copy(update={"content": joined})
        else:
            repaired.append(message)
        unanswered += calls
    answer_calls()
    return repaired


def repair_history__drops_failed_results(messages):
    """A result that says that something failed is no result.

    Caught by: test_any_history
    """
    repaired = []
    unanswered = []

    def answer_calls() -> None:
        for call in unanswered:
            repaired.append(ToolMessage(INTERRUPTED, tool_call_id=call or "", status="error"))
        unanswered.clear()

    for message in messages:
        calls = []
        if isinstance(message, AIMessage):
            calls = [call["id"] for call in (*message.tool_calls, *message.invalid_tool_calls)]
            if not message.content and (not calls):
                continue
        if isinstance(message, ToolMessage):
            if message.tool_call_id in unanswered and message.status != "error":
                unanswered.remove(message.tool_call_id)
                repaired.append(message)
            continue
        answer_calls()
        last = repaired[-1] if repaired else None
        if isinstance(message, HumanMessage) and isinstance(last, HumanMessage):
            joined = f"{last.content}\n{message.content}"
            repaired[-1] = last.model_copy(update={"content": joined})
        else:
            repaired.append(message)
        unanswered += calls
    answer_calls()
    return repaired


def repair_history__marks_what_it_has_seen(messages):
    """A mark in a message changes nothing that it says.

    Caught by: test_the_given_history_is_not_changed
    """
    repaired = []
    unanswered = []

    def answer_calls() -> None:
        for call in unanswered:
            repaired.append(ToolMessage(INTERRUPTED, tool_call_id=call or "", status="error"))
        unanswered.clear()

    for message in messages:
        message.additional_kwargs["checked"] = True
        calls = []
        if isinstance(message, AIMessage):
            calls = [call["id"] for call in (*message.tool_calls, *message.invalid_tool_calls)]
            if not message.content and (not calls):
                continue
        if isinstance(message, ToolMessage):
            if message.tool_call_id in unanswered:
                unanswered.remove(message.tool_call_id)
                repaired.append(message)
            continue
        answer_calls()
        last = repaired[-1] if repaired else None
        if isinstance(message, HumanMessage) and isinstance(last, HumanMessage):
            joined = f"{last.content}\n{message.content}"
            repaired[-1] = last.model_copy(update={"content": joined})
        else:
            repaired.append(message)
        unanswered += calls
    answer_calls()
    return repaired


def repair_history__lets_a_system_message_stand_between(messages):
    """A system message is not a part of the conversation.

    Caught by: test_any_history
    """
    repaired = []
    unanswered = []

    def answer_calls() -> None:
        for call in unanswered:
            repaired.append(ToolMessage(INTERRUPTED, tool_call_id=call or "", status="error"))
        unanswered.clear()

    for message in messages:
        calls = []
        if isinstance(message, AIMessage):
            calls = [call["id"] for call in (*message.tool_calls, *message.invalid_tool_calls)]
            if not message.content and (not calls):
                continue
        if isinstance(message, SystemMessage) and unanswered:
            repaired.append(message)
            continue
        if isinstance(message, ToolMessage):
            if message.tool_call_id in unanswered:
                unanswered.remove(message.tool_call_id)
                repaired.append(message)
            continue
        answer_calls()
        last = repaired[-1] if repaired else None
        if isinstance(message, HumanMessage) and isinstance(last, HumanMessage):
            joined = f"{last.content}\n{message.content}"
            repaired[-1] = last.model_copy(update={"content": joined})
        else:
            repaired.append(message)
        unanswered += calls
    answer_calls()
    return repaired


def repair_history__keeps_two_people_apart(messages):
    """What two people ask are two questions.

    Caught by: test_questions_in_a_row_become_one
    """
    repaired, waiting = [], []

    def answer_calls():
        for call in waiting:
            repaired.append(ToolMessage(INTERRUPTED, tool_call_id=call, status="error"))
        waiting.clear()

    for message in messages:
        if isinstance(message, ToolMessage):
            if message.tool_call_id in waiting:
                waiting.remove(message.tool_call_id)
                repaired.append(message)
            continue
        calls = []
        if isinstance(message, AIMessage):
            calls = [call["id"] for call in (*message.tool_calls, *message.invalid_tool_calls)]
            if not message.content and not calls:
                continue
        answer_calls()
        last = repaired[-1] if repaired else None
        are_questions = isinstance(message, HumanMessage) and isinstance(last, HumanMessage)
        if are_questions and message.name == last.name:
            both = f"{last.content}\n{message.content}"
            repaired[-1] = last.model_copy(update={"content": both})
        else:
            repaired.append(message)
        waiting += calls
    answer_calls()
    return repaired


# trim_history


def trim_history__cuts_between_messages(
    messages, max_tokens, count_tokens=count_tokens_approximately
):
    """The newest messages count, as many as fit.

    Caught by: test_one_token_less_costs_a_turn
    """
    system = [one for one in messages[:1] if isinstance(one, SystemMessage)]
    left, kept = max_tokens - count_tokens(system), []
    for message in reversed(messages[len(system) :]):
        left -= count_tokens([message])
        if left < 0:
            break
        kept.insert(0, message)
    if not kept and len(messages) > len(system):
        raise ValueError
    return [*system, *kept]


def trim_history__trims_the_system_message(
    messages, max_tokens, count_tokens=count_tokens_approximately
):
    """The system message is the oldest, so it goes first.

    Caught by: test_the_system_message_is_always_kept_and_counts
    """
    turns = []
    for message in messages:
        if isinstance(message, HumanMessage) or not turns:
            turns.append([])
        turns[-1].append(message)
    left, kept = max_tokens, []
    for turn in reversed(turns):
        left -= count_tokens(turn)
        if left < 0:
            break
        kept = [*turn, *kept]
    if turns and not kept:
        raise ValueError
    return kept


def trim_history__keeps_every_system_message(
    messages, max_tokens, count_tokens=count_tokens_approximately
):
    """What a system message says always holds, wherever it appears.

    Caught by: test_a_later_system_message_belongs_to_its_turn
    """
    system = [one for one in messages if isinstance(one, SystemMessage)]
    if count_tokens(list(messages)) <= max_tokens:
        return list(messages)
    turns = []
    for message in messages:
        if isinstance(message, SystemMessage):
            continue
        if isinstance(message, HumanMessage) or not turns:
            turns.append([])
        turns[-1].append(message)
    left, kept = max_tokens - count_tokens(system), []
    for turn in reversed(turns):
        left -= count_tokens(turn)
        if left < 0:
            break
        kept = [*turn, *kept]
    if turns and not kept:
        raise ValueError
    return [*system, *kept]


def trim_history__does_not_count_the_system_message(
    messages, max_tokens, count_tokens=count_tokens_approximately
):
    """max_tokens is for the conversation, and the system message is not part of it.

    Caught by: test_the_system_message_is_always_kept_and_counts
    """
    system = [one for one in messages[:1] if isinstance(one, SystemMessage)]
    turns = []
    for message in messages[len(system) :]:
        if isinstance(message, HumanMessage) or not turns:
            turns.append([])
        turns[-1].append(message)
    left, kept = max_tokens, []
    for turn in reversed(turns):
        left -= count_tokens(turn)
        if left < 0:
            break
        kept = [*turn, *kept]
    if turns and not kept:
        raise ValueError
    return [*system, *kept]


def trim_history__leaves_a_gap(messages, max_tokens, count_tokens=count_tokens_approximately):
    """A turn that is too large is left out, and what still fits is kept.

    Caught by: test_no_gap_is_left
    """
    system = [one for one in messages[:1] if isinstance(one, SystemMessage)]
    turns = []
    for message in messages[len(system) :]:
        if isinstance(message, HumanMessage) or not turns:
            turns.append([])
        turns[-1].append(message)
    left, kept = max_tokens - count_tokens(system), []
    if turns and count_tokens(turns[-1]) > left:
        raise ValueError
    for turn in reversed(turns):
        if count_tokens(turn) <= left:
            left -= count_tokens(turn)
            kept = [*turn, *kept]
    return [*system, *kept]


def trim_history__returns_no_question(
    messages, max_tokens, count_tokens=count_tokens_approximately
):
    """trim_messages does all of this by itself.

    Caught by: test_the_newest_turn_has_to_fit
    """
    from langchain_core.messages import trim_messages

    if count_tokens(list(messages)) <= max_tokens:
        return list(messages)
    return trim_messages(
        list(messages),
        max_tokens=max_tokens,
        token_counter=count_tokens,
        strategy="last",
        include_system=True,
        start_on="human",
    )


def trim_history__begins_no_turn_with_nothing(
    messages, max_tokens, count_tokens=count_tokens_approximately
):
    """A question without text is not a question.

    Caught by: test_any_history
    """
    system = [one for one in messages[:1] if isinstance(one, SystemMessage)]
    turns = []
    for message in messages[len(system) :]:
        if (isinstance(message, HumanMessage) and message.content) or not turns:
            turns.append([])
        turns[-1].append(message)
    left = max_tokens - count_tokens(system)
    kept = []
    for turn in reversed(turns):
        left -= count_tokens(turn)
        if left < 0:
            break
        kept.append(turn)
    if turns and (not kept):
        raise ValueError(f"the newest turn does not fit into {max_tokens} tokens")
    return [*system, *(message for turn in reversed(kept) for message in turn)]


def trim_history__refuses_a_limit_below_zero(
    messages, max_tokens, count_tokens=count_tokens_approximately
):
    """A negative number of tokens makes no sense.

    Caught by: test_any_history
    """
    system = [one for one in messages[:1] if isinstance(one, SystemMessage)]
    turns = []
    for message in messages[len(system) :]:
        if isinstance(message, HumanMessage) or not turns:
            turns.append([])
        turns[-1].append(message)
    if max_tokens < 0:
        raise ValueError
    left = max_tokens - count_tokens(system)
    kept = []
    for turn in reversed(turns):
        left -= count_tokens(turn)
        if left < 0:
            break
        kept.append(turn)
    if turns and (not kept):
        raise ValueError(f"the newest turn does not fit into {max_tokens} tokens")
    return [*system, *(message for turn in reversed(kept) for message in turn)]


def trim_history__forgives_one_token(messages, max_tokens, count_tokens=count_tokens_approximately):
    """One token more or less makes no difference.

    Caught by: test_the_newest_turn_has_to_fit
    """
    system = [one for one in messages[:1] if isinstance(one, SystemMessage)]
    turns = []
    for message in messages[len(system) :]:
        if isinstance(message, HumanMessage) or not turns:
            turns.append([])
        turns[-1].append(message)
    left = max_tokens - count_tokens(system)
    kept = []
    for turn in reversed(turns):
        left -= count_tokens(turn)
        if left < 0:
            break
        kept.append(turn)
    if turns and (not kept):
        return (
            [*system, *turns[-1]] if left == -1 else [][:0] or (_ for _ in ()).throw(ValueError())
        )
        raise ValueError(f"the newest turn does not fit into {max_tokens} tokens")
    return [*system, *(message for turn in reversed(kept) for message in turn)]


# chat_graph


def chat_graph__has_no_memory(model):
    """A state is a memory.

    Caught by: test_a_thread_remembers
    """

    async def answer(state):
        return {"messages": [await model.ainvoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("answer", answer)
    graph.add_edge(START, "answer")
    return graph.compile()


def chat_graph__asks_with_the_last_message(model):
    """The model is asked the question; what was said before is in the memory.

    Caught by: test_a_thread_remembers
    """

    async def answer(state):
        return {"messages": [await model.ainvoke(state["messages"][-1:])]}

    graph = StateGraph(MessagesState)
    graph.add_node("answer", answer)
    graph.add_edge(START, "answer")
    return graph.compile(checkpointer=InMemorySaver())


def chat_graph__keeps_a_list_of_its_own(model):
    """A graph remembers what it keeps in a list.

    Caught by: test_other_threads_know_nothing
    """
    memory = []

    async def answer(state):
        memory.append(state["messages"][-1])
        memory.append(await model.ainvoke(list(memory)))
        return {"messages": [memory[-1]]}

    graph = StateGraph(MessagesState)
    graph.add_node("answer", answer)
    graph.add_edge(START, "answer")
    return graph.compile(checkpointer=InMemorySaver())


def chat_graph__shares_one_memory(model, *, memory=InMemorySaver()):
    """One memory is enough for the whole program.

    Caught by: test_other_graphs_know_nothing
    """

    async def answer(state):
        return {"messages": [await model.ainvoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("answer", answer)
    graph.add_edge(START, "answer")
    return graph.compile(checkpointer=memory)


def chat_graph__blocks_the_others(model):
    """A step may be async and ask the model as usual.

    Caught by: test_it_blocks_nobody
    """

    async def answer(state):
        return {"messages": [model.invoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("answer", answer)
    graph.add_edge(START, "answer")
    return graph.compile(checkpointer=InMemorySaver())


def chat_graph__apologizes(model):
    """A chat has to answer, whatever happens.

    Caught by: test_an_error_passes_through
    """

    async def answer(state):
        try:
            return {"messages": [await model.ainvoke(state["messages"])]}
        except Exception:
            return {"messages": [AIMessage("Sorry, something went wrong.")]}

    graph = StateGraph(MessagesState)
    graph.add_node("answer", answer)
    graph.add_edge(START, "answer")
    return graph.compile(checkpointer=InMemorySaver())


def chat_graph__makes_a_message_of_its_own(model):
    """A message is nothing but its content.

    Caught by: test_its_tokens_can_be_streamed
    """

    async def answer(state):
        response = await model.ainvoke(state["messages"])
        return {"messages": [AIMessage(response.content)]}

    graph = StateGraph(MessagesState)
    graph.add_node("answer", answer)
    graph.add_edge(START, "answer")
    return graph.compile(checkpointer=InMemorySaver())


def chat_graph__remembers_the_last_messages(model):
    """What was said long ago no longer matters.

    Caught by: test_any_conversation
    """

    async def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await model.ainvoke(state["messages"][-9:])]}

    graph = StateGraph(MessagesState)
    graph.add_node("answer", answer)
    graph.add_edge(START, "answer")
    return graph.compile(checkpointer=InMemorySaver())


def chat_graph__drops_what_comes_twice(model):
    """A message that says what the one before it says is superfluous.

    Caught by: test_any_conversation
    """

    async def answer(state: MessagesState) -> dict[str, Any]:
        return {
            "messages": [
                await model.ainvoke(
                    [
                        m
                        for i, m in enumerate(state["messages"])
                        if i == 0 or m.content != state["messages"][i - 1].content
                    ]
                )
            ]
        }

    graph = StateGraph(MessagesState)
    graph.add_node("answer", answer)
    graph.add_edge(START, "answer")
    return graph.compile(checkpointer=InMemorySaver())


def chat_graph__makes_the_message_from_its_parts(model):
    """With the same id, it is the same message.

    Caught by: test_any_conversation
    """

    async def answer(state: MessagesState) -> dict[str, Any]:
        r = await model.ainvoke(state["messages"])
        return {"messages": [AIMessage(r.content, id=r.id, tool_calls=r.tool_calls)]}

    graph = StateGraph(MessagesState)
    graph.add_node("answer", answer)
    graph.add_edge(START, "answer")
    return graph.compile(checkpointer=InMemorySaver())


def chat_graph__asks_in_a_thread(model):
    """A thread blocks nobody.

    Caught by: test_cancelling_stops_the_model
    """

    async def answer(state: MessagesState) -> dict[str, Any]:
        import asyncio

        return {"messages": [await asyncio.to_thread(model.invoke, state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("answer", answer)
    graph.add_edge(START, "answer")
    return graph.compile(checkpointer=InMemorySaver())


def chat_graph__only_the_newest_messages(
    model: BaseChatModel,
) -> CompiledStateGraph[MessagesState, Any, Any, Any]:
    """A dozen messages are as many as a model needs.

    Caught by: test_any_conversation
    """

    async def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await model.ainvoke(state["messages"][-12:])]}

    graph = StateGraph(MessagesState)
    graph.add_node("answer", answer)
    graph.add_edge(START, "answer")
    return graph.compile(checkpointer=InMemorySaver())


# stream_thread


async def stream_thread__mistypes_the_mode(graph, thread_id, text):
    """A wrong mode would be reported.

    Caught by: test_tokens_come_one_by_one
    """
    config = {"configurable": {"thread_id": thread_id}}
    chunks = graph.astream({"messages": [HumanMessage(text)]}, config, stream_mode="message")
    try:
        async for message, _ in chunks:
            if isinstance(message, AIMessage) and message.text:
                yield message.text
    finally:
        await aclose_source(chunks)


async def stream_thread__waits_for_the_whole_answer(graph, thread_id, text):
    """A list of tokens is as good as a stream of them.

    Caught by: test_each_token_comes_when_it_is_made
    """
    config = {"configurable": {"thread_id": thread_id}}
    chunks = graph.astream({"messages": [HumanMessage(text)]}, config, stream_mode="messages")
    try:
        for message in [message async for message, _ in chunks]:
            if isinstance(message, AIMessage) and message.text:
                yield message.text
    finally:
        await aclose_source(chunks)


async def stream_thread__knows_one_thread(graph, thread_id, text):
    """The thread is there because the graph wants one; its name does not matter.

    Caught by: test_the_conversation_goes_on
    """
    config = {"configurable": {"thread_id": "1"}}
    chunks = graph.astream({"messages": [HumanMessage(text)]}, config, stream_mode="messages")
    try:
        async for message, _ in chunks:
            if isinstance(message, AIMessage) and message.text:
                yield message.text
    finally:
        await aclose_source(chunks)


async def stream_thread__sends_the_conversation_again(graph, thread_id, text):
    """The model has to see everything that was said, so all of it is the input.

    Caught by: test_the_input_is_the_new_message_alone
    """
    config = {"configurable": {"thread_id": thread_id}}
    before = (await graph.aget_state(config)).values.get("messages", [])
    messages = {"messages": [*before, HumanMessage(text)]}
    chunks = graph.astream(messages, config, stream_mode="messages")
    try:
        async for message, _ in chunks:
            if isinstance(message, AIMessage) and message.text:
                yield message.text
    finally:
        await aclose_source(chunks)


async def stream_thread__shows_what_tools_say(graph, thread_id, text):
    """Everything that comes in the mode "messages" is the answer.

    Caught by: test_only_the_answer_is_yielded
    """
    config = {"configurable": {"thread_id": thread_id}}
    chunks = graph.astream({"messages": [HumanMessage(text)]}, config, stream_mode="messages")
    try:
        async for message, _ in chunks:
            if message.text:
                yield message.text
    finally:
        await aclose_source(chunks)


async def stream_thread__takes_the_content_for_the_text(graph, thread_id, text):
    """The content of a message is its text.

    Caught by: test_only_the_answer_is_yielded
    """
    config = {"configurable": {"thread_id": thread_id}}
    chunks = graph.astream({"messages": [HumanMessage(text)]}, config, stream_mode="messages")
    try:
        async for message, _ in chunks:
            if isinstance(message, AIMessage) and message.content:
                yield message.content
    finally:
        await aclose_source(chunks)


async def stream_thread__leaves_the_graph_running(graph, thread_id, text):
    """The graph notices that nobody is reading anymore.

    Caught by: test_stopping_stops_the_graph
    """
    config = {"configurable": {"thread_id": thread_id}}
    chunks = graph.astream({"messages": [HumanMessage(text)]}, config, stream_mode="messages")
    async for message, _ in chunks:
        if isinstance(message, AIMessage) and message.text:
            yield message.text


async def stream_thread__says_it_twice(graph, thread_id, text):
    """LangGraph yields each answer once.

    Caught by: test_an_answer_that_is_handed_on_comes_once
    """
    config = {"configurable": {"thread_id": thread_id}}
    chunks = graph.astream({"messages": [HumanMessage(text)]}, config, stream_mode="messages")
    try:
        async for message, _ in chunks:
            if isinstance(message, AIMessage) and message.text:
                yield message.text
    finally:
        await aclose_source(chunks)


async def stream_thread__drops_what_is_whole(graph, thread_id, text):
    """If an answer has come in pieces, a whole message is the same answer again.

    Caught by: test_an_answer_that_is_handed_on_comes_once
    """
    config = {"configurable": {"thread_id": thread_id}}
    chunks = graph.astream({"messages": [HumanMessage(text)]}, config, stream_mode="messages")
    streamed = False
    try:
        async for message, _ in chunks:
            if isinstance(message, AIMessageChunk):
                streamed = True
            elif streamed:
                continue
            if isinstance(message, AIMessage) and message.text:
                yield message.text
    finally:
        await aclose_source(chunks)


async def stream_thread__yields_no_text_twice(graph, thread_id, text):
    """Text that has already come does not have to come again.

    Caught by: test_pieces_that_are_alike_all_come
    """
    config = {"configurable": {"thread_id": thread_id}}
    chunks = graph.astream({"messages": [HumanMessage(text)]}, config, stream_mode="messages")
    said, whole = set(), ""
    try:
        async for message, _ in chunks:
            if isinstance(message, AIMessage) and message.text:
                if message.text not in said and message.text != whole:
                    yield message.text
                said.add(message.text)
                whole += message.text
    finally:
        await aclose_source(chunks)


async def stream_thread__joins_all_of_a_step(graph, thread_id, text):
    """A step asks the model only once.

    Caught by: test_pieces_that_are_alike_all_come
    """
    config = {"configurable": {"thread_id": thread_id}}
    chunks = graph.astream({"messages": [HumanMessage(text)]}, config, stream_mode="messages")
    said = ""
    try:
        async for message, _ in chunks:
            if isinstance(message, AIMessageChunk):
                said += message.text
            elif not isinstance(message, AIMessage) or message.text == said:
                continue
            if message.text:
                yield message.text
    finally:
        await aclose_source(chunks)


async def stream_thread__drops_what_comes_twice(graph, thread_id, text):
    """The same piece twice in a row is a mistake of the network.

    Caught by: test_any_steps
    """
    chunks = graph.astream(
        {"messages": [HumanMessage(text)]},
        {"configurable": {"thread_id": thread_id}},
        stream_mode="messages",
    )
    last = None
    said = {}

    def was_said(text: str, step: str) -> bool:
        texts = ("".join(parts) for (where, _), parts in said.items() if where == step)
        return any(one.strip() == text.strip() for one in texts)

    try:
        async for message, about in chunks:
            if not isinstance(message, AIMessage) or not message.text:
                continue
            step = about["langgraph_checkpoint_ns"]
            if isinstance(message, AIMessageChunk) or not was_said(message.text, step):
                said.setdefault((step, message.id), []).append(message.text)
                if last == message.text:
                    continue
                last = message.text
                yield message.text
    finally:
        await aclose_source(chunks)


async def stream_thread__minds_no_capitals(graph, thread_id, text):
    """Texts that differ only in their capitals are the same answer.

    Caught by: test_any_steps
    """
    chunks = graph.astream(
        {"messages": [HumanMessage(text)]},
        {"configurable": {"thread_id": thread_id}},
        stream_mode="messages",
    )
    said = {}

    def was_said(text: str, step: str) -> bool:
        texts = ("".join(parts) for (where, _), parts in said.items() if where == step)
        return any(one.strip().lower() == text.strip().lower() for one in texts)

    try:
        async for message, about in chunks:
            if not isinstance(message, AIMessage) or not message.text:
                continue
            step = about["langgraph_checkpoint_ns"]
            if isinstance(message, AIMessageChunk) or not was_said(message.text, step):
                said.setdefault((step, message.id), []).append(message.text)
                yield message.text
    finally:
        await aclose_source(chunks)


async def stream_thread__finds_a_text_inside(graph, thread_id, text):
    """A text that is part of what was said has been said.

    Caught by: test_any_steps
    """
    chunks = graph.astream(
        {"messages": [HumanMessage(text)]},
        {"configurable": {"thread_id": thread_id}},
        stream_mode="messages",
    )
    said = {}

    def was_said(text: str, step: str) -> bool:
        texts = ("".join(parts) for (where, _), parts in said.items() if where == step)
        return any(text.strip() in one for one in texts)

    try:
        async for message, about in chunks:
            if not isinstance(message, AIMessage) or not message.text:
                continue
            step = about["langgraph_checkpoint_ns"]
            if isinstance(message, AIMessageChunk) or not was_said(message.text, step):
                said.setdefault((step, message.id), []).append(message.text)
                yield message.text
    finally:
        await aclose_source(chunks)


async def stream_thread__replaces_an_error(graph, thread_id, text):
    """The caller need not know what happens inside of a graph.

    Caught by: test_an_error_passes_through
    """
    chunks = graph.astream(
        {"messages": [HumanMessage(text)]},
        {"configurable": {"thread_id": thread_id}},
        stream_mode="messages",
    )
    said = {}

    def was_said(text: str, step: str) -> bool:
        texts = ("".join(parts) for (where, _), parts in said.items() if where == step)
        return any(one.strip() == text.strip() for one in texts)

    try:
        async for message, about in chunks:
            if not isinstance(message, AIMessage) or not message.text:
                continue
            step = about["langgraph_checkpoint_ns"]
            if isinstance(message, AIMessageChunk) or not was_said(message.text, step):
                said.setdefault((step, message.id), []).append(message.text)
                yield message.text
    except Exception as error:
        raise RuntimeError(str(error)) from error
    finally:
        await aclose_source(chunks)
