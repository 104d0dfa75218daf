"""Asks the other side for attributes and calls of objects that are not meant for it.

Expect: 0 of 12
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")

FOUND = []


def look(what, *arguments):
    try:
        FOUND.append(CELL.ask(what, *arguments))
    except Exception as error:
        FOUND.append(error)


def collect_response(tokens, on_token=None):
    number = tokens._number
    for name in ("_items", "tokens", "__class__", "__dict__"):
        look("get", number, name)
    return str(FOUND)


def stream_tokens(model, prompt):
    for name in ("replies", "transcript", "held"):
        look("get", model._number, name)
    yield str(FOUND)


def dispatch_events(events, handlers, default=None):
    for number in range(1, 50):
        look("function", number, ["__globals__"], {})
    return {"found": len(FOUND)}


def buffer_stream(tokens, max_chars=50, marks=()):
    look("model_stream", tokens._number, [])
    yield str(FOUND)


def monitor_stream(tokens, metrics, clock=None):
    look("__class__", 1)
    yield str(FOUND)
