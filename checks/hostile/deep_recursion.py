"""Calls itself without end, in Python and in C.

Expect: 0 of 12
Expect: may be flagged
"""

import json
import sys


def write_stream(tokens, out):
    return write_stream(tokens, out)


def collect_response(tokens, on_token=None):
    sys.setrecursionlimit(10**9)
    nested = []
    for _ in range(10**6):
        nested = [nested]
    return json.dumps(nested) or repr(nested)


def dispatch_events(events, handlers, default=None):
    nested = {}
    nested["nested"] = nested
    return nested
