"""What runs in a thread of its own, fed by the frames of a page: a take, the mirror, a calibration."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from coach.base.errors import CoachError
from coach.base.memory import give_back_memory
from coach.studio.presence import Presence

if TYPE_CHECKING:
    from coach.base.protocols import Clock
    from coach.sources.pushed import PushedFrames

OPENING_S: Final = 20.0
"""Longest wait for the models to load, in seconds."""

CLOSING_S: Final = 20.0
"""Longest wait for the end of the thread, such as for a take to be kept, in seconds."""

READ_S: Final = 0.3
"""Longest wait for the reading of a pushed frame, in seconds."""


class LiveRun(ABC):
    """The thread: its start, its end, and what becomes of its errors.

    Attributes:
        presence: whether the page is still there.
        error: why it ended; empty without a fault.
    """

    def __init__(
        self, name: str, bug_text: Callable[[Exception], str], clock: Clock, pushed: PushedFrames | None
    ) -> None:
        """Prepare.

        Args:
            name: of the thread.
            bug_text: keeps the details of a bug, and returns a sentence about it.
            clock: measures how long the page is away.
            pushed: takes the frames of the page; None if it sends none.
        """
        self.presence = Presence(clock)
        self.error = ""
        self._bug_text = bug_text
        self._pushed = pushed
        self._over = False
        self._opened = threading.Event()
        self._starting = threading.Lock()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        """Begin, unless it has begun, and wait until the models are loaded."""
        with self._starting:
            if not self._begun:
                self._thread.start()
        self._opened.wait(OPENING_S)

    @property
    def _begun(self) -> bool:
        return self._thread.ident is not None

    @property
    def running(self) -> bool:
        """Whether it may still change: it waits for its start, or goes on. Afterwards the thread only tidies up."""
        return not self._over

    def end(self) -> None:
        """End it, and wait until it has ended."""
        if not self._begun:
            return
        self._opened.wait(OPENING_S)
        self._ask_to_end()
        self._thread.join(CLOSING_S)

    @abstractmethod
    def push(self, picture: bytes, age_s: float) -> dict[str, Any]:
        """Give the newest frame, captured `age_s` seconds ago; the state once it was read, as JSON."""

    def _read(self, picture: bytes, age_s: float) -> None:
        """Give the newest frame, and wait until it was read."""
        if self._pushed is not None:
            self._pushed.wait_until_handled(self._pushed.push(picture, age_s), READ_S)

    def _work(self) -> None:
        try:
            self._run()
        except CoachError as error:
            self.error = str(error)
        except Exception as error:  # the thread has nobody above it who would show it
            self.error = self._bug_text(error)
        finally:
            self._over = True
            self._close()
            self._opened.set()
            give_back_memory()

    @abstractmethod
    def _run(self) -> None:
        """What the thread does. It sets `_opened` once the models are loaded."""

    def _ask_to_end(self) -> None:
        """Make `_run` return soon."""
        if self._pushed is not None:
            self._pushed.close()

    def _close(self) -> None:
        """Tidy up after `_run`, however it ended."""
        if self._pushed is not None:
            self._pushed.close()
