"""Detection of frozen and empty pictures, and messages for cameras that do not open."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from video_help import busy, noisy

from coach.base.types import Reason
from coach.sources.camera.camera import SignalCheck
from coach.sources.camera.child import device_name, thumbprint
from coach.sources.camera.listing import camera_refusal, list_cameras


def reasons(pictures: list[tuple[float, int, bool]]) -> list[Reason | None]:
    check = SignalCheck()
    return [check.reason(t, digest, flat) for t, digest, flat in pictures]


@pytest.mark.row(5)
def test_a_picture_is_frozen_after_two_seconds_without_change() -> None:
    assert reasons([(0.0, 1, False), (1.9, 1, False), (2.0, 1, False), (2.1, 2, False)]) == [None, None, "frozen", None]


@pytest.mark.row(2)
def test_an_empty_flickering_picture_is_no_signal_after_three_seconds() -> None:
    flickering = [(0.0, 1, True), (2.5, 1, True), (3.0, 2, True), (3.1, 3, False), (3.2, 4, True)]
    assert reasons(flickering) == [None, None, "no signal", None, None]


def test_an_empty_picture_is_not_called_frozen() -> None:
    assert reasons([(0.0, 1, True), (2.5, 1, True)]) == [None, None]


def test_two_noisy_pictures_differ_and_are_not_flat() -> None:
    (first, flat), (second, _) = thumbprint(noisy(1, 640, 360)), thumbprint(noisy(2, 640, 360))
    assert first != second
    assert not flat


@pytest.mark.parametrize("level", [0, 128, 255])
def test_one_colour_with_sensor_noise_is_flat(level: int) -> None:
    noise = np.random.default_rng(1).normal(level, 1.0, (480, 640, 3))
    assert thumbprint(noise.clip(0, 255).astype(np.uint8))[1]


def test_one_strong_colour_is_flat() -> None:
    assert thumbprint(np.full((480, 640, 3), (0, 135, 0), np.uint8))[1]


def test_the_smallest_picture_has_a_thumbprint() -> None:
    assert thumbprint(busy(1, 1, 1))[1]


def test_linux_advice_without_a_camera_is_to_plug_one_in(tmp_path: Path) -> None:
    message = camera_refusal([0, 1], platform="linux", devices=tmp_path)
    assert message.startswith("No camera gives a picture (tried 0, 1).")
    assert "plug one in" in message


@pytest.mark.row(2)
def test_linux_advice_for_a_busy_camera_is_to_close_other_programs(tmp_path: Path) -> None:
    (tmp_path / "video0").touch()
    (tmp_path / "video2").touch()
    message = camera_refusal([0], platform="linux", devices=tmp_path)
    assert "video0, video2" in message
    assert "close other programs" in message


def test_linux_advice_without_permission_is_to_join_the_video_group(tmp_path: Path) -> None:
    """A broken link stands for a device without permission, because root may use any other."""
    (tmp_path / "video0").symlink_to("nowhere")
    assert "usermod -aG video" in camera_refusal([0], platform="linux", devices=tmp_path)


def test_macos_advice_names_the_terminal_and_the_setting() -> None:
    message = camera_refusal([0], platform="darwin", environment={"TERM_PROGRAM": "iTerm.app"})
    assert "Allow iTerm under System Settings > Privacy & Security > Camera" in message


@pytest.mark.parametrize(("program", "named"), [("", "your terminal application"), ("Kit\x1bty", "Kitty")])
def test_macos_advice_handles_unknown_terminals(program: str, named: str) -> None:
    assert f"Allow {named} under" in camera_refusal([0], platform="darwin", environment={"TERM_PROGRAM": program})


def test_windows_advice_names_its_setting() -> None:
    assert "Let desktop apps access your camera" in camera_refusal([0], platform="win32")


def test_each_refusal_is_one_line() -> None:
    for platform in ("linux", "darwin", "win32"):
        assert "\n" not in camera_refusal(["a\nb\x1b[31m"], platform=platform)


def test_listing_cameras_works_without_a_camera() -> None:
    assert list_cameras(2) == [] or list_cameras(2)[0].width > 0


def test_listing_cameras_gives_up_on_a_hanging_one() -> None:
    assert list_cameras(2, timeout_s=0.0) == []


def test_a_camera_has_the_name_that_the_system_gives_it(tmp_path: Path) -> None:
    (tmp_path / "video3").mkdir()
    (tmp_path / "video3" / "name").write_text("Studio Cam\n")
    assert device_name(3, tmp_path) == "Studio Cam"
    assert device_name(4, tmp_path) == ""
