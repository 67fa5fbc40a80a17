"""Texts about a comparison, shared by terminal and page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from coach.base.messages import mark, tr, tr_n
from coach.base.text import join_with_and
from coach.core.comparison.compare import ONLY_ONE
from coach.core.scoring.norms import viewers_text
from coach.core.scoring.report import NO_TARGET, VERDICT_TEXTS, reason_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.core.comparison.best_takes import BestTake
    from coach.core.comparison.compare import ComparedLine, ComparedTake, Comparison, Measure, Ranking
    from coach.core.scoring.report import Overall

RULE: Final = mark(
    "The best take of a line is the one that clearly more viewers would see as wanted, or else the one that is "
    "clearly longer on "
    "target. If no take is clearly ahead, the newer one is chosen."
)

THRESHOLD: Final = mark("A difference of 1 of 10 viewers can be measurement noise, and one below 10 points is.")
"""From which difference a take is ahead, with the figures of `coach.core.comparison.compare.NOISE`."""


def ranking_sentence(ranking: Ranking) -> str:
    """Describe a ranking, as in ``Take 2 is ahead by 3 of 10 viewers``, in one or two sentences."""
    if ranking.measure is None:
        return tr("Not compared: {reason}.", reason=_reason_text(ranking.reason))
    sentences = [_lead_sentence(ranking.ahead, ranking.measure, ranking.lead)]
    if ranking.excluded:
        sentences.append(tr("Not compared: {takes} (another tag or model).", takes=_takes_text(ranking.excluded)))
    return " ".join(sentences)


def _lead_sentence(ahead: Sequence[int], measure: Measure, lead: float | None) -> str:
    if lead is None:
        return tr("No clear difference.")
    return tr_n(
        "Take {takes} is ahead by {lead}.",
        "Takes {takes} are ahead by {lead}.",
        len(ahead),
        takes=_numbers_text(ahead),
        lead=_lead_text(measure, lead),
    )


def _reason_text(reason: str) -> str:
    if only := re.fullmatch(ONLY_ONE.format(number=r"(\d+)"), reason):
        return tr(ONLY_ONE, number=only[1])
    return tr(reason)


def _lead_text(measure: Measure, lead: float) -> str:
    if measure == "share":
        return viewers_text(lead)
    return tr_n("{count} point of time on target", "{count} points of time on target", round(lead * 100))


def _takes_text(takes: Sequence[int]) -> str:
    """Takes with the 0-based indices `takes` as text: ``take 2``, ``takes 1, 3 and 4``; empty for none."""
    return tr_n("take {takes}", "takes {takes}", len(takes), takes=_numbers_text(takes)) if takes else ""


def _numbers_text(takes: Sequence[int]) -> str:
    return join_with_and([str(take + 1) for take in takes])


def presence_text(line: ComparedLine) -> str:
    """The takes that have the line: ``only in take 2``; empty if all takes have it."""
    takes = [take for take, report in enumerate(line.reports) if report is not None]
    return "" if len(takes) == len(line.reports) else tr("only in {takes}", takes=_takes_text(takes))


def target_text(line: ComparedLine) -> str:
    """The target of the line: ``fear``, or if takes differ ``surprise in takes 1 and 2, angry in take 3``."""
    takes_by_target: dict[str, list[int]] = {}
    for take, report in enumerate(line.reports):
        if report is not None:
            takes_by_target.setdefault(report.target or NO_TARGET, []).append(take)
    shown = {tr(target) if target == NO_TARGET else target: takes for target, takes in takes_by_target.items()}
    if len(shown) == 1:
        return next(iter(shown))
    return ", ".join(
        tr("{target} in {takes}", target=target, takes=_takes_text(takes)) for target, takes in shown.items()
    )


def counts_text(overall: Overall) -> str:
    """Accuracy and counts as text: ``on target 73%, 3 hits, 1 partial, 1 miss``, without zero counts."""
    counts = [
        tr_n("{count} hit", "{count} hits", overall.hits) if overall.hits else "",
        tr_n("{count} partial", "{count} partials", overall.partials) if overall.partials else "",
        tr_n("{count} miss", "{count} misses", overall.misses) if overall.misses else "",
        tr_n("{count} not scored", "{count} not scored", overall.not_scored) if overall.not_scored else "",
    ]
    accuracy = tr("nothing scored") if overall.accuracy is None else on_target_text(overall.accuracy)
    return ", ".join(filter(None, [accuracy, *counts]))


def on_target_text(accuracy: float) -> str:
    """A share of time on target as text: ``on target 73%``."""
    return tr("on target {share:.0%}", share=accuracy)


def overall_sentence(comparison: Comparison) -> str:
    """State in how many lines each take is the only one ahead."""
    rankings = [line.ranking for line in comparison.lines]
    leading = [ranking.ahead[0] for ranking in rankings if ranking.lead is not None and len(ranking.ahead) == 1]
    compared = sum(ranking.measure is not None for ranking in rankings)
    if not compared:
        return tr("No line could be compared.")
    counts = [(take, leading.count(take)) for take in range(len(comparison.takes)) if take in leading]
    if not counts:
        return tr_n("No take is clearly ahead.", "No take is clearly ahead in any of {count} lines.", compared)
    parts = [
        tr_n(
            "take {number} is clearly ahead in {ahead} of {count} line",
            "take {number} is clearly ahead in {ahead} of {count} lines",
            compared,
            number=take + 1,
            ahead=ahead,
        )
        for take, ahead in counts
    ]
    return f"{', '.join(parts).capitalize()}."


def choice_reason(choice: BestTake, viewers: str) -> str:
    """Explain why a take is the best: ``hit, 9 of 10 viewers, on target 97%; no clear difference, so the newer one``.

    `viewers` is the take's share of viewers as text; empty without one.
    """
    line = choice.line
    if line.verdict == "not_scored":
        parts = [reason_word(line.reason) or tr("not scored")]
    else:
        accuracy = "" if line.accuracy is None else on_target_text(line.accuracy)
        parts = [part for part in (tr(VERDICT_TEXTS[line.verdict]), viewers, accuracy) if part]
    text = ", ".join(parts)
    if choice.tied:
        return tr("{result}; no clear difference, so the newer one", result=text)
    return text if choice.compared else tr("{result}; not compared, so the newer one", result=text)


def strictness_of(take: ComparedTake) -> str:
    """Strictness setting of the take."""
    return str(take.report.settings.get("strictness", "standard"))


def strictness_differs(comparison: Comparison) -> bool:
    """Whether the takes have different strictness settings."""
    return len({strictness_of(take) for take in comparison.takes}) > 1
