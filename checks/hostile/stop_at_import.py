"""Stops itself while it is imported, so that no limit of time ends it.

Expect: cannot load
Expect: flagged
"""

import os
import signal

os.kill(os.getpid(), signal.SIGSTOP)
