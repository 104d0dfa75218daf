"""What the prompt of lesson 15 offers: `make play-15`.

Every name here can be used there. TRY has a line for each task.
"""

import asyncio

from course.fakes.stage import atokens


async def events(pause=0.2):
    """The events of one answer."""
    yield {"type": "status", "message": "Searching ..."}
    async for token in atokens("It is free for 30 days.", pause):
        yield {"type": "token", "content": token}
    yield {"type": "complete"}


async def fill(log):
    """Put an answer into a log, while others read it."""
    async for event in events():
        log.append(event)
    log.finish()


async def read(log, session_id):
    """Read a log that is filled meanwhile."""
    filling = asyncio.create_task(fill(log))
    async for replayed in log.subscribe(session_id):
        yield replayed
    await filling


TRY = {
    "encode_sse": 'print(encode_sse("It is free.", event="token", id="1"))',
    "SSEDecoder": r'SSEDecoder().feed(b"id: 1\ndata: It is free.\n\ndata: cut")',
    "sse_headers": "sse_headers()",
    "last_event_id": 'last_event_id({"last-event-id": "7"})',
    "sse_body": "show(sse_body(events(pause=0.5), heartbeat=0.3))",
    "reconnect_plan": 'reconnect_plan(200, "text/event-stream", False, None)',
    "ReplayLog": 'show(read(ReplayLog("ana"), "ana"))',
}
