"""The live view: correct at every size, and readable without colour."""

from __future__ import annotations

import dataclasses
import io
import re
from typing import TYPE_CHECKING

import pytest
from core_help import VIEWERS, frames, mixed
from display_help import (
    HIDE,
    HOSTILE,
    IN,
    OUT,
    SHOW,
    blind,
    hostile_line,
    line,
    news,
    reading,
    rehearsal,
    run_info,
    timeline,
)
from rich.console import Console

from coach.base.events import CueDue, Fit, LineStarted, NoteGiven, TakeStarted
from coach.base.protocols import SourceStats
from coach.base.settings import Settings
from coach.base.types import Hearing
from coach.core.rehearsal.engine import RehearsalEngine
from coach.display.kit.console import REFRESH_S
from coach.display.rehearsal.live import LiveDisplay
from coach.display.rehearsal.rows import Footing, RowPainter
from coach.display.rehearsal.stage import Stage
from coach.testing.sources import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from coach.base.types import Observation
    from coach.core.script.timeline import Timeline

SIZES = [(40, 15), (80, 24), (120, 40), (20, 5), (200, 60)]


def console(width: int = 80, height: int = 24, encoding: str = "utf-8", **environ: str) -> Console:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="", write_through=True)
    return Console(
        file=stream,
        force_terminal=True,
        legacy_windows=False,
        color_system="256",
        width=width,
        height=height,
        _environ={"TERM": "xterm-256color", **environ},
    )


def output_of(target: Console) -> str:
    stream = target.file
    assert isinstance(stream, io.TextIOWrapper)
    raw = stream.buffer
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue().decode(stream.encoding)


def live(
    on: Console,
    script: Timeline,
    clock: FakeClock | None = None,
    stats: Callable[[], SourceStats] | None = None,
    **settings: object,
) -> LiveDisplay:
    run = run_info(script, **settings)  # type: ignore[arg-type]
    return LiveDisplay(run, console=on, clock=clock or FakeClock(), stats=stats)


def rows_of(stage: Stage, width: int = 80, height: int = 24) -> list[str]:
    """The rows that show `stage`, with an empty footing."""
    return [row.plain for row in RowPainter(console(width, height), stage.run).rows(stage, Footing())]


def screen(t: float, width: int = 80, height: int = 24, footing: Footing | None = None, **settings: object) -> str:
    """The rows of text that show the synthetic rehearsal at `t`."""
    run = run_info(source_name="camera:0", **settings)  # type: ignore[arg-type]
    stage, painter = Stage(run), RowPainter(console(width, height), run)
    for event in rehearsal():
        if event.t > t:
            break
        stage.handle(event)
    return "\n".join(row.plain for row in painter.rows(stage, footing or Footing(29.7, 3)))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_view_never_exceeds_the_width_or_height_of_the_terminal(width: int, height: int) -> None:
    script = dataclasses.replace(news(), title="ÉLODIE 日本語 " * 9)
    run = run_info(script, source_name="camera:0", advance="key")
    stage, painter = Stage(run), RowPainter(console(width, height), run)
    for event in rehearsal(fps=2):
        stage.handle(event)
        rows = painter.rows(stage, Footing(29.7, 3, ("no voice is installed for ro",)))
        assert len(rows) <= height
        assert max(row.cell_len for row in rows) <= width


@pytest.mark.parametrize(("width", "height"), [(40, 15), (80, 24), (120, 40)])
def test_every_usual_terminal_size_shows_everything_an_actor_needs(width: int, height: int) -> None:
    text = screen(5.5, width, height)
    for word in ("NOW", "line 1 of 3", "wanted: sad", "They said there would be news", "0.5 s left", "NEXT", "What if"):
        assert word in text
    for word in ("angry", "disgust", "fear", "happy", ">*sad", "surprise", "neutral", "70%", "on target: the camera"):
        assert word in text
    for word in ("CUE  A car door.", "NOTE  Deeper. Let it land.", "30 fps", "3 dropped", "p pause", "q quit"):
        assert word in text


