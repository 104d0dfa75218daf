"""Has the other side await a hundred thousand things.

Expect: 0 of 12
Expect: may be flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


async def stream_with_timeout(source, idle=None, total=None):
    for call in range(100_000):
        CELL.say({"later": call, "n": source._number, "method": "__anext__", "v": []})
    yield ""
