"""Misuse is seen in the code, and nothing is said of what may be right."""

from __future__ import annotations

import textwrap

import pytest
from langchain_core.messages import AIMessage

from course import catalog
from course.grade.answer_file import AnswerFile
from course.grade.explain.classes import not_quite_init
from course.grade.explain.looks import LOOKS
from course.grade.explain.misuse import Code, Slip
from course.lesson.variants import spliced

NAMES = {
    "TimeoutError": TimeoutError,
    "AIMessage": AIMessage,
    "End": type("End", (), {}),
    "has_output": lambda chunk: True,
    "CUT_OFF": ("length", "max_tokens"),
}
"""What the answers have imported, and what the stub defines."""

WRONG: list[tuple[str, str, str]] = [
    (
        "valid and invalid are one and the same",
        "14 finalize_tool_calls",
        "def f(calls):\n    valid = invalid = []\n    return valid, invalid",
    ),
    (
        "it does not call has_output",
        "18 summarize",
        "def f(chunks, clock=None):\n    for chunk in chunks:\n        if has_output:\n"
        "            pass",
    ),
    (
        "it never calls predicate",
        "16 stop_when",
        "def f(tokens, predicate=None, max_chars=None):\n    for token in tokens:\n"
        "        yield token\n        if predicate is not None and predicate:\n"
        "            return",
    ),
    (
        "it hands out the class End, and no object of it",
        "16 bounded_pipe",
        "async def f(source, maxsize):\n    await queue.put(End)\n"
        "    if isinstance(item, End):\n        return\n    yield item",
    ),
    (
        "it goes through the letters of text",
        "19 close_markdown",
        "def f(text):\n    for line in text:\n        print(line)",
    ),
    (
        "it gives c another value, and nobody uses it",
        "08 escape_braces",
        "def f(text):\n    for c in text:\n        if c == 'a':\n            c = 'b'\n"
        "    return text",
    ),
    (
        "its last never changes",
        "11 to_deltas",
        "def f(snapshots):\n    last = ''\n    for s in snapshots:\n        yield s[len(last):]",
    ),
    (
        "it compares with all of CUT_OFF",
        "01 ask_in_full",
        "def f(model, question):\n    if reason is CUT_OFF:\n        raise ValueError",
    ),
    (
        "its `in` looks only for meta.get('stop')",
        "01 ask_in_full",
        "def f(model, question):\n    if meta.get('finish') or meta.get('stop') in CUT_OFF:\n"
        "        raise ValueError",
    ),
    (
        "it takes what find gives for yes or no",
        "10 strip_sentinel",
        "def f(tokens, sentinel='x'):\n    if text.find(sentinel):\n        yield text",
    ),
    (
        "it makes a text of None before it looks at it",
        "10 is_truncated",
        "def f(metadata):\n    return str(metadata.get('a')) or str(metadata.get('b'))",
    ),
    (
        "its except catches only KeyError",
        "17 classify_error",
        "def f(error):\n    try:\n        raise error\n    except KeyError or ValueError:\n"
        "        return 'a'",
    ),
    (
        "its range(len(text), 0) is empty",
        "10 join_continuation",
        "def f(previous, continuation, min_overlap=8):\n    for n in range(len(text), 0):\n"
        "        return n",
    ),
    (
        "it adds the fields of a message to messages",
        "07 extract_with_retry",
        "def f(model, text, attempts=3):\n    messages += HumanMessage(text)",
    ),
    (
        "it sets tokens to 0 in each round",
        "01 tokens_used",
        "def f(answers):\n    for one in answers:\n        tokens = 0\n"
        "        tokens += one\n    return tokens",
    ),
    (
        "it returns inside its loop",
        "06 allowed_tools",
        "def f(tools, role, needed):\n    result = []\n    for one in tools:\n"
        "        if one:\n            result.append(one)\n            return result",
    ),
    (
        "it takes the keys of message.response_metadata for pairs",
        "01 ask_in_full",
        "def f(model, question):\n    for key, value in message.response_metadata:\n        pass",
    ),
    (
        "it compares with the class dict",
        "14 finalize_tool_calls",
        "def f(calls):\n    args = json.loads(calls[0])\n    if args is dict:\n"
        "        return calls",
    ),
    (
        "it never awaits sleep(...)",
        "16 with_heartbeat",
        "async def f(source, interval, beat):\n    asyncio.sleep(1)\n    yield beat",
    ),
    (
        "it never awaits fill(...)",
        "16 bounded_pipe",
        "async def f(source, maxsize):\n    async def fill():\n        pass\n    fill()\n"
        "    yield 1",
    ),
    (
        "it never awaits wait(...)",
        "16 cancellable",
        "async def f(source, token):\n    on = asyncio.Event()\n    on.wait()\n    yield 1",
    ),
    (
        "it compares with the class TimeoutError",
        "17 classify_error",
        "def f(error):\n    return 'a' if error == TimeoutError else 'b'",
    ),
    (
        "it does not call message.strip",
        "19 choose_strategy",
        "def f(message, history, requested='auto'):\n    text = message.strip\n    return text",
    ),
    (
        "it takes ^ for a power",
        "17 backoff_delays",
        "def f(retries, base=1.0, cap=30.0, rng=None):\n    return [2 ^ n for n in range(9)]",
    ),
    (
        "all its objects share one events",
        "15 ReplayLog",
        "class f:\n    events = []\n    def append(self, one):\n        self.events.append(one)",
    ),
    (
        "it changes the class Stats",
        "18 live_stats",
        "def f(tokens, every, sink, clock=None):\n    Stats.words = 1\n    yield sink(Stats)",
    ),
    (
        "its attribute finish hides its method finish",
        "15 ReplayLog",
        "class f:\n    def finish(self):\n        self.finish = True",
    ),
    (
        "it closes an asynchronous source the ordinary way",
        "16 cancellable",
        "async def f(source, token):\n    yield 1\n    close_source(source)",
    ),
    (
        "it reads chunks twice",
        "18 summarize",
        "def f(chunks, clock=None):\n    a = [c for c in chunks]\n"
        "    return len([c for c in chunks])",
    ),
    (
        "it reads chunks twice",
        "18 summarize",
        "def f(chunks, clock=None):\n    if not list(chunks):\n        return None\n"
        "    return sum(1 for c in chunks)",
    ),
    (
        "it hands out the same one each time",
        "19 segment_stream",
        "def f(tokens):\n    one = {}\n    for token in tokens:\n        one['a'] = token\n"
        "        yield one",
    ),
    (
        "all its keys share one value",
        "18 ab_test",
        "def f(variants, n=10, seed=0):\n    return dict.fromkeys(variants, [])",
    ),
    (
        "it has lost the @property above readers",
        "16 Broadcast",
        "class f:\n    def readers(self):\n        return 0",
    ),
    (
        "it has lost the @asynccontextmanager above spinner",
        "19 spinner",
        "async def f(message, out, interval=0.1):\n    yield",
    ),
    (
        "it takes ^ for a power",
        "17 backoff_delays",
        "def f(retries, base=1.0, cap=30.0, rng=None):\n"
        "    return [base * 2 ^ n for n in range(9)]",
    ),
    (
        "it compares what lower() gives with 'Retry-After'",
        "17 retry_after",
        "def f(error):\n    return [x for x in error.args if x.lower() == 'Retry-After']",
    ),
    (
        "it adds the letters of a text to pieces",
        "01 answer_in_pieces",
        "def f(model, question):\n    pieces = []\n    for chunk in model.stream(question):\n"
        "        pieces += chunk.text\n    return pieces",
    ),
    (
        "it opens png as if it were the name of a file",
        "02 picture_question",
        "def f(question, png):\n    return open(png).read()",
    ),
    (
        "its line end has an r in front",
        "15 encode_sse",
        "def f(event):\n    return event.data + r'\\n\\n'",
    ),
    (
        "it asks the model with predict",
        "01 ask",
        "def f(model, question):\n    return model.predict(question)",
    ),
    (
        "it compares with the class AIMessage",
        "04 final_answer",
        "def f(messages):\n    return messages[-1] is AIMessage",
    ),
    (
        "it returns inside its loop",
        "15 last_event_id",
        "def f(headers):\n    for name in headers:\n        if name == 'id':\n"
        "            return 1\n        else:\n            return 0",
    ),
    (
        "it empties pieces in each round",
        "01 answer_in_pieces",
        "def f(model, question):\n    for chunk in model.stream(question):\n        pieces = []\n"
        "        pieces.append(chunk.text)\n    return pieces",
    ),
    (
        "it takes the keys of prompts for pairs",
        "08 score_prompts",
        "def f(model, prompts, cases):\n    return {name: 0 for name, prompt in prompts}",
    ),
    (
        "it goes through the fields of one message",
        "01 answer_in_pieces",
        "def f(model, question):\n    return [one.text for one in model.invoke(question)]",
    ),
    (
        "it goes through the fields of message",
        "04 wants_tools",
        "def f(message):\n    return any(call for call in message)",
    ),
    (
        "it reads gather without awaiting it",
        "05 call_together",
        "async def f(message, tools):\n    return [one async for one in asyncio.gather()]",
    ),
    (
        "_init_ is not __init__",
        "15 SSEDecoder",
        "class f:\n    def _init_(self):\n        self.buffer = ''",
    ),
]
"""What is told, the lesson and its task, and the code, with the task called f."""

