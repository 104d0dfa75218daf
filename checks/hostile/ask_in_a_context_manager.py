"""Hands out a context manager that asks for the fields of the error, and swallows each one.

Lesson: 19
Expect: 0 of 7
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


class Room:
    async def __aenter__(self):
        return None

    async def __aexit__(self, kind, error, traceback):
        if error is not None:
            FOUND.append(CELL.ask("get", error._number, "wanted"))
        return True


FOUND = []


def spinner(message, out, interval=0.1):
    return Room()
