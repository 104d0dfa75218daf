"""Leaves daemons that ignore signals and read what is meant for the next submission.

Expect: 0 of 12
Expect: flagged
"""

import gc
import os
import signal
import time

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")
sleep = getattr(time.sleep, "__wrapped__", time.sleep)


def write_stream(tokens, out):
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            for number in range(1, 32):
                try:
                    signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError):
                    pass
            sleep(0.3)
            for _ in range(500):
                os.read(CELL._incoming.fileno(), 100)
            os._exit(0)
    os._exit(0)
