"""A take scored again from the signal that is kept, under another script, strictness or model."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

from coach import __version__
from coach.app.rehearsal import UNUSED_FOOTAGE_S, unused_footage
from coach.app.replay import PlayedTake
from coach.app.review import as_played, journal_of, report_of
from coach.base.errors import TakeError
from coach.base.events import Command, TakeEnded
from coach.base.protocols import Perceiver
from coach.base.settings import Strictness
from coach.base.types import NO_IMAGE_REASONS, Frame, Observation
from coach.core.progress.line_identity import match_lines
from coach.core.reading.card import ModelCard
from coach.core.scoring.report import Note, Report
from coach.core.scoring.scorer import Scorer
from coach.core.script.script import Script
from coach.takes.journal import JOURNAL_VERSION, Journal, JournalHeader, read_journal
from coach.takes.lock import hold_take
from coach.takes.remains import Footage, footage_of
from coach.takes.report_file import report_json
from coach.takes.rescored_file import (
    RescoredWith,
    discard_signal,
    keep_rescored,
    next_number,
    signal_name,
    write_signal,
)

NO_WEIGHTS: Final = (
    "The journal of this take is of version 1, which kept no weights of faces; every moment counted in full."
)

BEGINS_AT_ONCE: Final = (
    "The video of this take begins after its countdown; the new model held the lines against the usual face at rest."
)

UNKNOWN: Final = "What the report before was scored with cannot be read; so what changed since cannot be said."

_AGAIN: Final = "Scored again with "


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs from how the take was played; None is as it was played."""

    script: Script | None = None
    strictness: Strictness | None = None

    def applied(self, journal: Journal) -> Journal:
        """`journal` under the script and strictness that are asked for, and its own where none is."""
        header = journal.header
        strictness = self.strictness or header.settings.strictness
        settings = header.settings.model_copy(update={"strictness": strictness})
        return journal.with_scoring(self.script or header.script, settings, header.card)


@dataclass(frozen=True, slots=True)
class Rescoring:
    """A take scored again, not kept yet.

    Attributes:
        before: the report that it has.
        after: the new one.
        scored: what the new one was made from; None where that is the take's own journal as it was played.
        changes: what differs between the two scorings, in words; None where what `before` was made from is lost.
    """

    before: Report
    after: Report
    scored: RescoredWith | None
    changes: list[str] | None

    @property
    def same(self) -> bool:
        """Whether both say the same, but for the block `created`."""
        but = {"created": self.after.created, "schema_version": self.after.schema_version}
        return report_json(self.before.model_copy(update=but)) == report_json(self.after)

    @property
    def news(self) -> list[str]:
        """What to say of it: what differs between the two scorings, and what the new report alone warns of.

        A report says among its warnings how it differs from the take as it was played, which is another question.
        """
        fresh = [warning for warning in self.after.warnings if warning not in self.before.warnings]
        first = UNKNOWN if self.changes is None else _scored_again(self.changes)
        return [*([first] if first else []), *(text for text in fresh if not text.startswith(_AGAIN))]


def rescore(take: Path, played: tuple[Report, Journal], before: Report, scored: Journal, number: int) -> Rescoring:
    """The take in folder `take` scored again; nothing is written.

    The same signal under the same settings gives the same report, but for its block `created`.

    Args:
        take: the folder.
        played: the report and the journal of the take as it was played.
        before: the report that it has now.
        scored: the journal to score: `Changes.applied`, and where the recording was read anew another than its own.
        number: of this scoring.

    Raises:
        ScriptError, UsageError: the script's times or the chosen lines do not fit.
    """
    original, journal = played
    scorer = PlayedTake.of(scored).replay(notes=False)
    changes = changes_between(journal, scored)
    created = original.created.model_copy(update=_created(take, number if changes else None))
    warnings = [*_warnings(original, journal, scored, scorer), *_said(changes, journal, scored)]
    report = scorer.report(created, original.source, warnings)
    notes = [*_live_notes(original, journal, scored), *(note for note in report.notes if note.kind == "after")]
    after = report.model_copy(update={"notes": notes})
    return Rescoring(before, after, _scored_with(scored) if changes else None, _changes_since(take, journal, scored))


