"""Writes the sound of a recording in step with its pictures."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Protocol, cast

import numpy as np

from coach.media.libav import av
from coach.recordings.source_media import SourceSound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import Packet
    from numpy.typing import NDArray

_COPIED: Final = frozenset({"aac", "mp3", "ac3", "eac3", "alac", "flac", "opus"})
"""Codecs that players support in MP4; their packets are copied."""

_NEED_HEADER: Final = frozenset({"aac", "alac", "flac", "opus"})
"""Codecs that can be copied only if the source has the codec's header; AAC in MPEG-TS has none."""

_AAC_RATES: Final = frozenset({8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000})

MAX_OVERLAP_S: Final = 0.03
"""The last copied packet may extend this far beyond the pictures; its duration is then shortened. A packet of AAC is
shorter; one of FLAC can last a tenth of a second, and players ignore the shortened duration."""

TOLERANCE_S: Final = 0.005
"""Tolerance for timestamps of sound; smaller overlaps and gaps are neither cut nor filled."""


class Sound(Protocol):
    """A stream of sound that `Film` writes."""

    def write_until(self, seconds: float) -> None:
        """Write all sound before `seconds`."""
        ...

    def finish(self, seconds: float) -> None:
        """Write the sound until `seconds`, where the pictures end, and flush the encoder."""
        ...

    def close(self) -> None:
        """Close the source."""
        ...


def open_sound(path: Path, begin: float, container: OutputContainer) -> Sound | None:
    """Add a sound stream to `container`, from the source at `path` from `begin` seconds on; None for a silent source.

    For MP4 most codecs are copied, the others encoded as AAC. AVI gets PCM: it has no timestamps of sound, so only
    samples without gaps stay in sync.

    Raises:
        av.FFmpegError, OSError, ValueError: the source cannot be read, or the stream cannot be written.
    """
    try:
        source = SourceSound(path, begin)
    except LookupError:
        return None
    try:
        if container.format.name != "avi" and _can_be_copied(source.stream):
            return CopiedSound(source, container)
        return EncodedSound(source, container, "pcm_s16le" if container.format.name == "avi" else "aac")
    except BaseException:
        source.close()
        raise


def _can_be_copied(stream: AudioStream) -> bool:
    context = stream.codec_context
    name = context.codec.canonical_name
    return bool(name in _COPIED and context.sample_rate and (name not in _NEED_HEADER or context.extradata))


class CopiedSound:
    """Copies packets of the source, except those that start before the recording."""

    def __init__(self, source: SourceSound, container: OutputContainer) -> None:
        self._source = source
        self._container = container
        self._stream = container.add_stream_from_template(source.stream)
        self._packets = source.packets()
        self._next: tuple[Fraction, Packet[AudioStream]] | None = None
        self._last_dts: int | None = None

    def write_until(self, seconds: float) -> None:
        """Copy all packets that end by `seconds`."""
        while item := self._next or next(self._packets, None):
            begin, packet = item
            if begin + (packet.duration or 0) * Fraction(packet.time_base or 0) > seconds:
                self._next = item
                return
            self._next = None
            self._copy(begin, packet)

    def finish(self, seconds: float) -> None:
        """Copy all packets that end by `seconds`, and the next one shortened."""
        self.write_until(seconds)
        if self._next is None:
            return
        begin, packet = self._next
        tick = Fraction(packet.time_base or 1)
        ticks_left = int((Fraction(seconds) - begin) / tick)
        if ticks_left > 0 and begin + (packet.duration or 0) * tick <= seconds + MAX_OVERLAP_S:
            packet.duration = ticks_left
            self._copy(begin, packet)

    def _copy(self, begin: Fraction, packet: Packet[AudioStream]) -> None:
        if begin >= 0 and (self._last_dts is None or (packet.dts or 0) > self._last_dts):
            self._last_dts = packet.dts
            packet.stream = self._stream
            with suppress(ValueError):  # a damaged packet that MP4 rejects; a full disk is an OSError
                self._container.mux(packet)

    def close(self) -> None:
        """Close the source."""
        self._source.close()


