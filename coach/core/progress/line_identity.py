"""Which lines of many takes are one line: matched by their words, through every edit of the script."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

MIN_SIMILARITY: Final = 0.6
"""Two texts are one line, reworded, from this ratio of common letters on (difflib's measure, 0 to 1)."""


def normalised(text: str) -> str:
    """The words of `text`, without case, accents' forms, punctuation and spacing: what a line is known by."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(c if c.isalnum() or unicodedata.combining(c) else " " for c in folded).split()) or folded


def match_lines(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Which place (0-based) in `new` each place in `old` has become; places without a partner are left out.

    Lines whose words are the same are found wherever they stand, the n-th of several with the n-th. What is left
    between them is matched in order where the wording is alike (`MIN_SIMILARITY`). Each line has at most one partner.
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
        places.setdefault(normalised(text), []).append(place)
    waiting = {words: iter(found) for words, found in places.items()}
    pairs = {}
    for place, text in enumerate(old):
        partner = next(waiting.get(normalised(text), iter(())), None)
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
    words = normalised(text)
    best, found = MIN_SIMILARITY, None
    for place in places:
        if place in taken:
            continue
        ratio = _ratio(words, normalised(new[place]), best)
        if ratio > best or (found is None and ratio == best):
            best, found = ratio, place
    return found


def _ratio(words: str, other: str, least: float) -> float:
    """How alike they are, 0 where that is less than `least`: its upper bounds are found much sooner."""
    matcher = SequenceMatcher(None, words, other, autojunk=False)
    if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
        return 0.0
    return matcher.ratio()


_SOME: Final = 100
"""Of two scripts of one title without a line in common so many lines are looked at for one that was reworded."""


class LineTracker:
    """The lines of a script, and those that were cut from it, each known by all its wordings.

    Ask for takes from the newest to the oldest, so that a line that was reworded bit by bit is followed step by step.

    Attributes:
        cut: the newest wording of every line that only takes have; line number `n` of `cut` is thread
            ``len(script) + n``.
    """

    def __init__(self, script: Sequence[str]) -> None:
        """`script` is today's, line by line."""
        self.cut: list[str] = []
        self._wordings = list(script)
        self._known: dict[tuple[tuple[int, str], ...], tuple[int, ...]] = {}
        self._count = len(script)

    def threads(self, lines: Sequence[tuple[int, str]]) -> tuple[int, ...]:
        """For each line of a take (1-based number in its script, words) the number of its thread.

        Threads 0 to ``len(script) - 1`` are the lines of the script, later ones were cut.
        """
        key = tuple(lines)
        if key not in self._known:
            self._known[key] = self._follow(key)
        return self._known[key]

    def _follow(self, lines: Sequence[tuple[int, str]]) -> tuple[int, ...]:
        found = self._in_place(lines)
        self._match(lines, found, range(self._count))
        self._match(lines, found, range(self._count, len(self._wordings)))
        for place, (_, text) in enumerate(lines):
            if place not in found:
                found[place] = len(self._wordings)
                self._wordings.append(text)
                self.cut.append(text)
            self._wordings[found[place]] = text
        return tuple(found[place] for place in range(len(lines)))

    def _in_place(self, lines: Sequence[tuple[int, str]]) -> dict[int, int]:
        """Lines with the same words at the same number: of several equal ones a passage plays a certain one."""
        found = {}
        for place, (number, text) in enumerate(lines):
            if 1 <= number <= self._count and normalised(self._wordings[number - 1]) == normalised(text):
                found[place] = number - 1
        return found

    def _match(self, lines: Sequence[tuple[int, str]], found: dict[int, int], threads: Sequence[int]) -> None:
        """Add to `found` what the wordings of `threads` that nobody has taken yet tell."""
        taken = set(found.values())
        places = [place for place in range(len(lines)) if place not in found]
        free = [thread for thread in threads if thread not in taken]
        pairs = match_lines([lines[place][1] for place in places], [self._wordings[thread] for thread in free])
        found.update({places[here]: free[there] for here, there in pairs.items()})


def same_script(title: str, script: Sequence[str], other_title: str, lines: Sequence[str]) -> bool:
    """Whether `lines` of a take come from `script`: at least half of them say the same, or one and the title too.

    A take of a passage has only the lines that were played.
    """
    known = {normalised(text) for text in script}
    same = sum(normalised(text) in known for text in lines)
    if same and 2 * same >= len(lines):
        return True
    if normalised(title) != normalised(other_title):
        return False
    return bool(same or match_lines(lines[:_SOME], script[:_SOME]))
