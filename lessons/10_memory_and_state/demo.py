"""Live demos of lesson 10. Its notebook is made from this file.

Each function becomes a cell: its docstring is the text above it, its body is the code, and the
imports here are the first cell. A function named after a task is the demo of that task. The demos
run the reference solution on models that play a script, in real time. Each one stands on its own,
so you can change it and run it again in front of a class.
"""

from contextlib import aclosing, closing

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.messages.utils import count_tokens_approximately

from course import plots
from course.fakes.chat_models import ScriptedChatModel
from course.fakes.clock import virtual_time
from course.fakes.script import Cut, Fail, Pause, Reply
from course.fakes.sources import Source
from course.notebook import arrivals, open_lesson

reference = open_lesson("10").reference


def is_truncated() -> None:
    """Four answers have the same text. Only what the provider says tells them apart, and for the
    last one it says nothing."""
    text = "Returns are free."
    model = ScriptedChatModel(
        replies=[
            Reply(text),
            Reply(text, finish_reason="length"),
            Reply(text, finish_reason=None, metadata={"stop_reason": "max_tokens"}),
            Reply(text, Cut()),
        ]
    )
    for _ in range(4):
        answer = model.invoke("Are returns free?")
        print(answer.text, reference.is_truncated(answer.response_metadata), sep="  ")


def strip_sentinel() -> None:
    """The bars show what is yielded, and when. `__E` has to wait, and so does `_`, for a moment.
    What follows the sentinel never appears."""
    tokens = ["That", " is", " all", " I", " know", "__", "init", "__", ".", "__E", "ND__", " Bye"]
    model = ScriptedChatModel(replies=[Reply(*(x for t in tokens for x in (Pause(0.15), t)))])
    source = (chunk.text for chunk in model.stream("What do you know?"))
    for piece in reference.strip_sentinel(source):
        print(piece, end="|", flush=True)


def when_text_is_seen() -> None:
    """### What has to wait, and for how long

    The middle row yields everything that cannot be part of the sentinel. The lower one always
    holds back the last six characters, because they could be part of it. So all of its text comes
    later, and in odd pieces. (It runs in virtual time, so it is the same each time.)
    """
    words = ("Keep", "the", "_box_", "and", "the", "receipt", "__E", "ND__")
    tokens = [item for word in words for item in (Pause(0.5), word)]

    def fixed_window(source):
        held = ""
        for token in source:
            text, found, _ = (held + token).partition("__END__")
            shown = len(text) if found else max(0, len(text) - 6)
            if shown:
                yield text[:shown]
            held = text[shown:]
            if found:
                return

    came = {}
    for name, stage in (
        ("the model", iter),
        ("strip_sentinel", reference.strip_sentinel),
        ("a fixed window", fixed_window),
    ):
        with virtual_time():
            came[name] = arrivals(stage(Source(tokens)))
    plots.arrivals_by_source(came, "When each piece of text comes")


def join_continuation() -> None:
    """Here are an overlap, a coincidence, and a passage that is not an overlap because it is
    somewhere else."""
    for previous, continuation in (
        ("Returns are free for 30 days. Keep", "for 30 days. Keep the receipt."),
        ("It is a class", "system of its own."),
        ("For 30 days. Then it is too late.", "For 30 days. After that, ask us."),
    ):
        print(reference.join_continuation(previous, continuation))


def stream_into_memory() -> None:
    """One answer reaches its end, one is stopped by its reader, one breaks, and one breaks before
    its first word. Look at what is remembered of each."""
    lost = Fail(ConnectionError("the server went away"))
    replies = [Reply.of("Within 30 days."), Reply.of("Lamps, too, within 30 days.")]
    replies += [Reply("Carpets", " are", lost), Reply(lost)]
    model, history = ScriptedChatModel(replies=replies), []
    for question in ("May I return it?", "Lamps?", "Carpets?", "Are you there?"):
        stream = reference.stream_into_memory(model.stream, history, question)
        try:
            with closing(stream):
                for token in stream:
                    print(token, end="|", flush=True)
                    if token == " too":
                        break
        except ConnectionError as error:
            print(f"  <- {error}", end="")
        print()
    print()
    for message in history:
        state = message.response_metadata.get("state", "")
        print(message.type.ljust(6), message.text.ljust(20), state)


def what_the_guides_do() -> None:
    """### What guides do, and what happens then

    The question is stored first, Ctrl-C is caught, and whatever has arrived becomes the answer.
    After one Ctrl-C before the first word, the history holds an empty answer that providers
    reject.
    """
    model = ScriptedChatModel(replies=[Reply(Fail(KeyboardInterrupt()))])
    history, parts = [HumanMessage("May I return it?")], []
    try:
        for chunk in model.stream(history):
            parts.append(chunk.text)
    except KeyboardInterrupt:
        print("[stopped]")
    history.append(AIMessage("".join(parts)))
    print("stored:  ", [(message.type, message.text) for message in history])
    repaired = reference.repair_history(history)
    print("repaired:", [(message.type, message.text) for message in repaired])


