"""What all displays of the mirror go by: who is chosen, what is switched on, how far the source is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from coach.display.mirror_words import person_after
from coach.display.wording import clock_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coach.core.mirror import Labels, MirrorView
    from coach.display.mirror_keys import MirrorCommand
    from coach.protocols import SourceStats


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
    """

    name: str
    stats: Callable[[], SourceStats]
    live: bool
    duration_s: float | None = None
    labels: Labels = "plain"
    meaning: str = ""
    chosen: int = 0
    mirrored: bool = False
    graph: bool = True
    paused: bool = False
    recording: str = ""

    def choose_next(self, view: MirrorView | None) -> None:
        """Choose the next person in sight."""
        if view is not None:
            self.chosen = person_after(view, self.chosen)

    def share_done(self, t: float) -> float | None:
        """How far a recorded source is at `t` seconds, 0 to 1; None where its length is unknown."""
        if self.live or not self.duration_s:
            return None
        return min(max(t / self.duration_s, 0.0), 1.0)

    def status(self, t: float, fps: float | None) -> list[str]:
        """Time, frames per second, dropped frames."""
        whole = f" of {clock_text(self.duration_s)}" if self.duration_s and not self.live else ""
        rate = [] if fps is None else [f"{fps:.0f} fps"]
        dropped = [f"{self.stats().dropped} dropped"] if self.live and fps is not None else []
        return [f"{clock_text(t)}{whole}", *rate, *dropped]


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
