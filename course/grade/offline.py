"""No test leaves this machine: only the loopback address can be reached."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any


class NetworkForbiddenError(ConnectionError):
    """Something under test tried to reach another machine."""


def forbid_network() -> None:
    """Refuse every connection from this process to another machine. This cannot be undone."""
    if hasattr(socket.socket, "_streamlings"):
        return
    for name in ("connect", "connect_ex", "sendto"):
        _guard(name)
    socket.socket._streamlings = True  # type: ignore[attr-defined]


def _guard(name: str) -> None:
    real = getattr(socket.socket, name)

    def guarded(self: socket.socket, *args: Any) -> Any:
        if not is_loopback(args[-1]):
            raise NetworkForbiddenError(
                f"Nothing in this course needs the network, but something tried to reach "
                f"{args[-1]!r}. Use the fake model that the test passes in."
            )
        return real(self, *args)

    setattr(socket.socket, name, guarded)


def is_loopback(address: object) -> bool:
    """Whether a socket address is on this machine: a path, localhost, 127.0.0.0/8 or ::1."""
    if not isinstance(address, tuple):
        return isinstance(address, str | bytes)
    host = str(address[0])
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
