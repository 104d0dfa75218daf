"""Starts a module of the course as a program: `python -sP course/start.py MODULE [ARGUMENTS ...]`.

With `python -m`, Python looks for everything in the current folder first, so one of the learner's
files can take the place of any module. Here, the folder of the course comes last.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def words(module: str) -> tuple[str, ...]:
    """Return what follows the name of the interpreter."""
    return ("-sP", __file__, module)


if __name__ == "__main__":
    sys.path.append(str(ROOT))
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
