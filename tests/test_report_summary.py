"""The summary of a report: two sentences that starts with a strength, and at most three notes."""

from __future__ import annotations

import pytest
from core_help import VIEWERS, frames, line, play, scored, seen, timeline, unseen
from takes_help import make_report

from coach.base.types import Emotion
from coach.core.analysis.summary import note_details, summary_sentence
from coach.core.scoring.report import Note, Report


def report_of(*faces: Emotion | None, target: str = "sad", card: bool = True) -> Report:
    """The report of 3 s lines with the target `target`, one for each of `faces`; None is a line without a face."""
    lines = timeline(*((line(f"Line {n}.", target), 3.0) for n in range(len(faces))))

    def show(t: float) -> object:
        face = faces[min(int(t / 3), len(faces) - 1)]
        return unseen(t) if face is None else seen(t, face)

    inputs = frames(3.0 * len(faces), show)  # type: ignore[arg-type]  # an Observation either way
    extra = {"card": VIEWERS} if card else {}
    return scored(lines, play(lines, inputs, **extra), **extra)


def test_the_summary_names_the_strength_then_the_worst_line() -> None:
    sentence = summary_sentence(report_of("sad", "happy"))
    assert sentence.startswith("Line 1 works: the sadness holds. Next, line 2: ")
    assert sentence.endswith("the camera read joy where you wanted sadness.")


def test_after_a_take_of_hits_the_summary_advises_to_risk_more() -> None:
    assert summary_sentence(report_of("sad", "sad")).endswith("Every scored line came across, so risk more.")
    assert summary_sentence(report_of("sad")).endswith("There is nothing to change, so risk more.")


def test_the_summary_of_a_take_of_misses_still_starts_with_something_good() -> None:
    sentence = summary_sentence(report_of("happy", "happy"))
    assert sentence.startswith("The camera had a good view of your face. Next, line")


def test_the_summary_of_an_unscored_take_gives_the_reason() -> None:
    sentence = summary_sentence(report_of(None, None))
    assert sentence == "All 2 lines were played. No line could be scored (no face)."


def test_the_summary_of_a_take_without_a_camera_makes_no_claim_about_the_face() -> None:
    report = report_of("sad").model_copy(update={"model": None})
    assert summary_sentence(report) == "The line was played. There was no camera, so nothing is scored."


@pytest.mark.parametrize("faces", [("sad",), ("happy", "sad"), (None,), ("fear", "fear", "fear", "fear", "sad")])
@pytest.mark.parametrize("card", [True, False])
def test_the_summary_is_two_sentences_and_claims_no_feelings(faces: tuple[Emotion | None, ...], card: bool) -> None:
    report = report_of(*faces, card=card)
    sentences = [summary_sentence(report), *(f"{note.evidence} {note.drill}" for note in note_details(report))]
    assert sentences[0].count(".") == 2
    assert not any("feel" in text.lower() for text in sentences)


def test_the_details_of_a_note_are_line_rival_evidence_and_drill() -> None:
    (note,) = note_details(report_of("sad", "happy"))
    assert (note.line, note.text, note.target) == (2, "Line 1.", "sadness")
    assert 3.0 <= note.t < 6.0
    assert note.instead is not None
    assert note.instead[0] == "happy"
    assert note.evidence.startswith("You wanted sadness.")
    assert "Next:" not in note.evidence
    assert note.drill.startswith("Whisper it, then")


def test_at_most_three_notes_are_shown() -> None:
    assert [note.line for note in note_details(report_of(*["happy"] * 6))] == [1, 2, 3]


def test_a_note_on_a_missing_line_is_dropped() -> None:
    report = make_report().model_copy(update={"notes": [Note(t=1.0, line=9, text="Colder.", kind="live")]})
    assert note_details(report) == []


def test_a_live_note_gets_the_drill_of_its_line() -> None:
    (note,) = note_details(make_report())
    assert (note.evidence, note.instead) == ("Colder.", None)
    assert note.drill.startswith("Whisper it, then")
