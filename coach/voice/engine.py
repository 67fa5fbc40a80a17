"""Questions to the speech engine that need no session: which voices there are, and speech as a file."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from coach.base.errors import MissingLibraryError, VoiceError
from coach.base.text import clean
from coach.voice import notices
from coach.voice.lineup import TEXT_MAX, sane_rate, spoken_s
from coach.voice.process import READY_LIMIT_S, ChildFailed, Children, Job
from coach.voice.sounds import sound_folder
from coach.voice.voices import Voice, Voices, voices_from


def list_voices() -> Voices:
    """The installed voices.

    Raises:
        MissingLibraryError: no speech engine is installed.
        VoiceError: the engine does not answer.
    """
    with sound_folder() as folder, Children(folder) as children:
        return voices_from(_ask(children, {"do": "voices"}, READY_LIMIT_S))


def render(text: str, path: Path, *, language: str = "en", name: str | None = None, rate: int | None = None) -> None:
    """Write the first 200 characters of `text`, spoken, to `path` as mono 16-bit WAV.

    Raises:
        MissingLibraryError: no speech engine is installed.
        VoiceError: there is nothing to say, no such voice, none for the language, or the file cannot be written.
    """
    words, rate = clean(text, TEXT_MAX), sane_rate(rate)
    if not words:
        raise VoiceError("there is nothing to say")
    voice, limit_s = _voice(language, name), spoken_s(words, rate) + 3
    with sound_folder() as folder, Children(folder) as children:
        file = folder / "speech.wav"
        how = {"voice": voice.id, "rate": rate, "limit_s": limit_s}
        _ask(children, {"do": "render", "text": words, "file": str(file), **how}, limit_s)
        _move(file, path)


def _voice(language: str, name: str | None) -> Voice:
    voices = list_voices()
    voice = voices.named(name) if name else voices.for_language(language)
    if voice is None:
        raise VoiceError(notices.no_such_voice(name) if name else notices.no_language(language))
    return voice


def _ask(children: Children, request: dict[str, Any], limit_s: float) -> dict[str, Any]:
    try:
        child = children.ready(Job())
    except ChildFailed as failure:
        raise MissingLibraryError(notices.no_engine(str(failure))) from failure
    try:
        return children.ask(child, request, limit_s)
    except ChildFailed as failure:
        raise VoiceError(f"the speech engine failed: {clean(str(failure), 120)}") from failure


def _move(file: Path, path: Path) -> None:
    try:
        shutil.move(file, path)
    except OSError as error:
        raise VoiceError(f"{path}: the speech cannot be written: {error.strerror or error}") from error
