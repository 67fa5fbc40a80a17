"""The mirror on the terminal: the live view at every size, and plain lines."""

from __future__ import annotations

import io

import pytest
from mirror_help import PICTURES, Clock, face, grid, one_face, state, unread, view
from rich.console import Console

from coach.base.types import EMOTIONS, Box
from coach.core.mirror.view import MirrorView, PictureSequence
from coach.display.mirror.graph import SampleHistory
from coach.display.mirror.lines import MirrorLines
from coach.display.mirror.state import commands_of, help_of
from coach.display.mirror.terminal import MirrorTerminal, ViewPainter

SIZES = [(80, 24), (40, 20), (20, 10), (12, 5), (200, 60)]


def console(width: int = 80, height: int = 24, encoding: str = "utf-8", **options: object) -> Console:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="replace", write_through=True)
    return Console(
        file=stream, width=width, height=height, force_terminal=True, markup=False, highlight=False, **options
    )


def rows(
    mirror_view: MirrorView, size: tuple[int, int] = (80, 24), encoding: str = "utf-8", **changed: object
) -> list[str]:
    mirror_state = state(**changed)
    history = SampleHistory()
    history.add(mirror_view)
    painter = ViewPainter(console(*size, encoding), mirror_state)
    return [row.plain for row in painter.rows(mirror_view, tuple(history.of(mirror_state.chosen)), 24.0, ["a notice"])]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii"])
@pytest.mark.parametrize("mirror_view", [one_face(), grid(20), view()], ids=["one", "twenty", "nobody"])
def test_every_row_fits_and_can_be_encoded(size: tuple[int, int], encoding: str, mirror_view: MirrorView) -> None:
    drawn = rows(mirror_view, size, encoding, labels="classic", recording="mirror.mp4", name="Ștefan's take 日本語.mp4")
    assert len(drawn) <= size[1]
    assert all(len(row) <= size[0] for row in drawn)
    assert all("\x1b" not in row for row in drawn)
    "\n".join(drawn).encode(encoding)


@pytest.mark.parametrize("size", SIZES[:2])
def test_a_small_terminal_shows_all_seven_bars_and_the_reading(size: tuple[int, int]) -> None:
    text = "\n".join(rows(one_face(emotion="sad"), size, recording="mirror.mp4"))
    assert "the camera reads sad" in text
    assert "*sad" in text
    assert "70%" in text
    assert all(emotion in text for emotion in EMOTIONS)
    assert "recording mirror.mp4" in text
    assert "a notice" in text
    assert "q quit" in text


def test_other_people_are_listed_without_the_chosen_person() -> None:
    mirror_view = view(face(0, Box(1, 1, 9, 9)), face(1, Box(20, 1, 9, 9), "fear"), unread(2, Box(40, 1, 9, 9)))
    text = "\n".join(rows(mirror_view, chosen=1, labels="classic"))
    assert "person 1: the camera reads scared" in text
    assert "also here: 0 happy 70% · 2 turned away" in text


def test_a_recording_shows_its_progress_and_a_camera_its_dropped_frames() -> None:
    assert " 25%" in rows(one_face(t=5.0))[1]
    live = rows(one_face(t=5.0), live=True, duration_s=None)
    assert "0 dropped" in live[0]
    assert not any("25%" in row for row in live)


def test_still_pictures_are_counted_and_have_neither_time_nor_graph() -> None:
    drawn = rows(one_face(t=3.0), pictures=PICTURES, name="portraits")
    text = "\n".join(drawn)
    assert drawn[0].startswith("portraits")
    assert "picture 4 of 5 · shot_4.jpg" in drawn[0]
    assert drawn[1].endswith(" 80%")
    assert not any(word in text for word in ("fps", "00:0", "record", "g graph", "dropped"))
    assert not any(step in text for step in "▂▃▄▅▆▇")
    single = rows(one_face(t=0.0), pictures=PictureSequence(("one.png",), 1.0), name="one.png")
    assert single[0].strip() == "one.png"
    assert not any("%" in row for row in single[1:2]), "a single picture has no progress bar"
    assert "p pause" in text
    assert "p pause" not in "\n".join(single), "a single picture cannot be paused"


def test_a_long_picture_name_keeps_its_suffix() -> None:
    status = state(pictures=PictureSequence(("a" * 90 + "_17.jpeg", "b.jpg"), 1.0)).status(0.0, None)
    assert status[0] == "picture 1 of 2"
    assert len(status[1]) == 32
    assert status[1].endswith("…_17.jpeg")


def test_no_frame_rate_is_shown_during_a_pause() -> None:
    class Moving(Clock):
        def now(self) -> float:
            self.t += 0.5
            return self.t

    screen, mirror_state = console(), state()
    terminal = MirrorTerminal(screen, mirror_state, Moving())
    terminal.show(one_face())
    terminal.poll()
    terminal.poll()
    assert "fps" in screen.file.buffer.getvalue().decode()
    mirror_state.paused = True
    before = len(screen.file.buffer.getvalue())
    terminal.poll()
    after = screen.file.buffer.getvalue()[before:].decode()
    assert "PAUSED" in after
    assert "fps" not in after


