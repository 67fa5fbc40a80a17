"""The best of several takes: which one served each line best, and what an editor cuts together from that."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Final

from coach.core.comparison import Comparison, Row, newest_first
from coach.core.report import LineReport, Verdict

_BEST_FIRST: Final[tuple[Verdict, ...]] = ("hit", "partial", "miss", "not_scored")


@dataclass(frozen=True, slots=True)
class Choice:
    """The take that serves a line best.

    Attributes:
        text: of the line.
        take: its place (0-based) among those compared.
        line: what its report says of the line.
        tied: whether another take was just as good; then the newest is chosen.
    """

    text: str
    take: int
    line: LineReport
    tied: bool


@dataclass(frozen=True, slots=True)
class Assembly:
    """The best takes of the lines of the newest script, in its order.

    Attributes:
        choices: one for each line that was played.
        missing: the texts of the lines that none of the takes can serve.
        dropped: the texts of lines that the newest script no longer has.
    """

    choices: tuple[Choice, ...]
    missing: tuple[str, ...]
    dropped: tuple[str, ...]


def assemble(comparison: Comparison, usable: Container[int] | None = None) -> Assembly:
    """The best take of each line: the better verdict, then more above the share asked for, then higher accuracy.

    Where all three are the same, the newer take. A line that no take scored comes from the newest that played it
    whole, or played it at all.

    Args:
        comparison: the takes.
        usable: places (0-based) of the takes that may be chosen; None for all.
    """
    newest = comparison.newest
    wanted = [row for row in comparison.rows if row.lines[newest] is not None]
    found = [(row.text, _choice(row, comparison, usable)) for row in wanted]
    return Assembly(
        choices=tuple(choice for _, choice in found if choice is not None),
        missing=tuple(text for text, choice in found if choice is None),
        dropped=tuple(row.text for row in comparison.rows if row.lines[newest] is None),
    )


def _choice(row: Row, comparison: Comparison, usable: Container[int] | None) -> Choice | None:
    played = {
        place: line
        for place in newest_first(comparison.takes)
        if (line := row.lines[place]) is not None and line.end_s is not None and (usable is None or place in usable)
    }
    if not played:
        return None
    with_shares = all(line.share is not None for line in played.values() if line.verdict != "not_scored")
    ranks = {place: _rank(line, with_shares) for place, line in played.items()}
    best = max(ranks.values())
    first = next(place for place, rank in ranks.items() if rank == best)
    return Choice(row.text, first, played[first], list(ranks.values()).count(best) > 1)


def _rank(line: LineReport, with_shares: bool) -> tuple[int, float, float, bool]:
    """The larger, the better; shares count where every take of the line that was scored has one."""
    above = round((line.share or 0.0) - (line.asked_share or 0.0), 4) if with_shares else 0.0
    whole = line.reason != "broken off"
    return -_BEST_FIRST.index(line.verdict), above, line.accuracy or 0.0, whole
