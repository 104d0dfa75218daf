"""Says that it is gone, stays, and plays the first process for whoever comes next.

Expect: 0 of 11
Expect: flagged
"""

import faulthandler
import gc
import json
import signal

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def write_stream(tokens, out):
    faulthandler.cancel_dump_traceback_later()
    signal.alarm(60)
    CELL.say({"gone": 1, "trace": "Timeout (0:00:05)!", "left": 0, "word": ""})
    while True:
        message = json.loads(CELL._incoming.readline() or "{}")
        match message.get("do"):
            case "end":
                CELL.say({"bye": True, "gone": 0, "trace": "", "left": 0, "word": ""})
            case "hello":
                CELL.say({"hello": message["word"]})
            case "start":
                CELL.say({"ready": True})
            case "load":
                CELL.say({"loaded": {}})
            case None:
                CELL.say({"gone": 0, "trace": "", "left": 0, "word": message.get("word", "")})
            case _:
                CELL.say({"reply": None})
