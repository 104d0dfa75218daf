"""Crashes the interpreter.

Expect: 0 of 12
Expect: flagged
"""

import ctypes


def attack(*args, **kwargs):
    return ctypes.string_at(1)


write_stream = collect_response = attack
