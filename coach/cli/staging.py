"""Puts a rehearsal together from its parts, plays it and shows its report: the only place where all rooms meet."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from coach.base.errors import INTERRUPTED, UsageError
from coach.base.settings import Settings
from coach.cli.interrupting import ending_on_signals
from coach.cli.notices import Notices
from coach.cli.reminding import Reminder
from coach.cli.source import open_named
from coach.core.script.script import Script
from coach.core.script.timeline import Beat
from coach.sources.web.options import WebOptions, web_options

if TYPE_CHECKING:
    from coach.base.protocols import FrameSource
    from coach.core.scoring.report import Report
    from coach.display.rehearsal.plain import Display
    from coach.display.rehearsal.stage import RunInfo
    from coach.display.rehearsal.window import Window
    from coach.perception.pipeline import Perception
    from coach.session import Rehearsal
    from coach.sources import SystemClock
    from coach.takes.face_pictures import EvidenceKeeper
    from coach.takes.recorder import TakeRecorder
    from coach.takes.store import TakeStore
    from coach.voice.sink import VoiceSink


@dataclass(frozen=True)
class Staging:
    """What a run needs besides script and settings; named as the options of the command line."""

    source: str = "camera"
    watch: bool = False
    open_timeout: float = 15.0
    yes: bool = False
    model: str | None = None
    voice: Literal["auto", "on", "off"] = "auto"
    voice_rate: int | None = None
    voice_name: str | None = None
    plain: bool = False
    window: bool = False
    record: bool = False
    evidence: bool = False
    takes: Path | None = None
    web: WebOptions = field(default_factory=WebOptions)

    @classmethod
    def of(cls, args: argparse.Namespace) -> Staging:
        """From parsed options."""
        named = {each.name: getattr(args, each.name) for each in fields(cls) if each.name != "web"}
        return cls(**named, web=web_options(args))

    @property
    def camera(self) -> bool:
        """Whether a camera is watched."""
        return self.source == "camera" or self.source.startswith("camera:")

    @property
    def live(self) -> bool:
        """Whether time comes from a clock: with a camera, or with no picture at all."""
        return self.camera or self.source == "none"


def play(script: Script, settings: Settings, staging: Staging) -> int:
    """Play one take, from opening its source to printing its report, and give the exit code.

    Raises:
        CoachError: something the user can mend, before the take began.
    """
    from coach.session import Rehearsal, timeline_for
    from coach.takes.store import TakeStore

    _refuse_nonsense(settings, staging)
    timeline = timeline_for(script, settings, live=staging.live)
    store, notices = TakeStore(staging.takes), Notices()
    if settings.coach == "gaps" and not any(isinstance(slot, Beat) for slot in timeline.slots):
        notices("These lines have no pause between them, so --coach gaps finds no place for a note.")
    _agree(staging, store.folder)
    _name_unfinished(store, notices, staging)
    takes_before = store.takes()
    with ExitStack() as stack:
        stage = _Stage(script, settings, staging, notices)
        stack.callback(stage.source.close)
        on_pause = stage.pause if staging.watch else None
        rehearsal = Rehearsal(script, stage.source, stage.perception, settings, on_pause=on_pause)
        recorder = stage.recorder(store)
        stack.callback(recorder.close)
        rehearsal.join(_reminder(script, settings, takes_before, notices))  # heard before the sinks that show it
        stage.fill(rehearsal, recorder, stack)
        return _run(rehearsal, recorder, stage)


def _run(rehearsal: Rehearsal, recorder: TakeRecorder, stage: _Stage) -> int:
    """Play; whatever ends it, the report is written and shown."""
    began = stage.clock.now()
    with ending_on_signals(rehearsal):
        try:
            rehearsal.run()
        finally:
            recorder.close()
            frames, seconds = stage.source.stats.frames, stage.clock.now() - began
            report = rehearsal.report(recorder.folder.name, round(frames / seconds, 1) if frames and seconds else None)
            recorder.write(report)
            _show(report, recorder.folder, stage.staging)
    return INTERRUPTED if rehearsal.interrupted else 0


def _show(report: Report, take: Path, staging: Staging) -> None:
    from coach.cli.own_notes import own_of
    from coach.display.kit.console import open_console
    from coach.display.tables.report import print_report

    more = f"{_report_command(take.name, staging)} --html --open shows this as a page"
    print_report(report, open_console(), take_path=take, more=more, own=own_of(take, report, Notices()))


def _report_command(take: str, staging: Staging) -> str:
    return shlex.join(["coach", "report", take, *(["--takes", str(staging.takes)] if staging.takes else [])])


def _refuse_nonsense(settings: Settings, staging: Staging) -> None:
    """Options that would silently do nothing are refused."""
    if staging.watch and staging.live:
        raise UsageError("--watch plays a recorded take at its own pace: name the recording with --source FILE")
    for option, asked in (("--loop", settings.loop > 1), ("--advance key", settings.advance == "key")):
        if asked and not staging.live:
            raise UsageError(f"{option} needs a live run: a recorded take goes on by itself")
    if staging.record and not staging.camera:
        raise UsageError("--record keeps a video of what the camera sees, and this run has no camera")
    if staging.evidence and staging.source == "none":
        raise UsageError("--evidence keeps pictures of the face, and with --source none there is none")
    if staging.model is not None:
        _refuse_model(staging.model, staging)


def _refuse_model(model: str, staging: Staging) -> None:
    from coach.perception.models import find_model

    if staging.source == "none":
        raise UsageError("--model reads a face, and with --source none there is none to read")
    find_model(model)  # nobody is asked about a camera for a model that does not exist


def _agree(staging: Staging, takes: Path) -> None:
    if staging.camera:
        from coach.consent import ensure_camera_consent
        from coach.sources.opening import camera_index

        camera_index(staging.source)  # nobody is asked about a camera that cannot be meant
        ensure_camera_consent(yes=staging.yes, takes_folder=takes, stdin=sys.stdin, stdout=sys.stdout)


def _name_unfinished(store: TakeStore, notices: Notices, staging: Staging) -> None:
    unfinished = store.unfinished()
    if unfinished:
        name = unfinished[0].name
        notices(f"The take {name} was broken off. `{_report_command(name, staging)}` shows what was kept of it.")


def _reminder(script: Script, settings: Settings, takes: Sequence[Path], notices: Notices) -> Reminder:
    """Of what the actor noted on lines that are played now, and has not rehearsed since."""
    from coach.cli.own_notes import open_notes

    first, last = settings.lines or (1, len(script.spoken))
    return Reminder([each for each in open_notes(script, takes, notices) if first <= each[0] <= last], notices)


class _Stage:
    """The parts of one run, opened in the order that keeps cv2 before av, and put together."""

    def __init__(self, script: Script, settings: Settings, staging: Staging, notices: Notices) -> None:
        from coach.sources import SystemClock

        self.staging = staging
        self.clock: SystemClock = SystemClock()
        self._script = script
        self._settings = settings
        self._notices = notices
        # Before anything that decodes video: cv2 hangs in its first window when av was loaded before it.
        self._window_class = self._find_window()
        self.perception = self._open_perception()
        self.source = self._open_source()

    def _find_window(self) -> type[Window] | None:
        if not self.staging.window:
            return None
        from coach.display.kit.pane import window_available
        from coach.display.rehearsal.window import Window

        missing = window_available()
        if missing:
            self._notices(f"No window: {missing}. The rehearsal goes on in the terminal.")
            return None
        return Window

    def _open_perception(self) -> Perception | None:
        if self.staging.source == "none":
            return None
        from coach.perception.pipeline import open_perception

        return open_perception(self._settings.detector, self.staging.model, self._settings.detect_every)

    def _open_source(self) -> FrameSource:
        from coach.sources import Paced

        source = open_named(
            self.staging.source,
            lead_in_s=self._settings.lead_in_s,
            open_timeout_s=self.staging.open_timeout,
            clock=self.clock,
            notify=self._notices,
            web=self.staging.web,
        )
        return Paced(source, self.clock) if self.staging.watch else source

    def pause(self, paused: bool) -> None:
        """A recorded take that is watched stands still with the script."""
        from coach.sources import Paced

        if isinstance(self.source, Paced):
            if paused:
                self.source.pause()
            else:
                self.source.resume()

    def recorder(self, store: TakeStore) -> TakeRecorder:
        """A new take in `store`."""
        from coach.takes.journal import JournalHeader
        from coach.takes.recorder import TakeRecorder

        now = datetime.now().astimezone()
        header = JournalHeader(
            created=now.isoformat(timespec="seconds"),
            script=self._script,
            settings=self._settings,
            card=self.perception.card if self.perception else None,
            source=self.source.info,
        )
        return TakeRecorder(store.create(self._script.title, now), header, self._notices, record=self.staging.record)

    def fill(self, rehearsal: Rehearsal, recorder: TakeRecorder, stack: ExitStack) -> None:
        """Let everybody take part: first the journal, so that nothing is shown or said that is not kept."""
        from coach.display.kit.keys import open_keyboard

        run = self._run_info(rehearsal)
        display = self._display(run)
        rehearsal.join(recorder)
        if self.staging.evidence:
            rehearsal.join(self._evidence(recorder.folder))
        rehearsal.join(display)
        rehearsal.join(self._voice())
        self._notices.show_on(display)
        if self._window_class is not None:
            window = self._window(run, self._window_class)
            rehearsal.join(window)
            self._notices.show_on(window)
        rehearsal.join(self._notices)
        keyboard = open_keyboard(before_stop=display.suspend, after_stop=display.resume)
        if keyboard is not None:
            rehearsal.join(stack.enter_context(keyboard))

    def _run_info(self, rehearsal: Rehearsal) -> RunInfo:
        from coach.display.rehearsal.stage import RunInfo

        return RunInfo(
            rehearsal.timeline,
            self._settings,
            source_name="" if self.source.info.kind == "none" else self.source.info.name,
            live=self.staging.live,
            meaning=self.perception.card.meaning if self.perception else "label",
        )

    def _display(self, run: RunInfo) -> Display:
        from coach.display.rehearsal.plain import open_display

        return open_display(run, plain=self.staging.plain, clock=self.clock, stats=lambda: self.source.stats)

    def _evidence(self, take: Path) -> EvidenceKeeper:
        from coach.takes.face_pictures import EvidenceKeeper

        return EvidenceKeeper(take, self._script, self._notices)

    def _window(self, run: RunInfo, window: type[Window]) -> Window:
        return window(run, mirror=self.source.info.kind == "camera", clock=self.clock)

    def _voice(self) -> VoiceSink:
        from coach.voice.sink import VoiceSink
        from coach.voice.speaker import open_speaker

        silent = self.staging.voice == "auto" and not self.staging.live
        return VoiceSink(
            open_speaker(
                mode="off" if silent else self.staging.voice,
                rate=self.staging.voice_rate,
                name=self.staging.voice_name,
                language=self._script.language,
                notify=self._notices,
            )
        )
