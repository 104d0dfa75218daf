"""Wrong answers to lesson 23 that the graders have to reject.

`course/lesson/variants.py` says how these functions are used. Each docstring says what the learner
believes, and which test has to say what is wrong with it.
"""
# Names come from the solution.
# ruff: noqa: F821


# fixed_chunks


def fixed_chunks__last_is_only_overlap(text, size, overlap=0):
    """A range over all of the text has all the starts.

    Caught by: test_each_chunk_begins_in_the_one_before
    """
    if size < 1 or not 0 <= overlap < size:
        raise ValueError(size)
    return [
        Chunk(text[start : start + size], start) for start in range(0, len(text), size - overlap)
    ]


def fixed_chunks__strips(text, size, overlap=0):
    """White space at the ends of a chunk is of no use.

    Caught by: test_each_chunk_has_the_size
    """
    if size < 1 or not 0 <= overlap < size:
        raise ValueError(size)
    if not text:
        return []
    starts = range(0, max(len(text) - overlap, 1), size - overlap)
    return [Chunk(text[start : start + size].strip(), start) for start in starts]


def fixed_chunks__drops_the_rest(text, size, overlap=0):
    """Only whole chunks count.

    Caught by: test_each_chunk_has_the_size
    """
    if size < 1 or not 0 <= overlap < size:
        raise ValueError(size)
    starts = range(0, len(text) - size + 1, size - overlap)
    return [Chunk(text[start : start + size], start) for start in starts]


def fixed_chunks__finds_the_first_twin(text, size, overlap=0):
    """find says where a chunk stands.

    Caught by: test_without_overlap_nothing_comes_twice
    """
    if size < 1 or not 0 <= overlap < size:
        raise ValueError(size)
    if not text:
        return []
    pieces = [
        text[start : start + size]
        for start in range(0, max(len(text) - overlap, 1), size - overlap)
    ]
    return [Chunk(piece, text.find(piece)) for piece in pieces]


def fixed_chunks__overlap_is_added(text, size, overlap=0):
    """The overlap comes on top of the size.

    Caught by: test_each_chunk_begins_in_the_one_before
    """
    if size < 1 or not 0 <= overlap < size:
        raise ValueError(size)
    return [
        Chunk(text[max(start - overlap, 0) : start + size], max(start - overlap, 0))
        for start in range(0, len(text), size)
    ]


def fixed_chunks__overlap_is_the_step(text, size, overlap=0):
    """A chunk begins `overlap` characters after the one before it.

    Caught by: test_each_chunk_begins_in_the_one_before
    """
    if size < 1 or not 0 <= overlap < size:
        raise ValueError(size)
    chunks = []
    start = 0
    while text and start + size < len(text):
        chunks.append(Chunk(text[start : start + size], start))
        start += overlap or size
    return [*chunks, Chunk(text[start:], start)] if text else []


def fixed_chunks__an_empty_chunk(text, size, overlap=0):
    """There is always a first chunk.

    Caught by: test_short_texts
    """
    if size < 1 or not 0 <= overlap < size:
        raise ValueError(size)
    starts = range(0, max(len(text) - overlap, 1), size - overlap)
    return [Chunk(text[start : start + size], start) for start in starts]


def fixed_chunks__short_texts_vanish(text, size, overlap=0):
    """A start is good if there is more than the overlap behind it; so is the first.

    Caught by: test_the_last_chunk_has_something_new
    """
    if size < 1 or not 0 <= overlap < size:
        raise ValueError(size)
    starts = range(0, len(text) - overlap, size - overlap)
    return [Chunk(text[start : start + size], start) for start in starts]


def fixed_chunks__last_is_moved_back(text, size, overlap=0):
    """The last chunk is as long as the others: it begins earlier.

    Caught by: test_each_chunk_has_the_size
    """
    if size < 1 or not 0 <= overlap < size:
        raise ValueError(size)
    if not text:
        return []
    starts = [
        min(start, max(len(text) - size, 0))
        for start in range(0, max(len(text) - overlap, 1), size - overlap)
    ]
    return [Chunk(text[start : start + size], start) for start in starts]


def fixed_chunks__accepts_overlap_of_size(text, size, overlap=0):
    """An overlap that is too large is made smaller.

    Caught by: test_wrong_arguments
    """
    if size < 1 or overlap < 0:
        raise ValueError(size)
    overlap = min(overlap, size - 1)
    if not text:
        return []
    starts = range(0, max(len(text) - overlap, 1), size - overlap)
    return [Chunk(text[start : start + size], start) for start in starts]


def fixed_chunks__accepts_a_negative_overlap(text, size, overlap=0):
    """A negative overlap is a gap.

    Caught by: test_wrong_arguments
    """
    if size < 1 or overlap >= size:
        raise ValueError(size)
    if not text:
        return []
    starts = range(0, max(len(text) - overlap, 1), size - overlap)
    return [Chunk(text[start : start + size], start) for start in starts]


def fixed_chunks__checks_only_if_there_is_text(text, size, overlap=0):
    """Without text the arguments do not matter.

    Caught by: test_wrong_arguments
    """
    if not text:
        return []
    if size < 1 or not 0 <= overlap < size:
        raise ValueError(size)
    starts = range(0, max(len(text) - overlap, 1), size - overlap)
    return [Chunk(text[start : start + size], start) for start in starts]


# safe_cut


def safe_cut__len_counts_characters(text, at):
    """Every position is between two characters.

    Caught by: test_a_mark_belongs_to_what_is_before_it
    """
    return max(0, min(at, len(text)))


def safe_cut__only_combining(text, at):
    """unicodedata.combining says what a mark is.

    Caught by: test_a_mark_belongs_to_what_is_before_it
    """
    from unicodedata import combining

    def is_safe(at):
        before, after = text[at - 1], text[at]
        if after == JOINER or combining(after) or after in SKIN_COLORS:
            return before in "\r\n"
        left = at - 1
        if before == JOINER and category(after) == "So":
            left -= 1
            while left > 0 and (combining(text[left]) or text[left] in SKIN_COLORS):
                left -= 1
            return left < 0 or category(text[left]) != "So"
        if before in FLAG_LETTERS and after in FLAG_LETTERS:
            while left >= 0 and text[left] in FLAG_LETTERS:
                left -= 1
            return (at - left) % 2 == 1
        return before + after != "\r\n"

    at = max(0, min(at, len(text)))
    while 0 < at < len(text) and not is_safe(at):
        at -= 1
    return at


def safe_cut__pairs_flags_backwards(text, at):
    """Two letters of flags before the cut are a flag.

    Caught by: test_flags_are_paired_from_the_left
    """

    def extends(character):
        return category(character).startswith("M") or character in SKIN_COLORS

    def is_safe(at):
        before, after = text[at - 1], text[at]
        if after == JOINER or extends(after):
            return before in "\r\n"
        left = at - 1
        if before == JOINER and category(after) == "So":
            left -= 1
            while left > 0 and extends(text[left]):
                left -= 1
            return left < 0 or category(text[left]) != "So"
        if before in FLAG_LETTERS and after in FLAG_LETTERS:
            return at > 1 and text[at - 2] in FLAG_LETTERS
        return before + after != "\r\n"

    at = max(0, min(at, len(text)))
    while 0 < at < len(text) and not is_safe(at):
        at -= 1
    return at


def safe_cut__never_between_flag_letters(text, at):
    """All letters of flags in a row are one.

    Caught by: test_flags_are_paired_from_the_left
    """

    def extends(character):
        return category(character).startswith("M") or character in SKIN_COLORS

    def is_safe(at):
        before, after = text[at - 1], text[at]
        if after == JOINER or extends(after):
            return before in "\r\n"
        if before == JOINER and category(after) == "So":
            left = at - 2
            while left > 0 and extends(text[left]):
                left -= 1
            return left < 0 or category(text[left]) != "So"
        if before in FLAG_LETTERS and after in FLAG_LETTERS:
            return False
        return before + after != "\r\n"

    at = max(0, min(at, len(text)))
    while 0 < at < len(text) and not is_safe(at):
        at -= 1
    return at


def safe_cut__normalizes(text, at):
    """In NFC, a letter and its accent are one character.

    Caught by: test_a_mark_belongs_to_what_is_before_it
    """
    from unicodedata import normalize

    return max(0, min(at, len(normalize("NFC", text))))


def safe_cut__goes_forward(text, at):
    """A cut that is not safe moves to the next safe one.

    Caught by: test_a_mark_belongs_to_what_is_before_it
    """

    def extends(character):
        return category(character).startswith("M") or character in SKIN_COLORS

    def is_safe(at):
        before, after = text[at - 1], text[at]
        if after == JOINER or extends(after):
            return before in "\r\n"
        left = at - 1
        if before == JOINER and category(after) == "So":
            left -= 1
            while left > 0 and extends(text[left]):
                left -= 1
            return left < 0 or category(text[left]) != "So"
        if before in FLAG_LETTERS and after in FLAG_LETTERS:
            while left >= 0 and text[left] in FLAG_LETTERS:
                left -= 1
            return (at - left) % 2 == 1
        return before + after != "\r\n"

    at = max(0, min(at, len(text)))
    while 0 < at < len(text) and not is_safe(at):
        at += 1
    return at


def safe_cut__joiner_always_joins(text, at):
    """After a joiner there is never a cut.

    Caught by: test_a_joiner_between_letters_joins_nothing
    """

    def is_safe(at):
        before, after = text[at - 1], text[at]
        if after == JOINER or category(after).startswith("M") or after in SKIN_COLORS:
            return before in "\r\n"
        if before == JOINER:
            return False
        if before in FLAG_LETTERS and after in FLAG_LETTERS:
            left = at - 1
            while left >= 0 and text[left] in FLAG_LETTERS:
                left -= 1
            return (at - left) % 2 == 1
        return before + after != "\r\n"

    at = max(0, min(at, len(text)))
    while 0 < at < len(text) and not is_safe(at):
        at -= 1
    return at


