"""`python -m tools.evaluate_actor` on generated people."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from actor_help import Person, write_actors

from coach.base.types import EMOTIONS
from coach.core.actor.alignment import EYE_CORNERS
from tools.datasets.actors import ActorFaces, load_actors
from tools.datasets.fer import DataError
from tools.evaluate_actor import main
from tools.evaluation.action_units import SIX_UNITS, six_units, unit_scores
from tools.evaluation.metrics import log_odds
from tools.evaluation.own_face import draw_person, learn_spread, spreads_without

KEYS = (
    *("group", "shots", "people", "faces", "population", "right", "tag", "note_right", "miss_right", "miss_wrong"),
    *("knn_known", "mlp_known", "knn_strangers", "mlp_strangers"),
)


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_actors(tmp_path_factory.mktemp("actors") / "actors.npz")


@pytest.fixture(scope="module")
def faces(features: Path) -> ActorFaces:
    return load_actors(features)


def rows(output: str) -> list[dict[str, float]]:
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


@pytest.fixture(scope="module")
def output(features: Path) -> str:
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()) as printed:
        assert main(["--features", str(features), "--shots", "1", "--draws", "5"]) == 0
    return printed.getvalue()


def test_the_last_lines_are_one_json_object_for_each_group(output: str) -> None:
    lines = output.splitlines()
    assert [json.loads(line)["group"] for line in lines[-2:]] == [0, 1]
    assert all(tuple(row) == KEYS for row in rows(output))


def test_counts_are_those_of_the_file(output: str) -> None:
    two_days, all_seven = rows(output)
    assert (two_days["people"], two_days["faces"]) == (4, 24)
    assert (all_seven["people"], all_seven["faces"]) == (4, 84)


def test_own_examples_recognise_people_whom_everybodys_model_misreads(output: str) -> None:
    _, all_seven = rows(output)
    assert all_seven["population"] == pytest.approx(1 / 7, abs=0.01)  # everything is read as neutral
    assert all_seven["right"] == 1
    assert all_seven["tag"] == 1
    assert all_seven["miss_right"] == all_seven["note_right"] == 0


def test_wrong_tags_of_well_read_people_are_misses(output: str) -> None:
    two_days, _ = rows(output)
    assert two_days["population"] == two_days["right"] == 1
    assert two_days["miss_wrong"] > 0.9


def test_tables_tell_rates_with_an_interval(output: str) -> None:
    assert "Group 0: 4 people, 24 faces, one example of each emotion; examples from one session" in output
    for title in ("everybody's model", "centred on the person", "own examples", "viewers alone", "viewers and own"):
        assert title in output
    assert "100.0% (100.0 to 100.0)" in output
    assert "known people" in output
    assert "strangers" in output


def test_another_seed_draws_other_examples(faces: ActorFaces) -> None:
    draws = [draw_person(faces, 5, 1, np.random.default_rng(seed)).examples.tolist() for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]


def test_examples_are_never_judged(faces: ActorFaces) -> None:
    for person in range(8):
        draw = draw_person(faces, person, 2, np.random.default_rng(person))
        assert not set(draw.examples) & set(draw.judged)
        assert set(faces.actor[draw.examples]) == set(faces.actor[draw.judged]) == {person}


def test_as_many_examples_as_asked_are_drawn_of_each_emotion(faces: ActorFaces) -> None:
    draw = draw_person(faces, 5, 2, np.random.default_rng(0))
    assert np.bincount(faces.label[draw.examples]).tolist() == [2] * 7
    assert np.bincount(faces.label[draw.judged]).tolist() == [1] * 7


def test_people_of_two_days_are_judged_on_the_other_day(faces: ActorFaces) -> None:
    for seed in range(5):
        draw = draw_person(faces, 0, 1, np.random.default_rng(seed))
        assert {*faces.session[draw.examples]} | {*faces.session[draw.judged]} == {0, 1}
        assert len({*faces.session[draw.examples]}) == len({*faces.session[draw.judged]}) == 1


def test_the_spread_of_strangers_leaves_the_person_out(faces: ActorFaces) -> None:
    odds = log_odds(faces.probabilities)
    spreads = spreads_without(faces, odds)
    for person in (0, 7):
        others = faces.actor != person
        expected = learn_spread(faces.pick(others), odds[others])
        np.testing.assert_allclose(spreads[person].points, expected.points)
        assert spreads[person].log_odds == pytest.approx(expected.log_odds)


def test_the_spread_is_the_variance_within_an_emotion(faces: ActorFaces) -> None:
    own = faces.group == 1
    spread = learn_spread(faces.pick(own), np.zeros((own.sum(), 7)) + np.arange(own.sum())[:, None])
    assert spread.points.mean() == pytest.approx(1e-4, rel=0.15)  # noise of one pixel, eyes 100 pixels apart


def test_a_model_that_always_says_the_same_has_a_spread_too(faces: ActorFaces) -> None:
    assert learn_spread(faces, np.zeros((len(faces), 7))).log_odds > 0


def test_the_spread_is_printed_for_the_coach(features: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--features", str(features), "--spread"]) == 0
    points = json.loads(capsys.readouterr().out.rpartition("]")[0] + "]")
    assert len(points) == 146


def test_six_units_are_lengths_in_eye_distances() -> None:
    rest = Person(1).rest
    jaw, brow = rest.copy(), rest.copy()
    jaw[13], jaw[14] = (130.0, 200.0, 0.0), (130.0, 230.0, 0.0)
    brow[[46, 276, 70, 300], 1] = rest[list(EYE_CORNERS), 1].mean() - 25
    faces = pick_points(np.stack([jaw, brow]))
    units = six_units(faces)
    assert units[0, SIX_UNITS.index("jaw lowered")] == pytest.approx(0.3)
    assert units[1, SIX_UNITS.index("outer brows raised")] == pytest.approx(0.25)


def pick_points(points: np.ndarray) -> ActorFaces:
    count = len(points)
    numbers = [np.zeros(count, np.int64)] * 4
    return ActorFaces(points, np.zeros((count, 52)), np.full((count, 7), 1 / 7), *numbers)


def test_units_tell_known_people_better_than_strangers_who_move_differently(faces: ActorFaces) -> None:
    scores = unit_scores(faces.pick(faces.group == 1), seed=0)
    assert scores.knn_known > scores.knn_strangers + 0.3
    assert scores.mlp_known > scores.mlp_strangers + 0.3


def test_one_person_alone_has_no_strangers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_actors(tmp_path / "one.npz", people=1)
    with np.load(path) as data:
        np.savez(path, **{name: data[name][data["group"] == 1] for name in data})
    assert main(["--features", str(path)]) == 2
    assert "at least two must have two faces" in capsys.readouterr().err


def test_too_many_examples_leave_no_face_to_judge(features: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--features", str(features), "--shots", "3", "--draws", "1"]) == 2
    assert "no face is left to judge" in capsys.readouterr().err


# --- the file -------------------------------------------------------------------------------------------------------


def changed(features: Path, folder: Path, **arrays: np.ndarray) -> Path:
    path = folder / "changed.npz"
    np.savez(path, **(dict(np.load(features)) | arrays))
    return path


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("points", np.zeros((108, 468, 3), np.float32), r"points is \(108, 468, 3\) of float32 and must be"),
        ("points", np.full((108, 478, 3), np.nan, np.float32), "points has numbers that are not finite"),
        ("label", np.full(108, 7, np.uint8), "labels must be 0 to 6"),
        ("label", np.zeros(108, np.float32), "must be .* of whole numbers"),
        ("actor", np.zeros(3, np.uint8), "actor is"),
        ("label", np.zeros((), np.uint8), "0 faces"),
        ("group", np.array([None] * 108, object), "not an .npz file of faces"),
    ],
)
def test_a_file_of_another_layout_is_refused(
    features: Path, tmp_path: Path, name: str, array: np.ndarray, message: str
) -> None:
    path = changed(features, tmp_path, **{name: array})
    with pytest.raises(DataError, match=message):
        load_actors(path)


def test_a_missing_array_is_named(features: Path, tmp_path: Path) -> None:
    path = tmp_path / "few.npz"
    with np.load(features) as data:
        np.savez(path, **{name: data[name] for name in data if name != "session"})
    with pytest.raises(DataError, match="session"):
        load_actors(path)


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04broken", b"\x93NUMPY"])
def test_a_file_that_is_no_archive_is_refused(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.npz"
    path.write_bytes(content)
    assert main(["--features", str(path)]) == 2
    assert str(path) in capsys.readouterr().err


def test_labels_follow_the_order_of_the_coach(faces: ActorFaces) -> None:
    assert [EMOTIONS[label] for label in faces.label[:3]] == ["angry", "happy", "sad"]
