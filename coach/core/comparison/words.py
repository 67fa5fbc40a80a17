"""A comparison in words, the same on the terminal and on pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coach.core.comparison.compare import NOISE
from coach.core.scoring.report import NO_TARGET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.core.comparison.best_takes import BestTake
    from coach.core.comparison.compare import ComparedLine, ComparedTake, Comparison, Measure, Ranking
    from coach.core.scoring.report import Overall

RULE: Final = (
    "Takes that ask for the same and were read by the same model are held against one yardstick: clearly more viewers "
    "first, then clearly higher accuracy. Where none is clearly ahead they are tied, and the newer is taken. A better "
    "verdict comes first only where a hit asked the same of all of them; else it would follow strictness, not playing."
)

THRESHOLD: Final = (
    f"A take is called ahead from {NOISE['share'] * 10:.0f} of 10 viewers or {NOISE['accuracy'] * 100:.0f} points of "
    "accuracy on: pictures of one and the same performance differ by a little less."
)


def ranking_sentence(standing: Ranking) -> str:
    """Who is better, and by how much, such as ``Take 2 is ahead by 3 of 10 viewers``, as a sentence."""
    if standing.measure is None:
        return f"Not compared: {standing.why}."
    apart = f" {_named(standing.apart).capitalize()} left out: asked or read otherwise." if standing.apart else ""
    if standing.by is None:
        return f"No clear difference.{apart}"
    who = f"{_named(standing.ahead).capitalize()} {'are' if len(standing.ahead) > 1 else 'is'}"
    return f"{who} ahead by {_difference(standing.measure, standing.by)}.{apart}"


def _difference(measure: Measure, by: float) -> str:
    if measure == "share":
        return f"{round(by * 10)} of 10 viewers"
    return f"{round(by * 100)} points of accuracy"


def _listed(places: Sequence[int]) -> str:
    numbers = [str(place + 1) for place in places]
    return f"{', '.join(numbers[:-1])} and {numbers[-1]}"


def presence_text(row: ComparedLine) -> str:
    """Which takes a line is in, where it is not in all: ``only in take 2``; else empty."""
    having = [place for place, line in enumerate(row.lines) if line is not None]
    if len(having) == len(row.lines):
        return ""
    return f"only in {_named(having)}"


def target_text(row: ComparedLine) -> str:
    """What a line asks for: ``fear``, or where takes differ ``surprise in takes 1 and 2, angry in take 3``."""
    takes: dict[str, list[int]] = {}
    for place, line in enumerate(row.lines):
        if line is not None:
            takes.setdefault(line.target or NO_TARGET, []).append(place)
    if len(takes) == 1:
        return next(iter(takes))
    return ", ".join(f"{target} in {_named(places)}" for target, places in takes.items())


def _named(places: Sequence[int]) -> str:
    return f"takes {_listed(places)}" if len(places) > 1 else f"take {places[0] + 1}"


def counts_text(overall: Overall) -> str:
    """``73% accurate, 3 hits, 1 partial, 1 miss``; what there is none of is left out."""
    told = [
        (overall.hits, "hit", "hits"),
        (overall.partials, "partial", "partials"),
        (overall.misses, "miss", "misses"),
        (overall.not_scored, "not scored", "not scored"),
    ]
    accuracy = "nothing scored" if overall.accuracy is None else f"{overall.accuracy:.0%} accurate"
    return ", ".join([accuracy, *(f"{n} {one if n == 1 else many}" for n, one, many in told if n)])


def overall_sentence(comparison: Comparison) -> str:
    """In how many lines which take is ahead alone; where none is, that."""
    alone = [row.standing.ahead[0] for row in comparison.rows if row.standing.by is not None and _one(row)]
    compared = sum(row.standing.measure is not None for row in comparison.rows)
    if not compared:
        return "No line could be compared."
    lines = f"{compared} line{'s' if compared > 1 else ''}"
    leads = [(place, alone.count(place)) for place in range(len(comparison.takes)) if place in alone]
    if not leads:
        return f"No take is clearly ahead{f' in any of {lines}' if compared > 1 else ''}."
    told = [f"take {place + 1} is clearly ahead in {number} of {lines}" for place, number in leads]
    return f"{', '.join(told).capitalize()}."


def _one(row: ComparedLine) -> bool:
    return len(row.standing.ahead) == 1


def choice_reason(choice: BestTake, tens: str) -> str:
    """Why a take serves a line best: ``hit, 9 of 10 viewers, 97% accurate; tied, the newer one``."""
    line = choice.line
    if line.verdict == "not_scored":
        told = [line.reason or "not scored"]
    else:
        accuracy = "" if line.accuracy is None else f"{line.accuracy:.0%} accurate"
        told = [part for part in (line.verdict, tens, accuracy) if part]
    how = "; tied, the newer one" if choice.tied else "" if choice.compared else "; not compared, the newer one"
    return ", ".join(told) + how


def strictness_of(take: ComparedTake) -> str:
    """By which strictness its verdicts were given."""
    return str(take.report.settings.get("strictness", "standard"))


def strictness_differs(comparison: Comparison) -> bool:
    """Whether the verdicts of the takes were given by more than one strictness."""
    return len({strictness_of(take) for take in comparison.takes}) > 1
