"""Wrong answers to lesson 12 that the graders have to reject.

`course/lesson/variants.py` explains how these functions are used. Each docstring says what the
learner believes, and which test has to say what is wrong with it.
"""
# Names come from the solution.
# ruff: noqa: F821


# buffer_by_count


def buffer_by_count__loses_the_tail(tokens, n):
    """A piece goes out when it has n tokens, so in the end all of them are out.

    Caught by: test_the_tail_comes_out
    """
    if n < 1:
        raise ValueError(n)
    held = []
    try:
        for token in tokens:
            if token:
                held.append(token)
            if len(held) >= n:
                yield "".join(held)
                held = []
    finally:
        close_source(tokens)


def buffer_by_count__waits_for_one_more(tokens, n):
    """There may be n tokens in the buffer; the next one empties it.

    Caught by: test_n_tokens_make_a_piece
    """
    if n < 1:
        raise ValueError(n)
    held = []
    try:
        for token in tokens:
            if token:
                held.append(token)
            if len(held) > n:
                yield "".join(held)
                held = []
        if held:
            yield "".join(held)
    finally:
        close_source(tokens)


def buffer_by_count__joins_none(tokens, n):
    """Every delta has some text.

    Caught by: test_tokens_without_text_do_not_count
    """
    if n < 1:
        raise ValueError(n)
    held = []
    try:
        for token in tokens:
            held.append(token)
            if len(held) == n:
                yield "".join(held)
                held = []
        if held:
            yield "".join(held)
    finally:
        close_source(tokens)


def buffer_by_count__stops_at_none(tokens, n):
    """A token without text is the end of the stream.

    Caught by: test_tokens_without_text_do_not_count
    """
    if n < 1:
        raise ValueError(n)
    held = []
    try:
        for token in tokens:
            if not token:
                break
            held.append(token)
            if len(held) == n:
                yield "".join(held)
                held = []
        if held:
            yield "".join(held)
    finally:
        close_source(tokens)


def buffer_by_count__counts_tokens_without_text(tokens, n):
    """None is an empty text, and every token counts.

    Caught by: test_tokens_without_text_do_not_count
    """
    if n < 1:
        raise ValueError(n)
    held = []
    try:
        for token in tokens:
            held.append(token or "")
            if len(held) == n:
                if any(held):
                    yield "".join(held)
                held = []
        if any(held):
            yield "".join(held)
    finally:
        close_source(tokens)


def buffer_by_count__does_not_join_the_tail(tokens, n):
    """What is left at the end is not a whole piece, so it goes out as it is.

    Caught by: test_the_tail_comes_out
    """
    if n < 1:
        raise ValueError(n)
    held = []
    try:
        for token in tokens:
            if token:
                held.append(token)
            if len(held) == n:
                yield "".join(held)
                held = []
        yield from held
    finally:
        close_source(tokens)


def buffer_by_count__drops_what_comes_twice(tokens, n):
    """A token that equals the one before it was sent twice by mistake.

    Caught by: test_any_tokens
    """
    if n < 1:
        raise ValueError(n)
    held, last = [], None
    try:
        for token in tokens:
            if token and token != last:
                held.append(token)
                last = token
                if len(held) == n:
                    yield "".join(held)
                    held = []
        if held:
            yield "".join(held)
    finally:
        close_source(tokens)


def buffer_by_count__stops_at_done(tokens, n):
    """OpenAI's stream ends with [DONE].

    Caught by: test_any_tokens
    """
    if n < 1:
        raise ValueError(n)
    held = []
    try:
        for token in tokens:
            if token == "[DONE]":
                break
            if token:
                held.append(token)
                if len(held) == n:
                    yield "".join(held)
                    held = []
        if held:
            yield "".join(held)
    finally:
        close_source(tokens)


def buffer_by_count__closes_only_when_stopped(tokens, n):
    """A source that has ended has nothing left to close.

    Caught by: test_any_tokens
    """
    if n < 1:
        raise ValueError(n)
    held = []
    try:
        for token in tokens:
            if token:
                held.append(token)
                if len(held) == n:
                    yield "".join(held)
                    held = []
        if held:
            yield "".join(held)
    except GeneratorExit:
        close_source(tokens)
        raise


def buffer_by_count__keeps_its_buffer(tokens, n, held=[]):  # noqa: B006
    """A default value is a new list for each call.

    Caught by: test_each_call_is_a_stream_of_its_own
    """
    if n < 1:
        raise ValueError(n)
    try:
        for token in tokens:
            if token:
                held.append(token)
                if len(held) == n:
                    piece = "".join(held)
                    held.clear()
                    yield piece
        if held:
            yield "".join(held)
    finally:
        close_source(tokens)


def buffer_by_count__checks_when_a_token_comes(tokens, n):
    """n matters only once there is a token.

    Caught by: test_n_must_be_positive
    """
    held = []
    try:
        for token in tokens:
            if n < 1:
                raise ValueError(n)
            if token:
                held.append(token)
                if len(held) == n:
                    yield "".join(held)
                    held = []
        if held:
            yield "".join(held)
    finally:
        close_source(tokens)


# first_then_batch


def first_then_batch__bundles_the_first_too(tokens, n):
    """All pieces have n tokens, including the first one.

    Caught by: test_the_first_token_comes_alone
    """
    if n < 1:
        raise ValueError(n)
    held = []
    try:
        for token in tokens:
            if token:
                held.append(token)
            if len(held) == n:
                yield "".join(held)
                held = []
        if held:
            yield "".join(held)
    finally:
        close_source(tokens)


def first_then_batch__starts_over_after_each_batch(tokens, n):
    """After a piece has gone out, everything is as it was at the beginning.

    Caught by: test_only_the_first_comes_alone
    """
    if n < 1:
        raise ValueError(n)
    held = []
    enough = 1
    try:
        for token in tokens:
            if token:
                held.append(token)
                if len(held) == enough:
                    yield "".join(held)
                    held = []
                    enough = n if enough == 1 else 1
        if held:
            yield "".join(held)
    finally:
        close_source(tokens)


