"""The parser of the command line, and the options and argument types shared by several commands."""

from __future__ import annotations

import argparse
import gettext
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from coach.base.messages import DEFAULT, catalogue_folder, mark, tr
from coach.base.types import MEASURES_PER_S, READS_PER_S, FaceChoice


class Options(Protocol):
    """Anything that options can be added to: a parser or a section of it."""

    def add_argument(self, *names: str, **details: Any) -> argparse.Action:  # noqa: ANN401  # as argparse has it
        """Add an option, as `argparse.ArgumentParser.add_argument` does."""
        ...


class CommandParser(argparse.ArgumentParser):
    """A parser that lists its options with public names only.

    Attributes:
        options: all options and arguments, in the order in which they were added.
        commands: the parsers of the subcommands, by name.
    """

    def __init__(self, *words: Any, **details: Any) -> None:  # noqa: ANN401  # as argparse has it
        self.options: list[argparse.Action] = []
        self.commands: dict[str, CommandParser] = {}
        super().__init__(*words, **details)

    def add_argument(self, *names: str, **details: Any) -> argparse.Action:  # noqa: ANN401  # as argparse has it
        """Add an option and list it in `options`."""
        action = super().add_argument(*names, **details)
        self.options.append(action)
        return action

    def _print_message(self, message: str, file: Any = None) -> None:  # noqa: ANN401  # as argparse has it
        """Print help and version so that a full disk is reported; argparse would lose them without a word."""
        if file is not sys.stdout:
            super()._print_message(message, file)
        elif message:
            file.write(message)
            file.flush()

    def section(self, title: str, description: str | None = None) -> Section:
        """Add a group of options with its own heading in the help."""
        return Section(self.add_argument_group(title, description), self.options)

    def one_of(self, *, required: bool) -> Section:
        """Add a group of mutually exclusive options."""
        return Section(self.add_mutually_exclusive_group(required=required), self.options)

    def add_commands(self, title: str, metavar: str, commands: dict[str, str]) -> None:
        """Add a parser for each subcommand. `commands` maps each name to its marked line of help."""
        below = self.add_subparsers(title=title, metavar=metavar)
        for name, about in commands.items():
            self.commands[name] = below.add_parser(name, help=tr(about))


class Section:
    """A group of options of a parser."""

    def __init__(self, group: Options, options: list[argparse.Action]) -> None:
        self._group = group
        self._options = options

    def add_argument(self, *names: str, **details: Any) -> argparse.Action:  # noqa: ANN401  # as argparse has it
        """Add an option, and list it in the parser's `options`."""
        action = self._group.add_argument(*names, **details)
        self._options.append(action)
        return action


_ARGPARSE: Final = (
    mark("usage: "),
    mark("positional arguments"),
    mark("options"),
    mark("show this help message and exit"),
    mark("%(prog)s: error: %(message)s\n"),
    mark("argument %(argument_name)s: %(message)s"),
    mark("the following arguments are required: %s"),
    mark("one of the arguments %s is required"),
    mark("not allowed with argument %s"),
    mark("expected one argument"),
    mark("expected at most one argument"),
    mark("expected at least one argument"),
    mark("ignored explicit argument %r"),
    mark("ambiguous option: %(option)s could match %(matches)s"),
    mark("invalid choice: %(value)r (choose from %(choices)s)"),
    mark("unknown parser %(parser_name)r (choices: %(choices)s)"),
)
"""What argparse says itself. It looks these messages up, so they need only be in the catalogue."""


@contextmanager
def speaking_argparse(language: str) -> Iterator[None]:
    """Let argparse speak `language`. It asks gettext, which goes by the text domain and the environment.

    Both are as before afterwards, so that the coach's own children have the user's environment.
    """
    if language == DEFAULT:
        yield
        return
    domain, named = gettext.textdomain(), os.environ.get("LANGUAGE")
    gettext.bindtextdomain("coach", str(catalogue_folder()))
    gettext.textdomain("coach")
    os.environ["LANGUAGE"] = language
    try:
        yield
    finally:
        gettext.textdomain(domain)
        if named is None:
            del os.environ["LANGUAGE"]
        else:
            os.environ["LANGUAGE"] = named


