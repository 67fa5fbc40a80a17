"""Evaluation sets in every layout, cropped by the coach's own detector and perception."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from evaluation_help import (
    fer_faces,
    ten_votes,
    write_ck,
    write_clip,
    write_csv,
    write_folders,
    write_mosaic,
    write_portraits,
)
from perception_help import face_picture
from PIL import Image
from rich.console import Console

from coach.base.types import EMOTIONS, Box
from coach.perception.blazeface import BlazeFace
from coach.perception.classifier import OnnxClassifier, crop_face
from coach.perception.models import shipped_path
from coach.perception.pipeline import load_model
from tools.console import with_progress
from tools.datasets.ck import ck_frames, find_ck
from tools.datasets.crops import clip_crops, largest_face_crop
from tools.datasets.evaluation_set import kind_of, open_set
from tools.datasets.fer import DataError
from tools.evaluation.predictions import predict, predict_crops

HAPPY, SAD, NEUTRAL = (EMOTIONS.index(name) for name in ("happy", "sad", "neutral"))


@pytest.fixture(scope="module")
def model() -> OnnxClassifier:
    return load_model(shipped_path("mini_xception"))


def the_crop(model: OnnxClassifier) -> np.ndarray:
    box = BlazeFace().detect(face_picture())[0].box
    return crop_face(face_picture(), box, model.card.crop, np.empty((64, 64), np.uint8))


def test_the_kind_is_detected_from_the_files(tmp_path: Path) -> None:
    for name in ("mosaic", "table", "folders"):
        (tmp_path / name).mkdir()
    assert kind_of(write_mosaic(tmp_path / "mosaic", fer_faces(1), [0], None)) == "fer"
    table = write_csv(tmp_path / "table", [(0, fer_faces(1)[0], "public")])
    assert kind_of(table) == kind_of(table.parent) == "fer"
    write_folders(tmp_path / "folders" / "train", fer_faces(1), [0])
    assert kind_of(tmp_path / "folders") == "fer"
    assert kind_of(write_portraits(tmp_path / "portraits")) == "folders"
    write_clip(tmp_path / "clips" / "sad" / "a.mp4", 1)
    assert kind_of(tmp_path / "clips") == "videos"
    assert kind_of(write_ck(tmp_path / "ck", {"S005/001": 3})) == "ck"
    (tmp_path / "nothing").mkdir()
    with pytest.raises(DataError, match=r"nothing to judge by: expected FER-2013"):
        kind_of(tmp_path / "nothing")


def test_fer_faces_are_used_unchanged(tmp_path: Path, model: OnnxClassifier) -> None:
    faces = fer_faces(2)
    write_mosaic(tmp_path, faces, [3, 4], [ten_votes(happiness=8, sadness=2), ten_votes(unknown=10)])
    dataset = open_set(tmp_path, model, None)
    assert (dataset.crops == faces).all()
    assert dataset.labels.tolist() == [HAPPY, SAD]
    assert dataset.voted.tolist() == [True, False]
    assert len(dataset) == 2
    assert dataset.title == "FER-2013, public"


def test_face_crops_in_label_folders_are_used_unchanged(tmp_path: Path, model: OnnxClassifier) -> None:
    write_folders(tmp_path, fer_faces(2), [3, 4])
    dataset = open_set(tmp_path, model, "fer")
    assert dataset.crops.shape == (2, 48, 48)


def test_held_out_faces_are_those_that_training_holds_out(tmp_path: Path, model: OnnxClassifier) -> None:
    faces = fer_faces(20)
    write_mosaic(tmp_path, faces, [0] * 20, None, "train")
    held_out = np.sort(np.random.default_rng(0).permutation(20)[:2])
    assert (open_set(tmp_path, model, None, "held_out").crops == faces[held_out]).all()


def test_pictures_are_cropped_as_the_card_says(tmp_path: Path, model: OnnxClassifier) -> None:
    write_portraits(tmp_path, ("sad",))
    picture = cv2.imread(str(tmp_path / "sad" / "001.jpg"))
    box = BlazeFace().detect(picture)[0].box
    dataset = open_set(tmp_path, model, None)
    assert (dataset.crops[0] == crop_face(picture, box, model.card.crop, np.empty((64, 64), np.uint8))).all()
    assert dataset.weights.tolist() == [1]
    assert dataset.labels.tolist() == [SAD]
    assert not dataset.voted.any()


@pytest.mark.parametrize("ending", [".tiff", ".jfif", ".avif"])
def test_every_format_that_the_mirror_reads_is_known(tmp_path: Path, model: OnnxClassifier, ending: str) -> None:
    portraits = write_portraits(tmp_path, ("sad",))
    with Image.open(portraits / "sad" / "001.jpg") as picture:
        picture.save(portraits / "sad" / f"002{ending}")
    (portraits / "sad" / "001.jpg").unlink()
    assert kind_of(portraits) == "folders"
    assert open_set(portraits, model, None).names == (f"sad/002{ending}",)


def test_a_picture_without_a_face_is_listed_as_unread(tmp_path: Path, model: OnnxClassifier) -> None:
    dataset = open_set(write_portraits(tmp_path, faceless="neutral"), model, None)
    assert dataset.names == ("happy/001.jpg", "sad/001.jpg")
    assert dataset.unread == ("neutral/none.jpg",)


def test_a_face_that_fills_its_picture_is_found_with_a_border(model: OnnxClassifier) -> None:
    image = face_picture()
    box = BlazeFace().detect(image)[0].box
    x, y = (round(value) for value in box.centre)
    half = 45
    tight = np.ascontiguousarray(cv2.resize(image[y - half : y + half, x - half : x + half], (350, 350)))
    assert BlazeFace().detect(tight) == ()
    edge = 350 // 4
    padded = cv2.copyMakeBorder(tight, edge, edge, edge, edge, cv2.BORDER_CONSTANT)
    box_found = BlazeFace().detect(padded)[0].box
    inside = Box(box_found.x - edge, box_found.y - edge, box_found.width, box_found.height)
    crop = largest_face_crop(tight, BlazeFace(), model.card)
    assert (crop == crop_face(tight, inside, model.card.crop, np.empty((64, 64), np.uint8))).all()


def test_a_set_without_faces_is_refused_with_the_option_for_crops(tmp_path: Path, model: OnnxClassifier) -> None:
    with pytest.raises(DataError, match="--kind fer"):
        open_set(write_portraits(tmp_path, (), faceless="neutral"), model, None)


def test_a_damaged_picture_is_named(tmp_path: Path, model: OnnxClassifier) -> None:
    write_portraits(tmp_path)
    (tmp_path / "sad" / "002.jpg").write_bytes(b"none")
    with pytest.raises(DataError, match=r"002\.jpg is no picture"):
        open_set(tmp_path, model, None)


def test_a_clip_yields_the_crops_that_perception_classifies(tmp_path: Path, model: OnnxClassifier) -> None:
    path = write_clip(tmp_path / "happy" / "a.mp4", frames=5)
    crops = clip_crops(path, model)
    assert len(crops) == 5
    crop, weight = crops[0]
    assert np.abs(crop.astype(int) - the_crop(model)).mean() < 6  # encoded once more
    assert 0.5 < weight <= 1


def test_clips_become_one_item_each(tmp_path: Path, model: OnnxClassifier) -> None:
    write_clip(tmp_path / "happy" / "a.mp4", 3)
    write_clip(tmp_path / "happy" / "wall.mp4", 3, face=False)
    write_clip(tmp_path / "sad" / "b.mp4", 2)
    dataset = open_set(tmp_path, model, None)
    assert dataset.names == ("happy/a.mp4", "sad/b.mp4")
    assert dataset.owner.tolist() == [0, 0, 0, 1, 1]
    assert dataset.weights.shape == (5,)
    assert dataset.labels.tolist() == [HAPPY, SAD]
    assert dataset.unread == ("happy/wall.mp4",)
    assert predict(model, dataset).even_handed.shares.shape == (2, 7)


def test_a_damaged_clip_is_named(tmp_path: Path, model: OnnxClassifier) -> None:
    (tmp_path / "sad").mkdir()
    (tmp_path / "sad" / "broken.mp4").write_bytes(b"none")
    with pytest.raises(DataError, match=r"broken\.mp4 cannot be read"):
        open_set(tmp_path, model, None)


def test_ck_uses_the_peak_of_labelled_sequences_without_contempt(tmp_path: Path) -> None:
    write_ck(tmp_path, {"S005/001": 3, "S010/002": 1, "S010/003": 2, "S011/001": None, "S011/002": 7, "S011/003": 6})
    labels = [(file.name, EMOTIONS[label]) for file, label in ck_frames(tmp_path)]
    assert labels == [
        ("S005_001_00000003.png", "disgust"),
        ("S010_002_00000003.png", "angry"),
        ("S011_002_00000003.png", "surprise"),
        ("S011_003_00000003.png", "sad"),
    ]


def test_ck_codes_are_interpreted_as_its_authors_define_them(tmp_path: Path) -> None:
    write_ck(tmp_path, {f"S{code:03}/001": code for code in (1, 3, 4, 5, 6, 7)})
    emotions = [EMOTIONS[label] for _, label in ck_frames(tmp_path)]
    assert emotions == ["angry", "disgust", "fear", "happy", "sad", "surprise"]


def test_ck_first_frames_are_neutral_if_requested(tmp_path: Path) -> None:
    write_ck(tmp_path, {"S005/001": 5})
    assert [(file.name, label) for file, label in ck_frames(tmp_path, neutral=True)] == [
        ("S005_001_00000001.png", NEUTRAL),
        ("S005_001_00000003.png", HAPPY),
    ]


def test_ck_is_found_one_folder_down_as_its_archives_unpack(tmp_path: Path) -> None:
    write_ck(tmp_path, {"S005/001": 5})
    for name in ("Emotion", "cohn-kanade-images"):
        (tmp_path / f"archive of {name}").mkdir()
        (tmp_path / name).rename(tmp_path / f"archive of {name}" / name)
    assert find_ck(tmp_path) is not None
    assert len(ck_frames(tmp_path)) == 1


def test_ck_faces_are_cropped_like_pictures(tmp_path: Path, model: OnnxClassifier) -> None:
    dataset = open_set(write_ck(tmp_path, {"S005/001": 5}), model, None)
    assert (dataset.crops[0] == the_crop(model)).all()
    assert dataset.title == "CK+, peak frames"


@pytest.mark.parametrize("code", ["", "happy", "8.0", "1.5", "nan", "é"])
def test_an_invalid_ck_label_is_named(tmp_path: Path, code: str) -> None:
    with pytest.raises(DataError, match=r"_emotion\.txt: expected one number from 0 to 7"):
        ck_frames(write_ck(tmp_path, {"S005/001": code}))


def test_a_ck_sequence_without_frames_is_named(tmp_path: Path) -> None:
    write_ck(tmp_path, {"S005/001": 5})
    for frame in (tmp_path / "cohn-kanade-images" / "S005" / "001").iterdir():
        frame.unlink()
    with pytest.raises(DataError, match="holds no frames"):
        ck_frames(tmp_path)


def test_an_error_names_the_folders_or_labels_that_ck_lacks(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected the folders Emotion and cohn-kanade-images"):
        ck_frames(tmp_path)
    with pytest.raises(DataError, match="holds no labels"):
        ck_frames(write_ck(tmp_path / "ck", {"S005/001": None}))


def test_a_missing_path_is_reported(tmp_path: Path, model: OnnxClassifier) -> None:
    with pytest.raises(DataError, match="does not exist"):
        open_set(tmp_path / "gone", model, None)


def test_crops_of_any_size_and_number_are_classified_in_order(model: OnnxClassifier) -> None:
    faces = fer_faces(150)
    together = predict_crops(model, faces)
    assert together.shape == (150, 7)
    alone = model.classify(cv2.resize(faces[140], (64, 64))[None])
    assert together[140] == pytest.approx(alone[0], abs=1e-5)


def test_a_progress_bar_appears_only_after_a_while() -> None:
    for patience, is_shown in ((60.0, False), (0.0, True)):
        console = Console(record=True, force_terminal=True, width=80)
        with console.capture() as capture:
            assert list(with_progress([1, 2, 3], "counting", console, patience)) == [1, 2, 3]
        assert ("counting" in capture.get()) is is_shown
