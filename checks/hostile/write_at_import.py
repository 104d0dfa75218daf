"""Writes what is no message into everything that is open, while it is imported.

Expect: cannot load
Expect: flagged
"""

import os

for number in range(3, 16):
    try:
        os.write(number, b"all tests have passed\n")
    except OSError:
        pass
