"""Reads the private attributes of the record that it is given.

Expect: 0 of 12
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def monitor_stream(tokens, metrics, clock=None):
    known = CELL.ask("get", metrics._number, "__dict__")
    yield str(CELL.ask("get", metrics._number, "__class__")) + str(known)
