"""The parts of a lesson's notebook, each a list of cells."""

from __future__ import annotations

import ast
import inspect
import os
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from course.catalog import (
    ROOT,
    Function,
    IncompleteLesson,
    Lesson,
    Task,
    first_line,
    text_of,
    tree_of,
)
from course.lesson import lesson_text
from course.lesson.lesson_text import Code
from course.lesson.variants import Variant, mistakes

_LINK = re.compile(r"(?<=\]\()(?P<target>[^)\s#]*)(?P<anchor>#[^)\s]*)?(?=\))")
_SECTION = re.compile(r"(Args|Attributes|Raises|Returns|Yields):")
_ENTRY = re.compile(r"(\w+): (.*)")

SET_UP = """\
import sys
from pathlib import Path

here = Path.cwd()
root = next(folder for folder in (here, *here.parents) if (folder / "course/catalog.py").exists())
sys.path.insert(0, str(root))

from course.environment import keep_private
from course.notebook import open_lesson

keep_private()  # no tracing: nothing leaves this machine
lesson = open_lesson("{number}")
"""

WELCOME = """\
# Lesson {number}: {title}

For the instructor: the texts of the lesson, a live demo of each task, what the common mistakes
look like, and a cell in which you can grade an answer. It needs no key and no network: the models
play scripts. Run it from top to bottom, or run the next cell and then any part that you need.

| part | what is in it |
|---|---|
| Connections | what learners read before they code |
| The tasks, live | the contract of each of the {tasks} tasks, and the reference at work |
| Common mistakes | {mistakes} wrong answers, and what the grader says to each |
| Grade an answer | paste one, run the cell |
| Concepts | what learners read while they code |
| Conclusions | what learners read when they have passed |
| Instructor notes | sample answers to the open questions |

This file is generated from the lesson. `make notebook-{number}` opens your own copy in
`my-notebooks`, which git ignores. Run it and write in it as you like. If you ran the one in
`notebooks` instead, `make notebooks` restores it, and keeps what you typed.

If the next cell cannot import something, this kernel is not the environment of the course. Choose
the one in `.venv`, or open the notebook with `make notebook-{number}`.
"""

TASKS = """\
# The tasks, live

For each task, this has its contract, as learners find it in the stub, and a demo of the reference
solution. Put other texts and times into the demos, and run them again.
"""

MISTAKES = """\
# Common mistakes

For each mistake, this has what the learner believes, the function, and what the grader tells the
learner. Unfold a task to see its mistakes.
"""

GRADE = """\
# Grade an answer

Paste one function, several, or a whole file over the function below, and run the cell. It is graded
in a separate process, so an endless loop, an `exit()` or a syntax error does no harm here. An
endless loop takes a few seconds to detect.

Only what you paste is graded. Functions without the rest of the file can use what the stub gives:
the imports, the exceptions, `close_source`. They cannot use the reference solution, and they can
use other tasks only if you paste those, too. A task that is not in the cell is not graded. A whole
file, which begins with an import from `__future__` as the stub does, is graded as it is.

With `%%grade {number} -v`, every wrong task is explained, not only the first. The answer below is
wrong.
"""


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook.

    Attributes:
        kind: "markdown" or "code".
        name: unique within the notebook; letters, digits, "-" and "_".
        source: the text.
        metadata: what Jupyter keeps for it.
    """

    kind: Literal["markdown", "code"]
    name: str
    source: str
    metadata: dict[str, Any] = field(default_factory=dict)


def cells(lesson: Lesson) -> Iterator[Cell]:
    """Give all cells of a lesson's notebook.

    Raises:
        IncompleteLesson: if a file is not there, or there is no demo for one of the tasks.
    """
    connections, concepts, conclusions = lesson.texts
    wrong = mistakes(lesson)
    if not wrong:
        raise IncompleteLesson(lesson.number, lesson.mistakes, "has no mistakes")
    numbers = {"number": lesson.number, "tasks": len(lesson.tasks), "mistakes": len(wrong)}
    yield _markdown("welcome", WELCOME.format(title=lesson.title, **numbers))
    yield _code("set-up", SET_UP.format(**numbers))
    yield from _text(lesson, connections)
    yield from _demos(lesson)
    yield from _mistakes(lesson, wrong)
    yield _markdown("grade", GRADE.format(**numbers))
    yield _code("grade-answer", f"%%grade {lesson.number}\n{_example(lesson, wrong).function}")
    yield from _text(lesson, concepts)
    yield from _text(lesson, conclusions)
    yield from _text(lesson, lesson.notes)


def _markdown(name: str, source: str, **metadata: Any) -> Cell:
    return Cell("markdown", name, source.strip("\n"), metadata)


def _code(name: str, source: str) -> Cell:
    return Cell("code", name, source.strip("\n"))


def _text(lesson: Lesson, path: Path) -> Iterator[Cell]:
    """A text of the lesson; what its code prints is left out, because the code will print it.

    The cells are called by the file and the position of the part in it: "concepts-2".
    """
    text = lesson_text.parse(text_of(lesson, path), path)
    for position, part in enumerate(text.parts):
        name = f"{path.stem.lower()}-{position}"
        if isinstance(part, Code):
            yield _code(name, part.source)
        else:
            yield _markdown(name, _from_notebook(part.markdown, path, lesson.notebook))


def _from_notebook(markdown: str, path: Path, notebook: Path) -> str:
    """Let the links of the text at `path` lead to the same files from the notebook's folder."""

    def moved(link: re.Match[str]) -> str:
        target = (path.parent / link["target"]).resolve() if link["target"] else path
        if not target.is_relative_to(ROOT) or not target.exists():
            return link[0]
        relative = os.path.relpath(target, notebook.parent).replace(os.sep, "/")
        return relative + (link["anchor"] or "")

    return _LINK.sub(moved, markdown).replace("```text diagram", "```text")


