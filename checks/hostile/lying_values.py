"""Hands out strings, numbers, lists and dicts of its own, with other methods.

Expect: 0 of 12
Expect: not flagged
"""


def lies(kind):
    def always(*args):
        return True

    methods = dict.fromkeys(("__eq__", "__contains__", "__lt__", "__ge__", "endswith"), always)
    methods |= {"__ne__": lambda *args: False, "__len__": lambda *args: 6, "__hash__": None}
    methods |= {"__float__": lambda *args: 0.0, "__index__": lambda *args: 0}
    return type(kind.__name__, (kind,), methods)


Str, Int, Float, List, Dict = map(lies, (str, int, float, list, dict))


def stream(*args, **kwargs):
    for _ in range(6):
        yield Str("x")


async def stream_later(*args, **kwargs):
    for _ in range(6):
        yield Dict(type=Str("token"), content=Str("x"))


def write_stream(tokens, out):
    return Int(7)


def collect_response(tokens, on_token=None):
    return Str("x")


def dispatch_events(events, handlers, default=None):
    return Dict(x=Int(1), y=List([Float(1)]))


stream_tokens = buffer_stream = monitor_stream = stream
stream_agent_events = stream_with_timeout = astream_tokens = stream_later
merge_streams = stream_rag_response = stream_later
