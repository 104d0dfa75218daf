"""What beginners write first for lesson 23: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: F821, F841, B007, B015, RET503, RET504, SIM102, SIM110


# fixed_chunks


def fixed_chunks__prints(text, size, overlap=0):
    """The learner takes printing for returning."""
    if size < 1 or not 0 <= overlap < size:
        raise ValueError("wrong size")
    for start in range(0, max(len(text) - overlap, 1), size - overlap):
        print(Chunk(text[start : start + size], start))


def fixed_chunks__returns_in_the_loop(text, size, overlap=0):
    """The learner has overlooked that return ends the loop in its first round."""
    if size < 1 or not 0 <= overlap < size:
        raise ValueError("wrong size")
    chunks = []
    for start in range(0, max(len(text) - overlap, 1), size - overlap):
        chunks.append(Chunk(text[start : start + size], start))
        return chunks


def fixed_chunks__strings(text, size, overlap=0):
    """The learner has forgotten that a chunk is more than its text."""
    if size < 1 or not 0 <= overlap < size:
        raise ValueError("wrong size")
    return [
        text[start : start + size]
        for start in range(0, max(len(text) - overlap, 1), size - overlap)
    ]


def fixed_chunks__slice_with_a_length(text, size, overlap=0):
    """The learner believes that a slice has a start and a length."""
    if size < 1 or not 0 <= overlap < size:
        raise ValueError("wrong size")
    chunks = []
    for start in range(0, len(text), size - overlap):
        chunks.append(Chunk(text[start:size], start))
    return chunks


def fixed_chunks__returns_the_error(text, size, overlap=0):
    """The learner returns the error that was to be raised."""
    if size < 1 or overlap < 0 or overlap >= size:
        return ValueError("wrong size")
    if not text:
        return []
    starts = range(0, max(len(text) - overlap, 1), size - overlap)
    return [Chunk(text[start : start + size], start) for start in starts]


def fixed_chunks__assigns_append(text, size, overlap=0):
    """The learner believes that append returns the longer list."""
    if size < 1 or not 0 <= overlap < size:
        raise ValueError("wrong size")
    chunks = []
    start = 0
    while start < len(text):
        chunks = chunks.append(Chunk(text[start : start + size], start))
        start += size - overlap
    return chunks


# safe_cut


def safe_cut__category_of_a_text(text, at):
    """The learner believes that category takes a text of any length."""
    at = max(0, min(at, len(text)))
    while 0 < at < len(text) and category(text[at - 1 : at + 1]).startswith("M"):
        at -= 1
    return at


def safe_cut__compares_the_category_with_m(text, at):
    """The learner has overlooked that a category has two letters."""
    at = max(0, min(at, len(text)))
    while 0 < at < len(text) and category(text[at]) == "M":
        at -= 1
    return at


def safe_cut__reads_behind_the_end(text, at):
    """The learner has overlooked that there is no character at len(text)."""
    at = max(0, min(at, len(text)))
    while category(text[at]).startswith("M") or text[at] == JOINER:
        at -= 1
    return at


def safe_cut__never_moves(text, at):
    """The learner has forgotten to count down."""
    at = max(0, min(at, len(text)))
    while 0 < at < len(text) and (category(text[at])[0] == "M" or text[at] == JOINER):
        at
    return at


def safe_cut__returns_the_text(text, at):
    """The learner hands out what is before the cut, not where it is."""
    at = max(0, min(at, len(text)))
    while 0 < at < len(text) and (category(text[at])[0] == "M" or text[at] == JOINER):
        at -= 1
    return text[:at]


# sentence_chunks


def sentence_chunks__yields(text, abbreviations=ABBREVIATIONS):
    """The learner makes a generator where a list is asked for."""
    start = 0
    for match in re.finditer(r"\S+\s*", text):
        if match[0].strip().endswith((".", "!", "?")):
            yield Chunk(text[start : match.end()], start)
            start = match.end()
    if start < len(text):
        yield Chunk(text[start:], start)


def sentence_chunks__endswith_a_list(text, abbreviations=ABBREVIATIONS):
    """The learner believes that endswith takes a list."""
    chunks, start = [], 0
    for match in re.finditer(r"\S+\s*", text):
        if match[0].strip().endswith([".", "!", "?"]):
            chunks.append(Chunk(text[start : match.end()], start))
            start = match.end()
    return chunks


def sentence_chunks__in_a_string(text, abbreviations=ABBREVIATIONS):
    """The learner believes that findall gives matches with positions."""
    chunks, start = [], 0
    for match in re.findall(r"\S+\s*", text):
        if match.strip()[-1] in MARKS:
            chunks.append(Chunk(text[start : match.end()], start))
            start = match.end()
    return chunks


def sentence_chunks__lower_without_a_call(text, abbreviations=ABBREVIATIONS):
    """The learner has forgotten the brackets of lower."""
    known = [one.lower for one in abbreviations]
    chunks, start = [], 0
    for match in re.finditer(r"\S+\s*", text):
        word = match[0].strip()
        if word.rstrip(CLOSERS).endswith(tuple(MARKS)) and word.lower not in known:
            chunks.append(Chunk(text[start : match.end()], start))
            start = match.end()
    return [*chunks, Chunk(text[start:], start)] if start < len(text) else chunks


# pack_chunks


def pack_chunks__adds_a_chunk_to_a_text(text, pieces, limit, count, overlap=0):
    """The learner adds a chunk to a text."""
    if limit < 1 or not 0 <= overlap < limit:
        raise ValueError("wrong limit")
    chunks, held, start = [], "", 0
    for piece in pieces:
        if held and count(held + piece) > limit:
            chunks.append(Chunk(held, start))
            start += len(held)
            held = ""
        held += piece.text
    return [*chunks, Chunk(held, start)] if held else chunks


def pack_chunks__count_of_a_list(text, pieces, limit, count, overlap=0):
    """The learner counts a list of texts."""
    if limit < 1 or not 0 <= overlap < limit:
        raise ValueError("wrong limit")
    chunks, held = [], []
    for piece in pieces:
        if held and count([*held, piece.text]) > limit:
            chunks.append(Chunk("".join(held), piece.start - len("".join(held))))
            held = []
        held.append(piece.text)
    return chunks


def pack_chunks__len_of_a_function(text, pieces, limit, count, overlap=0):
    """The learner takes `count` for a number."""
    if limit < 1 or not 0 <= overlap < limit:
        raise ValueError("wrong limit")
    chunks, start = [], 0
    for piece in pieces:
        if piece.end - start > limit * count:
            chunks.append(Chunk(text[start : piece.start], start))
            start = piece.start
    return [*chunks, Chunk(text[start:], start)]


def pack_chunks__changes_a_frozen_chunk(text, pieces, limit, count, overlap=0):
    """The learner lengthens a chunk that cannot be changed."""
    if limit < 1 or not 0 <= overlap < limit:
        raise ValueError("wrong limit")
    chunks = []
    for piece in pieces:
        if chunks and count(chunks[-1].text + piece.text) <= limit:
            chunks[-1].text += piece.text
        else:
            chunks.append(piece)
    return chunks


def pack_chunks__index_behind_the_end(text, pieces, limit, count, overlap=0):
    """The learner looks at the piece after the last one."""
    if limit < 1 or not 0 <= overlap < limit:
        raise ValueError("wrong limit")
    chunks, start = [], 0
    for n in range(len(pieces)):
        if count(text[start : pieces[n + 1].end]) > limit:
            chunks.append(Chunk(text[start : pieces[n].end], start))
            start = pieces[n].end
    return chunks


# split_recursively


def split_recursively__compares_the_function(text, limit, count, separators=SEPARATORS):
    """The learner has forgotten to call count."""
    if limit < 1 or "" in separators:
        raise ValueError("wrong limit")
    if count <= limit:
        return [Chunk(text, 0)] if text else []
    chunks, at = [], 0
    for part in text.split(separators[0]):
        for chunk in split_recursively(part, limit, count, separators[1:]):
            chunks.append(Chunk(chunk.text, at + chunk.start))
        at += len(part)
    return chunks


def split_recursively__forgets_what_it_calls(text, limit, count, separators=SEPARATORS):
    """The learner calls the function again, and forgets what comes back."""
    if limit < 1 or "" in separators:
        raise ValueError("wrong limit")
    if count(text) <= limit:
        return [Chunk(text, 0)] if text else []
    for part in text.split(separators[0]):
        split_recursively(part, limit, count, separators[1:])


def split_recursively__no_separator_left(text, limit, count, separators=SEPARATORS):
    """The learner has overlooked that the separators may run out."""
    if limit < 1 or "" in separators:
        raise ValueError("wrong limit")

    def pieces(part, rest):
        if count(part) <= limit:
            return [part]
        found = []
        for one in re.findall(rf"(?s).*?{re.escape(rest[0])}|.+", part):
            found += pieces(one, rest[1:])
        return found

    chunks, start, end = [], 0, 0
    for piece in pieces(text, separators) if text else []:
        if start < end and count(text[start : end + len(piece)]) > limit:
            chunks.append(Chunk(text[start:end], start))
            start = end
        end += len(piece)
    return [*chunks, Chunk(text[start:], start)] if text else []


def split_recursively__starts_at_zero(text, limit, count, separators=SEPARATORS):
    """The learner has forgotten that a part does not begin where the text does."""
    if limit < 1 or "" in separators:
        raise ValueError("wrong limit")
    if count(text) <= limit or not separators:
        return [Chunk(text, 0)] if text else []
    chunks = []
    for part in re.findall(rf"(?s).*?{re.escape(separators[0])}|.+", text):
        chunks += split_recursively(part, limit, count, separators[1:])
    return chunks


# markdown_sections


def markdown_sections__path_is_a_list(text):
    """The learner hands the same list out for each section."""
    sections, path, start, at = [], [], 0, 0
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        if line.startswith("#"):
            if at > start:
                sections.append(Section(text[start:at], start, path))
            level = len(line) - len(line.lstrip("#"))
            del path[level - 1 :]
            path.append(line.strip("# \n"))
            start = at
        at += len(line)
    return [*sections, Section(text[start:], start, path)] if text[start:] else sections


def markdown_sections__match_of_none(text):
    """The learner has overlooked that a pattern may not match."""
    sections, start, at, path = [], 0, 0, ()
    for line in text.split("\n"):
        found = re.match(r"(#{1,6}) (.*)", line)
        level, title = len(found[1]), found[2]
        if title:
            sections.append(Section(text[start:at], start, path))
            path = (*path[: level - 1], title)
            start = at
        at += len(line) + 1
    return [*sections, Section(text[start:], start, path)]


def markdown_sections__dicts(text):
    """The learner makes dicts, and not what the stub gives."""
    sections, start, at, path = [], 0, 0, ()
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        found = re.match(r"(#{1,6}) (.*)", line)
        if found:
            if at > start:
                sections.append({"text": text[start:at], "start": start, "path": path})
            path = (*path[: len(found[1]) - 1], found[2])
            start = at
        at += len(line)
    return [*sections, {"text": text[start:], "start": start, "path": path}]


def markdown_sections__a_text_for_a_tuple(text):
    """The learner has overlooked that brackets alone make no tuple."""
    sections, start, at, path = [], 0, 0, ()
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        found = re.match(r"(#{1,6}) (.*)", line)
        if found:
            if at > start:
                sections.append(Section(text[start:at], start, path))
            path = (found[2])  # fmt: skip
            start = at
        at += len(line)
    return [*sections, Section(text[start:], start, path)] if text else []


# chunk_documents


def chunk_documents__returns_a_list(documents, split):
    """The learner returns a list where a generator is asked for."""
    found = []
    for document in documents:
        for number, chunk in enumerate(split(document.page_content)):
            own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
            metadata = deepcopy(document.metadata) | own
            found.append(Document(chunk.text, metadata=metadata, id=str(number)))
    return found


def chunk_documents__update_returns_none(documents, split):
    """The learner believes that update returns the dict."""
    try:
        for document in documents:
            for number, chunk in enumerate(split(document.page_content)):
                own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                metadata = deepcopy(document.metadata).update(own)
                yield Document(chunk.text, metadata=metadata, id=str(chunk.start))
    finally:
        close_source(documents)


def chunk_documents__hashes_a_text(documents, split):
    """The learner has overlooked that sha256 takes bytes."""
    try:
        for document in documents:
            for number, chunk in enumerate(split(document.page_content)):
                name = hashlib.sha256(f"{document.metadata['source']} {chunk.start} {chunk.text}")
                own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                metadata = deepcopy(document.metadata) | own
                yield Document(chunk.text, metadata=metadata, id=name.hexdigest())
    finally:
        close_source(documents)


def chunk_documents__splits_the_document(documents, split):
    """The learner hands the document to split, not its text."""
    try:
        for document in documents:
            for number, chunk in enumerate(split(document)):
                own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                metadata = deepcopy(document.metadata) | own
                yield Document(chunk.text, metadata=metadata, id=str(chunk.start))
    finally:
        close_source(documents)


def chunk_documents__yields_all_at_once(documents, split):
    """The learner yields a list for each document."""
    try:
        for document in documents:
            yield [
                Document(chunk.text, metadata=deepcopy(document.metadata))
                for chunk in split(document.page_content)
            ]
    finally:
        close_source(documents)
