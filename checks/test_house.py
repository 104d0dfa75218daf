"""The house is in order: what is generated is fresh, and nothing is missing or astray."""

from __future__ import annotations

import argparse
import ast
import asyncio
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import ClassVar

import pytest
from waiting import SECONDS_FOR_A_HANG

from course import catalog, pins
from course.author import exercises, gates, readme
from course.author.missing import missing
from course.catalog import Lesson
from course.commands import COMMANDS
from course.environment import LEARNER, Environment
from course.grade.offline import NetworkForbiddenError, is_loopback
from course.lesson import lesson_text, needed_groups, stubs
from course.lesson.demo_file import demos_of_tasks
from course.official.trusted.process import visible
from course.wording import place

ROOT = catalog.ROOT
LESSONS = catalog.lessons()
CHECKS = ROOT / "checks"
NAMED = ast.ClassDef | catalog.Function


def test_there_are_lessons() -> None:
    assert LESSONS
    assert catalog.unreadable() == ()


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_stubs_are_fresh(lesson: Lesson) -> None:
    here = lesson.exercise.read_text(encoding="utf-8")
    if not stubs.is_untouched(here, lesson):  # somebody learns here: look at what is committed
        path = lesson.exercise.relative_to(ROOT).as_posix()
        shown = subprocess.run(
            ["git", "show", f"HEAD:{path}"], cwd=ROOT, capture_output=True, check=False
        )
        if shown.returncode:
            pytest.skip("the exercise has answers in it, and git does not know the stub")
        here = shown.stdout.decode()
    assert here == stubs.stub(lesson), "run: make stubs"


