"""What the prompt of lesson 09 offers: `make play-09`.

Every name here can be used there. TRY has a line for each task.
"""

import asyncio
import sys

from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool

from course.fakes.stage import PROMPT, atokens, model, tokens

EVENTS = [
    {"type": "tool_start", "name": "search"},
    {"type": "token", "content": "It is"},
    {"type": "token", "content": " free."},
    {"type": "complete"},
]


@tool
async def search(query: str) -> str:
    """Search the shop's documents."""
    await asyncio.sleep(0.3)
    return "Returns are free for 30 days."


async def _answer(question):
    found = await search.ainvoke(question)
    return await model.ainvoke(f"{found}\nQuestion: {question}")


agent = RunnableLambda(_answer, name="agent")


async def retrieve(query):
    for title in ("Refund policy", "Shipping costs"):
        await asyncio.sleep(0.3)
        yield Document("Returns are free for 30 days.", metadata={"title": title})


def generate(query, documents):
    return atokens()


TRY = {
    "visible_text": "show(visible_text(model.stream(PROMPT)))",
    "stream_tokens": "show(stream_tokens(model, PROMPT))",
    "write_stream": "write_stream(tokens(), sys.stdout)",
    "buffer_stream": "show(buffer_stream(tokens(), max_chars=20))",
    "collect_response": "collect_response(tokens(), on_token=print)",
    "stream_agent_events": "show(stream_agent_events(agent, PROMPT))",
    "dispatch_events": 'dispatch_events(EVENTS, {"token": print})',
    "monitor_stream": "m = StreamMetrics(); show(monitor_stream(tokens(), m)); m",
    "stream_with_timeout": "show(stream_with_timeout(atokens(pause=0.3), idle=1))",
    "astream_tokens": "show(astream_tokens(model, PROMPT))",
    "merge_streams": 'show(merge_streams({"one": atokens(), "two": atokens()}))',
    "stream_rag_response": "show(stream_rag_response(PROMPT, retrieve, generate))",
}
