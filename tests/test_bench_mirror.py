"""The mirror benchmark: crowd clips have the requested faces, and measurements run in real child processes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.bench_mirror import LAPTOP_FPS, Speed, alternating_speeds, graph_line, memory_line
from tools.benchmarks.clips import GRIDS, HEIGHT, WIDTH, copy_boxes, crowd_frames, write_crowd_clip


@pytest.mark.parametrize("faces", sorted(GRIDS))
@pytest.mark.parametrize("seed", range(5))
def test_copies_lie_within_the_frame_and_do_not_overlap(faces: int, seed: int) -> None:
    boxes = copy_boxes(faces, seed)
    assert len(boxes) == faces
    assert boxes == copy_boxes(faces, seed)
    for i, (x, y, width, height) in enumerate(boxes):
        assert 0 <= x <= x + width <= WIDTH
        assert 0 <= y <= y + height <= HEIGHT
        for left, top, w, h in boxes[:i]:
            assert x + width <= left or left + w <= x or y + height <= top or top + h <= y


def test_copies_differ_in_size_and_position() -> None:
    assert len({width for _, _, width, _ in copy_boxes(20)}) > 10
    assert copy_boxes(20, 0) != copy_boxes(20, 1)


def test_crowd_frames_have_the_requested_count_and_move() -> None:
    first, second, third = crowd_frames(5, 3)
    assert first.shape == second.shape == (HEIGHT, WIDTH, 3)
    assert (first != third).any()


def test_a_clip_is_measured_in_a_child_process(tmp_path: Path) -> None:
    write_crowd_clip(tmp_path / "five.mp4", 5, 0.5)
    mirror, other = alternating_speeds(tmp_path / "five.mp4", 2, None)
    assert other is None
    assert len(mirror.fps) == 2
    assert mirror.median > 0
    assert mirror.found == 5


def test_memory_is_measured_in_a_child_process() -> None:
    assert "; 1 people told apart." in memory_line(0.1)


def test_speeds_below_twenty_get_a_decimal() -> None:
    assert str(Speed([250.4, 190, 300], 1.0)) == "250 (1.0 found)"
    assert str(Speed([4.53], 19.96)) == "4.5 (20.0 found)"


def test_every_laptop_speed_is_for_a_measured_face_count() -> None:
    assert set(LAPTOP_FPS) <= set(GRIDS)


def test_the_cost_of_the_graph_is_printed_in_milliseconds() -> None:
    assert re.fullmatch(r"The graph: \d+\.\d\d ms a frame at .* \d+\.\d\d ms at 3840 x 540.*", graph_line(frames=100))
