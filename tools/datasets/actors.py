"""Faces of people who were seen several times, as numbers: points, blendshapes and what everybody's model says.

The layout is one `.npz` file without pickle: `points` (N, 478, 3) MediaPipe's landmarks in pixels, `blendshapes`
(N, 52), `probabilities` (N, 7) of the shipped model before its prior is taken out, `label` (N,) in the order of
`EMOTIONS`, and `actor`, `session` and `group` (N,).
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from coach.core.actor.alignment import POINT_COUNT
from tools.datasets.fer import DataError

Indices = NDArray[np.int64]

BLENDSHAPES: Final = 52
ACROSS_SESSIONS: Final = 0
"""The group whose people were seen on two days: examples come from one session, and the others are judged."""

_FLOATS: Final = {"points": (POINT_COUNT, 3), "blendshapes": (BLENDSHAPES,), "probabilities": (len(EMOTIONS),)}
_NUMBERS: Final = ("label", "actor", "session", "group")
_MAX_FACES: Final = 100_000


@dataclass(frozen=True, eq=False)
class ActorFaces:
    """N faces.

    Attributes:
        points: (N, 478, 3) landmarks.
        blendshapes: (N, 52), each 0 to 1.
        probabilities: (N, 7) of everybody's model, each row summing to 1.
        label: (N,) indices into `EMOTIONS`.
        actor, session, group: (N,) numbers of the person, of the day, and of the collection.
    """

    points: NDArray[np.float64]
    blendshapes: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    label: Indices
    actor: Indices
    session: Indices
    group: Indices

    def __len__(self) -> int:
        return len(self.label)

    def pick(self, chosen: NDArray[Any]) -> ActorFaces:
        """Return the faces with these indices, or where a mask is true."""
        return ActorFaces(*(getattr(self, each.name)[chosen] for each in fields(self)))

    def groups(self) -> Iterator[tuple[int, ActorFaces]]:
        """Return each group with its number."""
        for group in np.unique(self.group).tolist():
            yield group, self.pick(self.group == group)


def load_actors(path: Path) -> ActorFaces:
    """Load faces from the `.npz` file at `path`.

    Raises:
        DataError: the file is missing, damaged or not in this layout.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
            arrays = {name: np.asarray(data[name]) for name in (*_FLOATS, *_NUMBERS)}
    except KeyError as error:
        raise DataError(f"{path}: {error.args[0]}; the layout is described in tools/datasets/actors.py.") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, AttributeError, TypeError) as error:
        raise DataError(f"{path} is not an .npz file of faces as numbers ({error}).") from error
    _check(path, arrays)
    points, blendshapes, probabilities = (arrays[name].astype(np.float64) for name in _FLOATS)
    label, actor, session, group = (arrays[name].astype(np.int64) for name in _NUMBERS)
    return ActorFaces(points, blendshapes, probabilities, label, actor, session, group)


def _check(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    count = len(arrays["label"]) if arrays["label"].ndim else 0
    if not 0 < count <= _MAX_FACES:
        raise DataError(f"{path} has {count:,} faces; 1 to {_MAX_FACES:,} can be read.")
    for name in (*_FLOATS, *_NUMBERS):
        array, shape = arrays[name], (count, *_FLOATS.get(name, ()))
        if array.shape != shape or array.dtype.kind not in ("f" if name in _FLOATS else "iu"):
            wanted = f"{shape} of {'floats' if name in _FLOATS else 'whole numbers'}"
            raise DataError(f"{path}: {name} is {array.shape} of {array.dtype} and must be {wanted}.")
        if not np.isfinite(array).all():
            raise DataError(f"{path}: {name} has numbers that are not finite.")
    if not (arrays["label"].min() >= 0 and arrays["label"].max() < len(EMOTIONS)):
        raise DataError(f"{path}: labels must be 0 to {len(EMOTIONS) - 1}, the order of {', '.join(EMOTIONS)}.")
