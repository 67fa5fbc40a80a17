"""What was found, on the terminal and in files: JSON for machines, Markdown and PNG for people."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from coach.base.text import clean
from tools.evaluation.metrics import plain
from tools.evaluation.plots import draw
from tools.evaluation.tables import Table, all_tables

if TYPE_CHECKING:
    from tools.evaluation.scores import Judgement, Pair

NAME: Final = "evaluation"


def show(judgements: list[Judgement], pairs: list[Pair], console: Console) -> None:
    """Print every table."""
    for table in all_tables(judgements, pairs):
        console.print(_rich(table))


def write(judgements: list[Judgement], pairs: list[Pair], folder: Path) -> list[Path]:
    """Write `evaluation.json`, `evaluation.md` and the pictures into `folder`, made where missing; gives the paths.

    Raises:
        OSError: something cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = [path for judgement in judgements for path in draw(judgement, folder)]
    numbers, words = folder / f"{NAME}.json", folder / f"{NAME}.md"
    numbers.write_text(json.dumps(as_json(judgements, pairs), indent=1) + "\n", encoding="utf-8")
    words.write_text(as_markdown(judgements, pairs, pictures), encoding="utf-8")
    return [numbers, words, *pictures]


def as_json(judgements: list[Judgement], pairs: list[Pair]) -> object:
    """Everything but the single items; NaN is null."""
    return plain({"models": [_model(each) for each in judgements], "pairs": [asdict(pair) for pair in pairs]})


def as_markdown(judgements: list[Judgement], pairs: list[Pair], pictures: list[Path]) -> str:
    """Every table, then the pictures."""
    title = " and ".join(judgement.card.name for judgement in judgements)
    parts = [f"# {title} on {judgements[0].judged.title}", *map(_markdown, all_tables(judgements, pairs))]
    parts += [f"![{path.stem}]({path.name})" for path in pictures]
    return "\n\n".join(parts) + "\n"


def _model(judgement: Judgement) -> dict[str, object]:
    card, judged = judgement.card, judgement.judged
    scores = {
        reading: {by: asdict(each) for by, each in truths.items()} for reading, truths in judgement.scores.items()
    }
    for truths in scores.values():
        for each in truths.values():
            del each["right"]
    return {
        "model": {"name": card.name, "sha256": card.sha256, "meaning": card.meaning, "power": card.power},
        "set": {"title": judged.title, "count": len(judged), "unread": judged.unread},
        "scores": scores,
        "divergence": judgement.divergence,
        "confidence": {reading: asdict(each) for reading, each in judgement.confidence.items()},
        "shares": asdict(judgement.shares) if judgement.shares else None,
        "verdicts": {by: asdict(each) for by, each in judgement.verdicts.items()},
        "corruptions": [asdict(each) for each in judgement.corruptions],
        "shaken": [asdict(each) for each in judgement.shaken],
    }


def _rich(table: Table) -> RichTable:
    out = RichTable(title=Text(clean(table.title)), caption=Text(clean(table.note)), title_justify="left")
    for number, name in enumerate(table.header):
        out.add_column(Text(clean(name)), justify="right" if number else "left")
    for row in table.rows:
        out.add_row(*(Text(clean(cell)) for cell in row))
    return out


def _markdown(table: Table) -> str:
    lines = [f"## {_cell(table.title)}", ""]
    lines.append(_row(table.header))
    lines.append("|" + "---|" + "---:|" * (len(table.header) - 1))
    lines += map(_row, table.rows)
    if table.note:
        lines += ["", _cell(table.note[0].upper() + table.note[1:]) + "."]
    return "\n".join(lines)


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(map(_cell, cells)) + " |"


def _cell(text: str) -> str:
    return clean(text).replace("|", "\\|")