def first_then_batch__counts_characters(tokens, n):
    """n is a number of characters, as max_chars was.

    Caught by: test_the_first_token_comes_alone
    """
    if n < 1:
        raise ValueError(n)
    text = ""
    enough = 1
    try:
        for token in tokens:
            text += token
            if len(text) >= enough:
                yield text
                text, enough = "", n
        if text:
            yield text
    finally:
        close_source(tokens)


def first_then_batch__takes_an_empty_token_for_the_first(tokens, n):
    """The first token is the first one that comes.

    Caught by: test_an_empty_token_is_not_the_first
    """
    if n < 1:
        raise ValueError(n)
    held = []
    is_first = True
    try:
        for token in tokens:
            if token:
                held.append(token)
            if len(held) == n or (is_first and held):
                yield "".join(held)
                held = []
            is_first = False
        if held:
            yield "".join(held)
    finally:
        close_source(tokens)


def first_then_batch__collects_first(tokens, n):
    """Cutting a list into pieces is the shortest way.

    Caught by: test_nobody_waits_for_the_first
    """
    if n < 1:
        raise ValueError(n)
    words = [token for token in tokens if token]
    yield from words[:1]
    for start in range(1, len(words), n):
        yield "".join(words[start : start + n])


def first_then_batch__waits_for_visible_text(tokens, n):
    """White space cannot be seen, so it is not yet what somebody waits for.

    Caught by: test_any_tokens
    """
    if n < 1:
        raise ValueError(n)
    held = []
    enough = 1
    try:
        for token in tokens:
            if token:
                held.append(token)
                if len(held) >= enough and "".join(held).strip():
                    yield "".join(held)
                    held, enough = [], n
        if held:
            yield "".join(held)
    finally:
        close_source(tokens)


def first_then_batch__remembers_the_first(tokens, n):
    """The first token has been seen once and for all.

    Caught by: test_each_call_is_a_stream_of_its_own
    """
    if n < 1:
        raise ValueError(n)
    held = []
    try:
        for token in tokens:
            if token:
                held.append(token)
                if len(held) == n or not getattr(first_then_batch, "has_begun", False):
                    first_then_batch.has_begun = True
                    yield "".join(held)
                    held = []
        if held:
            yield "".join(held)
    finally:
        close_source(tokens)


def first_then_batch__ends_well_when_interrupted(tokens, n):
    """Ctrl-C ends the stream, and what has come so far is the answer.

    Caught by: test_any_tokens
    """
    if n < 1:
        raise ValueError(n)
    held = []
    enough = 1
    try:
        for token in tokens:
            if token:
                held.append(token)
                if len(held) == enough:
                    yield "".join(held)
                    held, enough = [], n
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        close_source(tokens)
    if held:
        yield "".join(held)


def first_then_batch__drops_what_comes_twice(tokens, n):
    """A token that equals the one before it was sent twice by mistake.

    Caught by: test_any_tokens
    """
    from itertools import groupby

    if n < 1:
        raise ValueError(n)
    held = []
    enough = 1
    try:
        for token, _ in groupby(tokens):
            if token:
                held.append(token)
                if len(held) == enough:
                    yield "".join(held)
                    held, enough = [], n
        if held:
            yield "".join(held)
    finally:
        close_source(tokens)


def first_then_batch__closes_unless_it_fails(tokens, n):
    """A source that has raised an error is over.

    Caught by: test_any_tokens
    """
    if n < 1:
        raise ValueError(n)
    held = []
    enough = 1
    try:
        for token in tokens:
            if token:
                held.append(token)
                if len(held) == enough:
                    yield "".join(held)
                    held, enough = [], n
        if held:
            yield "".join(held)
    except GeneratorExit:
        close_source(tokens)
        raise
    close_source(tokens)


# smooth_words


def smooth_words__loses_the_last_word(tokens):
    """A word goes out when the next one begins, so in the end all of them are out.

    Caught by: test_the_last_word_comes_out
    """
    held = ""
    try:
        for token in tokens:
            held += token
            while match := re.match(r"\s*\S+\s+(?=\S)", held):
                yield match[0]
                held = held[match.end() :]
    finally:
        close_source(tokens)


def smooth_words__splits_each_token(tokens):
    """split() gives the words of a text.

    Caught by: test_the_last_word_comes_out
    """
    try:
        for token in tokens:
            for word in token.split():
                yield word + " "
    finally:
        close_source(tokens)


def smooth_words__splits_the_buffer(tokens):
    """split() gives the words of a text; the last of them may go on.

    Caught by: test_white_space_stays_together
    """
    held = ""
    try:
        for token in tokens:
            held += token
            *words, last = held.split(" ")
            for word in words:
                yield word + " "
            held = last
        if held:
            yield held
    finally:
        close_source(tokens)


def smooth_words__does_not_wait_for_the_next_word(tokens):
    """Whitespace ends a word, so the word is complete when the first space has come.

    Caught by: test_white_space_stays_together
    """
    held = ""
    try:
        for token in tokens:
            for character in token:
                held += character
                if character.isspace() and not held.isspace():
                    yield held
                    held = ""
        if held:
            yield held
    finally:
        close_source(tokens)


def smooth_words__cuts_once_for_each_token(tokens):
    """Everything that is complete when a token has come can go out in one piece.

    Caught by: test_cuts_make_no_difference
    """
    held = ""
    try:
        for token in tokens:
            held += token
            match = re.match(r"\s*(\S+\s+)+(?=\S)", held)
            if match:
                yield match[0]
                held = held[match.end() :]
        if held:
            yield held
    finally:
        close_source(tokens)


