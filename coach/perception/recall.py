"""What was seen in the frames of a recording, kept to be told again without the pixels.

`NotingSight` notes every answer of a `PixelSight`. `RecallingSight` gives those answers again, and asks the pixels for
what was never asked before. So a pipeline that recalls does exactly what one that looks does, whatever was noted.
"""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from coach.base.types import Box, Detection, Face, Frame
from coach.perception.looks import look_from, small_picture
from coach.perception.pipeline import Crowd, OneActor
from coach.perception.search import MEMORY_PERIOD
from coach.perception.sight import rounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from coach.core.reading.card import ModelCard
    from coach.perception.looks import Look
    from coach.perception.search import SearchMemory
    from coach.perception.sight import PixelSight

_Place: TypeAlias = tuple[float, float, float, float, float]
"""Time and box of a face."""

_DIGITS: Final = 6
"""Boxes that differ by less than a millionth of a pixel show the same face."""


@dataclass(frozen=True, slots=True)
class _Search:
    """One search: what it was aimed at, what was remembered before and after it, and the faces found."""

    aim: str
    before: tuple[int, int]
    after: SearchMemory
    found: tuple[Detection, ...]

    def answers(self, aim: str, memory: SearchMemory) -> bool:
        """Whether a search with this aim and this memory gives the same."""
        return aim == self.aim and (not self.uses_memory or self.before == _digest(memory))

    @property
    def uses_memory(self) -> bool:
        """Whether it depended on earlier frames; a search that does changes what is remembered."""
        return self.before != _digest(self.after)


@dataclass(slots=True)
class SightNotes:
    """What was seen, by time."""

    _searches: dict[float, list[_Search]] = field(default_factory=dict)
    _faces: dict[_Place, Face] = field(default_factory=dict)
    _looks: dict[_Place, bytes] = field(default_factory=dict)

    def rows(self, since_t: float) -> dict[str, Any]:
        """What was seen from `since_t` seconds on, for JSON."""
        return {
            "searches": [
                _search_row(t, search) for t, searches in self._searches.items() for search in searches if t >= since_t
            ],
            "faces": [
                [*place, face.probabilities, face.reason, face.weight]
                for place, face in self._faces.items()
                if place[0] >= since_t
            ],
            "looks": [[*place, b64encode(look).decode()] for place, look in self._looks.items() if place[0] >= since_t],
        }

    def add_rows(self, rows: Mapping[str, Any]) -> None:
        """Add what `rows` returned.

        Raises:
            KeyError, TypeError, ValueError: it is damaged.
        """
        for t, *search in rows["searches"]:
            self._searches.setdefault(t, []).append(_search_of(search))
        for t, x, y, width, height, probabilities, reason, weight in rows["faces"]:
            shares = None if probabilities is None else tuple(probabilities)
            self._faces[t, x, y, width, height] = Face(0, Box(x, y, width, height), shares, reason, weight)
        for t, x, y, width, height, look in rows["looks"]:
            self._looks[t, x, y, width, height] = b64decode(look)


class _AroundSight:
    """What a `Sight` around another one has in common with it."""

    def __init__(self, sight: PixelSight) -> None:
        self._sight = sight

    @property
    def card(self) -> ModelCard:
        """See `Sight`."""
        return self._sight.card

    @property
    def warnings(self) -> Sequence[str]:
        """See `Sight`."""
        return self._sight.warnings


class NotingSight(_AroundSight):
    """A `Sight` that looks, and notes what it sees."""

    def __init__(self, sight: PixelSight, *, looks: bool) -> None:
        """Look with `sight`; with `looks` the looks of all faces are noted too, since any of them may be asked for."""
        self.notes = SightNotes()
        super().__init__(sight)
        self._keeps_looks = looks

    def find(self, frame: Frame, actor: Box | None, more: bool) -> list[Detection]:
        """See `Sight`."""
        search = self._sight.search
        search.settle(actor, more)
        aim, before = search.aim(frame.image, actor, more), _digest(search.memory)
        found = self._sight.find(frame, actor, more)
        noted = _Search(aim, before, search.memory, tuple(found))
        self.notes._searches.setdefault(frame.t, []).append(noted)
        if self._keeps_looks:
            for face in found:
                self.notes._looks[_place(frame.t, face)] = small_picture(frame.image, face).tobytes()
        return found

    def look(self, frame: Frame, face: Detection) -> Look:
        """See `Sight`."""
        return self._sight.look(frame, face)

    def read(self, frame: Frame, tracked: Mapping[int, Detection]) -> tuple[Face, ...]:
        """See `Sight`."""
        faces = self._sight.read(frame, tracked)
        for face in faces:
            self.notes._faces[_place(frame.t, tracked[face.track])] = face
        return faces


