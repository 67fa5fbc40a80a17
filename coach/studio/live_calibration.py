"""A calibration in the browser: the guide in a thread, fed by the frames of the page."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from coach.actors.store import ActorStore
from coach.app.calibration import (
    calibrate,
    guide_through,
    missing_text,
    moments_of,
    open_perceiver,
    row_texts,
    said_at,
    shown_at,
)
from coach.base.messages import language
from coach.base.protocols import Utterance
from coach.core.actor.calibration import plan
from coach.core.actor.guide import Guide, Prompted, Watching
from coach.sources.clocked import SystemClock
from coach.sources.pushed import PushedFrames
from coach.studio.live_run import LiveRun
from coach.studio.loudspeaker import Loudspeaker
from coach.voice.speaker import open_speaker

if TYPE_CHECKING:
    from coach.base.protocols import Clock, Perceiver, Speaker
    from coach.core.actor.calibration import Calibration, Moment, PartKind
    from coach.core.actor.guide import GuideEvent

_GAP_S: Final = 0.5
"""After this time without a frame there is no picture, in seconds; pages send 15 a second."""

_TTL_S: Final = 3.0
"""How late a prompt may begin, in seconds."""


class LiveCalibration(LiveRun):
    """One calibration. Its profile is kept once all parts were shown; until then nothing is.

    Attributes:
        loudspeaker: plays the prompts in the page.
    """

    def __init__(
        self,
        name: str,
        bug_text: Callable[[Exception], str],
        kinds: Sequence[PartKind] | None = None,
        *,
        aloud: bool = True,
        clock: Clock | None = None,
    ) -> None:
        """Prepare.

        Args:
            name: of the actor.
            bug_text: keeps the details of a bug, and returns a sentence about it.
            kinds: the parts; None for those of `coach calibrate`.
            aloud: whether the prompts are spoken too.
            clock: measures the parts; None for that of the system.
        """
        clock = clock or SystemClock()
        self._frames = PushedFrames(clock, wait_s=_GAP_S)
        super().__init__("calibration", bug_text, clock, self._frames)
        self._name = name
        self._kinds = kinds or plan(random.SystemRandom())
        self._aloud = aloud
        self.loudspeaker = Loudspeaker(clock, lambda: None)
        self._shown: dict[str, Any] = {"number": 0, "total": 0, "said": [], "remark": "", "watching": False}
        self._notices: list[str] = []
        self._result: dict[str, Any] | None = None

    def push(self, picture: bytes, age_s: float) -> dict[str, Any]:
        """Give the newest frame; the state once it was read, as JSON."""
        self._read(picture, age_s)
        over = not self.running
        return {
            **self._shown,
            "over": over,
            "error": self.error,
            "result": self._result,
            "notices": self._notices,
            "sound": None if over else self.loudspeaker.state(),
        }

    def _run(self) -> None:
        perceiver = open_perceiver()
        speaker = open_speaker(
            mode="on" if self._aloud else "off", notify=self._notices.append, outlet=self.loudspeaker
        )
        try:
            self._opened.set()
            parts = guide_through(
                Guide(self._kinds), self._moments(perceiver), lambda event: self._show(event, speaker)
            )
            made = datetime.now().astimezone().isoformat(timespec="seconds")
            self._keep(calibrate(self._name, perceiver.card, parts, made))
        finally:
            speaker.close()

    def _moments(self, perceiver: Perceiver) -> Iterator[Moment]:
        """The moments of the pushed frames, until the page is gone."""
        for moment in moments_of(self._frames, perceiver):
            if self.presence.gone:
                return
            yield moment

    def _show(self, event: GuideEvent, speaker: Speaker) -> None:
        said = said_at(event)
        shown = {**self._shown, "remark": shown_at(event), "watching": isinstance(event, Watching)}
        if isinstance(event, Prompted):
            shown |= {"number": event.number, "total": event.total}
        self._shown = {**shown, "said": said} if said else shown
        for sentence in said:
            speaker.say(Utterance(sentence, "cue", ttl_s=_TTL_S, language=language()))

    def _keep(self, calibration: Calibration) -> None:
        store = ActorStore()
        store.keep(calibration.profile)
        store.remember(calibration.profile.name)
        rows = [row_texts(row) for row in calibration.rows]
        self._result = {"name": calibration.profile.name, "rows": rows, "missing": missing_text(calibration)}
