"""Connections of browsers: where the studio listens, and the limits for those who send nothing or open very many."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_S: Final = 10.0
"""Longest time until the head of a request has arrived, in seconds. uvicorn itself waits for ever."""

CONNECTIONS_OF_ONE: Final = 24
"""Connections of one machine in the network; a browser opens at most six at once."""


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


class Connection(H11Protocol):
    """A connection that is closed if no whole request arrives in time."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._wait()
        if self.scheme == "https" and self._is_one_too_many():
            transport.abort()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        super().connection_lost(exc)
        if self._waiting is not None:
            self._waiting.cancel()

    def _wait(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = self.loop.call_later(REQUEST_S, self._close_if_idle)

    def _close_if_idle(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()

    def _is_one_too_many(self) -> bool:
        machine = self.client[0] if self.client else None
        of_one = [other for other in self.connections if other.client and other.client[0] == machine]  # type: ignore[union-attr]
        return len(of_one) > CONNECTIONS_OF_ONE