class RecallingSight(_AroundSight):
    """A `Sight` for frames without pixels, which recalls what was noted.

    Attributes:
        misses: how often it had to look, because something else was noted or nothing.
        trouble: why it could not look; None if all went well.
    """

    def __init__(
        self,
        sight: PixelSight,
        notes: Callable[[float], SightNotes],
        picture: Callable[[float], NDArray[np.uint8]],
    ) -> None:
        """Recall ``notes(t)``. What is not in them, `sight` looks up in ``picture(t)``, the frame at `t` seconds."""
        self.misses = 0
        self.trouble: Exception | None = None
        super().__init__(sight)
        self._notes = notes
        self._picture = picture

    def find(self, frame: Frame, actor: Box | None, more: bool) -> list[Detection]:
        """See `Sight`."""
        search = self._sight.search
        search.settle(actor, more)
        aim = search.aim(frame.image, actor, more)
        for noted in self._notes(frame.t)._searches.get(frame.t, ()):
            if noted.answers(aim, search.memory):
                if noted.uses_memory:
                    search.memory = noted.after
                return list(noted.found)
        return self._sight.find(self._seen(frame), actor, more)

    def look(self, frame: Frame, face: Detection) -> Look:
        """See `Sight`."""
        noted = self._notes(frame.t)._looks.get(_place(frame.t, face))
        if noted is None:
            return self._sight.look(self._seen(frame), face)
        return look_from(np.frombuffer(noted, np.uint8))

    def read(self, frame: Frame, tracked: Mapping[int, Detection]) -> tuple[Face, ...]:
        """See `Sight`."""
        faces = []
        notes = self._notes(frame.t)
        for track, face in sorted(tracked.items()):
            noted = notes._faces.get(_place(frame.t, face))
            if noted is None:
                return self._sight.read(self._seen(frame), tracked)
            faces.append(Face(track, rounded(face.box), noted.probabilities, noted.reason, noted.weight))
        return tuple(faces)

    def _seen(self, frame: Frame) -> Frame:
        self.misses += 1
        try:
            return Frame(frame.t, self._picture(frame.t))
        except Exception as error:  # the pipeline passes over frames with errors; whoever made this one is told
            self.trouble = error
            raise


def starts_in_step(times: Sequence[float], mode: OneActor | Crowd) -> list[int]:
    """The numbers of the readings at which a new pipeline does what an old one does, while the actor is in sight.

    Args:
        times: of all readings of a recording, in seconds.
        mode: of the pipeline.
    """
    period = 1 if isinstance(mode, OneActor) else MEMORY_PERIOD
    searched: list[int] = [0]
    for number, t in enumerate(times):
        if number - searched[-1] >= mode.detect_every or t - times[searched[-1]] >= mode.max_gap_s:
            searched.append(number)
    return searched[::period]


def _place(t: float, face: Detection) -> _Place:
    box = face.box
    return (
        t, round(box.x, _DIGITS), round(box.y, _DIGITS), round(box.width, _DIGITS), round(box.height, _DIGITS),
    )  # fmt: skip


def _digest(memory: SearchMemory) -> tuple[int, int]:
    """`memory` in short, for comparison."""
    number, faces = memory
    return number, zlib.crc32(repr(faces).encode())


def _search_row(t: float, search: _Search) -> list[Any]:
    number, known = search.after
    faces = [_numbers(face) for face in search.found]
    return [t, search.aim, *search.before, number, None if known == search.found else list(map(_numbers, known)), faces]


def _search_of(row: list[Any]) -> _Search:
    aim, number, digest, after, known, found = row
    faces = tuple(map(_detection, found))
    return _Search(aim, (number, digest), (after, faces if known is None else tuple(map(_detection, known))), faces)


def _numbers(face: Detection) -> list[float]:
    box = face.box
    return [box.x, box.y, box.width, box.height, face.score, *(value for point in face.landmarks for value in point)]


def _detection(numbers: list[float]) -> Detection:
    x, y, width, height, score, *points = numbers
    return Detection(Box(x, y, width, height), score, tuple(zip(points[::2], points[1::2], strict=True)))
