"""`make serve`: the fake models behind OpenAI's protocol, until Ctrl-C."""

from __future__ import annotations

import errno
import math
from pathlib import Path

from course.catalog import CourseError
from course.environment import PROGRAM
from course.fakes.openai.background_server import HOST, QuickServer, listen, serve_until_interrupted
from course.fakes.openai.server import openai_app
from course.fakes.quoting import QuotingChatModel

PAUSE = 0.04
"""Seconds before each token of the model that answers, at speed 1."""

MOST_CALLS = 100
"""How many calls a transcript keeps. Nobody reads them here."""

TEXT = """\
A server that speaks OpenAI's protocol. Only programs on this machine can reach it.

  base_url   {url}
  api_key    any value: it is not checked
  model      quoting: it quotes what you tell it. It is a rule, not a language model.

Try it:

  curl -N {url}/chat/completions -H 'Content-Type: application/json' -d '{request}'

With LangChain:

  from langchain_openai import ChatOpenAI
  model = ChatOpenAI(model="quoting", base_url="{url}", api_key="any")

To see a stream fail, ask for quoting+cut-after-3. All faults: {manual}

Ctrl-C ends it.
"""

REQUEST = (
    '{"model": "quoting", "stream": true, "messages": [{"role": "user", "content": '
    '"A refund takes 14 days. How long does a refund take?"}]}'
)


def run(port: int, speed: float) -> int:
    """Serve until Ctrl-C.

    Args:
        port: where; 0 picks a free one.
        speed: how many times faster than usual the tokens come; 0 sends them without pauses.

    Returns:
        The exit status 0.

    Raises:
        CourseError: the port is not available, or the speed is not valid.
    """
    if not (speed >= 0 and math.isfinite(speed)):
        raise CourseError(f"The speed must be a number such as 0, 0.5 or 2, not {speed}.")
    try:
        socket = listen(port)
    except (OSError, OverflowError) as error:
        raise CourseError(_why_not(port, error)) from None
    models = {"quoting": QuotingChatModel(pause=PAUSE)}
    server = QuickServer(openai_app(models, speed, MOST_CALLS))
    url = f"http://{HOST}:{socket.getsockname()[1]}/v1"
    manual = Path("docs", "server.md")
    text = TEXT.format(url=url, request=REQUEST, manual=manual)
    with socket:
        serve_until_interrupted(server, socket, text)
    print("\nThe server has stopped.")
    return 0


def _why_not(port: int, error: OSError | OverflowError) -> str:
    other = f"Try another one: {PROGRAM} serve --port {8001 if port == 8000 else 8000}"
    if isinstance(error, OverflowError):
        return f"There is no port {port}: 65535 is the last one. {other}"
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use, perhaps by another server of yours. {other}"
    return f"Port {port} is not available: {error.strerror}. {other}"