MAY_BE_RIGHT = [
    "kind = type(error)\nreturn 'a' if kind == TimeoutError else 'b'",
    "return [k for k in (TimeoutError, OSError) if k == TimeoutError]",
    "same = lambda kind: kind == TimeoutError\nreturn same(type(error))",
    "last = TimeoutError\nreturn 'a' if error == TimeoutError else last",
    "return 'a' if error is None or error is True else 'b'",
    "lower = str(error).lower\nreturn lower()",
    "here.replace(there)",
    "return 'a' or other(error)",
    "return str(error) or 'nothing'",
    "return error.code ^ 3",
    "count = +1\nreturn count",
    "return str(error).lower() == 'late'",
    "for one in error.args:\n    if one:\n        continue\n    if one is None:\n"
    "        return 'a'\n    else:\n        return 'b'",
    "rows = []\nfor one in error.args:\n    row = []\n    row.append(one)\n    rows.append(row)\n"
    "return rows",
    "one = {}\nfor key in error.args:\n    one[key] = 1\nyield one",
    "for key in error.args:\n    one = {}\n    one[key] = 1\n    yield one",
    "asyncio.create_task(asyncio.sleep(1))",
    "a = b = 0\nreturn a + b",
    "empty = ''\nfor one in error.args:\n    if one == empty:\n        return 'a'",
    "last = None\nfor one in error.args:\n    if last is None:\n        last = one\nreturn last",
    "found = []\nfor one in error.args:\n    if one:\n        found.append(one)\nreturn found",
    "if not error.args or error.args[0] in CUT_OFF:\n    return 'a'",
    "if error.name or error.path in CUT_OFF:\n    return 'a'",
    "one = error.args\nif one[0] and one[1] not in CUT_OFF:\n    return 'a'",
    "now = {}\ncall = now['a'] = {}\nreturn call",
    "if str(error).find('a') >= 0:\n    return 'a'",
    "if not str(error).find('a'):\n    return 'a'",
    "for n in range(len(error.args), 9):\n    return n",
    "for c in str(error):\n    if c == 'a':\n        c = 'b'\n    print(c)",
    "found = []\nfor one in error.args:\n    found.append(one)\n    if len(found) > 3:\n"
    "        return found\nreturn found",
    "for one in error.args:\n    size = 0\n    for letter in one:\n        size += 1\n"
    "    print(size)",
    "messages = []\nmessages += [AIMessage('a')]\nreturn messages",
    "text = str(error) or 'a'\nreturn text if isinstance(error, End) else repr(End)",
]
"""Bodies of `classify_error` of which nothing may be said."""


