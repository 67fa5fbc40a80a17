"""Select the shots for a film of the best take of each line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from coach.base.errors import TakeError
from coach.base.messages import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from coach.app.compare import ComparedTakes, OpenedTake
    from coach.core.comparison.best_takes import BestTake, BestTakes
    from coach.recordings.joining import Shot
    from coach.takes.remains import Footage


@dataclass(frozen=True)
class BestCut:
    """The shots of the best take of each line.

    Only takes with a recording are considered. `notify` gets a sentence for each take without a recording, and for each
    line whose best take has none.
    """

    compared: ComparedTakes
    notify: Callable[[str], None]

    @property
    def title(self) -> str:
        """The title of the newest script."""
        comparison = self.compared.comparison
        return comparison.takes[comparison.newest].report.title

    def shots(self) -> list[Shot]:
        """The shots, in the order of the lines.

        Raises:
            TakeError: none of the takes has a recording.
        """
        return [shot for choice in self._choose().choices for shot in self._shots(choice)]

    def _choose(self) -> BestTakes:
        from coach.core.comparison.best_takes import choose_best_takes

        chosen = choose_best_takes(self.compared.comparison, self._footage)
        if not chosen.choices:
            reasons = "; ".join(self._missing_reasons.values())
            raise TakeError(
                tr("nothing can be cut, because no take that plays a line has a recording: {reasons}", reasons=reasons)
            )
        for reason in self._missing_reasons.values():
            self.notify(tr("Not used for the film: {reason}.", reason=reason))
        for sentence in self._replacements(chosen):
            self.notify(sentence)
        return chosen

    def _replacements(self, chosen: BestTakes) -> Iterator[str]:
        """Yield a sentence for each line whose best take has no recording."""
        cut = {choice.text: choice.take for choice in chosen.choices}
        for choice in self.compared.best.choices:
            line = _without_recording(choice)
            if choice.text not in cut:
                yield tr("{line}, and no other take that plays it has one; it is left out.", line=line)
            elif cut[choice.text] != choice.take:
                yield tr("{line}; it is cut from take {take}.", line=line, take=cut[choice.text] + 1)

    @cached_property
    def _footage_or_reason(self) -> list[Footage | str]:
        """The recording of each take, or the reason why it has none."""
        return [_footage(opened) for opened in self.compared.opened]

    @property
    def _footage(self) -> dict[int, Footage]:
        return {index: found for index, found in enumerate(self._footage_or_reason) if not isinstance(found, str)}

    @property
    def _missing_reasons(self) -> dict[int, str]:
        return {index: found for index, found in enumerate(self._footage_or_reason) if isinstance(found, str)}

    def _shots(self, choice: BestTake) -> Iterator[Shot]:
        """The shots of one line: a single shot, or several if the actor paused during the line."""
        from coach.core.analysis.curves import played_spans
        from coach.recordings.joining import Shot

        footage, line, review = self._footage[choice.take], choice.line, self.compared.opened[choice.take].review
        assert line.start_s is not None
        assert line.end_s is not None
        for start, end in played_spans(line.start_s, line.end_s, review.moments.pauses if review else ()):
            begin = max(start - footage.start_t, 0.0)
            yield Shot(
                footage.path, begin, end - footage.start_t, f"{line.index} {line.text}", f"TAKE{choice.take + 1:02d}"
            )


def _without_recording(choice: BestTake) -> str:
    """A clause: the best take of this line has no recording."""
    values = {"line": choice.line.index, "take": choice.take + 1}
    if choice.tied:
        return tr("Line {line} is tied, and newest, in take {take}, which has no recording", **values)
    return tr("Line {line} is best in take {take}, which has no recording", **values)


def _footage(opened: OpenedTake) -> Footage | str:
    from coach.base.text import clean_name
    from coach.media.recorded import is_image_file
    from coach.takes.contents import JOURNAL_NAME
    from coach.takes.journal import read_journal
    from coach.takes.remains import footage_of

    try:
        footage = footage_of(opened.folder, read_journal(opened.folder / JOURNAL_NAME), opened.played.report)
    except TakeError as error:
        return str(error)
    if is_image_file(footage.path):
        return tr(
            "{recording} is an animated picture, from which nothing is cut",
            recording=clean_name(footage.path.name, 200),
        )
    return footage
