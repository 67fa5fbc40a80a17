"""Compare takes line by line, and export the comparison as a page, a table or JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from coach.app.review import Review, report_of, review_of
from coach.base.errors import TakeError, UsageError
from coach.base.messages import tr
from coach.base.text import clean_name, join_with_and
from coach.core.comparison.best_takes import BestTakes, choose_best_takes
from coach.core.comparison.compare import MAX_TAKES, ComparedTake, Comparison, compare
from coach.takes.catalogue import started_at

if TYPE_CHECKING:
    from coach.core.analysis.curves import LineCurve
    from coach.core.scoring.report import Report
    from coach.takes.store import TakeStore

Notify = Callable[[str], None]


def takes_to_compare(store: TakeStore, names: Sequence[str]) -> list[Path]:
    """Find the takes called `names`, in that order.

    Raises:
        TakeError: there is no such take.
        UsageError: there are too few or too many, or one is named twice.
    """
    takes = [store.find(name) for name in names]
    for number, take in enumerate(takes):
        first = takes.index(take)
        if first < number:
            both = join_with_and([repr(clean_name(names[each], 100)) for each in (first, number)])
            raise UsageError(
                tr("{names} mean the same take, {take}; name each take once", names=both, take=clean_name(take.name))
            )
    if not 2 <= len(takes) <= MAX_TAKES:
        raise UsageError(tr("2 to {limit} takes can be compared; {count} named", limit=MAX_TAKES, count=len(takes)))
    return takes


@dataclass(frozen=True, slots=True)
class OpenedTake:
    """One of the compared takes.

    Attributes:
        folder: its folder.
        played: its report, with the time of the take.
        review: its moments and judge; None if its journal cannot be read.
    """

    folder: Path
    played: ComparedTake
    review: Review | None

    @classmethod
    def of(cls, folder: Path, notify: Notify) -> OpenedTake:
        """Read the take in `folder`. `notify` gets a sentence if the take has no curves.

        Raises:
            TakeError: the take has no report and none can be made.
        """
        report = report_of(folder, notify)
        played = ComparedTake(folder.name, report, _began_s(folder, report))
        try:
            return cls(folder, played, review_of(folder))
        except TakeError as error:
            notify(tr("No curves of {folder}: {error}", folder=folder.name, error=error))
            return cls(folder, played, None)

    def curves(self) -> dict[int, LineCurve]:
        """The curve of each line by its number: how much of the target the face showed over time."""
        from coach.core.analysis.curves import line_curve_of

        review = self.review
        if review is None:
            return {}
        script, lines = review.header.script, self.played.report.lines
        curves = {line.index: line_curve_of(review.moments, line, script, review.judge) for line in lines}
        return {index: curve for index, curve in curves.items() if curve}


@dataclass(frozen=True)
class ComparedTakes:
    """A comparison of takes, and its export formats."""

    opened: Sequence[OpenedTake]

    @cached_property
    def comparison(self) -> Comparison:
        """The comparison line by line."""
        return compare([each.played for each in self.opened])

    @cached_property
    def curves(self) -> dict[int, dict[int, LineCurve]]:
        """The curves of each take, by its index."""
        return {index: each.curves() for index, each in enumerate(self.opened)}

    @cached_property
    def best(self) -> BestTakes:
        """The best take of each line."""
        return choose_best_takes(self.comparison)

    def json(self) -> str:
        """The whole comparison as JSON."""
        from coach.core.comparison.compare import to_json
        from coach.takes.report_file import plain_json

        return plain_json(to_json(self.comparison, self.best))

    def csv(self) -> str:
        """The comparison as CSV, with a row for each line of each take."""
        from coach.pages.tables import comparison_csv

        return comparison_csv(self.comparison, self.best)

    def html(self, *, aligned: bool) -> str:
        """The comparison as a page. `aligned` plots curves over the share of the line that has passed, not seconds."""
        from coach.pages.comparison_page import comparison_page

        return comparison_page(self.comparison, self.curves, self.best, aligned)


def _began_s(folder: Path, report: Report) -> float:
    """Start of the take in seconds since the epoch, else the time of its report; 0 if neither is known."""
    if started := started_at(folder):
        return started.timestamp()
    with suppress(ValueError):
        return datetime.fromisoformat(report.created.at).timestamp()
    return 0.0
