"""Yields a chunk with half a tool call, which takes ages to read.

Expect: 0 of 12
Expect: flagged
"""

from langchain_core.messages import AIMessageChunk

CALL = {"name": "x", "args": '{"a": [' + '"", ' * 100_000, "id": "1", "index": 0}


def stream_tokens(model, prompt):
    chunk = AIMessageChunk(content="")
    chunk.tool_call_chunks = [CALL]
    yield chunk
