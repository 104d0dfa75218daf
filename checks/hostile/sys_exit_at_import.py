"""Ends the program politely while it is imported.

Expect: cannot load
Expect: flagged
"""

import sys

sys.exit(0)
