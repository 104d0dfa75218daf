"""Leaves half a message in the channel, and takes half a message out of it.

Expect: 0 of 12
Expect: flagged
"""

import gc
import os

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def write_stream(tokens, out):
    CELL._outgoing.write(b'{"reply": {"$": "list", "v": [')
    CELL._outgoing.flush()
    os._exit(0)


def collect_response(tokens, on_token=None):
    CELL.say({"ask": "next", "v": [tokens._number], "thread": False})
    os.read(CELL._incoming.fileno(), 5)
    os._exit(0)


def dispatch_events(events, handlers, default=None):
    CELL._outgoing.write(b'\x00\xff\n\n\n[]\n7\nnull\n"gone"\n')
    CELL._outgoing.flush()
    return {}