async def continue_until_complete() -> None:
    """The answer reaches the token limit twice. The model repeats a few words each time and ends
    with the sentinel. In the end there is one answer."""
    replies = [
        Reply.of("for 30 days. Keep the receipt, it is", finish_reason="length"),
        Reply.of("the receipt, it is the proof.__END__"),
    ]
    model = ScriptedChatModel(replies=replies)
    cut = AIMessage("Returns are free for 30 days. Keep", response_metadata={"state": "complete"})
    history = [HumanMessage("Tell me about returns."), cut]

    async def ask(messages):
        answer = await model.ainvoke(messages)
        print("asked for the rest of", repr(messages[-2].text))
        truncated = reference.is_truncated(answer.response_metadata)
        return reference.Answer(answer.text, truncated)

    answer = await reference.continue_until_complete(ask, history)
    print(repr(answer.text), answer.response_metadata)
    print([message.type for message in history])


async def continue_without_end() -> None:
    """### A model that never finishes

    There are three rounds at most. The error carries the text so far.
    """
    number = iter(range(100))

    async def ask(messages):
        return reference.Answer(f" and {next(number)}", truncated=True)

    history = [HumanMessage("Count forever."), AIMessage("I count:")]
    try:
        await reference.continue_until_complete(ask, history)
    except reference.TruncatedError as error:
        print(error)
        print(repr(error.partial))


def repair_history() -> None:
    """This history has five faults. Here it is before and after the repair."""
    call = {"name": "search", "args": {}, "id": "a"}
    broken = [
        ToolMessage("nobody has asked", tool_call_id="z"),
        HumanMessage("May I return it?"),
        AIMessage("Let me look.", tool_calls=[call, {**call, "id": "b"}]),
        ToolMessage("30 days", tool_call_id="b"),
        HumanMessage("Hello?"),
        ToolMessage("too late", tool_call_id="a"),
        AIMessage(""),
        HumanMessage("Are you there?"),
    ]
    for messages in (broken, reference.repair_history(broken)):
        for message in messages:
            calls = [call["id"] for call in getattr(message, "tool_calls", [])]
            about = f"calls {calls}" if calls else getattr(message, "tool_call_id", "")
            print(message.type.ljust(6), repr(message.text), about)
        print()


def trim_history() -> None:
    """This is the same conversation under smaller and smaller limits. A turn is dropped as a
    whole."""
    call = {"name": "search", "args": {}, "id": "a"}
    history = [
        SystemMessage("You work in a shop for lamps."),
        HumanMessage("What is your oldest lamp?"),
        AIMessage("It is from 1920."),
        HumanMessage("May I return a lamp?"),
        AIMessage("", tool_calls=[call]),
        ToolMessage("30 days", tool_call_id="a"),
        AIMessage("Yes, within 30 days."),
        HumanMessage("And a carpet?"),
    ]
    print("all of it:", count_tokens_approximately(history), "tokens, estimated")
    for limit in (89, 88, 40, 10):
        try:
            kept = reference.trim_history(history, limit)
            print(limit, [message.type for message in kept])
        except ValueError as error:
            print(limit, error)


async def chat_graph() -> None:
    """Two people talk to one graph. Each thread remembers its own conversation."""
    replies = [Reply.of("Hello Ada."), Reply.of("Hello Bob."), Reply.of("You are Ada.")]
    model = ScriptedChatModel(replies=replies)
    graph = reference.chat_graph(model)
    for name, words in (("ada", "I am Ada."), ("bob", "I am Bob."), ("ada", "Who am I?")):
        config = {"configurable": {"thread_id": name}}
        state = await graph.ainvoke({"messages": [HumanMessage(words)]}, config)
        print(f"{name}: {words}", "->", state["messages"][-1].text)
        print("   the model saw", [message.text for message in model.transcript[-1].messages])


async def stream_thread() -> None:
    """The answer comes token by token. The second one is stopped. Its question stays in the
    thread, alone, and `repair_history` has something to do."""
    replies = [Reply.of("Yes, within 30 days.", pause=0.1), Reply("Carpets", Pause(9), " too.")]
    graph = reference.chat_graph(ScriptedChatModel(replies=replies))
    for question in ("May I return a lamp?", "And a carpet?"):
        async with aclosing(reference.stream_thread(graph, "ada", question)) as tokens:
            async for token in tokens:
                print(token, end="|", flush=True)
                if token == "Carpets":
                    break
        print()
    kept = graph.get_state({"configurable": {"thread_id": "ada"}}).values["messages"]
    print([(message.type, message.text) for message in kept])
    kept = [*kept, HumanMessage("Hello?")]
    print([(message.type, message.text) for message in reference.repair_history(kept)])


async def stream_modes() -> None:
    """### What a mode shows

    This is the same graph, streamed in four modes and in one that does not exist.
    """
    for mode in ("values", "updates", "messages", "custom", "mesages"):
        graph = reference.chat_graph(ScriptedChatModel(replies=[Reply("Good", " morning")]))
        config = {"configurable": {"thread_id": "ada"}}
        asked = {"messages": [HumanMessage("Hello")]}
        heard = [item async for item in graph.astream(asked, config, stream_mode=mode)]
        print(mode.ljust(9), len(heard), "items", type(heard[0]).__name__ if heard else "")
