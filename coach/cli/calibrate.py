"""`coach calibrate`: learn an actor's own face in about two minutes."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.base.errors import UsageError
from coach.base.messages import language, mark, tr
from coach.cli import output
from coach.cli.options import CommandParser, add_model, add_voice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.actors.store import ActorStore
    from coach.base.protocols import Speaker
    from coach.core.actor.calibration import Calibration, CalibrationRow, ShownPart
    from coach.core.actor.guide import GuideEvent, Prompted
    from coach.perception.pipeline import FacePipeline

ABOUT = mark(
    "Show the coach your own face: at rest, while you speak, while you turn your head, and each of the seven emotions "
    "twice. It takes about two minutes. Kept are numbers, no picture, on this computer only; they can tell who you "
    "are. `coach actors` lists and deletes them. Then the coach judges your lines by your own face too."
)

DEFAULT_NAME: Final = "me"


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.add_argument("name", nargs="?", default=DEFAULT_NAME, metavar="NAME", help=tr("your name (default: me)"))
    parser.add_argument(
        "--source", default="camera", metavar="SOURCE", help=tr("a camera, or a recording with --parts")
    )
    parser.add_argument("--parts", type=Path, metavar="PARTS.yaml", help=tr("what is shown when in the recording"))
    parser.add_argument("--yes", action="store_true", help=tr("use the camera without asking"))
    add_model(parser)
    add_voice(parser)


def run(args: argparse.Namespace) -> int:
    """Calibrate, print the table and keep the profile.

    Raises:
        CoachError: a problem that the user can solve. Nothing is kept then.
    """
    from datetime import datetime

    from coach.actors.profile_file import check_name
    from coach.actors.store import ActorStore
    from coach.app.calibration import calibrate, open_perceiver
    from coach.sources.opening import is_camera

    try:
        name = check_name(args.name)
    except ValueError as error:
        raise UsageError(str(error)) from error
    camera = is_camera(args.source)
    if camera == (args.parts is not None):
        raise UsageError(
            tr("a camera guides you through the parts: leave out --parts")
            if camera
            else tr("a recording needs the list of its parts: --parts PARTS.yaml")
        )
    store = ActorStore()
    perceiver = open_perceiver(model=args.model)
    shown = _guided(args, store, perceiver) if camera else _recorded(args, perceiver)
    made = datetime.now().astimezone().isoformat(timespec="seconds")
    calibration = calibrate(name, perceiver.card, shown, made)
    store.keep(calibration.profile)
    if camera:
        store.remember(name)
    _print_result(calibration)
    return 0


def _recorded(args: argparse.Namespace, perceiver: FacePipeline) -> list[ShownPart]:
    from coach.app.calibration import check_parts, moments_of, parts_of, shown_in
    from coach.sources import open_source

    parts = parts_of(args.parts)
    source = open_source(args.source)
    try:
        check_parts(parts, source.info.duration_s)
        return shown_in(moments_of(source, perceiver), parts)
    finally:
        source.close()


def _guided(args: argparse.Namespace, store: ActorStore, perceiver: FacePipeline) -> list[ShownPart]:
    import random

    from coach.app.calibration import CONSENT_OF_OTHERS, guide_through, moments_of
    from coach.cli.consent import ensure_consent
    from coach.core.actor.calibration import plan
    from coach.core.actor.guide import Guide
    from coach.sources import open_source
    from coach.voice.speaker import open_speaker

    ensure_consent(args.source, store.folder, yes=args.yes)
    output.print_sentence(tr(CONSENT_OF_OTHERS))
    with ExitStack() as stack:
        source = open_source(args.source, notify=output.print_notice)
        stack.callback(source.close)
        speaker = open_speaker(mode=args.voice, rate=args.voice_rate, name=args.voice_name, notify=output.print_notice)
        stack.callback(speaker.close)
        coach = _Coach(speaker)
        return guide_through(Guide(plan(random.SystemRandom())), moments_of(source, perceiver), coach.show)


def _count_text(event: Prompted) -> str:
    return tr("{number} of {total}.", number=event.number, total=event.total)


class _Coach:
    """Prints and speaks what the actor should do."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    def show(self, event: GuideEvent) -> None:
        """Print the event, and speak prompts and problems."""
        from coach.app.calibration import said_at, shown_at
        from coach.core.actor.guide import Prompted

        *before, last = said_at(event) or [""]
        for sentence in before:
            self._say(sentence)
        if last:
            self._say(last, _count_text(event) if isinstance(event, Prompted) else "")
        if remark := shown_at(event):
            output.print_sentence(f"  {remark}")

    def _say(self, text: str, head: str = "") -> None:
        from coach.base.protocols import Utterance

        output.print_sentence(f"{head} {text}" if head else text)
        self._speaker.say(Utterance(text, "cue", ttl_s=3.0, language=language()))


def _print_result(calibration: Calibration) -> None:
    from rich.text import Text

    from coach.app.calibration import missing_text
    from coach.display.kit.console import open_console

    console = open_console()
    console.print(_table(calibration.rows))
    if sentence := missing_text(calibration):
        console.print(Text(sentence))
    name = calibration.profile.name
    console.print(Text(tr("Kept as {name}. Rehearse with it: coach rehearse SCRIPT --actor {name}", name=name)))


def _table(rows: Sequence[CalibrationRow]) -> object:
    from rich.table import Table

    from coach.app.calibration import ROW_HEADINGS, row_texts

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in ROW_HEADINGS:
        table.add_column(tr(heading))
    for row in rows:
        table.add_row(*row_texts(row))
    return table
