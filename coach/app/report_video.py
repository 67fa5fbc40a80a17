"""The recording for a report page: embedded in the page if it is small, otherwise copied beside the page."""

from __future__ import annotations

import filecmp
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from coach.base.errors import TakeError
from coach.base.files import PRIVATE_FILE_MODE, error_reason, sha256_of
from coach.base.messages import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from coach.app.review import Review
    from coach.core.scoring.report import Report
    from coach.pages.report_page import PageVideo

MAX_EMBEDDED_BYTES: Final = 20 << 20
"""Largest recording that is embedded in a page."""

_TYPES: Final = {
    ".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm",
    ".mkv": "video/x-matroska", ".avi": "video/x-msvideo", ".ogv": "video/ogg",
}  # fmt: skip


def page_video(
    take: Path, report: Report, review: Review | None, page: Path | None, notify: Callable[[str], None]
) -> PageVideo | None:
    """The recording of `take` for its page; None if there is no recording.

    Args:
        take: the folder.
        report: of the take.
        review: of the take; None if its journal cannot be read.
        page: the path of the page; None if it is printed.
        notify: gets a sentence if the recording is copied or left out.

    Raises:
        TakeError: the recording cannot be copied beside the page.
    """
    from coach.pages.render import data_url
    from coach.pages.report_page import PageVideo

    path = recording_of(take, report, review)
    if path is None:
        return None
    size = path.stat().st_size
    start_t = _start_of(take, path, review)
    if size <= MAX_EMBEDDED_BYTES:
        kind = _TYPES.get(path.suffix.lower(), "video/mp4")
        return PageVideo(
            data_url(kind, path.read_bytes()),
            linked=False,
            caption=tr("The recording, inside this page."),
            poster=_poster(path, report, start_t),
            start_t=start_t,
        )
    if page is None:
        notify(
            tr(
                "The recording ({megabytes} MB) is left out: it is too large for a page that is printed.",
                megabytes=size >> 20,
            )
        )
        return None
    target = page.with_name(f"{page.stem}-recording{path.suffix.lower()}")
    _copy(path, target)
    notify(
        tr(
            "The recording ({megabytes} MB) is too large for the page; it was copied to {target}. Keep the two "
            "together.",
            megabytes=size >> 20,
            target=target,
        )
    )
    caption = tr("The recording lies beside this page as {file}.", file=target.name)
    return PageVideo(quote(target.name), True, caption, _poster(path, report, start_t), start_t)


def _start_of(take: Path, path: Path, review: Review | None) -> float:
    """Take time at which the recording at `path` begins; maybe not 0 with a camera or an earlier version."""
    from coach.takes.remains import start_of_footage, start_of_video

    readings = review.moments.moments if review else ()
    return start_of_video(readings) if path.parent == take else start_of_footage(path, readings)


def _poster(path: Path, report: Report, start_t: float) -> str:
    """The picture of the recording at the first note, as a data URL; empty if it cannot be read.

    Without notes, the picture in the middle of the lines. Phones load no video before it is played, and would show a
    black box.
    """
    from coach.core.analysis.summary import note_details
    from coach.pages.render import data_url
    from coach.recordings.stills import poster_of

    noted = min((note.t for note in note_details(report)), default=None)
    middle = max((line.end_s or 0.0 for line in report.lines), default=0.0) / 2
    jpeg = poster_of(path, max((middle if noted is None else noted) - start_t, 0.0))
    return data_url("image/jpeg", jpeg) if jpeg else ""


def recording_of(take: Path, report: Report, review: Review | None) -> Path | None:
    """The video in the take's folder, or else the file it was played with, if that is unchanged.

    None for an animated picture, which no player of videos shows.
    """
    from coach.media.recorded import is_image_file
    from coach.takes.contents import VIDEO_NAME
    from coach.takes.remains import has_pictures

    own = take / VIDEO_NAME
    if has_pictures(own):
        return own
    source = review.header.source if review else None
    if source is None or source.kind != "video" or not source.path:
        return None
    path = Path(source.path)
    return path if _is_unchanged(path, report.source.sha256) and not is_image_file(path) else None


def _is_unchanged(path: Path, sha256: str) -> bool:
    """Whether the file at `path` has the hash `sha256`.

    False without a hash: a take from another machine may name any path, and pages are shared.
    """
    try:
        return bool(sha256) and path.is_file() and sha256_of(path) == sha256
    except OSError:
        return False


def _copy(path: Path, target: Path) -> None:
    """Copy the recording, readable only by its user, unless an equal copy exists."""
    if path.resolve() == target.resolve() or _same_content(path, target):
        return
    if target.exists() or target.is_symlink():
        raise TakeError(
            tr(
                "{target}: there is another file where the recording must lie; give the page another name",
                target=target,
            )
        )
    try:
        descriptor = os.open(
            target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE_FILE_MODE
        )
        with os.fdopen(descriptor, "wb") as copy, path.open("rb") as recording:
            shutil.copyfileobj(recording, copy, 1 << 20)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise TakeError(
            tr("cannot copy the recording to {target}: {reason}", target=target, reason=error_reason(error))
        ) from error


def _same_content(path: Path, target: Path) -> bool:
    """Whether `target` has the same content, as when a page is written again."""
    return target.is_file() and not target.is_symlink() and filecmp.cmp(path, target, shallow=False)
