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

_HEADED: Final = frozenset({"aac", "alac", "flac", "opus"})
"""These can be copied only if the source has the codec's header; AAC in MPEG-TS has none."""

_AAC_RATES: Final = frozenset({8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000})

OVER_S: Final = 0.03
"""The last copied packet may extend this far beyond the pictures, and its duration is then cut. A packet of AAC is
shorter; one of FLAC can last a tenth of a second, and players play all of it."""

LOOSE_S: Final = 0.005
"""Tolerance for timestamps of sound; smaller deviations are neither cut nor filled."""


class Sound(Protocol):
    """A stream of sound that `Film` writes."""

    def up_to(self, seconds: float) -> None:
        """Write all sound before `seconds`."""
        ...

    def finish(self, seconds: float) -> None:
        """Write the rest up to `seconds`, where the pictures end, and flush the encoder."""
        ...

    def close(self) -> None:
        """Close the source."""
        ...


def sound_of(path: Path, begin: float, container: OutputContainer) -> Sound | None:
    """Add the sound of the source at `path` from `begin` seconds on to `container`; None if the source has none.

    For MP4 most codecs are copied and others encoded as AAC. AVI gets PCM: it has no timestamps of sound, so only
    samples without gaps stay in sync.

    Raises:
        av.FFmpegError, OSError, ValueError: it cannot be read or written.
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
    return bool(name in _COPIED and context.sample_rate and (name not in _HEADED or context.extradata))


class CopiedSound:
    """Copies packets of the source, except those that start before the recording."""

    def __init__(self, source: SourceSound, container: OutputContainer) -> None:
        self._source = source
        self._container = container
        self._stream = container.add_stream_from_template(source.stream)
        self._packets = source.packets()
        self._next: tuple[Fraction, Packet[AudioStream]] | None = None
        self._last: int | None = None

    def up_to(self, seconds: float) -> None:
        """Copy all packets that end by `seconds`."""
        while chunk := self._next or next(self._packets, None):
            begin, packet = chunk
            if begin + (packet.duration or 0) * Fraction(packet.time_base or 0) > seconds:
                self._next = chunk
                return
            self._next = None
            self._copy(begin, packet)

    def finish(self, seconds: float) -> None:
        """Copy all packets that end by `seconds`, and the next one shortened."""
        self.up_to(seconds)
        if self._next is None:
            return
        begin, packet = self._next
        tick = Fraction(packet.time_base or 1)
        rest = int((Fraction(seconds) - begin) / tick)
        if rest > 0 and begin + (packet.duration or 0) * tick <= seconds + OVER_S:
            packet.duration = rest
            self._copy(begin, packet)

    def _copy(self, begin: Fraction, packet: Packet[AudioStream]) -> None:
        if begin >= 0 and (self._last is None or (packet.dts or 0) > self._last):
            self._last = packet.dts
            packet.stream = self._stream
            with suppress(ValueError):  # a damaged packet that MP4 rejects; a full disk is an OSError
                self._container.mux(packet)

    def close(self) -> None:
        """Close the source."""
        self._source.close()


class EncodedSound:
    """Encodes the sound from 0 on without gaps: silence replaces gaps of the source."""

    def __init__(self, source: SourceSound, container: OutputContainer, codec: str) -> None:
        context = source.stream.codec_context
        self._source = source
        self._container = container
        told = context.sample_rate  # 0 in a stream whose sound starts late
        self._rate = told if told and (codec != "aac" or told in _AAC_RATES) else 48_000
        self._layout = "mono" if context.layout.nb_channels == 1 else "stereo"
        self._format = "fltp" if codec == "aac" else "s16"
        self._stream = cast("AudioStream", container.add_stream(codec, rate=self._rate, layout=self._layout))
        self._chunks = resampled(source, self._format, self._layout, self._rate)
        self._next: tuple[int, NDArray[Any]] | None = None
        self._written = 0

    def up_to(self, seconds: float) -> None:
        """Encode all samples before `seconds` that the source has."""
        end = round(seconds * self._rate)
        while self._written < end and (chunk := self._next_chunk()):
            begin, samples = chunk
            gap = begin - self._written
            if gap > self._slack:
                self._write(self._silence(min(gap, end - self._written, self._rate)))
                self._next = chunk
            else:
                self._write_until(end, samples[-gap if gap < -self._slack else 0 :])

    def finish(self, seconds: float) -> None:
        """Encode the rest up to `seconds`, and flush the encoder."""
        self.up_to(seconds)
        self._container.mux(self._stream.encode(None))

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    def _write_until(self, end: int, samples: NDArray[Any]) -> None:
        fits, rest = np.split(samples, [end - self._written])
        self._write(fits)
        if len(rest):
            self._next = self._written, rest

    @property
    def _slack(self) -> int:
        """Tolerance in samples for the position of a chunk; none at the beginning."""
        return round(LOOSE_S * self._rate) if self._written else 0

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


def resampled(source: SourceSound, kind: str, layout: str, rate: int) -> Iterator[tuple[int, NDArray[Any]]]:
    """Chunks of (samples, channels) with the index of their first sample, which may be negative.

    Args:
        source: read from its beginning, which is sample 0.
        kind: ``fltp`` or ``s16``.
        layout: ``mono`` or ``stereo``.
        rate: samples per second.
    """
    now = None
    for begin, frame in source.frames():
        if now != (frame.format.name, frame.layout.name, frame.sample_rate):  # broadcasts switch to mono and back
            now = (frame.format.name, frame.layout.name, frame.sample_rate)
            resampler = av.AudioResampler(format=kind, layout=layout, rate=rate)
        shift = begin - Fraction(frame.pts or 0) * Fraction(frame.time_base or 1)
        for each in resampler.resample(frame):
            at = Fraction(each.pts or 0) * Fraction(each.time_base or 1) + shift
            array = each.to_ndarray()
            channels = 1 if layout == "mono" else 2
            yield round(at * rate), array.T if kind == "fltp" else array.reshape(-1, channels)
