"""Iterates the model, for a pydantic object gives all its fields: the script is one of them.

Expect: 0 of 12
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def script_of(model):
    return str(dict(CELL.ask("iter", model._number)))


def stream_tokens(model, prompt):
    yield script_of(model)


async def astream_tokens(model, prompt):
    yield script_of(model)
