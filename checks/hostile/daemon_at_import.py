"""Leaves a process behind while it is imported, and then fails as by an honest mistake.

Expect: cannot load
Expect: flagged
"""

import os
import time

sleep = getattr(time.sleep, "__wrapped__", time.sleep)

if os.fork() == 0:
    os.setsid()
    sleep(600)
    os._exit(0)

import no_such_module  # noqa: E402, F401
