"""Starts a thread that writes into the channel all the time.

Expect: 0 of 12
Expect: flagged
"""

import gc
import threading

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def shout():
    for _ in range(100_000):
        CELL._outgoing.write(b'{"reply": 0}\n')
        CELL._outgoing.flush()


def write_stream(tokens, out):
    threading.Thread(target=shout, daemon=True).start()
    while True:
        pass
