"""Crashes Python while it is imported.

Expect: cannot load
Expect: flagged
"""

import ctypes

ctypes.string_at(0)
