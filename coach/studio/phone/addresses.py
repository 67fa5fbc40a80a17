"""The addresses of this machine in its local networks, and sockets that listen on them."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Iterable
from typing import Final

import psutil

from coach.base.errors import CoachError
from coach.base.files import error_reason
from coach.base.messages import mark, tr
from coach.studio.connections import listen_on

USUAL_PHONE_PORT: Final = 7527
"""The port for phones without ``--port``; browsers remember the camera's permission by address and port."""

_ELSEWHERE: Final = ("10.255.255.255", 9)
"""An address to ask the routing table about. Connecting a UDP socket sends nothing."""


def local_addresses() -> list[str]:
    """The private IPv4 addresses of this machine, such as ``192.168.1.20``; the one of the usual route comes first.

    Raises:
        CoachError: there is none.
    """
    states = psutil.net_if_stats()
    found = {
        entry.address
        for name, entries in psutil.net_if_addrs().items()
        if name in states and states[name].isup
        for entry in entries
        if entry.family == socket.AF_INET and not entry.ptp and _is_local(entry.address)
    }
    if not found:
        raise CoachError(tr("this machine is in no local network; join the Wi-Fi of your phone, and start again"))
    first = _usual_address()
    return sorted(found, key=lambda address: (address != first, ipaddress.ip_address(address)))


def _is_local(address: str) -> bool:
    """Whether a network of its own gave this address; never one that the whole internet reaches."""
    parsed = ipaddress.ip_address(address)
    return parsed.is_private and not parsed.is_loopback and not parsed.is_link_local


def _usual_address() -> str:
    """The address that packets for elsewhere leave from; empty without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def open_listeners(addresses: Iterable[str], port: int | None) -> list[socket.socket]:
    """A socket for each of `addresses`, all on one port; nothing else of this machine listens.

    Args:
        addresses: IPv4 addresses of this machine.
        port: None for the usual one, or a free one if that is taken; 0 for a free one.

    Raises:
        CoachError: the port is taken or forbidden.
    """
    wanted = USUAL_PHONE_PORT if port is None else port
    try:
        return _listen_on_all(addresses, wanted)
    except OSError as error:
        if port is None and error.errno == errno.EADDRINUSE:
            return _listen_on_all(addresses, 0)
        text = mark("port {port} cannot be used for the phone: {reason}; choose another with --port, which is one less")
        raise CoachError(tr(text, port=wanted, reason=error_reason(error))) from error


def _listen_on_all(addresses: Iterable[str], port: int) -> list[socket.socket]:
    opened: list[socket.socket] = []
    try:
        for address in addresses:
            opened.append(listen_on(address, port))
            port = opened[0].getsockname()[1]
    except OSError:
        for listener in opened:
            listener.close()
        raise
    return opened
