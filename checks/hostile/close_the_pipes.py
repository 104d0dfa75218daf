"""Closes all files that it has.

Expect: 0 of 12
Expect: flagged
"""

import os


def write_stream(tokens, out):
    os.closerange(0, 256)
    return 0
