"""Augmentations by name, each on a whole batch.

OpenCV and numpy, both needed anyway: the libraries made for this are archived (imgaug, albumentations), under the AGPL
(AlbumentationsX), or bring PyTorch with them (kornia, torchvision).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tools.training.trial import Augmentation

Faces: TypeAlias = NDArray[np.float32]
"""(N, size, size) float32 grey, 0 to 255."""
Shares: TypeAlias = NDArray[np.float32]
"""(N, emotions) float32, each row sums to 1."""
Change: TypeAlias = Callable[[Faces, np.random.Generator, float], Faces]
Blend: TypeAlias = Callable[[Faces, Shares, np.random.Generator, float], tuple[Faces, Shares]]


def augment(
    faces: Faces,
    shares: Shares,
    recipe: tuple[Augmentation, ...],
    rng: np.random.Generator,
    only: NDArray[np.int64] | None = None,
) -> tuple[Faces, Shares]:
    """New faces and targets after every step of `recipe`; the arguments stay as they were.

    With `only` (N,) each face gets the one step of that number, whatever its probability, and none where there is none.

    Raises:
        KeyError: a name is unknown.
    """
    faces, shares = faces.copy(), shares.copy()
    for number, step in enumerate(recipe):
        chosen = rng.random(len(faces)) < step.probability if only is None else only == number
        if not chosen.any():
            continue
        if step.name in BLENDS:
            blend, usual = BLENDS[step.name]
            faces[chosen], shares[chosen] = blend(faces[chosen], shares[chosen], rng, _or(step.strength, usual))
        else:
            change, usual = CHANGES[step.name]
            faces[chosen] = change(faces[chosen], rng, _or(step.strength, usual))
    return np.clip(faces, 0, 255), shares


def _or(strength: float | None, usual: float) -> float:
    return usual if strength is None else strength


def _flip(faces: Faces, rng: np.random.Generator, strength: float) -> Faces:  # noqa: ARG001 - one signature for all
    return faces[:, :, ::-1]


def _affine(faces: Faces, rng: np.random.Generator, strength: float) -> Faces:
    """Turned up to 15 degrees, shifted up to a tenth, sized and stretched up to 15 and 8 %, at strength 1."""
    size = faces.shape[1]
    centre = (size - 1) / 2
    out = np.empty_like(faces)
    for i, face in enumerate(faces):
        turn, grow, stretch, *shift = rng.uniform(-strength, strength, 5)
        matrix = cv2.getRotationMatrix2D((centre, centre), 15 * turn, 1 + 0.15 * grow)
        matrix[:, 0] *= 1 + 0.08 * stretch
        matrix[:, 2] += centre - matrix[:, :2] @ (centre, centre) - matrix[:, 2] + 0.1 * size * np.array(shift)
        out[i] = cv2.warpAffine(face, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return out


def _gaussian_noise(faces: Faces, rng: np.random.Generator, strength: float) -> Faces:
    """The deviation is `strength` × 255, drawn per face up to it."""
    return _with_noise(faces, rng, rng.uniform(0, strength * 255, (len(faces), 1, 1)))


def _fixed_noise(faces: Faces, rng: np.random.Generator, strength: float) -> Faces:
    """The deviation is `strength` × 255 for every face."""
    return _with_noise(faces, rng, strength * 255)


def _with_noise(faces: Faces, rng: np.random.Generator, deviation: float | NDArray[np.float64]) -> Faces:
    return faces + (rng.standard_normal(faces.shape, np.float32) * deviation).astype(np.float32)


def _multiply(faces: Faces, rng: np.random.Generator, strength: float) -> Faces:
    """Brightness times 0.25 to 1.5 at strength 1."""
    factor = 1 + strength * rng.uniform(-0.75, 0.5, (len(faces), 1, 1))
    return np.clip(faces * factor, 0, 255).astype(np.float32)


def _gamma(faces: Faces, rng: np.random.Generator, strength: float) -> Faces:
    power = np.exp(rng.uniform(-strength, strength, (len(faces), 1, 1)))
    return (255 * np.power(np.clip(faces, 0, 255) / 255, power)).astype(np.float32)


def _salt_and_pepper(faces: Faces, rng: np.random.Generator, strength: float) -> Faces:
    """A share of `strength` of the pixels turns black or white."""
    draw = rng.random(faces.shape, np.float32)
    return np.where(draw < strength / 2, np.float32(0), np.where(draw > 1 - strength / 2, np.float32(255), faces))


def _gaussian_blur(faces: Faces, rng: np.random.Generator, strength: float) -> Faces:
    """The deviation in pixels is drawn per face between a third of `strength` and all of it."""
    return np.stack([cv2.GaussianBlur(face, (0, 0), rng.uniform(strength / 3, strength)) for face in faces])


def _fixed_blur(faces: Faces, rng: np.random.Generator, strength: float) -> Faces:  # noqa: ARG001
    """The deviation is `strength` pixels for every face."""
    return np.stack([cv2.GaussianBlur(face, (0, 0), strength) for face in faces])


def _low_resolution(faces: Faces, rng: np.random.Generator, strength: float) -> Faces:
    """Shrunk to between 1 / `strength` of the size and all of it, and back."""
    size = faces.shape[1]
    out = np.empty_like(faces)
    for i, face in enumerate(faces):
        small = max(8, round(size / rng.uniform(1, strength)))
        out[i] = cv2.resize(cv2.resize(face, (small, small), interpolation=cv2.INTER_AREA), (size, size))
    return out


def _clouds(faces: Faces, rng: np.random.Generator, strength: float) -> Faces:
    """White fog of a random smooth shape, `strength` at its densest."""
    return faces + (255 - faces) * strength * _smooth(faces, rng)


def _side_light(faces: Faces, rng: np.random.Generator, strength: float) -> Faces:
    """A light from a random side: one edge brighter and the other darker by up to `strength`."""
    angle = rng.uniform(0, 2 * np.pi, (len(faces), 1, 1))
    across = np.linspace(-1, 1, faces.shape[1])
    slope = np.cos(angle) * across[None, None, :] + np.sin(angle) * across[None, :, None]
    return np.asarray(faces * (1 + rng.uniform(0, strength, (len(faces), 1, 1)) * slope), np.float32)


def _erase(faces: Faces, rng: np.random.Generator, strength: float) -> Faces:
    """A rectangle of up to `strength` of the face's area is filled with noise (Zhong and others 2017)."""
    size = faces.shape[1]
    out: Faces = faces.copy()
    for face in out:
        height, width = (size * np.sqrt(rng.uniform(0.1, 1, 2) * strength)).astype(int) + 1
        top, left = rng.integers(0, size - height + 1), rng.integers(0, size - width + 1)
        face[top : top + height, left : left + width] = rng.uniform(0, 255, (height, width))
    return out


