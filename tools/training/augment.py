"""Augmentations by name, each on a whole batch.

They use OpenCV and numpy, which are needed anyway. The libraries for this are archived (imgaug, albumentations), under
the AGPL (AlbumentationsX), or require PyTorch (kornia, torchvision).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tools.training.trial import AugmentationConfig

FaceBatch: TypeAlias = NDArray[np.float32]
"""(N, size, size) float32 grey, 0 to 255."""
Shares: TypeAlias = NDArray[np.float32]
"""(N, emotions) float32, each row summing to 1."""
FaceTransform: TypeAlias = Callable[[FaceBatch, np.random.Generator, float], FaceBatch]
PairBlend: TypeAlias = Callable[[FaceBatch, Shares, np.random.Generator, float], tuple[FaceBatch, Shares]]


def augment(
    faces: FaceBatch,
    shares: Shares,
    recipe: tuple[AugmentationConfig, ...],
    rng: np.random.Generator,
    only: NDArray[np.int64] | None = None,
) -> tuple[FaceBatch, Shares]:
    """Return new faces and targets after every step of `recipe`; the arguments are not changed.

    With `only` (N,) each face gets the one step with that index, whatever its probability, or none if there is none.

    Raises:
        KeyError: an augmentation is unknown.
    """
    faces, shares = faces.copy(), shares.copy()
    for number, step in enumerate(recipe):
        chosen = rng.random(len(faces)) < step.probability if only is None else only == number
        if not chosen.any():
            continue
        if step.name in BLENDS:
            blend, default = BLENDS[step.name]
            faces[chosen], shares[chosen] = blend(faces[chosen], shares[chosen], rng, _strength(step, default))
        else:
            transform, default = TRANSFORMS[step.name]
            faces[chosen] = transform(faces[chosen], rng, _strength(step, default))
    return np.clip(faces, 0, 255), shares


def _strength(step: AugmentationConfig, default: float) -> float:
    return default if step.strength is None else step.strength


def _flip(faces: FaceBatch, rng: np.random.Generator, strength: float) -> FaceBatch:  # noqa: ARG001 - one signature for all
    return faces[:, :, ::-1]


def _affine(faces: FaceBatch, rng: np.random.Generator, strength: float) -> FaceBatch:
    """At strength 1: rotate by up to 15 degrees, shift by a tenth, scale by 15 % and stretch by 8 %."""
    size = faces.shape[1]
    centre = (size - 1) / 2
    out = np.empty_like(faces)
    for i, face in enumerate(faces):
        rotation, scale, stretch, *shift = rng.uniform(-strength, strength, 5)
        matrix = cv2.getRotationMatrix2D((centre, centre), 15 * rotation, 1 + 0.15 * scale)
        matrix[:, 0] *= 1 + 0.08 * stretch
        matrix[:, 2] += centre - matrix[:, :2] @ (centre, centre) - matrix[:, 2] + 0.1 * size * np.array(shift)
        out[i] = cv2.warpAffine(face, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return out


def _gaussian_noise(faces: FaceBatch, rng: np.random.Generator, strength: float) -> FaceBatch:
    """Add Gaussian noise; its sigma is drawn per face from 0 to `strength` × 255."""
    return _add_noise(faces, rng, rng.uniform(0, strength * 255, (len(faces), 1, 1)))


def _fixed_noise(faces: FaceBatch, rng: np.random.Generator, strength: float) -> FaceBatch:
    """Add Gaussian noise with a sigma of `strength` × 255."""
    return _add_noise(faces, rng, strength * 255)


def _add_noise(faces: FaceBatch, rng: np.random.Generator, sigma: float | NDArray[np.float64]) -> FaceBatch:
    return faces + (rng.standard_normal(faces.shape, np.float32) * sigma).astype(np.float32)


def _multiply(faces: FaceBatch, rng: np.random.Generator, strength: float) -> FaceBatch:
    """Multiply the brightness by 0.25 to 1.5 at strength 1."""
    factor = 1 + strength * rng.uniform(-0.75, 0.5, (len(faces), 1, 1))
    return np.clip(faces * factor, 0, 255).astype(np.float32)


def _gamma(faces: FaceBatch, rng: np.random.Generator, strength: float) -> FaceBatch:
    power = np.exp(rng.uniform(-strength, strength, (len(faces), 1, 1)))
    return (255 * np.power(np.clip(faces, 0, 255) / 255, power)).astype(np.float32)


def _salt_and_pepper(faces: FaceBatch, rng: np.random.Generator, strength: float) -> FaceBatch:
    """Turn a share of `strength` of the pixels black or white."""
    draw = rng.random(faces.shape, np.float32)
    return np.where(draw < strength / 2, np.float32(0), np.where(draw > 1 - strength / 2, np.float32(255), faces))


def _gaussian_blur(faces: FaceBatch, rng: np.random.Generator, strength: float) -> FaceBatch:
    """Blur with a sigma in pixels that is drawn per face from a third of `strength` to `strength`."""
    return np.stack([cv2.GaussianBlur(face, (0, 0), rng.uniform(strength / 3, strength)) for face in faces])


def _fixed_blur(faces: FaceBatch, rng: np.random.Generator, strength: float) -> FaceBatch:  # noqa: ARG001
    """Blur with a sigma of `strength` pixels."""
    return np.stack([cv2.GaussianBlur(face, (0, 0), strength) for face in faces])


def _low_resolution(faces: FaceBatch, rng: np.random.Generator, strength: float) -> FaceBatch:
    """Downscale to between 1 / `strength` of the size and the full size, then upscale again."""
    size = faces.shape[1]
    out = np.empty_like(faces)
    for i, face in enumerate(faces):
        small = max(8, round(size / rng.uniform(1, strength)))
        out[i] = cv2.resize(cv2.resize(face, (small, small), interpolation=cv2.INTER_AREA), (size, size))
    return out


def _clouds(faces: FaceBatch, rng: np.random.Generator, strength: float) -> FaceBatch:
    """Add white fog of a random smooth shape, with a density of up to `strength`."""
    return faces + (255 - faces) * strength * _smooth_maps(faces, rng)


def _side_light(faces: FaceBatch, rng: np.random.Generator, strength: float) -> FaceBatch:
    """Light the face from a random side: one edge gets brighter and the other darker, by up to `strength`."""
    angle = rng.uniform(0, 2 * np.pi, (len(faces), 1, 1))
    ramp = np.linspace(-1, 1, faces.shape[1])
    slope = np.cos(angle) * ramp[None, None, :] + np.sin(angle) * ramp[None, :, None]
    return np.asarray(faces * (1 + rng.uniform(0, strength, (len(faces), 1, 1)) * slope), np.float32)


def _erase(faces: FaceBatch, rng: np.random.Generator, strength: float) -> FaceBatch:
    """Random erasing: fill a rectangle of up to `strength` of the area with noise (Zhong and others 2017)."""
    size = faces.shape[1]
    out: FaceBatch = faces.copy()
    for face in out:
        height, width = (size * np.sqrt(rng.uniform(0.1, 1, 2) * strength)).astype(int) + 1
        top, left = rng.integers(0, size - height + 1), rng.integers(0, size - width + 1)
        face[top : top + height, left : left + width] = rng.uniform(0, 255, (height, width))
    return out


def _smooth_maps(faces: FaceBatch, rng: np.random.Generator) -> FaceBatch:
    """Return random smooth maps from 0 to 1 of the size of the faces."""
    coarse = rng.random((len(faces), 4, 4), np.float32)
    size = faces.shape[2], faces.shape[1]
    smooth = [cv2.resize(each, size, interpolation=cv2.INTER_CUBIC) for each in coarse]
    maps: FaceBatch = np.clip(np.stack(smooth), 0, 1).astype(np.float32)
    return maps


def _mixup(faces: FaceBatch, shares: Shares, rng: np.random.Generator, strength: float) -> tuple[FaceBatch, Shares]:
    """Mixup: blend each face with another, with a share from Beta(strength, strength) (Zhang and others 2018)."""
    other = rng.permutation(len(faces))
    share = rng.beta(strength, strength, len(faces)).astype(np.float32)
    share = np.maximum(share, 1 - share)
    mixed: FaceBatch = share[:, None, None] * faces + (1 - share[:, None, None]) * faces[other]
    return mixed, share[:, None] * shares + (1 - share[:, None]) * shares[other]


def _cutmix(faces: FaceBatch, shares: Shares, rng: np.random.Generator, strength: float) -> tuple[FaceBatch, Shares]:
    """CutMix: replace a square of up to half of each face by that of another (Yun and others 2019)."""
    size = faces.shape[1]
    other = rng.permutation(len(faces))
    out, mixed = faces.copy(), shares.copy()
    for i, j in enumerate(other):
        edge = int(size * np.sqrt(0.5 * rng.beta(strength, strength)))
        top, left = rng.integers(0, size - edge + 1, 2)
        out[i, top : top + edge, left : left + edge] = faces[j, top : top + edge, left : left + edge]
        mixed[i] += (shares[j] - shares[i]) * np.float32(edge**2 / size**2)
    return out, mixed


TRANSFORMS: Final[dict[str, tuple[FaceTransform, float]]] = {
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
"""Augmentations that change faces only, each with its default strength.

Fixed noise, multiply, salt and pepper, fixed blur and clouds are those of the lineage.
"""

BLENDS: Final[dict[str, tuple[PairBlend, float]]] = {"mixup": (_mixup, 0.2), "cutmix": (_cutmix, 1)}
"""Augmentations that change faces and their targets together, each with its default strength."""
