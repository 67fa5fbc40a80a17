"""`coach import`: bring in a script of another program, and list what was understood and what was not."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from coach.base.errors import UsageError
from coach.base.messages import mark, tr
from coach.cli import output
from coach.cli.options import CommandParser, add_role

if TYPE_CHECKING:
    from coach.scripts.importing.assemble import Choose
    from coach.scripts.importing.lexicon import Direction

ABOUT = mark(
    "Bring in a script from Fountain (.fountain), Final Draft (.fdx), Word (.docx), a PDF with text, or plain text. "
    "Shows what was understood, what was not, and everything that was left out. --output writes the script as YAML."
)

_ASK = mark(
    "  An emotion such as sad, worried or sad > angry; o for your own way (never judged); d for a way to speak that\n"
    "  asks for no emotion; Enter leaves its lines without a score."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "file", metavar="FILE", type=Path, help=tr("the script: .fountain, .fdx, .docx, .pdf, .txt or .md")
    )
    about = tr("write the script to this .yaml file; - writes it to standard output")
    parser.add_argument("-o", "--output", metavar="FILE", help=about)
    add_role(parser)
    about = tr("your own words for directions; docs/scripts.md shows such a file")
    parser.add_argument("--lexicon", type=Path, metavar="FILE", help=about)
    about = tr("ask in the terminal what each direction means that is not understood")
    parser.add_argument("--ask", action="store_true", help=about)


def run(args: argparse.Namespace) -> int:
    """Import the script, and print the report.

    Raises:
        ScriptError: the file cannot be imported.
        UsageError: the options do not fit.
        TakeError: the script cannot be written.
    """
    from coach.scripts.importing import import_script
    from coach.scripts.importing.writing import yaml_text

    _check_options(args)
    report = import_script(
        args.file,
        role=args.role,
        lexicon=args.lexicon,
        choose=_asking(args.lexicon) if args.ask else None,
        notify=output.print_notice,
    )
    rows = list(report.rows())
    if args.output == output.STDOUT:
        for row in rows:
            output.print_status(row)
    else:
        output.write(_printable("\n".join(rows)) + "\n")
    if args.output is not None:
        output.write_output(args.output, yaml_text(report.script), mark("script"))
    else:
        output.print_status(tr("Nothing was written. Add -o my_script.yaml to keep the script."))
    return 0


def _printable(text: str) -> str:
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def _check_options(args: argparse.Namespace) -> None:
    if args.ask and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(tr("--ask needs a terminal to ask in"))
    if args.output is None or args.output == output.STDOUT:
        return
    if not args.output.lower().endswith((".yaml", ".yml")):
        message = tr(
            "the script is written as YAML; name a file that ends in .yaml, not {path}", path=args.output[:200]
        )
        raise UsageError(message)
    if os.path.lexists(args.output):
        message = tr("{path} is there already; name another file, or delete it first", path=args.output[:200])
        raise UsageError(message)


def _asking(lexicon: Path | None) -> Choose:
    """A function that asks what a direction means until the answer is understood."""
    from coach.scripts.importing.lexicon import Direction, Lexicon

    words = Lexicon(lexicon)
    answers = {"o": Direction(own_way=True), "d": Direction(delivery=("own",))}

    def ask(direction: str, role: str, text: str) -> Direction | None:
        output.write(_printable(f"({direction}) {role}: {text[:200]}\n{tr(_ASK)}\n"))
        while True:
            answer = output.read_answer(tr("What does it ask for?") + " ").strip()
            if not answer:
                return None
            found = answers.get(answer.lower()) or words.meaning(answer)
            if not found.unknown:
                return found
            unknown = tr("{word!r} is not known either. docs/words.md lists the words.", word=answer[:60])
            output.write(_printable(f"  {unknown}\n"))

    return ask
