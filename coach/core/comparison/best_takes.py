"""The best of several takes: which one served each line best, and what an editor cuts together from that."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Final

from coach.core.comparison.compare import (
    ComparedLine,
    ComparedTake,
    Comparison,
    comparable_takes,
    leaders,
    newest_first,
)
from coach.core.scoring.report import LineReport, Verdict

_BEST_FIRST: Final[tuple[Verdict, ...]] = ("hit", "partial", "miss")


@dataclass(frozen=True, slots=True)
class BestTake:
    """The take that serves a line best.

    Attributes:
        text: of the line.
        take: its place (0-based) among those compared.
        line: what its report says of the line.
        tied: whether no take that it was held against is clearly behind; then the newest of them is chosen.
        compared: whether there was a take to hold it against; of several that ask for something else, or were read by
            another model, the newest is chosen.
    """

    text: str
    take: int
    line: LineReport
    tied: bool
    compared: bool = True


@dataclass(frozen=True, slots=True)
class BestTakes:
    """The best takes of the lines of the newest script, in its order.

    Attributes:
        choices: one for each line that was played.
        missing: the texts of the lines that none of the takes can serve.
        dropped: the texts of lines that the newest script no longer has.
    """

    choices: tuple[BestTake, ...]
    missing: tuple[str, ...]
    dropped: tuple[str, ...]


def choose_best_takes(comparison: Comparison, usable: Container[int] | None = None) -> BestTakes:
    """The best take of each line, by one yardstick: clearly more viewers, then clearly higher accuracy, then the newer.

    Only takes that ask for the same and were read by the same model are held against each other. The better verdict
    comes first where a hit asked the same of all of them; where it did not, verdicts follow strictness and not playing.
    A line that no take scored comes from the newest that played it whole, or played it at all.

    Args:
        comparison: the takes.
        usable: places (0-based) of the takes that may be chosen; None for all.
    """
    newest = comparison.newest
    wanted = [row for row in comparison.rows if row.lines[newest] is not None]
    found = [(row.text, _choice(row, comparison, usable)) for row in wanted]
    return BestTakes(
        choices=tuple(choice for _, choice in found if choice is not None),
        missing=tuple(text for text, choice in found if choice is None),
        dropped=tuple(row.text for row in comparison.rows if row.lines[newest] is None),
    )


def _choice(row: ComparedLine, comparison: Comparison, usable: Container[int] | None) -> BestTake | None:
    played = {
        place: line
        for place in newest_first(comparison.takes)
        if (line := row.lines[place]) is not None and line.end_s is not None and (usable is None or place in usable)
    }
    if not played:
        return None
    scored = {place: line for place, line in played.items() if line.verdict != "not_scored"}
    held = comparable_takes(scored, comparison.takes) if scored else played
    left = _whole(_best_scored(held, comparison.takes) if scored else played)
    first = next(place for place in played if place in left)
    return BestTake(row.text, first, played[first], len(left) > 1, len(held) > 1 or len(scored) < 2)


def _best_scored(held: dict[int, LineReport], takes: Sequence[ComparedTake]) -> dict[int, LineReport]:
    """Those of `held` that no other is clearly better than."""
    left = held
    if len({_asked(line, takes[place]) for place, line in held.items()}) == 1:
        best = min(_BEST_FIRST.index(line.verdict) for line in held.values())
        left = {place: line for place, line in held.items() if _BEST_FIRST.index(line.verdict) == best}
    shares = {place: line.share for place, line in left.items() if line.share is not None}
    if len(shares) == len(left):
        left = {place: left[place] for place in leaders("share", shares)}
    accuracies = {place: line.accuracy or 0.0 for place, line in left.items()}
    return {place: left[place] for place in leaders("accuracy", accuracies)}


def _asked(line: LineReport, take: ComparedTake) -> object:
    """What made a hit: the share asked for, or where none was the strictness."""
    return line.asked_share if line.asked_share is not None else take.report.settings.get("strictness")


def _whole(left: dict[int, LineReport]) -> dict[int, LineReport]:
    """Those of `left` that were played to the end; all of them where none was."""
    return {place: line for place, line in left.items() if line.reason != "broken off"} or left
