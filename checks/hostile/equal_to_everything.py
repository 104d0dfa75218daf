"""Hands out objects that are equal to everything, contain everything and are true.

Expect: 0 of 12
Expect: not flagged
"""


class Equal:
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __lt__(self, other):
        return True

    __le__ = __gt__ = __ge__ = __contains__ = __lt__
    __hash__ = None

    def __bool__(self):
        return True

    def __len__(self):
        return 1

    def __getattr__(self, name):
        return self

    def __call__(self, *args, **kwargs):
        return self

    def __repr__(self):
        return "''"


def finished(*args, **kwargs):
    return Equal()


def stream(*args, **kwargs):
    for _ in range(6):
        yield Equal()


async def stream_later(*args, **kwargs):
    for _ in range(6):
        yield Equal()


write_stream = collect_response = dispatch_events = finished
stream_tokens = buffer_stream = monitor_stream = stream
stream_agent_events = stream_with_timeout = astream_tokens = stream_later
merge_streams = stream_rag_response = stream_later
