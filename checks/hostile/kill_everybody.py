"""Kills every process that it can.

Expect: 0 of 12
Expect: flagged
"""

import os
import signal


def write_stream(tokens, out):
    os.kill(-1, signal.SIGKILL)
    return 0
