"""Rescore a take from its stored signal with another script, strictness or model."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

from coach import __version__
from coach.app.actors import own_judge_of, profile_named, settings_with
from coach.app.rehearsal import UNUSED_FOOTAGE_S, unused_footage
from coach.app.replay import PlayedTake, face_builder, with_eye_lines
from coach.app.review import as_played, damage_sentence, journal_of, report_of
from coach.base.errors import TakeError
from coach.base.events import Command, TakeEnded
from coach.base.messages import mark, tr
from coach.base.protocols import Perceiver
from coach.base.settings import Strictness
from coach.base.text import clean
from coach.base.types import MEASURES_PER_S, NO_IMAGE_REASONS, Frame, Observation
from coach.core.progress.line_identity import match_lines
from coach.core.reading.card import ModelCard
from coach.core.scoring.report import Note, Report
from coach.core.scoring.scorer import Scorer
from coach.core.script.script import Script
from coach.takes.contents import WORDS_NAME, hold_take
from coach.takes.journal import JOURNAL_VERSION, Journal, JournalHeader, read_journal
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

NO_WEIGHTS: Final = mark(
    "An older Coach made this take and did not record how well each face could be read, so every moment counts in full."
)

NO_COUNTDOWN: Final = mark("The video begins after the countdown, so the new model does not know your face at rest.")

UNKNOWN_CHANGES: Final = mark("The settings of the old report cannot be read, so what changed is unknown.")

_AGAIN: Final = mark("Scored again with {changes}.")


@dataclass(frozen=True, slots=True)
class Changes:
    """What to change when a take is rescored; None keeps what it was played with.

    `actor` is the actor whose own examples are compared, ``nobody`` for none.
    """

    script: Script | None = None
    strictness: Strictness | None = None
    actor: str | None = None

    def applied(self, journal: Journal) -> Journal:
        """Apply the changes to `journal`."""
        header = journal.header
        strictness = self.strictness or header.settings.strictness
        settings = header.settings.model_copy(update={"strictness": strictness})
        if self.actor is not None:
            settings = settings_with(settings, profile_named(self.actor, header.card))
        return journal.with_scoring(self.script or header.script, settings, header.card)


@dataclass(frozen=True, slots=True)
class Rescoring:
    """The result of rescoring a take, not stored yet.

    Attributes:
        before: the current report.
        after: the new report.
        scored: script, settings, model and signal of the new report; None if they are those of the original take.
        changes: differences between the two scorings, in words; None if the data behind `before` is lost.
    """

    before: Report
    after: Report
    scored: RescoredWith | None
    changes: list[str] | None

    @property
    def same(self) -> bool:
        """Whether the reports are equal, except their blocks `created` and their schema versions."""
        metadata = {"created": self.after.created, "schema_version": self.after.schema_version}
        return report_json(self.before.model_copy(update=metadata)) == report_json(self.after)

    @property
    def remarks(self) -> list[str]:
        """Sentences about the differences between the two scorings, and the new warnings.

        The warning about differences from the original take is left out.
        """
        new = [warning for warning in self.after.warnings if warning not in self.before.warnings]
        again = tr(_AGAIN).partition("{")[0]
        first = tr(UNKNOWN_CHANGES) if self.changes is None else _scored_again(self.changes)
        return [*([first] if first else []), *(text for text in new if not text.startswith(again))]


def rescore(take: Path, played: tuple[Report, Journal], before: Report, scored: Journal, number: int) -> Rescoring:
    """Rescore the take in folder `take` without writing anything.

    The same signal and settings give the same report, except its block `created`.

    Args:
        take: the folder.
        played: the original report and journal.
        before: the current report.
        scored: the journal to score: the result of `Changes.applied`, or that of a new reading of the recording.
        number: of this rescoring.

    Raises:
        ScriptError, UsageError: the script's times or the chosen lines do not fit.
    """
    original, journal = played
    own = own_judge_of(scored.header.settings, scored.header.card)
    face = face_builder(scored.header)
    scorer = PlayedTake.of(scored).replay(*(sink for sink in (own, face) if sink is not None), notes=False)
    changes = changes_between(journal, scored)
    created = original.created.model_copy(update=_created(take, number if changes else None))
    damage = damage_sentence(journal)
    warnings = [
        *_warnings(original, journal, scored, scorer),
        *_warnings_of_changes(changes, journal, scored),
        *([damage] if damage else []),
    ]
    report = with_eye_lines(scorer.report(created, original.source, warnings, own), face)
    if (take / WORDS_NAME).exists():
        from coach.app.line_words import with_kept_words

        report = with_kept_words(report, take)
    notes = [*_live_notes(original, journal, scored), *(note for note in report.notes if note.kind == "after")]
    after = report.model_copy(update={"notes": notes})
    return Rescoring(before, after, _scored_with(scored) if changes else None, _changes_since(take, journal, scored))


def _changes_since(take: Path, played: Journal, scored: Journal) -> list[str] | None:
    """Differences from the scoring behind the current report; None if that cannot be read."""
    try:
        return changes_between(journal_of(take), scored, played)
    except TakeError:
        return None


def _created(take: Path, rescored: int | None) -> dict[str, str | int | None]:
    return {"take": take.name, "coach_version": __version__, "rescored": rescored}


def changes_between(before: Journal, scored: Journal, played: Journal | None = None) -> list[str]:
    """Describe the differences, such as ``strictness strict instead of standard``; empty if there are none.

    Args:
        before: the journal of the previous scoring.
        scored: the journal of the new scoring.
        played: the original journal, to say what returns to it; None if that is `before`.
    """
    old, new = before.header, scored.header
    played = played or before
    changes = []
    if new.script != old.script:
        changes.append(_script(old.script, new.script, restored=new.script == played.header.script))
    if new.settings.strictness != old.settings.strictness:
        strictness = {"new": tr(new.settings.strictness), "old": tr(old.settings.strictness)}
        changes.append(tr("strictness {new} instead of {old}", **strictness))
    if new.settings.actor != old.settings.actor:
        examples = {"new": _examples(new.settings.actor), "old": _examples(old.settings.actor)}
        changes.append(tr("{new} instead of {old}", **examples))
    if scored.path != before.path and (played.path in (scored.path, before.path) or new.card != old.card):
        models = {"new": _model(new.card), "old": _model(old.card)}
        if scored.path == played.path:
            changes.append(tr("the readings of the take by the model {new} instead of {old}", **models))
        else:
            changes.append(tr("the recording read again by the model {new} instead of {old}", **models))
    return changes


def _examples(actor: str) -> str:
    return tr("the own examples of {actor}", actor=clean(actor)) if actor else tr("nobody's own examples")


def _script(old: Script, new: Script, *, restored: bool) -> str:
    if restored:
        return tr("the script \u201c{title}\u201d of the take", title=new.title)
    if new.title == old.title:
        return tr("an edited script \u201c{title}\u201d", title=new.title)
    return tr("the script \u201c{title}\u201d", title=new.title)


def _model(card: ModelCard | None) -> str:
    return f"{card.name} ({card.sha256[:8]})" if card else tr("none")


def _warnings_of_changes(changes: list[str], played: Journal, scored: Journal) -> list[str]:
    warnings = [_scored_again(changes)] if changes else []
    if scored.path != played.path and played.header.source.live:
        warnings.append(tr(NO_COUNTDOWN))
    return (
        [*warnings, tr(NO_WEIGHTS)] if played.header.journal_version == 1 and scored.path == played.path else warnings
    )


def _scored_again(changes: list[str]) -> str:
    return tr(_AGAIN, changes="; ".join(changes)) if changes else ""


def _scored_with(scored: Journal) -> RescoredWith:
    header = scored.header
    at = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return RescoredWith(
        at=at, script=header.script, settings=header.settings, card=header.card, signal=scored.path.name
    )


def _warnings(original: Report, played: Journal, scored: Journal, scorer: Scorer) -> list[str]:
    """The original warnings. With another script, those about the old script are replaced."""
    if scored.header.script == played.header.script:
        return list(original.warnings)
    header = played.header
    before = PlayedTake.of(played)
    obsolete = {
        *before.replay(notes=False).early_end_warnings(),
        *unused_footage(before.timeline, header.settings, header.source),
    }
    kept = [warning for warning in original.warnings if warning not in obsolete]
    return [*kept, *scorer.early_end_warnings(), *_unscored_rest(scorer.stats.ended, played)]


def _unscored_rest(ended: TakeEnded | None, played: Journal) -> list[str]:
    """A warning if the new script ends before the take."""
    until = max(played.last_t or 0.0, 0.0)
    if ended is None or ended.cause != "finished" or until - ended.t <= UNUSED_FOOTAGE_S:
        return []
    return [
        tr(
            "This script ends at {end:.1f} s. The take goes on to {until:.1f} s, and that part is not scored.",
            end=ended.t,
            until=until,
        )
    ]


def _live_notes(original: Report, played: Journal, scored: Journal) -> list[Note]:
    """The live notes that were given, with their new line numbers; without those of removed lines.

    Notes that another script or strictness would have given do not count, because the actor never heard them.
    """
    lines = line_numbers(played.header.script, scored.header.script)
    notes = [note for note in original.notes if note.kind == "live"]
    return [note.model_copy(update={"line": lines[note.line]}) for note in notes if note.line in lines]


def line_numbers(old: Script, new: Script) -> dict[int, int]:
    """Map line numbers (1-based) of `old` to those of `new`, by the words of the lines."""
    pairs = match_lines([line.text for line in old.spoken], [line.text for line in new.spoken])
    return {before + 1: after + 1 for before, after in pairs.items()}


def unchanged_lines(played: JournalHeader, scored: JournalHeader) -> dict[int, int]:
    """Map line numbers (1-based) of the played script to the new ones, for lines with the same model and target.

    Only for these lines, notes and pictures from the take are still valid.
    """
    if played.card != scored.card:
        return {}
    old, new = played.script.spoken, scored.script.spoken
    numbers = line_numbers(played.script, scored.script)
    return {was: now for was, now in numbers.items() if old[was - 1].target == new[now - 1].target}


OpenProgress = Callable[[str, float], AbstractContextManager[Callable[[float], None]]]
"""Opens a progress bar with a title and a total. Its context yields a function to call with the amount done."""


@dataclass(frozen=True, slots=True)
class RescoreTake:
    """Rescores one take and stores the new report.

    Attributes:
        take: the folder.
        changes: what to change.
        model: reads the recording again; None keeps the stored observations.
        open_progress: opens a progress bar while the recording is read.
        notify: gets sentences about missing parts.
    """

    take: Path
    changes: Changes
    model: str | None
    open_progress: OpenProgress
    notify: Callable[[str], None]

    def run(self) -> tuple[Rescoring, Path | None]:
        """Rescore the take.

        Returns:
            The result, and the new path of the old report; None if nothing was written because nothing changed.

        Raises:
            CoachError: the take cannot be rescored; it is unchanged.
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
        _ = PlayedTake.of(scored).timeline  # raises on a mistake in the script before the long work begins
        if self.model is not None:
            scored = self._reread(original, journal, scored, number)
        return rescore(self.take, (original, journal), before, scored, number)

    def _reread(self, original: Report, played: Journal, scored: Journal, number: int) -> Journal:
        """Read the recording with the new model, and write the result as a new journal beside the take's own."""
        from coach.perception.pipeline import OneActor, open_perception

        try:
            footage = footage_of(self.take, played, original)
        except TakeError as error:
            raise TakeError(tr("--model reads a take's recording again, and {error}", error=error)) from error
        settings = scored.header.settings
        measures_per_s = scored.header.measures_per_s or (MEASURES_PER_S if settings.actor else 0.0)
        mode = OneActor(settings.detect_every, settings.reads_per_s, settings.face, measures_per_s)
        perceiver = open_perception(settings.detector, self.model, mode)
        path, end = self.take / signal_name(number), PlayedTake.of(played).end
        header = scored.header.model_copy(update={"card": perceiver.card, "journal_version": JOURNAL_VERSION})
        write_signal(
            path, header, reread_recording(played, self._frames(footage, end.t, settings.reads_per_s), perceiver), end
        )
        return replace(read_journal(path), end=scored.end)

    def _frames(self, footage: Footage, ends: float, reads_per_s: float) -> Iterator[Frame]:
        """The frames of the recording, with their times in the take."""
        from coach.sources import SourceOptions, open_source

        source = open_source(str(footage.path), SourceOptions(frames_per_s=reads_per_s))
        try:
            with self.open_progress(tr("Reading {file} again", file=footage.path.name), ends) as progress:
                while isinstance(frame := source.read(), Frame) and frame.t + footage.start_t <= ends:
                    progress(frame.t + footage.start_t)
                    yield replace(frame, t=frame.t + footage.start_t)
        finally:
            source.close()


def reread_recording(
    journal: Journal, frames: Iterable[Frame], perceiver: Perceiver
) -> Iterator[Observation | Command]:
    """Observe the frames of a recording, and merge in the commands and imageless moments of the take's journal.

    Args:
        journal: of the take.
        frames: in order of time, with times of the take.
        perceiver: reads the frames.
    """
    seen = (perceiver.observe(frame) for frame in frames if perceiver.is_due(frame.t))
    kept = (item for item in journal.inputs() if isinstance(item, Command) or item.reason in NO_IMAGE_REASONS)
    return heapq.merge(kept, seen, key=lambda item: item.t)
