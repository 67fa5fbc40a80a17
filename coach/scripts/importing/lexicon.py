"""The lexicon: what an author's directions ask for, in words of the coach's own table (`coach.core.script.words`).

A lexicon file is YAML with any of these sections, all in lower case. ``*`` at the end of a word stands for any ending:
``whisper*`` is whispers, whispered and whispering. ``to *`` is everything that begins with "to".

    emotions:   {sadly: sad, "furios*": furious}     # a word, and the word or emotion of docs/words.md that it means
    intensity:  {low: [a little], high: [very]}      # words in front of an emotion
    delivery:   ["whisper*", on the phone]           # how a line is said; no emotion
    pauses:     {pause: 1, long silence: 3}          # in beats
    fillers:    [still, suddenly]                    # words in front of an emotion that change nothing
    joining:    {and: [and], then: [then]}           # words between emotions
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from coach.base.errors import ScriptError
from coach.base.messages import mark, tr, tr_n
from coach.base.text import clean
from coach.core.script.script import beats_in
from coach.core.script.targets import MAX_PARTS, MEANINGS, band_of_words, parse_target, target_words
from coach.core.script.words import STRENGTH_BANDS
from coach.scripts.load import read_text
from coach.scripts.nodes import BrokenFile, Mistakes, Node
from coach.scripts.yaml_script import yaml_nodes

SHIPPED: Final = tuple(Path(__file__).parent / "lexicons" / name for name in ("en.yaml", "ro.yaml"))
"""The lexicons that come with the coach. All of them are always in use, because casts mix their languages."""

OWN_WAY: Final = mark("own way")
"""The tag of a line that is played and timed, and never judged."""

_BAND: Final = re.compile(r"(?<![\w.,])([01]?[.,]\d{1,4}|[01])\s?[-–]\s?([01]?[.,]\d{1,4}|[01])(?![\w%]|[.,]\d)")
_SPLIT: Final = re.compile(r"\s*[,;/+&]\s*")
_ARROWS: Final = re.compile(r"\s*(?:-+>|=+>|→|>)\s*")
_MAX_DIRECTION: Final = 300
"""Longest direction in characters in which a meaning is looked for."""

_MAX_WORDS: Final = 5
"""Most words of a phrase in which each word is looked up by itself."""


@dataclass(frozen=True, slots=True)
class Direction:
    """What a direction asks for.

    Attributes:
        emotion: target in script syntax, such as ``worried`` or ``sad > fear @60%``; empty for none.
        intensity: band of the intensity; None for that of the words.
        beats: length of a pause; 0 for none.
        own_way: the line is never judged.
        delivery: parts that say how to speak and ask for no emotion.
        unknown: parts that no lexicon knows. The line is not scored then.
    """

    emotion: str = ""
    intensity: tuple[float, float] | None = None
    beats: int = 0
    own_way: bool = False
    delivery: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def __str__(self) -> str:
        """What it asks for, as a report says it: ``fear 0-0.6``, ``1 beat``, ``no emotion``."""
        target = parse_target(self.emotion) if self.emotion else None
        limits = self.intensity or band_of_words(self.emotion)
        band = f" {limits[0]:g}-{limits[1]:g}" if limits else ""
        emotion = f"{target_words(str(target))}{band}"
        if target is None:
            emotion = tr("{word}, which a face alone cannot show", word=self.emotion)
        parts = [
            *([emotion] if self.emotion else []),
            *([tr_n("{count} beat", "{count} beats", self.beats)] if self.beats else []),
            *([tr(OWN_WAY)] if self.own_way else []),
            *([tr("how it is said")] if self.delivery else []),
        ]
        return ", ".join(parts)


@dataclass(slots=True)
class _Patterns:
    """Words with a value: whole ones, and beginnings such as ``whisper*``."""

    whole: dict[str, str] = field(default_factory=dict)
    beginnings: list[tuple[str, str]] = field(default_factory=list)

    def add(self, pattern: str, value: str) -> None:
        if pattern.endswith("*"):
            self.beginnings.append((pattern[:-1], value))
        else:
            self.whole[pattern] = value

    def find(self, phrase: str) -> str | None:
        """Value of `phrase`; None if it is not in the list. Of two beginnings the longer one counts."""
        if phrase in self.whole:
            return self.whole[phrase]
        fitting = [(start, value) for start, value in self.beginnings if phrase.startswith(start)]
        fitting = [(start, value) for start, value in fitting if start[-1:] == " " or " " not in phrase[len(start) :]]
        return max(fitting, key=lambda pair: len(pair[0]))[1] if fitting else None


class Lexicon:
    """The shipped lexicons and the user's own, which comes last and wins."""

    def __init__(self, own: Path | None = None) -> None:
        """Read the lexicons.

        Raises:
            ScriptError: the file `own` has mistakes; all are listed.
        """
        self._emotions = _Patterns()
        self._delivery = _Patterns()
        self._pauses = _Patterns()
        self._before = _Patterns()
        self._joining: dict[str, str] = {}
        self._known: dict[str, Direction] = {}
        for path in (*SHIPPED, *([own] if own else [])):
            self._read(path)
        joining = "|".join(re.escape(word) for word in sorted(self._joining, key=len, reverse=True))
        self._joiner = re.compile(rf"(?:^|\s+)({joining})\s+")

    def meaning(self, direction: str) -> Direction:
        """What `direction` asks for, an author's words or a tag in script syntax."""
        text = " ".join(direction.split()).strip(" .…!").lower()
        if text not in self._known:
            self._known[text] = self._find(text, direction)
        return self._known[text]

    def _find(self, text: str, written: str) -> Direction:
        if len(text) > _MAX_DIRECTION:
            return Direction(unknown=(clean(written, _MAX_DIRECTION),))
        if text == OWN_WAY:
            return Direction(own_way=True)
        beats = self._beats(text)
        if beats:
            return Direction(beats=beats)
        return _in_script_syntax(text) or self._join(text)

    def _beats(self, text: str) -> int:
        found = self._pauses.find(text)
        return beats_in(text) or (int(found) if found else 0)

    def _join(self, text: str) -> Direction:
        """The meaning of several phrases.

        A comma or "and" stands between those that are all right, ">" or "then" between one and the next.
        """
        text = self._joiner.sub(lambda match: " > " if self._joining[match[1]] == "then" else ", ", text)
        steps = [step for step in _ARROWS.split(text) if step.strip(" ,")]
        parts = [[self._phrase(phrase) for phrase in _SPLIT.split(step.strip(" ,")) if phrase] for step in steps]
        found = [meaning for part in parts for meaning in part]
        emotions = [", ".join(meaning.emotion for meaning in part if meaning.emotion) for part in parts]
        bands = {meaning.intensity for meaning in found if meaning.emotion}
        emotion = " > ".join(filter(None, emotions))
        if emotion.count(">") >= MAX_PARTS:
            return Direction(unknown=(text,))
        return Direction(
            emotion,
            bands.pop() if len(bands) == 1 else None,
            sum(meaning.beats for meaning in found),
            any(meaning.own_way for meaning in found),
            tuple(each for meaning in found for each in meaning.delivery),
            tuple(each for meaning in found for each in meaning.unknown),
        )

    def _phrase(self, phrase: str) -> Direction:
        """The meaning of a phrase without separators."""
        band = None
        while True:
            found = self._word(phrase)
            if found is not None:
                return replace(found, intensity=band) if band and found.emotion else found
            first, kind = self._modifier(phrase)
            if not first:
                return self._single_words(phrase)
            band = STRENGTH_BANDS["low" if kind == "low" else "high"] if kind in ("low", "high") else band
            phrase = phrase[len(first) :].strip()

    def _word(self, phrase: str) -> Direction | None:
        """The meaning of a phrase that is listed as it stands; None if it is not."""
        if phrase == OWN_WAY:
            return Direction(own_way=True)
        emotion = phrase if phrase in MEANINGS else self._emotions.find(phrase)
        if emotion:
            return Direction(emotion)
        beats = self._beats(phrase)
        if beats:
            return Direction(beats=beats)
        return Direction(delivery=(phrase,)) if self._delivery.find(phrase) else None

    def _modifier(self, phrase: str) -> tuple[str, str]:
        """The words in front of an emotion, such as ``very``, and what they change; empty if there are none."""
        words = phrase.split(" ")
        for count in range(min(3, len(words) - 1), 0, -1):
            first = " ".join(words[:count])
            kind = self._before.find(first)
            if kind:
                return first, kind
        return "", ""

    def _single_words(self, phrase: str) -> Direction:
        """The meaning of a phrase whose words are all listed and name at most one emotion; otherwise it is unknown."""
        words = phrase.split(" ")
        found = [self._word(word) for word in words] if 1 < len(words) <= _MAX_WORDS else [None]
        meanings = [meaning for meaning in found if meaning is not None]
        emotions = {meaning.emotion for meaning in meanings if meaning.emotion}
        if len(meanings) < len(found) or len(emotions) > 1 or any(meaning.beats for meaning in meanings):
            return Direction(unknown=(phrase,))
        return Direction("".join(emotions), delivery=tuple(each for m in meanings for each in m.delivery))

    # Reading the files.

    def _read(self, path: Path) -> None:
        mistakes = Mistakes()
        try:
            root = yaml_nodes(read_text(path, lambda _: None), mistakes)
        except BrokenFile as broken:
            mistakes.add(broken.message, broken.location if broken.location != (0, 0) else None)
        else:
            self._take_sections(root, mistakes)
        if mistakes.items:
            raise ScriptError(clean(str(path)), mistakes.in_file_order())

    def _take_sections(self, root: Node, mistakes: Mistakes) -> None:
        sections = root.value if isinstance(root.value, dict) else {}
        if not sections:
            mistakes.add(tr("a lexicon has sections such as emotions: and delivery:"), root.location)
        for name, node in sections.items():
            if name not in _SECTIONS:
                sections_text = ", ".join(_SECTIONS)
                message = tr("unknown section {name}; there are {known}", name=repr(name[:40]), known=sections_text)
                mistakes.add(message, node.location)
                continue
            for word, value, place in _entries(node):
                self._take(name, word, value, place, mistakes)

    def _take(self, section: str, word: str, value: str, place: Node, mistakes: Mistakes) -> None:
        word = " ".join(word.lower().split(" "))
        fault = _fault(section, word, value)
        if fault:
            mistakes.add(fault, place.location, section)
        elif section == "joining":
            self._joining[word] = value
        else:
            patterns = {"emotions": self._emotions, "delivery": self._delivery, "pauses": self._pauses}
            patterns.get(section, self._before).add(word, value)


