"""Yields chunks with many pieces of tool calls, each with arguments that are nested.

Expect: 0 of 12
Expect: flagged
"""

from langchain_core.messages import AIMessageChunk

PIECES = [{"name": "x", "args": '{"":0,' * 660, "id": "1", "index": n} for n in range(180)]
TASKS = "stream_tokens buffer_stream monitor_stream stream_rag_response"
LATER = "stream_agent_events stream_with_timeout astream_tokens merge_streams"


def chunks(*args, **kwargs):
    chunk = AIMessageChunk(content="")
    chunk.tool_call_chunks = PIECES
    while True:
        yield chunk


async def chunks_later(*args, **kwargs):
    for chunk in chunks():
        yield chunk


globals().update(dict.fromkeys(TASKS.split(), chunks))
globals().update(dict.fromkeys(LATER.split(), chunks_later))
