"""The look of a face, a small grey picture, by which a person is recognised after a few seconds out of sight."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, TypeAlias

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from coach.base.types import Detection
    from coach.perception.tracker import Track

REMEMBER_S: Final = 8.0
"""People are recognised after at most this time out of sight, in seconds."""

LOOK_EVERY_S: Final = 1.0
"""Seconds between two looks that are kept of a person."""

MAX_LOOKS: Final = 4
"""So many looks are kept of a person, the newest."""

NEAR: Final = 3.0
"""Within this many face sizes of the last place a person needs less likeness to be recognised."""

NEAR_LIKENESS: Final = 0.5
FAR_LIKENESS: Final = 0.72
"""Likeness that a person needs, near and far. After 0.7 to 4 seconds the sample take has 0.6 or more with its last
looks; of 326 portraits of others 32 % have more than the first, 8 % more than the second."""

STRANGER_S: Final = 0.6
"""Who was out of sight for longer is not taken for a face near by that has less than `NEAR_LIKENESS`."""

MAX_RATIO: Final = 2.0
"""Largest ratio between the sizes of the face before and after."""

Look: TypeAlias = "NDArray[np.float32]"
"""(256,) with mean 0 and length 1."""

_SIDE: Final = 16
_MARGIN: Final = 1.6


def look_of(image: NDArray[np.uint8], face: Detection) -> Look:
    """The look of `face` in `image` (height, width, 3) uint8 BGR."""
    return look_from(small_picture(image, face))


def small_picture(image: NDArray[np.uint8], face: Detection) -> NDArray[np.uint8]:
    """A grey picture (16, 16) uint8 of `face` in `image` (height, width, 3) uint8 BGR."""
    box = face.box
    side = max(1, round(max(box.width, box.height) * _MARGIN))
    crop = cv2.getRectSubPix(image, (side, side), box.centre)
    grey = cv2.cvtColor(cv2.resize(crop, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    return grey.astype(np.uint8, copy=False)


def look_from(grey: NDArray[np.uint8]) -> Look:
    """The look in a picture that `small_picture` made."""
    look: Look = grey.astype(np.float32).ravel()
    look -= look.mean()
    look /= np.float32(max(float(np.linalg.norm(look)), 1e-6))
    return look


def without_strangers(
    people: Sequence[Track],
    matched: dict[int, int],
    detections: Sequence[Detection],
    t: float,
    look: Callable[[Detection], Look],
) -> dict[int, int]:
    """`matched`, detections by people, without the strangers who are where somebody was before."""
    kept = {}
    for position, i in matched.items():
        person = people[position]
        away = t - person.t > STRANGER_S and person.looks
        if not away or _best(person, look(detections[i])) >= NEAR_LIKENESS:
            kept[position] = i
    return kept


def recognise(people: Sequence[Track], face: Detection, look: Look) -> Track | None:
    """The one of `people`, who are out of sight, that `face` with this `look` belongs to; None if it is nobody's."""
    likeness, person = max(((_likeness(one, face, look), one) for one in people), key=_first, default=(0.0, None))
    return person if likeness > 0 else None


def _likeness(person: Track, face: Detection, look: Look) -> float:
    """The likeness of `face` to the last looks of `person`, 0 to 1; 0 if it is too low for the place and the size."""
    size = person.size or 1.0
    ratio = max(math.sqrt(face.box.area), 1e-6) / size
    if not person.looks or max(ratio, 1 / ratio) > MAX_RATIO:
        return 0.0
    near = math.dist(person.face.box.centre, face.box.centre) <= NEAR * size
    likeness = _best(person, look)
    return likeness if likeness >= (NEAR_LIKENESS if near else FAR_LIKENESS) else 0.0


def _best(person: Track, look: Look) -> float:
    return max(float(old @ look) for old in person.looks)


def _first(pair: tuple[float, Track]) -> float:
    return pair[0]