def smooth_words__waits_for_a_letter(tokens):
    """A word is made of letters.

    Caught by: test_words_come_whole
    """
    held = ""
    try:
        for token in tokens:
            held += token
            while match := re.match(r"\s*\S+\s+(?=\w)", held):
                yield match[0]
                held = held[match.end() :]
        if held:
            yield held
    finally:
        close_source(tokens)


def smooth_words__tidies_line_breaks(tokens):
    """A line break is a line break, however it is written.

    Caught by: test_cuts_make_no_difference
    """
    held = ""
    try:
        for token in tokens:
            for character in token.replace("\r\n", "\n"):
                if held[-1:].isspace() and held.strip() and not character.isspace():
                    yield held
                    held = ""
                held += character
        if held:
            yield held
    finally:
        close_source(tokens)


def smooth_words__knows_ascii_only(tokens):
    """Whitespace is what string.whitespace has.

    Caught by: test_white_space_stays_together
    """
    import string

    held = ""
    try:
        for token in tokens:
            for character in token:
                is_space = character in string.whitespace
                if not is_space and held.strip(string.whitespace) and held[-1] in string.whitespace:
                    yield held
                    held = ""
                held += character
        if held:
            yield held
    finally:
        close_source(tokens)


def smooth_words__does_not_break_at_a_hard_space(tokens):
    """A non-breaking space keeps two words together.

    Caught by: test_any_tokens
    """
    held = ""
    try:
        for token in tokens:
            for character in token:
                is_space = character.isspace() and character != "\u00a0"
                if not is_space and held.strip() and held[-1:].isspace() and held[-1] != "\u00a0":
                    yield held
                    held = ""
                held += character
        if held:
            yield held
    finally:
        close_source(tokens)


def smooth_words__closes_only_when_stopped(tokens):
    """A source that has ended has nothing left to close.

    Caught by: test_any_tokens
    """
    held = ""
    try:
        for token in tokens:
            held += token
            while match := re.match(r"\s*\S+\s+(?=\S)", held):
                yield match[0]
                held = held[match.end() :]
        if held:
            yield held
    except GeneratorExit:
        close_source(tokens)
        raise


def smooth_words__drops_what_comes_twice(tokens):
    """A token that equals the one before it was sent twice by mistake.

    Caught by: test_any_tokens
    """
    held, last = "", None
    try:
        for token in tokens:
            if len(token) > 1 and token == last:
                continue
            last = token
            held += token
            while match := re.match(r"\s*\S+\s+(?=\S)", held):
                yield match[0]
                held = held[match.end() :]
        if held:
            yield held
    finally:
        close_source(tokens)


def smooth_words__needs_a_word(tokens):
    """A text of white space only has no word, and so no piece.

    Caught by: test_white_space_at_the_beginning
    """
    held = ""
    try:
        for token in tokens:
            held += token
            while match := re.match(r"\s*\S+\s+(?=\S)", held):
                yield match[0]
                held = held[match.end() :]
        if held.strip():
            yield held
    finally:
        close_source(tokens)


# sentence_stream


def sentence_stream__looks_at_the_end_of_a_token(tokens, abbreviations=(), max_chars=200):
    """A sentence is over when the buffer ends with a mark.

    Caught by: test_sentences_come_whole
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    held = ""
    try:
        for token in tokens:
            held += token
            if held.endswith(MARKS) or len(held) >= max_chars:
                yield held
                held = ""
        if held:
            yield held
    finally:
        close_source(tokens)


def sentence_stream__splits_and_strips(tokens, abbreviations=(), max_chars=200):
    """Between two sentences there is whitespace, and nobody needs it.

    Caught by: test_sentences_come_whole
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    held = ""
    try:
        for token in tokens:
            held += token
            *whole, held = re.split(r"(?<=[.!?])\s+", held)
            yield from whole
        if held.strip():
            yield held.strip()
    finally:
        close_source(tokens)


def sentence_stream__does_not_wait_for_the_next(tokens, abbreviations=ABBREVIATIONS, max_chars=200):
    """A mark and a space end a sentence.

    Caught by: test_sentences_come_whole
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    known = [abbreviation.lower() for abbreviation in abbreviations]
    held = ""
    try:
        for token in tokens:
            held += token
            ends = [place.end() for place in re.finditer(r"\s+", held)]
            start = 0
            for end in ends:
                word = held[start:end].split()[-1:] or [""]
                bare = word[0].strip(AROUND)
                if bare.endswith(MARKS) and bare.lower() not in known:
                    yield held[start:end]
                    start = end
            held = held[start:]
            while len(held) > max_chars:
                cut = held.rfind(" ", 0, max_chars) + 1 or max_chars
                yield held[:cut]
                held = held[cut:]
        if held:
            yield held
    finally:
        close_source(tokens)


def sentence_stream__knows_no_abbreviations(tokens, abbreviations=ABBREVIATIONS, max_chars=200):
    """A period and a space always mean the end of a sentence.

    Caught by: test_abbreviations_end_nothing
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    held = ""
    try:
        for token in tokens:
            for character in token:
                last = held.split()[-1:] if held[-1:].isspace() else []
                if not character.isspace() and last and last[0].strip(AROUND).endswith(MARKS):
                    yield held
                    held = ""
                elif len(held) == max_chars:
                    cut = max(held.rfind(" "), held.rfind("\n")) + 1 or max_chars
                    yield held[:cut]
                    held = held[cut:]
                held += character
        if held:
            yield held
    finally:
        close_source(tokens)


