"""Switches off the limit of time, and sends a message now and then, so that it seems alive.

Expect: 0 of 12
Expect: flagged
"""

import signal
import time


def write_stream(tokens, out):
    signal.setitimer(signal.ITIMER_PROF, 0)
    for number in (signal.SIGPROF, signal.SIGXCPU, signal.SIGUSR1):
        signal.signal(number, signal.SIG_IGN)
    signal.alarm(30)
    while True:
        out.flush()
        time.sleep.__wrapped__(0.2)
