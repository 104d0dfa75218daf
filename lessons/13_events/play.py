"""What the prompt of lesson 13 offers: `make play-13`.

Every name here can be used there. TRY has a line for each task.
"""

import asyncio
from functools import reduce

from langchain_core.output_parsers import StrOutputParser
from langchain_core.runnables import RunnableLambda

from course.fakes.stage import PROMPT, model

EVENTS = [
    {"type": "retrieval_start", "id": "r", "query": "returns"},
    {"type": "retrieval_end", "id": "r", "titles": ["Refund policy"]},
    {"type": "part_start", "id": "p", "kind": "text"},
    {"type": "part_delta", "id": "p", "kind": "text", "data": "It is"},
    {"type": "part_delta", "id": "p", "kind": "text", "data": " free."},
    {"type": "part_end", "id": "p"},
    {"type": "complete"},
]

chain = model | StrOutputParser()


async def raw():
    """The raw events of one run, as LangChain sends them."""
    async for event in chain.astream_events(PROMPT, version="v2"):
        yield event


async def reports(emit):
    """Run a step that reports something, and yield what a reader gets of it."""

    async def read(pages):
        for page in range(1, pages + 1):
            await asyncio.sleep(0.2)
            await emit("page", number=page)

    async for event in RunnableLambda(read).astream_events(3, version="v2"):
        if event["event"] == "on_custom_event":
            yield event["name"], event["data"]


TRY = {
    "render_status": "show(map(render_status, EVENTS))",
    "normalize_event": "show([normalize_event(event) async for event in raw()])",
    "filter_events": "show(filter_events([e async for e in raw()], root_only=True))",
    "fold_events": "reduce(fold_events, EVENTS, new_state())",
    "check_lifecycle": "show(check_lifecycle(EVENTS))",
    "collect_parts": "collect_parts(EVENTS)",
    "emit_progress": "show(reports(emit_progress))",
}
