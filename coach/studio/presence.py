"""Whether the page of a take is still there: in view of the server, away for a moment, or closed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from coach.base.protocols import Clock

LEFT_S: Final = 4.0
"""How long a page that said goodbye may take to come back, in seconds. A page that is loaded anew says goodbye too."""

LOST_S: Final = 600.0
"""How long a page that just fell silent may take to come back, such as a laptop that was shut, in seconds."""

SILENT_S: Final = 3.0
"""After this time without a request a page counts as away, in seconds; it asks at least once a second."""


class Presence:
    """The page that plays a take. Only one plays it at a time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._page = ""
        self._seen_at = clock.now()
        self._left_at: float | None = None

    def claim(self, page: str) -> None:
        """Let `page` play the take from now on."""
        with self._lock:
            self._page = page
            self._see()

    def may_claim(self, page: str) -> bool:
        """Whether no other page plays the take now."""
        return self._page in ("", page) or self.left_now or self.away

    def saw(self, page: str) -> bool:
        """Note a request of `page`; False if another one plays the take."""
        with self._lock:
            if page != self._page:
                return False
            self._see()
            return True

    def left(self, page: str) -> None:
        """Note that `page` was closed or is loaded anew."""
        with self._lock:
            if page == self._page:
                self._left_at = self._clock.now()

    def _see(self) -> None:
        self._seen_at, self._left_at = self._clock.now(), None

    @property
    def left_now(self) -> bool:
        """Whether the page said goodbye and has not come back."""
        return self._left_at is not None

    @property
    def away(self) -> bool:
        """Whether the page has not been heard for a while."""
        return self._clock.now() - self._seen_at > SILENT_S

    @property
    def gone(self) -> bool:
        """Whether the page does not come back, so that the take ends."""
        now, left_at = self._clock.now(), self._left_at
        return now - self._seen_at > LOST_S or (left_at is not None and now - left_at > LEFT_S)
