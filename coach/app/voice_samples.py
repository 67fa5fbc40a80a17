"""Lets the user hear voices: renders a sentence with each and plays it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from coach.base.errors import VoiceError
from coach.base.protocols import Clock
from coach.voice import notices
from coach.voice.casting import USUAL_WORDS_PER_MINUTE
from coach.voice.engines import Speech, SpeechEngine
from coach.voice.playback import Player
from coach.voice.process import ChildFailed
from coach.voice.sounds import sound_folder
from coach.voice.voices import Voice

SENTENCES: Final = {
    "en": "You are still up. They said there would be news by morning.",
    "ro": "Încă ești trează. Au spus că până dimineață vor fi vești.",
}
"""What voices of these languages say."""

NUMBERS: Final = "1, 2, 3, 4, 5."
"""What all others say: digits are read in every language."""

_STEP_S: Final = 0.02


def play_samples(engine: SpeechEngine, voices: Iterable[Voice], clock: Clock, before: Callable[[Voice], None]) -> None:
    """Let each of `voices` say a sentence, one after the other; `before` is called before each.

    Raises:
        VoiceError: a sentence cannot be rendered or played.
    """
    with sound_folder() as folder:
        player = Player(folder)
        try:
            for voice in voices:
                before(voice)
                sound = folder / "sample.wav"
                engine.render(Speech(sentence_of(voice), voice.id, USUAL_WORDS_PER_MINUTE), sound)
                _play(player, sound, clock)
        finally:
            player.close()


def sentence_of(voice: Voice) -> str:
    """What `voice` says."""
    return next((text for language, text in SENTENCES.items() if voice.speaks(language)), NUMBERS)


def _play(player: Player, sound: Path, clock: Clock) -> None:
    try:
        player.play(sound)
        while not player.has_ended():
            clock.sleep(_STEP_S)
    except ChildFailed as failure:
        raise VoiceError(notices.no_sound(str(failure)) if notices.has_player() else notices.no_player()) from failure
