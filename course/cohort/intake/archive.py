"""The file of answers in a zip, which may have been made to do harm.

Nothing is unpacked: one file is read into memory. A zip that contains anything an honest one would
not is refused as a whole.
"""

from __future__ import annotations

import contextlib
import io
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from course.catalog import Lesson
from course.cohort.intake.names import printable
from course.cohort.intake.safe_reading import (
    MOST_FILES,
    Unreadable,
    choose,
    read_file,
    refuse_too_large,
)
from course.grade.answer_file import MOST_BYTES

MOST_ZIPPED = 10_000_000
"""Bytes of a zip."""

MOST_UNZIPPED = 100_000_000
"""Bytes of everything in a zip, according to the zip itself."""

MOST_RATIO = 200
"""Text is 3 to 20 times smaller in a zip, a bomb 1,000 times."""

SMALL = 100_000
"""Bytes. Anything smaller is not a bomb, however well it is packed."""

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1


def read(path: Path, lesson: Lesson) -> bytes:
    """Return the content of the file of answers in a zip.

    Raises:
        Unreadable: if there is none, it is not clear which, or the zip cannot be trusted.
        OSError: if the zip cannot be read.
    """
    with _opened(path) as archive:
        members = _members(archive)
        member = members[choose(members, lesson)]
        refuse_too_large(member.file_size)
        with archive.open(member) as stream:
            content = stream.read(MOST_BYTES + 1)
    refuse_too_large(len(content))
    return content


def names(path: Path) -> list[str]:
    """Return the names of the files in a zip.

    Raises:
        Unreadable: if the zip cannot be trusted.
        OSError: if the zip cannot be read.
    """
    with _opened(path) as archive:
        return list(_members(archive))


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    packed = io.BytesIO(read_file(path, MOST_ZIPPED))
    try:
        with zipfile.ZipFile(packed) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise Unreadable(f"it is a broken zip: {printable(str(error)).rstrip('.')}.") from error


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the files in a zip by their names, if everything is in order."""
    entries = archive.infolist()
    if len(entries) > MOST_FILES:
        raise Unreadable(f"it is a zip of more than {MOST_FILES:,} files.")
    if sum(entry.file_size for entry in entries) > MOST_UNZIPPED:
        raise Unreadable(f"it is a zip that unpacks to more than {MOST_UNZIPPED:,} bytes.")
    members: dict[str, zipfile.ZipInfo] = {}
    seen: set[str] = set()
    for entry in entries:
        name = entry.orig_filename.replace("\\", "/")
        problem = _problem(entry, name)
        key = unicodedata.normalize("NFC", name.rstrip("/")).casefold()
        if not problem and key in seen:
            problem = "is in it twice"
        if problem:
            raise Unreadable(f"it is a zip in which {printable(name)[:80]!r} {problem}.")
        seen.add(key)
        if not name.endswith("/"):
            members[name] = entry
    return members


def _problem(entry: zipfile.ZipInfo, name: str) -> str:
    """Return what is wrong with an entry, or ""."""
    path = PurePosixPath(name)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if not name.strip("/") or "\0" in name:
        return "is not a name"
    if path.is_absolute() or ".." in path.parts or re.match("[A-Za-z]:", name):
        return "points outside of it"
    if kind == stat.S_IFLNK:
        return "is a link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a device or a pipe"
    if entry.flag_bits & ENCRYPTED:
        return "is encrypted"
    if entry.compress_type not in METHODS:
        return "is packed in an unusual way"
    if entry.file_size > SMALL and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
        return "is a bomb: it unpacks to far more than its size suggests"
    return ""
