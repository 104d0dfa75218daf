"""The notebooks are fresh, and run offline from top to bottom; so does grading in them."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from sampled import each_lesson
from waiting import SECONDS_FOR_A_HANG

from course import catalog
from course.author import notebook_cells, notebooks
from course.author.notebook_cells import Cell
from course.catalog import CourseError, Lesson
from course.lesson import lesson_text
from course.lesson.lesson_text import Code
from course.lesson.variants import Variant, mistakes
from course.notebook import LessonNotebook, open_lesson
from course.variables import TRACING

LESSONS = [pytest.param(lesson, id=lesson.slug) for lesson in catalog.lessons()]
ONE_IN = 16
"""One notebook of so many, and those of lessons that have changed, are run by `make test`."""

OFFLINE = """\
import sys

def refuse(event, arguments):
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "localhost"
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host not in (None, "", "localhost", "::1") and not host.startswith("127."):
        raise OSError(f"offline: {host}")

sys.addaudithook(refuse)
"""
"""Python imports this when it starts; from then on only this machine can be reached."""

PROBE = """\
import socket
from langsmith.utils import tracing_is_enabled

assert not tracing_is_enabled()
for host in ("192.0.2.1", "example.org"):
    try:
        socket.create_connection((host, 80), 1)
    except OSError as error:
        print(error)
"""


def test_there_are_lessons() -> None:
    assert LESSONS


@pytest.mark.parametrize("lesson", LESSONS)
class TestNotebook:
    def test_it_is_fresh(self, lesson: Lesson) -> None:
        made = notebooks.notebook(lesson)
        assert lesson.notebook.read_text(encoding="utf-8") == made, "run: make notebooks"
        assert notebooks.notebook(lesson) == made
        assert str(catalog.ROOT) not in made

    def test_it_is_a_valid_notebook_without_outputs(self, lesson: Lesson) -> None:
        stored = read(lesson.notebook)
        nbformat.validate(stored)
        code = code_cells(stored)
        assert code
        assert [cell.id for cell in code if cell.outputs or cell.execution_count] == []

    def test_it_has_all_of_the_lesson(self, lesson: Lesson) -> None:
        cells = {cell.name: cell for cell in notebook_cells.cells(lesson)}
        shown = "".join(cell.source for cell in cells.values())
        for task in lesson.tasks:
            assert f"demo-{task.demo}-code" in cells
            assert f"`{task.name}`\n\n**{task.goal}.**" in shown
        for mistake in mistakes(lesson):
            assert f'show_mistake("{mistake.name}")' in shown
        for path in lesson.texts:
            for heading in lesson_text.read(path).headings:
                assert f"# {heading.title}" in shown

    def test_its_links_lead_somewhere(self, lesson: Lesson) -> None:
        links = [
            link.target.partition("#")[0]
            for cell in notebook_cells.cells(lesson)
            if cell.kind == "markdown"
            for link in lesson_text.parse(cell.source, lesson.notebook).links
            if not link.target.startswith("http")
        ]
        assert links
        assert [link for link in links if not (lesson.notebook.parent / link).is_file()] == []


@pytest.mark.sampled("notebooks in a kernel")
@pytest.mark.parametrize("lesson", each_lesson(ONE_IN, "notebooks"))
def test_it_runs_offline_and_shows_what_it_says(lesson: Lesson, tmp_path: Path) -> None:
    # One test, because it takes most of a minute to run a notebook.
    assert faults(executed(lesson, tmp_path), lesson) == []


# Running a notebook


def read(path: Path) -> Any:
    return nbformat.read(path, nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]


def executed(lesson: Lesson, folder: Path) -> Any:
    """Run a lesson's notebook, and two cells after it, where only this machine can be reached.

    Of the mistakes, only the first of each task is shown: all are alike, and each takes its time.
    """
    run = read(lesson.notebook)
    others = {call(mistake) for mistake in mistakes(lesson)} - {*map(call, shown_mistakes(lesson))}
    run.cells = [cell for cell in run.cells if cell.source not in others]
    right = function(lesson, lesson.tasks[0].name)
    for name, source in (("grade-right", f"%%grade {lesson.number}\n{right}"), ("probe", PROBE)):
        run.cells.append(nbformat.v4.new_code_cell(source, id=name))  # type: ignore[no-untyped-call]
    (folder / "sitecustomize.py").write_text(OFFLINE, encoding="utf-8")
    variables = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    variables |= dict.fromkeys(TRACING, "true")  # the notebook has to switch it off
    variables |= {"PYTHONPATH": str(folder), "IPYTHONDIR": str(folder / "ipython")}
    client = NotebookClient(
        run,
        timeout=SECONDS_FOR_A_HANG,
        startup_timeout=SECONDS_FOR_A_HANG,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(lesson.notebook.parent)}},
    )
    client.execute(env=variables)
    return run


def shown_mistakes(lesson: Lesson) -> list[Variant]:
    """The first mistake of each task."""
    return [*{one.task: one for one in reversed(mistakes(lesson))}.values()]


def call(mistake: Variant) -> str:
    """The cell that shows a mistake."""
    return f'lesson.show_mistake("{mistake.name}")'


def function(lesson: Lesson, name: str) -> str:
    """Return the source of a task's function in the reference."""
    lines = lesson.solution.read_text(encoding="utf-8").splitlines()
    own = lesson.signatures[name]
    return "\n".join(lines[own.line - 1 : own.end_line])


