"""Records one take: journal, script, settings, model card, optionally a video, and the report."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from coach.base.errors import TakeError
from coach.base.events import Event
from coach.base.files import error_reason, write_atomically
from coach.base.messages import tr, tr_n
from coach.base.types import Frame
from coach.core.scoring.report import Report
from coach.takes.contents import JOURNAL_NAME, REPORT_NAME, VIDEO_NAME, lock_take
from coach.takes.event_log import JournalWriter
from coach.takes.journal import JournalHeader
from coach.takes.report_file import write_report

if TYPE_CHECKING:
    from coach.base.protocols import SoundInput
    from coach.takes.video import VideoRecorder

_log = logging.getLogger(__name__)


class TakeRecorder:
    """An event, frame and report sink that writes into `folder`, a new and empty take folder.

    Write errors do not stop the run: `notify` gets one sentence per cause, in the thread that calls the recorder.

    Attributes:
        complete: whether everything was written so far, apart from the video.
    """

    def __init__(
        self,
        folder: Path,
        header: JournalHeader,
        notify: Callable[[str], None],
        *,
        record: bool = False,
        sound: SoundInput | None = None,
    ) -> None:
        """Begin the take. `record` writes a video of a live source; a recorded source is referenced, not copied.

        `sound` is recorded with the video; the recorder reads and closes it.

        Raises:
            TakeError: the folder cannot be written.
        """
        self.folder = folder
        self._notify = notify
        self._reported: set[str] = set()
        self.complete = True
        self._closed = False
        self._journal: JournalWriter | None = None
        self._sound = sound
        try:
            with ExitStack() as undo:
                if sound is not None:
                    undo.callback(sound.close)
                self._lock = lock_take(folder)
                undo.callback(self._lock.release)
                _write_copies(folder, header)
                self._journal = JournalWriter(folder / JOURNAL_NAME, header)
                undo.callback(self._journal.close)
                self._video = _open_video(folder, sound) if record and header.source.live else None
                undo.pop_all()  # all has been opened, so nothing is undone
        except OSError as error:
            raise TakeError(
                tr("cannot keep the take in {folder}: {reason}", folder=folder, reason=error_reason(error))
            ) from error

    def handle(self, event: Event) -> None:
        """Append `event` to the journal."""
        if self._journal is None or self._closed:
            return
        try:
            self._journal.write(event)
        except OSError as error:
            self.complete = False
            self._report_trouble(error, tr("from {seconds:.1f} s on this take is not kept", seconds=max(event.t, 0.0)))
            self._stop_journal()

    def show(self, frame: Frame) -> None:
        """Append `frame` to the video, if one is recorded."""
        if self._video is None or self._closed:
            return
        self._hear(self._video)
        self._video.show(frame)
        if self._video.trouble is not None:
            self._stop_video()

    def write(self, report: Report) -> None:
        """Write `report` beside the journal."""
        try:
            write_report(self.folder / REPORT_NAME, report)
        except OSError as error:
            self.complete = False
            self._report_trouble(error, tr("the report is not kept"))

    def lost_sentence(self) -> str:
        """What is left of the take after not all of it could be written."""
        from coach.takes.remains import lacks_report

        if not (self.folder / JOURNAL_NAME).is_file():
            return tr("It would have gone to {folder}, where nothing is left of it.", folder=self.folder)
        if not lacks_report(self.folder):
            return tr("A part of it is in {folder}.", folder=self.folder)
        return tr(
            "A part of it is in {folder}; `coach takes recover {take}` makes its report when there is room again.",
            folder=self.folder,
            take=self.folder.name,
        )

    def close(self) -> None:
        """End the take: sync its files and release its lock. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        try:
            self._stop_journal()
            self._stop_video()
        finally:
            if self._sound is not None:
                self._sound.close()
            self._lock.release()

    def _stop_journal(self) -> None:
        journal, self._journal = self._journal, None
        if journal is None:
            return
        try:
            journal.close()
        except OSError as error:
            self.complete = False
            self._report_trouble(error, tr("the last second of this take may not be kept"))

    def _stop_video(self) -> None:
        video, self._video = self._video, None
        if video is None:
            return
        self._hear(video)
        video.close()
        if video.trouble is not None:
            self._report_trouble(video.trouble, tr("the video ends here"))
        elif video.dropped:
            self._notify(_dropped_text(video.dropped))

    def _hear(self, video: VideoRecorder) -> None:
        """Give `video` the sound that has come since the last time."""
        for block in self._sound.read() if self._sound is not None else ():
            video.hear(block)

    def _report_trouble(self, error: Exception, consequence: str) -> None:
        cause = error_reason(error)
        _log.warning("take %s: %s (%s)", self.folder.name, consequence, cause)
        if cause not in self._reported:
            self._reported.add(cause)
            self._notify(
                tr(
                    "Cannot write to {folder} ({cause}): {consequence}; the rehearsal goes on.",
                    folder=self.folder,
                    cause=cause,
                    consequence=consequence,
                )
            )


def _dropped_text(frames: int) -> str:
    return tr_n(
        "The video lacks {count} frame: the camera was faster than this machine encodes.",
        "The video lacks {count} frames: the camera was faster than this machine encodes.",
        frames,
    )


def _open_video(folder: Path, sound: SoundInput | None) -> VideoRecorder:
    from coach.takes.video import VideoRecorder  # loads cv2 and av, which most takes do not need

    return VideoRecorder(folder / VIDEO_NAME, sound.rate if sound is not None else None)


def _write_copies(folder: Path, header: JournalHeader) -> None:
    """Write the parts of the header as files that a person can read and the coach can play again."""
    parts: dict[str, BaseModel | None] = {"script": header.script, "settings": header.settings, "model": header.card}
    for name, part in parts.items():
        if part is not None:
            text = part.model_dump_json(indent=2, exclude_none=True) + "\n"
            write_atomically(folder / f"{name}.json", text.encode("utf-8", "replace"))
