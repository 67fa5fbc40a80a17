"""Messages about missing speech: what is missing and how to install it."""

from __future__ import annotations

import shutil
import sys
from typing import Final

from coach.base.text import clean

ON_SCREEN: Final = "Cues and notes stay on the screen."
"""Second sentence of a message without speech."""

_VOICE_ADVICE: Final = {
    "darwin": "Add one in System Settings > Accessibility > Spoken Content > System Voice.",
    "win32": "Add one in Settings > Time & language > Speech.",
}


def no_engine(reason: str) -> str:
    """Message that the engine does not start; on Linux it also names the player if that is missing too."""
    if sys.platform in ("darwin", "win32"):
        return f"The system's speech engine does not start ({clean(reason, 120)})."
    packages = "libespeak-ng1" if has_player() else "libespeak-ng1 alsa-utils"
    return f"The speech engine does not start ({clean(reason, 120)}). {_install(packages)}"


def no_player() -> str:
    """Message that aplay is missing, on Linux."""
    return f"aplay, which plays sound, is missing. {_install('alsa-utils')}"


def no_sound(reason: str) -> str:
    """Message that no sound device opens; of ``aplay: main:831: ...: busy`` it quotes the last part."""
    cause = clean(reason.rpartition(": ")[2], 60)
    return f"No sound device opens. Connect or choose one, then start again ({cause})."


def no_folder(reason: str) -> str:
    """Message that no temporary folder for sound files can be created."""
    return f"The voice cannot write its temporary files ({clean(reason, 120)})."


def no_language(language: str) -> str:
    """Message that no installed voice speaks `language`."""
    advice = _VOICE_ADVICE.get(sys.platform, "`coach voices` lists those that are.")
    return f"No voice for the language {clean(language, 20)} is installed. {advice}"


def no_voice() -> str:
    """Message that the engine works but has no voices."""
    return f"No voice is installed. {_VOICE_ADVICE.get(sys.platform, _install('espeak-ng-data'))}"


def no_such_voice(name: str) -> str:
    """Message that no installed voice is called `name`."""
    return f"No voice is named {clean(name, 60)}. `coach voices` lists the names."


def too_many_failures(reason: str) -> str:
    """Message that the voice is off after too many failures in a row."""
    return f"The voice failed three times in a row ({clean(reason, 120)}) and is off for this session."


def has_player() -> bool:
    """Whether the command that plays sound is installed; macOS and Windows have one built in."""
    return sys.platform in ("darwin", "win32") or shutil.which("aplay") is not None


def _install(packages: str) -> str:
    return f"On Debian or Ubuntu: sudo apt install {packages}."
