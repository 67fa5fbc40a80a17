"""Which voice says an utterance, and what a user is told when none can."""

from __future__ import annotations

from collections.abc import Callable

from coach.voice import notices
from coach.voice.voices import Voice, Voices, language_tag


class Casting:
    """The choice of voices for one session. Each reason for silence is told once."""

    def __init__(self, voices: Voices, name: str | None, language: str, notify: Callable[[str], None]) -> None:
        """Choose for a script in `language` with the voice that the user calls `name`, if any; tell what is missing."""
        self._voices, self._language, self._notify = voices, language_tag(language), notify
        self._told: set[str] = set()
        self._named = voices.named(name) if name else None
        if name and not self._named:
            notify(f"{notices.no_such_voice(name)} The default voice speaks.")
        self.voice_for(language)

    def voice_for(self, language: str) -> Voice | None:
        """The voice for `language`; None, and the first time a notice, where no installed one speaks it."""
        tag = language_tag(language)
        if self._named and (tag == self._language or self._named.speaks(tag)):
            return self._named
        voice = self._voices.for_language(tag)
        if voice is None and tag not in self._told:
            self._told.add(tag)
            self._notify(f"{notices.no_language(language)} {notices.ON_SCREEN}")
        return voice
