"""The report on the terminal: a strength, at most three notes, a table that fits, cautious wording."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from display_help import HOSTILE
from rich.cells import cell_len
from rich.console import Console

from coach.core.scoring.feedback import DRILLS, notes_to_show
from coach.core.scoring.report import (
    LineReport,
    ModelReport,
    Note,
    Overall,
    Report,
    RunMetadata,
    SourceReport,
    Strength,
    Verdict,
)
from coach.core.script.targets import EMOTION_NOUNS
from coach.display.kit.writer import shorten
from coach.display.tables.report import print_details
from coach.display.tables.summary import print_summary, print_take

if TYPE_CHECKING:
    from coach.base.types import Emotion


def line_report(
    index: int,
    text: str = "They said there would be news by morning.",
    verdict: Verdict = "hit",
    accuracy: float | None = 0.92,
    target: str = "sad",
    **changes: object,
) -> LineReport:
    scored = accuracy is not None
    average: dict[Emotion, float] = {"sad": 0.62, "happy": 0.2} if scored else {}
    fields: dict[str, object] = {
        "index": index,
        "text": text,
        "targets": ["sad"],
        "target": target,
        "start_s": 6.0 * (index - 1),
        "end_s": 6.0 * index,
        "played_s": 6.0,
        "scored_s": 5.0 if scored else 0.0,
        "coverage": 0.97 if scored else 0.1,
        "accuracy": accuracy,
        "match": 0.6 if scored else None,
        "arrival_s": 0.8 if scored else None,
        "hold_s": 4.2 if scored else 0.0,
        "bleed_s": 0.0,
        "read": average,
        "top": "sad" if scored else None,
        "intensity": None,
        "verdict": verdict,
        "reason": "",
        "attempts": 1,
    }
    return LineReport.model_validate(fields | changes)


FOUR = [
    line_report(1),
    line_report(2, "What if nobody comes? ÉLODIE, Ștefan, 日本語の台詞。", "miss", 0.12, "fear, surprise"),
    line_report(3, "She is alive. " * 9, "partial", 0.55, "sad > happy @30%", intensity="too little"),
    line_report(4, "In the dark.", "not_scored", None, "fear", reason="too dark"),
]


def note(line: int, kind: str = "after", t: float = 8.0, text: str = "Asked for fear. Next: breathe in.") -> Note:
    return Note.model_validate({"t": t, "line": line, "text": text, "kind": kind})


def report(lines: list[LineReport] | None = None, **changes: object) -> Report:
    fields: dict[str, object] = {
        "created": RunMetadata(at="", take="t", coach_version="0"),
        "title": "Waiting for news",
        "language": "en",
        "settings": {},
        "source": SourceReport(kind="video", name="hopeful_news_take.mp4", sha256=""),
        "model": ModelReport(name="m", sha256="", meaning="label"),
        "ended": "finished",
        "warnings": ["Line 4 was too dark to read."],
        "overall": Overall(accuracy=0.63, scored_s=15.0, coverage=0.8, hits=1, partials=1, misses=1, not_scored=1),
        "strength": Strength(t=1.2, line=1, text="It held: the camera read sad and it stayed."),
        "notes": [note(2)],
        "lines": FOUR if lines is None else lines,
    }
    return Report.model_validate(fields | changes)


Show = Callable[..., None]


def render(
    source: Report,
    width: int = 80,
    encoding: str = "utf-8",
    take: Path | None = Path("/takes/monday"),
    show: Show = print_details,
) -> str:
    raw = io.BytesIO()
    console = Console(
        file=io.TextIOWrapper(raw, encoding=encoding, newline="", write_through=True), width=width, legacy_windows=False
    )
    print_take(source, console, show, take_path=take, more=["More: coach report monday"])
    return raw.getvalue().decode(encoding)


def unwrapped(text: str) -> str:
    """The text without line breaks."""
    return " ".join(text.split())


def test_the_details_list_what_works_notes_lines_and_totals_in_this_order() -> None:
    text = render(report())
    order = [
        "Works: 00:01.2 line 1",
        "Change: 00:08.0 line 2",
        "verdict",
        "Overall: on target 63%",
        "Saved in",
        "More:",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_a_take_without_a_strength_is_reported_kindly() -> None:
    assert "Works: no line has come across for long enough yet." in render(report(strength=None))


@pytest.mark.parametrize("width", [40, 60, 78, 79, 80, 100, 112, 120, 200])
def test_every_value_of_every_line_is_shown_at_any_width(width: int) -> None:
    text = unwrapped(render(report(), width))
    for part in ("✓ hit", "~ partial", "✗ miss", "– not scored", "sad 62%", "92%", "12%", "0.8 s", "4.2 s", "97%"):
        assert part in text
    for part in ("fear, surprise", "sad > happy @30%", "They said there would", "What if nobody", "In the dark."):
        assert part in text
    assert "too little" in text
    assert "too dark" in text


@pytest.mark.parametrize("width", [40, 79, 120])
def test_coverage_has_the_same_name_as_on_pages(width: int) -> None:
    assert "coverage" in render(report(), width)


@pytest.mark.parametrize("width", [40, 79, 80, 120])
def test_no_row_is_wider_than_the_terminal_except_paths_and_commands(width: int) -> None:
    rows = [row for row in render(report(), width).splitlines() if not row.startswith(("Saved in", "More:"))]
    assert max(cell_len(row) for row in rows) <= width


def test_a_path_is_not_broken_over_two_rows() -> None:
    path = Path("/home/someone/a long folder") / "take" / ("x" * 60)
    assert f"Saved in {path}\n" in render(report(), 40, take=path)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_many_lines_stay_in_order_and_each_keeps_its_verdict(width: int) -> None:
    text = render(report([line_report(i, f"Line number {i} of many.") for i in range(1, 66)]), width)
    assert text.count("✓ hit") == 65
    places = [text.index(f"number {i} ") for i in range(1, 66)]
    assert places == sorted(places)


def test_at_most_three_notes_are_shown_with_those_of_the_report_before_live_ones() -> None:
    live = [note(i, "live", t=float(i), text="Let it land.") for i in range(1, 7)]
    after = [note(5, t=50.0), note(2, t=20.0)]
    chosen = notes_to_show([*live, *after])
    assert [(n.line, n.kind) for n in chosen] == [(1, "live"), (2, "after"), (5, "after")]
    assert render(report([line_report(i) for i in range(1, 7)], notes=[*live, *after])).count("Change: ") == 3


def test_the_scored_share_refers_to_the_time_played() -> None:
    assert "on target 63% of the 15.0 s scored, 62% of the time played" in unwrapped(render(report()))


def test_unreached_and_untracked_lines_do_not_count_as_played() -> None:
    lines = [
        line_report(1),
        line_report(2, targets=[], target="", verdict="not_scored", accuracy=None, reason="untracked"),
        line_report(
            3, start_s=None, end_s=None, played_s=0.0, verdict="not_scored", accuracy=None, reason="not reached"
        ),
    ]
    overall = Overall(accuracy=0.9, scored_s=3.0, coverage=1, hits=1, partials=0, misses=0, not_scored=2)
    text = unwrapped(render(report(lines, overall=overall)))
    assert "50% of the time played" in text
    assert "1 hit, 2 not scored." in text


def test_an_unscored_take_is_not_reported_as_zero_percent() -> None:
    overall = Overall(accuracy=None, scored_s=0, coverage=0, hits=0, partials=0, misses=0, not_scored=1)
    text = render(report([line_report(1, verdict="not_scored", accuracy=None, reason="no face")], overall=overall))
    assert "no line could be scored" in text
    assert "0%" not in text.replace("10%", "")


def test_the_wording_never_claims_a_feeling() -> None:
    label = unwrapped(render(report()))
    viewers = unwrapped(render(report(model=ModelReport(name="m", sha256="", meaning="viewers"))))
    assert "what the camera reads in the face" in label
    assert "what the camera reads in the face" in viewers
    assert "feel" not in label + viewers


def test_viewers_are_compared_with_actors_and_the_caveat_is_shown_once() -> None:
    sentence = "6 of 10 viewers would see fear; trained actors typically reach 4 of 10"
    lines = [
        line_report(1, share=0.61, asked_share=0.4, audience=sentence),
        line_report(2),
        line_report(3, audience=sentence),
    ]
    text = unwrapped(render(report(lines, model=ModelReport(name="m", sha256="", meaning="viewers"))))
    assert f"Line 1: {sentence}." in text
    assert "Line 2:" not in text
    assert text.count("estimated from photos, not from people speaking") == 1


def test_a_line_that_is_not_a_hit_shows_what_a_hit_needs() -> None:
    sentence = "4 of 10 viewers would see sadness; trained actors typically reach 3 of 10"
    lines = [
        line_report(1, verdict="partial", share=0.41, asked_share=0.5, audience=sentence),
        line_report(2, share=0.41, asked_share=0.3, audience=sentence),
    ]
    text = unwrapped(render(report(lines)))
    assert f"Line 1: {sentence}; you need 5." in text
    assert f"Line 2: {sentence}." in text


def test_the_strictness_of_the_take_is_shown() -> None:
    strict = report([line_report(1)]).model_copy(update={"settings": {"strictness": "strict"}})
    assert "end of the script, strict" in unwrapped(render(strict))


def test_a_report_without_a_model_makes_no_claim_about_the_face() -> None:
    assert "in the face" not in render(report(model=None))


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_take_without_a_camera_lists_the_played_lines_without_scores(width: int) -> None:
    unwatched: dict[str, object] = {"verdict": "not_scored", "accuracy": None, "reason": "no camera"}
    lines = [line_report(1, **unwatched), line_report(2, "In the dark.", **unwatched, start_s=None, end_s=None)]
    text = unwrapped(render(report(lines, model=None, strength=None, notes=[], warnings=[]), width))
    assert "There was no camera" in text
    assert "1 of 2 played" in text
    assert "00:00.0 00:06.0 They said" in text
    for part in ("Works", "not scored", "Overall", "In the dark."):
        assert part not in text


def test_a_take_without_a_camera_that_reached_no_line_has_no_table() -> None:
    text = render(report([line_report(1, start_s=None, end_s=None)], model=None, strength=None, notes=[]))
    assert "0 of 1 played" in text
    assert "from" not in text


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("width", [40, 47, 60, 80])
def test_a_quoted_line_is_truncated_after_a_word_to_fit_one_row(width: int, encoding: str) -> None:
    line_text = "Somebody answered the telephone and the photographer wept quietly afterwards, all night long."
    text = render(report([line_report(1, line_text)], strength=Strength(t=0, line=1, text="Held.")), width, encoding)
    quote = re.search(r'"(.*?)(?:…|\.\.\.)"', text.split("wanted")[0])
    assert quote is not None
    assert re.match(re.escape(quote[1]) + r"\b,? ", line_text), "the quote ends after a whole word"


def test_a_quote_without_spaces_is_truncated_to_the_available_cells() -> None:
    assert shorten("日本語の台詞。", 8, "utf-8") == "日本語…"
    assert shorten("one two", 7, "utf-8") == "one two"
    assert shorten("one two", 4, "utf-8") == "one…"


def test_warnings_and_an_unsaved_take_are_shown() -> None:
    text = render(report(), take=None)
    assert "Warning: Line 4 was too dark to read." in text
    assert "Not saved." in text


def test_the_number_of_attempts_is_shown() -> None:
    assert "attempt 3" in render(report([line_report(1, attempts=3)]))


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
@pytest.mark.parametrize("width", [40, 80, 120])
def test_unencodable_characters_get_plain_substitutes(encoding: str, width: int) -> None:
    text = render(report(), width, encoding)
    assert "+ hit" in text
    assert "x miss" in text


@pytest.mark.row(27)
@pytest.mark.parametrize("show", [print_details, print_summary])
@pytest.mark.parametrize("width", [40, 80, 120])
def test_text_of_a_report_is_sanitised_for_the_terminal(width: int, show: Show) -> None:
    hostile = report(
        [line_report(1, HOSTILE, target=HOSTILE, reason=HOSTILE)],
        title=HOSTILE,
        source=SourceReport(kind="video", name=HOSTILE, sha256=""),
        warnings=[HOSTILE],
        ended=HOSTILE,
        strength=Strength(t=0, line=1, text=HOSTILE),
        notes=[note(1, text=HOSTILE)],
    )
    text = render(hostile, width, take=Path("/takes") / HOSTILE, show=show)
    assert not set(text) & set("\x1b\x07\x9b\r\u202e")
    assert "[link=" in text, "markup is printed literally"


FIVE = [
    line_report(1, share=0.9, asked_share=0.3),
    line_report(2, verdict="miss", target="surprise", targets=["surprise"], share=0.61, asked_share=0.8),
    line_report(3, "She is alive. " * 9, "partial", share=0.36, asked_share=0.4),
    line_report(4, verdict="miss", share=0.0, asked_share=0.5),
    line_report(5, "In the dark.", "not_scored", None, "fear", reason="too dark"),
]


def longest_note(line: int, emotion: Emotion) -> Note:
    noun = EMOTION_NOUNS[emotion]
    text = f"You wanted {noun}. The camera read mostly a neutral face; hardly anyone would see {noun}."
    return note(line, text=f"{text} Next: {DRILLS[emotion]}")


def test_the_summary_of_five_lines_and_three_notes_fits_a_screen_of_24_rows() -> None:
    notes = [longest_note(2, "surprise"), longest_note(3, "sad"), longest_note(4, "disgust")]
    text = render(report(FIVE, notes=notes, warnings=[]), 80, show=print_summary)
    assert text.count("You wanted") == 3
    command_and_prompt = 2
    assert len(text.splitlines()) + command_and_prompt <= 24


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_summary_has_the_viewers_of_each_line_and_what_a_hit_needs(width: int) -> None:
    text = render(report(FIVE), width, show=print_summary)
    for words in ("9/10", "6/10, needs 8", "4/10", "0/10, needs 5"):
        assert words in text
    assert "9/10," not in text, "a hit needs nothing more"
    assert "– too dark" in text
    assert "Too dark: light your face from the front." in " ".join(text.split())


@pytest.mark.parametrize("width", [40, 71, 72, 80, 200])
def test_no_row_of_the_summary_is_wider_than_the_terminal(width: int) -> None:
    rows = [row for row in render(report(FIVE), width, show=print_summary).splitlines() if "Saved in" not in row]
    assert max(cell_len(row) for row in rows) <= width


def test_the_summary_of_a_model_without_viewers_shows_the_time_on_target() -> None:
    text = render(report(), show=print_summary)
    assert "on target  verdict" in text
    assert "12%" in text
    assert "viewers" not in text


def test_the_summary_of_a_long_script_lists_a_hundred_lines_and_says_which_are_missing() -> None:
    lines = [line_report(number, f"Line number {number}.") for number in range(1, 151)]
    text = render(report(lines), show=print_summary)
    assert "Line number 100." in text
    assert "Line number 101." not in text
    assert "Lines 101 to 150 are not listed here." in text
    assert "Line number 101." in render(report(lines), show=print_details)
