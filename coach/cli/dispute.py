"""`coach dispute`: tell the coach that a line was right."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from coach.base.errors import UsageError
from coach.base.messages import mark, tr
from coach.cli.options import CommandParser, add_takes_folder, count
from coach.cli.output import print_sentence

if TYPE_CHECKING:
    from coach.core.actor.examples import ActorProfile

ABOUT = mark(
    "Say that a line was right although the coach did not think so. The face of that line becomes an example of its "
    "tag for you; it counts half as much as a calibrated one. Without a take, your disputes are listed. The model for "
    "everybody does not change. During a rehearsal, press d."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.add_argument("take", nargs="?", metavar="TAKE", help=tr("the take, such as :1 for the newest"))
    parser.add_argument("line", nargs="?", type=count, metavar="LINE", help=tr("the number of the line in the report"))
    parser.add_argument("--actor", metavar="NAME", help=tr("whose face it is (default: the actor used last)"))
    parser.add_argument("--undo", type=count, metavar="N", help=tr("take back the Nth of the listed disputes"))
    add_takes_folder(parser)


def run(args: argparse.Namespace) -> int:
    """Dispute a line, take a dispute back, or list them.

    Raises:
        CoachError: there is no such take, line, actor or dispute.
    """
    from coach.actors.store import ActorStore

    store = ActorStore()
    actor = args.actor or store.last_used()
    if not actor:
        raise UsageError(tr("whose face is it? Name the actor with --actor, or calibrate first: coach calibrate"))
    if args.undo is not None:
        from coach.app.actors import undo_dispute

        if args.take is not None:
            raise UsageError(tr("--undo takes back a dispute that is listed; give no take with it"))
        return _list(undo_dispute(store, actor, args.undo))
    if args.take is None:
        return _list(store.read(actor))
    if args.line is None:
        raise UsageError(tr("which line was right? coach dispute {take} LINE", take=args.take))
    return _dispute(args, actor)


def _dispute(args: argparse.Namespace, actor: str) -> int:
    from coach.actors.store import ActorStore
    from coach.app.own_face import dispute, note_disagreement
    from coach.cli.output import print_status
    from coach.takes.store import TakeStore

    take = TakeStore(args.takes).find(args.take)
    profile = dispute(take, args.line, ActorStore(), actor)
    note_disagreement(take, args.line, print_status)
    done = mark("Line {line} is now an example of yours. The next take counts it; this report stays as it is.")
    print_sentence(tr(done, line=args.line))
    return _list(profile)


def _list(profile: ActorProfile) -> int:
    from coach.base.text import clean
    from coach.core.script.targets import EMOTION_NOUNS

    disputed = profile.disputed
    if not disputed:
        print_sentence(tr("{name} has disputed nothing.", name=clean(profile.name)))
    for number, example in enumerate(disputed, 1):
        print_sentence(f"{number}. {tr(EMOTION_NOUNS[example.label])}: {clean(example.origin)}")
    return 0
