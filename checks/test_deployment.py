"""What `docs` says about grading at scale fits the program: manifests, commands and figures."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cohort_fakes import FakeGrader, nothing_is_known

from course import catalog
from course.catalog import ROOT
from course.cli import parse
from course.cohort import command
from course.commands import COMMANDS

DOCS = ROOT / "docs"
WORKFLOW = DOCS / "github-classroom.yml"
MANIFEST = DOCS / "kubernetes.yaml"
PAGE = DOCS / "grading-at-scale.md"
BENCHMARKS = ROOT / "benchmarks" / "README.md"
LESSON = catalog.find("09")


def workflow() -> dict[Any, Any]:
    loaded: dict[Any, Any] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    return loaded


def steps() -> dict[str, dict[str, Any]]:
    return {step["name"]: step for step in workflow()["jobs"]["run-autograding-tests"]["steps"]}


def jobs() -> dict[str, dict[str, Any]]:
    loaded = yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8"))
    return {one["metadata"]["name"]: one["spec"] for one in loaded}


def pods() -> list[dict[str, Any]]:
    return [job["template"]["spec"] for job in jobs().values()]


def scripts() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Give where each script is, its text, and its variables."""
    variables = workflow()["jobs"]["run-autograding-tests"]["env"]
    for name, step in steps().items():
        if "run" in step:
            yield f"{WORKFLOW.name}: {name}", step["run"], variables
    for pod in pods():
        for container in pod["containers"]:
            known = {one["name"]: one.get("value", "1") for one in container["env"]}
            yield f"{MANIFEST.name}: {container['name']}", *container["args"], known


def commands() -> Iterator[tuple[str, list[str]]]:
    """Give each call of the course's program, with variables filled in."""
    for where, script, variables in scripts():
        text = re.sub(r"\\\n\s*", " ", script)
        for name in re.findall(r"\$(\w+)", text):
            text = text.replace(f"${name}", variables.get(name, "1"))
        called = r"(?m)(?:^|[;&|{])\s*(python3 -m course) ([^;|&#\n]*)"
        for program, words in re.findall(called, text):
            yield where, [program, *shlex.split(words)]


COMMANDS_IN_TEXTS = list(commands())


def test_there_are_commands_everywhere() -> None:
    places = {where.partition(":")[0] for where, _ in COMMANDS_IN_TEXTS}
    assert places == {WORKFLOW.name, MANIFEST.name}


@pytest.mark.parametrize(("where", "words"), COMMANDS_IN_TEXTS)
def test_each_command_is_one(where: str, words: list[str]) -> None:
    _, word, *rest = words
    parse(COMMANDS[word], rest)  # which ends the test if they make no sense


class TestWorkflow:
    def test_it_may_only_read(self) -> None:
        assert workflow()["permissions"] == {"contents": "read"}
        for name in ("Fetch the submission", "Fetch the course"):
            assert steps()[name]["with"]["persist-credentials"] is False
        assert "secrets." not in WORKFLOW.read_text(encoding="utf-8")

    def test_the_learner_cannot_name_what_is_run(self) -> None:
        for name, step in steps().items():
            assert "github.event" not in json.dumps(step), name
            folder = step.get("working-directory", "")
            assert not folder.startswith("submissions"), name

    def test_it_requires_a_sandbox_and_ends(self) -> None:
        assert "--require-sandbox" in steps()["Grade"]["run"]
        assert workflow()["jobs"]["run-autograding-tests"]["timeout-minutes"] <= 30

    @pytest.mark.skipif(
        not (shutil.which("bash") and shutil.which("jq")), reason="it needs bash and jq"
    )
    @pytest.mark.parametrize("passed", [len(LESSON.tasks), 3])
    def test_what_it_shows(self, passed: int, tmp_path: Path) -> None:
        submissions = tmp_path / "submissions"
        answers = submissions / "learner" / "exercises" / LESSON.exercise.name
        answers.parent.mkdir(parents=True)
        evil = "~~~~~~ ``` ::notice title=evil::"
        answers.write_text(f"passed={passed}\nproblem={evil}\n", encoding="utf-8")
        marks = tmp_path / "marks"
        known = nothing_is_known
        assert command.run(submissions, LESSON, marks, 1, make=FakeGrader, known=known) == 0
        summary = tmp_path / "summary.md"
        run = subprocess.run(
            ["bash", "-e", "-c", steps()["Show the marks"]["run"]],
            cwd=tmp_path / steps()["Show the marks"]["working-directory"],
            env={**os.environ, "GITHUB_STEP_SUMMARY": str(summary)},
            capture_output=True,
            text=True,
            check=False,
        )
        of = len(LESSON.tasks)
        points = f'{{"totalPoints":{passed},"maxPoints":{of}}}'
        all_passed = passed == of
        assert run.stdout.splitlines() == [
            f"::notice title=Autograding report::{points}",
            str(all_passed).lower(),
        ]
        assert run.returncode == (0 if all_passed else 1)
        feedback = (marks / "feedback" / "learner.txt").read_text(encoding="utf-8")
        assert evil in feedback or all_passed
        shown = summary.read_text(encoding="utf-8")
        assert shown.splitlines() == ["", *(f"    {line}" for line in feedback.splitlines()), ""]
        kept = steps()["Keep the report"]["with"]["path"].split()
        assert all((tmp_path / path).exists() for path in kept)
        assert not [path for path in kept if "gradebook" in path or path == "marks"]


