"""Sleeps for no time, for negative time, for ever and for no number.

Expect: 0 of 12
Expect: not flagged
"""

import time


def sleeping(seconds):
    def attack(*args, **kwargs):
        time.sleep(seconds)
        return 0

    return attack


def sleeping_later(seconds):
    async def attack(*args, **kwargs):
        time.sleep(seconds)
        yield ""

    return attack


write_stream, collect_response = sleeping(float("nan")), sleeping(-1e308)
dispatch_events, monitor_stream = sleeping(1e308), sleeping(float("inf"))
stream_with_timeout, astream_tokens = sleeping_later(float("nan")), sleeping_later(-5)
merge_streams, stream_agent_events = sleeping_later(1e308), sleeping_later("x")
