"""Assembles the voices of a run: that of the coach, and those of the scene partner with the sounds of its lines."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from coach.app.own_cues import own_sounds, partner_lines
from coach.base.errors import MissingLibraryError, VoiceError
from coach.base.messages import tr
from coach.core.script.timeline import PartnerTurn
from coach.voice.casting import USUAL_WORDS_PER_MINUTE, Casting, cast_roles
from coach.voice.engines import Speech, SpeechEngine, SystemEngine
from coach.voice.line_sounds import ON_SCREEN, LineSounds, LineToRender
from coach.voice.own_recordings import OwnRecordings
from coach.voice.partner import Manner, ScenePartner, SoundPlayer
from coach.voice.playback import Player
from coach.voice.sounds import sound_folder
from coach.voice.speaker import VoiceSink, open_speaker
from coach.voice.speech_cache import SpeechCache, default_folder

if TYPE_CHECKING:
    from coach.app.composition import RehearsalRun
    from coach.voice.outlet import Outlet

PartnerMode = Literal["auto", "voice", "text", "off"]


@dataclass(frozen=True)
class PartnerOptions:
    """How the others' lines are said.

    Attributes:
        mode: ``voice`` says them, ``text`` shows them for as long as they take to say; with ``off`` somebody else says
            them, and the actor goes on. ``auto`` is ``voice``, unless the voice of the coach is off.
        speed: speed of the lines, as a multiple of the usual one.
        delay_s: seconds before a reply.
        models: models of voices of Piper; without any, the system's engine speaks.
        folder: folder with own recordings, named by the numbers of the partners' lines; None for none.
    """

    mode: PartnerMode = "auto"
    speed: float = 1.0
    delay_s: float = 0.0
    models: tuple[Path, ...] = ()
    folder: Path | None = None


def voice_of(run: RehearsalRun, outlet: Outlet | None) -> VoiceSink:
    """The voice of the coach in `run`, which speaks cues, prompts and notes.

    Args:
        run: what it speaks in.
        outlet: plays what it says; None for this machine.
    """
    options = run.options
    return VoiceSink(
        open_speaker(
            mode=options.voice,
            rate=options.voice_rate,
            name=options.voice_name,
            language=run.script.language,
            notify=run.notices,
            outlet=outlet,
        )
    )


def partner_turns(run: RehearsalRun) -> list[PartnerTurn]:
    """The lines of others that are to be said: none on a recording, where they can be heard already."""
    options = run.options
    if not options.live or options.partner is None or options.partner.mode == "off":
        return []
    return [slot for slot in run.timeline.slots if isinstance(slot, PartnerTurn)]


def open_partner(
    run: RehearsalRun, progress: Callable[[int, int], None], player: SoundPlayer | None = None
) -> ScenePartner:
    """The partner of `run`, with the first lines rendered. It must be closed.

    `progress` gets how many lines are rendered, and of how many. `player` plays them; without one this machine does.

    Raises:
        UsageError: the folder of recordings cannot be used.
        VoiceError: a model that the user named cannot be read.
    """
    options = run.options.partner or PartnerOptions()
    manner = Manner(options.delay_s, options.speed)
    is_silent = options.mode == "text" or (options.mode == "auto" and run.options.voice == "off")
    sounds = None if is_silent else _open_sounds(run, options)
    if sounds is None:
        return ScenePartner(None, None, manner, run.clock, run.notices)
    partner = ScenePartner(sounds, player or _FolderPlayer(), manner, run.clock, run.notices)
    try:
        sounds.wait(progress)
    except BaseException:
        partner.close()
        raise
    return partner


class _FolderPlayer(Player):
    """A player with a temporary folder of its own."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        super().__init__(self._stack.enter_context(sound_folder()))

    def close(self) -> None:
        """Stop, end all processes and remove the folder."""
        super().close()
        self._stack.close()


def _open_sounds(run: RehearsalRun, options: PartnerOptions) -> LineSounds | None:
    """The sounds of the lines of `run`; None if there are none, of which the user is told."""
    turns = partner_turns(run)
    whole = {turn.number: turn for turn in partner_lines(run.script)}  # with short cues, recordings stay whole
    recordings = own_sounds([whole[turn.number] for turn in turns], OwnRecordings(), options.folder, run.notices)
    others = [turn for turn in turns if turn.number not in recordings]
    engine = open_engine(options.models) if others else None
    lines = _to_render(run, others, engine) if engine is not None else []
    if engine is not None and not lines:
        engine.close()
        engine = None
    if not lines and not recordings:
        return None
    return LineSounds(lines, recordings, engine, SpeechCache(default_folder()), run.notices)


def _to_render(run: RehearsalRun, turns: list[PartnerTurn], engine: SpeechEngine) -> list[LineToRender]:
    """What `engine` is to render for `turns`; nothing if it does not speak, of which the user is told."""
    try:
        cast = cast_roles(run.script, engine.voices(), run.notices)
    except (MissingLibraryError, VoiceError) as error:
        run.notices(f"{error} {tr(ON_SCREEN)}")
        return []
    speed = run.options.partner.speed if run.options.partner else 1.0
    base = (run.options.voice_rate or USUAL_WORDS_PER_MINUTE) * speed * run.settings.speed
    spoken = [(turn, cast.get(turn.line.role or "")) for turn in turns]
    return [_line(turn, casting, base) for turn, casting in spoken if casting is not None]


def _line(turn: PartnerTurn, casting: Casting, words_per_minute: float) -> LineToRender:
    rate = round(words_per_minute * casting.rate / casting.pitch)  # a higher pitch shortens the sound
    return LineToRender(turn.number, Speech(turn.line.text, casting.voice.id, rate), casting.pitch)


def open_engine(models: tuple[Path, ...]) -> SpeechEngine:
    """The engine that speaks with `models`, or that of the system if there are none.

    Raises:
        VoiceError: a model cannot be read.
    """
    if not models:
        return SystemEngine()
    from coach.voice.piper import PiperEngine

    return PiperEngine(models)
