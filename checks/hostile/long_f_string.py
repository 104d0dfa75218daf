"""Has an f-string that takes seconds to be parsed, and fails each test.

Expect: 0 of 12
Expect: may be flagged
"""

TASKS = (
    "stream_tokens write_stream buffer_stream collect_response stream_agent_events dispatch_events "
    "monitor_stream stream_with_timeout astream_tokens merge_streams stream_rag_response "
    "visible_text"
)


def fail(*args, **kwargs):
    raise ValueError


globals().update(dict.fromkeys(TASKS.split(), fail))


def long():
    return f"{1}"
