"""What the routes of the studio share."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from coach.app.review import NewestReview
from coach.base.errors import UsageError
from coach.base.messages import tr
from coach.scripts.library import ScriptLibrary
from coach.studio.recordings import Recordings
from coach.takes.store import TakeStore

if TYPE_CHECKING:
    from starlette.requests import Request

    from coach.studio.access import Access, Door
    from coach.studio.live_calibration import LiveCalibration
    from coach.studio.live_mirror import LiveMirror
    from coach.studio.live_take import LiveTake
    from coach.studio.phone.pairing import Phones

_log = logging.getLogger(__name__)


class Studio:
    """One run of the studio.

    Attributes:
        access: the door for browsers on this machine.
        phones: the door for phones; None if they are not served.
        takes: the takes folder.
        takes_folder: the folder that the user named for it; None for the usual one, which is made where it is missing.
        scripts: the user's scripts and the examples.
        reviews: the replay of the take that was looked at last.
        recordings: recorded takes to rehearse with.
        stop: ends the server.
        say: tells the user something in the terminal.
        keep_bug: keeps the details of a bug in a file; returns its path, or None if that fails.
        consented: whether the user allowed the camera during this run.
        take: the take that is played now or was played last.
        mirror: the mirror that runs now or ran last.
        calibration: the calibration that runs now or ran last.
    """

    def __init__(
        self, access: Access, takes: Path | None, say: Callable[[str], None], stop: Callable[[], None]
    ) -> None:
        self.access = access
        self.phones: Phones | None = None
        self.takes = TakeStore(takes)
        self.takes_folder = takes
        self.scripts = ScriptLibrary()
        self.stop = stop
        self.say = say
        self.keep_bug: Callable[[Exception], Path | None] = lambda _: None
        self.reviews = NewestReview()
        self.recordings = Recordings()
        self.consented = False
        self.take: LiveTake | None = None
        self.mirror: LiveMirror | None = None
        self.calibration: LiveCalibration | None = None
        self._playing = threading.Lock()

    def play(self, take: LiveTake) -> LiveTake:
        """Make `take` the one that is played; one whose page is away ends.

        Raises:
            UsageError: another tab plays a take.
        """
        with self._playing:
            if self.take is not None and self.take.running:
                if self.take.is_watched:
                    raise UsageError(tr("a take is played in another tab; end it there first"))
                self.take.end()
            self.take = take
        return take

    def bug_text(self, error: Exception) -> str:
        """Keep the details of a bug; returns a sentence about it for the page."""
        _log.warning("a bug in the studio", exc_info=error)
        log = self.keep_bug(error)
        bug = tr("This is a bug in Coach ({kind}). What was kept until then is not lost.", kind=type(error).__name__)
        return " ".join([bug, tr("The details are in {file}.", file=log)]) if log else bug

    def open_mirror(self) -> LiveMirror:
        """Start the mirror anew; one that runs in another tab ends."""
        from coach.studio.live_mirror import LiveMirror

        with self._playing:
            if self.mirror is not None:
                self.mirror.end()
            self.mirror = LiveMirror(self.bug_text)
            self.mirror.start()
            return self.mirror

    def open_calibration(self, name: str, *, aloud: bool) -> LiveCalibration:
        """Start a calibration of the actor called `name`; one that runs in another tab ends."""
        from coach.studio.live_calibration import LiveCalibration

        with self._playing:
            if self.calibration is not None:
                self.calibration.end()
            self.calibration = LiveCalibration(name, self.bug_text, aloud=aloud)
            self.calibration.start()
            return self.calibration

    def close(self) -> None:
        """End what is running, and keep it."""
        if self.mirror is not None:
            self.mirror.end()
        if self.calibration is not None:
            self.calibration.end()
        if self.take is not None:
            self.take.end()
        self.recordings.close()


def studio_of(request: Request) -> Studio:
    """The studio that `request` was sent to."""
    studio: Studio = request.app.state.studio
    return studio


def door_of(request: Request) -> Door:
    """The door that `request` came through; the guard has looked at it."""
    studio = studio_of(request)
    return studio.phones if studio.phones is not None and request.scope["scheme"] == "https" else studio.access
