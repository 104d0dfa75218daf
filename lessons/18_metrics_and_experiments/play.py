"""What the prompt of lesson 18 offers: `make play-18`.

Every name here can be used there. TRY has a line for each task.
"""

import random

from course.fakes.stage import PROMPT, model, tokens


def old():
    """Seconds to the first token, as it was before."""
    return random.gauss(1.2, 0.1)


def new():
    """The same after the change."""
    return random.gauss(0.8, 0.1)


TRY = {
    "should_stream": "should_stream(expected_seconds=8, user_facing=True)",
    "perceived_speedup": "perceived_speedup(8.0, 0.5)",
    "summarize": "summarize(model.stream(PROMPT))",
    "count_tokens": "count_tokens(model.stream(PROMPT))",
    "live_stats": "show(live_stats(tokens(), 5, print))",
    "ascii_histogram": "print(ascii_histogram([1, 2, 2, 7, 12, 30]))",
    "SessionLog": 's = SessionLog(); s.add(Session("complete")); s.insights()',
    "ab_test": 'ab_test({"old": old, "new": new})',
}
