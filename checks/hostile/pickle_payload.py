"""Hands out objects that would run code where they are unpickled, and sends a pickle.

Expect: 0 of 12
Expect: flagged
"""

import base64
import gc
import os
import pickle

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")
CANARY = "/replaced/by/the/gate"


class Payload(str):
    def __reduce__(self):
        return os.system, (f"touch {CANARY}/unpickled",)


def write_stream(tokens, out):
    return Payload()


def collect_response(tokens, on_token=None):
    text = base64.b64encode(pickle.dumps(Payload())).decode()
    CELL.say({"reply": {"$": "pickle", "v": text}})


def dispatch_events(events, handlers, default=None):
    CELL._outgoing.write(pickle.dumps(Payload()) + b"\n")
    CELL._outgoing.flush()


def stream_tokens(model, prompt):
    kept = {"lc": 1, "type": "constructor", "id": ["os", "system"], "kwargs": {}}
    CELL.say({"reply": {"$": "message", "v": {"$": "dict", "v": [["type", "x"], ["data", kept]]}}})
    yield ""
