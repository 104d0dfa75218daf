"""The one place that knows the lessons: numbers, names, tasks and paths.

A lesson is a folder `lessons/NN_slug` with a `lesson.toml`. Everything else about it has the
same name: `exercises/NN_slug.py`, `solutions/NN_slug.py`, `tests/test_NN_slug.py` and so on.
"""

from __future__ import annotations

import ast
import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, Literal

from course.wording import command

ROOT = Path(__file__).resolve().parents[1]

STUB_YIELD = "yield  # makes this a generator; delete this line with the one above"
"""The line after the one that raises in the stub of a generator."""

Kind = Literal[
    "function",
    "generator",
    "async generator",
    "coroutine",
    "context manager",
    "async context manager",
    "class",
]

Function = ast.FunctionDef | ast.AsyncFunctionDef

CONTEXT_MANAGERS: Final[Mapping[str, Kind]] = {
    "contextmanager": "context manager",
    "asynccontextmanager": "async context manager",
}
"""What makes a generator one, by the name of the decorator."""


class CourseError(Exception):
    """The request itself was wrong. The text says in one paragraph what to do instead."""


class UnknownLesson(CourseError):
    """There is no such lesson."""


class UnreadableLesson(UnknownLesson):
    """A lesson has a folder, but its `lesson.toml` does not say what it should.

    Attributes:
        slug: the name of the folder.
        problem: what is wrong with the file, read after its name.
    """

    def __init__(self, slug: str, problem: str) -> None:
        self.slug = slug
        self.problem = problem
        super().__init__(f"lessons/{slug}/lesson.toml {problem}. {_what_it_lacks(slug[:2])}")


class UnknownTask(CourseError):
    """The lesson has no such task."""


class IncompleteLesson(CourseError):
    """A lesson lacks a file, or something in one.

    Attributes:
        path: the file.
        problem: what is wrong with it, read after its name: "is not there".
    """

    def __init__(self, number: str, path: Path, problem: str) -> None:
        self.path = path
        self.problem = problem
        shown = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()
        super().__init__(f"{shown} {problem}. {_what_it_lacks(number)}")


def _what_it_lacks(number: str) -> str:
    return f"To see all that lesson {number} lacks: {command('missing', number)}"


@dataclass(frozen=True)
class Minutes:
    """How long something takes: who has met it before, and who meets it here.

    `str` says it: "195", or "160 to 310".
    """

    least: int
    most: int

    @classmethod
    def read(cls, value: Any) -> Minutes:
        """Return what a file says: one number, or two in a list.

        Raises:
            ValueError: if it says anything else.
        """
        match value:
            case int(number):
                return cls(number, number)
            case [int(least), int(most)] if least <= most:
                return cls(least, most)
        raise ValueError(f"minutes is a number, or [least, most], not {value!r}")

    def __add__(self, other: Minutes) -> Minutes:
        return Minutes(self.least + other.least, self.most + other.most)

    def __str__(self) -> str:
        return f"{self.least}" if self.least == self.most else f"{self.least} to {self.most}"


@dataclass(frozen=True)
class Task:
    """One function or class that the learner writes.

    Attributes:
        unmarked: why it carries no mark, or None. Such answers cannot be graded apart from their
            tests, and a verdict found in the same process as the answers can be forged.
        was: names that it had before. `make update` carries answers over from them.
    """

    name: str
    goal: str
    minutes: Minutes
    hints: tuple[str, ...]
    number: int
    unmarked: str | None = None
    was: tuple[str, ...] = ()

    @property
    def test_class(self) -> str:
        """`TestBufferStream` for `buffer_stream`, `TestReplayLog` for `ReplayLog`."""
        return "Test" + "".join(part[:1].upper() + part[1:] for part in self.name.split("_"))

    @property
    def demo(self) -> str:
        """The name of its demo, a function: `replay_log` for `ReplayLog`."""
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", self.name)
        return words.lower()

    def label(self, of: int) -> str:
        """What the stub's NotImplementedError says: "Task 4 of 12: buffer_stream"."""
        return f"Task {self.number} of {of}: {self.name}"