def _changes_since(take: Path, played: Journal, scored: Journal) -> list[str] | None:
    """What differs from how the report that the take has was made; None where that cannot be read any more."""
    try:
        return changes_between(journal_of(take), scored, played)
    except TakeError:
        return None


def _created(take: Path, rescored: int | None) -> dict[str, str | int | None]:
    return {"take": take.name, "coach_version": __version__, "rescored": rescored}


def changes_between(before: Journal, scored: Journal, played: Journal | None = None) -> list[str]:
    """What differs, in words such as ``strictness strict instead of standard``; empty where nothing does.

    Of what goes back to how the take was `played` (by default as in `before`), it says so.
    """
    old, new = before.header, scored.header
    played = played or before
    changes = []
    if new.script != old.script:
        changes.append(_script(old.script, new.script, back=new.script == played.header.script))
    if new.settings.strictness != old.settings.strictness:
        changes.append(f"strictness {new.settings.strictness} instead of {old.settings.strictness}")
    if scored.path != before.path and (played.path in (scored.path, before.path) or new.card != old.card):
        how = "what was seen as it was played," if scored.path == played.path else "the recording read anew"
        changes.append(f"{how} by the model {_model(new.card)} instead of {_model(old.card)}")
    return changes


def _script(old: Script, new: Script, *, back: bool) -> str:
    if back:
        return f"the script \u201c{new.title}\u201d as it was played"
    return f"{'an edited script' if new.title == old.title else 'the script'} \u201c{new.title}\u201d"


def _model(card: ModelCard | None) -> str:
    return f"{card.name} ({card.sha256[:8]})" if card else "none"


def _said(changes: list[str], played: Journal, scored: Journal) -> list[str]:
    said = [_scored_again(changes)] if changes else []
    if scored.path != played.path and played.header.source.live:
        said.append(BEGINS_AT_ONCE)
    return [*said, NO_WEIGHTS] if played.header.journal_version == 1 and scored.path == played.path else said


def _scored_again(changes: list[str]) -> str:
    return f"{_AGAIN}{'; '.join(changes)}." if changes else ""


def _scored_with(scored: Journal) -> RescoredWith:
    header = scored.header
    at = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return RescoredWith(
        at=at, script=header.script, settings=header.settings, card=header.card, signal=scored.path.name
    )


def _warnings(original: Report, played: Journal, scored: Journal, scorer: Scorer) -> list[str]:
    """What the take was warned of as it was played; under another script without what the old one brought."""
    if scored.header.script == played.header.script:
        return list(original.warnings)
    header = played.header
    before = PlayedTake.of(played)
    brought = {
        *before.replay(notes=False).unreached(),
        *unused_footage(before.timeline, header.settings, header.source),
    }
    kept = [warning for warning in original.warnings if warning not in brought]
    return [*kept, *scorer.unreached(), *_goes_on(scorer.stats.ended, played)]


def _goes_on(ended: TakeEnded | None, played: Journal) -> list[str]:
    """Where the script that is asked for is over before the take is."""
    until = max(played.last_t or 0.0, 0.0)
    if ended is None or ended.cause != "finished" or until - ended.t <= UNUSED_FOOTAGE_S:
        return []
    return [f"This script ends at {ended.t:.1f} s; the take goes on to {until:.1f} s, which is not scored."]


def _live_notes(original: Report, played: Journal, scored: Journal) -> list[Note]:
    """The notes that were really given, each on the line it belongs to now; those of lines that are gone are left out.

    What the coach would have said under another script or strictness was never heard.
    """
    lines = line_numbers(played.header.script, scored.header.script)
    notes = [note for note in original.notes if note.kind == "live"]
    return [note.model_copy(update={"line": lines[note.line]}) for note in notes if note.line in lines]


def line_numbers(old: Script, new: Script) -> dict[int, int]:
    """Which line (1-based) of `new` each line of `old` has become, by its words."""
    pairs = match_lines([line.text for line in old.spoken], [line.text for line in new.spoken])
    return {before + 1: after + 1 for before, after in pairs.items()}


