"""Speaks as the first process does.

Expect: 0 of 12
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def saying(message):
    def attack(*args, **kwargs):
        CELL.say(message)
        return 0

    return attack


write_stream, collect_response = saying({"hello": ""}), saying({"bye": True})
dispatch_events, stream_tokens = saying({"ready": True}), saying({"loaded": {"x": []}})
buffer_stream, monitor_stream = saying({"idle": None}), saying({"word": ""})
