"""Sends requests ahead that cost much to read, each as large as a message may be.

Expect: 0 of 12
Expect: flagged
"""

import gc
import json

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")
CHUNK = {"$": "chunk", "v": {"$": "dict", "v": [["content", "x"]]}}
VALUE = {"$": "list", "v": [CHUNK] * 12_000}
LINES = {"$": "list", "v": []}
LINE = json.dumps({"ask": "sleep", "v": [VALUE, LINES], "thread": False}).encode() + b"\n"
TASKS = (
    "stream_tokens write_stream buffer_stream collect_response stream_agent_events dispatch_events "
    "monitor_stream stream_with_timeout astream_tokens merge_streams stream_rag_response "
    "visible_text"
)


def send(*args, **kwargs):
    for _ in range(30):
        CELL._outgoing.write(LINE)
    CELL._outgoing.flush()
    return 0


globals().update(dict.fromkeys(TASKS.split(), send))
