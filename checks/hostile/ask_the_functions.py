"""Asks a handler of the test for its attributes, and calls it with what is no call.

Expect: 0 of 12
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def collect_response(tokens, on_token=None):
    number = next((n for n, known in CELL._theirs.items() if known is on_token), 1)
    return str(CELL.ask("get", number, "__globals__"))


def dispatch_events(events, handlers, default=None):
    for handler in handlers.values():
        number = next(n for n, known in CELL._theirs.items() if known is handler)
        CELL.ask("function", number, "the arguments", [["self", 1]])
    return {}
