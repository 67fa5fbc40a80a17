"""A take with the camera of a real browser gets the verdicts of `coach rehearse` on the film that was its camera."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from cli_help import coach_here, environment
from numpy.typing import NDArray
from page_help import CHROMIUM, FLAGS, needs_chromium
from playwright.sync_api import Page, sync_playwright
from studio_help import keep_script, serving
from video_help import write_video

from coach.base.files import sample_take
from coach.core.scoring.report import LineReport
from coach.core.scoring.verdict import FAIR_ACCURACY, PARTIAL_ACCURACY
from coach.media.libav import av
from coach.studio.state import Studio
from coach.takes.contents import VIDEO_NAME
from coach.takes.report_file import load_report

pytestmark = needs_chromium

FPS = 30
"""Chromium plays a film of motion JPEG at this rate, and again from its start."""

SIZE = (640, 360)
"""Width and height of the sample take."""

STRETCHES_S = ((2.0, 4.0), (11.0, 13.0))
"""What the film has of the sample take: grief, then joy."""

CUT = 60
"""Number of the first frame of joy."""

SCRIPT = {"title": "Grief", "lines": [{"text": f"Line {n}.", "emotion": "sad", "duration_s": 1} for n in range(4)]}
"""As long as the film. Wherever that begins, two of the lines lie within one stretch, one in each."""

BITS, STRIP = 8, 16
"""Each frame has its number at the top, as black and white squares in a strip of some rows."""

CLEAR = 0.05
"""A share that is nearer to a threshold may fall on either side, because the page compresses its pictures once more."""

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def film() -> list[Picture]:
    """The frames of the film, each with its number."""
    video = cv2.VideoCapture(str(sample_take()))
    fps = video.get(cv2.CAP_PROP_FPS)
    take = [video.read()[1] for _ in range(round(STRETCHES_S[-1][1] * fps))]
    video.release()
    times = [t for begin, end in STRETCHES_S for t in np.arange(begin, end, 1 / FPS)]
    return [_numbered(take[int(t * fps)].copy(), number) for number, t in enumerate(times)]


def _numbered(picture: Picture, number: int) -> Picture:
    width = picture.shape[1] // BITS
    for bit in range(BITS):
        picture[:STRIP, bit * width : (bit + 1) * width] = 255 * (number >> bit & 1)
    return picture


def number_of(picture: Picture) -> int:
    """The number of the frame of the film that a camera showed."""
    squares = cv2.resize(picture[: STRIP - 4], (BITS, 1), interpolation=cv2.INTER_AREA).mean(axis=2)[0]
    return sum(1 << bit for bit in range(BITS) if squares[bit] > 127)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(tmp_path_factory.mktemp("studio")).items():
            patch.setenv(name, value)
        with serving() as running:
            running.consented = True
            yield running


@pytest.fixture
def page(studio: Studio, film: list[Picture], tmp_path: Path) -> Iterator[Page]:
    """A tab whose camera is the film."""
    file = tmp_path / "camera.mjpeg"
    file.write_bytes(b"".join(cv2.imencode(".jpg", picture)[1].tobytes() for picture in film))
    camera = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={file}"]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *camera])
        page = browser.new_context(reduced_motion="reduce", permissions=["camera"]).new_page()
        page.goto(studio.access.entry_address)
        yield page
        browser.close()


def shown_in(recording: Path) -> list[tuple[float, int]]:
    """Time in the take, and number in the film, of each frame that the camera of a take showed.

    Chromium begins its film when the camera is opened, not with the take, and shows a frame later on a busy machine. So
    the numbers in the pictures of the recording say what was seen.
    """
    with av.open(str(recording)) as file:
        return [(float(frame.time), number_of(frame.to_ndarray(format="bgr24"))) for frame in file.decode(video=0)]


def is_cut(line: LineReport, shown: list[tuple[float, int]]) -> bool:
    """Whether the film cuts from grief to joy or back in `line`. There one frame more or less may decide."""
    assert line.start_s is not None
    assert line.end_s is not None
    return len({number < CUT for t, number in shown if line.start_s <= t < line.end_s}) > 1


def is_clear(line: LineReport) -> bool:
    """Whether the shares of `line` lie well apart from the thresholds of hit, partial and miss."""
    assert line.share is not None
    assert line.asked_share is not None
    assert line.accuracy is not None
    gaps = (line.share - line.asked_share, line.accuracy - FAIR_ACCURACY, line.accuracy - PARTIAL_ACCURACY)
    return all(abs(gap) >= CLEAR for gap in gaps)


def test_the_verdicts_with_the_camera_are_those_of_the_command_line_on_the_same_film(
    page: Page, studio: Studio, film: list[Picture], tmp_path: Path
) -> None:
    script = keep_script(studio, SCRIPT)
    page.goto(f"{studio.access.address}/rehearse?script={script}")
    page.locator("summary").click()
    page.locator("#lead_in_s").select_option("0")
    page.locator("#sound").select_option("off")
    page.locator("[name=record]").check()
    page.get_by_role("button", name="Rehearse with the camera").click()
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/takes/*")
    (take,) = studio.takes.takes()

    shown, same = shown_in(take / VIDEO_NAME), tmp_path / "shown.mp4"
    times = [t for t, _ in shown]
    write_video(same, times, size=SIZE, encoder={"crf": "10"}, paint=lambda at, *_: film[shown[at][1]])
    known = studio.scripts.find(script)
    assert known is not None
    assert coach_here("rehearse", known.path, "--source", same, "--takes", take.parent) == 0
    (again,) = set(studio.takes.takes()) - {take}
    ours, theirs = (load_report(each / "report.json").lines for each in (take, again))
    pairs = [(one, other) for one, other in zip(ours, theirs, strict=True) if not is_cut(one, shown)]
    pairs = [pair for pair in pairs if all(map(is_clear, pair))]
    assert [one.verdict for one, _ in pairs] == [other.verdict for _, other in pairs]
    assert {one.verdict for one, _ in pairs} == {"hit", "miss"}
