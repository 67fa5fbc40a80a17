"""Identity of lines across takes: lines are matched by their words, through all edits of the script."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

MIN_SIMILARITY: Final = 0.6
"""Similarity (difflib's ratio, 0 to 1) from which two texts count as wordings of the same line."""

_MAX_REWORDED: Final = 100
"""Maximum number of lines that are compared for similarity if the titles are equal but no line is."""


def normalise(text: str) -> str:
    """Remove differences of case, Unicode form, punctuation and spacing from `text`."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(c if c.isalnum() or unicodedata.combining(c) else " " for c in folded).split()) or folded


def match_lines(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Match lines by their words.

    Equal lines are matched at any place; of several equal lines the n-th is matched with the n-th. Between them, lines
    of similar wording (`MIN_SIMILARITY`) are matched in order.

    Returns:
        Indices in `old`, each with its index in `new`. Lines without a partner are left out.
    """
    pairs = _equal_lines(old, new)
    taken = set(pairs.values())
    for i, text in enumerate(old):
        if i not in pairs:
            partner = _most_similar(text, new, _between(i, pairs, len(new)), taken)
            if partner is not None:
                pairs[i] = partner
                taken.add(partner)
    return dict(sorted(pairs.items()))


def _equal_lines(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    indices: dict[str, list[int]] = {}
    for i, text in enumerate(new):
        indices.setdefault(normalise(text), []).append(i)
    unmatched = {normal_text: iter(places) for normal_text, places in indices.items()}
    pairs = {}
    for i, text in enumerate(old):
        partner = next(unmatched.get(normalise(text), iter(())), None)
        if partner is not None:
            pairs[i] = partner
    return pairs


def _between(index: int, pairs: dict[int, int], count: int) -> range:
    """Indices in the new script between the partners of the neighbours of old line `index`."""
    before = max((new for old, new in pairs.items() if old < index), default=-1)
    after = min((new for old, new in pairs.items() if old > index), default=count)
    return range(before + 1, after)


def _most_similar(text: str, new: Sequence[str], candidates: range, taken: set[int]) -> int | None:
    """The first most similar of `candidates`, if it is similar enough."""
    normal_text = normalise(text)
    best_ratio, best = MIN_SIMILARITY, None
    for i in candidates:
        if i in taken:
            continue
        ratio = _similarity(normal_text, normalise(new[i]), best_ratio)
        if ratio > best_ratio or (best is None and ratio == best_ratio):
            best_ratio, best = ratio, i
    return best


def _similarity(text: str, other: str, minimum: float) -> float:
    """Similarity of two texts; 0 below `minimum`, which usually shows by cheaper upper bounds."""
    matcher = SequenceMatcher(None, text, other, autojunk=False)
    if matcher.real_quick_ratio() < minimum or matcher.quick_ratio() < minimum:
        return 0.0
    return matcher.ratio()


class LineTracker:
    """Tracks the lines of a script, and lines removed from it, back through the wordings in older takes.

    Call `identify` for the newest take first and the oldest last, so that gradual rewordings are followed step by step.

    Attributes:
        removed: newest wording of each line that only takes have; entry n has the identity ``len(script) + n``.
    """

    def __init__(self, script: Sequence[str]) -> None:
        """Start from the lines of the current `script`."""
        self.removed: list[str] = []
        self._wordings = list(script)
        self._known: dict[tuple[tuple[int, str], ...], tuple[int, ...]] = {}
        self._count = len(script)

    def identify(self, lines: Sequence[tuple[int, str]]) -> tuple[int, ...]:
        """Identify each line of a take, given as (1-based number in its script, words).

        Returns:
            For each line, its 0-based index in the script, or ``len(script) + n`` for entry n of `removed`.
        """
        key = tuple(lines)
        if key not in self._known:
            self._known[key] = self._identify(key)
        return self._known[key]

    def _identify(self, lines: Sequence[tuple[int, str]]) -> tuple[int, ...]:
        identified = self._match_same_numbers(lines)
        self._match_words(lines, identified, range(self._count))
        self._match_words(lines, identified, range(self._count, len(self._wordings)))
        for i, (_, text) in enumerate(lines):
            if i not in identified:
                identified[i] = len(self._wordings)
                self._wordings.append(text)
                self.removed.append(text)
            self._wordings[identified[i]] = text
        return tuple(identified[i] for i in range(len(lines)))

    def _match_same_numbers(self, lines: Sequence[tuple[int, str]]) -> dict[int, int]:
        """Match lines with equal words and number first: a passage may contain only the second of two equal lines."""
        identified = {}
        for i, (number, text) in enumerate(lines):
            if 1 <= number <= self._count and normalise(self._wordings[number - 1]) == normalise(text):
                identified[i] = number - 1
        return identified

    def _match_words(
        self, lines: Sequence[tuple[int, str]], identified: dict[int, int], identities: Sequence[int]
    ) -> None:
        """Match the remaining lines with the free ones of `identities`, and add them to `identified`."""
        taken = set(identified.values())
        remaining = [i for i in range(len(lines)) if i not in identified]
        free = [identity for identity in identities if identity not in taken]
        pairs = match_lines([lines[i][1] for i in remaining], [self._wordings[identity] for identity in free])
        identified.update({remaining[old]: free[new] for old, new in pairs.items()})


def same_script(title: str, script: Sequence[str], other_title: str, lines: Sequence[str]) -> bool:
    """Whether `lines` of a take come from `script`; a take of a passage has only the lines of the passage.

    At least half of the lines must be in the script, or else the titles must be equal and one line equal or similar.
    """
    script_texts = {normalise(text) for text in script}
    same = sum(normalise(text) in script_texts for text in lines)
    if same and 2 * same >= len(lines):
        return True
    if normalise(title) != normalise(other_title):
        return False
    return bool(same or match_lines(lines[:_MAX_REWORDED], script[:_MAX_REWORDED]))
