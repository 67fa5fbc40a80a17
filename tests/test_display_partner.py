"""How a partner's line is shown: whole, however long it is, with what the actor can do meanwhile."""

from __future__ import annotations

import io

import pytest
from display_help import blind, news, run_info
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from coach.base.events import CommandTaken, CueDue, LineStarted, PartnerStarted
from coach.display.kit.lettering import LEADING, scrolled_text, width_of
from coach.display.rehearsal.picture import YELLOW, WindowStyle, compose
from coach.display.rehearsal.plain import PlainDisplay
from coach.display.rehearsal.rows import Footing, RowPainter
from coach.display.rehearsal.stage import Stage

WORDS = [f"word{number}" for number in range(240)]
SPEECH = PartnerStarted(0.0, 100.0, "BEN", " ".join(WORDS))
"""A speech of 1,800 characters."""


def stage_at(t: float, advance: str = "key") -> Stage:
    stage = Stage(run_info(news(), advance=advance))
    stage.handle(SPEECH)
    stage.handle(blind(t, "no camera"))
    return stage


def rows_at(t: float, width: int, height: int, advance: str = "key") -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True)
    painter = RowPainter(console, run_info(news(), advance=advance))
    rows = painter.rows(stage_at(t, advance), Footing())
    assert len(rows) <= height
    return [row.plain for row in rows]


@pytest.mark.parametrize(("width", "height"), [(40, 15), (80, 24), (200, 60)])
def test_every_word_of_a_long_speech_can_be_read_while_it_is_said(width: int, height: int) -> None:
    seen: set[str] = set()
    for t in range(0, 101, 2):
        seen.update(" ".join(rows_at(float(t), width, height)).split())
    assert not [word for word in WORDS if word not in seen]
    assert WORDS[0] in " ".join(rows_at(0.0, width, height)).split()
    assert WORDS[-1] in " ".join(rows_at(100.0, width, height)).split()


def test_the_view_says_how_to_go_on_while_the_partner_speaks() -> None:
    assert any(row.endswith("space: go on") for row in rows_at(1.0, 80, 24))
    assert not any("go on" in row for row in rows_at(1.0, 80, 24, advance="time"))


def test_after_the_answer_the_cue_of_the_next_line_is_shown() -> None:
    stage = stage_at(5.0)
    stage.handle(CommandTaken(6.0, "answered"))
    stage.handle(CueDue(6.0, 1, "A car door.", "cue", 7.0))
    assert stage.cue == "A car door."


def plain(*, live: bool) -> str:
    stream = io.StringIO()
    display = PlainDisplay(run_info(news(), live=live, advance="key"), stream)
    for event in (SPEECH, LineStarted(9.0, 1, 12.0), PartnerStarted(12.0, 14.0, "BEN", "Yes.")):
        display.handle(event)
    return stream.getvalue()


def test_plain_lines_hold_a_whole_speech_and_say_once_how_to_go_on() -> None:
    text = plain(live=True)
    assert text.splitlines()[0].endswith(f"BEN: {' '.join(WORDS)} (space: go on)")
    assert text.count("space: go on") == 1
    assert "go on" not in plain(live=False)


@given(
    st.lists(st.sampled_from(["a", "word", "an", "unusually", "long", "speech"]), min_size=1, max_size=120),
    st.integers(200, 600),
    st.integers(20, 200),
)
def test_the_parts_of_a_scrolled_text_fit_their_room_and_hold_every_word(
    words: list[str], width: int, height: int
) -> None:
    numbered = [f"{word}{number}" for number, word in enumerate(words)]
    blocks = [scrolled_text(" ".join(numbered), (width, height), 20, step / 130) for step in range(131)]
    for block in (blocks[0], blocks[-1]):
        assert len(block.rows) == 1 or block.height <= height + LEADING
        assert all(width_of(row, block.size) <= width for row in block.rows)
    shown = {word for block in blocks for word in " ".join(block.rows).split()}
    assert shown == set(numbered)


def test_the_window_shows_the_partners_words_and_the_key() -> None:
    style = WindowStyle(mirror=False, hidden=False)
    early, late, clock = (
        compose(stage_at(t, advance), None, (1120, 630), style)
        for t, advance in ((1.0, "key"), (99.0, "key"), (1.0, "time"))
    )
    assert (early[300:600] != late[300:600]).any()
    assert (early == YELLOW).all(axis=2)[450:620].any()
    assert not (clock == YELLOW).all(axis=2)[450:600].any()
