"""Writes edit lists for editing programs: OpenTimelineIO (.otio) or CMX 3600 (.edl)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.base.errors import OutputError
from coach.base.files import error_reason, write_atomically
from coach.base.messages import mark, tr
from coach.base.text import join_with_or
from coach.recordings.joining import recording_facts
from coach.recordings.names import display_name, refuse_taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentimelineio.opentime import TimeRange
    from opentimelineio.schema import Clip, Gap, Timeline

    from coach.recordings.joining import RecordingFacts, Shot

SUFFIXES: Final = {".otio": "otio_json", ".edl": "cmx_3600"}
"""Adapters of OpenTimelineIO by suffix."""

_MISSING: Final = mark(
    "edit lists need OpenTimelineIO, which is not installed (there is no release for every Python yet): "
    "`pip install opentimelineio otio-cmx3600-adapter`, or use --mp4"
)


def write_edit_list(path: Path, title: str, shots: Sequence[Shot], *, force: bool = False) -> None:
    """Write an edit list of `shots` (at least one) in order, without gaps, starting at 0.

    All times are in frames of the first recording's rate, rounded to the nearest standard rate; source times count from
    the beginning of each recording. A .edl has only the video track, because of its format.

    Raises:
        AlreadyThereError: `path` exists, and `force` is not set.
        OutputError: the suffix is unknown, a recording cannot be read, or the list cannot be written.
    """
    if path.suffix.lower() not in SUFFIXES:
        kinds = join_with_or(list(SUFFIXES))
        raise OutputError(tr("{path}: edit lists are written as {kinds}", path=display_name(path), kinds=kinds))
    path = refuse_taken(path, force=force)
    try:
        from opentimelineio import adapters
    except ImportError as error:
        raise OutputError(tr(_MISSING)) from error
    timeline = _timeline(title, shots)
    adapter = SUFFIXES[path.suffix.lower()]
    rate = {"rate": timeline.global_start_time.rate} if adapter == "cmx_3600" else {}
    text: str = adapters.write_to_string(timeline, adapter, **rate)
    try:
        write_atomically(path, text.encode("utf-8", "replace"), mode=0o666)
    except OSError as error:
        raise OutputError(
            tr("{path}: cannot be written: {reason}", path=display_name(path), reason=error_reason(error))
        ) from error


def _timeline(title: str, shots: Sequence[Shot]) -> Timeline:
    from opentimelineio.opentime import RationalTime
    from opentimelineio.schema import Timeline, Track, TrackKind

    recordings = {path: recording_facts(path) for path in {shot.path for shot in shots}}
    rate = RationalTime.nearest_smpte_timecode_rate(float(recordings[shots[0].path].rate))
    timeline = Timeline(title, global_start_time=RationalTime(0, rate))
    pictures = Track("V1", kind=TrackKind.Video)
    pictures.extend(_clip(shot, recordings[shot.path], rate) for shot in shots)
    timeline.tracks.append(pictures)
    if any(facts.sound for facts in recordings.values()):
        sound = Track("A1", kind=TrackKind.Audio)
        sound.extend(_sound(shot, recordings[shot.path], rate) for shot in shots)
        timeline.tracks.append(sound)
    return timeline


def _sound(shot: Shot, facts: RecordingFacts, rate: float) -> Clip | Gap:
    """The sound of a shot, or silence of the same length."""
    from opentimelineio.schema import Gap

    clip = _clip(shot, facts, rate)
    return clip if facts.sound else Gap(source_range=clip.source_range)


def _clip(shot: Shot, facts: RecordingFacts, rate: float) -> Clip:
    from opentimelineio.schema import Clip, ExternalReference

    available = _frames(0.0, facts.seconds, rate) if facts.seconds else None
    media = ExternalReference(shot.path.absolute().as_uri(), available)
    clip = Clip(shot.name, media, _frames(shot.begin, shot.end, rate))
    clip.metadata["cmx_3600"] = {"reel": shot.reel}
    return clip


def _frames(begin: float, end: float, rate: float) -> TimeRange:
    """The range from `begin` to `end` seconds in whole frames, at least one."""
    from opentimelineio.opentime import RationalTime, TimeRange

    first = round(begin * rate)
    return TimeRange(RationalTime(first, rate), RationalTime(max(round(end * rate) - first, 1), rate))
