"""Grading: from a file of answers to a verdict for each task."""

SEED = 9
"""The seed of the words and durations in the tests, unless another one is given."""

RUNGS = ("process", "wire")
"""Where the model of a test is: in this process, or behind a server that speaks OpenAI's
protocol."""

LOCAL_TIME = "XST-3:45"
"""The time zone in which answers are graded, in the form of POSIX: one that nobody lives in, and
the same on each machine. Whoever takes local time for UTC is found out."""

FIXED_VARIABLES = {
    "LANG": "C.UTF-8",
    "TZ": LOCAL_TIME,
    "PYTHONUTF8": "1",
    "PYTHONHASHSEED": "0",
}
"""What the course itself sets in each process in which answers run."""