TAKE_HELP: Final = mark("its number in `coach takes` as :1, its name, a part of the name, or its folder")

SCRIPT_HELP: Final = mark("the script file; if it is gone, its title or a part of a take's name")

DEFAULT_PATH: Final = ""
"""The value of a file option given without a path."""

DAY: Final = "DATE|30d|6w"

SHORTEST_PIECE_S: Final = 20.0
"""In shorter pieces more time would go into the overlaps than into the pieces."""

_LENGTH: Final = re.compile(r"([0-9]{1,6}) ?([smh])")

_RELATIVE_DAY: Final = re.compile(r"(\d{1,5})([dw])")


def add_takes_folder(options: Options, *, below: bool = False) -> None:
    """Add ``--takes``.

    Args:
        options: where to add it.
        below: this is a subcommand of one that has the option too; do not override its value by the default.
    """
    about = tr("folder of the takes (default: in your data folder)")
    default = argparse.SUPPRESS if below else None
    options.add_argument("--takes", type=Path, metavar="DIR", default=default, help=about)


def add_model(options: Options) -> None:
    """Add ``--model``, for commands that read faces."""
    text = tr("what reads the face: a name from `coach models`, or the path of a NAME.onnx beside its NAME.json")
    options.add_argument("--model", metavar="NAME|PATH", help=text)


def add_role(options: Options) -> None:
    """Add ``--role``, for commands that load a script of several roles."""
    text = tr("your part; the lines of the others take their time and are not judged")
    options.add_argument("--role", metavar="NAME", help=text)


def add_voice(parser: CommandParser) -> None:
    """Add the options of the voice, for commands that speak."""
    group = parser.section(tr("voice"))
    group.add_argument(
        "--voice", choices=["auto", "on", "off"], default="auto", help=tr("speak cues and notes (auto: in live runs)")
    )
    group.add_argument("--voice-rate", type=voice_rate, metavar="WPM", help=tr("words per minute, 80 to 400"))
    group.add_argument("--voice-name", metavar="NAME", help=tr("a voice from `coach voices`"))


def add_screen_and_takes(parser: CommandParser) -> Section:
    """Add the options of screen and takes, for commands that play a take; return their section."""
    group = parser.section(tr("screen and takes"))
    group.add_argument("--plain", action="store_true", help=tr("plain lines instead of the live view"))
    group.add_argument(
        "--window", action="store_true", help=tr("show the picture in a window, with the line as caption")
    )
    add_takes_folder(group)
    group.add_argument(
        "--evidence", action="store_true", help=tr("keep up to three pictures of your face for each line, for the page")
    )
    return group


def line_range(text: str) -> tuple[int, int]:
    """Parse ``3-7`` or ``4`` as first and last line."""
    match = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", text.strip())
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last:
        raise argparse.ArgumentTypeError(tr("expected lines such as 3-7 or 4, found {text!r}", text=text[:40]))
    return first, last


def seconds(text: str) -> float:
    """Parse a duration from 0 to 60 seconds."""
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 60:
        raise argparse.ArgumentTypeError(tr("expected seconds from 0 to 60, found {text!r}", text=text[:40]))
    return value


def count(text: str) -> int:
    """Parse a whole number from 1 to 999999."""
    if not re.fullmatch(r"0*[1-9]\d{0,5}", text.strip()):
        raise argparse.ArgumentTypeError(tr("expected a whole number of 1 or more, found {text!r}", text=text[:40]))
    return int(text)


_FACES: Final[dict[str, FaceChoice]] = {"auto": "auto", "left": "left", "right": "right", "biggest": "biggest"}


