"""Puts a mirror together from its parts, runs it and tells what it saw: here its rooms meet."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from coach.base.errors import INTERRUPTED, UsageError
from coach.cli.interrupting import ending_on_signals
from coach.cli.mirror_files import Asked, Files
from coach.cli.mirroring import Mirroring
from coach.cli.notices import Notices
from coach.cli.source import open_named

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from coach.base.protocols import FrameSource
    from coach.display.mirror.state import MirrorCommand, MirrorDisplay, MirrorState
    from coach.perception.crowd import Crowd
    from coach.sources import SystemClock


def play(args: argparse.Namespace) -> int:
    """Run the mirror that the options ask for, from opening its source to telling what it saw; gives the exit code.

    Raises:
        CoachError: something the user can mend, before the mirror began.
    """
    notices = Notices()
    _refuse_nonsense(args)
    asked = Asked.of(args)
    asked.check()
    _agree(args)
    with ExitStack() as stack:
        stage = _Stage(args, notices, stack)
        files = stage.files(asked)
        stack.callback(files.close)
        return _run(stage, files)


def _run(stage: _Stage, files: Files) -> int:
    """Run; whatever ends it, the files are finished and what was seen is told."""
    mirroring = stage.mirroring()
    displays = stage.displays()
    with ending_on_signals(mirroring), ExitStack() as closing:
        closing.callback(stage.tell, mirroring, files)
        closing.callback(files.close)
        closing.callback(stage.notices.close)
        for display in displays:
            closing.callback(display.close)
            stage.notices.show_on(display)
        mirroring.join(displays, files, stage.notices, stage.keys(closing, displays))
        mirroring.run()
    if mirroring.interrupted:
        return INTERRUPTED
    return 1 if files.failed else 0


def _refuse_nonsense(args: argparse.Namespace) -> None:
    """Options that make no sense together, and models that do not exist, before anything is asked or opened."""
    if args.source == "none":
        raise UsageError("--source none shows no picture, and a mirror without a picture shows nothing")
    if args.model is not None:
        from coach.perception.models import find_model

        find_model(args.model)


def _agree(args: argparse.Namespace) -> None:
    if args.source == "camera" or args.source.startswith("camera:"):
        from coach.consent import ensure_camera_consent
        from coach.sources.opening import camera_index
        from coach.takes.store import TakeStore

        camera_index(args.source)  # nobody is asked about a camera that cannot be meant
        ensure_camera_consent(yes=args.yes, takes_folder=TakeStore(None).folder, stdin=sys.stdin, stdout=sys.stdout)


class _Stage:
    """The parts of one run, opened in the order that keeps cv2 before av."""

    def __init__(self, args: argparse.Namespace, notices: Notices, stack: ExitStack) -> None:
        from coach.sources import SystemClock

        self.notices = notices
        self.clock: SystemClock = SystemClock()
        self._args = args
        self._windowed = self._find_window()  # imports cv2, before anything that decodes video
        self.source = self._open_source()
        stack.callback(self.source.close)
        self._crowd = self._open_crowd()
        self._state = self._open_state()

    def _find_window(self) -> bool:
        from coach.display.kit.pane import window_available

        if self._args.headless:
            return False
        missing = window_available()
        if missing:
            self.notices(f"No window: {missing}. The mirror goes on in the terminal, as with --headless.")
        return not missing

    def _open_crowd(self) -> Crowd:
        from coach.perception.crowd import open_crowd

        args = self._args
        return open_crowd(
            args.detector,
            args.model,
            every=args.every,
            max_faces=args.max_faces,
            region=args.region,
            stills=self.source.info.kind == "images",
        )

    def _open_source(self) -> FrameSource:
        from coach.sources import Paced
        from coach.sources.web.options import web_options

        args = self._args
        source = open_named(
            args.source,
            clock=self.clock,
            notify=self.notices,
            web=web_options(args),
            open_timeout_s=args.open_timeout,
        )
        return Paced(source, self.clock) if self._windowed and not source.info.live else source

    def _open_state(self) -> MirrorState:
        from coach.display.mirror.state import MirrorState
        from coach.display.mirror.words import meaning_of
        from coach.sources.files.images import stills_of

        info = self.source.info
        return MirrorState(
            name=info.name,
            stats=lambda: self.source.stats,
            live=info.live,
            duration_s=info.duration_s,
            labels=self._args.labels,
            meaning=meaning_of(self._crowd.card),
            mirrored=info.kind == "camera",
            pictures=stills_of(info),
            region=self._args.region,
        )

    def files(self, asked: Asked) -> Files:
        """What writes files, those that were asked for opened."""
        state = self._state
        return Files(asked, self.source.info, self.notices, state.style, pictures=state.pictures)

    def mirroring(self) -> Mirroring:
        """The loop, not begun."""
        stills = self.source.info.kind == "images"
        return Mirroring(
            self.source,
            self._crowd,
            self._state,
            clock=self.clock,
            on_pause=self._pause,
            linger=stills and self._windowed,
        )

    def _pause(self, paused: bool) -> None:
        from coach.sources import Paced

        if isinstance(self.source, Paced):
            if paused:
                self.source.pause()
            else:
                self.source.resume()

    def displays(self) -> list[MirrorDisplay]:
        """The window, or the view that fits the terminal."""
        if self._windowed:
            from coach.display.mirror.window import MirrorWindow

            return [MirrorWindow(self._state, self.clock)]
        from coach.display.mirror.plain import open_terminal

        return [open_terminal(self._state, self.clock, plain=self._args.plain)]

    def keys(self, stack: ExitStack, displays: list[MirrorDisplay]) -> Callable[[], list[MirrorCommand]]:
        """The commands typed in the terminal while `stack` is open."""
        from coach.display.kit.keys import open_keyboard
        from coach.display.mirror.state import commands_of

        first = displays[0]
        keyboard = open_keyboard(before_stop=first.suspend, after_stop=first.resume)
        if keyboard is None:
            return list
        stack.enter_context(keyboard)
        return lambda: commands_of(keyboard.typed())

    def tell(self, mirroring: Mirroring, files: Files) -> None:
        """Print what was seen and what was written."""
        from coach.display.kit.console import open_console
        from coach.display.mirror.summary import SummaryPrinter

        report = SummaryPrinter(open_console(), self._args.labels)
        info, stats = self.source.info, self.source.stats
        summary = mirroring.tally.summary()
        if self._state.pictures is not None:
            seen = [(files.name_of(view.t), view) for view in mirroring.stills]
            report.pictures(info.name, seen, summary.frames, len(self._state.pictures.names))
        else:
            report.run(info.name, summary, mirroring.played_s, stats.dropped if info.live else None)
            report.people(summary)
        for warning in (*stats.warnings, *self._crowd.warnings, *mirroring.trouble, *files.warnings):
            report.warning(warning)
        for words, path in files.written:
            report.saved(words, str(path))