def lines_that_stayed(played: JournalHeader, scored: JournalHeader) -> dict[int, int]:
    """Of the lines (1-based) that were played: which each is now, where model and target are the same as then.

    For these alone holds what was chosen and said while the take was played.
    """
    if played.card != scored.card:
        return {}
    old, new = played.script.spoken, scored.script.spoken
    numbers = line_numbers(played.script, scored.script)
    return {was: now for was, now in numbers.items() if old[was - 1].target == new[now - 1].target}


Work = Callable[[str, float], AbstractContextManager[Callable[[float], None]]]
"""Opens a bar: gets what is done, and how much there is of it; gives what hears how far it is."""


@dataclass(frozen=True, slots=True)
class RescoreTake:
    """Scores one take again and keeps the new report.

    Attributes:
        take: the folder.
        changes: what differs from how it was played.
        model: reads the recording anew; None keeps what was seen.
        work: shows how far the reading of the recording is.
        notify: gets sentences about what is missing.
    """

    take: Path
    changes: Changes
    model: str | None
    work: Work
    notify: Callable[[str], None]

    def run(self) -> tuple[Rescoring, Path | None]:
        """The take scored again, and where its old report lies now; None where nothing had to be written.

        Raises:
            CoachError: it cannot be scored again; it stays as it is.
        """
        before = report_of(self.take, self.notify)
        with hold_take(self.take):
            number = next_number(self.take)
            try:
                rescoring = self._rescored(before, number)
                if not rescoring.same:
                    return rescoring, keep_rescored(self.take, number, rescoring.after, rescoring.scored)
            except BaseException:
                discard_signal(self.take, number)
                raise
            discard_signal(self.take, number)
            return rescoring, None

    def _rescored(self, before: Report, number: int) -> Rescoring:
        original, journal = as_played(self.take)
        scored = self.changes.applied(journal)
        _ = PlayedTake.of(scored).timeline  # a mistake in the script is told before the work begins
        if self.model is not None:
            scored = self._read_anew(original, journal, scored, number)
        return rescore(self.take, (original, journal), before, scored, number)

    def _read_anew(self, original: Report, played: Journal, scored: Journal, number: int) -> Journal:
        """The journal of what the model sees in the recording, written beside the take's own."""
        from coach.perception.pipeline import open_perception

        try:
            footage = footage_of(self.take, played, original)
        except TakeError as error:
            raise TakeError(f"--model reads a take's recording anew, and {error}") from error
        settings = scored.header.settings
        perceiver = open_perception(settings.detector, self.model, settings.detect_every)
        path, end = self.take / signal_name(number), PlayedTake.of(played).end
        header = scored.header.model_copy(update={"card": perceiver.card, "journal_version": JOURNAL_VERSION})
        write_signal(path, header, read_anew(played, self._frames(footage, end.t), perceiver), end)
        return replace(read_journal(path), end=scored.end)

    def _frames(self, footage: Footage, ends: float) -> Iterator[Frame]:
        """The pictures of the recording at their times in the take."""
        from coach.sources import open_source

        source = open_source(str(footage.path))
        try:
            with self.work(f"Reading {footage.path.name} anew", ends) as tell:
                while isinstance(frame := source.read(), Frame) and frame.t + footage.start_t <= ends:
                    tell(frame.t + footage.start_t)
                    yield replace(frame, t=frame.t + footage.start_t)
        finally:
            source.close()


def read_anew(journal: Journal, frames: Iterable[Frame], perceiver: Perceiver) -> Iterator[Observation | Command]:
    """What `perceiver` sees in the recording of a take, with the commands and pictureless moments of its journal.

    `frames` have the times of the take and come in order.
    """
    seen = (perceiver.observe(frame) for frame in frames)
    kept = (item for item in journal.inputs() if isinstance(item, Command) or item.reason in NO_IMAGE_REASONS)
    return heapq.merge(kept, seen, key=lambda item: item.t)