def sentence_stream__cuts_words(tokens, abbreviations=ABBREVIATIONS, max_chars=200):
    """When the buffer is full, all of it goes out.

    Caught by: test_a_long_sentence_is_cut_at_a_space
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    known = [abbreviation.lower() for abbreviation in abbreviations]
    held = ""
    try:
        for token in tokens:
            for character in token:
                last = held.split()[-1:] if held[-1:].isspace() else []
                bare = last[0].strip(AROUND) if last else ""
                is_whole = bare.endswith(MARKS) and bare.lower() not in known
                if (is_whole and not character.isspace()) or len(held) == max_chars:
                    yield held
                    held = ""
                held += character
        if held:
            yield held
    finally:
        close_source(tokens)


def sentence_stream__forgets_white_space_at_the_end(
    tokens, abbreviations=ABBREVIATIONS, max_chars=200
):
    """rsplit(maxsplit=1)[-1] is what comes after the last whitespace.

    Caught by: test_white_space_fills_the_buffer_too
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    known = [abbreviation.lower() for abbreviation in abbreviations]
    held = ""
    try:
        for token in tokens:
            for character in token:
                last = held.split()[-1:] if held[-1:].isspace() else []
                bare = last[0].strip(AROUND) if last else ""
                is_whole = bare.endswith(MARKS) and bare.lower() not in known
                if is_whole and not character.isspace():
                    yield held
                    held = ""
                elif len(held) == max_chars:
                    cut = len(held) - len(held.rsplit(maxsplit=1)[-1]) or max_chars
                    yield held[:cut]
                    held = held[cut:]
                held += character
        if held:
            yield held
    finally:
        close_source(tokens)


def sentence_stream__counts_no_white_space(tokens, abbreviations=ABBREVIATIONS, max_chars=200):
    """Whitespace at the end of a piece is not spoken, so it does not matter how much there is.

    Caught by: test_white_space_fills_the_buffer_too
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    known = [abbreviation.lower() for abbreviation in abbreviations]
    held = ""
    try:
        for token in tokens:
            for character in token:
                last = held.split()[-1:] if held[-1:].isspace() else []
                bare = last[0].strip(AROUND) if last else ""
                if not character.isspace():
                    if bare.endswith(MARKS) and bare.lower() not in known:
                        yield held
                        held = ""
                    elif len(held) >= max_chars:
                        rest = "" if held[-1].isspace() else held.split()[-1]
                        cut = len(held) - len(rest) or max_chars
                        yield held[:cut]
                        held = held[cut:]
                held += character
        if held:
            yield held
    finally:
        close_source(tokens)


def sentence_stream__hands_out_white_space_alone(
    tokens, abbreviations=ABBREVIATIONS, max_chars=200
):
    """Whitespace has an end too, and so does a piece made of nothing else.

    Caught by: test_sentences_come_whole
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    known = {abbreviation.lower() for abbreviation in abbreviations}

    def is_whole(text):
        word = (text.split() or [""])[-1].strip(AROUND)
        ends = not word or (word.endswith(MARKS) and word.lower() not in known)
        return text[-1:].isspace() and ends

    held = ""
    try:
        for token in tokens:
            for character in token:
                if not character.isspace() and is_whole(held):
                    yield held
                    held = ""
                elif len(held) == max_chars:
                    rest = "" if held[-1].isspace() else held.split()[-1]
                    cut = len(held) - len(rest) or max_chars
                    yield held[:cut]
                    held = held[cut:]
                held += character
        if held:
            yield held
    finally:
        close_source(tokens)


def sentence_stream__needs_a_capital(tokens, abbreviations=ABBREVIATIONS, max_chars=200):
    """A sentence begins with a capital letter, a digit or a mark.

    Caught by: test_any_text
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    known = {abbreviation.lower() for abbreviation in abbreviations}
    held = ""
    try:
        for token in tokens:
            for character in token:
                last = held.split()[-1:] if held[-1:].isspace() else []
                bare = last[0].strip(AROUND) if last else ""
                is_whole = bare.endswith(MARKS) and bare.lower() not in known
                if is_whole and not character.isspace() and not character.isnumeric():
                    yield held
                    held = ""
                elif len(held) == max_chars:
                    spaces = [place.end() for place in re.finditer(r"\s", held)]
                    cut = spaces[-1] if spaces else max_chars
                    yield held[:cut]
                    held = held[cut:]
                held += character
        if held:
            yield held
    finally:
        close_source(tokens)


def sentence_stream__takes_none_for_the_usual(tokens, abbreviations=ABBREVIATIONS, max_chars=200):
    """No abbreviations were given, so the usual ones are meant.

    Caught by: test_any_text
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    known = {abbreviation.lower() for abbreviation in abbreviations or ABBREVIATIONS}
    held = ""
    try:
        for token in tokens:
            for character in token:
                last = held.split()[-1:] if held[-1:].isspace() else []
                bare = last[0].strip(AROUND) if last else ""
                if bare.endswith(MARKS) and bare.lower() not in known and not character.isspace():
                    yield held
                    held = ""
                elif len(held) == max_chars:
                    spaces = [place.end() for place in re.finditer(r"\s", held)]
                    cut = spaces[-1] if spaces else max_chars
                    yield held[:cut]
                    held = held[cut:]
                held += character
        if held:
            yield held
    finally:
        close_source(tokens)


def sentence_stream__sorts_the_abbreviations(tokens, abbreviations=ABBREVIATIONS, max_chars=200):
    """A list can be made ready where it is.

    Caught by: test_any_text
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    if isinstance(abbreviations, list):
        abbreviations[:] = [abbreviation.lower() for abbreviation in abbreviations]
    known = {abbreviation.lower() for abbreviation in abbreviations}
    held = ""
    try:
        for token in tokens:
            for character in token:
                last = held.split()[-1:] if held[-1:].isspace() else []
                bare = last[0].strip(AROUND) if last else ""
                if bare.endswith(MARKS) and bare.lower() not in known and not character.isspace():
                    yield held
                    held = ""
                elif len(held) == max_chars:
                    spaces = [place.end() for place in re.finditer(r"\s", held)]
                    cut = spaces[-1] if spaces else max_chars
                    yield held[:cut]
                    held = held[cut:]
                held += character
        if held:
            yield held
    finally:
        close_source(tokens)


def sentence_stream__ends_at_a_paragraph(tokens, abbreviations=ABBREVIATIONS, max_chars=200):
    """A blank line ends a sentence, too, and the source closes itself at its end.

    Caught by: test_any_text
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    known = {abbreviation.lower() for abbreviation in abbreviations}
    held = ""
    try:
        for token in tokens:
            for character in token:
                last = held.split()[-1:] if held[-1:].isspace() else []
                bare = last[0].strip(AROUND) if last else ""
                is_whole = bare.endswith(MARKS) and bare.lower() not in known
                if (is_whole or held.endswith("\n\n")) and not character.isspace():
                    yield held
                    held = ""
                elif len(held) == max_chars:
                    spaces = [place.end() for place in re.finditer(r"\s", held)]
                    cut = spaces[-1] if spaces else max_chars
                    yield held[:cut]
                    held = held[cut:]
                held += character
        if held:
            yield held
    finally:
        close_source(tokens)


