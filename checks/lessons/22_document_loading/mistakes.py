"""Wrong answers to lesson 22 that the graders have to reject.

`course/lesson/variants.py` says how these functions are used. Each docstring says what the learner
believes, and which test has to say what is wrong with it.
"""
# Names come from the solution, and some of them are not used.
# ruff: noqa: F821, F841


# decode_text


def decode_text__errors_replaced(data):
    """UTF-8 with errors='replace' reads everything.

    Caught by: test_windows_1252
    """
    if b"\0" in data and data[:2] not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise UnreadableFile("zero byte")
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return data.decode("utf-16"), "utf-16"
    return data.decode("utf-8-sig", errors="replace"), "utf-8"


def decode_text__latin_1_called_cp1252(data):
    """Latin-1 and Windows-1252 are the same.

    Caught by: test_windows_1252
    """
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
            return (
                data.decode({"utf-8": "utf-8-sig", "cp1252": "latin-1"}.get(encoding, encoding)),
                encoding,
            )
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("no encoding fits")


def decode_text__utf_16_first(data):
    """FF FE means UTF-16.

    Caught by: test_each_mark
    """
    marks = (
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF8, "utf-8"),
    )
    marked = next((name for mark, name in marks if data.startswith(mark)), None)
    if marked is None and b"\x00" in data:
        raise UnreadableFile("there is a zero byte")
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            return (data.decode("utf-8-sig" if encoding == "utf-8" else encoding), encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("no encoding fits")


def decode_text__cp1252_first(data):
    """Most of the files are from Windows, so that comes first.

    Caught by: test_utf_8
    """
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
    for encoding in [marked] if marked else ["cp1252", "utf-8"]:
        try:
            return (data.decode("utf-8-sig" if encoding == "utf-8" else encoding), encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("no encoding fits")


def decode_text__mark_stays(data):
    """utf-8 knows its own mark.

    Caught by: test_each_mark
    """
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
            return (data.decode(encoding), encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("no encoding fits")


def decode_text__all_marks_go(data):
    """U+FEFF at the beginning is never text.

    Caught by: test_a_second_mark
    """
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
            return (data.decode(encoding).lstrip("\ufeff"), encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("no encoding fits")


def decode_text__zero_is_text(data):
    """Zero is a character like any other.

    Caught by: test_a_zero_byte
    """
    marks = (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    marked = next((name for mark, name in marks if data.startswith(mark)), None)
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            return (data.decode("utf-8-sig" if encoding == "utf-8" else encoding), encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("no encoding fits")


def decode_text__zero_at_the_beginning(data):
    """What is binary shows it in its first kilobyte.

    Caught by: test_a_zero_byte
    """
    marks = (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    marked = next((name for mark, name in marks if data.startswith(mark)), None)
    if marked is None and b"\x00" in data[:1024]:
        raise UnreadableFile("there is a zero byte")
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            return (data.decode("utf-8-sig" if encoding == "utf-8" else encoding), encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("no encoding fits")


def decode_text__tries_on_after_a_mark(data):
    """A mark is a hint: if it does not fit, the others are tried.

    Caught by: test_broken_after_a_mark
    """
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
    for encoding in [*filter(None, [marked]), "utf-8", "cp1252"]:
        try:
            return (data.decode("utf-8-sig" if encoding == "utf-8" else encoding), encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("no encoding fits")


def decode_text__order_in_the_name(data):
    """The order of the bytes belongs to the name.

    Caught by: test_each_mark
    """
    marks = (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    )
    marked = next((name for mark, name in marks if data.startswith(mark)), None)
    if marked is None and b"\x00" in data:
        raise UnreadableFile("there is a zero byte")
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            return (
                data.decode("utf-8-sig" if encoding == "utf-8" else encoding).removeprefix(
                    "\ufeff"
                ),
                encoding,
            )
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("no encoding fits")


def decode_text__strips(data):
    """White space at the ends is of no use.

    Caught by: test_everything_stays
    """
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
            return (data.decode("utf-8-sig" if encoding == "utf-8" else encoding).strip(), encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("no encoding fits")


def decode_text__first_kilobytes_decide(data):
    """A sample of the file is enough to find its encoding.

    Caught by: test_windows_1252
    """
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
            data[:4096].decode("utf-8-sig" if encoding == "utf-8" else encoding)
            return (
                data.decode("utf-8-sig" if encoding == "utf-8" else encoding, "replace"),
                encoding,
            )
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("no encoding fits")


def decode_text__decode_error_passes(data):
    """UnicodeDecodeError is a ValueError, too, and says more.

    Caught by: test_broken_after_a_mark
    """
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
        except UnicodeDecodeError:
            continue
    return (data.decode("utf-8"), "utf-8")


def decode_text__only_little_endian(data):
    """Windows writes little-endian.

    Caught by: test_each_mark
    """
    marks = (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
    )
    marked = next((name for mark, name in marks if data.startswith(mark)), None)
    if marked is None and b"\x00" in data:
        raise UnreadableFile("there is a zero byte")
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            return (data.decode("utf-8-sig" if encoding == "utf-8" else encoding), encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("no encoding fits")


def decode_text__empty_is_unreadable(data):
    """An empty file has no text.

    Caught by: test_no_bytes
    """
    marks = (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    marked = next((name for mark, name in marks if data.startswith(mark)), None)
    if not data:
        raise UnreadableFile("empty")
    if marked is None and b"\x00" in data:
        raise UnreadableFile("there is a zero byte")
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            return (data.decode("utf-8-sig" if encoding == "utf-8" else encoding), encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("no encoding fits")


def decode_text__normalizes(data):
    """é is é, however it was written.

    Caught by: test_utf_8
    """
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
            return (
                normalize("NFC", data.decode("utf-8-sig" if encoding == "utf-8" else encoding)),
                encoding,
            )
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("no encoding fits")


# csv_documents


def csv_documents__splitlines(text, source, content, on_problem):
    """splitlines gives the lines of a text.

    Caught by: test_what_is_quoted_is_a_value
    """
    reader = csv.reader(text.splitlines())
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
            yield Document("\n".join(lines), metadata={**others, **own})


def csv_documents__dict_reader(text, source, content, on_problem):
    """DictReader takes care of records of other lengths.

    Caught by: test_a_record_of_another_length
    """
    reader = csv.DictReader(io.StringIO(text, newline=""))
    header = [name.strip() for name in reader.fieldnames or []]
    if not content or not {*content} <= {*header} or len({*header}) < len(header):
        raise ValueError("wrong columns")
    reader.fieldnames = header
    begin = reader.line_num + 1
    for record in reader:
        line, begin = begin, reader.line_num + 1
        values = {name: (value or "").strip() for name, value in record.items() if name}
        lines = [f"{name}: {values[name]}" for name in content if values[name]]
        if lines:
            others = {name: value for name, value in values.items() if name not in content}
            own = {"source": source, "line": line}
            yield Document("\n".join(lines), metadata={**others, **own})


def csv_documents__enumerates(text, source, content, on_problem):
    """enumerate gives the line.

    Caught by: test_a_record_of_another_length
    """
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(filter(None, reader), [])]
    if not content or not {*content} <= {*header} or len({*header}) < len(header):
        raise ValueError(f"the header {header} does not fit the columns {content}")
    number = 1
    while True:
        number = number + 1
        line = number
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
            yield Document("\n".join(lines), metadata={**others, **own})


def csv_documents__raises_at_the_first(text, source, content, on_problem):
    """A broken record means that the file is broken.

    Caught by: test_a_record_of_another_length
    """
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
            raise ValueError(line)
        elif lines := [f"{name}: {values[name]}" for name in content if values.get(name)]:
            others = {name: value for name, value in values.items() if name not in content}
            own = {"source": source, "line": line}
            yield Document("\n".join(lines), metadata={**others, **own})


def csv_documents__stops_at_the_first(text, source, content, on_problem):
    """After a broken record, nothing can be trusted.

    Caught by: test_a_record_of_another_length
    """
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
            on_problem(Problem(source, line, "broken"))
            return
        elif lines := [f"{name}: {values[name]}" for name in content if values.get(name)]:
            others = {name: value for name, value in values.items() if name not in content}
            own = {"source": source, "line": line}
            yield Document("\n".join(lines), metadata={**others, **own})


def csv_documents__short_is_fine(text, source, content, on_problem):
    """Missing cells at the end are blank ones.

    Caught by: test_a_record_of_another_length
    """
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
        if record and len(record) > len(header):
            on_problem(Problem(source, line, f"{len(record)} cells, not {len(header)}"))
        elif lines := [f"{name}: {values[name]}" for name in content if values.get(name)]:
            others = {name: value for name, value in values.items() if name not in content}
            own = {"source": source, "line": line}
            yield Document("\n".join(lines), metadata={**others, **own})


def csv_documents__blank_line_is_a_problem(text, source, content, on_problem):
    """An empty line has too few cells.

    Caught by: test_the_line_where_a_record_begins
    """
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
        if len(record) != len(header):
            on_problem(Problem(source, line, f"{len(record)} cells, not {len(header)}"))
        elif lines := [f"{name}: {values[name]}" for name in content if values.get(name)]:
            others = {name: value for name, value in values.items() if name not in content}
            own = {"source": source, "line": line}
            yield Document("\n".join(lines), metadata={**others, **own})


def csv_documents__blank_values_have_lines(text, source, content, on_problem):
    """Each column has its line.

    Caught by: test_blank_values
    """
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
        elif any(map(values.get, content)) and (
            lines := [f"{name}: {values[name]}" for name in content]
        ):
            others = {name: value for name, value in values.items() if name not in content}
            own = {"source": source, "line": line}
            yield Document("\n".join(lines), metadata={**others, **own})


def csv_documents__needs_all_content(text, source, content, on_problem):
    """A record without all of its content is of no use.

    Caught by: test_blank_values
    """
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
        elif record and (not all(values.values())):
            continue
        elif lines := [f"{name}: {values[name]}" for name in content if values.get(name)]:
            others = {name: value for name, value in values.items() if name not in content}
            own = {"source": source, "line": line}
            yield Document("\n".join(lines), metadata={**others, **own})


def csv_documents__order_of_the_header(text, source, content, on_problem):
    """The columns have an order already: that of the header.

    Caught by: test_the_columns_of_content_make_the_text
    """
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
        elif lines := [
            f"{name}: {values[name]}" for name in header if name in content and values.get(name)
        ]:
            others = {name: value for name, value in values.items() if name not in content}
            own = {"source": source, "line": line}
            yield Document("\n".join(lines), metadata={**others, **own})


def csv_documents__theirs_wins(text, source, content, on_problem):
    """The file knows better where it comes from.

    Caught by: test_source_and_line_are_yours
    """
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
            yield Document("\n".join(lines), metadata={**own, **others})


def csv_documents__all_columns_in_the_metadata(text, source, content, on_problem):
    """Metadata has all that is known.

    Caught by: test_the_columns_of_content_make_the_text
    """
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
            others = dict(values.items())
            own = {"source": source, "line": line}
            yield Document("\n".join(lines), metadata={**others, **own})


def csv_documents__does_not_strip(text, source, content, on_problem):
    """Values are what is between the commas.

    Caught by: test_names_and_values_are_stripped
    """
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
        values = dict(zip(header, record, strict=False))
        if record and len(record) != len(header):
            on_problem(Problem(source, line, f"{len(record)} cells, not {len(header)}"))
        elif lines := [
            f"{name}: {values[name]}" for name in content if values.get(name, "").strip()
        ]:
            others = {name: value for name, value in values.items() if name not in content}
            own = {"source": source, "line": line}
            yield Document("\n".join(lines), metadata={**others, **own})


def csv_documents__no_header_check(text, source, content, on_problem):
    """The caller knows the columns.

    Caught by: test_wrong_arguments
    """
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(filter(None, reader), [])]
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
            yield Document("\n".join(lines), metadata={**others, **own})


def csv_documents__problems_at_the_end(text, source, content, on_problem):
    """Problems are reported when everything is done.

    Caught by: test_a_record_of_another_length
    """
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(filter(None, reader), [])]
    if not content or not {*content} <= {*header} or len({*header}) < len(header):
        raise ValueError(f"the header {header} does not fit the columns {content}")
    problems = []
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            for problem in problems:
                on_problem(problem)
            return
        values = dict(zip(header, map(str.strip, record), strict=False))
        if record and len(record) != len(header):
            problems.append(Problem(source, line, "cells"))
        elif lines := [f"{name}: {values[name]}" for name in content if values.get(name)]:
            others = {name: value for name, value in values.items() if name not in content}
            own = {"source": source, "line": line}
            yield Document("\n".join(lines), metadata={**others, **own})


def csv_documents__drops_equal_neighbors(text, source, content, on_problem):
    """The same record again is a slip.

    Caught by: test_the_columns_of_content_make_the_text
    """
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(filter(None, reader), [])]
    if not content or not {*content} <= {*header} or len({*header}) < len(header):
        raise ValueError(f"the header {header} does not fit the columns {content}")
    last = None
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        if record and record == last:
            continue
        last = record
        values = dict(zip(header, map(str.strip, record), strict=False))
        if record and len(record) != len(header):
            on_problem(Problem(source, line, f"{len(record)} cells, not {len(header)}"))
        elif lines := [f"{name}: {values[name]}" for name in content if values.get(name)]:
            others = {name: value for name, value in values.items() if name not in content}
            own = {"source": source, "line": line}
            yield Document("\n".join(lines), metadata={**others, **own})


def csv_documents__falsy_is_blank(text, source, content, on_problem):
    """0 and None are no values.

    Caught by: test_blank_values
    """
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
        values = dict(
            zip(
                header,
                (value.strip() if value.strip() not in ("0", "None") else "" for value in record),
                strict=False,
            )
        )
        if record and len(record) != len(header):
            on_problem(Problem(source, line, f"{len(record)} cells, not {len(header)}"))
        elif lines := [f"{name}: {values[name]}" for name in content if values.get(name)]:
            others = {name: value for name, value in values.items() if name not in content}
            own = {"source": source, "line": line}
            yield Document("\n".join(lines), metadata={**others, **own})


# json_documents


def json_documents__only_decode_errors(lines, source, content, on_problem):
    """What is wrong with JSON is a JSONDecodeError.

    Caught by: test_a_broken_line
    """

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
            except json.JSONDecodeError as error:
                on_problem(Problem(source, number, repr(error)))
                continue
            yield Document(text, metadata={**record, "source": source, "line": number})
    finally:
        close_source(lines)


def json_documents__no_recursion(lines, source, content, on_problem):
    """Everything that goes wrong is a value, a type or a name.

    Caught by: test_a_line_that_is_too_deep
    """

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
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                on_problem(Problem(source, number, repr(error)))
                continue
            yield Document(text, metadata={**record, "source": source, "line": number})
    finally:
        close_source(lines)


def json_documents__constants_pass(lines, source, content, on_problem):
    """json.loads checks whether it is JSON.

    Caught by: test_constants_that_are_no_json
    """

    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")

    try:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
                text = record.pop(content)
                if not isinstance(text, str):
                    raise TypeError(f"{content} is not a string")
            except Exception as error:
                on_problem(Problem(source, number, repr(error)))
                continue
            yield Document(text, metadata={**record, "source": source, "line": number})
    finally:
        close_source(lines)


def json_documents__constants_looked_for(lines, source, content, on_problem):
    """NaN can be found with in.

    Caught by: test_each_kind_of_line
    """

    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")

    try:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                if "NaN" in line or "Infinity" in line:
                    raise ValueError("no JSON")
                record = json.loads(line)
                text = record.pop(content)
                if not isinstance(text, str):
                    raise TypeError(f"{content} is not a string")
            except Exception as error:
                on_problem(Problem(source, number, repr(error)))
                continue
            yield Document(text, metadata={**record, "source": source, "line": number})
    finally:
        close_source(lines)


def json_documents__top_level_nan(lines, source, content, on_problem):
    """The values of a record are looked at.

    Caught by: test_constants_that_are_no_json
    """

    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")

    try:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
                if any(
                    value != value or value in (float("inf"), -float("inf"))
                    for value in record.values()
                ):
                    raise ValueError("no JSON")
                text = record.pop(content)
                if not isinstance(text, str):
                    raise TypeError(f"{content} is not a string")
            except Exception as error:
                on_problem(Problem(source, number, repr(error)))
                continue
            yield Document(text, metadata={**record, "source": source, "line": number})
    finally:
        close_source(lines)


def json_documents__str_of_anything(lines, source, content, on_problem):
    """str makes a text of everything.

    Caught by: test_what_is_no_string
    """

    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")

    try:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line, parse_constant=refuse)
                text = str(record.pop(content))
            except Exception as error:
                on_problem(Problem(source, number, repr(error)))
                continue
            yield Document(text, metadata={**record, "source": source, "line": number})
    finally:
        close_source(lines)


def json_documents__blank_text_is_a_problem(lines, source, content, on_problem):
    """A document needs a text.

    Caught by: test_each_kind_of_line
    """

    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")

    try:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line, parse_constant=refuse)
                text = record.pop(content)
                if not isinstance(text, str) or not text.strip():
                    raise TypeError(f"{content} is not a string")
            except Exception as error:
                on_problem(Problem(source, number, repr(error)))
                continue
            yield Document(text, metadata={**record, "source": source, "line": number})
    finally:
        close_source(lines)


def json_documents__counts_good_lines(lines, source, content, on_problem):
    """The line is the number of the record.

    Caught by: test_source_and_line_are_yours
    """

    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")

    try:
        number = 0
        for line in lines:
            if not line.strip():
                continue
            number += 1
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


def json_documents__blank_is_the_end(lines, source, content, on_problem):
    """A blank line ends the file.

    Caught by: test_source_and_line_are_yours
    """

    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")

    try:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                return
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


def json_documents__stops_at_the_first(lines, source, content, on_problem):
    """A broken line means that the file is broken.

    Caught by: test_a_broken_line
    """

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
                return
            yield Document(text, metadata={**record, "source": source, "line": number})
    finally:
        close_source(lines)


def json_documents__theirs_wins(lines, source, content, on_problem):
    """The record knows better where it comes from.

    Caught by: test_each_kind_of_line
    """

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
                continue
            yield Document(text, metadata={"source": source, "line": number, **record})
    finally:
        close_source(lines)


def json_documents__strips_the_text(lines, source, content, on_problem):
    """White space at the ends is of no use.

    Caught by: test_each_kind_of_line
    """

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
                continue
            yield Document(text.strip(), metadata={**record, "source": source, "line": number})
    finally:
        close_source(lines)


def json_documents__reads_all_first(lines, source, content, on_problem):
    """A list of all lines is easier.

    Caught by: test_it_pulls_line_by_line
    """

    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")

    try:
        for number, line in enumerate(list(lines), 1):
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


def json_documents__does_not_close(lines, source, content, on_problem):
    """The loop closes its source.

    Caught by: test_errors_pass_through
    """

    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")

    if True:
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
                continue
            yield Document(text, metadata={**record, "source": source, "line": number})


def json_documents__swallows_errors_of_lines(lines, source, content, on_problem):
    """One try is enough for all that can go wrong.

    Caught by: test_errors_pass_through
    """

    def refuse(constant):
        raise ValueError(constant)

    number, iterator = 0, iter(lines)
    try:
        while True:
            number += 1
            try:
                line = next(iterator)
                if not line.strip():
                    continue
                record = json.loads(line, parse_constant=refuse)
                text = record.pop(content)
                if not isinstance(text, str):
                    raise TypeError(content)
            except StopIteration:
                return
            except Exception as error:
                on_problem(Problem(source, number, str(error) or "broken"))
                continue
            yield Document(text, metadata={**record, "source": source, "line": number})
    finally:
        close_source(lines)


def json_documents__takes_the_first_object(lines, source, content, on_problem):
    """What follows the object does not matter.

    Caught by: test_a_broken_line
    """

    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")

    try:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.JSONDecoder(parse_constant=refuse).raw_decode(line.strip())[0]
                text = record.pop(content)
                if not isinstance(text, str):
                    raise TypeError(f"{content} is not a string")
            except Exception as error:
                on_problem(Problem(source, number, repr(error)))
                continue
            yield Document(text, metadata={**record, "source": source, "line": number})
    finally:
        close_source(lines)


def json_documents__drops_equal_neighbors(lines, source, content, on_problem):
    """The same line again is a slip.

    Caught by: test_each_kind_of_line
    """

    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")

    last = None
    try:
        for number, line in enumerate(lines, 1):
            if not line.strip() or line == last:
                continue
            last = line
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


def html_text__regular_expression(html):
    """Tags are what stands between < and >.

    Caught by: test_what_is_skipped
    """
    import re
    from html import unescape

    found = re.search(r"(?is)<title[^>]*>(.*?)</title>", html)
    title = " ".join(unescape(found[1]).split()) or None if found else None
    html = re.sub(r"(?is)<title[^>]*>.*?</title>", "", html)
    html = re.sub(r"(?is)<!--.*?-->", "", html)
    for tag in SKIPPED:
        html = re.sub(rf"(?is)<{tag}[^>]*>.*?</{tag}>", "", html)
    html = html.replace("\n", " ")

    def spaced(match):
        tag = match[1].lower()
        return "\n" if tag in BLOCKS else " " if tag in CELLS else ""

    html = unescape(re.sub(r"</?([a-zA-Z][a-zA-Z0-9]*)[^>]*>", spaced, html))
    lines = [" ".join(line.split()) for line in html.split("\n")]
    return title, "\n".join(filter(None, lines))


def html_text__everything_is_data(html):
    """handle_data gives the text.

    Caught by: test_what_is_skipped
    """

    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.title: list[str] = []
            self.text: list[str] = []
            self.skipped = 0
            self.in_title = False

        def handle_starttag(self, tag, attrs):
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


def html_text__joined_with_spaces(html):
    """Pieces of text are separated by spaces.

    Caught by: test_other_tags_add_nothing
    """

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
    lines = [" ".join(line.split()) for line in " ".join(reader.text).split("\n")]
    return (" ".join("".join(reader.title).split()) or None, "\n".join(filter(None, lines)))


def html_text__no_close(html):
    """feed reads all of it.

    Caught by: test_the_end_of_the_page
    """

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
    lines = [" ".join(line.split()) for line in "".join(reader.text).split("\n")]
    return (" ".join("".join(reader.title).split()) or None, "\n".join(filter(None, lines)))


def html_text__unescapes_first(html):
    """Entities are decoded first.

    Caught by: test_entities
    """

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
    from html import unescape

    reader.feed(unescape(html))
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.text).split("\n")]
    return (" ".join("".join(reader.title).split()) or None, "\n".join(filter(None, lines)))


def html_text__unescapes_twice(html):
    """Data has to be decoded.

    Caught by: test_entities
    """

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
                (self.title if self.in_title else self.text).append(
                    __import__("html").unescape(data).replace("\n", " ")
                )

        def _separate(self, tag):
            if not self.skipped:
                self.text.append("\n" if tag in BLOCKS else " " if tag in CELLS else "")

    reader = Reader()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.text).split("\n")]
    return (" ".join("".join(reader.title).split()) or None, "\n".join(filter(None, lines)))


def html_text__flag_for_skipped(html):
    """One is inside of a script, or not.

    Caught by: test_skipped_in_skipped
    """

    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.title: list[str] = []
            self.text: list[str] = []
            self.skipped = 0
            self.in_title = False

        def handle_starttag(self, tag, attrs):
            self.skipped = self.skipped or int(tag in SKIPPED)
            self.in_title |= tag == "title"
            self._separate(tag)

        def handle_endtag(self, tag):
            self._separate(tag)
            self.skipped = 0 if tag in SKIPPED else self.skipped
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


def html_text__depth_below_zero(html):
    """Each end tag has a start tag.

    Caught by: test_skipped_in_skipped
    """

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
            self.skipped -= tag in SKIPPED
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


def html_text__tags_in_skipped_count(html):
    """A tag begins a line wherever it is.

    Caught by: test_tags_in_skipped_elements
    """

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
            if True:
                self.text.append("\n" if tag in BLOCKS else " " if tag in CELLS else "")

    reader = Reader()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.text).split("\n")]
    return (" ".join("".join(reader.title).split()) or None, "\n".join(filter(None, lines)))


def html_text__line_breaks_stay(html):
    """A line break is a new line.

    Caught by: test_white_space
    """

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
                (self.title if self.in_title else self.text).append(data)

        def _separate(self, tag):
            if not self.skipped:
                self.text.append("\n" if tag in BLOCKS else " " if tag in CELLS else "")

    reader = Reader()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.text).split("\n")]
    return (" ".join("".join(reader.title).split()) or None, "\n".join(filter(None, lines)))


