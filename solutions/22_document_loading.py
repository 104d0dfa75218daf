"""Lesson 22: Document Loading.

Seven tasks that turn files into documents, and keep a store up to date with them. Each docstring is
the contract: what it promises is what the tests check. Four rules hold throughout the lesson.

* What you are given is not yours: no document, list or metadata that comes in is changed, unless a
  docstring says so. A document that you make shares its metadata with no other one.
* An iterator is lazy: nothing is read before the first item is wanted, and nothing more than what
  is needed for the item handed out.
* Where it is said, sources are closed, however it ends: at their end, after an error, and when the
  caller stops. A generator that never started running does not have to close anything.
* One broken file or record does not end the run. It is a `Problem`: report it, and go on.

White space is what `str.isspace` says it is; blank is what has nothing else, or nothing at all.
What a docstring leaves open is not graded.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from unicodedata import normalize

from langchain_core.document_loaders import BaseLoader
from langchain_core.documents import Document

# Given. There is nothing to do here, but use it.

BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "br", "caption", "dd", "details"),
        *("div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2"),
        *("h3", "h4", "h5", "h6", "head", "header", "hr", "html", "legend", "li", "main", "nav"),
        *("ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul"),
    )
)
"""Tags that begin a new line."""

CELLS = frozenset({"td", "th"})
"""Tags that separate words on one line."""

SKIPPED = frozenset({"script", "style", "template", "noscript"})
"""Elements that a reader does not see, with all that is in them."""

VOLATILE = ("mtime", "loaded_at")
"""What the metadata says about the loading and not about the text: another one is no change."""


class UnreadableFile(ValueError):
    """There is no text in these bytes."""


@dataclass(frozen=True)
class Problem:
    """Something that could not be loaded: where, and why.

    Attributes:
        source: the file.
        line: where in the file, counted from 1, or None if that does not matter.
        reason: what a person has to know to repair it.
    """

    source: str
    line: int | None
    reason: str


@dataclass(frozen=True)
class SyncResult:
    """What a run has changed, in numbers of entries."""

    added: int
    kept: int
    deleted: int


OnProblem = Callable[[Problem], object]
"""Is told about each problem, when it is met."""

Parser = Callable[[bytes, str], Iterable[Document]]
"""Makes documents of a file: it gets what is in it, and its name."""

Add = Callable[[list[Document], list[str]], object]
"""Puts documents into a store, each under its id: `lambda docs, ids: store.add_documents(docs,
ids=ids)`. This costs money, since each text is embedded."""

Delete = Callable[[list[str]], object]
"""Takes the documents with these ids out of a store: `store.delete`."""


def close_source(source: object) -> None:
    """Close `source` if it can be closed. A generator can, a list cannot."""
    close = getattr(source, "close", None)
    if close is not None:
        close()


def file_names(root: Path) -> Iterator[str]:
    """Yield the names of all files below a folder, with "/" between their parts.

    It follows no link: one that leads out of the folder may lead anywhere, and one that leads back
    has no end.
    """
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            if not path.is_symlink():
                yield path.relative_to(root).as_posix()


# Your part.


def decode_text(data: bytes) -> tuple[str, str]:
    r"""Return the text of a file, and the name of its encoding. The first that fits decides.

    * A byte order mark, which is not part of the text: `"utf-32"`, `"utf-8"` or `"utf-16"`.
    * A zero byte means that it is not text.
    * Valid UTF-8: `"utf-8"`.
    * Valid Windows-1252: `"cp1252"`.
    * Nothing fits, or what follows a mark is broken: UnreadableFile.
    * The text stays as it is, line ends included.

    >>> decode_text("Größe".encode("utf-8")), decode_text("Größe".encode("cp1252"))
    (('Größe', 'utf-8'), ('Größe', 'cp1252'))

    Fine print:
    * `codecs` has the marks: `BOM_UTF8`, and for the others one for each order of the bytes, such
      as `BOM_UTF16_LE` and `BOM_UTF16_BE`. The longest one that fits counts: the mark of
      little-endian UTF-32 begins with that of UTF-16. The names say nothing of the order.
    * Only one mark is taken away. No bytes are an empty text in `"utf-8"`, and nothing after a mark
      is an empty text in its encoding.
    * Valid is what Python decodes without an `errors` argument.
    * Left open: a zero character in a text that has a mark.

    Raises:
        UnreadableFile: if it is not text.
    """
    marks = (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    marked = next((name for mark, name in marks if data.startswith(mark)), None)
    if marked is None and b"\0" in data:
        raise UnreadableFile("there is a zero byte")
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            return data.decode("utf-8-sig" if encoding == "utf-8" else encoding), encoding
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("no encoding fits")


def csv_documents(
    text: str, source: str, content: Sequence[str], on_problem: OnProblem
) -> Iterator[Document]:
    r"""Yield a document for each record of a CSV text. The first one is the header.

    * `page_content`: a line `name: value` for each column in `content`, in that order.
    * A blank value has no line. A record without any gives no document.
    * `metadata`: each other column by its name.
    * `"source"` and `"line"` in it are yours: the line where the record begins, from 1.
    * A record with more or fewer cells than the header is a `Problem`. Go on.
    * A line break in quotes is part of the value.

    >>> text = "name,about,price\nBell,loud,4\nLock,,9\n"
    >>> [one.page_content for one in csv_documents(text, "a.csv", ["about", "name"], print)]
    ['about: loud\nname: Bell', 'name: Lock']

    Fine print:
    * Names and values are stripped. In the metadata, a blank value is "".
    * `on_problem` is called with `Problem(source, line, reason)` when its record is met: after the
      document before it was taken, and before the next one is handed out. The reason is up to you.
      What `on_problem` raises passes through.
    * Lines end with `\n`, `\r\n` or `\r`, and with nothing else. An empty line is not a record, but
      it counts as a line. Quotes stand around a whole cell, and `""` in them is one quote.
    * Left open: other quotes, one that is never closed, lines of nothing but blanks, cells of more
      than 100,000 characters, and columns that come twice in `content`.

    Raises:
        ValueError: if `content` is empty or names a column that the header lacks, or the header has
            a name twice. It is raised when the first document is wanted, or earlier.
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
            yield Document("\n".join(lines), metadata={**others, **own})


