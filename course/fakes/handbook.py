"""The handbook of a bicycle workshop that does not exist, and questions about it.

One corpus for the lessons about retrieval and for the chat page. Its files are as they come in real
life: Markdown, CSV, HTML and JSON Lines, and not all of them in UTF-8. `index.json` says of each
document from which year it is, in which language, and to which group it belongs. `questions.json`
has the questions, with what each document is worth for them.

The questions were worded until two ways to search missed different ones of them, in both splits. So
what is measured here shows how one measures. It does not show which way is better elsewhere.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Literal, TypeAlias

from langchain_core.documents import Document

Kind: TypeAlias = Literal[
    "lexical", "paraphrase", "two_documents", "year", "negation", "unanswerable"
]
Split: TypeAlias = Literal["train", "test"]

FOLDER = Path(__file__).parent / "handbook"

_INDEX, _QUESTIONS = "index.json", "questions.json"
_BLOCKS = frozenset({"body", "br", "div", "h1", "h2", "h3", "li", "p", "table", "tr", "ul"})
_SKIPPED = frozenset({"script", "style"})


@dataclass(frozen=True)
class Question:
    """A question, and what each document is worth for its answer.

    Attributes:
        id: its name, such as "q07".
        text: the question, as a customer or a colleague asks it.
        kind: what is special about it. "lexical": it has words of its document. "paraphrase": it
            has no content word of its documents. "two_documents": the answer needs both. "year":
            two editions of a document differ in the answer. "negation": it asks what is not so.
            "unanswerable": no document has the answer.
        split: "train" or "test". No document has a grade above 0 in both.
        group: the group of documents that it is about, also if they do not answer it.
        grades: by the id of a document: 2 if it answers the question or one half of it, 1 if it
            helps, 0 if it looks right and is not. All other documents have nothing to do with it.
        references: right answers in different words. An unanswerable question has none.
        evidence: by the id of each document with grade 2: the words in it that answer.
        absent: words on which the answer depends, and which no document has. Only unanswerable
            questions have them.
    """

    id: str
    text: str
    kind: Kind
    split: Split
    group: str
    grades: Mapping[str, int]
    references: tuple[str, ...]
    evidence: Mapping[str, str]
    absent: tuple[str, ...]

    @property
    def relevant(self) -> frozenset[str]:
        """The ids of the documents with a grade above 0."""
        return frozenset(name for name, grade in self.grades.items() if grade > 0)


def read_documents(folder: Path = FOLDER) -> list[Document]:
    """Read the documents of a folder: the handbook, or another one.

    Args:
        folder: where the files are. Other files than Markdown, CSV, HTML and JSON Lines are passed
            over.

    Returns:
        One document for each file, sorted by its id, which is the file's name without suffix. The
        title is in the first line of its text, and each paragraph, row or record in a line of its
        own. The metadata has the `title`, the `source`, which is the file's name, and what
        `index.json` says of it, if the folder has one: `year` (int), `lang` ("en"), `group` and, if
        it no longer holds, `replaced_by`.

    Raises:
        ValueError: there are no files, one has no title, or the index names other files.
    """
    paths = sorted(path for path in folder.iterdir() if path.suffix in _READERS)
    if not paths:
        raise ValueError(f"there are no documents in {folder}")
    about = _about(folder)
    if about is None:
        return [_document(path, {}) for path in paths]
    if {*about} != {path.name for path in paths}:
        raise ValueError(f"{_INDEX} and the files of {folder} do not agree")
    return [_document(path, about[path.name]) for path in paths]


def read_questions(folder: Path = FOLDER) -> list[Question]:
    """Read the questions about the handbook.

    Args:
        folder: where `index.json` and `questions.json` are.

    Returns:
        The questions in the order of their ids.
    """
    splits = _json(folder / _INDEX)["groups"]
    return [
        Question(
            id=asked["id"],
            text=asked["text"],
            kind=asked["kind"],
            split=splits[asked["group"]],
            group=asked["group"],
            grades=asked["grades"],
            references=tuple(asked["references"]),
            evidence=asked.get("evidence", {}),
            absent=tuple(asked.get("absent", ())),
        )
        for asked in _json(folder / _QUESTIONS)
    ]


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _about(folder: Path) -> dict[str, dict[str, Any]] | None:
    """Return what the index says of each file, or None if there is no index."""
    index = folder / _INDEX
    return dict(_json(index)["documents"]) if index.exists() else None


def _document(path: Path, about: Mapping[str, Any]) -> Document:
    title, lines = _READERS[path.suffix](_decoded(path.read_bytes()))
    if title is None:
        title = path.stem.replace("_", " ").capitalize()
    if not title:
        raise ValueError(f"{path.name} has no title")
    metadata = {"title": title, "source": path.name, **about}
    return Document("\n".join([title, *lines]), metadata=metadata, id=path.stem)


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def _markdown(text: str) -> tuple[str, list[str]]:
    """Return the title in the first line, and each paragraph without line breaks."""
    first, _, rest = "\n".join(text.splitlines()).partition("\n")
    title = first.removeprefix("# ").strip() if first.startswith("# ") else ""
    return title, [" ".join(part.split()) for part in rest.split("\n\n") if part.strip()]


def _csv(text: str) -> tuple[None, list[str]]:
    """Return a line for each row, with the name of the column before each value."""
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return None, [", ".join(f"{name}: {value}" for name, value in row.items()) for row in rows]


def _json_lines(text: str) -> tuple[None, list[str]]:
    """Return the `text` of each record."""
    return None, [json.loads(line)["text"] for line in text.splitlines() if line.strip()]


def _html(text: str) -> tuple[str, list[str]]:
    page = _Page()
    page.feed(text)
    page.close()
    lines = (" ".join(line.split()) for line in "".join(page.text).split("\f"))
    return " ".join("".join(page.title).split()), [line for line in lines if line]


class _Page(HTMLParser):
    """Collects the title of a page and its text, with a form feed where a line ends."""

    def __init__(self) -> None:
        super().__init__()
        self.title: list[str] = []
        self.text: list[str] = []
        self._into = self.text

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "title":
            self._into = self.title
        elif tag in _SKIPPED:
            self._into = []
        elif tag in _BLOCKS:
            self._into.append("\f")
        elif tag == "td":
            self._into.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title" or tag in _SKIPPED:
            self._into = self.text
        elif tag in _BLOCKS:
            self._into.append("\f")

    def handle_data(self, data: str) -> None:
        self._into.append(data)


_READERS: Mapping[str, Callable[[str], tuple[str | None, list[str]]]] = {
    ".md": _markdown,
    ".csv": _csv,
    ".html": _html,
    ".jsonl": _json_lines,
}