_SECTIONS: Final = ("emotions", "intensity", "delivery", "pauses", "fillers", "joining")


def _entries(node: Node) -> list[tuple[str, str, Node]]:
    """Words of a section with their values; of lists under a name, that name is the value."""
    if isinstance(node.value, list):
        return [(str(item.value or ""), "yes", item) for item in node.value]
    entries = []
    for name, below in node.value.items() if isinstance(node.value, dict) else ():
        if isinstance(below.value, list):
            entries += [(str(item.value or ""), name, item) for item in below.value]
        else:
            entries.append((name, str(below.value or ""), below))
    return entries


def _fault(section: str, word: str, value: str) -> str:
    """What is wrong with an entry; empty if nothing is."""
    found = repr(value[:40])
    if not word.strip("* "):
        return tr("a word is missing")
    if section == "intensity" and value not in ("low", "high"):
        return tr("expected low or high, found {text}", text=found)
    if section == "joining" and value not in ("and", "then"):
        return tr("expected and or then, found {text}", text=found)
    if section == "pauses" and not re.fullmatch(r"[1-9]\d?", value):
        return tr("expected a number of beats from 1 to 99, found {text}", text=found)
    if section == "emotions":
        try:
            parse_target(value)
        except ValueError as error:
            return str(error)
        return "" if value else tr("the emotion is missing")
    return ""


def _in_script_syntax(text: str) -> Direction | None:
    """The meaning of a tag in script syntax, such as ``fear 0.3-0.8 > anger @60%``; None if `text` is none."""
    band = _BAND.search(text)
    rest = _BAND.sub(" ", text, count=1) if band else text
    limits = tuple(float(band[i].replace(",", ".")) for i in (1, 2)) if band else ()
    if limits and not limits[0] < limits[1] <= 1:
        return None
    rest = re.sub(r"\s*>\s*", " > ", " ".join(rest.split()))
    try:
        parse_target(rest)
    except ValueError:
        return None
    return Direction(rest, (limits[0], limits[1]) if limits else None) if rest else None
