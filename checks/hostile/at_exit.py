"""Leaves code to be run when the process ends or forks.

Expect: 0 of 12
Expect: not flagged
"""

import atexit
import os
import sys


def shout(*args):
    for number in range(3, 16):
        try:
            os.write(number, b'{"gone": 0, "trace": "", "left": 0, "word": ""}\n')
        except OSError:
            pass


class Last:
    __del__ = shout


atexit.register(shout)
os.register_at_fork(before=shout, after_in_child=shout, after_in_parent=shout)
sys.unraisablehook = sys.excepthook = shout
LAST = Last()


def write_stream(tokens, out):
    return 0
