"""Gives each role of a script a voice of its own: as the script says, otherwise chosen, and always the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from coach.base.messages import tr
from coach.core.script.script import RoleVoice, Script, names_in
from coach.voice import notices
from coach.voice.voices import Voice, Voices

USUAL_WORDS_PER_MINUTE: Final = 170
"""Speed of a partner: a little faster than audio books are read (150 to 160), slower than an engine by itself (200)."""

_VARIANTS: Final = ((1.0, 1.0), (0.84, 0.95), (1.18, 1.05), (0.92, 1.1), (1.3, 0.92))
"""Pitch and speed that tell roles apart, also where few voices are installed. A man speaks at about 120 Hz, a woman at
210 Hz (Traunmüller and Eriksson 1995, The frequency range of the voice fundamental), so these stay within one voice."""


@dataclass(frozen=True, slots=True)
class Casting:
    """The voice of a role.

    Attributes:
        voice: the voice.
        pitch: height, as a multiple of the voice's own.
        rate: speed, as a multiple of `USUAL_WORDS_PER_MINUTE`.
    """

    voice: Voice
    pitch: float = 1.0
    rate: float = 1.0


def cast_roles(script: Script, voices: Voices, notify: Callable[[str], None]) -> dict[str, Casting]:
    """The voice of each role of `script` that can be spoken, by name as lines spell it.

    Different roles get different voices, as long as there are some, and then different pitches. The choice depends on
    the roles of the script and the installed voices only, not on whose part the actor plays. `notify` gets a sentence
    about each voice that the script names and that is not installed, and about a language without a voice.
    """
    pool = voices.speaking(script.language)
    if not pool:
        notify(f"{notices.no_language(script.language)} {tr(notices.ON_SCREEN)}")
    wanted = {name.casefold(): voice for name, voice in script.roles.items()}
    cast: dict[str, Casting] = {}
    for number, role in enumerate(script.role_names):
        chosen = _choose(pool, number)
        own = _with_wishes(chosen, wanted.get(role.casefold()), voices, role, notify)
        if own is not None:
            cast[role] = own
    return {role: _lead(role, script, cast) for role in cast}


def _choose(pool: tuple[Voice, ...], number: int) -> Casting | None:
    """The voice of role `number`, from 0. The first voice comes last, because the coach's own notes have it."""
    if not pool:
        return None
    pitch, rate = _VARIANTS[(number // len(pool) + number % len(pool)) % len(_VARIANTS)]
    return Casting(pool[(number + 1) % len(pool)], pitch, rate)


def _with_wishes(
    chosen: Casting | None, wish: RoleVoice | None, voices: Voices, role: str, notify: Callable[[str], None]
) -> Casting | None:
    """What was `chosen` for a role, changed to what the script wishes for it."""
    if wish is None:
        return chosen
    named = voices.find(wish.voice) if wish.voice else None
    if wish.voice and named is None:
        other = tr("Another voice speaks {role}.", role=role)
        notify(f"{notices.no_such_voice(wish.voice)} {other}")
    if named is not None:
        return Casting(named, wish.pitch or 1.0, wish.rate or 1.0)
    return None if chosen is None else Casting(chosen.voice, wish.pitch or chosen.pitch, wish.rate or chosen.rate)


def _lead(role: str, script: Script, cast: dict[str, Casting]) -> Casting:
    """The voice of `role`. Several who speak together sound like the first of them who is not the actor."""
    own = (script.role or "").casefold()
    spelt = {name.casefold(): casting for name, casting in cast.items()}
    members = [name.casefold() for name in names_in(role)[1:]]
    return next((spelt[name] for name in members if name != own and name in spelt), cast[role])
