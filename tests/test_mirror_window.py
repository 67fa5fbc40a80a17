"""The window of the mirror on a real screen in memory, with real keys."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from window_help import DEADLINE_S, XVFB, Screen, happens_in_time, press_until

from coach.base.palette import COLOURS_BGR
from coach.display.mirror.picture import layout_of
from coach.display.mirror.state import FaceStyle
from coach.display.mirror.window import INITIAL_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from coach.display.mirror.faces import Area

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.skipif(XVFB is None, reason="no Xvfb on this machine")

PLAY = """
    import sys, time
    sys.path.insert(0, "tests")
    from mirror_help import face, state, view
    from coach.display.mirror.window import MirrorWindow
    from coach.base.types import Box

    class Clock:
        now = staticmethod(time.monotonic)
        sleep = staticmethod(time.sleep)

    made = state(mirrored={mirrored})
    window = MirrorWindow(made, Clock())
    began = time.monotonic()
    commands = []
    while "quit" not in commands:
        t = time.monotonic() - began
        window.show(view(face(0, Box(40, 100, 80, 80), "sad"), face(1, Box(300, 100, 80, 80), "happy"), t=t))
        commands = window.poll()
        for command in commands:
            print(command, flush=True)
            if command == "mirror":
                made.mirrored = not made.mirrored
            if command == "graph":
                made.graph = not made.graph
            if command == "person":
                made.chosen = 1
        time.sleep(0.005)
    window.show(view(t=1e6))
    window.poll()
    window.close()
    window.close()
    print("closed", flush=True)
"""


@pytest.fixture
def run_window(
    screen: Screen, start_on_screen: Callable[..., subprocess.Popen[str]]
) -> Callable[..., subprocess.Popen[str]]:
    """Start a child with a window on the screen and wait until it is painted."""

    def start(code: str) -> subprocess.Popen[str]:
        args = [sys.executable, "-c", textwrap.dedent(code)]
        return start_on_screen(args, lambda: left_and_right(screen) is not None, cwd=ROOT)

    return start


def part(screen: Screen, area: Area) -> NDArray[np.uint8]:
    return screen.picture()[area.top : area.bottom, area.left : area.right]


def columns(picture: NDArray[np.uint8], emotion: str) -> float | None:
    """The mean column of the pixels with the colour of `emotion`; None without such pixels."""
    matching = np.flatnonzero((np.abs(picture.astype(int) - COLOURS_BGR[emotion]).max(axis=2) < 12).any(axis=0))
    return float(matching.mean()) if len(matching) else None


LAYOUT = layout_of(INITIAL_SIZE, FaceStyle(), graph=True)


def left_and_right(screen: Screen) -> bool | None:
    """Whether the sad face is left of the happy one; None before both are shown."""
    picture = part(screen, LAYOUT.view)
    sad, happy = columns(picture, "sad"), columns(picture, "happy")
    return None if sad is None or happy is None else sad < happy


def test_the_window_shows_everybody_and_m_mirrors_the_picture(
    screen: Screen, run_window: Callable[..., subprocess.Popen[str]]
) -> None:
    child = run_window(PLAY.format(mirrored=False))
    assert left_and_right(screen) is True
    screen.press("m")
    assert happens_in_time(child, lambda: left_and_right(screen) is False)


def test_a_camera_is_mirrored_from_the_start(screen: Screen, run_window: Callable[..., subprocess.Popen[str]]) -> None:
    run_window(PLAY.format(mirrored=True))
    assert left_and_right(screen) is False


def test_bars_and_graph_show_the_first_person_until_tab_selects_the_next(
    screen: Screen, run_window: Callable[..., subprocess.Popen[str]]
) -> None:
    child = run_window(PLAY.format(mirrored=False))

    def longest(emotion: str) -> int:
        bars = part(screen, LAYOUT.bars)
        return int((np.abs(bars.astype(int) - COLOURS_BGR[emotion]).max(axis=2) < 12).sum(axis=1).max())

    def high_in_graph(emotion: str) -> bool:
        graph = part(screen, LAYOUT.graph)
        return columns(graph[: len(graph) * 4 // 10, : -LAYOUT.names], emotion) is not None

    assert happens_in_time(child, lambda: high_in_graph("sad") and longest("sad") > 4 * longest("happy"))
    assert press_until(screen, "\t", child, lambda: longest("happy") > 4 * longest("sad"))
    assert happens_in_time(child, lambda: high_in_graph("happy") and not high_in_graph("sad")), (
        "the graph shows the history of the chosen person"
    )


def test_g_hides_the_graph_and_shows_it_again(screen: Screen, run_window: Callable[..., subprocess.Popen[str]]) -> None:
    child = run_window(PLAY.format(mirrored=False))

    def graph_is_drawn() -> bool:
        return columns(part(screen, LAYOUT.graph), "sad") is not None

    assert happens_in_time(child, graph_is_drawn)
    screen.press("g")
    assert happens_in_time(child, lambda: not graph_is_drawn())
    screen.press("g")
    assert happens_in_time(child, graph_is_drawn)


def test_every_key_is_a_command_and_the_left_arrow_is_not(
    screen: Screen, run_window: Callable[..., subprocess.Popen[str]]
) -> None:
    child = run_window(PLAY.format(mirrored=False))
    assert child.stdout is not None
    commands = []
    screen.press("left")
    for key in ("p", "s", "v", "m", "g", "\t", "q"):
        screen.press(key)
        commands.append(child.stdout.readline().strip())
    out, err = child.communicate(timeout=DEADLINE_S)
    assert commands == ["pause", "snapshot", "record", "mirror", "graph", "person", "quit"]
    assert (out.strip(), err, child.returncode) == ("closed", "", 0)


def test_closing_the_window_quits_and_keeps_it_closed(
    screen: Screen, run_window: Callable[..., subprocess.Popen[str]]
) -> None:
    child = run_window(PLAY.format(mirrored=False))
    screen.close_windows()
    out, err = child.communicate(timeout=DEADLINE_S)
    assert (out.split(), err, child.returncode) == (["quit", "closed"], "", 0)
    assert screen.picture().mean() < 0.1, "the window is closed; only the pointer is visible"
