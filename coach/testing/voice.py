"""A speaker that remembers instead of speaking."""

from __future__ import annotations

from dataclasses import replace

from coach.base.protocols import Utterance
from coach.base.text import clean


class RecordingSpeaker:
    """Says everything at once and keeps it.

    Attributes:
        said: what was said, in order, cleaned as the real speaker cleans it.
        hushed: how often it was hushed.
        closed: whether it is closed; from then on nothing is said.
    """

    def __init__(self) -> None:
        self.said: list[Utterance] = []
        self.hushed = 0
        self.closed = False

    @property
    def words(self) -> list[str]:
        """The texts of what was said."""
        return [utterance.text for utterance in self.said]

    def say(self, utterance: Utterance) -> None:
        """Keep it, unless there is nothing to hear in it."""
        utterance = replace(utterance, text=clean(utterance.text, 200))
        if not self.closed and (utterance.text or utterance.tone):
            self.said.append(utterance)

    def hush(self) -> None:
        """Count it."""
        self.hushed += 1

    def close(self) -> None:
        """Say nothing more."""
        self.closed = True