class EncodedSound:
    """Encodes the sound from time 0 on without gaps: silence replaces gaps of the source."""

    def __init__(self, source: SourceSound, container: OutputContainer, codec: str) -> None:
        context = source.stream.codec_context
        self._source = source
        self._container = container
        reported = context.sample_rate  # 0 in a stream whose sound starts late
        self._rate = reported if reported and (codec != "aac" or reported in _AAC_RATES) else 48_000
        self._layout = "mono" if context.layout.nb_channels == 1 else "stereo"
        self._format = "fltp" if codec == "aac" else "s16"
        self._stream = cast("AudioStream", container.add_stream(codec, rate=self._rate, layout=self._layout))
        self._chunks = resample(source, self._format, self._layout, self._rate)
        self._next: tuple[int, NDArray[Any]] | None = None
        self._written = 0

    def write_until(self, seconds: float) -> None:
        """Encode all samples before `seconds` that the source has."""
        end = round(seconds * self._rate)
        while self._written < end and (chunk := self._next_chunk()):
            begin, samples = chunk
            gap = begin - self._written
            if gap > self._tolerance:
                self._write(self._silence(min(gap, end - self._written, self._rate)))
                self._next = chunk
            else:
                self._write_samples(end, samples[-gap if gap < -self._tolerance else 0 :])

    def finish(self, seconds: float) -> None:
        """Encode the sound until `seconds`, and flush the encoder."""
        self.write_until(seconds)
        self._container.mux(self._stream.encode(None))

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    def _write_samples(self, end: int, samples: NDArray[Any]) -> None:
        """Write the samples before `end`, and keep the others for the next call."""
        before, after = np.split(samples, [end - self._written])
        self._write(before)
        if len(after):
            self._next = self._written, after

    @property
    def _tolerance(self) -> int:
        """Tolerance in samples for the position of a chunk; none at the beginning."""
        return round(TOLERANCE_S * self._rate) if self._written else 0

    def _next_chunk(self) -> tuple[int, NDArray[Any]] | None:
        chunk, self._next = self._next or next(self._chunks, None), None
        return chunk

    def _silence(self, count: int) -> NDArray[Any]:
        kind = np.float32 if self._format == "fltp" else np.int16
        return np.zeros((count, 1 if self._layout == "mono" else 2), kind)

    def _write(self, samples: NDArray[Any]) -> None:
        if not len(samples):
            return
        array = np.ascontiguousarray(samples.T if self._format == "fltp" else samples.reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(array, format=self._format, layout=self._layout)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._written, Fraction(1, self._rate)
        self._written += len(samples)
        self._container.mux(self._stream.encode(frame))


def resample(source: SourceSound, sample_format: str, layout: str, rate: int) -> Iterator[tuple[int, NDArray[Any]]]:
    """Resample `source`: chunks of (samples, channels) with the index of their first sample, which may be negative.

    Args:
        source: the source, whose time 0 is sample 0.
        sample_format: ``fltp`` or ``s16``.
        layout: ``mono`` or ``stereo``.
        rate: samples per second.
    """
    current = None
    for begin, frame in source.frames():
        if current != (frame.format.name, frame.layout.name, frame.sample_rate):  # broadcasts switch to mono and back
            current = (frame.format.name, frame.layout.name, frame.sample_rate)
            resampler = av.AudioResampler(format=sample_format, layout=layout, rate=rate)
        shift = begin - Fraction(frame.pts or 0) * Fraction(frame.time_base or 1)
        for converted in resampler.resample(frame):
            start = Fraction(converted.pts or 0) * Fraction(converted.time_base or 1) + shift
            array = converted.to_ndarray()
            channels = 1 if layout == "mono" else 2
            yield round(start * rate), array.T if sample_format == "fltp" else array.reshape(-1, channels)