def looked_at(number: str, task: str, function: str) -> Slip | None:
    lesson = catalog.find(number)
    name = function.replace(" f(", f" {task}(", 1).replace("class f", f"class {task}", 1)
    file = AnswerFile.of_text(spliced(lesson, {task: name + "\n"}), lesson.exercise)
    code = Code(lesson, file, NAMES)
    tree = file.tree_of(task)
    return next((slip for look in LOOKS for slip in look(tree, code)), None) or not_quite_init(tree)


@pytest.mark.parametrize(("problem", "where", "function"), WRONG, ids=[one[0] for one in WRONG])
def test_misuse_is_seen(problem: str, where: str, function: str) -> None:
    number, task = where.split()
    slip = looked_at(number, task, function)
    assert slip is not None
    assert slip.problem == problem
    assert slip.line


@pytest.mark.parametrize("body", MAY_BE_RIGHT)
def test_nothing_is_said_of_what_may_be_right(body: str) -> None:
    assert (
        looked_at("17", "classify_error", f"def f(error):\n{textwrap.indent(body, '    ')}") is None
    )


def test_a_loop_that_breaks_may_go_on_later() -> None:
    code = "def f(chunks, clock=None):\n    for c in chunks:\n        break\n    for c in chunks:\n"
    assert looked_at("18", "summarize", f"{code}        pass") is None
