"""Assemble a rehearsal: source, perception, voice and take recorder. A front end adds its displays."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from coach.app.notices import Notices, Reminder
from coach.app.rehearsal import Rehearsal
from coach.app.replay import timeline_for, with_eye_lines
from coach.base.messages import tr
from coach.base.settings import Settings
from coach.base.types import MEASURES_PER_S
from coach.core.script.script import Script
from coach.core.script.timeline import Beat
from coach.sources.opening import is_camera, is_live
from coach.takes.contents import RECENT_TAKES, takes_with_notes
from coach.takes.store import TakeStore

if TYPE_CHECKING:
    from coach.app.listening import ListeningOptions
    from coach.app.own_face import LineFaces
    from coach.app.partner import PartnerOptions
    from coach.base.protocols import FrameSource, Perceiver, SoundInput
    from coach.base.types import Download
    from coach.core.actor.examples import ActorProfile
    from coach.core.face.take import FaceTakeBuilder
    from coach.core.progress.notes import TakeNotes
    from coach.core.scoring.own_judge import OwnJudge
    from coach.core.scoring.report import Report
    from coach.listening.ear import Ear
    from coach.listening.live_sound import NamedInput
    from coach.perception.pipeline import FacePipeline
    from coach.sources.microphone.shared import MicrophoneReader, SharedMicrophone
    from coach.sources.web.options import WebOptions
    from coach.takes.recorder import TakeRecorder
    from coach.voice.outlet import Outlet
    from coach.voice.partner import ScenePartner


@dataclass(frozen=True)
class RunOptions:
    """Options of a run besides script and settings.

    Attributes:
        source: ``camera``, ``camera:N``, ``none``, a file, a folder of pictures, or a web address.
        watch: play a recording in real time.
        open_timeout_s: longest wait for a camera.
        model: name or path of the classifier; None for the default.
        voice: ``auto`` speaks in live runs.
        voice_rate: words per minute; None for the engine's default.
        voice_name: an installed voice; None chooses by language.
        record: keep a video of a live source, with sound where there is a microphone.
        sound: whether a video of a camera has sound.
        window: a window shows the picture.
        evidence: keep pictures of the face.
        takes: the takes folder; None for the user's own.
        web: limits of a web video; None for the defaults.
        actor: name of the actor whose own examples are compared; ``nobody`` for none. None is the actor used last with
            a camera, and nobody with a recording.
        measures_per_s: landmarks are read at most this many times per second; 0 is not at all.
        decode_ahead: decode a recording in a thread of its own. Without it one processor is enough.
        listening: how the coach listens, where the setting `advance` is ``voice``; None for the defaults.
        partner: how the others' lines are said in a live run; None for nobody.
    """

    source: str = "camera"
    watch: bool = False
    open_timeout_s: float = 15.0
    model: str | None = None
    voice: Literal["auto", "on", "off"] = "auto"
    voice_rate: int | None = None
    voice_name: str | None = None
    record: bool = False
    sound: bool = True
    window: bool = False
    evidence: bool = False
    takes: Path | None = None
    web: WebOptions | None = None
    actor: str | None = None
    measures_per_s: float = 0.0
    decode_ahead: bool = True
    listening: ListeningOptions | None = None
    partner: PartnerOptions | None = None

    @property
    def camera(self) -> bool:
        """Whether the source is a camera."""
        return is_camera(self.source)

    @property
    def live(self) -> bool:
        """Whether time comes from a clock: with a camera, or without any pictures."""
        return is_live(self.source)


class RehearsalRun:
    """One take, from opening its source to storing its report.

    Attributes:
        timeline: what will be played.
        store: the takes folder.
        rehearsal, source, perceiver, recorder: available after `open`.
        ear: after `open`, what hears the actor; None if nobody listens.
        report: available after `play`.
    """

    def __init__(self, script: Script, settings: Settings, options: RunOptions, notices: Notices) -> None:
        """Prepare a run without opening anything.

        Raises:
            ScriptError, UsageError: the script's times or the chosen lines do not fit.
            TakeError: the takes folder was written by a newer Coach.
        """
        from coach.sources import SystemClock

        self.script = script
        self.settings = settings
        self.options = options
        self.notices = notices
        self.timeline = timeline_for(script, settings, live=options.live)
        self.store = TakeStore(options.takes)
        self.clock = SystemClock()
        self.rehearsal: Rehearsal
        self.source: FrameSource
        self.perceiver: FacePipeline | None
        self.recorder: TakeRecorder
        self.ear: Ear | None = None
        self._shared: SharedMicrophone | None = None
        self.report: Report
        self._own: OwnJudge | None = None
        self._faces: LineFaces | None = None
        self._face: FaceTakeBuilder | None = None

    @property
    def measures_per_s(self) -> float:
        """How often landmarks are read per second; with an actor's own examples they are always read."""
        return self.options.measures_per_s or (MEASURES_PER_S if self.settings.actor else 0.0)

    @property
    def lacks_beats(self) -> bool:
        """Whether notes wait for beats (``coach="gaps"``), but there is no beat between the chosen lines."""
        no_beat = not any(type(slot) is Beat for slot in self.timeline.slots)  # a partner's line is none
        return self.settings.coach == "gaps" and no_beat

    def open(
        self,
        stack: ExitStack,
        progress: Callable[[Download], None] | None = None,
        source: FrameSource | None = None,
        microphone: NamedInput | None = None,
    ) -> None:
        """Open source and perception, and create the take; `stack` closes them.

        Args:
            stack: closes everything.
            progress: called during a download.
            source: an open source in place of the one that the options name, of the same kind.
            microphone: an open one in place of this machine's, for the ear; its blocks have times of `clock`.

        Raises:
            CoachError: a problem that the user can solve. No take is created then.
        """
        earlier_takes = self.store.takes()
        profile = self._choose_actor()
        self.perceiver = self._open_perception()
        self.source = source or self._open_source(progress)
        stack.callback(self.source.close)
        perceiver = self._open_ear(stack, microphone) if self.settings.advance == "voice" else self.perceiver
        on_pause = self._pause_source if self.options.watch else None
        self.rehearsal = Rehearsal(
            self.script, self.source, perceiver, self.settings, on_pause=on_pause, notices=self.notices
        )
        self.recorder = self._create_take()
        stack.callback(self.recorder.close)
        if self.ear is not None:
            self.rehearsal.add(self.ear)
        self._add_reminder(earlier_takes)
        self.rehearsal.add(self.recorder)  # before the displays, so that everything shown is already stored
        if self.options.evidence:
            self._add_face_pictures()
        if profile is not None:
            self._add_own_face(profile)
        if self.measures_per_s:
            self._add_face()

    def add_voice(self, outlet: Outlet | None = None) -> None:
        """Add the voice unless it is off, which `outlet` or this machine plays; call it after adding the displays."""
        options = self.options
        if options.voice == "off" or (options.voice == "auto" and not options.live):
            return
        from coach.app.partner import voice_of

        self.rehearsal.add(voice_of(self, outlet))

    def add_partner(self, partner: ScenePartner) -> None:
        """Add the partner, which `coach.app.partner.open_partner` has opened; call this after `open`."""
        partner.by_clock = not self.settings.takes_turns
        self.rehearsal.add(partner)

    def play(self) -> None:
        """Play the take. `report` is made and stored however the take ends.

        Raises:
            Exception: a bug in one of the parts.
            KeyboardInterrupt: the user interrupted a second time.
        """
        began = self.clock.now()
        try:
            self.rehearsal.run()
        finally:
            self.recorder.close()
            frames, seconds = self.source.stats.frames, self.clock.now() - began
            fps = round(frames / seconds, 1) if frames and seconds else None
            report = self.rehearsal.report(self.recorder.folder.name, fps, self._own)
            self.report = self._with_words(with_eye_lines(report, self._face))
            self.recorder.write(self.report)
            self._keep_disputes()

    def _with_words(self, report: Report) -> Report:
        """`report` with the words that were heard, which are kept."""
        if self.ear is None or self.ear.words is None:
            return report
        from coach.app.line_words import keep_words, with_words

        return with_words(report, keep_words(self.recorder.folder, self.ear.words, self.notices))

    def face_sentences(self) -> list[str]:
        """What the landmarks of the played take say about eyes and face; empty without landmarks."""
        if self._face is None:
            return []
        from coach.app.face_notes import sentences_of

        return sentences_of(self.recorder.folder, self.report, self._face.take())

    def own_notes(self) -> TakeNotes | None:
        """The actor's own notes on the played take and on earlier ones; None if there are none."""
        take = self.recorder.folder
        if not takes_with_notes(self.store.takes()[: RECENT_TAKES + 1]):
            return None
        from coach.app.own_notes import own_notes_of

        return own_notes_of(take, self.report, self.notices)

    def _choose_actor(self) -> ActorProfile | None:
        """The profile of the actor. Its name and its face at rest become settings of the take."""
        asked = self.options.camera or self.options.actor is not None
        if not asked or self.options.source == "none":
            return None
        from coach.app.actors import profile_for, settings_with

        profile = profile_for(self.options.actor, self.options.model, camera=self.options.camera, notify=self.notices)
        if profile is not None:
            self.settings = settings_with(self.settings, profile)
        return profile

    def _add_own_face(self, profile: ActorProfile) -> None:
        from coach.app.own_face import LineFaces
        from coach.core.scoring.own_judge import OwnJudge

        self._own, self._faces = OwnJudge(profile), LineFaces()
        self.rehearsal.add(self._own)
        self.rehearsal.add(self._faces)

    def _keep_disputes(self) -> None:
        """Make the lines that the actor disputed during the take examples."""
        if self._faces is None or not self._faces.disputed:
            return
        from coach.actors.store import ActorStore
        from coach.app.own_face import keep_disputes, note_disagreement
        from coach.base.errors import TakeError

        take = self.recorder.folder
        actor = self.settings.actor
        for line in keep_disputes(self._faces, self.timeline, take.name, ActorStore(), actor, self.notices):
            self.notices(tr("You disagreed with the verdict on line {line}: it is now an example of yours.", line=line))
            try:
                note_disagreement(take, line, self.notices)
            except TakeError as error:
                self.notices(str(error))

    def _open_ear(self, stack: ExitStack, microphone: NamedInput | None) -> Perceiver | None:
        """Open the ear, and return the perceiver, which heeds it if the settings say so.

        If nobody can listen in a live run, a key or the planned time ends lines instead.
        """
        from coach.app.listening import ListeningOptions, LiveListening, gated_perceiver, open_ear

        options = self.options.listening or ListeningOptions()
        open_input = self._share_microphone if microphone is None else lambda: microphone
        live = LiveListening(self.clock, self.notices, open_input, elsewhere=microphone is not None)
        self.ear = open_ear(self.timeline, self.settings, options, self.source.info, live)
        if self.ear is None:
            self.settings = self.settings.model_copy(update={"advance": options.otherwise, "speaking_gate": False})
            return self.perceiver
        stack.callback(self.ear.close)
        return gated_perceiver(self.perceiver, self.ear, self.settings)

    def _share_microphone(self) -> MicrophoneReader:
        """A microphone for the ear, which a recording of sound then reads too."""
        from coach.sources.microphone.shared import SharedMicrophone

        self._shared = SharedMicrophone()
        return self._shared.reader(lambda stamp: stamp)

    def _open_perception(self) -> FacePipeline | None:
        if self.options.source == "none":
            return None
        from coach.perception.pipeline import OneActor, open_perception

        settings = self.settings
        mode = OneActor(settings.detect_every, settings.reads_per_s, settings.face, self.measures_per_s)
        return open_perception(settings.detector, self.options.model, mode)

    def _open_source(self, progress: Callable[[Download], None] | None) -> FrameSource:
        from coach.sources import Paced, SourceOptions, open_source

        shown = self.options.watch or self.options.window
        options = SourceOptions(
            self.settings.lead_in_s,
            self.options.open_timeout_s,
            self.options.web,
            frames_per_s=0.0 if shown else self.settings.reads_per_s,
            ahead=self.options.decode_ahead,
        )
        source = open_source(self.options.source, options, clock=self.clock, notify=self.notices, progress=progress)
        return Paced(source, self.clock) if self.options.watch else source

    def _pause_source(self, paused: bool) -> None:
        """Pause or resume a recording that is played in real time."""
        from coach.sources import Paced

        if isinstance(self.source, Paced):
            if paused:
                self.source.pause()
            else:
                self.source.resume()

    def _create_take(self) -> TakeRecorder:
        from coach.takes.journal import JournalHeader
        from coach.takes.recorder import TakeRecorder

        now = datetime.now().astimezone()
        header = JournalHeader(
            created=now.isoformat(timespec="seconds"),
            measures_per_s=self.measures_per_s,
            script=self.script,
            settings=self.settings,
            card=self.perceiver.card if self.perceiver else None,
            source=self.source.info,
        )
        folder = self.store.create(self.script.title, now)
        sound = self._open_sound() if self.options.record and self.options.sound else None
        return TakeRecorder(folder, header, self.notices, record=self.options.record, sound=sound)

    def _open_sound(self) -> SoundInput | None:
        """The microphone, whose sound is recorded with the picture of a camera; None without one."""
        from coach.base.errors import SourceError
        from coach.sources.camera.camera import CameraSource
        from coach.sources.microphone.shared import SharedMicrophone

        if not isinstance(self.source, CameraSource):
            return None
        try:
            microphone = (self._shared or SharedMicrophone()).reader(self.source.take_time)
        except SourceError as error:
            self.notices(tr("The video will have no sound: {error}.", error=error))
            return None
        self.notices(tr("The video will have sound, from {microphone}.", microphone=microphone.name))
        return microphone

    def _add_face(self) -> None:
        """Collect the landmarks of the actor."""
        from coach.core.face.take import FaceTakeBuilder

        self._face = FaceTakeBuilder()
        self.rehearsal.add(self._face)

    def _add_reminder(self, takes_before: list[Path]) -> None:
        """Add a reminder of the actor's own open notes on the lines to be played, if there are any."""
        if not takes_with_notes(takes_before[:RECENT_TAKES]):
            return
        from coach.app.own_notes import open_notes

        first, last = self.settings.lines or (1, len(self.script.spoken))
        noted = [
            (line, note) for line, note in open_notes(self.script, takes_before, self.notices) if first <= line <= last
        ]
        if noted:
            self.rehearsal.add(Reminder(noted, self.notices))

    def _add_face_pictures(self) -> None:
        from coach.takes.face_pictures import FacePictureKeeper

        self.rehearsal.add(FacePictureKeeper(self.recorder.folder, self.script, self.notices))
