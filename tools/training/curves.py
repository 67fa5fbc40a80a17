"""The curves of a run as PNG: its accuracy and its loss over the epochs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CURVES = {"accuracy.png": ("accuracy", "val_accuracy"), "loss.png": ("loss", "val_loss")}
"""Each picture with its column of the log for the faces learnt and that for the faces held out."""


def draw_curves(rows: Sequence[Mapping[str, str]], folder: Path) -> list[Path]:
    """Draw the log `rows` into `folder`; gives the pictures' paths, none where the log is empty."""
    if not rows:
        return []
    return [_draw(rows, columns, folder / name) for name, columns in CURVES.items()]


def _draw(rows: Sequence[Mapping[str, str]], columns: tuple[str, str], path: Path) -> Path:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for column, label in zip(columns, ("faces learnt, as augmented", "faces held out"), strict=True):
        known = [(int(row["epoch"]), float(row[column])) for row in rows if row.get(column)]
        marker = "." if len(known) == 1 else ""
        axes.plot([epoch for epoch, _ in known], [value for _, value in known], label=label, marker=marker)
    axes.set(title=f"{path.parent.name}: {path.stem}", xlabel="epoch", ylabel=path.stem)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=110)
    return path