def safe_cut__joiner_looks_only_ahead(text, at):
    """A joiner joins if a symbol comes after it.

    Caught by: test_a_joiner_between_letters_joins_nothing
    """

    def is_safe(at):
        before, after = text[at - 1], text[at]
        if after == JOINER or category(after).startswith("M") or after in SKIN_COLORS:
            return before in "\r\n"
        if before == JOINER and category(after) == "So":
            return False
        if before in FLAG_LETTERS and after in FLAG_LETTERS:
            left = at - 1
            while left >= 0 and text[left] in FLAG_LETTERS:
                left -= 1
            return (at - left) % 2 == 1
        return before + after != "\r\n"

    at = max(0, min(at, len(text)))
    while 0 < at < len(text) and not is_safe(at):
        at -= 1
    return at


def safe_cut__symbol_right_before_the_joiner(text, at):
    """The symbol stands right before the joiner.

    Caught by: test_joined_pictures_are_one
    """

    def is_safe(at):
        before, after = text[at - 1], text[at]
        if after == JOINER or category(after).startswith("M") or after in SKIN_COLORS:
            return before in "\r\n"
        if before == JOINER and category(after) == "So":
            return at < 2 or category(text[at - 2]) != "So"
        if before in FLAG_LETTERS and after in FLAG_LETTERS:
            left = at - 1
            while left >= 0 and text[left] in FLAG_LETTERS:
                left -= 1
            return (at - left) % 2 == 1
        return before + after != "\r\n"

    at = max(0, min(at, len(text)))
    while 0 < at < len(text) and not is_safe(at):
        at -= 1
    return at


def safe_cut__marks_after_line_breaks(text, at):
    """A mark always belongs to what is before it.

    Caught by: test_after_a_line_break_a_mark_is_for_itself
    """

    def extends(character):
        return category(character).startswith("M") or character in SKIN_COLORS

    def is_safe(at):
        before, after = text[at - 1], text[at]
        if after == JOINER or extends(after):
            return False
        left = at - 1
        if before == JOINER and category(after) == "So":
            left -= 1
            while left > 0 and extends(text[left]):
                left -= 1
            return left < 0 or category(text[left]) != "So"
        if before in FLAG_LETTERS and after in FLAG_LETTERS:
            while left >= 0 and text[left] in FLAG_LETTERS:
                left -= 1
            return (at - left) % 2 == 1
        return before + after != "\r\n"

    at = max(0, min(at, len(text)))
    while 0 < at < len(text) and not is_safe(at):
        at -= 1
    return at


def safe_cut__line_ends_are_cut(text, at):
    """Carriage return and line feed are two characters.

    Caught by: test_a_line_end_is_one
    """

    def extends(character):
        return category(character).startswith("M") or character in SKIN_COLORS

    def is_safe(at):
        before, after = text[at - 1], text[at]
        if after == JOINER or extends(after):
            return before in "\r\n"
        left = at - 1
        if before == JOINER and category(after) == "So":
            left -= 1
            while left > 0 and extends(text[left]):
                left -= 1
            return left < 0 or category(text[left]) != "So"
        if before in FLAG_LETTERS and after in FLAG_LETTERS:
            while left >= 0 and text[left] in FLAG_LETTERS:
                left -= 1
            return (at - left) % 2 == 1
        return True

    at = max(0, min(at, len(text)))
    while 0 < at < len(text) and not is_safe(at):
        at -= 1
    return at


def safe_cut__before_a_white_space(text, at):
    """The best place to cut is after a space.

    Caught by: test_plain_text_is_cut_anywhere
    """
    at = max(0, min(at, len(text)))
    while 0 < at < len(text) and not text[at - 1].isspace():
        at -= 1
    return at


def safe_cut__no_limits(text, at):
    """The caller gives a position in the text.

    Caught by: test_a_position_outside_of_the_text
    """

    def extends(character):
        return category(character).startswith("M") or character in SKIN_COLORS

    def is_safe(at):
        before, after = text[at - 1], text[at]
        if after == JOINER or extends(after):
            return before in "\r\n"
        left = at - 1
        if before == JOINER and category(after) == "So":
            left -= 1
            while left > 0 and extends(text[left]):
                left -= 1
            return left < 0 or category(text[left]) != "So"
        if before in FLAG_LETTERS and after in FLAG_LETTERS:
            while left >= 0 and text[left] in FLAG_LETTERS:
                left -= 1
            return (at - left) % 2 == 1
        return before + after != "\r\n"

    while 0 < at < len(text) and not is_safe(at):
        at -= 1
    return at


# sentence_chunks


def sentence_chunks__splits_at_period_space(text, abbreviations=ABBREVIATIONS):
    """A sentence ends with a period and a space.

    Caught by: test_no_white_space_is_lost
    """
    chunks, start = [], 0
    for piece in text.split(". "):
        if piece:
            chunks.append(Chunk(piece, start))
        start += len(piece) + 2
    return chunks


def sentence_chunks__strips(text, abbreviations=ABBREVIATIONS):
    """White space between two sentences belongs to none.

    Caught by: test_no_white_space_is_lost
    """
    known = {one.lower() for one in abbreviations}
    chunks, start = [], 0
    for match in re.finditer(r"\S+\s*", text):
        word = match[0].strip().rstrip(CLOSERS).lstrip(OPENERS)
        if word.endswith(tuple(MARKS)) and word.lower() not in known:
            chunks.append(Chunk(text[start : match.end()].strip(), start))
            start = match.end()
    return [*chunks, Chunk(text[start:].strip(), start)] if text[start:].strip() else chunks


def sentence_chunks__any_mark_ends(text, abbreviations=ABBREVIATIONS):
    """Each mark ends a sentence, with the white space after it.

    Caught by: test_a_mark_and_white_space_end_a_sentence
    """
    known = {one.lower() for one in abbreviations}
    pattern = rf"[{MARKS}{WIDE_MARKS}]+[{re.escape(CLOSERS + WIDE_CLOSERS)}]*\s*"
    ends = []
    for match in re.finditer(pattern, text):
        word = text[: match.end()].split()[-1].lower()
        if word not in known:
            ends.append(match.end())
    cuts = sorted({0, *ends, len(text)})
    return [Chunk(text[a:b], a) for a, b in pairwise(cuts)]


def sentence_chunks__no_wide_marks(text, abbreviations=ABBREVIATIONS):
    """White space is between all sentences.

    Caught by: test_wide_marks_need_no_space
    """
    known = {one.lower() for one in abbreviations}

    def is_end(match):
        if match["space"].count("\n") > 1:
            return True
        word = match["word"].rstrip(CLOSERS).lstrip(OPENERS)
        bare = word.rstrip(MARKS)
        if len(word) - len(bare) != 1 or word[-1] != ".":
            return word != bare
        follows = text[match.end() : match.end() + 1]
        is_letter = len(bare) == 1 and bare.isalpha()
        return not (word.lower() in known or is_letter or follows.islower())

    ends = [one.end() for one in re.finditer(r"(?P<word>\S+)(?P<space>\s*)", text) if is_end(one)]
    return [Chunk(text[a:b], a) for a, b in pairwise(sorted({0, *ends, len(text)}))]


def sentence_chunks__wide_marks_need_space(text, abbreviations=ABBREVIATIONS):
    """Wide marks are marks like the others.

    Caught by: test_wide_marks_need_no_space
    """
    known = {one.lower() for one in abbreviations}

    def is_end(match):
        if match["space"].count("\n") > 1:
            return True
        word = match["word"].rstrip(CLOSERS + WIDE_CLOSERS).lstrip(OPENERS)
        bare = word.rstrip(MARKS + WIDE_MARKS)
        if len(word) - len(bare) != 1 or word[-1] != ".":
            return word != bare
        follows = text[match.end() : match.end() + 1]
        is_letter = len(bare) == 1 and bare.isalpha()
        return not (word.lower() in known or is_letter or follows.islower())

    ends = [one.end() for one in re.finditer(r"(?P<word>\S+)(?P<space>\s*)", text) if is_end(one)]
    return [Chunk(text[a:b], a) for a, b in pairwise(sorted({0, *ends, len(text)}))]


def sentence_chunks__small_letter_after_any_mark(text, abbreviations=ABBREVIATIONS):
    """Before a small letter no sentence ends.

    Caught by: test_no_sentence_begins_small
    """
    known = {one.lower() for one in abbreviations}
    pattern = rf"(?:\S*?(?P<wide>[{WIDE_MARKS}]+[{WIDE_CLOSERS}]*)|(?P<word>\S+))(?P<space>\s*)"

    def is_end(match):
        if match["wide"] or match["space"].count("\n") > 1:
            return True
        word = match["word"].rstrip(CLOSERS).lstrip(OPENERS)
        bare = word.rstrip(MARKS)
        follows = text[match.end() : match.end() + 1]
        if word == bare or follows.islower():
            return False
        if len(word) - len(bare) != 1 or word[-1] != ".":
            return True
        return not (word.lower() in known or (len(bare) == 1 and bare.isalpha()))

    ends = [one.end() for one in re.finditer(pattern, text) if is_end(one)]
    return [Chunk(text[a:b], a) for a, b in pairwise(sorted({0, *ends, len(text)}))]


