"""Makes up for what Python in a browser lacks, before the course is imported."""

from __future__ import annotations

import asyncio
import asyncio.selector_events
import asyncio.unix_events
import json
import json.scanner
import sys
import time
from pathlib import Path
from typing import Any

STAND_INS = Path(__file__).parent / "stand_ins"
"""Small modules in place of packages that have no build for WebAssembly."""


def make_up() -> None:
    """Let event loops run without sockets, and packages be imported that are not there."""
    sys.path.append(str(STAND_INS))
    _take_back_the_event_loop()
    loop: Any = asyncio.selector_events.BaseSelectorEventLoop
    for name in ("_make_self_pipe", "_close_self_pipe", "_write_to_self"):
        setattr(loop, name, _nothing)
    _read_json_in_python()


def _read_json_in_python() -> None:
    """Let JSON that is nested too deeply raise an error: in C, it would use up the browser's stack."""
    scanner: Any = json.scanner
    scanner.make_scanner = scanner.py_make_scanner
    decoder: Any = json
    decoder._default_decoder = json.JSONDecoder()


def _take_back_the_event_loop() -> None:
    """Undo that Pyodide makes the browser's event loop the only one, and one that always runs."""
    for module, name in ((asyncio, "run"), (time, "sleep")):
        setattr(module, name, getattr(getattr(module, name), "__wrapped__", getattr(module, name)))
    events: Any = asyncio.events
    unix: Any = asyncio.unix_events
    events._set_event_loop_policy(unix._DefaultEventLoopPolicy())
    events._set_running_loop(None)


def _nothing(loop: Any) -> None:
    """There is no other thread that could wake the loop."""
