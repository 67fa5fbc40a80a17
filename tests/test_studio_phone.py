"""The studio on a phone: over TLS on this machine's own address, for paired phones alone."""

from __future__ import annotations

import io
import re
import socket
import ssl
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from queue import SimpleQueue

import httpx2
import pytest
from cli_help import environment
from cryptography import x509
from studio_help import make_studio, serving, visitor
from test_studio_guard import ROUTES, address

from coach.base.errors import CoachError
from coach.studio.connections import CONNECTIONS_OF_ONE
from coach.studio.limits import RateLimit
from coach.studio.phone.addresses import local_addresses, open_listeners
from coach.studio.phone.certificate import RENEWED, VALID, PhoneCertificate, phone_certificate
from coach.studio.phone.pairing import Phones, device_name, qr_image, qr_text
from coach.studio.phone.serving import PhoneSide
from coach.studio.server import Terminal, Wishes, serve
from coach.studio.state import Studio

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)
PIXEL = (
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Mobile Safari/537.36"
)


def own_addresses() -> list[str]:
    try:
        return local_addresses()
    except CoachError:
        return []


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A real studio that serves phones on 127.0.0.1 and on the addresses of this machine."""
    home = tmp_path_factory.mktemp("phone")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(home).items():
            patch.setenv(name, value)
        with closing(PhoneSide(["127.0.0.1", *own_addresses()], 0)) as side, serving(home / "takes", side) as running:
            yield running


@pytest.fixture
def phones(studio: Studio) -> Phones:
    assert studio.phones is not None
    return studio.phones


@pytest.fixture
def browser(phones: Phones) -> Iterator[Callable[..., httpx2.Client]]:
    """Makes browsers of phones that trust the certificate; each is not paired yet."""
    trusting = ssl.create_default_context(cadata=phones.certificate.der)
    opened: list[httpx2.Client] = []

    def make(origin: str = phones.address, agent: str = IPHONE) -> httpx2.Client:
        headers = {"user-agent": agent, "origin": origin}
        opened.append(httpx2.Client(base_url=origin, verify=trusting, headers=headers, timeout=20))
        return opened[-1]

    yield make
    for client in opened:
        client.close()
    for phone in phones.paired:
        phones.unpair(phone.id)


def pair(client: httpx2.Client, phones: Phones) -> httpx2.Client:
    """Open the address of the code, at the address of this machine that `client` uses."""
    token = phones.entry_address.partition("?")[2]
    assert client.get(f"/enter?{token}").status_code == 303
    return client


def test_a_phone_is_paired_once_over_tls(phones: Phones, browser: Callable[..., httpx2.Client]) -> None:
    shown = phones.entry_address
    first, second = browser(), browser()
    cookie = first.get(shown).headers["set-cookie"].lower()
    assert all(word in cookie for word in ("secure", "httponly", "samesite=strict"))
    assert "Say your lines" in first.get("/").text
    assert first.get(shown).status_code == 303, "a page that is loaded anew stays"
    assert second.get(shown).status_code == 403
    assert second.get("/").status_code == 403
    assert [phone.name for phone in phones.paired] == ["iPhone, Safari"]


@pytest.mark.parametrize("machine", own_addresses() or [pytest.param("", marks=pytest.mark.skip("in no network"))])
def test_the_own_address_of_this_machine_is_served_and_named_by_the_certificate(
    machine: str, phones: Phones, browser: Callable[..., httpx2.Client]
) -> None:
    client = pair(browser(f"https://{machine}:{phones.address.rpartition(':')[2]}"), phones)
    assert client.get("/rehearse").status_code == 200
    assert client.post("/api/consent").status_code == 200


def test_an_unpaired_phone_is_refused_at_once_and_another_one_stays(
    studio: Studio, phones: Phones, browser: Callable[..., httpx2.Client]
) -> None:
    first, second = pair(browser(), phones), pair(browser(agent=PIXEL), phones)
    laptop = visitor(studio)
    page = laptop.get("/phone").text
    assert "iPhone, Safari" in page
    assert "Android (Pixel 9), Chrome" in page
    gone = phones.paired[0]
    answer = laptop.post("/api/phone/unpair", json={"id": gone.id})
    assert answer.json() == {"said": "iPhone, Safari is not paired any more."}
    assert first.get("/").status_code == 403
    assert second.get("/").status_code == 200
    assert laptop.post("/api/phone/unpair", json={"id": gone.id}).status_code == 404
    assert laptop.get("/api/phone").json() == {"ids": [phones.paired[0].id]}


def test_a_phone_can_neither_see_the_code_nor_unpair(phones: Phones, browser: Callable[..., httpx2.Client]) -> None:
    client = pair(browser(), phones)
    for path in ("/phone", "/api/phone"):
        assert client.get(path).status_code == 403
    assert client.post("/api/phone/unpair", json={"id": phones.paired[0].id}).status_code == 403
    assert "Pair" not in client.get("/").text
    assert len(phones.paired) == 1


def codes(client: httpx2.Client, **headers: str) -> set[int]:
    """The statuses of the answers of every route."""
    assert len(ROUTES) > 30
    return {client.request(method, address(route), headers=headers).status_code for route, method in ROUTES}


def test_every_route_refuses_a_phone_that_is_not_paired_over_tls(browser: Callable[..., httpx2.Client]) -> None:
    assert codes(browser()) == {403}


def test_every_route_refuses_over_tls_what_it_refuses_on_this_machine(tmp_path: Path, phones: Phones) -> None:
    studio = make_studio(tmp_path / "takes")
    studio.phones = phones
    session = phones.enter(phones.entry_address.partition("=")[2], IPHONE)
    paired = f"{phones.cookie_name}={session}"
    client = visitor(studio, base=phones.address)
    client.cookies.clear()
    assert client.get("/", headers={"cookie": paired}).status_code == 200
    for refused in (
        {"cookie": f"{studio.access.cookie_name}={studio.access.session}"},
        {"cookie": f"{phones.cookie_name}={studio.access.session}"},
        {"cookie": paired, "origin": "https://example.com"},
        {"cookie": paired, "origin": studio.access.address},
        {"cookie": paired, "host": "rebound.example.com"},
        {"cookie": paired, "host": studio.access.address.partition("//")[2]},
    ):
        assert codes(client, **refused) == {403}, refused
    assert codes(client, cookie=paired, **{"content-length": "1000000000"}) == {413}
    phones.unpair(phones.paired[0].id)


def test_a_session_of_a_phone_opens_nothing_on_this_machine(
    studio: Studio, phones: Phones, browser: Callable[..., httpx2.Client]
) -> None:
    session = pair(browser(), phones) and phones.paired[0].session
    for name in (phones.cookie_name, studio.access.cookie_name):
        answer = httpx2.get(studio.access.address, headers={"cookie": f"{name}={session}"})
        assert answer.status_code == 403


def test_a_flood_from_the_network_does_not_keep_this_machine_out(tmp_path: Path, phones: Phones) -> None:
    studio = make_studio(tmp_path)
    studio.phones = phones
    laptop = visitor(studio, lambda: RateLimit(0.0, 5))
    codes = {laptop.get(f"{phones.address}/").status_code for _ in range(9)}
    assert codes == {403, 429}
    assert laptop.get("/").status_code == 200


def test_one_machine_cannot_hold_every_connection(phones: Phones) -> None:
    port = int(phones.address.rpartition(":")[2])
    trusting = ssl.create_default_context(cadata=phones.certificate.der)

    def connect() -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", port), timeout=20)
        return trusting.wrap_socket(plain, server_hostname="127.0.0.1")

    def is_answered(connection: ssl.SSLSocket) -> bool:
        try:
            connection.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            return connection.recv(12) == b"HTTP/1.1 403"
        except OSError:
            return False

    opened = [connect() for _ in range(CONNECTIONS_OF_ONE)]
    one_too_many = connect()
    assert is_answered(opened[0])
    assert not is_answered(one_too_many)
    for connection in (*opened, one_too_many):
        connection.close()


def test_without_phone_nothing_but_this_machine_is_served(tmp_path: Path) -> None:
    with serving(tmp_path / "takes") as running:
        port = int(running.access.address.rpartition(":")[2])
        for machine in own_addresses():
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((machine, port), timeout=5).close()
        client = visitor(running)
        assert client.get("/phone").status_code == 404
        assert "Pair your phone" not in client.get("/").text


def test_with_phone_the_page_of_this_machine_stays_on_this_machine(studio: Studio) -> None:
    for machine in own_addresses():
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((machine, int(studio.access.address.rpartition(":")[2])), timeout=5).close()


@pytest.mark.skipif(not own_addresses(), reason="this machine is in no network")
def test_the_terminal_shows_the_code_who_was_paired_and_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    said: SimpleQueue[str] = SimpleQueue()
    shown: list[str] = []
    wishes = Wishes(0, tmp_path / "takes", open_browser=False, phone=True)
    thread = threading.Thread(target=serve, args=(wishes, Terminal(said.put, shown.append)))
    thread.start()
    sentences = [said.get(timeout=20) for _ in range(4)]
    found = re.search(r"(https://\S+)/enter\?token=[\w-]+", sentences[1])
    assert found is not None
    assert shown == [qr_text(found[0])]
    with httpx2.Client(verify=False, headers={"origin": found[1], "user-agent": PIXEL}) as phone:
        phone.get(found[0])
        assert re.match(r"Android \(Pixel 9\), Chrome was paired at \d\d:\d\d\.", said.get(timeout=20))
        assert phone.post(f"{found[1]}/api/stop").json() == {"stopped": True}
    thread.join(20)
    assert not thread.is_alive()


def test_phones_are_served_on_the_named_addresses_alone() -> None:
    [listener] = open_listeners(["127.0.0.1"], 0)
    with listener:
        machine, port = listener.getsockname()
        assert machine == "127.0.0.1"
        for other in own_addresses():
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((other, port), timeout=5).close()


def test_a_taken_port_for_the_phone_is_said() -> None:
    taken = open_listeners(["127.0.0.1"], 0)[0]
    port = taken.getsockname()[1]
    with taken, pytest.raises(CoachError, match=f"port {port} cannot be used for the phone"):
        open_listeners(["127.0.0.1"], port)


# --- the certificate ---


def certificate(made: PhoneCertificate) -> x509.Certificate:
    return x509.load_der_x509_certificate(made.der)


def test_the_certificate_is_kept_private_and_names_the_addresses_alone(tmp_path: Path) -> None:
    made = phone_certificate(tmp_path / "studio", ["192.168.1.20", "10.0.0.3"])
    names = certificate(made).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name) for name in names.get_values_for_type(x509.IPAddress)] == ["192.168.1.20", "10.0.0.3"]
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.file.parent.stat().st_mode) == 0o700
    assert b"PRIVATE" not in made.der
    assert phone_certificate(tmp_path / "studio", ["10.0.0.3", "192.168.1.20"]).der == made.der, "it stays"


def test_another_network_has_a_certificate_of_its_own_and_the_first_one_stays(tmp_path: Path) -> None:
    home = phone_certificate(tmp_path, ["192.168.1.20"])
    assert phone_certificate(tmp_path, ["10.0.0.3"]).der != home.der
    assert phone_certificate(tmp_path, ["192.168.1.20"]).der == home.der


def test_the_certificate_is_made_anew_before_it_expires(tmp_path: Path) -> None:
    start = datetime.now(timezone.utc)
    made = phone_certificate(tmp_path, ["10.0.0.3"], start)
    day = timedelta(days=1)
    assert phone_certificate(tmp_path, ["10.0.0.3"], start + VALID - RENEWED - day).der == made.der
    anew = phone_certificate(tmp_path, ["10.0.0.3"], start + VALID - RENEWED + day)
    assert certificate(anew).not_valid_after_utc > certificate(made).not_valid_after_utc
    assert VALID.days <= 825, "the most that iOS takes"


@pytest.mark.parametrize("fault", [b"", b"no certificate"])
def test_a_damaged_certificate_is_made_anew(fault: bytes, tmp_path: Path) -> None:
    made = phone_certificate(tmp_path, ["10.0.0.3"])
    made.file.write_bytes(fault)
    assert phone_certificate(tmp_path, ["10.0.0.3"]).der != made.der


def test_a_certificate_that_cannot_be_kept_is_said(tmp_path: Path) -> None:
    (tmp_path / "studio").write_text("a file in the way")
    with pytest.raises(CoachError, match="cannot keep the certificate"):
        phone_certificate(tmp_path / "studio", ["10.0.0.3"])


def test_the_phone_gets_the_certificate_and_its_fingerprint(
    phones: Phones, browser: Callable[..., httpx2.Client]
) -> None:
    client = pair(browser(), phones)
    answer = client.get("/phone/coach-studio.crt")
    assert answer.content == phones.certificate.der
    assert answer.headers["content-type"] == "application/x-x509-ca-cert"
    page = client.get("/phone/trust").text
    assert phones.certificate.fingerprint in page
    assert all(word in page for word in ("iPhone", "Android", "Advanced", "Certificate Trust Settings"))


# --- names and codes ---


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (IPHONE, "iPhone, Safari"),
        (PIXEL, "Android (Pixel 9), Chrome"),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36",
            "Android, Chrome",
        ),
        ("Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", "Android, Firefox"),
        ("Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605 CriOS/142 Mobile Safari/604", "iPad, Chrome"),
        ("", "an unknown device"),
    ],
)
def test_a_phone_is_named_as_people_call_it(agent: str, name: str) -> None:
    assert device_name(agent) == name


def test_the_name_of_a_phone_is_never_markup(tmp_path: Path, phones: Phones) -> None:
    studio = make_studio(tmp_path)
    studio.phones = phones
    phones.enter(phones.entry_address.partition("=")[2], "Android 1; <script>alert(1)</script>")
    page = visitor(studio).get("/phone").text
    phones.unpair(phones.paired[0].id)
    assert "<script>alert" not in page


def test_the_code_can_be_read_back() -> None:
    """OpenCV reads the code that a phone's camera reads."""
    import cv2
    import numpy as np
    import segno

    address = "https://192.168.1.20:7527/enter?token=" + "a" * 43
    assert qr_image(address).startswith("data:image/svg+xml")
    png = io.BytesIO()
    segno.make(address, micro=False).save(png, kind="png", scale=5)
    image = cv2.imdecode(np.frombuffer(png.getvalue(), np.uint8), cv2.IMREAD_COLOR)
    assert cv2.QRCodeDetector().detectAndDecode(image)[0] == address
    rows = qr_text(address).splitlines()
    assert len(rows) >= 20
    assert all(len(row) <= 79 for row in rows)
