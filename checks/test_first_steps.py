"""The ways in that are described in files for other programs: uv, a dev container, a workflow.

None of them is run here. What can be known without those programs is checked.
"""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from course import catalog, pins
from course.author import fresh, readme, seeds
from course.author.freshness import Made
from course.catalog import ROOT
from course.cli import parse
from course.commands import COMMANDS
from course.environment import LEARNER
from course.versions import NEWEST_TESTED_PYTHON, OLDEST_PYTHON

README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8")
CONTAINER = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
WORKFLOW = ROOT / ".github" / "workflows" / "test.yml"
PYTHONS = ["{}.{}".format(*version) for version in (OLDEST_PYTHON, NEWEST_TESTED_PYTHON)]


class TestUv:
    UV = tomllib.loads(PROJECT)["tool"]["uv"]

    def test_it_has_the_pins_of_the_constraints(self) -> None:
        assert pins.versions("\n".join(self.UV["constraint-dependencies"])) == pins.versions(
            CONSTRAINTS
        )
        assert len(self.UV["constraint-dependencies"]) > 100
        assert pins.in_project(PROJECT, CONSTRAINTS) == PROJECT

    def test_a_moved_pin_is_stale_until_it_is_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "constraints.txt").write_text(CONSTRAINTS + "zzz==1.0\n", encoding="utf-8")
        (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
        monkeypatch.setattr(readme, "PROJECT", tmp_path / "pyproject.toml")
        monkeypatch.setattr(readme, "pages", dict)
        monkeypatch.setattr(seeds, "tables", lambda: "")
        monkeypatch.setattr(seeds, "TABLES", tmp_path / "seeds.md")
        monkeypatch.setattr(catalog, "ROOT", tmp_path)
        made = Made("make readme", check=True)
        readme.put(made)
        assert tmp_path / "pyproject.toml" in made.stale
        readme.put(Made("make readme", check=False))
        written = tomllib.loads((tmp_path / "pyproject.toml").read_text(encoding="utf-8"))
        assert written["tool"]["uv"]["constraint-dependencies"][-1] == "zzz==1.0"
        assert written["project"] == tomllib.loads(PROJECT)["project"]

    def test_it_may_manage_the_project(self) -> None:
        assert self.UV.get("managed", True)
        assert "build-system" not in tomllib.loads(PROJECT), "there is nothing to build"
        assert tomllib.loads(PROJECT)["dependency-groups"] == {"dev": ["pip"]}

    def test_its_lock_is_not_kept(self) -> None:
        """It names the package index of whoever made it."""
        assert "uv.lock" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()

    def test_new_pins_are_written_for_it(self) -> None:
        assert "pins.in_project(" in Path(fresh.__file__).read_text(encoding="utf-8")
        text = '[tool.uv]\nconstraint-dependencies = [  # why\n    "a==1",\n]\nx = [\n]\n'
        assert pins.in_project(text, "# b\na==2\nb==3; x\n") == text.replace(
            '    "a==1",\n', '    "a==2",\n    "b==3; x",\n'
        )
        assert pins.in_project("[project]\n", "a==2\n") == "[project]\n"


class TestDevContainer:
    VSCODE = CONTAINER["customizations"]["vscode"]

    def test_it_has_only_keys_of_the_specification(self) -> None:
        known = {"name", "image", "postCreateCommand", "customizations"}
        assert CONTAINER.keys() <= known
        assert CONTAINER["customizations"].keys() <= {"vscode", "codespaces"}
        assert self.VSCODE.keys() <= {"extensions", "settings"}

    def test_its_python_is_a_tested_one(self) -> None:
        found = re.fullmatch(
            r"mcr\.microsoft\.com/devcontainers/python:(\d+)\.(\d+)", CONTAINER["image"]
        )
        assert found
        assert OLDEST_PYTHON <= (int(found[1]), int(found[2])) <= NEWEST_TESTED_PYTHON

    def test_it_is_ready_to_grade_and_to_open_notebooks(self) -> None:
        python, isolated, course, *words = shlex.split(CONTAINER["postCreateCommand"])
        assert (python, isolated, course) == ("python3", "-I", "course")
        command = COMMANDS[words[0]]
        parse(command, words[1:])
        assert {*command.groups} == {LEARNER, "web", "notebooks"}

    def test_the_test_panel_and_the_notebooks_have_the_courses_python(self) -> None:
        settings = json.loads((ROOT / ".vscode" / "settings.json").read_text(encoding="utf-8"))
        assert settings["python.testing.pytestEnabled"] is True
        assert settings["python.testing.pytestArgs"] == ["tests"]
        own = self.VSCODE["settings"]
        assert own["python.defaultInterpreterPath"].endswith("/.venv/bin/python")
        others = own["jupyter.kernels.excludePythonEnvironments"]
        assert others
        assert not any(".venv" in one for one in others)

    def test_it_has_the_extensions_that_are_recommended(self) -> None:
        path = ROOT / ".vscode" / "extensions.json"
        recommended = json.loads(path.read_text(encoding="utf-8"))["recommendations"]
        assert self.VSCODE["extensions"] == recommended

    def test_it_opens_the_first_lesson(self) -> None:
        first = catalog.lessons()[0]
        opened = CONTAINER["customizations"]["codespaces"]["openFiles"]
        assert [ROOT / path for path in opened] == [first.texts[0], first.exercise]


class TestWorkflow:
    LOADED: Any = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    JOBS: Any = LOADED["jobs"]

    def test_its_form(self) -> None:
        assert self.LOADED.keys() == {"name", True, "permissions", "concurrency", "jobs"}
        assert self.LOADED[True].keys() == {"push", "pull_request", "workflow_dispatch"}  # "on"
        assert self.LOADED["permissions"] == {"contents": "read"}
        for job in self.JOBS.values():
            assert job.keys() <= {"strategy", "runs-on", "timeout-minutes", "steps"}
            assert job["timeout-minutes"] <= 60
            for step in job["steps"]:
                assert step.keys() <= {"name", "uses", "with", "run", "if"}
                assert ("uses" in step) != ("run" in step)
                assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step.get("uses", "a/b@v1"))

    def test_all_systems_and_the_oldest_and_the_newest_python(self) -> None:
        matrix = self.JOBS["course"]["strategy"]["matrix"]
        assert matrix["os"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
        assert matrix["python"] == PYTHONS
        assert self.JOBS["course"]["strategy"]["fail-fast"] is False

    def commands(self) -> Iterator[tuple[str, str]]:
        for job in self.JOBS.values():
            for step in job["steps"]:
                if "run" in step:
                    yield step["run"], step.get("if", "")

    def test_each_command_is_one_of_the_course(self) -> None:
        found = [*self.commands()]
        assert len(found) == 6
        for line, _ in found:
            words = shlex.split(line.removeprefix("uv run "))
            if words[0] == "make":
                name, _, lesson = words[1].partition("-")
                words = [name, *filter(None, [lesson])] if lesson else ["check"]
            else:
                words = words[words.index("course") + 1 :]
            parse(COMMANDS[words[0]], words[1:])

    def test_they_are_those_of_the_readme(self) -> None:
        for line in ("make test-09", "make test ", "course doctor", "-m course test 09", "uv run"):
            assert line in README
        runs = " ".join(line for line, _ in self.commands()) + " "
        for line in ("make test-09", "make test ", "course doctor", "-m course test 09", "uv run"):
            assert line in runs

    def test_windows_has_no_make(self) -> None:
        for line, condition in self.commands():
            assert (condition == "runner.os != 'Windows'") is line.startswith("make ")
