"""The mirror with real keys: in a pseudo-terminal, and in its window under Xvfb."""

from __future__ import annotations

import re
import subprocess
import time
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from cli_help import command, environment
from perception_help import face_picture, sad_picture
from pty_help import TerminalChild
from window_help import DEADLINE_S, XVFB, Screen, happens_in_time, press_until

# isort: split
import av

from coach.base.files import sample_take

if TYPE_CHECKING:
    from collections.abc import Callable

SHOW_CURSOR = "\x1b[?25h"


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two faces for ten minutes, so that the keys arrive before the end even on a busy machine.

    Without a window, a recording is read as fast as it decodes. One encoded second is repeated.
    """
    path = tmp_path_factory.mktemp("clip") / "two.mkv"
    small = cv2.resize(face_picture(), (480, 270))
    picture = av.VideoFrame.from_ndarray(np.hstack([small, small]), format="bgr24")
    with av.open(str(path), "w") as file:
        video: Any = file.add_stream("libx264", rate=50, options={"preset": "ultrafast", "tune": "zerolatency"})
        video.width, video.height, video.pix_fmt = 960, 270, "yuv420p"
        second = []
        for number in range(50):
            picture.pts = number
            second += [bytes(packet) for packet in video.encode(picture)]
        for number in range(10 * 60 * 50):
            packet = av.Packet(second[number % 50])
            packet.stream, packet.time_base = video, Fraction(1, 50)
            packet.pts = packet.dts = number
            packet.is_keyframe = number % 50 == 0
            file.mux(packet)
    return path


def terminal(tmp_path: Path, source: Path, *args: str) -> TerminalChild:
    return TerminalChild(command("mirror", "--headless", "--source", source, *args), environment(tmp_path))


def test_every_key_works_in_a_terminal(long_clip: Path, tmp_path: Path) -> None:
    run_in = f"import os; os.chdir({str(tmp_path)!r}); from coach.cli.main import main; import sys; sys.exit(main())"
    args = [*command()[:1], "-c", run_in, "mirror", "--headless", "--source", str(long_clip)]
    with TerminalChild(args, environment(tmp_path)) as child:
        child.read_until("person 0: the camera reads")
        child.type("p")
        child.read_until("PAUSED")
        child.read_until("p go on")
        child.type("\t")
        child.read_until("person 1: the camera reads")
        child.type("s")
        child.read_while_waiting_for(lambda: len(list(tmp_path.glob("mirror-*.png"))) == 1)
        child.type("s")
        child.read_while_waiting_for(lambda: len(list(tmp_path.glob("mirror-*.png"))) == 2)
        child.type("v")
        child.read_until("recording mirror-")
        child.type("p")
        child.read_while_waiting_for(lambda: next(tmp_path.glob("mirror-*.mp4")).stat().st_size > 1000)
        child.type("v")
        child.read_until("recorded mirror-")
        child.type("q")
        output = child.read_to_end()
        assert child.wait() == 0
    assert SHOW_CURSOR in output
    assert "Snapshot:" in output
    assert re.search(r"Video, \d+\.\d s:", output)
    (film,) = tmp_path.glob("mirror-*.mp4")
    with av.open(str(film)) as container:
        assert container.streams.video[0].width == 960
        assert sum(1 for _ in container.decode(video=0)) > 2


def test_ctrl_c_on_a_terminal_restores_the_screen_and_prints_the_summary(long_clip: Path, tmp_path: Path) -> None:
    with terminal(tmp_path, long_clip) as child:
        child.read_until("person 0: the camera reads")
        child.type("\x03")
        output = child.read_to_end()
        assert child.wait() == 130
    assert SHOW_CURSOR in output
    assert "in sight" in output
    assert "Traceback" not in output


def test_plain_lines_on_request_and_on_a_dumb_terminal(tmp_path: Path) -> None:
    picture = tmp_path / "one.png"
    cv2.imwrite(str(picture), sad_picture())
    for options, variables in ((("--plain",), {}), ((), {"TERM": "dumb"})):
        child = TerminalChild(
            command("mirror", "--headless", "--source", picture, *options), {**environment(tmp_path), **variables}
        )
        with child:
            output = child.read_to_end()
            assert child.wait() == 0
        assert "\x1b[?1049h" not in output
        assert "one.png  0 sad" in output


# --- in the window --------------------------------------------------------------------------------------------------


@pytest.fixture
def in_window(
    screen: Screen, start_on_screen: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> Callable[..., subprocess.Popen[str]]:
    """Start `coach mirror ARGS`, and wait until its window shows the picture."""
    environ = {**environment(tmp_path), "DISPLAY": screen.environ["DISPLAY"]}

    def is_painted() -> bool:
        """Whether the window shows the picture, not just the empty window with which the mirror tests the display."""
        return len(np.unique(screen.picture()[40:400, 40:700])) > 100

    def start(*args: str | Path) -> subprocess.Popen[str]:
        return start_on_screen(command("mirror", *args), is_painted, env=environ, cwd=tmp_path)

    return start


needs_screen = pytest.mark.skipif(XVFB is None, reason="no Xvfb on this machine")


@needs_screen
def test_a_still_picture_stays_in_the_window_until_q_and_can_be_saved(
    screen: Screen, in_window: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    cv2.imwrite(str(tmp_path / "one.png"), face_picture())
    child = in_window("--source", "one.png")
    assert press_until(screen, "s", child, lambda: any(tmp_path.glob("mirror-*.png")))
    before = screen.picture()[40:400, 40:700].astype(int)
    screen.press("m")
    assert happens_in_time(child, lambda: np.abs(screen.picture()[40:400, 40:700] - before).mean() > 5)
    screen.press("q")
    out, err = child.communicate(timeout=DEADLINE_S)
    assert (child.returncode, err) == (0, "")
    assert "one.png" in out
    assert "Snapshot:" in out


@needs_screen
def test_a_recording_plays_in_real_time_and_closing_the_window_prints_the_summary(
    screen: Screen, in_window: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    def logged_seconds() -> float:
        """Take time of the last row of the log, in seconds."""
        last = (tmp_path / "log.csv").read_text(encoding="utf-8-sig").splitlines()[-1].partition(",")[0]
        return 0.0 if last == "t" else float(last)

    began = time.monotonic()
    child = in_window("--source", sample_take(), "--log", "log.csv", "--force")
    assert happens_in_time(child, lambda: logged_seconds() > 2.5)
    assert logged_seconds() <= time.monotonic() - began, "a recording in a window is played in real time"
    screen.close_windows()
    out, err = child.communicate(timeout=DEADLINE_S)
    assert (child.returncode, err) == (0, "")
    assert "the camera reads" in out
