"""Stops itself, so that no limit of time ends it.

Expect: 0 of 12
Expect: flagged
"""

import os
import signal


def write_stream(tokens, out):
    os.kill(os.getpid(), signal.SIGSTOP)
    return 0
