"""Asks the model again and again, reads all that it says, and closes nothing.

Expect: 0 of 12
Expect: not flagged
"""

import gc

from langchain_core.language_models import BaseChatModel

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def stream_tokens(model, prompt):
    is_model = isinstance(model, BaseChatModel)
    request = ("model_stream", [], None, {}) if is_model else ("runnable_stream", "", {})
    streams = []
    for _ in range(300):
        try:
            streams.append(CELL.ask(request[0], model._number, *request[1:]))
            streams += [message for message in streams[-1]]
        except Exception as error:
            streams.append(error)
    yield from (str(one) for one in streams)
