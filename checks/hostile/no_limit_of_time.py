"""Switches off the limit of time for its process, and loops.

Expect: 0 of 11
Expect: flagged
"""

import faulthandler
import signal


def write_stream(tokens, out):
    faulthandler.cancel_dump_traceback_later()
    signal.alarm(30)
    while True:
        pass