def cell_called(run: Any, name: str) -> Any:
    return next(cell for cell in run.cells if cell.id == name)


def code_cells(run: Any) -> list[Any]:
    return [cell for cell in run.cells if cell.cell_type == "code"]


def printed(cell: Any, stream: str = "stdout") -> str:
    """Return what a cell has printed, without colours."""
    texts = (output.text for output in cell.outputs if output.get("name") == stream)
    return re.sub(r"\x1b\[[\d;]*m", "", "".join(texts))


def shown(cell: Any, kind: str) -> list[str]:
    """Return what a cell has displayed of a MIME type."""
    outputs = (output.get("data", {}) for output in cell.outputs)
    return [data[kind] for data in outputs if kind in data]


# What is wrong with a notebook that has run, as a list of sentences


def faults(run: Any, lesson: Lesson) -> list[str]:
    found = [
        *errors(run),
        *text_faults(run, lesson),
        *plot_faults(run),
        *mistake_faults(run, lesson),
    ]
    for name, wanted in (
        ("grade-answer", "  wrong    "),
        ("grade-right", "  ok       "),
    ):
        if wanted not in printed(cell_called(run, name)):
            found.append(f"{name} prints {printed(cell_called(run, name))!r}")
    offline = printed(cell_called(run, "probe"))
    if offline != "offline: 192.0.2.1\noffline: example.org\n":
        found.append(f"it is not offline: {offline!r}")
    return found


def errors(run: Any) -> list[str]:
    faults = [
        f"{cell.id}: {output.ename}: {output.evalue}"
        for cell in code_cells(run)
        for output in cell.outputs
        if output.output_type == "error"
    ]
    # the first import of matplotlib may say that it builds its font cache
    faults += [
        f"{cell.id}: {printed(cell, 'stderr')}"
        for cell in code_cells(run)
        if printed(cell, "stderr") and "matplotlib" not in printed(cell, "stderr").lower()
    ]
    return faults


def text_faults(run: Any, lesson: Lesson) -> list[str]:
    """Compare what the code of the texts prints with what they say; both have to have some.

    Decimal numbers count as equal, because time is real here.
    """
    faults = []
    compared = 0
    for path in lesson.texts:
        for position, part in enumerate(lesson_text.read(path).parts):
            if isinstance(part, Code):
                cell = cell_called(run, f"{path.stem.lower()}-{position}")
                compared += bool(part.output)
                if without_decimals(printed(cell)) != without_decimals(part.output):
                    faults.append(f"{path.name}:{part.line} prints {printed(cell)!r}")
    return faults if compared else ["no text says what its code prints"]


def without_decimals(text: str) -> str:
    return re.sub(r"\d+\.\d+", "#", text).rstrip("\n")


def plot_faults(run: Any) -> list[str]:
    plots = [cell for cell in code_cells(run) if re.search(r"^plots\.", cell.source, re.MULTILINE)]
    if not plots:
        return ["there is no plot"]
    return [f"{cell.id} shows no plot" for cell in plots if not shown(cell, "image/png")]


def mistake_faults(run: Any, lesson: Lesson) -> list[str]:
    faults = []
    cells = {cell.source: cell for cell in code_cells(run)}
    for mistake in shown_mistakes(lesson):
        cell = cells[call(mistake)]
        if not printed(cell).startswith(f"{mistake.task}: "):
            faults.append(f"{mistake.name}: the grader says {printed(cell)!r}")
        if mistake.note not in "".join(shown(cell, "text/markdown")):
            faults.append(f"{mistake.name}: its note is not shown")
        if not shown(cell, "text/html"):
            faults.append(f"{mistake.name}: its code is not shown")
    return faults


