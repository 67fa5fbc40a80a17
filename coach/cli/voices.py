"""`coach voices`: list the installed voices and the default voice of each language, or let the user hear them."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from coach.base.errors import UsageError
from coach.base.messages import mark, tr
from coach.base.text import clean
from coach.cli import output
from coach.cli.options import CommandParser
from coach.cli.partner import add_models

if TYPE_CHECKING:
    from coach.voice.engines import SpeechEngine
    from coach.voice.voices import Voice, Voices

_HEADINGS = (mark("name"), mark("language"), mark("id"), mark("default for"))

ABOUT = mark("List the installed voices and the languages they speak, or hear them.")


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--language", metavar="TAG", help=tr("only voices that speak it, such as ro or pt-BR"))
    about = tr("hear the voice NAME, or each voice of --language")
    parser.add_argument("--sample", nargs="?", const="", metavar="NAME", help=about)
    add_models(parser)


def run(args: argparse.Namespace) -> int:
    """List the voices, or play a sample of each that was asked for.

    Raises:
        CoachError: there is no speech engine, no such voice, no voice for the language, or no sound.
    """
    from coach.app.partner import open_engine

    if args.sample == "" and not args.language:
        raise UsageError(tr("--sample: name a voice, or give --language to hear all voices of a language"))
    with closing(open_engine(tuple(args.partner_model))) as engine:
        voices = engine.voices()
        shown = _chosen(voices, args)
        if args.sample is not None:
            _play(engine, shown)
            return 0
    defaults = {language: voices.for_language(language) for language in voices.languages}
    _show([_row(voice, defaults) for voice in shown])
    return 0


def _chosen(voices: Voices, args: argparse.Namespace) -> list[Voice]:
    from coach.base.errors import VoiceError
    from coach.voice import notices

    if args.sample:
        named = voices.find(args.sample)
        if named is None:
            raise VoiceError(notices.no_such_voice(args.sample))
        return [named]
    shown = [voice for voice in voices.installed if not args.language or voice.speaks(args.language)]
    if not shown:
        raise VoiceError(notices.no_language(args.language) if args.language else notices.no_voice())
    return shown


def _play(engine: SpeechEngine, voices: list[Voice]) -> None:
    from coach.app.voice_samples import play_samples
    from coach.display.kit.writer import safe_text
    from coach.sources import SystemClock

    encoding = sys.stdout.encoding or "utf-8"
    play_samples(engine, voices, SystemClock(), lambda voice: output.write(f"{safe_text(voice.name, encoding)}\n"))


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

    table = Table(*map(tr, _HEADINGS), box=None)
    for row in rows:
        table.add_row(*(Text(field) for field in row))
    open_console().print(table)
