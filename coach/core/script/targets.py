"""Targets of lines: one emotion, several accepted ones, or an arc from one to the next."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from coach.base.messages import mark, tr
from coach.base.text import join_with_or
from coach.base.types import EMOTIONS, Emotion
from coach.core.script.words import NOT_SHOWN, STRENGTH_BANDS, WORDS, Strength


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word asks of the face: `emotions`, none if a face alone cannot show it, and how much; None for any."""

    emotions: tuple[Emotion, ...] = ()
    strength: Strength | None = None


MEANINGS: Final[dict[str, Meaning]] = {
    **{emotion: Meaning((emotion,)) for emotion in EMOTIONS},
    **{word: Meaning(emotions, strength) for emotions, strength, words in WORDS for word in words.split(", ")},
    **dict.fromkeys(NOT_SHOWN.split(", "), Meaning()),
}
"""Known words in lower case, each with its meaning."""

_LIKE: Final = 0.6
"""Share of equal letters from which a known word is like an unknown one."""

_NEARLY: Final = 0.1
"""Difference of such shares below which two words are nearly as like a third."""


class ExpectedError(ValueError):
    """A message that says what was expected; whoever knows the file adds what was found."""


class UnknownEmotionError(ValueError):
    """`word`, as written, is not a known emotion. The message suggests the nearest known words."""

    def __init__(self, word: str) -> None:
        self.word = word.strip()
        near = _nearest_words(self.word.lower()[:40])
        parts = [
            tr("unknown emotion {word!r};", word=self.word[:40]),
            tr("did you mean {words}?", words=join_with_or([repr(each) for each in near])) if near else "",
            tr("known are {emotions} and words like scared, joy, bitter, calm", emotions=", ".join(EMOTIONS)),
        ]
        super().__init__(" ".join(filter(None, parts)))


def _nearest_words(word: str) -> list[str]:
    """Up to three known words like `word`; the second and third only if they are nearly as like it as the first."""
    near = difflib.get_close_matches(word, MEANINGS, n=3, cutoff=_LIKE)
    likeness = [difflib.SequenceMatcher(None, word, each).ratio() for each in near]
    return [each for each, ratio in zip(near, likeness, strict=True) if ratio > likeness[0] - _NEARLY]


def meaning_of(word: str) -> Meaning:
    """Look up the meaning of `word`, case-insensitive.

    Raises:
        UnknownEmotionError: `word` is not a known word.
    """
    meaning = MEANINGS.get(" ".join(word.lower().split()))
    if meaning is None:
        raise UnknownEmotionError(word)
    return meaning


def unshown_words(value: object) -> list[str]:
    """The words of the target `value`, in script syntax or a list, that a face alone cannot show."""
    return [word for word in _words_in(value) if MEANINGS.get(word) == Meaning()]


def band_of_words(value: object) -> tuple[float, float] | None:
    """Intensity band that the words of the target `value` ask for; None if they ask for none, or for different ones."""
    strengths = {meaning.strength for word in _words_in(value) if (meaning := MEANINGS.get(word))}
    strength = strengths.pop() if len(strengths) == 1 else None
    return STRENGTH_BANDS[strength] if strength else None


def _words_in(value: object) -> list[str]:
    """The words of the target `value` in lower case, known or not."""
    texts = value if isinstance(value, (list, tuple)) else [value]
    pieces = [piece for text in texts if isinstance(text, str) for piece in re.split("[>,]", text)]
    return [" ".join(piece.partition("@")[0].lower().split()) for piece in pieces]


EMOTION_NOUNS: Final[dict[Emotion, str]] = {
    "angry": mark("anger"),
    "disgust": mark("disgust"),
    "fear": mark("fear"),
    "happy": mark("joy"),
    "sad": mark("sadness"),
    "surprise": mark("surprise"),
    "neutral": mark("a neutral face"),
}
"""What an emotion is called in an English sentence: "the camera read joy"; see `emotion_noun`."""

MAX_PARTS: Final = 10
"""Maximum number of parts of an arc. Nobody could play or recognise more within a line."""

_EMOTION: Final = re.compile(rf"\b(?:{'|'.join(EMOTIONS)})\b")

_PERCENT: Final = re.compile(r"\d+(?:\.\d+)?\s*%")

# What users write instead of ">" and instead of a comma.
_ARROWS: Final = re.compile(r"\s*(?:[-=]+>|→|⇒|➔)\s*|\s+(?:to|then)\s+", re.I)
_COMMAS: Final = re.compile(r"\s*[;/|&+]\s*|,?\s+(?:and|or)\s+|(?<=[^\W\d])\s+(?=[^\W\d])", re.I)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a target: its accepted emotions, and its start as a share (0 to 1) of the line."""

    accepted: tuple[Emotion, ...]
    start_share: float = 0.0

    def probability(self, probabilities: Sequence[float]) -> float:
        """Sum of the probabilities of the accepted emotions."""
        return sum(probabilities[EMOTIONS.index(emotion)] for emotion in self.accepted)


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of a target in order; the first starts at 0."""

    parts: tuple[Part, ...]

    def part_at(self, share: float) -> int:
        """Index of the part that applies when `share` (0 to 1) of the line has been played."""
        return max(i for i, part in enumerate(self.parts) if part.start_share <= max(share, 0.0))

    @property
    def accepted(self) -> tuple[Emotion, ...]:
        """Accepted emotions of all parts, in order, each once."""
        unique: dict[Emotion, None] = {}
        for part in self.parts:
            unique.update(dict.fromkeys(part.accepted))
        return tuple(unique)

    def __str__(self) -> str:
        """The target in script syntax, such as ``sad > fear @60%`` or ``fear, surprise``; `parse_target` parses it."""
        emotions = [", ".join(part.accepted) for part in self.parts]
        starts = [f" @{part.start_share * 100:.4g}%" if i else "" for i, part in enumerate(self.parts)]
        return " > ".join(accepted + start for accepted, start in zip(emotions, starts, strict=True))


