"""Compares the words that were heard with the words of a line, by sequence alignment and never by position.

Contractions and fillers are always forgiven. What else is forgiven depends on the strictness of the take:

- ``strict``: nothing.
- ``standard``: words that are nearly the same, such as a plural, and words said twice.
- ``gentle``: also words that are alike, and small words such as "the" and "and".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final, Literal

from coach.base.settings import Strictness
from coach.core.rehearsal.line_end import LONGEST_HELD_S

PieceKind = Literal["right", "forgiven", "missed", "changed", "added"]

ALIKE: Final[dict[Strictness, float]] = {"strict": 1.0, "standard": 0.8, "gentle": 0.6}
"""Words whose letters are at least this similar count as the same, by the ratio of `difflib.SequenceMatcher`."""

LAST_WORDS: Final = 2
"""A line is said to its end if one of this many last words was heard."""

UNDERSTOOD: Final = 0.3
"""If a smaller share of a line's words was heard, the recogniser did not understand the actor, and says nothing."""

MOST: Final = 0.6
"""From this share of its words on, most of a line was said."""

LONGEST: Final = 400
"""Words of a line, and words heard, that are compared at most; the time grows with their product."""

FILLERS: Final = frozenset(
    ("um", "umm", "uh", "uhm", "er", "erm", "ah", "eh", "oh", "hm", "hmm", "mm", "mhm", "ăă", "îî", "ăăă", "îîî")
)

_SMALL: Final = frozenset(
    (
        *("a", "an", "the", "and", "or", "but", "so", "of", "to", "in", "on", "at", "by", "for", "with", "that"),
        *("just", "very", "then", "now", "well", "și", "sau", "dar", "de", "la", "în", "pe", "cu", "că", "un", "o"),
    )
)
_WHOLE: Final = {
    "can't": "can not", "cannot": "can not", "won't": "will not", "shan't": "shall not", "ain't": "is not",
    "let's": "let us", "gonna": "going to", "wanna": "want to", "gotta": "got to", "'tis": "it is", "y'all": "you all",
    "okay": "ok",
}  # fmt: skip
_ENDINGS: Final = (("n't", " not"), ("'re", " are"), ("'ve", " have"), ("'ll", " will"), ("'m", " am"))
_IS: Final = frozenset(("it's", "that's", "he's", "she's", "what's", "who's", "there's", "here's", "where's", "how's"))
"""Words in which 's is "is"; elsewhere it is a possessive."""

_NOT: Final = (
    "do",
    "does",
    "did",
    "is",
    "are",
    "was",
    "were",
    "has",
    "have",
    "had",
    "would",
    "could",
    "should",
    "must",
)
_WHO: Final = {
    "'re": ("are", "you we they"),
    "'ve": ("have", "i you we they"),
    "'ll": ("will", "i you he she it we they"),
}

CONTRACTIONS: Final = {
    **{f"{verb} not": f"{verb}n't" for verb in _NOT},
    **{f"{who} {verb}": f"{who}{end}" for end, (verb, all_who) in _WHO.items() for who in all_who.split()},
    **{f"{word.removesuffix(chr(39) + 's')} is": word for word in _IS},
    **{full: short for short, full in _WHOLE.items() if short not in ("cannot", "ain't", "okay")},
    "i am": "i'm",
}
"""Two words of `words_of`, and how they are said as one."""

_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")
_WORD: Final = re.compile(r"'?\w+(?:'\w+)*")
_DIRECTION: Final = re.compile(r"\([^()]*\)")


@dataclass(frozen=True, slots=True)
class WordPiece:
    """One word of the comparison.

    Attributes:
        kind: ``right``, ``forgiven`` (it differs, and does not count), ``missed``, ``changed`` or ``added``.
        wanted: the word of the line; empty for an added one.
        said: the word that was heard; empty for a missed one.
    """

    kind: PieceKind
    wanted: str = ""
    said: str = ""

    @property
    def slip(self) -> bool:
        """Whether it counts as a mistake."""
        return self.kind in ("missed", "changed", "added")


def words_of(text: str) -> list[str]:
    """The spoken words of `text` in small letters, without directions, contractions and fillers."""
    spoken = unicodedata.normalize("NFC", _DIRECTION.sub(" ", text)).casefold().replace("’", "'")
    words = [word for found in _WORD.findall(spoken) for word in _expanded(found).split()]
    return [word for word in words if word not in FILLERS][:LONGEST]


def _expanded(word: str) -> str:
    if word in _WHOLE:
        return _WHOLE[word]
    if word.isdecimal() and len(word) <= 2 and int(word) < len(_DIGITS):
        return _DIGITS[int(word)]
    for ending, full in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending):
            return word.removesuffix(ending) + full
    if word in _IS:
        return f"{word.removesuffix(chr(39) + 's')} is"
    return word.strip("'")


