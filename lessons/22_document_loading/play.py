"""What the prompt of lesson 22 offers: `make play-22`.

Every name here can be used there. TRY has a line for each task.
"""

from langchain_core.documents import Document

TABLE = 'name,about,price\nBell,"loud\nand clear",4\nLock,safe\nLight,,9\n'
LINES = ['{"day": "Monday", "text": "Open from 9 to 18."}', "", '{"day": "Sunday"}', "{"]
HTML = (
    "<title>Our bells</title><h1>Bells</h1><script>if (a < b) ring()</script>"
    "<p>Lo<b>ud</b> &amp;<br>clear<table><tr><td>Brass</td><td>4 &euro;</td></tr></table>"
)
PAGES = [
    Document("Bells are loud.", metadata={"source": "a.md"}),
    Document(" Bells  are loud.", metadata={"source": "b.md"}),
]
FILES = {"a.md": b"Bells", "b.MD": "Größe".encode("cp1252"), "c.png": b"\0", ".d.md": b"hidden"}
PARSERS = {".md": lambda data, name: [Document(data.decode())]}


def sync(sync_index, pages):
    """Bring an empty store up to date twice, and return what was done."""
    known: dict[str, str] = {}
    store: dict[str, Document] = {}

    def add(documents, ids):
        store.update(zip(ids, documents, strict=True))

    def delete(ids):
        for one in ids:
            del store[one]

    return [sync_index(some, known, add, delete) for some in (pages, pages[:1])]


TRY = {
    "decode_text": 'decode_text("Größe".encode("cp1252"))',
    "csv_documents": 'show(csv_documents(TABLE, "a.csv", ["name", "about"], print))',
    "json_documents": 'show(json_documents(LINES, "b.jsonl", "text", print))',
    "html_text": "html_text(HTML)",
    "deduplicate": "show(deduplicate(PAGES, {}))",
    "FolderLoader": "FolderLoader(lambda: FILES, FILES.get, PARSERS, print).load()",
    "sync_index": "sync(sync_index, PAGES)",
}