def parse_target(value: object) -> Target | None:
    """Parse ``"sad"``, ``"fear, surprise"``, ``["fear", "surprise"]`` or ``"sad > fear @60%"``.

    None if `value` is empty, or has a word for something that a face alone cannot show.

    Part i (0-based) of an arc of n parts starts at its @ percentage, by default at i / n. Starts are rounded to 0.01 %.

    Raises:
        ValueError: a word is unknown, a start is outside 0 to 100 %, or the starts do not increase.
    """
    if value is None or isinstance(value, Target):
        return value
    if isinstance(value, (list, tuple)):
        value = _join_emotions(value)
    if not isinstance(value, str):
        raise ExpectedError(
            tr("expected an emotion such as sad, several such as [fear, surprise], or 'sad > fear @60%'")
        )
    if not value.strip():
        return None
    try:
        return _parse_arc(value)
    except UnknownEmotionError:
        corrected = correct_separators(value)
        if corrected is None:
            raise
        message = tr(
            "write [{corrected}]: a comma stands between emotions that are all right, and > between one and the next; "
            "found {found!r}",
            corrected=corrected,
            found=value.strip()[:60],
        )
        raise ValueError(message) from None


def correct_separators(text: str) -> str | None:
    """Correct the separators in `text`: ``fear/surprise`` becomes ``fear, surprise``.

    Returns:
        The target in script syntax; None if `text` is not a target even then, or not one of a face.
    """
    corrected = _COMMAS.sub(", ", _ARROWS.sub(" > ", text.strip()[:200]))
    try:
        target = _parse_arc(corrected)
    except ValueError:
        return None
    return corrected if target else None


def _join_emotions(items: Sequence[object]) -> str:
    if not all(isinstance(item, str) and item.strip() for item in items):
        raise ExpectedError(tr("expected a list of emotions such as [fear, surprise]"))
    texts = [item for item in items if isinstance(item, str)]
    if len(texts) > 1 and any(">" in text for text in texts):
        raise ValueError(tr("an arc is one text such as 'sad > fear @60%', not a list"))
    return ", ".join(texts)


def _parse_arc(text: str) -> Target | None:
    part_texts = text.split(">")
    count = len(part_texts)
    if count > MAX_PARTS:
        raise ValueError(tr("an arc has at most {most} parts, found {count}", most=MAX_PARTS, count=count))
    parts = tuple(_parse_part(part, round(100 * i / count, 2) / 100) for i, part in enumerate(part_texts))
    starts = [part.start_share for part in parts]
    if starts[0] != 0:
        raise ValueError(tr("the first emotion of an arc begins at 0 %; put the place behind the emotion it leads to"))
    if any(later <= earlier for earlier, later in pairwise(starts)) or starts[-1] >= 1:
        found = text.strip()[:60]
        raise ValueError(tr("the places of an arc must rise between 0 and 100 %, found {found!r}", found=found))
    return Target(parts) if all(part.accepted for part in parts) else None


def _parse_part(text: str, default_start: float) -> Part:
    """Parse a part of an arc; it accepts no emotion if a face alone cannot show one of its words."""
    emotions, at, start_text = (piece.strip() for piece in text.partition("@"))
    if at and not _PERCENT.fullmatch(start_text):
        found = f"@{start_text[:20]}"
        raise ValueError(tr("expected the place of an arc such as @60%, found {found!r}", found=found))
    start = round(float(start_text.rstrip("% ")), 2) / 100 if at else default_start
    words = emotions.split(",")
    if not all(word.strip() for word in words):
        found = text.strip()[:60]
        raise ValueError(tr("an emotion is missing in {text!r}", text=found) if found else tr("an emotion is missing"))
    meanings = [meaning_of(word) for word in words]
    accepted = [emotion for meaning in meanings for emotion in meaning.emotions]
    return Part(tuple(dict.fromkeys(accepted)) if all(meaning.emotions for meaning in meanings) else (), start)


def emotion_noun(emotion: Emotion) -> str:
    """What an emotion is called in a sentence, in the user's language: ``joy``, ``a neutral face``."""
    return tr(EMOTION_NOUNS[emotion])


def emotion_nouns(emotions: Sequence[Emotion]) -> str:
    """Accepted emotions as they are called in a sentence, in the user's language: ``fear or surprise``."""
    return join_with_or([tr(EMOTION_NOUNS[emotion]) for emotion in emotions])


def target_words(target: str) -> str:
    """A target in script syntax, such as ``fear > angry @60%``, with the user's words for the emotions."""
    return _EMOTION.sub(lambda emotion: tr(emotion[0]), target)
