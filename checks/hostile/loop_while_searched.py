"""Loops only while it is searched in its own process, and does not let itself be given up.

Expect: 0 of 12
Expect: not flagged
"""

import sys


def is_searched():
    frame = sys._getframe()
    while frame is not None:
        if frame.f_globals.get("__name__") == "course.official.contained.searches":
            return True
        frame = frame.f_back
    return False


def collect_response(tokens, on_token=None):
    while is_searched():
        try:
            while True:
                pass
        except BaseException:
            pass
    return "".join(tokens)


stream_tokens = stream_with_timeout = buffer_stream = collect_response
