"""What the prompt of lesson 20 offers: `make play-20`.

Every name here can be used there. TRY has a line for each task.
"""

from langchain_core.messages import AIMessage, HumanMessage


async def clerk(request):
    """A handler: it stands for a model."""
    return AIMessage("It is on its way.")


async def polite(request, handler):
    """A wrapper that adds something in front of the answer."""
    return AIMessage(f"Dear customer, {(await handler(request)).content}")


async def loud(request, handler):
    """A wrapper that changes the whole answer."""
    return AIMessage((await handler(request)).content.upper())


async def only_small(request):
    """A handler whose main model is down."""
    if request.model != "small":
        raise ConnectionError("no connection")
    return AIMessage(f"{request.model}: it is on its way.")


def always(error):
    return True


async def track(call):
    """A tool that gives a dict."""
    return {"order": call["args"]["order"], "due": None}


async def summarize(messages):
    """It stands for a model that writes a summary."""
    return f"{len(messages)} messages"


SMALL = ["small"]

CALL = {"name": "track", "args": {"order": 7}, "id": "k1", "type": "tool_call"}
SEARCH = {"name": "search", "args": {"words": "tent"}, "id": "s1", "type": "tool_call"}
SEARCH_AGAIN = {"name": "search", "args": {"words": "tents"}, "id": "s2", "type": "tool_call"}
SEND = {"name": "send", "args": {"to": "joe@example.com"}, "id": "m1", "type": "tool_call"}

CHAT = [
    HumanMessage("Hello!"),
    AIMessage("Hello."),
    HumanMessage("Is it free?"),
    HumanMessage("Now?"),
]

TRY = {
    "chain_wrappers": "await chain_wrappers([polite, loud], clerk)(ModelRequest(()))",
    "guard_tool": "await guard_tool(CALL, track)",
    "limit_calls": 'limit_calls([SEARCH, SEARCH_AGAIN], {}, {"search": 1})',
    "with_fallbacks": "await with_fallbacks(SMALL, always)(ModelRequest(()), only_small)",
    "compact_history": "await compact_history(CHAT, summarize, trigger=3, keep=1)",
    "redact_stream": 'show(redact_stream(["Write to jo", "e@exam", "ple.com", "."]))',
    "review_calls": 'review_calls([SEND], {"send": ["reject"]}, [Decision("reject")])',
}
