"""Who may use the studio: browsers that were let in, and pages of the studio itself."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Final

HOST: Final = "127.0.0.1"

ENTRY_PATH: Final = "/enter"
"""Path of the address that is printed; it takes the token."""

_PAGES_OF_OTHERS: Final = ("cross-site", "same-site")
"""Values of ``Sec-Fetch-Site`` for a request that a page of somebody else caused."""


class Door:
    """A way into the studio: a port, the names by which browsers know it, and a token that works once.

    Args:
        scheme: ``http`` or ``https``.
        hosts: the names; the first is the one that users see.
        port: port of the server.

    Attributes:
        address: such as ``http://127.0.0.1:7526``.
        cookie_name: name of the session cookie; it has the port, because all ports of a host share their cookies.
        secure: whether everything that comes this way is encrypted.
    """

    def __init__(self, scheme: str, hosts: Iterable[str], port: int) -> None:
        self._hosts = [f"{host}:{port}" for host in hosts]
        self._origins = [f"{scheme}://{host}" for host in self._hosts]
        self.address = self._origins[0]
        self.cookie_name = f"coach_studio_{port}"
        self.secure = scheme == "https"
        self._token = secrets.token_urlsafe(32)

    @property
    def entry_address(self) -> str:
        """The address that lets one browser in, once."""
        return f"{self.address}{ENTRY_PATH}?token={self._token}"

    def use_token(self, token: str) -> bool:
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

    def enter(self, token: str, agent: str) -> str | None:
        """Let a browser in with `token`; the value of its session cookie, or None for a wrong token.

        Args:
            token: from the address.
            agent: what the browser says that it is.
        """
        raise NotImplementedError

    def has_session(self, headers: Mapping[str, str]) -> bool:
        """Whether the request has the session cookie of a browser that was let in."""
        raise NotImplementedError

    def _given_session(self, headers: Mapping[str, str]) -> str:
        """The value of the session cookie of a request; empty without one."""
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(headers.get("cookie", ""))
        except CookieError:
            return ""
        return cookies[self.cookie_name].value if self.cookie_name in cookies else ""


class Access(Door):
    """The door for browsers on this machine. They share one session.

    Attributes:
        session: value of the session cookie.
    """

    def __init__(self, port: int) -> None:
        super().__init__("http", (HOST, "localhost"), port)
        self.session = secrets.token_urlsafe(32)

    def enter(self, token: str, agent: str = "") -> str | None:  # noqa: ARG002  only phones are named
        """Let a browser in with `token`."""
        return self.session if self.use_token(token) else None

    def has_session(self, headers: Mapping[str, str]) -> bool:
        """Whether the request has the session cookie."""
        return secrets.compare_digest(self._given_session(headers).encode(), self.session.encode())