def face_choice(text: str) -> FaceChoice:
    """Parse ``left``, ``right``, ``biggest`` or a number from 1 to 99."""
    word = text.strip().lower()
    if word in _FACES:
        return _FACES[word]
    if not re.fullmatch(r"[1-9][0-9]?", word):
        raise argparse.ArgumentTypeError(
            tr("expected left, right, biggest or a number such as 2, found {text!r}", text=text[:40])
        )
    return int(word)


def rate(text: str) -> float:
    """Parse a number of times per second, from 0 to 1000."""
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text.strip()) or float(text) > 1000:
        raise argparse.ArgumentTypeError(tr("expected a number from 0 to 1000, found {text!r}", text=text[:40]))
    return float(text)


def add_reads(parser: Options) -> None:
    """Add the option that limits how often a face is read."""
    parser.add_argument(
        "--reads-per-second",
        type=rate,
        default=READS_PER_S,
        metavar="N",
        help=tr("read a face at most this often (default: 15; 0 reads every frame)"),
    )


def add_measures(parser: Options) -> None:
    """Add the options that measure the face."""
    parser.add_argument(
        "--measures",
        action="store_true",
        help=tr(
            "also measure the face: brows, lids, mouth, jaw, head and eyes, from 478 points of it. They are kept as "
            "numbers"
        ),
    )
    parser.add_argument(
        "--measures-per-second",
        type=positive_rate,
        metavar="N",
        help=tr("measure the face at most this often (default: 5); implies --measures"),
    )


def measures_per_s(args: argparse.Namespace) -> float:
    """How often the face is measured per second; 0 if it is not."""
    return float(args.measures_per_second or (MEASURES_PER_S if args.measures else 0.0))


def positive_rate(text: str) -> float:
    """Parse readings per second, above 0."""
    value = rate(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(tr("expected a number above 0, found {text!r}", text=text[:40]))
    return value


def piece_length(text: str) -> float:
    """Parse a length such as ``10m``, ``90s`` or ``1h``, at least `SHORTEST_PIECE_S`, in seconds."""
    match = _LENGTH.fullmatch(text.strip().lower())
    if match is None:
        about = tr("expected a length with its unit, such as 10m, 90s or 1h, found {text!r}", text=text[:40])
        raise argparse.ArgumentTypeError(about)
    seconds = int(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]
    if seconds < SHORTEST_PIECE_S:
        about = tr("a piece has at least {seconds:g} seconds, found {text!r}", seconds=SHORTEST_PIECE_S, text=text[:40])
        raise argparse.ArgumentTypeError(about)
    return float(seconds)


def voice_rate(text: str) -> int:
    """Parse words per minute, from 80 to 400."""
    if not re.fullmatch(r"\d{2,3}", text.strip()) or not 80 <= int(text) <= 400:
        raise argparse.ArgumentTypeError(tr("expected words per minute from 80 to 400, found {text!r}", text=text[:40]))
    return int(text)


def day(text: str) -> date:
    """Parse a date such as ``2026-11-24``, or days or weeks ago such as ``30d`` or ``6w``, in local time."""
    relative = _RELATIVE_DAY.fullmatch(text.strip().lower())
    try:
        if relative:
            today = datetime.now().astimezone().date()
            return today - timedelta(days=int(relative[1]) * (7 if relative[2] == "w" else 1))
        return date.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        wrong = tr(
            "expected a date such as 2026-11-24, or 30d or 6w for days or weeks ago, found {text!r}", text=text[:40]
        )
        raise argparse.ArgumentTypeError(wrong) from None


def port_number(text: str) -> int:
    """Parse the number of a port, from 1 to 65535; 0 for any free one."""
    if not re.fullmatch(r"[0-9]{1,5}", text.strip()) or int(text) > 65535:
        raise argparse.ArgumentTypeError(
            tr("expected a number from 1 to 65535, or 0 for a free one, found {text!r}", text=text[:40])
        )
    return int(text)
