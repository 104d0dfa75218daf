"""Replies with the wrong kind of thing wherever the other side wants a certain one.

Expect: 0 of 12
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")
take = CELL.printed.take


def saying(what, value):
    def attack(*args, **kwargs):
        setattr(CELL, what, lambda *args: value)
        return 0

    return attack


def printing(*args, **kwargs):
    CELL.printed.take = lambda: ["12 of 12"]
    return 0


def saying_later(what, value):
    async def attack(*args, **kwargs):
        setattr(CELL, what, lambda *args: value)
        yield ""

    return attack


write_stream = printing
stream_with_timeout = saying_later("_left", -1e308)
astream_tokens = saying_later("_left", [0])
merge_streams = saying_later("_where", 7)
stream_agent_events = saying_later("encode", {"$": "live", "n": "x", "kind": "model"})
collect_response = saying("encode", {"$": "error", "n": 1})
