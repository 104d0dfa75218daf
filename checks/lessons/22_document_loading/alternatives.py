"""Right answers to lesson 22 of another shape than the reference.

`course/lesson/variants.py` says how these functions are used. Each docstring says what is
different.
"""
# Names come from the solution.
# ruff: noqa: F821


# decode_text


def decode_text__wrapped_file(data):
    """A text file over the bytes reads each candidate, without touching the line ends."""

    def read(encoding):
        return io.TextIOWrapper(io.BytesIO(data), encoding, newline="").read()

    try:
        if data[:4] in (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE):
            return read("utf-32") if data[4:] else "", "utf-32"
        if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return read("utf-16") if data[2:] else "", "utf-16"
        if data[:3] == codecs.BOM_UTF8:
            return read("utf-8-sig"), "utf-8"
        if 0 in data:
            raise UnreadableFile("a zero byte")
        try:
            return read("utf-8"), "utf-8"
        except UnicodeDecodeError:
            return read("cp1252"), "cp1252"
    except UnicodeError as error:
        raise UnreadableFile("broken") from error


def decode_text__cuts_off_the_mark(data):
    """A dict of marks, the longest first, with the codecs that know no mark."""
    marks = {
        codecs.BOM_UTF32_LE: ("utf-32", "utf-32-le"),
        codecs.BOM_UTF32_BE: ("utf-32", "utf-32-be"),
        codecs.BOM_UTF8: ("utf-8", "utf-8"),
        codecs.BOM_UTF16_LE: ("utf-16", "utf-16-le"),
        codecs.BOM_UTF16_BE: ("utf-16", "utf-16-be"),
    }
    candidates = [("utf-8", "utf-8"), ("cp1252", "cp1252")]
    for mark in sorted(marks, key=len, reverse=True):
        if data[: len(mark)] == mark:
            candidates, data = [marks[mark]], data[len(mark) :]
            break
    else:
        if data.count(0):
            candidates = []
    for name, codec in candidates:
        with __import__("contextlib").suppress(UnicodeDecodeError):
            return str(data, codec), name
    raise UnreadableFile(f"{len(data)} bytes that are no text")


# csv_documents


def csv_documents__by_character(text, source, content, on_problem):
    """A loop over the characters, which counts the lines itself."""

    def records():
        cells, cell, quoted, line, begin, touched = [], [], False, 1, 1, False
        text_ = text.replace("\r\n", "\n")
        n = 0
        original = iter(_quoted_breaks())
        while n < len(text_):
            one = text_[n]
            if quoted:
                if one == '"' and text_[n + 1 : n + 2] == '"':
                    cell.append('"')
                    n += 1
                elif one == '"':
                    quoted = False
                elif one in "\n\r":
                    cell.append(next(original))
                    line += 1
                else:
                    cell.append(one)
            elif one == '"' and not cell:
                quoted = touched = True
            elif one == ",":
                cells.append("".join(cell))
                cell, touched = [], True
            elif one in "\n\r":
                if touched or cell or cells:
                    yield begin, [*cells, "".join(cell)]
                cells, cell, touched = [], [], False
                line += 1
                begin = line
            else:
                cell.append(one)
            n += 1
        if touched or cell or cells:
            yield begin, [*cells, "".join(cell)]

    def _quoted_breaks():
        n, quoted = 0, False
        while n < len(text):
            if text[n] == '"':
                quoted = not quoted
            if text[n] in "\r\n":
                size = 2 if text[n : n + 2] == "\r\n" else 1
                if quoted:
                    yield text[n : n + size]
                n += size - 1
            n += 1

    stream = records()
    _, header = next(stream, (0, []))
    header = [name.strip() for name in header]
    if not content or len(set(header)) != len(header) or set(content) - set(header):
        raise ValueError("content and header do not go together")
    for line, cells in stream:
        if len(cells) != len(header):
            on_problem(Problem(source, line, "another number of cells"))
            continue
        record = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        page = [name + ": " + record.pop(name) for name in content if record[name]]
        for name in content:
            record.pop(name, None)
        if page:
            yield Document("\n".join(page), metadata=record | {"source": source, "line": line})


def csv_documents__checks_at_once(text, source, content, on_problem):
    """No generator: it checks the header in the call, and returns a generator for the rest."""
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(lines)
    header = []
    for header in reader:
        if header:
            break
    header = list(map(str.strip, header))
    if not content:
        raise ValueError("no content")
    for name in content:
        if header.count(name) != 1:
            raise ValueError(f"{name} is there {header.count(name)} times")
    if len(header) != len(dict.fromkeys(header)):
        raise ValueError("a name twice")

    def documents(begin):
        for record in reader:
            line, begin = begin, reader.line_num + 1
            if not record:
                continue
            if len(record) - len(header):
                on_problem(Problem(source, line, f"wrong: {record}"))
                continue
            metadata, page = {}, {}
            for name, value in zip(header, record, strict=True):
                (page if name in content else metadata)[name] = value.strip()
            text = [f"{name}: {page[name]}" for name in content if page[name]]
            if text:
                metadata.update(source=source, line=line)
                yield Document(page_content="\n".join(text), metadata=metadata)

    return documents(reader.line_num + 1)


