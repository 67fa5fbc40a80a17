"""`coach rehearse`: play a script against a camera or a recorded take."""

from __future__ import annotations

import argparse
import shlex
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coach.base.errors import INTERRUPTED, UsageError
from coach.base.messages import mark, tr
from coach.cli import output
from coach.cli.learning_options import lines_from
from coach.cli.options import CommandParser
from coach.cli.partner import prepare_partner, with_turns
from coach.cli.rehearse_options import add_run, options_of, settings_of

if TYPE_CHECKING:
    from coach.app.composition import RehearsalRun, RunOptions
    from coach.base.settings import Settings
    from coach.core.script.script import Script
    from coach.display.rehearsal.stage import RunInfo
    from coach.display.rehearsal.window import Window

ABOUT = mark("Rehearse a script: the coach gives the cues, watches your face, and reports line by line.")


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    # All options would fill a screen above the message about one of them.
    parser.usage = tr("%(prog)s [options] SCRIPT")
    about = tr("the script file (.yaml, .json, .txt, .md, .fountain, .fdx, .docx or .pdf)")
    parser.add_argument("script", metavar="SCRIPT", help=about)
    add_run(parser)


def run(args: argparse.Namespace) -> int:
    """Rehearse the script.

    Raises:
        CoachError: the script, the source, the model or the takes folder cannot be used.
    """
    from coach.scripts import load_script

    settings = settings_of(args)
    script = load_script(args.script, output.print_notice, args.role)
    if script.role is None and script.role_names:
        from coach.cli.roles import choose_role

        script = choose_role(script)
    if script.role is not None:
        settings = with_turns(settings, script, args)
    if args.scene is not None:
        settings = settings.model_copy(update={"lines": _lines_of_scene(script, args)})
    if args.from_line is not None:
        settings = settings.model_copy(update={"lines": lines_from(script, args)})
    return play(script, settings, options_of(args), screen_of(args))


def _lines_of_scene(script: Script, args: argparse.Namespace) -> tuple[int, int]:
    """First and last line of the scene that `args` name."""
    from coach.scripts.roles import scene_lines

    if args.lines is not None:
        raise UsageError(tr("--scene and --lines both choose lines; give one of them"))
    return scene_lines(script, args.scene)


@dataclass(frozen=True)
class Screen:
    """How a run is shown.

    Attributes:
        plain: plain lines instead of the live view.
        window: also a window with the picture.
        yes: use the camera without asking.
        first_steps: end with things to try, for somebody who is new to the coach.
    """

    plain: bool = False
    window: bool = False
    yes: bool = False
    first_steps: bool = False


def screen_of(args: argparse.Namespace) -> Screen:
    """The screen given by the options."""
    return Screen(args.plain, args.window, args.yes)


def play(script: Script, settings: Settings, options: RunOptions, screen: Screen) -> int:
    """Play one take, from opening its source to printing its report, and return the exit code.

    Raises:
        CoachError: a problem that the user can solve, before the take began.
    """
    from coach.app.composition import RehearsalRun
    from coach.app.notices import Notices
    from coach.cli.signals import ending_on_signals

    _check_options(settings, options)
    notices = Notices(output.print_notice)
    run = RehearsalRun(script, settings, options, notices)
    if run.lacks_beats:
        notices(tr("These lines have no pauses, so --coach gaps will give no notes."))
    if options.camera:
        from coach.cli.consent import ensure_consent

        ensure_consent(options.source, run.store.folder, yes=screen.yes)
    _mention_unfinished(run)
    # Import cv2 before anything that decodes video: its first window hangs if av was imported before.
    window = _find_window(run) if screen.window else None
    with ExitStack() as stack:
        partner = prepare_partner(run, stack) if script.role is not None else None
        with output.downloading(options.source) as progress:
            run.open(stack, progress)
        _join_displays(run, screen, window, stack)
        if partner is not None:
            run.add_partner(partner)
        with ending_on_signals(run.rehearsal):
            try:
                run.play()
            finally:
                _show(run, first_steps=screen.first_steps)
    return INTERRUPTED if run.rehearsal.interrupted else int(not run.recorder.complete)


