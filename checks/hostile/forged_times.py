"""Says that it waits until moments that are none, are past, or never come.

Expect: 0 of 12
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def waiting_until(moment):
    async def attack(*args, **kwargs):
        CELL.be_idle(moment)
        yield ""

    return attack


stream_agent_events = waiting_until(float("nan"))
stream_with_timeout = waiting_until(float("inf"))
astream_tokens = waiting_until("tomorrow")
merge_streams = waiting_until([1_000.0])
stream_rag_response = waiting_until(-1e308)
