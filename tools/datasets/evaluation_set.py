"""Labelled faces or clips that a model is evaluated on."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from tools.console import tracked
from tools.datasets import Kind, Split
from tools.datasets.ck import ck_frames, find_ck
from tools.datasets.crops import BoxOff, Crops, clip_crops, picture_crops
from tools.datasets.fer import HELD_OUT, DataError, FaceSet, folder_label, load_fer, load_folders
from tools.datasets.fer import labelled_files as labelled

if TYPE_CHECKING:
    from coach.base.protocols import EmotionClassifier
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coach.base.protocols import EmotionClassifier


MAJORITY: Final = "viewers' majority"

LABELS: Final = "labels"

Truths: TypeAlias = dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]]
"""By name, which items have that truth, and what it is."""


PICTURES: Final = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
VIDEOS: Final = (".mp4", ".mov", ".mkv", ".avi", ".webm", ".m4v", ".flv")


@dataclass(frozen=True)
class JudgedSet:
    """Faces or clips with what they are.

    Attributes:
        title: what they are, in words.
        crops: (N, height, width) uint8 grey; a clip has many.
        owner: (N,) each crop's item, rising.
        weights: (N,) how far each crop can be relied on, above 0 to 1; those of a clip are the coach's.
        names: of the M items.
        labels: (M,) index into `EMOTIONS`.
        shares: (M, 7) what viewers said; NaN where nobody voted.
        unread: names of those in which no face could be read; they are not among the items.
    """

    title: str
    crops: NDArray[np.uint8]
    owner: NDArray[np.int64]
    weights: NDArray[np.float64]
    names: tuple[str, ...]
    labels: NDArray[np.int64]
    shares: NDArray[np.float32]
    unread: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    @property
    def voted(self) -> NDArray[np.bool_]:
        """Which items viewers voted on, (M,)."""
        return np.asarray(np.isfinite(self.shares).all(1))


def open_set(
    path: Path,
    classifier: EmotionClassifier,
    kind: Kind | None,
    split: Split = "public",
    neutral: bool = False,
    off: BoxOff | None = None,
) -> JudgedSet:
    """The faces or clips at `path`, cropped as the classifier's card says where they are no crops already.

    Args:
        path: FER-2013, CK+, or a folder LABEL/*.jpg or LABEL/*.mp4.
        classifier: whose crop is used; videos pass the coach's perception with it.
        kind: of the set; None tells it from the files.
        split: of FER-2013.
        neutral: of CK+ also the first frame of each sequence.
        off: how far the boxes in pictures are off; of FER-2013 and videos nothing is.

    Raises:
        DataError: there is nothing to judge by; the message says what was expected.
    """
    if not path.exists():
        raise DataError(f"{path} does not exist.")
    kind = kind or kind_of(path)
    if kind == "fer":
        return _fer(path, split)
    if kind == "videos":
        return _from_clips(labelled(path, VIDEOS), classifier, f"clips of {path.name}")
    files = ck_frames(path, neutral) if kind == "ck" else labelled(path, PICTURES)
    title = "CK+, peak frames" + " and first frames" * neutral if kind == "ck" else f"pictures of {path.name}"
    return _from_pictures(files, classifier, title, off or BoxOff())


def kind_of(path: Path) -> Kind:
    """What the files at `path` are.

    Raises:
        DataError: they are nothing known.
    """
    if path.suffix.lower() == ".csv" or _looks_like_fer(path):
        return "fer"
    if find_ck(path):
        return "ck"
    for kind, suffixes in (("videos", VIDEOS), ("folders", PICTURES)):
        try:
            labelled(path, suffixes)
        except DataError:
            continue
        return "videos" if kind == "videos" else "folders"
    raise DataError(
        f"{path} holds nothing to judge by: expected FER-2013 (fer2013.csv, mosaics or train/angry/*.jpg), CK+ "
        f"(Emotion and cohn-kanade-images), or pictures or videos under folders named {', '.join(EMOTIONS)}."
    )


def _looks_like_fer(path: Path) -> bool:
    names = {each.name.lower() for each in path.iterdir()} if path.is_dir() else set()
    splits = {"train", "training", "public", "publictest", "private", "privatetest"}
    return "fer2013.csv" in names or bool(names & splits) or any(path.glob("fer2013_*.webp"))


def _fer(path: Path, split: Split) -> JudgedSet:
    if _label_folders(path):
        return _from_faces(load_folders(path), f"face crops of {path.name}")
    if split != "held_out":
        return _from_faces(load_fer(path, split), f"FER-2013, {split}")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    from tools.console import quiet_tensorflow

    quiet_tensorflow()
    from tools.datasets.fer import split_faces

    faces = load_fer(path, "train")
    return _from_faces(faces.pick(split_faces(faces, HELD_OUT, 0)[1]), "FER-2013, held out of training")


def _label_folders(path: Path) -> bool:
    """Whether `path`/LABEL/*.jpg are faces of no split."""
    return path.is_dir() and any(each.is_dir() and folder_label(each.name) is not None for each in path.iterdir())


def _from_faces(faces: FaceSet, title: str) -> JudgedSet:
    names = tuple(f"face {number + 1}" for number in range(len(faces)))
    return JudgedSet(title, faces.faces, np.arange(len(faces)), np.ones(len(faces)), names, faces.labels, faces.shares)


def _from_pictures(files: list[tuple[Path, int]], classifier: EmotionClassifier, title: str, off: BoxOff) -> JudgedSet:
    from coach.perception.blazeface import BlazeFace

    detector = BlazeFace()

    def crops(file: Path) -> Crops:
        image = cv2.imread(str(file), cv2.IMREAD_COLOR)
        if image is None:
            raise DataError(f"{file} is no picture that can be read.")
        return picture_crops(image.astype(np.uint8, copy=False), detector, classifier.card, off)

    return _gather(files, crops, title, "faces found")


def _from_clips(files: list[tuple[Path, int]], classifier: EmotionClassifier, title: str) -> JudgedSet:
    return _gather(files, lambda file: clip_crops(file, classifier), title, "clips watched")


def _gather(files: list[tuple[Path, int]], crops: Callable[[Path], Crops], title: str, doing: str) -> JudgedSet:
    """The set of those `files` in which a face was found."""
    read: list[tuple[str, int, Crops]] = []
    unread: list[str] = []
    for file, label in tracked(files, doing):
        found = crops(file)
        name = f"{file.parent.name}/{file.name}"
        if found:
            read.append((name, label, found))
        else:
            unread.append(name)
    if not read:
        raise DataError(
            f"No face was found in any of the {len(files)} files. Pictures that are face crops already are judged with "
            "--kind fer."
        )
    labels = np.array([label for _, label, _ in read], np.int64)
    owner = np.repeat(np.arange(len(read)), [len(found) for _, _, found in read])
    stack = np.stack([crop for _, _, found in read for crop, _ in found])
    weights = np.array([weight for _, _, found in read for _, weight in found])
    shares = np.full((len(read), len(EMOTIONS)), np.nan, np.float32)
    return JudgedSet(title, stack, owner, weights, tuple(name for name, _, _ in read), labels, shares, tuple(unread))


def truths_of(judged: JudgedSet) -> Truths:
    """By name: which items have that truth, and what it is."""
    voted = np.flatnonzero(judged.voted)
    by_label = {LABELS: (np.arange(len(judged)), judged.labels)}
    return {MAJORITY: (voted, judged.shares[voted].argmax(1)), **by_label} if len(voted) else by_label
