"""Starts threads that never end, some of which swallow everything.

Expect: 0 of 12
Expect: may be flagged
"""

import threading


def loop():
    while True:
        try:
            threading.Event().wait(0.01)
        except BaseException:
            pass


def write_stream(tokens, out):
    for _ in range(12):
        threading.Thread(target=loop).start()
    return 0
