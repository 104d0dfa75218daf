"""Looks for the grader's own modules and replaces their functions.

Those that it finds are copies: its searches in its own process find nothing then.

Expect: 0 of 12
Expect: not flagged
"""

import importlib
import sys

FOUND = []
for name in ("expect", "answers", "plugin", "feedback", "outcome", "worker", "official", "grader"):
    try:
        module = importlib.import_module(f"course.grade.{name}")
    except ImportError:
        continue
    FOUND.append(name)
    for key, value in list(vars(module).items()):
        if callable(value):
            setattr(module, key, lambda *args, **kwargs: None)


def attack(*args, **kwargs):
    assert "solutions" not in sys.modules
    return ", ".join(FOUND)


write_stream = dispatch_events = collect_response = attack
