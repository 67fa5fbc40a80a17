"""Faces on which a smaller copy of a model is calibrated and tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from coach.base.errors import SourceError
from coach.sources.files.picture_file import SUFFIXES, read_image
from tools.conversion.model_files import ConversionError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from coach.base.protocols import FaceDetector
    from coach.core.reading.card import ModelCard

TestSplit = Literal["held_out", "public"]

CALIBRATION_FACES: Final = 512
"""At most this many faces are used to find the range of every activation."""


@dataclass(frozen=True)
class CalibrationFaces:
    """Faces to calibrate on, and others to test on.

    Attributes:
        title: a description of the test faces.
        calibration: (N, height, width) uint8 grey, of the card's size.
        test: (M, height, width) uint8 grey; none of them is among the calibration faces.
        labels: (M,) indices into the card's labels; None where unknown.
        shares: (M, 7) viewers' shares in the order of the card's labels, NaN for faces without votes; None if
            no face has votes.
    """

    title: str
    calibration: NDArray[np.uint8]
    test: NDArray[np.uint8]
    labels: NDArray[np.int64] | None = None
    shares: NDArray[np.float32] | None = None


def open_take_faces(card: ModelCard, take: Path) -> CalibrationFaces:
    """Use the faces in the video `take` for testing; there are none for calibration.

    Raises:
        ConversionError: there is no face in it.
    """
    from tools.conversion import parity

    crops = parity.take_crops(card, take)
    return CalibrationFaces(f"{take.stem}, unlabelled", crops[:0], crops)


def open_faces(path: Path, card: ModelCard, split: TestSplit = "held_out") -> CalibrationFaces:
    """Open faces at `path`: FER-2013 in any of its layouts, LABEL/*.jpg, or a folder of pictures.

    In FER-2013 the calibration uses faces that training runs learn from; the test uses faces that they hold out, or the
    public test, as `split` says. Other sets are divided in half with a fixed seed. Pictures much larger than the
    input of the model are cropped to a face.

    Raises:
        ConversionError: there are too few faces, or they cannot be read.
    """
    from tools.datasets.fer import DataError

    try:
        if path.suffix != ".csv" and _pictures(path):
            return _split_in_half(_crop_all(path, card), card, path.name)
        labelled = _open_label_folders(path, card)
        if labelled:
            return labelled
        return _open_fer(path, card, split)
    except (DataError, OSError) as error:
        raise ConversionError(str(error)) from error


def _open_fer(path: Path, card: ModelCard, split: TestSplit) -> CalibrationFaces:
    from tools.datasets.fer import HELD_OUT, load_fer, split_faces

    faces = load_fer(path, "train")
    training, held_out = split_faces(faces, HELD_OUT, 0)
    chosen = np.random.default_rng(0).permutation(training)[:CALIBRATION_FACES]
    test = faces.pick(held_out) if split == "held_out" else load_fer(path, split)
    labels, shares = _in_card_order(test.labels, test.shares, card)
    title = "FER-2013, held out of training" if split == "held_out" else "FER-2013, public test"
    return CalibrationFaces(title, _resize(faces.faces[chosen], card), _resize(test.faces, card), labels, shares)


def _open_label_folders(path: Path, card: ModelCard) -> CalibrationFaces | None:
    """Open the faces of `path`/LABEL/*.jpg; None where there are no such folders."""
    from coach.perception.blazeface import BlazeFace
    from tools.datasets.fer import has_label_folders, labelled_files

    if not has_label_folders(path):
        return None
    detector = BlazeFace()
    crops, labels = [], []
    for file, label in labelled_files(path, SUFFIXES):
        crops.append(_crop(file, card, detector))
        labels.append(label)
    return _split_in_half(np.stack(crops), card, path.name, np.array(labels, np.int64))


def _split_in_half(
    crops: NDArray[np.uint8], card: ModelCard, name: str, labels: NDArray[np.int64] | None = None
) -> CalibrationFaces:
    if len(crops) < 2:
        raise ConversionError(f"{name} holds too few pictures: two at least, one to calibrate on and one to measure")
    order = np.random.default_rng(0).permutation(len(crops))
    calibration, test = order[: min(len(crops) // 2, CALIBRATION_FACES)], np.sort(order[len(crops) // 2 :])
    if labels is None:
        return CalibrationFaces(f"pictures of {name}, unlabelled", crops[calibration], crops[test])
    test_labels, _ = _in_card_order(labels[test], None, card)
    return CalibrationFaces(f"pictures of {name}", crops[calibration], crops[test], test_labels)


def _pictures(path: Path) -> list[Path]:
    if not path.is_dir():
        return []
    files = (file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and not file.name.startswith("."))
    return sorted(file for file in files if not _is_mosaic(file))


def _is_mosaic(file: Path) -> bool:
    return file.name.startswith("fer2013_")


def _crop_all(path: Path, card: ModelCard) -> NDArray[np.uint8]:
    from coach.perception.blazeface import BlazeFace

    detector = BlazeFace()
    return np.stack([_crop(file, card, detector) for file in _pictures(path)])


def _crop(file: Path, card: ModelCard, detector: FaceDetector) -> NDArray[np.uint8]:
    """Return the face in a picture, cropped as the card says; the whole picture if it is small or has no face."""
    import cv2

    from tools.datasets.crops import largest_face_crop

    try:
        pixels = read_image(file)
    except SourceError as error:
        raise ConversionError(f"{file} is no picture that can be read: {error}") from error
    if min(pixels.shape[:2]) > 2 * max(card.input.width, card.input.height):
        crop = largest_face_crop(pixels, detector, card)
        if crop is not None:
            return crop
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)
    whole: NDArray[np.uint8] = _resize(grey[None], card)[0]
    return whole


def _resize(crops: NDArray[np.uint8], card: ModelCard) -> NDArray[np.uint8]:
    from tools.datasets.crops import resize_crops

    return resize_crops(crops, card.input)


def _in_card_order(
    labels: NDArray[np.int64], shares: NDArray[np.float32] | None, card: ModelCard
) -> tuple[NDArray[np.int64], NDArray[np.float32] | None]:
    """Convert labels and shares from the order of `EMOTIONS` to that of the card's labels."""
    from coach.base.types import EMOTIONS

    places = np.array([card.labels.index(name) for name in EMOTIONS])
    order = np.argsort(places)
    return places[labels], None if shares is None else shares[:, order]
