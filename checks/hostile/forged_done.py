"""Says that things are done which nobody has asked for, with results of all kinds.

Expect: 0 of 12
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def saying(*messages):
    async def attack(*args, **kwargs):
        for message in messages:
            CELL.say(message)
        yield ""

    return attack


RESULT = {"$": "list", "v": []}
stream_agent_events = saying({"done": 99, "v": RESULT}, {"done": 1, "stop": True})
stream_with_timeout = saying({"done": [], "v": None})
astream_tokens = saying({"done": 1, "error": 5})
merge_streams = saying(*[{"done": number, "stop": True} for number in range(1, 200)])
stream_rag_response = saying({"later": 1, "n": 1, "method": "__class__", "v": []})
