"""What beginners write first for lesson 22: it goes wrong as Python itself goes wrong.

`course/lesson/variants.py` says how these functions are used. Each docstring says in one sentence
what the learner believes or has overlooked, and attempts.txt what they are told.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: B018, B026, F821, F841, PLW0127, RET503, RET504, SIM118


# decode_text


def decode_text__prints(data):
    """The learner takes printing for returning."""
    marks = (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    marked = next((name for mark, name in marks if data.startswith(mark)), None)
    if marked is None and b"\x00" in data:
        raise UnreadableFile("there is a zero byte")
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            print(data.decode("utf-8-sig" if encoding == "utf-8" else encoding), encoding)
            return
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("no encoding fits")


def decode_text__text_alone(data):
    """The learner has forgotten that two things come back."""
    marks = (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    marked = next((name for mark, name in marks if data.startswith(mark)), None)
    if marked is None and b"\x00" in data:
        raise UnreadableFile("there is a zero byte")
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            return data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("no encoding fits")


def decode_text__str_of_bytes(data):
    """The learner believes that str makes a text of bytes."""
    marks = (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    marked = next((name for mark, name in marks if data.startswith(mark)), None)
    if marked is None and b"\x00" in data:
        raise UnreadableFile("there is a zero byte")
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            return (str(data), encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("no encoding fits")


def decode_text__encodes(data):
    """The learner has mixed up encode and decode."""
    marks = (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    marked = next((name for mark, name in marks if data.startswith(mark)), None)
    if marked is None and b"\x00" in data:
        raise UnreadableFile("there is a zero byte")
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            return (data.encode("utf-8-sig" if encoding == "utf-8" else encoding), encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("no encoding fits")


def decode_text__catches_the_other_error(data):
    """The learner has mixed up the two errors of encodings."""
    marks = (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    marked = next((name for mark, name in marks if data.startswith(mark)), None)
    if marked is None and b"\x00" in data:
        raise UnreadableFile("there is a zero byte")
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            return (data.decode("utf-8-sig" if encoding == "utf-8" else encoding), encoding)
        except UnicodeEncodeError:
            continue
    raise UnreadableFile("no encoding fits")


def decode_text__returns_the_error(data):
    """The learner returns the error that was to be raised."""
    marks = (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    marked = next((name for mark, name in marks if data.startswith(mark)), None)
    if marked is None and b"\x00" in data:
        return UnreadableFile("there is a zero byte")
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            return (data.decode("utf-8-sig" if encoding == "utf-8" else encoding), encoding)
        except UnicodeDecodeError:
            continue
    return UnreadableFile("no encoding fits")


def decode_text__text_in_bytes(data):
    """The learner looks for a text in bytes."""
    marks = (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    marked = next((name for mark, name in marks if data.startswith(mark)), None)
    if marked is None and "\x00" in data:
        raise UnreadableFile("there is a zero byte")
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            return (data.decode("utf-8-sig" if encoding == "utf-8" else encoding), encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("no encoding fits")


# csv_documents


def csv_documents__returns_in_the_loop(text, source, content, on_problem):
    """The learner has overlooked that return ends the loop in its first round."""
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(filter(None, reader), [])]
    if not content or not {*content} <= {*header} or len({*header}) < len(header):
        raise ValueError(f"the header {header} does not fit the columns {content}")
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return []
        values = dict(zip(header, map(str.strip, record), strict=False))
        if record and len(record) != len(header):
            on_problem(Problem(source, line, f"{len(record)} cells, not {len(header)}"))
        elif lines := [f"{name}: {values[name]}" for name in content if values.get(name)]:
            others = {name: value for name, value in values.items() if name not in content}
            own = {"source": source, "line": line}
            return [Document("\n".join(lines), metadata={**others, **own})]


def csv_documents__returns_a_list(text, source, content, on_problem):
    """The learner believes that a list can be asked for its next item."""
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(filter(None, reader), [])]
    if not content or not {*content} <= {*header} or len({*header}) < len(header):
        raise ValueError(f"the header {header} does not fit the columns {content}")
    found = []
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return found
        values = dict(zip(header, map(str.strip, record), strict=False))
        if record and len(record) != len(header):
            on_problem(Problem(source, line, f"{len(record)} cells, not {len(header)}"))
        elif lines := [f"{name}: {values[name]}" for name in content if values.get(name)]:
            others = {name: value for name, value in values.items() if name not in content}
            own = {"source": source, "line": line}
            found.append(Document("\n".join(lines), metadata={**others, **own}))


def csv_documents__strings(text, source, content, on_problem):
    """The learner has forgotten that a document is more than its text."""
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(filter(None, reader), [])]
    if not content or not {*content} <= {*header} or len({*header}) < len(header):
        raise ValueError(f"the header {header} does not fit the columns {content}")
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        values = dict(zip(header, map(str.strip, record), strict=False))
        if record and len(record) != len(header):
            on_problem(Problem(source, line, f"{len(record)} cells, not {len(header)}"))
        elif lines := [f"{name}: {values[name]}" for name in content if values.get(name)]:
            others = {name: value for name, value in values.items() if name not in content}
            own = {"source": source, "line": line}
            yield "\n".join(lines)


def csv_documents__metadata_by_position(text, source, content, on_problem):
    """The learner believes that metadata can be given by position."""
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(filter(None, reader), [])]
    if not content or not {*content} <= {*header} or len({*header}) < len(header):
        raise ValueError(f"the header {header} does not fit the columns {content}")
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        values = dict(zip(header, map(str.strip, record), strict=False))
        if record and len(record) != len(header):
            on_problem(Problem(source, line, f"{len(record)} cells, not {len(header)}"))
        elif lines := [f"{name}: {values[name]}" for name in content if values.get(name)]:
            others = {name: value for name, value in values.items() if name not in content}
            own = {"source": source, "line": line}
            yield Document("\n".join(lines), {**others, **own})


def csv_documents__raises_the_problem(text, source, content, on_problem):
    """The learner raises what was to be reported."""
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(filter(None, reader), [])]
    if not content or not {*content} <= {*header} or len({*header}) < len(header):
        raise ValueError(f"the header {header} does not fit the columns {content}")
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        values = dict(zip(header, map(str.strip, record), strict=False))
        if record and len(record) != len(header):
            raise Problem(source, line, "cells")
        elif lines := [f"{name}: {values[name]}" for name in content if values.get(name)]:
            others = {name: value for name, value in values.items() if name not in content}
            own = {"source": source, "line": line}
            yield Document("\n".join(lines), metadata={**others, **own})


def csv_documents__lines_as_a_list(text, source, content, on_problem):
    """The learner has forgotten to join the lines."""
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(filter(None, reader), [])]
    if not content or not {*content} <= {*header} or len({*header}) < len(header):
        raise ValueError(f"the header {header} does not fit the columns {content}")
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        values = dict(zip(header, map(str.strip, record), strict=False))
        if record and len(record) != len(header):
            on_problem(Problem(source, line, f"{len(record)} cells, not {len(header)}"))
        elif lines := [f"{name}: {values[name]}" for name in content if values.get(name)]:
            others = {name: value for name, value in values.items() if name not in content}
            own = {"source": source, "line": line}
            yield Document(lines, metadata={**others, **own})


def csv_documents__forgets_to_call(text, source, content, on_problem):
    """The learner names on_problem without calling it."""
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(filter(None, reader), [])]
    if not content or not {*content} <= {*header} or len({*header}) < len(header):
        raise ValueError(f"the header {header} does not fit the columns {content}")
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        values = dict(zip(header, map(str.strip, record), strict=False))
        if record and len(record) != len(header):
            on_problem
        elif lines := [f"{name}: {values[name]}" for name in content if values.get(name)]:
            others = {name: value for name, value in values.items() if name not in content}
            own = {"source": source, "line": line}
            yield Document("\n".join(lines), metadata={**others, **own})


def csv_documents__problem_in_parts(text, source, content, on_problem):
    """The learner hands the parts to on_problem, and not a Problem."""
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(filter(None, reader), [])]
    if not content or not {*content} <= {*header} or len({*header}) < len(header):
        raise ValueError(f"the header {header} does not fit the columns {content}")
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        values = dict(zip(header, map(str.strip, record), strict=False))
        if record and len(record) != len(header):
            on_problem(source, line, "cells")
        elif lines := [f"{name}: {values[name]}" for name in content if values.get(name)]:
            others = {name: value for name, value in values.items() if name not in content}
            own = {"source": source, "line": line}
            yield Document("\n".join(lines), metadata={**others, **own})


# json_documents


def json_documents__load_for_loads(lines, source, content, on_problem):
    """The learner has mixed up load and loads."""

    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")

    try:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.load(line, parse_constant=refuse)
                text = record.pop(content)
                if not isinstance(text, str):
                    raise TypeError(f"{content} is not a string")
            except Exception as error:
                on_problem(Problem(source, number, repr(error)))
                continue
            yield Document(text, metadata={**record, "source": source, "line": number})
    finally:
        close_source(lines)


def json_documents__forgets_continue(lines, source, content, on_problem):
    """The learner has forgotten that the code below the except goes on."""

    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")

    try:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line, parse_constant=refuse)
                text = record.pop(content)
                if not isinstance(text, str):
                    raise TypeError(f"{content} is not a string")
            except Exception as error:
                on_problem(Problem(source, number, repr(error)))
            yield Document(text, metadata={**record, "source": source, "line": number})
    finally:
        close_source(lines)


def json_documents__loads_all_lines(lines, source, content, on_problem):
    """The learner reads all lines as one JSON text."""

    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")

    try:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(lines, parse_constant=refuse)
                text = record.pop(content)
                if not isinstance(text, str):
                    raise TypeError(f"{content} is not a string")
            except Exception as error:
                on_problem(Problem(source, number, repr(error)))
                continue
            yield Document(text, metadata={**record, "source": source, "line": number})
    finally:
        close_source(lines)


def json_documents__attribute_for_a_key(lines, source, content, on_problem):
    """The learner asks a dict for an attribute."""

    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")

    try:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line, parse_constant=refuse)
                text = record.content
                if not isinstance(text, str):
                    raise TypeError(f"{content} is not a string")
            except Exception as error:
                on_problem(Problem(source, number, repr(error)))
                continue
            yield Document(text, metadata={**record, "source": source, "line": number})
    finally:
        close_source(lines)


def json_documents__enumerate_turned(lines, source, content, on_problem):
    """The learner has mixed up the two that enumerate gives."""

    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")

    try:
        for line, number in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line, parse_constant=refuse)
                text = record.pop(content)
                if not isinstance(text, str):
                    raise TypeError(f"{content} is not a string")
            except Exception as error:
                on_problem(Problem(source, number, repr(error)))
                continue
            yield Document(text, metadata={**record, "source": source, "line": number})
    finally:
        close_source(lines)


# html_text


def html_text__misspelled_method(html):
    """The learner has misspelled a method that HTMLParser calls."""

    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.title: list[str] = []
            self.text: list[str] = []
            self.skipped = 0
            self.in_title = False

        def handle_start_tag(self, tag, attrs):
            self.skipped += tag in SKIPPED
            self.in_title |= tag == "title"
            self._separate(tag)

        def handle_endtag(self, tag):
            self._separate(tag)
            self.skipped -= tag in SKIPPED and self.skipped > 0
            self.in_title &= tag != "title"

        def handle_data(self, data):
            if not self.skipped:
                (self.title if self.in_title else self.text).append(data.replace("\n", " "))

        def _separate(self, tag):
            if not self.skipped:
                self.text.append("\n" if tag in BLOCKS else " " if tag in CELLS else "")

    reader = Reader()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.text).split("\n")]
    return (" ".join("".join(reader.title).split()) or None, "\n".join(filter(None, lines)))


def html_text__forgets_super(html):
    """The learner has forgotten that the base class needs its __init__."""

    class Reader(HTMLParser):
        def __init__(self):
            self.title: list[str] = []
            self.text: list[str] = []
            self.skipped = 0
            self.in_title = False

        def handle_starttag(self, tag, attrs):
            self.skipped += tag in SKIPPED
            self.in_title |= tag == "title"
            self._separate(tag)

        def handle_endtag(self, tag):
            self._separate(tag)
            self.skipped -= tag in SKIPPED and self.skipped > 0
            self.in_title &= tag != "title"

        def handle_data(self, data):
            if not self.skipped:
                (self.title if self.in_title else self.text).append(data.replace("\n", " "))

        def _separate(self, tag):
            if not self.skipped:
                self.text.append("\n" if tag in BLOCKS else " " if tag in CELLS else "")

    reader = Reader()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.text).split("\n")]
    return (" ".join("".join(reader.title).split()) or None, "\n".join(filter(None, lines)))


def html_text__self_forgotten(html):
    """The learner has forgotten self."""

    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.title: list[str] = []
            self.text: list[str] = []
            self.skipped = 0
            self.in_title = False

        def handle_starttag(self, tag, attrs):
            skipped += tag in SKIPPED
            self.in_title |= tag == "title"
            self._separate(tag)

        def handle_endtag(self, tag):
            self._separate(tag)
            self.skipped -= tag in SKIPPED and self.skipped > 0
            self.in_title &= tag != "title"

        def handle_data(self, data):
            if not self.skipped:
                (self.title if self.in_title else self.text).append(data.replace("\n", " "))

        def _separate(self, tag):
            if not self.skipped:
                self.text.append("\n" if tag in BLOCKS else " " if tag in CELLS else "")

    reader = Reader()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.text).split("\n")]
    return (" ".join("".join(reader.title).split()) or None, "\n".join(filter(None, lines)))


def html_text__feed_returns_the_text(html):
    """The learner believes that feed returns the text."""

    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.title: list[str] = []
            self.text: list[str] = []
            self.skipped = 0
            self.in_title = False

        def handle_starttag(self, tag, attrs):
            self.skipped += tag in SKIPPED
            self.in_title |= tag == "title"
            self._separate(tag)

        def handle_endtag(self, tag):
            self._separate(tag)
            self.skipped -= tag in SKIPPED and self.skipped > 0
            self.in_title &= tag != "title"

        def handle_data(self, data):
            if not self.skipped:
                (self.title if self.in_title else self.text).append(data.replace("\n", " "))

        def _separate(self, tag):
            if not self.skipped:
                self.text.append("\n" if tag in BLOCKS else " " if tag in CELLS else "")

    reader = Reader()
    text = reader.feed(html)
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return (" ".join("".join(reader.title).split()) or None, "\n".join(filter(None, lines)))


def html_text__list_of_lines(html):
    """The learner has forgotten to join the lines."""

    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.title: list[str] = []
            self.text: list[str] = []
            self.skipped = 0
            self.in_title = False

        def handle_starttag(self, tag, attrs):
            self.skipped += tag in SKIPPED
            self.in_title |= tag == "title"
            self._separate(tag)

        def handle_endtag(self, tag):
            self._separate(tag)
            self.skipped -= tag in SKIPPED and self.skipped > 0
            self.in_title &= tag != "title"

        def handle_data(self, data):
            if not self.skipped:
                (self.title if self.in_title else self.text).append(data.replace("\n", " "))

        def _separate(self, tag):
            if not self.skipped:
                self.text.append("\n" if tag in BLOCKS else " " if tag in CELLS else "")

    reader = Reader()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.text).split("\n")]
    return (" ".join("".join(reader.title).split()) or None, list(filter(None, lines)))


def html_text__class_for_an_object(html):
    """The learner uses the class where an object is needed."""

    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.title: list[str] = []
            self.text: list[str] = []
            self.skipped = 0
            self.in_title = False

        def handle_starttag(self, tag, attrs):
            self.skipped += tag in SKIPPED
            self.in_title |= tag == "title"
            self._separate(tag)

        def handle_endtag(self, tag):
            self._separate(tag)
            self.skipped -= tag in SKIPPED and self.skipped > 0
            self.in_title &= tag != "title"

        def handle_data(self, data):
            if not self.skipped:
                (self.title if self.in_title else self.text).append(data.replace("\n", " "))

        def _separate(self, tag):
            if not self.skipped:
                self.text.append("\n" if tag in BLOCKS else " " if tag in CELLS else "")

    reader = Reader
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.text).split("\n")]
    return (" ".join("".join(reader.title).split()) or None, "\n".join(filter(None, lines)))


# deduplicate


def deduplicate__adds_to_a_dict(documents, seen):
    """The learner takes the dict for a set."""
    try:
        for document in documents:
            text = " ".join(normalize("NFC", document.page_content).split())
            key = hashlib.sha256(text.encode()).hexdigest()
            if text and key not in seen:
                seen.add(key)
                yield document
    finally:
        close_source(documents)


def deduplicate__hashes_a_text(documents, seen):
    """The learner has forgotten that hashlib wants bytes."""
    try:
        for document in documents:
            text = " ".join(normalize("NFC", document.page_content).split())
            key = hashlib.sha256(text).hexdigest()
            if text and key not in seen:
                seen[key] = document.metadata.get("source")
                yield document
    finally:
        close_source(documents)


def deduplicate__hexdigest_not_called(documents, seen):
    """The learner has forgotten to call hexdigest."""
    try:
        for document in documents:
            text = " ".join(normalize("NFC", document.page_content).split())
            key = hashlib.sha256(text.encode()).hexdigest
            if text and key not in seen:
                seen[key] = document.metadata.get("source")
                yield document
    finally:
        close_source(documents)


def deduplicate__returns_in_the_loop(documents, seen):
    """The learner has overlooked that return ends the loop in its first round."""
    try:
        for document in documents:
            text = " ".join(normalize("NFC", document.page_content).split())
            key = hashlib.sha256(text.encode()).hexdigest()
            if text and key not in seen:
                seen[key] = document.metadata.get("source")
                return [document]
    finally:
        close_source(documents)


def deduplicate__yields_the_text(documents, seen):
    """The learner has forgotten that a document is more than its text."""
    try:
        for document in documents:
            text = " ".join(normalize("NFC", document.page_content).split())
            key = hashlib.sha256(text.encode()).hexdigest()
            if text and key not in seen:
                seen[key] = document.metadata.get("source")
                yield document.page_content
    finally:
        close_source(documents)


def deduplicate__document_as_a_dict(documents, seen):
    """The learner takes a document for a dict."""
    try:
        for document in documents:
            text = " ".join(normalize("NFC", document["page_content"]).split())
            key = hashlib.sha256(text.encode()).hexdigest()
            if text and key not in seen:
                seen[key] = document.metadata.get("source")
                yield document
    finally:
        close_source(documents)


# FolderLoader


class FolderLoader__names_not_kept(BaseLoader):
    """The learner has forgotten to keep an argument in the object."""

    def __init__(self, names, read, parsers, on_problem):
        names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any((part.startswith(".") for part in path.parts))
            return path.suffix.lower() in self._parsers and (not hidden)

        for name in sorted(filter(is_wanted, self._names())):
            documents: Iterable[Document] = ()
            try:
                parse = self._parsers[PurePosixPath(name).suffix.lower()]
                documents = parse(self._read(name), name)
                for document in documents:
                    mine = document.model_copy(deep=True)
                    mine.metadata["source"] = name
                    yield mine
            except Exception as error:
                self._on_problem(Problem(name, None, type(error).__name__))
            finally:
                close_source(documents)


class FolderLoader__names_not_called(BaseLoader):
    """The learner has forgotten to call a function."""

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any((part.startswith(".") for part in path.parts))
            return path.suffix.lower() in self._parsers and (not hidden)

        for name in sorted(filter(is_wanted, self._names)):
            documents: Iterable[Document] = ()
            try:
                parse = self._parsers[PurePosixPath(name).suffix.lower()]
                documents = parse(self._read(name), name)
                for document in documents:
                    mine = document.model_copy(deep=True)
                    mine.metadata["source"] = name
                    yield mine
            except Exception as error:
                self._on_problem(Problem(name, None, type(error).__name__))
            finally:
                close_source(documents)


class FolderLoader__yields_the_list(BaseLoader):
    """The learner hands out what the parser gives as one item."""

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any((part.startswith(".") for part in path.parts))
            return path.suffix.lower() in self._parsers and (not hidden)

        for name in sorted(filter(is_wanted, self._names())):
            documents: Iterable[Document] = ()
            try:
                parse = self._parsers[PurePosixPath(name).suffix.lower()]
                documents = parse(self._read(name), name)
                yield documents
            except Exception as error:
                self._on_problem(Problem(name, None, type(error).__name__))
            finally:
                close_source(documents)


class FolderLoader__self_forgotten(BaseLoader):
    """The learner has forgotten self."""

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any((part.startswith(".") for part in path.parts))
            return path.suffix.lower() in self._parsers and (not hidden)

        for name in sorted(filter(is_wanted, self._names())):
            documents: Iterable[Document] = ()
            try:
                parse = self._parsers[PurePosixPath(name).suffix.lower()]
                documents = parse(_read(name), name)
                for document in documents:
                    mine = document.model_copy(deep=True)
                    mine.metadata["source"] = name
                    yield mine
            except Exception as error:
                self._on_problem(Problem(name, None, type(error).__name__))
            finally:
                close_source(documents)


class FolderLoader__parser_gets_the_name_alone(BaseLoader):
    """The learner has forgotten an argument of the parser."""

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any((part.startswith(".") for part in path.parts))
            return path.suffix.lower() in self._parsers and (not hidden)

        for name in sorted(filter(is_wanted, self._names())):
            documents: Iterable[Document] = ()
            try:
                parse = self._parsers[PurePosixPath(name).suffix.lower()]
                documents = parse(self._read(name))
                for document in documents:
                    mine = document.model_copy(deep=True)
                    mine.metadata["source"] = name
                    yield mine
            except Exception as error:
                self._on_problem(Problem(name, None, type(error).__name__))
            finally:
                close_source(documents)


class FolderLoader__returns_in_the_loop(BaseLoader):
    """The learner has overlooked that return ends the loop in its first round."""

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any((part.startswith(".") for part in path.parts))
            return path.suffix.lower() in self._parsers and (not hidden)

        for name in sorted(filter(is_wanted, self._names())):
            documents: Iterable[Document] = ()
            try:
                parse = self._parsers[PurePosixPath(name).suffix.lower()]
                documents = parse(self._read(name), name)
                for document in documents:
                    mine = document.model_copy(deep=True)
                    mine.metadata["source"] = name
                    return [mine]
            except Exception as error:
                self._on_problem(Problem(name, None, type(error).__name__))
            finally:
                close_source(documents)


# sync_index


def sync_index__prints(documents, known, add, delete, complete=False):
    """The learner takes printing for returning."""
    wanted: dict[str, Document] = {}
    try:
        for document in documents:
            kept = {name: document.metadata[name] for name in {*document.metadata} - {*VOLATILE}}
            entry = json.dumps([document.page_content, kept], sort_keys=True)
            wanted.setdefault(hashlib.sha256(entry.encode()).hexdigest(), document)
    finally:
        close_source(documents)
    if complete and (not wanted):
        raise ValueError("nothing came, so everything would be deleted")
    sources = {key: document.metadata["source"] for key, document in wanted.items()}
    new = [key for key in wanted if key not in known]
    came = {*sources.values()}
    old = [
        key for key, source in known.items() if key not in wanted and (complete or source in came)
    ]
    if new:
        add([wanted[key] for key in new], new)
        known.update({key: sources[key] for key in new})
    if old:
        delete(old)
        for key in old:
            del known[key]
    print(SyncResult(added=len(new), kept=len(wanted) - len(new), deleted=len(old)))


def sync_index__changes_while_it_loops(documents, known, add, delete, complete=False):
    """The learner changes a dict while going through it."""
    wanted: dict[str, Document] = {}
    try:
        for document in documents:
            kept = {name: document.metadata[name] for name in {*document.metadata} - {*VOLATILE}}
            entry = json.dumps([document.page_content, kept], sort_keys=True)
            wanted.setdefault(hashlib.sha256(entry.encode()).hexdigest(), document)
    finally:
        close_source(documents)
    if complete and (not wanted):
        raise ValueError("nothing came, so everything would be deleted")
    sources = {key: document.metadata["source"] for key, document in wanted.items()}
    new = [key for key in wanted if key not in known]
    came = {*sources.values()}
    old = [
        key for key, source in known.items() if key not in wanted and (complete or source in came)
    ]
    if new:
        add([wanted[key] for key in new], new)
        known.update({key: sources[key] for key in new})
    if old:
        delete(old)
        for key in known:
            if key in old:
                del known[key]
    return SyncResult(added=len(new), kept=len(wanted) - len(new), deleted=len(old))


def sync_index__arguments_turned(documents, known, add, delete, complete=False):
    """The learner has mixed up the two arguments of add."""
    wanted: dict[str, Document] = {}
    try:
        for document in documents:
            kept = {name: document.metadata[name] for name in {*document.metadata} - {*VOLATILE}}
            entry = json.dumps([document.page_content, kept], sort_keys=True)
            wanted.setdefault(hashlib.sha256(entry.encode()).hexdigest(), document)
    finally:
        close_source(documents)
    if complete and (not wanted):
        raise ValueError("nothing came, so everything would be deleted")
    sources = {key: document.metadata["source"] for key, document in wanted.items()}
    new = [key for key in wanted if key not in known]
    came = {*sources.values()}
    old = [
        key for key, source in known.items() if key not in wanted and (complete or source in came)
    ]
    if new:
        add(new, [wanted[key] for key in new])
        known.update({key: sources[key] for key in new})
    if old:
        delete(old)
        for key in old:
            del known[key]
    return SyncResult(added=len(new), kept=len(wanted) - len(new), deleted=len(old))


def sync_index__dumps_a_document(documents, known, add, delete, complete=False):
    """The learner believes that JSON can write every object."""
    wanted: dict[str, Document] = {}
    try:
        for document in documents:
            kept = {name: document.metadata[name] for name in {*document.metadata} - {*VOLATILE}}
            entry = json.dumps(document)
            wanted.setdefault(hashlib.sha256(entry.encode()).hexdigest(), document)
    finally:
        close_source(documents)
    if complete and (not wanted):
        raise ValueError("nothing came, so everything would be deleted")
    sources = {key: document.metadata["source"] for key, document in wanted.items()}
    new = [key for key in wanted if key not in known]
    came = {*sources.values()}
    old = [
        key for key, source in known.items() if key not in wanted and (complete or source in came)
    ]
    if new:
        add([wanted[key] for key in new], new)
        known.update({key: sources[key] for key in new})
    if old:
        delete(old)
        for key in old:
            del known[key]
    return SyncResult(added=len(new), kept=len(wanted) - len(new), deleted=len(old))


def sync_index__new_name_for_known(documents, known, add, delete, complete=False):
    """The learner believes that a new dict under the same name is the caller's."""
    wanted: dict[str, Document] = {}
    try:
        for document in documents:
            kept = {name: document.metadata[name] for name in {*document.metadata} - {*VOLATILE}}
            entry = json.dumps([document.page_content, kept], sort_keys=True)
            wanted.setdefault(hashlib.sha256(entry.encode()).hexdigest(), document)
    finally:
        close_source(documents)
    if complete and (not wanted):
        raise ValueError("nothing came, so everything would be deleted")
    sources = {key: document.metadata["source"] for key, document in wanted.items()}
    new = [key for key in wanted if key not in known]
    came = {*sources.values()}
    old = [
        key for key, source in known.items() if key not in wanted and (complete or source in came)
    ]
    if new:
        add([wanted[key] for key in new], new)
        known = {**known, **{key: sources[key] for key in new}}
    if old:
        delete(old)
        for key in old:
            known = {k: v for k, v in known.items() if k != key}
    return SyncResult(added=len(new), kept=len(wanted) - len(new), deleted=len(old))


def sync_index__forgets_to_return(documents, known, add, delete, complete=False):
    """The learner has forgotten to return the result."""
    wanted: dict[str, Document] = {}
    try:
        for document in documents:
            kept = {name: document.metadata[name] for name in {*document.metadata} - {*VOLATILE}}
            entry = json.dumps([document.page_content, kept], sort_keys=True)
            wanted.setdefault(hashlib.sha256(entry.encode()).hexdigest(), document)
    finally:
        close_source(documents)
    if complete and (not wanted):
        raise ValueError("nothing came, so everything would be deleted")
    sources = {key: document.metadata["source"] for key, document in wanted.items()}
    new = [key for key in wanted if key not in known]
    came = {*sources.values()}
    old = [
        key for key, source in known.items() if key not in wanted and (complete or source in came)
    ]
    if new:
        add([wanted[key] for key in new], new)
        known.update({key: sources[key] for key in new})
    if old:
        delete(old)
        for key in old:
            del known[key]
    result = SyncResult(added=len(new), kept=len(wanted) - len(new), deleted=len(old))
