"""`coach takes export` and `coach takes import`."""

from __future__ import annotations

import argparse
from pathlib import Path

from coach.cli.take_options import TAKE_HELP, add_takes_folder, named_takes


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    about = (
        "Write takes into one archive, to keep or to take to another machine. It holds everything that the takes "
        "hold: your script, what the camera read, and video and pictures of your face where there are any."
    )
    export = commands.add_parser("export", help="write takes into one archive", description=about)
    export.add_argument("take", nargs="*", metavar="TAKE", help=f"{TAKE_HELP}; none with --all")
    export.add_argument("archive", type=Path, metavar="ARCHIVE.zip", help="the archive")
    export.add_argument("--all", action="store_true", help="every take that is not being played")
    export.add_argument("--without-recordings", action="store_true", help="leave out videos and evidence")
    export.add_argument("--force", action="store_true", help="replace a file that is there")
    add_takes_folder(export)
    export.set_defaults(run=run_export)
    about = (
        "Take the takes out of an archive. Each is checked and comes whole or not at all; none is overwritten, and one "
        "that is there already is left out."
    )
    bring = commands.add_parser("import", help="take takes out of an archive", description=about)
    bring.add_argument("archive", type=Path, metavar="ARCHIVE", help="what `coach takes export` has written")
    add_takes_folder(bring)
    bring.set_defaults(run=run_import)


def run_export(args: argparse.Namespace) -> int:
    """Write the archive.

    Raises:
        TakeError: there is no such take, or the archive cannot be written.
        UsageError: no take is named.
    """
    from coach.cli.amounts import bytes_text, count_text
    from coach.cli.telling import tell
    from coach.takes.archive import export_takes
    from coach.text import clean_name

    takes = _chosen(args)
    manifest = export_takes(takes, args.archive, recordings=not args.without_recordings, force=args.force)
    files = sum(len(take.files) for take in manifest.takes)
    size = bytes_text(args.archive.expanduser().stat().st_size)
    told = f"{count_text(len(takes), 'take')}, {count_text(files, 'file')}, {size}"
    tell(f"Exported {told} to {clean_name(str(args.archive))}")
    return 0


def _chosen(args: argparse.Namespace) -> list[Path]:
    from coach.errors import TakeError, UsageError
    from coach.takes.lock import is_running
    from coach.takes.store import TakeStore

    store = TakeStore(args.takes)
    if bool(args.take) == args.all:
        raise UsageError("name the takes to export, or say --all")
    takes = [take for take in store.takes() if not is_running(take)] if args.all else named_takes(store, args.take)
    if not takes:
        raise TakeError(f"no takes in {store.folder} yet")
    return takes


def run_import(args: argparse.Namespace) -> int:
    """Take what the archive holds; 1 where a take in it was refused.

    Raises:
        TakeError: the archive cannot be taken.
    """
    from coach.cli.telling import tell, warn
    from coach.takes.store import TakeStore
    from coach.text import clean_name

    imported = TakeStore(args.takes).take_in(args.archive)
    for take in imported.takes:
        tell(f"Imported {take.name}")
    for name, there in imported.known:
        tell(f"Left out {name}: already there as {clean_name(there.name)}")
    for refusal in imported.refused:
        warn(f"{refusal}; this take was left out")
    return 1 if imported.refused else 0
