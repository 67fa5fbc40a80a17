"""Reports, comparisons and cues in another language: ids stay in English, and stored sentences are understood."""

from __future__ import annotations

from pathlib import Path

from comparison_help import line_report, side_by_side
from core_help import line, mixed, play, report_of, seen, timeline
from messages_help import speaking_romanian

from coach.base.events import CueDue, NoteGiven
from coach.base.messages import use_language
from coach.base.settings import Settings
from coach.base.types import Observation
from coach.core.analysis.summary import note_details
from coach.core.comparison.best_takes import choose_best_takes
from coach.core.comparison.compare import NOISE, to_json
from coach.core.comparison.texts import THRESHOLD, ranking_sentence
from coach.core.scoring.evidence import tenths
from coach.core.scoring.norms import limit_text
from coach.core.scoring.reactions import reaction_sentence
from coach.core.scoring.report import LineReport, ReactionReport, Report, reason_text, reason_word

WORDS = {
    "{rival} led": "s-a impus {rival}",
    "sadness": "tristețe",
    "part {number} not read": "partea {number} necitită",
    "ended early": "întreruptă",
    "never on target": "niciodată la țintă",
    "Next:": "Mai departe:",
    "The camera read": "Camera a citit",
    "The camera read {emotions}; {viewers}.": "Camera a citit {emotions}; {viewers}.",
    "mostly {emotion}": "mai ales {emotion}",
    "This camera misses some right faces": "Camera ratează fețe",
    "Viewer numbers are estimated from photos, not from people speaking.": "Sunt estimări.",
    "Not compared: {reason}.": "Nu se compară: {reason}.",
    "scored only in take {number}": "notată doar în dubla {number}",
    "Heavier. Lose the smile.": "Mai greu. Fără zâmbet.",
    "fear": "frică",
    "surprise": "surpriză",
    "or": "sau",
}


def sad_then_afraid(t: float) -> Observation:
    """A face in which sadness leads, after a second of fear."""
    return mixed(t, fear=0.6, neutral=0.3) if t < 1 else mixed(t, sad=0.6, fear=0.35)


def outrun_line() -> LineReport:
    """The line of a take in which another emotion led."""
    return report_of(timeline((line("Who?", "fear"), 10)), sad_then_afraid, Settings(strictness="gentle")).lines[0]


def test_a_report_keeps_the_reason_of_a_line_in_english_and_shows_it_translated(tmp_path: Path) -> None:
    with speaking_romanian(tmp_path, WORDS):
        outrun = outrun_line()
        assert outrun.reason == "sadness led"
        assert reason_text(outrun) == "s-a impus tristețe"
        reasons = ["part 2 not read", "broken off", "never on target", "a reason of a later version"]
        shown = ["partea 2 necitită", "întreruptă", "niciodată la țintă", "a reason of a later version"]
        assert [*map(reason_word, reasons)] == shown
    assert reason_text(outrun) == "sadness led"


def missed_line() -> Report:
    """A report with one note: the line wanted sadness, and the camera read fear."""
    lines = timeline((line("A line.", "sad"), 3))
    return report_of(lines, lambda t: seen(t, "fear"), Settings(coach="off"))


def test_a_note_falls_into_evidence_and_drill_in_whichever_language_it_was_made(tmp_path: Path) -> None:
    with speaking_romanian(tmp_path, WORDS):
        romanian = missed_line()
        assert "; hardly anyone would see tristețe. Mai departe: Whisper it, " in romanian.notes[0].text
        use_language("en", tmp_path)
        for report, end in [(romanian, "would see tristețe."), (missed_line(), "would see sadness.")]:
            (note,) = note_details(report)
            assert note.evidence.endswith(end)
            assert note.drill.startswith("Whisper it, ")


def test_a_note_that_names_another_emotion_is_known_in_each_language(tmp_path: Path) -> None:
    report = missed_line()
    with speaking_romanian(tmp_path, WORDS):
        for text, instead in [("Camera a citit frică.", "fear"), ("Camera a citit surpriză.", None)]:
            note = report.notes[0].model_copy(update={"text": text})
            (shown,) = note_details(report.model_copy(update={"notes": [note]}))
            assert (shown.instead and shown.instead[0]) == instead


def test_the_limits_of_a_model_are_found_in_a_report_of_either_language(tmp_path: Path) -> None:
    english = "Old words. This camera misses some right faces: fear in 11 of 29 (portraits)."
    romanian = "Vorbe vechi. Camera ratează fețe: frică la 11 din 29 (portrete)."
    with speaking_romanian(tmp_path, WORDS):
        assert limit_text(english) == f"Sunt estimări. {english.removeprefix('Old words. ')}"
        assert limit_text(romanian) == f"Sunt estimări. {romanian.removeprefix('Vorbe vechi. ')}"


def test_a_comparison_is_english_for_programs_and_translated_for_people(tmp_path: Path) -> None:
    with speaking_romanian(tmp_path, WORDS):
        compared = side_by_side([line_report("One.", "not_scored")], [line_report("One.")])
        (one,) = compared.lines
        assert ranking_sentence(one.ranking) == "Nu se compară: notată doar în dubla 2."
        assert to_json(compared, choose_best_takes(compared))["lines"][0]["why"] == "scored only in take 2"


def test_a_reaction_is_told_in_the_words_of_the_actor(tmp_path: Path) -> None:
    reaction = ReactionReport.model_validate(
        {**dict.fromkeys(ReactionReport.model_fields), "line": 1, "role": "BEN", "text": "Go.", "scored_s": 2.0}
        | {"targets": ["fear"], "target": "fear > surprise @60%", "verdict": "partial", "reason": "part 2 not read"}
    )
    with speaking_romanian(tmp_path, {**WORDS, "partial": "parțial", "wanted {target}": "ținta {target}"}):
        assert reaction_sentence(reaction) == "ținta frică > surpriză @60%, parțial, partea 2 necitită"


def test_notes_and_announced_emotions_are_given_in_the_language_of_the_actor(tmp_path: Path) -> None:
    lines = timeline(
        (None, 2.0), (line("A long line that goes on.", "sad"), 12.0), (line("Oh!", ["fear", "surprise"]), 3)
    )
    with speaking_romanian(tmp_path, WORDS):
        events = play(lines, [seen(t / 25, "happy") for t in range(400)], Settings(announce="emotion"))
    cues = [(event.text, event.language) for event in events if isinstance(event, CueDue)]
    assert cues[-1] == ("frică sau surpriză", "ro")
    assert "Mai greu. Fără zâmbet." in [event.text for event in events if isinstance(event, NoteGiven)]


def test_the_figures_that_a_difference_needs_are_those_by_which_takes_are_ranked() -> None:
    viewers, points = tenths(NOISE["share"]), round(NOISE["accuracy"] * 100)
    assert f"of {viewers} of 10 viewers" in THRESHOLD
    assert f"below {points} points" in THRESHOLD