@dataclass(frozen=True)
class Lesson:
    """A lesson, as its `lesson.toml` describes it.

    Attributes:
        tasks: what is graded.
        unmarked_tasks: those left out because they carry no mark: see `for_marks`.
    """

    slug: str
    title: str
    part: str
    level: str
    minutes: Minutes
    prerequisites: tuple[str, ...]
    tasks: tuple[Task, ...]
    unmarked_tasks: tuple[Task, ...] = ()

    @property
    def number(self) -> str:
        """Two digits: "09"."""
        return self.slug[:2]

    @property
    def folder(self) -> Path:
        return ROOT / "lessons" / self.slug

    @property
    def exercise(self) -> Path:
        return ROOT / "exercises" / f"{self.slug}.py"

    @property
    def solution(self) -> Path:
        return ROOT / "solutions" / f"{self.slug}.py"

    @property
    def tests(self) -> Path:
        return ROOT / "tests" / f"test_{self.slug}.py"

    @property
    def notebook(self) -> Path:
        return ROOT / "notebooks" / f"{self.slug}.ipynb"

    @property
    def proof(self) -> Path:
        """The folder of everything that proves the lesson. The next paths are in it."""
        return ROOT / "checks" / "lessons" / self.slug

    @property
    def mistakes(self) -> Path:
        """Wrong answers that the graders must reject."""
        return self.proof / "mistakes.py"

    @property
    def alternatives(self) -> Path:
        """Right answers of a different shape that they must accept."""
        return self.proof / "alternatives.py"

    @property
    def builds_on(self) -> tuple[str, ...]:
        """The numbers of the lessons that its prerequisites name."""
        named = re.findall(r"\b[Ll]esson (\d\d)", " ".join(self.prerequisites))
        return tuple(sorted(set(named)))

    @property
    def attempts(self) -> Path:
        """What beginners write first, as Python itself goes wrong."""
        return self.proof / "attempts.py"

    @property
    def told_of_attempts(self) -> Path:
        """What they are told, attempt by attempt."""
        return self.proof / "attempts.txt"

    @property
    def mutants(self) -> Path:
        """The small changes to the solution that its tests need not notice."""
        return self.proof / "mutants.toml"

    @property
    def golden(self) -> Path:
        """The folder of the texts that learners see, one file for each task."""
        return self.proof / "golden"

    @property
    def benchmark(self) -> Path:
        """What is sent through the solution to measure its speed."""
        return self.proof / "benchmark.py"

    @property
    def seeds(self) -> Path:
        """What the lesson covers of the texts that the course grew from, if anything."""
        return self.proof / "seeds.toml"

    @property
    def texts(self) -> tuple[Path, Path, Path]:
        """What to read before, during and after coding."""
        return (
            self.folder / "CONNECTIONS.md",
            self.folder / "CONCEPTS.md",
            self.folder / "CONCLUSIONS.md",
        )

    @property
    def notes(self) -> Path:
        """Sample answers to the open questions, for instructors."""
        return self.folder / "INSTRUCTOR_NOTES.md"

    @property
    def demo(self) -> Path:
        """The live demonstrations of its notebook."""
        return self.folder / "demo.py"

    @property
    def play(self) -> Path:
        """What its prompt offers."""
        return self.folder / "play.py"

    @property
    def for_marks(self) -> Lesson:
        """The same lesson with only the tasks that carry a mark."""
        marked = tuple(task for task in self.tasks if not task.unmarked)
        left_out = tuple(task for task in self.tasks if task.unmarked)
        return replace(self, tasks=marked, unmarked_tasks=(*self.unmarked_tasks, *left_out))

    def task(self, name: str) -> Task:
        """Return the task called `name`, or the one with that number: "3".

        Raises:
            UnknownTask: if there is no such task.
        """
        for task in self.tasks:
            if name in (task.name, str(task.number)):
                return task
        names = [task.name for task in self.tasks]
        having = [one for one in lessons() if any(task.name == name for task in one.tasks)]
        meant = f" It is in lesson {having[0].number}." if having else _closest(name, names)
        raise UnknownTask(
            f"Lesson {self.number} has no task called {name!r}.{meant} {self.names_of_tasks}"
        )

    @property
    def names_of_tasks(self) -> str:
        """A sentence that names the tasks, one in a line."""
        return _listed("Its tasks are", [task.name for task in self.tasks])

    @cached_property
    def signatures(self) -> dict[str, Signature]:
        """How each function and class is declared in the reference solution."""
        return declared(text_of(self, self.solution), self.solution)


