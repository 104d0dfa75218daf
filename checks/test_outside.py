"""What a learner's shell and folder hold stays outside: same verdict, same screen, and no crash."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from course import catalog, variables
from course.catalog import ROOT
from course.environment import Environment
from course.grade.patience import for_a_test
from course.grade.worker_process import WorkerProcess
from course.learn import doctor
from course.lesson.variants import mistakes

LESSON = catalog.find("09")

READERS = (
    *("pytest", "_pytest", "pytest_asyncio", "pluggy", "pydantic", "anyio"),
    *("openai", "httpx", "httpcore", "certifi", "requests", "urllib3", "tiktoken"),
    *("langchain_core", "langchain_openai", "langsmith", "langgraph"),
)
FOR_THE_SCREEN = ("rich",)

SHELL = {
    "PYTEST_ADDOPTS": "--color=yes --no-such-option",
    "PYTEST_PLUGINS": "no_such_plugin",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTHONHOME": "/nonexistent",
    "PYTHONSTARTUP": "/nonexistent.py",
    "PYTHONOPTIMIZE": "2",
    "PYTHONWARNINGS": "error",
    "PYTHONASYNCIODEBUG": "1",
    "PYTHONDEVMODE": "1",
    "PYTHONINSPECT": "1",
    "PYTHONVERBOSE": "1",
    "PYTHONSAFEPATH": "1",
    "PYTHONBREAKPOINT": "no.such.debugger",
    "PYTHONHASHSEED": "7",
    "PYTHONMALLOC": "nonsense",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "https_proxy": "nonsense",
    "ALL_PROXY": "socks5://127.0.0.1:9",
    "all_proxy": "socks5://127.0.0.1:9",
    "SSL_CERT_FILE": "/nonexistent.pem",
    "REQUESTS_CA_BUNDLE": "/nonexistent.pem",
    "OPENAI_API_KEY": "secret",
    "OPENAI_BASE_URL": "https://example.org",
    "OPENAI_PROXY": "socks5://127.0.0.1:9",
    "OPENAI_LOG": "debug",
    "LANGCHAIN_TRACING_V2": "true",
    "LANGCHAIN_VERBOSE": "true",
    "LANGSMITH_API_KEY": "secret",
    "LANGSMITH_RUNS_ENDPOINTS": "nonsense",
    "LANGGRAPH_DEFAULT_RECURSION_LIMIT": "1",
}

MODULES = (
    *("asyncio", "random", "typing", "types", "json", "tempfile", "subprocess", "argparse"),
    *("pytest", "langchain_core", "rich", "openai"),
)

WITHOUT_SET_UP = f"""\
import sys
sys.path.append({str(ROOT)!r})
sys.path[-1] = sys.argv.pop(1)
from course import cli
sys.exit(cli.main(sys.argv[1:], lambda groups: None))
"""

TELLS_ITS_ENVIRONMENT = """\
import json, os
print(json.dumps({"event": "ready", "variables": dict(os.environ)}))
"""


def read_by(package: str) -> Iterator[str]:
    """Give the names of the variables that stand in the source of a package."""
    spec = importlib.util.find_spec(package)
    read = r"""(?:environ|env_var|getenv|from_env)[\w.]*[\[(]\s*["'](\w+)["']"""
    for folder in (spec and spec.submodule_search_locations) or ():
        for path in Path(folder).rglob("*.py"):
            yield from re.findall(read, path.read_text(encoding="utf-8"))


def read_by_python() -> set[str]:
    said = subprocess.run(
        [sys.executable, "--help-env"], capture_output=True, text=True, check=True
    )
    return {*re.findall(r"\bPYTHON_?[A-Z]\w+", said.stdout)}


def names(packages: tuple[str, ...]) -> set[str]:
    found = {name for package in packages for name in read_by(package)}
    prefixed = {f"{prefix}_{name}" for prefix in ("LANGSMITH", "LANGCHAIN") for name in found}
    return found | prefixed | {name.lower() for name in found}  # LangSmith adds the first itself


@pytest.fixture(scope="module")
def table() -> dict[str, str]:
    """All that a library reads, and that must not come in, with a value that does harm."""
    found = names(READERS) | read_by_python()
    assert found >= {"PYTEST_ADDOPTS", "OPENAI_BASE_URL", "SSL_CERT_FILE", "PYTHONWARNINGS"}
    assert len(found) > 100
    place = set(variables.named(found, variables.COMES_IN))
    return dict.fromkeys(found - place, "nonsense") | SHELL


class TestVariables:
    def test_what_libraries_read_and_may_have_is_where_things_are(self) -> None:
        found = {name.upper() for name in names((*READERS, *FOR_THE_SCREEN)) | read_by_python()}
        place = {"PATH", "HOME", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "PATHEXT", "APPDATA"}
        place |= {"HOMEDRIVE", "HOMEPATH", "USERPROFILE", "LOCALAPPDATA"}
        assert set(variables.named(found, variables.COMES_IN)) <= place

    def test_a_process_that_grades_gets_none(
        self, table: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shell = table | dict.fromkeys(names(FOR_THE_SCREEN) - {"HOME", "home"}, "nonsense")
        for name, value in shell.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("STREAMLINGS_ANYTHING", "ours")
        worker = WorkerProcess(("-c", TELLS_ITS_ENVIRONMENT), for_a_test(5.0))
        [event] = worker.events()
        worker.stop()
        got = event["variables"]
        assert "nonsense" not in got.values()
        assert not {*SHELL} - {"PYTHONHASHSEED"} & got.keys()
        assert got["PYTHONHASHSEED"] == "0"
        assert got["STREAMLINGS_ANYTHING"] == "ours"
        assert got["PATH"] == os.environ["PATH"]

    def test_the_learners_folder_may_be_anywhere(self) -> None:
        kept = variables.coming_in({"HOME": "h", "PATH": "p", "TMPDIR": "t", "CI": "1"})
        assert kept == {"HOME": "h", "PATH": "p", "TMPDIR": "t"}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the course in a folder of somebody who has put many things there."""
    root = tmp_path_factory.mktemp("somebody") / "checkout"
    ignored = shutil.ignore_patterns("__pycache__", "*.ipynb")
    for name in ("course", "exercises", "lessons", "solutions", "tests"):
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, root)
    for folder in (root.parent, root, root / "tests", root / "exercises"):
        (folder / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
        (folder / "tox.ini").write_text("[pytest]\naddopts = --no-such-option\n")
        (folder / "conftest.py").write_text("raise SystemExit('conftest.py was read')\n")
        for name in MODULES:
            path = folder / f"{name}.py"
            path.write_text(f"raise SystemExit('{name} was taken from here')\n")
    return root


def run(*words: str, root: Path, shell: dict[str, str]) -> subprocess.CompletedProcess[str]:
    own = variables.coming_in(os.environ)
    return subprocess.run(
        [sys.executable, *words], cwd=root, env=own | shell, capture_output=True, text=True
    )


def test_verdict_and_screen_are_the_same(checkout: Path, table: dict[str, str]) -> None:
    wrong = mistakes(LESSON)[0].answers
    (checkout / "exercises" / LESSON.exercise.name).write_text(wrong, encoding="utf-8")
    answers = checkout / "exercises" / LESSON.exercise.name
    screen = names(FOR_THE_SCREEN)
    shell = {name: value for name, value in table.items() if name not in screen}
    shell["PYTHONPATH"] = str(checkout)
    words = ("-I", "-c", WITHOUT_SET_UP)
    disturbed = run(*words, str(checkout), "test", "09", root=checkout, shell=shell)
    here = (str(ROOT), "test", "09", "--answers", str(answers))
    plain = run(*words, *here, root=ROOT, shell={})
    assert "11 of 12 tasks" in plain.stdout
    assert (disturbed.stderr, disturbed.returncode) == ("", 1)
    assert disturbed.stdout == plain.stdout.replace(str(answers), f"exercises/{answers.name}")


def test_without_variables_python_itself_has_to_start(checkout: Path) -> None:
    """Python imports some modules before it comes to us: these it takes from where it likes."""
    before = (checkout / "types.py").rename(checkout / "types.txt")
    try:
        finished = run("-m", "course", "--help", root=checkout, shell={})
    finally:
        before.rename(checkout / "types.py")
    assert finished.returncode == 0, finished.stderr
    assert "for learners:" in finished.stdout


def test_isolated_nothing_disturbs_it(checkout: Path, table: dict[str, str]) -> None:
    finished = run("-I", "course", "--help", root=checkout, shell={**table, "PYTHONPATH": "."})
    assert finished.stderr == ""
    assert "for learners:" in finished.stdout


class TestDoctor:
    def test_it_names_what_it_found_and_never_crashes(
        self, checkout: Path, table: dict[str, str]
    ) -> None:
        shell = {**table, "PYTHONPATH": ".", "STREAMLINGS_VENV": str(checkout / "none")}
        shell["VIRTUAL_ENV"] = "/another/environment"
        finished = run("-I", "course", "doctor", root=checkout, shell=shell)
        assert finished.stderr == ""
        assert finished.returncode == 0
        for name in (*SHELL, "PYTHONPATH", "/another/environment"):
            assert re.search(rf"(?<!\w){name}\b", finished.stdout), name
        for folder in ("", "exercises/", "tests/"):
            assert f" {folder}asyncio.py hides Python's own module asyncio; rename it" in (
                finished.stdout
            )
        for path in ("pytest.ini", "tox.ini", "conftest.py", "tests/conftest.py"):
            assert f" {path}: kept out of grading" in finished.stdout

    def test_a_file_named_like_a_package_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "env" / "lib" / "python3.11" / "site-packages" / "langchain_core").mkdir(
            parents=True
        )
        package = next(tmp_path.glob("env/lib/*/*/langchain_core"))
        (package / "__init__.py").touch()
        (tmp_path / "langchain_core.py").touch()
        (tmp_path / "mine.py").touch()
        [finding] = doctor.hidden_modules(Environment(tmp_path, tmp_path / "env"))
        assert finding.text == ("langchain_core.py hides the package langchain_core; rename it")

    def test_a_clean_folder_has_nothing_to_rename(self) -> None:
        assert [*doctor.hidden_modules(Environment())] == []
        assert [*doctor.files_of_pytest(Environment())] == []

    def test_an_examination_that_fails_is_a_finding(self, tmp_path: Path) -> None:
        def crashes(environment: Environment) -> Iterator[doctor.Finding]:
            raise ZeroDivisionError
            yield

        [finding] = doctor._findings(crashes, Environment(tmp_path))
        assert (finding.kind, finding.subject) == ("serious", "crashes")
        assert finding.text == "ZeroDivisionError"
