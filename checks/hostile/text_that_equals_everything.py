"""Keeps an item of a test that equals everything, and hands it out wherever something is expected.

Lesson: 16
Expect: 0 of 8
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")
HAND_OUT = CELL.hand_out
KEPT = []


def hand_out(value):
    if KEPT and (value is None or type(value) is str):
        return {"$": "back", "n": KEPT[-1]._number}
    return HAND_OUT(value)


CELL.hand_out = hand_out


def keep(item):
    if type(item) is not str and item == object():
        KEPT.append(item)


def iterate_in_thread(iterable):
    return attack([*iterable])


async def attack(source, *args, **kwargs):
    if isinstance(source, list):
        for item in source:
            keep(item)
            yield None
        return
    async for item in source:
        keep(item)
        yield None


class Broadcast:
    def __init__(self, *args):
        pass

    def subscribe(self, *args):
        return attack([])

    async def run(self):
        return None


async def run_with_deadline(*args, **kwargs):
    return None


def stop_when(*args, **kwargs):
    return attack([])


first_token_timeout = with_heartbeat = cancellable = bounded_pipe = attack
