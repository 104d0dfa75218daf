"""Ends the process when it is asked what was printed, after the test has passed or failed.

Expect: 0 of 12
Expect: flagged
"""

import os
import sys


def take(printed):
    os._exit(0)


sys.modules["course.grade.printed"].Printed.take = take


def write_stream(tokens, out):
    return 0
