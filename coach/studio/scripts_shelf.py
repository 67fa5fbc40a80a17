"""The scripts of the library as pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coach.base.errors import ScriptError
from coach.base.text import count_text, length_text
from coach.core.script.timeline import build_timeline
from coach.scripts.load import load_script

if TYPE_CHECKING:
    from coach.core.script.script import Script
    from coach.scripts.library import KnownScript, ScriptLibrary


@dataclass(frozen=True, slots=True)
class ScriptCard:
    """A script in a list.

    Attributes:
        id: names it in addresses.
        title: its title, or the name of its file if it has mistakes.
        own: whether it is the user's.
        about: lines and length, or that it has mistakes.
        role: the part that the user plays; empty if there is none.
        roles: its parts.
        usable: whether it can be played.
    """

    id: str
    title: str
    own: bool
    about: str
    role: str = ""
    roles: tuple[str, ...] = ()
    usable: bool = True


def script_cards(library: ScriptLibrary) -> list[ScriptCard]:
    """A card for each script."""
    return [_card(known) for known in library.scripts()]


def _card(known: KnownScript) -> ScriptCard:
    try:
        script = load_script(known.path)
    except ScriptError as error:
        mistakes = count_text(len(error.mistakes), "mistake")
        return ScriptCard(known.id, known.path.name, known.own, f"{mistakes} to mend", usable=False)
    return card_of(known.id, script, own=known.own)


def card_of(script_id: str, script: Script, *, own: bool = True) -> ScriptCard:
    """The card of `script`."""
    return ScriptCard(script_id, script.title, own, about(script), script.role or "", script.role_names)


def about(script: Script) -> str:
    """``5 lines, 20 s``."""
    try:
        length = f", {length_text(build_timeline(script).end)}"
    except ScriptError:
        length = ""
    return f"{count_text(len(script.spoken), 'line')}{length}"
