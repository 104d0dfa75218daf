"""Iterates the list of the test, and takes items of it from outside of what it replaces.

Expect: 0 of 12
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def buffer_stream(tokens, max_chars=50, marks=()):
    if isinstance(tokens, list):
        CELL.ask("splice", tokens._number, 0, 0, [[-1, None]])
    yield from tokens


def dispatch_events(events, handlers, default=None):
    if isinstance(events, list):
        return {"found": len(list(CELL.ask("iter", events._number)))}
    return {}
