"""Raises exceptions with hostile texts, arguments, causes, notes and attributes.

Expect: 0 of 12
Expect: may be flagged
"""


class Hostile(Exception):
    def __init__(self):
        self.args = ("concatenate str" * 10_000, 10**4_000, float("nan"), "\x1b[2J\ud800")
        self.contained_frames = "all is well"
        self.contained_own = True
        self.problem = self.why = self.lines = self.line = "all is well"
        self.__cause__ = self

    def __str__(self):
        return "TypeError: can only concatenate str" * 10_000

    __repr__ = None


def attack(*args, **kwargs):
    raise Hostile


async def attack_later(*args, **kwargs):
    raise Hostile
    yield


def unprintable(*args, **kwargs):
    class Silent(ValueError):
        def __str__(self):
            raise SystemExit

    raise Silent(Hostile)


def many(*args, **kwargs):
    raise ExceptionGroup("many", [UnicodeDecodeError("a", b"", 0, 0, ""), ValueError()])


def builtin(*args, **kwargs):
    raise type("OSError", (Exception,), {})(1, 2, 3, 4, 5, 6, 7)


write_stream, collect_response, dispatch_events = attack, unprintable, many
stream_tokens = builtin
stream_agent_events = stream_with_timeout = astream_tokens = attack_later