def html_text__white_space_stays(html):
    """White space is text.

    Caught by: test_white_space
    """

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
    lines = [line.strip() for line in "".join(reader.text).split("\n")]
    return (" ".join("".join(reader.title).split()) or None, "\n".join(filter(None, lines)))


def html_text__ascii_white_space(html):
    """White space is blank, tab and line break.

    Caught by: test_white_space
    """

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
    import re

    lines = [
        re.sub("[ \\t\\r\\f]+", " ", line).strip(" ") for line in "".join(reader.text).split("\n")
    ]
    return (" ".join("".join(reader.title).split()) or None, "\n".join(filter(None, lines)))


def html_text__title_in_the_text(html):
    """The title is text, too.

    Caught by: test_the_title
    """

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
            if self.in_title:
                self.title.append(data)
            if not self.skipped:
                self.text.append(data.replace("\n", " "))

        def _separate(self, tag):
            if not self.skipped:
                self.text.append("\n" if tag in BLOCKS else " " if tag in CELLS else "")

    reader = Reader()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.text).split("\n")]
    return (" ".join("".join(reader.title).split()) or None, "\n".join(filter(None, lines)))


def html_text__only_opening(html):
    """A block begins where its tag is.

    Caught by: test_blocks_begin_a_line
    """

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


def html_text__cells_are_nothing(html):
    """Cells are like any other tag.

    Caught by: test_cells_separate_words
    """

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
                self.text.append("\n" if tag in BLOCKS else "")

    reader = Reader()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.text).split("\n")]
    return (" ".join("".join(reader.title).split()) or None, "\n".join(filter(None, lines)))


