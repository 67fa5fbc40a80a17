"""Identity of lines across takes: matched by their words, through every edit of the script."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

MIN_SIMILARITY: Final = 0.6
"""Similarity (difflib's ratio, 0 to 1) from which two texts count as one line, reworded."""

_MAX_REWORDED: Final = 100
"""Lines of a take that are compared with the script, if the title is the same but no line is."""


def normalised(text: str) -> str:
    """`text` without differences of case, Unicode form, punctuation and spacing."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(c if c.isalnum() or unicodedata.combining(c) else " " for c in folded).split()) or folded


def match_lines(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Map indices in `old` to indices in `new`; lines without a partner are missing, no line has two partners.

    Equal lines are matched wherever they are, the n-th of several with the n-th. Between them, lines of similar wording
    (`MIN_SIMILARITY`) are matched in order.
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
        indices.setdefault(normalised(text), []).append(i)
    unmatched = {words: iter(found) for words, found in indices.items()}
    pairs = {}
    for i, text in enumerate(old):
        partner = next(unmatched.get(normalised(text), iter(())), None)
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
    words = normalised(text)
    best, found = MIN_SIMILARITY, None
    for i in candidates:
        if i in taken:
            continue
        ratio = _similarity(words, normalised(new[i]), best)
        if ratio > best or (found is None and ratio == best):
            best, found = ratio, i
    return found


def _similarity(words: str, other: str, minimum: float) -> float:
    """Similarity of two texts; 0 below `minimum`, which cheaper upper bounds usually tell."""
    matcher = SequenceMatcher(None, words, other, autojunk=False)
    if matcher.real_quick_ratio() < minimum or matcher.quick_ratio() < minimum:
        return 0.0
    return matcher.ratio()


class LineTracker:
    """Tracks the lines of a script, and those cut from it, through the wordings of older and older takes.

    Call `identify` for the newest take first, so that a line that was reworded gradually is followed step by step.

    Attributes:
        cut: newest wording of each line that only takes have; index n in `cut` has the identity ``len(script) + n``.
    """

    def __init__(self, script: Sequence[str]) -> None:
        """Start from the lines of today's `script`."""
        self.cut: list[str] = []
        self._wordings = list(script)
        self._known: dict[tuple[tuple[int, str], ...], tuple[int, ...]] = {}
        self._count = len(script)

    def identify(self, lines: Sequence[tuple[int, str]]) -> tuple[int, ...]:
        """The identity of each line of a take, given as (1-based number in its script, words).

        Identities 0 to ``len(script) - 1`` are the lines of the script; later ones were cut.
        """
        key = tuple(lines)
        if key not in self._known:
            self._known[key] = self._identify(key)
        return self._known[key]

    def _identify(self, lines: Sequence[tuple[int, str]]) -> tuple[int, ...]:
        found = self._unmoved(lines)
        self._match(lines, found, range(self._count))
        self._match(lines, found, range(self._count, len(self._wordings)))
        for i, (_, text) in enumerate(lines):
            if i not in found:
                found[i] = len(self._wordings)
                self._wordings.append(text)
                self.cut.append(text)
            self._wordings[found[i]] = text
        return tuple(found[i] for i in range(len(lines)))

    def _unmoved(self, lines: Sequence[tuple[int, str]]) -> dict[int, int]:
        """Lines with equal words at the same number; a passage may play the second of two equal lines."""
        found = {}
        for i, (number, text) in enumerate(lines):
            if 1 <= number <= self._count and normalised(self._wordings[number - 1]) == normalised(text):
                found[i] = number - 1
        return found

    def _match(self, lines: Sequence[tuple[int, str]], found: dict[int, int], identities: Sequence[int]) -> None:
        """Match the remaining lines with those `identities` that are not taken, and add them to `found`."""
        taken = set(found.values())
        remaining = [i for i in range(len(lines)) if i not in found]
        free = [identity for identity in identities if identity not in taken]
        pairs = match_lines([lines[i][1] for i in remaining], [self._wordings[identity] for identity in free])
        found.update({remaining[old]: free[new] for old, new in pairs.items()})


def same_script(title: str, script: Sequence[str], other_title: str, lines: Sequence[str]) -> bool:
    """Whether `lines` of a take come from `script`.

    At least half of the lines must be in the script, or else the titles must be equal and one line equal or similar.
    A take of a passage has only the lines that were played.
    """
    known = {normalised(text) for text in script}
    same = sum(normalised(text) in known for text in lines)
    if same and 2 * same >= len(lines):
        return True
    if normalised(title) != normalised(other_title):
        return False
    return bool(same or match_lines(lines[:_MAX_REWORDED], script[:_MAX_REWORDED]))
