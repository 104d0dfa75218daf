"""Connects to a listener on this machine and to others.

Expect: 0 of 12
Expect: not flagged
"""

import asyncio
import ctypes
import os
import socket
import urllib.request

PORT = 9


def attack(*args, **kwargs):
    reached = []
    for family, address in (
        (socket.AF_INET, ("127.0.0.1", PORT)),
        (socket.AF_INET6, ("::1", PORT)),
        (socket.AF_INET, ("192.0.2.1", 80)),
    ):
        try:
            socket.create_connection(address, timeout=0.2)
            socket.socket(family, socket.SOCK_DGRAM).sendto(b"x", address)
            reached.append(address)
        except OSError:
            pass
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{PORT}", timeout=0.2)
        reached.append("http")
    except OSError:
        pass
    if ctypes.CDLL(None).socket(2, 1, 0) >= 0:
        reached.append("socket")
    if reached:
        os._exit(9)  # which is flagged
    return ""


async def connecting(*args, **kwargs):
    try:
        await asyncio.open_connection("127.0.0.1", PORT)
        os._exit(9)
    except (OSError, NotImplementedError, RuntimeError):
        yield ""


write_stream = collect_response = attack
astream_tokens = connecting
