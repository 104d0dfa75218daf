"""`make site` builds the course as static files; `make play` serves them on this machine."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from course.environment import PROGRAM
from course.site import builder
from course.wording import place

HOST = "127.0.0.1"


def run(
    out: Path | None = None,
    run_notebooks: bool = False,
    serve: bool = False,
    port: int = 8002,
    open_browser: bool = False,
) -> int:
    """Build the site, and say how large it is or serve it.

    Args:
        out: the folder; by default, one in `.streamlings`.
        run_notebooks: whether to run the notebooks first, for the pages that show them.
        serve: whether to serve it, on this machine, until Ctrl-C.
        port: where, on 127.0.0.1; 0 takes any free port.
        open_browser: whether to open it in the browser of this machine.

    Returns:
        The exit status: 0, or 2 if the port is not available.

    Raises:
        CourseError: if it cannot be built.
    """
    folder = builder.build((out or builder.DEFAULT).resolve(), run_notebooks=run_notebooks)
    if serve:
        return serve_folder(folder, port, open_browser)
    sizes = json.loads((folder / builder.MARK).read_text(encoding="utf-8"))["bytes"]
    print(f"The site is in {place(folder)}: {len(sizes)} files, {_mb(sum(sizes.values()))}.")
    print("A first visit transfers all but the notebooks, once; later ones come from the cache.")
    print(f"Any web server can serve it. On this machine: {PROGRAM} site --serve")
    return 0


def serve_folder(folder: Path, port: int, open_browser: bool = False) -> int:
    """Serve a folder on this machine until Ctrl-C. Return the exit status."""
    try:
        server = Server((HOST, port), functools.partial(Quiet, directory=str(folder)))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        print(f"Port {port} is not available: {reason}. Try another one.", file=sys.stderr)
        return 2
    address = f"http://{HOST}:{server.server_address[1]}/"
    print(f"The course in the browser: {address}\nStop with Ctrl-C.", flush=True)
    if open_browser:
        webbrowser.open(address)
    with server, contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
    return 0


@contextlib.contextmanager
def serving(handler: Callable[..., http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve on any free port of this machine while the block runs.

    Args:
        handler: what answers, such as `Quiet` with a folder.

    Yields:
        The address, such as "http://127.0.0.1:40123/".
    """
    with Server((HOST, 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, name="server-site")
        thread.start()
        try:
            yield f"http://{HOST}:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


class Server(http.server.ThreadingHTTPServer):
    """Serves several at once, and says nothing of a page that is closed while it loads."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, and does not print a line for each."""

    extensions_map = {  # noqa: RUF012 - as in the class above
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, *said: object) -> None:
        """Say nothing."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
