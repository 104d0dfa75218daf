"""Asks pytest to end the session.

Expect: 0 of 12
Expect: not flagged
"""

import pytest


def attack(*args, **kwargs):
    pytest.exit("all is well", returncode=0)


visible_text = stream_tokens = write_stream = buffer_stream = collect_response = attack
stream_agent_events = dispatch_events = monitor_stream = stream_with_timeout = attack
astream_tokens = merge_streams = stream_rag_response = attack