def test_even_a_tiny_terminal_shows_the_line() -> None:
    assert "They said there" in screen(5.5, 20, 4)


def test_the_lead_in_counts_down() -> None:
    assert [re.search(r"BEGINS IN (\d)", screen(t))[1] for t in (-2.5, -1.5, -0.5)] == ["3", "2", "1"]  # type: ignore[index]


def test_on_and_off_target_have_a_sign_and_words() -> None:
    assert "✓ on target: the camera reads sadness" in screen(5.0)
    assert "✗ off target: the camera reads joy, you want sadness" in screen(2.0)


def test_a_missing_face_is_shown_with_advice() -> None:
    assert "– too dark, more light on the face" in screen(7.0)


def test_the_right_emotion_below_its_band_is_shown_as_too_little() -> None:
    stage = Stage(run_info())
    stage.handle(LineStarted(15.0, 3, 21.0))
    stage.handle(reading(18.0, "happy", 3, False, share=0.4))
    assert any("off target: the camera reads joy, too little" in row for row in rows_of(stage))


def view_after_2_s(face: Callable[[float], Observation], emotion: str = "sad", **fields: object) -> str:
    """The live view of a line of 6 s with the target `emotion` after two seconds of this face, read for viewers."""
    script = timeline(line("No news.", emotion, **fields))
    stage = Stage(run_info(script, meaning="viewers"))
    engine = RehearsalEngine(script, Settings(lead_in_s=0), live=True, card=VIEWERS)
    for event in [*engine.start(), *(event for each in frames(2, face) for event in engine.step(each))]:
        stage.handle(event)
    return "\n".join(rows_of(stage))


@pytest.mark.parametrize(
    ("face", "emotion", "row"),
    [
        (lambda t: mixed(t, sad=0.7), "sad", "✓ on target: 5 of 10 viewers would see sadness"),
        (lambda t: mixed(t, sad=0.4, fear=0.5), "sad, fear", "✓ on target: 7 of 10 viewers would see sadness or fear"),
        (
            lambda t: mixed(t, angry=0.4, neutral=0.3),
            "angry",
            "~ nearly: 3 of 10 viewers would see anger, a hit needs 6",
        ),
        (
            lambda t: mixed(t, sad=0.4, neutral=0.5),
            "sad",
            "~ nearly: 3 of 10 viewers would see sadness, but a neutral face leads",
        ),
        (
            lambda t: mixed(t, happy=0.9),
            "sad",
            "✗ off target: 0 of 10 viewers would see sadness, the camera reads joy",
        ),
    ],
)
def test_on_target_means_live_what_a_hit_means_in_the_report(
    face: Callable[[float], Observation], emotion: str, row: str
) -> None:
    assert row in view_after_2_s(face, emotion)


def test_the_right_emotion_outside_its_band_is_nearly_on_target() -> None:
    text = view_after_2_s(lambda t: mixed(t, sad=0.95), intensity=(0.2, 0.5))
    assert "~ nearly: 7 of 10 viewers would see sadness, too much" in text


def test_the_bars_say_what_they_show() -> None:
    for width, height in ((80, 24), (80, 15)):
        assert "what the camera reads, %" in screen(5.0, width, height)


def test_between_lines_no_viewers_are_counted() -> None:
    stage = Stage(run_info(meaning="viewers"))
    stage.handle(reading(-1.0, "happy", None, None))
    text = "\n".join(rows_of(stage))
    assert "– the camera reads joy" in text
    assert "viewers" not in text


def test_a_pause_is_shown_in_words() -> None:
    assert "PAUSED" in screen(9.0)
    assert "PAUSED" not in screen(11.0)


def test_the_key_for_next_is_shown_only_where_it_works() -> None:
    assert "space next" in screen(1.0, advance="key")
    assert "spc next p pause b back r repeat q quit" in screen(1.0, 40, 15, advance="key")
    assert "next" not in screen(1.0).splitlines()[-1]


