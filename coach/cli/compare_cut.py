"""Cuts the best take of each line together: as an edit list, and as a film."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from coach.base.errors import TakeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from coach.cli.compare import OpenedTake
    from coach.core.comparison.best_takes import Assembly, Choice
    from coach.core.comparison.compare import Comparison
    from coach.recordings.joining import Shot
    from coach.takes.remains import Footage


@dataclass
class Cut:
    """The edit list and the film that `args` ask for; `say` is told what they lack and where they lie.

    What is cut must be there: only takes with a recording are chosen from, and every line that another take serves
    better, or that no recording has, is named.
    """

    args: argparse.Namespace
    opened: Sequence[OpenedTake]
    comparison: Comparison
    best: Assembly
    say: Callable[[str], None]

    def write(self) -> None:
        """Write them.

        Raises:
            TakeError: none of the takes has a recording.
            OutputError: a recording cannot be read, or a file not be written.
        """
        chosen = self._chosen()
        shots = [shot for choice in chosen.choices for shot in self._shots(choice)]
        title = self.comparison.takes[self.comparison.newest].report.title
        if self.args.edl is not None:
            from coach.recordings.edit_list import write_edit_list

            write_edit_list(Path(self.args.edl), title, shots, force=self.args.force)
            self.say(f"Edit list written to {self.args.edl}")
        if self.args.mp4 is not None:
            self._film(shots)
            self.say(f"Film written to {self.args.mp4}")

    def _chosen(self) -> Assembly:
        from coach.core.comparison.best_takes import assemble

        chosen = assemble(self.comparison, self._footage)
        if not chosen.choices:
            reasons = "; ".join(self._missing.values())
            raise TakeError(f"there is nothing to cut, since no take that plays a line has a recording: {reasons}")
        for reason in self._missing.values():
            self.say(f"Not cut from: {reason}.")
        for sentence in self._second_best(chosen):
            self.say(sentence)
        return chosen

    def _second_best(self, chosen: Assembly) -> Iterator[str]:
        """Every line for which the recording of the best take is missing."""
        cut = {choice.text: choice.take for choice in chosen.choices}
        for choice in self.best.choices:
            best = "tied, and newest," if choice.tied else "best"
            line = f"Line {choice.line.index} is {best} in take {choice.take + 1}, which has no recording"
            if choice.text not in cut:
                yield f"{line}, nor has another that plays it; it is left out."
            elif cut[choice.text] != choice.take:
                yield f"{line}; it is cut from take {cut[choice.text] + 1}."

    @cached_property
    def _found(self) -> list[Footage | str]:
        """The recording of each take, or why there is none."""
        return [_footage(opened) for opened in self.opened]

    @property
    def _footage(self) -> dict[int, Footage]:
        return {place: found for place, found in enumerate(self._found) if not isinstance(found, str)}

    @property
    def _missing(self) -> dict[int, str]:
        return {place: found for place, found in enumerate(self._found) if isinstance(found, str)}

    def _shots(self, choice: Choice) -> Iterator[Shot]:
        """A line as it was played: one shot, more where the actor stopped the clock in it."""
        from coach.core.analysis.line_curves import played_spans
        from coach.recordings.joining import Shot

        footage, line, review = self._footage[choice.take], choice.line, self.opened[choice.take].review
        assert line.start_s is not None
        assert line.end_s is not None
        for start, end in played_spans(line.start_s, line.end_s, review.moments.pauses if review else ()):
            begin = max(start - footage.begins, 0.0)
            yield Shot(
                footage.path, begin, end - footage.begins, f"{line.index} {line.text}", f"TAKE{choice.take + 1:02d}"
            )

    def _film(self, shots: Sequence[Shot]) -> None:
        from coach.cli.signals import stoppable
        from coach.display.kit.console import open_console
        from coach.display.kit.progress import WorkBar
        from coach.recordings.joining import join_shots

        total = sum(shot.seconds for shot in shots)
        with stoppable() as look, WorkBar(open_console(), f"Cutting {total:.0f} s of film", total) as bar:

            def progress(done: float) -> None:
                look()
                bar(done)

            join_shots(Path(self.args.mp4), shots, force=self.args.force, progress=progress)


def _footage(opened: OpenedTake) -> Footage | str:
    from coach.takes.contents import JOURNAL_NAME
    from coach.takes.journal import read_journal
    from coach.takes.remains import footage_of

    try:
        return footage_of(opened.folder, read_journal(opened.folder / JOURNAL_NAME), opened.played.report)
    except TakeError as error:
        return str(error)
