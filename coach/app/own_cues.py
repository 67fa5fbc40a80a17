"""Own recordings of partners' lines: by a command for one line, or in a folder with a file for each."""

from __future__ import annotations

import tempfile
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from coach.base.errors import UsageError, VoiceError
from coach.base.files import error_reason, sha256_of
from coach.base.messages import tr, tr_n
from coach.base.text import clean_name
from coach.core.script.script import Script
from coach.core.script.timeline import PartnerTurn, build_timeline
from coach.voice.line_sounds import Sound, read_sound
from coach.voice.own_recordings import SUFFIXES, OwnRecordings, numbered_files
from coach.voice.speech_cache import SpeechCache, content_key, default_folder

LONGEST_S: Final = 600.0
"""Longest recording of a line."""


def partner_lines(script: Script) -> list[PartnerTurn]:
    """All lines of the partners in `script`, in order.

    Raises:
        ScriptError: the script's times do not fit.
    """
    return [slot for slot in build_timeline(script).slots if isinstance(slot, PartnerTurn)]


def partner_line(script: Script, number: int) -> PartnerTurn:
    """The partners' line `number`, from 1.

    Raises:
        UsageError: there is no such line.
    """
    lines = partner_lines(script)
    if not lines:
        raise UsageError(tr("in this script nobody else speaks; --role chooses your part"))
    if number > len(lines):
        raise UsageError(
            tr_n(
                "the others have {count} line; there is no line {number}",
                "the others have {count} lines; there is no line {number}",
                len(lines),
                number=number,
            )
        )
    return lines[number - 1]


def keep_recording(turn: PartnerTurn, source: Path, store: OwnRecordings) -> float:
    """Keep the sound of `source` for the line `turn`; return its length in seconds.

    Raises:
        VoiceError: it cannot be read or kept.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "line.wav"
        seconds = _convert(source, target)
        try:
            store.keep(turn.line.role or "", turn.line.text, target.read_bytes())
        except OSError as error:
            raise VoiceError(
                tr("{folder}: the recording cannot be kept: {reason}", folder=store.folder, reason=error_reason(error))
            ) from error
    return seconds


def own_sounds(
    turns: Sequence[PartnerTurn], store: OwnRecordings, folder: Path | None, notify: Callable[[str], None]
) -> dict[int, Sound]:
    """The own recordings of `turns`, by number. Files in `folder`, named by the numbers, come before those of `store`.

    `notify` gets a sentence about each recording that cannot be used.

    Raises:
        UsageError: `folder` cannot be read, or holds no recording that a name numbers.
    """
    numbered = _in_folder(folder) if folder else {}
    sounds = {}
    for turn in turns:
        kept = store.find(turn.line.role or "", turn.line.text)
        path = numbered.get(turn.number) or kept
        if path is None:
            continue
        try:
            sounds[turn.number] = read_sound(path) if path == kept else _usable(path)
        except (VoiceError, OSError, wave.Error, EOFError) as error:
            notify(
                tr(
                    "The recording {path} is not used: {reason}.",
                    path=clean_name(path.name),
                    reason=error_reason(error),
                )
            )
    return sounds


def _in_folder(folder: Path) -> dict[int, Path]:
    try:
        files = numbered_files(folder)
    except OSError as error:
        raise UsageError(f"--partner-folder {clean_name(str(folder))}: {error_reason(error)}") from error
    if not files:
        raise UsageError(
            tr(
                "--partner-folder {folder}: no recording whose name begins with the number of a partner's line, "
                "such as 3.wav; `coach record-cue SCRIPT` lists the numbers, and files may end in {suffixes}",
                folder=clean_name(str(folder)),
                suffixes=", ".join(SUFFIXES),
            )
        )
    return files


def _usable(path: Path) -> Sound:
    """The sound of a file of the user, converted once and kept in the cache."""
    cache = SpeechCache(default_folder())
    key = content_key("recording", sha256_of(path))
    kept = cache.find(key)
    if kept is None:
        draft = cache.draft()
        try:
            _convert(path, draft)
            kept = cache.keep(draft, key)
        finally:
            draft.unlink(missing_ok=True)
    return read_sound(kept)


def _convert(source: Path, target: Path) -> float:
    from coach.media.sound_file import write_wav

    try:
        return write_wav(source, target, LONGEST_S)
    except (OSError, ValueError) as error:
        raise VoiceError(f"{clean_name(str(source))}: {error_reason(error)}") from error
