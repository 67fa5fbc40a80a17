"""`coach forget`: erases takes with everything that belongs to them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from coach.base.text import bytes_text, count_text
from coach.cli.options import DAY, CommandParser, add_takes_folder, day
from coach.cli.output import agreed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from coach.takes.erasing import Left, Weight
    from coach.takes.store import TakeStore

_MOST_NAMED = 10


def weight_text(weight: Weight) -> str:
    """``2 takes, 11 files, 1.2 MB, among them 1 video, 6 pictures of your face and notes of your own on 1 take``."""
    among = [
        count_text(weight.videos, "video") if weight.videos else "",
        f"{count_text(weight.pictures, 'file')} of face crops" if weight.pictures else "",
        f"notes of your own on {count_text(weight.notes, 'take')}" if weight.notes else "",
    ]
    named = " and ".join(part for part in among if part)
    size = f"{count_text(weight.takes, 'take')}, {count_text(weight.files, 'file')}, {bytes_text(weight.size)}"
    return f"{size}, among them {named}" if named else size


def names_text(takes: Sequence[Path]) -> str:
    """The names of `takes`, of many the first ten and how many more: ``a, b and 3 more``."""
    from coach.base.text import clean_name

    named = ", ".join(clean_name(take.name) for take in takes[:_MOST_NAMED])
    more = len(takes) - _MOST_NAMED
    return f"{named} and {more:,} more" if more > 0 else named


def tell_left(left: Left) -> int:
    """Say what stayed; the exit code: 1 where something could not be erased."""
    from coach.base.text import clean_name
    from coach.cli.output import warn

    for path in left.strangers[:_MOST_NAMED]:
        warn(f"{clean_name(str(path))} stays: the coach has not made it")
    for failure in left.failed[:_MOST_NAMED]:
        warn(f"could not erase {clean_name(failure)}")
    more = len(left.strangers[_MOST_NAMED:]) + len(left.failed[_MOST_NAMED:])
    if more:
        warn(f"and {more} more")
    return 1 if left.failed else 0


ABOUT = (
    "Erase takes with everything that belongs to them: journals, reports, scripts as they were played, videos, "
    "evidence, your notes; with --all also what the takes folder itself holds. History and drills are worked out "
    "from the takes and go with them. It says what and how much, and asks. It cannot be undone."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    which = parser.one_of(required=True)
    which.add_argument("--all", action="store_true", help="everything that the takes folder holds of the coach")
    which.add_argument("--older-than", type=day, metavar=DAY, help="takes from before this day")
    parser.add_argument("--yes", action="store_true", help="do it without being asked")
    add_takes_folder(parser)


def run(args: argparse.Namespace) -> int:
    """Erase what `args` asks for; 1 where something of it stayed.

    Raises:
        TakeError: the takes folder is that of a newer Coach.
        UsageError: there is nobody to ask.
    """
    from coach.app.takes import erase_takes, takes_before
    from coach.base.text import count_text
    from coach.cli.output import tell
    from coach.takes.erasing import store_files, weigh
    from coach.takes.lock import is_running
    from coach.takes.store import TakeStore

    store = TakeStore(args.takes)
    erasable = store.erasable()
    meant = erasable if args.all else takes_before(erasable, args.older_than)
    takes = [take for take in meant if not is_running(take)]
    files = store_files(store.folder) if args.all else []
    if not takes and not files:
        return _nothing(store, playing=len(meant))
    weight = weigh(takes)
    also = f"; and {count_text(len(files), 'file')} of the takes folder itself" if files else ""
    what = f"{weight_text(weight)}{also}, in {_shown(store.folder)}"
    if not agreed(f"Erase {what}? It cannot be undone.", yes=args.yes):
        return 1
    left = erase_takes(store, takes, everything=args.all)
    if not left.failed:
        tell(f"Erased {names_text(takes)}: {what}." if takes else f"Erased: {what}.")
    return _tell(left, playing=len(meant) - len(takes))


def _nothing(store: TakeStore, *, playing: int) -> int:
    from coach.cli.output import tell
    from coach.takes.archive_import import clear_import_drafts

    clear_import_drafts(store.folder)
    what = "what is meant is being played now" if playing else "there is no such take"
    tell(f"Nothing to erase in {_shown(store.folder)}: {what}.")
    return 1 if playing else 0


def _tell(left: Left, *, playing: int) -> int:
    from coach.base.text import count_text
    from coach.cli.output import tell, warn

    code = tell_left(left)
    if playing:
        warn(f"{count_text(playing, 'take')} being played now stayed")
    for sentence in _beyond():
        tell(sentence)
    return 1 if playing else code


def _beyond() -> list[str]:
    """What this cannot erase, said each time: whoever erases believes that all is gone."""
    from coach.app.consent import consent_file
    from coach.sources.web.cache import default_folder

    told = [
        "Not erased, since the coach does not know where it is: archives, pages and tables that you had written "
        "elsewhere, takes in other folders, copies and backups of the disk, what the disk holds of erased files.",
    ]
    kept = [path for path in (consent_file(), default_folder()) if path.exists()]
    if kept:
        told.append(
            f"Still there: {' and '.join(_shown(path) for path in kept)} (the answer about the camera; web videos)."
        )
    return told


def _shown(path: Path) -> str:
    from coach.base.text import clean_name

    return clean_name(str(path))
