"""`coach voices`: list the installed voices, and the default voice of each language."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from coach.base.text import clean
from coach.cli import output
from coach.cli.options import CommandParser

if TYPE_CHECKING:
    from coach.voice.voices import Voice

_HEADINGS = ("name", "language", "id", "default for")

ABOUT = "List the installed voices and the languages they speak."


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--language", metavar="TAG", help="only voices that speak it, such as ro or pt-BR")


def run(args: argparse.Namespace) -> int:
    """List the voices.

    Raises:
        CoachError: there is no speech engine, or no voice for the language.
    """
    from coach.base.errors import VoiceError
    from coach.voice import notices
    from coach.voice.voices import list_voices

    voices = list_voices()
    shown = [voice for voice in voices.installed if not args.language or voice.speaks(args.language)]
    if not shown:
        raise VoiceError(notices.no_language(args.language) if args.language else notices.no_voice())
    defaults = {language: voices.for_language(language) for language in voices.languages}
    _show([_row(voice, defaults) for voice in shown])
    return 0


def _row(voice: Voice, defaults: dict[str, Voice | None]) -> tuple[str, ...]:
    default_for = [language for language, chosen in defaults.items() if chosen == voice]
    return tuple(clean(text) for text in (voice.name, " ".join(voice.languages), voice.id, " ".join(default_for)))


def _show(rows: list[tuple[str, ...]]) -> None:
    """Print a table in a terminal, otherwise lines with tabs between the fields."""
    if not sys.stdout.isatty():
        output.write("".join("\t".join(row) + "\n" for row in (_HEADINGS, *rows)))
        return
    from rich.table import Table
    from rich.text import Text

    from coach.display.kit.console import open_console

    table = Table(*_HEADINGS, box=None)
    for row in rows:
        table.add_row(*(Text(field) for field in row))
    open_console().print(table)
