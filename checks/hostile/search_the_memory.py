"""Searches its own memory for the word by which the first process is known.

Expect: 0 of 12
Expect: flagged
"""

import gc
import re

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def write_stream(tokens, out):
    words = set()
    for one in gc.get_objects():
        for value in one.values() if type(one) is dict else one if type(one) is list else ():
            if isinstance(value, str) and re.fullmatch("[0-9a-f]{32}", value):
                words.add(value)
    for word in [*words, "", "0" * 32]:
        CELL.say({"gone": 0, "trace": "", "left": 0, "word": word})
    return 0
