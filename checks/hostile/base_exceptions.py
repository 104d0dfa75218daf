"""Raises what is no Exception, and subclasses of it.

Expect: 0 of 12
Expect: not flagged
"""

import asyncio


class Interrupt(KeyboardInterrupt):
    pass


class End(SystemExit):
    pass


class Close(GeneratorExit):
    pass


def raising(kind):
    def attack(*args, **kwargs):
        raise kind()

    return attack


def raising_later(kind):
    async def attack(*args, **kwargs):
        raise kind()
        yield

    return attack


stream_tokens, write_stream = raising(Interrupt), raising(End)
buffer_stream, collect_response = raising(Close), raising(KeyboardInterrupt)
dispatch_events, monitor_stream = raising(GeneratorExit), raising(asyncio.CancelledError)
stream_agent_events, stream_with_timeout = raising_later(Interrupt), raising_later(End)
astream_tokens, merge_streams = raising_later(Close), raising_later(asyncio.CancelledError)
stream_rag_response = raising_later(StopAsyncIteration)
