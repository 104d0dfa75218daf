"""Yields chunks with many pieces of tool calls, each with arguments that are nested.

Expect: 0 of 11
Expect: flagged
"""

from langchain_core.messages import AIMessageChunk

PIECES = [{"name": "x", "args": '{"":0,' * 660, "id": "1", "index": n} for n in range(230)]
TASKS = (
    "stream_tokens buffer_stream stream_agent_events monitor_stream stream_with_timeout "
    "astream_tokens merge_streams stream_rag_response write_stream collect_response dispatch_events"
)


def chunks(*args, **kwargs):
    chunk = AIMessageChunk(content="")
    chunk.tool_call_chunks = PIECES
    while True:
        yield chunk


globals().update(dict.fromkeys(TASKS.split(), chunks))
