"""A file of Python, taken apart into the pieces that belong to its statements.

Put together again, the pieces give the same text.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from dataclasses import dataclass

from course.catalog import Function, decorators, first_line

Lines = tuple[str, ...]
Key = tuple[str, ...]
"""What a piece is found by in another version of the file."""

_TOLD_APART = ("setter", "deleter", "overload")
"""Functions with these decorators share their name with another one."""


@dataclass(frozen=True)
class Piece:
    """One statement, or several in one line.

    Attributes:
        key: what it is found by: ("name", "stream_tokens").
        lead: blank lines and comments above it.
        lines: its own lines, with decorators and with indented comments at its end.
        node: its syntax tree; of several, the first.
        alone: whether it is one statement.
    """

    key: Key
    lead: Lines
    lines: Lines
    node: ast.stmt
    alone: bool = True

    @property
    def name(self) -> str:
        """What it defines, or ""."""
        return self.key[1] if self.key[0] == "name" else ""

    @property
    def is_import(self) -> bool:
        return self.alone and isinstance(self.node, ast.Import | ast.ImportFrom)

    @property
    def is_guard(self) -> bool:
        """Whether it says what to do when the file is run as a program."""
        main = "__name__ == '__main__'"
        return isinstance(self.node, ast.If) and ast.unparse(self.node.test) == main

    def says_the_same_as(self, other: Piece) -> bool:
        """Whether the text is the same, apart from blanks at the ends of lines."""
        return _stripped(self.lines) == _stripped(other.lines)


@dataclass(frozen=True)
class Block:
    """The statements of a file or of a class.

    Attributes:
        head: the lines before the first statement of a class; empty for a file.
        pieces: the statements.
        tail: what follows the last one.
    """

    head: Lines
    pieces: tuple[Piece, ...]
    tail: Lines

    def find(self, key: Key) -> Piece | None:
        """Return the last piece with a key: that is the one that counts."""
        return next((one for one in reversed(self.pieces) if one.key == key), None)


@dataclass(frozen=True)
class Parts:
    """A function in parts.

    Attributes:
        head: decorators, signature and docstring.
        body: the rest.
        signature: all that a caller sees, without the name.
        docstring: without its indentation; "" if there is none.
        indent: what its statements begin with.
        written: whether the body is more than that of a stub.
    """

    head: Lines
    body: Lines
    signature: str
    docstring: str
    indent: str
    written: bool


def block_of(source: str) -> Block:
    """Take a file apart.

    Raises:
        SyntaxError: if it does not parse. Or ValueError, RecursionError, MemoryError.
    """
    lines = source.split("\n")
    return _block(lines, ast.parse(source).body, 1, len(lines))


def block_of_class(piece: Piece, node: ast.ClassDef) -> Block | None:
    """Take a class apart; None if it is in a single line."""
    start = first_line(node)
    body = _first_line_of(node.body[0])
    if node.body[0].lineno == node.lineno or body - start < 1:
        return None
    shift = start - 1
    found = _block(list(piece.lines), node.body, 1 + body - start, len(piece.lines), shift)
    return Block(piece.lines[: body - start], found.pieces, found.tail)


def parts_of(piece: Piece, node: Function) -> Parts:
    """Take a function apart."""
    start = first_line(node)
    has_docstring = ast.get_docstring(node) is not None
    statements = node.body[1:] if has_docstring else node.body
    ends, column = _end_of_head(piece, node, start)
    head, body = list(piece.lines[:ends]), list(piece.lines[ends:])
    if column:  # the body begins in the line in which the head ends
        cut = head.pop().encode()
        indent = " " * (node.col_offset + 4)
        head.append(cut[:column].decode().rstrip().removesuffix(";"))
        body.insert(0, indent + cut[column:].decode())
    else:
        before = piece.lines[_first_line_of(node.body[0]) - start][: node.body[0].col_offset]
        indent = before if not before.strip() else " " * (node.col_offset + 4)
    return Parts(
        head=tuple(head),
        body=tuple(body),
        signature=signature_of(node),
        docstring=inspect.cleandoc(ast.get_docstring(node) or ""),
        indent=indent,
        written=not _is_stub(statements, body),
    )


def signature_of(node: Function) -> str:
    """Return what a caller sees, without the name: "async (source, *, idle) -> str"."""
    decorated = "".join(f"@{ast.unparse(one)} " for one in node.decorator_list)
    kind = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{decorated}{kind}({ast.unparse(node.args)}){returns}"


def is_written(piece: Piece) -> bool:
    """Whether a function or a class has more in it than its stub."""
    node = piece.node
    if isinstance(node, Function):
        return parts_of(piece, node).written
    if isinstance(node, ast.ClassDef) and (block := block_of_class(piece, node)):
        return any(is_written(one) for one in block.pieces if isinstance(one.node, Function))
    return True


def is_empty_task(piece: Piece) -> bool:
    """Whether it is a task as a stub has it."""
    raises = any('raise NotImplementedError("Task ' in line for line in piece.lines)
    return raises and not is_written(piece)


def names_in(node: ast.AST) -> set[str]:
    """Return the names that a piece of code uses."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _block(
    lines: list[str], nodes: Sequence[ast.stmt], start: int, end: int, shift: int = 0
) -> Block:
    """Return the statements between two lines. Line 1 of `lines` is `shift` lines below the file's.

    Statements that share a line make one piece.
    """
    groups: list[list[ast.stmt]] = []
    for node in nodes:
        if groups and _first_line_of(node) <= (groups[-1][-1].end_lineno or 0):
            groups[-1].append(node)
        else:
            groups.append([node])
    outside = nodes[0].col_offset if nodes else 0
    pieces: list[Piece] = []
    counted: dict[Key, int] = {}
    after = start
    for position, group in enumerate(groups):
        first, last = _first_line_of(group[0]) - shift, (group[-1].end_lineno or 0) - shift
        following = groups[position + 1][0] if position + 1 < len(groups) else None
        until = _first_line_of(following) - shift if following else end + 1
        last += _comments_inside(lines[last : until - 1], outside)
        key = _key(group, position == 0)
        if isinstance(group[0], ast.Assign | ast.AnnAssign) and any(p.key == key for p in pieces):
            key = ("again", *key)  # what had the name before is still needed
        if key[0] not in ("name", "docstring") or "overload" in key:
            counted[key] = counted.get(key, 0) + 1
            key = (*key, str(counted[key]))
        own, lead = tuple(lines[first - 1 : last]), tuple(lines[after - 1 : first - 1])
        pieces.append(Piece(key, lead, own, group[0], len(group) == 1))
        after = last + 1
    return Block((), tuple(pieces), tuple(lines[after - 1 : end]))


