"""Sends a dict whose keys all have the same hash, and numbers with too many digits.

Expect: 0 of 12
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def write_stream(tokens, out):
    pairs = [[number * (2**61 - 1), 0] for number in range(1, 35_000)]
    CELL.say({"reply": {"$": "dict", "v": pairs}})


def collect_response(tokens, on_token=None):
    CELL._outgoing.write(b'{"reply": ' + b"9" * 900_000 + b"}\n")
    CELL._outgoing.flush()
