"""Kills the process that starts others, and its own group.

Expect: 0 of 12
Expect: flagged
"""

import os
import signal


def write_stream(tokens, out):
    os.kill(os.getppid(), signal.SIGKILL)
    return 0


def collect_response(tokens, on_token=None):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
        os.kill(0, number)
    return ""
