"""The imports of a file that was carried over: the course's, and what the learner's code needs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from course.learn.update.pieces import Block, Piece, block_of

Import = tuple[str | None, str, str | None]
"""One name: the module of `from`, the name, and what it is called here."""


def with_imports(text: str, mine: Block, before: Block, new: Block) -> str:
    """Return a file with the imports that the learner added, below the course's.

    What the course imported before, and does not any longer, stays if the code still uses it.

    Args:
        text: the file with the course's new imports.
        mine: the learner's file.
        before: the course's file that it was made from.
        new: the course's new file.
    """
    known, old = {*_imports(new)}, {*_imports(before)}
    used = {one.id for one in ast.walk(ast.parse(text)) if isinstance(one, ast.Name)}
    future: list[str] = []
    added: list[str] = []
    for piece in mine.pieces:
        if not piece.is_import:
            continue
        wanted = [
            one
            for one in _names(piece)
            if one not in known and (one not in old or _bound(one) in used)
        ]
        if wanted:
            lines = _lines(piece, wanted)
            (future if wanted[0][0] == "__future__" else added).extend(lines)
    if not future and not added:
        return text
    lines = text.split("\n")
    start, end = _places(text)
    lines[end:end] = added if end > start or not added else ["", *added]
    lines[start:start] = future
    return "\n".join(lines)


def _imports(block: Block) -> Iterator[Import]:
    for piece in block.pieces:
        if piece.is_import:
            yield from _names(piece)


def _names(piece: Piece) -> list[Import]:
    node = piece.node
    if isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        return [(module, one.name, one.asname) for one in node.names]
    assert isinstance(node, ast.Import)
    return [(None, one.name, one.asname) for one in node.names]


def _bound(one: Import) -> str:
    """Return the name that an import defines."""
    module, name, called = one
    return called or (name if module else name.split(".")[0])


def _lines(piece: Piece, wanted: list[Import]) -> list[str]:
    comments = [line for line in piece.lead if line.strip()]
    if wanted == _names(piece):
        return [*comments, *(line for line in piece.lines if line.strip())]
    names = ", ".join(name + (f" as {called}" if called else "") for _, name, called in wanted)
    module = wanted[0][0]
    return [f"from {module} import {names}" if module else f"import {names}"]


def _places(text: str) -> tuple[int, int]:
    """Return the lines below the docstring and below the imports at the top."""
    line = start = end = 0
    for piece in block_of(text).pieces:
        line += len(piece.lead) + len(piece.lines)
        if piece.key == ("docstring",):
            start = end = line
        elif piece.is_import:
            end = line
        else:
            break
    return start, end
