"""Forks as often as it can, and its children too.

Expect: 0 of 12
Expect: flagged
"""

import os
import time

sleep = getattr(time.sleep, "__wrapped__", time.sleep)


def write_stream(tokens, out):
    for _ in range(6):  # 64 processes, if they are let
        try:
            os.fork()
        except OSError:
            pass
    sleep(30)
    os._exit(0)
