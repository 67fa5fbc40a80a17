"""The state that all displays of the mirror share: the chosen person, what is switched on, and the keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

from coach.base.messages import tr
from coach.core.mirror.view import shorten_middle
from coach.core.scoring.report import clock_text
from coach.display.mirror.texts import next_person

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coach.base.protocols import SourceStats
    from coach.base.types import Box
    from coach.core.mirror.view import LabelStyle, MirrorView, PictureSequence

MirrorCommand = Literal["quit", "pause", "snapshot", "mirror", "graph", "person", "record"]

KEYS: Final[dict[str, MirrorCommand]] = {
    "q": "quit",
    "p": "pause",
    "s": "snapshot",
    "m": "mirror",
    "g": "graph",
    "\t": "person",
    "v": "record",
}
"""The command of each key; capital letters do the same."""


@dataclass(frozen=True, slots=True)
class FaceStyle:
    """How faces are drawn, in the window and in saved pictures.

    Attributes:
        labels: which words name the emotions.
        meaning: what a percentage means.
        chosen: track of the person with the bars and the thicker box.
        mirrored: whether the picture is flipped horizontally.
        region: the part of the frame in which faces are searched; None for all of it.
    """

    labels: LabelStyle = "plain"
    meaning: str = ""
    chosen: int = 0
    mirrored: bool = False
    region: Box | None = None


def commands_of(keys: str) -> list[MirrorCommand]:
    """The commands of the typed keys, in order."""
    return [KEYS[key] for key in keys.lower() if key in KEYS]


def help_of(*, paused: bool, recording: bool, window: bool, stills: int = 0) -> list[str]:
    """What each key does now, the most important first.

    Args:
        paused: whether the mirror is paused.
        recording: whether a video is being written.
        window: whether there is a window, which can be mirrored.
        stills: number of still pictures; 0 for other sources. Still pictures have no video and no graph, and
            a single one has no pause.
    """
    return [
        tr("q quit"),
        *([] if stills == 1 else [tr("p go on") if paused else tr("p pause")]),
        *([] if stills else [tr("v stop recording") if recording else tr("v record")]),
        tr("s snapshot"),
        tr("tab next person"),
        *([] if stills else [tr("g graph")]),
        *([tr("m mirror")] if window else []),
    ]


FOLLOW_S: Final = 2.0
"""After this time out of sight the bars and the graph go to somebody who is in sight."""

MAX_NAME_LENGTH: Final = 32
"""Maximum length of a picture's name in the status, in characters; the middle of a longer one is left out."""


@dataclass(slots=True)
class MirrorState:
    """What is shown and how. The loop changes it on commands; displays only read it.

    Attributes:
        name: name of the source for the user.
        stats: returns the current counts of the source.
        live: whether frames may be dropped.
        duration_s: length of a recorded source; None if unknown.
        labels: which words name the emotions.
        meaning: what a percentage means.
        chosen: track of the person with the bars and the graph.
        mirrored: whether the picture is flipped horizontally.
        graph: whether the graph is switched on.
        paused: whether the mirror is paused.
        recording: name of the video that is being written; empty for none.
        pictures: the still pictures of the source; None for other sources.
        region: the part of the frame in which faces are searched; None for all of it.
        chosen_t: when the chosen person was last in sight, in seconds.
    """

    name: str
    stats: Callable[[], SourceStats]
    live: bool
    duration_s: float | None = None
    labels: LabelStyle = "plain"
    meaning: str = ""
    chosen: int = 0
    mirrored: bool = False
    graph: bool = True
    paused: bool = False
    recording: str = ""
    pictures: PictureSequence | None = None
    region: Box | None = None
    chosen_t: float = 0.0

    @property
    def style(self) -> FaceStyle:
        """How faces are drawn now."""
        return FaceStyle(self.labels, self.meaning, self.chosen, self.mirrored, self.region)

    @property
    def shows_graph(self) -> bool:
        """Whether a graph is shown; still pictures have no time axis."""
        return self.graph and self.pictures is None

    def choose_next(self, view: MirrorView | None) -> None:
        """Choose the next person in sight."""
        if view is not None:
            self.chosen = next_person(view, self.chosen)

    def follow(self, view: MirrorView) -> None:
        """Choose the biggest face in sight if the chosen person has been away for `FOLLOW_S`."""
        if any(face.track == self.chosen for face in view.faces):
            self.chosen_t = view.t
        elif view.faces and view.t - self.chosen_t >= FOLLOW_S:
            self.chosen = max(view.faces, key=lambda face: face.box.area).track
            self.chosen_t = view.t

    def share_done(self, t: float) -> float | None:
        """The share of a recorded source that has been played at `t` seconds, 0 to 1; None if its length is unknown."""
        if self.pictures is not None:
            return self.pictures.number(t) / len(self.pictures.names)
        if self.live or not self.duration_s:
            return None
        return min(max(t / self.duration_s, 0.0), 1.0)

    def status(self, t: float, fps: float | None) -> list[str]:
        """Time, frames per second and dropped frames; for still pictures the number and the name."""
        if self.pictures is not None:
            return _picture_status(self.pictures, t)
        time = clock_text(t)
        if self.duration_s and not self.live:
            time = tr("{time} of {total}", time=time, total=clock_text(self.duration_s))
        rate = [] if fps is None else [tr("{rate:.0f} fps", rate=fps)]
        dropped = [tr("{count} dropped", count=self.stats().dropped)] if self.live and fps is not None else []
        return [time, *rate, *dropped]

    def keys(self, *, window: bool) -> list[str]:
        """What each key does now, the most important first."""
        stills = len(self.pictures.names) if self.pictures else 0
        return help_of(paused=self.paused, recording=bool(self.recording), window=window, stills=stills)


def _picture_status(pictures: PictureSequence, t: float) -> list[str]:
    """Number and name of one of several pictures; a single one is named in the head already."""
    if len(pictures.names) == 1:
        return []
    position = tr("picture {number} of {count}", number=pictures.number(t), count=len(pictures.names))
    return [position, shorten_middle(pictures.name(t), MAX_NAME_LENGTH)]


class MirrorDisplay(Protocol):
    """A display of the mirror."""

    def show(self, view: MirrorView) -> None:
        """Take the next view; must return soon."""
        ...

    def notice(self, text: str) -> None:
        """Show a sentence for a while."""
        ...

    def poll(self) -> Sequence[MirrorCommand]:
        """Draw when it is due; the commands given since the last call."""
        ...

    def suspend(self) -> None:
        """Give the terminal back before the process is stopped."""
        ...

    def resume(self) -> None:
        """Take the terminal again."""
        ...

    def close(self) -> None:
        """End the display. Safe to call twice."""
        ...
