"""Sets attributes of the record that it is given: hidden ones, methods, and strange values.

Expect: 0 of 12
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


def monitor_stream(tokens, metrics, clock=None):
    names = ("__class__", "__eq__", "__dict__", "chars_per_second", "\ud800", "", "x" * 99_999)
    for name in names:
        try:
            CELL.ask("set", metrics._number, name, [])
        except Exception:
            pass
    metrics.total = metrics.ttft = [float("nan")]
    CELL.ask("set", metrics._number, ["no", "name"], 1)
    CELL.ask("set", tokens._number, "closed", True)
    yield ""
