"""`coach takes export` and `coach takes import`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.app.takes import named_takes
from coach.base.messages import mark, tr, tr_n
from coach.cli.options import TAKE_HELP, CommandParser, add_takes_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.takes.archive_import import Imported

_MAX_SENTENCES: Final = 10
"""Most takes with a sentence each; of more only some are named."""

_MAX_NAMED: Final = 3


def add_export(parser: CommandParser) -> None:
    """Add the options of `coach takes export`."""
    parser.description = tr(
        "Write takes into one archive, to keep or to take to another machine. It holds everything that the takes "
        "hold: your script, what the camera read, and video and pictures of your face where there are any."
    )
    parser.usage = tr("%(prog)s [options] [TAKE ...] ARCHIVE.zip")
    # One list for both: argparse fills two only if there is no option between them.
    parser.add_argument(
        "words",
        nargs="*",
        metavar="TAKE",
        help=tr("{take}; none with --all; the last word is the archive", take=tr(TAKE_HELP)),
    )
    parser.add_argument("--all", action="store_true", help=tr("every take that is not being played"))
    parser.add_argument("--without-recordings", action="store_true", help=tr("leave out videos and evidence"))
    parser.add_argument("--force", action="store_true", help=tr("replace an existing file"))
    add_takes_folder(parser, below=True)
    parser.set_defaults(run=run_export)


def add_import(parser: CommandParser) -> None:
    """Add the options of `coach takes import`."""
    parser.description = tr(
        "Read takes from an archive. Each is checked and comes whole or not at all. Takes that you already have "
        "are left out."
    )
    parser.add_argument("archive", type=Path, metavar="ARCHIVE", help=tr("an archive from `coach takes export`"))
    add_takes_folder(parser, below=True)
    parser.set_defaults(run=run_import)


def run_export(args: argparse.Namespace) -> int:
    """Write the archive; return 1 if an unreadable take was left out.

    Raises:
        TakeError: there is no such take, or the archive cannot be written.
        UsageError: no take or no archive is named.
    """
    from coach.base.text import bytes_text, clean_name
    from coach.cli.output import print_sentence, print_warning
    from coach.takes.archive_export import export_takes

    names, path = _names_and_path(args.words)
    takes, skipped = _takes_to_export(args, names), _SkippedTakes()
    on_skipped = skipped if args.all else None
    manifest = export_takes(
        takes, path, recordings=not args.without_recordings, force=args.force, on_skipped=on_skipped
    )
    files = sum(len(take.files) for take in manifest.takes)
    size = bytes_text(path.expanduser().stat().st_size)
    parts = (_takes_text(len(manifest.takes)), tr_n("{count:,} file", "{count:,} files", files), size)
    print_sentence(tr("Exported {what} to {file}", what=", ".join(parts), file=clean_name(str(path))))
    if skipped.count > _MAX_SENTENCES:
        print_warning(tr("{count:,} more were left out", count=skipped.count - _MAX_SENTENCES))
    return 1 if skipped.count else 0


def _takes_text(count: int) -> str:
    return tr_n("{count:,} take", "{count:,} takes", count)


class _SkippedTakes:
    """Counts the takes left out of an archive, and prints a warning for each of the first ones."""

    count = 0

    def __call__(self, why: str) -> None:
        from coach.base.text import clean
        from coach.cli.output import print_warning

        self.count += 1
        if self.count <= _MAX_SENTENCES:
            print_warning(tr("{reason}; this take was left out", reason=clean(why)))


def _names_and_path(words: list[str]) -> tuple[list[str], Path]:
    """Split `words` into the names of takes and the path of the archive, which comes last."""
    from coach.base.errors import UsageError

    order = tr("the takes come first and the archive last: coach takes export TAKE ... ARCHIVE.zip")
    if not words:
        raise UsageError(tr("no archive is named; {order}", order=order))
    *names, path = words
    if not _is_archive(path) and any(map(_is_archive, names)):
        raise UsageError(order)
    return names, Path(path)


def _is_archive(word: str) -> bool:
    return word.lower().endswith(".zip")


def _takes_to_export(args: argparse.Namespace, names: list[str]) -> list[Path]:
    from coach.base.errors import TakeError, UsageError
    from coach.takes.contents import is_running
    from coach.takes.store import TakeStore

    store = TakeStore(args.takes)
    if bool(names) == args.all:
        raise UsageError(tr("name the takes to export before the archive, or use --all"))
    takes = [take for take in store.takes() if not is_running(take)] if args.all else named_takes(store, names)
    if not takes:
        raise TakeError(tr("no takes in {folder} yet", folder=store.folder))
    return takes


def run_import(args: argparse.Namespace) -> int:
    """Import the takes of the archive; return 1 if one of them was refused.

    Raises:
        TakeError: the archive cannot be imported.
    """
    from coach.cli.output import print_sentence, print_warning
    from coach.takes.store import TakeStore

    imported = TakeStore(args.takes).import_archive(args.archive)
    for sentence in _result_sentences(imported):
        print_sentence(sentence)
    for warning in _refusals(imported):
        print_warning(warning)
    return 1 if imported.refused else 0


def _result_sentences(imported: Imported) -> list[str]:
    """A sentence for each take that was imported or is there already; one for all of them if there are many."""
    from coach.base.text import clean_name

    takes, known = imported.takes, imported.known
    if len(takes) > _MAX_SENTENCES:
        names = _first_names([take.name for take in takes])
        taken = [tr("Imported {what}: {names}", what=_takes_text(len(takes)), names=names)]
    else:
        taken = [tr("Imported {what}", what=take.name) for take in takes]
    if len(known) > _MAX_SENTENCES:
        names = _first_names([name for name, _ in known])
        return [*taken, tr("Left out {what}: already there: {names}", what=_takes_text(len(known)), names=names)]
    there_as = mark("Left out {name}: already there as {there}")
    return [*taken, *(tr(there_as, name=name, there=clean_name(there.name)) for name, there in known)]


def _refusals(imported: Imported) -> list[str]:
    """A warning for each take that was refused; one for all of them if there are many."""
    refused = imported.refused
    if len(refused) <= _MAX_SENTENCES:
        return [tr("{reason}; this take was left out", reason=refusal) for refusal in refused]
    message = mark("{what} were left out: {names}. The first one: {reason}")
    names = _first_names(imported.refused_names)
    return [tr(message, what=_takes_text(len(refused)), names=names, reason=refused[0])]


def _first_names(names: Sequence[str]) -> str:
    """The first few `names`, and the number of the others."""
    from coach.base.text import clean_name

    more = len(names) - _MAX_NAMED
    first = ", ".join(clean_name(name) for name in names[:_MAX_NAMED])
    return tr("{names} and {count:,} more", names=first, count=more) if more > 0 else first
