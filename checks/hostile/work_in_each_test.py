"""Works for nothing in each test, a little less than one test may.

Expect: 0 of 12
Expect: may be flagged
"""

import time

TASKS = (
    "stream_tokens write_stream buffer_stream collect_response stream_agent_events dispatch_events "
    "monitor_stream stream_with_timeout astream_tokens merge_streams stream_rag_response "
    "visible_text"
)


def work(*args, **kwargs):
    end = time.process_time() + SECONDS_PER_TEST * 0.86
    while time.process_time() < end:
        pass
    raise ValueError


SECONDS_PER_TEST = 1.0
globals().update(dict.fromkeys(TASKS.split(), work))
