"""Whether a camera that gives pictures shows anything."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coach.base.types import Reason

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FROZEN_S: Final = 2.0
"""A sensor's noise never repeats, so the same picture for this long is one that drivers hand out again and again."""

NO_SIGNAL_S: Final = 3.0
"""Cameras start black while their exposure settles."""

FLAT: Final = 2.5
"""Standard deviation, in grey levels of 255, under which a picture is one colour with a sensor's noise on it."""

ROWS: Final = 60
"""Rows of the thinned picture that is looked at."""


def thumbprint(image: NDArray[np.uint8]) -> tuple[int, bool]:
    """A number that tells pictures apart, and whether this one is flat: black, or one colour all over."""
    step = max(1, image.shape[0] // ROWS)
    thin = image[::step, ::step]
    return zlib.crc32(thin.tobytes()), bool(thin.std(axis=(0, 1)).max() < FLAT)


@dataclass(slots=True)
class SignalCheck:
    """Follows thumbprints through time."""

    _digest: int | None = None
    _same_since: float = 0.0
    _flat_since: float | None = None

    def reason(self, t: float, digest: int, flat: bool) -> Reason | None:
        """Why the picture at `t` cannot be scored, or None where it can."""
        if digest != self._digest:
            self._digest, self._same_since = digest, t
        if not flat:
            self._flat_since = None
            return "frozen" if t - self._same_since >= FROZEN_S else None
        if self._flat_since is None:
            self._flat_since = t
        return "no signal" if t - self._flat_since >= NO_SIGNAL_S else None