def sentence_chunks__small_letters_do_not_matter(text, abbreviations=ABBREVIATIONS):
    """What comes after the period says nothing about it.

    Caught by: test_no_sentence_begins_small
    """
    known = {one.lower() for one in abbreviations}
    pattern = rf"(?:\S*?(?P<wide>[{WIDE_MARKS}]+[{WIDE_CLOSERS}]*)|(?P<word>\S+))(?P<space>\s*)"

    def is_end(match):
        if match["wide"] or match["space"].count("\n") > 1:
            return True
        word = match["word"].rstrip(CLOSERS).lstrip(OPENERS)
        bare = word.rstrip(MARKS)
        if len(word) - len(bare) != 1 or word[-1] != ".":
            return word != bare
        return not (word.lower() in known or (len(bare) == 1 and bare.isalpha()))

    ends = [one.end() for one in re.finditer(pattern, text) if is_end(one)]
    return [Chunk(text[a:b], a) for a, b in pairwise(sorted({0, *ends, len(text)}))]


def sentence_chunks__cuts_after_a_letter(text, abbreviations=ABBREVIATIONS):
    """All that ends nothing is in the list.

    Caught by: test_a_single_letter_ends_nothing
    """
    known = {one.lower() for one in abbreviations}
    pattern = rf"(?:\S*?(?P<wide>[{WIDE_MARKS}]+[{WIDE_CLOSERS}]*)|(?P<word>\S+))(?P<space>\s*)"

    def is_end(match):
        if match["wide"] or match["space"].count("\n") > 1:
            return True
        word = match["word"].rstrip(CLOSERS).lstrip(OPENERS)
        bare = word.rstrip(MARKS)
        if len(word) - len(bare) != 1 or word[-1] != ".":
            return word != bare
        follows = text[match.end() : match.end() + 1]
        return not (word.lower() in known or follows.islower())

    ends = [one.end() for one in re.finditer(pattern, text) if is_end(one)]
    return [Chunk(text[a:b], a) for a, b in pairwise(sorted({0, *ends, len(text)}))]


def sentence_chunks__abbreviation_is_a_suffix(text, abbreviations=ABBREVIATIONS):
    """endswith takes all abbreviations at once.

    Caught by: test_abbreviations_end_nothing
    """
    known = tuple(one.lower() for one in abbreviations)
    pattern = rf"(?:\S*?(?P<wide>[{WIDE_MARKS}]+[{WIDE_CLOSERS}]*)|(?P<word>\S+))(?P<space>\s*)"

    def is_end(match):
        if match["wide"] or match["space"].count("\n") > 1:
            return True
        word = match["word"].rstrip(CLOSERS).lstrip(OPENERS)
        bare = word.rstrip(MARKS)
        if len(word) - len(bare) != 1 or word[-1] != ".":
            return word != bare
        follows = text[match.end() : match.end() + 1]
        is_letter = len(bare) == 1 and bare.isalpha()
        return not (word.lower().endswith(known) or is_letter or follows.islower())

    ends = [one.end() for one in re.finditer(pattern, text) if is_end(one)]
    return [Chunk(text[a:b], a) for a, b in pairwise(sorted({0, *ends, len(text)}))]


def sentence_chunks__case_matters(text, abbreviations=ABBREVIATIONS):
    """An abbreviation is written as in the list.

    Caught by: test_abbreviations_end_nothing
    """
    pattern = rf"(?:\S*?(?P<wide>[{WIDE_MARKS}]+[{WIDE_CLOSERS}]*)|(?P<word>\S+))(?P<space>\s*)"

    def is_end(match):
        if match["wide"] or match["space"].count("\n") > 1:
            return True
        word = match["word"].rstrip(CLOSERS).lstrip(OPENERS)
        bare = word.rstrip(MARKS)
        if len(word) - len(bare) != 1 or word[-1] != ".":
            return word != bare
        follows = text[match.end() : match.end() + 1]
        is_letter = len(bare) == 1 and bare.isalpha()
        return not (word in abbreviations or is_letter or follows.islower())

    ends = [one.end() for one in re.finditer(pattern, text) if is_end(one)]
    return [Chunk(text[a:b], a) for a, b in pairwise(sorted({0, *ends, len(text)}))]


def sentence_chunks__openers_belong_to_the_word(text, abbreviations=ABBREVIATIONS):
    """The word begins after the white space.

    Caught by: test_abbreviations_end_nothing
    """
    known = {one.lower() for one in abbreviations}
    pattern = rf"(?:\S*?(?P<wide>[{WIDE_MARKS}]+[{WIDE_CLOSERS}]*)|(?P<word>\S+))(?P<space>\s*)"

    def is_end(match):
        if match["wide"] or match["space"].count("\n") > 1:
            return True
        word = match["word"].rstrip(CLOSERS)
        bare = word.rstrip(MARKS)
        if len(word) - len(bare) != 1 or word[-1] != ".":
            return word != bare
        follows = text[match.end() : match.end() + 1]
        is_letter = len(bare) == 1 and bare.isalpha()
        return not (word.lower() in known or is_letter or follows.islower())

    ends = [one.end() for one in re.finditer(pattern, text) if is_end(one)]
    return [Chunk(text[a:b], a) for a, b in pairwise(sorted({0, *ends, len(text)}))]


def sentence_chunks__own_list(text, abbreviations=ABBREVIATIONS):
    """The list that is given is the list.

    Caught by: test_the_caller_says_which_abbreviations
    """
    known = {one.lower() for one in ABBREVIATIONS}
    pattern = rf"(?:\S*?(?P<wide>[{WIDE_MARKS}]+[{WIDE_CLOSERS}]*)|(?P<word>\S+))(?P<space>\s*)"

    def is_end(match):
        if match["wide"] or match["space"].count("\n") > 1:
            return True
        word = match["word"].rstrip(CLOSERS).lstrip(OPENERS)
        bare = word.rstrip(MARKS)
        if len(word) - len(bare) != 1 or word[-1] != ".":
            return word != bare
        follows = text[match.end() : match.end() + 1]
        is_letter = len(bare) == 1 and bare.isalpha()
        return not (word.lower() in known or is_letter or follows.islower())

    ends = [one.end() for one in re.finditer(pattern, text) if is_end(one)]
    return [Chunk(text[a:b], a) for a, b in pairwise(sorted({0, *ends, len(text)}))]


def sentence_chunks__no_blank_lines(text, abbreviations=ABBREVIATIONS):
    """A sentence without a mark goes on.

    Caught by: test_a_blank_line_ends_a_sentence
    """
    known = {one.lower() for one in abbreviations}
    pattern = rf"(?:\S*?(?P<wide>[{WIDE_MARKS}]+[{WIDE_CLOSERS}]*)|(?P<word>\S+))(?P<space>\s*)"

    def is_end(match):
        if match["wide"]:
            return True
        word = match["word"].rstrip(CLOSERS).lstrip(OPENERS)
        bare = word.rstrip(MARKS)
        if len(word) - len(bare) != 1 or word[-1] != ".":
            return word != bare
        follows = text[match.end() : match.end() + 1]
        is_letter = len(bare) == 1 and bare.isalpha()
        return not (word.lower() in known or is_letter or follows.islower())

    ends = [one.end() for one in re.finditer(pattern, text) if is_end(one)]
    return [Chunk(text[a:b], a) for a, b in pairwise(sorted({0, *ends, len(text)}))]


def sentence_chunks__blank_line_is_two_line_feeds(text, abbreviations=ABBREVIATIONS):
    r"""A blank line is "\n\n".

    Caught by: test_a_blank_line_ends_a_sentence
    """
    known = {one.lower() for one in abbreviations}
    pattern = rf"(?:\S*?(?P<wide>[{WIDE_MARKS}]+[{WIDE_CLOSERS}]*)|(?P<word>\S+))(?P<space>\s*)"

    def is_end(match):
        if match["wide"] or "\n\n" in match["space"]:
            return True
        word = match["word"].rstrip(CLOSERS).lstrip(OPENERS)
        bare = word.rstrip(MARKS)
        if len(word) - len(bare) != 1 or word[-1] != ".":
            return word != bare
        follows = text[match.end() : match.end() + 1]
        is_letter = len(bare) == 1 and bare.isalpha()
        return not (word.lower() in known or is_letter or follows.islower())

    ends = [one.end() for one in re.finditer(pattern, text) if is_end(one)]
    return [Chunk(text[a:b], a) for a, b in pairwise(sorted({0, *ends, len(text)}))]


def sentence_chunks__each_line_ends(text, abbreviations=ABBREVIATIONS):
    """A line break ends a sentence.

    Caught by: test_a_blank_line_ends_a_sentence
    """
    known = {one.lower() for one in abbreviations}
    pattern = rf"(?:\S*?(?P<wide>[{WIDE_MARKS}]+[{WIDE_CLOSERS}]*)|(?P<word>\S+))(?P<space>\s*)"

    def is_end(match):
        if match["wide"] or "\n" in match["space"]:
            return True
        word = match["word"].rstrip(CLOSERS).lstrip(OPENERS)
        bare = word.rstrip(MARKS)
        if len(word) - len(bare) != 1 or word[-1] != ".":
            return word != bare
        follows = text[match.end() : match.end() + 1]
        is_letter = len(bare) == 1 and bare.isalpha()
        return not (word.lower() in known or is_letter or follows.islower())

    ends = [one.end() for one in re.finditer(pattern, text) if is_end(one)]
    return [Chunk(text[a:b], a) for a, b in pairwise(sorted({0, *ends, len(text)}))]


