"""Raises an error whose text makes a pattern of the feedback try each place from each other one.

Expect: 0 of 12
Expect: may be flagged
"""

TASKS = (
    "stream_tokens write_stream buffer_stream collect_response stream_agent_events dispatch_events "
    "monitor_stream stream_with_timeout astream_tokens merge_streams stream_rag_response "
    "visible_text"
)


def fail(*args, **kwargs):
    raise TypeError(*["must be str concatenate str " * 70] * 400)


globals().update(dict.fromkeys(TASKS.split(), fail))
