"""Brings tests of its own that ask for less.

Expect: 0 of 12
Expect: not flagged
"""


def write_stream(tokens, out):
    return 0


def collect_response(tokens, on_token=None):
    return ""
