"""Ends the process when a test is about to begin: it is neither passed nor failed then.

Expect: 0 of 12
Expect: flagged
"""

import os
import sys

main = sys.modules["__main__"]
begin = main.Cell._begin
begun = 0


def hostile_begin(cell, now):
    global begun
    begun += 1
    if begun > 1:
        os._exit(0)
    begin(cell, now)


main.Cell._begin = hostile_begin


def attack(*args, **kwargs):
    raise ValueError


visible_text = stream_tokens = write_stream = buffer_stream = collect_response = attack
stream_agent_events = dispatch_events = monitor_stream = stream_with_timeout = attack
astream_tokens = merge_streams = stream_rag_response = attack
