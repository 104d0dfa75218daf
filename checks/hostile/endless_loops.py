"""Loops without end, in a function and in an event loop.

Expect: 0 of 12
Expect: not flagged
"""

import asyncio


def write_stream(tokens, out):
    while True:
        pass


async def stream_agent_events(agent, query):
    while True:
        await asyncio.sleep(0)
    yield


async def merge_streams(sources):
    await asyncio.sleep(1e308)
    yield


async def astream_tokens(model, prompt):
    asyncio.get_running_loop().call_at(float("-inf"), print)
    await asyncio.sleep(-1e308)
    await asyncio.Event().wait()
    yield