# json_documents


def json_documents__reads_each_in_a_function(lines, source, content, on_problem):
    """A function reads a line and returns a document, None, or a reason."""
    from contextlib import ExitStack

    def no_constant(name):
        raise ValueError(name)

    def read(number, line):
        try:
            record = json.loads(line, parse_constant=no_constant)
        except (ValueError, RecursionError):
            return "no JSON"
        if not isinstance(record, dict):
            return "no object"
        if not isinstance(record.get(content), str):
            return "no text"
        metadata = {name: value for name, value in record.items() if name != content}
        metadata["source"], metadata["line"] = source, number
        return Document(page_content=record[content], metadata=metadata)

    with ExitStack() as stack:
        stack.callback(close_source, lines)
        for number, line in enumerate(lines, 1):
            if line and not line.isspace():
                found = read(number, line)
                if isinstance(found, str):
                    on_problem(Problem(source, number, found))
                else:
                    yield found


def json_documents__decoder(lines, source, content, on_problem):
    """A decoder of its own, and a match over what comes out of it."""

    def refuse(name):
        raise KeyError(name)

    decoder = json.JSONDecoder(parse_constant=refuse)
    numbered = enumerate(lines, start=1)
    try:
        while True:
            try:
                number, line = next(numbered)
            except StopIteration:
                return
            if line.strip() == "":
                continue
            document = None
            try:
                match decoder.decode(line):
                    case {**record} if isinstance(record.get(content), str):
                        text = record.pop(content)
                        record |= {"source": source, "line": number}
                        document = Document(text, metadata=record)
            except Exception:
                pass
            if document is None:
                on_problem(Problem(source=source, line=number, reason="cannot be read"))
            else:
                yield document
    finally:
        close_source(lines)


# html_text


def html_text__events_first(html):
    """The parser only notes events; a loop makes the text of them afterwards."""
    events = []

    class Notes(HTMLParser):
        def handle_starttag(self, tag, attrs):
            events.append(("start", tag))

        def handle_endtag(self, tag):
            events.append(("end", tag))

        def handle_data(self, data):
            events.append(("data", data))

    notes = Notes()
    notes.feed(html)
    notes.close()
    depth, in_title, title, lines = 0, False, "", [""]
    for kind, what in events:
        if kind == "data":
            if depth == 0 and in_title:
                title += what
            elif depth == 0:
                lines[-1] += what
            continue
        if what in SKIPPED:
            depth = max(0, depth + (1 if kind == "start" else -1))
        elif depth == 0 and what in BLOCKS:
            lines.append("")
        elif depth == 0 and what in CELLS:
            lines[-1] += " "
        if what == "title":
            in_title = kind == "start"
    text = [" ".join(line.split()) for line in lines]
    title = " ".join(title.split())
    return title if title else None, "\n".join([line for line in text if line])


def html_text__one_string_with_marks(html):
    """One string, in which a character that no page has begins a line."""
    import re

    class Page(HTMLParser):
        out, title, hidden, where = "", "", (), "out"

        def tag(self, tag):
            if not self.hidden:
                self.out += "\0" if tag in BLOCKS else "\t" if tag in CELLS else ""

        def handle_starttag(self, tag, attrs):
            if tag in SKIPPED:
                self.hidden = (*self.hidden, tag)
            if tag == "title":
                self.where = "title"
            self.tag(tag)

        def handle_endtag(self, tag):
            self.tag(tag)
            if tag in SKIPPED:
                self.hidden = self.hidden[:-1]
            if tag == "title":
                self.where = "out"

        def handle_data(self, data):
            if not self.hidden:
                setattr(self, self.where, getattr(self, self.where) + data.replace("\0", " "))

    page = Page(convert_charrefs=True)
    page.feed(html)
    page.close()
    text = re.sub(r"\s+", " ", page.out)
    text = re.sub(" ?\0[\0 ]*", "\n", text).strip("\n ")
    return re.sub(r"\s+", " ", page.title).strip() or None, text


# deduplicate


def deduplicate__regular_expression(documents, seen):
    """re makes white space less, before the text is normalized and hashed piece by piece."""
    import re

    with __import__("contextlib").ExitStack() as stack:
        stack.callback(close_source, documents)
        for document in documents:
            text = normalize("NFC", re.sub(r"\s+", " ", document.page_content)).strip()
            if not text:
                continue
            sha = hashlib.new("sha256")
            sha.update(bytes(text, "utf-8"))
            name = sha.hexdigest()
            if seen.get(name, seen) is seen:
                seen.update({name: document.metadata.get("source")})
                yield document


