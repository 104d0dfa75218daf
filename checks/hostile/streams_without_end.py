"""Yields without end: nothing, much, and itself.

Expect: 0 of 12
Expect: may be flagged
"""

import itertools


def stream_tokens(model, prompt):
    yield from itertools.repeat("x")


def buffer_stream(tokens, max_chars=50, marks=()):
    while True:
        yield "x" * 10_000


def monitor_stream(tokens, metrics, clock=None):
    yield monitor_stream(tokens, metrics, clock)


async def merge_streams(sources):
    while True:
        yield "x", "y"


class Iterable:
    def __iter__(self):
        return self

    def __next__(self):
        return Iterable()


def collect_response(tokens, on_token=None):
    return Iterable()
