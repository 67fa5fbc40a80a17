"""The second server: the same application over TLS, on the addresses of this machine in its local networks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import uvicorn

from coach.studio.phone.addresses import local_addresses, open_listeners
from coach.studio.phone.certificate import certificate_folder, phone_certificate
from coach.studio.phone.pairing import Phones

if TYPE_CHECKING:
    import socket


class PhoneSide:
    """What serves phones.

    Args:
        addresses: addresses of this machine to serve.
        port: None for the usual one, or a free one if that is taken; 0 for a free one.

    Attributes:
        phones: the door for phones.

    Raises:
        CoachError: the port is taken, or the certificate cannot be kept.
    """

    def __init__(self, addresses: Sequence[str], port: int | None) -> None:
        certificate = phone_certificate(certificate_folder(), addresses)
        self._listeners: list[socket.socket] = open_listeners(addresses, port)
        self.phones = Phones(addresses, self._listeners[0].getsockname()[1], certificate)

    @classmethod
    def on_local_network(cls, port: int | None) -> PhoneSide:
        """Serve every local address of this machine.

        Args:
            port: of the studio on this machine; phones have the next one. None for the usual ones.

        Raises:
            CoachError: the machine is in no network, the port is taken, or the certificate cannot be kept.
        """
        return cls(local_addresses(), port + 1 if port else port)

    def beside(self, config: Callable[[str], uvicorn.Config]) -> Callable[[], AbstractAsyncContextManager[None]]:
        """A context in which phones are served, in the event loop of the first server.

        Args:
            config: the configuration of the server, for the file of its certificate and key.
        """

        @asynccontextmanager
        async def served() -> AsyncIterator[None]:
            server = _SecondServer(config(str(self.phones.certificate.file)))
            running = asyncio.create_task(server.serve(self._listeners))
            try:
                yield
            finally:
                server.should_exit = True
                await running

        return served

    def close(self) -> None:
        """Close the sockets."""
        for listener in self._listeners:
            listener.close()


class _SecondServer(uvicorn.Server):
    """A server that leaves Ctrl-C to the first one, which stops it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield
