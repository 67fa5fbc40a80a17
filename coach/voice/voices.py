"""Lists the installed voices, chooses one for an utterance, and renders speech to a file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from coach.base.errors import MissingLibraryError, VoiceError
from coach.base.messages import tr
from coach.base.text import clean
from coach.voice import notices
from coach.voice.process import READY_LIMIT_S, ChildFailed, Children, Job
from coach.voice.sounds import sound_folder
from coach.voice.utterances import TEXT_MAX, clamp_rate, speech_limit_s

_CANONICAL_CODES: Final = {"zh": "cmn", "no": "nb", "iw": "he", "in": "id", "ji": "yi", "mo": "ro", "fil": "tl"}
"""Language codes that scripts and engines spell differently: macrolanguages to their main member, old to new codes."""


@dataclass(frozen=True, slots=True)
class Voice:
    """An installed voice.

    Attributes:
        id: id in the engine: ``roa/ro``, a registry key, ``com.apple...``.
        name: name for the user.
        languages: language tags such as ``en-gb``, lower case with hyphens.
    """

    id: str
    name: str
    languages: tuple[str, ...]

    def speaks(self, language: str) -> bool:
        """Whether the voice speaks `language`, in any region."""
        return _primary(language) in map(_primary, self.languages)


@dataclass(frozen=True, slots=True)
class Voices:
    """All installed voices; `default` is the id of the engine's default voice."""

    installed: tuple[Voice, ...]
    default: str = ""

    def find(self, name: str) -> Voice | None:
        """The voice whose id or name is `name`, otherwise the first whose name contains it; case is ignored."""
        folded = name.casefold()
        exact = (voice for voice in self.installed if folded in (voice.id.casefold(), voice.name.casefold()))
        partial = (voice for voice in self.installed if folded and folded in voice.name.casefold())
        return next(exact, None) or next(partial, None)

    def for_language(self, language: str) -> Voice | None:
        """The voice for a tag such as ``ro`` or ``pt-BR``; None if none speaks it.

        The same region is preferred, then the engine's default voice, then the plain form of the language.
        """
        return next(iter(self.speaking(language)), None)

    def speaking(self, language: str) -> tuple[Voice, ...]:
        """All voices for a tag such as ``ro`` or ``pt-BR``, in the order of `for_language`."""
        candidates = [voice for voice in self.installed if voice.speaks(language)]
        return tuple(sorted(candidates, key=lambda voice: self._distance(voice, language_tag(language))))

    def _distance(self, voice: Voice, tag: str) -> tuple[bool, bool, bool]:
        is_plain = voice.id.casefold().rpartition("/")[2] == _primary(tag)
        return tag not in voice.languages, voice.id.casefold() != self.default.casefold(), not is_plain

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages spoken, without regions, in alphabetical order."""
        return tuple(sorted({_primary(tag) for voice in self.installed for tag in voice.languages}))


def voices_from(reply: dict[str, Any]) -> Voices:
    """The voices in the answer of a child process."""
    voices = (Voice(v["id"], v["name"], tuple(language_tag(x) for x in v["languages"])) for v in reply["voices"])
    return Voices(tuple(voices), reply["default"])


def language_tag(language: str) -> str:
    """`language` in one form for all systems: ``pt_BR.UTF-8`` and ``pt-br`` both give ``pt-br``."""
    tag = language.strip().split(".")[0].replace("_", "-").casefold()
    head, _, region = tag.partition("-")
    return "-".join(part for part in (_CANONICAL_CODES.get(head, head), region) if part)


def _primary(language: str) -> str:
    return language_tag(language).split("-")[0]


class VoiceChooser:
    """Chooses voices for one session; notifies the user once of each language without a voice."""

    def __init__(self, voices: Voices, name: str | None, language: str, notify: Callable[[str], None]) -> None:
        """Prepare for a script in `language` and the voice called `name`; notify the user if one of them is missing."""
        self._voices, self._language, self._notify = voices, language_tag(language), notify
        self._reported: set[str] = set()
        self._named = voices.find(name) if name else None
        if name and not self._named:
            default = tr("The default voice speaks.")
            notify(f"{notices.no_such_voice(name)} {default}")
        self.voice_for(language)

    def voice_for(self, language: str) -> Voice | None:
        """The voice for `language`; None if no installed voice speaks it, of which the user is notified once."""
        tag = language_tag(language)
        if self._named and (tag == self._language or self._named.speaks(tag)):
            return self._named
        voice = self._voices.for_language(tag)
        if voice is None and tag not in self._reported:
            self._reported.add(tag)
            self._notify(f"{notices.no_language(language)} {tr(notices.ON_SCREEN)}")
        return voice


def list_voices() -> Voices:
    """The installed voices.

    Raises:
        MissingLibraryError: no speech engine is installed.
        VoiceError: the engine does not answer.
    """
    with sound_folder() as folder, Children(folder) as children:
        return voices_from(_ask(children, {"do": "voices"}, READY_LIMIT_S))


def render(text: str, path: Path, *, language: str = "en", name: str | None = None, rate: int | None = None) -> None:
    """Render the first `TEXT_MAX` characters of `text` as speech to `path`, a mono 16-bit WAV file.

    Raises:
        MissingLibraryError: no speech engine is installed.
        VoiceError: `text` is empty, no voice fits `name` or `language`, or the file cannot be written.
    """
    text, rate = clean(text, TEXT_MAX), clamp_rate(rate)
    if not text:
        raise VoiceError(tr("there is nothing to say"))
    voice, limit_s = _voice(language, name), speech_limit_s(text, rate) + 3
    with sound_folder() as folder, Children(folder) as children:
        file = folder / "speech.wav"
        options = {"voice": voice.id, "rate": rate, "limit_s": limit_s}
        _ask(children, {"do": "render", "text": text, "file": str(file), **options}, limit_s)
        _move(file, path)


def _voice(language: str, name: str | None) -> Voice:
    voices = list_voices()
    voice = voices.find(name) if name else voices.for_language(language)
    if voice is None:
        raise VoiceError(notices.no_such_voice(name) if name else notices.no_language(language))
    return voice


def _ask(children: Children, request: dict[str, Any], limit_s: float) -> dict[str, Any]:
    try:
        child = children.get_ready(Job())
    except ChildFailed as failure:
        raise MissingLibraryError(notices.no_engine(str(failure))) from failure
    try:
        return children.ask(child, request, limit_s)
    except ChildFailed as failure:
        reason = clean(str(failure), 120)
        raise VoiceError(tr("the speech engine failed: {reason}", reason=reason)) from failure


def _move(file: Path, path: Path) -> None:
    try:
        shutil.move(file, path)
    except OSError as error:
        raise VoiceError(
            tr("{path}: the speech cannot be written: {reason}", path=path, reason=error.strerror or error)
        ) from error
