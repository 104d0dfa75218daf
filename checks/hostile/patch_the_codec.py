"""Has every value encoded as something that the other side does not know, or must not make.

Expect: 0 of 12
Expect: flagged
"""

import sys

plain_data = sys.modules["course.official.protocol.plain_data"]
KINDS = iter(["equal", "__class__", "error", "live", "back", "chunk", "message", "", 7, None])


def encode(codec, value, depth=0):
    return {"$": next(KINDS, "pickle"), "v": "all is well", "n": 1, "type": "Skipped", "kind": "x"}


def attack(*args, **kwargs):
    plain_data.Codec.encode = encode
    return 0


visible_text = stream_tokens = write_stream = buffer_stream = collect_response = attack
stream_agent_events = dispatch_events = monitor_stream = stream_with_timeout = attack
astream_tokens = merge_streams = stream_rag_response = attack
