"""Leaves a daemon behind that goes on for minutes and writes wherever it can.

Expect: 0 of 12
Expect: flagged
"""

import os
import time
from pathlib import Path

CANARY = "/replaced/by/the/gate"
sleep = getattr(time.sleep, "__wrapped__", time.sleep)


def live_on():
    for _ in range(600):
        for number in range(3, 16):
            try:
                os.write(number, b'{"reply": 0}\n')
            except OSError:
                pass
        try:
            Path(CANARY, "daemon").touch()
        except OSError:
            pass
        sleep(0.2)
    os._exit(0)


def write_stream(tokens, out):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            live_on()
        os._exit(0)
    return 0
