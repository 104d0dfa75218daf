"""A slip in Python itself is told as that slip: what it is, and in which line."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from course import catalog
from course.catalog import Lesson
from course.grade.answer_file import AnswerFile, CannotLoad
from course.grade.answers import load
from course.grade.expect import Words, WrongAnswer
from course.grade.explain import at_a_glance
from course.grade.feedback import shorten
from course.grade.grader import Grader
from course.grade.outcome import Feedback, TestOutcome
from course.lesson.variants import alternatives, spliced

NAMES = {
    "visible_text": "def visible_text(chunks):",
    "monitor_stream": "def monitor_stream(tokens, metrics, clock=time.monotonic):",
    "stream_tokens": "def stream_tokens(model, prompt):",
    "write_stream": "def write_stream(tokens, out):",
    "buffer_stream": "def buffer_stream(tokens, max_chars=50, marks=('.', '!', '?')):",
    "collect_response": "def collect_response(tokens, on_token=None):",
    "merge_streams": "async def merge_streams(sources):",
    "astream_tokens": "async def astream_tokens(model, prompt):",
    "stream_rag_response": "async def stream_rag_response(query, retrieve, generate):",
}

SLIPS: list[tuple[str, str, str, str]] = [
    (
        "it prints what it should yield",
        "stream_tokens",
        "for chunk in model.stream(prompt):\n    print(chunk.text)\nyield from ()",
        "print(chunk.text)",
    ),
    (
        "it prints its result instead of returning it",
        "collect_response",
        "parts = list(tokens)\nprint(''.join(parts))",
        "print(''.join(parts))",
    ),
    ("it returns None, not a str", "collect_response", "list(tokens)", ""),
    (
        "it returns a list, not a str",
        "collect_response",
        "return list(tokens)",
        "return list(tokens)",
    ),
    (
        "it yields an AIMessageChunk, not a str",
        "stream_tokens",
        "for chunk in model.stream(prompt):\n    yield chunk",
        "yield chunk",
    ),
    (
        "it returns its inner function, not what that yields",
        "stream_tokens",
        "def inner():\n    yield 'a'\nreturn inner",
        "",
    ),
    (
        "it is async, but this task is a plain generator",
        "stream_tokens",
        "async def inner():\n    yield 'a'\nreturn inner()",
        "",
    ),
    (
        "the raise of the stub is still above its code",
        "stream_tokens",
        "'''Say it.'''\nraise NotImplementedError\nfor chunk in model.stream(prompt):\n"
        "    yield chunk.text",
        "raise NotImplementedError",
    ),
    (
        "it returns inside its loop",
        "collect_response",
        "parts = []\nfor token in tokens:\n    parts.append(token)\n    return ''.join(parts)",
        "return ''.join(parts)",
    ),
    (
        "it returns where it should yield",
        "stream_tokens",
        "for chunk in model.stream(prompt):\n    return chunk.text",
        "return chunk.text",
    ),
    (
        "the same text comes again and again",
        "buffer_stream",
        "held = ''\nfor token in tokens:\n    held += token\n    if len(held) >= max_chars:\n"
        "        yield held",
        "",
    ),
    (
        "it does not expect None",
        "collect_response",
        "try:\n    for token in tokens:\n        on_token(token)\nexcept Exception as error:\n"
        "    raise StreamInterrupted('') from error\nreturn ''",
        "on_token(token)",
    ),
    (
        "it closes something that has no close",
        "write_stream",
        "out.write(''.join(tokens))\ntokens.close()\nreturn 0",
        "tokens.close()",
    ),
    ("its own assert fails", "write_stream", "assert not tokens\nreturn 0", "assert not tokens"),
    (
        "it never awaits put(...)",
        "merge_streams",
        "queue = asyncio.Queue()\nfor name in sources:\n    queue.put(name)\n"
        "while True:\n    yield await queue.get()",
        "queue.put(name)",
    ),
    (
        "it takes a coroutine for its result",
        "astream_tokens",
        "stream = model.astream(prompt)\nyield anext(stream).text",
        "yield anext(stream).text",
    ),
    (
        "it reads an asynchronous stream with 'for'",
        "stream_rag_response",
        "for document in retrieve(query):\n    yield {}",
        "for document in retrieve(query):",
    ),
    (
        "it returns a finished str, not a stream",
        "stream_tokens",
        "return model.invoke(prompt).text",
        "",
    ),
    ("it is a coroutine, not a stream", "merge_streams", "return None", ""),
    (
        "its loop hides tokens",
        "buffer_stream",
        "for tokens in tokens:\n    yield tokens",
        "for tokens in tokens:",
    ),
    (
        "it does not return the stream that inner makes",
        "stream_tokens",
        "def inner():\n    yield 'a'\ninner()",
        "def inner():",
    ),
    (
        "it assigns to count of the function around it",
        "write_stream",
        "count = 0\ndef note(token):\n    count += len(token)\n"
        "for token in tokens:\n    note(token)\nreturn count",
        "count += len(token)",
    ),
    (
        "it takes a text for something else",
        "stream_tokens",
        "for chunk in model.stream(prompt):\n    yield chunk.content[0]['text']",
        "yield chunk.content[0]['text']",
    ),
    (
        "it compares values with `is`",
        "stream_tokens",
        "for chunk in model.stream(prompt):\n    if chunk.text is not '':\n"
        "        yield chunk.text.strip()",
        "if chunk.text is not '':",
    ),
    (
        "it assigns with =+",
        "write_stream",
        "count = 0\nfor token in tokens:\n    out.write(token)\n    out.flush()\n"
        "    count =+ len(token)\nreturn count",
        "count =+ len(token)",
    ),
    (
        "it does not call out.flush",
        "write_stream",
        "count = 0\nfor token in tokens:\n    count += out.write(token)\n    out.flush\n"
        "return count",
        "out.flush",
    ),
    (
        "it does not call token.isspace",
        "buffer_stream",
        "for token in tokens:\n    if not token.isspace:\n        yield token",
        "if not token.isspace:",
    ),
    (
        "it compares where it should assign",
        "write_stream",
        "count = 0\nfor token in tokens:\n    count == count + out.write(token)\n"
        "    out.flush()\nreturn count",
        "count == count + out.write(token)",
    ),
    (
        "it does not use what strip returns",
        "stream_tokens",
        "for text in visible_text(model.stream(prompt)):\n    text.strip()\n    yield text + ' '",
        "text.strip()",
    ),
    (
        "it calls visible_text and does not read what that yields",
        "stream_tokens",
        "visible_text(model.stream(prompt))\nyield ''",
        "visible_text(model.stream(prompt))",
    ),
    (
        "it uses what append returns",
        "collect_response",
        "parts = []\nfor token in tokens:\n    parts = parts.append(token)\nreturn ''.join(parts)",
        "parts = parts.append(token)",
    ),
    (
        "it uses what print returns",
        "write_stream",
        "count = 0\nfor token in tokens:\n    count += print(token, file=out)\nreturn count",
        "count += print(token, file=out)",
    ),
    (
        "its `'.' or '!'` does not try each of them",
        "buffer_stream",
        "held = ''\nfor token in tokens:\n    held += token\n"
        "    if held.endswith('.' or '!'):\n        yield held\n        held = ''\nyield held",
        "if held.endswith('.' or '!'):",
    ),
    (
        "`type(token) == 'str'` does not ask for the type",
        "collect_response",
        "parts = []\nfor token in tokens:\n    if type(token) == 'str':\n"
        "        parts.append(token)\nreturn ''.join(parts)",
        "if type(token) == 'str':",
    ),
    (
        "it returns in finally",
        "collect_response",
        "text = ''\ntry:\n    for token in tokens:\n        text += token\n"
        "except Exception as error:\n    raise StreamInterrupted(text) from error\n"
        "finally:\n    return text",
        "return text",
    ),
    (
        "it closes chunks inside its loop",
        "stream_tokens",
        "chunks = model.stream(prompt)\nfor chunk in chunks:\n    yield chunk.text\n"
        "    close_source(chunks)",
        "close_source(chunks)",
    ),
    (
        "it closes token, which is an item",
        "buffer_stream",
        "token = None\ntry:\n    for token in tokens:\n        yield token + ' '\nfinally:\n"
        "    close_source(token)",
        "close_source(token)",
    ),
    (
        "it sets metrics.chunk, which StreamMetrics does not have",
        "monitor_stream",
        "for token in tokens:\n    metrics.chunk = 1\n    metrics.chars += len(token)\n"
        "    yield token\nmetrics.completed = True",
        "metrics.chunk = 1",
    ),
    (
        "it changes parts while its loop reads it",
        "collect_response",
        "parts = list(tokens)\nfor part in parts:\n    parts.remove(part)\nreturn ''.join(parts)",
        "parts.remove(part)",
    ),
    (
        "its strip(mark) removes characters, not a text",
        "collect_response",
        "mark = ' the'\nreturn ''.join(tokens).strip(mark) + '.'",
        "return ''.join(tokens).strip(mark) + '.'",
    ),
    (
        "it hides every error, also one of its own",
        "collect_response",
        "try:\n    return tokens.join('')\nexcept Exception:\n    return ''",
        "except Exception:",
    ),
    (
        "it leaves out the f before a text with braces",
        "collect_response",
        "text = ''.join(tokens)\nreturn '{text}'",
        "return '{text}'",
    ),
    (
        "it takes str() of a message for its text",
        "stream_tokens",
        "for chunk in model.stream(prompt):\n    yield str(chunk)",
        "yield str(chunk)",
    ),
    (
        "it takes str() of bytes for their text",
        "collect_response",
        "return str(b''.join(token.encode() for token in tokens))",
        "return str(b''.join(token.encode() for token in tokens))",
    ),
    (
        "it takes a stream for a list",
        "visible_text",
        "for number in range(len(chunks)):\n    if chunks[number].text:\n"
        "        yield chunks[number].text",
        "for number in range(len(chunks)):",
    ),
    (
        "it calls a method of the class BaseChatModel, not of an object",
        "stream_tokens",
        "for chunk in BaseChatModel.stream(prompt):\n    yield chunk.text",
        "for chunk in BaseChatModel.stream(prompt):",
    ),
    (
        "it closes something that has no close",
        "stream_tokens",
        "for chunk in model.stream(prompt):\n    yield chunk.text\nmodel.close()",
        "model.close()",
    ),
    (
        "it imports langchain.schema, which is not there",
        "stream_tokens",
        "from langchain.schema import HumanMessage\nyield HumanMessage",
        "from langchain.schema import HumanMessage",
    ),
    (
        "it raises something that is not an error",
        "buffer_stream",
        "if max_chars < 100:\n    raise 'at least 100'\nyield from []",
        "raise 'at least 100'",
    ),
    (
        "it takes a function for its result",
        "monitor_stream",
        "metrics.total = clock - clock\nyield from tokens",
        "metrics.total = clock - clock",
    ),
    (
        "it starts a second event loop",
        "astream_tokens",
        "yield asyncio.run(model.ainvoke(prompt)).text",
        "yield asyncio.run(model.ainvoke(prompt)).text",
    ),
    (
        "it loops over a function",
        "astream_tokens",
        "async for token in astream_tokens:\n    yield token",
        "async for token in astream_tokens:",
    ),
    (
        "it takes the keys of sources for pairs",
        "merge_streams",
        "for name, source in sources:\n    yield name, source",
        "for name, source in sources:",
    ),
    (
        "it makes a task of something that is no coroutine",
        "merge_streams",
        "async with asyncio.TaskGroup() as group:\n    for source in sources.values():\n"
        "        group.create_task(source)\nyield None",
        "group.create_task(source)",
    ),
    (
        "it makes a task of a function",
        "merge_streams",
        "async def read():\n    pass\nawait asyncio.create_task(read)\nyield None",
        "await asyncio.create_task(read)",
    ),
    (
        "it lets the end of the source escape as an error",
        "buffer_stream",
        "source = iter(tokens)\nwhile True:\n    yield next(source)",
        "yield next(source)",
    ),
    (
        "it asks for an item that is not there",
        "buffer_stream",
        "yield list(tokens)[1000]",
        "yield list(tokens)[1000]",
    ),
    (
        "it joins a text and a number",
        "collect_response",
        "return ''.join(tokens) + 1",
        "return ''.join(tokens) + 1",
    ),
    (
        "it compares a text with a number",
        "buffer_stream",
        "for token in tokens:\n    if token >= max_chars:\n        yield token",
        "if token >= max_chars:",
    ),
    (
        "it calls something that is not a function",
        "stream_tokens",
        "for chunk in model.stream(prompt):\n    yield chunk.content()",
        "yield chunk.content()",
    ),
]
"""What is told, the task, its body, and which line is pointed at: by default, the first one."""


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(catalog.find("09")) as grader:
        yield grader


def told(grader: Grader, task: str, body: str) -> tuple[Feedback, str]:
    """What a learner is told about a body of a task, and the line that is pointed at."""
    function = f"{NAMES[task]}\n{textwrap.indent(body, '    ')}\n"
    file = AnswerFile.of_text(spliced(grader.lesson, {task: function}), grader.lesson.exercise)
    (outcome,) = grader.grade(file, only=task).tasks
    assert outcome.verdict == "wrong"
    assert outcome.feedback is not None
    return outcome.feedback, file.line(outcome.feedback.line).strip()


@pytest.mark.parametrize(("problem", "task", "body", "line"), SLIPS, ids=[one[0] for one in SLIPS])
def test_a_slip_is_named(grader: Grader, problem: str, task: str, body: str, line: str) -> None:
    feedback, shown = told(grader, task, body)
    assert feedback.problem == problem
    assert shown == (line or NAMES[task])


def test_a_parameter_without_its_default(grader: Grader) -> None:
    lesson = grader.lesson
    function = "def collect_response(tokens, on_token):\n    return ''.join(tokens)\n"
    file = AnswerFile.of_text(spliced(lesson, {"collect_response": function}), lesson.exercise)
    (outcome,) = grader.grade(file, only="collect_response").tasks
    assert outcome.feedback
    assert outcome.feedback.problem == "its parameter on_token has no default value"


def test_a_default_that_is_shared(grader: Grader) -> None:
    function = (
        "def collect_response(tokens, on_token=None, parts=[]):\n"
        "    parts.extend(tokens)\n    return ''.join(parts)\n"
    )
    lesson = grader.lesson
    file = AnswerFile.of_text(spliced(lesson, {"collect_response": function}), lesson.exercise)
    (outcome,) = grader.grade(file, only="collect_response").tasks
    assert outcome.feedback
    assert outcome.feedback.problem == "it keeps something from one call to the next"


@pytest.mark.parametrize(("above", "below"), [("@tool", "open_ticket"), ("", "tool(open_ticket)")])
def test_the_default_of_a_tool_is_not_shared(above: str, below: str) -> None:
    own = (
        "def make_ticket_tool(save):\n"
        f"    {above}\n    def open_ticket(title: Annotated[str, Field(min_length=1)],\n"
        "        priority: Literal['low', 'normal', 'high'] = 'normal', tags: list[str] = []):\n"
        "        'Open a ticket.'\n"
        "        return save(title, tags, priority)\n"
        f"    return {below}\n"
    )
    told = of_task("03", "make_ticket_tool", own)
    assert told.problem == "save gets no list"


def of_task(number: str, task: str, function: str) -> Feedback:
    """What is told about one function of another lesson."""
    lesson = catalog.find(number)
    with Grader(lesson) as grader:
        file = AnswerFile.of_text(spliced(lesson, {task: function}), lesson.exercise)
        (outcome,) = grader.grade(file, only=task).tasks
    assert outcome.feedback
    return outcome.feedback


OTHERS: list[tuple[str, str, str, str]] = [
    (
        "it awaits a stream",  # the test catches the error, and would say something else
        "17",
        "stream_with_fallback",
        "async def stream_with_fallback(models, prompt):\n    for model in models.values():\n"
        "        await model.astream(prompt)\n        yield {}",
    ),
    (
        "its except hides a slip: NameError",
        "17",
        "retry_after",
        "def retry_after(headers, now):\n    try:\n        return float(heders['Retry-After'])\n"
        "    except Exception:\n        return None",
    ),
    (
        "it returns None, not an ErrorKind",
        "17",
        "classify_error",
        "def classify_error(error):\n    str(error)",
    ),
    (
        "it uses error after the end of its except",
        "17",
        "stream_with_retry",
        "async def stream_with_retry(make, retries=3, base=1.0, cap=30.0, retryable=None, "
        "sleep=None, rng=None):\n    try:\n        async for token in make():\n"
        "            if token:\n                yield token\n        return\n"
        "    except Exception as error:\n        pass\n    raise error",
    ),
    (
        "it assigns with =+",  # Python fails before the test can
        "14",
        "stream_json_items",
        "def stream_json_items(tokens, key=None):\n    text = ''\n    for token in tokens:\n"
        "        text =+ token\n    yield json.loads(text)",
    ),
    (
        "it ends with raise StopIteration",
        "16",
        "stop_when",
        "def stop_when(tokens, predicate=None, max_chars=None):\n    for token in tokens:\n"
        "        yield token\n    raise StopIteration",
    ),
    (
        "it returns None, not a str",  # the test stumbles over it
        "18",
        "ascii_histogram",
        "def ascii_histogram(values, edges=(0, 5, 10, 15, 20), width=40):\n    list(values)",
    ),
    (
        "it uses what shuffle returns",
        "18",
        "ab_test",
        "def ab_test(variants, n=10, seed=0):\n"
        "    for name in random.Random(seed).shuffle(list(variants)):\n        variants[name]()\n"
        "    return {}, None",
    ),
    (
        "its call of encode_sse fails",
        "15",
        "sse_body",
        "async def sse_body(events, heartbeat=15.0, first_id=1):\n    async for event in events:\n"
        "        yield encode_sse(json.dumps(event), id=first_id).encode()",
    ),
    (
        "its method feed lacks self",
        "15",
        "SSEDecoder",
        "class SSEDecoder:\n    def feed(chunk):\n        return []",
    ),
    (
        "it sets data and asks for self.data",
        "15",
        "SSEDecoder",
        "class SSEDecoder:\n    def __init__(self):\n        data = []\n"
        "    def feed(self, chunk):\n        return self.data",
    ),
    (
        "it asks for self.lins, which was never set",
        "15",
        "SSEDecoder",
        "class SSEDecoder:\n    def __init__(self):\n        self.lines = []\n"
        "    def feed(self, chunk):\n        return self.lins",
    ),
    (
        "it leaves out self before text",
        "15",
        "SSEDecoder",
        "class SSEDecoder:\n    def __init__(self):\n        self.text = b''\n"
        "    def feed(self, chunk):\n        text += chunk\n        return []",
    ),
    (
        "what it hands out has no key 'type'",
        "19",
        "segment_stream",
        "def segment_stream(tokens):\n    for token in tokens:\n"
        "        yield {'typ': 'text', 'block': 0, 'content': token}",
    ),
    (
        "its body never yields",
        "19",
        "spinner",
        "@asynccontextmanager\nasync def spinner(message, out, interval=0.1):\n    out.flush()",
    ),
    (
        "it does not call ask(QUESTION).lower",  # its loop never ends
        "19",
        "interactive",
        "def interactive(tokens, every, ask):\n    for token in tokens:\n"
        "        answer = ask(QUESTION).lower\n        while answer != 'y':\n            pass\n"
        "        yield token",
    ),
    (
        "it hands out a coroutine of ainvoke, not its result",
        "14",
        "run_tools",
        "async def run_tools(calls, registry, limit=4, timeout=None):\n"
        "    return [registry[call['name']].ainvoke(call) for call in calls]",
    ),
    (
        "it uses one empty in several places",
        "14",
        "accumulate_tool_calls",
        "def accumulate_tool_calls(deltas):\n    calls = {}\n"
        "    empty = {'id': '', 'name': '', 'args': ''}\n    for delta in deltas:\n"
        "        if delta['index'] not in calls:\n            calls[delta['index']] = empty\n"
        "        call = calls[delta['index']]\n"
        "        for key in call:\n            call[key] += delta[key] or ''\n"
        "    return list(calls.values())",
    ),
    (
        "it calls chained with nothing in the parentheses",
        "20",
        "chain_wrappers",
        "def chain_wrappers(wrappers, handler):\n    async def chained(request):\n"
        "        return await handler(request)\n    return chained()",
    ),
    (
        "it does not use what sub returns",
        "20",
        "redact_stream",
        "def redact_stream(tokens):\n    for token in tokens:\n"
        "        ADDRESS.sub(REDACTED, token)\n        yield token\n    close_source(tokens)",
    ),
    (
        "it takes a pattern for a text",
        "20",
        "redact_stream",
        "def redact_stream(tokens):\n    text = ''.join(tokens)\n"
        "    yield text.replace(ADDRESS, REDACTED)",
    ),
    (
        "it uses error after the end of its except",
        "20",
        "with_fallbacks",
        "def with_fallbacks(models, is_retryable):\n    async def wrapper(request, handler):\n"
        "        for model in dict.fromkeys([request.model, *models]):\n            try:\n"
        "                return await handler(request.override(model=model))\n"
        "            except Paused:\n                raise\n"
        "            except Exception as error:\n                if not is_retryable(error):\n"
        "                    raise\n        raise error\n    return wrapper",
    ),
]
"""What is told, the lesson, the task and its code."""


def test_a_sleep_that_cannot_be_awaited() -> None:
    own = (
        "def call_with_retry(tool, call, attempts=3, wait=1.0):\n    while True:\n        try:\n"
        "            return tool.invoke(call)\n        except TRANSIENT:\n"
        "            attempts -= 1\n            if attempts < 1:\n                raise\n"
        "            asyncio.sleep(wait)\n"
    )
    told = of_task("05", "call_with_retry", own)
    assert told.problem == "it never awaits sleep(...)"
    assert "time.sleep" in told.why


@pytest.mark.parametrize(("problem", "number", "task", "function"), OTHERS)
def test_a_slip_of_another_lesson_is_named(
    problem: str, number: str, task: str, function: str
) -> None:
    assert of_task(number, task, function + "\n").problem == problem


def test_a_value_that_a_test_calls_is_no_variable_that_hides_a_function() -> None:
    own = (
        "def chain_wrappers(wrappers, handler):\n    def link(wrapper, inside):\n"
        "        async def chained(request):\n"
        "            return await wrapper(inside, request)\n        return chained\n"
        "    for wrapper in reversed(wrappers):\n        handler = link(wrapper, handler)\n"
        "    return handler\n"
    )
    assert "hides" not in of_task("20", "chain_wrappers", own).problem


def test_what_a_broad_except_hides_is_shown() -> None:
    own = (
        "def last_event_id(headers):\n    try:\n        return int(headers['Last-Event-ID'])\n"
        "    except Exception:\n        return 0\n"
    )
    told = of_task("15", "last_event_id", own)
    assert [value for name, value in told.rows if name == "hidden"] != []


def test_what_does_not_fit_into_a_queue_is_no_error_of_the_source() -> None:
    own = (
        "async def bounded_pipe(source, maxsize):\n    if maxsize < 1:\n"
        "        raise ValueError('at least 1')\n    queue = asyncio.Queue(maxsize)\n"
        "    async def read():\n        try:\n            async for item in source:\n"
        "                queue.put_nowait(item)\n        except Exception:\n            pass\n"
        "        await queue.put(None)\n    task = asyncio.create_task(read())\n    try:\n"
        "        while (item := await queue.get()) is not None:\n            yield item\n"
        "    finally:\n        await end_tasks(task)\n        await aclose_source(source)\n"
    )
    told = of_task("16", "bounded_pipe", own)
    assert told.problem == "its except hides a slip: QueueFull"
    assert "put()" in told.why


def test_an_error_raised_on_purpose_is_not_a_slip() -> None:
    own = (
        "def guard_repetition(tokens, limit=20):\n    for token in tokens:\n"
        "        raise TypeError('no')\n    yield\n"
    )
    assert of_task("17", "guard_repetition", own).problem == "it raises another error"


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ('{"messages": [HumanMessage(question)]}', "the limit of its agent strikes"),
        ("question", "it asks an agent with something that is no dict"),
    ],
)
def test_an_agent_that_is_asked_wrongly(asked: str, problem: str) -> None:
    own = (
        "def ask_ready_made(model, tools, rules, question, max_rounds=5):\n"
        "    agent = create_agent(model, tools, system_prompt=rules)\n"
        f"    state = agent.invoke({asked}, {{'recursion_limit': 2 * max_rounds}})\n"
        "    return state['messages'][-1].text\n"
    )
    assert of_task("04", "ask_ready_made", own).problem == problem


def test_the_crash_of_a_reader_is_told_as_the_type_that_it_got() -> None:
    own = "def ascii_histogram(values, *arguments, **options):\n    return ['a', 'b']\n"
    told = of_task("18", "ascii_histogram", own)
    assert told.problem == "it returns a list, not a str"


def test_a_message_that_is_added_to_a_list() -> None:
    own = "def last_turns(messages, turns):\n    return messages[0] + messages[1:]\n"
    told = of_task("02", "last_turns", own)
    assert told.problem == "it returns a ChatPromptTemplate, not a list[BaseMessage]"
    assert "brackets" in told.why


@pytest.mark.parametrize(
    ("problem", "body"),
    [
        ("it has a list among its messages", "return model.invoke([history, 1]).text"),
        ("it has a class among its messages", "return model.invoke([HumanMessage]).text"),
        ("it makes a message of what is no content", "return HumanMessage(text=question).text"),
        ("it returns a list, not a str", "return [model.invoke(question)]"),
        ("it uses what append returns", "return history.append(model.invoke(question))"),
        ("it calls a module", "return json(history)"),
        ("it assigns with =+", "history = +[question]"),
        ("it joins something that is no text", "return ''.join([(question,)])"),
        ("it adds something to a list that is not a list", "return history + question"),
    ],
)
def test_what_goes_wrong_with_messages(problem: str, body: str) -> None:
    own = f"def chat_turn(model, history, question):\n    {body}\n"
    told = of_task("02", "chat_turn", own)
    assert told.problem == problem
    assert '"".join' not in told.why


def test_what_a_given_class_has_is_named() -> None:
    own = (
        "async def cancellable(source, token):\n    async for item in source:\n"
        "        if token.is_cancelled:\n            return\n        yield item\n"
    )
    told = of_task("16", "cancellable", own)
    assert told.problem == "it asks for an attribute that is not there"
    assert "cancelled" in told.why


def test_an_attribute_that_was_never_set() -> None:
    lesson = catalog.find("15")
    own = (
        "class SSEDecoder:\n    def __init__(self):\n        pass\n"
        "    def feed(self, chunk):\n        self.lines += chunk\n        return []\n"
    )
    with Grader(lesson) as grader:
        file = AnswerFile.of_text(spliced(lesson, {"SSEDecoder": own}), lesson.exercise)
        (outcome,) = grader.grade(file, only="SSEDecoder").tasks
    assert outcome.feedback
    assert outcome.feedback.problem == "it uses self.lines before it has a value"


def test_an_event_of_another_kind_is_told_as_what_came() -> None:
    own = "async def stream_agent_events(agent, query):\n    yield {'type', 'token'}\n"
    assert of_task("09", "stream_agent_events", own).problem == "it yields a set, not an Event"


def test_a_result_that_a_test_cannot_read_is_not_called_an_error_of_the_answer() -> None:
    own = (
        "def stream_into_memory(stream, history, text):\n"
        "    for chunk in stream([*history, HumanMessage(text)]):\n"
        "        if chunk.text:\n            yield chunk.text\n"
        "    history.append([HumanMessage(text)])\n"
    )
    problem = of_task("10", "stream_into_memory", own).problem
    assert problem == "it hands out a list where something with type is wanted"


@pytest.mark.parametrize(
    ("instead", "problem"),
    [
        ("return ValueError(", "it returns an error instead of raising it"),
        ("ValueError(", "it makes an error and does not raise it"),
    ],
)
def test_an_error_that_is_not_raised_is_named_where_one_is_wanted(
    instead: str, problem: str
) -> None:
    own = _in_solution("16", "stop_when", "raise ValueError(", instead)
    assert of_task("16", "stop_when", own).problem == problem


def test_a_slip_that_has_not_run_is_not_blamed() -> None:
    own = (
        "def ask(model, question):\n    if question == 'Hello':\n        return ValueError('no')\n"
        "    return model.invoke('question').text\n"
    )
    assert of_task("01", "ask", own).problem == "the question is changed on its way"


def test_is_that_has_told_nothing_apart_is_not_blamed() -> None:
    own = (
        "def ask(model, question):\n    if question is 'Hello':\n        return ''\n"
        "    return model.invoke('question').text\n"
    )
    assert of_task("01", "ask", own).problem == "the question is changed on its way"


def _in_solution(number: str, task: str, old: str, new: str) -> str:
    """Return the reference solution of a task with something replaced in it."""
    lesson = catalog.find(number)
    file = AnswerFile.read(lesson.solution)
    source = ast.unparse(file.tree_of(task))
    assert old in source
    return source.replace(old, new) + "\n"


def test_an_iterator_is_no_generator() -> None:
    own = (
        "def trim_history(messages, max_tokens, count_tokens=None):\n"
        "    return reversed(messages)\n"
    )
    told = of_task("10", "trim_history", own)
    assert ("got", "an iterator") in told.rows
    assert "yield" not in told.why


def test_none_is_told_where_it_was_returned() -> None:
    own = "def fold_events(state, event):\n    state['status']\n"
    assert of_task("13", "fold_events", own).problem == "it returns None, not a State"


def test_an_error_that_is_raised_on_purpose_may_be_of_the_wrong_class() -> None:
    own = "def check_lifecycle(events):\n    raise RuntimeError('no')\n    yield\n"
    assert "No error is wanted" not in of_task("13", "check_lifecycle", own).why


def test_what_is_not_always_a_slip_is_not_told(grader: Grader) -> None:
    body = (
        "parts = []\nfor token in tokens:\n    if token is None or token == '':\n"
        "        close_source(tokens)\n        break\n    parts.append(token or ' ')\n"
        "try:\n    return ''.join(parts) + '.'\nfinally:\n    parts.clear()"
    )
    _, shown = told(grader, "collect_response", body)
    assert shown == "return ''.join(parts) + '.'"


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("parts = list(tokens)\nreturn ''.join(parts) + '.'", "return ''.join(parts) + '.'"),
        ("if tokens:\n    return '.'\nreturn ','", NAMES["collect_response"]),
        ("def joined():\n    return '.'\nreturn joined()", NAMES["collect_response"]),
    ],
    ids=["the only one", "one of two", "it may be the inner one"],
)
def test_a_wrong_result_is_shown_where_it_is_handed_out(
    grader: Grader, body: str, line: str
) -> None:
    _, shown = told(grader, "collect_response", body)
    assert shown == line


@pytest.mark.parametrize("lesson", catalog.lessons(), ids=lambda lesson: lesson.slug)
def test_no_right_answer_shows_a_slip(lesson: Lesson) -> None:
    right = [(task.name, lesson.solution.read_text(encoding="utf-8")) for task in lesson.tasks]
    right += [(one.task, one.answers) for one in alternatives(lesson)]
    for task, source in right:
        answers = load(AnswerFile.of_text(source, lesson.exercise), lesson)
        assert at_a_glance.seen_in(task, answers) is None, source


def test_what_was_wanted_is_named_if_another_error_comes(grader: Grader) -> None:
    body = "if max_chars < 1:\n    raise LookupError(max_chars)\nyield from []"
    feedback, _ = told(grader, "buffer_stream", body)
    texts = [feedback.why, *(value for _, value in feedback.rows)]
    assert not [text for text in texts if "expected no error" in text]


def test_what_looks_the_same_is_not_shown_as_a_difference(grader: Grader) -> None:
    from course.grade.feedback import _unlike

    same = [("called", "f()"), ("got", "1"), ("wanted", "1")]
    assert _unlike(same) == [("called", "f()")]
    other = [("called", "f()"), ("got", "1"), ("wanted", "2")]
    assert _unlike(other) == other


def test_printed_text_is_no_reason_where_an_error_is_wanted() -> None:
    told = Feedback("0 is accepted", (("yielded", "[]"), ("wanted", "ValueError")), "why")
    outcome = TestOutcome("test", "task", "wrong", told).with_printed("at least 1")
    assert outcome.feedback == told


def test_none_where_something_was_printed_is_told_as_printed() -> None:
    told = Feedback("it has the wrong line", (("returned", "None"), ("wanted", "'a'")), "why")
    outcome = TestOutcome("test", "task", "wrong", told).with_printed("a")
    assert outcome.feedback
    assert outcome.feedback.problem == "it prints its result instead of returning it"


def test_printed_text_is_no_reason_where_something_came() -> None:
    told = Feedback("the order is another one", (("returned", "[1]"), ("wanted", "[2]")), "why")
    outcome = TestOutcome("test", "task", "wrong", told).with_printed("here")
    assert outcome.feedback == told
    assert outcome.printed == "here"


def test_a_text_that_never_ends_is_shown_where_it_begins() -> None:
    first = 'def first():\n    """Say it.\n\n    More.\n    return 1\n\n\n'
    source = first + 'def second():\n    """Two."""\n'
    with pytest.raises(CannotLoad) as caught:
        AnswerFile(source, Path("mine.py")).compile()
    assert (caught.value.line, caught.value.text.strip()) == (2, '"""Say it.')


def test_a_long_value_is_cut_after_a_comma() -> None:
    items = [f"item, {number}" for number in range(60)]
    assert shorten(repr(items)).replace(" ... ", " ").count("'") % 2 == 0
    assert len(shorten(repr(items))) <= 310
    assert shorten("x" * 1000).count("x") < 320


def test_an_error_that_is_wanted_says_so() -> None:
    assert WrongAnswer("it is accepted", "", Words("ValueError"), wants_error=True).wants_error


def test_a_raise_that_is_indented_too_far() -> None:
    own = (
        "def run_agent(model, tools, question, max_rounds=5):\n"
        "    messages = [HumanMessage(question)]\n"
        "    for _ in range(max_rounds):\n"
        "        new = agent_turn(model, tools, messages)\n"
        "        messages += new\n"
        "        if len(new) == 1:\n            return messages\n"
        "        raise TooManyRounds(messages)\n"
    )
    assert of_task("04", "run_agent", own).problem == "it raises inside its loop"