def sentence_chunks__closers_begin_the_next(text, abbreviations=ABBREVIATIONS):
    """White space has to follow the mark itself.

    Caught by: test_closers_belong_to_the_sentence
    """
    known = {one.lower() for one in abbreviations}
    pattern = rf"(?:\S*?(?P<wide>[{WIDE_MARKS}]+[{WIDE_CLOSERS}]*)|(?P<word>\S+))(?P<space>\s*)"

    def is_end(match):
        if match["wide"] or match["space"].count("\n") > 1:
            return True
        word = match["word"].lstrip(OPENERS)
        bare = word.rstrip(MARKS)
        if len(word) - len(bare) != 1 or word[-1] != ".":
            return word != bare
        follows = text[match.end() : match.end() + 1]
        is_letter = len(bare) == 1 and bare.isalpha()
        return not (word.lower() in known or is_letter or follows.islower())

    ends = [one.end() for one in re.finditer(pattern, text) if is_end(one)]
    return [Chunk(text[a:b], a) for a, b in pairwise(sorted({0, *ends, len(text)}))]


def sentence_chunks__blank_beginning_is_one(text, abbreviations=ABBREVIATIONS):
    """Blank lines at the beginning are a chunk by themselves.

    Caught by: test_no_white_space_is_lost
    """
    known = {one.lower() for one in abbreviations}
    pattern = rf"(?:\S*?(?P<wide>[{WIDE_MARKS}]+[{WIDE_CLOSERS}]*)|(?P<word>\S*))(?P<space>\s*)"

    def is_end(match):
        if match["wide"] or match["space"].count("\n") > 1:
            return True
        word = (match["word"] or "").rstrip(CLOSERS).lstrip(OPENERS)
        bare = word.rstrip(MARKS)
        if len(word) - len(bare) != 1 or word[-1] != ".":
            return word != bare
        follows = text[match.end() : match.end() + 1]
        is_letter = len(bare) == 1 and bare.isalpha()
        return not (word.lower() in known or is_letter or follows.islower())

    ends = [one.end() for one in re.finditer(pattern, text) if is_end(one)]
    return [Chunk(text[a:b], a) for a, b in pairwise(sorted({0, *ends, len(text)}))]


# pack_chunks


def pack_chunks__sums_the_counts(text, pieces, limit, count, overlap=0):
    """The tokens of a chunk are those of its pieces.

    Caught by: test_the_joined_text_is_counted
    """
    if limit < 1 or not 0 <= overlap < limit:
        raise ValueError(limit)
    sizes = [count(piece.text) for piece in pieces]
    if any(size > limit for size in sizes):
        raise ValueError(limit)
    chunks, first = [], 0
    for new in range(1, len(pieces) + 1):
        if new == len(pieces) or sum(sizes[first : new + 1]) > limit:
            start = pieces[first].start
            chunks.append(Chunk(text[start : pieces[new - 1].end], start))
            first += 1
            while first < new < len(pieces) and (
                sum(sizes[first:new]) > overlap or sum(sizes[first : new + 1]) > limit
            ):
                first += 1
    return chunks


def pack_chunks__counts_characters(text, pieces, limit, count, overlap=0):
    """The limit is one of characters.

    Caught by: test_the_joined_text_is_counted
    """
    if limit < 1 or not 0 <= overlap < limit:
        raise ValueError(limit)
    if any(count(piece.text) > limit for piece in pieces):
        raise ValueError(limit)
    chunks, first = [], 0
    for new in range(1, len(pieces) + 1):
        start = pieces[first].start
        if new == len(pieces) or pieces[new].end - start > limit:
            chunks.append(Chunk(text[start : pieces[new - 1].end], start))
            first += 1
            while first < new < len(pieces) and (
                pieces[new - 1].end - pieces[first].start > overlap
                or pieces[new].end - pieces[first].start > limit
            ):
                first += 1
    return chunks


def pack_chunks__overlap_by_characters(text, pieces, limit, count, overlap=0):
    """The overlap is the last characters of the chunk.

    Caught by: test_the_last_pieces_are_repeated
    """
    if limit < 1 or not 0 <= overlap < limit:
        raise ValueError(limit)
    if any(count(piece.text) > limit for piece in pieces):
        raise ValueError(limit)
    chunks, start, end = [], 0, 0
    for piece in pieces:
        if end > start and count(text[start : piece.end]) > limit:
            chunks.append(Chunk(text[start:end], start))
            start = max(end - overlap, 0)
            while count(text[start : piece.end]) > limit:
                start += 1
        end = piece.end
    return [*chunks, Chunk(text[start:end], start)] if pieces else []


def pack_chunks__overlap_although_it_does_not_fit(text, pieces, limit, count, overlap=0):
    """The overlap comes first, and then at least one new piece.

    Caught by: test_an_overlap_near_the_limit
    """
    if limit < 1 or not 0 <= overlap < limit:
        raise ValueError(limit)
    if any(count(piece.text) > limit for piece in pieces):
        raise ValueError(limit)

    def joined(first, end):
        return text[pieces[first].start : pieces[end - 1].end]

    chunks, first = [], 0
    for new in range(1, len(pieces) + 1):
        if new == len(pieces) or count(joined(first, new + 1)) > limit:
            chunks.append(Chunk(joined(first, new), pieces[first].start))
            first += 1
            while first < new < len(pieces) and count(joined(first, new)) > overlap:
                first += 1
    return chunks


def pack_chunks__overlap_or_nothing(text, pieces, limit, count, overlap=0):
    """If what is repeated leaves no room, nothing is repeated.

    Caught by: test_less_is_repeated_if_the_next_piece_needs_room
    """
    if limit < 1 or not 0 <= overlap < limit:
        raise ValueError(limit)
    if any(count(piece.text) > limit for piece in pieces):
        raise ValueError(limit)

    def joined(first, end):
        return text[pieces[first].start : pieces[end - 1].end]

    chunks, first = [], 0
    for new in range(1, len(pieces) + 1):
        if new == len(pieces) or count(joined(first, new + 1)) > limit:
            chunks.append(Chunk(joined(first, new), pieces[first].start))
            first += 1
            while first < new < len(pieces) and count(joined(first, new)) > overlap:
                first += 1
            if first < new < len(pieces) and count(joined(first, new + 1)) > limit:
                first = new
    return chunks


def pack_chunks__repeats_one_piece(text, pieces, limit, count, overlap=0):
    """The overlap is the last piece, if it is small enough.

    Caught by: test_the_last_pieces_are_repeated
    """
    if limit < 1 or not 0 <= overlap < limit:
        raise ValueError(limit)
    if any(count(piece.text) > limit for piece in pieces):
        raise ValueError(limit)

    def joined(first, end):
        return text[pieces[first].start : pieces[end - 1].end]

    chunks, first = [], 0
    for new in range(1, len(pieces) + 1):
        if new == len(pieces) or count(joined(first, new + 1)) > limit:
            chunks.append(Chunk(joined(first, new), pieces[first].start))
            last = max(new - 1, first + 1)
            first = new
            if (
                last < new < len(pieces)
                and count(joined(last, new)) <= overlap
                and count(joined(last, new + 1)) <= limit
            ):
                first = last
    return chunks


def pack_chunks__no_overlap(text, pieces, limit, count, overlap=0):
    """Whole pieces are enough; nothing has to be repeated.

    Caught by: test_the_last_pieces_are_repeated
    """
    if limit < 1 or not 0 <= overlap < limit:
        raise ValueError(limit)
    if any(count(piece.text) > limit for piece in pieces):
        raise ValueError(limit)
    chunks, start, end = [], 0, 0
    for piece in pieces:
        if end > start and count(text[start : piece.end]) > limit:
            chunks.append(Chunk(text[start:end], start))
            start = end
        end = piece.end
    return [*chunks, Chunk(text[start:end], start)] if pieces else []


def pack_chunks__below_the_limit(text, pieces, limit, count, overlap=0):
    """A chunk has fewer than `limit` tokens.

    Caught by: test_each_chunk_is_as_long_as_possible
    """
    if limit < 1 or not 0 <= overlap < limit:
        raise ValueError(limit)
    if any(count(piece.text) > limit for piece in pieces):
        raise ValueError(limit)

    def joined(first, end):
        return text[pieces[first].start : pieces[end - 1].end]

    chunks, first = [], 0
    for new in range(1, len(pieces) + 1):
        if new == len(pieces) or count(joined(first, new + 1)) >= limit:
            chunks.append(Chunk(joined(first, new), pieces[first].start))
            first += 1
            while first < new < len(pieces) and (
                count(joined(first, new)) > overlap or count(joined(first, new + 1)) >= limit
            ):
                first += 1
    return chunks


def pack_chunks__lets_large_pieces_through(text, pieces, limit, count, overlap=0):
    """A piece that is too large is a chunk by itself.

    Caught by: test_wrong_arguments
    """
    if limit < 1 or not 0 <= overlap < limit:
        raise ValueError(limit)

    def joined(first, end):
        return text[pieces[first].start : pieces[end - 1].end]

    chunks, first = [], 0
    for new in range(1, len(pieces) + 1):
        if new == len(pieces) or count(joined(first, new + 1)) > limit:
            chunks.append(Chunk(joined(first, new), pieces[first].start))
            first += 1
            while first < new < len(pieces) and (
                count(joined(first, new)) > overlap or count(joined(first, new + 1)) > limit
            ):
                first += 1
    return chunks


def pack_chunks__loses_the_last_chunk(text, pieces, limit, count, overlap=0):
    """A chunk is over when the next piece does not fit.

    Caught by: test_each_chunk_is_as_long_as_possible
    """
    if limit < 1 or not 0 <= overlap < limit:
        raise ValueError(limit)
    if any(count(piece.text) > limit for piece in pieces):
        raise ValueError(limit)

    def joined(first, end):
        return text[pieces[first].start : pieces[end - 1].end]

    chunks, first = [], 0
    for new in range(1, len(pieces)):
        if count(joined(first, new + 1)) > limit:
            chunks.append(Chunk(joined(first, new), pieces[first].start))
            first += 1
            while first < new and (
                count(joined(first, new)) > overlap or count(joined(first, new + 1)) > limit
            ):
                first += 1
    return chunks


