"""Writes into a console past its file, and reads what is in it.

Lesson: 19
Expect: 0 of 7
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def render_live(tokens, console, refresh=8.0):
    number = next(n for n, known in CELL._theirs.items() if known is console)
    text = "".join(tokens)
    CELL.ask("write", number, text)
    return str(CELL.ask("get", number, "file"))
