"""What the prompt of lesson 16 offers: `make play-16`.

Every name here can be used there. TRY has a line for each task.
"""

import asyncio

from course.fakes.stage import atokens, tokens


async def collect(source):
    """Read a stream to its end."""
    return "".join([token async for token in source])


async def stopped(cancellable, token):
    """Read a stream until its stop button is pressed, after half a second."""
    asyncio.get_running_loop().call_later(0.5, token.cancel)
    async for item in cancellable(atokens(), token):
        yield item


async def read_along(channel):
    """Publish some words, and yield what a reader gets."""
    with channel.join() as items:
        for word in ("Returns", " are", " free"):
            channel.publish(word, "owner")
        channel.close()
        async for item in items:
            yield item


TRY = {
    "stop_when": "show(stop_when(tokens(), max_chars=20))",
    "first_token_timeout": "show(first_token_timeout(atokens(), 1))",
    "with_heartbeat": 'show(with_heartbeat(atokens(pause=0.5), 0.2, "..."))',
    "cancellable": "show(stopped(cancellable, CancelToken()))",
    "bounded_pipe": "show(bounded_pipe(atokens(), 3))",
    "run_with_deadline": "await run_with_deadline(collect, atokens(), 0.5)",
    "iterate_in_thread": "show(iterate_in_thread(tokens()))",
    "Broadcast": "show(read_along(Broadcast(8)))",
}
