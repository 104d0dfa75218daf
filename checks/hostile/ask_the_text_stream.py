"""Asks the text stream of the test for its lines and its attributes.

Expect: 0 of 12
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def write_stream(tokens, out):
    out.write("".join(tokens))
    lines = CELL.ask("iter", out._number)
    visible = CELL.ask("get", out._number, "visible")
    return len("".join(lines)) + len(visible)
