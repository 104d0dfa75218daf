"""Where the course teaches what the texts that it grew from promise: `docs/seeds.md`.

`docs/seeds.toml` numbers what they promise, where they are wrong, and their examples. Under the
same numbers, the `seeds.toml` of a lesson says which task and test teach it, which known mistake
repeats the fault, and which function of its `demo.py` is the corrected example. It also says where
the lesson teaches what the best public projects do:

    [rows]
    21 = { task = "stream_with_timeout", test = "test_each_token_restarts_the_idle_time" }
    27 = { text = "CONCEPTS.md", section = "Rules of Thumb" }
    [faults]
    2 = { mistake = "buffer_stream__loses_the_tail" }
    56 = { reason = "the texts name no line numbers" }
    [examples]
    002-6 = { demo = "a_flaky_tool" }
    [practices]
    24 = { task = "guard_repetition", test = "test_the_row_is_ended" }
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from course import catalog
from course.catalog import Function, Lesson, tree_of
from course.lesson import lesson_text
from course.lesson.variants import mistakes
from course.wording import place

NAMES = catalog.ROOT / "docs" / "seeds.toml"
TABLES = catalog.ROOT / "docs" / "seeds.md"

HEAD = """\
# What the course grew from

The course grew from four public texts on streaming: an exercise of a LangChain course in two files
(000 and 001), a lesson on pydantic-ai (002), a streaming guide for LangChain (003) and an example
for the OpenAI SDK (004).

- The first table shows where the course teaches what they promise.
- The second shows where they are wrong. For each fault it names the known mistake that repeats it.
  The graders are tested with that mistake.
- The third shows the notebooks that run their examples, offline and corrected: seven from 002 and
  four from 004.
- The last table has other sources: what the best public projects do about streaming, and where the
  course teaches it.

`make readme` generates this file from `docs/seeds.toml` and the `seeds.toml` of the lessons.
"""

Claim = dict[str, str]


def tables() -> str:
    """Return the four tables."""
    names = _names()
    rows = _table("what they promise", names["rows"], "rows", _row)
    faults = _table("what is wrong", names["faults"], "faults", _fault)
    examples = _table("the example", names["examples"], "examples", _example)
    practices = _table("what they do", names["practices"], "practices", _row)
    return (
        f"{HEAD}\n## What they promise\n\n{rows}\n## Where they are wrong\n\n{faults}"
        f"\n## Their examples\n\n{examples}\n## What the best projects do\n\n{practices}"
    )


def faults() -> list[str]:
    """Return what is wrong with the claims: numbers nobody claims, and claims that do not hold."""
    names = _names()
    found = []
    for kind, known in names.items():
        claimed = {number for _, number, _ in claims(kind)}
        found += [f"{kind} {number} is taught nowhere" for number in known if number not in claimed]
        for lesson, number, claim in claims(kind):
            where = f"{place(lesson.seeds)}, {kind} {number}"
            if number not in known:
                found.append(f"{where}: there is no such number")
            if kind == "examples" and "demo" not in claim:
                found.append(f"{where}: it names no demo")
            found += [f"{where}: {fault}" for fault in _faults(lesson, claim)]
    return found


def claims(kind: str) -> Iterator[tuple[Lesson, str, Claim]]:
    """Yield the claims of all lessons, in the order of the lessons.

    Args:
        kind: "rows", "faults", "examples" or "practices".
    """
    for lesson in catalog.lessons():
        if not lesson.seeds.exists():
            continue
        for number, claim in _read(lesson.seeds).get(kind, {}).items():
            for one in claim if isinstance(claim, list) else [claim]:
                yield lesson, number, one


def _names() -> dict[str, dict[str, str]]:
    return _read(NAMES)


@cache
def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        return tomllib.load(stream)


def _table(
    title: str, names: dict[str, str], kind: str, taught: Callable[[Lesson, Claim], str]
) -> str:
    lines = [f"| # | {title} | where the course has it |", "|---|---|---|"]
    for number, name in names.items():
        here = [taught(lesson, claim) for lesson, at, claim in claims(kind) if at == number]
        lines.append(f"| {number} | {name} | {'; '.join(dict.fromkeys(here))} |")
    return "\n".join(lines) + "\n"


def _row(lesson: Lesson, claim: Claim) -> str:
    if "task" in claim:
        tests = f"../{lesson.tests.relative_to(catalog.ROOT).as_posix()}"
        return f"{lesson.number} `{claim['task']}`, [`{claim['test']}`]({tests})"
    return _prose(lesson, claim)


def _fault(lesson: Lesson, claim: Claim) -> str:
    if "mistake" in claim:
        path = f"../{lesson.mistakes.relative_to(catalog.ROOT).as_posix()}"
        return f"{lesson.number} [`{claim['mistake']}`]({path})"
    reason = f"no mistake: {claim['reason']}"
    return f"{reason} ({_prose(lesson, claim)})" if "text" in claim else reason


def _example(lesson: Lesson, claim: Claim) -> str:
    notebook = f"../{lesson.notebook.relative_to(catalog.ROOT).as_posix()}"
    return f"{lesson.number} [{_demos(lesson)[claim['demo']]}]({notebook})"


def _prose(lesson: Lesson, claim: Claim) -> str:
    section = f", {claim['section']}" if "section" in claim else ""
    return f"{lesson.number} [{claim['text']}](../lessons/{lesson.slug}/{claim['text']}){section}"


def _faults(lesson: Lesson, claim: Claim) -> Iterator[str]:
    if not claim.keys() & {"task", "text", "mistake", "reason", "demo"}:
        yield "it says nothing"
    if "task" in claim and claim.get("test") not in _tests(lesson).get(claim["task"], ()):
        yield f"{claim['task']} has no test {claim.get('test')}"
    if "mistake" in claim and claim["mistake"] not in {one.name for one in mistakes(lesson)}:
        yield f"there is no mistake {claim['mistake']}"
    if "demo" in claim and claim["demo"] not in _demos(lesson):
        yield f"there is no demo {claim['demo']}"
    if "text" in claim:
        path = lesson.folder / claim["text"]
        if not path.is_file():
            yield f"there is no text {claim['text']}"
        elif "section" in claim and claim["section"] not in _headings(path):
            yield f"{claim['text']} has no section {claim['section']!r}"


@cache
def _tests(lesson: Lesson) -> dict[str, set[str]]:
    """The names of the tests of each task."""
    tree = tree_of(lesson, lesson.tests)
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    return {
        task.name: {one.name for one in classes[task.test_class].body if hasattr(one, "name")}
        for task in lesson.tasks
    }


@cache
def _demos(lesson: Lesson) -> dict[str, str]:
    """The names of the lesson's demos, each with what stands above it in the notebook."""
    tree = tree_of(lesson, lesson.demo)
    tasks = {task.demo: f"Task {task.number}: `{task.name}`" for task in lesson.tasks}
    demos = [node for node in tree.body if isinstance(node, Function)]
    titles = {one.name: (ast.get_docstring(one) or "").partition("\n")[0] for one in demos}
    return {name: tasks.get(name, title.lstrip("# ")) for name, title in titles.items()}


@cache
def _headings(path: Path) -> set[str]:
    return {heading.title for heading in lesson_text.read(path).headings}
