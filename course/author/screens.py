"""The golden screens: what a learner sees in each situation that grading can end in.

They are kept in `checks/screens`, to be read as prose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich.text import Text

from course import catalog
from course.author.freshness import Made
from course.catalog import Lesson
from course.grade import screen
from course.grade.answer_file import AnswerFile, CannotLoad
from course.grade.grader import Grader
from course.lesson.stubs import stub
from course.lesson.variants import spliced
from course.wording import as_from_make

FOLDER = catalog.ROOT / "checks" / "screens"

SECONDS_PER_TEST = 2.0
"""Of CPU time, after which an endless loop is ended here: enough for any other test."""

Answers = Callable[[Lesson], bytes]


def solution(lesson: Lesson) -> str:
    """Return the source of the reference."""
    return catalog.text_of(lesson, lesson.solution)


def whole(change: Callable[[str], str]) -> Answers:
    """Answers that are the reference with something changed."""
    return lambda lesson: change(solution(lesson)).encode()


def instead(task: str, function: str) -> Answers:
    """Answers that are the reference with another function for one task."""
    return lambda lesson: spliced(lesson, {task: function}).encode()


STUB_DELETED = "stub_deleted"
"""The situation in which there are no answers."""

WRITE_STREAM = "def write_stream(tokens, out):\n"
ASTREAM_TOKENS = "async def astream_tokens(model, prompt):\n"

SITUATIONS: dict[str, Answers] = {
    "untouched_stub": lambda lesson: stub(lesson).encode(),
    "all_passed": whole(lambda source: source),
    "one_wrong_task": whole(
        lambda source: source.replace("        if buffer:\n", "        if 0:\n")
    ),
    "four_tasks_done_and_one_wrong": lambda lesson: _begun(lesson).encode(),
    "syntax_error": whole(lambda source: source.replace("return written", "return (written")),
    "conflict_markers": whole(
        lambda source: source.replace(
            "    return written\n",
            "<<<<<<< HEAD\n    return written\n=======\n    return 0\n>>>>>>> origin/main\n",
        )
    ),
    "not_utf8": lambda lesson: (
        solution(lesson).replace("StreamMetrics:", "Größe:").encode("cp1252")
    ),
    "import_fails": whole(lambda source: source.replace("import asyncio", "import asynco")),
    "code_outside_of_functions_fails": whole(lambda source: source + "\nprint(undefined_name)\n"),
    "exit_while_imported": whole(lambda source: source + "\nexit()\n"),
    "endless_while_imported": whole(lambda source: source + "\nwhile True: pass\n"),
    "endless_loop": instead(
        "write_stream",
        WRITE_STREAM + "    while True: out.flush()\n",
    ),
    "endless_generator": instead(
        "buffer_stream",
        'def buffer_stream(tokens, max_chars=50, marks=(".", "!", "?")):\n'
        "    while True:\n"
        '        yield "more"\n',
    ),
    "endless_loop_in_async": instead(
        "astream_tokens",
        ASTREAM_TOKENS + '    while True:\n        await asyncio.sleep(0)\n    yield ""\n',
    ),
    "waits_for_ever": instead(
        "merge_streams",
        "async def merge_streams(sources):\n"
        "    arrived = asyncio.Queue()\n"
        "    while True:\n"
        "        yield await arrived.get()\n",
    ),
    "blocks_the_event_loop": instead(
        "astream_tokens",
        ASTREAM_TOKENS + "    for chunk in model.stream(prompt):\n"
        "        if chunk.text:\n"
        "            yield chunk.text\n",
    ),
    "prints_instead_of_returning": instead(
        "stream_tokens",
        "def stream_tokens(model, prompt):\n"
        "    for chunk in model.stream(prompt):\n"
        '        print(chunk.text, end="", flush=True)\n',
    ),
    "prints_a_lot": instead(
        "write_stream",
        WRITE_STREAM + "    for token in tokens:\n"
        "        out.write(token)\n"
        "        for number in range(1_000):\n"
        '            print("x" * 100_000)\n',
    ),
    "exits": instead("write_stream", WRITE_STREAM + "    exit()\n"),
    "kills_the_process": instead(
        "write_stream",
        WRITE_STREAM + "    import os\n    os._exit(0)\n",
    ),
    "recurses_without_end": instead(
        "write_stream", WRITE_STREAM + "    return write_stream(tokens, out)\n"
    ),
    "function_renamed": whole(
        lambda source: source.replace("def buffer_stream", "def buffered_stream")
    ),
    "other_parameters": instead(
        "write_stream", "def write_stream(out, tokens, newline):\n    return 0\n"
    ),
    "returns_a_list": instead(
        "stream_tokens",
        "def stream_tokens(model, prompt):\n"
        "    return [chunk.text for chunk in model.stream(prompt) if chunk.text]\n",
    ),
    "returns_nothing": instead("stream_tokens", "def stream_tokens(model, prompt):\n    pass\n"),
    "plain_function_with_yield": instead(
        "write_stream",
        WRITE_STREAM + "    for token in tokens:\n        out.write(token)\n        yield token\n",
    ),
    "needs_another_task": instead(
        "collect_response",
        "def collect_response(tokens, on_token=None):\n"
        '    return "".join(write_again(tokens))\n\n\n'
        "def write_again(tokens):\n"
        '    raise NotImplementedError("later")\n',
    ),
    "library_says_not_implemented": instead(
        "stream_agent_events",
        "async def stream_agent_events(agent, query):\n"
        '    for event in agent.stream_events(query, version="v2"):\n'
        "        yield event\n",
    ),
    "yield_of_the_stub_left": lambda lesson: _with_yield_left(lesson).encode(),
}


def put(made: Made) -> None:
    """Write the golden screens, or check whether they are fresh."""
    with as_from_make():
        shown = dict(texts(catalog.find("09")))
    for name, text in shown.items():
        made.put(FOLDER / f"{name}.txt", text)
    for path in FOLDER.glob("*.txt"):
        if path.stem not in shown:
            made.remove(path)


def texts(lesson: Lesson) -> Iterator[tuple[str, str]]:
    """Yield the name of each situation, and the screen that a learner sees in it."""
    with Grader(lesson, SECONDS_PER_TEST) as grader:
        for name in (STUB_DELETED, *SITUATIONS):
            yield name, text(grader, name)


def text(grader: Grader, situation: str) -> str:
    """Return the screen that a learner sees in a situation, as plain text."""
    lesson = grader.lesson
    if situation == STUB_DELETED:
        return screen.as_plain(screen.missing(lesson))
    return screen.as_plain(_screen(grader, SITUATIONS[situation](lesson)))


def _screen(grader: Grader, content: bytes) -> list[Text]:
    lesson = grader.lesson
    try:
        file = AnswerFile.of(content, lesson.exercise)
        outcome = grader.grade(file)
    except CannotLoad as error:
        return screen.cannot_load(lesson, lesson.exercise, error)
    return screen.verdict(outcome, file)


def _begun(lesson: Lesson) -> str:
    """A stub with its first four tasks solved and the fifth one wrong."""
    return _stub_with(lesson, lesson.tasks[:4]).replace(
        '    raise NotImplementedError("Task 5 of 12: collect_response")\n',
        '    return " ".join(tokens)\n',
    )


def _with_yield_left(lesson: Lesson) -> str:
    """A stub whose first task is solved above the stub's own yield."""
    solved = _stub_with(lesson, lesson.tasks[:1])
    end = "            yield chunk.text\n"
    return solved.replace(end, f"{end}    {catalog.STUB_YIELD}\n", 1)


def _stub_with(lesson: Lesson, tasks: tuple[catalog.Task, ...]) -> str:
    """A stub in which some tasks are solved."""
    lines = stub(lesson).splitlines(keepends=True)
    own = catalog.declared("".join(lines), lesson.exercise)
    right = solution(lesson).splitlines(keepends=True)
    for task in reversed(tasks):
        there, here = own[task.name], lesson.signatures[task.name]
        lines[there.line - 1 : there.end_line] = right[here.line - 1 : here.end_line]
    return "".join(lines)
