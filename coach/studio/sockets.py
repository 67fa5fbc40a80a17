"""Sockets that listen on one address of this machine and nowhere else."""

from __future__ import annotations

import os
import socket


def listen_on(address: str, port: int) -> socket.socket:
    """A socket that listens on `address` alone.

    Raises:
        OSError: the port is taken or forbidden.
    """
    # Only with the protocol named does asyncio switch off Nagle's algorithm, which delays each answer by 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # on Windows this option would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener
