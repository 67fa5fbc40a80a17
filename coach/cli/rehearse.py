"""`coach rehearse`: play a script against a camera or a recorded take."""

from __future__ import annotations

import argparse
import shlex
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coach.base.errors import INTERRUPTED, UsageError
from coach.cli import output
from coach.cli.learning_options import (
    add_learning,
    check_learning,
    lines_from,
    source_of,
    speed_of,
    voice_rate_of,
)
from coach.cli.listening import add_listening, listen_if_asked, listening_options
from coach.cli.options import (
    CommandParser,
    add_measures,
    add_model,
    add_reads,
    add_role,
    add_screen_and_takes,
    add_voice,
    count,
    face_choice,
    line_range,
    measures_per_s,
    seconds,
)
from coach.cli.partner import add_partner_options, partner_options, prepare_partner, with_turns
from coach.cli.web_options import add_web_options, downloading, web_options
from coach.perception.models import ACTOR_DETECTORS

if TYPE_CHECKING:
    from coach.app.composition import RehearsalRun, RunOptions
    from coach.base.settings import Settings
    from coach.core.script.script import Script
    from coach.display.rehearsal.stage import RunInfo
    from coach.display.rehearsal.window import Window

ABOUT = "Rehearse a script: the coach gives the cues, watches your face, and reports line by line."


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.usage = "%(prog)s [options] SCRIPT"  # all options would fill a screen above the message about one of them
    about = "the script file (.yaml, .json, .txt, .md, .fountain, .fdx, .docx or .pdf)"
    parser.add_argument("script", metavar="SCRIPT", help=about)
    add_run(parser)


def add_run(parser: CommandParser, *, passage: bool = True) -> None:
    """Add the options of commands that play a script; with `passage`, the user may choose the lines."""
    _add_source(parser)
    _add_coaching(parser)
    _add_playing(parser, passage=passage)
    add_learning(parser)
    add_voice(parser)
    add_listening(parser)
    add_partner_options(parser)
    group = add_screen_and_takes(parser)
    group.add_argument(
        "--actor",
        metavar="NAME",
        help="compare with this actor's own examples (default: with a camera the actor used last, otherwise nobody)",
    )
    about = "keep a video of what the camera sees, with sound where there is a microphone (package coach[mic])"
    group.add_argument("--record", action="store_true", help=about)
    group.add_argument("--no-sound", action="store_true", help="with --record: keep the picture alone")
    add_web_options(parser)


def _add_source(parser: CommandParser) -> None:
    group = parser.section("what to watch")
    group.add_argument(
        "--source",
        default="camera",
        metavar="WHAT",
        help="camera (the default), camera:N, a video file, a picture, a folder of pictures, a web address of a "
        "video, or none for the cues alone",
    )
    group.add_argument("--watch", action="store_true", help="play a recorded take at its own pace")
    group.add_argument("--open-timeout", type=seconds, default=15.0, metavar="S", help="longest wait for a camera")
    group.add_argument("--yes", action="store_true", help="allow the camera without a question")
    add_model(group)
    group.add_argument(
        "--face",
        type=face_choice,
        default="auto",
        metavar="WHICH",
        help="which of several faces is yours: left, right, biggest, or its number from the left; the picture is not "
        "mirrored (default: the coach decides)",
    )
    group.add_argument("--detector", choices=ACTOR_DETECTORS, default="blazeface", help="what finds the face")
    group.add_argument(
        "--detect-every", type=count, default=3, metavar="N", help="search the face in every Nth reading (default: 3)"
    )
    add_reads(group)
    add_measures(group)


def _add_coaching(parser: CommandParser) -> None:
    group = parser.section("coaching")
    group.add_argument(
        "--coach",
        choices=["live", "gaps", "off"],
        default="live",
        help="notes during lines, in the script's pauses, or none",
    )
    group.add_argument(
        "--strictness", choices=["gentle", "standard", "strict"], default="standard", help="how much a hit needs"
    )
    group.add_argument(
        "--announce",
        choices=["off", "emotion", "line", "tone"],
        default="off",
        help="before each line, say its emotion or its first words, or play a short tone",
    )


def _add_playing(parser: CommandParser, *, passage: bool) -> None:
    group = parser.section("playing the script")
    if passage:
        add_role(group)
        group.add_argument("--scene", type=count, metavar="N", help="play only your lines of scene N of the script")
        group.add_argument("--lines", type=line_range, metavar="A-B", help="play only these lines, such as 3-7 or 4")
        group.add_argument("--from", type=count, metavar="N", dest="from_line", help="begin at line N")
    else:
        parser.set_defaults(lines=None, scene=None, from_line=None)
    group.add_argument("--loop", type=count, default=1, metavar="N", help="play the lines N times (live)")
    group.add_argument(
        "--lead-in", type=seconds, default=3.0, metavar="S", help="countdown before a live run (default: 3)"
    )
    group.add_argument(
        "--advance",
        choices=["time", "key", "voice"],
        help="next line by its time, by space or Enter (live), or when you have spoken it, in a recorded take too "
        "(needs: pip install 'coach[mic]'; default: voice or key in a scene with partners, else time)",
    )


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
        raise UsageError("--scene and --lines both choose lines; give one of them")
    return scene_lines(script, args.scene)


