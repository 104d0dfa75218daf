"""Starts a hundred thousand tasks and as many timers.

Expect: 0 of 12
Expect: may be flagged
"""

import asyncio


async def merge_streams(sources):
    loop = asyncio.get_running_loop()
    tasks = [asyncio.create_task(asyncio.sleep(1e9)) for _ in range(100_000)]
    for number in range(100_000):
        loop.call_later(number, tasks[number].cancel)
    await asyncio.sleep(3_600)
    yield "", ""
