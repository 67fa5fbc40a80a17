"""A calibration in the browser: the guide in a thread, fed by the frames of the page."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from coach.actors.store import ActorStore
from coach.app.calibration import calibrate, guide_through, missing_text, moments_of, open_perceiver
from coach.app.calibration_texts import row_texts, said_at, shown_at
from coach.base.errors import CoachError
from coach.base.messages import language
from coach.base.protocols import Utterance
from coach.core.actor.calibration import plan
from coach.core.actor.guide import Guide, Prompted, Watching
from coach.sources.clocked import SystemClock
from coach.sources.pushed import PushedFrames
from coach.studio.loudspeaker import Loudspeaker
from coach.studio.presence import Presence
from coach.voice.speaker import open_speaker

if TYPE_CHECKING:
    from coach.base.protocols import Clock, Perceiver, Speaker
    from coach.core.actor.calibration import Calibration, Moment, PartKind
    from coach.core.actor.guide import GuideEvent

READ_S: Final = 0.3
"""Longest wait for the reading of a pushed frame, in seconds."""

OPENING_S: Final = 20.0
"""Longest wait for the models to load, in seconds."""

_GAP_S: Final = 0.5
"""After this time without a frame there is no picture, in seconds; pages send 15 a second."""

_TTL_S: Final = 3.0
"""How late a prompt may begin, in seconds."""


class LiveCalibration:
    """One calibration. Its profile is kept once all parts were shown; until then nothing is.

    Attributes:
        presence: whether the page is still there.
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
        self._name = name
        self._bug_text = bug_text
        self._kinds = kinds or plan(random.SystemRandom())
        self._aloud = aloud
        clock = clock or SystemClock()
        self.presence = Presence(clock)
        self.loudspeaker = Loudspeaker(clock, lambda: None)
        self._pushed = PushedFrames(clock, wait_s=_GAP_S)
        self._shown: dict[str, Any] = {"number": 0, "total": 0, "said": [], "remark": "", "watching": False}
        self._notices: list[str] = []
        self._result: dict[str, Any] | None = None
        self._error = ""
        self._opened = threading.Event()
        self._thread = threading.Thread(target=self._work, name="calibration", daemon=True)

    def start(self) -> None:
        """Begin, and wait until the models are loaded."""
        self._thread.start()
        self._opened.wait(OPENING_S)

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self._thread.is_alive()

    def push(self, picture: bytes, age_s: float) -> dict[str, Any]:
        """Give the newest frame; the state once it was read, as JSON."""
        self._pushed.wait_until_handled(self._pushed.push(picture, age_s), READ_S)
        over = not self.running
        return {
            **self._shown,
            "over": over,
            "error": self._error,
            "result": self._result,
            "notices": self._notices,
            "sound": None if over else self.loudspeaker.state(),
        }

    def end(self) -> None:
        """End it; without its last part nothing is kept."""
        self._pushed.close()
        if self._thread.ident is not None:
            self._thread.join(OPENING_S)

    # --- the thread ---

    def _work(self) -> None:
        try:
            self._guide(open_perceiver())
        except CoachError as error:
            self._error = str(error)
        except Exception as error:  # the thread has nobody above it who would show it
            self._error = self._bug_text(error)
        finally:
            self._opened.set()
            self._pushed.close()

    def _guide(self, perceiver: Perceiver) -> None:
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
        for moment in moments_of(self._pushed, perceiver):
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