def settings_of(args: argparse.Namespace) -> Settings:
    """The settings given by the options.

    Raises:
        UsageError: a number is outside its range.
    """
    from pydantic import ValidationError

    from coach.base.settings import Settings

    check_learning(args)
    listen_if_asked(args)
    try:
        return Settings(
            strictness=args.strictness,
            coach=args.coach,
            announce=args.announce,
            advance=args.advance or "time",
            speaking_gate=args.speaking_gate,
            lines=args.lines,
            loop=args.loop,
            lead_in_s=args.lead_in,
            detect_every=args.detect_every,
            reads_per_s=args.reads_per_second,
            detector=args.detector,
            face=args.face,
            show=args.show,
            cues=args.cues,
            speed=speed_of(args),
            italian=args.italian,
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        option = str(first["loc"][0]).removesuffix("_s").replace("_", "-")
        raise UsageError(f"--{option}: {first['msg'].lower()}, found {first['input']}") from error


def options_of(args: argparse.Namespace) -> RunOptions:
    """The run options given by the options of the command."""
    from coach.app.composition import RunOptions

    return RunOptions(
        source=source_of(args),
        watch=args.watch,
        open_timeout_s=args.open_timeout,
        model=args.model,
        voice=args.voice,
        voice_rate=voice_rate_of(args),
        voice_name=args.voice_name,
        record=args.record,
        sound=not args.no_sound,
        window=args.window,
        actor=args.actor,
        evidence=args.evidence,
        takes=args.takes,
        web=web_options(args),
        measures_per_s=measures_per_s(args),
        listening=listening_options(args),
        partner=partner_options(args),
    )


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
        notices("These lines have no pauses, so --coach gaps will give no notes.")
    if options.camera:
        from coach.cli.consent import ensure_consent

        ensure_consent(options.source, run.store.folder, yes=screen.yes)
    _mention_unfinished(run)
    # Import cv2 before anything that decodes video: its first window hangs if av was imported before.
    window = _find_window(run) if screen.window else None
    with ExitStack() as stack:
        partner = prepare_partner(run, stack) if script.role is not None else None
        with downloading(options.source) as progress:
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
        raise UsageError("--watch plays a recorded take at its own pace: name the recording with --source FILE")
    for option, given in (("--loop", settings.loop > 1), ("--advance key", settings.advance == "key")):
        if given and not options.live:
            raise UsageError(f"{option} needs a live run: a recorded take goes on by itself")
    if options.record and not options.camera:
        raise UsageError("--record keeps a video of what the camera sees, and this run has no camera")
    if not options.sound and not options.record:
        raise UsageError("--no-sound is about the video of --record; give both or neither")
    if options.evidence and options.source == "none":
        raise UsageError("--evidence keeps pictures of the face, and with --source none there is none")
    if settings.face != "auto" and options.source == "none":
        raise UsageError("--face chooses a face, and with --source none there is none")
    if options.measures_per_s and options.source == "none":
        raise UsageError("--measures measures a face, and with --source none there is none")
    if options.model is not None:
        _check_model(options.model, options.source)


def _check_model(model: str, source: str) -> None:
    from coach.perception.models import find_model

    if source == "none":
        raise UsageError("--model reads a face, and with --source none there is none to read")
    find_model(model)  # refuse an unknown model before asking for consent


def _mention_unfinished(run: RehearsalRun) -> None:
    unfinished = run.store.unfinished()
    if unfinished:
        name = unfinished[0].name
        run.notices(f"The take {name} is unfinished. `{_report_command(run, name)}` shows what was kept.")


def _report_command(run: RehearsalRun, take: str = "") -> str:
    """The command that shows `take`, or the newest one."""
    takes = run.options.takes
    return shlex.join(["coach", "report", *([take] if take else []), *(["--takes", str(takes)] if takes else [])])


def _find_window(run: RehearsalRun) -> type[Window] | None:
    from coach.display.kit.pane import window_available
    from coach.display.rehearsal.window import Window

    missing = window_available()
    if missing:
        run.notices(f"No window: {missing}. The rehearsal goes on in the terminal.")
        return None
    return Window


def _join_displays(run: RehearsalRun, screen: Screen, window_class: type[Window] | None, stack: ExitStack) -> None:
    from coach.display.kit.keys import open_keyboard
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
    keyboard = open_keyboard(before_stop=display.suspend, after_stop=display.resume)
    if keyboard is not None:
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
        more = output.first_steps(f"{_report_command(run)} --html --open", "see this take as a page")
    else:
        more = list(more_rows(_report_command(run, take.name)))
    more = [*run.face_sentences(), *more]
    print_take(
        run.report, open_console(), print_summary, take_path=take if saved else None, more=more, own=run.own_notes()
    )
