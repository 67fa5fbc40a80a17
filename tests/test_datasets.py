"""FER-2013: its three layouts give the same faces and votes, and errors name their place."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from evaluation_help import fer_faces, ten_votes, write_csv, write_folders, write_mosaic

from coach.base.types import EMOTIONS
from tools.datasets.fer import DataError, FaceSet, folder_label, labelled_files, load_fer, viewer_shares

LABELS = (0, 3, 6, 2)
VOTES = (ten_votes(anger=10), ten_votes(happiness=9, neutral=1), ten_votes(neutral=5, sadness=5), ten_votes(unknown=10))


def test_the_three_layouts_give_the_same_faces_and_labels(tmp_path: Path) -> None:
    faces = fer_faces(4)
    for name in ("mosaic", "table", "folders"):
        (tmp_path / name).mkdir()
    mosaic = load_fer(write_mosaic(tmp_path / "mosaic", faces, LABELS, VOTES), "public")
    rows = [(label, face, "public") for label, face in zip(LABELS, faces, strict=True)]
    table = load_fer(write_csv(tmp_path / "table", [(5, faces[0], "train"), *rows], [ten_votes(), *VOTES]), "public")
    write_folders(tmp_path / "folders" / "PublicTest", faces, LABELS)
    folders = load_fer(tmp_path / "folders", "public")

    for dataset in (mosaic, table):
        assert (dataset.faces == faces).all()
        assert dataset.labels.tolist() == [EMOTIONS.index(name) for name in ("angry", "happy", "neutral", "fear")]
        assert dataset.voted.tolist() == [True, True, True, False]
    assert np.array_equal(mosaic.shares, table.shares, equal_nan=True)
    order = [int(np.flatnonzero((folders.faces == face).all((1, 2)))[0]) for face in faces]
    assert folders.labels[order].tolist() == mosaic.labels.tolist()
    assert not folders.voted.any()


def test_the_folder_of_the_table_is_accepted(tmp_path: Path) -> None:
    write_csv(tmp_path, [(0, fer_faces(1)[0], "private")])
    assert len(load_fer(tmp_path, "private")) == 1


def test_spaces_and_a_byte_order_mark_are_ignored(tmp_path: Path) -> None:
    path = write_csv(tmp_path, [(4, fer_faces(1)[0], "public")])
    text = (
        path.read_text()
        .replace("emotion,pixels,Usage", "emotion, pixels, Usage")
        .replace(",PublicTest", ", PublicTest")
    )
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load_fer(path, "public").labels.tolist() == [EMOTIONS.index("sad")]


def test_shares_ignore_single_votes() -> None:
    """Barsoum and others drop single votes as noise."""
    votes = np.array([ten_votes(fear=6, surprise=2, sadness=1, contempt=1)], np.uint8)
    share = viewer_shares(votes)[0]
    assert share[EMOTIONS.index("fear")] == 0.75
    assert share[EMOTIONS.index("surprise")] == 0.25
    assert share.sum() == 1


def test_faces_without_a_majority_emotion_have_no_shares() -> None:
    votes = np.array([ten_votes(NF=6, anger=4), ten_votes(), ten_votes(contempt=5, anger=5)], np.uint8)
    assert np.isnan(viewer_shares(votes)).all(1).tolist() == [True, True, False]


def test_synonyms_of_the_emotions_are_known() -> None:
    assert [folder_label(name) for name in ("Happy", "fearful", "surprised", "contempt")] == [3, 2, 5, None]


def test_labelled_files_exclude_other_files_and_folders(tmp_path: Path) -> None:
    write_folders(tmp_path, fer_faces(2), (0, 1))
    (tmp_path / "angry" / "notes.txt").write_text("x")
    (tmp_path / "angry" / "._000.png").write_text("x")
    (tmp_path / "bored").mkdir()
    assert [(file.name, label) for file, label in labelled_files(tmp_path, (".png",))] == [
        ("000.png", 0),
        ("001.png", 1),
    ]


def test_pick_selects_faces_labels_and_shares(tmp_path: Path) -> None:
    faces = load_fer(write_mosaic(tmp_path, fer_faces(4), LABELS, VOTES), "public")
    picked: FaceSet = faces.pick(np.array([2, 0]))
    assert picked.labels.tolist() == [EMOTIONS.index("neutral"), EMOTIONS.index("angry")]
    assert (picked.faces[0] == faces.faces[2]).all()
    assert picked.shares[1, EMOTIONS.index("angry")] == 1


def _lose_labels(folder: Path) -> None:
    (folder / "fer2013_public_labels.npy").unlink()


def _too_many_labels(folder: Path) -> None:
    np.save(folder / "fer2013_public_labels.npy", np.zeros(99, np.uint8))


def _strange_label(folder: Path) -> None:
    np.save(folder / "fer2013_public_labels.npy", np.array([0, 9, 1, 2], np.uint8))


def _short_votes(folder: Path) -> None:
    np.save(folder / "fer2013_public_votes.npy", np.zeros((3, 10), np.uint8))


def _no_mosaic(folder: Path) -> None:
    (folder / "fer2013_public.webp").write_bytes(b"none")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_lose_labels, "labels.npy"),
        (_too_many_labels, "has 6 faces, its labels are 99"),
        (_strange_label, "labels must be 0 to 6, there are 0 to 9"),
        (_short_votes, r"has the shape \(3, 10\), expected \(4, 10\)"),
        (_no_mosaic, "no picture that can be read"),
        (shutil.rmtree, "does not exist"),
    ],
)
def test_a_damaged_mosaic_is_reported(tmp_path: Path, damage: object, message: str) -> None:
    folder = tmp_path / "fer"
    folder.mkdir()
    write_mosaic(folder, fer_faces(4), LABELS, VOTES)
    assert callable(damage)
    damage(folder)
    with pytest.raises(DataError, match=message):
        load_fer(folder, "public")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no column emotion and no column pixels and no column Usage"),
        ("emotion,pixels,Usage\n0,1 2 3,Training\n", "no row whose Usage is PublicTest"),
        ("emotion,pixels,Usage\n0,1 2 3,PublicTest\n", "face 1: expected 2304 pixels"),
        (f"emotion,pixels,Usage\n0,{'300 ' * 2304},PublicTest\n", "face 1: expected 2304 pixels from 0 to 255"),
        (f"emotion,pixels,Usage\nsad,{'1 ' * 2304},PublicTest\n", "cannot be read"),
    ],
)
def test_a_damaged_table_is_reported(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "fer2013.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        load_fer(path, "public")


def test_votes_of_another_table_are_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path, [(0, fer_faces(1)[0], "public")], VOTES)
    with pytest.raises(DataError, match="do not belong together"):
        load_fer(path, "public")


def test_a_folder_without_a_known_layout_is_refused_with_the_expected_layouts(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"expected fer2013.csv, fer2013_public.webp or public/angry"):
        load_fer(tmp_path, "public")


def test_an_unreadable_picture_is_named(tmp_path: Path) -> None:
    write_folders(tmp_path / "train", fer_faces(1), (3,))
    (tmp_path / "train" / "happy" / "bad.jpg").write_bytes(b"none")
    with pytest.raises(DataError, match=r"bad\.jpg is no picture"):
        load_fer(tmp_path, "train")


def test_faces_in_folders_are_scaled(tmp_path: Path) -> None:
    (tmp_path / "train" / "sad").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "train" / "sad" / "1.jpg"), np.full((96, 80, 3), 50, np.uint8))
    assert load_fer(tmp_path, "train").faces.shape == (1, 48, 48)