def sentence_stream__hides_an_error(tokens, abbreviations=ABBREVIATIONS, max_chars=200):
    """A voice must not stop in the middle: what has come is read aloud.

    Caught by: test_its_source_is_closed_and_may_fail
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    known = {abbreviation.lower() for abbreviation in abbreviations}
    held = ""
    try:
        for token in tokens:
            for character in token:
                last = held.split()[-1:] if held[-1:].isspace() else []
                bare = last[0].strip(AROUND) if last else ""
                if bare.endswith(MARKS) and bare.lower() not in known and not character.isspace():
                    yield held
                    held = ""
                elif len(held) == max_chars:
                    spaces = [place.end() for place in re.finditer(r"\s", held)]
                    cut = spaces[-1] if spaces else max_chars
                    yield held[:cut]
                    held = held[cut:]
                held += character
    except OSError:
        pass
    finally:
        close_source(tokens)
    if held:
        yield held


def sentence_stream__tries_three_forms(tokens, abbreviations=ABBREVIATIONS, max_chars=200):
    """A word is written as it is, in lowercase, or with a capital.

    Caught by: test_other_abbreviations_can_be_given
    """
    if max_chars < 1:
        raise ValueError("max_chars must be at least 1")

    def is_whole(text):
        if not text[-1:].isspace() or text.isspace():
            return False
        word = text.rsplit(maxsplit=1)[-1].strip(AROUND)
        forms = {word, word.lower(), word.capitalize()}
        return word.endswith(MARKS) and forms.isdisjoint(abbreviations)

    held = ""
    try:
        for token in tokens:
            for character in token:
                if not character.isspace() and is_whole(held):
                    yield held
                    held = ""
                elif len(held) == max_chars:
                    rest = "" if held[-1].isspace() else held.rsplit(maxsplit=1)[-1]
                    cut = len(held) - len(rest) or max_chars
                    yield held[:cut]
                    held = held[cut:]
                held += character
        if held:
            yield held
    finally:
        close_source(tokens)


def sentence_stream__full_buffer_cut_without_need(
    tokens: Iterable[str],
    abbreviations: Collection[str] = ABBREVIATIONS,
    max_chars: int = 200,
) -> Iterator[str]:
    """A full buffer is cut, whether anything follows or not.

    Caught by: test_any_text
    """
    if max_chars < 1:
        raise ValueError("max_chars must be at least 1")
    known = {abbreviation.casefold() for abbreviation in abbreviations}

    def complete(text: str) -> bool:
        if not text[-1:].isspace():
            return False
        words = text.split()
        word = words[-1].strip(AROUND) if words else ""
        return word.endswith(MARKS) and word.casefold() not in known

    try:
        buffer = ""
        for token in tokens:
            for char in token:
                if not char.isspace() and complete(buffer):
                    yield buffer
                    buffer = ""
                buffer += char
                if len(buffer) >= max_chars:
                    cut = len(buffer)
                    while cut and not buffer[cut - 1].isspace():
                        cut -= 1
                    cut = cut or len(buffer)
                    yield buffer[:cut]
                    buffer = buffer[cut:]
        if buffer:
            yield buffer
    finally:
        close_source(tokens)


# flush_on_event


def flush_on_event__loses_the_tail(events, max_chars):
    """There is always a last event that flushes.

    Caught by: test_text_is_joined
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    held = None
    try:
        for event in events:
            if held and {**event, "content": ""} != {**held, "content": ""}:
                yield held
                held = None
            if event["type"] != "token":
                yield event
                continue
            before = held["content"] if held else ""
            held = {**event, "content": before + event["content"]}
            if len(held["content"]) >= max_chars:
                yield held
                held = None
    finally:
        close_source(events)


def flush_on_event__lets_events_overtake(events, max_chars):
    """Text may wait a little; events are urgent.

    Caught by: test_text_keeps_its_place
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    held = None
    try:
        for event in events:
            if event["type"] != "token":
                yield event
                continue
            if held and {**event, "content": ""} != {**held, "content": ""}:
                yield held
                held = None
            before = held["content"] if held else ""
            held = {**event, "content": before + event["content"]}
            if len(held["content"]) >= max_chars:
                yield held
                held = None
        if held:
            yield held
    finally:
        close_source(events)


def flush_on_event__mixes_parts(events, max_chars):
    """Text is text, whichever part it comes from.

    Caught by: test_parts_are_kept_apart
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    held = None
    try:
        for event in events:
            if event["type"] == "token":
                if held is None:
                    held = dict(event)
                else:
                    held["content"] += event["content"]
            if held and (event["type"] != "token" or len(held["content"]) >= max_chars):
                yield held
                held = None
            if event["type"] != "token":
                yield event
        if held:
            yield held
    finally:
        close_source(events)


