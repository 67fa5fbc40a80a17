"""`coach forget`: erase takes and all their files."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from coach.base.messages import mark, tr, tr_n
from coach.base.text import bytes_text
from coach.cli.options import DAY, CommandParser, add_takes_folder, day
from coach.cli.output import confirm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from coach.actors.store import ActorStore
    from coach.takes.erasing import Inventory, NotErased
    from coach.takes.store import TakeStore
    from coach.voice.own_recordings import OwnRecordings

_MAX_NAMED = 10

_MAX_FAILURE = 1000
"""Maximum characters of a text that names the files left in a folder."""


def inventory_text(inventory: Inventory) -> str:
    """``2 takes, 11 files, 1.2 MB, among them 1 video and 6 files of face crops and notes of your own on 1 take``."""
    videos, pictures, notes = inventory.videos, inventory.pictures, inventory.notes
    among = [
        tr_n("{count:,} video", "{count:,} videos", videos) if videos else "",
        tr_n("{count:,} file of face crops", "{count:,} files of face crops", pictures) if pictures else "",
        tr_n("notes of your own on {count:,} take", "notes of your own on {count:,} takes", notes) if notes else "",
    ]
    named = _joined([part for part in among if part])
    takes = tr_n("{count:,} take", "{count:,} takes", inventory.takes)
    files = tr_n("{count:,} file", "{count:,} files", inventory.files)
    size = f"{takes}, {files}, {bytes_text(inventory.size)}"
    return tr("{what}, with {contents}", what=size, contents=named) if named else size


def _joined(texts: Sequence[str]) -> str:
    """``a and b and c``."""
    conjunction = tr("and")
    return f" {conjunction} ".join(texts)


def names_text(takes: Sequence[Path]) -> str:
    """The names of the first ten `takes`, and the number of the others: ``a, b and 3 more``."""
    from coach.base.text import clean_name

    named = ", ".join(clean_name(take.name) for take in takes[:_MAX_NAMED])
    more = len(takes) - _MAX_NAMED
    return tr("{names} and {count:,} more", names=named, count=more) if more > 0 else named


def print_erased(takes: Sequence[Path], what: str, remaining: NotErased) -> int:
    """Print what was erased and what was not.

    Args:
        takes: those that should be erased.
        what: their amount of data, in words.
        remaining: what was not erased.

    Returns:
        The exit code: 1 if something could not be erased.
    """
    from coach.base.text import clean_name
    from coach.cli.output import print_sentence, print_warning

    erased = [take for take in takes if take not in remaining.takes]
    if not remaining.failed:
        done = tr("Erased {names}: {what}.", names=names_text(takes), what=what)
        print_sentence(done if takes else tr("Erased: {what}.", what=what))
    elif erased:
        print_sentence(tr("Erased {names}.", names=names_text(erased)))
    for path in remaining.foreign[:_MAX_NAMED]:
        print_warning(tr("{path} stays: the coach did not make it", path=clean_name(str(path))))
    for failure in remaining.failed[:_MAX_NAMED]:
        print_warning(tr("could not erase {what}", what=clean_name(failure, _MAX_FAILURE)))
    more = len(remaining.foreign[_MAX_NAMED:]) + len(remaining.failed[_MAX_NAMED:])
    if more:
        print_warning(tr("and {count} more", count=more))
    return 1 if remaining.failed else 0


ABOUT = mark(
    "Erase takes with everything in them: journals, reports, scripts, videos, evidence, your notes. With --all, also "
    "everything else in the takes folder and, without --takes, what the coach knows of actors' faces and your "
    "recordings of partners' lines. History and "
    "drills go with the takes. The command first says what it will erase, and asks. This cannot be undone."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    which = parser.one_of(required=True)
    which.add_argument("--all", action="store_true", help=tr("all takes, and the actors' faces"))
    which.add_argument("--older-than", type=day, metavar=DAY, help=tr("takes from before this day"))
    parser.add_argument("--yes", action="store_true", help=tr("do it without a question"))
    add_takes_folder(parser)


def run(args: argparse.Namespace) -> int:
    """Erase the takes that `args` selects; return 1 if something was not erased.

    Raises:
        TakeError: the takes folder was written by a newer Coach.
        UsageError: there is no terminal to ask in.
    """
    from coach.actors.store import ActorStore
    from coach.app.takes import erase_takes, takes_before
    from coach.takes.contents import is_running
    from coach.takes.erasing import NotErased, inventory_of, store_files
    from coach.takes.store import TakeStore
    from coach.voice.own_recordings import OwnRecordings

    store = TakeStore(args.takes)
    erasable = store.erasable()
    matching = erasable if args.all else takes_before(erasable, args.older_than)
    takes = [take for take in matching if not is_running(take)]
    files = store_files(store.folder) if args.all else []
    everything = args.all and args.takes is None
    actors = ActorStore() if everything else None
    cues = OwnRecordings() if everything else None
    if not takes and not files and not (actors and actors.all_files()) and not (cues and cues.all_files()):
        return _print_nothing(store, playing=len(matching))
    what = _all_text(inventory_text(inventory_of(takes)), len(files), store, actors, cues)
    if not confirm(tr("Erase {what}? This cannot be undone.", what=what), yes=args.yes):
        return 1
    remaining = erase_takes(store, takes, everything=args.all)
    if actors:
        remaining += NotErased(actors.erase())
    if cues:
        remaining += NotErased(tuple(cues.erase()))
    code = print_erased(takes, what, remaining)
    return _print_others(playing=len(matching) - len(takes)) or code


def _all_text(takes: str, files: int, store: TakeStore, actors: ActorStore | None, cues: OwnRecordings | None) -> str:
    """``2 takes, 11 files, 1.2 MB, in /home/anna/…; and what it knows of the faces of 2 actors, in …``.

    Args:
        takes: the takes, in words.
        files: how many files of the takes folder itself go too.
        store: the takes folder.
        actors: what goes of the actors' faces.
        cues: what goes of the recordings of partners' lines.
    """
    if files:
        own = tr_n("{count:,} file of the takes folder itself", "{count:,} files of the takes folder itself", files)
        takes = tr("{what}; and {more}", what=takes, more=own)
    text = tr("{what}, in {folder}", what=takes, folder=_shown(store.folder))
    if actors and (count := len(actors.files())):
        faces = tr_n(
            "what it knows of the faces of {count:,} actor, in {folder}",
            "what it knows of the faces of {count:,} actors, in {folder}",
            count,
            folder=_shown(actors.folder),
        )
        text = tr("{what}; and {more}", what=text, more=faces)
    if cues and (count := len(cues.all_files())):
        recordings = tr_n(
            "{count:,} recording of partners' lines, in {folder}",
            "{count:,} recordings of partners' lines, in {folder}",
            count,
            folder=_shown(cues.folder),
        )
        text = tr("{what}; and {more}", what=text, more=recordings)
    return text


def _print_nothing(store: TakeStore, *, playing: int) -> int:
    from coach.cli.output import print_sentence
    from coach.takes.archive_import import clear_import_drafts

    clear_import_drafts(store.folder)
    nothing = mark("Nothing to erase in {folder}: there is no such take.")
    busy = mark("Nothing to erase in {folder}: that take is being played now.")
    print_sentence(tr(busy if playing else nothing, folder=_shown(store.folder)))
    return 1 if playing else 0


def _print_others(*, playing: int) -> int:
    """Print what was not to be erased; return 1 if that includes takes that are being played."""
    from coach.cli.output import print_sentence, print_warning

    if playing:
        print_warning(
            tr_n(
                "{count:,} take is being played now, and not erased",
                "{count:,} takes are being played now, and not erased",
                playing,
            )
        )
    for sentence in _remaining_elsewhere():
        print_sentence(sentence)
    return 1 if playing else 0


def _remaining_elsewhere() -> list[str]:
    """Sentences about data that this command cannot erase. They are always printed, so that nobody relies on it."""
    from coach.actors.store import ActorStore
    from coach.app.consent import consent_file
    from coach.scripts.library import default_folder as scripts_folder
    from coach.sources.web.cache import default_folder
    from coach.voice.own_recordings import OwnRecordings
    from coach.voice.speech_cache import default_folder as speech_folder

    sentences = [
        tr(
            "Not erased, because the coach does not know where they are: archives, pages and tables that you wrote "
            "elsewhere, takes in other folders, backups, and traces of erased files on the disk."
        ),
    ]
    known = (consent_file(), default_folder(), speech_folder(), scripts_folder())
    existing = [path for path in known if os.path.exists(path)]  # noqa: PTH110
    if existing:
        sentences.append(
            tr(
                "Still there: {folders} (the answer about the camera, web videos, the words of partners as speech, "
                "scripts of the studio).",
                folders=_joined([_shown(path) for path in existing]),
            )
        )
    cues = OwnRecordings()
    if count := len(cues.all_files()):
        sentences.append(
            tr_n(
                "Still there: {folder} ({count:,} recording of partners' lines); `coach record-cue` removes one, "
                "`coach forget --all` all.",
                "Still there: {folder} ({count:,} recordings of partners' lines); `coach record-cue` removes one, "
                "`coach forget --all` all.",
                count,
                folder=_shown(cues.folder),
            )
        )
    actors = ActorStore()
    if count := len(actors.files()):
        sentences.append(
            tr_n(
                "Still there: {folder} (the faces of {count:,} actor, as numbers); `coach actors delete` erases one, "
                "`coach forget --all` all.",
                "Still there: {folder} (the faces of {count:,} actors, as numbers); `coach actors delete` erases one, "
                "`coach forget --all` all.",
                count,
                folder=_shown(actors.folder),
            )
        )
    return sentences


def _shown(path: Path) -> str:
    from coach.base.text import clean_name

    return clean_name(str(path))