def html_text__charrefs_by_hand(html):
    """Entities come for themselves.

    Caught by: test_entities
    """

    class Reader(HTMLParser):
        def __init__(self):
            super().__init__(convert_charrefs=False)
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


def html_text__comments_count(html):
    """Comments may be of interest.

    Caught by: test_what_is_skipped
    """

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

        def handle_comment(self, data):
            self.handle_data(data)

        def _separate(self, tag):
            if not self.skipped:
                self.text.append("\n" if tag in BLOCKS else " " if tag in CELLS else "")

    reader = Reader()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.text).split("\n")]
    return (" ".join("".join(reader.title).split()) or None, "\n".join(filter(None, lines)))


def html_text__drops_equal_lines(html):
    """The same line again is a menu.

    Caught by: test_any_page
    """

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
    return (
        " ".join("".join(reader.title).split()) or None,
        "\n".join(dict.fromkeys(filter(None, lines))),
    )


# deduplicate


def deduplicate__hash_of_python(documents, seen):
    """hash makes a number of a text.

    Caught by: test_the_same_text_comes_once
    """
    try:
        for document in documents:
            text = " ".join(normalize("NFC", document.page_content).split())
            key = f"{hash(text):x}"
            if text and key not in seen:
                seen[key] = document.metadata.get("source")
                yield document
    finally:
        close_source(documents)


