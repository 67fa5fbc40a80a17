"""The mirror without any window: every face of a camera, a video or pictures, moment by moment.

Example:
    >>> for view in mirror("take.mp4"):
    ...     print(view.t, [(face.track, face.label) for face in view.faces])
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from coach.base.types import Frame, Observation
from coach.core.mirror.engine import MirrorEngine

if TYPE_CHECKING:
    from collections.abc import Generator

    from coach.base.protocols import FrameSource
    from coach.base.types import Box
    from coach.core.mirror.view import MirrorView
    from coach.core.reading.card import ModelCard


class ManyEyes(Protocol):
    """What the mirror needs of perception."""

    @property
    def card(self) -> ModelCard:
        """The emotion model's card."""
        ...

    def observe(self, frame: Frame) -> Observation:
        """Everyone seen in `frame`."""
        ...


def mirror(
    source: str | Path | FrameSource,
    *,
    model: str | Path | None = None,
    detector: str = "auto",
    every: int = 3,
    max_faces: int | None = None,
    region: Box | None = None,
) -> Generator[MirrorView, None, None]:
    """Every moment of `source` with everyone in sight, until it is over. What is opened here is closed here.

    Args:
        source: what `coach.sources.opening.open_source` takes (``camera``, a file, a folder, a web address), or an
            opened source, which stays open.
        model: the classifier: the name of a shipped one, or the path of a NAME.onnx with its card beside it.
        detector: what finds the faces, see `coach.perception.pipeline.open_crowd`.
        every: faces are searched in every Nth frame and followed between.
        max_faces: so many are followed at once, the biggest at first; None follows everyone.
        region: faces are searched only in it, in pixels of the frame.

    Raises:
        SourceError: the source cannot be opened, or not be read to its end; what came before stays valid.
        ModelError: a model cannot be used.
        UsageError: an option has no meaning.
    """
    from coach.sources.opening import open_source

    if not isinstance(source, str | Path):
        yield from _seen(source, detector, model, every, max_faces, region)
        return
    opened = open_source(str(source))
    try:
        yield from _seen(opened, detector, model, every, max_faces, region)
    finally:
        opened.close()


def views(source: FrameSource, eyes: ManyEyes) -> Generator[MirrorView, None, None]:
    """What `eyes` see of the opened `source`, smoothed, moment by moment; moments without a picture come too.

    Raises:
        SourceError: the source can no longer be read.
    """
    engine = MirrorEngine(eyes.card, stills=source.info.kind == "images")
    while (moment := source.read()) is not None:
        if isinstance(moment, Frame):
            yield engine.step(eyes.observe(moment), moment)
        else:
            yield engine.step(moment)


def _seen(
    source: FrameSource, detector: str, model: str | Path | None, every: int, max_faces: int | None, region: Box | None
) -> Generator[MirrorView, None, None]:
    from coach.perception.pipeline import open_crowd

    stills = source.info.kind == "images"
    crowd = open_crowd(detector, model, every=every, max_faces=max_faces, region=region, stills=stills)
    yield from views(source, crowd)
