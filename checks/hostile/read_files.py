"""Looks for tests, solutions, other learners' files, the home and a canary, and says what it found.

Expect: 0 of 12
Expect: not flagged
"""

from pathlib import Path

CANARY = "/replaced/by/the/gate"
WANTED = ("solutions", "tests", "exercises", "checks", "test_09_streaming.py", "09_streaming.py")


def found():
    places = [Path(CANARY), Path("/root"), Path("/home"), Path("/etc"), Path("/tmp"), Path("/proc")]
    places += [above / name for above in Path(__file__).absolute().parents for name in WANTED]
    places += [above / name for above in Path(CANARY).parents for name in WANTED]
    for place in places:
        try:
            for path in [place, *place.rglob("*")]:
                if path.is_file():
                    yield f"{path}: {path.read_text(errors='replace')[:200]}"
        except OSError as error:
            yield f"{place}: {error}"


def attack(*args, **kwargs):
    print(*found(), sep="\n")
    return "; ".join(found())


write_stream = collect_response = dispatch_events = attack
