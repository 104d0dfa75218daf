"""Calls the handlers that it is given with streams of its own, which call the handlers again.

Expect: 0 of 12
Expect: may be flagged
"""


def collect_response(tokens, on_token=None):
    def stream():
        while True:
            on_token(stream())
            yield ""

    if on_token:
        on_token(stream())
    return ""


async def stream_rag_response(query, retrieve, generate):
    def documents():
        while True:
            generate(query, documents())
            yield None

    generate(query, documents())
    yield {"type": "status", "message": "x"}
