"""The exact versions that `constraints.txt` names. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;#]+)", re.MULTILINE)

_FOR_UV = re.compile(r"^(constraint-dependencies = \[.*\n)(?:    .*\n)*\]", re.MULTILINE)


def normal(name: str) -> str:
    """Return the name of a package in the normal form, so that spellings agree."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;]", name.strip())[0]).lower()


def versions(constraints: str) -> dict[str, str]:
    """Return the pinned version of each package, by its normal name."""
    return {normal(pin["name"]): pin["version"] for pin in _PIN.finditer(constraints)}


def in_project(project: str, constraints: str) -> str:
    """Return the text of `pyproject.toml` with the pins as uv reads them.

    uv cannot read `constraints.txt` when it makes an environment. A text without a place for them
    stays as it is.

    Args:
        project: the text of `pyproject.toml`.
        constraints: the text of `constraints.txt`.
    """
    pinned = (line for line in constraints.splitlines() if _PIN.match(line))
    lines = "".join(f'    "{line}",\n' for line in pinned)
    return _FOR_UV.sub(lambda found: f"{found[1]}{lines}]", project)


def as_lower_bounds(constraints: str) -> str:
    """Return the text with each version as a minimum."""
    return _PIN.sub(r"\g<name>>=\g<version>", constraints)


def moved(constraints: str, newer: Mapping[str, str]) -> str:
    """Return the text with new versions, sorted below the comments at its top.

    A package that is not in `newer` keeps its version: it may be for another system.

    Args:
        constraints: the text of `constraints.txt`.
        newer: the version of each package, by its name in any spelling.
    """
    lines = constraints.splitlines()
    pinned = {normal(line): line for line in lines if _PIN.match(line)}
    for name, version in newer.items():
        line = pinned.get(normal(name), f"{name}=={version}")
        pinned[normal(name)] = _PIN.sub(rf"\g<name>=={version}", line, count=1)
    comments = [line for line in lines if line.startswith("#")]
    return "\n".join([*comments, *sorted(pinned.values(), key=str.lower), ""])
