"""Sleeps in real time in each test, a little less than one test may.

Expect: 0 of 12
Expect: flagged
"""

import threading

TASKS = (
    "stream_tokens write_stream buffer_stream collect_response stream_agent_events dispatch_events "
    "monitor_stream stream_with_timeout astream_tokens merge_streams stream_rag_response "
    "visible_text"
)


def nap(*args, **kwargs):
    threading.Event().wait(SECONDS_PER_TEST * 0.86)
    raise ValueError


SECONDS_PER_TEST = 1.0
globals().update(dict.fromkeys(TASKS.split(), nap))
