"""Has the pipes wait for nothing: they are those of the process that starts others too.

Expect: 0 of 12
Expect: may be flagged
"""

import fcntl
import gc
import os

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def write_stream(tokens, out):
    for file in (CELL._incoming, CELL._outgoing):
        fcntl.fcntl(file, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND)
        fcntl.fcntl(file, 1031, 4096)  # F_SETPIPE_SZ
    return 0