def deduplicate__hashes_the_document(documents, seen):
    """A document is a text with metadata.

    Caught by: test_the_same_text_comes_once
    """
    try:
        for document in documents:
            text = str(document) if document.page_content.strip() else ""
            key = hashlib.sha256(text.encode()).hexdigest()
            if text and key not in seen:
                seen[key] = document.metadata.get("source")
                yield document
    finally:
        close_source(documents)


def deduplicate__marks_after_the_yield(documents, seen):
    """What was handed out is seen.

    Caught by: test_seen_is_written_first
    """
    try:
        for document in documents:
            text = " ".join(normalize("NFC", document.page_content).split())
            key = hashlib.sha256(text.encode()).hexdigest()
            if text and key not in seen:
                yield document
                seen[key] = document.metadata.get("source")
    finally:
        close_source(documents)


def deduplicate__lower(documents, seen):
    """Capitals make no difference.

    Caught by: test_different_texts
    """
    try:
        for document in documents:
            text = " ".join(normalize("NFC", document.page_content).lower().split())
            key = hashlib.sha256(text.encode()).hexdigest()
            if text and key not in seen:
                seen[key] = document.metadata.get("source")
                yield document
    finally:
        close_source(documents)


def deduplicate__nfkc(documents, seen):
    """NFKC is the stronger form.

    Caught by: test_different_texts
    """
    try:
        for document in documents:
            text = " ".join(normalize("NFKC", document.page_content).split())
            key = hashlib.sha256(text.encode()).hexdigest()
            if text and key not in seen:
                seen[key] = document.metadata.get("source")
                yield document
    finally:
        close_source(documents)


