"""What a report tells first: one sentence, a strength before anything else, and at most three notes."""

from __future__ import annotations

import pytest
from core_help import VIEWERS, frames, line, play, scored, seen, timeline, unseen
from takes_help import make_report

from coach.base.types import Emotion
from coach.core.analysis.summary import note_details, summary_sentence
from coach.core.scoring.report import Note, Report


def played(*faces: Emotion | None, asked: str = "sad", card: bool = True) -> Report:
    """A report of lines of 3 s that ask for `asked`, each with the face that was shown; None was not seen."""
    lines = timeline(*((line(f"Line {n}.", asked), 3.0) for n in range(len(faces))))

    def show(t: float) -> object:
        face = faces[min(int(t / 3), len(faces) - 1)]
        return unseen(t) if face is None else seen(t, face)

    inputs = frames(3.0 * len(faces), show)  # type: ignore[arg-type]  # an Observation either way
    extra = {"card": VIEWERS} if card else {}
    return scored(lines, play(lines, inputs, **extra), **extra)


def test_what_held_is_kept_and_the_worst_line_comes_next() -> None:
    sentence = summary_sentence(played("sad", "happy"))
    assert sentence.startswith("Keep line 1: the camera read sad and it stayed; now line 2, ")
    assert sentence.endswith("where the camera read happy and sad was asked.")


def test_where_all_came_across_the_next_step_is_a_dare() -> None:
    assert summary_sentence(played("sad", "sad")).endswith("every line that was scored came across, so risk more.")
    assert summary_sentence(played("sad")).endswith("nothing to mend, so risk more.")


def test_even_a_take_of_misses_begins_with_what_was_good() -> None:
    sentence = summary_sentence(played("happy", "happy"))
    assert sentence.startswith("The face was there for the camera to read all the way; now line")


def test_a_take_in_which_nothing_could_be_scored_says_why() -> None:
    sentence = summary_sentence(played(None, None))
    assert sentence == "All 2 lines were played; no line could be scored (no face)."


def test_a_run_that_nobody_watched_claims_nothing() -> None:
    report = played("sad").model_copy(update={"model": None})
    assert summary_sentence(report) == "The line was played; no camera watched, so nothing was scored."


@pytest.mark.parametrize("faces", [("sad",), ("happy", "sad"), (None,), ("fear", "fear", "fear", "fear", "sad")])
@pytest.mark.parametrize("card", [True, False])
def test_it_is_one_sentence_that_never_says_what_anybody_feels(faces: tuple[Emotion | None, ...], card: bool) -> None:
    report = played(*faces, card=card)
    told = [summary_sentence(report), *(f"{note.evidence} {note.drill}" for note in note_details(report))]
    assert told[0].count(".") == 1
    assert not any("feel" in text.lower() for text in told)


def test_a_note_says_where_what_was_read_instead_why_and_what_to_try() -> None:
    (note,) = note_details(played("sad", "happy"))
    assert (note.line, note.text, note.asked) == (2, "Line 1.", "sad")
    assert 3.0 <= note.t < 6.0
    assert note.instead is not None
    assert note.instead[0] == "happy"
    assert note.evidence.startswith("Asked for sad;")
    assert "Next:" not in note.evidence
    assert note.drill.startswith("Whisper the line")


def test_of_many_bad_lines_three_have_notes() -> None:
    assert [note.line for note in note_details(played(*["happy"] * 6))] == [1, 2, 3]


def test_a_note_on_a_line_that_is_not_there_is_left_out() -> None:
    report = make_report().model_copy(update={"notes": [Note(t=1.0, line=9, text="Colder.", kind="live")]})
    assert note_details(report) == []


def test_a_note_of_the_run_itself_gets_the_drill_of_its_line() -> None:
    (note,) = note_details(make_report())
    assert (note.evidence, note.instead) == ("Colder.", None)
    assert note.drill.startswith("Whisper the line")
