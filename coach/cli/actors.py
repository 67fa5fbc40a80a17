"""`coach actors`: list the actors whose faces the coach knows; its subcommands change, export and import them."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.base.messages import mark, tr
from coach.cli.options import CommandParser
from coach.cli.output import confirm, print_sentence, print_warning

if TYPE_CHECKING:
    from coach.core.actor.examples import ActorProfile

ABOUT = mark(
    "List the actors whose own faces the coach knows: examples of each emotion as numbers, without a picture. "
    "`coach calibrate` makes one."
)

_ACTIONS: Final = {
    "rename": mark("give an actor another name"),
    "delete": mark("erase an actor's examples"),
    "export": mark("write an actor's examples to a file"),
    "import": mark("read an actor's examples from such a file"),
}


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--json", action="store_true", help=tr("the list as JSON"))
    parser.add_commands(tr("actions"), "ACTION", _ACTIONS)
    name_help = tr("the actor's name")
    rename, delete, export, take_in = (parser.commands[name] for name in _ACTIONS)
    rename.add_argument("name", metavar="NAME", help=name_help)
    rename.add_argument("new", metavar="NEW", help=tr("the new name"))
    rename.set_defaults(run=run_rename)
    delete.description = tr("Erase an actor's examples, disputes included. This cannot be undone.")
    delete.add_argument("name", metavar="NAME", help=name_help)
    delete.add_argument("--yes", action="store_true", help=tr("do it without a question"))
    delete.set_defaults(run=run_delete)
    export.description = tr("Write an actor's examples to a file. It holds numbers that can tell who somebody is.")
    export.add_argument("name", metavar="NAME", help=name_help)
    export.add_argument("file", metavar="FILE", type=Path, help=tr("the file to write, such as anna.json"))
    export.add_argument("--force", action="store_true", help=tr("replace a file that is there"))
    export.set_defaults(run=run_export)
    take_in.add_argument("file", metavar="FILE", type=Path, help=tr("a file that `coach actors export` wrote"))
    take_in.set_defaults(run=run_import)


def run(args: argparse.Namespace) -> int:
    """List the actors; return 1 if one cannot be read.

    Raises:
        ActorError: the folder cannot be read.
    """
    from coach.actors.store import ActorStore
    from coach.app.actors import profile_text
    from coach.base.errors import ActorError

    store, profiles, failed = ActorStore(), [], 0
    for path in store.files():
        try:
            profiles.append(store.read_file(path))
        except ActorError as error:
            print_warning(str(error))
            failed += 1
    profiles.sort(key=lambda profile: profile.name.casefold())
    if args.json:
        print_json(profiles, store.last_used())
        return 1 if failed else 0
    for profile in profiles:
        print_sentence(profile_text(profile, store.last_used()))
    if not profiles and not failed:
        print_sentence(tr("The coach knows nobody's face. `coach calibrate NAME` shows it yours."))
    return 1 if failed else 0


def print_json(profiles: list[ActorProfile], last: str) -> None:
    """Print a list of what is known of each actor, without the numbers of the faces."""
    from coach.app.actors import example_counts
    from coach.cli.output import write

    rows = [
        {
            "name": profile.name,
            "made": profile.made,
            "examples": example_counts(profile),
            "disputed": len(profile.disputed),
            "used_last": profile.name.casefold() == last.casefold(),
            "models": dict(profile.models),
        }
        for profile in profiles
    ]
    write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")


def run_rename(args: argparse.Namespace) -> int:
    """Rename an actor.

    Raises:
        ActorError: there is no such actor, the new name is taken, or a file cannot be changed.
        UsageError: nobody can have the new name.
    """
    from coach.actors.store import ActorStore
    from coach.base.text import clean

    profile = ActorStore().rename(args.name, args.new)
    print_sentence(tr("{old} is now {new}", old=clean(args.name), new=clean(profile.name)))
    return 0


def run_delete(args: argparse.Namespace) -> int:
    """Erase an actor's examples; return 1 if the user says no.

    Raises:
        ActorError: there is no such actor, or the file cannot be deleted.
        UsageError: there is no terminal to ask in.
    """
    from coach.actors.store import ActorStore
    from coach.base.text import clean

    store, shown = ActorStore(), clean(args.name)
    if not store.path_of(args.name).exists():
        store.read(args.name)  # raises, and says which actors there are
    question = tr("Erase what the coach knows of the face of {name}? This cannot be undone.", name=shown)
    if not confirm(question, yes=args.yes):
        return 1
    store.delete(args.name)
    print_sentence(tr("Erased what the coach knew of the face of {name}.", name=shown))
    return 0


def run_export(args: argparse.Namespace) -> int:
    """Write an actor's examples to a file.

    Raises:
        ActorError: there is no such actor, or the file cannot be written.
        OutputError: the file exists.
    """
    from coach.actors.profile_file import write_profile
    from coach.actors.store import ActorStore
    from coach.base.errors import OutputError
    from coach.base.text import clean, clean_name

    profile = ActorStore().read(args.name)
    shown = clean_name(str(args.file))
    if args.file.is_symlink() or (args.file.exists() and not (args.force and args.file.is_file())):
        raise OutputError(tr("{file}: is there already; choose another name, or --force to replace a file", file=shown))
    write_profile(args.file, profile)
    print_sentence(
        tr("{file} has {name}. Whoever has it has numbers of that face.", file=shown, name=clean(profile.name))
    )
    return 0


def run_import(args: argparse.Namespace) -> int:
    """Read an actor's examples from a file.

    Raises:
        ActorError: the file is not an actor's, or there is an actor of that name already.
    """
    from coach.actors.profile_file import read_profile
    from coach.actors.store import ActorStore
    from coach.app.actors import profile_text
    from coach.base.errors import ActorError
    from coach.base.text import clean

    store, profile = ActorStore(), read_profile(args.file)
    if store.path_of(profile.name).exists():
        name = clean(profile.name)
        raise ActorError(tr("there is an actor {name!r} already; rename or delete that one first", name=name))
    store.keep(profile)
    print_sentence(tr("Imported {what}", what=profile_text(profile, "")))
    return 0
