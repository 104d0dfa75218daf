"""Raises what is no Exception while it is imported: nothing comes of it.

Expect: cannot load
Expect: not flagged
"""


class Passed(BaseException):
    """All tests have passed."""

    def __str__(self):
        return "12 of 12 tasks"

    __repr__ = __str__


raise Passed
