"""Opens the ear of a take, or says why lines end by key or time instead."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from coach.base.errors import ModelError, SourceError, UsageError
from coach.base.messages import tr
from coach.base.text import join_with_and
from coach.core.rehearsal.line_end import SILENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from coach.base.protocols import Clock, Perceiver, SourceInfo
    from coach.base.settings import Settings
    from coach.core.script.timeline import Timeline
    from coach.listening.ear import Ear
    from coach.listening.line_words import LineWords
    from coach.listening.live_sound import NamedInput
    from coach.listening.sound import SoundSource


TRIAL_STEP_S: Final = 0.05
"""Time between two reads of a microphone that is tried."""


@dataclass(frozen=True, slots=True)
class ListeningOptions:
    """How the coach listens where the actor's voice ends lines.

    Attributes:
        silence_s: silence that ends a line, 1 to 6 s.
        sound: a file to listen to instead of the microphone, in a live run.
        otherwise: what ends lines in a live run without a microphone.
        speaks: whether the coach's own voice may be heard by the microphone.
        words: whether the words of each line are recognised.
        words_model: folder of a model of faster-whisper, with ``#`` and its SHA-256 if that is to be checked; None for
            PocketSphinx.
    """

    silence_s: float = SILENCE_S
    sound: Path | None = None
    otherwise: Literal["key", "time"] = "key"
    speaks: bool = True
    words: bool = False
    words_model: str | None = None


@dataclass(frozen=True, slots=True)
class MicrophoneTrial:
    """What a microphone gave in a short trial.

    Attributes:
        name: name of the device.
        quietest, loudest: levels in decibels below full scale, of the quietest tenth and the loudest piece.
        heard_speech: whether speech was heard.
    """

    name: str
    quietest: float
    loudest: float
    heard_speech: bool


def try_microphone(seconds: float, clock: Clock) -> MicrophoneTrial:
    """Listen to the microphone for `seconds`.

    Raises:
        UsageError: what listening needs is not installed.
        SourceError: no microphone opens, or it gives no sound.
    """
    from coach.core.rehearsal.line_end import LineEndRule
    from coach.listening.live_sound import LiveSound
    from coach.listening.voice_activity import INSTALL, VoiceActivity, missing_packages
    from coach.sources.microphone.microphone import Microphone

    if missing := missing_packages(microphone=True):
        raise UsageError(f"{_missing_text(missing)}. {tr(INSTALL)}")
    microphone = LiveSound(lambda: Microphone(lambda stamp: stamp), clock, lambda _: None)
    activity, rule = VoiceActivity(), LineEndRule()
    levels: list[float] = []
    until = clock.now() + seconds
    try:
        while clock.now() < until:
            clock.sleep(TRIAL_STEP_S)
            for chunk in microphone.read_until(0.0):
                moment = activity.moment(chunk)
                levels.append(moment.level)
                rule.hear(moment)
    finally:
        microphone.close()
    if not levels:
        raise SourceError(tr("the microphone {microphone} opens, but gives no sound", microphone=microphone.name))
    levels.sort()
    return MicrophoneTrial(microphone.name, levels[len(levels) // 10], levels[-1], rule.begun)


@dataclass(frozen=True, slots=True)
class LiveListening:
    """What listening in a run needs.

    Attributes:
        clock: the clock of the run.
        notify: gets messages for the actor, from any thread.
        open_input: opens the microphone, whose blocks have times of `clock`; raises SourceError if it does not open.
        elsewhere: whether the microphone is one of another program, for which no package is needed.
    """

    clock: Clock
    notify: Callable[[str], None]
    open_input: Callable[[], NamedInput]
    elsewhere: bool = False


def open_ear(
    timeline: Timeline, settings: Settings, options: ListeningOptions, source: SourceInfo, live: LiveListening
) -> Ear | None:
    """Open the sound of a take and an ear on it. None in a live run without a microphone; `live.notify` says why.

    A recorded take is heard by its own sound track, a live one by the file of `options` or the microphone.

    Raises:
        UsageError: a recorded take or a file is to be heard, and what listening needs is not installed.
        SourceError: the file has no sound that can be read.
        ModelError: the model that the user named cannot be used.
    """
    from coach.listening.voice_activity import INSTALL, missing_packages

    microphone = source.live and options.sound is None
    missing = missing_packages(microphone=microphone and not live.elsewhere)
    if missing and not microphone:
        needs = tr("--advance voice needs {packages}.", packages=join_with_and(missing))
        raise UsageError(f"{needs} {tr(INSTALL)}")
    if missing:
        problem = tr("Nobody listens: {problem}.", problem=_missing_text(missing))
        live.notify(f"{problem} {tr(INSTALL)} {_otherwise(options)}")
        return None
    try:
        sound = _open_sound(options, source, live)
    except SourceError as error:
        if not microphone:
            raise
        problem = tr("Nobody listens: {problem}.", problem=error)
        live.notify(f"{problem} {_otherwise(options)}")
        return None
    try:
        words = _open_words(timeline, options, live.notify, live=source.live) if options.words else None
    except ModelError:
        sound.close()
        raise
    return _ear_on(sound, timeline, settings, (options, words), source)


def gated_perceiver(perceiver: Perceiver | None, ear: Ear, settings: Settings) -> Perceiver | None:
    """`perceiver`, whose readings count less while `ear` hears the actor, if the settings say so."""
    if perceiver is None or not settings.speaking_gate:
        return perceiver
    from coach.listening.speaking_gate import SpeakingGate

    return SpeakingGate(perceiver, lambda: ear.hearing().state == "speech")


def _missing_text(packages: list[str]) -> str:
    return tr("{packages} missing", packages=join_with_and(packages))


def _otherwise(options: ListeningOptions) -> str:
    return (
        tr("Until then space or Enter ends a line.")
        if options.otherwise == "key"
        else tr("Lines last as long as planned.")
    )


def _open_sound(options: ListeningOptions, source: SourceInfo, live: LiveListening) -> SoundSource:
    from coach.listening.live_sound import LiveSound
    from coach.listening.sound import FileSound

    if not source.live:
        return FileSound(Path(source.path))
    if options.sound is not None:
        return FileSound(options.sound)
    microphone = LiveSound(live.open_input, live.clock, live.notify)
    live.notify(
        tr(
            "The microphone {microphone} listens: a line ends after {seconds:g} s of silence, or with space or Enter. "
            "No sound is kept by this.",
            microphone=microphone.name,
            seconds=options.silence_s,
        )
    )
    return microphone


def _open_words(
    timeline: Timeline, options: ListeningOptions, notify: Callable[[str], None], *, live: bool
) -> LineWords | None:
    """What recognises words; None if it is not installed, and `notify` says so.

    Raises:
        ModelError: the model that the user named cannot be used.
    """
    from coach.listening.line_words import LineWords
    from coach.listening.recognisers import RecogniserProcess, missing_recogniser

    if missing := missing_recogniser(options.words_model, timeline.language):
        notify(missing)
        return None
    return LineWords(RecogniserProcess(options.words_model, timeline.language), live=live)


def _ear_on(
    sound: SoundSource,
    timeline: Timeline,
    settings: Settings,
    how: tuple[ListeningOptions, LineWords | None],
    source: SourceInfo,
) -> Ear:
    from coach.listening.ear import Ear, EarOptions
    from coach.listening.voice_activity import VoiceActivity

    options, words = how
    end = source.duration_s if source.duration_s is not None else math.inf
    ears = EarOptions(
        silence_s=options.silence_s,
        hears_coach=source.live and options.sound is None and options.speaks,
        ends_at=None if source.live else end,
        holds_beats=settings.coach != "gaps",
        skips_lead=source.live or settings.lines is None,
    )
    return Ear(sound, VoiceActivity(), timeline, ears, words)