def flush_on_event__makes_events_of_its_own(events, max_chars):
    """A token event has a type, an id and a content.

    Caught by: test_metadata_stays_with_its_text
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    text, part = "", ""
    try:
        for event in events:
            is_token = event["type"] == "token"
            if text and not (is_token and event["id"] == part):
                yield {"type": "token", "id": part, "content": text}
                text = ""
            if not is_token:
                yield event
                continue
            text, part = text + event["content"], event["id"]
            if len(text) >= max_chars:
                yield {"type": "token", "id": part, "content": text}
                text = ""
        if text:
            yield {"type": "token", "id": part, "content": text}
    finally:
        close_source(events)


def flush_on_event__cuts_contents(events, max_chars):
    """Each piece has exactly max_chars characters.

    Caught by: test_a_content_is_never_cut
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    held = None
    try:
        for event in events:
            if held and {**event, "content": ""} != {**held, "content": ""}:
                yield held
                held = None
            if event["type"] != "token":
                yield event
                continue
            text = (held["content"] if held else "") + event["content"]
            while len(text) >= max_chars:
                yield {**event, "content": text[:max_chars]}
                text = text[max_chars:]
            held = {**event, "content": text} if text else None
        if held:
            yield held
    finally:
        close_source(events)


def flush_on_event__joins_whatever_has_a_content(events, max_chars):
    """Anything that has content is text.

    Caught by: test_types_that_nobody_knows_pass
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    held = None
    try:
        for event in events:
            if held and {**event, "content": ""} != {**held, "content": ""}:
                yield held
                held = None
            if "content" not in event:
                yield event
                continue
            before = held["content"] if held else ""
            held = {**event, "content": before + event["content"]}
            if len(held["content"]) >= max_chars:
                yield held
                held = None
        if held:
            yield held
    finally:
        close_source(events)


def flush_on_event__stops_at_complete(events, max_chars):
    """Nothing comes after `complete`.

    Caught by: test_complete_is_no_end
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    held = None
    try:
        for event in events:
            if held and {**event, "content": ""} != {**held, "content": ""}:
                yield held
                held = None
            if event["type"] != "token":
                yield event
                if event["type"] == "complete":
                    return
                continue
            before = held["content"] if held else ""
            held = {**event, "content": before + event["content"]}
            if len(held["content"]) >= max_chars:
                yield held
                held = None
        if held:
            yield held
    finally:
        close_source(events)


def flush_on_event__refuses_what_it_does_not_know(events, max_chars):
    """The union says which types there are.

    Caught by: test_types_that_nobody_knows_pass
    """
    from typing import assert_never

    if max_chars < 1:
        raise ValueError(max_chars)
    held = None
    try:
        for event in events:
            if held and {**event, "content": ""} != {**held, "content": ""}:
                yield held
                held = None
            match event["type"]:
                case "token":
                    before = held["content"] if held else ""
                    held = {**event, "content": before + event["content"]}
                    if len(held["content"]) >= max_chars:
                        yield held
                        held = None
                case "tool_start" | "tool_end" | "complete":
                    yield event
                case unknown:
                    assert_never(unknown)
        if held:
            yield held
    finally:
        close_source(events)


def flush_on_event__drops_what_comes_twice(events, max_chars):
    """An event that equals the one before it was sent twice by mistake.

    Caught by: test_any_events
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    held, last = None, None
    try:
        for event in events:
            if event["type"] != "token" and event == last:
                continue
            last = event
            if held and {**held, "content": ""} != {**event, "content": ""}:
                yield held
                held = None
            if event["type"] != "token":
                yield event
                continue
            held = {**event, "content": (held["content"] if held else "") + event["content"]}
            if len(held["content"]) >= max_chars:
                yield held
                held = None
        if held:
            yield held
    finally:
        close_source(events)


def flush_on_event__counts_bytes(events, max_chars):
    """A character is a byte.

    Caught by: test_every_character_counts
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    held = None
    try:
        for event in events:
            if held and {**held, "content": ""} != {**event, "content": ""}:
                yield held
                held = None
            if event["type"] != "token":
                yield event
                continue
            held = {**event, "content": (held["content"] if held else "") + event["content"]}
            if len(held["content"].encode()) >= max_chars:
                yield held
                held = None
        if held:
            yield held
    finally:
        close_source(events)


def flush_on_event__grows_the_first(events, max_chars):
    """The first event of a piece can hold the text of all.

    Caught by: test_what_is_given_is_not_changed
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    held = None
    try:
        for event in events:
            if held and {**held, "content": ""} != {**event, "content": ""}:
                yield held
                held = None
            if event["type"] != "token":
                yield event
                continue
            if held:
                held["content"] += event["content"]
            else:
                held = event
            if len(held["content"]) >= max_chars:
                yield held
                held = None
        if held:
            yield held
    finally:
        close_source(events)


def flush_on_event__closes_only_when_stopped(events, max_chars):
    """A source that has ended has nothing left to close.

    Caught by: test_any_events
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    held = None
    try:
        for event in events:
            if held and {**held, "content": ""} != {**event, "content": ""}:
                yield held
                held = None
            if event["type"] != "token":
                yield event
                continue
            held = {**event, "content": (held["content"] if held else "") + event["content"]}
            if len(held["content"]) >= max_chars:
                yield held
                held = None
        if held:
            yield held
    except GeneratorExit:
        close_source(events)
        raise


def flush_on_event__skips_blank_text(events, max_chars):
    """White space is not text.

    Caught by: test_every_character_counts
    """
    if max_chars < 1:
        raise ValueError(max_chars)
    held = None
    try:
        for event in events:
            if held and {**held, "content": ""} != {**event, "content": ""}:
                yield held
                held = None
            if event["type"] != "token":
                yield event
                continue
            if not event["content"].strip():
                continue
            held = {**event, "content": (held["content"] if held else "") + event["content"]}
            if len(held["content"]) >= max_chars:
                yield held
                held = None
        if held:
            yield held
    finally:
        close_source(events)


# debounce