class TestManifest:
    def test_the_image_has_what_its_commands_need(self) -> None:
        """A pod cannot install anything: root owns the course."""
        (found,) = re.findall(r"RUN python3 -c '.*prepare\((.*)\)'", PAGE.read_text("utf-8"))
        here = [words[1] for where, words in COMMANDS_IN_TEXTS if where.startswith(MANIFEST.name)]
        assert {*here} == {"grade", "join"}
        for word in here:
            assert {*COMMANDS[word].groups} <= {*json.loads(found)}, word

    def test_each_index_has_its_part(self) -> None:
        job = jobs()["streamlings-grade"]
        (container,) = job["template"]["spec"]["containers"]
        parts = next(one["value"] for one in container["env"] if one["name"] == "PARTS")
        assert job["completionMode"] == "Indexed"
        assert parts == str(job["completions"])
        assert job["parallelism"] <= job["completions"]
        (script,) = container["args"]
        assert "part=$((JOB_COMPLETION_INDEX + 1))" in script, "indexes begin with 0, parts with 1"
        assert '--part "$part/$PARTS"' in script
        assert "--require-sandbox" in script

    def test_the_parts_are_joined_only_when_somebody_says_so(self) -> None:
        assert jobs()["streamlings-join"]["suspend"] is True

    @pytest.mark.parametrize("pod", pods(), ids=list(jobs()))
    def test_a_pod_has_few_rights(self, pod: dict[str, Any]) -> None:
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        for container in pod["containers"]:
            rights = container["securityContext"]
            assert rights["allowPrivilegeEscalation"] is False
            assert rights["readOnlyRootFilesystem"] is True
            assert rights["capabilities"] == {"drop": ["ALL"]}
            assert "memory" in container["resources"]["limits"]

    @pytest.mark.parametrize("pod", pods(), ids=list(jobs()))
    def test_what_it_writes_is_on_a_volume(self, pod: dict[str, Any]) -> None:
        volumes = {volume["name"] for volume in pod["volumes"]}
        for container in pod["containers"]:
            mounted = {one["mountPath"] for one in container["volumeMounts"]}
            assert {one["name"] for one in container["volumeMounts"]} == volumes
            (script,) = container["args"]
            used = set(re.findall(r"(?<![\w.])/(\w+)(?=[/\s\"*])", script))
            assert used, "it uses no folder"
            assert {f"/{name}" for name in used} <= mounted
            assert "/tmp" in mounted, "the sandbox is made there"


class TestPage:
    def test_its_links_lead_somewhere(self) -> None:
        text = PAGE.read_text(encoding="utf-8")
        links = re.findall(r"\]\(([^)]+)\)", text)
        headings = {
            re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-")
            for line in text.splitlines()
            if line.startswith("#")
        }
        assert links
        for link in links:
            path, _, anchor = link.partition("#")
            assert not path or (DOCS / path).exists(), link
            assert not anchor or anchor in headings, link

    def test_others_lead_to_it(self) -> None:
        for name in ("grading.md", "teaching.md"):
            assert "(grading-at-scale.md)" in (DOCS / name).read_text(encoding="utf-8"), name

    def test_its_figures_are_those_that_were_measured(self) -> None:
        text = PAGE.read_text(encoding="utf-8")
        measured = BENCHMARKS.read_text(encoding="utf-8")
        (row,) = re.findall(r"over official grading in a sandbox \|(.*)", measured)
        found = re.search(r"([\d.]+) s a submission", row)
        memory = re.search(r"peak memory .*\((\d+) MiB\)", measured)
        assert found
        assert memory
        seconds = float(found[1])
        core = 2 * seconds
        assert f"**{seconds:.2f} s** with two workers" in text
        assert f"**{core:.2f} s of one core**" in text
        assert f"**{memory[1]} MiB**" in text
        rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| 3")]
        cores = {"two": 2, "eight": 8, "forty": 40, "two hundred": 200}
        units = {"s": 1, "min": 60, "hours": 3600}
        assert len(rows) == 4
        for count, work, _, takes in rows:
            total = core * int(re.sub(r"\D", "", count))
            wanted = re.fullmatch(r" (\d+) (\w+) of one core ", work)
            if wanted:
                assert int(wanted[1]) == pytest.approx(total / units[wanted[2]], abs=0.6)
            said = re.fullmatch(r" (\d+) (\w+) with ([\w ]+) cores ", takes)
            assert said
            assert int(said[1]) == pytest.approx(
                total / cores[said[3]] / units[said[2]], abs=0.6
            ), takes
