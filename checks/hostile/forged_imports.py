"""Speaks for the module while it is imported, and never lets the import end.

Expect: 0 of 12
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")
NAMES = ("stream_tokens", "write_stream", "collect_response", "__class__", "lesson", 7, "a b")
CELL.say({"loaded": {name: [["x", 99, 1], [], {}, "tokens", None] for name in NAMES}})
while True:
    message = CELL.hear()
    CELL.say({"reply": {"$": "tuple", "v": [message["do"]]}})
