"""Right answers to lesson 23 of another shape than the reference.

`course/lesson/variants.py` says how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: F821


# fixed_chunks


def fixed_chunks__while(text, size, overlap=0):
    """A loop that stops when a chunk reaches the end."""
    if size < 1 or overlap < 0 or overlap >= size:
        raise ValueError("size and overlap do not go together")
    chunks, start = [], 0
    while text:
        chunks.append(Chunk(text[start : start + size], start))
        if start + size >= len(text):
            break
        start += size - overlap
    return chunks


def fixed_chunks__recursive_in_spirit(text, size, overlap=0):
    """The end of each chunk says whether there is a next one; the list grows by its last item."""
    if not (size >= 1 and 0 <= overlap < size):
        raise ValueError((size, overlap))
    chunks = [Chunk(text[:size], 0)] if text else []
    while chunks and chunks[-1].end < len(text):
        start = chunks[-1].end - overlap
        chunks.append(Chunk(text[start : start + size], start))
    return chunks


def fixed_chunks__drops_what_is_inside(text, size, overlap=0):
    """All starts, and those that add nothing are left out afterwards."""
    if size < 1 or overlap not in range(size):
        raise ValueError(f"{size=} {overlap=}")
    starts = list(range(0, len(text), size - overlap))
    return [
        Chunk(text[start : start + size], start)
        for start in starts
        if start == 0 or start + overlap < len(text)
    ]


# safe_cut


def safe_cut__all_boundaries(text, at):
    """One pass collects all boundaries; bisect finds the last one."""
    from bisect import bisect_right

    boundaries, row, picture = [0], 0, 0  # picture: 1 after a symbol, 2 after its joiner
    for n, one in enumerate(text):
        extends = category(one)[0] == "M" or one in SKIN_COLORS
        before = text[n - 1] if n else "\n"
        if one == JOINER or extends:
            joined = before not in ("\r", "\n")
        elif picture == 2 and category(one) == "So":
            joined = True
        elif one in FLAG_LETTERS:
            joined = row % 2 == 1
        else:
            joined = n > 0 and before == "\r" and one == "\n"
        if n and not joined:
            boundaries.append(n)
        row = row + 1 if one in FLAG_LETTERS else 0
        if category(one) == "So":
            picture = 1
        elif one == JOINER:
            picture = 2 if picture == 1 else 0
        elif not (extends and picture == 1):
            picture = 0
    boundaries.append(len(text))
    return boundaries[bisect_right(boundaries, max(at, 0)) - 1]


def safe_cut__pattern(text, at):
    """A regular expression for one visible character, from the left."""
    at = min(max(at, 0), len(text))
    kinds = []
    for one in text:
        if one in "\r\n":
            kinds.append(one)
        elif one == JOINER:
            kinds.append("J")
        elif category(one).startswith("M") or one in SKIN_COLORS:
            kinds.append("M")
        elif one in FLAG_LETTERS:
            kinds.append("F")
        else:
            kinds.append("S" if category(one) == "So" else "x")
    last = 0
    for found in re.finditer(r"\r\n|\r|\n|(?:FF|SM*(?:JSM*)*|.)[MJ]*", "".join(kinds), re.DOTALL):
        if found.end() > at:
            return found.start() if found.start() <= at else last
        last = found.end()
    return last


def safe_cut__tests_each_rule(text, at):
    """Each rule is a function of its own; the first safe one of a generator is taken."""

    def belongs(one):
        return category(one) in {"Mn", "Mc", "Me"} or one in SKIN_COLORS

    def breaks(at):
        left, right = text[:at], text[at]
        if left[-1] == "\r" and right == "\n":
            return True
        if belongs(right) or right == JOINER:
            return left[-1] != "\r" and left[-1] != "\n"
        if left[-1] == JOINER and category(right) == "So":
            left = left[:-1]
            while left and belongs(left[-1]):
                left = left[:-1]
            return bool(left) and category(left[-1]) == "So"
        if right in FLAG_LETTERS:
            row = 0
            for one in reversed(left):
                if one not in FLAG_LETTERS:
                    break
                row += 1
            return row % 2 == 1
        return False

    if at >= len(text):
        return len(text)
    if at <= 0:
        return 0
    return next((here for here in range(at, 0, -1) if not breaks(here)), 0)


# sentence_chunks


def sentence_chunks__by_character(text, abbreviations=ABBREVIATIONS):
    """It goes through the text character by character."""
    known = {one.lower() for one in abbreviations}
    chunks, start, at, word = [], 0, 0, 0
    while at < len(text):
        end = None
        if text[at] in WIDE_MARKS:
            while at < len(text) and text[at] in WIDE_MARKS:
                at += 1
            while at < len(text) and text[at] in WIDE_CLOSERS:
                at += 1
            word = at
            end = "always"
        elif text[at] in MARKS:
            marks = at
            while at < len(text) and text[at] in MARKS:
                at += 1
            after = at
            while after < len(text) and text[after] in CLOSERS:
                after += 1
            if after == len(text) or text[after].isspace():
                end = "always"
                if text[marks:at] == ".":
                    said = text[word:at].lstrip(OPENERS).lower()
                    if said in known or (len(said) == 2 and text[at - 2].isalpha()):
                        end = "unless blank"
                    else:
                        end = "unless small"
                at = after
        elif text[at].isspace():
            end = "if blank"
        else:
            at += 1
        if end is None:
            continue
        space = at
        while at < len(text) and text[at].isspace():
            at += 1
        if at > space:
            word = at
        blank = text.count("\n", space, at) >= 2 and space > 0
        small = at < len(text) and text[at].islower()
        if end == "always" or blank or (end == "unless small" and not small):
            chunks.append(Chunk(text[start:at], start))
            start = at
    return chunks + ([Chunk(text[start:], start)] if start < len(text) else [])


def sentence_chunks__words_are_collected(text, abbreviations=ABBREVIATIONS):
    """Words with their white space are collected until one ends the sentence."""
    known = [one.casefold() for one in abbreviations]
    cut = re.compile(f"([{WIDE_MARKS}]+[{WIDE_CLOSERS}]*)")
    parts = []
    for word, space in re.findall(r"(\S*)(\s*)", text):
        *wide, last = cut.split(word)
        pairs = ["".join(pair) for pair in zip(wide[::2], wide[1::2], strict=True)]
        parts += [(one, "", True) for one in pairs]
        if last or not parts or not pairs:
            parts.append((last, space, False))
        else:
            parts[-1] = (parts[-1][0], space, True)
    chunks, held, at = [], "", 0
    for n, (word, space, wide) in enumerate(parts):
        held += word + space
        follows = parts[n + 1][0][:1] if n + 1 < len(parts) else ""
        bare = word.rstrip(CLOSERS)
        marks = bare[len(bare.rstrip(MARKS)) :]
        said = bare.lstrip(OPENERS).casefold()
        is_end = wide or bool(marks)
        if not wide and marks == ".":
            letter = len(said) == 2 and said[0].isalpha()
            is_end = not (said in known or letter or follows.islower())
        if word and space.count("\n") >= 2:
            is_end = True
        if is_end:
            chunks.append(Chunk(held, at))
            at += len(held)
            held = ""
    return [*chunks, Chunk(held, at)] if held else chunks


# pack_chunks


def pack_chunks__two_loops(text, pieces, limit, count, overlap=0):
    """For each chunk: first what is repeated, then what is new."""
    if limit < 1:
        raise ValueError("limit must be at least 1")
    if overlap < 0 or overlap >= limit:
        raise ValueError("overlap must be from 0 to limit - 1")
    for piece in pieces:
        if count(piece.text) > limit:
            raise ValueError(f"{piece} has more than {limit} tokens")
    chunks, new = [], 0
    while new < len(pieces):
        first = new
        while overlap and first > 0:
            repeated = text[pieces[first - 1].start : pieces[new - 1].end]
            if count(repeated) > overlap:
                break
            if count(text[pieces[first - 1].start : pieces[new].end]) > limit:
                break
            first -= 1
        start = pieces[first].start
        while new < len(pieces) and count(text[start : pieces[new].end]) <= limit:
            new += 1
        chunks.append(Chunk(text[start : pieces[new - 1].end], start))
    return chunks


def pack_chunks__deque(text, pieces, limit, count, overlap=0):
    """The pieces of the chunk are in a deque."""
    from collections import deque

    if limit < 1 or overlap < 0 or overlap >= limit:
        raise ValueError
    if max((count(piece.text) for piece in pieces), default=0) > limit:
        raise ValueError
    held, chunks = deque(), []

    def size(*more):
        return count("".join(piece.text for piece in [*held, *more]))

    def put():
        chunks.append(Chunk("".join(piece.text for piece in held), held[0].start))

    for piece in pieces:
        if held and size(piece) > limit:
            put()
            while held and (size() > overlap or size(piece) > limit):
                held.popleft()
        held.append(piece)
    if held:
        put()
    return chunks


def pack_chunks__by_halves(text, pieces, limit, count, overlap=0):
    """bisect finds how many pieces fit, since no part has more tokens than the whole."""
    if not (limit >= 1 and 0 <= overlap < limit) or any(count(one.text) > limit for one in pieces):
        raise ValueError(limit)
    chunks, first, new = [], 0, 0
    while new < len(pieces):
        start = pieces[first].start
        new += bisect_right(pieces[new:], limit, key=lambda one: count(text[start : one.end]))
        chunks.append(Chunk(text[start : pieces[new - 1].end], start))
        if new < len(pieces):
            first = next(
                n
                for n in range(first + 1, new + 1)
                if n == new
                or (
                    count(text[pieces[n].start : pieces[new - 1].end]) <= overlap
                    and count(text[pieces[n].start : pieces[new].end]) <= limit
                )
            )
    return chunks


# split_recursively


def split_recursively__stack(text, limit, count, separators=SEPARATORS):
    """A stack of parts instead of a recursion, and positions instead of texts."""
    if limit < 1 or any(not separator for separator in separators):
        raise ValueError("limit is too small, or a separator is empty")
    ends, stack = [], [(0, len(text), 0)] if text else []
    while stack:
        start, end, level = stack.pop()
        if count(text[start:end]) <= limit:
            ends.append(end)
        elif level < len(separators):
            cuts, at = [start], start
            while (found := text.find(separators[level], at, end)) >= 0:
                at = found + len(separators[level])
                cuts.append(at)
            parts = [(a, b, level + 1) for a, b in pairwise([*cuts, end]) if a < b]
            stack += reversed(parts)
        else:
            while start < end:
                low, high = start, end
                while low < high:
                    middle = (low + high + 1) // 2
                    cut = max(safe_cut(text[:end], middle), start)
                    if count(text[start:cut]) <= limit:
                        low = middle
                    else:
                        high = middle - 1
                cut = safe_cut(text[:end], low)
                if cut <= start:
                    cut = start + 1
                    while safe_cut(text[:end], cut) != cut:
                        cut += 1
                ends.append(cut)
                start = cut
    chunks, start, last = [], 0, 0
    for end in ends:
        if last > start and count(text[start:end]) > limit:
            chunks.append(Chunk(text[start:last], start))
            start = last
        last = end
    if text:
        chunks.append(Chunk(text[start:], start))
    return chunks


def split_recursively__packs_between_the_long_ones(text, limit, count, separators=SEPARATORS):
    """pack_chunks joins; what is too long alone divides what it gets."""
    if limit < 1 or not all(separators):
        raise ValueError(limit)

    def cut(part, rest):
        if count(part) <= limit or not part:
            return [part] if part else []
        if rest:
            pattern = rf"(?s).*?{re.escape(rest[0])}|.+"
            return [one for piece in re.findall(pattern, part) for one in cut(piece, rest[1:])]
        units, start = [], 0
        for at in range(1, len(part) + 1):
            if safe_cut(part, at) == at:
                units.append(part[start:at])
                start = at
        found = []
        while units:
            fits = bisect_right(
                range(1, len(units) + 1), limit, key=lambda n: count("".join(units[:n]))
            )
            found.append("".join(units[: max(fits, 1)]))
            del units[: max(fits, 1)]
        return found

    chunks, run, start, at = [], [], 0, 0

    def pack():
        whole = "".join(one.text for one in run)
        moved = pack_chunks(whole, run, limit, count)
        chunks.extend(Chunk(one.text, one.start + start) for one in moved)

    for piece in cut(text, list(separators)):
        if count(piece) > limit:
            pack()
            chunks.append(Chunk(piece, at))
            run, start = [], at + len(piece)
        else:
            run.append(Chunk(piece, at - start))
        at += len(piece)
    pack()
    return chunks


# markdown_sections


def markdown_sections__state_machine(text):
    """It goes by positions and without regular expressions."""
    sections, opened, start, at = [], [], 0, 0
    fence, length = "", 0
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        line = text[at:end].rstrip("\r\n")
        bare = line.lstrip(" ")
        shallow = len(line) - len(bare) <= 3
        marks = len(bare) - len(bare.lstrip(bare[:1])) if bare else 0
        if fence:
            rest = bare.strip()
            if set(rest) == {fence} and len(rest) >= length:
                fence = ""
        elif shallow and bare[:1] in ("`", "~") and marks >= 3:
            fence, length = bare[0], marks
        elif (
            shallow
            and bare[:1] == "#"
            and marks <= 6
            and bare[marks : marks + 1] in ("", " ", "\t")
        ):
            if at > start:
                path = tuple(title for _, title in opened)
                sections.append(Section(text[start:at], start, path))
            words = bare[marks:].strip()
            without = words.rstrip("#")
            if without == "" or without != without.rstrip():
                words = without.rstrip()
            while opened and opened[-1][0] >= marks:
                opened.pop()
            opened.append((marks, words))
            start = at
        at = end
    if start < len(text):
        sections.append(Section(text[start:], start, tuple(title for _, title in opened)))
    return sections


def markdown_sections__one_pattern(text):
    """One pattern for all text: fences are skipped as a whole."""
    pattern = re.compile(
        r"^ {0,3}(?P<fence>`{3,}|~{3,})[^\n]*(?:\n|\Z)"
        r"(?:(?! *(?P=fence)(?:(?<=`)`|(?<=~)~)* *\r?(?:\n|\Z))[^\n]*\n)*"
        r"(?:[^\n]*)"
        r"|^ {0,3}(?P<level>#{1,6})(?:[ \t](?P<title>[^\n]*?))?\r?(?=\n|\Z)",
        re.MULTILINE,
    )
    marks = []
    for found in pattern.finditer(text):
        if found["level"] and (found.start() == 0 or text[found.start() - 1] == "\n"):
            title = re.sub(r"(?:^|(?<=\s))#+$", "", (found["title"] or "").strip()).strip()
            marks.append((found.start(), len(found["level"]), title))
    sections = []
    if text[: marks[0][0] if marks else None]:
        sections.append(Section(text[: marks[0][0] if marks else None], 0, ()))
    for n, (start, level, title) in enumerate(marks):
        end = marks[n + 1][0] if n + 1 < len(marks) else len(text)
        path, below = [title], level
        for _, other, name in reversed(marks[:n]):
            if other < below:
                path.insert(0, name)
                below = other
        sections.append(Section(text[start:end], start, tuple(path)))
    return sections


# chunk_documents


def chunk_documents__uuid5(documents, split):
    """A UUID that is made of a name; the work for one document is a function."""
    from contextlib import closing
    from uuid import NAMESPACE_URL, uuid5

    def pieces(document):
        visible = [chunk for chunk in split(document.page_content) if not _is_blank(chunk.text)]
        for number, chunk in enumerate(visible):
            metadata = deepcopy(document.metadata)
            name = repr((metadata.get("source"), chunk.start, chunk.text))
            metadata.update(start_index=chunk.start, end_index=chunk.end, chunk=number)
            made = str(uuid5(NAMESPACE_URL, name))
            yield Document(page_content=chunk.text, metadata=metadata, id=made)

    def _is_blank(text):
        return text == "" or text.isspace()

    class Closing:
        def close(self):
            close_source(documents)

    with closing(Closing()):
        for document in documents:
            yield from pieces(document)


def chunk_documents__lengths_before_texts(documents, split):
    """Each part of the id says how long it is; a counter by hand."""
    try:
        for document in documents:
            count = -1
            for chunk in split(document.page_content):
                if any(not letter.isspace() for letter in chunk.text):
                    count += 1
                    source = str(document.metadata.get("source"))
                    name = f"{len(source)}:{source}{chunk.start}:{chunk.text}"
                    digest = hashlib.md5(name.encode("utf-8", "surrogatepass")).hexdigest()
                    made = Document(chunk.text, id=digest, metadata=deepcopy(document.metadata))
                    made.metadata["start_index"] = chunk.start
                    made.metadata["end_index"] = chunk.start + len(chunk.text)
                    made.metadata["chunk"] = count
                    yield made
    finally:
        close_source(documents)


class chunk_documents__iterator:
    """An object with __next__ and close instead of a generator."""

    def __init__(self, documents, split):
        self._documents = documents
        self._split = split
        self._held = []
        self._over = False
        self._source = None

    def __iter__(self):
        return self

    def __next__(self):
        try:
            while not self._held:
                if self._over:
                    raise StopIteration
                if self._source is None:
                    self._source = iter(self._documents)
                self._held = list(self._made(next(self._source)))
        except BaseException:
            self.close()
            raise
        return self._held.pop(0)

    def close(self):
        self._over, self._held = True, []
        close_source(self._documents)

    def _made(self, document):
        number = 0
        for chunk in self._split(document.page_content):
            if chunk.text.strip():
                where = json.dumps([document.metadata.get("source"), chunk.start, chunk.text])
                own = {"start_index": chunk.start, "end_index": chunk.end, "chunk": number}
                yield Document(chunk.text, id=where, metadata=deepcopy(document.metadata) | own)
                number += 1
