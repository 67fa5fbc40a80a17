"""Hides a line as far as the actor wants, and gives the next words of a line to an actor who has forgotten them.

Words are found in every writing system. Directions in parentheses are no words of the actor: they are always shown and
never prompted. Text is cut in the order in which it is stored, which for Hebrew and Arabic is the order of speaking.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final

from coach.base.settings import Show

PROMPT_WORDS: Final = 3
"""Words that the coach gives when the actor asks for the line."""

_FIRST_WORDS: Final[dict[Show, int]] = {"first-3": 3, "first-1": 1}

Span = tuple[int, int]
"""Start and end of a word in a text, the end exclusive."""

# Scripts that put no space between words, and how many of their letters stand for a word: the inverse of the weights in
# `coach.core.script.timeline`, rounded.
_LETTERS_OF_A_WORD: Final = (
    (re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]"), 2),  # Han
    (re.compile("[\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff]"), 3),  # kana
    (re.compile("[\u0e01-\u0e5b\u0e81-\u0edf\u1000-\u109f\u1780-\u17ff]"), 4),  # Thai, Lao, Burmese, Khmer
)

_DIRECTION: Final = re.compile(r"\([^()]*\)")
_WRITTEN_BEFORE: Final = re.compile("[\u0e40-\u0e44\u0ec0-\u0ec4]")
"""Vowels of Thai and Lao that stand before the consonant with which they make a syllable."""
_INSIDE_WORDS: Final = frozenset("'’.,:-\u2010\u2011\u05f3\u05f4")
"""Signs that are part of a word if letters stand on both sides, as in don't, 7:30, well-known."""
_JOINER: Final = "\u200d"
_VIRAMA: Final = 9
"""The combining class of signs that join two consonants of Indic scripts."""


def shown_text(text: str, show: Show) -> str:
    """What `show` leaves of the actor's own line `text`; empty if nothing is left.

    ``letters`` leaves the first letter of each word, and the signs between the words. In scripts without spaces, a word
    is a few letters of the same script, about as many as make up a word, with a space before the next.
    """
    if show == "full":
        return text
    if show in ("cue", "none"):
        return ""
    return _hidden(text, show)


@lru_cache(maxsize=256)
def _hidden(text: str, show: Show) -> str:
    return _first_letters(text) if show == "letters" else _first_words(text, _FIRST_WORDS[show])


def _first_words(text: str, count: int) -> str:
    words = word_spans(text)
    return text if len(words) <= count else f"{text[: words[count - 1][1]]} …"


def _first_letters(text: str) -> str:
    words, parts, shown_until = word_spans(text), [], 0
    for start, end in words:
        touching = start == shown_until and start > 0
        parts.append(f"{' ' if touching else ''}{text[shown_until:start]}{text[start : _cluster_end(text, start)]}")
        shown_until = end
    return "".join([*parts, text[shown_until:]])


def prompt_words(text: str, number: int) -> str:
    """What the coach says when the actor asks for the line for the `number`-th time (from 1): the next three words.

    After the last words it begins again. Without directions; empty for a text without words.
    """
    spoken = " ".join(_DIRECTION.sub(" ", text).split())
    words = word_spans(spoken)
    if not words:
        return ""
    asked = -(-len(words) // PROMPT_WORDS)
    first = (number - 1) % asked * PROMPT_WORDS
    given = words[first : first + PROMPT_WORDS]
    return spoken[given[0][0] : given[-1][1]]


def word_spans(text: str) -> list[Span]:
    """Where the words of `text` are, in order, without directions in parentheses."""
    directions = [match.span() for match in _DIRECTION.finditer(text)]
    borders = [0, *(place for span in directions for place in span), len(text)]
    spoken = [*pairwise(borders)][::2]
    return [span for start, end in spoken for span in _words_between(text, start, end)]


def _words_between(text: str, start: int, end: int) -> Iterator[Span]:
    place = start
    while place < end:
        if not text[place].isalnum():
            place += 1
            continue
        word_end = _word_end(text, place, end)
        yield place, word_end
        place = word_end


def _word_end(text: str, start: int, end: int) -> int:
    """Where the word that begins at `start` ends, `end` at the latest."""
    kind = _unspaced_kind(text[start])
    letters = _LETTERS_OF_A_WORD[kind][1] if kind is not None else -1
    place = start
    while place < end and letters != 0 and _goes_on(text, place, end, kind):
        letters -= 1
        place = min(_cluster_end(text, place), end)
    return place


def _goes_on(text: str, place: int, end: int, kind: int | None) -> bool:
    """Whether the character at `place` belongs to the word before it, which is of script `kind`."""
    if text[place].isalnum():
        return _unspaced_kind(text[place]) == kind
    inside = kind is None and text[place] in _INSIDE_WORDS and place + 1 < end
    return inside and text[place + 1].isalnum() and _unspaced_kind(text[place + 1]) is None


def _unspaced_kind(letter: str) -> int | None:
    """Number of the script without spaces in `_LETTERS_OF_A_WORD`; None for a letter of another script."""
    if letter < "\u0e01":
        return None
    return next((kind for kind, (script, _) in enumerate(_LETTERS_OF_A_WORD) if script.match(letter)), None)


def _cluster_end(text: str, start: int) -> int:
    """Where the letter at `start` ends, with its marks and what is joined to it."""
    end = start + 1
    if _WRITTEN_BEFORE.match(text[start]) and end < len(text) and text[end].isalpha():
        end += 1
    while end < len(text):
        before = text[end - 1]
        joined = before == _JOINER or unicodedata.combining(before) == _VIRAMA
        if not (_is_mark(text[end]) or (joined and text[end].isalpha())):
            break
        end += 1
    return end


def _is_mark(character: str) -> bool:
    return character in ("\u200c", _JOINER) or unicodedata.category(character).startswith("M")
