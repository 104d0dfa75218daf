"""Stops the process that starts others, so that it starts none.

Expect: 0 of 12
Expect: flagged
"""

import os
import signal


def write_stream(tokens, out):
    os.kill(os.getppid(), signal.SIGSTOP)
    os._exit(0)
