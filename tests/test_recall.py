"""What was seen in a frame is recalled only for the same search."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from coach.base.types import Box, Detection, Frame
from coach.perception.recall import NotingSight, RecallingSight
from coach.perception.search import ActorSearch
from coach.perception.sight import PixelSight

FACE = Detection(Box(40, 40, 200, 200), 0.95, ((90.0, 110.0), (190.0, 110.0)))


class OneFace:
    """A detector that always finds `FACE`."""

    def detect(self, image: NDArray[np.uint8]) -> tuple[Detection, ...]:
        return (FACE,)


class OnlySearching:
    """The part of a `PixelSight` that searches."""

    def __init__(self) -> None:
        self.search = ActorSearch(OneFace())

    def find(self, frame: Frame, actor: Box | None, more: bool) -> list[Detection]:
        return self.search.find(frame.image, actor, more)


def test_a_search_is_recalled_for_the_same_aim_and_looked_up_for_another() -> None:
    image = np.zeros((480, 640, 3), np.uint8)
    frame = Frame(t=1.0, image=image)
    noting = NotingSight(cast("PixelSight", OnlySearching()), looks=False)
    found = noting.find(frame, FACE.box, False)
    recalling = RecallingSight(cast("PixelSight", OnlySearching()), lambda _: noting.notes, lambda _: image)
    assert recalling.find(frame, FACE.box, False) == found
    assert recalling.misses == 0, "the same search"
    recalling.find(frame, Box(40, 40, 20, 20), False)
    assert recalling.misses == 1, "a small actor is searched in a closer crop"
