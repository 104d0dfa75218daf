"""Lesson 22: Document Loading.

One class for each task. `answers` are the functions to be graded, and `text` makes words that
differ from seed to seed. What is loaded is handed in: nothing here is read from a disk.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from copy import deepcopy
from itertools import product
from typing import ClassVar
from unicodedata import normalize

from hypothesis import strategies as st
from langchain_core.documents import Document
from pydantic import ValidationError

from course.fakes.nesting import refused_depth
from course.fakes.sources import Source
from course.grade.differences import same_value
from course.grade.expect import Words, keeps
from course.grade.scenarios import (
    BLANKS,
    EACH_ENDING,
    FEW_TEXTS,
    TEXTS,
    Stop,
    Stranger,
    any_ending,
    each,
    repeated,
)
from course.grade.stream_checks import check_closed, check_lazy, check_not_ahead, passes_on
from course.grade.stream_promises import StreamPromises, check_apart
from course.grade.value_checks import (
    Explained,
    against,
    check_repeats,
    other_hashes,
    refused,
    unchanged,
)

KEEPS = StreamPromises()
BROKEN = (AttributeError, LookupError, TypeError, ValueError)
"""What code raises that does not expect the data it is given."""

SHORT = (AttributeError, LookupError, ValueError)
"""What code raises that does not expect a record to be short."""


class Read:
    """A stream of documents, as triples of text, metadata and id."""

    def __init__(self, stream):
        self._stream = iter(stream)

    def __iter__(self):
        return self

    def __next__(self):
        return known_of(next(self._stream))

    def close(self):
        self._stream.close()


def known_of(document):
    """What a document has."""
    against(Words("a Document"), Words(f"{type(document).__name__}"))(
        isinstance(document, Document),
        "it does not yield documents",
        "Each item is a Document with page_content and metadata.",
    )
    return document.page_content, document.metadata, document.id


def noting(answers, events=None, error=None):
    """Make an `on_problem` that notes what it is told, and raises an error if there is one."""

    def on_problem(problem):
        is_problem = isinstance(problem, answers.Problem)
        on_problem.all.append(problem if is_problem else Words(f"{problem!r:.60}"))
        if events is not None:
            events.append(("problem", getattr(problem, "line", None)))
        if error is not None:
            raise error

    on_problem.all = []
    return on_problem


def check_reasons(answers, on_problem, source):
    """Pass if what was told are problems with this source, each with a reason."""
    for problem in on_problem.all:
        must = against(Words("a Problem with source, line and reason"), problem)
        must(
            isinstance(problem, answers.Problem),
            "on_problem is not called with a Problem",
            "Make it with Problem(source, line, reason), and call on_problem(problem).",
        )
        must(
            problem.source == source,
            "a problem has the wrong source",
            "It says in which file to look.",
        )
        must(
            isinstance(problem.reason, str) and problem.reason.strip(),
            "a problem has no reason",
            "Somebody has to repair it: say in a text what is wrong.",
        )


def check_unshared(documents, first, second, key="added"):
    """Pass if a change of one document's metadata is seen in no other."""
    before = deepcopy(second.metadata)
    first.metadata[key] = 1
    against(before, second.metadata)(
        second.metadata == before,
        "documents share their metadata",
        "Make a new dict for each document: who changes one changes all of them otherwise.",
    )