def pack_chunks__fills_the_smallest_gap(text, pieces, limit, count, overlap=0):
    """A small piece that comes later may fill up a chunk.

    Caught by: test_each_chunk_is_as_long_as_possible
    """
    if limit < 1 or not 0 <= overlap < limit:
        raise ValueError(limit)
    if any(count(piece.text) > limit for piece in pieces):
        raise ValueError(limit)
    left, chunks = list(pieces), []
    while left:
        taken = [left.pop(0)]
        for piece in list(left):
            if count("".join(one.text for one in [*taken, piece])) <= limit:
                taken.append(piece)
                left.remove(piece)
        chunks.append(Chunk("".join(one.text for one in taken), taken[0].start))
    return chunks


def pack_chunks__empties_the_pieces(text, pieces, limit, count, overlap=0):
    """The pieces are used up.

    Caught by: test_each_chunk_is_as_long_as_possible
    """
    if limit < 1 or not 0 <= overlap < limit:
        raise ValueError(limit)
    if any(count(piece.text) > limit for piece in pieces):
        raise ValueError(limit)
    chunks, held = [], []
    while pieces:
        new = pieces.pop(0)
        if held and count(text[held[0].start : new.end]) > limit:
            chunks.append(Chunk(text[held[0].start : held[-1].end], held[0].start))
            held.pop(0)
            while held and (
                count(text[held[0].start : held[-1].end]) > overlap
                or count(text[held[0].start : new.end]) > limit
            ):
                held.pop(0)
        held.append(new)
    if held:
        chunks.append(Chunk(text[held[0].start : held[-1].end], held[0].start))
    return chunks


# split_recursively


def split_recursively__strips(text, limit, count, separators=SEPARATORS):
    """A separator is no part of the text.

    Caught by: test_what_fits_stays_whole
    """
    if limit < 1 or "" in separators:
        raise ValueError(limit)

    def pieces(part, rest):
        if count(part) <= limit:
            return [part]
        if rest:
            return [piece for one in part.split(rest[0]) if one for piece in pieces(one, rest[1:])]
        found = []
        while part:
            end = len(part)
            while end > 1 and count(part[: safe_cut(part, end)]) > limit:
                end -= 1
            end = safe_cut(part, end) or 1
            while safe_cut(part, end) < end:
                end += 1
            found.append(part[:end])
            part = part[end:]
        return found

    chunks, at = [], 0
    for piece in pieces(text, list(separators)) if text else ():
        at = text.index(piece, at)
        chunks.append(Chunk(piece, at))
        at += len(piece)
    return chunks


def split_recursively__no_joining(text, limit, count, separators=SEPARATORS):
    """Each piece is a chunk.

    Caught by: test_the_best_separator_comes_first
    """
    if limit < 1 or "" in separators:
        raise ValueError(limit)

    def pieces(part, level):
        if count(part) <= limit:
            yield part
        elif level < len(separators):
            *others, last = part.split(separators[level])
            for one in [*(other + separators[level] for other in others), last]:
                if one:
                    yield from pieces(one, level + 1)
        else:
            start = 0
            while start < len(part):
                ends = range(start + 1, len(part) + 1)
                fits = bisect_right(
                    ends, limit, key=lambda at: count(part[start : safe_cut(part, at)])
                )
                end = safe_cut(part, start + fits)
                if end <= start:
                    end = next(at for at in ends if safe_cut(part, at) > start)
                yield part[start:end]
                start = end

    chunks, at = [], 0
    for piece in pieces(text, 0) if text else ():
        chunks.append(Chunk(piece, at))
        at += len(piece)
    return chunks


def split_recursively__joins_each_level(text, limit, count, separators=SEPARATORS):
    """Each level joins what it has cut.

    Caught by: test_the_best_separator_comes_first
    """
    if limit < 1 or "" in separators:
        raise ValueError(limit)

    def joined(parts):
        found = []
        for part in parts:
            if found and count(found[-1] + part) <= limit:
                found[-1] += part
            else:
                found.append(part)
        return found

    def pieces(part, level):
        if count(part) <= limit:
            return [part]
        if level < len(separators):
            *others, last = part.split(separators[level])
            parts = [*(other + separators[level] for other in others), last]
            found, small = [], []
            for one in parts:
                if not one:
                    continue
                if count(one) <= limit:
                    small.append(one)
                else:
                    found += joined(small)
                    small = []
                    found += pieces(one, level + 1)
            return found + joined(small)
        found, start = [], 0
        while start < len(part):
            ends = range(start + 1, len(part) + 1)
            fits = bisect_right(ends, limit, key=lambda at: count(part[start : safe_cut(part, at)]))
            end = safe_cut(part, start + fits)
            if end <= start:
                end = next(at for at in ends if safe_cut(part, at) > start)
            found.append(part[start:end])
            start = end
        return found

    chunks, at = [], 0
    for piece in pieces(text, 0) if text else ():
        chunks.append(Chunk(piece, at))
        at += len(piece)
    return chunks


def split_recursively__cuts_emoji(text, limit, count, separators=SEPARATORS):
    """Without separators left, each character may be cut off.

    Caught by: test_without_separators_no_visible_character_is_cut
    """
    if limit < 1 or "" in separators:
        raise ValueError(limit)

    def pieces(part, level):
        if count(part) <= limit:
            yield part
        elif level < len(separators):
            *others, last = part.split(separators[level])
            for one in [*(other + separators[level] for other in others), last]:
                if one:
                    yield from pieces(one, level + 1)
        else:
            start = 0
            while start < len(part):
                ends = range(start + 1, len(part) + 1)
                fits = bisect_right(ends, limit, key=lambda at: count(part[start:at]))
                end = start + max(fits, 1)
                yield part[start:end]
                start = end

    chunks, start, end = [], 0, 0
    for piece in pieces(text, 0) if text else ():
        if start < end and count(text[start : end + len(piece)]) > limit:
            chunks.append(Chunk(text[start:end], start))
            start = end
        end += len(piece)
    return [*chunks, Chunk(text[start:], start)] if text else []


def split_recursively__one_by_one(text, limit, count, separators=SEPARATORS):
    """To find the longest piece, make it shorter until it fits.

    Caught by: test_count_is_asked_seldom
    """
    if limit < 1 or "" in separators:
        raise ValueError(limit)

    def pieces(part, level):
        if count(part) <= limit:
            yield part
        elif level < len(separators):
            *others, last = part.split(separators[level])
            for one in [*(other + separators[level] for other in others), last]:
                if one:
                    yield from pieces(one, level + 1)
        else:
            start = 0
            while start < len(part):
                end = at = start
                while at < len(part):
                    at += 1
                    if safe_cut(part, at) < at:
                        continue
                    if end > start and count(part[start:at]) > limit:
                        break
                    end = at
                yield part[start:end]
                start = end

    chunks, start, end = [], 0, 0
    for piece in pieces(text, 0) if text else ():
        if start < end and count(text[start : end + len(piece)]) > limit:
            chunks.append(Chunk(text[start:end], start))
            start = end
        end += len(piece)
    return [*chunks, Chunk(text[start:], start)] if text else []


def split_recursively__cuts_at_all_separators(text, limit, count, separators=SEPARATORS):
    """Cut at all separators, and join as much as fits.

    Caught by: test_what_fits_stays_whole
    """
    if limit < 1 or "" in separators:
        raise ValueError(limit)
    parts = [text]
    for separator in separators:
        parts = [
            piece
            for part in parts
            for piece in re.findall(rf"(?s).*?{re.escape(separator)}|.+", part)
        ]
    pieces = []
    for part in parts:
        start = 0
        while start < len(part):
            ends = range(start + 1, len(part) + 1)
            fits = bisect_right(ends, limit, key=lambda at: count(part[start : safe_cut(part, at)]))
            end = safe_cut(part, start + fits)
            if end <= start:
                end = next(at for at in ends if safe_cut(part, at) > start)
            pieces.append(part[start:end])
            start = end
    chunks, start, end = [], 0, 0
    for piece in pieces:
        if start < end and count(text[start : end + len(piece)]) > limit:
            chunks.append(Chunk(text[start:end], start))
            start = end
        end += len(piece)
    return [*chunks, Chunk(text[start:], start)] if text else []


def split_recursively__separators_are_patterns(text, limit, count, separators=SEPARATORS):
    """re.split takes a separator.

    Caught by: test_the_best_separator_comes_first
    """
    if limit < 1 or "" in separators:
        raise ValueError(limit)

    def pieces(part, level):
        if count(part) <= limit:
            yield part
        elif level < len(separators):
            for one in re.split(f"(?<={separators[level]})", part):
                if one:
                    yield from pieces(one, level + 1)
        else:
            start = 0
            while start < len(part):
                ends = range(start + 1, len(part) + 1)
                fits = bisect_right(
                    ends, limit, key=lambda at: count(part[start : safe_cut(part, at)])
                )
                end = safe_cut(part, start + fits)
                if end <= start:
                    end = next(at for at in ends if safe_cut(part, at) > start)
                yield part[start:end]
                start = end

    chunks, start, end = [], 0, 0
    for piece in pieces(text, 0) if text else ():
        if start < end and count(text[start : end + len(piece)]) > limit:
            chunks.append(Chunk(text[start:end], start))
            start = end
        end += len(piece)
    return [*chunks, Chunk(text[start:], start)] if text else []


