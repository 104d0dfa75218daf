"""Functions whose signatures, names and wrappers never end or are no text.

Expect: 0 of 12
Expect: not flagged
"""

import inspect
import types


def attack(*args, **kwargs):
    return 0


def write_stream(tokens, out):
    return 0


write_stream.__signature__ = inspect.Signature(
    [inspect.Parameter("tokens", inspect.Parameter.VAR_POSITIONAL)]
)
attack.__wrapped__ = attack
vars()["__class__"] = types.FunctionType(attack.__code__, {}, "x" * 1_000)
globals()["no name"] = globals()["x" * 100_000] = attack
for number in range(5_000):
    globals()[f"write_stream_{number}"] = attack
for name in ("lesson", "module", "path", "calls", "contained", "StreamTimeout", "StreamMetrics"):
    globals()[name] = attack
collect_response = attack