@pytest.mark.parametrize(("width", "height"), [(40, 15), (80, 24)])
def test_a_line_that_waits_for_a_key_names_the_key(width: int, height: int) -> None:
    stage = Stage(run_info(advance="key"))
    stage.handle(LineStarted(0.0, 1, 6.0))
    assert not any("Enter" in row for row in rows_of(stage, width, height))
    stage.handle(reading(6.1, "sad", 1, Fit(True)))
    assert any(row.endswith("space or Enter: next line") for row in rows_of(stage, width, height))
    stage.handle(LineStarted(15.0, 3, 21.0))
    stage.handle(reading(22.0, "sad", 3, True))
    assert any(row.endswith("space or Enter: the end") for row in rows_of(stage, width, height))


def test_the_live_view_waits_for_a_key_only_if_the_settings_say_so() -> None:
    for advance, is_shown in (("key", True), ("time", False)):
        on = console()
        display = live(on, news(), advance=advance)
        display.handle(LineStarted(0.0, 1, 6.0))
        display.handle(CueDue(7.0, 2, "A car door.", "cue", 6.0))
        display.close()
        assert ("space or Enter: next line" in output_of(on)) == is_shown


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_ear_has_one_row_that_fits_and_none_if_nobody_listens(width: int, height: int) -> None:
    assert "EAR" not in screen(1.0, width, height)
    run = dataclasses.replace(run_info(), hearing=lambda: Hearing(-30.0, "silence", 12.04))
    stage = Stage(run)
    stage.handle(LineStarted(0.0, 1, 6.0))
    rows = rows_of(stage, width, height)
    assert len(rows) <= height
    ears = [row for row in rows if row.startswith("EAR")]
    assert all(len(row) <= width for row in ears)
    if width >= 40:
        assert [row.partition(" s")[2] for row in ears] == ["ilence, goes on in 12.0 s"]
        assert ears[0].count("█") == ears[0].count("░")


def test_an_announcement_is_worded_differently_from_a_cue() -> None:
    stage = Stage(run_info())
    stage.handle(CueDue(-1.0, 1, "sad", "emotion", 0.0))
    text = "\n".join(rows_of(stage))
    assert "SOON  sad" in text
    assert "CUE" not in text


@pytest.mark.parametrize(("width", "height"), [(40, 15), (80, 24)])
def test_without_a_camera_the_line_has_more_room_and_no_frames_are_counted(width: int, height: int) -> None:
    terminal, text = console(width, height), "What if nobody comes? " * 20
    display = live(terminal, timeline(line(text, "fear")), source_name="none", stats=SourceStats)
    display.handle(LineStarted(0.0, 1, 6.0))
    before = len(output_of(terminal))
    display.handle(blind(0.1, "no camera", 1))
    display.handle(NoteGiven(0.2, 1, "", 6.0))
    output = output_of(terminal)[before:]
    display.close()
    assert "no camera" in output
    assert "none" not in output
    assert "surprise" not in output
    assert "fps" not in output_of(terminal), "without a camera no frame rate is shown"
    assert "dropped" not in output_of(terminal)
    assert output.count("nobody") > output_of(terminal)[:before].count("nobody")


def test_a_long_notice_is_wrapped_where_there_is_room() -> None:
    advice = "No sound device opens. Connect or choose one, then start again (busy)."
    rows = screen(1.0, 40, 30, Footing(notices=(advice,)))
    assert advice in " ".join(rows.split())


@pytest.mark.parametrize(("width", "height"), [(40, 15), (80, 24)])
def test_rows_keep_their_place_while_lines_cues_and_notes_change(width: int, height: int) -> None:
    screens = [screen(t, width, height).splitlines() for t in (-1.0, 2.9, 5.5, 7.0, 14.5, 16.0)]
    assert len({len(rows) for rows in screens}) == 1
    assert len({next(i for i, row in enumerate(rows) if "neutral" in row) for rows in screens}) == 1


