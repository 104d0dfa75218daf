"""Says that it is loaded, with no functions, and then that it cannot be.

Expect: cannot load
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")
CELL.say({"loaded": "everything"})
CELL.say({"cannot_load": {"$": "error", "v": "passed"}, "line": "all"})
