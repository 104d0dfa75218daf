"""Has each message send a signal to the process that starts others.

Expect: 0 of 12
Expect: may be flagged
"""

import fcntl
import gc
import os

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def write_stream(tokens, out):
    for file in (CELL._incoming, CELL._outgoing):
        fcntl.fcntl(file, fcntl.F_SETOWN, os.getppid())
        fcntl.fcntl(file, fcntl.F_SETFL, os.O_ASYNC)
    return 0
