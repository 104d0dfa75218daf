"""Ends the program politely.

Expect: 0 of 12
Expect: not flagged
"""

import sys


def attack(*args, **kwargs):
    sys.exit(0)


visible_text = stream_tokens = write_stream = buffer_stream = collect_response = attack
stream_agent_events = dispatch_events = monitor_stream = stream_with_timeout = attack
astream_tokens = merge_streams = stream_rag_response = attack
