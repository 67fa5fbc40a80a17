"""Messages for a user without a voice: what is missing and how to get it."""

from __future__ import annotations

import shutil
import sys
from typing import Final

from coach.base.text import clean

ON_SCREEN: Final = "Cues and notes stay on the screen."

_MORE_VOICES: Final = {
    "darwin": "Add one in System Settings > Accessibility > Spoken Content > System Voice.",
    "win32": "Add one in Settings > Time & language > Speech.",
}


def no_engine(reason: str) -> str:
    """The engine does not start. On Linux the message also names the player if that is missing too."""
    if sys.platform in ("darwin", "win32"):
        return f"The system's speech engine does not start ({clean(reason, 120)})."
    packages = "libespeak-ng1" if has_player() else "libespeak-ng1 alsa-utils"
    return f"The speech engine does not start ({clean(reason, 120)}). {_install(packages)}"


def no_player() -> str:
    """Linux without aplay."""
    return f"aplay, which plays sound, is missing. {_install('alsa-utils')}"


def no_sound(reason: str) -> str:
    """The player cannot open a sound device; the reason is the last part of ``aplay: main:831: ...: busy``."""
    why = clean(reason.rpartition(": ")[2], 60)
    return f"No sound device opens. Connect or choose one, then start again ({why})."


def no_folder(reason: str) -> str:
    """No temporary folder for sound files can be created."""
    return f"The voice cannot write its temporary files ({clean(reason, 120)})."


def no_language(language: str) -> str:
    """No installed voice speaks `language`."""
    more = _MORE_VOICES.get(sys.platform, "`coach voices` lists those that are.")
    return f"No voice for the language {clean(language, 20)} is installed. {more}"


def no_voice() -> str:
    """The engine works but has no voice at all."""
    return f"No voice is installed. {_MORE_VOICES.get(sys.platform, _install('espeak-ng-data'))}"


def no_such_voice(name: str) -> str:
    """No installed voice has this name."""
    return f"No voice is named {clean(name, 60)}. `coach voices` lists the names."


def gave_up(reason: str) -> str:
    """The engine failed too often in a row."""
    return f"The voice failed three times in a row ({clean(reason, 120)}) and is off for this session."


def has_player() -> bool:
    """Whether the command that plays sound is installed; macOS and Windows have one built in."""
    return sys.platform in ("darwin", "win32") or shutil.which("aplay") is not None


def _install(packages: str) -> str:
    return f"On Debian or Ubuntu: sudo apt install {packages}."
