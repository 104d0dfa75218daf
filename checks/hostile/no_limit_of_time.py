"""Switches off the limit of time for its process, and loops.

Expect: 0 of 12
Expect: flagged
"""

import signal


def write_stream(tokens, out):
    signal.setitimer(signal.ITIMER_PROF, 0)
    for number in (signal.SIGPROF, signal.SIGXCPU, signal.SIGUSR1):
        signal.signal(number, signal.SIG_IGN)
    signal.alarm(30)
    while True:
        pass
