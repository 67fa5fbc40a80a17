"""Lets readings count less while the actor speaks, because the mouth then takes shapes of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from coach.base.protocols import Perceiver
    from coach.base.types import Frame, Observation
    from coach.core.reading.card import ModelCard

SPEAKING_WEIGHT: Final = 0.25
"""Weight of a reading in speech beside one in a pause. Chosen, not measured: no recordings with marked speech were at
hand."""


class SpeakingGate:
    """A perceiver that gives the readings of another one, with less weight for the actor's while the actor speaks.

    The weight is part of the observation, which the journal keeps, so that a replay gives the same report.
    """

    def __init__(self, perceiver: Perceiver, speaks: Callable[[], bool]) -> None:
        """Prepare. `speaks` says whether the actor is heard now."""
        self._perceiver = perceiver
        self._speaks = speaks

    @property
    def card(self) -> ModelCard:
        """The emotion model's card."""
        return self._perceiver.card

    @property
    def warnings(self) -> Sequence[str]:
        """Sentences for the report."""
        return self._perceiver.warnings

    @property
    def notices(self) -> Sequence[str]:
        """Those of the warnings that the user should read at once."""
        return self._perceiver.notices

    def is_due(self, t: float) -> bool:
        """Whether a frame at `t` seconds should be observed."""
        return self._perceiver.is_due(t)

    def observe(self, frame: Frame) -> Observation:
        """Find and classify the faces in `frame`; the actor's counts less while the actor speaks."""
        seen = self._perceiver.observe(frame)
        if not self._speaks():
            return seen
        faces = tuple(
            replace(face, weight=round(face.weight * SPEAKING_WEIGHT, 2)) if face.track == 0 else face
            for face in seen.faces
        )
        return replace(seen, faces=faces)
