"""Ends itself by a signal while it is imported.

Expect: cannot load
Expect: flagged
"""

import os
import signal

os.kill(os.getpid(), signal.SIGKILL)