def test_readings_are_drawn_at_most_twelve_times_a_second() -> None:
    on, clock = console(), FakeClock()
    display = live(on, news(), clock)
    display.handle(TakeStarted(0.0))
    before = output_of(on).count("\x1b[H")
    for i in range(1000):
        clock.time = i / 1000
        display.handle(reading(i / 1000, "sad", 1, Fit(True)))
    display.close()
    assert 10 <= output_of(on).count("\x1b[H") - before <= 1 / REFRESH_S + 1


def test_cursor_and_main_screen_are_restored() -> None:
    on = console()
    display = live(on, news())
    display.handle(TakeStarted(-3.0))
    assert output_of(on).rfind(HIDE) > output_of(on).rfind(SHOW)
    assert IN in output_of(on)
    display.close()
    display.close()
    assert output_of(on).rfind(SHOW) > output_of(on).rfind(HIDE)
    assert output_of(on).rfind(OUT) > output_of(on).rfind(IN)


def test_nothing_is_drawn_after_the_end() -> None:
    on = console()
    display = live(on, news())
    display.handle(TakeStarted(0.0))
    display.close()
    size = len(output_of(on))
    display.handle(reading(1.0, "sad", 1, Fit(True)))
    display.resume()
    assert len(output_of(on)) == size


def test_a_notice_is_shown_live_and_printed_again_at_the_end() -> None:
    on = console()
    display = live(on, news())
    display.notice("no voice is installed for ro")
    display.handle(TakeStarted(0.0))
    assert output_of(on).count("no voice is installed for ro") == 1
    display.close()
    assert "notice: no voice is installed for ro" in output_of(on)[output_of(on).rfind(OUT) :]


@pytest.mark.row(30)
def test_no_color_turns_colours_off() -> None:
    coloured, plain = console(), console(NO_COLOR="1")
    for on in (coloured, plain):
        display = live(on, news())
        for event in rehearsal(fps=2):
            display.handle(event)
        display.close()
    colour = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|9[0-7])(?:;\d+)*m")
    assert colour.search(output_of(coloured))
    assert not colour.search(output_of(plain))


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_unencodable_characters_get_plain_substitutes(encoding: str) -> None:
    on = console(encoding=encoding)
    display = live(on, news())
    for event in rehearsal(fps=2):
        display.handle(event)
    display.close()
    assert "####" in output_of(on)
    assert "Stefan, ?????????, ???????" in output_of(on)


def test_text_of_a_script_is_sanitised_for_the_terminal() -> None:
    on = console()
    display = live(on, timeline(hostile_line(), title=HOSTILE), source_name=HOSTILE)
    display.notice(HOSTILE)
    display.handle(LineStarted(0.0, 1, 6.0))
    display.handle(CueDue(1.0, 1, HOSTILE, "cue", 6.0))
    display.handle(NoteGiven(2.0, 1, HOSTILE, 6.0))
    display.handle(reading(2.0, "sad", 1, Fit(True)))
    display.close()
    text = output_of(on)
    assert not set(text) & set("\x07\x9b\u202e")
    assert "\x1b]" not in text, "no OSC sequence, which could set the title or a link"
    assert "\x1b[31m" not in text
    assert "[link=" in text, "markup is printed literally"


def test_the_frame_rate_is_measured_over_the_last_seconds() -> None:
    on, clock, counted = console(), FakeClock(), [SourceStats()]
    display = live(on, news(), clock, stats=lambda: counted[0])
    for i in range(200):
        clock.time, counted[0] = i / 25, SourceStats(i, i // 10)
        display.handle(reading(i / 25, "sad", 1, Fit(True)))
    display.close()
    assert "25 fps · 19 dropped" in output_of(on)


def test_a_recording_offers_only_keys_that_have_an_effect() -> None:
    on = console()
    display = live(on, news(), live=False)
    display.handle(TakeStarted(0.0))
    display.close()
    assert "p pause" in output_of(on)
    assert "repeat" not in output_of(on)


def test_a_first_picture_that_has_not_come_yet_is_mentioned() -> None:
    on = console()
    display = live(on, news())
    display.handle(TakeStarted(-3.0))
    display.handle(blind(-2.9, "no camera"))
    display.close()
    assert "no picture yet" in output_of(on)
