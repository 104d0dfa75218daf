"""Hands out objects that claim another class.

Expect: 0 of 12
Expect: not flagged
"""

import collections.abc


def pretends(kind):
    class Liar:
        __class__ = property(lambda self: kind)

        def __eq__(self, other):
            return True

        def __iter__(self):
            return iter(())

        def keys(self):
            return []

        def __getitem__(self, key):
            return self

    collections.abc.Mapping.register(Liar)
    return Liar()


def write_stream(tokens, out):
    return pretends(int)


def collect_response(tokens, on_token=None):
    return pretends(str)


def dispatch_events(events, handlers, default=None):
    return pretends(dict)


def stream_tokens(model, prompt):
    yield pretends(BaseException)


def buffer_stream(tokens, max_chars=50, marks=()):
    yield pretends(list)


def monitor_stream(tokens, metrics, clock=None):
    metrics.total = metrics.ttft = pretends(float)
    metrics.chunks, metrics.completed = pretends(int), pretends(bool)
    yield pretends(str)
