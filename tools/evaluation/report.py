"""Reports of evaluations: on the terminal, as JSON, and as Markdown with PNG plots."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from coach.base.text import clean
from tools.evaluation.plots import draw
from tools.evaluation.tables import Table, all_tables

if TYPE_CHECKING:
    from tools.evaluation.scores import Comparison, Evaluation

NAME: Final = "evaluation"


def show(evaluations: list[Evaluation], comparisons: list[Comparison], console: Console) -> None:
    """Print every table."""
    show_tables(all_tables(evaluations, comparisons), console)


def show_tables(tables: list[Table], console: Console) -> None:
    """Print `tables`."""
    for table in tables:
        console.print(_rich(table))


def wide_console() -> Console:
    """The terminal, or 160 columns where the output goes to a file."""
    console = Console()
    return console if console.is_terminal else Console(width=160)


def write(evaluations: list[Evaluation], comparisons: list[Comparison], folder: Path) -> list[Path]:
    """Write `evaluation.json`, `evaluation.md` and the plots into `folder`, which is created; return the paths.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plots = [path for evaluation in evaluations for path in draw(evaluation, folder)]
    json_path, markdown_path = folder / f"{NAME}.json", folder / f"{NAME}.md"
    json_path.write_text(json.dumps(as_json(evaluations, comparisons), indent=1) + "\n", encoding="utf-8")
    markdown_path.write_text(as_markdown(evaluations, comparisons, plots), encoding="utf-8")
    return [json_path, markdown_path, *plots]


def as_json(evaluations: list[Evaluation], comparisons: list[Comparison]) -> object:
    """Return everything except the individual items, ready for JSON."""
    return jsonable({"models": [_model(each) for each in evaluations], "pairs": [asdict(each) for each in comparisons]})


def jsonable(value: object) -> object:
    """Convert tuples to lists, numpy to Python and NaN to None; floats are rounded to five decimals."""
    if isinstance(value, dict):
        return {str(key): jsonable(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(each) for each in value]
    if isinstance(value, np.ndarray):
        return jsonable(value.tolist())
    if isinstance(value, (float, np.floating)):
        return round(float(value), 5) if math.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value


def as_markdown(evaluations: list[Evaluation], comparisons: list[Comparison], plots: list[Path]) -> str:
    """Return every table, then the plots."""
    title = " and ".join(evaluation.card.name for evaluation in evaluations)
    parts = [f"# {title} on {evaluations[0].dataset.title}", *map(_markdown, all_tables(evaluations, comparisons))]
    parts += [f"![{plot.stem}]({plot.name})" for plot in plots]
    return "\n\n".join(parts) + "\n"


def _model(evaluation: Evaluation) -> dict[str, object]:
    card, dataset = evaluation.card, evaluation.dataset
    scores = {
        reading: {truth: asdict(each) for truth, each in truths.items()}
        for reading, truths in evaluation.scores.items()
    }
    for truths in scores.values():
        for each in truths.values():
            del each["right"]
    return {
        "model": {"name": card.name, "sha256": card.sha256, "meaning": card.meaning, "power": card.power},
        "set": {"title": dataset.title, "count": len(dataset), "unread": dataset.unread},
        "scores": scores,
        "divergence": evaluation.divergence,
        "confidence": {reading: asdict(each) for reading, each in evaluation.confidence.items()},
        "shares": asdict(evaluation.shares) if evaluation.shares else None,
        "verdicts": {truth: asdict(each) for truth, each in evaluation.verdicts.items()},
        "corruptions": [asdict(each) for each in evaluation.corruptions],
        "box_errors": [asdict(each) for each in evaluation.box_errors],
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
