"""Write the pages of docs that are made from code, and the table of hit thresholds in scoring.md.

The commands come from the command line's own parser, the words from the table of words, the promises from marks of
the tests, the refusals of the studio from its answers, and the thresholds from the card of the shipped model with
evidence. --check changes nothing and reports
faults:

- these pages and models/SOURCES.md are up to date;
- each shipped model has a card with its hash, licence and source;
- every relative link, anchor and picture exists;
- the parser accepts every `coach …` line in a code block;
- the newest release in CHANGELOG.md is the version of the package;
- the numbers in docs/scoring.md are those of the code;
- README.md begins with the two commands that CI runs.

    python tools/docs.py [--check]
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import re
import shlex
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

ROOT: Final = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))  # run from any folder, even if not installed

from tools import model_sources, reliability, studio_routes  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from coach.base.settings import Strictness
    from coach.base.types import Emotion
    from coach.cli.options import CommandParser
    from coach.core.reading.card import EvidenceCard
    from coach.core.scoring.norms import Level

MADE: Final = (reliability, studio_routes, model_sources)
"""Modules that each make a page."""

PAGE: Final = "docs/commands.md"
WORDS_PAGE: Final = "docs/words.md"
SCORING: Final = "docs/scoring.md"
STRICTNESSES: Final[tuple[Strictness, ...]] = ("gentle", "standard", "strict")
README_COMMANDS: Final = ("sh tools/setup.sh && .venv/bin/coach demo", "sh tools/setup.sh test && .venv/bin/pytest")

_LINK: Final = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")
_FENCE: Final = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_RELEASE: Final = re.compile(r"^## \[(\d[^\]]*)\]", re.MULTILINE)
_NUMBER: Final = re.compile(r"([\d.]+)(?: s)? \(`(\w+)\.([A-Z_]+)`\)")
_HIT: Final = re.compile(r"^\| (gentle|standard|strict) \| [a-z ]*([\d.]+) or more", re.MULTILINE)
_TABLE: Final = re.compile(r"^\| wanted \| intensity \|.*\n(?:\|.*\n)+", re.MULTILINE)
_VERSION: Final = re.compile(r'^version = "([^"]+)"', re.MULTILINE)


def main(argv: list[str] | None = None) -> int:
    """Write or check; return the exit code."""
    parser = argparse.ArgumentParser(description="Write the pages of docs that are made from code, or check the docs.")
    parser.add_argument("--check", action="store_true", help="change nothing, exit with 1 where something is wrong")
    if parser.parse_args(argv).check:
        faults = list(check(ROOT))
        print("\n".join(faults) or "docs: all well")
        return 1 if faults else 0
    (ROOT / PAGE).write_text(commands_page(command_parser()), encoding="utf-8")
    scoring = (ROOT / SCORING).read_text(encoding="utf-8")
    (ROOT / SCORING).write_text(_TABLE.sub(lambda _: thresholds_table(ROOT), scoring), encoding="utf-8")
    (ROOT / WORDS_PAGE).write_text(words_page(), encoding="utf-8")
    for module in MADE:
        (ROOT / module.PAGE).write_text(module.page(ROOT), encoding="utf-8")
    print(f"wrote {', '.join([PAGE, WORDS_PAGE, *(module.PAGE for module in MADE)])} and the table in {SCORING}")
    return 0


def command_parser() -> CommandParser:
    """Return the parser of `coach` with the options of all its commands."""
    from coach.cli.main import COMMANDS, command_parser

    return command_parser(*COMMANDS)


def check(root: Path) -> Iterator[str]:
    """Yield every fault of the docs under `root`, one sentence each."""
    parser = command_parser()
    yield from page_faults(root, PAGE, commands_page(parser))
    yield from page_faults(root, WORDS_PAGE, words_page())
    for module in MADE:
        yield from page_faults(root, module.PAGE, module.page(root))
    yield from model_sources.faults(root)
    for page in pages(root):
        text = page.read_text(encoding="utf-8")
        name = page.relative_to(root).as_posix()
        yield from (f"{name}: {fault}" for fault in link_faults(page, text))
        yield from (f"{name}: {fault}" for fault in command_faults(parser, text))
    yield from number_faults((root / SCORING).read_text(encoding="utf-8"))
    yield from table_faults(root)
    yield from version_faults(root)
    yield from opening_faults((root / "README.md").read_text(encoding="utf-8"))


def pages(root: Path) -> list[Path]:
    """Return the pages that are checked."""
    return [root / "README.md", root / "CHANGELOG.md", *sorted((root / "docs").rglob("*.md"))]


# --- the page of commands -------------------------------------------------------------------------------------------


def commands_page(parser: CommandParser) -> str:
    """Return docs/commands.md, built from the parser, because the layout of its printed help varies between Pythons."""
    parts = ["# Commands", f"Written by `python tools/docs.py` from what `{parser.prog} --help` knows; do not edit."]
    parts += [*_options(parser), *_chapters(parser, f"## {parser.prog}")]
    return "\n\n".join(part for part in parts if part) + "\n"


def _chapters(parser: CommandParser, heading: str) -> Iterator[str]:
    """Yield a chapter for each command of `parser`, with its subcommands."""
    for name, command in parser.commands.items():
        yield from (f"{heading} {name}", (command.description or "").strip(), *_options(command))
        yield from _chapters(command, f"#{heading} {name}")


def _options(parser: CommandParser) -> list[str]:
    actions = [action for action in parser.options if action.dest != "help" and action.help != argparse.SUPPRESS]
    rows = [f"| `{_spelling(action)}` | {_meaning(parser, action)} |" for action in actions]
    return ["\n".join(["| | |", "|---|---|", *rows])] if rows else []


def _spelling(action: argparse.Action) -> str:
    value = _value(action)
    if not action.option_strings:
        return value
    return ", ".join(action.option_strings) + (f" {value}" if value else "")


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if action.choices is not None:
        word = "{" + ",".join(str(choice) for choice in action.choices) + "}"
    elif isinstance(action.metavar, str):
        word = action.metavar
    else:
        word = action.dest.upper()
    return {"?": f"[{word}]", "*": f"[{word} ...]", "+": f"{word} ..."}.get(str(action.nargs), word).replace("|", "\\|")


def _meaning(parser: CommandParser, action: argparse.Action) -> str:
    words = {**vars(action), "prog": parser.prog}
    return ((action.help or "") % words).replace("|", "\\|")


# --- the page of words ----------------------------------------------------------------------------------------------


def words_page() -> str:
    """Return docs/words.md, built from the table of words."""
    from coach.base.types import EMOTIONS
    from coach.core.script.words import NOT_SHOWN, STRENGTH_BANDS, WORDS

    rows = sorted(WORDS, key=lambda row: (len(row[0]) > 1, EMOTIONS.index(row[0][0])))
    bands = {strength: f"{low:g}-{high:g}" for strength, (low, high) in STRENGTH_BANDS.items()}
    return "\n".join(
        [
            "# Words for emotions",
            "",
            "Written by `python tools/docs.py` from `coach/core/script/words.py`; do not edit.",
            "",
            "A tag may have any of these words: `[worried] What if nobody comes?` A word for several emotions accepts",
            f"each of them. *Low* asks for an intensity of {bands['low']} and *high* for {bands['high']}, unless",
            "the tag has an intensity of its own, or several words of different strength.",
            "",
            "| emotion | strength | words |",
            "|---|---|---|",
            *(f"| {' or '.join(emotions)} | {strength or 'any'} | {words} |" for emotions, strength, words in rows),
            "",
            "## What a face alone cannot show",
            "",
            "Voice, posture or the situation tell these. A line with such a word is played but not scored, and a",
            "notice says so.",
            "",
            f"{NOT_SHOWN}.",
            "",
        ]
    )


# --- the checks -----------------------------------------------------------------------------------------------------


def page_faults(root: Path, name: str, text: str) -> Iterator[str]:
    """Yield a fault if the page `name`, which must have `text`, is not up to date."""
    page = root / name
    if not page.is_file() or page.read_text(encoding="utf-8") != text:
        yield f"{name}: differs from the code; run `python tools/docs.py`"


def link_faults(page: Path, text: str) -> Iterator[str]:
    """Yield links and pictures of a page that do not exist in the repository; web addresses are not followed."""
    for target in _LINK.findall(_FENCE.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = page.parent / path if path else page
        if not linked.exists():
            yield f"link to {target}, which does not exist"
        elif anchor and anchor not in _anchors(linked):
            yield f"link to {target}, a heading that does not exist"


def _anchors(page: Path) -> set[str]:
    """Return the anchors that code hosts give to the headings of a page."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def command_faults(parser: CommandParser, text: str) -> Iterator[str]:
    """Yield `coach …` lines in code blocks that the parser refuses."""
    for block in _FENCE.findall(text):
        for line in block.splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True) if "coach " in line else []
            if words and words[0] in ("coach", ".venv/bin/coach") and not _parses(parser, words[1:]):
                yield f"`{line.strip()}` is not a command"


