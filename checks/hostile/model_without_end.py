"""Asks the model again and again, reads all that it says, and closes nothing.

Expect: 0 of 12
Expect: not flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def stream_tokens(model, prompt):
    streams = []
    for _ in range(300):
        try:
            streams.append(CELL.ask("model_stream", model._number, [], None, {}))
            streams += [message for message in streams[-1]]
        except Exception as error:
            streams.append(error)
    yield from (str(one) for one in streams)
