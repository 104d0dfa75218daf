"""Cancels the task of the test, and every task that it can name.

Expect: 0 of 12
Expect: may be flagged
"""

import asyncio
import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


async def cancelling(*args, **kwargs):
    for number in range(50):
        CELL.say({"cancels": number})
    asyncio.current_task().cancel()
    for task in asyncio.all_tasks():
        task.cancel()
    yield ""


async def giving_up(*args, **kwargs):
    for number in (*range(50), None, "x", 1e9):
        CELL.say({"give_up": number})
        CELL.say({"drop": number})
    yield ""


stream_with_timeout = astream_tokens = stream_agent_events = cancelling
merge_streams = stream_rag_response = giving_up
