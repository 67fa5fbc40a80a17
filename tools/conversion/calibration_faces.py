"""The faces on which a smaller copy of a model is calibrated and measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from tools.conversion.model_files import ConversionError
from tools.conversion.quantise import CALIBRATION_FACES, Faces

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from coach.base.protocols import FaceDetector
    from coach.core.reading.card import ModelCard

Split = Literal["held_out", "public"]

HELD_OUT: Final = 0.1
"""Share of the training faces held out of trainings, whose faces are measured on."""

SUFFIXES: Final = (".bmp", ".jpeg", ".jpg", ".png", ".webp")


def faces_of_take(card: ModelCard, take: Path) -> Faces:
    """The faces in the video `take` for measuring; none for calibrating.

    Raises:
        ConversionError: there is no face in it.
    """
    from tools.conversion import parity

    crops = parity.face_crops(card, take)
    return Faces(f"{take.stem}, unlabelled", crops[:0], crops)


def open_faces(path: Path, card: ModelCard, split: Split = "held_out") -> Faces:
    """Faces at `path`: FER-2013 in any of its layouts, LABEL/*.jpg, or a folder of pictures.

    Of FER-2013 the training faces that trainings learn calibrate, and those they hold out are measured, or those of the
    public test where `split` says so. Of others a half each, drawn with a fixed seed. Pictures much larger than the
    model's input are searched for their face.

    Raises:
        ConversionError: there are too few faces, or they cannot be read.
    """
    from tools.datasets.fer import DataError

    try:
        if path.suffix != ".csv" and _pictures(path):
            return _halves(_cut(path, card), card, path.name)
        labelled = _labelled(path, card)
        if labelled:
            return labelled
        return _fer(path, card, split)
    except (DataError, OSError) as error:
        raise ConversionError(str(error)) from error


def _fer(path: Path, card: ModelCard, split: Split) -> Faces:
    from tools.datasets.fer import load_fer, split_faces

    faces = load_fer(path, "train")
    learnt, kept = split_faces(faces, HELD_OUT, 0)
    chosen = np.random.default_rng(0).permutation(learnt)[:CALIBRATION_FACES]
    judged = faces.pick(kept) if split == "held_out" else load_fer(path, split)
    labels, shares = _in_cards_order(judged.labels, judged.shares, card)
    title = "FER-2013, held out of training" if split == "held_out" else "FER-2013, public test"
    return Faces(title, _fitted(faces.faces[chosen], card), _fitted(judged.faces, card), labels, shares)


def _labelled(path: Path, card: ModelCard) -> Faces | None:
    """The faces of `path`/LABEL/*.jpg; None where there are no such folders."""
    from coach.perception.blazeface import BlazeFace
    from tools.datasets.fer import folder_label, labelled_files

    if not path.is_dir() or not any(each.is_dir() and folder_label(each.name) is not None for each in path.iterdir()):
        return None
    detector = BlazeFace()
    crops, labels = [], []
    for file, label in labelled_files(path, SUFFIXES):
        crops.append(_crop(file, card, detector))
        labels.append(label)
    return _halves(np.stack(crops), card, path.name, np.array(labels, np.int64))


def _halves(crops: NDArray[np.uint8], card: ModelCard, name: str, labels: NDArray[np.int64] | None = None) -> Faces:
    if len(crops) < 2:
        raise ConversionError(f"{name} holds too few pictures: two at least, one to calibrate on and one to measure")
    order = np.random.default_rng(0).permutation(len(crops))
    fit, rest = order[: min(len(crops) // 2, CALIBRATION_FACES)], np.sort(order[len(crops) // 2 :])
    if labels is None:
        return Faces(f"pictures of {name}, unlabelled", crops[fit], crops[rest])
    known, _ = _in_cards_order(labels[rest], None, card)
    return Faces(f"pictures of {name}", crops[fit], crops[rest], known)


def _pictures(path: Path) -> list[Path]:
    if not path.is_dir():
        return []
    return sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and not _mosaic(file))


def _mosaic(file: Path) -> bool:
    return file.name.startswith("fer2013_")


def _cut(path: Path, card: ModelCard) -> NDArray[np.uint8]:
    from coach.perception.blazeface import BlazeFace

    detector = BlazeFace()
    return np.stack([_crop(file, card, detector) for file in _pictures(path)])


def _crop(file: Path, card: ModelCard, detector: FaceDetector) -> NDArray[np.uint8]:
    """The face in a picture, cut as the card says; a picture that is small or shows none to the detector, whole."""
    import cv2

    from tools.datasets.crops import picture_crops

    image = cv2.imread(str(file), cv2.IMREAD_COLOR)
    if image is None:
        raise ConversionError(f"{file} is no picture that can be read")
    pixels: NDArray[np.uint8] = image.astype(np.uint8, copy=False)
    if min(image.shape[:2]) > 2 * max(card.input.width, card.input.height):
        for crop, _ in picture_crops(pixels, detector, card)[:1]:
            return crop
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)
    whole: NDArray[np.uint8] = _fitted(grey[None], card)[0]
    return whole


def _fitted(crops: NDArray[np.uint8], card: ModelCard) -> NDArray[np.uint8]:
    """`crops` (N, height, width) in the card's size."""
    import cv2

    size = card.input.width, card.input.height
    if crops.shape[1:] == size[::-1]:
        return crops
    fitted: NDArray[np.uint8] = np.stack([cv2.resize(crop, size) for crop in crops]).astype(np.uint8, copy=False)
    return fitted


def _in_cards_order(
    labels: NDArray[np.int64], shares: NDArray[np.float32] | None, card: ModelCard
) -> tuple[NDArray[np.int64], NDArray[np.float32] | None]:
    """What is in the order of `EMOTIONS`, in the order of the card's labels."""
    from coach.base.types import EMOTIONS

    places = np.array([card.labels.index(name) for name in EMOTIONS])
    order = np.argsort(places)
    return places[labels], None if shares is None else shares[:, order]
