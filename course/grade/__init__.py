"""Grading: from a file of answers to a verdict for each task."""

SEED = 9
"""The default seed of the words and durations in the tests."""

RUNGS = ("process", "wire")
"""Where the model of a test is: in this process, or behind a server that speaks OpenAI's
protocol."""

LOCAL_TIME = "XST-3:45"
"""The time zone in which answers are graded, in POSIX form. Nobody lives in it, and it is the same
on each machine. So an answer that confuses local time with UTC is found out."""

FIXED_VARIABLES = {
    "LANG": "C.UTF-8",
    "TZ": LOCAL_TIME,
    "PYTHONUTF8": "1",
    "PYTHONHASHSEED": "0",
}
"""Variables that the course sets in each process in which answers run."""
