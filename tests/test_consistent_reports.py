"""Reports never contradict themselves: random takes through the real scorer, and the sentences about them."""

from __future__ import annotations

import io
import re
from typing import Final, get_args

import pytest
from core_help import VIEWERS, frames, line, mixed, play, scored, timeline, viewers_card
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from coach.base.settings import Settings, Strictness
from coach.base.types import EMOTIONS, Emotion, Observation, Reason
from coach.core.analysis.summary import note_details, summary_sentence
from coach.core.progress.notes import TakeNotes
from coach.core.reading.card import ModelCard
from coach.core.scoring.feedback import notes_to_show
from coach.core.scoring.report import WHAT_HELPS, LineReport, Note, Report
from coach.core.script.script import Line
from coach.core.script.targets import EMOTION_NOUNS
from coach.display.tables.report import print_details
from coach.display.tables.summary import print_summary, print_take
from coach.pages.markdown import report_markdown
from coach.pages.report_page import report_page

FLAT: Final = viewers_card(
    curves={e: ((-4.0, 0.0), (8.0, 0.4)) if e != "neutral" else ((-4.0, 0.0), (4.0, 1.0)) for e in EMOTIONS},
    typical=dict.fromkeys(EMOTIONS, 0.1),
)
"""A card by which every emotion is seldom named, as disgust is: a hit needs one or two viewers of ten."""

Moment = tuple[float, Emotion, float, Emotion, float]
"""Seconds that a face lasts, its two strongest emotions, and their probabilities."""

TARGETS: Final = st.one_of(
    st.sampled_from(EMOTIONS),
    st.lists(st.sampled_from(EMOTIONS), min_size=2, max_size=2, unique=True),
    st.tuples(st.sampled_from(EMOTIONS), st.sampled_from(EMOTIONS)).map(" > ".join),
)

BANDS: Final = st.sampled_from([None, [0.2, 0.5], [0.6, 1.0]])


@st.composite
def script_lines(draw: st.DrawFn) -> list[Line]:
    """One to six lines with a target each, some with a band."""
    targets = draw(st.lists(TARGETS, min_size=1, max_size=6))
    bands = [draw(BANDS) for _ in targets]
    pairs = zip(targets, bands, strict=True)
    return [line("A line of words.", t, **({"intensity": b} if b else {})) for t, b in pairs]


MOMENTS: Final = st.lists(
    st.tuples(
        st.sampled_from([0.3, 0.7, 1.5, 3.0]),
        st.sampled_from(EMOTIONS),
        st.floats(0.3, 0.65),
        st.sampled_from(EMOTIONS),
        st.floats(0.05, 0.33),
    ),
    min_size=1,
    max_size=14,
)


def played(spoken: list[Line], moments: list[Moment], strictness: Strictness, card: ModelCard) -> Report:
    """The report of `spoken`, three seconds a line, by an actor whose face repeats `moments`."""
    lines = timeline(*((each, 3.0) for each in spoken))
    cycle = sum(moment[0] for moment in moments)

    def show(t: float) -> Observation:
        left = t % cycle
        for seconds, first, much, second, some in moments:
            if left < seconds:
                return mixed(t, **({first: much} | ({second: some} if second != first else {})))
            left -= seconds
        return mixed(t, neutral=0.9)

    options = Settings(strictness=strictness)
    return scored(lines, play(lines, frames(lines.end, show, fps=8), options, card=card), options, card)


@settings(max_examples=150, deadline=None)
@given(script_lines(), MOMENTS, st.sampled_from(["gentle", "standard", "strict"]), st.sampled_from([VIEWERS, FLAT]))
def test_no_sentence_of_a_report_contradicts_its_figures_or_its_verdict(
    spoken: list[Line], moments: list[Moment], strictness: Strictness, card: ModelCard
) -> None:
    report = played(spoken, moments, strictness, card)
    for each in report.lines:
        check_figures(each)
    for note in report.notes:
        if note.kind == "after":
            check_note(note, next(each for each in report.lines if each.index == note.line))
    check_strength(report)
    check_drills(report)
    check_summary(report)
    check_table(report)


def of_ten(share: float) -> int:
    """Viewers of ten as a reader rounds them."""
    return int(share * 10 + 0.5)


def check_figures(each: LineReport) -> None:
    """A hit has enough viewers and some time on target. Enough viewers without a hit have a reason."""
    if each.verdict == "not_scored":
        assert each.reason
        return
    assert each.share is not None
    assert each.asked_share is not None
    assert each.accuracy is not None
    enough = of_ten(each.share) >= of_ten(each.asked_share)
    if each.verdict == "hit":
        assert enough
        assert f"{each.accuracy:.0%}" != "0%"
    elif enough:
        assert each.reason
    assert each.audience.startswith(f"{of_ten(each.share)} of 10 viewers would see ")


