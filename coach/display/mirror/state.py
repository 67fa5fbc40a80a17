"""What all displays of the mirror go by: who is chosen, what is switched on, which key does what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

from coach.core.mirror.view import shorten_middle
from coach.display.mirror.words import person_after
from coach.display.rehearsal.wording import clock_text

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
"""What each key asks for; capital letters do the same."""


def commands_of(keys: str) -> list[MirrorCommand]:
    """The commands of the keys typed, in their order."""
    return [KEYS[key] for key in keys.lower() if key in KEYS]


def help_of(*, paused: bool, recording: bool, window: bool, stills: int = 0) -> list[str]:
    """What the keys do now, each in a few letters, the most wanted first.

    Those of the picture only in a window. So many `stills` make no video and no graph, and a single one no pause.
    """
    return [
        "q quit",
        *([] if stills == 1 else [f"p {'go on' if paused else 'pause'}"]),
        *([] if stills else [f"v {'stop recording' if recording else 'record'}"]),
        "s snapshot",
        "tab next person",
        *([] if stills else ["g graph"]),
        *(["m mirror"] if window else []),
    ]


LONGEST_NAME: Final = 32
"""Letters of a picture's name in the status; of a longer one beginning and end."""


@dataclass(slots=True)
class MirrorState:
    """What is shown and how. The loop changes it as commands come; displays only read it.

    Attributes:
        name: of the source, as a user would say it.
        stats: gives the source's counts of now.
        live: whether frames may be dropped.
        duration_s: of a recorded source, None where unknown.
        labels: the words.
        meaning: what the percentages are.
        chosen: track of the person of bars and graph.
        mirrored: as in a looking glass.
        graph: whether the graph is shown.
        paused: whether time stands still.
        recording: name of the video that is being written, empty for none.
        pictures: the source is these still pictures; None for every other.
        region: the part of the frame in which faces are searched; None for all of it.
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

    @property
    def graphed(self) -> bool:
        """Whether a graph is shown; still pictures have no time to draw one over."""
        return self.graph and self.pictures is None

    def choose_next(self, view: MirrorView | None) -> None:
        """Choose the next person in sight."""
        if view is not None:
            self.chosen = person_after(view, self.chosen)

    def share_done(self, t: float) -> float | None:
        """How far a recorded source is at `t` seconds, 0 to 1; None where its length is unknown."""
        if self.pictures is not None:
            return self.pictures.number(t) / len(self.pictures.names)
        if self.live or not self.duration_s:
            return None
        return min(max(t / self.duration_s, 0.0), 1.0)

    def status(self, t: float, fps: float | None) -> list[str]:
        """Time, frames per second, dropped frames; of pictures which it is, of how many, and its name."""
        if self.pictures is not None:
            return _which(self.pictures, t)
        whole = f" of {clock_text(self.duration_s)}" if self.duration_s and not self.live else ""
        rate = [] if fps is None else [f"{fps:.0f} fps"]
        dropped = [f"{self.stats().dropped} dropped"] if self.live and fps is not None else []
        return [f"{clock_text(t)}{whole}", *rate, *dropped]

    def keys(self, *, window: bool) -> list[str]:
        """What the keys do now, the most wanted first."""
        stills = len(self.pictures.names) if self.pictures else 0
        return help_of(paused=self.paused, recording=bool(self.recording), window=window, stills=stills)


def _which(pictures: PictureSequence, t: float) -> list[str]:
    """Of several pictures, which; a single one has its name in the head already."""
    if len(pictures.names) == 1:
        return []
    which = f"picture {pictures.number(t)} of {len(pictures.names)}"
    return [which, shorten_middle(pictures.name(t), LONGEST_NAME)]


class MirrorDisplay(Protocol):
    """What every display of the mirror can do."""

    def show(self, view: MirrorView) -> None:
        """Take the next view; must return soon."""
        ...

    def notice(self, text: str) -> None:
        """Show a sentence for a while."""
        ...

    def poll(self) -> Sequence[MirrorCommand]:
        """Draw when it is time; the commands given since the last call."""
        ...

    def suspend(self) -> None:
        """Give the terminal back before the process is stopped."""
        ...

    def resume(self) -> None:
        """Take the terminal again."""
        ...

    def close(self) -> None:
        """No more views come. Safe to call twice."""
        ...
