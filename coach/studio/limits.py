"""Limits of requests: how many there may be, and how large their bodies."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from coach.base.messages import tr

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUESTS_PER_S: Final = 60.0
"""Requests per second over a longer time. A rehearsal sends 15 pictures and some 10 questions a second."""

BURST: Final = 200
"""Requests at once. A page with everything it needs is 10."""


class RateLimit:
    """A token bucket.

    Args:
        per_s: requests per second over a longer time.
        burst: requests at once.
        now: a monotonic clock, in seconds.
    """

    def __init__(
        self, per_s: float = REQUESTS_PER_S, burst: int = BURST, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_s = per_s
        self._burst = burst
        self._now = now
        self._left = float(burst)
        self._at = now()

    def allows(self) -> bool:
        """Count a request; whether it may be answered."""
        now = self._now()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_s)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class BodyLimit:
    """Refuses the body of a request as soon as it is too large.

    Args:
        app: handles the request.
        max_bytes: size of the largest body.
        whole: read the body before `app` does, also if that ignores it; False hands on piece by piece.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, *, whole: bool = True) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._whole = whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request.

        Raises:
            HTTPException: the body is too large; one that says its length is not read at all.
        """
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length) > self._max_bytes:
            raise self._too_large()
        if not self._whole:
            await self._app(scope, self._counted(receive), send)
            return
        messages = await self._read(receive)

        async def again() -> Message:
            return messages.popleft() if messages else await receive()

        await self._app(scope, again, send)

    def _counted(self, receive: Receive) -> Receive:
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self._max_bytes:
                raise self._too_large()
            return message

        return counted

    async def _read(self, receive: Receive) -> deque[Message]:
        messages: deque[Message] = deque()
        size, more = 0, True
        while more:
            message = await receive()
            messages.append(message)
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
            if size > self._max_bytes:
                raise self._too_large()
        return messages

    def _too_large(self) -> HTTPException:
        if not self._max_bytes:
            return HTTPException(413, tr("This is too large; nothing can be sent here."))
        size = f"{self._max_bytes / 1e6:g} MB"
        return HTTPException(413, tr("This is too large; {size} can be sent here.", size=size))