def _check_options(settings: Settings, options: RunOptions) -> None:
    """Refuse options that would have no effect."""
    if options.watch and options.live:
        raise UsageError(tr("--watch plays a recorded take at its own pace: name the recording with --source FILE"))
    for option, given in (("--loop", settings.loop > 1), ("--advance key", settings.advance == "key")):
        if given and not options.live:
            raise UsageError(tr("{option} needs a live run: a recorded take goes on by itself", option=option))
    if options.record and not options.camera:
        raise UsageError(tr("--record keeps a video of what the camera sees, and this run has no camera"))
    if not options.sound and not options.record:
        raise UsageError(tr("--no-sound is about the video of --record; give both or neither"))
    if options.evidence and options.source == "none":
        raise UsageError(tr("--evidence keeps pictures of the face, and with --source none there is none"))
    if settings.face != "auto" and options.source == "none":
        raise UsageError(tr("--face chooses a face, and with --source none there is none"))
    if options.measures_per_s and options.source == "none":
        raise UsageError(tr("--measures measures a face, and with --source none there is none"))
    if options.model is not None:
        _check_model(options.model, options.source)


def _check_model(model: str, source: str) -> None:
    from coach.perception.models import find_model

    if source == "none":
        raise UsageError(tr("--model reads a face, and with --source none there is none to read"))
    find_model(model)  # refuse an unknown model before asking for consent


def _mention_unfinished(run: RehearsalRun) -> None:
    unfinished = run.store.unfinished()
    if unfinished:
        name = unfinished[0].name
        command = _report_command(run, name)
        run.notices(tr("The take {name} is unfinished. `{command}` shows what was kept.", name=name, command=command))


def _report_command(run: RehearsalRun, take: str = "") -> str:
    """The command that shows `take`, or the newest one."""
    takes = run.options.takes
    return shlex.join(["coach", "report", *([take] if take else []), *(["--takes", str(takes)] if takes else [])])


def _find_window(run: RehearsalRun) -> type[Window] | None:
    from coach.display.kit.pane import window_available
    from coach.display.rehearsal.window import Window

    missing = window_available()
    if missing:
        run.notices(tr("No window: {reason}. The rehearsal goes on in the terminal.", reason=missing))
        return None
    return Window


def _join_displays(run: RehearsalRun, screen: Screen, window_class: type[Window] | None, stack: ExitStack) -> None:
    from coach.display.rehearsal.plain import open_display

    info = _run_info(run)
    display = open_display(info, plain=screen.plain, clock=run.clock, stats=lambda: run.source.stats)
    run.rehearsal.add(display)
    run.notices.add_display(display)
    run.add_voice()
    if window_class is not None:
        window = window_class(info, mirror=run.source.info.kind == "camera", clock=run.clock)
        run.rehearsal.add(window)
        run.notices.add_display(window)
    if output.can_read_keys():
        from coach.display.kit.keys import Keyboard

        keyboard = Keyboard(before_stop=display.suspend, after_stop=display.resume)
        run.rehearsal.add(stack.enter_context(keyboard))


def _run_info(run: RehearsalRun) -> RunInfo:
    from coach.display.rehearsal.stage import RunInfo

    info = run.source.info
    return RunInfo(
        run.timeline,
        run.settings,
        source_name="" if info.kind == "none" else info.name,
        live=run.options.live,
        meaning=run.perceiver.card.meaning if run.perceiver else "label",
        hearing=run.ear.hearing if run.ear else None,
    )


def _show(run: RehearsalRun, *, first_steps: bool) -> None:
    from coach.display.kit.console import open_console
    from coach.display.tables.summary import more_rows, print_summary, print_take

    take, saved = run.recorder.folder, run.recorder.complete
    if not saved:
        more = [run.recorder.lost_sentence()]
    elif first_steps:
        more = output.first_steps(f"{_report_command(run)} --html --open", tr("see this take as a page"))
    else:
        more = list(more_rows(_report_command(run, take.name)))
    more = [*run.face_sentences(), *more]
    print_take(
        run.report, open_console(), print_summary, take_path=take if saved else None, more=more, own=run.own_notes()
    )
