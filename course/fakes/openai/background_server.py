"""An ASGI app on a port of this machine, served by uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import threading
import time
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp

HOST = "127.0.0.1"
"""No other machine can reach this address."""

_BACKLOG = 2048


def listen(port: int = 0) -> socket.socket:
    """Return a socket that listens on this machine only.

    Args:
        port: which one; 0 picks a free one.

    Raises:
        OSError: the port is in use, or we may not use it.
    """
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there, it could take a port from another program
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((HOST, port))
        made.listen(_BACKLOG)
    except BaseException:
        made.close()
        raise
    return made


class QuickServer(uvicorn.Server):
    """A uvicorn server that ends at once: it does not wait for answers in progress."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                ws="none",
                access_log=False,
                log_config=None,
                # It logs a connection that is dropped on purpose as an error.
                log_level="critical",
                server_header=False,
                date_header=False,
            )
        )
        self._leave = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """Ask the server to end. May be called from any thread, and before it has started."""
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._leave.set)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Do what a signal asks for."""
        super().handle_exit(sig, frame)
        self.stop()

    async def main_loop(self) -> None:
        """Wait for the end, without checking for it ten times a second."""
        self._loop = asyncio.get_running_loop()
        if not self.should_exit:
            await self._leave.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close every connection, and cancel what is answering there."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.lifespan.shutdown()


def serve_until_interrupted(server: uvicorn.Server, listening: socket.socket, said: str) -> None:
    """Serve on a socket until Ctrl-C.

    Args:
        server: what serves.
        listening: the socket.
        said: what to print once Ctrl-C is handled. A reader may press it at once.
    """

    async def serve() -> None:
        print(said, flush=True)
        await server.serve(sockets=[listening])

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())


class _RealTimeLoop(asyncio.SelectorEventLoop):
    """An event loop that stays in real time while the time of a test is virtual."""

    _real_time = staticmethod(getattr(time.monotonic, "__wrapped__", time.monotonic))

    def time(self) -> float:
        return float(self._real_time())


class BackgroundServer:
    """Serves an app from a separate thread, for as long as the `with` block runs.

    Args:
        app: any ASGI app.

    Attributes:
        port: the free port that it took.
        origin: "http://127.0.0.1:PORT".
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._socket = listen()
        self.port: int = self._socket.getsockname()[1]
        self.origin = f"http://{HOST}:{self.port}"
        self._server = QuickServer(app)
        self._thread = threading.Thread(target=self._run, name=f"server-{self.port}", daemon=True)

    def start(self) -> None:
        """Start serving. Connections that came earlier are waiting."""
        self._thread.start()

    def stop(self) -> None:
        """Close all connections, end the thread and free the port."""
        self._server.stop()
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.stop()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=_RealTimeLoop) as runner:
            runner.run(self._server.serve(sockets=[self._socket]))