def json_documents(
    lines: Iterable[str], source: str, content: str, on_problem: OnProblem
) -> Iterator[Document]:
    """Yield a document for each line of JSON Lines.

    * A line has one object. Its string under `content` is the `page_content`, unchanged.
    * `metadata` is the rest. `"source"` and `"line"`, counted from 1, are yours.
    * Blank lines are skipped, but counted.
    * Any other line is a `Problem`: no JSON, no object, no string there. Go on, however it fails.
    * `NaN`, `Infinity` and `-Infinity` are not JSON, though Python reads them.
    * Pull a line after the document before it was taken.
    * However it ends, close `lines`; errors pass through.

    >>> [one.page_content for one in json_documents(['{"a": "Hi"}'], "b.jsonl", "a", print)]
    ['Hi']

    Fine print:
    * `on_problem` is called with `Problem(source, line, reason)` when its line is met. The reason
      is up to you. What `on_problem` raises passes through, as what `lines` raises.
    * A line may end with its line break, or not. It may be of any length, and nested more deeply
      than Python reads: that is a problem, too.
    * A string under `content` may be blank or empty.
    * Left open: an object that has a name twice, numbers that are too large for a float, and half
      of a surrogate pair.
    """

    def refuse(constant: str) -> None:
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
            yield Document(text, metadata={**record, "source": source, "line": number})
    finally:
        close_source(lines)