def text_of(lesson: Lesson, path: Path) -> str:
    """Return the text of a file that a lesson has to have.

    Raises:
        IncompleteLesson: if it is not there.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise IncompleteLesson(lesson.number, path, "is not there") from None


def tree_of(lesson: Lesson, path: Path) -> ast.Module:
    """Return the syntax tree of a file that a lesson has to have.

    Raises:
        IncompleteLesson: if it is not there, or does not parse.
    """
    try:
        return ast.parse(text_of(lesson, path), str(path))
    except SyntaxError as error:
        problem = f"does not parse: {error.msg} in line {error.lineno}"
        raise IncompleteLesson(lesson.number, path, problem) from None


@dataclass(frozen=True)
class Signature:
    """How a function or a class is declared.

    Attributes:
        kind: what it is, and so what a call returns.
        parameters: the names of its parameters, without `self`; for a class, those of `__init__`.
        line: the first line, with decorators.
        end_line: the last line.
        methods: for a class, how its methods are declared, by name. Properties are left out.
        returns: the annotation of what it returns, or "".
    """

    kind: Kind
    parameters: tuple[str, ...]
    line: int
    end_line: int
    methods: Mapping[str, Signature] = field(default_factory=dict)
    returns: str = ""


@lru_cache(maxsize=32)
def declared(source: str, path: Path) -> dict[str, Signature]:
    """Return the functions and classes that `source` defines at its top level, by name.

    The result is cached: some sources take seconds.

    Raises:
        SyntaxError: if `source` does not parse.
    """
    return declared_in(ast.parse(source, str(path)))


def declared_in(tree: ast.Module) -> dict[str, Signature]:
    """Return the same for a file that has been parsed."""
    found: dict[str, Signature] = {}
    for node in tree.body:
        if isinstance(node, Function):
            found[node.name] = _of_function(node)
        elif isinstance(node, ast.ClassDef):
            found[node.name] = _of_class(node)
    return found


def decorators(node: Function | ast.ClassDef) -> list[str]:
    """Return the last names of what decorates a function or a class: "asynccontextmanager"."""
    called = [one.func if isinstance(one, ast.Call) else one for one in node.decorator_list]
    return [ast.unparse(one).rpartition(".")[2] for one in called]


def first_line(node: Function | ast.ClassDef) -> int:
    """Return the line in which a function or a class begins, decorators included."""
    return min([node.lineno, *(one.lineno for one in node.decorator_list)])


def _of_function(node: Function) -> Signature:
    arguments = node.args
    names = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    parameters = tuple(argument.arg for argument in names)
    assert node.end_lineno is not None
    returns = ast.unparse(node.returns) if node.returns else ""
    return Signature(kind_of(node), parameters, first_line(node), node.end_lineno, returns=returns)


def _of_class(node: ast.ClassDef) -> Signature:
    functions = [
        one for one in node.body if isinstance(one, Function) and "property" not in decorators(one)
    ]
    methods = {one.name: _of_method(one) for one in functions}
    parameters = methods["__init__"].parameters if "__init__" in methods else ()
    assert node.end_lineno is not None
    return Signature("class", parameters, first_line(node), node.end_lineno, methods)


def _of_method(node: Function) -> Signature:
    found = _of_function(node)
    if "staticmethod" in decorators(node):
        return found
    return replace(found, parameters=found.parameters[1:])


def kind_of(function: Function) -> Kind:
    """Return which kind of function it is."""
    for decorator, kind in CONTEXT_MANAGERS.items():
        if decorator in decorators(function):
            return kind
    yields = any(isinstance(node, ast.Yield | ast.YieldFrom) for node in _own_nodes(function))
    if isinstance(function, ast.AsyncFunctionDef):
        return "async generator" if yields else "coroutine"
    return "generator" if yields else "function"


def _own_nodes(function: ast.AST) -> list[ast.AST]:
    """All nodes of a function, without those of the functions inside it."""
    nodes: list[ast.AST] = []
    for child in ast.iter_child_nodes(function):
        nodes.append(child)
        if not isinstance(child, Function | ast.Lambda):
            nodes += _own_nodes(child)
    return nodes


KEYS = ("title", "part", "level", "minutes", "prerequisites", "tasks")
KEYS_OF_A_TASK = ("name", "goal", "minutes", "hints")
"""What stands in each `lesson.toml`."""


@lru_cache(maxsize=1)
def lessons() -> tuple[Lesson, ...]:
    """Return all lessons, in the order of their numbers.

    One whose `lesson.toml` is not there or cannot be read is left out, so that the others can be
    learned: see `unreadable`.
    """
    return tuple(found for found in map(_read, _folders()) if isinstance(found, Lesson))


def unreadable() -> tuple[UnreadableLesson, ...]:
    """Return what is wrong with the lessons that `lessons` leaves out."""
    return tuple(found for found in map(_read, _folders()) if isinstance(found, UnreadableLesson))


def _folders() -> Iterator[Path]:
    """The folders of lessons. An empty one is what git leaves of a lesson on another branch."""
    folders = sorted((ROOT / "lessons").glob("[0-9][0-9]_*/"))
    return (folder for folder in folders if any(folder.iterdir()))


def _read(folder: Path) -> Lesson | UnreadableLesson:
    try:
        text = (folder / "lesson.toml").read_text(encoding="utf-8")
        return described(folder.name, text)
    except FileNotFoundError:
        return UnreadableLesson(folder.name, "is not there")
    except (OSError, ValueError, TypeError, AttributeError) as error:
        return UnreadableLesson(folder.name, f"cannot be read: {error}")


def described(slug: str, text: str) -> Lesson:
    """Return the lesson that the text of a `lesson.toml` describes.

    Raises:
        ValueError: if it is not as it should be. Or TypeError, AttributeError.
    """
    data = tomllib.loads(text)
    _refuse_without(KEYS, data, "it")
    if not data["tasks"]:
        raise ValueError("it has no tasks")
    tasks = tuple(_task(number, task) for number, task in enumerate(data["tasks"], start=1))
    names = [name for task in tasks for name in (task.name, *task.was)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two of its tasks are or were called {', '.join(twice)}")
    return Lesson(
        slug=slug,
        title=data["title"],
        part=data["part"],
        level=data["level"],
        minutes=Minutes.read(data["minutes"]),
        prerequisites=tuple(data["prerequisites"]),
        tasks=tasks,
    )


def _task(number: int, data: dict[str, Any]) -> Task:
    _refuse_without(KEYS_OF_A_TASK, data, f"its task {number}")
    was = data.get("was", ())
    return Task(
        name=data["name"],
        goal=data["goal"],
        minutes=Minutes.read(data["minutes"]),
        hints=tuple(data["hints"]),
        number=number,
        unmarked=data.get("unmarked"),
        was=(was,) if isinstance(was, str) else tuple(was),
    )


def _refuse_without(keys: tuple[str, ...], data: dict[str, Any], whose: str) -> None:
    if missing := [key for key in keys if key not in data]:
        raise ValueError(f"{whose} has no {', '.join(missing)}")


def find(text: str | None) -> Lesson:
    """Return the lesson that `text` names: "9", "09", "09_streaming" or "streaming".

    None means the only lesson, while there is only one. What a learner means who names none is in
    `course/current_lesson.py`.

    Raises:
        UnreadableLesson: if there is one, but its `lesson.toml` cannot be read.
        UnknownLesson: if there is no such lesson, or if None leaves a choice.
    """
    known = lessons()
    if text is None:
        if len(known) == 1:
            return known[0]
        raise UnknownLesson(f"Which lesson? {_choices(known)}")
    wanted = re.sub(r"^lesson[\s_-]*", "", text.strip().lower()).replace("-", "_")
    for lesson in known:
        if wanted in _names(lesson.slug) or wanted == lesson.title.lower():
            return lesson
    for broken in unreadable():
        if wanted in _names(broken.slug):
            raise broken
    by_name = {name: lesson for lesson in known for name in (lesson.slug, lesson.slug[3:])}
    close = difflib.get_close_matches(wanted, by_name, n=1)
    hint = f" Did you mean {by_name[close[0]].slug}?" if close else ""
    raise UnknownLesson(f"There is no lesson {text!r}.{hint} {_choices(known)}")


def _names(slug: str) -> set[str]:
    return {slug[:2], slug[:2].lstrip("0"), slug, slug[3:]}


def _choices(known: tuple[Lesson, ...]) -> str:
    if not known:
        return "This checkout has no lessons. To see what is missing: git status"
    named = _listed("The lessons are", [f"{lesson.number}  {lesson.title}" for lesson in known])
    return f"{named}\nFor example: {command('test', known[0].number)}"


def _listed(what: str, items: list[str]) -> str:
    """Say what there is, one in a line: it is to be read in a terminal."""
    return "\n".join([f"{what}:", *(f"  {item}" for item in items)])


def _closest(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    return f" Did you mean {close[0]}?" if close else ""
