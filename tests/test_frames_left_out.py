"""Frames of a recording that nobody looks at are left out before they cost anything, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from video_help import noisy, steady, write_video

from coach.base.types import READS_PER_S, Frame
from coach.perception.pipeline import OneActor
from coach.sources.opening import SourceOptions, open_source
from coach.testing.perception import FakeClassifier, FakeDetector


def frames_of(path: Path, frames_per_s: float) -> tuple[list[Frame], int]:
    """The frames that the source returns, and how many it counts."""
    source = open_source(str(path), SourceOptions(frames_per_s=frames_per_s))
    frames = [frame for frame in iter(source.read, None) if isinstance(frame, Frame)]
    source.close()
    return frames, source.stats.frames


def test_frames_that_come_too_soon_are_left_out_but_counted(tmp_path: Path) -> None:
    film = write_video(tmp_path / "film.mp4", steady(60, 30))
    frames, count = frames_of(film, 10)
    assert [round(frame.t, 2) for frame in frames] == [round(i / 10, 2) for i in range(20)]
    assert count == 60


def test_the_frames_that_stay_are_the_same_as_without_leaving_any_out(tmp_path: Path) -> None:
    film = write_video(tmp_path / "film.mp4", steady(60, 30), paint=noisy)
    all_frames = {frame.t: frame.image for frame in frames_of(film, 0)[0]}
    assert len(all_frames) == 60
    for frame in frames_of(film, 10)[0]:
        assert np.array_equal(frame.image, all_frames[frame.t])


@settings(max_examples=25, deadline=None)
@given(gaps=st.lists(st.sampled_from((0.01, 0.033, 0.05, 0.066, 0.1, 0.7)), min_size=1, max_size=40))
def test_no_frame_that_a_reading_would_use_is_left_out(
    gaps: list[float], tmp_path_factory: pytest.TempPathFactory
) -> None:
    times = np.cumsum([0.0, *gaps]).tolist()
    film = write_video(tmp_path_factory.mktemp("film") / "film.mkv", times)
    every, few = (_read_times(film, frames_per_s) for frames_per_s in (0.0, READS_PER_S))
    assert few == every


def _read_times(film: Path, frames_per_s: float) -> list[float]:
    from coach.perception.pipeline import FacePipeline

    perception = FacePipeline(FakeDetector(), FakeClassifier(), OneActor(reads_per_s=READS_PER_S))
    return [perception.observe(frame).t for frame in frames_of(film, frames_per_s)[0] if perception.is_due(frame.t)]
