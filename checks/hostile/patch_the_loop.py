"""Replaces the event loop, its policy, its clock and its tasks.

Expect: 0 of 12
Expect: not flagged
"""

import asyncio
import sys


async def attack(*args, **kwargs):
    loop = asyncio.get_running_loop()
    asyncio.set_event_loop_policy(asyncio.DefaultEventLoopPolicy())
    loop.time = lambda: -1e308
    loop.call_at = lambda when, call, *args, **kwargs: loop.call_soon(call, *args)
    there = sys.modules["course.official.contained.loop"]
    there.ContainedLoop._select = lambda self, timeout=None: []
    for task in asyncio.all_tasks():
        task.add_done_callback(lambda done: None)
    yield ""


stream_agent_events = stream_with_timeout = astream_tokens = attack
merge_streams = stream_rag_response = attack
