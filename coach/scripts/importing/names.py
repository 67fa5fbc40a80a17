"""Tells names, scene headings and transitions from other lines, the same way in every format."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from coach.base.messages import mark

_IN_WORDS: Final = "ONE|TWO|THREE|FOUR|FIVE|SIX|SEVEN|EIGHT|NINE|TEN|ÎNTÂI|UNU|DOI|TREI|PATRU|CINCI"
"""Numbers that scenes and acts of plays have in words."""

_SCENE: Final = re.compile(
    r"(?:INT\.?\s?/\s?EXT|EXT\.?\s?/\s?INT|I/E|INT|EXT|EST)(?:\.|\s)|"
    rf"(?:SCENE|SCENA|TABLOUL)\s+(?:(?:[IVXLC]+|\d+)\b|(?:{_IN_WORDS})(?=\s*(?:$|[.:,–—-])))|"
    r"(?-i:[^a-z:]{1,80}\s[-–—]\s*(?:DAY|NIGHT|MORNING|AFTERNOON|EVENING|DAWN|DUSK|ZI|NOAPTE|DIMINEAȚĂ|SEARĂ)\.?$)",
    re.I,
)
"""The beginning of a scene heading: of a screenplay, or of a play such as ``Scena 3`` or ``SCENE TWO``; or a whole one
that is a place and a time in capitals, such as ``STREET - NIGHT``."""

_ACT: Final = re.compile(rf"(?:ACT|ACTUL)\s+(?:[IVXLC]+|\d+|{_IN_WORDS})\b.{{0,40}}", re.I)
"""The heading of an act, which has scenes of its own."""

_SCENE_NUMBER: Final = re.compile(r"\s*#[\w.-]{1,12}#\s*$")
_NUMBER_BEFORE: Final = re.compile(r"(\d{1,4}[A-Z]{0,2})[.)]?\s+")
_TRANSITION: Final = re.compile(
    r"[^a-z]{0,40}\bTO:|[^a-z]{3,40}\sLA:|(?:FADE|IRIS)[^a-z]{0,20}[.:]|(?:SMASH |MATCH |JUMP )?CUT[^a-z]{0,20}[.:]|"
    r"(?:DISSOLVE|WIPE)[^a-z]{0,20}:"
)
_EXTENSION: Final = re.compile(r"\(([^()]*)\)?")
_CONTINUED: Final = re.compile(r"(?:cont(?:['’]?d|inued|inuing)?|more|continuare|cont)\.?", re.I)
_ABBREVIATION: Final = re.compile(r"(?:^|[\s.])(?:JR|SR|DR|MR|MRS|MS|ST|PROF|SGT|LT|CPT|CAPT|NO|[A-Z])\.$")

_MAX_NAME: Final = 50
"""Longest name in characters; longer capitals are shouted words or a caption."""

_MAX_NAME_WORDS: Final = 7


@dataclass(frozen=True, slots=True)
class Cue:
    """A name above a speech.

    Attributes:
        name: the name without extensions.
        extensions: what stands in parentheses behind it, such as ``O.S.``; without ``CONT'D``, which says nothing.
        continued: whether the speech goes on after a break.
    """

    name: str
    extensions: tuple[str, ...] = ()
    continued: bool = False


def is_scene(text: str) -> bool:
    """Whether `text` is a scene heading, such as ``INT. KITCHEN - NIGHT`` or ``Scene 2``."""
    return bool(_SCENE.match(text))


def is_act(text: str) -> bool:
    """Whether `text` is the heading of an act, such as ``ACT II``."""
    return bool(_ACT.fullmatch(text))


def without_scene_number(text: str) -> tuple[str, str]:
    """A scene heading without its number at the end, such as ``#12A#``; and the number, empty for none."""
    number = _SCENE_NUMBER.search(text) if len(text) <= 200 else None
    return (text[: number.start()], number[0].strip(" #")) if number else (text, "")


def numbered_scene(text: str) -> tuple[str, str]:
    """The scene heading in `text` without its number, which may stand on both sides; and the number, empty for none.

    Both are empty if `text` is no heading.
    """
    before = _NUMBER_BEFORE.match(text)
    heading = text[before.end() :] if before else text
    if not is_scene(heading):
        return "", ""
    if before:
        return without_scene_number(heading.removesuffix(f" {before[1]}"))[0].strip(), before[1]
    heading, number = without_scene_number(heading)
    return heading.strip(), number


def is_transition(text: str) -> bool:
    """Whether `text` is a transition, such as ``CUT TO:`` or ``FADE OUT.``."""
    return len(text) <= _MAX_NAME and bool(_TRANSITION.fullmatch(text))


def is_capitals(text: str) -> bool:
    """Whether `text` has letters, and none in lower case."""
    return text.upper() == text and any(character.isalpha() for character in text)


def parse_cue(text: str) -> Cue | None:
    """Split a name from its extensions: ``JACK (O.S.) (CONT'D)``; None if something follows them."""
    name, bracket, _ = text.partition("(")
    rest = text[len(name) :]
    if bracket and _EXTENSION.sub("", rest).strip():
        return None
    name = " ".join(name.split())
    extensions = [each.strip() for each in _EXTENSION.findall(rest) if each.strip()]
    new = tuple(each for each in extensions if not _CONTINUED.fullmatch(each))
    return Cue(name, new, len(new) < len(extensions)) if any(c.isalnum() for c in name) else None


def cue_in_capitals(text: str) -> tuple[Cue | None, str]:
    """The name in a line of capitals with words below it.

    Returns:
        The cue, and empty; or None, and why capitals are not read as a name (empty if they are none).
    """
    cue = parse_cue(text) if text[:1] not in ("(", "[") and is_capitals(text.partition("(")[0]) else None
    if cue is None or is_scene(text) or is_act(text):
        return None, ""
    if is_transition(text):
        return None, mark("a transition in capitals, not a name")
    if len(cue.name) > _MAX_NAME or len(cue.name.split()) > _MAX_NAME_WORDS:
        return None, mark("capitals too long for a name, read as action")
    if cue.name[-1] in "!?:…,;" or (cue.name[-1] == "." and not _ABBREVIATION.search(cue.name)):
        return None, mark("capitals that end like a sentence, read as action")
    return cue, ""
