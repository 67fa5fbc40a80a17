"""Chooses the actor's part of a script, and the lines of a scene."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence

from coach.base.errors import UsageError
from coach.base.messages import mark, tr, tr_n
from coach.base.text import clean
from coach.core.script.script import Line, Scene, Script, names_in


def with_role(script: Script, role: str) -> Script:
    """`script` with `role` as the actor's part.

    Raises:
        UsageError: the script has no such role.
    """
    names = [name for each in script.role_names for name in names_in(each)]
    return script.model_copy(update={"role": find_role(role, names)})


def find_role(wanted: str, names: Sequence[str]) -> str:
    """The one of `names` that `wanted` is, whatever its capitals.

    Raises:
        UsageError: none is.
    """
    spelt = {_key(name): name for name in reversed(names)}
    if _key(wanted) in spelt:
        return spelt[_key(wanted)]
    if not names:
        raise UsageError(tr("--role chooses a part, and this script has no roles"))
    near = difflib.get_close_matches(_key(wanted)[:60], spelt, n=1)
    named = {"role": repr(clean(wanted, 60)), "roles": roles_text(names)}
    if near:
        text = mark("no role {role} speaks; did you mean {known}? there are {roles}")
        raise UsageError(tr(text, **named, known=clean(spelt[near[0]], 60)))
    raise UsageError(tr("no role {role} speaks; there are {roles}", **named))


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


def roles_text(names: Sequence[str]) -> str:
    """The names of roles in a message."""
    return clean(", ".join(dict.fromkeys(names)), 500)


def needs_role(script: Script) -> bool:
    """Whether several people speak and nobody said whose part the actor plays."""
    return script.role is None and len(script.role_names) > 1


def refuse_without_role(script: Script) -> None:
    """Refuse a script of several roles for what needs to know the actor's part.

    Raises:
        UsageError: nobody said whose part the actor plays.
    """
    if needs_role(script):
        message = tr(
            "several people speak in this script; keep your part with `coach import FILE --role NAME -o part.yaml`, "
            "and name that file. There are {roles}",
            roles=roles_text(script.role_names),
        )
        raise UsageError(message)


def scene_lines(script: Script, scene: int) -> tuple[int, int]:
    """Numbers of the actor's first and last line in scene number `scene`, from 1.

    Raises:
        UsageError: there is no such scene, or the actor says nothing in it.
    """
    current, number = 0, 0
    numbers: list[int] = []
    for item in script.lines:
        if isinstance(item, Scene):
            current += 1
        elif isinstance(item, Line) and item.belongs_to(script.role):
            number += 1
            numbers += [number] if current == scene else []
    if scene > current:
        message = tr_n(
            "scene {scene} is asked for; this script has {count:,} scene",
            "scene {scene} is asked for; this script has {count:,} scenes",
            current,
            scene=scene,
        )
        raise UsageError(message)
    if not numbers:
        raise UsageError(tr("you have no line in scene {scene}", scene=scene))
    return numbers[0], numbers[-1]