def split_recursively__separator_before(text, limit, count, separators=SEPARATORS):
    """A separator stays with the part after it.

    Caught by: test_what_fits_stays_whole
    """
    if limit < 1 or "" in separators:
        raise ValueError(limit)

    def pieces(part, level):
        if count(part) <= limit:
            yield part
        elif level < len(separators):
            first, *others = part.split(separators[level])
            for one in [first, *(separators[level] + other for other in others)]:
                if one:
                    yield from pieces(one, level + 1)
        else:
            start = 0
            while start < len(part):
                ends = range(start + 1, len(part) + 1)
                fits = bisect_right(
                    ends, limit, key=lambda at: count(part[start : safe_cut(part, at)])
                )
                end = safe_cut(part, start + fits)
                if end <= start:
                    end = next(at for at in ends if safe_cut(part, at) > start)
                yield part[start:end]
                start = end

    chunks, start, end = [], 0, 0
    for piece in pieces(text, 0) if text else ():
        if start < end and count(text[start : end + len(piece)]) > limit:
            chunks.append(Chunk(text[start:end], start))
            start = end
        end += len(piece)
    return [*chunks, Chunk(text[start:], start)] if text else []


def split_recursively__only_the_first_separator(text, limit, count, separators=SEPARATORS):
    """The first separator that occurs is used; what is then too long is cut by force.

    Caught by: test_the_best_separator_comes_first
    """
    if limit < 1 or "" in separators:
        raise ValueError(limit)

    def pieces():
        if count(text) <= limit:
            yield text
            return
        found = next((one for one in separators if one in text), None)
        parts = re.findall(rf"(?s).*?{re.escape(found)}|.+", text) if found else [text]
        for part in parts:
            start = 0
            while start < len(part):
                ends = range(start + 1, len(part) + 1)
                fits = bisect_right(
                    ends, limit, key=lambda at: count(part[start : safe_cut(part, at)])
                )
                end = safe_cut(part, start + fits)
                if end <= start:
                    end = next(at for at in ends if safe_cut(part, at) > start)
                yield part[start:end]
                start = end

    chunks, start, end = [], 0, 0
    for piece in pieces() if text else ():
        if start < end and count(text[start : end + len(piece)]) > limit:
            chunks.append(Chunk(text[start:end], start))
            start = end
        end += len(piece)
    return [*chunks, Chunk(text[start:], start)] if text else []


def split_recursively__drops_what_is_too_long(text, limit, count, separators=SEPARATORS):
    """What cannot fit is an error.

    Caught by: test_without_separators_no_visible_character_is_cut
    """
    if limit < 1 or "" in separators:
        raise ValueError(limit)

    def pieces(part, level):
        if count(part) <= limit:
            yield part
        elif level < len(separators):
            *others, last = part.split(separators[level])
            for one in [*(other + separators[level] for other in others), last]:
                if one:
                    yield from pieces(one, level + 1)
        else:
            start = 0
            while start < len(part):
                ends = range(start + 1, len(part) + 1)
                fits = bisect_right(
                    ends, limit, key=lambda at: count(part[start : safe_cut(part, at)])
                )
                end = safe_cut(part, start + fits)
                if end <= start:
                    end = next(at for at in ends if safe_cut(part, at) > start)
                yield part[start:end]
                start = end

    found, at = [], 0
    for piece in pieces(text, 0) if text else ():
        found.append(Chunk(piece, at))
        at += len(piece)
    return pack_chunks(text, found, limit, count)


def split_recursively__accepts_empty_separators(text, limit, count, separators=SEPARATORS):
    """An empty separator is left out.

    Caught by: test_wrong_arguments
    """
    if limit < 1:
        raise ValueError(limit)
    separators = [one for one in separators if one]

    def pieces(part, level):
        if count(part) <= limit:
            yield part
        elif level < len(separators):
            *others, last = part.split(separators[level])
            for one in [*(other + separators[level] for other in others), last]:
                if one:
                    yield from pieces(one, level + 1)
        else:
            start = 0
            while start < len(part):
                ends = range(start + 1, len(part) + 1)
                fits = bisect_right(
                    ends, limit, key=lambda at: count(part[start : safe_cut(part, at)])
                )
                end = safe_cut(part, start + fits)
                if end <= start:
                    end = next(at for at in ends if safe_cut(part, at) > start)
                yield part[start:end]
                start = end

    chunks, start, end = [], 0, 0
    for piece in pieces(text, 0) if text else ():
        if start < end and count(text[start : end + len(piece)]) > limit:
            chunks.append(Chunk(text[start:end], start))
            start = end
        end += len(piece)
    return [*chunks, Chunk(text[start:], start)] if text else []


# markdown_sections


def markdown_sections__comments_are_headings(text):
    """A line that begins with # is a heading.

    Caught by: test_nothing_is_a_heading_in_a_fence
    """
    sections, open_, start, path, at = [], [], 0, (), 0
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        found = re.fullmatch(r" {0,3}(#{1,6})(?:[ \t](.*))?", line.rstrip("\r\n"), re.DOTALL)
        if found:
            if text[start:at]:
                sections.append(Section(text[start:at], start, path))
            title = re.sub(r"(^|\s)#+$", "", (found[2] or "").strip()).strip()
            open_ = [one for one in open_ if one[0] < len(found[1])] + [(len(found[1]), title)]
            start, path = at, tuple(one[1] for one in open_)
        at += len(line)
    return [*sections, Section(text[start:], start, path)] if text[start:] else sections


def markdown_sections__three_backticks_end_any_fence(text):
    """Each line of three backticks opens or closes a fence.

    Caught by: test_a_fence_ends_only_with_its_like
    """
    sections, open_, start, path, at, fence = [], [], 0, (), 0, False
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        bare = line.rstrip("\r\n")
        found = re.fullmatch(r" {0,3}(#{1,6})(?:[ \t](.*))?", bare, re.DOTALL)
        if re.match(r" {0,3}(```|~~~)", bare):
            fence = not fence
        elif found and not fence:
            if text[start:at]:
                sections.append(Section(text[start:at], start, path))
            title = re.sub(r"(^|\s)#+$", "", (found[2] or "").strip()).strip()
            open_ = [one for one in open_ if one[0] < len(found[1])] + [(len(found[1]), title)]
            start, path = at, tuple(one[1] for one in open_)
        at += len(line)
    return [*sections, Section(text[start:], start, path)] if text[start:] else sections


def markdown_sections__no_tilde_fences(text):
    """Fences are made of backticks.

    Caught by: test_nothing_is_a_heading_in_a_fence
    """
    sections, open_, start, path, at, fence = [], [], 0, (), 0, ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        bare = line.rstrip("\r\n")
        if fence:
            if bare.strip().startswith(fence) and not bare.strip().strip("`"):
                fence = ""
        elif opened := re.match(r" {0,3}(`{3,})", bare):
            fence = opened[1]
        elif found := re.fullmatch(r" {0,3}(#{1,6})(?:[ \t](.*))?", bare, re.DOTALL):
            if text[start:at]:
                sections.append(Section(text[start:at], start, path))
            title = re.sub(r"(^|\s)#+$", "", (found[2] or "").strip()).strip()
            open_ = [one for one in open_ if one[0] < len(found[1])] + [(len(found[1]), title)]
            start, path = at, tuple(one[1] for one in open_)
        at += len(line)
    return [*sections, Section(text[start:], start, path)] if text[start:] else sections


def markdown_sections__fence_closes_with_more_text(text):
    """A line that begins like the fence ends it.

    Caught by: test_a_fence_ends_only_with_its_like
    """
    sections, open_, start, path, at, fence = [], [], 0, (), 0, ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        bare = line.rstrip("\r\n")
        if fence:
            if bare.strip().startswith(fence):
                fence = ""
        elif opened := re.match(r" {0,3}(`{3,}|~{3,})", bare):
            fence = opened[1]
        elif found := re.fullmatch(r" {0,3}(#{1,6})(?:[ \t](.*))?", bare, re.DOTALL):
            if text[start:at]:
                sections.append(Section(text[start:at], start, path))
            title = re.sub(r"(^|\s)#+$", "", (found[2] or "").strip()).strip()
            open_ = [one for one in open_ if one[0] < len(found[1])] + [(len(found[1]), title)]
            start, path = at, tuple(one[1] for one in open_)
        at += len(line)
    return [*sections, Section(text[start:], start, path)] if text[start:] else sections


def markdown_sections__fence_closes_with_the_same_line(text):
    """The line that ends a fence is the same as the one that begins it.

    Caught by: test_a_fence_ends_only_with_its_like
    """
    sections, open_, start, path, at, fence = [], [], 0, (), 0, ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        bare = line.rstrip("\r\n")
        if fence:
            if bare.strip() == fence:
                fence = ""
        elif opened := re.match(r" {0,3}(`{3,}|~{3,})", bare):
            fence = opened[1]
        elif found := re.fullmatch(r" {0,3}(#{1,6})(?:[ \t](.*))?", bare, re.DOTALL):
            if text[start:at]:
                sections.append(Section(text[start:at], start, path))
            title = re.sub(r"(^|\s)#+$", "", (found[2] or "").strip()).strip()
            open_ = [one for one in open_ if one[0] < len(found[1])] + [(len(found[1]), title)]
            start, path = at, tuple(one[1] for one in open_)
        at += len(line)
    return [*sections, Section(text[start:], start, path)] if text[start:] else sections


