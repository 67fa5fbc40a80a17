"""What a model is judged on: faces or clips, as crops that a classifier takes, with what they are."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from tools.datasets import DataError, FaceSet, folder_label, load_fer, load_folders
from tools.datasets import labelled_files as labelled
from tools.judging.ck import ck_frames, find_ck
from tools.judging.kinds import Kind, Split
from tools.judging.progress import tracked

if TYPE_CHECKING:
    from coach.base.protocols import EmotionClassifier, FaceDetector
    from coach.base.types import Box, Detection
    from coach.core.reading.card import ModelCard

PICTURES: Final = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
VIDEOS: Final = (".mp4", ".mov", ".mkv", ".avi", ".webm", ".m4v", ".flv")
HELD_OUT: Final = 0.1
"""Share of the training faces that `tools.train` holds out where its trial says nothing else."""


Crops: TypeAlias = list[tuple[NDArray[np.uint8], float]]
"""Grey (height, width) of one picture or clip, each with how far it can be relied on."""


@dataclass(frozen=True)
class BoxOff:
    """How far a detector's box is off: moved right and down by shares of its sides, and grown by `bigger`."""

    right: float = 0.0
    down: float = 0.0
    bigger: float = 1.0

    def moved(self, box: Box) -> Box:
        """`box` (pixels), off as said."""
        from coach.base.types import Box

        x, y = box.centre
        width, height = box.width * self.bigger, box.height * self.bigger
        return Box(x + self.right * box.width - width / 2, y + self.down * box.height - height / 2, width, height)


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
    from tools.quiet import quiet_tensorflow

    quiet_tensorflow()
    from tools.datasets import split_faces

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


def picture_crops(
    image: NDArray[np.uint8], detector: FaceDetector, card: ModelCard, off: BoxOff | None = None
) -> Crops:
    """The largest face of a picture (height, width, 3), cut as the card says, alone in a list; empty without any.

    A portrait fills its picture as no actor fills a frame, and the detector misses a few of those. So where it finds
    none it looks once more with a black border of a quarter around (319 news portraits of 326 without, all with it).
    """
    from coach.perception.classifier import cut_face

    face = _largest(image, detector)
    if face is None:
        return []
    box = off.moved(face.box) if off else face.box
    return [(cut_face(image, box, card.crop, np.empty((card.input.height, card.input.width), np.uint8)), 1.0)]


def _largest(image: NDArray[np.uint8], detector: FaceDetector) -> Detection | None:
    from coach.perception.tracker import moved

    found = detector.detect(image)
    if found:
        return found[0]
    edge = max(image.shape[:2]) // 4
    framed = cv2.copyMakeBorder(image, edge, edge, edge, edge, cv2.BORDER_CONSTANT).astype(np.uint8, copy=False)
    return next((moved(face, -edge, -edge) for face in detector.detect(framed)), None)


def _from_clips(files: list[tuple[Path, int]], classifier: EmotionClassifier, title: str) -> JudgedSet:
    return _gather(files, lambda file: clip_crops(file, classifier), title, "clips watched")


def clip_crops(path: Path, classifier: EmotionClassifier) -> Crops:
    """The crops that the coach's own perception reads in the video at `path`; frames that it refuses give none.

    Raises:
        DataError: the video cannot be read.
    """
    from coach.base.errors import SourceError
    from coach.perception.blazeface import BlazeFace
    from coach.perception.pipeline import FacePipeline, OneActor
    from coach.sources.files.video import VideoSource

    keeper = _CropKeeper(classifier)
    perception = FacePipeline(BlazeFace(), keeper, OneActor())
    weights = []
    try:
        with closing(VideoSource(path)) as source:
            while (frame := source.read()) is not None:
                actor = perception.observe(frame).actor
                weights += [actor.weight] if actor and actor.probabilities else []
    except SourceError as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    if len(weights) != len(keeper.crops):
        raise DataError(f"{path}: {classifier.card.name} has no usable answer on some frames.")
    return list(zip(keeper.crops, weights, strict=True))


class _CropKeeper:
    """An `EmotionClassifier` that keeps what it was shown and reads it with another."""

    def __init__(self, classifier: EmotionClassifier) -> None:
        self._classifier = classifier
        self.card = classifier.card
        self.crops: list[NDArray[np.uint8]] = []

    def classify(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.crops += [crop.copy() for crop in crops]
        return self._classifier.classify(crops)


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