def deduplicate__not_normalized(documents, seen):
    """Equal texts have equal characters.

    Caught by: test_forms_of_characters
    """
    try:
        for document in documents:
            text = " ".join(document.page_content.split())
            key = hashlib.sha256(text.encode()).hexdigest()
            if text and key not in seen:
                seen[key] = document.metadata.get("source")
                yield document
    finally:
        close_source(documents)


def deduplicate__stripped_only(documents, seen):
    """White space at the ends makes no difference.

    Caught by: test_white_space_makes_no_difference
    """
    try:
        for document in documents:
            text = normalize("NFC", document.page_content).strip()
            key = hashlib.sha256(text.encode()).hexdigest()
            if text and key not in seen:
                seen[key] = document.metadata.get("source")
                yield document
    finally:
        close_source(documents)


def deduplicate__no_white_space_at_all(documents, seen):
    """White space makes no difference.

    Caught by: test_different_texts
    """
    try:
        for document in documents:
            text = "".join(normalize("NFC", document.page_content).split())
            key = hashlib.sha256(text.encode()).hexdigest()
            if text and key not in seen:
                seen[key] = document.metadata.get("source")
                yield document
    finally:
        close_source(documents)


def deduplicate__blank_passes(documents, seen):
    """A blank text is a text.

    Caught by: test_blank_texts
    """
    try:
        for document in documents:
            text = " ".join(normalize("NFC", document.page_content).split())
            key = hashlib.sha256(text.encode()).hexdigest()
            if key not in seen:
                seen[key] = document.metadata.get("source")
                yield document
    finally:
        close_source(documents)


def deduplicate__seen_of_its_own(documents, seen):
    """An empty dict is made for each run.

    Caught by: test_the_same_text_comes_once
    """
    seen = seen or {}
    try:
        for document in documents:
            text = " ".join(normalize("NFC", document.page_content).split())
            key = hashlib.sha256(text.encode()).hexdigest()
            if text and key not in seen:
                seen[key] = document.metadata.get("source")
                yield document
    finally:
        close_source(documents)


def deduplicate__blank_is_seen(documents, seen):
    """All that came is seen.

    Caught by: test_blank_texts
    """
    try:
        for document in documents:
            text = " ".join(normalize("NFC", document.page_content).split())
            key = hashlib.sha256(text.encode()).hexdigest()
            if not text:
                seen[key] = None
            elif key not in seen:
                seen[key] = document.metadata.get("source")
                yield document
    finally:
        close_source(documents)


def deduplicate__changes_the_document(documents, seen):
    """The text is made tidy on the way.

    Caught by: test_white_space_makes_no_difference
    """
    try:
        for document in documents:
            text = " ".join(normalize("NFC", document.page_content).split())
            key = hashlib.sha256(text.encode()).hexdigest()
            if text and key not in seen:
                seen[key] = document.metadata.get("source")
                document.page_content = text
                yield document
    finally:
        close_source(documents)


def deduplicate__last_one_counts(documents, seen):
    """The last of the same documents is the newest.

    Caught by: test_white_space_makes_no_difference
    """
    latest = {}
    try:
        for document in documents:
            latest[" ".join(normalize("NFC", document.page_content).split())] = document
        for document in latest.values():
            text = " ".join(normalize("NFC", document.page_content).split())
            key = hashlib.sha256(text.encode()).hexdigest()
            if text and key not in seen:
                seen[key] = document.metadata.get("source")
                yield document
    finally:
        close_source(documents)


