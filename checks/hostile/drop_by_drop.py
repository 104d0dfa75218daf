"""Switches off the limit of time, and sends a message now and then, so that it seems alive.

Expect: 0 of 11
Expect: flagged
"""

import faulthandler
import signal
import time


def write_stream(tokens, out):
    faulthandler.cancel_dump_traceback_later()
    signal.alarm(30)
    while True:
        out.flush()
        time.sleep.__wrapped__(0.2)
