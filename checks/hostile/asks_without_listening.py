"""Asks and asks, and reads no answer, until the pipe is full.

Expect: 0 of 12
Expect: flagged
"""

import gc
import signal

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def collect_response(tokens, on_token=None):
    signal.alarm(20)
    while True:
        CELL.say({"ask": "next", "v": [tokens._number], "thread": False})
