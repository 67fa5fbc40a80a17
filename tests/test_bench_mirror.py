"""The mirror's benchmark: its clips have the faces that they say, and its rows are measured on real processes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.bench_mirror import LAPTOP, Speed, alternating, graph_line, memory_line
from tools.benchmarks.clips import GRIDS, HEIGHT, WIDTH, places, scenes, write_clip


@pytest.mark.parametrize("faces", sorted(GRIDS))
@pytest.mark.parametrize("seed", range(5))
def test_every_face_has_a_place_of_its_own_within_the_frame(faces: int, seed: int) -> None:
    spots = places(faces, seed)
    assert len(spots) == faces
    assert spots == places(faces, seed)
    for i, (x, y, width, height) in enumerate(spots):
        assert 0 <= x <= x + width <= WIDTH
        assert 0 <= y <= y + height <= HEIGHT
        for left, top, w, h in spots[:i]:
            assert x + width <= left or left + w <= x or y + height <= top or top + h <= y


def test_sizes_and_places_differ() -> None:
    assert len({width for _, _, width, _ in places(20)}) > 10
    assert places(20, 0) != places(20, 1)


def test_scenes_are_as_many_as_asked_for_and_move() -> None:
    first, second, third = scenes(5, 3)
    assert first.shape == second.shape == (HEIGHT, WIDTH, 3)
    assert (first != third).any()


def test_a_clip_is_measured_in_a_process_of_its_own(tmp_path: Path) -> None:
    write_clip(tmp_path / "five.mp4", 5, 0.5)
    ours, theirs = alternating(tmp_path / "five.mp4", 2, None)
    assert theirs is None
    assert len(ours.runs) == 2
    assert ours.median > 0
    assert ours.found == 5


def test_memory_is_told_from_a_process_of_its_own() -> None:
    assert "; 1 people told apart." in memory_line(0.6)


def test_figures_are_written_as_precisely_as_they_are_known() -> None:
    assert Speed([250.4, 190, 300], 1.0).text() == "250 (1.0 found)"
    assert Speed([4.53], 19.96).text() == "4.5 (20.0 found)"
    assert set(LAPTOP) <= set(GRIDS)


def test_the_cost_of_the_graph_is_told_in_milliseconds() -> None:
    assert re.fullmatch(r"The graph: \d+\.\d\d ms a frame at .* \d+\.\d\d ms at 3840 x 540.*", graph_line())
