"""Raises exceptions whose classes are called like those that end or skip tests.

Expect: 0 of 12
Expect: not flagged
"""


def raising(name, module):
    kind = type(name, (BaseException,), {"__module__": module})

    def attack(*args, **kwargs):
        raise kind("not today")

    return attack


stream_tokens = raising("Skipped", "_pytest.outcomes")
write_stream = raising("Exit", "_pytest.outcomes")
buffer_stream = raising("XFailed", "_pytest.outcomes")
collect_response = raising("StreamInterrupted", "answers")
dispatch_events = raising("ContainedDied", "course.grade.died")
monitor_stream = raising("Stuck", "course.fakes.clock")
stream_with_timeout = raising("StreamTimeout", "answers")
