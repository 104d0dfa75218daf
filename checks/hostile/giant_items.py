"""Yields strings of a thousand million characters.

Expect: 0 of 12
Expect: may be flagged
"""


def stream_tokens(model, prompt):
    while True:
        yield "x" * 10**9


def buffer_stream(tokens, max_chars=50, marks=()):
    while True:
        yield "x" * 900_000


def write_stream(tokens, out):
    while True:
        out.write("x" * 900_000)