def markdown_sections__fills_levels(text):
    """A level that is left out has an empty title.

    Caught by: test_a_path_has_what_is_open
    """
    sections, open_, start, path, at, fence = [], [], 0, (), 0, ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        bare = line.rstrip("\r\n")
        if fence:
            if bare.strip().startswith(fence) and not bare.strip().strip(fence[0]):
                fence = ""
        elif opened := re.match(r" {0,3}(`{3,}|~{3,})", bare):
            fence = opened[1]
        elif found := re.fullmatch(r" {0,3}(#{1,6})(?:[ \t](.*))?", bare, re.DOTALL):
            if text[start:at]:
                sections.append(Section(text[start:at], start, path))
            title = re.sub(r"(^|\s)#+$", "", (found[2] or "").strip()).strip()
            above = len(found[1]) - 1
            open_ = [*open_[:above], *[""] * (above - len(open_)), title]
            start, path = at, tuple(open_)
        at += len(line)
    return [*sections, Section(text[start:], start, path)] if text[start:] else sections


def markdown_sections__path_is_never_shorter(text):
    """A heading is under all that came before it.

    Caught by: test_a_path_has_what_is_open
    """
    sections, start, path, at, fence = [], 0, (), 0, ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        bare = line.rstrip("\r\n")
        if fence:
            if bare.strip().startswith(fence) and not bare.strip().strip(fence[0]):
                fence = ""
        elif opened := re.match(r" {0,3}(`{3,}|~{3,})", bare):
            fence = opened[1]
        elif found := re.fullmatch(r" {0,3}(#{1,6})(?:[ \t](.*))?", bare, re.DOTALL):
            if text[start:at]:
                sections.append(Section(text[start:at], start, path))
            title = re.sub(r"(^|\s)#+$", "", (found[2] or "").strip()).strip()
            start, path = at, (*path, title)
        at += len(line)
    return [*sections, Section(text[start:], start, path)] if text[start:] else sections


def markdown_sections__closes_by_position(text):
    """The level of a heading is its place in the path.

    Caught by: test_a_path_has_what_is_open
    """
    sections, open_, start, path, at, fence = [], [], 0, (), 0, ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        bare = line.rstrip("\r\n")
        if fence:
            if bare.strip().startswith(fence) and not bare.strip().strip(fence[0]):
                fence = ""
        elif opened := re.match(r" {0,3}(`{3,}|~{3,})", bare):
            fence = opened[1]
        elif found := re.fullmatch(r" {0,3}(#{1,6})(?:[ \t](.*))?", bare, re.DOTALL):
            if text[start:at]:
                sections.append(Section(text[start:at], start, path))
            title = re.sub(r"(^|\s)#+$", "", (found[2] or "").strip()).strip()
            open_ = [*open_[: len(found[1]) - 1], title]
            start, path = at, tuple(open_)
        at += len(line)
    return [*sections, Section(text[start:], start, path)] if text[start:] else sections


def markdown_sections__splitlines(text):
    """splitlines knows what a line is.

    Caught by: test_lines_end_with_line_feeds_only
    """
    sections, open_, start, path, at, fence = [], [], 0, (), 0, ""
    for line in text.splitlines(keepends=True):
        bare = line.rstrip()
        if fence:
            if bare.strip().startswith(fence) and not bare.strip().strip(fence[0]):
                fence = ""
        elif opened := re.match(r" {0,3}(`{3,}|~{3,})", bare):
            fence = opened[1]
        elif found := re.fullmatch(r" {0,3}(#{1,6})(?:[ \t](.*))?", bare, re.DOTALL):
            if text[start:at]:
                sections.append(Section(text[start:at], start, path))
            title = re.sub(r"(^|\s)#+$", "", (found[2] or "").strip()).strip()
            open_ = [one for one in open_ if one[0] < len(found[1])] + [(len(found[1]), title)]
            start, path = at, tuple(one[1] for one in open_)
        at += len(line)
    return [*sections, Section(text[start:], start, path)] if text[start:] else sections


def markdown_sections__any_hash_is_a_heading(text):
    """A line with # at its beginning is a heading, with or without a space.

    Caught by: test_headings_begin_sections
    """
    sections, open_, start, path, at, fence = [], [], 0, (), 0, ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        bare = line.rstrip("\r\n")
        if fence:
            if bare.strip().startswith(fence) and not bare.strip().strip(fence[0]):
                fence = ""
        elif opened := re.match(r" {0,3}(`{3,}|~{3,})", bare):
            fence = opened[1]
        elif bare.lstrip().startswith("#"):
            level = len(bare.lstrip()) - len(bare.lstrip().lstrip("#"))
            if text[start:at]:
                sections.append(Section(text[start:at], start, path))
            title = re.sub(r"(^|\s)#+$", "", bare.lstrip()[level:].strip()).strip()
            open_ = [one for one in open_ if one[0] < level] + [(level, title)]
            start, path = at, tuple(one[1] for one in open_)
        at += len(line)
    return [*sections, Section(text[start:], start, path)] if text[start:] else sections


def markdown_sections__strips_all_hashes(text):
    """A # at the end is no part of the title.

    Caught by: test_the_title_has_no_marks
    """
    sections, open_, start, path, at, fence = [], [], 0, (), 0, ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        bare = line.rstrip("\r\n")
        if fence:
            if bare.strip().startswith(fence) and not bare.strip().strip(fence[0]):
                fence = ""
        elif opened := re.match(r" {0,3}(`{3,}|~{3,})", bare):
            fence = opened[1]
        elif found := re.fullmatch(r" {0,3}(#{1,6})(?:[ \t](.*))?", bare, re.DOTALL):
            if text[start:at]:
                sections.append(Section(text[start:at], start, path))
            title = (found[2] or "").strip().strip("#").strip()
            open_ = [one for one in open_ if one[0] < len(found[1])] + [(len(found[1]), title)]
            start, path = at, tuple(one[1] for one in open_)
        at += len(line)
    return [*sections, Section(text[start:], start, path)] if text[start:] else sections


def markdown_sections__empty_titles_do_not_count(text):
    """A heading has a title.

    Caught by: test_headings_begin_sections
    """
    sections, open_, start, path, at, fence = [], [], 0, (), 0, ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        bare = line.rstrip("\r\n")
        if fence:
            if bare.strip().startswith(fence) and not bare.strip().strip(fence[0]):
                fence = ""
        elif opened := re.match(r" {0,3}(`{3,}|~{3,})", bare):
            fence = opened[1]
        elif found := re.fullmatch(r" {0,3}(#{1,6})[ \t]+(\S.*)", bare, re.DOTALL):
            if text[start:at]:
                sections.append(Section(text[start:at], start, path))
            title = re.sub(r"(^|\s)#+$", "", found[2].strip()).strip()
            open_ = [one for one in open_ if one[0] < len(found[1])] + [(len(found[1]), title)]
            start, path = at, tuple(one[1] for one in open_)
        at += len(line)
    return [*sections, Section(text[start:], start, path)] if text[start:] else sections


def markdown_sections__beginning_is_lost(text):
    """Sections begin with headings.

    Caught by: test_text_before_the_first_heading
    """
    sections, open_, start, path, at, fence = [], [], None, (), 0, ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        bare = line.rstrip("\r\n")
        if fence:
            if bare.strip().startswith(fence) and not bare.strip().strip(fence[0]):
                fence = ""
        elif opened := re.match(r" {0,3}(`{3,}|~{3,})", bare):
            fence = opened[1]
        elif found := re.fullmatch(r" {0,3}(#{1,6})(?:[ \t](.*))?", bare, re.DOTALL):
            if start is not None:
                sections.append(Section(text[start:at], start, path))
            title = re.sub(r"(^|\s)#+$", "", (found[2] or "").strip()).strip()
            open_ = [one for one in open_ if one[0] < len(found[1])] + [(len(found[1]), title)]
            start, path = at, tuple(one[1] for one in open_)
        at += len(line)
    return [*sections, Section(text[start:], start, path)] if start is not None else sections


def markdown_sections__text_without_heading(text):
    """The heading is in the path, so it need not be in the text.

    Caught by: test_text_before_the_first_heading
    """
    sections, open_, start, path, at, fence = [], [], 0, (), 0, ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        bare = line.rstrip("\r\n")
        if fence:
            if bare.strip().startswith(fence) and not bare.strip().strip(fence[0]):
                fence = ""
        elif opened := re.match(r" {0,3}(`{3,}|~{3,})", bare):
            fence = opened[1]
        elif found := re.fullmatch(r" {0,3}(#{1,6})(?:[ \t](.*))?", bare, re.DOTALL):
            if text[start:at]:
                sections.append(Section(text[start:at], start, path))
            title = re.sub(r"(^|\s)#+$", "", (found[2] or "").strip()).strip()
            open_ = [one for one in open_ if one[0] < len(found[1])] + [(len(found[1]), title)]
            start, path = at + len(line), tuple(one[1] for one in open_)
        at += len(line)
    return [*sections, Section(text[start:], start, path)] if text[start:] else sections


# chunk_documents


def chunk_documents__shares_metadata(documents, split):
    """A dict of its own is a copy.

    Caught by: test_metadata_is_not_shared
    """
    try:
        for document in documents:
            number = 0
            for chunk in split(document.page_content):
                if chunk.text.strip():
                    where = json.dumps(
                        [document.metadata.get("source"), chunk.start, chunk.text]
                    ).encode()
                    own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                    yield Document(
                        chunk.text,
                        id=hashlib.sha256(where).hexdigest(),
                        metadata={**document.metadata, **own},
                    )
                    number += 1
    finally:
        close_source(documents)