def html_text(html: str) -> tuple[str | None, str]:
    """Return the title and the text of an HTML page, as a reader sees them.

    * Each tag in `BLOCKS`, opening or closing, begins a line.
    * Each in `CELLS` separates words. Others add nothing: `<b>bo</b>ld` is one word.
    * White space becomes one space. Lines are stripped, empty ones left out.
    * Entities such as `&amp;` are decoded, once.
    * Comments, title and the elements in `SKIPPED` are not in the text.
    * The title is one line, or None if there is none or it is blank.

    >>> html_text("<title>Bells</title><h1>Our bells</h1><p>Loud &amp;<br>clear")
    ('Bells', 'Our bells\\nLoud &\\nclear')

    Fine print:
    * Use `html.parser`, from the standard library. A line break in the page is white space, like
      U+00A0, which `&nbsp;` stands for.
    * Nothing in a skipped element counts: no text, no tag, and no skipped element that ends.
    * Broken HTML is not an error. What is never closed goes on to the end of the page. A closing
      tag of `SKIPPED` that nobody has opened means nothing. Text after `</html>` counts.
    * Left open: forms, frames, `pre`, CDATA, a second title, a title that is never closed or has
      tags in it, elements that overlap, `SKIPPED` tags that close themselves, and tags and comments
      that end in the middle.
    """

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.title: list[str] = []
            self.text: list[str] = []
            self.skipped = 0
            self.in_title = False

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.skipped += tag in SKIPPED
            self.in_title |= tag == "title"
            self._separate(tag)

        def handle_endtag(self, tag: str) -> None:
            self._separate(tag)
            self.skipped -= tag in SKIPPED and self.skipped > 0
            self.in_title &= tag != "title"

        def handle_data(self, data: str) -> None:
            if not self.skipped:
                (self.title if self.in_title else self.text).append(data.replace("\n", " "))

        def _separate(self, tag: str) -> None:
            if not self.skipped:
                self.text.append("\n" if tag in BLOCKS else " " if tag in CELLS else "")

    reader = Reader()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.text).split("\n")]
    return " ".join("".join(reader.title).split()) or None, "\n".join(filter(None, lines))


def deduplicate(
    documents: Iterable[Document], seen: MutableMapping[str, str | None]
) -> Iterator[Document]:
    """Yield each document whose text has not come before.

    * Texts are the same if they are equal in NFC, with white space as single spaces and none at the
      ends. Everything else counts.
    * Blank texts are left out.
    * Of the same texts, the first document is passed on as it is.
    * `seen` has its text's SHA-256, and its source, before it is handed out.
    * What is in `seen` has come before.
    * Be lazy; close `documents` however it ends; errors pass through.

    >>> seen = {}
    >>> [one.page_content for one in deduplicate([Document("a b"), Document(" a  b")], seen)]
    ['a b']

    Fine print:
    * `seen` belongs to the caller, and is the same object all the time: a second run with it goes
      on where the first one ended. You add to it, and take nothing away.
    * Its keys are what `hexdigest` gives for the UTF-8 of the text, NFC and white space as above.
      Its values are `metadata["source"]` of the document that came first, or None if it has none.
    * Left open: what has half of a surrogate pair in it.
    """
    try:
        for document in documents:
            text = " ".join(normalize("NFC", document.page_content).split())
            key = hashlib.sha256(text.encode()).hexdigest()
            if text and key not in seen:
                seen[key] = document.metadata.get("source")
                yield document
    finally:
        close_source(documents)