def test_answers_are_not_overwritten_by_stubs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lesson = LESSONS[0]
    exercise = tmp_path / "exercises" / lesson.exercise.name
    for folder in ("lessons", "solutions"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    monkeypatch.setattr(catalog, "ROOT", tmp_path)
    assert exercises.run(check=True) == 1
    assert not exercise.exists()
    assert exercises.run(check=False) == 0
    older = stubs.stub(lesson).replace("Yield the text", "Give the text")
    exercise.write_text(older, encoding="utf-8")
    assert exercises.run(check=False) == 0
    assert exercise.read_text(encoding="utf-8") == stubs.stub(lesson)
    answers = lesson.solution.read_text(encoding="utf-8")
    for mine in (answers, answers + "\n(", older.replace(" raise Not", " pass; raise Not", 1)):
        exercise.write_text(mine, encoding="utf-8")
        assert exercises.run(check=False) == 1
        assert exercise.read_text(encoding="utf-8") == mine
        assert "backs them up" in capsys.readouterr().err


def test_the_readme_is_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    assert readme.run(check=True) == 0, capsys.readouterr().err


_INTRODUCED = {
    "01": "invoke stream batch return_exceptions text usage_metadata response_metadata",
    "02": "content content_blocks messages_to_dict messages_from_dict SystemMessage ToolMessage",
    "03": "tool BaseTool StructuredTool args_schema parse_docstring Annotated Literal Field",
    "04": "bind_tools tool_calls yield create_agent GraphRecursionError recursion_limit",
    "05": "ToolException ValidationError errors sleep async await ainvoke gather",
    "06": "tool_choice InjectedToolArg response_format artifact ToolRuntime",
    "07": "with_structured_output include_raw model_validator discriminator",
    "08": "ChatPromptTemplate MessagesPlaceholder input_variables Runnable StrOutputParser",
}
"""The names that each of the first lessons introduces."""
INTRODUCED = {number: names.split() for number, names in _INTRODUCED.items()}


def uses(tree: ast.AST) -> set[str]:
    """Return what code imports, its attributes, keyword arguments, yield, async and await."""
    used: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.alias(name=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                used.add(name)
            case ast.Yield() | ast.YieldFrom():
                used.add("yield")
            case ast.Await():
                used.add("await")
            case ast.AsyncFunctionDef() | ast.AsyncFor() | ast.AsyncWith():
                used.add("async")
    return used


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
class TestLesson:
    def test_it_is_whole(self, lesson: Lesson) -> None:
        paths = [lesson.exercise, lesson.solution, lesson.tests, lesson.notebook, *lesson.texts]
        paths += [lesson.mistakes, lesson.alternatives, lesson.golden]
        assert [path for path in paths if not path.exists()] == []
        assert lesson.tasks

    def test_it_lacks_nothing(self, lesson: Lesson) -> None:
        assert [str(one) for one in missing(lesson)] == []

    def test_solving_only_adds_lines(self, lesson: Lesson) -> None:
        """All of the stub is in the solution, but for the lines to be replaced."""
        left = lesson.solution.read_text(encoding="utf-8").splitlines()
        guard = stubs.guard(lesson)
        assert guard in stubs.stub(lesson)
        for line in stubs.stub(lesson).replace(guard, "").splitlines():
            if "raise NotImplementedError(" in line or line.strip() == catalog.STUB_YIELD:
                continue
            assert line in left, f"the stub has a line that the solution lacks: {line}"
            left = left[left.index(line) + 1 :]

    def test_the_stub_has_no_solution(self, lesson: Lesson) -> None:
        tree = ast.parse(stubs.stub(lesson))
        found = {node.name: node for node in tree.body if isinstance(node, NAMED)}
        for task in lesson.tasks:
            label = f"raise NotImplementedError({task.label(len(lesson.tasks))!r})"
            node = found[task.name]
            parts = node.body if isinstance(node, ast.ClassDef) else [node]
            functions = [one for one in parts if isinstance(one, catalog.Function)]
            assert functions
            for function in functions:
                start = ast.get_docstring(function) is not None
                body = [ast.unparse(line) for line in function.body[start:]]
                assert body in ([label], [label, "yield"])

    def test_the_stub_is_clean(self, lesson: Lesson) -> None:
        """It passes lint and format, as what the learner makes of it should."""
        name = ["--stdin-filename", f"exercises/{lesson.exercise.name}", "-"]
        for words in (["ruff", "check", *name], ["ruff", "format", "--check", *name]):
            assert says(words, stubs.stub(lesson)) == ""

    def test_each_task_has_its_tests(self, lesson: Lesson) -> None:
        tree = ast.parse(lesson.tests.read_text(encoding="utf-8"))
        classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        for task in lesson.tasks:
            assert ast.get_docstring(classes[task.test_class]), task.test_class
            names = [f.name for f in classes[task.test_class].body if hasattr(f, "name")]
            assert any(name.startswith("test_") for name in names), task.test_class
        graded = {task.test_class for task in lesson.tasks}
        assert {name for name in classes if name.startswith("Test")} == graded

    def test_nothing_is_used_before_its_lesson(self, lesson: Lesson) -> None:
        """Neither the stub nor the solution needs what a later lesson introduces."""
        later = {
            name for number, names in INTRODUCED.items() if number > lesson.number for name in names
        }
        for source in (stubs.stub(lesson), lesson.solution.read_text(encoding="utf-8")):
            assert sorted(later & uses(ast.parse(source))) == []

    def test_what_a_lesson_introduces_is_in_its_texts(self, lesson: Lesson) -> None:
        text = "\n".join(path.read_text(encoding="utf-8") for path in lesson.texts)
        names = INTRODUCED.get(lesson.number, ())
        assert [name for name in names if not re.search(rf"\b{name}\b", text)] == []

    def test_nothing_is_used_before_it_is_taught(self, lesson: Lesson) -> None:
        """What an exercise imports from LangChain stands in a text of this lesson or before."""
        tree = ast.parse(stubs.stub(lesson))
        used = {
            name.name
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("langchain")
            for name in node.names
        }
        earlier = LESSONS[: LESSONS.index(lesson) + 1]
        taught = "\n".join(p.read_text(encoding="utf-8") for one in earlier for p in one.texts)
        assert [name for name in sorted(used) if not re.search(rf"\b{name}\b", taught)] == []


def says(words: list[str], text: str = "") -> str:
    """Return what a tool complains about; it reads `text`."""
    ran = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return ran.stdout + ran.stderr if ran.returncode else ""


def test_mypy_reads_the_program_every_solution_every_check_and_every_stub(tmp_path: Path) -> None:
    *words, of_stubs, of_benchmarks = gates.typed(tmp_path)
    assert words[:2] == ["course", "benchmarks"]
    named = {ROOT / word for word in words[2:]}
    for lesson in LESSONS:
        assert lesson.solution in named
        assert {*lesson.proof.glob("test_*.py")} <= named
        name = f"{lesson.slug}.py"
        assert Path(of_stubs, name).read_text(encoding="utf-8") == stubs.stub(lesson)
        assert Path(of_benchmarks, name).read_bytes() == lesson.benchmark.read_bytes()
    assert {*CHECKS.glob("*.py")} <= named


def test_the_exercises_use_langchain() -> None:
    using = [lesson.number for lesson in LESSONS if "langchain" in stubs.stub(lesson)]
    assert len(using) >= len(LESSONS) / 2, using


def test_no_file_is_astray() -> None:
    slugs = {lesson.slug for lesson in LESSONS}
    for folder, pattern, prefix in (
        ("exercises", "*.py", ""),
        ("solutions", "*.py", ""),
        ("tests", "*.py", "test_"),
        ("notebooks", "*.ipynb", ""),
        ("checks/lessons", "*", ""),
    ):
        found = {path.stem.removeprefix(prefix) for path in (ROOT / folder).glob(pattern)}
        assert found == slugs, folder


def test_every_dependency_has_its_reason_and_its_pin() -> None:
    with (ROOT / "pyproject.toml").open("rb") as stream:
        project = tomllib.load(stream)["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    names = {name for group in groups for name in group}
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    reasons = "\n".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| "))
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    for name in names:
        assert re.search(rf"\b{re.escape(name)}\b", reasons), f"docs/dependencies.md: no {name}"
        assert re.search(rf"(?m)^{re.escape(name)}==", constraints), f"{name} is not pinned"
    assert "://" not in constraints, "the constraints name a place"
    assert "index" not in re.sub(r"#.*", "", constraints)


ROOMS = {
    "sandbox": {"sandbox"},
    "fakes": {"fakes"},
    "lesson": {"lesson"},
    "grade": {"grade", "fakes", "lesson"},
    "official": {"official", "grade", "fakes", "sandbox"},
    "cohort": {"cohort", "official", "grade", "sandbox", "lesson"},
    "learn": {"learn", "grade", "fakes", "lesson"},
    "author": {"author", "grade", "fakes", "lesson", "web"},
    "web": {"web", "grade", "fakes"},
    "site": {"site", "grade", "fakes", "learn", "lesson"},
}
"""Each room of the course, and the rooms that it may import from."""

COURSE = ROOT / "course"
MAY_BE_THERE_TWICE = {"__init__", "__main__", "command", "worker"}
"""Names of modules that mean the same wherever they stand."""


class TestImports:
    def test_they_go_in_one_direction(self) -> None:
        """Fakes and the catalog know nobody; who learns, grades or teaches knows them."""
        assert {path.name for path in COURSE.iterdir() if (path / "__init__.py").exists()} == {
            *ROOMS
        }
        top = {path.stem for path in COURSE.glob("*.py")}
        for room, rooms in ROOMS.items():
            paths = [*(COURSE / room).rglob("*.py")]
            assert paths
            for path in paths:
                known = {module.split(".")[1] for module in _imported(path)}
                others = known - rooms - (top if room != "sandbox" else set())
                assert not others, f"{path.relative_to(ROOT)} imports {others}"

    def test_there_are_no_circles(self) -> None:
        graph = {_name(path): {*_imported(path)} for path in COURSE.rglob("*.py")}
        assert len(graph) > 100
        tuple(TopologicalSorter(_of_modules(graph)).static_order())  # raises if there is one

    def test_a_circle_is_found(self) -> None:
        graph = {"course.a": {"course.b.x"}, "course.b": {"course.a"}}
        with pytest.raises(CycleError):
            tuple(TopologicalSorter(_of_modules(graph)).static_order())

    def test_the_two_sides_of_the_wall_never_meet(self) -> None:
        sides = ("trusted", "contained")
        for side, other in (sides, sides[::-1]):
            paths = [*(COURSE / "official" / side).glob("*.py")]
            assert len(paths) > 2
            for path in paths:
                assert f"course.official.{other}" not in " ".join(_imported(path)), path.name

    def test_what_both_speak_knows_neither(self) -> None:
        for path in (COURSE / "official" / "protocol").glob("*.py"):
            own = {name for name in _imported(path) if name.startswith("course.official.")}
            assert all(name.startswith("course.official.protocol") for name in own), path.name

    def test_the_contained_process_sees_what_it_imports_and_no_more(self) -> None:
        waiting = [lesson.tests for lesson in LESSONS]
        waiting += (COURSE / "official" / "contained").glob("*.py")
        needed = {*waiting}
        while waiting:
            found = {path for name in _imported(waiting.pop()) for path in _files_of(name)} - needed
            needed |= found
            waiting += found
        tests = {lesson.tests for lesson in LESSONS}
        for lesson in LESSONS:
            seen = {*visible(lesson)}
            assert seen - {lesson.folder / "lesson.toml", lesson.tests} == needed - tests
            assert not {path.relative_to(ROOT).parts[0] for path in seen} - {
                *("course", "lessons", "tests")
            }
        assert {*visible()} < needed - tests

    def test_no_two_modules_have_one_name(self) -> None:
        names = [path.stem for path in COURSE.rglob("*.py")]
        assert {name for name in names if names.count(name) > 1} <= MAY_BE_THERE_TWICE

    def test_the_graders_part_needs_no_more_than_its_groups(self) -> None:
        """Other Pythons and the newest versions get only these groups."""
        files = ("checks/conftest.py", *gates.GRADERS_PART)
        seen = _imported_with(files, gates.GROUPS_OF_GRADERS_PART)
        assert ROOT / "course" / "lesson" / "variants.py" in seen
        assert ROOT / "checks" / "waiting.py" in seen

    @pytest.mark.parametrize(
        ("file", "groups"),
        [
            ("course/grade/command.py", COMMANDS["test"].groups),
            ("course/cohort/command.py", COMMANDS["grade"].groups),
            ("course/cohort/join.py", COMMANDS["join"].groups),
            ("course/site/command.py", COMMANDS["site"].groups),
            ("course/cohort/results/gradescope_results.py", [LEARNER]),  # as its setup.sh has it
            ("course/cohort/workers/cluster_worker.py", [LEARNER, "cluster"]),  # see cluster.md
        ],
    )
    def test_a_command_needs_no_more_than_its_groups(
        self, file: str, groups: Sequence[str]
    ) -> None:
        assert ROOT / "course" / "catalog.py" in _imported_with([file], groups)

    @pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
    def test_demos_and_the_prompt_need_no_more_than_their_groups(
        self, lesson: Lesson, tmp_path: Path
    ) -> None:
        demos, page = tmp_path / "demos.py", tmp_path / "page.py"
        demos.write_text(ast.unparse(demos_of_tasks(lesson)), encoding="utf-8")
        blocks = lesson_text.read(lesson.folder / "CONCEPTS.md").code
        page.write_text("\n".join(block.source for block in blocks), encoding="utf-8")
        of_demos = COMMANDS["demo"].more(argparse.Namespace(lesson=lesson))
        of_prompt = COMMANDS["play"].more(argparse.Namespace(lesson=lesson))
        assert "notebooks" not in (*of_demos, *of_prompt), "nobody waits for plots here"
        _imported_with([lesson.play, page], [LEARNER, *of_prompt])
        if lesson.number != "09":  # which has its own
            _imported_with([demos], [LEARNER, *of_demos])

    def test_what_no_group_has_is_found(self) -> None:
        with pytest.raises(AssertionError, match=r"report\.py imports jinja2"):
            _imported_with(["course/cohort/command.py"], [LEARNER])

    def test_a_solution_does_not_use_the_course(self) -> None:
        for lesson in LESSONS:
            assert not _imported(lesson.solution)


def _name(path: Path) -> str:
    words = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(words[:-1] if words[-1] == "__init__" else words)


def _of_modules(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """What each module imports, where a name in a module stands for that module."""

    def module(name: str) -> str:
        return name if name in graph else name.rpartition(".")[0]

    return {one: {module(name) for name in names} - {one} for one, names in graph.items()}


def _imported_with(files: Iterable[str | Path], groups: Sequence[str]) -> set[Path]:
    """Return files of the course and all that they import; refuse packages of other groups."""
    there: dict[bool, set[str]] = {True: set(), False: set()}
    for group, packages in Environment().requirements().items():
        there[group in groups] |= {pins.normal(one).replace("-", "_") for one in packages}
    absent = there[False] - there[True]
    assert "nbformat" in absent
    for group, modules in needed_groups.MODULES.items():
        absent.update(() if group in groups else modules)
    waiting = [ROOT / file for file in files]
    seen = set(waiting)
    while waiting:
        path = waiting.pop()
        for name in _imported_at_once(path):
            assert name.split(".")[0] not in absent, f"{place(path)} imports {name}"
            found = {*_files_of(name)} - seen
            seen |= found
            waiting += found
    return seen


def _imported_at_once(path: Path) -> Iterator[str]:
    """The names that a file imports as soon as it is imported itself."""
    return _names_in(ast.parse(path.read_text(encoding="utf-8")).body)


def _files_of(name: str) -> Iterator[Path]:
    """The files of the course or its checks that are imported with a name, packages included."""
    words = name.split(".")
    for count in range(1, len(words) + 1):
        for base in (ROOT, ROOT / "checks"):
            path = base.joinpath(*words[:count])
            yield from (
                one for one in (path.with_suffix(".py"), path / "__init__.py") if one.exists()
            )


def _imported(path: Path) -> list[str]:
    """The names of the course that a file imports, also within functions and for types only."""
    names = _names_in(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    return [name for name in names if name.startswith("course.")]


def _names_in(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names that import statements name, each with its module."""
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


class TestOffline:
    def test_another_machine_is_out_of_reach(self) -> None:
        for host in ("192.0.2.1", "example.invalid", "2001:db8::1"):
            with pytest.raises(NetworkForbiddenError, match="Nothing in this course"):
                socket.socket().connect((host, 443))

    async def test_nor_from_the_event_loop(self) -> None:
        with pytest.raises(NetworkForbiddenError):
            await asyncio.open_connection("192.0.2.1", 443)

    def test_this_machine_is(self) -> None:
        assert is_loopback(("127.0.0.1", 80))
        assert is_loopback(("::1", 80, 0, 0))
        assert is_loopback("/run/socket")
        assert not is_loopback(("127.0.0.1.example.invalid", 80))
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname()).close()


@pytest.fixture(scope="module")
def committed() -> list[str]:
    """The paths of all files that git knows."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("this is no git checkout")
    names = listed.stdout.splitlines()
    assert "README.md" in names
    return names


def test_nothing_private_is_committed(committed: list[str]) -> None:
    private = (".venv", ".streamlings")
    assert [name for name in committed if name.startswith(private) or "__pycache__" in name] == []


def test_no_merge_is_left_half_done(committed: list[str]) -> None:
    marks = re.compile(rb"^(<{7}|>{7}|\|{7})( |$)", re.MULTILINE)
    files = [ROOT / name for name in committed if (ROOT / name).is_file()]
    assert [path for path in files if marks.search(path.read_bytes())] == []


class TestPatience:
    """A slow machine makes no check fail: `waiting.py` has the one limit, and waits for events."""

    VIRTUAL = "its time is virtual"
    OWN_LIMITS: ClassVar = {
        "waiting.py: SECONDS_OF_SILENCE": "on a slow machine, too, nothing comes",
        "waiting.py: SECONDS_BETWEEN_LOOKS": "it only spares the processor",
        "waiting.py: until": "this is the one limit",
        "chat_server.py: _pass_on": "whoever was too slow gets twice the time",
        "test_chat_page.py: is_held": "the browser acts meanwhile",
        "test_answer_files.py: SECONDS": "it is CPU time",
        "test_hostile.py: SECONDS_PER_TEST": "it is CPU time",
        "test_hostile.py: SECONDS_IN_OTHER_LESSONS": "it is CPU time",
        "test_sandbox.py: SECONDS_TO_ESCAPE": "on a slow machine, too, it lives on",
        "test_between_processes.py: test": VIRTUAL,
        "test_equivalence_12.py: busy": VIRTUAL,
        "test_fakes_16.py: generator": "its sleep waits for the test",
        "test_thread_pools.py: sleep": VIRTUAL,
        "test_thread_pools.py: test_a_result_can_be_waited_for_in_vain": VIRTUAL,
        "test_thread_pools.py: test_waiting_ends_with_the_first": VIRTUAL,
        "test_virtual_time.py: main": VIRTUAL,
        "test_virtual_time.py: test_a_clock_inside_of_another_is_one_of_its_own": VIRTUAL,
        "test_virtual_time.py: test_only_the_date_can_be_set": VIRTUAL,
        "test_virtual_time.py: test_sleep_takes_its_time_without_a_loop": VIRTUAL,
        "test_virtual_time.py: test_they_are_real_again_afterwards": "it only says what is earlier",
    }
    """Where a check has another limit, or looks at a clock, and why that may be."""

    def test_no_check_has_a_limit_of_its_own(self) -> None:
        found = {
            f"{path.name}: {name}"
            for path in [*CHECKS.glob("*.py"), *CHECKS.glob("lessons/*/test_*.py")]
            for name in impatient(ast.parse(path.read_text(encoding="utf-8")))
        }
        assert found == self.OWN_LIMITS.keys()

    def test_tests_stay_in_virtual_time(self) -> None:
        real = {"subprocess", "multiprocessing", "socket", "select", "selectors"}
        paths = [*(ROOT / "tests").glob("test_*.py")]
        assert paths
        for path in paths:
            nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            imports = (node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))
            modules = {getattr(one, "module", None) or one.names[0].name for one in imports}
            assert not modules & real, path.name

    @pytest.mark.parametrize(
        "line",
        [
            "time.sleep(pause)",
            "assert time.perf_counter() - start < 2",
            "process.wait(10)",
            "process.communicate(timeout=5)",
            "page.wait_for_timeout(5)",
            "httpx.get(url, timeout=0.5)",
            "SECONDS_TO_END = 5.0",
        ],
    )
    def test_what_is_refused(self, line: str) -> None:
        assert [*impatient(ast.parse(f"def check():\n    {line}\n"))]

    def test_what_is_not(self) -> None:
        lines = "process.wait(SECONDS_FOR_A_HANG); thread.join(timeout=600); lock.wait(timeout=0)"
        assert [*impatient(ast.parse(lines))] == []


def impatient(node: ast.AST, inside: str = "") -> Iterator[str]:
    """Yield in which functions there is a clock, a sleep, or a limit that is no hang."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        inside = node.name
    match node:
        case ast.Call(func=ast.Attribute(ast.Name("time"), "sleep" | "monotonic" | "perf_counter")):
            yield inside
        case ast.Call(func=ast.Attribute(attr=name), args=values) if name in WAITS:
            yield from (inside for value in values if is_short(value))
        case ast.keyword("timeout", value) if is_short(value):
            yield inside
        case ast.Assign([ast.Name(name)], value) if "SECONDS" in name and is_short(value):
            yield name
    for child in ast.iter_child_nodes(node):
        yield from impatient(child, inside)


WAITS = ("wait", "join", "poll", "settimeout", "timeout", "wait_for", "wait_for_timeout")
"""Functions that take a limit without its name."""


def is_short(value: ast.expr) -> bool:
    """Return whether this is a number of seconds that a slow machine may need."""
    number = value.value if isinstance(value, ast.Constant) else None
    return isinstance(number, int | float) and 0 < number < SECONDS_FOR_A_HANG
