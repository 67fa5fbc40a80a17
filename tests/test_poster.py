"""The poster of a recording on a page."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from coach.base.files import sample_take
from coach.recordings.stills import MAX_BYTES, WIDTH, _encode_poster, poster_of


def decode(jpeg: bytes | None) -> np.ndarray:
    assert jpeg is not None
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture


def test_a_poster_is_small_and_shows_the_requested_time() -> None:
    early, late = poster_of(sample_take(), 1.0), poster_of(sample_take(), 15.0)
    assert early is not None
    assert len(early) <= MAX_BYTES
    assert max(decode(early).shape) <= WIDTH
    assert np.abs(decode(early).astype(int) - decode(late)).mean() > 5


def test_a_poster_after_the_end_shows_the_first_picture() -> None:
    assert poster_of(sample_take(), 500.0) == poster_of(sample_take(), 0.0)


@pytest.mark.parametrize("shape", [(2160, 3840, 3), (1920, 1080, 3)])
def test_a_noisy_picture_gives_a_small_poster(shape: tuple[int, ...]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    jpeg = _encode_poster(noise)
    assert jpeg is not None
    assert len(jpeg) <= MAX_BYTES
    assert max(decode(jpeg).shape) == WIDTH


@pytest.mark.parametrize("data", [b"", b"no video", bytes(1000)])
def test_a_file_that_is_not_a_recording_has_no_poster(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(data)
    assert poster_of(path, 1.0) is None
