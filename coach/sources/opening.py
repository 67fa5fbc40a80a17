"""Opens a source by name, such as ``camera:0`` or the path of a video."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.base.errors import SourceError, UsageError
from coach.base.messages import tr
from coach.base.protocols import Clock, FrameSource
from coach.base.text import clean, clean_name
from coach.base.types import Download, shortest_read_gap_s
from coach.sources.clocked import SystemClock

if TYPE_CHECKING:
    from coach.sources.web.options import WebOptions

_BARE_ADDRESS: Final = re.compile(r"\s*(?:www\.[\w.-]+|(?:[a-z0-9-]+\.)+[a-z]{2,}(?::[0-9]+)?/\S*)", re.IGNORECASE)
"""Looks like a web address without its scheme, such as ``youtu.be/abc``."""


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """Options for the different kinds of sources.

    Attributes:
        lead_in_s: countdown of a live source, in seconds.
        open_timeout_s: maximum time until the first frame of a camera, in seconds.
        web: options of a web video; None for the defaults.
        frames_per_s: of a video file, at most this many frames per second are needed, and the others are left out; 0
            needs all.
        ahead: decode a video file in a thread ahead of the reader, which uses a second processor.
    """

    lead_in_s: float = 0.0
    open_timeout_s: float = 15.0
    web: WebOptions | None = None
    frames_per_s: float = 0.0
    ahead: bool = True


def open_source(
    spec: str,
    options: SourceOptions | None = None,
    *,
    clock: Clock | None = None,
    notify: Callable[[str], None] | None = None,
    progress: Callable[[Download], None] | None = None,
) -> FrameSource:
    """Open the source that `spec` names.

    A live source starts at ``t = -lead_in_s`` with its first `read`; a recorded one at ``t = 0``, the beginning of the
    file. Its first frame comes later if its sound begins before its pictures.

    Args:
        spec: ``camera`` (the first that opens), ``camera:N``, ``none``, the path of a video file, of a picture or of a
            folder of pictures, or the web address of a video. A file called ``camera`` must be named ``./camera``.
        options: see `SourceOptions`.
        clock: clock for `t` of live sources; the system's monotonic clock if None.
        notify: called with a sentence when a camera or the web keeps the user waiting.
        progress: called during the download of a web video.

    Raises:
        SourceError: the source cannot be opened; the message says why and what to do.
        UsageError: `spec` is empty, or an address with a scheme other than http or https.
    """
    options, clock = options or SourceOptions(), clock or SystemClock()
    if spec == "none":
        from coach.sources.clocked import NoCamera

        return NoCamera(clock, lead_in_s=options.lead_in_s)
    if is_camera(spec):
        return _open_camera(spec, options, clock, notify)
    if is_address(spec):
        from coach.sources.web.source import WebSource, fetch_web_video

        return WebSource(fetch_web_video(spec, options.web, notify=notify, progress=progress))
    return _open_recorded(_existing_path(spec), options)


def is_camera(spec: str) -> bool:
    """Whether `spec` names a camera, which is used only with the consent of the people it films."""
    return spec == "camera" or spec.startswith("camera:")


def is_live(spec: str) -> bool:
    """Whether `spec` names a source whose time comes from a clock: a camera or ``none``."""
    return is_camera(spec) or spec == "none"


def is_address(spec: str) -> bool:
    """Whether `spec` has the form of an address of any scheme, ``https://...`` or ``file://...``."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", spec.strip()) is not None


def check_camera(spec: str) -> None:
    """Check the name of a camera without opening it, so that no consent is asked for a camera that cannot exist.

    Raises:
        SourceError: the N of ``camera:N`` is not a whole number from 0 to 99.
    """
    _camera_index(spec)


def _camera_index(spec: str) -> int | None:
    """The N of ``camera:N``, None for plain ``camera``. OpenCV crashes on negative numbers."""
    if spec == "camera":
        return None
    number = spec.removeprefix("camera:")
    if not re.fullmatch(r"[0-9]{1,2}", number):
        advice = tr(
            "a camera is named by its number, such as camera:0 or camera:1 (0 to 99). No index was tried. "
            "`coach doctor` lists the cameras."
        )
        raise SourceError(f"{clean(spec, 60)}: {advice}")
    return int(number)


def _open_camera(spec: str, options: SourceOptions, clock: Clock, notify: Callable[[str], None] | None) -> FrameSource:
    index = _camera_index(spec)
    from coach.sources.camera.camera import CameraSource

    return CameraSource(
        index, clock=clock, lead_in_s=options.lead_in_s, open_timeout_s=options.open_timeout_s, notify=notify
    )


def _existing_path(spec: str) -> Path:
    if not spec.strip() or "\0" in spec:
        message = tr(
            "The source is empty. Name a camera, a video file, a picture, a folder of pictures, or a web address."
        )
        raise UsageError(message)
    try:
        path = Path(spec).absolute()
        exists = path.exists()
    except OSError as error:
        reason = error.strerror or tr("cannot be read")
        raise SourceError(f"{clean_name(spec, 200)}: {reason}.") from error
    if exists:
        return path
    missing = tr("there is no such file or folder.")
    advice = tr("Check the name and the current folder.")
    if _BARE_ADDRESS.match(spec):
        advice = tr("If it is an address on the web, write https:// in front of it.")
    raise SourceError(f"{clean_name(spec, 200)}: {missing} {advice}")


def _open_recorded(path: Path, options: SourceOptions) -> FrameSource:
    name = clean_name(path.name, 200)
    if path.is_dir():
        from coach.sources.files.images import ImageSource

        return ImageSource(path)
    if not path.is_file():
        message = tr("not a regular file (a pipe, a socket or a device). Save the video as a file first.")
        raise SourceError(f"{name}: {message}")
    head = _head(path, name)
    from coach.media.recorded import is_image

    if is_image(head):
        from coach.sources.files.images import open_picture

        return open_picture(path)
    from coach.sources.files.video import VideoSource

    return VideoSource(path, shortest_read_gap_s(options.frames_per_s), ahead=options.ahead)


def _head(path: Path, name: str) -> bytes:
    """The first bytes of a file, enough to detect its format."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        reason = error.strerror or tr("cannot be read")
        advice = tr("{reason}. Check its permissions.", reason=reason)
        raise SourceError(f"{name}: {advice}") from error
    if not head:
        empty = tr("the file is empty. Record or download it again.")
        raise SourceError(f"{name}: {empty}")
    return head
