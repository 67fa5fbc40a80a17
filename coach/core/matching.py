"""Which line of one script is which of another: an edited script keeps the history of its lines."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

ALIKE: Final = 0.6
"""Two texts are one line, reworded, from this ratio of common letters on (difflib's measure, 0 to 1)."""


def plain(text: str) -> str:
    """The words of `text`, without case, accents' forms, punctuation and spacing: what a line is known by."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(c if c.isalnum() or unicodedata.combining(c) else " " for c in folded).split()) or folded


def match_lines(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Which place (0-based) in `new` each place in `old` has become; places without a partner are left out.

    Lines whose words are the same are found wherever they stand, the n-th of several with the n-th. What is left
    between them is matched in order where the wording is alike (`ALIKE`). Each line has at most one partner.
    """
    pairs = _same_words(old, new)
    taken = set(pairs.values())
    for place, text in enumerate(old):
        if place not in pairs:
            found = _most_alike(text, new, _between(place, pairs, len(new)), taken)
            if found is not None:
                pairs[place] = found
                taken.add(found)
    return dict(sorted(pairs.items()))


def _same_words(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    places: dict[str, list[int]] = {}
    for place, text in enumerate(new):
        places.setdefault(plain(text), []).append(place)
    waiting = {words: iter(found) for words, found in places.items()}
    pairs = {}
    for place, text in enumerate(old):
        partner = next(waiting.get(plain(text), iter(())), None)
        if partner is not None:
            pairs[place] = partner
    return pairs


def _between(place: int, pairs: dict[int, int], count: int) -> range:
    """The places in the new script between the partners of the neighbours of `place`."""
    before = max((there for here, there in pairs.items() if here < place), default=-1)
    after = min((there for here, there in pairs.items() if here > place), default=count)
    return range(before + 1, after)


def _most_alike(text: str, new: Sequence[str], places: range, taken: set[int]) -> int | None:
    """The first of `places` that is alike enough and most of all."""
    words = plain(text)
    best, found = ALIKE, None
    for place in places:
        if place in taken:
            continue
        ratio = _ratio(words, plain(new[place]), best)
        if ratio > best or (found is None and ratio == best):
            best, found = ratio, place
    return found


def _ratio(words: str, other: str, least: float) -> float:
    """How alike they are, 0 where that is less than `least`: its upper bounds are found much sooner."""
    matcher = SequenceMatcher(None, words, other, autojunk=False)
    if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
        return 0.0
    return matcher.ratio()
