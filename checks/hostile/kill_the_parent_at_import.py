"""Kills the process that starts others while it is imported.

Expect: cannot load
Expect: flagged
"""

import os
import signal

os.kill(os.getppid(), signal.SIGKILL)
while True:
    pass
