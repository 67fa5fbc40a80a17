"""Labelled faces or clips that a model is evaluated on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from coach.sources.files.picture_file import SUFFIXES as PICTURES
from tools.console import with_progress
from tools.datasets.ck import ck_frames, find_ck
from tools.datasets.crops import BoxError, WeightedCrops, clip_crops, largest_face_crop
from tools.datasets.fer import (
    HELD_OUT,
    DataError,
    FaceSet,
    has_label_folders,
    labelled_files,
    load_fer,
    load_folders,
    read_picture,
    split_faces,
)

if TYPE_CHECKING:
    from coach.base.protocols import EmotionClassifier
    from tools.datasets import Kind, Split

VIDEOS: Final = (".mp4", ".mov", ".mkv", ".avi", ".webm", ".m4v", ".flv")

MAJORITY: Final = "viewers' majority"
LABELS: Final = "labels"

Truths: TypeAlias = dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]]
"""By name of the ground truth: indices of the items that have it, and their classes."""


@dataclass(frozen=True)
class EvaluationSet:
    """M faces or clips with their ground truth.

    Attributes:
        title: a description.
        crops: (N, height, width) uint8 grey; a clip has many.
        owner: (N,) the item that each crop belongs to, ascending.
        weights: (N,) the weight of each crop within its clip, above 0 to 1, as the coach weights it.
        names: of the M items.
        labels: (M,) indices into `EMOTIONS`.
        shares: (M, 7) viewers' shares; NaN for items without votes.
        unread: names of files without a face, which are not among the items.
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
        """(M,) True for items that viewers voted on."""
        return np.asarray(np.isfinite(self.shares).all(1))

    @property
    def truths(self) -> Truths:
        """The ground truths: the viewers' majority, if viewers voted at all, and the labels."""
        voted = np.flatnonzero(self.voted)
        by_label = {LABELS: (np.arange(len(self)), self.labels)}
        return {MAJORITY: (voted, self.shares[voted].argmax(1)), **by_label} if len(voted) else by_label


def open_set(
    path: Path,
    classifier: EmotionClassifier,
    kind: Kind | None,
    split: Split = "public",
    neutral: bool = False,
    box_error: BoxError | None = None,
) -> EvaluationSet:
    """Open the faces or clips at `path`; pictures and videos are cropped as the classifier's card says.

    Args:
        path: FER-2013, CK+, or a folder LABEL/*.jpg or LABEL/*.mp4.
        classifier: the model whose crop is used; the coach's perception runs it on videos.
        kind: of the set; None detects it from the files.
        split: of FER-2013.
        neutral: include the first frame of each CK+ sequence.
        box_error: the error added to detected boxes in pictures; no effect on FER-2013 and videos.

    Raises:
        DataError: there is nothing to evaluate on; the message says what was expected.
    """
    if not path.exists():
        raise DataError(f"{path} does not exist.")
    kind = kind or kind_of(path)
    if kind == "fer":
        return _open_fer(path, split)
    if kind == "videos":
        return _open_clips(labelled_files(path, VIDEOS), classifier, f"clips of {path.name}")
    files = ck_frames(path, neutral) if kind == "ck" else labelled_files(path, PICTURES)
    title = "CK+, peak frames" + " and first frames" * neutral if kind == "ck" else f"pictures of {path.name}"
    return _open_pictures(files, classifier, title, box_error)


def kind_of(path: Path) -> Kind:
    """Detect the kind of the set at `path`.

    Raises:
        DataError: it is none of the known kinds.
    """
    if path.suffix.lower() == ".csv" or _looks_like_fer(path):
        return "fer"
    if find_ck(path):
        return "ck"
    for kind, suffixes in (("videos", VIDEOS), ("folders", PICTURES)):
        try:
            labelled_files(path, suffixes)
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


def _open_fer(path: Path, split: Split) -> EvaluationSet:
    if has_label_folders(path):
        return _from_faces(load_folders(path), f"face crops of {path.name}")
    if split != "held_out":
        return _from_faces(load_fer(path, split), f"FER-2013, {split}")
    faces = load_fer(path, "train")
    _, held_out = split_faces(faces, HELD_OUT, 0)
    return _from_faces(faces.pick(held_out), "FER-2013, held out of training")


def _from_faces(faces: FaceSet, title: str) -> EvaluationSet:
    count = len(faces)
    names = tuple(f"face {number + 1}" for number in range(count))
    return EvaluationSet(title, faces.faces, np.arange(count), np.ones(count), names, faces.labels, faces.shares)


def _open_pictures(
    files: list[tuple[Path, int]], classifier: EmotionClassifier, title: str, box_error: BoxError | None
) -> EvaluationSet:
    from coach.perception.blazeface import BlazeFace

    detector = BlazeFace()

    def crops(file: Path) -> WeightedCrops:
        crop = largest_face_crop(read_picture(file), detector, classifier.card, box_error)
        return [] if crop is None else [(crop, 1.0)]

    return _from_files(files, crops, title, "faces found")


def _open_clips(files: list[tuple[Path, int]], classifier: EmotionClassifier, title: str) -> EvaluationSet:
    return _from_files(files, lambda file: clip_crops(file, classifier), title, "clips watched")


def _from_files(
    files: list[tuple[Path, int]], crops_of: Callable[[Path], WeightedCrops], title: str, progress: str
) -> EvaluationSet:
    """Build the set of those `files` in which a face is found."""
    read: list[tuple[str, int, WeightedCrops]] = []
    unread: list[str] = []
    for file, label in with_progress(files, progress):
        crops = crops_of(file)
        name = f"{file.parent.name}/{file.name}"
        if crops:
            read.append((name, label, crops))
        else:
            unread.append(name)
    if not read:
        raise DataError(
            f"No face was found in any of the {len(files)} files. Pictures that are face crops already are judged with "
            "--kind fer."
        )
    return EvaluationSet(
        title,
        crops=np.stack([crop for _, _, crops in read for crop, _ in crops]),
        owner=np.repeat(np.arange(len(read)), [len(crops) for _, _, crops in read]),
        weights=np.array([weight for _, _, crops in read for _, weight in crops]),
        names=tuple(name for name, _, _ in read),
        labels=np.array([label for _, label, _ in read], np.int64),
        shares=np.full((len(read), len(EMOTIONS)), np.nan, np.float32),
        unread=tuple(unread),
    )
