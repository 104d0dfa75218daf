"""`make bench`: measure what the course promises about speed, and say whether it holds.

Every promise is a ratio of two things measured in turn in the same run, because machines differ
and change. Where a promise is in seconds, it is about a machine like the one that wrote
`benchmarks/README.md`.
"""

from __future__ import annotations

import argparse
import sys

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks import browser, busy, cohort, containment, costly, grading, otter, streaming, wire
from benchmarks.measure import Result

PARTS = {
    "grading": grading.measure,
    **streaming.parts(),
    "wire": wire.measure,
    "cohort": cohort.measure,
    "containment": containment.measure,
}
ON_REQUEST = {
    "otter": otter.measure,
    "busy": busy.measure,
    "costly": costly.measure,
    "browser": browser.measure,
}
"""Parts that need a package index, a browser, or many minutes."""

KNOWN = {**PARTS, **ON_REQUEST}


def main(words: list[str]) -> int:
    """Measure all parts, or those that are named. Status 1 if a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m course bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of: {', '.join(KNOWN)}")
    wanted = parser.parse_args(words).parts or list(PARTS)
    unknown = [name for name in wanted if not _parts_of(name)]
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}: choose from {', '.join(KNOWN)}")
    names = [part for name in wanted for part in _parts_of(name)]
    results: list[Result] = []
    with Progress(transient=True) as progress:
        for name in names:
            results += KNOWN[name](progress)
    console = Console()
    console.width = max(console.width, 110)
    console.print(table(results))
    broken = [result.name for result in results if not result.holds]
    if broken:
        print(f"Broken promises: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


def _parts_of(name: str) -> list[str]:
    """The parts that a name stands for: "streaming" for all lessons."""
    return [name] if name in KNOWN else [part for part in PARTS if part.startswith(f"{name}_")]


def table(results: list[Result]) -> Table:
    """Return the results as a table."""
    made = Table("what", "measured", "promised", "", box=None, pad_edge=False)
    for result in results:
        mark = "ok" if result.holds else "[red]broken[/red]"
        made.add_row(result.name, result.measured, result.promised, mark)
    return made


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
