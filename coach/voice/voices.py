"""The installed voices, and which of them says an utterance in its language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from coach.voice import notices

_NEWER: Final = {"zh": "cmn", "no": "nb", "iw": "he", "in": "id", "ji": "yi", "mo": "ro", "fil": "tl"}
"""Codes that engines spell differently from scripts: a macrolanguage by its main member, an old code by the new."""


@dataclass(frozen=True, slots=True)
class Voice:
    """An installed voice.

    Attributes:
        id: how the engine knows it: ``roa/ro``, a registry key, ``com.apple...``.
        name: how a user knows it.
        languages: tags such as ``en-gb``, lower case with hyphens.
    """

    id: str
    name: str
    languages: tuple[str, ...]

    def speaks(self, language: str) -> bool:
        """Whether it speaks `language`, of whatever region."""
        return _primary(language) in map(_primary, self.languages)


@dataclass(frozen=True, slots=True)
class Voices:
    """All installed voices; `default` is the id of the engine's own choice."""

    installed: tuple[Voice, ...]
    default: str = ""

    def named(self, name: str) -> Voice | None:
        """The voice whose id or name is `name`, else the first whose name holds it; case does not matter."""
        wanted = name.casefold()
        exact = (voice for voice in self.installed if wanted in (voice.id.casefold(), voice.name.casefold()))
        part = (voice for voice in self.installed if wanted and wanted in voice.name.casefold())
        return next(exact, None) or next(part, None)

    def for_language(self, language: str) -> Voice | None:
        """The voice for a tag such as ``ro`` or ``pt-BR``; None where none speaks it.

        The same region wins, then the engine's own choice, then the plain form of the language.
        """
        able = [voice for voice in self.installed if voice.speaks(language)]
        return min(able, key=lambda voice: self._distance(voice, language_tag(language)), default=None)

    def _distance(self, voice: Voice, wanted: str) -> tuple[bool, bool, bool]:
        plain = voice.id.casefold().rpartition("/")[2] == _primary(wanted)
        return wanted not in voice.languages, voice.id.casefold() != self.default.casefold(), not plain

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that are spoken, without regions, in order of the alphabet."""
        return tuple(sorted({_primary(tag) for voice in self.installed for tag in voice.languages}))


def voices_from(reply: dict[str, Any]) -> Voices:
    """What the child process told of the installed voices."""
    found = (Voice(v["id"], v["name"], tuple(language_tag(x) for x in v["languages"])) for v in reply["voices"])
    return Voices(tuple(found), reply["default"])


def language_tag(language: str) -> str:
    """A language as every system's spelling comes together: ``pt_BR.UTF-8`` and ``pt-br`` are ``pt-br``."""
    tag = language.strip().split(".")[0].replace("_", "-").casefold()
    head, _, region = tag.partition("-")
    return "-".join(part for part in (_NEWER.get(head, head), region) if part)


def _primary(language: str) -> str:
    return language_tag(language).split("-")[0]


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
