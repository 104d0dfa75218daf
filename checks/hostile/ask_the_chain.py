"""Asks a chain for its parts, and for what only a model may be asked.

Expect: 0 of 12
Expect: flagged
"""

import gc

CELL = next(one for one in gc.get_objects() if type(one).__name__ == "Cell")


async def stream_agent_events(agent, query):
    for request in ("iter", "get", "function", "model_stream"):
        arguments = {"get": ["steps"], "function": [[query], {}], "model_stream": [[], None, {}]}
        try:
            found = CELL.ask(request, agent._number, *arguments.get(request, []))
        except Exception as error:
            found = error
        yield {"type": "complete", "response": str(found)}
