"""The scripts of the library as pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException

from coach.base.errors import ScriptError
from coach.base.messages import tr, tr_n
from coach.base.text import length_text
from coach.core.script.timeline import build_timeline
from coach.scripts.load import load_script
from coach.scripts.roles import refuse_without_role, with_role
from coach.studio.takes_shelf import take_with
from coach.takes.past_takes import script_in

if TYPE_CHECKING:
    from coach.core.script.script import Script
    from coach.scripts.library import KnownScript, ScriptLibrary
    from coach.studio.state import Studio

OF_TAKE: Final = "take-"
"""Begins the id of a script that is not in the library but was played in a take; the id of the take follows."""


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
        mistakes = tr_n("{count:,} mistake to mend", "{count:,} mistakes to mend", len(error.mistakes))
        return ScriptCard(known.id, known.path.name, known.own, mistakes, usable=False)
    return card_of(known.id, script, own=known.own)


def card_of(script_id: str, script: Script, *, own: bool = True) -> ScriptCard:
    """The card of `script`."""
    return ScriptCard(script_id, script.title, own, about(script), script.role or "", script.role_names)


def script_to_play(studio: Studio, script_id: str, role: str) -> Script:
    """The script with this id, with the part that the user plays; an empty `role` is that of the script.

    Raises:
        HTTPException: there is no such script or take.
        ScriptError: the script has mistakes.
        UsageError: it has several roles, and none is the user's.
    """
    if script_id.startswith(OF_TAKE):
        script = script_in(take_with(studio.takes, script_id.removeprefix(OF_TAKE)))
        return with_role(script, role) if role else script
    known = studio.scripts.find(script_id)
    if known is None:
        raise HTTPException(404, tr("There is no such script any more. Choose another."))
    script = load_script(known.path, role=role or None)
    refuse_without_role(script)
    return script


def about(script: Script) -> str:
    """``5 lines, 20 s``."""
    lines = tr_n("{count:,} line", "{count:,} lines", len(script.spoken))
    try:
        return f"{lines}, {length_text(build_timeline(script).end)}"
    except ScriptError:
        return lines
