"""The graph of a mirror run: legible, correct at peaks and gaps, bounded in memory."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
import tracemalloc
import xml.etree.ElementTree as ET
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mirror_help import PICTURES

from coach.base.errors import OutputError
from coach.base.types import EMOTIONS, Box, Emotion, Probabilities
from coach.core.mirror.view import MirrorFace, MirrorView, PictureSequence
from coach.recordings.drawing import HEX, SHOWN_OTHERS, spread
from coach.recordings.graph import Graph
from coach.recordings.names import AlreadyThereError
from coach.recordings.thinning import Peaks, Share, Thinned, curve_of, split_at_gaps

ROOT = Path(__file__).resolve().parent.parent


def shares(happy: float) -> Probabilities:
    """Probabilities with `happy` for happy and the rest spread evenly."""
    share_of_others = (1 - happy) / 6
    return share_of_others, share_of_others, share_of_others, happy, share_of_others, share_of_others, share_of_others


def face(track: int, happy: float | None, label: Emotion | None = "happy") -> MirrorFace:
    """A face with a share `happy`; unreadable if None."""
    probabilities = None if happy is None else shares(happy)
    return MirrorFace(
        track,
        Box(0, 0, 9, 9),
        probabilities,
        probabilities,
        label if probabilities else None,
        None if probabilities else "profile",
    )


def draw(path: Path, moments: list[tuple[float, list[MirrorFace]]], **options: object) -> Path:
    """Draw a graph to its end; return its path."""
    with Graph(path, **options) as graph:  # type: ignore[arg-type]  # the options of Graph
        for t, faces in moments:
            graph.add(MirrorView(t, tuple(faces), None))
    assert graph.trouble is None
    return path


def wave(seconds: float, step: float = 0.1) -> list[tuple[float, list[MirrorFace]]]:
    """Views of one face that slowly becomes happy."""
    return [(t, [face(0, min(t / seconds, 1.0))]) for t in np.arange(0, seconds, step)]


def text_of(path: Path) -> str:
    """All text of a drawing."""
    return "\n".join(node.text or "" for node in ET.parse(path).iter("{http://www.w3.org/2000/svg}text"))


def paths(path: Path, colour: str) -> list[list[tuple[float, float]]]:
    """The points of each path of `colour`: curves, then leader lines, then strokes."""
    nodes = (node for node in ET.parse(path).iter("{http://www.w3.org/2000/svg}path"))
    data = [node.get("d", "") for node in nodes if f"stroke: {colour.lower()}" in node.get("style", "")]
    return [[(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", path_data)] for path_data in data]


def amount(path: Path, colour: str) -> int:
    """Number of pixels of `colour` (#RRGGBB)."""
    bgr = np.array([int(colour[i : i + 2], 16) for i in (5, 3, 1)])
    return int((np.abs(cv2.imread(str(path)).astype(int) - bgr).max(axis=2) <= 6).sum())


def test_a_png_shows_every_curve_on_white(tmp_path: Path) -> None:
    faces = [(t / 10, [face(0, 0.3)]) for t in range(50)]
    path = draw(tmp_path / "graph.png", [*faces, *[(5 + t, faces_at_t) for t, faces_at_t in wave(5)]])
    image = cv2.imread(str(path))
    assert image.shape[1] >= 1200
    assert (image[:5, :5] == 255).all()
    assert all(amount(path, colour) > 50 for colour in HEX.values())


def test_the_text_explains_the_numbers_and_claims_no_feeling(tmp_path: Path) -> None:
    path = draw(tmp_path / "graph.svg", wave(5), meaning="share of viewers who would read that", title="take.mp4")
    text = text_of(path)
    assert "What the camera reads in person 0: take.mp4" in text
    assert "share of viewers who would read that" in text
    assert "time in seconds" in text
    assert {"0%", "20%", "100%"} <= set(text.splitlines())
    assert set(EMOTIONS) <= set(text.splitlines())


def test_the_leader_line_of_each_label_starts_at_the_end_of_its_curve(tmp_path: Path) -> None:
    moments = [(t, [face(0, 0.4)]) for t in (0.0, 2.0, 4.0)]
    path = draw(tmp_path / "graph.svg", [*moments, (8.0, [])])
    for colour in HEX.values():
        curve, leader = paths(path, colour)[:2]
        assert leader[0] == pytest.approx(curve[-1], abs=0.1)
        assert leader[-1][0] > leader[0][0]


def test_classic_labels_say_scared_and_surprised(tmp_path: Path) -> None:
    text = text_of(draw(tmp_path / "graph.svg", wave(5), labels="classic")).splitlines()
    assert {"scared", "surprised"} <= set(text)
    assert not {"fear", "surprise"} & set(text)


@pytest.mark.parametrize("title", ["a$b$c_{x}.mp4", "<script>alert(1)</script>", "写真 \x1b[31m.mp4", "\\frac{", "%s"])
def test_a_title_is_drawn_as_plain_text(title: str, tmp_path: Path) -> None:
    draw(tmp_path / "graph.png", wave(2), title=title)
    text = text_of(draw(tmp_path / "graph.svg", wave(2), title=title))
    assert title.replace("\x1b", "") in text


def test_a_long_run_has_a_band_for_each_emotion_and_an_axis_in_minutes(tmp_path: Path) -> None:
    text = text_of(draw(tmp_path / "graph.svg", wave(600, 1.0))).splitlines()
    assert "time in minutes:seconds" in text
    assert "5:00" in text
    assert text.count("100%") == len(EMOTIONS)


def test_each_other_person_has_a_bar(tmp_path: Path) -> None:
    moments = [
        (t / 10, [face(0, 0.5), face(4, 0.6, "sad"), *([face(7, 0.4, None)] if t < 20 else [])]) for t in range(50)
    ]
    text = text_of(draw(tmp_path / "graph.svg", moments)).splitlines()
    assert [line for line in text if line.startswith("person")] == ["person 4", "person 7"]


def test_a_run_without_a_face_is_explained(tmp_path: Path) -> None:
    for moments in ([], [(0.0, []), (1.0, [])], [(0.0, [face(0, None)])]):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.svg"
        assert "no face could be read" in text_of(draw(path, moments))


def test_samples_of_still_pictures_are_unconnected_dots(tmp_path: Path) -> None:
    moments = [(float(t), [face(0, 0.9)]) for t in range(5)]
    dots = draw(tmp_path / "dots.png", moments, pictures=PICTURES)
    line = draw(tmp_path / "line.png", moments)
    middle = slice(500, 560)
    assert _has_colour(line, middle, HEX["happy"])
    assert not _has_colour(dots, middle, HEX["happy"])


def test_a_graph_of_still_pictures_has_no_time_axis(tmp_path: Path) -> None:
    moments = [(float(t), [face(0, 0.9)]) for t in range(5)]
    text = text_of(draw(tmp_path / "few.svg", moments, pictures=PICTURES))
    assert "time" not in text
    assert "second" not in text
    assert set(PICTURES.names) <= set(text.splitlines())
    assert set(EMOTIONS) <= set(text.splitlines())
    strange = PictureSequence(("a$b$.png", "\x1b[31m" + "long" * 30 + ".png"), 1.0)
    text = text_of(draw(tmp_path / "strange.svg", moments[:2], pictures=strange))
    assert "a$b$.png" in text
    assert "\x1b" not in text
    many = PictureSequence(tuple(f"{number}.png" for number in range(200)), 1.0)
    text = text_of(draw(tmp_path / "many.svg", [(float(t), [face(0, 0.9)]) for t in range(200)], pictures=many))
    assert "7.png" not in text
    assert "time" not in text


def _has_colour(path: Path, columns: slice, colour: str) -> bool:
    bgr = np.array([int(colour[i : i + 2], 16) for i in (5, 3, 1)])
    return bool((np.abs(cv2.imread(str(path))[:, columns].astype(int) - bgr).max(axis=2) <= 30).any())


def test_curves_do_not_bridge_a_gap(tmp_path: Path) -> None:
    moments = [(t / 10, [] if 40 <= t < 60 else [face(0, 0.9)]) for t in range(100)]
    gap = draw(tmp_path / "gap.png", moments)
    unbroken = draw(tmp_path / "whole.png", [(t, faces or [face(0, 0.9)]) for t, faces in moments])
    middle = slice(620, 700)
    assert _has_colour(unbroken, middle, HEX["happy"])
    assert not _has_colour(gap, middle, HEX["happy"])


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    for kind in ("png", "svg"):
        first, second = (draw(tmp_path / f"{name}.{kind}", wave(3)) for name in ("one", "two"))
        assert first.read_bytes() == second.read_bytes()


def test_a_graph_overwrites_no_file_and_needs_a_known_ending(tmp_path: Path) -> None:
    (tmp_path / "graph.png").write_text("mine")
    with pytest.raises(AlreadyThereError):
        Graph(tmp_path / "graph.png")
    with pytest.raises(OutputError, match=r"written as \.png or \.svg"):
        Graph(tmp_path / "graph.gif")
    assert (tmp_path / "graph.png").read_text() == "mine"


def test_matplotlib_is_loaded_only_when_a_graph_is_drawn() -> None:
    code = "import sys, coach.recordings.graph; assert not {'matplotlib', 'numpy', 'cv2'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_hours_of_many_people_need_bounded_memory(tmp_path: Path) -> None:
    graph = Graph(tmp_path / "graph.svg")
    sizes = []
    tracemalloc.start()
    for n in range(6_001):
        graph.add(MirrorView(n * 0.5, (face(0, (n % 100) / 100), face(1 + n // 100, 0.5)), None))
        if n in (2_000, 6_000):
            sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert sizes[1] < sizes[0] + 1_000_000
    graph.close()
    assert text_of(graph.path).count("person ") == 1 + SHOWN_OTHERS


def fill(series: list[float | None], step: float, limit: int) -> Thinned[Peaks]:
    """Samples of the happy shares in `series` after thinning; None stands for no sample."""
    thinned: Thinned[Peaks] = Thinned(limit)
    for n, value in enumerate(series):
        if value is None:
            thinned.begin_gap()
        else:
            thinned.add(Peaks.of(n * step, shares(value), after_gap=thinned.is_after_gap(n * step)))
    return thinned


VALUES = st.one_of(st.none(), st.floats(0, 1))
SERIES = st.one_of(st.lists(VALUES, max_size=8), st.lists(VALUES, min_size=60, max_size=200))


@settings(deadline=None)
@given(SERIES, st.sampled_from([0.01, 1 / 30, 0.4, 1.7]), st.integers(2, 20))
def test_thinning_keeps_only_original_samples_and_every_peak(
    series: list[float | None], step: float, limit: int
) -> None:
    thinned = fill(series, step, limit)
    assert len(thinned.buckets) <= limit
    samples = {(n * step, shares(value)[3]) for n, value in enumerate(series) if value is not None}
    points = [point for line in curve_of(thinned.buckets, 3) for point in line]
    assert set(points) <= samples
    assert points == sorted(points)
    for bucket in thinned.buckets:
        inside = [value for t, value in samples if bucket.first_t <= t <= bucket.last_t]
        values = [value for _, value in bucket.points(3)]
        assert (min(values), max(values)) == (min(inside), max(inside))
    assert all(any(bucket.first_t <= t <= bucket.last_t for bucket in thinned.buckets) for t, _ in samples)


@settings(deadline=None)
@given(SERIES, st.sampled_from([0.01, 1 / 30, 0.4, 1.7]), st.integers(2, 20))
def test_thinning_keeps_every_visible_gap(series: list[float | None], step: float, limit: int) -> None:
    thinned = fill(series, step, limit)
    stretches = [(run[0].first_t, run[-1].last_t) for run in split_at_gaps(thinned.buckets)]
    sampled = [n for n, value in enumerate(series) if value is not None]
    for before, after in itertools.pairwise(sampled):
        if after - before > 1 and (after - before) * step > thinned.width_s:
            assert not any(start <= before * step and after * step <= end for start, end in stretches)
        if after - before == 1 and step < 2:
            assert any(start <= before * step and after * step <= end for start, end in stretches)


def test_a_bar_shows_the_most_frequent_label() -> None:
    thinned: Thinned[Share] = Thinned(1)
    for n, label in enumerate(("sad", "happy", "sad", None)):
        thinned.add(Share(float(n), float(n), n == 0, {label: 1}))  # type: ignore[dict-item]  # labels, widened
    (bucket,) = thinned.buckets
    assert (bucket.label, bucket.first_t, bucket.last_t) == ("sad", 0.0, 3.0)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=7))
def test_labels_of_curves_never_overlap_and_stay_in_order(values: list[float]) -> None:
    places = spread(values)
    assert all(-1e-6 <= place <= 100 + 1e-6 for place in places)
    order = sorted(range(len(values)), key=lambda i: values[i])
    assert all(places[b] - places[a] >= 6 - 1e-6 for a, b in itertools.pairwise(order))


@pytest.mark.parametrize("sight", ["deuteranopia", "protanopia", "tritanopia", ""])
def test_the_seven_colours_are_distinguishable_with_colour_blindness(sight: str) -> None:
    """Simulated as by Machado, Oliveira and Fernandes (2009), severity 1; distances in CIELAB."""
    matrix = {
        "": np.eye(3),
        "protanopia": [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
        "deuteranopia": [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881],
        "tritanopia": [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900],
    }[sight]
    rgb = np.array([[int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)] for colour in (*HEX.values(), "#FFFFFF")])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    simulated = np.clip(linear @ np.reshape(matrix, (3, 3)).T, 0, 1)
    back = np.where(simulated <= 0.0031308, simulated * 12.92, 1.055 * simulated ** (1 / 2.4) - 0.055)
    lab = cv2.cvtColor(back.astype(np.float32)[None], cv2.COLOR_RGB2LAB)[0]
    distances = [float(np.linalg.norm(a - b)) for a, b in itertools.combinations(lab, 2)]
    assert min(distances) >= 12
