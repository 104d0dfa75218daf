"""Fills the file that says where it was when time ran out, with lines of its own.

Expect: 0 of 11
Expect: flagged
"""

import os
import sys


def write_stream(tokens, out):
    trace = sys.modules["__main__"].TRACE
    text = 'at work\n  File "answers.py", line \u00b2\n' * 100_000
    os.write(trace.fileno(), text.encode())
    os._exit(0)


def collect_response(tokens, on_token=None):
    os.write(sys.modules["__main__"].TRACE.fileno(), b"\xff\xfe" * 10_000)
    os._exit(3)