def test_the_name_of_a_video_is_not_shown_twice() -> None:
    painter = ViewPainter(console(40, 15), state(recording="mirror.mp4"))
    text = "\n".join(row.plain for row in painter.rows(one_face(), (), 24.0, ["recording to mirror.mp4"]))
    assert text.count("mirror.mp4") == 1
    assert "q quit" in text, "the row of keys is shown"


def test_the_graph_can_be_hidden() -> None:
    steps = "▂▃▄▅▆▇"
    assert any(step in row for row in rows(one_face()) for step in steps)
    assert not any(step in row for row in rows(one_face(), graph=False) for step in steps)


def test_an_empty_picture_and_a_lost_camera_are_reported() -> None:
    assert any("no face in the picture" in row for row in rows(view()))
    assert any("camera lost" in row for row in rows(MirrorView(3.0, (), None, "camera lost")))
    assert any("person 4 is out of sight" in row for row in rows(one_face(), chosen=4))


def test_no_color_turns_colours_off(monkeypatch: pytest.MonkeyPatch) -> None:
    def run_once() -> str:
        terminal_screen = console()
        clock = Clock()
        terminal = MirrorTerminal(terminal_screen, state(), clock)
        terminal.show(one_face())
        terminal.poll()
        terminal.close()
        return terminal_screen.file.buffer.getvalue().decode()

    assert "38;2;" in run_once() or "[38;5;" in run_once() or "[93" in run_once() or "[33" in run_once()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "[38;" not in run_once()
    assert "*happy" in run_once()


def test_the_terminal_is_drawn_at_most_twelve_times_a_second_and_restored() -> None:
    screen, clock = console(), Clock()
    terminal = MirrorTerminal(screen, state(), clock)
    for i in range(300):
        clock.t = i / 300
        terminal.show(one_face(t=clock.t))
        terminal.poll()
    terminal.notice("the disk is full")
    terminal.close()
    terminal.close()
    text = screen.file.buffer.getvalue().decode()
    assert 8 <= text.count("person 0") <= 13
    assert text.count("\x1b[?1049h") == text.count("\x1b[?1049l") == 1
    assert text.rstrip().endswith("notice: the disk is full"), "the notice is printed again at the end"


def plain(*views: MirrorView, **changed: object) -> list[str]:
    stream = io.StringIO()
    display = MirrorLines(stream, state(**changed))
    for mirror_view in views:
        display.show(mirror_view)
    display.notice("one notice")
    display.close()
    return stream.getvalue().splitlines()


def test_plain_lines_report_changes_at_most_once_a_second() -> None:
    lines = plain(*(one_face(i / 10, "sad" if i % 2 else "happy") for i in range(30)))
    assert [line.split()[0] for line in lines] == ["00:00.0", "00:01.1", "00:02.2", "notice:"]
    steady = plain(*(one_face(i / 10) for i in range(100)))
    assert steady == [" 00:00.0  0 happy 70%", "notice: one notice"]


def test_every_still_picture_gets_a_plain_line() -> None:
    lines = plain(*(one_face(float(t)) for t in range(3)), pictures=PICTURES)
    assert lines == [f"shot_{number}.jpg  0 happy 70%" for number in (1, 2, 3)] + ["notice: one notice"]


def test_a_plain_line_for_a_crowd_lists_eight_people_and_counts_the_rest() -> None:
    (line, _) = plain(grid(20))
    assert line.endswith(", and 12 more")
    assert line.count(",") == 8


def test_the_help_lists_all_keys() -> None:
    assert commands_of("qpSmg\tvx1") == ["quit", "pause", "snapshot", "mirror", "graph", "person", "record"]
    text = " ".join(help_of(paused=False, recording=False, window=True))
    assert all(f"{key} " in text for key in ("q", "p", "v", "s", "tab", "g", "m"))
    assert "p go on" in help_of(paused=True, recording=True, window=False)
    assert "v stop recording" in help_of(paused=True, recording=True, window=False)


def test_tab_cycles_through_the_people_in_sight() -> None:
    mirror_state = state()
    mirror_view = view(face(0, Box(1, 1, 9, 9)), face(3, Box(20, 1, 9, 9)), face(5, Box(40, 1, 9, 9)))
    chosen = []
    for _ in range(4):
        mirror_state.choose_next(mirror_view)
        chosen.append(mirror_state.chosen)
    assert chosen == [3, 5, 0, 3]
    mirror_state.choose_next(view())
    assert mirror_state.chosen == 3, "with nobody in sight the choice stays"


def test_the_panel_goes_to_somebody_in_sight_when_its_person_has_been_away() -> None:
    made = state()
    small, big = face(3, Box(1, 1, 9, 9)), face(5, Box(40, 1, 30, 30))
    chosen = []
    for t, *faces in ((0.0, face(0, Box(1, 1, 9, 9)), big), (1.9, small, big), (2.0,), (2.1, small, big), (4.5, small)):
        made.follow(view(*faces, t=t))
        chosen.append(made.chosen)
    assert chosen == [0, 0, 0, 5, 3]
