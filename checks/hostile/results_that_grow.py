"""Hands out one small list very often, and lets it grow when the tests have it everywhere.

Expect: 0 of 12
Expect: may be flagged
"""

OFTEN = 20_000


def grows():
    held = []
    for _ in range(OFTEN):
        yield held
    held.extend(["all is well"] * OFTEN)
    yield held


def stream(*args, **kwargs):
    yield from grows()


async def stream_later(*args, **kwargs):
    for held in grows():
        yield held


HELD = {}


def result(*args, **kwargs):
    HELD[len(HELD)] = [HELD] * 9
    return HELD


def collect_response(tokens, on_token=None):
    if on_token is not None:
        for held in grows():
            on_token(held)
    return result()


visible_text = write_stream = dispatch_events = result
stream_tokens = buffer_stream = monitor_stream = stream
stream_agent_events = stream_with_timeout = astream_tokens = stream_later
merge_streams = stream_rag_response = stream_later
