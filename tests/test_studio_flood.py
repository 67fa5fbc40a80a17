"""A flood of requests, slow clients, and endless bodies leave a take of the studio alone."""

from __future__ import annotations

import re
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import httpx2
import pytest
from cli_help import environment
from studio_help import keep_script, serving

from coach.studio import connections
from coach.studio.state import Studio

PAGE = "page-0001"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    home = tmp_path_factory.mktemp("flood")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(home).items():
            patch.setenv(name, value)
        patch.setattr(connections, "REQUEST_S", 0.3)
        with serving() as running:
            yield running


@pytest.fixture(scope="module")
def user(studio: Studio) -> Iterator[httpx2.Client]:
    headers = {"origin": studio.access.address}
    with httpx2.Client(base_url=studio.access.address, headers=headers, timeout=20) as client:
        client.get(studio.access.entry_address)
        yield client


@pytest.fixture
def stage(studio: Studio, user: httpx2.Client) -> Iterator[str]:
    """The requests of a take in which the user speaks the first line."""
    wish = {"script": keep_script(studio), "source": "none", "advance": "key", "lead_in_s": 0}
    path = f"/api{user.post('/api/takes', json=wish).json()['path']}"
    user.post(f"{path}/claim", json={"page": PAGE})
    yield path
    user.post(f"{path}/command", json={"page": PAGE, "name": "quit"})


def connect(studio: Studio) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(studio.access.address.rpartition(":")[2])), timeout=20)


def answers(connection: socket.socket) -> bytes:
    """Everything that the server sends until it closes the connection."""
    found = []
    with suppress(ConnectionError):
        while piece := connection.recv(1 << 16):
            found.append(piece)
    return b"".join(found)


def flood(studio: Studio, count: int, seen: Counter[str]) -> None:
    """Send `count` requests of a stranger at once on one connection, and count the statuses of the answers."""
    host = studio.access.address.partition("//")[2]
    one = f"GET /takes HTTP/1.1\r\nHost: {host}\r\n\r\n"
    last = one.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
    with connect(studio) as connection:
        connection.sendall((one * (count - 1) + last).encode())
        seen.update(re.findall(r"HTTP/1\.1 (\d+)", answers(connection).decode()))


def test_a_thousand_requests_at_once_are_refused_and_the_take_goes_on(
    studio: Studio, user: httpx2.Client, stage: str
) -> None:
    seen: Counter[str] = Counter()
    flooding = [threading.Thread(target=flood, args=(studio, 250, seen)) for _ in range(4)]
    for thread in flooding:
        thread.start()
    asked = 0
    while any(thread.is_alive() for thread in flooding) or not asked:
        assert user.get(f"{stage}/state", params={"page": PAGE}).json()["line"]["number"] == "line 1 of 2"
        asked += 1
    assert user.post(f"{stage}/command", json={"page": PAGE, "name": "next"}).status_code == 200
    state = user.get(f"{stage}/state", params={"page": PAGE, "seen": -1}).json()
    assert not state["over"]
    assert sum(seen.values()) == 1000
    assert set(seen) == {"403", "429"}
    assert seen["429"] > 500


def test_a_connection_that_sends_nothing_or_half_a_request_is_closed(studio: Studio, user: httpx2.Client) -> None:
    with connect(studio) as silent, connect(studio) as slow, connect(studio) as slower:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: ")
        slower.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n")  # slow only the second time
        assert answers(silent) == b""
        assert answers(slow) == b""
        assert answers(slower).count(b"HTTP/1.1") == 1
    assert user.get("/").status_code == 200


def test_the_take_goes_on_while_a_gigabyte_is_sent_to_it(studio: Studio, user: httpx2.Client, stage: str) -> None:
    """The server closes the connection of a body without a length as soon as it is too long."""
    access = studio.access
    head = (
        f"POST {stage}/frame?page={PAGE} HTTP/1.1\r\nHost: {access.address[7:]}\r\nOrigin: {access.address}\r\n"
        f"Cookie: {access.cookie_name}={access.session}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    sent = 0
    with connect(studio) as connection:
        connection.sendall(head.encode())
        with suppress(ConnectionError):
            while sent < 1 << 30:
                connection.sendall(chunk)
                sent += len(chunk)
    assert sent < 50 << 20
    assert not user.get(f"{stage}/state", params={"page": PAGE}).json()["over"]
