"""Ends the process with status 0 while it is imported.

Expect: cannot load
Expect: flagged
"""

import os

os._exit(0)
