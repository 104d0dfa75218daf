"""Makes instances of a class that the test knows, and reads what else the class has.

Lesson: 17
Expect: 0 of 7
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def classify_error(error):
    kinds = [number for number, known in CELL._theirs.items() if isinstance(known, type)]
    for number in kinds:
        for request, *arguments in (["function", [], {}], ["get", "mro"], ["iter"]):
            try:
                CELL.ask(request, number, *arguments)
            except Exception:
                pass
    return "fatal"