def _parses(parser: CommandParser, words: list[str]) -> bool:
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        try:
            parser.parse_args(words)
        except SystemExit as end:
            return end.code in (0, None)
    return True


def number_faults(text: str) -> Iterator[str]:
    """Yield numbers in docs/scoring.md that differ from the constants of `coach.core` they name."""
    for written, module, name in _NUMBER.findall(text):
        value = getattr(_core_module(module), name, None)
        if value is None or float(written) != value:
            yield f"docs/scoring.md: {written} ({module}.{name}), in the code it is {value}"
    from coach.core.scoring.verdict import HIT_SHARE

    rows = {strictness: float(share) for strictness, share in _HIT.findall(text)}
    if rows != HIT_SHARE:
        yield f"docs/scoring.md: what makes a hit is {rows}, in the code it is {HIT_SHARE}"


def _core_module(name: str) -> ModuleType:
    """Import the module of the core with this file name, whatever its package."""
    (path,) = (ROOT / "coach" / "core").glob(f"*/{name}.py")
    return importlib.import_module(f"coach.core.{path.parent.name}.{name}")


def table_faults(root: Path) -> Iterator[str]:
    """Yield a fault if the table of hit thresholds in docs/scoring.md is not up to date."""
    if thresholds_table(root) not in (root / SCORING).read_text(encoding="utf-8"):
        yield f"{SCORING}: the table of what a hit asks differs from the code and the card; run `python tools/docs.py`"


