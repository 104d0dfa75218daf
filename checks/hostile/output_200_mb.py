"""Prints 200 MB.

Expect: 0 of 12
Expect: not flagged
"""

import sys


def write_stream(tokens, out):
    for _ in range(200):
        print("x" * 2**20)
        sys.__stdout__.write("x" * 2**20)
    return 0