WORDS = ("Größe", "naïve café", "“So,” she said: 5 €", "漢字", "👋 hi", "plain", "e\u0301")
IN_1252 = ("“So,” she said: 5 €", "Größe", "naïve café", "„So… €”")
MARKS = (
    (codecs.BOM_UTF8, "utf-8", "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16-be"),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32-be"),
)
NOT_IN_1252 = (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d")


def decoded(data):
    """Text and encoding, None if it is no text, "open" if the docstring leaves it open."""
    for mark, name, codec in sorted(MARKS, key=lambda known: -len(known[0])):
        if data.startswith(mark):
            try:
                text = data[len(mark) :].decode(codec)
            except UnicodeDecodeError:
                return None
            return "open" if "\0" in text else (text, name)
    for name in ("utf-8", "cp1252"):
        try:
            return None if 0 in data else (data.decode(name), name)
        except UnicodeDecodeError:
            pass
    return None


class TestDecodeText(Explained):
    """Bytes become text, and it is said how they were written."""

    WHY: ClassVar = {
        "it does not return a text and the name of its encoding": "Return both, as a tuple: "
        "(text, encoding).",
        "the byte order mark is in the text": "A search for the first word will not find it: "
        "U+FEFF stands before it, and nobody sees it.",
        "UTF-32 is taken for UTF-16": "The mark of little-endian UTF-32 begins with that of "
        "UTF-16. Try the longest one first.",
        "characters are replaced or left out": "What is lost here is lost for ever, and nobody "
        "notices. Decode without an errors argument, and try the next encoding where that fails.",
        "Windows-1252 is read as Latin-1": "Latin-1 never fails, but makes invisible control "
        "characters of quotes, dashes and the euro sign.",
        "it gives up at the first encoding that fails": "Catch UnicodeDecodeError, and try the "
        "next one. UnicodeEncodeError is the error of the other direction.",
        "UTF-8 is read as another encoding": "Nearly all bytes are valid Windows-1252, so ask for "
        "UTF-8 first: what is valid there is hardly ever anything else.",
        "the text is not what was written": "Decode all bytes behind the mark with the encoding "
        "that fits, and change nothing.",
        "line ends or white space are changed": "The text is the file's, byte by byte. Positions "
        "in it are worth nothing otherwise.",
        "the encoding is called by another name": 'The names are "utf-8", "utf-16", "utf-32" and '
        '"cp1252", whatever the order of the bytes.',
        "no bytes are refused": 'An empty file has the empty text, in "utf-8".',
        "a mark with nothing after it is refused": "Nothing is valid in every encoding: the text "
        "is empty.",
        "two marks are taken away": "Only the first one is a mark. Another one is a character.",
        "bytes with a zero are taken for text": "Text has no zero byte, but pictures, archives and "
        "UTF-16 without a mark have some.",
        "something else is tried after a mark": "The mark decides. If what follows does not fit, "
        "the file is broken, and another encoding only makes noise of it.",
        "bytes that fit no encoding are taken for text": "Five bytes have no meaning in "
        "Windows-1252. Raise UnreadableFile.",
        "it raises another error than UnreadableFile": "Who calls it can only tell a file "
        "without text from a bug of yours if the class is right.",
        "what is text is refused": "Some encoding fits.",
    }

    def reads(self, answers, data, text, encoding):
        shown = Words(f"{text!r:.60}")
        gives_up = "it gives up at the first encoding that fails"
        with (
            self.never(UnicodeError, gives_up, shown),
            self.never(answers.UnreadableFile, self.refusal(data), shown),
        ):
            got = answers.decode_text(data)
        is_pair = isinstance(got, tuple) and len(got) == 2 and all(isinstance(x, str) for x in got)
        wanted = (text, encoding)
        must = self.against(wanted, got)
        must(is_pair, "it does not return a text and the name of its encoding")
        came, name = got
        if came != text:
            must(text.count("\ufeff") <= came.count("\ufeff"), "two marks are taken away")
            must(not came.startswith("\ufeff"), "the byte order mark is in the text")
            must(encoding != "utf-32" or "\0" not in came, "UTF-32 is taken for UTF-16")
            others = [data.decode(codec, "replace") for codec in ("latin-1", "cp1252")]
            must(encoding != "utf-8" or came not in others, "UTF-8 is read as another encoding")
            must(
                "\ufffd" not in came
                and came not in (data.decode(x, "ignore") for x in ("utf-8", "ascii", "cp1252"))
                and "\\x" not in came,
                "characters are replaced or left out",
            )
            if encoding == "cp1252":
                must(came != data.decode("latin-1"), "Windows-1252 is read as Latin-1")
            no_space = ["".join(one.split()) for one in (came, text)]
            must(no_space[0] != no_space[1], "line ends or white space are changed")
        must(came == text, "the text is not what was written")
        must(name == encoding, "the encoding is called by another name")

    @staticmethod
    def refusal(data):
        if not data:
            return "no bytes are refused"
        marks = [mark for mark, _, _ in MARKS]
        return (
            "a mark with nothing after it is refused"
            if data in marks
            else "what is text is refused"
        )

    def refuses(self, answers, data, problem):
        wrong = (UnicodeError, ValueError, LookupError, TypeError)
        try:
            with self.raises(answers.UnreadableFile, problem):
                answers.decode_text(data)
        except answers.UnreadableFile:
            raise
        except wrong as error:
            self.in_words(
                False,
                "it raises another error than UnreadableFile",
                "UnreadableFile",
                type(error).__name__,
            )

    @keeps(3)
    def test_utf_8(self, answers, text):
        for word in (*WORDS, text.word(), "Ã¶", "é"):
            whole = f"{text.sentence()} {word}"
            self.reads(answers, whole.encode(), whole, "utf-8")
            self.reads(answers, word.encode(), word, "utf-8")

    @keeps(4)
    def test_windows_1252(self, answers, text):
        for word in (*IN_1252, "ÿþ", "»", "™", "\xa0é", "fin\xad"):
            whole = f"{text.word()} {word}: {text.word()}"
            if word.isascii():
                continue
            self.reads(answers, whole.encode("cp1252"), whole, "cp1252")
        late = "a plain page\n" * 9_000 + "Größe"
        self.reads(answers, late.encode("cp1252"), late, "cp1252")
        cut = f"{text.word()} Größe".encode()
        cut = cut[: cut.index(b"\xc3") + 1]
        self.reads(answers, cut, cut.decode("cp1252"), "cp1252")

    @keeps(1)
    def test_each_mark(self, answers, text):
        for (mark, name, codec), word in product(MARKS, (*WORDS, text.sentence())):
            self.reads(answers, mark + word.encode(codec), word, name)

    def test_a_mark_alone(self, answers):
        for mark, name, _ in MARKS:
            self.reads(answers, mark, "", name)

    def test_no_bytes(self, answers):
        self.reads(answers, b"", "", "utf-8")

    def test_a_second_mark(self, answers, text):
        for mark, name, codec in MARKS:
            whole = f"\ufeff{text.word()}\ufeff"
            self.reads(answers, mark + whole.encode(codec), whole, name)

    @keeps(2)
    def test_a_zero_byte(self, answers, text):
        word = text.word()
        for data in (
            b"\0",
            f"{word}\0".encode(),
            f"\0{word}".encode(),
            f"{word}\0é".encode("cp1252"),
            "漢\0字".encode(),
            word.encode("utf-16-le"),
            word.encode("utf-16-be"),
            word.encode("utf-32-be"),
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            word.encode() * 2000 + b"\0",
        ):
            self.refuses(answers, data, "bytes with a zero are taken for text")

    @keeps(5)
    def test_broken_after_a_mark(self, answers, text):
        word = text.word()
        for data in (
            codecs.BOM_UTF8 + f"{word} Größe".encode("cp1252"),
            codecs.BOM_UTF8 + "Größe".encode()[:3],
            codecs.BOM_UTF16_LE + word.encode("utf-16-le") + b"a",
            codecs.BOM_UTF16_BE + b"\x00",
            codecs.BOM_UTF16_LE + "\ud800".encode("utf-16-le", "surrogatepass"),
            codecs.BOM_UTF32_LE + word.encode("utf-32-le")[:-1],
            codecs.BOM_UTF32_LE + b"a\x00",
            codecs.BOM_UTF32_BE + b"\x7f\0\0\0",
            codecs.BOM_UTF16_BE + word.encode("utf-16-be") + b"\xd8",
        ):
            self.refuses(answers, data, "something else is tried after a mark")

    @keeps(5)
    def test_nothing_fits(self, answers, text):
        for byte in NOT_IN_1252:
            for data in (byte, f"{text.random.choice('abc')} é ".encode("cp1252") + byte + b"c"):
                self.refuses(answers, data, "bytes that fit no encoding are taken for text")

    @keeps(6)
    def test_everything_stays(self, answers, text):
        word = text.word()
        for whole in (
            f"{word}\r\n{word}\r\n",
            f"\n\n {word}\r{word} \t\n ",
            f"{word}\x0b\x0c\x1a\x85{word}",
            f"e\u0301 é {word}\u2028",
            f"{word}\ufeff{word}",
        ):
            self.reads(answers, whole.encode(), whole, "utf-8")
            for mark, name, codec in MARKS:
                self.reads(answers, mark + whole.encode(codec), whole, name)
        for whole in (f"é\r\n{word}\r\r\n", f" {word}\t\n\ré \n", "\né\n"):
            self.reads(answers, whole.encode("cp1252"), whole, "cp1252")

    def test_nothing_is_kept_between_calls(self, answers, text):
        one, other = "é".encode("cp1252") + text.word().encode(), text.word().encode()
        check_repeats(answers.decode_text, one, other)
        check_repeats(answers.decode_text, other, codecs.BOM_UTF16_LE)

    def test_any_bytes(self, search):
        pieces = (
            *(b"a", b" ", b"\n", b"\r\n", b"\xe9", "é".encode(), "漢".encode(), b"\x93", b"\0"),
            *(*NOT_IN_1252, b"\xc3", b"\xff", b"\xfe", b"\x00a", b"a\x00", b"\x1a", "👋".encode()),
            *(codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE),
        )

        def promise(answers, first, data):
            whole = first + b"".join(data)
            wanted = decoded(whole)
            if wanted is None:
                marked = any(whole.startswith(mark) for mark, _, _ in MARKS)
                zero = "bytes with a zero are taken for text"
                none = "bytes that fit no encoding are taken for text"
                other = "something else is tried after a mark"
                self.refuses(answers, whole, other if marked else zero if 0 in whole else none)
            elif wanted != "open":
                self.reads(answers, whole, *wanted)

        first = (b"", *(mark for mark, _, _ in MARKS))
        always = each(first=b"", data=tuple([b"a", one, b"b"] for one in pieces))
        search(
            promise,
            *always,
            first=st.sampled_from(first),
            data=st.lists(st.sampled_from(pieces), max_size=6),
        )


def as_csv(records, end="\n", quoted=False):
    """Write records, each a list of cells; return the text and the line of each."""
    text, lines = [], []
    for cells in records:
        whole = "".join(text)
        lines.append(1 + len(re.findall("\r\n|\r|\n", whole)))
        alone = len(cells) == 1 and not cells[0].strip()
        written = [
            '"' + cell.replace('"', '""') + '"'
            if quoted or alone or any(mark in cell for mark in ',"\r\n')
            else cell
            for cell in cells
        ]
        text.append(",".join(written) + end)
    return "".join(text), lines


def csv_events(records, lines, content, source):
    """What has to happen: a document, or the line of a problem."""
    found, header = [], None
    for cells, line in zip(records, lines, strict=True):
        cells = [cell.strip() for cell in cells]
        if not cells:
            continue
        if header is None:
            header = cells
        elif len(cells) != len(header):
            found.append(("problem", line))
        else:
            page = [
                f"{name}: {cells[header.index(name)]}"
                for name in content
                if cells[header.index(name)]
            ]
            others = {
                name: cell for name, cell in zip(header, cells, strict=True) if name not in content
            }
            if page:
                metadata = {**others, "source": source, "line": line}
                found.append(("document", "\n".join(page), metadata))
    return found


class TestCsvDocuments(Explained):
    """Each record becomes a document that knows where it stands."""

    WHY: ClassVar = {
        "the header becomes a document": "The first record has the names of the columns.",
        "a record is lost": "Each record that has something in the columns of content becomes a "
        "document, the same one again, too.",
        "there are more documents than records": "Each record becomes one document, and only if it "
        "has a value in one of the columns of content.",
        "a record without content becomes a document": "Where all values of content are blank, "
        "there is nothing to be found.",
        "a blank value has a line": "Leave out the lines of columns that have nothing to say.",
        "the lines are not in the order of content": "content says which columns make the text, "
        "and in which order.",
        "page_content is not a text": "Join the lines with line breaks between them.",
        "page_content is wrong": "A line `name: value` for each column in content, and nothing "
        "else.",
        "what is in quotes is not read as one value": "A comma or a line break in quotes is part "
        "of the value. csv.reader knows that, if you do not split the text yourself.",
        "white space inside of a value is changed": "Only its ends are stripped. A line break in "
        "quotes is part of the value.",
        "what comes after a broken record is lost": "It is one broken record of many. Report it, "
        "and go on with the next one.",
        "the line is not where the record begins": "A record may have several lines, and there may "
        "be empty ones. Count the lines that were read before it.",
        "source and line are not in the metadata": 'Both are there, under "source" and "line".',
        "a column has replaced source or line": "They say where the record stands. Write yours "
        "last.",
        "a column of content is in the metadata": "What is in the text already need not be there "
        "again: the others are.",
        "a column is missing in the metadata": "Each column that is not in content is there by its "
        "name, blank ones too.",
        "values or names are not stripped": "`a, b` has no column named ` b`.",
        "the metadata is wrong": "Each other column by its name, and source and line.",
        "a record of another length ends the run": "One broken record is a Problem. The others are "
        "fine: go on.",
        "a record of another length becomes a document": "Nobody knows which cell is which. Report "
        "it, and hand out nothing.",
        "a record of another length is not reported": "on_problem has to be told, or it is lost "
        "silently.",
        "a problem is reported where there is none": "Only a record with more or fewer cells than "
        "the header is one. An empty line is no record.",
        "a problem has the wrong line": "It is the line where the record begins.",
        "a problem is not reported when its record is met": "Tell it at once: after the document "
        "before it was taken, and before the next one.",
        "another character is taken for the end of a line": r"Lines end with \n, \r\n or \r. "
        "splitlines knows many more.",
        "it reports problems before anybody asks for a document": "Nothing happens before the "
        "first document is wanted.",
        "records come from another place than expected": "Compare the first that differs.",
    }

    def run(self, answers, text, content, source="a.csv", error=None):
        events = []
        on_problem = noting(answers, events, error)
        with self.never(ValidationError, "page_content is not a text"):
            for document in answers.csv_documents(text, source, content, on_problem):
                page, metadata, _ = known_of(document)
                events.append(("document", page, metadata))
        check_reasons(answers, on_problem, source)
        return events

    def check(self, answers, records, content, end="\n", quoted=False, source="a.csv"):
        text, lines = as_csv(records, end, quoted)
        wanted = csv_events(records, lines, content, source)
        with self.never(SHORT, "a record of another length ends the run"):
            if any(kind == "problem" for kind, *_ in wanted):
                got = self.run(answers, text, content, source)
            else:
                got = None
        self.compare(got if got is not None else self.run(answers, text, content, source), wanted)

    def check_values(self, answers, records, content, end, quoted):
        """Compare the values alone, wherever they stand."""
        text, lines = as_csv(records, end, quoted)

        def values(events):
            return [
                (one[1], {name: x for name, x in one[2].items() if name != "line"})
                for one in events
                if one[0] == "document"
            ]

        wanted = values(csv_events(records, lines, content, "a.csv"))
        problem = "what is in quotes is not read as one value"
        with self.never(SHORT, problem):
            got = values(self.run(answers, text, content))
        flat = [json.loads(re.sub(r"(\\[nr]| )+", " ", json.dumps(x))) for x in (got, wanted)]
        white = "white space inside of a value is changed"
        self.must(got == wanted or flat[0] != flat[1], white, wanted, got)
        self.must(got == wanted, problem, wanted, got)

    def compare(self, got, wanted):
        pages, right = [[one[1:] for one in x if one[0] == "document"] for x in (got, wanted)]
        told, problems = [[one[1] for one in x if one[0] == "problem"] for x in (got, wanted)]
        texts = [page for page, _ in pages]
        must = self.against(right, pages)
        header = wanted and got and texts and len(pages) > len(right)
        must(not any(not page for page in texts), "a record without content becomes a document")
        in_lines = [metadata.get("line") for _, metadata in pages]
        must(
            not any(line in problems for line in in_lines if type(line) is int),
            "a record of another length becomes a document",
        )
        must(not header or in_lines[0] != 1, "the header becomes a document")
        must(len(pages) <= len(right), "there are more documents than records")
        part = told and told == problems[: len(told)] and pages == right[: len(pages)]
        broken_off = part and len(pages) < len(right) and right[len(pages)][1]["line"] > told[-1]
        must(not broken_off, "what comes after a broken record is lost")
        must(len(pages) >= len(right), "a record is lost")
        for (page, metadata), (text, known) in zip(pages, right, strict=True):
            must = self.against(text, page)
            lines, shown = text.split("\n"), page.split("\n")
            must(
                page == text or re.sub(r"\s+", "", page) != re.sub(r"\s+", "", text),
                "values or names are not stripped",
            )
            must(
                page == text or [x for x in shown if not re.fullmatch(r".*:\s*", x)] != lines,
                "a blank value has a line",
            )
            must(
                page == text or sorted(shown) != sorted(lines),
                "the lines are not in the order of content",
            )
            must(page == text, "page_content is wrong")
            must = self.against(known, metadata)
            must({"source", "line"} <= {*metadata}, "source and line are not in the metadata")
            must(
                metadata["source"] == known["source"] and type(metadata["line"]) is int,
                "a column has replaced source or line",
            )
            must(metadata["line"] == known["line"], "the line is not where the record begins")
            must(
                {*map(str.strip, map(str, metadata))} != {*known} or {*metadata} == {*known},
                "values or names are not stripped",
            )
            must({*metadata} <= {*known}, "a column of content is in the metadata")
            must({*metadata} == {*known}, "a column is missing in the metadata")
            must(
                metadata == known
                or any(str(metadata[name]).strip() != str(known[name]) for name in known),
                "values or names are not stripped",
            )
            must(same_value(metadata, known), "the metadata is wrong")
        must = self.against(Words(f"lines {problems}"), Words(f"lines {told}"))
        must(len(told) >= len(problems), "a record of another length is not reported")
        must(len(told) <= len(problems), "a problem is reported where there is none")
        must(told == problems, "a problem has the wrong line")
        must = self.against(wanted, got)
        must(got == wanted, "a problem is not reported when its record is met")

    @keeps(1)
    def test_the_columns_of_content_make_the_text(self, answers, text):
        words = [text.word() for _ in range(12)]
        records = [words[:3], words[3:6], words[6:9], words[9:], words[9:]]
        a, b, c = words[:3]
        for content in ([a], [b, a], (c, b), [c, a, b], [a, b]):
            with unchanged(content=content):
                self.check(answers, records, content)
        self.check(answers, [words[:3], *[words[3:6]] * 30], [a])

    @keeps(6)
    def test_what_is_quoted_is_a_value(self, answers, text):
        one, other = text.word(), text.word()
        for value in (
            f"{one}\n{other}",
            f"{one}\r\n{other}",
            f"{one}\n\n{other}",
            f"{one}, {other}",
            f'{one} "{other}"',
            f'"{one}"',
            f"{one}\n,\n{other}",
        ):
            for end, quoted in product(("\n", "\r\n"), (False, True)):
                records = [["name", "about"], [one, value], [value, other]]
                for content in (["name"], ["about", "name"]):
                    self.check_values(answers, records, content, end, quoted)

    def test_names_and_values_are_stripped(self, answers, text):
        records = [
            [" name", "about ", "\tprice"],
            [f" {text.word()} ", f"{text.word()}\u00a0", " 4"],
            [f"\t{text.word()}", f" {text.word()}", "5 "],
        ]
        for content in (["name"], ["price", "about"], ["about", "name"]):
            for quoted in (False, True):
                with self.never(ValueError, "values or names are not stripped"):
                    self.check(answers, records, content, quoted=quoted)

    @keeps(2)
    def test_blank_values(self, answers, text):
        one, other = text.word(), text.word()
        header = ["name", "about", "price"]
        for blank in ("", " ", "\t "):
            records = [
                header,
                [one, blank, "4"],
                [blank, other, blank],
                [blank, blank, "9"],
                [blank, blank, blank],
                [one, other, blank],
            ]
            self.check(answers, records, ["about", "name"])
            self.check(answers, records, ["name"])
            self.check(answers, records, ["price", "name"])
        for word in ("0", "None", "False", "-", "nan", "null", "[]"):
            self.check(answers, [header, [word, word, word]], ["name", "price"])

    @keeps(3)
    def test_other_columns_are_metadata(self, answers, text):
        header = [text.word() for _ in range(4)]
        records = [header, *([text.secret() for _ in header] for _ in range(3))]
        for content in ([header[1]], [header[3], header[0]], header):
            self.check(answers, records, content)

    @keeps(5)
    def test_a_record_of_another_length(self, answers, text):
        header = ["name", "about", "price"]
        good = [text.word(), text.word(), "4"]
        for bad in (
            [text.word()],
            [text.word(), text.word()],
            [text.word(), text.word(), "5", "6"],
            ["", ""],
            [*good, ""],
            [text.word(), "a\nb"],
            [""],
        ):
            self.check(answers, [header, good, bad, good], ["name", "about"])
            self.check(answers, [header, bad, bad, good, good, bad], ["about"])
            self.check(answers, [header, bad], ["price"])

    @keeps(4)
    def test_source_and_line_are_yours(self, answers, text):
        for header in (["name", "line", "source"], ["source", "name", "line"]):
            records = [header, *([text.word() for _ in header] for _ in range(3))]
            self.check(answers, records, ["name"], source=text.secret())
            self.check(answers, records, ["line", "name"], source=text.secret())
            self.check(answers, records, ["source"], source=text.secret())

    @keeps(4)
    def test_the_line_where_a_record_begins(self, answers, text):
        one, other = text.word(), text.word()
        for end in ("\n", "\r\n", "\r"):
            records = [
                ["name", "about"],
                [one, "first\nsecond"],
                [other, "plain"],
                [one, "1\n\n\n5"],
                ["a\nb", "c\nd"],
                [other, "the last\r\none"],
                [one, "end"],
            ]
            self.check(answers, records, ["name"], end)
        records = [[], ["name", "a"], [], [], [one, "b"], [other, "x\ny"], [], [one, "c"], [], []]
        self.check(answers, records, ["name"])
        self.check(answers, records, ["name"], "\r\n")

    @keeps(4)
    def test_a_header_of_two_lines(self, answers, text):
        records = [["name", "price\nin euros"], [text.word(), "4"], [text.word(), "5"]]
        self.check(answers, records, ["name"])
        self.check(answers, records, ["price\nin euros", "name"])

    def test_only_line_breaks_end_a_line(self, answers, text):
        for mark in ("\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"):
            records = [["name", "about"], [f"a{mark}b", text.word()], [text.word(), "x"]]
            source, lines = as_csv(records)
            wanted = csv_events(records, lines, ["name"], "a.csv")
            got = self.run(answers, source, ["name"])
            names = [one[1] for one in wanted if one[0] == "document"]
            came = [one[1] for one in got if one[0] == "document"]
            problem = "another character is taken for the end of a line"
            self.must(came == names, problem, names, came)
            self.compare(got, wanted)

    def test_ends_of_lines_and_of_the_text(self, answers, text):
        records = [["name", "about"], [text.word(), text.word()], [text.word(), "x"]]
        for end in ("\n", "\r\n", "\r"):
            whole, lines = as_csv(records, end)
            wanted = csv_events(records, lines, ["name"], "a.csv")
            for last in (end, "", end * 3):
                got = self.run(answers, whole.removesuffix(end) + last, ["name"])
                self.compare(got, wanted)
        self.check(answers, records[:1], ["name"])

    def test_wrong_arguments(self, answers, text):
        good = f"name,about\n{text.word()},b\n"
        for whole, content, said, why in (
            (good, [], "content=[]", "A document needs a text"),
            (good, ["name", "price"], "a column that is not there", "The header lacks it"),
            (good, ["Name"], "a column that is not there", "The header lacks it"),
            ("name,b,name\na,b,c\n", ["b"], "a name twice in the header", "One hides the other"),
            ("name,b, name\na,b,c\n", ["b"], "a name twice in the header", "One hides the other"),
            ("", ["name"], "a text without a header", "The header lacks the column"),
            ("\n\n", ["name"], "a text without a header", "The header lacks the column"),
            ("name,about\n", ["price"], "a column that is not there", "The header lacks it"),
            ("name,about\nx\n", ["price"], "a column that is not there", "The header lacks it"),
        ):
            on_problem = noting(answers)
            with refused(said, why):
                next(answers.csv_documents(whole, "a.csv", content, on_problem), None)
            told = Words(f"{len(on_problem.all)} told")
            problem = "a problem is reported where there is none"
            self.must(not on_problem.all, problem, Words("ValueError alone"), told)

    @keeps(5)
    def test_a_problem_is_told_when_it_is_met(self, answers, text):
        bad = ["x"]
        records = [["name", "b"], bad, [text.word(), "1"], bad, bad, [text.word(), "2"], bad]
        whole, _ = as_csv(records)
        on_problem = noting(answers)
        stream = answers.csv_documents(whole, "a.csv", ["name"], on_problem)
        early = "it reports problems before anybody asks for a document"
        self.must(not on_problem.all, early, Words("none told"), Words("told already"))
        for wanted in (1, 3):
            with self.never(SHORT, "a record of another length ends the run"):
                next(stream)
            told = len(on_problem.all)
            problem = "a problem is not reported when its record is met"
            self.must(told == wanted, problem, Words(f"{wanted} told"), Words(f"{told} told"))
        list(stream)
        problem = "a record of another length is not reported"
        told = len(on_problem.all)
        self.must(told == 4, problem, Words("4 told"), Words(f"{told} told"))

    def test_what_on_problem_raises_passes(self, answers, text):
        whole, _ = as_csv([["name", "b"], [text.word(), "1"], ["x"], [text.word(), "2"]])
        for kind in (ValueError, KeyError, StopAsyncIteration, RuntimeError, Stranger, Stop):
            error = kind(text.word())
            got = []
            with passes_on(error, "on_problem"):
                on_problem = noting(answers, error=error)
                for one in answers.csv_documents(whole, "a.csv", ["name"], on_problem):
                    got.append(one)
            self.must(len(got) == 1, "a record is lost", Words("1 before it"), Words(f"{len(got)}"))

    def test_metadata_is_not_shared(self, answers, text):
        whole, _ = as_csv([["name", "b"], [text.word(), "1"], [text.word(), "2"]])
        got = list(answers.csv_documents(whole, "a.csv", ["name"], noting(answers)))
        check_unshared(got, *got)

    def test_two_texts_in_turns(self, answers, text):
        one, _ = as_csv([["name", "b"], *([text.word(), "1"] for _ in range(3))])
        other, _ = as_csv([["b", "name"], *([text.word(), "2"] for _ in range(3))])
        alone = self.run(answers, one, ["name"])
        streams = [
            answers.csv_documents(whole, "a.csv", ["name"], noting(answers))
            for whole in (one, other)
        ]
        got = []
        for document, _ in zip(*streams, strict=True):
            got.append(("document", *known_of(document)[:2]))
        problem = "records come from another place than expected"
        self.must(got == alone, problem, alone, got, why="Keep nothing outside of the call.")

    def test_any_records(self, search):
        header = ["name", "about", "line"]

        def promise(answers, records, content, end, quoted):
            self.check(answers, [header, *records], content, end, quoted)

        cell = st.sampled_from(("a", "b", *(one for one in TEXTS if "\r" not in one), "x\ny"))
        whole = st.lists(cell, min_size=3, max_size=3)
        record = st.one_of(whole, whole, whole, st.lists(cell, max_size=4))
        each_cell = tuple([["a", one, "b"], [one, "a", one]] for one in TEXTS)
        search(
            promise,
            *each(records=each_cell, content=["about", "name"], end="\n", quoted=False),
            records=repeated(record, 4),
            content=st.lists(st.sampled_from(header), min_size=1, max_size=3, unique=True),
            end=st.sampled_from(("\n", "\r\n")),
            quoted=st.booleans(),
        )


GOOD_LINES = {
    '{"text": "one"}': ("one", {}),
    '{"text": "two", "year": 2025, "tags": ["a", {"b": null}]}\n': (
        "two",
        {"year": 2025, "tags": ["a", {"b": None}]},
    ),
    '  {"id": 7, "text": " a\\n"}  \r\n': (" a\n", {"id": 7}),
    '{"text": "", "ok": false}': ("", {"ok": False}),
    '{"text": " ", "metadata": {"x": 1}, "page_content": "y"}': (
        " ",
        {"metadata": {"x": 1}, "page_content": "y"},
    ),
    '{"source": "theirs", "text": "three", "line": "theirs"}': ("three", {}),
    '{"text": "None", "n": 1.5, "NaN": "NaN", "e": 1e3}\n': (
        "None",
        {"n": 1.5, "NaN": "NaN", "e": 1000.0},
    ),
    '{"text": "NaN Infinity é \\u00e9 \u2028 👋"}': ("NaN Infinity é é \u2028 👋", {}),
    '{"text": "{}", "": 0}': ("{}", {"": 0}),
}
"""Line -> the text and the rest of the metadata."""

BAD_LINES = {
    "a line that is no JSON ends the run": (
        *("{", "x", "{'text': 'a'}", '{"text": "a"} x', '{"text": "a",}', '{"text": "a"'),
        *(
            '\ufeff{"text": "a"}',
            '{"text": "a\nb"}',
            '{"text": "a"}{"text": "b"}',
            "{}}",
            "[",
            "\\",
        ),
    ),
    "a line that is no object ends the run": (
        *("[]", '["text"]', "1", "null", '"text"', "true", '[{"text": "a"}]', "0", "-1.5"),
        *('[["text", "a"]]', '["text", "a"]'),
    ),
    "a line without the content ends the run": ("{}", '{"Text": "a"}', '{"x": {"text": "a"}}'),
}
NO_STRING = ("1", "null", '["a"]', '{"a": "b"}', "true", "0", "[]", "1.5", "false")
NO_JSON = (
    '{"text": "a", "x": NaN}',
    '{"text": "a", "x": Infinity}',
    '{"x": [1, [-Infinity]], "text": "a"}',
    '{"text": "a", "x": {"y": {"z": NaN}}}',
)
BLANK_LINES = ("", "\n", " ", "\r\n", "\t \n")
EACH_BAD_LINE = (
    *(line for lines in BAD_LINES.values() for line in lines),
    *(f'{{"text": {value}}}' for value in NO_STRING),
    *NO_JSON,
)


def json_pieces(lines, source="b.jsonl"):
    """The documents that have to come, each with the number of lines that it takes."""
    found = []
    for number, line in enumerate(lines, 1):
        if line in GOOD_LINES:
            text, rest = GOOD_LINES[line]
            found.append(((text, {**rest, "source": source, "line": number}, None), number))
    return found


class TestJsonDocuments(Explained):
    """Each line is read for itself, and a broken one does not end the run."""

    WHY: ClassVar = {
        "a line that is no JSON ends the run": "It is a Problem. Tell on_problem, and go on with "
        "the next line.",
        "a line that is no object ends the run": "A list, a number or null is JSON, too. But it "
        "has no text under a name.",
        "a line without the content ends the run": "A record may lack it. That is a Problem of the "
        "record, not of the run.",
        "a line that is nested too deeply ends the run": "json.loads raises RecursionError, which "
        "is no JSONDecodeError and no ValueError. However a line fails: go on.",
        "a broken line becomes a document": "What is no JSON, no object, or has no string under "
        "content is a Problem and nothing else.",
        "what is no string becomes a text": "None, a number or a list is no text: str(None) would "
        "be found by everybody who looks for 'None'.",
        "NaN or Infinity is taken for JSON": "Python reads them, other programs refuse the line. "
        "json.loads tells you of them: parse_constant.",
        "what comes after a broken line is lost": "It is one broken line of many. Report it, and "
        "go on with the next one.",
        "a broken line is not reported": "on_problem has to be told, or it is lost silently.",
        "a problem is reported where there is none": "A blank line is no problem, and a text may "
        "be blank or look like anything.",
        "a line that is fine is reported as a problem": "The reason says what your code could not "
        "do with it. An except Exception hides slips of your own, too.",
        "a problem has the wrong line": "Count each line that was pulled, from 1: blank and broken "
        "ones, too.",
        "a problem is not reported when its line is met": "Tell it at once: before the next line "
        "is pulled.",
        "the line is wrong": "Count each line that was pulled, from 1: blank and broken ones, too.",
        "the text is changed": "page_content is the string under content as it is.",
        "source and line are not in the metadata": 'Both are there, under "source" and "line".',
        "a field of the record has replaced source or line": "They say where the record stands. "
        "Write yours last.",
        "the content is in the metadata, too": "The metadata is the rest of the record.",
        "the rest of the record is not the metadata": "All that is in the object but the content, "
        "as it is.",
        "a line is lost": "Each line that is fine becomes a document: the same one again, too.",
        "an error of on_problem or lines is taken for a problem": "Only what goes wrong with a "
        "line is one. Keep the try around reading the line small.",
    }

    @staticmethod
    def good_ones(lines):
        """The numbers of lines that are fine."""
        return [number for number, line in enumerate(lines, 1) if line in GOOD_LINES]

    def documents(self, answers, lines, content="text", source="b.jsonl", reasons=(1,)):
        """Read lines; those with the numbers `reasons` are fine."""
        on_problem = noting(answers)
        stream = answers.json_documents(lines, source, content, on_problem)
        got = [known_of(one) for one in stream]
        check_reasons(answers, on_problem, source)
        if not got:
            for problem in on_problem.all:
                fine = problem.line not in reasons
                shown = Words("no problem"), Words(f"{problem.reason}")
                self.must(fine, "a line that is fine is reported as a problem", *shown)
        return got, [getattr(problem, "line", None) for problem in on_problem.all]

    def compare(self, got, wanted, name="text"):
        texts, right = [page for page, _, _ in got], [page for page, _, _ in wanted]
        must = self.against(right, texts)
        must(len(texts) >= len(right), "a line is lost")
        must(len(texts) <= len(right), "a broken line becomes a document")
        must(texts == right, "the text is changed")
        for (_, metadata, _), (_, known, _) in zip(got, wanted, strict=True):
            must = self.against(known, metadata)
            must({"source", "line"} <= {*metadata}, "source and line are not in the metadata")
            must(
                metadata["source"] == known["source"] and type(metadata["line"]) is int,
                "a field of the record has replaced source or line",
            )
            must(metadata["line"] == known["line"], "the line is wrong")
            must(name not in metadata, "the content is in the metadata, too")
            must(same_value(metadata, known), "the rest of the record is not the metadata")

    def check(self, answers, lines, ends="a broken line becomes a document", problem=None):
        with self.never((*BROKEN, RecursionError), ends):
            got, told = self.documents(answers, Source(lines), reasons=self.good_ones(lines))
        wanted = [piece for piece, _ in json_pieces(lines)]
        bad = [
            number
            for number, line in enumerate(lines, 1)
            if line not in GOOD_LINES and line.strip()
        ]
        must = self.against(Words(f"problems in lines {bad}"), Words(f"problems in lines {told}"))
        must(problem is None or len(got) <= len(wanted), problem or "a line is lost")
        less = len(got) < len(wanted) and len(told) < len(bad)
        must(not less or not told, "what comes after a broken line is lost")
        must(len(got) <= len(wanted), "a broken line becomes a document")
        must(len(told) >= len(bad), "a broken line is not reported")
        must(len(told) <= len(bad), "a problem is reported where there is none")
        must(told == bad, "a problem has the wrong line")
        self.compare(got, wanted)

    @keeps(1)
    def test_each_line_becomes_a_document(self, answers, text):
        word, name = text.word(), text.word()
        records = [{name: text.sentence(), "id": text.secret()} for _ in range(3)]
        lines = [json.dumps(record) + "\n" for record in records]
        got, told = self.documents(answers, lines, name, word)
        wanted = [
            (one[name], {"id": one["id"], "source": word, "line": n}, None)
            for n, one in enumerate(records, 1)
        ]
        self.compare(got, wanted, name)
        problem = "a problem is reported where there is none"
        self.must(not told, problem, Words("none"), Words(f"lines {told}"))

    @keeps(1, 2)
    def test_each_kind_of_line(self, answers):
        for line in GOOD_LINES:
            self.check(answers, [line, line])
        self.check(answers, [*GOOD_LINES, *reversed(GOOD_LINES)])

    @keeps(2)
    def test_source_and_line_are_yours(self, answers, text):
        line = json.dumps({"line": text.word(), "source": text.word(), "text": text.word()})
        for source in (text.secret(), ""):
            got, _ = self.documents(answers, ["\n", line], "text", source)
            wanted = [(json.loads(line)["text"], {"source": source, "line": 2}, None)]
            self.compare(got, wanted)
        got, _ = self.documents(answers, [line], "source", "s")
        page, metadata, _ = got[0]
        self.equal(page, json.loads(line)["source"], "the text is changed")
        self.equal(
            [metadata.get("source"), metadata.get("line")],
            ["s", 1],
            "source and line are not in the metadata",
        )

    @keeps(3)
    def test_blank_lines_count(self, answers):
        good = [*GOOD_LINES]
        for blank in BLANK_LINES:
            self.check(answers, [blank, good[0], blank, blank, good[1], good[0], blank])
        self.check(answers, [*BLANK_LINES])
        self.check(answers, [])

    @keeps(4)
    def test_a_broken_line(self, answers):
        good = [*GOOD_LINES]
        for ends, lines in BAD_LINES.items():
            for line in lines:
                self.check(answers, [good[0], line, line, "", good[1], line], ends)

    @keeps(4)
    def test_what_is_no_string(self, answers):
        good = [*GOOD_LINES]
        ends = "a line without the content ends the run"
        for value in NO_STRING:
            lines = [good[0], f'{{"text": {value}, "x": 1}}', good[1]]
            self.check(answers, lines, ends, "what is no string becomes a text")

    @keeps(4)
    def test_a_line_that_is_too_deep(self, answers):
        good, deep = [*GOOD_LINES], refused_depth()
        for line in ("[" * deep, '{"text": "a", "x": ' + "[" * deep + "]" * deep + "}"):
            ends = "a line that is nested too deeply ends the run"
            with self.never((RecursionError, ValueError), ends):
                got, told = self.documents(answers, [good[0], line, good[1]])
            must = self.against(Words("a problem in line 2"), Words(f"problems in lines {told}"))
            must(told == [2], "a broken line is not reported")
            self.compare(got, [piece for piece, _ in json_pieces([good[0], "x", good[1]])])

    @keeps(5)
    def test_constants_that_are_no_json(self, answers):
        good = [*GOOD_LINES]
        for line in NO_JSON:
            lines = [good[0], line, good[6], good[7], good[1]]
            self.check(answers, lines, problem="NaN or Infinity is taken for JSON")

    @keeps(6)
    def test_it_pulls_line_by_line(self, answers):
        good = [*GOOD_LINES]
        source = Source([good[0], "x", "", good[1], good[1], "x", good[2], "x"])
        on_problem = noting(answers)
        stream = answers.json_documents(source, "b.jsonl", "text", on_problem)
        check_lazy(source)
        for line, problems in ((1, 0), (4, 1), (5, 1), (7, 2)):
            with self.never(BROKEN, "a line that is no JSON ends the run"):
                next(stream)
            check_not_ahead(source.asked, line)
            told = len(on_problem.all)
            must = self.against(Words(f"{problems} told"), Words(f"{told} told"))
            must(told == problems, "a problem is not reported when its line is met")
        list(stream)

    @keeps(7)
    def test_errors_pass_through(self, answers, text):
        good, bad = next(iter(GOOD_LINES)), "x"
        for kind in (ValueError, KeyError, TypeError, RecursionError, Stranger, Stop):
            error = kind(text.word())
            source, on_problem = Source([good, bad, error]), noting(answers)
            with passes_on(error, "lines"):
                list(answers.json_documents(source, "b.jsonl", "text", on_problem))
            problem = "an error of on_problem or lines is taken for a problem"
            told = [getattr(one, "line", None) for one in on_problem.all]
            self.must(told == [2], problem, Words("one in line 2"), Words(f"lines {told}"))
            check_closed(source, "after an error of the source")

    @keeps(7)
    def test_what_on_problem_raises_passes(self, answers, text):
        good, bad = next(iter(GOOD_LINES)), "x"
        for kind in (ValueError, KeyError, TypeError, Stranger, Stop):
            error = kind(text.word())
            source, on_problem = Source([good, bad, good]), noting(answers, error=error)
            with passes_on(error, "on_problem"):
                list(answers.json_documents(source, "b.jsonl", "text", on_problem))
            told = len(on_problem.all)
            problem = "an error of on_problem or lines is taken for a problem"
            self.must(told == 1, problem, Words("told once"), Words(f"told {told} times"))
            check_closed(source, "after an error of on_problem")

    @keeps(7)
    def test_lines_are_closed(self, answers):
        good = [*GOOD_LINES]
        for count in (1, 2):
            source = Source([*good, "x"])
            stream = answers.json_documents(source, "b.jsonl", "text", noting(answers))
            for _ in range(count):
                next(stream)
            stream.close()
            check_closed(source)
        for lines in (good, [], ["x"]):
            source = Source(lines)
            list(answers.json_documents(source, "b.jsonl", "text", noting(answers)))
            check_closed(source, "at its end")
        for given in (good, tuple(good), iter(good)):
            got, _ = self.documents(answers, given)
            self.compare(got, [piece for piece, _ in json_pieces(good)])

    def test_two_files_in_turns(self, answers):
        good = [*GOOD_LINES]

        def read(source):
            return Read(answers.json_documents(source, "b.jsonl", "text", noting(answers)))

        check_apart(read, good[:4], ["", *good[2:6]])

    def test_any_lines(self, search):
        def promise(answers, lines, ending):
            self.check(answers, lines)

            def read(source):
                return Read(answers.json_documents(source, "b.jsonl", "text", noting(answers)))

            KEEPS.check(read, lines, ending, json_pieces)

        every = (*GOOD_LINES, *BLANK_LINES, *EACH_BAD_LINE)
        good, bad, blank = next(iter(GOOD_LINES)), "x", "\n"
        always = each(lines=[good, good, bad, blank, good], ending=EACH_ENDING)
        more = each(lines=tuple([good, line, line, good] for line in every), ending=EACH_ENDING[0])
        line = st.one_of(st.sampled_from([*GOOD_LINES]), st.sampled_from(every))
        search(promise, *always, *more, lines=repeated(line, 6), ending=any_ending())


PIECES = (
    *(
        ("a", "a"),
        ("b ", "b "),
        (" ", " "),
        ("\n", " "),
        ("3 ", "3 "),
        ("é", "é"),
        ("\u200b", "\u200b"),
    ),
    *(("<p>", "\n"), ("</p>", "\n"), ("<div class='x'>", "\n"), ("</div>", "\n"), ("<br>", "\n")),
    *(("<br/>", "\n"), ("<BR />", "\n"), ("<h1>", "\n"), ("</h1>", "\n"), ("<li>", "\n")),
    *(
        ("<tr>", "\n"),
        ("</tr>", "\n"),
        ("<td>", " "),
        ("</td>", " "),
        ("<TH>", " "),
        ("<hr>", "\n"),
    ),
    *(
        ("<b>", ""),
        ("</b>", ""),
        ("<span>", ""),
        ("</span>", ""),
        ("<a href='x'>", ""),
        ("</a>", ""),
    ),
    *(('<a title="a > b">', ""), ("<img alt='c'>", ""), ("<wbr>", ""), ("<P>", "\n"), ("</B>", "")),
    *(
        ("&amp; ", "& "),
        ("&lt;b&gt;", "<b>"),
        ("&amp;lt;", "&lt;"),
        ("&#233;", "é"),
        ("&nbsp;", " "),
    ),
    *(("&eacute;", "é"), ("&#x1f44b;", "👋"), ("R&D ", "R&D "), ("&quot;", '"'), ("\u00a0", " ")),
    *(("<!-- a <b> -->", ""), ("<!---->", ""), ("<script>if(a<b)x()</script>", "")),
    *(("<STYLE>p > a {}</STYLE>", ""), ("<template><p>x</p>y<br></template>", "")),
    *(
        ("<noscript>x<td>y</noscript>", ""),
        ("</script>", ""),
        ("</template>", ""),
        ("</noscript>", ""),
    ),
    ("<template>x<script>y</script>z<style>q</style>w</template>", ""),
    ("<template><template>x</template>y</template>", ""),
    ("<script>'<p>&amp;'</script>", ""),
)
"""Part of a page -> what it is in the text, before white space is made less."""

PART = dict(PIECES)


def shown_text(parts):
    """The lines that a reader sees of parts of a page."""
    lines = "".join(PART[part] for part in parts).split("\n")
    return "\n".join(found for line in lines if (found := " ".join(line.split())))


LINES = "two lines become one"
BREAK = "a line break in the page begins a new line"


class TestHtmlText(Explained):
    """A page becomes a title and lines of text, as a reader sees them."""

    WHY: ClassVar = {
        "it does not return a title and a text": "Return both, as a tuple: (title, text).",
        "the text is a list of lines": "Join them with line breaks between them.",
        "words are cut at a tag": "Only tags in BLOCKS and CELLS separate. `<b>bo</b>ld` is one "
        "word for a reader.",
        "two lines become one": "Each tag in BLOCKS begins a new line, opening or closing, and so "
        "does <br>. HTMLParser calls handle_starttag and handle_endtag: do you have both, with "
        "just these names?",
        "one line becomes two": "Only tags in BLOCKS begin a line.",
        "two words become one": "Cells of a table, and white space between words, separate them.",
        "a line break in the page begins a new line": "For a browser it is white space, like a "
        "blank.",
        "white space is not made one space": "A run of white space is one space, lines are "
        "stripped, and empty ones left out. U+00A0 is white space, too.",
        "script or style is in the text": "handle_data gets what is in them, too. Remember that "
        "you are inside of one.",
        "what a reader does not see is in the text": "SKIPPED has them: script, style, template "
        "and noscript, with all that is in them.",
        "text after a skipped element is lost": "Elements may stand in each other: count how deep "
        "you are. A closing tag that nobody opened means nothing.",
        "a tag in a skipped element begins a line": "Nothing in there counts, no tag either.",
        "a comment is in the text": "Nobody sees it.",
        "a tag is in the text": "Let HTMLParser find where tags begin and end: there may be a `>` "
        "in an attribute.",
        "an entity is not decoded": "`&amp;` stands for `&`. HTMLParser decodes it, if "
        "convert_charrefs is on, as it is by default.",
        "an entity is decoded before the tags are read": "`&lt;b&gt;` is the text `<b>`, not a "
        "tag: a page about HTML would lose its subject.",
        "an entity is decoded twice": "`&amp;lt;` is how one writes `&lt;`.",
        "the end of the page is lost": "feed keeps what may go on, such as the `&T` of `AT&T`. "
        "Say close() when there is no more.",
        "the title is in the text": "It is returned for itself.",
        "the title is missing": "It is what stands in <title>.",
        "there is a title where there is none": "Without <title>, or if it is blank, it is None.",
        "white space in the title is not made one space": "The title is in one line, and stripped.",
        "the title is wrong": "It is all that stands in <title>, and nothing else.",
        "broken HTML is refused": "Most pages are broken somewhere. What is never closed goes on "
        "to the end.",
        "what is never closed is lost": "It goes on to the end of the page.",
        "the text is not what a reader sees": "Go through the page tag by tag, and write down what "
        "each one adds.",
        "a part of the page is lost": "All text counts that is not skipped.",
    }

    def check(self, answers, html, title, text, problem="the text is not what a reader sees"):
        kinds = BROKEN if problem == "what is never closed is lost" else ()
        with self.never(kinds, "broken HTML is refused", Words(f"{text!r:.60}")):
            got = answers.html_text(html)
        must = self.against((title, text), got)
        must(isinstance(got, tuple) and len(got) == 2, "it does not return a title and a text")
        came, shown = got
        must(not isinstance(shown, list), "the text is a list of lines")
        must(isinstance(shown, str), "it does not return a title and a text")
        must(came is None or isinstance(came, str), "it does not return a title and a text")
        if shown != text and problem in ("the text is not what a reader sees", LINES, BREAK):
            squeezed = re.sub(r"\s", "", shown) == re.sub(r"\s", "", text)
            lines, right = shown.split("\n"), text.split("\n")
            must(not squeezed or len(lines) >= len(right), LINES)
            less = "\n".join(x for line in lines if (x := " ".join(line.split())))
            must(less != text, "white space is not made one space")
            more = BREAK if problem == BREAK else "one line becomes two"
            must(not squeezed or len(lines) <= len(right), more)
            must(squeezed or problem != LINES, "a part of the page is lost")
            must(not squeezed or len(shown.split()) >= len(text.split()), "two words become one")
            must(not squeezed or len(shown.split()) <= len(text.split()), "words are cut at a tag")
        must(shown == text, problem)
        if title is None:
            must(came is None, "there is a title where there is none")
        else:
            must(came is not None, "the title is missing")
            flat = " ".join(came.split())
            must(came == title or flat != title, "white space in the title is not made one space")
            must(came == title, "the title is wrong")

    @keeps(1)
    def test_blocks_begin_a_line(self, answers, text):
        one, two, three = text.word(), text.word(), text.word()
        for tag in sorted(answers.BLOCKS - {"br", "hr"}):
            html = f"{one}<{tag}>{two}</{tag}>{three}"
            self.check(answers, html, None, f"{one}\n{two}\n{three}", LINES)
            html = f"{one}<{tag.upper()} id='x'>{two}"
            self.check(answers, html, None, f"{one}\n{two}", LINES)
        for tag in ("<br>", "<br/>", "<BR />", "<hr>", "<hr class='x'/>", "</p>", "<br><br>"):
            html = f"{one}{tag}{two}"
            self.check(answers, html, None, f"{one}\n{two}", LINES)

    @keeps(4)
    def test_entities(self, answers, text):
        one = text.word()
        for entity, wanted in (
            *(("&amp;", "&"), ("&gt;", ">"), ("&quot;", '"'), ("&euro;", "€")),
            *(("&#8364;", "€"), ("&#x20AC;", "€"), ("&ouml;", "ö"), ("&mdash;", "—")),
        ):
            html = f"<p>{one} {entity} {one}{entity}{one}</p>"
            wanted = f"{one} {wanted} {one}{wanted}{one}"
            self.check(answers, html, None, wanted, "an entity is not decoded")
        for html, wanted in (
            (f"<p>&lt;b&gt; {one}", f"<b> {one}"),
            (f"a &lt;script&gt; {one} &lt;/script&gt; b", f"a <script> {one} </script> b"),
            (f"{one} &lt;br&gt; {one}", f"{one} <br> {one}"),
            (f"{one} &lt;!-- x --&gt;", f"{one} <!-- x -->"),
        ):
            problem = "an entity is decoded before the tags are read"
            self.check(answers, html, None, wanted, problem)
        for html, wanted in (("&amp;lt;", "&lt;"), ("&amp;amp;amp;", "&amp;amp;")):
            self.check(
                answers, f"{one} {html}", None, f"{one} {wanted}", "an entity is decoded twice"
            )
        for html, wanted in (
            (f"R&D {one}", f"R&D {one}"),
            ("a & b", "a & b"),
            ("&zzz; a", "&zzz; a"),
        ):
            self.check(answers, html, None, wanted)

    @keeps(3)
    def test_white_space(self, answers, text):
        one, two = text.word(), text.word()
        problem = BREAK
        for blank in ("\n", "\r\n", "\n\n", " \n ", "\t\n"):
            self.check(answers, f"<p>{one}{blank}{two}</p>", None, f"{one} {two}", problem)
            self.check(answers, f"<b>{one}</b>{blank}<b>{two}</b>", None, f"{one} {two}", problem)
        for blank in (*BLANKS, "&nbsp;", " &nbsp; ", "&#160;", "  ", " <b> </b> "):
            html = f"{blank}<p>{blank}{one}{blank}{two}{blank}</p>{blank}<p>{blank}</p>"
            self.check(answers, html, None, f"{one} {two}")
        self.check(
            answers, f"<p>{one}</p>\n\n<p>\n</p><div><p>{two}</p></div>", None, f"{one}\n{two}"
        )
        for empty in ("", " \n", "<p></p>", "<br><br>"):
            self.check(answers, empty, None, "")
        for kept in ("\u200b", "0", "\u200b a"):
            self.check(answers, f"<p>{kept}</p>", None, kept)

    @keeps(2)
    def test_other_tags_add_nothing(self, answers, text):
        one, two = text.word(), text.word()
        for tag in ("b", "i", "em", "a", "span", "strong", "code", "sup", "u", "font", "x-y", "q"):
            html = f"<p>{one}<{tag}>{two}</{tag}>ed</p>"
            self.check(answers, html, None, f"{one}{two}ed", "words are cut at a tag")
            html = f"<p>{one} <{tag}>{two}</{tag}> ed</p>"
            self.check(answers, html, None, f"{one} {two} ed", "two words become one")
        for tag in ("<img src='x'>", "<wbr>", "<input/>", "</b>"):
            html = f"{one}{tag}{two}"
            self.check(answers, html, None, f"{one}{two}", "words are cut at a tag")

    @keeps(2)
    def test_cells_separate_words(self, answers, text):
        one, two = text.word(), text.word()
        html = f"<table><tr><th>{one}</th><th>{two}</th></tr><tr><td>1</td><td>2</td></tr></table>"
        self.check(answers, html, None, f"{one} {two}\n1 2")
        html = f"<table><tr><th>{one}<th>{two}<tr><TD>1<td>2</table>"
        self.check(answers, html, None, f"{one} {two}\n1 2")
        self.check(
            answers, f"<tr><td>\n {one}\n</td>\n<td> {two} </td>\n</tr>", None, f"{one} {two}"
        )
        self.check(answers, f"<td></td><td>{one}</td><td></td>", None, one)

    @keeps(5)
    def test_what_is_skipped(self, answers, text):
        one, two, out = text.word(), text.word(), text.word()
        problem = "script or style is in the text"
        for tag in ("script", "style", "SCRIPT", "Style"):
            html = f"<p>{one}</p><{tag} type='x'>{out} a > b</{tag}><p>{two}</p>"
            self.check(answers, html, None, f"{one}\n{two}", problem)
        html = f"<script>if (a<b && c>d) {{ '<p>{out}</p>' }}</script>{one}"
        self.check(answers, html, None, one, problem)
        problem = "what a reader does not see is in the text"
        for tag in ("template", "noscript", "TEMPLATE"):
            html = f"{one} <{tag}>{out}<b>{out}</b></{tag}>{two}"
            self.check(answers, html, None, f"{one} {two}", problem)
        html = f"{one} <!-- {out} <p> --><!--{out}-->{two}"
        self.check(answers, html, None, f"{one} {two}", "a comment is in the text")
        html = f"<!DOCTYPE html><html lang='en'><a title='a > {out}' href=x>{one}</a>"
        self.check(answers, html, None, one, "a tag is in the text")

    @keeps(5)
    def test_skipped_in_skipped(self, answers, text):
        one, two, out = text.word(), text.word(), text.word()
        seen, after = (
            "what a reader does not see is in the text",
            "text after a skipped element is lost",
        )
        for inner in ("style", "script", "template", "noscript"):
            html = f"{one} <template>{out}<{inner}>{out}</{inner}>{out}</template>"
            self.check(answers, html, None, one, seen)
            self.check(answers, f"{html}{two}", None, f"{one} {two}", after)
        for closing in ("</script>", "</template>", "</style></noscript>"):
            html = f"{one}{closing} <template>{out}</template>{two}"
            self.check(answers, html, None, f"{one} {two}", seen)
            html = f"{closing}{closing}{one} <noscript>{out}</noscript>{two}"
            self.check(answers, html, None, f"{one} {two}", seen)

    def test_tags_in_skipped_elements(self, answers, text):
        one, two, out = text.word(), text.word(), text.word()
        for tag in ("template", "noscript"):
            for inner in ("<p>", "<br>", "<td>", "<p></p>", f"<div>{out}</div>", "<li>"):
                html = f"{one}<{tag}>{inner}</{tag}>{two}"
                problem = "a tag in a skipped element begins a line"
                self.check(answers, html, None, one + two, problem)

    @keeps(6)
    def test_the_title(self, answers, text):
        title, word = text.sentence(), text.word()
        problem = "the title is in the text"
        body = f"<body><p>{word}</p></body></html>"
        for html in (
            f"<html><head><title>{title}</title></head>{body}",
            f"<TITLE lang='en'>{title}</TITLE>{body}",
            f"<meta charset='utf-8'><title>{title}</title><style>x</style>{body}",
            f"{body}<title>{title}</title>",
        ):
            self.check(answers, html, title, word, problem)
        for blank in ("\n  ", " ", "\t\n", "&nbsp; "):
            html = f"<title>{blank}{title.replace(' ', blank)}{blank}</title>{body}"
            self.check(answers, html, title, word, problem)
        html = f"<title>Tom &amp; {title} &lt;b&gt;</title>{body}"
        self.check(answers, html, f"Tom & {title} <b>", word, problem)
        self.check(answers, f"<title>{title}</title>", title, "", problem)
        for html in (
            body,
            f"<title></title>{body}",
            f"<title> \n&nbsp;</title>{body}",
            f"<h1>{word}</h1>",
        ):
            self.check(answers, html, None, word)
        self.check(answers, "", None, "")

    @keeps(6)
    def test_text_around_the_title(self, answers, text):
        title, one, two = text.word(), text.word(), text.word()
        html = f"<title>{title}</title>{one}<p>{two}</p>{title}"
        self.check(answers, html, title, f"{one}\n{two}\n{title}", "a part of the page is lost")
        html = f"<p>{one}</p><script>x</script><title>{title}</title><p>{two}</p>"
        self.check(answers, html, title, f"{one}\n{two}", "a part of the page is lost")

    def test_the_end_of_the_page(self, answers, text):
        word = text.word()
        problem = "the end of the page is lost"
        for end, wanted in (
            *((f"{word} AT&T", f"{word} AT&T"), (f"{word} & co", f"{word} & co")),
            *((f"{word} &amp", f"{word} &"), (f"<p>{word}&lt", f"{word}<"), ("R&D", "R&D")),
            *((f"{word}&", f"{word}&"), (f"</html>{word}", word), (word, word)),
        ):
            self.check(answers, end, None, wanted, problem)

    def test_broken_pages(self, answers, text):
        one, two = text.word(), text.word()
        problem = "what is never closed is lost"
        for html, wanted in (
            (f"<p>{one}<p>{two}", f"{one}\n{two}"),
            (f"<ul><li>{one}<li><b>{two}", f"{one}\n{two}"),
            (f"<b>{one}<i>{two}</b></i>", one + two),
            (f"{one}</p></div></b>{two}", f"{one}\n{two}"),
            (f"<p>{one}</body></html>\n{two}", f"{one}\n{two}"),
            (f"</title>{one}", one),
            (f"{one} < {two}", f"{one} < {two}"),
        ):
            self.check(answers, html, None, wanted, problem)
        for html in (f"{one}<script>{two}", f"{one}<template>{two}<p>{two}</b>"):
            self.check(answers, html, None, one, "what a reader does not see is in the text")

    def test_nothing_is_kept_between_calls(self, answers, text):
        one = f"<title>{text.word()}</title><p>{text.word()}</p><template>"
        other = f"<template><title>x</title>{text.word()}"
        check_repeats(answers.html_text, f"<p>{text.word()} AT&T", one)
        check_repeats(answers.html_text, one, other)

    def test_any_page(self, search):
        def promise(answers, parts):
            self.check(answers, "".join(parts), None, shown_text(parts))

        always = each(parts=tuple(["a", part, "a", part, part, "b "] for part in PART))
        search(promise, *always, parts=st.lists(st.sampled_from([*PART]), max_size=10))


def in_one_form(text):
    """The form of a text that is the same for all that are the same."""
    return " ".join(normalize("NFC", text).split())


def hashed(text):
    return hashlib.sha256(in_one_form(text).encode()).hexdigest()


def first_ones(documents, seen=()):
    """The documents that have to come, each with the number of documents that it takes."""
    known, found = {*seen}, []
    for number, document in enumerate(documents, 1):
        key = hashed(document.page_content)
        if document.page_content.strip() and key not in known:
            known.add(key)
            found.append((known_of(document), number))
    return found


class TestDeduplicate(Explained):
    """Each text comes once, today and in later runs."""

    WHY: ClassVar = {
        "the same text comes twice": "Compare texts, not documents: source, id and metadata of "
        "the same text differ.",
        "white space makes another text of it": "A run of white space is one space, and there is "
        "none at the ends.",
        "another form of é makes another text of it": "Normalize to NFC, and only then compare.",
        "different texts are taken for the same": "Only what the docstring names makes no "
        "difference. Case, punctuation and order do.",
        "a blank text is passed on": "Nobody looks for it. Leave it out.",
        "a document is changed": "Pass on the document that came, with its own text, metadata and "
        "id.",
        "a document is lost, or comes in another order": "The first of the same texts is passed "
        "on, in the order in which they came.",
        "another document than the first is passed on": "Of the same texts, the first one counts.",
        "seen does not have what is handed out": "Write it into seen before the yield: a caller "
        "who stops there has got the document.",
        "seen has what did not come": "Only the text of a document that was handed out is seen.",
        "the keys of seen are not the SHA-256 of the texts": "hexdigest of the UTF-8 of the text, "
        "in NFC and with its white space made less. hash gives other numbers in each process.",
        "a key of seen is no text": "hexdigest is a method, which has to be called.",
        "seen has the wrong source": 'It is metadata["source"] of the document that came first, or '
        "None.",
        "what is seen already comes again": "seen may have entries of yesterday's run.",
        "what was in seen is lost or changed": "You add to it, and take nothing away.",
        "a document without a source is refused": "Not every document has one: metadata.get says "
        "None then.",
        "without entries, another dict is used": "An empty dict is false, but it is the caller's: "
        "`seen or {}` makes another one.",
    }

    def document(self, content, source="a", **more):
        return Document(content, metadata={"source": source, **more})

    def run(self, answers, documents, seen=None, keys=True):
        seen = {} if seen is None else seen
        before = dict(seen)
        given = [known_of(one) for one in documents]
        stream = answers.deduplicate(documents, seen)
        got = [known_of(one) for one in stream]
        wanted = [piece for piece, _ in first_ones(documents, before)]
        keys_are_texts = all(isinstance(key, str) for key in seen)
        self.must(
            keys_are_texts, "a key of seen is no text", Words("texts"), Words(f"{[*seen]!r:.60}")
        )
        self.compare(got, wanted, given)
        if not keys:
            return seen
        must = self.against(before, seen)
        must(before.items() <= seen.items(), "what was in seen is lost or changed")
        added = {hashed(text): known.get("source") for text, known, _ in wanted}
        must = self.against({**before, **added}, seen)
        must(seen or not added, "without entries, another dict is used")
        must(len(seen) <= len(before) + len(added), "seen has what did not come")
        must(len(seen) >= len(before) + len(added), "seen does not have what is handed out")
        same_keys = {*seen} == {*before, *added}
        must(same_keys, "the keys of seen are not the SHA-256 of the texts")
        must(seen == {**before, **added}, "seen has the wrong source")
        return seen

    def compare(self, got, wanted, given):
        texts, right = [text for text, _, _ in got], [text for text, _, _ in wanted]
        must = self.against(right, texts)
        must(all(text.strip() for text in texts), "a blank text is passed on")
        unknown = [one for one in got if not any(same_value(one, other) for other in given)]
        self.must(not unknown, "a document is changed", given, got)
        if len(texts) > len(right):
            must(len({*texts}) == len(texts), "the same text comes twice")
            spaced = {" ".join(text.split()) for text in texts}
            must(len(spaced) == len(texts), "white space makes another text of it")
            forms = {in_one_form(text) for text in texts}
            must(len(forms) == len(texts), "another form of é makes another text of it")
            must(False, "what is seen already comes again")
        must(len(texts) == len(right), "different texts are taken for the same")
        forms = [in_one_form(text) for text in texts]
        must(
            sorted(forms) != sorted(map(in_one_form, right)) or forms == [*map(in_one_form, right)],
            "a document is lost, or comes in another order",
        )
        same_form = forms == [*map(in_one_form, right)]
        must(texts == right or not same_form, "another document than the first is passed on")
        must(texts == right, "a document is lost, or comes in another order")
        must = self.against(wanted, got)
        must(same_value(got, wanted), "another document than the first is passed on")

    @keeps(1)
    def test_different_texts(self, answers, text):
        word = text.word()
        forms = (
            *(word, word.upper(), word.title(), f"{word}.", f"{word}!", f"{word}s", f"({word})"),
            *(f"{word} {word}", f"{word} a b", f"{word} b a", f"{word}\u200b", f"\ufeff{word}"),
            *("ﬁn", "fin", "²", "2", "ß", "ss", "é", "e", "None", "0", "a b", "ab", "x\x00"),
            *(f"Until 2023: {word}", f"Until 2025: {word}"),
        )
        self.run(answers, [self.document(form) for form in forms], keys=False)
        long = f"{word} " * 3_000
        self.run(answers, [self.document(f"{long}{end}") for end in ("a", "b", "a")], keys=False)

    @keeps(1, 3)
    def test_the_same_text_comes_once(self, answers, text):
        one, other = f"{text.word()} {text.word()}.", text.word()
        self.run(
            answers,
            [
                self.document(one, "a", year=1),
                self.document(other, "b"),
                self.document(one, "c", year=2),
                Document(one, id="x", metadata={"source": "d"}),
                self.document(other, "b"),
                self.document(one, "a", year=1),
            ],
        )

    @keeps(1)
    def test_white_space_makes_no_difference(self, answers, text):
        one, other = text.word(), text.word()
        for blank in BLANKS:
            for form in (
                f"{one}{blank}{other}",
                f"{blank}{one} {other}",
                f"{one} {other}{blank}",
                f"{one}{blank} {blank}{other}",
            ):
                documents = [self.document(f"{one} {other}", "a"), self.document(form, "b")]
                self.run(answers, documents)
                self.run(answers, documents[::-1])
        self.run(answers, [self.document(one + other), self.document(f"{one} {other}")])

    @keeps(1)
    def test_forms_of_characters(self, answers, text):
        word = text.word()
        for one, other in (
            ("é", "e\u0301"),
            ("Å", "\u212b"),
            ("ü", "u\u0308"),
            ("가", "\u1100\u1161"),
        ):
            documents = [self.document(f"{word}{form}") for form in (one, other)]
            self.run(answers, documents)
            self.run(answers, documents[::-1])

    @keeps(2)
    def test_blank_texts(self, answers, text):
        blank = [self.document(one) for one in (*BLANKS, "", " \n\t ")]
        one, other = self.document(text.word()), self.document("\u200b")
        self.run(answers, [*blank, one, *blank, other, *blank])
        self.run(answers, blank)
        self.run(answers, [])

    @keeps(3)
    def test_documents_as_they_came(self, answers, text):
        documents = [
            Document(
                f" {text.word()}\n e\u0301 ", id=text.secret(), metadata={"source": "a", "n": [n]}
            )
            for n in range(3)
        ]
        with unchanged(documents=documents):
            self.run(answers, documents)

    @keeps(4)
    def test_seen_is_written_first(self, answers, text):
        documents = [self.document(text.word(), text.secret()) for _ in range(3)]
        seen = {}
        stream = answers.deduplicate(Source(documents), seen)
        for document in documents:
            next(stream)
            has = seen.get(hashed(document.page_content), "nothing")
            keys = [key for key in seen if not re.fullmatch(r"[0-9a-f]{64}", str(key))]
            must = self.against({hashed(document.page_content): document.metadata["source"]}, seen)
            must(not keys, "the keys of seen are not the SHA-256 of the texts")
            must(has != "nothing", "seen does not have what is handed out")
            must(has == document.metadata["source"], "seen has the wrong source")
        stream.close()
        more = Words(f"{len(seen)} entries")
        self.must(len(seen) == 3, "what was in seen is lost or changed", Words("3 entries"), more)

    @keeps(4)
    def test_the_source_of_the_first(self, answers, text):
        word = text.word()
        documents = [self.document(f" {word}", "first"), self.document(word, "second")]
        self.run(answers, documents)

    def test_a_document_without_a_source(self, answers, text):
        word = text.word()
        documents = [Document(f"{word} {known}", metadata=known) for known in ({}, {"title": "a"})]
        documents.append(self.document(f" {word} {{}}", "late"))
        with self.never(KeyError, "a document without a source is refused"):
            self.run(answers, documents)

    @keeps(5)
    def test_a_second_run_goes_on(self, answers, text):
        old = [self.document(text.word(), "old") for _ in range(3)]
        new = [self.document(text.word(), "new") for _ in range(2)]
        seen = self.run(answers, old)
        seen = self.run(answers, [old[1], new[0], old[0], new[1], new[0]], seen)
        self.run(answers, [*new, *old], seen)
        foreign = {"not a hash": "x", hashed(new[0].page_content): "long ago"}
        self.run(answers, [*old, *new], foreign)
        self.run(answers, [*old, *new], {hashed(old[2].page_content): None})

    @keeps(5)
    def test_two_runs_know_nothing_of_each_other(self, answers, text):
        documents = [self.document(text.word()) for _ in range(3)]
        self.run(answers, documents)
        self.run(answers, documents)

        def read(source):
            return Read(answers.deduplicate(source, {}))

        check_apart(read, documents, documents[::-1])

    @keeps(6)
    def test_it_is_lazy(self, answers, text):
        one, two = (self.document(text.word()) for _ in range(2))
        source = Source([one, one, self.document(" "), two, one])
        stream = answers.deduplicate(source, {})
        check_lazy(source)
        for asked in (1, 4):
            next(stream)
            check_not_ahead(source.asked, asked)
        stream.close()
        check_closed(source)

    def test_any_documents(self, search):
        def promise(answers, contents, ending):
            documents = [
                Document(content, metadata={"source": f"{n}", "tags": [n]})
                for n, content in enumerate(contents)
            ]
            self.run(answers, documents)
            KEEPS.check(
                lambda source: Read(answers.deduplicate(source, {})), documents, ending, first_ones
            )

        word = st.sampled_from(("a", "b", " ", *FEW_TEXTS, "é", *BLANKS))
        content = st.lists(word, min_size=1, max_size=3).map("".join)
        always = each(contents=["a", "b", " a", "", "A", "a"], ending=EACH_ENDING)
        more = each(
            contents=tuple(["a", one, f"a{one}b", one, "b"] for one in TEXTS), ending=EACH_ENDING[0]
        )
        search(promise, *always, *more, contents=repeated(content, 6), ending=any_ending())


class Files:
    """Files by their names, and what was done with them.

    Attributes:
        read_names: which files were read, in order.
        listed: how often the names were asked for.
        sources: the parsers' streams, by the names of their files.
    """

    def __init__(self, contents):
        self.contents = dict(contents)
        self.read_names, self.listed, self.sources, self.parsed = [], 0, {}, []

    def names(self):
        self.listed += 1
        return [*self.contents] if len(self.contents) % 2 else iter([*self.contents])

    def read(self, name):
        self.read_names.append(name)
        content = self.contents[name]
        if isinstance(content, BaseException):
            raise content
        return f"{name}: data".encode()

    def parse(self, data, name):
        """The content of a file is a list of documents and errors."""
        self.parsed.append((data, name))
        content = self.contents[name]
        if isinstance(content, tuple):
            raise content[0]
        self.sources[name] = Source(content)
        return self.sources[name]

    def loader(self, answers, on_problem, suffixes=(".md", ".txt")):
        def names():
            return self.names()

        def read(name):
            return self.read(name)

        def parse(data, name):
            return self.parse(data, name)

        return answers.FolderLoader(names, read, dict.fromkeys(suffixes, parse), on_problem)


def is_wanted(name, suffixes=(".md", ".txt")):
    *folders, file = name.split("/")
    hidden = any(part.startswith(".") for part in (*folders, file))
    return not hidden and "." in file and "." + file.split(".")[-1].lower() in suffixes


def folder_events(contents):
    """What has to happen with files: documents and problems, in order."""
    found = []
    for name in sorted(filter(is_wanted, contents)):
        content = contents[name]
        for one in content if isinstance(content, list | tuple) else [content]:
            if isinstance(one, Exception):
                found.append(("problem", name, type(one).__name__))
                break
            if isinstance(one, BaseException):
                return [*found, ("raises", type(one).__name__)]
            metadata = {**one.metadata, "source": name}
            found.append(("document", name, one.page_content, metadata, one.id))
    return found


class TestFolderLoader(Explained):
    """Many files are loaded one after the other, and a broken one does not end it."""

    WHY: ClassVar = {
        "a file is not loaded": "Each file counts whose suffix is in parsers, whatever its case. "
        "The suffix begins at the last period of the name.",
        "a file is loaded that has no parser": "Only suffixes in parsers count, and the suffix is "
        "what the name ends with, from its last period on.",
        "a hidden file is loaded": "A name that begins with a period is left out, and so is all "
        "that is in a folder with such a name.",
        "a file is taken for hidden": "Only a period at the beginning of a part of the name hides "
        "it.",
        "files do not come in the order of their names": "Sort the names, as they are given.",
        "names are sorted as paths": "As a path, a/b.md comes before a.md; as a string, after it. "
        "The order is that of the strings.",
        "names are sorted without their case": 'For strings, "B" comes before "a".',
        "it reads before anybody asks for a document": "Nothing is asked before the first document "
        "is wanted, not even for the names.",
        "a file is read before its first document is wanted": "Read one file, hand out its "
        "documents, and only then read the next one.",
        "documents are pulled ahead": "A parser may be a generator of a file of gigabytes. Take "
        "one document after the other.",
        "a file is read more than once": "Once for each loading.",
        "a parser does not get the bytes and the name": "It is called with what read has given, "
        "and with the name.",
        "the source is not the name": 'metadata["source"] is the name of the file, whatever the '
        "parser has put there.",
        "a document of a parser is changed": "It is not yours: the parser may keep it. Set the "
        "source in a copy.",
        "a document loses what it had": "Text, id and other metadata stay as the parser gave them.",
        "a document is lost, or comes twice": "Hand out each document of each file, in the order "
        "of the parser.",
        "one broken file ends the run": "It is a Problem. Report it, and go on with the next file.",
        "a broken file is not reported": "on_problem has to be told, or the file is lost silently.",
        "a problem is reported where there is none": "Only an Exception of reading or parsing is "
        "one.",
        "documents before an error are lost": "What came before the error was fine, and it stays.",
        "a file goes on after its error": "What comes out of a parser after an error is worth "
        "nothing. Go on with the next file.",
        "a problem has a line": "Nobody knows the line here: it is None.",
        "the reason is not the name of the error's class": "type(error).__name__ says it.",
        "it swallows what is no Exception": "KeyboardInterrupt and the like are no problem of a "
        "file: somebody wants to stop.",
        "an error of names is taken for a problem": "Without the names there is nothing to load. "
        "It passes through.",
        "the names are not asked for again": "Each loading is a new one: there may be new files.",
        "the files of the first loading are used again": "Each loading is a new one: read again.",
        "the order of documents and problems is wrong": "A problem is told when it happens.",
        "two loadings disturb each other": "Keep nothing about a loading in the loader.",
        "load does not do the same": "It comes from BaseLoader, which asks lazy_load.",
    }

    def document(self, text, **metadata):
        return Document(text.sentence(), id=text.secret(), metadata=metadata)

    def run(self, answers, contents, stop=None):
        """Load files, and return what has happened."""
        events, files = [], Files(contents)

        def on_problem(problem):
            is_problem = isinstance(problem, answers.Problem)
            self.must(
                is_problem, "the order of documents and problems is wrong", why="Make a Problem."
            )
            events.append(("problem", problem.source, problem.reason, problem.line))

        loader = files.loader(answers, on_problem)
        try:
            for document in loader.lazy_load():
                page, metadata, own = known_of(document)
                events.append(("document", metadata.get("source"), page, metadata, own))
        except (Stop, KeyboardInterrupt, SystemExit) as error:
            events.append(("raises", type(error).__name__))
        return events, files

    def check(self, answers, contents):
        before = deepcopy({name: one for name, one in contents.items() if isinstance(one, list)})
        wanted = folder_events(contents)
        broken = any(kind == "problem" for kind, *_ in wanted)
        if broken:
            kinds = (Exception,)
            with self.never(kinds, "one broken file ends the run"):
                got, files = self.run(answers, contents)
        else:
            got, files = self.run(answers, contents)
        self.compare(got, wanted, contents, files)
        for source in files.sources.values():
            error = any(isinstance(one, BaseException) for one in source.items)
            check_closed(source, "after an error of a parser" if error else "at its end")
        for name, content in before.items():
            for document, old in zip(contents[name], content, strict=True):
                if isinstance(document, Document):
                    same = same_value(known_of(document), known_of(old))
                    problem = "a document of a parser is changed"
                    self.must(same, problem, known_of(old), known_of(document))

    def compare(self, got, wanted, contents, files):
        read = files.read_names
        right = sorted(filter(is_wanted, contents))
        raised = any(kind == "raises" for kind, *_ in wanted)
        must = self.against(right, read)
        hidden = [name for name in read if any(x.startswith(".") for x in name.split("/"))]
        must(not hidden, "a hidden file is loaded")
        must(all(is_wanted(name) for name in read), "a file is loaded that has no parser")
        must(len({*read}) == len(read), "a file is read more than once")
        if not raised:
            missing = {*right} - {*read}
            broken = [name for kind, name, *_ in wanted if kind == "problem"]
            ended = missing and broken and min(missing) > min(broken)
            must(not ended, "one broken file ends the run")
            must(
                not any("." in name.rpartition("/")[0] for name in missing),
                "a file is taken for hidden",
            )
            must(not missing, "a file is not loaded")
        stopped = right[: len(read)]
        parts = sorted(right, key=lambda name: name.split("/"))[: len(read)]
        lower = sorted(right, key=str.lower)[: len(read)]
        must(read == stopped or read != parts, "names are sorted as paths")
        must(read == stopped or read != lower, "names are sorted without their case")
        must(read == stopped, "files do not come in the order of their names")
        given = [(f"{name}: data".encode(), name) for _, name in files.parsed]
        must = self.against(given, files.parsed)
        must(given == files.parsed, "a parser does not get the bytes and the name")
        must = self.against(Words("the interrupt"), Words("no interrupt"))
        must(not raised or got[-1:] == wanted[-1:], "it swallows what is no Exception")
        told = [one for one in got if one[0] == "problem"]
        problems = [one for one in wanted if one[0] == "problem"]
        must = self.against([one[1:] for one in problems], [one[1:3] for one in told])
        must(len(told) >= len(problems), "a broken file is not reported")
        must(len(told) <= len(problems), "a problem is reported where there is none")
        must(all(one[3] is None for one in told), "a problem has a line")
        names = [one[1] for one in told] == [one[1] for one in problems]
        must(names, "the source is not the name")
        reasons = [one[2] for one in told] == [one[2] for one in problems]
        must(reasons, "the reason is not the name of the error's class")
        pages = [one[1:] for one in got if one[0] == "document"]
        right = [one[1:] for one in wanted if one[0] == "document"]
        texts, known = [one[1] for one in pages], [one[1] for one in right]
        must = self.against(known, texts)
        after = "a file goes on after its error"
        before = "documents before an error are lost"
        must(not problems or len(texts) <= len(known), after)
        must(not problems or len(texts) >= len(known), before)
        must(texts == known, "a document is lost, or comes twice")
        must = self.against([one[0] for one in right], [one[0] for one in pages])
        must([one[0] for one in pages] == [one[0] for one in right], "the source is not the name")
        must = self.against(right, pages)
        must(same_value(pages, right), "a document loses what it had")
        happened = [one[:3] for one in got]
        must = self.against(wanted, got)
        must(
            happened == [one[:3] for one in wanted], "the order of documents and problems is wrong"
        )

    @keeps(1)
    def test_which_files(self, answers, text):
        names = (
            *(
                "a.md",
                "b.txt",
                "C.MD",
                "d.Txt",
                "e.png",
                "f",
                "g.md.bak",
                "h.tar.md",
                "md",
                "i.mdx",
            ),
            *("folder/j.md", "folder.md/k", "folder.v2/l.txt", "deep/er/m.TXT", "n.txt/o.png"),
            *("p.q.r.md", "folder.md/s.md", "t-.md", "a b.md", "ü.md"),
        )
        self.check(answers, {name: [self.document(text)] for name in names})

    @keeps(1)
    def test_hidden_names(self, answers, text):
        names = (
            *(".hidden.md", ".git/a.md", "a/.b/c.md", "a/.d.md", ".e/.f.txt", ".md", "a/.txt"),
            *("g.md", "a/h.md", "a.b/c.d.md", "x/y.z/w.txt", "k..md"),
        )
        self.check(answers, {name: [self.document(text)] for name in names})

    @keeps(2)
    def test_the_order(self, answers, text):
        for names in (
            ("b.md", "a.txt", "c.md", "aa.md", "a.md"),
            ("a/b.md", "a.md", "a-b.md", "a/c/d.md", "a0.md"),
            ("b.md", "A.md", "a.md", "B.md", "Z/a.md", "é.md"),
            ("9.md", "10.md", "1/2.md", "1.md", "2.txt"),
        ):
            shuffled = [*names]
            text.random.shuffle(shuffled)
            for some in (names, names[::-1], shuffled):
                self.check(answers, {name: [self.document(text)] for name in some})

    @keeps(3)
    def test_one_file_after_the_other(self, answers, text):
        contents = {
            name: [self.document(text) for _ in range(2)] for name in ("b.md", "a.md", "c.txt")
        }
        files = Files(contents)
        loader = files.loader(answers, noting(answers))
        early = "it reads before anybody asks for a document"
        asked = Words("the names asked for, or a file read")
        self.must(not files.listed and not files.read_names, early, Words("nothing asked"), asked)
        stream = loader.lazy_load()
        self.must(not files.listed and not files.read_names, early, Words("nothing asked"), asked)
        for n, read in enumerate((["a.md"], ["a.md"], ["a.md", "b.md"], ["a.md", "b.md"])):
            next(stream)
            problem = "a file is read before its first document is wanted"
            self.must(files.read_names == read, problem, read, [*files.read_names])
            source = files.sources[read[-1]]
            ahead = Words(f"{source.asked} asked for")
            right = Words(f"{n % 2 + 1} asked for")
            self.must(source.asked <= n % 2 + 1, "documents are pulled ahead", right, ahead)
        stream.close()
        check_closed(files.sources["b.md"])
        check_closed(files.sources["a.md"], "at its end")

    @keeps(3)
    def test_load_comes_from_the_base(self, answers, text):
        contents = {name: [self.document(text)] for name in ("b.md", "a.md", ".c.md")}
        files = Files(contents)
        got = [known_of(one)[0] for one in files.loader(answers, noting(answers)).load()]
        wanted = [contents[name][0].page_content for name in ("a.md", "b.md")]
        self.equal(got, wanted, "load does not do the same")

    @keeps(4)
    def test_the_source_is_the_name(self, answers, text):
        shared = self.document(text, source="theirs", tags=["a"])
        contents = {
            "a.md": [self.document(text), self.document(text, source="a", year=2025)],
            "b/c.md": [shared, shared],
            "d.txt": [Document(text.word(), metadata={"source": "d.txt", "n": [1]})],
            "e.txt": [self.document(text, source=None), shared],
        }
        self.check(answers, contents)

    @keeps(5)
    def test_a_file_that_cannot_be_read(self, answers, text):
        for error in (
            OSError("no"),
            PermissionError("no"),
            answers.UnreadableFile("no"),
            KeyError("x"),
            TimeoutError(),
            RecursionError("x"),
        ):
            good = self.document(text)
            self.check(answers, {"a.md": [good], "b.md": error, "c.md": [good]})
            self.check(answers, {"a.md": error, "b.md": error})

    @keeps(5)
    def test_a_file_that_cannot_be_parsed(self, answers, text):
        for kind in (
            ValueError,
            UnicodeError,
            TypeError,
            answers.UnreadableFile,
            StopAsyncIteration,
        ):
            good, error = self.document(text), kind(text.word())
            contents = {"a.md": [good], "b.md": (error,), "c.md": [good, good]}
            self.check(answers, contents)
            for before in ([], [good], [good, self.document(text)]):
                contents = {"a.md": [good], "b.md": [*before, error], "c.md": [good]}
                self.check(answers, contents)
                self.check(answers, {"b.md": [*before, error]})

    @keeps(5)
    def test_what_is_no_exception(self, answers, text):
        for kind in (Stop, KeyboardInterrupt, SystemExit):
            good, error = self.document(text), kind(text.word())
            for broken in (error, (error,), [good, error]):
                contents = {"a.md": [good], "b.md": broken, "c.md": [good]}
                self.check(answers, contents)

    @keeps(6)
    def test_parsers_are_closed(self, answers, text):
        documents = [self.document(text) for _ in range(3)]
        for count in (1, 2, 3):
            files = Files({"a.md": documents[:2], "b.md": documents})
            stream = files.loader(answers, noting(answers)).lazy_load()
            for _ in range(count):
                next(stream)
            stream.close()
            for source in files.sources.values():
                check_closed(source)
        files = Files({"a.md": documents})
        on_problem = noting(answers)
        parse = {".md": lambda data, name: files.contents[name]}
        loader = answers.FolderLoader(lambda: ["a.md"], lambda name: b"", parse, on_problem)
        got = [known_of(one)[0] for one in loader.lazy_load()]
        wanted = [one.page_content for one in documents]
        self.equal(got, wanted, "a document is lost, or comes twice")

    def test_what_names_raises_passes(self, answers, text):
        for kind in (OSError, ValueError, Stop):
            error, on_problem = kind(text.word()), noting(answers)

            def names(error=error):
                raise error

            loader = answers.FolderLoader(names, lambda name: b"", {}, on_problem)
            with passes_on(error, "names"):
                list(loader.lazy_load())
            problem = "an error of names is taken for a problem"
            told = Words(f"{len(on_problem.all)} told")
            self.must(not on_problem.all, problem, Words("the error itself"), told)

    def test_what_on_problem_raises_passes(self, answers, text):
        good = self.document(text)
        for kind in (ValueError, OSError, Stop):
            error = kind(text.word())
            on_problem = noting(answers, error=error)
            files = Files({"a.md": [good, OSError("x")], "b.md": [good]})
            with passes_on(error, "on_problem"):
                list(files.loader(answers, on_problem).lazy_load())
            told = Words(f"told {len(on_problem.all)} times")
            problem = "a problem is reported where there is none"
            self.must(len(on_problem.all) == 1, problem, Words("told once"), told)
            check_closed(files.sources["a.md"], "after an error of on_problem")

    def test_each_loading_is_a_new_one(self, answers, text):
        files = Files({"b.md": [self.document(text)]})
        loader = files.loader(answers, noting(answers))
        first = [known_of(one)[0] for one in loader.lazy_load()]
        files.contents["a.md"] = [self.document(text)]
        files.contents["b.md"] = [self.document(text)]
        got = [known_of(one)[0] for one in loader.lazy_load()]
        wanted = [files.contents[name][0].page_content for name in ("a.md", "b.md")]
        self.must(len(got) == 2 and first, "the names are not asked for again", wanted, got)
        self.must(got == wanted, "the files of the first loading are used again", wanted, got)
        one, other = loader.lazy_load(), loader.lazy_load()
        got = [known_of(next(stream))[0] for stream in (one, other, one, other)]
        both = [wanted[0], wanted[0], wanted[1], wanted[1]]
        self.equal(got, both, "two loadings disturb each other")

    def test_no_files(self, answers):
        self.check(answers, {})
        self.check(answers, {"a.md": [], "b.png": [], "c.txt": []})

    def test_any_files(self, search):
        kinds = (ValueError, OSError, KeyError, RuntimeError, Stop)
        names = (
            *("a.md", "b.md", "a/b.md", "a/c.TXT", "B.md", ".x.md", "a/.y/z.md", "a-b.md", "d.png"),
            *("a.b/c.md", "e.md/f", "g.txt", "a0.md"),
        )

        def promise(answers, files):
            contents = {
                name: content(
                    [
                        Document(f"{name} {n}", metadata={"source": "x", "n": [n]})
                        for n in range(size)
                    ]
                )
                for name, (size, content) in files.items()
            }
            self.check(answers, contents)

        def fails(kind, how):
            ways = {
                "reading": lambda documents: kind("x"),
                "parsing": lambda documents: (kind("x"),),
                "late": lambda documents: [*documents, kind("x")],
            }
            return ways[how]

        plain = st.just(list)
        broken = st.builds(
            fails, st.sampled_from(kinds), st.sampled_from(("reading", "parsing", "late"))
        )
        content = st.tuples(st.integers(0, 3), st.one_of(plain, plain, plain, broken))
        always = each(files=tuple({name: (1, list), "c.md": (2, list)} for name in names))
        search(promise, *always, files=st.dictionaries(st.sampled_from(names), content, max_size=6))


class Store:
    """A store that notes what is done with it.

    Attributes:
        held: the documents by their ids.
        faults: what it was asked to do that nobody should ask.
        added: how many documents were added, which is what costs money.
        put: the entries that were added, in order.
        order: "add" and "delete", as they came.
        fails: "add" or "delete" if that raises `error`, and "" if nothing does.
    """

    def __init__(self, fails="", error=None):
        self.held, self.faults, self.order, self.added, self.put = {}, [], [], 0, []
        self.fails, self.error = fails, error

    def add(self, documents, ids):
        self.order.append("add")
        if self.fails == "add":
            raise self.error
        documents, ids = [*documents], [*ids]
        if any(isinstance(one, Document) for one in ids):
            self.faults.append("add gets the ids first")
            return
        if len(documents) != len(ids):
            self.faults.append("add does not get an id for each document")
        if not documents:
            self.faults.append("add or delete is called for nothing")
        if any(not isinstance(one, str) for one in ids):
            self.faults.append("an id is no str")
        if len({*ids}) < len(ids) or {*ids} & {*self.held}:
            self.faults.append("what is there already is added again")
        self.added += len(documents)
        self.put += [entry_of(one) for one in documents]
        self.held.update(zip(ids, documents, strict=False))

    def delete(self, ids):
        self.order.append("delete")
        if self.fails == "delete":
            raise self.error
        ids = [*ids]
        if not ids:
            self.faults.append("add or delete is called for nothing")
        if len({*ids}) < len(ids) or not {*ids} <= {*self.held}:
            self.faults.append("what is not there is deleted")
        for one in ids:
            self.held.pop(one, None)


def entry_of(document):
    """What makes an entry another one."""
    kept = {
        name: value
        for name, value in document.metadata.items()
        if name not in ("mtime", "loaded_at")
    }
    return json.dumps([document.page_content, kept], sort_keys=True)


def source_of(entry):
    return json.loads(entry)[1]["source"]


class TestSyncIndex(Explained):
    """A store is brought up to date, and only what changed costs something."""

    WHY: ClassVar = {
        "it does not return a SyncResult": "Return SyncResult(added, kept, deleted).",
        "what had not changed was added again": "Each text is embedded again, which costs money. "
        "An id that is in known need not be added.",
        "another mtime makes another entry of it": "VOLATILE says what does not count, or every "
        "run embeds everything.",
        "an id depends on the order of names in the metadata": "Two dicts are equal whatever their "
        "order: json.dumps has sort_keys.",
        "an id depends on the id of the document": "Only source, text and metadata make an entry.",
        "what is new was not added": "Another source, another text or other metadata makes another "
        "entry.",
        "the same text from another source is taken for known": "It is another entry. If one of "
        "the two sources changes, the other one still has it.",
        "other metadata is taken for known": "Filters look at metadata: the store has to get the "
        "new one.",
        "the same entry was added twice": "A document may come twice in one run. Of the same "
        "entries, the first one is added.",
        "what a source no longer has is still there": "Old text stays findable for ever. Delete "
        "what is known of a source that came, and did not come now.",
        "what a source that did not come has was deleted": "Without complete, only sources that "
        "came are up to date. The others may just not have been loaded today.",
        "what did not come is still there after a complete run": "With complete, there is nothing "
        "but what came.",
        "what came was deleted": "Only what did not come is old.",
        "the store does not have what came": "After a run, it has each entry that came.",
        "another document than the first was added": "Of the same entries, the first one is "
        "added, as it came.",
        "a document was changed on its way": "Add each document as it came.",
        "something was deleted although the run failed": "Delete last, when all documents have "
        "come and all that is new was added.",
        "something was deleted before all was added": "Between the two, a text would not be found "
        "at all. Add first.",
        "known does not have what the store has": "Put into known what was added, when add has "
        "returned, and take out what was deleted, when delete has.",
        "known says that something was added, and it was not": "add has failed. The next run has "
        "to try it again.",
        "known says that something was deleted, and it was not": "delete has failed. The next run "
        "has to try it again.",
        "known does not have the source of an entry": 'Its values are metadata["source"].',
        "the caller's dict stays empty": "known belongs to the caller, and is the same object all "
        "the time. `known or {}` makes another one.",
        "the numbers are wrong": "Count entries: those that were new, those that came and were "
        "known, and those that were deleted.",
        "an id is another one in the next run": "Make it from source, text and metadata alone.",
        "an id is made with hash": "hash gives other numbers for texts in each process. hashlib "
        "does not.",
        "a complete run without documents empties the store": "Something is wrong with the loader. "
        "Raise ValueError, and delete nothing.",
        "two entries have the same id": "In a store, the second would replace the first.",
        "a run without documents is refused": "Without complete, it only means that there is "
        "nothing to do.",
        **dict.fromkeys(
            (
                "add does not get an id for each document",
                "an id is no str",
                "add gets the ids first",
                "add or delete is called for nothing",
                "what is there already is added again",
                "what is not there is deleted",
            ),
            "Look at what add and delete are called with.",
        ),
    }

    def page(self, content, source="a", **more):
        return Document(content, metadata={"source": source, **more})

    def run(self, answers, store, known, documents, complete=False):
        """Run once, and compare the store with what it should have."""
        before = {entry_of(one): one for one in store.held.values()}
        cost, began = store.added, len(store.order)
        got = self.call(answers, documents, known, store, complete)
        self.must("add gets the ids first" not in store.faults, "add gets the ids first")
        came = {}
        for one in documents:
            came.setdefault(entry_of(one), one)
        sources = {source_of(entry) for entry in came}
        old = {
            entry
            for entry in before
            if entry not in came and (complete or source_of(entry) in sources)
        }
        new = {*came} - {*before}
        has = sorted(entry_of(one) for one in store.held.values())
        wanted = sorted({*before, *came} - old)
        shown = [Words(f"{len(x)} entries") for x in (wanted, has)]
        must = self.against(*shown)
        more = [Words(f"{x} added") for x in (len(new), store.added - cost)]
        texts = [[json.loads(entry)[0] for entry in x] for x in (before, came)]
        if store.added - cost > len(new):
            twice = len(documents) > len(came) and len({*has}) < len(has)
            self.must(not twice, "the same entry was added twice", *more)
            self.must(False, "what had not changed was added again", *more)
        missing = {*came} - {*has}
        must(not missing & {*store.put[cost:]}, "what came was deleted")
        kept_text = [entry for entry in missing if json.loads(entry)[0] in texts[0]]
        if kept_text:
            at = [entry for entry in before if json.loads(entry)[0] == json.loads(kept_text[0])[0]]
            same = any(source_of(entry) == source_of(kept_text[0]) for entry in at)
            must(same, "the same text from another source is taken for known")
            must(False, "other metadata is taken for known")
        both = [json.loads(entry)[0] for entry in missing]
        must(
            not any(texts[1].count(one) > 1 for one in both),
            "the same text from another source is taken for known",
        )
        must(not missing or missing & new, "what came was deleted")
        must(not missing, "what is new was not added")
        lost = {*wanted} - {*has}
        must(not lost, "what a source that did not come has was deleted")
        if {*has} & old:
            problem = "what did not come is still there after a complete run"
            gone = any(source_of(entry) in sources for entry in {*has} & old)
            must(gone, problem)
            must(False, "what a source no longer has is still there")
        must(has == wanted, "the store does not have what came")
        for one in store.held.values():
            entry = entry_of(one)
            if entry in new:
                first = known_of(came[entry])
                problem = "another document than the first was added"
                is_other = any(same_value(known_of(x), known_of(one)) for x in documents)
                same = same_value(known_of(one), first)
                self.must(
                    same or is_other, "a document was changed on its way", first, known_of(one)
                )
                self.must(same, problem, first, known_of(one))
        for fault in store.faults:
            must(False, fault)
        self.check_known(known, store)
        order = store.order[began:]
        late = "add" not in order[order.index("delete") :] if "delete" in order else True
        self.must(late, "something was deleted before all was added", Words("add"), Words("delete"))
        right = (len(new), len(came) - len(new), len(old))
        self.check_result(answers, got, right)
        return got

    def call(self, answers, documents, known, store, complete):
        def add(documents, ids):
            store.add(documents, ids)

        def delete(ids):
            store.delete(ids)

        options = {"complete": True} if complete else {}
        return answers.sync_index(documents, known, add, delete, **options)

    def check_result(self, answers, got, right):
        names = ("added", "kept", "deleted")
        wanted = Words(", ".join(f"{n} {name}" for n, name in zip(right, names, strict=True)))
        must = self.against(wanted, got)
        must(isinstance(got, answers.SyncResult), "it does not return a SyncResult")
        must((got.added, got.kept, got.deleted) == right, "the numbers are wrong")

    def check_known(self, known, store):
        wanted = {key: one.metadata["source"] for key, one in store.held.items()}
        must = self.against(Words(f"{len(wanted)} ids"), Words(f"{len(known)} ids"))
        must(known or not wanted, "the caller's dict stays empty")
        must({*known} == {*wanted}, "known does not have what the store has")
        must = self.against(wanted, known)
        must(known == wanted, "known does not have the source of an entry")

    @keeps(2, 6)
    def test_what_is_the_same_costs_nothing(self, answers, text):
        store, known = Store(), {}
        pages = [self.page(text.sentence() + str(n), f"s{n % 3}", n=n) for n in range(7)]
        self.run(answers, store, known, pages)
        self.run(answers, store, known, deepcopy(pages))
        self.run(answers, store, known, [deepcopy(pages[n]) for n in (6, 2, 5, 1, 0, 3, 4)])
        many = [self.page(f"{text.random.choice('abc')} {n}", "big") for n in range(250)]
        self.run(answers, store, known, many)
        self.run(answers, store, known, deepcopy(many))

    @keeps(1)
    def test_what_is_volatile(self, answers, text):
        for name in ("mtime", "loaded_at"):
            store, known = Store(), {}
            pages = [self.page(text.sentence(), f"s{n}", **{name: n}) for n in range(3)]
            self.run(answers, store, known, pages)
            later = deepcopy(pages)
            later[0].metadata[name] = "2025-01-02"
            del later[1].metadata[name]
            later[2].metadata["mtime"] = later[2].metadata["loaded_at"] = None
            got = self.call(answers, later, known, store, False)
            cost = Words(f"{store.added - 3} added again")
            problem = "another mtime makes another entry of it"
            self.must(store.added == 3, problem, Words("0 added again"), cost)
            self.check_result(answers, got, (0, 3, 0))
            self.check_known(known, store)

    @keeps(1)
    def test_what_makes_another_entry(self, answers, text):
        content, other = text.sentence(), text.word()
        first = self.page(content, "a", year=2023, tags=["x", {"y": 1}])
        for second in (
            self.page(content, "b", year=2023, tags=["x", {"y": 1}]),
            self.page(f"{content} ", "a", year=2023, tags=["x", {"y": 1}]),
            self.page(content, "a", year=2025, tags=["x", {"y": 1}]),
            self.page(content, "a", year="2023", tags=["x", {"y": 1}]),
            self.page(content, "a", year=2023, tags=["x", {"y": 2}]),
            self.page(content, "a", year=2023, tags=["x", {"y": 1}], lang=None),
            self.page(content, "a", year=2023),
            self.page(content, "a", years=2023, tags=["x", {"y": 1}]),
            self.page(other, "a", year=2023, tags=["x", {"y": 1}]),
            self.page(content.upper(), "a", year=2023, tags=["x", {"y": 1}]),
            self.page(content, "a", year=2023, tags=["x", {"y": 1}], mtimes=1),
            self.page(content, "a", year=2023, tags=["x", {"y": 1, "mtime": 2}]),
        ):
            store, known = Store(), {}
            self.run(answers, store, known, [first])
            self.run(answers, store, known, [second])
            self.run(answers, store, known, [first, second])
            self.run(answers, store, known, [first])

    @keeps(1)
    def test_what_makes_no_other_entry(self, answers, text):
        content = text.sentence()
        store, known = Store(), {}
        first = Document(
            content, id="x", metadata={"source": "a", "year": 1, "tags": {"p": 1, "q": 2}}
        )
        self.run(answers, store, known, [first])
        turned = Document(
            content, id="x", metadata={"tags": {"q": 2, "p": 1}, "year": 1, "source": "a"}
        )
        problem = "an id depends on the order of names in the metadata"
        self.call(answers, [turned], known, store, False)
        cost = Words(f"{store.added - 1} added again")
        self.must(store.added == 1, problem, Words("0 added again"), cost)
        named = Document(content, id="y", metadata=first.metadata)
        problem = "an id depends on the id of the document"
        self.call(answers, [named], known, store, False)
        cost = Words(f"{store.added - 1} added again")
        self.must(store.added == 1, problem, Words("0 added again"), cost)

    @keeps(2, 6)
    def test_the_same_entry_twice(self, answers, text):
        content = text.sentence()
        one, other = self.page(content, "a", mtime=1), self.page(content, "a", mtime=2)
        for pages in ([one, one], [one, other, one], [other, one], [other, self.page("x"), one]):
            store, known = Store(), {}
            self.run(answers, store, known, pages)
            self.run(answers, store, known, pages[::-1])

    @keeps(3)
    def test_what_a_source_no_longer_has(self, answers, text):
        store, known = Store(), {}
        a = [self.page(text.sentence() + f"a{n}", "a") for n in range(4)]
        b = [self.page(text.sentence() + f"b{n}", "b") for n in range(3)]
        self.run(answers, store, known, [*a, *b])
        self.run(answers, store, known, a[:2])
        self.run(answers, store, known, [self.page(text.sentence(), "c"), b[1]])
        self.run(answers, store, known, [a[3], *b])
        swapped = [self.page(a[3].page_content, "b"), self.page(b[0].page_content, "a")]
        self.run(answers, store, known, swapped)

    @keeps(3)
    def test_sources_that_did_not_come(self, answers, text):
        store, known = Store(), {}
        pages = [self.page(text.sentence(), source) for source in ("a", "b", "ab", "", "A", "a/b")]
        self.run(answers, store, known, pages)
        for page in pages:
            self.run(answers, store, known, [page])
        self.run(answers, store, known, [self.page(text.word(), "a")])
        self.run(answers, store, known, pages[3:4], complete=True)
        self.run(answers, store, known, pages, complete=True)

    @keeps(3)
    def test_a_complete_run(self, answers, text):
        store, known = Store(), {}
        a, b = ([self.page(text.sentence() + f"{x}{n}", x) for n in range(3)] for x in "ab")
        self.run(answers, store, known, [*a, *b], complete=True)
        self.run(answers, store, known, [*a, b[0]], complete=True)
        self.run(answers, store, known, a[1:], complete=True)
        self.run(answers, store, known, b, complete=True)
        self.run(answers, store, known, b, complete=True)

    @keeps(4)
    def test_documents_that_break_off(self, answers, text):
        pages = [self.page(f"{text.word()} {n}", "a") for n in range(6)]
        for kind in (ValueError, OSError, Stranger, Stop, KeyboardInterrupt):
            for complete, count in product((False, True), (0, 1, 4)):
                store, known = Store(), {}
                self.run(answers, store, known, pages[:4])
                old = {*store.held}
                error = kind(text.word())
                source = Source([*pages[4:], *pages[:2]][:count])
                source._items.append(error)
                with passes_on(error, "documents"):
                    self.call(answers, source, known, store, complete)
                still = Words(f"{len(old - {*store.held})} deleted")
                problem = "something was deleted although the run failed"
                self.must(old <= {*store.held}, problem, Words("0 deleted"), still)
                self.check_known(known, store)
                check_closed(source, "after an error of the source")
                self.run(answers, store, known, pages[2:])

    @keeps(4, 5)
    def test_add_fails(self, answers, text):
        pages = [self.page(f"{text.word()} {n}", "a") for n in range(4)]
        for kind in (ValueError, OSError, Stop):
            store, known = Store(), {}
            self.run(answers, store, known, pages[:2])
            old, error = {*store.held}, kind(text.word())
            store.fails, store.error = "add", error
            with passes_on(error, "add"):
                self.call(answers, pages[1:], known, store, False)
            still = Words(f"{len(old - {*store.held})} deleted")
            problem = "something was deleted although the run failed"
            self.must(old <= {*store.held}, problem, Words("0 deleted"), still)
            problem = "known says that something was added, and it was not"
            must = self.against(Words(f"{len(store.held)} ids"), Words(f"{len(known)} ids"))
            must({*known} <= {*store.held}, problem)
            self.check_known(known, store)
            store.fails = ""
            self.run(answers, store, known, pages[1:])

    @keeps(5)
    def test_delete_fails(self, answers, text):
        pages = [self.page(f"{text.word()} {n}", "a") for n in range(4)]
        for kind in (ValueError, OSError, Stop):
            store, known = Store(), {}
            self.run(answers, store, known, pages[:3])
            old, error = {*known}, kind(text.word())
            store.fails, store.error = "delete", error
            with passes_on(error, "delete"):
                self.call(answers, pages[2:], known, store, False)
            problem = "known says that something was deleted, and it was not"
            must = self.against(Words(f"{len(store.held)} ids"), Words(f"{len(known)} ids"))
            must(old <= {*known}, problem)
            self.check_known(known, store)
            store.fails = ""
            self.run(answers, store, known, pages[2:])

    @keeps(5)
    def test_known_belongs_to_the_caller(self, answers, text):
        store, known = Store(), {}
        page = self.page(text.sentence())
        with unchanged(page=page):
            self.run(answers, store, known, [page])
        foreign = {"of another store": "z"}
        other = Store()
        other.held["of another store"] = self.page("old", "z")
        self.run(answers, other, foreign, [page])
        self.run(answers, other, foreign, [page], complete=True)
        first = [*store.held]
        self.run(answers, Store(), {}, [page])
        self.must([*known] == first, "known does not have what the store has", first, [*known])

    def test_an_id_stays_the_same(self, answers, text):
        pages = [self.page(f"{text.sentence()} {n}", f"s{n % 2}", n=n) for n in range(5)]

        def ids(pages):
            store, known = Store(), {}
            self.call(answers, pages, known, store, False)
            return {entry_of(one): key for key, one in store.held.items()}

        first = ids(pages)
        words = Words("the same ids"), Words("other ids")
        problem = "an id is another one in the next run"
        self.must(first == ids(deepcopy(pages[::-1])), problem, *words)
        for page in pages:
            self.must(ids([page]).items() <= first.items(), problem, *words)
        for key in (1, 2**40):
            with other_hashes(key):
                self.must(first == ids(pages), "an id is made with hash", *words)
        for page in pages:
            source, content = page.metadata["source"], page.page_content
            both = f"{source}{content}"
            for made in ((source, content), (content, source), content, both, entry_of(page)):
                number = hash(made)
                shown = str(abs(number)), f"{number & (1 << 64) - 1:x}", f"{abs(number):x}"
                came = first[entry_of(page)]
                self.must(not any(one in came for one in shown), "an id is made with hash")

    def test_no_two_entries_have_one_id(self, answers, text):
        word = text.word()
        for mark in ("", "-", ":", "|", "/", "#", " ", "\n", "\x00", "::"):
            pages = [
                self.page(f"{word}{mark}x", "a"),
                self.page("x", f"a{mark}{word}"),
                self.page(word, f"a{mark}x"),
                self.page(f"x{mark}{word}", "a"),
            ]
            pages = [*{entry_of(one): one for one in pages}.values()]
            store, known = Store(), {}
            self.call(answers, pages, known, store, False)
            count = Words(f"{len(store.held)} ids for {len(pages)} entries")
            problem = "two entries have the same id"
            self.must(len(store.held) == len(pages), problem, Words(f"{len(pages)} ids"), count)

    def test_no_documents(self, answers, text):
        store, known = Store(), {}
        pages = [self.page(text.word()), self.page(text.word(), "b")]
        for some in ([], pages, []):
            with self.never(ValueError, "a run without documents is refused"):
                self.run(answers, store, known, some)
        held = {*store.held}
        for nothing in ([], (), iter([])):
            problem = "a complete run without documents empties the store"
            with self.raises(ValueError, problem):
                self.call(answers, nothing, known, store, True)
            left = Words(f"{len(store.held)} left")
            self.must({*store.held} == held, problem, Words("all of it left"), left)
            self.check_known(known, store)
        with self.raises(ValueError, "a complete run without documents empties the store"):
            self.call(answers, [], {}, Store(), True)

    def test_documents_are_closed(self, answers, text):
        pages = [self.page(text.word()) for _ in range(3)]
        for some, complete in ((pages, False), ([], False), (pages, True)):
            source = Source(some)
            store, known = Store(), {}
            self.call(answers, source, known, store, complete)
            check_closed(source, "at its end")
        for given in (tuple(pages), iter(pages)):
            store, known = Store(), {}
            got = self.call(answers, given, known, store, False)
            self.check_result(answers, got, (3, 0, 0))

    def test_any_runs(self, search):
        def promise(answers, days):
            store, known = Store(), {}
            for pages, complete in days:
                documents = [
                    self.page(content, source, year=year, mtime=mtime)
                    for content, source, year, mtime in pages
                ]
                self.run(answers, store, known, documents, complete and bool(pages))

        page = st.tuples(
            st.sampled_from(("a", "b", "", " a", "A", "é", "e\u0301")),
            st.sampled_from(("x", "y", "", "X")),
            st.sampled_from((1, 2, None)),
            st.integers(0, 2),
        )
        one, two, three = ("a", "x", 1, 0), ("a", "y", 1, 0), ("b", "x", 1, 0)
        always = each(
            days=(
                [([one], False), ([one], False)],
                [([one, three], False), ([one], False)],
                [([one, two], False), ([three], True)],
                [([one, one, two], False), ([], False), ([two], True), ([one], False)],
            )
        )
        days = st.lists(
            st.tuples(st.lists(page, max_size=4), st.booleans()), min_size=1, max_size=4
        )
        search(promise, *always, days=days)