# The faults above are found when they are there.


def ran(name: str, source: str, *outputs: dict[str, Any]) -> Any:
    """A notebook with one cell that has run."""
    cell = {"cell_type": "code", "id": name, "source": source, "outputs": outputs}
    return nbformat.from_dict({"cells": [cell]})  # type: ignore[no-untyped-call]


def test_an_error_and_a_warning_are_found() -> None:
    error = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}
    warning = {"output_type": "stream", "name": "stderr", "text": "DeprecationWarning"}
    assert errors(ran("a", "1")) == []
    assert errors(ran("a", "1", error)) == ["a: ValueError: no"]
    assert errors(ran("a", "1", warning)) == ["a: DeprecationWarning"]


def test_a_missing_plot_is_found() -> None:
    assert plot_faults(ran("a", "print(1)")) != []
    assert plot_faults(ran("a", "plots.text_on_screen()")) != []
    image = {"output_type": "display_data", "metadata": {}, "data": {"image/png": ""}}
    assert plot_faults(ran("a", "plots.text_on_screen()", image)) == []


def test_other_output_is_found() -> None:
    assert without_decimals("0.6 s of 3\n") == without_decimals("0.7 s of 3")
    assert without_decimals("0.6 s of 3") != without_decimals("0.6 s of 4")


# Making notebooks


def test_a_docstring_becomes_markdown() -> None:
    docstring = """One line.

    * a point

    Args:
        first: what it
            is.

    Returns:
        A number.

    The end.
    """
    assert notebook_cells.as_markdown(docstring).splitlines() == [
        *("One line.", "", "* a point", "", "**Args:**", "", "* `first`: what it", "  is.", ""),
        *("**Returns:**", "", "A number.", "", "The end."),
    ]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of the checkout, with two lessons whose notebooks are small."""
    few = catalog.find("09"), catalog.find("10")
    place = property(lambda it: tmp_path / "notebooks" / f"{it.slug}.ipynb")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(catalog, "ROOT", tmp_path)
    monkeypatch.setattr(catalog, "lessons", lambda: few)
    monkeypatch.setattr(Lesson, "notebook", place)
    monkeypatch.setattr(notebooks, "cells", lambda lesson: [Cell("markdown", "a", lesson.title)])
    (tmp_path / "notebooks").mkdir()
    return tmp_path


def lesson_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebooks, "cells", lambda lesson: [Cell("markdown", "a", "New.")])


@pytest.fixture
def jupyter(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have started Jupyter."""
    calls: list[list[str]] = []

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        return subprocess.CompletedProcess(command, 3)

    for name in TRACING:
        monkeypatch.setenv(name, "true")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    monkeypatch.setattr(subprocess, "run", run)
    return calls


def saved(path: Path, **first_cell: Any) -> str:
    """Run a notebook as Jupyter does, and save it; return the text of the file."""
    stored = read(path)
    stored.metadata["language_info"] = {"name": "python", "version": "3.99"}
    stored.cells[0].update(nbformat.from_dict(first_cell))  # type: ignore[no-untyped-call]
    stored.cells.append(nbformat.v4.new_code_cell(execution_count=1))  # type: ignore[no-untyped-call]
    nbformat.write(stored, path)  # type: ignore[no-untyped-call]
    return path.read_text(encoding="utf-8")


def test_a_stale_notebook_is_found(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert notebooks.run(check=True) == 1
    assert [*checkout.rglob("*.ipynb")] == []
    assert "09_streaming.ipynb is stale. Run: make notebooks" in capsys.readouterr().err
    assert notebooks.run(check=False) == 0
    assert capsys.readouterr().out.splitlines() == [
        "notebooks/09_streaming.ipynb is written.",
        "notebooks/10_memory_and_state.ipynb is written.",
        "2 written, 0 already fresh.",
    ]
    assert notebooks.run(check=True) == 0
    notebooks.run(check=False)
    assert capsys.readouterr().out == "0 written, 2 already fresh.\n"


def test_a_notebook_that_was_run_is_made_as_it_was(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebooks.run(check=False)
    path = checkout / "notebooks" / "09_streaming.ipynb"
    before = path.read_bytes()
    assert notebooks.is_as_made(saved(path).encode())
    notebooks.run(check=False)
    assert path.read_bytes() == before
    lesson_changes(monkeypatch)
    notebooks.run(check=False)
    assert path.read_bytes() != before
    assert not (checkout / ".streamlings").exists()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"source": "My notes."}, id="text"),
        pytest.param({"attachments": {"a.png": {"image/png": ""}}}, id="picture"),
        pytest.param({"cell_type": "raw"}, id="kind"),
    ],
)
def test_what_was_typed_into_a_notebook_is_kept(
    change: dict[str, Any], checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notebooks.run(check=False)
    path = checkout / "notebooks" / "09_streaming.ipynb"
    typed = saved(path, **change)
    notebooks.run(check=False)
    backup = ".streamlings/backups/09_streaming-0001.ipynb"
    assert (checkout / backup).read_text(encoding="utf-8") == typed
    assert f"kept in {backup}\n" in capsys.readouterr().out
    assert path.read_text(encoding="utf-8") == notebooks.notebook(catalog.find("09"))


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"cells": 1, "metadata": {"streamlings": ""}}']
)
def test_a_damaged_notebook_is_kept(content: str, checkout: Path) -> None:
    path = checkout / "notebooks" / "09_streaming.ipynb"
    path.write_text(content, encoding="utf-8")
    notebooks.run(check=False)
    backup = checkout / ".streamlings/backups/09_streaming-0001.ipynb"
    assert backup.read_text(encoding="utf-8") == content


