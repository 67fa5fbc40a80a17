"""Face measures: what each part of a face does, in words that an actor understands, with FACS action units.

Each measure is a length in distances between the outer corners of the eyes, after the turn of the head is taken out.
It means something only against the same face at rest (`coach.core.face.rest`): then above 0 is more, below 0 is less.
All come from the points: of MediaPipe's blendshapes noseSneer and eyeWide hardly move, and all change with the crop.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from coach.base.messages import mark
from coach.core.face.head import UprightFace

Values = tuple[float, ...]
"""A value for each of `MEASURES`, in their order, in eye distances."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure.

    Attributes:
        key: name in files.
        more: what the actor sees when it rises above rest.
        less: what the actor sees when it falls below rest.
        units: FACS action units of `more`.
        spread: how far two faces of one person with one emotion are apart, in eye distances: the root mean square over
            317 faces of 40 people.
        of: computes it.
    """

    key: str
    more: str
    less: str
    units: tuple[int, ...]
    spread: float
    of: Callable[[UprightFace], float]


def _inner_corners(face: UprightFace) -> float:
    return face.height(133, 362)


def _brows_inner(face: UprightFace) -> float:
    return face.height(55, 107, 66, 285, 336, 296) - _inner_corners(face)


def _brows_outer(face: UprightFace) -> float:
    return face.height(46, 53, 63, 70, 276, 283, 293, 300) - face.height(33, 263)


def _brows_together(face: UprightFace) -> float:
    """Down and together: the lower the middle of the brows and the narrower the gap, the more."""
    gap = (face.distance(55, 285) + face.distance(107, 336)) / 2
    return _inner_corners(face) - face.height(52, 65, 282, 295) - gap


def _upper_lids(face: UprightFace) -> float:
    """Upper lid above the iris, which is there whether the eyes look up or down."""
    return face.height(159, 386) - face.height(468, 473)


def _lower_lids(face: UprightFace) -> float:
    return face.height(144, 145, 153, 373, 374, 380) - face.height(33, 133, 263, 362)


def _cheeks(face: UprightFace) -> float:
    """Cheekbones closer to the outer corners of the eyes."""
    return -(face.distance(50, 33) + face.distance(280, 263)) / 2


def _nose(face: UprightFace) -> float:
    """Wings of the nose drawn away from its tip, and closer to the inner brows."""
    spread = face.distance(48, 4) + face.distance(278, 4)
    return spread - (face.distance(48, 55) + face.distance(278, 285)) / 4


def _upper_lip(face: UprightFace) -> float:
    """Upper lip closer to the nose."""
    return -(face.distance(98, 37) + face.distance(327, 267)) / 2


def _lip_corners(face: UprightFace) -> float:
    """Corners of the mouth above the middle between the lips."""
    return face.height(61, 291) - face.height(13, 14)


def _lips_wide(face: UprightFace) -> float:
    return face.distance(61, 291)


def _lips_pressed(face: UprightFace) -> float:
    """The red of both lips thinner than their width makes them: a smile draws them thin and wide."""
    return -(face.distance(0, 13) + face.distance(14, 17)) * _lips_wide(face) / _LIPS_AT_REST


_LIPS_AT_REST: Final = 0.55
"""Usual width of a mouth at rest in eye distances."""


def _jaw(face: UprightFace) -> float:
    """Chin away from the nose."""
    return face.distance(2, 152)


MEASURES: Final = (
    Measure("brows_inner", mark("inner brows up"), mark("inner brows down"), (1,), 0.010, _brows_inner),
    Measure("brows_outer", mark("outer brows up"), mark("outer brows down"), (2,), 0.007, _brows_outer),
    Measure(
        "brows_together", mark("brows down and together"), mark("brows up and apart"), (4,), 0.013, _brows_together
    ),
    Measure("upper_lids", mark("eyes wide"), mark("upper lids low"), (5,), 0.005, _upper_lids),
    Measure("lower_lids", mark("eyes narrow"), mark("lower lids loose"), (7,), 0.004, _lower_lids),
    Measure("cheeks", mark("cheeks up"), mark("cheeks low"), (6,), 0.006, _cheeks),
    Measure("nose", mark("nose wrinkled"), mark("nose long"), (9,), 0.010, _nose),
    Measure("upper_lip", mark("upper lip up"), mark("upper lip down"), (10,), 0.007, _upper_lip),
    Measure(
        "lip_corners", mark("corners of the mouth up"), mark("corners of the mouth down"), (12,), 0.010, _lip_corners
    ),
    Measure("lips_wide", mark("lips stretched"), mark("lips drawn in"), (20,), 0.025, _lips_wide),
    Measure("lips_pressed", mark("lips pressed"), mark("lips full"), (24,), 0.012, _lips_pressed),
    Measure("jaw", mark("jaw open"), mark("jaw shut"), (26,), 0.020, _jaw),
)
"""Every measure, from the top of the face to the bottom. Corners of the mouth down are FACS 15."""


def measure(face: UprightFace) -> Values:
    """The value of each of `MEASURES`."""
    return tuple([each.of(face) for each in MEASURES])


def difference(values: Values, rest: Values) -> Values:
    """`values` minus those of the same face at `rest`, rounded to thousandths of the eye distance."""
    return tuple([round(value - at_rest, 3) + 0.0 for value, at_rest in zip(values, rest, strict=True)])


def is_finite(values: Values) -> bool:
    """Whether every value is a number."""
    return math.isfinite(sum(values))
