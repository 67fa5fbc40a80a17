"""Puts a rehearsal together: source, perception, voice and the take that is kept. A front end adds its displays."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from coach.app.notices import Notices, Reminder
from coach.app.rehearsal import Rehearsal
from coach.app.replay import timeline_for
from coach.base.settings import Settings
from coach.core.script.script import Script
from coach.core.script.timeline import Beat
from coach.takes.contents import RECENT_TAKES, takes_with_notes
from coach.takes.store import TakeStore

if TYPE_CHECKING:
    from coach.base.protocols import FrameSource
    from coach.base.types import Download
    from coach.core.progress.notes import TakeNotes
    from coach.core.scoring.report import Report
    from coach.perception.pipeline import FacePipeline
    from coach.sources.web.options import WebOptions
    from coach.takes.recorder import TakeRecorder


@dataclass(frozen=True)
class RunOptions:
    """What a run needs besides script and settings.

    Attributes:
        source: ``camera``, ``camera:N``, ``none``, a file, a folder of pictures, or a web address.
        watch: a recorded take is played at its own pace.
        open_timeout_s: longest wait for a camera.
        model: name or path of the classifier; None is the default one.
        voice: ``auto`` speaks in live runs.
        voice_rate: words per minute; None is the engine's own.
        voice_name: of an installed voice; None chooses by language.
        record: keep a video of a live source.
        evidence: keep pictures of the face.
        takes: the takes folder; None is the user's own.
        web: limits of a web video; None for the usual ones.
    """

    source: str = "camera"
    watch: bool = False
    open_timeout_s: float = 15.0
    model: str | None = None
    voice: Literal["auto", "on", "off"] = "auto"
    voice_rate: int | None = None
    voice_name: str | None = None
    record: bool = False
    evidence: bool = False
    takes: Path | None = None
    web: WebOptions | None = None

    @property
    def camera(self) -> bool:
        """Whether a camera is watched."""
        return self.source == "camera" or self.source.startswith("camera:")

    @property
    def live(self) -> bool:
        """Whether time comes from a clock: with a camera, or with no picture at all."""
        return self.camera or self.source == "none"


class RehearsalRun:
    """One take from opening its source to keeping its report.

    Attributes:
        timeline: what will be played.
        store: where takes are kept.
        rehearsal, source, perceiver, recorder: once it is open.
        report: once it was played.
    """

    def __init__(self, script: Script, settings: Settings, options: RunOptions, notices: Notices) -> None:
        """Prepare; nothing is opened yet.

        Raises:
            ScriptError, UsageError: the script's times or the chosen lines do not fit.
            TakeError: the takes folder is that of a newer Coach.
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
        self.report: Report

    @property
    def lacks_gaps(self) -> bool:
        """Whether notes are to be given between lines, and these lines have no pause between them."""
        no_beat = not any(isinstance(slot, Beat) for slot in self.timeline.slots)
        return self.settings.coach == "gaps" and no_beat

    def open(self, stack: ExitStack, progress: Callable[[Download], None] | None = None) -> None:
        """Open source and perception, and begin a take; `stack` closes them. `progress` hears of a download.

        Raises:
            CoachError: something the user can mend; nothing is kept then.
        """
        before = self.store.takes()
        self.perceiver = self._open_perception()
        self.source = self._open_source(progress)
        stack.callback(self.source.close)
        on_pause = self._hold_source if self.options.watch else None
        self.rehearsal = Rehearsal(
            self.script, self.source, self.perceiver, self.settings, on_pause=on_pause, notices=self.notices
        )
        self.recorder = self._recorder()
        stack.callback(self.recorder.close)
        self._join_reminder(before)  # before the displays that show what it says
        self.rehearsal.join(self.recorder)  # before the displays, so that nothing is shown or said that is not kept
        if self.options.evidence:
            self._join_evidence()

    def join_voice(self) -> None:
        """Let the voice take part, unless it has nothing to say; after the displays, which show what it says."""
        options = self.options
        if options.voice == "off" or (options.voice == "auto" and not options.live):
            return
        from coach.voice.speaker import VoiceSink, open_speaker

        speaker = open_speaker(
            mode=options.voice,
            rate=options.voice_rate,
            name=options.voice_name,
            language=self.script.language,
            notify=self.notices,
        )
        self.rehearsal.join(VoiceSink(speaker))

    def play(self) -> None:
        """Play. Whatever ends it, `report` is made and kept.

        Raises:
            Exception: a bug in a part.
            KeyboardInterrupt: the user insisted.
        """
        began = self.clock.now()
        try:
            self.rehearsal.run()
        finally:
            self.recorder.close()
            frames, seconds = self.source.stats.frames, self.clock.now() - began
            fps = round(frames / seconds, 1) if frames and seconds else None
            self.report = self.rehearsal.report(self.recorder.folder.name, fps)
            self.recorder.write(self.report)

    def own_notes(self) -> TakeNotes | None:
        """The actor's own notes around the take, once it was played; None where there are none."""
        take = self.recorder.folder
        if not takes_with_notes(self.store.takes()[: RECENT_TAKES + 1]):
            return None
        from coach.app.own_notes import own_of

        return own_of(take, self.report, self.notices)

    def _open_perception(self) -> FacePipeline | None:
        if self.options.source == "none":
            return None
        from coach.perception.pipeline import open_perception

        return open_perception(self.settings.detector, self.options.model, self.settings.detect_every)

    def _open_source(self, progress: Callable[[Download], None] | None) -> FrameSource:
        from coach.sources import Paced, SourceOptions, open_source

        asked = SourceOptions(self.settings.lead_in_s, self.options.open_timeout_s, self.options.web)
        source = open_source(self.options.source, asked, clock=self.clock, notify=self.notices, progress=progress)
        return Paced(source, self.clock) if self.options.watch else source

    def _hold_source(self, paused: bool) -> None:
        """A recorded take that is watched stands still with the script."""
        from coach.sources import Paced

        if isinstance(self.source, Paced):
            if paused:
                self.source.pause()
            else:
                self.source.resume()

    def _recorder(self) -> TakeRecorder:
        from coach.takes.journal import JournalHeader
        from coach.takes.recorder import TakeRecorder

        now = datetime.now().astimezone()
        header = JournalHeader(
            created=now.isoformat(timespec="seconds"),
            script=self.script,
            settings=self.settings,
            card=self.perceiver.card if self.perceiver else None,
            source=self.source.info,
        )
        folder = self.store.create(self.script.title, now)
        return TakeRecorder(folder, header, self.notices, record=self.options.record)

    def _join_reminder(self, takes_before: list[Path]) -> None:
        """Remind of what the actor noted on lines that are played now, and has not rehearsed since."""
        if not takes_with_notes(takes_before[:RECENT_TAKES]):
            return
        from coach.app.own_notes import open_notes

        first, last = self.settings.lines or (1, len(self.script.spoken))
        noted = [each for each in open_notes(self.script, takes_before, self.notices) if first <= each[0] <= last]
        if noted:
            self.rehearsal.join(Reminder(noted, self.notices))

    def _join_evidence(self) -> None:
        from coach.takes.face_pictures import EvidenceKeeper

        self.rehearsal.join(EvidenceKeeper(self.recorder.folder, self.script, self.notices))
