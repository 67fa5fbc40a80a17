"""Source of frames that somebody else captures and pushes, such as a page in the browser with its camera."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Final

from coach.base.errors import SourceError
from coach.base.messages import tr
from coach.base.protocols import Clock, SourceInfo, SourceStats
from coach.base.types import Frame, Tick
from coach.base.vocabulary import BROWSER_CAMERA
from coach.sources.clocked import LONGEST_WAIT_S, TakeTime

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HOLD_AFTER_S: Final = 1.0
"""After this time without a frame the take is held: its time stops until the next frame comes."""

MAX_PIXELS: Final = 1920 * 1920
"""Largest picture that is decoded. A small file can hold a picture that fills the memory."""

MAX_AGE_S: Final = 2.0
"""Largest believed time between the capture of a frame and its arrival."""


class StoppableClock:
    """A clock that stands still between `stop` and `go`.

    Attributes:
        stopped: whether it stands still.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stopped_at: float | None = None
        self._skipped_s = 0.0

    @property
    def stopped(self) -> bool:
        """Whether it stands still."""
        return self._stopped_at is not None

    def now(self) -> float:
        """Seconds since an arbitrary start, without the time that it stood still."""
        return (self._clock.now() if self._stopped_at is None else self._stopped_at) - self._skipped_s

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        self._clock.sleep(seconds)

    def stop(self) -> None:
        """Stand still. Safe to call twice."""
        if self._stopped_at is None:
            self._stopped_at = self._clock.now()

    def go(self) -> float:
        """Go on; returns for how many seconds it stood still."""
        stopped_s = 0.0 if self._stopped_at is None else self._clock.now() - self._stopped_at
        self._skipped_s += stopped_s
        self._stopped_at = None
        return stopped_s


class PushedFrames:
    """Live source of the newest pushed frame. One thread reads, any thread pushes.

    The time starts at ``-lead_in_s`` with the first frame. It stops while no frames come, so that a lost connection
    skips no line.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        lead_in_s: float = 0.0,
        name: str = BROWSER_CAMERA,
        wait_s: float = LONGEST_WAIT_S,
    ) -> None:
        """Prepare. `name` is told to the user; a read waits at most `wait_s` seconds for a frame."""
        self._wait_s = wait_s
        self._name = name
        self._lead_in_s = lead_in_s
        self._clock = StoppableClock(clock)
        self._time = TakeTime(self._clock, lead_in_s)
        self._stats = SourceStats()
        self._size: tuple[int, int] | None = None
        self._changed = threading.Condition()
        self._waiting: tuple[bytes, float] | None = None
        self._pushed = 0
        self._read = 0
        self._handled = 0
        self._silent_since = clock.now()
        self._closed = False

    @property
    def info(self) -> SourceInfo:
        """A live source of kind ``camera``; its size is known from the first frame on."""
        width, height = self._size or (0, 0)
        return SourceInfo("camera", self._name, live=True, width=width, height=height)

    @property
    def stats(self) -> SourceStats:
        """Counters so far; `dropped` counts frames that a newer one replaced before they were read."""
        return self._stats

    @property
    def held(self) -> bool:
        """Whether the time stands still because no frames come."""
        return self._clock.stopped

    def push(self, picture: bytes, age_s: float) -> int:
        """Offer a frame in place of an older one that was not read yet; returns its number, from 1.

        Args:
            picture: a JPEG file.
            age_s: seconds since it was captured.
        """
        with self._changed:
            if self._waiting is not None:
                self._stats.dropped += 1
            self._silent_since = self._clock.now()
            if self._clock.stopped:
                self._go_on()
            captured = self._clock.now() - min(max(age_s, 0.0), MAX_AGE_S)
            self._waiting = picture, captured
            self._pushed += 1
            self._changed.notify_all()
            return self._pushed

    def wait_until_handled(self, number: int, timeout_s: float) -> bool:
        """Wait until frame `number`, or a newer one, was read and what it brought about is done."""
        with self._changed:
            return self._changed.wait_for(lambda: self._closed or self._handled >= number, timeout_s)

    def read(self) -> Frame | Tick | None:
        """The newest frame, or within 0.05 s a tick; None once closed.

        Raises:
            SourceError: the first frame is no picture.
        """
        with self._changed:
            self._handled = self._read
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._closed or self._waiting is not None, self._wait_s)
            if self._closed:
                return None
            waiting, self._waiting, self._read = self._waiting, None, self._pushed
            if waiting is None:
                return self._tick()
            age_s = self._clock.now() - waiting[1]
        image = self._decode(waiting[0])
        t = self._time.ago(age_s)
        return Tick(t, "unreadable") if image is None else Frame(t, image)

    def close(self) -> None:
        """End the source; further reads return None, and nobody waits any longer."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _go_on(self) -> None:
        held_s = self._clock.go()
        self._silent_since = self._clock.now()
        if held_s > 0 and self._time.running:
            self._stats.warnings.append(
                tr(
                    "No pictures came from the page at {seconds:.1f} s, for {length:.0f} s; the take waited.",
                    seconds=self._time.last,
                    length=held_s,
                )
            )

    def _tick(self) -> Tick:
        if not self._time.running:
            return Tick(-self._lead_in_s)
        if self._clock.now() - self._silent_since >= HOLD_AFTER_S:
            self._clock.stop()
        return Tick(self._time.now())

    def _decode(self, picture: bytes) -> NDArray[np.uint8] | None:
        """The picture (height, width, 3) uint8 BGR; None if it is damaged or of another size than the first."""
        image = decode_jpeg(picture)
        size = None if image is None else (image.shape[1], image.shape[0])
        if self._size is None and size is None:
            raise SourceError(tr("the page sent no picture that can be read; reload it, and try again"))
        self._size = self._size or size
        if size != self._size:
            self._stats.damaged += 1
            return None
        self._stats.frames += 1
        return image


def decode_jpeg(picture: bytes) -> NDArray[np.uint8] | None:
    """The picture in a JPEG file (height, width, 3) uint8 BGR; None if it is damaged, too large or of another kind."""
    import cv2
    import numpy as np
    from PIL import Image

    try:
        with Image.open(io.BytesIO(picture), formats=("JPEG",)) as opened:  # reads the header only
            width, height = opened.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    if width * height > MAX_PIXELS:
        return None
    data = np.frombuffer(picture, np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if image is None else np.asarray(image, np.uint8)
