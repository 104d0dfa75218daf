"""Says that it is not started: a test that does not run cannot fail.

Expect: 0 of 12
Expect: not flagged
"""


def attack(*args, **kwargs):
    raise NotImplementedError("Task 2 of 12: stream_tokens")


visible_text = stream_tokens = write_stream = buffer_stream = collect_response = attack
stream_agent_events = dispatch_events = monitor_stream = stream_with_timeout = attack
astream_tokens = merge_streams = stream_rag_response = attack
