"""The recording that a page plays beside the arc: inside the page while it is small, else as a file beside it."""

from __future__ import annotations

import filecmp
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.base.errors import TakeError
from coach.base.files import PRIVATE_FILE, sha256_of, why

if TYPE_CHECKING:
    from collections.abc import Callable

    from coach.app.review import Review
    from coach.core.scoring.report import Report
    from coach.pages.report_page import PageVideo

EMBEDDED: Final = 20 << 20
"""Bytes of a recording that go into the page itself."""

_TYPES: Final = {
    ".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm",
    ".mkv": "video/x-matroska", ".avi": "video/x-msvideo", ".ogv": "video/ogg",
}  # fmt: skip


def film_of(
    take: Path, report: Report, review: Review | None, page: Path | None, say: Callable[[str], None]
) -> PageVideo | None:
    """The recording of `take` for `page` (None where it is printed); None where there is none to play.

    Raises:
        TakeError: it must lie beside the page and cannot be copied there.
    """
    from coach.pages.render import embedded
    from coach.pages.report_page import PageVideo

    path = recording_of(take, report, review)
    if path is None:
        return None
    size = path.stat().st_size
    if size <= EMBEDDED:
        kind = _TYPES.get(path.suffix.lower(), "video/mp4")
        return PageVideo(
            embedded(kind, path.read_bytes()),
            linked=False,
            caption="The recording, inside this page.",
            poster=_poster(path, report),
        )
    if page is None:
        say(f"The recording ({size >> 20} MB) is left out: it is too large for a page that is printed.")
        return None
    beside = page.with_name(f"{page.stem}-recording{path.suffix.lower()}")
    _copy(path, beside)
    say(f"The recording ({size >> 20} MB) is too large for the page; it was copied to {beside}. Keep the two together.")
    caption = f"The recording lies beside this page as {beside.name}."
    return PageVideo(beside.name, linked=True, caption=caption, poster=_poster(path, report))


def _poster(path: Path, report: Report) -> str:
    """The recording's picture at the first note or else in the middle of the lines, as a data address.

    Phones load nothing of a recording until it is played, and would show a black box. Empty where no picture is read.
    """
    from coach.core.analysis.summary import told_notes
    from coach.pages.render import embedded
    from coach.recordings.stills import poster_of

    noted = min((note.t for note in told_notes(report)), default=None)
    middle = max((line.end_s or 0.0 for line in report.lines), default=0.0) / 2
    jpeg = poster_of(path, max(middle if noted is None else noted, 0.0))
    return embedded("image/jpeg", jpeg) if jpeg else ""


def recording_of(take: Path, report: Report, review: Review | None) -> Path | None:
    """The take's own video, else the file that was rehearsed with, where it is still there and unchanged."""
    from coach.takes.contents import VIDEO_NAME

    own = take / VIDEO_NAME
    if own.is_file() and own.stat().st_size:
        return own
    source = review.header.source if review else None
    if source is None or source.kind != "video" or not source.path:
        return None
    path = Path(source.path)
    return path if _is(path, report.source.sha256) else None


def _is(path: Path, sha256: str) -> bool:
    """Whether the file at `path` is the one known by `sha256`.

    Without one nothing is: a take from another machine may name any path, and a page may be handed on.
    """
    try:
        return bool(sha256) and path.is_file() and sha256_of(path) == sha256
    except OSError:
        return False


def _copy(path: Path, beside: Path) -> None:
    """Copy the recording for its user alone, unless the same lies there already."""
    if path.resolve() == beside.resolve() or _same(path, beside):
        return
    if beside.exists() or beside.is_symlink():
        raise TakeError(f"{beside}: there is another file where the recording must lie; give the page another name")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE_FILE)
        with os.fdopen(handle, "wb") as copy, path.open("rb") as recording:
            shutil.copyfileobj(recording, copy, 1 << 20)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise TakeError(f"cannot copy the recording to {beside}: {why(error)}") from error


def _same(path: Path, beside: Path) -> bool:
    """Whether a file with the same content lies there: the page is written again."""
    return beside.is_file() and not beside.is_symlink() and filecmp.cmp(path, beside, shallow=False)
