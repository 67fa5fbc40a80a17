"""Which lines of many takes are one line: followed back from the script of today through every edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from coach.core.matching import match_lines, plain

_SOME: Final = 100
"""Of two scripts of one title without a line in common so many lines are looked at for one that was reworded."""


class Lineage:
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
            if 1 <= number <= self._count and plain(self._wordings[number - 1]) == plain(text):
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
    known = {plain(text) for text in script}
    same = sum(plain(text) in known for text in lines)
    if same and 2 * same >= len(lines):
        return True
    if plain(title) != plain(other_title):
        return False
    return bool(same or match_lines(lines[:_SOME], script[:_SOME]))
