"""Texts about a comparison, shared by terminal and page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coach.base.text import join_with_and
from coach.core.comparison.compare import NOISE
from coach.core.scoring.report import NO_TARGET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.core.comparison.best_takes import BestTake
    from coach.core.comparison.compare import ComparedLine, ComparedTake, Comparison, Measure, Ranking
    from coach.core.scoring.report import Overall

RULE: Final = (
    "The best take of a line is the one that clearly more viewers would see as wanted, or else the one that is "
    "clearly longer on "
    "target. If no take is clearly ahead, the newer one is chosen."
)

THRESHOLD: Final = (
    f"A difference of {NOISE['share'] * 10:.0f} of 10 viewers can be measurement noise, and one below "
    f"{NOISE['accuracy'] * 100:.0f} points is."
)


def ranking_sentence(ranking: Ranking) -> str:
    """Describe a ranking, as in ``Take 2 is ahead by 3 of 10 viewers``, in one or two sentences."""
    if ranking.measure is None:
        return f"Not compared: {ranking.reason}."
    excluded_text = (
        f" Not compared: {_takes_text(ranking.excluded)} (another tag or model)." if ranking.excluded else ""
    )
    if ranking.lead is None:
        return f"No clear difference.{excluded_text}"
    subject = f"{_takes_text(ranking.ahead).capitalize()} {'are' if len(ranking.ahead) > 1 else 'is'}"
    return f"{subject} ahead by {_lead_text(ranking.measure, ranking.lead)}.{excluded_text}"


def _lead_text(measure: Measure, lead: float) -> str:
    if measure == "share":
        return f"{round(lead * 10)} of 10 viewers"
    return f"{round(lead * 100)} points of time on target"


def _takes_text(takes: Sequence[int]) -> str:
    """Takes with the 0-based indices `takes` as text: ``take 2``, ``takes 1, 3 and 4``; empty for none."""
    numbers = join_with_and([str(take + 1) for take in takes])
    return f"take{'s' if len(takes) > 1 else ''} {numbers}" if takes else ""


def presence_text(line: ComparedLine) -> str:
    """The takes that have the line: ``only in take 2``; empty if all takes have it."""
    takes = [take for take, report in enumerate(line.reports) if report is not None]
    return "" if len(takes) == len(line.reports) else f"only in {_takes_text(takes)}"


def target_text(line: ComparedLine) -> str:
    """The target of the line: ``fear``, or if takes differ ``surprise in takes 1 and 2, angry in take 3``."""
    takes_by_target: dict[str, list[int]] = {}
    for take, report in enumerate(line.reports):
        if report is not None:
            takes_by_target.setdefault(report.target or NO_TARGET, []).append(take)
    if len(takes_by_target) == 1:
        return next(iter(takes_by_target))
    return ", ".join(f"{target} in {_takes_text(takes)}" for target, takes in takes_by_target.items())


def counts_text(overall: Overall) -> str:
    """Accuracy and counts as text: ``on target 73%, 3 hits, 1 partial, 1 miss``, without zero counts."""
    counts = [
        (overall.hits, "hit", "hits"),
        (overall.partials, "partial", "partials"),
        (overall.misses, "miss", "misses"),
        (overall.not_scored, "not scored", "not scored"),
    ]
    accuracy = "nothing scored" if overall.accuracy is None else f"on target {overall.accuracy:.0%}"
    return ", ".join([accuracy, *(f"{n} {singular if n == 1 else plural}" for n, singular, plural in counts if n)])


def overall_sentence(comparison: Comparison) -> str:
    """State in how many lines each take is the only one ahead."""
    rankings = [line.ranking for line in comparison.lines]
    leading = [ranking.ahead[0] for ranking in rankings if ranking.lead is not None and len(ranking.ahead) == 1]
    compared = sum(ranking.measure is not None for ranking in rankings)
    if not compared:
        return "No line could be compared."
    lines = f"{compared} line{'s' if compared > 1 else ''}"
    counts = [(take, leading.count(take)) for take in range(len(comparison.takes)) if take in leading]
    if not counts:
        return f"No take is clearly ahead{f' in any of {lines}' if compared > 1 else ''}."
    parts = [f"take {take + 1} is clearly ahead in {count} of {lines}" for take, count in counts]
    return f"{', '.join(parts).capitalize()}."


def choice_reason(choice: BestTake, viewers: str) -> str:
    """Explain why a take is the best: ``hit, 9 of 10 viewers, on target 97%; no clear difference, so the newer one``.

    `viewers` is the take's share of viewers as text; empty without one.
    """
    line = choice.line
    if line.verdict == "not_scored":
        parts = [line.reason or "not scored"]
    else:
        accuracy = "" if line.accuracy is None else f"on target {line.accuracy:.0%}"
        parts = [part for part in (line.verdict, viewers, accuracy) if part]
    tie_text = "; no clear difference" if choice.tied else "" if choice.compared else "; not compared"
    newer_text = ", so the newer one" if tie_text else ""
    return ", ".join(parts) + tie_text + newer_text


def strictness_of(take: ComparedTake) -> str:
    """Strictness setting of the take."""
    return str(take.report.settings.get("strictness", "standard"))


def strictness_differs(comparison: Comparison) -> bool:
    """Whether the takes have different strictness settings."""
    return len({strictness_of(take) for take in comparison.takes}) > 1
