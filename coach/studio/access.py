"""Who may use the studio: the browser in which its address was opened, and pages of the studio itself."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Final

HOST: Final = "127.0.0.1"

ENTRY_PATH: Final = "/enter"
"""Path of the address that is printed; it takes the token."""

_PAGES_OF_OTHERS: Final = ("cross-site", "same-site")
"""Values of ``Sec-Fetch-Site`` for a request that a page of somebody else caused."""


class Access:
    """The keys of one run of the studio.

    Attributes:
        address: such as ``http://127.0.0.1:7500``.
        cookie_name: name of the session cookie; it has the port, because all ports of a host share their cookies.
        session: value of that cookie.
    """

    def __init__(self, port: int) -> None:
        self.address = f"http://{HOST}:{port}"
        self.cookie_name = f"coach_studio_{port}"
        self.session = secrets.token_urlsafe(32)
        self._token = secrets.token_urlsafe(32)
        self._hosts = {f"{HOST}:{port}", f"localhost:{port}"}
        self._origins = {f"http://{host}" for host in self._hosts}

    @property
    def entry_address(self) -> str:
        """The address that lets one browser in, once."""
        return f"{self.address}{ENTRY_PATH}?token={self._token}"

    def enter(self, token: str) -> bool:
        """Whether `token` lets a browser in. Afterwards only the token of the next `entry_address` does."""
        right = secrets.compare_digest(token.encode(), self._token.encode())
        if right:
            self._token = secrets.token_urlsafe(32)
        return right

    def is_own_request(self, headers: Mapping[str, str], *, writes: bool) -> bool:
        """Whether a request comes from the studio's own page, or was typed into the browser.

        A page of somebody else can point its own name at this machine (DNS rebinding), but then the browser sends that
        name as Host. It can send requests to the studio's address, but then the browser sends its name as Origin.

        Args:
            headers: of the request, with names in lower case.
            writes: the request may change something, so that its origin must be known.
        """
        origin = headers.get("origin")
        known = not writes if origin is None else origin in self._origins
        return known and headers.get("host") in self._hosts and headers.get("sec-fetch-site") not in _PAGES_OF_OTHERS

    def has_session(self, headers: Mapping[str, str]) -> bool:
        """Whether the request has the session cookie."""
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(headers.get("cookie", ""))
        except CookieError:
            return False
        given = cookies[self.cookie_name].value if self.cookie_name in cookies else ""
        return secrets.compare_digest(given.encode(), self.session.encode())