async def debounce__kills_the_stream(source, interval):
    """wait_for waits for an item, and if none comes in time, you can wait again.

    Caught by: test_a_late_item_is_not_lost
    """
    if not interval > 0:
        raise ValueError(interval)
    now = asyncio.get_running_loop().time
    group, end = [], 0.0
    try:
        while True:
            try:
                left = max(0.0, end - now()) if group else None
                item = await asyncio.wait_for(anext(source), left)
            except StopAsyncIteration:
                break
            except TimeoutError:
                yield group
                group = []
                continue
            if not group:
                end = now() + interval
            group.append(item)
        if group:
            yield group
    finally:
        await aclose_source(source)


async def debounce__keeps_a_beat(source, interval):
    """Every `interval` seconds you check what has come.

    Caught by: test_a_late_item_is_not_lost
    """
    if not interval > 0:
        raise ValueError(interval)
    came = []

    async def pump():
        async for item in source:
            came.append(item)

    pumping = asyncio.create_task(pump())
    try:
        while not pumping.done():
            await asyncio.wait({pumping}, timeout=interval)
            if came:
                group, came[:] = came[:], []
                yield group
        await pumping
    finally:
        pumping.cancel()
        await asyncio.gather(pumping, return_exceptions=True)
        await aclose_source(source)


async def debounce__waits_for_silence(source, interval):
    """A group is over when nothing has come for `interval` seconds.

    Caught by: test_a_steady_stream_comes_out_in_time
    """
    if not interval > 0:
        raise ValueError(interval)
    group, pull = [], None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(source))
            await asyncio.wait({pull}, timeout=interval if group else None)
            if not pull.done():
                yield group
                group = []
                continue
            if pull.exception() is not None:
                break
            group.append(pull.result())
            pull = None
        if group:
            yield group
        if not isinstance(pull.exception(), StopAsyncIteration):
            raise pull.exception()
    finally:
        if pull is not None:
            pull.cancel()
            await asyncio.gather(pull, return_exceptions=True)
        await aclose_source(source)


async def debounce__loses_the_group_on_error(source, interval):
    """An error ends everything.

    Caught by: test_an_error_comes_after_the_group
    """
    if not interval > 0:
        raise ValueError(interval)
    now = asyncio.get_running_loop().time
    group, end, pull = [], 0.0, None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(source))
            await asyncio.wait({pull}, timeout=max(0.0, end - now()) if group else None)
            if pull.done():
                try:
                    item = pull.result()
                except StopAsyncIteration:
                    break
                end = end if group else now() + interval
                group.append(item)
                pull = None
            if group and now() >= end:
                yield group
                group = []
        if group:
            yield group
    finally:
        if pull is not None:
            pull.cancel()
            await asyncio.gather(pull, return_exceptions=True)
        await aclose_source(source)


async def debounce__leaves_the_pull_waiting(source, interval):
    """Closing the source ends the pull as well.

    Caught by: test_stopping_closes_the_source
    """
    if not interval > 0:
        raise ValueError(interval)
    now = asyncio.get_running_loop().time
    group, end, pull = [], 0.0, None
    while True:
        pull = pull or asyncio.ensure_future(anext(source))
        await asyncio.wait({pull}, timeout=max(0.0, end - now()) if group else None)
        if pull.done():
            if pull.exception() is not None:
                break
            end = end if group else now() + interval
            group.append(pull.result())
            pull = None
        if group and now() >= end:
            yield group
            group = []
    if group:
        yield group
    await aclose_source(source)
    if not isinstance(pull.exception(), StopAsyncIteration):
        raise pull.exception()


async def debounce__puts_the_end_in_finally(source, interval):
    """A task reads the source into a queue, and its end has to be reported in every case.

    Caught by: test_stopping_closes_the_source
    """
    if not interval > 0:
        raise ValueError(interval)
    now = asyncio.get_running_loop().time
    arrived, ended, error = asyncio.Queue(maxsize=5), object(), None

    async def read():
        nonlocal error
        try:
            async for item in source:
                await arrived.put(item)
        except Exception as raised:
            error = raised
        finally:
            await arrived.put(ended)

    reading = asyncio.create_task(read())
    try:
        item = await arrived.get()
        while item is not ended:
            group, end = [item], now() + interval
            try:
                async with asyncio.timeout_at(end):
                    while (item := await arrived.get()) is not ended:
                        group.append(item)
            except TimeoutError:
                yield group
                item = await arrived.get()
            else:
                yield group
        if error is not None:
            raise error
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await aclose_source(source)


async def debounce__loses_the_last_group(source, interval):
    """A group goes out when its time is up, so in the end all of them are out.

    Caught by: test_a_late_item_is_not_lost
    """
    if not interval > 0:
        raise ValueError(interval)
    now = asyncio.get_running_loop().time
    group, end, pull = [], 0.0, None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(source))
            await asyncio.wait({pull}, timeout=end - now() if group else None)
            if pull.done():
                try:
                    item = pull.result()
                except StopAsyncIteration:
                    return
                except Exception:
                    if group:
                        yield group
                    raise
                if not group:
                    end = now() + interval
                group.append(item)
                pull = None
            if now() >= end:
                yield group
                group = []
    finally:
        if pull is not None:
            pull.cancel()
            await asyncio.gather(pull, return_exceptions=True)
        await aclose_source(source)


async def debounce__does_not_wait_for_the_pull(source, interval):
    """A pull that was cancelled is over.

    Caught by: test_each_call_is_a_stream_of_its_own
    """
    if not interval > 0:
        raise ValueError(interval)
    now = asyncio.get_running_loop().time
    group, end, pull = [], 0.0, None
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
                group = []
        if group:
            yield group
        error = pull.exception()
        if not isinstance(error, StopAsyncIteration):
            raise error
    finally:
        pull.cancel()
        await aclose_source(source)


