"""Sends 200 MB in one message, and 200 MB in many.

Expect: 0 of 12
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def write_stream(tokens, out):
    for _ in range(200):
        CELL._outgoing.write(b"x" * 2**20)


def collect_response(tokens, on_token=None):
    for _ in range(400):
        CELL.say({"cancels": "x" * 2**19})
