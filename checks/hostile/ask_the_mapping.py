"""Calls and iterates the handlers themselves, which are a dict, and changes them like a list.

Expect: 0 of 12
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def dispatch_events(events, handlers, default=None):
    for request, *arguments in (
        ["iter"],
        ["function", [], {}],
        ["get", "keys"],
        ["splice", 0, 0, [[None, "x"]]],
    ):
        try:
            CELL.ask(request, handlers._number, *arguments)
        except Exception:
            pass
    return {"token": 1}
