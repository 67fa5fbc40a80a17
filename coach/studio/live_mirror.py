"""The mirror in the browser: reads every face in the frames that the page pushes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coach.app.mirror import views
from coach.base.messages import tr
from coach.base.types import READS_PER_S
from coach.display.mirror.texts import no_face_text, reading_text
from coach.display.rehearsal.wording import unseen_text
from coach.sources.clocked import SystemClock
from coach.sources.pushed import PushedFrames
from coach.studio.live_run import LiveRun

if TYPE_CHECKING:
    from coach.core.mirror.view import MirrorFace, MirrorView


class LiveMirror(LiveRun):
    """One run of the mirror. It keeps the newest readings for the page, and never a picture."""

    def __init__(self, bug_text: Callable[[Exception], str]) -> None:
        """Prepare. `bug_text` keeps the details of a bug, and returns a sentence about it."""
        clock = SystemClock()
        self._frames = PushedFrames(clock)
        super().__init__("mirror", bug_text, clock, self._frames)
        self._view: MirrorView | None = None

    def push(self, picture: bytes, age_s: float) -> dict[str, Any]:
        """Give the newest frame; what was read in it, as JSON."""
        self._read(picture, age_s)
        view, info = self._view, self._frames.info
        return {
            "error": self.error,
            "over": not self.running,
            "t": 0.0 if view is None else round(view.t, 3),
            "size": [info.width, info.height],
            "faces": [] if view is None else [_face(face) for face in view.faces],
            "none": "" if view is None else no_face_text(view),
            "check": "" if view is None else check_text(view),
        }

    def _run(self) -> None:
        from coach.perception.pipeline import Crowd, open_crowd

        perceiver = open_crowd(mode=Crowd(reads_per_s=READS_PER_S))
        self._opened.set()
        for view in views(self._frames, perceiver):
            if view.frame is not None or view.reason is not None:  # else only time has passed
                self._view = replace(view, frame=None)
            if self.presence.gone:
                break


def check_text(view: MirrorView) -> str:
    """What to change so that the actor's face can be read; that it is read if nothing is."""
    biggest = max(view.faces, key=lambda face: face.box.area, default=None)
    if biggest is not None and biggest.smoothed is not None:
        return tr("The camera reads your face.")
    text = unseen_text(view.reason if biggest is None else biggest.reason)
    return f"{text[:1].upper()}{text[1:]}."


def _face(face: MirrorFace) -> dict[str, Any]:
    box = face.box
    return {
        "track": face.track,
        "box": [round(side, 1) for side in (box.x, box.y, box.width, box.height)],
        "text": reading_text(face, "plain"),
        "label": face.label or "",
        "shares": [round(share, 3) for share in face.smoothed] if face.smoothed else None,
    }
