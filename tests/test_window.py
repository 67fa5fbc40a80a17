"""The window on a real screen in memory with real keys, and what happens without a screen."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from display_help import reading, run_info
from window_help import DEADLINE_S, XVFB, Screen, happens_in_time, without_display

from coach.base.events import LineStarted, Paused
from coach.base.files import sample_take
from coach.base.types import Frame
from coach.display.kit.pane import window_available
from coach.display.rehearsal.picture import STATE_COLOURS, YELLOW, WindowStyle, compose, picture_size
from coach.display.rehearsal.stage import Stage
from coach.display.rehearsal.window import INITIAL_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
needs_screen = pytest.mark.skipif(XVFB is None, reason="no Xvfb on this machine")

PLAY = """
    import signal, sys, time
    sys.path.insert(0, "tests")
    import numpy as np
    from display_help import line, news, reading, run_info, timeline
    from coach.display.rehearsal.window import Window
    from coach.base.events import LineStarted, Paused, TakeStarted
    from coach.base.types import Frame

    class Clock:
        ahead_s = 0.0
        now = staticmethod(lambda: time.monotonic() / 10 + Clock.ahead_s)  # slow, as the screen may be
        sleep = staticmethod(time.sleep)

    def a_minute_later(*_):
        Clock.ahead_s += 60.0

    signal.signal(signal.SIGUSR1, a_minute_later)
    image = np.zeros((360, 640, 3), np.uint8)
    image[:, :320] = (200, 40, 40)
    image[:, 320:] = (40, 40, 200)
    image.setflags(write=False)
    window = Window(run_info({script}, live=False), mirror={mirror}, clock=Clock())
    for event in {before}:
        window.handle(event)
    window.handle(LineStarted(0.0, 2, 6.0))
    window.handle(reading(1.0, "fear", 2, True))
    for event in {after}:
        window.handle(event)
    for number in range(10**9):
        blinking = image.copy()
        blinking[170:190, :10] = 255 * (number // 20 % 2)
        window.show(Frame(1.0, blinking))
        commands = window.poll()
        for command in commands:
            print(command, flush=True)
        if "quit" in commands:
            break
        time.sleep(0.005)
    for _ in range(3):
        window.show(Frame(2.0, image))
        window.poll()
    window.close()
    window.close()
    print("closed", flush=True)
"""


@pytest.fixture
def run_window(start_on_screen: Callable[..., subprocess.Popen[str]]) -> Callable[..., subprocess.Popen[str]]:
    """Start a child with a window on the screen and wait until `shows` is true."""

    def start(
        shows: Callable[[], bool],
        script: str = "news()",
        mirror: bool = True,
        before: str = "()",
        after: str = "()",
    ) -> subprocess.Popen[str]:
        code = textwrap.dedent(PLAY).format(script=script, mirror=mirror, before=before, after=after)
        return start_on_screen([sys.executable, "-c", code], shows, cwd=ROOT)

    return start


def two_halves() -> Frame:
    image = np.zeros((360, 640, 3), np.uint8)
    image[:, :320] = (200, 40, 40)
    image[:, 320:] = (40, 40, 200)
    return Frame(1.0, image)


def expected(
    frame: Frame | None, *, mirror: bool = True, hidden: bool = False, keys: str = "", paused: bool = False
) -> np.ndarray:
    stage = Stage(run_info())
    stage.handle(LineStarted(0.0, 2, 6.0))
    stage.handle(reading(1.0, "fear", 2, True))
    if paused:
        stage.handle(Paused(1.0))
    return compose(stage, frame, picture_size(frame, INITIAL_SIZE), WindowStyle(mirror, hidden, keys=keys))


def on_screen(screen: Screen, picture: np.ndarray) -> Callable[[], bool]:
    """A test whether the upper left of the screen shows `picture`, apart from blur by scaling."""

    def shows() -> bool:
        part = screen.picture()[: picture.shape[0], : picture.shape[1]].astype(int)
        return bool(np.abs(part - picture).mean() < 4)

    return shows


@needs_screen
def test_the_window_shows_the_mirrored_actor_with_the_line_as_caption(
    screen: Screen, run_window: Callable[..., subprocess.Popen[str]]
) -> None:
    child = run_window(on_screen(screen, expected(two_halves())))
    picture = screen.picture()
    assert tuple(picture[300, 100]) == (40, 40, 200), "the frame is mirrored"
    assert child.poll() is None


@needs_screen
def test_a_recording_is_not_mirrored(screen: Screen, run_window: Callable[..., subprocess.Popen[str]]) -> None:
    run_window(on_screen(screen, expected(two_halves(), mirror=False)), mirror=False)
    assert tuple(screen.picture()[300, 100]) == (200, 40, 40)


@needs_screen
def test_the_key_f_hides_and_shows_the_face(screen: Screen, run_window: Callable[..., subprocess.Popen[str]]) -> None:
    is_shown, is_hidden = (on_screen(screen, expected(two_halves(), hidden=is_hidden)) for is_hidden in (False, True))
    child = run_window(is_shown)
    screen.press("f")
    assert happens_in_time(child, is_hidden), "the line is shown in large type instead of the face"
    screen.press("f")
    assert happens_in_time(child, is_shown), "the face is shown again"


@needs_screen
def test_the_key_m_shows_and_hides_the_marks_at_the_face(
    screen: Screen, run_window: Callable[..., subprocess.Popen[str]]
) -> None:
    child = run_window(on_screen(screen, expected(two_halves())))

    def marked() -> bool:
        return bool((np.abs(screen.picture()[120:300, 600:1000].astype(int) - STATE_COLOURS["yes"]).max(2) < 40).any())

    assert not marked()
    screen.press("m")
    assert happens_in_time(child, marked)
    screen.press("m")
    assert happens_in_time(child, lambda: not marked())


@needs_screen
def test_keys_in_the_window_are_commands_and_the_left_arrow_is_not(
    screen: Screen, run_window: Callable[..., subprocess.Popen[str]]
) -> None:
    child = run_window(on_screen(screen, expected(two_halves())))
    assert child.stdout is not None
    assert child.stderr is not None
    commands = []
    screen.press("left")
    for lit in (True, False, True):  # the window stays open, so that the arrow key is not lost
        assert happens_in_time(child, lambda lit=lit: bool(screen.picture()[301, 1065].min() > 200) == lit)
    for key in ("p", "b", "r", " ", "\n", "q"):
        screen.press(key)
        commands.append(child.stdout.readline().strip())
    # `communicate` would miss what the last `readline` has read ahead.
    out, err = child.stdout.read(), child.stderr.read()
    child.wait(DEADLINE_S)
    assert commands == ["pause", "back", "repeat", "next", "next", "quit"]
    assert (out.strip(), err, child.returncode) == ("closed", "", 0), "no warning about fonts is printed"


@pytest.mark.row(29)
@needs_screen
def test_closing_the_window_quits_once_and_keeps_it_closed(
    screen: Screen, run_window: Callable[..., subprocess.Popen[str]]
) -> None:
    child = run_window(on_screen(screen, expected(two_halves())))
    screen.close_windows()
    out, err = child.communicate(timeout=DEADLINE_S)
    assert (out.split(), err, child.returncode) == (["quit", "closed"], "", 0)
    assert screen.picture().mean() < 0.1, "the window is closed; only the pointer is visible"


@needs_screen
def test_the_window_names_writing_systems_that_it_cannot_draw(
    screen: Screen, run_window: Callable[..., subprocess.Popen[str]]
) -> None:
    def in_yellow() -> bool:
        return bool((np.abs(screen.picture()[:120, :400].astype(int) - YELLOW).max(axis=2) < 30).any())

    run_window(in_yellow, """timeline(line("One.", "sad"), line("สวัสดี", "sad"))""")


KEYS = "p pause · q quit · f hide face"
TOP = 120


@needs_screen
def test_the_first_seconds_of_a_take_show_the_keys_that_have_an_effect(
    screen: Screen, run_window: Callable[..., subprocess.Popen[str]]
) -> None:
    with_keys, without_keys = (on_screen(screen, expected(two_halves(), keys=keys)[:TOP]) for keys in (KEYS, ""))
    child = run_window(with_keys, before="[TakeStarted(-3.0)]")
    child.send_signal(signal.SIGUSR1)
    assert happens_in_time(child, without_keys), "the keys disappear after a while"


@needs_screen
def test_a_pause_shows_the_keys(screen: Screen, run_window: Callable[..., subprocess.Popen[str]]) -> None:
    run_window(on_screen(screen, expected(two_halves(), keys=KEYS, paused=True)[:TOP]), after="[Paused(1.0)]")


AV_AFTER_CV2 = """
    import cv2
    import av
    import sys, time
    sys.path.insert(0, "tests")
    from display_help import run_info
    from coach.display.rehearsal.window import Window
    from coach.base.types import Frame

    class Clock:
        now = staticmethod(time.monotonic)
        sleep = staticmethod(time.sleep)

    with av.open(sys.argv[1]) as container:
        window = Window(run_info(), mirror=False, clock=Clock())
        for number, frame in zip(range(10), container.decode(video=0)):
            window.show(Frame(number / 25, frame.to_ndarray(format="bgr24")))
            time.sleep(0.04)
            window.poll()
        window.close()
    print("shown")
"""


@needs_screen
def test_opencv_before_pyav_shows_a_window_and_does_not_hang(screen: Screen) -> None:
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(AV_AFTER_CV2), str(sample_take())],
        env=screen.environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.stdout.strip(), result.returncode) == ("shown", 0), result.stderr


@needs_screen
def test_a_window_is_available_with_a_screen(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", screen.environ["DISPLAY"])
    assert window_available() is None


@needs_screen
def test_an_opencv_without_windows_is_reported(screen: Screen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cv2.py").write_text(
        "def namedWindow(*_):\n    raise RuntimeError('The function is not implemented')\n"
    )
    monkeypatch.setenv("DISPLAY", screen.environ["DISPLAY"])
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert "cannot open windows" in (window_available() or "")


linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has displays that may be missing")


@pytest.mark.row(29)
@linux
def test_a_missing_display_is_reported_and_the_process_continues() -> None:
    code = "from coach.display.kit.pane import window_available; print(window_available())"
    result = subprocess.run(
        [sys.executable, "-c", code], env=without_display(), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0
    assert "no display" in result.stdout


@pytest.mark.row(29)
@linux
def test_an_unreachable_display_is_reported_and_the_process_continues(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":4242")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert window_available() == "the display :4242 cannot be opened"
