"""Live demos of lesson 23. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function named after a task is the demo of that task. The demos
run the reference solution on the handbook of a bicycle workshop. Each one stands on its own, so you
can change it and run it again in front of a class.
"""

import re
from itertools import pairwise

import matplotlib.pyplot as plt

from course import plots
from course.fakes import handbook
from course.fakes.embeddings import HashedEmbeddings
from course.notebook import open_lesson

reference = open_lesson("23").reference


def fixed_chunks() -> None:
    """The simplest cut of all. Look at the ends: words and sentences are cut anywhere. The overlap
    shows each end twice, so that one of the two chunks may have all of a sentence."""
    text = "Helmets can be returned within 14 days. Gift cards are excluded."
    for chunk in reference.fixed_chunks(text, size=26, overlap=8):
        print(f"{chunk.start:3} to {chunk.end:3}  {chunk.text!r}")


def safe_cut() -> None:
    """For Python, a text is a row of code points. A reader sees fewer characters. Each mark below
    is a safe place for a cut."""
    for text in ("Cafe\u0301", "👩\u200d👩\u200d👧 and 👋🏽", "🇩🇪🇫🇷", "a\r\nb"):
        safe = sorted({reference.safe_cut(text, at) for at in range(len(text) + 1)})
        pieces = [text[start:end] for start, end in pairwise(safe)]
        print(f"{len(text):2} code points, {len(pieces):2} characters:", pieces)


def sentence_chunks() -> None:
    """One sentence in each line, with the white space after it."""
    text = (
        'Opening hours\n\nAsk Dr. Gray first. "Is it 3.5 km?" she says, e.g. on '
        "Monday. 自転車です。速いです。"
    )
    for chunk in reference.sentence_chunks(text):
        print(f"{chunk.start:3}  {chunk.text!r}")


def pack_chunks() -> None:
    """The sentences of a page, packed into at most 45 tokens, and then with an overlap of at most
    15. Whole sentences are repeated, never halves of them. Change the numbers."""

    def tokens(text):
        return len(re.findall(r" ?\w+|\s|[^\w\s]", text))

    page = next(one for one in handbook.read_documents() if one.id == "refund_policy_2025")
    text = page.page_content
    sentences = reference.sentence_chunks(text)
    for overlap in (0, 15):
        print(f"overlap {overlap}")
        for chunk in reference.pack_chunks(text, sentences, 45, tokens, overlap):
            start = chunk.text[:34] + " ..."
            print(f"  {chunk.start:3} to {chunk.end:3}  {tokens(chunk.text):2} tokens  {start!r}")


def split_recursively() -> None:
    """Paragraphs stay whole if they fit. What does not fit is cut at a line, a sentence or a word,
    and in the end the small pieces are joined. All of it is there: the last line proves it."""
    text = "# Hire\n\nA bicycle costs 20 euros a day. Bring a passport.\n\nChildren ride for free."
    for limit in (60, 24):
        chunks = reference.split_recursively(text, limit, len)
        print(limit, [chunk.text for chunk in chunks])
        print("   all there:", "".join(chunk.text for chunk in chunks) == text)


def markdown_sections() -> None:
    """A section knows all headings that it is under. The comment in the code block is not one."""
    text = (
        "# Care\n\nClean it.\n\n## Chain\n\nOil it.\n\n```sh\n# not a heading\noil --chain\n```\n\n"
        "## Brakes\n\nLeave them to us.\n"
    )
    for section in reference.markdown_sections(text):
        print(f"{section.start:3}  {' > '.join(section.path):16} {section.text!r}")


def chunk_documents() -> None:
    """Two pages of the handbook, cut into sentences. Each chunk says where it stands, and the same
    chunk has the same id in every run."""
    pages = [one for one in handbook.read_documents() if one.id in ("club", "hire")]
    for chunk in reference.chunk_documents(pages, reference.sentence_chunks):
        known = chunk.metadata
        where = f"{known['source']:8} {known['start_index']:3} to {known['end_index']:3}"
        print(f"{chunk.id[:8]}  {where}  {known['chunk']}  {chunk.page_content[:32]!r}")


def recall_by_chunk_size() -> None:
    """### How large should a chunk be?

    Here is one way to find out. The whole handbook is cut into chunks. For each question, the
    chunks that share the most with it are put into the prompt until 600 characters are full. Is the
    passage that answers the question among them, in one piece?

    Small chunks cut the passage in two. Large ones bring so much else along that there is room for
    one or two only. In between it is best. Where that is depends on the texts and on the
    questions, so measure it with your own. (Words that mean the same but are spelled differently
    are strangers for this search: embeddings of a real model know better.)
    """
    documents = handbook.read_documents()
    questions = [one for one in handbook.read_questions() if one.evidence]
    embeddings = HashedEmbeddings(1024)
    asked = [embeddings.embed_query(one.text) for one in questions]

    def by_size(text, size):
        return reference.fixed_chunks(text, size, size // 5)

    def by_meaning(text, size):
        return reference.split_recursively(text, size, len)

    def recall(cut, size):
        chunks = [
            (document.id, chunk.text)
            for document in documents
            for chunk in cut(document.page_content, size)
        ]
        vectors = embeddings.embed_documents([text for _, text in chunks])
        found = 0
        for question, vector in zip(questions, asked, strict=True):
            places = [place for place, value in enumerate(vector) if value]
            scores = [sum(vector[at] * other[at] for at in places) for other in vectors]
            room, context = 600, []
            for at in sorted(range(len(chunks)), key=lambda at: -scores[at]):
                if room >= len(chunks[at][1]):
                    context.append(chunks[at])
                    room -= len(chunks[at][1])
            found += all(
                any(name == of and words in text for of, text in context)
                for name, words in question.evidence.items()
            )
        return found / len(questions)

    sizes = [40, 80, 120, 160, 200, 250, 300, 400, 600]
    ways = {"split_recursively": by_meaning, "fixed_chunks, a fifth twice": by_size}
    lines = {name: {size: recall(cut, size) for size in sizes} for name, cut in ways.items()}
    title = "Questions whose passage is in the prompt"
    plots.by_size(lines, title, "largest chunk, in characters", "share of questions")


def sizes_of_chunks() -> None:
    """### What comes out

    The pages of the handbook, cut in three ways to at most 300 characters. Chunks of one size are
    equal, and cut sentences. Sentences alone are whole, and mostly short. Packed sentences are
    whole, and nearly as long as they may be.
    """
    pages = [one for one in handbook.read_documents() if one.metadata["source"].endswith(".md")]

    def packed(text):
        pieces = reference.sentence_chunks(text)
        return reference.pack_chunks(text, pieces, 300, len)

    ways = {
        "fixed_chunks": lambda text: reference.fixed_chunks(text, 300),
        "sentence_chunks": reference.sentence_chunks,
        "pack_chunks": packed,
    }
    figure, rows = plt.subplots(3, figsize=(8, 4.2), dpi=110, layout="constrained", sharex=True)
    for axes, (name, cut) in zip(rows, ways.items(), strict=True):
        sizes = [len(one.text) for page in pages for one in cut(page.page_content)]
        axes.hist(sizes, bins=range(0, 440, 20), color="#0072B2")
        axes.set_title(f"{name}: {len(sizes)} chunks", loc="left", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
    rows[-1].set_xlabel("characters in a chunk")
    figure.suptitle("The handbook in three ways", fontweight="bold")
    plt.show()
