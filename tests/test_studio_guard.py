"""The studio answers only its own pages in the browser that was let in, and refuses what is too much."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient
from studio_help import make_studio, serving, stranger, visitor

from coach.base.errors import CoachError
from coach.cli.main import command_parser
from coach.studio.application import studio_routes
from coach.studio.limits import RateLimit
from coach.studio.server import open_listener
from coach.studio.state import Studio

ROUTES = [(route, method) for route in studio_routes() for method in sorted(route.methods or ()) if method != "HEAD"]
"""Every route of the studio with its method, from the table that the server uses."""

PATH_AS_NAME = "..%2F..%2F..%2Fetc%2Fpasswd"


def address(route: Route, name: str = "x") -> str:
    """The path of `route` with `name` in each place of a name."""
    path = route.path
    for parameter in route.param_convertors:
        path = path.replace(f"{{{parameter}}}", name)
    assert "{" not in path
    return path


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return make_studio(tmp_path / "takes")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with visitor(make_studio(tmp_path_factory.mktemp("guard") / "takes")) as client:
        yield client


def codes(client: TestClient, **headers: str) -> dict[str, int]:
    """The status of the answer of every route to a request with these headers."""
    assert len(ROUTES) > 30
    return {
        f"{method} {route.path}": client.request(method, address(route), headers=headers).status_code
        for route, method in ROUTES
    }


def test_every_route_refuses_a_browser_that_was_not_let_in(client: TestClient) -> None:
    assert set(codes(client, cookie="").values()) == {403}


def test_every_route_refuses_a_page_of_somebody_else(client: TestClient) -> None:
    assert set(codes(client, origin="https://example.com").values()) == {403}
    answer = client.get("/", headers={"origin": "https://example.com"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_every_route_refuses_a_foreign_name_that_points_to_this_machine(client: TestClient) -> None:
    assert set(codes(client, host="rebound.example.com:7000").values()) == {403}


@pytest.mark.parametrize("name", [PATH_AS_NAME, "%2e%2e%2fx", "%2Fetc%2Fpasswd", "a%00b"])
def test_every_route_finds_nothing_for_a_path_in_place_of_a_name(name: str, client: TestClient) -> None:
    for route, method in ROUTES:
        if route.param_convertors:
            assert client.request(method, address(route, name)).status_code in (404, 405), route.path


def test_every_route_refuses_a_body_that_is_too_long_by_its_length_alone(client: TestClient) -> None:
    length = {"content-length": "1000000000"}
    assert set(codes(client, **length).values()) == {413}
    assert client.post("/api/consent", headers=length).headers["connection"] == "close"


@pytest.mark.parametrize("path", ["/", "/rehearse", "/takes", "/mirror", "/static/shell.js", "/nothing"])
def test_every_answer_has_the_protecting_headers(path: str, client: TestClient) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"


def test_a_request_that_writes_needs_an_origin(studio: Studio) -> None:
    client = visitor(studio)
    del client.headers["origin"]
    assert client.post("/api/stop").status_code == 403
    assert client.get("/").status_code == 200


def test_a_link_on_a_page_of_somebody_else_is_refused(client: TestClient) -> None:
    assert client.get("/", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.get("/", headers={"sec-fetch-site": "none"}).status_code == 200


def test_the_printed_address_lets_one_browser_in_once(studio: Studio) -> None:
    printed = studio.access.entry_address
    first, second = stranger(studio), stranger(studio)
    answer = first.get(printed)
    cookie = answer.headers["set-cookie"].lower()
    assert answer.status_code == 303
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert first.get("/").status_code == 200
    assert second.get(printed).status_code == 403
    assert second.get("/").status_code == 403
    assert second.get(studio.access.entry_address).status_code == 303


@pytest.mark.parametrize("token", ["", "x", "é", "%00"])
def test_a_wrong_token_lets_nobody_in(token: str, studio: Studio) -> None:
    assert stranger(studio).get(f"/enter?token={token}").status_code == 403


def test_a_cookie_of_another_run_lets_nobody_in(studio: Studio) -> None:
    client = stranger(studio)
    client.cookies.set(studio.access.cookie_name, make_studio().access.session)
    assert client.get("/").status_code == 403


def test_too_many_requests_are_refused_until_a_second_has_passed(studio: Studio) -> None:
    now = [0.0]
    client = visitor(studio, lambda: RateLimit(2.0, 5, lambda: now[0]))
    codes = [client.get("/static/icon.svg").status_code for _ in range(8)]
    assert codes == [200] * 5 + [429] * 3
    now[0] += 1.0
    assert [client.get("/static/icon.svg").status_code for _ in range(3)] == [200, 200, 429]


def test_a_flood_of_strangers_does_not_keep_the_user_out(studio: Studio) -> None:
    client = visitor(studio, lambda: RateLimit(0.0, 5))
    codes = {client.get("/", headers={"host": "example.com"}).status_code for _ in range(9)}
    assert codes == {403, 429}
    assert client.get("/").status_code == 200


def test_a_gigabyte_is_refused_without_being_read(tmp_path: Path) -> None:
    """Without a length, the server stops reading at its limit and closes the connection."""
    with serving(tmp_path / "takes") as studio:
        access = studio.access
        port = int(access.address.rpartition(":")[2])
        head = (
            f"POST /api/stop HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {access.address}\r\n"
            f"Cookie: {access.cookie_name}={access.session}\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
        sent = 0
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(head.encode())
            with suppress(ConnectionError):
                while sent < 1 << 30:
                    connection.sendall(chunk)
                    sent += len(chunk)
        assert sent < 50 << 20


def test_a_bug_is_told_in_one_sentence_and_its_details_are_kept(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bugs: list[Exception] = []
    studio.keep_bug = lambda bug: bugs.append(bug) or tmp_path / "bug.log"  # type: ignore[func-returns-value]
    monkeypatch.setattr(studio.takes, "facts", lambda: 1 / 0)
    answer = visitor(studio).get("/takes")
    assert answer.status_code == 500
    assert "bug in Coach (ZeroDivisionError)" in answer.text
    assert "bug.log" in answer.text
    assert "Traceback" not in answer.text
    assert "default-src" in answer.headers["content-security-policy"]
    assert [type(bug) for bug in bugs] == [ZeroDivisionError]


def test_a_taken_port_is_said(studio: Studio) -> None:
    with open_listener(0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(CoachError, match=f"port {port} cannot be used"):
            open_listener(port)


@pytest.mark.parametrize("port", ["-1", "65536", "x", "1.5"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(SystemExit):
        command_parser("studio").parse_args(["studio", f"--port={port}"])
