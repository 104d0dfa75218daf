"""What the prompt of lesson 10 offers: `make play-10`.

Every name here can be used there. TRY has a line for each task.
"""

from types import SimpleNamespace

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from course.fakes.stage import PROMPT, model, tokens

history = [SystemMessage("Answer in one sentence.")]

BROKEN = [
    ToolMessage("nobody has asked", tool_call_id="z"),
    HumanMessage("May I return it?"),
    AIMessage("", tool_calls=[{"name": "search", "args": {}, "id": "a"}]),
    HumanMessage("Are you there?"),
]

LONG = [
    SystemMessage("Answer in one sentence."),
    HumanMessage("When is the shop open?"),
    AIMessage("It is open from nine to six, and closed on Sundays."),
    HumanMessage("May I return it?"),
]

ANA = {"configurable": {"thread_id": "ana"}}


def cut_off():
    return [HumanMessage(PROMPT), AIMessage("Returns are free for thirty")]


async def ask(messages):
    return SimpleNamespace(text="free for thirty days.__END__", truncated=False)


TRY = {
    "is_truncated": 'is_truncated({"finish_reason": "length"})',
    "strip_sentinel": 'show(strip_sentinel(tokens(["It is", " free.__E", "ND__"])))',
    "join_continuation": 'join_continuation("It is free for a", "is free for a month.")',
    "stream_into_memory": "show(stream_into_memory(model.stream, history, PROMPT))",
    "continue_until_complete": "await continue_until_complete(ask, cut_off())",
    "repair_history": "show(repair_history(BROKEN))",
    "trim_history": "show(trim_history(LONG, max_tokens=25))",
    "chat_graph": 'await chat_graph(model).ainvoke({"messages": PROMPT}, ANA)',
    "stream_thread": 'show(stream_thread(chat_graph(model), "ana", PROMPT))',
}