def _comments_inside(lines: Sequence[str], outside: int) -> int:
    """Return how many of the lines after a statement belong to it: down to the last indented."""
    inside = [
        number
        for number, line in enumerate(lines, start=1)
        if line.strip() and len(line) - len(line.lstrip()) > outside
    ]
    return inside[-1] if inside else 0


def _key(group: Sequence[ast.stmt], first: bool) -> Key:
    node = group[0]
    if len(group) > 1:
        return ("code", "; ".join(map(ast.unparse, group)))
    if isinstance(node, Function | ast.ClassDef):
        apart = [one for one in decorators(node) if one in _TOLD_APART]
        return ("name", node.name, *apart)
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return ("name", ", ".join(map(ast.unparse, targets)))
    if first and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return ("docstring",)
    if isinstance(node, ast.If):
        return ("if", ast.unparse(node.test))
    return ("code", ast.unparse(node))


def _first_line_of(node: ast.stmt) -> int:
    return first_line(node) if isinstance(node, Function | ast.ClassDef) else node.lineno


def _end_of_head(piece: Piece, node: Function, start: int) -> tuple[int, int]:
    """Return in which line of the piece the head ends, and the column if the body begins there."""
    first = node.body[0]
    if ast.get_docstring(node) is None:
        # Comments between the signature and the first statement belong to the body
        line = _first_line_of(first) - start
        if piece.lines[line].encode()[: first.col_offset].strip():
            return line + 1, first.col_offset
        while line > 0 and piece.lines[line - 1].strip()[:1] in ("", "#"):
            line -= 1
        return line, 0
    ends = (first.end_lineno or first.lineno) - start
    if len(node.body) > 1 and node.body[1].lineno - start == ends:
        return ends + 1, node.body[1].col_offset
    return ends + 1, 0


def _is_stub(statements: Sequence[ast.stmt], body: Sequence[str]) -> bool:
    """Whether a body only raises NotImplementedError, or does nothing, and has no notes in it."""
    said = [ast.unparse(one) for one in statements]
    if said[:1] and said[0].startswith(("raise NotImplementedError", "...", "pass")):
        said = said[1:]
    notes = [line for line in body if line.lstrip().startswith("#")]
    return not notes and said in ([], ["yield"])


def _stripped(lines: Lines) -> list[str]:
    stripped = [line.rstrip() for line in lines]
    while stripped and not stripped[-1]:
        stripped.pop()
    return stripped
