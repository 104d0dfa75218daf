"""Raises errors of pydantic, and says that they are made of something else.

Expect: 0 of 12
Expect: may be flagged
"""

import gc

from pydantic import TypeAdapter, ValidationError

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")
NAMES = type(CELL)._encode_error.__globals__

NESTED = ["\ud800"]
for _ in range(30):
    NESTED = [NESTED]

LINES = {
    "write_stream": [{"type": "missing", "loc": ("x" * 99,) * 99, "input": NESTED}] * 99,
    "stream_tokens": [{"type": 5, "msg": 5, "loc": (), "input": 1}],
    "collect_response": [{"type": "own", "msg": "{x}" * 9_999, "ctx": {"x": 1}, "input": 1}],
    "buffer_stream": [{"type": "greater_than", "loc": (), "input": 1, "ctx": {"gt": NESTED}}],
    "dispatch_events": [{"type": "missing", "loc": (), "input": 1}] * 9_999,
    "visible_text": {"type": "missing"},
}


def fail(name):
    def forge(error):
        parts = {"title": "\ud800" if name == "visible_text" else "x", "errors": LINES[name]}
        if name == "buffer_stream":
            parts["errors"] += [
                {"type": "value_error", "loc": (), "input": 1, "ctx": {"error": error}}
            ]
        return parts

    def task(*args, **kwargs):
        NAMES["taken_apart"] = forge
        TypeAdapter(int).validate_python("x")

    return task


globals().update({name: fail(name) for name in LINES})


async def astream_tokens(model, prompt):
    NAMES["ValidationError"] = ()
    error = ValidationError.from_exception_data("x", [])
    error.parts = error
    raise error
    yield
