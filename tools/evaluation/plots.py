"""Plots as PNG: confusion matrices, reliability diagrams, accuracy under corruption."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from coach.base.types import EMOTIONS
from tools.evaluation.robustness import TREATMENTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from tools.evaluation.metrics import Reliability
    from tools.evaluation.scores import Evaluation, Scores


def draw(evaluation: Evaluation, folder: Path) -> list[Path]:
    """Write the plots of one model into `folder`; return their paths."""
    name = evaluation.card.name
    paths = [
        _save(_scores(f"{name}, {reading}, by {by}", scores), folder / _file(name, reading, by))
        for reading, truths in evaluation.scores.items()
        for by, scores in truths.items()
    ]
    if evaluation.shares:
        figure = _shares(f"{name}: expected share of viewers", evaluation.shares.together)
        paths.append(_save(figure, folder / _file(name, "shares")))
    if evaluation.corruptions:
        paths.append(_save(_corruptions(evaluation), folder / _file(name, "corruptions")))
    return paths


def _file(*parts: str) -> str:
    return "-".join(re.sub(r"[^a-z0-9]+", "_", part.lower()).strip("_") for part in parts) + ".png"


def _figure(columns: int, width: float) -> tuple[Figure, list[Axes]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, list(np.ravel(figure.subplots(1, columns, squeeze=False)))


def _scores(title: str, scores: Scores) -> Figure:
    figure, (left, right) = _figure(2, 10)
    figure.suptitle(f"{title}: {scores.accuracy:.1%} of {scores.count:,}")
    counts = scores.confusion
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    left.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    left.set_xticks(range(len(EMOTIONS)), EMOTIONS, rotation=45)
    left.set_yticks(range(len(EMOTIONS)), [f"{e} ({n})" for e, n in zip(EMOTIONS, counts.sum(1), strict=True)])
    left.set_xlabel("read as")
    for i, row in enumerate(shares):
        for j, share in enumerate(row):
            left.text(j, i, f"{share:.0%}", ha="center", va="center", fontsize=8, color="w" if share > 0.5 else "k")
    _diagram(right, scores.calibration, "confidence", "right")
    right.set_title(f"calibration error {scores.calibration.error:.3f}")
    return figure


def _shares(title: str, shares: Reliability) -> Figure:
    figure, (axes,) = _figure(1, 5)
    figure.suptitle(title)
    _diagram(axes, shares, "expected share", "share of viewers")
    axes.set_title(f"mean error {shares.error:.3f}")
    return figure


def _diagram(axes: Axes, reliability: Reliability, x_label: str, y_label: str) -> None:
    """Draw a reliability diagram: bars of what was observed, and points where it was predicted."""
    bins = len(reliability.counts)
    middles = (np.arange(bins) + 0.5) / bins
    axes.bar(middles, np.nan_to_num(reliability.observed), width=0.9 / bins, color="#9ecae1")
    axes.plot(reliability.predicted, reliability.observed, "o", color="#08519c", markersize=4)
    axes.plot((0, 1), (0, 1), "--", color="grey", linewidth=1)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel=x_label, ylabel=y_label)


def _corruptions(evaluation: Evaluation) -> Figure:
    figure, (axes,) = _figure(1, 9)
    reading = list(evaluation.scores)[-1]
    by = next(iter(evaluation.scores[reading]))
    rows = evaluation.corruptions
    places = np.arange(len(rows))
    for number, (field, treatment) in enumerate(TREATMENTS.items()):
        values = [getattr(row, field)[reading][by][0] for row in rows]
        label = f"with {treatment}" if treatment else "as it is"
        axes.bar(places + 0.2 * (number - 1.5), values, 0.2, label=label)
    axes.set_xticks(places, [row.name for row in rows], rotation=30)
    axes.set(ylim=(0, 1), ylabel="accuracy", title=f"{evaluation.card.name}, {reading}, by {by}")
    axes.legend()
    return figure


def _save(figure: Figure, path: Path) -> Path:
    figure.savefig(path, dpi=110)
    return path