def deduplicate__does_not_close(documents, seen):
    """The loop closes its source.

    Caught by: test_it_is_lazy
    """
    if True:
        for document in documents:
            text = " ".join(normalize("NFC", document.page_content).split())
            key = hashlib.sha256(text.encode()).hexdigest()
            if text and key not in seen:
                seen[key] = document.metadata.get("source")
                yield document


def deduplicate__reads_all_first(documents, seen):
    """A list of all documents is easier.

    Caught by: test_it_is_lazy
    """
    try:
        for document in [*documents]:
            text = " ".join(normalize("NFC", document.page_content).split())
            key = hashlib.sha256(text.encode()).hexdigest()
            if text and key not in seen:
                seen[key] = document.metadata.get("source")
                yield document
    finally:
        close_source(documents)


def deduplicate__clears_seen(documents, seen):
    """seen begins with this run.

    Caught by: test_a_second_run_goes_on
    """
    seen.clear()
    try:
        for document in documents:
            text = " ".join(normalize("NFC", document.page_content).split())
            key = hashlib.sha256(text.encode()).hexdigest()
            if text and key not in seen:
                seen[key] = document.metadata.get("source")
                yield document
    finally:
        close_source(documents)


def deduplicate__first_thousand(documents, seen):
    """The beginning of a text is enough.

    Caught by: test_different_texts
    """
    try:
        for document in documents:
            text = " ".join(normalize("NFC", document.page_content[:1000]).split())
            key = hashlib.sha256(text.encode()).hexdigest()
            if text and key not in seen:
                seen[key] = document.metadata.get("source")
                yield document
    finally:
        close_source(documents)


# FolderLoader


class FolderLoader__case_counts(BaseLoader):
    """A suffix is written in small letters.

    Caught by: test_which_files
    """

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any(part.startswith(".") for part in path.parts)
            return path.suffix in self._parsers and (not hidden)

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


class FolderLoader__endswith(BaseLoader):
    """A name ends with its suffix.

    Caught by: test_which_files
    """

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any(part.startswith(".") for part in path.parts)
            return any(name.lower().endswith(one[1:]) for one in self._parsers) and (not hidden)

        for name in sorted(filter(is_wanted, self._names())):
            documents: Iterable[Document] = ()
            try:
                parse = next(
                    self._parsers[one] for one in self._parsers if name.lower().endswith(one[1:])
                )
                documents = parse(self._read(name), name)
                for document in documents:
                    mine = document.model_copy(deep=True)
                    mine.metadata["source"] = name
                    yield mine
            except Exception as error:
                self._on_problem(Problem(name, None, type(error).__name__))
            finally:
                close_source(documents)


class FolderLoader__hidden_files_only(BaseLoader):
    """A hidden file begins with a period.

    Caught by: test_hidden_names
    """

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = path.name.startswith(".")
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


class FolderLoader__sorted_as_paths(BaseLoader):
    """Paths know how to be sorted.

    Caught by: test_which_files
    """

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any(part.startswith(".") for part in path.parts)
            return path.suffix.lower() in self._parsers and (not hidden)

        for name in sorted(filter(is_wanted, self._names()), key=PurePosixPath):
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


class FolderLoader__names_at_the_beginning(BaseLoader):
    """The names are asked for once.

    Caught by: test_one_file_after_the_other
    """

    def __init__(self, names, read, parsers, on_problem):
        self._names = list(names())
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any(part.startswith(".") for part in path.parts)
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


class FolderLoader__list_of_a_file(BaseLoader):
    """The documents of a file are a list.

    Caught by: test_one_file_after_the_other
    """

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any(part.startswith(".") for part in path.parts)
            return path.suffix.lower() in self._parsers and (not hidden)

        for name in sorted(filter(is_wanted, self._names())):
            documents: Iterable[Document] = ()
            try:
                parse = self._parsers[PurePosixPath(name).suffix.lower()]
                documents = parse(self._read(name), name)
                for document in list(documents):
                    mine = document.model_copy(deep=True)
                    mine.metadata["source"] = name
                    yield mine
            except Exception as error:
                self._on_problem(Problem(name, None, type(error).__name__))
            finally:
                close_source(documents)


class FolderLoader__except_around_all(BaseLoader):
    """One try is enough for all files.

    Caught by: test_a_file_that_cannot_be_read
    """

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any(part.startswith(".") for part in path.parts)
            return path.suffix.lower() in self._parsers and (not hidden)

        name = ""
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
                return
            finally:
                close_source(documents)


class FolderLoader__only_os_errors(BaseLoader):
    """Reading files raises OSError.

    Caught by: test_a_file_that_cannot_be_read
    """

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any(part.startswith(".") for part in path.parts)
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
            except OSError as error:
                self._on_problem(Problem(name, None, type(error).__name__))
            finally:
                close_source(documents)


class FolderLoader__swallows_interrupts(BaseLoader):
    """Whatever happens, the next file is loaded.

    Caught by: test_what_is_no_exception
    """

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any(part.startswith(".") for part in path.parts)
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
            except GeneratorExit:
                raise
            except BaseException as error:
                self._on_problem(Problem(name, None, type(error).__name__))
            finally:
                close_source(documents)


class FolderLoader__source_of_the_parser(BaseLoader):
    """A source that is there is right.

    Caught by: test_the_source_is_the_name
    """

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any(part.startswith(".") for part in path.parts)
            return path.suffix.lower() in self._parsers and (not hidden)

        for name in sorted(filter(is_wanted, self._names())):
            documents: Iterable[Document] = ()
            try:
                parse = self._parsers[PurePosixPath(name).suffix.lower()]
                documents = parse(self._read(name), name)
                for document in documents:
                    mine = document.model_copy(deep=True)
                    mine.metadata.setdefault("source", name)
                    yield mine
            except Exception as error:
                self._on_problem(Problem(name, None, type(error).__name__))
            finally:
                close_source(documents)


class FolderLoader__changes_the_document(BaseLoader):
    """The document is mine now.

    Caught by: test_which_files
    """

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any(part.startswith(".") for part in path.parts)
            return path.suffix.lower() in self._parsers and (not hidden)

        for name in sorted(filter(is_wanted, self._names())):
            documents: Iterable[Document] = ()
            try:
                parse = self._parsers[PurePosixPath(name).suffix.lower()]
                documents = parse(self._read(name), name)
                for document in documents:
                    mine = document
                    mine.metadata["source"] = name
                    yield mine
            except Exception as error:
                self._on_problem(Problem(name, None, type(error).__name__))
            finally:
                close_source(documents)


