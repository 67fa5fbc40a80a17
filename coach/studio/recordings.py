"""Recorded takes that are rehearsed in place of the camera: named at the start, or uploaded by the page."""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from coach.base.errors import SourceError
from coach.base.files import PRIVATE_FOLDER_MODE, error_reason
from coach.base.messages import tr
from coach.base.scratch import new_scratch_folder, sweep
from coach.base.text import clean_name

MAX_BYTES: Final = 900_000_000
"""Largest recording that is uploaded: some twenty minutes of a phone. A larger one is named with ``--take``."""

SPARE_BYTES: Final = 200_000_000
"""Free space that an upload leaves on the disk."""

SCRATCH_PREFIX: Final = "coach-studio-"
"""Begins the names of all temporary folders of the studio."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded take.

    Attributes:
        id: names it in requests.
        name: its name for the user.
        path: the file.
    """

    id: str
    name: str
    path: Path


class Recordings:
    """The recordings of one run of the studio. Uploaded copies are deleted when it is closed.

    Those that a killed studio has left are deleted first, because they show people.
    """

    def __init__(self) -> None:
        sweep(Path(tempfile.gettempdir()), SCRATCH_PREFIX)
        self._known: dict[str, Recording] = {}
        self._folder: Path | None = None

    @property
    def named(self) -> list[Recording]:
        """All recordings, in the order in which they came."""
        return list(self._known.values())

    def find(self, recording_id: str) -> Recording | None:
        """The recording with this id; None if there is none."""
        return self._known.get(recording_id)

    def name(self, path: Path) -> Recording:
        """Offer the file at `path`, which stays where it is.

        Raises:
            SourceError: there is no such file.
        """
        if not path.is_file():
            raise SourceError(
                tr("{file}: there is no such file; --take names a recorded take", file=clean_name(str(path), 200))
            )
        return self._add(path.absolute(), path.name)

    async def receive(self, name: str, size: int, chunks: AsyncIterator[bytes]) -> Recording:
        """Keep an uploaded copy until the studio is closed.

        Args:
            name: of the file on the user's side; only its letters, digits and ending are used.
            size: announced size in bytes.
            chunks: the content.

        Raises:
            SourceError: there is no room for it, or the upload broke off.
        """
        path: Path | None = None
        try:
            path = self._free_path(name, size)
            with path.open("xb") as file:
                async for chunk in chunks:
                    file.write(chunk)
        except BaseException as error:
            if path is not None:
                path.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise SourceError(tr("the recording cannot be kept: {reason}", reason=error_reason(error))) from error
            raise
        return self._add(path, path.name)

    def close(self) -> None:
        """Delete the uploaded copies."""
        self._known.clear()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _free_path(self, name: str, size: int) -> Path:
        if self._folder is None:
            self._folder = new_scratch_folder(SCRATCH_PREFIX)
        if shutil.disk_usage(self._folder).free < size + SPARE_BYTES:
            raise SourceError(
                tr("there is no room for a copy of this recording; name it with `coach studio --take FILE`")
            )
        folder = self._folder / secrets.token_hex(8)
        folder.mkdir(PRIVATE_FOLDER_MODE)
        return folder / _safe_name(name)

    def _add(self, path: Path, name: str) -> Recording:
        recording = Recording(secrets.token_hex(8), clean_name(name, 100), path)
        self._known[recording.id] = recording
        return recording


def _safe_name(name: str) -> str:
    """A file name with the letters, digits and the ending of `name`."""
    plain = PurePosixPath(name.replace("\\", "/"))
    words = re.sub(r"[^\w-]+", "_", plain.stem)[:60].strip("_") or "recording"
    return f"{words}{plain.suffix.lower()}" if re.fullmatch(r"\.[A-Za-z0-9]{1,5}", plain.suffix) else words
