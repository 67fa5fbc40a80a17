"""What a take's landmarks say to the actor: eyes, tips beside the own examples, likeness to approved performances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from coach.base.errors import CoachError, TakeError, UsageError
from coach.base.messages import mark, tr, tr_n
from coach.core.actor.approved import ApprovedLikeness, Performance, likeness_to_approved
from coach.core.face.measures import MEASURES, Values, difference
from coach.core.face.reading import read_face
from coach.core.face.texts import face_sentences
from coach.core.face.tips import differences, tip_text
from coach.core.script.targets import EMOTION_NOUNS
from coach.takes.approved import Approved, change_approved, read_approved

if TYPE_CHECKING:
    from coach.base.types import Emotion
    from coach.core.actor.examples import ActorProfile, Face
    from coach.core.face.take import FaceTake
    from coach.core.scoring.report import LineReport, Report

MAX_OTHERS: Final = 5
"""At most this many other takes of a line say how far apart the actor's takes are, the newest ones."""

_SPREADS: Final = np.array([measure.spread for measure in MEASURES])


_MEASURE_WORDS: Final = (
    mark("brows inner"),
    mark("brows outer"),
    mark("brows together"),
    mark("upper lids"),
    mark("lower lids"),
    mark("cheeks"),
    mark("nose"),
    mark("upper lip"),
    mark("lip corners"),
    mark("lips wide"),
    mark("lips pressed"),
    mark("jaw"),
)
"""The words for `coach.core.face.measures.MEASURES`, in their order."""


def sentences_of(take: Path, report: Report, face: FaceTake) -> list[str]:
    """All sentences about the landmarks of the take in folder `take`."""
    return [*face_sentences(face.lines), *tips(report, face), *approved_sentences(take, report, face)]


# --- tips -----------------------------------------------------------------------------------------------------------


def tips(report: Report, face: FaceTake) -> list[str]:
    """A tip for each line that was not like the actor's own example of its tag; empty if the actor is not known."""
    lines = [line for line in report.lines if line.own is not None and line.own.kind == "no" and line.verdict != "hit"]
    if not lines:
        return []
    from coach.actors.store import ActorStore

    try:
        profile = ActorStore().read(report.actor)
    except CoachError:
        return []
    found = [_tip(line, face, profile) for line in lines]
    return [tip for tip in found if tip]


def _tip(line: LineReport, face: FaceTake, profile: ActorProfile) -> str:
    emotion = line.targets[0]
    example = _example_measures(profile, emotion)
    different = differences(_measures(face, line.index), example) if example is not None else None
    return tip_text(line.index, tr(EMOTION_NOUNS[emotion]), different) if different is not None else ""


def _example_measures(profile: ActorProfile, emotion: Emotion) -> Values | None:
    """The measures of the actor's first example of `emotion` against the calibrated rest; None without one."""
    example = next((each for each in profile.examples if each.label == emotion), None)
    if example is None or profile.rest is None:
        return None
    shown, rest = (_values(each) for each in (example.face, profile.rest))
    return difference(shown, rest) if shown is not None and rest is not None else None


def _values(face: Face) -> Values | None:
    from coach.core.actor.examples import kept_points

    reading = read_face(kept_points(face))
    return reading.values if reading is not None else None


def _measures(face: FaceTake, line: int) -> list[Values]:
    return [moment.measures for moment in face.moments if moment.line == line and moment.measures is not None]


# --- approved performances ------------------------------------------------------------------------------------------


def approve(take: Path, line: int) -> Approved:
    """Approve line `line` of the take in folder `take`, in place of an earlier take of that line.

    Raises:
        TakeError: there is no such line, or no landmarks were kept of it.
    """
    report, face = _face_of(take)
    text = {each.index: each.text for each in report.lines}.get(line)
    if text is None:
        raise TakeError(tr("there is no line {line} in {take}", line=line, take=take.name))
    if face is None or not _measures(face, line):
        raise TakeError(
            tr(
                "line {line} of {take} has no landmarks to compare with; rehearse with --measures or --actor",
                line=line,
                take=take.name,
            )
        )
    approved = Approved(title=report.title, text=text, take=take.name, line=line)

    def replaced(before: tuple[Approved, ...]) -> tuple[Approved, ...]:
        return (*(each for each in before if not each.is_of(report.title, text)), approved)

    change_approved(take.parent, replaced)
    return approved


