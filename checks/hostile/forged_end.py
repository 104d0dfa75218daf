"""Says that its process is gone, and goes on.

Expect: 0 of 12
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def attack(*args, **kwargs):
    CELL.say({"gone": 86, "trace": "at work", "word": "", "left": 0})
    return 0


visible_text = stream_tokens = write_stream = buffer_stream = collect_response = attack
stream_agent_events = dispatch_events = monitor_stream = stream_with_timeout = attack
astream_tokens = merge_streams = stream_rag_response = attack
