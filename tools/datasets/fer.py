"""FER-2013 in its three layouts, with or without the votes of ten viewers per face (FER+)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from coach.base.errors import SourceError
from coach.base.types import EMOTIONS
from coach.sources.files.picture_file import SUFFIXES as PICTURES
from coach.sources.files.picture_file import read_image

HELD_OUT: Final = 0.1
"""Share of the training faces that a training holds out by default."""


NEAR_COPY = 5.0
"""Two faces count as the same photograph if their RMS difference at 16×16 is below this many grey levels."""

FerSplit = Literal["train", "public", "private"]

FER_SIZE: Final = 48
FER_USAGES: Final = {"train": "Training", "public": "PublicTest", "private": "PrivateTest"}
FER_FOLDERS: Final[dict[FerSplit, tuple[str, ...]]] = {
    "train": ("train", "Training"),
    "public": ("public", "PublicTest", "validation"),
    "private": ("private", "PrivateTest"),
}
"""Folder names of each split. `test` is not among them, since in most copies it contains both tests."""
FER_LABELS: Final = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
VOTES: Final = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF")
"""The columns of FER+ (Barsoum and others 2016, fer2013new.csv)."""
_VOTED: Final = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
_SYNONYMS: Final = {
    "anger": "angry",
    "disgusted": "disgust",
    "fearful": "fear",
    "happiness": "happy",
    "joy": "happy",
    "sadness": "sad",
    "scared": "fear",
    "surprised": "surprise",
}
"""Other folder names for the seven emotions in copies of FER-2013, AffectNet and RAF-DB."""


class DataError(Exception):
    """A dataset cannot be read; the message says what is wrong and where."""


class NoSuchSplitError(DataError):
    """The FER-2013 at this path does not contain the requested split."""


@dataclass(frozen=True)
class FaceSet:
    """N labelled faces.

    Attributes:
        faces: (N, 48, 48) uint8 grey.
        labels: (N,) indices into `EMOTIONS`, by one labeller.
        shares: (N, 7) float32, the share of viewers per emotion in the order of `EMOTIONS`; NaN for faces without
            votes.
    """

    faces: NDArray[np.uint8]
    labels: NDArray[np.int64]
    shares: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.faces)

    def pick(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> FaceSet:
        """Return the faces of a mask or list of indices."""
        return FaceSet(self.faces[chosen], self.labels[chosen], self.shares[chosen])

    def join(self, others: FaceSet) -> FaceSet:
        """Return these faces followed by the others."""
        return FaceSet(
            np.concatenate([self.faces, others.faces]),
            np.concatenate([self.labels, others.labels]),
            np.concatenate([self.shares, others.shares]),
        )

    @property
    def voted(self) -> NDArray[np.bool_]:
        """(N,) True for faces that viewers voted on."""
        return np.asarray(np.isfinite(self.shares).all(1))


def load_fer(path: Path, split: FerSplit) -> FaceSet:
    """Load one split of FER-2013 at `path`: `fer2013.csv`, or a folder of mosaics, or folders `train/angry/*.jpg`.

    Votes are read from `fer2013new.csv` beside `fer2013.csv`, or `fer2013_SPLIT_votes.npy` beside the mosaic.

    Raises:
        DataError: the path has none of these layouts, or is damaged.
    """
    if not path.exists():
        raise DataError(f"{path} does not exist.")
    try:
        faces = _load_split(path, split)
    except (OSError, ValueError, OverflowError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    if faces is None:
        raise NoSuchSplitError(
            f"{path} holds no FER-2013 for the split {split}: expected fer2013.csv, fer2013_{split}.webp or "
            f"{split}/angry/*.jpg."
        )
    return faces


def _load_split(path: Path, split: FerSplit) -> FaceSet | None:
    table = path if path.suffix.lower() == ".csv" else path / "fer2013.csv"
    if table.is_file():
        return _load_csv(table, split)
    if (path / f"fer2013_{split}.webp").exists():
        return _load_mosaic(path, split)
    folder = next((path / name for name in FER_FOLDERS[split] if (path / name).is_dir()), None)
    return load_folders(folder) if folder else None


def load_folders(path: Path) -> FaceSet:
    """Load the faces of `path`/LABEL/*.jpg, scaled to 48×48; LABEL is one of the seven emotions or a usual synonym.

    Raises:
        DataError: no folder is named for an emotion.
    """
    faces, labels = [], []
    for file, label in labelled_files(path, PICTURES):
        image = cv2.cvtColor(read_picture(file), cv2.COLOR_BGR2GRAY)
        faces.append(cv2.resize(image, (FER_SIZE, FER_SIZE), interpolation=cv2.INTER_AREA))
        labels.append(label)
    return _without_votes(np.stack(faces).astype(np.uint8), np.array(labels))


def read_picture(file: Path) -> NDArray[np.uint8]:
    """The picture at `file` as (height, width, 3) uint8 BGR, in any format that the coach reads.

    Raises:
        DataError: it cannot be read.
    """
    try:
        return read_image(file)
    except SourceError as error:
        raise DataError(f"{file} is no picture that can be read: {error}") from error


def labelled_files(path: Path, suffixes: tuple[str, ...]) -> list[tuple[Path, int]]:
    """Return every file of `path`/LABEL/ with one of the suffixes, and its label's index into `EMOTIONS`; sorted.

    Raises:
        DataError: there is none.
    """
    folders = sorted(each for each in path.iterdir() if each.is_dir()) if path.is_dir() else []
    files = [
        (file, label)
        for folder in folders
        if (label := folder_label(folder.name)) is not None
        for file in sorted(folder.iterdir())
        if file.suffix.lower() in suffixes and not file.name.startswith(".")
    ]
    if not files:
        raise DataError(f"{path} holds no {', '.join(suffixes)} files under folders named {', '.join(EMOTIONS)}.")
    return files


def has_label_folders(path: Path) -> bool:
    """Tell whether `path` is a folder with subfolders named for emotions."""
    return path.is_dir() and any(each.is_dir() and folder_label(each.name) is not None for each in path.iterdir())


def folder_label(name: str) -> int | None:
    """Return the index into `EMOTIONS` of a folder's name in any case; None where it names no emotion."""
    word = _SYNONYMS.get(name.lower(), name.lower())
    return list(EMOTIONS).index(word) if word in EMOTIONS else None


def viewer_shares(votes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Convert vote counts (N, 10) in the order of `VOTES` to shares (N, 7) in the order of `EMOTIONS`.

    As in Barsoum and others (2016), single votes are dropped as noise, and faces that most viewers called contempt,
    unknown or no face are NaN.
    """
    counted = np.where(votes > 1, votes, 0).astype(np.float32)
    counts = counted[:, [VOTES.index(_VOTED[FER_LABELS.index(name)]) for name in EMOTIONS]]
    total = counts.sum(1)
    usable = (total > 0) & (total >= counted[:, 7:].sum(1))
    return np.asarray(np.where(usable[:, None], counts / np.maximum(total, 1)[:, None], np.nan), np.float32)


def _load_mosaic(path: Path, split: FerSplit) -> FaceSet:
    mosaic = cv2.imread(str(path / f"fer2013_{split}.webp"), cv2.IMREAD_GRAYSCALE)
    if mosaic is None:
        raise DataError(f"{path / f'fer2013_{split}.webp'} is no picture that can be read.")
    labels = np.load(path / f"fer2013_{split}_labels.npy", allow_pickle=False)
    rows, columns = (side // FER_SIZE for side in mosaic.shape)
    if len(labels) > rows * columns:
        raise DataError(
            f"{path / f'fer2013_{split}.webp'} has {rows * columns:,} faces, its labels are {len(labels):,}."
        )
    tiles = mosaic.reshape(rows, FER_SIZE, columns, FER_SIZE).swapaxes(1, 2).reshape(-1, FER_SIZE, FER_SIZE)
    faces = np.ascontiguousarray(tiles[: len(labels)]).astype(np.uint8)
    votes = path / f"fer2013_{split}_votes.npy"
    if not votes.exists():
        return _without_votes(faces, _to_emotions(labels))
    counts = np.load(votes, allow_pickle=False)
    if counts.shape != (len(labels), len(VOTES)):
        raise DataError(f"{votes} has the shape {counts.shape}, expected {(len(labels), len(VOTES))}.")
    return FaceSet(faces, _to_emotions(labels), viewer_shares(counts))


def _load_csv(path: Path, split: FerSplit) -> FaceSet:
    rows = _rows(path, ("emotion", "pixels", "Usage"))
    chosen = [number for number, row in enumerate(rows) if row["Usage"] == FER_USAGES[split]]
    if not chosen:
        raise NoSuchSplitError(f"{path} has no row whose Usage is {FER_USAGES[split]}.")
    faces = np.stack([_face(path, number, rows[number]["pixels"]) for number in chosen])
    labels = _to_emotions(np.array([int(rows[number]["emotion"]) for number in chosen]))
    votes_path = path.with_name("fer2013new.csv")
    if not votes_path.exists():
        return _without_votes(faces, labels)
    voted = _rows(votes_path, VOTES)
    if len(voted) != len(rows):
        raise DataError(
            f"{votes_path} has {len(voted):,} rows and {path.name} has {len(rows):,}: they do not belong together."
        )
    votes = np.array([[int(voted[number][name]) for name in VOTES] for number in chosen], np.uint8)
    return FaceSet(faces, labels, viewer_shares(votes))


def _rows(path: Path, needed: tuple[str, ...]) -> list[dict[str, str]]:
    """Read the table at `path`; spaces around names and values are stripped."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        names = [name.strip() for name in next(reader, [])]
        missing = [name for name in needed if name not in names]
        if missing:
            raise DataError(f"{path} has no column {' and no column '.join(missing)}.")
        return [dict(zip(names, map(str.strip, row), strict=False)) for row in reader if row]


def _face(path: Path, number: int, pixels: str) -> NDArray[np.uint8]:
    values = np.array(pixels.split(), np.int64)
    if values.size != FER_SIZE**2 or values.min() < 0 or values.max() > 255:
        raise DataError(f"{path}, face {number + 1}: expected {FER_SIZE**2} pixels from 0 to 255.")
    return values.reshape(FER_SIZE, FER_SIZE).astype(np.uint8)


def _to_emotions(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Convert FER-2013's labels to indices into `EMOTIONS`."""
    if labels.size and not 0 <= labels.min() <= labels.max() < len(FER_LABELS):
        raise ValueError(f"labels must be 0 to {len(FER_LABELS) - 1}, there are {labels.min()} to {labels.max()}")
    return np.array([EMOTIONS.index(name) for name in FER_LABELS])[labels]


def _without_votes(faces: NDArray[np.uint8], labels: NDArray[np.int64]) -> FaceSet:
    return FaceSet(faces, labels, np.full((len(faces), len(EMOTIONS)), np.nan, np.float32))


def split_faces(faces: FaceSet, held_out: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return indices to train on and to hold out; near copies of held-out faces are in neither.

    Raises:
        DataError: one of the two is empty.
    """
    order = np.random.default_rng(seed).permutation(len(faces))
    validation = np.sort(order[: round(held_out * len(faces))])
    rest = np.setdiff1d(order, validation)
    small = np.stack([cv2.resize(face, (16, 16), interpolation=cv2.INTER_AREA) for face in faces.faces])
    flat = small.reshape(len(small), -1).astype(np.float32)
    training = rest[~_near_copies(flat[rest], flat[validation])] if len(rest) and len(validation) else rest[:0]
    if not len(training):
        raise DataError(f"{len(faces)} faces are too few, or too much alike, to hold {held_out:.0%} of them out.")
    return training, validation


def _near_copies(faces: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(N,) True for those of `faces` (N, 256) that have a near copy among `others` (M, 256)."""
    limit = NEAR_COPY**2 * faces.shape[1]
    other_norms = (others**2).sum(1)
    parts: list[NDArray[np.bool_]] = []
    for start in range(0, len(faces), 2000):
        part = faces[start : start + 2000]
        distance = (part**2).sum(1)[:, None] + other_norms - 2 * part @ others.T
        parts.append(distance.min(1) < limit)
    return np.concatenate(parts)