async def debounce__accepts_not_a_number(source, interval):
    """What is not greater than 0 is less, or 0.

    Caught by: test_the_interval_must_be_positive
    """
    if interval <= 0:
        raise ValueError(interval)
    now = asyncio.get_running_loop().time
    group, end, pull = [], 0.0, None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(source))
            await asyncio.wait({pull}, timeout=end - now() if group else None)
            if pull.done():
                if pull.exception() is not None:
                    break
                end = end if group else now() + interval
                group.append(pull.result())
                pull = None
            if group and now() >= end:
                yield group
                group = []
        if group:
            yield group
        if not isinstance(pull.exception(), StopAsyncIteration):
            raise pull.exception()
    finally:
        if pull is not None:
            pull.cancel()
            await asyncio.gather(pull, return_exceptions=True)
        await aclose_source(source)


async def debounce__drops_what_comes_twice(source, interval):
    """An item that equals the one before it was sent twice by mistake.

    Caught by: test_any_items
    """
    if not interval > 0:
        raise ValueError(interval)
    now = asyncio.get_running_loop().time
    group, end, pull = [], 0.0, None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(source))
            await asyncio.wait({pull}, timeout=end - now() if group else None)
            if pull.done():
                if pull.exception() is not None:
                    break
                end = end if group else now() + interval
                if not group or group[-1] != pull.result():
                    group.append(pull.result())
                pull = None
            if group and now() >= end:
                yield group
                group = []
        if group:
            yield group
        if not isinstance(pull.exception(), StopAsyncIteration):
            raise pull.exception()
    finally:
        if pull is not None:
            pull.cancel()
            await asyncio.gather(pull, return_exceptions=True)
        await aclose_source(source)


async def debounce__takes_none_for_the_end(source, interval):
    """None means that nothing more comes.

    Caught by: test_any_items
    """
    if not interval > 0:
        raise ValueError(interval)
    now = asyncio.get_running_loop().time
    group, end, pull = [], 0.0, None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(source))
            await asyncio.wait({pull}, timeout=end - now() if group else None)
            if pull.done():
                if pull.exception() is not None:
                    break
                if pull.result() is None:
                    return
                end = end if group else now() + interval
                group.append(pull.result())
                pull = None
            if group and now() >= end:
                yield group
                group = []
        if group:
            yield group
        if not isinstance(pull.exception(), StopAsyncIteration):
            raise pull.exception()
    finally:
        if pull is not None:
            pull.cancel()
            await asyncio.gather(pull, return_exceptions=True)
        await aclose_source(source)


async def debounce__raises_what_is_handed_out(source, interval):
    """An exception among the items is an error.

    Caught by: test_any_items
    """
    if not interval > 0:
        raise ValueError(interval)
    now = asyncio.get_running_loop().time
    group, end, pull = [], 0.0, None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(source))
            await asyncio.wait({pull}, timeout=end - now() if group else None)
            if pull.done():
                if pull.exception() is not None:
                    break
                if isinstance(pull.result(), Exception):
                    raise pull.result()
                end = end if group else now() + interval
                group.append(pull.result())
                pull = None
            if group and now() >= end:
                yield group
                group = []
        if group:
            yield group
        if not isinstance(pull.exception(), StopAsyncIteration):
            raise pull.exception()
    finally:
        if pull is not None:
            pull.cancel()
            await asyncio.gather(pull, return_exceptions=True)
        await aclose_source(source)


async def debounce__takes_a_timeout_for_the_end(source, interval):
    """TimeoutError means that nothing came in time.

    Caught by: test_any_items
    """
    if not interval > 0:
        raise ValueError(interval)
    now = asyncio.get_running_loop().time
    group, end, pull = [], 0.0, None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(source))
            await asyncio.wait({pull}, timeout=end - now() if group else None)
            if pull.done():
                if pull.exception() is not None:
                    break
                end = end if group else now() + interval
                group.append(pull.result())
                pull = None
            if group and now() >= end:
                yield group
                group = []
        if group:
            yield group
        if not isinstance(pull.exception(), StopAsyncIteration | TimeoutError):
            raise pull.exception()
    finally:
        if pull is not None:
            pull.cancel()
            await asyncio.gather(pull, return_exceptions=True)
        await aclose_source(source)


async def debounce__closes_unless_it_fails(source, interval):
    """A source that has raised an error is over.

    Caught by: test_any_items
    """
    if not interval > 0:
        raise ValueError(interval)
    now = asyncio.get_running_loop().time
    group, end, pull = [], 0.0, None
    failed = False
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(source))
            await asyncio.wait({pull}, timeout=end - now() if group else None)
            if pull.done():
                if pull.exception() is not None:
                    break
                end = end if group else now() + interval
                group.append(pull.result())
                pull = None
            if group and now() >= end:
                yield group
                group = []
        if group:
            yield group
        if not isinstance(pull.exception(), StopAsyncIteration):
            failed = True
            raise pull.exception()
    finally:
        if pull is not None:
            pull.cancel()
            await asyncio.gather(pull, return_exceptions=True)
        if not failed:
            await aclose_source(source)


async def debounce__keeps_its_group(source, interval, group=[]):  # noqa: B006
    """A default value is a new list for each call.

    Caught by: test_each_call_is_a_stream_of_its_own
    """
    if not interval > 0:
        raise ValueError(interval)
    now = asyncio.get_running_loop().time
    end, pull = 0.0, None
    try:
        while True:
            pull = pull or asyncio.ensure_future(anext(source))
            await asyncio.wait({pull}, timeout=end - now() if group else None)
            if pull.done():
                if pull.exception() is not None:
                    break
                end = end if group else now() + interval
                group.append(pull.result())
                pull = None
            if group and now() >= end:
                yield [*group]
                group.clear()
        if group:
            yield [*group]
        if not isinstance(pull.exception(), StopAsyncIteration):
            raise pull.exception()
    finally:
        if pull is not None:
            pull.cancel()
            await asyncio.gather(pull, return_exceptions=True)
        await aclose_source(source)
