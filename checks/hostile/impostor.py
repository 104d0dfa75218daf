"""Says that it is gone, stays, and plays the first process for whoever comes next.

Expect: 0 of 12
Expect: flagged
"""

import gc
import json
import signal

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def write_stream(tokens, out):
    signal.setitimer(signal.ITIMER_PROF, 0)
    for number in (signal.SIGPROF, signal.SIGXCPU, signal.SIGUSR1):
        signal.signal(number, signal.SIG_IGN)
    signal.alarm(60)
    CELL.say({"gone": 86, "trace": "at work", "left": 0, "word": ""})
    while True:
        CELL._outgoing.flush()
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
