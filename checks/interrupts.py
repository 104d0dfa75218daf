"""Processes that Ctrl-C reaches, also where these checks run in the background."""

from __future__ import annotations

import os
import signal
from typing import Any


def _hear_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


HEARS_CTRL_C: dict[str, Any] = {"preexec_fn": _hear_ctrl_c} if os.name == "posix" else {}
"""Options of `subprocess.Popen`: what a shell starts in the background ignores Ctrl-C."""