class FolderLoader__loses_the_id(BaseLoader):
    """A document is text and metadata.

    Caught by: test_which_files
    """

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any(part.startswith(".") for part in path.parts)
            return path.suffix.lower() in self._parsers and (not hidden)

        for name in sorted(filter(is_wanted, self._names())):
            documents: Iterable[Document] = ()
            try:
                parse = self._parsers[PurePosixPath(name).suffix.lower()]
                documents = parse(self._read(name), name)
                for document in documents:
                    mine = Document(
                        document.page_content, metadata={**document.metadata, "source": name}
                    )
                    yield mine
            except Exception as error:
                self._on_problem(Problem(name, None, type(error).__name__))
            finally:
                close_source(documents)


class FolderLoader__file_name_as_the_source(BaseLoader):
    """The source is the name of the file.

    Caught by: test_which_files
    """

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any(part.startswith(".") for part in path.parts)
            return path.suffix.lower() in self._parsers and (not hidden)

        for name in sorted(filter(is_wanted, self._names())):
            documents: Iterable[Document] = ()
            try:
                parse = self._parsers[PurePosixPath(name).suffix.lower()]
                documents = parse(self._read(name), name)
                for document in documents:
                    mine = document.model_copy(deep=True)
                    mine.metadata["source"] = PurePosixPath(name).name
                    yield mine
            except Exception as error:
                self._on_problem(Problem(name, None, type(error).__name__))
            finally:
                close_source(documents)


class FolderLoader__does_not_close(BaseLoader):
    """The loop closes what it reads.

    Caught by: test_which_files
    """

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any(part.startswith(".") for part in path.parts)
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


class FolderLoader__overrides_load(BaseLoader):
    """load makes the list, and lazy_load hands it out.

    Caught by: test_one_file_after_the_other
    """

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):
        yield from self.load()

    def load(self):
        found = []

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any(part.startswith(".") for part in path.parts)
            return path.suffix.lower() in self._parsers and (not hidden)

        for name in sorted(filter(is_wanted, self._names())):
            documents: Iterable[Document] = ()
            try:
                parse = self._parsers[PurePosixPath(name).suffix.lower()]
                documents = parse(self._read(name), name)
                for document in documents:
                    mine = document.model_copy(deep=True)
                    mine.metadata["source"] = name
                    found.append(mine)
            except Exception as error:
                self._on_problem(Problem(name, None, type(error).__name__))
            finally:
                close_source(documents)
        return found


class FolderLoader__keeps_documents(BaseLoader):
    """What was loaded once is loaded.

    Caught by: test_each_loading_is_a_new_one
    """

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any(part.startswith(".") for part in path.parts)
            return path.suffix.lower() in self._parsers and (not hidden)

        if not hasattr(self, "_seen"):
            self._seen = set()
        for name in sorted(filter(is_wanted, self._names())):
            if name in self._seen:
                continue
            self._seen.add(name)
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


class FolderLoader__drops_equal_documents(BaseLoader):
    """The same document again is a slip.

    Caught by: test_the_source_is_the_name
    """

    def __init__(self, names, read, parsers, on_problem):
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self):

        def is_wanted(name):
            path = PurePosixPath(name)
            hidden = any(part.startswith(".") for part in path.parts)
            return path.suffix.lower() in self._parsers and (not hidden)

        for name in sorted(filter(is_wanted, self._names())):
            documents: Iterable[Document] = ()
            last = None
            try:
                parse = self._parsers[PurePosixPath(name).suffix.lower()]
                documents = parse(self._read(name), name)
                for document in documents:
                    if document == last:
                        continue
                    last = document
                    mine = document.model_copy(deep=True)
                    mine.metadata["source"] = name
                    yield mine
            except Exception as error:
                self._on_problem(Problem(name, None, type(error).__name__))
            finally:
                close_source(documents)


# sync_index


def sync_index__adds_everything(documents, known, add, delete, complete=False):
    """A store replaces what it has.

    Caught by: test_what_is_the_same_costs_nothing
    """
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
    new = list(wanted)
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


def sync_index__volatile_counts(documents, known, add, delete, complete=False):
    """All metadata counts.

    Caught by: test_what_is_volatile
    """
    wanted: dict[str, Document] = {}
    try:
        for document in documents:
            kept = {name: document.metadata[name] for name in document.metadata}
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
    return SyncResult(added=len(new), kept=len(wanted) - len(new), deleted=len(old))


def sync_index__text_alone(documents, known, add, delete, complete=False):
    """The text is the entry.

    Caught by: test_what_makes_another_entry
    """
    wanted: dict[str, Document] = {}
    try:
        for document in documents:
            kept = {name: document.metadata[name] for name in {*document.metadata} - {*VOLATILE}}
            entry = json.dumps(document.page_content, sort_keys=True)
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


def sync_index__order_counts(documents, known, add, delete, complete=False):
    """The order in a dict does not change.

    Caught by: test_what_makes_no_other_entry
    """
    wanted: dict[str, Document] = {}
    try:
        for document in documents:
            kept = {
                name: document.metadata[name] for name in document.metadata if name not in VOLATILE
            }
            entry = json.dumps([document.page_content, kept])
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


def sync_index__id_of_the_document(documents, known, add, delete, complete=False):
    """A document has an id of its own.

    Caught by: test_what_makes_no_other_entry
    """
    wanted: dict[str, Document] = {}
    try:
        for document in documents:
            kept = {name: document.metadata[name] for name in {*document.metadata} - {*VOLATILE}}
            entry = json.dumps([document.page_content, kept, document.id], sort_keys=True)
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


def sync_index__hash_of_python(documents, known, add, delete, complete=False):
    """hash makes a number of a text.

    Caught by: test_an_id_stays_the_same
    """
    wanted: dict[str, Document] = {}
    try:
        for document in documents:
            kept = {name: document.metadata[name] for name in {*document.metadata} - {*VOLATILE}}
            entry = json.dumps([document.page_content, kept], sort_keys=True)
            wanted.setdefault(f"{hash(entry):x}", document)
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


def sync_index__joined_without_care(documents, known, add, delete, complete=False):
    """Source and text, joined, are the entry.

    Caught by: test_no_two_entries_have_one_id
    """
    wanted: dict[str, Document] = {}
    try:
        for document in documents:
            kept = {name: document.metadata[name] for name in {*document.metadata} - {*VOLATILE}}
            entry = (
                kept["source"]
                + document.page_content
                + json.dumps({k: v for k, v in kept.items() if k != "source"}, sort_keys=True)
            )
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