def _smooth(faces: Faces, rng: np.random.Generator) -> Faces:
    """Random smooth maps 0 to 1, as large as the faces."""
    coarse = rng.random((len(faces), 4, 4), np.float32)
    size = faces.shape[2], faces.shape[1]
    smooth = [cv2.resize(each, size, interpolation=cv2.INTER_CUBIC) for each in coarse]
    maps: Faces = np.clip(np.stack(smooth), 0, 1).astype(np.float32)
    return maps


def _mixup(faces: Faces, shares: Shares, rng: np.random.Generator, strength: float) -> tuple[Faces, Shares]:
    """Each face blended with another, share drawn from Beta(strength, strength) (Zhang and others 2018)."""
    other = rng.permutation(len(faces))
    share = rng.beta(strength, strength, len(faces)).astype(np.float32)
    share = np.maximum(share, 1 - share)
    mixed: Faces = share[:, None, None] * faces + (1 - share[:, None, None]) * faces[other]
    return mixed, share[:, None] * shares + (1 - share[:, None]) * shares[other]


def _cutmix(faces: Faces, shares: Shares, rng: np.random.Generator, strength: float) -> tuple[Faces, Shares]:
    """A rectangle of up to half of each face comes from another (Yun and others 2019)."""
    size = faces.shape[1]
    other = rng.permutation(len(faces))
    out, mixed = faces.copy(), shares.copy()
    for i, j in enumerate(other):
        edge = int(size * np.sqrt(0.5 * rng.beta(strength, strength)))
        top, left = rng.integers(0, size - edge + 1, 2)
        out[i, top : top + edge, left : left + edge] = faces[j, top : top + edge, left : left + edge]
        mixed[i] += (shares[j] - shares[i]) * np.float32(edge**2 / size**2)
    return out, mixed


CHANGES: Final[dict[str, tuple[Change, float]]] = {
    "flip": (_flip, 1),
    "affine": (_affine, 1),
    "gaussian_noise": (_gaussian_noise, 0.07),
    "fixed_noise": (_fixed_noise, 0.07),
    "multiply": (_multiply, 1),
    "gamma": (_gamma, 0.5),
    "salt_and_pepper": (_salt_and_pepper, 0.03),
    "gaussian_blur": (_gaussian_blur, 0.5),
    "fixed_blur": (_fixed_blur, 0.5),
    "low_resolution": (_low_resolution, 2),
    "clouds": (_clouds, 0.8),
    "side_light": (_side_light, 0.6),
    "erase": (_erase, 0.2),
}
"""What changes faces alone, with the usual strength.

Fixed noise, multiply, salt and pepper, fixed blur and clouds are the lineage's.
"""

BLENDS: Final[dict[str, tuple[Blend, float]]] = {"mixup": (_mixup, 0.2), "cutmix": (_cutmix, 1)}
"""What changes faces and their targets together."""
