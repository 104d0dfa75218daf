"""Answers what was not asked yet, many times over.

Expect: 0 of 12
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def write_stream(tokens, out):
    for _ in range(100):
        CELL.say({"reply": 0})
    return 0


def stream_tokens(model, prompt):
    for _ in range(100):
        CELL.say({"stop": True})
    yield ""


def collect_response(tokens, on_token=None):
    for number in (1, 2, 3, True, -1, 10**30, "1", None, [1]):
        CELL.say({"error": {"$": "back", "n": number}})
    return ""
