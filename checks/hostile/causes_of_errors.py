"""Gives the errors of the tests causes: what is no error, the error itself, and chains of its own.

Expect: 0 of 12
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")
SAY = CELL.say
CAUSES = iter(
    [7, {"$": "list", "v": []}, {"$": "live", "n": 1, "kind": "function", "known": ["f", []]}]
)


def say(message):
    error = message.get("error")
    if error is not None and error["$"] == "back":
        error["cause"] = next(CAUSES, {"$": "back", "n": error["n"]})
    SAY(message)


CELL.say = say


def in_circles(error):
    for _ in range(100):
        try:
            raise KeyError("k") from error
        except KeyError as other:
            error.__cause__ = other
            error = other
    raise error


def read(tokens, *args, **kwargs):
    try:
        yield from tokens
    except Exception as error:
        if len(args) == 1:
            in_circles(error)
        raise
    yield "one too many"


def collect_response(tokens, on_token=None):
    return "".join(read(tokens)) if on_token is None else in_circles(ValueError("v"))


async def read_later(source, *args, **kwargs):
    try:
        async for item in source:
            yield item
    except Exception as error:
        error.__cause__ = error
        raise
    yield "one too many"


buffer_stream = monitor_stream = read
astream_tokens = stream_with_timeout = merge_streams = read_later