def compare_words(text: str, said: str, strictness: Strictness = "standard", *, whole: bool = True) -> list[WordPiece]:
    """Compare what was `said` with the line `text`.

    Args:
        text: the line.
        said: what was heard.
        strictness: what is forgiven.
        whole: whether every word was listened for. Without it only missing words are known.
    """
    wanted, heard = words_of(text), words_of(said)
    pieces = [_judge(piece, strictness) for piece in _align(wanted, heard)]
    pieces = [_forgive_repeat(pieces, n, strictness) for n in range(len(pieces))]
    if whole:
        return pieces
    known = [WordPiece("missed", piece.wanted) if piece.kind == "changed" else piece for piece in pieces]
    return [piece for piece in known if piece.wanted]


def silence_for(text: str, said: str, silence_s: float) -> float:
    """The silence that ends the line `text`, in seconds, after `said` was heard.

    That is `silence_s` if one of the last words was heard, or if too little was understood to say. It is twice that if
    most words were heard, because the last ones may be forgotten or misheard, and the longest silence otherwise.
    """
    pieces = [piece for piece in compare_words(text, said, "gentle") if piece.wanted]
    good = [piece.kind in ("right", "forgiven") and bool(piece.said) for piece in pieces]
    if not good or sum(good) < UNDERSTOOD * len(good) or any(good[-LAST_WORDS:]):
        return silence_s
    return max(silence_s, min(2 * silence_s, LONGEST_HELD_S)) if sum(good) >= MOST * len(good) else LONGEST_HELD_S


@lru_cache(maxsize=20_000)
def likeness(one: str, other: str) -> float:
    """How similar two words are by their letters, 0 to 1; 0 if less than any strictness forgives."""
    if one == other:
        return 1.0
    least = min(ALIKE.values())
    if not set(one) & set(other) or 2 * min(len(one), len(other)) < least * (len(one) + len(other)):
        return 0.0
    first, second = sorted((one, other))
    ratio = SequenceMatcher(None, first, second, autojunk=False).ratio()
    return ratio if ratio >= least else 0.0


def _align(wanted: Sequence[str], said: Sequence[str]) -> list[WordPiece]:
    """The alignment with the least cost (Needleman and Wunsch 1970), equal words as ``right``.

    A missed or added word costs 1. A changed one costs 0 to 1.9, less if it is alike, so that it is preferred to a
    missed and an added word.
    """
    rows, columns = len(wanted) + 1, len(said) + 1
    costs = [[float(column) for column in range(columns)]]
    for row in range(1, rows):
        line = [float(row)]
        for column in range(1, columns):
            change = costs[row - 1][column - 1] + 1.9 * (1 - likeness(wanted[row - 1], said[column - 1]))
            line.append(min(change, costs[row - 1][column] + 1, line[-1] + 1))
        costs.append(line)
    return _walk_back(wanted, said, costs)


def _walk_back(wanted: Sequence[str], said: Sequence[str], costs: list[list[float]]) -> list[WordPiece]:
    row, column, pieces = len(wanted), len(said), []
    while row or column:
        here = costs[row][column]
        if row and here == costs[row - 1][column] + 1:
            row -= 1
            pieces.append(WordPiece("missed", wanted[row]))
        elif column and here == costs[row][column - 1] + 1:
            column -= 1
            pieces.append(WordPiece("added", said=said[column]))
        else:
            row, column = row - 1, column - 1
            kind: PieceKind = "right" if wanted[row] == said[column] else "changed"
            pieces.append(WordPiece(kind, wanted[row], said[column]))
    return pieces[::-1]


def _judge(piece: WordPiece, strictness: Strictness) -> WordPiece:
    """Forgive the piece if the strictness does."""
    if not piece.slip or strictness == "strict":
        return piece
    alike = piece.kind == "changed" and likeness(piece.wanted, piece.said) >= ALIKE[strictness]
    small = strictness == "gentle" and all(word in _SMALL for word in (piece.wanted, piece.said) if word)
    return WordPiece("forgiven", piece.wanted, piece.said) if alike or small else piece


def _forgive_repeat(pieces: list[WordPiece], number: int, strictness: Strictness) -> WordPiece:
    """Forgive an added word that only repeats the word before or after it."""
    piece = pieces[number]
    if piece.kind != "added" or strictness == "strict":
        return piece
    beside = [*pieces[max(0, number - 1) : number], *pieces[number + 1 : number + 2]]
    repeats = any(piece.said == other.said for other in beside)
    return WordPiece("forgiven", said=piece.said) if repeats else piece
