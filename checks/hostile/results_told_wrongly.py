"""Says that results came before that never did, lie in each other, or have become something else.

Expect: 0 of 12
Expect: flagged
"""

import gc
import itertools

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")

SAME = {"$": "same", "n": 1}
LIST = {"$": "list", "v": [], "n": 1}
DICT = {"$": "dict", "v": [], "n": 1}
LIES = itertools.cycle(
    [
        [SAME],
        [{**SAME, "n": 2**61 - 1}],
        [LIST, {**LIST, "v": [SAME], "n": 2}],
        [LIST, DICT],
        [{**LIST, "n": True}],
        [{**LIST, "n": "1"}],
        [{**LIST, "n": -(2**61)}],
        [LIST, {"$": "tuple", "v": [SAME, SAME]}],
        [{**LIST, "v": [LIST]}, {**LIST, "v": [{**LIST, "v": [LIST]}]}, {**SAME, "n": 0}],
    ]
)


def attack(*args, **kwargs):
    told = iter(next(LIES))
    CELL.hand_out = lambda value: next(told, SAME | {"n": None})
    return Told()


class Told:
    def __iter__(self):
        return self

    def __next__(self):
        return None

    def __aiter__(self):
        return self

    async def __anext__(self):
        return None


visible_text = stream_tokens = write_stream = buffer_stream = collect_response = attack
stream_agent_events = dispatch_events = monitor_stream = stream_with_timeout = attack
astream_tokens = merge_streams = stream_rag_response = attack
