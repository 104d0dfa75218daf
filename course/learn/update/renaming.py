"""A task under another name: in the definition and wherever the code uses it."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from course.catalog import Function


def renamed(source: str, names: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Rename what a file defines at its top level, and each use of it.

    A name stays if the file already defines the new one.

    Args:
        source: the text of the file, which parses.
        names: the new name for each old one.

    Returns:
        The text, and which names were found and changed.
    """
    tree = ast.parse(source)
    defined = {one.name for one in tree.body if isinstance(one, Function | ast.ClassDef)}
    found = {old: new for old, new in names.items() if old in defined and new not in defined}
    if not found:
        return source, {}
    lines = source.split("\n")
    places: set[tuple[int, int, str]] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in found:
            places.add((node.lineno, node.col_offset, node.id))
    for top in tree.body:
        if isinstance(top, Function | ast.ClassDef) and top.name in found:
            head = re.search(rf"\b{re.escape(top.name)}\b", lines[top.lineno - 1])
            assert head, "a definition has its name in its first line"
            column = len(lines[top.lineno - 1][: head.start()].encode())
            places.add((top.lineno, column, top.name))
    for number, column, old in sorted(places, reverse=True):
        line = lines[number - 1].encode()
        # Before 3.12, Python does not say where in an f-string a name is
        if line[column : column + len(old.encode())] == old.encode():
            after = line[column + len(old.encode()) :]
            lines[number - 1] = (line[:column] + found[old].encode() + after).decode()
    return "\n".join(lines), found
