"""The picture in the window: writing systems are legible, every size is filled, the frame is never changed."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import numpy as np
import pytest
from display_help import HOSTILE, blind, hostile_line, line, reading, run_info, timeline
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from coach.base.events import CueDue, Event, LineStarted, NoteGiven, Paused, TakeStarted
from coach.base.types import Frame
from coach.core.script.timeline import Timeline
from coach.display.kit.lettering import SMALLEST, Block, fit_text, normalise, unwritable, width_of, write
from coach.display.rehearsal.picture import (
    LONG_SIDE,
    SMALL_SIDE,
    STATE_COLOURS,
    STRIP_SHARE,
    YELLOW,
    WindowStyle,
    compose,
    picture_size,
)
from coach.display.rehearsal.stage import Stage

ROOM = (1120, 630)
PLAIN = WindowStyle(mirror=False, hidden=False)
MIRRORED = WindowStyle(mirror=True, hidden=False)
MANY_SCRIPTS = "ÉLODIE Ștefan țară Кириллица Ελληνικά 日本語の台詞。 한국어 中文 „ghilimele” « » … – ½ €"

Picture = NDArray[np.uint8]


def grey(width: int = 640, height: int = 360) -> Frame:
    image = np.full((height, width, 3), 128, np.uint8)
    image.setflags(write=False)
    return Frame(1.0, image)


def picture(
    *events: Event,
    script: Timeline | None = None,
    frame: Frame | None = None,
    room: tuple[int, int] = ROOM,
    style: WindowStyle = PLAIN,
) -> Picture:
    stage = Stage(run_info(script))
    for event in events:
        stage.handle(event)
    return compose(stage, frame, picture_size(frame, room), style)


def actor_of(drawn: Picture) -> Picture:
    """The part of a picture that shows the actor, without the strip beside it."""
    return drawn[:, : drawn.shape[1] - round(drawn.shape[0] * STRIP_SHARE)]


def contains_colour(image: Picture, colour: tuple[int, int, int]) -> bool:
    return bool((np.abs(image.astype(int) - colour).max(axis=2) < 12).any())


def test_letters_of_many_writing_systems_can_be_drawn() -> None:
    assert unwritable(MANY_SCRIPTS) == ()
    assert unwritable(unicodedata.normalize("NFD", MANY_SCRIPTS)) == (), "combining accents can be drawn"


def test_writing_systems_that_cannot_be_drawn_are_named() -> None:
    assert unwritable("Hello, שלום, مرحبا, สวัสดี 😀") == ("Hebrew", "Arabic", "Thai", "signs")


@pytest.mark.parametrize("word", ["ÉLODIE", "Ștefan", "Кириллица", "日本語", "한국어"])
def test_every_letter_of_a_word_is_drawn_and_looks_different(word: str) -> None:
    def ink(text: str) -> bytes:
        image = np.zeros((64, 64, 3), np.uint8)
        write(image, Block((text,), 40), (4, 4), (255, 255, 255))
        return image.tobytes()

    shapes = {ink(letter) for letter in word}
    assert len(shapes) == len(set(word))
    assert ink(" ") not in shapes
    assert ink("?") not in shapes


def test_text_gets_the_largest_size_that_fits() -> None:
    short, long = fit_text("Go.", 600, 200, 80), fit_text("word " * 60, 600, 200, 80)
    assert short.size == 80
    assert SMALLEST <= long.size < 80
    assert long.height <= 200


@given(st.text(max_size=120), st.integers(40, 900), st.integers(20, 400))
def test_no_row_or_block_of_text_exceeds_its_area(text: str, width: int, height: int) -> None:
    block = fit_text(normalise(text), width, height, 60)
    assert all(width_of(row, block.size) <= width for row in block.rows)
    assert block.height <= max(height, round(SMALLEST * 1.3))


def test_text_that_does_not_fit_ends_in_an_ellipsis() -> None:
    assert fit_text("word " * 900, 200, 60, 40).rows[-1].endswith("…")


def test_japanese_wraps_between_letters_and_no_row_starts_with_a_full_stop() -> None:
    rows = fit_text("日本語の台詞。" * 6, 300, 900, 40).rows
    assert len(rows) > 1
    assert not any(row.startswith("。") for row in rows)


@pytest.mark.parametrize("size", [(320, 240), (640, 360), (360, 640), (1920, 1080), (3840, 2160), (64, 64), (4000, 50)])
@pytest.mark.parametrize("room", [(100, 80), ROOM, (4000, 3000)])
def test_the_picture_keeps_the_aspect_ratio_of_the_frame_in_any_window(
    size: tuple[int, int], room: tuple[int, int]
) -> None:
    frame = grey(*size)
    drawn = picture(LineStarted(0.0, 2, 6.0), reading(1.0, "fear", 2, True), frame=frame, room=room)
    height, width = drawn.shape[:2]
    assert max(height, width) <= LONG_SIDE
    assert min(height, width) >= SMALL_SIDE or max(height, width) == LONG_SIDE
    strip = round(height * STRIP_SHARE)
    assert (width - strip) / height == pytest.approx(size[0] / size[1], rel=0.05)


def test_the_frame_is_not_changed() -> None:
    frame = grey(*ROOM)
    picture(LineStarted(0.0, 1, 6.0), reading(1.0, "sad", 1, True), frame=frame, style=MIRRORED)
    assert (frame.image == 128).all()


def test_the_caption_is_in_the_lower_part_and_changes_with_the_line() -> None:
    first, second = (picture(LineStarted(0.0, index, 6.0), frame=grey()) for index in (1, 2))
    assert (first[:60] != second[:60]).any(), "the number and target at the top change"
    assert (first[150:480] == second[150:480]).all(), "the middle with the face does not change"
    assert (first[560:] != second[560:]).any(), "the caption at the bottom changes"


def test_the_marks_are_mirrored_with_the_face() -> None:
    events = LineStarted(0.0, 1, 6.0), reading(1.0, "sad", 1, True)
    plain, mirrored = (
        actor_of(picture(*events, frame=grey(), style=replace(style, marks=True))) for style in (PLAIN, MIRRORED)
    )
    scale = plain.shape[1] / 640
    side, middle = round(220 * scale), round(120 * scale)
    assert contains_colour(plain[middle - 9 : middle + 9, side - 9 : side + 9], STATE_COLOURS["yes"])
    other = plain.shape[1] - side
    assert contains_colour(mirrored[middle - 9 : middle + 9, other - 9 : other + 9], STATE_COLOURS["yes"])


@pytest.mark.parametrize(("state", "on_target"), [("yes", True), ("no", False), ("none", None)])
def test_by_default_the_sign_stands_beside_the_actor_and_nothing_is_drawn_on_the_face(
    state: str, on_target: bool | None
) -> None:
    start = LineStarted(0.0, 1, 6.0)
    bare = picture(start, blind(1.0, "no face"), frame=grey())
    drawn = picture(start, reading(1.0, "sad", 1, on_target), frame=grey())
    actor = actor_of(drawn)
    middle = slice(100, 480)
    assert (actor[middle] == 128).all(), "there is no box and no label"
    assert on_target is None or not contains_colour(actor, STATE_COLOURS[state]), "nothing is red on the picture"
    strip = drawn[:, actor.shape[1] :]
    assert contains_colour(strip, STATE_COLOURS[state])
    assert on_target is None or (strip != bare[:, actor.shape[1] :]).any()


@pytest.mark.parametrize(("state", "on_target"), [("yes", True), ("no", False), ("none", None)])
def test_on_target_off_target_and_neither_differ_in_more_than_colour(state: str, on_target: bool | None) -> None:
    drawn = picture(LineStarted(0.0, 1, 6.0), reading(1.0, "sad", 1, on_target), frame=grey())
    assert contains_colour(drawn, STATE_COLOURS[state])
    others = [
        picture(LineStarted(0.0, 1, 6.0), reading(1.0, "sad", 1, other), frame=grey())
        for other in {True, False, None} - {on_target}
    ]
    for other in others:
        assert ((drawn[:60].max(axis=2) > 150) != (other[:60].max(axis=2) > 150)).any(), "the text differs too"


def test_cue_and_note_are_shown() -> None:
    start = LineStarted(0.0, 1, 6.0)
    bare, with_texts = (
        picture(start, *events, frame=grey())
        for events in ((), (CueDue(1.0, 2, "A car door.", "cue", 6.0), NoteGiven(1.0, 1, "Let it land.", 6.0)))
    )
    above_the_bar = slice(0, 580)
    assert not contains_colour(bare[above_the_bar], YELLOW)
    assert contains_colour(with_texts[above_the_bar], YELLOW)


def test_an_announcement_and_the_key_of_a_waiting_line_are_shown() -> None:
    start = LineStarted(0.0, 1, 6.0)
    announced = CueDue(1.0, 2, "fear", "emotion", 6.0)
    bare, announced_picture = (picture(start, *events, frame=grey()) for events in ((), (announced,)))
    assert (bare[500:] != announced_picture[500:]).any()
    stage = Stage(run_info(advance="key"))
    for event in (start, blind(7.0, "no face")):
        stage.handle(event)
    waiting = compose(stage, grey(), ROOM, PLAIN)
    assert contains_colour(waiting[450:600], YELLOW)


def test_the_keys_are_shown_in_small_type_at_the_top() -> None:
    start = LineStarted(0.0, 1, 6.0)
    with_keys = picture(start, frame=grey(), style=replace(PLAIN, keys="p pause · q quit"))
    bare = picture(start, frame=grey())
    assert (bare[:120] != with_keys[:120]).any()
    assert (bare[120:] == with_keys[120:]).all()


def test_the_lead_in_counts_down_in_large_numbers() -> None:
    seconds = [picture(TakeStarted(-3.0), blind(t, "no face"), frame=grey()) for t in (-2.9, -1.9, -0.9)]
    middles = [image[200:450, 400:720].tobytes() for image in seconds]
    assert len(set(middles)) == 3


def test_a_pause_is_written_over_the_picture() -> None:
    playing, paused = (picture(LineStarted(0.0, 1, 6.0), *events, frame=grey()) for events in ((), (Paused(0.0),)))
    assert (playing[250:350] != paused[250:350]).any()


def test_the_line_is_in_large_type_if_the_face_is_hidden_or_there_is_no_camera() -> None:
    start = LineStarted(0.0, 1, 6.0)
    hidden, none = picture(start, frame=grey(), style=WindowStyle(mirror=False, hidden=True)), picture(start)
    assert (hidden[100] == hidden[100, 0]).all(), "the frame is hidden completely"
    bright = [int((image[100:500].min(axis=2) > 200).sum()) for image in (hidden, none, picture(start, frame=grey()))]
    assert min(bright[:2]) > 5000
    assert bright[2] == 0


def test_the_bar_shrinks_with_the_time_left() -> None:
    start = LineStarted(0.0, 1, 6.0)
    widths = [
        int((np.abs(picture(start, blind(t, "no face"), frame=grey())[-2].astype(int) - YELLOW).max(axis=1) < 12).sum())
        for t in (0.0, 3.0, 5.9)
    ]
    whole = actor_of(picture(start, frame=grey())).shape[1]
    assert widths[0] == pytest.approx(whole, abs=3)
    assert widths[1] == pytest.approx(whole / 2, abs=3)
    assert widths[2] < 30


def test_empty_and_hostile_scripts_can_be_drawn() -> None:
    silent = picture(TakeStarted(-1.0), script=Timeline("Silence", "en", ()))
    hostile = picture(
        LineStarted(0.0, 1, 6.0),
        reading(1.0, "sad", 1, True),
        script=timeline(hostile_line()),
        style=replace(PLAIN, notice=HOSTILE),
    )
    assert silent.shape == hostile.shape
    assert normalise(HOSTILE) == normalise(normalise(HOSTILE)), "clean text stays unchanged"


def test_a_word_wider_than_the_picture_is_split() -> None:
    word = "W" * 300
    assert "".join(fit_text(word, 300, 4000, 40).rows) == word
    picture(LineStarted(0.0, 1, 6.0), script=timeline(line(word, "sad")), frame=grey())