def disapprove(takes: Path, number: int) -> tuple[Approved, ...]:
    """Remove the approval with this 1-based `number`; returns those that are left.

    Raises:
        UsageError: there is no such approval.
        TakeError: the approvals cannot be read or written.
    """

    def removed(approved: tuple[Approved, ...]) -> tuple[Approved, ...]:
        if not 1 <= number <= len(approved):
            raise UsageError(_no_number_text(len(approved), number))
        return approved[: number - 1] + approved[number:]

    return change_approved(takes, removed)


def _no_number_text(count: int, number: int) -> str:
    return tr_n(
        "{count} line is approved, there is no number {number}",
        "{count} lines are approved, there is no number {number}",
        count,
        number=number,
    )


def approved_sentences(take: Path, report: Report, face: FaceTake) -> list[str]:
    """How like the approved performances the lines of the take are; empty where nothing is approved."""
    try:
        approved = read_approved(take.parent)
    except TakeError as error:
        return [str(error)]
    found = [_approved_sentence(take, report, face, each) for each in approved if each.take != take.name]
    return [sentence for sentence in found if sentence]


def _approved_sentence(take: Path, report: Report, face: FaceTake, approved: Approved) -> str:
    line = next((each for each in report.lines if approved.is_of(report.title, each.text)), None)
    played = performance(face, line.index) if line is not None else None
    if line is None or played is None:
        return ""
    first = _performance_in(take.parent / approved.take, approved)
    if first is None:
        return tr("Line {line}: the take that you approved, {take}, is gone.", line=line.index, take=approved.take)
    others = _others(take, approved)
    likeness = likeness_to_approved(first, played, others)
    if likeness is None:
        return tr(
            "Line {line} cannot be compared with the one that you approved before its third take.", line=line.index
        )
    return _likeness_text(line.index, likeness)


def _likeness_text(line: int, likeness: ApprovedLikeness) -> str:
    if likeness.word == "alike":
        return tr("Line {line} is like the one that you approved.", line=line)
    name = tr(_MEASURE_WORDS[likeness.measure])
    values = {"line": line, "seconds": likeness.parts_at_s, "name": name}
    if likeness.word == "near":
        return tr("Line {line} is near the one that you approved; they part at {seconds:.1f} s, in {name}.", **values)
    return tr(
        "Line {line} is another performance than the one that you approved; they part at {seconds:.1f} s, in {name}.",
        **values,
    )


def _others(take: Path, approved: Approved) -> list[Performance]:
    """Other performances of the line, at most `MAX_OTHERS`."""
    found: list[Performance] = []
    for folder in _recent(take):
        other = _performance_in(folder, approved) if folder.name not in (take.name, approved.take) else None
        if other is not None:
            found.append(other)
        if len(found) == MAX_OTHERS:
            break
    return found


def _recent(take: Path) -> Iterator[Path]:
    """The other takes beside `take`, newest first, as many as reports look back."""
    from coach.takes.contents import RECENT_TAKES
    from coach.takes.store import TakeStore

    yield from TakeStore(take.parent).takes()[:RECENT_TAKES]


def _performance_in(take: Path, approved: Approved) -> Performance | None:
    """The performance of the approved line in the take in folder `take`; None if there is none with landmarks."""
    try:
        report, face = _face_of(take)
    except CoachError:
        return None
    line = next((each.index for each in report.lines if approved.is_of(report.title, each.text)), None)
    return performance(face, line) if line is not None and face is not None else None


def _face_of(take: Path) -> tuple[Report, FaceTake | None]:
    from coach.app.review import report_of, review_of

    return report_of(take), review_of(take).face


def performance(face: FaceTake, line: int) -> Performance | None:
    """The curves of line `line`, in spreads of each measure; None without good landmarks."""
    moments = [moment for moment in face.moments if moment.line == line and moment.measures is not None]
    if not moments:
        return None
    times = np.array([moment.t for moment in moments])
    curves = np.array([moment.measures for moment in moments], np.float64) / _SPREADS
    return Performance(times - times[0], curves)


def approved_rows(approved: Sequence[Approved]) -> list[str]:
    """A row for each approved line, with its number."""
    return [
        tr("{number}. {text} ({take} line {line})", number=number, text=each.text, take=each.take, line=each.line)
        for number, each in enumerate(approved, 1)
    ]
