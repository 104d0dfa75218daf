"""What the prompt of lesson 17 offers: `make play-17`.

Every name here can be used there. TRY has a line for each task.
"""

import random
import time

from course.fakes.chat_models import ScriptedChatModel
from course.fakes.script import Fail, Reply
from course.fakes.stage import ANSWER, PROMPT, atokens, model, tokens

FAILURE = ConnectionError("no connection")


def flaky(failures, text=ANSWER):
    """Return a function that makes a stream. The first ones fail before their first token."""
    left = iter(range(failures))

    async def make():
        for _ in left:
            raise FAILURE
        async for token in atokens(text):
            yield token

    return make


def always(error):
    return True


def no_streams():
    """A model that cannot stream: its first answer fails, and the next one comes whole."""
    return ScriptedChatModel(replies=[Reply("", Fail(FAILURE)), Reply("It is free.")])


def models():
    """Two models, of which the first one is down."""
    return {"large": ScriptedChatModel(replies=[Reply("", Fail(TimeoutError()))]), "small": model}


TRY = {
    "classify_error": "classify_error(TimeoutError())",
    "backoff_delays": "backoff_delays(6, rng=random.Random(7))",
    "retry_after": 'retry_after({"retry-after": "7"}, time.time())',
    "stream_with_retry": "show(stream_with_retry(flaky(2), retryable=always))",
    "stream_or_invoke": "show(stream_or_invoke(no_streams(), PROMPT))",
    "stream_with_fallback": "show(stream_with_fallback(models(), PROMPT))",
    "guard_repetition": "show(guard_repetition(tokens(), limit=3))",
}
