"""`coach mirror`: show every face of a camera, a video, pictures or a web video, with its emotions."""

from __future__ import annotations

import argparse
import re
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from coach.base.errors import INTERRUPTED, UsageError
from coach.base.messages import mark, tr
from coach.base.types import MEASURES_PER_S
from coach.cli import output
from coach.cli.consent import ensure_consent
from coach.cli.options import CommandParser, add_measures, add_model, add_reads, count, measures_per_s, seconds
from coach.cli.web_options import add_web_options, web_options
from coach.perception.models import DETECTORS
from coach.sources.opening import is_camera

if TYPE_CHECKING:
    from collections.abc import Callable

    from coach.app.mirror import MirrorRun
    from coach.app.mirror_files import MirrorFiles, OutputPaths
    from coach.app.notices import Notices
    from coach.base.protocols import FrameSource
    from coach.base.types import Box
    from coach.core.actor.examples import ActorProfile
    from coach.display.mirror.state import MirrorCommand, MirrorDisplay, MirrorState
    from coach.perception.pipeline import FacePipeline
    from coach.sources import SystemClock


ABOUT = mark(
    "Show live what the camera reads in every face, with percentages and a graph of one person. Needs no "
    "script. Keys: q quit, p pause, v start or stop recording, s snapshot, tab next person, g graph, m mirror."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    _add_source(parser)
    _add_faces(parser)
    _add_screen(parser)
    _add_files(parser)
    add_web_options(parser)


def _add_source(parser: CommandParser) -> None:
    group = parser.section(tr("what to watch"))
    group.add_argument(
        "--source",
        default="camera",
        metavar="WHAT",
        help=tr("camera (the default), camera:N, a video file, a picture, a folder of pictures, or a web address"),
    )
    group.add_argument("--open-timeout", type=seconds, default=15.0, metavar="S", help=tr("longest wait for a camera"))
    group.add_argument("--yes", action="store_true", help=tr("allow the camera without a question"))


def _add_faces(parser: CommandParser) -> None:
    group = parser.section(tr("which faces"))
    add_model(group)
    group.add_argument(
        "--actor",
        metavar="NAME",
        help=tr(
            "also show which of this actor's own examples a face is like (default: with a camera the actor used last)"
        ),
    )
    group.add_argument(
        "--detector",
        choices=["auto", *DETECTORS],
        default="auto",
        help=tr(
            "what finds the faces: wide, tiled (smaller faces, slower), blazeface (near faces, quickest) or haar "
            "(default: auto, which is tiled for pictures and wide for all else)"
        ),
    )
    group.add_argument(
        "--every", type=count, default=3, metavar="N", help=tr("search faces in every Nth reading (default: 3)")
    )
    add_reads(group)
    group.add_argument("--max-faces", type=count, metavar="N", help=tr("follow only the N biggest faces"))
    group.add_argument(
        "--region",
        type=region,
        metavar="X,Y,W,H",
        help=tr("search faces only in this part of the picture: pixels from its left and top edge, width, height"),
    )


def _add_screen(parser: CommandParser) -> None:
    group = parser.section(tr("screen"))
    group.add_argument(
        "--labels",
        choices=["plain", "classic"],
        default="plain",
        help=tr(
            "fear and surprise (plain), or scared and surprised as in older mirrors (classic); logs are always plain"
        ),
    )
    group.add_argument(
        "--headless",
        action="store_true",
        help=tr("no window; a recording is then read as fast as possible (the default without a display)"),
    )
    group.add_argument(
        "--plain", action="store_true", help=tr("without a window, plain lines instead of the live view")
    )


def _add_files(parser: CommandParser) -> None:
    group = parser.section(tr("files"))
    group.add_argument(
        "--output",
        type=Path,
        metavar="PATH",
        help=tr(
            "write what is shown as .mp4 or .avi, with the sound of the source; for pictures, a folder for annotated "
            "copies, or for one picture a .png or .jpg"
        ),
    )
    group.add_argument("--log", type=Path, metavar="PATH", help=tr("write a row per face and frame as .csv or .jsonl"))
    add_measures(group)
    group.add_argument("--graph", type=Path, metavar="PATH", help=tr("draw the emotions over time as .png or .svg"))
    group.add_argument("--force", action="store_true", help=tr("replace existing files of these names"))


def region(text: str) -> Box:
    """Parse ``x,y,w,h`` in whole pixels."""
    from coach.base.types import Box

    numbers = [int(part) for part in text.split(",")] if re.fullmatch(r"\s*\d{1,5}(\s*,\s*\d{1,5}){3}\s*", text) else []
    if len(numbers) != 4 or 0 in numbers[2:]:
        raise argparse.ArgumentTypeError(
            tr(
                "expected left, top, width and height in pixels, none below 0, such as 0,0,640,480, found {text!r}",
                text=text[:40],
            )
        )
    return Box(*numbers)


def run(args: argparse.Namespace) -> int:
    """Run the mirror, from opening its source to printing the summary.

    Raises:
        CoachError: the source, the model or a file cannot be used.
    """
    from coach.app.mirror_files import OutputPaths
    from coach.app.notices import Notices
    from coach.takes.store import TakeStore

    _check_options(args)
    measures = measures_per_s(args) > 0
    paths = OutputPaths(output=args.output, log=args.log, graph=args.graph, force=args.force, measures=measures)
    paths.check()
    if is_camera(args.source):
        ensure_consent(args.source, TakeStore(None).folder, yes=args.yes)
    with ExitStack() as stack:
        setup = _MirrorSetup(args, Notices(output.print_notice), stack)
        files = setup.files(paths)
        stack.callback(files.close)
        return _play(setup, files)


def _play(setup: _MirrorSetup, files: MirrorFiles) -> int:
    """Run the mirror. However it ends, finish the files and print the summary."""
    from coach.cli.signals import ending_on_signals

    mirror = setup.mirror()
    display = setup.display()
    with ending_on_signals(mirror), ExitStack() as closing:
        closing.callback(setup.print_summary, mirror, files)
        closing.callback(files.close)
        closing.callback(setup.notices.close)
        closing.callback(display.close)
        setup.notices.add_display(display)
        mirror.connect([display], files, setup.notices, setup.keys(closing, display))
        mirror.run()
    if mirror.interrupted:
        return INTERRUPTED
    return 1 if files.failed else 0


def _check_options(args: argparse.Namespace) -> None:
    """Refuse contradictory options and unknown models before asking or opening anything."""
    if args.source == "none":
        raise UsageError(tr("--source none has no picture, so the mirror has nothing to show"))
    if measures_per_s(args) and args.log is None:
        raise UsageError(tr("--measures adds columns to the log of the mirror: name one with --log FILE"))
    if args.model is not None:
        from coach.perception.models import find_model

        find_model(args.model)


class _MirrorSetup:
    """The parts of one run. They are opened in an order that imports cv2 before av."""

    def __init__(self, args: argparse.Namespace, notices: Notices, stack: ExitStack) -> None:
        from coach.sources import SystemClock

        self.notices = notices
        self.clock: SystemClock = SystemClock()
        self._args = args
        self._windowed = self._find_window()  # imports cv2, before anything that decodes video
        self._profile = self._choose_actor()
        self.source = self._open_source()
        stack.callback(self.source.close)
        self._perception = self._open_perception()
        self._state = self._open_state()

    def _find_window(self) -> bool:
        from coach.display.kit.pane import window_available

        if self._args.headless:
            return False
        missing = window_available()
        if missing:
            self.notices(
                tr("No window: {reason}. The mirror goes on in the terminal, as with --headless.", reason=missing)
            )
        return not missing

    def _open_perception(self) -> FacePipeline:
        from coach.perception.pipeline import Crowd, open_crowd

        args = self._args
        stills = self.source.info.kind == "images"
        mode = Crowd(
            args.every,
            args.max_faces,
            args.region,
            stills=stills,
            reads_per_s=args.reads_per_second,
            measures_per_s=measures_per_s(args) or (MEASURES_PER_S if self._profile else 0.0),
        )
        return open_crowd(args.detector, args.model, mode)

    def _open_source(self) -> FrameSource:
        from coach.sources import Paced, SourceOptions, open_source

        args = self._args
        with output.downloading(args.source) as progress:
            options = SourceOptions(open_timeout_s=args.open_timeout, web=web_options(args))
            source = open_source(args.source, options, clock=self.clock, notify=self.notices, progress=progress)
        return Paced(source, self.clock) if self._windowed and not source.info.live else source

    def _open_state(self) -> MirrorState:
        from coach.display.mirror.state import MirrorState
        from coach.display.mirror.texts import MEANING
        from coach.sources.files.images import stills_of

        info = self.source.info
        return MirrorState(
            name=info.name,
            stats=lambda: self.source.stats,
            live=info.live,
            duration_s=info.duration_s,
            labels=self._args.labels,
            meaning=MEANING,
            mirrored=info.kind == "camera",
            pictures=stills_of(info),
            region=self._args.region,
        )

    def files(self, paths: OutputPaths) -> MirrorFiles:
        """The writer of the output files, with the named files open."""
        from coach.app.mirror_files import MirrorFiles

        state = self._state
        return MirrorFiles(paths, self.source.info, self.notices, state.style, pictures=state.pictures)

    def mirror(self) -> MirrorRun:
        """The main loop, not started yet."""
        from coach.app.mirror import MirrorRun

        stills = self.source.info.kind == "images"
        mirror = MirrorRun(
            self.source,
            self._perception,
            self._state,
            clock=self.clock,
            on_pause=self._pause,
            linger=stills and self._windowed,
        )
        if self._profile is not None:
            mirror.compare_with(self._profile)
        return mirror

    def _choose_actor(self) -> ActorProfile | None:
        camera = is_camera(self._args.source)
        if self._args.actor is None and not camera:
            return None
        from coach.app.actors import profile_for

        return profile_for(self._args.actor, self._args.model, camera=camera, notify=self.notices)

    def _pause(self, paused: bool) -> None:
        from coach.sources import Paced

        if isinstance(self.source, Paced):
            if paused:
                self.source.pause()
            else:
                self.source.resume()

    def display(self) -> MirrorDisplay:
        """The window, or the view that fits the terminal."""
        if self._windowed:
            from coach.display.mirror.window import MirrorWindow

            return MirrorWindow(self._state, self.clock)
        from coach.display.mirror.lines import open_terminal

        return open_terminal(self._state, self.clock, plain=self._args.plain)

    def keys(self, stack: ExitStack, display: MirrorDisplay) -> Callable[[], list[MirrorCommand]]:
        """A function that returns the commands typed in the terminal, while `stack` is open."""
        if not output.can_read_keys():
            return list
        from coach.display.kit.keys import Keyboard
        from coach.display.mirror.state import commands_of

        keyboard = stack.enter_context(Keyboard(before_stop=display.suspend, after_stop=display.resume))
        return lambda: commands_of(keyboard.typed_keys())

    def print_summary(self, mirror: MirrorRun, files: MirrorFiles) -> None:
        """Print the totals, the warnings and the written files."""
        from coach.display.kit.console import open_console
        from coach.display.mirror.summary import SummaryPrinter

        printer = SummaryPrinter(open_console(), self._args.labels)
        info, stats = self.source.info, self.source.stats
        summary = mirror.tally.summary()
        if self._state.pictures is not None:
            views = [(files.name_of(view.t), view) for view in mirror.stills]
            printer.pictures(info.name, views, summary.frames, len(self._state.pictures.names))
        else:
            printer.run(info.name, summary, mirror.played_s, stats.dropped if info.live else None)
            printer.people(summary)
        for warning in (*stats.warnings, *self._perception.warnings, *mirror.source_errors, *files.warnings):
            printer.warning(warning)
        for description, path in files.written:
            printer.saved(description, str(path))
