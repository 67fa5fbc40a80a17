"""The phones that are paired with this run of the studio, each with a session of its own; the code that pairs one."""

from __future__ import annotations

import io
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from coach.base.messages import mark, tr
from coach.studio.access import Door

if TYPE_CHECKING:
    from coach.studio.phone.certificate import PhoneCertificate

_DEVICES: Final = {
    r"iPhone": "iPhone",
    r"iPad": "iPad",
    r"Android[^;)]*; ([^;)]+)": "Android",
    r"Android": "Android",
    r"Macintosh": mark("Mac or iPad"),
    r"Windows": mark("Windows computer"),
    r"CrOS": "Chromebook",
    r"Linux": mark("Linux computer"),
}
"""What a user agent has, and what people call such a device; a group in it is the model."""

_BROWSERS: Final = {
    r"Firefox/|FxiOS/": "Firefox",
    r"Edg\w*/": "Edge",
    r"SamsungBrowser/": "Samsung Internet",
    r"Chrome/|CriOS/": "Chrome",
    r"Safari/": "Safari",
}
"""What a user agent has, and the browser's name. Earlier rows win, because most browsers name others too."""

_NO_MODEL: Final = ("K", "Mobile")
"""What browsers send in place of the model: Chrome the letter K, Firefox this word."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A paired phone.

    Attributes:
        id: names it on the laptop's page.
        name: such as ``iPhone, Safari``.
        paired_at: time of this machine.
        session: value of its cookie.
    """

    id: str
    name: str
    paired_at: datetime
    session: str

    @property
    def since(self) -> str:
        """The time of its pairing, such as ``21:03``."""
        return f"{self.paired_at:%H:%M}"


class Phones(Door):
    """The door for phones.

    Args:
        addresses: the addresses of this machine that are served; the first is the usual one.
        port: their port.
        certificate: how phones know this machine.
    """

    def __init__(self, addresses: Sequence[str], port: int, certificate: PhoneCertificate) -> None:
        super().__init__("https", addresses, port)
        self.certificate = certificate
        self._paired: dict[str, Phone] = {}
        self._agreed: set[str] = set()

    @property
    def other_addresses(self) -> list[str]:
        """The addresses beside the usual one."""
        return self._origins[1:]

    @property
    def paired(self) -> list[Phone]:
        """The phones that are let in, in the order of their pairing."""
        return list(self._paired.values())

    def enter(self, token: str, agent: str) -> str | None:
        """Pair the browser that calls itself `agent`."""
        if not self.use_token(token):
            return None
        phone = Phone(secrets.token_hex(4), device_name(agent), datetime.now().astimezone(), secrets.token_urlsafe(32))
        self._paired[phone.id] = phone
        return phone.session

    def has_session(self, headers: Mapping[str, str]) -> bool:
        """Whether the request comes from a paired phone."""
        given = self._given_session(headers).encode()
        return any(secrets.compare_digest(given, phone.session.encode()) for phone in self.paired)

    def agree(self, headers: Mapping[str, str]) -> None:
        """Note that the user of the phone that sent `headers` allows its camera."""
        self._agreed.add(self._given_session(headers))

    def has_consent(self, headers: Mapping[str, str]) -> bool:
        """Whether the user of the phone that sent `headers` allowed its camera since it was paired."""
        return self._given_session(headers) in self._agreed

    def unpair(self, phone_id: str) -> Phone | None:
        """Refuse this phone from now on; None if it is not paired."""
        return self._paired.pop(phone_id, None)


def device_name(agent: str) -> str:
    """What a person calls the device of this user agent, such as ``Android (Pixel 8), Chrome``."""
    device = tr("an unknown device")
    for pattern, name in _DEVICES.items():
        if found := re.search(pattern, agent):
            model = found[1].strip()[:40] if found.groups() else ""
            device = f"{name} ({model})" if model and model not in _NO_MODEL else tr(name)
            break
    browser = next((name for pattern, name in _BROWSERS.items() if re.search(pattern, agent)), "")
    return f"{device}, {browser}" if browser else device


def qr_image(address: str) -> str:
    """The code as an SVG in a ``data:`` address, black on white with its margin."""
    import segno

    return str(segno.make(address, micro=False).svg_data_uri(scale=5, light="white"))


def qr_text(address: str) -> str:
    """The code as rows of block characters for a terminal, half as many rows as it has modules."""
    import segno

    rows = io.StringIO()
    segno.make(address, micro=False).terminal(rows, compact=True)
    return rows.getvalue()
