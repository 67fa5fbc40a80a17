"""Messages about missing speech: what is missing and how to install it."""

from __future__ import annotations

import shutil
import sys
from typing import Final

from coach.base.messages import mark, tr
from coach.base.text import clean

ON_SCREEN: Final = mark("Cues and notes stay on the screen.")
"""Second sentence of a message without speech."""

_LIST: Final = mark("`coach voices` lists those that are.")

_VOICE_ADVICE: Final = {
    "darwin": mark("Add one in System Settings > Accessibility > Spoken Content > System Voice."),
    "win32": mark("Add one in Settings > Time & language > Speech."),
}


def no_engine(reason: str) -> str:
    """Message that the engine does not start; on Linux it also names the player if that is missing too."""
    if sys.platform in ("darwin", "win32"):
        return tr("The system's speech engine does not start ({reason}).", reason=clean(reason, 120))
    packages = "libespeak-ng1" if has_player() else "libespeak-ng1 alsa-utils"
    problem = tr("The speech engine does not start ({reason}).", reason=clean(reason, 120))
    return f"{problem} {_install(packages)}"


def no_player() -> str:
    """Message that aplay is missing, on Linux."""
    problem = tr("aplay, which plays sound, is missing.")
    return f"{problem} {_install('alsa-utils')}"


def no_sound(reason: str) -> str:
    """Message that no sound device opens; of ``aplay: main:831: ...: busy`` it quotes the last part."""
    cause = clean(reason.rpartition(": ")[2], 60)
    return tr("No sound device opens. Connect or choose one, then start again ({cause}).", cause=cause)


def no_folder(reason: str) -> str:
    """Message that no temporary folder for sound files can be created."""
    return tr("The voice cannot write its temporary files ({reason}).", reason=clean(reason, 120))


def no_language(language: str) -> str:
    """Message that no installed voice speaks `language`."""
    advice = tr(_VOICE_ADVICE.get(sys.platform, _LIST))
    problem = tr("No voice for the language {language} is installed.", language=clean(language, 20))
    return f"{problem} {advice}"


def no_voice() -> str:
    """Message that the engine works but has no voices."""
    advice = tr(_VOICE_ADVICE[sys.platform]) if sys.platform in _VOICE_ADVICE else _install("espeak-ng-data")
    problem = tr("No voice is installed.")
    return f"{problem} {advice}"


def no_such_voice(name: str) -> str:
    """Message that no installed voice is called `name`."""
    return tr("No voice is named {name}. `coach voices` lists the names.", name=clean(name, 60))


def too_many_failures(reason: str) -> str:
    """Message that the voice is off after too many failures in a row."""
    return tr(
        "The voice failed three times in a row ({reason}) and is off for this session.", reason=clean(reason, 120)
    )


def has_player() -> bool:
    """Whether the command that plays sound is installed; macOS and Windows have one built in."""
    return sys.platform in ("darwin", "win32") or shutil.which("aplay") is not None


def _install(packages: str) -> str:
    return tr("On Debian or Ubuntu: sudo apt install {packages}.", packages=packages)
