"""Sends lists in lists in lists.

Expect: 0 of 12
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def nested(count):
    def attack(*args, **kwargs):
        text = b'{"$": "list", "v": [' * count + b"]}" * count
        CELL._outgoing.write(b'{"reply": ' + text + b"}\n")
        CELL._outgoing.flush()

    return attack


write_stream, collect_response, dispatch_events = nested(90), nested(400), nested(40_000)
