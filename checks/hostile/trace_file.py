"""Fills the file that says where it was when time ran out, with lines of its own.

Expect: 0 of 12
Expect: flagged
"""

import gc
import os


def trace_file():
    return next(o._trace for o in gc.get_objects() if type(o).__name__ == "Watchdog")


def write_stream(tokens, out):
    trace = trace_file()
    text = 'at work\n  File "answers.py", line \u00b2\n' * 100_000
    os.write(trace.fileno(), text.encode())
    os._exit(0)


def collect_response(tokens, on_token=None):
    os.write(trace_file().fileno(), b"\xff\xfe" * 10_000)
    os._exit(3)
