"""What errors of SQLite say about the code that has asked for something."""

from __future__ import annotations

SQL = (
    (
        r"Incorrect number of bindings supplied",
        "it hands SQLite another number of values than there are question marks",
        "A row is a tuple, also with one value in it: (value,). A text in its place is taken for "
        "its letters. execute takes one row, executemany a list of rows.",
    ),
    (
        r"^OperationalError: no such column",
        "it writes a value into the text of its SQL",
        "SQLite takes it for the name of a column. Write ? in its place, and hand over the value: "
        'execute("... VALUES (?)", (value,)).',
    ),
    (
        r"^OperationalError: no such table",
        "it uses a table that is not there",
        "Make it first, in __init__: CREATE TABLE IF NOT EXISTS.",
    ),
    (
        r"^OperationalError: table \w+ already exists",
        "it makes a table that is there already",
        "The file may be there from the last time: CREATE TABLE IF NOT EXISTS.",
    ),
    (
        r"^OperationalError: table \w+ has \d+ columns but \d+ values",
        "it has another number of values than the table has columns",
        "Write one question mark for each column.",
    ),
    (
        r"[Ee]rror binding parameter",
        "it hands SQLite a value of a type that SQLite does not have",
        "It has texts, numbers, bytes and None. Make a text of a dict or a list with json.dumps, "
        "and bytes of a vector.",
    ),
    (
        r"^ProgrammingError: Cannot operate on a closed database",
        "it uses a connection after it was closed",
        "`with connection:` ends a transaction, and leaves the connection open. Close it only when "
        "everything is done.",
    ),
    (
        r"^OperationalError: database is locked",
        "it waits for a transaction that nobody ends",
        "Another connection has begun to write, and holds the file until it commits.",
    ),
    (
        r"'sqlite3\.Cursor' object is not subscriptable",
        "it takes a cursor for its rows",
        "execute returns a cursor. Its rows come from fetchone(), from fetchall(), or from a loop "
        "over it.",
    ),
)
"""Patterns of error texts: what the learner most likely did, and what to do about it."""
