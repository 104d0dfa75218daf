"""What the tests of the site share: the site, built once, and served on this machine."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from course.site import assets, builder, command


@pytest.fixture(scope="module")
def built() -> Path:
    """The site, built once and kept: what it is made from changes rarely."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed, so the site in the browser is not tested")
    try:
        return builder.build()
    except assets.CannotFetch as error:
        pytest.skip(f"the site in the browser is not tested: {error}".replace("\n", " "))


class Served:
    """The site on this machine, in a folder of its server. `is_down` cuts it off.

    Attributes:
        is_down: whether nothing is answered.
        url: the address of the site.
    """

    is_down = False
    url = ""


@pytest.fixture(scope="module")
def served(built: Path) -> Iterator[Served]:
    running = Served()

    class Handler(command.Quiet):
        def do_GET(self) -> None:  # noqa: N802 - as in the class above
            if running.is_down:
                self.close_connection = True
                return
            self.path = self.path.removeprefix("/any/folder")
            super().do_GET()

    with command.serving(functools.partial(Handler, directory=str(built))) as address:
        running.url = f"{address}any/folder/"
        yield running