def _demos(lesson: Lesson) -> Iterator[Cell]:
    """The lesson's `demo.py`: its imports, and a cell for each of its functions."""
    path, tree = lesson.demo, tree_of(lesson, lesson.demo)
    lines = text_of(lesson, path).splitlines()
    functions = [node for node in tree.body if isinstance(node, Function)]
    names = [function.name for function in functions]
    tasks = {task.demo: task for task in lesson.tasks}
    if [name for name in names if name in tasks] != list(tasks):
        wanted = f"needs a function for each task, in their order: {', '.join(tasks)}"
        raise IncompleteLesson(lesson.number, path, wanted)
    module = tree.body[0]
    assert module.end_lineno is not None
    yield _markdown("tasks", TASKS)
    yield _code("tasks-imports", "\n".join(lines[module.end_lineno : functions[0].lineno - 1]))
    for function in functions:
        introduction = ast.get_docstring(function)
        if introduction is None:
            raise IncompleteLesson(lesson.number, path, f"has no docstring for {function.name}")
        if function.name in tasks:
            introduction = _contract(lesson, tasks[function.name]) + introduction
        yield _markdown(f"demo-{function.name}", introduction)
        end = function.body[0].end_lineno
        body = "\n".join(lines[end : function.end_lineno])
        yield _code(f"demo-{function.name}-code", textwrap.dedent(body))


def _contract(lesson: Lesson, task: Task) -> str:
    """The head of a task's demo: its goal, its signature and what it promises."""
    source = text_of(lesson, lesson.solution)
    node = next(
        node
        for node in tree_of(lesson, lesson.solution).body
        if isinstance(node, Function | ast.ClassDef) and node.name == task.name
    )
    head, promise = _head(node, source), as_markdown(ast.get_docstring(node) or "")
    if isinstance(node, ast.ClassDef):
        for method in node.body:
            if isinstance(method, Function) and ast.get_docstring(method) is not None:
                head += ["", *_head(method, source)]
                promise += (
                    f"\n\n**`{method.name}`:** {as_markdown(ast.get_docstring(method) or '')}"
                )
    return "\n".join(
        [
            f"## Task {task.number}: `{task.name}`\n",
            f"**{task.goal}.**\n",
            "```python",
            *head,
            "```\n",
            f"{promise}\n",
            "### Live\n\n",
        ]
    )


def _head(node: Function | ast.ClassDef, source: str) -> list[str]:
    """The lines of a declaration, up to its docstring."""
    return source.splitlines()[first_line(node) - 1 : node.body[0].lineno - 1]


def as_markdown(docstring: str) -> str:
    """Return a docstring with its sections, such as "Raises:", as lists."""
    lines: list[str] = []
    inside = False
    for line in inspect.cleandoc(docstring).splitlines():
        text = line.strip()
        section = _SECTION.fullmatch(line)
        inside = bool(section) or (inside and (not text or line.startswith(" ")))
        if section:
            lines += ["", f"**{section[1]}:**", ""]
        elif not inside or not text:
            lines.append(line)
        elif line.startswith("     "):  # an entry goes on
            lines.append(f"  {text}")
        elif entry := _ENTRY.match(text):
            lines.append(f"* `{entry[1]}`: {entry[2]}")
        else:
            lines.append(text)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _mistakes(lesson: Lesson, wrong: tuple[Variant, ...]) -> Iterator[Cell]:
    """All mistakes, folded away under a heading for each task."""
    folded = {"jp-MarkdownHeadingCollapsed": True}
    yield _markdown("mistakes", MISTAKES)
    for task in lesson.tasks:
        names = [mistake.name for mistake in wrong if mistake.task == task.name]
        yield _markdown(f"mistakes-{task.number}", f"## Mistakes in `{task.name}`", **folded)
        for position, name in enumerate(names):
            yield _code(f"mistakes-{task.number}-{position}", f'lesson.show_mistake("{name}")')


def _example(lesson: Lesson, wrong: tuple[Variant, ...]) -> Variant:
    """A short wrong answer."""
    return min(wrong, key=lambda mistake: len(mistake.function))
