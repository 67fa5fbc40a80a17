"""The guard before every route: host, origin, session, rate; and the headers that protect every answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response

from coach.base.messages import tr
from coach.studio.access import ENTRY_PATH
from coach.studio.limits import RateLimit

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from coach.studio.access import Access, Door
    from coach.studio.phone.pairing import Phones

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' data: blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
"""Content-Security-Policy of every answer that has none of its own: no inline script or style, nothing from outside."""

_HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(self), geolocation=(), screen-wake-lock=(self)",
    "cache-control": "no-store",
}

_REFUSED: Final = 400
"""Answers from this status on are refusals."""

_READING: Final = ("GET", "HEAD")


class Guard:
    """Refuses requests that do not come from the studio's own page in a browser that was let in.

    Requests of others have a rate of their own, so that they cannot keep the user out; and so have those of phones, so
    that they cannot keep out who sits at this machine.

    Args:
        app: handles the requests that are not refused.
        access: the door for browsers on this machine.
        make_rate: makes the limit of requests of each kind.
        phones: the door for phones; None if they are not served.
    """

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        make_rate: Callable[[], RateLimit] = RateLimit,
        phones: Phones | None = None,
    ) -> None:
        self._app = app
        self._doors: dict[str, Door] = {"http": access} if phones is None else {"http": access, "https": phones}
        self._rates = {(scheme, known): make_rate() for scheme in self._doors for known in (True, False)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, _protected(scope, send))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        scheme = scope["scheme"]  # the server sets it by the socket; no header can
        door = self._doors[scheme]
        own = door.is_own_request(headers, writes=scope["method"] not in _READING)
        known = own and door.has_session(headers)
        if not self._rates[scheme, known].allows():
            return PlainTextResponse(tr("Too many requests; wait a second.") + "\n", 429, {"retry-after": "1"})
        if not own:
            return PlainTextResponse(tr("The studio answers only its own pages.") + "\n", 403)
        if not known and scope["path"] != ENTRY_PATH:
            text = tr("This browser was not let in. Open the address that `coach studio` shows.")
            return PlainTextResponse(text + "\n", 403)
        return None


def _protected(scope: Scope, send: Send) -> Send:
    """`send` with the protecting headers; an answer may have stricter ones of its own."""
    request = Headers(scope=scope)
    has_body = request.get("content-length", "0") != "0" or "transfer-encoding" in request

    async def protected(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            if has_body and message["status"] >= _REFUSED:
                headers["connection"] = "close"  # else the rest of a refused body would be read to its end
        await send(message)

    return protected
