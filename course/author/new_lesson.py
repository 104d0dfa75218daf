"""The skeleton of a new lesson: every file, every section title, and one small task that works.

What the author has to say is marked there with `WRITE THIS`; `missing.py` lists these places, and
whatever else the lesson still lacks. The templates are in the folder `skeleton`.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template

from course import catalog
from course.author import exercises, golden, notebooks, readme
from course.author.freshness import Made
from course.author.sections import SECTIONS, UNWRITTEN, Section
from course.backups import failed
from course.catalog import CourseError, Lesson, Minutes
from course.files import write_atomically
from course.wording import command, place

PART, LEVEL = "Streaming", "intermediate"
"""What a lesson is if nobody says so."""

SKELETON = Path(__file__).parent / "skeleton"

SAMPLES: Mapping[str, str] = {
    "": "",
    "diagram": """
```text diagram
┌────────┐      ┌────────┐
│ tokens │ ───▶ │  text  │
└────────┘      └────────┘
```
""",
    "code": """
```python
print("two words".split())
```

```text
['two', 'words']
```
""",
}

MOST_IN_A_TITLE = 40
"""Characters, so that lines with it stay short."""

TITLE = re.compile(r"\w[\w &',()+-]*")
"""It stands in Python, TOML and Markdown, where other characters mean something."""


def run(number: str, title: str, part: str = PART, level: str = LEVEL) -> int:
    """Write the skeleton of a lesson and all that is made from it.

    Args:
        number: two digits, of no lesson that is there.
        title: of the lesson; the names of its files are made from it.
        part: of the course.
        level: such as "advanced".

    Returns:
        The exit status: 0.

    Raises:
        CourseError: if one of these cannot be used, or a file is in the way. Then nothing is
            written.
    """
    planned = plan(number, title, part, level)
    files = skeleton(planned)
    _refuse_others(planned, files)
    _write(planned, files)
    catalog.lessons.cache_clear()
    lesson = catalog.find(planned.slug)
    _make_the_rest(lesson)
    print(f"Lesson {number}, {title}, is begun. It has one small task as a sample:")
    for path in files:
        print(f"  {place(path)}")
    print("Its exercise, notebook, golden text and rows in README.md are made from these.")
    print(f"Next: {command('missing', number)}, which lists what to write.")
    return 0


def plan(number: str, title: str, part: str, level: str) -> Lesson:
    """Return the lesson that is to be, without its tasks.

    Raises:
        CourseError: if there is one of this number, or something has not the right form.
    """
    if not re.fullmatch("[0-9]{2}", number):
        raise CourseError(f"{number!r} is not the number of a lesson. It has two digits, as in 29.")
    taken = [lesson.slug for lesson in catalog.lessons()]
    taken += [error.slug for error in catalog.unreadable()]
    if there := [slug for slug in taken if slug.startswith(number)]:
        raise CourseError(
            f"Lesson {number} already exists: lessons/{there[0]}. Choose another number."
        )
    for what, words in (("title", title), ("part", part), ("level", level)):
        if not TITLE.fullmatch(words) or len(words) > MOST_IN_A_TITLE:
            raise CourseError(
                f"{words!r} cannot be the {what} of a lesson. It must start with a letter or a "
                f"digit, and have at most {MOST_IN_A_TITLE} of these, spaces and &',()+-"
            )
    return Lesson(f"{number}_{_slug(title)}", title, part, level, Minutes(0, 0), (), ())


def _slug(title: str) -> str:
    """Return how files are called: "chunks_and_text" for "Chunks & Text"."""
    letters = unicodedata.normalize("NFKD", title.lower().replace("&", " and "))
    plain = letters.encode("ascii", "ignore").decode().replace("'", "")
    if words := re.findall("[a-z0-9]+", plain):
        return "_".join(words)
    raise CourseError(
        f"{title!r} cannot be the title of a lesson: files are named after it, in a to z."
    )


def skeleton(lesson: Lesson) -> dict[Path, str]:
    """Return the files of a new lesson. The last one is that which makes it known."""
    proof = (lesson.mistakes, lesson.alternatives, lesson.attempts, lesson.benchmark)
    paths = (lesson.solution, lesson.tests, *proof)
    texts = (*lesson.texts, lesson.notes)
    return {
        **{path: _filled_in(_template_of(path, lesson), lesson) for path in paths},
        **{path: "".join(_text(path, lesson)) for path in texts},
        lesson.demo: _filled_in("demo.py", lesson),
        lesson.play: _filled_in("play.py", lesson),
        lesson.folder / "lesson.toml": _filled_in("lesson.toml", lesson),
    }


def _template_of(path: Path, lesson: Lesson) -> str:
    return {lesson.solution: "solution.py", lesson.tests: "tests.py"}.get(path, path.name)


def _filled_in(name: str, lesson: Lesson) -> str:
    template = Template((SKELETON / f"{name}.txt").read_text(encoding="utf-8"))
    return template.substitute(
        number=lesson.number,
        slug=lesson.slug,
        title=lesson.title,
        part=lesson.part,
        level=lesson.level,
    )


def _text(path: Path, lesson: Lesson) -> Iterator[str]:
    yield _filled_in(path.name, lesson)
    for section in SECTIONS[path.stem]:
        yield _section(section, lesson)


def _section(section: Section, lesson: Lesson) -> str:
    """Return an empty section: its title, and what belongs there."""
    heading = f"\n## {section.heading(lesson.title)}\n"
    return f"{heading}\n{UNWRITTEN}: {section.asks}\n{SAMPLES[section.sample]}"


def _refuse_others(lesson: Lesson, files: Mapping[Path, str]) -> None:
    """See that no file is in the way, but for those that an interrupted run has left."""
    for path in (*files, lesson.exercise, lesson.notebook):
        if path.exists() and path.read_text(encoding="utf-8") != files.get(path):
            raise CourseError(
                f"{place(path)} already exists. Move it away, or choose another title."
            )


def _write(lesson: Lesson, files: Mapping[Path, str]) -> None:
    """Write all files, or none."""
    path = lesson.folder
    try:
        for path, content in files.items():
            write_atomically(path, content)
    except BaseException as error:
        _take_away(lesson, files)
        if isinstance(error, OSError):
            raise failed(path, "written", error) from error
        raise


def _take_away(lesson: Lesson, files: Mapping[Path, str]) -> None:
    for path in files:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
    for folder in (lesson.folder, lesson.proof):
        with contextlib.suppress(OSError):
            folder.rmdir()


def _make_the_rest(lesson: Lesson) -> None:
    """Write what is made from these files; `missing` names what an interruption leaves undone."""
    made = Made("", check=False)
    exercises.put(lesson, made)
    golden.put(lesson, made)
    notebooks.put(lesson, made)
    readme.put(made)