def sync_index__last_one_counts(documents, known, add, delete, complete=False):
    """The last of the same entries is the newest.

    Caught by: test_the_same_entry_twice
    """
    wanted: dict[str, Document] = {}
    try:
        for document in documents:
            kept = {name: document.metadata[name] for name in {*document.metadata} - {*VOLATILE}}
            entry = json.dumps([document.page_content, kept], sort_keys=True)
            wanted[hashlib.sha256(entry.encode()).hexdigest()] = document
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


def sync_index__deletes_nothing(documents, known, add, delete, complete=False):
    """New text is added, that is all.

    Caught by: test_what_makes_another_entry
    """
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
    old = []
    return SyncResult(added=len(new), kept=len(wanted) - len(new), deleted=len(old))


def sync_index__always_complete(documents, known, add, delete, complete=False):
    """What did not come is gone.

    Caught by: test_what_is_the_same_costs_nothing
    """
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
    old = [key for key, source in known.items() if key not in wanted and True]
    if new:
        add([wanted[key] for key in new], new)
        known.update({key: sources[key] for key in new})
    if old:
        delete(old)
        for key in old:
            del known[key]
    return SyncResult(added=len(new), kept=len(wanted) - len(new), deleted=len(old))


def sync_index__never_complete(documents, known, add, delete, complete=False):
    """A source that did not come stays.

    Caught by: test_sources_that_did_not_come
    """
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
    old = [key for key, source in known.items() if key not in wanted and source in came]
    if new:
        add([wanted[key] for key in new], new)
        known.update({key: sources[key] for key in new})
    if old:
        delete(old)
        for key in old:
            del known[key]
    return SyncResult(added=len(new), kept=len(wanted) - len(new), deleted=len(old))


def sync_index__deletes_first(documents, known, add, delete, complete=False):
    """First the old goes, then the new comes.

    Caught by: test_what_makes_another_entry
    """
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
    if old:
        delete(old)
        for key in old:
            del known[key]
    if new:
        add([wanted[key] for key in new], new)
        known.update({key: sources[key] for key in new})
    return SyncResult(added=len(new), kept=len(wanted) - len(new), deleted=len(old))


def sync_index__known_first(documents, known, add, delete, complete=False):
    """known is written, and then the store.

    Caught by: test_add_fails
    """
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
        known.update({key: sources[key] for key in new})
        add([wanted[key] for key in new], new)
    if old:
        delete(old)
        for key in old:
            del known[key]
    return SyncResult(added=len(new), kept=len(wanted) - len(new), deleted=len(old))


def sync_index__known_of_its_own(documents, known, add, delete, complete=False):
    """An empty dict is the same as none.

    Caught by: test_what_is_the_same_costs_nothing
    """
    known = known or {}
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
    return SyncResult(added=len(new), kept=len(wanted) - len(new), deleted=len(old))


def sync_index__empty_calls(documents, known, add, delete, complete=False):
    """add and delete take empty lists.

    Caught by: test_what_is_the_same_costs_nothing
    """
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
    if True:
        add([wanted[key] for key in new], new)
        known.update({key: sources[key] for key in new})
    if True:
        delete(old)
        for key in old:
            del known[key]
    return SyncResult(added=len(new), kept=len(wanted) - len(new), deleted=len(old))


def sync_index__counts_documents(documents, known, add, delete, complete=False):
    """Each document counts.

    Caught by: test_the_same_entry_twice
    """
    count = 0
    wanted: dict[str, Document] = {}
    try:
        for document in documents:
            count += 1
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
    return SyncResult(added=len(new), kept=count - len(new), deleted=len(old))


def sync_index__complete_without_documents(documents, known, add, delete, complete=False):
    """Nothing came, so nothing is left.

    Caught by: test_no_documents
    """
    wanted: dict[str, Document] = {}
    try:
        for document in documents:
            kept = {name: document.metadata[name] for name in {*document.metadata} - {*VOLATILE}}
            entry = json.dumps([document.page_content, kept], sort_keys=True)
            wanted.setdefault(hashlib.sha256(entry.encode()).hexdigest(), document)
    finally:
        close_source(documents)
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


def sync_index__swallows_errors(documents, known, add, delete, complete=False):
    """What came before an error is worth something.

    Caught by: test_documents_that_break_off
    """
    wanted: dict[str, Document] = {}
    try:
        for document in documents:
            kept = {name: document.metadata[name] for name in {*document.metadata} - {*VOLATILE}}
            entry = json.dumps([document.page_content, kept], sort_keys=True)
            wanted.setdefault(hashlib.sha256(entry.encode()).hexdigest(), document)
    except Exception:
        pass
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


def sync_index__does_not_close(documents, known, add, delete, complete=False):
    """The loop closes its source.

    Caught by: test_documents_that_break_off
    """
    wanted: dict[str, Document] = {}
    try:
        for document in documents:
            kept = {name: document.metadata[name] for name in {*document.metadata} - {*VOLATILE}}
            entry = json.dumps([document.page_content, kept], sort_keys=True)
            wanted.setdefault(hashlib.sha256(entry.encode()).hexdigest(), document)
    finally:
        pass
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


def sync_index__cleans_in_batches(documents, known, add, delete, complete=False):
    """A batch of documents can be handled for itself.

    Caught by: test_what_is_the_same_costs_nothing
    """
    from itertools import islice

    def key_of(document):
        kept = {k: v for k, v in document.metadata.items() if k not in VOLATILE}
        entry = json.dumps([document.page_content, kept], sort_keys=True)
        return hashlib.sha256(entry.encode()).hexdigest()

    added = kept = deleted = 0
    everything = set()
    stream = iter(documents)
    try:
        while batch := [*islice(stream, 2)]:
            wanted = {}
            for document in batch:
                wanted.setdefault(key_of(document), document)
            new = [key for key in wanted if key not in known]
            if new:
                add([wanted[key] for key in new], new)
                known.update({key: wanted[key].metadata["source"] for key in new})
            came = {document.metadata["source"] for document in batch}
            old = [key for key, s in known.items() if key not in wanted and s in came]
            if old:
                delete(old)
                for key in old:
                    del known[key]
            everything |= {*wanted}
            added, kept = added + len(new), kept + len(wanted) - len(new)
            deleted += len(old)
    finally:
        close_source(documents)
    if complete and not everything:
        raise ValueError("nothing came")
    old = [key for key in known if complete and key not in everything]
    if old:
        delete(old)
        for key in old:
            del known[key]
    return SyncResult(added, kept, deleted + len(old))