def thresholds_table(root: Path) -> str:
    """Return the table of what trained actors reach and what a hit needs, from the shipped card with evidence."""
    from coach.base.types import EMOTIONS
    from coach.core.scoring.norms import ACTOR_SHARES

    card = _evidence_card(root)
    rows = [
        "| wanted | intensity | lower quartile, middle, upper quartile | gentle | standard | strict |",
        "|---|---|---|---|---|---|",
    ]
    for emotion in EMOTIONS:
        levels: Iterable[Level] = ACTOR_SHARES.get(emotion, ("all",))
        rows += [_threshold_row(card, emotion, level) for level in levels]
    return "\n".join(rows) + "\n"


def _evidence_card(root: Path) -> EvidenceCard | None:
    from coach.core.reading.card import ModelCard

    texts = [path.read_text(encoding="utf-8") for path in sorted((root / "models").glob("*.json"))]
    cards = [ModelCard.model_validate_json(text) for text in texts if "evidence" in json.loads(text)]
    return cards[0].evidence if cards else None


def _threshold_row(card: EvidenceCard | None, emotion: Emotion, level: Level) -> str:
    from coach.core.scoring.evidence import tenths
    from coach.core.scoring.norms import LEVEL_BANDS, actor_shares, quartiles, threshold

    band = LEVEL_BANDS[level]
    known = actor_shares(emotion, band)
    measured = quartiles(card, emotion, band) if card else known[1:] if known else None
    thresholds = [threshold(card, emotion, band, strictness) for strictness in STRICTNESSES] if card else [None] * 3
    source = "" if known else " (still faces)"
    cells = [", ".join(f"{each:.2f}" for each in measured) + source if measured else "-"]
    cells += ["-" if each is None else f"{tenths(each)}" for each in thresholds]
    return f"| {emotion} | {level} | {' | '.join(cells)} |"


def version_faults(root: Path) -> Iterator[str]:
    """Yield a fault if CHANGELOG.md, pyproject.toml and the package have different versions."""
    import coach

    releases = _RELEASE.findall((root / "CHANGELOG.md").read_text(encoding="utf-8"))
    project = _VERSION.findall((root / "pyproject.toml").read_text(encoding="utf-8"))
    newest = releases[0] if releases else "none"
    if not newest == project[0] == coach.__version__:
        yield f"CHANGELOG.md: newest release {newest}, but pyproject.toml {project[0]}, coach {coach.__version__}"


def opening_faults(readme: str) -> Iterator[str]:
    """Yield a fault if README.md does not begin with the two commands, which `.ci/run` reads from there and runs."""
    shell = [line for block in _FENCE.findall(readme) for line in block.splitlines()]
    if tuple(shell[:1]) != README_COMMANDS[:1]:
        yield f"README.md: the first command must be `{README_COMMANDS[0]}`"
    found = tuple(line for line in readme.splitlines() if line.startswith("sh tools/setup.sh"))
    if found != README_COMMANDS:
        yield f"README.md: lines that begin with `sh tools/setup.sh` must be exactly {README_COMMANDS}, found {found}"


if __name__ == "__main__":
    sys.exit(main())