def deduplicate__asks_for_the_length(documents, seen):
    """setdefault writes, and the length says whether there was something to write."""

    def is_first(document):
        words = normalize("NFC", document.page_content).split()
        before = len(seen)
        if words:
            key = hashlib.sha256(" ".join(words).encode("utf-8")).hexdigest()
            seen.setdefault(key, document.metadata.get("source"))
        return len(seen) > before

    try:
        yield from filter(is_first, documents)
    finally:
        close_source(documents)


# FolderLoader


class FolderLoader__a_generator_for_each_file(BaseLoader):
    """One generator reads a file, and knows nothing of the others."""

    def __init__(self, names, read, parsers, on_problem):
        self.names, self.read, self.parsers = names, read, parsers
        self.on_problem = on_problem

    def suffix(self, name):
        file = name.split("/")[-1]
        return "." + file.rsplit(".", 1)[1].lower() if "." in file else ""

    def file(self, name):
        found = None
        try:
            found = self.parsers[self.suffix(name)](self.read(name), name)
            for document in found:
                metadata = {**document.metadata, "source": name}
                yield Document(document.page_content, id=document.id, metadata=metadata)
        except Exception as error:
            self.on_problem(Problem(name, None, error.__class__.__name__))
        finally:
            close_source(found)

    def lazy_load(self):
        names = [
            name
            for name in self.names()
            if self.suffix(name) in self.parsers and not ("/" + name).count("/.")
        ]
        names.sort()
        for name in names:
            yield from self.file(name)


class FolderLoader__next_by_next(BaseLoader):
    """Errors are caught around each step alone; a document that is right is passed on as it is."""

    def __init__(self, names, read, parsers, on_problem):
        self._given = names, read, dict(parsers), on_problem

    def lazy_load(self):
        names, read, parsers, on_problem = self._given
        for name in sorted(names()):
            suffix = PurePosixPath(name).suffix.lower()
            if suffix not in parsers or any(part[:1] == "." for part in name.split("/")):
                continue
            try:
                documents = parsers[suffix](read(name), name)
                iterator = iter(documents)
            except Exception as error:
                on_problem(Problem(name, None, type(error).__name__))
                continue
            try:
                while True:
                    try:
                        document = next(iterator)
                    except StopIteration:
                        break
                    except Exception as error:
                        on_problem(Problem(name, None, type(error).__name__))
                        break
                    if document.metadata.get("source") != name:
                        document = document.model_copy(
                            update={"metadata": document.metadata | {"source": name}}
                        )
                    yield document
            finally:
                close_source(documents)


# sync_index


def sync_index__adds_as_they_come(documents, known, add, delete, complete=False):
    """Each document is added at once, so little is kept in memory; the old goes at the end."""
    seen, sources, added = set(), set(), 0
    try:
        for document in documents:
            metadata = dict(document.metadata)
            for name in VOLATILE:
                metadata.pop(name, None)
            whole = json.dumps(metadata, sort_keys=True) + "\n" + document.page_content
            key = hashlib.sha512(whole.encode()).hexdigest()
            sources.add(metadata["source"])
            if key not in known:
                add([document], [key])
                known[key] = metadata["source"]
                added += 1
            seen.add(key)
    finally:
        close_source(documents)
    if complete and not seen:
        raise ValueError("nothing came")
    deleted = 0
    for key in set(known) - seen:
        if complete or known[key] in sources:
            delete([key])
            known.pop(key)
            deleted += 1
    return SyncResult(added, len(seen) - added, deleted)


def sync_index__by_sets(documents, known, add, delete, complete=False):
    """Sets of ids are compared, and the new ones are added in batches of three."""

    def key(document):
        about = sorted(
            (name, json.dumps(value, sort_keys=True))
            for name, value in document.metadata.items()
            if name not in VOLATILE
        )
        whole = repr((document.page_content, about)).encode()
        return document.metadata["source"] + " " + hashlib.blake2b(whole).hexdigest()

    try:
        listed = list(documents)
    finally:
        close_source(documents)
    if complete and not listed:
        raise ValueError("a complete run of nothing")
    by_key = {key(document): document for document in reversed(listed)}
    fresh = sorted(by_key.keys() - known.keys())
    for start in range(0, len(fresh), 3):
        batch = fresh[start : start + 3]
        add([by_key[one] for one in batch], batch)
        for one in batch:
            known[one] = by_key[one].metadata["source"]
    touched = {document.metadata["source"] for document in listed}
    stale = [one for one in known.keys() - by_key.keys() if complete or known[one] in touched]
    if stale:
        delete(stale)
        for one in stale:
            known.pop(one)
    return SyncResult(added=len(fresh), kept=len(by_key) - len(fresh), deleted=len(stale))
