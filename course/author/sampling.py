"""Which part of the combinatorial tests `make test` runs, and what `make prove` has certified.

`make prove` runs everything. If all of it passes, it writes a certificate, `checks/proved.json`: a
hash of the files of each lesson, one for each room with slow tests of its own, and one for the
machinery that every verdict depends on. `make test` compares the files with it. It runs everything
for a lesson or a room that has changed, and a random part for every other one.

It compares contents, not commits. So it works in a clone without history, in an unpacked archive,
and with uncommitted changes. The draw, too, depends only on the contents. The same files give the
same sample on every machine and in every process. Each change draws a new sample, so that over many
changes everything gets its turn.

When the machinery or several lessons have changed, everything could be different. `make test` would
take too long to run all of it. So it runs everything for one of the lessons and a sample of the
others, and recommends `make prove`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from course import files
from course.catalog import ROOT, CourseError, Lesson, lessons
from course.lesson.variants import Variant

CERTIFICATE = ROOT / "checks" / "proved.json"

MACHINERY = (
    "course/catalog.py",
    "course/grade",
    "course/official",
    "course/sandbox",
    "course/fakes",
    "course/author/mutants.py",
    "course/author/mutation.py",
    "course/lesson/variants.py",
    "checks/hostile",
    "checks/test_attempts.py",
    "checks/test_graders.py",
    "checks/test_hostile.py",
    "checks/test_mutants.py",
    "checks/test_notebooks.py",
    "checks/test_official.py",
    "constraints.txt",
)
"""The files and folders that the verdicts about every lesson depend on."""

ROOMS: Mapping[str, tuple[str, ...]] = {
    "chat page": (
        "course/look.css",
        "course/web",
        "course/fakes",
        "solutions/09_streaming.py",
        "solutions/15_server_sent_events.py",
        "checks/browser.py",
        "checks/chat_server.py",
        "checks/test_chat_page.py",
    ),
    "cohort": (
        "course/cohort",
        "course/temporary.py",
        "checks/cohort_fakes.py",
        "checks/cohort_run.py",
        "checks/test_cluster.py",
        "checks/test_cohort.py",
        "checks/test_parts.py",
        "checks/test_report.py",
    ),
    "sandbox": ("course/sandbox", "checks/test_sandbox.py"),
    "site": (
        "course/look.css",
        "course/site",
        "checks/browser.py",
        "checks/site_server.py",
        "checks/test_notebook_pages.py",
        "checks/test_site.py",
    ),
    "server": (
        "course/fakes",
        "checks/test_openai_clients.py",
        "checks/test_openai_responses.py",
        "checks/test_openai_server.py",
    ),
}
"""Parts of the house whose tests are slow, each with the files and folders that they depend on."""

MOST_WHOLE = 1
"""Of at most so many lessons that have changed, everything runs. It takes minutes."""

TREE = ("course", "checks/hostile", "lessons", "solutions", "tests", "constraints.txt")
"""A change in any of these draws a new sample."""


@dataclass(frozen=True)
class Contents:
    """What was certified, or is there now, as hashes.

    Attributes:
        machinery: of the files that every verdict depends on.
        lessons: of the files of each lesson, by its slug.
        rooms: of the files of each of `ROOMS`, by its name.
    """

    machinery: str
    lessons: Mapping[str, str]
    rooms: Mapping[str, str] = field(default_factory=dict)


def contents() -> Contents:
    """Return the hashes of what is there now."""
    return Contents(
        fingerprint(ROOT / name for name in MACHINERY),
        {one.slug: fingerprint(files_of(one)) for one in lessons()},
        {room: fingerprint(ROOT / name for name in names) for room, names in ROOMS.items()},
    )


def files_of(lesson: Lesson) -> tuple[Path, ...]:
    """Return the files and folders that belong to one lesson, without what is generated."""
    return (
        lesson.folder,
        lesson.solution,
        lesson.tests,
        lesson.proof,
    )


def fingerprint(paths: Iterable[Path], root: Path = ROOT) -> str:
    """Return a hash of the names and the contents of files, and of those in folders.

    It is the same on every system: how lines end does not matter.
    """
    seen = hashlib.sha256()
    for file in sorted(_all_files(paths, root)):
        content = file.read_bytes().replace(b"\r\n", b"\n")
        seen.update(f"{file.relative_to(root).as_posix()} {len(content)}\n".encode())
        seen.update(content)
    return seen.hexdigest()


def _all_files(paths: Iterable[Path], root: Path) -> Iterator[Path]:
    for path in paths:
        for file in path.rglob("*") if path.is_dir() else (path,):
            names = file.relative_to(root).parts
            if file.is_file() and not any(name.startswith((".", "__pycache__")) for name in names):
                yield file


def certified(path: Path = CERTIFICATE) -> Contents:
    """Return what `make prove` has certified: nothing, if there is no certificate.

    Raises:
        CourseError: if the certificate cannot be read.
    """
    if not path.exists():
        return Contents("", {})
    try:
        return Contents(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise CourseError(
            f"{path} is not a certificate. Delete it, or replace it: make prove"
        ) from error


def certify(proved: Contents, path: Path = CERTIFICATE) -> None:
    """Write the certificate, whole or not at all."""
    files.write_atomically(path, json.dumps(asdict(proved), indent=2) + "\n")


@dataclass(frozen=True)
class Sample:
    """A part of everything.

    Attributes:
        now: what is there.
        proved: what was certified.
        seed: determines what is drawn.
    """

    now: Contents
    proved: Contents
    seed: str

    @cached_property
    def changed(self) -> frozenset[str]:
        """The slugs of the lessons that are not as they were certified."""
        return _changed(self.now.lessons, self.proved.lessons)

    @cached_property
    def whole(self) -> frozenset[str]:
        """The slugs of the lessons that have changed and of which everything runs."""
        return frozenset(self.shuffled(self.changed, "whole")[:MOST_WHOLE])

    @property
    def has_changed_much(self) -> bool:
        """Whether any verdict could be another one than was certified."""
        return self.machinery_changed or len(self.changed) > MOST_WHOLE

    @cached_property
    def changed_rooms(self) -> frozenset[str]:
        """The names of the rooms that are not as they were certified."""
        return _changed(self.now.rooms, self.proved.rooms)

    @property
    def machinery_changed(self) -> bool:
        """Whether what every verdict depends on is not as it was certified."""
        return self.now.machinery != self.proved.machinery

    def shuffled(self, names: Iterable[str], purpose: str) -> list[str]:
        """Return names in an order drawn for a purpose, no matter the order they come in."""

        def place(name: str) -> bytes:
            return hashlib.sha256(f"{self.seed} {purpose} {name}".encode()).digest()

        return sorted(names, key=place)

    def part(self, names: Iterable[str], purpose: str, one_in: int) -> frozenset[str]:
        """Draw one in `one_in` names, at least one."""
        order = self.shuffled(names, purpose)
        return frozenset(order[: -(-len(order) // one_in)])

    def of_each_task(
        self, lesson: Lesson, variants: Iterable[Variant], purpose: str
    ) -> frozenset[str]:
        """Draw the names of variants: one for each task, or all if the lesson runs whole."""
        names: dict[str, list[str]] = {}
        for variant in variants:
            names.setdefault(variant.task, []).append(variant.name)
        if lesson.slug in self.whole:
            return frozenset(name for of_task in names.values() for name in of_task)
        drawn = (self.part(of_task, purpose, len(of_task)) for of_task in names.values())
        return frozenset().union(*drawn)

    def dealt_anew(self, variants: Iterable[Variant], purpose: str) -> list[Variant]:
        """Return variants in an order that is drawn, so that other ones come first each time."""
        by_name = {variant.name: variant for variant in variants}
        return [by_name[name] for name in self.shuffled(by_name, purpose)]


def _changed(now: Mapping[str, str], certified_as: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name for name, found in now.items() if certified_as.get(name) != found)


@lru_cache(maxsize=1)
def sample() -> Sample:
    """Return the sample that belongs to the files as they are now.

    Raises:
        CourseError: if the certificate cannot be read.
    """
    return Sample(contents(), certified(), fingerprint(ROOT / name for name in TREE))
