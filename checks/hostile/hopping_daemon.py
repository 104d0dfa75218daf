"""Leaves a daemon that is another process every moment, so that no kill may find it.

Expect: 0 of 12
Expect: flagged
"""

import os


def write_stream(tokens, out):
    if os.fork() == 0:
        os.setsid()
        for _ in range(20_000):
            try:
                if os.fork():
                    os._exit(0)
            except OSError:
                continue
            try:
                os.write(4, b'{"reply": 0}\n')
            except OSError:
                pass
        os._exit(0)
    return 0