def chunk_documents__one_copy_for_all(documents, split):
    """One deep copy for each document is enough.

    Caught by: test_metadata_is_not_shared
    """
    try:
        for document in documents:
            number, metadata = 0, deepcopy(document.metadata)
            for chunk in split(document.page_content):
                if chunk.text.strip():
                    where = json.dumps([metadata.get("source"), chunk.start, chunk.text]).encode()
                    own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                    yield Document(
                        chunk.text, id=hashlib.sha256(where).hexdigest(), metadata=metadata | own
                    )
                    number += 1
    finally:
        close_source(documents)


def chunk_documents__changes_the_document(documents, split):
    """The metadata of the document is filled in for each chunk.

    Caught by: test_each_chunk_becomes_a_document
    """
    try:
        for document in documents:
            number = 0
            for chunk in split(document.page_content):
                if chunk.text.strip():
                    where = json.dumps(
                        [document.metadata.get("source"), chunk.start, chunk.text]
                    ).encode()
                    document.metadata["start_index"] = chunk.start
                    document.metadata["end_index"] = chunk.end
                    document.metadata["chunk"] = number
                    yield Document(
                        chunk.text,
                        id=hashlib.sha256(where).hexdigest(),
                        metadata=deepcopy(document.metadata),
                    )
                    number += 1
    finally:
        close_source(documents)


def chunk_documents__random_ids(documents, split):
    """An id has to be different, and uuid4 always is.

    Caught by: test_an_id_stays_the_same
    """
    import uuid

    try:
        for document in documents:
            number = 0
            for chunk in split(document.page_content):
                if chunk.text.strip():
                    own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                    yield Document(
                        chunk.text, id=str(uuid.uuid4()), metadata=deepcopy(document.metadata) | own
                    )
                    number += 1
    finally:
        close_source(documents)


def chunk_documents__id_from_the_text(documents, split):
    """The same text has the same id.

    Caught by: test_no_two_chunks_have_one_id
    """
    try:
        for document in documents:
            number = 0
            for chunk in split(document.page_content):
                if chunk.text.strip():
                    own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                    yield Document(
                        chunk.text,
                        id=hashlib.sha256(chunk.text.encode()).hexdigest(),
                        metadata=deepcopy(document.metadata) | own,
                    )
                    number += 1
    finally:
        close_source(documents)


def chunk_documents__id_from_source_and_start(documents, split):
    """The place says which chunk it is.

    Caught by: test_no_two_chunks_have_one_id
    """
    try:
        for document in documents:
            number = 0
            for chunk in split(document.page_content):
                if chunk.text.strip():
                    own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                    yield Document(
                        chunk.text,
                        id=json.dumps([document.metadata.get("source"), chunk.start]),
                        metadata=deepcopy(document.metadata) | own,
                    )
                    number += 1
    finally:
        close_source(documents)


def chunk_documents__id_joined_without_separator(documents, split):
    """Source, start and text one after the other are unique.

    Caught by: test_no_two_chunks_have_one_id
    """
    try:
        for document in documents:
            number = 0
            for chunk in split(document.page_content):
                if chunk.text.strip():
                    where = f"{document.metadata.get('source')}{chunk.start}{chunk.text}"
                    own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                    yield Document(
                        chunk.text,
                        id=hashlib.sha256(where.encode()).hexdigest(),
                        metadata=deepcopy(document.metadata) | own,
                    )
                    number += 1
    finally:
        close_source(documents)


def chunk_documents__id_joined_with_a_dash(documents, split):
    """A dash keeps source, start and text apart.

    Caught by: test_no_two_chunks_have_one_id
    """
    try:
        for document in documents:
            number = 0
            for chunk in split(document.page_content):
                if chunk.text.strip():
                    where = f"{document.metadata.get('source')}-{chunk.start}-{chunk.text}"
                    own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                    yield Document(
                        chunk.text,
                        id=hashlib.sha256(where.encode()).hexdigest(),
                        metadata=deepcopy(document.metadata) | own,
                    )
                    number += 1
    finally:
        close_source(documents)


def chunk_documents__id_from_hash(documents, split):
    """hash makes a number of anything.

    Caught by: test_an_id_stays_the_same
    """
    try:
        for document in documents:
            number = 0
            for chunk in split(document.page_content):
                if chunk.text.strip():
                    where = (document.metadata.get("source"), chunk.start, chunk.text)
                    own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                    yield Document(
                        chunk.text,
                        id=str(hash(where)),
                        metadata=deepcopy(document.metadata) | own,
                    )
                    number += 1
    finally:
        close_source(documents)


def chunk_documents__numbers_with_gaps(documents, split):
    """enumerate numbers the chunks.

    Caught by: test_each_chunk_becomes_a_document
    """
    try:
        for document in documents:
            for number, chunk in enumerate(split(document.page_content)):
                if chunk.text.strip():
                    where = json.dumps(
                        [document.metadata.get("source"), chunk.start, chunk.text]
                    ).encode()
                    own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                    yield Document(
                        chunk.text,
                        id=hashlib.sha256(where).hexdigest(),
                        metadata=deepcopy(document.metadata) | own,
                    )
    finally:
        close_source(documents)


def chunk_documents__numbers_go_on(documents, split):
    """The chunks of all documents are numbered.

    Caught by: test_each_chunk_becomes_a_document
    """
    number = 0
    try:
        for document in documents:
            for chunk in split(document.page_content):
                if chunk.text.strip():
                    where = json.dumps(
                        [document.metadata.get("source"), chunk.start, chunk.text]
                    ).encode()
                    own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                    yield Document(
                        chunk.text,
                        id=hashlib.sha256(where).hexdigest(),
                        metadata=deepcopy(document.metadata) | own,
                    )
                    number += 1
    finally:
        close_source(documents)


def chunk_documents__blanks_too(documents, split):
    """Each chunk becomes a document.

    Caught by: test_each_chunk_becomes_a_document
    """
    try:
        for document in documents:
            for number, chunk in enumerate(split(document.page_content)):
                where = json.dumps(
                    [document.metadata.get("source"), chunk.start, chunk.text]
                ).encode()
                own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                yield Document(
                    chunk.text,
                    id=hashlib.sha256(where).hexdigest(),
                    metadata=deepcopy(document.metadata) | own,
                )
    finally:
        close_source(documents)


def chunk_documents__strips(documents, split):
    """White space around a text is of no use to anybody.

    Caught by: test_blank_chunks_are_left_out
    """
    try:
        for document in documents:
            number = 0
            for chunk in split(document.page_content.strip()):
                if chunk.text.strip():
                    where = json.dumps(
                        [document.metadata.get("source"), chunk.start, chunk.text]
                    ).encode()
                    own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                    yield Document(
                        chunk.text,
                        id=hashlib.sha256(where).hexdigest(),
                        metadata=deepcopy(document.metadata) | own,
                    )
                    number += 1
    finally:
        close_source(documents)


def chunk_documents__reads_everything_first(documents, split):
    """A list of all documents is easier to work with.

    Caught by: test_it_is_lazy
    """
    try:
        for document in list(documents):
            number = 0
            for chunk in split(document.page_content):
                if chunk.text.strip():
                    where = json.dumps(
                        [document.metadata.get("source"), chunk.start, chunk.text]
                    ).encode()
                    own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                    yield Document(
                        chunk.text,
                        id=hashlib.sha256(where).hexdigest(),
                        metadata=deepcopy(document.metadata) | own,
                    )
                    number += 1
    finally:
        close_source(documents)


def chunk_documents__stays_open(documents, split):
    """A stream ends by itself.

    Caught by: test_documents_are_closed
    """
    for document in documents:
        number = 0
        for chunk in split(document.page_content):
            if chunk.text.strip():
                where = json.dumps(
                    [document.metadata.get("source"), chunk.start, chunk.text]
                ).encode()
                own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                yield Document(
                    chunk.text,
                    id=hashlib.sha256(where).hexdigest(),
                    metadata=deepcopy(document.metadata) | own,
                )
                number += 1
    close_source(documents)


def chunk_documents__skips_errors(documents, split):
    """One broken document must not end the run.

    Caught by: test_an_error_of_split_passes_through
    """
    try:
        for document in documents:
            number = 0
            try:
                chunks = split(document.page_content)
            except Exception:
                continue
            for chunk in chunks:
                if chunk.text.strip():
                    where = json.dumps(
                        [document.metadata.get("source"), chunk.start, chunk.text]
                    ).encode()
                    own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                    yield Document(
                        chunk.text,
                        id=hashlib.sha256(where).hexdigest(),
                        metadata=deepcopy(document.metadata) | own,
                    )
                    number += 1
    finally:
        close_source(documents)


def chunk_documents__needs_a_source(documents, split):
    """Every document has a source.

    Caught by: test_a_document_without_a_source
    """
    try:
        for document in documents:
            number = 0
            for chunk in split(document.page_content):
                if chunk.text.strip():
                    where = json.dumps([document.metadata["source"], chunk.start, chunk.text])
                    own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                    yield Document(
                        chunk.text,
                        id=hashlib.sha256(where.encode()).hexdigest(),
                        metadata=deepcopy(document.metadata) | own,
                    )
                    number += 1
    finally:
        close_source(documents)


def chunk_documents__own_entries_lose(documents, split):
    """What the document says counts more.

    Caught by: test_metadata_of_any_kind
    """
    try:
        for document in documents:
            number = 0
            for chunk in split(document.page_content):
                if chunk.text.strip():
                    where = json.dumps(
                        [document.metadata.get("source"), chunk.start, chunk.text]
                    ).encode()
                    own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                    yield Document(
                        chunk.text,
                        id=hashlib.sha256(where).hexdigest(),
                        metadata=own | deepcopy(document.metadata),
                    )
                    number += 1
    finally:
        close_source(documents)