def check_note(note: Note, each: LineReport) -> None:
    """A note quotes the figures of its line, and names no wanted emotion as what was read instead."""
    assert each.verdict in ("partial", "miss")
    evidence = note.text.partition(" Next: ")[0]
    for viewers in re.findall(r"(\d+) of 10", evidence):
        assert int(viewers) == of_ten(each.share or 0)
    if "ardly anyone" in evidence:
        assert of_ten(each.share or 0) <= 1
    if len(each.targets) == 1:
        for figure in re.findall(r"(\d+)% of the time", evidence):
            assert f"{figure}%" == f"{each.accuracy or 0:.0%}"
        assert f"read mostly {EMOTION_NOUNS[each.targets[0]]}" not in evidence
        mostly = re.search(r"read mostly ([a-z ]+?)(, and|;|\.|$)", evidence)
        if mostly and each.top:
            assert mostly[1] == EMOTION_NOUNS[each.top]
    if each.verdict == "miss":
        assert " is there, but " in evidence or "The camera read" in evidence


def check_strength(report: Report) -> None:
    """What works came across, and is not what is to be changed."""
    strength = report.strength
    if strength is None:
        return
    assert report.lines[strength.line - 1].verdict in ("hit", "partial")
    assert strength.line not in {note.line for note in report.notes}


def check_drills(report: Report) -> None:
    """No drill stands in a report twice, neither in its notes nor on its page."""
    in_notes = [note.text.partition(" Next: ")[2] for note in report.notes if note.kind == "after"]
    on_page = [details.drill for details in note_details(report)]
    assert len(set(in_notes)) == len(in_notes)
    assert len(set(on_page)) == len(on_page)


def check_summary(report: Report) -> None:
    """The summary praises only where nothing is to be changed, and names what the note names."""
    sentence = summary_sentence(report)
    weak = [each for each in report.lines if each.verdict in ("partial", "miss")]
    if weak:
        assert "nothing to change" not in sentence
        assert "came across, so" not in sentence
    named = re.search(r"line (\d+): the camera read ([a-z ]+) where", sentence)
    if named:
        note = next((note for note in notes_to_show(report.notes) if note.line == int(named[1])), None)
        assert note is None or "The camera read" not in note.text or named[2] in note.text


def check_table(report: Report) -> None:
    """Terminal and page never ask for viewers that are there without saying what else was missing."""
    console = Console(file=io.StringIO(), width=160)
    print_take(report, console, print_details, take_path=None, more=())
    assert isinstance(console.file, io.StringIO)
    printed = " ".join(console.file.getvalue().split())
    for each in report.lines:
        if each.share is None or each.verdict == "hit" or of_ten(each.share) < of_ten(each.asked_share or 0):
            continue
        assert f"you need {of_ten(each.asked_share or 0)}, but {each.reason}" in printed
    if report.strength is None and report.overall.hits:
        assert "no line has come across" not in printed
    if any(note.kind == "after" for note in report.notes):
        assert report_page(report, None)


@pytest.mark.parametrize(
    "reason", ["low confidence", "too short", *(each for each in get_args(Reason) if each != "no camera")]
)
def test_a_line_that_could_not_be_scored_comes_with_what_to_do(reason: str) -> None:
    """The reason stands with advice in the summary, in the details, on the page and in Markdown."""
    report = played([line(), line()], [(3.0, "sad", 0.6, "fear", 0.2)], "standard", VIEWERS)
    lines = [each.model_copy(update={"verdict": "not_scored", "reason": reason}) for each in report.lines]
    spoilt = report.model_copy(update={"lines": lines})
    advice = WHAT_HELPS[reason]
    for show in (print_summary, print_details):
        console = Console(file=io.StringIO(), width=100)
        print_take(spoilt, console, show, take_path=None, more=())
        assert isinstance(console.file, io.StringIO)
        assert console.file.getvalue().count(f"{reason.capitalize()}: {advice}.") == 1, "once for both lines"
    assert advice in report_page(spoilt, None)
    assert advice in report_markdown(spoilt, TakeNotes((), ()))


def test_dark_far_turned_and_unclear_faces_are_told_how_to_be_read() -> None:
    assert "from the front" in WHAT_HELPS["too dark"]
    assert "closer" in WHAT_HELPS["too small"]
    assert "turn" in WHAT_HELPS["profile"]
    assert "from the front" in WHAT_HELPS["low confidence"]
