"""Sleeps in real time.

Expect: 0 of 12
Expect: not flagged
"""

import time


def write_stream(tokens, out):
    time.sleep.__wrapped__(600)
    return 0