def test_jupyter_opens_a_copy(checkout: Path, jupyter: list[list[str]]) -> None:
    lesson = catalog.find("09")
    assert notebooks.open_in_jupyter(lesson, ["--no-browser"]) == 3
    copy = checkout / "my-notebooks" / "09_streaming.ipynb"
    assert jupyter[0][-2:] == ["--no-browser", str(copy)]
    assert any(word.startswith("--ServerApp.root_dir=") for word in jupyter[0])
    assert copy.read_text(encoding="utf-8") == notebooks.notebook(lesson)
    assert not lesson.notebook.exists()


def test_git_ignores_the_copies() -> None:
    copy = f"{notebooks.COPIES}/09_streaming.ipynb"
    words = ["git", "check-ignore", "--quiet", copy]
    assert subprocess.run(words, cwd=catalog.ROOT, check=False).returncode == 0


def test_links_lead_on_in_a_copy() -> None:
    """A copy lies as deep as the notebook, beside its folder."""
    assert Path(notebooks.COPIES).parent == catalog.find("09").notebook.parent.parent.relative_to(
        catalog.ROOT
    )


class TestCopy:
    def test_what_was_run_stays(self, checkout: Path) -> None:
        copy = notebooks.working_copy(catalog.find("09"))
        ran = saved(copy)
        notebooks.working_copy(catalog.find("09"))
        assert copy.read_text(encoding="utf-8") == ran

    def test_one_without_notes_follows_the_lesson(
        self, checkout: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lesson = catalog.find("09")
        saved(notebooks.working_copy(lesson))
        lesson_changes(monkeypatch)
        copy = notebooks.working_copy(lesson)
        assert copy.read_text(encoding="utf-8") == notebooks.notebook(lesson)

    def test_one_with_notes_stays(
        self,
        checkout: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        lesson = catalog.find("09")
        typed = saved(notebooks.working_copy(lesson), source="My notes.")
        notebooks.working_copy(lesson)
        assert capsys.readouterr().out == ""
        lesson_changes(monkeypatch)
        copy = notebooks.working_copy(lesson)
        assert copy.read_text(encoding="utf-8") == typed
        assert f"rename {notebooks.COPIES}/{copy.name}" in capsys.readouterr().out

    def test_a_damaged_one_stays(self, checkout: Path) -> None:
        copy = notebooks.working_copy(catalog.find("09"))
        copy.write_text("{", encoding="utf-8")
        notebooks.working_copy(catalog.find("09"))
        assert copy.read_text(encoding="utf-8") == "{"

    def test_one_that_cannot_be_written_is_named(self, checkout: Path) -> None:
        (checkout / notebooks.COPIES).write_text("a file", encoding="utf-8")
        with pytest.raises(CourseError, match=r"my-notebooks/09_streaming.ipynb cannot be used"):
            notebooks.working_copy(catalog.find("09"))


@pytest.mark.parametrize(("user", "options"), [(0, ["--allow-root"]), (1000, [])])
def test_root_may_run_jupyter(
    user: int,
    options: list[str],
    checkout: Path,
    jupyter: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    notebooks.open_in_jupyter(catalog.find("09"))
    assert [word for word in jupyter[0] if word == "--allow-root"] == options
    assert ("Jupyter runs as root here" in capsys.readouterr().out) is (user == 0)


def test_without_jupyter_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = catalog.find("09")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CourseError, match=f"make notebook-{lesson.number}"):
        notebooks.open_in_jupyter(lesson)


# Grading what was pasted

OPENED = open_lesson("09")
STREAM_TOKENS = function(OPENED.lesson, "stream_tokens")
WRITE_STREAM = "def write_stream(tokens, out):\n"
Says = Callable[..., str]


@pytest.fixture
def says(capsys: pytest.CaptureFixture[str]) -> Says:
    """What the grade cell says about a text that was pasted into it."""

    def grade(pasted: str, verbose: bool = False) -> str:
        OPENED.grade(pasted, verbose)
        return re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out)

    return grade


class TestGradeCell:
    def test_a_right_function_alone(self, says: Says) -> None:
        told = says(STREAM_TOKENS)
        assert "only task 2 of 12" in told
        assert "  ok       stream_tokens\n" in told
        assert "not graded: visible_text, write_stream, buffer_stream" in told
        assert "All tasks are done" not in told

    def test_a_whole_file(self, says: Says) -> None:
        told = says(OPENED.lesson.solution.read_text(encoding="utf-8"))
        assert f"{len(OPENED.lesson.tasks)} of {len(OPENED.lesson.tasks)} tasks" in told
        assert "not graded" not in told

    def test_a_whole_file_gets_nothing_from_the_stub(self, says: Says) -> None:
        told = says(f"from __future__ import annotations\n\n{STREAM_TOKENS}\n")
        assert "  wrong    stream_tokens\n" in told
        assert "name 'close_source' is not defined" in told

    def test_functions_get_nothing_from_the_reference(self, says: Says) -> None:
        told = says(WRITE_STREAM + '    return len("".join(buffer_stream(tokens)))\n')
        assert "name 'buffer_stream' is not defined" in told

    def test_lines_are_counted_as_in_the_cell(self, says: Says) -> None:
        told = says(WRITE_STREAM + "    for token in tokens:\n        out.write(token + 1)\n")
        assert "line 4 of this cell" in told

    def test_a_wrong_one_and_a_right_one(self, says: Says) -> None:
        told = says(f"{STREAM_TOKENS}\n\n{WRITE_STREAM}    return 0\n")
        assert "1 of 2 graded" in told
        assert "  wrong    write_stream\n" in told
        assert "not graded: visible_text, buffer_stream" in told

    def test_verbose_explains_every_one(self, says: Says) -> None:
        wrong = f"def stream_tokens(model, prompt):\n    return []\n\n{WRITE_STREAM}    return 0\n"
        assert "\nwrite_stream: " not in says(wrong)
        assert "\nwrite_stream: " in says(wrong, verbose=True)

    def test_one_that_is_not_started(self, says: Says) -> None:
        told = says(f'{WRITE_STREAM}    raise NotImplementedError("later")\n')
        assert "  todo     write_stream\n" in told

    def test_none_of_the_tasks(self, says: Says) -> None:
        told = says("def write_steam(tokens, out):\n    return 0\n")
        assert "none of the tasks" in told
        assert "write_stream" in told

    @pytest.mark.parametrize(
        ("pasted", "expected"),
        [
            ("def write_stream(:\n", "line 2 of this cell: SyntaxError"),
            (f"exit()\n{WRITE_STREAM}    return 0\n", "line 2 of this cell: it ends the program"),
            (f"{WRITE_STREAM}    return 0\nwhile True: pass\n", "line 4 of this cell: it never"),
            (f"{WRITE_STREAM}    import os\n    os._exit(0)\n", "it ended the whole program"),
            (f"{WRITE_STREAM}    exit()\n", "it ends the program"),
            (f"{WRITE_STREAM}    return '\0'\n", "line 3 of this cell: it contains a null byte"),
            (f"{WRITE_STREAM}    return '\udc80'\n", "  wrong    write_stream\n"),
        ],
        ids=["syntax", "exit", "endless", "process", "exit in task", "null byte", "surrogate"],
    )
    def test_it_survives(self, says: Says, pasted: str, expected: str) -> None:
        assert expected in says(pasted)
        assert "only task 2 of 12" in says(STREAM_TOKENS)


def test_an_unknown_mistake_is_named() -> None:
    with pytest.raises(CourseError, match="no mistake called 'nothing'"):
        LessonNotebook(OPENED.lesson).show_mistake("nothing")


def test_the_reference_is_the_solution() -> None:
    assert OPENED.reference.__file__ == str(OPENED.lesson.solution)
    names = [node.name for node in ast.parse(STREAM_TOKENS).body if hasattr(node, "name")]
    assert [hasattr(OPENED.reference, name) for name in names] == [True]
