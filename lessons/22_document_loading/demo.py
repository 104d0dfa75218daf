"""Live demos of lesson 22. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function named after a task is the demo of that task. The demos
run the reference solution on the handbook of a bicycle workshop. Each one stands on its own, so you
can change it and run it again in front of a class.
"""

from collections import Counter

import matplotlib.pyplot as plt
from langchain_core.documents import Document

from course import plots
from course.fakes.handbook import FOLDER
from course.notebook import open_lesson

reference = open_lesson("22").reference


def decode_text() -> None:
    """Nobody wrote down how the files of the handbook are encoded. Three of them are not in UTF-8.
    The last line shows what becomes of one if it is read as UTF-8 all the same."""
    for name in sorted(reference.file_names(FOLDER)):
        data = (FOLDER / name).read_bytes()
        text, encoding = reference.decode_text(data)
        if encoding != "utf-8":
            print(f"{name:16} {encoding:7} {data[:12]!r:34} {text[:12]!r}")
    print((FOLDER / "mietraeder.md").read_bytes().decode("utf-8", "replace")[:60])


def csv_documents() -> None:
    """Each row becomes a document that knows its line. Look at the lines: one cell has a line break
    in it, and one row has a cell too few. Add a comma to it."""
    table = 'name,about,price\nBell,"loud\nand clear",4\nLock,safe\nLight,,9\n'
    for one in reference.csv_documents(table, "prices.csv", ["name", "about"], print):
        print(repr(one.page_content), one.metadata)


def json_documents() -> None:
    """The opening hours, with three broken lines and a blank one in between. None of them ends the
    run. Put a word in place of `null`."""
    lines = (FOLDER / "opening_hours.jsonl").read_text(encoding="utf-8").splitlines()[:3]
    lines[1:1] = ["{", "", '{"text": "Closed", "hours": NaN}', '{"text": null}']
    for one in reference.json_documents(lines, "opening_hours.jsonl", "text", print):
        print(one.metadata["line"], one.page_content)


def html_text() -> None:
    """An old page, and what a reader sees of it. Compare it with the page itself."""
    page, _ = reference.decode_text((FOLDER / "our_story.html").read_bytes())
    title, text = reference.html_text(page)
    print(page[:160].replace("\n", " "), "...\n")
    print(title)
    print(text[:300])


def deduplicate() -> None:
    """Two editions of a policy are near twins, and both are kept. The same page with other spaces
    is left out. The second run, with the same `seen`, gives nothing."""
    texts = ["Returns: 30 days (2023).", "Returns: 14 days (2025).", " Returns:  14 days (2025). "]
    pages = [Document(text, metadata={"source": f"{n}.md"}) for n, text in enumerate(texts)]
    seen = {}
    for run in ("first", "second"):
        print(run, [one.page_content for one in reference.deduplicate(pages, seen)])
    print({key[:8]: source for key, source in seen.items()})


def folder_loader() -> None:
    """The Markdown pages of the handbook, one after the other. One of them is broken on the way:
    the problem is reported when it is met, and the others come all the same."""

    def read(name):
        print("reading", name)
        return b"\0" if name == "club.md" else (FOLDER / name).read_bytes()

    parsers = {".md": lambda data, name: [Document(reference.decode_text(data)[0])]}
    loader = reference.FolderLoader(lambda: reference.file_names(FOLDER), read, parsers, print)
    for number, page in enumerate(loader.lazy_load()):
        print("   got", page.metadata, len(page.page_content), "characters")
        if number == 2:
            break


def sync_index() -> None:
    """Three nights: everything is new, nothing has changed, and one of two pages is another one.
    Only what is new is added, which is what costs money."""
    store, known = {}, {}
    pages = [Document(f"Page {n}", metadata={"source": f"{n}.md", "mtime": 1}) for n in range(3)]
    touched = [Document(f"Page {n}", metadata={"source": f"{n}.md", "mtime": 2}) for n in range(3)]
    edited = [*touched[:2], Document("Page 2, edited", metadata={"source": "2.md"})]

    def add(documents, ids):
        store.update(zip(ids, documents, strict=True))

    def delete(ids):
        for one in ids:
            del store[one]

    for night in (pages, touched, edited):
        print(reference.sync_index(night, known, add, delete))
    print([page.page_content for page in store.values()])


def what_a_wrong_encoding_costs() -> None:
    """### What a wrong encoding costs

    Each file of the handbook, read in four ways. A word counts as lost if the right text has it and
    the one that was read has not. None of these ways raises an error, so nobody would know. (The
    files in UTF-8 that have only ASCII letters are right in three of the ways. That is why it takes
    so long until somebody notices.)
    """

    def words(text):
        return Counter(text.split())

    files = [(FOLDER / name).read_bytes() for name in sorted(reference.file_names(FOLDER))]
    ways = {
        "decode_text": lambda data: reference.decode_text(data)[0],
        "utf-8, replace": lambda data: data.decode("utf-8", "replace"),
        "utf-8, ignore": lambda data: data.decode("utf-8", "ignore"),
        "latin-1": lambda data: data.decode("latin-1"),
        "cp1252, replace": lambda data: data.decode("cp1252", "replace"),
    }
    lost = {}
    for name, way in ways.items():
        right = [words(reference.decode_text(data)[0]) for data in files]
        lost[name] = sum(
            (have - words(way(data))).total() for have, data in zip(right, files, strict=True)
        )
    figure, axes = plt.subplots(figsize=(8, 2.6), dpi=110, layout="constrained")
    bars = axes.barh([*lost], [*lost.values()], color="#0072B2")
    axes.bar_label(bars, padding=3)
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("words of the handbook that are lost")
    figure.suptitle("Four ways that never fail, and one that can", fontweight="bold")
    plt.show()


def what_a_second_run_costs() -> None:
    """### What a second run costs

    Fourteen nights. In each of them all files of a folder get a new date, and a few of them are
    edited. The lines show how many of the texts are embedded: all of them, or what `sync_index`
    adds. The first night costs the same.
    """
    known, pages = {}, [Document(f"{n}", metadata={"source": f"{n}.md"}) for n in range(24)]

    def nothing(*arguments):
        """A store that keeps nothing."""

    share = {}
    for night in range(1, 15):
        for number, page in enumerate(pages):
            page.metadata["mtime"] = night
            if number < night % 5:
                page.page_content += f", edited in night {night}"
        share[night] = reference.sync_index(pages, known, nothing, nothing).added / len(pages)
    lines = {"everything": dict.fromkeys(share, 1), "sync_index": share}
    plots.by_size(lines, "What a night costs", "night", "share of the texts that is embedded")
