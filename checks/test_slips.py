"""A slip in Python itself is told as that slip: what it is, and in which line."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from course import catalog
from course.grade.answer_file import AnswerFile, CannotLoad
from course.grade.expect import Words, WrongAnswer
from course.grade.feedback import shorten
from course.grade.grader import Grader
from course.grade.outcome import Feedback, TestOutcome
from course.lesson.variants import spliced

NAMES = {
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
        "",
    ),
    (
        "it prints its result instead of returning it",
        "collect_response",
        "parts = list(tokens)\nprint(''.join(parts))",
        "",
    ),
    ("it returns None, not a str", "collect_response", "list(tokens)", ""),
    ("it returns a list, not a str", "collect_response", "return list(tokens)", ""),
    (
        "it yields an AIMessageChunk, not a str",
        "stream_tokens",
        "for chunk in model.stream(prompt):\n    yield chunk",
        "",
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
        "it returns an error instead of raising it",
        "collect_response",
        "parts = []\ntry:\n    parts.extend(tokens)\nexcept ConnectionError:\n"
        "    return StreamInterrupted('')\nreturn ''.join(parts)",
        "return StreamInterrupted('')",
    ),
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
        "it writes =+ for +=",
        "write_stream",
        "count = 0\nfor token in tokens:\n    print(token, end='', flush=True, file=out)\n"
        "    count =+ len(token)\nreturn count",
        "count =+ len(token)",
    ),
    (
        "its condition is always true",
        "buffer_stream",
        "held = ''\nfor token in tokens:\n    held += token\n    if held[-1:] == '.' or '!':\n"
        "        yield held\n        held = ''",
        "if held[-1:] == '.' or '!':",
    ),
    (
        "it puts None in place of parts",
        "collect_response",
        "parts = []\nfor token in tokens:\n    parts = parts.append(token)\nreturn ''.join(parts)",
        "parts = parts.append(token)",
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


def of_task(number: str, task: str, function: str) -> Feedback:
    """What is told about one function of another lesson."""
    lesson = catalog.find(number)
    with Grader(lesson) as grader:
        file = AnswerFile.of_text(spliced(lesson, {task: function}), lesson.exercise)
        (outcome,) = grader.grade(file, only=task).tasks
    assert outcome.feedback
    return outcome.feedback


def test_the_crash_of_a_reader_is_told_as_the_type_that_it_got() -> None:
    own = "def ascii_histogram(values, *arguments, **options):\n    return ['a', 'b']\n"
    told = of_task("18", "ascii_histogram", own)
    assert told.problem == "it returns a list, not a str"


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


def test_a_plain_function_is_not_told_to_await(grader: Grader) -> None:
    feedback, _ = told(grader, "stream_tokens", "yield model.ainvoke(prompt).text")
    assert feedback.problem == "it takes a coroutine for its result"
    assert "invoke for ainvoke" in feedback.why
    feedback, _ = told(grader, "astream_tokens", "yield model.ainvoke(prompt).text")
    assert feedback.why.endswith("Write await before it.")


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