class FolderLoader(BaseLoader):
    """Load the documents of many files, one file after the other.

    * Load each file whose suffix is in `parsers`, in any case. Leave out files and folders whose
      names begin with ".".
    * The order is that of the names, as strings.
    * Read a file when its first document is wanted.
    * `metadata["source"]` of a document is the name.
    * An `Exception` of reading or parsing is a `Problem`. Go on.
    * What a parser returns is closed, however it ends.

    >>> parsers = {".txt": lambda data, name: [Document(data.decode())]}
    >>> files = {"b.txt": b"two", "a.TXT": b"one", "c.png": b"?"}
    >>> loader = FolderLoader(lambda: files, files.__getitem__, parsers, print)
    >>> [(one.metadata["source"], one.page_content) for one in loader.load()]
    [('a.TXT', 'one'), ('b.txt', 'two')]

    Fine print:
    The loader does not know where the files are: in a folder, an archive or a bucket. For a folder,
    the first two arguments are `lambda: file_names(root)` and `lambda name: (root /
    name).read_bytes()`. Each loading is a new one, and asks for the names again.

    Args:
        names: gives the names of all files, in any order, with "/" between their parts.
        read: gives what is in a file.
        parsers: suffix, with its period and in small letters -> what makes documents of such files.
        on_problem: is told about each file that cannot be loaded.
    """

    def __init__(
        self,
        names: Callable[[], Iterable[str]],
        read: Callable[[str], bytes],
        parsers: Mapping[str, Parser],
        on_problem: OnProblem,
    ) -> None:
        self._names = names
        self._read = read
        self._parsers = parsers
        self._on_problem = on_problem

    def lazy_load(self) -> Iterator[Document]:
        """Yield the documents, in the order in which the parsers give them.

        Fine print:
        * Nothing is asked before the first document is wanted, not even for the names.
        * A file is read once, and its parser gets the bytes and the name.
        * The suffix is that of the last part of the name, from its last period on: ".gz" for
          "a.tar.gz". A folder may have a period in its name; that is not a suffix of the file.
        * A document that has to be changed is copied. Its text, its id and its other metadata stay
          as they are.
        * A problem is `Problem(name, None, reason)`, and the reason is the name of the error's
          class. It may come after some documents, which stay. Then the next file follows.
        * What `names` and `on_problem` raise, and what is not an `Exception`, passes through.
        * What a parser returns may be a generator, which is closed (`close_source`), or a list.
        * `load` and the rest come from `BaseLoader`: do not write them.
        * Left open: a name that ends with a period or comes twice.
        """

        def is_wanted(name: str) -> bool:
            path = PurePosixPath(name)
            hidden = any(part.startswith(".") for part in path.parts)
            return path.suffix.lower() in self._parsers and not hidden

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


def sync_index(
    documents: Iterable[Document],
    known: MutableMapping[str, str],
    add: Add,
    delete: Delete,
    complete: bool = False,
) -> SyncResult:
    """Bring a store up to date with documents, and touch nothing that is the same.

    * An entry is a source, a text and metadata without `VOLATILE`.
    * What is in `known` is not added again, and nothing is added twice.
    * What a source no longer has is deleted, if the source came; with `complete`, all that did not
      come.
    * Delete last: if `documents` or `add` raises, nothing is deleted.
    * `known` always has what the store has.
    * Return how many entries were added, kept, deleted.

    >>> store, known, page = {}, {}, Document("Hi", metadata={"source": "a"})
    >>> sync_index([page], known, lambda docs, ids: store.update(zip(ids, docs)), print)
    SyncResult(added=1, kept=0, deleted=0)

    Fine print:
    * Each document has `metadata["source"]`, a str. Its metadata is what JSON can write, and the
      order of names does not matter there. If source, text or metadata differ, it is another entry.
      The `id` of a document does not count. Of the same entries, the first one is added.
    * `known` has the source of each entry by the entry's id. It belongs to the caller, who keeps it
      from run to run: it is the same object all the time. When `add` has returned, put into it what
      was added; when `delete` has returned, take out what was deleted. So the next run repeats what
      has failed.
    * How you make an id is up to you, but it is a str that depends on nothing but the entry: not on
      the process, or on what came before.
    * `add` gets documents as they came, and as many ids. All at once, or in parts; but no call of
      `add` or `delete` is for nothing, and no id is in two calls.
    * `documents` is closed, however it ends. Errors pass through.

    Raises:
        ValueError: with `complete`, if no document came. Nothing is deleted.
    """
    wanted: dict[str, Document] = {}
    try:
        for document in documents:
            kept = {name: document.metadata[name] for name in {*document.metadata} - {*VOLATILE}}
            entry = json.dumps([document.page_content, kept], sort_keys=True)
            wanted.setdefault(hashlib.sha256(entry.encode()).hexdigest(), document)
    finally:
        close_source(documents)
    if complete and not wanted:
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
